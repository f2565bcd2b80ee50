#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# doc/json.md knows every kind of document and every key that a command prints.

load ../cli/helper
load ../cli/pki

setup_file() {
	make_pki
}

setup() {
	setup_home
	make_user_store
	made_profile work >/dev/null
	DOCUMENT=$BATS_TEST_DIRNAME/../../doc/json.md
	ROOT=$(sha256 root)
}

# The section about one kind, and the one that holds for all.
section() {
	awk -v want="## kind \`$1\`" '/^## /{on = $0 == want} on || !seen {print} /^## /{seen = 1}' "$DOCUMENT"
}

# documented ARGUMENTS...: the keys of what the command prints; a status of "no" or "partly" is fine
documented() {
	local kind key bad=0 words
	run --separate-stderr trustctl "$@" --json
	[[ $status == [016] ]] || { echo "trustctl $*: $status: $stderr"; return 1; }
	[ "$(jq .schema <<<"$output")" = 1 ]
	kind=$(jq -r .kind <<<"$output")
	words=$(section "$kind")
	grep -qF "## kind \`$kind\`" <<<"$words" || { echo "the kind '$kind' is not documented"; return 1; }
	for key in $(jq -r '[paths | map(strings)[]] | unique[]' <<<"$output"); do
		grep -qF "\`$key\`" <<<"$words" || { echo "$kind: '$key' ($*)"; bad=1; }
	done
	return "$bad"
}

# A built-in root that may issue nothing after some time.
late() {
	local id
	for id in $(trustctl list --store builtin --json | jq -r '.items[].id'); do
		trustctl trust show "$id" --store builtin --json | grep -q distrust_after && break
	done
	echo "$id"
}

@test "every key that commands print is documented" {
	printf -- '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n' |
		cat - "$PKI/root2.pem" "$PKI/alice.key" >"$HOME/bundle.pem"
	documented import "$PKI/alice.p12" "$PKI/root.pem" --password-file "$PKI/secret" --store user,firefox
	documented import "$HOME/bundle.pem" "$HOME/nothing.pem"
	documented import "$PKI/server.pem" --dry-run
	documented list --store all
	documented show 'Alice Test'
	documented show "$PKI/alice.p12" --password-file "$PKI/secret"
	documented show "$HOME/bundle.pem"
	documented trust enable --fingerprint "$ROOT" --reason test
	documented trust enable 'Second Root' --fingerprint "$(sha256 root2)" --store user,firefox
	documented trust show 'Test Root'
	documented trust show 'AAA Certificate Services' --store builtin
	documented trust show "$(late)" --store builtin
	documented verify "$PKI/server.pem" --host localhost
	documented verify 'Alice Test' --store all --usage any
	documented verify "$PKI/server.pem" --second-opinion
	issue asks '/CN=asks' root2 900 'authorityInfoAccess=OCSP;URI:http://127.0.0.1:1/'
	documented verify "$PKI/asks.pem" --revocation
	documented identity check "$PKI/asks.pem" --revocation --server 127.0.0.1:1
	documented identity check 'Alice Test' --store user
	documented audit --store all
	documented trust distrust 'Test Root'
	documented trust disable 'Second Root'
	documented trust reset 'Second Root' --fingerprint "$(sha256 root2)"
	documented history list --store all
	documented history undo --last --only-here --fingerprint "$(sha256 root2)"
	documented history show 1
	documented history show 3
	documented history show 2
	documented prune --dry-run
	documented export 'Test Root' -o "$HOME/root.crt"
	documented delete 'Alice Test' --yes
	documented store list
	chmod 644 "$STORE/key4.db"
	documented store check
	documented store create "$HOME/new"
	documented store backup "$HOME/store.backup" --password-file "$PKI/secret"
	documented store restore "$HOME/store.backup" --password-file "$PKI/secret" --dry-run
	documented store password --dry-run --password-file "$PKI/secret"
	documented store password --password-file "$PKI/secret"
	documented history show "$(trustctl history list --json | jq '.changes[0].number')"
	documented import "$PKI/alice.p12" --password-file "$PKI/secret" --dry-run
}

@test "every key in the source stands in the document" {
	local bad=0 key
	cd "$BATS_TEST_DIRNAME/../.."
	for key in $({
		grep -rhoE '\.key = "[a-z_]+"' cli | grep -oE '"[a-z_]+"'
		grep -rhE 'cli_doc_(text|number|bool|time|begin|begin_list)\(' cli/*.c cli/cmd/*.c |
			grep -oE '\((doc|run->doc), ("[^"]*"|NULL|title|[a-z_]+), "[a-z_]+"' | grep -oE '"[a-z_]+"$'
	} | tr -d '"' | sort -u | grep -vxE 'fact|step|policy|fetch'); do # these name elements of arrays
		grep -qF "\`$key\`" "$DOCUMENT" || { echo "$key"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}
