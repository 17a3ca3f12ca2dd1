/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The random walk over network namespaces, for a kernel of configs/boot.config. It runs with
 * cases=walk on the kernel command line.
 */
CASE(random_walk_leaves_nothing)
