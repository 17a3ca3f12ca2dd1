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
export LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

# What fails where net_ns_init() is no initcall
# shellcheck disable=SC2034
UNPATCHED_FAILS='initcall_is_level_0
initcall_precedes_level_1
initcall_returns_0
size_is_printed
size_is_slab_object_size'

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

# kunit_run TREE: build a UML kernel in TREE and run the suite. KUNIT_RESULT becomes
# "passed", or why not: the cases that failed, a line that a healthy kernel does not
# print, "hang" or "no build".
kunit_run() {
	local out=$1/build-kunit log

	mkdir -p "$out"
	echo '*' >"$out/.gitignore"
	export CCACHE_BASEDIR=$1 CCACHE_NOHASHDIR=1 PATH=/usr/lib/ccache:$PATH
	KUNIT_RESULT="no build"
	(cd "$1" &&
		tools/testing/kunit/kunit.py config --kunitconfig net/core --build_dir "$out" &&
		tools/testing/kunit/kunit.py build --kunitconfig net/core --build_dir "$out" \
			--jobs "$(nproc)") || return 0

	log=$out/test.log
	timeout 120 "$out/linux" mem=256M console=tty kunit_shutdown=halt \
		'kunit.filter_glob=net_namespace.*' </dev/null >"$log" 2>&1 || true
	KUNIT_RESULT=$(grep -E '^ *not ok ' "$log" || true)
	KUNIT_RESULT+=$(sed '1,/# Subtest: net_namespace$/d' "$log" | "$TOP/tools/bad-line")
	grep -q '^ok 1 net_namespace' "$log" || KUNIT_RESULT+=" hang"
	[ "$KUNIT_RESULT" ] || KUNIT_RESULT=passed
}
