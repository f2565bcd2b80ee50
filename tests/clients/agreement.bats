#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Do our verdicts of a store agree with the browsers that read it? Many situations, each a server of
# its own; one store with everything in it, asked by trustctl, Chromium and Firefox. Where a browser
# has a policy of its own, doc/verdicts-browsers.tsv says which.

load servers
load clients

setup_file() {
	have_nginx || return 0
	pick_address
	new_pki
	: >situations
	: >trusted
	{ make_cas && make_situations; } >make.log 2>&1 || { tail -20 make.log >&2; false; }
	while read -r name port _ key chain; do
		put_server "$port" "$chain" "$key" 'ssl_ciphers ALL:@SECLEVEL=0'
	done <situations >servers.conf
	start_nginx servers.conf
	answers 8001
}
teardown_file() { stop_all; }

# here NAME LETTERS: the store has it, with this trust
here() { echo "$1 $2" >>"$PKI/trusted"; }
# situation NAME HOST KEY CERTIFICATE...: a server of that name sends these
situation() {
	local port=$((8001 + $(wc -l <"$PKI/situations")))
	echo "$1 $port $2 $3 ${*:4}" >>"$PKI/situations"
}
# leaf NAME ISSUER [EXTENSIONS [FROM TO [DIGEST]]]: of www.example.com
leaf() {
	cert "$1" "$2" "/CN=$1" \
	    "${3:-${END}extendedKeyUsage=serverAuth\nsubjectAltName=DNS:www.example.com\n}" "${@:4}"
}
# plain NAME ISSUER: a leaf, and the situation that sends it alone with its issuer
plain() {
	leaf "$1" "$2"
	situation "$1" www.example.com "$1" "$1" "$2"
}

make_cas() {
	cert root - '/CN=Agreement Root/O=A' "$CA"
	here root C,,
	cert inter root '/CN=Agreement Intermediate/O=A' "$CA"
	cert far-root - '/CN=Agreement Far Root/O=A' "$CA"
	cert far-inter far-root '/CN=Agreement Far Intermediate/O=A' "$CA"
}

make_situations() {
	local w=www.example.com san='subjectAltName=DNS:www.example.com\n' auth='extendedKeyUsage=serverAuth\n' n
	# good ones
	plain good inter
	leaf by-root root && situation by-root $w by-root by-root
	situation root-sent $w good good inter root
	situation extra-sent $w good good far-root inter
	leaf order root && situation wrong-order $w good good root far-inter inter
	openssl genrsa -out rsa2048.key 2048
	plain rsa2048 inter
	openssl ecparam -name secp384r1 -genkey -noout -out p384.key
	plain p384 inter
	leaf long inter '' -10 2000 && situation long-validity $w long long inter
	leaf any-use inter "${END}$san" && situation without-purposes $w any-use any-use inter
	leaf eku-any inter "${END}${san}extendedKeyUsage=anyExtendedKeyUsage\n" && situation any-purpose $w eku-any eku-any inter
	# names
	situation wrong-name other.example.net good good inter
	leaf cn-only inter "$END$auth" && situation common-name-only $w cn-only cn-only inter
	leaf wild inter "${END}${auth}subjectAltName=DNS:*.example.com\n"
	situation wildcard $w wild wild inter
	situation wildcard-deep a.b.example.com wild wild inter
	situation wildcard-base example.com wild wild inter
	leaf partial inter "${END}${auth}subjectAltName=DNS:w*.example.com\n" && situation wildcard-part $w partial partial inter
	leaf address inter "${END}${auth}subjectAltName=IP:$ADDRESS\n" && situation address "$ADDRESS" address address inter
	situation address-without-name "$ADDRESS" good good inter
	situation upper-case WWW.Example.COM good good inter
	# dates
	leaf expired inter '' -30 -3 && situation expired $w expired expired inter
	leaf future inter '' 5 30 && situation not-yet-valid $w future future inter
	cert old-inter root '/CN=Agreement Old Intermediate/O=A' "$CA" -30 -3 && plain by-expired-ca old-inter
	cert new-inter root '/CN=Agreement New Intermediate/O=A' "$CA" 5 30 && plain by-future-ca new-inter
	cert old-root - '/CN=Agreement Old Root/O=A' "$CA" -30 -3 && here old-root C,, && plain by-expired-root old-root
	cp old-inter.key twin.key
	cert twin root '/CN=Agreement Old Intermediate/O=A' "$CA" && here twin ,, && leaf of-twin twin
	situation expired-twin-sent $w of-twin of-twin old-inter
	situation both-twins-sent $w of-twin of-twin old-inter twin
	# roots
	situation unknown-root-sent $w far far far-inter far-root
	situation unknown-root $w far far far-inter
	leaf far far-inter
	for n in undecided:,, distrusted:p,, client-ca:T,, mail-ca:,C, code-ca:,,C; do
		cert "${n%%:*}-root" - "/CN=Agreement ${n%%:*} Root/O=A" "$CA"
		here "${n%%:*}-root" "${n#*:}"
		plain "by-${n%%:*}-root" "${n%%:*}-root"
	done
	# intermediates
	cert lost root '/CN=Agreement Lost Intermediate/O=A' "$CA" && leaf of-lost lost && situation missing-intermediate $w of-lost of-lost
	cert kept root '/CN=Agreement Kept Intermediate/O=A' "$CA" && here kept ,, && leaf of-kept kept && situation intermediate-in-store $w of-kept of-kept
	cert bad root '/CN=Agreement Bad Intermediate/O=A' "$CA" && here bad p,, && plain distrusted-intermediate bad
	cert mid far-root '/CN=Agreement Middle/O=A' "$CA" && here mid C,, && plain intermediate-anchor mid
	cert mid2 distrusted-root '/CN=Agreement Middle Two/O=A' "$CA" && here mid2 C,, && plain anchor-below-distrusted mid2
	# leaves with records
	leaf banned inter && here banned p,, && situation distrusted-leaf $w banned banned inter
	leaf peer far-inter && here peer P,, && situation peer $w peer peer far-inter
	leaf peer-ca far-inter && here peer-ca CP,, && situation peer-and-anchor $w peer-ca peer-ca far-inter
	leaf anchored far-inter && here anchored C,, && situation leaf-anchor $w anchored anchored far-inter
	leaf anchored-all distrusted-root && here anchored-all CT,C,C && situation leaf-anchor-below-distrusted $w anchored-all anchored-all
	leaf self-anchor - && here self-anchor C,, && situation self-signed-anchor $w self-anchor self-anchor
	leaf anchored-banned inter && here anchored-banned pC,, && situation leaf-anchor-distrusted $w anchored-banned anchored-banned inter
	cert peer-inter root '/CN=Agreement Peer Intermediate/O=A' "$CA" && here peer-inter P,, && plain by-peer-intermediate peer-inter
	cert client-peer root '/CN=Agreement Client Peer/O=A' "$CA" && here client-peer TP,, && plain by-client-and-peer client-peer
	cert both-inter root '/CN=Agreement Both/O=A' "$CA" && here both-inter CP,, && plain by-anchor-and-peer both-inter
	cert mail-banned root '/CN=Agreement Mail Banned/O=A' "$CA" && here mail-banned ,p,p && plain by-distrusted-for-mail mail-banned
	cert peer-root - '/CN=Agreement Peer Root/O=A' "$CA" && here peer-root P,, && plain by-peer-root peer-root
	cert odd-root - '/CN=Agreement Odd Root/O=A' "$CA" && here odd-root pC,, && plain by-anchor-and-distrusted odd-root
	leaf self - && situation self-signed $w self self
	leaf self-peer - && here self-peer P,, && situation self-signed-peer $w self-peer self-peer
	leaf self-both - && here self-both CP,, && situation self-signed-both $w self-both self-both
	# what may be issued
	leaf client inter "${END}${san}extendedKeyUsage=clientAuth\n" && situation client-purpose $w client client inter
	cert eku-ca root '/CN=Agreement Client Intermediate/O=A' "${CA}extendedKeyUsage=clientAuth\n" && plain ca-of-other-purpose eku-ca
	cert tls-ca root '/CN=Agreement TLS Intermediate/O=A' "${CA}extendedKeyUsage=serverAuth\n" && plain ca-of-this-purpose tls-ca
	cert nc-good root '/CN=Agreement NC Good/O=A' "${CA}nameConstraints=critical,permitted;DNS:example.com\n" && plain constraint-kept nc-good
	cert nc-bad root '/CN=Agreement NC Bad/O=A' "${CA}nameConstraints=critical,permitted;DNS:example.org\n" && plain constraint-broken nc-bad
	cert nc-ex root '/CN=Agreement NC Excluded/O=A' "${CA}nameConstraints=critical,excluded;DNS:example.com\n" && plain constraint-excluded nc-ex
	cert nc-root - '/CN=Agreement NC Root/O=A' "${CA}nameConstraints=critical,permitted;DNS:example.org\n" && here nc-root C,, && plain constraint-of-root nc-root
	cert len0 root '/CN=Agreement Length/O=A' 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign\n' && plain path-length-kept len0
	cert below len0 '/CN=Agreement Below/O=A' "$CA" && leaf of-below below && situation path-length-broken $w of-below of-below below len0
	cert no-ca root '/CN=Agreement No CA/O=A' "$END" && plain issuer-no-ca no-ca
	cert no-sign root '/CN=Agreement No Sign/O=A' 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature\n' && plain issuer-may-not-sign no-sign
	leaf is-ca inter "basicConstraints=critical,CA:TRUE\n$auth$san" && situation leaf-is-ca $w is-ca is-ca inter
	leaf odd inter "${END}${auth}${san}1.2.3.4.5=critical,ASN1:NULL\n" && situation critical-extension $w odd odd inter
	cert odd-ca root '/CN=Agreement Odd/O=A' "${CA}1.2.3.4.5=critical,ASN1:NULL\n" && plain critical-extension-of-ca odd-ca
	cert policy-ca root '/CN=Agreement Policy/O=A' "${CA}certificatePolicies=1.2.3.1\npolicyConstraints=critical,requireExplicitPolicy:0\n" && plain policy-demanded policy-ca
	# critical extensions that not everybody knows
	leaf hard-points inter "${END}${auth}${san}crlDistributionPoints=critical,URI:http://127.0.0.1/x.crl\n" && situation critical-list-place $w hard-points hard-points inter
	leaf hard-access inter "${END}${auth}${san}authorityInfoAccess=critical,OCSP;URI:http://127.0.0.1/\n" && situation critical-access $w hard-access hard-access inter
	cert mappings root '/CN=Agreement Mappings/O=A' "${CA}policyMappings=critical,1.2.3.1:1.2.3.2\n" && plain critical-mappings mappings
	# paths that Firefox does not find
	cp root.pem deep0.pem && cp root.key deep0.key
	for n in 1 2 3 4 5 6 7; do cert "deep$n" "deep$((n - 1))" "/CN=Agreement Deep $n/O=A" "$CA"; done
	leaf over-six deep6 && situation six-intermediates $w over-six over-six deep{6..1}
	leaf over-seven deep7 && situation seven-intermediates $w over-seven over-seven deep{7..1}
	cert spelt root '/CN=Agreement Spelt/O=A' "$CA" && leaf of-spelt spelt && cp spelt.key spelt-other.key
	cert spelt-other root '/CN=AGREEMENT  spelt/O=A' "$CA" && situation issuer-in-other-letters $w of-spelt of-spelt spelt-other
	# strength and signatures
	openssl ecparam -name secp521r1 -genkey -noout -out p521.key
	plain p521 inter
	openssl genpkey -algorithm ed25519 -out ed-ca.key
	cert ed-ca root '/CN=Agreement Ed25519/O=A' "$CA" && plain ed25519-ca ed-ca
	leaf sha1 inter '' -1 200 sha1 && situation sha1 $w sha1 sha1 inter
	cert sha1-ca root '/CN=Agreement SHA-1/O=A' "$CA" -1 200 sha1 && plain sha1-of-ca sha1-ca
	openssl genrsa -out rsa1024.key 1024
	plain rsa1024 inter
	openssl genrsa -out rsa1024-ca.key 1024
	cert rsa1024-ca root '/CN=Agreement RSA 1024/O=A' "$CA" && plain rsa1024-of-ca rsa1024-ca
	cert impostor - '/CN=Agreement Intermediate/O=A' "${CA//subjectKeyIdentifier=hash\\n/}" && leaf forged impostor && situation wrong-key $w forged forged inter
	# more than one way
	cp far-inter.key cross.key
	cert cross root '/CN=Agreement Far Intermediate/O=A' "$CA"
	situation cross-signed $w far far cross
	situation cross-signed-and-not $w far far far-inter far-root cross
}

setup() {
	need_nginx
	setup_clients
	STORE=$(made_store)
	PROFILE=$(firefox_profile agreement)
	local name letters
	while read -r name letters; do
		for store in "$STORE" "$PROFILE"; do
			certutil -A -d "sql:$store" -n "$name" -t "$letters" -i "$PKI/$name.pem"
		done
	done <"$PKI/trusted"
}

# Ours, a line for each situation: NAME USER FIREFOX, as OK or the reason.
ours() {
	local name port host key chain
	while read -r name port host key chain; do
		trustctl verify "$PKI/chain-$port.pem" --host "$host" --usage tls-server --store user,firefox \
		    --json 2>/dev/null | jq -r --arg name "$name" '[.stores[].verdicts[0] |
		    if .answer == "trusted" then "OK" else .reason end] | join(" ") | "\($name) \(.)"'
	done <"$PKI/situations"
}

@test "our verdict of each store is the browser's, or the table says why not" {
	[ "$(wc -l <"$PKI/situations")" -ge 40 ]
	local urls=() port host
	while read -r _ port host _; do urls+=("https://$host:$port/"); done <"$PKI/situations"
	cd "$BATS_TEST_TMPDIR"
	printf 'user_pref("network.dns.forceResolve", "%s");\n' "$ADDRESS" >>"$PROFILE/user.js"
	mkdir tmp
	TMPDIR=$PWD/tmp timeout 150 "$BATS_TEST_DIRNAME/chromium-asks" "$PWD/data" "$ADDRESS" "${urls[@]}" \
	    >chromium 3>&- </dev/null &
	local asking=$!
	ours >ours
	firefox_says "$PROFILE" "${urls[@]}" >firefox
	wait "$asking"
	# NAME, OURS FOR CHROMIUM, OURS FOR FIREFOX, CHROMIUM, FIREFOX
	paste -d ' ' ours chromium firefox >all
	cat all
	[ "$(grep -cE '^[^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+$' all)" -eq "${#urls[@]}" ]
	awk '($2 == "OK") != ($4 == "OK") { print $1 "\tChromium\t" $2 "\t" $4 }
	     ($3 == "OK") != ($5 == "OK") { print $1 "\tFirefox\t" $3 "\t" $5 }' all | sort >found
	grep -v '^#' "$BATS_TEST_DIRNAME/../../doc/verdicts-browsers.tsv" | cut -f 1-4 | sort >known
	diff -u known found
}
