#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What must not cost more when many namespaces are alive, or have an id: tools/bench in
# its short form, on the stack alone, with the kernel of stack/boot. QEMU counts
# instructions, so one run will do: two of one kernel differed by half a percent in a
# teardown, and less in the rest. In: nothing. Out: KTAP, with the table as diagnostics.
# Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

OUT=$CACHE/bench-short

measured() {
	"$TOP/tools/base"
	"$TOP/tools/apply"
	"$TOP/tools/bench" --short --icount --config boot --out "$OUT" "$CACHE/linux" \
		>"$DIR/table"
	sed 's/^/# /' "$DIR/table" >&3
	"$TOP/tools/bench-table" --flat "$OUT/bench.csv" >"$DIR/flat"
}

# flat METRIC MOST: what it costs with most alive is no more than MOST times what it
# costs with fewest.
flat() {
	awk -v metric="$1" -v most="$2" '
	$1 == metric { found = 1; print $1 ": " $3 " times, " most " is the most"; bad = $3 > most }
	END { exit !found || bad }' "$DIR/flat"
}

exec 3>&1
check bench_measures measured
check bench_teardown_does_not_depend_on_the_living flat batch_each_p50 1.05
check bench_lookup_does_not_depend_on_the_ids flat lookup_p50 1.2
plan
