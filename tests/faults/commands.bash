# SPDX-License-Identifier: MPL-2.0
# Every writing command, each on a store made for it: the table that the fault tests go through.
# Load after faults.bash; make_commands_pki comes first.

make_commands_pki() {
	make_pki
	printf 'store password\n' >"$PKI/store-password"
	chmod 600 "$PKI/store-password"
}

writing_commands=(import-certificates import-identity trust-enable trust-disable trust-distrust
	trust-reset delete prune history-undo store-password store-restore store-create)

# prepared NAME [password]: sets STORE, and COMMAND to what is to be run on it
prepared() {
	local name=$1 with=${2:-} opened=()
	STORE=$HOME/.local/share/pki/nssdb
	rm -rf "$STORE"
	mkdir -p "$STORE"
	must_be_throw_away "$STORE"
	unset TRUSTCTL_NOW
	if [ "$with" ]; then
		opened=(--store-password-file "$PKI/store-password")
		certutil -N -d "sql:$STORE" -f "$PKI/store-password"
	else
		certutil -N -d "sql:$STORE" --empty-password
	fi
	"prepare_${name//-/_}"
	# A new store has no password to be opened with, and its own to be given.
	if [ "$name" = store-create ]; then
		rm -rf "$STORE"
		[ -z "$with" ] || COMMAND+=(--password)
	fi
	COMMAND+=("${opened[@]}")
}
quietly() { trustctl "$@" --quiet "${opened[@]}" >/dev/null 2>&1 </dev/null; }

prepare_import_certificates() {
	quietly import "$PKI/server.pem"
	COMMAND=(trustctl import --quiet "$PKI/root.pem" "$PKI/inter.pem" "$PKI/root2.pem")
}
prepare_import_identity() {
	COMMAND=(trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12")
}
prepare_trust_enable() {
	quietly import "$PKI/root.pem"
	COMMAND=(trustctl trust enable --quiet --fingerprint "$(sha256 root)")
}
prepare_trust_disable() {
	quietly import "$PKI/root.pem"
	quietly trust enable --fingerprint "$(sha256 root)"
	COMMAND=(trustctl trust disable --quiet "$(sha256 root)")
}
prepare_trust_distrust() {
	quietly import "$PKI/root.pem"
	COMMAND=(trustctl trust distrust --quiet --yes "$(sha256 root)")
}
prepare_trust_reset() {
	quietly import "$PKI/root.pem"
	quietly trust enable --fingerprint "$(sha256 root)"
	COMMAND=(trustctl trust reset --quiet "$(sha256 root)")
}
prepare_delete() {
	quietly import --password-file "$PKI/secret" "$PKI/alice.p12"
	COMMAND=(trustctl delete --quiet --yes "$(sha256 alice)")
}
# Old Intermediate lives 30 days.
prepare_prune() {
	quietly import "$PKI/root.pem" "$PKI/old.pem"
	TRUSTCTL_NOW=$(date -u -d '+60 days' +%Y-%m-%dT%H:%M:%SZ)
	export TRUSTCTL_NOW
	COMMAND=(trustctl prune --quiet --yes)
}
prepare_history_undo() {
	quietly import --password-file "$PKI/secret" "$PKI/alice.p12"
	quietly delete --yes "$(sha256 alice)"
	COMMAND=(trustctl history undo --quiet --last)
}
prepare_store_password() {
	quietly import --password-file "$PKI/secret" "$PKI/alice.p12" "$PKI/root.pem"
	quietly trust enable --fingerprint "$(sha256 root)"
	COMMAND=(trustctl store password --quiet --password-file "$PKI/secret")
}
prepare_store_restore() {
	quietly import --password-file "$PKI/secret" "$PKI/alice.p12" "$PKI/root.pem"
	rm -f "$BATS_TEST_TMPDIR/backup"
	trustctl store backup --quiet --password-file "$PKI/secret" "$BATS_TEST_TMPDIR/backup"
	quietly delete --yes "$(sha256 alice)"
	COMMAND=(trustctl store restore --quiet --password-file "$PKI/secret" "$BATS_TEST_TMPDIR/backup")
}
prepare_store_create() {
	COMMAND=(trustctl store create --quiet user)
}

# ---- before, after, or neither ---------------------------------------------------------------

# known: sets BEFORE and AFTER of COMMAND, and leaves the store as it is before
known() {
	keep
	BEFORE=$(shape)
	"${COMMAND[@]}" >/dev/null 2>&1 </dev/null
	AFTER=$(shape)
	[ "$BEFORE" != "$AFTER" ]
	restore
}

# Byte for byte as it was kept: no need to look closer.
untouched() { diff -rq "$BATS_TEST_TMPDIR/kept" "$STORE" >/dev/null 2>&1; }

# state: before, after, or neither, which is a loss
state() {
	local now
	untouched && { echo before; return; }
	now=$(shape)
	case $now in
	"$BEFORE") echo before ;;
	"$AFTER") echo after ;;
	*) echo neither; printf '%s\n' "$now" >"$BATS_TEST_TMPDIR/now" ;;
	esac
}

# tell_loss: what differs
tell_loss() {
	echo "neither before nor after: $*"
	diff <(echo "$BEFORE") "$BATS_TEST_TMPDIR/now" | cut -c 1-200 | head -20
	diff <(echo "$AFTER") "$BATS_TEST_TMPDIR/now" | cut -c 1-200 | head -20
	cat "$BATS_TEST_TMPDIR/err" 2>/dev/null || true
}
