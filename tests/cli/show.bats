#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl show: everything about one item, or about a file.

load helper
load pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	export TRUSTCTL_NOW=2026-12-01
}

put() {
	certutil -A -d "sql:${4:-$STORE}" -n "$1" -t "$2" -i "$PKI/$3.pem"
}

@test "an item is shown by name, nickname, address and start of its identifier" {
	put 'company root' C,, root
	pk12util -i "$PKI/alice.p12" -d "sql:$STORE" -W secret -K '' >/dev/null
	for text in 'company root' 'Test Root' "$(sha256 root | cut -c 1-8)"; do
		run trustctl show "$text"
		[ "$status" -eq 0 ]
		[[ ${lines[0]} == "Test Root (root)" ]]
		[[ $output == *"CN=Test Root, O=Test"* ]]
		[[ $output == *nickname*"company root"* ]]
	done
	run trustctl show alice@example.com
	[ "$status" -eq 0 ]
	[[ $output == *"Alice Test (identity)"*"with its private key"* ]]
}

@test "trust is shown for every store that has it" {
	profile=$(made_profile work)
	put 'Test Root' C,, root
	put 'Test Root' p,p,p root "$profile"
	run trustctl show 'Test Root' --json
	[ "$status" -eq 0 ]
	[ "$(json .kind)" = item ]
	[ "$(json .item_kind)" = root ]
	[ "$(json 'all(.facts[]; has("section") and has("name") and has("value"))')" = true ]
	[ "$(json .id)" = "$(sha256 root)" ]
	[ "$(json '[.trust[] | .store + ":" + .tls_server] | join(" ")')" = 'user:trusted firefox:distrusted' ]
	[ "$(json '.trust[0].seal')" = intact ]
}

@test "the history of an item is told, or that there is none" {
	put 'Test Root' ,, root
	run trustctl show 'Test Root'
	[[ $output == *"its origin is not known"* ]]
	trustctl trust enable 'Test Root' --usage email --fingerprint "$(sha256 root)"
	run trustctl show 'Test Root' --json
	[ "$(json '.history[0].command')" = 'trust enable' ]
	[ "$(json '.history[0].user')" = "$(id -un)" ]
}

@test "a built-in root is shown when the store does not have it" {
	root=$(trustctl list --store builtin --kind root --json | jq -r '.items[0].id')
	[ -n "$root" ] || skip "no built-in roots on this machine"
	run --separate-stderr trustctl show "$root" --json
	[ "$status" -eq 0 ]
	[ "$(json .store)" = builtin ]
	[[ $stderr == *"among the built-in roots"* ]]
}

@test "a file is shown without any store, in PEM and in DER" {
	rm -r "$STORE"
	for file in server.pem server.der; do
		run trustctl show "$PKI/$file"
		[ "$status" -eq 0 ]
		[[ $output == *"localhost (server)"* ]]
		[[ $output == *"127.0.0.1"* ]]
		run trustctl show "$PKI/$file" --json
		[ "$(json '.parts[0].id')" = "$(sha256 server)" ]
	done
	[ ! -e "$STORE" ]
}

@test "a PKCS #12 file is shown with its password, and its key is not" {
	run trustctl show "$PKI/alice.p12" --password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[[ $output == *"Alice Test (identity)"* ]]
	[[ $output == *"private key"*"belongs to a certificate of this file"* ]]
	run trustctl show "$PKI/alice.p12" --password-file "$PKI/wrong"
	[ "$status" -eq 3 ]
	[ "$(rows 00000001)" -eq 0 ]
}

@test "an existing file wins over an item of that name, and --item turns it round" {
	put server.pem ,, root
	cd "$PKI"
	run trustctl show server.pem
	[[ $output == *localhost* ]]
	run trustctl show --item server.pem
	[ "$status" -eq 0 ]
	[[ $output == *"Test Root (root)"* ]]
}

@test "a hostile nickname is displayed safely, by every command" {
	nickname=$'evil\033[2Jgnp.\u202efdp\u200b'
	put "$nickname" ,, root
	for command in "show $(sha256 root | cut -c 1-12)" "list --columns nickname" \
		"list --csv --columns nickname"; do
		# shellcheck disable=SC2086 # words of a command
		run trustctl $command
		[ "$status" -eq 0 ]
		[[ $output == *'evil\x1b[2Jgnp.\u202efdp\u200b'* ]]
		[[ $output != *$'\033'* ]]
		[[ $output != *$'\u202e'* ]]
		[[ $output != *$'\u200b'* ]]
	done
	run trustctl show "$(sha256 root)" --json
	[ "$(json .nickname)" = 'evil\x1b[2Jgnp.\u202efdp\u200b' ]
}

@test "a subject that is no UTF-8 gives valid JSON" {
	issue bad '/CN=PATCHME bad/O=Test' - 30 'basicConstraints=critical,CA:TRUE'
	LC_ALL=C sed 's/PATCHME/\xff\xfe\xc3\x28\xed\xa0\x80/g' "$PKI/bad.der" >"$HOME/bad.der"
	run ! cmp -s "$PKI/bad.der" "$HOME/bad.der"
	certutil -A -d "sql:$STORE" -n bad -t ,, -i "$HOME/bad.der"
	run trustctl show bad --json
	[ "$status" -eq 0 ]
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
	[[ $(json .subject) == *bad* ]]
	run trustctl list --json
	json '.items[0].subject'
	run trustctl show "$HOME/bad.der" --json
	[ "$status" -eq 0 ]
	json '.parts[0].subject'
}

@test "what is not there, or is several, is an error of input" {
	run trustctl show Nobody
	[ "$status" -eq 3 ]
	run trustctl show ./nothing.pem
	[ "$status" -eq 3 ]
	put one ,, inter
	put two ,, root
	issue twin '/CN=Test Root/O=Other' - 30 'basicConstraints=critical,CA:TRUE'
	put three ,, twin
	run trustctl show 'Test Root'
	[ "$status" -eq 3 ]
	[[ $output == *"$(sha256 twin | cut -c 1-8)"* ]]
	run trustctl show
	[ "$status" -eq 2 ]
}

@test "showing changes nothing" {
	put 'Test Root' C,, root
	before=$(snapshot)
	trustctl show 'Test Root' >/dev/null
	[ "$before" = "$(snapshot)" ]
}

@test "a PKCS #12 file is diagnosed before any password" {
	openssl pkcs12 -export -legacy -inkey "$PKI/alice.key" -in "$PKI/alice.pem" -passout pass:secret \
		-out "$BATS_TEST_TMPDIR/old.p12" 2>/dev/null
	run --separate-stderr trustctl show "$BATS_TEST_TMPDIR/old.p12" </dev/null
	[ "$status" -eq 3 ]
	[[ $output == *"MAC SHA-1 with 2048 rounds"* ]]
	grep -q "OpenSSL 3 without -legacy: *no: RC2 with 40 bits" <<<"$output"
	[[ $output == *"bags in the open"* ]]
	[[ $stderr == *"needs a password"* ]]
	run --separate-stderr trustctl show "$PKI/alice.p12" --json </dev/null
	[ "$(json '.programs[] | select(.program == "macOS Keychain") | .lacks')" = 'AES, a MAC with SHA-2' ]
	[ "$(json '.facts[] | select(.name == "MAC") | .value')" = 'MAC SHA-256 with 2048 rounds' ]
}

@test "PKCS #12 data in other files is diagnosed as well" {
	cd "$BATS_TEST_TMPDIR"
	{ echo '-----BEGIN PKCS12-----'; base64 "$PKI/alice.p12"; echo '-----END PKCS12-----'; } >alice.pem
	base64 "$PKI/alice.p12" >alice.b64
	local file
	for file in alice.pem alice.b64; do
		run --separate-stderr trustctl show $file </dev/null
		[ "$status" -eq 3 ]
		[[ $output == *"MAC SHA-256 with 2048 rounds"*"Programs that read the PKCS #12 data in it"* ]]
		[[ $output == *"macOS Keychain: "*"no: AES, a MAC with SHA-2"* ]]
		run --separate-stderr trustctl show $file --password-file "$PKI/secret"
		[ "$status" -eq 0 ]
		[ "$(grep -c 'MAC SHA-256' <<<"$output")" -eq 1 ]
		[[ $output == *"its private key matches"*"macOS Keychain: "* ]]
	done
}

@test "a PKCS #12 file that cannot be read is diagnosed, and comes in through OpenSSL" {
	cd "$BATS_TEST_TMPDIR"
	make() { openssl pkcs12 -export -inkey "$PKI/alice.key" -in "$PKI/alice.pem" -passout pass:secret -out "$@"; }
	make aria.p12 -keypbe aria-128-cbc -certpbe aria-128-cbc
	make sha3.p12 -macalg sha3-256
	run --separate-stderr trustctl show aria.p12 --password-file "$PKI/secret"
	[ "$status" -eq 3 ]
	[[ $output == *"not opened"*"MAC SHA-256 with 2048 rounds"*"contents: encrypted with ARIA-128-CBC, which is not supported"* ]]
	[[ $output == *"private key: encrypted with ARIA-128-CBC"* && $output != *"Programs that read it"* ]]
	run --separate-stderr trustctl show sha3.p12 --password-file "$PKI/secret"
	[ "$status" -eq 3 ]
	[[ $output == *"its MAC is made with SHA3-256,"*"contents AES-256-CBC"* && $output != *"Programs that read it"* ]]
	local file hint
	for file in aria.p12 sha3.p12; do
		run --separate-stderr trustctl import $file --password-file "$PKI/secret"
		[ "$status" -eq 3 ]
		hint=$(sed -n 's/^hint: .*: \(openssl .*\)/\1/p' <<<"$stderr")
		hint=${hint/FILE/$file -passin pass:secret}
		run -0 bash -c "$hint"
		[ "$(private_keys)" -eq 1 ]
		trustctl history undo --last >/dev/null
		[ "$(private_keys)" -eq 0 ]
	done
}

@test "the table of programs agrees with the programs that are here" {
	local file status row
	printf 'secret1\n' >"$BATS_TEST_TMPDIR/pw"
	make() { openssl pkcs12 -export -inkey "${key:-$PKI/alice.key}" -in "${cert:-$PKI/alice.pem}" -name x \
		-passout pass:secret1 -out "$BATS_TEST_TMPDIR/$1.p12" "${@:2}" 2>/dev/null; }
	# of NAME FILE: the same with another key
	of() {
		openssl req -x509 -new -key "$2" -subj "/CN=$1" -out "$2.pem"
		key=$2 cert=$2.pem make "$1"
	}
	make modern
	make rc2 -legacy
	make rc128 -legacy -keypbe PBE-SHA1-RC2-128 -certpbe PBE-SHA1-RC2-128
	make des3 -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1
	make des2 -keypbe PBE-SHA1-2DES -certpbe PBE-SHA1-2DES
	make pbes2des3 -keypbe des-ede3-cbc -certpbe des-ede3-cbc
	make aes192 -keypbe aes-192-cbc -certpbe aes-192-cbc
	make camellia -keypbe camellia-256-cbc -certpbe camellia-128-cbc
	make rc4 -legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-128
	make rc440 -legacy -keypbe PBE-SHA1-RC4-40 -certpbe PBE-SHA1-RC4-40
	make nomac -nomac
	openssl genpkey -algorithm ED25519 -out "$BATS_TEST_TMPDIR/ed"
	openssl genpkey -algorithm ED448 -out "$BATS_TEST_TMPDIR/ed4"
	openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout -out "$BATS_TEST_TMPDIR/explicit"
	of ed25519 "$BATS_TEST_TMPDIR/ed"
	of ed448 "$BATS_TEST_TMPDIR/ed4"
	of explicit "$BATS_TEST_TMPDIR/explicit"
	chmod 600 "$BATS_TEST_TMPDIR/pw"
	says() { trustctl show "$BATS_TEST_TMPDIR/$1.p12" --json --password-file "$BATS_TEST_TMPDIR/pw" 2>/dev/null |
		jq -r --arg p "$2" '.programs[] | select(.program == $p) | .reads'; }
	agrees() {
		local want=false
		if "${@:3}" >/dev/null 2>&1; then want=true; fi
		[ "$(says "$1" "$2")" = "$want" ] || { echo "$1: $2 really: $want"; return 1; }
	}
	local empty=$BATS_TEST_TMPDIR/empty
	made_store "$empty" >/dev/null
	nss_imports() { rm -rf "$empty.copy" && cp -r "$empty" "$empty.copy" &&
		pk12util -i "$1" -d "sql:$empty.copy" -W secret1 -K ''; }
	for file in modern rc2 rc128 des3 des2 pbes2des3 aes192 camellia rc4 rc440 nomac ed25519 ed448 explicit; do
		local path=$BATS_TEST_TMPDIR/$file.p12
		agrees $file 'OpenSSL 3 without -legacy' openssl pkcs12 -in "$path" -passin pass:secret1 -nodes
		agrees $file 'NSS (pk12util, Firefox, Thunderbird)' nss_imports "$path"
		if command -v certtool; then
			agrees $file 'GnuTLS (certtool)' certtool --p12-info --inder --infile "$path" --password secret1
		fi
		if command -v keytool; then
			agrees $file 'Java 17' keytool -list -keystore "$path" -storepass secret1
		fi
	done
}

@test "after the password: keys, chains and what importing would do" {
	openssl pkcs12 -export -inkey "$PKI/alice.key" -in "$PKI/alice.pem" -passout pass:secret \
		-out "$BATS_TEST_TMPDIR/alone.p12" 2>/dev/null
	run trustctl show "$BATS_TEST_TMPDIR/alone.p12" --password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[[ $output == *"its private key matches; chain incomplete: the issuer CN=Test Intermediate"* ]]
	[[ $output == *"would do this:"*"added: "*2* ]]
	cat "$PKI/root.pem" "$PKI/inter.pem" "$PKI/alice.pem" "$PKI/alice.key" >"$BATS_TEST_TMPDIR/whole.pem"
	run trustctl show "$BATS_TEST_TMPDIR/whole.pem"
	[[ $output == *"chain complete, 3 certificates"* ]]
	cat "$PKI/root.pem" "$PKI/alice.key" >"$BATS_TEST_TMPDIR/other.pem"
	run trustctl show "$BATS_TEST_TMPDIR/other.pem"
	[[ $output == *"matches no certificate of this file"* ]]
}

# below NAME ISSUER: NAME.pem, a CA of the key `key` issued by ISSUER.pem of the same key
below() {
	openssl req -new -key key -subj "/CN=$1" |
		openssl x509 -req -CA "$2.pem" -CAkey key -CAcreateserial -days 9 \
			-extfile <(echo basicConstraints=critical,CA:TRUE) -out "$1.pem" 2>/dev/null
}

@test "a chain without a root is not called complete, however it ends" {
	cd "$BATS_TEST_TMPDIR"
	openssl ecparam -name prime256v1 -genkey -noout -out key
	for name in X Y; do openssl req -x509 -new -key key -subj /CN=$name -out self$name.pem; done
	below X selfY
	below Y selfX
	below leaf X
	cat key leaf.pem X.pem Y.pem >loop.pem
	run trustctl show ./loop.pem
	[[ $output == *"chain incomplete: its authorities issued each other, and no root is in the file"* ]]
	cat key leaf.pem X.pem Y.pem selfX.pem >crossed.pem
	run trustctl show ./crossed.pem
	[[ $output == *"chain complete, 4 certificates"* ]]
	local i
	cp selfX.pem c20.pem
	for ((i = 19; i > 0; i--)); do below c$i c$((i + 1)); done
	cat key c{1..19}.pem >long.pem
	run trustctl show ./long.pem
	[[ $output == *"'c1': its private key matches; chain not determined: it is longer than 16 certificates"* ]]
	cat key c{5..20}.pem >short.pem
	run trustctl show ./short.pem
	[[ $output == *"'c5': its private key matches; chain complete, 16 certificates"* ]]
}

@test "a key of a kind that cannot be compared is not said to match no certificate" {
	cd "$BATS_TEST_TMPDIR"
	openssl dsaparam -genkey -out dsa.key 1024 2>/dev/null
	openssl ecparam -name secp256k1 -genkey -noout -out k1.key
	openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout -out explicit.key
	openssl genpkey -algorithm ED448 -out ed448.key
	local key
	for key in dsa k1 explicit ed448; do
		openssl req -x509 -new -key $key.key -subj "/CN=$key" -out $key.pem 2>/dev/null
		openssl pkcs12 -export -inkey $key.key -in $key.pem -passout pass:secret -out $key.p12
		echo "# $key"
		run trustctl show ./$key.p12 --password-file "$PKI/secret"
		[ "$status" -eq 0 ]
		[[ $output == *"cannot be compared with certificates"* ]]
		[[ $output != *"no certificate of this file"* ]]
		run --separate-stderr trustctl show ./$key.p12 --password-file "$PKI/secret" --json
		[ "$(jq '.identities[0] | has("key_matches") and .key_matches == null' <<<"$output")" = true ]
		run trustctl import ./$key.p12 --password-file "$PKI/secret"
		[[ $output != *"without certificate"* && $output != *"no certificate for this"* ]]
	done
	run --separate-stderr trustctl show "$PKI/alice.p12" --password-file "$PKI/secret" --json
	[ "$(jq '.identities[0].key_matches' <<<"$output")" = true ]
}

@test "what a person asks comes first, and of usages and names what is said is said once" {
	trustctl import -q "$PKI/root.pem" "$PKI/alice.p12" --password-file "$PKI/secret" >/dev/null
	run -0 --separate-stderr trustctl show 'Alice Test'
	[ "$(grep -n '^Verdict' <<<"$output" | cut -d : -f 1)" -le 6 ]
	[[ $output == *$'\nTrust\n'*$'\nVerdict'*$'\nFindings\n'*$'\nSubject\n'*$'\nHistory\n'* ]]
	[ "$(grep -c 'TLS client$' <<<"$output")" -eq 1 ]
	[ "$(grep -c 'e-mail: alice@example.com$' <<<"$output")" -eq 1 ]
	run -0 --separate-stderr trustctl show 'Test Root'
	[ "$(grep -c 'may issue certificates$' <<<"$output")" -eq 1 ]
	grep -q '^  authority (critical): *may issue certificates$' <<<"$output"
	grep -q '^  key usage (critical): *certificate signing, CRL signing$' <<<"$output"
	run -0 --separate-stderr trustctl show 'Test Root' --json
	[ "$(json '[.facts[] | select(.section == "Extensions") | .name] | join(", ")')" = \
		'basic constraints, key usage, subject key identifier' ]
	run -0 --separate-stderr trustctl show "$PKI/alice.p12" --password-file "$PKI/secret"
	[ "$(sed -n '/^Protection/q; /would do this/p' <<<"$output" | wc -l)" -eq 1 ]
	[ "${lines[1]%%,*}|${lines[2]%%,*}|${lines[3]}" = "  identity 'Alice Test'|  intermediate 'Test Intermediate'|  private key" ]
}

@test "long labels have their values under each other, and protection is told once" {
	printf 'policyMappings=critical,1.2.3:1.2.4\nsubjectKeyIdentifier=hash\n' >"$BATS_TEST_TMPDIR/ext"
	openssl x509 -req -in "$PKI/root.csr" -signkey "$PKI/root.key" -extfile "$BATS_TEST_TMPDIR/ext" \
		-out "$BATS_TEST_TMPDIR/maps.pem" 2>/dev/null
	run -0 trustctl show "$BATS_TEST_TMPDIR/maps.pem"
	column=$(grep -o '^  subject key identifier: *' <<<"$output" | wc -c)
	[ "$(grep -o '^  policy mappings (critical): *' <<<"$output" | wc -c)" -eq "$column" ]
	run -0 --separate-stderr trustctl show "$PKI/alice.p12" --password-file "$PKI/secret"
	[ "$(grep -c 'MAC SHA-256' <<<"$output")" -eq 1 ]
}

# verdicts: the sections of verdicts alone
verdicts() { awk '/^Verdict, as the store/ { on = 1; print; next } /^[^ ]/ { on = 0 } on' <<<"$output"; }
# says USAGE TEXT: the line of the verdict about that usage begins so
says() { grep -q "^  $1: *$2" <<<"$(verdicts)" || { echo "$1 $2"; verdicts; false; }; }
# agrees ITEM: what show says of each usage is what verify says; where a trusted CA was kept from one, no remedy
agrees() {
	local usage
	run --separate-stderr trustctl show --item "$1" --json
	local shown=$output
	[ "$(jq '[.verdicts[].store] | unique | length' <<<"$shown")" = 1 ]
	for usage in $(jq -r '.verdicts[].usage' <<<"$shown"); do
		run --separate-stderr trustctl verify --item "$1" --usage "$usage" --json
		[ "$(jq -c --arg u "$usage" '.verdicts[] | select(.usage == $u) | del(.store)' <<<"$shown")" = \
			"$(jq -c --argjson decided "${2:-false}" '.stores[0].verdicts[0] |
				{usage, answer, reason, sentence, remedy, whose} |
				if $decided then .remedy = null | .whose = null else . end' <<<"$output")" ]
	done
}

@test "it begins with the trust and the verdict for each usage that suits the item, and the remedy" {
	put 'Test Root' C,, root
	put inter ,, inter
	put server ,, server
	pk12util -i "$PKI/alice.p12" -d "sql:$STORE" -W secret -K '' >/dev/null
	run -0 trustctl show 'Test Root'
	says tls-server 'trusted$'
	# It was limited on purpose, and nobody is told to widen that.
	says email "NOT trusted: .* makes it no anchor for email$"
	run -0 trustctl show server
	says tls-server "trusted: its anchor is 'Test Root'; revocation not checked"
	[ "$(verdicts | wc -l)" -eq 2 ]
	run -0 trustctl show 'Alice Test' --json
	[ "$(json '[.verdicts[] | .usage + " " + .answer + " " + .reason] | join(", ")')" = \
		'tls-client not-trusted not-an-anchor, email not-trusted not-an-anchor' ]
	for item in 'Test Root' inter server 'Alice Test'; do agrees "$item"; done
	# Whether the holder is recognised is for servers to say.
	run -0 trustctl show 'Alice Test'
	says tls-client "NOT trusted: .*; remedy: trustctl identity check $(sha256 alice | cut -c 1-16)\$"
	says email 'NOT trusted: .* makes it no anchor for email$'
	certutil -M -d "sql:$STORE" -n 'Test Root' -t ,,
	run -0 trustctl show 'Alice Test'
	says email "NOT trusted: .*; remedy: trustctl trust enable $(sha256 root | cut -c 1-16) --usage email"
}

@test "the verdict of an item needs its issuers, in this store and no other" {
	profile=$(made_profile work)
	put server ,, server "$profile"
	put inter ,, inter
	put 'Test Root' C,, root
	run -0 trustctl show server --store firefox
	says tls-server 'NOT trusted: '
	put inter ,, inter "$profile"
	put 'Test Root' C,, root "$profile"
	run -0 trustctl show server --store firefox
	says tls-server "trusted: its anchor is 'Test Root'"
	trustctl trust distrust 'Test Root' --store firefox --yes
	run -0 trustctl show server --store firefox
	says tls-server 'NOT trusted: .*distrusted'
	[[ $output == *"remedy: trustctl trust "*"--store firefox"* ]]
}

@test "of several stores each that has the item judges it, and one that cannot be read is told" {
	profile=$(made_profile work)
	made_profile mail thunderbird >/dev/null
	put inter ,, inter
	put server ,, server
	put 'Test Root' C,, root
	put server ,, server "$profile"
	run -0 trustctl show server --store all
	[ "$(grep '^Verdict' <<<"$output")" = "$(printf "Verdict, as the store 'user' sees it\nVerdict, as the store 'firefox' sees it")" ]
	[[ $output == *"'user' sees it"*"trusted: its anchor is 'Test Root'"*"'firefox' sees it"*'NOT trusted: '*'which is not here'* ]]
	run -0 --separate-stderr trustctl show server --store all --json
	[ "$(json '[.verdicts[] | [.store, .usage, .answer, .reason] | join(" ")] | join(", ")')" = \
		'user tls-server trusted none, firefox tls-server not-trusted unknown-issuer' ]
	run -0 --separate-stderr trustctl show server --store firefox,user --json
	[ "$(json '[.verdicts[].store] | join(" ")')" = 'firefox user' ]
	[ "$(json .store)" = firefox ]
	echo garbage >"$profile/cert9.db"
	run -6 --separate-stderr trustctl show server --store all --json
	[ "$(json '.verdicts[] | select(.error) | .store')" = firefox ]
	run -6 trustctl show server --store all
	[[ $output == *"The store 'firefox' cannot be read: "* ]]
	run -0 trustctl show server
	[[ $output == *"store 'firefox' is left out: "* ]]
}

@test "a store that was named and is not there is told beside the verdicts" {
	put 'Test Root' C,, root
	local stores
	for stores in "user,$HOME/nothing" "$HOME/nothing,user"; do
		run -6 --separate-stderr trustctl show 'Test Root' --store "$stores" --json
		[ "$(json '[.verdicts[] | select(.error) | .store] | join(" ")')" = "$HOME/nothing" ]
		run -6 trustctl show 'Test Root' --store "$stores"
		[[ $output == *"The store '$HOME/nothing' cannot be read: there is no store at "* ]]
	done
	run -0 trustctl show 'Test Root' --store all
}

@test "what may be in a store that cannot be read is not said to be nowhere" {
	profile=$(made_profile work)
	put server ,, server "$profile"
	echo garbage >"$profile/cert9.db"
	put inter ,, inter
	run -4 trustctl show server --store user,firefox
	[[ $output == *database* ]]
	run -4 trustctl show server --store firefox,user
	run -3 trustctl show 'no such' --store user
}

@test "what another program did to an item since the last change is told, and nothing of other items" {
	put 'Test Root' ,, root
	put 'Second Root' C,, root2
	trustctl trust enable --quiet 'Test Root' --fingerprint "$(sha256 root)"
	certutil -M -d "sql:$STORE" -n 'Test Root' -t C,,
	certutil -D -d "sql:$STORE" -n 'Second Root'
	run -0 trustctl show 'Test Root'
	[[ $output == *$'History\n  not recorded yet      trust changed to '*$' by another program\n  2'*'Z  trust changed to full trust by '* ]]
	run --separate-stderr trustctl show 'Test Root' --json
	[ "$(json '.history | length')" = 2 ]
	[ "$(json '.history[0] | [.number, .time, .effect, .user, .command] | tostring')" = '[null,null,"trust changed",null,"outside"]' ]
	# The next change records it.
	trustctl import --quiet "$PKI/root2.pem"
	run --separate-stderr trustctl show 'Test Root' --json
	[ "$(json '.history | length')" = 2 ]
	[ "$(json '.history[0] | [.number, .user, .command] | tostring')" = '[2,null,"outside"]' ]
}

@test "a history that cannot be read keeps nothing else back" {
	trustctl import --quiet "$PKI/root.pem"
	echo garbage >"$STORE/trustctl.db"
	run -6 trustctl show 'Test Root'
	[[ $output == *"Test Root (root)"*Verdict*History*"trustctl store check tells what to do" ]]
	run -6 --separate-stderr trustctl show 'Test Root' --json
	[ "$(json '.history | length')" = 0 ]
	[ "$(json .history_error)" != null ]
	[[ $(trustctl store check) == *"let the next change make a new one"* ]]
	rm "$STORE/trustctl.db"
	trustctl delete --quiet --yes 'Test Root'
}

@test "what is out of its time has a verdict that says so, and a built-in root has one" {
	put 'Test Root' C,, root
	put inter ,, inter
	put server ,, server
	TRUSTCTL_NOW=2033-01-01 run -0 trustctl show server
	says tls-server 'NOT trusted: .*expired'
	[[ $output == *"remedy for the server's administrator: "* ]]
	root=$(trustctl list --store builtin --kind root --trust trusted --usage tls-server --json | jq -r '.items[0].id')
	[ -n "$root" ] && [ "$root" != null ] || skip "no built-in roots on this machine"
	run -0 --separate-stderr trustctl show "$root" --store builtin --json
	[ "$(json '[.verdicts[].usage] | index("tls-server") != null')" = true ]
	agrees "$root" true
	run -0 --separate-stderr trustctl show "$root" --json
	[ "$(json '[.verdicts[] | select(.answer != "trusted")] | length > 0 and all(.remedy == null)')" = true ]
}

@test "nobody who looks at a CA is led to trust it for what was decided against" {
	put 'Test Root' C,, root
	trustctl import -q "$PKI/root2.pem"
	run -0 trustctl show 'Second Root'
	[[ $output == *'remedy: trustctl trust enable '* ]]
	trustctl trust disable -q 'Second Root'
	run -0 trustctl show 'Second Root'
	[[ $output == *'makes it no anchor'* && $output != *remedy* ]]
	# What stands below it is another matter.
	trustctl import -q "$PKI/inter.pem"
	trustctl trust disable -q 'Test Root'
	run -0 trustctl show 'Test Intermediate'
	[[ $output == *'remedy: trustctl trust enable '* ]]
}
