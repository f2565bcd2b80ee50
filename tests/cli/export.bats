#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl export: what other programs read back.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "a certificate is exported as PEM and DER" {
	trustctl import "$PKI/root.pem"
	trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.pem"
	openssl x509 -in "$BATS_TEST_TMPDIR/out.pem" -outform der | cmp - "$PKI/root.der"
	trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.der"
	cmp "$BATS_TEST_TMPDIR/out.der" "$PKI/root.der"
}

@test "standard output gets the bytes and nothing else" {
	trustctl import "$PKI/root.pem"
	trustctl export 'Test Root' -o - --format der >"$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/out" "$PKI/root.der"
}

@test "an identity goes round through PKCS #12 with its key and chain" {
	trustctl import "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret"
	trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --chain --password-file "$PKI/secret"
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/out.p12")" = 600 ]
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:secret -nodes \
		-out "$BATS_TEST_TMPDIR/all.pem"
	openssl pkey -in "$BATS_TEST_TMPDIR/all.pem" -pubout |
		cmp - <(openssl pkey -in "$PKI/alice.key" -pubout)
	[ "$(grep -c 'BEGIN CERT' "$BATS_TEST_TMPDIR/all.pem")" -eq 3 ]
	pk12util -l "$BATS_TEST_TMPDIR/out.p12" -W secret >/dev/null
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:secret -info -noout 2>&1 |
		grep -q 'AES-256-CBC'
}

@test "PKCS #12 without private key is refused" {
	trustctl import "$PKI/root.pem"
	run --separate-stderr trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.p12"
	[ "$status" -eq 3 ]
	[[ $stderr == *"no private key"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/out.p12" ]
}

@test "an existing file is replaced only with --force" {
	trustctl import "$PKI/root.pem"
	echo mine >"$BATS_TEST_TMPDIR/out.pem"
	run --separate-stderr trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.pem"
	[ "$status" -eq 5 ]
	[[ $stderr == *--force* ]]
	[ "$(cat "$BATS_TEST_TMPDIR/out.pem")" = mine ]
	trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.pem" --force
	openssl x509 -in "$BATS_TEST_TMPDIR/out.pem" -noout
}

@test "an empty password for a private key is refused" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	run trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file /dev/null
	[ "$status" -eq 3 ]
	[ ! -e "$BATS_TEST_TMPDIR/out.p12" ]
}

@test "two certificates do not fit in DER" {
	trustctl import "$PKI/root.pem" "$PKI/root2.pem"
	run trustctl export 'Test Root' 'Second Root' -o "$BATS_TEST_TMPDIR/out.der"
	[ "$status" -eq 2 ]
	trustctl export 'Test Root' 'Second Root' -o "$BATS_TEST_TMPDIR/out.pem"
	[ "$(grep -c 'BEGIN CERT' "$BATS_TEST_TMPDIR/out.pem")" -eq 2 ]
}

@test "exporting changes no store" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	before=$(snapshot)
	trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file "$PKI/secret"
	[ "$before" = "$(snapshot)" ]
}

@test "an identity of a store with a password needs that password" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl store password --password-file "$PKI/secret"
	run trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file "$PKI/secret" \
		--store-password-file "$PKI/wrong"
	[ "$status" -eq 4 ]
	trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file "$PKI/secret" \
		--store-password-file "$PKI/secret"
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:secret -noout
}
