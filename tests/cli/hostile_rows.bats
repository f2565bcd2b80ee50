#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Stores and histories whose rows and tables somebody else wrote: nothing is hidden by them, no change does more
# than was asked for, and what is promised to be undone can be.

load helper
load pki
load store_findings

# left_alone WORDS COMMAND...: it refuses with these words, changes nothing, and store check says why
left_alone() {
	local words=$1 before
	shift
	before=$(snapshot)
	run -4 --separate-stderr trustctl "$@"
	[[ $stderr == *"store 'user' is left alone: its "*"$words"*"trustctl store check"* ]]
	[ "$(snapshot)" = "$before" ]
	trustctl store check --json | jq -e --arg words "$words" \
		'."store-check"[] | select(.check == "schema" and (.problem | contains($words)))'
}

trust_of() {
	trustctl list --json | jq -r --arg id "$(sha256 "$1")" '.items[] | select(.id == $id) | .trust'
}

@test "an id that NSS cuts to that of another row stops every change" {
	put 'Test Root' ,, root
	put 'Second Root' ,, root2
	sql cert9.db "UPDATE nssPublic SET id = 4294967296 +
		(SELECT id FROM nssPublic WHERE a3 = CAST('Test Root' AS BLOB)) WHERE a3 = CAST('Second Root' AS BLOB)"
	left_alone 'has 1 id in its table '\''nssPublic'\'' that NSS does not give' delete --yes 'Second Root'
	left_alone 'that NSS does not give' trust distrust 'Test Root'
	left_alone 'that NSS does not give' import "$PKI/inter.pem"
}

@test "whatever the id of its row, an anchor is shown as one, and its row not changed" {
	put 'Test Root' C,C, root
	cp "$STORE/cert9.db" "$BATS_TEST_TMPDIR"
	for id in 0 4294967296 -1 1.5 "'text'" "x'00'" NULL; do
		cp "$BATS_TEST_TMPDIR/cert9.db" "$STORE"
		sql cert9.db "UPDATE nssPublic SET id = $id WHERE a0 = x'00000001'"
		[ "$(trust_of root)" = 'tls-server, email' ]
		left_alone 'that NSS does not give' delete --yes 'Test Root'
	done
}

@test "a private key whose row has the id 0 is there, and not taken out for another" {
	put_identity
	sql key4.db "UPDATE nssPrivate SET id = 0 WHERE a0 = x'00000003'"
	[ "$(trustctl list --json | jq -r '.items[] | select(.kind == "identity") | .name')" = 'Alice Test' ]
	left_alone "table 'nssPrivate' that NSS does not give" export 'Alice Test' --with-key \
		--password-file "$PKI/secret" -o "$BATS_TEST_TMPDIR/out.p12"
}

@test "one id for two rows stops every change" {
	put 'Test Root' ,, root
	put 'Second Root' ,, root2
	sql cert9.db "CREATE TABLE t AS SELECT * FROM nssPublic; DROP TABLE nssPublic; ALTER TABLE t RENAME TO nssPublic;
		UPDATE nssPublic SET id = 7"
	left_alone 'has 1 id more than once' delete --yes 'Second Root'
}

@test "what runs, computes or hides in a database stops every change, and the remedy helps" {
	put 'Test Root' C,, root
	cp "$STORE/cert9.db" "$STORE/key4.db" "$BATS_TEST_TMPDIR"
	while IFS='|' read -r file words statement; do
		cp "$BATS_TEST_TMPDIR/cert9.db" "$BATS_TEST_TMPDIR/key4.db" "$STORE"
		sql "$file" "$statement"
		[ "$(trust_of root)" = tls-server ]
		left_alone "$words" import "$PKI/inter.pem"
		left_alone "$words" store password --password-file "$PKI/secret"
		check
		[[ $(remedy schema) == "sqlite3 $STORE/$file, then: "* ]] || continue
		sqlite3 "$STORE/$file" "$(remedy schema | sed 's/.*, then: //')"
		trustctl import "$PKI/inter.pem"
	done <<-'END'
		cert9.db|has a trigger 'x'|CREATE TRIGGER x AFTER INSERT ON nssPublic BEGIN DELETE FROM nssPublic WHERE a3=CAST('Test Root' AS BLOB); END
		key4.db|has a trigger 'x'|CREATE TRIGGER x AFTER INSERT ON nssPrivate BEGIN SELECT 1; END
		cert9.db|has a view 'x'|CREATE VIEW x AS SELECT 1
		cert9.db|computes the column 'x'|ALTER TABLE nssPublic ADD COLUMN x AS ('x')
		key4.db|computes the column 'x'|ALTER TABLE metaData ADD COLUMN x AS (printf('%.*c', 90000000, 'x'))
		cert9.db|has a column 'rowid'|ALTER TABLE nssPublic ADD COLUMN rowid
		key4.db|has a column 'OID'|ALTER TABLE nssPrivate ADD COLUMN OID
		cert9.db|has an index 'x' that is no plain one|CREATE UNIQUE INDEX x ON nssPublic (a0, id)
		cert9.db|has an index 'x' that is no plain one|CREATE INDEX x ON nssPublic (length(a11))
		cert9.db|has an index 'x' that is no plain one|CREATE INDEX x ON nssPublic (a11) WHERE a0 = 1
		cert9.db|has a column 'ACE536358'|ALTER TABLE nssPublic RENAME COLUMN ace536358 TO ACE536358
		cert9.db|has a table 'NSSpublic'|ALTER TABLE nssPublic RENAME TO was; ALTER TABLE was RENAME TO NSSpublic
	END
}

@test "names that are made to be pasted are not" {
	put 'Test Root' ,, root
	sql cert9.db "CREATE VIEW \"$(printf 'x\033[2J')\" AS SELECT 1"
	check
	[[ $(finding schema warning) == "has a view 'x\\x1b[2J'"* ]]
	[ "$(remedy schema)" = null ] || ! remedy schema
}

@test "an index that leads to another row deletes nothing that was not named" {
	put 'Test Root' ,, root
	put 'Second Root' ,, root2
	sqlite3 "$STORE/cert9.db" >"$BATS_TEST_TMPDIR/log" <<-'END'
		.dbconfig defensive off
		PRAGMA writable_schema = ON;
		CREATE TEMP TABLE s AS SELECT * FROM sqlite_master WHERE name IN ('nssPublic', 'sqlite_autoindex_nssPublic_1');
		DELETE FROM sqlite_master WHERE name = 'sqlite_autoindex_nssPublic_1';
		UPDATE sqlite_master SET sql = replace(sql, ' PRIMARY KEY UNIQUE ON CONFLICT ABORT', '') WHERE name = 'nssPublic';
		PRAGMA writable_schema = RESET;
		UPDATE nssPublic SET id = (SELECT sum(id) FROM nssPublic) - id;
		PRAGMA writable_schema = ON;
		UPDATE sqlite_master SET sql = (SELECT sql FROM s WHERE name = 'nssPublic') WHERE name = 'nssPublic';
		INSERT INTO sqlite_master SELECT * FROM s WHERE name <> 'nssPublic';
		PRAGMA writable_schema = RESET;
	END
	before=$(snapshot)
	run -4 --separate-stderr trustctl delete --yes 'Second Root'
	[[ $stderr == *"more would come of it than was asked for (deleted: 'Test Root')"* ]]
	[ "$(snapshot)" = "$before" ]
}

@test "a column that is called as row numbers are does not hide an anchor from a verdict" {
	put 'Test Root' C,, root
	put 'Test Intermediate' ,, inter
	for name in rowid _ROWID_ oid; do
		cp "$STORE/cert9.db" "$BATS_TEST_TMPDIR"
		sql cert9.db "ALTER TABLE nssPublic ADD COLUMN $name"
		run -0 trustctl verify "$PKI/server.pem" --usage tls-server
		cp "$BATS_TEST_TMPDIR/cert9.db" "$STORE"
	done
}

@test "a row that is too long to be kept is not changed, and the others can be" {
	put 'Test Root' ,, root
	put 'Second Root' ,, root2
	sql cert9.db "ALTER TABLE nssPublic ADD COLUMN x;
		UPDATE nssPublic SET x = zeroblob(90000000) WHERE a3 = CAST('Test Root' AS BLOB)"
	before=$(snapshot)
	run -4 --separate-stderr trustctl delete --yes 'Test Root'
	[[ $stderr == *'of nssPublic is longer than 80 MiB, so that what becomes of it could not be undone'* ]]
	[ "$(snapshot)" = "$before" ]
	run -0 trustctl delete --yes 'Second Root'
	run -0 trustctl history undo --last
}

history() {
	sqlite3 "$STORE/trustctl.db" "$1"
}

# A row as the history keeps it, as hexadecimal digits: a column NAME (of four letters) with the text 'junk'
kept_row() {
	printf '00000004%s00000004000000046a756e6b00000000' "$(printf '%s' "$1" | xxd -p)"
}

@test "an undo leaves the password and signatures of others as they are" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl import "$PKI/root2.pem"
	trustctl trust distrust 'Second Root'
	trustctl delete 'Second Root' --yes --fingerprint "$(sha256 root2)"
	before=$(sql key4.db "SELECT * FROM metaData WHERE id='password' OR id LIKE 'sig_key%' ORDER BY id" | sha256sum)
	history "INSERT INTO row SELECT 4, 2, 'password', x'$(kept_row item)', NULL"
	history "INSERT INTO row VALUES (4, 2, '$(sql key4.db "SELECT id FROM metaData WHERE id LIKE 'sig_key%' LIMIT 1")', NULL, NULL)"
	run -0 trustctl history undo 4
	[ "$before" = "$(sql key4.db "SELECT * FROM metaData WHERE id='password' OR id LIKE 'sig_key%' ORDER BY id" | sha256sum)" ]
	[ "$(trust_of root2)" = distrusted ]
	check
	[ "$status" -eq 0 ]
}

@test "rows and digests of the history that no change wrote are damage" {
	trustctl import "$PKI/root.pem"
	trustctl delete 'Test Root' --yes
	cp "$STORE/trustctl.db" "$BATS_TEST_TMPDIR"
	for statement in \
		"UPDATE entry SET seal_password = x'00' WHERE number = 2" \
		"UPDATE entry SET key_password = zeroblob(33) WHERE number = 2" \
		"UPDATE row SET key = key || 'abc' WHERE entry = 2" \
		"UPDATE row SET key = key + 4294967296 WHERE entry = 2" \
		"UPDATE row SET before = CAST(substr(before, 1, length(before) - 4) || x'00000005726f776964000000010000000000000001' || x'00000000' AS BLOB) WHERE entry = 2"; do
		cp "$BATS_TEST_TMPDIR/trustctl.db" "$STORE"
		history "$statement"
		before=$(snapshot)
		run -4 --separate-stderr trustctl history undo 2
		[[ $stderr == *'what the history keeps of change 2 is damaged'* ]]
		[ "$(snapshot)" = "$before" ]
	done
}

@test "a change with the last number is no full disk, and the remedy helps" {
	trustctl import "$PKI/root.pem"
	history "INSERT INTO entry (number, group_id, time, user, command) VALUES (9223372036854775807, 'x', 1, 'x', 'x')"
	before=$(snapshot)
	run -4 --separate-stderr trustctl import "$PKI/root2.pem"
	[[ $stderr == *'has a change with the last number there is'*'trustctl store check'* ]]
	[ "$(snapshot)" = "$before" ]
	check
	[[ $(finding schema error) == 'has a change with the last number there is'* ]]
	history "$(remedy schema | sed 's/.*, then: //')"
	run -0 trustctl import "$PKI/root2.pem"
	[[ $output == *'undo it with: trustctl history undo 2'* ]]
}

@test "a history that computes is not read, and the remedy helps" {
	trustctl import "$PKI/root.pem"
	cp "$STORE/trustctl.db" "$BATS_TEST_TMPDIR"
	for statement in \
		"ALTER TABLE entry DROP COLUMN reason; ALTER TABLE entry ADD COLUMN reason AS (printf('%.*c', 300000000, 'x'))" \
		'ALTER TABLE row ADD COLUMN rowid' \
		'CREATE TRIGGER x AFTER INSERT ON entry BEGIN DELETE FROM entry; END'; do
		cp "$BATS_TEST_TMPDIR/trustctl.db" "$STORE"
		history "$statement"
		before=$(snapshot)
		for command in 'history list' 'history undo 1' "import $PKI/root2.pem" "store password --password-file $PKI/secret"; do
			# shellcheck disable=SC2086
			run -4 --separate-stderr trustctl $command
			[[ $stderr == *"the store's history is left alone: its trustctl.db "*'trustctl store check'* ]]
		done
		run -0 trustctl list
		[ "$(snapshot)" = "$before" ]
		history "$(remedy_now | sed 's/.*, then: //')"
		[[ $statement == *reason* ]] || trustctl history list
	done
}

# The first remedy of a check of the schema as it is now.
remedy_now() {
	trustctl store check --json | jq -er 'first(."store-check"[] | select(.check == "schema")) | .remedy'
}

@test "a history made to be long is read at once" {
	trustctl import "$PKI/root.pem"
	history "INSERT INTO entry (number, group_id, time, user, command, irreversible) VALUES (50, 'x', 1, 'x', 'x', 'x');
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
		INSERT INTO row SELECT iif(i % 2, 1, 50), 0, 'k', NULL, CAST(i AS BLOB) FROM n;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
		INSERT INTO entry (number, group_id, time, user, command, undoes) SELECT 1000 + i, 'x', 1, 'x', 'undo', 1 FROM n"
	run -0 timeout 20 trustctl history list --json
	[ "$(json '.changes[] | select(.number == 1) | .state')" = 'undone by 201000' ]
}

# tlv TAG CONTENT: DER, as hexadecimal digits
tlv() {
	local size=$((${#2} / 2))
	if ((size < 128)); then printf '%s%02x%s' "$1" "$size" "$2"; else printf '%s81%02x%s' "$1" "$size" "$2"; fi
}

# dear_signatures: of each trust record, wrong, with 9,999,999 rounds and a salt of its own
dear_signatures() {
	local hmac kdf id salt
	hmac=$(tlv 30 06082a864886f70d0209)
	for id in $(sql key4.db "SELECT id FROM metaData WHERE id LIKE 'sig_cert%'"); do
		salt=$(printf '%s' "$id" | sha256sum | cut -c 1-64)
		kdf=$(tlv 30 "06092a864886f70d01050c$(tlv 30 "$(tlv 04 "$salt")02040098967f020120$hmac")")
		sql key4.db "UPDATE metaData SET item1 = x'$(tlv 30 "$(tlv 30 "06092a864886f70d01050e$(tlv 30 "$kdf$hmac")")$(tlv 04 "$salt")")'
			WHERE id = '$id'"
	done
}

seal_of() {
	trustctl list --json "${@:2}" | jq -r --arg id "$(sha256 "$1")" '.items[] | select(.id == $id) | .seal'
}

@test "signatures that ask for hours are not checked, and hide no anchor" {
	put 'Test Root' C,, root
	dear_signatures
	[ "$(seal_of root)" = unverified ]
	[ "$(trust_of root)" = 'tls-server (?)' ]
	check
	[[ $(finding unverified warning) == 'has signatures of 1 trust record that ask for more work'* ]]
	trustctl trust reset 'Test Root'
	check
	[ "$status" -eq 0 ]
}

@test "in a store with a password such signatures are NSS's no more than other wrong ones" {
	put 'Test Root' C,, root
	trustctl store password --password-file "$PKI/secret"
	dear_signatures
	[ "$(seal_of root --store-password-file "$PKI/secret")" = tampered ]
}

@test "thousands of certificates and records of one issuer and serial number are read at once" {
	put 'Test Root' C,, root
	sql cert9.db "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
		INSERT INTO nssPublic (id, a0, a3, a11, a81, a82, a101)
		SELECT i, a0, 'x', CAST(substr(a11, 1, length(a11) - 4) || i AS BLOB), a81, a82, a101
		FROM n, nssPublic p WHERE p.a3 = CAST('Test Root' AS BLOB);
		WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
		INSERT INTO nssPublic (id, a0, a81, a82, ace536358, ace5363b4)
		SELECT 9000 + i, a0, a81, a82, ace536358, iif(i % 2, randomblob(20), ace5363b4)
		FROM n, nssPublic p WHERE p.a0 = x'ce534353'"
	run -0 timeout 20 trustctl list --json
	[ "$(json '.items | length')" = 8002 ]
	[ "$(trust_of root)" = tls-server ]
}
