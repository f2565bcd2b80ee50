/* SPDX-License-Identifier: MPL-2.0 */
/* The presets of PKCS #12, byte by byte, and keys that are opened on their way. */

#include "tests/unit/pfx.h"

#define FEW_ROUNDS 3 /* where the number does not matter, time does */

/* ---- presets --------------------------------------------------------------------------------- */

static void
expect_key_bag(struct trust_der *safes, const struct export_preset *preset)
{
	struct trust_der file = expect_data(safes);
	struct pfx_random ignored;
	struct trust_der bags = enter(&file, TRUST_DER_SEQUENCE);
	struct trust_der bag = enter(&bags, TRUST_DER_SEQUENCE);

	expect_oid(&bag, "1.2.840.113549.1.12.10.1.2");
	struct trust_der value = enter(&bag, TRUST_DER_CONTEXT(0));
	struct trust_der key = enter(&value, TRUST_DER_SEQUENCE);
	expect_protection(&key, preset, &ignored);
	assert_true(expect(&key, TRUST_DER_OCTET_STRING).size > 0);
	assert_true(trust_der_at_end(&bags));
}

/* Alice with her key under a throw-away password, as this preset. */
static void
encode_preset(const struct export_preset *preset, struct trust_buffer *out)
{
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	TRUST_AUTO(trust_secret) *key = encrypted_key("throw-away");
	TRUST_AUTO(trust_secret) *throw_away = trust_secret_new("throw-away", 10);
	TRUST_AUTO(trust_secret) *password = trust_secret_new("secret", 6);
	const struct export_part part = {
		.cert = alice,
		.encrypted_key = key,
		.friendly_name = "Alice",
	};
	const struct export_request request = {
		.parts = &part,
		.count = 1,
		.password = password,
		.key_password = throw_away,
		.preset = preset,
	};
	encode("p12", &request, out);
}

static void
each_preset_is_what_its_row_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < export_preset_count; i++) {
		const struct export_preset *preset = &export_presets[i];
		struct pfx_random ignored;
		TRUST_AUTO_BUFFER out;
		encode_preset(preset, &out);
		struct trust_der pfx = enter_pfx(trust_buffer_bytes(&out));
		struct trust_der content = expect_data(&pfx);
		struct trust_der safes = enter(&content, TRUST_DER_SEQUENCE);
		expect_encrypted_certs(&safes, preset, &ignored);
		expect_key_bag(&safes, preset);
		assert_true(trust_der_at_end(&safes));
		expect_mac(&pfx, preset, &ignored);
		store("preset.p12", &out);
		must("openssl pkcs12 -legacy -in preset.p12 -passin pass:secret -nodes -nocerts |"
		     " openssl pkey -pubout | cmp - alice.pub");
	}
}

static void
presets_are_found_by_name_and_the_first_is_modern(void **state)
{
	(void)state;
	for (size_t i = 0; i < export_preset_count; i++)
		assert_ptr_equal(export_preset_by_name(export_presets[i].name), &export_presets[i]);
	assert_string_equal(export_presets[0].name, "modern");
	assert_null(export_preset_by_name("Modern"));
	assert_null(export_preset_by_name(""));
}

/* ---- keys on their way ----------------------------------------------------------------------- */

/* A row's key comes with the password "throw-away". */
static bool
encode_key(const char *file_password, const char *key_password, bool plain,
    struct trust_buffer *out, struct trust_error *error)
{
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	TRUST_AUTO(trust_secret) *key = encrypted_key("throw-away");
	TRUST_AUTO(trust_secret) *password = trust_secret_new(file_password, strlen(file_password));
	TRUST_AUTO(trust_secret) *throw_away = trust_secret_new(key_password, strlen(key_password));
	const struct export_part part = { .cert = alice, .encrypted_key = key };
	const struct export_request request = {
		.parts = &part,
		.count = 1,
		.password = password,
		.key_password = throw_away,
		.rounds = FEW_ROUNDS,
		.plain_key = plain,
	};
	trust_buffer_init(out, TRUST_MAX_FILE_BYTES);
	return export_format_by_name("pkcs8")->encode(&request, out, error);
}

static void
a_key_is_encrypted_anew_with_the_files_password(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER out;

	(void)state;
	assert_true(encode_key("pässwörd", "throw-away", false, &out, &error));
	store("key.pem", &out);
	must("head -n 1 key.pem | grep -q 'BEGIN ENCRYPTED PRIVATE KEY'");
	must("openssl pkey -in key.pem -passin pass:pässwörd -pubout | cmp - alice.pub");
	assert_false(shell("openssl pkey -in key.pem -passin pass:throw-away -noout"));
}

static void
a_key_is_readable_only_when_that_is_asked_for(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER out;

	(void)state;
	assert_true(encode_key("secret", "throw-away", true, &out, &error));
	store("key.pem", &out);
	must("openssl pkey -in key.pem -outform DER | openssl pkey -inform DER -pubout |"
	     " cmp - alice.pub");
	must("openssl pkcs8 -topk8 -nocrypt -in alice.key | cmp - key.pem");
}

static void
a_key_that_does_not_open_writes_nothing(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER out;

	(void)state;
	assert_false(encode_key("secret", "another", false, &out, &error));
	assert_int_equal(error.code, TRUST_BUG);
	assert_int_equal(out.size, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_preset_is_what_its_row_says),
		cmocka_unit_test(presets_are_found_by_name_and_the_first_is_modern),
		cmocka_unit_test(a_key_is_encrypted_anew_with_the_files_password),
		cmocka_unit_test(a_key_is_readable_only_when_that_is_asked_for),
		cmocka_unit_test(a_key_that_does_not_open_writes_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
