#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Coverage: which lines of net/core/net_namespace.c KUnit and the boot check run, in one
# boot of a kernel that counts them by the tree's gcov; the suite itself does not count.
#
# In: tests/stack/not-covered, the lines that are not run, each with its reason. Out: KTAP,
# with the share of lines and each line that is not run as diagnostics. Exit status: 0
# at least 95 % are run, and the others are in that file; 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

TREE=$CACHE/coverage
BUILD=$TREE/build-boot-kunit-coverage
CONSOLE_LOG=$CACHE/log/test-coverage.log
SOURCE=net/core/net_namespace.c
KNOWN=$TOP/tests/stack/not-covered
LEAST=95

# A work tree of their own, in which the core is compiled to count.
prepare() {
	own_tree coverage
	echo 'GCOV_PROFILE_net_namespace.o := y' >>"$TREE/net/core/Makefile"
}

boot() {
	"$TOP/tools/boot" --tree "$TREE" --config boot,kunit,coverage --log "$CONSOLE_LOG"
}

# The counts as the guest printed them, in hex, with their number at the end.
counts() {
	sed -nE 's/\r//; s/^(\[[^]]*\] )*# gcda: //p' "$CONSOLE_LOG"
}

# gcov names the sources as the compiler saw them, from the build directory.
annotate() {
	local bytes

	bytes=$(counts | sed -n 's/^end, \(.*\) bytes$/\1/p')
	counts | sed '/^end/d' | tr -d '\n' |
		perl -ne 'print pack "H*", $_' >"$DIR/net_namespace.gcda"
	[ "$(stat -c %s "$DIR/net_namespace.gcda")" = "$bytes" ]
	cp "$BUILD/net/core/net_namespace.gcno" "$DIR"
	(cd "$BUILD" && gcov --stdout --object-directory "$DIR" net_namespace.gcda) |
		awk -v source="$SOURCE" '
			/^ *-: *0:Source:/ { on = substr($0, length($0) - length(source)) == "/" source }
			on' >"$DIR/annotated"
	[ -s "$DIR/annotated" ]
}

# Each line that is not run, after the function that it is in: "FUNCTION: TEXT".
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

# Its lines: what not_run prints, a tab, the reason.
each_is_explained() {
	local unknown

	unknown=$(not_run | grep -v -x -F -f <(grep -v '^#' "$KNOWN" | grep -P '\t.' | cut -f1)) || true
	echo "$unknown"
	[ -z "$unknown" ]
}

exec 3>&1
check prepare prepare
check boot_counting_kernel boot
check counts_are_complete annotate
check "at_least_${LEAST}_percent" enough_lines
check each_line_not_run_is_explained each_is_explained
plan
