/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SIGNATURE_INTERNAL_H
#define TRUST_SIGNATURE_INTERNAL_H

/* Public keys of certificates in pieces, for signature.c and key_match.c. */

#include "core/base.h"

struct ecc_curve;
struct trust_cert;

struct trust_public_key {
	struct trust_bytes algorithm; /* OID content */
	struct trust_bytes curve;     /* OID content, EC only */
	struct trust_bytes bits;
	struct trust_bytes modulus; /* RSA, no leading zeros */
	struct trust_bytes exponent;
};

/* Everything borrowed from the certificate. */
bool trust_public_key_read(
    const struct trust_cert *cert, struct trust_public_key *ret_key) TRUST_MUST_CHECK;
struct trust_bytes trust_without_zeros(struct trust_bytes bytes);
/* NULL: not one of ours. *ret_size: bytes of a coordinate. */
const struct ecc_curve *trust_ecc_curve(struct trust_bytes oid, size_t *ret_size);

#endif
