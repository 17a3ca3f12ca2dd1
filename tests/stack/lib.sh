# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of the stack share; they source it, nobody runs it.

# shellcheck source=tests/ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../ktap.sh"

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/netns-core
export LC_ALL=C

# $FULL is set if all is asked for that a test can do; see tests/run --full.
# shellcheck disable=SC2034
FULL=${FULL-}

# applied: the stack is on the base.
applied() {
	"$TOP/tools/base"
	"$TOP/tools/apply"
}

# own_tree NAME: a clean work tree with the stack, $CACHE/NAME, which is the test's to
# change: the user's may have edits.
own_tree() {
	local tree=$CACHE/$1

	applied
	[ -e "$tree/.git" ] ||
		git -C "$CACHE/linux" worktree add -q --detach "$tree" refs/netns-core/applied
	git -C "$tree" reset -q --hard
	git -C "$tree" checkout -q --detach refs/netns-core/applied
}

# passed_before KEY, remember KEY: what has been proven for this content.
passed_before() { [ -e "$CACHE/passed/$1" ]; }
remember() { mkdir -p "$CACHE/passed"; touch "$CACHE/passed/$1"; }

# one_of_many EVERY NAME KEY COMMAND...: a check of that name, unless it has passed before.
# Without $FULL only each EVERY-th of those that have not is tried.
NR=0
LEFT_OUT=0
one_of_many() {
	local every=$1 name=$2 key=$3

	shift 3
	NR=$((NR + 1))
	if passed_before "$key"; then
		check "$name" echo "passed before"
	elif [ "$FULL" ] || [ $(((NR - 1) % every)) = 0 ]; then
		check "$name" "$@"
	else
		LEFT_OUT=$((LEFT_OUT + 1))
	fi
}

# digest: a name for what is on stdin.
digest() { sha256sum | cut -d' ' -f1; }

# ccached COMMAND...: with compilers that remember, for tools that name them plainly.
ccached() { CCACHE_BASEDIR=$CACHE CCACHE_NOHASHDIR=1 PATH=/usr/lib/ccache:$PATH "$@"; }

# kunit_build TREE: a UML kernel with the suite, by the tree's own tool.
kunit_build() {
	local options=(--kunitconfig net/core --build_dir build-kunit)

	mkdir -p "$1/build-kunit"
	echo '*' >"$1/build-kunit/.gitignore"
	cd "$1"
	ccached tools/testing/kunit/kunit.py config "${options[@]}"
	ccached tools/testing/kunit/kunit.py build "${options[@]}" --jobs "$(nproc)"
}

# kunit_complaints TREE: run the suite of the kernel there. Prints why it has not passed:
# the cases that failed, a panic, a line that a healthy kernel does not print, "hang".
kunit_complaints() {
	local log=$1/build-kunit/test.log

	timeout -s KILL 60 "$1/build-kunit/linux" mem=256M console=tty kunit_shutdown=halt \
		'kunit.filter_glob=net_namespace.*' </dev/null >"$log" 2>&1 || true
	grep -E '^ *not ok |Kernel panic' "$log" || true
	sed '1,/# Subtest: net_namespace$/d' "$log" | "$TOP/tools/bad-line"
	grep -qE '^(not )?ok 1 net_namespace|Kernel panic' "$log" || echo hang
}
