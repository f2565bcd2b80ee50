#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl store check of trust records: forged, leftover, double; and what --repair leaves alone.

load helper
load pki
load store_findings

@test "a trust record without certificate is a warning that says what it would do" {
	put 'Test Root' C,, root
	sql cert9.db "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	check
	[ "$status" -eq 1 ]
	[[ $(finding orphaned-trust warning) == *"(tls-server)"*"once the certificate is imported" ]]
	[[ $output == *"CN=Test Root, O=Test"* ]]
	eval "$(remedy orphaned-trust)"
	[ "$(rows ce534353)" -eq 0 ]
	check
	[ "$status" -eq 0 ]
	run ! finding signature note
}

@test "a forged distrust without certificate is an error, decides nothing, and the remedy works" {
	put 'Test Root' p,p,p root
	put 'Second Root' p,p,p root2
	sql cert9.db "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	sql key4.db "UPDATE metaData SET item1 = zeroblob(length(item1)) WHERE id =
		(SELECT min(id) FROM metaData WHERE id LIKE 'sig_cert_%_ce536358')"
	check
	[ "$status" -eq 1 ]
	[[ $(finding tampered error) == *"not in the store"* ]]
	[[ $(finding orphaned-trust note) == *"once the certificate is imported" ]]
	printf 'x\n' >"$BATS_TEST_TMPDIR/new"
	run trustctl store password --password-file "$BATS_TEST_TMPDIR/new"
	[ "$status" -eq 4 ]
	[[ $output == *"was altered"*"store check --repair"* ]]
	eval "$(remedy tampered)"
	[ "$(rows ce534353)" -eq 1 ]
	check
	[ "$status" -eq 0 ]
	trustctl store password --password-file "$BATS_TEST_TMPDIR/new"
}

@test "a forged distrust of a deleted certificate is not sealed when it comes back" {
	put 'Test Root' p,p,p root
	sql cert9.db "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	sql key4.db "UPDATE metaData SET item1 = zeroblob(length(item1)) WHERE id LIKE 'sig_cert_%_ce536358'"
	run -0 trustctl import "$PKI/root.pem"
	[[ $output != *"stays distrusted"* ]]
	[ "$(trustctl list --json | jq -r '.items[0].tls_server')" = undecided ]
}

# twice [COLUMN=VALUE]: the trust record again, perhaps with another value
twice() {
	sql cert9.db "CREATE TEMP TABLE t AS SELECT * FROM nssPublic WHERE a0 = x'ce534353';
		UPDATE t SET id = id + 1000${1:+, $1}; INSERT INTO nssPublic SELECT * FROM t"
}

@test "a trust record that is there twice is a warning, and the remedy works" {
	put 'Test Root' C,, root
	twice
	check
	[ "$status" -eq 1 ]
	finding duplicate-trust warning
	run ! finding orphaned-trust warning
	eval "$(remedy duplicate-trust)"
	[ "$(rows ce534353)" -eq 1 ]
	[ "$(letters 'Test Root')" = C,, ]
	check
	[ "$status" -eq 0 ]
	trustctl history undo --last --quiet
	[ "$(rows ce534353)" -eq 2 ]
}

@test "a distrust that is there twice stays once" {
	put 'Test Root' p,p,p root
	twice
	check
	eval "$(remedy duplicate-trust)"
	[ "$(rows ce534353)" -eq 1 ]
	[ "$(letters 'Test Root')" = p,p,p ]
}

@test "two trust records that differ are a warning, and the remedy removes both" {
	put 'Test Root' C,, root
	twice "ace536358 = x'ce53435a'"
	check
	[ "$status" -eq 1 ]
	finding duplicate-trust warning
	run -1 trustctl store check --repair --quiet --yes
	[ "$(rows ce534353)" -eq 2 ]
	[ "$(remedy duplicate-trust)" = "trustctl trust reset $(sha256 root | cut -c 1-16)" ]
	eval "$(remedy duplicate-trust) --fingerprint $(sha256 root)"
	[ "$(rows ce534353)" -eq 0 ]
	check
	[ "$status" -eq 0 ]
}

@test "of two records that differ --repair chooses neither" {
	put 'Test Root' C,, root
	twice "ace536358 = x'ce534354', ace536359 = x'ce534352'"
	check
	finding duplicate-trust warning
	run -1 trustctl store check --repair
	[[ $output == *"two trust records that differ, and they stay"* ]]
	[ "$(rows ce534353)" -eq 2 ]
}

@test "records of both spellings that disagree are a warning" {
	[ -e /usr/lib/firefox-esr/libsoftokn3.so ] || skip "no newer NSS here"
	put 'Test Root' p,p,p root
	LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -M -d "sql:$STORE" -n 'Test Root' -t C,C,C
	check
	[ "$status" -eq 1 ]
	finding disagreement warning
}

@test "--repair removes leftover trust in one change, and leaves a distrust" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t 'CT,C,C' -i "$PKI/root.pem"
	certutil -A -d "sql:$STORE" -n 'Second Root' -t 'p,p,p' -i "$PKI/root2.pem"
	sqlite3 "$STORE/cert9.db" "DELETE FROM nssPublic WHERE a0 = x'00000001'"
	run -1 trustctl store check
	[[ $output == *'trustctl store check --repair'* && $output != *'sqlite3'* ]]
	before=$(snapshot)
	run -0 trustctl store check --repair --dry-run
	[[ $output == *"store 'user': would change"* && $output != *"store 'user': changed"* ]]
	[ "$before" = "$(snapshot)" ]
	run -0 trustctl store check --repair
	[[ $output == *'a distrust stays'* ]]
	[ "$(rows ce534353)" -eq 1 ]
	run -0 trustctl store check
}
