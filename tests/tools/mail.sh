#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/mail, with the real b4. In: nothing. Out: KTAP. Exit status: 0 all passed,
# 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

export XDG_STATE_HOME=$DIR/cache/state
REPO=$XDG_STATE_HOME/netns-core/mail
OUT=$DIR/cache/netns-core/messages
export HOME=$DIR

# Two parts. The second is a single patch of a real author. The author of the others is a
# placeholder.
mailable() {
	cat >"$DIR/gitconfig" <<-EOF
		[user]
			name = Zoë Sender
			email = zoe@example.org
		[netns-core]
			assisted-by = none
	EOF
	cp "$DIR/gitconfig" "$DIR/plain"
	export GIT_CONFIG_GLOBAL=$DIR/gitconfig
	unset "${!GIT_AUTHOR@}" "${!GIT_COMMITTER@}"
	sed -i '1,/^$/s/^From: .*/From: Toy <toy@toy.invalid>/' patches/000[12]*
	sed -i 's/^Why it is good\.$/&\n\nSigned-off-by: A. Dév <dev@example.org>/' patches/0003*
	sed -i '1s/.*/# part: one 20240101-netns-one-0123456789ab/' series
	sed -i '/^0003/i# part: two 20240101-netns-two-0123456789ab' series
	printf 'toy: the rest\n\nWhat it is, größer.\n\nAnd why.\n' >patches/cover-letter-two
	tools/base --from "$DIR/toy.tar.xz"
	tools/apply
}

header() { sed -n "/^$/q; s/^$1: //p" "$2"; }

writes() {
	mailable
	tools/mail
	[ "$(cd "$OUT" && find one two -name '*.eml' | cut -c1-8 | sort | xargs)" = \
		"one/0000 one/0001 one/0002 two/0001" ]
	grep -q '^Subject: \[PATCH RFC net-next 0/2\] the core, afresh' "$OUT"/one/0000*
	grep -q '^change-id: 20240101-netns-one-0123456789ab$' "$OUT"/one/0000*
	grep -q '^ [0-9] files changed' "$OUT"/one/0000*
	grep -q '^For v1.2.3\.$' "$OUT"/one/0000*
	[ "$(header In-Reply-To "$OUT"/one/0002*)" = "$(header Message-Id "$OUT"/one/0000*)" ]
	header To "$OUT"/one/0001* | grep -q 'maintainer@example.org'
	header Cc "$OUT"/one/0001* | grep -q 'list@example.org'
}

# The second part stands on the first.
names_what_it_stands_on() {
	mailable
	sed -i '/^# part: two/d; /^0002/i# part: two' series
	tools/mail --part two
	grep -q '^prerequisite-change-id: 20240101-netns-one-0123456789ab:v1$' "$OUT"/two/0000*
	grep -q '^change-id: [0-9]*-netns-two-' "$OUT"/two/0000*
}

# three SERIES-LINE: a third part, a patch to another file.
three() {
	mailable
	echo '# more' >>"$TREE/Makefile"
	git -C "$TREE" commit -q -a -m "build: more" -m "Why." --author="Toy <toy@toy.invalid>"
	tools/refresh
	sed -i "/^0004/i# part: three 20240101-netns-three-0123456789ab $1" series
	printf 'build: more\n\nWhat it is.\n' >patches/cover-letter-three
}

# The part is applied to the base kernel without the others, and names none of them.
stands_on_base() {
	three "base net"
	tools/mail
	grep '^Subject: \[PATCH net\] build: more$' "$OUT"/three/0001*
	fails grep prerequisite "$OUT"/three/0001*
	git -C "$TREE" worktree add -q --detach "$DIR/other" base
	git -C "$DIR/other" am -q "$OUT"/three/0001*
	[ "$(git -C "$DIR/other" diff --name-only base HEAD)" = Makefile ]
	git -C "$TREE" worktree remove --force "$DIR/other"
	sed -i 's/^# part: three.*/# part: three 20240101-netns-three-0123456789ab stack/' series
	tools/mail --part three
	[ "$(grep -c '^prerequisite-change-id: ' "$OUT"/three/0001*)" = 2 ]
}

# Its context is from another part: fuzz is not allowed.
does_not_apply_alone() {
	mailable
	sed -i '/^# part: two/s/$/ base net-next/' series
	refuses "$(echo patches/0003*) does not apply to the base kernel: lib/list.c" \
		tools/mail --part two
	[ ! -e "$OUT/two" ]
}

prefixes() {
	three base
	tools/mail
	grep '^Subject: \[PATCH\] build: more$' "$OUT"/three/0001*
	grep '^Subject: \[PATCH RFC net-next 1/2\] ' "$OUT"/one/0001*
	sed -i '/^# part: three/s/base/sand/' series
	refuses 'the part three stands on "sand"' tools/mail
}

# The sender names the tools that assisted, except for patches by others.
assisted_by() {
	mailable
	git config --global --unset netns-core.assisted-by
	refuses "netns-core.assisted-by is not set" tools/mail </dev/null
	[ "$(grep -c "git -C $TREE config netns-core.assisted-by " "$DIR/said")" = 2 ]
	[ ! -e "$OUT" ]
	git -C "$TREE" config netns-core.assisted-by 'LLM sparse'
	refuses "netns-core.provenance is not set" tools/mail
	git -C "$TREE" config netns-core.provenance "$DIR/provenance"
	refuses "$DIR/provenance, named by netns-core.provenance, is missing" tools/mail
	# shellcheck disable=SC2016	# a price
	echo 'sparse found the bug. It cost $5.' >"$DIR/provenance"
	tools/mail
	sed '1,/ files changed, /d' "$OUT"/one/0000* | grep -x -F -f "$DIR/provenance"
	fails grep -q '^To: Toy' "$OUT"/one/0000*
	[ "$(grep -h -A1 '^Assisted-by: ' "$OUT"/one/0001*)" = \
		"$(printf 'Assisted-by: LLM sparse\nSigned-off-by: Zoë Sender <zoe@example.org>')" ]
	fails grep -r Assisted-by "$OUT/two"
	git -C "$TREE" config netns-core.assisted-by none
	tools/mail
	fails grep -r Assisted-by "$OUT"
}

asks_on_a_terminal() {
	mailable
	git config --global --unset netns-core.assisted-by
	echo 'A tool helped.' >"$DIR/provenance"
	git config --global netns-core.provenance "$DIR/provenance"
	command script -qec "tools/mail --part one" /dev/null <<<'LLM coccinelle'
	[ "$(git -C "$TREE" config netns-core.assisted-by)" = "LLM coccinelle" ]
	grep '^Assisted-by: LLM coccinelle$' "$OUT"/one/0002*
}

no_parts() {
	mailable
	sed -i /^#/d series
	tools/mail
	[ "$(find "$OUT/all" -name '*.eml' | wc -l)" = 4 ]
}

# The sender replaces the placeholder as author, and signs off all patches.
signs_off() {
	mailable
	tools/mail
	! grep -r toy.invalid "$OUT" || return 1
	[ "$(grep -rh '^Signed-off-by:' "$OUT"/one)" = \
		"$(printf 'Signed-off-by: Zoë Sender <zoe@example.org>\n%.0s' 1 2)" ]
	[ "$(grep -h '^Signed-off-by:' "$OUT"/two/*)" = "$(cat <<-EOF
		Signed-off-by: A. Dév <dev@example.org>
		Signed-off-by: Zoë Sender <zoe@example.org>
	EOF
	)" ]
	grep -q '^From: "\?A. Dév"\? <dev@example.org>$' "$OUT"/two/*
}

placeholder_in_file() {
	sed -i 's/^+6050$/+M: Toy <toy@toy.invalid>/' patches/0003*
	mailable
	tools/mail --part one
	refuses "these lines have an .invalid address" tools/mail --part two
	grep '0001-.*:+M: Toy' "$DIR/said"
	[ ! -e "$OUT/two" ]
}

# git am of all messages on the base gives the tree of the series.
same_tree() {
	git -C "$TREE" worktree add -q --detach "$DIR/other" base
	(cd "$DIR/other" && find "$OUT" -name '*.eml' ! -name '*0000-*' | sort |
		GIT_CONFIG_GLOBAL=$DIR/plain xargs git am -q)
	[ "$(git -C "$DIR/other" rev-parse 'HEAD^{tree}')" = "$(cat "$DIR/tree")" ]
	git -C "$TREE" worktree remove --force "$DIR/other"
}

applies() {
	mailable
	tools/mail
	same_tree
}

own_settings() {
	mailable
	printf '[diff]\n\tnoprefix = true\n\tcontext = 1\n\tmnemonicPrefix = true\n\trenames = false\n[color]\n\tui = always\n[commit]\n\tgpgSign = true\n[core]\n\tabbrev = 5\n' >>"$GIT_CONFIG_GLOBAL"
	tools/mail
	same_tree
	! grep -r $'\033' "$OUT" || return 1
}

# A git that changes the messages.
bad_messages() {
	mailable
	stub git <<-'EOF'
		case " $* " in
		*" --format=email "*) /usr/bin/git "$@" | sed 's/^+5050$/+5051/' ;;
		*) exec /usr/bin/git "$@" ;;
		esac
	EOF
	refuses "writing its messages: failed" tools/mail
	[ ! -e "$OUT/one" ]
}

users_tree_stays() {
	local head

	mailable
	head=$(git -C "$TREE" rev-parse HEAD)
	echo mine >>"$TREE/lib/list.c"
	echo mine >"$TREE/lib/mine.c"
	git -C "$TREE" status --short >"$DIR/status"
	git -C "$TREE" for-each-ref >"$DIR/refs"
	tools/mail
	[ "$(git -C "$TREE" rev-parse HEAD)" = "$head" ]
	git -C "$TREE" status --short | cmp - "$DIR/status"
	git -C "$TREE" for-each-ref | cmp - "$DIR/refs"
	! grep -r '^+mine' "$OUT" || return 1
}

identity() {
	mailable
	git config --global user.email zoe@netns.invalid
	refuses "is not a valid address" tools/mail
	git config --global user.email zoe@localhost
	refuses "is not a valid address" tools/mail
	git config --global --unset user.email
	refuses "git does not know who you are" tools/mail
	[ ! -e "$OUT" ]
	git -C "$TREE" config user.email zoe@work.example
	tools/mail --part two
	grep -q '^From: .*<zoe@work.example>$' "$OUT"/two/*
}

covers() {
	mailable
	echo EDITME >>patches/cover-letter-two
	refuses "has EDITME lines" tools/mail --part two
	rm patches/cover-letter-two
	refuses "the cover letter, is missing" tools/mail --part two
}

wrong_usage() {
	mailable
	exits 1 tools/mail --send
	git config --global sendemail.smtpserver localhost
	exits 2 tools/mail --send
	exits 2 tools/mail --part three
}

other_files_stay() {
	mailable
	mkdir -p "$DIR/few/two"
	echo notes >"$DIR/few/two/notes"
	refuses "has other files than messages in it" tools/mail --part two --output "$DIR/few"
	[ "$(cat "$DIR/few/two/notes")" = notes ]
}

edits_stay() {
	mailable
	tools/mail --part one
	git -C "$REPO" commit -q --amend --no-edit --allow-empty --reset-author
	git -C "$REPO" commit -q --allow-empty -m mine
	refuses "has edits" tools/mail --part one
	[ "$(git -C "$REPO" log -1 --format=%s b4/netns-one)" = mine ]
}

# A command as mail server. It keeps the messages, up to the number in $DIR/limit.
with_server() {
	mailable
	echo 99 >"$DIR/limit"
	mkdir "$DIR/few"
	stub server <<-EOF
		n=\$(ls $DIR/few | wc -l)
		[ "\$n" -lt "\$(cat $DIR/limit)" ] || { echo "451 no room" >&2; exit 1; }
		cat >$DIR/few/\$n
	EOF
	git config --global sendemail.smtpserver "$DIR/bin/server"
}

# Two versions: both are sent, the second has the range-diff and the change log.
versions() {
	with_server
	echo | tools/mail --part one --send
	[ "$(find "$DIR/few" -type f | wc -l)" = 3 ]
	grep -q '^Subject: .*1/2' "$DIR/few/1"
	grep -q '^Changes in v2:$' patches/cover-letter
	! grep -E '^(To|Cc): |b4-submit' patches/cover-letter || return 1
	[ "$(head -n 1 patches/cover-letter)" = "the core, afresh" ]
	refuses "has EDITME lines" tools/mail --part one

	sed -i '/EDITME: use/d; s/EDITME.*/a better core/' patches/cover-letter
	tools/apply
	sed -i 's/^5000$/5000 /' "$TREE/net/core.c"
	git -C "$TREE" commit -q -a --amend --no-edit
	tools/refresh
	sed -i '/^# part: two/d' series
	tools/mail --part one
	grep -q '^Subject: \[PATCH RFC net-next v2 1/3\]' "$OUT"/one/*0001-*
	grep -q '^change-id: 20240101-netns-one-0123456789ab$' "$OUT"/one/*0000-*
	grep -q '^- a better core$' "$OUT"/one/*0000-*
	grep -qE '^- Link to v1: .*[0-9]{8}-netns-one-v1-0-' "$OUT"/one/*0000-*
	grep -q '^Range-diff against v1:$' "$OUT"/one/*0000-*
	grep -q '^1: .* = 1: .* net: move' "$OUT"/one/*0000-*
	echo | tools/mail --part one --send
	grep -q '^Changes in v3:$' patches/cover-letter
}

# b4's question is not answered.
not_confirmed() {
	with_server
	refuses "b4 did not send all" tools/mail --part one --send </dev/null
	[ -z "$(ls "$DIR/few")" ]
	cmp patches/cover-letter "$DIR/fresh/patches/cover-letter"
}

server_fails() {
	with_server
	echo 1 >"$DIR/limit"
	echo | refuses "b4 did not send all" tools/mail --part one --send
	cmp patches/cover-letter "$DIR/fresh/patches/cover-letter"
	echo 99 >"$DIR/limit"
	echo | tools/mail --part one --send
	grep -q '^Changes in v2:$' patches/cover-letter
}

check "each part is written, threaded, with its recipients" writes
check "a part names the part that it stands on" names_what_it_stands_on
check "a series without parts is one part" no_parts
check "the sender signs off, and replaces the placeholder" signs_off
check "a placeholder in the files is refused" placeholder_in_file
check "a part that stands on the base is made without the others" stands_on_base
check "a part that does not apply alone is refused, with the patch and the file" does_not_apply_alone
check "each part has its prefixes" prefixes
check "Assisted-by: is added, and must be set" assisted_by
check "Assisted-by: is asked for on a terminal" asks_on_a_terminal
check "git am gives the same files" applies
check "the user's git configuration changes nothing" own_settings
check "messages that do not apply are not written" bad_messages
check "the user's branch, edits and references are kept" users_tree_stays
check "a missing identity and a placeholder are refused" identity
check "a missing or incomplete cover letter is refused" covers
check "--send needs a server, and one part" wrong_usage
check "other files in the output directory are kept" other_files_stay
check "edits on the branch of b4 are kept" edits_stay
check "a version is sent, and the next has range-diff and change log" versions
check "nothing is sent without confirmation" not_confirmed
check "after a server failure, the same version can be sent again" server_fails
plan
