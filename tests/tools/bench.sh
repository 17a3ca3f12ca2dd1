#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/bench, with kernels and guests that are stubs, of tools/lib/bench-table and
# tools/lib/bench-profile. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

HEAD=tree,round,clock,cpus,metric,alive,ids,n,value,unit
RESULTS=$DIR/results

# guest LINE...: the output of one guest. The next call is for the next guest.
guest() {
	local nr

	nr=$(find "$DIR/guests" -type f | wc -l)
	printf '[    0.2] %s\r\n' 'Linux version' "$@" >"$DIR/guests/$((100 + nr))"
}

# good_guest METRIC VALUE [UNIT]: the output of a guest with one result.
good_guest() {
	guest "bench: metric=$1 alive=0 ids=0 n=1 value=$2 unit=${3-us}" 'bench: end'
}

# The stub of tools/lib/qemu writes the next guest's output to the log.
stub_qemu() {
	stub qemu <<-END
		echo "qemu \$*" >>'$DIR/asked'
		while [ "\$1" != --log ]; do shift; done
		set -- "\$2" '$DIR/guests'/*
		mv "\$2" "\$1"
	END
	mv "$DIR/bin/qemu" tools/lib/
}

# No results, no guests, and tools that only log their arguments.
start() {
	local name

	rm -rf "$RESULTS" "$DIR/guests"
	mkdir "$DIR/guests"
	: >"$DIR/asked"
	for name in setup base apply build initramfs; do
		stub $name <<<"echo $name \"\$@\" >>'$DIR/asked'"
		mv "$DIR/bin/$name" "$(tool_path "$name")"
	done
	stub make </dev/null
	stub_qemu
	cp -R "$REAL_TOP"/{configs,tests} .
	cp "$DIR/fresh/configs/pin" configs/
	for name in "$TREE" "$TAG_TREE"; do
		git init -q "$name"
		git -C "$name" commit -q --allow-empty -m "$name"
	done
}

# gnuplot without the picture
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
		for v in 1 2 3; do printf '%s\n' console-{v1.2.3,series}-wall-$v-2.log; done)
	sed -n 1,3p "$RESULTS/bench.csv" | diff - <(
		printf '%s\n' $HEAD v1.2.3,1,wall,2,create,0,0,1,1,us series,1,wall,2,create,0,0,1,40,us)
	grep -q -F '| us | 2 | 1 | 0 | 0 | 2 (1 to 3) | 30 (20 to 40) | 15.000 |' "$DIR/said"
	grep -q "^series: commit $(git -C "$TREE" rev-parse --short=12 HEAD)" "$RESULTS/machine"
}

# Each number of CPUs is measured separately, with the load of --short if the machine has fewer.
# A size does not depend on it.
cpus_in_turn() {
	start
	stub nproc <<<'echo 2'
	good_guest create 1
	guest 'bench: metric=create alive=0 ids=0 n=1 value=2 unit=us' \
		'bench: metric=net_size alive=0 ids=0 n=1 value=4160 unit=B' 'bench: end'
	bench --wall --rounds 1 --cpus 1,8 --accel tcg "$TREE"
	sed -n 's/.*\(--accel tcg --cpus [0-9]*\) .*\(bench_samples=[0-9]*\).*/\1 \2/p' "$DIR/asked" |
		diff - <(printf -- '--accel tcg --cpus %s\n' '1 bench_samples=200' '8 bench_samples=20')
	tail -n +2 "$RESULTS/bench.csv" | diff - <(printf '%s\n' series,1,wall,1,create,0,0,1,1,us \
		series,1,wall,8,create,0,0,1,2,us series,1,wall,,net_size,0,0,1,4160,B)
}

# The base has one object, the series two.
core_text() {
	local build

	start
	for build in "$TREE" "$TAG_TREE"; do
		build+=/build-boot-bench/net/core
		mkdir -p "$build"
		touch "$build/net_namespace.o"
	done
	touch "$DIR/project/linux/build-boot-bench/net/core/netns_lookup.o"
	stub size <<<'echo text data bss; echo 700 1 1'
	good_guest create 1
	good_guest create 1
	bench --icount
	diff <(grep core_text "$RESULTS/bench.csv") - <<-END
		v1.2.3,1,build,,core_text,0,0,1,700,B
		series,1,build,,core_text,0,0,1,1400,B
	END
}

# The guests run the base, and the series up to the first and to the second patch.
up_to_patches() {
	local v names

	start
	mapfile -t names < <(grep '\.patch$' series | sed 's/^[0-9]*-//; s/\.patch$//')
	git -C "$TREE" tag base
	for v in 1 2; do git -C "$TREE" commit -q --allow-empty -m $v; done
	git -C "$TREE" update-ref refs/netns-core/applied HEAD
	for v in 30 20 10; do good_guest one_create_p50 $v insn; done
	stub build <<<"git -C \"\$2\" log -1 --format=%s >>'$DIR/asked'"
	mv "$DIR/bin/build" tools/
	mkdir pages
	bench --patches 1,2 --report pages/patches.md >"$DIR/said"
	sed -n '3,$ s/^| \([^|]*\) | \([0-9]*\) .*/\1 \2/p' "$DIR/said" | diff - <(
		printf '%s\n' 'v1.2.3 30' "${names[0]} 20" "${names[1]} 10")
	grep -qxF "$(tail -n 1 "$DIR/said")" pages/patches.md
	[ "$(tail -n 1 pages/bench/patches.csv)" = "${names[1]},1,insn,1,one_create_p50,0,0,1,10,insn" ]
	[ "$(grep -xF -e "$TREE" -e 1 -e 2 "$DIR/asked" | xargs)" = "$TREE 1 2" ]
	refuses 'patches 99: the series has' bench --patches 99
	exits 2 bench --patches 1-2
	exits 2 bench --patches 1 "$TREE"
	exits 2 bench --patches 1 --wall
	exits 2 bench --wall --patches 1
	exits 2 bench --patches=
	exits 2 bench --patches 1 --report bench.md
}

# One round with --icount, and only the named tree
named_tree() {
	start
	good_guest create 7
	bench --short --icount --rounds 4 --cpus 4 --config small "$TREE" >"$DIR/said"
	grep -q '^build .*--config small$' "$DIR/asked"
	grep '^qemu' "$DIR/asked" | grep -c -e '--icount .*bench_clock=insn' | grep -x 1
	fails grep -q '^apply' "$DIR/asked"
	grep -q -F '| us | 1 | 1 | 0 | 0 | 7 |' "$DIR/said"
}

# second_fails TEXT GUEST-LINE...: a good run, then one with these lines. It fails and keeps
# the results of the first.
second_fails() {
	local text=$1
	shift
	start
	good_guest create 7
	guest 'bench: metric=create alive=0 ids=0 n=1 value=8 unit=us' "$@"
	bench --icount "$TREE"
	cp "$RESULTS/bench.csv" "$DIR/before"
	refuses "$text" bench --icount "$TREE"
	grep -q "the log: $RESULTS/console-series-insn-1-1.log" "$DIR/said"
	cmp "$RESULTS/bench.csv" "$DIR/before"
}

cut_short() {
	second_fails "the guest's results end before their last line" 'bench: metric=fr'
}

guest_fails() {
	second_fails 'the guest could not measure: no memory' 'bench: error no memory'
}

kernel_complains() {
	second_fails 'results are discarded, because the kernel printed' \
		'BUG: unable to handle page fault' 'bench: end'
}

writes_page() {
	start
	stub_gnuplot
	good_guest churn_rate 300 1/s
	bench --icount --report page.md "$TREE"
	grep -q '^!\[churn.svg\](page/churn.svg)$' page.md
	grep -q 'The base kernel is v1.2.3\.' page.md
	grep -q '^## Worse$' page.md
	grep -q '^| target | limit' page.md
	grep -q '^- CPU: ' page.md
	printf '%s\n' bench.csv churn.svg machine | diff - <(ls page)
}

# Only the table of README.md is replaced.
updates_readme() {
	local v

	start
	stub_gnuplot
	mkdir -p Documentation
	printf '%s\n' before '<!-- Made by tools/lib/bench-table, so -->' old '<!-- end of the table -->' \
		after >README.md
	for v in 300 600; do
		guest "bench: metric=churn_rate alive=0 ids=0 n=8 value=$v unit=1/s" 'bench: end'
	done
	bench --icount --report Documentation/bench.md
	diff README.md - <<-'END'
		before
		<!-- Made by tools/lib/bench-table, so -->
		|  | v1.2.3 | series | ratio |
		| --- | --: | --: | --: |
		| created and freed per second, 8 creators | 300 | 600 | 2.000 |
		<!-- end of the table -->
		after
	END
}

# table_tool [OPTION...]: run tools/lib/bench-table on the CSV on stdin.
table_tool() {
	{ echo $HEAD; cat; } >data.csv
	[ -d tests ] || cp -R "$REAL_TOP/tests" .
	tools/lib/bench-table "$@" data.csv >"$DIR/said"
}

median_of_even() {
	table_tool <<-END
		a,1,wall,2,create_p50,0,0,1,10,us
		a,2,wall,2,create_p50,0,0,1,2,us
		a,3,wall,2,create_p50,0,0,1,4,us
		a,4,wall,2,create_p50,0,0,1,6,us
	END
	tail -n 1 "$DIR/said" | grep -q -x -F '| p50 | us | 2 | 1 | 0 | 0 | 5 (2 to 10) |'
}

# A tree may lack a value, and a time may be "never".
no_ratio() {
	table_tool <<-END
		a,1,wall,2,create_p50,0,0,1,10,us
		b,1,wall,2,lookup_p50,0,0,1,4,us
		a,1,wall,2,one_memory_p50,0,0,1,inf,us
		b,1,wall,2,one_memory_p50,0,0,1,4,us
		a,1,wall,2,one_up_memory_p50,0,0,1,inf,us
		b,1,wall,2,one_up_memory_p50,0,0,1,inf,us
		b,1,wall,2,unheard_of,0,0,1,4,us
	END
	grep -q -x -F '| p50 | us | 2 | 1 | 0 | 0 |  | 4 |  |' "$DIR/said"
	grep -q -x -F '| p50 | us | 2 | 1 | 0 | 0 | never | 4 | 0.000 |' "$DIR/said"
	grep -q -x -F '| p50 | us | 2 | 1 | 0 | 0 | never | never |  |' "$DIR/said"
	grep -q -x '### unheard_of' "$DIR/said"
}

# Without a tree, all trees. The median is divided, and rounded.
fills() {
	echo 'rates {churn_rate 1/s 2 8 0 0 1 0}, {b churn_rate 1/s 2 8 0 0 1000 2} thousand' >template
	table_tool --fill template <<-END
		a,1,wall,2,churn_rate,0,0,8,900.4,1/s
		b,1,wall,2,churn_rate,0,0,8,1000,1/s
		b,2,wall,2,churn_rate,0,0,8,1230,1/s
		b,3,wall,2,churn_rate,0,0,8,2000,1/s
	END
	[ "$(cat "$DIR/said")" = 'rates 900 1230, 1.23 thousand' ]
	echo '{churn_rate 1/s 2 9 0 0 1 0}' >template
	refuses 'no value for {churn_rate 1/s 2 9 0 0 1 0}' tools/lib/bench-table --fill template data.csv
}

# A rate is worse if it is lower. Values that differ by less than a tenth are not listed.
worse_listed() {
	table_tool --worse <<-END
		a,1,wall,2,churn_rate,0,0,1,100,1/s
		b,1,wall,2,churn_rate,0,0,1,90,1/s
		a,1,wall,2,churn_rate,0,0,2,100,1/s
		b,1,wall,2,churn_rate,0,0,2,200,1/s
		a,1,wall,2,churn_rate,0,0,8,100,1/s
		b,1,wall,2,churn_rate,0,0,8,91,1/s
		a,1,wall,2,create_p50,0,0,1,100,us
		b,1,wall,2,create_p50,0,0,1,110,us
		a,1,wall,2,create_p99,0,0,1,200,us
		b,1,wall,2,create_p99,0,0,1,100,us
		a,1,wall,2,churn_dying_max,0,0,1,100,1
		b,1,wall,2,churn_dying_max,0,0,1,112,1
		b,2,wall,2,churn_dying_max,0,0,1,111,1
		b,3,wall,2,churn_dying_max,0,0,1,100,1
		b,1,wall,2,lookup_p50,0,0,1,4,us
	END
	tail -n +3 "$DIR/said" | diff - <(cat <<-END
		| churn_rate | 1/s | 2 | 1 | 0 | 0 | 100 | 90 | 0.900 |
		| churn_dying_max | 1 | 2 | 1 | 0 | 0 | 100 | 111 (100 to 112) | 1.110 |
	END
	)
}

# Targets of each kind. With --test, those that are marked have to be met.
targets() {
	cp -R "$REAL_TOP/tests" .
	cat >tests/guest/bench/targets <<-'END'
		# METRIC UNIT N ALIVE IDS AGAINST LIMIT MARKS
		churn_rate 1/s 2 0 0 pin >=1.15 readme	rate
		lookup_p50 insn 1 100 100 fewest:10 <=1.2 test	lookup
		one_memory_p50 us 1 0 0 pin <=0.5 -	memory
		pair insn 1 0 0 pin <=0.97 -	pair
		net_size B 1 0 0 pin <=1 test,readme	size
		nsid_assign_p50 us 8 1000 0 pin <=1 test	ids
		idle_memory KiB 1 0 0 pin <=0.5 summary	idle
	END
	table_tool --targets <<-END
		a,1,wall,1,churn_rate,0,0,2,1,1/s
		b,1,wall,1,churn_rate,0,0,2,1,1/s
		a,1,wall,2,churn_rate,0,0,2,100,1/s
		a,2,wall,2,churn_rate,0,0,2,900,1/s
		a,3,wall,2,churn_rate,0,0,2,110,1/s
		b,1,wall,2,churn_rate,0,0,2,130,1/s
		a,1,wall,8,churn_rate,0,0,2,200,1/s
		b,1,wall,8,churn_rate,0,0,2,100,1/s
		a,1,wall,2,one_memory_p50,0,0,1,inf,us
		b,1,wall,2,one_memory_p50,0,0,1,100,us
		a,1,build,,net_size,0,0,1,3712,B
		b,1,build,,net_size,0,0,1,3712,B
		a,1,insn,1,pair,0,0,1,100,insn
		b,1,insn,1,pair,0,0,1,98,insn
		a,1,insn,1,idle_memory,0,0,1,10,KiB
		b,1,insn,1,idle_memory,0,0,1,10,KiB
		a,1,wall,2,idle_memory,0,0,1,10,KiB
		b,1,wall,2,idle_memory,0,0,1,5,KiB
		b,1,insn,1,lookup_p50,10,10,1,100,insn
		b,1,insn,1,lookup_p50,100,100,1,121,insn
		a,1,wall,1,nsid_assign_p50,1000,0,8,5,us
	END
	diff "$DIR/said" - <<-END
		| target | limit | measured | CPUs: 1 | CPUs: 8 |  |
		| --- | --: | --: | --: | --: | --- |
		| rate | >=1.15 | 1.182 | 1.000 | 0.500 | missed, CPUs: 1, 8 |
		| lookup | <=1.2 | 1.210 |  |  | missed |
		| memory | <=0.5 | base: never, series: 100 us |  |  | met |
		| pair | <=0.97 | 0.980 |  |  | missed |
		| size | <=1 | 1.000 |  |  | met |
		| ids | <=1 |  |  |  | not measured |
		| idle | <=0.5 | 0.500 | 1.000 |  | missed, CPUs: 1 |
	END

	tools/lib/bench-table --summary data.csv | diff - <(cat <<-END
		|  | a | b | ratio | ratio, CPUs: 1 | ratio, CPUs: 8 |
		| --- | --: | --: | --: | --: | --: |
		| rate | 110 | 130 | 1.182 | 1.000 | 0.500 |
		| size, B | 3712 | 3712 | 1.000 |  |  |
		| idle, KiB | 10 | 5 | 0.500 | 1.000 |  |
	END
	)
	exits 1 tools/lib/bench-table --test data.csv >"$DIR/said"
	printf '%s\t%s\t%s\t%s\n' missed lookup 1.210 '<=1.2' met size 1.000 '<=1' \
		'not measured' ids - '<=1' | diff "$DIR/said" -
	sed -i '/ids$/d; s/<=1.2/<=1.3/' tests/guest/bench/targets
	tools/lib/bench-table --test data.csv
	tools/lib/bench-table --readme data.csv | diff - <(cat <<-END
		|  | a | b | ratio |
		| --- | --: | --: | --: |
		| rate | 110 | 130 | 1.182 |
		| size, B | 3712 | 3712 | 1.000 |
	END
	)
}

# Each metric of the targets is described, with its quantile or without.
targets_have_metrics() {
	local name

	sed '/^#/d; s/ .*//' "$REAL_TOP/tests/guest/bench/targets" | sort -u >"$DIR/named"
	[ -s "$DIR/named" ]
	cut -s -f 1 "$REAL_TOP/tests/guest/bench/metrics" >"$DIR/described"
	while read -r name; do
		grep -q -x -F -e "$name" -e "$(sed -E 's/_(p[0-9]+|max)$//' <<<"$name")" "$DIR/described"
	done <"$DIR/named"
}

nothing_measured() {
	echo $HEAD >data.csv
	cp -R "$REAL_TOP/tests" .
	refuses 'data.csv has no measurements' tools/lib/bench-table data.csv
	refuses 'no-such-file cannot be read' tools/lib/bench-table no-such-file
	echo a,1,wall,2,create_p50,0 >>data.csv
	refuses 'data.csv is not a result of tools/bench' tools/lib/bench-table data.csv
	exits 2 tools/lib/bench-table
	exits 2 tools/lib/bench-table --targets --readme data.csv
}

# A line for each tree and number of creators, with the spread, even if the tree lacks some
# numbers.
plots() {
	table_tool --plots plots <<-END
		a,1,wall,2,churn_rate,0,0,1,300,1/s
		a,2,wall,2,churn_rate,0,0,1,500,1/s
		a,1,wall,2,churn_rate,8000,8000,1,20,1/s
		a,1,wall,2,churn_rate,4321,0,1,7,1/s
		a,1,wall,2,churn_rate,0,0,8,300,1/s
		b,1,wall,2,churn_rate,0,0,1,300,1/s
		a,1,wall,2,one_freed_p50,0,0,1,9,us
		a,1,wall,2,churn_dying_max,0,0,1,12345,1
		a,1,wall,8,churn_dying_max,0,0,1,7,1
	END
	printf '%s\n' backlog-8.svg backlog.svg churn.svg freed.svg | diff - <(ls plots)
	grep -q 'a, creators: 8' plots/churn.svg
	grep -q 'b, creators: 1' plots/churn.svg
	fails grep -q 4321 plots/churn.svg
	fails grep -q 'a, ' plots/freed.svg
}

# A kernel of three functions. The second one is in the core.
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
		series:
		      5  50.0 % copy_net_ns
		      4  40.0 % last
		      1  10.0 % first
		      5  50.0 % of the core
		     10 100.0 % of all
	END
}

locks() {
	start
	guest 'bench: lock churn 8 21 1500 900 (wq_completion)netns' \
		'bench: lock churn 8 3 90 700 &a->b/1' 'bench: lock assign 2 1 10 50 &c' 'bench: end'
	bench --locks --report locks.md "$TREE" >"$DIR/said"
	grep -q 'build .*--config boot,bench,lockstat' "$DIR/asked"
	diff "$DIR/said" - <<-'END'

		### series, 2 CPUs: 8 processes create and drop namespaces

		| lock | contentions | wait, ms | acquisitions |
		| --- | --: | --: | --: |
		| `(wq_completion)netns` | 21 | 1.5 | 900 |
		| `&a->b/1` | 3 | 0.1 | 700 |

		### series, 2 CPUs: 2 processes assign ids

		| lock | contentions | wait, ms | acquisitions |
		| --- | --: | --: | --: |
		| `&c` | 1 | 0.0 | 50 |
	END
	tail -n "$(wc -l <"$DIR/said")" locks.md | diff "$DIR/said" -
	grep -q '^- CPU: ' locks.md
}

no_samples() {
	start
	toy_build build
	echo 'bench: end' >log
	refuses 'log has no samples' tools/lib/bench-profile build log
	refuses 'tests is not a kernel' tools/lib/bench-profile tests log
}

wrong_usage() {
	local arguments

	start
	for arguments in --nonsense '--rounds 0' --rounds '--seconds x' '--report page.txt' \
		'--profile --report page.md' '--report /nope/page.md' '--report /etc/passwd/page.md' \
		'--cpus 0' '--cpus 1,x' '--memory much'; do
		# shellcheck disable=SC2086 # words
		exits 2 bench $arguments
	done
	refuses 'no-such-tree: no such directory' bench no-such-tree
	mkdir -p one/linux two/linux
	refuses 'two trees have the same name' bench one/linux two/linux
}

check 'kernels are booted in turn, medians and ratios shown' in_turn
check 'each number of CPUs is measured' cpus_in_turn
check 'the series is measured up to each patch' up_to_patches
check 'only the named tree is measured' named_tree
check 'the size of the core is that of its objects' core_text
check 'truncated results are refused, earlier ones kept' cut_short
check 'a guest that could not measure is reported' guest_fails
check 'results of a kernel that prints a warning are discarded' kernel_complains
check 'a page is written with its data and plots' writes_page
check 'the table of README.md is replaced' updates_readme
check 'the median of an even number' median_of_even
check 'no ratio where a tree lacks the value' no_ratio
check 'values that got worse are listed' worse_listed
check 'a template is filled with medians' fills
check 'targets are compared with medians and ratios' targets
check 'targets have described metrics' targets_have_metrics
check 'a file without results is refused' nothing_measured
check 'samples are mapped to functions' profile
check 'the busiest locks are shown' locks
check 'a log without samples is refused' no_samples
if command -v gnuplot >/dev/null; then
	check 'a plot for what was measured' plots
else
	COUNT=$((COUNT + 1))
	echo "ok $COUNT a plot of the results # SKIP no gnuplot"
fi
check 'wrong usage, missing trees and equal names are reported' wrong_usage
plan
