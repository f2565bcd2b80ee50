#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Firefox, unmodified and headless, reads what trustctl wrote into its profile.

load clients

setup_file() {
	make_pki
	start_server chain -cert "$(pki leaf.pem)" -cert_chain "$(pki inter.pem)"
	start_server leaf -cert "$(pki leaf.pem)"
	start_server mtls -cert "$(pki leaf.pem)" -cert_chain "$(pki inter.pem)" -CAfile "$(pki root.pem)" \
	    -Verify 3 -verify_return_error
}
teardown_file() { stop_servers; }
setup() { setup_clients; }

refused_unknown='SEC_ERROR_UNKNOWN_ISSUER'

@test "an imported root counts for nothing until its trust is enabled, and no more after undo and distrust" {
	profile=$(firefox_profile work)
	trustctl import --store firefox "$(pki root.pem)"
	[ "$(firefox_says "$profile" "$(url chain)")" = $refused_unknown ]
	trustctl trust enable --store firefox --fingerprint "$(fingerprint root)"
	[ "$(firefox_says "$profile" "$(url chain)")" = OK ]
	trustctl history undo --last --store firefox
	[ "$(firefox_says "$profile" "$(url chain)")" = $refused_unknown ]
	trustctl trust distrust --yes --store firefox "$(fingerprint root)"
	[ "$(firefox_says "$profile" "$(url chain)")" = SEC_ERROR_UNTRUSTED_ISSUER ]
}

@test "a distrust holds although Firefox's own NSS had written a trust object of the newer kind" {
	profile=$(firefox_profile work)
	newer certutil -A -d "sql:$profile" -n 'Clients Test Root' -t C,, -i "$(pki root.pem)"
	[ "$(firefox_says "$profile" "$(url chain)")" = OK ]
	trustctl trust distrust --yes --store firefox "$(fingerprint root)"
	[ "$(firefox_says "$profile" "$(url chain)")" = SEC_ERROR_UNTRUSTED_ISSUER ]
	trustctl trust enable --store firefox --fingerprint "$(fingerprint root)"
	[ "$(firefox_says "$profile" "$(url chain)")" = OK ]
}

@test "a profile whose Primary Password the newer NSS set can be changed" {
	mkdir -p "$HOME/.mozilla/firefox/locked"
	printf '[Profile0]\nName=locked\nIsRelative=1\nPath=locked\nDefault=1\n' >"$HOME/.mozilla/firefox/profiles.ini"
	profile=$HOME/.mozilla/firefox/locked
	printf 'primary password' >"$BATS_TEST_TMPDIR/pw"
	newer certutil -N -d "sql:$profile" -f "$BATS_TEST_TMPDIR/pw"
	trustctl import --store firefox "$(pki root.pem)"
	trustctl trust enable --store firefox --store-password-file "$BATS_TEST_TMPDIR/pw" --fingerprint "$(fingerprint root)"
	[ "$(firefox_says "$profile" "$(url chain)")" = OK ]
}

@test "a certificate deleted by certutil and imported again is not trusted by a leftover record" {
	profile=$(firefox_profile work)
	newer certutil -A -d "sql:$profile" -n 'Clients Test Root' -t C,, -i "$(pki root.pem)"
	certutil -D -d "sql:$profile" -n 'Clients Test Root'
	trustctl import --store firefox "$(pki root.pem)"
	[ "$(firefox_says "$profile" "$(url chain)")" = $refused_unknown ]
}

@test "a running Firefox is named as one to restart, sees a new root at once and a distrust after restart" {
	profile=$(firefox_profile work)
	run firefox_says "$profile" \
	    "run { trustctl import --store firefox $(pki root.pem) && trustctl trust enable --store firefox --fingerprint $(fingerprint root); } >$BATS_TEST_TMPDIR/notes 2>&1" \
	    "$(url chain)"
	[ "${lines[0]}" = OK ]
	grep -q 'pid.*restart' "$BATS_TEST_TMPDIR/notes"
	trustctl trust distrust --yes --store firefox "$(fingerprint root)"
	[ "$(firefox_says "$profile" "$(url chain)")" = SEC_ERROR_UNTRUSTED_ISSUER ]
}

@test "an intermediate in the profile makes Firefox accept a server that forgot to send it" {
	profile=$(firefox_profile work)
	trustctl import --store firefox "$(pki root.pem)"
	trustctl trust enable --store firefox --fingerprint "$(fingerprint root)"
	[ "$(firefox_says "$profile" "$(url leaf)")" = $refused_unknown ]
	trustctl import --store firefox "$(pki inter.pem)"
	[ "$(firefox_says "$profile" "$(url leaf)")" = OK ]
}

@test "one command brings an identity into browser and mail, and Firefox presents it" {
	profile=$(firefox_profile work)
	made_store >/dev/null
	trustctl import --store browsers --password-file "$(pki p12.pw)" "$(pki alice.p12)" "$(pki root.pem)"
	trustctl trust enable --store browsers --fingerprint "$(fingerprint root)"
	certutil -L -d "sql:$HOME/.local/share/pki/nssdb" | grep -q 'u,u,u'
	certutil -L -d "sql:$profile" | grep -q 'u,u,u'
	[ "$(firefox_says "$profile" "$(url mtls)")" = OK ]
}
