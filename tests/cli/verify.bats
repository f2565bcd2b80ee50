#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl verify: is it trusted, and why not; and is NSS of the same opinion?

load helper
load pki

setup_file() {
	make_pki
	issue plain '/CN=Plain/O=Test' inter 2000 'basicConstraints=CA:FALSE' \
		'subjectAltName=DNS:plain.example'
	issue signer '/CN=Signer/O=Test' inter 2000 'basicConstraints=CA:FALSE' \
		'extendedKeyUsage=codeSigning'
	issue wild '/CN=wild' root 2000 'basicConstraints=CA:FALSE' \
		'subjectAltName=DNS:*.example.com' 'extendedKeyUsage=serverAuth'
	issue self '/CN=self.example' - 2000 'basicConstraints=CA:FALSE' \
		'subjectAltName=DNS:self.example' 'extendedKeyUsage=serverAuth'
	issue gold-ca '/CN=Gold CA' root 2000 'basicConstraints=critical,CA:TRUE' \
		'certificatePolicies=1.2.3.1'
	issue gold '/CN=gold' gold-ca 2000 'basicConstraints=CA:FALSE' \
		'extendedKeyUsage=serverAuth' 'certificatePolicies=1.2.3.1'
	cat "$PKI/inter.pem" "$PKI/server.pem" "$PKI/root.pem" >"$PKI/chain.pem"
	cat "$PKI/root.pem" "$PKI/inter.pem" >"$PKI/cas.pem"
}

setup() {
	setup_home
	make_user_store
}

# put NAME LETTERS NICKNAME [DIRECTORY]
put() {
	certutil -A -d "sql:${4:-$STORE}" -n "$3" -t "$2" -i "$PKI/$1.pem"
}

# put_chain LETTERS-OF-ROOT LETTERS-OF-INTERMEDIATE: root, intermediate and server
put_chain() {
	put root "$1" 'Test Root'
	put inter "$2" 'Test Intermediate'
	put server ,, localhost
}

# nss_agrees NICKNAME [YYMMDDhhmmssZ]: NSS gives the answer that the last `run` gave
nss_agrees() {
	local nss=0
	certutil -V -d "sql:$STORE" -n "$1" -u V -b "${2:-$(date -u +%y%m%d%H%M%SZ)}" || nss=1
	[ "$nss" -eq "$status" ]
}

@test "a root nobody decided on is refused, with the command that would trust it" {
	put_chain ,, ,,
	run -1 trustctl verify localhost
	nss_agrees localhost
	[[ $output == *"the path ends in 'Test Root', which is in the store but not trusted for tls-server"* ]]
	id=$(sha256 root)
	[[ $output == *"remedy: trustctl trust enable ${id:0:16} --usage tls-server"* ]]
	run -1 trustctl verify localhost --json
	[ "$(json '.stores[0].verdicts[0].remedy')" = "trustctl trust enable ${id:0:16} --usage tls-server" ]
	[ "$(json '.stores[0].verdicts[0].reason')" = undecided-root ]
}

@test "what has its key here is an identity, also on its path; in a file it is a person" {
	put_chain C,, ,,
	trustctl import --quiet --password-file "$PKI/secret" "$PKI/alice.p12"
	id=$(sha256 alice)
	run trustctl verify alice@example.com
	[[ $output == *"Alice Test (identity ${id:0:16}), in the store 'user'"*"Alice Test (identity): "* ]]
	run trustctl verify alice@example.com --json
	[ "$(json '[.item_kind, .stores[0].verdicts[0].path[].item_kind] | join(" ")')" = \
		'identity identity intermediate root' ]
	run trustctl verify "$PKI/alice.pem"
	[[ $output == *"Alice Test (person ${id:0:16}), in the file "*"Alice Test (identity): "* ]]
}

@test "the remedy makes it trusted" {
	put_chain ,, ,,
	remedy=$(trustctl verify localhost --json | jq -r '.stores[0].verdicts[0].remedy') || true
	read -ra words <<<"$remedy"
	"${words[@]}" --fingerprint "$(sha256 root)"
	run -0 trustctl verify localhost --host localhost
	nss_agrees localhost
	[[ $output == *"an anchor of the store"* ]]
	[ "$(letters 'Test Root')" = C,, ]
}

@test "another host and a root nobody trusts are both told, the host first" {
	put_chain ,, ,,
	id=$(sha256 root)
	run -1 trustctl verify localhost --host mail.example.com --json
	[ "$(json '.stores[0].verdicts[0].reason')" = host-name ]
	[[ $(json '.stores[0].verdicts[0].sentence') == "'localhost' does not cover the host"*"; and the path ends in 'Test Root'"* ]]
	[[ $(json '.stores[0].verdicts[0].remedy') == *", then: trustctl trust enable ${id:0:16} --usage tls-server" ]]
}

@test "the path is shown from the leaf to the root" {
	put_chain C,, ,,
	run -0 --separate-stderr trustctl verify localhost
	[[ ${lines[6]} == '    localhost (server): good, expires in '* ]]
	[[ ${lines[7]} == '    └─ Test Intermediate (intermediate): good, expires in '* ]]
	[[ ${lines[8]} == '       └─ Test Root (root): an anchor of the store, expires in '* ]]
}

@test "a yes says each fact once" {
	put_chain C,, ,,
	run -0 --separate-stderr trustctl verify localhost
	[ "$(grep -c 'an anchor of the store' <<<"$output")" -eq 1 ]
	[ "$(grep -c 'trusted' <<<"$output")" -eq 1 ]
}

@test "each element of the path says when it expires, as seen at the time asked about" {
	local end
	put_chain C,, ,,
	end=$(openssl x509 -in "$PKI/server.pem" -noout -enddate | sed 's/.*=//')
	run -0 trustctl verify localhost --at "$(date -ud "$end - 10 days" +%Y-%m-%dT%H:%M:%SZ)"
	[[ $output == *'localhost (server): good, expires in 10 days'* ]]
	run -0 trustctl verify localhost --at "$(date -ud "$end - 1 hour" +%Y-%m-%dT%H:%M:%SZ)"
	[[ $output == *'localhost (server): good, expires today'* ]]
	# Where it is the reason, the date is told, and once.
	run -1 trustctl verify localhost --at "$(date -ud "$end + 2 days" +%Y-%m-%dT%H:%M:%SZ)"
	[[ $output == *"localhost (server): expired on $(date -ud "$end" +%Y-%m-%d)"$'\n'* ]]
}

@test "the remedy for another store names it" {
	profile=$(made_profile work)
	put root ,, 'Test Root' "$profile"
	put inter ,, 'Test Intermediate' "$profile"
	id=$(sha256 root)
	run trustctl verify "$PKI/server.pem" --store firefox --json
	[ "$status" -eq 1 ]
	[ "$(json '.stores[0].verdicts[0].remedy')" = \
		"trustctl trust enable ${id:0:16} --usage tls-server --store $(json '.stores[0].store')" ]
}

@test "expired, and good at an earlier time" {
	put_chain C,, ,,
	run -1 trustctl verify localhost --at 2060-01-01
	[[ $output == *"'localhost' expired on "* ]]
	nss_agrees localhost 490101000000Z
	run -1 trustctl verify localhost --at 2020-01-01T00:00:00Z --json
	[ "$(json '.at')" = 2020-01-01T00:00:00Z ]
	[ "$(json '.stores[0].verdicts[0].reason')" = not-yet-valid ]
	put old ,, 'Old Intermediate'
	run -0 trustctl verify 'Old Intermediate' --usage tls-server
	run -1 trustctl verify 'Old Intermediate' --usage tls-server \
		--at "$(date -u -d '+60 days' +%Y-%m-%d)" --json
	[ "$(json '.stores[0].verdicts[0].path[0].reason')" = expired ]
}

@test "a wrong host is refused and the right names are told" {
	put_chain C,, ,,
	run -1 trustctl verify localhost --host www.example.com
	[[ $output == *"'localhost' does not cover the host 'www.example.com', but localhost, 127.0.0.1"* ]]
	[[ $output == *"whose job: the server's administrator"* ]]
	[ "$(grep -c 'localhost, 127.0.0.1' <<<"$output")" -eq 1 ]
	run -0 trustctl verify localhost --host 127.0.0.1
	run -0 trustctl verify localhost --host LOCALHOST.
	run -2 --separate-stderr trustctl verify localhost --host ''
	run -2 --separate-stderr trustctl verify localhost --host localhost:443
	[[ $stderr == *"'localhost:443' is no host name and no address"* ]]
	run -0 trustctl verify "$PKI/wild.pem" --host www.example.com
	run -1 trustctl verify "$PKI/wild.pem" --host example.com
	run -1 trustctl verify "$PKI/wild.pem" --host a.b.example.com
}

@test "a distrusted intermediate ends the path" {
	put_chain C,, p,,
	run -1 trustctl verify localhost
	nss_agrees localhost
	id=$(sha256 inter)
	[[ $output == *"'Test Intermediate', which is distrusted for tls-server in the store"* ]]
	[[ $output == *"Test Intermediate (intermediate): distrusted"* ]]
	[[ $output == *"remedy: trustctl trust reset ${id:0:16}"* ]]
}

@test "a distrusted leaf is refused, a distrusted root above an anchor is not asked" {
	put_chain p,, C,,
	run -0 trustctl verify localhost
	certutil -M -d "sql:$STORE" -n localhost -t p,,
	run -1 trustctl verify localhost
	nss_agrees localhost
}

@test "a leftover distrust of another with the same issuer and serial number is none of this one" {
	put_chain C,, ,,
	certutil -M -d "sql:$STORE" -n localhost -t p,,
	sqlite3 "$STORE/cert9.db" "DELETE FROM nssPublic WHERE a0 = x'00000001' AND CAST(a3 AS TEXT) = 'localhost'"
	run -1 trustctl verify "$PKI/server.pem"
	[[ $output == *distrusted* ]]
	openssl x509 -req -in "$PKI/server.csr" -CA "$PKI/inter.pem" -CAkey "$PKI/inter.key" -days 200 \
		-set_serial "0x$(openssl x509 -in "$PKI/server.pem" -noout -serial | cut -d = -f 2)" \
		-extfile "$PKI/server.ext" -out "$PKI/server-twin.pem" 2>/dev/null
	run -0 trustctl verify "$PKI/server-twin.pem" --second-opinion --json
	[ "$(jq -r '.stores[0].verdicts[0].second_opinion.differs' <<<"$output")" = false ]
}

@test "a missing intermediate, and given with --untrusted" {
	put root C,, 'Test Root'
	put server ,, localhost
	run -1 trustctl verify localhost
	nss_agrees localhost
	[[ $output == *"'localhost' was issued by 'CN=Test Intermediate, O=Test', which is not here"* ]]
	run -0 trustctl verify localhost --untrusted "$PKI/inter.pem"
	[[ $output == *"untrusted helpers:    1"* ]]
	run -0 trustctl verify localhost --untrusted "$PKI/root2.pem" --untrusted "$PKI/inter.pem"
}

@test "no server is to send a root: who lacks it gets it" {
	run -1 trustctl verify "$PKI/server.pem" --untrusted "$PKI/inter.pem" --store builtin --json
	[ "$(json '.stores[0].verdicts[0].findings[] | select(.finding | startswith("missing")) | .finding, .whose')" = \
		"$(printf 'missing-top\nyou')" ]
	[[ $(json '.stores[0].verdicts[0].findings[] | select(.finding == "missing-top") | .remedy') == \
		'if it is a root, get it from its owner, then: trustctl import FILE;'* ]]
	run -1 trustctl verify "$PKI/alice.pem" --untrusted "$PKI/inter.pem" --store builtin --json
	[ "$(json '.stores[0].verdicts[0].findings[] | select(.finding == "missing-top") | .remedy')" = \
		'get it from its CA, then: trustctl import FILE' ]
}

@test "an untrusted helper is no anchor" {
	run -1 trustctl verify "$PKI/server.pem" --untrusted "$PKI/cas.pem" --json
	[ "$(json '.stores[0].verdicts[0].reason')" = undecided-root ]
	[[ $(json '.stores[0].verdicts[0].remedy') == "trustctl import FILE, then: trustctl trust enable "* ]]
}

@test "of a file with a chain the end entity is asked about" {
	put root C,, 'Test Root'
	run -0 trustctl verify "$PKI/chain.pem"
	[[ $output == *"localhost (server "*"the first end entity of 3"* ]]
	run -0 trustctl verify "$PKI/cas.pem" --usage tls-server
	[[ $output == *"Test Root (root "*"the first certificate of 2"* ]]
	run -0 trustctl verify - <"$PKI/chain.pem"
}

@test "a file with a key and its chain" {
	put root CT,C, 'Test Root'
	run -0 trustctl verify "$PKI/alice.p12" --password-file "$PKI/secret"
	[[ $output == *"Alice Test (person "* ]]
}

@test "an anchor for one usage is none for another" {
	put_chain C,, ,,
	run -0 trustctl verify localhost --usage tls-server
	run -1 trustctl verify localhost --usage email
	[[ $output == *"is not meant for email"* ]]
	put plain ,, Plain
	run -1 trustctl verify Plain --usage email --json
	[ "$(json '.stores[0].verdicts[0].reason')" = not-an-anchor ]
	run -0 trustctl verify Plain --usage any --json
	[ "$(json '[.stores[0].verdicts[].answer] | join(" ")')" = \
		'trusted not-trusted not-trusted not-trusted' ]
}

@test "without --usage the certificate's purposes are asked, all of them" {
	put root C,C, 'Test Root'
	put inter ,, 'Test Intermediate'
	run -1 trustctl verify "$PKI/alice.pem" --json
	[ "$(json '.usages | join(" ")')" = 'tls-client email' ]
	[ "$(json '[.stores[0].verdicts[].answer] | join(" ")')" = 'not-trusted trusted' ]
	run -1 trustctl verify "$PKI/signer.pem" --json
	[ "$(json '.usages | join(" ")')" = code-signing ]
	run -0 trustctl verify "$PKI/plain.pem" --json
	[ "$(json '.usages | join(" ")')" = tls-server ]
	run -0 trustctl verify 'Test Root' --json
	[ "$(json '.usages | length')" = 4 ]
	[ "$(json '.one_usage_is_enough')" = true ]
}

@test "a server accepted itself, and a self-signed one nobody decided on" {
	put self ,, self
	run -1 trustctl verify self --json
	[ "$(json '.stores[0].verdicts[0].reason')" = self-signed ]
	nss_agrees self
	certutil -M -d "sql:$STORE" -n self -t C,,
	run -1 trustctl verify self
	nss_agrees self
	certutil -M -d "sql:$STORE" -n self -t CP,,
	run -0 trustctl verify self --host self.example
	nss_agrees self
}

@test "a peer without anchor is accepted by Chromium, not by Firefox" {
	profile=$(made_profile work)
	put server P,, localhost
	put server P,, localhost "$profile"
	run -0 trustctl verify localhost
	run -1 trustctl verify localhost --store firefox
	certutil -M -d "sql:$profile" -n localhost -t CP,,
	run -0 trustctl verify localhost --store firefox
}

@test "a mail address is the certificate's, or not" {
	put root CT,C, 'Test Root'
	put inter ,, 'Test Intermediate'
	run -0 trustctl verify "$PKI/alice.pem" --email alice@EXAMPLE.com
	[[ $output == *"usage:                email (an address is named)"* ]]
	run -1 trustctl verify "$PKI/alice.pem" --email bob@example.com --json
	[ "$(json '.stores[0].verdicts[0].reason')" = email-address ]
	[ "$(json '.email')" = bob@example.com ]
	run -2 trustctl verify "$PKI/alice.pem" --email a@b.example --host b.example
	run -2 trustctl verify "$PKI/alice.pem" --email a@b.example --usage tls-server
}

@test "every store must trust it" {
	profile=$(made_profile work)
	put_chain C,, ,,
	run -1 trustctl verify localhost --store all --json
	[ "$(json '.stores | length')" = 2 ]
	[ "$(json '[.stores[].trusted | tostring] | join(" ")')" = 'true false' ]
	[ "$(jq -r '.trusted' <<<"$output")" = false ]
	put root C,, 'Test Root' "$profile"
	put inter ,, 'Test Intermediate' "$profile"
	run -0 trustctl verify localhost --store all
	[[ $output == *"Store 'user'"*"Store 'firefox"* ]]
}

@test "a store that cannot be read is told and is no yes" {
	profile=$(made_profile work)
	put_chain C,, ,,
	head -c 4096 /dev/urandom >"$profile/cert9.db"
	run -6 --separate-stderr trustctl verify localhost --store all --json
	[ "$(jq -r '.trusted' <<<"$output")" = false ]
	# shellcheck disable=SC2154 # set by run
	[[ $stderr == *"is left out"* ]]
	[ "$(json '[.stores[].error // empty] | length')" = 1 ]
}

@test "the list of built-in roots is named where it has a say, with how far it holds" {
	put_chain C,, ,,
	run -0 trustctl verify localhost --json
	[[ $(json '.builtin.version') == *[0-9].[0-9]* ]]
	run -0 trustctl verify localhost
	[[ $output != *'built-in roots'* ]]
	trustctl trust reset 'Test Root' --quiet >/dev/null
	run -1 trustctl verify localhost
	[[ $output == *"built-in roots: "*[0-9].[0-9]* ]]
	[[ $output == *"approximate: Chromium and Firefox carry lists of their own"* ]]
}

@test "a built-in root is trusted by the list, until the store says otherwise" {
	# The list is the real machine's: with the test's own there is none to choose from.
	unset TRUSTCTL_ROOT
	id=$(trustctl list --store builtin --json | jq -r --arg now "$(date -u +%FT%TZ)" \
		'[.items[] | select(.kind == "root" and .not_after > $now and
			(.trust | test("tls-server")))][0].id')
	[ -n "$id" ] && [ "$id" != null ] || skip "no built-in roots on this machine"
	run -0 trustctl verify "$id" --usage tls-server --json
	[ "$(json '.stores[0].verdicts[0].path[0].state_from_builtin')" = true ]
	run -0 trustctl verify "$id" --usage tls-server --store builtin
	trustctl trust distrust "$id"
	run -1 trustctl verify "$id" --usage tls-server --json
	[ "$(json '.stores[0].verdicts[0].reason')" = distrusted ]
}

@test "without any user store the built-in roots are asked" {
	rm -r "$HOME/.local"
	run -1 trustctl verify "$PKI/chain.pem"
	[[ $output == *"Built-in roots alone"* ]]
	[ ! -e "$HOME/.local" ]
}

@test "a record that was tampered with counts as none" {
	put_chain C,, ,,
	sqlite3 "$STORE/cert9.db" \
		"UPDATE nssPublic SET ace53635b = x'ce534352' WHERE a0 = x'ce534353'"
	run -1 trustctl verify localhost
	[[ $output == *"tampered with"* ]]
}

@test "a record whose seal needs the store's password is told as not checked" {
	protected=$HOME/protected
	mkdir "$protected"
	certutil -N -d "sql:$protected" -f "$PKI/secret"
	certutil -A -d "sql:$protected" -n root -t C,, -i "$PKI/root.pem" -f "$PKI/secret"
	run -0 trustctl verify "$PKI/chain.pem" --store "$protected"
	[[ $output == *"an anchor of the store (record not checked: it needs the store's password)"* ]]
	run -0 trustctl verify "$PKI/chain.pem" --store "$protected" --store-password-file "$PKI/secret"
	[[ $output != *"record not checked"* ]]
}

@test "NSS's second opinion, and where it differs" {
	put_chain C,, ,,
	run -0 trustctl verify localhost --second-opinion --json
	[ "$(json '.stores[0].verdicts[0].second_opinion.trusted')" = true ]
	[ "$(jq -r '.stores[0].verdicts[0].second_opinion.differs' <<<"$output")" = false ]
	# A host that it does not cover is not asked of NSS.
	run -1 trustctl verify localhost --second-opinion --host other.example
	[[ $output == *"not asked about the host, agrees: trusted"* ]]
	openssl x509 -req -in "$PKI/server.csr" -CA "$PKI/inter.pem" -CAkey "$PKI/inter.key" \
		-set_serial 77 -sha1 -days 100 -extfile "$PKI/server.ext" -out "$PKI/sha1.pem"
	run -1 trustctl verify "$PKI/sha1.pem" --second-opinion
	[[ $output == *"NSS "*" differs: trusted"* ]]
	[[ $output == *"programs that leave the decision to NSS"*"trust it all the same"* ]]
}

# opinion NAME USAGE: what NSS says of it: whether it differs, and its words
opinion() {
	run --separate-stderr trustctl verify "$1" --usage "$2" --second-opinion --json
	jq -r '.stores[0].verdicts[0] | .second_opinion_error // (.second_opinion | "\(.differs) \(.words)")' <<<"$output"
}

@test "of a CA itself NSS is asked as of a CA, and not told to say that it is no server" {
	put_chain C,, ,,
	[ "$(opinion 'Test Intermediate' tls-server)" = 'false null' ]
	[ "$(opinion 'Test Intermediate' tls-client)" = 'it has no question about a CA for tls-client' ]
	# The one that NSS cannot be asked does not keep the next from being asked.
	run trustctl verify 'Test Intermediate' --usage any --second-opinion
	[[ $output == *'NSS could not be asked: it has no question about a CA for tls-client'*'it has no question about a CA for email'* ]]
	[[ $output != *'differs'* ]]
	issue sub '/CN=Sub CA/O=Test' inter 2900 'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign'
	put sub ,, 'Sub CA'
	certutil -M -d "sql:$STORE" -n 'Test Intermediate' -t p,p,p
	[ "$(opinion 'Test Intermediate' email)" = 'false distrusted' ]
	[ "$(opinion 'Sub CA' tls-server)" = 'false distrusted' ]
	[ "$(opinion localhost tls-server)" = 'false distrusted' ]
	# An anchor below a root that nobody trusts.
	certutil -M -d "sql:$STORE" -n 'Test Root' -t ,,
	certutil -M -d "sql:$STORE" -n 'Test Intermediate' -t C,,
	[ "$(opinion 'Test Intermediate' tls-server)" = 'false null' ]
}

# list NAME DAYS [REVOKED]: NAME.crl of the intermediate, PEM
list() {
	local serial
	: >"$PKI/index.txt"
	if [ -n "${3-}" ]; then
		serial=$(openssl x509 -in "$PKI/$3.pem" -noout -serial)
		printf 'R\t400101000000Z\t%s,keyCompromise\t%s\tunknown\t/CN=x\n' \
			"$(date -u -d '-1 day' +%y%m%d%H%M%SZ)" "${serial#serial=}" >"$PKI/index.txt"
	fi
	printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\n' "$PKI/index.txt" >"$PKI/crl.cnf"
	openssl ca -gencrl -config "$PKI/crl.cnf" -cert "$PKI/inter.pem" -keyfile "$PKI/inter.key" \
		-crldays "$2" -out "$PKI/$1.crl" 2>/dev/null
}

@test "revocation lists of files and of the store, and what is not known" {
	put_chain C,, ,,
	run -0 trustctl verify localhost
	[[ $output == *"revocation not checked: no list (--crl)"* ]]
	run -1 trustctl verify localhost --require-revocation --json
	[ "$(json '.stores[0].verdicts[0].reason')" = revocation-unknown ]
	[ "$(json '.stores[0].verdicts[0].path[0].revocation.state')" = unknown ]
	list clean 30
	run -0 trustctl verify localhost --crl "$PKI/clean.crl"
	[[ $output == *"localhost (server): good, not revoked (list of "* ]]
	[[ $output != *"not checked"* ]]
	[[ $output == *"Test Intermediate (intermediate): good, revocation unknown: no revocation list"* ]]
	[[ $output != *"ask its CA with --revocation"* ]]
	list bad 30 server
	openssl crl -in "$PKI/bad.crl" -outform DER -out "$PKI/bad.der"
	run -1 trustctl verify localhost --crl "$PKI/clean.crl" --crl "$PKI/bad.der" --json
	[ "$(json '.stores[0].verdicts[0].reason')" = revoked ]
	[ "$(json '.stores[0].verdicts[0].path[0].revocation.revoked_for')" = 'key compromise' ]
	crlutil -I -d "sql:$STORE" -i "$PKI/bad.der" -B
	run -1 trustctl verify localhost
	[[ $output == *"localhost (server): revoked on "*": key compromise"* ]]
	run -1 trustctl verify localhost --second-opinion
	run -3 trustctl verify localhost --crl "$PKI/server.pem"
	[[ $output == *"server.pem': it holds no revocation list"* ]]
}

@test "a revocation that is found at the end of many lists is told, or that the search was given up" {
	local n points='crlDistributionPoints='
	for ((n = 1; n <= 31; n++)); do points+="URI:http://127.0.0.1/$n.crl,"; done
	issue many '/CN=many' root 900 'basicConstraints=CA:FALSE' 'extendedKeyUsage=serverAuth' "${points%,}"
	put root C,, 'Test Root'
	local serial
	serial=$(openssl x509 -in "$PKI/many.pem" -noout -serial)
	printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\ncrl_extensions=e\n[e]\n' \
		"$BATS_TEST_TMPDIR/index" >"$BATS_TEST_TMPDIR/cnf"
	list() { # of NAME: with the distribution point that $1 says
		(cat "$BATS_TEST_TMPDIR/cnf"; echo "issuingDistributionPoint=critical,@p"; printf '[p]\nfullname=URI:%s\n' "$1") \
			>"$BATS_TEST_TMPDIR/cnf.now"
		openssl ca -gencrl -config "$BATS_TEST_TMPDIR/cnf.now" -cert "$PKI/root.pem" -keyfile "$PKI/root.key" \
			-crldays 90 2>/dev/null
	}
	: >"$BATS_TEST_TMPDIR/index"
	list http://127.0.0.1/other.crl >"$BATS_TEST_TMPDIR/other.pem"
	printf 'R\t350101000000Z\t260101000000Z\t%s\tunknown\t/CN=many\n' "${serial#serial=}" >"$BATS_TEST_TMPDIR/index"
	list http://127.0.0.1/31.crl >"$BATS_TEST_TMPDIR/last.pem"
	for n in 0 400 500 600 2000; do
		(yes "$BATS_TEST_TMPDIR/other.pem" | head -n "$n" | xargs -r cat; cat "$BATS_TEST_TMPDIR/last.pem") \
			>"$BATS_TEST_TMPDIR/lists.pem"
		run -1 trustctl verify "$PKI/many.pem" --crl "$BATS_TEST_TMPDIR/lists.pem"
		[[ $output == *revoked* || $output == *"was ended unfinished"* ]]
	done
}

@test "what is wrong with a person's certificate is no server's job" {
	run -1 trustctl verify "$PKI/alice.pem"
	[[ $output == *"(you: get it from its CA, then: trustctl import FILE)"* ]]
	[[ $output != *"the server's administrator"* ]]
	run -1 trustctl verify "$PKI/server.pem"
	[[ $output == *"(the server's administrator: have the server send it behind its own, unless it is a root)"* ]]
	put_chain CT,CT,CT ,,
	list struck 30 alice
	run -1 trustctl verify "$PKI/alice.pem" --crl "$PKI/struck.crl"
	[[ $output == *"remedy: have 'Alice Test' issued again, with a new key"* ]]
	[[ $output != *"the server's administrator"* ]]
}

@test "OCSP answers of files" {
	put_chain C,, ,,
	list bad 30 server
	openssl ocsp -issuer "$PKI/inter.pem" -cert "$PKI/server.pem" -no_nonce -reqout "$PKI/req" 2>/dev/null
	openssl ocsp -index "$PKI/index.txt" -CA "$PKI/inter.pem" -rsigner "$PKI/inter.pem" \
		-rkey "$PKI/inter.key" -reqin "$PKI/req" -respout "$PKI/answer" -ndays 7 2>/dev/null
	run -1 trustctl verify localhost --ocsp "$PKI/answer"
	[[ $output == *"'localhost' was revoked on "* ]]
	run -0 trustctl verify "$PKI/plain.pem" --ocsp "$PKI/answer"
	run -3 trustctl verify localhost --ocsp "$PKI/bad.crl"
}

@test "certificate policies are demanded on request" {
	put_chain C,, ,,
	put gold-ca ,, 'Gold CA'
	run -0 trustctl verify "$PKI/gold.pem" --explicit-policy
	run -0 trustctl verify "$PKI/gold.pem" --explicit-policy --policy 1.2.3.2 --policy 1.2.3.1
	run -1 trustctl verify "$PKI/gold.pem" --explicit-policy --policy 1.2.3.2 --json
	[ "$(json '.stores[0].verdicts[0].reason')" = policy ]
	run -0 trustctl verify "$PKI/gold.pem" --policy 1.2.3.1 --explicit-policy --inhibit-any \
		--inhibit-mapping --second-opinion
	run -1 trustctl verify localhost --explicit-policy
	[[ $output == *"a certificate policy is demanded, and at 'Test Intermediate' none is left"* ]]
	run -2 trustctl verify localhost --policy gold
}

@test "a file of an item's name, and an item of a file's name" {
	put_chain C,, ,,
	cd "$BATS_TEST_TMPDIR"
	cp "$PKI/root2.pem" localhost
	run -1 trustctl verify localhost --usage tls-server
	[[ $output == *"Second Root"* ]]
	run -0 trustctl verify localhost --item
}

@test "what is no question" {
	put_chain C,, ,,
	run -3 trustctl verify Nobody
	run -3 trustctl verify "$PKI/no-such-file.pem"
	run -3 trustctl verify "$PKI/server.key"
	run -2 trustctl verify localhost --usage nonsense
	run -2 trustctl verify localhost --usage email --host localhost
	run -2 trustctl verify localhost --at yesterday
	run -3 trustctl verify localhost --untrusted "$PKI/server.key"
	run -2 trustctl verify
}

@test "asking changes nothing" {
	put_chain C,, ,,
	before=$(snapshot)
	trustctl verify localhost --store all --second-opinion
	[ "$before" = "$(snapshot)" ]
	[ ! -e "$STORE/trustctl.db" ]
}

@test "in the locale C the path is drawn in ASCII" {
	put_chain C,, ,,
	run -0 --separate-stderr env LC_ALL=C trustctl verify localhost
	[[ ${lines[7]} == '    `- Test Intermediate (intermediate): good, '* ]]
}

@test "a clock before this program was made, or before a certificate shown, is a finding with its remedy" {
	TRUSTCTL_NOW=2024-01-01 run trustctl verify "$PKI/server.pem" --json
	[ "$(json '.stores[0].verdicts[0].findings[] | select(.finding == "clock-before-program") | .remedy')" = \
		'set the clock: timedatectl set-ntp true' ]
	jq -e '.stores[0].verdicts[0].findings[] | select(.finding == "clock-before-certificate")' <<<"$output"
	TRUSTCTL_NOW=$(date -u -d '+1 day' +%FT%TZ) run trustctl verify "$PKI/server.pem" --json
	run ! jq -e '.stores[0].verdicts[0].findings[] | select(.finding | startswith("clock"))' <<<"$output"
}

@test "one's own certificate is not asked to be trusted as a client's unless that is asked" {
	pk12util -i "$PKI/alice.p12" -d "sql:$STORE" -W secret -K '' >/dev/null
	put root ',C,' 'Test Root'
	run -0 trustctl verify 'Alice Test'
	[[ $output == *'email: trusted'* && $output != *tls-client:* && $output == *'judged by servers'* ]]
	run -1 trustctl verify 'Alice Test' --usage tls-client
	[[ $output == *"remedy: trustctl identity check $(sha256 alice | cut -c 1-16)"* && $output != *'trust enable'* ]]
	# Somebody else's is.
	issue bob '/CN=Bob Test' inter 900 'basicConstraints=CA:FALSE' 'extendedKeyUsage=clientAuth,emailProtection'
	run -1 trustctl verify "$PKI/bob.pem"
	[[ $output == *tls-client:* ]]
}
