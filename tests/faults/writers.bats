#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Several writers at once: nothing lost, nothing half done, no false errors.

load faults

setup_file() {
	make_pki
	"$CERTS" 60 >"$BATS_FILE_TMPDIR/all.pem"
	(cd "$BATS_FILE_TMPDIR" && csplit -sz -f cert- -b '%02d.pem' all.pem '/BEGIN/' '{*}')
}
setup() { setup_home; }

@test "two trustctl and one certutil write at once: all of it arrives" {
	STORE=$(made_store)
	local base=$BATS_FILE_TMPDIR
	# Each writer's errors in a file of its own; a conflict that cannot be resolved would be one.
	(for n in $(seq -w 0 19); do trustctl import --quiet "$base/cert-$n.pem" || exit 1; done) 2>"$BATS_TEST_TMPDIR/one" &
	local one=$!
	(for n in $(seq -w 20 39); do trustctl import --quiet "$base/cert-$n.pem" || exit 1; done) 2>"$BATS_TEST_TMPDIR/two" &
	local two=$!
	(for n in $(seq -w 40 59); do
		certutil -A -d "sql:$STORE" -n "other $n" -t C,, -i "$base/cert-$n.pem" || exit 1
	done) 2>"$BATS_TEST_TMPDIR/three" &
	local three=$!
	wait "$one" || { cat "$BATS_TEST_TMPDIR/one"; false; }
	wait "$two" || { cat "$BATS_TEST_TMPDIR/two"; false; }
	wait "$three" || { cat "$BATS_TEST_TMPDIR/three"; false; }
	[ "$(rows 00000001)" -eq 60 ]
	[ "$(certutil -L -d "sql:$STORE" | grep -c 'C,, *$')" -eq 20 ]
	[ "$(trustctl list --json | jq '.items | length')" -eq 60 ]
	# Every import of ours is in the history, each once; what certutil did is there as outside changes.
	[ "$(trustctl history list --json | jq '[.changes[] | select(.command == "import")] | length')" -eq 40 ]
	trustctl store check
}

@test "a lock held by another program is waited for, and named when it stays" {
	STORE=$(made_store)
	# Two seconds are waited for.
	(sqlite3 "$STORE/cert9.db" 'BEGIN IMMEDIATE' '.shell sleep 2' 'ROLLBACK') 3>&- &
	sleep 0.3
	trustctl import --quiet "$PKI/root.pem"
	wait
	[ "$(rows 00000001)" -eq 1 ]
	# A minute is not.
	sqlite3 "$STORE/cert9.db" 'BEGIN EXCLUSIVE' '.shell sleep 60' 3>&- &
	local holder=$!
	sleep 0.3
	local before
	before=$(sha256sum <"$STORE/cert9.db")
	run timeout 40 trustctl import --quiet "$PKI/root2.pem"
	[ "$status" -eq 4 ]
	[[ $output == *"sqlite3 (pid $holder)"* ]]
	[ "$before" = "$(sha256sum <"$STORE/cert9.db")" ]
	pkill -P "$holder" || true
	kill "$holder" 2>/dev/null || true
}

@test "a change worked out while another program changes the same item is worked out anew or refused" {
	STORE=$(made_store)
	trustctl import --quiet "$PKI/root.pem" "$PKI/root2.pem"
	local n
	for n in $(seq 1 10); do
		trustctl trust enable --quiet --fingerprint "$(sha256 root)" &
		certutil -M -d "sql:$STORE" -n 'Second Root' -t "$([ $((n % 2)) -eq 0 ] && echo C,, || echo CT,C,C)"
		wait $!
		[ "$(letters 'Test Root')" = CT,C,C ]
		[ "$(letters 'Second Root')" = "$([ $((n % 2)) -eq 0 ] && echo C,, || echo CT,C,C)" ]
		trustctl trust disable --quiet "$(sha256 root)"
	done
}

# slowly COMMAND...: each of the two files of a new store appears a second later
slowly() { LD_PRELOAD=$SHIM FAULT_UNDER=$STORE FAULT_ON=rename FAULT_SLOW=1000000 "$@"; }

@test "two first commands at once make one store, and what both bring is in it" {
	STORE=$HOME/.local/share/pki/nssdb
	local renameat2
	for renameat2 in '' FAULT_NO_RENAMEAT2=1; do
		rm -rf "$STORE"
		slowly env $renameat2 trustctl import --quiet "$PKI/root.pem" 2>"$BATS_TEST_TMPDIR/one" 3>&- &
		local one=$!
		# Half of it is there, and the other one comes.
		until [ -e "$STORE/key4.db" ]; do sleep 0.02; done
		[ ! -e "$STORE/cert9.db" ]
		trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
		wait "$one" || { cat "$BATS_TEST_TMPDIR/one"; false; }
		certutil -K -d "sql:$STORE" | grep -q Alice
		[ -n "$(letters 'Test Root')" ]
		[ "$(cd "$STORE" && echo *)" = 'cert9.db key4.db trustctl.db' ]
	done
}

@test "of two that create the same store one does, and the other says that it is there" {
	STORE=$HOME/new
	slowly trustctl store create --quiet "$STORE" 3>&- &
	local one=$!
	until [ -e "$STORE/key4.db" ]; do sleep 0.02; done
	run -5 --separate-stderr trustctl store create "$STORE"
	[[ $stderr == *"there is a store at '$STORE' already"* ]]
	wait "$one"
	trustctl store check --store "$STORE"
}

@test "where directories have no locks, half a store may be one that is being made" {
	STORE=$HOME/new
	FAULT_FROM=on faulty 1 EBADF flock trustctl store create "$STORE"
	[ "$status" -eq 0 ]
	rm "$STORE/cert9.db"
	local before
	before=$(sha256sum "$STORE"/*)
	FAULT_FROM=on faulty 1 EBADF flock trustctl store create "$STORE"
	[ "$status" -eq 5 ]
	[ "$before" = "$(sha256sum "$STORE"/*)" ]
	trustctl store create "$STORE"
}

@test "a directory that somebody else keeps locked is told, and nothing is made in it" {
	STORE=$HOME/new
	mkdir "$STORE"
	exec 9<"$STORE"
	flock 9
	run -4 --separate-stderr trustctl store create "$STORE" 9<&-
	[[ $stderr == *"another program holds the lock of the directory '$STORE'"* ]]
	[ -z "$(ls -A "$STORE")" ]
	exec 9<&-
	trustctl store create "$STORE"
}

@test "what a making that was killed has left is removed by the next one" {
	STORE=$HOME/new
	local n
	for n in 1 2; do
		rm -rf "$STORE"
		faulty "$n" kill rename trustctl store create "$STORE"
		[ "$status" -eq 137 ]
		ls "$STORE" | grep -q 'db.new-'
		touch "$STORE/key4.db.new-one"
		trustctl store create "$STORE"
		[ "$(cd "$STORE" && echo *)" = 'cert9.db key4.db key4.db.new-one' ]
	done
}
