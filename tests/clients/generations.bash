# SPDX-License-Identifier: MPL-2.0
# Stores made by either NSS generation, in either place, with and without a password, and what
# readers of both generations say about them. Load after clients.bash.

: "${TRUSTCTL_BUILD:=${TRUSTCTL%/*}}"
LOGGED_IN=$TRUSTCTL_BUILD/tests/support/letters_nss

older() { timeout 20 "$@" </dev/null; }
newer() { LD_LIBRARY_PATH=$NEWER_NSS timeout 20 "$@" </dev/null; }
other() { if [ "$1" = older ]; then echo newer; else echo older; fi; }

need_newer() { [ -e "$NEWER_NSS/libsoftokn3.so" ] || skip "no firefox-esr here, so no newer NSS"; }

# begin user|firefox older|newer open|locked: a new store. Sets STORE, PLACE (its name), THEIRS and
# OURS (the options with its password) and READ (the same for the reader that logs in).
begin() {
	echo "# the store: $*"
	rm -rf "${BATS_TEST_TMPDIR:?}/home" "$BATS_TEST_TMPDIR/machine"
	setup_clients
	PLACE=$1
	STORE=$HOME/.local/share/pki/nssdb
	if [ "$PLACE" = firefox ]; then
		STORE=$HOME/.mozilla/firefox/work
		mkdir -p "$STORE"
		printf '[Profile0]\nName=work\nIsRelative=1\nPath=work\nDefault=1\n' \
		    >"$HOME/.mozilla/firefox/profiles.ini"
	fi
	mkdir -p "$STORE"
	must_be_throw_away "$STORE"
	printf '\n' >"$BATS_TEST_TMPDIR/empty"
	printf 'first password\n' >"$BATS_TEST_TMPDIR/first"
	printf 'second password\n' >"$BATS_TEST_TMPDIR/second"
	if [ "$3" = locked ]; then
		"$2" certutil -N -d "sql:$STORE" -f "$BATS_TEST_TMPDIR/first"
		password_is "$BATS_TEST_TMPDIR/first"
	else
		"$2" certutil -N -d "sql:$STORE" --empty-password
		password_is "$BATS_TEST_TMPDIR/empty"
	fi >/dev/null
}

# password_is FILE: what every later command uses
password_is() {
	THEIRS=(-f "$1")
	OURS=() READ=()
	[ "$1" = "$BATS_TEST_TMPDIR/empty" ] || { OURS=(--store-password-file "$1"); READ=("$1"); }
}

# each_store CHECK: for both places, makers and locks
each_store() {
	local place maker lock
	for place in user firefox; do
		for maker in older newer; do
			for lock in open locked; do
				begin $place $maker $lock
				"$1"
			done
		done
	done
}

# some_stores CHECK: every pair of place, maker and lock once, for what takes long
some_stores() {
	local store
	for store in 'user older open' 'user newer locked' 'firefox older locked' 'firefox newer open'; do
		# shellcheck disable=SC2086 # words
		begin $store
		"$1"
	done
}

ours() { trustctl "$@" --store "$PLACE" "${OURS[@]}" </dev/null 3>&-; }

# may_log_in GENERATION: the older cannot where the newer set the password
may_log_in() {
	[ "$1" = newer ] || [ "$(sqlite3 "$STORE/key4.db" \
	    "SELECT length(item1) FROM metaData WHERE id = 'password'")" -le 20 ]
}

# certutil_letters GENERATION NICKNAME: empty when there is no such certificate
certutil_letters() {
	"$1" certutil -L -d "sql:$STORE" | awk -v want="$2" '
		{ flags = $NF; sub(/[[:space:]]+[^[:space:]]+[[:space:]]*$/, "") }
		$0 == want { print flags }'
}

# same WHO WANTED SAID
same() { [ "$2" = "$3" ] || { echo "$1 reads '$3', not '$2'"; return 1; }; }

# reads LETTERS NICKNAME [GENERATION]: so reads certutil, and a program that has logged in and
# therefore checks the signatures
reads() {
	local generation
	for generation in ${3:-older newer}; do
		same "$generation certutil" "$1" "$(certutil_letters "$generation" "$2")" || return 1
		may_log_in "$generation" || continue
		same "$generation, logged in," "$1" \
		    "$("$generation" "$LOGGED_IN" "$STORE" "${READ[@]}" | awk -F'\t' -v want="$2" '$2 == want { print $1 }')" ||
			return 1
	done
}

# verdict valid|invalid NICKNAME USAGE [GENERATION]: what certutil -V says
verdict() {
	local generation said
	for generation in ${4:-older newer}; do
		said=$("$generation" certutil -V -d "sql:$STORE" -n "$2" -u "$3" 2>&1) || true
		[[ $said == *"certificate is $1"* ]] || { echo "$generation certutil -V -u $3 says '$said'"; return 1; }
	done
}

# identity_usable NICKNAME [GENERATION]: certutil lists its key, pk12util exports it, and openssl reads alice's
# key and certificate from that; each by every generation that knows the password
identity_usable() {
	local generation out=$BATS_TEST_TMPDIR/out.p12
	for generation in ${2:-older newer}; do
		may_log_in "$generation" || continue
		"$generation" certutil -K -d "sql:$STORE" "${THEIRS[@]}" | grep -qF "$1" ||
			{ echo "$generation certutil -K does not list it"; return 1; }
		rm -f "$out"
		"$generation" pk12util -o "$out" -n "$1" -d "sql:$STORE" -k "${THEIRS[1]}" -W other >/dev/null ||
			{ echo "$generation pk12util -o failed"; return 1; }
		openssl pkcs12 -in "$out" -passin pass:other -nodes -out "$out.pem" || return 1
		cmp -s <(openssl pkey -in "$out.pem" -pubout) <(openssl pkey -in "$(pki alice.key)" -pubout) ||
			{ echo "not alice's key"; return 1; }
		grep -qx 'subject=CN = Alice Test' "$out.pem" || { echo "not alice's certificate"; return 1; }
	done
}

# we_say JQ-FILTER WANTED COMMAND...: a question to our JSON
we_say() {
	local filter=$1 wanted=$2
	shift 2
	same trustctl "$wanted" "$(ours "$@" --json 2>/dev/null | jq -c "$filter" | tr -d '"')"
}
