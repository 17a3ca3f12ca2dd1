#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/lib/check-boot, on the recorded log of a good boot, with and without an
# error. In: tests/logs. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

LOGS=$REAL_TOP/tests/logs
BAD_LINES=$REAL_TOP/tests/guest/boot/bad-lines
MAP=$LOGS/System.map
CASES=$(grep -c '^CASE' "$REAL_TOP/tests/guest/boot/cases.h")
CHECKS=$((CASES + 7))	# including those of the log itself

check_boot() { "$REAL_TOP/tools/lib/check-boot" --system-map "$MAP" "$@"; }

# edited SED-ARGUMENT...: edit the good log, and write it to $DIR/log.
edited() { sed -E "$@" "$LOGS/good.log" >"$DIR/log"; }

# only_fails LINE...: exactly these checks fail on $DIR/log, with these reasons.
only_fails() {
	exits 1 check_boot "$DIR/log" >"$DIR/said"
	sed -n 's/^not ok [0-9]* //p' "$DIR/said" | diff - <(printf '%s\n' "$@")
	grep -q -x "# the log: $DIR/log" "$DIR/said"
}

cases() { sed -n 's/^CASE(\(.*\))$/\1/p' "$REAL_TOP/tests/guest/boot/cases.h"; }

# missing_from NAME: print the failures if the log ends before the result of that case.
missing_from() { cases | sed -n "/^$1\$/,\$s/\$/ # no result in the log/p"; }

# The last lines of the console are printed, and contain TEXT.
shows_end() { grep -q "^#   .*$1" "$DIR/said"; }

good() {
	check_boot "$LOGS/good.log" >"$DIR/said"
	grep -q -x "# pass:$CHECKS fail:0 skip:0" "$DIR/said"
	fails grep -q '^not ok' "$DIR/said"
}

plain_console() {
	edited 's/\r//; s/^\[[^]]*\] //'
	check_boot "$DIR/log"
	edited 's/^(\[[^]]*\]) (.*)/\x1b[0;32m\1[    T1] \2\x1b[0m/'
	check_boot "$DIR/log"
}

SETUP_PANIC='Could not setup the initial network namespace'

setup_panic() {
	edited "/initcall net_ns_init/,\$d"
	cat >>"$DIR/log" <<-END
		[    0.3] Kernel panic - not syncing: $SETUP_PANIC
		[    0.3] CPU: 0 UID: 0 PID: 1 Comm: swapper/0 Not tainted
		[    0.3] Call Trace:
		[    0.3]  <TASK>
	END
	sed -i '/net_namespace: /d' "$DIR/log"
	only_fails "boots_and_powers_off # panic: $SETUP_PANIC"
	shows_end "$SETUP_PANIC"
}

late_panic() {
	local missing

	edited "/cases\.subsys_set_up/,\$d"
	cat >>"$DIR/log" <<-END
		[    3.1] BUG: kernel NULL pointer dereference, address: 0000000000000008
		[    3.1] Kernel panic - not syncing: Fatal exception
	END
	mapfile -t missing < <(missing_from subsys_set_up_before_device)
	only_fails 'boots_and_powers_off # panic: Fatal exception' "${missing[@]}" \
		"log_is_clean # line $(($(wc -l <"$DIR/log") - 1)):BUG: kernel NULL pointer dereference, address: 0000000000000008"
}

hang_in_init() {
	local last missing

	edited '/RUN .*nsid_goes_with_namespace/q'
	last=$(grep -o '#  RUN .*nsid_goes_with_namespace \.\.\.' "$LOGS/good.log")
	mapfile -t missing < <(missing_from nsid_goes_with_namespace)
	only_fails "boots_and_powers_off # hang: no power-off; last line: $last" "${missing[@]}"
	shows_end nsid_is_set_and_found
}

hang_at_power_off() {
	edited '/reboot: Power down/d'
	only_fails 'boots_and_powers_off # hang: no power-off; last line: PM: Calling printk_kthreads_shutdown+0x0/0x60'
}

# The console of s390x has no such line. The guest's last line is there instead.
power_off_on_s390x() {
	edited '/reboot: Power down/d'
	check_boot --arch s390x "$DIR/log"
	sed -i '/# Totals: /d' "$DIR/log"
	exits 1 check_boot --arch s390x "$DIR/log" >"$DIR/said"
	grep '^not ok .* # hang: no power-off' "$DIR/said"
}

never_reached_init() {
	edited "/Run \/init/,\$d"
	echo '[    0.7] Freeing unused kernel image' >>"$DIR/log"
	only_fails 'boots_and_powers_off # the guest never reached init; last line: Freeing unused kernel image'
	shows_end 'Freeing unused'
	: >"$DIR/log"
	only_fails 'boots_and_powers_off # the guest never reached init; last line: '
}

missing_cases() {
	local name

	while read -r name; do
		edited "/ok [0-9]+ cases\.$name/d"
		only_fails "$name # no result in the log"
	done < <(cases)
}

wrong_plan() {
	edited "s/1\.\.$CASES/1..13/"
	only_fails "guest_plan # the guest's plan is 1..13, not 1..$CASES"
	edited "/1\.\.$CASES/d"
	only_fails 'guest_plan # the guest printed no plan'
}

failed_case() {
	edited 's/ok [0-9]+ cases\.count_is_released/not & #  a namespace was created at the limit of 2/'
	only_fails 'count_is_released # a namespace was created at the limit of 2'
}

# ended_early HOW [REASON]: count_is_released ends before its result.
ended_early() {
	edited "s/ok [0-9]+ cases\.count_is_released/# count_is_released: Test terminated $1\n[ 9.0] not &${2-}/"
}

hung_case() {
	ended_early 'by timeout' ' #  waiting for namespaces # to be freed'
	only_fails 'count_is_released # Test terminated by timeout, waiting for namespaces # to be freed'
	ended_early 'by timeout'
	only_fails 'count_is_released # Test terminated by timeout'
}

crashed_case() {
	ended_early 'unexpectedly by signal 11'
	only_fails 'count_is_released # Test terminated unexpectedly by signal 11'
}

skipped_case() {
	edited 's/ok [0-9]+ cases\.slab_is_freed/& # SKIP no CONFIG_NET_NS/'
	only_fails 'slab_is_freed # skipped: no CONFIG_NET_NS'
	check_boot --allow-skip "$DIR/log" | grep -x -E 'ok [0-9]+ slab_is_freed # SKIP no CONFIG_NET_NS'
}

# The sets come after cases.h, in the order in which they are named.
more_cases() {
	local name nr=$CASES lines='[ 9.0] # note: 5 points\n'

	check_boot() { "$REAL_TOP/tools/lib/check-boot" --cases=fault --cases=coverage --system-map "$MAP" "$@"; }
	for name in $(sed -n 's/^CASE(\(.*\))$/fault.\1/p' "$REAL_TOP/tests/guest/boot/fault.h") \
			coverage.coverage_is_printed; do
		nr=$((nr + 1))
		lines+="[ 9.0] ok $nr $name\n"
	done
	edited "s/1\.\.$CASES/1..$nr/; s/.*reboot: /$lines&/"
	check_boot "$DIR/log" >"$DIR/said"
	grep -x '# 5 points' "$DIR/said"
	grep -x "# pass:$((CHECKS + nr - CASES)) fail:0 skip:0" "$DIR/said"
	sed -i '/fault\.id_survives/d' "$DIR/log"
	only_fails 'id_survives_each_failed_allocation # no result in the log'
}

wrong_size() {
	edited '/net_namespace: /d'
	only_fails 'size_is_printed # no line "net_namespace: N bytes"'
	edited 's/net_namespace: [0-9]+ bytes/net_namespace:  bytes/'
	only_fails 'size_is_printed # no line "net_namespace: N bytes"'
}

wrong_return() {
	edited 's/(initcall net_ns_init)\S+ returned 0 .*/\1+0x0\/0x1 returned -12 after 8 usecs/'
	only_fails 'initcall_returns_0 # initcall net_ns_init+0x0/0x1 returned -12 after 8 usecs'
	edited '/initcall net_ns_init/d'
	only_fails 'initcall_returns_0 # initcall_debug shows no return of net_ns_init'
}

wrong_order() {
	local level1

	level1=$(sed -n '/ __initcall1_start/,$s/.*__initcall__kmod_.*__[0-9]*_[0-9]*_\(.*\)1$/\1/p' "$MAP" | head -n 1)
	edited "/calling  net_ns_init/i [    0.2] calling  $level1+0x0/0x10 @ 1"
	only_fails "initcall_precedes_level_1 # after the later initcall $level1"
	edited '/calling  net_ns_init/d'
	only_fails 'initcall_precedes_level_1 # initcall_debug shows no call of net_ns_init'
}

# The same symbol in level 6, by its name or by its address.
wrong_level() {
	local sym from

	cp "$LOGS/good.log" "$DIR/log"
	sym=$(grep -o '__initcall__kmod_net_namespace__.*_net_ns_init0' "$LOGS/System.map")
	MAP=$DIR/map
	sed "s/$sym/${sym%0}6/" "$LOGS/System.map" >"$MAP"
	only_fails "initcall_is_level_0 # not in level 0: ${sym%0}6"
	from=$(awk '$3 == "__initcall6_start" { print $1 }' "$LOGS/System.map")
	sed "s/.* d $sym/$from d $sym/" "$LOGS/System.map" >"$MAP"
	only_fails "initcall_is_level_0 # not in level 0: $sym"
}

# On the base kernel, net_ns_init() is called explicitly and prints nothing.
not_an_initcall() {
	edited '/(calling  |initcall )net_ns_init/d; /net_namespace: /d'
	MAP=$DIR/map
	grep -v net_ns_init "$LOGS/System.map" >"$MAP"
	only_fails 'initcall_is_level_0 # net_ns_init is not an initcall' \
		'initcall_precedes_level_1 # initcall_debug shows no call of net_ns_init' \
		'initcall_returns_0 # initcall_debug shows no return of net_ns_init' \
		'size_is_printed # no line "net_namespace: N bytes"'
}

first_bad_line() {
	edited '/Run \/init/a [    0.7] WARNING: CPU: 0 PID: 1 at net/core/net_namespace.c:1\n[    0.7] BUG: later'
	only_fails "log_is_clean # line $(($(grep -n 'Run /init' "$DIR/log" | cut -d: -f1) + 1)):WARNING: CPU: 0 PID: 1 at net/core/net_namespace.c:1"
}

patterns() { grep -v -e '^#' -e '^$' "$BAD_LINES"; }

# Each line is bad, and each pattern matches a line that no other pattern matches.
bad_samples() {
	cat <<'END'
BUG: kernel NULL pointer dereference, address: 0000000000000000
BUG net_namespace (Not tainted): Objects remaining in net_namespace on __kmem_cache_shutdown()
WARNING: CPU: 1 PID: 35 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110
Oops: 0002 [#1] PREEMPT SMP NOPTI
kernel BUG at net/core/dev.c:11000!
general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1]
init[1]: segfault at 8 ip 0000000000401000 sp 00007ffc00000000 error 4 in init[401000+90000]
 Call Trace:
scheduling while atomic: kworker/u8:1/35/0x00000002
sleeping function called from invalid context at kernel/locking/mutex.c:585
traps: init[1] general protection fault ip:401000 sp:7ffc00000000 error:0 in init[401000+90000]
list_del corruption. prev->next should be ffff888003a00000, but was dead000000000122
Out of memory: Killed process 60 (init) total-vm:1000kB
init: page allocation failure: order:4, mode:0xdc0(GFP_KERNEL|__GFP_ZERO), nodemask=(null)
possible circular locking dependency detected
INFO: possible recursive locking detected
INFO: trying to register non-static key.
inconsistent lock state
suspicious RCU usage
DEBUG_LOCKS_WARN_ON(lock->magic != lock)
rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
INFO: task kworker/u8:1:35 blocked for more than 60 seconds.
watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [init:1]
watchdog: Watchdog detected hard LOCKUP on cpu 1
==> KASAN: slab-use-after-free in cleanup_net+0x1a0/0x3d0
==> KCSAN: data-race in cleanup_net / setup_net
UBSAN: array-index-out-of-bounds in net/core/net_namespace.c:60:3
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
network namespace not free! Usage: 1
refcount_t: underflow; use-after-free.
leaked reference.
ref_tracker: net notrefcnt@ffff888003a00000 has 1/1 users at
ref_tracker: reference already released.
unregister_netdevice: waiting for lo to become free. Usage count = 2
kmem_cache_destroy net_namespace: Slab cache still has objects when called from net_exit
END
}

# A kernel without bugs prints each of these lines in some configuration.
good_samples() {
	cat <<'END'
calling  ref_tracker_debugfs_init+0x0/0x10 @ 1
initcall refcount_selftest_init+0x0/0x10 returned 0 after 3 usecs
calling  kasan_memhotplug_init+0x0/0x10 @ 1
calling  bug_handler_init+0x0/0x10 @ 1
kasan: KernelAddressSanitizer initialized
kcsan: enabled early
kcsan: selftest: 3/3 tests passed
kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)
kmemleak: Automatic memory scanning thread started
Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
rcu: RCU lockdep checking is enabled.
rcu: RCU debug extended QS entry/exit.
Running RCU synchronous self tests
watchdog: NMI not fully supported
NMI watchdog: Perf NMI watchdog permanently disabled
Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!
SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=1
ok 8 cases.count_is_released
reboot: Power down
END
}

every_bad_line() {
	local line

	while IFS= read -r line; do
		grep -q -E -f <(patterns) <<<"$line" || { echo "not found: $line"; false; }
	done < <(bad_samples)
	while IFS= read -r line; do
		bad_samples | grep -q -E -e "$line" || { echo "no sample: $line"; false; }
	done < <(patterns)
}

# The log must be read to its end, which is far behind the splat.
long_log() {
	{
		echo 'BUG: at the beginning'
		seq 100000
		cat "$LOGS/good.log"
	} >"$DIR/log"
	only_fails 'log_is_clean # line 1:BUG: at the beginning'
}

no_good_line() { good_samples | fails grep -E -f <(patterns); }

wrong_usage() {
	exits 2 "$REAL_TOP/tools/lib/check-boot" --nonsense
	exits 2 "$REAL_TOP/tools/lib/check-boot" --cases=nonsense "$LOGS/good.log"
	refuses "no-such-log cannot be read" "$REAL_TOP/tools/lib/check-boot" no-such-log
}

# with_kunit RESULT: the good log, with a KUnit suite of one case before init.
with_kunit() {
	edited "s/^(.*)Run \/init as init process/KTAP version 1\n1..1\n# Subtest: net_namespace\n    1..1\n$1\n&/"
}

kunit_good() {
	with_kunit '    # order: expect: begin\nWARNING: CPU: 0\n    # order: expect: end\n    ok 1 order\nok 1 net_namespace'
	check_boot --kunit "$DIR/log" >"$DIR/said"
	grep -q -E '^ok [0-9]+ kunit_net_namespace$' "$DIR/said"
}

kunit_bad() {
	# shellcheck disable=SC2317	# called by exits
	check_boot() { "$REAL_TOP/tools/lib/check-boot" --kunit --system-map "$MAP" "$@"; }
	with_kunit '    not ok 1 order\nnot ok 1 net_namespace'
	only_fails 'kunit_net_namespace # 1 order'
	with_kunit '    ok 1 order'
	only_fails 'kunit_net_namespace # no result in the log'
	with_kunit 'WARNING: CPU: 0\n    # order: expect: begin\n    # order: expect: end\nok 1 net_namespace'
	only_fails "log_is_clean # line $(grep -n '^WARNING' "$DIR/log" | cut -d: -f1):WARNING: CPU: 0"
}

check 'a good boot passes' good
check 'a good boot passes without time stamps, or with colours and callers' plain_console
check "a failed setup of init_net is reported as that panic only" setup_panic
check 'a panic while cases run is reported with the cases that did not run' late_panic
check 'a hang in a case is reported' hang_in_init
check 'a hang at power-off is reported' hang_at_power_off
check 'the last line of a guest of s390x' power_off_on_s390x
check 'a guest that never reaches init is reported' never_reached_init
check 'each missing case is named' missing_cases
check 'a wrong or missing plan is reported' wrong_plan
check "a failed case is reported with the guest's reason" failed_case
check 'a timeout of a case is reported with what it waited for' hung_case
check 'a case that crashes is reported' crashed_case
check 'a skipped case fails unless skips are allowed' skipped_case
check 'the cases of --cases are expected' more_cases
check 'a missing or broken size line is reported' wrong_size
check 'an initcall that fails or does not return is reported' wrong_return
check 'an initcall that runs too late is reported' wrong_order
check 'an initcall of another level is reported' wrong_level
check 'a kernel without the initcall fails only in its lines' not_an_initcall
check 'the first bad line is named' first_bad_line
check 'every pattern matches its bad lines' every_bad_line
check 'a splat is found at the beginning of a long log' long_log
check 'no pattern matches a good line' no_good_line
check 'a KUnit suite may print warnings that it announces' kunit_good
check 'a KUnit suite that fails or does not end is reported' kunit_bad
check 'wrong usage and a missing log are reported' wrong_usage
plan
