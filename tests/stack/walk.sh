#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A random walk over what userspace can do with network namespaces, with a new seed: a minute
# on the kernel of the boot check. Two short walks with the same seed take the same steps.
#
# In: $FULL: also an hour each on the debug kernel (configs/debug.config), on that with failing
# allocations, and on a kernel with KCSAN (configs/kcsan.config). And most kinds of
# steps on the debug kernel, with each of their allocations failing in turn. The debug kernel
# is in the work tree of stack/debug. Out: KTAP, with the lines of each boot as diagnostics. The notes
# have the seed, for tools/boot --cases walk --append walk_seed=SEED. Exit status: 0 all
# passed, 1 not.
#
# The results of these hours are cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

CASE=random_walk_leaves_nothing
EACH=each_step_survives_each_failed_allocation
TREE=$CACHE/debug
CONFIGS=boot,kunit,families,debug
KCSAN_TREE=$CACHE/kcsan
KCSAN_CONFIGS=boot,kunit,families,kcsan

# KCSAN checks these only, which the series changes: each of its reports fails the check. The
# base kernel has data races in other files.
KCSAN_FILES=(net/core/{net_namespace,netns_lookup} net/sysctl_net fs/proc/proc_sysctl lib/xarray)

# trace NAME: write the steps of a short walk to $DIR/NAME, "worker NR step NR KIND ..." each.
trace() {
	"$TOP/tools/boot" --only-case $CASE --append "walk_seconds=5 walk_seed=7 walk_trace=1" \
		--log "$DIR/$1.log" >"$DIR/boot"
	console_text "$DIR/$1.log" | sed -n 's/^# walk: //p' >"$DIR/$1"
}

# The walks differ in length, and a worker may be killed before it prints a step.
takes_same_steps() {
	trace first
	trace second
	awk '
	{ key = $2 " " $4 }
	FNR == NR { first[key] = $0; next }
	key in first { both++ }
	key in first && first[key] != $0 { print first[key] " and " $0; differ = 1 }
	END {
		print both + 0, "steps in both"
		exit differ || both < 100
	}' "$DIR/first" "$DIR/second"
}

# long CASE TREE CONFIGS [ARGS]: run a case for hours, with these additions to the command line.
long() {
	boots --only-case "$1" --tree "$2" --config "$3" --timeout 18000 \
		--append "walk_families=1 case_seconds=9000 ${4-}"
}

# hour TREE CONFIGS [ARGS]: walk for an hour.
hour() { long $CASE "$1" "$2" "walk_seconds=3600 ${3-}"; }

debug_kernel() { check an_hour_on_the_debug_kernel hour "$TREE" $CONFIGS; }
failing() { check an_hour_with_failing_allocations hour "$TREE" $CONFIGS walk_fail=1; }
each() { check $EACH long $EACH "$TREE" $CONFIGS; }
kcsan() { check an_hour_on_the_kcsan_kernel hour "$KCSAN_TREE" $KCSAN_CONFIGS; }

# KCSAN checks all files of the kernel by default. Let it check those whose Makefile says so. It
# also reports a race of one of these with another file, as one of unknown origin.
prepare_kcsan() {
	local file

	own_tree kcsan
	cd "$KCSAN_TREE"
	sed -i '/(KCSAN_SANITIZE)/s/\$.is-kernel-object.//' scripts/Makefile.lib
	! git diff --quiet scripts/Makefile.lib || return 1
	# It inlines d_in_lookup(). The VFS sets other bits of the same flags without a lock.
	sed -i 's/^static bool proc_sys_fill_cache/static __no_kcsan bool proc_sys_fill_cache/' \
		fs/proc/proc_sysctl.c
	! git diff --quiet fs/proc/proc_sysctl.c || return 1
	for file in "${KCSAN_FILES[@]}"; do
		[ -f "$file.c" ]
		echo "KCSAN_SANITIZE_${file##*/}.o := y" >>"${file%/*}/Makefile"
	done
}

exec 3>&1
check a_minute boots --only-case $CASE --append walk_seconds=60
check same_seed_takes_same_steps takes_same_steps
if [ "$FULL" ]; then
	lock "$CACHE/debug.lock"
	check prepare own_tree debug
	boot_inputs $CONFIGS
	cached walk_on_debug_kernel "$(tree_of "$TREE" HEAD)" "${INPUTS[@]}" -- debug_kernel
	cached walk_with_failing_allocations "$(tree_of "$TREE" HEAD)" "${INPUTS[@]}" =fail -- failing
	cached walk_with_each_failed_allocation "$(tree_of "$TREE" HEAD)" "${INPUTS[@]}" =each -- each
	lock "$CACHE/kcsan.lock"
	check prepare_kcsan prepare_kcsan
	boot_inputs $KCSAN_CONFIGS
	cached walk_on_kcsan_kernel "$(tree_of "$KCSAN_TREE" HEAD)" "${INPUTS[@]}" -- kcsan
fi
leaves_out "hours on debug kernels, with failing allocations and with KCSAN"
plan
