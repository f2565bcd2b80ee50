#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl trust disable: no anchor, yet not distrusted.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "trust is taken away without distrust" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	run trustctl trust disable 'Test Root'
	[ "$status" -eq 0 ]
	[[ $(letters 'Test Root') != *[CTpP]* ]]
	run trustctl trust show 'Test Root' --store user --json
	[ "$(jq -r '.stores[0].states.tls_server' <<<"$output")" = not-an-anchor ]
}

@test "the state is called by the word that list takes for it" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	run -0 trustctl trust disable 'Test Root'
	[[ $output == *"'Test Root' ($(sha256 root | cut -c 1-16)): full trust -> not-an-anchor"* ]]
	word=$(trustctl list --json | jq -r '.items[0].trust') || true
	[ "$(trustctl list --trust "$word" --json | jq '.items | length')" = 1 ]
	[ "$(trustctl history show 1 --json | jq -r '.effects[0].trust_after')" = "$word" ]
}

@test "one usage is taken and the others stay" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	trustctl trust disable 'Test Root' --usage code-signing
	[[ $(letters 'Test Root') =~ ^CT,C,c?$ ]]
}

@test "a built-in root is copied to the store and switched off" {
	root=$(trustctl list --store builtin --json | jq -r '[.items[] | select(.kind == "root")][0].id')
	[ -n "$root" ] || skip "no built-in roots on this machine"
	run trustctl trust disable "$root"
	[ "$status" -eq 0 ]
	[ "$(rows 00000001)" -eq 1 ]
	run trustctl trust show "$root" --store user --json
	[ "$(jq -r '.stores[0].states.tls_server' <<<"$output")" = not-an-anchor ]
}

@test "lifting a distrust is the trust step" {
	trustctl import "$PKI/root.pem"
	trustctl trust distrust 'Test Root'
	before=$(snapshot)
	run trustctl trust disable 'Test Root' </dev/null
	[ "$status" -eq 5 ]
	[ "$before" = "$(snapshot)" ]
	trustctl trust disable 'Test Root' --fingerprint "$(sha256 root)"
}
