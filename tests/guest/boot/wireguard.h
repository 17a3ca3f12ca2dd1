/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases for a kernel of configs/boot.config with CONFIG_WIREGUARD. They run with cases=wireguard
 * on the kernel command line.
 */
CASE(wireguard_goes_while_its_creator_goes)
