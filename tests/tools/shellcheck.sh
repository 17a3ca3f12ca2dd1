#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run shellcheck on each script. In: nothing. Out: KTAP. Exit status: 0 no warnings, 1 some.

# shellcheck source=tests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

cd "$(dirname "$0")/../.."
mapfile -t SCRIPTS < <(git ls-files -co --exclude-standard tools tests .ci |
	xargs grep -lE '^#!/bin/bash|shellcheck shell=bash')
for SCRIPT in "${SCRIPTS[@]}"; do
	check "shellcheck $SCRIPT" shellcheck -x "$SCRIPT"
done
plan
