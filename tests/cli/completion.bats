#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl completion: scripts for shells, made from the commands' records.

load helper

setup() {
	setup_home
}

# complete LINE...: what bash offers at the end of this line, one a line
complete() {
	trustctl completion bash >"$HOME/completion"
	bash --norc -c '
		. "$1"
		COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9 COMP_KEY=9
		read -ra COMP_WORDS <<<"$2"
		[[ $2 == *" " ]] && COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		function=$(complete -p trustctl | sed "s/.*-F \([^ ]*\).*/\1/")
		compopt() { :; }
		"$function" trustctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
		printf "%s\n" "${COMPREPLY[@]}" | sed "s/ *$//"
	' bash "$HOME/completion" "$1"
}

# complete_zsh LINE...: what zsh offers there, as a person at its prompt would see it
complete_zsh() {
	mkdir -p "$HOME/zsh"
	trustctl completion zsh >"$HOME/zsh/_trustctl"
	# shellcheck disable=SC2016 # for zsh
	timeout 60 zsh -f -c '
		zmodload zsh/zpty
		zpty person zsh -f -i
		zpty -w person "PS1= PS2= fpath=($1 \$fpath); autoload -Uz compinit; compinit -D -u"
		# Each candidate is told between brackets; calls that only sort candidates are not for people.
		zpty -w person "compadd() {
			local -a hits
			[[ \" \$* \" != *\" -\"[OAD]\" \"* ]] || { builtin compadd \"\$@\"; return }
			builtin compadd -A hits \"\$@\"
			print -rl -- \"<\"\$^hits\">\"
			builtin compadd \"\$@\"
		}"
		zpty -w person "bindkey \"^I\" complete-word; ended() { print \"<<\"ended\">>\"; exit }; comppostfuncs=(ended)"
		zpty -w person "print \"<<\"ready\">>\""
		zpty -r person seen "*<<ready>>*"
		zpty -w -n person "$2"$'"'\t'"'
		zpty -r person seen "*<<ended>>*"
		print -r -- "$seen"
	' zsh "$HOME/zsh" "$1" | tr -d '\r' | sed -n 's/^.*<\([^<>]*\)>$/\1/p'
}

# complete_fish LINE...: what fish offers there
complete_fish() {
	trustctl completion fish >"$HOME/fish"
	# shellcheck disable=SC2016 # for fish
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$HOME/fish" "$1" | cut -f 1
}

# offers COMPLETE WORDS LINE: these words, in any order
offers() {
	local got
	got=$("$1" "$3" | grep . | sort | tr '\n' ' ')
	[ "$got" = "${2:+$2 }" ] || { echo "$3: '$got', not '$2'"; false; }
}

# What every shell has to offer where.
completes() {
	offers "$1" 'disable distrust enable reset show' 'trustctl help trust '
	offers "$1" enable 'trustctl help trust e'
	offers "$1" trust 'trustctl help tru'
	offers "$1" '' 'trustctl help list '
	offers "$1" --synopsis 'trustctl help --sy'
	offers "$1" enable 'trustctl trust e'
	offers "$1" --fail-on 'trustctl audit --fa'
	offers "$1" --fingerprint 'trustctl trust enable --fing'
	offers "$1" full 'trustctl list --trust fu'
	offers "$1" --keys 'trustctl store check --ke'
	offers "$1" local-full 'trustctl audit --fail-on lo'
	offers "$1" intermediate 'trustctl prune --kind int'
}

@test "bash completes help, commands and their options" {
	completes complete
}

@test "zsh completes help, commands and their options" {
	command -v zsh >/dev/null || skip 'no zsh here'
	completes complete_zsh
}

@test "fish completes help, commands and their options" {
	command -v fish >/dev/null || skip 'no fish here'
	completes complete_fish
}

@test "each shell gets a script its own parser accepts" {
	trustctl completion bash >"$HOME/bash"
	bash -n "$HOME/bash"
	for shell in zsh fish; do
		trustctl completion $shell >"$HOME/$shell"
		[ -s "$HOME/$shell" ]
		command -v $shell >/dev/null || continue
		$shell -n "$HOME/$shell"
	done
}

@test "every command and every option is in every script" {
	mapfile -t commands < <(trustctl help --synopsis | sed -E 's/^trustctl //; s/ ?[[(A-Z<].*//')
	[ "${#commands[@]}" -gt 15 ]
	for shell in bash zsh fish; do
		script=$(trustctl completion $shell)
		for command in "${commands[@]}"; do
			for word in $command; do
				[[ $script == *"$word"* ]] || { echo "$shell: $word"; false; }
			done
		done
		for option in fail-on keys expires-within store-password-file fingerprint; do
			[[ $script == *"$option"* ]] || { echo "$shell: $option"; false; }
		done
	done
}

@test "bash completes commands and options" {
	run complete 'trustctl au'
	[ "$output" = audit ]
	run complete 'trustctl store ch'
	[ "$output" = check ]
	run complete 'trustctl audit --fail'
	[[ $output == --fail-on* ]]
	run complete 'trustctl list --trust fu'
	[ "$output" = full ]
}

@test "the words for stores are those of this machine" {
	made_store >/dev/null
	made_profile work >/dev/null
	run trustctl completion --words stores
	[ "$status" -eq 0 ]
	[[ $output == *"user	"* ]]
	[[ $output == *"firefox	"* ]]
	[[ $output == *"all	"* ]]
}

@test "the words for items are identifier and name, of the store named" {
	store=$(made_store)
	certutil -S -d "sql:$store" -n mine -s CN=Mine -x -t ,, -z "$TRUSTCTL" >/dev/null 2>&1
	run trustctl completion --words items --store user
	[ "$status" -eq 0 ]
	[[ $output =~ ^[0-9a-f]{16}$'\t'Mine$ ]]
	echo garbage >"$store/cert9.db"
	run trustctl completion --words items --store user
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "zsh takes a store as a word, whatever is in its name" {
	local name
	for name in 'a $(touch pwned)' 'it is "b"'; do
		mkdir "$HOME/$name"
		certutil -N -d "sql:$HOME/$name" --empty-password
		certutil -S -d "sql:$HOME/$name" -n mine -s CN=Mine -x -t ,, -z "$TRUSTCTL" >/dev/null 2>&1
	done
	cd "$HOME"
	offers complete_zsh Mine "trustctl show --store='a \$(touch pwned)/' Mi"
	[ ! -e pwned ]
	offers complete_zsh Mine "trustctl show --store='it is \"b\"/' Mi"
}

@test "bash goes on behind a blank that is escaped, as it escapes those of names itself" {
	local name
	made_store >/dev/null
	for name in 'Acme Root X' 'Acme Issuing Y' 'Other'; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$HOME/key" \
			-out "$HOME/cert.pem" -subj "/CN=$name" 2>/dev/null
		trustctl import "$HOME/cert.pem" --quiet
	done
	cd "$XDG_RUNTIME_DIR"
	run complete 'trustctl show Acme\ '
	[ "$(sort <<<"$output")" = $'Acme Issuing Y\nAcme Root X' ]
	run complete 'trustctl trust enable --usage email Acme\ R'
	[ "$output" = 'Acme Root X' ]
	run complete 'trustctl show Acme '
	[[ $output == *Other* ]]
}

@test "an unknown shell is an error of usage" {
	run trustctl completion tcsh
	[ "$status" -eq 2 ]
	[[ $output == *"'tcsh'"*"bash, zsh or fish"* ]]
	run trustctl completion
	[ "$status" -eq 2 ]
}

@test "a reader that stops early is no failure" {
	run bash -c 'set -o pipefail; trustctl completion bash | head -n 1'
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "a script that could not be written whole is an error with a reason" {
	run sh -c 'trustctl completion bash >/dev/full'
	[ "$status" -eq 3 ]
	[[ $output != *Success* ]]
}

@test "columns, changes and e-mail addresses are completed" {
	store=$(made_store)
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$HOME/key" \
		-out "$HOME/cert.pem" -subj '/CN=Ann/emailAddress=ann@example.com' 2>/dev/null
	trustctl import "$HOME/cert.pem" --quiet
	run complete 'trustctl list --columns name,exp'
	[ "$output" = name,expiry ]
	run complete 'trustctl audit --sort not-'
	[ "$output" = not-after ]
	run complete 'trustctl history undo '
	[ "$output" = 1 ]
	run complete 'trustctl history show '
	[ "$output" = 1 ]
	run complete 'trustctl show ann@'
	[ "$output" = ann@example.com ]
}
