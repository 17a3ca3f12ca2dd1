#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The series goes through a mail server and comes back whole: each part is sent by
# tools/mail to an SMTP server on loopback, and what arrives is taken by git am and
# by b4 am; then a second version. In: nothing. Out: KTAP. Exit status: 0 all passed,
# 1 not.
#
# Not tried again until the patches, their cover letters, tools/mail, b4 or the test
# itself changes.

# shellcheck source=tests/stack/lib.sh
. "$(dirname "$0")/lib.sh"

HERE=$CACHE/mail-test
LINUX=$HERE/linux
PROJECT=$HERE/project
BOX=$DIR/box
mapfile -t PARTS < <(awk '/^# part: / { print $3 }' "$TOP/series")
[ ${#PARTS[@]} != 0 ] || PARTS=(all)

key() {
	{
		cat "$0" "$TOP"/tools/{mail,lib.sh,apply} "$TOP/series" "$TOP/configs/pin"
		cat "$TOP"/patches/*
		b4 --version
		git --version
		python3 --version
	} | digest
}

# Nobody's files are touched but ours: a copy of the base, with the files that the
# patches touch, a copy of the project, and a mailbox that the server may write to.
prepare() {
	"$TOP/tools/setup" mail
	"$TOP/tools/base"
	rm -rf "$HERE"
	mkdir -p "$PROJECT" "$BOX"
	git clone -q --local --no-checkout "$CACHE/linux" "$LINUX"
	awk '/^diff --git a\// { print substr($3, 2); print substr($4, 2) }' "$TOP"/patches/*.patch |
		sort -u | git -C "$LINUX" sparse-checkout set --no-cone --stdin
	git -C "$LINUX" checkout -q -B netns-core base
	cp -R "$TOP"/{tools,configs,patches,series} "$PROJECT"
	"$PROJECT/tools/apply" --tree "$LINUX"
}

# A server that takes what is sent to it, and puts it in a mailbox, in the order in
# which it comes. Root does not run it, so the mailbox is where others get at it.
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

# send PART DIRECTORY: what arrives goes into DIRECTORY, numbered as it came: the
# names in the mailbox have the time in seconds and microseconds, without zeros.
send() {
	local f n=0

	rm -rf "$BOX"/maildir/new/*
	echo | "$PROJECT/tools/mail" --tree "$LINUX" --repo "$HERE/repo" --output "$HERE/out" \
		--part "$1" --send
	mkdir "$HERE/$2"
	while read -r f; do
		cp "$f" "$HERE/$2/$(printf %04d $n)"
		n=$((n + 1))
	done < <(find "$BOX/maildir/new" -type f | sort -V)
	[ "$n" = $((1 + $(patches_of "$1" | wc -l))) ]
}

patches_of() {	# PART
	awk -v part="$1" '
		/^# part: / { at = $3; next }
		NF && !/^#/ && (at == part || at == "") { print $1 }' "$PROJECT/series"
}

# header NAME FILE: as one line.
header() {
	awk -v name="$1" '
		/^\r?$/ { exit }
		/^[ \t]/ { if (on) printf "%s", $0; next }
		{ on = index(tolower($0), tolower(name) ": ") == 1 }
		on { sub(/^[^:]*: */, ""); printf "%s", $0 }' "$2"
}

addresses() { grep -oE '[^ <>",]+@[^ <>",]+' | tr '[:upper:]' '[:lower:]' | sort -u; }

# In the order of the patches, and all in answer to the cover letter.
threaded() {	# DIRECTORY
	local f n=0 top last

	last=$(find "$HERE/$1" -type f ! -name 0000 | wc -l)
	top=$(header Message-Id "$HERE/$1/0000")
	for f in "$HERE/$1"/*; do
		header Subject "$f" | grep -E "^\[PATCH RFC net-next .*\<0*$n/$last\] "
		if [ $n != 0 ]; then
			[ "$(header In-Reply-To "$f")" = "$top" ]
			[ "$(header References "$f")" = "$top" ]
		fi
		n=$((n + 1))
	done
}

# Each patch goes to all whom get_maintainer.pl names for it, the envelope says what
# the headers say, and the placeholder gets nothing.
recipients() {	# PART DIRECTORY
	local p n=0 f

	for p in $(patches_of "$1"); do
		n=$((n + 1))
		f=$HERE/$2/$(printf %04d $n)
		(cd "$HERE/repo" && scripts/get_maintainer.pl --nogit --nogit-fallback \
			--norolestats "$PROJECT/patches/$p") | addresses |
			grep -v '\.invalid$' >"$DIR/wanted"
		{ header To "$f"; echo ,; header Cc "$f"; } | addresses >"$DIR/got"
		grep netdev@vger.kernel.org "$DIR/got"
		[ -z "$(comm -23 "$DIR/wanted" "$DIR/got" | tee /dev/stderr)" ]
		header X-RcptTo "$f" | addresses | diff - "$DIR/got"
	done
	! sed '/^$/q' "$HERE/$2"/* | grep -F .invalid || return 1
}

# Declared as what it is, lines not longer than mail allows, and the sender's own.
encoded() {	# DIRECTORY
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
		[ "${f##*/}" = 0000 ] || grep -qx 'Signed-off-by: Jörg Sender <joerg@example.org>' "$f"
		[ "${f##*/}" != 0000 ] || { grep -q '^ .* files changed' "$f" && grep -q '^change-id: ' "$f"; }
	done
}

# takes DIRECTORY...: plain git am, on the base, all but the cover letters.
takes() {
	local dir

	git -C "$LINUX" checkout -q -f --detach base
	for dir; do
		(cd "$HERE/$dir" && find . -type f ! -name 0000 | sort | sed "s|^\.|$PWD|") |
			xargs git -C "$LINUX" am -q
	done
	same_tree
}

same_tree() {
	[ "$(git -C "$LINUX" rev-parse 'HEAD^{tree}')" = \
		"$(git -C "$LINUX" rev-parse 'refs/netns-core/applied^{tree}')" ]
}

# b4_takes DIRECTORY...: each is a thread in one mailbox; b4 makes a series of it. The
# mailbox is on stdin: from a file, b4 0.12 trips over a subject of two lines.
b4_takes() {
	local dir f

	git -C "$LINUX" checkout -q -f --detach base
	for dir; do
		rm -rf "$HERE/am"
		mkdir "$HERE/am"
		for f in "$HERE/$dir"/*; do
			echo "From nobody Thu Jan  1 00:00:00 1970"
			sed 's/^>*From />&/' "$f"
			echo
		done >"$HERE/$dir.mbox"
		(cd "$LINUX" && b4 -n am -m - -o "$HERE/am" <"$HERE/$dir.mbox")
		git -C "$LINUX" am -q "$HERE"/am/*.mbx
	done
	same_tree
}

# The last part again, with one change log entry and one word changed.
second_version() {
	local part=${PARTS[-1]} cover=$PROJECT/patches/cover-letter

	[ ${#PARTS[@]} = 1 ] || cover+=-$part
	grep -q '^Changes in v2:$' "$cover"
	sed -i '/EDITME: use/d; s/EDITME.*/one word is another/' "$cover"
	sed -i '1,/^---$/s/^Signed-off-by:/A word more.\n\n&/' \
		"$PROJECT/patches/$(patches_of "$part" | tail -n 1)"
	"$PROJECT/tools/apply" --tree "$LINUX"
	send "$part" v2
}

says_what_changed() {
	local cover=$HERE/v2/0000

	header Subject "$cover" | grep -F '[PATCH RFC net-next v2 0'
	grep -q '^- one word is another$' "$cover"
	grep -q '^- Link to v1: .*-v1-0-' "$cover"
	grep -q '^Range-diff against v1:$' "$cover"
	grep -q '^ *+ *A word more\.$' "$cover"
	[ "$(grep '^change-id: ' "$cover")" = "$(grep '^change-id: ' "$HERE/${PARTS[-1]}/0000")" ]
}

SERVER=
trap 'kill $SERVER 2>/dev/null || true; rm -rf "$DIR" "$HERE"' EXIT
check prepare prepare
KEY=$(key)
if passed_before "$KEY"; then
	check series_by_mail echo "passed before"
	plan
	exit
fi
git -C "$LINUX" checkout -q netns-core
start_server
check server_answers answers
for PART in "${PARTS[@]}"; do
	check "${PART}_is_sent" send "$PART" "$PART"
	check "${PART}_is_threaded_in_order" threaded "$PART"
	check "${PART}_has_its_recipients" recipients "$PART" "$PART"
	check "${PART}_is_encoded_as_mail_is" encoded "$PART"
done
# What a received message looks like, for who reads this.
sed -n 's/\r$//; /^$/q; s/^/# /p' "$HERE/${PARTS[0]}/0001" || true
check git_am_gives_the_same_tree takes "${PARTS[@]}"
check b4_am_gives_the_same_tree b4_takes "${PARTS[@]}"
git -C "$LINUX" checkout -q -f netns-core
check second_version_is_sent second_version
check second_version_is_threaded_in_order threaded v2
check second_version_says_what_changed says_what_changed
check second_version_gives_the_same_tree takes "${PARTS[@]:0:${#PARTS[@]}-1}" v2
[ $BAD != 0 ] || remember "$KEY"
plan
