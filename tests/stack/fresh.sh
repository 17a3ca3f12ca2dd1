#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# README's two commands on a fresh system: a chroot with a minimal Debian 12 or 13 and a
# clone, as root and as a plain user. For the plain user, the commands first print the line
# to type, which root then runs, with "y" as the answer to apt-get.
#
# usage: tests/stack/fresh.sh [SUITE-USER...]
#
#   SUITE-USER  such as trixie-plain (default bookworm-root, bookworm-plain, trixie-root
#               and trixie-plain)
#
# In: $FULL or operands; skipped without. Root, the last commit of this repository, and the
# machine's package sources. Each SUITE-USER needs 16 GB of disk and an hour or more. Out:
# KTAP, with the output of the commands as diagnostics. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# != 0 ] || full_only stack/fresh

# make_root SUITE: make $ROOT, a minimal system with a clone and a plain user.
make_root() {
	local archive

	archive=$(debian_archive)
	[ "$archive" ]
	# mmdebstrap also keeps the option in the root.
	mmdebstrap --variant=minbase --aptopt="$(apt_dates)" "$1" "$ROOT" "deb $archive $1 main"
	cp /etc/resolv.conf "$ROOT/etc"
	chroot "$ROOT" useradd --create-home plain
	git clone -q --no-hardlinks "$TOP" "$ROOT/srv/netns-core"
	chroot "$ROOT" chown -R "$PERSON:" /srv/netns-core
}

# inside PERSON COMMAND...: run it in $ROOT, in the clone, and kill leftover processes.
inside() {
	local person=$1
	shift
	# shellcheck disable=SC2016	# the inner shell expands these
	unshare --mount --pid --fork --kill-child -- bash -e -c '
		mount --rbind /dev "$1/dev"
		mount -t proc proc "$1/proc"
		mount -t tmpfs tmpfs "$1/tmp"
		root=$1 person=$2
		shift 2
		exec chroot "$root" setpriv --reuid "$person" --regid "$person" --init-groups \
			env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
			HOME="$(chroot "$root" sh -c "echo ~$person")" USER="$person" \
			sh -c "cd /srv/netns-core && exec \"\$@\"" sh "$@"
		' bash "$ROOT" "$person" "$@"
}

# types COMMAND: run it as $PERSON. For the plain user it first fails and prints a line,
# which root runs.
types() {
	local line status=0

	if [ "$PERSON" = plain ]; then
		! inside plain "$@" >"$DIR/printed" 2>&1 || return 1
		cat "$DIR/printed"
		line=$(sed -n 's/^ *\(sudo apt-get .*\)/\1/p' "$DIR/printed")
		[ "$line" ] || return 1
		inside root sh -c "${line//sudo /}" <<<y
	fi
	inside "$PERSON" "$@" >"$DIR/printed" 2>&1 || status=$?
	sed 's/^/# /' "$DIR/printed" >&3
	return $status
}

unpatched() {
	inside "$PERSON" tools/boot --unpatched >"$DIR/printed" 2>&1 || true
	cat "$DIR/printed"
	[ "$(failed_cases "$DIR/printed")" = "$WITHOUT_INITCALL" ]
}

exec 3>&1 </dev/null
[ $# != 0 ] || set -- bookworm-root bookworm-plain trixie-root trixie-plain
for WHERE; do
	PERSON=${WHERE#*-}
	ROOT=$CACHE/fresh-$WHERE
	lock "$ROOT.lock"
	rm -rf --one-file-system "$ROOT"
	check "${WHERE}_is_made" make_root "${WHERE%-*}"
	check "${WHERE}_tools_boot" types tools/boot
	check "${WHERE}_tests_run" types tests/run
	check "${WHERE}_unpatched_fails" unpatched
	rm -rf --one-file-system "$ROOT"
done
plan
