#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Every format that is written is read back by this program, by show and by import, to the same
# certificates and keys, and by the program it is for. Browsers read theirs in tests/clients/policies.bats,
# network programs in export_network.bats, p11-kit in export_trust.bats, a run of the certutil script in
# export_formats.bats.

load helper
load pki

setup_file() {
	make_pki
	export FULL=$BATS_FILE_TMPDIR/full EMPTY=$BATS_FILE_TMPDIR/empty
	mkdir "$FULL" "$EMPTY"
	certutil -N -d "sql:$FULL" --empty-password
	certutil -N -d "sql:$EMPTY" --empty-password
	printf 'changeit\n' >"$PKI/changeit"
	chmod 600 "$PKI/changeit"
	HOME=$BATS_FILE_TMPDIR TRUSTCTL_ROOT=$BATS_FILE_TMPDIR/machine
	export TRUSTCTL_ROOT
	trustctl import -q --store "$FULL/" "$PKI/alice.p12" "$PKI/root.pem" "$PKI/root2.pem" \
		--password-file "$PKI/secret" >/dev/null
	local root
	for root in root root2; do
		trustctl trust enable -q --store "$FULL/" "$(sha256 $root)" --usage all --fingerprint "$(sha256 $root)" \
			>/dev/null
	done
}

setup() {
	setup_home
	STORE=$HOME/db
	cd "$BATS_TEST_TMPDIR"
}

# The table: FORMAT, ITEMS, FILE, WHAT COMES BACK (certificates and keys), THE OTHER PROGRAM (with its
# answer as exit status; F is the file), and further options. An item of 'trusted' is --trusted.
table() {
	cat <<-'END'
		pem;Alice;a.pem;alice 0;openssl x509 -in F -noout
		pem;Alice;a.pem;root inter alice 0;openssl verify -CAfile F F;--chain --header
		pem;Alice;a.pem;alice 1;openssl pkey -in F -passin pass:secret -noout;--with-key --password-file SECRET
		pem;Alice;a.pem;alice 1;certtool -k --infile F --null-password;--with-key --insecure-plain-key
		der;Alice;a.der;alice 0;certtool -i --inder --infile F
		p7b;Alice;a.p7b;root inter alice 0;certtool --p7-info --inder --infile F;--chain
		p7b-pem;Alice;a.p7;root inter alice 0;openssl pkcs7 -in F -noout -print_certs;--chain
		pkcs8;Alice;a.key;1;certtool -k --infile F --password secret;--password-file SECRET
		p12;Alice;a.p12;root inter alice 1;pk12util -l F -d sql:EMPTY -K '' -W secret;--chain --preset modern --password-file SECRET
		p12;Alice;a.p12;root inter alice 1;pk12util -l F -d sql:EMPTY -K '' -W secret;--chain --preset firefox --password-file SECRET
		p12;Alice;a.p12;root inter alice 1;keytool -list -keystore F -storepass secret;--chain --preset java --password-file SECRET
		p12;Alice;a.p12;root inter alice 1;certtool --p12-info --inder --infile F --password secret;--chain --preset macos --password-file SECRET
		p12;Alice;a.p12;root inter alice 1;openssl pkcs12 -legacy -in F -passin pass:secret -noout;--chain --preset windows-legacy --password-file SECRET
		p12;Alice;a.p12;root inter alice 1;openssl pkcs12 -legacy -in F -passin pass:secret -noout;--chain --preset android --password-file SECRET
		openssl-trusted;trusted;a.pem;root root2 0;openssl x509 -in F -noout -trustout
		openssl-dir;trusted;dir;root root2 0;openssl verify -no-CAfile -no-CAstore -CApath F ROOT
		ca-certificates;trusted;dir;root root2 0;openssl x509 -noout -in F/Test_Root-*.crt
		java-p12;trusted;a.p12;root root2 0;keytool -list -keystore F -storepass changeit
		jks;trusted;a.jks;root root2 0;keytool -list -keystore F -storepass changeit
		p11-kit;trusted;a.p11-kit;root root2 0;true
		certutil;trusted;a.sh;root root2 0;sh -n F
		firefox-policy;trusted;dir;root root2 0;jq -e .policies.Certificates.Install[1] F/policies.json
		chromium-policy;trusted;a.json;root root2 0;jq -e .CACertificates[1] F
		mobileconfig;trusted;a.mobileconfig;root root2 0;xmllint --noout --nonet F
		mobileconfig;trusted;a.mobileconfig;root root2 0;openssl cms -verify -inform der -in F -CAfile ROOT -purpose any -out out;--sign Alice
		ansible;trusted;a.json;root root2 0;jq -e .trust_certificates[1].pem F
	END
}

# back PATH: into a fresh store, then its certificates and the number of its keys
back() {
	local files=("$1")
	rm -rf "$STORE"
	cp -r "$EMPTY" "$STORE"
	# of a directory the certificates; what only names them is a policy
	[ ! -d "$1" ] || mapfile -t files < <(find "$1" -type f ! -name '*.json')
	trustctl show "${files[@]}" --password-file "$pw" >shown 2>&1 || [ -d "$1" ] || { cat shown; return 1; }
	trustctl import -q --keep-orphan-key --store "$STORE/" "${files[@]}" --password-file "$pw" >said 2>&1 ||
		{ cat said; return 1; }
	sqlite3 "$STORE/cert9.db" "SELECT hex(a11) FROM nssPublic WHERE a0 = x'00000001'" |
		while read -r hex; do xxd -r -p <<<"$hex" | sha256sum; done | sort | cut -d ' ' -f 1 | paste -sd ' '
	private_keys "$STORE"
}

# wanted NAME... KEYS: the same of the files of the test
wanted() {
	local names=("${@:1:$#-1}") name
	for name in "${names[@]}"; do sha256 "$name"; done | sort | paste -sd ' '
	echo "${!#}"
}

# other COMMAND: the other program agrees
other() {
	local command=${1//SECRET/$PKI/secret}
	command=${command//EMPTY/$EMPTY}
	command=${command//ROOT/$PKI/root.pem}
	command=${command// F/ $file}
	command -v "${command%% *}" >/dev/null || return 0
	bash -c "$command" >told 2>&1 </dev/null || { cat told; return 1; }
}

@test "every format comes back as it went, and its own program reads it" {
	local format items file want program options row=0
	while IFS=';' read -r format items file want program options; do
		row=$((row + 1))
		rm -rf "$file" out
		[ "$items" != trusted ] || items=--trusted
		pw=$PKI/secret
		[[ $format != java-p12 && $format != jks ]] || pw=$PKI/changeit
		options=${options//SECRET/$PKI/secret}
		# shellcheck disable=SC2086 # words
		trustctl export -q --store "$FULL/" --format "$format" $items -o "$file" $options >told 2>&1 ||
			{ echo "row $row, $format: $(<told)"; return 1; }
		# shellcheck disable=SC2086
		[ "$(back "$file")" = "$(wanted $want)" ] ||
			{ echo "row $row, $format came back as $(back "$file"), not $(wanted $want)"; return 1; }
		other "$program" || { echo "row $row, $format: $program"; return 1; }
	done < <(table)
	[ "$row" -eq 26 ]
}

@test "the table has every format there is" {
	local format formats
	formats=$(sed -n '/\.choices = "pem,/,/",/p' "$BATS_TEST_DIRNAME/../../cli/cmd/export.c" | tr -dc 'a-z0-9,=-')
	for format in $(tr ',' ' ' <<<"${formats#*=}"); do
		table | grep -q "^$format;" || { echo "$format"; return 1; }
	done
}
