# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of the tools' options in bash: source this in the top directory, then
# "tools/boot --co<Tab>". The options are those of --help.

_netns_core() {
	local options

	[[ $2 = -* ]] || return 0
	options=$("$1" --help 2>/dev/null | sed -nE 's/^  (--[a-z-]+).*/\1/p')
	mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$2")
}

for REPLY in tools/* tests/run; do
	[ ! -f "$REPLY" ] || complete -o default -F _netns_core "$REPLY" "./$REPLY"
done
