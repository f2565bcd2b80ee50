#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl store restore: a store becomes what a backup holds, by a change that can be undone.

load helper
load pki

setup_file() {
	make_pki
	printf 'password of the file\n' >"$PKI/file-password"
	printf 'store password\n' >"$PKI/store-password"
}

setup() {
	setup_home
	make_user_store
	FILE=$BATS_TEST_TMPDIR/store.backup
}

# A store with an identity, a trusted root and a distrusted one, and its backup.
backed_up() {
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12" "$PKI/root.pem" "$PKI/root2.pem" "$@"
	trustctl trust enable --quiet --fingerprint "$(sha256 root)" "$@"
	trustctl trust distrust --quiet --yes "$(sha256 root2)" "$@"
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
}
restore() { trustctl store restore --password-file "$PKI/file-password" "$FILE" "$@"; }
# What certutil sees, and the key's own bytes.
seen() {
	certutil -L -d "sql:$1"
	pk12util -o "$BATS_TEST_TMPDIR/out.p12" -n Alice -d "sql:$1" -W x ${2:+-k "$2"} >/dev/null
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:x -nodes -nocerts | openssl ec -outform der | sha256sum
}

@test "a lost store is restored whole: certificates, trust, and a key that works" {
	backed_up
	before=$(seen "$STORE" | sort)
	rm -rf "$STORE"
	run restore --fingerprint "$(sha256 root)"
	[ "$status" -eq 0 ]
	[ "$before" = "$(seen "$STORE" | sort)" ]
	trustctl store check
}

@test "root makes no store in a user's home" {
	[ "$(id -u)" -eq 0 ] || skip 'only root would'
	backed_up
	rm -rf "$HOME/.local"
	chown nobody "$HOME"
	run -4 --separate-stderr restore
	[[ $stderr == *"a store that root makes at '$STORE' would lock nobody out"*'sudo -u nobody trustctl'* ]]
	[ ! -e "$HOME/.local" ]
}

@test "who interrupts the trust step of a restore into a new store is told that the store was made" {
	backed_up
	rm -rf "$STORE"
	run expect -c "set timeout 20
		spawn -noecho trustctl store restore --password-file $PKI/file-password $FILE
		expect {first 8 digits} { send \003 }
		expect eof"
	[[ $output == *"trustctl: interrupted; store 'user' was made, and is empty"* ]]
	[ "$(rows 00000001)" -eq 0 ]
}

@test "trust that becomes wider wants the trust step, and nothing is restored without" {
	backed_up
	trustctl trust disable --quiet "$(sha256 root)"
	before=$(snapshot)
	run restore </dev/null
	[ "$status" -eq 5 ]
	[[ $output == *"$(sha256 root)"* ]]
	[ "$before" = "$(snapshot)" ]
	restore --fingerprint "$(sha256 root)"
	[ "$(letters 'Test Root')" = CT,C,C ]
}

@test "a restore is in the history and can be undone" {
	backed_up
	trustctl delete --quiet --yes "$(sha256 alice)"
	trustctl import --quiet "$PKI/server.pem"
	between=$(certutil -L -d "sql:$STORE" | sort)
	restore
	[ "$(private_keys)" -eq 1 ]
	[ "$(trustctl history list --json | jq -r '.changes[0].command')" = 'store restore' ]
	trustctl history undo --last
	[ "$between" = "$(certutil -L -d "sql:$STORE" | sort)" ]
	[ "$(private_keys)" -eq 0 ]
}

@test "what the backup does not have stays, but with --exact" {
	backed_up
	trustctl import --quiet "$PKI/server.pem" "$PKI/old.pem"
	restore
	[ "$(rows 00000001)" -eq 6 ]
	run restore --exact </dev/null
	[ "$status" -eq 5 ]
	[ "$(rows 00000001)" -eq 6 ]
	restore --exact --yes
	[ "$(rows 00000001)" -eq 4 ]
	run restore --exact --yes
	[ "$status" -eq 0 ]
}

@test "exactly: a certificate takes the place of one with its issuer and serial number" {
	for name in root root2; do
		openssl x509 -req -in "$PKI/$name.csr" -CA "$PKI/inter.pem" -CAkey "$PKI/inter.key" -set_serial 77 -days 100 \
			-outform der -out "$HOME/$name.der" 2>/dev/null
	done
	trustctl import --quiet "$HOME/root.der"
	trustctl trust distrust --quiet --yes 'Test Root'
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
	rm -r "$STORE"
	make_user_store
	trustctl import --quiet "$HOME/root2.der"
	run restore
	[[ $status -eq 3 && $output == *'another certificate with the same issuer and serial number'* ]]
	run -0 restore --exact --yes
	[ "$(trustctl list --json | jq -c '[.items[] | [.name, .trust]]')" = '[["Test Root","distrusted"]]' ]
	run -0 trustctl history undo --last --fingerprint "$(sha256sum <"$HOME/root.der" | cut -d ' ' -f 1)"
	[ "$(trustctl list --json | jq -c '[.items[] | [.name, .trust]]')" = '[["Second Root","undecided"]]' ]
}

@test "exactly: a certificate gets its nickname also where the one that goes had it" {
	certutil -A -d "sql:$STORE" -n Same -t ,, -i "$PKI/root.pem"
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
	rm -r "$STORE"
	make_user_store
	certutil -A -d "sql:$STORE" -n Same -t ,, -i "$PKI/root2.pem"
	restore --exact --yes
	[ "$(rows 00000001)" -eq 1 ]
	[ "$(letters Same)" = ,, ]
}

# list YEAR: a revocation list of the root's, $HOME/YEAR.pem
list() {
	printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\n' /dev/null >"$HOME/crl.cnf"
	openssl ca -gencrl -config "$HOME/crl.cnf" -cert "$PKI/root.pem" -keyfile "$PKI/root.key" \
		-crl_lastupdate "${1}0101000000Z" -crl_nextupdate 20490101000000Z -out "$HOME/$1.pem" 2>/dev/null
}

@test "exactly: a revocation list takes the place of the one that came after it" {
	list 2024
	list 2025
	trustctl import --quiet "$PKI/root.pem" "$HOME/2024.pem"
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
	lists() { trustctl list --kind crl --json | jq -c '[.items[].id]'; }
	before=$(lists)
	trustctl import --quiet "$HOME/2025.pem"
	[ "$(lists)" != "$before" ]
	run -0 restore --exact --yes
	[ "$(rows ce534351)" -eq 1 ]
	[ "$(lists)" = "$before" ]
}

@test "a store with a password comes back with it, from a file with another password" {
	rm -rf "$STORE"
	mkdir -p "$STORE"
	certutil -N -d "sql:$STORE" -f "$PKI/store-password"
	backed_up --store-password-file "$PKI/store-password"
	before=$(seen "$STORE" "$PKI/store-password" | sort)
	rm -rf "$STORE"
	run restore --fingerprint "$(sha256 root)" </dev/null
	[ "$status" -eq 4 ]
	[[ $output == *password* ]]
	restore --fingerprint "$(sha256 root)" --store-password-file "$PKI/store-password"
	[ "$before" = "$(seen "$STORE" "$PKI/store-password" | sort)" ]
}

@test "a wrong password, another kind of file, and a changed or cut backup change nothing" {
	backed_up
	before=$(snapshot)
	run trustctl store restore --password-file "$PKI/wrong" "$FILE"
	[ "$status" -eq 3 ]
	[[ $output == *password* ]]
	run trustctl store restore --password-file "$PKI/file-password" "$PKI/root.pem"
	[ "$status" -eq 3 ]
	cp "$FILE" "$FILE.whole"
	size=$(stat -c %s "$FILE")
	for at in 0 20 40 9000 $((size / 2)) $((size - 1)); do
		cp "$FILE.whole" "$FILE"
		printf '\xaa' | dd of="$FILE" bs=1 seek="$at" conv=notrunc 2>/dev/null
		cmp -s "$FILE" "$FILE.whole" && continue
		run restore --fingerprint "$(sha256 root)"
		[ "$status" -eq 3 ]
		head -c "$at" "$FILE.whole" >"$FILE"
		run restore --fingerprint "$(sha256 root)"
		[ "$status" -eq 3 ]
	done
	[ "$before" = "$(snapshot)" ]
}

@test "a dry run tells what would be restored and changes nothing" {
	backed_up
	trustctl delete --quiet --yes "$(sha256 alice)"
	before=$(snapshot)
	run restore --dry-run
	[ "$status" -eq 0 ]
	[[ $output == *Alice* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a dry run of a store that is not there tells what would be in it, and makes none" {
	backed_up
	run -0 --separate-stderr restore --dry-run --store "$HOME/new" --json </dev/null
	[ "$(json '[.stores[] | .store, .result] | join(" ")')" = "$HOME/new would-change" ]
	[ "$(json '[.stores[0].actions[] | select(.action == "add a certificate") | .id] | sort | tostring')" = \
		"$(trustctl list --json | jq -c '[.items[].id] | sort')" ]
	[ "$(json '[.stores[0].actions[] | select(.action == "set trust") | .id] | length')" -eq 2 ]
	[ "$(json '.stores[0].needs_fingerprints | join(" ")')" = "$(sha256 root)" ]
	run -0 --separate-stderr restore --dry-run --exact --store "$HOME/new"
	[[ $output == *"store '$HOME/new': would be created, and change"*'would need --fingerprint'* ]]
	[ ! -e "$HOME/new" ]
	run -4 trustctl trust disable root --dry-run --store "$HOME/new"
}

@test "the trust step says who a root is that the store lacks" {
	backed_up
	trustctl delete --quiet --yes "$(sha256 root)"
	run --separate-stderr restore </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *'  subject      '*'CN=Test Root'*'  valid  '*'  it is not limited to any names'* ]]
}

@test "exactly: two certificates of one key go with it, and with one that the backup has it stays" {
	issue_renewed
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
	trustctl import --quiet "$PKI/renewed.der"
	run -0 restore --exact --yes
	[ "$(rows 00000001)" -eq 0 ]
	[ "$(private_keys)" -eq 0 ]

	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
	trustctl store backup --quiet --force --password-file "$PKI/file-password" "$FILE"
	trustctl import --quiet "$PKI/renewed.der"
	run -0 restore --exact --yes
	[ -n "$(letters Alice)" ]
	[ "$(rows 00000001)" -eq 2 ]
	[ "$(private_keys)" -eq 1 ]
}

@test "exactly: a key that a certificate of the backup uses stays, which is said before anything is done" {
	issue_renewed
	trustctl import --quiet "$PKI/alice.pem"
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
	trustctl import --quiet "$PKI/renewed.der"
	run -0 --separate-stderr restore --exact --dry-run
	[[ $stderr == *"the private key of 'Alice Test' stays: 'Alice Test' ($(sha256 alice | cut -c 1-16)) uses it too"* ]]
	run -0 --separate-stderr restore --exact --yes
	[ "$(grep -c ' stays: ' <<<"$stderr")" -eq 1 ]
	[ "$(private_keys)" -eq 1 ]
}

@test "exactly: a copy of its certificate does not keep a key" {
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
	sqlite3 "$STORE/cert9.db" "CREATE TEMP TABLE copies AS SELECT * FROM nssPublic
		WHERE a0 = x'00000001' AND hex(a11) = '$(xxd -p "$PKI/alice.der" | tr -d '\n' | tr a-f A-F)';
		UPDATE copies SET id = id + 7; INSERT INTO nssPublic SELECT * FROM copies"
	[ "$(rows 00000001)" -eq 3 ]
	run -0 --separate-stderr restore --exact --yes
	[[ $stderr != *' stays'* ]]
	[ "$(rows 00000001)" -eq 0 ]
	[ "$(private_keys)" -eq 0 ]
}

@test "exactly: a key that the backup has without a certificate stays, and one with a certificate gets it" {
	openssl pkcs8 -topk8 -nocrypt -in "$PKI/alice.key" -out "$PKI/alice.pk8"
	trustctl import --quiet --keep-orphan-key "$PKI/alice.pk8"
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
	trustctl import --quiet "$PKI/alice.pem"
	run -0 restore --exact --yes
	[ "$(private_keys)" -eq 1 ]
	[ "$(rows 00000001)" -eq 0 ]

	trustctl import --quiet "$PKI/alice.pem"
	trustctl store backup --quiet --force --password-file "$PKI/file-password" "$FILE"
	certutil -D -d "sql:$STORE" -n "$(trustctl list --json | jq -r '.items[0].nickname')"
	[ "$(private_keys)" -eq 1 ]
	run -0 restore --exact --yes
	[ "$(private_keys)" -eq 1 ]
	[ "$(rows 00000001)" -eq 1 ]
}

@test "a restore that is refused takes back the store that it made" {
	backed_up
	run --separate-stderr restore --store "$HOME/fresh" </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *"removed the store '$HOME/fresh' again: nothing was put in"* ]]
	[[ $stderr != *'nothing was changed'* ]]
	[ ! -e "$HOME/fresh" ]
	# Not so where only the result could not be printed.
	run --separate-stderr bash -c 'trustctl store restore "$@" >&-' - --password-file "$PKI/file-password" "$FILE" \
		--store "$HOME/other" --fingerprint "$(sha256 root)"
	[ "$status" -eq 6 ]
	[[ $stderr == *'created the store'* && $stderr != *'removed the store'* ]]
	run --separate-stderr restore --store "$HOME/fresh" --fingerprint "$(sha256 root)"
	[ "$status" -eq 0 ]
	[[ $stderr != *'nothing was restored'* ]]
}

@test "a backup with a long history is unpacked where there is room for all of it" {
	unshare -m true 2>/dev/null || skip 'needs mount namespaces'
	trustctl import --quiet "$PKI/root.pem"
	sqlite3 "$STORE/trustctl.db" 'CREATE TABLE more (bytes); INSERT INTO more VALUES (randomblob(3000000))'
	trustctl store backup --quiet --password-file "$PKI/file-password" "$FILE"
	mkdir -p "$TRUSTCTL_ROOT/dev/shm" "$BATS_TEST_TMPDIR/small"
	# Twice the certificates and keys have room there.
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/small
	run unshare -m sh -c 'mount -t tmpfs -o size=2m,mode=700 tmpfs "$XDG_RUNTIME_DIR" && exec "$@"' - \
		"$TRUSTCTL" store restore --password-file "$PKI/file-password" "$FILE"
	[ "$status" -eq 0 ]
}
