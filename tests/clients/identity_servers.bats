#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl identity check against real web servers that ask for personal certificates in each of their
# ways, and the browsers' own conduct that it tells of.

load servers
load clients

setup_file() {
	{ have_nginx && have_apache; } || return 0
	pick_address
	new_pki
	make_certificates >make.log 2>&1 || { cat make.log >&2; false; }
	put_servers >servers.conf
	start_nginx servers.conf
	put_sites >sites.conf
	start_apache sites.conf
	start_tls_servers
	answers 8201 8204 8221 8232 8243
}
teardown_file() { stop_all; }

make_certificates() {
	local person="${END}extendedKeyUsage=clientAuth\nsubjectAltName=email:alice@example.com\n"
	cert root - '/CN=Servers Root/O=Test' "$CA"
	cert inter root '/CN=Servers Intermediate/O=Test' "$CA"
	cert far-root - '/CN=Far Root/O=Far' "$CA"
	cert far-inter far-root '/CN=Far Intermediate/O=Far' "$CA"
	cert site inter '/CN=site' "${END}extendedKeyUsage=serverAuth\nsubjectAltName=IP:$ADDRESS\n"
	cert alice inter '/CN=Alice Test' "$person"
	cert bob far-inter '/CN=Bob Test' "$person"
	cert old inter '/CN=Old Test' "$person" -90 -10
	openssl pkcs12 -export -inkey alice.key -in alice.pem -certfile inter.pem -name alice -passout pass:secret -out alice.p12
	openssl pkcs12 -export -inkey bob.key -in bob.pem -certfile far-inter.pem -name bob -passout pass:secret -out bob.p12
	openssl pkcs12 -export -inkey old.key -in old.pem -certfile inter.pem -name old -passout pass:secret -out old.p12
	printf secret >secret
	cat root.pem far-root.pem >both.pem
}

put_servers() {
	local ca="ssl_client_certificate $PKI/root.pem" deep='ssl_verify_depth 3'
	put_server 8201 'site inter' site 'ssl_verify_client on' "$ca" "$deep"
	put_server 8202 'site inter' site 'ssl_verify_client optional' "$ca" "$deep"
	put_server 8203 'site inter' site
	# nginx asks in the handshake alone, and decides for each page.
	put_server 8204 'site inter' site 'ssl_verify_client optional' "$ca" "$deep" \
	    'location /secret { if ($ssl_client_verify != SUCCESS) { return 403; } return 200 "secret\n"; }' |
	    sed 's/^\( location \/secret .*\);$/\1/'
	# Any CA's will do in the handshake, and none of the page.
	put_server 8205 'site inter' site 'ssl_verify_client optional_no_ca' 'location /secret { return 403; }' |
	    sed 's/^\( location \/secret .*\);$/\1/'
	put_server 8206 'site inter' site 'ssl_verify_client on' "ssl_client_certificate $PKI/both.pem" "$deep" \
	    'ssl_protocols TLSv1.2'
}

# Sites of Apache's that ask for one page, and for all, in each version of TLS.
put_sites() {
	local version port=8221
	for version in 1.2 1.3; do
		put_site "$port" 'site inter' site "SSLProtocol TLSv$version" "SSLCACertificateFile $PKI/root.pem" \
		    'SSLVerifyDepth 5' '<Location /secret>' 'SSLVerifyClient require' '</Location>'
		put_site $((port + 1)) 'site inter' site "SSLProtocol TLSv$version" \
		    "SSLCACertificateFile $PKI/root.pem" 'SSLVerifyDepth 5' 'SSLVerifyClient require'
		port=8231
	done
}

# openssl's: one for each version that refuses at the level of TLS, and one whose CAs are others.
start_tls_servers() {
	local port
	for port in 8241:-tls1_2:root 8242:-tls1_3:root 8243:-tls1_3:far-root; do
		openssl s_server -accept "$ADDRESS:${port%%:*}" "$(cut -d : -f 2 <<<"$port")" -cert "$PKI/site.pem" \
		    -key "$PKI/site.key" -CAfile "$PKI/${port##*:}.pem" -Verify 3 -verify_return_error -www \
		    >"$PKI/s_server-${port%%:*}.log" 2>&1 </dev/null 3>&- &
		echo $! >>"$BATS_FILE_TMPDIR/servers"
	done
}

have_apache() { command -v apache2 >/dev/null; }

setup() {
	need_nginx
	have_apache || skip 'Apache is not installed'
	setup_home
	STORE=$(made_store)
}

# check STATUS WHO PORT [PATH]: of the file WHO.p12
check() {
	run --separate-stderr trustctl identity check "$PKI/$2.p12" --password-file "$PKI/secret" --json \
	    --server "https://$ADDRESS:$3${4:-/}"
	[ "$status" -eq "$1" ] || { echo "$status, not $1: $output $stderr"; false; }
}
# server RESULT TEXT [FILTER WANTED]: what is said of the server
server() {
	[ "$(json '.checks[] | select(.check == "server") | .result')" = "$1" ] &&
	    [[ $(json '.checks[] | select(.check == "server") | .words') == *"$2"* ]] &&
	    [[ -z ${3:-} || $(jq -r ".server$3" <<<"$output") == "$4" ]] ||
	    { jq '.checks, .server' <<<"$output"; false; }
}
ours="for a certificate of 'CN=Servers Root, O=Test'"

@test "nginx that requires one, or takes one: shown, taken, 200" {
	for port in 8201 8202; do
		check 0 alice "$port"
		server ok "asked in the handshake, $ours, took this one, and answered with status 200" .matches true
		[[ $(json .sentence) == "usable until "*"took this one, and answered with status 200"* ]]
	done
}

@test "nginx that asks nobody" {
	check 0 alice 8203
	server note 'did not ask for a certificate; HTTP status 200' .asked not-asked
	check 1 alice 8203 /closed
	server bad 'did not ask for a certificate, and answered with status 403' .asked not-asked
	[[ $(json .sentence) == 'NOT usable at '*' it did not ask for a certificate'* ]]
}

@test "nginx with a page for known people alone" {
	check 0 alice 8204 /secret
	server ok 'took this one, and answered with status 200'
	check 1 alice 8205 /secret
	server bad 'was shown this one, and answered with status 403'
}

@test "nginx refuses by HTTP what it does not know or what is expired" {
	for port in 8201 8202; do
		check 1 bob "$port"
		server bad 'so browsers do not offer it there' .status 400
		[[ $(json .sentence) == "NOT usable at $ADDRESS: it asks in the handshake, $ours; this one is of 'CN=Far Intermediate, O=Far'"* ]]
	done
	check 1 old 8201
	server bad 'was shown this one, and answered with status 400'
	[[ $(json .sentence) == 'NOT usable: it expired on '* ]]
	# of two CAs one is ours
	check 0 bob 8206
	server ok "for a certificate of 'CN=Servers Root, O=Test' or 'CN=Far Root, O=Far'"
}

@test "Apache asks in the handshake in both versions" {
	for port in 8222 8232; do
		check 0 alice "$port"
		server ok "asked in the handshake, $ours, took this one, and answered with status 200" .asked_later false
		check 1 bob "$port"
		server bad 'which this one is not: the server refused the personal certificate it was shown'
	done
}

@test "Apache asks for one page by renegotiation in TLS 1.2" {
	check 0 alice 8221
	server note 'did not ask' .asked not-asked
	check 0 alice 8221 /secret
	server ok "asked for this page (behind the handshake), $ours, took this one, and answered with status 200" .version 'TLS 1.2'
	[ "$(json '.server | [.asked_later, .shown, .matches] | all')" = true ]
	check 1 bob 8221 /secret
	server bad "asked for this page (behind the handshake), $ours, which this one is not: the server refused"
}

@test "Apache asks for one page behind the handshake of TLS 1.3, which browsers do not answer" {
	check 0 alice 8231
	server note 'did not ask' .asked not-asked
	check 1 alice 8231 /secret
	server bad 'and took this one; but browsers do not answer' .status 200
	[ "$(json '.server | [.asked_later, .shown, .matches] | all')" = true ]
	check 1 bob 8231 /secret
	server bad 'which this one is not: the server refused'
}

@test "openssl refuses at the level of TLS, in both versions" {
	for port in 8241 8242; do
		check 0 alice "$port"
		server ok 'took this one'
		check 1 bob "$port"
		server bad "which this one is not: the server refused the personal certificate it was shown"
		check 1 old "$port"
		server bad 'the server refused'
	done
	check 1 alice 8243
	server bad "for a certificate of 'CN=Far Root, O=Far', which this one is not: the server refused"
	check 0 bob 8243
	server ok 'took this one'
}

@test "the key of a store is shown like that of a file" {
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --quiet >/dev/null
	for at in 8201/ 8221/secret 8232/; do
		run -0 trustctl identity check 'Alice Test' --server "https://$ADDRESS:$at"
		[[ ${lines[-1]} == "usable until "*"took this one, and answered with status 200"* ]]
	done
}

# ---- the browsers themselves -------------------------------------------------------------------

# As the report says it of them: a page asked for behind the handshake.
@test "Chromium shows it in a renegotiation of TLS 1.2, and never behind the handshake of TLS 1.3" {
	certutil -A -d "sql:$STORE" -n root -t C,, -i "$PKI/root.pem"
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --quiet >/dev/null
	mkdir -p "$HOME/.config/chromium/Default"
	printf '{"profile":{"content_settings":{"exceptions":{"auto_select_certificate":{%s}}}}}' \
	    "\"https://$ADDRESS:8221,*\":{\"setting\":{\"filters\":[{}]}},\"https://$ADDRESS:8231,*\":{\"setting\":{\"filters\":[{}]}}" \
	    >"$HOME/.config/chromium/Default/Preferences"
	# The choice with which it is made to do so is found.
	run -0 trustctl identity check 'Alice Test' --json
	[ "$(json '[.remembered[].choice] | join(" ")')" = 'this this' ]
	chromium_reads "https://$ADDRESS:8221/secret"
	grep -q '>secret' "$BATS_TEST_TMPDIR/dom"
	chromium_reads "https://$ADDRESS:8231/secret"
	grep -q '403 Forbidden' "$BATS_TEST_TMPDIR/dom"
}
chromium_reads() {
	mkdir -p "$BATS_TEST_TMPDIR/tmp"
	TMPDIR=$BATS_TEST_TMPDIR/tmp timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
	    --disable-background-networking --disable-component-update --disable-sync \
	    --user-data-dir="$HOME/.config/chromium" --dump-dom "$1" >"$BATS_TEST_TMPDIR/dom" 2>/dev/null 3>&- </dev/null || true
}

@test "Firefox shows it in a renegotiation, and behind the handshake of TLS 1.3 only where that is switched on" {
	local profile
	profile=$(firefox_profile work)
	certutil -A -d "sql:$profile" -n root -t C,, -i "$PKI/root.pem"
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --quiet --store firefox >/dev/null
	run -0 firefox_says "$profile" "https://$ADDRESS:8221/secret" "text" "https://$ADDRESS:8231/secret" text
	[ "${lines[1]}" = secret ]
	[[ ${lines[3]} == Forbidden* ]]
	echo 'user_pref("security.tls.enable_post_handshake_auth", true);' >>"$profile/user.js"
	run -0 firefox_says "$profile" "https://$ADDRESS:8231/secret" text
	[ "${lines[1]}" = secret ]
	# Marionette has it select by itself, which is found.
	run -0 trustctl identity check 'Alice Test' --json
	[ "$(json '[.remembered[] | .choice] | join(" ")')" = any ]
}

# It writes the list behind our back, so the scripts wait for that.
@test "what Firefox itself remembers is read, and what it forgets is gone" {
	local profile
	profile=$(firefox_profile work)
	trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --quiet --store firefox >/dev/null
	cat >"$BATS_TEST_TMPDIR/remember.js" <<-'END'
		const memory = Cc["@mozilla.org/security/clientAuthRememberService;1"].getService(Ci.nsIClientAuthRememberService);
		const base = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
		const own = base.getCerts().find(cert => cert.commonName == "Alice Test");
		const other = base.getCerts().find(cert => cert.commonName == "Servers Intermediate");
		memory.rememberDecisionScriptable("portal.example.com", {}, own, memory.Permanent);
		memory.rememberDecisionScriptable("other.example.com", {}, other, memory.Permanent);
		memory.rememberDecisionScriptable("none.example.com", {}, null, memory.Permanent);
		memory.rememberDecisionScriptable("session.example.com", {}, own, memory.Session);
		const file = PathUtils.join(PathUtils.profileDir, "ClientAuthRememberList.bin");
		const written = async () => new TextDecoder("latin1").decode(await IOUtils.read(file).catch(() => new Uint8Array()));
		for (let i = 0; i < 100 && !(await written()).includes("none.example.com"); i++)
			await new Promise(then => setTimeout(then, 100));
		done(memory.getDecisions().length);
	END
	cat >"$BATS_TEST_TMPDIR/forget.js" <<-'END'
		const memory = Cc["@mozilla.org/security/clientAuthRememberService;1"].getService(Ci.nsIClientAuthRememberService);
		for (const decision of memory.getDecisions())
			if (decision.asciiHost != "none.example.com")
				memory.forgetRememberedDecision(decision.entryKey);
		const file = PathUtils.join(PathUtils.profileDir, "ClientAuthRememberList.bin");
		const written = async () => new TextDecoder("latin1").decode(await IOUtils.read(file).catch(() => new Uint8Array()));
		for (let i = 0; i < 100 && /portal|other/.test(await written()); i++)
			await new Promise(then => setTimeout(then, 100));
		done("forgotten");
	END
	run -0 firefox_says "$profile" "script $BATS_TEST_TMPDIR/remember.js"
	[ "$output" = 4 ]
	run -0 trustctl identity check 'Alice Test' --json
	[ "$(json '[.remembered[] | select(.site) | [.site, .choice] | join(" ")] | sort | join("|")')" = \
	    'none.example.com none|other.example.com another|portal.example.com this' ]
	run -0 firefox_says "$profile" "script $BATS_TEST_TMPDIR/forget.js"
	run -0 trustctl identity check 'Alice Test' --json
	[ "$(json '[.remembered[] | select(.site) | .site] | join("|")')" = none.example.com ]
}
