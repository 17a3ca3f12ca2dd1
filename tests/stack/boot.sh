#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The boot check of the series in QEMU: with one CPU, and with two CPUs and the KUnit suite, of
# which UML skips some cases. Also a command in the shell of tools/boot --shell.
# stack/each-patch boots the base kernel. Compiler warnings are failures, too. In: $FULL: also
# without CONFIG_NET_NS. Out: KTAP, with the lines of each boot as diagnostics. Exit status: 0
# all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

# Wait for the prompt: earlier input would be lost.
shell() {
	local log=$DIR/shell.log

	{
		says 'guest:' "$log" 110 >&2
		echo 'unshare -n ip -o link; exit'
	} | timeout 120 "$TOP/tools/boot" --shell --log "$log" >"$DIR/shell"
	cat "$DIR/shell"
	grep '^1: lo: ' "$DIR/shell"
}

exec 3>&1
check boot_stack_one_cpu boots --cpus 1
check shell_in_the_guest shell
check boot_stack_with_kunit boots --config boot,kunit
[ -z "$FULL" ] || check boot_stack_without_net_ns boots --config small,no-netns,kunit
leaves_out "the boot without CONFIG_NET_NS"
plan
