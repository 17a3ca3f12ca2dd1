# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tools share. They source it; nobody runs it.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/netns-core
TOOL=${0##*/}
LOG=$CACHE/log/$TOOL.log		# where step and try keep a command's output

# shellcheck source=configs/pin
. "$TOP/configs/pin"

# A git hook may have started us; its repository is not the one that we mean.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX

note() { echo "$TOOL: $*" >&2; }

# die WHAT NEXT...: say what is wrong and, on lines of their own, what to do next.
die() {
	note "error: $1"
	shift
	[ $# = 0 ] || printf '  %s\n' "$@" >&2
	exit 1
}

# The comment that opens a tool is its manual.
help() { sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0"; }

bad_usage() {
	note "$1"
	help | sed -n 1p >&2
	exit 2
}

# need GROUP COMMAND...: the commands are there, or say how to get them.
need() {
	local group=$1 cmd
	shift
	for cmd; do
		command -v "$cmd" >/dev/null ||
			die "$cmd is not installed" "run: tools/setup $group"
	done
}

need_disk() {		# DIR GIGABYTES
	local free
	free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024 / 1024) }')
	[ "$free" -ge "$2" ] ||
		die "$1 has $free GB free, $2 GB are needed" \
			"make room, or set XDG_CACHE_HOME to a directory on a larger disk"
}

# lock FILE [shared]: wait until nobody else holds it. Held until we exit; what
# we start inherits it, so that no child that outlives us is overtaken.
lock() {
	local how=${2:+-s}

	mkdir -p "${1%/*}"
	exec {LOCK}>"$1"
	flock ${how:+"$how"} -n "$LOCK" && return
	note "waiting for another run to finish"
	flock ${how:+"$how"} "$LOCK"
}

# The clock of a running step, on one line; goes when its owner does.
tick() {
	while kill -0 $$ 2>/dev/null; do
		printf '\r%s: %s ... %d s' "$TOOL" "$1" $((SECONDS - $2)) >&2
		sleep 1
	done
}

# try TEXT COMMAND...: run it in a subshell, output to $LOG, and show that it is
# alive: a clock on a terminal, a line at its start and end otherwise. Leaves its
# exit status in STATUS and returns 0: called in a condition, the command
# would run without errexit.
try() {
	local text=$1 start=$SECONDS ticker='' end
	shift
	mkdir -p "${LOG%/*}"
	if [ -t 2 ]; then
		tick "$text" "$start" &
		ticker=$!
	else
		note "$text ..."
	fi
	set +e
	(set -e; "$@") >"$LOG" 2>&1 </dev/null
	STATUS=$?
	set -e
	if [ "$ticker" ]; then
		kill "$ticker"
		wait "$ticker" 2>/dev/null || true
		printf '\r\033[K' >&2
	fi
	end=$([ $STATUS = 0 ] && echo "done" || echo FAILED)
	note "$text: $end, $((SECONDS - start)) s"
}

# step TEXT COMMAND...: try, and a failure is the end.
step() {
	try "$@"
	[ $STATUS != 0 ] || return 0
	tail -n 20 "$LOG" | sed 's/^/    /' >&2
	die "$1: failed" "the whole output is in $LOG"
}

# git, whatever the user's configuration and hooks would make of it.
plain_git() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
		git -c core.hooksPath=/dev/null "$@"
}

# plain_git as a fixed person, so that commits have the same id on each machine.
# The date, the 2007 posting's, is that of the base; git am brings others.
robot_git() {
	GIT_AUTHOR_NAME=netns-core GIT_AUTHOR_EMAIL=base@netns-core.invalid \
	GIT_COMMITTER_NAME=netns-core GIT_COMMITTER_EMAIL=base@netns-core.invalid \
	GIT_AUTHOR_DATE='2007-06-22T00:00:00Z' GIT_COMMITTER_DATE='2007-06-22T00:00:00Z' \
		plain_git "$@"
}

commit_of() { git -C "$1" rev-parse -q --verify "$2^{commit}"; }

# need_branch TREE: TREE has a base, and its branch netns-core is what one works on.
need_branch() {
	local head

	commit_of "$1" refs/tags/base >/dev/null 2>&1 ||
		die "$1 holds no tag 'base'" "run: tools/base"
	head=$(git -C "$1" symbolic-ref -q --short HEAD || echo "no branch")
	[ "$head" = netns-core ] ||
		die "$1 is on $head, not on branch netns-core" \
			"end the rebase that is under way, if any, and run:" \
			"git -C $1 checkout netns-core"
}

# The id of what a work tree holds now, edited and new files included. It is made
# in a copy of the index with the same time stamp, by which git tells files that
# may have changed since.
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
	die "$1 has edits that are in no commit, $2" \
		"commit them (git -C $1 commit -a), or stash them (git -C $1 stash -u)"
}

series_names() { awk 'NF && !/^[[:space:]]*#/ { print $1 }' "$1"; }

# The parts in which the series is posted, a line each: NAME CHANGE-ID. A line
# "# part: NAME CHANGE-ID" in series begins one; without any, all is one part.
part_names() {
	awk '/^# part: / { print $3, $4; n++ } END { if (!n) print "all", "" }' "$1"
}

# Each patch with its part: PART PATCH.
series_parts() {
	awk '
	/^# part: / { part = $3 }
	NF && !/^[[:space:]]*#/ { print (part == "" ? "all" : part), $1 }' "$1"
}

# cover_file PART: that part's cover letter. PARTS has all parts, in order.
cover_file() {
	if [ "$1" = "${PARTS[0]}" ]; then
		echo "$TOP/patches/cover-letter"
	else
		echo "$TOP/patches/cover-letter-$1"
	fi
}

# read_series: PATCHES becomes the stack's files, in order, relative to $TOP.
read_series() {
	local p

	[ -f "$TOP/series" ] || die "$TOP/series is missing"
	mapfile -t PATCHES < <(series_names "$TOP/series" | sed 's|^|patches/|')
	for p in "${PATCHES[@]}"; do
		[ -f "$TOP/$p" ] || die "series names $p, which is not there"
	done
}

# The state of patches/ and series, as one number.
stack_hash() {
	local cover=patches/cover-letter

	cd "$TOP"
	[ -f "$cover" ] || cover=
	sha256sum series ${cover:+"$cover"} "${PATCHES[@]}" | sha256sum | cut -d' ' -f1
}

# What the patches given ask of the base, a line each: BLOB PATH PATCH. BLOB is
# what PATH has to hold, all zeros if it must not exist, "any" if it only must
# exist. A file that was moved and not changed is still asked for by the name that
# it has in the base: at[] keeps that name, "-" once the stack has made the content.
# The files of one patch are all read before any is written, hence then[].
preimages() {
	awk '
	function file_end(  from) {
		if (b == "")
			return
		from = (a in at) ? at[a] : a
		if (from != "-")
			print (old == "" ? "any" : old), from, patch
		then[b] = (old == "" ? from : "-")
		if (moved && !(a in then))
			then[a] = "-"
		b = ""
	}
	function patch_end(  p) {
		file_end()
		for (p in then)
			at[p] = then[p]
		split("", then)
	}
	FNR == 1 { patch_end(); patch = FILENAME; header = 0 }
	/^diff --git a\// {
		file_end()
		a = substr($3, 3); b = substr($4, 3)
		old = ""; moved = 0; header = 1
	}
	/^(---|@@) / { header = 0 }
	header && /^rename from / { moved = 1 }
	header && /^index / { split($2, blob, /\.\./); old = blob[1] }
	END { patch_end() }
	' "$@"
}

# verify_base REPO: the tag base holds what the stack was made for.
verify_base() {
	local list want path patch have wrong=

	[ ${#PATCHES[@]} != 0 ] || return 0
	list=$(cd "$TOP" && preimages "${PATCHES[@]}")
	while read -r want path patch have; do
		case $have in
		"base:$path missing")
			[[ $want =~ ^0+$ ]] || wrong="it is not there" ;;
		*)	[[ $want = any || $have = "$want"* ]] || wrong="it holds $have, not $want" ;;
		esac
		[ -z "$wrong" ] ||
			die "this base is not the one that the patches were made for" \
				"$path: $wrong" "first asked for by $patch" \
				"wanted: $TAG, or a tree whose touched files are the same"
	done < <(paste -d' ' <(echo "$list") \
		<(awk '{ print "base:" $2 }' <<<"$list" |
			git -C "$1" cat-file --batch-check='%(objectname)'))
}

# set_applied TREE: the branch is what patches/ and series say now.
set_applied() {
	git -C "$1" update-ref refs/netns-core/applied refs/heads/netns-core
	git -C "$1" config netns-core.applied "$(commit_of "$1" base) $(stack_hash)"
}
