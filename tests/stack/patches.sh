#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The patches as text: patches/ and the branch have the same content, and git am and quilt
# apply all of them to the base kernel. stack/parts tests single parts. Also, the results in
# Documentation/bench.md are those of these patches. In: nothing. Out: KTAP. Exit status: 0
# all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

TREE=$DIR/linux
mapfile -t PATCHES < <(sed -n 's/^[^#]/&/p' "$TOP/series")
mapfile -t PATHS < <(cd "$TOP/patches" &&
	awk '/^diff --git a\// { print substr($3, 3); print substr($4, 3) }' "${PATCHES[@]}" | sort -u)

# Use temporary copies: the base, with the files that the patches touch, and the project.
# .gitattributes selects how git finds the function name after the @@ of a hunk.
prepare() {
	"$TOP/tools/base"
	git init -q -b main "$TREE"
	git -C "$TREE" fetch -q --depth 1 "$LINUX" refs/tags/base:refs/tags/base
	git -C "$TREE" config user.name "Netns Core"
	git -C "$TREE" config user.email tests@netns-core.invalid
	git -C "$TREE" sparse-checkout set --no-cone /.gitattributes "${PATHS[@]/#//}"
	git -C "$TREE" checkout -q -b netns-core base
	mkdir "$DIR/project"
	cp -R "$TOP"/{tools,configs,patches,series} "$DIR/project"
}

round_trip() {
	"$DIR/project/tools/apply" --tree "$TREE"
	rm -r "$DIR/project/patches"/0*
	cp -R "$TOP/patches" "$DIR/project"
	"$DIR/project/tools/refresh" --tree "$TREE"
	diff -r "$TOP/patches" "$DIR/project/patches"
	cmp "$TOP/series" "$DIR/project/series"
}

git_am() {
	git -C "$TREE" checkout -q --detach base
	git -C "$TREE" am -q "${PATCHES[@]/#/$TOP/patches/}"
	[ "$(git -C "$TREE" rev-parse 'HEAD^{tree}')" = \
		"$(git -C "$TREE" rev-parse 'netns-core^{tree}')" ]
}

quilt_in() { (cd "$DIR/quilt" && QUILT_PATCHES=$TOP/patches QUILT_SERIES=$TOP/series quilt "$@"); }

# pop -f: quilt detects edits by the time of a file, in whole seconds. Otherwise it would
# try to reverse the patch, which does not work for copies.
quilt_push_pop() {
	export_files "$TREE" base "$DIR/before" "${PATHS[@]}"
	export_files "$TREE" netns-core "$DIR/after" "${PATHS[@]}"
	cp -R "$DIR/before" "$DIR/quilt"
	quilt_in push -a
	diff -r -x .pc "$DIR/after" "$DIR/quilt"
	quilt_in pop -a -f
	find "$DIR/quilt" -type d -empty -delete
	diff -r -x .pc "$DIR/before" "$DIR/quilt"
}

# Of the same code, whatever the comments
results_are_of_series() {
	grep "^series: .* code $(code_hash "$TREE" netns-core)\$" "$TOP/Documentation/bench/machine"
}

check prepare prepare
check round_trip round_trip
check git_am_gives_the_same_tree git_am
check quilt_push_pop quilt_push_pop
check results_are_of_series results_are_of_series
plan
