#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The n-th write, sync, open, lock or removal fails: the error is true, the store as it
# was, or, when the failure comes after the commit, as it should be.

load faults

setup_file() { make_pki; }
setup() { setup_home; }

# failing_everywhere KIND ERRNO COMMAND...
failing_everywhere() {
	local kind=$1 error=$2 total n told=0 before after now
	shift 2
	keep
	before=$(shape)
	total=$(calls "$kind" "$@")
	after=$(shape)
	[ "$total" -gt 0 ] && [ "$before" != "$after" ]
	# The short form tries every seventh; table.bats has the first and the last of each kind.
	for n in $(seq 1 "$([ "${TRUSTCTL_LONG:-}" ] && echo 1 || echo 7)" "$total"); do
		restore
		faulty "$n" "$error" "$kind" timeout 60 "$@"
		now=$(shape)
		if [ "$status" -eq 0 ]; then
			[ "$now" = "$after" ] || { echo "$kind $n: success was told, but it did not happen"; false; }
			continue
		fi
		told=$((told + 1))
		[ "$status" -le 6 ] || { echo "$kind $n: status $status"; cat "$BATS_TEST_TMPDIR/err"; false; }
		[ -s "$BATS_TEST_TMPDIR/err" ] || { echo "$kind $n: failed without a word"; false; }
		[ "$now" = "$before" ] || [ "$now" = "$after" ] || {
			echo "$kind $n: neither before nor after; status $status"
			cat "$BATS_TEST_TMPDIR/err"
			false
		}
	done
	echo "# $kind with $error: $told told, of $total places" >&3
	[ "$told" -gt 0 ]
}

@test "a full disk at any write of an import leaves the store as it was" {
	STORE=$(made_store)
	failing_everywhere write ENOSPC trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
}

@test "an I/O error at any write of the trust step leaves the store as it was" {
	STORE=$(made_store)
	trustctl import --quiet "$PKI/root.pem"
	failing_everywhere write EIO trustctl trust enable --quiet --fingerprint "$(sha256 root)"
}

@test "a failing sync or removal is told and harms nothing" {
	STORE=$(made_store)
	failing_everywhere sync EIO trustctl import --quiet "$PKI/root.pem"
	failing_everywhere unlink EACCES trustctl import --quiet "$PKI/inter.pem"
}

@test "a failing open or lock is told and harms nothing" {
	STORE=$(made_store)
	failing_everywhere open EACCES trustctl import --quiet "$PKI/root.pem"
	failing_everywhere lock EIO trustctl import --quiet "$PKI/root2.pem"
}

@test "a disk that stays full from one write on leaves the store as it was" {
	STORE=$(made_store)
	export FAULT_FROM=on
	failing_everywhere write ENOSPC trustctl import --quiet "$PKI/root.pem"
}

@test "who is ended after a store was written that cannot be read back is told that it was changed" {
	local there=$HOME/elsewhere open locker command status=0
	STORE=$(made_store "$HOME/store")
	made_store "$there" >/dev/null
	keep
	into_both() { trustctl import --quiet --store "$STORE,$there" "$PKI/root.pem"; }
	# The opening after the commit, from the last on.
	open=$(calls open into_both)
	until restore && faulty "$open" EIO open into_both &&
		grep -q 'the change was written, but' "$BATS_TEST_TMPDIR/out"; do
		((--open > 0))
	done
	restore
	# The second store is locked, so that there is time.
	sqlite3 "$there/cert9.db" 'BEGIN EXCLUSIVE' '.shell sleep 60' 3>&- &
	locker=$!
	sleep 0.5
	LD_PRELOAD=$SHIM FAULT_UNDER=$STORE FAULT_ON=open FAULT_AT=$open FAULT_DO=EIO trustctl import --quiet \
		--store "$STORE,$there" "$PKI/root.pem" >/dev/null 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	command=$!
	until [ "$(rows 00000001)" -gt 0 ]; do sleep 0.05; done
	sleep 0.2
	kill -TERM "$command"
	wait "$command" || status=$?
	kill "$locker"
	[ "$status" -eq 143 ]
	grep "interrupted; store '.*/store' was changed (history 1)" "$BATS_TEST_TMPDIR/said"
}

# A line is told from half a second on.
@test "what fails while a line tells how far it is takes that line away" {
	local there=$HOME/there support=${TRUSTCTL%/*}/tests/support
	mkdir "$there"
	STORE=$(made_store "$HOME/store")
	"$support/certs" 1000 >"$BATS_TEST_TMPDIR/1000.pem"
	"$support/stores" fill "$STORE" "$BATS_TEST_TMPDIR/1000.pem"
	export FAULT_UNDER=$there FAULT_ON=open FAULT_AT=900 FAULT_DO=ENOSPC FAULT_SLOW=1000
	run script -qec "LD_PRELOAD='$SHIM' trustctl export --trusted --store '$STORE' --format openssl-dir \
		--color never -o '$there/dir'" /dev/null </dev/null
	[[ $output == *'files written: '*' of 1000, '*$'\r\e[K''trustctl: cannot write '* ]]
}
