#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The semantic patch of the series: on the base kernel it makes the same conversion as the
# series. On the series it reports nothing, in any mode. In: nothing. Out: KTAP. Exit
# status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

STACK=refs/netns-core/applied
SCRIPT=scripts/coccinelle/api/net_lock.cocci

# users COMMIT: print the files that use the lock, except for the core and the script.
users() { git -C "$LINUX" grep -l net_rwsem "$1" -- '*.[ch]' ':!net/core' ':!include' | cut -d: -f2; }

spatch_in() {	# DIRECTORY MODE ARGUMENT...
	local dir=$1 mode=$2
	shift 2
	(cd "$dir" && spatch --very-quiet -D "$mode" --no-includes --include-headers \
		--sp-file "$DIR/stack/$SCRIPT" "$@")
}

prepare() {
	applied
	mapfile -t USERS < <(users base)
	[ ${#USERS[@]} = 6 ]
	export_files "$LINUX" base "$DIR/base" "${USERS[@]}"
	export_files "$LINUX" "$STACK" "$DIR/stack" "${USERS[@]}" "$SCRIPT" net/core include/net
}

converts() {
	mapfile -t USERS < <(users base)
	spatch_in "$DIR/base" patch --in-place "${USERS[@]}" >/dev/null
	for f in "${USERS[@]}"; do diff -u "$DIR/stack/$f" "$DIR/base/$f"; done
}

finds() {	# MODE
	export_files "$LINUX" base "$DIR/base-$1" security/selinux/include/xfrm.h
	spatch_in "$DIR/base-$1" "$1" security/selinux/include/xfrm.h | grep net_
}

silent() {	# MODE
	local said

	said=$(spatch_in "$DIR/stack" "$1" --dir . 2>&1 | grep -v '^[0-9]* files match$' || true)
	echo "$said"
	[ -z "$said" ]
}

check prepare prepare
check patch_mode_makes_the_conversion converts
for MODE in patch context org report; do
	check "${MODE}_finds_users_in_the_base" finds $MODE
	check "${MODE}_finds_nothing_in_the_series" silent $MODE
done
plan
