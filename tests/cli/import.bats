#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl import: what it writes, what it says, what it never does.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "a root is imported without trust and the command to trust it is named" {
	run --separate-stderr trustctl import "$PKI/root.pem"
	[ "$status" -eq 0 ]
	[[ $output == *"root 'Test Root'"* ]]
	[[ $stderr == *"to trust it (without --usage: for everything): \
trustctl trust enable $(sha256 root | cut -c 1-16) --usage tls-server"* ]]
	[ "$(letters 'Test Root')" = ',,' ]
	certutil -L -d "sql:$STORE" -n 'Test Root' -r | cmp - "$PKI/root.der"
}

@test "an identity is imported with its key, its chain, and a password from a file" {
	made_chromium
	run --separate-stderr trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[[ $output == *"identity 'Alice Test'"* ]]
	[[ $stderr == *"Chromium, Chrome and other programs of this user will offer 'Alice Test'"* ]]
	[ "$(private_keys)" -eq 1 ]
	[ "$(letters Alice)" = 'u,u,u' ]
	pk12util -o "$BATS_TEST_TMPDIR/out.p12" -n Alice -d "sql:$STORE" -K '' -W other
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:other -nodes -nocerts |
		openssl pkey -pubout | cmp - <(openssl pkey -in "$PKI/alice.key" -pubout)
}

@test "the content of a file is shown before it is written" {
	run --separate-stderr trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --dry-run
	[ "$status" -eq 0 ]
	[[ $output == *"PKCS #12"* ]]
	[[ $output == *"protection:"* ]]
	[[ $output == *"private key of 'Alice Test'"* ]]
	[[ $output == *"intermediate 'Test Intermediate'"* ]]
}

@test "a dry run changes nothing" {
	before=$(snapshot)
	run trustctl import "$PKI/root.pem" --dry-run
	[ "$status" -eq 0 ]
	[ "$before" = "$(snapshot)" ]
}

@test "importing again says that it is already there and changes nothing" {
	trustctl import "$PKI/root.pem"
	before=$(snapshot)
	run trustctl import "$PKI/root.pem"
	[ "$status" -eq 0 ]
	[[ $output == *"already"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "importing again does not change trust" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	trustctl import "$PKI/root.pem"
	[ "$(letters 'Test Root')" = 'CT,C,C' ]
}

@test "several files are one change" {
	trustctl import "$PKI/root.pem" "$PKI/inter.der" "$PKI/server.pem"
	[ "$(rows 00000001)" -eq 3 ]
	run trustctl history list --json
	[ "$(jq '.changes | length' <<<"$output")" -eq 1 ]
}

@test "a certificate and its key in two files make an identity" {
	run trustctl import "$PKI/alice.pem" "$PKI/alice.key" --name 'Alice at work'
	[ "$status" -eq 0 ]
	[ "$(letters 'Alice at work')" = 'u,u,u' ]
}

@test "--name names one certificate and its own key, no other" {
	issue bob '/CN=Bob Test' inter 2000 'basicConstraints=CA:FALSE'
	trustctl import "$PKI/alice.pem"
	trustctl import "$PKI/bob.pem" "$PKI/bob.key" "$PKI/alice.key" --name Bobby
	[ "$(letters Bobby)" = 'u,u,u' ]
	run certutil -K -d "sql:$STORE"
	[ "$(grep -c Bobby <<<"$output")" -eq 1 ]
	[ "$(grep -c Alice <<<"$output")" -eq 1 ]
}

@test "a --name that names nothing is told" {
	trustctl import "$PKI/alice.pem"
	run --separate-stderr trustctl import "$PKI/alice.pem" --name Other
	[ "$status" -eq 0 ]
	[[ $stderr == *"--name names nothing: no certificate is added to the store 'user'"* ]]
	run --separate-stderr trustctl import "$PKI/alice.key" --name Other
	[ "$status" -eq 0 ]
	[[ $stderr == *'--name names nothing'* ]]
	run --separate-stderr trustctl import "$PKI/root.pem" --name 'A root'
	[[ $stderr != *'--name'* ]]
	[ "$(letters 'A root')" = ',,' ]
}

@test "a --name that cannot be a nickname is a usage error" {
	local name long before
	before=$(snapshot)
	printf -v long '%1025s' ''
	for name in '' "${long// /x}" $'caf\xe9' $'a\x1bb' $'a\nb' $'a\x7f' $'a\xc2\x9bb' $'\xed\xa0\xbd'; do
		run --separate-stderr trustctl import "$PKI/root.pem" --name "$name"
		[ "$status" -eq 2 ]
		[[ $stderr == *'--name '* ]]
		[ "$(snapshot)" = "$before" ]
	done
	run trustctl import "$PKI/root.pem" --name "${long:2}é"
	[ "$status" -eq 2 ]
	name=${long// /x}
	trustctl import "$PKI/root.pem" --name "${name:1}"
	[ "$(letters "${name:1}")" = ',,' ]
	trustctl import "$PKI/root2.pem" --name 'Büro 😀'
	[ "$(letters 'Büro 😀')" = ',,' ]
}

@test "a key whose certificate is in the store is imported with a warning" {
	trustctl import "$PKI/alice.pem"
	run --separate-stderr trustctl import "$PKI/alice.key"
	[ "$status" -eq 0 ]
	[[ $stderr == *warning*"without its certificate"* ]]
	[ "$(private_keys)" -eq 1 ]
}

@test "what was refused among much that was imported is said at the end" {
	printf -- '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n' |
		cat - "$PKI/root.pem" "$PKI/inter.pem" >"$BATS_TEST_TMPDIR/bundle.pem"
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/bundle.pem"
	[ "$status" -eq 6 ]
	[[ $stderr == *"warning: 1 of 3 blocks refused"* ]]
}

@test "a key without certificate is refused with the reason" {
	before=$(snapshot)
	run --separate-stderr trustctl import "$PKI/alice.key"
	[ "$status" -eq 3 ]
	[[ $stderr == *"no certificate for this key"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a key without certificate is imported when it is asked for" {
	run trustctl import "$PKI/alice.key" --keep-orphan-key
	[ "$status" -eq 0 ]
	[ "$(private_keys)" -eq 1 ]
}

@test "a key that waits in the store is there, and its certificate joins it by a change of ours alone" {
	trustctl import --quiet "$PKI/alice.key" --keep-orphan-key
	run -0 trustctl import "$PKI/alice.key" --keep-orphan-key
	[[ $output == *"already there"* && $output != *"changed"* ]]
	run -0 trustctl import "$PKI/alice.pem" "$PKI/alice.key"
	[[ $output == *"private key of 'Alice Test', EC P-256: already there"* ]]
	[ "$(trustctl list --with-key --json | jq -r '.items[].kind')" = identity ]
	run -0 trustctl import "$PKI/root.pem"
	[[ $output != *"another program"* ]]
	[ "$(trustctl history list --json | jq '[.changes[].user] | map(select(. == "unknown")) | length')" -eq 0 ]
}

@test "good blocks are imported beside a bad one and the exit status says so" {
	{ cat "$PKI/root.pem"; printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
	  cat "$PKI/inter.pem"; } >"$BATS_TEST_TMPDIR/mixed.pem"
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/mixed.pem"
	[ "$status" -eq 6 ]
	[[ $output == *"refused:"* ]]
	[ "$(rows 00000001)" -eq 2 ]
}

@test "with --strict a bad block stops everything" {
	{ cat "$PKI/root.pem"; printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
	} >"$BATS_TEST_TMPDIR/mixed.pem"
	before=$(snapshot)
	run trustctl import "$BATS_TEST_TMPDIR/mixed.pem" --strict
	[ "$status" -eq 3 ]
	[ "$before" = "$(snapshot)" ]
}

@test "a certificate with another's issuer and serial number is refused" {
	serial=$(openssl x509 -in "$PKI/root.pem" -noout -serial | cut -d = -f 2)
	openssl x509 -req -in "$PKI/root.csr" -signkey "$PKI/root.key" -days 99 -set_serial "0x$serial" \
		-out "$BATS_TEST_TMPDIR/clash.pem" 2>/dev/null
	trustctl import "$PKI/root.pem"
	before=$(snapshot)
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/clash.pem"
	[ "$status" -eq 3 ]
	[[ $stderr == *"same issuer and serial number"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a leftover trust record is neutralised and said" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	sqlite3 "$STORE/cert9.db" "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	[ "$(rows ce534353)" -eq 1 ]
	run trustctl import "$PKI/root.pem"
	[ "$status" -eq 0 ]
	[[ $output == *"leftover"* || $output == *"orphan"* ]]
	[ "$(letters 'Test Root')" = ',,' ]
}

@test "a leftover record that distrusts goes on distrusting, and is said" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'p,p,p' -i "$PKI/root.pem"
	certutil -A -d "sql:$STORE" -n 'Second Root' -t ',,p' -i "$PKI/root2.pem"
	sqlite3 "$STORE/cert9.db" "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	run -0 trustctl import "$PKI/root.pem" "$PKI/root2.pem"
	[[ $output == *"warning: 'Test Root' stays distrusted (distrusted)"* ]]
	[[ $output == *"warning: 'Second Root' stays distrusted ("*code-signing* ]]
	[ "$(letters 'Test Root')" = p,p,p ]
	[ "$(letters 'Second Root')" = ,,p ]
	[ "$(rows ce534353)" -eq 2 ]
	run -0 trustctl store check
	trustctl history undo --last --fingerprint "$(sha256 root)" --fingerprint "$(sha256 root2)"
	[ -z "$(letters 'Test Root')" ]
	run -0 trustctl import "$PKI/root.pem"
	[ "$(letters 'Test Root')" = p,p,p ]
}

@test "an identity is demanded of a file without key" {
	before=$(snapshot)
	run --separate-stderr trustctl import --identity "$PKI/alice.pem"
	[ "$status" -eq 3 ]
	[[ $stderr == *"this file has no private key: ask the issuer for the .p12"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "the user's store is created when there is none" {
	rm -r "$HOME/.local"
	run --separate-stderr trustctl import "$PKI/root.pem"
	[ "$status" -eq 0 ]
	[[ $stderr == *"created the store"* ]]
	[ ! -e "$HOME/.pki" ]
	[ "$(letters 'Test Root')" = ',,' ]
	[ "$(stat -c %a "$STORE")" = 700 ]
}

@test "the user's store is created also when it is one of several, and a dry run only says so" {
	rm -r "$HOME/.local"
	made_profile work >/dev/null
	run --separate-stderr trustctl import "$PKI/root.pem" --store user,firefox --dry-run
	[ "$status" -eq 0 ]
	[[ $stderr == *"would create the store '$STORE'"* ]]
	[[ $output == *"store 'user': would be created, and change"* ]]
	[ "$(grep -c "$(sha256 root | cut -c 1-16)" <<<"$output")" -eq 1 ]
	local stores
	for stores in user user,firefox; do
		run --separate-stderr trustctl import "$PKI/root.pem" --store $stores --dry-run --json
		[ "$status" -eq 0 ]
		[ "$(json '[.stores[] | .result] | unique[]')" = would-change ]
		[ "$(json '[.stores[].store] | sort | join(",")')" = "$(tr , '\n' <<<$stores | sort | paste -sd ,)" ]
		[ "$(json '.stores[] | select(.store == "user") | .actions[] | .action, .id' | paste -sd ' ')" = \
			"add a certificate $(sha256 root)" ]
		[ "$(json '.stores[] | select(.store == "user") | .needs_fingerprints | length')" -eq 0 ]
	done
	[ ! -e "$HOME/.local" ]
	run trustctl import "$PKI/root.pem" --store user,firefox
	[ "$status" -eq 0 ]
	[ "$(letters 'Test Root')" = ',,' ]
	[ "$(letters 'Test Root' "$HOME/.mozilla/firefox/work")" = ',,' ]
}

@test "with no store at all, --store browsers makes the user's" {
	rm -r "$HOME/.local"
	run trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --store browsers
	[ "$status" -eq 0 ]
	[ "$(private_keys)" -eq 1 ]
}

# The worker that makes the store does its work, the one that should fill it does not.
@test "a store that was made for a change that fails is removed again, and nothing else" {
	cat >"$BATS_TEST_TMPDIR/worker" <<-END
		#!/bin/sh
		echo started >>"$BATS_TEST_TMPDIR/starts"
		[ "\$(wc -l <"$BATS_TEST_TMPDIR/starts")" -lt 2 ] || exit 1
		exec "${TRUSTCTL%/*}/trustctl-nss" "\$@"
	END
	chmod 755 "$BATS_TEST_TMPDIR/worker"
	rm -r "$HOME/.local"
	TRUSTCTL_NSS_WORKER=$BATS_TEST_TMPDIR/worker run --separate-stderr trustctl import "$PKI/root.pem"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/starts")" -ge 2 ]
	[ "$status" -ne 0 ]
	[[ $stderr == *"removed the store '$STORE' again: nothing was put in"* ]]
	[ -z "$(ls -A "$HOME")" ]

	mkdir -p "$STORE/trustctl.db"
	run ! trustctl import "$PKI/root.pem"
	[ "$(ls -A "$STORE")" = trustctl.db ]
	made_profile work >/dev/null
	run trustctl import "$PKI/root.pem" --store user,firefox
	[ "$status" -eq 6 ]
	[ "$(ls -A "$STORE")" = trustctl.db ]
	[ "$(letters 'Test Root' "$HOME/.mozilla/firefox/work")" = ',,' ]

	rmdir "$STORE/trustctl.db"
	made_store "$STORE" >/dev/null
	mkdir "$STORE/trustctl.db"
	run ! trustctl import "$PKI/root.pem"
	[ -s "$STORE/cert9.db" ]
	[ -s "$STORE/key4.db" ]
}

@test "no store is created for a file that brings nothing" {
	rm -r "$HOME/.local"
	run trustctl import "$PKI/alice.key"
	[ "$status" -eq 3 ]
	[ ! -e "$STORE" ]
	run -3 trustctl import "$PKI/alice.key" --dry-run
	[[ $output != *'would create'* ]]
}

@test "a directory named with --store must be a store" {
	run trustctl import "$PKI/root.pem" --store "$BATS_TEST_TMPDIR/nothing"
	[ "$status" -eq 4 ]
	[ ! -e "$BATS_TEST_TMPDIR/nothing" ]
}

@test "each file and block is in the JSON document" {
	run --separate-stderr trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --json
	[ "$status" -eq 0 ]
	[ "$(jq -r '.schema' <<<"$output")" = 1 ]
	[ "$(jq -r '.files[0].stores[0].blocks | length' <<<"$output")" -eq 3 ]
	[ "$(jq -r '[.files[0].stores[0].blocks[].outcome] | unique[]' <<<"$output")" = added ]
}

@test "for the browsers the user's store is made where Chromium is installed" {
	rm -r "$STORE"
	profile=$(made_profile work)
	run -0 trustctl import "$PKI/root.pem" --store browsers
	[[ $output != *'created the store'* ]]
	[ ! -e "$STORE/cert9.db" ]
	made_chromium
	echo junk >"$BATS_TEST_TMPDIR/junk"
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/junk" --store browsers
	[ "$status" -eq 3 ]
	[[ $stderr == *'hint: '* ]]
	run -0 trustctl import "$PKI/root2.pem" --store browsers
	[[ $output == *"created the store '$STORE'"* ]]
	[ "$(letters 'Second Root')" = ,, ]
	[ "$(letters 'Second Root' "$profile")" = ,, ]
}

@test "a renewed certificate is told to be one, and which of the two will be offered" {
	local new
	made_chromium
	trustctl import --quiet "$PKI/alice.p12" --password-file "$PKI/secret"
	issue_renewed
	new=$(sha256 renewed | cut -c 1-16)
	run -0 --separate-stderr trustctl import "$PKI/renewed.der" "$PKI/alice.key"
	[[ $stderr == *"will offer 'Alice Test' ($new)"* ]]
	[[ $stderr == *"'Alice Test' ($new) renews $(sha256 alice | cut -c 1-16) (expires in "*'), which stays for old mail'* ]]
	# The old one renews nothing.
	run -0 --separate-stderr trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	[[ $stderr == *"will offer 'Alice Test'"* && $stderr != *renews* ]]
}
