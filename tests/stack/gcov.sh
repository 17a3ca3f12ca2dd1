# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The coverage of the core in a guest, by gcov. Sourced by debug.sh, not run. The lines of the
# KUnit suite, which one of the files includes, do not count.
#
# In: the console log with the counts; the build directory; tests/stack/not-covered, the
# lines that are not run, with reasons.

SOURCES=(net/core/{net_namespace,netns_lookup}.c)
KNOWN=$TOP/tests/stack/not-covered
LEAST=95	# percent

# for_gcov TREE: compile only these for gcov, without inlining, so that each function has its
# own counts.
for_gcov() {
	local source name

	for source in "${SOURCES[@]}"; do
		name=$(basename "$source" .c)
		cat >>"$1/${source%/*}/Makefile" <<-EOF
			GCOV_PROFILE_$name.o := y
			CFLAGS_$name.o := -fno-inline -fno-optimize-sibling-calls
		EOF
	done
}

# annotate LOG BUILD: write $DIR/annotated, the sources with a count before each line. The
# guest prints each .gcda file in hex, with its size at the end. The paths of the sources are
# relative to BUILD.
annotate() {
	local source name bytes

	for source in "${SOURCES[@]}"; do
		name=$(basename "$source" .c)
		console_text "$1" | sed -n "s/^# $name.gcda: //p" >"$DIR/hex"
		bytes=$(sed -n 's/^end, \(.*\) bytes$/\1/p' "$DIR/hex")
		sed '/^end/d' "$DIR/hex" | tr -d '\n' | perl -ne 'print pack "H*", $_' \
			>"$DIR/$name.gcda"
		[ "$(stat -c %s "$DIR/$name.gcda")" = "$bytes" ] || return
		cp "$2/${source%.c}.gcno" "$DIR"
		(cd "$2" && gcov --stdout --object-directory "$DIR" "$name.gcda") |
			awk -v source="$source" '
				/^ *-: *0:Source:/ {
					on = substr($0, length($0) - length(source)) == "/" source
				}
				on' >"$DIR/$name"
		[ -s "$DIR/$name" ] || return
		cat "$DIR/$name"
	done >"$DIR/annotated"
}

# not_run: print each line that is not run, after its function: "FUNCTION: TEXT".
not_run() {
	awk -F: '
		{ text = $0; sub(/^[^:]*:[^:]*:/, "", text) }
		text ~ /^[a-z].*\(/ && text !~ /;$/ {
			name = text
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
		}
		$1 ~ /#####|=====/ { gsub(/^[ \t]+|[ \t]+$/, "", text); print name ": " text }
		' "$DIR/annotated"
}

enough_lines() {
	local all missed share

	all=$(awk -F: '$1 !~ /-$/' "$DIR/annotated" | wc -l)
	missed=$(not_run | wc -l)
	share=$((1000 * (all - missed) / all))
	{
		echo "# coverage: $((all - missed)) of $all lines of ${SOURCES[*]}," \
			"$((share / 10)).$((share % 10)) %"
		not_run | sed 's/^/# not run: /'
	} >&3
	[ $share -ge $((10 * LEAST)) ]
}

# A line of not-covered: a line of not_run, a tab, the reason.
each_is_explained() {
	local unknown

	unknown=$(not_run | grep -v -x -F -f <(grep -v '^#' "$KNOWN" | grep -P '\t.' | cut -f1)) || true
	echo "$unknown"
	[ -z "$unknown" ]
}
