#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Files of other people and other programs, each imported into a store of its own: the certificates and
# keys stored are those that openssl finds in the file, to the byte, or the exit status is not 0, the
# message is the one expected, and the store is byte for byte what it was.

load helper
load pki

V=/usr/lib/python3/dist-packages/cryptography_vectors

setup_file() {
	make_pki
	export EMPTY=$BATS_FILE_TMPDIR/empty
	mkdir "$EMPTY"
	certutil -N -d "sql:$EMPTY" --empty-password
}

setup() {
	setup_home
	STORE=$HOME/db
	OUT=$BATS_TEST_TMPDIR
	cd "$OUT"
}

# opened FILE PASSWORD: all that openssl finds in it, as PEM with readable keys
opened() {
	local secret=pass:$2 form
	openssl pkcs12 -legacy -in "$1" -passin "$secret" -nodes 2>/dev/null && return
	for form in der pem; do
		openssl pkcs7 -inform $form -in "$1" -print_certs 2>/dev/null && return
		openssl pkey -inform $form -in "$1" -passin "$secret" 2>/dev/null && return
	done
	return 1
}

# each PROGRAM LABEL: sorted digests of what the program makes of each PEM block of standard input
each() {
	awk -v label="$2" -v out="$OUT/block" '
		/^-----BEGIN/ && $0 ~ label { on = 1; file = out ++n }
		on { print > file }
		/^-----END/ { on = 0 }'
	local block
	for block in "$OUT"/block*; do
		[ ! -e "$block" ] || openssl "$1" -in "$block" -outform der | sha256sum
		rm -f "$block"
	done | sort -u
}

# The store's certificates as PEM.
stored_certs() {
	sqlite3 "$STORE/cert9.db" "SELECT hex(a11) FROM nssPublic WHERE a0 = x'00000001'" |
		while read -r hex; do xxd -r -p <<<"$hex" | openssl x509 -inform der; done
}

# The keys of all identities, readable.
stored_keys() {
	local id
	trustctl list --store "$STORE/" --kind identity --json | jq -r '.items[].id' | while read -r id; do
		trustctl export "$id" --store "$STORE/" --format pkcs8 --insecure-plain-key -o - 2>/dev/null
	done
}

# import_alone FILE PASSWORD [MORE...]: into a fresh store; sets before, status, output and stderr
import_alone() {
	local file=$1
	rm -rf "$STORE"
	cp -r "$EMPTY" "$STORE"
	printf %s "$2" >"$OUT/pw"
	chmod 600 "$OUT/pw"
	shift 2
	before=$(snapshot)
	run --separate-stderr trustctl import --store "$STORE/" --password-file "$OUT/pw" "$file" "$@"
}

# A key without certificate gets one of ours, so that its identity can be taken out again.
equal() {
	local file=$1 password=$2 more=()
	opened "$file" "$password" >"$OUT/all.pem" || { echo "$file: openssl cannot open it"; return 1; }
	if ! grep -q 'BEGIN CERT' "$OUT/all.pem"; then
		openssl req -x509 -new -key "$OUT/all.pem" -subj /CN=vector -out "$OUT/cert.pem" -days 9 2>/dev/null
		cat "$OUT/cert.pem" >>"$OUT/all.pem"
		more=("$OUT/cert.pem")
	fi
	import_alone "$file" "$password" "${more[@]}"
	[ "$status" -eq 0 ] || { echo "$file: $status: $stderr"; return 1; }
	[ "$(stored_certs | each x509 CERTIFICATE)" = "$(each x509 CERTIFICATE <"$OUT/all.pem")" ] ||
		{ echo "$file: other certificates than in the file"; return 1; }
	[ "$(stored_keys | each pkey 'PRIVATE KEY')" = "$(each pkey 'PRIVATE KEY' <"$OUT/all.pem")" ] ||
		{ echo "$file: other keys than in the file"; return 1; }
	[ "$(private_keys "$STORE")" -eq "$(grep -c 'BEGIN.*PRIVATE KEY' "$OUT/all.pem")" ] ||
		{ echo "$file: another number of keys"; return 1; }
}

# refused FILE PASSWORD WORDS
refused() {
	import_alone "$1" "$2"
	[ "$status" -eq 3 ] || { echo "$1: $status: $stderr"; return 1; }
	[[ ${stderr,,} == *"${3,,}"* ]] || { echo "$1: not '$3' but $stderr"; return 1; }
	[ "$(snapshot)" = "$before" ] || { echo "$1: the store was changed"; return 1; }
}

# all_equal FOLDER, all_refused FOLDER: lines of standard input are FILE|PASSWORD, or FILE|WORDS
all_equal() {
	local file password
	while IFS='|' read -r file password; do equal "$1/$file" "$password" || return 1; done
}
all_refused() {
	local file words
	while IFS='|' read -r file words; do refused "$1/$file" 123456 "$words" || return 1; done
}

needs_vectors() {
	[ -d "$V" ] || skip 'python3-cryptography-vectors is not installed'
}

@test "PKCS #12 vectors, valid: what is stored is what is in them" {
	needs_vectors
	all_equal "$V/pkcs12" <<-END
		cert-aes256cbc-no-key.p12|cryptography
		cert-key-aes256cbc.p12|cryptography
		cert-rc2-key-3des.p12|cryptography
		name-1-pwd.p12|password
		name-2-3-pwd.p12|password
		name-2-pwd.p12|password
		name-3-pwd.p12|password
		name-all-pwd.p12|password
		name-unicode-pwd.p12|password
		no-cert-key-aes256cbc.p12|cryptography
		no-cert-name-2-pwd.p12|password
		no-cert-name-3-pwd.p12|password
		no-cert-name-all-pwd.p12|password
		no-cert-name-unicode-pwd.p12|password
		no-cert-no-name-pwd.p12|password
		no-name-pwd.p12|password
	END
}

@test "PKCS #12 vectors, accepted though nothing protects them: no password, no encryption" {
	needs_vectors
	all_equal "$V/pkcs12" <<-END
		cert-none-key-none.p12|cryptography
		name-1-no-pwd.p12|
		name-2-3-no-pwd.p12|
		name-2-no-pwd.p12|
		name-3-no-pwd.p12|
		name-all-no-pwd.p12|
		name-unicode-no-pwd.p12|
		no-cert-name-2-no-pwd.p12|
		no-cert-name-3-no-pwd.p12|
		no-cert-name-all-no-pwd.p12|
		no-cert-name-unicode-no-pwd.p12|
		no-cert-no-name-no-pwd.p12|
		no-name-no-pwd.p12|
		no-password.p12|
	END
}

@test "PKCS #12 vectors, rejected: every one with a wrong password, cut short, or with a changed byte" {
	needs_vectors
	local file size
	for file in "$V"/pkcs12/*.p12; do
		size=$(stat -c %s "$file")
		head -c $((size - 20)) "$file" >"$OUT/cut.p12"
		refused "$OUT/cut.p12" password 'cut short' || return 1
	done
	for file in "$V"/pkcs12/*-pwd.p12; do
		[[ $file == *-no-pwd.p12 ]] || refused "$file" wrong 'wrong password' || return 1
		# in the middle of what the MAC is over
		cp "$file" "$OUT/bad.p12"
		printf '\125' | dd of="$OUT/bad.p12" bs=1 seek=400 conv=notrunc status=none
		cmp -s "$file" "$OUT/bad.p12" || refused "$OUT/bad.p12" password '' || return 1
	done
}

@test "no PKCS #12 vector is left out of the three lists" {
	needs_vectors
	local file
	for file in "$V"/pkcs12/*.p12; do
		grep -q "^		${file##*/}|" "$BATS_TEST_FILENAME" || { echo "$file"; return 1; }
	done
}

@test "PKCS #7 vectors, valid: what is stored is what is in them" {
	needs_vectors
	all_equal "$V/pkcs7" <<-END
		amazon-roots.der|
		amazon-roots.p7b|
		isrg.pem|
	END
}

@test "PKCS #7 vectors, rejected: an encrypted message, and each one cut short" {
	needs_vectors
	all_refused "$V/pkcs7" <<-END
		enveloped.pem|a CMS message of the kind 1.2.840.113549.1.7.3
	END
	head -c 1000 "$V/pkcs7/amazon-roots.der" >"$OUT/cut.p7b"
	refused "$OUT/cut.p7b" '' 'cut short'
}

@test "private key vectors, valid: what is stored is what is in them" {
	needs_vectors
	all_equal "$V/asymmetric" <<-END
		DER_Serialization/ec_private_key.der|
		DER_Serialization/ec_private_key_encrypted.der|123456
		DER_Serialization/enc-rsa-pkcs8.der|foobar
		DER_Serialization/enc2-rsa-pkcs8.der|baz
		DER_Serialization/testrsa.der|
		DER_Serialization/unenc-rsa-pkcs8.der|
		PEM_Serialization/ec_private_key.pem|
		PEM_Serialization/ec_private_key_encrypted.pem|123456
		PEM_Serialization/rsa_private_key.pem|123456
		PKCS8/ec_private_key.pem|
		PKCS8/ec_private_key_encrypted.pem|123456
		PKCS8/ecc_private_with_rfc5915_ext.pem|
		PKCS8/enc-rsa-pkcs8.pem|foobar
		PKCS8/enc2-rsa-pkcs8.pem|baz
		PKCS8/unenc-rsa-pkcs8.pem|
		Traditional_OpenSSL_Serialization/key1.pem|123456
		Traditional_OpenSSL_Serialization/key2.pem|a123456
		Traditional_OpenSSL_Serialization/testrsa-encrypted.pem|password
		Traditional_OpenSSL_Serialization/testrsa.pem|
	END
}

@test "private key vectors, accepted though weakly encrypted: the old methods of PKCS #12" {
	needs_vectors
	all_equal "$V/asymmetric/PKCS8" <<-END
		pkcs12_s2k_pem-X_9607.pem|123456
		pkcs12_s2k_pem-X_9671.pem|123456
		pkcs12_s2k_pem-X_9925.pem|123456
		pkcs12_s2k_pem-X_9926.pem|123456
		pkcs12_s2k_pem-X_9927.pem|123456
		pkcs12_s2k_pem-X_9928.pem|123456
		pkcs12_s2k_pem-X_9929.pem|123456
		pkcs12_s2k_pem-X_9930.pem|123456
		pkcs12_s2k_pem-X_9931.pem|123456
		pkcs12_s2k_pem-X_9932.pem|123456
	END
}

@test "private key vectors, rejected: by name what cannot be stored, and what is no private key" {
	needs_vectors
	all_refused "$V/asymmetric" <<-END
		DER_Serialization/dsa.1024.der|a DSA private key, which is outdated
		DER_Serialization/dsa.2048.der|a DSA private key, which is outdated
		DER_Serialization/dsa.3072.der|a DSA private key, which is outdated
		DER_Serialization/dsa_public_key.der|a public key without certificate
		DER_Serialization/dsa_public_key_invalid_bit_string.der|a public key without certificate
		DER_Serialization/dsa_public_key_no_params.der|a public key without certificate
		DER_Serialization/ec_public_key.der|a public key without certificate
		DER_Serialization/rsa_public_key.der|a public key without certificate
		DER_Serialization/unenc-dsa-pkcs8.der|the key uses DSA
		DER_Serialization/unenc-dsa-pkcs8.pub.der|a public key without certificate
		DER_Serialization/unenc-rsa-pkcs8.pub.der|a public key without certificate
		PEM_Serialization/dsa_4096.pem|a DSA private key, which is outdated
		PEM_Serialization/dsa_private_key.pem|a DSA private key, which is outdated
		PEM_Serialization/dsa_public_key.pem|a public key
		PEM_Serialization/dsaparam.pem|parameters, which keys have themselves
		PEM_Serialization/ec_public_key.pem|a public key
		PEM_Serialization/rsa_public_key.pem|a public key
		PKCS8/bad-encryption-oid.pem|encrypted with an unknown method
		PKCS8/bad-oid-dsa-key.pem|the key uses 0.37.
		PKCS8/ec_oid_not_in_reg_private_2.pkcs8.pem|the key uses EC
		PKCS8/nodompar_private.pkcs8.pem|the key uses EC with explicit parameters
		PKCS8/private.pem|the key uses EC with explicit parameters
		PKCS8/rsa_pss_2048.pem|the key uses RSA-PSS
		PKCS8/rsa_pss_2048_hash.pem|the key uses RSA-PSS
		PKCS8/rsa_pss_2048_hash_mask.pem|the key uses RSA-PSS
		PKCS8/rsa_pss_2048_hash_mask_diff.pem|the key uses RSA-PSS
		PKCS8/rsa_pss_2048_hash_mask_salt.pem|the key uses RSA-PSS
		PKCS8/rsa_pss_2048_pub.der|a public key without certificate
		PKCS8/unenc-dsa-pkcs8.pem|the key uses DSA
		PKCS8/unenc-dsa-pkcs8.pub.pem|a public key
		PKCS8/unenc-rsa-pkcs8.pub.pem|a public key
		PKCS8/withdompar_private.pkcs8.pem|the key uses EC
		Traditional_OpenSSL_Serialization/dsa.1024.pem|a DSA private key, which is outdated
		Traditional_OpenSSL_Serialization/dsa.2048.pem|a DSA private key, which is outdated
		Traditional_OpenSSL_Serialization/dsa.3072.pem|a DSA private key, which is outdated
	END
	# a broken key: NSS has the last word, and the store is as it was
	import_alone "$V/asymmetric/PEM_Serialization/rsa-bad-1025-q-is-2.pem" '' --keep-orphan-key
	[ "$status" -eq 3 ]
	[ "$(snapshot)" = "$before" ]
}

@test "no private key vector is left out of the three lists" {
	needs_vectors
	local file name
	for file in "$V"/asymmetric/{DER_Serialization,PEM_Serialization,PKCS8,Traditional_OpenSSL_Serialization}/*; do
		name=${file#"$V"/asymmetric/}
		[[ $name == */README* || $name == */rsa-bad-* ]] ||
			grep -q "^		\(${name//./\\.}\|${name##*/}\)|" "$BATS_TEST_FILENAME" || { echo "$name"; return 1; }
	done
}

@test "PKCS #12 of openssl in each cipher and MAC" {
	local cipher mac made=()
	alice() {
		openssl pkcs12 -export -legacy -inkey "$PKI/alice.key" -in "$PKI/alice.pem" -certfile "$PKI/inter.pem" \
			-passout pass:secret -iter 50 "$@"
	}
	for cipher in NONE PBE-SHA1-RC4-40 PBE-SHA1-RC4-128 PBE-SHA1-RC2-40 PBE-SHA1-RC2-128 PBE-SHA1-2DES \
		PBE-SHA1-3DES AES-128-CBC AES-192-CBC AES-256-CBC CAMELLIA-128-CBC CAMELLIA-192-CBC CAMELLIA-256-CBC; do
		alice -keypbe $cipher -certpbe $cipher -out "$OUT/$cipher.p12"
		equal "$OUT/$cipher.p12" secret || return 1
	done
	for mac in sha1 sha224 sha256 sha384 sha512; do
		alice -macalg $mac -keypbe AES-256-CBC -certpbe AES-256-CBC -out "$OUT/$mac.p12"
		equal "$OUT/$mac.p12" secret || return 1
	done
	alice -nomac -out "$OUT/nomac.p12"
	equal "$OUT/nomac.p12" secret
	# what is not among our primitives is refused by its name
	for cipher in aria-256-cbc seed-cbc; do
		alice -keypbe $cipher -certpbe $cipher -out "$OUT/$cipher.p12"
		refused "$OUT/$cipher.p12" secret "encrypted with ${cipher%%-*}"
	done
}

@test "encrypted PKCS #8 of openssl in each cipher and PRF, and scrypt by its name" {
	local cipher prf
	for cipher in des3 aes-128-cbc aes-192-cbc aes-256-cbc; do
		for prf in hmacWithSHA1 hmacWithSHA224 hmacWithSHA256 hmacWithSHA384 hmacWithSHA512; do
			openssl pkcs8 -topk8 -in "$PKI/alice.key" -v2 $cipher -v2prf $prf -iter 50 -passout pass:secret \
				-out "$OUT/key.pem"
			equal "$OUT/key.pem" secret || return 1
		done
	done
	openssl pkcs8 -topk8 -in "$PKI/alice.key" -scrypt -passout pass:secret -out "$OUT/key.pem"
	refused "$OUT/key.pem" secret scrypt
}

@test "PKCS #12 of certtool, keytool and pk12util" {
	local program
	for program in certtool keytool pk12util; do
		command -v $program >/dev/null || skip "$program is not installed"
	done
	certtool --to-p12 --load-privkey "$PKI/alice.key" --load-certificate "$PKI/alice.pem" --p12-name alice \
		--password secret --outder --outfile "$OUT/gnutls.p12" >/dev/null 2>&1
	equal "$OUT/gnutls.p12" secret
	keytool -importkeystore -srckeystore "$PKI/alice.p12" -srcstorepass secret -srcstoretype PKCS12 \
		-destkeystore "$OUT/java.p12" -deststoretype PKCS12 -deststorepass secret-secret \
		-destkeypass secret-secret -noprompt >/dev/null 2>&1
	equal "$OUT/java.p12" secret-secret
	cp -r "$EMPTY" "$OUT/nss"
	pk12util -i "$PKI/alice.p12" -d "sql:$OUT/nss" -K '' -W secret >/dev/null
	pk12util -o "$OUT/nss.p12" -n Alice -d "sql:$OUT/nss" -K '' -W secret >/dev/null
	equal "$OUT/nss.p12" secret
}
