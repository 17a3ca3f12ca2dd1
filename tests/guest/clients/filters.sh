#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nftables and iptables, with different rules in each namespace

# shellcheck source=tests/guest/clients/lib.sh
. ./lib.sh

# a - r - b: r routes
three() {
	local i=0 n

	ip netns add r
	ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	for n in a b; do
		i=$((i + 1))
		ip netns add "$n"
		ip link add v0 netns "$n" type veth peer name "v$n" netns r
		ip -n "$n" address add "192.0.$i.2/24" dev v0
		ip -n "$n" address add "2001:db8:$i::2/64" dev v0 nodad
		ip -n r address add "192.0.$i.1/24" dev "v$n"
		ip -n r address add "2001:db8:$i::1/64" dev "v$n" nodad
		ip -n "$n" link set lo up
		ip -n "$n" link set v0 up
		ip -n r link set "v$n" up
		ip -n "$n" route add default via "192.0.$i.1"
		ip -n "$n" route add default via "2001:db8:$i::1"
	done
	ip -n r link set lo up
	until_true 10 reaches a 192.0.2.2
	until_true 10 reaches a 2001:db8:2::2
}

reaches() { ip netns exec "$1" ping -q -c 1 -W 1 "$2"; }

nft_filter() {
	three
	ip netns exec r nft -f - <<-EOT
		table inet t {
			counter pings { }
			chain f {
				type filter hook forward priority 0; policy accept
				icmp type echo-request counter name pings drop
			}
		}
	EOT
	fails reaches a 192.0.2.2
	reaches a 2001:db8:2::2
	ip netns exec r nft list counter inet t pings | grep -q 'packets 1 '
	[ -z "$(ip netns exec a nft list ruleset)" ]
	[ -z "$(nft list ruleset)" ]
	ip netns exec r nft flush ruleset
	reaches a 192.0.2.2
}

# Rule sets with the same names in many namespaces
nft_many() {
	local i

	for i in {1..10}; do
		ip netns add "n$i"
		ip netns exec "n$i" nft -f - <<-EOT
			table ip t {
				set s { type ipv4_addr; elements = { 192.0.2.$i }; }
				chain c {
					type filter hook input priority 0
					ip saddr @s drop
				}
			}
		EOT
	done
	for i in {1..10}; do
		[ "$(ip netns exec "n$i" nft -j list set ip t s | jq -r '.nftables[].set? |
			values | .elem[]')" = "192.0.2.$i" ]
	done
}

nft_monitor() {
	ip netns add a
	ip netns add b
	ip netns exec a stdbuf -oL nft monitor >/tmp/monitor &
	sleep 1
	ip netns exec b nft add table ip other
	ip netns exec a nft add table ip mine
	until_true 10 grep -q 'add table ip mine' /tmp/monitor
	kill $!
	fails grep other /tmp/monitor
}

nft_nat() {
	three
	ip netns exec r nft -f - <<-EOT
		table ip t {
			chain p {
				type nat hook postrouting priority 100
				oifname "vb" masquerade
			}
		}
	EOT
	ip -n b route delete default via 192.0.2.1
	reaches a 192.0.2.2
	ip netns exec r conntrack -L -p icmp | grep -q 'src=192.0.1.2 .*dst=192.0.2.1 '
	[ -z "$(ip netns exec a conntrack -L 2>/dev/null)" ]
}

# masquerading FLAVOUR: for iptables-nft and iptables-legacy
masquerading() {
	local cmd=iptables-$1

	three
	ip netns exec r "$cmd" -t nat -A POSTROUTING -o vb -j MASQUERADE
	ip -n b route delete default via 192.0.2.1
	reaches a 192.0.2.2
	ip netns exec r "$cmd" -A FORWARD -m conntrack --ctstate NEW -j REJECT
	fails reaches a 192.0.2.2
	[ "$(ip netns exec r "$cmd-save" | grep -c -e '^-A')" = 2 ]
	[ "$(ip netns exec a "$cmd" -S)" = "$("$cmd" -S)" ]
}

iptables_nft() { masquerading nft; }
iptables_legacy() { masquerading legacy; }

ip6tables_both() {
	local f

	three
	for f in nft legacy; do
		ip netns exec r ip6tables-$f -A FORWARD -p icmpv6 --icmpv6-type echo-request -j DROP
		fails reaches a 2001:db8:2::2
		reaches a 192.0.2.2
		ip netns exec r ip6tables-$f -F
		reaches a 2001:db8:2::2
	done
}

bridge_filter() {
	ip netns add br
	ip -n br link add br0 up type bridge
	ip netns exec br nft -f - <<-EOT
		table bridge t {
			chain f {
				type filter hook forward priority 0
				ether type arp drop
			}
		}
	EOT
	ip netns exec br ebtables-nft -A FORWARD -p arp -j DROP
	ip netns exec br nft list ruleset | grep -q 'ether type arp drop'
}

ipvs() {
	three
	ip netns exec r ipvsadm -A -t 192.0.1.1:80 -s rr
	ip netns exec r ipvsadm -a -t 192.0.1.1:80 -r 192.0.2.2:80 -m
	[ "$(ip netns exec r ipvsadm -S -n | wc -l)" = 2 ]
	[ -z "$(ip netns exec a ipvsadm -S -n)" ]
}

client 'nft: a rule' nft_filter
client 'nft: ten rule sets' nft_many
client 'nft: monitor' nft_monitor
client 'nft: masquerade, conntrack -L' nft_nat
client 'nft, ebtables: on a bridge' bridge_filter
client 'iptables-nft' iptables_nft
client 'iptables-legacy' iptables_legacy
client 'ip6tables, both' ip6tables_both
client 'ipvsadm' ipvs
client 'no namespace leaked' no_leak
