# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The project's paths, errors, options and requirements, which each tool needs. Sourced, not
# run.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/netns-core
# The repository with the branch netns-core
# shellcheck disable=SC2034	# used by the tools
LINUX=${NETNS_LINUX:-$TOP/linux}
# The work tree of the base kernel, which tools/base --worktree makes
# shellcheck disable=SC2034
TAG_TREE=$CACHE/tag
TOOL=${0##*/}
# shellcheck disable=SC2034	# used by inputs.sh
SELF=$(cd "$(dirname "$0")" && pwd)/$TOOL
LOG=$CACHE/log/$TOOL.$$.log		# where step and try keep a command's output

# shellcheck source=configs/pin
. "$TOP/configs/pin"
# shellcheck source=tools/lib/process.sh
. "$TOP/tools/lib/process.sh"
# shellcheck source=tools/lib/inputs.sh
. "$TOP/tools/lib/inputs.sh"
# shellcheck source=tools/lib/git.sh
. "$TOP/tools/lib/git.sh"
# shellcheck source=tools/lib/series.sh
. "$TOP/tools/lib/series.sh"

# A git hook that starts a tool sets these for its own repository.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX

note() { echo "$TOOL: $*" >&2; }

# die ERROR HINT...: print the error, and each hint on its own line.
die() {
	note "error: $1"
	shift
	[ $# = 0 ] || printf '  %s\n' "$@" >&2
	exit 1
}

# The comment at the start of a tool is its help text.
help() { sed -n '/^# usage:/,/^$/s/^# \{0,1\}//p' "$0"; }

usage() {
	help | sed -n 1p >&2
	exit 2
}

bad_usage() {
	note "$1"
	usage
}

# options SPEC ARGUMENT...: parse the command line with getopt(1). SPEC is its list
# of long options, "a:,b" for --a VALUE and --b. Calls the tool's function option with
# each option as --NAME [VALUE], and its function operand with each other argument. Calls
# its function rest, if it has one, with the arguments after "--".
options() {
	local spec=$1 args i

	shift
	for ((i = 1; i <= $#; i++)); do
		if [ "${!i}" = -- ] && declare -F rest >/dev/null; then
			rest "${@:i + 1}"
			set -- "${@:1:i - 1}"
		fi
	done
	args=$(getopt -n "$TOOL" -o '' -l "help,$spec" -- "$@") || usage
	eval "set -- $args"
	while [ "$1" != -- ]; do
		[ "$1" != --help ] || { help; exit; }
		if [[ ,$spec, = *",${1#--}:,"* ]]; then
			check_value "$1" "$2"
			option "$1" "$2"
			shift
		else
			option "$1"
		fi
		shift
	done
	shift
	for args; do operand "$args"; done
}

operand() { bad_usage "unexpected argument: $1"; }

# check_value OPTION VALUE: an option takes the same values in each tool. An invalid value
# is reported before the tool starts to work.
check_value() {
	local name why=

	case $1 in
	--arch)	[[ $2 =~ ^(x86_64|i386|arm64|s390x)$ ]] || why="not x86_64, i386, arm64 or s390x" ;;
	--accel)
		[[ $2 =~ ^(auto|kvm|tcg)$ ]] || why="not kvm, tcg or auto"
		[ "$2" != kvm ] || [ -w /dev/kvm ] || why="/dev/kvm cannot be used" ;;
	--memory)
		[[ $2 =~ ^[1-9][0-9]*[MmGg]?$ ]] || why="not a size, such as 512, 512M or 1G" ;;
	--cpus)	[[ $2 =~ ^[1-9][0-9]{0,2}$ && $2 -le 255 ]] || why="not a number from 1 to 255" ;;
	--timeout|--rounds|--seconds|--seed)
		[[ $2 =~ ^[1-9][0-9]*$ ]] || why="not a number" ;;
	--patches)
		[[ $2 =~ ^[1-9][0-9]*(,[1-9][0-9]*)*$ ]] || why="not a comma-separated list of numbers" ;;
	--config)
		[[ $2 =~ ^[^,]+(,[^,]+)*$ ]] || why="not a comma-separated list of names"
		for name in ${2//,/ }; do
			[ -f "$TOP/configs/$name.config" ] || why="there is no configs/$name.config"
		done ;;
	--base)	[ -e "${2%#*}" ] || [[ $2 = *:* ]] || why="no such file or directory" ;;
	--cases)
		grep -qs '^CASE(' "$TOP/tests/guest/boot/$2.h" || why="tests/guest/boot/$2.h has no cases" ;;
	--only-case)
		is_case "$2" || why="tests/guest/boot has no such case" ;;
	--tree)	[ -d "$2" ] || why="no such directory" ;;
	--log)	{ mkdir -p "$(dirname "$2")" && : >>"$2"; } 2>/dev/null || why="cannot be written" ;;
	esac
	[ -z "$why" ] || bad_usage "$1 $2: $why"
}

# is_case NAME: true if NAME is a case of the boot check.
is_case() { grep -qsx "CASE($1)" "$TOP"/tests/guest/boot/*.h; }

# need GROUP COMMAND...: die if a command is not installed.
need() {
	local group=$1 cmd
	shift
	for cmd; do
		command -v "$cmd" >/dev/null ||
			die "$cmd is not installed" "run: tools/setup $group"
	done
}

# console_text LOG: print a guest's console without escape sequences, carriage returns, and
# printk's time and caller.
console_text() {
	sed -E 's/\x1b\[[0-9;?]*[A-Za-z]//g; s/\r//g
		s/^\[ *[0-9]+\.[0-9]+\](\[ *[TC][0-9]+\])? //' "$1"
}

# accelerator LOG: print which one tools/lib/qemu chose for the guest with this console.
accelerator() {
	if grep -q -a 'Hypervisor detected: KVM' "$1"; then
		echo "under KVM"
	else
		echo "without KVM: emulated by TCG"
	fi
}

need_disk() {		# DIR GIGABYTES
	local free
	free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024 / 1024) }')
	[ "$free" -ge "$2" ] ||
		die "$1 has $free GB free, $2 GB are needed" \
			"make room, or use a larger disk: NETNS_LINUX=DIR for the repository, XDG_CACHE_HOME=DIR for the cache"
}
