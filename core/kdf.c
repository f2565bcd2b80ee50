/* SPDX-License-Identifier: MPL-2.0 */
/* PBKDF2 and the key derivation of PKCS #12. */

#include "core/kdf.h"

#include <string.h>

#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <unistr.h>

/* ---- HMAC and PBKDF2 ------------------------------------------------------------------------ */

union hmac {
	struct hmac_sha1_ctx sha1;
	struct hmac_sha256_ctx sha256;
	struct hmac_sha512_ctx sha512;
};

/* nettle's names differ by the type of the context alone. */
#define SET_KEY(name, member)                                                                      \
	static void set_key_##name(union hmac *mac, struct trust_bytes key)                        \
	{                                                                                          \
		hmac_##name##_set_key(&mac->member, key.size, key.data);                           \
	}
SET_KEY(sha1, sha1)
SET_KEY(sha224, sha256)
SET_KEY(sha256, sha256)
SET_KEY(sha384, sha512)
SET_KEY(sha512, sha512)

static const struct {
	void (*set_key)(union hmac *mac, struct trust_bytes key);
	const struct nettle_mac *functions;
	const struct nettle_hash *hash;
} hmacs[] = {
	[TRUST_HASH_SHA1] = { set_key_sha1, &nettle_hmac_sha1, &nettle_sha1 },
	[TRUST_HASH_SHA224] = { set_key_sha224, &nettle_hmac_sha224, &nettle_sha224 },
	[TRUST_HASH_SHA256] = { set_key_sha256, &nettle_hmac_sha256, &nettle_sha256 },
	[TRUST_HASH_SHA384] = { set_key_sha384, &nettle_hmac_sha384, &nettle_sha384 },
	[TRUST_HASH_SHA512] = { set_key_sha512, &nettle_hmac_sha512, &nettle_sha512 },
};

void
trust_hmac(enum trust_hash hash, struct trust_bytes key, struct trust_bytes data,
    uint8_t ret_mac[TRUST_HASH_MAX_BYTES])
{
	union hmac mac;

	hmacs[hash].set_key(&mac, key);
	hmacs[hash].functions->update(&mac, data.size, data.data);
	hmacs[hash].functions->digest(&mac, trust_hash_size(hash), ret_mac);
	explicit_bzero(&mac, sizeof mac);
}

void
trust_pbkdf2(
    const struct trust_kdf *kdf, struct trust_bytes password, size_t size, uint8_t *ret_key)
{
	const struct nettle_mac *functions = hmacs[kdf->hash].functions;
	union hmac mac;

	hmacs[kdf->hash].set_key(&mac, password);
	pbkdf2(&mac, functions->update, functions->digest, trust_hash_size(kdf->hash), kdf->rounds,
	    kdf->salt.size, kdf->salt.data, size, ret_key);
	explicit_bzero(&mac, sizeof mac);
}

/* ---- PKCS #12 ------------------------------------------------------------------------------- */

#define MAX_BLOCK 128 /* of SHA-384 and SHA-512 */

/* Append `bytes`, repeated until the run is a multiple of the block. Nothing when there are
 * none. */
static size_t
fill_blocks(uint8_t *out, struct trust_bytes bytes, size_t block)
{
	size_t size = block * ((bytes.size + block - 1) / block);

	for (size_t i = 0; i < size; i++)
		out[i] = bytes.data[i % bytes.size];
	return size;
}

/* Each block of `run` becomes (block + filler + 1) modulo 2^(8 * block size). */
static void
add_blocks(uint8_t *run, size_t size, const uint8_t *filler, size_t block)
{
	for (size_t start = 0; start < size; start += block) {
		unsigned carry = 1;
		for (size_t i = block; i-- > 0;) {
			carry += (unsigned)run[start + i] + filler[i];
			run[start + i] = (uint8_t)carry;
			carry >>= 8;
		}
	}
}

/* The names are those of RFC 7292 appendix B.2: D, I = S || P, A, B. */
void
trust_pkcs12_kdf(const struct trust_kdf *kdf, enum trust_pkcs12_purpose purpose,
    struct trust_bytes bmp, size_t size, uint8_t *ret_key)
{
	const struct nettle_hash *hash = hmacs[kdf->hash].hash;
	size_t u = hash->digest_size;
	size_t v = hash->block_size;
	uint8_t diversifier[MAX_BLOCK];
	uint8_t a[TRUST_HASH_MAX_BYTES];
	uint8_t b[MAX_BLOCK];
	size_t run_capacity = kdf->salt.size + bmp.size + 2 * v;
	uint8_t *run = trust_alloc(run_capacity);
	void *context = trust_alloc(hash->context_size);

	memset(diversifier, (int)purpose, v);
	size_t run_size = fill_blocks(run, kdf->salt, v);
	run_size += fill_blocks(run + run_size, bmp, v);
	while (size > 0) {
		hash->init(context);
		hash->update(context, v, diversifier);
		hash->update(context, run_size, run);
		hash->digest(context, u, a);
		for (unsigned round = 1; round < kdf->rounds; round++) {
			hash->update(context, u, a); /* digest() has begun anew */
			hash->digest(context, u, a);
		}
		size_t piece = size < u ? size : u;
		memcpy(ret_key, a, piece);
		ret_key += piece;
		size -= piece;
		for (size_t i = 0; i < v; i++)
			b[i] = a[i % u];
		add_blocks(run, run_size, b, v);
	}
	explicit_bzero(a, sizeof a);
	explicit_bzero(b, sizeof b);
	explicit_bzero(run, run_capacity);
	explicit_bzero(context, hash->context_size);
	trust_free(run);
	trust_free(context);
}

struct trust_secret *
trust_password_bmp(struct trust_bytes utf8)
{
	bool valid = u8_check(utf8.data, utf8.size) == NULL;
	/* Never more than two bytes of UTF-16 for one of UTF-8. */
	struct trust_secret *bmp = trust_secret_sized(2 * utf8.size + 2);
	size_t size = 0;
	size_t at = 0;

	while (at < utf8.size) {
		ucs4_t code = utf8.data[at];
		uint16_t units[2];
		int used = valid ? u8_mbtouc(&code, utf8.data + at, utf8.size - at) : 1;
		int count = u16_uctomb(units, code, 2);
		at += used > 0 ? (size_t)used : 1;
		for (int i = 0; i < count; i++) {
			bmp->bytes[size++] = (uint8_t)(units[i] >> 8);
			bmp->bytes[size++] = (uint8_t)units[i];
		}
	}
	bmp->size = size + 2;
	return bmp;
}
