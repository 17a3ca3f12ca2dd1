/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel with CONFIG_FUSE_FS, by which a user keeps the cleanup of namespaces
 * from going on or holds RTNL, and with CONFIG_TUN. They run with cases=stuck on the kernel
 * command line.
 */
CASE(stuck_cleanup_stops_no_creation)
CASE(stuck_cleanup_by_user_stops_no_creation)
CASE(stuck_device_stops_no_creation)
CASE(stuck_device_lets_creator_stop)
CASE(stuck_device_lets_creator_freeze)
CASE(stuck_device_lets_creator_handle_signals)
CASE(stuck_rtnl_lets_mount_answer_signals)
CASE(stuck_rtnl_lets_fsopen_answer_signals)
CASE(stuck_rtnl_does_not_delay_second_mount)
CASE(stuck_rtnl_does_not_delay_lookups)
