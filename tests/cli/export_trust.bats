#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl export: the trust that other programs take from what is written is the trust that is here.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	OUT=$BATS_TEST_TMPDIR
	P11=
}

teardown() {
	[ -z "$P11" ] || rm -rf "$P11"
}

# same_key NAME SUBJECT: a root with the key of the first one
same_key() {
	cp "$PKI/root.key" "$PKI/$1.key"
	openssl req -x509 -key "$PKI/root.key" -subj "$2" -days 900 -out "$PKI/$1.pem" \
		-addext 'keyUsage=critical,keyCertSign' 2>/dev/null
	openssl x509 -in "$PKI/$1.pem" -outform der -out "$PKI/$1.der"
}

# p11 COMMAND...: a command of p11-kit that reads $P11/anchors; never as root, whose configuration of
# modules is fixed
p11() {
	local as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	HOME=$P11 "${as[@]}" "$@"
}

# p11_anchors USAGE FILE...: how many certificates p11-kit takes for anchors of this purpose
p11_anchors() {
	local usage=$1
	shift
	P11=${P11:-$(mktemp -d /tmp/trustctl-p11-XXXXXX)}
	rm -rf "${P11:?}"/* "$P11/.config"
	mkdir -p "$P11/.config/pkcs11/modules" "$P11/anchors" "$P11/out"
	printf 'module: p11-kit-trust.so\ntrust-policy: yes\nx-init-reserved: paths=%s\n' "$P11/anchors" \
		>"$P11/.config/pkcs11/modules/p11-kit-trust.module"
	cp "$@" "$P11/anchors"
	chmod -R a+rX "$P11"
	chmod a+rwX "$P11/out"
	p11 trust extract --format=pem-bundle --filter=ca-anchors --purpose="$usage" "$P11/out/pem"
	grep -c BEGIN "$P11/out/pem" || true
}

@test "trust that was not checked is told where another program would follow it, and refused with --no-loss" {
	trustctl import -q "$PKI/alice.p12" --password-file "$PKI/secret" >/dev/null
	trusted root
	trusted root2 email
	trustctl store password -q --password-file "$PKI/secret"
	# Somebody without the password makes the second root one for websites.
	sqlite3 "$STORE/cert9.db" "UPDATE nssPublic SET ace536358 = x'ce534352' WHERE a0 = x'ce534353'"
	local format
	for format in openssl-trusted ca-certificates jks; do
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format" --json
		[ "$status" -eq 0 ]
		[ "$(json .unchecked)" -eq 2 ]
		[[ $stderr == *"warning: NSS signs trust with the store's password, and that of"*'and 1 other was not checked'* ]]
		[[ $stderr == *--store-password-file* ]]
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format-2" --no-loss
		[ "$status" -eq 5 ]
		[[ $stderr == *'was not checked'* ]]
		[ ! -e "$OUT/$format-2" ]
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format-3" --json \
			--store-password-file "$PKI/secret"
		[ "$status" -eq 0 ]
		[ "$(json '[.unchecked, .certificates] | join(" ")')" = '0 1' ]
		[[ $stderr != *'not checked'* ]]
	done
	run --separate-stderr trustctl export Alice --for openvpn -o "$OUT/vpn" --password-file "$PKI/secret" \
		--store-password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[[ $stderr != *'not checked'* ]]
	trustctl export 'Second Root' -o "$OUT/a.pem" 2>&1 | tee "$OUT/said"
	run ! grep -q 'not checked' "$OUT/said"
}

@test "p11-kit takes its file as anchors for the usages said" {
	issue_hostile
	trusted root tls-server
	trusted root2
	trusted hostile email
	trustctl export -q --trusted --format p11-kit -o "$OUT/trust.p11-kit"
	P11=$(mktemp -d /tmp/trustctl-p11-XXXXXX)
	[ "$(p11_anchors server-auth "$OUT/trust.p11-kit")" -eq 2 ]
	[ "$(p11_anchors email "$OUT/trust.p11-kit")" -eq 2 ]
	p11 trust list >"$P11/list"
	[ "$(grep -c 'trust: anchor' "$P11/list")" -eq 3 ]
	grep -q "label: '; touch pwned" "$P11/list"
}

@test "roots with one key share their trust for p11-kit, which is refused where it would widen" {
	same_key mail '/CN=Mail Root'
	same_key all '/CN=All Root'
	trusted root tls-server
	trusted mail email
	P11=$(mktemp -d /tmp/trustctl-p11-XXXXXX)
	# What p11-kit makes of both:
	trustctl export -q 'Test Root' -o "$OUT/a.p11-kit"
	trustctl export -q 'Mail Root' -o "$OUT/b.p11-kit"
	[ "$(p11_anchors email "$OUT/b.p11-kit")" -eq 1 ]
	[ "$(p11_anchors server-auth "$OUT/a.p11-kit" "$OUT/b.p11-kit")" -ne 1 ]
	run --separate-stderr trustctl export --trusted -o "$OUT/both.p11-kit"
	[ "$status" -eq 5 ]
	[[ $stderr == *"'Test Root' and 'Mail Root' have the same key"* || $stderr == *"'Mail Root' and 'Test Root' have the same key"* ]]
	[ ! -e "$OUT/both.p11-kit" ]
	trustctl export -q --trusted --format certutil -o "$OUT/both.sh" --no-loss
	# One that is trusted for everything only loses by it.
	trusted all
	run --separate-stderr trustctl export 'Test Root' 'All Root' -o "$OUT/c.p11-kit" --json
	[ "$status" -eq 0 ]
	[ "$(json '.not_carried[].kind')" = usages ]
	[ "$(p11_anchors server-auth "$OUT/c.p11-kit")" -eq 2 ]
	[ "$(p11_anchors email "$OUT/c.p11-kit")" -eq 0 ]
	run trustctl export 'Test Root' 'All Root' -o "$OUT/d.p11-kit" --no-loss
	[ "$status" -eq 5 ]
	trustctl trust enable -q "$(sha256 mail)" --usage all --fingerprint "$(sha256 mail)"
	trustctl export -q 'Mail Root' 'All Root' -o "$OUT/e.p11-kit" --no-loss
	[ "$(p11_anchors email "$OUT/e.p11-kit")" -eq 2 ]
}

@test "an anchor that is no root is told where its readers end no chain at it" {
	trustctl import -q "$PKI/inter.pem" >/dev/null
	trustctl trust enable -q "$(sha256 inter)" --fingerprint "$(sha256 inter)" >/dev/null
	local format
	for format in openssl-dir ca-certificates; do
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format" --json
		[ "$status" -eq 0 ]
		[ "$(json '.not_carried[].kind')" = no-root ]
		[[ $stderr == *"end no chain at what is no root"*"'Test Intermediate'"* ]]
		run trustctl export --trusted --format $format -o "$OUT/$format-2" --no-loss
		[ "$status" -eq 5 ]
	done
	run ! openssl verify -no-CAfile -no-CAstore -CApath "$OUT/openssl-dir" "$PKI/server.pem"
	trustctl export -q --trusted --format openssl-trusted -o "$OUT/t.pem" --no-loss
	openssl verify -no-CApath -no-CAstore -purpose sslserver -CAfile "$OUT/t.pem" "$PKI/server.pem"
	trusted root
	trustctl export -q --trusted --format openssl-dir -o "$OUT/both" --no-loss
	openssl verify -no-CAfile -no-CAstore -CApath "$OUT/both" "$PKI/server.pem"
}

@test "an anchor without a subject is left out of Java's trust store, which Java could not open with it" {
	printf '[req]\ndistinguished_name=none\n[none]\n' >"$OUT/empty.cnf"
	openssl req -x509 -config "$OUT/empty.cnf" -key "$PKI/root.key" -subj / -days 900 -out "$PKI/nameless.pem" \
		-addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign'
	openssl x509 -in "$PKI/nameless.pem" -outform der -out "$PKI/nameless.der"
	trusted nameless
	local format
	for format in java-p12 jks; do
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/none"
		[ "$status" -eq 5 ]
		[[ $stderr == *'has no subject or issuer'* ]]
		[ ! -e "$OUT/none" ]
	done
	trusted root
	for format in java-p12 jks; do
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/ts.$format" --json
		[ "$status" -eq 0 ]
		[ "$(json '.certificates')" -eq 1 ]
		[ "$(json '.not_carried[].kind')" = nameless ]
		[ "$(keytool -list -keystore "$OUT/ts.$format" -storepass changeit | grep -c trustedCertEntry)" -eq 1 ]
		run trustctl export --trusted --format $format -o "$OUT/none" --no-loss
		[ "$status" -eq 5 ]
		[ ! -e "$OUT/none" ]
	done
	trustctl export -q --trusted --format certutil -o "$OUT/all.sh" --no-loss
}

@test "a trust store for Java takes the password among the credentials of systemd" {
	trusted root
	mkdir "$BATS_TEST_TMPDIR/credentials"
	cp "$PKI/secret" "$BATS_TEST_TMPDIR/credentials/trustctl.password"
	CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR/credentials run -0 trustctl export --trusted -o "$OUT/own.jks"
	[[ $output != *'as everybody'* ]]
	keytool -list -keystore "$OUT/own.jks" -storepass secret
}

@test "that a certificate is accepted directly is lost where no list says it" {
	certutil -A -d "sql:$STORE" -n Direct -t P,C, -i "$PKI/root.pem"
	local format
	for format in openssl-trusted p11-kit; do
		run --separate-stderr trustctl export Direct --format $format -o "$OUT/$format" --json
		[ "$status" -eq 0 ]
		[ "$(json '.not_carried[].kind')" = peer ]
		[[ $stderr == *"for which usages to accept directly 'Direct'"* ]]
		run trustctl export Direct --format $format -o "$OUT/$format-2" --no-loss
		[ "$status" -eq 5 ]
	done
	run ! openssl verify -no-CApath -no-CAstore -CAfile "$OUT/openssl-trusted" -purpose sslserver "$PKI/root.pem"
	trustctl export -q Direct --format certutil -o "$OUT/a.sh" --no-loss
	trustctl export -q Direct --format ansible -o "$OUT/a.json" --no-loss
	STORE2=$(made_store "$OUT/other")
	sh "$OUT/a.sh" "$STORE2"
	[ "$(letters Direct "$STORE2")" = P,C, ]
}

@test "openssl takes a root with full trust for anything, also where no purpose is named" {
	trusted root all
	trusted root2 tls-server
	trustctl export -q --trusted --format openssl-trusted -o "$OUT/t.pem" --no-loss
	local purpose
	for purpose in '' '-purpose sslserver'; do
		# shellcheck disable=SC2086
		openssl verify -no-CApath -no-CAstore -CAfile "$OUT/t.pem" -untrusted "$PKI/inter.pem" $purpose "$PKI/server.pem"
	done
	openssl verify -no-CApath -no-CAstore -CAfile "$OUT/t.pem" -untrusted "$PKI/inter.pem" -purpose smimesign \
		"$PKI/alice.pem"
	run ! openssl verify -no-CApath -no-CAstore -CAfile "$OUT/t.pem" "$PKI/root2.pem"
}

@test "what is distrusted for a usage goes into no list that is read for that usage" {
	local format
	trusted root tls-server
	trustctl trust distrust -q "$(sha256 root)" --usage email --yes
	trusted root2
	for format in openssl-dir ca-certificates java-p12 jks mobileconfig firefox-policy; do
		run --separate-stderr trustctl export 'Test Root' --format $format -o "$OUT/none"
		[ "$status" -eq 5 ]
		[[ $stderr == *"'Test Root' is tls-server; distrusted: email here"*'--format openssl-trusted'* ]]
		[ ! -e "$OUT/none" ]
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format" --json
		[ "$status" -eq 0 ]
		[ "$(json .certificates)" -eq 1 ]
		[[ $stderr == *"does not say that 'Test Root' is distrusted"* ]]
	done
	run ! openssl verify -no-CAfile -no-CAstore -CApath "$OUT/openssl-dir" -untrusted "$PKI/inter.pem" "$PKI/alice.pem"
	for format in chromium-policy certutil openssl-trusted; do
		run --separate-stderr trustctl export --trusted --format $format -o "$OUT/$format" --json
		[ "$(json .certificates)" -eq 2 ]
	done
	run ! openssl verify -no-CApath -no-CAstore -CAfile "$OUT/openssl-trusted" -untrusted "$PKI/inter.pem" \
		-purpose smimesign "$PKI/alice.pem"
}

# system_list: what update-ca-certificates makes of $OUT/local, in $OUT/etc
system_list() {
	mkdir -p "$OUT/etc"
	touch "$OUT/conf"
	PATH=$PATH:/usr/sbin:/sbin update-ca-certificates --certsconf "$OUT/conf" --certsdir "$OUT/none" \
		--localcertsdir "$OUT/local" --etccertsdir "$OUT/etc" --hooksdir "$OUT/none" >/dev/null 2>&1
}

@test "what is distrusted leaves the system's list, by an export to where that is made of" {
	trusted root
	trusted root2
	run --separate-stderr trustctl export --trusted --format ca-certificates -o "$OUT/local"
	[[ $stderr == *'or export to it with --force'*'sudo update-ca-certificates'* ]]
	mkdir "$OUT/none"
	system_list
	openssl verify -no-CAfile -no-CAstore -CApath "$OUT/etc" "$PKI/root2.pem"
	trustctl trust distrust -q "$(sha256 root2)" --yes
	run --separate-stderr trustctl export --trusted --format ca-certificates -o "$OUT/local" --force
	[ "$status" -eq 0 ]
	[[ $output == *"removed 1 certificate of an earlier export; delete it where you copied it to as well: Second_Root-$(sha256 root2 | cut -c 1-8).crt"* ]]
	system_list
	run ! openssl verify -no-CAfile -no-CAstore -CApath "$OUT/etc" "$PKI/root2.pem"
	openssl verify -no-CAfile -no-CAstore -CApath "$OUT/etc" "$PKI/root.pem"
}

@test "an identity for a telephone or Java is said to be a PKCS #12 file" {
	trustctl import -q "$PKI/alice.p12" "$PKI/server.pem" --password-file "$PKI/secret"
	local name
	for name in phone.mobileconfig:macos a.jks:java; do
		run --separate-stderr trustctl export Alice -o "$OUT/${name%:*}"
		[ "$status" -eq 5 ]
		[[ $stderr == *"for a person: --format p12 --preset ${name#*:}"* ]]
		[[ $stderr != *'trust enable'* ]]
		trustctl export -q Alice --format p12 --preset "${name#*:}" -o "$OUT/${name#*:}.p12" \
			--password-file "$PKI/secret"
	done
	run --separate-stderr trustctl export localhost -o "$OUT/a.jks"
	[ "$status" -eq 5 ]
	[[ $stderr == *'hint: write the certificate alone: --format pem'* && $stderr != *'trust enable'* ]]
}
