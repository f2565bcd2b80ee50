#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl delete: certificates with their trust, identities with their keys.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "a certificate goes with its trust record" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	run trustctl delete 'Test Root' --yes
	[ "$status" -eq 0 ]
	[ "$(rows 00000001)" -eq 0 ]
	[ "$(rows ce534353)" -eq 0 ]
	[ "$(sqlite3 "$STORE/key4.db" "SELECT count(*) FROM metaData WHERE id LIKE 'sig_%'")" -eq 0 ]
	certutil -A -d "sql:$STORE" -n 'Test Root' -t ',,' -i "$PKI/root.pem"
	[ "$(letters 'Test Root')" = ',,' ]
}

@test "without an answer nothing is deleted" {
	trustctl import "$PKI/root.pem"
	before=$(snapshot)
	run --separate-stderr trustctl delete 'Test Root' </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *--yes* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "an identity goes with its key, and what is lost is said with the way to keep it" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	run -5 --separate-stderr trustctl delete Alice
	[[ $stderr == *"keep a copy first: trustctl export $(sha256 alice | cut -c 1-16) -o "*".p12"* ]]
	run -0 --separate-stderr trustctl delete Alice --yes
	[[ $stderr == *"mail encrypted to it becomes unreadable"* ]]
	[[ $stderr != *"keep a copy first"* ]]
	[ "$(private_keys)" -eq 0 ]
	[ "$(rows 00000001)" -eq 1 ]
}

@test "a name of different items in several stores is refused before the first is changed" {
	firefox=$(made_profile work)
	thunderbird=$(made_profile home thunderbird)
	for store in "$firefox" "$thunderbird"; do
		issue acme "/CN=Acme Root/O=${store##*/}" - 900 'basicConstraints=critical,CA:TRUE'
		certutil -A -d "sql:$store" -n 'Acme Root' -t C,, -i "$PKI/acme.pem"
		sha256 acme | cut -c 1-16 >>"$BATS_TEST_TMPDIR/ids"
	done
	before=$(snapshot "$firefox" && snapshot "$thunderbird")
	for words in 'delete' 'trust disable' 'trust distrust' 'trust reset' 'trust enable'; do
		# shellcheck disable=SC2086 # two words
		run -3 --separate-stderr trustctl $words 'Acme Root' --store firefox,thunderbird --yes
		[ -z "$output" ]
		[[ $stderr == *"'Acme Root' means different items in different stores"* ]]
		[[ $stderr == *"$(sed -n 1p "$BATS_TEST_TMPDIR/ids")  root  Acme Root  serial "*"  in store 'firefox'"* ]]
		[[ $stderr == *"$(sed -n 2p "$BATS_TEST_TMPDIR/ids")  root  Acme Root  serial "*"  in store 'thunderbird'"* ]]
	done
	[ "$before" = "$(snapshot "$firefox" && snapshot "$thunderbird")" ]
	run -0 trustctl delete "$(sed -n 1p "$BATS_TEST_TMPDIR/ids")" --store firefox --yes
}

@test "a name of two items of one store stops the change of all stores" {
	firefox=$(made_profile work)
	for number in 1 2; do
		issue acme "/CN=Acme Root/O=$number" - 900 'basicConstraints=critical,CA:TRUE'
		certutil -A -d "sql:$firefox" -n "acme $number" -t C,, -i "$PKI/acme.pem"
	done
	certutil -A -d "sql:$STORE" -n 'Acme Root' -t C,, -i "$PKI/acme.pem"
	before=$(snapshot)
	for words in 'delete' 'trust disable' 'trust reset'; do
		# shellcheck disable=SC2086 # two words
		run -3 --separate-stderr trustctl $words 'Acme Root' --store user,firefox --yes
		[[ -z $output && $stderr == *"'Acme Root' means 2 items of store 'firefox'"* ]]
	done
	[ "$before" = "$(snapshot)" ]
}

@test "a store that lacks the item, or cannot be read, does not keep the others from being changed" {
	firefox=$(made_profile work)
	trustctl import --quiet "$PKI/root.pem"
	run -6 trustctl delete 'Test Root' --store user,firefox --yes
	[[ $output == *"store 'user': changed"*"store 'firefox': failed: no item 'Test Root'"* ]]
	trustctl import --quiet "$PKI/root.pem"
	echo garbage >"$firefox/cert9.db"
	run -6 trustctl delete 'Test Root' --store user,firefox --yes
	[[ $output == *"store 'user': changed"*"store 'firefox': failed: "*'is not a database'* ]]
}

@test "a deleted identity comes back by undo" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl delete Alice --yes
	trustctl history undo --last
	[ "$(letters Alice)" = 'u,u,u' ]
	pk12util -o "$BATS_TEST_TMPDIR/out.p12" -n Alice -d "sql:$STORE" -K '' -W other
}

@test "a key that two certificates share goes with the last of them, and once" {
	issue_renewed
	trustctl import --quiet "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl import --quiet "$PKI/renewed.der"
	renewed=$(sha256sum <"$PKI/renewed.der" | cut -d ' ' -f 1)
	run -0 --separate-stderr trustctl delete "$(sha256 alice)" --yes
	[[ $stderr == *"the private key of 'Alice Test' stays: 'Alice Test' (${renewed:0:16}) uses it too"* ]]
	[ "$(grep -c ' stays: ' <<<"$stderr")" -eq 1 ]
	[[ $stderr != *unreadable* ]]
	[ "$(private_keys)" -eq 1 ]
	trustctl import --quiet "$PKI/alice.pem"
	# Where nobody says the password, the request is what a dry run shows.
	trustctl store password --quiet --password-file "$PKI/secret"
	run -0 --separate-stderr trustctl delete "$(sha256 alice)" "$renewed" --dry-run --json </dev/null
	[ "$(jq -c '[.stores[0].actions[].action] | sort' <<<"$output")" = \
		'["delete a certificate","delete a certificate","delete a private key"]' ]
	run -0 trustctl delete "$(sha256 alice)" "$renewed" --yes --store-password-file "$PKI/secret"
	[ "$(private_keys)" -eq 0 ]
}

@test "with --purge no copy of the key stays" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl delete Alice --yes --purge
	run trustctl history undo --last
	[ "$status" -eq 5 ]
	[ "$(private_keys)" -eq 0 ]
}

@test "a dry run deletes nothing and asks nothing" {
	trustctl import "$PKI/root.pem"
	before=$(snapshot)
	run trustctl delete 'Test Root' --dry-run </dev/null
	[ "$status" -eq 0 ]
	[ "$before" = "$(snapshot)" ]
}

@test "several items are one change, and a wrong name among them stops all" {
	trustctl import "$PKI/root.pem" "$PKI/root2.pem"
	before=$(snapshot)
	run trustctl delete 'Test Root' 'Third Root' --yes
	[ "$status" -eq 3 ]
	[ "$before" = "$(snapshot)" ]
	trustctl delete 'Test Root' 'Second Root' --yes
	[ "$(rows 00000001)" -eq 0 ]
}

@test "deletion is by identifier too, never by part of a name" {
	trustctl import "$PKI/root.pem"
	run trustctl delete Root --yes
	[ "$status" -eq 3 ]
	trustctl delete "$(sha256 root | cut -c 1-10)" --yes
	[ "$(rows 00000001)" -eq 0 ]
}

@test "deleting a distrusted certificate is the trust step, which a script can answer" {
	trustctl import "$PKI/root.pem"
	trustctl trust distrust 'Test Root'
	before=$(snapshot)
	run --separate-stderr trustctl delete 'Test Root' --yes </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *"add --fingerprint $(sha256 root)"* ]]
	[ "$before" = "$(snapshot)" ]
	trustctl delete 'Test Root' --yes --fingerprint "$(sha256 root)"
	[ "$(rows 00000001)" -eq 0 ]
	[ "$(rows ce534353)" -eq 0 ]
}

@test "a file names the certificates to delete" {
	trustctl import "$PKI/root.pem" "$PKI/root2.pem"
	run -0 trustctl delete "$PKI/root.pem" --yes
	run -0 trustctl list --csv --columns name
	[[ $output == *'Second Root'* && $output != *'Test Root'* ]]
	run -3 trustctl delete "$PKI/root.pem" --yes
	[[ $output == *"is not in the store 'user'"* ]]
}

@test "to commands that change stores, all are those that can be changed" {
	local profile words
	profile=$(made_profile work)
	trustctl list --store all --columns store --csv | grep -q builtin
	run -0 trustctl import "$PKI/root.pem" --store all --json
	[ "$(json '[.stores[].store] | join(" ")')" = 'user firefox' ]
	for words in 'trust distrust' "trust reset --fingerprint $(sha256 root)" 'trust disable' delete; do
		# shellcheck disable=SC2086 # several words
		run -0 trustctl $words 'Test Root' --store all --yes
	done
	run -0 trustctl prune --store all --yes
	[ -z "$(letters 'Test Root' "$profile")" ]
	# Who names them is told.
	run -6 trustctl import "$PKI/root.pem" --store all,builtin
	[[ $output == *"store 'builtin': failed"* ]]
	# Where nothing can be changed, the user's store is the one that is missing.
	rm -r "$STORE" "$HOME/.mozilla"
	run -4 trustctl delete 'Test Root' --store all --yes
	[[ $output == *'trustctl store create user'* ]]
}

@test "no undo is offered of a key that does not open any more" {
	trustctl import --quiet "$PKI/alice.p12" --password-file "$PKI/secret"
	sqlite3 "$STORE/key4.db" "UPDATE nssPrivate SET a11=zeroblob(length(a11))"
	run -0 trustctl delete --yes Alice
	[[ $output == *"the private key of 'Alice Test' does not open any more: that it is deleted cannot be undone"* ]]
	[[ $output != *'undo it with'* ]]
	[ "$(private_keys)" -eq 0 ]
	run -5 trustctl history undo 2
	[[ $output == *'change 2 cannot be undone: a private key that it deleted did not open any more'* ]]
	run -0 trustctl history list
	[[ ${lines[1]} == *'not reversible' ]]
}
