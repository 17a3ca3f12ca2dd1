#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/lib/rootfs, with stubs of Debian's tools. In: nothing. Out: KTAP. Exit
# status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# mmdebstrap logs its arguments to $DIR/asked, and makes a fake tar file.
debian() {
	mkdir -p tests/guest/clients
	printf '# tools\nfoo bar # why\nbaz\n' >tests/guest/clients/packages
	echo '#!/bin/sh' >tests/guest/clients/init
	rm -f "$DIR/asked"
	stub apt-get <<<'echo deb some-archive stable main'
	stub mmdebstrap <<-EOF
		echo "\$*" >>'$DIR/asked'
		tar=\$(grep -o '[^ ]*/rootfs.tar' <<<"\$*")
		cp '$PWD/tests/guest/clients/init' "\$tar"
	EOF
	# shellcheck disable=SC2016	# for the stub to expand
	stub mksquashfs <<<'cat >"$2"'
}

made() { [ "$(wc -l <"$DIR/asked")" = "$1" ]; }
images() { ls "$DIR"/cache/netns-core/rootfs-*.squashfs; }

# The number of files in the cache: the lock, and the image
left() { find "$DIR/cache/netns-core" -maxdepth 1 -name 'rootfs*' | wc -l; }

makes() {
	debian
	tools/lib/rootfs >"$DIR/said"
	grep -x "rootfs: $(images)" "$DIR/said"
	grep -e '--include=foo,bar,baz ' "$DIR/asked" | grep ' deb some-archive stable main$'
	cmp tests/guest/clients/init "$(images)"
	[ "$(left)" = 2 ]
}

no_change() {
	debian
	tools/lib/rootfs
	tools/lib/rootfs
	made 1
}

changes() {
	debian
	tools/lib/rootfs
	echo more >>tests/guest/clients/packages
	tools/lib/rootfs
	made 2
	echo true >>tests/guest/clients/init
	tools/lib/rootfs
	made 3
	stub apt-get <<<'echo deb other-archive stable main'
	tools/lib/rootfs
	made 4
	[ "$(images | wc -l)" = 1 ]
}

failure() {
	debian
	stub mmdebstrap <<<'echo "E: no such package"; exit 25'
	refuses 'E: no such package' tools/lib/rootfs
	[ "$(left)" = 1 ]
}

no_sources() {
	debian
	stub apt-get <<<true
	refuses 'apt-get update' tools/lib/rootfs
}

missing_tool() {
	debian
	rm "$DIR/bin/mmdebstrap"
	PATH=$DIR/bin:$(path_without mmdebstrap) refuses 'run: tools/setup clients' tools/lib/rootfs
}

check 'it is made from the packages, the sources and /init' makes
check 'without a change, nothing is done' no_change
check 'each change rebuilds it, and removes the old one' changes
check 'a failure is shown, and leaves nothing' failure
check 'without package sources, the command to run is printed' no_sources
check 'a missing tool is named, with the command to run' missing_tool
plan
