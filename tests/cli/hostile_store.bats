#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Stores whose files somebody else wrote: journals that name other files, pipes, devices and links in
# the place of files, and what looks like our own remains. Reading such a store changes nothing and
# comes to an end; a change of it touches no other file.

load helper
load pki
load store_findings

setup() {
	setup_home
	make_user_store
	trustctl import --quiet "$PKI/root.pem"
	VICTIM=$HOME/victim
	echo precious >"$VICTIM"
	# What a reader may be asked, each by its words.
	READERS=(list 'show Test\ Root' 'history list' 'history show 1' audit 'store check' 'store list'
		'verify Test\ Root' 'trust show Test\ Root')
}

# every_reader: run each; none may take long, or change the store
every_reader() {
	local words before
	before=$(everything)
	for words in "${READERS[@]}"; do
		eval "run timeout 20 trustctl $words"
		[ "$status" -ne 124 ] && [ "$status" -lt 70 ] || { echo "$words: $status"; return 1; }
		[ "$(everything)" = "$before" ] || { echo "$words changed the store"; return 1; }
	done
}

be32() { printf '%b' "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))"; }
magic() { printf '\xd9\xd5\x05\xf9\x20\xa1\x63\xd7'; }

# super_record PATH: the end of a journal that belongs to a change of several databases
super_record() {
	local sum
	sum=$(printf '%s' "$1" | od -An -v -tu1 | tr -s ' \n' '\n' | awk '{ sum += $1 } END { print sum }')
	be32 262145
	printf '%s' "$1"
	be32 "${#1}"
	be32 "$sum"
	magic
}

# plant_journal DATABASE PATH: one that restores no page and names a super-journal
plant_journal() {
	local pages
	pages=$(($(stat -c %s "$STORE/$1") / 4096))
	{
		magic
		be32 0
		be32 1
		be32 "$pages"
		be32 512
		be32 4096
		head -c 484 /dev/zero
		super_record "$2"
	} >"$STORE/$1-journal"
}

# ---- journals that name another file -------------------------------------------------------------

@test "no reader removes the file that a journal names" {
	for name in cert9 key4 trustctl; do
		plant_journal "$name.db" "$VICTIM"
		every_reader
		[ "$(cat "$VICTIM")" = precious ]
		trustctl import --quiet --dry-run "$STORE" --store "$(made_store "$HOME/other-$name")"
		[ "$(cat "$VICTIM")" = precious ]
		run -0 trustctl store backup --password-file "$PKI/secret" "$HOME/$name.backup"
		[ "$(cat "$VICTIM")" = precious ]
		rm "$STORE/$name.db-journal"
	done
}

@test "a change refuses a journal that names another file, and its remedy works" {
	for name in cert9 key4 trustctl; do
		plant_journal "$name.db" "$VICTIM"
		for words in 'delete --yes --dry-run' 'trust distrust' 'delete --yes'; do
			# shellcheck disable=SC2086
			run trustctl $words 'Test Root'
			[ "$status" -eq 4 ]
			[[ $output == *"$name.db-journal' belongs to a change that also has '$VICTIM'"* ]]
		done
		run trustctl history undo 1
		[ "$status" -eq 4 ]
		[ "$(cat "$VICTIM")" = precious ]
		check
		[ "$status" -eq 1 ]
		finding super-journal error
		[[ $output != *'sqlite3 '* ]]
		remedy=$(remedy super-journal)
		eval "${remedy##*; else: }"
		check
		[ "$status" -eq 0 ]
	done
	trustctl delete --yes --quiet 'Test Root'
	[ "$(cat "$VICTIM")" = precious ]
}

@test "no remedy for a store in WAL mode gives such a journal to sqlite3" {
	sql cert9.db 'PRAGMA journal_mode = wal' >/dev/null
	plant_journal cert9.db "$VICTIM"
	run trustctl delete --yes 'Test Root'
	[ "$status" -eq 4 ]
	[[ $output != *'sqlite3 '* ]]
	check
	finding wal warning
	[[ $output != *'sqlite3 '* ]]
	[ "$(cat "$VICTIM")" = precious ]
}

@test "a journal counts for a reader exactly when the file is there that it names" {
	half_changed "UPDATE nssPublic SET a3 = x'4e6f74'"
	cp "$STORE/cert9.db-journal" "$HOME/journal"
	run -0 trustctl list
	[[ $output == *'Test Root'* ]]
	super_record "$VICTIM" >>"$STORE/cert9.db-journal"
	every_reader
	run -0 trustctl show 'Test Root'
	[[ $output != *Not* ]]
	[ "$(cat "$VICTIM")" = precious ]
	{ cat "$HOME/journal" && super_record "$HOME/nothing"; } >"$STORE/cert9.db-journal"
	run -0 trustctl list Not
	[[ $output == *'Test Root'* ]]
}

@test "the journal of a change of this store is rolled back by the next one, and its super-journal goes" {
	half_changed "UPDATE nssPublic SET a3 = x'4e6f74'"
	super=$STORE/cert9.db-mj01A3459F7
	printf '%s\0%s\0' "$STORE/cert9.db-journal" "$STORE/key4.db-journal" >"$super"
	super_record "$super" >>"$STORE/cert9.db-journal"
	run -0 trustctl trust distrust 'Test Root'
	[[ $output == *'rolled back'* ]]
	[ ! -e "$super" ] && [ ! -e "$STORE/cert9.db-journal" ]
	[ "$(letters 'Test Root')" = p,p,p ]
}

@test "a super-journal of this store's name that names other journals is not opened" {
	super=$STORE/cert9.db-mj01A3459F7
	plant_journal cert9.db "$super"
	mkfifo "$HOME/pipe"
	for what in "printf '%s\0' '$HOME/pipe'" 'head -c 30000 /dev/zero' "printf '%s' '$STORE/key4.db-journal'"; do
		eval "$what" >"$super"
		run timeout 20 trustctl trust distrust 'Test Root'
		[ "$status" -eq 4 ]
		[[ $output == *'none of this store'* ]]
	done
	rm "$super"
	mkfifo "$super"
	run timeout 20 trustctl trust distrust 'Test Root'
	[ "$status" -eq 4 ]
	every_reader
}

@test "so is it through a link to the store, when the history is gone that it names" {
	half_changed "UPDATE nssPublic SET a3 = x'4e6f74'"
	rm "$STORE/trustctl.db"
	mv "$HOME/.local" "$HOME/real"
	ln -s real "$HOME/.local"
	super=$(realpath "$STORE")/cert9.db-mj01A3459F7
	printf '%s\0%s\0' "${super%-mj*}-journal" "${super%/*}/trustctl.db-journal" >"$super"
	super_record "$super" >>"$STORE/cert9.db-journal"
	run -0 trustctl trust distrust 'Test Root'
	[[ $output == *'rolled back'* ]]
	[ ! -e "$super" ] && [ ! -e "$STORE/cert9.db-journal" ]
}

@test "a journal that names a longer path than SQLite reads names none" {
	half_changed "UPDATE nssPublic SET a3 = x'4e6f74'"
	cp "$STORE/cert9.db-journal" "$HOME/journal"
	for size in 512 513; do
		{ cat "$HOME/journal" && super_record "/$(printf '%*s' $((size - 1)) '' | tr ' ' x)"; } \
			>"$STORE/cert9.db-journal"
		cp "$STORE"/cert9.db* "$HOME"
		said=$(sqlite3 "$HOME/cert9.db" "SELECT CAST(a3 AS text) FROM nssPublic WHERE a0 = x'00000001'")
		[ "$said" = "$([ $size = 512 ] && echo Not || echo 'Test Root')" ]
		[ "$(trustctl list --json 2>/dev/null | jq -r '.items[0].nickname')" = "$said" ]
	done
}

# ---- rows ----------------------------------------------------------------------------------------

@test "a trust record with more in it than is kept to be checked is unchecked, and can be reset" {
	certutil -M -d "sql:$STORE" -n 'Test Root' -t C,,
	sql cert9.db "UPDATE nssPublic SET ace5363b5 = zeroblob(40000000), ace536360 = zeroblob(40000000)
		WHERE a0 = x'ce534353'"
	every_reader
	run -0 trustctl list
	[[ $output == *'Test Root'*'(?)'* ]]
	check
	[ "$status" -eq 1 ]
	[[ $(finding unverified warning) == 'has signatures of 1 trust record that ask for more work'* ]]
	trustctl trust reset --yes --quiet 'Test Root'
	check
	[ "$status" -eq 0 ]
}

# ---- what is no file -----------------------------------------------------------------------------

@test "a pipe in the place of a file stops nobody and is named" {
	for name in cert9.db key4.db trustctl.db; do
		for end in -journal -wal -shm ''; do
			mv "$STORE" "$HOME/kept"
			cp -a "$HOME/kept" "$STORE"
			rm -f "$STORE/$name$end"
			mkfifo "$STORE/$name$end"
			every_reader
			run timeout 20 trustctl trust distrust 'Test Root'
			[ "$status" -eq 4 ]
			[[ $output == *"$name$end' is not a regular file"* ]]
			check
			[ "$status" -eq 1 ]
			[ "$(finding not-database error)" = 'is not a regular file: no database was opened' ]
			rm -r "$STORE"
			mv "$HOME/kept" "$STORE"
		done
	done
}

@test "a link to an endless device is not read" {
	printf 'x' >"$STORE/cert9.db-journal"
	ln -s /dev/zero "$STORE/cert9.db-wal"
	ulimit -f 100000
	run timeout 20 trustctl list
	[ "$status" -eq 4 ]
	[[ $output == *"cert9.db-wal' is not a regular file"* ]]
	every_reader
	[ -z "$(ls "$XDG_RUNTIME_DIR")" ]
}

@test "a journal that claims more room than there is, is not copied" {
	printf 'x' >"$STORE/cert9.db-journal"
	truncate -s 100T "$STORE/trustctl.db-journal" 2>/dev/null || truncate -s 15T "$STORE/trustctl.db-journal"
	printf 'x' | dd of="$STORE/trustctl.db-journal" conv=notrunc status=none
	run timeout 20 trustctl history list
	[ "$status" -eq 4 ]
	[ -z "$(ls "$XDG_RUNTIME_DIR")" ]
}

# ---- what looks like our own ---------------------------------------------------------------------

@test "remains of ours that lead elsewhere by a link are left, with what they lead to" {
	local victim=$HOME/other stage=$STORE/trustctl-stage-a
	made_store "$victim" >/dev/null
	victims() { find "$victim" -type f | sort; }
	before=$(victims)
	for link in base work lock all; do
		mkdir "$stage"
		: >"$stage/lock"
		case $link in
			all) rm -r "$stage" && ln -s "$victim" "$stage" ;;
			lock) ln -sf "$victim/key4.db" "$stage/lock" ;;
			*) ln -s "$victim" "$stage/$link" ;;
		esac
		touch -h -d '1 hour ago' "$stage"
		trustctl trust distrust --quiet --dry-run 'Test Root'
		trustctl store check --keys >/dev/null
		[ "$(victims)" = "$before" ]
		[ -e "$stage" ]
		rm -r "$stage"
	done
	mkdir -p "$stage/base"
	: >"$stage/lock" >"$stage/base/key4.db"
	trustctl trust distrust --quiet --dry-run 'Test Root'
	[ ! -e "$stage" ]
}

@test "root is not led to its own store through the files or links of a user" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	local own=$HOME/own fake=$HOME/fake
	cp -a "$STORE" "$own"
	before=$(cd "$own" && sha256sum ./*)
	for part in cert9.db key4.db trustctl.db directory link; do
		rm -rf "$fake"
		cp -a "$own" "$fake"
		case $part in
			directory) chown nobody "$fake" ;;
			link) rm -r "$fake" && ln -s "$own" "$fake" && chown -h nobody "$fake" ;;
			*) ln -sf "$own/$part" "$fake/$part" && chown -h nobody "$fake/$part" ;;
		esac
		run trustctl delete --yes 'Test Root' --store "$fake"
		[ "$status" -eq 4 ]
		[[ $output == *nobody* ]]
		[ "$(cd "$own" && sha256sum ./*)" = "$before" ]
		run -0 trustctl list --store "$fake"
	done
	# No remedy hands the store of the one to the other.
	rm -rf "$fake"
	cp -a "$own" "$fake"
	ln -sf "$own/cert9.db" "$fake/cert9.db"
	chown -h nobody "$fake" "$fake/cert9.db"
	run trustctl store check --store "$fake"
	[[ $output == *'is a link to a file that belongs to root'* ]]
	[[ $output != *chown*cert9.db* ]]
}

# ---- modules -------------------------------------------------------------------------------------

@test "a module of pkcs11.txt is named however it is written, and however far down" {
	for line in 'library=/opt/evil.so' 'Library=/opt/evil.so' ' LIBRARY=/opt/evil.so' \
		'name="x" library=/opt/evil.so'; do
		printf '%s\nname=Evil\n' "$line" >"$STORE/pkcs11.txt"
		check
		[[ $(finding module note) == *"'/opt/evil.so'"* ]]
	done
	{ printf 'library=\nname=NSS\n\n' && yes '# nothing' | head -c 300000 &&
		printf '\nlibrary=/opt/evil.so\nname=Evil\n'; } >"$STORE/pkcs11.txt"
	check
	[[ $(finding module note) == *"'/opt/evil.so'"* ]]
	yes '# nothing' | head -c 1200000 >"$STORE/pkcs11.txt"
	check
	[[ $(finding module warning) == *'larger than 1024 KiB'* ]]
	printf 'library=\nname=NSS\n' >"$STORE/pkcs11.txt"
	check
	[ "$status" -eq 0 ]
	[[ $output != *module* ]]
}

# loads COMMAND...: what it loads, and the worker, by the words of the dynamic linker
loads() {
	rm -f "$HOME"/loads.*
	LD_DEBUG=files LD_DEBUG_OUTPUT=$HOME/loads TRUSTCTL_NSS_WORKER=$HOME/worker "$@" >"$HOME/told" 2>&1
	cat "$HOME"/loads.*
}

@test "no command loads a module that pkcs11.txt names" {
	# The worker gets no environment of its caller's.
	printf '#!/bin/sh\nLD_DEBUG=files LD_DEBUG_OUTPUT=%q exec %q\n' "$HOME/loads" "${TRUSTCTL%/*}/trustctl-nss" \
		>"$HOME/worker"
	chmod +x "$HOME/worker"
	put_identity
	printf 'Library=%s/evil.so\nname=Evil\nNSS=trustOrder=100\n' "$HOME" >"$STORE/pkcs11.txt"
	[[ $(loads certutil -L -d "sql:$STORE") == *"$HOME/evil.so"* ]] # NSS's own programs do
	while read -r words; do
		eval "loaded=\$(loads trustctl $words)" || { cat "$HOME/told"; return 1; }
		[[ $loaded == *softokn* ]] || { echo "$words: no NSS"; return 1; }
		[[ $loaded != *evil.so* ]] || { echo "$words: loaded it"; return 1; }
	done <<-'END'
		trust enable 'Test Root' --fingerprint $(sha256 root)
		verify --second-opinion 'Test Root'
		import "$PKI/root2.pem"
		export --password-file "$PKI/secret" -o "$HOME/alice.p12" alice@example.com
		store check --keys
		delete --yes 'Second Root'
		store password --password-file "$PKI/secret"
		store create "$HOME/new"
	END
}

# ---- WAL mode ------------------------------------------------------------------------------------

@test "reading a store in WAL mode leaves no file in it, and shows what waits in its log" {
	for name in cert9 key4 trustctl; do sql $name.db 'PRAGMA journal_mode = wal' >/dev/null; done
	every_reader
	trustctl store backup --quiet --password-file "$PKI/secret" "$HOME/backup"
	trustctl verify --second-opinion 'Test Root' >/dev/null || true
	[ -z "$(find "$STORE" -name '*-wal' -o -name '*-shm')" ]
	sqlite3 "$STORE/cert9.db" >/dev/null <<-END
		UPDATE nssPublic SET a3 = x'57616974';
		.shell cp -a '$STORE' '$HOME/waits'
	END
	rm -r "$STORE"
	mv "$HOME/waits" "$STORE"
	[ -s "$STORE/cert9.db-wal" ]
	every_reader
	run -0 trustctl list Wait
	[[ $output == *'Test Root'* && $output != *interrupted* ]]
}
