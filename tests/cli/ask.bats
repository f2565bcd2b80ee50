#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Passwords and answers that a person types on a terminal.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	made_profile work >/dev/null
	made_profile mail thunderbird >/dev/null
}

# dialogue COMMAND-LINE EXPECT-AND-SEND-LINES: the exit status is the program's
dialogue() {
	cat >"$BATS_TEST_TMPDIR/dialogue" <<-END
		set timeout 20
		spawn -noecho $1
		$2
		expect eof
		lassign [wait] pid spawned failed status
		exit \$status
	END
	run expect "$BATS_TEST_TMPDIR/dialogue"
}

@test "one command brings an identity into browser and mail; a wrong password is asked again" {
	# Typed the moment the prompt is there: nothing of it is shown or lost.
	dialogue "trustctl import --store browsers $PKI/alice.p12" '
		expect "Password of the file" { send "wrong\r" }
		expect "that is not the password"
		expect "Password of the file" { send "secret\r" }'
	[ "$status" -eq 0 ]
	[[ $output != *wrong* ]]
	[[ $output != *secret* ]]
	[[ $output == *"Firefox, profile work will offer 'Alice Test'"* ]]
	[[ $output == *"Thunderbird, profile mail has 'Alice Test' with its key; cannot sign mail with it: "* ]]
	# Asked once for both stores.
	[ "$(grep -c 'Password of' <<<"$output")" -eq 2 ]
}

@test "who stops the program at a prompt and goes on is asked anew, and nothing typed is shown" {
	printf "PS1='ready> '\n" >"$BATS_TEST_TMPDIR/rc"
	cat >"$BATS_TEST_TMPDIR/dialogue" <<-END
		set timeout 20
		spawn -noecho bash --noprofile --rcfile $BATS_TEST_TMPDIR/rc -i
		expect "ready> " { send "trustctl import --store firefox $PKI/alice.p12\r" }
		expect "Password of the file" { send "\032" }
		expect "Stopped"
		expect "ready> " { send "fg\r" }
		expect "Password of the file" { send "secret\r" }
		expect "will offer 'Alice Test'"
		expect "ready> " { send "exit\r" }
		expect eof
	END
	run expect "$BATS_TEST_TMPDIR/dialogue"
	[[ $output == *"will offer 'Alice Test'"* ]]
	[[ $output != *secret* ]]
}

@test "a terminal of the locale C is asked in ASCII" {
	local store=$HOME/Zür
	mkdir "$store"
	certutil -N -d "sql:$store" -f "$PKI/secret"
	dialogue "env LC_ALL=C trustctl import --store $store $PKI/alice.pem $PKI/alice.key" '
		expect "Password of the store" { send "secret\r" }'
	[ "$status" -eq 0 ]
	[[ $output == *"Password of the store '$HOME/Z\u00fcr': "* ]]
	[[ $output != *ü* ]]
	# What is to be pasted is the directory all the same.
	[[ $output =~ 'undo it with: '(trustctl history undo [0-9]+ --store [^$'\r\n']*) ]]
	eval "${BASH_REMATCH[1]} --store-password-file $PKI/secret"
}

@test "three wrong passwords are enough" {
	dialogue "trustctl import --store firefox $PKI/alice.p12" '
		foreach i {1 2 3} { expect "Password of the file" { send "wrong\r" } }'
	[ "$status" -eq 3 ]
	[[ $output == *"wrong password"* ]]
}

@test "the trust step takes the first 8 digits of the fingerprint and no others" {
	trustctl import --store firefox "$PKI/root.pem"
	dialogue 'trustctl trust enable --store firefox {Test Root}' '
		expect "first 8 digits" { send "12345678\r" }'
	[ "$status" -eq 5 ]
	dialogue 'trustctl trust enable --store firefox {Test Root} --yes' "
		expect {first 8 digits} { send {$(sha256 root | cut -c 1-8)}; send \\r }"
	[ "$status" -eq 0 ]
	[ "$(letters 'Test Root' "$HOME/.mozilla/firefox/work")" = 'CT,C,C' ]
}

@test "what is the same for several stores is told once, and one answer is for all of them" {
	dialogue "trustctl import --store browsers $PKI/root.pem" ''
	[ "$status" -eq 0 ]
	[ "$(grep -c 'to be added' <<<"$output")" -eq 1 ]
	[[ $output == *"store 'firefox': changed"*"store 'thunderbird': changed"* ]]
	[ "$(grep -c 'to trust it ' <<<"$output")" -eq 1 ]
	[[ $output == *"trustctl trust enable $(sha256 root | cut -c 1-16) --usage tls-server --store browsers"* ]]
	# A slip is for all of them, too.
	dialogue 'trustctl trust enable --store browsers {Test Root}' '
		expect "first 8 digits" { send "12345678\r" }'
	[ "$status" -eq 5 ]
	[ "$(grep -c 'then type its first' <<<"$output")" -eq 1 ]
	dialogue 'trustctl trust enable --store browsers {Test Root}' "
		expect {first 8 digits} { send {$(sha256 root | cut -c 1-8)}; send \\r }"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'then type its first' <<<"$output")" -eq 1 ]
	[ "$(grep -c '  fingerprint  ' <<<"$output")" -eq 1 ]
	[[ $output == *"  stores       the same trust in 'thunderbird' is answered with it"* ]]
	[[ $output == *"in store 'thunderbird' (read by Thunderbird, profile mail): as above"* ]]
	[ "$(letters 'Test Root' "$HOME/.mozilla/firefox/work")" = 'CT,C,C' ]
	[ "$(letters 'Test Root' "$HOME/.thunderbird/mail")" = 'CT,C,C' ]
}

@test "another change of trust in the next store is a step of its own" {
	trustctl import --quiet --store firefox,thunderbird "$PKI/root.pem"
	trustctl trust distrust --store thunderbird 'Test Root'
	dialogue 'trustctl trust enable --store browsers {Test Root}' "
		expect {first 8 digits} { send {$(sha256 root | cut -c 1-8)}; send \\r }
		expect {first 8 digits} { send {12345678}; send \\r }"
	[ "$status" -eq 6 ]
	[ "$(letters 'Test Root' "$HOME/.mozilla/firefox/work")" = 'CT,C,C' ]
	[ "$(letters 'Test Root' "$HOME/.thunderbird/mail")" = 'p,p,p' ]
}

@test "the password of a store is asked once per command" {
	store=$HOME/store
	mkdir "$store"
	certutil -N -d "sql:$store" -f "$PKI/secret"
	trustctl import --store "$store" --store-password-file "$PKI/secret" "$PKI/root.pem"
	dialogue "trustctl trust enable --store $store {Test Root}" "
		expect {Password of the store} { send secret\\r }
		expect {first 8 digits} { send {$(sha256 root | cut -c 1-8)}; send \\r }"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'Password of' <<<"$output")" -eq 1 ]
}

@test "where standard input brings the certificate, the terminal itself is asked" {
	trustctl import -q --store firefox "$PKI/root.pem"
	dialogue "sh -c {cat $PKI/root.pem | trustctl trust enable - --usage email --store firefox}" "
		expect {first 8 digits} { send {$(sha256 root | cut -c 1-8)}; send \\r }"
	[ "$status" -eq 0 ]
	[ "$(letters 'Test Root' "$HOME/.mozilla/firefox/work")" = ',C,' ]
	dialogue "sh -c {cat $PKI/root.pem | trustctl delete - --store firefox}" 'expect "y/N" { send "y\r" }'
	[ "$status" -eq 0 ]
	[ "$(rows 00000001 "$HOME/.mozilla/firefox/work")" -eq 0 ]
}

@test "a signal that is ignored does not end the program at a prompt" {
	cat >"$BATS_TEST_TMPDIR/asks" <<-END
		sh -c 'echo \$\$ >$BATS_TEST_TMPDIR/pid; trap "" USR1; exec trustctl import --store firefox $PKI/alice.p12'
		echo "ended by \$?"
	END
	dialogue "sh $BATS_TEST_TMPDIR/asks" "
		expect {Password of the file} { exec kill -USR1 [exec cat $BATS_TEST_TMPDIR/pid]; send {secret}; send \\r }"
	[[ $output == *'ended by 0'* ]]
}

@test "whatever signal ends the program at a prompt, the terminal shows again what is typed" {
	local signal
	for signal in TERM USR1 USR2 ALRM XCPU; do
		cat >"$BATS_TEST_TMPDIR/asks" <<-END
			sh -c 'echo \$\$ >$BATS_TEST_TMPDIR/pid; exec trustctl import --store firefox $PKI/alice.p12'
			echo "ended by \$?"
			stty -a
		END
		dialogue "sh $BATS_TEST_TMPDIR/asks" "
			expect {Password of the file} { exec kill -$signal [exec cat $BATS_TEST_TMPDIR/pid] }"
		[[ $output == *"ended by $((128 + $(kill -l $signal)))"* ]]
		[[ $output == *' echo '* ]]
	done
}
