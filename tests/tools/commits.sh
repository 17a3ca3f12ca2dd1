#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/ names mainline's commits as 12 digits ("title"), and they are in
# configs/upstream-commits. tools/check does the same for changelogs. In: nothing. Out:
# KTAP. Exit status: 0 all are, 1 not.

# shellcheck source=tests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

cd "$(dirname "$0")/../.."
TOP=$PWD
# shellcheck source=tools/lib/checks.sh
. tools/lib/checks.sh

# named FILE: FILE names commits as it should.
named() {
	check_commits "$1" >"$DIR/said" || true
	cat "$DIR/said"
	[ ! -s "$DIR/said" ]
}

# A listed commit, also across a line break; one without a title; one with another title
finds() {
	local entry

	entry=$(grep -m 1 '^[0-9a-f]' "$TOP/configs/upstream-commits")
	echo "| See ${entry% *}"$'\n'"${entry##* }. |" >"$DIR/listed"
	echo "See ${entry%% *}." >"$DIR/bare"
	echo "See ${entry/(\"/(\"x}." >"$DIR/other"
	named "$DIR/listed"
	! named "$DIR/bare" || return 1
	! named "$DIR/other" || return 1
}

# These pages name commits of the kernels that were measured.
mapfile -t FILES < <(git ls-files -co --exclude-standard 'Documentation/*.md' \
	':!Documentation/'{bench,clients,locks,patches}.md)

check "the test finds commits" finds
for FILE in "${FILES[@]}"; do
	check "commits of $FILE" named "$FILE"
done
plan
