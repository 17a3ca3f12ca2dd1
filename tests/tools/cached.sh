#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of cached in tests/stack/lib.sh, which caches results of the tests of the series, by
# a toy test. In: nothing. Out: KTAP. Exit status: 0 all passed, 1 not.

# shellcheck source=tests/tools/tap.sh
. "$(dirname "$0")/tap.sh"

# The toy test: has the inputs of a boot, and adds a line to $DIR/ran.
project() {
	local name

	mkdir -p tests/{stack,guest}
	cp -R "$REAL_TOP/tests/guest/boot" tests/guest/
	cp "$REAL_TOP/tests/ktap.sh" tests/
	cp "$REAL_TOP/tests/stack/lib.sh" tests/stack/
	echo CONFIG_A=y >configs/a.config
	echo CONFIG_B=y >configs/b.config
	mkdir -p input/directory
	echo 1 | tee input/file input/directory/file
	for name in gcc ld qemu-system-x86_64; do stub $name <<<"echo $name 1"; done
	cat >tests/stack/toy.sh <<-END
		# shellcheck source=tests/stack/lib.sh
		. "\$(dirname "\$0")/lib.sh"
		boots() { echo >>'$DIR/ran'; [ ! -e '$DIR/fails' ]; }
		boot_inputs \${CONFIGS-a,b}
		cached toy "=\${TEXT-}" "\${INPUTS[@]}" input -- check boots boots
		plan
	END
	rm -f "$DIR/ran" "$DIR/fails"
}

# Without version and plan
toy() { bash tests/stack/toy.sh | sed 1,2d; }
ran() { [ "$(wc -l <"$DIR/ran")" = "$1" ]; }

remembered() {
	project
	toy | grep -x 'ok 1 boots'
	ran 1
	toy | grep -x 'ok 1 toy'
	ran 1
	cp -R . "$DIR/other"
	(cd "$DIR/other" && toy)
	ran 1
}

# runs_again: the toy test, which had passed, runs once more, and then is cached.
runs_again() {
	rm "$DIR/ran"
	toy
	ran 1
	toy
	ran 1
}

texts() {
	project
	toy
	TEXT=x runs_again
	TEXT='x y' runs_again
	CONFIGS=a runs_again
}

input_files() {
	project
	toy
	echo 2 >input/file
	runs_again
	echo 2 >input/directory/file
	runs_again
	touch input/directory/new
	runs_again
	mv input/directory/new input/directory/newer
	runs_again
	rm input/directory/newer
	toy
	ran 1
}

missing_input() {
	project
	rm -r input
	fails toy
	fails toy
	[ ! -e "$DIR/ran" ]
}

# The inputs of all boots, and the files of each test
shared_files() {
	local file

	project
	toy
	for file in tools/{boot,build,lib/{{tool,process,git,series,inputs,arch}.sh,initramfs,qemu,check-boot,bad-line}} \
			tests/guest/boot/* configs/{a,b}.config tests/{ktap.sh,stack/lib.sh,stack/toy.sh}; do
		echo "# more" >>"$file"
		runs_again
	done
}

# Scripts that are sourced or run are inputs without being listed.
# shellcheck disable=SC2016	# $TOP is text
new_scripts() {
	project
	printf '#!/bin/bash\n# shellcheck source=tools/lib/new.sh\n. "$TOP/tools/lib/new.sh"\n' >tools/new
	echo >tools/lib/new.sh
	echo '"$TOP/tools/new" || true' >>tools/lib/qemu
	toy
	ran 1
	echo '# more' >>tools/new
	runs_again
	echo '# more' >>tools/lib/new.sh
	runs_again
}

selftest() {
	project
	git init -q linux
	toy
	ran 1
	mkdir -p linux/tools/testing/selftests/net
	echo more >linux/tools/testing/selftests/net/netns_nsid.c
	git -C linux add .
	git -C linux commit -qm more
	git -C linux update-ref refs/netns-core/applied HEAD
	runs_again
}

versions() {
	local name

	project
	toy
	for name in gcc ld qemu-system-x86_64; do
		stub $name <<<"echo $name 2"
		runs_again
	done
}

failure() {
	project
	touch "$DIR/fails"
	fails toy
	fails toy
	ran 2
	rm "$DIR/fails"
	toy
	toy
	ran 3
}

# The result is cached only if all checks pass.
failure_of_one() {
	project
	cat >tests/stack/toy.sh <<-END
		# shellcheck source=tests/stack/lib.sh
		. "\$(dirname "\$0")/lib.sh"
		boots() { echo >>'$DIR/ran'; [ ! -e '$DIR/fails' ]; }
		both() { check boots boots; check is_well true; }
		cached toy input -- both
		plan
	END
	touch "$DIR/fails"
	fails toy
	fails toy
	rm "$DIR/fails"
	toy
	[ "$(toy)" = 'ok 1 toy' ]
	ran 3
}

# Without FULL, some are left out, but none that has passed.
some_of_many() {
	project
	cat >tests/stack/toy.sh <<-END
		# shellcheck source=tests/stack/lib.sh
		. "\$(dirname "\$0")/lib.sh"
		EVERY=3
		for n in 1 2 3 4; do cached "toy \$n" =\$n -- check "toy \$n" true; done
		left_out toys
		plan
	END
	[ "$(toy)" = $'ok 1 toy 1\nok 2 toy 4\n# 2 toys are left out, run: tests/run --full\n#   toy 2\n#   toy 3' ]
	FULL=1 toy | fails grep 'left out'
	toy | fails grep 'left out'
}

# The cached tests of the series that boot
stack_tests() {
	local file

	cd "$REAL_TOP/tests/stack"
	for file in $(grep -lw cached ./*.sh | xargs grep -l 'tools/boot'); do
		[ "$file" = ./lib.sh ] || grep 'INPUTS\[@\]' "$file"
	done
}

check 'a passed test is not run again, not even in another clone' remembered
check 'each change of a text runs it again' texts
check 'each change of a file or directory runs it again' input_files
check 'a missing input is an error' missing_input
check 'the shared files of all boots are inputs' shared_files
check 'scripts that are sourced or run are inputs' new_scripts
check 'the selftests of the series are inputs' selftest
check 'the versions of compiler, linker and QEMU are inputs' versions
check 'the tests of the series that boot have these inputs' stack_tests
check 'a failure is not cached' failure
check 'a failure of one of several checks is not cached' failure_of_one
check 'without FULL only some of many are run' some_of_many
plan
