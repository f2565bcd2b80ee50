/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS #12 files, read back by other programs and byte by byte. */

#include "tests/unit/pfx.h"

#define FEW_ROUNDS 2048 /* where the number does not matter, time does */

/* Alice with her key and her root, as alice.p12. */
static void
write_identity(const char *password, const char *name, unsigned rounds)
{
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");
	TRUST_AUTO(trust_secret) *key = encrypted_key(password);
	TRUST_AUTO(trust_secret) *secret = trust_secret_new(password, strlen(password));
	const struct export_part parts[] = {
		{ .cert = alice, .encrypted_key = key, .friendly_name = name },
		{ .cert = root, .friendly_name = "Test Root" },
	};
	const struct export_request request = {
		.parts = parts,
		.count = TRUST_COUNT(parts),
		.password = secret,
		.rounds = rounds,
	};
	TRUST_AUTO_BUFFER out;
	encode("p12", &request, &out);
	store("alice.p12", &out);
}

/* ---- PKCS #12: other programs ---------------------------------------------------------------- */

#define NEW_NSS "export LD_LIBRARY_PATH=/usr/lib/firefox-esr; "

/* Each ends with 0 when it opened alice.p12 with $PASSWORD and found what must be there. */
static const struct {
	const char *name;
	const char *command;
	const char *needs; /* skipped where this is not there */
	bool ascii_only;
} readers[] = {
	{
	    .name = "openssl finds the key",
	    .command = "openssl pkcs12 -in alice.p12 -passin env:PASSWORD -nodes -nocerts |"
		       " openssl pkey -pubout | cmp - alice.pub",
	},
	{
	    .name = "openssl finds the key's certificate",
	    .command = "openssl pkcs12 -in alice.p12 -passin env:PASSWORD -nokeys -clcerts |"
		       " openssl x509 | cmp - alice.pem",
	},
	{
	    .name = "openssl finds the issuer beside it",
	    .command = "openssl pkcs12 -in alice.p12 -passin env:PASSWORD -nokeys -cacerts |"
		       " openssl x509 | cmp - root.pem",
	},
	{
	    .name = "certtool opens it",
	    .command = "if [ -z \"$PASSWORD\" ]; then set -- --empty-password; else"
		       " set -- --password \"$PASSWORD\"; fi\n"
		       "certtool --p12-info --inder --infile alice.p12 \"$@\" >seen 2>&1\n"
		       "test $(grep -c 'BEGIN CERT' seen) = 2 && grep -q 'PRIVATE KEY' seen",
	},
	{
	    .name = "pk12util takes it into a store",
	    .command = "rm -rf nss && mkdir nss && certutil -N -d sql:nss --empty-password &&"
		       " pk12util -i alice.p12 -d sql:nss -W \"$PASSWORD\" &&"
		       " certutil -K -d sql:nss",
	},
	{
	    .name = "pk12util of Firefox's NSS takes it into a store",
	    .command =
		NEW_NSS "rm -rf nss && mkdir nss && certutil -N -d sql:nss --empty-password &&"
			" pk12util -i alice.p12 -d sql:nss -W \"$PASSWORD\" &&"
			" certutil -K -d sql:nss",
	    .needs = "/usr/lib/firefox-esr/libnss3.so",
	},
	{
	    .name = "keytool lists the key with its chain",
	    .command = "keytool -list -v -storetype PKCS12 -keystore alice.p12"
		       " -storepass:env PASSWORD >seen && grep -q PrivateKeyEntry seen &&"
		       " grep -q 'chain length: 2' seen",
	    .needs = "/usr/bin/keytool",
	    .ascii_only = true, /* Java's PBES2 takes no other password */
	},
};

static bool
is_ascii(const char *text)
{
	for (; *text; text++)
		if (*text & 0x80)
			return false;
	return true;
}

static void
every_reader_opens_the_file(const char *password)
{
	for (size_t i = 0; i < TRUST_COUNT(readers); i++) {
		if ((readers[i].needs && access(readers[i].needs, F_OK) != 0) ||
		    (readers[i].ascii_only && !is_ascii(password)))
			continue;
		print_message("# '%s': %s\n", password, readers[i].name);
		must(readers[i].command);
	}
}

static void
pkcs12_is_read_by_other_programs_with_any_password(void **state)
{
	static const char *const passwords[] = { "secret", "two words", "pässwörd✓", "clef 𝄞", "" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(passwords); i++) {
		write_identity(passwords[i], "Alice", FEW_ROUNDS);
		every_reader_opens_the_file(passwords[i]);
	}
}

static void
pkcs12_does_not_open_with_another_password(void **state)
{
	static const char *const wrong[] = { "Secret", "secret ", "" };

	(void)state;
	write_identity("secret", "Alice", FEW_ROUNDS);
	for (size_t i = 0; i < TRUST_COUNT(wrong); i++) {
		setenv("PASSWORD", wrong[i], 1);
		assert_false(shell("openssl pkcs12 -in alice.p12 -passin env:PASSWORD -noout"));
		assert_false(shell("pk12util -l alice.p12 -W \"$PASSWORD\""));
	}
}

static void
a_friendly_name_keeps_its_letters(void **state)
{
	static const char *const names[] = { "Alice", "Bücher & Söhne", "日本語", "clef 𝄞" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		print_message("# %s\n", names[i]);
		write_identity("secret", names[i], FEW_ROUNDS);
		setenv("WANTED", names[i], 1);
		must("rm -rf nss && mkdir nss && certutil -N -d sql:nss --empty-password &&"
		     " pk12util -i alice.p12 -d sql:nss -W \"$PASSWORD\" &&"
		     " certutil -L -d sql:nss -n \"$WANTED\" -a | tr -d '\\r' |"
		     " openssl x509 | cmp - alice.pem");
	}
}

static void
without_a_friendly_name_there_is_none(void **state)
{
	static const char *const names[] = { NULL, "" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		write_identity("secret", names[i], FEW_ROUNDS);
		must("openssl pkcs12 -in alice.p12 -passin env:PASSWORD -nodes"
		     " -clcerts >seen && ! grep friendlyName seen &&"
		     " test $(grep -c localKeyID seen) = 2");
		every_reader_opens_the_file("secret");
	}
}

static void
pkcs12_may_hold_certificates_alone(void **state)
{
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");
	TRUST_AUTO(trust_secret) *password = trust_secret_new("secret", 6);
	const struct export_part part = { .cert = root };
	const struct export_request request = {
		.parts = &part,
		.count = 1,
		.password = password,
		.rounds = FEW_ROUNDS,
	};
	TRUST_AUTO_BUFFER out;

	(void)state;
	encode("p12", &request, &out);
	store("certs.p12", &out);
	must("openssl pkcs12 -in certs.p12 -passin pass:secret -nokeys |"
	     " openssl x509 | cmp - root.pem");
	must("pk12util -l certs.p12 -W secret | grep -q 'Test Root'");
}

/* ---- PKCS #12: its bytes --------------------------------------------------------------------- */

static void
check_keys(struct trust_der *safes)
{
	uint8_t buffer[65536];
	struct trust_bytes key = load("alice.ep8", buffer);
	struct trust_der_element element;

	struct trust_der data = expect_data(safes);
	struct trust_der bags = enter(&data, TRUST_DER_SEQUENCE);
	struct trust_der bag = enter(&bags, TRUST_DER_SEQUENCE);
	expect_oid(&bag, "1.2.840.113549.1.12.10.1.2"); /* pkcs8ShroudedKeyBag */
	struct trust_der value = enter(&bag, TRUST_DER_CONTEXT(0));
	assert_true(trust_der_next(&value, &element));
	assert_true(trust_bytes_equal(element.whole, key));
	struct trust_der set = enter(&bag, TRUST_DER_SET);
	struct trust_der_element first;
	struct trust_der_element second;
	assert_true(trust_der_next(&set, &first) && trust_der_next(&set, &second));
	assert_true(trust_der_at_end(&set));
	assert_true(trust_bytes_compare(first.whole, second.whole) < 0);
	assert_true(trust_der_at_end(&bags));
}

static void
check_file(unsigned rounds, struct pfx_random *ret_random)
{
	const struct export_preset strong = {
		.cipher = EXPORT_CIPHER_AES256,
		.mac = TRUST_HASH_SHA256,
		.rounds = rounds,
	};
	uint8_t buffer[65536];
	struct trust_der pfx = enter_pfx(load("alice.p12", buffer));
	struct trust_der content = expect_data(&pfx);
	struct trust_der safes = enter(&content, TRUST_DER_SEQUENCE);

	expect_encrypted_certs(&safes, &strong, ret_random);
	check_keys(&safes);
	assert_true(trust_der_at_end(&safes));
	expect_mac(&pfx, &strong, ret_random);
}

static void
pkcs12_has_strong_algorithms_and_salts_of_its_own_in_every_file(void **state)
{
	static const struct {
		unsigned rounds;
		unsigned want;
	} rows[] = {
		{ 0, 600000 },
		{ 1, 1 },
		{ 70000, 70000 },
	};
	struct pfx_random seen[TRUST_COUNT(rows)];

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		write_identity("secret", "Alice", rows[i].rounds);
		check_file(rows[i].want, &seen[i]);
		must("openssl pkcs12 -in alice.p12 -passin env:PASSWORD -noout");
		assert_memory_not_equal(seen[i].salt, seen[i].mac_salt, 16);
		for (size_t j = 0; j < i; j++) {
			assert_memory_not_equal(seen[i].salt, seen[j].salt, 16);
			assert_memory_not_equal(seen[i].vector, seen[j].vector, 16);
			assert_memory_not_equal(seen[i].mac_salt, seen[j].mac_salt, 16);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pkcs12_is_read_by_other_programs_with_any_password),
		cmocka_unit_test(pkcs12_does_not_open_with_another_password),
		cmocka_unit_test(a_friendly_name_keeps_its_letters),
		cmocka_unit_test(without_a_friendly_name_there_is_none),
		cmocka_unit_test(pkcs12_may_hold_certificates_alone),
		cmocka_unit_test(pkcs12_has_strong_algorithms_and_salts_of_its_own_in_every_file),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
