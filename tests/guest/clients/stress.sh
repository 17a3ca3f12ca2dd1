#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# stress-ng's stressors that create namespaces, or use netlink and devices

# shellcheck source=tests/guest/clients/lib.sh
. ./lib.sh

# stress-ng exits with 0 if it skipped a stressor: check that it did some work.
stressor() {
	stress-ng --"$1" 2 --timeout 5 --metrics 2>&1 | tee /tmp/stress
	[ "${PIPESTATUS[0]}" = 0 ]
	awk -v name="$1" '$4 == name && $5 > 0 { ok = 1 } END { exit !ok }' /tmp/stress
}

clone() { stressor clone; }
unshare_all() { stressor unshare; }
netdev() { stressor netdev; }
netlink_proc() { stressor netlink-proc; }
netlink_task() { stressor netlink-task; }

client 'stress-ng clone' clone
client 'stress-ng unshare' unshare_all
client 'stress-ng netdev' netdev
client 'stress-ng netlink-proc' netlink_proc
client 'stress-ng netlink-task' netlink_task
client 'no namespace leaked' no_leak
