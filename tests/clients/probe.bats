#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# The probe against openssl's server, and against servers that do everything wrong. Loopback only.

load clients

setup_file() {
	make_pki
	cd "$BATS_FILE_TMPDIR" || return
	cat root.pem alice.pem inter.pem >swapped.pem
	start_server plain -cert leaf.pem -cert_chain inter.pem -alpn h2,http/1.1
	start_server swapped -cert leaf.pem -cert_chain swapped.pem
	start_server tls10 -cert leaf.pem -tls1 -cipher 'ALL:@SECLEVEL=0'
	start_server tls12 -cert leaf.pem -tls1_2
	start_server old -cert leaf.pem -min_protocol TLSv1 -max_protocol TLSv1.2 -cipher 'ALL:@SECLEVEL=0'
	start_server ask13 -cert leaf.pem -CAfile root.pem -verify 3
	start_server need13 -cert leaf.pem -CAfile root.pem -Verify 3 -verify_return_error
	start_server need12 -cert leaf.pem -CAfile root.pem -Verify 3 -verify_return_error -tls1_2
	start_server others13 -cert leaf.pem -CAfile leaf.pem -Verify 3 -verify_return_error
	start_server names -cert leaf.pem -servername other.example -servername_fatal -cert2 leaf.pem -key2 leaf.key
	make_ocsp_response >ocsp.log 2>&1
	start_server stapled -cert leaf.pem -status_file response.der
	for i in $(seq 100); do
		openssl req -x509 -new -key root.key -subj "/CN=Link $i" -days 9 2>/dev/null
	done >hundred.pem
	start_server hundred -cert leaf.pem -cert_chain hundred.pem
}
teardown_file() { stop_servers; }
setup() {
	setup_home
	: "${TRUSTCTL_BUILD:=${TRUSTCTL%/*}}"
	export TRUSTCTL_NSS_WORKER=$TRUSTCTL_BUILD/trustctl-nss
	PROBE=$TRUSTCTL_BUILD/tests/support/probe
}

make_ocsp_response() {
	printf 'V\t400101000000Z\t\t%s\tunknown\t/CN=localhost\n' \
	    "$(openssl x509 -in leaf.pem -noout -serial | cut -d= -f2)" >index.txt
	openssl ocsp -issuer inter.pem -cert leaf.pem -no_nonce -reqout ask.der
	openssl ocsp -index index.txt -rsigner inter.pem -rkey inter.key -CA inter.pem -reqin ask.der \
	    -respout response.der -ndays 7
}

# probe NAME [OPTION...]: ask the server of that name
probe() {
	local name=$1
	shift
	run -0 timeout 20 "$PROBE" "$@" "localhost:$(cat "$BATS_FILE_TMPDIR/port-$name")"
}
# says LINE: a line of the answer is exactly this
says() { grep -qxF -- "$1" <<<"$output" || { echo "no '$1' in:"; echo "$output"; false; }; }
# like PATTERN: a line of the answer looks like this
like() { grep -qE -- "$1" <<<"$output" || { echo "no '$1' in:"; echo "$output"; false; }; }
# within MS: the whole probe took no longer
within() {
	[ "$(sed -n 's/^total: \([0-9]*\) ms$/\1/p' <<<"$output")" -le "$1" ] || { echo "$output"; false; }
}

# raw MODE [ARGUMENT]: a server of raw-server, named raw
raw() {
	rm -f "$BATS_FILE_TMPDIR/port-raw"
	"$BATS_TEST_DIRNAME/raw-server" "$BATS_FILE_TMPDIR/port-raw" "$@" >/dev/null 2>&1 </dev/null 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
	for _ in $(seq 100); do
		[ -s "$BATS_FILE_TMPDIR/port-raw" ] && return
		sleep 0.05
	done
	false
}

@test "version, suite, group, signature, ALPN and the chain as sent come back" {
	probe plain out="$BATS_TEST_TMPDIR"
	says 'cause: none'
	says 'version: TLS 1.3'
	like '^suite: TLS_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)$'
	says 'group: x25519'
	says 'signature: ecdsa_secp256r1_sha256'
	says 'alpn: h2'
	says 'key bits: 256'
	says 'chain: 2 of 2'
	says 'address: 127.0.0.1'
	cmp "$BATS_TEST_TMPDIR/0.der" "$(pki leaf.der)"
	cmp "$BATS_TEST_TMPDIR/1.der" "$(pki inter.der)"
	like '^step: resolve localhost: [0-9]+ address.* ms$'
	like '^step: handshake 127.0.0.1: TLS 1.3 \(none\) [0-9]+ ms$'
}

@test "a chain in the wrong order, with strangers and the root, comes back exactly so" {
	probe swapped out="$BATS_TEST_TMPDIR"
	says 'chain: 4 of 4'
	cmp "$BATS_TEST_TMPDIR/0.der" "$(pki leaf.der)"
	cmp "$BATS_TEST_TMPDIR/1.der" "$(pki root.der)"
	cmp "$BATS_TEST_TMPDIR/2.der" "$(pki alice.der)"
	cmp "$BATS_TEST_TMPDIR/3.der" "$(pki inter.der)"
}

@test "a chain of a hundred is counted whole and kept as far as the limit" {
	probe hundred
	says 'cause: none'
	says 'chain: 64 of 101'
}

@test "the stapled response comes back byte by byte" {
	probe stapled out="$BATS_TEST_TMPDIR"
	says 'stapled: 1'
	cmp "$BATS_TEST_TMPDIR/ocsp.der" "$(pki response.der)"
}

@test "a server of TLS 1.0 alone still shows its certificate" {
	probe tls10 versions
	says 'cause: none'
	says 'version: TLS 1.0'
	says 'offers: yes no no no'
	says 'chain: 1 of 1'
}

@test "each version that is offered is told, and each that is not" {
	probe plain versions
	says 'offers: no no yes yes'
	probe tls12 versions
	says 'offers: no no yes no'
	probe old versions
	says 'offers: yes yes yes no'
	# A version is offered though the server then wants a certificate.
	probe need12 versions
	says 'offers: no no yes no'
	probe need13 versions
	says 'offers: no no yes yes'
}

@test "a certificate asked for is not one required, in TLS 1.3" {
	probe ask13
	says 'cause: none'
	says 'client certificate: asked, 1 CAs'
}

@test "a certificate required in TLS 1.3 is told though the handshake went well" {
	probe need13
	says 'cause: tls-client-cert'
	says 'finished: yes'
	says 'client certificate: required, 1 CAs'
	like "^message: the server requires a personal certificate: .* alert 'certificate required'$"
	says 'chain: 1 of 1'
}

@test "a certificate required in TLS 1.2 is told, and the chain is there" {
	probe need12
	says 'cause: tls-client-cert'
	says 'finished: no'
	says 'version: TLS 1.2'
	says 'chain: 1 of 1'
	says 'client certificate: required, 1 CAs'
}

@test "an identity of a store is shown and accepted, or refused by who does not know its CA" {
	store=$(made_store)
	pk12util -i "$(pki alice.p12)" -d "sql:$store" -W secret >/dev/null
	for name in need12 need13; do
		probe "$name" store="$store" cert="$(pki alice.der)" get http
		says 'cause: none'
		says 'identity shown: yes'
		like '^http: 200,'
	done
	probe others13 store="$store" cert="$(pki alice.der)"
	says 'cause: tls-client-refused'
	like "alert '(unknown CA|certificate unknown|bad certificate)'"
}

@test "an identity whose key is not in the store is an answer of its own" {
	store=$(made_store)
	probe need13 store="$store" cert="$(pki alice.der)"
	says 'cause: identity'
}

@test "HTTP is asked on a further connection where HTTP/2 was agreed on" {
	probe plain http get
	says 'alpn: h2'
	like '^http: 200, date none .*$'
	like '^step: http 127.0.0.1: status 200 \(none\)'
}

@test "what the further connection is asked for is told whole, though it ends with an alert" {
	raw relay "$(cat "$BATS_FILE_TMPDIR/port-plain"),$(cat "$BATS_FILE_TMPDIR/port-need13")"
	probe raw http get
	says 'alpn: h2'
	says 'client certificate: required, 1 CAs'
	like "^step: http 127.0.0.1: the server requires a personal certificate: "
}

@test "a server that does not answer HTTP in time, or in another language, is a step" {
	probe plain http http_ms=400
	says 'cause: none'
	like '^step: http .* waited 0.4 s for the HTTP answer, nothing came \(http-silent\)'
}

@test "a name the server does not know is told" {
	probe names
	says 'cause: tls-name'
	like "alert 'unrecognized name'"
}

@test "a closed port, another address than the name's, and the wrong kind of address" {
	run -0 "$PROBE" connect=127.0.0.2 "example.com:1"
	says 'cause: connect-refused'
	says 'message: cannot connect to 127.0.0.2: nothing listens on that port'
	run -0 "$PROBE" connect=127.0.0.1 "example.com:$(cat "$(pki port-plain)")"
	says 'cause: none'
	run -0 "$PROBE" ip=6 "127.0.0.1:1"
	like '^cause: name-'
}

@test "a silent server ends in time" {
	raw silent
	probe raw handshake_ms=500 versions
	says 'cause: tls-silent'
	says "message: waited 0.5 s for the server's TLS hello, nothing came"
	says 'offers: unknown unknown unknown unknown'
	[ "$(grep -c '^step: version' <<<"$output")" -eq 1 ]
	within 4000
}

@test "a server of one byte at a time ends in time" {
	raw drip
	probe raw handshake_ms=700
	says 'cause: tls-slow'
	like '^message: the handshake did not end within 0.7 s \([0-9]+ bytes came\)$'
	within 1500
}

@test "a server that hangs up, or resets, is told" {
	raw close
	probe raw
	says 'cause: tls-closed'
	raw reset
	probe raw
	says 'cause: tls-closed'
	like 'Connection reset by peer'
}

@test "what is not TLS is quoted, displayable" {
	raw say 'SSH-2.0-OpenSSH\x1b[31m\x0d\x0a'
	probe raw handshake_ms=1000
	says 'cause: tls-not-tls'
	says "message: the server does not speak TLS here: it answered 'SSH-2.0-OpenSSH\\x1b[31m'"
	raw say '\xff\x00\xfe'
	probe raw handshake_ms=1000
	says 'cause: tls-not-tls'
}

@test "records without end are cut off, whatever they hold" {
	# warnings; empty records; CCS; application data; a message of 16 MB; hello requests; no records
	for endless in '\x15\x03\x03\x00\x02\x01\x5a' '\x16\x03\x03\x00\x00' '\x14\x03\x03\x00\x01\x01' \
	    '\x17\x03\x03\x00\x01A' '\x16\x03\x03\x00\x04\x02\xff\xff\xff' '\x16\x03\x03\x00\x04\x00\x00\x00\x00' \
	    'A' '\x00' '\x80\x02'; do
		raw flood "$endless"
		probe raw handshake_ms=2000
		echo "$endless: $(head -3 <<<"$output")"
		like '^cause: tls-(endless|broken|not-tls|slow|version|cipher)$'
		within 3000
	done
}

@test "each alert is translated" {
	raw alert 40
	probe raw
	says 'cause: tls-alert'
	says "message: the server ended the handshake with alert 'handshake failure' (40)"
	raw alert 70
	probe raw
	says 'cause: tls-version'
	raw alert 112
	probe raw
	says 'cause: tls-name'
	raw alert 199
	probe raw
	says "message: the server ended the handshake with alert 'unknown' (199)"
}

@test "the whole has a limit of its own" {
	raw silent
	probe raw total_ms=600 versions http plain-http
	says 'cause: tls-silent'
	within 1000
}

@test "behind a STARTTLS dialogue the handshake follows, for each version too" {
	for protocol in imap smtp postgres mysql ldap xmpp; do
		raw "$protocol" "$(cat "$(pki port-plain)")"
		probe raw "starttls=$protocol" versions
		says 'cause: none'
		says 'chain: 2 of 2'
		says 'offers: no no yes yes'
		like "^step: starttls $protocol: ready for TLS"
	done
}

@test "a server that refuses STARTTLS ends the probe with the step" {
	raw say '* BYE go away\x0d\x0a'
	probe raw starttls=imap
	says 'cause: starttls-refused'
	says 'phase: starttls'
	says 'greeting: * BYE go away'
	raw silent
	probe raw starttls=smtp dialogue_ms=400
	says 'cause: starttls-silent'
	like '^hint: '
}

@test "the worker that meets the server leaves no core and cannot be looked into" {
	raw silent
	"$PROBE" handshake_ms=3000 "localhost:$(cat "$BATS_FILE_TMPDIR/port-raw")" \
	    >"$BATS_TEST_TMPDIR/out" 3>&- &
	pid=$!
	sleep 0.7
	worker=$(pgrep -P "$pid" trustctl-nss)
	grep -q '^Max core file size *0 *0 ' "/proc/$worker/limits"
	# While it talks it may start no program and change no file.
	grep -q '^NoNewPrivs:[[:space:]]*1$' "/proc/$worker/status"
	grep -q '^Seccomp:[[:space:]]*2$' "/proc/$worker/status"
	# Not dumpable: its /proc belongs to root.
	[ "$(stat -c %u "/proc/$worker/environ")" = 0 ]
	wait "$pid"
	grep -q '^cause: tls-silent' "$BATS_TEST_TMPDIR/out"
}

@test "a worker that dies, or hangs, is an answer in bounded time" {
	raw silent
	for signal in KILL STOP; do
		"$PROBE" handshake_ms=1500 total_ms=1500 "localhost:$(cat "$BATS_FILE_TMPDIR/port-raw")" \
		    >"$BATS_TEST_TMPDIR/out-$signal" 3>&- &
		pid=$!
		sleep 0.5
		kill -"$signal" "$(pgrep -P "$pid" trustctl-nss)"
		timeout 8 tail --pid="$pid" -f /dev/null
		wait "$pid"
	done
	grep -qx 'cause: crash' "$BATS_TEST_TMPDIR/out-KILL"
	grep -qx 'cause: time' "$BATS_TEST_TMPDIR/out-STOP"
}

@test "what answers on port 80 of the same address comes back" {
	[ "$(id -u)" = 0 ] || skip "port 80 needs root"
	printf 'HTTP/1.1 302 Found\\x0d\\x0aDate: Sun, 06 Nov 1994 08:49:37 GMT\\x0d\\x0a' >"$BATS_TEST_TMPDIR/head"
	# An interim answer comes before it.
	RAW_ADDRESS=127.0.0.3:80 raw say \
	    "HTTP/1.1 103 Early Hints\\x0d\\x0a\\x0d\\x0a$(cat "$BATS_TEST_TMPDIR/head")Location: http://p.example/\\x1b[31m\\x0d\\x0a\\x0d\\x0a" || skip "port 80 is taken"
	RAW_ADDRESS=127.0.0.3:0 raw relay "$(cat "$(pki port-plain)")"
	probe raw plain-http connect=127.0.0.3
	says 'cause: none'
	says 'plain http: 302, date Sun, 06 Nov 1994 08:49:37 GMT (784111777), location http://p.example/\x1b[31m, server none'
}
