# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions that the tests of the series share. Sourced, not run.

# shellcheck source=tests/ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../ktap.sh"
# shellcheck source=tools/lib/tool.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/lib/tool.sh"

export LC_ALL=C

# $FULL is set by tests/run --full.
# shellcheck disable=SC2034
FULL=${FULL-}

# full_only NAME: without $FULL, exit with one skipped check.
full_only() {
	[ -z "$FULL" ] || return 0
	echo "1..1"
	echo "ok 1 $1 # SKIP takes long, run: tests/run --full $1"
	exit
}

# leaves_out WHAT: without $FULL, say what the test does only with it.
leaves_out() {
	local name=${0##*/}

	[ "$FULL" ] || echo "# left out: $1, run: tests/run --full stack/${name%.sh}"
}

# applied: get the base and apply the series.
applied() {
	"$TOP/tools/base"
	"$TOP/tools/apply"
}

# debian_archive: print the URI of Debian's archive in apt's sources, which has all suites.
debian_archive() {
	# shellcheck disable=SC2016	# apt-get expands these
	apt-get indextargets --format '$(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' 'Component: main' |
		awk '$1 !~ /-/ { print $2; exit }'
}

# apt_dates: print the option of apt by which this machine accepts package lists whose date
# has passed, or not.
apt_dates() {
	local valid=true

	eval "$(apt-config shell valid Acquire::Check-Valid-Until)"
	echo "Acquire::Check-Valid-Until \"$valid\""
}

# own_tree NAME: make a clean work tree with the series, $CACHE/NAME. The test may change
# it, and has to hold $CACHE/NAME.lock, since a run from another clone uses the same tree.
own_tree() {
	local tree=$CACHE/$1

	applied
	worktree "$LINUX" "$tree"
	git -C "$tree" reset -q --hard
	git -C "$tree" checkout -q --detach refs/netns-core/applied
}

# export_files TREE COMMIT DIR PATH...: write the files that COMMIT has at these paths to the
# new directory DIR.
export_files() {
	mkdir "$3"
	git -C "$1" ls-tree -r --name-only "$2" -- "${@:4}" |
		xargs git -C "$1" archive "$2" -- | tar -x -C "$3"
}

# cached NAME INPUT... -- COMMAND...: run COMMAND, which makes checks, unless all of them
# passed before with the same inputs. In that case, print a single check, NAME. Failures
# are not cached. Without $FULL, run only every EVERY-th COMMAND that has not passed.
#
# An input is =TEXT, or a file or directory below $TOP, for its content. The test and the
# scripts that it sources or runs are always inputs. The words of COMMAND are not.
EVERY=1
NR=0
LEFT_OUT=()
cached() {
	local name=$1 inputs=() bad=$BAD known

	shift
	while [ "$1" != -- ]; do
		inputs+=("$1")
		shift
	done
	shift
	known=$CACHE/passed/$(key "${inputs[@]}")
	NR=$((NR + 1))
	if [ -e "$known" ]; then
		check "$name" echo "passed before"
	elif [ -z "$FULL" ] && [ $(((NR - 1) % EVERY)) != 0 ]; then
		LEFT_OUT+=("$name")
	else
		"$@"
		[ $BAD != "$bad" ] || { mkdir -p "$CACHE/passed" && touch "$known"; }
	fi
}

# left_out WHAT: print the names in LEFT_OUT.
left_out() {
	[ ${#LEFT_OUT[@]} = 0 ] && return
	echo "# ${#LEFT_OUT[@]} $1 are left out, run: tests/run --full"
	printf '#   %s\n' "${LEFT_OUT[@]}"
}

# boot_inputs CONFIGS: set INPUTS to the inputs of a test that boots, except for the
# kernel's source.
boot_inputs() {
	local name

	INPUTS=(tests/guest/boot "=$1" "$(versions gcc ld qemu-system-x86_64)" "$(selftest_input)")
	for name in ${1//,/ }; do INPUTS+=("configs/$name.config"); done
}

# The selftests that tools/lib/initramfs takes from the series, whatever kernel is booted
selftest_input() {
	echo "=$(git -C "$LINUX" rev-parse --verify -q \
		refs/netns-core/applied:tools/testing/selftests/net || echo "no series")"
}

# The cases of the boot check that fail if net_ns_init() is not an initcall
# shellcheck disable=SC2034
WITHOUT_INITCALL='initcall_is_level_0
initcall_precedes_level_1
initcall_returns_0
size_is_printed
size_is_slab_object_size'

# failed_cases FILE: print the failed cases in the output of tools/boot.
failed_cases() { awk '/^not ok / { print $4 }' "$1"; }

# boots OPTION...: the series passes the boot check, without compiler warnings. Prints the
# lines of the boot as diagnostics on file descriptor 3.
boots() {
	local status=0

	"$TOP/tools/boot" "$@" >"$DIR/boot" 2>"$DIR/messages" || status=$?
	cat "$DIR/messages"
	sed 's/^/# /' "$DIR/boot" >&3
	[ $status = 0 ] && grep '^PASS: ' "$DIR/boot" && ! grep 'compiler warnings' "$DIR/messages"
}

# tree_of TREE COMMIT: print the content of a commit as an input.
tree_of() { echo "=$(git -C "$1" rev-parse "$2^{tree}")"; }

# ccached COMMAND...: run it with ccache, if it calls compilers without a path.
ccached() { CCACHE_BASEDIR=$CACHE CCACHE_NOHASHDIR=1 PATH=/usr/lib/ccache:$PATH "$@"; }

# kunit_build TREE [CONFIG_NAME=VALUE...]: build a UML kernel with the suites that the series
# adds to, with these options, by the tree's kunit.py.
kunit_build() {
	local tree=$1 options=(--kunitconfig net/core --build_dir build-kunit)

	shift
	set -- CONFIG_SYSCTL_KUNIT_TEST=y CONFIG_DEBUG_NET=y \
		CONFIG_DEBUG_NET_SMALL_RTNL=y "$@"
	options+=("${@/#/--kconfig_add=}")
	mkdir -p "$tree/build-kunit"
	echo '*' >"$tree/build-kunit/.gitignore"
	cd "$tree"
	ccached tools/testing/kunit/kunit.py config "${options[@]}"
	ccached tools/testing/kunit/kunit.py build "${options[@]}" --jobs "$(nproc)"
}

# kunit_passes TREE SUITE: run that suite of that kernel. Print the failures.
kunit_passes() {
	local said

	said=$(kunit_complaints "$1" "$2")
	echo "$said"
	[ -z "$said" ]
}

# kunit_complaints TREE SUITE: run that suite of that kernel. Print the failures: failed
# cases, a panic, a splat or warning, "hang".
kunit_complaints() {
	local log=$1/build-kunit/test.log

	timeout --foreground -s KILL 60 "$1/build-kunit/linux" mem=256M console=tty \
		kunit_shutdown=halt "kunit.filter_glob=$2.*" </dev/null >"$log" 2>&1 || true
	grep -E '^ *not ok |Kernel panic' "$log" || true
	sed "1,/# Subtest: $2\$/d" "$log" | "$TOP/tools/lib/bad-line"
	grep -qE "^(not )?ok 1 $2|Kernel panic" "$log" || echo hang
}
