#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The series in random configurations of the kernel: each compiles and links, without a
# warning that the base kernel does not have.
#
# usage: tests/stack/randconfig.sh [SEED...]
#
#   SEED  a number (default 1 to 20)
#
# In: $FULL or operands; skipped without. Out: KTAP; the seeds are in the names of the checks.
# Exit status: 0 all passed, 1 not.
#
# Results are cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# != 0 ] || full_only stack/randconfig

TREE=$CACHE/patches

builds() { "$TOP/tools/lib/new-warnings" --since base --seed "$1" "$TREE" refs/netns-core/applied; }

lock "$CACHE/check.lock"
lock "$CACHE/patches.lock"
check prepare own_tree patches
[ $# != 0 ] || set -- {1..20}
for SEED; do
	check "random_configuration_$SEED" builds "$SEED"
done
plan
