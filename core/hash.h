/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_HASH_H
#define TRUST_HASH_H

/* Digests by nettle, so that reading a store need not start NSS. MD5 and SHA-1 are here because
 * NSS's trust records carry them as match checks; nothing else may use them. */

#include "core/base.h"

#define TRUST_SHA256_BYTES 32
#define TRUST_SHA1_BYTES 20
#define TRUST_MD5_BYTES 16

void trust_sha256(const void *data, size_t size, uint8_t ret_digest[TRUST_SHA256_BYTES]);
void trust_sha1(const void *data, size_t size, uint8_t ret_digest[TRUST_SHA1_BYTES]);
void trust_md5(const void *data, size_t size, uint8_t ret_digest[TRUST_MD5_BYTES]);

#endif
