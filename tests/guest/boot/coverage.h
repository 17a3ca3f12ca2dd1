/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The case for a kernel with CONFIG_GCOV_KERNEL. It runs last, with cases=coverage on the
 * kernel command line.
 */
CASE(coverage_is_printed)
