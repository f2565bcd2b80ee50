/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SIGNATURE_H
#define TRUST_SIGNATURE_H

/*
 * Checking what was signed with the key of a certificate, by nettle: RSA (PKCS #1 v1.5 and PSS,
 * SHA-1 to SHA-512), ECDSA on P-256, P-384 and P-521, Ed25519, DSA. Anything else is "unsupported",
 * which is never a yes. Whether an algorithm is strong enough is not asked here.
 */

#include "core/base.h"
#include "core/hash.h"

struct trust_cert;

enum trust_signature {
	TRUST_SIGNATURE_GOOD,
	TRUST_SIGNATURE_BAD,
	TRUST_SIGNATURE_UNSUPPORTED,
};

/* Cost: 0.03 ms (RSA) to 1 ms (P-521). */
enum trust_signature trust_cert_signature_check(
    const struct trust_cert *cert, const struct trust_cert *issuer);

/* Something that carries a signature: a certificate, a revocation list, an OCSP answer. */
struct trust_signed {
	struct trust_bytes tbs;
	struct trust_bytes algorithm; /* AlgorithmIdentifier, whole */
	struct trust_bytes
	    inner_algorithm;          /* must be the same; give `algorithm` where there is none */
	struct trust_bytes signature; /* bits */
	const uint8_t *digest;        /* borrowed; what trust_signed_digest() made; NULL: not yet */
};
/* The digest that the algorithm wants, made once for what is large and checked often. False: the
 * algorithm has none of its own. */
bool trust_signed_digest(
    const struct trust_signed *what, uint8_t ret_digest[TRUST_HASH_MAX_BYTES]) TRUST_MUST_CHECK;
struct trust_signed trust_cert_signed(const struct trust_cert *cert); /* borrows from cert */
/*
 * parameters_of  the certificate above whose DSA parameters count where the issuer's key has none
 *                (RFC 5280 section 6.1.4 (f)); only one of the same path may be named here; NULL:
 * none
 */
enum trust_signature trust_signed_check(const struct trust_signed *what,
    const struct trust_cert *issuer, const struct trust_cert *parameters_of);
/* About what the check costs at most, in microseconds; the same on any machine. */
uint64_t trust_signed_units(const struct trust_signed *what, const struct trust_cert *issuer);
/* The same check, of a budget of such units. Where too little is left, *budget becomes 0 and the
 * answer is UNSUPPORTED. */
enum trust_signature trust_signed_check_within(
    const struct trust_signed *what, const struct trust_cert *issuer, uint64_t *budget);
/* A DSA key without parameters: what it signed can be checked within a path only. */
bool trust_cert_inherits_parameters(const struct trust_cert *cert);

/* Does this PKCS #8 private key (DER) belong to the certificate's public key? */
bool trust_key_matches_cert(struct trust_bytes pkcs8, const struct trust_cert *cert);
/* The same as trust_cert_key_id(), from the private half (RSA, P-256 to P-521, Ed25519). */
bool trust_key_id(struct trust_bytes pkcs8, uint8_t ret_id[20]) TRUST_MUST_CHECK;
/* The uncompressed public point of a PKCS #8 EC key; its size, or 0: of another kind, damaged, or
 * on none of our curves (P-256 to P-521). */
#define TRUST_MAX_POINT_BYTES (1 + 2 * 66)
size_t trust_key_point(struct trust_bytes pkcs8, uint8_t ret_point[TRUST_MAX_POINT_BYTES]);
/* NSS's CKA_ID: SHA-1 of the public value (RSA modulus without leading zero, EC point). */
bool trust_cert_key_id(const struct trust_cert *cert, uint8_t ret_id[20]) TRUST_MUST_CHECK;

#endif
