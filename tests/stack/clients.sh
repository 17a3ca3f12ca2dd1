#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Third-party userspace and kernel selftests in QEMU, with the series and on the base
# kernel: with the series each does at least as well. In: $FULL; without, nothing is done.
# Out: KTAP, a line for each program, and before it, as diagnostics, the table. With
# --write all but the long selftests are run, and the table goes into
# Documentation/clients.md, too. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

[ "${1-}" = --write ] || full_only stack/clients

DOC=$TOP/Documentation/clients.md

# The KTAP of one kernel to "NAME<tab>ok, skip or FAIL<tab>why", in order
results() {
	sed -nE 's/^(not ok|ok) [0-9]+ ([^#]*[^# ]) *(# *(SKIP)? *(.*))?$/\2\t\1\4\t\5/p' "$1" |
		awk -F'\t' -v OFS='\t' '{
			print $1, ($2 == "ok" ? "ok" : $2 == "okSKIP" ? "skip" : "FAIL"), $3
		}'
}

# A line "NAME<tab>OURS<tab>TAG<tab>WHY" for each client that either has
joined() {
	awk -F'\t' -v OFS='\t' '
	!($1 in seen) { seen[$1]; order[++n] = $1 }
	FNR == NR { ours[$1] = $2; why[$1] = $3; next }
	{ tag[$1] = $2; if (why[$1] == "") why[$1] = $3 }
	END {
		for (i = 1; i <= n; i++) {
			name = order[i]
			print name, (name in ours ? ours[name] : "none"), \
				(name in tag ? tag[name] : "none"), why[name]
		}
	}' "$DIR/ours" "$DIR/tag"
}

table() {
	echo '| client | ours | tag | |'
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

# at_least_as_well OURS TAG: and good at all.
at_least_as_well() {
	echo "ours: $1, tag: $2"
	[ "$1" = ok ] || { [ "$1" = skip ] && [ "$2" != ok ]; }
}

# The table in the document stands below this line, to the end.
write_doc() {
	sed '/^| client /,$d' "$DOC" >"$DIR/doc"
	table >>"$DIR/doc"
	cp "$DIR/doc" "$DOC"
}

WHICH=(--full)
[ "${1-}" != --write ] || WHICH=()
run ours
run tag --unpatched
joined >"$DIR/joined"
table | sed 's/^/# /'
[ "${1-}" != --write ] || write_doc
check results_are_there test -s "$DIR/joined"
while IFS=$'\t' read -r NAME OURS THEIRS WHY; do
	if [ "$OURS,$THEIRS" = skip,skip ]; then
		COUNT=$((COUNT + 1))
		echo "ok $COUNT $NAME # SKIP $WHY"
	else
		check "$NAME" at_least_as_well "$OURS" "$THEIRS"
	fi
done <"$DIR/joined"
plan
