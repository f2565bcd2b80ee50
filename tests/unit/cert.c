/* SPDX-License-Identifier: MPL-2.0 */
/* Decoding certificates: what is refused and why, and what never crashes. */

#include "core/cert.h"

#include <stdio.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/oid.h"
#include "core/text.h"
#include "core/verdict.h"
#include "tests/unit/der_text.h"

#define EXT(oid, value) "30{oid:" oid " 04{" value "}}"

static const struct {
	const char *sentence;
	struct cert_text cert;
	const char *want; /* words of the refusal; NULL: accepted */
} rows[] = {
	{ "an ordinary one", { 0 }, NULL },
	{ "version 1, not said", { .version = "" }, NULL },
	{ "version 1, said", { .version = "a0{02:00}" }, NULL },
	{ "version 4", { .version = "a0{02:03}" }, "unknown version" },
	{ "a negative version", { .version = "a0{02:ff}" }, "its version" },
	{ "two versions", { .version = "a0{02:02 02:02}" }, "its version" },
	{ "a version that is text", { .version = "a0{0c'3'}" }, "its version" },
	{ "a negative serial number", { .serial = "02:ff" }, NULL },
	{ "a serial number of 64 bytes and more",
	    { .serial = "02:"
			"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
			"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021" },
	    NULL },
	{ "an empty serial number", { .serial = "02:" }, "no serial number" },
	{ "no serial number", { .serial = "" }, "no serial number" },
	{ "an algorithm that is none", { .algorithm = "05:" }, "its signature" },
	{ "an issuer that is none", { .issuer = "05:" }, "its issuer" },
	{ "an empty issuer", { .issuer = "30{}" }, NULL },
	{ "a subject that is none", { .subject = "05:" }, "its subject" },
	{ "an empty subject", { .subject = "30{}" }, NULL },
	{ "a validity without end", { .validity = "30{17'200101000000Z'}" }, "its validity" },
	{ "a validity that is no time", { .validity = "30{0c'now' 0c'then'}" }, "its validity" },
	{ "31 February", { .validity = "30{17'200231000000Z' 17'300101000000Z'}" },
	    "its validity" },
	{ "an end before the beginning", { .validity = "30{17'300101000000Z' 17'200101000000Z'}" },
	    NULL },
	{ "no key", { .key = "05:" }, "its public key" },
	{ "an empty key", { .key = "30{}" }, "its public key" },
	{ "a key with something behind it", { .key = "30{30{oid:1.2.3} 03:00 05:}" },
	    "its public key" },
	{ "a key of an unknown kind", { .key = "30{30{oid:1.2.3} 03:00}" }, NULL },
	{ "unique identifiers", { .more = "81:00aa 82:00bb" }, NULL },
	{ "the second unique identifier alone", { .more = "82:00bb" }, NULL },
	{ "unique identifiers in the wrong order", { .more = "82:00bb 81:00aa" },
	    "unknown fields" },
	{ "unknown fields", { .after = "a4{}" }, "unknown fields" },
	{ "an empty list of extensions", { .extensions = "" }, NULL },
	{ "two lists of extensions", { .after = "a3{30{} 30{}}" }, "its extensions" },
	{ "an extension without value", { .extensions = "30{oid:1.2.3}" }, "an extension" },
	{ "an extension with an empty identifier", { .extensions = "30{06: 04:}" },
	    "an extension" },
	{ "an extension whose critical is no truth", { .extensions = "30{oid:1.2.3 01:0000 04:}" },
	    "an extension" },
	{ "an extension with something behind its value", { .extensions = "30{oid:1.2.3 04: 05:}" },
	    "an extension" },
	{ "the same extension twice",
	    { .extensions = EXT("2.5.29.14", "04:aa") EXT("1.2.3", "") EXT("2.5.29.14", "04:bb") },
	    "extension 'subject key identifier' appears twice" },
	{ "an unknown extension twice", { .extensions = EXT("1.2.3", "") EXT("1.2.3", "") },
	    "extension '1.2.3' appears twice" },
	{ "basic constraints that are none", { .extensions = EXT("2.5.29.19", "05:") },
	    "its basic constraints" },
	{ "a negative path length", { .extensions = EXT("2.5.29.19", "30{01:ff 02:ff}") },
	    "its basic constraints" },
	{ "basic constraints with more", { .extensions = EXT("2.5.29.19", "30{02:00 05:}") },
	    "its basic constraints" },
	{ "a CA that is neither true nor false", { .extensions = EXT("2.5.29.19", "30{01:}") },
	    "its basic constraints" },
	{ "a key usage that is none", { .extensions = EXT("2.5.29.15", "05:") }, "its key usage" },
	{ "a key usage without bits", { .extensions = EXT("2.5.29.15", "03:") }, "its key usage" },
	{ "a key usage with 8 unused bits", { .extensions = EXT("2.5.29.15", "03:0880") },
	    "its key usage" },
	{ "a subject key identifier that is none", { .extensions = EXT("2.5.29.14", "05:") },
	    "its subject key identifier" },
	{ "an authority key identifier that is none", { .extensions = EXT("2.5.29.35", "05:") },
	    "its authority key identifier" },
	{ "an authority key identifier without key", { .extensions = EXT("2.5.29.35", "30{}") },
	    NULL },
};

static void
what_cannot_be_decoded_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_cert) *cert = NULL;
		print_message("# %s\n", rows[i].sentence);
		bool good = trust_cert_decode(der(cert_words_of(rows[i].cert)), &cert, &error);
		assert_int_equal(good, rows[i].want == NULL);
		if (good)
			continue;
		assert_null(cert);
		assert_int_equal(error.code, TRUST_INPUT_MALFORMED);
		assert_non_null(strstr(error.message, "malformed certificate: "));
		if (!strstr(error.message, rows[i].want))
			fail_msg("%s", error.message);
	}
}

static void
the_outermost_layer_must_be_whole(void **state)
{
	const char *ordinary = cert_words_of((struct cert_text){ 0 });
	const struct {
		const char *sentence;
		const char *input;
		const char *want;
	} outer[] = {
		{ "nothing", "", "no DER sequence" },
		{ "no sequence", "31{}", "no DER sequence" },
		{ "PEM", "=2d2d2d2d2d", "no DER sequence" },
		{ "an empty sequence", "30{}", "its signed part" },
		{ "bytes behind", words("%s 05:", ordinary), "bytes follow it" },
		{ "a signature of half bytes",
		    "30{30{02:01 30{} 30{} 30{17'200101000000Z' "
		    "17'200101000000Z'} 30{} " RSA_KEY "} 30{} 03:01aa}",
		    "its signature" },
		{ "without a signature",
		    "30{30{02:01 30{} 30{} 30{17'200101000000Z' "
		    "17'200101000000Z'} 30{} " RSA_KEY "} 30{}}",
		    "its signature" },
		{ "something behind the signature",
		    "30{30{02:01 30{} 30{} 30{17'200101000000Z' "
		    "17'200101000000Z'} 30{} " RSA_KEY "} 30{} 03:00 05:}",
		    "its signature" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(outer); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_cert) *cert = NULL;
		print_message("# %s\n", outer[i].sentence);
		assert_false(trust_cert_decode(der(outer[i].input), &cert, &error));
		if (!strstr(error.message, outer[i].want))
			fail_msg("%s", error.message);
	}
}

static void
limits_are_kept(void **state)
{
	TRUST_AUTO_BUFFER list;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_cert) *cert = NULL;

	(void)state;
	trust_buffer_init(&list, 1 << 20);
	for (unsigned i = 0; i < TRUST_MAX_EXTENSIONS; i++)
		trust_buffer_printf(&list, "30{oid:1.2.%u 04:}", i);
	TRUST_AUTO(trust_cert) *most =
	    cert_of((struct cert_text){ .extensions = (char *)list.data });
	assert_int_equal(most->extension_count, TRUST_MAX_EXTENSIONS);
	trust_buffer_append_text(&list, "30{oid:1.3 04:}");
	assert_false(trust_cert_decode(
	    der(cert_words_of((struct cert_text){ .extensions = (char *)list.data })), &cert,
	    &error));
	assert_int_equal(error.code, TRUST_INPUT_LIMIT);

	TRUST_AUTO_FREE uint8_t *large = trust_alloc(TRUST_MAX_CERT_BYTES + 1);
	struct trust_bytes too_large = { large, TRUST_MAX_CERT_BYTES + 1 };
	assert_false(trust_cert_decode(too_large, &cert, &error));
	assert_int_equal(error.code, TRUST_INPUT_LIMIT);
	assert_null(cert);
}

static void
fields_are_where_they_belong(void **state)
{
	TRUST_AUTO(trust_cert) *cert = cert_of((struct cert_text){
	    .serial = "02:0102",
	    .extensions = EXT("2.5.29.19", "30{01:ff 02:05}") EXT("2.5.29.15", "03:070680")
		EXT("2.5.29.14", "04:aabb") EXT("2.5.29.35", "30{80:ccdd a1{} 82:01}"),
	});
	struct trust_time before = { cert->not_after.seconds };
	struct trust_time after = { cert->not_after.seconds + 1 };

	(void)state;
	assert_int_equal(cert->version, 3);
	assert_true(trust_bytes_equal(cert->serial, der("=0102")));
	assert_true(trust_bytes_equal(cert->serial_tlv, der("02:0102")));
	assert_true(trust_bytes_equal(cert->issuer, der(CN("Issuer"))));
	assert_true(trust_bytes_equal(cert->subject, der(CN("Subject"))));
	assert_true(trust_bytes_equal(cert->spki, der(RSA_KEY)));
	assert_true(trust_bytes_equal(cert->key_bits, der("30{02:010001 02:03}")));
	assert_true(trust_bytes_equal(cert->signature_algorithm, der(RSA_SHA256)));
	assert_true(trust_bytes_equal(cert->tbs_signature_algorithm, der(RSA_SHA256)));
	assert_true(trust_bytes_equal(cert->signature, der("=abcd")));
	assert_true(cert->has_basic_constraints && cert->ca);
	assert_int_equal(cert->path_length, 5);
	assert_true(cert->has_key_usage);
	assert_int_equal(
	    cert->key_usage, TRUST_KU_KEY_CERT_SIGN | TRUST_KU_CRL_SIGN | TRUST_KU_DECIPHER_ONLY);
	assert_true(trust_bytes_equal(cert->subject_key_id, der("=aabb")));
	assert_true(trust_bytes_equal(cert->authority_key_id, der("=ccdd")));
	assert_false(trust_cert_is_expired(cert, before));
	assert_true(trust_cert_is_expired(cert, after));
	assert_non_null(trust_cert_extension(cert, TRUST_OID_KEY_USAGE));
	assert_null(trust_cert_extension(cert, TRUST_OID_SCT_LIST));
	trust_cert_free(NULL);
}

static void
an_absurd_path_length_is_a_large_one(void **state)
{
	TRUST_AUTO(trust_cert) *cert = cert_of(
	    (struct cert_text){ .extensions = EXT("2.5.29.19", "30{01:ff 02:7fffffffffffffff}") });

	(void)state;
	assert_int_equal(cert->path_length, 1000);
}

/* ---- a real certificate, damaged ------------------------------------------------------------ */

static const char make_real[] =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -days 9"
    " -subj '/C=DE/O=B\xc3\xbc"
    "cher/CN=Real/emailAddress=a@b.example' -utf8"
    " -addext 'subjectAltName=DNS:a.example,IP:192.0.2.1,email:a@b.example,URI:http://x/,"
    "otherName:1.2.3;UTF8:x,dirName:dir'"
    " -addext 'keyUsage=critical,keyCertSign,digitalSignature'"
    " -addext 'extendedKeyUsage=serverAuth,1.2.3.4'"
    " -addext 'nameConstraints=critical,permitted;DNS:.example,excluded;IP:10.0.0.0/255.0.0.0'"
    " -addext 'certificatePolicies=1.2.3,@pol' -addext 'crlDistributionPoints=URI:http://c/'"
    " -addext 'authorityInfoAccess=OCSP;URI:http://o/,caIssuers;URI:http://i/'"
    " -addext 'policyConstraints=requireExplicitPolicy:1' -addext 'inhibitAnyPolicy=2'"
    " -addext 'tlsfeature=status_request' -addext 'nsComment=hello' -addext 'nsCertType=server'"
    " -addext '1.2.3.4.5=ASN1:UTF8:unknown' -outform DER -config %s 2>&1";
static const char config[] = "[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n"
			     "subjectKeyIdentifier=hash\nbasicConstraints=critical,CA:TRUE\n"
			     "[pol]\npolicyIdentifier=1.2.4\nCPS.1=http://cps/\n[dir]\nCN=dir\n";

static struct trust_bytes
real_certificate(void)
{
	char path[] = "/tmp/trustctl-cert-XXXXXX";
	int fd = mkstemp(path);
	uint8_t *bytes = trust_alloc(16384);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, config, strlen(config)), strlen(config));
	close(fd);
	TRUST_AUTO_FREE char *command = trust_printf(make_real, path);
	FILE *pipe = popen(command, "re");
	assert_non_null(pipe);
	size_t size = fread(bytes, 1, 16384, pipe);
	int status = pclose(pipe);
	unlink(path);
	if (status != 0)
		fail_msg("%.*s", (int)size, (char *)keep(bytes));
	return (struct trust_bytes){ keep(bytes), size };
}

/* Everything that reads a certificate; what people see must be displayable. */
static void
read_everything(struct trust_bytes bytes)
{
	TRUST_AUTO_FREE uint8_t *exact = trust_memdup(bytes.data, bytes.size);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_cert) *cert = NULL;

	if (!trust_cert_decode((struct trust_bytes){ exact, bytes.size }, &cert, &error)) {
		assert_true(error.code == TRUST_INPUT_MALFORMED || error.code == TRUST_INPUT_LIMIT);
		return;
	}
	TRUST_AUTO(trust_facts) *facts = trust_cert_facts(cert);
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO(trust_names) *permitted = NULL;
	TRUST_AUTO(trust_names) *excluded = NULL;
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(cert);
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	(void)!trust_cert_names(cert, &names, &error);
	(void)!trust_cert_name_constraints(cert, &permitted, &excluded, &error);
	for (size_t i = 0; i < emails->count; i++)
		assert_true(
		    trust_text_is_plain(emails->entries[i].text, strlen(emails->entries[i].text)));
	(void)trust_cert_is_self_issued(cert);
	(void)trust_cert_covers_host(cert, "a.example");
	(void)trust_name_equal(cert->subject, cert->issuer);
	for (size_t i = 0; i < facts->count; i++)
		assert_true(
		    trust_text_is_plain(facts->facts[i].value, strlen(facts->facts[i].value)));
	assert_true(trust_text_is_plain(label, strlen(label)));
}

static void
a_real_certificate_cut_anywhere_is_refused(void **state)
{
	struct trust_bytes real = real_certificate();

	(void)state;
	read_everything(real);
	for (size_t size = 0; size < real.size; size++) {
		TRUST_AUTO_FREE uint8_t *cut = trust_memdup(real.data, size);
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_cert) *cert = NULL;
		assert_false(trust_cert_decode((struct trust_bytes){ cut, size }, &cert, &error));
		assert_int_equal(error.code, TRUST_INPUT_MALFORMED);
	}
}

static void
a_real_certificate_with_any_byte_changed_does_no_harm(void **state)
{
	struct trust_bytes real = real_certificate();
	uint8_t *bytes = (uint8_t *)(uintptr_t)real.data; /* ours */
	static const uint8_t changes[] = { 0x01, 0x02, 0x20, 0x40, 0x80, 0x7f, 0xff };

	(void)state;
	for (size_t at = 0; at < real.size; at++)
		for (size_t i = 0; i < TRUST_COUNT(changes); i++) {
			bytes[at] ^= changes[i];
			read_everything(real);
			bytes[at] ^= changes[i];
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_decoded_is_named),
		cmocka_unit_test(the_outermost_layer_must_be_whole),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(fields_are_where_they_belong),
		cmocka_unit_test(an_absurd_path_length_is_a_large_one),
		cmocka_unit_test(a_real_certificate_cut_anywhere_is_refused),
		cmocka_unit_test(a_real_certificate_with_any_byte_changed_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, free_made);
}
