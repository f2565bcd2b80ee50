#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Eight trustctl, two loops of certutil, a running Firefox and a running Chromium on one store: no
# update lost, no false error, no endless wait, and both browsers go on. 20 seconds; long: 5 minutes.

load faults
load ../clients/clients

SECONDS_OF_IT=${TRUSTCTL_LONG:+300}
SECONDS_OF_IT=${SECONDS_OF_IT:-20}
WRITERS=8

setup_file() {
	make_pki
	"$CERTS" 3000 >"$BATS_FILE_TMPDIR/all.pem"
	(cd "$BATS_FILE_TMPDIR" && csplit -sz -n 4 -f cert- -b '%04d.pem' all.pem '/BEGIN/' '{*}')
	start_server chain -cert "$(pki leaf.pem)" -cert_chain "$(pki inter.pem)"
}
teardown_file() { stop_servers; }
setup() { setup_clients; }

firefox_says() { MARIONETTE_SECONDS=800 timeout 900 "$BATS_TEST_DIRNAME/../clients/marionette" "$@" 3>&- </dev/null; }

# until_end WHO COMMAND...: again and again with the next certificate; how many times is in WHO.count,
# the longest in WHO.slowest (ms), and a failure in WHO.failed
until_end() {
	local who=$BATS_TEST_TMPDIR/$1 n=$2 step=$3 made=0 slowest=0 start took
	shift 3
	while [ "$(date +%s)" -lt "$END" ]; do
		start=$(date +%s%3N)
		"$@" "$BATS_FILE_TMPDIR/cert-$(printf '%04d' "$n").pem" >"$who.out" 2>&1 </dev/null || {
			cp "$who.out" "$who.failed"
			break
		}
		took=$(($(date +%s%3N) - start))
		[ "$took" -le "$slowest" ] || slowest=$took
		made=$((made + 1))
		n=$((n + step))
		[ "$n" -lt 3000 ] || break
	done
	echo "$made" >"$who.count"
	echo "$slowest" >"$who.slowest"
}
ours() { trustctl import --quiet --store "$STORE" "$1"; }
theirs() { certutil -A -d "sql:$STORE" -n "other ${1##*/}" -t ,, -i "$1"; }

# everybody_writes: ends when all of them have
everybody_writes() {
	local n writers=()
	END=$(($(date +%s) + SECONDS_OF_IT))
	for n in $(seq 0 $((WRITERS - 1))); do
		until_end "ours-$n" "$n" $((WRITERS + 2)) ours 3>&- &
		writers+=($!)
	done
	for n in 0 1; do
		until_end "theirs-$n" $((WRITERS + n)) $((WRITERS + 2)) theirs 3>&- &
		writers+=($!)
	done
	wait "${writers[@]}"
}

# nothing_lost: as many certificates as writers say they wrote, beside $1 that were there
nothing_lost() {
	local made slowest imports
	cat "$BATS_TEST_TMPDIR"/*.failed 2>/dev/null && false
	made=$(cat "$BATS_TEST_TMPDIR"/*.count | awk '{ s += $1 } END { print s + 0 }')
	imports=$(cat "$BATS_TEST_TMPDIR"/ours-*.count | awk '{ s += $1 } END { print s + 0 }')
	slowest=$(cat "$BATS_TEST_TMPDIR"/*.slowest | sort -n | tail -1)
	[ "$(rows 00000001)" -eq $((made + $1)) ]
	[ "$(trustctl history list --store "$STORE" --json |
		jq '[.changes[] | select(.command == "import")] | length')" -eq $((imports + $1)) ]
	[ "$(sqlite3 "$STORE/cert9.db" 'PRAGMA integrity_check')" = ok ]
	trustctl store check --store "$STORE" --quiet >/dev/null
	echo "# $made writes in $SECONDS_OF_IT s ($imports of trustctl), 0 lost, 0 errors, slowest $slowest ms" >&3
	[ "$slowest" -lt 60000 ]
}

@test "ten writers and a running Firefox on its profile: nothing is lost, and it goes on opening pages" {
	STORE=$(firefox_profile work)
	trustctl import --quiet --store "$STORE" "$(pki root.pem)"
	trustctl trust enable --quiet --store "$STORE" --fingerprint "$(fingerprint root)"
	export STORE
	everybody_writes &
	local writers=$!
	# It opens the page while they write, waits for them, and opens it again.
	local page
	page=$(url chain)
	run firefox_says "$STORE" "$page" "run sleep $((SECONDS_OF_IT / 2))" "$page" \
	    "run while kill -0 $writers 2>/dev/null; do sleep 1; done" "$page"
	wait "$writers"
	[ "$output" = $'OK\nOK\nOK' ]
	nothing_lost 1
}

@test "ten writers and Chromium started on their store again and again: nothing is lost, it opens pages" {
	STORE=$(made_store)
	trustctl import --quiet --store "$STORE" "$(pki root.pem)"
	trustctl trust enable --quiet --store "$STORE" --fingerprint "$(fingerprint root)"
	everybody_writes &
	local writers=$! pages=0
	while kill -0 "$writers" 2>/dev/null; do
		[ "$(chromium_says "$(url chain)")" = OK ]
		pages=$((pages + 1))
	done
	wait "$writers"
	nothing_lost 1
	echo "# Chromium opened $pages pages meanwhile" >&3
}
