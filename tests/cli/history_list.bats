#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl history list, show: what happened.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "changes are listed newest first with who and what" {
	trustctl import "$PKI/root.pem" --reason 'for the test'
	trustctl trust enable --fingerprint "$(sha256 root)"
	run trustctl history list --json
	[ "$status" -eq 0 ]
	[ "$(jq -r '[.changes[].command] | join(",")' <<<"$output")" = 'trust enable,import' ]
	[ "$(jq -r '.changes[1].reason' <<<"$output")" = 'for the test' ]
	[[ $(jq -r '.changes[1].source' <<<"$output") == *root.pem ]]
	[ "$(jq -r '.changes[1].user' <<<"$output")" = "$(id -un)" ]
}

@test "times say that they are in UTC, wherever one is" {
	export TRUSTCTL_NOW=2026-05-01T23:30:00Z TZ=Asia/Tokyo
	trustctl import "$PKI/root.pem"
	run trustctl history list
	[[ ${lines[1]} == *' 2026-05-01 23:30 UTC '* ]]
}

@test "a change of one item's trust says from what to what" {
	trustctl import "$PKI/root.pem"
	trustctl trust enable --usage tls-server,email --fingerprint "$(sha256 root)"
	run -0 trustctl history list --json
	[ "$(jq -r '.changes[0].summary' <<<"$output")" = 'Test Root: undecided -> tls-server, email' ]
	# On a terminal of the usual width the whole is there, over two lines.
	run script -qec 'stty cols 80; trustctl history list' /dev/null </dev/null
	[[ $output == *'Test Root: undecided -> '*'email'* && $output != *…* ]]
	while IFS= read -r line; do
		[ "${#line}" -le 81 ] # a carriage return ends it
	done <<<"$output"
}

@test "what one command changed in several stores is marked where these are listed" {
	made_profile work >/dev/null
	made_profile mail thunderbird >/dev/null
	trustctl import "$PKI/root2.pem"
	trustctl import "$PKI/root.pem" --store user,firefox,thunderbird
	run -0 trustctl history list --store user,firefox,thunderbird --sort store
	[[ ${lines[0]} == *ALSO* ]]
	[[ ${lines[1]} == *firefox*'added: Test Root'*'user 2, thunderbird 1'* ]]
	[[ ${lines[4]} == *user*'added: Test Root'*'firefox 1, thunderbird 1'* ||
		${lines[3]} == *user*'added: Test Root'*'firefox 1, thunderbird 1'* ]]
	run -0 trustctl history list --store user,firefox --json
	[ "$(json '.changes | map(select(.store == "user") | .also_changed) | tostring')" = '[["firefox 1"],[]]' ]
	# Of one store there is nothing to mark.
	run -0 trustctl history list
	[[ ${lines[0]} != *ALSO* ]]
}

@test "a store without history has an empty list" {
	run --separate-stderr trustctl history list
	[[ -z $output && $stderr == 'no change is recorded: '* ]]
	run trustctl history list --json
	[ "$status" -eq 0 ]
	[ "$(jq '.changes | length' <<<"$output")" -eq 0 ]
}

@test "what another program did appears as an outside change" {
	trustctl import "$PKI/root.pem"
	certutil -M -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C'
	run --separate-stderr trustctl history list
	[ "$status" -eq 0 ]
	[[ $stderr == *"another program changed"* ]]
	trustctl import "$PKI/root2.pem"
	run trustctl history list --json
	[ "$(jq -r '[.changes[] | select(.command == "outside") | .state] | join(",")' <<<"$output")" = 'not reversible' ]
}

@test "a key that an undo leaves without its certificate is no other program's doing" {
	trustctl import "$PKI/alice.pem"
	trustctl import "$PKI/alice.key"
	trustctl history undo 1
	run --separate-stderr trustctl history list
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	trustctl import "$PKI/root.pem"
	run trustctl history list --json
	[ "$(jq -r '[.changes[].command] | join(",")' <<<"$output")" = 'import,history undo,import,import' ]
}

@test "a key that waited for its certificate and is alone again is no other program's doing" {
	trustctl import "$PKI/alice.key" --keep-orphan-key
	trustctl import "$PKI/alice.pem"
	trustctl history undo --last
	run --separate-stderr trustctl history list
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
}

@test "on a narrow terminal the summary stays" {
	trustctl import --quiet "$PKI/root.pem"
	run script -qec 'stty cols 40; trustctl history list' /dev/null </dev/null
	[[ $output == *NUMBER*SUMMARY* && $output == *'added: '* ]]
}
