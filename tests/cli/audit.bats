#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl audit: local decisions about trust, over all stores.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

# put NICKNAME LETTERS NAME [DIRECTORY]: a certificate with certutil's trust, outside our history
put() {
	certutil -A -d "sql:${4:-$STORE}" -n "$1" -t "$2" -i "$PKI/$3.pem"
}

# entry NAME: its row in the JSON of the last run
entry() {
	jq -ec --arg name "$1" '.audit[] | select(.name == $name)' <<<"$output"
}

@test "an anchor set by another program is listed with an unknown author" {
	put 'Test Root' CT,C,C root
	put 'Test Intermediate' ,, inter
	run trustctl audit
	[ "$status" -eq 0 ]
	[[ $output == *user*"Test Root"*"full trust"*unknown*unknown*local-full* ]]
	[[ $output != *"Test Intermediate"* ]]
	[[ $output == *"1 anchor in 1 store: 1 fully trusted, 1 of them not in the built-in list; 0 distrusted"* ]]
	run --separate-stderr trustctl audit --json
	[ "$(json .schema)" = 1 ]
	[ "$(json .kind)" = audit ]
	[ "$(entry 'Test Root' | jq -r '[.since, .by, .entry] | tostring')" = '[null,null,null]' ]
	[ "$(entry 'Test Root' | jq -r .id)" = "$(sha256 root)" ]
	[ "$(entry 'Test Root' | jq -r '[.full, .builtin] | tostring')" = '[true,false]' ]
}

@test "an anchor set by trustctl names time and person" {
	put 'Test Root' ,, root
	TRUSTCTL_NOW=2026-11-25T10:00:00Z trustctl trust enable 'Test Root' --usage tls-server \
		--fingerprint "$(sha256 root)"
	run --separate-stderr trustctl audit --json
	[ "$status" -eq 0 ]
	[ "$(entry 'Test Root' | jq -r .since)" = 2026-11-25T10:00:00Z ]
	[ "$(entry 'Test Root' | jq -r .by)" = "$(id -un)" ]
	[ "$(entry 'Test Root' | jq -r .tls_server)" = trusted ]
	[ "$(entry 'Test Root' | jq -r .full)" = false ]
	[ "$(entry 'Test Root' | jq -c .findings)" = '[]' ]
}

@test "what another program decided since has no claimed author" {
	put 'Test Root' ,, root
	trustctl trust enable 'Test Root' --usage tls-server --fingerprint "$(sha256 root)"
	certutil -M -d "sql:$STORE" -n 'Test Root' -t CT,C,C
	run --separate-stderr trustctl audit --json
	[ "$(entry 'Test Root' | jq -r .since)" = null ]
	[ "$(entry 'Test Root' | jq -r .by)" = 'another program' ]
}

@test "why an anchor was decided on is a column and a key, and in the history of the item" {
	put 'Test Root' ,, root
	trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)" --reason 'ticket 4711'
	run -0 --separate-stderr trustctl audit --columns name,reason --csv
	[ "${output//$'\r'/}" = $'name,reason\nTest Root,ticket 4711' ]
	run --separate-stderr trustctl audit --json
	[ "$(entry 'Test Root' | jq -r .reason)" = 'ticket 4711' ]
	run trustctl show 'Test Root'
	[[ $output == *"trust changed to full trust by $(id -un), reason: ticket 4711"* ]]
	run --separate-stderr trustctl show 'Test Root' --json
	[ "$(json '.history[0].reason')" = 'ticket 4711' ]
	# What another program decided since had other reasons.
	certutil -M -d "sql:$STORE" -n 'Test Root' -t C,,
	run --separate-stderr trustctl audit --json
	[ "$(entry 'Test Root' | jq -r .reason)" = null ]
}

@test "distrust is a decision too" {
	put 'Second Root' p,p,p root2
	run trustctl audit
	[ "$status" -eq 0 ]
	[[ $output == *"Second Root"*distrusted* ]]
	[[ $output == *"0 anchors in 1 store"*"1 distrusted"* ]]
}

@test "full trust of a local anchor fails on request and is named" {
	put 'Test Root' CT,C,C root
	run trustctl audit --fail-on local-full
	[ "$status" -eq 1 ]
	[[ $output == *"local-full: 'Test Root'"*"in store 'user' is fully trusted and not in the built-in list"* ]]
	run trustctl audit --fail-on expired,tampered --fail-on disagreement
	[ "$status" -eq 0 ]
}

@test "partial trust is no full trust" {
	put 'Test Root' C,, root
	run trustctl audit --fail-on local-full
	[ "$status" -eq 0 ]
}

@test "an expired anchor fails on request, an expired certificate without trust does not" {
	put 'Old Intermediate' C,, old
	put 'Test Intermediate' ,, inter
	run trustctl audit --fail-on expired
	[ "$status" -eq 0 ]
	TRUSTCTL_NOW=2040-01-01 run trustctl audit --fail-on expired
	[ "$status" -eq 1 ]
	[[ $output == *"expired: 'Old Intermediate'"* ]]
	[[ $output != *"Test Intermediate"* ]]
}

@test "a forged record is a finding and counts as no trust" {
	put 'Test Root' C,, root
	sqlite3 "$STORE/cert9.db" \
		"UPDATE nssPublic SET ace53635b = x'ce534352' WHERE a0 = x'ce534353'"
	run trustctl audit --fail-on tampered
	[ "$status" -eq 1 ]
	[[ $output == *"tampered: 'Test Root'"* ]]
	run --separate-stderr trustctl audit --json
	[ "$(entry 'Test Root' | jq -r .seal)" = tampered ]
	[ "$(entry 'Test Root' | jq -r .tls_server)" = undecided ]
	[ "$(entry 'Test Root' | jq -c .findings)" = '["tampered"]' ]
}

@test "records of both spellings that disagree are a finding" {
	[ -e /usr/lib/firefox-esr/libsoftokn3.so ] || skip "no newer NSS here"
	put 'Test Root' p,p,p root
	LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -M -d "sql:$STORE" -n 'Test Root' -t C,C,C
	run trustctl audit --fail-on disagreement
	[ "$status" -eq 1 ]
	[[ $output == *"disagreement: 'Test Root'"* ]]
}

@test "a store with a password says that its signatures were not checked" {
	put 'Test Root' C,, root
	trustctl store password --password-file "$PKI/secret"
	run trustctl audit --fail-on tampered
	[ "$status" -eq 0 ]
	[[ $output == *unverified* ]]
	[[ $output == *"1 trust record could not be checked for tampering"* ]]
	run trustctl audit --fail-on tampered --store-password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[[ $output != *unverified* ]]
	[[ $output != *"could not be checked"* ]]
}

@test "of several stores the password given is that of some, and the others are read without" {
	local profile command
	profile=$(made_profile work)
	put 'Test Root' C,, root
	trustctl store password --password-file "$PKI/secret"
	certutil -A -d "sql:$profile" -n 'Test Root' -t C,, -i "$PKI/root.pem"
	trustctl store password --store firefox --password-file "$PKI/wrong"
	run -0 --separate-stderr trustctl audit --store-password-file "$PKI/secret" --json
	[ "$(json '[.audit[] | .store + " " + .seal] | sort | join(", ")')" = 'firefox unverified, user intact' ]
	[[ $stderr == *"store 'firefox': the password given is not this store's"* ]]
	for command in list "show $(sha256 root)" "trust show $(sha256 root)" "verify $(sha256 root)"; do
		# shellcheck disable=SC2086 # two words
		run -0 --separate-stderr trustctl $command --store user,firefox --store-password-file "$PKI/wrong"
		[[ $stderr == *"store 'user': the password given is not this store's"* ]]
	done
	# The password of the only store is right or wrong, and so is that of a store to be changed.
	run -4 trustctl audit --store firefox --store-password-file "$PKI/secret"
	run -6 trustctl trust distrust 'Test Root' --store user,firefox --store-password-file "$PKI/secret"
	[[ $output == *"store 'firefox': failed: wrong password"* ]]
}

@test "a trust record without certificate is listed" {
	put 'Test Root' C,, root
	sqlite3 "$STORE/cert9.db" "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	run trustctl audit
	[ "$status" -eq 0 ]
	[[ $output == *"leftover record"*"CN=Test Root, O=Test"*tls-server*orphan* ]]
	run --separate-stderr trustctl audit --json
	[ "$(json '.audit[0].kind == null and .audit[0].id == null')" = true ]
	[ "$(json '.audit[0].issuer')" = 'CN=Test Root, O=Test' ]
}

@test "every store is looked at, and --store narrows" {
	profile=$(made_profile work)
	put 'Test Root' C,, root
	put 'Second Root' CT,C,C root2 "$profile"
	run trustctl audit
	[ "$status" -eq 0 ]
	[[ $output == *user*"Test Root"* ]]
	[[ $output == *firefox*"Second Root"* ]]
	[[ $output == *"2 anchors in 2 stores"* ]]
	run trustctl audit --store user
	[[ $output != *"Second Root"* ]]
}

@test "it says whose stores were read, and which" {
	made_profile work >/dev/null
	run -0 trustctl audit
	[[ $output == *"stores read, as $(id -un) with the home '$HOME': user, firefox"* ]]
	rm -r "$STORE" "$HOME/.mozilla"
	run trustctl audit --store builtin
	[[ $output == *"with the home '$HOME': builtin"* ]]
}

@test "a store that cannot be read is named and the rest goes on" {
	profile=$(made_profile work)
	put 'Test Root' C,, root
	echo garbage >"$profile/cert9.db"
	run trustctl audit
	[ "$status" -eq 6 ]
	[[ $output == *"store 'firefox' is left out: "*"is not a database"* ]]
	[[ $output == *"Test Root"* ]]
	run trustctl audit --store firefox
	[ "$status" -eq 4 ]
}

@test "a finding asked for outweighs a store that cannot be read" {
	profile=$(made_profile work)
	put 'Test Root' CT,C,C root
	echo garbage >"$profile/cert9.db"
	run trustctl audit --fail-on local-full
	[ "$status" -eq 1 ]
	[[ $output == *"is left out"* ]]
}

@test "built-in roots are counted, and listed when they are named" {
	trustctl list --store builtin >/dev/null || skip "no built-in roots on this machine"
	run --separate-stderr trustctl audit --json
	[ "$(json '.audit | length == 0')" = true ]
	run trustctl audit
	[[ $output == *"built-in list: "*" anchors, "*"(Mozilla list "* ]]
	run --separate-stderr trustctl audit --store builtin --json
	[ "$status" -eq 0 ]
	[ "$(json '.audit | length > 100')" = true ]
	[ "$(json 'all(.audit[]; .builtin and (.findings | index("local-full") | not))')" = true ]
	# A directory is no name.
	made_store "$HOME/builtin/db" >/dev/null
	run --separate-stderr trustctl audit --store "all,$HOME/builtin/db" --json
	[ "$(json '.audit | length == 0')" = true ]
	run --separate-stderr trustctl audit --all --json
	[ "$(json '[.audit[] | select(.store == "builtin")] | length > 100')" = true ]
}

@test "a built-in root decided otherwise in the store is an override, and not local" {
	root=$(trustctl list --store builtin --kind root --trust trusted --usage tls-server --json |
		jq -r '.items[0].id')
	[ -n "$root" ] || skip "no built-in roots on this machine"
	trustctl trust distrust "$root" --yes
	run --separate-stderr trustctl audit --json
	[ "$(jq -r .audit[0].id <<<"$output")" = "$root" ]
	[ "$(jq -r .audit[0].builtin <<<"$output")" = true ]
	[ "$(jq -c .audit[0].findings <<<"$output")" = '["override"]' ]
}

@test "columns, order and CSV are as in every list" {
	put 'Test Root' C,, root
	put 'Second Root' CT,C,C root2
	run --separate-stderr trustctl audit --csv --columns name,findings --sort -name
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = $'name,findings\r' ]
	[ "${lines[1]}" = $'Test Root,\r' ]
	[ "${lines[2]}" = $'Second Root,local-full\r' ]
	[ "${#lines[@]}" -eq 3 ]
	run trustctl audit --columns nonsense
	[ "$status" -eq 2 ]
}

@test "words for a time are sorted by it, and a time that nobody knows comes last" {
	put 'Test Root' C,, root
	put 'Old Intermediate' C,, old
	put 'Second Root' ,, root2
	trustctl trust enable 'Second Root' --fingerprint "$(sha256 root2)" --quiet
	for order in expiry since -since; do
		run -0 --separate-stderr trustctl audit --columns name --sort "$order"
		[[ $order == expiry || ${lines[1]} == 'Second Root'* ]]
		[[ $order == *since || ${lines[1]} == 'Old Intermediate'* ]]
	done
}

@test "a finding that cannot be failed on is an error of usage" {
	run trustctl audit --fail-on local-full,everything
	[ "$status" -eq 2 ]
	[[ $output == *"'everything'"*"findings: local-full,expired,"*,outside* ]]
}

@test "every finding there is can be failed on" {
	local words
	words=$(sed -n '/findings\[TRUST_AUDIT_FINDINGS\] = {/,/^};/s/.*] = { "\([a-z-]*\)".*/\1/p' \
		"$BATS_TEST_DIRNAME/../../core/audit.c" | paste -sd,)
	[[ $words == local-full,*,outside ]]
	run -0 trustctl audit --fail-on "$words"
	run -2 --separate-stderr trustctl audit --fail-on nonsense
	[[ $stderr == *"findings: $words" ]]
}

@test "what no CA is counted for can be failed on: a leftover record, an override" {
	put 'Test Root' C,, root
	sqlite3 "$STORE/cert9.db" "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	run trustctl audit --fail-on orphan
	[ "$status" -eq 1 ]
	[[ $output == *"orphan: 'CN=Test Root, O=Test' (leftover record) in store 'user' is a leftover trust record"* ]]
	run -0 trustctl audit --fail-on override
}

@test "an anchor that expires within 30 days is a finding to fail on" {
	local end
	put 'Test Root' C,, root
	end=$(openssl x509 -in "$PKI/root.pem" -noout -enddate | sed 's/.*=//')
	TRUSTCTL_NOW=$(date -ud "$end - 31 days" +%Y-%m-%dT%H:%M:%SZ) run -0 trustctl audit --fail-on expires-soon
	TRUSTCTL_NOW=$(date -ud "$end - 29 days" +%Y-%m-%dT%H:%M:%SZ) run -1 trustctl audit --fail-on expires-soon
	[[ $output == *"expires-soon: 'Test Root'"*"is trusted and expires within 30 days"* ]]
	TRUSTCTL_NOW=$(date -ud "$end + 1 day" +%Y-%m-%dT%H:%M:%SZ) run -0 trustctl audit --fail-on expires-soon
}

@test "what another program decided can be failed on, also when a later change has recorded it" {
	put 'Test Root' C,, root
	run -0 trustctl audit --fail-on outside
	trustctl import "$PKI/inter.pem"
	run -0 trustctl audit --fail-on outside
	certutil -M -d "sql:$STORE" -n 'Test Root' -t CT,C,C
	run -1 trustctl audit --fail-on outside
	[[ $output == *"outside: 'Test Root'"*"in store 'user' was decided by another program"* ]]
	trustctl import "$PKI/alice.pem"
	run -1 trustctl audit --fail-on outside
	trustctl trust reset 'Test Root'
	trustctl trust enable 'Test Root' --usage tls-server --fingerprint "$(sha256 root)"
	run -0 trustctl audit --fail-on outside
}

@test "a damaged history is told and makes the answer partial" {
	put 'Test Root' C,, root
	echo garbage >"$STORE/trustctl.db"
	run trustctl audit
	[ "$status" -eq 6 ]
	[[ $output == *"the history of store 'user' cannot be read"* ]]
	[[ $output == *"Test Root"* ]]
}

@test "an audit changes nothing" {
	put 'Test Root' CT,C,C root
	trustctl trust disable 'Test Root'
	before=$(snapshot)
	files=$(ls -a "$STORE")
	trustctl audit --all >/dev/null
	[ "$before" = "$(snapshot)" ]
	[ "$files" = "$(ls -a "$STORE")" ]
}

@test "on a narrow terminal trust, findings and identifier stay" {
	put 'Test Root' CT,C,C root
	run script -qec 'stty cols 50; trustctl audit --store user' /dev/null </dev/null
	[[ $output == *'NAME '*'TRUST '*'FINDINGS '*ID* && $output == *local-full* ]]
	[[ $output == *'no room for these columns (--columns chooses): '*by* ]]
}

@test "what can issue today is counted as an anchor, and a record that means nothing is a finding" {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$PKI/gone.key" -subj '/CN=Gone Root' -days 1 \
		-out "$PKI/gone.pem" -addext keyUsage=keyCertSign 2>/dev/null
	put 'Test Root' C,, root
	put 'Gone Root' CT,C,C gone
	put 'Test Intermediate' P,, inter
	put 'localhost' CT,C,C server
	put 'Alice Test' ,P, alice
	TRUSTCTL_NOW=$(date -ud '+3 days' +%Y-%m-%dT%H:%M:%SZ)
	export TRUSTCTL_NOW
	run trustctl audit --store user
	[[ $output == *"1 anchor in 1 store: 0 fully trusted, 0 of them not in the built-in list; 0 distrusted"* ]]
	run --separate-stderr trustctl audit --store user --json
	[ "$(entry localhost | jq -c .findings)" = '["local-full","no-effect"]' ]
	[ "$(entry 'Alice Test' | jq -c .findings)" = '[]' ]
	[ "$(entry 'Gone Root' | jq -c .findings)" = '["local-full","expired"]' ]
	[ "$(entry 'Test Root' | jq -c .findings)" = '[]' ]
}

@test "what Firefox makes nothing of is a finding in its store" {
	local profile=$HOME/.mozilla/firefox/p
	mkdir -p "$profile"
	printf '[Profile0]\nName=p\nIsRelative=1\nPath=p\nDefault=1\n' >"$HOME/.mozilla/firefox/profiles.ini"
	certutil -N --empty-password -d "sql:$profile"
	put 'localhost' C,, server "$profile"
	put 'Alice Test' ,P, alice "$profile"
	run --separate-stderr trustctl audit --store firefox --json
	[ "$(entry localhost | jq -c .findings)" = '[]' ]
	[ "$(entry 'Alice Test' | jq -c .findings)" = '["no-effect"]' ]
}

# ---- the report ------------------------------------------------------------------------------

@test "the report is a page that stands alone, says what was said, and has the columns asked for" {
	local page=$BATS_TEST_TMPDIR/audit.html
	put 'Test Root' CT,C,C root
	run -1 --separate-stderr trustctl audit -o "$page" --fail-on local-full --columns +issuer
	[[ $output == *'Test Root'*"$(sha256 root | cut -c 1-16)"* && $stderr == *"the report is in '$page'"* ]]
	grep -qF '<li>1 anchor in 1 store: 1 fully trusted, 1 of them not in the built-in list; 0 distrusted</li>' "$page"
	grep -q '<li class="bad">local-full: .*is fully trusted and not in the built-in list</li>' "$page"
	grep -qF "<td>$(sha256 root)</td>" "$page"
	grep -qF '<th scope="col">issuer</th>' "$page"
	grep -qF '<th scope="row">Test Root</th>' "$page"
	grep -qF '<html lang="en">' "$page"
	grep -qF "default-src 'none'" "$page"
	run ! grep -qiE '<script|<img|<link|src=|href=|url\(|@import' "$page"
	# Programs get their document beside it.
	run -0 --separate-stderr trustctl audit -o "$page" --force --json
	[ "$(json '.audit[0].name')" = 'Test Root' ]
	grep -qF '<th scope="row">Test Root</th>' "$page"
}

@test "hostile names are text in the report, and nothing else" {
	local page=$BATS_TEST_TMPDIR/audit.html
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$PKI/evil.key" -days 90 -out "$PKI/evil.pem" \
		-subj "/CN=<script>alert(1)<\/script>\"'&/O=<img src=x onerror=y>" 2>/dev/null
	put 'Evil' CT,C,C evil
	trustctl audit --quiet -o "$page" --columns +issuer --fail-on local-full || true
	grep -qF '<th scope="row">&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;</th>' "$page"
	grep -qF 'O=&lt;img src=x onerror=y&gt;' "$page"
	run ! grep -qE '<(script|img)' "$page"
	xmllint --html --noout "$page"
}

@test "a report is written whole or not at all, over no other file, and under a name that fits" {
	local page=$BATS_TEST_TMPDIR/audit.html
	echo mine >"$page"
	run -5 --separate-stderr trustctl audit -o "$page"
	[[ -z $output && $stderr == *'--force replaces it'* && $(<"$page") == mine ]]
	run -2 --separate-stderr trustctl audit -o "$BATS_TEST_TMPDIR/audit.csv"
	[[ $stderr == *"'$BATS_TEST_TMPDIR/audit.csv' does not end in .html"*'trustctl audit --csv'* ]]
	mkdir "$BATS_TEST_TMPDIR/directory.html"
	run -3 --separate-stderr trustctl audit -o "$BATS_TEST_TMPDIR/directory.html" --force
	run -3 --separate-stderr trustctl audit -o "$BATS_TEST_TMPDIR/missing/audit.html"
	[ ! -e "$BATS_TEST_TMPDIR/missing" ]
	# One of nothing says so.
	trustctl audit -o "$page" --force
	grep -qF '<p>None.</p>' "$page"
}

@test "fingerprints are short for people only" {
	put 'Test Root' C,, root
	run -0 --separate-stderr trustctl audit --columns id
	[ "${lines[1]}" = "$(sha256 root | cut -c 1-16)" ]
	run -0 --separate-stderr trustctl audit --columns id --csv
	[[ ${lines[1]} == "$(sha256 root)"* ]]
	run -0 --separate-stderr trustctl audit --json
	[ "$(json '.audit[0].id')" = "$(sha256 root)" ]
}
