#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's torture test of RCU on the series, which adds rcu_barrier_expedited(): for ten
# minutes on four CPUs, then for three minutes each with callbacks that kthreads invoke, and
# with kthreads that poll for offloaded ones. CPUs go offline and come back, and begin and
# cease to offload callbacks.
#
# In: $FULL; skipped without. Out: KTAP, with the number of barriers. Exit status: 0 all
# passed, 1 not.
#
# Results are cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

full_only stack/rcutorture

CONFIGS=small,rcutorture

# torture SECONDS LEAST [ARGUMENT]: LEAST is a number of barriers, ARGUMENT one of the kernel.
torture() {
	local build=$LINUX/build-${CONFIGS//,/-} log=$DIR/console.log barriers

	"$TOP/tools/build" --config $CONFIGS
	"$TOP/tools/lib/initramfs" --shell --build "$build" --out "$DIR/cpio"
	# The test ends by a power-off. Until then init sleeps.
	"$TOP/tools/lib/qemu" --kernel "$build/arch/x86/boot/bzImage" --initrd "$DIR/cpio" \
		--log "$log" --cpus 4 --timeout $(($1 * 2 + 300)) --append "\
		rcu_nocbs=2-3 rcutorture.n_barrier_cbs=4 rcutorture.stat_interval=15 \
		rcutorture.onoff_interval=1000 rcutorture.onoff_holdoff=30 \
		rcutorture.nocbs_nthreads=1 \
		rcutorture.shutdown_secs=$1 ${3-} rdinit=/bin/busybox -- sleep 100000"
	console_text "$log" >"$DIR/console"
	"$TOP/tools/lib/bad-line" <"$DIR/console" >"$DIR/bad"
	cat "$DIR/bad"
	grep 'End of test' "$DIR/console"
	# "barrier: SUCCESSES/ATTEMPTS:ERRORS"
	barriers=$(sed -nE 's,.* barrier: ([0-9]+)/[0-9]+:0 .*,\1,p' "$DIR/console" | tail -n 1)
	echo "# $barriers barriers" >&3
	[ ! -s "$DIR/bad" ] && [ "$barriers" -ge "$2" ] &&
		grep -q 'End of test: SUCCESS' "$DIR/console"
}

tortures() {
	check rcutorture torture 600 800
	check rcutorture_of_kthreads torture 180 200 rcutree.use_softirq=0
	check rcutorture_of_kthreads_that_poll torture 180 50 rcu_nocb_poll
}

exec 3>&1
check prepare applied
boot_inputs $CONFIGS
cached rcutorture "$(tree_of "$LINUX" refs/netns-core/applied)" "${INPUTS[@]}" -- \
	tortures
plan
