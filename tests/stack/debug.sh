#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The debug kernel (configs/debug.config): boot check, KUnit, each allocation failing once,
# a stress test, a search for leaks, and the coverage of the core.
#
# In: $FULL; skipped without. Out: KTAP, with the lines of the boot and the coverage as
# diagnostics. Exit status: 0 all passed, 1 not.
#
# Results are cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

full_only stack/debug
# shellcheck source=tests/stack/gcov.sh
. "$(dirname "$0")/gcov.sh"

TREE=$CACHE/debug
CONFIGS=boot,kunit,families,debug
BUILD=$TREE/build-${CONFIGS//,/-}

prepare() {
	own_tree debug
	for_gcov "$TREE"
}

debug_kernel() {
	check boot_debug_kernel boots --tree "$TREE" --config $CONFIGS "${FIXES[@]/#/--cases=}" \
		--timeout 12000 --append "stress=10000 case_seconds=9000"
	check counts_are_complete annotate "$BUILD/console.log" "$BUILD"
	check "at_least_${LEAST}_percent" enough_lines
	check each_line_not_run_is_explained each_is_explained
}

exec 3>&1
lock "$CACHE/debug.lock"
check prepare prepare
boot_inputs $CONFIGS
cached debug_kernel "$(tree_of "$TREE" HEAD)" "${INPUTS[@]}" \
	tests/stack/{gcov.sh,not-covered} -- debug_kernel
plan
