#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The tree itself: sizes, headers, words that do not belong in it.

bats_require_minimum_version 1.5.0

setup() { cd "$BATS_TEST_DIRNAME/../.."; }

sources() { find core cli import export tests -name '*.[ch]' -not -path '*/build/*'; }

# Those that are still longer; the list must shrink.
too_long='tests/unit/verdict.c'

@test "no C file is longer than 600 lines" {
	local bad=0 file
	for file in $(sources); do
		[ "$(wc -l <"$file")" -le 600 ] || [[ " $too_long " == *" $file "* ]] || { wc -l "$file"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}

@test "no function of the program is longer than 100 lines" {
	run -0 tests/meta/function-sizes 100
}

@test "every source file begins with its licence" {
	local bad=0 file
	for file in $(sources) $(find tests -name '*.bats' -o -name '*.bash') GNUmakefile; do
		head -3 "$file" | grep -q 'SPDX-License-Identifier: MPL-2.0' || { echo "$file"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}

@test "no function that the project bans is called" {
	run ! grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|mktemp|tmpnam|system|popen|alloca) ?\(' \
	    $(find core cli import export -name '*.[ch]')
}

@test "only // comments that must not be committed would be // comments: there are none" {
	run ! grep -nE '(^|[[:space:]])//' $(sources)
}

@test "nothing speaks of one machine or is left open" {
	run ! grep -rnE '\b(TODO|FIXME|XXX)\b|/home/[a-z]+/' core cli import export data doc
}

@test "the licence is MPL-2.0 and the root files are there" {
	grep -q 'Mozilla Public License Version 2.0' LICENSE
	for file in README.md CONTRIBUTING.md CHANGELOG.md SECURITY.md doc/ARCHITECTURE.md .clang-tidy \
	    .clang-format .editorconfig .ci/run; do
		[ -s "$file" ] || { echo "$file is missing"; false; }
	done
}

@test "what ARCHITECTURE.md and CONTRIBUTING.md name is there" {
	local bad=0 path
	for path in $(grep -ohE '`(core|cli|import|export|tests|data|doc)/[a-z0-9_./-]+`' \
	    doc/ARCHITECTURE.md CONTRIBUTING.md README.md SECURITY.md doc/adr/*.md | tr -d '`' | sort -u); do
		compgen -G "$path" >/dev/null || [ -e "$path" ] || { echo "$path"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}

@test "the glossary has every kind, usage, trust state and seal" {
	local bad=0 word
	for word in identity root intermediate server person key crl tls-server tls-client email \
	    code-signing undecided trusted not-an-anchor distrusted peer none intact unverified tampered; do
		grep -qE "[\`*]$word[\`*]" doc/glossary.md || { echo "$word"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}

# bats 1.8 calls that a failure.
@test "no setup_file skips; setup does" {
	# shellcheck disable=SC2046 # a list of files
	run -0 awk 'FNR == 1 { inside = 0 } /^setup_file\(\)/ { inside = 1 } inside && /skip/ { print FILENAME ": " $0 }
	    /}$/ && (/^}/ || /^setup_file/) { inside = 0 }' $(find tests -name '*.bats')
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "no command that must fail stands where bats does not see that it succeeds" {
	# set -e ignores what ! negates, so that only the last line of a function counts; run ! anywhere.
	# shellcheck disable=SC2046 # a list of files
	run -0 awk 'FNR == 1 { negated = "" } negated && !/^[[:space:]]*}/ { print negated } { negated = "" }
	    /^[[:space:]]*! / && !/ \|\| / { negated = FILENAME ":" FNR ": " $0 }' $(find tests -name '*.bats' -o -name '*.bash')
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "when the program was made is what the packager says, else the newest date of CHANGELOG.md" {
	made() { make -pn help 2>/dev/null | sed -n 's/^made := //p'; }
	[ "$(SOURCE_DATE_EPOCH=1893456000 made)" = 2030-01-01 ]
	unset SOURCE_DATE_EPOCH
	[ "$(made)" = "$(grep -oE '^## .*, [0-9]{4}(-[0-9]{2}){2}$' CHANGELOG.md | head -n 1 | sed 's/.*, //')" ]
}

@test "a group of tests that is misspelt or empty is an error, and not passed over" {
	mkdir -p "$BATS_TEST_TMPDIR/build/tests"
	for group in untis unit; do
		run tests/run "$BATS_TEST_TMPDIR/build" tests/meta/no.bats "$group"
		[ "$status" -eq 2 ]
		[[ $output == *"no tests '$group'"* ]]
	done
}
