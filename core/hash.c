/* SPDX-License-Identifier: MPL-2.0 */
/* Digests by nettle. */

#include "core/hash.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

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
