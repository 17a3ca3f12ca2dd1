/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases that fail on the base kernel, whose bugs the series fixes, as cases.h has them.
 * They run if the command line says cases=fixes.
 */
CASE(last_namespace_is_freed)
CASE(nsid_dump_is_complete)
CASE(nsid_dump_of_target_is_complete)
