#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each patch alone, in order: checkpatch --strict is content; what it touches compiles
# without a warning that was not there before it, at W=1 and C=1 with gcc, with clang,
# as 32 bit, and without CONFIG_NET_NS; the kernel builds, boots and passes the boot
# check. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.
#
# What has passed is not tried again until the patch, one before it, or the test
# itself changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

TREE=$CACHE/patches

# What a change of the headers may break, beside what a patch touches
USERS="net/core/net-sysfs.o net/core/sock.o net/core/dev.o fs/proc/proc_net.o"

prepare() {
	own_tree patches
	rm -rf "$TREE"/build-warn-*
}

# key COMMIT: what the result of COMMIT's test follows from.
key() {
	{
		git -C "$TREE" rev-parse "$1^{tree}" "$1~^{tree}"
		git -C "$TREE" log -1 --format=%B "$1"
		cat "$0" "$TOP/tests/stack/lib.sh" "$TOP/configs"/{small,no-netns}.config
		cat "$TOP"/tests/boot/* "$TOP"/tools/*
		gcc --version
		clang --version
	} | digest
}

# The base comes without its history, so no commit that a changelog names is known.
# PATH: its Python scripts want the modules that the distribution brings.
checkpatch() {
	local said

	said=$(git -C "$TREE" format-patch -1 --stdout -M -C -B "$1" |
		PATH=/usr/bin:$PATH "$TREE/scripts/checkpatch.pl" --strict --no-summary --quiet \
			--ignore UNKNOWN_COMMIT_ID - 2>&1) || true
	echo "$said"
	[ -z "$said" ]
}

# objects COMMIT: of the .c files that COMMIT touches, and of the users of its headers.
objects() {
	git -C "$TREE" diff --name-only --diff-filter=d "$1~" "$1" -- '*.c' |
		grep -vE '_test\.c$|^drivers/infiniband|^net/(openvswitch|wireless|sched|netfilter)' |
		sed 's/c$/o/'
	git -C "$TREE" diff --quiet "$1~" "$1" -- '*.h' || tr ' ' '\n' <<<"$USERS"
}

# warnings KIND OBJECT...: print what the compiler and sparse say, without places.
warnings() {
	local kind=$1 out=$TREE/build-warn-$1 options=(CC="ccache gcc") fragments=(small)

	shift
	case $kind in
	gcc)	options+=(C=2) ;;
	clang)	options=(LLVM=1) ;;
	i386)	options+=(ARCH=i386) ;;
	no-netns) fragments+=(no-netns) ;;
	esac
	if [ ! -f "$out/.config" ]; then
		mkdir -p "$out"
		echo '*' >"$out/.gitignore"
		(cd "$TOP/configs" && cat "${fragments[@]/%/.config}") >"$out/fragment"
		[ "$kind" != i386 ] || sed -i '/CONFIG_64BIT/d' "$out/fragment"
		make -C "$TREE" O="$out" "${options[@]}" \
			KCONFIG_ALLCONFIG="$out/fragment" allnoconfig >"$out/log" 2>&1
	fi
	(cd "$out" && rm -f "$@")
	make -C "$TREE" O="$out" "${options[@]}" W=1 -k -j"$(nproc)" "$@" >"$out/log" 2>&1 ||
		echo "$out/log:0: error: does not compile" >>"$out/log"
	sed -nE 's/^([^: ]+):[0-9]+(:[0-9]+)?: ((fatal )?error|warning): /'"$kind"' \1: /p' \
		"$out/log" | sort -u
}

# Only what the patch adds counts: compare with the commit before it.
no_new_warning() {
	local kind objects

	mapfile -t objects < <(objects "$1" | sort -u)
	[ ${#objects[@]} != 0 ] || return 0
	for kind in gcc clang i386 no-netns; do
		git -C "$TREE" checkout -q --detach "$1"
		warnings "$kind" "${objects[@]}" >"$DIR/after"
		[ -s "$DIR/after" ] || continue
		! grep 'does not compile$' "$DIR/after" || return 1
		git -C "$TREE" checkout -q --detach "$1~"
		warnings "$kind" "${objects[@]}" >"$DIR/before"
		comm -13 "$DIR/before" "$DIR/after" >"$DIR/new"
		cat "$DIR/new"
		[ ! -s "$DIR/new" ] || return 1
	done
}

boots() {
	local fails="" status=0

	git -C "$TREE" checkout -q --detach "$1"
	"$TOP/tools/boot" --tree "$TREE" --config small --log "$CACHE/log/patch.log" \
		>"$DIR/boot" 2>&1 || status=$?
	cat "$DIR/boot"
	! grep -q 'compiler warnings' "$DIR/boot" || return 1
	[ $status = 0 ] && return
	# Before net_ns_init() is an initcall, the lines about it cannot pass.
	grep -q '^pure_initcall(net_ns_init)' "$TREE/net/core/net_namespace.c" 2>/dev/null &&
		return 1
	fails=$(awk '/^not ok / { print $4 }' "$DIR/boot")
	[ "$fails" = "$UNPATCHED_FAILS" ]
}

alone() {
	checkpatch "$1"
	no_new_warning "$1"
	boots "$1"
	remember "$(key "$1")"
}

check prepare prepare
for COMMIT in $(git -C "$TREE" rev-list --reverse base..refs/netns-core/applied); do
	TITLE=$(git -C "$TREE" log -1 --format=%s "$COMMIT")
	if passed_before "$(key "$COMMIT")"; then
		check "$TITLE" echo "passed before"
	else
		check "$TITLE" alone "$COMMIT"
	fi
done
plan
