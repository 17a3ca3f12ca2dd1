#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What shellcheck says of each script. In: nothing. Out: KTAP. Exit status: 0 it is
# content with all, 1 not.

set -uo pipefail

cd "$(dirname "$0")/../.." || exit
mapfile -t SCRIPTS < <(git ls-files -co --exclude-standard tools tests .ci |
	xargs grep -lE '^#!/bin/bash|shellcheck shell=bash')
COUNT=0
BAD=0
for SCRIPT in "${SCRIPTS[@]}"; do
	COUNT=$((COUNT + 1))
	if SAID=$(shellcheck -x "$SCRIPT" 2>&1); then
		echo "ok $COUNT shellcheck $SCRIPT"
	else
		BAD=$((BAD + 1))
		printf '# %s\n' "$SAID"
		echo "not ok $COUNT shellcheck $SCRIPT"
	fi
done
echo "1..$COUNT"
[ $BAD = 0 ]
