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

# has_password DIRECTORY: that of $PKI/secret
has_password() {
	run certutil -K -d "sql:$1" -f "$PKI/wrong"
	[[ $output == *'Incorrect password'* ]]
	run certutil -K -d "sql:$1" -f "$PKI/secret"
	[[ $output == *'no keys found'* ]]
}

@test "a password that is given is set, whichever option gives it" {
	local new=$BATS_TEST_TMPDIR/new options
	for options in "--store-password-file $PKI/secret" "--password-file $PKI/secret" '--password-fd 8'; do
		# shellcheck disable=SC2086 # an option and its value
		run -0 --separate-stderr trustctl store create "$new" --json $options 8<"$PKI/secret"
		[ "$(json .password)" = true ]
		[[ $stderr != *'to set a password'* ]]
		has_password "$new"
		rm -r "$new"
	done
}

@test "a store's password among the credentials of systemd is set, a file's is not" {
	export CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR/credentials
	mkdir "$CREDENTIALS_DIRECTORY"
	cp "$PKI/secret" "$CREDENTIALS_DIRECTORY/trustctl.store-password"
	trustctl store create "$BATS_TEST_TMPDIR/with"
	has_password "$BATS_TEST_TMPDIR/with"
	mv "$CREDENTIALS_DIRECTORY/trustctl.store-password" "$CREDENTIALS_DIRECTORY/trustctl.password"
	run -0 --separate-stderr trustctl store create "$BATS_TEST_TMPDIR/without" --json
	[ "$(json .password)" = false ]
}

@test "an empty password is refused, and nothing is created" {
	run -5 --separate-stderr trustctl store create "$BATS_TEST_TMPDIR/new" --store-password-file /dev/null
	[[ $stderr == *'is empty'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/new" ]
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
	for word in system chrome thunderbird:x; do
		run -4 --separate-stderr trustctl store create "$word"
		[[ $stderr != *"./$word"* ]]
	done
	[[ $stderr == *"there is no Thunderbird profile 'x' here"* ]]
	run --separate-stderr trustctl store create ./word
	[ "$status" -eq 0 ]
	[[ $stderr == *"trustctl store password --store $HOME/word"* ]]
}

@test "options that mean nothing to it are refused, and nothing is created" {
	run -2 --separate-stderr trustctl store create "$BATS_TEST_TMPDIR/new" --store "$BATS_TEST_TMPDIR/other"
	[[ $stderr == *"'store create' has no option '--store'"*'hint: the operand names the store: trustctl store create STORE' ]]
	run -2 --separate-stderr trustctl store create "$BATS_TEST_TMPDIR/new" --reason why
	[[ $stderr == *"'store create' has no option '--reason'"*'hint: trustctl help store create' ]]
	[ ! -e "$BATS_TEST_TMPDIR/new" ] && [ ! -e "$BATS_TEST_TMPDIR/other" ]
}

@test "a path that SQLite could not open is refused before anything is made" {
	local long=$BATS_TEST_TMPDIR
	while [ "${#long}" -lt 480 ]; do long=$long/0123456789; done
	run -2 --separate-stderr trustctl store create "$long/0123456789"
	[[ $stderr == *'is longer than the 492 bytes that SQLite opens'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/0123456789" ]
	# The longest one works.
	long=$(printf '%s/%0600d' "$BATS_TEST_TMPDIR/0" 0 | sed 's|0\{100\}|&/|g' | cut -c 1-492)
	trustctl store create "$long"
	trustctl import --store "$long" "$PKI/root.pem"
	trustctl history undo --last --store "$long"
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
