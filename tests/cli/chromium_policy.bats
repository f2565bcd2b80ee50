#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Files of Chromium's policies: what they say of the user's store, and of personal certificates.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

# put NAME LETTERS NICKNAME [DIRECTORY]
put() {
	certutil -A -d "sql:${4:-$STORE}" -n "$3" -t "$2" -i "$PKI/$1.pem"
}

put_chain() {
	put root C,, 'Test Root'
	put inter ,, 'Test Intermediate'
	put server ,, localhost
}

# policy NAME TEXT: a file of policies on the test's machine; its path is printed
policy() {
	local file=$TRUSTCTL_ROOT/etc/chromium/policies/$1
	mkdir -p "${file%/*}"
	printf '%s\n' "$2" >"$file"
	echo "$file"
}

@test "that a policy of Chromium's passes over the user's store is a finding, with the file" {
	local file
	put_chain
	file=$(policy managed/ca.json '{"CAPlatformIntegrationEnabled": false}')
	run -0 trustctl verify localhost
	[[ $output == *"error: trust in this store does not count for Chromium (policy file '$file'): "* ]]
	[[ $output == *'trustctl export --trusted --format chromium-policy -o FILE'* ]]
	run -0 trustctl verify localhost --json
	[ "$(json '[.stores[0].verdicts[0].findings[].finding] | index("store-ignored") != null')" = true ]
	# It is about websites, and about what the store itself trusts.
	trustctl trust enable -q 'Test Root' --fingerprint "$(sha256 root)" 2>/dev/null
	run -0 trustctl verify inter --item --usage email || run trustctl verify "$PKI/alice.pem" --usage email
	[[ $output != *'does not count'* ]]
	run -1 trustctl verify localhost --host www.example.com
	[[ $output != *'does not count'* ]]
	# Firefox has no such policy.
	profile=$(made_profile work)
	put root C,, 'Test Root' "$profile"
	run trustctl verify "$PKI/server.pem" --untrusted "$PKI/inter.pem" --store firefox
	[[ $output == *'tls-server: trusted'* && $output != *'does not count'* ]]
	# Who enables trust there, or audits it, is told.
	run -0 trustctl audit
	[[ $output == *"trust in store 'user' does not count for Chromium (policy file '$file'), "* ]]
	trustctl trust reset -q 'Test Root'
	run -0 --separate-stderr trustctl trust enable 'Test Root' --usage tls-server --fingerprint "$(sha256 root)"
	[[ $stderr == *"'Test Root' will not count for Chromium (policy file '$file'), "* ]]
	run -0 --separate-stderr trustctl trust enable 'Test Root' --usage tls-server,email --fingerprint "$(sha256 root)" --store firefox
	[[ $stderr != *'will not count'* ]]
}

@test "a policy is read as Chromium reads it" {
	local off='{"CAPlatformIntegrationEnabled": false}' on='{"CAPlatformIntegrationEnabled": true}' text
	put_chain
	ignored() { trustctl verify localhost | grep -q 'does not count'; }
	# Of several files the last counts, whatever its name; a recommendation where none is managed.
	policy managed/a.json "$off" && ignored
	policy managed/b.json '{nonsense' && ignored
	policy managed/b "$on"
	run ! ignored
	policy managed/c '{"CAPlatformIntegrationEnabled": "x"}'
	run ! ignored
	rm -r "$TRUSTCTL_ROOT/etc/chromium/policies/managed"
	policy recommended/a.json "$off" && ignored
	policy managed/a.json "$on"
	run ! ignored
	for text in '{"CAPlatformIntegrationEnabled": false,}' $'// "off\n{/* , */"CAPlatformIntegrationEnabled":false /**/ , }' \
		'{"Other": "\\" // }", "CAPlatformIntegrationEnabled": false, "List": [1, ],}'; do
		policy managed/a.json "$text" && ignored
	done
	for text in '' '[]' 'false' '{"CAPlatformIntegrationEnabled": 0}' '/*' '"' '{"a": "// \' '{"x": {"CAPlatformIntegrationEnabled": false}}'; do
		policy managed/a.json "$text"
		rm -rf "$TRUSTCTL_ROOT/etc/chromium/policies/recommended"
		run ! ignored
	done
	rm "$TRUSTCTL_ROOT/etc/chromium/policies/managed/a.json"
	mkfifo "$TRUSTCTL_ROOT/etc/chromium/policies/managed/a.json"
	run ! ignored
}

# selects HOST: a policy that sends any certificate there, with comments and trailing commas
selects() {
	printf '{ // of IT\n"AutoSelectCertificateForUrls": ["{\\"pattern\\":\\"https://%s\\",\\"filter\\":{}}",],}' "$1"
}

@test "what a policy selects for a server is told as Chromium takes it" {
	policy managed/b "$(selects new.example.com)"
	policy managed/a.json "$(selects old.example.com)" # an earlier one counts no more
	run --separate-stderr trustctl identity check "$PKI/alice.p12" --password-file "$PKI/secret" --json
	[ "$(jq -r '[.remembered[] | [.program, .site, .choice] | join(" ")] | join("|")' <<<"$output")" = 'Chromium https://new.example.com this' ]
}
