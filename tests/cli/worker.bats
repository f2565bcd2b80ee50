#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The process that runs NSS: what it says is believed only when it says all of it.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	trustctl import "$PKI/root.pem"
}

# worker BYTES: in NSS's place, a process that answers every request with this frame (in hexadecimal)
worker() {
	cat >"$BATS_TEST_TMPDIR/worker" <<-END
		#!/usr/bin/perl
		open my \$parent, '+<&=', 3 or die;
		binmode \$parent;
		while (sysread \$parent, my \$size, 4) {
			for (my \$left = unpack 'N', \$size; \$left > 0;) {
				my \$got = sysread \$parent, my \$bytes, \$left or exit;
				\$left -= \$got;
			}
			syswrite \$parent, pack 'NH*', length('$1') / 2, '$1';
		}
	END
	chmod +x "$BATS_TEST_TMPDIR/worker"
	export TRUSTCTL_NSS_WORKER=$BATS_TEST_TMPDIR/worker
}

@test "an answer without its fields is no answer" {
	worker 00000000
	run --separate-stderr trustctl verify "$PKI/root.pem" --second-opinion
	[[ $output == *'NSS could not be asked: the NSS worker answered nonsense'* ]]
	[[ $output != *'trust it all the same'* ]]
	run --separate-stderr trustctl trust distrust 'Test Root'
	[ "$status" -eq 70 ]
	[[ $stderr == *'the NSS worker answered nonsense'* ]]
}

@test "a worker that dies does not make a store a damaged one" {
	sqlite3 "$STORE/cert9.db" 'ALTER TABLE nssPublic RENAME COLUMN a3 TO b3' # read by NSS alone
	export TRUSTCTL_NSS_WORKER=/bin/false
	run --separate-stderr trustctl list
	[ "$status" -eq 4 ]
	[[ $stderr == *'the NSS worker ended unexpectedly'* ]]
	[[ $stderr != *'not a certificate store'* ]]
}
