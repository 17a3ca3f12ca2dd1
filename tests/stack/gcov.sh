# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The coverage of net/core/net_namespace.c in a guest, by gcov. Sourced by debug.sh, not
# run. The lines of the KUnit suite, which the file includes, do not count.
#
# In: the console log with the counts; the build directory; tests/stack/not-covered, the
# lines that are not run, with reasons.

SOURCE=net/core/net_namespace.c
KNOWN=$TOP/tests/stack/not-covered
LEAST=95	# percent

# counts LOG: print the guest's .gcda file, in hex, with its size at the end.
counts() {
	console_text "$1" | sed -n 's/^# gcda: //p'
}

# annotate LOG BUILD: write $DIR/annotated, the source with a count before each line. The
# paths of the sources are relative to BUILD.
annotate() {
	local bytes

	bytes=$(counts "$1" | sed -n 's/^end, \(.*\) bytes$/\1/p')
	counts "$1" | sed '/^end/d' | tr -d '\n' |
		perl -ne 'print pack "H*", $_' >"$DIR/net_namespace.gcda"
	[ "$(stat -c %s "$DIR/net_namespace.gcda")" = "$bytes" ]
	cp "$2/net/core/net_namespace.gcno" "$DIR"
	(cd "$2" && gcov --stdout --object-directory "$DIR" net_namespace.gcda) |
		awk -v source="$SOURCE" '
			/^ *-: *0:Source:/ { on = substr($0, length($0) - length(source)) == "/" source }
			on' >"$DIR/annotated"
	[ -s "$DIR/annotated" ]
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
		echo "# coverage: $((all - missed)) of $all lines of $SOURCE," \
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
