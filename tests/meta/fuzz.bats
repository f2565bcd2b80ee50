#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Files that a fuzzer begins with, or that once were a bug: each is survived.

setup() { : "${TRUSTCTL_BUILD:=$BATS_TEST_DIRNAME/../../build}"; }

@test "every file of a corpus is survived, in the formats that hold others too" {
	for program in "$TRUSTCTL_BUILD"/tests/fuzz/*; do
		local wrapped=$BATS_TEST_TMPDIR/${program##*/}
		mkdir "$wrapped"
		"$BATS_TEST_DIRNAME/../fuzz/wrap" "${program##*/}" "$wrapped"
		readarray -t wraps < <(find "$wrapped" -type f)
		run "$program" "$BATS_TEST_DIRNAME/../fuzz/corpus/${program##*/}"/* "${wraps[@]}"
		[ "$status" -eq 0 ] || { echo "$output"; return 1; }
		[ "${#lines[@]}" -gt 1 ]
	done
}

@test "what a fuzzer finds fails make fuzz, and is named" {
	cd "$BATS_TEST_DIRNAME/../.."
	local build=$BATS_TEST_TMPDIR/build
	mkdir -p "$build/tests/fuzz"
	cat >"$build/tests/fuzz/finds" <<-'END'
		#!/bin/sh
		for word; do case $word in -artifact_prefix=*) prefix=${word#*=} ;; esac; done
		[ ! -e "$0.crash" ] || echo x >"${prefix}crash-1"
	END
	chmod 755 "$build/tests/fuzz/finds"
	run make -s B="$build" fuzzers= SECONDS=1 fuzz-built
	[ "$status" -eq 0 ]
	touch "$build/tests/fuzz/finds.crash"
	run make -s B="$build" fuzzers= SECONDS=1 fuzz-built
	[ "$status" -eq 2 ]
	[[ $output == *finds-crash-1* ]]
}
