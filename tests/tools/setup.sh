#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/setup, with stubs: dpkg-query knows the packages in $DIR/installed,
# apt-get adds to them. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# debian UID: a Debian system, run as that user, without sudo.
debian() {
	cat >configs/packages <<-EOF
		base: git xz-utils
		base commands: git no-such-command
		test: quilt
		test commands: git
	EOF
	echo git >"$DIR/installed"
	: >"$DIR/ran"
	stub dpkg-query <<<"grep -qx \"\${!#}\" $DIR/installed && echo -n installed"
	stub apt-get <<-EOF
		echo "\$*" >>$DIR/ran
		case "\$*" in *' install '*) printf '%s\n' "\${@:5}" >>$DIR/installed ;; esac
	EOF
	stub id <<<"echo $1"
	stub sudo <<<'exit 1'
}

nothing_missing() {
	debian 1000
	echo xz-utils >>"$DIR/installed"
	tools/setup base
	tools/setup --check base
	[ ! -s "$DIR/ran" ]
}

by_root() {
	debian 0
	tools/setup base test
	printf '%s\n' '-q update' '-q -y --no-install-recommends install quilt xz-utils' |
		cmp - "$DIR/ran"
	: >"$DIR/ran"
	tools/setup base test
	[ ! -s "$DIR/ran" ]
}

by_sudo() {
	debian 1000
	stub sudo <<<'shift; exec "$@"'
	tools/setup base
	grep -x xz-utils "$DIR/installed"
}

by_nobody() {
	debian 1000
	refuses "sudo apt-get update && sudo apt-get install --no-install-recommends xz-utils" \
		tools/setup base
	[ ! -s "$DIR/ran" ]
}

check_only() {
	debian 0
	refuses "missing: xz-utils" tools/setup --check base
	[ ! -s "$DIR/ran" ]
}

install_fails() {
	debian 0
	stub apt-get <<<'[[ $* == *update* ]] || { echo "E: Unable to locate package"; exit 100; }'
	refuses "E: Unable to locate package" tools/setup base
}

no_debian() {
	local path

	debian 0
	rm "$DIR/bin"/{dpkg-query,apt-get}
	path=$DIR/bin:$(path_without dpkg-query apt-get)
	PATH=$path refuses "these commands are missing: no-such-command" tools/setup base
	PATH=$path tools/setup test
}

unknown_group() { exits 2 tools/setup nope; }

# Each group has a line of packages and a line of commands.
shipped_lists() {
	local g

	for g in base build boot test clients mail; do
		grep -Eq "^$g:( [a-z0-9][a-z0-9.+-]+)+$" configs/packages
		grep -Eq "^$g commands:( [A-Za-z0-9_.-]+)+$" configs/packages
	done
}

check "if no package is missing, nothing is done" nothing_missing
check "root installs missing packages, once" by_root
check "sudo is used if it needs no password" by_sudo
check "otherwise the line to type is printed" by_nobody
check "--check installs nothing" check_only
check "an installation that fails is shown" install_fails
check "on another system, commands are looked for" no_debian
check "an unknown group is wrong usage" unknown_group
check "configs/packages is well-formed" shipped_lists
plan
