#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/lib/tool.sh, with toy tools. In: nothing. Out: KTAP. Exit status: 0 all
# passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# tool NAME: make a tool from the text on stdin.
tool() {
	{
		printf '#!/bin/bash\n#\n# usage: tools/%s [OPTION...] [FILE...]\n\n' "$1"
		echo ". '$DIR/project/tools/lib/tool.sh'"
		cat
	} >"tools/$1"
	chmod +x "tools/$1"
}

parser() {
	tool parser <<-'END'
		option() { printf '<%s>' "$@"; }
		operand() { printf '{%s}' "$1"; }
		options first:,second,memory: "$@"
		echo
	END
}

both_kinds() {
	parser
	[ "$(tools/parser --first 'a b' --second --first=c --first=)" = \
		'<--first><a b><--second><--first><c><--first><>' ]
	[ "$(tools/parser x --second 'y z' --first "it's" -- --second)" = \
		'<--second><--first><it'\''s>{x}{y z}{--second}' ]
	[ "$(tools/parser --help)" = 'usage: tools/parser [OPTION...] [FILE...]' ]
}

wrong_usage() {
	local arguments

	parser
	for arguments in --third --first --second=3 -x '--memory many'; do
		# shellcheck disable=SC2086 # words
		exits 2 tools/parser $arguments 2>"$DIR/said"
		grep '^parser: ' "$DIR/said"
		grep '^usage: ' "$DIR/said"
	done
	sed -i '/^operand/d' tools/parser
	exits 2 tools/parser extra
}

# locker: take a lock, log that, and hold it until $DIR/go exists.
locker() {
	tool locker <<-END
		lock '$DIR/a lock' \${2-}
		echo >>'$DIR/got'
		[ "\$1" != pass ] || exit 0
		for i in {1..100}; do [ ! -e '$DIR/go' ] || break; sleep 0.1; done
	END
	rm -f "$DIR"/{go,got,lock}
}

holder_is_named() {
	local first second

	locker
	tools/locker hold &
	first=$!
	appears "$DIR/got"
	tools/locker pass shared 2>"$DIR/said" &
	second=$!
	says "waiting for process $first (/bin/bash tools/locker hold), which holds $DIR/a lock" \
		"$DIR/said"
	[ "$(wc -l <"$DIR/got")" = 1 ]
	touch "$DIR/go"
	wait $first
	wait $second
	[ "$(wc -l <"$DIR/got")" = 2 ]
}

# Processes that have ended are not named.
holders_are_named() {
	local first second third

	locker
	tools/locker pass shared
	tools/locker hold shared &
	first=$!
	tools/locker hold shared &
	second=$!
	says "$first" "$DIR/a lock"
	says "$second" "$DIR/a lock"
	tools/locker pass 2>"$DIR/said" &
	third=$!
	says 'waiting for' "$DIR/said"
	[ "$(grep -o 'process [0-9]*' "$DIR/said" | sort)" = \
		"$(printf 'process %s\n' $first $second | sort)" ]
	touch "$DIR/go"
	wait $third
}

ends_while_it_waits() {
	local first

	locker
	tools/locker hold &
	first=$!
	appears "$DIR/got"
	stub flock <<-END
		[ "\$1" = -n ] || echo \$\$ >'$DIR/pids'
		exec /usr/bin/flock "\$@"
	END
	end_by TERM alone tools/locker pass
	touch "$DIR/go"
	wait $first
}

# Two runs of one tool. Each fails after the other has written its log.
own_logs() {
	local first second

	tool stepper <<-END
		try_it() {
			echo "I am \$1"
			echo >>'$DIR/wrote'
			for i in {1..100}; do [ "\$(wc -l <'$DIR/wrote')" != 2 ] || break; sleep 0.1; done
			false
		}
		step "trying" try_it "\$1"
	END
	rm -f "$DIR/wrote"
	tools/stepper one 2>"$DIR/said-one" &
	first=$!
	tools/stepper two 2>"$DIR/said-two" &
	second=$!
	exits 1 wait $first
	exits 1 wait $second
	grep '^    I am one' "$DIR/said-one"
	grep '^    I am two' "$DIR/said-two"
	grep 'I am one' "$(sed -n 's/.*the whole output is in //p' "$DIR/said-one")"
}

old_logs_go() {
	tool stepper <<<'step "trying" true'
	tools/stepper
	touch -d '3 days ago' "$DIR"/cache/netns-core/log/stepper.*.log \
		"$DIR"/cache/netns-core/log/other.1.log
	tools/stepper
	[ "$(find "$DIR/cache/netns-core/log" -name '*.log' | wc -l)" = 2 ]
	[ -e "$DIR/cache/netns-core/log/other.1.log" ]
}

step_ends() {
	local signal how

	tool stepper <<-END
		hang() {
			sleep 60 &
			echo \$BASHPID \$! >'$DIR/pids'
			wait
		}
		trap 'touch $DIR/cleaned' EXIT
		step "trying" hang
	END
	for signal in INT TERM HUP; do
		for how in alone group; do
			rm -f "$DIR/cleaned"
			end_by $signal $how tools/stepper
			[ -e "$DIR/cleaned" ]
			fails grep FAILED "$DIR/said"
		done
	done
}

# Ctrl-Z also stops it.
step_stops() {
	local pid

	tool stepper <<-END
		runs() { echo \$BASHPID >'$DIR/pids'; for i in {1..100}; do [ ! -e '$DIR/go' ] || exit 148; sleep 0.1; done; }
		try "trying" runs
		echo "status \$STATUS" >'$DIR/said'
	END
	rm -f "$DIR"/{pids,go,said}
	set -m
	tools/stepper </dev/null &
	set +m
	appears "$DIR/pids"
	kill -TSTP -- -$!
	sleep 0.5
	touch "$DIR/go"
	sleep 0.5
	[[ $(ps -o stat= -p "$(cat "$DIR/pids")") == T* ]]
	kill -CONT -- -$!
	appears "$DIR/said"
	[ "$(cat "$DIR/said")" = 'status 148' ]
}

check 'both --option VALUE and --option=VALUE work, arguments are anywhere' both_kinds
check 'wrong usage is status 2, with the usage line' wrong_usage
check 'a process that waits for a lock names the holder' holder_is_named
check 'all holders of a shared lock are named' holders_are_named
check 'a signal ends the wait for a lock' ends_while_it_waits
check 'two runs of one tool have their own logs' own_logs
check 'logs are removed after a day' old_logs_go
check 'a signal ends the processes of a step' step_ends
check 'Ctrl-Z stops the processes of a step' step_stops
plan
