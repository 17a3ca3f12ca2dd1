#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/boot, with stubs of its steps. In: tests/logs. Out: KTAP. Exit
# status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

CASES=$(grep -c '^CASE' "$REAL_TOP/tests/guest/boot/cases.h")

# Tools that log their arguments, and fail if they are listed in $DIR/fails. The guest
# has run the cases SET, too.
stub_tools() {		# [SET]
	local name

	: >"$DIR/fails"
	rm -f "$DIR/asked"
	for name in setup base apply build initramfs qemu; do
		stub "$name" <<-END
			echo "$name \$*" >>'$DIR/asked'
			! grep -q -x $name '$DIR/fails' || exit 1
			[ $name != qemu ] || [ ! -f '$DIR/console' ] || cp '$DIR/console' "\${@: -1}"
		END
		mv "$DIR/bin/$name" "$(tool_path "$name")"
	done
	cp -R "$REAL_TOP/tests" .
	cp "$REAL_TOP/tests/logs/good.log" "$DIR/console"
	RAN=$CASES
	[ "${1-fixes}" = none ] || { with_cases fixes; with_cases xarray; }
	kernel "$TREE"
	kernel "$TAG_TREE"
}

# kernel TREE: make the files of tools/build that tools/boot reads.
kernel() {
	mkdir -p "$DIR/cache/netns-core/log" "$1/build-boot"
	cp "$REAL_TOP/tests/logs/System.map" "$1/build-boot/"
	echo CONFIG_NET_NS=y >"$1/build-boot/.config"
}

BUILD=$TREE/build-boot

boot_fails() { # LAST-LINE ARGUMENT...
	exits 1 tools/boot "${@:2}" >"$DIR/said"
	tail -n 1 "$DIR/said" | grep -q -x -F -e "$1"
}

asked() { cut -d' ' -f1 "$DIR/asked" | xargs; }

all_steps() {
	stub_tools
	tools/boot --base "$DIR/toy" --cpus 4 --timeout 9 --accel tcg --icount >"$DIR/said"
	[ "$(asked)" = 'setup base apply build initramfs qemu' ]
	grep -q -x "base --from $DIR/toy" "$DIR/asked"
	grep -q "^qemu --arch x86_64 --cpus 4 --timeout 9 --accel tcg --icount .* --log $BUILD/console.log\$" "$DIR/asked"
	grep -q -x 'ok 2 initcall_is_level_0' "$DIR/said"
	tail -n 1 "$DIR/said" | grep -x "PASS: v1.2.3 with the series, configuration boot: $((RAN + 7)) passed, 0 skipped"
}

shell_in_guest() {
	stub_tools
	rm "$DIR/console"
	tools/boot --shell --memory 1G -- -s -S
	[ "$(asked)" = 'setup base apply build initramfs qemu' ]
	grep -x 'setup base build boot shell' "$DIR/asked"
	grep -- '^initramfs .* --shell$' "$DIR/asked"
	grep -- "^qemu --arch x86_64 --memory 1G --interactive .* --log $BUILD/shell.log -- -s -S\$" "$DIR/asked"
	echo qemu >"$DIR/fails"
	exits 1 tools/boot --shell --log other.log
	grep -- '^qemu .* --log other.log$' "$DIR/asked"
}

modules_in_guest() {
	stub_tools
	printf '%s\n' drivers/one.o net/two.o >"$BUILD/modules.order"
	tools/boot
	grep -- "^initramfs .* --with=$BUILD/drivers/one.ko --with=$BUILD/net/two.ko\$" "$DIR/asked"
}

other_machine() {
	stub_tools
	mv "$TREE/build-boot" "$TREE/build-boot-arm64"
	tools/boot --arch arm64
	grep -x 'setup base build boot arm64' "$DIR/asked"
	grep -- '^build .* --config boot,arm64$' "$DIR/asked"
	grep -- "^initramfs --arch arm64 .* --build $TREE/build-boot-arm64" "$DIR/asked"
	grep -- "^qemu --arch arm64 .*--kernel $TREE/build-boot-arm64/arch/arm64/boot/Image " "$DIR/asked"
	exits 2 tools/boot --arch m68k
	exits 2 tools/boot --arch arm64 --shell
}

unpatched() {
	stub_tools none
	sed -i '/net_namespace: /d' "$DIR/console"
	boot_fails 'FAIL: v1.2.3, configuration boot: size_is_printed # no line "net_namespace: N bytes"' --unpatched
	[ "$(asked)" = 'setup base build initramfs qemu' ]
	grep -q -x "base --worktree" "$DIR/asked"
	grep -q -x "build --tree $TAG_TREE --config boot" "$DIR/asked"
}

failed_step() {
	local step

	for step in setup base apply build initramfs; do
		stub_tools
		echo $step >"$DIR/fails"
		boot_fails "FAIL: $(tool_path $step)"
		[ "$(asked | awk '{ print $NF }')" = $step ]
	done
}

hung_guest() {
	stub_tools
	echo qemu >"$DIR/fails"
	sed -i '/reboot: /d' "$DIR/console"
	sed -i '/exit 1$/d' tools/lib/qemu
	echo exit 1 >>tools/lib/qemu
	boot_fails 'FAIL: v1.2.3 with the series, configuration boot: boots_and_powers_off # hang: no power-off; last line: PM: Calling printk_kthreads_shutdown+0x0/0x60'
}

no_qemu() {
	stub_tools
	echo qemu >"$DIR/fails"
	boot_fails 'FAIL: tools/lib/qemu'
}

without_net_ns() {
	stub_tools
	sed -i 's/ok [0-9]* cases\.slab_is_freed/& # SKIP no CONFIG_NET_NS/' "$DIR/console"
	boot_fails 'FAIL: v1.2.3 with the series, configuration boot: slab_is_freed # skipped: no CONFIG_NET_NS'
	: >"$BUILD/.config"
	tools/boot | tail -n 1 | grep ": $((RAN + 6)) passed, 1 skipped$"
}

# with_cases SET: the console of a guest that has run these after the $RAN others.
with_cases() {
	local name line='&' nr=$RAN

	while read -r name; do
		nr=$((nr + 1))
		line+="\n[    9.0] ok $nr $1.$name"
	done < <(sed -n 's/^CASE(\(.*\))$/\1/p' "$REAL_TOP/tests/guest/boot/$1.h")
	sed -i "s/.*ok $RAN .*/$line/; s/ 1\.\.$RAN/ 1..$nr/" "$DIR/console"
	RAN=$nr
}

kernel_with_more_cases() {
	local config=$BUILD/.config

	stub_tools
	echo CONFIG_FAILSLAB=y >>"$config"
	with_cases fault
	tools/boot --cases fault --cases fixes --append 'stress=5 and=more' >"$DIR/said"
	grep -q -x 'ok [0-9]* registration_survives_each_failed_allocation' "$DIR/said"
	grep -q '^qemu .* --append cases=fixes,xarray,fault stress=5 and=more --log' "$DIR/asked"

	stub_tools
	echo CONFIG_FAILSLAB=y >>"$config"
	boot_fails "FAIL: v1.2.3 with the series, configuration boot: guest_plan # the guest's plan is 1..$RAN, not 1..$((RAN + $(grep -c '^CASE' "$REAL_TOP/tests/guest/boot/fault.h")))"
}

only_some_cases() {
	local two=(--only-case each_of_200_has_its_own_lo --only-case last_namespace_is_freed)

	stub_tools
	boot_fails "FAIL: v1.2.3 with the series, configuration boot: guest_plan # the guest's plan is 1..$RAN, not 1..2" "${two[@]}"
	grep -q ' --append .*only=each_of_200_has_its_own_lo,last_namespace_is_freed ' "$DIR/asked"
	sed -Ei "s/1\.\.$RAN\b/1..2/" "$DIR/console"
	tools/boot "${two[@]}" >"$DIR/said"
	[ "$(grep -c '^ok' "$DIR/said")" = 9 ]
}

# The user's options come last and take precedence.
kernel_with_kasan() {
	stub_tools
	echo CONFIG_KASAN=y >>"$BUILD/.config"
	tools/boot --memory 9 --log "$DIR/log"
	grep -q "^qemu --arch x86_64 --memory 2048 --timeout 3600 --memory 9 .* --append case_seconds=1200 cases=fixes,xarray --log $DIR/log\$" "$DIR/asked"
}

# A guest that runs until $DIR/go exists
long_guest() {
	stub_tools
	cat >>tools/lib/qemu <<-END
		echo \$\$ >>'$DIR/running'
		for i in {1..100}; do [ ! -e '$DIR/go' ] || break; sleep 0.1; done
	END
	rm -f "$DIR/go" "$DIR/running"
}

# Each guest prints its tree's name. Both have printed it before one ends.
two_trees() {
	local tree pids=()

	long_guest
	for tree in "$TREE" "$TAG_TREE"; do
		sed "s/^.* net_namespace: .*/net_namespace: ${tree##*/}/" "$REAL_TOP/tests/logs/good.log" \
			>"$DIR/console"
		: >"$DIR/running"
		tools/boot --tree "$tree" >"$DIR/said-${tree##*/}" &
		pids+=($!)
		appears "$DIR/running"
	done
	touch "$DIR/go"
	fails wait "${pids[0]}"
	fails wait "${pids[1]}"
	for tree in "$TREE" "$TAG_TREE"; do
		grep -x "net_namespace: ${tree##*/}" "$tree/build-boot/console.log"
		grep "# the log: $tree/build-boot/console.log" "$DIR/said-${tree##*/}"
	done
}

two_of_one_build() {
	local first second

	long_guest
	tools/boot >"$DIR/said-1" &
	first=$!
	appears "$DIR/running"
	tools/boot --cpus 1 >"$DIR/said-2" 2>&1 &
	second=$!
	says "waiting for process $first (" "$DIR/said-2"
	grep "process $first (.*tools/boot), which holds $BUILD/" "$DIR/said-2"
	[ "$(wc -l <"$DIR/running")" = 1 ]
	touch "$DIR/go"
	wait $first
	wait $second
	grep '^PASS: ' "$DIR/said-1"
	grep '^PASS: ' "$DIR/said-2"
}

no_verdict() { ! grep -E 'ok |PASS|FAIL' "$DIR/said"; }

# During a step with a child that hangs. lib.sh tests the other signals.
interrupted_build() {
	stub_tools
	printf '#!/bin/bash\nsleep 60 & echo $$ $! >%s; wait\n' "$DIR/pids" >tools/build
	end_by TERM alone tools/boot
	no_verdict
}

# QEMU exits with 0 on a signal.
hanging_guest() {
	stub_tools
	cp "$REAL_TOP/tools/lib/qemu" tools/lib/
	stub qemu-system-x86_64 <<-END
		trap 'exit 0' INT TERM HUP
		sleep 60 &
		echo \$\$ \$! >'$DIR/pids'
		wait
	END
	mkdir -p "$BUILD/arch/x86/boot"
	touch "$BUILD"/{arch/x86/boot/bzImage,{,shell-}boot.cpio}
}

interrupted_guest() {
	local signal how

	hanging_guest
	for signal in INT TERM HUP; do
		for how in alone group; do
			end_by $signal $how tools/boot --accel tcg
			no_verdict
		done
	done
}

# In the foreground, SIGINT is for the guest. QEMU has no children.
interrupted_shell() {
	local signal how

	hanging_guest
	stub qemu-system-x86_64 <<<"echo \$\$ >'$DIR/pids'; exec sleep 60"
	for signal in TERM HUP; do
		for how in alone group; do end_by $signal $how tools/boot --accel tcg --shell; done
	done
}

# The clock counts the guest's results.
on_terminal() {
	stub_tools
	echo 'sleep 2' >>tools/lib/qemu
	command script -qec tools/boot /dev/null </dev/null >"$DIR/said"
	grep "boot: booting linux, configuration boot \.\.\. [12] s, $RAN ok, 0 not ok" "$DIR/said"
	grep $'^\033\\[32mok\033\\[0m 2 initcall_is_level_0' "$DIR/said"
	grep $'^\033\\[32mPASS\033\\[0m: ' "$DIR/said"
	sed -i 's/ok 1 cases/not &/' "$DIR/console"
	NO_COLOR=1 fails command script -qec tools/boot /dev/null </dev/null >"$DIR/said"
	grep ' 1 not ok' "$DIR/said"
	grep '^not ok ' "$DIR/said"
	fails grep -F '[3' "$DIR/said"
	fails tools/boot >"$DIR/said" 2>&1
	fails grep $'[\033\r]' "$DIR/said"
}

# Before anything is installed, fetched or built
wrong_usage() {
	local arguments

	stub_tools
	touch configs/{boot,arm64}.config
	for arguments in '--accel xen' '--memory much' '--memory 0' '--memory 1.5' '--cpus 0' \
			'--cpus many' '--timeout 0' '--timeout 1m' '--config nope' \
			'--config boot,nope' '--config boot,' '--tree /nope' '--base /nope' '--log /proc/nope' \
			'--cpus 256' '--cases walker' '--cases nope' '--only-case nope' '--arch arm64 --shell' \
			'--shell --config boot,arm64' '--arch i386 --config boot,arm64' \
			'--config boot,arm64 --arch x86_64' '--nonsense' 'extra' '--append' "--tree $DIR --unpatched"; do
		# shellcheck disable=SC2086 # words
		exits 2 tools/boot $arguments
		[ ! -e "$DIR/asked" ]
	done
	for arguments in '--icount' '--arch s390x' '--config boot,arm64'; do
		# shellcheck disable=SC2086 # words
		fails tools/boot --accel kvm $arguments
		[ ! -e "$DIR/asked" ]
	done
}

check 'all steps run, and the verdict is the last line' all_steps
check 'the guest gets the modules of the build' modules_in_guest
check 'a guest of another machine' other_machine
check 'a shell in the guest, and arguments for QEMU' shell_in_guest
check 'the base kernel is booted without the series' unpatched
check 'a failed step is named, and is the last' failed_step
check 'a hang is reported with the last line of the console' hung_guest
check 'a QEMU that does not start is reported' no_qemu
check 'skips pass without CONFIG_NET_NS, and only then' without_net_ns
check 'the configuration selects more cases' kernel_with_more_cases
check 'only some of the cases' only_some_cases
check 'a kernel with KASAN gets more memory and time' kernel_with_kasan
check 'two trees at once: each has its own log and verdict' two_trees
check 'two runs on one build: the second waits, and names the first' two_of_one_build
check 'a signal during the build ends all processes, without a verdict' interrupted_build
check 'a signal to the guest ends all processes, without a verdict' interrupted_guest
check 'a signal ends the guest with a shell, too' interrupted_shell
check 'a terminal gets a clock and colours' on_terminal
check 'invalid values are reported before the first step' wrong_usage
plan
