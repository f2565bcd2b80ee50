#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl export: the trust that other programs take from what is written is the trust that is here.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	OUT=$BATS_TEST_TMPDIR
}

# trusted NAME [USAGES]: import a root and trust it
trusted() {
	trustctl import -q "$PKI/$1.pem" >/dev/null
	trustctl trust enable -q "$(sha256 "$1")" ${2:+--usage "$2"} --fingerprint "$(sha256 "$1")" >/dev/null
}

@test "trust that was not checked is told where another program would follow it, and refused with --no-loss" {
	trustctl import -q "$PKI/alice.p12" --password-file "$PKI/secret" >/dev/null
	trusted root
	trusted root2 email
	trustctl store password -q --password-file "$PKI/secret"
	# Somebody without the password makes the second root one for websites.
	sqlite3 "$STORE/cert9.db" "UPDATE nssPublic SET ace536358 = x'ce534352' WHERE a0 = x'ce534353'"
	local format
	for format in openssl-trusted ca-certificates jks; do
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format" --json
		[ "$status" -eq 0 ]
		[ "$(json .unchecked)" -eq 2 ]
		[[ $stderr == *"warning: NSS signs trust with the store's password, and that of"*'and 1 other was not checked'* ]]
		[[ $stderr == *--store-password-file* ]]
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format-2" --no-loss
		[ "$status" -eq 5 ]
		[[ $stderr == *'was not checked'* ]]
		[ ! -e "$OUT/$format-2" ]
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format-3" --json \
			--store-password-file "$PKI/secret"
		[ "$status" -eq 0 ]
		[ "$(json '[.unchecked, .certificates] | join(" ")')" = '0 1' ]
		[[ $stderr != *'not checked'* ]]
	done
	run --separate-stderr trustctl export Alice --for openvpn -o "$OUT/vpn" --password-file "$PKI/secret" \
		--store-password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[[ $stderr != *'not checked'* ]]
	trustctl export 'Second Root' -o "$OUT/a.pem" 2>&1 | tee "$OUT/said"
	run ! grep -q 'not checked' "$OUT/said"
}
