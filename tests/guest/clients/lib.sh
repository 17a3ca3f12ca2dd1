# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions that the groups of programs share. Sourced in the guest.

set -u
GROUP=${0##*/}
GROUP=${GROUP%.sh}
LIMIT=60		# timeout of a program in seconds
LAST_LINES=12
SAID=/tmp/said

# A line is a single write to /dev/kmsg: in a line written to the console, kernel messages
# could appear.
say() { printf '<6>%.800s\n' "$*" >>/dev/kmsg; }

# result NAME STATUS: print the KTAP line, and before it the output if it failed. The host
# adds the numbers, because it sees all groups.
result() {
	local line="$GROUP $1"

	case $2 in
	0)	say "client: ok - $line" ;;
	4)	say "client: ok - $line # SKIP $(grep -v '^+' $SAID | tail -n 1)" ;;
	*)	tail -n $LAST_LINES $SAID | while IFS= read -r text; do say "# $text"; done
		say "client: not ok - $line # status $2" ;;
	esac
}

# client NAME FUNCTION: run it in a new shell with errexit. Status 4 is a skip, as in the
# kernel's selftests; the last line is the reason.
client() {
	local status=0 pid

	wanted "$1" || return 0
	timeout -k 5 $LIMIT bash -c "set -eux; $(declare -f); $2" >$SAID 2>&1 &
	pid=$!
	wait $pid || status=$?
	result "$1" $status
	kill -KILL -- -$pid 2>/dev/null		# the group that timeout made
	ip -all netns delete 2>/dev/null
	stray=$(ip -o link show | awk -F'[ @:]+' '$2 != "lo" { print $2 }')
	for dev in $stray; do ip link delete "$dev" 2>/dev/null; done
}

# wanted NAME: true if the host named the program, its group, or nothing.
wanted() {
	[ ! -s only ] || grep -qxF -e "$GROUP $1" -e "$GROUP" only
}

fails() { ! "$@"; }

# inside PID: true if the process has entered another namespace.
inside() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# until_true SECONDS COMMAND...
until_true() {
	local - end=$((SECONDS + $1))

	shift
	set +x
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# The number of namespaces in the slab: exact, since tools/clients boots with
# slab_debug. init_net is not in the slab.
allocated() { awk '$1 == "net_namespace" { print $2 }' /proc/slabinfo; }
all_free() { [ "$(allocated)" = 0 ]; }

# The base kernel frees a namespace when the next one is torn down. So create and drop
# one, which may be left.
all_but_one() {
	unshare --net true
	sleep 0.2
	[ "$(allocated)" -le 1 ]
}

# The last check of a group
no_leak() {
	lsns -t net
	allocated
	until_true 30 all_but_one
}
