/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_KEY_INFO_H
#define TRUST_KEY_INFO_H

/* Private keys in PKCS #8 (RFC 5958), made into what their reader takes. What is returned is owned
 * by the caller. */

#include "core/base.h"

struct trust_secret;

/* The parts of a PrivateKeyInfo, borrowed from it. */
struct trust_key_info {
	uint64_t version;             /* 0 or 1 */
	struct trust_bytes algorithm; /* whole */
	struct trust_bytes oid;       /* content */
	struct trust_bytes curve;     /* content; empty when none is named */
	struct trust_bytes key;       /* content; never empty */
};
/* False: it is none, or damaged. What the key itself is made of is not looked at. */
bool trust_key_info_read(
    struct trust_bytes pkcs8, struct trust_key_info *ret_info) TRUST_MUST_CHECK;

/* PrivateKeyInfo { 0, algorithm, key }. algorithm: a whole AlgorithmIdentifier. */
struct trust_secret *trust_key_info_make(
    struct trust_bytes algorithm, struct trust_bytes key) TRUST_MUST_CHECK;

/* NSS 3.125 gives out an Ed25519 key as an EC key on a "curve" Ed25519, which no other program
 * reads. This makes of such a one that of RFC 8410. NULL: it is none of those, and good as it is.
 */
struct trust_secret *trust_key_info_mend(struct trust_bytes pkcs8) TRUST_MUST_CHECK;

/* NSS reads the first version alone, and an EC key only with its public half, which is optional
 * (RFC 5915, section 3). This makes of others what it reads, as far as the curve is known. NULL: it
 * is good as it is, or cannot be decoded. */
struct trust_secret *trust_key_info_complete(struct trust_bytes pkcs8) TRUST_MUST_CHECK;

#endif
