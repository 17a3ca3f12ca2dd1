#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/package, with stubs of the other tools and of make. In: nothing. Out: KTAP.
# Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# make logs its arguments, and makes a package. As the kernel's does, it adds a plus sign to the
# version unless LOCALVERSION is set.
stubs() {
	local name

	for name in setup base apply; do
		stub $name <<<"echo $name \"\$@\" >>'$DIR/asked'"
		mv "$DIR/bin/$name" tools/
	done
	for name in dpkg-buildpackage dh rsync; do stub $name </dev/null; done
	stub df <<<'printf "%s\n" head "x 1 1 99999999 1% /"'
	stub make <<-END
		echo "make \${*: -1}" >>'$DIR/asked'
		[ ! -e '$DIR/fails' ] || exit 2
		[ "\${*: -1}" != bindeb-pkg ] ||
			echo deb >'$TREE/build-package/linux-image-1.2.3-netns-core'\${LOCALVERSION-+}_1.2.3-1_amd64.deb
	END
	rm -f "$DIR/asked" "$DIR/fails"
	mkdir -p "$TREE/scripts"
	echo '#!/bin/sh' >"$TREE/scripts/config"
	chmod +x "$TREE/scripts/config"
	echo CONFIG_NET=y >"$DIR/config"
}

builds() {
	stubs
	tools/package --config-file "$DIR/config" --out "$DIR/out" | tee "$DIR/said"
	grep -x "package: $DIR/out/linux-image-1.2.3-netns-core_1.2.3-1_amd64.deb" "$DIR/said"
	[ -s "$DIR/out/linux-image-1.2.3-netns-core_1.2.3-1_amd64.deb" ]
	grep -x CONFIG_NET=y "$TREE/build-package/kernel/.config"
	[ "$(cut -d' ' -f1,2 "$DIR/asked" | xargs)" = \
		'setup base base apply make olddefconfig make bindeb-pkg' ]
	tools/package --config-file "$DIR/config" --local
	grep -x 'make localmodconfig' "$DIR/asked"
	[ -s packages/linux-image-1.2.3-netns-core_1.2.3-1_amd64.deb ]
	[ "$(git -C "$REAL_TOP" check-ignore packages)" = packages ]
}

refused_first() {
	stubs
	refuses 'can be read' tools/package --config-file "$DIR/none"
	refuses 'can be read' tools/package --config-file "$DIR"
	refuses 'cannot be written' tools/package --config-file "$DIR/config" --out /proc/none
	exits 2 tools/package --nope
	[ ! -e "$DIR/asked" ]
}

fails_to_build() {
	stubs
	touch "$DIR/fails"
	refuses "the whole output is in" tools/package --config-file "$DIR/config"
	[ -z "$(ls packages)" ]
}

check 'a package is built and named' builds
check 'bad values are found before anything is done' refused_first
check 'a failed build leaves no package' fails_to_build
plan
