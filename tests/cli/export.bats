#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl export: what other programs read back.

load helper
load pki

# typing WORD,WORD... COMMAND...: on a terminal, where each question is answered with the next word
typing() {
	local words=$1
	shift
	expect -f - -- "$words" "$@" <<-'END'
		set timeout 120
		set words [split [lindex $argv 0] ,]
		spawn -noecho {*}[lrange $argv 1 end]
		expect {
			-re {: $} {
				send -- "[lindex $words 0]\r"
				set words [lrange $words 1 end]
				exp_continue
			}
			timeout { exit 99 }
			eof
		}
		exit [lindex [wait] 3]
	END
}

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

@test "a certificate is exported as PEM and DER" {
	trustctl import "$PKI/root.pem"
	trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.pem"
	openssl x509 -in "$BATS_TEST_TMPDIR/out.pem" -outform der | cmp - "$PKI/root.der"
	trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.der"
	cmp "$BATS_TEST_TMPDIR/out.der" "$PKI/root.der"
}

@test "standard output gets the bytes and nothing else" {
	trustctl import "$PKI/root.pem"
	trustctl export 'Test Root' -o - --format der >"$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/out" "$PKI/root.der"
}

@test "an identity goes round through PKCS #12 with its key and chain" {
	trustctl import "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret"
	trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --chain --password-file "$PKI/secret"
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/out.p12")" = 600 ]
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:secret -nodes \
		-out "$BATS_TEST_TMPDIR/all.pem"
	openssl pkey -in "$BATS_TEST_TMPDIR/all.pem" -pubout |
		cmp - <(openssl pkey -in "$PKI/alice.key" -pubout)
	[ "$(grep -c 'BEGIN CERT' "$BATS_TEST_TMPDIR/all.pem")" -eq 3 ]
	pk12util -l "$BATS_TEST_TMPDIR/out.p12" -W secret >/dev/null
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:secret -info -noout 2>&1 |
		grep -q 'AES-256-CBC'
}

@test "issuers that do not go along with an identity are told, and how they do" {
	trustctl import -q "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret"
	run -0 --separate-stderr trustctl export Alice -o "$BATS_TEST_TMPDIR/alone.p12" --password-file "$PKI/secret"
	[[ $stderr == *"the issuers of 'Alice Test' are not part of the file, "*'; --chain takes them along'* ]]
	run -0 --separate-stderr trustctl export Alice -o "$BATS_TEST_TMPDIR/chain.p12" --chain --password-file "$PKI/secret"
	[[ $stderr != *'are not part of the file'* ]]
	run -0 --separate-stderr trustctl export Alice 'Test Intermediate' -o "$BATS_TEST_TMPDIR/named.p12" \
		--password-file "$PKI/secret"
	[[ $stderr != *'are not part of the file'* ]]
	run -0 --separate-stderr trustctl export Alice -o "$BATS_TEST_TMPDIR/alone.pem"
	[[ $stderr != *'are not part of the file'* ]]
}

@test "PKCS #12 without private key is refused" {
	trustctl import "$PKI/root.pem"
	run --separate-stderr trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.p12"
	[ "$status" -eq 3 ]
	[[ $stderr == *"no private key"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/out.p12" ]
}

@test "an existing file is replaced only with --force" {
	trustctl import "$PKI/root.pem"
	echo mine >"$BATS_TEST_TMPDIR/out.pem"
	run --separate-stderr trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.pem"
	[ "$status" -eq 5 ]
	[[ $stderr == *--force* ]]
	[ "$(cat "$BATS_TEST_TMPDIR/out.pem")" = mine ]
	trustctl export 'Test Root' -o "$BATS_TEST_TMPDIR/out.pem" --force
	openssl x509 -in "$BATS_TEST_TMPDIR/out.pem" -noout
}

@test "an empty password for a private key is refused" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	run trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file /dev/null
	[ "$status" -eq 3 ]
	[ ! -e "$BATS_TEST_TMPDIR/out.p12" ]
}

@test "two certificates do not fit in DER" {
	trustctl import "$PKI/root.pem" "$PKI/root2.pem"
	run trustctl export 'Test Root' 'Second Root' -o "$BATS_TEST_TMPDIR/out.der"
	[ "$status" -eq 2 ]
	trustctl export 'Test Root' 'Second Root' -o "$BATS_TEST_TMPDIR/out.pem"
	[ "$(grep -c 'BEGIN CERT' "$BATS_TEST_TMPDIR/out.pem")" -eq 2 ]
}

@test "exporting changes no store" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	before=$(snapshot)
	trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file "$PKI/secret"
	[ "$before" = "$(snapshot)" ]
}

@test "an identity comes out of a store that may only be read, whatever its history is" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	sqlite3 "$STORE/trustctl.db" "UPDATE about SET value='2' WHERE name='schema'" 'CREATE VIEW v AS SELECT 1'
	trustctl export Alice -o "$HOME/out.p12" --password-file "$PKI/secret"
	as=()
	cp "$PKI/secret" "$HOME/secret"
	if [ "$(id -u)" -eq 0 ]; then
		mkdir -m 700 "$HOME/memory"
		admit_nobody
		as=(setpriv --reuid nobody --clear-groups env "XDG_RUNTIME_DIR=$HOME/memory")
	fi
	chmod 500 "$STORE"
	chmod 400 "$STORE"/*.db
	"${as[@]}" trustctl export Alice -o "$HOME/again.p12" --password-file "$HOME/secret"
	openssl pkcs12 -in "$HOME/again.p12" -passin pass:secret -noout
}

@test "an identity comes out of a copy beside the store where memory takes none" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	chmod 700 "$STORE"
	before=$(ls "$STORE" && snapshot)
	# Nor is there a /dev/shm on this machine.
	unset XDG_RUNTIME_DIR
	trustctl export Alice -o "$HOME/out.p12" --password-file "$PKI/secret"
	openssl pkcs12 -in "$HOME/out.p12" -passin pass:secret -noout
	[ "$before" = "$(ls "$STORE" && snapshot)" ]
}

@test "an identity of a store with a password needs that password" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl store password --password-file "$PKI/secret"
	run trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file "$PKI/secret" \
		--store-password-file "$PKI/wrong"
	[ "$status" -eq 4 ]
	trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file "$PKI/secret" \
		--store-password-file "$PKI/secret"
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:secret -noout
}

@test "PEM takes the private key along only with --with-key, and only encrypted" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	run --separate-stderr trustctl export Alice -o "$BATS_TEST_TMPDIR/cert.pem"
	[ "$status" -eq 0 ]
	[[ $stderr == *--with-key* ]]
	run ! grep -q KEY "$BATS_TEST_TMPDIR/cert.pem"
	trustctl export Alice -o "$BATS_TEST_TMPDIR/key.pem" --with-key --password-file "$PKI/secret"
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/key.pem")" = 600 ]
	grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "$BATS_TEST_TMPDIR/key.pem"
	openssl pkey -in "$BATS_TEST_TMPDIR/key.pem" -passin pass:secret -pubout |
		cmp - <(openssl pkey -in "$PKI/alice.key" -pubout)
}

@test "a private key without certificate comes out alone, and only so" {
	trustctl import -q "$PKI/alice.key" --keep-orphan-key
	local id
	id=$(trustctl list --kind key --json | jq -r '.. | .id? // empty' | head -n 1)
	openssl pkey -in "$PKI/alice.key" -pubout >"$BATS_TEST_TMPDIR/pub"
	trustctl export "$id" -o "$BATS_TEST_TMPDIR/a.key" --password-file "$PKI/secret"
	openssl pkey -in "$BATS_TEST_TMPDIR/a.key" -passin pass:secret -pubout | cmp - "$BATS_TEST_TMPDIR/pub"
	trustctl export "$id" -o "$BATS_TEST_TMPDIR/b.key" --insecure-plain-key --no-loss
	openssl pkey -in "$BATS_TEST_TMPDIR/b.key" -pubout | cmp - "$BATS_TEST_TMPDIR/pub"
	local format
	for format in p12 pem der jks; do
		run --separate-stderr trustctl export "$id" -o "$BATS_TEST_TMPDIR/x" --format $format \
			--password-file "$PKI/secret"
		[ "$status" -eq 3 ]
		[[ $stderr == *"is no certificate and cannot be exported as $format"*'--format pkcs8'* ]]
		[ ! -e "$BATS_TEST_TMPDIR/x" ]
	done
}

@test "files that cannot be written are called by their own names, and it is said which were" {
	openssl req -x509 -newkey rsa:4096 -nodes -keyout /dev/null -subj '/CN=Large Root' -days 900 \
		-addext keyUsage=keyCertSign -out "$BATS_TEST_TMPDIR/large.pem"
	local id name
	id=$(openssl x509 -in "$BATS_TEST_TMPDIR/large.pem" -outform der | sha256sum | cut -d ' ' -f 1)
	name=Large_Root-${id:0:8}.crt
	trustctl import -q "$PKI/root.pem" "$BATS_TEST_TMPDIR/large.pem"
	trustctl trust enable -q "$(sha256 root)" "$id" --fingerprint "$(sha256 root)" --fingerprint "$id"
	small() {
		(ulimit -f 1 && trustctl export 'Test Root' "$id" --format ca-certificates -o "$BATS_TEST_TMPDIR/$1")
	}
	run --separate-stderr small new
	[ "$status" -eq 3 ]
	[[ $stderr == *"trustctl: cannot write '$BATS_TEST_TMPDIR/new/$name'"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/new" ]
	mkdir "$BATS_TEST_TMPDIR/old"
	run --separate-stderr small old
	[ "$status" -eq 3 ]
	[[ $stderr == *"1 of 2 files is written: cannot write '$BATS_TEST_TMPDIR/old/$name'"* ]]
	[ "$(find "$BATS_TEST_TMPDIR/old" -type f | wc -l)" -eq 1 ]
}

@test "options that a format cannot honour are refused" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	run trustctl export Alice -o "$BATS_TEST_TMPDIR/out.der" --with-key
	[ "$status" -eq 2 ]
	run trustctl export Alice -o "$BATS_TEST_TMPDIR/out.der" --header
	[ "$status" -eq 2 ]
	run trustctl export Alice -o "$BATS_TEST_TMPDIR/out.der" --chain
	[ "$status" -eq 2 ]
	[ ! -e "$BATS_TEST_TMPDIR/out.der" ]
}

@test "a file in the way is told before a password is asked for" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	echo mine >"$BATS_TEST_TMPDIR/out.p12"
	run --separate-stderr trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12" </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *'exists already'* ]]
	run --separate-stderr trustctl export Alice -o "$BATS_TEST_TMPDIR/no/out.p12" </dev/null
	[ "$status" -eq 3 ]
	[[ $stderr == *"mkdir -p '$BATS_TEST_TMPDIR/no'"* ]]
}

@test "a device is never replaced" {
	trustctl import "$PKI/root.pem"
	for device in /dev/null /dev/full; do
		run --separate-stderr trustctl export 'Test Root' -o "$device" --force
		[ "$status" -eq 3 ]
		[[ $stderr == *'it is a device'* ]]
		[ -c "$device" ]
	done
}

@test "a full disk behind standard output is an error" {
	trustctl import "$PKI/root.pem"
	run bash -c 'trustctl export "Test Root" -o - >/dev/full'
	[ "$status" -eq 3 ]
	[[ $output == *'no space left on device'* ]]
}

@test "the password is asked for twice on a terminal, and a difference is noticed" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	run typing one,two,three,three \
		trustctl export Alice -o "$BATS_TEST_TMPDIR/out.p12"
	[ "$status" -eq 0 ]
	[[ $output == *'the two passwords differ'* ]]
	[[ $output != *three* ]]
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:three -noout
}

@test "two identities need the store's password once" {
	openssl pkcs12 -export -inkey "$PKI/server.key" -in "$PKI/server.pem" -name Server \
		-passout pass:secret -out "$BATS_TEST_TMPDIR/server.p12"
	trustctl import "$PKI/alice.p12" "$BATS_TEST_TMPDIR/server.p12" --password-file "$PKI/secret"
	trustctl store password --password-file "$PKI/secret"
	run typing secret trustctl export Alice Server -o "$BATS_TEST_TMPDIR/out.p12" \
		--password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[[ $output == *'2 private keys'* ]]
	[ "$(openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:secret -nocerts -nodes |
		grep -c 'BEGIN PRIVATE KEY')" -eq 2 ]
}

@test "a private key never goes to a terminal" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	for arguments in '--format p12' --with-key '--format der'; do
		# shellcheck disable=SC2086
		run script -qec "trustctl export Alice -o - $arguments --password-file $PKI/secret" /dev/null
		[ "$status" -eq 5 ]
		[[ $output == *'not written to a terminal'* ]]
	done
}

@test "a chain in PEM verifies from the leaf to the root" {
	trustctl import "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret"
	trustctl export Alice -o "$BATS_TEST_TMPDIR/chain.pem" --chain --header
	openssl verify -CAfile "$PKI/root.pem" -untrusted "$BATS_TEST_TMPDIR/chain.pem" \
		"$BATS_TEST_TMPDIR/chain.pem"
	[ "$(grep -c '^# Subject: ' "$BATS_TEST_TMPDIR/chain.pem")" -eq 3 ]
	grep '^# Subject: ' "$BATS_TEST_TMPDIR/chain.pem" | tail -n 1 | grep -q 'CN=Test Root'
}

@test "a file names the items to export" {
	trustctl import "$PKI/root2.pem"
	trustctl export "$PKI/root2.der" -o "$BATS_TEST_TMPDIR/again.der" --format der
	cmp "$PKI/root2.der" "$BATS_TEST_TMPDIR/again.der"
}
