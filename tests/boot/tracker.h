/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel that knows who holds a namespace (CONFIG_NET_NS_REFCNT_TRACKER),
 * as cases.h has them. They run if the command line says cases=tracker.
 */
CASE(tracker_shows_each_namespace)
CASE(tracker_names_strong_holders)
CASE(tracker_names_weak_holders)
CASE(tracker_entries_go_with_namespace)
