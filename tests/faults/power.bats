#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Power is lost at every sync of every writing command: whatever part of what was not synced reached
# the disk, torn and in any order, the store is exactly before or exactly after.

load faults
load commands

REPLAY=$TRUSTCTL_BUILD/tests/support/replay

setup_file() { make_commands_pki; }
setup() { setup_home; }

# powerless NAME WANTED RANDOM [password]
powerless() {
	local name=$1 wanted=$2 random=$3 folder=$BATS_TEST_TMPDIR/states log=$BATS_TEST_TMPDIR/log
	local words where n befores=0 afters=0
	prepared "$name" ${4:+"$4"}
	known
	rm -rf "$folder" "$log"
	mkdir -p "$folder" "$BATS_TEST_TMPDIR/kept"
	LD_PRELOAD=$SHIM FAULT_UNDER=$STORE FAULT_LOG=$log "${COMMAND[@]}" >/dev/null 2>&1 </dev/null
	AFTER=$(shape)
	words=$("$REPLAY" "$log" "$STORE" "$BATS_TEST_TMPDIR/kept" "$folder" "$wanted" "$random")
	for n in "$folder"/*; do
		rm -rf "$STORE"
		mv "$n" "$STORE"
		where=$(state)
		case $where in
		before) befores=$((befores + 1)) ;;
		after) afters=$((afters + 1)) ;;
		*) tell_loss "$* at state ${n##*/}: $words"; ls -l "$STORE"; return 1 ;;
		esac
	done
	echo "# $name${4:+ with a password}: $words: $befores before, $afters after, 0 between" >&3
	[ "$befores" -gt 0 ] && [ "$afters" -gt 0 ]
}

@test "a power loss during an import, a new password, an undo, and the making of a store" {
	powerless import-certificates 25 2
	powerless store-password 25 2
	powerless history-undo 15 2
	powerless store-create 20 2
}

@test "a power loss during any writing command, with and without password" {
	[ "${TRUSTCTL_LONG:-}" ] || skip 'in the long form only'
	local name
	for name in "${writing_commands[@]}"; do
		powerless "$name" 0 40
		powerless "$name" 0 40 password
	done
}
