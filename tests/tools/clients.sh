#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/clients, with a made-up console log of the guest. In: nothing. Out:
# KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# guest: make stubs of all tools. The output of the guest is on stdin.
guest() {
	local name build=$TREE/build-boot-clients

	cat >"$DIR/console"
	mkdir -p "$build/arch/x86/boot" "$DIR/cache/netns-core/selftests" tests/guest/clients tests/guest/boot
	cp "$REAL_TOP/tests/guest/boot/bad-lines" tests/guest/boot/
	touch "$build"/{arch/x86/boot/bzImage,modules.builtin,modules.builtin.modinfo}
	for name in setup base apply build selftests rootfs; do
		printf '#!/bin/sh\necho rootfs: /some/where\n' >"$(tool_path $name)"
	done
	cat >tools/lib/qemu <<-EOF
		#!/bin/bash
		echo "\$*" >>'$DIR/asked'
		while [ "\$1" != --log ]; do shift; done
		mkdir -p "\${2%/*}"
		cp '$DIR/console' "\$2"
	EOF
	rm -f "$DIR/asked"
}

good_log() {
	cat <<-'EOT'
		[    0.100000] Linux version 1.2.3
		[    1.000000][  T1] client: ok - netns add
		[    1.100000] client: ok - links veth # SKIP no veth
		[    1.200000] client: links took 3 s
		[    1.300000] client: end
	EOT
}

booted() { [ "$(wc -l <"$DIR/asked")" = "$1" ]; }

good() {
	good_log | guest
	tools/clients >"$DIR/said"
	diff "$DIR/said" - <<-'EOT'
		KTAP version 1
		ok 1 netns add
		ok 2 links veth # SKIP no veth
		ok 3 kernel ran all, powered off
		ok 4 kernel log is clean
		1..4
	EOT
	grep -e '--drive /some/where --drive .*/clients.tar' "$DIR/asked"
}

remembered() {
	good
	tools/clients >"$DIR/again"
	booted 1
	sed 1d "$DIR/again" | diff "$DIR/said" -
	grep '^# cached' "$DIR/again"
	echo new >>tests/guest/clients/netns.sh
	tools/clients
	booted 2
	echo new >>"$TREE/build-boot-clients/arch/x86/boot/bzImage"
	tools/clients
	booted 3
	tools/clients --full
	booted 4
}

# with SED TEXT: with the edited log, the tool fails, prints TEXT, and caches nothing.
with() {
	good_log | sed "$1" | guest
	refuses "$2" tools/clients
	refuses "$2" tools/clients
	booted 2
}

# For the base kernel, failures are cached, too.
unpatched_fails() {
	good_log | sed 's/ok - netns add/not ok - netns add/' | guest
	cp -R "$TREE" "$TAG_TREE"
	refuses 'not ok 1 netns add' tools/clients --unpatched
	refuses '# cached' tools/clients --unpatched
	booted 1
	good_log | sed '/client: end/d' | guest
	echo new >>tests/guest/clients/netns.sh
	refuses 'not ok 3 kernel' tools/clients --unpatched
	refuses 'not ok 3 kernel' tools/clients --unpatched
	booted 2
}

client_fails() {
	with 's/ok - netns add/not ok - netns add # status 1/' 'not ok 1 netns add # status 1'
}

guest_dies() { with '/client: end/d' 'not ok 3 kernel ran all, powered off'; }
splat() { with '2a WARNING: CPU: 0 PID: 1 at net/core/x.c:1' 'not ok 4 kernel log is clean'; }

# Output of a program does not count as the kernel's.
client_quotes() {
	good_log | sed '2a [ 2.0] # it said: segfault at 1' | guest
	tools/clients
}

# An old log is not used.
no_qemu() {
	good
	echo new >>tests/guest/clients/netns.sh
	printf '#!/bin/sh\nexit 1\n' >tools/lib/qemu
	fails tools/clients
}

# The kernel's selftests take long to build.
only_a_group() {
	good_log | guest
	printf '#!/bin/sh\nexit 1\n' >tools/lib/selftests
	rm -r "$DIR/cache/netns-core/selftests"
	echo "client 'ip' ip" >tests/guest/clients/netns.sh
	touch tests/guest/clients/{lib,selftests}.sh
	echo "client 'veth' veth" >tests/guest/clients/links.sh
	echo "net:a.sh -t b" >tests/guest/clients/selftests.list
	tools/clients --only netns --only 'links veth'
	exits 1 tools/clients --only 'selftests net a.sh -t b'
}

unknown_program() {
	only_a_group
	rm -f "$DIR/asked"
	echo "net:c.sh	full" >tests/guest/clients/selftests.list
	exits 2 tools/clients --only 'links nope'
	exits 2 tools/clients --only lib
	exits 2 tools/clients --only 'selftests net c.sh'
	[ ! -e "$DIR/asked" ]
	exits 1 tools/clients --full --only 'selftests net c.sh'
}

wrong_usage() {
	good_log | guest
	exits 2 tools/clients --tree x --unpatched
	exits 2 tools/clients --only nope
	[ ! -e "$DIR/asked" ]
}

# While the guest runs
interrupted() {
	local how

	good_log | guest
	printf '#!/bin/bash\nsleep 60 & echo $$ $! >%s; wait\n' "$DIR/pids" >tools/lib/qemu
	for how in alone group; do end_by TERM $how tools/clients; done
	fails grep 'ok ' "$DIR/said"
}

# A log lies in the build directory, and one run at a time uses it.
two_at_once() {
	good_log | guest
	cat >>tools/lib/qemu <<-END
		echo >>'$DIR/running'
		for i in {1..100}; do [ ! -e '$DIR/go' ] || break; sleep 0.1; done
	END
	tools/clients >"$DIR/said-1" &
	appears "$DIR/running"
	tools/clients --full >"$DIR/said-2" 2>&1 &
	says 'waiting for process' "$DIR/said-2"
	[ "$(wc -l <"$DIR/running")" = 1 ]
	touch "$DIR/go"
	wait %1
	wait %2
	grep -- "--log $TREE/build-boot-clients/clients.log" "$DIR/asked"
}

check 'a line for each program, and for the kernel' good
check 'results are cached until an input changes' remembered
check 'a program that fails' client_fails
check 'a program that fails on the base kernel' unpatched_fails
check 'a guest that crashes' guest_dies
check 'a warning of the kernel' splat
check 'the output of a program is not a warning' client_quotes
check 'a QEMU that does not start' no_qemu
check 'only one group' only_a_group
check 'a program that does not exist' unknown_program
check 'a signal ends all processes' interrupted
check 'the second of two runs waits' two_at_once
check 'wrong usage is reported' wrong_usage
plan
