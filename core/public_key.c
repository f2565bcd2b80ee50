/* SPDX-License-Identifier: MPL-2.0 */
/* Public keys of certificates read, and matched to private keys. */

#include <string.h>

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/eddsa.h>

#include "core/der.h"
#include "core/oid.h"
#include "core/signature_internal.h"

struct trust_bytes
trust_integer_bytes(struct trust_bytes bytes)
{
	while (bytes.size > 1 && bytes.data[0] == 0) {
		bytes.data++;
		bytes.size--;
	}
	return bytes;
}

size_t
trust_integer_bits(struct trust_bytes bytes)
{
	struct trust_bytes number = trust_integer_bytes(bytes);
	size_t bits = number.size * 8;

	for (uint8_t top = number.size ? number.data[0] : 0x80; bits && !(top & 0x80);
	     top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

static bool
read_rsa(struct trust_bytes bits, struct trust_public_key *key)
{
	struct trust_der der = trust_der_init(bits);
	struct trust_der inner;
	struct trust_der_element modulus;
	struct trust_der_element exponent;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_INTEGER, &modulus) ||
	    !trust_der_expect(&inner, TRUST_DER_INTEGER, &exponent) || modulus.content.size == 0 ||
	    exponent.content.size == 0)
		return false;
	key->modulus = trust_integer_bytes(modulus.content);
	key->exponent = trust_integer_bytes(exponent.content);
	return true;
}

bool
trust_public_key_read(const struct trust_cert *cert, struct trust_public_key *key)
{
	struct trust_der der = trust_der_init(cert->spki);
	struct trust_der spki;
	struct trust_der algorithm;
	struct trust_der_element oid;
	struct trust_der_element curve;

	*key = (struct trust_public_key){ .bits = cert->key_bits };
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &spki) ||
	    !trust_der_enter(&spki, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid))
		return false;
	key->algorithm = oid.content;
	struct trust_der rest = algorithm;
	if (trust_der_next(&rest, &curve))
		key->parameters = curve.whole;
	if (trust_oid_is(oid.content, TRUST_OID_RSA) ||
	    trust_oid_is(oid.content, TRUST_OID_RSA_PSS))
		return read_rsa(cert->key_bits, key);
	if (trust_oid_is(oid.content, TRUST_OID_EC) &&
	    trust_der_expect(&algorithm, TRUST_DER_OID, &curve))
		key->curve = curve.content;
	return true;
}

const struct ecc_curve *
trust_public_key_curve(struct trust_bytes oid, size_t *ret_size)
{
	if (trust_oid_is(oid, TRUST_OID_P256)) {
		*ret_size = 32;
		return nettle_get_secp_256r1();
	}
	if (trust_oid_is(oid, TRUST_OID_P384)) {
		*ret_size = 48;
		return nettle_get_secp_384r1();
	}
	if (trust_oid_is(oid, TRUST_OID_P521)) {
		*ret_size = 66;
		return nettle_get_secp_521r1();
	}
	return NULL;
}
