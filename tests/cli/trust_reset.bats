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

# step_tells TRUST STORE 'WHAT THE TRUST STEP SAYS': when the distrust of the server, which had this trust, is undone
step_tells() {
	local directory
	directory=$(trustctl store list --json | jq -r --arg name "$2" '.stores[] | select(.name == $name) | .path')
	certutil -A -d "sql:$directory" -n localhost -t "$1" -i "$PKI/server.pem"
	trustctl trust distrust --quiet --yes "$(sha256 server)" --store "$2"
	run --separate-stderr trustctl history undo --last --store "$2" </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *"  $3"* ]] || { echo "no '$3' in: $stderr"; return 1; }
}

@test "that a server's certificate is accepted as it is, is said where its programs do that" {
	made_profile work >/dev/null
	step_tells ,, user 'it would no longer be refused where an anchor vouches for it'
	step_tells P,, user 'this one certificate would be accepted as it is'
	step_tells C,, firefox 'this one certificate would be accepted as it is'
	step_tells P,, firefox 'it would no longer be refused where an anchor vouches for it'
	local command
	for command in reset disable; do
		run --separate-stderr trustctl trust $command "$(sha256 server)" </dev/null
		[[ $status -eq 5 && $stderr == *"it would no longer be refused"* && $stderr != *"as it is"$'\n'* ]]
	done
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
