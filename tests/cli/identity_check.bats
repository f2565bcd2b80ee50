#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl identity check: what is said of certificates in files and stores, and of the programs that have
# them. Real web servers are asked in tests/clients. Loopback only.

load helper
load pki
load identity

PERSON=('basicConstraints=CA:FALSE' 'extendedKeyUsage=clientAuth,emailProtection' 'subjectAltName=email:alice@example.com')

setup_file() {
	make_pki
	cd "$PKI" || return
	issue signs '/CN=Signs Only' inter 2000 "${PERSON[@]}" 'keyUsage=nonRepudiation'
	issue soon '/CN=Soon' inter 10 "${PERSON[@]}"
	issue stranger '/CN=Stranger' inter 2000 "${PERSON[@]}"
	issue self '/CN=Self' - 2000 "${PERSON[@]}"
	cat "$PKI/alice.pem" "$PKI/stranger.key" >crossed.pem
	p12 server inter
	p12 signs inter
	p12 soon inter
	p12 alone
	p12 self
	start_web
}
teardown_file() {
	[ ! -f "$PKI/servers" ] || xargs kill <"$PKI/servers" 2>/dev/null || true
}

# p12 NAME [ISSUER]: an identity in NAME.p12; "alone" is alice without her CA
p12() {
	local name=$1 whose=$1
	[ "$name" != alone ] || whose=alice
	openssl pkcs12 -export -inkey "$whose.key" -in "$whose.pem" ${2:+-certfile "$2.pem"} -name "$name" \
		-passout pass:secret -out "$name.p12" 2>/dev/null
}

# A web server with revocation lists of the intermediate, and two people who name them.
start_web() {
	local web=$PKI/web port
	mkdir -p "$web"
	"$BATS_TEST_DIRNAME/web-server" "$PKI/port" "$web" >/dev/null 2>&1 </dev/null 3>&- &
	echo $! >>"$PKI/servers"
	for _ in $(seq 600); do
		[ ! -s "$PKI/port" ] || break
		sleep 0.05
	done
	port=$(cat "$PKI/port")
	for name in good struck; do
		issue "$name" "/CN=$name" inter 2000 "${PERSON[@]}" \
			"crlDistributionPoints=URI:http://127.0.0.1:$port/file/list.crl"
		p12 "$name" inter
	done
	printf 'R\t350101000000Z\t260101000000Z,keyCompromise\t%s\tunknown\t/CN=struck\n' \
		"$(openssl x509 -in struck.pem -noout -serial | cut -d = -f 2)" >list.txt
	printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\n' "$PKI/list.txt" >crl.cnf
	openssl ca -gencrl -config crl.cnf -cert inter.pem -keyfile inter.key -crldays 30 -out list.pem 2>/dev/null
	openssl crl -in list.pem -outform DER -out "$web/list.crl"
	# And one of the root's whom a responder calls revoked.
	issue answered '/CN=answered' root 2000 "${PERSON[@]}" \
		"authorityInfoAccess=OCSP;URI:http://127.0.0.1:$port/responder"
	p12 answered root
	printf 'R\t350101000000Z\t260101000000Z,keyCompromise\t%s\tunknown\t/CN=answered\n' \
		"$(openssl x509 -in answered.pem -noout -serial | cut -d = -f 2)" >index.txt
}

# serve NAME [OPTION...]: openssl's server; port-NAME tells where
serve() {
	local name=$1 log=$PKI/server-$1.log
	shift
	openssl s_server -accept 127.0.0.1:0 -www -cert "$PKI/server.pem" -key "$PKI/server.key" "$@" \
		>"$log" 2>&1 </dev/null 3>&- &
	echo $! >>"$PKI/servers"
	for _ in $(seq 600); do
		grep -q ^ACCEPT "$log" && break
		sleep 0.05
	done
	AT=https://localhost:$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$log" | head -1)
}

setup() {
	setup_home
	make_user_store
}

# ---- files -----------------------------------------------------------------------------------

@test "an identity in a file is usable, and the last line says for what, where, and what was not checked" {
	run -0 trustctl identity check "$PKI/alice.p12" --password-file "$PKI/secret"
	[[ ${lines[-1]} == "usable until "*" for websites (TLS client), S/MIME signing and encryption for \
alice@example.com; but no browser or mail program here has it yet; revocation not checked: its CA names no place where revocation could be asked" ]]
	[[ $output == *"ok       private-key  EC P-256, in the file, and the certificate's own"* ]]
}

@test "a .cer without its private key: ask the issuer for the .p12, in DER and PEM" {
	for kind in 'der DER' 'pem PEM'; do
		cp "$PKI/alice.${kind% *}" "$HOME/alice.cer"
		check 1 "$HOME/alice.cer"
		says private-key bad "this is a certificate (${kind#* }"
		[[ $(remedy private-key) == 'ask the issuer for the .p12 '* ]]
		ends 'NOT usable: this is a certificate ('
		ends 'without its private key, and no store here has the key; remedy: ask the issuer for the .p12 '
	ends 'remedy: ask the issuer for the .p12'
	done
}

@test "whose issuer is not here is not called signed by itself, whatever else is wrong with it" {
	openssl x509 -req -in "$PKI/alice.csr" -CA "$PKI/inter.pem" -CAkey "$PKI/inter.key" -days -1 \
		-out "$HOME/past.pem" 2>/dev/null
	check 1 "$HOME/past.pem"
	says dates bad 'it expired on '
	says chain bad "its issuer 'CN=Test Intermediate"
	check 1 "$PKI/server.pem"
	says purposes bad 'it is meant for: TLS server'
	says chain bad "its issuer 'CN=Test Intermediate"
	check 0 "$PKI/self.p12"
	says chain note 'it is signed by itself'
}

@test "a certificate whose key waits in a store: import it there" {
	issue_request
	run -1 trustctl identity check "$HOME/answer.pem" --json
	says private-key bad "its private key waits for it in the store 'user'"
	eval "$(remedy private-key) --quiet" >/dev/null
	check 0 "$HOME/answer.pem"
	says private-key ok "not in the file, but in the store 'user'; it opens"
}
# A key of certutil's, and the certificate that was issued for its request.
issue_request() {
	head -c 64 /dev/urandom >"$HOME/noise"
	certutil -R -d "sql:$STORE" -s 'CN=Requested' -k ec -q nistp256 -z "$HOME/noise" -o "$HOME/request.der" >/dev/null
	openssl req -inform der -in "$HOME/request.der" -out "$HOME/request.pem"
	openssl x509 -req -in "$HOME/request.pem" -CA "$PKI/inter.pem" -CAkey "$PKI/inter.key" -CAcreateserial \
		-days 100 -extfile "$PKI/alice.ext" -out "$HOME/answer.pem" 2>/dev/null
	trustctl import "$PKI/inter.pem" --quiet >/dev/null
}

@test "a private key of another certificate is told" {
	check 1 "$PKI/crossed.pem"
	says private-key bad 'belongs to none of its certificates'
}

@test "a damaged file is named, and so is a wrong password" {
	head -c 500 "$PKI/alice.p12" >"$HOME/cut.p12"
	head -c 300 "$PKI/alice.der" >"$HOME/cut.cer"
	for file in cut.p12 cut.cer; do
		run -3 --separate-stderr trustctl identity check "$HOME/$file" --password-file "$PKI/secret"
		[[ -z $output && $stderr == *"'$HOME/$file': "*'cut short or damaged'* ]]
	done
	run -3 --separate-stderr trustctl identity check "$PKI/alice.p12" --password-file "$PKI/wrong"
	[[ -z $output && $stderr == *"alice.p12': wrong password"* ]]
	run -3 trustctl identity check "$HOME/none.p12"
	run -3 trustctl identity check nobody
}

@test "expired, not yet valid, and soon to end" {
	TRUSTCTL_NOW=2040-01-01T00:00:00Z check 1 "$PKI/alice.p12"
	says dates bad 'it expired on 20'
	ends 'NOT usable: it expired on 20'
	TRUSTCTL_NOW=2020-01-01T00:00:00Z check 1 "$PKI/alice.p12"
	says dates bad 'it is not valid before 20'
	check 0 "$PKI/soon.p12"
	says dates note ', expires in '
	last=$(openssl x509 -in "$PKI/soon.pem" -noout -enddate | cut -d = -f 2)
	TRUSTCTL_NOW=$(date -u -d "$last - 1 hour" +%FT%TZ) check 0 "$PKI/soon.p12"
	says dates note ', expires today'
}

@test "a server's certificate is none, and one for signatures alone is for mail" {
	check 1 "$PKI/server.p12"
	says private-key ok
	says purposes bad 'it is meant for: TLS server'
	ends 'NOT usable: it is meant for: TLS server'
	check 0 "$PKI/signs.p12"
	says purposes ok 'S/MIME signing for alice@example.com'
	ends 'for S/MIME signing for alice@example.com'
}

@test "a chain without its intermediate is not usable, until that is here" {
	check 1 "$PKI/alone.p12"
	says chain bad "its issuer 'CN=Test Intermediate, O=Test' is not here"
	[[ $(remedy chain) == *"get the certificate of 'CN=Test Intermediate, O=Test' from the issuer, then: trustctl import FILE" ]]
	says revocation unknown
	trustctl import "$PKI/inter.pem" --quiet >/dev/null
	check 0 "$PKI/alone.p12"
	says chain note "'Test Intermediate' can be sent along"
	trustctl import "$PKI/root.pem" --quiet >/dev/null
	check 0 "$PKI/alone.p12"
	says chain ok "to 'Test Root' (no anchor here"
	trustctl trust enable 'Test Root' --fingerprint "$(sha256 root)" --quiet >/dev/null
	check 0 "$PKI/alone.p12"
	says chain ok "to 'Test Root' (an anchor here)"
}

@test "what the chain of a store lacks is brought into that store" {
	card=$(made_store "$HOME/my card")
	trustctl import "$PKI/alone.p12" --password-file "$PKI/secret" --store "$card" --quiet >/dev/null
	check 1 'Alice Test' --store "$card"
	command=$(remedy chain)
	[[ $command == *", then: trustctl import FILE --store '$card'" ]]
	command=${command#*, then: }
	eval "${command/FILE/\"\$PKI/inter.pem\"} --quiet" >/dev/null
	check 0 'Alice Test' --store "$card"
	trustctl import "$PKI/root.pem" --store "$card" --quiet >/dev/null
	trustctl trust distrust 'Test Root' --store "$card" --quiet >/dev/null
	check 1 'Alice Test' --store "$card"
	[[ $(remedy chain) == "trustctl trust "*" --store '$card'" ]]
	eval "$(remedy chain) --fingerprint $(sha256 root) --quiet" >/dev/null
	check 0 'Alice Test' --store "$card"
}

@test "an expired or distrusted CA in the chain is told" {
	trustctl import "$PKI/root.pem" --quiet >/dev/null
	TRUSTCTL_NOW=$(date -u -d '+3100 days' +%FT%TZ) check 1 "$PKI/alice.p12"
	says chain bad "the path goes through 'Test Intermediate': expired on 20"
	trustctl trust distrust 'Test Root' --quiet >/dev/null
	check 1 "$PKI/alice.p12"
	says chain bad "the path goes through 'Test Root': distrusted"
}

@test "one that signed itself is a note" {
	check 0 "$PKI/self.p12"
	says chain note 'it is signed by itself'
	says revocation note 'nobody can revoke'
}

# ---- stores ----------------------------------------------------------------------------------

@test "an item in a store: its key signs what the certificate proves" {
	import_alice
	check 0 'Alice Test'
	says private-key ok "in the store 'user'; it opens, and what it signs fits the certificate"
	ends 'in the store of Chromium, Chrome and other programs of this user'
}

@test "an item without its key" {
	certutil -A -d "sql:$STORE" -n alice -t ,, -i "$PKI/alice.pem"
	check 1 'Alice Test'
	says private-key bad 'no store here has the private key'
}

@test "a private key that no longer opens is told" {
	import_alice
	sqlite3 "$STORE/key4.db" "UPDATE nssPrivate SET a11 = zeroblob(length(a11))"
	check 1 'Alice Test'
	says private-key bad 'does not open'
}

@test "a key that NSS does not find for its certificate is not called offered" {
	import_alice
	trustctl import -q "$PKI/root.pem"
	trustctl trust enable -q 'Test Root' --fingerprint "$(sha256 root)" >/dev/null
	check 0 'Alice Test'
	[ "$(program user .offers)$(program user .mail)" = truetrue ]
	sqlite3 "$STORE/cert9.db" "UPDATE nssPublic SET a102 = x'00' WHERE a0 = x'00000001'"
	check 0 'Alice Test'
	[ "$(program user .offers)$(program user .mail)" = falsefalse ]
	[[ $(program user .words) == 'has it with its key, which it does not find: trustctl store check'* ]]
	ends 'but no program here that has it uses it'
}

@test "a key of another certificate in its row is told" {
	import_alice
	trustctl import "$PKI/stranger.pem" "$PKI/stranger.key" --quiet >/dev/null
	# The stranger's row gets alice's identifier, and alice's goes.
	id=$(openssl pkey -in "$PKI/alice.key" -pubout -outform der | tail -c 65 | sha1sum | cut -d ' ' -f 1)
	sqlite3 "$STORE/key4.db" "DELETE FROM nssPrivate WHERE hex(a102) = upper('$id');
		UPDATE nssPrivate SET a102 = x'$id'"
	check 1 'Alice Test'
	says private-key bad 'what it signs does NOT fit the certificate'
}

@test "a store's password: not asked for, and what it opens is tried when it is given" {
	import_alice
	trustctl store password --password-file "$PKI/secret" --quiet >/dev/null
	check 0 'Alice Test'
	says private-key unknown 'not tried: the store has a password'
	ends 'its key was not tried'
	check 0 'Alice Test' --store-password-file "$PKI/secret"
	says private-key ok 'it opens'
	run -4 --separate-stderr trustctl identity check 'Alice Test' --store-password-file "$PKI/wrong"
	[[ -z $output && $stderr == *'password'* ]]
	serve locked -Verify 3 -CAfile "$PKI/root.pem"
	run -4 --separate-stderr trustctl identity check 'Alice Test' --server "$AT"
	[[ -z $output && $stderr == *'--store-password-file'* ]]
}

# ---- revocation ------------------------------------------------------------------------------

@test "revoked, not revoked, and not asked, also where nobody here trusts the root" {
	check 0 "$PKI/struck.p12"
	says revocation unknown 'not checked'
	[ "$(remedy revocation)" = '--revocation asks its CA' ]
	ends '; revocation not checked (--revocation asks its CA)'
	[ "$(json '.fetches | length')" = 0 ]
	trustctl import "$PKI/root.pem" --quiet >/dev/null
	check 1 "$PKI/struck.p12" --revocation
	says revocation bad "'struck' was revoked on 2026-01-01"
	ends "NOT usable: 'struck' was revoked on 2026-01-01"
	[ "$(json '.fetches[0].method')" = crl ]
	check 0 "$PKI/good.p12" --revocation
	says revocation unknown "of 'Test Intermediate'"
	ends 'whether it is revoked could not be found out'
	check 1 "$PKI/answered.p12" --revocation
	says revocation bad "'answered' was revoked on 2026-01-01"
	[ "$(json '.fetches[0].method')" = ocsp ]
	trustctl delete 'Test Root' --yes --quiet >/dev/null
	check 0 "$PKI/good.p12" --revocation
	says revocation ok 'not revoked (list of '
	ends '; not revoked'
}

@test "where its CA names no place, or is not known, --revocation is not called a remedy" {
	check 0 "$PKI/alice.p12"
	says revocation unknown 'not checked: its CA names no place where revocation could be asked'
	[ "$(remedy revocation)" = null ]
	ends '; revocation not checked: its CA names no place where revocation could be asked'
	check 0 "$PKI/alice.p12" --revocation
	ends '; revocation not checked: its CA names no place where revocation could be asked'
	check 1 "$PKI/alone.p12"
	ends '; revocation not checked: who may say so is not known without its issuer'
}

# ---- programs --------------------------------------------------------------------------------

@test "in Firefox's profile and not in Chromium's store, the commands bring it there, and the other way round" {
	made_profile work >/dev/null
	made_profile mail thunderbird >/dev/null
	import_alice firefox
	check 0 'Alice Test'
	[ "$(program firefox .offers)" = true ]
	[ "$(program user '[.has_certificate, .has_key, .offers] | any')" = false ]
	ends 'in the store of Firefox, profile work;'
	bring_to user
	check 0 'Alice Test'
	[ "$(program user '.offers, .import')" = "$(printf 'true\nnull')" ]
	[[ $(program thunderbird .words) == 'does not have it' ]]
	trustctl delete 'Alice Test' --yes --quiet --store firefox >/dev/null
	check 0 'Alice Test'
	[ "$(program firefox .offers)" = false ]
	bring_to firefox
	bring_to thunderbird
	check 0 'Alice Test'
	[ "$(program firefox .offers)" = true ]
	[[ $(program thunderbird .words) == *"cannot sign mail with it: 'Test Intermediate' was issued by "*', which is not here' ]]
}
# Run the commands that the report names.
bring_to() {
	local commands part
	commands=$(program "$1" .import)
	cd "$BATS_TEST_TMPDIR"
	while [ -n "$commands" ]; do
		part=${commands%%, then: *}
		$part --password-file "$PKI/secret" --quiet >/dev/null
		[ "$part" != "$commands" ] || break
		commands=${commands#*, then: }
	done
	rm -f identity.p12
}

@test "Thunderbird signs where it trusts the CA for e-mail" {
	made_profile mail thunderbird >/dev/null
	import_alice thunderbird
	trustctl import "$PKI/root.pem" --store thunderbird --quiet >/dev/null
	check 0 'Alice Test'
	[ "$(program thunderbird .mail)" = false ]
	[[ $(program thunderbird .words) == *"cannot sign mail with it: the path ends in 'Test Root', which is in the store but not trusted for email" ]]
	ends "; Thunderbird, profile mail cannot sign mail with it yet: $(program thunderbird .mail_remedy);"
	$(program thunderbird .mail_remedy) --fingerprint "$(sha256 root)" --quiet >/dev/null
	check 0 'Alice Test'
	[ "$(program thunderbird .mail)" = true ]
	[[ $(program thunderbird .words) == *'can sign mail with it' ]]
	ends '; in the store of Thunderbird, profile mail;'
}

@test "an intermediate that one program lacks is told for that program" {
	profile=$(made_profile work)
	import_alice
	import_alice firefox
	certutil -D -d "sql:$profile" -n 'Test Intermediate'
	check 0 'Alice Test'
	[[ $(program firefox .words) == *"its issuer 'CN=Test Intermediate, O=Test' is missing there" ]]
	[ "$(program firefox .chain_reason)" = unknown-issuer ]
}

@test "a program's store that cannot be read is exit 6, and the rest is told" {
	profile=$(made_profile work)
	import_alice
	echo garbage >"$profile/cert9.db"
	check 6 'Alice Test'
	[[ $(program firefox .error) == *'not'* ]]
	check 0 'Alice Test' --store user
	[ "$(json '.programs | length')" = 1 ]
}

# ---- what is remembered ----------------------------------------------------------------------

@test "what is remembered for the server asked is in the sentence" {
	import_alice
	serve asks -CAfile "$PKI/root.pem" -verify 3
	mkdir -p "$HOME/.config/chromium/Default"
	echo '{"profile":{"content_settings":{"exceptions":{"auto_select_certificate":
		{"https://localhost,*":{"setting":{"filters":[{"SUBJECT":{"CN":"Somebody Else"}}]}}}}}}}' \
		>"$HOME/.config/chromium/Default/Preferences"
	check 0 'Alice Test' --server "$AT"
	ends '; but Chromium remembers to send another certificate there'
}

# ---- servers ---------------------------------------------------------------------------------

@test "a server that does not ask, one that takes it, one that refuses, and nobody there" {
	serve plain
	check 0 "$PKI/alice.p12" --server "$AT"
	says server note 'did not ask for a certificate; HTTP status 200'
	ends 'did not ask for a certificate'
	serve takes -CAfile "$PKI/root.pem" -Verify 3 -verify_return_error
	check 0 "$PKI/alice.p12" --server "$AT"
	says server ok "asked in the handshake, for a certificate of 'CN=Test Root, O=Test', took this one, and answered with status 200"
	[ "$(json '.server | [.asked, .asked_later, .matches, .shown, .status] | map(tostring) | join(" ")')" = 'asked false true true 200' ]
	[ "$(json '.server.cas[0]')" = 'CN=Test Root, O=Test' ]
	# What the file lacks the server may have: then it is no fault.
	serve has -CAfile <(cat "$PKI/root.pem" "$PKI/inter.pem") -Verify 3 -verify_return_error
	check 0 "$PKI/alone.p12" --server "$AT"
	says chain note 'cannot be sent along'
	check 3 "$PKI/alice.p12" --server localhost:1
	says server unknown 'nothing listens on that port'
	[[ $stderr == *"'localhost' cannot be asked"* ]]
	[ "$(json '.server | [.asked, .matches] | tostring')" = '["not-asked",null]' ]
}

# serve_date TIME: a server whose page /page says that it is then
serve_date() {
	mkdir -p "$HOME/pages"
	printf 'HTTP/1.0 200 ok\r\nDate: %s\r\n\r\n' \
		"$(LC_ALL=C date -u -d "$1" '+%a, %d %b %Y %H:%M:%S GMT')" >"$HOME/pages/page"
	cd "$HOME/pages"
	serve "date-$RANDOM" -HTTP
	AT=$AT/page
}

@test "a clock that is not the server's is told, and not what it makes of the dates" {
	serve_date '+3 hours 1 minute'
	check 0 "$PKI/alice.p12" --server "$AT"
	[ "$(json '.findings[] | [.finding, .sentence, .remedy, .whose] | join("|")')" = 'clock-differs|the clock is 3 hours behind that of every server asked|set the clock: timedatectl set-ntp true|you' ]
	ends '; but the clock is 3 hours behind that of every server asked'
	run -0 trustctl identity check "$PKI/alice.p12" --password-file "$PKI/secret" --server "$AT"
	[[ $output == *'error: the clock is 3 hours behind that of every server asked (you: set the clock: timedatectl set-ntp true)'* ]]
	serve_date now
	check 0 "$PKI/alice.p12" --server "$AT"
	[ "$(json '.findings | length')" = 0 ]
	# Only its own clock takes the certificate for expired.
	TRUSTCTL_NOW=2040-01-01T00:00:00Z check 1 "$PKI/alice.p12" --server "$AT"
	says dates bad 'days ahead of that of every server asked'
	[ "$(remedy dates)" = 'set the clock: timedatectl set-ntp true' ]
	# The server does too.
	serve_date 2040-01-01
	TRUSTCTL_NOW=2040-01-01T00:00:00Z check 1 "$PKI/alice.p12" --server "$AT"
	[ "$(remedy dates)" = 'ask the issuer for a new one' ]
	# The program itself knows better.
	TRUSTCTL_NOW=2020-01-01T00:00:00Z check 1 "$PKI/alice.p12"
	says dates bad 'but the clock says 2020-01-01, before this program was made'
	[ "$(remedy dates)" = 'set the clock: timedatectl set-ntp true' ]
}

@test "a mail server is shown it too, and asked for no page" {
	serve mail -CAfile "$PKI/root.pem" -Verify 3 -verify_return_error
	check 0 "$PKI/alice.p12" --server "imaps${AT#https}"
	says server ok "for a certificate of 'CN=Test Root, O=Test', and took this one"
	[ "$(json .server.status)" = 0 ]
}

@test "an RSA key of a file is shown in both versions, and one that NSS cannot use is told" {
	cd "$PKI"
	for kind in 'rsa -newkey rsa:2048' 'ed -newkey ed25519'; do
		name=${kind%% *}
		# shellcheck disable=SC2086 # options
		openssl req ${kind#* } -nodes -keyout "$name.key" -subj "/CN=$name" -out "$name.csr" 2>/dev/null
		openssl x509 -req -in "$name.csr" -CA inter.pem -CAkey inter.key -CAcreateserial -days 100 \
			-extfile alice.ext -out "$name.pem" 2>/dev/null
		p12 "$name" inter
	done
	for version in -tls1_2 -tls1_3; do
		serve "rsa$version" "$version" -CAfile root.pem -Verify 3 -verify_return_error
		check 0 rsa.p12 --server "$AT"
		says server ok 'took this one'
	done
	check 0 ed.p12
	ends 'usable until '
	ends '; browsers may be unable to store or use a key of its kind'
	check 1 ed.p12 --server "$AT"
	says private-key note "Ed25519, in the file, and the certificate's own; but browsers may be unable to store or use"
	[[ $(remedy private-key) == *'RSA or EC P-256 key' ]]
	says server bad 'could not be shown this one: NSS cannot use the private key'
}

@test "a server that asks for another CA's" {
	serve other13 -CAfile "$PKI/root2.pem" -Verify 3 -verify_return_error
	check 1 "$PKI/alice.p12" --server "$AT"
	says server bad "asked in the handshake, for a certificate of 'CN=Second Root, O=Test', which this one is not: the server refused"
	ends 'NOT usable at localhost: it asked in the handshake'
	# It does not look closely; browsers do.
	serve lax -CAfile "$PKI/root2.pem" -verify 3
	check 1 "$PKI/alice.p12" --server "$AT"
	says server bad 'so browsers do not offer it there'
	serve other12 -CAfile "$PKI/root2.pem" -Verify 3 -verify_return_error -tls1_2
	check 1 "$PKI/alice.p12" --server "$AT"
	says server bad 'the server refused'
}

@test "without a key it is told what the server asks for" {
	serve asks -CAfile "$PKI/root.pem" -verify 3
	cat "$PKI/alice.pem" "$PKI/inter.pem" >"$HOME/alice.pem"
	check 1 "$HOME/alice.pem" --server "$AT"
	says server unknown "asks in the handshake, for a certificate of 'CN=Test Root, O=Test', as this one is; there was nothing to show"
}

@test "the key of a store is shown, and that of a file leaves no trace" {
	import_alice
	before=$(snapshot)
	serve takes -CAfile "$PKI/root.pem" -Verify 3 -verify_return_error
	check 0 'Alice Test' --server "$AT"
	says server ok 'took this one'
	# The password is another store's; this one has none.
	check 0 'Alice Test' --server "$AT" --store-password-file "$PKI/secret"
	says server ok 'took this one'
	[ "$(snapshot)" = "$before" ]
	rm -r "$HOME/.local"
	check 0 "$PKI/alice.p12" --server "$AT"
	[ -z "$(find "$HOME" -mindepth 1)" ]
}

@test "a command line that makes no sense is exit 2" {
	run -2 trustctl identity check --server https://localhost
	run -2 trustctl identity check "$PKI/alice.p12" --server http://localhost/
	run -2 trustctl identity
}
