#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What trustctl import says behind its result: who will use what came in, or why nobody will, and what to do next.

load helper
load pki

CA=('basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign')

setup_file() {
	make_pki
	issue letters '/CN=Letters/emailAddress=letters@example.com' inter 2000 'basicConstraints=CA:FALSE' \
		'extendedKeyUsage=emailProtection' 'subjectAltName=email:letters@example.com'
	issue sealed '/CN=Sealed' inter 2000 'basicConstraints=CA:FALSE' 'keyUsage=keyEncipherment' \
		'extendedKeyUsage=emailProtection' 'subjectAltName=email:sealed@example.com'
	issue later '/CN=Test Root/O=Test' - 5000 "${CA[@]}"
	issue cross '/CN=Test Intermediate/O=Test' root2 5000 "${CA[@]}"
	for name in letters sealed; do
		openssl pkcs12 -export -inkey "$PKI/$name.key" -in "$PKI/$name.pem" -certfile "$PKI/inter.pem" \
			-passout pass:secret -out "$PKI/$name.p12" 2>/dev/null
	done
}

setup() {
	setup_home
	make_user_store
}

# says_after FILE... [OPTION...]: the import succeeds, and $stderr has what it says
says_after() { run -0 --separate-stderr trustctl import "$@" --password-file "$PKI/secret"; }
id() { sha256 "$1" | cut -c 1-16; }
# pasted TEXT: the command of the hint that begins so
pasted() { sed -n "s/^hint: $1.*: \(trustctl .*\)\$/\1/p" <<<"$stderr"; }

@test "a mail program: the one reason why it cannot sign, and what helps, as identity check says them" {
	made_profile mail thunderbird >/dev/null
	local name label
	for name in 'alice:Alice Test' 'letters:Letters'; do
		label=${name#*:}
		says_after "$PKI/${name%:*}.p12" --store thunderbird
		[[ $stderr == *"Thunderbird, profile mail has '$label' with its key; cannot sign mail with it: \
'Test Intermediate' was issued by 'CN=Test Root, O=Test', which is not here"* ]]
		[[ $stderr != *'will offer'* && $stderr != *'not made for'* ]]
	done
	says_after "$PKI/letters.p12" "$PKI/root.pem" --store thunderbird
	[ "$(pasted 'to sign mail with')" = "trustctl trust enable $(id root) --usage email --store thunderbird" ]
	[ "$(grep -c 'trust enable' <<<"$stderr")" -eq 1 ]
	run -0 --separate-stderr trustctl identity check Letters --json
	[ "$(json '.programs[] | select(.store == "thunderbird") | .mail_remedy')" = \
		"trustctl trust enable $(id root) --usage email --store thunderbird" ]
	trustctl trust enable -q "$(id root)" --usage email --store thunderbird --fingerprint "$(sha256 root)"
	says_after "$PKI/letters.p12" --store thunderbird
	[[ $stderr == *"has 'Letters' with its key; can sign mail with it"* && $stderr != *'to sign mail'* ]]
}

@test "what is made for encrypted mail alone is not said to sign, nor to lack anything for that" {
	made_profile mail thunderbird >/dev/null
	says_after "$PKI/sealed.p12" --store thunderbird
	[[ $stderr == *"opens mail that is encrypted for it; it is not made for signing"* && $stderr != *'sign mail with'* ]]
	run -0 trustctl identity check Sealed
	[[ $output == *'opens mail that is encrypted for it'* && $output != *'sign mail with'* ]]
}

@test "who is not installed offers nothing" {
	says_after "$PKI/alice.p12"
	[[ $stderr == *"no browser that reads the store 'user' was found here; Chromium, "*" would offer 'Alice Test'"* ]]
	run -0 trustctl identity check 'Alice Test'
	[[ $output == *'has it with its key, and no browser that reads it was found here'* ]]
	made_chromium
	says_after "$PKI/alice.p12"
	[[ $stderr == *"Chromium, Chrome and other programs of this user will offer 'Alice Test'"* ]]
}

@test "a second CA of a name is told, with the trust of the first and the commands that move it" {
	trustctl import -q "$PKI/root.pem"
	trustctl trust enable -q "$(id root)" --usage tls-server,email --fingerprint "$(sha256 root)"
	says_after "$PKI/later.pem"
	[[ $stderr == *"'Test Root' ($(id later)) comes beside the older $(id root) (expires in "*'; trust: tls-server, email), which stays'* ]]
	[ "$(grep -c 'trust enable' <<<"$stderr")" -eq 1 ]
	$(pasted 'to trust') --fingerprint "$(sha256 later)" --quiet
	[ "$(trustctl show --json "$(id later)" | jq -c '.trust[0] | {tls_server, email, code_signing}')" = \
		'{"tls_server":"trusted","email":"trusted","code_signing":"not-an-anchor"}' ]
	$(pasted 'when nothing') --yes --quiet
	run -3 trustctl show "$(id root)"
}

@test "a CA of the same name that is older, not trusted, or issued by another CA moves no trust" {
	trustctl import -q "$PKI/later.pem" "$PKI/inter.pem"
	says_after "$PKI/root.pem"
	[[ $stderr == *"'Test Root' ($(id root)) has the name of $(id later) (expires in "*'; trust: undecided), which stays'* ]]
	[ "$(pasted 'the root')" = "trustctl trust enable $(id root) --usage tls-server" ]
	says_after "$PKI/cross.pem"
	[[ $stderr != *'which stays'* ]]
	trustctl delete -q --yes "$(id later)"
	says_after "$PKI/later.pem"
	[[ $stderr == *"comes beside the older $(id root)"*'trust: undecided'* ]]
	[ "$(pasted 'the root')" = "trustctl trust enable $(id later) --usage tls-server" ]
	[ "$(pasted 'when nothing')" = "trustctl delete $(id root)" ]
	# What one file brings is of one age.
	trustctl delete -q --yes "$(id root)" "$(id later)"
	says_after "$PKI/root.pem" "$PKI/later.pem"
	[[ $stderr != *'which stays'* ]]
}

@test "each fact is told once: what was added, what is protected, and what is otherwise in another store" {
	made_profile work >/dev/null
	made_profile mail thunderbird >/dev/null
	says_after "$PKI/alice.p12" "$PKI/root.pem" --store user,thunderbird
	[ "$(grep -c '^  protection:' <<<"$output")" -eq 1 ]
	[ "$(grep -c "'Alice Test' (" <<<"$output")" -eq 1 ]
	[ "$(grep -c 'to be added' <<<"$output")" -eq 4 ]
	[[ $output != *blocks* ]]
	says_after "$PKI/alice.p12" "$PKI/root2.pem" --store user,firefox,thunderbird
	[[ $output == *"4 blocks: 1 to be added, 3 already there"*$'\n'"in the store 'firefox': 4 to be added"$'\n'"store 'user': changed"* ]]
	[[ $output != *"in the store 'thunderbird'"* ]]
	says_after "$PKI/inter.pem" "$PKI/root2.pem" "$PKI/old.pem" --store user,thunderbird
	trustctl delete -q --yes --store thunderbird 'Second Root' 'Old Intermediate'
	says_after "$PKI/inter.pem" "$PKI/root2.pem" "$PKI/old.pem" --store user,thunderbird
	[[ $output == *"in the store 'thunderbird': 2 to be added, 1 already there
  root 'Second Root' ($(id root2)): to be added
  intermediate 'Old Intermediate' ($(id old)): to be added
store 'user'"* ]]
}

@test "hints come last, one for all stores that lack the identity, and one for many roots" {
	made_profile work >/dev/null
	made_profile mail thunderbird >/dev/null
	says_after "$PKI/alice.p12" "$PKI/root.pem"
	[ "$(sed -n '/^hint/,$p' <<<"$stderr" | grep -vc '^hint: ')" -eq 0 ]
	[ "$(grep -c 'to have it there too' <<<"$stderr")" -eq 1 ]
	$(pasted 'there are other stores') --password-file "$PKI/secret" --quiet
	[ "$(private_keys "$HOME/.mozilla/firefox/work")" -eq 1 ]
	[ "$(private_keys "$HOME/.thunderbird/mail")" -eq 1 ]
	local i
	for i in 1 2 3 4 5; do
		openssl req -x509 -new -key "$PKI/root.key" -subj "/CN=Many $i" -days 99
	done >"$BATS_TEST_TMPDIR/many.pem" 2>/dev/null
	says_after "$BATS_TEST_TMPDIR/many.pem"
	[ "$(grep -c 'trust enable' <<<"$stderr")" -eq 1 ]
	[[ $stderr == *'hint: the roots are not trusted by being imported; '*'trustctl trust enable ITEM --usage tls-server'* ]]
}

@test "who has the identity, with its key, in a store of another password is not told to import it there" {
	made_profile work >/dev/null
	trustctl import -q "$PKI/alice.p12" --password-file "$PKI/secret" --store firefox
	echo other >"$BATS_TEST_TMPDIR/other"
	trustctl store password -q --password-file "$BATS_TEST_TMPDIR/other" --store firefox
	trustctl store password -q --password-file "$PKI/secret"
	says_after "$PKI/alice.p12" --store-password-file "$PKI/secret"
	[[ $stderr != *'to have it there too'* ]]
	trustctl delete -q --yes 'Alice Test' --store firefox --store-password-file "$BATS_TEST_TMPDIR/other"
	says_after "$PKI/alice.p12" --store-password-file "$PKI/secret"
	[[ $stderr == *"there is another store ('firefox', read by Firefox, profile work); to have it there too: "* ]]
}
