#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl store backup: one file, encrypted where it is private, proven when written.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	FILE=$BATS_TEST_TMPDIR/store.backup
	printf 'password of the file\n' >"$PKI/file-password"
}
backup() { trustctl store backup --password-file "$PKI/file-password" "$@"; }

@test "a store is written to one file that only its owner may read, and is not touched" {
	trustctl import --password-file "$PKI/secret" "$PKI/alice.p12" "$PKI/root.pem"
	before=$(snapshot)
	run --separate-stderr backup "$FILE" --json
	[ "$status" -eq 0 ]
	[ "$(jq .items <<<"$output")" -eq 3 ]
	[ "$(stat -c %a "$FILE")" = 600 ]
	[ "$before" = "$(snapshot)" ]
}

@test "private keys and history cannot be found in it, certificates can" {
	trustctl import --reason 'planted reason' --password-file "$PKI/secret" "$PKI/alice.p12"
	backup "$FILE"
	grep -qa 'alice@example.com' "$FILE"
	run ! grep -a 'planted reason' "$FILE"
	# The key's row in key4.db, as NSS encrypted it with the empty password.
	key=$(sqlite3 "$STORE/key4.db" "SELECT hex(substr(a11, 1, 32)) FROM nssPrivate LIMIT 1")
	! xxd -p "$FILE" | tr -d '\n' | grep -qi "$key"
}

@test "an existing file stays, but with --force; an empty or missing password is refused" {
	echo precious >"$FILE"
	run backup "$FILE"
	[ "$status" -eq 5 ]
	[ "$(cat "$FILE")" = precious ]
	backup "$FILE" --force
	[ "$(head -c 17 "$FILE")" = 'trustctl backup 1' ]
	: >"$PKI/empty"
	run trustctl store backup "$FILE.2" --password-file "$PKI/empty"
	[ "$status" -ne 0 ]
	[ ! -e "$FILE.2" ]
	run trustctl store backup "$FILE.2" </dev/null
	[ "$status" -eq 3 ]
	[ ! -e "$FILE.2" ]
}

@test "a damaged store is not backed up" {
	trustctl import "$PKI/root.pem"
	printf 'XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX' | dd of="$STORE/cert9.db" bs=1 seek=8200 conv=notrunc 2>/dev/null
	sqlite3 "$STORE/cert9.db" 'PRAGMA integrity_check' | grep -qx ok && skip 'the damage hit nothing'
	run backup "$FILE"
	[ "$status" -eq 4 ]
	[[ $output == *damaged* ]]
	[ ! -e "$FILE" ]
}

@test "a store that is larger than a backup may be is refused before it is copied" {
	trustctl import --quiet "$PKI/root.pem"
	# More than SQLite gives memory for; bytes 28 to 31 say how many there are.
	truncate -s 3G "$STORE/cert9.db"
	pages=$((3 * 1024 * 1024 * 1024 / $(sqlite3 "$STORE/cert9.db" 'PRAGMA page_size')))
	xxd -r - "$STORE/cert9.db" <<<"1c: $(printf '%08x' "$pages")"
	run --separate-stderr backup "$FILE"
	[ "$status" -eq 3 ]
	[[ $stderr == *'larger than a backup may be'* ]]
	[ ! -e "$FILE" ]
}

@test "a backup made while others write holds one moment: certificates and their trust together" {
	trustctl import --quiet "$PKI/root.pem"
	(for _ in 1 2 3 4 5 6; do
		trustctl trust enable --quiet --fingerprint "$(sha256 root)"
		trustctl trust reset --quiet "$(sha256 root)"
	done) >/dev/null 2>&1 3>&- &
	for n in 1 2 3 4; do
		backup "$FILE.$n"
		trustctl store restore --quiet --password-file "$PKI/file-password" --store "$HOME/copy-$n" \
			--fingerprint "$(sha256 root)" "$FILE.$n"
		trustctl store check --store "$HOME/copy-$n"
	done
	wait
}

@test "where a backup cannot be proven nothing is written, and the one before it stays" {
	trustctl import --quiet "$PKI/root.pem"
	backup "$FILE"
	before=$(sha256sum <"$FILE")
	# A copy of the store fits beside it; what is unpacked from a backup wants memory.
	unset XDG_RUNTIME_DIR
	run backup "$FILE" --force
	[ "$status" -eq 4 ]
	[ "$before" = "$(sha256sum <"$FILE")" ]
	run backup "$FILE.2"
	[ "$status" -eq 4 ]
	[ ! -e "$FILE.2" ]
	mkdir -p "$TRUSTCTL_ROOT/dev/shm"
	backup "$FILE.2"
}

@test "a backup is no output" {
	cd "$BATS_TEST_TMPDIR"
	run -2 --separate-stderr trustctl store backup -
	[[ $stderr == *'written to a file, not to standard output'*'./-'* ]]
	[ ! -e ./- ]
}
