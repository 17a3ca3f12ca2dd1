#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Mutation testing: each file in tests/mutants is a patch that adds a bug to the series.
#
# usage: tests/stack/mutants.sh [PATTERN]
#
#   PATTERN  all mutants that have it in their name
#
# In: $FULL: all mutants; without, no debug mutant, and without PATTERN, every fifteenth of
# those that are checked under UML. Out: KTAP, and for each mutant the line that killed it.
# Exit status: 0 each was killed as expected, 1 not.
#
# The text above the patch has these lines:
#
#   Patch: NAME     the patch of the series that the bug could be in: the name of the file
#                   without its number and .patch
#   Check: kunit    the KUnit suite of the core under UML
#   Check: sysctl   the KUnit suite of sysctl under UML
#   Check: boot     the boot check, on a kernel with the suite
#   Check: debug    the boot check on the debug kernel, for bugs that only KASAN, kmemleak
#                   or lockdep finds; with $FULL only
#   Config: NAMES   for Check: boot, a configuration other than small,kunit
#   Cases: NAMES    for Check: boot and debug, the guest's cases to run. By default, the one
#                   that Expect names, or all
#   Expect: TEXT    a string in one of the failure lines of the check
#
# Each patch of the series has a mutant, or a line with the reason in tests/mutants/none.
#
# Results are cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

TREE=$CACHE/mutants

prepare() { own_tree mutants; }

# field NAME MUTANT: print the value of that line above the patch.
field() { sed -n "/^--- /q; s/^$1: //p" "$2"; }

# config_of MUTANT: print the configuration of the kernel to boot.
config_of() {
	local config

	config=$(field Config "$1")
	[ "$(field Check "$1")" != debug ] || config=boot,kunit,families,debug
	echo "${config:-small,kunit}"
}

# Numbers change when a patch is added, so names are compared without.
each_patch_has_a_mutant() {
	local mutant

	series_names series | sed 's/^[0-9]*-//; s/\.patch$//' | sort >"$DIR/series"
	for mutant in tests/mutants/*.patch; do field Patch "$mutant"; done |
		sort -u >"$DIR/mutated"
	sed -n '/^#/d; s/:.*//p' tests/mutants/none | sort >"$DIR/none"
	{
		for mutant in tests/mutants/*.patch; do
			[ "$(field Patch "$mutant" | wc -l)" = 1 ] ||
				echo "$mutant (without one line Patch:)"
		done
		comm -13 "$DIR/series" "$DIR/mutated" | sed 's/$/ (not in series)/'
		comm -13 "$DIR/series" "$DIR/none" | sed 's/$/ (in none, not in series)/'
		comm -12 "$DIR/none" "$DIR/mutated" | sed 's/$/ (in none, but has a mutant)/'
		sort "$DIR/none" "$DIR/mutated" | comm -23 "$DIR/series" - |
			sed 's/$/ (without a mutant, and not in none)/'
	} >"$DIR/wrong"
	cat "$DIR/wrong"
	[ ! -s "$DIR/wrong" ]
}

# build_kunit: build by kunit.py once, then by make, which is enough for a mutant.
build_kunit() {
	[ -e "$DIR/kunit-built" ] || (kunit_build "$TREE")
	touch "$DIR/kunit-built"
	ccached make -C "$TREE" ARCH=um O=build-kunit -j"$(nproc)" linux
}

# fails_KIND: print the failure lines of TREE.
fails_kunit() { fails_suite net_namespace; }
fails_sysctl() { fails_suite sysctl_test; }

fails_suite() {
	build_kunit >"$DIR/make" 2>&1 || {
		tail -n 20 "$DIR/make" >&2
		return 1
	}
	kunit_complaints "$TREE" "$1"
}

# A guest that is too slow kills no mutant: the case that runs then, and those after it, have
# not failed. If cases are named, KUnit does not run: it takes minutes on the debug kernel.
fails_boot() {
	local cases

	read -ra cases <<<"$CASES"
	if [ "$CASES" ]; then
		cases=("${cases[@]/#/--only-case=}" --append kunit.enable=0)
	else
		cases=("${FIXES[@]/#/--cases=}")
	fi
	"$TOP/tools/boot" --tree "$TREE" --config "$CONFIG" "${cases[@]}" "$@" |
		grep '^not ok' | grep -v -e ' # hang: ' -e ' # no result in the log$' || true
}

# stack/debug creates a hundred times as many namespaces.
fails_debug() { fails_boot --timeout 12000 --append "stress=100 case_seconds=9000"; }

# left_to_full KIND NR: true if only --full tests mutants of that kind. NR is the number of
# patterns. Boots need another kernel.
left_to_full() {
	[ -z "$FULL" ] || return
	[ "$1" = debug ] || [ "$1,$2" = boot,0 ]
}

caught() {	# MUTANT
	local kind expect said

	kind=$(field Check "$1")
	expect=$(field Expect "$1")
	CASES=$(field Cases "$1")
	[ "$CASES" ] || ! is_case "$expect" || CASES=$expect
	git -C "$TREE" reset -q --hard
	git -C "$TREE" apply "$1"
	said=$("fails_$kind")
	git -C "$TREE" reset -q --hard
	echo "$said"
	said=$(grep -F -m 1 -- "$expect" <<<"$said")
	echo "# ${1##*/}: killed by $kind: ${said#"${said%%[! ]*}"}" >&3
}

exec 3>&1
cd "$TOP"
check each_patch_has_a_mutant each_patch_has_a_mutant
lock "$CACHE/mutants.lock"
check prepare prepare
cd "$TOP"
STACK=$(tree_of "$TREE" HEAD)
[ $# != 0 ] || EVERY=15
for MUTANT in tests/mutants/*"${1-}"*.patch; do
	NAME=mutant_$(basename "$MUTANT" .patch)
	if left_to_full "$(field Check "$MUTANT")" $#; then
		LEFT_OUT+=("$NAME")
		continue
	fi
	CONFIG=$(config_of "$MUTANT")
	boot_inputs "$CONFIG"
	cached "$NAME" "$MUTANT" "$STACK" "${INPUTS[@]}" -- check "$NAME" caught "$TOP/$MUTANT"
done
left_out mutants
plan
