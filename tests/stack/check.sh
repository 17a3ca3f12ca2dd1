#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a maintainer's scripts say of the series: tools/check, whose lines these are.
# In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

applied >/dev/null
"$TOP/tools/check"
