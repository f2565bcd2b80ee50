# SPDX-License-Identifier: MPL-2.0
# Certificates for the tests of the writing commands, made once per file by openssl, and questions
# to certutil and openssl about what a store really holds. Load after helper.bash.

# issue NAME SUBJECT ISSUER|- DAYS EXTENSIONS... : NAME.key, NAME.pem and NAME.der in $PKI
issue() {
	local name=$1 subject=$2 issuer=$3 days=$4
	shift 4
	openssl ecparam -genkey -name prime256v1 -noout -out "$PKI/$name.key" 2>/dev/null
	printf '%s\n' "$@" >"$PKI/$name.ext"
	openssl req -new -utf8 -key "$PKI/$name.key" -subj "$subject" -out "$PKI/$name.csr" 2>/dev/null
	if [[ $issuer == - ]]; then
		openssl x509 -req -in "$PKI/$name.csr" -signkey "$PKI/$name.key" -days "$days" \
			-sha256 -extfile "$PKI/$name.ext" -out "$PKI/$name.pem" 2>/dev/null
	else
		openssl x509 -req -in "$PKI/$name.csr" -CA "$PKI/$issuer.pem" -CAkey "$PKI/$issuer.key" \
			-CAcreateserial -days "$days" -sha256 -extfile "$PKI/$name.ext" \
			-out "$PKI/$name.pem" 2>/dev/null
	fi
	openssl x509 -in "$PKI/$name.pem" -outform der -out "$PKI/$name.der"
}

# A company: root, intermediate, server, and alice with an identity in alice.p12 (password: secret).
make_pki() {
	PKI=$BATS_FILE_TMPDIR/pki
	export PKI
	mkdir -p "$PKI"
	local ca='basicConstraints=critical,CA:TRUE' use='keyUsage=critical,keyCertSign,cRLSign'
	issue root '/CN=Test Root/O=Test' - 3650 "$ca" "$use" 'subjectKeyIdentifier=hash'
	issue root2 '/CN=Second Root/O=Test' - 3650 "$ca" "$use" 'subjectKeyIdentifier=hash'
	issue inter '/CN=Test Intermediate/O=Test' root 3000 "$ca" "$use" 'subjectKeyIdentifier=hash'
	issue old '/CN=Old Intermediate/O=Test' root 30 "$ca" "$use" 'subjectKeyIdentifier=hash'
	issue server '/CN=localhost' inter 2000 'basicConstraints=CA:FALSE' \
		'subjectAltName=DNS:localhost,IP:127.0.0.1' 'extendedKeyUsage=serverAuth'
	issue alice '/CN=Alice Test/emailAddress=alice@example.com' inter 2000 \
		'basicConstraints=CA:FALSE' 'extendedKeyUsage=clientAuth,emailProtection' \
		'subjectAltName=email:alice@example.com'
	openssl pkcs12 -export -inkey "$PKI/alice.key" -in "$PKI/alice.pem" -certfile "$PKI/inter.pem" \
		-name 'Alice' -passout pass:secret -out "$PKI/alice.p12" 2>/dev/null
	printf 'secret\n' >"$PKI/secret"
	printf 'wrong\n' >"$PKI/wrong"
	chmod 600 "$PKI/secret" "$PKI/wrong"
}

# sha256 NAME: the identifier, 64 lower-case digits
sha256() {
	sha256sum <"$PKI/$1.der" | cut -d ' ' -f 1
}

# letters NICKNAME [DIRECTORY]: certutil's trust letters, empty when the certificate is not there
letters() {
	certutil -L -d "sql:${2:-$STORE}" | awk -v want="$1" '
		{ flags = $NF; sub(/[[:space:]]+[^[:space:]]+[[:space:]]*$/, "") }
		$0 == want { print flags }'
}

# private_keys [DIRECTORY]: how many there are
private_keys() {
	sqlite3 "${1:-$STORE}/key4.db" \
		"SELECT count(*) FROM nssPrivate WHERE a0 = x'00000003'"
}

# rows CLASS-IN-HEX [DIRECTORY]: objects of one class in cert9.db
rows() {
	sqlite3 "${2:-$STORE}/cert9.db" "SELECT count(*) FROM nssPublic WHERE a0 = x'$1'"
}

# A new certificate for Alice's key, as after a renewal.
issue_renewed() {
	openssl x509 -req -in "$PKI/alice.csr" -CA "$PKI/inter.pem" -CAkey "$PKI/inter.key" -CAcreateserial -days 2500 \
		-sha256 -extfile "$PKI/alice.ext" -outform der -out "$PKI/renewed.der" 2>/dev/null
}

# A root whose name is made to run commands and to end quotes.
issue_hostile() {
	issue hostile "/CN='; touch pwned; \$(touch pwned) \"<&:/O=Test" - 900 \
		'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign'
}

# A store of certutil's making in the place where Chromium looks.
make_user_store() {
	STORE=$(made_store)
}

# trusted NAME [USAGES]: import a root and trust it
trusted() {
	trustctl import -q "$PKI/$1.pem" >/dev/null
	trustctl trust enable -q "$(sha256 "$1")" ${2:+--usage "$2"} --fingerprint "$(sha256 "$1")" >/dev/null
}

# snapshot [DIRECTORY]: digests of what a failed command must leave alone
snapshot() {
	(cd "${1:-$STORE}" && sha256sum cert9.db key4.db && { [[ ! -e trustctl.db ]] || sha256sum trustctl.db; })
}
