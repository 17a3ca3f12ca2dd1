#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The text of the project, its patches included, uses the words of the kernel's
# documentation: each check is a group of phrases to avoid. In: nothing. Out: KTAP, with
# FILE:LINE of each hit. Exit status: 0 no hits, 1 some.

# shellcheck source=tests/ktap.sh
. "$(dirname "$0")/../ktap.sh"

cd "$(dirname "$0")/../.."
mapfile -t FILES < <(git ls-files -co --exclude-standard README.md CHANGELOG.md .ci \
	Documentation/*.md configs patches tests tools ':!tests/logs' ':!tests/tools/words.sh' |
	while read -r FILE; do [ ! -e "$FILE" ] || echo "$FILE"; done)

# hits REGEXP: print FILE:LINE: MATCH for each match, even across a line break. Comment
# leaders are removed. Of a diff, only added lines count. The name of a patch does not count.
hits() {
	# shellcheck disable=SC2016	# perl's variables
	perl -e '
		my $regexp = shift;
		for my $file (@ARGV) {
			open(my $in, "<", $file) or die("$file: $!\n");
			my @lines = <$in>;
			my $diff = 0;
			for (@lines) {
				$diff = 1 if $file =~ /\.patch$/ && /^diff --git /;
				$_ = "" if $diff && !s/^\+//;
				$_ = "" if $file =~ m{^tests/mutants/} && /^Patch: /;
				s/\b\w+(-\w+){5,}//g;	# the name of a patch
				s{^\s*(/\*+|\*+/?|\x23+|//)?\s*}{};
				s/\s+$//;
			}
			for my $i (0 .. $#lines) {
				my $text = $lines[$i] . " " . ($lines[$i + 1] // "");
				while ($text =~ /$regexp/g) {
					last if $-[0] >= length($lines[$i]);
					print("$file:", $i + 1, ": $&\n");
				}
			}
		}' "$1" "${FILES[@]}"
}

avoids() {		# REGEXP
	hits "$1" >"$DIR/hits"
	cat "$DIR/hits"
	[ ! -s "$DIR/hits" ]
}

# A match, also across a line break; only added lines of a diff
finds() {
	printf '%s\n' ' * this is' ' * bad' bad >"$DIR/file"
	printf '%s\n' '- bad' '---' 'diff --git a/x b/x' ' bad' '-bad' '+bad' >"$DIR/file.patch"
	FILES=("$DIR/file" "$DIR/file.patch")
	hits '\b(is )?bad\b' | sed 's|.*/||' | diff - <(printf '%s\n' 'file:1: is bad' \
		'file:2: bad' 'file:3: bad' 'file.patch:1: bad' 'file.patch:6: bad')
}

check "the test finds matches" finds
check "dying namespaces" avoids '\b([Tt]he dead|[Dd]ead (net )?namespaces?|(last|first|next) (one )?dead|bare at most|(is|are) bare|bare of|only dead)\b'
check "teardown and setup" avoids '\b(way down|half-?way (up|down)|(take|takes|taking|taken|took|go|goes|going) down|(take|takes) (it|them|subsystems|namespaces) down|set-up|whose time goes|may look at|it goes last)\b'
check "release and drop" avoids '\b((give|gives|giving|given|gave|hand|handed) back|(let|lets|letting) go)\b'
check "rewrite and rename" avoids '\b(anew|moves? aside|under these names)\b'
check "base kernel" avoids '\b([Uu]npatched (kernel|tag)|([Oo]n|[Oo]f) the tag(?! (base|.?base))|[Tt]he tag(.s|,? (has|is|boots|frees|does))|kernels? of today)\b'
check "series" avoids '\b(ours|[Tt]he stack(?!( trace|_|\/)))\b'
check "third-party userspace" avoids '\b(others wrote|wrote by others|([Cc]lients? of the kernel|[Rr]eal clients))\b'
check "splats and warnings" avoids '\b([Hh]ealthy (kernel|boot)|kernel (says|complains)|watches itself)\b'
check "report" avoids '\b(nothing (new )?to say|says? nothing|((is|are|was|were|be) told)|something to say|(has|have) to say|tells? (of|so|from|that|what))\b'
check "mutants" avoids '\b(mistakes? that|believable mistake|mistake in the)\b'
check "overhead" avoids '\b([Ww]hat it costs|at a cost)\b'
check "need" avoids '\b(wants? (a|an|the|its|no|one|root|to|what)|[Ww]ants it|is wanted|for want of)\b'
check "cached results" avoids '\b((what|it|result|image|configuration|key) follows from|follow from|not remembered|compilers that remember)\b'
check "compare" avoids '\bholds? (it|them|this) against\b'
check "timeout" avoids '\b(called hung|may take before)\b'
check "unique, none, never" avoids '\b([Nn]obody (else|is|can|has|runs|reads|knows|needs|who)|that minds|for ever)\b'
check "memory and locks" avoids '\b(memory of its own|last but for|but for (the|its|their)|which therefore|links all that)\b'
check "subject of a sentence" avoids '\b([Tt]hose who|who holds (it|the)|[Ww]hoever|[Ss]omebody [a-z]+|what (goes|went) on|all whom)\b'
check "end of teardown" avoids '\b(was done with|as many are gone|one that died later|see the end of exit)\b'
check "unprivileged" avoids '\b(needs? no root|asks? for root|no root is needed)\b'
check "KVM and TCG" avoids '\b(QEMU emulates|KVM if there|under emulation|emulated guest)\b'
check "nsids" avoids '\b(find (them|ids) by|(found|dropped?|drop them) by the)\b'
check "backlog and workers" avoids '\b(backlog of|workers? of (its|their) own|initcall of its own)\b'
check "subjects of patches" avoids '\b(without measuring|for a failure|give the look-?up|look-up)\b'
check "sentences do not open with a relative clause" avoids '(^|(?<=[.:;] ))(Who|Whoever|Whatever|Those (who|that)|What(?! (is|are|does|do|was) [^.]*\?)) '
plan
