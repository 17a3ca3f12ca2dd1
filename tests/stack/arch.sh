#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The boot check and KUnit on other architectures: arm64, i386 with 32 bit, and s390x, which is
# big endian.
#
# In: $FULL; skipped without. Out: KTAP, with the lines of each boot as diagnostics. Exit
# status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

full_only stack/arch

exec 3>&1
for ARCH in arm64 i386 s390x; do
	check "boot_$ARCH" boots --config boot,kunit --arch "$ARCH" --timeout 900
done
plan
