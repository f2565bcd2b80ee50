#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What people get wrong: each mistake has its exit status and its message, and the store stays as it
# was, byte for byte.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	BAD=$BATS_TEST_TMPDIR
}

teardown() {
	chmod -R u+rwX "$HOME" 2>/dev/null || true
	if [[ -n ${SMALL:-} ]]; then umount "$SMALL"; fi
	if [[ -n ${LOCKER:-} ]]; then exec 9>&-; wait "$LOCKER" || true; fi
}

# refuses STATUS 'PART OF THE MESSAGE' COMMAND...: and the store is not touched
refuses() {
	local want=$1 message=$2 before
	shift 2
	before=$(snapshot)
	run --separate-stderr "$@" </dev/null
	[ "$status" -eq "$want" ] || { echo "status $status, not $want: $stderr"; return 1; }
	[[ $stderr == *"$message"* ]] || { echo "no '$message' in: $stderr"; return 1; }
	[[ $stderr == *"trustctl: "* ]]
	[ "$before" = "$(snapshot)" ]
}

@test "a file that is not there" {
	refuses 3 'no such file' trustctl import "$BAD/absent.pem"
}

@test "a directory" {
	refuses 3 'directory' trustctl import "$BAD"
}

@test "a directory with a store of the old format only" {
	mkdir -p "$BAD/old"
	: >"$BAD/old/cert8.db"
	refuses 4 'only the old format (cert8.db' trustctl import "$BAD/old"
	refuses 4 'only the old format (cert8.db' trustctl show "$BAD/old"
	[[ $stderr == *"hint: certutil -K -X -d sql:"* ]]
}

@test "a device" {
	refuses 3 '/dev/zero' trustctl import /dev/zero
}

@test "an empty file" {
	: >"$BAD/empty.pem"
	refuses 3 'empty' trustctl import "$BAD/empty.pem"
}

@test "a file of no known kind" {
	echo 'Dear colleague, please find attached' >"$BAD/letter.txt"
	refuses 3 'letter.txt' trustctl import "$BAD/letter.txt"
}

@test "a compressed file is unpacked by the command that is printed, whatever its name" {
	cd "$BAD"
	gzip -c "$PKI/root.pem" >root.crt
	refuses 3 'a gzip archive' trustctl import root.crt
	[[ $stderr =~ hint:\ unpack\ it\ first:\ (gunzip.*) ]]
	bash -c "${BASH_REMATCH[1]/FILE/root.crt}"
	cmp NEW "$PKI/root.pem"
}

@test "a Java key store of Bouncy Castle gets a command that names type and provider" {
	printf '\0\0\0\2\0\0\0\24%020d' 0 >"$BAD/x.bks"
	refuses 3 'BKS' trustctl import "$BAD/x.bks"
	[[ $stderr == *"-srcstoretype BKS "*"-provider org.bouncycastle"* ]]
}

@test "a truncated certificate" {
	head -c 200 "$PKI/root.der" >"$BAD/cut.der"
	refuses 3 'cut.der' trustctl import "$BAD/cut.der"
}

@test "a truncated PKCS #12 file" {
	head -c 500 "$PKI/alice.p12" >"$BAD/cut.p12"
	refuses 3 'cut.p12' trustctl import "$BAD/cut.p12" --password-file "$PKI/secret"
}

@test "a truncated PEM file" {
	head -n 4 "$PKI/root.pem" >"$BAD/cut.pem"
	refuses 3 'cut.pem' trustctl import "$BAD/cut.pem"
}

@test "the wrong password of a PKCS #12 file" {
	refuses 3 'password' trustctl import "$PKI/alice.p12" --password-file "$PKI/wrong"
}

@test "a missing password of a PKCS #12 file" {
	refuses 3 'password' trustctl import "$PKI/alice.p12"
}

@test "a password file that is not there" {
	refuses 3 'absent' trustctl import "$PKI/alice.p12" --password-file "$BAD/absent"
}

@test "a PEM key given as certificate" {
	cp "$PKI/alice.key" "$BAD/alice.crt"
	refuses 3 'no certificate for this key' trustctl import "$BAD/alice.crt"
}

@test "a certificate without key where an identity is wanted" {
	cp "$PKI/alice.der" "$BAD/alice.cer"
	refuses 3 'ask the issuer for the .p12' trustctl import --identity "$BAD/alice.cer"
}

@test "a certificate request" {
	refuses 3 'alice.csr' trustctl import "$PKI/alice.csr"
}

@test "a name that matches nothing" {
	refuses 3 'Nobody' trustctl delete Nobody --yes
}

@test "a name of two certificates lists both with serial, dates and fingerprint" {
	issue twin1 '/CN=Twin' - 3650 'basicConstraints=critical,CA:TRUE'
	issue twin2 '/CN=Twin' - 3650 'basicConstraints=critical,CA:TRUE'
	trustctl import "$PKI/twin1.pem" "$PKI/twin2.pem"
	refuses 3 "$(sha256 twin1 | cut -c 1-16)" trustctl trust distrust Twin
	[[ $stderr == *"$(sha256 twin2 | cut -c 1-16)"* ]]
	[[ $stderr == *"serial"* ]]
	refuses 3 Twin trustctl delete Twin --yes
	refuses 3 Twin trustctl export Twin -o "$BAD/twin.pem"
	[ ! -e "$BAD/twin.pem" ]
}

@test "a name with escape and right-to-left characters reaches no terminal" {
	issue evil $'/CN=Evil \e[2J\u202egpj.exe' - 3650 'basicConstraints=critical,CA:TRUE'
	run trustctl import "$PKI/evil.pem"
	[ "$status" -eq 0 ]
	[[ $output != *$'\e'* && $output != *$'\u202e'* ]]
	run trustctl trust show "$(sha256 evil)"
	[[ $output != *$'\e'* && $output != *$'\u202e'* ]]
	run trustctl trust enable "$(sha256 evil)" </dev/null
	[ "$status" -eq 5 ]
	[[ $output != *$'\e'* && $output != *$'\u202e'* ]]
	run trustctl delete $'Nobody \e[2J\u202e' --yes
	[ "$status" -eq 3 ]
	[[ $output != *$'\e'* && $output != *$'\u202e'* ]]
}

@test "a store that is not there" {
	refuses 4 'nowhere' trustctl import "$PKI/root.pem" --store "$BAD/nowhere"
}

@test "several stores none of which can be read are no partial answer" {
	local command
	for command in list audit 'store check' 'history list' 'trust show abcdef01' "verify $PKI/server.pem" 'show abcdef01' \
		'history list --json' 'list --json' 'audit --json'; do
		# shellcheck disable=SC2086 # words
		refuses 4 "there is no store at '$BAD/one'" trustctl $command --store "$BAD/one,$BAD/other"
		[[ -z $output && $stderr == *"hint: trustctl store create $BAD/one" ]] || { echo "$command: $output"; false; }
	done
	# The other one is named, too, and the first not twice.
	refuses 4 '' trustctl list --store "$BAD/one,$BAD/other"
	[[ $stderr == "warning: store '$BAD/other' is left out: there is no store at "*"trustctl: "* ]]
	[ "$(grep -c "$BAD/one'" <<<"$stderr")" -eq 1 ]
}

@test "a store that is not there has no history, and not an empty one" {
	refuses 4 'there is no store at' trustctl history list --store "$BAD/nothing"
	refuses 4 'there is no store at' trustctl history show 1 --store "$BAD/nothing"
	refuses 4 'there is no store at' trustctl history undo 1 --store "$BAD/nothing"
	refuses 4 'there is no store at' trustctl history undo --last --store "$BAD/nothing"
	rm -r "$STORE"
	made_store "$BAD/made" >/dev/null
	STORE=$BAD/made
	refuses 4 'there is no store at' trustctl history list
	refuses 4 'there is no store at' trustctl history undo --last
}

@test "of a change each store asked is in the JSON, also where the only one fails" {
	trustctl import -q "$PKI/root.pem"
	local status_of='[.stores[] | .store, .result, .code] | join(" ")'
	refuses 5 'is the trust step' trustctl trust enable 'Test Root' --json
	[ "$(json "$status_of")" = 'user failed refused' ]
	[[ $(json '.stores[0].message') == *'is the trust step'* && $(json '.stores[0].hint') == *"$(sha256 root)" ]]
	refuses 5 'not confirmed' trustctl delete 'Test Root' --json
	[ "$(json "$status_of")" = 'user failed refused' ]
	refuses 4 'there is no store at' trustctl import "$PKI/root2.pem" --store "$BAD/one" --json
	[ "$(json "$status_of")" = "$BAD/one failed store-missing" ]
	refuses 4 'there is no store at' trustctl import "$PKI/root2.pem" --store "$BAD/one,$BAD/two" --json
	[ "$(json "$status_of")" = "$BAD/one failed store-missing $BAD/two failed store-missing" ]
	refuses 3 'no item' trustctl delete absent --json --yes
	[ "$(json "$status_of")" = 'user failed input-not-found' ]
	refuses 4 'there is no store at' trustctl import "$PKI/root2.pem" --store "$BAD/one"
	[[ $output != *"store '$BAD/one'"* ]]
}

@test "a store's name that no rule knows" {
	refuses 4 'netscape' trustctl import "$PKI/root.pem" --store netscape
}

@test "an empty name of a store, as of a variable that is not set, is not the user's store" {
	trustctl import "$PKI/root.pem"
	refuses 2 "the name of the store is empty" trustctl delete 'Test Root' --yes --store ''
	refuses 2 "the name of the store is empty" trustctl delete 'Test Root' --yes --store=
	refuses 2 "the name of the store is empty" trustctl list --store ''
	refuses 2 "the name of the store is empty" trustctl verify 'Test Root' --store ''
	refuses 2 "the name of the store is empty" trustctl audit --store ''
	refuses 2 "the name of the store is empty" trustctl store create ''
}

@test "a store of which the database is garbage" {
	mkdir "$BAD/garbage"
	head -c 4096 /dev/urandom >"$BAD/garbage/cert9.db"
	cp "$BAD/garbage/cert9.db" "$BAD/garbage/key4.db"
	STORE=$BAD/garbage
	refuses 4 'garbage' trustctl import "$PKI/root.pem" --store "$BAD/garbage"
}

@test "a store of the old format" {
	mkdir "$BAD/old"
	: >"$BAD/old/cert8.db"
	: >"$BAD/old/key3.db"
	run --separate-stderr trustctl import "$PKI/root.pem" --store "$BAD/old"
	[ "$status" -eq 4 ]
	[[ $stderr == *"cert8.db"* || $stderr == *"old format"* ]]
}

@test "the wrong password of a store" {
	trustctl store password --password-file "$PKI/secret"
	refuses 4 'password' trustctl import "$PKI/alice.pem" "$PKI/alice.key" \
		--store-password-file "$PKI/wrong"
}

@test "the missing password of a store" {
	trustctl store password --password-file "$PKI/secret"
	refuses 4 'password' trustctl import "$PKI/alice.pem" "$PKI/alice.key"
}

@test "a store this user may not write" {
	chmod 500 "$STORE"
	chmod 400 "$STORE"/*.db
	if [[ $(id -u) -eq 0 ]]; then
		cp "$PKI/root.pem" "$HOME/root.pem"
		chmod 644 "$HOME/root.pem"
		admit_nobody
		refuses 4 'written' setpriv --reuid nobody --clear-groups trustctl import "$HOME/root.pem"
	else
		refuses 4 'written' trustctl import "$PKI/root.pem"
	fi
}

@test "a profile that may not be searched is there: whatever is about all stores says why it is left out" {
	[ "$(id -u)" -eq 0 ] || skip 'only root takes a profile away'
	cp "$PKI/root.pem" "$PKI/root2.pem" "$HOME"
	local profile
	profile=$(made_profile work)
	admit_nobody
	chmod a+r "$HOME"/*.pem
	as=(setpriv --reuid nobody --clear-groups env -u XDG_RUNTIME_DIR)
	"${as[@]}" trustctl import --quiet --store user,firefox "$HOME/root.pem"
	chown root "$profile"
	chmod 700 "$profile"
	local because="the directory '$profile' may not be searched by this user"
	run -6 --separate-stderr "${as[@]}" trustctl import --store browsers "$HOME/root2.pem"
	[[ $output$stderr == *"$because"*'sudo trustctl'* ]]
	run -6 --separate-stderr "${as[@]}" trustctl trust distrust --yes --store browsers 'Second Root'
	[[ $output$stderr == *"$because"* ]]
	run -6 --separate-stderr "${as[@]}" trustctl history undo 1
	[[ $stderr == *"store 'firefox' is left out"*"cannot look at '$profile/trustctl.db': permission denied"* ]]
	run -6 --separate-stderr "${as[@]}" trustctl audit
	[[ $stderr == *"$because"* ]]
	run -6 --separate-stderr "${as[@]}" trustctl store list --json
	[ "$(jq -r '.stores[] | select(.name == "firefox") | .exists, .problem' <<<"$output")" = $'true\n'"$because" ]
}

@test "in a directory that was deleted a relative path names no store at the root" {
	mkdir "$BAD/gone"
	cd "$BAD/gone"
	rmdir "$BAD/gone"
	refuses 4 "cannot tell where './store' is: the current directory: no such file" trustctl list --store ./store
	refuses 4 "cannot tell where './store' is" trustctl store create ./store
	refuses 4 "cannot tell where 'sql:' is" trustctl list --store sql:
}

@test "a history this user may not write is named, and nothing is changed" {
	cp "$PKI"/{root,root2}.pem "$HOME"
	trustctl import --quiet "$PKI/root.pem"
	[ "$(id -u)" -ne 0 ] || admit_nobody
	chmod a+r "$HOME"/*.pem
	chmod 400 "$STORE/trustctl.db"
	as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid nobody --clear-groups env -u XDG_RUNTIME_DIR)
	refuses 4 "'$STORE/trustctl.db' may not be written by this user" "${as[@]}" trustctl import "$HOME/root2.pem"
	[[ $stderr == *"hint: chmod u+rw $STORE/trustctl.db"* ]]
	run -0 "${as[@]}" trustctl list
}

@test "where no private copy can be made the cause is told of each place" {
	local memory=$TRUSTCTL_ROOT/dev/shm
	mkdir -p "$memory"
	chmod 777 "$memory"
	unset XDG_RUNTIME_DIR
	chmod 777 "$STORE"
	refuses 4 "'$memory': others may move what is in it; '$STORE': others may move what is in it" \
		trustctl import "$PKI/root.pem"
	[[ $stderr == *'XDG_RUNTIME_DIR=DIRECTORY trustctl'* ]]
	rmdir "$memory"
	refuses 4 "'$memory': no such file or directory; '$STORE': others" trustctl import "$PKI/root.pem"
}

@test "a mask that would shut ourselves out shuts out others only" {
	local as=()
	cp "$PKI/root.pem" "$HOME"
	[ "$(id -u)" -ne 0 ] || admit_nobody
	chmod a+r "$HOME/root.pem"
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid nobody --clear-groups env -u XDG_RUNTIME_DIR)
	mkdir -m 1777 -p "$TRUSTCTL_ROOT/dev/shm"
	(umask 0777 && "${as[@]}" trustctl store create --quiet "$HOME/deep/new")
	(umask 0777 && "${as[@]}" trustctl import --quiet --store "$HOME/deep/new" "$HOME/root.pem")
	[ "$(stat -c %a "$HOME/deep/new" "$HOME/deep/new/cert9.db")" = $'700\n600' ]
}

@test "too few processes or open files for a command are no mistake of the program" {
	refuses 3 'too many open files' bash -c 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n 4; trustctl show "$1"' - "$PKI/root.pem"
	[[ $stderr != *'mistake'* ]]
}

@test "a store locked by another program" {
	mkfifo "$BAD/hold"
	sqlite3 "$STORE/cert9.db" <"$BAD/hold" &
	LOCKER=$!
	exec 9>"$BAD/hold"
	echo 'BEGIN EXCLUSIVE; SELECT 1;' >&9
	sleep 0.5
	refuses 4 'lock' trustctl import "$PKI/root.pem"
	[[ $stderr == *sqlite3* ]]
}

# mount_small SIZE: an empty file system of that size at $SMALL
mount_small() {
	[[ $(id -u) -eq 0 ]] || skip 'needs root to mount a small file system'
	SMALL=$BAD/small
	mkdir "$SMALL"
	if ! mount -t tmpfs -o "size=$1" tmpfs "$SMALL" 2>/dev/null; then
		SMALL=
		skip 'mounting is not allowed here'
	fi
}

@test "a full disk" {
	mount_small 512k
	mkdir "$SMALL/store"
	certutil -N -d "sql:$SMALL/store" --empty-password
	dd if=/dev/zero of="$SMALL/fill" bs=1k 2>/dev/null || true
	STORE=$SMALL/store
	refuses 4 'full' trustctl import "$PKI/alice.p12" "$PKI/root.pem" \
		--password-file "$PKI/secret" --store "$STORE"
}

@test "memory without room for the copy of a store that only a copy can be read of" {
	mount_small 64k
	sqlite3 "$STORE/cert9.db" 'PRAGMA journal_mode = wal' >/dev/null
	mkdir -p "$TRUSTCTL_ROOT/dev"
	ln -s "$SMALL" "$TRUSTCTL_ROOT/dev/shm"
	unset XDG_RUNTIME_DIR
	refuses 4 'private copy of the store: memory does not have' trustctl list
	[[ $stderr == *'XDG_RUNTIME_DIR'* && $stderr != *'file system'* ]]
}

@test "a disk with room for a part of a new store" {
	mount_small 64k
	dd if=/dev/zero of="$SMALL/fill" bs=1k count=20 2>/dev/null
	refuses 4 'no space left' trustctl store create "$SMALL/store"
	[ ! -e "$SMALL/store/cert9.db" ] && [ ! -e "$SMALL/store/key4.db" ]
}

@test "an output directory that is not there" {
	trustctl import "$PKI/root.pem"
	refuses 3 'nowhere' trustctl export 'Test Root' -o "$BAD/nowhere/root.pem"
}

@test "an output that is a directory or a device" {
	trustctl import "$PKI/root.pem"
	refuses 3 "$BAD" trustctl export 'Test Root' -o "$BAD" --format pem
	refuses 3 '/dev/full' trustctl export 'Test Root' -o /dev/full --format pem --force
}

@test "two words where one is chosen" {
	refuses 2 'tls-server,tls-client' trustctl verify "$PKI/root.pem" --usage tls-server,tls-client
	refuses 2 'imap,pop3' trustctl diagnose localhost --starttls imap,pop3
	refuses 2 '4,6' trustctl diagnose localhost --ip-version 4,6
	refuses 2 'auto,always' trustctl list --color auto,always
}

@test "a usage that does not exist" {
	trustctl import "$PKI/root.pem"
	refuses 2 'everything' trustctl trust distrust 'Test Root' --usage everything
}

@test "an option that does not exist" {
	refuses 2 '--jsno' trustctl history list --jsno
}

@test "a file descriptor below 0 is none, and not an option that was not given" {
	refuses 2 "--password-fd: '-1' is not a number of 0 or more" trustctl import "$PKI/alice.p12" --password-fd -1
}

@test "an option of one value that is given two is refused, whichever it is" {
	made_store "$BAD/other" >/dev/null
	before=$(snapshot)
	refuses 2 "'user' and with '$BAD/other'" \
		trustctl import "$PKI/root.pem" --store user --store "$BAD/other"
	[[ $stderr == *"--store user,$BAD/other"* ]]
	[ "$before" = "$(snapshot)" ]
	refuses 2 '--usage is given twice' \
		trustctl trust distrust 'Test Root' --usage email --usage=tls-server
	refuses 2 '--output is given twice' trustctl export 'Test Root' -o a -ob
	refuses 2 '--color is given twice' trustctl list --color never --color always
	# The same again says nothing else; lists take more, and flags are on once and for all.
	run -0 trustctl import "$PKI/root.pem" --store user --store=user --quiet --quiet
	run -1 trustctl verify "$PKI/root.pem" --untrusted "$PKI/inter.pem" --untrusted "$PKI/old.pem"
}

# Each way a result is printed: a table, CSV, JSON, a document, help, and as it comes.
results() {
	local alice=alice@example.com
	printf '%s\n' 'list --store builtin' 'list --store builtin --csv' 'list --store builtin --json' \
		"show $alice" "show $alice --json" 'history list' 'store list' 'list --help' \
		'--version' 'completion bash' 'audit --json' "import $PKI/root2.pem --dry-run" \
		"export $alice -o - --format pem"
}

@test "a result that cannot be written is an error, also where standard output is closed" {
	trustctl import "$PKI/alice.pem"
	while read -ra words; do
		run -3 --separate-stderr bash -c 'trustctl "$@" >/dev/full' - "${words[@]}"
		[[ $stderr == *'standard output'* ]]
		run -3 --separate-stderr bash -c 'trustctl "$@" >&-' - "${words[@]}"
		[[ $stderr == *'standard output'* ]]
	done < <(results)
}

@test "a change whose report cannot be written is told as made, with another status than none" {
	local where
	for where in '>/dev/full' '>&-' '--json >/dev/full' '>&- 2>&-'; do
		run -6 --separate-stderr bash -c "trustctl import '$PKI/root.pem' $where"
		[ -n "$(letters 'Test Root')" ]
		[[ $where == *'2>&-' ]] ||
			[[ $stderr == *'the change was made, and its report is lost: '*'hint: trustctl history list'* ]]
		run -6 --separate-stderr bash -c "trustctl delete --yes 'Test Root' $where"
		[ -z "$(letters 'Test Root')" ]
	done
	run -6 --separate-stderr bash -c "trustctl store create '$BAD/made' >/dev/full"
	[ -e "$BAD/made/cert9.db" ]
	# What had nothing to do, or does nothing, is no change.
	trustctl import --quiet "$PKI/root.pem"
	run -3 bash -c "trustctl import '$PKI/root.pem' >/dev/full"
	run -3 bash -c "trustctl delete --yes --dry-run 'Test Root' >/dev/full"
	run -3 bash -c "trustctl import '$PKI/none.pem' >/dev/full"
}

@test "a reader that leaves is no error, and nothing is said of it" {
	trustctl import "$PKI/alice.pem"
	while read -ra words; do
		run -0 --separate-stderr bash -c \
			'set -o pipefail; trustctl -q "$@" | head -c 1 >/dev/null' - "${words[@]}"
		[[ $stderr != *'standard output'* && $stderr != *JSON* ]]
	done < <(results)
}

@test "a store of a group that its owner is not in is changed, and its history is the owner's alone" {
	[ "$(id -u)" -eq 0 ] || skip 'only root makes such a store'
	chmod 660 "$STORE"/*.db
	cp "$PKI/root.pem" "$HOME/root.pem"
	chmod 644 "$HOME/root.pem"
	admit_nobody
	run -0 setpriv --reuid nobody --regid nogroup --clear-groups trustctl import "$HOME/root.pem"
	[ "$(stat -c '%U %G %a' "$STORE/trustctl.db")" = 'nobody nogroup 600' ]
}

@test "a change is made also where nobody can read what was done" {
	run -6 bash -c 'trustctl import "$1" >&-' - "$PKI/root.pem"
	[[ $output == *'standard output is closed'* ]]
	run -0 trustctl show 'Test Root'
}

@test "a database in WAL mode is named as it is, and the hint works, in a directory of hostile name too" {
	local name dir=$BATS_TEST_TMPDIR/plain hostile=$BATS_TEST_TMPDIR/$'a\e[31m\u202eb'
	cp -a "$STORE" "$dir"
	trustctl import --store "$dir" "$PKI/alice.pem"
	for name in cert9 key4 trustctl; do
		sqlite3 "$dir/$name.db" 'PRAGMA journal_mode=wal'
		cp -a "$dir" "$hostile"
		run -4 trustctl import --store "$hostile" "$PKI/root.pem"
		[[ $output == *"$name.db"* && $output == *"a\\x1b[31m\\u202eb"* ]]
		[[ $output != *$'\e'* && $output != *$'\u202e'* ]]
		eval "${output#*then: }"
		[ "$(sqlite3 "$hostile/$name.db" 'PRAGMA journal_mode')" = delete ]
		run -4 trustctl import --store "$dir" "$PKI/root.pem"
		eval "${output#*then: }"
		rm -rf "$hostile"
	done
	trustctl import --store "$dir" "$PKI/root.pem"
}
