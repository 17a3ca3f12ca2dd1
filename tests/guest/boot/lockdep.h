/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel with CONFIG_PROVE_LOCKING, which reports a walk of the list of namespaces
 * without its locks, and for one with CONFIG_DEBUG_NET_SMALL_RTNL. They run with cases=lockdep
 * on the kernel command line.
 */
CASE(flow_dissector_is_attached)
CASE(ipvlan_goes_with_lower_device_elsewhere)
CASE(ipvlan_is_not_created_on_one_that_goes)
