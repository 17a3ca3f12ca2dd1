#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The claims about the order of memory accesses in the core, and in the code of nsids,
# sysctls and sysfs: each is a litmus test in tests/litmus, which herd7 decides with the
# memory model of the kernel tree. The verdict is the one that the test expects in its line
# "Result:". Each claim has a twin without the ordering, in which the bad outcome is found.
# The functions that the claims name are those in tests/litmus/code.
#
# usage: tests/stack/litmus.sh [NAME...]
#
#   NAME  only the tests with this name
#
# In: herd7, or on Debian mmdebstrap and root, which get it from the package herdtools7 of
# testing: neither Debian 12 nor 13 has it. It is kept in $CACHE/herd7, and runs
# unprivileged. Without both, and if the package cannot be downloaded, all tests are skipped.
#
# Out: KTAP, a line for each litmus test. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

LITMUS=$TOP/tests/litmus
STACK=refs/netns-core/applied
ROOT=$CACHE/herd7

skip() {	# WHY
	echo "1..1"
	echo "ok 1 litmus # SKIP $1"
	exit
}

# get_herd: the program, its library, and the shared libraries that it needs.
get_herd() {
	local archive

	lock "$ROOT.lock"
	[ ! -x "$ROOT/usr/bin/herd7" ] || return 0
	archive=$(debian_archive)
	[ "$archive" ] || die "apt knows no Debian package sources" "as root, run: apt-get update"
	rm -rf "$ROOT"
	mkdir -p "$DIR/root"
	mmdebstrap --variant=extract --include=herdtools7 --aptopt="$(apt_dates)" \
		testing "$DIR/root.tar" "deb $archive testing main"
	tar -x -C "$DIR/root" -f "$DIR/root.tar" \
		./usr/{bin/herd7,lib,lib64,share/herdtools7/herd}
	cp -R "$DIR/root" "$ROOT.new"
	mv "$ROOT.new" "$ROOT"
}

herd() {
	if [ "$INSTALLED" ]; then
		herd7 "$@"
	else
		"$ROOT/usr/lib64/ld-linux-x86-64.so.2" \
			--library-path "$ROOT/usr/lib/x86_64-linux-gnu" "$ROOT/usr/bin/herd7" \
			-set-libdir "$ROOT/usr/share/herdtools7/herd" "$@"
	fi
}

prepare() {
	applied
	mkdir "$DIR/tree"
	git -C "$LINUX" archive "$STACK" -- tools/memory-model | tar -x -C "$DIR/tree"
	herd -version
}

# decided NAME RESULT: RESULT is Never, Sometimes or Always, and then DATARACE if plain
# accesses race, as in the kernel tree's own tests.
decided() {
	local found

	cd "$DIR/tree/tools/memory-model"
	herd -conf linux-kernel.cfg "$LITMUS/$1.litmus" 2>&1 | tee "$DIR/herd"
	found=$(awk '
	/^Observation / { verdict = $3 }
	/^Flag data-race/ { race = " DATARACE" }
	END { print verdict race }' "$DIR/herd")
	[ "$found" = "$2" ] && return
	echo "found: ${found:-nothing}, expected: $2"
	return 1
}

# Each file has the name that is in its first line.
files_have_their_names() {
	for f in "$LITMUS"/*.litmus; do
		read -r _ name <"$f"
		[ "$name" = "$(basename "$f" .litmus)" ] || { echo "$f: $name"; return 1; }
	done
}

# A claim is Never and without a data race; a twin is Sometimes, and belongs to a claim.
claims_have_twins() {
	awk -F '\t' '
	$3 != "-" { claim[$1]; if ($2 != "Never" || $4 == "-") bad = bad "\n" $1 }
	$3 == "-" { twin[$5]; if ($2 !~ /^Sometimes/ || $6 == "-") bad = bad "\n" $1 }
	END {
		for (name in claim)
			if (!(name in twin))
				bad = bad "\n" name " has no twin"
		for (name in twin)
			if (!(name in claim))
				bad = bad "\n" name " has a twin, and is no claim"
		print bad
		exit bad != ""
	}' "$DIR/fields"
}

INSTALLED=$(command -v herd7 || true)
if [ -z "$INSTALLED" ] && [ ! -x "$ROOT/usr/bin/herd7" ]; then
	command -v mmdebstrap >/dev/null ||
		skip "there is no herd7, and no mmdebstrap to get it: install herdtools7"
	[ "$(id -u)" = 0 ] || skip "there is no herd7, and only root can get it: install herdtools7"
	[ "$(uname -m)" = x86_64 ] || skip "there is no herd7: install herdtools7"
	attempt get_herd
	if [ "$STATUS" != 0 ]; then
		sed 's/^/# /' "$DIR/output"
		skip "herd7 cannot be downloaded, see above: install herdtools7"
	fi
fi

check herd7_and_series_are_there prepare
"$LITMUS/fields" "$LITMUS"/*.litmus >"$DIR/fields"
check litmus_files_have_their_names files_have_their_names
check litmus_claims_have_twins claims_have_twins
check litmus_code_is_the_same "$TOP/tests/extract" --check litmus
while IFS=$'\t' read -r NAME RESULT _; do
	[ $# = 0 ] || [[ " $* " == *" $NAME "* ]] || continue
	check "litmus_$NAME" decided "$NAME" "$RESULT"
done <"$DIR/fields"
plan
