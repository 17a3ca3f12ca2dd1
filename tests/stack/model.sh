#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The model of a namespace's life, tests/model/netns.pml, which spin searches exhaustively:
# no check fails in it, and with each planted fault the expected one does. A whole search has
# the states and the depth in tests/model/figures. The functions that it stands for are those
# in tests/model/code.
#
# usage: tests/stack/model.sh [--write] [NAME...]
#
#   --write  put the figures into tests/model/figures, for Documentation/proof.md
#   NAME     check the runs of tests/model/runs with this name, and remember no result
#
# In: $FULL, which adds the runs marked "full". A run takes up to a minute, and 2 GB of
# memory. Out: KTAP, with the states, the depth and the seconds of each run as diagnostics.
# Exit status: 0 all passed, 1 not, 2 wrong usage.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

MODEL=$TOP/tests/model
WRITE=
NAMES=()

option() { WRITE=1; }

operand() { NAMES+=("$1"); }

# runs: NAME WHEN EXPECTED MACRO..., of those to do.
runs() {
	awk -v full="$FULL" -v names=" ${NAMES[*]} " '
	/^#/ || !NF { next }
	names != "  " && !index(names, " " $1 " ") { next }
	names == "  " && $2 == "full" && !full { next }
	{ print }' "$MODEL/runs"
}

# searched NAME WHEN EXPECTED MACRO...
searched() {
	local name=$1 when=$2 expected=$3 found how=-DSAFETY level=-O0 options=(-m100000 -w24)

	shift 3
	mkdir "$DIR/$name"
	cd "$DIR/$name"
	cp "$MODEL/netns.pml" .
	spin "${@/#/-D}" -a netns.pml
	[ "$when" != cycles ] || { how=-DNP; options+=(-l); }
	[ "$expected" != ok ] || level=-O2	# a fault is found before a compiler has optimized
	gcc $level -w $how -DMEMLIM=4000 -o pan pan.c
	./pan "${options[@]}" >out 2>&1 || true
	awk -v name="$name" -v OFS='\t' '
	/states, stored/ { states = $1 }
	/depth reached/ { sub(/.*depth reached /, ""); depth = $1 + 0 }
	/elapsed time/ { print name, states, depth, $4 }' out >>"$DIR/figures"
	tail -n 1 "$DIR/figures" |
		awk '{ print "# " $1 ": " $2 " states, depth " $3 ", " $4 " s" }' >&3
	found=$(sed -nE 's/^pan:1: (assertion violated )?([^(]*) \(.*/\2/p' out | tr ' ' -)
	if [ -z "$found" ]; then
		grep -q 'errors: 0$' out && ! grep -qE 'not completed|too small|max search depth' out &&
			found=ok
	fi
	if [ "$found" = "$expected" ]; then
		[ "$found" != ok ] || [ "$WRITE" ] || same_figures "$name"
		return
	fi
	echo "found: ${found:-nothing}, expected: $expected"
	sed -n 1,20p out
	! [ -e netns.pml.trail ] || { spin "${@/#/-D}" -t -p -g netns.pml | tail -n 60; }
	return 1
}

# same_figures NAME: the states and the depth of a whole search are those that were written.
same_figures() {
	diff <(cut -f 1-3 "$MODEL/figures" | grep "^$1	") <(cut -f 1-3 "$DIR/figures" | grep "^$1	")
}

all_runs() {
	local run

	while read -ra run; do
		check "model_${run[0]}" searched "${run[@]}"
		rm -rf "${DIR:?}/${run[0]}"
	done <"$DIR/runs"
}

names() { sed '/^#/d; /^$/d; s/[[:space:]].*//' "$@"; }

# Figures of runs that were not done are kept.
write_figures() {
	cat "$DIR/figures" "$MODEL/figures" >"$DIR/all" 2>/dev/null || true
	{
		echo "# SPDX-License-Identifier: GPL-2.0"
		echo "# Made by tests/stack/model.sh --write: name, states, depth, seconds"
		names "$MODEL/runs" | while read -r name; do
			grep -m 1 "^$name	" "$DIR/all" || true
		done
	} >"$DIR/new"
	cp "$DIR/new" "$MODEL/figures"
}

figures_have_names() {
	diff <(names "$MODEL/runs") <(names "$MODEL/figures") && return
	echo "run: FULL=1 tests/stack/model.sh --write && tests/stack/proof.sh --write"
	return 1
}

options write "$@"
need test spin gcc
exec 3>&1
: >"$DIR/figures"
runs >"$DIR/runs"
[ -s "$DIR/runs" ] || bad_usage "tests/model/runs has no such run: ${NAMES[*]}"
if [ ${#NAMES[@]} != 0 ]; then
	all_runs
	[ -z "$WRITE" ] || write_figures
else
	check series_is_applied applied
	check model_code_is_the_same "$TOP/tests/extract" --check model
	if [ "$WRITE" ]; then
		all_runs
		write_figures
	else
		cached model tests/model "=$FULL" "=$(spin -V)" -- all_runs
	fi
	check model_figures_have_names figures_have_names
fi
leaves_out "the searches marked full in tests/model/runs"
plan
