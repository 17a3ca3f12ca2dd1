#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/lib/initramfs, with a stub of gen_init_cpio. In: nothing. Out: KTAP. Exit
# status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# The stub logs that it runs, and ends when $DIR/go exists. Its archive is the list, twice.
packer() {
	mkdir -p build/usr
	cat >build/usr/gen_init_cpio <<-END
		#!/bin/bash
		cat "\$3"
		echo >>'$DIR/packed'
		for i in {1..100}; do [ ! -e '$DIR/go' ] || break; sleep 0.1; done
		cat "\$3"
	END
	chmod +x build/usr/gen_init_cpio
	echo >one
	echo >two
	rm -f "$DIR/packed" "$DIR/go"
}

PACK=(tools/lib/initramfs --out "$DIR/cache/cpio" --build build)

packs() {
	packer
	touch "$DIR/go"
	"${PACK[@]}" --init one
	grep 'file /init one 0755' "$DIR/cache/cpio"
	"${PACK[@]}" --init two --with one --with two
	grep 'file /init two 0755' "$DIR/cache/cpio"
	grep 'file /one one 0644' "$DIR/cache/cpio"
	grep 'file /two two 0644' "$DIR/cache/cpio"
	exits 2 tools/lib/initramfs --build build
	exits 2 tools/lib/initramfs --out
}

# The archive is kept.
fails_to_pack() {
	packs
	echo exit 1 >>build/usr/gen_init_cpio
	refuses 'gen_init_cpio failed' "${PACK[@]}" --init one
	grep 'file /init two 0755' "$DIR/cache/cpio"
}

two_at_once() {
	local first second

	packer
	"${PACK[@]}" --init one &
	first=$!
	appears "$DIR/packed"
	"${PACK[@]}" --init two 2>"$DIR/said" &
	second=$!
	says "waiting for process $first (" "$DIR/said"
	touch "$DIR/go"
	wait $first
	wait $second
	[ "$(grep -c 'file /init two ' "$DIR/cache/cpio")" = 2 ]
	fails grep 'file /init one ' "$DIR/cache/cpio"
}

# The program is built again when the harness of the build's tree changes.
harness_is_input() {
	local selftests=$PWD/tools/testing/selftests

	packer
	touch "$DIR/go"
	mkdir -p "$selftests" tests/guest
	cp -R "$REAL_TOP/tests/guest/boot" tests/guest/
	touch -d yesterday "$selftests"/kselftest{,_harness}.h
	stub gcc <<-END
		echo "\$*" >>'$DIR/compiled'
		while [ "\$1" != -o ]; do shift; done
		touch "\$2"
	END
	rm -f "$DIR/compiled"
	"${PACK[@]}"
	"${PACK[@]}"
	[ "$(wc -l <"$DIR/compiled")" = 1 ]
	grep -F -- "-isystem $selftests " "$DIR/compiled"
	touch -d tomorrow "$selftests/kselftest_harness.h"
	"${PACK[@]}"
	[ "$(wc -l <"$DIR/compiled")" = 2 ]
}

check 'the program and other files are packed' packs
check 'a failure keeps the archive' fails_to_pack
check 'the program is built with the harness of the kernel tree' harness_is_input
check 'two at once: the second waits' two_at_once
plan
