# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The checks of a patch and of a part, sourced by tools/check. See there for a description.
# $C is the patch's commit and $N its number in series. $I is the part's number. $TREE is
# the repository, $STACK the branch, $SCRATCH a work tree, $WORK a temporary directory.
# Each check prints the failures. Its exit status is ignored.

# shellcheck disable=SC2034,SC2154	# variables of tools/check
PATCH_CHECKS=(apply checkpatch build kdoc source_inline header_inline deprecated_api
	check_selftest shellcheck verify_fixes verify_signedoff cc_maintainers
	author subject commits include)
PART_CHECKS=(patch_count cover_letter subject_prefix fixes_present)

# export_side DIR COMMIT FILTER: export the .c, .h and .sh files of COMMIT with that status.
export_side() {
	local files

	rm -rf "$WORK/${1:?}"
	mkdir "$WORK/$1"
	mapfile -t files < <(git -C "$TREE" diff --name-only --no-renames \
		--diff-filter="$3" "$C~" "$C" -- '*.[ch]' '*.sh')
	[ ${#files[@]} = 0 ] ||
		git -C "$TREE" archive "$2" -- "${files[@]}" | tar -x -C "$WORK/$1"
}

# Export the inputs of the checks: the files before the patch and after it, its changelog,
# and the message that tools/mail makes of it.
export_files() {
	local part n

	export_side before "$C~" MD
	export_side after "$C" AM
	git -C "$TREE" show --format= -U0 -M -C -B "$C" >"$WORK/diff"
	git -C "$TREE" log -1 --format=%B "$C" >"$WORK/text"
	messages
	read -r part n < <(place)
	find "$WORK/mail/$part" -name "*$(printf %04d "$n")-*.eml" -exec cat {} + \
		>"$WORK/message" 2>/dev/null || true
}

# added REGEXP: lines that the patch adds to files that match: FILE<tab>LINE.
added() {
	awk -v what="$1" '
	/^\+\+\+ b\// { file = substr($2, 3); next }
	/^\+/ && file ~ what { print file "\t" substr($0, 2) }' "$WORK/diff"
}

# only_new COMMAND: lines that COMMAND prints in after/ but not in before/.
only_new() {
	(cd "$WORK/before" && "$1") | LC_ALL=C sort >"$WORK/said-before"
	(cd "$WORK/after" && "$1") | LC_ALL=C sort >"$WORK/said-after"
	LC_ALL=C comm -13 "$WORK/said-before" "$WORK/said-after"
}

# Checks of a patch that are also in NIPA

check_apply() {
	[ -s "$WORK/message" ] || sed '1i tools/mail made no message of it:' "$WORK/mail.log"
}

# With netdev's options. The base has no history, so checkpatch.pl finds no commit: ignore
# that for commits in configs/upstream-commits. A sysctl table that is made from a template
# cannot be const. "parms" is in the name of a type. PATH: its Python scripts need the
# modules of the distribution.
check_checkpatch() {
	[ ! -s "$WORK/message" ] || PATH=/usr/bin:$PATH "$SCRATCH/scripts/checkpatch.pl" \
		--root="$SCRATCH" --strict --codespell --max-line-length=80 --no-summary --quiet \
		--ignore=COMMIT_LOG_LONG_LINE,MACRO_ARG_REUSE,ALLOC_SIZEOF_STRUCT,NO_AUTHOR_SIGN_OFF,GIT_COMMIT_ID,CAMELCASE,FILE_PATH_CHANGES,BAD_REPORTED_BY_LINK \
		"$WORK/message" 2>&1 | awk -v RS= '
		FILENAME != "-" { for (i = 1; i <= NF; i++) known["\047" $i "\047,"]; next }
		/^WARNING: Unknown commit id / && $5 in known { next }
		/^WARNING: struct ctl_table should normally be const/ { next }
		/^WARNING: .parms. may be misspelled/ { next }
		{ print }' "$TOP/configs/upstream-commits" -
}

check_build() {
	"$TOP/tools/lib/new-warnings" "$SCRATCH" "$C" 2>&1 || echo "see $SCRATCH/build-warn-*/log"
	plain_git -C "$SCRATCH" checkout -q --detach "$STACK"
}

kernel_doc() {
	find . -name '*.[ch]' -exec "$SCRATCH/scripts/kernel-doc" -Wall -none {} + 2>&1 |
		sed -E 's/^([A-Za-z]+: )?[^ ]*:[0-9]+:? /\1/'
}
check_kdoc() { only_new kernel_doc; }

check_source_inline() { added '\\.c$' | grep -iP '\t([^*/]*\W|)inline\W' || true; }

check_header_inline() {
	added '\\.h$' | grep -P '\tstatic (?!(__always_)?inline).*\(.*[^\\]$|\t(static )?(?!(__always_)?inline )((unsigned|long|short) )*(char|bool|void|int|u[0-9]*) [0-9A-Za-z_]*\(.*\) *{.*[^\\]$' || true
}

# Each has a replacement, such as a tracked reference. NIPA only warns, so ignore comments
# and tests, which have to test these functions, too.
check_deprecated_api() {
	local name code

	code=$(git -C "$TREE" show --format= -U0 -M -C -B "$C" -- '*.[ch]' ':!*_test.c' ':!tools/testing' |
		grep -vE '^[+-][[:space:]]*/?\*')
	for name in module_param '\Wdev_hold(' '\Wdev_put(' '\Wput_net(' '\Wget_net(' '\Winit_dummy_netdev('; do
		[ "$(grep -c "^+.*$name" <<<"$code")" -le "$(grep -c "^-.*$name" <<<"$code")" ] ||
			echo "more uses of ${name#'\W'} than before"
	done
}

# A new net selftest must be in its directory's Makefile, and its program in .gitignore.
check_check_selftest() {
	local file dir

	git -C "$TREE" diff --name-only --no-renames --diff-filter=A "$C~" "$C" -- \
		'tools/testing/selftests/*' | grep -E '/net/.*\.(c|sh|py)$' | while read -r file; do
		dir=${file%/*}
		in_file "${file##*/}" "$dir/Makefile"
		[[ $file != *.c ]] || in_file "${file##*/}" "$dir/.gitignore"
	done
}

in_file() {		# NAME FILE
	git -C "$TREE" show "$C:$2" 2>/dev/null | grep -qF -- "${1%.c}" || echo "$2 has no ${1%.c}"
}

shell_scripts() {
	find . -name '*.sh' -exec shellcheck -x -e SC1091,SC2317,SC2329 -f gcc {} + | sed 's/:[0-9:]*:/:/'
}
check_shellcheck() { only_new shell_scripts; }

# Fixes: must be a trailer of one line, with a commit from configs/upstream-commits.
check_verify_fixes() {
	local line

	grep -i '^[[:space:]]*Fixes:' "$WORK/text" | while read -r line; do
		git interpret-trailers --parse "$WORK/text" | grep -qxF -- "$line" ||
			echo "not among the trailers at the end: $line"
		grep -qxF -- "${line#Fixes: }" "$TOP/configs/upstream-commits" ||
			echo "configs/upstream-commits does not have this line: $line"
	done
}

check_verify_signedoff() {
	local author

	[ -s "$WORK/message" ] || return
	author=$(git mailinfo /dev/null /dev/null <"$WORK/message" | sed -n 's/^Email: //p')
	grep -q "^Signed-off-by: .*<$author>$" "$WORK/message" || echo "$author did not sign off"
}

# addresses: print the mail addresses on stdin, a line each.
addresses() {
	grep -oE '[^ <>",]+@[^ <>",]+' | tr '[:upper:]' '[:lower:]' | LC_ALL=C sort -u
}

# recipients: those in the headers of the message. Headers may have continuation lines.
recipients() {
	awk '/^$/ { exit } /^[ \t]/ { printf "%s", $0; next } { printf "\n%s", $0 }' "$WORK/message" |
		grep -E '^(To|Cc|From):' | addresses
}

check_cc_maintainers() {
	[ -s "$WORK/message" ] || return
	(cd "$SCRATCH" && scripts/get_maintainer.pl --nogit --nogit-fallback \
		--nogit-chief-penguins --norolestats "$WORK/message") >"$WORK/maintainers" 2>&1
	grep -q @ "$WORK/maintainers" || { echo "get_maintainer.pl:"; cat "$WORK/maintainers"; }
	addresses <"$WORK/maintainers" | grep -v '\.invalid$' | LC_ALL=C comm -23 - <(recipients) |
		sed 's/^/not a recipient: /'
}

# Checks of a patch that are not in NIPA

check_author() {
	local author

	author=$(git -C "$TREE" log -1 --format='%an <%ae>' "$C")
	[[ $author = *.invalid\> ]] || echo "the author is $author, not the placeholder"
	! grep '^Signed-off-by:' "$WORK/text" || echo "only the sender adds a sign-off"
	added '' | grep -E '@[^ ]*\.invalid\b' || true
}

# The area is a directory or a file that the patch touches, or a part of its name. netdev
# calls net_namespace "netns".
check_subject() {
	local subject area

	subject=$(head -n 1 "$WORK/text")
	[ ${#subject} -le 75 ] || echo "the subject has ${#subject} characters, not 75: $subject"
	[[ $subject =~ ^[a-z0-9_/-]+:\ .*[^.\ ]$ ]] || echo "not \"area: what\": $subject"
	area=${subject%%:*}
	git -C "$TREE" diff --name-only "$C~" "$C" |
		sed 's/^Documentation/docs &/; s/net_namespace/netns &/' |
		grep -qE -- "(^|[/ _])$area([/ _.]|$)" || echo "the patch touches nothing named $area"
}

# check_commits [FILE]: FILE names each commit as 12 digits ("title"). An abbreviated name
# has 7 or more digits, among them a letter and a number. check_verify_fixes covers Fixes:.
check_commits() {
	local file=${1-$WORK/text} text id name

	text=$(tr '\n' ' ' <"$file" | tr -s ' ')
	grep -v '^Fixes:' "$file" | grep -oE '\b[0-9a-f]{7,40}\b' | grep '[0-9]' | grep '[a-f]' |
		while read -r id; do
		name=$(grep -oE "\\b$id \\(\"[^\"]+\"\\)" <<<"$text" | head -n 1)
		if [ -z "$name" ] || [ ${#id} != 12 ]; then
			echo "$id is not written as 12 digits (\"title\")"
		elif ! grep -qxF "$name" "$TOP/configs/upstream-commits"; then
			echo "$id: not in configs/upstream-commits with that title"
		fi
	done
}

# Duplicates within a file, by the tree's own script
includes_twice() {
	find . -type f -exec "$SCRATCH/scripts/checkincludes.pl" {} + |
		sed '/^No duplicate includes found/d; s|^\./||'
}

# A block that was in order has to stay in order, a new one has to be in order. A file's
# own header is a separate block, and so are those in the middle of a file.
includes_in_order() {	# FILE
	awk -v file="$1" '
	FNR == NR { new[$0]; next }
	function end(  i) {
		for (i = 2; i <= n; i++)
			if (old_sorted && any && line[i] < line[i - 1])
				print file ": " line[i] " is out of order"
		n = any = 0; old_sorted = 1; last = ""
	}
	BEGIN { old_sorted = 1 }
	/^#include/ {
		line[++n] = $0
		if ($0 in new) { any = 1 }
		else { if ($0 < last) old_sorted = 0; last = $0 }
		next
	}
	{ end() }
	END { end() }' <(added '' | sed -n "s|^$1\t||p") "$WORK/after/$1"
}

# The file must use some name that the header defines or declares.
include_is_used() {	# FILE HEADER
	local header

	header=$(git -C "$TREE" cat-file -e "$C:include/$2" 2>/dev/null && echo "include/$2" || echo "${1%/*}/$2")
	git -C "$TREE" show "$C:$header" 2>/dev/null >"$WORK/header" || return 0
	grep -oE '[A-Za-z_][A-Za-z0-9_]{2,}' "$WORK/header" | sort -u >"$WORK/names"
	grep -q ';' "$WORK/after/$1" || return 0	# a header with only includes
	grep -v '^#include' "$WORK/after/$1" | grep -oE '[A-Za-z_][A-Za-z0-9_]{2,}' | sort -u |
		comm -12 - "$WORK/names" |
		grep -vxE 'struct|static|inline|void|int|char|long|unsigned|const|bool|the|and|for|not|that|this|with|SPDX|License|Identifier|GPL|define|include|ifdef|ifndef|endif|else|return|NULL|extern|size_t|sizeof' |
		grep -q . ||
		echo "$1: nothing of $2 is used"
}

check_include() {
	local file header

	only_new includes_twice
	added '\\.[ch]$' | grep -E $'\t#include' | cut -f1 | sort -u | while read -r file; do
		includes_in_order "$file"
	done
	added '\\.[ch]$' | sed -nE 's/\t#include *[<"](.*)[>"].*/ \1/p' | while read -r file header; do
		include_is_used "$file" "$header"
	done
}

# Checks of the part ${PARTS[I]}

check_patch_count() {
	local n

	n=$(part_patches "${PARTS[I]}" | wc -l)
	[ "$n" -le 15 ] || echo "$n patches, 15 at most: split it"
	[ "$n" -gt 0 ] || echo "no patches"
}

check_cover_letter() {
	local cover n

	cover=$(cover_file "${PARTS[I]}")
	[ -s "$cover" ] || { echo "$cover is missing"; return; }
	[[ "$(head -n 1 "$cover")" =~ ^[a-z0-9_/-]+:\ .{1,70}$ ]] ||
		echo "line 1 is not a title, \"area: what\""
	[ -z "$(sed -n 2p "$cover")" ] || echo "line 2 is not empty"
	[ "$(awk '/^---$/ { exit } /^$/ { p = 1 } /./ && p { n++; p = 0 } END { print n }' "$cover")" -ge 3 ] ||
		echo "fewer than three paragraphs"
	grep -q '^Measured' "$cover" || echo "no paragraph begins with \"Measured\""
	! grep -n EDITME "$cover" || true
	n=$(sed -n 's/^Changes in v\([0-9]*\):.*/\1/p' "$cover" | head -n 1)
	for ((n = ${n:-1}; n > 1; n--)); do
		grep -q "^Changes in v$n:" "$cover" || echo "no \"Changes in v$n:\""
	done
	check_commits "$cover"
	messages
	# A single patch has its cover letter in its message.
	find "$WORK/mail/${PARTS[I]}" -name '*000[01]-*.eml' 2>/dev/null | sort | head -n 1 |
		xargs -r cat >"$WORK/cover"
	grep -qE '^ [0-9]+ files? changed' "$WORK/cover" || echo "the message has no diffstat"
	grep -q '^change-id: ' "$WORK/cover" || echo "the message has no change id"
}

# part_commits: print the commits of the part.
part_commits() {
	paste -d' ' <(series_parts "$TOP/series") <(printf '%s\n' "${COMMITS[@]}") |
		sed -n "s/^${PARTS[I]} .* //p"
}

# marked PREFIX: true if the part has that subject prefix.
marked() { [[ " ${PREFIXES[I]} " = *" $1 "* ]]; }

# The paths of networking; see netdev/tree_match.py in NIPA.
check_subject_prefix() {
	local file c

	marked net || marked net-next || for c in $(part_commits); do
		git -C "$TREE" diff --name-only "$c~" "$c"
	done | sort -u | grep -E '^(drivers/|Documentation/|tools/|tools/testing/selftests/|include/|include/linux/)?net' |
		sed "s/^/neither net nor net-next in series, but the part touches /"
}

# NIPA is content with one tag in the series.
check_fixes_present() {
	local c

	! marked net || for c in $(part_commits); do
		git -C "$TREE" diff --quiet "$c~" "$c" -- . ':!tools/testing' ||
			git -C "$TREE" log -1 --format=%B "$c" | grep -q '^Fixes: ' ||
			git -C "$TREE" log -1 --format='no Fixes: in "%s"' "$c"
	done
}

# place: print the part of patch $N, and its number in the part.
place() {
	series_parts "$TOP/series" | awk -v n="$N" '
		{ count[$1]++ } NR == n { print $1, count[$1] }'
}

# Run tools/mail once, with a made-up sender.
messages() {
	[ ! -e "$WORK/mail" ] || return 0
	mkdir "$WORK/mail"
	# A run that was interrupted may have left edits.
	rm -rf "$CACHE/check-mail"
	GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0="Somebody" \
		GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=somebody@example.org \
		GIT_CONFIG_KEY_2=netns-core.assisted-by GIT_CONFIG_VALUE_2=none \
		"$TOP/tools/mail" --tree "$TREE" --repo "$CACHE/check-mail" \
		--output "$WORK/mail" >"$WORK/mail.log" 2>&1 || true
}
