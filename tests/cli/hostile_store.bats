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
