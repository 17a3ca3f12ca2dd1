#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/base. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

base_of() { git -C "$TREE" rev-parse base; }

nothing_left() { [ ! -e "$TREE" ] && [ -z "$(compgen -G "$DIR/cache/netns-core/base.*")" ]; }

# No distribution and no upstream, so that only what a test offers is there.
offline() {
	stub apt-get <<<'exit 100'
	stub apt-cache <<<'exit 100'
	sed -i 's|^UPSTREAM=.*|UPSTREAM=file:///nonexistent|' configs/pin
}

tarball() {
	tools/base --from "$DIR/toy.tar.xz"
	[ "$(git -C "$TREE" show base:lib/table.shipped)" = hidden ]
	[ -z "$(git -C "$TREE" status --porcelain)" ]
}

same_id() {
	local id

	tools/base --from "$DIR/toy.tar.xz"
	id=$(base_of)
	rm -rf "$TREE"
	GIT_AUTHOR_NAME=other tools/base --from "$DIR/toy"
	[ "$(base_of)" = "$id" ]
}

again() {
	tools/base --from "$DIR/toy.tar.xz"
	offline
	stub tar <<<'exit 1'
	tools/base
	tools/base --from "$DIR/toy.tar.xz"
	refuses "is there already" tools/base --from "$DIR/toy"
}

from_repository() {
	NETNS_BASE=$DIR/upstream tools/base
	[ "$(base_of)" = "$(git -C "$DIR/upstream" rev-parse 'v1.2.3^{commit}')" ]
	[ -f "$TREE/net/core.c" ]
}

from_cache() {
	offline
	mkdir -p "$DIR/cache/netns-core/dl"
	cp "$DIR/toy.tar.xz" "$DIR/cache/netns-core/dl/toy_1.2.3.orig.tar.xz"
	tools/base
}

cut_named() {
	head -c 600 "$DIR/toy.tar.xz" >"$DIR/cut.tar.xz"
	refuses "importing $DIR/cut.tar.xz: failed" tools/base --from "$DIR/cut.tar.xz"
	nothing_left
}

# xz's own sum is right; only the pin's tells that this is another file.
other_file_in_cache() {
	mkdir -p "$DIR/cache/netns-core/dl"
	tar -C "$DIR/toy" -cJf "$DIR/cache/netns-core/dl/toy_1.2.3.orig.tar.xz" .
	(offline; refuses "is damaged" tools/base)
	nothing_left
}

cut_in_cache() {
	mkdir -p "$DIR/cache/netns-core/dl"
	head -c 600 "$DIR/toy.tar.xz" >"$DIR/cache/netns-core/dl/toy_1.2.3.orig.tar.xz"
	stub apt-get <<<'exit 100'
	stub apt-cache <<<'exit 100'
	tools/base
	[ "$(base_of)" = "$(git -C "$DIR/upstream" rev-parse 'v1.2.3^{commit}')" ]
}

# A distribution that offers the versions given; what it gives is $DOWNLOAD.
distribution() {
	local v

	offline
	for v; do printf 'Package: toy\nVersion: %s\n\n' "$v"; done >"$DIR/showsrc"
	stub apt-cache <<<"cat $DIR/showsrc"
	stub apt-get <<-EOF
		v=\${!#}
		[ "\$v" = update ] || cp $DIR/\${DOWNLOAD:-toy.tar.xz} toy_\$(expr "\$v" : 'toy=\(.*\)-').orig.tar.xz
	EOF
}

from_distribution() {
	distribution 1.2.2-1 1.2.3-4~deb1 1.2.4-1
	tools/base
	[ -f "$DIR/cache/netns-core/dl/toy_1.2.3.orig.tar.xz" ]
	base_of
}

cut_from_distribution() {
	distribution 1.2.3-1
	head -c 600 "$DIR/toy.tar.xz" >"$DIR/cut.tar.xz"
	DOWNLOAD=cut.tar.xz refuses "is damaged" tools/base
	nothing_left
	[ -z "$(ls "$DIR/cache/netns-core/dl")" ]
}

near_version() {
	distribution 1.1.9-1 1.2.7-1 1.3.0-1
	tools/base
	[ -f "$DIR/cache/netns-core/dl/toy_1.2.7.orig.tar.xz" ]
	base_of
}

other_kernel() {
	cp -R "$DIR/toy" "$DIR/other"
	seq 300 361 >"$DIR/other/lib/sort.c"
	refuses "lib/sort.c" tools/base --from "$DIR/other"
	nothing_left
}

# lib/list.c is not edited by the first patch that reads it, only copied.
file_missing() {
	cp -R "$DIR/toy" "$DIR/other"
	rm "$DIR/other/lib/list.c"
	refuses "lib/list.c: it is not there" tools/base --from "$DIR/other"
}

file_in_the_way() {
	cp -R "$DIR/toy" "$DIR/other"
	echo >"$DIR/other/lib/list3.c"
	cat >patches/0004 <<-EOF
		diff --git a/lib/list3.c b/lib/list3.c
		new file mode 100644
		index 0000000..1111111
	EOF
	echo 0004 >series
	refuses "lib/list3.c" tools/base --from "$DIR/other"
}

other_patches() {
	tools/base --from "$DIR/toy.tar.xz"
	sed -i 's/^index [0-9a-f]*\(.*\)/index 1111111111\1/' patches/0003*
	refuses "not 1111111111" tools/base
}

no_space() {
	stub df <<<"printf 'Filesystem\nx 1 1 1048576 1%% /\n'"
	refuses "1 GB free" tools/base --from "$DIR/toy.tar.xz"
	nothing_left
}

# A write that fails, as on a full disk: no file may grow over 4 KiB.
disk_full() {
	(ulimit -f 4; refuses "failed" tools/base --from "$DIR/toy.tar.xz")
	nothing_left
}

no_xz() {
	PATH=$(path_without xz) refuses "xz is not installed" tools/base --from "$DIR/toy.tar.xz"
	rm -r "$DIR/few"
	PATH=$(path_without git) refuses "git is not installed" tools/base
}

# Killed while it unpacks, so that it cannot clean up.
killed() {
	stub tar <<-'EOF'
		/usr/bin/tar "$@"
		kill -9 "$(cut -d" " -f4 /proc/$PPID/stat)" "$PPID"
	EOF
	fails tools/base --from "$DIR/toy.tar.xz"
	[ ! -e "$TREE" ]
	rm "$DIR/bin/tar"
	tools/base --from "$DIR/toy.tar.xz"
	[ -z "$(compgen -G "$DIR/cache/netns-core/base.*")" ]
}

two_at_once() {
	tools/base --from "$DIR/toy.tar.xz" &
	tools/base --from "$DIR/toy.tar.xz"
	wait $!
}

worktree() {
	tools/base --from "$DIR/toy.tar.xz" --worktree "$DIR/cache/tag"
	[ "$(git -C "$DIR/cache/tag" rev-parse HEAD)" = "$(base_of)" ]
	tools/base --worktree "$DIR/cache/tag"
}

check "a tarball is taken whole, hidden files too" tarball
check "a directory and a tarball give the same commit" same_id
check "a base that is there is kept" again
check "a repository's tag is taken as it is" from_repository
check "the cache is used" from_cache
check "a tarball cut short is refused" cut_named
check "another file under a known name is refused" other_file_in_cache
check "a tarball cut short in the cache is passed over" cut_in_cache
check "the distribution's source package of this version is used" from_distribution
check "a download cut short is refused and not kept" cut_from_distribution
check "a version near is the last resort" near_version
check "another kernel is refused, the first file named" other_kernel
check "a missing file is named" file_missing
check "a file where the stack makes one is named" file_in_the_way
check "a base that does not fit other patches is refused" other_patches
check "too little space is said before anything is done" no_space
check "a full disk leaves nothing" disk_full
check "a missing command is named" no_xz
check "what a killed run left is not taken for good" killed
check "two runs at once" two_at_once
check "a work tree of the base" worktree
plan
