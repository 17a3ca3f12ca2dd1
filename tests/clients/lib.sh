# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the groups of clients share; they source it, in the guest.

set -u
GROUP=${0##*/}
GROUP=${GROUP%.sh}
LIMIT=60		# seconds that a client may take
LAST_LINES=12
SAID=/tmp/said

# A line goes out by one write to /dev/kmsg: written to the console itself, it may be
# torn apart by what the kernel prints at the same time.
say() { printf '<6>%.800s\n' "$*" >>/dev/kmsg; }

# result NAME STATUS: its KTAP line, after what it said if it is not good. The
# numbers are put in by the host, which sees all groups.
result() {
	local line="$GROUP $1"

	case $2 in
	0)	say "client: ok - $line" ;;
	4)	say "client: ok - $line # SKIP $(grep -v '^+' $SAID | tail -n 1)" ;;
	*)	tail -n $LAST_LINES $SAID | while IFS= read -r text; do say "# $text"; done
		say "client: not ok - $line # status $2" ;;
	esac
}

# client NAME FUNCTION: run it in a shell of its own, where the first command that
# fails ends it. 4 is a skip, as in the kernel's selftests, and its last line why.
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

# Those that the host named, or whose group it named; all, if it named none.
wanted() {
	[ ! -s only ] || grep -qxF -e "$GROUP $1" -e "$GROUP" only
}

fails() { ! "$@"; }

# inside PID: it has come to where it is to be, another namespace than ours.
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

# How many namespaces the slab holds: exact, since tools/clients boots with
# slab_debug. init_net is none of them.
allocated() { awk '$1 == "net_namespace" { print $2 }' /proc/slabinfo; }
all_free() { [ "$(allocated)" = 0 ]; }

# The tag frees a namespace when the next one dies, so one is let die and may be left.
all_but_one() {
	unshare --net true
	sleep 0.2
	[ "$(allocated)" -le 1 ]
}

# The last line of a group: what it made is gone.
given_back() {
	lsns -t net
	allocated
	until_true 30 all_but_one
}
