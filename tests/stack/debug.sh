#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The debug kernel: boot check, KUnit, each allocation made to fail once, a stress, and
# a search for leaks, with all that the kernel can watch itself by (configs/debug.config);
# and which lines of the core that has run.
#
# In: $FULL: the stress makes 10000 namespaces instead of a few hundred. Out: KTAP, with
# the lines of the boot and its figures as diagnostics. Exit status: 0 all passed, 1 not.
#
# What has passed is not tried again until the stack, the guest or the test changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/stack/gcov.sh
. "$(dirname "$0")/gcov.sh"

TREE=$CACHE/debug
CONSOLE_LOG=$CACHE/log/test-debug.log
OPTIONS=(--timeout 3000)
[ -z "$FULL" ] || OPTIONS=(--timeout 12000 --append "stress=10000 case_seconds=9000")

# The core alone is compiled to count its lines, with each function where it stands: those
# that it shares with others would count only when these call.
prepare() {
	own_tree debug
	cat >>"$TREE/net/core/Makefile" <<-EOF
		GCOV_PROFILE_net_namespace.o := y
		CFLAGS_net_namespace.o := -fno-inline -fno-optimize-sibling-calls
	EOF
}

key() {
	{
		git -C "$TREE" rev-parse 'HEAD^{tree}'
		cat "$0" "$TOP"/tests/stack/{lib,gcov}.sh "$KNOWN" "$TOP"/tests/boot/*
		cat "$TOP/configs"/{boot,kunit,debug}.config
		cat "$TOP"/tools/{build,boot,check-boot,bad-line}
		echo "$FULL"
		gcc --version
	} | digest
}

debug_kernel() {
	local start=$SECONDS status=0

	"$TOP/tools/boot" --tree "$TREE" --config boot,kunit,debug --log "$CONSOLE_LOG" \
		"${OPTIONS[@]}" >"$DIR/boot" || status=$?
	{
		sed 's/^/# /' "$DIR/boot"
		echo "# debug kernel: $((SECONDS - start)) s, with what had to be built"
	} >&3
	[ $status = 0 ] && grep '^PASS: ' "$DIR/boot"
}

exec 3>&1
check prepare prepare
if passed_before "$(key)"; then
	check "debug_kernel_passed_before" true
	plan
	exit
fi
check boot_debug_kernel debug_kernel
check counts_are_complete annotate "$CONSOLE_LOG" "$TREE/build-boot-kunit-debug"
check "at_least_${LEAST}_percent" enough_lines
check each_line_not_run_is_explained each_is_explained
plan && remember "$(key)"
