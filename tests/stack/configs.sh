#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The series in configurations that few people run: the boot check with PREEMPT_RT, and with
# lockdep on six CPUs; the KUnit suite under UML without /proc, sysfs, keys and sysctls, one at
# a time.
#
# In: $FULL; skipped without. Out: KTAP, with the lines of each boot as diagnostics. Exit
# status: 0 all passed, 1 not. Uses the work tree and the build of stack/mutants.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

full_only stack/configs

TREE=$CACHE/mutants
NO_DEBUGFS=(CONFIG_{FAULT_INJECTION_DEBUG_FS,SLUB_DEBUG,SLUB_DEBUG_ON}"=n")

# passes CONFIG_NAME=n...: the suite of the core passes without these.
passes() {
	(kunit_build "$TREE" CONFIG_EXPERT=y "$@")
	kunit_passes "$TREE" net_namespace
}

exec 3>&1
check boot_rt boots --config small,rt,kunit --timeout 900
check boot_lockdep_6_cpus boots --config small,lockdep,kunit --cpus 6 --timeout 1800
lock "$CACHE/mutants.lock"
check prepare own_tree mutants
check kunit_without_proc passes CONFIG_PROC_FS=n
check kunit_without_sysfs passes CONFIG_SYSFS=n "${NO_DEBUGFS[@]}"
check kunit_without_keys passes CONFIG_KEYS=n
check kunit_without_sysctl passes CONFIG_SYSCTL=n CONFIG_SYSCTL_KUNIT_TEST=n
plan
