# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The architectures that kernels are built for. Sourced, not run, after tool.sh.

# set_arch NAME: set what depends on the architecture, with uname's name for it: make's ARCH_NAME,
# CROSS (before the names of compilers), TARGET and IMAGE (in the build directory), QEMU,
# MACHINE (its options), SERIAL (those of the console on the chardev console), TTY (the
# console's name in the kernel) and LAST_LINE (a pattern of the last line of a whole log). On
# s390x, the console is written out for the last time before the kernel prints "Power down".
# shellcheck disable=SC2034	# used by the tools
set_arch() {
	ARCH_NAME=$1 CROSS=$1-linux-gnu- TARGET=bzImage IMAGE=arch/x86/boot/bzImage
	QEMU=qemu-system-$1 MACHINE=() SERIAL=(-serial chardev:console) TTY=ttyS0
	LAST_LINE="reboot: Power down"
	case $1 in
	x86_64)	CROSS= ;;
	i386)	CROSS=i686-linux-gnu- ;;
	arm64)	CROSS=aarch64-linux-gnu- TARGET=Image IMAGE=arch/arm64/boot/Image TTY=ttyAMA0
		QEMU=qemu-system-aarch64 MACHINE=(-machine virt -cpu cortex-a57) ;;
	s390x)	ARCH_NAME=s390 IMAGE=arch/s390/boot/bzImage TTY=ttysclp0 LAST_LINE="# Totals: .*"
		SERIAL=(-device "sclpconsole,chardev=console") ;;
	esac
}

# packages_of ARCH GROUP: the group of tools/setup for that architecture, GROUP for x86_64
packages_of() { [ "$1" = x86_64 ] && echo "$2" || echo "$1"; }

# arch_of CONFIGS: the architecture that one of these configurations is for
arch_of() {
	case ,$1, in
	*,i386,*) echo i386 ;;
	*,arm64,*) echo arm64 ;;
	*,s390x,*) echo s390x ;;
	*)	echo x86_64 ;;
	esac
}
