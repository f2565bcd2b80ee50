#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What hints tell people to paste is a whole command, and does what it says.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
}

# As root only: a store that belongs to somebody else.
needs_root() {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
}

# The command behind the first hint that has one.
hinted() {
	sed -n "s/^hint: .*\(\(sudo .*\)\{0,1\}trustctl .*\)\$/\1/p" <<<"$stderr" | head -1
}

@test "a store of another user: the hint repeats the command, with the store by its path" {
	needs_root
	chown nobody "$STORE"/*
	cp "$PKI/root.pem" "$HOME/a root.pem"
	run --separate-stderr trustctl import "$HOME/a root.pem" --reason 'for us'
	[ "$status" -eq 4 ]
	[[ $stderr == *"hint: sudo -u nobody trustctl --store $STORE import '$HOME/a root.pem' --reason 'for us'"* ]]
}

@test "a store of another user: words behind -- stay operands in the command that is repeated" {
	needs_root
	made_store "$HOME/nobody" >/dev/null
	chown -R nobody "$HOME/nobody"
	cp "$PKI/root.pem" "$HOME/--store=root.pem"
	cd "$HOME"
	run --separate-stderr trustctl import --store ./nobody -- --store=root.pem
	[ "$status" -eq 4 ]
	[[ $stderr == *"hint: sudo -u nobody trustctl --store $HOME/nobody import -- --store=root.pem" ]]
	# Without sudo the command means the same file and store.
	run eval "$(hinted)"
	[[ $output == *'--store=root.pem: PEM'*"$HOME/nobody'"* ]]
}

@test "of several stores the one that fails has its remedy" {
	needs_root
	made_profile work >/dev/null
	chown nobody "$STORE"/*
	run trustctl import "$PKI/root.pem" --store user,firefox
	[ "$status" -eq 6 ]
	[[ $output == *"remedy: sudo -u nobody trustctl --store $STORE import $PKI/root.pem"* ]]
}

@test "root makes no store for a user that the user could not open" {
	needs_root
	rm -r "$HOME/.local"
	chown nobody "$HOME"
	run --separate-stderr trustctl import "$PKI/root.pem"
	[ "$status" -eq 4 ]
	[[ $stderr == *'would lock nobody out'* ]]
	[ ! -e "$HOME/.local" ]
	# Of several stores it is the one that fails, and a dry run says so, too.
	made_store "$HOME/other" >/dev/null
	run -6 --separate-stderr trustctl import "$PKI/root.pem" --store "user,$HOME/other" --dry-run --json
	[ "$(json '[.stores[] | .store, .result, .code] | join(" ")')" = "user failed store-owner $HOME/other would-change " ]
	run -6 trustctl import "$PKI/root.pem" --store "user,$HOME/other"
	[ "$(grep -c 'would lock nobody out' <<<"$output")" -eq 1 ]
	[[ $output == *"store 'user': failed: "*'would lock nobody out'* ]]
	[ ! -e "$HOME/.local" ]
	run trustctl store create user
	[ "$status" -eq 4 ]
	[ ! -e "$HOME/.local" ]
}

@test "the trust that an export wants first is for the store and the usages that were asked for" {
	local store
	store=$(made_profile work)
	trustctl import -q "$PKI/root.pem" --store firefox
	run -5 --separate-stderr trustctl export 'Test Root' --format ca-certificates -o "$HOME/certs" \
		--store firefox --usage email
	eval "$(hinted) --fingerprint $(sha256 root)"
	[ "$(letters 'Test Root' "$store")" = ,C, ]
	trustctl export 'Test Root' --format ca-certificates -o "$HOME/certs" --store firefox --usage email
	run -5 --separate-stderr trustctl export 'Test Root' --format ca-certificates -o "$HOME/more" --store firefox
	[[ $stderr == *"trust enable $(sha256 root | cut -c 1-16) --store firefox"$'\n'* ]]
}

@test "the import into another store that is proposed names every file, quoted" {
	made_profile work >/dev/null
	cp "$PKI/alice.pem" "$HOME/my cert.pem"
	run --separate-stderr trustctl import "$HOME/my cert.pem" "$PKI/alice.key"
	[ "$status" -eq 0 ]
	[[ $stderr == *"trustctl import '$HOME/my cert.pem' $PKI/alice.key --store firefox"* ]]
	eval "$(hinted)"
	[ "$(private_keys "$HOME/.mozilla/firefox/work")" -eq 1 ]
	run --separate-stderr trustctl import "$HOME/my cert.pem" "$PKI/alice.key"
	[ "$status" -eq 0 ]
	[[ $stderr != *'to have it there too'* ]]
}

@test "the import that is proposed is one that can be typed, whatever the file is called" {
	local profile
	profile=$(made_profile work)
	cd "$HOME"
	cp "$PKI/alice.p12" ./-x.p12
	run --separate-stderr trustctl import --password-file "$PKI/secret" -- -x.p12
	[ "$status" -eq 0 ]
	eval "$(hinted) --password-file $PKI/secret"
	[ "$(private_keys "$profile")" -eq 1 ]
	rm -r "$profile"
	made_profile work >/dev/null
	run --separate-stderr trustctl import - --password-file "$PKI/secret" <"$PKI/alice.p12"
	[ "$status" -eq 0 ]
	[[ $stderr == *'import it once more with --store firefox'* ]]
	[[ $stderr != *'trustctl import'* ]]
	cp "$PKI/alice.p12" $'two\nlines.p12'
	run --separate-stderr trustctl import $'two\nlines.p12' --password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	eval "$(hinted) --password-file $PKI/secret"
	[ "$(private_keys "$profile")" -eq 1 ]
}

@test "commands about a file whose name begins like an option work when they are pasted" {
	cd "$HOME"
	cp "$PKI/root.pem" ./-root.pem
	cp "$PKI/alice.p12" ./-x.p12
	run -3 --separate-stderr trustctl trust distrust --yes -- -root.pem
	eval "$(hinted)"
	[ "$(rows 00000001)" -eq 1 ]
	run --separate-stderr trustctl identity check --password-file "$PKI/secret" -- -x.p12
	[[ $output == *'trustctl import ./-x.p12'* ]]
	run -3 --separate-stderr trustctl trust distrust --yes - <"$PKI/root2.pem"
	[[ $stderr != *'trustctl import'* ]]
}

@test "what to do with an export names the file or the directory that was written" {
	cd "$HOME"
	trustctl import -q "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret"
	trustctl trust enable -q "$(sha256 root)" --fingerprint "$(sha256 root)"
	run --separate-stderr trustctl export Alice --for openvpn -o 'my vpn' --password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[[ $stderr == *"hint: sudo openvpn --config 'my vpn'/client.ovpn"* ]]
	run --separate-stderr trustctl export --trusted --format certutil -o -add.sh
	[ "$status" -eq 0 ]
	[[ $stderr == *'hint: sh ./-add.sh DIRECTORY,'* ]]
}

@test "a store that is named by its database is imported by its directory, as the hint says" {
	local other
	other=$(made_store "$HOME/other store")
	trustctl import -q "$PKI/root.pem" --store "$other"
	run -3 --separate-stderr trustctl import "$other/cert9.db"
	[[ $stderr == *'hint: '*'import the directory itself'* ]]
	trustctl import -q "$other"
	[ "$(rows 00000001)" -eq 1 ]
}

# A store that is not the default one, with a decoy: the user's store has the same changes, so that a
# command that forgets --store would work on it.
make_other_store() {
	OTHER=$(made_store "$HOME/other")
	local store
	for store in user "$OTHER"; do
		trustctl import --quiet "$PKI/root.pem" "$PKI/inter.pem" "$PKI/alice.p12" \
			--password-file "$PKI/secret" --store "$store"
		trustctl trust enable --quiet --fingerprint "$(sha256 root)" --fingerprint "$(sha256 inter)" --store "$store"
		trustctl trust distrust --quiet 'Test Root' --usage email --store "$store" 2>/dev/null
	done
}

# Every command that the last `run` said to paste and that takes --store names the other store.
names_the_other_store() {
	local printed
	printed=$(sed "s/'trustctl [a-z ]*'//g" <<<"$output" |
		grep -oE 'trustctl (history|trust|store (check|password)|list|import|verify|export|delete)\b[^;)]*')
	[ -n "$printed" ]
	! grep -vF -- "--store $OTHER" <<<"$printed"
}

@test "commands printed for a store that is not the default one name it" {
	make_other_store
	local id
	id=$(sha256 alice | cut -c 1-16)
	while read -r wanted words; do
		run eval "trustctl $words --store '$OTHER' </dev/null"
		echo "# $words: $output"
		[ "$status" -eq "$wanted" ]
		names_the_other_store
	done <<-END
		5 history undo 2
		3 history undo 99
		2 history undo x
		3 history show 99
		2 history undo
		5 trust enable $id
		5 trust distrust 'Test Intermediate' --usage tls-server
		0 trust distrust 'Test Root'
		5 store password --remove
		5 store password --password-file /dev/null
		3 show nothing
		0 import '$PKI/root2.pem'
		0 delete '$id' --yes
	END
}

@test "what damaged stores are told to do names the store, too" {
	make_other_store
	printf '%4096s' '' | dd of="$OTHER/cert9.db" bs=4096 seek=1 conv=notrunc status=none
	run trustctl list --store "$OTHER"
	[ "$status" -eq 4 ]
	names_the_other_store
	run trustctl import "$PKI/root2.pem" --store "$OTHER"
	[ "$status" -eq 4 ]
	names_the_other_store
}

@test "the later change is undone in the store that it was made in" {
	make_other_store
	before=$(snapshot)
	run --separate-stderr trustctl history undo 2 --store "$OTHER"
	[ "$status" -eq 5 ]
	[ "$(hinted)" = "trustctl history undo 3 --store $OTHER" ]
	eval "$(hinted) --quiet --fingerprint $(sha256 root)"
	[ "$(letters 'Test Root' "$OTHER")" = CT,C,C ]
	[ "$before" = "$(snapshot)" ]
}

@test "an anchor nearer the leaf is distrusted for what is distrusted above it, in the same store" {
	make_other_store
	before=$(snapshot)
	run --separate-stderr trustctl trust distrust 'Test Root' --usage tls-server,tls-client --store "$OTHER"
	[ "$status" -eq 0 ]
	[[ $(hinted) == *' --usage tls-server,tls-client,email --store '* ]]
	eval "$(hinted) --quiet"
	[ "$(letters 'Test Intermediate' "$OTHER")" = p,p,C ]
	[ "$before" = "$(snapshot)" ]
}

@test "what a certificate lacks is imported into the store that it is in" {
	OTHER=$(made_store "$HOME/other")
	trustctl import --quiet "$PKI/alice.pem" --store "$OTHER"
	run trustctl verify 'Alice Test' --usage email --store "$OTHER"
	[ "$status" -eq 1 ]
	[[ $output == *"get it from its CA, then: trustctl import FILE --store $OTHER)"* ]]
	names_the_other_store
}

@test "commands for a store with a name that needs quotes are read back by a shell" {
	local name
	for name in "it's \"two\" \$x" $'turned \u202e back' $'a\ttab' $'\xff'; do
		OTHER=$(made_store "$HOME/$name/store")
		run --separate-stderr trustctl import "$PKI/root.pem" --store "$OTHER"
		[ "$status" -eq 0 ]
		[[ $stderr != *$'\u202e'* && $stderr != *$'\t'* ]]
		eval "$(sed -n 's/^undo it with: //p' <<<"$stderr") --quiet"
		[ "$(rows 00000001 "$OTHER")" -eq 0 ]
		run --separate-stderr trustctl show nothing --store "$OTHER"
		[ "$status" -eq 3 ]
		[ "$(eval "$(hinted | sed 's/ shows what .*//') --json" | jq '.items | length')" = 0 ]
		run --separate-stderr trustctl store create "$OTHER"
		[ "$status" -eq 5 ]
		[ "$(eval "$(hinted) --json" | jq '.items | length')" = 0 ]
	done
}

@test "a profile's name in a command is quoted" {
	made_profile work >/dev/null
	local name="it's \"two\" \$x"
	made_store "$HOME/.mozilla/firefox/second" >/dev/null
	printf '[Profile1]\nName=%s\nIsRelative=1\nPath=second\n' "$name" >>"$HOME/.mozilla/firefox/profiles.ini"
	run --separate-stderr trustctl show nothing --store "firefox:$name"
	[ "$status" -eq 3 ]
	[[ $stderr == *"in store 'firefox:$name'"* ]]
	[ "$(eval "$(hinted | sed 's/ shows what .*//') --json" | jq '.items | length')" = 0 ]
}

@test "where only other stores are, they are named to who names none" {
	local words
	made_profile work >/dev/null
	rm -r "$STORE"
	for words in list 'show Root' 'export Root -o -' 'trust enable Root' 'delete Root' prune; do
		# shellcheck disable=SC2086 # several words
		run -4 --separate-stderr trustctl $words
		[[ $stderr == *'hint: there are the stores firefox (trustctl store list): name one as in --store firefox'*'hint: trustctl store create user'* ]]
	done
	run -4 --separate-stderr trustctl list --store user
	[[ $stderr != *'there are the stores'* ]]
	# What is named is a word to be pasted.
	rm -r "$HOME/.mozilla/firefox/work"
	made_store "$HOME/.mozilla/firefox/second" >/dev/null
	printf '[Profile1]\nName=My Work\nIsRelative=1\nPath=second\n' >>"$HOME/.mozilla/firefox/profiles.ini"
	run -4 --separate-stderr trustctl list
	[[ $stderr == *"hint: there are the stores firefox:My Work (trustctl store list): name one as in --store 'firefox:My Work'"$'\n'* ]]
	rm -r "$HOME/.mozilla"
	run -4 --separate-stderr trustctl list
	[[ $stderr != *'there are the stores'* ]]
}

@test "an item that is in none of several stores is said to be in none of them" {
	local words
	made_profile work >/dev/null
	for words in 'identity check' 'trust show'; do
		# shellcheck disable=SC2086 # several words
		run -3 --separate-stderr trustctl $words nobody
		[[ $stderr == *"no item 'nobody' in the stores 'user', 'firefox', 'builtin'"* ]]
		[[ $stderr == *'hint: trustctl list nobody --store all shows what has that in its names; an item is named by'* ]]
	done
	run -3 --separate-stderr trustctl verify nobody --store user,firefox
	[[ $stderr == *"no item 'nobody' in the stores 'user', 'firefox', 'builtin'"*'list nobody --store all shows'* ]]
}

@test "an item that is not in the store asked is said to be in another that has it, else how to find it" {
	profile=$(made_profile work)
	trustctl import --quiet "$PKI/root.pem" --store firefox
	id=$(sha256 root | cut -c 1-8)
	for words in "show 'Test Root'" "delete 'Test Root'" "trust disable $id" "trust reset $id" "verify 'Test Root'" \
		"export 'Test Root' -o -" "trust show 'Test Root' --store user,builtin"; do
		[[ $words == *--store* ]] || words+=' --store user'
		run -3 --separate-stderr eval "trustctl $words"
		[[ $stderr == *"hint: the store 'firefox' has it: --store firefox" ]]
	done
	for text in 'test r' -root; do
		run -3 --separate-stderr trustctl show --store user -- "$text"
		[[ $(hinted) == "trustctl list "*"--store all"*'shows what has that in its names'* ]]
		run eval "$(hinted | sed 's/ shows what.*//')"
		[[ $status -eq 0 && ($text == -root || $output == *'Test Root'*firefox*) ]]
	done
	other=$(made_store "$HOME/other store")
	run -3 --separate-stderr trustctl show 'test r' --store "$other"
	run -0 eval "$(hinted | sed 's/ shows what.*//')"
	[[ $output == *'Test Root'*firefox* ]]
	# Nobody is asked for a password, and what cannot be read is passed over.
	trustctl store password --password-file "$PKI/secret" --store firefox --quiet
	run -3 --separate-stderr trustctl show 'Test Root' --store user </dev/null
	[[ $stderr == *"hint: the store 'firefox' has it"* ]]
	echo garbage >"$profile/cert9.db"
	run -3 --separate-stderr trustctl show 'Test Root' --store user
	[[ $stderr == *"hint: trustctl list 'Test Root' --store all shows"* ]]
	[[ $stderr != *'is not a database'* ]]
}

@test "under sudo it is said that the names of stores mean root's, with the command for one's own" {
	needs_root
	run -0 --separate-stderr env SUDO_USER=daemon trustctl list --kind root
	[[ ${stderr_lines[0]} == "these are root's stores; for daemon's: sudo -u daemon -H trustctl list --kind root" ]]
	run -0 --separate-stderr env SUDO_USER=daemon trustctl audit
	[[ $stderr == *"for daemon's: sudo -u daemon -H trustctl audit"* ]]
	run -0 --separate-stderr env SUDO_USER=daemon trustctl import "$PKI/root.pem" --store "user,$STORE"
	[ "$(grep -c "these are root's stores" <<<"$stderr")" -eq 1 ]
	run -0 --separate-stderr env SUDO_USER=daemon trustctl store list
	[[ $stderr == *'sudo -u daemon -H trustctl store list' ]]
	run -0 --separate-stderr env SUDO_USER=daemon trustctl list --quiet
	[ -z "$stderr" ]
}

@test "whose stores they are is not said where that is plain" {
	needs_root
	trustctl import --quiet "$PKI/root.pem"
	# A directory is what it is, and these stores are nobody's own.
	run -0 --separate-stderr env SUDO_USER=daemon trustctl list --store "$STORE"
	[ -z "$stderr" ]
	run --separate-stderr env SUDO_USER=daemon trustctl list --store builtin
	[[ $stderr != *"root's stores"* ]]
	for person in root no-such-person-here; do
		run -0 --separate-stderr env SUDO_USER=$person trustctl list
		[ -z "$stderr" ]
	done
	# The home is that person's: the names mean their stores.
	run --separate-stderr env SUDO_USER=nobody HOME="$(getent passwd nobody | cut -d: -f6)" trustctl list
	[[ $stderr != *"root's stores"* ]]
}
