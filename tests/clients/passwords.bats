#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The password of a store is changed by trustctl or by certutil of either NSS generation: keys, trust
# and history stay of use, or it is said why not.

load clients
load generations

setup_file() { make_pki; }
setup() { need_newer; }

root='Clients Test Root'

filled() {
	ours import "$(pki root.pem)" "$(pki inter.pem)" "$(pki leaf.pem)"
	ours import --password-file "$(pki p12.pw)" --name alice "$(pki alice.p12)"
	ours trust enable --fingerprint "$(fingerprint root)"
}

# they_change GENERATION FILE: certutil -W, to the password in FILE
they_change() {
	echo "# $1 certutil -W"
	"$1" certutil -W -d "sql:$STORE" "${THEIRS[@]}" -@ "$2"
	password_is "$2"
}

we_change() {
	echo "# trustctl store password"
	trustctl store password --store "$PLACE" "${OURS[@]}" --password-file "$1" </dev/null 3>&-
	password_is "$1"
}

usable() {
	reads CT,C,C "$root"
	verdict valid localhost V
	identity_usable alice newer
	! may_log_in older || older certutil -K -d "sql:$STORE" "${THEIRS[@]}" | grep -q alice
	we_say '.stores[0] | [.letters, .legacy.seal]' '[CT,C,C,intact]' trust show "$root"
	ours export alice -o "$BATS_TEST_TMPDIR/ours.p12" --force --password-file "$(pki p12.pw)"
}

@test "a password set, changed and changed again by certutil of either generation leaves our keys and trust" {
	local changer
	for changer in older newer; do
		begin user "$(other $changer)" open
		filled
		they_change $changer "$BATS_TEST_TMPDIR/first"
		they_change "$(may_log_in older && other $changer || echo newer)" "$BATS_TEST_TMPDIR/second"
		usable
		ours trust distrust "$root"
		reads p,p,p "$root"
	done
}

@test "after certutil changed the password, undo gives trust back and refuses a dead key with its reason" {
	local changer place
	for place in user firefox; do
		for changer in older newer; do
			begin $place older locked
			filled
			ours trust distrust "$root"
			ours delete alice --yes
			they_change $changer "$BATS_TEST_TMPDIR/second"
			# The key opens only with the earlier password.
			run ours history undo --last
			[ "$status" -eq 5 ]
			[[ $output == *"password was changed by another program since"* ]]
			[ "$(sqlite3 "$STORE/key4.db" 'SELECT count(*) FROM nssPrivate')" -eq 0 ]
			# Trust is undone by value and signed anew.
			number=$(ours history list --json | jq '[.changes[] | select(.command == "trust distrust")][0].number')
			ours history undo "$number" --fingerprint "$(fingerprint root)"
			reads CT,C,C "$root"
			# Nothing dead was put there: the password can be changed once more.
			they_change newer "$BATS_TEST_TMPDIR/first"
		done
	done
}

@test "a password changed by trustctl leaves keys, trust and history to all readers" {
	some_stores changed_by_us
}

changed_by_us() {
	filled
	ours delete alice --yes
	we_change "$BATS_TEST_TMPDIR/second"
	ours history undo 4
	usable
	ours trust distrust "$root"
	reads p,p,p "$root"
	# And certutil can change it again.
	they_change newer "$BATS_TEST_TMPDIR/first"
	reads p,p,p "$root"
}

@test "a trust record of the newer spelling outlives a change of the password by trustctl" {
	local place
	for place in user firefox; do
		begin $place older locked
		newer certutil -A -d "sql:$STORE" "${THEIRS[@]}" -n "$root" -t CT,C,C -i "$(pki root.pem)"
		reads CT,C,C "$root" newer
		we_change "$BATS_TEST_TMPDIR/second"
		reads CT,C,C "$root" newer
		we_say '.stores[0] | [.letters, .modern.seal]' '[CT,C,C,intact]' trust show "$root"
	done
}

@test "trustctl does all its work in a store whose password the newer NSS set" {
	begin user newer locked
	run ! may_log_in older
	filled
	usable
	ours trust disable "$root"
	reads ,, "$root"
	ours delete alice --yes
	ours history undo --last
	identity_usable alice
	we_change "$BATS_TEST_TMPDIR/second"
	reads ,, "$root"
	identity_usable alice
	run ours store check
	[[ $output == *'0 errors, 1 warning'* ]]
	[[ $output == *'password set by NSS 3.114 or newer'* ]]
}
