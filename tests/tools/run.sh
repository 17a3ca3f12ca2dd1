#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tests/run and .ci/run, in a project with two tests. In: nothing. Out: KTAP.
# Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# tools/setup is a stub that logs its arguments. A test is a stub that logs that it ran.
project() {
	mkdir -p tests/{tools,stack} .ci
	cp "$REAL_TOP/tests/run" tests/
	cp "$REAL_TOP/.ci/run" .ci/
	rm -f "$DIR/asked"
	a_test tools/one <<<'echo "ok 1 a"; echo "ok 2 b # SKIP no c"; echo 1..2'
	a_test stack/two <<<'echo "ok 1 d"; echo 1..1'
	printf '#!/bin/bash\necho "setup $*" >>%s/asked\n' "$DIR" >tools/setup
}

a_test() {
	{ echo '#!/bin/bash'; echo "echo $1 >>'$DIR/asked'"; cat; } >"tests/$1.sh"
	chmod +x "tests/$1.sh"
}

# These are all groups of configs/packages.
installs_first() {
	local groups

	groups=$(sed -nE 's/^([a-z0-9]+):.*/\1/p' "$REAL_TOP/configs/packages" | xargs)
	project
	tests/run --full | tail -n 2 | diff - <(printf '%s\n' 'Result: PASS' 'Skipped: 1')
	[ "$(sort "$DIR/asked")" = "setup $groups"$'\nstack/two\ntools/one' ]
}

# With the real tools/setup, and stubs of Debian's tools
cannot_install() {
	project
	cp "$REAL_TOP/tools/setup" tools/
	stub dpkg-query <<<true
	stub apt-get <<<"echo \"apt-get \$*\" >>'$DIR/asked'"
	stub id <<<'echo 1000'
	stub sudo <<<'exit 1'
	refuses 'sudo apt-get update && sudo apt-get install' tests/run
	[ ! -e "$DIR/asked" ]
}

lists() {
	project
	[ "$(tests/run --list)" = $'tools/one\nstack/two' ]
	[ "$(tests/run --list two)" = stack/two ]
	[ ! -e "$DIR/asked" ]
}

runs_some() {
	project
	tests/run two
	[ "$(sed 1d "$DIR/asked")" = stack/two ]
	tests/run two -- --dry >"$DIR/said"
	[ "$(cat "$DIR/said")" = $'tests/stack/two.sh\nSkipped: 0' ]
	exits 2 tests/run nope
	exits 2 tests/run --nope
}

# Each failed check counts, and so does a test that only exits with an error.
fails_if_one_does() {
	project
	a_test stack/two <<<'echo "not ok 1 d"; echo 1..1'
	exits 1 tests/run >"$DIR/said"
	grep -x 'not ok 1 d' "$DIR/said"
	grep 'tests/stack/two.sh .*Failed: 1' "$DIR/said"
	a_test stack/two <<<'echo "ok 1 d"; echo 1..1; exit 3'
	exits 1 tests/run >"$DIR/said"
	grep 'tests/stack/two.sh .*exited 3' "$DIR/said"
	a_test stack/two <<<'echo "ok 1 d"; exit'
	exits 1 tests/run >"$DIR/said"
	grep 'No plan found' "$DIR/said"
}

# The state is saved by each run.
those_that_failed() {
	project
	rm -f .prove
	a_test stack/two <<<'echo "not ok 1 d"; echo 1..1'
	exits 1 tests/run -- --state=failed
	[ ! -e "$DIR/asked" ]
	exits 1 tests/run
	rm "$DIR/asked"
	exits 1 tests/run -- --state=failed --state=save
	[ "$(sed 1d "$DIR/asked")" = stack/two ]
	a_test stack/two <<<'echo "ok 1 d"; echo 1..1'
	tests/run -- --state=failed,save
	rm "$DIR/asked"
	tests/run -- --state failed
	[ "$(sed 1d "$DIR/asked")" = "" ]
	exits 2 tests/run two -- --state=failed
	exits 2 tests/run --list -- --state=failed
}

full() {
	project
	a_test stack/two <<<'env | grep -x FULL=1 && echo "ok 1 d"; echo 1..1'
	tests/run --full
	fails tests/run
}

# meets OTHER: a test that passes if OTHER runs at the same time.
meets() {
	cat <<-EOF
		touch "$DIR/\${0##*/}.ran"
		for i in {1..30}; do [ ! -e "$DIR/$1.sh.ran" ] || break; sleep 0.1; done
		[ -e "$DIR/$1.sh.ran" ] || echo -n "not "
		echo "ok 1 d"; echo 1..1
	EOF
}

light_tests_run_beside_others() {
	project
	a_test stack/two < <(meets walk)
	a_test stack/walk < <(meets two)
	tests/run
	rm "$DIR"/*.ran
	exits 1 tests/run --full
}

by_ci() {
	project
	.ci/run | grep -x 'Result: PASS'
	[ "$(grep -c setup "$DIR/asked")" = 1 ]
}

# During a check with a child that hangs
interrupted() {
	local signal how

	project
	a_test stack/two <<-END
		. '$REAL_TOP/tests/ktap.sh'
		hang() { sleep 60 & echo \$\$ \$! >'$DIR/pids'; wait; }
		check hangs hang
		plan
	END
	for signal in INT TERM HUP; do
		for how in alone group; do
			end_by $signal $how tests/run
			fails grep -E 'not ok|Result|Skipped' "$DIR/said"
		done
	done
}

check 'missing packages are installed before the first test' installs_first
check 'if they cannot be installed, the line to type is printed and no test runs' cannot_install
check '--list needs no packages' lists
check 'a pattern selects tests' runs_some
check 'a failed check, a bad exit status, and a test without an end are failures' fails_if_one_does
check '--state=failed runs those that failed the last time' those_that_failed
check '--full reaches the tests' full
check 'a test that hardly builds anything runs beside another one' light_tests_run_beside_others
check '.ci/run only runs tests/run' by_ci
check 'a signal ends all processes, without a summary' interrupted
plan
