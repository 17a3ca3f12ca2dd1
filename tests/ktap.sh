# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions that all tests share. Sourced, not run. Makes a temporary directory, $DIR, and
# prints a KTAP line for each check.

set -euo pipefail

DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
COUNT=0
BAD=0
echo "KTAP version 1"

# Called before each check, in its subshell. A test may redefine it.
begin_check() { :; }

# check NAME COMMAND...: run one test in a subshell with errexit. Prints the output if the
# test fails.
check() {
	local name=$1 status

	shift
	COUNT=$((COUNT + 1))
	set +e
	(set -e; begin_check; "$@") >"$DIR/output" 2>&1
	status=$?
	set -e
	if [ $status = 0 ]; then
		echo "ok $COUNT $name"
	else
		BAD=$((BAD + 1))
		sed 's/^/# /' "$DIR/output"
		echo "not ok $COUNT $name"
	fi
}

# plan: print the plan. Fails if a check has failed.
plan() {
	echo "1..$COUNT"
	[ $BAD = 0 ]
}
