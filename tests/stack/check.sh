#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# netdev's checks on the series, by tools/check. In: $FULL: build the whole kernel, too.
# Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

applied >/dev/null
"$TOP/tools/check" ${FULL:+--full}
