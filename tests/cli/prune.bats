#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl prune: expired certificates nothing depends on.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

# Old Intermediate lives 30 days; the test looks from 60 days later.
later() {
	TRUSTCTL_NOW=$(date -u -d '+60 days' +%Y-%m-%dT%H:%M:%SZ)
	export TRUSTCTL_NOW
}

@test "an expired intermediate goes, valid ones and other kinds stay" {
	trustctl import "$PKI/root.pem" "$PKI/inter.pem" "$PKI/old.pem" "$PKI/server.pem"
	later
	run trustctl prune --yes
	[ "$status" -eq 0 ]
	[[ $output == *"remove"*"Old Intermediate"* ]]
	[ -z "$(letters 'Old Intermediate')" ]
	[ "$(rows 00000001)" -eq 3 ]
}

@test "a long name is cut between letters" {
	issue long "/CN=A$(printf 'é%.0s' {1..40})" old 900 'basicConstraints=CA:FALSE'
	trustctl import --quiet "$PKI/root.pem" "$PKI/old.pem" "$PKI/long.pem"
	later
	run trustctl prune --dry-run
	[[ $output == *Aééé* ]]
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
}

@test "a dry run shows and changes nothing" {
	trustctl import "$PKI/root.pem" "$PKI/old.pem"
	later
	before=$(snapshot)
	run trustctl prune --dry-run
	[ "$status" -eq 0 ]
	[[ $output == *"Old Intermediate"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "without an answer nothing is removed" {
	trustctl import "$PKI/old.pem"
	later
	before=$(snapshot)
	run trustctl prune </dev/null
	[ "$status" -eq 5 ]
	[ "$before" = "$(snapshot)" ]
}

@test "what is named with --keep stays" {
	trustctl import "$PKI/root.pem" "$PKI/old.pem"
	later
	run trustctl prune --yes --keep 'Old Intermediate'
	[ "$status" -eq 0 ]
	[ "$(rows 00000001)" -eq 2 ]
	for dry in '' --dry-run; do
		run --separate-stderr trustctl prune --yes --keep 'Old Intermediate' --json $dry
		[ "$(json '.kept | tostring')" = "$(jq -nc --arg id "$(sha256 old)" \
			'[{store: "user", item_kind: "intermediate", name: "Old Intermediate", id: $id, reason: "as asked"}]')" ]
	done
	run --separate-stderr trustctl prune --yes --json
	[ "$(json '.kept | length')" = 0 ]
}

@test "an identity stays although it expired" {
	openssl pkcs12 -export -inkey "$PKI/old.key" -in "$PKI/old.pem" -name old -passout pass:secret \
		-out "$BATS_TEST_TMPDIR/old.p12"
	trustctl import "$BATS_TEST_TMPDIR/old.p12" --password-file "$PKI/secret"
	later
	run trustctl prune --yes
	[ "$status" -eq 0 ]
	[ "$(private_keys)" -eq 1 ]
	[ "$(rows 00000001)" -eq 1 ]
}

@test "identities are no kind that can be pruned" {
	run trustctl prune --kind identity
	[ "$status" -eq 2 ]
}

@test "a distrusted certificate keeps its decision" {
	trustctl import "$PKI/old.pem"
	trustctl trust distrust 'Old Intermediate'
	later
	run trustctl prune --yes
	[ "$status" -eq 0 ]
	[[ $output == *keep*distrusted* ]]
	[ "$(rows 00000001)" -eq 1 ]
}

@test "prune is undone as one change" {
	trustctl import "$PKI/root.pem" "$PKI/old.pem"
	later
	trustctl prune --yes
	trustctl history undo --last
	[ "$(letters 'Old Intermediate')" = ',,' ]
}

@test "what has expired and is of a kind not asked about is counted by its kind" {
	issue mail '/CN=mail' root 30 'basicConstraints=CA:FALSE' 'extendedKeyUsage=clientAuth'
	issue one '/CN=one.example' root 30 'basicConstraints=CA:FALSE' 'subjectAltName=DNS:one.example'
	issue two '/CN=two.example' root 30 'basicConstraints=CA:FALSE' 'subjectAltName=DNS:two.example'
	trustctl import --quiet "$PKI/root.pem" "$PKI/mail.pem"
	later
	run -0 --separate-stderr trustctl prune
	[[ $stderr == *"nothing to remove"*"of kinds not asked about, the store 'user' has 1 expired person: --kind person" ]]
	run -0 --separate-stderr trustctl prune --kind person --dry-run
	[[ $output == *"remove  person 'mail'"* && $stderr != *'not asked about'* ]]
	trustctl import --quiet "$PKI/one.pem" "$PKI/two.pem" "$PKI/old.pem"
	run -0 --separate-stderr trustctl prune --yes
	[[ $output == *"remove  intermediate"* ]]
	[[ $stderr == *"has 2 expired servers, 1 expired person: --kind server,person"* ]]
}

@test "of several stores each names what goes from it" {
	made_profile work >/dev/null
	trustctl import --quiet "$PKI/root.pem" "$PKI/old.pem" --store user,firefox
	later
	run -0 --separate-stderr trustctl prune --dry-run --store user,firefox
	[[ $output == *"store 'user':"*"remove  intermediate 'Old"*"store 'firefox':"*"remove  intermediate 'Old"* ]]
	run -0 --separate-stderr trustctl prune --dry-run
	[[ $output == 'remove  intermediate'* ]]
}
