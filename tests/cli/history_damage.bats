#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What the history keeps, in tables of other shapes, damaged, empty, or of a newer program.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

history() {
	sqlite3 "$STORE/trustctl.db" "$1"
}

@test "columns of any name come back with an undo" {
	trustctl import "$PKI/root.pem"
	sqlite3 "$STORE/cert9.db" 'ALTER TABLE nssPublic ADD COLUMN x_y' 'ALTER TABLE nssPublic ADD COLUMN "a""b"' \
		'ALTER TABLE nssPublic ADD COLUMN a7777' 'UPDATE nssPublic SET x_y=5, "a""b"=6, a7777=7'
	run -0 trustctl delete 'Test Root' --yes
	run -0 trustctl history undo --last
	[ "$(sqlite3 "$STORE/cert9.db" 'SELECT x_y, "a""b", a7777 FROM nssPublic')" = '5|6|7' ]
}

@test "what the history keeps is not put back when it is damaged" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl delete 'Alice Test' --yes
	history "UPDATE row SET before=substr(before, 1, length(before) - 60) WHERE before IS NOT NULL AND tab=0"
	before=$(sqlite3 "$STORE/cert9.db" .dump | sha256sum)
	run --separate-stderr trustctl history undo --last
	[ "$status" -eq 4 ]
	[[ $stderr == *'keeps of change 2 is damaged'* ]]
	[ "$before" = "$(sqlite3 "$STORE/cert9.db" .dump | sha256sum)" ]
}

@test "a damaged key that the history keeps stops a new password" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl delete 'Alice Test' --yes
	history "UPDATE row SET before=substr(before, 1, length(before) - 60) WHERE before IS NOT NULL AND tab=1"
	run --separate-stderr trustctl store password --password-file "$PKI/secret"
	[ "$status" -eq 4 ]
	[[ $stderr == *'keeps of change 2 is damaged'* ]]
	run -0 trustctl list # without its password
}

@test "a history without names is read" {
	trustctl import "$PKI/root.pem"
	for table in effect known; do
		history "CREATE TABLE other AS SELECT * FROM $table; DROP TABLE $table; ALTER TABLE other RENAME TO $table"
	done
	history "UPDATE effect SET name=NULL; INSERT INTO known VALUES (zeroblob(32), 0, NULL, 0, 0, 0), (randomblob(32), 0, NULL, 0, 0, 0)"
	run -0 trustctl history list
	run -0 trustctl history show 1
	run -0 trustctl audit
	run -0 trustctl import "$PKI/root2.pem"
}

@test "keys of the history that no change wrote stop a new password" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret"
	trustctl delete 'Alice Test' --yes
	history 'CREATE TABLE other AS SELECT * FROM row; DROP TABLE row; ALTER TABLE other RENAME TO row'
	for key in NULL "'x'" "'0'" "key || ' '"; do
		history "UPDATE row SET key=$key WHERE tab=1"
		before=$(snapshot)
		run -4 --separate-stderr trustctl store password --password-file "$PKI/secret"
		[[ $stderr == *'keeps of change 2 is damaged'* ]]
		[ "$before" = "$(snapshot)" ]
	done
}

@test "an empty trustctl.db is no history" {
	: >"$STORE/trustctl.db"
	run --separate-stderr trustctl history undo 1
	[ "$status" -eq 3 ]
	[[ $stderr == *'has no change 1'* ]]
	run -0 trustctl store password --password-file "$PKI/secret"
	run -0 trustctl import "$PKI/root.pem"
	run -0 trustctl history undo --last
}

@test "a history that cannot be read keeps those of other stores back from nobody" {
	trustctl import --quiet "$PKI/root.pem"
	other=$(made_store "$BATS_TEST_TMPDIR/other")
	head -c 5000 /dev/urandom >"$other/trustctl.db"
	run -6 --separate-stderr trustctl history list --store "$other,user" --json
	[ "$(json '[.changes[] | [.store, .number] | tostring] | join(" ")')" = '["user",1]' ]
	[[ $stderr == "warning: store '$other' is left out: "* ]]
	run -4 --separate-stderr trustctl history list --store "$other"
	[[ -z $output && $stderr == *"hint: to see what is damaged: trustctl store check --store $other" ]]
	run -6 trustctl history list --store "user,$BATS_TEST_TMPDIR/nothing"
	[[ $output == *'added: Test Root'* ]]
}

@test "a history of a newer trustctl is read, and never written to" {
	trustctl import "$PKI/root.pem"
	history "UPDATE about SET value='2' WHERE name='schema'"
	run -0 trustctl history list
	for command in "trust distrust" "delete --yes" ; do
		run --separate-stderr trustctl $command 'Test Root'
		[ "$status" -eq 5 ]
		[[ $stderr == *'newer trustctl (schema 2)'*'use that version'* ]]
	done
	for command in 'history undo --last' "store password --password-file $PKI/secret"; do
		# shellcheck disable=SC2086
		run --separate-stderr trustctl $command
		[ "$status" -eq 5 ]
		[[ $stderr == *'newer trustctl (schema 2)'* ]]
	done
	[ "$(history 'SELECT count(*) FROM entry')" = 1 ]
}
