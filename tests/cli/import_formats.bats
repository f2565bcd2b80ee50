#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl import: files of other programs, made by those programs. What is stored is what the file
# had, or the exit status is not 0 and the store is untouched.

load helper
load pki

setup_file() {
	make_pki
	cd "$PKI"
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=30\n' >ca.cnf
	: >index
	openssl ca -gencrl -config ca.cnf -cert root.pem -keyfile root.key -out root.crl 2>/dev/null
	openssl crl -in root.crl -outform der -out root.crl.der
	sleep 1
	openssl ca -gencrl -config ca.cnf -cert root.pem -keyfile root.key -out newer.crl 2>/dev/null
	profile >acme.mobileconfig
	openssl cms -sign -nodetach -binary -outform DER -signer server.pem -inkey server.key \
		-in acme.mobileconfig -out signed.mobileconfig
}

setup() {
	setup_home
	make_user_store
}

# The certificates of a store, by certutil, as sorted digests.
stored() {
	certutil -L -d "sql:${1:-$STORE}" | sed -n '5,$p' | sed 's/ *[^ ]*,[^ ]*,[^ ]* *$//' | sort -u |
		while read -r name; do
			[[ -z $name ]] || certutil -L -d "sql:${1:-$STORE}" -n "$name" -r | sha256sum
		done | sort
}

# digests NAME...: the same of files of the test
digests() {
	local name
	for name; do sha256sum <"$PKI/$name.der"; done | sort
}

data() { echo "<data>"; base64 "$1"; echo "</data>"; }

profile() {
	cat <<-END
		<?xml version="1.0" encoding="UTF-8"?>
		<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
		<plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string>
		<key>PayloadDisplayName</key><string>Acme</string><key>PayloadContent</key><array>
		<dict><key>PayloadType</key><string>com.apple.security.root</string>
		<key>PayloadContent</key>$(data root.der)</dict>
		<dict><key>PayloadType</key><string>com.apple.security.pem</string>
		<key>PayloadContent</key>$(data inter.pem)</dict>
		<dict><key>PayloadType</key><string>com.apple.security.pkcs12</string>
		<key>Password</key><string>secret</string><key>PayloadContent</key>$(data alice.p12)</dict>
		<dict><key>PayloadType</key><string>com.apple.wifi.managed</string></dict>
		</array></dict></plist>
	END
}

needs() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

@test "a revocation list is imported beside its issuer, and crlutil lists it" {
	run --separate-stderr trustctl import "$PKI/root.pem" "$PKI/root.crl"
	[ "$status" -eq 0 ]
	[[ $output == *"revocation list of CN=Test Root"* ]]
	crlutil -L -d "sql:$STORE" | grep -q 'Test Root'
	run trustctl list --kind crl --json
	[ "$(json '.items | length')" -eq 1 ]
	[ "$(trustctl show "$(json '.items[0].id')" --json | jq .revoked)" = 0 ]
}

@test "a revocation list whose issuer is not known is refused" {
	before=$(snapshot)
	run --separate-stderr trustctl import "$PKI/root.crl.der"
	[ "$status" -eq 3 ]
	[[ $stderr == *"signature cannot be checked"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a revocation list that its issuer did not sign is refused" {
	trustctl import "$PKI/root.pem"
	before=$(snapshot)
	python3 - "$PKI/root.crl.der" "$BATS_TEST_TMPDIR/bad.der" <<-'END' || skip 'python3 is not installed'
		import sys
		data = bytearray(open(sys.argv[1], 'rb').read())
		data[-1] ^= 1
		open(sys.argv[2], 'wb').write(data)
	END
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/bad.der"
	[ "$status" -eq 3 ]
	[[ $stderr == *"not that of its issuer"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a newer revocation list replaces the earlier one, an older one is skipped" {
	trustctl import "$PKI/root.pem" "$PKI/root.crl.der"
	run --separate-stderr trustctl import "$PKI/newer.crl"
	[ "$status" -eq 0 ]
	[[ $output == *'to be added'*deleted:* ]]
	[ "$(rows ce534351)" -eq 1 ]
	run trustctl import "$PKI/root.crl.der"
	[[ $output == *"the store has a newer list"* ]]
	trustctl history undo "$(trustctl history list --json | jq '.changes[0].number')"
	run trustctl import "$PKI/root.crl.der"
	[[ $output == *"already there"* ]]
}

@test "a revocation list is deleted, and comes back by undo" {
	trustctl import "$PKI/root.pem" "$PKI/root.crl.der"
	local id
	id=$(sha256sum <"$PKI/root.crl.der" | cut -c 1-16)
	trustctl show "$id" | grep -q 'revoked certificates'
	trustctl delete "$id" --yes
	[ "$(rows ce534351)" -eq 0 ]
	trustctl history undo 2
	[ "$(rows ce534351)" -eq 1 ]
}

@test "every certificate of a JKS trust store of keytool" {
	needs keytool
	local store=$BATS_TEST_TMPDIR/t.jks name
	for name in root inter server; do
		keytool -importcert -noprompt -storepass secret1 -alias "$name" -file "$PKI/$name.pem" \
			-keystore "$store" -storetype JKS >/dev/null 2>&1
	done
	run --separate-stderr trustctl import "$store" </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *"was not checked"* ]]
	[ "$(stored)" = "$(digests root inter server)" ]
	[ "$(letters root)" = ',,' ]
}

# jks FILE PASSWORD ALIAS NAME: a Java key store of one certificate; the alias as hexadecimal digits
jks() {
	local der=$PKI/$4.der
	printf 'feedfeed%08x%08x%08x%04x%s%016x%04x%s%08x%s' 2 1 2 $((${#3} / 2)) "$3" 0 5 582e353039 \
		"$(stat -c %s "$der")" "$(xxd -p "$der" | tr -d '\n')" | xxd -r -p >"$1"
	{ printf %s "$2" | iconv -t UTF-16BE; printf 'Mighty Aphrodite'; cat "$1"; } |
		openssl sha1 -binary >"$1.digest"
	cat "$1.digest" >>"$1"
}

@test "a password that is given checks a Java key store that opens without" {
	local untouched=$BATS_TEST_TMPDIR/ok.jks changed=$BATS_TEST_TMPDIR/changed.jks verb
	jks "$untouched" secret 616263 root
	sed 's/abc/abd/' "$untouched" >"$changed"
	[ "$(cmp -l "$untouched" "$changed" | wc -l)" -eq 1 ]
	for verb in import show; do
		run trustctl $verb "$changed" --password-file "$PKI/secret"
		[ "$status" -eq 3 ]
		[[ $output == *"wrong password, or the file was changed since it was made"* ]]
		[[ $output != *"was not checked"* && $output != *"Test Root"* ]]
		run trustctl $verb "$untouched" --password-file "$PKI/wrong"
		[ "$status" -eq 3 ]
		[ -z "$(stored)" ]
	done
	base64 "$changed" >"$changed.b64"
	run trustctl import "$changed.b64" --password-file "$PKI/secret"
	[ "$status" -eq 3 ]
	[ -z "$(stored)" ]
	run trustctl show "$changed"
	[ "$status" -eq 0 ]
	[[ $output == *"was not checked"* ]]
	for verb in show import; do
		run trustctl $verb "$untouched" --password-file "$PKI/secret"
		[ "$status" -eq 0 ]
		[[ $output != *"was not checked"* ]]
	done
	[ "$(stored)" = "$(digests root)" ]
}

# The alias as hexadecimal digits, the nickname that is stored of it.
@test "Java's way of writing an alias becomes UTF-8, or no nickname" {
	local alias want
	while read -r alias want; do
		rm -r "$STORE"
		make_user_store
		jks "$BATS_TEST_TMPDIR/a.jks" secret "$alias" root
		run trustctl import "$BATS_TEST_TMPDIR/a.jks" --password-file "$PKI/secret"
		[ "$status" -eq 0 ]
		run trustctl list --json --columns nickname
		echo "# $alias"
		[ "$(json '.items[0].nickname')" = "$want" ]
	done <<-'END'
		616263 abc
		c3a92078 é x
		eda0bdedb8802078 😀 x
		78f09f9880 x😀
		61c08062 Test Root
		eda0bd2078 Test Root
		edb880eda0bd Test Root
		eda0bdeda0bdedb880 Test Root
		ff Test Root
		78eda0 Test Root
	END
}

@test "an identity of a JKS key store of keytool, which signs with the same key" {
	needs keytool
	printf secret1 >"$BATS_TEST_TMPDIR/pw"
	chmod 600 "$BATS_TEST_TMPDIR/pw"
	openssl pkcs12 -export -in "$PKI/alice.pem" -inkey "$PKI/alice.key" -name alice \
		-passout pass:secret1 -out "$BATS_TEST_TMPDIR/a.p12"
	keytool -importkeystore -srckeystore "$BATS_TEST_TMPDIR/a.p12" -srcstorepass secret1 \
		-destkeystore "$BATS_TEST_TMPDIR/k.jks" -deststoretype JKS -deststorepass secret1 >/dev/null 2>&1
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/k.jks" \
		--password-file "$BATS_TEST_TMPDIR/pw"
	[ "$status" -eq 0 ]
	[ "$(letters alice)" = 'u,u,u' ]
	pk12util -o "$BATS_TEST_TMPDIR/out.p12" -n alice -d "sql:$STORE" -K '' -W other >/dev/null
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:other -nodes -nocerts |
		openssl pkey -pubout | cmp - <(openssl pkey -in "$PKI/alice.key" -pubout)
	before=$(snapshot)
	run trustctl import "$BATS_TEST_TMPDIR/k.jks" --password-file "$PKI/wrong"
	[ "$status" -eq 3 ]
	[ "$before" = "$(snapshot)" ]
}

@test "a Java key store whose keys trustctl cannot open comes in by the command that it prints" {
	needs keytool
	cd "$BATS_TEST_TMPDIR"
	printf secret1 >pw && chmod 600 pw
	openssl pkcs12 -export -in "$PKI/alice.pem" -inkey "$PKI/alice.key" -name alice -passout pass:secret1 -out a.p12
	local type answers command
	while read -r type keypass answers; do
		keytool -importkeystore -srckeystore a.p12 -srcstorepass secret1 -srcalias alice -destkeystore k.$type \
			-deststoretype $type -deststorepass secret1 -destkeypass $keypass >/dev/null 2>&1
		run trustctl import k.$type --password-file pw
		[ "$status" -eq 6 ]
		command=$(grep -om1 'keytool -importkeystore.*' <<<"$output")
		printf "$answers" | bash -c "${command/FILE/k.$type}"
		run -0 trustctl import NEW.p12 --password-file pw
		[ "$(private_keys)" -eq 1 ]
		rm -r NEW.p12 "$STORE"
		make_user_store
	done <<-'END'
		JKS other12 secret1\nsecret1\nsecret1\nother12\n
		JCEKS secret1 secret1\nsecret1\nsecret1\n
	END
}

@test "a PKCS #12 trust store of keytool" {
	needs keytool
	printf secret1 >"$BATS_TEST_TMPDIR/pw"
	chmod 600 "$BATS_TEST_TMPDIR/pw"
	keytool -importcert -noprompt -storepass secret1 -alias root -file "$PKI/root.pem" \
		-keystore "$BATS_TEST_TMPDIR/t.p12" -storetype PKCS12 >/dev/null 2>&1
	run trustctl import "$BATS_TEST_TMPDIR/t.p12" --password-file "$BATS_TEST_TMPDIR/pw"
	[ "$status" -eq 0 ]
	[[ $output == *"marks certificates as trusted, for Java"* ]]
	[ "$(stored)" = "$(digests root)" ]
}

@test "a file in p11-kit's format, trust not applied" {
	{
		for name in root root2; do
			printf '[p11-kit-object-v1]\nlabel: "%s"\ntrusted: true\n' "$name"
			cat "$PKI/$name.pem"
		done
	} >"$BATS_TEST_TMPDIR/two.p11-kit"
	run trustctl import "$BATS_TEST_TMPDIR/two.p11-kit"
	[ "$status" -eq 0 ]
	[[ $output == *"marks 2 certificates as trusted"* ]]
	[ "$(letters root)" = ',,' ]
	[ "$(stored)" = "$(digests root root2)" ]
}

@test "purposes of a TRUSTED CERTIFICATE are told and not applied" {
	openssl x509 -in "$PKI/root.pem" -trustout -addtrust serverAuth -addreject emailProtection \
		-setalias 'My root' -out "$BATS_TEST_TMPDIR/trusted.pem"
	run trustctl import "$BATS_TEST_TMPDIR/trusted.pem"
	[ "$status" -eq 0 ]
	[[ $output == *"trusted for: TLS server"* && $output == *"rejected for:"* ]]
	[ "$(letters 'My root')" = ',,' ]
}

@test "base64 without armour, through standard input" {
	run trustctl import - < <(base64 -w0 "$PKI/root.der")
	[ "$status" -eq 0 ]
	[ "$(stored)" = "$(digests root)" ]
}

@test "a policy of Chromium" {
	printf '{"CACertificates":["%s"],"CADistrustedCertificates":["%s"]}' \
		"$(base64 -w0 "$PKI/root.der")" "$(base64 -w0 "$PKI/root2.der")" >"$BATS_TEST_TMPDIR/managed.json"
	run trustctl import "$BATS_TEST_TMPDIR/managed.json"
	[ "$status" -eq 0 ]
	[ "$(stored)" = "$(digests root root2)" ]
	[ "$(letters 'Test Root')" = ',,' ]
}

@test "a configuration profile is one unit; its own password is told before it is used" {
	run --separate-stderr trustctl import "$PKI/acme.mobileconfig" </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *"together as 'Acme'"* ]]
	[[ $output == *"com.apple.wifi.managed: ignored"* ]]
	[[ $stderr == *"carries the password of its identity in the clear"*"it is used now"* ]]
	[ "$(stored)" = "$(digests alice inter root)" ]
	[ "$(private_keys)" -eq 1 ]
	run trustctl show "$(sha256 root | cut -c 1-16)"
	[[ $output == *"acme.mobileconfig (Acme)"* ]]
}

@test "the history names a profile's unit also where a payload that is ignored comes first, or a file more" {
	cd "$BATS_TEST_TMPDIR"
	sed 's|<array>|&<dict><key>PayloadType</key><string>com.apple.wifi.managed</string></dict>|' \
		"$PKI/acme.mobileconfig" >wifi.mobileconfig
	run -0 trustctl import wifi.mobileconfig
	run trustctl history list --json
	[ "$(json '.changes[0].source')" = "wifi.mobileconfig (Acme)" ]
	trustctl history undo --last
	run -0 trustctl import wifi.mobileconfig "$PKI/root2.pem"
	run trustctl history list --json
	[ "$(json '.changes[0].source')" = "wifi.mobileconfig (Acme) and 1 more" ]
}

@test "a signed profile shows its signer; a changed one is refused whole" {
	run --separate-stderr trustctl import "$PKI/signed.mobileconfig" </dev/null
	[ "$status" -eq 0 ]
	[[ $output == *"signed by 'localhost'"*"the signature is good"* ]]
	before=$(snapshot)
	sed 's/Acme/Evil/' "$PKI/signed.mobileconfig" >"$BATS_TEST_TMPDIR/evil.mobileconfig"
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/evil.mobileconfig" </dev/null
	[ "$status" -eq 3 ]
	[[ $stderr == *"was changed since 'localhost' signed it"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a profile of 300,000 nested arrays" {
	before=$(snapshot)
	{ echo '<?xml version="1.0"?><plist>'; yes '<array>' | head -n 300000; } >"$BATS_TEST_TMPDIR/deep"
	run --separate-stderr timeout 60 trustctl import "$BATS_TEST_TMPDIR/deep"
	[ "$status" -eq 3 ]
	[[ $stderr == *"nested too deeply"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "another NSS store, with its keys and without its trust" {
	local other=$BATS_TEST_TMPDIR/other
	made_store "$other"
	pk12util -i "$PKI/alice.p12" -d "sql:$other" -W secret -K '' >/dev/null
	certutil -A -d "sql:$other" -n Root -t CT,C,C -i "$PKI/root.pem"
	before=$(snapshot "$other")
	run --separate-stderr trustctl import "$other"
	[ "$status" -eq 0 ]
	[[ $output == *"there the trust of 'Test Root' is: "* ]]
	[ "$(letters Root)" = ',,' ]
	[ "$(letters Alice)" = 'u,u,u' ]
	[ "$(stored)" = "$(stored "$other")" ]
	[ "$before" = "$(snapshot "$other")" ]
}

@test "another NSS store with a password" {
	local other=$BATS_TEST_TMPDIR/other
	mkdir "$other"
	certutil -N -d "sql:$other" -f "$PKI/secret"
	pk12util -i "$PKI/alice.p12" -d "sql:$other" -W secret -k "$PKI/secret" >/dev/null
	run --separate-stderr trustctl import "$other" </dev/null
	[ "$status" -eq 6 ]
	[[ $output == *"private key of item "*" 'Alice Test': refused: store "*"needs its password"* ]]
	[ "$(private_keys)" -eq 0 ]
	run --separate-stderr trustctl import "$other" --password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[ "$(private_keys)" -eq 1 ]
	[ "$(letters Alice)" = 'u,u,u' ]
}

@test "a key of Ed25519 is named and its certificates are imported" {
	openssl genpkey -algorithm ED25519 -out "$BATS_TEST_TMPDIR/ed.key"
	openssl req -x509 -new -key "$BATS_TEST_TMPDIR/ed.key" -subj /CN=Ed -out "$BATS_TEST_TMPDIR/ed.pem"
	cat "$BATS_TEST_TMPDIR/ed.key" "$BATS_TEST_TMPDIR/ed.pem" "$PKI/root.pem" >"$BATS_TEST_TMPDIR/all.pem"
	before=$(snapshot)
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/all.pem" --strict
	[ "$status" -eq 3 ]
	[ "$before" = "$(snapshot)" ]
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/all.pem"
	[ "$status" -eq 6 ]
	[[ $stderr == *"the key uses Ed25519, which NSS "*" cannot store; the 2 certificates were imported"* ]]
	[ "$(rows 00000001)" -eq 2 ]
	# a newer NSS will find the key by it
	[ "$(sqlite3 "$STORE/cert9.db" "SELECT lower(hex(a102)) FROM nssPublic WHERE a3 = CAST('Ed' AS blob)")" = \
		"$(openssl pkey -in "$BATS_TEST_TMPDIR/ed.key" -pubout -outform der | tail -c 32 | sha1sum | cut -d ' ' -f 1)" ]
	made_profile work >/dev/null
	made_profile mail thunderbird >/dev/null
	run -6 trustctl import "$BATS_TEST_TMPDIR/all.pem" --store firefox,thunderbird
	[ "$(grep -c 'the 2 certificates were imported' <<<"$output")" -eq 1 ]
}

@test "keys of X25519, DSA and a curve that NSS lacks are named" {
	openssl genpkey -algorithm X25519 -out "$BATS_TEST_TMPDIR/k1"
	openssl ecparam -name secp256k1 -genkey -noout -out "$BATS_TEST_TMPDIR/k2"
	openssl ecparam -name brainpoolP256r1 -genkey -noout -out "$BATS_TEST_TMPDIR/k3"
	openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 \
		-out "$BATS_TEST_TMPDIR/k4" 2>/dev/null
	openssl genpkey -paramfile "$BATS_TEST_TMPDIR/k4" -out "$BATS_TEST_TMPDIR/k5"
	for key in k1 k2 k3 k5; do
		run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/$key" "$PKI/root.pem" --keep-orphan-key
		[ "$status" -eq 6 ]
		[[ $output == *"which NSS "*" cannot store"* ]]
	done
	[ "$(private_keys)" -eq 0 ]
}

@test "keys of newer and national algorithms are named, however little of them is known" {
	local oid name
	while read -r oid name; do
		openssl asn1parse -genconf <(printf 'asn1=SEQUENCE:k\n[k]\nv=INTEGER:0\na=SEQUENCE:a\nk=FORMAT:HEX,OCTETSTRING:040100\n[a]\no=OID:%s\n' \
			"$oid") -noout -out "$BATS_TEST_TMPDIR/key.der"
		run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/key.der" --keep-orphan-key
		[ "$status" -eq 3 ]
		[[ $stderr == *"the key uses $name, which NSS "*" cannot store"* ]] || { echo "$name: $stderr"; return 1; }
	done <<-END
		2.16.840.1.101.3.4.3.17 ML-DSA-44
		2.16.840.1.101.3.4.3.20 SLH-DSA-SHA2-128s
		2.16.840.1.101.3.4.4.2 ML-KEM-768
		1.2.643.7.1.1.1.1 GOST R 34.10-2012 (256)
		1.2.643.2.2.19 GOST R 34.10-2001
		1.3.101.113 Ed448
		1.3.101.111 X448
		1.2.840.113549.1.3.1 Diffie-Hellman
	END
	[ "$(private_keys)" -eq 0 ]
}

@test "a key restricted to RSA-PSS is refused, and taken with --as-rsa" {
	openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out "$BATS_TEST_TMPDIR/pss.key" 2>/dev/null
	openssl req -x509 -new -key "$BATS_TEST_TMPDIR/pss.key" -subj /CN=Pss -out "$BATS_TEST_TMPDIR/pss.pem"
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/pss.pem" "$BATS_TEST_TMPDIR/pss.key"
	[ "$status" -eq 6 ]
	[[ $output == *"RSA-PSS, which NSS"*"--as-rsa"* ]]
	[ "$(private_keys)" -eq 0 ]
	run trustctl import "$BATS_TEST_TMPDIR/pss.pem" "$BATS_TEST_TMPDIR/pss.key" --as-rsa
	[ "$status" -eq 0 ]
	[ "$(private_keys)" -eq 1 ]
}

@test "a PEM file with an encrypted key and no password brings its certificates" {
	openssl pkcs8 -topk8 -in "$PKI/alice.key" -passout pass:secret -out "$BATS_TEST_TMPDIR/enc.key"
	cat "$PKI/alice.pem" "$PKI/inter.pem" "$BATS_TEST_TMPDIR/enc.key" >"$BATS_TEST_TMPDIR/all.pem"
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/all.pem" </dev/null
	[ "$status" -eq 6 ]
	[[ $output == *"needs a password, and none was given"* ]]
	[ "$(stored)" = "$(digests alice inter)" ]
	[ "$(private_keys)" -eq 0 ]
}

@test "a PEM file with a PKCS #12 block and no password brings its certificates" {
	{
		cat "$PKI/root.pem"
		printf -- '-----BEGIN PKCS12-----\n%s\n-----END PKCS12-----\n' "$(base64 "$PKI/alice.p12")"
	} >"$BATS_TEST_TMPDIR/all.pem"
	run --separate-stderr trustctl import "$BATS_TEST_TMPDIR/all.pem" </dev/null
	[ "$status" -eq 6 ]
	[[ $output == *"block 2, line "*"it needs a password"* ]]
	[ "$(stored)" = "$(digests root)" ]
	[ "$(private_keys)" -eq 0 ]
}

@test "all roots of the system's bundle, as PEM and as certdata.txt" {
	local bundle=/etc/ssl/certs/ca-certificates.crt count
	[ -r "$bundle" ] || skip 'no bundle of roots is installed'
	count=$(grep -c BEGIN "$bundle")
	trustctl import "$bundle" >/dev/null
	[ "$(rows 00000001)" -eq "$count" ]
	trustctl history undo 1
	[ "$(rows 00000001)" -eq 0 ]
	awk -v dir="$BATS_TEST_TMPDIR" '/BEGIN/ { n++ } { print > (dir "/c" n ".pem") }' "$bundle"
	{
		echo BEGINDATA
		for pem in "$BATS_TEST_TMPDIR"/c*.pem; do
			printf 'CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\nCKA_VALUE MULTILINE_OCTAL\n'
			openssl x509 -in "$pem" -outform der | od -An -v -to1 | sed 's/ /\\/g'
			printf 'END\n\nCKA_CLASS CK_OBJECT_CLASS CKO_NSS_TRUST\n'
			echo 'CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR'
		done
	} >"$BATS_TEST_TMPDIR/certdata.txt"
	run trustctl import "$BATS_TEST_TMPDIR/certdata.txt"
	[ "$status" -eq 0 ]
	[[ $output == *"trusts $count certificates"* ]]
	[ "$(rows 00000001)" -eq "$count" ]
	[ "$(rows ce534353)" -eq 0 ]
}

@test "100,000 repeated certificates are decided once" {
	yes -- "$(cat "$PKI/root.pem")" | head -n $((100000 * $(wc -l <"$PKI/root.pem"))) >"$BATS_TEST_TMPDIR/many.pem"
	run timeout 300 trustctl import "$BATS_TEST_TMPDIR/many.pem" --dry-run
	[ "$status" -eq 0 ]
	[[ $output == *"100000 blocks: 1 would be added, 99999 repeated"* ]]
}

@test "the chain a live server sends is imported, and nothing is trusted by it" {
	local port=$((20000 + RANDOM % 20000)) tries=0
	openssl s_server -accept "127.0.0.1:$port" -cert "$PKI/server.pem" -key "$PKI/server.key" \
		-cert_chain "$PKI/inter.pem" -quiet >/dev/null 2>&1 3>&- &
	SERVER=$!
	until openssl s_client -connect "127.0.0.1:$port" </dev/null >/dev/null 2>&1; do
		[ $((tries += 1)) -lt 50 ]
		sleep 0.1
	done
	run --separate-stderr trustctl import --from "127.0.0.1:$port"
	kill "$SERVER"
	[ "$status" -eq 0 ]
	[[ $output == *"certificate 1 as sent"* || $output == *"server 'localhost'"* ]]
	[ "$(stored)" = "$(digests inter server)" ]
	[ "$(rows ce534353)" -eq 0 ]
	before=$(snapshot)
	run --separate-stderr trustctl import --from 127.0.0.1:1
	[ "$status" -eq 3 ]
	[[ $stderr == *"sent no certificate"* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a server that begins in plain text is asked in its protocol" {
	local port=$((20000 + RANDOM % 20000)) tries=0 relay file=$BATS_TEST_TMPDIR/port
	openssl s_server -accept "127.0.0.1:$port" -cert "$PKI/server.pem" -key "$PKI/server.key" \
		-quiet >/dev/null 2>&1 3>&- &
	SERVER=$!
	"$BATS_TEST_DIRNAME/../clients/raw-server" "$file" smtp "$port" >/dev/null 2>&1 3>&- &
	relay=$!
	until [ -s "$file" ] && openssl s_client -connect "127.0.0.1:$port" </dev/null >/dev/null 2>&1; do
		[ $((tries += 1)) -lt 50 ]
		sleep 0.1
	done
	run --separate-stderr trustctl import --from "127.0.0.1:$(<"$file")" --starttls smtp
	kill "$SERVER" "$relay"
	[ "$status" -eq 0 ]
	[ "$(stored)" = "$(digests server)" ]
	for option in '--starttls smtp' '--connect 127.0.0.1' '--ip-version 4'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr trustctl import "$PKI/root.pem" $option
		[[ $stderr == *"${option%% *} belongs to --from"* ]]
	done
	run -2 --separate-stderr trustctl import --from localhost --connect here
	run -2 --separate-stderr trustctl import --from localhost --connect 127.0.0.1 --ip-version 6
}

@test "without a file and without a server there is nothing to import" {
	run trustctl import
	[ "$status" -eq 2 ]
}

@test "every PKCS #12 file of the cryptography vectors, compared with openssl" {
	local vectors file password have want
	vectors=$(echo /usr/lib/python3/dist-packages/cryptography_vectors/pkcs12)
	[ -d "$vectors" ] || skip 'python3-cryptography-vectors is not installed'
	for file in "$vectors"/*.p12; do
		for password in password cryptography ''; do
			openssl pkcs12 -legacy -in "$file" -passin "pass:$password" -nodes \
				-out "$BATS_TEST_TMPDIR/all.pem" 2>/dev/null && break
		done
		rm -rf "$STORE"
		made_store "$STORE" >/dev/null
		printf %s "$password" >"$BATS_TEST_TMPDIR/pw"
		chmod 600 "$BATS_TEST_TMPDIR/pw"
		run --separate-stderr trustctl import "$file" --password-file "$BATS_TEST_TMPDIR/pw" --keep-orphan-key
		[ "$status" -eq 0 ] || { echo "$file: $stderr"; return 1; }
		want=$(awk '/BEGIN CERT/ { n++; on = 1 } on { print > ("'"$BATS_TEST_TMPDIR"'/v" n ".pem") } /END CERT/ { on = 0 } END { print n + 0 }' \
			"$BATS_TEST_TMPDIR/all.pem")
		have=$(rows 00000001)
		[ "$have" -eq "$want" ] || { echo "$file: $have certificates, not $want"; return 1; }
		want=$(grep -c 'BEGIN.*PRIVATE' "$BATS_TEST_TMPDIR/all.pem" || true)
		have=$(private_keys)
		[ "$have" -eq "$want" ] || { echo "$file: $have keys, not $want"; return 1; }
	done
}

@test "every revocation list of NIST's PKITS is read" {
	local vectors=/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data good=0 file
	[ -d "$vectors" ] || skip 'python3-cryptography-vectors is not installed'
	for file in "$vectors"/crls/*.crl; do
		if trustctl show "$file" >/dev/null 2>&1; then good=$((good + 1)); fi
	done
	[ "$good" -ge 172 ] # one of 173 has a signature that is no whole number of bytes
}

@test "an EC key without its public half, as Java writes it, and a key of the second version" {
	needs keytool
	cd "$BATS_TEST_TMPDIR"
	printf secret1 >pw
	keytool -genkeypair -keyalg EC -groupname secp256r1 -alias bob -dname CN=Bob -keystore bob.p12 \
		-storetype PKCS12 -storepass secret1 2>/dev/null
	keytool -genkeypair -keyalg EC -groupname secp384r1 -alias eve -dname CN=Eve -keystore eve.jks \
		-storetype JKS -storepass secret1 -keypass secret1 2>/dev/null
	openssl ec -in "$PKI/alice.key" -no_public -out half.pem 2>/dev/null
	openssl pkcs8 -topk8 -nocrypt -in "$PKI/server.key" -outform DER -out first.der
	# SEQUENCE, its length in two bytes, INTEGER of one byte: 0 becomes 1
	xxd -p first.der | tr -d '\n' | sed 's/^\(3081..0201\)00/\101/' | xxd -r -p >second.der
	run ! cmp -s first.der second.der
	run -0 trustctl import bob.p12 eve.jks half.pem "$PKI/alice.pem" second.der "$PKI/server.pem" --password-file pw
	[ "$(trustctl list --with-key --json | jq -r '[.items[].name] | sort | join(" ")')" = 'Alice Test Bob Eve localhost' ]
	[ "$(certutil -K -d "sql:$STORE" | grep -c ' ec ')" -eq 4 ]
	trustctl export 'Alice Test' -o out.p8 --format pkcs8 --insecure-plain-key
	cmp <(openssl pkey -in out.p8 -inform DER -pubout 2>/dev/null || openssl pkey -in out.p8 -pubout) \
		<(openssl pkey -in "$PKI/alice.key" -pubout)
}
