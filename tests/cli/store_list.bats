#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl store list: the stores of this machine and who reads them.

load helper

setup() {
	setup_home
}

# row NAME FIELD: from the JSON of the last run
row() {
	jq -r --arg name "$1" ".stores[] | select(.name == \$name) | .$2" <<<"$output"
}

@test "the user store is listed before it exists, with where it would be" {
	run trustctl store list
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == NAME*READERS*EXISTS*ITEMS*PASSWORD*DEFAULT*PATH* ]]
	[[ $output == *user*Chromium*no*"$HOME/.local/share/pki/nssdb"* ]]
	run trustctl store list --existing --json
	[ "$(row user name)" = '' ]
	[ ! -e "$HOME/.local" ]
	[ ! -e "$HOME/.pki" ]
}

@test "an old directory of Chromium's is the user store" {
	made_store "$HOME/.pki/nssdb" >/dev/null
	run trustctl store list --json
	[ "$(row user path)" = "$HOME/.pki/nssdb" ]
	[ "$(row user exists)" = true ]
}

@test "profiles of browsers and mail programs are found and counted" {
	made_store >/dev/null
	profile=$(made_profile work)
	made_profile mail thunderbird >/dev/null
	certutil -S -d "sql:$profile" -n mine -s CN=Mine -x -t ,, -z "$TRUSTCTL" >/dev/null 2>&1
	run trustctl store list --json
	[ "$status" -eq 0 ]
	[ "$(row user kind)" = user ]
	[ "$(row firefox kind)" = firefox ]
	[ "$(row firefox path)" = "$profile" ]
	[ "$(row firefox items)" = 1 ]
	[ "$(row firefox default)" = true ]
	[ "$(row firefox password)" = false ]
	[ "$(row thunderbird kind)" = thunderbird ]
	[ "$(row thunderbird items)" = 0 ]
}

@test "the administrator's store is found" {
	made_store "$TRUSTCTL_ROOT/etc/pki/nssdb" >/dev/null
	run trustctl store list --json
	[ "$(row system path)" = "$TRUSTCTL_ROOT/etc/pki/nssdb" ]
}

@test "a password shows, and none is asked for" {
	store=$(made_store)
	printf '\n' >"$HOME/none"
	echo secret >"$HOME/secret"
	certutil -W -d "sql:$store" -f "$HOME/none" -@ "$HOME/secret" >/dev/null
	run trustctl store list --json </dev/null
	[ "$status" -eq 0 ]
	[ "$(row user password)" = true ]
}

@test "a store that cannot be read is listed with the cause" {
	made_store >/dev/null
	profile=$(made_profile work)
	echo garbage >"$profile/cert9.db"
	run --separate-stderr trustctl store list --json
	[ "$status" -eq 6 ]
	[[ $(row firefox problem) == *"is not a database"* ]]
	[ "$(row user problem)" = null ]
	[[ $stderr == *"is not a database"* ]]
}

@test "a hostile profile name is displayed safely" {
	mkdir -p "$HOME/.mozilla/firefox/p"
	printf '[Profile0]\nName=a\033[31m\xe2\x80\xaeb\nIsRelative=1\nPath=p\nDefault=1\n' \
		>"$HOME/.mozilla/firefox/profiles.ini"
	made_store "$HOME/.mozilla/firefox/p" >/dev/null
	run trustctl store list --columns name,alias
	[ "$status" -eq 0 ]
	[[ $output != *$'\033'* ]]
	[[ $output != *$'\u202e'* ]]
	run trustctl store list --json
	[ "$(json '.stores | length > 1')" = true ]
}

@test "a name of no store here is answered with what it would be, and what there is" {
	run -4 trustctl list --store chromium
	[[ $output == *"there is no store called 'chromium': Chromium reads the store 'user'"*'stores here: user, '* ]]
	run -4 trustctl list --store system
	[[ $output == *"there is no store 'system': /etc/pki/nssdb has no cert9.db"* ]]
	[[ $output == *'hint: sudo trustctl store create /etc/pki/nssdb'* ]]
	mkdir -p "$HOME/.mozilla/firefox/"{a,b}
	printf '[Profile%s]\nName=%s\nIsRelative=1\nPath=%s\n' 0 a a 1 b b >"$HOME/.mozilla/firefox/profiles.ini"
	run -4 trustctl list --store firefox
	[[ $output == *'nothing says which of its profiles Firefox opens'*'stores here: user, firefox:a, firefox:b, '* ]]
}

@test "columns and order are as in every list" {
	made_store >/dev/null
	run trustctl store list --columns path,name --sort name
	[[ ${lines[0]} =~ ^PATH\ +NAME ]]
	run trustctl store list --csv
	[ "${lines[0]}" = $'name,readers,exists,items,password,default,path\r' ]
	run trustctl store list --store user
	[ "$status" -eq 2 ]
}

@test "listing stores changes nothing" {
	store=$(made_store)
	before=$(cd "$store" && sha256sum ./* && ls -a)
	trustctl store list >/dev/null
	[ "$before" = "$(cd "$store" && sha256sum ./* && ls -a)" ]
}

@test "on a narrow terminal no line is wider than it" {
	made_store >/dev/null
	output=$(script -qec 'stty cols 60; trustctl store list' /dev/null </dev/null | tr -d '\r')
	[[ $output == *…* ]]
	while IFS= read -r line; do
		[[ $line == 'no room'* || ${#line} -le 60 ]]
	done <<<"$output"
}
