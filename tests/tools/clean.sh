#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/clean. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

HERE=$DIR/cache/netns-core

# filled: fill the cache as several runs would.
filled() {
	applied
	mkdir -p "$TREE/build-boot" "$HERE"/{dl,messages,passed,fresh-trixie-root}
	echo '*' >"$TREE/build-boot/.gitignore"
	touch "$HERE/dl/source" "$HERE/messages/sent" "$HERE/check.lock"
	git -C "$TREE" worktree add -q --detach "$HERE/patches" base
}

lists() {
	filled
	find "$HERE" | sort >"$DIR/before"
	tools/clean >"$DIR/said"
	cat "$DIR/said"
	find "$HERE" | sort | cmp - "$DIR/before"
	grep -E -- " --all +$TREE\$" "$DIR/said"
	grep -E -- " --builds +$TREE/build-boot\$" "$DIR/said"
	grep -E -- " --builds +$HERE/passed\$" "$DIR/said"
	grep -E -- " kept +$HERE/messages\$" "$DIR/said"
}

builds() {
	filled
	tools/clean --builds
	[ "$(cd "$HERE" && echo *)" = "check.lock dl lock messages" ]
	[ ! -e "$TREE/build-boot" ]
	[ "$(git -C "$TREE" worktree list | wc -l)" = 1 ]
	tools/apply
}

all() {
	filled
	tools/clean --all
	[ "$(cd "$HERE" && echo *)" = "check.lock lock messages" ]
	[ -e "$HERE/messages/sent" ]
	[ ! -e "$TREE" ]
	applied
}

edits_stay() {
	filled
	echo mine >>"$TREE/net/core.c"
	refuses "has uncommitted edits" tools/clean --all
	[ -e "$TREE/build-boot" ] && [ -e "$HERE/dl/source" ]
	git -C "$TREE" commit -qam mine
	refuses "has commits that are not in patches/" tools/clean --all
	[ -e "$TREE/build-boot" ] && [ -e "$HERE/dl/source" ]
	tools/clean --builds
	[ ! -e "$TREE/build-boot" ]
	[ "$(git -C "$TREE" log -1 --format=%s)" = mine ]
}

waits() {
	filled
	exec 9>>"$HERE/check.lock"
	flock 9
	tools/clean --builds 9>&- >"$DIR/said" 2>&1 &
	says "waiting for" "$DIR/said"
	[ -e "$TREE/build-boot" ]
	exec 9>&-
	wait $!
	[ ! -e "$TREE/build-boot" ]
}

nothing_there() {
	tools/clean | grep "nothing was made"
	tools/clean --all
}

check "without an option it lists and removes nothing" lists
check "--builds keeps the repository and the download" builds
check "--all keeps messages, and tools/base starts again" all
check "edits and commits are never removed" edits_stay
check "it waits for a tool that holds a lock" waits
check "without a cache it does nothing" nothing_there
check "a wrong option" exits 2 tools/clean --everything
plan
