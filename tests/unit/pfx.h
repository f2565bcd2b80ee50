/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_PFX_H
#define TRUST_TESTS_PFX_H

/* Walking through a PKCS #12 file of one identity: what must be in it, and what is random there. */

#include "core/der.h"
#include "tests/unit/exported.h"

struct pfx_random {
	uint8_t salt[16];   /* of the certificates */
	uint8_t vector[16]; /* likewise; not set where the cipher's comes from the password */
	uint8_t mac_salt[16];
};

static inline struct trust_der
enter(struct trust_der *der, uint8_t tag)
{
	struct trust_der inner = { 0 };

	assert_true(trust_der_enter(der, tag, &inner));
	return inner;
}

static inline struct trust_bytes
expect(struct trust_der *der, uint8_t tag)
{
	struct trust_der_element element = { 0 };

	assert_true(trust_der_expect(der, tag, &element));
	return element.content;
}

static inline void
expect_oid(struct trust_der *der, const char *dotted)
{
	TRUST_AUTO_FREE char *text = trust_der_oid_text(expect(der, TRUST_DER_OID));
	assert_string_equal(text, dotted);
}

static inline void
expect_number(struct trust_der *der, uint64_t want)
{
	uint64_t number = 0;

	assert_true(trust_der_next_uint(der, &number));
	assert_int_equal(number, want);
}

static inline void
expect_16(struct trust_der *der, uint8_t ret_bytes[16])
{
	struct trust_bytes bytes = expect(der, TRUST_DER_OCTET_STRING);

	assert_int_equal(bytes.size, 16);
	memcpy(ret_bytes, bytes.data, 16);
}

/* The PFX, behind its version. */
static inline struct trust_der
enter_pfx(struct trust_bytes file)
{
	struct trust_der whole = trust_der_init(file);
	struct trust_der pfx = enter(&whole, TRUST_DER_SEQUENCE);

	assert_true(trust_der_at_end(&whole));
	expect_number(&pfx, 3);
	return pfx;
}

/* AlgorithmIdentifier of the preset, with its rounds. */
static inline void
expect_protection(
    struct trust_der *from, const struct export_preset *preset, struct pfx_random *ret_random)
{
	struct trust_der algorithm = enter(from, TRUST_DER_SEQUENCE);

	if (preset->cipher == EXPORT_CIPHER_TRIPLE_DES) {
		expect_oid(&algorithm, "1.2.840.113549.1.12.1.3");
		struct trust_der parameters = enter(&algorithm, TRUST_DER_SEQUENCE);
		expect_16(&parameters, ret_random->salt);
		expect_number(&parameters, preset->rounds);
		assert_true(trust_der_at_end(&parameters) && trust_der_at_end(&algorithm));
		return;
	}
	expect_oid(&algorithm, "1.2.840.113549.1.5.13");
	struct trust_der both = enter(&algorithm, TRUST_DER_SEQUENCE);
	struct trust_der derivation = enter(&both, TRUST_DER_SEQUENCE);
	expect_oid(&derivation, "1.2.840.113549.1.5.12"); /* PBKDF2 */
	struct trust_der parameters = enter(&derivation, TRUST_DER_SEQUENCE);
	expect_16(&parameters, ret_random->salt);
	expect_number(&parameters, preset->rounds);
	struct trust_der prf = enter(&parameters, TRUST_DER_SEQUENCE);
	expect_oid(&prf, "1.2.840.113549.2.9"); /* hmacWithSHA256 */
	struct trust_der cipher = enter(&both, TRUST_DER_SEQUENCE);
	expect_oid(&cipher, "2.16.840.1.101.3.4.1.42"); /* AES-256-CBC */
	expect_16(&cipher, ret_random->vector);
	assert_true(trust_der_at_end(&cipher) && trust_der_at_end(&both));
}

/* ContentInfo of Data: what is in its OCTET STRING. */
static inline struct trust_der
expect_data(struct trust_der *from)
{
	struct trust_der info = enter(from, TRUST_DER_SEQUENCE);

	expect_oid(&info, "1.2.840.113549.1.7.1");
	struct trust_der content = enter(&info, TRUST_DER_CONTEXT(0));
	return trust_der_init(expect(&content, TRUST_DER_OCTET_STRING));
}

static inline void
expect_encrypted_certs(
    struct trust_der *safes, const struct export_preset *preset, struct pfx_random *ret_random)
{
	struct trust_der info = enter(safes, TRUST_DER_SEQUENCE);

	expect_oid(&info, "1.2.840.113549.1.7.6"); /* encryptedData */
	struct trust_der content = enter(&info, TRUST_DER_CONTEXT(0));
	struct trust_der data = enter(&content, TRUST_DER_SEQUENCE);
	expect_number(&data, 0);
	struct trust_der encrypted = enter(&data, TRUST_DER_SEQUENCE);
	assert_true(trust_der_at_end(&data));
	expect_oid(&encrypted, "1.2.840.113549.1.7.1");
	expect_protection(&encrypted, preset, ret_random);
	struct trust_bytes bytes = expect(&encrypted, TRUST_DER_CONTEXT_PRIMITIVE(0));
	size_t block = preset->cipher == EXPORT_CIPHER_AES256 ? 16 : 8;
	assert_true(bytes.size > 0 && bytes.size % block == 0);
}

static inline void
expect_mac(struct trust_der *pfx, const struct export_preset *preset, struct pfx_random *ret_random)
{
	bool sha1 = preset->mac == TRUST_HASH_SHA1;
	struct trust_der mac = enter(pfx, TRUST_DER_SEQUENCE);
	struct trust_der digest = enter(&mac, TRUST_DER_SEQUENCE);
	struct trust_der algorithm = enter(&digest, TRUST_DER_SEQUENCE);

	expect_oid(&algorithm, sha1 ? "1.3.14.3.2.26" : "2.16.840.1.101.3.4.2.1");
	assert_int_equal(expect(&digest, TRUST_DER_OCTET_STRING).size, sha1 ? 20 : 32);
	expect_16(&mac, ret_random->mac_salt);
	expect_number(&mac, preset->rounds);
	assert_true(trust_der_at_end(&mac) && trust_der_at_end(pfx));
}

#endif
