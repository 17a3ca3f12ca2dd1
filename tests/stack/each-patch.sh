#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each patch alone, the last first: the kernel builds, boots, passes the boot check and,
# from the patch on that brings it, the KUnit suite. What its text has to pass, and the
# compilers' warnings, are tools/check's. Last of all the unpatched tag, where just the
# lines about the initcall and its message must fail: the check can tell. In: $FULL: try
# all; without, every fifth, and no suite, since another configuration takes minutes to
# build, and stack/debug has it, too. Out: KTAP. Exit status: 0 all passed, 1 not.
#
# What has passed is not tried again until a file of the kernel, a tool or the test
# itself changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

TREE=$CACHE/patches
# What fails where net_ns_init() is no initcall
WITHOUT_INITCALL='initcall_is_level_0
initcall_precedes_level_1
initcall_returns_0
size_is_printed
size_is_slab_object_size'

prepare() { own_tree patches; }

config() {		# COMMIT
	if [ "$FULL" ] &&
		git -C "$TREE" grep -q '^config NET_NAMESPACE_KUNIT_TEST$' "$1" -- net/Kconfig; then
		echo small,kunit
	else
		echo small
	fi
}

# key COMMIT: what the result of COMMIT's test follows from.
key() {
	{
		git -C "$TREE" rev-parse "$1^{tree}"
		config "$1"
		cat "$0" "$TOP/tests/stack/lib.sh" "$TOP"/configs/{small,kunit}.config
		cat "$TOP"/tests/boot/*
		cat "$TOP"/tools/{build,check-boot,bad-line}
		gcc --version
	} | digest
}

boots() {
	local fails="" status=0

	git -C "$TREE" checkout -q --detach "$1"
	"$TOP/tools/boot" --tree "$TREE" --config "$(config "$1")" \
		--log "$CACHE/log/patch.log" >"$DIR/boot" 2>&1 || status=$?
	cat "$DIR/boot"
	! grep -q 'compiler warnings' "$DIR/boot" || return 1
	[ $status = 0 ] && return
	# Before net_ns_init() is an initcall, the lines about it cannot pass.
	grep -q '^pure_initcall(net_ns_init)' "$TREE/net/core/net_namespace.c" 2>/dev/null &&
		return 1
	fails=$(awk '/^not ok / { print $4 }' "$DIR/boot")
	[ "$fails" = "$WITHOUT_INITCALL" ]
}

alone() {
	boots "$1"
	remember "$(key "$1")"
}

check prepare prepare
for COMMIT in $(git -C "$TREE" rev-list base..refs/netns-core/applied); do
	one_of_many 5 "$(git -C "$TREE" log -1 --format=%s "$COMMIT")" "$(key "$COMMIT")" \
		alone "$COMMIT"
done
[ $LEFT_OUT = 0 ] || echo "# $LEFT_OUT of $NR patches are left to tests/run --full"
one_of_many 1 "the unpatched tag, without the initcall" "$(key base)" alone base
plan
