#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/lib/qemu with a stub of QEMU. In: nothing. Out: KTAP. Exit status: 0 all
# passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

NAME=qemu-system-x86_64

# The stub logs its arguments to $DIR/asked; the rest of it is on stdin. A hung guest is a
# process that does not exit. It writes its pid.
qemu_stub() {
	{
		echo "[ \"\$1\" != --version ] || { echo 'QEMU emulator version 0.1'; exit; }"
		echo "echo \"\$*\" >>'$DIR/asked'"
		echo "echo \$\$ >'$DIR/pid'"
		cat
	} | stub "$NAME"
	rm -f "$DIR/asked" "$DIR/pid"
}

hang() { echo 'exec sleep 60'; }

boot() {
	touch kernel initrd
	tools/lib/qemu --kernel kernel --initrd initrd --log "$DIR/log" --timeout 20 "$@"
}

# The stub's process does not exist, or is a zombie.
nothing_left() {
	case $(ps -o stat= -p "$(cat "$DIR/pid")" || true) in
	''|Z*)	;;
	*)	false ;;
	esac
}

# Without KVM on this machine, tools/lib/qemu does not even probe.
have_kvm() { [ -r /dev/kvm ] && [ -w /dev/kvm ]; }

ends_by_itself() {
	echo exit 0 | qemu_stub
	boot --accel tcg --memory 77 --cpus 3 --append 'more=1'
	grep -q -e '-accel tcg,thread=multi -smp 3 -m 77 .*initcall_debug.* more=1$' "$DIR/asked"
	grep -q -e '-no-reboot' "$DIR/asked"
	boot --accel=tcg --memory=1G
	tail -n 1 "$DIR/asked" | grep -q -e ' -m 1G '
}

# qemu_stub is for another machine in it, which never has KVM.
other_machine() {
	local NAME=qemu-system-aarch64

	echo exit 0 | qemu_stub
	boot --arch arm64
	grep -e '-accel tcg,thread=multi .* -machine virt .*console=ttyAMA0 ' "$DIR/asked"
	! have_kvm || refuses 'no guest of arm64 runs under KVM' tools/lib/qemu --arch arm64 --accel kvm \
		--kernel kernel --initrd initrd --log "$DIR/log"
	exits 2 tools/lib/qemu --arch m68k --kernel kernel --initrd initrd --log "$DIR/log"
}

# Always one CPU, and never KVM.
counts_instructions() {
	echo exit 0 | qemu_stub
	boot --icount --cpus 3
	[ "$(wc -l <"$DIR/asked")" = 1 ]
	grep -q -e '-accel tcg,thread=single -icount shift=0,sleep=off -smp 1 ' "$DIR/asked"
	boot --accel tcg
	fails grep -q -e '-icount' <(tail -n 1 "$DIR/asked")
}

disks() {
	echo exit 0 | qemu_stub
	touch root,1 more
	tools/lib/qemu --kernel <(echo) --log "$DIR/log" --accel tcg --drive root,1 --drive more
	grep -q -e ' -drive [^ ]*readonly=on,file=root,,1 -drive [^ ]*,file=more ' "$DIR/asked"
	fails grep -q -e -initrd "$DIR/asked"
	refuses 'no-such-file cannot be read' boot --drive no-such-file
}

hung_guest() {
	{
		echo "echo 'the last thing it said' >'$DIR/log'"
		hang
	} | qemu_stub
	refuses 'hang: the guest did not end within 1 s' boot --accel tcg --timeout 1
	grep -q 'the last thing it said' "$DIR/said"
	grep -q "the log: $DIR/log" "$DIR/said"
	nothing_left
}

# It ignores SIGTERM, and is killed long before its 30 s are over.
stubborn_guest() {
	local start=$SECONDS

	{
		echo "trap '' TERM"
		echo 'for i in {1..30}; do sleep 1; done'
	} | qemu_stub
	refuses 'hang: the guest did not end within 1 s' boot --accel tcg --timeout 1
	[ $((SECONDS - start)) -lt 20 ]
	nothing_left
}

# QEMU exits with 0 on a signal. lib.sh tests the other signals.
ended_by_signal() {
	qemu_stub <<<"trap 'exit 0' TERM; sleep 60 & echo \$\$ \$! >'$DIR/pids'; wait"
	touch kernel
	end_by TERM alone tools/lib/qemu --kernel kernel --initrd kernel --log "$DIR/log" --accel tcg
}

missing_qemu() {
	local path

	path=$(path_without $NAME)
	PATH=$path refuses "$NAME is not installed" boot
	grep -q 'tools/setup boot' "$DIR/said"
}

broken_qemu() {
	{
		echo "echo 'could not load PC BIOS' >&2"
		echo exit 1
	} | qemu_stub
	refuses 'could not load PC BIOS' boot --accel tcg
}

kvm_works() { echo exit 0 | qemu_stub; }

# The guest hangs under KVM only.
kvm_hangs() {
	{
		echo "[[ \$* != *'-accel kvm'* ]] || exec sleep 60"
		echo exit 0
	} | qemu_stub
}

probe_hangs() {
	kvm_hangs
	sed -i 's/^PROBE_SECONDS=.*/PROBE_SECONDS=1/' tools/lib/qemu
	boot
	tail -n 1 "$DIR/asked" | grep -q -e '-accel tcg'
	nothing_left
}

probe_is_remembered() {
	probe_hangs
	grep -q ': no$' "$DIR/cache/netns-core/kvm"
	rm "$DIR/asked"
	boot
	fails grep -q -e '-accel kvm' "$DIR/asked"
	refuses 'runs under KVM' boot --accel kvm
}

# After a reboot of the machine, the cached result is not used.
probe_is_forgotten() {
	kvm_works
	mkdir -p "$DIR/cache/netns-core"
	echo 'another-boot QEMU emulator version 0.1: no' >"$DIR/cache/netns-core/kvm"
	boot
	tail -n 1 "$DIR/asked" | grep -q -e '-accel kvm'
}

probe_succeeds() {
	kvm_works
	boot
	[ "$(grep -c -e '-accel kvm' "$DIR/asked")" = 2 ]
}

check_kvm() {
	if have_kvm; then
		check "$@"
	else
		COUNT=$((COUNT + 1))
		echo "ok $COUNT $1 # SKIP no /dev/kvm"
	fi
}

wrong_usage() {
	local arguments

	for arguments in --nonsense '--accel xen' '--memory much' '--timeout 0' \
			'--icount --accel kvm'; do
		# shellcheck disable=SC2086 # words
		exits 2 boot $arguments
	done
	refuses 'no-such-file cannot be read' boot --kernel no-such-file
}

check 'another machine' other_machine
check 'a guest that ends in time is a success, and has the given options' ends_by_itself
check 'instructions are counted on one emulated CPU' counts_instructions
check 'disks are read-only, and make the initrd optional' disks
check 'a hung guest is ended and reported with its last lines' hung_guest
check 'a guest that ignores SIGTERM is killed' stubborn_guest
check 'a signal ends the tool by that signal, and leaves no QEMU behind' ended_by_signal
check 'a missing QEMU is named, with the command to run' missing_qemu
check 'a QEMU that fails to start is reported with its messages' broken_qemu
check_kvm 'a KVM that hangs the probe gives way to TCG' probe_hangs
check_kvm "the probe's answer is remembered" probe_is_remembered
check_kvm 'and forgotten when the machine boots' probe_is_forgotten
check_kvm 'a KVM that runs the probe is used' probe_succeeds
check 'wrong usage and a missing kernel are reported' wrong_usage
plan
