#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A random walk over what userspace can do with network namespaces, with a new seed: a minute
# on the kernel of the boot check. Two short walks with the same seed take the same steps.
#
# In: $FULL: also an hour on the debug kernel (configs/debug.config), in the work tree of
# stack/debug. Out: KTAP, with the lines of each boot as diagnostics. The notes have the seed,
# for tools/boot --cases walk --append walk_seed=SEED. Exit status: 0 all passed, 1 not.
#
# The result of the debug kernel is cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

TREE=$CACHE/debug
CONFIGS=boot,kunit,debug

# trace NAME: write the steps of a short walk to $DIR/NAME, "worker NR step NR KIND ..." each.
trace() {
	"$TOP/tools/boot" --cases walk --append "walk_seconds=5 walk_seed=7 walk_trace=1" \
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

debug_kernel() {
	check an_hour_on_the_debug_kernel boots --cases walk --tree "$TREE" --config $CONFIGS \
		"${FIXES[@]/#/--cases=}" --timeout 18000 \
		--append "walk_seconds=3600 case_seconds=9000"
}

exec 3>&1
check a_minute boots --cases walk --append walk_seconds=60
check same_seed_takes_same_steps takes_same_steps
if [ "$FULL" ]; then
	lock "$CACHE/debug.lock"
	check prepare own_tree debug
	boot_inputs $CONFIGS
	cached walk_on_debug_kernel "$(tree_of "$TREE" HEAD)" "${INPUTS[@]}" -- debug_kernel
fi
plan
