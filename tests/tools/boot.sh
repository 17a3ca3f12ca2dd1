#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/boot, whose steps are stubs here. In: tests/logs. Out: KTAP. Exit
# status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

CASES=$(grep -c '^CASE' "$REAL_TOP/tests/boot/cases.h")

# A tool that tells what it was asked and, if it stands in $DIR/fails, fails.
stub_tools() {
	local name

	: >"$DIR/fails"
	rm -f "$DIR/asked"
	for name in setup base apply build initramfs qemu; do
		stub "$name" <<-END
			echo "$name \$*" >>'$DIR/asked'
			! grep -q -x $name '$DIR/fails' || exit 1
			[ $name != qemu ] || [ ! -f '$DIR/console' ] || cp '$DIR/console' "\${@: -1}"
		END
		mv "$DIR/bin/$name" tools/
	done
	cp -R "$REAL_TOP/tests" .
	cp "$REAL_TOP/tests/logs/good.log" "$DIR/console"
	kernel linux
	kernel tag
}

# What tools/build leaves, as far as it is read here.
kernel() {
	mkdir -p "$DIR/cache/netns-core/log" "$DIR/cache/netns-core/$1/build-boot"
	cp "$REAL_TOP/tests/logs/System.map" "$DIR/cache/netns-core/$1/build-boot/"
	echo CONFIG_NET_NS=y >"$DIR/cache/netns-core/$1/build-boot/.config"
}

boot_fails() { # LAST-LINE ARGUMENT...
	local last=$1 status=0
	shift
	tools/boot "$@" >"$DIR/said" || status=$?
	[ $status = 1 ]
	tail -n 1 "$DIR/said" | grep -q -x -F -e "$last"
}

asked() { cut -d' ' -f1 "$DIR/asked" | xargs; }

all_steps() {
	stub_tools
	tools/boot --base /there --cpus 4 --timeout 9 >"$DIR/said"
	[ "$(asked)" = 'setup base apply build initramfs qemu' ]
	grep -q -x 'base --from /there' "$DIR/asked"
	grep -q '^qemu --cpus 4 --timeout 9 ' "$DIR/asked"
	grep -q -x 'ok 2 initcall_is_level_0' "$DIR/said"
	tail -n 1 "$DIR/said" | grep -x 'PASS: v1.2.3 with the stack, configuration boot: 22 checks passed'
}

unpatched() {
	local tag=$DIR/cache/netns-core/tag

	stub_tools
	sed -i '/net_namespace: /d' "$DIR/console"
	boot_fails 'FAIL: v1.2.3, configuration boot: size_is_printed # no line "net_namespace: N bytes"' --unpatched
	[ "$(asked)" = 'setup base build initramfs qemu' ]
	grep -q -x "base --worktree $tag" "$DIR/asked"
	grep -q -x "build --tree $tag --config boot" "$DIR/asked"
}

failed_step() {
	local step

	for step in setup base apply build initramfs; do
		stub_tools
		echo $step >"$DIR/fails"
		boot_fails "FAIL: tools/$step"
		[ "$(asked | awk '{ print $NF }')" = $step ]
	done
}

hung_guest() {
	stub_tools
	echo qemu >"$DIR/fails"
	sed '/reboot: /d' "$REAL_TOP/tests/logs/good.log" >"$DIR/console"
	sed -i '/exit 1$/d' tools/qemu
	echo exit 1 >>tools/qemu
	boot_fails 'FAIL: v1.2.3 with the stack, configuration boot: boots_and_powers_off # hang: no power-off; last line: PM: Calling printk_kthreads_shutdown+0x0/0x60'
}

no_qemu() {
	stub_tools
	echo qemu >"$DIR/fails"
	boot_fails 'FAIL: tools/qemu'
}

without_net_ns() {
	local config=$DIR/cache/netns-core/linux/build-boot/.config

	stub_tools
	sed -i 's/ok 9 slab_is_given_back/& # SKIP no CONFIG_NET_NS/' "$DIR/console"
	boot_fails 'FAIL: v1.2.3 with the stack, configuration boot: slab_is_given_back # skipped: no CONFIG_NET_NS'
	: >"$config"
	tools/boot
}

# with_cases SET: the console of a guest that has run these, too.
with_cases() {
	local name line='&' nr=$CASES

	while read -r name; do
		nr=$((nr + 1))
		line+="\n[    9.0] ok $nr $name"
	done < <(sed -n 's/^CASE(\(.*\))$/\1/p' "$REAL_TOP/tests/boot/$1.h")
	sed -i "s/.*ok $CASES .*/$line/; s/ 1\.\.$CASES/ 1..$nr/" "$DIR/console"
}

kernel_with_more_cases() {
	local config=$DIR/cache/netns-core/linux/build-boot/.config

	stub_tools
	echo CONFIG_FAILSLAB=y >>"$config"
	with_cases fault
	tools/boot --append 'stress=5 and=more' >"$DIR/said"
	grep -q -x 'ok 24 registration_survives_each_failed_allocation' "$DIR/said"
	grep -q '^qemu .* --append cases=fault stress=5 and=more --log' "$DIR/asked"

	stub_tools
	echo CONFIG_FAILSLAB=y >>"$config"
	boot_fails "FAIL: v1.2.3 with the stack, configuration boot: guest_plan # the guest's plan is 1..$CASES, not 1..$((CASES + 3))"
}

# What the user says comes later and counts.
kernel_with_kasan() {
	stub_tools
	echo CONFIG_KASAN=y >>"$DIR/cache/netns-core/linux/build-boot/.config"
	tools/boot --memory 9
	grep -q '^qemu --memory 2048 --timeout 3600 --memory 9 .* --append case_seconds=1200 --log' "$DIR/asked"
}

check 'all steps are taken, and the verdict is the last line' all_steps
check 'the unpatched kernel is booted without the stack' unpatched
check 'a step that fails is named, and is the last' failed_step
check 'a hang is reported by what the console shows' hung_guest
check 'a QEMU that does not start is reported' no_qemu
check 'skips pass without CONFIG_NET_NS, and only then' without_net_ns
check 'a kernel that is made for more cases runs them' kernel_with_more_cases
check 'a kernel with KASAN gets more memory and time' kernel_with_kasan
plan
