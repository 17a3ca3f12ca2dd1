/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's cases, in the order in which they run; a case is a function of
 * that name. tools/check-boot reads the names here, so that a log which was
 * cut short cannot hide one: one CASE() a line.
 */
CASE(size_is_slab_object_size)
CASE(init_net_is_inits_own)
CASE(init_net_has_its_fixed_numbers)
CASE(init_net_lo_comes_up)
CASE(init_net_lo_carries_ipv4)
CASE(init_net_lo_carries_ipv6)
CASE(clone_newnet_follows_config)
CASE(each_of_200_has_its_own_lo)
CASE(count_is_given_back)
CASE(slab_is_given_back)
CASE(limit_reached_is_enospc_at_once)
CASE(subsys_set_up_before_device)
CASE(device_cleaned_up_before_subsys)
CASE(veth_peer_goes_with_namespace)
CASE(nsid_is_set_and_found)
CASE(nsid_goes_with_namespace)
CASE(sysctls_are_found_by_name)
CASE(ns_ids_rise)
CASE(ns_id_is_cookie_of_sockets)
CASE(nsfs_ioctls_know_network_namespaces)
CASE(listns_shows_namespace_until_last_reference)
CASE(listns_shows_namespace_opened_by_its_socket)
CASE(listns_shows_no_part_of_a_namespace)
CASE(failed_creation_is_never_listed)
CASE(setns_needs_cap_over_both)
CASE(newnsid_needs_cap_net_admin)
CASE(target_nsid_needs_cap_net_admin)
CASE(sysctls_need_cap_net_admin)
