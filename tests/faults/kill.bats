#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# kill -9 at any moment: the store is exactly before or exactly after, sound, and readable by certutil.

load faults

setup_file() {
	make_pki
	"$CERTS" 500 >"$BATS_FILE_TMPDIR/500.pem"
	printf 'store password\n' >"$PKI/store-password"
}
setup() { setup_home; }

# killed_everywhere MOMENTS COMMAND...: kill at so many of the writes, syncs, truncations and
# removals of the commit; each time compare with before and after
killed_everywhere() {
	local wanted=$1 total before after now n befores=0 afters=0
	shift
	keep
	before=$(shape)
	total=$(calls write,sync,truncate,unlink "$@")
	after=$(shape)
	[ "$before" != "$after" ]
	echo "# $total calls of the commit" >&3
	while read -r n; do
		restore
		faulty "$n" kill write,sync,truncate,unlink "$@"
		[ "$status" -eq 137 ] || { echo "call $n: status $status"; cat "$BATS_TEST_TMPDIR/err"; false; }
		now=$(shape)
		if [ "$now" = "$before" ]; then
			befores=$((befores + 1))
		elif [ "$now" = "$after" ]; then
			afters=$((afters + 1))
		else
			echo "killed at call $n of $total: neither before nor after"
			diff <(echo "$before") <(echo "$now") | head -20
			diff <(echo "$after") <(echo "$now") | head -20
			false
		fi
	done < <(moments "$wanted" "$total")
	echo "# killed $((befores + afters)) times: $befores before, $afters after, 0 between" >&3
	[ "$befores" -gt 0 ]
	# And life goes on.
	restore
	"$@" </dev/null
	[ "$(shape)" = "$after" ]
	[ -z "$(find "$STORE" -name '*-journal' -o -name '*-mj*')" ]
}

EACH=25
[ -z "${TRUSTCTL_LONG:-}" ] || EACH=1000

@test "an import of 500 certificates, killed within its commit" {
	STORE=$(made_store)
	killed_everywhere "$EACH" trustctl import --quiet "$BATS_FILE_TMPDIR/500.pem"
}

@test "an import of a .p12 into a store with a password, killed at its writes" {
	STORE=$HOME/.local/share/pki/nssdb
	mkdir -p "$STORE"
	certutil -N -d "sql:$STORE" -f "$PKI/store-password"
	killed_everywhere "$EACH" trustctl import --quiet --store-password-file "$PKI/store-password" \
	    --password-file "$PKI/secret" "$PKI/alice.p12"
}

@test "the trust step and its undo, killed at its writes" {
	STORE=$(made_store)
	trustctl import --quiet "$PKI/root.pem"
	killed_everywhere "$EACH" trustctl trust enable --quiet --fingerprint "$(sha256 root)"
	killed_everywhere "$EACH" trustctl history undo --quiet --last
}

@test "deleting an identity, killed at its writes" {
	STORE=$(made_store)
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
	killed_everywhere "$EACH" trustctl delete --quiet --yes "$(sha256 alice)"
}

@test "changing the store's password, killed at its writes" {
	STORE=$(made_store)
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12" "$PKI/root.pem"
	trustctl trust enable --quiet --fingerprint "$(sha256 root)"
	killed_everywhere "$EACH" trustctl store password --quiet --password-file "$PKI/store-password"
}

@test "an import killed at moments of its whole life leaves before or after, and no remains" {
	STORE=$(made_store)
	keep
	local before after now n pid
	before=$(shape)
	trustctl import --quiet "$BATS_FILE_TMPDIR/500.pem"
	after=$(shape)
	# In the short form every fifth; random.bats has the other commands.
	for n in $(seq 1 "$([ "${TRUSTCTL_LONG:-}" ] && echo 1 || echo 5)" 100); do
		restore
		trustctl import --quiet "$BATS_FILE_TMPDIR/500.pem" >/dev/null 2>&1 &
		pid=$!
		sleep "0.$(printf '%03d' $((n * 8)))"
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		now=$(shape)
		[ "$now" = "$before" ] || [ "$now" = "$after" ] || { echo "moment $n"; false; }
	done
	# The next run removes staging directories of the dead; one of them there is for certain.
	restore
	faulty 1 kill write trustctl import --quiet "$BATS_FILE_TMPDIR/500.pem"
	[ "$status" -eq 137 ]
	[ -n "$(staged)" ]
	trustctl import --quiet "$PKI/root.pem"
	[ -z "$(staged)" ]
}

# staged: the private copies of stores. One without a lock may just be made, and is kept for a minute.
staged() { find "$XDG_RUNTIME_DIR" "$STORE" -maxdepth 1 -name 'trustctl-stage-*' -exec test -e '{}/lock' \; -print; }
