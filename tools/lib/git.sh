# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Git repositories and work trees. Sourced by tool.sh.

# git without the user's configuration and hooks.
plain_git() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
		git -c core.hooksPath=/dev/null "$@"
}

# plain_git with a fixed author, so that commits have the same id on each machine. The
# base commit gets the date of the 2007 posting; git am takes dates from the patches.
robot_git() {
	GIT_AUTHOR_NAME=netns-core GIT_AUTHOR_EMAIL=base@netns-core.invalid \
	GIT_COMMITTER_NAME=netns-core GIT_COMMITTER_EMAIL=base@netns-core.invalid \
	GIT_AUTHOR_DATE='2007-06-22T00:00:00Z' GIT_COMMITTER_DATE='2007-06-22T00:00:00Z' \
		plain_git "$@"
}

# worktree_of REPO DIR: true if both have the same repository.
worktree_of() {
	local repo dir

	repo=$(git -C "$1" rev-parse --path-format=absolute --git-common-dir)
	dir=$(git -C "$2" rev-parse --path-format=absolute --git-common-dir 2>/dev/null) &&
		[ "$dir" = "$repo" ]
}

# worktree REPO DIR: make DIR, which belongs to the tools, a work tree of REPO with the base,
# or keep it as it is. That of another repository, such as another clone's, is replaced.
worktree() {
	! worktree_of "$1" "$2" || return 0
	rm -rf --one-file-system "$2"
	git -C "$1" worktree prune
	step "checking the base out in $2" plain_git -C "$1" worktree add --detach "$2" base
}

commit_of() { git -C "$1" rev-parse -q --verify "$2^{commit}"; }

# need_branch TREE: die unless it has a tag base and is on branch netns-core.
need_branch() {
	local head

	commit_of "$1" refs/tags/base >/dev/null 2>&1 ||
		die "$1 has no tag 'base'" "run: tools/base"
	head=$(git -C "$1" symbolic-ref -q --short HEAD || echo "no branch")
	[ "$head" = netns-core ] ||
		die "$1 is on $head, not on branch netns-core" \
			"finish or abort a rebase in progress, and run:" \
			"git -C $1 checkout netns-core"
}

# The tree id of a work tree's content, edited and new files included. It is made in a
# copy of the index. The copy keeps the time stamp, by which git finds files that may
# have changed.
tree_id() {
	local dir index
	dir=$(git -C "$1" rev-parse --absolute-git-dir)
	index=$(mktemp "$dir/netns-core.index.XXXXXX")
	cp -p "$dir/index" "$index"
	GIT_INDEX_FILE=$index git -C "$1" add -A
	GIT_INDEX_FILE=$index git -C "$1" write-tree
	rm -f "$index"
}

dirty() { [ "$(tree_id "$1")" != "$(git -C "$1" rev-parse 'HEAD^{tree}')" ]; }

need_clean() {		# TREE WHY
	dirty "$1" || return 0
	git -C "$1" status --short | sed -n 1,10p >&2
	die "$1 has uncommitted edits, $2" \
		"commit them (git -C $1 commit -a), or stash them (git -C $1 stash -u)"
}
