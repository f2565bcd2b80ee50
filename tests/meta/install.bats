#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What `make install` puts down works where it lies, and compiles nothing a second time.

load ../cli/helper

setup() {
	setup_home
	cd "$BATS_TEST_DIRNAME/../.."
}

@test "the installed program finds its worker, also below DESTDIR" {
	local build=${TRUSTCTL%/*}
	[[ $build == "$PWD"/build ]] || skip 'installs the plain build only'
	make -s -n install DESTDIR="$BATS_TEST_TMPDIR" prefix=/usr >"$BATS_TEST_TMPDIR/plan"
	# Another prefix is known to one object.
	[ "$(grep -c -- ' -c -o ' "$BATS_TEST_TMPDIR/plan")" -le 1 ]

	# As `make install` does it, but without building in the folder other tests use.
	mkdir -p "$BATS_TEST_TMPDIR/usr/bin" "$BATS_TEST_TMPDIR/usr/libexec/trustctl"
	cp "$TRUSTCTL" "$BATS_TEST_TMPDIR/usr/bin/"
	cp "$build/trustctl-nss" "$BATS_TEST_TMPDIR/usr/libexec/trustctl/"
	run "$BATS_TEST_TMPDIR/usr/bin/trustctl" store create "$HOME/store"
	[ "$status" -eq 0 ]
	[ -e "$HOME/store/cert9.db" ]
}
