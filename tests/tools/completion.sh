#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/completion.bash. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# completed COMMAND WORD: the completions, separated by spaces.
completed() {
	cd "$REAL_TOP"
	# shellcheck disable=SC1091,SC2016
	bash -c '. tools/completion.bash; $(complete -p "$1" | sed "s/.*-F \([^ ]*\).*/\1/") "$@"
		echo "${COMPREPLY[*]}"' bash "$@"
}

options_of_boot() {
	[ "$(completed tools/boot --c)" = "--config --cases --cpus" ]
	[ "$(completed ./tools/boot --sh)" = --shell ]
	[ "$(completed tests/run --f)" = --full ]
	[ -z "$(completed tools/boot --nothing)" ]
}

# Files, by bash itself
other_words() { [ -z "$(completed tools/boot net)" ]; }

check "options are completed" options_of_boot
check "other words are left to bash" other_words
plan
