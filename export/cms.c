/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Signed messages: SignedData of one signer with its content in it (RFC 5652 section 5), SHA-256,
 * with signed attributes. The signature is made elsewhere, by the key where it lies.
 */

#include <string.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/hash.h"
#include "core/oid.h"
#include "core/progress.h"
#include "export/internal.h"

#define OID_SHA256 "2.16.840.1.101.3.4.2.1"
#define OID_ECDSA_SHA256 "1.2.840.10045.4.3.2"
#define OID_CONTENT_TYPE "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define OID_SIGNING_TIME "1.2.840.113549.1.9.5"

/* Parameters that are absent (RFC 5754 section 2, RFC 5753 section 7.1.3). */
static const struct trust_buffer absent = { 0 };

/* UTCTime until 2049, as RFC 5652 section 11.3 wants it. */
static void
put_time(struct trust_buffer *out, struct trust_time at)
{
	char words[32]; /* 2026-11-24T14:59:35Z */
	char digits[16];
	size_t size = 0;

	trust_time_format(at, words);
	for (const char *c = words; *c && size < sizeof digits; c++)
		if ((*c >= '0' && *c <= '9') || *c == 'Z')
			digits[size++] = *c;
	bool utc = memcmp(words, "1950", 4) >= 0 && memcmp(words, "2050", 4) < 0;
	size_t skipped = utc ? 2 : 0;
	trust_der_put(out, utc ? TRUST_DER_UTC_TIME : TRUST_DER_GENERALIZED_TIME,
	    (struct trust_bytes){ (const uint8_t *)digits + skipped, size - skipped });
}

/* The attributes as a SET, which is what is signed; in the message their tag is [0]. */
static void
put_attributes(
    struct trust_buffer *out, const struct export_signer *signer, struct trust_bytes content)
{
	uint8_t digest[TRUST_SHA256_BYTES];
	struct trust_buffer list[3];
	TRUST_AUTO_BUFFER value;

	export_begin(&value);
	for (size_t i = 0; i < TRUST_COUNT(list); i++)
		export_begin(&list[i]);
	trust_der_put_oid(&value, OID_DATA);
	export_put_attribute(&list[0], OID_CONTENT_TYPE, &value);
	put_time(&value, signer->at);
	export_put_attribute(&list[1], OID_SIGNING_TIME, &value);
	trust_sha256(content.data, content.size, digest);
	trust_der_put_octets(&value, (struct trust_bytes){ digest, sizeof digest });
	export_put_attribute(&list[2], OID_MESSAGE_DIGEST, &value);
	export_append_sorted(out, list, TRUST_COUNT(list));
	for (size_t i = 0; i < TRUST_COUNT(list); i++)
		trust_buffer_done(&list[i]);
	export_wrap(out, TRUST_DER_SET);
}

static void
put_name(struct trust_buffer *out, const struct trust_cert *cert)
{
	TRUST_AUTO_BUFFER name;

	export_begin(&name);
	trust_buffer_append(&name, cert->issuer.data, cert->issuer.size);
	trust_buffer_append(&name, cert->serial_tlv.data, cert->serial_tlv.size);
	export_wrap(&name, TRUST_DER_SEQUENCE);
	export_append(out, &name);
}

static bool
is_rsa(const struct trust_cert *cert)
{
	struct trust_der der = trust_der_init(cert->spki);
	struct trust_der info;
	struct trust_der algorithm;
	struct trust_der_element oid;

	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &info) &&
	    trust_der_enter(&info, TRUST_DER_SEQUENCE, &algorithm) &&
	    trust_der_expect(&algorithm, TRUST_DER_OID, &oid) &&
	    trust_oid_is(oid.content, TRUST_OID_RSA);
}

static bool
put_signer_info(struct trust_buffer *out, const struct export_signer *signer,
    struct trust_bytes content, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *signature = NULL;
	TRUST_AUTO_BUFFER attributes;

	export_begin(&attributes);
	put_attributes(&attributes, signer, content);
	if (!signer->sign(signer->context, trust_buffer_bytes(&attributes), &signature, error))
		return false;
	attributes.data[0] = TRUST_DER_CONTEXT(0);
	trust_der_put_uint(out, 1);
	put_name(out, signer->certs[0]);
	export_put_algorithm(out, OID_SHA256, &absent);
	export_append(out, &attributes);
	if (is_rsa(signer->certs[0]))
		export_put_algorithm(out, TRUST_OID_RSA, NULL);
	else
		export_put_algorithm(out, OID_ECDSA_SHA256, &absent);
	trust_der_put_octets(out, (struct trust_bytes){ signature->bytes, signature->size });
	export_wrap(out, TRUST_DER_SEQUENCE);
	export_wrap(out, TRUST_DER_SET);
	return true;
}

void
export_put_cert_set(struct trust_buffer *out, const struct trust_cert *const *certs, size_t count)
{
	TRUST_AUTO_FREE struct trust_buffer *list = trust_alloc_array(count, sizeof *list);
	TRUST_AUTO_BUFFER set;

	export_begin(&set);
	for (size_t i = 0; i < count; i++) {
		trust_progress_tell("certificates encoded", i, count);
		export_begin(&list[i]);
		trust_buffer_append(&list[i], certs[i]->der.data, certs[i]->der.size);
	}
	export_append_sorted(&set, list, count);
	for (size_t i = 0; i < count; i++)
		trust_buffer_done(&list[i]);
	export_wrap(&set, TRUST_DER_CONTEXT(0));
	export_append(out, &set);
}

bool
export_cms(const struct export_signer *signer, struct trust_bytes content,
    struct trust_buffer *ret_bytes, struct trust_error *error)
{
	TRUST_AUTO_BUFFER data;
	TRUST_AUTO_BUFFER digests;
	TRUST_AUTO_BUFFER octets;
	TRUST_AUTO_BUFFER infos;

	export_begin(&data);
	export_begin(&digests);
	export_begin(&octets);
	export_begin(&infos);
	if (!put_signer_info(&infos, signer, content, error))
		return false;
	export_put_algorithm(&digests, OID_SHA256, &absent);
	export_wrap(&digests, TRUST_DER_SET);
	trust_der_put_octets(&octets, content);
	trust_der_put_uint(&data, 1);
	export_append(&data, &digests);
	export_put_typed(&data, OID_DATA, &octets, NULL);
	export_put_cert_set(&data, signer->certs, signer->count);
	export_append(&data, &infos);
	export_wrap(&data, TRUST_DER_SEQUENCE);
	export_put_typed(ret_bytes, OID_SIGNED_DATA, &data, NULL);
	return true;
}
