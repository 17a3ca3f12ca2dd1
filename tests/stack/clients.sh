#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Third-party userspace and kernel selftests in QEMU: each program's result with the series
# is at least as good as on the base kernel. In: $FULL; skipped without. Out: KTAP, a line
# for each program, after the table as diagnostics. With --write, the table also goes into
# Documentation/clients.md, without the long selftests. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

[ "${1-}" = --write ] || full_only stack/clients

DOC=$TOP/Documentation/clients.md

# Turn the KTAP of one kernel into "NAME<tab>ok, skip or FAIL<tab>REASON".
results() {
	sed -nE 's/^(not ok|ok) [0-9]+ ([^#]*[^# ]) *(# *(SKIP)? *(.*))?$/\2\t\1\4\t\5/p' "$1" |
		awk -F'\t' -v OFS='\t' '{
			print $1, ($2 == "ok" ? "ok" : $2 == "okSKIP" ? "skip" : "FAIL"), $3
		}'
}

# Print "NAME<tab>SERIES<tab>BASE<tab>REASON" for each program.
joined() {
	awk -F'\t' -v OFS='\t' '
	!($1 in seen) { seen[$1]; order[++n] = $1 }
	FNR == NR { series[$1] = $2; why[$1] = $3; next }
	{ base[$1] = $2; if (why[$1] == "") why[$1] = $3 }
	END {
		for (i = 1; i <= n; i++) {
			name = order[i]
			print name, (name in series ? series[name] : "none"), \
				(name in base ? base[name] : "none"), why[name]
		}
	}' "$DIR/series" "$DIR/base"
}

table() {
	echo '| program | series | base | |'
	echo '| --- | --- | --- | --- |'
	awk -F'\t' '{ gsub(/\|/, "\\|"); printf "| %s | %s | %s |%s|\n", $1, $2, $3, $4 == "" ? " " : " " $4 " " }' \
		"$DIR/joined"
}

run() {		# NAME OPTION...
	local name=$1

	shift
	"$TOP/tools/clients" "${WHICH[@]}" "$@" >"$DIR/$name.ktap" || true
	grep '^# ' "$DIR/$name.ktap" | sed "s/^# /# $name: /" || true
	results "$DIR/$name.ktap" >"$DIR/$name"
}

# at_least_as_well SERIES BASE: SERIES is ok, or skip if BASE is not ok.
at_least_as_well() {
	echo "series: $1, base: $2"
	[ "$1" = ok ] || { [ "$1" = skip ] && [ "$2" != ok ]; }
}

# Replace the section Results, which is the end of the document.
write_doc() {
	local code

	code=$(code_hash "$LINUX" refs/netns-core/applied)
	sed '/^## Results$/q' "$DOC" >"$DIR/doc"
	printf '\nThe series has the code %s, as code_hash of tools/lib/series.sh prints it. The base kernel\nis %s.\n\n' \
		"$code" "$TAG" >>"$DIR/doc"
	table >>"$DIR/doc"
	cp "$DIR/doc" "$DOC"
}

WHICH=(--full)
[ "${1-}" != --write ] || WHICH=()
run series
run base --unpatched
joined >"$DIR/joined"
table | sed 's/^/# /'
[ "${1-}" != --write ] || write_doc
check results_are_there test -s "$DIR/joined"
while IFS=$'\t' read -r NAME SERIES BASE WHY; do
	if [ "$SERIES,$BASE" = skip,skip ]; then
		COUNT=$((COUNT + 1))
		echo "ok $COUNT $NAME # SKIP $WHY"
	else
		check "$NAME" at_least_as_well "$SERIES" "$BASE"
	fi
done <"$DIR/joined"
plan
