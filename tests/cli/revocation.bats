#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl verify --revocation: whom certificates name is asked, in time, and believed by signature.

load helper
load pki

# started FILE: the port that a server wrote there
started() {
	local tries=0
	until [[ -s $1 ]]; do
		((tries++ < 100)) || return 1
		sleep 0.05
	done
	cat "$1"
}

# leaf NAME [EXTENSION...]: a server's certificate of the root's
leaf() {
	local name=$1
	shift
	issue "$name" "/CN=$name" root 2000 'basicConstraints=CA:FALSE' \
		"subjectAltName=DNS:$name.example" 'extendedKeyUsage=serverAuth' "$@"
}

# row NAME [DATE]: what the responder's index says of it; with a date: revoked
row() {
	local serial
	serial=$(openssl x509 -in "$PKI/$1.pem" -noout -serial)
	printf '%s\t350101000000Z\t%s\t%s\tunknown\t/CN=%s\n' "${2:+R}${2:-V}" \
		"${2:+$2,keyCompromise}" "${serial#serial=}" "$1" | sed 's/^R[0-9]*Z/R/; s/^VV*/V/'
}

# list NAME DAYS [REVOKED]: a revocation list of the root's, NAME.crl (DER)
list() {
	: >"$PKI/list.txt"
	[[ -z ${3-} ]] || row "$3" 260101000000Z >"$PKI/list.txt"
	printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\n' "$PKI/list.txt" >"$PKI/crl.cnf"
	openssl ca -gencrl -config "$PKI/crl.cnf" -cert "$PKI/root.pem" -keyfile "$PKI/root.key" \
		-crldays "$2" -out "$PKI/list.pem" 2>/dev/null
	openssl crl -in "$PKI/list.pem" -outform DER -out "$WEB/$1.crl"
}

# numbered NAME NUMBER SIGNER REVOKED|- [EXTENSION...]: a list with a number and more
numbered() {
	local name=$1 signer=$3 number
	: >"$PKI/list.txt"
	[[ $4 == - ]] || row "$4" 260101000000Z >"$PKI/list.txt"
	printf -v number '%02x' "$2"
	printf '[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\n[e]\n2.5.29.20=DER:0201%s\n' \
		"$PKI/list.txt" "$number" >"$PKI/crl.cnf"
	printf '%s\n' "${@:5}" >>"$PKI/crl.cnf"
	openssl ca -gencrl -config "$PKI/crl.cnf" -crlexts e -cert "$PKI/$signer.pem" -keyfile "$PKI/$signer.key" \
		-crl_lastupdate "$(date -u -d "-$((9 - $2)) hours" +%Y%m%d%H%M%SZ)" -crldays 30 -out "$PKI/list.pem" 2>/dev/null
	openssl crl -in "$PKI/list.pem" -outform DER -out "$WEB/$name.crl"
}

# answer NAME CERTIFICATE SIGNER [OPTION...]: an OCSP answer kept in a file of the web server's
answer() {
	local name=$1 cert=$2 signer=$3
	shift 3
	openssl ocsp -issuer "$PKI/root.pem" -cert "$PKI/$cert.pem" -no_nonce -reqout "$PKI/req" 2>/dev/null
	openssl ocsp -index "$PKI/index.txt" -CA "$PKI/root.pem" -rsigner "$PKI/$signer.pem" \
		-rkey "$PKI/$signer.key" -reqin "$PKI/req" -respout "$WEB/$name" "$@" 2>/dev/null
}

setup_file() {
	make_pki
	WEB=$BATS_FILE_TMPDIR/web
	LOG=$BATS_FILE_TMPDIR/log
	mkdir -p "$WEB"
	"$BATS_TEST_DIRNAME/web-server" "$BATS_FILE_TMPDIR/port" "$WEB" "$LOG" >/dev/null 2>&1 </dev/null 3>&- &
	WEB_PID=$!
	PORT=$(started "$BATS_FILE_TMPDIR/port")
	AT=http://127.0.0.1:$PORT
	export WEB LOG PORT AT WEB_PID
	make_leaves
}

make_leaves() {
	local ocsp="authorityInfoAccess=OCSP;URI:$AT/responder" path
	leaf good "$ocsp"
	leaf bad "$ocsp"
	leaf stranger "$ocsp"
	issue sub '/CN=Sub CA' root 2000 'basicConstraints=critical,CA:TRUE' "$ocsp" 'subjectKeyIdentifier=hash'
	issue below '/CN=below' sub 2000 'basicConstraints=CA:FALSE' 'subjectAltName=DNS:below.example' \
		'extendedKeyUsage=serverAuth' "crlDistributionPoints=URI:$AT/file/sub.crl"
	leaf plain
	leaf listed "crlDistributionPoints=URI:$AT/file/clean.crl"
	leaf struck "crlDistributionPoints=URI:$AT/chunked/struck.crl"
	leaf moved "crlDistributionPoints=URI:$AT/to/clean.crl"
	leaf open "crlDistributionPoints=URI:$AT/open/clean.crl"
	leaf agrees "crlDistributionPoints=URI:$AT/dated/-60/0/clean.crl"
	leaf differs "crlDistributionPoints=URI:$AT/dated/-400/0/clean.crl"
	leaf aged "crlDistributionPoints=URI:$AT/dated/-7200/7180/clean.crl"
	leaf doubted "crlDistributionPoints=URI:$AT/dated/86400/0/stale.crl,URI:$AT/dated/0/0/clean.crl"
	leaf stale "crlDistributionPoints=URI:$AT/file/stale.crl"
	leaf both "authorityInfoAccess=OCSP;URI:$AT/silent" "crlDistributionPoints=URI:$AT/file/clean.crl"
	leaf refused 'authorityInfoAccess=OCSP;URI:http://127.0.0.1:1/'
	leaf tls 'crlDistributionPoints=URI:https://127.0.0.1:1/x.crl'
	leaf ldap 'crlDistributionPoints=URI:ldap://127.0.0.1:1/x'
	for path in silent slow garbage loop tls disk endless huge head cut close; do
		leaf "at-$path" "crlDistributionPoints=URI:$AT/$path"
	done
	for path in expired wrong other; do
		leaf "$path" "authorityInfoAccess=OCSP;URI:$AT/ocsp/$path"
	done
	make_deltas
	{ row good && row bad 260101000000Z && row sub 260101000000Z && row expired && row wrong; } >"$PKI/index.txt"
	list clean 30
	list struck 30 struck
	openssl ca -gencrl -config "$PKI/crl.cnf" -cert "$PKI/root.pem" -keyfile "$PKI/root.key" \
		-crl_lastupdate 20250101000000Z -crl_nextupdate 20250201000000Z -out "$PKI/list.pem" 2>/dev/null
	openssl crl -in "$PKI/list.pem" -outform DER -out "$WEB/stale.crl"
	answer expired expired root
	answer wrong wrong root2 -nmin 60
	answer other good root -nmin 60
}

# Base lists of number 1 that acquit, one naming the place of its delta, and deltas of number 2.
make_deltas() {
	local base='2.5.29.27=critical,DER:020101' point="crlDistributionPoints=URI:$AT/file"
	leaf by-list "$point/names-delta.crl"
	leaf by-cert "$point/base.crl" "freshestCRL=URI:$AT/file/strikes-by-cert.crl"
	leaf late "$point/base.crl" "freshestCRL=URI:$AT/silent,URI:$AT/file/strikes-late.crl"
	leaf clean "$point/base.crl" "freshestCRL=URI:$AT/file/strikes-by-cert.crl"
	leaf forged "$point/base.crl" "freshestCRL=URI:$AT/file/forged.crl"
	leaf later-base "$point/base.crl" "freshestCRL=URI:$AT/file/of-another.crl"
	leaf lonely "freshestCRL=URI:$AT/file/strikes-lonely.crl"
	numbered base 1 root -
	numbered names-delta 1 root - "freshestCRL=URI:$AT/file/strikes-by-list.crl"
	numbered strikes-by-list 2 root by-list "$base"
	numbered strikes-by-cert 2 root by-cert "$base"
	numbered strikes-late 2 root late "$base"
	numbered strikes-lonely 2 root lonely "$base"
	numbered forged 2 root2 forged "$base"
	numbered of-another 3 root later-base '2.5.29.27=critical,DER:020102'
}

teardown_file() {
	kill "$WEB_PID" 2>/dev/null || true
}

setup() {
	setup_home
	make_user_store
	certutil -A -d "sql:$STORE" -n 'Test Root' -t C,, -i "$PKI/root.pem"
	: >"$LOG"
}

# state [INDEX]: of the leaf's revocation, in the last output
state() {
	json '.stores[0].verdicts[0].path[0].revocation.state'
}

# failed NAME WORDS SECONDS: nobody says anything usable, which is unknown, never good, and told in time
failed() {
	local before=$SECONDS
	run -0 trustctl verify "$PKI/$1.pem" --revocation --json
	[ $((SECONDS - before)) -le "$3" ]
	[ "$(state)" = unknown ]
	[ "$(json '.fetches[0].outcome')" = failed ] || [ "$(json '.fetches[0].outcome')" = answered ]
	[[ $(json '.fetches[0].words') == *"$2"* ]]
	run -1 trustctl verify "$PKI/$1.pem" --require-revocation --crl "$WEB/stale.crl"
	[ ! -e "$HOME/.cache/trustctl" ]
}

@test "a responder says that a certificate is good" {
	run -0 trustctl verify "$PKI/good.pem" --revocation --require-revocation
	[[ $output == *"Asked about revocation"* ]]
	[[ $output == *"$AT/responder, for 'good' ("*" ms): OCSP answer of "* ]]
	[[ $output == *"good (server): good, not revoked (OCSP answer of "* ]]
}

@test "a responder says that a certificate is revoked" {
	run -1 trustctl verify "$PKI/bad.pem" --revocation --json
	[ "$(json '.stores[0].verdicts[0].reason')" = revoked ]
	[ "$(json '.stores[0].verdicts[0].path[0].revocation.source')" = ocsp ]
	[ "$(json '.fetches | length')" = 1 ]
	[ "$(json '.fetches[0].method')" = ocsp ]
	[ "$(json '.fetches[0].outcome')" = answered ]
}

@test "every element of the path but the anchor is asked about" {
	run -1 trustctl verify "$PKI/below.pem" --untrusted "$PKI/sub.pem" --revocation --json
	[ "$(json '.stores[0].verdicts[0].reason')" = revoked ]
	[ "$(json '.stores[0].verdicts[0].path[1].revocation.state')" = revoked ]
	[ "$(json '[.fetches[] | .name + " " + .method] | sort | join(",")')" = 'Sub CA ocsp,below crl' ]
	[[ $(json '.fetches[] | select(.method == "crl") | .words') == *"answers with status 404" ]]
}

@test "who leads to no anchor is not asked about" {
	certutil -D -d "sql:$STORE" -n 'Test Root'
	run -1 trustctl verify "$PKI/good.pem" --revocation --json
	[ "$(json '.fetches | length')" = 0 ]
	[ ! -s "$LOG" ]
}

@test "what a responder does not know is never shown as good" {
	run -0 trustctl verify "$PKI/stranger.pem" --revocation --json
	[ "$(state)" = unknown ]
	[[ $(json '.stores[0].verdicts[0].path[0].revocation.words') == *"the OCSP responder does not know it"* ]]
	run -1 trustctl verify "$PKI/stranger.pem" --revocation --require-revocation
}

@test "an answer whose time is over acquits nobody" {
	TRUSTCTL_NOW=$(date -u -d '+9 days' +%FT%TZ) failed expired 'OCSP answer of' 5
	run -0 env TRUSTCTL_NOW="$(date -u -d '+9 days' +%FT%TZ)" trustctl verify "$PKI/expired.pem" --revocation
	[[ $output == *"revocation unknown: what is here about it is too old"* ]]
}

@test "an answer that somebody else signed counts for nothing, and is not kept" {
	failed wrong 'OCSP answer of' 5
	run -0 trustctl verify "$PKI/wrong.pem" --revocation
	[[ $output == *"revocation unknown: what is here about it is not signed by somebody who may"* ]]
}

@test "an answer about another certificate is none" {
	failed other 'about another certificate' 5
}

@test "a revocation list by HTTP: with its length, in chunks, until the end, and behind a redirect" {
	local name
	for name in listed moved open; do
		run -0 trustctl verify "$PKI/$name.pem" --revocation --require-revocation --json
		[ "$(state)" = good ]
		[ "$(json '.fetches[0].method')" = crl ]
		[[ $(json '.fetches[0].words') == *"revocation list of "* ]]
	done
	run -1 trustctl verify "$PKI/struck.pem" --revocation
	[[ $output == *"'struck' was revoked on 2026-01-01"* ]]
}

@test "a revocation list whose time is over acquits nobody" {
	failed stale 'revocation list of' 5
}

@test "where the responder is silent the list is fetched" {
	run -0 trustctl verify "$PKI/both.pem" --revocation --json
	[ "$(state)" = good ]
	[ "$(json '[.fetches[].method] | join(",")')" = ocsp,crl ]
	[[ $(json '.fetches[0].words') == *"did not answer within 10.0 s"* ]]
	[ "$(json '.fetches[0].ms')" -le 11000 ]
}

@test "servers that are silent, slow or without end are left in time" {
	failed at-silent 'did not answer within 10.0 s' 12 &
	local other=$!
	failed at-slow 'did not answer within 10.0 s' 12
	wait "$other"
	failed at-endless 'is longer than it may be' 12
}

@test "servers that talk nonsense are told from each other" {
	failed at-garbage 'is not HTTP' 3
	failed at-huge 'is longer than it may be' 3
	failed at-head 'has a head longer than it may be' 3
	failed at-cut 'ends too early' 3
	failed at-close 'is empty' 3
	failed refused 'nothing listens on that port' 3
}

@test "redirects lead to http alone, and not for ever" {
	failed at-loop 'redirects more than 3 times' 3
	failed at-tls 'https needs a certificate' 3
	failed at-disk 'it is no http URL' 3
	[ "$(grep -c '^GET /loop$' "$LOG")" -eq 4 ]
}

@test "other schemes are refused by name" {
	failed tls 'https needs a certificate' 2
	failed ldap 'LDAP is not spoken here' 2
}

@test "what was proved is kept until it is replaced, where only its owner reads" {
	run -0 trustctl verify "$PKI/listed.pem" --revocation
	run -0 trustctl verify "$PKI/good.pem" --revocation
	[ "$(stat -c %a "$HOME/.cache/trustctl")" = 700 ]
	[ "$(find "$HOME/.cache/trustctl" -type f -perm 600 | wc -l)" -eq 2 ]
	[ "$(find "$HOME/.cache/trustctl" -type f | wc -l)" -eq 2 ]
	: >"$LOG"
	run -0 trustctl verify "$PKI/listed.pem" --revocation --json
	[ "$(state)" = good ]
	[ "$(json '.fetches[0].cached')" = true ]
	[ ! -s "$LOG" ]
	run -0 env TRUSTCTL_NOW="$(date -u -d '+40 days' +%FT%TZ)" trustctl verify "$PKI/listed.pem" --revocation
	[[ $output == *"revocation unknown"* ]]
	grep -q '^GET /file/clean.crl$' "$LOG"
}

@test "XDG_CACHE_HOME moves the cache" {
	run -0 env XDG_CACHE_HOME="$HOME/elsewhere" trustctl verify "$PKI/listed.pem" --revocation
	[ -d "$HOME/elsewhere/trustctl" ]
	[ ! -e "$HOME/.cache" ]
}

@test "a cache that was tampered with is not believed, and asked again" {
	local file
	run -0 trustctl verify "$PKI/listed.pem" --revocation
	file=$(find "$HOME/.cache/trustctl" -type f)
	openssl ca -gencrl -config "$PKI/crl.cnf" -cert "$PKI/root2.pem" -keyfile "$PKI/root2.key" \
		-crldays 99 -out "$PKI/foreign.pem" 2>/dev/null
	openssl crl -in "$PKI/foreign.pem" -outform DER -out "$file"
	: >"$LOG"
	run -0 trustctl verify "$PKI/listed.pem" --revocation --require-revocation --json
	[ "$(state)" = good ]
	[ "$(json '[.fetches[].cached | tostring] | join(",")')" = true,false ]
	echo garbage >"$file"
	run -0 trustctl verify "$PKI/listed.pem" --revocation --require-revocation
}

@test "about another time nobody is asked, and the cache counts" {
	run -0 trustctl verify "$PKI/listed.pem" --revocation --at "$(date -u -d '+1 day' +%F)" --json
	[ "$(state)" = unknown ]
	[ "$(json '.fetches | length')" = 0 ]
	[ ! -s "$LOG" ]
	run -0 trustctl verify "$PKI/listed.pem" --revocation
	: >"$LOG"
	run -0 trustctl verify "$PKI/listed.pem" --revocation --at "$(date -u -d '+1 day' +%F)"
	[[ $output == *"nothing was fetched: servers answer about now"* ]]
	[[ $output == *"not revoked (list of "* ]]
	[ ! -s "$LOG" ]
}

@test "without --revocation no socket is opened and nothing is kept" {
	command -v strace >/dev/null || skip 'no strace here'
	[[ $(ldd "$TRUSTCTL") != *asan* ]] || skip 'strace and the leak checker exclude each other'
	run -0 strace -f -qq -e trace=socket,connect -o "$BATS_TEST_TMPDIR/calls" \
		trustctl verify "$PKI/good.pem"
	[[ $output == *"--revocation asks its CA"* ]]
	run ! grep -E 'AF_INET|connect\(' "$BATS_TEST_TMPDIR/calls"
	run -0 trustctl verify "$PKI/listed.pem" --json
	[ "$(json '.fetches | length')" = 0 ]
	[ ! -s "$LOG" ]
	[ ! -e "$HOME/.cache" ]
}

@test "who names nobody is not asked about, and that is said" {
	run -0 trustctl verify "$PKI/plain.pem" --revocation
	[[ $output == *"nobody was asked about revocation"* ]]
	[[ $output == *"revocation not checked"*'does not say where its revocation could be learnt'* ]]
	run -0 trustctl verify "$PKI/plain.pem"
	[[ $output == *"revocation not checked"*'does not say where its revocation could be learnt'* ]]
	[[ $output != *'names no place'* && $output != *'--revocation asks'* ]]
}

# clock NAME: what the findings say of the clock
clock() {
	run --separate-stderr trustctl verify "$PKI/$1.pem" --revocation --json
	jq -r '.stores[0].verdicts[0].findings[] | select(.finding == "clock-differs") | .sentence' <<<"$output"
}

@test "a clock more than five minutes from every server's is a finding, and its remedy is told" {
	[[ $(clock differs) == 'the clock is 6 minutes ahead of that of every server asked' ]]
	[ -z "$(clock agrees)" ]
	rm -r "$HOME/.cache"
	[[ $(TRUSTCTL_NOW=$(date -u -d '-3 days' +%FT%TZ) clock agrees) == 'the clock is '[23]' days behind '* ]]
	[[ $(TRUSTCTL_NOW=$(date -u -d '+3 hours' +%FT%TZ) clock agrees) == 'the clock is 3 hours ahead of '* ]]
	rm -r "$HOME/.cache"
	run trustctl verify "$PKI/differs.pem" --revocation
	[[ $output == *"error: the clock is 6 minutes ahead of "*"(you: set the clock: timedatectl set-ntp true)"* ]]
}

@test "what a cache kept for hours, and one server of several that is wrong, say nothing of the clock" {
	[ -z "$(clock aged)" ]
	run -0 trustctl verify "$PKI/doubted.pem" --revocation
	[[ $output == *"/dated/86400/0/stale.crl, for "*"/dated/0/0/clean.crl, for "* ]]
	[[ $output != *"the clock"* ]]
}

# asked: the places of the last output, in order
asked() { jq -r '[.fetches[] | .url | sub(".*/"; "")] | join(" ")' <<<"$output"; }

@test "a delta list, where the list or the certificate says it is, convicts whom the list acquits" {
	local name
	for name in by-list by-cert; do
		run -1 trustctl verify "$PKI/$name.pem" --revocation --json
		[ "$(json '.stores[0].verdicts[0].reason')" = revoked ]
		[ "$(json '.fetches | length')" = 2 ]
		[[ $(json '.fetches[1].words') == 'delta revocation list of '*', 1 revoked, of '* ]]
		[[ $(asked) == *" strikes-$name.crl" ]]
	done
	# From the cache too.
	: >"$LOG"
	run -1 trustctl verify "$PKI/by-list.pem" --revocation --json
	[ "$(json '[.fetches[].cached] | all')" = true ]
	[ ! -s "$LOG" ]
	run -0 trustctl verify "$PKI/by-list.pem" --crl "$WEB/names-delta.crl"
}

@test "a delta list that does not name it acquits, and says of when it is" {
	run -0 trustctl verify "$PKI/clean.pem" --revocation --require-revocation --json
	[ "$(state)" = good ]
	[ "$(asked)" = 'base.crl strikes-by-cert.crl' ]
	[ "$(json '.stores[0].verdicts[0].path[0].revocation.as_of')" = \
		"$(date -u -d "$(openssl crl -inform DER -in "$WEB/strikes-by-cert.crl" -noout -lastupdate | cut -d = -f 2)" +%FT%TZ)" ]
}

@test "a place of a delta list that is silent leads to the next" {
	run -1 trustctl verify "$PKI/late.pem" --revocation --json
	[ "$(json '.stores[0].verdicts[0].reason')" = revoked ]
	[ "$(asked)" = 'base.crl silent strikes-late.crl' ]
}

@test "a delta list of a stranger, or for another list, counts for nothing and is not kept" {
	local name
	for name in forged later-base; do
		run -0 trustctl verify "$PKI/$name.pem" --revocation --require-revocation --json
		[ "$(state)" = good ]
		[ "$(json '.fetches | length')" = 2 ]
		[ "$(find "$HOME/.cache/trustctl" -type f | wc -l)" -eq 1 ]
		rm -r "$HOME/.cache"
	done
}

@test "a delta list in the cache that was tampered with is asked for again" {
	local file
	run -1 trustctl verify "$PKI/by-cert.pem" --revocation
	for file in "$HOME"/.cache/trustctl/*; do
		cmp -s "$file" "$WEB/strikes-by-cert.crl" && cp "$WEB/forged.crl" "$file"
	done
	: >"$LOG"
	run -1 trustctl verify "$PKI/by-cert.pem" --revocation --json
	[ "$(json '.stores[0].verdicts[0].reason')" = revoked ]
	[ "$(cat "$LOG")" = 'GET /file/strikes-by-cert.crl' ]
}

@test "a list of the store says where its delta list is, and a delta list alone says nothing" {
	trustctl import "$WEB/names-delta.crl"
	leaf unnamed
	run -0 trustctl verify "$PKI/unnamed.pem" --revocation --json
	[ "$(state)" = good ]
	[ "$(asked)" = strikes-by-list.crl ]
	trustctl delete "$(sha256sum <"$WEB/names-delta.crl" | cut -d ' ' -f 1)" --yes
	run -0 trustctl verify "$PKI/lonely.pem" --revocation --json
	[ "$(state)" = unknown ]
}
