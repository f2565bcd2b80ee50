/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_HASH_H
#define TRUST_HASH_H

/* Digests by nettle, so that reading a store need not start NSS. MD5 and SHA-1 are here because
 * others made what carries them: match checks of trust records, ids of keys and of OCSP, Java key
 * stores, names in hashed directories, old signatures. Nothing of ours rests on them. */

#include "core/base.h"

#define TRUST_SHA256_BYTES 32
#define TRUST_SHA1_BYTES 20
#define TRUST_MD5_BYTES 16

void trust_sha256(const void *data, size_t size, uint8_t ret_digest[TRUST_SHA256_BYTES]);
void trust_sha1(const void *data, size_t size, uint8_t ret_digest[TRUST_SHA1_BYTES]);
void trust_md5(const void *data, size_t size, uint8_t ret_digest[TRUST_MD5_BYTES]);

/* Where a file or a signature names which. */
enum trust_hash {
	TRUST_HASH_SHA1,
	TRUST_HASH_SHA224,
	TRUST_HASH_SHA256,
	TRUST_HASH_SHA384,
	TRUST_HASH_SHA512,
};
#define TRUST_HASH_MAX_BYTES 64

const char *trust_hash_words(enum trust_hash hash); /* "SHA-256" */
size_t trust_hash_size(enum trust_hash hash);
/* From the content of an OBJECT IDENTIFIER: of the hash, or of HMAC with it. */
bool trust_hash_from_oid(struct trust_bytes oid, enum trust_hash *ret_hash) TRUST_MUST_CHECK;
bool trust_hash_from_hmac_oid(struct trust_bytes oid, enum trust_hash *ret_hash) TRUST_MUST_CHECK;
const char *trust_hash_oid(enum trust_hash hash);
const char *trust_hash_hmac_oid(enum trust_hash hash);
/* The digest's size. */
size_t trust_hash_digest(
    enum trust_hash hash, struct trust_bytes data, uint8_t ret_digest[TRUST_HASH_MAX_BYTES]);

#endif
