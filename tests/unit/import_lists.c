/* SPDX-License-Identifier: MPL-2.0 */
/* Lists of certificates that other programs keep: Java's key stores, p11-kit's files, certdata.txt,
 * browser policies; revocation lists, and base64 without armour. */

#include "tests/unit/import_files.h"

static const char lib[] =
    "der() { openssl x509 -in $1.pem -outform DER; }\n"
    "b64() { der $1 | base64 -w0; }\n"
    "octal() { od -An -v -to1 | sed 's/ /\\\\/g'; }\n"
    "object() { printf 'CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\\nCKA_LABEL UTF8 \"%s\"\\n' $1\n"
    "  printf 'CKA_VALUE MULTILINE_OCTAL\\n'; der $1 | octal; echo END; }\n"
    "trusts() { printf 'CKA_CLASS CK_OBJECT_CLASS CKO_NSS_TRUST\\nCKA_LABEL UTF8 \"%s\"\\n' $1\n"
    "  echo CKA_TRUST_SERVER_AUTH CK_TRUST $2; }\n"
    "entry() { echo '[p11-kit-object-v1]'; echo 'label: \"The%20'$1'\"'; echo 'class: "
    "certificate'; }\n"
    "tool() { keytool -noprompt -storepass secret1 \"$@\" >/dev/null 2>&1; }\n";
static const char fixtures[] =
    "for n in a b; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\\n"
    "  -keyout $n.key -out $n.pem -days 900 -subj /CN=$n; done\n"
    "openssl pkcs12 -export -inkey a.key -in a.pem -name alice -passout pass:secret1 -out a.p12\n"
    "if command -v keytool >/dev/null; then\n"
    "  tool -importcert -alias root -file b.pem -keystore t.jks -storetype JKS\n"
    "  tool -importkeystore -srckeystore a.p12 -srcstorepass secret1 -destkeystore k.jks \\\n"
    "    -deststoretype JKS -deststorepass secret1\n"
    "  tool -importcert -alias root -file b.pem -keystore k.jks\n"
    "  tool -importkeystore -srckeystore a.p12 -srcstorepass secret1 -destkeystore k.jceks \\\n"
    "    -deststoretype JCEKS -deststorepass secret1\n"
    "  tool -importcert -alias root -file b.pem -keystore t.p12 -storetype PKCS12\n"
    "fi\n"
    "printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\ndefault_md=sha256\\n"
    "default_crl_days=30\\n' >ca.cnf; : >index\n"
    "openssl ca -gencrl -config ca.cnf -cert a.pem -keyfile a.key -out a.crl\n"
    "openssl crl -in a.crl -outform DER -out crl.der\n"
    "{ echo BEGINDATA; object a; trusts a CKT_NSS_TRUSTED_DELEGATOR; object b; } >certdata.txt\n"
    "{ entry a; echo 'trusted: true'; cat a.pem; entry b; cat b.pem; } >ab.p11-kit\n"
    "echo '{\"CACertificates\":[\"'$(b64 a)'\"],\"CADistrustedCertificates\":[\"'$(b64 b)'\"]}' "
    "\\\n"
    "  >managed.json\n";

static const struct good_row valid[] = {
	{ "a revocation list", "cat crl.der", .want_parts = "L" },
	{ "a revocation list as PEM", "cat a.pem a.crl", .want_parts = "CL" },
	{ "certdata.txt", "cat certdata.txt", .want_parts = "CC",
	    .want_note = "trusts 1 certificates", .want_name = "a" },
	{ "a p11-kit file", "cat ab.p11-kit", .want_parts = "CC",
	    .want_note = "marks 1 certificates as trusted", .want_name = "The a" },
	{ "a p11-kit file with the value as text",
	    "entry a; printf 'value: \"'; der a | od -An -v -tx1 | tr -d '\\n' | sed 's/ /%/g'; "
	    "echo '\"'",
	    .want_parts = "C" },
	{ "Chromium's policy", "cat managed.json", .want_parts = "CC", .want_note = "distrusted" },
	{ "what chrome://policy exports",
	    "echo '{\"policyValues\":{\"chrome\":{\"policies\":{\"CACertificates\":{\"value\":[\"'"
	    "$(b64 a)'\"]}}}}}'",
	    .want_parts = "C" },
	{ "a policy with comments and trailing commas, as Chromium takes them",
	    "printf '\\357\\273\\277'; "
	    "echo '// \"of us\"'; echo '/* { */ {\"CACertificates\": [\"'$(b64 a)'\",// a'; "
	    "echo '\"'$(b64 b)'\",], }'",
	    .want_parts = "CC" },
	{ "base64 without armour", "b64 a", .want_parts = "C", .want_note = "no BEGIN" },
	{ "base64 of a PKCS #12 file", "base64 a.p12", "secret1", .want_parts = "CK" },
	{ "base64 of PEM", "base64 a.pem", .want_parts = "C" },
	{ "base64 of a configuration profile",
	    "{ echo '<?xml version=\"1.0\"?><plist><dict><key>PayloadContent</key><array><dict>'\n"
	    "echo '<key>PayloadType</key><string>com.apple.security.root</string>'\n"
	    "echo '<key>PayloadContent</key><data>'; b64 a\n"
	    "echo '</data></dict></array></dict></plist>'; } | base64",
	    .want_parts = "C" },
	{ "base64 of a revocation list", "base64 crl.der", .want_parts = "L" },
	{ "a PKCS #12 file as a PEM block",
	    "echo -----BEGIN PKCS12-----; base64 a.p12; echo -----END PKCS12-----", "secret1",
	    .want_parts = "CK" },
};

static const struct good_row of_java[] = {
	{ "certificates of JKS without password", "cat t.jks", .want_parts = "C",
	    .want_note = "was not checked", .want_name = "root" },
	{ "certificates of JKS with password", "cat t.jks", "secret1", .want_parts = "C",
	    .want_note = "Java trusts 1" },
	{ "a certificate of JKS whose type is named without a full stop",
	    "LC_ALL=C sed 's/\\x00\\x05X\\.509/\\x00\\x04X509/' t.jks", .want_parts = "C" },
	{ "an identity of JKS", "cat k.jks", "secret1", .want_parts = "KCC", .want_name = "alice" },
	{ "of JCEKS the certificates", "cat k.jceks", "secret1", .want_parts = "RC",
	    .want_reason = "MD5 and 3DES" },
	{ "a PKCS #12 trust store of Java", "cat t.p12", "secret1", .want_parts = "C",
	    .want_note = "as trusted" },
};

static const struct bad_row bad_java[] = {
	{ "an identity without password", "cat k.jks", NULL, TRUST_INPUT_PASSWORD, "password" },
	{ "a wrong password", "cat k.jks", "wrong", TRUST_INPUT_PASSWORD, "wrong password" },
	{ "a JKS file that is cut short", "head -c 200 t.jks", NULL, TRUST_INPUT_MALFORMED,
	    "entry 1 of 1" },
	{ "a certificate of JKS of another type", "LC_ALL=C sed 's/X\\.509/X509x/' t.jks", NULL,
	    TRUST_INPUT_UNSUPPORTED, "not X.509" },
	{ "a JKS file that was changed", "sed s/root/toor/ t.jks", "secret1", TRUST_INPUT_PASSWORD,
	    "changed" },
};

static const struct good_row accepted_though_wrong[] = {
	{ "certdata.txt with a damaged value", "sed '0,/^.060/s/^.060/x060/' certdata.txt",
	    .want_parts = "RC", .want_reason = "its value is damaged" },
	{ "certdata.txt with lines of Windows", "sed 's/$/\\r/' certdata.txt", .want_parts = "CC" },
	{ "a p11-kit object without certificate", "cat ab.p11-kit; entry c", .want_parts = "CCR" },
	{ "a p11-kit object that is an extension",
	    "cat ab.p11-kit; echo '[p11-kit-object-v1]'; echo 'class: x-certificate-extension'",
	    .want_parts = "CCS", .want_reason = "attaches" },
	{ "a p11-kit object of two certificates",
	    "entry c; cat a.pem b.pem b.pem; entry a; cat a.pem", .want_parts = "CRC",
	    .want_reason = "object 1: 2 PEM blocks without an object" },
	{ "a p11-kit file with a certificate before its objects",
	    "echo '# x'; cat b.pem ab.p11-kit", .want_parts = "RCC",
	    .want_reason = "before object 1: 1 PEM block without an object" },
	{ "policies inside of an object and beside it",
	    "echo '{\"policies\":{\"CACertificates\":[\"'$(b64 a)'\"]},"
	    "\"CAHintCertificates\":[\"'$(b64 b)'\"]}'",
	    .want_parts = "CC", .want_note = "helpers for building paths" },
	{ "a policy with a damaged entry",
	    "echo '{\"CACertificates\":[\"'$(b64 a)'\",\"AA*A\",7]}'", .want_parts = "CRR" },
	{ "base64 with a byte order mark", "printf '\\357\\273\\277'; b64 a", .want_parts = "C" },
	{ "a revocation list with rubbish behind it", "cat crl.der; echo", .want_parts = "L",
	    .want_note = "behind the revocation list" },
};

static const struct bad_row rejected[] = {
	{ "certdata.txt without certificates", "trusts a CKT_NSS_NOT_TRUSTED", NULL,
	    TRUST_INPUT_UNSUPPORTED, "no certificate objects" },
	{ "Firefox's policy names files only",
	    "echo '{\"policies\":{\"Certificates\":{\"Install\":[\"/etc/ca.pem\"]}}}'", NULL,
	    TRUST_INPUT_UNSUPPORTED, "names the file '/etc/ca.pem'" },
	{ "a policy that is cut short", "head -c 300 managed.json", NULL, TRUST_INPUT_MALFORMED,
	    "line 1" },
	{ "a policy that is damaged behind a comment of two lines",
	    "printf '/* 1\\n*/ {\"CACertificates\": ]}'", NULL, TRUST_INPUT_MALFORMED,
	    "line 2, column 23" },
	{ "a policy with a key twice", "echo '{\"CACertificates\":[],\"CACertificates\":[]}'", NULL,
	    TRUST_INPUT_MALFORMED, "damaged" },
	{ "a policy without certificates", "echo '{\"CACertificates\":[]}'", NULL,
	    TRUST_INPUT_UNSUPPORTED, "no certificates" },
	{ "a revocation list that is cut short", "head -c 100 crl.der", NULL, TRUST_INPUT_MALFORMED,
	    "cut short" },
	{ "a binary property list", "printf 'bplist00....'", NULL, TRUST_INPUT_UNKNOWN,
	    "a binary property list" },
};

static bool
has_java(void)
{
	return system("command -v keytool >/dev/null") == 0;
}

static void
valid_files_are_read(void **state)
{
	(void)state;
	check_good(valid, TRUST_COUNT(valid));
	if (has_java())
		check_good(of_java, TRUST_COUNT(of_java));
}

static void
wrong_files_are_read_as_far_as_they_are_good(void **state)
{
	(void)state;
	check_good(accepted_though_wrong, TRUST_COUNT(accepted_though_wrong));
}

static void
other_files_are_rejected_with_the_reason(void **state)
{
	(void)state;
	check_bad(rejected, TRUST_COUNT(rejected));
	if (has_java())
		check_bad(bad_java, TRUST_COUNT(bad_java));
}

static void
a_file_that_is_cut_or_changed_anywhere_is_survived(void **state)
{
	static const char *const names[] = { "crl.der", "certdata.txt", "ab.p11-kit",
		"managed.json", "k.jks", "k.jceks" };

	(void)state;
	for (size_t n = 0; n < TRUST_COUNT(names) - (has_java() ? 0 : 2); n++) {
		TRUST_AUTO(trust_secret) *bytes = load(names[n]);
		for (size_t i = 0; i < bytes->size; i++) {
			(void)survives(bytes->bytes, i, "secret1");
			bytes->bytes[i] ^= 0x41;
			(void)survives(bytes->bytes, bytes->size, NULL);
			bytes->bytes[i] ^= 0x41;
		}
	}
}

static int
make_folder(void **state)
{
	(void)state;
	return make_folder_with(lib, fixtures);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_files_are_read),
		cmocka_unit_test(wrong_files_are_read_as_far_as_they_are_good),
		cmocka_unit_test(other_files_are_rejected_with_the_reason),
		cmocka_unit_test(a_file_that_is_cut_or_changed_anywhere_is_survived),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
