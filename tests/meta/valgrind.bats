#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The main commands under valgrind: nothing uninitialised is used, nothing is lost. The process that
# decodes files is a fork and so watched too; the NSS worker in the tests that say so.

load ../cli/helper
load ../cli/pki

: "${TRUSTCTL_BUILD:=${TRUSTCTL%/*}}"

setup_file() { make_pki; }

setup() {
	command -v valgrind >/dev/null || skip "no valgrind here"
	! grep -q __asan_init "$TRUSTCTL" || skip "this build is watched by AddressSanitizer"
	# The program that valgrind runs does not know where it is itself.
	export TRUSTCTL_NSS_WORKER=$TRUSTCTL_BUILD/trustctl-nss
	setup_home
	make_user_store
}

# watch no|yes COMMAND...: yes watches the worker too
watch() {
	local traced=$1 logs log
	shift
	logs=$(mktemp -d "$BATS_TEST_TMPDIR/logs.XXXXXX")
	LD_PRELOAD=$TRUSTCTL_BUILD/tests/meta/unconfined.so valgrind --error-exitcode=9 --leak-check=full \
	    --errors-for-leak-kinds=definite --trace-children="$traced" --log-file="$logs/%p" \
	    "$TRUSTCTL" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null 3>&- ||
		{ echo "exit $? of $*"; cat "$BATS_TEST_TMPDIR/out" "$logs"/*; return 1; }
	# The status of a child is not ours: its log tells.
	grep -q 'ERROR SUMMARY: 0 errors' "$logs"/* || { echo "valgrind said nothing"; return 1; }
	for log in "$logs"/*; do
		! grep -q 'ERROR SUMMARY: [1-9]' "$log" || { echo "a child of $*"; cat "$log"; return 1; }
	done
	[ "$traced" = no ] || grep -q 'Command: .*/trustctl-nss' "$logs"/*
}

@test "reading commands are clean" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t CT,C,C -i "$PKI/root.pem"
	trustctl import "$PKI/inter.pem" "$PKI/server.pem"
	watch no list --store all
	watch no list --json
	watch no show 'Test Root'
	watch no show "$PKI/server.pem"
	watch no verify "$PKI/server.pem" --host localhost
	watch no trust show 'Test Root'
	watch no audit
	watch no store check
	watch no history list
}

@test "writing commands are clean" {
	watch no import --password-file "$PKI/secret" "$PKI/alice.p12" "$PKI/root.pem"
	watch no trust enable --fingerprint "$(sha256 root)"
	watch no delete Alice --yes
	watch no history undo --last
	watch no export 'Test Root' -o "$BATS_TEST_TMPDIR/root.pem"
	[ "$(letters 'Test Root')" = CT,C,C ]
	[ "$(letters Alice)" = u,u,u ]
}

@test "the NSS worker is clean" {
	watch yes import --password-file "$PKI/secret" "$PKI/alice.p12" "$PKI/root.pem"
	watch yes trust enable --fingerprint "$(sha256 root)"
	watch yes verify "$PKI/server.pem" --untrusted "$PKI/inter.pem" --second-opinion
	watch yes store password --password-file "$PKI/secret"
	[ "$(letters 'Test Root')" = CT,C,C ]
}

# Six hundred thousand rounds of key derivation take their time here.
@test "the export of an identity is clean" {
	trustctl import --password-file "$PKI/secret" "$PKI/alice.p12"
	watch yes export Alice -o "$BATS_TEST_TMPDIR/out.p12" --password-file "$PKI/secret"
	openssl pkcs12 -in "$BATS_TEST_TMPDIR/out.p12" -passin pass:secret -nodes -out /dev/null
}
