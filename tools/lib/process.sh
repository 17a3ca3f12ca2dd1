# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Locks, process groups, and steps with progress. Sourced by tool.sh.

# lock FILE [shared]: take the lock, and hold it until the tool exits. Children inherit
# it, so a child that outlives the tool still holds it. FILE has the ids of the processes
# that took it.
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

# own_group COMMAND...: run it in its own process group. A signal that ends the tool
# ends the group first: no process is left behind, and none reports the end of another
# as a failure. SIGTSTP stops the group, too.
own_group() {
	local signal status=0

	set -m
	(set -e; "$@") &
	set +m
	for signal in HUP INT TERM; do
		# shellcheck disable=SC2064 # $signal expands now
		trap "end_group $signal" $signal
	done
	trap stop_group TSTP
	wait $! || status=$?
	while kill -0 $! 2>/dev/null; do	# SIGTSTP ended the wait
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

# end_group SIGNAL: send SIGTERM to the group, SIGKILL after 10 seconds, then SIGNAL to
# this process.
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

# group_runs GROUP: true if one of its processes is not a zombie.
group_runs() {
	awk -v group="$1" '
	{ sub(/.*\) /, "") }
	$3 == group && $1 != "Z" { found = 1 }
	END { exit !found }' <(cat /proc/[0-9]*/stat 2>/dev/null)
}

# clock TEXT: on a terminal, show TEXT, the time and what progress prints on one line, until
# clock_off or the end of the tool. Otherwise, print TEXT.
TICKER=
clock() {
	if [ -t 2 ]; then
		tick "$1" $SECONDS &
		TICKER=$!
	else
		note "$1 ..."
	fi
}

clock_off() {
	[ "$TICKER" ] || return 0
	kill "$TICKER"
	wait "$TICKER" 2>/dev/null || true
	TICKER=
	printf '\r\033[K' >&2
}

tick() {		# TEXT START
	while kill -0 $$ 2>/dev/null; do
		printf '\r\033[K%s: %s ... %d s%s' "$TOOL" "$1" $((SECONDS - $2)) "$(progress)" >&2
		sleep 1
	done
}

# A tool may replace this, to print more about the running step.
progress() { :; }

# try TEXT COMMAND...: run it in a subshell, with its output in $LOG. Progress is a clock
# on a terminal, otherwise a line at the start and at the end. Sets STATUS to the exit
# status and returns 0: in a condition, COMMAND would run without errexit. Removes logs
# that are a day old.
try() {
	local text=$1 start=$SECONDS end
	shift
	mkdir -p "${LOG%/*}"
	find "${LOG%/*}" -maxdepth 1 -name "$TOOL.*.log" -mtime +0 -delete 2>/dev/null || true
	clock "$text"
	set +e
	own_group "$@" >"$LOG" 2>&1 </dev/null
	STATUS=$?
	set -e
	clock_off
	end=$([ $STATUS = 0 ] && echo "done" || echo FAILED)
	note "$text: $end, $((SECONDS - start)) s"
}

# step TEXT COMMAND...: try it, and die if it fails.
step() {
	try "$@"
	[ $STATUS != 0 ] || return 0
	tail -n 20 "$LOG" | sed 's/^/    /' >&2
	die "$1: failed" "the whole output is in $LOG"
}
