#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl trust show: each record of each store.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "a record is shown per usage with its seal" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'C,,' -i "$PKI/root.pem"
	run trustctl trust show 'Test Root' --json
	[ "$status" -eq 0 ]
	[ "$(jq -r '.stores[0].states.tls_server' <<<"$output")" = trusted ]
	[ "$(jq -r '.stores[0].states.email' <<<"$output")" = not-an-anchor ]
	[ "$(jq -r '.stores[0].legacy.seal' <<<"$output")" = intact ]
	[ "$(jq -r '.id' <<<"$output")" = "$(sha256 root)" ]
	run trustctl trust show 'Test Root'
	[[ $output == *"tls-server"*"trusted"* ]]
}

@test "a forged record is shown as tampered and counts as none" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'C,,' -i "$PKI/root.pem"
	sqlite3 "$STORE/cert9.db" \
		"UPDATE nssPublic SET ace53635b = x'ce534352' WHERE a0 = x'ce534353'"
	run trustctl trust show 'Test Root' --json
	[ "$(jq -r '.stores[0].legacy.seal' <<<"$output")" = tampered ]
	[ "$(jq -r '.stores[0].states.tls_server' <<<"$output")" = undecided ]
}

@test "a certificate without record is undecided" {
	trustctl import "$PKI/root.pem"
	run trustctl trust show 'Test Root'
	[ "$status" -eq 0 ]
	[[ $output == *"undecided"* ]]
}

@test "a built-in root is shown with its list" {
	# The list is the real machine's: with the test's own there is none to choose from.
	unset TRUSTCTL_ROOT
	root=$(trustctl list --store builtin --json |
		jq -r '[.items[] | select(.kind == "root")][0].id')
	[ -n "$root" ] || skip "no built-in roots on this machine"
	run trustctl trust show "$root" --json
	[ "$status" -eq 0 ]
	[ "$(jq -r '.builtin.version' <<<"$output")" != null ]
}

@test "what is in no store is an error of input" {
	run trustctl trust show 'Nobody'
	[ "$status" -eq 3 ]
}

@test "a key without certificate has no trust to show" {
	trustctl import --quiet --keep-orphan-key "$PKI/server.key"
	run -3 trustctl trust show "$(trustctl list --json | jq -r '.items[0].id')"
	[[ $output == *'is a key, not a certificate'* ]]
}

@test "showing changes nothing" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'C,,' -i "$PKI/root.pem"
	before=$(snapshot)
	trustctl trust show 'Test Root'
	[ "$before" = "$(snapshot)" ]
}

@test "a file is looked for in the stores, and one with several certificates is refused" {
	trustctl import "$PKI/root.pem"
	run -0 trustctl trust show "$PKI/root.pem"
	[[ $output == *'Test Root'* ]]
	run -3 trustctl trust show "$PKI/root2.pem"
	[[ $output == *"of the file '$PKI/root2.pem' is "* && $output == *"trustctl import $PKI/root2.pem"* ]]
	cat "$PKI/root.pem" "$PKI/root2.pem" >"$BATS_TEST_TMPDIR/two.pem"
	run -3 trustctl trust show "$BATS_TEST_TMPDIR/two.pem"
	[[ $output == *"holds 2 certificates, and 'trust show' is about one"* ]]
}

@test "a store that cannot be read is named, and the status tells" {
	trustctl import --quiet "$PKI/root.pem"
	profile=$(made_profile work)
	head -c 30000 /dev/urandom >"$profile/cert9.db"
	run --separate-stderr trustctl trust show 'Test Root' --json
	[ "$status" -eq 6 ]
	[[ $stderr == *"store 'firefox' is left out: "* ]]
	[ "$(json '.stores | map(.store) | join(" ")')" = user ]
	run -0 trustctl trust show 'Test Root' --store user
}

@test "a forged record that a store's own program does not read is told, and the one that it reads counts" {
	[ -e /usr/lib/firefox-esr/libsoftokn3.so ] || skip "no newer NSS here"
	mkdir -p "$TRUSTCTL_ROOT/usr/lib"
	ln -s /usr/lib/firefox-esr "$TRUSTCTL_ROOT/usr/lib/firefox-esr"
	profile=$HOME/.mozilla/firefox/half
	mkdir -p "$profile"
	printf '[Profile0]\nName=half\nIsRelative=1\nPath=half\nDefault=1\n' >"$HOME/.mozilla/firefox/profiles.ini"
	certutil -N --empty-password -d "sql:$profile"
	certutil -A -d "sql:$profile" -n 'Test Root' -t 'C,,' -i "$PKI/root.pem"
	LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -M -d "sql:$profile" -n 'Test Root' -t CT,C,C
	sqlite3 "$profile/cert9.db" \
		"UPDATE nssPublic SET ace53635b = x'ce534352' WHERE a0 = x'ce534353'"
	run trustctl trust show 'Test Root' --store firefox
	[[ $output == *"full trust"* ]]
	[[ $output == *"own programs do not read is wrong"* ]]
	run trustctl verify 'Test Root' --store firefox --usage tls-server
	[[ $output == *"Test Root (root): an anchor of the store"* ]]
	[[ $output != *"tampered"* ]]
	run trustctl list --store firefox --json
	[ "$(jq -r '.items[0].seal' <<<"$output")" = intact ]
	run trustctl audit --store firefox --json
	[ "$(jq -r '.audit[0].seal' <<<"$output")" = tampered ]
}
