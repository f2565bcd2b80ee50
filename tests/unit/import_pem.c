/* SPDX-License-Identifier: MPL-2.0 */
/* PEM text in every shape it comes in. */

#include <time.h>

#include "tests/unit/import_files.h"

static const char lib[] =
    "block() { printf -- '-----BEGIN %s-----\\n%s\\n-----END %s-----\\n' \"$1\" \"$2\" \"$1\"; }\n"
    "der() { openssl x509 -in $1.pem -outform DER; }\n"
    "body() { sed '/^-/d' $1; }\n";

static const char fixtures[] =
    "for n in a b; do\n"
    "  openssl ecparam -name prime256v1 -genkey -noout -out $n.ec\n"
    "  openssl pkcs8 -topk8 -nocrypt -in $n.ec -out $n.key\n"
    "  openssl req -new -x509 -key $n.key -subj /CN=$n -days 9 -out $n.pem\n"
    "done\n"
    "openssl genrsa -traditional -out r.rsa 1024\n"
    "openssl req -new -key a.key -subj /CN=a -out a.csr\n"
    "openssl crl2pkcs7 -nocrl -certfile a.pem -certfile b.pem -out ab.p7b\n"
    "openssl x509 -in a.pem -addtrust serverAuth -trustout -out a.trusted\n"
    "for c in aes128 aes192 aes256 des3; do\n"
    "  openssl ec -in a.ec -$c -passout pass:secret -out a.$c\n"
    "done\n"
    "openssl rsa -traditional -in r.rsa -aes256 -passout pass:secret -out r.aes256\n"
    "openssl ec -in a.ec -camellia256 -passout pass:secret -out a.camellia\n"
    "openssl ec -in a.ec -aria256 -passout pass:secret -out a.aria\n"
    "pkcs8() { n=$1; shift; openssl pkcs8 -topk8 -in a.ec -passout pass:secret -out $n \"$@\"; }\n"
    "pkcs8 a.enc -v2 aes-256-cbc\n"
    "pkcs8 a.legacy -v1 PBE-SHA1-3DES\n"
    "pkcs8 a.scrypt -scrypt\n"
    "openssl pkcs8 -topk8 -in b.ec -passout pass:other -out b.enc\n";

static const struct good_row valid[] = {
	{ "one certificate", "cat a.pem", .want_parts = "C",
	    .want_reason = "block 1, line 1: good" },
	{ "many certificates", "cat a.pem b.pem a.pem", .want_parts = "CCC" },
	{ "a certificate and its key", "cat a.key a.pem", .want_parts = "KC" },
	{ "text around and between the blocks",
	    "echo Dear colleague,; cat a.pem; echo 'subject=/CN=b'; echo; cat b.pem; echo Bye",
	    .want_parts = "CC", .want_reason = "block 1, line 2: good" },
	{ "the label of old programs", "block 'X509 CERTIFICATE' \"$(body a.pem)\"",
	    .want_parts = "C" },
	{ "a trusted certificate is read and its purposes are told", "cat a.trusted",
	    .want_parts = "C", .want_note = "marks 'a' as trusted for: TLS server" },
	{ "PKCS #7", "cat ab.p7b", .want_parts = "CC",
	    .want_reason = "block 1, line 1, certificate 2" },
	{ "PKCS #7 beside a certificate", "cat a.pem ab.p7b", .want_parts = "CCC" },
	{ "traditional keys", "cat r.rsa a.ec", .want_parts = "KK" },
	{ "the parameters before an EC key are skipped",
	    "block 'EC PARAMETERS' BggqhkjOPQMBBw==; cat a.ec", .want_parts = "SK",
	    .want_reason = "parameters" },
	{ "requests, lists and public keys are skipped by name",
	    "cat a.pem a.csr; block 'X509 CRL' AAAA; block 'PUBLIC KEY' AAAA; block 'PGP MESSAGE' "
	    "AA",
	    .want_parts = "CSRSS", .want_reason = "'PGP MESSAGE', which is not known" },
	{ "keys of no use are refused by name",
	    "cat a.pem; block 'OPENSSH PRIVATE KEY' AAAA; block 'DSA PRIVATE KEY' AAAA",
	    .want_parts = "CRR", .want_reason = "an OpenSSH private key" },
	{ "an encrypted key", "cat a.enc a.pem", "secret", .want_parts = "KC",
	    .want_protection = "AES-256-CBC with PBKDF2 HMAC-SHA-256, 2048 rounds" },
	{ "an encrypted key of PKCS #12's kind", "cat a.legacy", "secret", .want_parts = "K",
	    .want_note = "3DES" },
	{ "a traditional key under AES-128", "cat a.aes128", "secret", .want_parts = "K" },
	{ "a traditional key under AES-192", "cat a.aes192", "secret", .want_parts = "K" },
	{ "a traditional key under AES-256", "cat a.aes256", "secret", .want_parts = "K",
	    .want_protection = "private key AES-256-CBC with MD5, 1 round",
	    .want_note = "only 1 round" },
	{ "a traditional key under 3DES", "cat a.des3", "secret", .want_parts = "K",
	    .want_note = "3DES" },
	{ "a traditional RSA key under AES-256", "cat r.aes256", "secret", .want_parts = "K" },
};

static const struct good_row accepted_though_wrong[] = {
	{ "line ends of Windows", "sed 's/$/\\r/' a.pem b.pem", .want_parts = "CC",
	    .want_reason = "block 2, line " },
	{ "line ends of old Macintoshes", "cat a.pem b.pem | tr '\\n' '\\r'", .want_parts = "CC" },
	{ "a byte order mark", "printf '\\357\\273\\277'; cat a.pem", .want_parts = "C" },
	{ "no final newline", "printf %s \"$(cat a.pem)\"", .want_parts = "C" },
	{ "files joined without a newline", "printf %s \"$(cat a.pem)\"; cat b.pem",
	    .want_parts = "CC" },
	{ "everything on one line", "tr '\\n' ' ' <a.pem", .want_parts = "C" },
	{ "base64 on one line", "block CERTIFICATE \"$(body a.pem | tr -d '\\n')\"",
	    .want_parts = "C" },
	{ "lines of one character", "block CERTIFICATE \"$(body a.pem | fold -w 1)\"",
	    .want_parts = "C" },
	{ "lines of 76 characters", "block CERTIFICATE \"$(der a | base64)\"", .want_parts = "C" },
	{ "indented lines", "sed 's/^/\\t  /' a.pem", .want_parts = "C" },
	{ "blank lines and blanks behind lines", "sed 's/$/  \\n/' a.pem", .want_parts = "C" },
	{ "headers that mean nothing", "sed '1a X-Note: hello\\nX-Other: 1\\n' a.pem",
	    .want_parts = "C" },
	{ "missing padding", "sed 's/=*$//' a.pem b.pem", .want_parts = "CC" },
	{ "a mark with too few dashes at its end", "sed 's/-----$/----/' a.pem",
	    .want_parts = "C" },
	{ "a PKCS #7 chain labelled as certificate, as Windows does",
	    "sed 's/PKCS7/CERTIFICATE/' ab.p7b", .want_parts = "CC" },
	{ "a key labelled as one of another structure", "sed 's/PRIVATE/EC PRIVATE/' a.key",
	    .want_parts = "K" },
	{ "a broken block does not stop the others",
	    "cat a.pem; block CERTIFICATE 'AA*A'; cat b.pem", .want_parts = "CRC",
	    .want_reason = "is no base64: it has '*'" },
	{ "a block that is no certificate", "cat a.pem; block CERTIFICATE AAAA; cat b.pem",
	    .want_parts = "CRC" },
	{ "text behind the padding", "cat a.pem; block CERTIFICATE 'AA==AAAA'", .want_parts = "CR",
	    .want_reason = "no base64" },
	{ "one digit too much", "cat a.pem; block CERTIFICATE AAAAA", .want_parts = "CR",
	    .want_reason = "cut short or damaged" },
	{ "an empty block", "cat a.pem; block CERTIFICATE ''", .want_parts = "CR",
	    .want_reason = "block 2, line 11: it is empty" },
	{ "a block without end before another one", "head -n 4 a.pem; cat b.pem",
	    .want_parts = "RC",
	    .want_reason = "block 1, line 1: another block begins before its END line" },
	{ "a block without end in the end", "cat b.pem; head -n 4 a.pem", .want_parts = "CR",
	    .want_reason = "its END line is missing" },
	{ "a block that ends as another kind", "sed '$s/CERTIFICATE/PRIVATE KEY/' a.pem; cat b.pem",
	    .want_parts = "RC",
	    .want_reason = "it begins as 'CERTIFICATE' and ends as 'PRIVATE KEY'" },
	{ "a mark in running text is text", "echo look for -----BEGIN CERTIFICATE-----; cat a.pem",
	    .want_parts = "C" },
	{ "a label that would drive the terminal",
	    "cat a.pem; block \"$(printf 'X\\033[2J')\" AAAA", .want_parts = "CS",
	    .want_reason = "'X\\x1b[2J'" },
	{ "keys with two passwords, of which one is given", "cat a.enc b.enc", "secret",
	    .want_parts = "KR", .want_reason = "another password" },
	{ "an encrypted key that cannot be read, beside a certificate", "cat a.pem a.scrypt",
	    .want_parts = "CR", .want_reason = "scrypt" },
	{ "a traditional key under an unsupported cipher", "cat a.pem a.aria", .want_parts = "CR",
	    .want_reason = "ARIA-256-CBC" },
	{ "a traditional key under Camellia", "cat a.pem a.camellia", "secret",
	    .want_parts = "CK" },
	{ "lines that end in a backslash and an n", "cat a.pem; sed ':a;N;s/\\n/\\\\n/;ta' a.pem",
	    .want_parts = "CR", .want_reason = "two characters \\n" },
	{ "a damaged DEK-Info line", "cat a.pem; sed 's/^DEK-Info.*/DEK-Info: AES/' a.aes256",
	    .want_parts = "CR", .want_reason = "DEK-Info" },
	{ "a missing DEK-Info line", "cat a.pem; sed '/^DEK-Info/d' a.aes256", .want_parts = "CR",
	    .want_reason = "DEK-Info" },
	{ "a vector of another cipher's size",
	    "cat a.pem; sed 's/^\\(DEK-Info.*\\)................$/\\1/' a.aes256",
	    .want_parts = "CR", .want_reason = "damaged" },
};

static const struct bad_row rejected[] = {
	{ "text", "echo hello", .want_code = TRUST_INPUT_UNKNOWN, .want_words = "text" },
	{ "nothing", ":", .want_code = TRUST_INPUT_UNKNOWN, .want_words = "empty" },
	{ "base64 of a word", "printf %s 'Mzzz' | sed 's/^/&&&&&&&&&&&&&&&&&&&&/'",
	    .want_code = TRUST_INPUT_UNKNOWN, .want_words = "no certificate" },
	{ "a mark that is alone", "echo '-----BEGIN CERTIFICATE-----'",
	    .want_code = TRUST_INPUT_MALFORMED, .want_words = "block 1, line 1" },
	{ "a certificate that is cut short", "head -n 4 a.pem", .want_code = TRUST_INPUT_MALFORMED,
	    .want_words = "END line is missing" },
	{ "a request alone", "cat a.csr", .want_code = TRUST_INPUT_UNSUPPORTED,
	    .want_words = "a certificate request" },
	{ "an encrypted key without password", "cat a.pem a.enc", .want_code = TRUST_INPUT_PASSWORD,
	    .want_words = "needs a password" },
	{ "a traditional key without password", "cat a.des3", .want_code = TRUST_INPUT_PASSWORD,
	    .want_words = "needs a password" },
	{ "an encrypted key with the wrong password", "cat a.pem a.enc", "wrong",
	    .want_code = TRUST_INPUT_PASSWORD, .want_words = "wrong password" },
	{ "a traditional key with the wrong password", "cat a.aes256", "wrong",
	    .want_code = TRUST_INPUT_PASSWORD, .want_words = "wrong password" },
	{ "a key under scrypt", "cat a.scrypt", "secret", .want_code = TRUST_INPUT_UNSUPPORTED,
	    .want_words = "scrypt" },
	{ "too many blocks",
	    "yes -- \"$(printf -- '-----BEGIN X-----\\n-----END X-----')\" | head -n 400002",
	    .want_code = TRUST_INPUT_LIMIT, .want_words = "200000" },
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
a_key_finds_its_certificate(void **state)
{
	TRUST_AUTO(trust_secret) *bytes = make_file("cat b.pem a.pem a.aes256 b.pem");
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_true(decode(view(bytes), "secret", &file, &error));
	assert_int_equal(file->parts[2].cert_index, 1);
	assert_string_equal(file->parts[2].key_words, "EC P-256");
}

static void
a_file_that_is_cut_anywhere_is_survived(void **state)
{
	TRUST_AUTO(trust_secret) *bytes = make_file("cat a.pem a.aes128 a.key ab.p7b");

	(void)state;
	for (size_t size = 0; size < bytes->size; size++)
		(void)survives(bytes->bytes, size, "secret");
}

static void
a_byte_that_differs_anywhere_is_survived(void **state)
{
	TRUST_AUTO(trust_secret) *bytes = make_file("cat a.pem a.aes128 a.key");
	static const uint8_t others[] = { 0, '\n', '-', '=', 'A', 0xff };

	(void)state;
	for (size_t i = 0; i < bytes->size; i++) {
		uint8_t was = bytes->bytes[i];
		for (size_t k = 0; k < TRUST_COUNT(others); k++) {
			bytes->bytes[i] = others[k];
			(void)survives(bytes->bytes, bytes->size, "secret");
		}
		bytes->bytes[i] = was;
	}
}

static double
seconds_for(const char *piece, size_t size)
{
	size_t length = strlen(piece);
	TRUST_AUTO_FREE uint8_t *text = trust_alloc(size);
	clock_t start = clock();

	for (size_t i = 0; i < size; i++)
		text[i] = (uint8_t)piece[i % length];
	(void)survives(text, size, NULL);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Four times the text must not take sixteen times as long. */
static void
hostile_text_takes_linear_time(void **state)
{
	static const char *const pieces[] = {
		"-",
		"-----",
		"-----BEGIN ",
		"-----BEGIN X-----",
		"-----BEGIN X-----\n",
		"-----END X-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END ",
		"-----BEGIN X-----\nA: b\n",
		"\r",
		" \n",
		"\xef\xbb\xbf",
		"-----BEGIN X-----\n-----END X----------BEGIN Y-----\n-----END Y-----",
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(pieces); i++) {
		double small = seconds_for(pieces[i], 1 << 20);
		double large = seconds_for(pieces[i], 4 << 20);
		print_message("# %.3f s and %.3f s for piece %zu\n", small, large, i);
		assert_true(large < 12 * small + 0.3); /* sanitizers and neighbours cost too */
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
		cmocka_unit_test(a_key_finds_its_certificate),
		cmocka_unit_test(a_file_that_is_cut_anywhere_is_survived),
		cmocka_unit_test(a_byte_that_differs_anywhere_is_survived),
		cmocka_unit_test(hostile_text_takes_linear_time),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
