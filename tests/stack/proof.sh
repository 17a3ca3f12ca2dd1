#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tables in Documentation/proof.md are those of tests/litmus and tests/model. Those of
# bugs name patches of the series and tests that exist.
#
# usage: tests/stack/proof.sh [--write]
#
#   --write  write the tables
#
# In: the litmus tests, tests/model/runs, tests/model/figures, which tests/stack/litmus.sh
# and tests/stack/model.sh check; patches/. Out: KTAP. Exit status: 0 all passed, 1 not, 2
# wrong usage.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

PAGE=$TOP/Documentation/proof.md
MODEL=$TOP/tests/model
WRITE=

option() { WRITE=1; }

# A row for each twin. The claim stands in the first of its rows.
litmus_table() {
	echo "| claim | code | litmus test | verdict | without | verdict |"
	echo "| --- | --- | --- | --- | --- | --- |"
	"$TOP/tests/litmus/fields" "$TOP"/tests/litmus/*.litmus | awk -F '\t' '
	function verdict(result) {
		sub(/ DATARACE/, ", data race", result)
		return result
	}
	$3 != "-" { order[++n] = $1; claim[$1] = $3; code[$1] = $4; result[$1] = $2; bug[$1] = $7 }
	$3 == "-" { twins[$5] = twins[$5] $6 "\t" verdict($2) "\n" }
	END {
		for (i = 1; i <= n; i++) {
			name = order[i]
			m = split(twins[name], row, "\n") - 1
			for (k = 1; k <= m; k++) {
				split(row[k], field, "\t")
				if (k == 1)
					printf "| %s%s | %s | %s | %s ", claim[name], \
						bug[name] == "-" ? "" : " (see \"Bugs\")", \
						code[name], name, verdict(result[name])
				else
					printf "| | | | "
				printf "| %s | %s |\n", field[1], field[2]
			}
		}
	}'
}

model_table() {
	echo "| run | macros | result | states | depth | time, s |"
	echo "| --- | --- | --- | --: | --: | --: |"
	awk '
	/^#/ || !NF { next }
	FNR == NR { figures[$1] = $2 " | " $3 " | " $4; next }
	{
		name = $1
		result = $3 == "ok" ? "no error" : $3
		$1 = $2 = $3 = ""
		sub(/^ +/, "")
		print "| " name " | " $0 " | " result " | " figures[name] " |"
	}' "$MODEL/figures" "$MODEL/runs"
}

# page FILE: what it is with the tables of now.
page() {
	sed -e '/^<!-- Made by tests.stack.proof/,/^<!-- end of the table/ { //!d }' \
		-e "/^<!-- Made by tests.stack.proof.* litmus/r $DIR/litmus" \
		-e "/^<!-- Made by tests.stack.proof.* model/r $DIR/model" "$1"
}

same() {
	diff -u "$PAGE" "$DIR/page" && return
	echo "run: tests/stack/proof.sh --write"
	return 1
}

# bugs FIELD: print that field of each bug in the tables under "Bugs".
bugs() {
	sed '1,/^## Bugs/d; /^## /,$d' "$PAGE" |
		awk -F ' *[|] *' -v field="$1" '/^[|]/ && !/^[|] (bug|---) / { print $field }'
}

subjects() {
	local patch

	for patch in "$TOP"/patches/*.patch; do
		git mailinfo /dev/null /dev/null <"$patch" | sed -n 's/^Subject: //p'
	done
}

# Cases of the guest and of KUnit, litmus tests, runs of the model, mutants, and scripts
tests() {
	cd "$TOP"
	sed -n 's/^CASE(\(.*\))$/\1/p' tests/guest/boot/*.h
	sed -nE 's/^\+\s*KUNIT_CASE\w*\((\w+).*/\1/p' patches/*.patch
	basename -as .litmus tests/litmus/*.litmus
	basename -as .patch tests/mutants/*.patch
	sed '/^#/d; s/[[:space:]].*//' "$MODEL/runs"
	ls tests/*/*.sh tools/bench
}

# missing FILE: print the lines of standard input that FILE does not have. Fails if there is
# one, or no input.
missing() {
	sort -u >"$DIR/names"
	[ -s "$DIR/names" ] || { echo "none"; return 1; }
	! grep -vxFf "$1" "$DIR/names"
}

bugs_name_patches() {
	subjects >"$DIR/subjects"
	bugs 4 | missing "$DIR/subjects"
}

bugs_name_tests() {
	tests >"$DIR/tests"
	bugs 5 | awk -F '`' '{ for (i = 2; i <= NF; i += 2) print $i }' | missing "$DIR/tests"
	bugs 5 | awk '!/^`/ && !/^no test / { print "neither a test nor \"no test\": " $0; bad = 1 }
		END { exit bad }'
}

# Each function that has an error of its own in the litmus tests is named under "Bugs".
bugs_are_named() {
	sed '1,/^## Bugs/d; /^## /,$d' "$PAGE" >"$DIR/found"
	"$TOP/tests/litmus/fields" "$TOP"/tests/litmus/*.litmus |
		awk -F '\t' '$7 != "-" { print $1 }' | while read -r name; do
		grep -q "\`$name\`" "$DIR/found" || { echo "$name is not under Bugs"; exit 1; }
	done
}

options write "$@"
litmus_table >"$DIR/litmus"
model_table >"$DIR/model"
page "$PAGE" >"$DIR/page"
[ -z "$WRITE" ] || cp "$DIR/page" "$PAGE"
check proof_page_has_the_tables same
check proof_page_names_what_was_found bugs_are_named
check proof_page_names_patches bugs_name_patches
check proof_page_names_tests bugs_name_tests
plan
