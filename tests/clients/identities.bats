#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# certutil and pk12util of both NSS generations use the keys that trustctl wrote, and trustctl uses
# what they wrote.

load clients
load generations

setup_file() { make_pki; }
setup() { need_newer; }

alice='Алиса Ünïcode 愛'

identity_from_p12() {
	ours import --password-file "$(pki p12.pw)" --name "$alice" "$(pki alice.p12)"
	reads u,u,u "$alice"
	identity_usable "$alice"
	ours export "$alice" -o "$BATS_TEST_TMPDIR/ours.p12" --force --password-file "$(pki p12.pw)"
	rm -rf "$BATS_TEST_TMPDIR/fresh"
	for generation in older newer; do
		mkdir -p "$BATS_TEST_TMPDIR/fresh/$generation"
		"$generation" certutil -N -d "sql:$BATS_TEST_TMPDIR/fresh/$generation" --empty-password
		"$generation" pk12util -i "$BATS_TEST_TMPDIR/ours.p12" -d "sql:$BATS_TEST_TMPDIR/fresh/$generation" -w "$(pki p12.pw)"
		"$generation" certutil -K -d "sql:$BATS_TEST_TMPDIR/fresh/$generation" | grep -qF "$alice"
	done
	ours delete "$alice" --yes
	! { newer certutil -K -d "sql:$STORE" "${THEIRS[@]}" | grep -F "$alice"; } || return 1
	ours history undo --last
	identity_usable "$alice" newer
}

@test "an imported identity with a nickname in UTF-8 is usable to both generations, exported to a file too" {
	some_stores identity_from_p12
}

written_by_pk12util() {
	for writer in older newer; do
		may_log_in $writer || continue
		echo "# $writer pk12util -i"
		$writer pk12util -i "$(pki alice.p12)" -d "sql:$STORE" -k "${THEIRS[1]}" -w "$(pki p12.pw)"
		we_say '[.items[] | select(.has_private_key) | [.kind, .nickname, .id]]' \
		    "[[identity,alice,$(fingerprint alice)]]" list
		ours show alice >/dev/null
		ours delete alice --yes
		[ -z "$(ours list --json | jq -r '.items[] | select(.has_private_key)')" ]
		ours history undo --last
		identity_usable alice "$(other $writer)"
		ours delete alice --yes
	done
}

@test "an identity written by pk12util of either generation is listed, exported, deleted and brought back" {
	some_stores written_by_pk12util
}

@test "a key that only the newer NSS can store is stored there, found for its certificate, and comes out as others read it" {
	local key
	begin firefox newer locked
	cd "$BATS_TEST_TMPDIR"
	openssl genpkey -algorithm ED25519 -out ed.key
	openssl req -x509 -new -key ed.key -subj /CN=Edward -out ed.pem -days 9
	ours import ed.key ed.pem
	[ "$(ours list --json | jq -r '.items[] | [.kind, .name] | join(" ")')" = 'identity Edward' ]
	for key in modern windows-legacy; do
		ours export Edward -o "$key.p12" --preset $key --password-file "$(pki p12.pw)"
		openssl pkcs12 -legacy -in "$key.p12" -passin pass:secret -nodes -nocerts 2>/dev/null |
			openssl pkey -outform der | cmp - <(openssl pkey -in ed.key -outform der)
	done
	newer certutil -K -d "sql:$STORE" "${THEIRS[@]}" | grep -F Edward
	ours export Edward -o ed.pk8 --format pkcs8 --password-file "$(pki p12.pw)"
	openssl pkey -in ed.pk8 -passin pass:secret -outform der | cmp - <(openssl pkey -in ed.key -outform der)
	ours delete Edward --yes
	ours history undo --last
	# what the newer NSS itself writes is read too
	newer pk12util -o nss.p12 -n Edward -d "sql:$STORE" -k "${THEIRS[1]}" -W secret
	ours delete Edward --yes
	ours import nss.p12 --password-file "$(pki p12.pw)"
	[ "$(ours list --json | jq -r '.items[] | [.kind, .name] | join(" ")')" = 'identity Edward' ]
	# the older says that it cannot, and stores the certificate
	begin user older open
	run --separate-stderr trustctl import ed.key ed.pem </dev/null
	[ "$status" -eq 6 ]
	[[ $stderr == *'the key uses Ed25519, which NSS '*' cannot store'* ]]
}
