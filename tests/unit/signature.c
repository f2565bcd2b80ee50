/* SPDX-License-Identifier: MPL-2.0 */
/* Signatures, key identifiers and keys of certificates that openssl makes for this run. */

#include "core/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cert.h"
#include "core/error.h"

/* Keys, then certificates that issue themselves: NAME.key (PKCS #8 DER), NAME.der, NAME.id (SHA-1
 * of the public value, as NSS forms CKA_ID). */
static const char make_fixtures[] =
    "set -e\n"
    "cd \"$TRUST_TEST_FOLDER\"\n"
    "exec 2>openssl.log\n"
    "key() { n=$1; shift; openssl genpkey \"$@\" -out $n.pem\n"
    "  openssl pkcs8 -topk8 -nocrypt -in $n.pem -outform DER -out $n.key; }\n"
    "key rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048\n"
    "key other-rsa -algorithm RSA -pkeyopt rsa_keygen_bits:1024\n"
    "for c in 256 384 521; do key p$c -algorithm EC -pkeyopt ec_paramgen_curve:P-$c; done\n"
    "key other-p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256\n"
    "key secp256k1 -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1\n"
    "key ed25519 -algorithm ED25519\n"
    "key other-ed25519 -algorithm ED25519\n"
    "key ed448 -algorithm ED448\n"
    "cert() { n=$1; k=$2; shift 2\n"
    "  openssl req -x509 -new -key $k.pem -subj /CN=Same -days 9 \"$@\" -outform DER -out $n.der; "
    "}\n"
    "for h in 1 224 256 384 512; do cert rsa-sha$h rsa -sha$h; cert p256-sha$h p256 -sha$h; done\n"
    "for h in 256 384 512; do\n"
    "  cert pss-sha$h rsa -sha$h -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1\n"
    "done\n"
    "cert p384-sha384 p384 -sha384\n"
    "cert p521-sha512 p521 -sha512\n"
    "cert ed25519 ed25519\n"
    "cert other-rsa other-rsa -sha256\n"
    "cert other-p256 other-p256 -sha256\n"
    "cert other-ed25519 other-ed25519\n"
    "cert ed448 ed448\n"
    "cert secp256k1 secp256k1 -sha256\n"
    "cert md5 rsa -md5\n"
    "digest() { openssl dgst -sha1 -binary; }\n"
    "openssl x509 -inform DER -in rsa-sha256.der -noout -modulus | cut -d= -f2 | xxd -r -p |\n"
    "  digest >rsa-sha256.id\n"
    "openssl pkey -in p256.pem -pubout -outform DER | tail -c 65 | digest >p256-sha256.id\n"
    "openssl pkey -in p521.pem -pubout -outform DER | tail -c 133 | digest >p521-sha512.id\n"
    "openssl pkey -in ed25519.pem -pubout -outform DER | tail -c 32 | digest >ed25519.id\n";

static char folder[] = "/tmp/trustctl-signature-XXXXXX";

static struct trust_bytes
load(const char *name, const char *suffix, uint8_t buffer[8192])
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s.%s", folder, name, suffix);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	size_t size = fread(buffer, 1, 8192, file);
	fclose(file);
	return (struct trust_bytes){ buffer, size };
}

static struct trust_cert *
decode(struct trust_bytes der)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;
	if (!trust_cert_decode(der, &cert, &error))
		fail_msg("%s", error.message);
	return cert;
}

static struct trust_cert *
load_cert(const char *name)
{
	uint8_t buffer[8192];
	return decode(load(name, "der", buffer));
}

static int
make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || setenv("TRUST_TEST_FOLDER", folder, 1) != 0)
		return -1;
	return system(make_fixtures);
}

static int
remove_folder(void **state)
{
	TRUST_AUTO_FREE char *command = trust_printf("rm -r %s", folder);
	(void)state;
	return system(command);
}

static const char *const signed_by_themselves[] = { "rsa-sha1", "rsa-sha224", "rsa-sha256",
	"rsa-sha384", "rsa-sha512", "pss-sha256", "pss-sha384", "pss-sha512", "p256-sha1",
	"p256-sha224", "p256-sha256", "p256-sha384", "p256-sha512", "p384-sha384", "p521-sha512",
	"ed25519" };

static void
a_signature_is_good_with_the_key_that_made_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(signed_by_themselves); i++) {
		TRUST_AUTO(trust_cert) *cert = load_cert(signed_by_themselves[i]);
		print_message("# %s\n", signed_by_themselves[i]);
		assert_int_equal(trust_cert_signature_check(cert, cert), TRUST_SIGNATURE_GOOD);
	}
}

static void
a_signature_is_bad_when_one_bit_of_it_or_of_what_it_signs_differs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(signed_by_themselves); i++) {
		uint8_t buffer[8192];
		struct trust_bytes der = load(signed_by_themselves[i], "der", buffer);
		TRUST_AUTO(trust_cert) *good = decode(der);
		size_t serial = (size_t)(good->serial.data - good->der.data);

		print_message("# %s\n", signed_by_themselves[i]);
		buffer[der.size - 2] ^= 1;
		TRUST_AUTO(trust_cert) *other_signature = decode(der);
		buffer[der.size - 2] ^= 1;
		buffer[serial + 3] ^= 1;
		TRUST_AUTO(trust_cert) *other_content = decode(der);
		assert_int_equal(
		    trust_cert_signature_check(other_signature, good), TRUST_SIGNATURE_BAD);
		assert_int_equal(
		    trust_cert_signature_check(other_content, good), TRUST_SIGNATURE_BAD);
	}
}

static void
a_signature_is_bad_with_any_other_key(void **state)
{
	static const char *const others[] = { "other-rsa", "other-p256", "other-ed25519", "ed448" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(signed_by_themselves); i++)
		for (size_t j = 0; j < TRUST_COUNT(others); j++) {
			TRUST_AUTO(trust_cert) *cert = load_cert(signed_by_themselves[i]);
			TRUST_AUTO(trust_cert) *other = load_cert(others[j]);
			assert_int_equal(
			    trust_cert_signature_check(cert, other), TRUST_SIGNATURE_BAD);
		}
}

static void
algorithms_not_known_here_are_unsupported_never_good(void **state)
{
	static const char *const names[] = { "ed448", "secp256k1", "md5" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO(trust_cert) *cert = load_cert(names[i]);
		print_message("# %s\n", names[i]);
		assert_int_equal(
		    trust_cert_signature_check(cert, cert), TRUST_SIGNATURE_UNSUPPORTED);
	}
}

/* The last integer of an ECDSA signature, or the whole RSA one, replaced by zeros. */
static void
a_signature_of_zeros_is_bad(void **state)
{
	static const char *const names[] = { "rsa-sha256", "pss-sha256", "p256-sha256",
		"p521-sha512", "ed25519" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		uint8_t buffer[8192];
		struct trust_bytes der = load(names[i], "der", buffer);
		TRUST_AUTO(trust_cert) *good = decode(der);
		size_t at = (size_t)(good->signature.data - good->der.data);
		size_t size = good->signature.size;
		if (names[i][0] == 'p' &&
		    names[i][1] != 's') { /* SEQUENCE { r, s }: keep the headers */
			size_t header = buffer[at + 1] & 0x80 ? 3 : 2;
			size_t r = buffer[at + header + 1];
			size_t s = buffer[at + header + 2 + r + 1];
			memset(buffer + at + header + 2, 0, r);
			memset(buffer + at + header + 2 + r + 2, 0, s);
		} else {
			memset(buffer + at, 0, size);
		}
		TRUST_AUTO(trust_cert) *zeros = decode(der);
		print_message("# %s\n", names[i]);
		assert_int_equal(trust_cert_signature_check(zeros, good), TRUST_SIGNATURE_BAD);
	}
}

static void
a_point_that_is_not_on_the_curve_is_no_key(void **state)
{
	uint8_t buffer[8192];
	struct trust_bytes der = load("p256-sha256", "der", buffer);
	TRUST_AUTO(trust_cert) *good = decode(der);
	size_t at = (size_t)(good->key_bits.data - good->der.data);

	(void)state;
	buffer[at + 40] ^= 1;
	TRUST_AUTO(trust_cert) *off_curve = decode(der);
	assert_int_equal(trust_cert_signature_check(good, off_curve), TRUST_SIGNATURE_BAD);
	memset(buffer + at + 1, 0xff, 64); /* beyond the field */
	TRUST_AUTO(trust_cert) *beyond = decode(der);
	assert_int_equal(trust_cert_signature_check(good, beyond), TRUST_SIGNATURE_BAD);
}

static void
an_algorithm_that_differs_inside_and_outside_is_bad(void **state)
{
	uint8_t buffer[8192];
	struct trust_bytes der = load("rsa-sha256", "der", buffer);
	TRUST_AUTO(trust_cert) *good = decode(der);
	size_t at = (size_t)(good->signature_algorithm.data - good->der.data);

	(void)state;
	buffer[at + 12] ^= 7; /* sha256WithRSA becomes sha384WithRSA, outside only */
	TRUST_AUTO(trust_cert) *mixed = decode(der);
	assert_int_equal(trust_cert_signature_check(mixed, good), TRUST_SIGNATURE_BAD);

	/* The signature itself is right: the inner field alone differs. */
	TRUST_AUTO(trust_cert) *whole = load_cert("rsa-sha256");
	static const uint8_t other[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x01, 0x0c, 0x05, 0x00 };
	struct trust_signed what = trust_cert_signed(whole);
	assert_int_equal(trust_signed_check(&what, whole, NULL), TRUST_SIGNATURE_GOOD);
	what.inner_algorithm = (struct trust_bytes){ other, sizeof other };
	assert_int_equal(trust_signed_check(&what, whole, NULL), TRUST_SIGNATURE_BAD);
}

static void
the_key_identifier_is_the_one_of_nss(void **state)
{
	static const char *const names[] = { "rsa-sha256", "p256-sha256", "p521-sha512",
		"ed25519" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		uint8_t buffer[8192];
		uint8_t id[20] = { 0 };
		TRUST_AUTO(trust_cert) *cert = load_cert(names[i]);
		struct trust_bytes want = load(names[i], "id", buffer);
		print_message("# %s\n", names[i]);
		assert_true(trust_cert_key_id(cert, id));
		assert_true(trust_bytes_equal((struct trust_bytes){ id, sizeof id }, want));
	}
}

static void
a_key_matches_its_own_certificate_only(void **state)
{
	static const struct {
		const char *key;
		const char *cert;
		bool want;
	} rows[] = {
		{ "rsa", "rsa-sha256", true },
		{ "rsa", "pss-sha256", true },
		{ "p256", "p256-sha256", true },
		{ "p384", "p384-sha384", true },
		{ "p521", "p521-sha512", true },
		{ "ed25519", "ed25519", true },
		{ "other-rsa", "rsa-sha256", false },
		{ "other-p256", "p256-sha256", false },
		{ "other-ed25519", "ed25519", false },
		{ "rsa", "p256-sha256", false },
		{ "p256", "p384-sha384", false },
		{ "p384", "p256-sha256", false },
		{ "ed25519", "p256-sha256", false },
		{ "p256", "ed25519", false },
		{ "ed448", "ed448", false }, /* not supported, so never a yes */
		{ "secp256k1", "secp256k1", false },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		uint8_t buffer[8192];
		TRUST_AUTO(trust_cert) *cert = load_cert(rows[i].cert);
		print_message("# %s and %s\n", rows[i].key, rows[i].cert);
		assert_int_equal(
		    trust_key_matches_cert(load(rows[i].key, "key", buffer), cert), rows[i].want);
	}
}

static void
a_damaged_key_matches_nothing(void **state)
{
	static const char *const names[][2] = { { "rsa", "rsa-sha256" }, { "p256", "p256-sha256" },
		{ "ed25519", "ed25519" } };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		uint8_t buffer[8192];
		struct trust_bytes key = load(names[i][0], "key", buffer);
		TRUST_AUTO(trust_cert) *cert = load_cert(names[i][1]);
		for (size_t size = 0; size < key.size; size++) {
			/* A copy of the exact size, so that a read behind it is noticed. */
			TRUST_AUTO_FREE uint8_t *cut = trust_memdup(buffer, size);
			assert_false(
			    trust_key_matches_cert((struct trust_bytes){ cut, size }, cert));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_good_with_the_key_that_made_it),
		cmocka_unit_test(a_signature_is_bad_when_one_bit_of_it_or_of_what_it_signs_differs),
		cmocka_unit_test(a_signature_is_bad_with_any_other_key),
		cmocka_unit_test(algorithms_not_known_here_are_unsupported_never_good),
		cmocka_unit_test(a_signature_of_zeros_is_bad),
		cmocka_unit_test(a_point_that_is_not_on_the_curve_is_no_key),
		cmocka_unit_test(an_algorithm_that_differs_inside_and_outside_is_bad),
		cmocka_unit_test(the_key_identifier_is_the_one_of_nss),
		cmocka_unit_test(a_key_matches_its_own_certificate_only),
		cmocka_unit_test(a_damaged_key_matches_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
