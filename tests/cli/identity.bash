# SPDX-License-Identifier: MPL-2.0
# What identity check says, for its tests.

# check STATUS ARGUMENT...: the question, for programs
check() {
	local want=$1
	shift
	run --separate-stderr trustctl identity check --password-file "$PKI/secret" "$@" --json
	[ "$status" -eq "$want" ] || { echo "$status, not $want: $output $stderr"; false; }
}
# says CHECK RESULT [TEXT]: a check came out so, and its words hold the text
says() {
	jq -e --arg check "$1" --arg result "$2" --arg text "${3:-}" \
		'.checks[] | select(.check == $check) | .result == $result and (.words | contains($text))' \
		<<<"$output" >/dev/null || { jq .checks <<<"$output"; false; }
}
remedy() { jq -r --arg check "$1" '.checks[] | select(.check == $check) | .remedy' <<<"$output"; }
# ends TEXT: the last sentence holds it
ends() { [[ $(json .sentence) == *"$1"* ]] || { json .sentence; false; }; }
program() { jq -r --arg store "$1" '.programs[] | select(.store == $store) | '"$2" <<<"$output"; }

import_alice() { trustctl import "$PKI/alice.p12" --password-file "$PKI/secret" --quiet --store "${1:-user}" >/dev/null; }
