#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl help: what the records say, as help, as manual, and for mistyped words.

load helper

setup() {
	setup_home
	MAN=$BATS_TEST_DIRNAME/../../doc/man
}

# commands: the words of each, one command a line
commands() {
	trustctl help --synopsis | sed -E 's/^trustctl //; s/ ?[[(A-Z<].*//; s/ bash\|.*//'
}

@test "help lists every command, in both spellings and without operands" {
	run trustctl help
	[ "$status" -eq 0 ]
	for word in import 'trust enable' audit 'store check' 'history undo'; do
		[[ $output == *"  $word "* ]]
	done
	overview=$output
	run trustctl --help
	[ "$output" = "$overview" ]
	[ "$status" -eq 0 ]
}

@test "help of a command is the same in every spelling" {
	expected=$(trustctl help trust enable)
	[[ $expected == *"Usage: trustctl trust enable"* ]]
	[ "$(trustctl trust enable --help)" = "$expected" ]
	[ "$(trustctl trust enable -h)" = "$expected" ]
	[[ $(trustctl help trust) == *"trust enable"* ]]
}

@test "help goes to standard output and reads no store" {
	run --separate-stderr trustctl help audit
	[ -n "$output" ]
	[ -z "$stderr" ]
	[ ! -e "$HOME/.local" ]
}

@test "every command has a page, with its options and every exit status it names" {
	while read -r words; do
		page=$MAN/trustctl-${words// /-}.1.scd
		[ -e "$page" ] || { echo "no page for '$words'"; false; }
		# shellcheck disable=SC2086 # two words, two operands
		for option in $(trustctl help $words | sed -n '/^Options:/,/^Common options:/p' |
			grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
			# The common ones are in trustctl(1).
			grep -qF -- "*$option*" "$page" "$MAN/trustctl.1.scd" ||
				{ echo "$page: $option"; false; }
		done
	done < <(commands)
}

@test "the overview page names every command and every shared option" {
	page=$MAN/trustctl.1.scd
	while read -r words; do
		grep -qF "*trustctl-${words// /-}*(1)" "$page" || { echo "$words"; false; }
	done < <(commands)
	for option in $(trustctl help | grep -oE '^ +(-., +)?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
		grep -qF -- "*$option*" "$page" || { echo "$option"; false; }
	done
}

@test "the overview has its commands under headings, as the overview page" {
	in_help=$(trustctl help | sed -n '/^Options/q; s/^\(.*\):$/## \1/p; s/^  \([a-z ]*[a-z]\)  .*/\1/p')
	in_page=$(sed -n '/^# OPTIONS/q; /^# COMMANDS/,$ { /^## /p; s/^\*trustctl-\(.*\)\*(1)$/\1/p }' \
		"$MAN/trustctl.1.scd" | tr - ' ')
	[ "$(grep -c '^##' <<<"$in_help")" -eq 5 ]
	[ "$in_help" = "$in_page" ]
}

@test "without a command the overview goes to standard error, and it is a mistake" {
	run -2 --separate-stderr trustctl
	[ -z "$output" ]
	[ "$stderr" = "$(trustctl help)" ]
}

@test "the synopsis of every page is that of the help" {
	while read -r line; do
		words=$(sed -E 's/^trustctl //; s/ ?[[(A-Z<].*//; s/ bash\|.*//' <<<"$line")
		page=$MAN/trustctl-${words// /-}.1.scd
		in_page=$(sed -n '/^# SYNOPSIS/,/^# DESCRIPTION/p' "$page" | sed '1d;$d' | tr -d '*_\\' |
			tr '\n' ' ' | xargs)
		[ "$in_page" = "$(xargs <<<"$line")" ] || { echo "page: $in_page"; echo "help: $line"; false; }
	done < <(trustctl help --synopsis)
}

@test "an unknown word is answered with the nearest" {
	run trustctl help audti
	[ "$status" -eq 2 ]
	[[ $output == *"audit"* ]]
	run trustctl lst
	[ "$status" -eq 2 ]
	[[ $output == *"list"* ]]
	run trustctl list --kinds root
	[ "$status" -eq 2 ]
	[[ $output == *"--kind"* ]]
	run -2 trustctl undo
	[[ $output == *'did you mean: trustctl history undo' ]]
	run -2 trustctl import --password x
	[[ $output == *'did you mean: --password-file' ]]
}

@test "a mistake on the command line is told in the colours asked for" {
	run -2 trustctl nosuch --color always
	[[ $output == *$'\e['* ]]
	run -2 script -qec 'TERM=xterm trustctl nosuch --color never' /dev/null </dev/null
	[[ $output == *"no command 'nosuch'"* && $output != *$'\e['* ]]
	run -2 script -qec 'TERM=xterm trustctl list --nosuch --color=never' /dev/null </dev/null
	[[ $output == *"no option '--nosuch'"* && $output != *$'\e['* ]]
}

@test "the version is one line" {
	run trustctl --version
	[ "$status" -eq 0 ]
	[[ $output =~ ^trustctl\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "output that cannot be written is an error" {
	run bash -c 'trustctl help >/dev/full'
	[ "$status" -eq 3 ]
	[[ $output == *"standard output"* ]]
}

@test "only commands that read or write files with a password have --password-file" {
	for command in import show verify delete 'trust enable' export 'store create' 'store password'; do
		run -0 trustctl help $command
		[[ $output == *--password-file* && $output == *--password-fd* ]] || { echo "$command"; false; }
	done
	for command in list audit prune 'store list' 'store check' 'history list' 'history undo' diagnose; do
		run -0 trustctl help $command
		[[ $output != *--password-f[id]* ]] || { echo "$command"; false; }
	done
	run -2 trustctl list --password-fd 3
}
