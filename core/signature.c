/* SPDX-License-Identifier: MPL-2.0 */
/* Signatures of certificates, revocation lists and OCSP answers checked with nettle. What is not
 * decoded here is unsupported, and unsupported is never good. */

#include <string.h>

#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/pss.h>
#include <nettle/rsa.h>

#include "core/der.h"
#include "core/hash.h"
#include "core/oid.h"
#include "core/signature_internal.h"

/* Beyond this an RSA check takes seconds; no CA has keys of more than 8192 bits. */
#define MAX_RSA_BITS 16384
/* FIPS 186-4 ends at 3072. */
#define MAX_DSA_BITS 4096

/* ---- signature algorithms ------------------------------------------------------------------ */

enum scheme {
	SCHEME_RSA,
	SCHEME_PSS,
	SCHEME_ECDSA,
	SCHEME_ED25519,
	SCHEME_DSA,
};

static const struct {
	const char *oid;
	enum scheme scheme;
	enum trust_hash hash; /* not of PSS, which names it, nor of Ed25519, which has none */
} schemes[] = {
	{ "1.2.840.113549.1.1.5", SCHEME_RSA, TRUST_HASH_SHA1 },
	{ "1.2.840.113549.1.1.14", SCHEME_RSA, TRUST_HASH_SHA224 },
	{ "1.2.840.113549.1.1.11", SCHEME_RSA, TRUST_HASH_SHA256 },
	{ "1.2.840.113549.1.1.12", SCHEME_RSA, TRUST_HASH_SHA384 },
	{ "1.2.840.113549.1.1.13", SCHEME_RSA, TRUST_HASH_SHA512 },
	{ TRUST_OID_RSA_PSS, .scheme = SCHEME_PSS },
	{ "1.2.840.10045.4.1", SCHEME_ECDSA, TRUST_HASH_SHA1 },
	{ "1.2.840.10045.4.3.1", SCHEME_ECDSA, TRUST_HASH_SHA224 },
	{ "1.2.840.10045.4.3.2", SCHEME_ECDSA, TRUST_HASH_SHA256 },
	{ "1.2.840.10045.4.3.3", SCHEME_ECDSA, TRUST_HASH_SHA384 },
	{ "1.2.840.10045.4.3.4", SCHEME_ECDSA, TRUST_HASH_SHA512 },
	{ TRUST_OID_ED25519, .scheme = SCHEME_ED25519 },
	{ "1.2.840.10040.4.3", SCHEME_DSA, TRUST_HASH_SHA1 },
	{ "2.16.840.1.101.3.4.3.1", SCHEME_DSA, TRUST_HASH_SHA224 },
	{ "2.16.840.1.101.3.4.3.2", SCHEME_DSA, TRUST_HASH_SHA256 },
};

static size_t
digest_what(
    enum trust_hash hash, const struct trust_signed *what, uint8_t out[TRUST_HASH_MAX_BYTES])
{
	if (!what->digest)
		return trust_hash_digest(hash, what->tbs, out);
	memcpy(out, what->digest, trust_hash_size(hash));
	return trust_hash_size(hash);
}

static enum trust_signature
verdict(bool good)
{
	return good ? TRUST_SIGNATURE_GOOD : TRUST_SIGNATURE_BAD;
}

/* ---- RSA ----------------------------------------------------------------------------------- */

static bool
make_rsa(const struct trust_public_key *key, struct rsa_public_key *rsa)
{
	if (key->modulus.size == 0 || key->modulus.size > MAX_RSA_BITS / 8 ||
	    key->exponent.size > 8)
		return false;
	rsa_public_key_init(rsa);
	nettle_mpz_set_str_256_u(rsa->n, key->modulus.size, key->modulus.data);
	nettle_mpz_set_str_256_u(rsa->e, key->exponent.size, key->exponent.data);
	if (rsa_public_key_prepare(rsa))
		return true;
	rsa_public_key_clear(rsa);
	return false;
}

/* DigestInfo of RFC 8017 section 9.2, note 1: prefix, then the digest. */
static const uint8_t *
digest_prefix(enum trust_hash hash, size_t *ret_size)
{
	static const uint8_t sha1[] = { 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02,
		0x1a, 0x05, 0x00, 0x04, 0x14 };
	static const uint8_t sha2[][19] = {
		{ 0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
		    0x02, 0x04, 0x05, 0x00, 0x04, 0x1c },
		{ 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
		    0x02, 0x01, 0x05, 0x00, 0x04, 0x20 },
		{ 0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
		    0x02, 0x02, 0x05, 0x00, 0x04, 0x30 },
		{ 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
		    0x02, 0x03, 0x05, 0x00, 0x04, 0x40 },
	};

	*ret_size = hash == TRUST_HASH_SHA1 ? sizeof sha1 : sizeof sha2[0];
	return hash == TRUST_HASH_SHA1 ? sha1 : sha2[hash - TRUST_HASH_SHA224];
}

static enum trust_signature
check_rsa(const struct trust_signed *what, const struct trust_public_key *key, enum trust_hash hash)
{
	struct rsa_public_key rsa;
	uint8_t info[19 + 64];
	size_t prefix_size = 0;
	const uint8_t *prefix = digest_prefix(hash, &prefix_size);
	mpz_t signature;

	if (!make_rsa(key, &rsa))
		return TRUST_SIGNATURE_UNSUPPORTED;
	memcpy(info, prefix, prefix_size);
	size_t size = prefix_size + digest_what(hash, what, info + prefix_size);
	nettle_mpz_init_set_str_256_u(signature, what->signature.size, what->signature.data);
	bool good = what->signature.size == key->modulus.size &&
	    rsa_pkcs1_verify(&rsa, size, info, signature);
	mpz_clear(signature);
	rsa_public_key_clear(&rsa);
	return verdict(good);
}

/* RSASSA-PSS-params (RFC 4055 section 3.1): hash, MGF1 of the same hash, salt length. */
static bool
read_pss(const struct trust_signed *what, enum trust_hash *ret_hash, size_t *ret_salt)
{
	struct trust_der der = trust_der_init(what->algorithm);
	struct trust_der algorithm, parameters, outer, hash, mgf, mgf_hash;
	struct trust_der_element oid;
	struct trust_der_element mgf_oid;
	uint64_t salt = 20;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid) ||
	    !trust_der_enter(&algorithm, TRUST_DER_SEQUENCE, &parameters) ||
	    !trust_der_enter(&parameters, TRUST_DER_CONTEXT(0), &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &hash) ||
	    !trust_der_expect(&hash, TRUST_DER_OID, &oid) ||
	    !trust_der_enter(&parameters, TRUST_DER_CONTEXT(1), &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &mgf) ||
	    !trust_der_expect(&mgf, TRUST_DER_OID, &mgf_oid) ||
	    !trust_oid_is(mgf_oid.content, "1.2.840.113549.1.1.8") ||
	    !trust_der_enter(&mgf, TRUST_DER_SEQUENCE, &mgf_hash) ||
	    !trust_der_expect(&mgf_hash, TRUST_DER_OID, &mgf_oid) ||
	    !trust_bytes_equal(oid.content, mgf_oid.content))
		return false;
	if (trust_der_enter(&parameters, TRUST_DER_CONTEXT(2), &outer) &&
	    !trust_der_next_uint(&outer, &salt))
		return false;
	if (!trust_hash_from_oid(oid.content, ret_hash) || *ret_hash < TRUST_HASH_SHA256 ||
	    salt > 512)
		return false;
	*ret_salt = (size_t)salt;
	return true;
}

static enum trust_signature
check_pss(const struct trust_signed *what, const struct trust_public_key *key)
{
	struct rsa_public_key rsa;
	enum trust_hash hash = TRUST_HASH_SHA1;
	size_t salt = 0;
	uint8_t digest[TRUST_HASH_MAX_BYTES];
	mpz_t signature;
	bool good = false;

	if (!read_pss(what, &hash, &salt) || !make_rsa(key, &rsa))
		return TRUST_SIGNATURE_UNSUPPORTED;
	digest_what(hash, what, digest);
	nettle_mpz_init_set_str_256_u(signature, what->signature.size, what->signature.data);
	if (what->signature.size != key->modulus.size)
		good = false;
	else if (hash == TRUST_HASH_SHA256)
		good = rsa_pss_sha256_verify_digest(&rsa, salt, digest, signature);
	else if (hash == TRUST_HASH_SHA384)
		good = rsa_pss_sha384_verify_digest(&rsa, salt, digest, signature);
	else
		good = rsa_pss_sha512_verify_digest(&rsa, salt, digest, signature);
	mpz_clear(signature);
	rsa_public_key_clear(&rsa);
	return verdict(good);
}

/* ---- elliptic curves ----------------------------------------------------------------------- */

/* Uncompressed points only; ecc_point_set() refuses those not on the curve. */
static bool
set_point(struct ecc_point *point, struct trust_bytes bits, size_t size)
{
	mpz_t x;
	mpz_t y;

	if (bits.size != 1 + 2 * size || bits.data[0] != 4)
		return false;
	nettle_mpz_init_set_str_256_u(x, size, bits.data + 1);
	nettle_mpz_init_set_str_256_u(y, size, bits.data + 1 + size);
	bool good = ecc_point_set(point, x, y);
	mpz_clear(x);
	mpz_clear(y);
	return good;
}

static bool
set_signature(struct dsa_signature *signature, struct trust_bytes bytes)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der inner;
	struct trust_der_element r;
	struct trust_der_element s;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) || !trust_der_at_end(&der) ||
	    !trust_der_expect(&inner, TRUST_DER_INTEGER, &r) ||
	    !trust_der_expect(&inner, TRUST_DER_INTEGER, &s) || !trust_der_at_end(&inner) ||
	    r.content.size == 0 || r.content.size > 67 || s.content.size == 0 ||
	    s.content.size > 67 || (r.content.data[0] & 0x80) || (s.content.data[0] & 0x80))
		return false;
	nettle_mpz_set_str_256_u(signature->r, r.content.size, r.content.data);
	nettle_mpz_set_str_256_u(signature->s, s.content.size, s.content.data);
	return true;
}

static enum trust_signature
check_ecdsa(
    const struct trust_signed *what, const struct trust_public_key *key, enum trust_hash hash)
{
	size_t size = 0;
	const struct ecc_curve *curve = trust_public_key_curve(key->curve, &size);
	struct ecc_point point;
	struct dsa_signature signature;
	uint8_t digest[TRUST_HASH_MAX_BYTES];

	if (!curve)
		return TRUST_SIGNATURE_UNSUPPORTED;
	ecc_point_init(&point, curve);
	dsa_signature_init(&signature);
	/* nettle's ecdsa_verify() checks that r and s are in range. */
	bool good =
	    set_point(&point, key->bits, size) && set_signature(&signature, what->signature);
	if (good) {
		size_t digest_size = digest_what(hash, what, digest);
		good = ecdsa_verify(&point, digest_size, digest, &signature);
	}
	dsa_signature_clear(&signature);
	ecc_point_clear(&point);
	return verdict(good);
}

static enum trust_signature
check_ed25519(const struct trust_signed *what, const struct trust_public_key *key)
{
	if (key->bits.size != ED25519_KEY_SIZE || what->signature.size != ED25519_SIGNATURE_SIZE)
		return TRUST_SIGNATURE_BAD;
	return verdict(ed25519_sha512_verify(
	    key->bits.data, what->tbs.size, what->tbs.data, what->signature.data));
}

/* ---- DSA ----------------------------------------------------------------------------------- */

struct dsa_key {
	struct dsa_params params;
	mpz_t y;
};

static bool
next_number(struct trust_der *der, size_t most, mpz_t number)
{
	struct trust_der_element element;

	if (!trust_der_expect(der, TRUST_DER_INTEGER, &element) || element.content.size == 0 ||
	    element.content.size > most + 1 || (element.content.data[0] & 0x80))
		return false;
	nettle_mpz_set_str_256_u(number, element.content.size, element.content.data);
	return true;
}

/* Dss-Parms of RFC 3279 section 2.3.2; numbers that make no sense would make GMP divide by zero. */
static bool
read_dsa(const struct trust_public_key *key, struct dsa_key *dsa)
{
	struct trust_der der = trust_der_init(key->parameters);
	struct trust_der bits = trust_der_init(key->bits);
	struct trust_der list;

	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) &&
	    next_number(&list, MAX_DSA_BITS / 8, dsa->params.p) &&
	    next_number(&list, 64, dsa->params.q) &&
	    next_number(&list, MAX_DSA_BITS / 8, dsa->params.g) &&
	    next_number(&bits, MAX_DSA_BITS / 8, dsa->y) && mpz_odd_p(dsa->params.p) &&
	    mpz_odd_p(dsa->params.q) && mpz_sizeinbase(dsa->params.p, 2) >= 512 &&
	    mpz_sizeinbase(dsa->params.q, 2) >= 160 && mpz_cmp(dsa->params.q, dsa->params.p) < 0 &&
	    mpz_cmp_ui(dsa->params.g, 1) > 0 && mpz_cmp(dsa->params.g, dsa->params.p) < 0 &&
	    mpz_cmp_ui(dsa->y, 1) > 0 && mpz_cmp(dsa->y, dsa->params.p) < 0;
}

static enum trust_signature
check_dsa(const struct trust_signed *what, const struct trust_public_key *key, enum trust_hash hash)
{
	struct dsa_key dsa;
	struct dsa_signature signature;
	uint8_t digest[TRUST_HASH_MAX_BYTES];
	enum trust_signature result = TRUST_SIGNATURE_UNSUPPORTED;

	dsa_params_init(&dsa.params);
	mpz_init(dsa.y);
	dsa_signature_init(&signature);
	if (read_dsa(key, &dsa)) {
		size_t digest_size = digest_what(hash, what, digest);
		result = verdict(set_signature(&signature, what->signature) &&
		    dsa_verify(&dsa.params, dsa.y, digest_size, digest, &signature));
	}
	dsa_signature_clear(&signature);
	mpz_clear(dsa.y);
	dsa_params_clear(&dsa.params);
	return result;
}

/* ---- together ------------------------------------------------------------------------------ */

static bool
key_fits(struct trust_bytes algorithm, enum scheme scheme)
{
	switch (scheme) {
	case SCHEME_RSA:
		return trust_oid_is(algorithm, TRUST_OID_RSA);
	case SCHEME_PSS:
		return trust_oid_is(algorithm, TRUST_OID_RSA) ||
		    trust_oid_is(algorithm, TRUST_OID_RSA_PSS);
	case SCHEME_ECDSA:
		return trust_oid_is(algorithm, TRUST_OID_EC);
	case SCHEME_ED25519:
		return trust_oid_is(algorithm, TRUST_OID_ED25519);
	case SCHEME_DSA:
		return trust_oid_is(algorithm, TRUST_OID_DSA);
	}
	return false;
}

static enum trust_signature
check_by(const struct trust_signed *what, const struct trust_public_key *key, size_t row)
{
	if (!key_fits(key->algorithm, schemes[row].scheme))
		return TRUST_SIGNATURE_BAD;
	switch (schemes[row].scheme) {
	case SCHEME_RSA:
		return check_rsa(what, key, schemes[row].hash);
	case SCHEME_PSS:
		return check_pss(what, key);
	case SCHEME_ECDSA:
		return check_ecdsa(what, key, schemes[row].hash);
	case SCHEME_ED25519:
		return check_ed25519(what, key);
	case SCHEME_DSA:
		return check_dsa(what, key, schemes[row].hash);
	}
	return TRUST_SIGNATURE_UNSUPPORTED;
}

enum trust_signature
trust_signed_check(const struct trust_signed *what, const struct trust_cert *issuer,
    const struct trust_cert *parameters_of)
{
	struct trust_der der = trust_der_init(what->algorithm);
	struct trust_der algorithm;
	struct trust_der_element oid;
	struct trust_public_key key;
	struct trust_public_key other;

	/* RFC 5280 section 4.1.1.2: both fields name the same algorithm. */
	if (!trust_bytes_equal(what->algorithm, what->inner_algorithm) ||
	    !trust_der_enter(&der, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid) ||
	    !trust_public_key_read(issuer, &key))
		return TRUST_SIGNATURE_BAD;
	if (parameters_of && trust_cert_inherits_parameters(issuer) &&
	    trust_public_key_read(parameters_of, &other))
		key.parameters = other.parameters;
	for (size_t i = 0; i < TRUST_COUNT(schemes); i++)
		if (trust_oid_is(oid.content, schemes[i].oid))
			return check_by(what, &key, i);
	return TRUST_SIGNATURE_UNSUPPORTED;
}

static size_t
dsa_modulus_size(const struct trust_public_key *key)
{
	struct trust_der der = trust_der_init(key->parameters);
	struct trust_der list;
	struct trust_der_element p;

	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) &&
		trust_der_expect(&list, TRUST_DER_INTEGER, &p)
	    ? p.content.size
	    : 0;
}

/* Elliptic curves by the length of their points, RSA by the square of the modulus, with the largest
 * exponent, DSA likewise for two exponents of 512 bits; then the hash of what is signed. */
uint64_t
trust_signed_units(const struct trust_signed *what, const struct trust_cert *issuer)
{
	struct trust_public_key public;
	uint64_t size = issuer->key_bits.size;
	uint64_t units = size <= 140 ? 20 + size * 6 : size * size / 500 + 20;

	if (trust_public_key_read(issuer, &public) &&
	    trust_oid_is(public.algorithm, TRUST_OID_DSA)) {
		size = dsa_modulus_size(&public);
		units = 16 * (size * size / 500 + 20);
	}
	return units + (what->digest ? 0 : what->tbs.size / 256);
}

enum trust_signature
trust_signed_check_within(
    const struct trust_signed *what, const struct trust_cert *issuer, uint64_t *budget)
{
	uint64_t units = trust_signed_units(what, issuer);

	if (units > *budget) {
		*budget = 0;
		return TRUST_SIGNATURE_UNSUPPORTED;
	}
	*budget -= units;
	return trust_signed_check(what, issuer, NULL);
}

enum trust_signature
trust_cert_signature_check(const struct trust_cert *cert, const struct trust_cert *issuer)
{
	struct trust_signed what = trust_cert_signed(cert);
	return trust_signed_check(&what, issuer, NULL);
}

bool
trust_signed_digest(const struct trust_signed *what, uint8_t ret_digest[TRUST_HASH_MAX_BYTES])
{
	struct trust_der der = trust_der_init(what->algorithm);
	struct trust_der algorithm;
	struct trust_der_element oid;
	enum trust_hash hash = TRUST_HASH_SHA1;
	size_t salt = 0;
	bool known = false;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid))
		return false;
	for (size_t i = 0; i < TRUST_COUNT(schemes); i++)
		if (trust_oid_is(oid.content, schemes[i].oid)) {
			hash = schemes[i].hash;
			known = schemes[i].scheme == SCHEME_PSS
			    ? read_pss(what, &hash, &salt)
			    : schemes[i].scheme != SCHEME_ED25519;
		}
	if (known)
		trust_hash_digest(hash, what->tbs, ret_digest);
	return known;
}

struct trust_signed
trust_cert_signed(const struct trust_cert *cert)
{
	return (struct trust_signed){
		.tbs = cert->tbs,
		.algorithm = cert->signature_algorithm,
		.inner_algorithm = cert->tbs_signature_algorithm,
		.signature = cert->signature,
	};
}

bool
trust_cert_inherits_parameters(const struct trust_cert *cert)
{
	struct trust_public_key key;

	return trust_public_key_read(cert, &key) && trust_oid_is(key.algorithm, TRUST_OID_DSA) &&
	    (key.parameters.size == 0 || key.parameters.data[0] == TRUST_DER_NULL);
}
