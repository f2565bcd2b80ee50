#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Files made to exhaust whoever reads them, and outputs that are no files: each is refused with a clear
# message within seconds and bounded memory, and no store is touched.

load helper
load pki

MOST_SECONDS=20
MOST_MIB=700

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	cd "$BATS_TEST_TMPDIR"
	PAIR=${TRUSTCTL%/*}/tests/support/pair
}

# measured COMMAND...: its status and words as of `run`; too slow or too large is a failure
measured() {
	local words
	words=$(printf '%q ' "$@")
	"$PAIR" 1 "timeout 120 $words >out 2>err; echo \$? >code" '' >figures
	read -r _ _ _ cpu _ peak _ <figures
	status=$(<code) output=$(<out) stderr=$(<err)
	awk -v have="$cpu" -v most=$MOST_SECONDS 'BEGIN { exit have > most }' ||
		{ echo "$cpu s: $words"; return 1; }
	# sanitizers have a memory of their own
	[[ $TRUSTCTL == */asan/* ]] || awk -v have="$peak" -v most=$MOST_MIB 'BEGIN { exit have > most }' ||
		{ echo "$peak MiB: $words"; return 1; }
}

# refused FILE STATUS WORDS [ARGUMENTS...]
refused() {
	local file=$1 want=$2 expected=$3 before verb
	shift 3
	before=$(snapshot)
	for verb in import 'import --dry-run' show; do
		# shellcheck disable=SC2086
		measured trustctl $verb "$file" "$@"
		[ "$status" -eq "$want" ] || { echo "$verb $file: $status: $stderr"; return 1; }
		[[ $stderr == *"$expected"* ]] || { echo "$verb $file: not '$expected' but $stderr"; return 1; }
	done
	[ "$(snapshot)" = "$before" ]
}

# many COUNT TEXT: the text so many times, without end of line
many() {
	yes -- "$2" | head -n "$1" | tr -d '\n'
}

# bytes HEX: as they are
bytes() {
	xxd -r -p <<<"$1"
}

profile() {
	printf '<?xml version="1.0"?>%s<plist version="1.0"><dict><key>PayloadType</key>' "$1"
	printf '<string>Configuration</string><key>PayloadContent</key>%s</dict></plist>' "$2"
}

@test "300,000 nested arrays of a property list" {
	profile '' "$(many 300000 '<array>')$(many 300000 '</array>')" >deep.mobileconfig
	refused deep.mobileconfig 3 'nested too deeply'
}

@test "entities that multiply, and one that reads a file" {
	local bomb='<!DOCTYPE plist [<!ENTITY a0 "ha">' i
	for ((i = 1; i < 12; i++)); do
		bomb+="<!ENTITY a$i \"$(many 10 "&a$((i - 1));")\">"
	done
	profile "$bomb]>" '<string>&a11;</string>' >bomb.mobileconfig
	profile '<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]>' '<string>&x;</string>' >file.mobileconfig
	profile '<!DOCTYPE plist [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x">%x;]>' '<array/>' >net.mobileconfig
	refused bomb.mobileconfig 3 'declares entities'
	refused file.mobileconfig 3 'declares entities'
	refused net.mobileconfig 3 'declares entities'
	[[ $stderr != *root:* ]]
}

# der TAG HEX...: one element
der() {
	local tag=$1 content
	shift
	content=$(printf %s "$@")
	if [ ${#content} -lt 256 ]; then printf '%s%02x%s' "$tag" $((${#content} / 2)) "$content"
	else printf '%s82%04x%s' "$tag" $((${#content} / 2)) "$content"; fi
}

@test "a thousand million rounds, wherever a file says how many" {
	local salt=04080102030405060708 rounds=02043b9aca00 zeros=00000000000000000000000000000000
	local pbkdf2 aes pbes2 sha256
	pbkdf2=$(der 30 06092a864886f70d01050c "$(der 30 $salt $rounds 300c06082a864886f70d02090500)")
	aes=$(der 30 060960864801650304012a 0410$zeros)
	pbes2=$(der 30 06092a864886f70d01050d "$(der 30 "$pbkdf2" "$aes")")
	bytes "$(der 30 "$pbes2" 0410$zeros)" >pbes2.p8
	bytes "$(der 30 "$(der 30 060a2a864886f70d010c0103 "$(der 30 $salt $rounds)")" 0410$zeros)" >pkcs12.p8
	sha256=$(der 30 300d06096086480165030402010500 0420$zeros$zeros)
	bytes "$(der 30 020103 "$(der 30 06092a864886f70d010701 a00404023000)" \
		"$(der 30 "$sha256" $salt $rounds)")" >mac.p12
	local file
	for file in pbes2.p8 pkcs12.p8 mac.p12; do
		openssl asn1parse -inform der -in $file | grep -q 'INTEGER.*:3B9ACA00'
		refused $file 3 '1000000000 rounds' --password-file "$PKI/secret"
	done
}

# Sixteen CAs of one name with RSA keys of 16384 bits and the largest exponent, and a hundred lists
# in that name: each list may be signed by each of them.
evil_lists() {
	local alg name exponent=020900ffffffffffffffff zeros i
	zeros=$(many 2048 5a)
	alg=$(der 30 06092a864886f70d01010b 0500)
	name=$(der 30 "$(der 31 "$(der 30 0603550403 0c044576696c)")")
	for ((i = 1; i <= 16; i++)); do
		local modulus key tbs
		modulus=$(der 02 "00$(printf 'ff%02x' "$i")$(many 2045 5b)01")
		key=$(der 30 "$(der 30 06092a864886f70d010101 0500)" \
			"$(der 03 00 "$(der 30 "$modulus" $exponent)")")
		tbs=$(der 30 a003020102 "0201$(printf %02x "$i")" "$alg" "$name" \
			"$(der 30 170d3235303130313030303030305a 170d3335303130313030303030305a)" "$name" "$key" \
			a3133011300f0603551d130101ff040530030101ff)
		printf '%s\n' '-----BEGIN CERTIFICATE-----'
		bytes "$(der 30 "$tbs" "$alg" 030500010203ff)" | base64
		printf '%s\n' '-----END CERTIFICATE-----'
	done
	for ((i = 1; i <= 100; i++)); do
		tbs=$(der 30 020101 "$alg" "$name" 170d3236303130313030303030305a 170d3335303130313030303030305a \
			"$(der a0 "$(der 30 "$(der 30 0603551d14 "0403$(printf 0201%02x "$i")")")")")
		printf '%s\n' '-----BEGIN X509 CRL-----'
		bytes "$(der 30 "$tbs" "$alg" "$(der 03 00 "$zeros")")" | base64
		printf '%s\n' '-----END X509 CRL-----'
	done
}

@test "signatures of revocation lists that cost much are checked up to a bound" {
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\n' >ca.cnf
	: >index
	openssl ca -gencrl -config ca.cnf -crldays 30 -cert "$PKI/root.pem" -keyfile "$PKI/root.key" \
		-out good.crl
	{ cat "$PKI/root.pem" good.crl; evil_lists; } >evil.pem
	MOST_SECONDS=10
	measured trustctl show evil.pem
	[ "$status" -eq 0 ]
	[ "$(grep -c 'refused: .*not that of its issuer' <<<"$output")" -ge 10 ]
	[ "$(grep -c 'refused: .*not determined' <<<"$output")" -ge 50 ]
	measured trustctl import evil.pem --strict
	[ "$status" -eq 3 ]
	measured trustctl import evil.pem
	[ "$status" -eq 6 ]
	[[ $output == *'who signed it is not determined'* ]]
	[[ $stderr == *'100 of 118 blocks refused'* ]]
	trustctl list --json | jq -e '[.items[] | select(.kind == "crl")] | length == 1'
}

@test "lengths of 4 GiB, counts of 4 thousand million, and lengths without end" {
	bytes "3084ffffffff$(many 100 00)" >sequence.der
	refused sequence.der 3 ''
	bytes "308082$(many 8 ff)" >huge.der
	refused huge.der 3 ''
	many 300000 0 | tr 0 '\60' >nested.der
	refused nested.der 3 ''
	bytes "$(many 200000 3080)" >indefinite.der
	refused indefinite.der 3 ''
	bytes "feedfeed0000000200000001000000010001610000000000000000ffffffff$(many 64 00)" >entry.jks
	refused entry.jks 3 'damaged or cut short'
	bytes "feedfeed00000002ffffffff$(many 64 00)" >count.jks
	refused count.jks 3 'damaged or cut short'
	printf '{"CACertificates":%s%s}' "$(many 100000 '[')" "$(many 100000 ']')" >deep.json
	refused deep.json 3 'depth'
}

@test "a certificate of 600 KB is stored, one of 1.5 MB refused" {
	local size
	for size in 600000 1500000; do
		printf '%s' "$(many $((size / 17)) 'DNS:host-of-it.test,')DNS:a.test" >names
		printf 'subjectAltName=%s\n' "$(<names)" >ext
		openssl req -new -x509 -key "$PKI/alice.key" -subj "/CN=Large $size" -days 9 -out "$size.pem" \
			-config <(printf '[req]\ndistinguished_name=d\nx509_extensions=e\n[d]\n[e]\n'; cat ext) 2>/dev/null
	done
	[ "$(openssl x509 -in 600000.pem -outform der | wc -c)" -gt 600000 ]
	measured trustctl import 600000.pem
	[ "$status" -eq 0 ]
	certutil -L -d "sql:$STORE" | grep -q 'Large 600000'
	refused 1500000.pem 3 'and the limit is 1048576'
}

@test "100,000 blocks that are empty, open, or another block's beginning" {
	many 100000 '-----BEGIN CERTIFICATE-----+-----END CERTIFICATE-----+' | tr + '\n' >empty.pem
	refused empty.pem 3 'none of its 100000 blocks can be used'
	yes -- '-----BEGIN CERTIFICATE-----' | head -n 100000 >open.pem
	refused open.pem 3 'blocks can be used'
	yes -- '-----BEGIN CERTIFICATE-----' | head -n 300000 >more.pem
	refused more.pem 3 'more than 200000'
	printf -- '-----BEGIN CERTIFICATE-----\n%s' "$(many 2000000 A)" >endless.pem
	refused endless.pem 3 ''
}

@test "a file that is too large, also one that says so only while it is read" {
	truncate -s 70M large.pem
	refused large.pem 3 'more than 67108864 are not read'
	mkfifo endless
	yes >endless 2>/dev/null 3>&- &
	measured trustctl import endless
	[ "$status" -eq 3 ]
	[[ $stderr == *'has more than 67108864 bytes'* ]]
}

@test "a FIFO is read, one that nobody writes into is given up, and devices are not opened" {
	mkfifo pipe
	cat "$PKI/root.pem" >pipe 3>&- &
	measured trustctl import pipe
	[ "$status" -eq 0 ]
	{ sleep 1; cat "$PKI/inter.pem"; } >pipe 3>&- &
	measured trustctl import pipe
	[ "$status" -eq 0 ]
	[ "$(rows 00000001)" -eq 2 ]
	refused pipe 3 'is a FIFO that nobody writes into'
	refused /dev/zero 3 'is a device, not a file'
	refused /dev/tty 3 ''
}

@test "a device, a FIFO, a socket and a directory as output are refused, and stay what they are" {
	local target
	trustctl import -q "$PKI/root.pem" >/dev/null
	mkfifo pipe
	mkdir folder
	for target in /dev/null /dev/full /dev/tty pipe folder; do
		measured trustctl export 'Test Root' --force -o "$target"
		[ "$status" -eq 3 ] || { echo "$target: $status: $stderr"; return 1; }
		[[ $stderr == *"'$target'"* ]] || { echo "$target: $stderr"; return 1; }
	done
	[ -c /dev/null ] && [ -c /dev/full ] && [ -p pipe ] && [ -d folder ]
	[ -z "$(ls -A folder)" ]
}

@test "a prefs.js that says the same thing a hundred thousand times in one line" {
	mkdir -p "$HOME/.mozilla/firefox/p"
	printf '[Profile0]\nName=p\nIsRelative=1\nPath=p\n' >"$HOME/.mozilla/firefox/profiles.ini"
	certutil -N -d "sql:$HOME/.mozilla/firefox/p" --empty-password
	trustctl import --quiet --store user --password-file "$PKI/secret" "$PKI/alice.p12"
	yes 'security.default_personal_cert' | head -n 100000 | tr -d '\n' >"$HOME/.mozilla/firefox/p/prefs.js"
	measured trustctl identity check 'Alice Test' --store user
	[ "$status" -le 1 ]
}

@test "what is longer than people are shown is refused, not cut, and whole as JSON" {
	{
		printf '%s\n' '[req]' distinguished_name=dn prompt=no x509_extensions=x '[dn]' CN=x '[x]' subjectAltName=@a '[a]'
		# Each byte is shown as several.
		for n in {1..15}; do
			printf 'URI.%d=%s\n' "$n" "$(head -c 60000 /dev/zero | tr '\0' '\1')"
		done
	} >long.conf
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -config long.conf -out long.pem 2>/dev/null
	for _ in {1..20}; do cat long.pem; done >twenty.pem
	status=0
	trustctl show twenty.pem >out 2>err || status=$?
	[ "$status" -eq 3 ]
	[ ! -s out ]
	grep -q 'the result is longer than what is shown' err
	trustctl show --json twenty.pem >out
	[ "$(jq '.parts | length' out)" -eq 20 ]
}
