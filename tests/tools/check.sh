#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/check, and of what it calls. In: nothing. Out: KTAP. Exit status:
# 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# A series that is as it should be: a patch before the one to be tried.
good() {
	unset "${!GIT_AUTHOR@}" "${!GIT_COMMITTER@}"
	cat >"$DIR/gitconfig" <<-EOF
		[user]
			name = Toy
			email = toy@toy.invalid
	EOF
	export GIT_CONFIG_GLOBAL=$DIR/gitconfig
	rm patches/*
	: >series
	cat >patches/cover-letter <<-EOF
		lib: a better list

		It was not good.

		It is now.

		Measured with wc: 3 lines.
	EOF
	echo '0123456789ab ("lib: a list")' >configs/upstream-commits
	touch configs/{small,check,no-netns}.config
	fake_mail
	tools/base --from "$DIR/toy.tar.xz"
	tools/apply
	printf '#include <a.h>\n#include <c.h>\nint make_list(void) { aaa(); ccc(); }\n' >"$TREE/lib/list.c"
	mkdir "$TREE/include"
	for f in a b c; do echo "int $f$f$f(void);" >"$TREE/include/$f.h"; done
	patch "lib: a list"
}

# A tools/mail that is quick: each patch to the maintainer and the list.
fake_mail() {
	cat >tools/mail <<-'EOF'
		#!/bin/bash
		while [ $# != 0 ]; do [ "$1" != --output ] || OUT=$2; shift; done
		mkdir -p "$OUT/all"
		printf 'Subject: 0\n\n 1 file changed\nchange-id: x\n' >"$OUT/all/0000-x.eml"
		n=0
		for p in $(grep -v '^#' "$(dirname "$0")/../series"); do
			n=$((n + 1))
			printf 'To: Somebody <s@example.org>,\n maintainer@example.org\nCc: List <list@example.org>\n\n' >"$OUT/all/$(printf %04d $n)-x.eml"
		done
	EOF
}

# patch SUBJECT [LINE...]: what is edited, in a commit.
patch() {
	local subject=$1
	shift
	git -C "$TREE" add -A
	git -C "$TREE" commit -q -m "$subject" -m "Why it is good." "${@/#/-m}" \
		-m "Signed-off-by: Toy <toy@toy.invalid>"
}

checked() { tools/refresh && tools/check "$@" >"$DIR/said"; }

# says CHECK TEXT: the series fails, and for that reason alone.
says() {
	fails checked
	cat "$DIR/said"
	grep -qF -- "# $1: $2" "$DIR/said"
	[ "$(grep -c '^not ok ' "$DIR/said")" = 1 ]
	[ "$(grep -o ' FAIL ' "$DIR/said" | wc -l)" = 1 ]
}

# cover_says TEXT: the cover letter fails for that reason alone.
cover_says() {
	fails tools/check >"$DIR/said"
	cat "$DIR/said"
	grep -qF -- "# $1" "$DIR/said"
	[ "$(grep '^not ok ' "$DIR/said")" = "not ok 3 part all: cover letter" ]
}

edit() { printf '%s\n' "$@" >>"$TREE/lib/list.c"; }

passes() {
	good
	edit 'aaa();'
	patch "lib: use it" $'Commit 0123456789ab ("lib: a\nlist") made it.'
	checked
	cat "$DIR/said"
	[ "$(grep -c '^ok ' "$DIR/said")" = 5 ]
	[ "$(tail -n 1 "$DIR/said")" = 1..5 ]
	grep -q '^# 0002-lib-use-it  *ok  *ok  *ok  *ok  *ok  *ok  *ok  *ok  *ok *$' "$DIR/said"
	grep -q '^# coccicheck: 1 scripts, 4 files, 0 reports before, 0 after$' "$DIR/said"
}

# What passed is taken from before, until it changes.
passed_before() {
	good
	checked
	! grep -q 'passed before' "$DIR/said" || return 1
	checked
	[ "$(grep -c 'passed before' "$DIR/said")" = 2 ]
	edit 'BADSTYLE'
	git -C "$TREE" commit -q -a --amend --no-edit
	fails checked
	grep -q '^not ok 1 ' "$DIR/said"
	fails checked
	grep -q '^not ok 1 ' "$DIR/said"
}

named() {
	local status=0

	good
	edit 'BADSTYLE'
	patch "lib: bad"
	checked 0001
	[ "$(grep -c '^ok ' "$DIR/said")" = 1 ]
	fails checked bad
	tools/check 0009 >"$DIR/said" || status=$?
	[ $status = 2 ]
}

style() { good; edit BADSTYLE; patch "lib: bad"; says checkpatch ""; }
warning() { good; edit TOYWARNING; patch "lib: bad"; says build "gcc lib/list.c: toy"; }
no_compile() { good; edit TOYERROR; patch "lib: bad"; says build "gcc "; }
kernel_doc() { good; edit BADDOC; patch "lib: bad"; says kernel-doc ""; }
inline() { good; edit 'static inline int f(void) { }'; patch "lib: bad"; says inline "lib/list.c"; }

# What was wrong before the patch is not the patch's.
old_faults() {
	good
	edit TOYWARNING BADDOC '#include <a.h>'
	git -C "$TREE" commit -q -a --amend --no-edit
	edit 'int g(void);'
	patch "lib: more"
	fails checked
	cat "$DIR/said"
	grep -q '^not ok 1 ' "$DIR/said"
	grep -q '^ok 2 ' "$DIR/said"
}

inline_moves() {
	good
	edit '/* inline, in a comment */' ' * inline'
	echo 'static inline int f(void) { return 0; }' >>"$TREE/include/a.h"
	patch "lib: more"
	checked
}

not_inline() {
	good
	echo 'static int f(void) { return 0; }' >>"$TREE/include/a.h"
	patch "include: bad"
	says inline "include/a.h"
}

include_twice() {
	good
	sed -i '2a#include <c.h>' "$TREE/lib/list.c"
	edit 'ccc();'
	patch "lib: bad"
	says include "lib/list.c: twice"
}

include_out_of_order() {
	good
	sed -i '2a#include <b.h>' "$TREE/lib/list.c"
	edit 'bbb();'
	patch "lib: bad"
	says include "lib/list.c: #include <b.h> is out of order"
}

include_in_disorder() {
	good
	sed -i '1s/a\.h/z.h/' "$TREE/lib/list.c"
	git -C "$TREE" commit -q -a --amend --no-edit
	sed -i '2a#include <b.h>' "$TREE/lib/list.c"
	edit 'bbb();'
	patch "lib: more"
	checked 0002
}

include_unused() {
	good
	sed -i '1a#include <b.h>' "$TREE/lib/list.c"
	patch "lib: bad"
	says include "lib/list.c: nothing of b.h is used"
}

not_signed() {
	good
	edit x
	git -C "$TREE" commit -q -a -m "lib: bad" -m "Why."
	says author "the author, Toy <toy@toy.invalid>, did not sign it off"
}

signed_by_others() {
	good
	edit x
	patch "lib: bad" "Signed-off-by: Other <other@toy.invalid>"
	says author "it has more than one Signed-off-by"
}

placeholder() { good; edit '/* toy@toy.invalid */'; patch "lib: bad"; says author "lib/list.c"; }
no_area() { good; edit x; patch "make it better"; says subject 'no "area: what"'; }
full_stop() { good; edit x; patch "lib: make it better."; says subject 'no "area: what"'; }
wrong_area() { good; edit x; patch "net: better"; says subject "it touches nothing named net"; }

long_subject() {
	good
	edit x
	patch "lib: $(printf '%072d' 0 | tr 0 x)"
	says subject "the subject has 77 characters"
}

short_commit() { good; edit x; patch "lib: x" 'See 012345a ("lib: a list").'; says commits 012345a; }
bare_commit() { good; edit x; patch "lib: x" 'See 0123456789ab.'; says commits 0123456789ab; }

unknown_commit() {
	good
	edit x
	patch "lib: x" 'See 0123456789ab ("lib: a lisp").'
	says commits "0123456789ab: configs/upstream-commits does not have it"
}

not_sent() {
	good
	edit x
	patch "lib: x"
	sed -i 's/list@example/lost@example/' tools/mail
	fails checked
	[ "$(grep -c '^# to-cc: does not get it: list@example.org$' "$DIR/said")" = 2 ]
}

too_many() {
	local i

	good
	for i in $(seq 14); do edit "$i"; patch "lib: $i"; done
	fails checked
	grep -q '^# 15 patches; fewer than 15 are wanted: split it$' "$DIR/said"
	sed -i -e '1i# part: all' -e '9i# part: more' series
	sed 's/better/worse/' patches/cover-letter >patches/cover-letter-more
	fails tools/check >"$DIR/said"
	grep -q '^ok .* part all: fewer' "$DIR/said"
	grep -q '^ok .* part more: fewer' "$DIR/said"
}

cover() {
	good
	checked
	cp patches/cover-letter "$DIR/cover.good"
	sed -i s/Measured/Guessed/ patches/cover-letter
	tools/apply
	cover_says 'no paragraph begins with "Measured"'
	printf -- '---\nChanges in v3:\n- x\n' | cat "$DIR/cover.good" - >patches/cover-letter
	tools/apply
	cover_says 'it does not say what changed in v2'
	printf -- '---\nChanges in v2:\n- EDITME: x\n' | cat "$DIR/cover.good" - >patches/cover-letter
	tools/apply
	fails tools/check >"$DIR/said"
	grep -q EDITME "$DIR/said"
	{ cat "$DIR/cover.good"; echo 'See 012345a.'; } >patches/cover-letter
	tools/apply
	cover_says '012345a is not written'
	head -n 3 "$DIR/cover.good" >patches/cover-letter
	tools/apply
	fails tools/check >"$DIR/said"
	grep -q 'too short' "$DIR/said"
	cp "$DIR/cover.good" patches/cover-letter
	tools/apply
	sed -i 's/ 1 file changed//' tools/mail
	cover_says 'the message has no diffstat'
}

# A report that is there before is none; one more of the same is.
reports() {
	good
	echo x >>"$TREE/lib/sort.c"
	patch "lib: sort better"
	checked
	grep -q '1 reports before, 1 after$' "$DIR/said"
	edit REPORT
	patch "lib: bad"
	fails checked
	[ "$(grep -c '^# WARNING: toy report$' "$DIR/said")" = 1 ]
	[ "$(grep '^not ok' "$DIR/said")" = "not ok 6 coccicheck reports nothing new" ]
}

reports_fail() {
	good
	edit COCCIFAIL
	patch "lib: bad"
	fails checked
	[ "$(grep '^not ok' "$DIR/said")" = "not ok 5 coccicheck reports nothing new" ]
}

check "a good series passes" passes
check "what passed before is found, until it changes" passed_before
check "only the patches that are named" named
check "checkpatch" style
check "a new warning" warning
check "a file that does not compile" no_compile
check "a kernel-doc warning" kernel_doc
check "what was wrong before is no fault of the patch" old_faults
check "inline in a .c file" inline
check "inline in a comment and in a header is none" inline_moves
check "a function in a header that is not inline" not_inline
check "an include twice" include_twice
check "an include out of order" include_out_of_order
check "an include where no order was" include_in_disorder
check "an include of which nothing is used" include_unused
check "no sign-off" not_signed
check "two sign-offs" signed_by_others
check "the placeholder in a file" placeholder
check "a subject without an area" no_area
check "a subject with a full stop" full_stop
check "a subject of another area" wrong_area
check "a long subject" long_subject
check "a commit's name that is too short" short_commit
check "a commit without its title" bare_commit
check "a commit that nobody knows" unknown_commit
check "a recipient is missing" not_sent
check "too many patches in a part" too_many
check "the cover letter" cover
check "a new report of coccicheck" reports
check "a coccicheck that fails" reports_fail
plan
