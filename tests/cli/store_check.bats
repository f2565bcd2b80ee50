#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl store check: damage is named, with a remedy, and nothing is changed.

load helper
load pki
load store_findings

@test "a store as certutil makes it is sound" {
	put 'Test Root' CT,C,C root
	put_identity
	check
	[ "$status" -eq 0 ]
	[ "$output" = "store 'user' is sound" ]
	[ "$(jq -c '[.schema, .kind, ."store-check"]' <<<"$FINDINGS")" = '[1,"store-check",[]]' ]
}

@test "a store that trustctl changed is sound" {
	put 'Test Root' ,, root
	put_identity
	trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)"
	trustctl trust reset 'Test Root'
	trustctl delete 'Test Root' --yes
	check
	[ "$status" -eq 0 ]
}

@test "a forged trust record is an error, and the remedy works" {
	put 'Test Root' C,, root
	sql cert9.db "UPDATE nssPublic SET ace53635b = x'ce534352' WHERE a0 = x'ce534353'"
	check
	[ "$status" -eq 1 ]
	finding tampered error
	[[ $output == *"Test Root"*"signature is wrong or missing"* ]]
	[ "$(remedy tampered)" = "trustctl trust reset $(sha256 root | cut -c 1-16)" ]
	eval "$(remedy tampered)"
	check
	[ "$status" -eq 0 ]
}

@test "a certificate that does not decode is an error, and the remedy works" {
	put 'Test Root' ,, root
	sql cert9.db "UPDATE nssPublic SET a11 = x'3003020101' WHERE a0 = x'00000001'"
	check
	[ "$status" -eq 1 ]
	finding undecodable error
	eval "$(remedy undecodable)"
	check
	[ "$status" -eq 0 ]
}

@test "a certificate that is there twice is a warning, and the remedy works" {
	put 'Test Root' ,, root
	sql cert9.db "INSERT INTO nssPublic (id, a0, a1, a2, a3, a11, a80, a81, a82, a101, a102)
		SELECT id + 7, a0, a1, a2, a3, a11, a80, a81, a82, a101, a102
		FROM nssPublic WHERE a0 = x'00000001'"
	check
	[ "$status" -eq 1 ]
	finding duplicate warning
	eval "$(remedy duplicate)"
	check
	[ "$status" -eq 0 ]
	[ "$(rows 00000001)" -eq 1 ]
	trustctl history undo --last --quiet
	[ "$(rows 00000001)" -eq 2 ]
}

@test "copies of several certificates, one there three times, go in one change; trust and keys stay" {
	put 'Test Root' C,, root
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
	local n
	for n in 7 9; do
		sql cert9.db "INSERT INTO nssPublic (id, a0, a1, a2, a3, a11, a80, a81, a82, a101, a102)
			SELECT id + $n, a0, a1, a2, a3, a11, a80, a81, a82, a101, a102
			FROM nssPublic WHERE a0 = x'00000001'
			ON CONFLICT DO NOTHING"
	done
	local before
	before=$(trustctl list --json | jq -S '[.items[] | {id, trust, has_private_key}] | unique')
	trustctl store check --repair --quiet >"$BATS_TEST_TMPDIR/out"
	grep -q "copy deleted: root 'Test Root'" "$BATS_TEST_TMPDIR/out"
	check
	[ "$status" -eq 0 ]
	[ "$(trustctl list --json | jq -S '[.items[] | {id, trust, has_private_key}] | unique')" = "$before" ]
	[ "$(trustctl list --json | jq '.items | length')" -eq "$(jq length <<<"$before")" ]
}

@test "a revocation list is no damage" {
	printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\n' /dev/null >"$BATS_TEST_TMPDIR/cnf"
	openssl ca -gencrl -config "$BATS_TEST_TMPDIR/cnf" -cert "$PKI/root.pem" -keyfile "$PKI/root.key" \
		-crldays 900 -out "$BATS_TEST_TMPDIR/list.pem" 2>/dev/null
	trustctl import --quiet "$PKI/root.pem" "$BATS_TEST_TMPDIR/list.pem"
	[ "$(rows ce534351)" -eq 1 ]
	run trustctl show --json "$(trustctl list --kind crl --json | jq -r '.items[0].id')"
	[ "$(json '.revoked | tojson')" = 0 ]
	check
	[ "$status" -eq 0 ]
	[[ $output == *"is sound"* ]]
	sql cert9.db "UPDATE nssPublic SET a11 = x'3003020101' WHERE a0 = x'ce534351'"
	check
	[ "$status" -eq 1 ]
	[[ $(finding undecodable error) == *"revocation list"* ]]
	eval "$(remedy undecodable)"
	[ "$(rows ce534351)" -eq 0 ]
	check
	[ "$status" -eq 0 ]
}

@test "a private key without certificate is a note" {
	put_identity
	sql cert9.db "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	check
	[ "$status" -eq 0 ]
	finding lone-key note
	[[ $output == *"store 'user' is sound (1 note)"* ]]
}

@test "a certificate whose key NSS does not find is a warning, and the remedy works" {
	put_identity
	sql cert9.db "UPDATE nssPublic SET a102 = x'00' WHERE a0 = x'00000001' AND a3 = CAST('Alice' AS blob)"
	! pk12util -o "$HOME/out.p12" -n Alice -d "sql:$STORE" -W secret -K '' || return 1
	check
	[ "$status" -eq 1 ]
	[[ $(finding key-id warning) == *'do not find the key, and do not offer it' ]]
	[[ $output == *'warning'*'Alice'* ]]
	cd "$BATS_TEST_TMPDIR"
	remedy=$(remedy key-id)
	remedy=${remedy//identity.p12/"identity.p12 --password-file '$PKI/secret'"}
	eval "${remedy/delete/delete --yes}"
	pk12util -o "$HOME/out.p12" -n Alice -d "sql:$STORE" -W secret -K ''
	check
	[ "$status" -eq 0 ]
}

@test "severities are sorted by their weight, the worst first" {
	put 'Test Root' C,, root
	put_identity
	certutil -D -d "sql:$STORE" -n Alice
	sql cert9.db "UPDATE nssPublic SET ace53635b = x'ce534352' WHERE a0 = x'ce534353'"
	chmod 644 "$STORE/key4.db"
	worst=$(trustctl store check --json --sort severity | jq -r '."store-check"[].severity') || true
	[ "$(uniq <<<"$worst")" = $'error\nwarning\nnote' ]
	least=$(trustctl store check --json --sort -severity | jq -r '."store-check"[].severity') || true
	[ "$(uniq <<<"$least")" = $'note\nwarning\nerror' ]
}

@test "a public key without private key, and signatures without object, are notes" {
	put_identity
	sql key4.db "DELETE FROM nssPrivate WHERE a0 = x'00000003'"
	check
	[ "$status" -eq 0 ]
	finding public-key note
	[[ $(finding signature note) == *"private keys that are gone"* ]]
}

@test "a private key that does not open is an error" {
	put_identity
	check
	[ "$status" -eq 0 ]
	sql key4.db "UPDATE nssPrivate SET a11 = x'00' WHERE a0 = x'00000003'"
	check
	[ "$status" -eq 1 ]
	finding dead-key error
	[[ $output == *"Alice Test"*"does not open"* ]]
	[[ $(remedy dead-key) == "trustctl delete $(sha256 alice | cut -c 1-16)" ]]
}

@test "with a password, keys and signatures are checked only when it is known" {
	put 'Test Root' C,, root
	put_identity
	trustctl store password --password-file "$PKI/secret"
	check
	[ "$status" -eq 0 ]
	finding unverified note
	[[ $(finding dead-key note) == *"needs the store's password" ]]
	[ "$(remedy dead-key)" = 'trustctl store check --keys' ]
	check --store-password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[ "$output" = "store 'user' is sound" ]
	run trustctl store check --store-password-file "$PKI/wrong"
	[ "$status" -eq 4 ]
	[[ $output == *"wrong password"* ]]
	run trustctl store check --keys </dev/null
	[ "$status" -eq 4 ]
}

@test "a page that is damaged is an error" {
	put 'Test Root' C,, root
	dd if=/dev/zero of="$STORE/cert9.db" bs=1 seek=4096 count=100 conv=notrunc 2>/dev/null
	check
	[ "$status" -eq 1 ]
	finding integrity error
}

# leaves DATABASE NAME: the numbers of the leaf pages of a table or an index
leaves() {
	sqlite3 "$STORE/$1" "SELECT pageno FROM dbstat WHERE name = '$2' AND pagetype = 'leaf' ORDER BY pageno"
}

# spoil DATABASE PAGE
spoil() {
	dd if=/dev/zero of="$STORE/$1" bs=4096 seek=$(($2 - 1)) count=1 conv=notrunc 2>/dev/null
}

# salvaged DATABASE: put what the remedy saves in its place; the store must be sound then
salvaged() {
	cd "$BATS_TEST_TMPDIR"
	check
	[ "$status" -eq 1 ]
	finding integrity error
	[ "$(grep -c "^remedy for" <<<"$output")" -eq "$(sort -u <(grep "^remedy for" <<<"$output") | wc -l)" ]
	eval "$(remedy integrity)"
	[ "$(stat -c %a "recovered-$1")" = 600 ]
	mv "recovered-$1" "$STORE/$1"
	run trustctl store check
	[ "$status" -eq 0 ]
}

@test "of a damaged database the remedy saves what the damage left" {
	"${TRUSTCTL%/*}/tests/support/certs" 60 >"$BATS_TEST_TMPDIR/60.pem"
	trustctl import --quiet "$BATS_TEST_TMPDIR/60.pem" >/dev/null
	put_identity
	cp -a "$STORE" "$BATS_TEST_TMPDIR/kept"
	local index
	for index in issuer subject label ckaid; do
		spoil cert9.db "$(leaves cert9.db $index | tail -n 1)"
		salvaged cert9.db
		[ "$(rows 00000001)" -eq 62 ]
		certutil -L -d "sql:$STORE" -n Alice >/dev/null
	done
	cp -a "$BATS_TEST_TMPDIR/kept/." "$STORE"
	spoil key4.db "$(leaves key4.db ckaid)"
	salvaged key4.db
	certutil -K -d "sql:$STORE" | grep -q Alice
	cp -a "$BATS_TEST_TMPDIR/kept/." "$STORE"
	# one leaf of the table itself, of several: the certificates in it are lost, those on both sides not
	spoil cert9.db "$(leaves cert9.db nssPublic | sed -n 3p)"
	salvaged cert9.db
	[ "$(rows 00000001)" -ge 45 ]
	[ "$(rows 00000001)" -lt 62 ]
	certutil -L -d "sql:$STORE" -n Alice >/dev/null
}

@test "a damaged history is an error of the history alone" {
	put 'Test Root' ,, root
	trustctl delete 'Test Root' --yes
	sql trustctl.db "DROP TABLE effect"
	check
	[ "$status" -eq 1 ]
	[ "$(finding schema error)" = "has no table 'effect'" ]
	[ "$(jq -r '."store-check" | length' <<<"$FINDINGS")" -eq 1 ]
	echo garbage >"$STORE/trustctl.db"
	check
	[ "$status" -eq 1 ]
	finding not-database error
}

@test "a history that was made and not filled, as a kill leaves it, is a note" {
	(umask 077; : >"$STORE/trustctl.db")
	check
	[ "$status" -eq 0 ]
	[[ $(finding schema note) == 'is empty: '* ]]
	trustctl import --quiet "$PKI/root.pem"
	check
	[ "$output" = "store 'user' is sound" ]
}

@test "private keys whose password record is gone are an error, told without being opened" {
	put_identity
	sql key4.db "DELETE FROM metaData WHERE id = 'password'"
	check
	[ "$status" -eq 1 ]
	[[ $(finding dead-key error) == 'has 1 private key and has lost'* ]]
}

@test "no remedy of store check is store check itself" {
	put_identity
	spoil cert9.db "$(leaves cert9.db sqlite_autoindex_nssPublic_1)"
	check
	[ "$status" -eq 1 ]
	[ "$(jq '[."store-check"[].remedy // "" | select(. == "to see what is damaged: trustctl store check")] | length' <<<"$FINDINGS")" -eq 0 ]
}

@test "a file that is no database is an error and the other files are checked" {
	put 'Test Root' C,, root
	sql cert9.db "UPDATE nssPublic SET a11 = x'3003020101' WHERE a0 = x'00000001'"
	echo garbage >"$STORE/key4.db"
	check
	[ "$status" -eq 1 ]
	finding not-database error
	finding undecodable error
}

@test "a file that is no database is told also where another one is read in a copy" {
	put 'Test Root' C,, root
	sql cert9.db "UPDATE nssPublic SET a11 = x'3003020101' WHERE a0 = x'00000001'"
	sql cert9.db 'PRAGMA journal_mode = wal' >/dev/null
	echo garbage >"$STORE/key4.db"
	check
	[ "$status" -eq 1 ]
	finding not-database error
	finding undecodable error
	finding wal warning
}

@test "a key database that is gone or empty is an error" {
	put 'Test Root' C,, root
	: >"$STORE/key4.db"
	check
	[ "$status" -eq 1 ]
	[ "$(finding schema error || finding not-database error)" ]
	rm "$STORE/key4.db"
	check
	[ "$status" -eq 1 ]
	finding no-keys error
}

@test "a table that is not NSS's is an error, a trigger a warning" {
	sql cert9.db "CREATE TRIGGER x AFTER INSERT ON nssPublic BEGIN SELECT 1; END"
	check
	[ "$status" -eq 1 ]
	[[ $(finding schema warning) == "has a trigger 'x'"* ]]
	sql cert9.db "DROP TABLE nssPublic"
	check
	[ "$status" -eq 1 ]
	[ "$(finding schema error)" = "has no table 'nssPublic'" ]
}

@test "a hot journal is an error, and what is under it is checked in a private copy" {
	put 'Test Root' C,, root
	put_identity
	half_changed "DELETE FROM nssPublic WHERE a0 = x'ce534353'"
	check
	[ "$status" -eq 1 ]
	finding hot-journal error
	# Its keys are tried, too.
	[ "$(jq -r '."store-check" | length' <<<"$FINDINGS")" -eq 1 ]
	eval "$(remedy hot-journal)"
	check
	[ "$status" -eq 0 ]
	[ "$(letters 'Test Root')" = C,, ]
}

@test "a store in WAL mode is a warning and is left as it is" {
	put 'Test Root' C,, root
	sql cert9.db 'PRAGMA journal_mode = wal' >/dev/null
	check
	[ "$status" -eq 1 ]
	finding wal warning
	[ ! -e "$STORE/cert9.db-wal" ]
	[ ! -e "$STORE/cert9.db-shm" ]
	eval "$(remedy wal)"
	check
	[ "$status" -eq 0 ]
}

@test "files that others can read or write are warnings, and the remedy works" {
	chmod 644 "$STORE/key4.db"
	check
	[ "$status" -eq 1 ]
	[[ $(finding mode warning) == "has the mode 0644: others can read it"* ]]
	eval "$(remedy mode)"
	check
	[ "$status" -eq 0 ]
	chmod 666 "$STORE/cert9.db"
	check
	[ "$status" -eq 1 ]
	[[ $(finding mode warning) == *"others can change what it says" ]]
	chmod 644 "$STORE/cert9.db"
	check
	[ "$status" -eq 0 ]
	chmod 777 "$STORE"
	check
	[ "$status" -eq 1 ]
	finding mode error
}

@test "what --repair leaves is told, and is no success" {
	put 'Test Root' ,, root
	sql cert9.db "UPDATE nssPublic SET a11 = x'3003020101' WHERE a0 = x'00000001'"
	chmod 644 "$STORE/key4.db"
	run -0 --separate-stderr trustctl store check --repair --dry-run --json
	[ "$(json 'has("remaining") | tojson')" = false ]
	run -1 --separate-stderr trustctl store check --repair --json --reason why
	[ "$(json '[.dry_run, .stores[0].result, .stores[0].effects[0].effect] | tostring')" = '[false,"changed","deleted"]' ]
	[ "$(json '[.remaining[] | select(.severity != "note") | .store, .severity, .check, .subject] | join(" ")')" = 'user warning mode key4.db' ]
	run -1 --separate-stderr trustctl store check --repair
	[[ $output == *"remains in the store 'user', warning: 'key4.db' has the mode 0644"*'  remedy: chmod '* ]]
	eval "$(sed -n 's/^  remedy: //p' <<<"$output")"
	run -0 --separate-stderr trustctl store check --repair
	[[ $output != *remains* ]]
}

@test "--repair and the options of a list exclude each other, and --reason wants it" {
	local option before
	before=$(everything)
	for option in --csv --columns=check --sort=check; do
		run -2 trustctl store check --repair $option
		[[ $output == *"${option%%=*} is of the list of what is found"* ]]
	done
	run -2 trustctl store check --reason why
	[[ $output == *'--reason is of a change'* ]]
	[ "$before" = "$(everything)" ]
}

@test "a history that others can read is a warning" {
	put 'Test Root' ,, root
	trustctl delete 'Test Root' --yes
	chmod 640 "$STORE/trustctl.db"
	check
	[ "$status" -eq 1 ]
	[[ $(finding mode warning) == "has the mode 0640"* ]]
}

@test "a file of another owner is a warning" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to give a file away"
	chown nobody "$STORE/key4.db"
	check
	[ "$status" -eq 1 ]
	[[ $(finding owner warning) == "belongs to nobody"* ]]
}

@test "what killed programs left behind is noted" {
	: >"$STORE/cert9.db-mj1A2B3C4D"
	mkdir -m 700 "$STORE/trustctl-stage-abcdef"
	: >"$STORE/trustctl-stage-abcdef/lock"
	check
	[ "$status" -eq 0 ]
	finding super-journal note
	finding staging note
	[[ $output == *cert9.db-mj1A2B3C4D* ]]
	[[ $output == *trustctl-stage-abcdef* ]]
}

@test "what rolls a journal back is not called harmless because another file is no database" {
	put 'Test Root' ,, root
	half_changed "UPDATE nssPublic SET a3 = x'58'"
	: >"$STORE/cert9.db-mj1A2B3C94D"
	echo garbage >"$STORE/key4.db"
	check
	[ "$status" -eq 1 ]
	finding not-database error
	finding hot-journal error
	finding not-checked warning
	[[ $(finding super-journal note) == *'rolling back needs it' ]]
	! remedy super-journal || return 1
}

@test "a foreign module is named safely and not loaded" {
	printf 'library=/opt/x\033[31m\nname=Evil\n' >>"$STORE/pkcs11.txt"
	check
	[ "$status" -eq 0 ]
	[[ $(finding module note) == *"'/opt/x\\x1b[31m'"*"trustctl never does" ]]
	[[ $output == *'/opt/x\x1b[31m'* ]]
	[[ $output != *$'\033'* ]]
}

@test "a password of a newer NSS is told" {
	[ -e /usr/lib/firefox-esr/libsoftokn3.so ] || skip "no newer NSS here"
	printf '\n' >"$HOME/none"
	LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -W -d "sql:$STORE" -f "$HOME/none" -@ "$PKI/secret"
	check
	[ "$status" -eq 1 ]
	finding password warning
}

@test "several stores are checked, and one that cannot be read is named" {
	profile=$(made_profile work)
	chmod 644 "$profile/key4.db"
	run trustctl store check --store user,firefox
	[ "$status" -eq 1 ]
	[[ $output == *"store 'user' is sound"* ]]
	[[ $output == *"store 'firefox': 0 errors, 1 warning, 0 notes"* ]]
	mkdir "$HOME/empty"
	run trustctl store check --store "user,$HOME/empty"
	[ "$status" -eq 6 ]
	[[ $output == *"is left out: there is no store at"* ]]
}

@test "what is no store cannot be checked" {
	run trustctl store check --store "$HOME/nothing"
	[ "$status" -eq 4 ]
	run trustctl store check --store builtin
	[ "$status" -eq 0 ]
}

@test "the first change of a store removes a killed writer's super-journal" {
	: >"$STORE/cert9.db-mj1A2B3C94D"
	trustctl import "$PKI/root.pem"
	[ ! -e "$STORE/cert9.db-mj1A2B3C94D" ]
}

@test "the journal of a database that is a symbolic link is found beside its target" {
	put 'Test Root' ,, root
	half_changed "UPDATE nssPublic SET a3 = x'58'"
	mkdir "$HOME/elsewhere"
	mv "$STORE"/cert9.db* "$HOME/elsewhere"
	ln -s "$HOME/elsewhere/cert9.db" "$STORE/cert9.db"
	run -0 trustctl list
	[[ $output == *'interrupted while writing'* && $output == *'Test Root'* ]]
}

@test "on a narrow terminal sentences are broken between words" {
	chmod 644 "$STORE/key4.db"
	run script -qec 'stty cols 60; trustctl store check' /dev/null </dev/null
	[[ $output == *'has the mode 0644: others can read it, and'$'\r'* ]]
	[[ $output == *'  without a password also its private keys'$'\r'* ]]
}

@test "a history that is locked is not damaged" {
	trustctl import --quiet "$PKI/root.pem"
	sqlite3 "$STORE/trustctl.db" 'BEGIN EXCLUSIVE' '.shell sleep 60' 3>&- &
	local holder=$!
	sleep 0.5
	check
	finding not-checked warning
	[[ $(finding not-checked warning) == *'could not be checked'*locked* ]]
	[[ $(remedy not-checked) == 'close the program that is writing, then try again' ]]
	run -4 finding integrity error
	pkill -P "$holder" || true
	kill "$holder" 2>/dev/null || true
}
