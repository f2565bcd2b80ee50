# SPDX-License-Identifier: MPL-2.0
# Real clients against servers of ours on the loopback: a private CA, openssl s_server, Chromium,
# Firefox, and certutil of both NSS generations.

load ../cli/helper

NEWER_NSS=/usr/lib/firefox-esr
newer() { LD_LIBRARY_PATH=$NEWER_NSS "$@"; }

# One CA for a whole file: root -> intermediate -> localhost, and alice's identity.
make_pki() {
	local dir=$BATS_FILE_TMPDIR
	cd "$dir" || return
	key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
	sign() { # NAME ISSUER SUBJECT EXTENSIONS
		key "$1"
		openssl req -new -key "$1.key" -subj "$3" -out "$1.csr"
		openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 300 \
		    -extfile <(printf '%b' "$4") -out "$1.pem"
	}
	{
		key root
		openssl req -x509 -new -key root.key -subj '/CN=Clients Test Root/O=Trustctl Tests' -days 900 \
		    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
		    -out root.pem
		sign inter root '/CN=Clients Test Intermediate/O=Trustctl Tests' \
		    'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n'
		sign leaf inter '/CN=localhost' \
		    'basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n'
		sign alice inter '/CN=Alice Test' \
		    'basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth,emailProtection\nkeyUsage=digitalSignature\nsubjectAltName=email:alice@example.com\n'
		openssl pkcs12 -export -inkey alice.key -in alice.pem -certfile inter.pem -name alice \
		    -passout pass:secret -out alice.p12
		printf secret >p12.pw
		for c in root inter leaf alice; do openssl x509 -in $c.pem -outform DER -out $c.der; done
	} >pki.log 2>&1 || { cat pki.log >&2; return 1; }
}

fingerprint() { sha256sum "$BATS_FILE_TMPDIR/$1.der" | cut -d' ' -f1; }
pki() { echo "$BATS_FILE_TMPDIR/$1"; }

# start_server NAME OPTIONS...: sets NAME to the port
start_server() {
	local name=$1 log
	shift
	log=$BATS_FILE_TMPDIR/server-$name.log
	openssl s_server -accept 127.0.0.1:0 -www -key "$(pki leaf.key)" "$@" >"$log" 2>&1 </dev/null 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
	for _ in $(seq 100); do
		grep -q ^ACCEPT "$log" && break
		sleep 0.05
	done
	sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$log" | head -1 >"$BATS_FILE_TMPDIR/port-$name"
	[ -s "$BATS_FILE_TMPDIR/port-$name" ]
}
url() { echo "https://localhost:$(cat "$BATS_FILE_TMPDIR/port-$1")/"; }
stop_servers() {
	[ ! -f "$BATS_FILE_TMPDIR/servers" ] || xargs kill <"$BATS_FILE_TMPDIR/servers" 2>/dev/null || true
}

# chromium_says URL: OK, or net::ERR_...
chromium_says() {
	local out=$BATS_TEST_TMPDIR/chromium
	mkdir -p "$out/tmp" "$out/profile$RANDOM"
	TMPDIR=$out/tmp timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
	    --disable-background-networking --disable-component-update --disable-sync \
	    --user-data-dir="$(mktemp -d "$out/data.XXXXXX")" --enable-logging=stderr --dump-dom "$1" \
	    >"$out/dom" 2>"$out/log" 3>&- </dev/null || true
	grep -o 'net::ERR_[A-Z_0-9]*' "$out/log" | head -1 >"$out/error"
	if grep -q 's_server' "$out/dom"; then echo OK; else cat "$out/error"; fi
}

# firefox_says PROFILE STEP...: see marionette
firefox_says() {
	timeout 150 "$BATS_TEST_DIRNAME/marionette" "$@" 3>&- </dev/null
}

# A Firefox profile of ours, known to profiles.ini; its path is printed.
firefox_profile() {
	made_profile "$1" firefox
}

# A home as for the command-line tests, on a machine that has the real Firefox's libraries.
setup_clients() {
	setup_home
	mkdir -p "$TRUSTCTL_ROOT/usr/lib"
	ln -s "$NEWER_NSS" "$TRUSTCTL_ROOT/usr/lib/firefox-esr"
}
