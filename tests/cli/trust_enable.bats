#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl trust enable: the trust step.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "full trust is given with the fingerprint" {
	trustctl import "$PKI/root.pem"
	run trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)"
	[ "$status" -eq 0 ]
	[ "$(letters 'Test Root')" = 'CT,C,C' ]
}

@test "without the fingerprint trust is refused, also with --yes" {
	trustctl import "$PKI/root.pem"
	before=$(snapshot)
	run --separate-stderr trustctl trust enable 'Test Root' --yes </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *"--fingerprint"* ]]
	[[ $stderr == *"Test Root"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "another certificate's fingerprint does not confirm" {
	trustctl import "$PKI/root.pem" "$PKI/root2.pem"
	before=$(snapshot)
	run trustctl trust enable 'Test Root' --fingerprint "$(sha256 root2)" </dev/null
	[ "$status" -eq 5 ]
	[ "$before" = "$(snapshot)" ]
}

@test "a fingerprint of another is said to be wrong, and the certificate's own is not offered" {
	trustctl import --quiet "$PKI/root.pem" "$PKI/root2.pem"
	run trustctl trust enable 'Test Root' --fingerprint "$(sha256 root2)" </dev/null
	[ "$status" -eq 5 ]
	[[ $output == *"is NOT that of 'Test Root'"*'do not trust it before its owner'* ]]
	[[ $output != *"--fingerprint $(sha256 root)"* ]]
	run trustctl trust enable 'Test Root' --fingerprint "$(sha256 root2)" --dry-run
	[[ $output == *"would be refused: "*"is NOT that of 'Test Root'"* ]]
	[[ $output != *"--fingerprint $(sha256 root)"* ]]

	run trustctl trust enable 'Test Root' --fingerprint "$(sha256 root | head -c 40)" </dev/null
	[ "$status" -eq 5 ]
	[[ $output == *'is not a whole SHA-256 fingerprint'* ]]
	[[ $output != *"--fingerprint $(sha256 root)"* ]]

	# One that fits another certificate of the same change is not wrong; the other is only missing.
	run trustctl trust enable 'Test Root' 'Second Root' --fingerprint "$(sha256 root)" </dev/null
	[ "$status" -eq 5 ]
	[[ $output == *"add --fingerprint $(sha256 root2)"* ]]
}

@test "a fingerprint alone that no item has wants an import first" {
	run --separate-stderr trustctl trust enable --fingerprint "$(sha256 root)"
	[ "$status" -eq 3 ]
	[[ $stderr == *'hint: import it first: trustctl import FILE'* ]]
}

@test "several roots are trusted at once by their fingerprints alone" {
	trustctl import "$PKI/root.pem" "$PKI/root2.pem"
	run trustctl trust enable --fingerprint "$(sha256 root)" --fingerprint "$(sha256 root2)"
	[ "$status" -eq 0 ]
	[ "$(letters 'Test Root')" = 'CT,C,C' ]
	[ "$(letters 'Second Root')" = 'CT,C,C' ]
	run trustctl history list --json
	[ "$(jq '.changes | length' <<<"$output")" -eq 2 ]
}

@test "a usage named leaves the others as they are" {
	trustctl import "$PKI/root.pem"
	trustctl trust enable 'Test Root' --usage email --fingerprint "$(sha256 root)"
	[ "$(letters 'Test Root')" = ',C,' ] || [ "$(letters 'Test Root')" = 'c,C,' ]
	trustctl trust enable 'Test Root' --usage tls-server --fingerprint "$(sha256 root)"
	[ "$(letters 'Test Root')" = 'C,C,' ]
}

@test "an end-entity certificate is refused with the reason" {
	trustctl import "$PKI/server.pem"
	before=$(snapshot)
	run --separate-stderr trustctl trust enable localhost --fingerprint "$(sha256 server)"
	[ "$status" -eq 5 ]
	[[ $stderr == *"is not a CA"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "an intermediate is trusted with a warning" {
	trustctl import "$PKI/inter.pem"
	run --separate-stderr trustctl trust enable 'Test Intermediate' --fingerprint "$(sha256 inter)"
	[ "$status" -eq 0 ]
	[[ $stderr == *warning*"is an intermediate"* ]]
	[ "$(letters 'Test Intermediate')" = 'CT,C,C' ]
}

@test "a combination NSS cannot express is refused with the nearest" {
	trustctl import "$PKI/root.pem"
	trustctl trust distrust 'Test Root'
	before=$(snapshot)
	run --separate-stderr trustctl trust enable 'Test Root' --usage tls-server \
		--fingerprint "$(sha256 root)"
	[ "$status" -eq 5 ]
	[[ $stderr == *"nearest"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "trust that is there already is no change" {
	trustctl import "$PKI/root.pem"
	trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)"
	before=$(snapshot)
	run trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)"
	[ "$status" -eq 0 ]
	[[ $output == *"already so"* ]]
	[ "$before" = "$(snapshot)" ]
	run -0 trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)" --json
	[ "$(json '.stores[0] | [.result, .effects] | tostring')" = '["already-so",[]]' ]
}

@test "a store with a password wants it" {
	trustctl import "$PKI/root.pem"
	trustctl store password --password-file "$PKI/secret"
	run trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)" </dev/null
	[ "$status" -eq 4 ]
	trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)" \
		--store-password-file "$PKI/secret"
	[ "$(letters 'Test Root')" = 'CT,C,C' ]
}

@test "nothing named is a mistake of usage" {
	run trustctl trust enable
	[ "$status" -eq 2 ]
}

@test "a dry run says which fingerprints the trust step would want" {
	trustctl import --quiet "$PKI/root.pem" "$PKI/root2.pem"
	run --separate-stderr trustctl trust enable 'Test Root' 'Second Root' --dry-run
	[ "$status" -eq 0 ]
	[[ $output == *'  this is the trust step, and would need '* ]]
	[[ $output == *" --fingerprint $(sha256 root)"* && $output == *" --fingerprint $(sha256 root2)"* ]]
	run --separate-stderr trustctl trust enable 'Test Root' 'Second Root' --dry-run --fingerprint "$(sha256 root)" --json
	[ "$(json '.stores[0].needs_fingerprints | join(" ")')" = "$(sha256 root2)" ]
	run --separate-stderr trustctl trust enable 'Test Root' --dry-run --fingerprint "$(sha256 root)"
	[[ $output != *'trust step'* ]]
	run --separate-stderr trustctl trust disable 'Test Root' --dry-run --json
	[ "$(json '.stores[0].needs_fingerprints | length')" -eq 0 ]
}

# needs OPERANDS...: the fingerprints that the command would want, by dry runs with and without the store's password
needs() {
	local with
	run --separate-stderr trustctl "$@" --dry-run --json --store-password-file "$PKI/secret" </dev/null
	[[ $status -eq 0 && $(json '.stores[0] | has("effects")') == true ]] || echo "$stderr"
	with=$(json '.stores[0].needs_fingerprints | join(" ")')
	run --separate-stderr trustctl "$@" --dry-run --json </dev/null
	[[ $status -eq 0 && $(json '.stores[0] | has("actions")') == true ]] || echo "$stderr"
	[ "$(json '.stores[0].needs_fingerprints | join(" ")')" = "$with" ] || echo "not '$with': $output"
	echo "$with"
}

@test "a dry run in a store with a password that nobody gives says it, too" {
	trustctl import --quiet "$PKI/root.pem" "$PKI/root2.pem"
	trustctl trust enable --quiet --fingerprint "$(sha256 root2)"
	trustctl trust distrust --quiet 'Second Root'
	trustctl store password --quiet --password-file "$PKI/secret"
	before=$(snapshot)
	run --separate-stderr trustctl trust enable 'Test Root' --dry-run --json
	[ "$(json '.stores[0].actions | tostring')" = "[{\"action\":\"set trust\",\"id\":\"$(sha256 root)\"}]" ]
	[ "$(needs trust enable 'Test Root')" = "$(sha256 root)" ]
	[ "$(needs trust enable 'Test Root' 'Second Root' --fingerprint "$(sha256 root)")" = "$(sha256 root2)" ]
	[ "$(needs history undo 3)" = "$(sha256 root2)" ]
	[ "$(needs history undo 3 --fingerprint "$(sha256 root2)")" = '' ]
	[ "$(needs trust distrust 'Test Root')" = '' ]
	[ "$(needs trust disable 'Test Root')" = '' ]
	run --separate-stderr trustctl trust enable 'Test Root' --dry-run
	[[ $output == *"  this is the trust step, and would need --fingerprint $(sha256 root)" ]]
	run --separate-stderr trustctl trust enable 'Test Root' --dry-run --fingerprint "$(sha256 root2)"
	[[ $output == *'would be refused: the fingerprint given, '*"is NOT that of 'Test Root'"* && $output != *"need"*"$(sha256 root)"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "what several stores refuse for one cause has its remedy once" {
	made_profile work >/dev/null
	trustctl import --quiet "$PKI/root.pem" --store user,firefox
	run -5 --separate-stderr trustctl trust enable 'Test Root' --store user,firefox </dev/null
	[ "$(grep -c "failed: widening the trust" <<<"$output")" -eq 2 ]
	[ "$(grep -c -- "--fingerprint $(sha256 root)" <<<"$output$stderr")" -eq 1 ]
	[[ $stderr == *'trustctl: trust enable failed in each of the 2 stores' ]]
	run -5 --separate-stderr trustctl trust enable 'Test Root' --store user,firefox --json </dev/null
	[[ $stderr == *'hint: '*"--fingerprint $(sha256 root)" ]]
	# Remedies that differ are told each.
	trustctl delete --quiet --yes 'Test Root'
	run -3 --separate-stderr trustctl trust enable 'Test Root' --store user,firefox </dev/null
	[ "$(grep -c 'remedy: ' <<<"$output")" -eq 2 ]
}
