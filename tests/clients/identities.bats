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
