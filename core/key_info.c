/* SPDX-License-Identifier: MPL-2.0 */
/* Private keys as NSS writes them and nobody else does; see key_info.h. */

#include "core/key_info.h"

#include "core/buffer.h"
#include "core/der.h"
#include "core/oid.h"
#include "core/secret.h"

#define ED25519_BYTES 32

/* The private value in PrivateKeyInfo { 0, { ecPublicKey, Ed25519 }, ECPrivateKey { 1, value }
 * }. */
static bool
read_value(struct trust_bytes pkcs8, struct trust_bytes *ret_value)
{
	struct trust_der whole = trust_der_init(pkcs8);
	struct trust_der info, algorithm, content, key;
	struct trust_der_element oid, curve, octets, value;
	uint64_t version = 0;

	if (!trust_der_enter(&whole, TRUST_DER_SEQUENCE, &info) ||
	    !trust_der_next_uint(&info, &version) ||
	    !trust_der_enter(&info, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid) ||
	    !trust_oid_is(oid.content, TRUST_OID_EC) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &curve) ||
	    !trust_oid_is(curve.content, TRUST_OID_ED25519) ||
	    !trust_der_expect(&info, TRUST_DER_OCTET_STRING, &octets))
		return false;
	content = trust_der_init(octets.content);
	if (!trust_der_enter(&content, TRUST_DER_SEQUENCE, &key) ||
	    !trust_der_next_uint(&key, &version) ||
	    !trust_der_expect(&key, TRUST_DER_OCTET_STRING, &value))
		return false;
	*ret_value = value.content;
	return value.content.size == ED25519_BYTES;
}

struct trust_secret *
trust_key_info_mend(struct trust_bytes pkcs8)
{
	struct trust_bytes value = { 0 };
	TRUST_AUTO_BUFFER algorithm;
	TRUST_AUTO_BUFFER inner;
	TRUST_AUTO_BUFFER info;
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&algorithm, 64);
	trust_buffer_init_secret(&inner, 64);
	trust_buffer_init_secret(&info, 128);
	trust_buffer_init_secret(&out, 128);
	if (!read_value(pkcs8, &value))
		return NULL;
	trust_der_put_oid(&algorithm, TRUST_OID_ED25519);
	trust_der_put_octets(&inner, value);
	trust_der_put_uint(&info, 0);
	trust_der_put(&info, TRUST_DER_SEQUENCE, trust_buffer_bytes(&algorithm));
	trust_der_put_octets(&info, trust_buffer_bytes(&inner));
	trust_der_put(&out, TRUST_DER_SEQUENCE, trust_buffer_bytes(&info));
	return trust_secret_new(out.data, out.size);
}
