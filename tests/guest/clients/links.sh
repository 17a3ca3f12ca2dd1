#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# iproute2: ip link ... netns, for each kind of device

# shellcheck source=tests/guest/clients/lib.sh
. ./lib.sh

two() {
	ip netns add a
	ip netns add b
}

# address NAMESPACE DEVICE NUMBER
address() {
	ip -n "$1" address add "192.0.2.$3/24" dev "$2"
	ip -n "$1" address add "2001:db8::$3/64" dev "$2" nodad
	ip -n "$1" link set "$2" up
}

ping_from() {	# NAMESPACE NUMBER
	until_true 10 ip netns exec "$1" ping -q -c 1 -W 1 "192.0.2.$2"
	until_true 10 ip netns exec "$1" ping -q -c 1 -W 1 "2001:db8::$2"
}

here() { ip link show dev "$1" >/dev/null 2>&1; }
not_here() { ! here "$1"; }

dummy() {
	two
	ip link add d0 type dummy
	ip link set d0 netns a
	not_here d0
	ip -n a link set d0 netns b name d1
	ip -n b link show d1
	ip -n b link set d1 netns 1
	here d1
	ip link set d1 netns a
	ip netns delete a
	until_true 20 not_here d1
}

name_taken() {
	two
	ip -n a link add d0 type dummy
	ip -n b link add d0 type dummy
	fails ip -n a link set d0 netns b
	ip -n a link set d0 netns b name d1
	ip -n b link show d1
}

veth() {
	two
	ip link add v0 type veth peer name v1
	ip link set v0 netns a
	ip link set v1 netns b
	address a v0 1
	address b v1 2
	ping_from a 2
	ip -n a link show v0 | grep -q 'link-netns b'
	ip netns delete b
	until_true 20 fails ip -n a link show v0
}

veth_by_pid() {
	unshare -n sleep 60 &
	until_true 5 inside $!
	ip link add v0 type veth peer name v1 netns $!
	nsenter -n -t $! ip link show v1
	kill -9 $!
	until_true 20 not_here v0
}

# A bridge stays in its namespace; its ports lead to others
bridge() {
	two
	ip netns add br
	ip -n br link add br0 up type bridge
	fails ip -n br link set br0 netns a
	for i in a b; do
		ip link add v0 netns "$i" type veth peer name "p$i" netns br
		ip -n br link set "p$i" master br0 up
	done
	address a v0 1
	address b v0 2
	ping_from a 2
	ip -n br link set pa netns b
	fails ip -n br link show pa
}

vlan() {
	two
	ip link add v0 netns a type veth peer name v1 netns b
	ip -n a link set v0 up
	ip -n b link set v1 up
	ip -n a link add link v0 name v0.7 type vlan id 7
	ip -n b link add link v1 name v1.7 type vlan id 7
	ip netns add c
	ip -n a link set v0.7 netns c
	address c v0.7 1
	address b v1.7 2
	ping_from c 2
	ip netns delete a
	until_true 20 fails ip -n c link show v0.7
}

# over_dummy KIND MODE: a device in each of two namespaces, over a dummy in a third.
over_dummy() {
	two
	ip link add d0 up type dummy
	ip link add link d0 name l0 type "$1" mode "$2"
	ip link add link d0 name l1 netns b type "$1" mode "$2"
	ip link set l0 netns a
	address a l0 1
	address b l1 2
	ping_from a 2
}

macvlan() {
	over_dummy macvlan bridge
	ip link delete d0
	fails ip -n a link show l0
}

ipvlan() {
	over_dummy ipvlan l2
	ip -n a link set l0 netns b
	ip -n b link show l0
}

# The socket stays in the namespace where it was created
vxlan() {
	local i

	two
	for i in 1 2; do
		ip netns add "u$i"
	done
	ip link add v0 netns u1 type veth peer name v0 netns u2
	for i in 1 2; do
		ip -n "u$i" address add "198.51.100.$i/24" dev v0
		ip -n "u$i" link set v0 up
		ip -n "u$i" link add x0 type vxlan id 9 dstport 4789 \
			local "198.51.100.$i" remote "198.51.100.$((3 - i))"
	done
	ip -n u1 link set x0 netns a
	ip -n u2 link set x0 netns b
	address a x0 1
	address b x0 2
	ping_from a 2
	ip netns exec u1 ss -lun | grep -q :4789
	[ -z "$(ip netns exec a ss -lunH)" ]
	ip netns delete u1
	until_true 20 fails ip -n a link show x0
}

tunnels() {
	local kind

	two
	for kind in ipip sit gre; do
		ip link add t0 type "$kind" local 192.0.2.1 remote 192.0.2.2
		ip link set t0 netns a
		ip -n a link set t0 netns b
		ip -n b link delete t0
	done
}

# A tunnel in b that sends from a; a has an id in b
link_netnsid() {
	two
	ip -n b netns set a 12
	ip -n b link add link-netnsid 12 name t0 type ipip local 192.0.2.1 remote 192.0.2.2
	ip -n b -o link show t0 | grep -Eq 'link-netns a|link-netnsid 12'
	ip netns delete a
	until_true 20 fails ip -n b link show t0
}

client 'dummy' dummy
client 'a name that is taken' name_taken
client 'veth' veth
client 'veth, to a pid' veth_by_pid
client 'bridge' bridge
client 'vlan' vlan
client 'macvlan' macvlan
client 'ipvlan' ipvlan
client 'vxlan' vxlan
client 'ipip, sit, gre' tunnels
client 'link-netnsid' link_netnsid
client 'no namespace leaked' no_leak
