#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each part that stands on the base, without the others: git am and quilt apply it without
# fuzz, and it adds no warnings. With $FULL, no patch of it adds any, the kernel boots, and
# has no more failures than the base kernel. A part with cases of its own passes them. git am
# applies the part tables to the base with sysctl.
#
# In: $FULL. Out: KTAP. Exit status: 0 all passed, 1 not.
#
# Results are cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

TREE=$CACHE/patches

prepare() {
	own_tree patches
	git -C "$TREE" checkout -q --detach base
}

# git_am: apply the part to the base. Leaves the last commit in $DIR/head, and the files
# that the part touches in $DIR/before and $DIR/after.
git_am() {
	local paths

	rm -rf "$DIR"/{before,after,quilt}
	git -C "$TREE" checkout -q --detach base
	robot_git -C "$TREE" am -q "${PATCHES[@]/#/$TOP/patches/}" || {
		robot_git -C "$TREE" am --abort
		return 1
	}
	git -C "$TREE" rev-parse HEAD >"$DIR/head"
	mapfile -t paths < <(git -C "$TREE" diff --name-only --no-renames base HEAD)
	export_files "$TREE" base "$DIR/before" "${paths[@]}"
	export_files "$TREE" HEAD "$DIR/after" "${paths[@]}"
}

quilt_push() {
	printf '%s\n' "${PATCHES[@]}" >"$DIR/series"
	cp -R "$DIR/before" "$DIR/quilt"
	(cd "$DIR/quilt" && QUILT_PATCHES=$TOP/patches QUILT_SERIES=$DIR/series quilt push -a --fuzz=0)
	diff -r -x .pc "$DIR/after" "$DIR/quilt"
}

compiles() {
	local c

	if [ -z "$FULL" ]; then
		"$TOP/tools/lib/new-warnings" --since base "$TREE" "$(cat "$DIR/head")"
		return
	fi
	for c in $(git -C "$TREE" rev-list --reverse "base..$(cat "$DIR/head")"); do
		"$TOP/tools/lib/new-warnings" "$TREE" "$c"
	done
}

# boot_fails COMMIT OPTION...: boot COMMIT and print the failed cases, sorted.
boot_fails() {
	git -C "$TREE" checkout -q --detach "$1"
	shift
	"$TOP/tools/boot" --tree "$TREE" --config small "$@" >"$DIR/boot" 2>&1 || true
	cat "$DIR/boot" >&2
	grep -q '^ok ' "$DIR/boot"
	awk '/^not ok / { print $4 }' "$DIR/boot" | sort
}

base_boots() { boot_fails base >"$DIR/base-fails"; }

# boots NAME: a part with cases of the bugs that it fixes must also pass these.
boots() {
	local options=()

	[ ! -e "$TOP/tests/guest/boot/$1.h" ] || options=(--cases "$1")
	boot_fails "$(cat "$DIR/head")" "${options[@]}" >"$DIR/fails"
	comm -13 "$DIR/base-fails" "$DIR/fails" >"$DIR/new-fails"
	[ ! -s "$DIR/new-fails" ]
}

alone() {	# NAME PREFIXES
	check "$1: git am on the base" git_am
	check "$1: quilt push on the base" quilt_push
	check "$1: compiles" compiles
	[ "$FULL" ] || return 0
	[ -s "$DIR/base-fails" ] || check "the base kernel boots" base_boots
	check "$1: boots" boots "$1"
}

lock "$CACHE/check.lock"
lock "$CACHE/patches.lock"
check prepare prepare
read_parts
boot_inputs small
for I in "${!PARTS[@]}"; do
	[ "${STANDS_ON[I]}" = base ] || continue
	mapfile -t PATCHES < <(part_patches "${PARTS[I]}")
	cached "${PARTS[I]}" "${PATCHES[@]/#/patches/}" "=${PARTS[I]} ${PREFIXES[I]} $FULL" \
		"$(tree_of "$TREE" base)" configs/{check,no-netns,no-sysctl}.config \
		"$(versions clang clang-19 sparse)" \
		"${INPUTS[@]}" -- alone "${PARTS[I]}" "${PREFIXES[I]}"
done
mapfile -t PATCHES < <(part_patches sysctl && part_patches tables)
check "tables: git am on the base with sysctl" git_am
leaves_out "the boot of each part, and warnings of each of its patches"
plan
