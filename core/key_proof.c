/* SPDX-License-Identifier: MPL-2.0 */
/* Is the private key that a store keeps for a certificate alive, and its own? It signs something,
 * and the certificate says whether that fits. */

#include "core/cert.h"
#include "core/change.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/place.h"
#include "core/signature_internal.h"

/* AlgorithmIdentifier of RFC 8017 and RFC 5758: what the worker signs with, by kind of key. */
static const uint8_t rsa_sha256[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x01, 0x0b, 0x05, 0x00 };
static const uint8_t ecdsa_sha256[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04,
	0x03, 0x02 };

static bool
signing_algorithm(const struct trust_cert *cert, struct trust_bytes *ret_algorithm)
{
	struct trust_public_key key;

	if (!trust_public_key_read(cert, &key))
		return false;
	if (trust_oid_is(key.algorithm, TRUST_OID_RSA))
		*ret_algorithm = (struct trust_bytes){ rsa_sha256, sizeof rsa_sha256 };
	else if (trust_oid_is(key.algorithm, TRUST_OID_EC))
		*ret_algorithm = (struct trust_bytes){ ecdsa_sha256, sizeof ecdsa_sha256 };
	else
		return false;
	return true;
}

bool
trust_store_prove_key(const struct trust_place *place, const struct trust_cert *cert,
    const struct trust_asker *asker, bool *ret_fits, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *signature = NULL;
	uint8_t challenge[32];
	struct trust_bytes data = { challenge, sizeof challenge };
	struct trust_bytes algorithm;

	if (!signing_algorithm(cert, &algorithm))
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "keys of this kind are not tried: only RSA and EC are");
	trust_random(challenge, sizeof challenge);
	if (!trust_store_sign(place, cert->id, asker, data, &signature, error))
		return false;
	const struct trust_signed what = {
		.tbs = data,
		.algorithm = algorithm,
		.inner_algorithm = algorithm,
		.signature = { signature->bytes, signature->size },
	};
	*ret_fits = trust_signed_check(&what, cert, NULL) == TRUST_SIGNATURE_GOOD;
	return true;
}
