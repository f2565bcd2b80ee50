/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_KDF_H
#define TRUST_KDF_H

/*
 * Keys from passwords, as files that carry private keys need them: PBKDF2 (RFC 8018) and the older
 * derivation of PKCS #12 (RFC 7292 appendix B), with nettle's hashes.
 *
 * Caveat: the two want the password in different spellings: PBKDF2 takes its UTF-8 bytes, PKCS #12
 * a BMPString that ends in a NUL character (trust_password_bmp()).
 */

#include "core/base.h"
#include "core/hash.h"
#include "core/secret.h"

/* ret_mac takes trust_hash_size() bytes. */
void trust_hmac(enum trust_hash hash, struct trust_bytes key, struct trust_bytes data,
    uint8_t ret_mac[TRUST_HASH_MAX_BYTES]);

struct trust_kdf {
	enum trust_hash hash;
	struct trust_bytes salt; /* borrowed */
	unsigned rounds;         /* at least 1 */
};

/* Cost: 0.6 s for a million rounds of SHA-256 and up to 32 bytes. */
void trust_pbkdf2(
    const struct trust_kdf *kdf, struct trust_bytes password, size_t size, uint8_t *ret_key);

enum trust_pkcs12_purpose { /* RFC 7292 appendix B.3 */
	TRUST_PKCS12_KEY = 1,
	TRUST_PKCS12_IV = 2,
	TRUST_PKCS12_MAC = 3,
};
/* bmp: see trust_password_bmp(); some writers take the empty password as no bytes at all. */
void trust_pkcs12_kdf(const struct trust_kdf *kdf, enum trust_pkcs12_purpose purpose,
    struct trust_bytes bmp, size_t size, uint8_t *ret_key);

/* UTF-8 to UTF-16BE with a NUL character behind it. What is no UTF-8 is read as Latin-1. */
struct trust_secret *trust_password_bmp(struct trust_bytes utf8) TRUST_MUST_CHECK;

#endif
