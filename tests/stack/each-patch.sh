#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# First the base kernel: exactly the lines about the initcall and its message fail, and the
# cases for bugs that the series fixes. Then the series up to each patch, the last first: the
# kernel builds without compiler warnings, boots, and passes the boot check. It passes the
# KUnit suite once that is added. /proc/sys/net has the same files as on the base kernel, in
# the same order, with the same modes and owners, and the same values in a new namespace.
# tools/check checks the patches.
#
# In: $FULL; skipped without. Out: KTAP. Exit status: 0 all passed, 1 not.
#
# Results are cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

full_only stack/each-patch

TREE=$CACHE/patches
# The lines about /proc/sys/net of the base kernel. Cached results need them.
SYSCTLS=$CACHE/passed/sysctls
# The cases for the bugs that the series fixes
FIXED=$(cd "$TOP/tests/guest/boot" && sed -n 's/^CASE(\(.*\))$/\1/p' "${FIXES[@]/%/.h}")

prepare() { own_tree patches; }

config() {		# COMMIT
	if git -C "$TREE" grep -q '^config NET_NAMESPACE_KUNIT_TEST$' "$1" -- net/Kconfig; then
		echo small,kunit
	else
		echo small
	fi
}

# fixed COMMIT: true if it has all patches of the parts that fix bugs.
fixed() {
	[ "$(git -C "$TREE" rev-list --count "base..$1")" -ge \
		"$(series_parts "$TOP/series" | cut -d' ' -f1 | grep -cxF "${FIXES[@]/#/-e}")" ]
}

# sysctls COMMIT: compare what tools/boot printed about them.
sysctls() {
	mkdir -p "${SYSCTLS%/*}"
	grep '^# sysctl: .*, sum ' "$DIR/boot" >"$DIR/sysctls" || return
	if [ "$1" = base ]; then
		cp "$DIR/sysctls" "$SYSCTLS"
	else
		diff "$SYSCTLS" "$DIR/sysctls"
	fi
}

boots() {
	local expected=$WITHOUT_INITCALL status=0 cases=("${FIXES[@]/#/--cases=}")

	if [ "$1" = base ]; then
		# One of them is a warning.
		expected+=$'\n'$FIXED$'\n'log_is_clean
	elif ! fixed "$1"; then
		cases=()
	fi
	git -C "$TREE" checkout -q --detach "$1"
	"$TOP/tools/boot" --tree "$TREE" --config "$(config "$1")" "${cases[@]}" \
		>"$DIR/boot" 2>&1 || status=$?
	cat "$DIR/boot"
	! grep -q 'compiler warnings' "$DIR/boot" || return 1
	sysctls "$1" || return 1
	[ $status = 0 ] && return
	# The lines about net_ns_init() fail until it is an initcall.
	grep -q '^pure_initcall(net_ns_init)' "$TREE/net/core/net_namespace.c" 2>/dev/null &&
		return 1
	[ "$(failed_cases "$DIR/boot")" = "$expected" ]
}

alone() {	# NAME COMMIT
	local sysctls=

	boot_inputs "$(config "$2")"
	[ "$2" = base ] || sysctls=$(cat "$SYSCTLS" || true)
	cached "$1" "$(tree_of "$TREE" "$2")" "${INPUTS[@]}" "=$sysctls" -- check "$1" boots "$2"
}

lock "$CACHE/patches.lock"
check prepare prepare
alone "the base kernel fails in the expected lines" base
for COMMIT in $(git -C "$TREE" rev-list base..refs/netns-core/applied); do
	alone "$(git -C "$TREE" log -1 --format=%s "$COMMIT")" "$COMMIT"
done
plan
