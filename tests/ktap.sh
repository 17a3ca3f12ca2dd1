# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions that all tests share. Sourced, not run. Makes a temporary directory, $DIR, and
# prints a KTAP line for each check. On a terminal, lines appear at once, and the plan is the
# last one. Otherwise the plan is the first one, for kunit.py, and all lines are printed at
# the end.

set -euo pipefail

DIR=$(mktemp -d)
trap finish EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
COUNT=0
BAD=0
[ -t 1 ] || exec 4>&1 >"$DIR/ktap"
echo "KTAP version 1"

# Also called if the test is interrupted: then there is no plan.
finish() {
	[ ! -e "$DIR/ktap" ] || {
		sed -n '1p; /^1\.\./p' "$DIR/ktap"
		sed '/^1\.\./d; /^KTAP version/d' "$DIR/ktap"
	} >&4
	rm -rf "$DIR"
}

# Called before each check, in its subshell. A test may redefine it.
begin_check() { :; }

# attempt COMMAND...: run it in a subshell with errexit, which bash ignores in the condition of
# an if. The output goes to $DIR/output, the status to $STATUS.
attempt() {
	set +e
	(set -e; "$@") >"$DIR/output" 2>&1
	STATUS=$?
	set -e
}

begin_and_run() {
	begin_check
	"$@"
}

# check NAME COMMAND...: run one test. Prints the output if the test fails.
check() {
	local name=$1

	shift
	COUNT=$((COUNT + 1))
	attempt begin_and_run "$@"
	if [ "$STATUS" = 0 ]; then
		echo "ok $COUNT $name"
	else
		BAD=$((BAD + 1))
		sed 's/^/# /' "$DIR/output"
		echo "not ok $COUNT $name"
	fi
}

# says TEXT FILE [SECONDS]: wait until FILE contains TEXT, SECONDS (default 10) at most.
says() {
	local i

	for ((i = 0; i < ${3-10} * 10; i++)); do
		! grep -qsF -- "$1" "$2" || return 0
		sleep 0.1
	done
	cat "$2"
	return 1
}

# plan: print the plan. Fails if a check has failed.
plan() {
	echo "1..$COUNT"
	[ $BAD = 0 ]
}
