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
