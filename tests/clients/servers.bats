#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl diagnose against real servers that are good, or have the faults servers have: for each
# planted fault exactly one first cause, and of two faults at once the one to settle first.

load servers

setup_file() {
	have_nginx || return 0
	pick_address
	new_pki
	make_certificates >make.log 2>&1 || { cat make.log >&2; false; }
	put_servers >servers.conf
	start_nginx servers.conf
	PORTS=(8001 8032)
	if [ "$(id -u)" = 0 ]; then
		start_dovecot dovecot mail 8143 8993 8110 8995
		start_dovecot bad-dovecot old-other 9143 9993 9110 9995
		start_postfix mail 8025 8587 8465 8026
		start_slapd mail 8389 8636
		PORTS+=(8993 8995 9993 8025 8465 8389 8636)
	fi
	answers "${PORTS[@]}"
	start_tls_clients
}
teardown_file() { stop_all; }

make_certificates() {
	local other="${END}extendedKeyUsage=serverAuth\nsubjectAltName=DNS:host53.provider.example\n"
	local aia='authorityInfoAccess=caIssuers;URI:http://ca.example/inter.cer\n'
	cert root - '/CN=Servers Root/O=Test' "$CA"
	cert inter root '/CN=Servers Intermediate/O=Test' "$CA"
	cert old-inter root '/CN=Old Intermediate/O=Test' "$CA" -90 -10
	cert limited root '/CN=Limited CA/O=Test' "${CA}nameConstraints=critical,permitted;DNS:example.org\n"
	cert far-root - '/CN=Far Root/O=Far' "$CA"
	cert far-inter far-root '/CN=Far Intermediate/O=Far' "$CA"
	cert far-old far-root '/CN=Far Old Intermediate/O=Far' "$CA" -90 -10
	cert bad-inter root '/CN=Bad Intermediate/O=Test' "$CA"
	cert forti - '/CN=FortiGate CA/O=Fortinet' "$CA"
	cert mail inter '/CN=mail.example.com' "$FOR_MAIL"
	cert expired inter '/CN=mail.example.com' "$FOR_MAIL" -90 -10
	cert future inter '/CN=mail.example.com' "$FOR_MAIL" 20 90
	cert future-other inter '/CN=other' "$other" 20 90
	cert other inter '/CN=host53' "$other"
	cert old-other inter '/CN=host53' "$other" -90 -10
	cert nameless inter '/CN=mail.example.com' "$END"
	cert self - '/CN=mail.example.com' "$FOR_MAIL"
	cert self-old - '/CN=mail.example.com' "$FOR_MAIL" -90 -10
	cert self-other - '/CN=host53' "$other"
	cert self-ca - '/CN=mail.example.com' 'basicConstraints=critical,CA:TRUE\nsubjectAltName=DNS:mail.example.com\n'
	cert far far-inter '/CN=mail.example.com' "$FOR_MAIL"
	cert far-expired far-inter '/CN=mail.example.com' "$FOR_MAIL" -90 -10
	cert far-of-old far-old '/CN=mail.example.com' "$FOR_MAIL"
	cert of-old old-inter '/CN=mail.example.com' "$FOR_MAIL"
	cert of-bad bad-inter '/CN=mail.example.com' "$FOR_MAIL"
	cert of-bad-expired bad-inter '/CN=mail.example.com' "$FOR_MAIL" -90 -10
	cert of-forti forti '/CN=mail.example.com' "$FOR_MAIL"
	cert published inter '/CN=mail.example.com' "$FOR_MAIL$aia"
	cert published-old inter '/CN=mail.example.com' "$FOR_MAIL$aia" -90 -10
	cert published-other inter '/CN=host53' "$other$aia"
	cert weak inter '/CN=mail.example.com' "$FOR_MAIL" -1 200 sha1
	cert client-only inter '/CN=mail.example.com' "${END}extendedKeyUsage=clientAuth\nsubjectAltName=DNS:mail.example.com\n"
	cert beyond limited '/CN=mail.example.com' "$FOR_MAIL"
	cert alice inter '/CN=Alice Test' "${END}extendedKeyUsage=clientAuth\nsubjectAltName=email:alice@example.com\n"
	cert bob far-inter '/CN=Bob Test' "${END}extendedKeyUsage=clientAuth\nsubjectAltName=email:bob@example.com\n"
	cert gone inter '/CN=Gone Test' "${END}extendedKeyUsage=clientAuth\nsubjectAltName=email:gone@example.com\n" -90 -10
	cat inter.pem root.pem >cas.pem
	local who
	for who in alice bob gone; do
		openssl pkcs12 -export -inkey $who.key -in $who.pem -certfile inter.pem -name $who -passout pass:secret -out $who.p12
	done
	cert revoked inter '/CN=mail.example.com' "$FOR_MAIL"
	openssl ca -config ca.cnf -batch -md sha256 -cert inter.pem -keyfile inter.key -revoke revoked.pem
	make_staple mail revoked
}

# make_staple NAME...: responses of a real responder, asked over HTTP
make_staple() {
	openssl ocsp -index index.txt -port 0 -rsigner inter.pem -rkey inter.key -CA inter.pem -nmin 60 -text \
	    >ocsp.log 2>&1 3>&- &
	local responder=$! port= name
	for _ in $(seq 50); do
		port=$(sed -n 's/^ACCEPT .*:\([0-9]*\).*/\1/p' ocsp.log)
		[ -z "$port" ] || break
		sleep 0.1
	done
	for name in "$@"; do
		openssl ocsp -issuer inter.pem -cert "$name.pem" -no_nonce -noverify \
		    -url "http://127.0.0.1:$port" -respout "$name-staple.der"
		[ -s "$name-staple.der" ]
	done
	kill $responder
}

put_servers() {
	local old='ssl_protocols TLSv1' weak='ssl_ciphers ALL:@SECLEVEL=0'
	put_server 8001 'mail inter' mail "ssl_stapling on" "ssl_stapling_file $PKI/mail-staple.der"
	put_server 8002 'expired inter' expired
	put_server 8003 'future inter' future
	put_server 8004 'other inter' other
	put_server 8005 self self
	put_server 8006 'far far-inter far-root' far
	put_server 8007 published published
	put_server 8008 'of-old old-inter' of-old
	put_server 8009 'mail inter' mail "$old" "$weak"
	put_server 8010 'mail inter' mail 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2' "$weak"
	put_server 8011 'mail inter' mail 'ssl_verify_client on' "ssl_client_certificate $PKI/cas.pem" 'ssl_verify_depth 3'
	put_server 8012 'mail inter' mail 'ssl_verify_client optional' "ssl_client_certificate $PKI/cas.pem" 'ssl_verify_depth 3'
	put_server 8013 'weak inter' weak "$weak"
	put_server 8014 'client-only inter' client-only
	put_server 8015 'beyond limited' beyond
	put_server 8016 'mail root alice inter' mail
	put_server 8017 'of-bad bad-inter' of-bad
	put_server 8018 'nameless inter' nameless
	put_server 8019 self-ca self-ca
	put_server 8020 'of-forti forti' of-forti
	put_server 8021 mail mail
	put_server 8022 'far far-inter' far
	put_server 8023 'revoked inter' revoked "ssl_stapling on" "ssl_stapling_file $PKI/revoked-staple.der"
	# two at once
	put_server 8041 'old-other inter' old-other
	put_server 8042 'far-expired far-inter far-root' far-expired
	put_server 8043 self-other self-other
	put_server 8044 self-old self-old
	put_server 8045 published-old published-old
	put_server 8046 published-other published-other
	put_server 8047 'other inter' other "$old" "$weak"
	put_server 8048 'expired inter' expired "$old" "$weak"
	put_server 8049 'far far-inter far-root' far "$old" "$weak"
	put_server 8050 'future-other inter' future-other
	put_server 8051 'far-of-old far-old far-root' far-of-old
	put_server 8052 'other inter' other 'ssl_verify_client on' "ssl_client_certificate $PKI/cas.pem"
	put_server 8053 published published 'ssl_verify_client on' "ssl_client_certificate $PKI/cas.pem"
	put_server 8054 'of-bad-expired bad-inter' of-bad-expired
	printf 'server { listen %s:8032; location / { return 200 "plain\\n"; } }\n' "$ADDRESS"
	[ "$(id -u)" = 0 ] || return 0
	printf 'server { listen %s:80; location / { return 302 http://login.hotel.example/start; } }\n' "$PORTAL"
	ADDRESS=$PORTAL put_server 443 self-other self-other
	# A site that goes to another one on purpose is no portal.
	printf 'server { listen %s:80; location / { return 301 https://www.elsewhere.example/; } }\n' "$ADDRESS"
}

# Servers that refuse at the level of TLS, which nginx does not.
start_tls_clients() {
	local port=8061 version
	for version in -tls1_2 -tls1_3; do
		openssl s_server -accept "$ADDRESS:$port" "$version" -cert "$PKI/mail.pem" -key "$PKI/mail.key" \
		    -cert_chain "$PKI/inter.pem" -CAfile "$PKI/root.pem" -chainCAfile "$PKI/inter.pem" -Verify 3 \
		    -verify_return_error -www >"$PKI/s_server-$port.log" 2>&1 </dev/null 3>&- &
		echo $! >>"$BATS_FILE_TMPDIR/servers"
		port=$((port + 1))
	done
	answers 8061 8062
}

setup() {
	need_nginx
	setup_home
	STORE=$(made_store)
	certutil -A -d "sql:$STORE" -n root -t C,, -i "$PKI/root.pem"
	certutil -A -d "sql:$STORE" -n bad -t p,, -i "$PKI/bad-inter.pem"
}

# ask PORT [OPTION...]: the server of that port, by the name a person would use
ask() {
	local port=$1
	shift
	run --separate-stderr trustctl diagnose "https://mail.example.com:$port/" --connect "$ADDRESS" --no-memory \
	    --json "$@"
}
# mail SCHEME PORT [OPTION...]: a mail server's, by the service's name
mail() {
	local scheme=$1 port=$2
	shift 2
	run --separate-stderr trustctl diagnose "$scheme://mail.example.com:$port" --connect "$ADDRESS" --no-memory \
	    --json "$@"
}
# sentence TEXT, remedy TEXT, who TEXT: the first cause's
sentence() { [[ $(json '.causes[0].sentence') == *"$1"* ]] || { json .causes; false; }; }
remedy() { [[ $(json '.causes[0].remedy') == *"$1"* ]] || { json .causes; false; }; }
who() { [[ $(json '.causes[0].who') == *"$1"* ]] || { json .causes; false; }; }

must_be_root() { [ "$(id -u)" = 0 ] || skip 'this server needs root'; }

# ---- servers that are good -------------------------------------------------------------------

@test "nginx, good: trusted, with a stapled response" {
	ask 8001
	causes 0
	[ "$(json .tls.stapled)" = 1 ]
	[ "$(json .http.status)" = 200 ]
	[ "$(json '.tls.version')" = 'TLS 1.3' ]
}

@test "Dovecot: imap and pop3 behind STARTTLS and from the first byte" {
	must_be_root
	mail imap 8143
	causes 0
	[ "$(json .starttls)" = imap ]
	[[ $(json .greeting) == '* OK '* ]]
	mail imaps 8993
	causes 0
	mail pop3 8110
	causes 0
	mail pop3s 8995
	causes 0
}

@test "Postfix: smtp and submission behind STARTTLS, and from the first byte" {
	must_be_root
	mail smtp 8025
	causes 0
	[[ $(json .greeting) == '220 mail.example.com'* ]]
	mail submission 8587
	causes 0
	mail smtps 8465
	causes 0
}

@test "OpenLDAP: behind StartTLS and from the first byte" {
	must_be_root
	mail ldap 8389
	causes 0
	mail ldaps 8636
	causes 0
}

# ---- one fault -------------------------------------------------------------------------------

@test "the certificate of another host" {
	ask 8004
	causes 1 host-name
	sentence 'not for mail.example.com; it is valid for host53.provider.example'
	remedy "use host53.provider.example as the server's name in your program, or have a certificate issued for mail.example.com"
	who "server's administrator"
	ask 8018
	causes 1 host-name
	sentence 'names no host at all'
}

@test "an expired certificate" {
	ask 8002
	causes 1 expired
	sentence "expired on $(date -u -d '-10 days' +%Y-%m-%d), 10 days ago"
	remedy 'have it renewed'
}

@test "a certificate of the future, where the clocks agree" {
	ask 8003
	causes 1 not-yet-valid
	sentence "valid from $(date -u -d '20 days' +%Y-%m-%d) on"
	sentence "by the server's clock too"
	remedy 'have one issued that is valid now, or wait until'
	who "server's administrator"
}

@test "a wrong clock here is the cause, and not what it makes of certificates" {
	TRUSTCTL_NOW=$(date -u -d '+400 days' +%Y-%m-%dT%H:%M:%SZ) ask 8001
	causes 1 clock
	sentence '400 days ahead of the server'
	who you
	TRUSTCTL_NOW=$(date -u -d '-400 days' +%Y-%m-%dT%H:%M:%SZ) ask 8001
	causes 1 clock
	TRUSTCTL_NOW=$(date -u -d '+10 minutes' +%Y-%m-%dT%H:%M:%SZ) ask 8001
	causes 1 clock
	sentence ' minutes ahead of'
	TRUSTCTL_NOW=$(date -u -d '+3 minutes' +%Y-%m-%dT%H:%M:%SZ) ask 8001
	causes 0
}

@test "where no server tells the time, a clock before this program was made is the cause" {
	must_be_root
	TRUSTCTL_NOW=2024-01-01 mail imap 8143
	causes 1 clock-before-program
	sentence 'the clock of this machine says 2024-01-01, and this program was made on 20'
	who you
	TRUSTCTL_NOW=$(date -u -d '-3 days' +%FT%TZ) mail imap 8143
	[[ $(json '.causes[0].id') == clock-doubtful || $(json '.causes[0].id') == clock-before-program ]]
}

@test "a certificate that signed itself" {
	ask 8005
	causes 1 self-signed
	remedy 'have a certificate issued by a CA'
	ask 8019
	causes 1 self-signed
	remedy 'trustctl trust enable'
	jq -e '.causes[0].warning | contains("SHA-256")' <<<"$output"
}

@test "an unknown root, and the commands that would settle it" {
	ask 8006
	causes 1 unknown-root
	sentence "the root 'Far Root'"
	remedy "trustctl import --from https://mail.example.com:8006/ --connect $ADDRESS, then: trustctl trust enable $(identifier far-root | cut -c 1-16) --usage tls-server"
	jq -e '.causes[0].warning | contains("pose as any website")' <<<"$output"
	ask 8022
	causes 1 unknown-issuer
	sentence "was issued by 'Far Root'"
}

@test "the CA of a product that reads along is danger" {
	ask 8020
	causes 1 interception unknown-root
	sentence 'as a FortiGate firewall makes'
	jq -e .danger <<<"$output"
}

@test "a missing intermediate, published or in a store" {
	ask 8007
	causes 1 missing-intermediate
	sentence 'published at http://ca.example/inter.cer'
	ask 8021
	causes 1 unknown-issuer
	certutil -A -d "sql:$STORE" -n inter -t ,, -i "$PKI/inter.pem"
	ask 8021 --report "$BATS_TEST_TMPDIR/report.txt"
	causes 1 missing-intermediate
	[ "$(json '.stores[0].answer')" = trusted ]
	[ "$(json .missing.id)" = "$(identifier inter)" ]
	grep -q 'does not send; to be added' "$BATS_TEST_TMPDIR/report.txt"
}

@test "an expired intermediate" {
	ask 8008
	causes 1 expired-ca
	sentence "the CA's certificate 'Old Intermediate' expired"
}

@test "a distrusted intermediate is danger" {
	ask 8017
	causes 1 distrusted
	jq -e .danger <<<"$output"
}

@test "a certificate that its own stapled answer calls revoked is danger" {
	ask 8023
	causes 1 revoked
	jq -e .danger <<<"$output"
}

@test "an old TLS alone is a problem, beside a new one a note" {
	ask 8009
	causes 1 tls-old
	ask 8010
	causes 0
	[ "$(json '[.causes[].id] | index("tls-old-offered")')" -ge 0 ]
}

@test "a weak signature, another purpose, a name beyond the CA's limits" {
	ask 8013
	causes 1 weak
	ask 8014
	causes 1 purpose
	ask 8015
	causes 1 name-constraints
}

@test "strangers and a wrong order in the chain are notes" {
	ask 8016
	causes 0
	[ "$(json '[.causes[].id] | join(" ")')" = 'private-anchor chain-order chain-extra' ]
	jq -e '.chain[2].role == "not part of the chain"' <<<"$output"
}

@test "plain HTTP on the port, and no TLS there" {
	ask 8032
	causes 3 plain-http
}

@test "a network's login page in the way, and none where a site is good" {
	must_be_root
	run --separate-stderr trustctl diagnose https://mail.example.com --connect "$PORTAL" --no-memory --json
	causes 1 captive-portal host-name self-signed
	sentence 'leads to http://login.hotel.example/start'
	remedy 'log in to the network'
	ask 8001
	causes 0
}

@test "a personal certificate wanted: whose, and which of ours fits" {
	for port in 8011 8061 8062; do
		ask "$port"
		[ "$port" = 8011 ] && want=client-certificate-missing || want=client-certificate-required
		causes 1 "$want"
		sentence "issued by 'Servers "
		remedy "get one from 'Servers "
	done
	pk12util -i "$PKI/bob.p12" -d "sql:$STORE" -W secret
	ask 8061
	remedy 'none of the identities here fits'
	pk12util -i "$PKI/alice.p12" -d "sql:$STORE" -W secret
	ask 8061
	remedy "--client $(identifier alice | cut -c 1-16)"
}

@test "the personal certificate is taken, refused, or known and not wanted" {
	pk12util -i "$PKI/alice.p12" -d "sql:$STORE" -W secret
	pk12util -i "$PKI/bob.p12" -d "sql:$STORE" -W secret
	pk12util -i "$PKI/gone.p12" -d "sql:$STORE" -W secret
	for port in 8011 8061 8062; do
		ask "$port" --client alice@example.com
		causes 0
		ask "$port" --client bob@example.com
		causes 1 client-certificate-refused
		remedy 'these of your identities fit: Alice Test'
		# Of a CA that the server names: it is not sent back to itself.
		ask "$port" --client gone@example.com
		causes 1 client-certificate-refused
		remedy "it comes from a CA that the server names"
		remedy "trustctl identity check $(identifier gone | cut -c 1-16)"
	done
	run --separate-stderr trustctl diagnose "https://mail.example.com:8012/closed" --connect "$ADDRESS" \
	    --no-memory --json --client alice@example.com
	causes 1 client-certificate-forbidden
	sentence 'answered 403'
	run --separate-stderr trustctl diagnose "https://mail.example.com:8012/closed" --connect "$ADDRESS" \
	    --no-memory --json
	causes 1 client-certificate-missing
}

@test "STARTTLS switched off, asked for where TLS begins at once, and asked of another service" {
	must_be_root
	mail smtp 8026
	causes 3 starttls-refused
	mail submission 8026
	remedy '(465)'
	mail imaps 8143
	[ "$status" -eq 3 ]
	[[ $(json '.causes[0].id') == not-tls ]]
	mail smtp 8143
	causes 3 starttls-broken
	mail imap 8993
	[ "$status" -eq 3 ]
	[[ $(json '.causes[0].id') == starttls-@(implicit|silent|broken) ]]
}

# ---- two faults at once ----------------------------------------------------------------------

# A line: port, the causes in their order.
@test "of two faults at once the one to settle first comes first" {
	local bad=0 port want
	while read -r port want; do
		ask "$port"
		# shellcheck disable=SC2086 # a list of words
		causes 1 $want || { echo "^ port $port"; bad=1; }
	done <<-END
		8041 host-name expired
		8042 expired unknown-root
		8043 host-name self-signed
		8044 expired self-signed
		8045 expired missing-intermediate
		8046 host-name missing-intermediate
		8047 host-name tls-old
		8048 expired tls-old
		8049 unknown-root tls-old
		8050 host-name not-yet-valid
		8051 expired-ca unknown-root
		8052 host-name client-certificate-missing
		8053 missing-intermediate client-certificate-missing
		8054 distrusted expired
	END
	[ "$bad" -eq 0 ]
	TRUSTCTL_NOW=$(date -u -d '+400 days' +%Y-%m-%dT%H:%M:%SZ) ask 8004
	causes 1 clock host-name
}

@test "a mail server with two faults, by each protocol" {
	must_be_root
	for ask in 'imap 9143' 'imaps 9993' 'pop3 9110' 'pop3s 9995'; do
		# shellcheck disable=SC2086
		mail $ask
		causes 1 host-name expired
		remedy 'use host53.provider.example'
	done
}
