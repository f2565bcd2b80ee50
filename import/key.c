/* SPDX-License-Identifier: MPL-2.0 */
/* Private keys: PrivateKeyInfo (RFC 5958) looked at, the traditional structures turned into it. */

#include "core/buffer.h"
#include "core/der.h"
#include "core/key_info.h"
#include "core/limits.h"
#include "core/oid.h"
#include "import/internal.h"

bool
import_is_key_info(struct trust_bytes bytes)
{
	return import_begins(bytes, "30>02=00.30>06") || import_begins(bytes, "30>02=01.30>06");
}

bool
import_is_encrypted_key(struct trust_bytes bytes)
{
	return import_begins(bytes, "30>30>06.30>") && import_begins(bytes, "30>30.04");
}

static bool
is_rsa(struct trust_bytes bytes)
{
	return import_begins(bytes, "30>02=00.02.02.02.02.");
}

/* Version 1 of RSAPrivateKey: it has more primes behind the usual numbers. */
static bool
has_more_primes(struct trust_bytes bytes)
{
	return import_begins(bytes, "30>02=01.02.02.02.02.");
}

static struct import_part *
refuse_more_primes(struct import_file *file, char *where)
{
	return import_add_refused(file, TRUST_INPUT_UNSUPPORTED, where,
	    "an RSA private key with more than two primes, which is not supported");
}

static bool
is_ec(struct trust_bytes bytes)
{
	return import_begins(bytes, "30>02=01.04.");
}

bool
import_is_traditional_key(struct trust_bytes bytes)
{
	return is_rsa(bytes) || has_more_primes(bytes) || is_ec(bytes);
}

/* ---- looking at a key ---------------------------------------------------------------------- */

/* RSAPrivateKey of two primes. *ret_modulus has no leading zeros. */
static bool
read_rsa(struct trust_bytes bytes, struct trust_bytes *ret_modulus)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der key;
	struct trust_der_element number;
	uint64_t version = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &key) || !trust_der_at_end(&der) ||
	    !trust_der_next_uint(&key, &version) || version != 0)
		return false;
	for (unsigned i = 0; i < 8; i++) {
		if (!trust_der_expect(&key, TRUST_DER_INTEGER, &number) ||
		    number.content.size == 0 || number.content.data[0] & 0x80)
			return false;
		if (i == 0)
			*ret_modulus = number.content;
	}
	while (ret_modulus->size > 1 && ret_modulus->data[0] == 0) {
		ret_modulus->data++;
		ret_modulus->size--;
	}
	return trust_der_at_end(&key);
}

/* ECPrivateKey. *ret_curve is the whole parameters element, empty when left out. */
static bool
read_ec(struct trust_bytes bytes, struct trust_bytes *ret_curve)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der key, parameters;
	struct trust_der_element element;
	uint64_t version = 0;

	*ret_curve = (struct trust_bytes){ 0 };
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &key) || !trust_der_at_end(&der) ||
	    !trust_der_next_uint(&key, &version) || version != 1 ||
	    !trust_der_expect(&key, TRUST_DER_OCTET_STRING, &element) || element.content.size == 0)
		return false;
	if (trust_der_enter(&key, TRUST_DER_CONTEXT(0), &parameters)) {
		if (!trust_der_next(&parameters, &element))
			return false;
		*ret_curve = element.whole;
	}
	return true;
}

/* Words for a good key, owned by the caller; NULL when it is not as its algorithm wants it. */
static char *
key_words(const struct trust_key_info *info)
{
	TRUST_AUTO_FREE char *words = trust_oid_display(info->oid);
	struct trust_bytes part = { 0 };

	if (trust_oid_is(info->oid, TRUST_OID_RSA) || trust_oid_is(info->oid, TRUST_OID_RSA_PSS)) {
		if (!read_rsa(info->key, &part))
			return NULL;
		unsigned bits = (unsigned)(8 * part.size);
		for (uint8_t top = part.data[0]; bits > 0 && !(top & 0x80);
		     top = (uint8_t)(top << 1 | 1))
			bits--;
		return trust_printf("%s %u bits", words, bits);
	}
	if (trust_oid_is(info->oid, TRUST_OID_EC)) {
		if (!read_ec(info->key, &part))
			return NULL;
		if (info->curve.size == 0)
			return trust_strdup("EC with explicit parameters");
		TRUST_AUTO_FREE char *curve = trust_oid_display(info->curve);
		return trust_printf("EC %s", curve);
	}
	return trust_steal(&words);
}

struct import_part *
import_add_key(struct import_file *file, struct trust_bytes pkcs8, char *where)
{
	struct trust_key_info info;
	TRUST_AUTO_FREE char *words = NULL;
	TRUST_AUTO(trust_secret) *mended = trust_key_info_mend(pkcs8);

	if (mended)
		pkcs8 = (struct trust_bytes){ mended->bytes, mended->size };
	TRUST_AUTO(trust_secret) *complete = trust_key_info_complete(pkcs8);
	if (complete)
		pkcs8 = (struct trust_bytes){ complete->bytes, complete->size };
	bool is_read = trust_key_info_read(pkcs8, &info);
	if (is_read && has_more_primes(info.key) && trust_oid_is(info.oid, TRUST_OID_RSA))
		return refuse_more_primes(file, where);
	if (!is_read || !(words = key_words(&info)))
		return import_add_refused(
		    file, TRUST_INPUT_MALFORMED, where, "the private key is damaged");
	struct import_part *part = import_add_part(file, IMPORT_KEY);
	if (!part) {
		trust_free(where);
		return NULL;
	}
	part->where = where;
	part->key_words = trust_steal(&words);
	part->pkcs8 = trust_secret_new(pkcs8.data, pkcs8.size);
	return part;
}

/* ---- the traditional structures ------------------------------------------------------------- */

/* parameters: the element behind the OID, whole */
static struct trust_secret *
wrap(const char *oid, struct trust_bytes parameters, struct trust_bytes key)
{
	TRUST_AUTO_BUFFER parts;
	TRUST_AUTO_BUFFER algorithm;

	trust_buffer_init(&parts, TRUST_MAX_CERT_BYTES);
	trust_buffer_init(&algorithm, TRUST_MAX_CERT_BYTES);
	trust_der_put_oid(&parts, oid);
	trust_buffer_append(&parts, parameters.data, parameters.size);
	trust_der_put(&algorithm, TRUST_DER_SEQUENCE, trust_buffer_bytes(&parts));
	return trust_key_info_make(trust_buffer_bytes(&algorithm), key);
}

static bool
from_rsa(struct trust_bytes der, struct trust_secret **ret_pkcs8)
{
	static const uint8_t null[] = { TRUST_DER_NULL, 0 };
	struct trust_bytes modulus = { 0 };

	if (!read_rsa(der, &modulus))
		return false;
	*ret_pkcs8 = wrap(TRUST_OID_RSA, (struct trust_bytes){ null, sizeof null }, der);
	return true;
}

static bool
from_ec(struct trust_bytes der, struct trust_secret **ret_pkcs8)
{
	struct trust_bytes curve = { 0 };

	if (!read_ec(der, &curve) || curve.size == 0 || curve.size > 4096)
		return false;
	*ret_pkcs8 = wrap(TRUST_OID_EC, curve, der);
	return true;
}

/* OpenSSL's own structure: version, p, q, g, public and private value, and no more. */
static bool
is_dsa(struct trust_bytes der)
{
	struct trust_der outer = trust_der_init(der);
	struct trust_der key;
	struct trust_der_element element;
	int numbers = 0;

	if (!trust_der_enter(&outer, TRUST_DER_SEQUENCE, &key))
		return false;
	while (trust_der_expect(&key, TRUST_DER_INTEGER, &element))
		numbers++;
	return numbers == 6 && trust_der_at_end(&key);
}

struct import_part *
import_add_plain_key(struct import_file *file, struct trust_bytes der, char *where)
{
	TRUST_AUTO(trust_secret) *made = NULL;

	if (is_dsa(der))
		return import_add_skipped(file, where, "a DSA private key, which is outdated");
	if (has_more_primes(der))
		return refuse_more_primes(file, where);
	if (is_rsa(der) && !from_rsa(der, &made))
		return import_add_refused(
		    file, TRUST_INPUT_MALFORMED, where, "the RSA private key is damaged");
	if (is_ec(der) && !from_ec(der, &made))
		return import_add_refused(file, TRUST_INPUT_MALFORMED, where,
		    "the EC private key is damaged or does not name its curve");
	if (made)
		der = (struct trust_bytes){ made->bytes, made->size };
	return import_add_key(file, der, where);
}

bool
import_key_as_rsa(struct import_part *part)
{
	static const uint8_t null[] = { TRUST_DER_NULL, 0 };
	struct trust_key_info info;
	struct trust_bytes modulus = { 0 };

	if (part->kind != IMPORT_KEY ||
	    !trust_key_info_read(
		(struct trust_bytes){ part->pkcs8->bytes, part->pkcs8->size }, &info) ||
	    !trust_oid_is(info.oid, TRUST_OID_RSA_PSS) || !read_rsa(info.key, &modulus))
		return false;
	struct trust_secret *plain =
	    wrap(TRUST_OID_RSA, (struct trust_bytes){ null, sizeof null }, info.key);
	trust_secret_free(part->pkcs8);
	part->pkcs8 = plain;
	return true;
}
