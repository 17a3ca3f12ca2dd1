/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel with CONFIG_DEBUG_KMEMLEAK, and what else configs/debug.config has. They
 * run with cases=debug on the kernel command line. The search for leaks is last.
 */
CASE(sysfs_mount_leaves_queues_alone)
CASE(sysfs_shows_another_queue)
CASE(sysfs_shows_device_above_lo)
CASE(stress_leaves_nothing_behind)
CASE(kmemleak_finds_nothing)
