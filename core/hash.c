/* SPDX-License-Identifier: MPL-2.0 */
/* Digests by nettle. */

#include "core/hash.h"

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "core/oid.h"

void
trust_sha256(const void *data, size_t size, uint8_t ret_digest[TRUST_SHA256_BYTES])
{
	struct sha256_ctx context;
	sha256_init(&context);
	sha256_update(&context, size, data);
	sha256_digest(&context, TRUST_SHA256_BYTES, ret_digest);
}

void
trust_sha1(const void *data, size_t size, uint8_t ret_digest[TRUST_SHA1_BYTES])
{
	struct sha1_ctx context;
	sha1_init(&context);
	sha1_update(&context, size, data);
	sha1_digest(&context, TRUST_SHA1_BYTES, ret_digest);
}

void
trust_md5(const void *data, size_t size, uint8_t ret_digest[TRUST_MD5_BYTES])
{
	struct md5_ctx context;
	md5_init(&context);
	md5_update(&context, size, data);
	md5_digest(&context, TRUST_MD5_BYTES, ret_digest);
}

/* ---- by name ------------------------------------------------------------------------------- */

static const struct {
	const char *words;
	const struct nettle_hash *hash;
	const char *oid;
	const char *hmac_oid;
} hashes[] = {
	[TRUST_HASH_SHA1] = { "SHA-1", &nettle_sha1, "1.3.14.3.2.26", "1.2.840.113549.2.7" },
	[TRUST_HASH_SHA224] = { "SHA-224", &nettle_sha224, "2.16.840.1.101.3.4.2.4",
	    "1.2.840.113549.2.8" },
	[TRUST_HASH_SHA256] = { "SHA-256", &nettle_sha256, "2.16.840.1.101.3.4.2.1",
	    "1.2.840.113549.2.9" },
	[TRUST_HASH_SHA384] = { "SHA-384", &nettle_sha384, "2.16.840.1.101.3.4.2.2",
	    "1.2.840.113549.2.10" },
	[TRUST_HASH_SHA512] = { "SHA-512", &nettle_sha512, "2.16.840.1.101.3.4.2.3",
	    "1.2.840.113549.2.11" },
};

const char *
trust_hash_words(enum trust_hash hash)
{
	return hashes[hash].words;
}

size_t
trust_hash_size(enum trust_hash hash)
{
	return hashes[hash].hash->digest_size;
}

const char *
trust_hash_oid(enum trust_hash hash)
{
	return hashes[hash].oid;
}

const char *
trust_hash_hmac_oid(enum trust_hash hash)
{
	return hashes[hash].hmac_oid;
}

bool
trust_hash_from_oid(struct trust_bytes oid, enum trust_hash *ret_hash)
{
	for (unsigned i = 0; i < TRUST_COUNT(hashes); i++)
		if (trust_oid_is(oid, hashes[i].oid)) {
			*ret_hash = (enum trust_hash)i;
			return true;
		}
	return false;
}

bool
trust_hash_from_hmac_oid(struct trust_bytes oid, enum trust_hash *ret_hash)
{
	for (unsigned i = 0; i < TRUST_COUNT(hashes); i++)
		if (trust_oid_is(oid, hashes[i].hmac_oid)) {
			*ret_hash = (enum trust_hash)i;
			return true;
		}
	return false;
}

size_t
trust_hash_digest(
    enum trust_hash hash, struct trust_bytes data, uint8_t ret_digest[TRUST_HASH_MAX_BYTES])
{
	union {
		struct sha1_ctx sha1;
		struct sha256_ctx sha256; /* SHA-224 too */
		struct sha512_ctx sha512; /* SHA-384 too */
	} context;
	const struct nettle_hash *functions = hashes[hash].hash;

	functions->init(&context);
	functions->update(&context, data.size, data.data);
	functions->digest(&context, functions->digest_size, ret_digest);
	return functions->digest_size;
}
