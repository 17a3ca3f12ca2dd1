#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/bench, with kernels and guests that are stubs, of tools/bench-table,
# tools/bench-targets, tools/bench-plot and tools/bench-profile. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

HEAD=tree,round,clock,metric,alive,ids,n,value,unit
RESULTS=$DIR/results

# guest LINE...: what one guest prints; the next call is for the next guest.
guest() {
	local nr

	nr=$(find "$DIR/guests" -type f | wc -l)
	printf '[    0.2] %s\r\n' 'Linux version' "$@" >"$DIR/guests/$((100 + nr))"
}

# good_guest METRIC VALUE [UNIT]: it has one result.
good_guest() {
	guest "bench: metric=$1 alive=0 ids=0 n=1 value=$2 unit=${3-us}" 'bench: end'
}

# The stub of tools/qemu gives the log the next guest's console.
stub_qemu() {
	stub qemu <<-END
		echo "qemu \$*" >>'$DIR/asked'
		while [ "\$1" != --log ]; do shift; done
		set -- "\$2" '$DIR/guests'/*
		mv "\$2" "\$1"
	END
	mv "$DIR/bin/qemu" tools/
}

# No results, no guests, and tools that only tell what they were asked.
start() {
	local name

	rm -rf "$RESULTS" "$DIR/guests"
	mkdir "$DIR/guests"
	: >"$DIR/asked"
	for name in setup base apply build initramfs; do
		stub $name <<<"echo $name \"\$@\" >>'$DIR/asked'"
		mv "$DIR/bin/$name" tools/
	done
	stub make </dev/null
	stub_qemu
	cp -R "$REAL_TOP/tests" .
	for name in linux tag; do
		git init -q "$DIR/cache/netns-core/$name"
		git -C "$DIR/cache/netns-core/$name" commit -q --allow-empty -m "$name"
	done
}

# As gnuplot, but for the picture.
stub_gnuplot() {
	stub gnuplot <<-'END'
		echo '<svg/>' >"$(sed -n 's/^[[:space:]]*set output "\(.*\)"/\1/p')"
	END
}

bench() { tools/bench --out "$RESULTS" "$@"; }

in_turn() {
	local v

	start
	for v in 1 40 3 20 2 30; do good_guest create $v; done
	bench --wall >"$DIR/said"
	grep -o 'console-[^ ]*' "$DIR/asked" | diff - <(
		for v in 1 2 3; do printf '%s\n' console-{v1.2.3,stack}-wall-$v.log; done)
	sed -n 1,3p "$RESULTS/bench.csv" | diff - <(
		printf '%s\n' $HEAD v1.2.3,1,wall,create,0,0,1,1,us stack,1,wall,create,0,0,1,40,us)
	grep -q -F '| us | 2 (1 to 3) | 30 (20 to 40) | 15.000 |' "$DIR/said"
	grep -q "^stack: commit $(git -C "$TREE" rev-parse --short=12 HEAD)" "$RESULTS/machine"
}

# Of one object or two
core_text() {
	local build

	start
	for build in linux tag; do
		build=$DIR/cache/netns-core/$build/build-boot-bench/net/core
		mkdir -p "$build"
		touch "$build/net_namespace.o"
	done
	touch "$DIR/cache/netns-core/linux/build-boot-bench/net/core/netns_lookup.o"
	stub size <<<'echo text data bss; echo 700 1 1'
	good_guest create 1
	good_guest create 1
	bench --icount
	diff <(grep core_text "$RESULTS/bench.csv") - <<-END
		v1.2.3,1,build,core_text,0,0,1,700,B
		stack,1,build,core_text,0,0,1,1400,B
	END
}

# One round where instructions are counted, and no other tree than was named.
named_tree() {
	start
	good_guest create 7
	bench --short --icount --rounds 4 --config small "$TREE" >"$DIR/said"
	grep -q '^build .*--config small$' "$DIR/asked"
	grep '^qemu' "$DIR/asked" | grep -c -e '--icount .*bench_clock=insn' | grep -x 1
	fails grep -q '^apply' "$DIR/asked"
	grep -q -F '| us | 7 |' "$DIR/said"
}

# second_fails TEXT GUEST-LINE...: a good run, then one with these lines, which is refused
# and takes nothing away.
second_fails() {
	local text=$1
	shift
	start
	good_guest create 7
	guest 'bench: metric=create alive=0 ids=0 n=1 value=8 unit=us' "$@"
	bench --icount "$TREE"
	cp "$RESULTS/bench.csv" "$DIR/before"
	refuses "$text" bench --icount "$TREE"
	grep -q "the log: $RESULTS/console-stack-insn-1.log" "$DIR/said"
	cmp "$RESULTS/bench.csv" "$DIR/before"
}

cut_short() {
	second_fails "the guest's results end before their last line" 'bench: metric=fr'
}

guest_fails() {
	second_fails 'the guest could not measure: no memory' 'bench: error no memory'
}

kernel_complains() {
	second_fails 'the kernel complained, so its results are none' \
		'BUG: unable to handle page fault' 'bench: end'
}

writes_page() {
	start
	stub_gnuplot
	good_guest churn_rate 300 1/s
	bench --icount --report page.md "$TREE"
	grep -q '^!\[churn.svg\](page/churn.svg)$' page.md
	grep -q '^| created and freed, n creators' page.md
	grep -q '^| target | limit' page.md
	grep -q '^- CPU: ' page.md
	printf '%s\n' bench.csv churn.svg machine | diff - <(ls page)
}

table() {
	{ echo $HEAD; cat; } >data.csv
	cp -R "$REAL_TOP/tests" .
	tools/bench-table "$@" data.csv >"$DIR/said"
}

median_of_even() {
	table <<-END
		a,1,wall,create_p50,0,0,1,10,us
		a,2,wall,create_p50,0,0,1,2,us
		a,3,wall,create_p50,0,0,1,4,us
		a,4,wall,create_p50,0,0,1,6,us
	END
	tail -n 1 "$DIR/said" | grep -q -F ', p50 | 1 | 0 | 0 | us | 5 (2 to 10) |'
}

# A tree may lack what another has.
no_ratio() {
	table <<-END
		a,1,wall,create_p50,0,0,1,10,us
		b,1,wall,lookup_p50,0,0,1,4,us
		b,1,wall,unheard_of,0,0,1,4,us
	END
	grep -q -x -F "| look up a peer's id, p50 | 1 | 0 | 0 | us |  | 4 |  |" "$DIR/said"
	tail -n 1 "$DIR/said" | grep -q '^| unheard_of | '
}

flatness() {
	table --flat <<-END
		a,1,insn,batch_each_p50,0,0,100,1000,insn
		a,1,insn,batch_each_p50,20000,0,100,9999,insn
		a,1,insn,batch_each_p50,900,900,100,1500,insn
		a,1,insn,batch_each_p50,10000,10000,100,2000,insn
		a,1,insn,lookup_p50,10000,10000,1,300,insn
		a,1,insn,lookup_p50,10,10,1,100,insn
		a,1,wall,lookup_p50,10,10,1,9,us
		a,1,wall,churn_rate,0,0,1,300,1/s
		a,1,wall,churn_rate,0,0,2,999,1/s
		a,1,wall,churn_rate,8000,8000,1,200,1/s
		b,1,insn,lookup_p50,10,10,1,100,insn
	END
	diff "$DIR/said" - <<-END
		batch_each_p50 a 2.000
		lookup_p50 a 3.000
		churn_rate a 1.500
	END
}

# A target of each kind, kept and missed.
targets() {
	cp -R "$REAL_TOP/tests" .
	cat >tests/bench/targets <<-'END'
		# METRIC UNIT N ALIVE IDS AGAINST LIMIT
		churn_rate 1/s 2 0 0 tag >=1.15	rate
		churn_rate 1/s 2 0 0 newest >=1	rate, newest
		lookup_p50 insn 1 100 100 fewest:10 <=1.2	look-up
		churn_dead_max 1 8 0 0 - <=536	dead
		pair insn 1 0 0 tag +-0.01	pair
		net_size B 1 0 0 tag <=1	size
	END
	cat >data.csv <<-END
		$HEAD
		a,1,wall,churn_rate,0,0,2,100,1/s
		a,2,wall,churn_rate,0,0,2,900,1/s
		a,3,wall,churn_rate,0,0,2,110,1/s
		b,1,wall,churn_rate,0,0,2,130,1/s
		c,1,wall,churn_rate,0,0,2,140,1/s
		b,1,wall,churn_dead_max,0,0,8,536,1
		a,1,build,net_size,0,0,1,3712,B
		b,1,build,net_size,0,0,1,3712,B
		a,1,insn,pair,0,0,1,100,insn
		b,1,insn,pair,0,0,1,98,insn
		b,1,insn,lookup_p50,10,10,1,100,insn
		b,1,insn,lookup_p50,100,100,1,121,insn
	END
	tools/bench-targets data.csv | tail -n +3 | diff - <(cat <<-END
		| rate | >=1.15 | 1.182 | met |
		| rate, newest | >=1 | 0.929 | missed |
		| look-up | <=1.2 | 1.210 | missed |
		| dead | <=536 | 536 | met |
		| pair | +-0.01 | 0.980 | missed |
		| size | <=1 | 1.000 | met |
	END
	)
	refuses 'no-such-file cannot be read' tools/bench-targets no-such-file
}

nothing_measured() {
	echo $HEAD >data.csv
	refuses 'data.csv holds no measurement' tools/bench-table data.csv
	refuses 'no-such-file cannot be read' tools/bench-table no-such-file
}

plots() {
	printf '%s\n' $HEAD a,1,wall,churn_rate,0,0,1,300,1/s a,2,wall,churn_rate,0,0,1,500,1/s \
		a,1,wall,churn_rate,8000,8000,1,200,1/s b,1,wall,churn_rate,0,0,1,300,1/s >data.csv
	tools/bench-plot data.csv plots
	grep -q 'b, n = 1' plots/churn.svg
}

# A kernel of three functions, the second of them the core's
toy_build() {
	mkdir -p "$1/net/core"
	touch "$1/net/core/net_namespace.o"
	printf '%s\n' 'ffffffff81000000 T _stext' 'ffffffff81000100 T first' \
		'ffffffff81000200 t copy_net_ns' 'ffffffff81000300 T last' \
		'ffffffff81000240 d no_text' >"$1/System.map"
	stub nm <<<'echo 0000000000000000 T copy_net_ns'
}

profile() {
	start
	toy_build "$TREE/build-boot-bench"
	guest 'bench: profile 256 1' 'bench: profile 767 2' 'bench: profile 512 3' \
		'bench: profile 900 4' 'bench: end'
	bench --profile "$TREE" >"$DIR/said"
	grep -q 'bench_what=profile .*profile=2' "$DIR/asked"
	diff "$DIR/said" - <<-END
		stack:
		      5  50.0 % copy_net_ns
		      4  40.0 % last
		      1  10.0 % first
		      5  50.0 % of the core
		     10 100.0 % of all
	END
}

no_samples() {
	start
	toy_build build
	echo 'bench: end' >log
	refuses 'log holds no samples' tools/bench-profile build log
	refuses 'tests is no kernel' tools/bench-profile tests log
}

wrong_usage() {
	local arguments status

	start
	for arguments in --nonsense '--rounds 0' --rounds '--seconds x' '--report page.txt' \
		'--profile --report page.md'; do
		status=0
		# shellcheck disable=SC2086 # words
		bench $arguments || status=$?
		[ $status = 2 ]
	done
	refuses 'no-such-tree: no such directory' bench no-such-tree
	mkdir -p one/linux two/linux
	refuses 'two trees have the same name' bench one/linux two/linux
}

check 'kernels are booted in turn, medians and ratios shown' in_turn
check 'a tree that is named is measured alone' named_tree
check 'the size of the core is that of its objects' core_text
check 'results that are cut short are refused, earlier ones kept' cut_short
check 'a guest that could not measure is told' guest_fails
check 'a kernel that complains has no results' kernel_complains
check 'a page is written with all that belongs to it' writes_page
check 'the median of an even number' median_of_even
check 'no ratio where a tree lacks the value' no_ratio
check 'what should be flat: most with ids to fewest' flatness
check 'targets are held against medians and ratios' targets
check 'a file without results is refused' nothing_measured
check 'samples are given the names of functions' profile
check 'a log without samples is refused' no_samples
if command -v gnuplot >/dev/null; then
	check 'a plot for what was measured' plots
else
	COUNT=$((COUNT + 1))
	echo "ok $COUNT a plot for what was measured # SKIP no gnuplot"
fi
check 'wrong usage, missing trees and equal names are told' wrong_usage
plan
