#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl export --sign: configuration profiles signed with a key that stays in its store.

load helper
load pki

setup_file() {
	make_pki
	cd "$PKI"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -subj '/CN=Rita RSA' -days 900 -out rsa.pem \
		-addext keyUsage=digitalSignature -addext basicConstraints=CA:FALSE 2>/dev/null
	openssl req -x509 -newkey rsa:2048 -nodes -keyout sealer.key -subj '/CN=No Signer' -days 900 \
		-out sealer.pem -addext keyUsage=keyEncipherment -addext basicConstraints=CA:FALSE 2>/dev/null
}

setup() {
	setup_home
	make_user_store
	OUT=$BATS_TEST_TMPDIR
	trustctl import -q "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret" >/dev/null
	trustctl trust enable -q "$(sha256 root)" --fingerprint "$(sha256 root)" >/dev/null
}

# signed ITEM FILE: the root in a profile signed by the item
signed() {
	trustctl export -q "$(sha256 root)" -o "$2" --title Acme --sign "$1" >/dev/null
}

# opened FILE ROOT: what openssl finds in the signed message, when the signature is good
opened() {
	openssl cms -verify -inform der -in "$1" -CAfile "$2" -purpose any -binary 2>/dev/null
}

@test "an EC identity signs, openssl verifies it with the root alone, and its content is the unsigned profile" {
	trustctl export -q "$(sha256 root)" -o "$OUT/plain.mobileconfig" --title Acme >/dev/null
	signed Alice "$OUT/signed.mobileconfig"
	opened "$OUT/signed.mobileconfig" "$PKI/root.pem" | cmp - "$OUT/plain.mobileconfig"
	# the intermediate came along, the root did not
	openssl cms -cmsout -print -inform der -in "$OUT/signed.mobileconfig" >"$OUT/words"
	[ "$(grep -c 'd.certificate' "$OUT/words")" -eq 2 ]
	grep -q 'ecdsa-with-SHA256' "$OUT/words"
	grep -q 'signingTime' "$OUT/words"
}

@test "an RSA identity signs, and openssl and our own import verify it" {
	trustctl import -q "$PKI/rsa.pem" "$PKI/rsa.key" >/dev/null
	signed 'Rita RSA' "$OUT/signed.mobileconfig"
	opened "$OUT/signed.mobileconfig" "$PKI/rsa.pem" | xmllint --noout --nonet -
	run --separate-stderr trustctl show "$OUT/signed.mobileconfig"
	[ "$status" -eq 0 ]
	[[ $output == *'Rita RSA'* ]]
	run --separate-stderr trustctl import --dry-run "$OUT/signed.mobileconfig"
	[ "$status" -eq 0 ]
	sed 's/Acme/Evil/' "$OUT/signed.mobileconfig" >"$OUT/changed.mobileconfig"
	run --separate-stderr trustctl import "$OUT/changed.mobileconfig"
	[ "$status" -eq 3 ]
	run opened "$OUT/changed.mobileconfig" "$PKI/rsa.pem"
	[ "$status" -ne 0 ]
}

@test "a store with a password is asked for it, and no key or store is changed" {
	trustctl store password -q --password-file "$PKI/secret" >/dev/null
	before=$(snapshot)
	run --separate-stderr trustctl export "$(sha256 root)" -o "$OUT/a.mobileconfig" --sign Alice </dev/null
	[ "$status" -eq 4 ] || { echo "$stderr"; return 1; }
	[ ! -e "$OUT/a.mobileconfig" ]
	run --separate-stderr trustctl export "$(sha256 root)" -o "$OUT/a.mobileconfig" --sign Alice \
		--store-password-file "$PKI/secret" --json
	[ "$status" -eq 0 ]
	[ "$(json .signer)" = 'Alice Test' ]
	[ "$(json .private_keys)" = 0 ]
	opened "$OUT/a.mobileconfig" "$PKI/root.pem" | xmllint --noout --nonet -
	[ "$(snapshot)" = "$before" ]
}

@test "who has no key cannot sign, other formats are not signed, and a useless signer is told" {
	run --separate-stderr trustctl export "$(sha256 root)" -o "$OUT/a.mobileconfig" --sign 'Test Root'
	[ "$status" -eq 3 ]
	[[ $stderr == *'has no private key here, so it cannot sign'* ]]
	run --separate-stderr trustctl export "$(sha256 root)" -o "$OUT/a.mobileconfig" --sign Nobody
	[ "$status" -eq 3 ]
	run --separate-stderr trustctl export "$(sha256 root)" -o "$OUT/a.pem" --sign Alice
	[ "$status" -eq 2 ]
	[ -z "$(ls "$OUT"/a.* 2>/dev/null)" ]
	trustctl import -q "$PKI/sealer.pem" "$PKI/sealer.key" >/dev/null
	run --separate-stderr trustctl export "$(sha256 root)" -o "$OUT/a.mobileconfig" --sign 'No Signer'
	[ "$status" -eq 0 ]
	[[ $stderr == *'its key usage lacks digitalSignature'* ]]
}

@test "a signed profile is no text for a terminal" {
	run script -qec "trustctl export $(sha256 root) --format mobileconfig -o - --sign Alice" /dev/null
	[ "$status" -eq 5 ]
	[[ $output == *'not written to a terminal'* ]]
}
