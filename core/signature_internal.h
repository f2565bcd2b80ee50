/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SIGNATURE_INTERNAL_H
#define TRUST_SIGNATURE_INTERNAL_H

/* A certificate's public key, read: for checking signatures (signature.c) and for matching private
 * keys (public_key.c). */

#include <nettle/ecc-curve.h>

#include "core/cert.h"
#include "core/signature.h"

struct trust_public_key {
	struct trust_bytes algorithm;  /* OID content */
	struct trust_bytes parameters; /* whole; empty when absent */
	struct trust_bytes curve;      /* OID content, EC only */
	struct trust_bytes bits;
	struct trust_bytes modulus; /* RSA, no leading zeros */
	struct trust_bytes exponent;
};

/* Views into the certificate. False when it cannot be decoded. */
bool trust_public_key_read(const struct trust_cert *cert, struct trust_public_key *key);
/* NULL for a curve that is not known here; its size in bytes. */
const struct ecc_curve *trust_public_key_curve(struct trust_bytes oid, size_t *ret_size);
/* The content of an INTEGER without leading zeros. */
struct trust_bytes trust_integer_bytes(struct trust_bytes bytes);
/* Its length in bits, as of an RSA modulus; 0 of zero. */
size_t trust_integer_bits(struct trust_bytes bytes);

#endif
