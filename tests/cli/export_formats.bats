#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl export: every format, read by the program it is for.

load helper
load pki

setup_file() {
	make_pki
	issue_hostile
	issue limited '/CN=Limited Root' - 900 'basicConstraints=critical,CA:TRUE' \
		'keyUsage=critical,keyCertSign' 'nameConstraints=critical,permitted;DNS:example.com'
	# Bytes of Latin-1 where ASCII is due, and a part of a name with many attributes.
	issue latin '/CN=Gemeinde/serialNumber=MXNchen/emailAddress=bXro@example.com' - 900 'basicConstraints=critical,CA:TRUE'
	LC_ALL=C sed -i 's/\([Mb]\)X/\1\xdc/g' "$PKI/latin.der"
	openssl x509 -inform der -in "$PKI/latin.der" -out "$PKI/latin.pem"
	issue many "/O=Many$(printf '+OU=%02d' {1..20})" - 900 'basicConstraints=critical,CA:TRUE'
	issue odd '/C=DE/O=  Bücher   &  SÖHNE /OU=A+CN=Odd Root' - 900 'basicConstraints=critical,CA:TRUE'
}

setup() {
	setup_home
	make_user_store
	OUT=$BATS_TEST_TMPDIR
}

alice() {
	trustctl import -q "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret" >/dev/null
}

# quiet ARGUMENTS: an export without its report
quiet() {
	trustctl export -q "$@" >/dev/null
}

# not_carried KIND ARGUMENTS: the kinds of loss that the JSON of an export names are exactly this
not_carried() {
	local want=$1
	shift
	output=$(trustctl export "$@" --json 2>/dev/null)
	[ "$(json '[.not_carried[].kind] | join(",")' || true)" = "$want" ]
}

@test "PKCS #7 holds the whole chain for openssl and certtool, as DER and as PEM" {
	alice
	quiet Alice -o "$OUT/a.p7b" --chain
	quiet Alice -o "$OUT/a.pem" --format p7b-pem --chain
	[ "$(openssl pkcs7 -inform der -in "$OUT/a.p7b" -print_certs | grep -c '^subject')" -eq 3 ]
	certtool --p7-info --inder --infile "$OUT/a.p7b" | grep -qx 'Number of certificates: 3'
	openssl pkcs7 -in "$OUT/a.pem" -outform der | cmp - "$OUT/a.p7b"
	# openssl writes the same bytes when it is given the certificates in DER's order
	openssl pkcs7 -inform der -in "$OUT/a.p7b" -print_certs |
		openssl crl2pkcs7 -nocrl -certfile /dev/stdin -outform der | cmp - "$OUT/a.p7b"
}

@test "a private key alone is encrypted, and readable only when that is asked for" {
	alice
	run trustctl export Alice -o "$OUT/a.key" --password-file /dev/null
	[ "$status" -eq 3 ]
	quiet Alice -o "$OUT/a.key" --password-file "$PKI/secret"
	quiet Alice -o "$OUT/plain.key" --insecure-plain-key
	[ "$(stat -c %a "$OUT/a.key" "$OUT/plain.key" | sort -u)" = 600 ]
	head -n 1 "$OUT/a.key" | grep -q 'BEGIN ENCRYPTED PRIVATE KEY'
	openssl pkey -in "$PKI/alice.key" -pubout >"$OUT/pub"
	openssl pkey -in "$OUT/a.key" -passin pass:secret -pubout | cmp - "$OUT/pub"
	openssl pkey -in "$OUT/plain.key" -pubout | cmp - "$OUT/pub"
	run ! openssl pkey -in "$OUT/a.key" -passin pass:wrong -noout
	certtool --key-info --infile "$OUT/a.key" --password secret >/dev/null
	quiet Alice -o "$OUT/both.pem" --with-key --insecure-plain-key
	openssl pkey -in "$OUT/both.pem" -pubout | cmp - "$OUT/pub"
	run trustctl export Alice -o "$OUT/a.p12" --insecure-plain-key
	[ "$status" -eq 2 ]
	run script -qec "trustctl export Alice --format pkcs8 -o - --insecure-plain-key" /dev/null
	[ "$status" -eq 5 ]
}

@test "each preset is what the table says, and all readers here open it" {
	alice
	openssl pkey -in "$PKI/alice.key" -pubout >"$OUT/pub"
	local name cipher mac rounds
	while read -r name cipher mac rounds; do
		quiet Alice -o "$OUT/$name.p12" --chain --preset "$name" --password-file "$PKI/secret"
		openssl pkcs12 -legacy -in "$OUT/$name.p12" -passin pass:secret -info -noout 2>"$OUT/info"
		grep -qix "MAC: $mac, Iteration $rounds" "$OUT/info"
		[ "$(grep -c "$cipher.*Iteration $rounds" "$OUT/info")" -eq 2 ]
		openssl pkcs12 -legacy -in "$OUT/$name.p12" -passin pass:secret -nodes -nocerts |
			openssl pkey -pubout | cmp - "$OUT/pub"
		pk12util -l "$OUT/$name.p12" -W secret | grep -q 'Friendly Name: Alice'
		certtool --p12-info --inder --infile "$OUT/$name.p12" --password secret >"$OUT/seen"
		[ "$(grep -c 'BEGIN CERT' "$OUT/seen")" -eq 3 ]
		keytool -list -v -keystore "$OUT/$name.p12" -storepass secret | grep -q 'chain length: 3'
	done < <(sed -n 's/^X("\([a-z-]*\)", \([A-Z0-9_]*\), \([A-Z0-9]*\), \([0-9]*\),.*/\1 \2 \3 \4/p' \
		"$BATS_TEST_DIRNAME/../../data/pkcs12_presets.def" |
		sed 's/AES256/AES-256-CBC/; s/TRIPLE_DES/pbeWithSHA1And3-KeyTripleDES-CBC/')
	[ -s "$OUT/android.p12" ]
	run ! openssl pkcs12 -legacy -in "$OUT/macos.p12" -passin pass:wrong -noout
}

@test "a password that Java cannot take is refused where the file is for Java, and told in a modern one" {
	alice
	trusted root2
	printf 'pässwört\n' >"$OUT/umlaut"
	printf 'p ss#w~rt\n' >"$OUT/plain"
	local arguments
	for arguments in 'Alice --preset java -o' '--trusted --format java-p12 -o'; do
		# shellcheck disable=SC2086
		run --separate-stderr trustctl export $arguments "$OUT/a.p12" --password-file "$OUT/umlaut"
		[ "$status" -eq 3 ]
		[[ $stderr == *'Java could not open'*'hint: choose one of letters without accents'* ]]
		[ ! -e "$OUT/a.p12" ]
		# shellcheck disable=SC2086
		quiet $arguments "$OUT/a.p12" --password-file "$OUT/plain"
		keytool -list -keystore "$OUT/a.p12" -storepass:file "$OUT/plain" | grep -q 'Entry'
		rm "$OUT/a.p12"
	done
	run --separate-stderr trustctl export Alice -o "$OUT/m.p12" --password-file "$OUT/umlaut"
	[ "$status" -eq 0 ]
	[[ $stderr == *"Java cannot open '$OUT/m.p12'"* ]]
	openssl pkcs12 -in "$OUT/m.p12" -passin "file:$OUT/umlaut" -noout
	run env LC_ALL=C.UTF-8 keytool -list -keystore "$OUT/m.p12" -storepass:file "$OUT/umlaut"
	[ "$status" -ne 0 ]
	trustctl export Alice -o "$OUT/f.p12" --preset firefox --password-file "$OUT/umlaut" 2>&1 | tee "$OUT/said"
	run ! grep -q Java "$OUT/said"
}

@test "identities with one name stay two, also for readers to which case does not matter" {
	local name
	for name in old new upper; do
		issue $name "/CN=$name" inter 900 'basicConstraints=CA:FALSE'
	done
	pack() {
		openssl pkcs12 -export -inkey "$PKI/$1.key" -in "$PKI/$1.pem" -name "$2" -passout pass:secret \
			-out "$OUT/$1.p12"
	}
	pack old 'Zoë'
	pack new 'ZOË'
	pack upper 'Zoë #2'
	trustctl import -q "$OUT/old.p12" "$OUT/new.p12" "$OUT/upper.p12" --password-file "$PKI/secret" >/dev/null
	for name in java modern macos; do
		quiet 'old' 'new' 'upper' -o "$OUT/$name-all.p12" --preset $name --password-file "$PKI/secret"
		[ "$(keytool -list -keystore "$OUT/$name-all.p12" -storepass secret | grep -c PrivateKeyEntry)" -eq 3 ]
		STORE2=$(made_store "$OUT/$name")
		pk12util -i "$OUT/$name-all.p12" -d "sql:$STORE2" -K '' -W secret
		[ "$(private_keys "$STORE2")" -eq 3 ]
	done
}

@test "the manual's tables are those of the program" {
	cd "$BATS_TEST_DIRNAME/../.."
	local name
	trustctl help export | sed -n '/--format FORMAT/,/--preset TARGET/p' >"$OUT/help"
	sed -n 's/^	    \.name = "\(.*\)",$/\1/p' export/formats.c >"$OUT/names"
	[ "$(wc -l <"$OUT/names")" -eq "$(grep -c '\.name = ' export/formats.c)" ]
	while read -r name; do
		grep -qE "^(\|  |\*--for\* )(.*[ ,])?$name([ ,]|\$)" doc/man/trustctl-export.1.scd ||
			{ echo "format $name"; return 1; }
		grep -qE "(^|[ ,=])$name([ ,]|\$)" "$OUT/help" || { echo "help: $name"; return 1; }
	done <"$OUT/names"
	sed -n 's/^X("\([a-z-]*\)".* \([0-9]*\),$/\1 \2/p' data/pkcs12_presets.def | while read -r name rounds; do
		grep -A 4 "^|  $name$" doc/man/trustctl-export.1.scd | grep -qx ":  $rounds"
	done
	grep -o '"[^"]*")' data/pkcs12_presets.def | tr -d '")' | while read -r name; do
		sed 's/\\//g' doc/man/trustctl-export.1.scd | tr -d '"' | grep -qF "$name"
	done
	# and fit a terminal of 80 columns
	scdoc <doc/man/trustctl-export.1.scd | mandoc -T utf8 -O width=78 | sed 's/.\x08//g' >"$OUT/page"
	[ "$(LC_ALL=C.UTF-8 wc -L <"$OUT/page")" -le 80 ]
}

@test "openssl trusts a trusted certificate for its usages alone" {
	trusted root tls-server
	quiet --trusted --format openssl-trusted -o "$OUT/t.pem"
	openssl verify -CAfile "$OUT/t.pem" -untrusted "$PKI/inter.pem" -purpose sslserver "$PKI/server.pem"
	run ! openssl verify -CAfile "$OUT/t.pem" -untrusted "$PKI/inter.pem" -purpose smimesign "$PKI/alice.pem"
	openssl x509 -in "$OUT/t.pem" -noout -text | grep -A 1 'Trusted Uses' | grep -q 'Server Authentication$'
	not_carried '' --trusted --format openssl-trusted -o "$OUT/t2.pem"
}

@test "a hashed directory has openssl's own names" {
	trusted root
	trusted odd
	trusted hostile
	trusted latin
	trusted many
	quiet --trusted --format openssl-dir -o "$OUT/dir"
	local name
	for name in root odd hostile latin many; do
		[ -f "$OUT/dir/$(openssl x509 -in "$PKI/$name.pem" -noout -hash).0" ]
	done
	openssl verify -no-CAfile -no-CAstore -CApath "$OUT/dir" -untrusted "$PKI/inter.pem" "$PKI/server.pem"
	quiet --trusted --format openssl-dir -o "$OUT/system" --store builtin
	[ "$(find "$OUT/system" -type f | wc -l)" -ge 100 ]
	for name in "$OUT"/system/*; do
		[[ ${name##*/} == "$(openssl x509 -in "$name" -noout -hash)".[0-9] ]]
	done
}

@test "the layout of ca-certificates is one .crt for each, and the command is named" {
	trusted root
	run --separate-stderr trustctl export --trusted --format ca-certificates -o "$OUT/local"
	[ "$status" -eq 0 ]
	[[ $stderr == *update-ca-certificates* ]]
	[ "$(find "$OUT/local" -name '*.crt' | wc -l)" -eq 1 ]
	openssl x509 -in "$OUT/local"/Test_Root-*.crt -outform der | cmp - "$PKI/root.der"
}

@test "Java lists a trust store's certificates as trusted, as PKCS #12 and as JKS" {
	trusted root
	trusted hostile
	local format
	for format in java-p12 jks; do
		quiet --trusted --format $format -o "$OUT/ts.$format"
		[ "$(keytool -list -keystore "$OUT/ts.$format" -storepass changeit | grep -c trustedCertEntry)" -eq 2 ]
		keytool -exportcert -keystore "$OUT/ts.$format" -storepass changeit \
			-alias "test_root-$(sha256 root | cut -c 1-8)" | cmp - "$PKI/root.der"
		run ! keytool -list -keystore "$OUT/ts.$format" -storepass wrongone
		quiet --trusted --format $format -o "$OUT/own.$format" --password-file "$PKI/secret"
		keytool -list -keystore "$OUT/own.$format" -storepass secret >/dev/null
	done
	keytool -list -keystore "$OUT/ts.jks" -storepass changeit | grep -q 'type: JKS'
}

@test "the script of certutil commands runs nothing else, whatever a name says" {
	trusted root tls-server
	trusted hostile
	quiet --trusted --format certutil -o "$OUT/add.sh"
	STORE2=$(made_store "$OUT/other")
	(cd "$OUT" && sh "$OUT/add.sh" "$STORE2")
	[ ! -e "$OUT/pwned" ]
	[ "$(letters 'Test Root' "$STORE2")" = "$(letters 'Test Root')" ]
	certutil -L -d "sql:$STORE2" -n "'; touch pwned; \$(touch pwned) \"<&_" -a |
		openssl x509 -outform der | cmp - "$PKI/hostile.der"
	run sh "$OUT/add.sh" "$OUT/nowhere"
	[ "$status" -eq 1 ]
}

@test "the script of certutil commands numbers names that are equal" {
	local other name
	issue same '/CN=Test Root/O=Other' - 900 'basicConstraints=critical,CA:TRUE'
	issue second '/CN=Test Root #2/O=Other' - 900 'basicConstraints=critical,CA:TRUE'
	issue third '/CN=Test Root/O=Third' - 900 'basicConstraints=critical,CA:TRUE'
	trusted root
	trusted second
	made_profile work >/dev/null
	trustctl import -q "$PKI/same.pem" --store firefox >/dev/null
	trustctl trust enable -q "$(sha256 same)" --store firefox --fingerprint "$(sha256 same)" >/dev/null
	other=$(made_store "$OUT/third")
	trustctl import -q "$PKI/third.pem" --store "$other" >/dev/null
	trustctl trust enable -q "$(sha256 third)" --store "$other" --fingerprint "$(sha256 third)" >/dev/null
	quiet --trusted --store "user,firefox,$other" --format certutil -o "$OUT/add.sh"
	STORE2=$(made_store "$OUT/other")
	sh "$OUT/add.sh" "$STORE2"
	[ "$(rows 00000001 "$STORE2")" -eq 4 ]
	for name in 'Test Root' 'Test Root #2' 'Test Root #3' 'Test Root #4'; do
		[ "$(letters "$name" "$STORE2")" = CT,C,C ]
	done
	certutil -L -d "sql:$STORE2" -n 'Test Root #2' -a | openssl x509 -outform der | cmp - "$PKI/second.der"
}

@test "policies of Firefox and Chromium are JSON with the certificates" {
	trusted root
	trusted hostile
	quiet --trusted --format firefox-policy -o "$OUT/firefox"
	quiet --trusted --format chromium-policy -o "$OUT/chromium.json"
	[ "$(jq -r '.policies.Certificates.Install | length' "$OUT/firefox/policies.json")" -eq 2 ]
	jq -r '.policies.Certificates.Install[]' "$OUT/firefox/policies.json" | while read -r name; do
		openssl x509 -in "$OUT/firefox/certificates/$name" -noout
	done
	jq -r '.CACertificates[]' "$OUT/chromium.json" | while read -r text; do
		base64 -d <<<"$text" | openssl x509 -inform der -noout -fingerprint -sha256
	done >"$OUT/prints"
	[ "$(wc -l <"$OUT/prints")" -eq 2 ]
}

@test "a profile groups all certificates, with payload types by kind and the same identifiers in any order" {
	trusted root
	trusted hostile
	trustctl import -q "$PKI/inter.pem"
	quiet "$(sha256 root)" "$(sha256 hostile)" "$(sha256 inter)" -o "$OUT/a.mobileconfig" --title 'Ex & <Co>'
	quiet "$(sha256 inter)" "$(sha256 hostile)" "$(sha256 root)" -o "$OUT/b.mobileconfig" --title 'Ex & <Co>'
	cmp <(sort "$OUT/a.mobileconfig") <(sort "$OUT/b.mobileconfig")
	xmllint --noout --nonet "$OUT/a.mobileconfig"
	plistutil -i "$OUT/a.mobileconfig" -o "$OUT/a.bin"
	[ "$(head -c 8 "$OUT/a.bin")" = bplist00 ]
	value() { xmllint --nonet --xpath "$1" "$OUT/a.mobileconfig"; }
	[ "$(value 'count(/plist/dict/array/dict)')" = 3 ]
	[ "$(value 'string(/plist/dict/key[.="PayloadDisplayName"]/following-sibling::string[1])')" = 'Ex & <Co>' ]
	[ "$(value 'count(//string[.="com.apple.security.root"])')" = 2 ]
	[ "$(value 'count(//string[.="com.apple.security.pem"])')" = 1 ]
	[ "$(value '//key[.="PayloadUUID"]/following-sibling::string[1]/text()' | sort -u | wc -l)" -eq 4 ]
	value 'string((//data)[1])' | base64 -d | cmp - "$PKI/root.der"
}

@test "a directory is not called as one of its files would be" {
	trusted root
	local name
	for name in policies.json x.CRT client.ovpn; do
		run --separate-stderr trustctl export --trusted --format firefox-policy -o "$OUT/$name"
		[ "$status" -eq 2 ]
		[[ $stderr == *'this format is several files'*'name a directory'* ]]
		[ ! -e "$OUT/$name" ]
	done
	mkdir "$OUT/my.json"
	quiet --trusted --format firefox-policy -o "$OUT/my.json"
	[ -f "$OUT/my.json/policies.json" ]
	quiet --trusted --format firefox-policy -o "$OUT/example.com"
	[ -f "$OUT/example.com/policies.json" ]
}

@test "a title that a profile cannot hold is refused" {
	trusted root
	local title
	for title in $'a\001b' $'a\377b' $'two\nlines'; do
		run --separate-stderr trustctl export 'Test Root' -o "$OUT/a.mobileconfig" --title "$title"
		[ "$status" -eq 2 ]
		[[ $stderr == *--title* ]]
		[ ! -e "$OUT/a.mobileconfig" ]
	done
	quiet 'Test Root' -o "$OUT/a.mobileconfig" --title 'Zoë’s roots'
	xmllint --noout --nonet "$OUT/a.mobileconfig"
}

@test "Ansible reads the JSON, with all that is known about trust" {
	trusted root tls-server,email
	trusted hostile
	quiet --trusted --format ansible -o "$OUT/vars.json"
	run jq -er '.trust_certificates[] | select(.name == "Test Root") | .trust | .["tls-server"], .["tls-client"], .email' \
		"$OUT/vars.json"
	[ "$output" = $'trusted\nnot-an-anchor\ntrusted' ]
	HOME=$OUT ansible localhost -m debug -a 'var=trust_certificates|length' -e "@$OUT/vars.json" 2>&1 |
		grep -q '"trust_certificates|length": "2"'
	jq -er '.trust_certificates[0].pem' "$OUT/vars.json" | openssl x509 -noout
}

@test "only what is trusted goes into a trust list, never what is distrusted" {
	trusted root
	trustctl import -q "$PKI/root2.pem"
	run --separate-stderr trustctl export 'Second Root' --format ca-certificates -o "$OUT/dir"
	[ "$status" -eq 5 ]
	[[ $stderr == *'undecided here'*'trustctl trust enable'* ]]
	trustctl trust distrust -q "$(sha256 root2)" --yes
	run --separate-stderr trustctl export 'Second Root' --format jks -o "$OUT/ts.jks"
	[ "$status" -eq 5 ]
	[[ $stderr != *'trust enable'* ]]
	[ ! -e "$OUT/dir" ]
	[ ! -e "$OUT/ts.jks" ]
	for format in openssl-trusted p11-kit certutil chromium-policy ansible mobileconfig; do
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format"
		[ "$status" -eq 0 ]
		[[ $stderr == *"does not say that 'Second Root' is distrusted"* ]]
		run ! grep -q "$(openssl x509 -in "$PKI/root2.pem" | sed -n 3p)" "$OUT/$format"
	done
	run trustctl export --trusted --format ansible -o "$OUT/new" --no-loss
	[ "$status" -eq 5 ]
	[ ! -e "$OUT/new" ]
}

@test "a usage chooses the anchors" {
	trusted root tls-server
	trusted root2 email
	quiet --trusted -o "$OUT/tls.pem"
	openssl x509 -in "$OUT/tls.pem" -outform der | cmp - "$PKI/root.der"
	quiet --trusted --usage email --format ca-certificates -o "$OUT/email"
	openssl x509 -in "$OUT/email"/*.crt -outform der | cmp - "$PKI/root2.der"
	run trustctl export --trusted --usage email,tls-server --format jks -o "$OUT/both.jks"
	[ "$status" -eq 3 ]
	[[ $output == *'no certificate is trusted here for all of tls-server, email'* ]]
	run trustctl export --trusted --usage code-signing --format jks -o "$OUT/both.jks"
	[ "$status" -eq 3 ]
	[[ $output == *'no certificate is trusted here for code-signing'* ]]
	run -3 trustctl export --trusted --store "$(made_store "$HOME/empty")" -o "$HOME/none.pem"
	[[ $output == *"hint: what is trusted for what: trustctl list --store $HOME/empty; --usage chooses"* ]]
}

@test "of several usages a list without usages takes anchors for all of them, and tells whom it leaves out" {
	trusted root tls-server
	trusted root2
	local format
	for format in pem ca-certificates jks; do
		output=$(trustctl export --trusted --usage tls-server,email --format "$format" -o "$OUT/all.$format" --json)
		[ "$(json .certificates)" = 1 ]
		[[ $(json '.not_carried[] | select(.kind == "left-out") | .words') == \
			*"so 'Test Root', not trusted for all those asked, is left out" ]]
		run -5 trustctl export --trusted --usage tls-server,email --format "$format" -o "$OUT/none.$format" --no-loss
		[ ! -e "$OUT/none.$format" ]
	done
	openssl x509 -in "$OUT/all.pem" -outform der | cmp - "$PKI/root2.der"
	for format in openssl-trusted p11-kit ansible; do
		not_carried '' --trusted --usage tls-server,email --format "$format" -o "$OUT/any.$format"
		[ "$(json .certificates)" = 2 ]
	done
}

@test "what a format cannot carry is listed by kind, and refused with --no-loss" {
	trusted root tls-server
	not_carried usages 'Test Root' --format jks -o "$OUT/a.jks"
	not_carried trust 'Test Root' -o "$OUT/a.pem"
	not_carried '' 'Test Root' --format certutil -o "$OUT/a.sh"
	not_carried '' 'Test Root' --format chromium-policy -o "$OUT/a.json"
	not_carried usages 'Test Root' --format firefox-policy -o "$OUT/a"
	run trustctl export 'Test Root' --format jks -o "$OUT/b.jks" --no-loss
	[ "$status" -eq 5 ]
	[ ! -e "$OUT/b.jks" ]
	trusted limited
	not_carried name-limits 'Limited Root' --format java-p12 -o "$OUT/l.p12"
	not_carried '' 'Limited Root' --format openssl-trusted -o "$OUT/l.pem"
	not_carried usages,distrust-after,distrust --trusted --store builtin --format ca-certificates -o "$OUT/system"
	not_carried distrust --trusted --store builtin --format ansible -o "$OUT/system.json"
}

@test "of several stores a distrust in one of them wins" {
	trusted root
	trusted root2
	local profile
	profile=$(made_profile work)
	trustctl import -q "$PKI/root.pem" --store "$profile"
	trustctl trust distrust -q "$(sha256 root)" --yes --store "$profile"
	quiet --trusted --store "user,$profile" --format ca-certificates -o "$OUT/both"
	[ "$(find "$OUT/both" -type f | wc -l)" -eq 1 ]
	openssl x509 -in "$OUT/both"/*.crt -outform der | cmp - "$PKI/root2.der"
}

@test "a directory appears whole, and files in an old one are replaced only with --force" {
	trusted root
	quiet --trusted --format ca-certificates -o "$OUT/dir/"
	run --separate-stderr trustctl export --trusted --format ca-certificates -o "$OUT/dir"
	[ "$status" -eq 5 ]
	[[ $stderr == *--force* ]]
	echo mine >"$OUT/dir/other"
	quiet --trusted --format ca-certificates -o "$OUT/dir" --force
	[ "$(cat "$OUT/dir/other")" = mine ]
	for place in /dev/null "$OUT/dir/other"; do
		run --separate-stderr trustctl export --trusted --format ca-certificates -o "$place" --force
		[ "$status" -eq 3 ]
	done
	[ -c /dev/null ]
	run trustctl export --trusted --format ca-certificates -o -
	[ "$status" -eq 2 ]
	run trustctl export --trusted --format ca-certificates -o "$OUT/missing/dir"
	[ "$status" -eq 3 ]
	[ -z "$(find "$OUT" -name '.trustctl-*')" ]
}

@test "an anchor that was distrusted since does not stay in an exported directory" {
	trusted root
	trusted root2
	local format
	for format in openssl-dir ca-certificates; do
		quiet --trusted --format $format -o "$OUT/$format"
	done
	trustctl trust distrust -q "$(sha256 root2)" --yes
	for format in openssl-dir ca-certificates; do
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format"
		[ "$status" -eq 5 ]
		[[ $stderr == *'of an earlier export'*'--force removes'* ]]
		[ "$(find "$OUT/$format" -type f | wc -l)" -eq 2 ]
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format" --force
		[ "$status" -eq 0 ]
		[[ $output == *'removed 1 certificate of an earlier export;'* ]]
		[[ $stderr != *'what was there before'* ]]
		[ "$(find "$OUT/$format" -type f | wc -l)" -eq 1 ]
	done
	openssl verify -no-CAfile -no-CAstore -CApath "$OUT/openssl-dir" "$PKI/root.pem"
	run ! openssl verify -no-CAfile -no-CAstore -CApath "$OUT/openssl-dir" "$PKI/root2.pem"
}

@test "what an export did not write stays in its directory, and is named" {
	trusted root
	trusted root2
	local hash name
	hash=$(openssl x509 -in "$PKI/root2.pem" -noout -hash)
	mkdir "$OUT/openssl-dir" "$OUT/ca-certificates"
	ln -s "$PKI/root2.pem" "$OUT/openssl-dir/$hash.0"
	cp "$PKI/root2.pem" "$OUT/openssl-dir/00000000.0"          # another name's hash
	(echo mine && cat "$PKI/root2.pem") >"$OUT/openssl-dir/$hash.1"
	cp "$PKI/root2.pem" "$OUT/openssl-dir/$hash.r0"            # no anchor by its name
	cp "$PKI/root2.pem" "$OUT/ca-certificates/company.crt"
	openssl x509 -in "$PKI/root2.pem" -text >"$OUT/ca-certificates/x-$(sha256 root2 | cut -c 1-8).crt"
	cp "$PKI/root2.pem" "$OUT/ca-certificates/x-$(sha256 root | cut -c 1-8).crt"
	cp "$PKI/root2.pem" "$OUT/ca-certificates/"$'\e\xff.crt'
	mkfifo "$OUT/ca-certificates/pipe.crt"
	trustctl trust distrust -q "$(sha256 root2)" --yes
	for format in openssl-dir ca-certificates; do
		find "$OUT/$format" -mindepth 1 | sort >"$OUT/before"
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format" --force --json
		[ "$status" -eq 0 ]
		[ "$(json '.removed | length')" -eq 0 ]
		[ "$(comm -23 "$OUT/before" <(find "$OUT/$format" -mindepth 1 | sort))" = '' ]
		echo "$output" >"$OUT/$format.json"
	done
	[ "$(jq -r '.left | join(" ")' "$OUT/openssl-dir.json")" = "00000000.0 $hash.0 $hash.1" ]
	[ "$(jq '.left | length' "$OUT/ca-certificates.json")" -eq 5 ]
	[[ $stderr == *"also trusts what was there before: "*"'company.crt'"* ]]
	[[ $stderr == *"'\x1b\xff.crt'"* ]]
}

@test "items are added to a directory, and what was there is named" {
	trusted root
	trusted root2
	quiet 'Test Root' --format openssl-dir -o "$OUT/dir"
	run --separate-stderr trustctl export 'Second Root' --format openssl-dir -o "$OUT/dir" --force
	[ "$status" -eq 0 ]
	[[ $stderr == *"what was there before: '$(openssl x509 -in "$PKI/root.pem" -noout -hash).0'; remove"* ]]
	[ "$(find "$OUT/dir" -type f | wc -l)" -eq 2 ]
}

@test "a root with the name of another is added to a hashed directory, and drops none" {
	issue twin '/CN=Test Root/O=Test' - 900 'basicConstraints=critical,CA:TRUE' 'subjectKeyIdentifier=hash' \
		'authorityKeyIdentifier=keyid:always'
	trusted root
	trusted root2
	trusted twin
	local name i
	for name in root root2 twin; do
		trustctl export -q "$(sha256 $name)" --format openssl-dir -o "$OUT/dir" --no-loss
	done
	for i in 1 2; do
		[ "$(find "$OUT/dir" -type f | wc -l)" -eq 3 ]
		for name in root root2 twin; do
			openssl verify -no-CAfile -no-CAstore -CApath "$OUT/dir" "$PKI/$name.pem"
		done
		run trustctl export "$(sha256 twin)" --format openssl-dir -o "$OUT/dir"
		[ "$status" -eq 5 ]
		trustctl export -q "$(sha256 twin)" "$(sha256 root)" --format openssl-dir -o "$OUT/dir" --force
	done
	quiet --trusted --format openssl-dir -o "$OUT/dir" --force
	[ "$(find "$OUT/dir" -type f | wc -l)" -eq 3 ]
}

@test "options that do not go together are refused before anything is read" {
	for arguments in '' 'Alice --trusted' '--trusted --with-key' 'Alice --for openvpn --format pem' \
		'Alice --preset java --format pem' 'Alice --network x' 'Alice --title x --format p11-kit' \
		'Alice --usage email --format pem' 'Alice --insecure-plain-key'; do
		# shellcheck disable=SC2086
		run trustctl export $arguments -o "$OUT/out"
		[ "$status" -eq 2 ]
	done
	[ ! -e "$OUT/out" ]
}

@test "the key of an issuer that comes along by --chain stays in the store" {
	openssl pkcs12 -export -inkey "$PKI/inter.key" -in "$PKI/inter.pem" -name Issuer \
		-passout pass:secret -out "$OUT/inter.p12"
	trustctl import -q "$PKI/alice.p12" "$OUT/inter.p12" "$PKI/root.pem" --password-file "$PKI/secret"
	quiet Alice Alice -o "$OUT/a.p12" --chain --password-file "$PKI/secret"
	openssl pkcs12 -in "$OUT/a.p12" -passin pass:secret -nodes >"$OUT/all"
	[ "$(grep -c 'BEGIN CERT' "$OUT/all")" -eq 3 ]
	[ "$(grep -c 'BEGIN PRIVATE' "$OUT/all")" -eq 1 ]
}
