#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# README.md says what the tools say: its table is that of the results, and the numbers in its
# samples are those of the series. The files that it, the documents and the configurations name
# exist. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/../stack/lib.sh"

OWN_CHECKS=7	# of tools/lib/check-boot, without --kunit

table() {
	sed -n '/^<!-- Made by tools.lib.bench-table/,/^<!-- end of the table/p' "$TOP/README.md" |
		sed '1d; $d' | diff - <("$TOP/tools/lib/bench-table" --readme "$TOP/Documentation/bench/bench.csv")
}

patches() {
	grep -x "    applied: $(grep -c '\.patch$' "$TOP/series") patches, branch .*" "$TOP/README.md"
}

passed() {
	local cases

	cases=$(cd "$TOP/tests/guest/boot" && cat cases.h fixes.h xarray.h stuck.h | grep -c '^CASE(')
	grep -x "    PASS: $TAG with the series, configuration boot: $((cases + OWN_CHECKS)) passed, 0 skipped" \
		"$TOP/README.md"
}

unpatched() {
	[ "$(wc -l <<<"$WITHOUT_INITCALL")" = 5 ]
	[ "$(grep -c initcall <<<"$WITHOUT_INITCALL")" = 3 ]
	# shellcheck disable=SC2016	# Markdown
	tr '\n' ' ' <"$TOP/README.md" | grep 'Five checks fail: three look for the `pure_initcall`, and two for the size'
}

# NAME and the like stand for a name. Some files are those of the kernel's tree.
files_exist() {
	local file files missing=

	cd "$TOP"
	mapfile -t files < <(grep -sohE '\b(tools|tests|configs|patches)/[A-Za-z0-9_./*{},-]*[A-Za-z0-9_/*}]' \
		README.md Documentation/*.md configs/* tests/guest/*/* | sort -u)
	[ ${#files[@]} != 0 ]
	for file in "${files[@]}"; do
		case $file in
		*[A-Z][A-Z]*|tools/memory-model|tools/testing/*) continue ;;
		esac
		[ -e "$file" ] || compgen -G "$file" || compgen -G "tests/$file" || missing+=" $file"
	done
	echo "missing:$missing"
	[ -z "$missing" ]
}

check "the table is that of the results" table
check "the sample has the number of patches" patches
check "the sample has the number of checks" passed
check "files that are named exist" files_exist
check "the base kernel fails that many checks" unpatched
plan
