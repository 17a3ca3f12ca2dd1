# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The checks of a patch, for tools/check, which sources it and tells in its header what
# each is. $C is the patch's commit and $N its number in series, $TREE the repository,
# $STACK the branch, $SCRATCH a work tree of it, and $WORK a directory to work in.

# shellcheck disable=SC2034,SC2154	# they are tools/check's
CHECKS=(checkpatch build kernel-doc inline include author subject commits to-cc)

# export_side DIR COMMIT FILTER: the .c and .h files of that state, as in COMMIT.
export_side() {
	local files

	rm -rf "$WORK/${1:?}"
	mkdir "$WORK/$1"
	mapfile -t files < <(git -C "$TREE" diff --name-only --no-renames \
		--diff-filter="$3" "$C~" "$C" -- '*.[ch]')
	[ ${#files[@]} = 0 ] ||
		git -C "$TREE" archive "$2" -- "${files[@]}" | tar -x -C "$WORK/$1"
}

# What the checks look at: the files before the patch and after it, and its text.
export_files() {
	export_side before "$C~" MD
	export_side after "$C" AM
	git -C "$TREE" show --format= -U0 -M -C -B "$C" >"$WORK/diff"
	git -C "$TREE" log -1 --format=%B "$C" >"$WORK/message"
	git -C "$TREE" log -1 --format='%an <%ae>' "$C" >"$WORK/author"
	git -C "$TREE" format-patch -1 --stdout -M -C -B "$C" >"$WORK/patch"
}

# added GLOB: lines that the patch adds to files of such a name: FILE<tab>LINE.
added() {
	awk -v what="$1" '
	/^\+\+\+ b\// { file = substr($2, 3); next }
	/^\+/ && file ~ what { print file "\t" substr($0, 2) }' "$WORK/diff"
}

# only_new COMMAND: lines that COMMAND prints in after/, and not in before/.
only_new() {
	(cd "$WORK/before" && "$1") | LC_ALL=C sort >"$WORK/said-before"
	(cd "$WORK/after" && "$1") | LC_ALL=C sort >"$WORK/said-after"
	LC_ALL=C comm -13 "$WORK/said-before" "$WORK/said-after"
}

# The checks of a patch, $C. Each prints what is wrong, and nothing otherwise; its
# status means nothing.

# The base comes without its history, so no commit that a changelog names is known.
# PATH: its Python scripts want the modules that the distribution brings.
check_checkpatch() {
	PATH=/usr/bin:$PATH "$SCRATCH/scripts/checkpatch.pl" --root="$SCRATCH" --strict \
		--no-summary --quiet --ignore UNKNOWN_COMMIT_ID "$WORK/patch" 2>&1 || true
}

check_build() {
	"$TOP/tools/new-warnings" "$SCRATCH" "$C" 2>&1 || echo "see $SCRATCH/build-warn-*/log"
	plain_git -C "$SCRATCH" checkout -q --detach "$STACK"
}

kernel_doc() {
	find . -type f -exec "$SCRATCH/scripts/kernel-doc" -none {} + 2>&1 |
		sed 's/^[^ ]*:[0-9]*: //'
}
check_kernel-doc() { only_new kernel_doc; }

check_inline() {
	added '\\.c$' | grep -vE $'\t[[:space:]]*(/?\*|//)' |
		grep -wE 'inline|__always_inline|__inline' || true
	added '\\.h$' | grep -P '\tstatic (?!(__always_)?inline\b|__maybe_unused\b)[^=;]*\(' || true
}

# Twice in a file, as the tree's own script says it.
includes_twice() {
	find . -type f -exec "$SCRATCH/scripts/checkincludes.pl" {} + | sed 's|^\./||'
}

# A block that was in order stays so; a new one is made so. A file's own header, and
# those in the middle of a file, are blocks of their own.
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

# Some name that the header defines or declares is in the file.
include_is_used() {	# FILE HEADER
	local header

	header=$(git -C "$TREE" cat-file -e "$C:include/$2" 2>/dev/null && echo "include/$2" || echo "${1%/*}/$2")
	git -C "$TREE" show "$C:$header" 2>/dev/null >"$WORK/header" || return 0
	grep -oE '[A-Za-z_][A-Za-z0-9_]{2,}' "$WORK/header" | sort -u >"$WORK/names"
	grep -q ';' "$WORK/after/$1" || return 0	# it only passes another on
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

check_author() {
	grep -qxF "Signed-off-by: $(<"$WORK/author")" "$WORK/message" ||
		echo "the author, $(<"$WORK/author"), did not sign it off"
	[ "$(grep -c '^Signed-off-by:' "$WORK/message")" = 1 ] ||
		echo "it has more than one Signed-off-by"
	# MAINTAINERS has to name somebody.
	added '' | grep -F "$(sed 's/.*<//; s/>//' "$WORK/author")" | grep -v '^MAINTAINERS' || true
}

# The area is a directory, a file or a part of its name that the patch touches.
check_subject() {
	local subject area

	subject=$(head -n 1 "$WORK/message")
	[ ${#subject} -le 75 ] || echo "the subject has ${#subject} characters: $subject"
	[[ $subject =~ ^[a-z0-9_/-]+:\ .*[^.\ ]$ ]] || echo "no \"area: what\": $subject"
	area=${subject%%:*}
	git -C "$TREE" diff --name-only "$C~" "$C" | sed 's/^Documentation/docs &/' |
		grep -qF -- "$area" || echo "it touches nothing named $area"
}

# A name of a commit is 7 or more digits with a letter and a number among them.
check_commits() {
	local text id name

	text=$(tr '\n' ' ' <"$1" | tr -s ' ')
	grep -oE '\b[0-9a-f]{7,40}\b' "$1" | grep '[0-9]' | grep '[a-f]' | while read -r id; do
		name=$(grep -oE "\\b$id \\(\"[^\"]+\"\\)" <<<"$text" | head -n 1)
		if [ -z "$name" ] || [ ${#id} != 12 ]; then
			echo "$id is not written as 12 digits (\"title\")"
		elif ! grep -qxF "$name" "$TOP/configs/upstream-commits"; then
			echo "$id: configs/upstream-commits does not have it with that title"
		fi
	done
}

# addresses: those on stdin, a line each.
addresses() {
	grep -oE '[^ <>",]+@[^ <>",]+' | tr '[:upper:]' '[:lower:]' | LC_ALL=C sort -u
}

# recipients MESSAGE: its headers may go on in the next line.
recipients() {
	awk '/^$/ { exit } /^[ \t]/ { printf "%s", $0; next } { printf "\n%s", $0 }' "$1" |
		grep -E '^(To|Cc|From):' | addresses
}

# The recipients of the message that tools/mail makes of this patch.
check_to-cc() {
	local message part n

	messages
	read -r part n < <(place)
	message=$(find "$WORK/mail/$part" -name "*$(printf %04d "$n")-*.eml" 2>/dev/null)
	[ -f "$message" ] || { echo "tools/mail made no message of it"; return; }
	(cd "$SCRATCH" && scripts/get_maintainer.pl --nogit --nogit-fallback \
		--nogit-chief-penguins --norolestats "$WORK/patch") >"$WORK/maintainers" 2>&1
	grep -q @ "$WORK/maintainers" || { echo "get_maintainer.pl:"; cat "$WORK/maintainers"; }
	addresses <"$WORK/maintainers" | grep -v '\.invalid$' |
		LC_ALL=C comm -23 - <(recipients "$message") | sed 's/^/does not get it: /'
}

# place: the part of patch $N, and its number in there.
place() {
	series_parts "$TOP/series" | awk -v n="$N" '
		{ count[$1]++ } NR == n { print $1, count[$1] }'
}

# What tools/mail makes, from somebody, once.
messages() {
	[ ! -e "$WORK/mail" ] || return 0
	mkdir "$WORK/mail"
	# What a run that was interrupted has left is in nobody's way.
	rm -rf "$CACHE/check-mail"
	GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0="Somebody" \
		GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=somebody@example.org \
		"$TOP/tools/mail" --tree "$TREE" --repo "$CACHE/check-mail" \
		--output "$WORK/mail" >"$WORK/mail.log" 2>&1 || cat "$WORK/mail.log"
}
