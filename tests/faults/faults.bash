# SPDX-License-Identifier: MPL-2.0
# What the fault tests share: a store, the shim that lets the n-th call fail or kill the process, and
# the question whether a store is exactly as it was before, or exactly as it should be after.

load ../cli/helper
load ../cli/pki

: "${TRUSTCTL_BUILD:=${TRUSTCTL%/*}}"
SHIM=$TRUSTCTL_BUILD/tests/faults/shim.so
CERTS=$TRUSTCTL_BUILD/tests/support/certs
# A sanitizer wants to be loaded before anything that takes calls over.
SANITIZER=$(ldd "$TRUSTCTL" | awk '/libasan/ { print $3 }')
SHIM=${SANITIZER:+$SANITIZER:}$SHIM

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
	[ -s "$BATS_TEST_TMPDIR/count" ] || { echo 'the shim counted nothing' >&2; return 1; }
	sort -n "$BATS_TEST_TMPDIR/count" | tail -1
}

# restore: the store as `keep` left it, byte for byte
# A command may also make the store, so none at all can be kept.
keep() {
	rm -rf "$BATS_TEST_TMPDIR/kept"
	[ ! -e "$STORE" ] || cp -a "$STORE" "$BATS_TEST_TMPDIR/kept"
}
restore() {
	rm -rf "$STORE"
	[ ! -e "$BATS_TEST_TMPDIR/kept" ] || cp -a "$BATS_TEST_TMPDIR/kept" "$STORE"
}

# shape: the store as NSS and we see it; what may differ between two runs of one change (ids, salts,
# ciphertext) is left out. A hot journal is rolled back by looking, as the next writer would. That
# trustctl.db was made, and nothing put into it, is "before": "ok" alone tells that it is sound.
shape() {
	[ -e "$STORE/cert9.db" ] || { echo 'no store'; return 0; }
	sound cert9 && sqlite3 "$STORE/cert9.db" 'SELECT hex(a0), hex(a11), hex(a3) FROM nssPublic ORDER BY 1, 2, 3'
	sound key4 && sqlite3 "$STORE/key4.db" 'SELECT hex(a0), hex(a102) FROM nssPrivate ORDER BY 1, 2; SELECT count(*) FROM metaData'
	{ certutil -L -d "sql:$STORE" || echo 'certutil cannot list it'; } 2>&1 | LC_ALL=C sort
	[ ! -e "$STORE/trustctl.db" ] || ! sound trustctl || ! has_history ||
		sqlite3 "$STORE/trustctl.db" 'SELECT number, command, undoes FROM entry; SELECT kind, hex(id), before, after FROM effect ORDER BY 1, 2'
}

sound() {
	local words
	words=$(sqlite3 "$STORE/$1.db" 'PRAGMA integrity_check')
	[ "$words" = ok ] || echo "$1.db is damaged: $words"
}
has_history() { [ -n "$(sqlite3 "$STORE/trustctl.db" "SELECT name FROM sqlite_master WHERE name = 'entry'")" ]; }

# moments COUNT TOTAL: COUNT numbers from 1 to TOTAL, evenly spread, the first and the last among them
moments() {
	awk -v n="$1" -v total="$2" 'BEGIN {
		if (n > total) n = total
		for (i = 0; i < n; i++) print 1 + int(i * (total - 1) / (n > 1 ? n - 1 : 1)) }' | sort -nu
}
