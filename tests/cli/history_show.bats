#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl history show: one change in full.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "an entry has each effect with before and after" {
	trustctl import "$PKI/root.pem"
	trustctl trust enable --fingerprint "$(sha256 root)"
	run trustctl history show 2 --json
	[ "$status" -eq 0 ]
	[ "$(jq -r '.command' <<<"$output")" = 'trust enable' ]
	[ "$(jq -r '.effects[0].id' <<<"$output")" = "$(sha256 root)" ]
	[ "$(jq -r '.effects[0].trust_before' <<<"$output")" = 'undecided' ]
	[ "$(jq -r '.effects[0].trust_after' <<<"$output")" = 'full trust' ]
	run trustctl history show 2
	[[ $output == *"trust"*": root 'Test Root' ($(sha256 root | cut -c 1-16)): undecided -> full trust"* ]]
}

@test "the other stores that the same command changed are named, and what of that is undone" {
	made_profile work >/dev/null
	made_profile mail thunderbird >/dev/null
	trustctl import "$PKI/root2.pem"
	run -0 trustctl history show 1
	[[ $output != *'also changed'* ]]
	trustctl import "$PKI/root.pem" --store user,firefox,thunderbird
	run -0 trustctl history show 2
	[[ $output == *'also changed: '*' firefox 1, thunderbird 1'* ]]
	trustctl history undo 1 --only-here --store thunderbird
	run -0 trustctl history show 2
	[[ $output == *'also changed: '*' firefox 1, thunderbird 1 (undone by 2)'* ]]
	run -0 trustctl history show 2 --json
	[ "$(json '.also_changed | tostring')" = \
		'[{"store":"firefox","number":1},{"store":"thunderbird","number":1,"undone_by":2}]' ]
	run -0 trustctl history show 1 --store firefox
	[[ $output == *'also changed: '*' user 2, thunderbird 1 (undone by 2)'* ]]
	run -0 --separate-stderr trustctl history undo 2
	[[ $stderr == *"store 'firefox'"* && $stderr != *"store 'thunderbird'"* ]]
}

@test "that another store cannot be read is said where the command may have changed it" {
	local profile
	profile=$(made_profile work)
	trustctl import "$PKI/root.pem" --store user,firefox
	echo garbage >"$profile/trustctl.db"
	run -0 --separate-stderr trustctl history show 1
	[[ $stderr == *"store 'firefox' is left out; whether the same command changed it is not known: "* ]]
}

@test "a number that is not there is an error of input" {
	run trustctl history show 7
	[ "$status" -eq 3 ]
	made_profile work >/dev/null
	run --separate-stderr trustctl history show 7 --store firefox
	[[ $stderr == *'trustctl history list --store firefox'* ]]
}

@test "a word is no number" {
	run trustctl history show last
	[ "$status" -eq 2 ]
}

@test "what another program did has no author, and 'outside' for a command" {
	trustctl import --quiet "$PKI/root.pem"
	certutil -M -d "sql:$STORE" -n 'Test Root' -t CT,C,C
	trustctl import --quiet "$PKI/root2.pem"
	run -0 trustctl history show 2 --json
	[ "$(json '[.user, .command, .outside] | tostring')" = '[null,"outside",true]' ]
	run -0 trustctl history list --json
	[ "$(json '.changes[1] | [.number, .user, .command] | tostring')" = '[2,null,"outside"]' ]
	run -0 trustctl history show 2
	[[ $output == *'made by another program'* && $output != *'by:'* && $output != *'command:'* ]]
}

@test "a certificate that comes back with its trust says so: result, dry run, list, show and item" {
	trustctl import --quiet "$PKI/root.pem" "$PKI/root2.pem"
	trustctl trust enable --quiet --fingerprint "$(sha256 root)"
	trustctl delete --quiet --yes "$(sha256 root)"
	line="added: root 'Test Root' ($(sha256 root | cut -c 1-16)): undecided -> full trust"
	run --separate-stderr trustctl history undo --last --dry-run
	[[ $output == *"$line"* ]]
	run --separate-stderr trustctl history undo --last --fingerprint "$(sha256 root)"
	[ "$status" -eq 0 ]
	[[ $output == *"$line"* ]]
	run trustctl history show 4
	[[ $output == *"$line"* ]]
	run trustctl history show 4 --json
	[ "$(json '.effects[0] | [.effect, .trust_before, .trust_after] | join(", ")')" = 'added, undecided, full trust' ]
	run trustctl history list --json
	[ "$(json '.changes[0].summary')" = 'added: Test Root (full trust)' ]
	run trustctl show "$(sha256 root)"
	[[ $output == *'added with full trust by '* ]]
	# Of several, how many came so.
	trustctl delete --quiet --yes "$(sha256 root)" "$(sha256 root2)"
	trustctl history undo --quiet --last --fingerprint "$(sha256 root)"
	run trustctl history list --json
	[ "$(json '.changes[0].summary')" = '2 certificates added (1 with trust)' ]
}
