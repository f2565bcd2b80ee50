#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl list: what is in the stores, a line each.

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

# A root with full trust, a distrusted one, intermediates, a server, and Alice with her key.
fill() {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t CT,C,C -i "$PKI/root.pem"
	certutil -A -d "sql:$STORE" -n 'Second Root' -t p,p,p -i "$PKI/root2.pem"
	certutil -A -d "sql:$STORE" -n 'Test Intermediate' -t C,, -i "$PKI/inter.pem"
	certutil -A -d "sql:$STORE" -n 'Old Intermediate' -t ,, -i "$PKI/old.pem"
	certutil -A -d "sql:$STORE" -n web -t ,, -i "$PKI/server.pem"
	pk12util -i "$PKI/alice.p12" -d "sql:$STORE" -W secret -K '' >/dev/null
}

# names OPTION...: the names listed, one a line
names() {
	trustctl list --json "$@" | jq -r '.items[].name'
}

@test "every item is a line with kind, expiry, trust and identifier" {
	fill
	run trustctl list
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 7 ]
	[[ ${lines[0]} == KIND*NAME*EXPIRY*TRUST*ID* ]]
	[[ $output == *root*"Test Root"*"in "*"full trust"*"$(sha256 root | cut -c 1-16)"* ]]
	[[ $output == *root*"Second Root"*distrusted* ]]
	[[ $output == *identity*"Alice Test"* ]]
	[[ $output == *server*localhost* ]]
	[[ $output != *$'\033'* ]]
}

@test "an empty store lists nothing and is no failure" {
	run --separate-stderr trustctl list
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run trustctl list --json
	[ "$(json '.items == []')" = true ]
}

@test "JSON has a schema, whole identifiers and all columns" {
	fill
	run trustctl list --json --columns name
	[ "$status" -eq 0 ]
	[ "$(json .schema)" = 1 ]
	[ "$(json .kind)" = items ]
	[ "$(json '.items[] | select(.name == "Test Root") | .id')" = "$(sha256 root)" ]
	[ "$(json '.items[] | select(.name == "Alice Test") | .has_private_key')" = true ]
	[ "$(json '.items[] | select(.name == "Test Root") | .not_after' | cut -c 11-)" != '' ]
	[ "$(json '.items[] | select(.name == "localhost") | .hosts | tostring')" = '["localhost","127.0.0.1"]' ]
	[ "$(json '.items[] | select(.name == "Test Intermediate") | [.tls_server, .email] | tostring')" = \
		'["trusted","not-an-anchor"]' ]
	[ "$(json '.items[] | select(.name == "Test Intermediate") | .letters')" = C,, ]
}

@test "one odd name of a host is not two" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -days 99 -subj /CN=odd \
		-config <(printf '[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\nsubjectAltName=@n\n[n]\nDNS.1=good.example\\, bank.example\n') \
		-out "$BATS_TEST_TMPDIR/odd.pem" 2>/dev/null
	trustctl import --quiet "$BATS_TEST_TMPDIR/odd.pem"
	run -0 --separate-stderr trustctl list odd --json
	[ "$(json '.items[0].hosts | length')" = 1 ]
}

@test "kinds are chosen, also several and in the plural" {
	fill
	[ "$(names --kind root)" = $'Second Root\nTest Root' ]
	[ "$(names --kind intermediates,server | sort)" = $'Old Intermediate\nTest Intermediate\nlocalhost' ]
	run trustctl list --kind monster
	[ "$status" -eq 2 ]
}

@test "trust and usage choose" {
	fill
	[ "$(names --trust full)" = 'Test Root' ]
	[ "$(names --trust distrusted)" = 'Second Root' ]
	[ "$(names --trust trusted --usage tls-server)" = $'Test Intermediate\nTest Root' ]
	[ "$(names --usage email)" = 'Test Root' ]
	run trustctl list --trust sometimes
	[ "$status" -eq 2 ]
	[[ $output == *"choices: full,trusted"* ]]
}

@test "what CSV says of expiry does not change with the day" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t C,, -i "$PKI/root.pem"
	until=$(date -u -d "$(openssl x509 -in "$PKI/root.pem" -noout -enddate | cut -d = -f 2)" +%FT%TZ)
	for command in list audit; do
		export TRUSTCTL_NOW=2026-12-01
		run -0 --separate-stderr trustctl "$command" --csv --columns expiry,not-after
		[ "${output//$'\r'/}" = "expiry,not_after"$'\n'"$until,$until" ]
		before=$output
		export TRUSTCTL_NOW=2030-01-01
		run -0 --separate-stderr trustctl "$command" --csv --columns expiry,not-after
		[ "$before" = "$output" ]
	done
}

@test "expiry chooses by a span of time" {
	fill
	[ -z "$(names --expired)" ]
	[ "$(TRUSTCTL_NOW=2027-06-01 names --expired)" = 'Old Intermediate' ]
	[ "$(names --expires-within 8w)" = 'Old Intermediate' ]
	[ -z "$(names --expires-within 1h)" ]
	run trustctl list --expires-within soon
	[ "$status" -eq 2 ]
	[[ $output == *"30d"* ]]
}

@test "a private key chooses" {
	fill
	[ "$(names --with-key)" = 'Alice Test' ]
}

@test "the names that JSON and CSV have for columns choose and sort them, too" {
	fill
	run -0 trustctl list --csv --columns name,not_before,has_private_key
	[ "${lines[0]}" = $'name,not_before,has_private_key\r' ]
	[ "$output" = "$(trustctl list --csv --columns name,not-before,has-key)" ]
	[ "$(names --sort -not_after)" = "$(names --sort -not-after)" ]
	[ "$(names --sort -not_after)" != "$(names)" ]
}

@test "what a key alone has not, and purposes that a certificate does not name, are not made up" {
	trustctl import --quiet --keep-orphan-key "$PKI/server.key"
	trustctl import --quiet "$PKI/root.pem" "$PKI/alice.pem"
	run -0 trustctl list --json
	[ "$(json '.items[] | select(.kind == "key") | [.nickname, .purposes] | tostring')" = '[null,null]' ]
	[ "$(json '.items[] | select(.kind == "root") | [.nickname, .purposes] | tostring')" = '["Test Root",[]]' ]
	[ "$(json '.items[] | select(.kind == "person") | .purposes | tostring')" = '["TLS client","e-mail"]' ]
	run -0 trustctl show "$(trustctl list --kind key --json | jq -r '.items[0].id')" --json
	[ "$(jq 'has("nickname") and .nickname == null' <<<"$output")" = true ]
}

@test "text finds names, addresses and the start of an identifier" {
	fill
	[ "$(names alice@example.com)" = 'Alice Test' ]
	[ "$(names 'second root')" = 'Second Root' ]
	[ "$(names 127.0.0.1)" = localhost ]
	[ "$(names "$(sha256 root | cut -c 1-10)")" = 'Test Root' ]
	[ -z "$(names nobody)" ]
	[ "$(names --kind intermediate old intermediate)" = 'Old Intermediate' ]
}

@test "columns are chosen, added and left out, and sorted by" {
	fill
	run trustctl list --columns name,serial
	[[ ${lines[0]} =~ ^NAME\ +SERIAL\ *$ ]]
	run trustctl list --columns +issuer,-id
	[[ ${lines[0]} == KIND*ISSUER* ]]
	[[ ${lines[0]} != *ID* ]]
	run trustctl list --columns name --sort -name
	[ "$(tail -n 1 <<<"$output" | tr -d ' ')" = AliceTest ]
	run trustctl list --columns colour
	[ "$status" -eq 2 ]
	[[ $output == *"there is no column 'colour'"*"columns: kind, name"* ]]
}

@test "a verdict is the usages it is trusted for, and for programs nothing else" {
	fill
	run --separate-stderr trustctl list --columns +verdict --json
	[ "$status" -eq 0 ]
	[ "$(json '[.items[].verdict | select(. != null) | type] | unique | tostring')" = '["array"]' ]
	[ "$(json '.items[] | select(.name == "localhost") | .verdict | tostring')" = '["tls-server"]' ]
	[ "$(json '.items[] | select(.name == "Test Root") | [.verdict, .verdict_reason] | tostring')" = \
		'[["tls-server","tls-client","email","code-signing"],null]' ]
	[ "$(json '.items[] | select(.name == "Second Root") | [.verdict, .verdict_reason] | tostring')" = '[null,"distrusted"]' ]
	[[ $(trustctl list --columns name,verdict) == *'Second Root'*'no: distrusted'* ]]
	[ "$(trustctl list --columns name,verdict-reason --csv | grep Second | tr -d '\r')" = 'Second Root,distrusted' ]
	# Nobody asked: they cost more than all the rest.
	[ "$(trustctl list --json | jq -c '[.items[] | .verdict, .verdict_reason] | unique')" = '[null]' ]
}

@test "words for a time or a size are sorted by what they mean" {
	fill
	issue long '/CN=Long Root' - 5000 'basicConstraints=critical,CA:TRUE'
	trustctl import --quiet "$PKI/long.pem"
	run -0 trustctl list --columns name,expiry --sort expiry
	[[ ${lines[1]} == 'Old Intermediate '*days && ${lines[7]} == 'Long Root '*'in 13 years' ]]
	for sign in '' -; do
		[ "$(names --sort ${sign}expiry)" = "$(names --sort ${sign}not-after)" ]
	done
	for bits in 512 1024; do
		openssl req -x509 -newkey "rsa:$bits" -nodes -days 30 -subj "/CN=Size $bits" -keyout /dev/null \
			-out "$HOME/size.pem" 2>/dev/null
		certutil -A -d "sql:$STORE" -n "Size $bits" -t ,, -i "$HOME/size.pem"
	done
	[ "$(names Size --sort key)" = $'Size 512\nSize 1024' ]
	[ "$(names Size --sort -key)" = $'Size 1024\nSize 512' ]
}

@test "CSV is RFC 4180 and no cell is a formula" {
	openssl req -x509 -utf8 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj '/CN=\=1\+1,"x"' \
		-keyout /dev/null -out "$HOME/formula.pem" 2>/dev/null
	certutil -A -d "sql:$STORE" -n formula -t ,, -i "$HOME/formula.pem"
	run trustctl list --csv --columns name,kind
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = $'name,kind\r' ]
	[ "${lines[1]}" = $'"\'=1+1,""x""",root\r' ]
}

@test "several stores are told apart" {
	profile=$(made_profile work)
	certutil -A -d "sql:$STORE" -n 'Test Root' -t C,, -i "$PKI/root.pem"
	certutil -A -d "sql:$profile" -n 'Second Root' -t C,, -i "$PKI/root2.pem"
	run trustctl list --store user,firefox
	[[ ${lines[0]} == *STORE* ]]
	[[ $output == *"Second Root"*firefox* ]]
	echo garbage >"$profile/cert9.db"
	run trustctl list --store user,firefox
	[ "$status" -eq 6 ]
	[[ $output == *"Test Root"* ]]
	[[ $output == *"is not a database"* ]]
	run trustctl list --store firefox
	[ "$status" -eq 4 ]
}

@test "trust under a password carries a question mark until the password is given" {
	certutil -A -d "sql:$STORE" -n 'Test Root' -t C,, -i "$PKI/root.pem"
	trustctl store password --password-file "$PKI/secret"
	run trustctl list
	[[ $output == *"tls-server (?)"* ]]
	run trustctl list --store-password-file "$PKI/secret"
	[[ $output == *"tls-server"* ]]
	[[ $output != *"(?)"* ]]
	run --separate-stderr trustctl list
	[[ $stderr == *"--store-password-file FILE has it checked"* ]]
	run trustctl list --store-password-file "$PKI/wrong"
	[ "$status" -eq 4 ]
}

@test "a store that is not there is an error with its remedy" {
	run trustctl list --store "$HOME/nothing"
	[ "$status" -eq 4 ]
	[[ $output == *"there is no store at"*"trustctl store create"* ]]
}

@test "listing changes nothing, also under a hot journal" {
	fill
	before=$(snapshot)
	trustctl list >/dev/null
	[ "$before" = "$(snapshot)" ]
	printf 'x' >"$STORE/cert9.db-journal"
	run trustctl list
	[ "$status" -eq 0 ]
	[[ $output == *"another program was interrupted"* ]]
	[ "$before" = "$(snapshot)" ]
	[ -e "$STORE/cert9.db-journal" ]
}

@test "that nothing is listed is said to people, and why" {
	run -0 --separate-stderr trustctl list
	[[ -z $output && $stderr == 'the store is empty' ]]
	trustctl import --quiet "$PKI/root.pem"
	run -0 --separate-stderr trustctl list nosuch
	[[ -z $output && $stderr == 'no item matches' ]]
	for words in --json --csv --quiet; do
		run -0 --separate-stderr trustctl list nosuch $words
		[ -z "$stderr" ]
	done
	run -0 --separate-stderr trustctl list Root
	[[ -n $output && -z $stderr ]]
}

# at_width COLUMNS COMMAND: what a terminal of this width shows
at_width() {
	script -qec "stty cols $1; $2" /dev/null </dev/null | tr -d '\r'
}

@test "on a narrow terminal names are cut with an ellipsis and columns left out are told" {
	trustctl import "$PKI/inter.pem"
	output=$(at_width 60 'trustctl list')
	[[ $output == *'KIND         NAME'*'Test Inter'*'…'* ]]
	output=$(at_width 40 'trustctl list')
	[[ $output == *'no room for these columns (--columns chooses): kind,expiry'* ]]
	[[ $output == *'NAME '*'TRUST '*ID* ]]
	while IFS= read -r line; do
		[[ $line == 'no room'* || ${#line} -le 40 ]]
	done <<<"$output"
	output=$(at_width 40 'trustctl list --columns name,id,kind,expiry,trust')
	[[ $output == *TRUST* && $output != *'no room'* ]]
}

@test "in the locale C tables and documents are ASCII, with other letters by number" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -utf8 \
		-keyout "$HOME/key" -out "$HOME/cert.pem" -subj '/CN=Büro' -days 9 2>/dev/null
	trustctl import "$HOME/cert.pem"
	run -0 env LC_ALL=C trustctl list
	[[ $output == *'B\u00fcro'* && $output != *'ü'* ]]
	run -0 env LC_ALL=C trustctl show 'Büro'
	[[ $output == *'B\u00fcro'* && $output != *'ü'* ]]
	run -0 env LC_ALL=C trustctl list --json
	[ "$(json '.items[0].name')" = 'Büro' ]
	run -0 env -u LC_ALL -u LC_CTYPE -u LANG trustctl list
	[[ $output == *'Büro'* ]]
	run -0 trustctl list
	[[ $output == *'Büro'* ]]
}

# The tables of a store that this version does not know, and NSS reads.
unknown_tables() {
	sqlite3 "$STORE/cert9.db" 'DROP INDEX issuer; DROP INDEX subject; DROP INDEX label; DROP INDEX ckaid;
		ALTER TABLE nssPublic DROP COLUMN a102'
}

@test "tables of an unknown form are read by NSS, which is said, and nothing is touched" {
	fill
	trustctl list >"$HOME/known"
	unknown_tables
	before=$(sha256sum "$STORE"/*)
	run -0 --separate-stderr trustctl list
	[ "$output" = "$(cat "$HOME/known")" ]
	[[ $stderr == *"store 'user': its tables are not of a form that trustctl knows, so NSS was asked"* ]]
	run -0 --separate-stderr trustctl -q list --json
	[ -z "$stderr" ]
	[ "$(json '.items | length')" = 6 ]
	run -0 --separate-stderr trustctl show 'Test Root'
	[[ $output == *'full trust'* && $stderr == *'so NSS was asked'* ]]
	run -0 trustctl verify 'Test Root' --usage tls-server
	[ "$before" = "$(sha256sum "$STORE"/*)" ]
}

@test "tables of an unknown form are not changed" {
	fill
	unknown_tables
	before=$(sha256sum "$STORE"/*)
	run -4 trustctl trust distrust 'Test Root'
	[[ $output == *"is not changed: its tables are not of a form that trustctl knows"* ]]
	run -4 trustctl import "$PKI/server.pem"
	run -1 trustctl store check
	[[ $output == *"lacks columns in its table 'nssPublic'"* ]]
	[ "$before" = "$(sha256sum "$STORE"/*)" ]
}

@test "tables of an unknown form in a store with a password: keys are shown only with it" {
	fill
	printf 'pw\n' >"$HOME/pw"
	printf '\n' >"$HOME/none"
	certutil -W -d "sql:$STORE" -f "$HOME/none" -@ "$HOME/pw"
	unknown_tables
	run -0 --separate-stderr trustctl list
	[[ $output != *identity* && $output == *"Alice Test"* ]]
	[[ $output == *'full trust (?)'* && $stderr == *"private keys only with the store's password"* ]]
	run -0 --separate-stderr trustctl list --store-password-file "$HOME/pw"
	[[ $output == *identity*"Alice Test"* && $output != *'(?)'* ]]
	[[ $stderr != *'private keys only'* ]]
	run -4 trustctl list --store-password-file "$HOME/none"
	[[ $output == *'wrong password'* ]]
}
