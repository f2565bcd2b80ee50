#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl trust reset: the record goes, the certificate stays.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "the record is removed with its signatures" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	run trustctl trust reset 'Test Root'
	[ "$status" -eq 0 ]
	[ "$(rows ce534353)" -eq 0 ]
	[ "$(rows 00000001)" -eq 1 ]
	[ "$(sqlite3 "$STORE/key4.db" "SELECT count(*) FROM metaData WHERE id LIKE 'sig_%'")" -eq 0 ]
}

@test "without a record there is nothing to do" {
	trustctl import "$PKI/root.pem"
	before=$(snapshot)
	run trustctl trust reset 'Test Root'
	[ "$status" -eq 0 ]
	[ "$before" = "$(snapshot)" ]
}

@test "removing a distrust is the trust step" {
	trustctl import "$PKI/root.pem"
	trustctl trust distrust 'Test Root'
	run trustctl trust reset 'Test Root' </dev/null
	[ "$status" -eq 5 ]
	[[ $output == *"it would no longer be refused"* && $output != *"its owner could"* ]]
	run trustctl trust reset 'Test Root' --fingerprint "$(sha256 root)"
	[ "$status" -eq 0 ]
	[ "$(rows ce534353)" -eq 0 ]
}

@test "a built-in root gets its own trust back, which is said and confirmed" {
	root=$(trustctl list --store builtin --json |
		jq -r '[.items[] | select(.kind == "root")][0].id')
	[ -n "$root" ] || skip "no built-in roots on this machine"
	trustctl trust distrust "$root"
	run --separate-stderr trustctl trust reset "$root" </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *"its own trust returns"* ]]
	[[ $stderr == *"its owner could then:"*"vouch for "* ]]
	trustctl trust reset "$root" --fingerprint "$root"
	[ "$(rows ce534353)" -eq 0 ]
}
