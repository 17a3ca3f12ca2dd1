#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each exported function of the core has kernel-doc, and the page in Documentation/ is in
# the index. tools/check reports warnings of kernel-doc. In: nothing. Out: KTAP. Exit
# status: 0 all passed, 1 not.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

prepare() {
	applied
	mkdir "$DIR/linux"
	git -C "$LINUX" archive refs/netns-core/applied -- net/core \
		Documentation/networking | tar -x -C "$DIR/linux"
}

exports_have_docs() {
	local f=net/core/net_namespace.c name

	cd "$DIR/linux"
	sed -nE 's/^EXPORT_SYMBOL(_GPL)?\((.*)\);/\2/p' $f | while read -r name; do
		grep -qE "^[^ ].*\<$name\(" $f || continue
		case $name in __put_net|net_list_is_held) continue ;; esac
		grep -q "^ \* $name - " $f || { echo "$name has no kernel-doc"; exit 1; }
	done
}

in_index() { grep -q '^   net_namespace$' "$DIR/linux/Documentation/networking/index.rst"; }

check prepare prepare
check exports_have_docs exports_have_docs
check page_is_in_the_index in_index
plan
