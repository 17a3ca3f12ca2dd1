#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's selftests that tools/lib/selftests installed, run by run_kselftest.sh.
# In: selftests.list.

# shellcheck source=tests/guest/clients/lib.sh
. ./lib.sh
# shellcheck disable=SC2034	# for lib.sh
LIMIT=300

# The runner's exit status does not show failed and skipped tests: read its KTAP.
selftest() {
	local out

	out=$(cd selftests && ./run_kselftest.sh --test "$1" 2>&1) || true
	printf '%s\n' "$out"
	case $out in
	*$'\n'"ok 1 selftests"*"# SKIP"*)
		grep -E '^# .*(SKIP|skip|not|need)' <<<"$out" | grep -v selftests: | tail -n 1 | sed 's/^# //; s/^SKIP: //'
		return 4 ;;
	*$'\n'"ok 1 selftests"*) ;;
	*)	return 1 ;;
	esac
}

# A line of the list: DIRECTORY:TEST, the arguments of the test, and "full" if it runs
# with --full only.
while read -r test words; do
	case $test,$words in
	,|*+*|'#'*) continue ;;
	*,full) [ -s full ] || continue
		words= ;;
	esac
	name=${test#*:}
	name=${name^^}
	export "KSELFTEST_${name//[^A-Z0-9]/_}_ARGS=$words"
	client "${test/:/ }${words:+ $words}" "selftest $test"
done <selftests.list
client 'no namespace leaked' no_leak
