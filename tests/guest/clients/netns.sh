#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# iproute2: ip netns

# shellcheck source=tests/guest/clients/lib.sh
. ./lib.sh

add() {
	ip netns add a
	ip netns list | grep -qx a
	fails ip netns add a
	[ "$(stat -f -c %T /run/netns/a)" = nsfs ]
}

run_inside() {
	ip netns add a
	[ "$(ip netns exec a readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ]
	[ "$(ip netns exec a ip -o link show | cut -d: -f2 | xargs)" = lo ]
	ip -n a link set lo up
	ip netns exec a ping -q -c 1 127.0.0.1
	ip netns exec a ping -q -c 1 ::1
}

list_id() {
	ip netns add a
	ip netns add b
	ip netns set a 17
	ip netns set b auto
	ip netns list-id | grep -q '^nsid 17 .*a)\?$'
	[ "$(ip netns list-id | wc -l)" = 2 ]
	ip netns list-id nsid 17 | grep -q '^nsid 17 '
	fails ip netns set a 18
	ip netns delete a
	until_true 20 gone 17
}

gone() { ! ip netns list-id | grep -q "^nsid $1 "; }

# The id of b in a
target_nsid() {
	ip netns add a
	ip netns add b
	ip -n a netns set b 5
	ip -n a netns list-id | grep -q '^nsid 5 '
	[ -z "$(ip netns list-id)" ]
	ip netns set a 0
	ip netns list-id target-nsid 0 | grep -q '^nsid 5 '
}

monitor() {
	stdbuf -oL ip netns monitor >/tmp/monitor &
	until_true 5 watched
	ip netns add a
	ip netns delete a
	until_true 5 grep -qx 'delete a' /tmp/monitor
	kill $!
	[ "$(cat /tmp/monitor)" = $'add a\ndelete a' ]
}

watched() { grep -q inotify /proc/$!/fdinfo/*; }

# rtnetlink reports new and deleted ids
monitor_nsid() {
	ip netns add a
	stdbuf -oL ip monitor nsid >/tmp/monitor &
	sleep 1
	ip netns set a 3
	ip netns delete a
	until_true 20 grep -q '^Deleted nsid 3' /tmp/monitor
	kill $!
	grep -q '^nsid 3 ' /tmp/monitor
}

delete() {
	ip netns add a
	ip netns delete a
	[ -z "$(ip netns list)" ]
	fails ip netns delete a
}

# The namespace lives as long as a process is in it
delete_in_use() {
	ip netns add a
	ip netns exec a sleep 60 &
	until_true 5 inside $!
	ip netns delete a
	nsenter -n -t $! ip link add d0 type dummy
	nsenter -n -t $! ip link show d0
	kill $!
}

attach() {
	unshare -n sleep 60 &
	until_true 5 inside $!
	ip netns attach a $!
	[ "$(ip netns identify $!)" = a ]
	kill $!
	ip -n a link show lo
}

identify() {
	ip netns add a
	[ "$(ip netns exec a ip netns identify)" = a ]
	[ -z "$(ip netns identify $$)" ]
}

pids() {
	ip netns add a
	ip netns exec a sleep 60 &
	until_true 5 inside $!
	[ "$(ip netns pids a)" = $! ]
	kill $!
}

# Created and deleted by several processes at a time
many() {
	local i

	for i in 1 2 3 4; do
		(for j in {1..25}; do ip netns add "n$i-$j"; done) &
	done
	wait
	[ "$(ip netns list | wc -l)" = 100 ]
	ip -all netns exec ip link set lo up >/dev/null
	ip -all netns delete
	[ -z "$(ip netns list)" ]
}

# No other namespace is torn down after it
last_one() {
	ip netns add a
	ip netns delete a
	until_true 10 all_free
}

client 'ip netns add' add
client 'ip netns exec' run_inside
client 'ip netns set, list-id' list_id
client 'ip netns list-id target-nsid' target_nsid
client 'ip netns monitor' monitor
client 'ip monitor nsid' monitor_nsid
client 'ip netns delete' delete
client 'ip netns delete, in use' delete_in_use
client 'ip netns attach' attach
client 'ip netns identify' identify
client 'ip netns pids' pids
client 'ip -all netns, 100 of them' many
client 'the last one is freed, too' last_one
client 'no namespace leaked' no_leak
