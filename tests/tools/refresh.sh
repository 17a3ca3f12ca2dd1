#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/refresh. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# patches/ and series are those of the fresh project, without temporary files.
same_as_fresh() {
	diff -r patches "$DIR/fresh/patches"
	cmp series "$DIR/fresh/series"
	[ ! -e .refresh ]
}

# The new patches are for the current base.
near_base_is_named() {
	cp -R "$DIR/toy" "$DIR/other"
	sed -i '1i first' "$DIR/other/lib/list.c"
	tools/base --from "$DIR/other"
	tools/apply
	tools/refresh 2>&1 | tee "$DIR/said"
	grep 'other versions of these files .*: lib/list.c$' "$DIR/said"
	tools/refresh 2>&1 | tee "$DIR/said"
	fails grep 'other versions' "$DIR/said"
	tools/base 2>&1 | tee "$DIR/said"
	fails grep 'other versions' "$DIR/said"
}

commit_edit() {	# FILE
	echo mine >>"$TREE/$1"
	git -C "$TREE" commit -qam "net: mine"
}

round_trip() {
	applied
	tools/refresh
	same_as_fresh
}

# Settings of a user that would change the text of patches.
round_trip_own_settings() {
	applied
	export GIT_CONFIG_GLOBAL=$DIR/gitconfig
	printf '[diff]\n\tnoprefix = true\n\talgorithm = patience\n\tcontext = 5\n\trenames = false\n[format]\n\tsignOff = true\n\tsubjectPrefix = RFC\n\tnumbered = true\n\tthread = true\n\theaders = X-Mine: yes\n' >"$GIT_CONFIG_GLOBAL"
	tools/refresh
	same_as_fresh
	git -C "$TREE" config diff.noprefix true
	git -C "$TREE" config diff.context 5
	tools/refresh
	same_as_fresh
}

added_commit() {
	applied
	commit_edit net/core.c
	tools/refresh
	[ "$(tail -n 1 series)" = 0004-net-mine.patch ]
	[ "$(head -n 1 series)" = "# The series, in order." ]
	rm patches/0004-net-mine.patch
	sed -i '$d' series
	same_as_fresh
}

# An edit goes into its own patch, and then apply does nothing.
edited_commit() {
	local id

	applied
	echo mine >>"$TREE/lib/list3.c"
	git -C "$TREE" commit -qa --amend --no-edit
	id=$(git -C "$TREE" rev-parse HEAD)
	tools/refresh
	[ "$(diff -rq patches "$DIR/fresh/patches" | wc -l)" = 1 ]
	grep -q '^+mine' patches/0003*
	cmp series "$DIR/fresh/series"
	tools/apply
	[ "$(git -C "$TREE" rev-parse HEAD)" = "$id" ]
	git -C "$TREE" reset -q --hard base
	git -C "$TREE" config --unset netns-core.applied
	tools/apply
	[ "$(git -C "$TREE" rev-parse 'HEAD^{tree}')" = "$(git -C "$TREE" rev-parse "$id^{tree}")" ]
}

dropped_commit() {
	applied
	git -C "$TREE" reset -q --hard HEAD^
	tools/refresh
	[ ! -e patches/0003-lib-new-sort-gr-er.patch ]
	[ "$(grep -c patch series)" = 2 ]
	git -C "$TREE" reset -q --hard base
	tools/refresh
	[ "$(cat series)" = "# The series, in order." ]
}

# The comments in series that begin parts: a new title and new numbers do not move them.
parts_stay() {
	sed -i -e '/0002/i# part: two x' -e '$a# The end.' series
	applied
	tools/refresh
	grep -A 1 '^# part: two x$' series | grep -q '^0002'
	git -C "$TREE" reset -q --hard HEAD^^
	git -C "$TREE" commit -q --amend -m "net: another title" -m "Why."
	commit_edit lib/list.c
	commit_edit lib/list.c
	tools/refresh
	diff - series <<-EOF
		# The series, in order.
		0001-net-another-title.patch
		# part: two x
		0002-net-mine.patch
		0003-net-mine.patch
		# The end.
	EOF
	git -C "$TREE" reset -q --hard base
	tools/refresh
	[ "$(cat series)" = "$(printf '# The series, in order.\n# part: two x\n# The end.\n')" ]
}

other_files_stay() {
	applied
	echo notes >patches/notes
	commit_edit net/core.c
	tools/refresh
	[ "$(cat patches/notes)" = notes ]
}

cover_letter() {
	applied
	git -C "$TREE" config branch.netns-core.description $'other words\n\nbody\n'
	tools/refresh
	printf 'other words\n\nbody\n' | cmp - patches/cover-letter
}

dirty_refused() {
	applied
	echo mine >>"$TREE/net/core.c"
	refuses "uncommitted edits" tools/refresh
	git -C "$TREE" checkout -q .
	echo mine >"$TREE/net/new.c"
	refuses "uncommitted edits" tools/refresh
	same_as_fresh
}

# More edits than fit in a pipe
many_edits_refused() {
	applied
	(cd "$TREE" && seq -f "new-%0200.0f" 500 | xargs touch)
	refuses "uncommitted edits" tools/refresh
	same_as_fresh
}

edited_patches_kept() {
	applied
	commit_edit net/core.c
	sed -i 's/Why it is good/Why it is better/' patches/0002*
	cp -R patches "$DIR/edited"
	refuses "has edits that are not in the branch" tools/refresh
	diff -r patches "$DIR/edited"
	cmp series "$DIR/fresh/series"
}

edited_series_kept() {
	applied
	commit_edit net/core.c
	sed -i /0003/d series
	refuses "has edits that are not in the branch" tools/refresh
	! grep 0003 series || return 1
}

merge_refused() {
	applied
	git -C "$TREE" checkout -q -b side base
	git -C "$TREE" commit -q --allow-empty -m side
	git -C "$TREE" checkout -q netns-core
	git -C "$TREE" merge -q -m merge side
	refuses "has merges" tools/refresh
	same_as_fresh
}

empty_commit_refused() {
	applied
	git -C "$TREE" commit -q --allow-empty -m nothing
	refuses "a commit without a change" tools/refresh
	same_as_fresh
}

rebase_refused() {
	applied
	git -C "$TREE" checkout -q --detach HEAD^
	refuses "not on branch netns-core" tools/refresh
	same_as_fresh
}

# Killed in git format-patch, after the first patch is written.
killed_in_format() {
	applied
	commit_edit net/core.c
	stub git <<-'EOF'
		case " $* " in
		*" format-patch "*) /usr/bin/git "$@"; kill -9 "$(cut -d" " -f4 /proc/$PPID/stat)" $PPID; exit 1 ;;
		esac
		exec /usr/bin/git "$@"
	EOF
	fails tools/refresh
	rm "$DIR/bin/git"
	diff -r patches "$DIR/fresh/patches"
	tools/refresh
	[ "$(tail -n 1 series)" = 0004-net-mine.patch ]
	[ ! -e .refresh ]
}

# Killed at each of the renames that exchange old and new patches.
killed_in_exchange() {
	local n

	applied
	commit_edit net/core.c
	for n in 1 2 3; do
		rm -f "$DIR/moves"
		stub mv <<-EOF
			echo >>$DIR/moves
			[ "\$(wc -l <$DIR/moves)" != $n ] || { kill -9 \$PPID; exit 1; }
			exec /usr/bin/mv "\$@"
		EOF
		fails tools/refresh
	done
	rm "$DIR/bin/mv"
	tools/refresh
	[ -f patches/0001-net-move-the-core-copy-the-list.patch ]
	[ "$(tail -n 1 series)" = 0004-net-mine.patch ]
	[ "$(find patches -type f | wc -l)" = 5 ]
	[ ! -e .refresh ]
}

# A second run, of another tree, while the first is in git format-patch
two_at_once() {
	local first second

	applied
	cp -R "$TREE" "$DIR/other"
	rm -f "$DIR/formats" "$DIR/go"
	stub git <<-EOF
		case " \$* " in
		*" format-patch "*)
			echo >>$DIR/formats
			for i in {1..100}; do [ ! -e '$DIR/go' ] || break; sleep 0.1; done ;;
		esac
		exec /usr/bin/git "\$@"
	EOF
	tools/refresh &
	first=$!
	appears "$DIR/formats"
	tools/refresh --tree "$DIR/other" >"$DIR/said" 2>&1 &
	second=$!
	says "waiting for process $first (" "$DIR/said"
	touch "$DIR/go"
	wait $first
	wait $second
	same_as_fresh
}

full_disk() {
	applied
	seq 10000 >>"$TREE/net/core.c"
	git -C "$TREE" commit -qam "net: big"
	(ulimit -f 8; refuses "failed" tools/refresh)
	same_as_fresh
	tools/refresh
	[ "$(tail -n 1 series)" = 0004-net-big.patch ]
}

check "apply and refresh give the same bytes" round_trip
check "the user's git configuration changes nothing" round_trip_own_settings
check "a base that patches/ was not made for is named" near_base_is_named
check "a new commit becomes a patch" added_commit
check "an edited commit changes its patch, and is applied again" edited_commit
check "the patch of a dropped commit is removed" dropped_commit
check "the parts of series are kept" parts_stay
check "other files in patches/ are kept" other_files_stay
check "the branch's description becomes the cover letter" cover_letter
check "a dirty tree is refused" dirty_refused
check "a tree with hundreds of edits is refused, too" many_edits_refused
check "edits in patches/ are never overwritten" edited_patches_kept
check "edits in series are never overwritten" edited_series_kept
check "a merge is refused" merge_refused
check "an empty commit is refused" empty_commit_refused
check "a rebase in progress is refused" rebase_refused
check "killed in git format-patch: patches/ is unchanged" killed_in_format
check "killed in the exchange: the next run completes it" killed_in_exchange
check "two at once: the second waits" two_at_once
check "a full disk leaves patches/ unchanged" full_disk
plan
