#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl store password: set, change, remove.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "a password is set, changed and removed, and the keys stay alive" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"

	trustctl store password --password-file "$PKI/secret"
	certutil -K -d "sql:$STORE" -f "$PKI/secret"
	run certutil -K -d "sql:$STORE" -f "$PKI/wrong"
	[ "$status" -ne 0 ]

	printf 'another\n' >"$BATS_TEST_TMPDIR/another"
	trustctl store password --store-password-file "$PKI/secret" \
		--password-file "$BATS_TEST_TMPDIR/another"
	certutil -K -d "sql:$STORE" -f "$BATS_TEST_TMPDIR/another"

	trustctl store password --remove --yes --store-password-file "$BATS_TEST_TMPDIR/another"
	pk12util -o "$BATS_TEST_TMPDIR/out.p12" -n Alice -d "sql:$STORE" -K '' -W other
	[ "$(letters 'Test Root')" = 'CT,C,C' ]
}

@test "a change of the password is of no item" {
	run --separate-stderr trustctl store password --password-file "$PKI/secret" --json
	[ "$(json '.stores[0].effects | tostring')" = '[{"effect":"password changed"}]' ]
}

@test "with the wrong password nothing is changed" {
	trustctl store password --password-file "$PKI/secret"
	before=$(snapshot)
	run trustctl store password --store-password-file "$PKI/wrong" --password-file "$PKI/wrong"
	[ "$status" -eq 4 ]
	[ "$before" = "$(snapshot)" ]
}

@test "a password is the first line of its file, and no more is read" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	printf 'secret\nof the store\n' >"$BATS_TEST_TMPDIR/two-lines"
	trustctl store password --password-file "$BATS_TEST_TMPDIR/two-lines"
	certutil -K -d "sql:$STORE" -f "$PKI/secret"

	printf 'another\r\nnot this\n' >"$BATS_TEST_TMPDIR/dos"
	exec 8<"$BATS_TEST_TMPDIR/dos"
	trustctl store password --store-password-file "$BATS_TEST_TMPDIR/two-lines" --password-fd 8
	read -r rest <&8
	exec 8<&-
	[ "$rest" = 'not this' ]
	printf 'another' >"$BATS_TEST_TMPDIR/another"
	certutil -K -d "sql:$STORE" -f "$BATS_TEST_TMPDIR/another"
}

@test "a password of 4,096 bytes is read whole, and one more is refused" {
	printf '%4096s\r\n' '' | tr ' ' x >"$BATS_TEST_TMPDIR/longest"
	printf '%4097s\n' '' | tr ' ' x >"$BATS_TEST_TMPDIR/longer"
	run -3 --separate-stderr trustctl import "$PKI/alice.p12" --password-file "$BATS_TEST_TMPDIR/longest"
	[[ $stderr == *'wrong password'* ]]
	run -3 --separate-stderr trustctl import "$PKI/alice.p12" --password-file "$BATS_TEST_TMPDIR/longer"
	[[ $stderr == *'longer than 4096 bytes'* ]]
}

@test "an empty new password is refused" {
	before=$(snapshot)
	run --separate-stderr trustctl store password --password-file /dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *--remove* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a change of the password is not undone" {
	trustctl store password --password-file "$PKI/secret"
	run trustctl history undo --last --store-password-file "$PKI/secret"
	[ "$status" -eq 5 ]
	certutil -K -d "sql:$STORE" -f "$PKI/secret" || [ "$status" -eq 5 ]
}

@test "a dry run asks for no password" {
	before=$(snapshot)
	run trustctl store password --dry-run </dev/null
	[ "$status" -eq 0 ]
	[ "$before" = "$(snapshot)" ]
}

@test "a dry run with the password says what would be done" {
	trustctl import --quiet "$PKI/root.pem"
	trustctl store password --password-file "$PKI/secret"
	before=$(snapshot)
	run -0 trustctl trust distrust 'Test Root' --dry-run </dev/null
	[[ $output == *"the store's password is needed to say more"* ]]
	run -0 trustctl trust distrust 'Test Root' --dry-run --store-password-file "$PKI/secret"
	[[ $output == *"trust of root 'Test Root' ($(sha256 root | cut -c 1-16)): "*"distrusted"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a dry run refuses what the change would refuse, and has the form of every change" {
	run -5 trustctl store password --remove --dry-run
	[[ $output == *"has no password"* ]]
	run -4 trustctl store password --dry-run --store builtin
	run -0 --separate-stderr trustctl store password --dry-run --json
	[ "$(json '.stores[0] | [.store, .result, .password] | join(" ")')" = 'user would-change set' ]
}
