#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl history undo: a change is taken back.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

# What the two databases hold, row by row, whatever order the file has them in.
dump() {
	sqlite3 "$STORE/cert9.db" "SELECT * FROM nssPublic ORDER BY id" | sha256sum
	for table in nssPrivate metaData; do
		sqlite3 "$STORE/key4.db" "SELECT * FROM $table ORDER BY 1" | sha256sum
	done
}

@test "an import is undone to the last row" {
	before=$(dump)
	trustctl import "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret"
	run trustctl history undo --last
	[ "$status" -eq 0 ]
	[ "$before" = "$(dump)" ]
}

@test "the undo of a command on two stores is undone in both" {
	made_profile work >/dev/null
	trustctl import "$PKI/root.pem" --store user,firefox
	trustctl history undo 1 --store firefox
	[ "$(letters 'Test Root')" = '' ]
	run --separate-stderr trustctl history undo 2 --store firefox
	[ "$status" -eq 0 ]
	[ "$(letters 'Test Root')" = ',,' ]
	[ "$(letters 'Test Root' "$HOME/.mozilla/firefox/work")" = ',,' ]
}

@test "the undo of a command on two stores says what it takes back in each" {
	made_profile work >/dev/null
	trustctl import "$PKI/root.pem"
	trustctl import "$PKI/root.pem" "$PKI/root2.pem" --store user,firefox
	run --separate-stderr trustctl history undo --last
	[ "$status" -eq 0 ]
	[[ $stderr == *"undo of change 2 of the store 'user' (import: added: Second Root)"* ]]
	[[ $stderr == *"undo of change 1 of the store 'firefox' (import: 2 certificates added)"* ]]
}

@test "undo of a distrust that makes a CA an anchor again is the trust step" {
	trustctl import "$PKI/root.pem"
	trustctl trust enable --fingerprint "$(sha256 root)"
	trustctl trust distrust 'Test Root'
	run --separate-stderr trustctl history undo --last --yes </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *--fingerprint* ]]
	[ "$(letters 'Test Root')" = 'p,p,p' ]
	trustctl history undo --last --fingerprint "$(sha256 root)"
	[ "$(letters 'Test Root')" = 'CT,C,C' ]
}

@test "the same command again, --last steps further back" {
	trustctl import "$PKI/root.pem"
	trustctl import "$PKI/root2.pem"
	trustctl history undo --last
	trustctl history undo --last
	[ "$(rows 00000001)" -eq 0 ]
	run trustctl history undo --last
	[ "$status" -eq 3 ]
}

@test "an undo is undone" {
	trustctl import "$PKI/root.pem"
	trustctl history undo 1
	[ "$(rows 00000001)" -eq 0 ]
	trustctl history undo 2
	[ "$(letters 'Test Root')" = ',,' ]
}

@test "an undo that was redone is not done again, as the list says" {
	trustctl import "$PKI/root.pem"
	for number in 1 2 3; do trustctl history undo "$number"; done
	[ "$(trustctl history list --json | jq -r '[.changes[].state] | join(",")')" = \
		'undo of 3,undone by 4,undo of 1,undone by 2' ]
	run -5 --separate-stderr trustctl history undo 1
	[[ $stderr == *'change 1 cannot be undone: change 2 undid it already'* && $stderr != *hint* ]]
}

@test "what was changed again since is not overwritten" {
	trustctl import "$PKI/root.pem"
	trustctl trust enable --fingerprint "$(sha256 root)"
	trustctl trust distrust 'Test Root'
	before=$(snapshot)
	run trustctl history undo 2
	[ "$status" -eq 5 ]
	[ "$before" = "$(snapshot)" ]
}

@test "of two decisions about a certificate the one that held holds after an undo" {
	trustctl import "$PKI/root.pem"
	trustctl trust enable --fingerprint "$(sha256 root)"
	# It comes back behind the later one, whose number is higher.
	databases="ATTACH '$STORE/cert9.db' AS c; ATTACH '$STORE/key4.db' AS k"
	sqlite3 "$HOME/enabled" "$databases" "CREATE TABLE records AS SELECT * FROM c.nssPublic WHERE a0=x'ce534353'" \
		"CREATE TABLE seals AS SELECT * FROM k.metaData WHERE id LIKE 'sig_cert_%'"
	trustctl trust distrust 'Test Root'
	sqlite3 "$HOME/enabled" "$databases" 'INSERT INTO c.nssPublic SELECT * FROM records' \
		'INSERT INTO k.metaData SELECT * FROM seals'
	trust() { trustctl list --json | jq -r '.items[0].trust'; }
	[ "$(trust)" = distrusted ]
	trustctl trust reset 'Test Root' --fingerprint "$(sha256 root)"
	[ "$(trust)" = undecided ]
	trustctl history undo --last --fingerprint "$(sha256 root)"
	[ "$(rows ce534353)" -eq 2 ]
	[ "$(trust)" = distrusted ]
}

@test "a decision made since stops an undo, also of a change that removed a copy of another item" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t ,, -i "$PKI/root.pem"
	certutil -A -d "sql:$STORE" -n 'Second Root' -t CT,C,C -i "$PKI/root2.pem"
	sqlite3 "$STORE/cert9.db" "DELETE FROM nssPublic WHERE a3 = CAST('Second Root' AS BLOB)" \
		"CREATE TEMP TABLE copy AS SELECT * FROM nssPublic WHERE a0 = x'00000001'" \
		'UPDATE copy SET id = id + 7' 'INSERT INTO nssPublic SELECT * FROM copy'
	trustctl store check --repair
	[ "$(rows 00000001)" -eq 1 ]
	trustctl import "$PKI/root2.pem"
	trustctl trust distrust 'Second Root'
	before=$(snapshot)
	run -5 trustctl history undo 1 --fingerprint "$(sha256 root2)"
	[[ $output == *'the same certificate or a decision about it came into the store again since'* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a change of several stores is undone in all of them" {
	mkdir -p "$HOME/.mozilla/firefox/test.default"
	printf '[Profile0]\nName=default\nIsRelative=1\nPath=test.default\nDefault=1\n' \
		>"$HOME/.mozilla/firefox/profiles.ini"
	certutil -N -d "sql:$HOME/.mozilla/firefox/test.default" --empty-password
	trustctl import "$PKI/root.pem" --store user,firefox
	[ "$(rows 00000001 "$HOME/.mozilla/firefox/test.default")" -eq 1 ]
	run trustctl history undo --last
	[ "$status" -eq 0 ]
	[ "$(rows 00000001)" -eq 0 ]
	[ "$(rows 00000001 "$HOME/.mozilla/firefox/test.default")" -eq 0 ]
}

@test "a number and --last together make no sense" {
	run trustctl history undo 1 --last
	[ "$status" -eq 2 ]
	run trustctl history undo
	[ "$status" -eq 2 ]
}

@test "a dry run undoes nothing" {
	trustctl import "$PKI/root.pem"
	before=$(snapshot)
	run trustctl history undo --last --dry-run
	[ "$status" -eq 0 ]
	[ "$before" = "$(snapshot)" ]
}

@test "--last stops at a change that cannot be undone, names it and the one before it" {
	trustctl import "$PKI/root.pem"
	trustctl store password --password-file "$PKI/secret"
	run -5 trustctl history undo --last --store-password-file "$PKI/secret"
	[[ $output == *"the newest change of the store 'user', 2 (store password: "*'), cannot be undone: '* ]]
	[[ $output == *'(import: '*'): trustctl history undo 1'* ]]
	run -0 trustctl history undo 1 --store-password-file "$PKI/secret"
	[ -z "$(letters 'Test Root')" ]
}

@test "a directory that no rule finds has an undo of its own, which is printed" {
	for name in one two; do
		made_store "$HOME/$name" >/dev/null
		trustctl import --quiet "$PKI/root.pem" --store "$HOME/$name"
	done
	trustctl import --quiet "$PKI/root.pem"
	run --separate-stderr trustctl trust enable --fingerprint "$(sha256 root)" --store "$HOME/one,$HOME/two,user"
	[ "$status" -eq 0 ]
	mapfile -t undo < <(sed -n 's/^undo it with: trustctl //p' <<<"$stderr")
	[ "${#undo[@]}" -eq 2 ]
	for words in "${undo[@]}"; do eval "trustctl $words"; done
	[ "$(letters 'Test Root' "$HOME/one")" = ',,' ]
	[ "$(letters 'Test Root' "$HOME/two")" = ',,' ]
	[ "$(letters 'Test Root')" = ',,' ]
}

@test "a store of the group whose history cannot be read is named, and the status tells" {
	made_profile work >/dev/null
	trustctl import --quiet "$PKI/root.pem" --store user,firefox
	head -c 40000 /dev/urandom >"$HOME/.mozilla/firefox/work/trustctl.db"
	run --separate-stderr trustctl history undo --last --dry-run
	[ "$status" -eq 6 ]
	run --separate-stderr trustctl history undo --last
	[ "$status" -eq 6 ]
	[[ $stderr == *"warning: store 'firefox' is left out; whether the same command changed it is not known: "* ]]
	[ "$(letters 'Test Root')" = '' ]
	[ "$(letters 'Test Root' "$HOME/.mozilla/firefox/work")" = ',,' ]
	trustctl import --quiet "$PKI/root.pem"
	run -0 trustctl history undo --last --only-here
}

@test "a history that only root may read is told to whom undoes what root did, and to nobody else" {
	[ "$(id -u)" -eq 0 ] || skip 'only root becomes another user'
	system=$TRUSTCTL_ROOT/etc/pki/nssdb
	made_store "$system" >/dev/null
	trustctl import --quiet "$PKI/root.pem" --store user,system
	chmod 600 "$system/trustctl.db"
	admit_nobody
	chmod -R a+rX "$TRUSTCTL_ROOT"
	chmod 600 "$system/trustctl.db"
	as=(setpriv --reuid nobody --clear-groups env -u XDG_RUNTIME_DIR)
	run --separate-stderr "${as[@]}" trustctl history undo --last
	[ "$status" -eq 6 ]
	[[ $stderr == *"store 'system' is left out"* ]]
	cp "$PKI/root2.pem" "$HOME/root2.pem"
	chmod 644 "$HOME/root2.pem"
	"${as[@]}" trustctl import --quiet "$HOME/root2.pem"
	run --separate-stderr "${as[@]}" trustctl history undo --last
	[ "$status" -eq 0 ]
	[[ $stderr != *"left out"* ]]
}

@test "the trust step says who a CA is that the undo brings back" {
	issue limited '/CN=Limited Root' - 3000 'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign' \
		'nameConstraints=critical,permitted;DNS:example.com'
	trustctl import --quiet "$PKI/limited.pem"
	trustctl trust enable --quiet --fingerprint "$(sha256 limited)"
	trustctl delete --quiet --yes "$(sha256 limited)"
	run --separate-stderr trustctl history undo --last </dev/null
	[ "$status" -eq 5 ]
	[[ $stderr == *'  subject      CN=Limited Root'*'  valid  '*'  limited to: '*example.com* ]]
	trustctl history undo --last --fingerprint "$(sha256 limited)"
	[ "$(letters 'Limited Root')" = 'CT,C,C' ]
}

@test "what cannot be undone is not said to be, and nobody is sent to undo it" {
	trustctl import "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret"
	trustctl trust enable --fingerprint "$(sha256 root)"
	run -0 trustctl delete Alice --yes --purge
	[[ $output == *'this cannot be undone'* ]]
	[[ $output != *'undo it with'* ]]
	run -5 trustctl history undo 1
	[[ $output == *'change 1 cannot be undone: change 3 altered the same objects later and cannot be undone'* ]]
	[[ $output != *'trustctl history undo'* ]]
	# Of the changes before, the one that can be undone is named.
	run -5 trustctl history undo --last
	[[ $output == *'the one before it (trust enable: '*'): trustctl history undo 2' ]]
	trustctl history undo 2
	[ "$(letters 'Test Root')" = ,, ]
	run -5 trustctl history undo --last
	[[ $output != *'trustctl history undo'* ]]
	run -0 trustctl history show 1 --json
	[ "$(jq -r '.reversible, .irreversible' <<<"$output")" = $'false\nchange 3 altered the same objects later and cannot be undone' ]
}

# renewed SERIAL: another certificate for alice's key, in $BATS_TEST_TMPDIR/renewed.pem
renewed() {
	openssl x509 -req -in "$PKI/alice.csr" -CA "$PKI/inter.pem" -CAkey "$PKI/inter.key" -set_serial "$1" \
		-days 900 -sha256 -extfile "$PKI/alice.ext" -out "$BATS_TEST_TMPDIR/renewed.pem" 2>/dev/null
}

@test "an import whose trust was decided later is refused in a whole sentence" {
	trustctl import "$PKI/root.pem"
	trustctl trust enable --fingerprint "$(sha256 root)"
	run -5 trustctl history undo 1
	[[ $output == *"change 1 cannot be undone: change 2 decided about the trust of its certificate later, which would stay behind and hold for the next import"$'\n'* ]]
	[[ $output == *'hint: undo the later one first: trustctl history undo 2' ]]
}

@test "a key that a certificate imported later uses is not taken away from it" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	renewed 777
	trustctl import "$BATS_TEST_TMPDIR/renewed.pem"
	before=$(snapshot)
	run -5 trustctl history undo 1
	[[ $output == *"change 1 cannot be undone: change 2 added 'Alice Test' later, which uses the private key of this one and would lose it"* ]]
	[[ $output == *'hint: undo the later one first: trustctl history undo 2; or to take a certificate out and leave the key: trustctl delete ITEM' ]]
	[ "$before" = "$(snapshot)" ]
	# As it was told: the certificate alone, or both.
	trustctl delete --yes "$(sha256 alice)"
	[ "$(private_keys)" -eq 1 ]
	trustctl history undo --last
	trustctl history undo 2
	trustctl history undo 1
	[ "$(private_keys)" -eq 0 ]
}

@test "a key that another program's certificate uses is not taken away from it" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	renewed 778
	certutil -A -d "sql:$STORE" -n 'Alice' -t ,, -i "$BATS_TEST_TMPDIR/renewed.pem"
	run -5 trustctl history undo 1
	[[ $output == *"another program added 'Alice Test' later, which uses the private key of this one and would lose it"* ]]
	[[ $output == *'hint: to take a certificate out and leave the key: trustctl delete ITEM' ]]
	[ "$(private_keys)" -eq 1 ]
}

@test "a key goes from the certificates that had waited for it" {
	renewed 779
	trustctl import "$PKI/alice.pem" "$BATS_TEST_TMPDIR/renewed.pem"
	trustctl import "$PKI/alice.key"
	run -0 trustctl history undo 2
	[ "$(private_keys)" -eq 0 ]
	[ "$(rows 00000001)" -eq 2 ]
}

@test "--last without --store undoes nothing where another store has a newer change, and names both" {
	made_profile work >/dev/null
	export TRUSTCTL_NOW=2026-05-01T10:00:00Z
	trustctl import "$PKI/root.pem"
	export TRUSTCTL_NOW=2026-05-01T10:00:01Z
	trustctl import "$PKI/root2.pem" --store firefox
	before=$(snapshot)
	run -5 trustctl history undo --last
	[[ $output == *"the last change is not one of the store 'user'; the newest one is 1 of the store 'firefox' (import: added: Second Root)"* ]]
	[[ $output == *"hint: trustctl history undo 1 --store firefox; or the older one of the store 'user': trustctl history undo 1" ]]
	[ "$before" = "$(snapshot)" ]
	# Whoever names the store means its own.
	run -0 trustctl history undo --last --store user
	[ "$(rows 00000001)" -eq 0 ]
	run -3 trustctl history undo --last
	[[ $output == *"no change to undo in the store 'user'; the newest one is 1 of the store 'firefox' (import: added: Second Root)"* ]]
	[[ $output == *"hint: trustctl history undo 1 --store firefox" ]]
	run -0 trustctl history undo 1 --store firefox
	run -3 trustctl history undo --last
	[[ $output != *hint* ]]
}

@test "--last without --store takes back what one command changed in several stores" {
	made_profile work >/dev/null
	export TRUSTCTL_NOW=2026-05-01T10:00:00Z
	trustctl import "$PKI/root.pem" --store firefox
	export TRUSTCTL_NOW=2026-05-01T10:00:01Z
	trustctl import "$PKI/root2.pem" --store user,firefox
	run -0 trustctl history undo --last
	[ "$(rows 00000001)" -eq 0 ]
	[ "$(rows 00000001 "$HOME/.mozilla/firefox/work")" -eq 1 ]
}

@test "--last without --store looks at no store that the user cannot change" {
	[ "$(id -u)" -eq 0 ] || skip 'only root becomes another user'
	system=$TRUSTCTL_ROOT/etc/pki/nssdb
	made_store "$system" >/dev/null
	TRUSTCTL_NOW=2026-05-01T10:00:00Z trustctl import --quiet "$PKI/root.pem"
	TRUSTCTL_NOW=2026-05-01T10:00:01Z trustctl import --quiet "$PKI/root2.pem" --store system
	run -5 trustctl history undo --last
	admit_nobody
	chmod -R a+rX "$TRUSTCTL_ROOT"
	run -0 setpriv --reuid nobody --clear-groups env -u XDG_RUNTIME_DIR trustctl history undo --last
	[ "$(rows 00000001)" -eq 0 ]
}
