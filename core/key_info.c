/* SPDX-License-Identifier: MPL-2.0 */
/* Private keys made into what their reader takes; see key_info.h. */

#include "core/key_info.h"

#include "core/buffer.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/secret.h"
#include "core/signature.h"

#define ED25519_BYTES 32

struct trust_secret *
trust_key_info_make(struct trust_bytes algorithm, struct trust_bytes key)
{
	TRUST_AUTO_BUFFER info;
	TRUST_AUTO_BUFFER out;

	trust_buffer_init_secret(&info, TRUST_MAX_FILE_BYTES);
	trust_buffer_init_secret(&out, TRUST_MAX_FILE_BYTES);
	trust_der_put_uint(&info, 0);
	trust_buffer_append(&info, algorithm.data, algorithm.size);
	trust_der_put_octets(&info, key);
	trust_der_put(&out, TRUST_DER_SEQUENCE, trust_buffer_bytes(&info));
	return trust_secret_new(out.data, out.size);
}

bool
trust_key_info_read(struct trust_bytes pkcs8, struct trust_key_info *ret_info)
{
	struct trust_der whole = trust_der_init(pkcs8);
	struct trust_der info;
	struct trust_der_element algorithm, oid, curve, key, more;
	struct trust_key_info found = { 0 };

	if (!trust_der_enter(&whole, TRUST_DER_SEQUENCE, &info) || !trust_der_at_end(&whole) ||
	    !trust_der_next_uint(&info, &found.version) || found.version > 1 ||
	    !trust_der_expect(&info, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&info, TRUST_DER_OCTET_STRING, &key) || key.content.size == 0)
		return false;
	while (!trust_der_at_end(&info)) /* attributes, public key */
		if (!trust_der_next(&info, &more))
			return false;
	struct trust_der parts = trust_der_init(algorithm.content);
	if (!trust_der_expect(&parts, TRUST_DER_OID, &oid))
		return false;
	if (trust_der_expect(&parts, TRUST_DER_OID, &curve))
		found.curve = curve.content;
	found.algorithm = algorithm.whole;
	found.oid = oid.content;
	found.key = key.content;
	*ret_info = found;
	return true;
}

/* ---- what NSS gives out -------------------------------------------------------------------- */

struct trust_secret *
trust_key_info_mend(struct trust_bytes pkcs8)
{
	struct trust_key_info info;
	struct trust_der content, parts;
	struct trust_der_element value;
	uint64_t version = 0;
	TRUST_AUTO_BUFFER algorithm;
	TRUST_AUTO_BUFFER key;

	trust_buffer_init(&algorithm, 64);
	trust_buffer_init_secret(&key, 64);
	if (!trust_key_info_read(pkcs8, &info) || !trust_oid_is(info.oid, TRUST_OID_EC) ||
	    !trust_oid_is(info.curve, TRUST_OID_ED25519))
		return NULL;
	content = trust_der_init(info.key);
	if (!trust_der_enter(&content, TRUST_DER_SEQUENCE, &parts) ||
	    !trust_der_next_uint(&parts, &version) ||
	    !trust_der_expect(&parts, TRUST_DER_OCTET_STRING, &value) ||
	    value.content.size != ED25519_BYTES)
		return NULL;
	TRUST_AUTO_BUFFER oid;
	trust_buffer_init(&oid, 64);
	trust_der_put_oid(&oid, TRUST_OID_ED25519);
	trust_der_put(&algorithm, TRUST_DER_SEQUENCE, trust_buffer_bytes(&oid));
	trust_der_put_octets(&key, value.content);
	return trust_key_info_make(trust_buffer_bytes(&algorithm), trust_buffer_bytes(&key));
}

/* ---- what NSS takes ------------------------------------------------------------------------ */

/* ECPrivateKey with its [1] publicKey, in out. False: it has one, or is none of our curves. */
static bool
add_public_half(
    struct trust_bytes pkcs8, const struct trust_key_info *info, struct trust_buffer *out)
{
	struct trust_der der = trust_der_init(info->key);
	struct trust_der_element element;
	uint8_t bits[1 + TRUST_MAX_POINT_BYTES] = { 0 }; /* no unused bits, then the point */
	size_t point = 0;

	if (!trust_oid_is(info->oid, TRUST_OID_EC) ||
	    !trust_der_expect(&der, TRUST_DER_SEQUENCE, &element))
		return false;
	const struct trust_bytes parts = element.content;
	struct trust_der inner = trust_der_init(parts);
	while (trust_der_next(&inner, &element))
		if (element.tag == TRUST_DER_CONTEXT(1))
			return false;
	if (!trust_der_at_end(&inner) || !(point = trust_key_point(pkcs8, bits + 1)))
		return false;
	TRUST_AUTO_BUFFER content;
	TRUST_AUTO_BUFFER bit_string;
	trust_buffer_init_secret(&content, TRUST_MAX_FILE_BYTES);
	trust_buffer_init(&bit_string, sizeof bits + 8);
	trust_buffer_append(&content, parts.data, parts.size);
	trust_der_put(&bit_string, TRUST_DER_BIT_STRING, (struct trust_bytes){ bits, 1 + point });
	trust_der_put(&content, TRUST_DER_CONTEXT(1), trust_buffer_bytes(&bit_string));
	trust_der_put(out, TRUST_DER_SEQUENCE, trust_buffer_bytes(&content));
	return true;
}

struct trust_secret *
trust_key_info_complete(struct trust_bytes pkcs8)
{
	struct trust_key_info info;
	TRUST_AUTO_BUFFER key;

	trust_buffer_init_secret(&key, TRUST_MAX_FILE_BYTES);
	if (!trust_key_info_read(pkcs8, &info))
		return NULL;
	if (add_public_half(pkcs8, &info, &key))
		return trust_key_info_make(info.algorithm, trust_buffer_bytes(&key));
	return info.version == 0 ? NULL : trust_key_info_make(info.algorithm, info.key);
}
