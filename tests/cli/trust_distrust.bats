#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl trust distrust: what leads through the certificate is refused.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "a root is distrusted for all usages" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	run trustctl trust distrust 'Test Root'
	[ "$status" -eq 0 ]
	[ "$(letters 'Test Root')" = 'p,p,p' ]
}

@test "a server's certificate is distrusted" {
	trustctl import "$PKI/server.pem"
	trustctl trust distrust localhost
	[ "$(letters localhost)" = 'p,p,p' ]
}

@test "an anchor nearer the leaf is named, with the command against it" {
	trustctl import "$PKI/root.pem" "$PKI/inter.pem"
	trustctl trust enable --fingerprint "$(sha256 inter)"
	run --separate-stderr trustctl trust distrust 'Test Root'
	[ "$status" -eq 0 ]
	[[ $stderr == *"'Test Intermediate'"*"still accepted"* ]]
	[[ $stderr == *"trustctl trust distrust $(sha256 inter | cut -c 1-16)"* ]]
}

@test "one half of what NSS keeps together is refused with the nearest" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	before=$(snapshot)
	run --separate-stderr trustctl trust distrust 'Test Root' --usage tls-server
	[ "$status" -eq 5 ]
	[[ $stderr == *"nearest"* ]]
	[ "$before" = "$(snapshot)" ]
	trustctl trust distrust 'Test Root' --usage tls-server,tls-client
	[ "$(letters 'Test Root')" = 'p,C,C' ]
}

@test "a file means the certificate that was imported from it" {
	run -3 trustctl trust distrust "$PKI/root.pem"
	[[ $output == *"of the file '$PKI/root.pem' is not in the store 'user'"* ]]
	[[ $output == *"hint: trustctl import $PKI/root.pem"* ]]
	trustctl import "$PKI/root.pem"
	run -0 trustctl trust distrust "$PKI/root.pem"
	[ "$(letters 'Test Root')" = p,p,p ]
}

@test "a word with a file of that name is the file, with --item the item" {
	trustctl import "$PKI/root.pem" "$PKI/root2.pem"
	cd "$BATS_TEST_TMPDIR"
	cp "$PKI/root2.pem" 'Test Root'
	run -0 trustctl trust distrust 'Test Root'
	[ "$(letters 'Second Root')" = p,p,p ]
	[ "$(letters 'Test Root')" = ,, ]
	run -0 trustctl trust distrust --item 'Test Root'
	[ "$(letters 'Test Root')" = p,p,p ]
}
