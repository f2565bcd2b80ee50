/* SPDX-License-Identifier: MPL-2.0 */
/* The table of formats; PEM and DER, read back by other programs. */

#include "tests/unit/exported.h"

/* ---- the table ------------------------------------------------------------------------------- */

static void
a_format_is_found_by_its_name_and_by_the_extension(void **state)
{
	static const struct {
		const char *path;
		const char *want; /* NULL: none */
	} rows[] = {
		{ "a.pem", "pem" },
		{ "a.crt", "pem" },
		{ "a.cer", "der" },
		{ "a.der", "der" },
		{ "a.p12", "p12" },
		{ "a.pfx", "p12" },
		{ "a.p7b", "p7b" },
		{ "a.p7c", "p7b" },
		{ "a.key", "pkcs8" },
		{ "a.p8", "pkcs8" },
		{ "a.jks", "jks" },
		{ "a.p11-kit", "p11-kit" },
		{ "a.mobileconfig", "mobileconfig" },
		{ "a.json", NULL },
		{ "a.sh", NULL },
		{ "dir.pem/A.PFX", "p12" },
		{ "a.b.CRT", "pem" },
		{ "a.txt", NULL },
		{ "a", NULL },
		{ "a.", NULL },
		{ "dir.pem/a", NULL },
		{ ".pem", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		const struct export_format *format = export_format_by_path(rows[i].path);
		print_message("# '%s'\n", rows[i].path);
		if (rows[i].want)
			assert_ptr_equal(format, export_format_by_name(rows[i].want));
		else
			assert_null(format);
	}
	for (size_t i = 0; i < export_format_count; i++)
		assert_ptr_equal(export_format_by_name(export_formats[i].name), &export_formats[i]);
	assert_null(export_format_by_name("PEM"));
	assert_null(export_format_by_name("cer"));
}

static void
a_key_that_is_not_encrypted_never_leaves(void **state)
{
	static const char *const formats[] = { "pem", "p12", "pkcs8" };
	uint8_t buffer[65536];
	struct trust_bytes readable = load("alice.p8", buffer);
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	TRUST_AUTO(trust_secret) *key = trust_secret_new(readable.data, readable.size);
	TRUST_AUTO(trust_secret) *password = trust_secret_new("secret", 6);
	const struct export_part part = { .cert = alice, .encrypted_key = key };
	const struct export_request request = { .parts = &part, .count = 1, .password = password };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(formats); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO_BUFFER out;
		trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
		assert_false(export_format_by_name(formats[i])->encode(&request, &out, &error));
		assert_int_equal(error.code, TRUST_BUG);
		assert_int_equal(out.size, 0);
	}
}

/* ---- PEM and DER ----------------------------------------------------------------------------- */

static void
pem_is_what_openssl_writes_one_block_after_another(void **state)
{
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");
	const struct export_part parts[] = { { .cert = alice }, { .cert = root } };
	const struct export_request request = { .parts = parts, .count = TRUST_COUNT(parts) };
	TRUST_AUTO_BUFFER out;

	(void)state;
	encode("pem", &request, &out);
	store("bundle.pem", &out);
	must("cat alice.pem root.pem | cmp - bundle.pem");
}

static void
pem_carries_a_key_only_encrypted(void **state)
{
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	TRUST_AUTO(trust_secret) *key = encrypted_key("pässwörd✓");
	const struct export_part part = { .cert = alice, .encrypted_key = key };
	const struct export_request request = { .parts = &part, .count = 1 };
	TRUST_AUTO_BUFFER out;

	(void)state;
	encode("pem", &request, &out);
	store("identity.pem", &out);
	must("grep -q 'BEGIN ENCRYPTED PRIVATE KEY' identity.pem");
	must("openssl x509 -in identity.pem | cmp - alice.pem");
	must("openssl pkey -in identity.pem -passin env:PASSWORD -pubout |"
	     " cmp - alice.pub");
}

static void
header_text_names_the_certificate_and_can_begin_no_block(void **state)
{
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	TRUST_AUTO(trust_cert) *hostile = load_cert("hostile.der");
	const struct export_part parts[] = { { .cert = hostile }, { .cert = alice } };
	const struct export_request request = {
		.parts = parts,
		.count = TRUST_COUNT(parts),
		.header_text = true,
	};
	TRUST_AUTO_BUFFER out;

	(void)state;
	encode("pem", &request, &out);
	store("header.pem", &out);
	must("grep -qx '# Subject: CN=Alice Müller' header.pem");
	must("grep -q '^# Issuer: CN=Test Root, O=Test' header.pem");
	must("grep -qE '^# Valid: 20[0-9-]{8} to 20[0-9-]{8}$' header.pem");
	must("test $(grep -c -e '-----BEGIN' header.pem) = 2");
	must("certtool --certificate-info --infile header.pem");
	must("openssl crl2pkcs7 -nocrl -certfile header.pem |"
	     " openssl pkcs7 -print_certs | grep -c ^subject | grep -qx 2");
	must("keytool -printcert -file header.pem | grep -q 'CN=Test Root'");
}

static void
der_is_the_certificate_itself(void **state)
{
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	const struct export_part part = { .cert = alice };
	const struct export_request request = { .parts = &part, .count = 1 };
	TRUST_AUTO_BUFFER out;

	(void)state;
	encode("der", &request, &out);
	assert_true(trust_bytes_equal(trust_buffer_bytes(&out), alice->der));
}

static void
der_refuses_what_it_cannot_hold(void **state)
{
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	TRUST_AUTO(trust_secret) *key = encrypted_key("secret");
	const struct export_part parts[] = {
		{ .cert = alice, .encrypted_key = key },
		{ .cert = alice },
	};
	static const struct {
		size_t count;
		const char *want;
	} rows[] = {
		{ 0, "a der file holds exactly one certificate, not 0" },
		{ 1, "a der file cannot carry a private key" },
		{ 2, "a der file holds exactly one certificate, not 2" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		const struct export_request request = { .parts = parts, .count = rows[i].count };
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO_BUFFER out;
		trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
		assert_false(export_format_by_name("der")->encode(&request, &out, &error));
		assert_int_equal(error.code, TRUST_USAGE);
		assert_string_equal(error.message, rows[i].want);
		assert_int_equal(out.size, 0);
	}
}

static void
what_does_not_fit_is_an_overflow_and_never_a_shorter_file(void **state)
{
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");
	TRUST_AUTO(trust_secret) *password = trust_secret_new("secret", 6);
	const struct export_part part = { .cert = root };
	const struct export_request request = {
		.parts = &part,
		.count = 1,
		.password = password,
		.rounds = 1,
	};

	(void)state;
	for (size_t i = 0; i < export_format_count; i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO_BUFFER out;
		trust_buffer_init(&out, 100);
		if (!export_formats[i].encode || export_formats[i].key_alone)
			continue;
		assert_true(export_formats[i].encode(&request, &out, &error));
		assert_true(out.overflow);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_found_by_its_name_and_by_the_extension),
		cmocka_unit_test(a_key_that_is_not_encrypted_never_leaves),
		cmocka_unit_test(pem_is_what_openssl_writes_one_block_after_another),
		cmocka_unit_test(pem_carries_a_key_only_encrypted),
		cmocka_unit_test(header_text_names_the_certificate_and_can_begin_no_block),
		cmocka_unit_test(der_is_the_certificate_itself),
		cmocka_unit_test(der_refuses_what_it_cannot_hold),
		cmocka_unit_test(what_does_not_fit_is_an_overflow_and_never_a_shorter_file),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
