# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Keys of cached results. Sourced by tool.sh.

# sources FILE...: print these scripts of the project, and those that they source or run,
# relative to $TOP. A script that is run has to be written as $TOP/tools/NAME, and one that is
# sourced needs a line "shellcheck source=". Left out are setup, base and apply: they make the
# kernel's source, which is an input of its own.
# shellcheck disable=SC2016	# $TOP is text
sources() {
	local files=("$@") file i

	for ((i = 0; i < ${#files[@]}; i++)); do
		echo "${files[i]}"
		while read -r file; do
			[[ ! -f $TOP/$file || " ${files[*]} " = *" $file "* ]] || files+=("$file")
		done < <(sed -nE 's/^[[:space:]]*# shellcheck source=//p
			/^[[:space:]]*#/!s/.*\$TOP"?\/(t(ool|est)s\/[a-z./-]+).*/\1/p' "$TOP/${files[i]}" |
			grep -vxE 'tools/(setup|base|apply)')
	done
}

# content INPUT...: print hashes of files and directories, and texts. An INPUT is =TEXT, a file
# or directory relative to $TOP, or the absolute path of a file, whose name does not count.
content() {
	local input

	cd "$TOP" || return
	for input; do
		case $input in
		=*) echo "$input" ;;
		/*) sha256sum <"$input" || return ;;
		*) find "$input" -type f | sort | xargs -d '\n' sha256sum || return ;;
		esac
	done
}

# key INPUT...: print a hash of these inputs, and of the running script with its sources.
key() {
	local scripts said

	mapfile -t scripts < <(sources "${SELF#"$TOP/"}")
	said=$(content "${scripts[@]}" "$@") || return
	sha256sum <<<"$said" | cut -d' ' -f1
}

# versions COMMAND...: print what they say to --version, as one input.
versions() {
	local command

	echo "=versions"
	for command; do
		if command -v "$command" >/dev/null; then "$command" --version; else echo "no $command"; fi
	done
}
