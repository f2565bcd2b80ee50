# SPDX-License-Identifier: MPL-2.0
# What store check finds, for its tests.

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	export TRUSTCTL_NOW=2026-12-01
}

put() {
	certutil -A -d "sql:$STORE" -n "$1" -t "$2" -i "$PKI/$3.pem"
}

put_identity() {
	pk12util -i "$PKI/alice.p12" -d "sql:$STORE" -W secret -K '' >/dev/null
}

sql() {
	sqlite3 "$STORE/$1" "$2"
}

# half_changed STATEMENT: another program died in the midst of this change: pages are written, the
# journal is hot
half_changed() {
	sqlite3 "$STORE/cert9.db" >/dev/null <<-END
		PRAGMA cache_size = 1;
		BEGIN;
		$1;
		CREATE TABLE big AS SELECT zeroblob(200000);
		.shell cp -a '$STORE' '$HOME/hot'
		ROLLBACK;
	END
	rm -r "$STORE"
	mv "$HOME/hot" "$STORE"
	[ -s "$STORE/cert9.db-journal" ]
}

# check [OPTION...]: run it twice, as JSON for `finding`, and as people see it for $output; the store
# must be byte for byte the same afterwards
check() {
	local before after
	before=$(everything)
	FINDINGS=$(trustctl store check --json "$@") || true
	run trustctl store check "$@"
	after=$(everything)
	[ "$before" = "$after" ]
}

everything() {
	(cd "$STORE" && find . -type f | sort | xargs -d '\n' sha256sum && find . | sort &&
		stat -c '%n %Y %i %a' ./*)
}

# finding CHECK SEVERITY: its sentence; fails when there is none
finding() {
	jq -er --arg check "$1" --arg severity "$2" \
		'first(."store-check"[] | select(.check == $check and .severity == $severity)) | .problem' \
		<<<"$FINDINGS"
}

remedy() {
	jq -er --arg check "$1" 'first(."store-check"[] | select(.check == $check)) | .remedy' <<<"$FINDINGS"
}
