/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kinds of steps of the random walk, for a kernel of configs/boot.config with
 * CONFIG_FAILSLAB. It runs with cases=each on the kernel command line.
 */
CASE(each_step_survives_each_failed_allocation)
