#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# A command is its record; its file, manual page, help, completions and tests must say the same.

load ../cli/helper

setup() {
	cd "$BATS_TEST_DIRNAME/../.."
	setup_home
}

# The path of every record, "trust enable", as the files have it.
records() { sed -n 's/^\t\.path = "\(.*\)",$/\1/p' cli/cmd/*.c; }

# each CHECK: run CHECK PATH for every command and fail with all complaints at once
each() {
	local bad=0 path
	while read -r path; do
		"$1" "$path" || { echo "^ trustctl $path"; bad=1; }
	done < <(records)
	[ "$bad" -eq 0 ]
}

# The options that --help names, "--json" a line; the command's own when $2 is `own`.
help_options() {
	trustctl help $1 | awk -v own="${2:-}" '
		/^Options:/ { part = 1 }
		/^Common options:/ { common = 1 }
		/^ +(-.,)? *--/ { sub(/^ +(-.,)? */, ""); if (common || !part) rest = rest $1 "\n"; else mine = mine $1 "\n" }
		END { if (!own) printf "%s%s", mine, rest; else if (common) printf "%s", mine }'
}

has_its_files() {
	local file=${1// /_} page=doc/man/trustctl-${1// /-}.1.scd bad=0
	for need in "cli/cmd/$file.c" "$page" "tests/cli/$file.bats"; do
		[ -f "$need" ] || { echo "$need is missing"; bad=1; }
	done
	grep -q "extern const struct cli_command cmd_$file;" cli/commands.c &&
		grep -q "&cmd_$file," cli/commands.c || { echo "cli/commands.c does not list it"; bad=1; }
	return $bad
}

@test "every command has its file, its record in the table, its page and its test" {
	[ "$(records | wc -l)" -ge 22 ]
	each has_its_files
	[ "$(records | wc -l)" -eq "$(find cli/cmd -name '*.c' | wc -l)" ]
	[ "$(records | wc -l)" -eq "$(grep -c '^	&cmd_' cli/commands.c)" ]
}

same_synopsis() {
	local help page
	help=$(trustctl help $1 | sed -n 's/^Usage: //p')
	page=$(awk '/^# /{on=0} on && NF {print} /^# SYNOPSIS/{on=1}' "doc/man/trustctl-${1// /-}.1.scd" |
		sed 's/\\\([][_*]\)/\1/g; s/[*_]//g')
	[ "$help" = "$page" ] || { printf 'help: %s\npage: %s\n' "$help" "$page"; return 1; }
}

@test "every manual page's synopsis is what --help says" {
	each same_synopsis
}

page_has_options() {
	local page=doc/man/trustctl-${1// /-}.1.scd bad=0 option
	for option in $(help_options "$1" own); do
		grep -qF -- "*$option*" "$page" || { echo "$page does not tell $option"; bad=1; }
	done
	return $bad
}

@test "every option of a command is in its manual page" {
	each page_has_options
	local option
	for option in $(trustctl help | grep -oE -- '--[a-z-]+' | sort -u); do
		grep -qF -- "*$option*" doc/man/trustctl.1.scd || { echo "trustctl(1): $option"; false; }
	done
}

completed() {
	local bad=0 option shell
	for shell in bash zsh fish; do
		for option in $(help_options "$1"); do
			grep -qE -- "(-l |--)${option#--}\b" "$BATS_TEST_TMPDIR/$shell" ||
				{ echo "$shell does not complete $option"; bad=1; }
		done
		grep -qw -- "${1##* }" "$BATS_TEST_TMPDIR/$shell" || { echo "$shell lacks it"; bad=1; }
	done
	return $bad
}

@test "every command and option is in the completions of bash, zsh and fish" {
	local shell
	for shell in bash zsh fish; do
		trustctl completion "$shell" >"$BATS_TEST_TMPDIR/$shell"
		"$shell" -n "$BATS_TEST_TMPDIR/$shell"
	done
	each completed
}

helps() {
	local bad=0
	[ "$(trustctl $1 --help 2>&1 >/dev/null)" = "" ] || { echo "--help writes to standard error"; bad=1; }
	trustctl $1 --help | grep -q '^Usage: trustctl' || { echo "--help has no usage"; bad=1; }
	[ "$(trustctl $1 --help)" = "$(trustctl help $1)" ] || { echo "help and --help differ"; bad=1; }
	# Examples are whole commands, whatever their length.
	trustctl $1 --help | awk '/^Examples:/ { exit bad } length > 80 { print "too wide: " $0; bad = 1 } END { exit bad }' || bad=1
	return $bad
}

@test "--help of every command goes to standard output, with success, in 80 columns" {
	each helps
}

unknown_refused() {
	local status=0
	trustctl $1 --no-such-option >/dev/null 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ "$status" -eq 2 ] && [ -s "$BATS_TEST_TMPDIR/err" ] || { echo "status $status"; return 1; }
}

@test "an unknown option is exit 2 with every command and touches nothing" {
	each unknown_refused
	[ -z "$(find "$HOME" -mindepth 1)" ]
}

@test "manual pages are well formed and known to trustctl(1)" {
	local page bad=0
	for page in doc/man/*.scd; do
		scdoc <"$page" | mandoc -T lint -W warning - >"$BATS_TEST_TMPDIR/lint" 2>&1 || true
		if grep -E 'ERROR|WARNING' "$BATS_TEST_TMPDIR/lint" | grep -vE 'missing date|unknown (manual|architecture)'; then
			echo "^ $page"
			bad=1
		fi
		case $page in */trustctl.1.scd) continue ;; esac
		grep -qF "*$(basename "$page" .1.scd)*(1)" doc/man/trustctl.1.scd ||
			{ echo "trustctl(1) does not name $page"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}

@test "every exit status and error code of the table is in the manual" {
	local code bad=0
	for status in 0 1 2 3 4 5 6 70; do
		grep -qE "^(\\[\\[|\\|) +\\*$status\\*" doc/man/trustctl.1.scd || { echo "exit $status"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}
