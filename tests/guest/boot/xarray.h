/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for bugs of the base kernel that the part xarray of the series fixes. They run with
 * cases=xarray on the kernel command line.
 */
CASE(largest_nsid_goes_with_namespace)
