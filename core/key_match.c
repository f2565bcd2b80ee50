/* SPDX-License-Identifier: MPL-2.0 */
/* Private keys matched to certificates by their public half, with nettle. */

#include <string.h>

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/eddsa.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/key_info.h"
#include "core/oid.h"
#include "core/signature.h"
#include "core/signature_internal.h"

bool
trust_cert_key_id(const struct trust_cert *cert, uint8_t ret_id[20])
{
	struct trust_public_key key;
	struct trust_bytes value;

	if (!trust_public_key_read(cert, &key))
		return false;
	value = key.modulus.size ? key.modulus : key.bits;
	if (trust_oid_is(key.algorithm, TRUST_OID_DSA)) {
		struct trust_der der = trust_der_init(key.bits);
		struct trust_der_element y;
		if (!trust_der_expect(&der, TRUST_DER_INTEGER, &y))
			return false;
		value = trust_integer_bytes(y.content);
	}
	trust_sha1(value.data, value.size, ret_id);
	return true;
}

/* GMP and nettle free without zeroing. */
static void
wipe_number(mpz_t number)
{
	size_t limbs = mpz_size(number);
	if (limbs)
		explicit_bzero(
		    mpz_limbs_modify(number, (mp_size_t)limbs), limbs * sizeof(mp_limb_t));
	mpz_clear(number);
}

static void
wipe_scalar(struct ecc_scalar *scalar)
{
	explicit_bzero(scalar->p, (size_t)ecc_size(scalar->ecc) * sizeof(mp_limb_t));
	ecc_scalar_clear(scalar);
}

/* The uncompressed point of an EC private key; 0: not one of our curves, or damaged. */
static size_t
ec_point(const struct trust_key_info *private, uint8_t ret_point[TRUST_MAX_POINT_BYTES])
{
	struct trust_der der = trust_der_init(private->key);
	struct trust_der inner;
	struct trust_der_element scalar;
	uint64_t version = 0;
	size_t size = 0;
	const struct ecc_curve *curve = trust_public_key_curve(private->curve, &size);
	struct ecc_scalar d;
	struct ecc_point derived;
	mpz_t number, x, y;

	if (!curve || !trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_next_uint(&inner, &version) ||
	    !trust_der_expect(&inner, TRUST_DER_OCTET_STRING, &scalar) || scalar.content.size > 67)
		return 0;
	ecc_scalar_init(&d, curve);
	ecc_point_init(&derived, curve);
	mpz_init(x);
	mpz_init(y);
	nettle_mpz_init_set_str_256_u(number, scalar.content.size, scalar.content.data);
	bool good = ecc_scalar_set(&d, number);
	if (good) {
		ecc_point_mul_g(&derived, &d);
		ecc_point_get(&derived, x, y);
		ret_point[0] = 4;
		nettle_mpz_get_str_256(size, ret_point + 1, x);
		nettle_mpz_get_str_256(size, ret_point + 1 + size, y);
	}
	wipe_number(number);
	mpz_clear(x);
	mpz_clear(y);
	ecc_point_clear(&derived);
	wipe_scalar(&d);
	return good ? 1 + 2 * size : 0;
}

size_t
trust_key_point(struct trust_bytes pkcs8, uint8_t ret_point[TRUST_MAX_POINT_BYTES])
{
	struct trust_key_info private;

	if (!trust_key_info_read(pkcs8, &private) || !trust_oid_is(private.oid, TRUST_OID_EC))
		return 0;
	return ec_point(&private, ret_point);
}

static bool
rsa_modulus(const struct trust_key_info *private, struct trust_bytes *ret_modulus)
{
	struct trust_der der = trust_der_init(private->key);
	struct trust_der inner;
	struct trust_der_element modulus;
	uint64_t version = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_next_uint(&inner, &version) ||
	    !trust_der_expect(&inner, TRUST_DER_INTEGER, &modulus) || modulus.content.size == 0)
		return false;
	*ret_modulus = trust_integer_bytes(modulus.content);
	return true;
}

bool
trust_key_id(struct trust_bytes pkcs8, uint8_t ret_id[20])
{
	struct trust_key_info private;
	struct trust_bytes value = { 0 };
	uint8_t bytes[1 + 2 * 66];

	if (!trust_key_info_read(pkcs8, &private))
		return false;
	if (trust_oid_is(private.oid, TRUST_OID_RSA) ||
	    trust_oid_is(private.oid, TRUST_OID_RSA_PSS)) {
		if (!rsa_modulus(&private, &value))
			return false;
	} else if (trust_oid_is(private.oid, TRUST_OID_EC)) {
		value = (struct trust_bytes){ bytes, ec_point(&private, bytes) };
	} else if (trust_oid_is(private.oid, TRUST_OID_ED25519)) {
		struct trust_der der = trust_der_init(private.key);
		struct trust_der_element seed;
		if (!trust_der_expect(&der, TRUST_DER_OCTET_STRING, &seed) ||
		    seed.content.size != ED25519_KEY_SIZE)
			return false;
		ed25519_sha512_public_key(bytes, seed.content.data);
		value = (struct trust_bytes){ bytes, ED25519_KEY_SIZE };
	}
	if (value.size == 0)
		return false;
	trust_sha1(value.data, value.size, ret_id);
	return true;
}

bool
trust_key_matches_cert(struct trust_bytes pkcs8, const struct trust_cert *cert)
{
	struct trust_key_info private;
	struct trust_public_key public;
	uint8_t of_key[TRUST_SHA1_BYTES];
	uint8_t of_cert[TRUST_SHA1_BYTES];

	if (!trust_key_info_read(pkcs8, &private) || !trust_public_key_read(cert, &public))
		return false;
	bool rsa = trust_oid_is(private.oid, TRUST_OID_RSA_PSS) ||
	    trust_oid_is(private.oid, TRUST_OID_RSA);
	if (rsa ? public.modulus.size == 0 : !trust_bytes_equal(private.oid, public.algorithm))
		return false;
	return trust_key_id(pkcs8, of_key) && trust_cert_key_id(cert, of_cert) &&
	    memcmp(of_key, of_cert, sizeof of_key) == 0;
}
