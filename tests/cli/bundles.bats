#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Bundles come whole: every certificate of a file is in the store afterwards, however many they are and
# in whatever format, and each is counted.

load helper

BUNDLE=/etc/ssl/certs/ca-certificates.crt

setup() {
	setup_home
	STORE=$(made_store)
	cd "$BATS_TEST_TMPDIR"
	CERTS=${TRUSTCTL%/*}/tests/support/certs
}

# ids: sorted digests of the certificates in the store
ids() {
	trustctl list --json | jq -r '.items[].id' | sort
}

# of_bundle [FILE]: the same of a PEM file's certificates, by openssl
of_bundle() {
	awk '/BEGIN CERT/ { n++; on = 1 } on { print > ("b" n ".pem") } /END CERT/ { on = 0; close("b" n ".pem") }' "$1"
	local pem
	for pem in b*.pem; do openssl x509 -in "$pem" -outform der | sha256sum; done | cut -d ' ' -f 1 | sort -u
	rm -f b*.pem
}

need_bundle() { [ -r "$BUNDLE" ] || skip 'no bundle of roots is installed'; }

@test "the system's bundle as PEM, PKCS #7, PKCS #12 and a policy: the same certificates" {
	need_bundle
	of_bundle "$BUNDLE" >want
	count=$(wc -l <want)
	[ "$count" -gt 100 ]
	run trustctl import "$BUNDLE"
	[ "$status" -eq 0 ]
	[[ $output == *"$count blocks: $count to be added"* ]]
	ids | diff - want
	openssl crl2pkcs7 -nocrl -certfile "$BUNDLE" -outform der -out bundle.p7b
	openssl pkcs12 -export -nokeys -in "$BUNDLE" -passout pass:changeit -out bundle.p12
	echo changeit >pw
	chmod 600 pw
	printf '{"CACertificates":[' >bundle.json
	awk '/BEGIN CERT/ { if (n++) printf "," ; printf "\""; on = 1; next } /END CERT/ { printf "\""; on = 0 } on { printf "%s", $0 }' \
		"$BUNDLE" >>bundle.json
	echo ']}' >>bundle.json
	local file
	for file in bundle.p7b bundle.p12 bundle.json; do
		trustctl history undo --last >/dev/null
		[ "$(ids | wc -l)" -eq 0 ]
		trustctl import "$file" --password-file pw >said
		ids | diff - want || { echo "$file"; return 1; }
	done
}

@test "Java's own list of roots" {
	local cacerts=/etc/ssl/certs/java/cacerts
	[ -r "$cacerts" ] || skip 'no roots of Java are installed'
	command -v keytool >/dev/null || skip 'keytool is not installed'
	echo changeit >pw
	chmod 600 pw
	trustctl import "$cacerts" --password-file pw >said
	keytool -list -rfc -keystore "$cacerts" -storepass changeit 2>/dev/null >all.pem
	of_bundle all.pem >want
	ids | diff - want
}

# Mozilla's certdata.txt is no part of a package: the built-in roots in its words.
certdata() {
	awk '/BEGIN CERT/ { n++; on = 1 } on { print > ("b" n ".pem") } /END CERT/ { on = 0; close("b" n ".pem") }' "$1"
	echo BEGINDATA
	local pem
	for pem in b*.pem; do
		printf 'CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\nCKA_VALUE MULTILINE_OCTAL\n'
		openssl x509 -in "$pem" -outform der | od -An -v -to1 | sed 's/ /\\/g'
		printf 'END\n\nCKA_CLASS CK_OBJECT_CLASS CKO_NSS_TRUST\n'
		echo 'CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR'
	done
	rm -f b*.pem
}

@test "all built-in roots of NSS as certdata.txt" {
	trustctl list --store builtin --json | jq -r '.items[].id' | sort >want
	[ "$(wc -l <want)" -gt 100 ]
	# shellcheck disable=SC2046 # words
	trustctl export --store builtin $(<want) -o all.pem >/dev/null
	certdata all.pem >certdata.txt
	trustctl import certdata.txt >said
	ids | diff - want
}

@test "10,000 certificates of one PEM file are one change, counted, and gone by one undo" {
	"$CERTS" 10000 >many.pem
	run timeout 300 trustctl import many.pem
	[ "$status" -eq 0 ]
	[[ $output == *"10000 blocks: 10000 to be added"* ]] || { tail -n 3 <<<"$output"; return 1; }
	[ "$(sqlite3 "$STORE/cert9.db" "SELECT count(*), count(DISTINCT a11) FROM nssPublic WHERE a0 = x'00000001'")" = '10000|10000' ]
	run timeout 300 trustctl import many.pem
	[[ $output == *"10000 blocks: 10000 already there"* ]]
	timeout 300 trustctl history undo 1 >/dev/null
	[ "$(sqlite3 "$STORE/cert9.db" "SELECT count(*) FROM nssPublic WHERE a0 = x'00000001'")" -eq 0 ]
}

@test "100,000 certificates of one PEM file are decided in one go" {
	"$CERTS" 100000 >many.pem
	run timeout 300 trustctl import --dry-run many.pem
	[ "$status" -eq 0 ] || { echo "status $status"; tail -n 5 <<<"$output"; return 1; }
	[[ $output == *"100000 blocks: 100000 would be added"* ]]
}
