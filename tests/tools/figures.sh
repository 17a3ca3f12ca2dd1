#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Figures that changelogs, cover letters and documents quote are those of the results: each
# file tests/figures/NAME has texts for Documentation/bench/NAME.csv. In: nothing. Out: KTAP.
# Exit status: 0 all passed, 1 not.

# shellcheck source=tests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

cd "$(dirname "$0")/../.."

# quotes NAME: each file has its texts, however they are wrapped.
quotes() {
	local files text missing=0

	tools/lib/bench-table --fill "tests/figures/$1" "Documentation/bench/$1.csv" |
		grep -v '^#' >"$DIR/texts"
	[ -s "$DIR/texts" ]
	while IFS=$'\t' read -r files text; do
		# shellcheck disable=SC2086	# a pattern
		cat $files | tr -s ' \n' ' ' | grep -qP -- "\\Q$text\\E(?!\.?[0-9])" ||
			{ echo "$files does not have: $text"; missing=1; }
	done <"$DIR/texts"
	return $missing
}

seconds() {
	local seconds

	seconds=$(sed -n 's/^tools.bench: .*--seconds //p' Documentation/bench/machine)
	grep -F -- "--seconds $seconds\"" patches/cover-letter-teardown
	grep -F "create and drop for $seconds seconds:" patches/cover-letter-teardown
	tr '\n' ' ' <README.md | grep -oE "create and drop them for $seconds seconds"
}

for FIGURES in tests/figures/*; do
	check "the figures of ${FIGURES##*/} are quoted as measured" quotes "${FIGURES##*/}"
done
check "the length of the measurements is that of the results" seconds
plan
