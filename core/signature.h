/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SIGNATURE_H
#define TRUST_SIGNATURE_H

/*
 * Checking the signature of one certificate with the key of another, by nettle: RSA (PKCS #1 v1.5
 * and PSS, SHA-1 to SHA-512), ECDSA on P-256, P-384 and P-521, Ed25519. Anything else is
 * "unsupported", which is never a yes.
 */

#include "core/base.h"

struct trust_cert;

enum trust_signature {
	TRUST_SIGNATURE_GOOD,
	TRUST_SIGNATURE_BAD,
	TRUST_SIGNATURE_UNSUPPORTED,
};

/* Anything signed; all borrowed. */
struct trust_signed {
	struct trust_bytes algorithm; /* AlgorithmIdentifier, whole */
	struct trust_bytes bytes;     /* what is signed */
	struct trust_bytes signature;
};
enum trust_signature trust_signed_check(
    const struct trust_signed *data, const struct trust_cert *signer);
/* Cost: 0.03 ms (RSA) to 1 ms (P-521). */
enum trust_signature trust_cert_signature_check(
    const struct trust_cert *cert, const struct trust_cert *issuer);
/* Does this PKCS #8 private key (DER) belong to the certificate's public key? */
bool trust_key_matches_cert(struct trust_bytes pkcs8, const struct trust_cert *cert);
/* The same as trust_cert_key_id(), from the private half (RSA, P-256 to P-521, Ed25519). */
bool trust_key_id(struct trust_bytes pkcs8, uint8_t ret_id[20]) TRUST_MUST_CHECK;
/* NSS's CKA_ID: SHA-1 of the public value (RSA modulus without leading zero, EC point). */
bool trust_cert_key_id(const struct trust_cert *cert, uint8_t ret_id[20]) TRUST_MUST_CHECK;

#endif
