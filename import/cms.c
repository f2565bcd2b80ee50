/* SPDX-License-Identifier: MPL-2.0 */
/* Signed messages; see cms.h. Of several signers the first one counts. */

#include "import/cms.h"

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/oid.h"
#include "import/internal.h"
#include "import/pkcs12.h"

#define OID_CONTENT_TYPE "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define MAX_CERTS 64

void
import_cms_done(struct import_cms *cms)
{
	for (size_t i = 0; i < cms->cert_count; i++)
		trust_cert_free(cms->certs[i]);
	trust_free(cms->certs);
	trust_secret_free(cms->der);
	*cms = (struct import_cms){ 0 };
}

/* ---- digests and algorithms ------------------------------------------------------------------ */

/* CMS may name the key's algorithm alone, and the digest apart. */
static struct trust_bytes
whole_algorithm(struct trust_bytes algorithm, enum trust_hash hash, struct trust_buffer *made)
{
	static const char *const rsa[] = {
		[TRUST_HASH_SHA1] = "1.2.840.113549.1.1.5",
		[TRUST_HASH_SHA224] = "1.2.840.113549.1.1.14",
		[TRUST_HASH_SHA256] = "1.2.840.113549.1.1.11",
		[TRUST_HASH_SHA384] = "1.2.840.113549.1.1.12",
		[TRUST_HASH_SHA512] = "1.2.840.113549.1.1.13",
	};
	static const char *const ec[] = {
		[TRUST_HASH_SHA1] = "1.2.840.10045.4.1",
		[TRUST_HASH_SHA224] = "1.2.840.10045.4.3.1",
		[TRUST_HASH_SHA256] = "1.2.840.10045.4.3.2",
		[TRUST_HASH_SHA384] = "1.2.840.10045.4.3.3",
		[TRUST_HASH_SHA512] = "1.2.840.10045.4.3.4",
	};
	struct trust_der der = trust_der_init(algorithm);
	struct trust_der inner;
	struct trust_der_element oid;
	TRUST_AUTO_BUFFER content;

	trust_buffer_init(&content, 64);
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_OID, &oid))
		return algorithm;
	bool is_rsa = trust_oid_is(oid.content, TRUST_OID_RSA);
	if (!is_rsa && !trust_oid_is(oid.content, TRUST_OID_EC))
		return algorithm;
	trust_der_put_oid(&content, is_rsa ? rsa[hash] : ec[hash]);
	trust_der_put(made, TRUST_DER_SEQUENCE, trust_buffer_bytes(&content));
	return trust_buffer_bytes(made);
}

/* ---- signers ------------------------------------------------------------------------------- */

struct signer {
	struct trust_bytes issuer; /* and serial; or key_id */
	struct trust_bytes serial;
	struct trust_bytes key_id;
	enum trust_hash hash;
	bool known_hash;
	struct trust_bytes attributes; /* [0] whole; empty: none */
	struct trust_bytes algorithm;
	struct trust_bytes signature;
};

static bool
read_name(struct trust_der *info, struct signer *signer)
{
	struct trust_der name;
	struct trust_der_element element;

	if (trust_der_expect(info, TRUST_DER_CONTEXT_PRIMITIVE(0), &element)) {
		signer->key_id = element.content;
		return true;
	}
	if (!trust_der_enter(info, TRUST_DER_SEQUENCE, &name) ||
	    !trust_der_expect(&name, TRUST_DER_SEQUENCE, &element))
		return false;
	signer->issuer = element.whole;
	if (!trust_der_expect(&name, TRUST_DER_INTEGER, &element))
		return false;
	signer->serial = element.whole;
	return true;
}

static bool
read_signer(struct trust_der *infos, struct signer *signer)
{
	struct trust_der info, digest;
	struct trust_der_element element;
	uint64_t version = 0;

	*signer = (struct signer){ 0 };
	if (!trust_der_enter(infos, TRUST_DER_SEQUENCE, &info) ||
	    !trust_der_next_uint(&info, &version) || !read_name(&info, signer) ||
	    !trust_der_enter(&info, TRUST_DER_SEQUENCE, &digest) ||
	    !trust_der_expect(&digest, TRUST_DER_OID, &element))
		return false;
	signer->known_hash = trust_hash_from_oid(element.content, &signer->hash);
	if (trust_der_expect(&info, TRUST_DER_CONTEXT(0), &element))
		signer->attributes = element.whole;
	if (!trust_der_expect(&info, TRUST_DER_SEQUENCE, &element))
		return false;
	signer->algorithm = element.whole;
	if (!trust_der_expect(&info, TRUST_DER_OCTET_STRING, &element))
		return false;
	signer->signature = element.content;
	return true;
}

static const struct trust_cert *
find_signer(const struct import_cms *cms, const struct signer *signer)
{
	for (size_t i = 0; i < cms->cert_count; i++) {
		const struct trust_cert *cert = cms->certs[i];
		if (signer->key_id.size ? trust_bytes_equal(cert->subject_key_id, signer->key_id)
					: trust_bytes_equal(cert->issuer, signer->issuer) &&
			    trust_bytes_equal(cert->serial_tlv, signer->serial))
			return cert;
	}
	return NULL;
}

/* The signed attributes must name this content's digest (RFC 5652 section 5.4). */
static bool
attributes_fit(const struct import_cms *cms, const struct signer *signer)
{
	struct trust_der der = trust_der_init(signer->attributes);
	struct trust_der list, attribute, values;
	struct trust_der_element oid, value;
	uint8_t digest[TRUST_HASH_MAX_BYTES];
	bool fits = false;
	bool typed = false;

	if (!trust_der_enter(&der, TRUST_DER_CONTEXT(0), &list))
		return false;
	size_t size = trust_hash_digest(signer->hash, cms->content, digest);
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &attribute)) {
		if (!trust_der_expect(&attribute, TRUST_DER_OID, &oid) ||
		    !trust_der_enter(&attribute, TRUST_DER_SET, &values) ||
		    !trust_der_next(&values, &value))
			return false;
		if (trust_oid_is(oid.content, OID_MESSAGE_DIGEST))
			fits = value.content.size == size &&
			    memcmp(value.content.data, digest, size) == 0;
		else if (trust_oid_is(oid.content, OID_CONTENT_TYPE))
			typed = trust_oid_is(value.content, IMPORT_OID_DATA);
	}
	return fits && typed;
}

static enum trust_signature
check(const struct import_cms *cms, const struct signer *signer)
{
	TRUST_AUTO_BUFFER algorithm;
	struct trust_signed data = { .tbs = cms->content, .signature = signer->signature };

	trust_buffer_init(&algorithm, 128);
	if (!signer->known_hash)
		return TRUST_SIGNATURE_UNSUPPORTED;
	data.algorithm = whole_algorithm(signer->algorithm, signer->hash, &algorithm);
	data.inner_algorithm = data.algorithm;
	if (!signer->attributes.size)
		return trust_signed_check(&data, cms->signer, NULL);
	if (!attributes_fit(cms, signer))
		return TRUST_SIGNATURE_BAD;
	/* What is signed is the list with its own tag, not with [0]. */
	TRUST_AUTO_FREE uint8_t *set =
	    trust_memdup(signer->attributes.data, signer->attributes.size);
	set[0] = TRUST_DER_SET;
	data.tbs = (struct trust_bytes){ set, signer->attributes.size };
	return trust_signed_check(&data, cms->signer, NULL);
}

/* ---- the message --------------------------------------------------------------------------- */

static void
read_certs(struct trust_der *data, struct import_cms *cms)
{
	struct trust_der members;
	struct trust_der_element element;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	cms->certs = trust_alloc_array(MAX_CERTS, sizeof(struct trust_cert *));
	if (!trust_der_enter(data, TRUST_DER_CONTEXT(0), &members))
		return;
	while (cms->cert_count < MAX_CERTS && trust_der_next(&members, &element)) {
		if (trust_cert_decode(element.whole, &cms->certs[cms->cert_count], &ignored))
			cms->cert_count++;
		trust_error_clear(&ignored);
	}
}

/* As far as the content; *ret_data is behind it. */
static bool
read_content(
    const struct trust_secret *bytes, struct trust_bytes *ret_content, struct trust_der *ret_data)
{
	struct trust_der der = trust_der_init((struct trust_bytes){ bytes->bytes, bytes->size });
	struct trust_der outer, content, encapsulated, octets;
	struct trust_der_element element;
	uint64_t version = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &outer) ||
	    !trust_der_expect(&outer, TRUST_DER_OID, &element) ||
	    !trust_der_enter(&outer, TRUST_DER_CONTEXT(0), &content) ||
	    !trust_der_enter(&content, TRUST_DER_SEQUENCE, ret_data) ||
	    !trust_der_next_uint(ret_data, &version) ||
	    !trust_der_expect(ret_data, TRUST_DER_SET, &element) ||
	    !trust_der_enter(ret_data, TRUST_DER_SEQUENCE, &encapsulated) ||
	    !trust_der_expect(&encapsulated, TRUST_DER_OID, &element) ||
	    !trust_der_enter(&encapsulated, TRUST_DER_CONTEXT(0), &octets) ||
	    !trust_der_expect(&octets, TRUST_DER_OCTET_STRING, &element))
		return false;
	*ret_content = element.content;
	return true;
}

bool
import_cms_content(struct trust_bytes bytes, struct import_cms *ret_cms)
{
	struct trust_der data;

	*ret_cms = (struct import_cms){ .der = import_pkcs12_der(bytes) };
	return ret_cms->der && read_content(ret_cms->der, &ret_cms->content, &data);
}

static bool
read_message(struct import_cms *cms)
{
	struct trust_der data, infos;
	struct trust_der_element element;
	struct signer signer;

	if (!read_content(cms->der, &cms->content, &data))
		return false;
	read_certs(&data, cms);
	(void)!trust_der_expect(&data, TRUST_DER_CONTEXT(1), &element);
	if (!trust_der_enter(&data, TRUST_DER_SET, &infos))
		return false;
	if (trust_der_at_end(&infos))
		return true;
	if (!read_signer(&infos, &signer))
		return false;
	cms->is_signed = true;
	cms->signer = find_signer(cms, &signer);
	if (cms->signer)
		cms->verdict = check(cms, &signer);
	return true;
}

bool
import_cms_read(struct trust_bytes bytes, struct import_cms *ret_cms, struct trust_error *error)
{
	*ret_cms = (struct import_cms){ .der = import_pkcs12_der(bytes) };
	if (ret_cms->der && read_message(ret_cms))
		return true;
	return trust_fail(
	    error, TRUST_INPUT_MALFORMED, NULL, "the signed message is cut short or damaged");
}
