#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# certutil of NSS 3.87 and of Firefox's NSS reads the trust that trustctl wrote, and trustctl reads what
# they wrote.

load clients
load generations

setup_file() { make_pki; }
setup() { need_newer; }

root='Clients Test Root'

root_decided_in_every_way() {
	ours import "$(pki root.pem)" "$(pki inter.pem)" "$(pki leaf.pem)"
	reads ,, "$root"
	verdict invalid localhost V
	ours trust enable --fingerprint "$(fingerprint root)"
	reads CT,C,C "$root"
	verdict valid localhost V
	ours trust disable "$root"
	reads ,, "$root"
	verdict invalid localhost V
	ours trust distrust "$root"
	reads p,p,p "$root"
	verdict invalid localhost V
	ours trust reset "$root" --fingerprint "$(fingerprint root)"
	reads ,, "$root"
	verdict invalid localhost V
}

@test "trust enabled, disabled, distrusted and reset reads so to both generations, whoever made the store" {
	each_store root_decided_in_every_way
}

root_decided_for_single_usages() {
	local usage letters
	ours import "$(pki root.pem)"
	while read -r usage letters; do
		ours trust enable "$root" --usage "$usage" --fingerprint "$(fingerprint root)"
		reads "$letters" "$root"
		ours trust reset "$root"
	done <<-'END'
		tls-server C,,
		tls-client T,,
		email ,C,
		code-signing ,,C
		tls-server,tls-client CT,,
	END
	ours trust distrust "$root" --usage email
	reads ,p, "$root"
	ours trust distrust "$root" --usage tls-server,tls-client
	reads p,p, "$root"
	ours trust reset "$root" --fingerprint "$(fingerprint root)"
	ours trust enable --fingerprint "$(fingerprint root)"
	ours trust disable "$root" --usage tls-client,code-signing
	reads C,C, "$root"
}

@test "trust for single usages reads so to both generations" {
	begin user older open
	root_decided_for_single_usages
	begin user newer locked
	root_decided_for_single_usages
	begin firefox older locked
	root_decided_for_single_usages
}

# said_of LETTERS: the states of the four usages as we tell them
said_of() {
	case $1 in
	CT,C,C) echo '[trusted,trusted,trusted,trusted]' ;;
	C,,) echo '[trusted,not-an-anchor,not-an-anchor,not-an-anchor]' ;;
	T,,) echo '[not-an-anchor,trusted,not-an-anchor,not-an-anchor]' ;;
	,C,) echo '[not-an-anchor,not-an-anchor,trusted,not-an-anchor]' ;;
	,,C) echo '[not-an-anchor,not-an-anchor,not-an-anchor,trusted]' ;;
	p,p,p) echo '[distrusted,distrusted,distrusted,distrusted]' ;;
	p,,) echo '[distrusted,distrusted,not-an-anchor,not-an-anchor]' ;;
	P,,) echo '[peer,peer,not-an-anchor,not-an-anchor]' ;;
	,,) echo '[undecided,undecided,undecided,undecided]' ;;
	esac
}

written_by_certutil() {
	local letters
	for writer in older newer; do
		may_log_in $writer || continue
		for letters in $1; do
			echo "# $writer certutil -A -t $letters"
			$writer certutil -A -d "sql:$STORE" "${THEIRS[@]}" -n "$root" -t $letters -i "$(pki root.pem)"
			we_say '.items[0] | [.tls_server, .tls_client, .email, .code_signing]' "$(said_of $letters)" list
			we_say '.stores[0] | [.letters, .disagrees]' "[$letters,false]" trust show "$root"
			ours delete "$root" --yes --fingerprint "$(fingerprint root)"
		done
	done
}

@test "trust written by certutil of either generation is what trustctl tells" {
	begin user older open
	written_by_certutil 'CT,C,C C,, T,, ,C, ,,C p,p,p p,, P,, ,,'
	begin user older locked
	written_by_certutil 'CT,C,C p,p,p'
	begin firefox newer locked
	written_by_certutil 'C,, p,, ,,'
}

@test "records of both spellings that disagree are told, and the next decision makes them agree" {
	for lock in open locked; do
		begin firefox older $lock
		newer certutil -A -d "sql:$STORE" "${THEIRS[@]}" -n "$root" -t CT,C,C -i "$(pki root.pem)"
		older certutil -M -d "sql:$STORE" "${THEIRS[@]}" -n "$root" -t p,p,p
		if may_log_in older; then
			reads p,p,p "$root" older
			reads CT,C,C "$root" newer
			we_say '.stores[0].disagrees' true trust show "$root"
			we_say '[.audit[0].findings[] | select(. == "disagreement")]' '[disagreement]' audit
			run ours audit --fail-on disagreement
			[ "$status" -eq 1 ]
		fi
		ours trust distrust "$root"
		reads p,p,p "$root"
		ours trust enable --fingerprint "$(fingerprint root)"
		reads CT,C,C "$root"
		we_say '.stores[0].disagrees' false trust show "$root"
		ours audit --fail-on disagreement
	done
}

@test "what certutil of either generation deletes and trustctl imports again has no trust" {
	for generation in older newer; do
		for writer in older newer; do
			for lock in open locked; do
				begin user older $lock
				echo "# $writer certutil -A, $generation certutil -D"
				$writer certutil -A -d "sql:$STORE" "${THEIRS[@]}" -n "$root" -t CT,C,C -i "$(pki root.pem)"
				$generation certutil -D -d "sql:$STORE" "${THEIRS[@]}" -n "$root"
				ours import "$(pki root.pem)" "$(pki inter.pem)" "$(pki leaf.pem)"
				reads ,, "$root"
				verdict invalid localhost V
				we_say '.items[] | select(.name == "Clients Test Root") | .tls_server' undecided list
			done
		done
	done
}

@test "what trustctl deletes leaves no record that would count when either generation adds it again" {
	for generation in older newer; do
		for lock in open locked; do
			begin firefox older $lock
			older certutil -A -d "sql:$STORE" "${THEIRS[@]}" -n "$root" -t CT,C,C -i "$(pki root.pem)"
			newer certutil -M -d "sql:$STORE" "${THEIRS[@]}" -n "$root" -t CT,C,C
			ours delete "$root" --yes
			[ "$(sqlite3 "$STORE/cert9.db" 'SELECT count(*) FROM nssPublic')" -eq 0 ]
			[ "$(sqlite3 "$STORE/key4.db" "SELECT count(*) FROM metaData WHERE id LIKE 'sig_%'")" -eq 0 ]
			$generation certutil -A -d "sql:$STORE" "${THEIRS[@]}" -n "$root" -t ,, -i "$(pki root.pem)"
			reads ,, "$root"
		done
	done
}
