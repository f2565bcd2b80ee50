#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl diagnose and import --from against the real PostgreSQL and MariaDB, which begin in plain text
# of their own: with TLS, without it, with another host's certificate, and asked in the other's way.

load servers

setup_file() {
	have_databases || return 0
	pick_address
	new_pki
	{
		cert root - '/CN=Databases Root/O=Test' "$CA"
		cert inter root '/CN=Databases Intermediate/O=Test' "$CA"
		cert mail inter '/CN=mail.example.com' "$FOR_MAIL"
		cert other inter '/CN=host53' "${END}extendedKeyUsage=serverAuth\nsubjectAltName=DNS:host53.provider.example\n" -90 -10
	} >make.log 2>&1 || { cat make.log >&2; false; }
	start_postgres good 5432 mail
	start_postgres bad 5433 other
	start_postgres plain 5434
	start_mariadb good 3306 mail
	start_mariadb bad 3307 other
	start_mariadb plain 3308
	answers 5432 5433 5434 3306 3307 3308
}
teardown_file() { stop_all; }

setup() {
	have_databases || skip 'postgresql or mariadb-server-core is not installed'
	setup_home
	STORE=$(made_store)
	certutil -A -d "sql:$STORE" -n root -t C,, -i "$PKI/root.pem"
}

have_databases() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && command -v mariadbd >/dev/null; }

# ask PROTOCOL PORT [OPTION...]
ask() {
	run --separate-stderr trustctl diagnose "mail.example.com:$2" --starttls "$1" --connect "$ADDRESS" --no-memory \
	    --json "${@:3}"
}

@test "PostgreSQL and MariaDB, good: trusted, and the chain is the one they were given" {
	local protocol port
	while read -r protocol port; do
		ask "$protocol" "$port"
		causes 0
		[ "$(json .starttls)" = "$protocol" ]
		[ "$(json '[.chain[].id] | join(" ")')" = "$(identifier mail) $(identifier inter)" ]
		[ "$(json .tls.finished)" = true ]
	done <<-END
		postgres 5432
		mysql 3306
	END
	[[ $(json .greeting) == *MariaDB* ]]
}

@test "the certificate of another host, expired too, by each protocol" {
	ask postgres 5433
	causes 1 host-name expired
	ask mysql 3307
	causes 1 host-name expired
}

@test "a server without TLS says so, and what would settle it" {
	for ask in 'postgres 5434' 'mysql 3308'; do
		# shellcheck disable=SC2086 # words
		ask $ask
		causes 3 starttls-refused
		[[ $(json '.causes[0].remedy') == 'have STARTTLS switched on'* ]]
	done
}

@test "asked in the way of another service, or by TLS from the first byte" {
	ask postgres 3306
	[ "$status" -eq 3 ]
	[[ $(json '.causes[0].id') == starttls-@(broken|silent) ]]
	ask mysql 5432
	causes 3 starttls-silent
	ask none 3306
	causes 3 not-tls
	ask none 5432
	[ "$status" -eq 3 ]
	[[ $(json '.causes[0].id') == @(not-tls|tls-broken|tls-silent) ]]
}

@test "what they send is imported" {
	for from in 'postgres 5432' 'mysql 3306'; do
		read -r protocol port <<<"$from"
		run -0 --separate-stderr trustctl import --from "mail.example.com:$port" --starttls "$protocol" \
		    --connect "$ADDRESS"
		run -0 trustctl show mail.example.com --json
		[ "$(json .id)" = "$(identifier mail)" ]
		trustctl delete "$(identifier mail)" "$(identifier inter)" --yes
	done
}
