#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl store create: an empty store where there is none.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "a store is created that certutil can use" {
	run trustctl store create "$BATS_TEST_TMPDIR/new"
	[ "$status" -eq 0 ]
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/new")" = 700 ]
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/new/key4.db")" = 600 ]
	certutil -A -d "sql:$BATS_TEST_TMPDIR/new" -n 'Test Root' -t 'C,,' -i "$PKI/root.pem"
	[ "$(letters 'Test Root' "$BATS_TEST_TMPDIR/new")" = 'C,,' ]
}

@test "the password of a new store is the one given" {
	trustctl store create "$BATS_TEST_TMPDIR/new" --password --password-file "$PKI/secret"
	run certutil -K -d "sql:$BATS_TEST_TMPDIR/new" -f "$PKI/wrong"
	[ "$status" -ne 0 ]
	run certutil -K -d "sql:$BATS_TEST_TMPDIR/new" -f "$PKI/secret"
	[[ $output == *"no keys found"* ]]
}

@test "the user's store is created where Chromium looks" {
	rm -r "$HOME/.local"
	trustctl store create user
	[ -e "$STORE/cert9.db" ]
	[ ! -e "$HOME/.pki" ]
}

@test "a bare word is no directory: --store would not find it" {
	cd "$HOME"
	run --separate-stderr trustctl store create word
	[ "$status" -eq 4 ]
	[[ $stderr == *'trustctl store create ./word'* ]]
	[ ! -e word ]
	run --separate-stderr trustctl store create ./word
	[ "$status" -eq 0 ]
	[[ $stderr == *"trustctl store password --store $HOME/word"* ]]
}

@test "an existing store is not touched" {
	before=$(snapshot)
	run trustctl store create user
	[ "$status" -eq 5 ]
	[ "$before" = "$(snapshot)" ]
}

@test "a dry run creates nothing" {
	run trustctl store create "$BATS_TEST_TMPDIR/new" --dry-run
	[ "$status" -eq 0 ]
	[ ! -e "$BATS_TEST_TMPDIR/new" ]
}

@test "a making that died between its two files can be done again; a key4.db that holds a key is left alone" {
	trustctl store create "$HOME/half"
	rm "$HOME/half/cert9.db"
	run trustctl store create "$HOME/half"
	[ "$status" -eq 0 ]
	certutil -L -d "sql:$HOME/half"
	sqlite3 "$HOME/half/key4.db" "INSERT INTO nssPrivate(id, a0) VALUES(1, x'00000003')"
	rm "$HOME/half/cert9.db"
	before=$(sha256sum <"$HOME/half/key4.db")
	run trustctl store create "$HOME/half"
	[ "$status" -eq 5 ]
	[ "$before" = "$(sha256sum <"$HOME/half/key4.db")" ]
}
