#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Stores in bad places and bad shape: quotas, read-only file systems, links, clocks that jump, many
# stores, large ones, and damaged bytes.

load faults

setup_file() { make_pki; }
setup() { setup_home; }

@test "a quota that is used up, and a file system that turns read-only, are told by their names" {
	STORE=$(made_store)
	local before
	before=$(snapshot)
	FAULT_FROM=on faulty 1 EDQUOT write trustctl import --quiet "$PKI/root.pem"
	[ "$status" -eq 4 ]
	[ "$before" = "$(snapshot)" ]
	FAULT_FROM=on faulty 1 EROFS open,write,unlink,truncate,sync trustctl import --quiet "$PKI/root.pem"
	[ "$status" -eq 4 ]
	[ -s "$BATS_TEST_TMPDIR/err" ]
	[ "$before" = "$(snapshot)" ]
}

@test "a store on a file system that is mounted read-only is read, and not written" {
	[ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null || skip 'needs root and mount namespaces'
	STORE=$(made_store)
	trustctl import --quiet "$PKI/root.pem"
	run unshare -m sh -c "mount --bind '$STORE' '$STORE' && mount -o remount,bind,ro '$STORE' &&
		trustctl list && ! trustctl import --quiet '$PKI/root2.pem'"
	[ "$status" -eq 0 ]
	[[ $output == *'Test Root'* ]]
	[[ $output == *[Rr]ead-only* ]]
}

@test "files that lose their permissions between two commands are named, and nothing is lost" {
	STORE=$(made_store)
	trustctl import --quiet "$PKI/root.pem"
	[ "$(id -u)" -ne 0 ] || skip 'root may everything'
	chmod 400 "$STORE/key4.db"
	run trustctl import --quiet "$PKI/root2.pem"
	[ "$status" -eq 4 ]
	[[ $output == *key4.db* ]]
	chmod 600 "$STORE/key4.db"
	trustctl import --quiet "$PKI/root2.pem"
	[ "$(rows 00000001)" -eq 2 ]
}

@test "a store behind a symbolic link is changed in its real place, also when killed at every write" {
	STORE=$(made_store)
	local n total link=$HOME/link before after now
	ln -s "$STORE" "$link"
	keep
	before=$(shape)
	trustctl import --quiet --store "$link" "$PKI/root.pem"
	after=$(shape)
	restore
	total=$(calls write,unlink trustctl import --quiet --store "$link" "$PKI/root.pem")
	while read -r n; do
		restore
		faulty "$n" kill write,unlink trustctl import --quiet --store "$link" "$PKI/root.pem"
		now=$(shape)
		[ "$now" = "$before" ] || [ "$now" = "$after" ]
	done < <(moments 8 "$total")
	[ -L "$link" ]
}

@test "a link planted as trustctl.db, as a journal or as a super-journal is not followed to write" {
	STORE=$(made_store)
	echo precious >"$HOME/precious"
	ln -s "$HOME/precious" "$STORE/trustctl.db"
	run trustctl import --quiet "$PKI/root.pem"
	[ "$status" -eq 4 ]
	[ "$(cat "$HOME/precious")" = precious ]
	rm "$STORE/trustctl.db"
	ln -s "$HOME/precious" "$STORE/cert9.db-mj012345678"
	ln -s "$HOME/absent" "$STORE/cert9.db-journal"
	run trustctl import --quiet "$PKI/root.pem"
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ]
	[ "$(cat "$HOME/precious")" = precious ]
	[ ! -e "$HOME/absent" ]
}

@test "a store of which a file has a second name (a hard link) is never half changed" {
	STORE=$(made_store)
	mkdir "$HOME/other"
	ln "$STORE/cert9.db" "$HOME/other/cert9.db"
	cp "$STORE/key4.db" "$HOME/other/key4.db"
	run trustctl import --quiet "$PKI/root.pem"
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ]
	[ "$(sqlite3 "$STORE/cert9.db" 'PRAGMA integrity_check')" = ok ]
	certutil -L -d "sql:$STORE" >/dev/null
	certutil -L -d "sql:$HOME/other" >/dev/null
}

@test "a clock that jumps decades forward and back does not change the order of the history" {
	STORE=$(made_store)
	TRUSTCTL_NOW=2031-01-01T00:00:00Z trustctl import --quiet "$PKI/root.pem"
	TRUSTCTL_NOW=1999-01-01T00:00:00Z trustctl import --quiet "$PKI/root2.pem"
	TRUSTCTL_NOW=2026-06-01T00:00:00Z trustctl import --quiet "$PKI/inter.pem"
	[ "$(trustctl history list --json | jq -c '[.changes[] | select(.command == "import") | .number] | . == (sort | reverse)')" = true ]
	TRUSTCTL_NOW=1980-01-01T00:00:00Z trustctl history undo --quiet --last
	[ -z "$(letters 'Test Intermediate')" ]
	[ "$(rows 00000001)" -eq 2 ]
}

@test "many stores are changed by one command that may open 64 files" {
	local n stores= count=${TRUSTCTL_LONG:+200}
	count=${count:-12}
	STORE=$(made_store "$HOME/stores/1")
	for n in $(seq 2 "$count"); do cp -r "$STORE" "$HOME/stores/$n"; done
	for n in $(seq 1 "$count"); do stores+=${stores:+,}$HOME/stores/$n; done
	run sh -c "ulimit -n 64; trustctl import --quiet --store '$stores' '$PKI/root.pem'"
	[ "$status" -eq 0 ]
	for n in $(seq 1 "$count"); do [ "$(rows 00000001 "$HOME/stores/$n")" -eq 1 ]; done
	echo "# $count stores" >&3
}

@test "a store of two gigabytes is read, and changed or refused by the room it needs" {
	[ "${TRUSTCTL_LONG:-}" ] || skip 'in the long form only'
	STORE=$(made_store)
	sqlite3 "$STORE/cert9.db" 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 22)
		INSERT INTO nssPublic(id, a0, a3) SELECT 900 + i, zeroblob(4), zeroblob(100000000) FROM n'
	timeout 120 trustctl list >/dev/null
	run timeout 300 trustctl import --quiet "$PKI/root.pem"
	echo "# $(stat -c %s "$STORE/cert9.db") bytes: status $status: ${output:-done}" >&3
	[ "$status" -eq 0 ] || [[ $output == *'KiB free'* ]]
}

@test "whatever byte of a store is turned over, reading commands end by themselves and say what they saw" {
	STORE=$(made_store)
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12" "$PKI/root.pem"
	trustctl trust enable --quiet --fingerprint "$(sha256 root)"
	# A prime: all places in a row and in a page come up. The long form turns each byte for one
	# command and a tenth of them for the others.
	local steps=(2111 4001 4001)
	[ -z "${TRUSTCTL_LONG:-}" ] || steps=(1 11 11)
	echo "# list: $("$BATS_TEST_DIRNAME/flip" "$STORE" "${steps[0]}" "$RANDOM" -- trustctl list)" >&3
	echo "# audit: $("$BATS_TEST_DIRNAME/flip" "$STORE" "${steps[1]}" "$RANDOM" -- trustctl audit)" >&3
	echo "# store check: $("$BATS_TEST_DIRNAME/flip" "$STORE" "${steps[2]}" "$RANDOM" -- trustctl store check)" >&3
	trustctl store check
}
