#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Long work tells how far it is, at a terminal only, and Ctrl-C leaves the store as it was.

load helper

setup_file() {
	"${TRUSTCTL%/*}/tests/support/certs" 6000 >"$BATS_FILE_TMPDIR/6000.pem"
	mkdir "$BATS_FILE_TMPDIR/empty"
	certutil -N -d "sql:$BATS_FILE_TMPDIR/empty" --empty-password
}

setup() {
	setup_home
	cp -a "$BATS_FILE_TMPDIR/empty" "$BATS_TEST_TMPDIR/store"
	STORE=$BATS_TEST_TMPDIR/store
}

# pressed MILLISECONDS COMMAND...: at a terminal, with Ctrl-C after that time; 0: never
pressed() {
	local after=$1
	shift
	expect -c "set timeout 100; spawn -noecho $*
		if {$after > 0} { after $after; send \"\\003\" }
		expect eof"
}

rows() { sqlite3 "$STORE/cert9.db" 'SELECT count(*) FROM nssPublic'; }

@test "Ctrl-C at any moment leaves all or nothing, and nothing in memory" {
	for after in 50 150 300 450 600 900; do
		pressed "$after" "$TRUSTCTL" import --quiet --store "$STORE" "$BATS_FILE_TMPDIR/6000.pem"
		[ "$(rows)" -eq 0 ] || [ "$(rows)" -eq 6000 ]
		[ ! -e "$STORE/cert9.db-journal" ]
		[ ! -e "$STORE/key4.db-journal" ]
		certutil -L -d "sql:$STORE" >/dev/null
		rm -rf "$STORE"
		cp -a "$BATS_FILE_TMPDIR/empty" "$STORE"
	done
}

@test "what takes long tells how far it is, at a terminal, and not when it is quiet" {
	"$TRUSTCTL" import --quiet --store "$STORE" "$BATS_FILE_TMPDIR/6000.pem" >/dev/null
	run pressed 0 "$TRUSTCTL" list --store "$STORE" --columns name,verdict --sort verdict
	[[ $output == *'verdicts: '*' of 6000, '*'/s, '*' s left'* ]]
	run pressed 0 "$TRUSTCTL" list --quiet --store "$STORE" --columns name,verdict
	[[ $output != *'/s, '* ]]
	run "$TRUSTCTL" list --store "$STORE" --columns name,verdict
	[[ $output != *'/s, '* ]]
}

@test "reading a large store and showing a large file tell how far they are" {
	# more rows than half a second's worth, of little work each
	sqlite3 "$STORE/cert9.db" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		INSERT INTO nssPublic (id, a0, a3, a11, a81, a82)
		SELECT 90000 + i, x'00000001', 'name ' || i, CAST(i AS BLOB), x'3000', i FROM n"
	run pressed 0 "$TRUSTCTL" audit --store "$STORE"
	[[ $output == *'reading rows: '*' of '*'/s, '*' s left'* ]]
	run pressed 0 "$TRUSTCTL" audit --quiet --store "$STORE"
	[[ $output != *'/s, '* ]]
	for _ in 1 2 3 4; do cat "$BATS_FILE_TMPDIR/6000.pem"; done >"$BATS_TEST_TMPDIR/24000.pem"
	run pressed 0 "$TRUSTCTL" show "$BATS_TEST_TMPDIR/24000.pem"
	[[ $output == *'parts of the file: '*' of 24000, '*'/s, '* ]]
}
