# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What all tests share; they source it, nobody runs it. It gives them a directory, $DIR,
# that goes when they end, and prints a KTAP line for each check.

set -euo pipefail

DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
COUNT=0
BAD=0

# What comes before each check, in its subshell; for those who source this to replace.
begin_check() { :; }

# check NAME COMMAND...: one test, in a subshell in which a command that fails ends it.
# The output is shown if it fails.
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

# plan: the last line; fails if a check has failed.
plan() {
	echo "1..$COUNT"
	[ $BAD = 0 ]
}
