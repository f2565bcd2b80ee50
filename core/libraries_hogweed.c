/* SPDX-License-Identifier: MPL-2.0 */
/* The functions of libhogweed and GMP that are called here; see core/libraries.h. By their full
 * names: the headers' short ones are macros. */

#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/pss.h>
#include <nettle/rsa.h>

#include "core/libraries.h"

#define HOGWEED(...) TRUST_LIBRARY_CALL(TRUST_LIBRARY_HOGWEED, __VA_ARGS__)
#define GMP(...) TRUST_LIBRARY_CALL(TRUST_LIBRARY_GMP, __VA_ARGS__)

HOGWEED(int, nettle_rsa_pkcs1_verify,
    (const struct rsa_public_key *key, size_t length, const uint8_t *digest_info,
	const mpz_t signature),
    (key, length, digest_info, signature))
HOGWEED(int, nettle_rsa_pss_sha256_verify_digest,
    (const struct rsa_public_key *key, size_t salt_length, const uint8_t *digest,
	const mpz_t signature),
    (key, salt_length, digest, signature))
HOGWEED(int, nettle_rsa_pss_sha384_verify_digest,
    (const struct rsa_public_key *key, size_t salt_length, const uint8_t *digest,
	const mpz_t signature),
    (key, salt_length, digest, signature))
HOGWEED(int, nettle_rsa_pss_sha512_verify_digest,
    (const struct rsa_public_key *key, size_t salt_length, const uint8_t *digest,
	const mpz_t signature),
    (key, salt_length, digest, signature))
HOGWEED(void, nettle_rsa_public_key_clear, (struct rsa_public_key * key), (key))
HOGWEED(void, nettle_rsa_public_key_init, (struct rsa_public_key * key), (key))
HOGWEED(int, nettle_rsa_public_key_prepare, (struct rsa_public_key * key), (key))
HOGWEED(void, nettle_dsa_params_clear, (struct dsa_params * params), (params))
HOGWEED(void, nettle_dsa_params_init, (struct dsa_params * params), (params))
HOGWEED(void, nettle_dsa_signature_clear, (struct dsa_signature * signature), (signature))
HOGWEED(void, nettle_dsa_signature_init, (struct dsa_signature * signature), (signature))
HOGWEED(int, nettle_dsa_verify,
    (const struct dsa_params *params, const mpz_t y, size_t digest_size, const uint8_t *digest,
	const struct dsa_signature *signature),
    (params, y, digest_size, digest, signature))
HOGWEED(void, nettle_ecc_point_clear, (struct ecc_point * p), (p))
HOGWEED(void, nettle_ecc_point_get, (const struct ecc_point *p, mpz_t x, mpz_t y), (p, x, y))
HOGWEED(void, nettle_ecc_point_init, (struct ecc_point * p, const struct ecc_curve *ecc), (p, ecc))
HOGWEED(void, nettle_ecc_point_mul_g, (struct ecc_point * r, const struct ecc_scalar *n), (r, n))
HOGWEED(int, nettle_ecc_point_set, (struct ecc_point * p, const mpz_t x, const mpz_t y), (p, x, y))
HOGWEED(void, nettle_ecc_scalar_clear, (struct ecc_scalar * s), (s))
HOGWEED(
    void, nettle_ecc_scalar_init, (struct ecc_scalar * s, const struct ecc_curve *ecc), (s, ecc))
HOGWEED(int, nettle_ecc_scalar_set, (struct ecc_scalar * s, const mpz_t z), (s, z))
HOGWEED(mp_size_t, nettle_ecc_size, (const struct ecc_curve *ecc), (ecc))
HOGWEED(int, nettle_ecdsa_verify,
    (const struct ecc_point *pub, size_t length, const uint8_t *digest,
	const struct dsa_signature *signature),
    (pub, length, digest, signature))
HOGWEED(void, nettle_ed25519_sha512_public_key, (uint8_t * pub, const uint8_t *priv), (pub, priv))
HOGWEED(int, nettle_ed25519_sha512_verify,
    (const uint8_t *pub, size_t length, const uint8_t *msg, const uint8_t *signature),
    (pub, length, msg, signature))
HOGWEED(const struct ecc_curve *, nettle_get_secp_256r1, (void), ())
HOGWEED(const struct ecc_curve *, nettle_get_secp_384r1, (void), ())
HOGWEED(const struct ecc_curve *, nettle_get_secp_521r1, (void), ())
HOGWEED(void, nettle_mpz_get_str_256, (size_t length, uint8_t *s, const mpz_t x), (length, s, x))
HOGWEED(
    void, nettle_mpz_init_set_str_256_u, (mpz_t x, size_t length, const uint8_t *s), (x, length, s))
HOGWEED(void, nettle_mpz_set_str_256_u, (mpz_t x, size_t length, const uint8_t *s), (x, length, s))

GMP(void, __gmpz_init, (mpz_ptr number), (number))
GMP(void, __gmpz_clear, (mpz_ptr number), (number))
GMP(int, __gmpz_cmp, (mpz_srcptr a, mpz_srcptr b), (a, b))
GMP(int, __gmpz_cmp_ui, (mpz_srcptr a, unsigned long b), (a, b))
GMP(size_t, __gmpz_size, (mpz_srcptr number), (number))
GMP(size_t, __gmpz_sizeinbase, (mpz_srcptr number, int base), (number, base))
GMP(mp_ptr, __gmpz_limbs_modify, (mpz_ptr number, mp_size_t limbs), (number, limbs))
