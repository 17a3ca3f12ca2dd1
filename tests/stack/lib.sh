# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of the stack share; they source it, nobody runs it.

set -euo pipefail

# shellcheck disable=SC2034	# for those who source it
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/netns-core
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

COUNT=0
BAD=0

# check NAME COMMAND...: one test. The command's output is shown if it fails.
check() {
	local name=$1 status

	shift
	COUNT=$((COUNT + 1))
	set +e
	(set -e; "$@") >"$DIR/output" 2>&1
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

plan() {
	echo "1..$COUNT"
	[ $BAD = 0 ]
}
