/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel in which allocations can be made to fail (CONFIG_FAILSLAB),
 * as cases.h has them. They run if the command line says cases=fault.
 */
CASE(creation_survives_each_failed_allocation)
CASE(id_survives_each_failed_allocation)
CASE(registration_survives_each_failed_allocation)
CASE(sysctl_lookup_survives_each_failed_allocation)
CASE(sysctl_listing_survives_each_failed_allocation)
