# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions that the tools share. Sourced, not run.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/netns-core
TOOL=${0##*/}
LOG=$CACHE/log/$TOOL.$$.log		# where step and try keep a command's output

# shellcheck source=configs/pin
. "$TOP/configs/pin"

# A git hook that starts a tool sets these for its own repository.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX

note() { echo "$TOOL: $*" >&2; }

# die ERROR HINT...: print the error, and each hint on its own line.
die() {
	note "error: $1"
	shift
	[ $# = 0 ] || printf '  %s\n' "$@" >&2
	exit 1
}

# The comment at the start of a tool is its help text.
help() { sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0"; }

usage() {
	help | sed -n 1p >&2
	exit 2
}

bad_usage() {
	note "$1"
	usage
}

# options SPEC ARGUMENT...: parse the command line with getopt(1). SPEC is its list
# of long options, "a:,b" for --a VALUE and --b. Calls the tool's function option with
# each option as --NAME [VALUE], and its function operand with each other argument. Calls
# its function rest, if it has one, with the arguments after "--".
options() {
	local spec=$1 args i

	shift
	for ((i = 1; i <= $#; i++)); do
		if [ "${!i}" = -- ] && declare -F rest >/dev/null; then
			rest "${@:i + 1}"
			set -- "${@:1:i - 1}"
		fi
	done
	args=$(getopt -n "$TOOL" -o '' -l "help,$spec" -- "$@") || usage
	eval "set -- $args"
	while [ "$1" != -- ]; do
		[ "$1" != --help ] || { help; exit; }
		if [[ ,$spec, = *",${1#--}:,"* ]]; then
			check_value "$1" "$2"
			option "$1" "$2"
			shift
		else
			option "$1"
		fi
		shift
	done
	shift
	for args; do operand "$args"; done
}

operand() { bad_usage "unexpected argument: $1"; }

# check_value OPTION VALUE: an option takes the same values in each tool. An invalid value
# is reported before the tool starts to work.
check_value() {
	local name why=

	case $1 in
	--accel)
		[[ $2 =~ ^(auto|kvm|tcg)$ ]] || why="not kvm, tcg or auto"
		[ "$2" != kvm ] || [ -w /dev/kvm ] || why="/dev/kvm cannot be used" ;;
	--memory)
		[[ $2 =~ ^[1-9][0-9]*[MmGg]?$ ]] || why="not a size, such as 512, 512M or 1G" ;;
	--cpus|--timeout|--rounds|--seconds)
		[[ $2 =~ ^[1-9][0-9]*$ ]] || why="not a number" ;;
	--config)
		[[ $2 =~ ^[^,]+(,[^,]+)*$ ]] || why="not a comma-separated list of names"
		for name in ${2//,/ }; do
			[ -f "$TOP/configs/$name.config" ] || why="there is no configs/$name.config"
		done ;;
	--base)	[ -e "$2" ] || [[ $2 = *:* ]] || why="no such file or directory" ;;
	--cases) [ -f "$TOP/tests/boot/$2.h" ] || why="there is no tests/boot/$2.h" ;;
	--tree)	[ -d "$2" ] || why="no such directory" ;;
	--log)	{ mkdir -p "$(dirname "$2")" && : >>"$2"; } 2>/dev/null || why="cannot be written" ;;
	esac
	[ -z "$why" ] || bad_usage "$1 $2: $why"
}

# need GROUP COMMAND...: die if a command is not installed.
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

# lock FILE [shared]: take the lock, and hold it until the tool exits. Children inherit
# it, so a child that outlives the tool still holds it. FILE has the ids of the processes
# that took it.
lock() {
	local how=${2:+-s}

	mkdir -p "${1%/*}"
	exec {LOCK}>>"$1"
	if ! flock ${how:+"$how"} -n "$LOCK"; then
		note "waiting for $(holders "$1"), which holds $1"
		own_group flock ${how:+"$how"} "$LOCK"
	fi
	[ "$how" ] || : >"$1"
	echo $$ >&"$LOCK"
}

# holders FILE: the processes that took the lock and still run, with their commands.
holders() {
	local pid found=

	while read -r pid; do
		[ ! -r "/proc/$pid/cmdline" ] ||
			found+="${found:+, }process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" | sed 's/ $//'))"
	done <"$1"
	echo "${found:-another process}"
}

# own_group COMMAND...: run it in its own process group. A signal that ends the tool
# ends the group first: no process is left behind, and none reports the end of another
# as a failure. SIGTSTP stops the group, too.
own_group() {
	local signal status=0

	set -m
	(set -e; "$@") &
	set +m
	for signal in HUP INT TERM; do
		# shellcheck disable=SC2064 # $signal expands now
		trap "end_group $signal" $signal
	done
	trap stop_group TSTP
	wait $! || status=$?
	while kill -0 $! 2>/dev/null; do	# SIGTSTP ended the wait
		status=0
		wait $! || status=$?
	done
	trap - HUP INT TERM TSTP
	return $status
}

stop_group() {
	kill -TSTP -- "-$!" 2>/dev/null || true
	kill -STOP "$BASHPID"
	kill -CONT -- "-$!" 2>/dev/null || true
}

# end_group SIGNAL: send SIGTERM to the group, SIGKILL after 10 seconds, then SIGNAL to
# this process.
end_group() {
	local i

	trap '' HUP INT TERM
	kill -TERM -- "-$!" 2>/dev/null || true
	for ((i = 0; i < 100; i++)); do
		group_runs $! || break
		sleep 0.1
	done
	kill -KILL -- "-$!" 2>/dev/null || true
	[ -z "$TICKER" ] || kill "$TICKER" 2>/dev/null || true
	trap - "$1"
	kill -s "$1" "$BASHPID"
}

# group_runs GROUP: true if one of its processes is not a zombie.
group_runs() {
	awk -v group="$1" '
	{ sub(/.*\) /, "") }
	$3 == group && $1 != "Z" { found = 1 }
	END { exit !found }' <(cat /proc/[0-9]*/stat 2>/dev/null)
}

# tick TEXT START: show the time of a running step on one line, until the tool ends.
tick() {
	while kill -0 $$ 2>/dev/null; do
		printf '\r%s: %s ... %d s' "$TOOL" "$1" $((SECONDS - $2)) >&2
		sleep 1
	done
}

# try TEXT COMMAND...: run it in a subshell, with its output in $LOG. Progress is a clock
# on a terminal, otherwise a line at the start and at the end. Sets STATUS to the exit
# status and returns 0: in a condition, COMMAND would run without errexit. Removes logs
# that are a day old.
TICKER=
try() {
	local text=$1 start=$SECONDS end
	shift
	mkdir -p "${LOG%/*}"
	find "${LOG%/*}" -maxdepth 1 -name "$TOOL.*.log" -mtime +0 -delete 2>/dev/null || true
	if [ -t 2 ]; then
		tick "$text" "$start" &
		TICKER=$!
	else
		note "$text ..."
	fi
	set +e
	own_group "$@" >"$LOG" 2>&1 </dev/null
	STATUS=$?
	set -e
	if [ "$TICKER" ]; then
		kill "$TICKER"
		wait "$TICKER" 2>/dev/null || true
		TICKER=
		printf '\r\033[K' >&2
	fi
	end=$([ $STATUS = 0 ] && echo "done" || echo FAILED)
	note "$text: $end, $((SECONDS - start)) s"
}

# step TEXT COMMAND...: try it, and die if it fails.
step() {
	try "$@"
	[ $STATUS != 0 ] || return 0
	tail -n 20 "$LOG" | sed 's/^/    /' >&2
	die "$1: failed" "the whole output is in $LOG"
}

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

series_names() { awk 'NF && !/^[[:space:]]*#/ { print $1 }' "$1"; }

# read_parts: the parts in which the series is posted, in order. A line in series
#
#	# part: NAME CHANGE-ID STANDS-ON [PREFIX...]
#
# begins a part; PARTS, IDS, STANDS_ON and PREFIXES are set from its fields. A part that
# stands on "base" applies without the others, one on "stack" needs all before it.
# The PREFIXes stand beside PATCH in the subjects. Without such a line, all patches
# are one part.
read_parts() {
	local name id on prefixes

	# shellcheck disable=SC2034	# used by the tools
	PARTS=() IDS=() STANDS_ON=() PREFIXES=()
	while read -r _ _ name id on prefixes; do
		[ -n "$on" ] || { on=stack; prefixes="RFC net-next"; }
		[[ $on =~ ^(base|stack)$ ]] ||
			die "series: the part $name stands on \"$on\"" "use base or stack"
		PARTS+=("$name")
		IDS+=("$id")
		STANDS_ON+=("$on")
		PREFIXES+=("$prefixes")
	done < <(grep '^# part: ' "$TOP/series" || echo "# part: all")
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

# read_series: set PATCHES to the files that series names, in order, relative to $TOP.
read_series() {
	local p

	[ -f "$TOP/series" ] || die "$TOP/series is missing"
	mapfile -t PATCHES < <(series_names "$TOP/series" | sed 's|^|patches/|')
	for p in "${PATCHES[@]}"; do
		[ -f "$TOP/$p" ] || die "series names $p, which does not exist"
	done
}

# The hash of series, the first cover letter and the patches.
stack_hash() {
	local cover=patches/cover-letter

	cd "$TOP"
	[ -f "$cover" ] || cover=
	sha256sum series ${cover:+"$cover"} "${PATCHES[@]}" | sha256sum | cut -d' ' -f1
}

# preimages PATCH...: the files that the patches need in the base, a line each: BLOB PATH.
# BLOB is the content, all zeros if PATH must not exist, or "any" if it must only exist.
# at[] has the name in the base of a file that was moved unchanged, and "-" for content
# that a patch wrote. The files of one patch are all read before any is written, hence
# then[].
preimages() {
	awk '
	function file_end(  from) {
		if (b == "")
			return
		from = (a in at) ? at[a] : a
		if (from != "-")
			print (old == "" ? "any" : old), from
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
	FNR == 1 { patch_end(); header = 0 }
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

# differing REPO: the files of the tag base that differ from those that the patches were
# made for.
differing() {
	local list want path have

	list=$(cd "$TOP" && preimages "${PATCHES[@]}")
	while read -r want path have; do
		case $have in
		"base:$path missing") [[ $want =~ ^0+$ ]] ;;
		*)	[[ $want = any || $have = "$want"* ]] ;;
		esac || echo "$path"
	done < <(paste -d' ' <(echo "$list") \
		<(awk '{ print "base:" $2 }' <<<"$list" |
			git -C "$1" cat-file --batch-check='%(objectname)')) | sort -u
}

# stack_applies REPO: die unless all patches apply to the tag base without fuzz. The index
# and the new objects are temporary files: nothing in REPO changes.
stack_applies() (
	objects=$(git -C "$1" rev-parse --path-format=absolute --git-path objects)
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	mkdir "$dir/objects"
	export GIT_INDEX_FILE=$dir/index GIT_OBJECT_DIRECTORY=$dir/objects
	export GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects
	plain_git -C "$1" read-tree base
	for p in "${PATCHES[@]}"; do
		plain_git -C "$1" apply --cached "$TOP/$p" 2>"$dir/said" && continue
		mapfile -t said < <(sed -nE 's/^(error|fatal): (patch failed: )?//p' "$dir/said")
		die "$p does not apply to this base: ${said[0]%%:*}" "${said[@]}" \
			"the base has to be $TAG or a kernel near it: see tools/base --help"
	done
)

# verify_base REPO: die unless the tag base has the files that the patches were made for,
# or the patches apply to its versions of them.
verify_base() {
	local files

	[ ${#PATCHES[@]} != 0 ] || return 0
	files=$(differing "$1")
	[ "$files" ] || return 0
	stack_applies "$1"
	note "all patches apply, but were made for other versions of these files of the base:" \
		"${files//$'\n'/ }"
}

# set_applied TREE: record that the branch has the content of patches/ and series.
set_applied() {
	git -C "$1" update-ref refs/netns-core/applied refs/heads/netns-core
	git -C "$1" config netns-core.applied "$(commit_of "$1" base) $(stack_hash)"
}
