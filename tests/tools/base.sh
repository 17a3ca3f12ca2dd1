#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/base. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# The pin's package is linux-source-1.2 1.2.3-1. Its tarball is the toy kernel with the
# version in its Makefile.
tarball_of() {	# VERSION
	local dir

	dir=$(mktemp -d "$DIR/tarball.XXXXXX")
	cp -R "$DIR/toy" "$dir/linux-source-1.2"
	printf 'VERSION = 1\nPATCHLEVEL = %s\nSUBLEVEL = %s\n' \
		"$(cut -d. -f2 <<<"${1%-*}")" "$(cut -d. -f3 <<<"${1%-*}")" \
		>>"$dir/linux-source-1.2/Makefile"
	tar -C "$dir" -cJf "$DIR/tarball-$1.tar.xz" linux-source-1.2
	rm -rf "$dir"
}

tarball_of 1.2.3-1
cat >>"$DIR/fresh/configs/pin" <<EOF
SUITE=toy-backports
PACKAGE=linux-source-1.2
PACKAGE_VERSION=1.2.3-1
PACKAGE_SHA256=$(sha256sum "$DIR/tarball-1.2.3-1.tar.xz" | cut -d' ' -f1)
EOF
DL=$DIR/cache/netns-core/dl
CACHED=$DL/linux-source-1.2_1.2.3-1.tar.xz

base_of() { git -C "$TREE" rev-parse base; }

nothing_left() { [ ! -e "$TREE" ] && [ -z "$(compgen -G "$TREE.*")" ]; }

# No apt archives and no upstream, so that the only sources are those of a test.
offline() {
	sed -i 's|^UPSTREAM=.*|UPSTREAM=file:///nonexistent|' configs/pin
	no_archive
}

no_archive() {
	rm -rf "$DIR/debian"
	mkdir -p "$DIR"/debian/sources.list.d
	cat >"$DIR/debian/apt.conf" <<-EOF
		Dir::Etc::SourceList "$DIR/debian/sources.list";
		Dir::Etc::SourceParts "$DIR/debian/sources.list.d";
	EOF
	export APT_CONFIG=$DIR/debian/apt.conf
}

# deb VERSION: $DIR/debian/linux-source-1.2_VERSION_all.deb, with $DIR/tarball-VERSION.tar.xz
deb() {
	local dir=$DIR/debian/deb

	[ -f "$DIR/tarball-$1.tar.xz" ] || tarball_of "$1"
	rm -rf "$dir"
	mkdir -p "$dir"/{DEBIAN,usr/src}
	cp "$DIR/tarball-$1.tar.xz" "$dir/usr/src/linux-source-1.2.tar.xz"
	printf '%s\n' 'Package: linux-source-1.2' "Version: $1" 'Architecture: all' \
		'Maintainer: Toy <toy@toy.invalid>' 'Description: toy' >"$dir/DEBIAN/control"
	dpkg-deb -Znone --root-owner-group -b "$dir" "$DIR/debian/linux-source-1.2_$1_all.deb"
}

# archive VERSION...: a Debian archive with these versions in backports. Its only entry
# names another suite.
archive() {
	local arch v deb suite=$DIR/debian/dists/toy-backports packages

	no_archive
	arch=$(dpkg --print-architecture)
	packages=main/binary-$arch/Packages
	mkdir -p "$suite/${packages%/*}"
	for v; do
		deb "$v"
		deb=linux-source-1.2_${v}_all.deb
		dpkg-deb -f "$DIR/debian/$deb"
		printf '%s\n' "Filename: $deb" "Size: $(stat -c %s "$DIR/debian/$deb")" \
			"SHA256: $(sha256sum <"$DIR/debian/$deb" | cut -d' ' -f1)" ''
	done >"$DIR/debian/Packages"
	grep -v '^dpkg-deb: building' "$DIR/debian/Packages" >"$suite/$packages"
	printf '%s\n' 'Suite: toy-backports' 'Components: main' "Architectures: $arch" 'SHA256:' \
		" $(sha256sum <"$suite/$packages" | cut -d' ' -f1) $(stat -c %s "$suite/$packages") $packages" \
		>"$suite/Release"
	echo "deb [trusted=yes] copy:$DIR/debian toy main contrib" >"$DIR/debian/sources.list"
}

# is_linux VERSION: true if the base is that version of the toy kernel.
is_linux() { [ "$(git -C "$TREE" log -1 --format=%s base)" = "Linux $1" ]; }
is_upstream() { [ "$(base_of)" = "$(git -C "$DIR/upstream" rev-parse 'v1.2.3^{commit}')" ]; }

# fill_cache [BYTES]: with the pin's tarball, or the beginning of it.
fill_cache() {
	mkdir -p "$DL"
	head -c "${1:-1M}" "$DIR/tarball-1.2.3-1.tar.xz" >"$CACHED"
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
	refuses "already exists" tools/base --from "$DIR/toy"
}

from_repository() {
	NETNS_BASE=$DIR/upstream tools/base
	is_upstream
	[ -f "$TREE/net/core.c" ]
}

# Debian has it, too, and a newer one.
from_cache() {
	archive 1.2.3-1 1.2.4-1
	fill_cache
	stub apt-get <<<"touch $DIR/ran; exit 100"
	tools/base
	is_linux 1.2.3
	[ ! -e "$DIR/ran" ]
}

cut_named() {
	head -c 600 "$DIR/toy.tar.xz" >"$DIR/cut.tar.xz"
	refuses "importing $DIR/cut.tar.xz: failed" tools/base --from "$DIR/cut.tar.xz"
	nothing_left
}

# xz's checksum is right, but not the pin's.
other_file_in_cache() {
	offline
	mkdir -p "$DL"
	cp "$DIR/toy.tar.xz" "$CACHED"
	refuses "$CACHED is damaged, or not the tarball of linux-source-1.2 1.2.3-1" tools/base
	nothing_left
}

damaged_cache_replaced() {
	archive 1.2.3-1
	fill_cache 600
	tools/base 2>&1 | tee "$DIR/said"
	grep -F "$CACHED is damaged" "$DIR/said"
	is_linux 1.2.3
	cmp "$CACHED" "$DIR/tarball-1.2.3-1.tar.xz"
}

# The cache has a tarball under the name of another version.
other_version_in_cache() {
	offline
	mkdir -p "$DL"
	cp "$DIR/toy.tar.xz" "$DL/linux-source-1.2_1.2.2-1.tar.xz"
	refuses "no source has v1.2.3" tools/base
}

from_debian() {
	archive 1.2.2-1 1.2.3-1 1.2.3-2 1.2.4-1
	tools/base
	is_linux 1.2.3
	cmp "$CACHED" "$DIR/tarball-1.2.3-1.tar.xz"
	[ "$(ls "$DL")" = "${CACHED##*/}" ]
}

# The archive's checksum is right, but not the pin's. The next source is tried.
other_file_from_debian() {
	archive 1.2.3-1
	sed -i 's/^\(PACKAGE_SHA256=\).*/\11111/' configs/pin
	tools/base 2>&1 | tee "$DIR/said"
	grep -F "is damaged, or not the tarball of linux-source-1.2 1.2.3-1" "$DIR/said"
	is_upstream
	[ -z "$(ls "$DL")" ]
}

# It is tried before upstream, and not cached: its checksum is not known.
near_version() {
	archive 1.1.9-1 1.2.6-1 1.2.7-1 1.3.0-1
	tools/base
	is_linux 1.2.7
	[ -z "$(ls "$DL")" ]
}

# As if the last patch were made for another lib/list.c.
other_stack() {
	sed -i 's/^index [0-9a-f]*\(.*\)/index 1111111111\1/; 0,/^ 211$/s//&x/' patches/0003*
}

# A version of the same stable series to which a patch does not apply.
near_does_not_apply() {
	other_stack
	cp -R "$DIR/upstream" "$DIR/other"
	sed -i 's/^211$/&x/' "$DIR/other/lib/list.c"
	git -C "$DIR/other" commit -q -a -m other
	git -C "$DIR/other" tag -f v1.2.3
	sed -i "s|^UPSTREAM=.*|UPSTREAM=file://$DIR/other|" configs/pin
	archive 1.2.7-1
	tools/base 2>&1 | tee "$DIR/said"
	grep -F "patches/0003-lib-new-sort-gr-er.patch does not apply to this base: lib/list" "$DIR/said"
	[ "$(base_of)" = "$(git -C "$DIR/other" rev-parse HEAD)" ]
}

# An archive is trusted only if its entry has "trusted" or a key.
not_trusted() {
	archive 1.2.3-1
	sed -i 's/ \[trusted=yes\]//' "$DIR/debian/sources.list"
	tools/base
	is_upstream
}

# entries NAME: read apt entries on stdin, and write those for the private apt to
# $DIR/debian/read.
entries() {
	no_archive
	cat >"$DIR/debian/sources.list.d/$1"
	stub apt-get <<-EOF
		for a; do case \$a in *SourceParts=*) cat "\${a#*=}"/* >$DIR/debian/read; esac; done
		exit 100
	EOF
	tools/base
	cat "$DIR/debian/read"
}

one_line_entries() {
	entries old.list <<-EOF
		# deb http://one.invalid/debian toy main
		deb-src http://two.invalid/debian toy main
		deb cdrom:[Toy 1.2 main]/ toy main
		deb [ arch=all signed-by=/key ] http://three.invalid/debian/ toy main contrib
		deb [ arch=all signed-by=/key ] http://three.invalid/debian/ toy-updates main
		 deb	http://four.invalid/debian toy contrib main
		deb http://security.invalid/debian-security toy-security main
		deb http://five.invalid/debian toy contrib
	EOF
	cmp "$DIR/debian/read" - <<-EOF
		deb [ arch=all signed-by=/key ] http://three.invalid/debian/ toy-backports main
		deb http://four.invalid/debian toy-backports main
	EOF
}

deb822_entries() {
	entries debian.sources <<-EOF
		Types: deb deb-src
		# security is not here
		URIs: http://one.invalid/debian
		suites: toy
		 toy-updates
		Components: main contrib
		Signed-By:
		 -----BEGIN
		 .
		 key

		Types: deb
		URIs: http://one.invalid/debian-security
		Suites: toy-security
		Components: main

		Types: deb
		URIs: http://two.invalid/debian
		Suites: toy
		Components: contrib
		Signed-By: /key
	EOF
	cmp "$DIR/debian/read" - <<-EOF
		Types: deb
		Suites: toy-backports
		URIs: http://one.invalid/debian
		Components: main contrib
		Signed-By:
		 -----BEGIN
		 .
		 key

	EOF
}

named_deb() {
	no_archive
	deb 1.2.4-1
	NETNS_BASE=$DIR/debian/linux-source-1.2_1.2.4-1_all.deb tools/base
	is_linux 1.2.4
	[ -z "$(ls "$DL")" ]
}

deb_of_other_things() {
	no_archive
	deb 1.2.4-1
	rm -r "$DIR/debian/deb/usr"
	dpkg-deb -b "$DIR/debian/deb" "$DIR/debian/other.deb"
	refuses "importing $DIR/debian/other.deb: failed" tools/base --from "$DIR/debian/other.deb"
	nothing_left
}

# Debian's .gitignore excludes all files except for its own.
new_file_is_seen() {
	cp -R "$DIR/toy" "$DIR/other"
	printf '/*\n!/debian/\n*.o\n' >"$DIR/other/.gitignore"
	tools/base --from "$DIR/other"
	touch "$TREE"/new.{c,o}
	[ "$(git -C "$TREE" status --porcelain)" = "?? new.c" ]
}

# Other lines of a file may differ, unless a patch removes or rewrites it.
near_kernel() {
	cp -R "$DIR/toy" "$DIR/other"
	sed -i '1i first' "$DIR/other/lib/list.c"
	tools/base --from "$DIR/other" 2>&1 | tee "$DIR/said"
	grep 'all patches apply, but .* these files of the base: lib/list.c$' "$DIR/said"
	[ "$(git -C "$TREE" show base:lib/list.c | head -n 1)" = first ]
}

# A repository with a near kernel at HEAD, and another kernel at a branch
near_repository() {
	near_kernel
	rm -rf "$TREE"
	git -C "$DIR/other" init -q -b main
	git -C "$DIR/other" add -A
	git -C "$DIR/other" commit -q -m near
	git -C "$DIR/other" checkout -q -b far
	seq 300 361 >"$DIR/other/lib/sort.c"
	git -C "$DIR/other" commit -q -a -m far
	refuses "does not apply to this base: lib/sort.c" tools/base --from "$DIR/other"
	tools/base --from "$DIR/other#main"
	[ "$(git -C "$TREE" log -1 --format=%s base)" = near ]
	rm -rf "$TREE"
	git -C "$DIR/other" checkout -q main
	tools/base --from "$DIR/other"
	[ "$(git -C "$TREE" log -1 --format=%s base)" = near ]
	rm -rf "$TREE"
	git -C "$DIR/other" tag v1.2.3 far
	refuses "does not apply to this base: lib/sort.c" tools/base --from "$DIR/other"
	refuses "fetching from $DIR/other#nope: failed" tools/base --from "$DIR/other#nope"
}

other_kernel() {
	cp -R "$DIR/toy" "$DIR/other"
	seq 300 361 >"$DIR/other/lib/sort.c"
	refuses "patches/0003-lib-new-sort-gr-er.patch does not apply to this base: lib/sort.c" \
		tools/base --from "$DIR/other"
	nothing_left
}

# A context line differs, in a hunk of a copy of the file.
no_fuzz() {
	cp -R "$DIR/toy" "$DIR/other"
	sed -i 's/^253$/&x/' "$DIR/other/lib/list.c"
	refuses "patches/0002-net-a-core-that-is-made-afresh" tools/base --from "$DIR/other"
	grep -F "does not apply to this base: lib/list2.c" "$DIR/said"
	nothing_left
}

# The first patch that reads lib/list.c only copies it.
file_missing() {
	cp -R "$DIR/toy" "$DIR/other"
	rm "$DIR/other/lib/list.c"
	refuses "does not apply to this base: lib/list.c" tools/base --from "$DIR/other"
	grep 'lib/list.c: does not exist' "$DIR/said"
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
	refuses "patches/0004 does not apply to this base: lib/list3.c" tools/base --from "$DIR/other"
	grep 'lib/list3.c: already exists' "$DIR/said"
}

# The base is not written to. git only changes the time stamp of a pack that it reads.
other_patches() {
	tools/base --from "$DIR/toy.tar.xz"
	other_stack
	touch "$DIR/before"
	refuses "patches/0003-lib-new-sort-gr-er.patch does not apply" tools/base
	[ -z "$(find "$TREE" -newer "$DIR/before" ! -name '*.pack')" ]
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
	[ -z "$(compgen -G "$TREE.*")" ]
}

two_at_once() {
	tools/base --from "$DIR/toy.tar.xz" &
	tools/base --from "$DIR/toy.tar.xz"
	wait $!
}

worktree() {
	tools/base --from "$DIR/toy.tar.xz" --worktree
	[ "$(git -C "$TAG_TREE" rev-parse HEAD)" = "$(base_of)" ]
	tools/base --worktree
	git -C "$TAG_TREE" commit -q --allow-empty -m edited
	refuses "$TAG_TREE is not the base" tools/base --worktree
}

# debian_check NAME COMMAND: check, skipped without apt.
debian_check() {
	if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
		check "$@"
	else
		COUNT=$((COUNT + 1))
		echo "ok $COUNT $1 # SKIP no apt"
	fi
}

check "a tarball is imported completely, with ignored files" tarball
check "a directory and a tarball give the same commit" same_id
check "a new file is seen in Debian's sources" new_file_is_seen
check "an existing base is kept" again
check "a repository's tag is used as it is" from_repository
check "a truncated tarball is refused" cut_named
check "another file under the cached tarball's name is refused" other_file_in_cache
check "another version in the cache is not used" other_version_in_cache
debian_check "the cache is used before Debian's package" from_cache
debian_check "a damaged tarball in the cache is reported and replaced" damaged_cache_replaced
debian_check "Debian's package of this version is used and kept" from_debian
debian_check "a package that is not the pin's is not used or kept" other_file_from_debian
debian_check "another version of the series comes before upstream" near_version
debian_check "upstream is used if patches do not apply to the other version" near_does_not_apply
debian_check "an archive is not trusted without a key" not_trusted
debian_check "one-line entries get the pin's suite" one_line_entries
debian_check "deb822 entries get the pin's suite" deb822_entries
debian_check "a .deb is taken" named_deb
debian_check "a .deb without a tarball is refused" deb_of_other_things
check "a kernel to which all patches apply is used, and the files that differ are named" near_kernel
check "a repository without the tag, and a revision of one" near_repository
check "another kernel is refused, the patch and the file named" other_kernel
check "a patch does not apply with fuzz" no_fuzz
check "a missing file is named" file_missing
check "an existing file that a patch adds is named" file_in_the_way
check "an existing base to which new patches do not apply is refused" other_patches
check "too little disk space is reported first" no_space
check "a full disk leaves nothing" disk_full
check "a missing command is named" no_xz
check "the files of a killed run are not used" killed
check "two runs at once" two_at_once
check "a work tree of the base" worktree
plan
