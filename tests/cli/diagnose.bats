#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl diagnose: what is said, remembered and reported. Real servers and all the faults they can
# have are in tests/clients/servers.bats. Loopback only.

load helper
load pki

setup_file() {
	make_pki
	cd "$PKI" || return
	local ee='basicConstraints=CA:FALSE' san='subjectAltName=DNS:localhost' auth='extendedKeyUsage=serverAuth'
	issue again '/CN=localhost' inter 2000 "$ee" "$san" "$auth"
	issue stranger '/CN=localhost' root2 2000 "$ee" "$san" "$auth"
	issue short '/CN=localhost' inter 20 "$ee" "$san" "$auth"
	issue self '/CN=localhost' - 2000 "$ee" "$san" "$auth"
	issue mail '/CN=mail.example.com' inter 2000 "$ee" 'subjectAltName=DNS:mail.example.com' "$auth"
	issue hostile '/CN=<script>alert(1)<\/script>' inter 2000 "$ee" "$san" "$auth"
	# The stranger's issuer with the old key.
	openssl req -new -key server.key -subj '/CN=localhost' 2>/dev/null |
		openssl x509 -req -CA root2.pem -CAkey root2.key -CAcreateserial -days 2000 -sha256 \
			-extfile stranger.ext -out rekeyed.pem 2>/dev/null
	cp server.key rekeyed.key
	for name in server again short hostile; do serve "$name" -cert_chain inter.pem; done
	serve mail -cert_chain <(cat inter.pem root.pem)
	for name in stranger self rekeyed; do serve "$name"; done
	serve alone -cert server.pem -key server.key
}
teardown_file() {
	[ ! -f "$PKI/servers" ] || xargs kill <"$PKI/servers" 2>/dev/null || true
}

setup() {
	setup_home
	make_user_store
	certutil -A -d "sql:$STORE" -n root -t C,, -i "$PKI/root.pem"
	certutil -A -d "sql:$STORE" -n root2 -t C,, -i "$PKI/root2.pem"
	SEEN=$HOME/.local/state/trustctl/seen.db
}

# serve NAME [OPTION...]: openssl's server with NAME's certificate; port-NAME tells where
serve() {
	local name=$1 log=$PKI/server-$1.log
	shift
	[[ " $* " == *' -cert '* ]] || set -- -cert "$name.pem" -key "$name.key" "$@"
	openssl s_server -accept 127.0.0.1:0 -www "$@" >"$log" 2>&1 </dev/null 3>&- &
	echo $! >>"$PKI/servers"
	for _ in $(seq 100); do
		grep -q ^ACCEPT "$log" && break
		sleep 0.05
	done
	sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$log" | head -1 >"$PKI/port-$name"
	[ -s "$PKI/port-$name" ]
}
port() { cat "$PKI/port-$1"; }
# The service is one that is not asked over HTTP.
at() { echo "imaps://localhost:$(port "$1")"; }

# was NAME NEW: what was seen of one server is now what was seen of the other
was() {
	sqlite3 "$SEEN" "UPDATE seen SET port = $(port "$2") WHERE port = $(port "$1")"
}

# first ID: the first cause is this one; causes ID...: these are all, in this order
first() { [ "$(json '.causes[0].id')" = "$1" ] || { echo "$output"; false; }; }
causes() { [ "$(json '[.causes[].id] | join(" ")')" = "$*" ] || { echo "$output"; false; }; }

@test "the command that shows a fitting identity names the store that has it, and works as printed" {
	local card="$HOME/my card" command
	made_store "$card" >/dev/null
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --store "$card" --quiet
	cd "$PKI"
	serve asks -cert server.pem -key server.key -cert_chain inter.pem -Verify 3 -CAfile root.pem -verify_return_error
	run --separate-stderr trustctl diagnose "$(at asks)" --store "$card" --json
	[ "$(json '[.causes[].id] | index("client-certificate-required") != null')" = true ] || { json .causes; false; }
	command=$(jq -r '.causes[] | select(.id == "client-certificate-required") | .remedy' <<<"$output")
	command=${command#*; try: }
	[[ $command == "trustctl diagnose "*" --store '$card' --client "* ]]
	eval "run --separate-stderr $command --json"
	[ "$(json '.tls.client_certificate.shown')" != null ]
	[ "$(json '[.causes[].id] | any(startswith("client"))')" = false ] || { json .causes; false; }
	# Where no store was named all are looked at, with and without.
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --quiet
	run --separate-stderr trustctl diagnose "$(at asks)" --json
	[[ $(jq -r '.causes[].remedy' <<<"$output") != *'--store'*'--client'* ]]
}

@test "a server that every store trusts is a yes, with the steps and the chain" {
	run -0 trustctl diagnose "$(at server)"
	[[ $output == *"handshake 127.0.0.1: TLS 1.3"* ]]
	[[ $output == *"1. localhost (the server's own)"* ]]
	[[ $output == *"user (Chromium"*": trusted, "* ]]
	[[ $output == *"could pass for this server (private-anchor)"* ]]
	[[ $output == *'Worth knowing'* && $output != *'settle first'* ]]
	[ "${lines[-1]}" = 'trusted: nothing stands against this server' ]
}

@test "an anchor of several stores is one thing worth knowing" {
	made_profile work >/dev/null
	trustctl import "$PKI/root.pem" "$PKI/inter.pem" --store firefox --quiet
	trustctl trust enable --store firefox --fingerprint "$(sha256 root)" --quiet
	run -0 trustctl diagnose "$(at server)" --json
	causes private-anchor
	[ "$(json '.causes[0].stores')" = 'user, firefox' ]
}

@test "a policy by which Chromium takes no trust from the user's store is a problem, with its file" {
	local file=$TRUSTCTL_ROOT/etc/chromium/policies/managed/ca.json
	mkdir -p "${file%/*}"
	echo '{"CAPlatformIntegrationEnabled": false}' >"$file"
	run -1 trustctl diagnose "$(at server)" --json
	causes store-ignored private-anchor
	[ "$(json '.causes[0].stores')" = user ]
	[[ $(json '.causes[0].sentence') == *"does not count for Chromium (policy file '$file'): "* ]]
	rm "$file"
	run -0 trustctl diagnose "$(at server)" --json
	causes private-anchor
}

@test "JSON holds everything" {
	run -0 trustctl diagnose "$(at server)" --json
	[ "$(json '.kind')" = diagnosis ]
	[ "$(json '.service')" = imaps ]
	[ "$(json '.address')" = 127.0.0.1 ]
	[ "$(json '.tls.version')" = 'TLS 1.3' ]
	[ "$(json '.tls.versions.tls_1_0, .tls.versions.tls_1_3' | tr '\n' ' ')" = 'no yes ' ]
	[ "$(json '.chain | length')" = 2 ]
	[ "$(json '.chain[0].id')" = "$(sha256 server)" ]
	[ "$(json '.chain[0].names[0]')" = localhost ]
	[ "$(json '.stores[0].answer')" = trusted ]
	[ "$(json '.stores[-1].store')" = builtin ]
	[ "$(json '.answer')" = trusted ]
	[ "$(json '.problem | [.cause, .phase] | tostring')" = '["none",null]' ]
	causes private-anchor
	jq -e '(.danger | not) and .in_order and .complete and (.steps | length >= 3)' <<<"$output"
	jq -e '[.causes[], .steps[], .stores[]] | all(type == "object")' <<<"$output"
}

@test "nothing listens: exit 3, with the cause, also as JSON" {
	run -3 --separate-stderr trustctl diagnose localhost:1
	[ "$stderr" = "trustctl: cannot ask 'localhost': see the first cause" ]
	[ "$(grep -c 'nothing listens on that port' <<<"$output")" -eq 1 ]
	[[ $output == *'connect 127.0.0.1: failed'*'1. cannot connect to 127.0.0.1: nothing listens on that port'* ]]
	run -3 --separate-stderr trustctl diagnose localhost:1 --json
	[[ $stderr == *"cannot ask 'localhost': cannot connect to 127.0.0.1: nothing listens on that port"* ]]
	causes connection-refused
	[ "$(json '.answer')" = no-connection ]
	[ "$(json '.problem.phase')" = connect ]
	[ ! -e "$SEEN" ]
}

@test "a proxy is named where the direct way fails, without its password" {
	HTTPS_PROXY=http://me:secret@proxy.example:3128 run -3 --separate-stderr \
		trustctl diagnose localhost:1 --json
	causes proxy
	[ "$(json '.proxy')" = HTTPS_PROXY=proxy.example:3128 ]
	[[ $output$stderr != *secret* ]]
	HTTPS_PROXY=http://proxy.example:3128 NO_PROXY=localhost run -3 --separate-stderr \
		trustctl diagnose localhost:1 --json
	causes connection-refused
}

@test "a name that does not exist, and the wrong kind of address" {
	run -3 --separate-stderr trustctl diagnose no-such-host.invalid --json
	[[ $(json '.causes[0].id') == dns-* ]]
	run -3 --separate-stderr trustctl diagnose 127.0.0.1:1 --ip-version 6 --json
	[[ $(json '.causes[0].id') == dns-* ]]
}

@test "a command line that makes no sense is exit 2" {
	run -2 trustctl diagnose 'http://localhost/'
	run -2 trustctl diagnose localhost --starttls gopher
	run -2 trustctl diagnose localhost --connect here
	run -2 trustctl diagnose localhost --connect 127.0.0.1 --ip-version 6
	run -2 trustctl diagnose
	run -3 trustctl diagnose localhost --client nobody
	run -4 trustctl diagnose localhost --store "$BATS_TEST_TMPDIR/none"
}

@test "a wrong name tells what the certificate covers, and what to do" {
	run -1 trustctl diagnose "imaps://mail.example.com:$(port server)" --connect 127.0.0.1 --json
	first host-name
	[ "$(json '.causes[0].sentence')" = \
		'the certificate is not for mail.example.com; it is valid for localhost, 127.0.0.1' ]
	[ "$(json '.causes[0].remedy')" = "use localhost as the server's name in your program, or have \
a certificate issued for mail.example.com" ]
	[ "$(json '.causes[0].who')" = "the server's administrator" ]
}

@test "each store has its verdict, and the cause names those that refuse" {
	profile=$(made_profile work)
	run -1 trustctl diagnose "$(at server)" --json
	causes unknown-root private-anchor
	[ "$(json '.causes[0].stores')" = firefox ]
	run -0 trustctl diagnose "$(at server)" --store user
	certutil -A -d "sql:$profile" -n root -t C,, -i "$PKI/root.pem"
	run -0 trustctl diagnose "$(at server)" --store user,firefox
}

@test "a store that refuses what another accepts by itself is named, and nobody's CA is" {
	made_store "$HOME/accepts" >/dev/null
	made_store "$HOME/refuses" >/dev/null
	certutil -A -d "sql:$HOME/accepts" -n peer -t P,, -i "$PKI/server.pem"
	run -0 trustctl diagnose "$(at alone)" --store "$HOME/accepts" --json
	causes ''
	run -1 trustctl diagnose "$(at alone)" --store "$HOME/accepts,$HOME/refuses" --json
	causes unknown-issuer
	[[ $(json '.causes[0].stores') == *'/refuses' ]]
	certutil -A -d "sql:$HOME/accepts" -n inter -t ,, -i "$PKI/inter.pem"
	run -1 trustctl diagnose "$(at alone)" --store "$HOME/accepts,$HOME/refuses" --json
	causes missing-intermediate
	[[ $(json '.causes[0].stores') == *'/refuses' ]]
}

@test "a certificate that breaks the rules is no yes, though the handshake took it" {
	cd "$PKI"
	issue broken '/CN=localhost' inter 2000 'subjectAltName=DNS:localhost' 'subjectKeyIdentifier=DER:040101ff'
	serve broken -cert_chain inter.pem
	run -1 trustctl diagnose "$(at broken)"
	[[ $output == *'warning: certificate 1 of the chain is damaged: '*'(unreadable)'* ]]
	[ "${lines[-1]}" = 'NOT trusted, or not without trouble: see the first cause' ]
	run -1 --separate-stderr trustctl diagnose "$(at broken)" --json
	causes unreadable
	[ "$(json .answer)" = not-trusted ]
}

@test "the remedy for an unknown root makes it trusted" {
	certutil -D -d "sql:$STORE" -n root
	certutil -A -d "sql:$STORE" -n root -t ,, -i "$PKI/root.pem"
	run -1 trustctl diagnose "$(at server)" --json
	first unknown-root
	[[ $(json '.causes[0].warning') == *"SHA-256 "* ]]
	read -ra words <<<"$(json '.causes[0].remedy')"
	"${words[@]}" --fingerprint "$(sha256 root)"
	run -0 trustctl diagnose "$(at server)"
}

@test "the command of a remedy works as printed: with the address asked, and whatever the shell reads in a URL" {
	local remedy options
	for options in '' '--ip-version 4'; do
		trustctl delete "$(sha256 root)" --yes
		# shellcheck disable=SC2086 # words
		run -1 trustctl diagnose "https://mail.example.com:$(port mail)/a?b=1&c='\$x'" --connect 127.0.0.1 $options --json
		first unknown-root
		remedy=$(json '.causes[0].remedy')
		[[ $remedy == "trustctl import --from 'https://mail.example.com:"*" --connect 127.0.0.1${options:+ $options}, then: trustctl trust enable "* ]]
		bash -c "${remedy%%, then: *}"
		bash -c "${remedy#*, then: } --fingerprint $(sha256 root)"
		run -0 trustctl diagnose "imaps://mail.example.com:$(port mail)" --connect 127.0.0.1
	done
}

@test "who has no store sees the built-in roots, and nothing is created" {
	rm -r "$HOME/.local"
	run -1 trustctl diagnose "$(at server)" --json --no-memory
	first unknown-issuer
	[ -z "$(find "$HOME" -mindepth 1)" ]
}

# ---- what is remembered ----------------------------------------------------------------------

@test "root remembers nothing in the home of a user, or where a user's link leads" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	for part in "$HOME/.local" "$HOME/.local/state"; do
		mkdir -p "$part"
		chown nobody "$part"
		run -0 --separate-stderr trustctl diagnose "$(at server)"
		[[ $stderr == *'is not remembered: '*'of another user'* ]]
		[ ! -e "$HOME/.local/state/trustctl" ]
		chown root "$part"
	done
	mkdir "$HOME/elsewhere"
	ln -s "$HOME/elsewhere" "$HOME/.local/state/trustctl"
	chown -h nobody "$HOME/.local/state/trustctl"
	run -0 --separate-stderr trustctl diagnose "$(at server)"
	[[ $stderr == *'is not remembered: '* ]]
	[ -z "$(ls "$HOME/elsewhere")" ]
	chown -h root "$HOME/.local/state/trustctl"
	run -0 trustctl diagnose "$(at server)"
	[ -f "$HOME/elsewhere/seen.db" ]
}

@test "what was seen is kept for its owner alone, and the same certificate is no news" {
	run -0 trustctl diagnose "$(at server)"
	[ "$(stat -c %a "$SEEN")" = 600 ]
	[ "$(stat -c %a "${SEEN%/*}")" = 700 ]
	run -0 trustctl diagnose "$(at server)" --json
	causes private-anchor
	[ "$(json '.last_seen.id')" = "$(sha256 server)" ]
	XDG_STATE_HOME=$HOME/state run -0 trustctl diagnose "$(at server)"
	[ -f "$HOME/state/trustctl/seen.db" ]
}

@test "no memory is no memory" {
	run -0 trustctl diagnose "$(at server)" --no-memory
	[ ! -e "$SEEN" ]
}

@test "the same issuer with a new key is a renewal" {
	trustctl diagnose "$(at server)"
	was server again
	run -0 trustctl diagnose "$(at again)" --json
	causes private-anchor renewed
	[[ $(json '.causes[1].sentence') == *'the same issuer, a new key' ]]
	run -0 trustctl diagnose "$(at again)" --json
	causes private-anchor
}

@test "a new issuer and a new key, long before the end, are suspicious until somebody accepts" {
	trustctl diagnose "$(at server)"
	was server stranger
	for _ in 1 2; do
		run -1 trustctl diagnose "$(at stranger)" --json
		first changed-suspiciously
		jq -e .danger <<<"$output"
		[[ $(json '.causes[0].sentence') == *"'Test Intermediate' then, 'Second Root' now"* ]]
		[ "$(json '.causes[0].who')" = you ]
	done
	run -1 trustctl diagnose "$(at stranger)"
	[ "${lines[-1]}" = 'DANGER: do not enter passwords or any other data there' ]
	run -1 trustctl diagnose "$(at stranger)" --accept-change
	run -0 trustctl diagnose "$(at stranger)" --json
	causes private-anchor
}

@test "a new issuer with the old key is not suspicious" {
	trustctl diagnose "$(at server)"
	was server rekeyed
	run -0 trustctl diagnose "$(at rekeyed)" --json
	causes private-anchor renewed
}

@test "a new issuer and a new key in the last month are not suspicious" {
	trustctl diagnose "$(at short)"
	was short stranger
	run -0 trustctl diagnose "$(at stranger)" --json
	causes private-anchor renewed
}

@test "a trusted certificate in place of one that was not is not suspicious" {
	trustctl diagnose "$(at self)" || true
	was self server
	run -0 trustctl diagnose "$(at server)" --json
	causes private-anchor renewed
	# The other way round it is.
	trustctl diagnose "$(at server)"
	was server self
	run -1 trustctl diagnose "$(at self)" --json
	first changed-suspiciously
}

@test "a memory that is damaged is a warning, not an end" {
	mkdir -p "${SEEN%/*}"
	echo garbage >"$SEEN"
	run -0 trustctl diagnose "$(at server)"
	[[ $output == *'warning: what was seen last cannot be read'* ]]
}

# ---- the report ------------------------------------------------------------------------------

@test "the text report holds what was shown, and the chain" {
	run -0 trustctl diagnose "$(at server)" --report "$BATS_TEST_TMPDIR/report.txt"
	[[ $output == *"the report is in '"* ]]
	grep -q '^trusted: nothing stands' "$BATS_TEST_TMPDIR/report.txt"
	[ "$(grep -c 'BEGIN CERTIFICATE' "$BATS_TEST_TMPDIR/report.txt")" -eq 2 ]
	run -5 trustctl diagnose "$(at server)" --report "$BATS_TEST_TMPDIR/report.txt"
	run -0 trustctl diagnose "$(at server)" --report "$BATS_TEST_TMPDIR/report.txt" --force
}

@test "the missing intermediate is attached for the administrator" {
	certutil -A -d "sql:$STORE" -n inter -t ,, -i "$PKI/inter.pem"
	run -1 trustctl diagnose "$(at alone)" --report "$BATS_TEST_TMPDIR/report.html" --json
	first missing-intermediate
	[ "$(json '.missing.id')" = "$(sha256 inter)" ]
	sed -n 's/.*href="data:application\/x-pem-file,\([^"]*\)".*/\1/p' "$BATS_TEST_TMPDIR/report.html" |
		perl -pe 's/%(..)/chr hex $1/ge' | openssl x509 -outform der | cmp - "$PKI/inter.der"
	run -1 trustctl diagnose "$(at alone)" -o "$BATS_TEST_TMPDIR/report.txt"
	grep -q 'to be added behind its own' "$BATS_TEST_TMPDIR/report.txt"
}

@test "the page escapes what a certificate says, and loads nothing" {
	run trustctl diagnose "$(at hostile)" --report "$BATS_TEST_TMPDIR/report.html"
	grep -qF '&lt;script&gt;' "$BATS_TEST_TMPDIR/report.html"
	run ! grep -qiE '<script|src=|https?://[^<"]*">|@import' "$BATS_TEST_TMPDIR/report.html"
	grep -qF "default-src 'none'" "$BATS_TEST_TMPDIR/report.html"
}

# ---- the table -------------------------------------------------------------------------------

@test "every cause of the table is produced by a test" {
	cd "$BATS_TEST_DIRNAME/.."
	local id bad=0
	for id in $(grep -oE '^X\([A-Z_]+, "[a-z-]+"' ../data/causes.def | cut -d '"' -f 2); do
		grep -qE "[ (\"=]$id(\"|\)|'| |\$)" cli/diagnose.bats clients/servers.bats unit/diagnose.c || { echo "$id"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}
