#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The debug kernel: boot check, KUnit, each allocation made to fail once, a stress, and
# a search for leaks, with all that the kernel can watch itself by (configs/debug.config).
#
# In: $FULL: the stress makes 10000 namespaces instead of a few hundred. Out: KTAP, with
# the lines of the boot and its figures as diagnostics. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

OPTIONS=(--timeout 3000)
[ -z "$FULL" ] || OPTIONS=(--timeout 12000 --append "stress=10000 case_seconds=9000")

debug_kernel() {
	local start=$SECONDS status=0

	"$TOP/tools/boot" --config boot,kunit,debug --log "$CACHE/log/test-debug.log" \
		"${OPTIONS[@]}" >"$DIR/boot" || status=$?
	{
		sed 's/^/# /' "$DIR/boot"
		echo "# debug kernel: $((SECONDS - start)) s, with what had to be built"
	} >&3
	[ $status = 0 ] && grep '^PASS: ' "$DIR/boot"
}

exec 3>&1
check boot_debug_kernel debug_kernel
plan
