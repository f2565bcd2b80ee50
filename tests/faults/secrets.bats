#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Planted passwords and keys are in nobody's memory when a program ends, in no argument, environment,
# output or file but where they belong, and a purged key leaves nothing in free pages.

load faults

MEMORY=$TRUSTCTL_BUILD/tests/support/exit_memory

setup_file() { make_pki; }

setup() {
	setup_home
	[ "$(id -u)" -eq 0 ] || skip 'needs root to look into a process that is not dumpable'
	[[ ${TRUSTCTL_BUILD##*/} != asan ]] || skip 'sanitizers keep what is freed'
	STORE=$HOME/.local/share/pki/nssdb
	PLANTED=$BATS_TEST_TMPDIR/planted
	mkdir -p "$STORE" "$PLANTED"
	printf 'planted-file-password-83cfe1' >"$PLANTED/file"
	printf 'planted-store-password-50b7a2' >"$PLANTED/store"
	printf 'planted-other-password-e11d09' >"$PLANTED/other"
	openssl pkcs12 -export -inkey "$PKI/alice.key" -in "$PKI/alice.pem" -name Alice \
	    -passout "file:$PLANTED/file" -out "$PLANTED/alice.p12" 2>/dev/null
	KEY=$(openssl ec -in "$PKI/alice.key" -noout -text 2>/dev/null | awk '/^priv:/{on=1; next} /^pub:/{on=0} on' |
		tr -d ' :\n' | sed 's/^00//')
	wide() { iconv -t UTF-16BE "$1" | xxd -p | tr -d '\n'; }
	cat >"$PLANTED/secrets" <<-END
		file-password $(cat "$PLANTED/file")
		file-password-wide hex:$(wide "$PLANTED/file")
		store-password $(cat "$PLANTED/store")
		other-password $(cat "$PLANTED/other")
		private-key hex:$KEY
	END
	certutil -N -d "sql:$STORE" -f "$PLANTED/store"
	FOUND=$BATS_TEST_TMPDIR/found
	: >"$FOUND"
}

# watched COMMAND...: it must succeed; what is found in memory at the exits is added to $FOUND, and
# neither its arguments nor what it prints hold a secret
watched() {
	"$MEMORY" "$PLANTED/secrets" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || {
		cat "$BATS_TEST_TMPDIR/err"
		return 1
	}
	grep -E '^[^ ]+ (first|fork|exec) ' "$BATS_TEST_TMPDIR/out" | awk -v what="$2 $3" '{ print what ": " $0 }' >>"$FOUND" || true
	run ! grep planted- "$BATS_TEST_TMPDIR/err"
	! grep -v -E '^[^ ]+ (first|fork|exec) ' "$BATS_TEST_TMPDIR/out" | grep -q planted-
}

# on_disk: files below the home, the temporary directories and the memory file systems with a secret
on_disk() {
	grep -rlaE 'planted-(file|store|other)-password' "$HOME" /dev/shm/trustctl-* /tmp/trustctl-* 2>/dev/null
	LC_ALL=C grep -rlaP "$(sed 's/../\\x&/g' <<<"$KEY")" "$HOME" /dev/shm/trustctl-* /tmp/trustctl-* 2>/dev/null
	true
}

@test "no secret is left in the memory of trustctl at its end, nor on a disk" {
	# It does find what is there: of a program that keeps the secret in a variable.
	"$MEMORY" "$PLANTED/secrets" perl -e 'open F, "<", $ARGV[0]; $kept = <F>; exit 0' "$PLANTED/file" |
		grep -q 'first file-password'
	watched trustctl import --quiet --store-password-file "$PLANTED/store" --password-file "$PLANTED/file" "$PLANTED/alice.p12"
	watched trustctl export --quiet --store-password-file "$PLANTED/store" --password-file "$PLANTED/other" \
	    "$(sha256 alice)" -o "$HOME/out.p12"
	watched trustctl store backup --quiet --password-file "$PLANTED/other" "$HOME/backup"
	watched trustctl delete --quiet --yes --store-password-file "$PLANTED/store" "$(sha256 alice)"
	watched trustctl store restore --quiet --store-password-file "$PLANTED/store" --password-file "$PLANTED/other" "$HOME/backup"
	watched trustctl store check --quiet --store-password-file "$PLANTED/store"
	watched trustctl store password --quiet --store-password-file "$PLANTED/store" --password-file "$PLANTED/other"
	sort "$FOUND" | uniq -c | sed 's/^ */# /' >&3
	# What NSS keeps is its own: see doc/reliability.md. A fork ends with the memory of its parent, which
	# goes on; only the program itself is judged.
	run ! grep ' first ' "$FOUND"
	[ -z "$(on_disk)" ]
}

@test "no readable key that an earlier export left is kept in memory" {
	trustctl import --quiet --store-password-file "$PLANTED/store" --password-file "$PLANTED/file" \
		"$PLANTED/alice.p12" "$PKI/root.pem" "$PKI/inter.pem"
	local export=(trustctl export --quiet Alice --for strongswan --ca 'Test Root' -o "$BATS_TEST_TMPDIR/swan"
		--store-password-file "$PLANTED/store")
	"${export[@]}" --insecure-plain-key
	[ -s "$BATS_TEST_TMPDIR/swan/private/Alice.pem" ]
	watched "${export[@]}" --password-file "$PLANTED/other" --force
	[ ! -e "$BATS_TEST_TMPDIR/swan/private/Alice.pem" ]
	run ! grep ' first ' "$FOUND"
}

# hex_in HEX FILE...: one of the files holds these bytes, line ends among them too
hex_in() {
	local file
	for file in "${@:2}"; do
		! xxd -p "$file" | tr -d '\n' | grep -i "$1" >/dev/null || return 0
	done
	return 1
}

@test "a deleted and purged key leaves nothing of its rows in the free pages of any file" {
	local row
	trustctl import --quiet --store-password-file "$PLANTED/store" --password-file "$PLANTED/file" "$PLANTED/alice.p12"
	row=$(sqlite3 "$STORE/key4.db" "SELECT hex(substr(a11, -40)) FROM nssPrivate WHERE a0 = x'00000003'")
	[ "${#row}" -eq 80 ]
	hex_in "$row" "$STORE/key4.db"
	trustctl delete --quiet --yes --purge --store-password-file "$PLANTED/store" "$(sha256 alice)"
	! hex_in "$row" "$STORE"/*
}

@test "the process can be neither dumped nor traced by its user, and sets no core files" {
	mkfifo "$PLANTED/slow"
	trustctl import --quiet --store-password-file "$PLANTED/store" --password-file "$PLANTED/slow" "$PLANTED/alice.p12" 3>&- &
	local pid=$!
	sleep 0.5
	[ "$(stat -c %U "/proc/$pid/mem")" = root ]
	grep -q '^Max core file size *0 *0' "/proc/$pid/limits"
	run ! grep -aq planted-file-password- "/proc/$pid/cmdline" "/proc/$pid/environ"
	cat "$PLANTED/file" >"$PLANTED/slow"
	wait "$pid"
}

@test "a copy that is set-user-ID refuses to do anything" {
	local there=$BATS_TEST_TMPDIR/there
	mkdir "$there"
	cp "$TRUSTCTL" "$there/trustctl"
	chmod 4755 "$there/trustctl"
	local dir=$there
	while [[ $dir != / && $dir != /tmp ]]; do chmod a+x "$dir" && dir=$(dirname "$dir"); done
	findmnt -no OPTIONS -T "$there" | grep -q nosuid && skip 'set-user-ID counts for nothing here'
	run setpriv --reuid nobody --clear-groups "$there/trustctl" list
	[ "$status" -eq 5 ]
	[[ $output == *set-user-ID* ]]
}

@test "root does not stage in a directory that a user may rename under its hands" {
	local theirs=$BATS_TEST_TMPDIR/theirs
	mkdir "$theirs"
	certutil -N -d "sql:$theirs" --empty-password
	chown -R nobody "$theirs"
	mkdir "$theirs/trustctl-stage-planted"
	touch "$theirs/trustctl-stage-planted/lock"
	trustctl import --quiet --store "$theirs" "$PKI/root.pem" || true
	# A leftover there may be anybody's: it is not removed either.
	[ -e "$theirs/trustctl-stage-planted/lock" ]
}
