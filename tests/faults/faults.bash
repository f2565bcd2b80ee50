# SPDX-License-Identifier: MPL-2.0
# What the fault tests share: a store, the shim that lets the n-th call fail or kill the process, and
# the question whether a store is exactly as it was before, or exactly as it should be after.

load ../cli/helper
load ../cli/pki

: "${TRUSTCTL_BUILD:=${TRUSTCTL%/*}}"
SHIM=$TRUSTCTL_BUILD/tests/faults/shim.so
CERTS=$TRUSTCTL_BUILD/tests/support/certs
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0

# faulty AT DO ON COMMAND...: run it with the fault, on files of the store alone; its status is $status.
# The fault concerns the program, not its NSS worker, which only works on the staged copy.
faulty() {
	local at=$1 do=$2 on=$3
	shift 3
	status=0
	# No "Killed" from the shell that waits.
	{ LD_PRELOAD=$SHIM FAULT_UNDER=$STORE FAULT_ON=$on FAULT_AT=$at FAULT_DO=$do \
	    "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null; } 2>/dev/null || status=$?
}

# calls ON COMMAND...: how many calls of that kind the command makes on the store's files
calls() {
	local on=$1
	shift
	rm -f "$BATS_TEST_TMPDIR/count"
	LD_PRELOAD=$SHIM FAULT_UNDER=$STORE FAULT_ON=$on FAULT_AT=0 FAULT_COUNT=$BATS_TEST_TMPDIR/count \
	    "$@" >/dev/null 2>&1 </dev/null
	sort -n "$BATS_TEST_TMPDIR/count" | tail -1
}

# restore: the store as `keep` left it, byte for byte
keep() { rm -rf "$BATS_TEST_TMPDIR/kept" && cp -a "$STORE" "$BATS_TEST_TMPDIR/kept"; }
restore() { rm -rf "$STORE" && cp -a "$BATS_TEST_TMPDIR/kept" "$STORE"; }

# state: the store as NSS and we see it, in one digest; a hot journal is rolled back first, as the next
# writer would. Integrity is asked of both files.
state() {
	local file
	for file in cert9 key4 trustctl; do
		[ -e "$STORE/$file.db" ] || continue
		[ "$(sqlite3 "$STORE/$file.db" 'PRAGMA integrity_check')" = ok ] || echo "$file is damaged"
	done
	{
		sqlite3 "$STORE/cert9.db" 'SELECT * FROM nssPublic ORDER BY id' | tr -d '\0'
		sqlite3 "$STORE/key4.db" 'SELECT * FROM nssPrivate ORDER BY id; SELECT * FROM metaData ORDER BY id' | tr -d '\0'
		certutil -L -d "sql:$STORE" || echo 'certutil cannot list it'
	} 2>&1 | sha256sum
}

# shape: what may differ between two runs of one change (ids, salts, ciphertext) left out
shape() {
	sqlite3 "$STORE/cert9.db" 'PRAGMA integrity_check; SELECT hex(a0), hex(a11), hex(a3) FROM nssPublic ORDER BY 1, 2, 3'
	sqlite3 "$STORE/key4.db" 'PRAGMA integrity_check; SELECT hex(a0), hex(a102) FROM nssPrivate ORDER BY 1, 2; SELECT count(*) FROM metaData'
	{ certutil -L -d "sql:$STORE" || echo 'certutil cannot list it'; } 2>&1 | LC_ALL=C sort
	[ ! -e "$STORE/trustctl.db" ] ||
		sqlite3 "$STORE/trustctl.db" 'PRAGMA integrity_check; SELECT number, command, undoes FROM entry; SELECT kind, hex(id), before, after FROM effect ORDER BY 1, 2'
}

# A crash between the making of trustctl.db and the commit may leave it empty: that is "before".
no_history_is_empty() {
	grep -v '^ok$' | cat
}

# moments COUNT TOTAL: COUNT numbers from 1 to TOTAL, evenly spread, the first and the last among them
moments() {
	awk -v n="$1" -v total="$2" 'BEGIN {
		if (n > total) n = total
		for (i = 0; i < n; i++) print 1 + int(i * (total - 1) / (n > 1 ? n - 1 : 1)) }' | sort -nu
}
