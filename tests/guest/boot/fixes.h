/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for bugs of the base kernel that the series fixes. They run with cases=fixes on
 * the kernel command line.
 */
CASE(last_namespace_is_freed)
CASE(selftest_netns_nsid)
