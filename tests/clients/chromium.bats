#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Chromium, unmodified and headless, reads what trustctl wrote into the user store.

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

@test "an imported root counts for nothing until its trust is enabled, and no more after undo and distrust" {
	trustctl import "$(pki root.pem)"
	[ "$(chromium_says "$(url chain)")" = net::ERR_CERT_AUTHORITY_INVALID ]
	trustctl trust enable --fingerprint "$(fingerprint root)"
	[ "$(chromium_says "$(url chain)")" = OK ]
	trustctl history undo --last
	[ "$(chromium_says "$(url chain)")" = net::ERR_CERT_AUTHORITY_INVALID ]
	trustctl history undo 3 --fingerprint "$(fingerprint root)"
	[ "$(chromium_says "$(url chain)")" = OK ]
	trustctl trust distrust --yes "$(fingerprint root)"
	[ "$(chromium_says "$(url chain)")" = net::ERR_CERT_AUTHORITY_INVALID ]
}

@test "an intermediate in the store makes Chromium accept a server that forgot to send it" {
	trustctl import "$(pki root.pem)"
	trustctl trust enable --fingerprint "$(fingerprint root)"
	[ "$(chromium_says "$(url leaf)")" = net::ERR_CERT_AUTHORITY_INVALID ]
	trustctl import "$(pki inter.pem)"
	[ "$(chromium_says "$(url leaf)")" = OK ]
}

@test "an identity from a .p12 is presented to a server that demands one" {
	trustctl import "$(pki root.pem)"
	trustctl trust enable --fingerprint "$(fingerprint root)"
	trustctl import --password-file "$(pki p12.pw)" "$(pki alice.p12)"
	data=$BATS_TEST_TMPDIR/data
	mkdir -p "$data/Default" "$BATS_TEST_TMPDIR/tmp"
	port=$(cat "$BATS_FILE_TMPDIR/port-mtls")
	printf '{"profile":{"content_settings":{"exceptions":{"auto_select_certificate":{"https://localhost:%s,*":{"setting":{"filters":[{}]}}}}}}}' "$port" \
	    >"$data/Default/Preferences"
	TMPDIR=$BATS_TEST_TMPDIR/tmp timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic \
	    --no-first-run --disable-background-networking --disable-component-update --disable-sync \
	    --user-data-dir="$data" --enable-logging=stderr --dump-dom "$(url mtls)" >"$BATS_TEST_TMPDIR/dom" 2>&1 3>&- </dev/null
	grep -q 's_server' "$BATS_TEST_TMPDIR/dom"
	grep -q 'Alice Test' "$BATS_TEST_TMPDIR/dom"
}
