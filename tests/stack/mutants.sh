#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Mutants: each file in tests/mutants is a believable mistake in the stack, and what
# it makes fail. In: nothing. Out: KTAP. Exit status: 0 each was caught by what it
# names, 1 not.
#
# A mutant is a patch, and above it a line "Expect: TEXT": TEXT stands in one of the
# lines that begin with "not ok" when the boot check runs on the stack with the patch.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

TREE=$CACHE/mutants

# A work tree of their own: the user's may have edits.
prepare() {
	"$TOP/tools/base"
	"$TOP/tools/apply"
	[ -e "$TREE/.git" ] ||
		git -C "$CACHE/linux" worktree add -q --detach "$TREE" refs/netns-core/applied
	git -C "$TREE" reset -q --hard
	git -C "$TREE" checkout -q --detach refs/netns-core/applied
}

caught() {	# MUTANT
	local expect status=0

	expect=$(sed -n 's/^Expect: //p' "$1")
	git -C "$TREE" apply "$1"
	"$TOP/tools/boot" --tree "$TREE" --log "$CACHE/log/mutant.log" >"$DIR/boot" || status=$?
	git -C "$TREE" apply -R "$1"
	cat "$DIR/boot"
	[ $status = 1 ] && grep '^not ok' "$DIR/boot" | grep -qF -- "$expect"
}

check prepare prepare
for MUTANT in "$TOP"/tests/mutants/*.patch; do
	NAME=${MUTANT##*/}
	check "mutant_${NAME%.patch}" caught "$MUTANT"
done
plan
