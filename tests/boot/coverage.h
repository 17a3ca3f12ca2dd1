/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The case for a kernel that counts which of its lines were run (CONFIG_GCOV_KERNEL),
 * as cases.h has them. It runs, last of all, if the command line says cases=coverage.
 */
CASE(coverage_is_printed)
