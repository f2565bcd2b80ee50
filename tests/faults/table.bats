#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Every writing command times every kind of call that can fail, memory among them. The long form
# tries every call; the short one the first, the last, and a few between.

load faults
load commands

setup_file() { make_commands_pki; }
setup() { setup_home; }

# kind, errno, places in the short form. Nothing below a store is truncated: a journal is removed.
kinds=(
	'write ENOSPC 3'
	'sync EIO 3'
	'unlink EACCES 2'
	'rename EIO 2'
	'mkdir EACCES 2'
	'open EACCES 3'
	'lock EIO 2'
	'alloc ENOMEM 6'
)

# has_none COMMAND KIND: only a store that is made is renamed into its place, which nobody else can lock; and a
# sanitizer gives memory itself.
has_none() {
	[ -z "$SANITIZER" ] || [ "$2" != alloc ] || return 0
	case "$1 $2" in
	store-create\ lock) return 0 ;;
	store-create\ *) return 1 ;;
	*\ rename | *\ mkdir) return 0 ;;
	*) return 1 ;;
	esac
}

# A failure is told by its status and in words; only want of memory is our own (70).
judge() {
	local what=$1 kind=$2 where
	where=$(state)
	if [ "$where" = neither ]; then
		tell_loss "$what"
		return 1
	elif [ "$status" -eq 0 ] && [ "$where" = before ]; then
		echo "$what: success was told, but it did not happen"
		return 1
	elif [ "$status" -ne 0 ] && ! { [ "$status" -le 6 ] || [ "$kind$status" = alloc70 ]; }; then
		echo "$what: status $status"
		cat "$BATS_TEST_TMPDIR/err"
		return 1
	elif [ "$status" -ne 0 ] && [ ! -s "$BATS_TEST_TMPDIR/err" ]; then
		echo "$what: failed without a word"
		return 1
	fi
}

# with_and_without NAME: on a store without a password, and in the long form on one with it too
with_and_without() {
	fails_everywhere "$1"
	[ -z "${TRUSTCTL_LONG:-}" ] || fails_everywhere "$1" password
}

# fails_everywhere NAME [password]
fails_everywhere() {
	local line kind error places total n told all_told=0 tried=0
	prepared "$@"
	known
	for line in "${kinds[@]}"; do
		read -r kind error places <<<"$line"
		restore
		total=$(calls "$kind" "${COMMAND[@]}")
		if has_none "$1" "$kind"; then
			[ "$total" -eq 0 ]
			continue
		fi
		told=0
		# Ten thousand allocations are told apart by a tenth of them.
		[ -z "${TRUSTCTL_LONG:-}" ] || places=1200
		while read -r n; do
			restore
			faulty "$n" "$error" "$kind" timeout 60 "${COMMAND[@]}"
			judge "$* with $error at $kind $n of $total" "$kind" || return 1
			tried=$((tried + 1))
			[ "$status" -eq 0 ] || told=$((told + 1))
		done < <(moments "$places" "$total")
		# The two files of a new store keep their temporary names then, which harms nothing.
		[ "$told" -gt 0 ] || [ "$1 $kind" = 'store-create unlink' ] || { echo "$*: no failing $kind of $total was told"; return 1; }
		all_told=$((all_told + told))
	done
	echo "# $*: $tried calls failed, $all_told of them told, 0 stores harmed" >&3
}

@test "import certificates: whatever call fails, the store is as before or as after" { with_and_without import-certificates; }
@test "import identity: whatever call fails, the store is as before or as after" { with_and_without import-identity; }
@test "trust enable: whatever call fails, the store is as before or as after" { with_and_without trust-enable; }
@test "trust disable: whatever call fails, the store is as before or as after" { with_and_without trust-disable; }
@test "trust distrust: whatever call fails, the store is as before or as after" { with_and_without trust-distrust; }
@test "trust reset: whatever call fails, the store is as before or as after" { with_and_without trust-reset; }
@test "delete: whatever call fails, the store is as before or as after" { with_and_without delete; }
@test "prune: whatever call fails, the store is as before or as after" { with_and_without prune; }
@test "history undo: whatever call fails, the store is as before or as after" { with_and_without history-undo; }
@test "store password: whatever call fails, the store is as before or as after" { with_and_without store-password; }
@test "store create: whatever call fails, the store is as before or as after" { with_and_without store-create; }
@test "store restore: whatever call fails, the store is as before or as after" { with_and_without store-restore; }
