#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The boot check, in QEMU: on the stack, with one CPU, without CONFIG_NET_NS, and on the
# unpatched tag. There just the lines about the initcall and its message must fail, which
# shows that the check can tell. With the KUnit suite it is the last of stack/each-patch.
# In: nothing. Out: KTAP, with the lines of each boot as diagnostics. Exit status: 0 all
# passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

boot() {
	"$TOP/tools/boot" --log "$CACHE/log/test-boot.log" "$@" >"$DIR/boot" || STATUS=$?
	sed 's/^/# /' "$DIR/boot" >&3
}

stack() {
	STATUS=0
	boot "$@"
	[ $STATUS = 0 ] && grep '^PASS: ' "$DIR/boot"
}

unpatched() {
	STATUS=0
	boot --unpatched --config small
	[ $STATUS = 1 ]
	diff <(echo "$UNPATCHED_FAILS") <(awk '/^not ok / { print $4 }' "$DIR/boot")
}

exec 3>&1
check boot_stack stack
check boot_stack_one_cpu stack --cpus 1
check boot_stack_without_net_ns stack --config small,no-netns,kunit
check boot_unpatched_lacks_the_initcall unpatched
plan
