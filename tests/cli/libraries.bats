#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Libraries that are loaded when they are needed: what happens where one is missing.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	certutil -A -d "sql:$STORE" -n 'Test Intermediate' -t ,, -i "$PKI/inter.pem"
}

# without LIBRARY COMMAND...: as on a machine whose library LIBRARY is no library
without() {
	local name
	name=$(strings -n 8 "$TRUSTCTL" | grep -oE "^$1\.so\.[0-9.]+$" | head -n 1)
	[ -n "$name" ]
	rm -rf "$BATS_TEST_TMPDIR/missing"
	mkdir "$BATS_TEST_TMPDIR/missing"
	: >"$BATS_TEST_TMPDIR/missing/$name"
	shift
	run --separate-stderr env LD_LIBRARY_PATH="$BATS_TEST_TMPDIR/missing" "$@"
}

@test "what needs none of them works without" {
	for library in libexpat libgmp libhogweed libidn2 libsmartcols; do
		without $library trustctl list --store user
		[ "$status" -eq 0 ]
		[[ $output == *'Test Root'* && -z $stderr ]]
	done
}

@test "one that is needed and missing is named, and what to install" {
	without libidn2 trustctl verify 'Test Root' --host bücher.example
	[ "$status" -eq 70 ]
	[[ $stderr == *'cannot load a library: '*libidn2.so.* ]]
	[[ $stderr == *'hint: install libidn2, of which it is a part' ]]
	[ -z "$output" ]
	without libhogweed trustctl verify 'Test Intermediate'
	[ "$status" -eq 70 ]
	[[ $stderr == *'cannot load a library: '*libhogweed.so.* ]]
	[[ $stderr == *'hint: install nettle, of which it is a part' ]]
	[ -z "$output" ]
	without libsmartcols trustctl list --store user --color always
	[ "$status" -eq 70 ]
	[[ $stderr == *libsmartcols.so.* ]]
}

@test "a file is not decoded without what its decoder may need" {
	without libexpat trustctl show "$PKI/root.pem"
	[ "$status" -eq 70 ]
	[[ $stderr == *libexpat.so.*'hint: install expat'* ]]
}

@test "a change does not begin without what telling of it may need" {
	before=$(snapshot)
	for library in libexpat libgmp libhogweed libidn2 libsmartcols; do
		without $library trustctl trust disable 'Test Root'
		[ "$status" -eq 70 ]
		[[ $stderr == *"/$library.so."*'hint: install '* ]]
		[ "$(snapshot)" = "$before" ]
	done
}

@test "names in other scripts are understood, and tables on terminals printed" {
	certificate=$(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
	    -subj '/CN=host' -addext 'subjectAltName=DNS:xn--bcher-kva.example' 2>/dev/null)
	run trustctl verify --host bücher.example --json - <<<"$certificate"
	[ "$(jq -r '.stores[0].verdicts[0].reason' <<<"$output")" != host-name ]
	run trustctl list --store user --color always
	[ "$status" -eq 0 ]
	[[ $output == *'Test Root'* ]]
}
