# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The files series and patches/, and the base that they apply to. Sourced by tool.sh.

# The parts that fix bugs. Each has a set of the guest's cases for them, of the same name.
# shellcheck disable=SC2034	# used by the tools
FIXES=(fixes xarray)

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

# The patches of that part, in order.
part_patches() { series_parts "$TOP/series" | sed -n "s/^$1 //p"; }	# PART

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

	[ -f "$TOP/series" ] || die "$TOP/series is missing" \
		"restore it: git -C $TOP checkout series"
	mapfile -t PATCHES < <(series_names "$TOP/series" | sed 's|^|patches/|')
	for p in "${PATCHES[@]}"; do
		[ -f "$TOP/$p" ] || die "series names $p, which does not exist" \
			"restore it: git -C $TOP checkout $p"
	done
}

# The hash of series, the first cover letter and the patches.
stack_hash() {
	local cover=patches/cover-letter

	cd "$TOP" || return
	[ -f "$cover" ] || cover=
	sha256sum series ${cover:+"$cover"} "${PATCHES[@]}" | sha256sum | cut -d' ' -f1
}

# code_hash TREE COMMIT: print a hash of the files there that the series changes, without
# comments. Documentation, tests and tools do not count, nor files that only the parts rtnl
# and lifetime change: nothing that is measured runs what they change.
code_hash() {
	local file

	(cd "$TOP/patches" && series_parts ../series | sed -nE '/^(rtnl|lifetime) /!s/.* //p' |
		xargs sed -n 's|^+++ b/||p') | sort -u |
		grep -vE '^(Documentation|tools)/|test' | while read -r file; do
		echo "$file"
		{ git -C "$1" show "$2:$file" 2>/dev/null || true; } | case $file in
		*.[ch])	gcc -fpreprocessed -dD -E -P -x c - 2>/dev/null || true ;;
		*)	cat ;;
		esac
	done | sha256sum | cut -c 1-12
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
