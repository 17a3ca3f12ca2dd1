/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel with CONFIG_FAILSLAB. They run with cases=fault on the kernel
 * command line.
 */
CASE(creation_survives_each_failed_allocation)
CASE(id_survives_each_failed_allocation)
CASE(registration_survives_each_failed_allocation)
CASE(sysctl_lookup_survives_each_failed_allocation)
CASE(sysctl_listing_survives_each_failed_allocation)
CASE(sysfs_mount_survives_each_failed_allocation)
CASE(tcp_close_survives_each_failed_allocation)
