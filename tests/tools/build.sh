#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/build, on a kernel whose Makefile and merge_config.sh only log that
# they ran. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# bzImage is the concatenation of all sources. Each make adds a line to $DIR/made, each
# merge one to $DIR/merged. The kernel does not have the option FOO.
buildable() {
	mkdir -p "$DIR/other/scripts/kconfig"
	cp -R "$DIR/toy/." "$DIR/other"
	rm -f "$DIR"/made "$DIR"/merged
	cat >"$DIR/other/Makefile" <<-EOF
		.RECIPEPREFIX = >
		Image bzImage:
		> @echo >>$DIR/made
		> @mkdir -p \$(O)/arch/x86/boot
		> @cat lib/*.c >\$(O)/arch/x86/boot/bzImage
		> @mkdir -p \$(O)/arch/arm64/boot
		> @echo "\$@ \$\$ARCH \$\$CROSS_COMPILE" >\$(O)/arch/arm64/boot/Image
		> @grep 'warning: ' lib/*.c || true
		> @! grep 'error: ' lib/*.c
		modules:
		> @echo drivers/toy.o >\$(O)/modules.order
	EOF
	cat >"$DIR/other/scripts/kconfig/merge_config.sh" <<-EOF
		#!/bin/bash
		echo "\$*" >>$DIR/merged
		cat "\${@:4}" >"\$3/.config"
		! grep -q CONFIG_FOO=y "\$3/.config" ||
			printf 'WARNING: CONFIG_FOO differs:\nRequested value:  CONFIG_FOO=y\nActual value:     \n\n'
		printf 'WARNING: Value requested for CONFIG_BAR not in final .config\nRequested value:  # CONFIG_BAR is not set\nActual value:     \n\n'
	EOF
	chmod +x "$DIR/other/scripts/kconfig/merge_config.sh"
	echo CONFIG_NET=y >configs/boot.config
	echo CONFIG_DEBUG=y >configs/debug.config
	: >series
	tools/base --from "$DIR/other"
	tools/build
}

made() { [ "$(wc -l <"$DIR/made")" = "$1" ]; }
merged() { [ "$(wc -l <"$DIR/merged")" = "$1" ]; }

builds() {
	buildable | tail -n 1 | grep -F "built: $TREE/build-boot/arch/x86/boot/bzImage"
	[ -f "$TREE/build-boot/arch/x86/boot/bzImage" ]
	[ -z "$(git -C "$TREE" status --porcelain)" ]
	made 1
	merged 1
}

other_machine() {
	buildable
	echo CONFIG_PL011=y >configs/arm64.config
	stub aarch64-linux-gnu-gcc <<<'echo cross'
	stub aarch64-linux-gnu-ld <<<'echo cross'
	tools/build --config boot,arm64 | tail -n 1 |
		grep -F "built: $TREE/build-boot-arm64/arch/arm64/boot/Image"
	grep -x 'Image arm64 aarch64-linux-gnu-' "$TREE/build-boot-arm64/arch/arm64/boot/Image"
	made 2
	tools/build --config boot,arm64
	made 2
	stub aarch64-linux-gnu-gcc <<<'echo cross 2'
	tools/build --config boot,arm64
	made 3
}

no_change() {
	buildable
	tools/build
	made 1
	merged 1
}

changes() {
	buildable
	sed -i '1s/2/3/' "$TREE/lib/list.c"
	tools/build
	made 2
	echo new >"$TREE/lib/new.c"
	tools/build
	made 3
	echo old >"$TREE/lib/new.c"
	tools/build
	made 4
	grep -q old "$TREE/build-boot/arch/x86/boot/bzImage"
	echo '# edited by hand' >>"$TREE/build-boot/arch/x86/boot/bzImage"
	tools/build
	made 5
	merged 1
	echo '# changed' >>tools/lib/arch.sh
	tools/build
	made 6
	merged 2
}

config_changes() {
	buildable
	echo CONFIG_INET=y >>configs/boot.config
	tools/build
	merged 2
	echo 'config NET' >"$TREE/net/Kconfig"
	tools/build
	merged 3
}

several_fragments() {
	buildable
	tools/build --config boot,debug
	[ "$(cat "$TREE/build-boot-debug/.config")" = $'CONFIG_NET=y\nCONFIG_DEBUG=y' ]
	tools/build
	made 2
}

# A list of modules is that of the last build.
modules() {
	local order=$TREE/build-boot/modules.order

	buildable
	[ ! -e "$order" ]
	echo CONFIG_TOY=m >>configs/boot.config
	tools/build
	grep -x drivers/toy.o "$order"
	sed -i '/TOY/d' configs/boot.config
	tools/build
	[ ! -e "$order" ]
}

refused_option() {
	buildable
	echo CONFIG_FOO=y >>configs/boot.config
	refuses "missing from .config: CONFIG_FOO" tools/build
	refuses "missing from .config: CONFIG_FOO" tools/build
	! grep CONFIG_BAR "$DIR/said" || return 1
	made 1
}

unknown_fragment() {
	buildable
	exits 2 tools/build --config nope
}

# The next build does not use an image that a failed build left.
broken_source() {
	buildable
	echo 'error: no' >>"$TREE/lib/list.c"
	refuses "error: no" tools/build
	grep -F "the whole output is in $TREE/build-boot/build.log" "$DIR/said"
	refuses "error: no" tools/build
}

warnings_counted() {
	buildable
	printf 'warning: a\nwarning: b\n' >>"$TREE/lib/list.c"
	tools/build 2>&1 | grep "2 compiler warnings"
}

other_worktree() {
	buildable
	tools/base --worktree
	tools/build --tree "$TAG_TREE" | grep -F "built: $TAG_TREE/build-boot/"
	made 2
}

no_tree() {
	echo CONFIG_NET=y >configs/boot.config
	refuses "not a git work tree" tools/build
}

no_compiler() {
	echo CONFIG_NET=y >configs/boot.config
	PATH=$(path_without flex) refuses "flex is not installed" tools/build
}

check "a kernel for another machine, by its cross compiler" other_machine
check "an image is built, the tree stays clean" builds
check "with no change nothing is done" no_change
check "each change of the tree or the image builds again" changes
check "a change of a fragment or of Kconfig configures again" config_changes
check "modules are built if the configuration has any" modules
check "several fragments are merged in their order" several_fragments
check "an option missing from .config is named, each time" refused_option
check "an unknown fragment is wrong usage" unknown_fragment
check "a failed build shows the error, each time" broken_source
check "warnings are counted" warnings_counted
check "another work tree has its own build directory" other_worktree
check "without a tree, the command to run is printed" no_tree
check "a missing command is named" no_compiler
plan
