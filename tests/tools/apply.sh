#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/apply. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

head_of() { git -C "$TREE" rev-parse HEAD; }

# Edit one character of the last patch's commit message and content.
edit_patch() { sed -i 's/^+6100$/+6I00/; s/Why it is good/Why it is better/' patches/0003*; }

unchanged() {	# HEAD
	[ "$(head_of)" = "$1" ]
	[ -z "$(compgen -G "$TREE/.git/netns-core.scratch.*")" ]
	[ "$(git -C "$TREE" worktree list | wc -l)" = 1 ]
}

branch() {
	applied
	[ "$(git -C "$TREE" rev-list --count base..netns-core)" = 3 ]
	[ "$(git -C "$TREE" log -1 --format='%an %s')" = 'A. Dév [lib] new sort; größer' ]
	[ "$(git -C "$TREE" log -1 --format=%cd)" = "$(git -C "$TREE" log -1 --format=%ad)" ]
	[ -z "$(git -C "$TREE" status --porcelain)" ]
	unchanged "$(head_of)"
}

same_as_git_am() {
	tools/base --from "$DIR/toy.tar.xz" --worktree
	git -C "$TAG_TREE" am -q "$PWD"/patches/*.patch
	git -C "$TAG_TREE" rev-parse 'HEAD^{tree}' | cmp - "$DIR/tree"
}

# Before quilt pops a patch, it checks the patch, unless the patch's time stamp is newer
# than the files'. The check does not support copies. -f skips it.
same_as_quilt() {
	tools/base --from "$DIR/toy.tar.xz"
	cp -R "$PWD/patches" "$PWD/series" "$TREE"
	cd "$TREE"
	printf '/patches/\n/series\n/.pc/\n' >.git/info/exclude
	quilt push -a
	git add -A
	git write-tree | cmp - "$DIR/tree"
	quilt pop -a -f
	git add -A
	[ "$(git write-tree)" = "$(git rev-parse 'base^{tree}')" ]
}

same_ids() {
	local id

	applied
	id=$(head_of)
	rm -rf "$TREE"
	export GIT_COMMITTER_NAME=other GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
	applied
	[ "$(head_of)" = "$id" ]
}

again_keeps_edits() {
	applied
	echo mine >>"$TREE/net/core.c"
	tools/apply 2>&1 | tee "$DIR/said"
	grep 'keeping uncommitted edits' "$DIR/said"
	git -C "$TREE" commit -qam mine
	tools/apply 2>&1 | tee "$DIR/said"
	grep 'keeping commits that are not in patches' "$DIR/said"
	[ "$(tail -n 1 "$TREE/net/core.c")" = mine ]
}

dirty_refused() {
	local id

	applied
	id=$(head_of)
	edit_patch
	echo mine >>"$TREE/net/core.c"
	refuses "uncommitted edits" tools/apply
	[ "$(tail -n 1 "$TREE/net/core.c")" = mine ]
	git -C "$TREE" checkout -q .
	echo mine >"$TREE/net/new.c"
	refuses "uncommitted edits" tools/apply
	[ "$(cat "$TREE/net/new.c")" = mine ]
	unchanged "$id"
}

# The edit has the same size and the same second as the index. git compares the content,
# because the index is not newer than the file.
quick_edit_found() {
	applied
	edit_patch
	git -C "$TREE" config core.trustctime false
	touch -d 2020-01-01 "$TREE/net/core.c"
	git -C "$TREE" update-index -q --refresh
	printf 6 | dd of="$TREE/net/core.c" conv=notrunc
	touch -d 2020-01-01 "$TREE/net/core.c" "$TREE/.git/index"
	refuses "uncommitted edits" tools/apply
}

commits_refused() {
	local id

	applied
	echo mine >>"$TREE/net/core.c"
	git -C "$TREE" commit -qam mine
	id=$(head_of)
	edit_patch
	refuses "commits that are not in patches/" tools/apply
	unchanged "$id"
}

other_branch_refused() {
	applied
	git -C "$TREE" checkout -q base
	refuses "not on branch netns-core" tools/apply
}

bad_patch() {
	local id

	tools/base --from "$DIR/toy.tar.xz"
	id=$(head_of)
	sed -i 's/^-2250$/-225O/' patches/0002*
	sed -i '0,/^ 211$/s//&x/' patches/0003*
	refuses "patches/0003-lib-new-sort-gr-er.patch does not apply" tools/apply
	grep "lib/list" "$DIR/said"
	unchanged "$id"
	fails git -C "$TREE" rev-parse -q --verify refs/netns-core/applied
}

missing_patch() {
	tools/base --from "$DIR/toy.tar.xz"
	rm patches/0002*
	refuses "series names patches/0002" tools/apply
}

# The series on a base with an additional line in each file that it moves, copies or edits.
near_base() {
	cp -R "$DIR/toy" "$DIR/other"
	sed -i '1i first' "$DIR/other"/{net/core.c,lib/list.c}
	tools/base --from "$DIR/other"
	tools/apply 2>&1 | tee "$DIR/said"
	grep 'but were made for other versions of these files of the base: lib/list.c$' "$DIR/said"
	[ "$(git -C "$TREE" rev-list --count base..netns-core)" = 3 ]
	sed -i '1{/^first$/d}' "$TREE"/{net/old.c,lib/list.c,lib/list2.c,lib/list3.c}
	git -C "$TREE" add -A
	git -C "$TREE" write-tree | cmp - "$DIR/tree"
	git -C "$TREE" reset -q --hard
	unchanged "$(git -C "$TREE" rev-parse refs/netns-core/applied)"
	tools/apply 2>"$DIR/said"
	[ ! -s "$DIR/said" ]
}

other_base() {
	tools/base --from "$DIR/toy.tar.xz"
	sed -i 's/^index [0-9a-f]*\(.*\)/index 1111111111\1/; s/^-4\(..\)$/-5\1/' patches/0003*
	refuses "patches/0003-lib-new-sort-gr-er.patch does not apply to this base: lib/gone.c" tools/apply
	unchanged "$(git -C "$TREE" rev-parse base)"
}

few_files_written() {
	applied
	find "$TREE" -name '*.c' -exec touch -d 2020-01-01 {} +
	git -C "$TREE" update-index -q --refresh
	edit_patch
	tools/apply
	[ "$(cd "$TREE"; find . -name '*.c' -newermt 2021-01-01)" = ./lib/sort.c ]
	[ "$(tail -n 1 "$TREE/lib/sort.c")" = 6I00 ]
	git -C "$TREE" log -1 | grep 'Why it is better'
}

fewer_patches() {
	applied
	sed -i /0003/d series
	tools/apply
	[ "$(git -C "$TREE" rev-list --count base..netns-core)" = 2 ]
	[ -f "$TREE/lib/gone.c" ]
	echo '# none' >series
	tools/apply
	[ "$(head_of)" = "$(git -C "$TREE" rev-parse base)" ]
}

cover_letter() {
	applied
	git -C "$TREE" config branch.netns-core.description | cmp - <(cat patches/cover-letter; echo)
}

# Killed after the branch was moved, but before that was recorded.
killed() {
	tools/base --from "$DIR/toy.tar.xz"
	stub git <<-'EOF'
		case " $* " in
		*" update-ref refs/netns-core/applied "*) kill -9 $PPID; exit 1 ;;
		esac
		exec /usr/bin/git "$@"
	EOF
	fails tools/apply
	rm "$DIR/bin/git"
	applied
}

# Killed in git am, with the scratch tree left behind.
killed_in_am() {
	tools/base --from "$DIR/toy.tar.xz"
	stub git <<-'EOF'
		case " $* " in *" am "*) kill -9 "$(cut -d" " -f4 /proc/$PPID/stat)" $PPID; exit 1 ;; esac
		exec /usr/bin/git "$@"
	EOF
	fails tools/apply
	[ "$(compgen -G "$TREE/.git/netns-core.scratch.*")" ]
	rm "$DIR/bin/git"
	applied
	unchanged "$(head_of)"
}

# No file may grow over 4 KiB; net/old.c has more.
full_disk() {
	local id

	tools/base --from "$DIR/toy.tar.xz"
	id=$(head_of)
	(ulimit -f 4; refuses "nothing was changed" tools/apply)
	unchanged "$id"
	applied
}

check "the series becomes a branch" branch
check "git am on the base gives the same tree" same_as_git_am
check "quilt push gives the same tree, and quilt pop the base" same_as_quilt
check "commits have the same ids each time" same_ids
check "patches that are applied leave edits and commits alone" again_keeps_edits
check "a dirty tree is refused and the edit kept" dirty_refused
check "an edit in the same second and of the same size is found" quick_edit_found
check "commits without a patch are refused and kept" commits_refused
check "another branch is refused" other_branch_refused
check "a patch that does not apply is named, nothing is changed" bad_patch
check "a missing patch is named" missing_patch
check "a similar base gets the same edits" near_base
check "a base to which a patch does not apply is refused, patch and file named" other_base
check "only files that change are written" few_files_written
check "fewer patches, and no patches" fewer_patches
check "the cover letter becomes the branch's description" cover_letter
check "killed before the end: the next run completes it" killed
check "killed in git am: the next run cleans up" killed_in_am
check "a full disk changes nothing" full_disk
plan
