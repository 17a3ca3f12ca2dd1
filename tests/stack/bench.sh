#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The targets of tests/guest/bench/targets that are marked "test": tools/bench in its short form,
# on the base kernel and the series, with the kernels of stack/boot. QEMU counts
# instructions, so one run is enough: two runs of one kernel differed by 2 % at most in a
# teardown, and less in other measurements without waits. In: $FULL; skipped without. Out:
# KTAP, with the tables as diagnostics. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

full_only stack/bench

OUT=$CACHE/bench-short

measured() {
	"$TOP/tools/bench" --short --icount --config boot --out "$OUT" >"$DIR/table"
	sed 's/^/# /' "$DIR/table" >&3
	"$TOP/tools/lib/bench-table" --test "$OUT/bench.csv" >"$DIR/targets" || true
	[ -s "$DIR/targets" ]
}

met() {		# VERDICT VALUE LIMIT
	echo "$1: $2, the limit is $3"
	[ "$1" = met ]
}

exec 3>&1
lock "$OUT.lock"
: >"$DIR/targets"
check bench_measures measured
while IFS=$'\t' read -r VERDICT TARGET VALUE LIMIT; do
	check "bench: $TARGET" met "$VERDICT" "$VALUE" "$LIMIT"
done <"$DIR/targets"
plan
