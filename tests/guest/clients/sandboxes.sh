#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# util-linux, bubblewrap and container runtimes

# shellcheck source=tests/guest/clients/lib.sh
. ./lib.sh

export ROOT=/tmp/root

as_user() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }

unshare_net() {
	[ "$(unshare --net readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ]
	unshare --net sh -c 'ip link set lo up && ping -q -c 1 127.0.0.1'
}

unshare_user() {
	fails as_user unshare --net true
	as_user unshare --user --map-root-user --net sh -euxc '
		ip link set lo up
		ip link add v0 type veth peer name v1
		ping -q -c 1 127.0.0.1'
}

# The inner shell expands the words in single quotes.
# shellcheck disable=SC2016
unshare_all() {
	unshare --user --map-root-user --net --pid --fork --mount-proc --ipc --uts --cgroup \
		sh -euxc '[ $$ = 1 ] && ip link add d0 type dummy && [ "$(ls /proc/sys/net/ipv4/conf)" ]'
}

# A namespace that is bind mounted on a file outlives its last process
unshare_file() {
	touch /run/kept
	unshare --net=/run/kept ip link add d0 type dummy
	nsenter --net=/run/kept ip link show d0
	umount /run/kept
}

nsenter_all() {
	unshare --net --mount --uts --pid --kill-child sleep 60 &
	until_true 5 inside $!
	nsenter --target $! --net ip link add d0 type dummy
	nsenter --target $! --all ip link show d0
	fails ip link show d0
	kill -9 $!
}

lsns_net() {
	local ns

	unshare --net sleep 60 &
	until_true 5 inside $!
	ns=$(readlink /proc/$!/ns/net)
	lsns --type net --noheadings --output NS,NPROCS,PID,COMMAND |
		grep -Eq "${ns//[!0-9]/} +1 +$! +sleep"
	ip netns attach a $!
	ip netns set a 8
	lsns --type net --noheadings --output NETNSID,PID,NSFS | grep -Eq "8 +$! +/run/netns/a"
	kill $!
}

bwrap_net() {
	local out

	out=$(bwrap --ro-bind / / --dev /dev --proc /proc --unshare-net \
		sh -euc 'ping -q -c 1 127.0.0.1 >/dev/null; readlink /proc/self/ns/net; tail -n +3 /proc/net/dev | cut -d: -f1')
	[ "$(sed -n 2,9p <<<"$out" | xargs)" = lo ]
	[ "$(sed -n 1p <<<"$out")" != "$(readlink /proc/self/ns/net)" ]
}

bwrap_user() {
	[ "$(as_user bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all \
		--die-with-parent ip -o link show | cut -d: -f2 | xargs)" = lo ]
}

bwrap_20() {
	local pids=() pid

	for _ in {1..20}; do
		bwrap --ro-bind / / --unshare-all true &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid"; done
}

# The root of the containers: this system's programs, without its devices. Made once.
container_root() {
	mkdir -p $ROOT/{usr,etc,proc,sys,dev,run,tmp,var}
	mount --bind -o ro /usr $ROOT/usr
	for d in bin sbin lib lib64; do ln -s usr/$d $ROOT/$d; done
	echo ID=guest >$ROOT/etc/os-release
	tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
}

# edit FILTER: apply a jq filter to the bundle's configuration
edit() {
	jq --arg root $ROOT "$@" /tmp/bundle/config.json >/tmp/config.json
	mv /tmp/config.json /tmp/bundle/config.json
}

# bundle COMMAND: make an OCI bundle in /tmp/bundle that runs it in a shell
bundle() {
	mkdir -p /tmp/bundle
	rm -f /tmp/bundle/config.json
	(cd /tmp/bundle && crun spec)
	# shellcheck disable=SC2016	# jq expands it
	edit --arg command "$1" '.process.args = ["sh", "-c", $command] |
		.process.terminal = false | .root.path = $root'
}

crun_run() {
	bundle 'readlink /proc/self/ns/net; ip -o link show | cut -d: -f2'
	out=$(crun run -b /tmp/bundle c1)
	[ "$(sed -n 2,9p <<<"$out" | xargs)" = lo ]
	[ "$(sed -n 1p <<<"$out")" != "$(readlink /proc/self/ns/net)" ]
}

# As an engine does it: create the container, move a device into it, delete it
crun_life() {
	bundle 'exec sleep 60'
	crun create -b /tmp/bundle c1
	pid=$(crun state c1 | jq .pid)
	ip link add v0 type veth peer name eth0 netns "$pid"
	crun start c1
	crun exec c1 ip link show eth0
	crun kill c1 KILL
	until_true 10 stopped
	crun delete c1
	until_true 20 fails ip link show v0
}

stopped() { [ "$(crun state c1 | jq -r .status)" = stopped ]; }

# In an existing namespace, as in pods
crun_in_netns() {
	ip netns add a
	ip -n a link add d0 type dummy
	bundle 'ip link show d0'
	edit '(.linux.namespaces[] | select(.type == "network")).path = "/run/netns/a"'
	crun run -b /tmp/bundle c1
}

nspawn() {
	systemd-nspawn --quiet --register=no --keep-unit --directory=$ROOT --pipe \
		"$@" >/tmp/out
}

nspawn_private() {
	nspawn --private-network sh -c 'ip -o link show | cut -d: -f2'
	[ "$(xargs </tmp/out)" = lo ]
}

nspawn_veth() {
	nspawn --network-veth --machine=m ip -o link show host0
	grep host0 /tmp/out
	until_true 20 fails ip link show ve-m
}

nspawn_netns() {
	ip netns add a
	ip -n a link add d0 type dummy
	nspawn --network-namespace-path=/run/netns/a ip -o link show d0
	grep d0 /tmp/out
}

container_root
client 'unshare --net' unshare_net
client 'unshare --user --net' unshare_user
client 'unshare, all namespaces' unshare_all
client 'unshare --net=FILE' unshare_file
client 'nsenter' nsenter_all
client 'lsns' lsns_net
client 'bwrap --unshare-net' bwrap_net
client 'bwrap --unshare-all, as a user' bwrap_user
client 'bwrap, 20 at a time' bwrap_20
client 'crun run' crun_run
client 'crun create, start, exec, delete' crun_life
client 'crun run, in a given namespace' crun_in_netns
client 'systemd-nspawn --private-network' nspawn_private
client 'systemd-nspawn --network-veth' nspawn_veth
client 'systemd-nspawn --network-namespace-path' nspawn_netns
client 'no namespace leaked' no_leak
