# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tools share. They source it; nobody runs it.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/netns-core
TOOL=${0##*/}
LOG=$CACHE/log/$TOOL.$$.log		# where step and try keep a command's output

# shellcheck source=configs/pin
. "$TOP/configs/pin"

# A git hook may have started us; its repository is not the one that we mean.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX

note() { echo "$TOOL: $*" >&2; }

# die WHAT NEXT...: say what is wrong and, on lines of their own, what to do next.
die() {
	note "error: $1"
	shift
	[ $# = 0 ] || printf '  %s\n' "$@" >&2
	exit 1
}

# The comment that opens a tool is its manual.
help() { sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0"; }

usage() {
	help | sed -n 1p >&2
	exit 2
}

bad_usage() {
	note "$1"
	usage
}

# options SPEC ARGUMENT...: parse the command line with getopt(1). SPEC is its list
# of long options, "a:,b" for --a VALUE and --b. The tool has a function option, which
# is called with each option as --NAME [VALUE]. A tool that takes other arguments has a
# function operand, which is called with each of them. If it has a function rest, that is
# called with what follows "--".
options() {
	local spec=$1 args i

	shift
	for ((i = 1; i <= $#; i++)); do
		[ "${!i}" = -- ] && declare -F rest >/dev/null || continue
		rest "${@:i + 1}"
		set -- "${@:1:i - 1}"
	done
	args=$(getopt -n "$TOOL" -o '' -l "help,$spec" -- "$@") || usage
	eval "set -- $args"
	while [ "$1" != -- ]; do
		[ "$1" != --help ] || { help; exit; }
		if [[ ,$spec, = *",${1#--}:,"* ]]; then
			check_value "$1" "$2"
			option "$1" "$2"
			shift
		else
			option "$1"
		fi
		shift
	done
	shift
	for args; do operand "$args"; done
}

operand() { bad_usage "unexpected argument: $1"; }

# check_value OPTION VALUE: an option takes the same values in each tool. A wrong one is
# reported before the tool starts to work.
check_value() {
	local name why=

	case $1 in
	--accel)
		[[ $2 =~ ^(auto|kvm|tcg)$ ]] || why="not kvm, tcg or auto"
		[ "$2" != kvm ] || [ -w /dev/kvm ] || why="/dev/kvm cannot be used" ;;
	--memory)
		[[ $2 =~ ^[1-9][0-9]*[MmGg]?$ ]] || why="not a size, such as 512, 512M or 1G" ;;
	--cpus|--timeout|--rounds|--seconds)
		[[ $2 =~ ^[1-9][0-9]*$ ]] || why="not a number" ;;
	--config)
		[[ $2 =~ ^[^,]+(,[^,]+)*$ ]] || why="not a name, nor names with commas between them"
		for name in ${2//,/ }; do
			[ -f "$TOP/configs/$name.config" ] || why="there is no configs/$name.config"
		done ;;
	--base)	[ -e "$2" ] || [[ $2 = *:* ]] || why="no such file or directory" ;;
	--cases) [ -f "$TOP/tests/boot/$2.h" ] || why="there is no tests/boot/$2.h" ;;
	--tree)	[ -d "$2" ] || why="no such directory" ;;
	--log)	{ mkdir -p "$(dirname "$2")" && : >>"$2"; } 2>/dev/null || why="cannot be written" ;;
	esac
	[ -z "$why" ] || bad_usage "$1 $2: $why"
}

# need GROUP COMMAND...: the commands are there, or say how to get them.
need() {
	local group=$1 cmd
	shift
	for cmd; do
		command -v "$cmd" >/dev/null ||
			die "$cmd is not installed" "run: tools/setup $group"
	done
}

need_disk() {		# DIR GIGABYTES
	local free
	free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024 / 1024) }')
	[ "$free" -ge "$2" ] ||
		die "$1 has $free GB free, $2 GB are needed" \
			"make room, or set XDG_CACHE_HOME to a directory on a larger disk"
}

# lock FILE [shared]: wait until nobody else holds it. Held until we exit; what
# we start inherits it, so that no child that outlives us is overtaken. FILE holds the
# ids of the processes that took it, more than one if it is shared.
lock() {
	local how=${2:+-s}

	mkdir -p "${1%/*}"
	exec {LOCK}>>"$1"
	if ! flock ${how:+"$how"} -n "$LOCK"; then
		note "waiting for $(holders "$1"), which holds $1"
		own_group flock ${how:+"$how"} "$LOCK"
	fi
	[ "$how" ] || : >"$1"
	echo $$ >&"$LOCK"
}

# holders FILE: the processes that took the lock and still run, with their commands.
holders() {
	local pid found=

	while read -r pid; do
		[ ! -r "/proc/$pid/cmdline" ] ||
			found+="${found:+, }process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" | sed 's/ $//'))"
	done <"$1"
	echo "${found:-another process}"
}

# own_group COMMAND...: run it in a process group of its own. A signal that ends us
# ends all of that group first: no process is left behind, and none reports the end
# of another as a failure. When we are stopped, the group is, too.
own_group() {
	local signal status=0

	set -m
	(set -e; "$@") &
	set +m
	for signal in HUP INT TERM; do
		# shellcheck disable=SC2064 # the signal of now
		trap "end_group $signal" $signal
	done
	trap stop_group TSTP
	wait $! || status=$?
	while kill -0 $! 2>/dev/null; do	# the wait was ended by SIGTSTP
		status=0
		wait $! || status=$?
	done
	trap - HUP INT TERM TSTP
	return $status
}

stop_group() {
	kill -TSTP -- "-$!" 2>/dev/null || true
	kill -STOP "$BASHPID"
	kill -CONT -- "-$!" 2>/dev/null || true
}

# end_group SIGNAL: SIGTERM for the group, SIGKILL for what still runs after 10 seconds,
# then SIGNAL for ourselves.
end_group() {
	local i

	trap '' HUP INT TERM
	kill -TERM -- "-$!" 2>/dev/null || true
	for ((i = 0; i < 100; i++)); do
		group_runs $! || break
		sleep 0.1
	done
	kill -KILL -- "-$!" 2>/dev/null || true
	[ -z "$TICKER" ] || kill "$TICKER" 2>/dev/null || true
	trap - "$1"
	kill -s "$1" "$BASHPID"
}

# group_runs GROUP: it has a process that is no zombie.
group_runs() {
	awk -v group="$1" '
	{ sub(/.*\) /, "") }
	$3 == group && $1 != "Z" { found = 1 }
	END { exit !found }' <(cat /proc/[0-9]*/stat 2>/dev/null)
}

# The clock of a running step, on one line; goes when its owner does.
tick() {
	while kill -0 $$ 2>/dev/null; do
		printf '\r%s: %s ... %d s' "$TOOL" "$1" $((SECONDS - $2)) >&2
		sleep 1
	done
}

# try TEXT COMMAND...: run it in a subshell, output to $LOG, and show that it is
# alive: a clock on a terminal, a line at its start and end otherwise. Leaves its
# exit status in STATUS and returns 0: called in a condition, the command
# would run without errexit. Logs of processes that ended a day ago are removed.
TICKER=
try() {
	local text=$1 start=$SECONDS end
	shift
	mkdir -p "${LOG%/*}"
	find "${LOG%/*}" -maxdepth 1 -name "$TOOL.*.log" -mtime +0 -delete 2>/dev/null || true
	if [ -t 2 ]; then
		tick "$text" "$start" &
		TICKER=$!
	else
		note "$text ..."
	fi
	set +e
	own_group "$@" >"$LOG" 2>&1 </dev/null
	STATUS=$?
	set -e
	if [ "$TICKER" ]; then
		kill "$TICKER"
		wait "$TICKER" 2>/dev/null || true
		TICKER=
		printf '\r\033[K' >&2
	fi
	end=$([ $STATUS = 0 ] && echo "done" || echo FAILED)
	note "$text: $end, $((SECONDS - start)) s"
}

# step TEXT COMMAND...: try, and a failure is the end.
step() {
	try "$@"
	[ $STATUS != 0 ] || return 0
	tail -n 20 "$LOG" | sed 's/^/    /' >&2
	die "$1: failed" "the whole output is in $LOG"
}

# git, whatever the user's configuration and hooks would make of it.
plain_git() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
		git -c core.hooksPath=/dev/null "$@"
}

# plain_git as a fixed person, so that commits have the same id on each machine.
# The date, the 2007 posting's, is that of the base; git am brings others.
robot_git() {
	GIT_AUTHOR_NAME=netns-core GIT_AUTHOR_EMAIL=base@netns-core.invalid \
	GIT_COMMITTER_NAME=netns-core GIT_COMMITTER_EMAIL=base@netns-core.invalid \
	GIT_AUTHOR_DATE='2007-06-22T00:00:00Z' GIT_COMMITTER_DATE='2007-06-22T00:00:00Z' \
		plain_git "$@"
}

commit_of() { git -C "$1" rev-parse -q --verify "$2^{commit}"; }

# need_branch TREE: TREE has a base, and its branch netns-core is what one works on.
need_branch() {
	local head

	commit_of "$1" refs/tags/base >/dev/null 2>&1 ||
		die "$1 holds no tag 'base'" "run: tools/base"
	head=$(git -C "$1" symbolic-ref -q --short HEAD || echo "no branch")
	[ "$head" = netns-core ] ||
		die "$1 is on $head, not on branch netns-core" \
			"end the rebase that is under way, if any, and run:" \
			"git -C $1 checkout netns-core"
}

# The id of what a work tree holds now, edited and new files included. It is made
# in a copy of the index with the same time stamp, by which git tells files that
# may have changed since.
tree_id() {
	local dir index
	dir=$(git -C "$1" rev-parse --absolute-git-dir)
	index=$(mktemp "$dir/netns-core.index.XXXXXX")
	cp -p "$dir/index" "$index"
	GIT_INDEX_FILE=$index git -C "$1" add -A
	GIT_INDEX_FILE=$index git -C "$1" write-tree
	rm -f "$index"
}

dirty() { [ "$(tree_id "$1")" != "$(git -C "$1" rev-parse 'HEAD^{tree}')" ]; }

need_clean() {		# TREE WHY
	dirty "$1" || return 0
	git -C "$1" status --short | sed -n 1,10p >&2
	die "$1 has edits that are in no commit, $2" \
		"commit them (git -C $1 commit -a), or stash them (git -C $1 stash -u)"
}

series_names() { awk 'NF && !/^[[:space:]]*#/ { print $1 }' "$1"; }

# read_parts: the parts in which the series is posted, in order. A line in series
#
#	# part: NAME CHANGE-ID STANDS-ON [PREFIX...]
#
# begins one; PARTS, IDS, STANDS_ON and PREFIXES hold what these say. A part that
# stands on "base" applies without the others, one on "stack" needs all before it.
# PREFIX are the words beside PATCH in its subjects. Without such a line, all patches
# are one part.
read_parts() {
	local name id on prefixes

	# shellcheck disable=SC2034	# for the tools
	PARTS=() IDS=() STANDS_ON=() PREFIXES=()
	while read -r _ _ name id on prefixes; do
		[ -n "$on" ] || { on=stack; prefixes="RFC net-next"; }
		[[ $on =~ ^(base|stack)$ ]] ||
			die "series: the part $name stands on \"$on\"" "it has to be base or stack"
		PARTS+=("$name")
		IDS+=("$id")
		STANDS_ON+=("$on")
		PREFIXES+=("$prefixes")
	done < <(grep '^# part: ' "$TOP/series" || echo "# part: all")
}

# Each patch with its part: PART PATCH.
series_parts() {
	awk '
	/^# part: / { part = $3 }
	NF && !/^[[:space:]]*#/ { print (part == "" ? "all" : part), $1 }' "$1"
}

# cover_file PART: that part's cover letter. PARTS has all parts, in order.
cover_file() {
	if [ "$1" = "${PARTS[0]}" ]; then
		echo "$TOP/patches/cover-letter"
	else
		echo "$TOP/patches/cover-letter-$1"
	fi
}

# read_series: PATCHES becomes the stack's files, in order, relative to $TOP.
read_series() {
	local p

	[ -f "$TOP/series" ] || die "$TOP/series is missing"
	mapfile -t PATCHES < <(series_names "$TOP/series" | sed 's|^|patches/|')
	for p in "${PATCHES[@]}"; do
		[ -f "$TOP/$p" ] || die "series names $p, which is not there"
	done
}

# The state of patches/ and series, as one number.
stack_hash() {
	local cover=patches/cover-letter

	cd "$TOP"
	[ -f "$cover" ] || cover=
	sha256sum series ${cover:+"$cover"} "${PATCHES[@]}" | sha256sum | cut -d' ' -f1
}

# What the patches given ask of the base, a line each: BLOB PATH. BLOB is
# what PATH has to hold, all zeros if it must not exist, "any" if it only must
# exist. A file that was moved and not changed is still asked for by the name that
# it has in the base: at[] keeps that name, "-" once the stack has made the content.
# The files of one patch are all read before any is written, hence then[].
preimages() {
	awk '
	function file_end(  from) {
		if (b == "")
			return
		from = (a in at) ? at[a] : a
		if (from != "-")
			print (old == "" ? "any" : old), from
		then[b] = (old == "" ? from : "-")
		if (moved && !(a in then))
			then[a] = "-"
		b = ""
	}
	function patch_end(  p) {
		file_end()
		for (p in then)
			at[p] = then[p]
		split("", then)
	}
	FNR == 1 { patch_end(); header = 0 }
	/^diff --git a\// {
		file_end()
		a = substr($3, 3); b = substr($4, 3)
		old = ""; moved = 0; header = 1
	}
	/^(---|@@) / { header = 0 }
	header && /^rename from / { moved = 1 }
	header && /^index / { split($2, blob, /\.\./); old = blob[1] }
	END { patch_end() }
	' "$@"
}

# differing REPO: the files of the tag base that the patches were made for other
# versions of.
differing() {
	local list want path have

	list=$(cd "$TOP" && preimages "${PATCHES[@]}")
	while read -r want path have; do
		case $have in
		"base:$path missing") [[ $want =~ ^0+$ ]] ;;
		*)	[[ $want = any || $have = "$want"* ]] ;;
		esac || echo "$path"
	done < <(paste -d' ' <(echo "$list") \
		<(awk '{ print "base:" $2 }' <<<"$list" |
			git -C "$1" cat-file --batch-check='%(objectname)')) | sort -u
}

# stack_applies REPO: all patches apply to the tag base as by git am, without fuzz; or
# die. The index and the new objects are temporary files: nothing in REPO changes.
stack_applies() (
	objects=$(git -C "$1" rev-parse --path-format=absolute --git-path objects)
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	mkdir "$dir/objects"
	export GIT_INDEX_FILE=$dir/index GIT_OBJECT_DIRECTORY=$dir/objects
	export GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects
	plain_git -C "$1" read-tree base
	for p in "${PATCHES[@]}"; do
		plain_git -C "$1" apply --cached "$TOP/$p" 2>"$dir/said" && continue
		mapfile -t said < <(sed -nE 's/^(error|fatal): (patch failed: )?//p' "$dir/said")
		die "$p does not apply to this base: ${said[0]%%:*}" "${said[@]}" \
			"the base has to be $TAG or a kernel near it: see tools/base --help"
	done
)

# verify_base REPO: the tag base has the files that the patches were made for, or the
# patches apply to those that it has; or die.
verify_base() {
	local files

	[ ${#PATCHES[@]} != 0 ] || return 0
	files=$(differing "$1")
	[ "$files" ] || return 0
	stack_applies "$1"
	note "all patches apply, but were made for other versions of these files of the base:" \
		"${files//$'\n'/ }"
}

# set_applied TREE: the branch is what patches/ and series say now.
set_applied() {
	git -C "$1" update-ref refs/netns-core/applied refs/heads/netns-core
	git -C "$1" config netns-core.applied "$(commit_of "$1" base) $(stack_hash)"
}
