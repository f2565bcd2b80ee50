#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What browsers remember to send without asking, as trustctl identity check tells it.

load helper
load pki
load identity

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "remembered choices are found in made-up homes, with what they choose" {
	profile=$(made_profile work)
	import_alice
	# A slot of Firefox's: checksum, score and day, key, value.
	serial=$(openssl x509 -in "$PKI/alice.pem" -noout -serial | cut -d = -f 2)
	[[ $serial != [89A-F]* ]] || serial=00$serial # as DER has it
	slots "$profile" "$serial"
	echo 'user_pref("security.default_personal_cert", "Select Automatically");' >"$profile/prefs.js"
	mkdir -p "$HOME/.config/chromium/Default" "$TRUSTCTL_ROOT/etc/chromium/policies/managed"
	echo '{"profile":{"content_settings":{"exceptions":{"auto_select_certificate":
		{"https://portal.example.com:443,*":{"setting":{"filters":[{"SUBJECT":{"CN":"Somebody Else"}}]}}}}}}}' \
		>"$HOME/.config/chromium/Default/Preferences"
	echo '{"AutoSelectCertificateForUrls":["{\"pattern\":\"https://[*.]example.com\",\"filter\":{\"ISSUER\":{\"CN\":\"Test Intermediate\"}}}"]}' \
		>"$TRUSTCTL_ROOT/etc/chromium/policies/managed/x.json"
	check 0 'Alice Test'
	[ "$(json '[.remembered[] | [.program, .site, .choice] | join(" ")] | sort | join("|")')" = \
		'Chromium https://[*.]example.com this|Chromium https://portal.example.com:443,* another|'\
'Firefox, profile work  any|Firefox, profile work none.example.com none|Firefox, profile work portal.example.com this' ]
	[ "$(json '[.remembered[].forget] | all(length > 20)')" = true ]
	[[ $(json '.remembered[] | select(.choice == "none") | .forget') == *'Authentication Decisions'* ]]
	run -0 trustctl identity check 'Alice Test'
	[[ $output == *'Remembered choices, where no chooser appears'* ]]
	[[ $output == *'none.example.com: no certificate'* ]]
}
# slots PROFILE SERIAL: Firefox remembers this certificate for one site and none for another
slots() {
	openssl x509 -in "$PKI/alice.pem" -outform der |
		openssl asn1parse -inform der -strparse "$(issuer_offset)" -noout -out "$HOME/issuer"
	perl -MMIME::Base64 -e '
		my ($file, $serial, $issuer) = @ARGV;
		$serial = pack "H*", $serial;
		open my $in, "<:raw", $issuer; local $/; $issuer = <$in>;
		my $value = encode_base64(pack("NNNN", 0, 0, length $serial, length $issuer) . $serial . $issuer, "");
		open my $out, ">:raw", $file;
		for (["portal.example.com,,", $value], ["none.example.com,,", "no client certificate"]) {
			my $slot = pack "nna256a1024", 1, 20000, @$_;
			my $sum = 0;
			$sum ^= $_ for unpack "n*", $slot;
			print $out pack("n", $sum), $slot;
		}' "$1/ClientAuthRememberList.bin" "$2" "$HOME/issuer"
}
# Where the issuer's Name is in alice's certificate: the fourth element within the first.
issuer_offset() {
	openssl asn1parse -in "$PKI/alice.pem" | awk -F '[: ]+' '$0 ~ /d=2/ && /SEQUENCE/ { if (++n == 2) { sub(/^ +/, ""); split($0, a, ":"); print a[1]; exit } }'
}

@test "a file of a browser's that is damaged is told, and no reason to stop" {
	import_alice
	mkdir -p "$HOME/.config/chromium/Default" "$TRUSTCTL_ROOT/etc/chromium/policies/managed"
	echo '{' >"$HOME/.config/chromium/Default/Preferences"
	echo '{"AutoSelectCertificateForUrls":["nonsense"]}' >"$TRUSTCTL_ROOT/etc/chromium/policies/managed/x.json"
	check 0 'Alice Test'
	[ "$(json '[.remembered[] | [.choice, .error] | join(" ")] | join("|")')" = \
		'unread an entry of AutoSelectCertificateForUrls is damaged|unread it is no JSON' ]
}
