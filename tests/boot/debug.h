/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel that watches itself (CONFIG_DEBUG_KMEMLEAK), as cases.h has
 * them. They run if the command line says cases=debug; what looks for leaks is last.
 */
CASE(stress_leaves_nothing_behind)
CASE(kmemleak_finds_nothing)
