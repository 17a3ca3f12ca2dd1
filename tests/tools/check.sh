#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of tools/check, tools/lib/new-warnings and tools/lib/new-reports. In: nothing. Out: KTAP.
# Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# A good series: a patch before the patch under test.
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
	touch configs/{small,check,no-netns,no-sysctl}.config
	fake_mail
	tools/base --from "$DIR/toy.tar.xz"
	tools/apply
	printf '#include <a.h>\n#include <c.h>\nint make_list(void) { aaa(); ccc(); }\n' >"$TREE/lib/list.c"
	mkdir "$TREE/include"
	for f in a b c; do echo "int $f$f$f(void);" >"$TREE/include/$f.h"; done
	patch "lib: a list"
}

# A stub of tools/mail: each patch goes to the maintainer and the list.
fake_mail() {
	cat >tools/mail <<-'EOF'
		#!/bin/bash
		while [ $# != 0 ]; do [ "$1" != --output ] || OUT=$2; shift; done
		cd "$(dirname "$0")/.."
		part=all
		while read -r p _ name _; do
			if [ "$p" = "#" ]; then part=$name; n=0; continue; fi
			mkdir -p "$OUT/$part"
			printf 'Subject: 0\n\n 1 file changed\nchange-id: x\n' >"$OUT/$part/0000-x.eml"
			n=$((n + 1))
			{
				printf '%s\n' 'From: Somebody <s@example.org>' 'Subject: x' \
					'To: Somebody <s@example.org>,' ' maintainer@example.org' \
					'Cc: List <list@example.org>' '' \
					'Signed-off-by: Somebody <s@example.org>' ---
				cat "patches/$p"
			} >"$OUT/$part/$(printf %04d $n)-x.eml"
		done <series
	EOF
}

# patch SUBJECT [LINE...]: commit the edits.
patch() {
	local subject=$1
	shift
	git -C "$TREE" add -A
	git -C "$TREE" commit -q -m "$subject" -m "Why it is good." "${@/#/-m}"
}

checked() { tools/refresh && tools/check "$@" >"$DIR/said"; }

# only_fails CHECK TEXT: the series fails for that reason only.
only_fails() {
	fails checked
	cat "$DIR/said"
	grep -qF -- "# $1: $2" "$DIR/said"
	[ "$(grep -c '^not ok ' "$DIR/said")" = 1 ]
	fails grep -qP "^# (?!${1%%_*})[a-z_]+: " "$DIR/said"
}

# cover_says TEXT: the cover letter fails for that reason only.
cover_says() {
	fails tools/check >"$DIR/said"
	cat "$DIR/said"
	grep -qF -- "# cover_letter: $1" "$DIR/said"
	[ "$(grep '^not ok ' "$DIR/said")" = "not ok 2 part all" ]
}

edit() { printf '%s\n' "$@" >>"$TREE/lib/list.c"; }

passes() {
	good
	edit 'aaa();'
	patch "lib: use it" $'Commit 0123456789ab ("lib: a\nlist") made it.'
	checked
	cat "$DIR/said"
	[ "$(grep -c '^ok ' "$DIR/said")" = 4 ]
	[ "$(tail -n 1 "$DIR/said")" = 1..4 ]
	grep -q '^ok 2 0002-lib-use-it$' "$DIR/said"
	grep -q '^# 1 scripts, 4 files, 0 reports before, 0 after$' "$DIR/said"
}

# A passed patch is cached until it changes.
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
	good
	edit 'BADSTYLE'
	patch "lib: bad"
	checked 0001
	[ "$(grep -c '^ok ' "$DIR/said")" = 1 ]
	fails checked bad
	exits 2 tools/check 0009
}

style() { good; edit BADSTYLE; patch "lib: bad"; only_fails checkpatch ""; }
# A checkpatch.pl that prints its options, and reports two unknown commits.
netdev_options() {
	good
	cat >"$TREE/scripts/checkpatch.pl" <<-END
		#!/bin/sh
		echo "\$*" >$DIR/options
		printf "WARNING: Unknown commit id '%s', maybe rebased or not pulled?\n#7:\nx\n\n" \
			0123456789ab ba9876543210
	END
	git -C "$TREE" commit -q -a --amend --no-edit
	only_fails checkpatch "WARNING: Unknown commit id 'ba9876543210'"
	fails grep 0123456789ab "$DIR/said"
	grep -e '--strict --codespell --max-line-length=80 .*--ignore=.*,CAMELCASE' "$DIR/options"
}

no_message() {
	good
	printf '#!/bin/sh\necho it is late\nexit 1\n' >tools/mail
	fails checked
	grep '^# apply: tools/mail made no message of it' "$DIR/said"
	grep '^# apply: it is late' "$DIR/said"
}

# Others build in the same work tree.
waits_for_work_tree() {
	good
	tools/refresh
	exec 9>>"$DIR/cache/netns-core/patches.lock"
	flock 9
	tools/check 9>&- >"$DIR/said" 2>&1 &
	says "which holds $DIR/cache/netns-core/patches.lock" "$DIR/said"
	exec 9>&-
	wait $!
}

warning() {
	good
	edit TOYWARNING
	patch "lib: bad"
	only_fails build_allmodconfig_warn "lib/list.c: toy"
	grep '^# build_clang: lib/list.c: toy' "$DIR/said"
	grep '^# build_32bit: lib/list.c: toy' "$DIR/said"
	grep '^# build_no_netns: lib/list.c: toy' "$DIR/said"
	grep '^# build_no_sysctl: lib/list.c: toy' "$DIR/said"
}

no_compile() { good; edit TOYERROR; patch "lib: bad"; only_fails build_clang ""; }

whole_kernel() {
	good
	stub df <<<'printf "x\nx 1 1 99999999 1 x\n"'
	checked --full
	grep '^ok 4 the whole kernel builds without new warnings' "$DIR/said"
	edit TOYWARNING
	patch "lib: bad"
	fails checked --full
	grep '^not ok 5 the whole kernel' "$DIR/said"
	grep '^# build_allyesconfig_warn: lib/list.c: toy' "$DIR/said"
}

# Only the series is built.
quick() {
	good
	checked --quick
	grep '^ok .* the series builds without new warnings' "$DIR/said"
	edit TOYWARNING
	patch "lib: bad"
	fails checked --quick
	[ "$(grep -c '^not ok' "$DIR/said")" = 1 ]
	grep '^not ok .* the series builds without new warnings' "$DIR/said"
	[ "$(grep '^# build_.*: toy' "$DIR/said" | cut -d: -f1 | xargs)" = '# build_allmodconfig_warn # build_no_netns' ]
	fails grep coccicheck "$DIR/said"
	exits 2 tools/check --quick --full
	exits 2 tools/lib/new-warnings --kinds build_clang,build_all "$TREE" HEAD
}

# commit TEXT FILE: in $DIR/other, which new-warnings may change.
commit() {
	echo "$1" >>"$DIR/other/$2"
	git -C "$DIR/other" commit -q -a -m x
}

# Only the objects that give warnings are compiled on the base.
whole_kernel_before() {
	good
	stub df <<<'printf "x\nx 1 1 99999999 1 x\n"'
	git clone -q "$TREE" "$DIR/other"
	commit TOYWARNING lib/sort.c
	git -C "$DIR/other" tag -f base
	commit x lib/list.c
	tools/lib/new-warnings --full --since base "$DIR/other" HEAD
	git -C "$DIR/other" checkout -q netns-core
	commit TOYWARNING lib/list.c
	commit x lib/list.c
	fails tools/lib/new-warnings --full --since base "$DIR/other" HEAD >"$DIR/said"
	[ "$(cat "$DIR/said")" = "$(printf 'build_all%sconfig_warn: lib/list.c: toy\n' mod yes)" ]
}

# A random configuration may not compile on the base.
random_before() {
	good
	stub df <<<'printf "x\nx 1 1 99999999 1 x\n"'
	git clone -q "$TREE" "$DIR/other"
	commit TOYERROR lib/sort.c
	git -C "$DIR/other" tag -f base
	commit x lib/list.c
	tools/lib/new-warnings --seed 1 --since base "$DIR/other" HEAD
	[ "$(xargs <"$DIR/other/build-warn-random/configured")" = "randconfig olddefconfig" ]
	commit TOYERROR lib/list.c
	fails tools/lib/new-warnings --seed 1 --since base "$DIR/other" HEAD >"$DIR/said"
	grep 'lib/list.c' "$DIR/said"
}

# compiled_with TEXT: a command line of make contains TEXT.
compiled_with() {
	good
	stub make <<-EOF
		printf '%s;' "\$@" >>$DIR/made
		exec /usr/bin/make "\$@"
	EOF
	rm -f "$DIR/made"
	stub clang <<<'echo 14'
	checked
	grep -F -- ";$1;" "$DIR/made"
}

clang_19() { stub clang-19 <<<'echo 19'; compiled_with LLVM=-19; }
only_clang() { PATH=$DIR/bin:$(path_without clang-19) compiled_with LLVM=1; }
sparse_keyword() { compiled_with 'CHECK=sparse -fmax-errors=unlimited -D__typeof_unqual__=__typeof__'; }

kernel_doc() { good; edit BADDOC; patch "lib: bad"; only_fails kdoc ""; }
inline() { good; edit 'static inline int f(void) { }'; patch "lib: bad"; only_fails source_inline "lib/list.c"; }

deprecated() {
	good
	edit '	put_net(x);'
	patch "lib: bad"
	only_fails deprecated_api "more uses of put_net( than before"
	sed -i '/put_net/d' "$TREE/lib/list.c"
	edit '/* put_net(x) */' '	put_net(y);'
	echo '	put_net(z);' | tee "$TREE/lib/list.rst" >"$TREE/lib/list_test.c"
	patch "lib: no worse"
	checked 0003
}

shell_script() {
	good
	printf '#!/bin/sh\ncd x\n' >"$TREE/lib/x.sh"
	patch "lib: bad"
	only_fails shellcheck "./lib/x.sh: warning: Use 'cd"
}

selftest() {
	local dir=$TREE/tools/testing/selftests/net

	good
	mkdir -p "$dir"
	echo 'int main(void) {}' >"$dir/toy.c"
	echo toy >"$dir/.gitignore"
	patch "selftests: bad"
	only_fails check_selftest "tools/testing/selftests/net/Makefile has no toy"
	fails grep 'gitignore has' "$DIR/said"
}

# Warnings that existed before the patch are not reported.
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
	only_fails header_inline "include/a.h"
}

include_twice() {
	good
	sed -i '2a#include <c.h>' "$TREE/lib/list.c"
	edit 'ccc();'
	patch "lib: bad"
	only_fails include "lib/list.c: twice"
}

include_out_of_order() {
	good
	sed -i '2a#include <b.h>' "$TREE/lib/list.c"
	edit 'bbb();'
	patch "lib: bad"
	only_fails include "lib/list.c: #include <b.h> is out of order"
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
	only_fails include "lib/list.c: nothing of b.h is used"
}

signed() {
	good
	edit x
	patch "lib: bad" "Signed-off-by: Toy <toy@toy.invalid>"
	only_fails author "Signed-off-by: Toy"
}

real_author() {
	good
	edit x
	git -C "$TREE" commit -q -a -m "lib: bad" -m "Why." --author="A. Dev <dev@example.org>"
	only_fails author "the author is A. Dev <dev@example.org>, not the placeholder"
}

placeholder() {
	good
	printf 'M:\tToy <toy@other.invalid>\n' >"$TREE/MAINTAINERS"
	patch "maintainers: bad"
	fails checked
	grep $'^# author: MAINTAINERS\tM:' "$DIR/said"
}

sender_did_not_sign() {
	good
	sed -i '/Signed-off-by:/s/s@example/t@example/' tools/mail
	only_fails verify_signedoff "s@example.org did not sign off"
}

no_area() { good; edit x; patch "make it better"; only_fails subject 'not "area: what"'; }
full_stop() { good; edit x; patch "lib: make it better."; only_fails subject 'not "area: what"'; }
wrong_area() { good; edit x; patch "net: better"; only_fails subject "the patch touches nothing named net"; }
part_of_area() { good; edit x; patch "li: better"; only_fails subject "the patch touches nothing named li"; }

# A directory, a file, a part of a file's name, and netdev's name for it
areas() {
	local subject

	good
	mkdir -p "$TREE"/net/core "$TREE"/fs
	for subject in "net: netns core: x" "netns: x" "net_namespace: x" "net/core: x"; do
		echo x >>"$TREE/net/core/net_namespace.c"
		patch "$subject"
	done
	echo x >"$TREE/fs/proc_sysctl.c"
	patch "sysctl: better"
	checked
}

long_subject() {
	good
	edit x
	patch "lib: $(printf '%072d' 0 | tr 0 x)"
	only_fails subject "the subject has 77 characters"
}

short_commit() { good; edit x; patch "lib: x" 'See 012345a ("lib: a list").'; only_fails commits 012345a; }
bare_commit() { good; edit x; patch "lib: x" 'See 0123456789ab.'; only_fails commits 0123456789ab; }

unknown_commit() {
	good
	edit x
	patch "lib: x" 'See 0123456789ab ("lib: a lisp").'
	only_fails commits "0123456789ab: not in configs/upstream-commits"
}

# fixes LINE...: the only patch has these lines, and is for net.
fixes() {
	good
	edit x
	git -C "$TREE" commit -q -a --amend -m "lib: a list" -m "Why it is good." "${@/#/-m}"
	tools/refresh
	sed -i '1i# part: all 1 base net' series
	tools/apply
}

fixes_good() { fixes 'Fixes: 0123456789ab ("lib: a list")'; checked; }
fixes_none() { fixes 'It is good.'; only_fails fixes_present 'no Fixes: in "lib: a list"'; }

# The second patch has no Fixes:, and only adds a test.
fixes_test() {
	fixes 'Fixes: 0123456789ab ("lib: a list")'
	mkdir -p "$TREE/tools/testing"
	echo "int main(void) { return 0; }" >"$TREE/tools/testing/list.c"
	patch "testing: test the list"
	checked
}

fixes_short() { fixes 'Fixes: 0123456789 ("lib: a list")'; only_fails verify_fixes "configs/upstream-commits does not"; }

fixes_inside() {
	fixes 'Fixes: 0123456789ab ("lib: a list")' 'And more.'
	only_fails verify_fixes "not among the trailers at the end"
}

no_tree() {
	good
	echo x >>"$TREE/net/core.c"
	patch "net: x"
	tools/refresh
	sed -i '1i# part: all 1 base' series
	tools/apply
	only_fails subject_prefix "neither net nor net-next in series, but the part touches net/core.c"
	sed -i '1s/base/base net-next/' series
	tools/apply
	checked
}

not_sent() {
	good
	edit x
	patch "lib: x"
	sed -i 's/list@example/lost@example/' tools/mail
	fails checked
	[ "$(grep -c '^# cc_maintainers: not a recipient: list@example.org$' "$DIR/said")" = 2 ]
}

too_many() {
	local i

	good
	for i in $(seq 14); do edit "$i"; patch "lib: $i"; done
	checked
	edit 15
	patch "lib: 15"
	fails checked
	grep -q '^# patch_count: 16 patches, 15 at most: split it$' "$DIR/said"
	sed -i -e '1i# part: all' -e '9i# part: more' series
	sed 's/better/worse/' patches/cover-letter >patches/cover-letter-more
	tools/check
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
	cover_says 'no "Changes in v2:"'
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
	grep -q 'fewer than three paragraphs' "$DIR/said"
	cp "$DIR/cover.good" patches/cover-letter
	tools/apply
	sed -i 's/ 1 file changed//' tools/mail
	cover_says 'the message has no diffstat'
}

# There is no message 0000.
cover_of_one() {
	good
	sed -i "/0000-x/d; s/'Subject: x'/&  'change-id: x'/" tools/mail
	checked
	edit x
	patch "lib: x"
	sed -i "s/'change-id: x'//" tools/mail
	fails checked
	grep '^# cover_letter: the message has no change id' "$DIR/said"
}

# An old report is not reported, but another one with the same text is.
reports() {
	good
	echo x >>"$TREE/lib/sort.c"
	patch "lib: sort better"
	checked
	grep -q '1 reports before, 1 after$' "$DIR/said"
	edit REPORT
	patch "lib: bad"
	fails checked
	[ "$(grep -c '^# coccicheck: WARNING: toy report$' "$DIR/said")" = 1 ]
	[ "$(grep '^not ok' "$DIR/said")" = "not ok 5 no new report of coccicheck" ]
}

reports_fail() {
	good
	edit COCCIFAIL
	patch "lib: bad"
	fails checked
	[ "$(grep '^not ok' "$DIR/said")" = "not ok 4 no new report of coccicheck" ]
}

# While the messages are made
interrupted() {
	good
	tools/refresh
	printf '#!/bin/bash\nsleep 60 & echo $$ $! >%s; wait\n' "$DIR/pids" >tools/mail
	end_by TERM alone tools/check
	fails grep 'ok ' "$DIR/said"
}

check "a good series passes" passes
check "results are cached until a patch changes" passed_before
check "only the named patches" named
check "checkpatch" style
check "checkpatch has netdev's options, and knows the listed commits" netdev_options
check "a patch without a message" no_message
check "it waits for others that use its work tree" waits_for_work_tree
check "a new warning" warning
check "a file that does not compile" no_compile
check "patches are not built, and coccicheck does not run" quick
check "a new warning in the whole kernel" whole_kernel
check "a warning of the base kernel is not new" whole_kernel_before
check "an error of the base kernel in a random configuration is not new" random_before
check "clang-19 is preferred to an older clang" clang_19
check "without clang-19, any clang is used" only_clang
check "sparse gets a definition of __typeof_unqual__" sparse_keyword
check "a kernel-doc warning" kernel_doc
check "old warnings are not reported" old_faults
check "inline in a .c file" inline
check "inline in a comment and in a header is allowed" inline_moves
check "a function in a header that is not inline" not_inline
check "an include twice" include_twice
check "an include out of order" include_out_of_order
check "an include in a block that was not in order" include_in_disorder
check "an unused include" include_unused
check "a use of a deprecated function" deprecated
check "a warning of shellcheck" shell_script
check "a selftest that is not in its Makefile" selftest
check "a sign-off" signed
check "an author who is not the placeholder" real_author
check "a message without its sender's sign-off" sender_did_not_sign
check "the placeholder in a file" placeholder
check "a subject without an area" no_area
check "a subject with a full stop" full_stop
check "a subject of another area" wrong_area
check "a subject of a part of an area" part_of_area
check "areas" areas
check "a long subject" long_subject
check "a commit's name that is too short" short_commit
check "a commit without its title" bare_commit
check "an unknown commit" unknown_commit
check "Fixes:" fixes_good
check "a fix without Fixes:" fixes_none
check "a test without Fixes:" fixes_test
check "Fixes: of an abbreviated commit" fixes_short
check "Fixes: that is not among the trailers" fixes_inside
check "a part for networking that names no tree" no_tree
check "a recipient is missing" not_sent
check "too many patches in a part" too_many
check "the cover letter" cover
check "the cover letter of a single patch is in its message" cover_of_one
check "a new report of coccicheck" reports
check "a signal ends all processes" interrupted
check "a coccicheck that fails" reports_fail
plan
