#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The series by mail: tools/mail sends each part to an SMTP server on loopback. The messages
# apply by git am and by b4 am, on the base or on the parts before it as series says.
# tests/tools/mail.sh tests a second version, and tools/check the content of the messages. In:
# nothing. Out: KTAP. Exit status: 0 all passed, 1 not.
#
# Results are cached until an input changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$CACHE"
HERE=$(mktemp -d "$CACHE/mail-test.XXXXXX")
TREE=$HERE/linux
PROJECT=$HERE/project
BOX=$DIR/box
read_parts

prepare() {
	"$TOP/tools/setup" mail
	"$TOP/tools/base"
}

# Use temporary copies: the base, with the files that the patches touch, the project, and a
# mailbox that the server may write to.
copies() {
	mkdir -p "$PROJECT" "$BOX"
	git clone -q --local --no-checkout "$LINUX" "$TREE"
	awk '/^diff --git a\// { print substr($3, 2); print substr($4, 2) }' "$TOP"/patches/*.patch |
		sort -u | git -C "$TREE" sparse-checkout set --no-cone --stdin
	git -C "$TREE" checkout -q -B netns-core base
	cp -R "$TOP"/{tools,configs,patches,series} "$PROJECT"
	"$PROJECT/tools/apply" --tree "$TREE"
}

# Start a server that puts messages in a mailbox, in the order in which they arrive. For
# root, it runs as nobody, which needs access to the mailbox.
start_server() {
	local drop=()

	PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	if [ "$(id -u)" = 0 ]; then
		drop=(setpriv --reuid nobody --regid nogroup --clear-groups)
		chmod 755 "$DIR"
		chown nobody "$BOX"
	fi
	(cd / && exec "${drop[@]}" /usr/bin/python3 -m aiosmtpd -n -l "127.0.0.1:$PORT" \
		-c aiosmtpd.handlers.Mailbox "$BOX/maildir") >"$HERE/server.log" 2>&1 &
	SERVER=$!
	cat >"$HERE/gitconfig" <<-EOF
		[user]
			name = Jörg Sender
			email = joerg@example.org
		[netns-core]
			assisted-by = none
		[sendemail]
			smtpserver = 127.0.0.1
			smtpserverport = $PORT
	EOF
	export GIT_CONFIG_GLOBAL=$HERE/gitconfig HOME=$HERE
}

answers() {
	local i

	for ((i = 0; i < 100; i++)); do
		! (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null || return 0
		sleep 0.1
	done
	cat "$HERE/server.log"
	return 1
}

# send PART: send it, and copy the received messages to $HERE/PART, numbered in order of
# arrival. 0000 is the cover letter; a single patch has none. The names in the
# mailbox have the time in seconds and microseconds, without zeros.
send() {
	local f patches n=0

	patches=$(part_patches "$1" | wc -l)
	[ "$patches" != 1 ] || n=1
	rm -rf "$BOX"/maildir/new/*
	echo | "$PROJECT/tools/mail" --tree "$TREE" --repo "$HERE/repo" --output "$HERE/out" \
		--part "$1" --send
	mkdir "$HERE/$1"
	while read -r f; do
		cp "$f" "$HERE/$1/$(printf %04d $n)"
		n=$((n + 1))
	done < <(find "$BOX/maildir/new" -type f | sort -V)
	[ "$n" = $((1 + patches)) ]
}

# letter PART: print the message with the cover letter's text.
letter() { find "$HERE/$1" -type f | sort | head -n 1; }

# header NAME FILE: print the header as one line.
header() {
	awk -v name="$1" '
		/^\r?$/ { exit }
		/^[ \t]/ { if (on) printf "%s", $0; next }
		{ on = index(tolower($0), tolower(name) ": ") == 1 }
		on { sub(/^[^:]*: */, ""); printf "%s", $0 }' "$2"
}

addresses() { grep -oE '[^ <>",]+@[^ <>",]+' | tr '[:upper:]' '[:lower:]' | sort -u; }

# Messages have the order of the patches, answer the cover letter, and have the part's
# prefixes.
threaded() {	# PART
	local f n top last i prefix

	for i in "${!PARTS[@]}"; do [ "${PARTS[i]}" != "$1" ] || prefix=${PREFIXES[i]}; done
	last=$(part_patches "$1" | wc -l)
	top=$(header Message-Id "$(letter "$1")")
	for f in "$HERE/$1"/*; do
		n=$((10#${f##*/}))
		[ "$last" = 1 ] && n= || n="0*$n/$last"
		header Subject "$f" | grep -E "^\[PATCH${prefix:+ $prefix}${n:+ $n}\] "
		if [ "$f" != "$(letter "$1")" ]; then
			[ "$(header In-Reply-To "$f")" = "$top" ]
			[ "$(header References "$f")" = "$top" ]
		fi
	done
}

# Each message goes to a list, the envelope matches the headers, and nothing goes to the
# placeholder.
recipients() {	# PART
	local f

	for f in "$HERE/$1"/*; do
		{ header To "$f"; echo ,; header Cc "$f"; } | addresses >"$DIR/got"
		grep vger.kernel.org "$DIR/got"
		header X-RcptTo "$f" | addresses | diff - "$DIR/got"
	done
	! sed '/^$/q' "$HERE/$1"/* | grep -F .invalid || return 1
}

# The encoding is as declared, lines are not too long for mail, and the author is the
# sender.
encoded() {	# PART
	local f

	for f in "$HERE/$1"/*; do
		case $(header Content-Transfer-Encoding "$f") in
		7bit)	! grep -P '[^\x00-\x7f]' "$f" || return 1 ;;
		8bit)	iconv -f UTF-8 -t UTF-8 "$f" >/dev/null ;;
		quoted-printable) ;;
		*)	return 1 ;;
		esac
		! grep -nE '.{999}' "$f" || return 1
		! sed '/^\r\?$/q' "$f" | grep -P '[^\x00-\x7f]' || return 1
		[ "$(header From "$f" | addresses)" = joerg@example.org ]
	done
}

# start PART: check out the commit that the part applies to, and print the tree that must
# result.
start() {
	local i p commits first

	for i in "${!PARTS[@]}"; do [ "${PARTS[i]}" != "$1" ] || break; done
	mapfile -t commits < <(git -C "$TREE" rev-list --reverse base..refs/netns-core/applied)
	first=$(series_parts "$PROJECT/series" | sed -n "/^$1 /{=;q}")
	if [ "${STANDS_ON[i]}" = stack ] && [ "$first" != 1 ]; then
		git -C "$TREE" checkout -q -f --detach "${commits[first - 2]}"
	else
		git -C "$TREE" checkout -q -f --detach base
	fi
	for p in $(part_patches "$1"); do git -C "$TREE" apply --cached "$PROJECT/patches/$p"; done
	git -C "$TREE" write-tree
	git -C "$TREE" reset -q --hard
}

# takes PART: git am applies all messages except the cover letter.
takes() {
	local want

	want=$(start "$1")
	(cd "$HERE/$1" && find . -type f ! -name 0000 | sort | sed "s|^\.|$PWD|") |
		xargs git -C "$TREE" am -q
	[ "$(git -C "$TREE" rev-parse 'HEAD^{tree}')" = "$want" ]
}

# b4_takes PART: b4 am applies the thread from one mailbox. The mailbox is on
# stdin: from a file, b4 0.12 fails on a subject of two lines.
b4_takes() {
	local want f

	want=$(start "$1")
	rm -rf "$HERE/am"
	mkdir "$HERE/am"
	for f in "$HERE/$1"/*; do
		echo "From nobody Thu Jan  1 00:00:00 1970"
		sed 's/^>*From />&/' "$f"
		echo
	done >"$HERE/$1.mbox"
	(cd "$TREE" && b4 -n --offline-mode am -m - -o "$HERE/am" <"$HERE/$1.mbox")
	git -C "$TREE" am -q "$HERE"/am/*.mbx
	[ "$(git -C "$TREE" rev-parse 'HEAD^{tree}')" = "$want" ]
}

series_by_mail() {
	check copies_are_made copies
	git -C "$TREE" checkout -q netns-core
	start_server
	check server_answers answers
	for PART in "${PARTS[@]}"; do
		check "${PART}_is_sent" send "$PART"
		check "${PART}_is_threaded_in_order" threaded "$PART"
		check "${PART}_has_its_recipients" recipients "$PART"
		check "${PART}_is_encoded_as_mail_is" encoded "$PART"
	done
	# Show the headers of a received message.
	sed -n 's/\r$//; /^$/q; s/^/# /p' "$HERE/${PARTS[0]}/0001" || true
	for PART in "${PARTS[@]}"; do
		check "git_am_of_${PART}_gives_the_same_tree" takes "$PART"
		check "b4_am_of_${PART}_gives_the_same_tree" b4_takes "$PART"
	done
}

SERVER=
trap 'kill $SERVER 2>/dev/null || true; rm -rf "$HERE"; finish' EXIT
check prepare prepare
cached series_by_mail series patches configs/pin tools/{mail,apply} \
	"$(tree_of "$LINUX" base)" "=$(b4 --version)" "=$(git --version)" \
	"=$(python3 --version)" -- series_by_mail
plan
