#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# kill -9 at random moments of a command's whole life, its NSS worker's work included.

load faults
load commands

setup_file() { make_commands_pki; }
setup() { setup_home; }

# One seed a day, told, so that a loss can be looked for again.
SEED=${SEED:-$(date +%Y%m%d)}

now_us() { echo "${EPOCHREALTIME/./}"; }

# killed_at_random TIMES NAME [password]
killed_at_random() {
	local times=$1 name=$2 start span n at where befores=0 afters=0
	shift
	prepared "$@"
	known
	start=$(now_us)
	"${COMMAND[@]}" >/dev/null 2>&1 </dev/null
	span=$(($(now_us) - start))
	for n in $(seq 1 "$times"); do
		restore
		at=$((1 + (RANDOM * 32768 + RANDOM) % (span + span / 10)))
		status=0
		# Waited for by name: what is dying may still hold its locks.
		{
			"${COMMAND[@]}" >/dev/null 2>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- &
			sleep "$(printf '%d.%06d' $((at / 1000000)) $((at % 1000000)))"
			kill -KILL $! || true
			wait $! || status=$?
		} 2>/dev/null
		[ "$status" -eq 0 ] || [ "$status" -eq 137 ] || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
		where=$(state)
		case $where in
		before) befores=$((befores + 1)) ;;
		after) afters=$((afters + 1)) ;;
		*) tell_loss "$*, killed after $at us"; return 1 ;;
		esac
		[ "$status" -ne 0 ] || [ "$where" = after ]
		kills=$((kills + (status == 137)))
	done
	echo "# $*: $befores before, $afters after, 0 between" >&3
}

@test "killed at random moments, every writing command leaves before or after" {
	local name kills=0
	RANDOM=$SEED
	if [ "${TRUSTCTL_LONG:-}" ]; then
		for name in "${writing_commands[@]}"; do
			killed_at_random 100 "$name"
			killed_at_random 100 "$name" password
		done
	else
		killed_at_random 12 import-identity password
		killed_at_random 12 trust-enable
		killed_at_random 12 store-password password
	fi
	echo "# seed $SEED: killed $kills times, 0 stores lost, half changed or unreadable" >&3
	[ "$kills" -gt 0 ]
}
