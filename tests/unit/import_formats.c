/* SPDX-License-Identifier: MPL-2.0 */
/* The formats of bytes that are neither PEM nor PKCS #12, and what is said of all others. */

#include "tests/unit/import_files.h"

static const char lib[] = "der() { openssl x509 -in $1.pem -outform DER; }\n";

static const char fixtures[] =
    "for n in a b; do\n"
    "  openssl ecparam -name prime256v1 -genkey -noout -out $n.key\n"
    "  openssl req -new -x509 -key $n.key -subj /CN=$n -days 9 -out $n.pem\n"
    "done\n"
    "openssl genrsa -out r.key 1024\n"
    "openssl genrsa -primes 3 -out three.key 1024\n"
    "openssl req -new -key a.key -subj /CN=a -outform DER -out a.csr\n"
    "openssl x509 -req -in a.csr -inform DER -signkey a.key -outform DER -out v1.der\n"
    "openssl crl2pkcs7 -nocrl -certfile a.pem -certfile b.pem -outform DER -out ab.p7b\n"
    "echo text >text; openssl cms -encrypt -in text -outform DER -out message.cms a.pem\n"
    "pkcs8() { n=$1; shift; openssl pkcs8 -topk8 -in a.key -passout pass:secret -outform DER \\\n"
    "  -out $n \"$@\"; }\n"
    "pkcs8 plain.p8 -nocrypt; pkcs8 pbes2.p8; pkcs8 3des.p8 -v1 PBE-SHA1-3DES\n"
    "pkcs8 scrypt.p8 -scrypt; pkcs8 des.p8 -provider legacy -provider default -v1 PBE-MD5-DES\n";

static const struct good_row valid[] = {
	{ "a certificate", "der a", .want_parts = "C", .want_reason = "certificate 1: good" },
	{ "a certificate of version 1", "cat v1.der", .want_parts = "C" },
	{ "certificates behind each other", "der a; der b", .want_parts = "CC" },
	{ "PKCS #7", "cat ab.p7b", .want_parts = "CC", .want_reason = "certificate 2: good" },
	{ "a key", "cat plain.p8", .want_parts = "K" },
	{ "a traditional EC key", "openssl ec -in a.key -outform DER", .want_parts = "K" },
	{ "a traditional RSA key", "openssl rsa -in r.key -traditional -outform DER",
	    .want_parts = "K" },
	{ "an Ed25519 key", "openssl genpkey -algorithm ED25519 -outform DER", .want_parts = "K" },
	{ "an encrypted key", "cat pbes2.p8", "secret", .want_parts = "K",
	    .want_protection = "private key AES-256-CBC with PBKDF2 HMAC-SHA-256, 2048 rounds" },
	{ "a key under 3DES", "cat 3des.p8", "secret", .want_parts = "K", .want_note = "3DES" },
};

static const struct good_row accepted_though_wrong[] = {
	{ "a certificate with a newline behind it", "der a; echo", .want_parts = "C",
	    .want_note = "1 bytes behind the certificate" },
	{ "a certificate with rubbish behind it", "der a; echo rubbish", .want_parts = "CR" },
	{ "PKCS #7 data behind each other", "cat ab.p7b ab.p7b", .want_parts = "CCCC",
	    .want_reason = "message 2, certificate 1: good" },
	{ "PKCS #7 data with a newline behind it", "cat ab.p7b; echo", .want_parts = "CC",
	    .want_note = "1 bytes behind the PKCS #7 data" },
	{ "PKCS #7 data with rubbish behind it", "cat ab.p7b; echo rubbish", .want_parts = "CCR",
	    .want_reason = "8 bytes behind the PKCS #7 data are not another one" },
	{ "PKCS #7 data of which the second is cut short", "cat ab.p7b; head -c 300 ab.p7b",
	    .want_parts = "CCR", .want_reason = "message 2: the PKCS #7 data is cut short" },
	{ "a key with rubbish behind it", "cat plain.p8; echo rubbish", .want_parts = "K",
	    .want_note = "8 bytes behind the private key" },
	{ "a signed message, of which the certificates are taken",
	    "openssl cms -sign -nodetach -in text -binary -outform DER -signer a.pem -inkey a.key",
	    .want_parts = "SC", .want_reason = "signed content: 5 bytes that were signed" },
	{ "a damaged certificate beside a good one",
	    "der a; der b | LC_ALL=C sed 's/\\x02\\x01\\x02/\\x02\\x01\\x09/'",
	    .want_parts = "CR" },
};

static const struct bad_row rejected[] = {
	{ "an RSA key of three primes", "openssl rsa -in three.key -traditional -outform DER", NULL,
	    TRUST_INPUT_UNSUPPORTED, "more than two primes" },
	{ "an RSA key of three primes in PKCS #8",
	    "openssl pkcs8 -topk8 -nocrypt -in three.key -outform DER", NULL,
	    TRUST_INPUT_UNSUPPORTED, "more than two primes" },
	{ "a certificate that is cut short", "der a | head -c 200", NULL, TRUST_INPUT_MALFORMED,
	    "cut short" },
	{ "PKCS #7 that is cut short", "head -c 300 ab.p7b", NULL, TRUST_INPUT_MALFORMED,
	    "cut short" },
	{ "a signed message as mail",
	    "openssl cms -sign -nodetach -in text -outform SMIME -signer a.pem -inkey a.key", NULL,
	    TRUST_INPUT_UNKNOWN, "an e-mail message" },
	{ "an encrypted message", "cat message.cms", NULL, TRUST_INPUT_UNSUPPORTED,
	    "a CMS message of the kind" },
	{ "a key that is cut short", "head -c 60 plain.p8", NULL, TRUST_INPUT_MALFORMED, "key" },
	{ "an encrypted key without password", "cat pbes2.p8", NULL, TRUST_INPUT_PASSWORD,
	    "needs a password" },
	{ "an encrypted key with the wrong password", "cat pbes2.p8", "wrong", TRUST_INPUT_PASSWORD,
	    "wrong password" },
	{ "a key under scrypt", "cat scrypt.p8", "secret", TRUST_INPUT_UNSUPPORTED, "scrypt" },
	{ "a key under DES", "cat des.p8", "secret", TRUST_INPUT_UNSUPPORTED, "MD5 and DES" },
	{ "a request", "cat a.csr", NULL, TRUST_INPUT_UNKNOWN, "a certificate request" },
	{ "a public key", "openssl ec -in a.key -pubout -outform DER", NULL, TRUST_INPUT_UNKNOWN,
	    "a public key" },
	{ "nothing", ":", NULL, TRUST_INPUT_UNKNOWN, "it is empty" },
	{ "a web page", "echo '<!DOCTYPE html><html>'", NULL, TRUST_INPUT_UNKNOWN, "an HTML page" },
	{ "a ZIP archive", "printf 'PK\\003\\004....'", NULL, TRUST_INPUT_UNKNOWN,
	    "a ZIP archive" },
	{ "a Java key store", "printf '\\376\\355\\376\\355....'", NULL, TRUST_INPUT_MALFORMED,
	    "Java key store is cut short" },
	{ "PEM in UTF-16", "printf '\\377\\376'; iconv -t UTF-16LE a.pem", NULL,
	    TRUST_INPUT_UNKNOWN, "text in UTF-16" },
	{ "rubbish", "head -c 999 /dev/zero", NULL, TRUST_INPUT_UNKNOWN, "binary data" },
};

static void
valid_files_are_read(void **state)
{
	(void)state;
	check_good(valid, TRUST_COUNT(valid));
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
}

static void
a_file_that_is_cut_or_changed_anywhere_is_survived(void **state)
{
	static const char *const names[] = { "v1.der", "ab.p7b", "plain.p8", "3des.p8", "a.csr" };
	static const uint8_t differences[] = { 0x01, 0x20, 0x80, 0xff };

	(void)state;
	for (size_t n = 0; n < TRUST_COUNT(names); n++) {
		TRUST_AUTO(trust_secret) *bytes = load(names[n]);
		for (size_t i = 0; i < bytes->size; i++) {
			(void)survives(bytes->bytes, i, "secret");
			for (size_t k = 0; k < TRUST_COUNT(differences); k++) {
				bytes->bytes[i] ^= differences[k];
				(void)survives(bytes->bytes, bytes->size, "secret");
				bytes->bytes[i] ^= differences[k];
			}
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
