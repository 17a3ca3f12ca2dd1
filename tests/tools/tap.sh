# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Functions that the tests of the tools share. Sourced, not run. Makes a toy project and a
# toy kernel of a few lines each.

# shellcheck source=tests/ktap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../ktap.sh"

REAL_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export XDG_CACHE_HOME=$DIR/cache
export GIT_AUTHOR_NAME='A. Dév' GIT_AUTHOR_EMAIL=dev@example.org
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
unset NETNS_BASE NETNS_LINUX

# Each check starts with a fresh project.
begin_check() {
	rm -rf "${DIR:?}"/{project,cache,bin,other,few,said}
	cp -R "$DIR/fresh" "$DIR/project"
	mkdir "$DIR/cache" "$DIR/bin"
	PATH=$DIR/bin:$PATH
	cd "$DIR/project"
	set -x
}

# refuses TEXT COMMAND...: COMMAND exits with 1, and prints TEXT.
refuses() {
	local text=$1 status=0
	shift
	"$@" >"$DIR/said" 2>&1 || status=$?
	cat "$DIR/said"
	[ $status = 1 ] && grep -qF -- "$text" "$DIR/said"
}

# tool_path NAME: where that tool is, in tools or tools/lib.
tool_path() { if [ -e "tools/$1" ]; then echo "tools/$1"; else echo "tools/lib/$1"; fi; }

# fails COMMAND...: COMMAND fails.
fails() { ! "$@"; }

# exits STATUS COMMAND...
exits() {
	local want=$1 status=0
	shift
	"$@" || status=$?
	[ $status = "$want" ]
}

# appears FILE: wait until FILE has content, 10 seconds at most.
appears() { says '' "$1"; }

# end_by SIGNAL HOW COMMAND...: start COMMAND, with its output in $DIR/said. When it has
# written $DIR/pids, send SIGNAL to it only, or to its process group, as a terminal does.
# Within 5 seconds, COMMAND is killed by that signal, and no process in $DIR/pids is left,
# except zombies that init does not reap. A guest with a shell may end after COMMAND.
end_by() {
	local signal=$1 how=$2 start pid pids status=0
	shift 2
	rm -f "$DIR/pids"
	set -m
	env --default-signal "$@" >"$DIR/said" 2>&1 </dev/null &
	set +m
	pid=$!
	appears "$DIR/pids"
	start=$SECONDS
	case $how in
	alone)	kill "-$signal" $pid ;;
	group)	kill "-$signal" -- -$pid ;;
	esac
	wait $pid || status=$?
	cat "$DIR/said"
	[ $status = $((128 + $(kill -l "$signal"))) ]
	[ $((SECONDS - start)) -lt 5 ]
	pids=$(<"$DIR/pids")
	while ps -o stat= -p "$pids" | grep -v '^Z'; do
		[ $((SECONDS - start)) -lt 5 ] || { ps -f -p "$pids"; return 1; }
		sleep 0.1
	done
}

# stub NAME: make a command from the text on stdin, ahead of the real one in PATH.
stub() {
	{ echo '#!/bin/bash'; cat; } >"$DIR/bin/$1"
	chmod +x "$DIR/bin/$1"
}

# Print a PATH that has all commands except for the named ones.
path_without() {
	local d f

	mkdir "$DIR/few"
	for d in /usr/local/bin /usr/bin /bin; do
		for f in "$d"/*; do ln -sf "$f" "$DIR/few/"; done
	done
	for f; do rm -f "$DIR/few/$f"; done
	echo "$DIR/few"
}

# script NAME: make a script of the toy kernel from the text on stdin.
script() {
	mkdir -p scripts
	{ echo '#!/bin/sh'; cat; } >"scripts/$1"
	chmod +x "scripts/$1"
}

# Scripts for the tests of tools/mail and tools/check
toy_scripts() {
	script get_maintainer.pl <<-'EOF'
		case $* in
		*--nom*) ;;
		*) echo '"M. Maintainer" <maintainer@example.org>'; echo 'Toy <toy@toy.invalid>' ;;
		esac
		case $* in *--nol*) ;; *) echo list@example.org ;; esac
	EOF
	script checkpatch.pl <<-'EOF'
		for patch; do :; done
		grep '^+.*BADSTYLE' "$patch"
	EOF
	script kernel-doc <<-'EOF'
		shift 2
		grep -n BADDOC /dev/null "$@"
	EOF
	mkdir scripts/coccinelle
	echo '@toy@' >scripts/coccinelle/toy.cocci
	touch scripts/coccicheck
	script checkincludes.pl <<-'EOF'
		for f; do grep -h '^#include' "$f" | sort | uniq -d | sed "s|^|$f: twice |"; done
	EOF
}

toy_makefile() {
	cat <<-'EOF'
		MAKEFLAGS += -r
		all: ; @for f in net/*.c lib/*.c; do echo "  CC      $${f%.c}.o"; \
			sed -n "s|.*TOYWARNING.*|$$f:1: warning: toy|p; \
				s|.*TOYERROR.*|$$f:1: error: toy|p" $$f; done; \
			! grep -q TOYERROR net/*.c lib/*.c
		allnoconfig allmodconfig allyesconfig randconfig olddefconfig: ; \
			touch $(O)/.config; echo $@ >>$(O)/configured
		%.o: FORCE ; @! grep -n TOYERROR $*.c && \
			{ grep TOYWARNING $*.c | sed 's|.*|$*.c:1: warning: toy|'; true; }
		coccicheck: ; @echo spatch --cocci-file toy.cocci; \
			! grep -rn COCCIFAIL $(M) || { echo coccicheck failed; exit 1; }; \
			grep -rn REPORT $(M) | sed 's/:REPORT/:1-2: WARNING: toy report/'; true
		FORCE: ;
	EOF
}

# The toy kernel: the files of the base, and one that its .gitignore excludes.
toy_kernel() {
	mkdir -p "$1"/{net,lib}
	cd "$1"
	toy_makefile >Makefile
	toy_scripts
	printf '*.shipped\n' >.gitignore
	seq 1000 3000 >net/core.c
	seq 200 260 >lib/list.c
	{ seq 300 360; echo REPORT; } >lib/sort.c
	seq 400 460 >lib/gone.c
	echo hidden >lib/table.shipped
}

# The toy series. It covers special forms of format-patch: moves, copies with and without
# an edit, a removed file, and a name with an umlaut. A moved file is replaced by a new one
# of the old name, in the same patch and in the next one.
toy_commits() {
	export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
	git mv net/core.c net/old.c
	cp lib/list.c lib/list2.c
	echo 261 >>lib/list.c
	toy_commit "net: move the core, copy the list"
	seq 5000 5100 >net/core.c
	sed -i 's/^250$/25O/' net/old.c lib/list2.c
	toy_commit "net: a core that is made afresh, with a subject that is long enough for a second line"
	git mv lib/sort.c lib/sort_old.c
	seq 6000 6100 >lib/sort.c
	sed 's/^210$/21O/' lib/list.c >lib/list3.c
	echo 262 >>lib/list.c
	git rm -q lib/gone.c
	toy_commit "[lib] new sort; größer"
}

toy_commit() {
	git add -A
	git commit -q -m "$1" -m "Why it is good."
}

toy_format() {
	git format-patch -q -M -C -B --diff-algorithm=histogram --full-index \
		--binary --zero-commit -N --subject-prefix=PATCH --no-signature "$@"
}

# $DIR/toy.tar.xz, and the project in $DIR/fresh.
toy_project() {
	mkdir -p "$DIR/fresh/configs"
	cp -R "$REAL_TOP/tools" "$DIR/fresh/"
	cp "$REAL_TOP/configs/packages" "$DIR/fresh/configs/"
	cat >"$DIR/fresh/configs/pin" <<-EOF
		VERSION=1.2.3
		TAG=v1.2.3
		UPSTREAM=file://$DIR/upstream
	EOF
	cp -R "$DIR/patches" "$DIR/fresh/"
	cp "$DIR/cover" "$DIR/fresh/patches/cover-letter"
	{ echo "# The series, in order."; cd "$DIR/patches"; ls; } >"$DIR/fresh/series"
}

make_toy() (
	toy_kernel "$DIR/toy"
	cd "$DIR"
	tar -cJf toy.tar.xz toy
	cp -R toy upstream
	cd upstream
	git init -q -b main
	git add -A -f
	git commit -q -m base
	git tag -a -m v1.2.3 v1.2.3
	toy_commits
	toy_format -o "$DIR/patches" v1.2.3..HEAD
	git rev-parse 'HEAD^{tree}' >"$DIR/tree"
	git reset -q --hard v1.2.3
	printf 'the core, afresh\n\nWhat it is.\n\nAnd why.\n' >"$DIR/cover"
	toy_project
)

# Make the base and the branch of the toy project.
TREE=$DIR/project/linux
# shellcheck disable=SC2034	# used by tests
TAG_TREE=$DIR/cache/netns-core/tag
applied() {
	tools/base --from "$DIR/toy.tar.xz"
	tools/apply
	git -C "$TREE" rev-parse 'HEAD^{tree}' | cmp - "$DIR/tree"
}

make_toy
