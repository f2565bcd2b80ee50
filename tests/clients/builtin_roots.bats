#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# A built-in root that trustctl switched off, distrusted or reset, as certutil of both NSS generations
# sees it with the built-in roots loaded.

load clients
load generations

setup_file() { make_pki; }
setup() {
	need_newer
	trustctl list --store builtin >/dev/null 2>&1 || skip "no built-in roots on this machine"
}

# A root with full trust of the vendor for servers and mail: its certificate, name and letters.
choose_root() {
	id=$(trustctl list --store builtin --kind root --trust trusted --usage tls-server --json |
		jq -r '[.items[] | select(.email == "trusted" and .code_signing != "trusted")][0].id')
	name=$(trustctl list --store builtin --json | jq -r --arg id "$id" '.items[] | select(.id == $id) | .name')
	trustctl export "$id" --store builtin --force -o "$BATS_TEST_TMPDIR/vendor.pem"
}

load_builtins() {
	older modutil -dbdir "sql:$STORE" -add Builtins -libfile libnssckbi.so -force >/dev/null 2>&1
	grep -q '^library=libnssckbi.so' "$STORE/pkcs11.txt"
}

# listed LETTERS: so both generations list it, all tokens asked
listed() {
	local generation
	for generation in older newer; do
		same "$generation certutil -h all" "$1" \
		    "$("$generation" certutil -L -d "sql:$STORE" -h all | awk -v want="$name" '
			{ flags = $NF; sub(/[[:space:]]+[^[:space:]]+[[:space:]]*$/, "") } $0 == want { print flags }')" ||
			return 1
	done
}

# because WORDS: both generations refuse it as a CA of servers with these words
because() {
	local generation said
	for generation in older newer; do
		said=$("$generation" certutil -V -d "sql:$STORE" -n "$name" -u L 2>&1) || true
		[[ $said == *invalid*"$1"* ]] || { echo "$generation says '$said'"; return 1; }
	done
}

decided_and_reset() {
	choose_root
	load_builtins
	# Its nickname there is the vendor's: ask about the same certificate, brought in without trust.
	ours import "$BATS_TEST_TMPDIR/vendor.pem"
	listed C,C,
	verdict valid "$name" L
	ours delete "$id" --yes

	ours trust disable "$id"
	listed ,,
	because 'issuer has been marked as not trusted'
	we_say '.stores[0].states.tls_server' not-an-anchor trust show "$id"
	ours trust reset "$id" --fingerprint "$id"
	listed C,C,
	verdict valid "$name" L

	ours trust distrust "$id"
	listed p,p,p
	because 'has been marked as not trusted by the user'
	ours trust reset "$id" --fingerprint "$id"
	listed C,C,
	verdict valid "$name" L
	ours delete "$id" --yes
	listed ''
}

@test "a built-in root disabled or distrusted reads so to both generations, and reset brings its own trust back" {
	some_stores decided_and_reset
}

@test "a built-in root disabled for servers only keeps its trust for mail" {
	begin user older open
	choose_root
	load_builtins
	ours trust disable "$id" --usage tls-server
	listed ,C,
	because 'marked as not trusted'
	ours history undo --last --fingerprint "$id"
	listed ''
}

@test "a distrust by certutil of either generation is what trustctl tells of a built-in root" {
	local generation
	for generation in older newer; do
		begin user older open
		choose_root
		load_builtins
		"$generation" certutil -A -d "sql:$STORE" -n "$name" -t p,p,p -i "$BATS_TEST_TMPDIR/vendor.pem"
		we_say '.audit[0] | [.id, .builtin, .tls_server] + .findings' "[$id,true,distrusted,override]" audit
		ours trust reset "$id" --fingerprint "$id"
		listed C,C,
	done
}

@test "what the store's pkcs11.txt loads does not enter trustctl's own answers" {
	begin user older open
	load_builtins
	we_say '.items | length' 0 list
	run ours store check
	[[ $output == *"names the module 'libnssckbi.so'"* ]]
}
