/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel with CONFIG_NET_NS_REFCNT_TRACKER. They run with cases=tracker on the
 * kernel command line.
 */
CASE(tracker_shows_each_namespace)
CASE(tracker_names_strong_holders)
CASE(tracker_names_uncounted_holders)
CASE(tracker_entries_go_with_namespace)
