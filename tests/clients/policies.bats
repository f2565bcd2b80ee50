#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The policies that export writes, put where their browsers look for them, in a mount namespace of the
# test's own: the machine's directories stay as they are.

load clients

setup_file() {
	make_pki
	start_server chain -cert "$(pki leaf.pem)" -cert_chain "$(pki inter.pem)"
}
teardown_file() { stop_servers; }

setup() {
	setup_clients
	OUT=$BATS_TEST_TMPDIR
	made_store >/dev/null
	trustctl import -q "$(pki root.pem)"
	trustctl trust enable -q --fingerprint "$(fingerprint root)"
}

# with_tree TREE COMMAND...: what is in TREE/etc and TREE/lib-mozilla appears in /etc and
# /usr/lib/mozilla for the command alone
with_tree() {
	local tree=$1 map=()
	shift
	[ "$(id -u)" -eq 0 ] || map=(--map-root-user)
	unshare "${map[@]}" --mount bash -c '
		mount -t overlay overlay -o "lowerdir=$0/etc:/etc" /etc
		mount -t overlay overlay -o "lowerdir=$0/lib:/usr/lib/mozilla" /usr/lib/mozilla
		"$@"' "$tree" "$@"
}

@test "Chromium trusts what its policy names, and nothing without it" {
	trustctl export -q --trusted --format chromium-policy -o "$OUT/policy.json" >/dev/null
	HOME=$OUT/nobody
	mkdir -p "$HOME" "$OUT/tree/etc/chromium/policies/managed" "$OUT/tree/lib"
	[ "$(chromium_says "$(url chain)")" = net::ERR_CERT_AUTHORITY_INVALID ]
	cp "$OUT/policy.json" "$OUT/tree/etc/chromium/policies/managed/trust.json"
	export -f chromium_says
	[ "$(with_tree "$OUT/tree" bash -c 'chromium_says "$1"' - "$(url chain)")" = OK ]
}

@test "Chromium passes over the store where its policy says so, and trustctl says it" {
	local off='{"CAPlatformIntegrationEnabled":false}' managed=$OUT/tree/etc/chromium/policies/managed
	mkdir -p "$managed" "$OUT/tree/lib"
	export -f chromium_says
	both() {
		with_tree "$OUT/tree" bash -c 'chromium_says "$1"' - "$(url chain)"
		TRUSTCTL_ROOT=$OUT/tree trustctl verify "$(pki leaf.pem)" --untrusted "$(pki inter.pem)" |
			grep -c 'does not count for Chromium' || true
	}
	[ "$(both)" = $'OK\n0' ]
	echo "$off" >"$managed/.a" # whatever it is called
	[ "$(both)" = $'net::ERR_CERT_AUTHORITY_INVALID\n1' ]
	echo '{"CAPlatformIntegrationEnabled":true, /* the last counts */ }' >"$managed/b.json"
	[ "$(both)" = $'OK\n0' ]
}

@test "Firefox trusts what its policy names, and nothing without it" {
	trustctl export -q --trusted --format firefox-policy -o "$OUT/policy" >/dev/null
	mkdir -p "$OUT/tree/etc/firefox/policies" "$OUT/tree/lib"
	profile=$(firefox_profile work)
	[ "$(firefox_says "$profile" "$(url chain)")" = SEC_ERROR_UNKNOWN_ISSUER ]
	cp "$OUT/policy/policies.json" "$OUT/tree/etc/firefox/policies/"
	cp -r "$OUT/policy/certificates" "$OUT/tree/lib/"
	export -f firefox_says
	export BATS_TEST_DIRNAME
	[ "$(with_tree "$OUT/tree" bash -c 'firefox_says "$@"' - "$profile" "$(url chain)")" = OK ]
}
