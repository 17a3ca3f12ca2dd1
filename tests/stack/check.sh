#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# netdev's checks on the series, by tools/check. In: $FULL: build each patch, and the whole
# kernel; without, build the series at once. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

applied >/dev/null
"$TOP/tools/check" "$([ "$FULL" ] && echo --full || echo --quick)"
leaves_out "the build of each patch, build_clang, build_32bit, build_no_sysctl, coccicheck, and the whole kernel"
