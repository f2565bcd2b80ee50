#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl identity check without an operand: all identities of the stores, a line each; and what a store may
# hold that makes a path of one certificate.

load helper
load pki

setup_file() {
	make_pki
	issue past '/CN=Past' inter 5 'basicConstraints=CA:FALSE' 'extendedKeyUsage=clientAuth'
	openssl pkcs12 -export -inkey "$PKI/past.key" -in "$PKI/past.pem" -certfile "$PKI/inter.pem" \
		-passout pass:secret -out "$PKI/past.p12" 2>/dev/null
}

setup() {
	setup_home
	make_user_store
}

put() { trustctl import -q "$PKI/$1.p12" --password-file "$PKI/secret" --store "${2:-user}" >/dev/null; }

@test "each identity has its one sentence, however many stores have it" {
	made_profile work >/dev/null
	put alice user,firefox
	put past firefox
	run -0 trustctl identity check
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == "Alice Test ($(sha256 alice | cut -c 1-16)): usable until "*"in the store of Chromium, "*'Firefox, profile work'* ]]
	[[ ${lines[1]} == "Past ($(sha256 past | cut -c 1-16)): usable until "* ]]
	run -0 --separate-stderr trustctl identity check --json
	[ "$(json '[.kind, .identities[].name] | join(" ")')" = 'identities Alice Test Past' ]
	for name in 'Alice Test' Past; do
		alone=$(trustctl identity check "$name" --json | jq -S 'del(.schema, .kind, .at)')
		[ "$(jq -S --arg name "$name" '.identities[] | select(.name == $name) | del(.at)' <<<"$output")" = "$alone" ]
	done
	run -0 trustctl identity check --store user
	[ "${#lines[@]}" -eq 1 ]
}

@test "one that is not usable is exit 1, and why is told" {
	put alice
	put past
	TRUSTCTL_NOW=$(date -d '+20 days' +%F) run -1 trustctl identity check
	[[ $output == *"Alice Test ("*': usable until '*"Past ("*': NOT usable: it expired on '* ]]
}

@test "no identity is said to be none, with exit 1, also where there is no store" {
	trustctl import -q "$PKI/root.pem" >/dev/null
	run -1 trustctl identity check
	[[ $output == *'no identity: no store has a certificate with its private key'*'trustctl import FILE'* ]]
	run -1 --separate-stderr trustctl identity check --json
	[ "$(json '.identities == [] and .unread == []')" = true ]
	rm -r "$HOME/.local"
	run -1 trustctl identity check
	[[ $output == *'no identity: '* ]]
}

@test "a store that cannot be read is told, and exit 6" {
	profile=$(made_profile work)
	put alice
	echo garbage >"$profile/cert9.db"
	run -6 trustctl identity check
	[[ $output == *'Alice Test ('*': usable until '*"the store 'firefox' cannot be read: "* ]]
	run -6 --separate-stderr trustctl identity check --json
	[ "$(json '[.unread[].store] | join(" ")')" = firefox ]
	run -4 trustctl identity check --store firefox
}

# says CHECK RESULT WORDS: a check of the only identity came out so
says() {
	jq -e --arg check "$1" --arg result "$2" --arg words "$3" \
		'.identities[0].checks[] | select(.check == $check) | .result == $result and (.words | startswith($words))' \
		<<<"$output" >/dev/null || { jq '.identities[0].checks' <<<"$output"; false; }
}

@test "one that the store accepts by itself did not sign itself" {
	put alice
	certutil -M -d "sql:$STORE" -n Alice -t P,P,P
	run -0 trustctl identity check --json
	says chain note 'accepted by itself here; its issuer is not asked'
	says revocation unknown 'not checked: it is accepted by itself here, without its issuer'
	[[ $(json '.identities[0].sentence') == *'; revocation not checked: it is accepted by itself here, without its issuer' ]]
}

@test "more lists than can be checked leave it unchecked" {
	put alice
	printf '[ca]\ndefault_ca=x\n[x]\ndatabase=/dev/null\ndefault_md=sha256\n' >"$HOME/crl.cnf"
	openssl ca -gencrl -config "$HOME/crl.cnf" -cert "$PKI/inter.pem" -keyfile "$PKI/inter.key" -crldays 30 \
		-out "$HOME/list.pem" 2>/dev/null
	trustctl import -q "$HOME/list.pem" >/dev/null
	run -0 trustctl identity check --json
	says revocation ok 'not revoked (list of '
	sqlite3 "$STORE/cert9.db" "CREATE TEMP TABLE list AS SELECT * FROM nssPublic WHERE a0 = x'ce534351';
		$(for i in $(seq 300); do
			# Each with a signature of its own.
			printf "UPDATE list SET id = %d, a11 = CAST(substr(a11, 1, length(a11) - 2) || x'%04x' AS BLOB);
				INSERT INTO nssPublic SELECT * FROM list;" $((0x20000000 + i)) $((i + 256))
		done)"
	run -0 trustctl identity check --json
	says revocation unknown 'not checked: '
}
