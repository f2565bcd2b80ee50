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
	TERM=${TERMINAL-xterm} expect -c "set timeout 100; spawn -noecho $*
		if {$after > 0} { after $after; send \"\\003\" }
		expect eof"
}

# no_trace: neither a private copy of a store nor half a file
no_trace() {
	[ -z "$(ls "$XDG_RUNTIME_DIR")" ]
	[ -z "$(find "$BATS_TEST_TMPDIR" -name '.trustctl-*')" ]
}

# many_rows NUMBER: so many in cert9.db, of little work each
many_rows() {
	sqlite3 "$STORE/cert9.db" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO nssPublic (id, a0, a3, a11, a81, a82)
		SELECT 90000 + i, x'00000001', 'name ' || i, CAST(i AS BLOB), x'3000', i FROM n"
}

rows() { sqlite3 "$STORE/cert9.db" 'SELECT count(*) FROM nssPublic'; }

@test "Ctrl-C at any moment leaves all or nothing, and nothing in memory" {
	for after in 50 150 300 450 600 900; do
		pressed "$after" "$TRUSTCTL" import --quiet --store "$STORE" "$BATS_FILE_TMPDIR/6000.pem"
		[ "$(rows)" -eq 0 ] || [ "$(rows)" -eq 6000 ]
		[ ! -e "$STORE/cert9.db-journal" ]
		[ ! -e "$STORE/key4.db-journal" ]
		no_trace
		certutil -L -d "sql:$STORE" >/dev/null
		rm -rf "$STORE"
		cp -a "$BATS_FILE_TMPDIR/empty" "$STORE"
	done
}

@test "what else ends a program, a signal of a session or of a limit, leaves nothing in memory either" {
	local signal status
	for signal in XCPU ALRM USR1 USR2; do
		"$TRUSTCTL" import --quiet --store "$STORE" "$BATS_FILE_TMPDIR/6000.pem" 3>&- &
		# with a copy in it: the directory alone may be so new that nobody knows of it yet
		until [ -n "$(find "$XDG_RUNTIME_DIR" -path "*/work/cert9.db")" ]; do sleep 0.01; done
		kill -s "$signal" $!
		status=0
		wait $! || status=$?
		[ "$(kill -l "$status")" = "$signal" ]
		[ "$(rows)" -eq 0 ]
		no_trace
	done
}

@test "a limit of the size of files is told, and leaves the store as it was and nothing in memory" {
	local before
	before=$(sha256sum "$STORE"/*)
	run -4 bash -c 'ulimit -f 36; "$@"' - "$TRUSTCTL" import --quiet --store "$STORE" "$BATS_FILE_TMPDIR/6000.pem"
	[[ $output == *'trustctl: '*'file too large'* ]]
	run -4 bash -c 'ulimit -f 4; "$@"' - "$TRUSTCTL" store backup "$BATS_TEST_TMPDIR/backup" --store "$STORE" \
		--password-file <(echo secret)
	[[ $output == *'trustctl: '*'file too large'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/backup" ]
	run -4 bash -c 'ulimit -f 4; "$@"' - "$TRUSTCTL" store create "$BATS_TEST_TMPDIR/new"
	[[ $output == *'trustctl: '* ]]
	[ ! -e "$BATS_TEST_TMPDIR/new" ]
	[ "$before" = "$(sha256sum "$STORE"/*)" ]
	no_trace
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
	many_rows 1000000
	run pressed 0 "$TRUSTCTL" audit --store "$STORE"
	[[ $output == *'reading rows: '*' of '*'/s, '*' s left'* ]]
	run pressed 0 "$TRUSTCTL" audit --quiet --store "$STORE"
	[[ $output != *'/s, '* ]]
	for _ in 1 2 3 4; do cat "$BATS_FILE_TMPDIR/6000.pem"; done >"$BATS_TEST_TMPDIR/24000.pem"
	run pressed 0 "$TRUSTCTL" show "$BATS_TEST_TMPDIR/24000.pem"
	[[ $output == *'parts of the file: '*' of 24000, '*'/s, '* ]]
}

@test "the line of a narrow terminal fits it, and one that cannot move its cursor gets none" {
	many_rows 1000000
	run pressed 0 sh -c "{stty columns 40; exec $TRUSTCTL audit --store $STORE}"
	[[ $output == *$'\rreading rows: '*' of 1000000'* ]]
	[ "$(tr '\r' '\n' <<<"$output" | sed -n 's/\x1b\[K.*//p' | awk 'length > most { most = length } END { print most }')" = 39 ]
	TERMINAL=dumb run pressed 0 "$TRUSTCTL" audit --store "$STORE"
	[[ $output != *$'\e'* && $output != *'reading rows'* ]]
	TERMINAL='' run pressed 0 "$TRUSTCTL" audit --store "$STORE"
	[[ $output != *$'\e'* && $output != *'reading rows'* ]]
}

@test "checking and backing up say how much they did, without a time for the end that nobody knows" {
	many_rows 500000
	run pressed 0 "$TRUSTCTL" store check --store "$STORE"
	[[ $output == *'pages checked: '*'/s, '*' s so far'* ]]
	printf secret >"$BATS_TEST_TMPDIR/password"
	FILE=$BATS_TEST_TMPDIR/backup
	run pressed 0 "$TRUSTCTL" store backup "$FILE" --store "$STORE" --password-file "$BATS_TEST_TMPDIR/password"
	[[ $output == *'pages checked: '*'/s, '*' s so far'* ]]
	run pressed 0 "$TRUSTCTL" store restore "$FILE" --store "$STORE" --password-file "$BATS_TEST_TMPDIR/password" --dry-run
	[[ $output == *'pages checked: '*'/s, '*' s so far'* ]]
	# What was begun in memory goes with the command.
	for after in 500 1500 2500 3500; do
		rm -f "$FILE"
		pressed "$after" "$TRUSTCTL" store backup "$FILE" --store "$STORE" --password-file "$BATS_TEST_TMPDIR/password"
		no_trace
	done
}

@test "checking the signatures of trust says how far it is" {
	sqlite3 "$STORE/cert9.db" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
		INSERT INTO nssPublic (id, a0, a81, a82, ace536358)
		SELECT i, x'ce534353', x'3000', i, x'ce534352' FROM n"
	# without its index it is sooner made
	sqlite3 "$STORE/key4.db" "CREATE TABLE plain AS SELECT * FROM metaData;
		DROP TABLE metaData;
		ALTER TABLE plain RENAME TO metaData;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000000)
		INSERT INTO metaData SELECT printf('sig_cert_%08x_ce536358', i), x'30', NULL FROM n"
	run pressed 0 "$TRUSTCTL" audit --store "$STORE"
	[[ $output == *'signatures of trust: '*' of 6000001, '*'/s, '*' s left'* ]]
}

@test "a long history says how far it is, and undos of undos are found at once" {
	"$TRUSTCTL" import --quiet --store "$STORE" "$BATS_FILE_TMPDIR/6000.pem" >/dev/null
	sqlite3 "$STORE/trustctl.db" "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 800000)
		INSERT INTO entry (number, group_id, time, user, command, undoes)
		SELECT i, i, i, 'me', 'trust enable', iif(i % 2, NULL, i - 1) FROM n;
		INSERT INTO effect SELECT number, 4, 1, x'00', 'x', 0, 1, 1 FROM entry WHERE number >= 10"
	run pressed 0 "$TRUSTCTL" history list --store "$STORE"
	[[ $output == *'changes read: '*' of '*'/s, '*' s left'* ]]
	[[ $output == *'undo of 799999'* && $output == *'undone by 800000'* ]]
}

@test "decoding a large file says how far it is, and ends when it is told to" {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do cat "$BATS_FILE_TMPDIR/6000.pem"; done >"$BATS_TEST_TMPDIR/large.pem"
	run pressed 0 timeout -s INT 2.5 "$TRUSTCTL" show "$BATS_TEST_TMPDIR/large.pem"
	[[ $output == *'MiB of the file decoded: '*' of 56, '*'/s, '*' s left'* ]]
	run timeout -s INT 0.6 "$TRUSTCTL" show "$BATS_TEST_TMPDIR/large.pem"
	[ "$status" -eq 124 ]
	! pgrep -f "$BATS_TEST_TMPDIR/large.pem"
}

@test "who is ended between stores tells which one was changed" {
	cp -a "$STORE" "$BATS_TEST_TMPDIR/other"
	openssl x509 -in "$BATS_FILE_TMPDIR/6000.pem" -out "$BATS_TEST_TMPDIR/one.pem"
	# The second store is locked, so that there is time.
	sqlite3 "$BATS_TEST_TMPDIR/other/cert9.db" 'BEGIN EXCLUSIVE' '.shell sleep 60' 3>&- &
	local locker=$! command status=0
	sleep 0.5
	"$TRUSTCTL" import --quiet --store "$STORE,$BATS_TEST_TMPDIR/other" "$BATS_TEST_TMPDIR/one.pem" \
		>/dev/null 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	command=$!
	until [ "$(rows)" -gt 0 ]; do sleep 0.05; done
	sleep 0.2
	kill -TERM "$command"
	wait "$command" || status=$?
	kill "$locker"
	[ "$status" -eq 143 ]
	grep "interrupted; store '.*/store' was changed (history 1); store '.*/other' is as it was" "$BATS_TEST_TMPDIR/said"
	no_trace
}
