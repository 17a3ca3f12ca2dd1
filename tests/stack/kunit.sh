#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The KUnit suites of the core and of sysctl under UML, by the tree's kunit.py:
# net/core/.kunitconfig enables lockdep, the reference tracker and SLUB debugging. kunit.py
# also takes the output of the tests of this repository. In:
# nothing. Out: KTAP. Exit status: 0 all passed, 1 not. Uses the work tree and the build of
# stack/mutants.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

prepare() {
	own_tree mutants
	kunit_build "$CACHE/mutants"
}

# It names errors in the same line.
kunit_parses_tests() {
	"$TOP/tests/tools/completion.sh" | "$CACHE/mutants/tools/testing/kunit/kunit.py" parse >"$DIR/parsed"
	cat "$DIR/parsed"
	grep -q 'Testing complete. Ran [1-9][0-9]* tests: passed: [0-9]*$' "$DIR/parsed"
}

lock "$CACHE/mutants.lock"
check kunit_builds prepare
check kunit_parses_tests kunit_parses_tests
check kunit_net_namespace kunit_passes "$CACHE/mutants" net_namespace
check kunit_sysctl_test kunit_passes "$CACHE/mutants" sysctl_test
plan
