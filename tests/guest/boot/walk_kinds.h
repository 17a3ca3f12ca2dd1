/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kinds of steps of the random walk, each with its weight. The step is the function
 * walk_NAME() in the file that is named above it. Those of FAMILY_KIND() are taken with
 * walk_families=1 only.
 */
#ifndef FAMILY_KIND
#define FAMILY_KIND(name, weight) KIND(name, weight)
#endif

/* walk_net.c */
KIND(unshare, 4)
KIND(clone, 4)
KIND(clone_user, 3)
KIND(enter, 8)
KIND(enter_init, 1)
KIND(enter_by_proc, 2)
KIND(enter_by_pidfd, 2)
KIND(open_by_pidfd, 2)
KIND(open_by_id, 2)
KIND(drop, 4)
KIND(bind, 2)
KIND(unbind, 2)
KIND(limit, 1)

/* walk_pass.c */
KIND(pass, 3)
KIND(receive, 3)
KIND(leave_in_flight, 2)
KIND(leave_in_cycle, 2)

/* walk_link.c */
KIND(dummy, 3)
KIND(ifb, 2)
KIND(bridge, 2)
KIND(veth, 4)
KIND(vlan, 3)
KIND(macvlan, 3)
KIND(ipvlan, 3)
KIND(vxlan, 3)
KIND(geneve, 2)
KIND(vxcan, 2)
KIND(bond, 2)
KIND(tun, 2)
FAMILY_KIND(wireguard, 2)
KIND(move, 8)
KIND(rename, 2)
KIND(altname, 2)
KIND(enslave, 3)
KIND(up, 4)
KIND(address, 3)
KIND(delete, 3)

/* walk_module.c */
KIND(load, 2)
KIND(unload, 1)

/* walk_id.c */
KIND(set_id, 3)
KIND(set_ids, 3)
KIND(get_id, 3)
KIND(get_id_of_target, 2)
KIND(dump_ids, 2)
KIND(dump_links, 1)

/* walk_socket.c */
KIND(socket, 4)
KIND(group, 3)
KIND(packet, 2)
KIND(unix, 2)
KIND(listen, 2)
KIND(time_wait, 2)
KIND(orphan, 2)
KIND(open_by_socket, 2)
KIND(close_socket, 3)

/* walk_file.c */
KIND(read_sysctl, 3)
KIND(write_sysctl, 3)
KIND(open_sysctls, 3)
KIND(list_sysctls, 3)
KIND(read_proc, 3)
KIND(open_proc, 2)
KIND(continue_proc, 2)
KIND(mount_sysfs, 2)
KIND(list_sysfs, 2)
KIND(write_sysfs, 2)
KIND(unmount_sysfs, 1)

/* walk_flow.c */
FAMILY_KIND(esp, 2)
FAMILY_KIND(ipvs, 2)

#undef FAMILY_KIND
