/* SPDX-License-Identifier: MPL-2.0 */
/* One walk over a certificate (RFC 5280 section 4.1): structure, and the few extensions that lists
 * and path building need. In the standard's order. */

#include "core/cert.h"

#include <string.h>

#include "core/der.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/oid.h"

static bool
malformed(struct trust_error *error, const char *what)
{
	return trust_fail(error, TRUST_INPUT_MALFORMED, NULL, "malformed certificate: %s", what);
}

/* ---- extensions that are decoded at once --------------------------------------------------- */

static bool
read_basic_constraints(struct trust_cert *cert, struct trust_bytes value)
{
	struct trust_der outer = trust_der_init(value);
	struct trust_der inner;
	uint64_t path_length = 0;

	if (!trust_der_enter(&outer, TRUST_DER_SEQUENCE, &inner))
		return false;
	cert->has_basic_constraints = true;
	if (trust_der_peek(&inner) == TRUST_DER_BOOLEAN && !trust_der_next_bool(&inner, &cert->ca))
		return false;
	if (!trust_der_at_end(&inner)) {
		if (!trust_der_next_uint(&inner, &path_length))
			return false;
		cert->path_length = path_length > 1000 ? 1000 : (int)path_length;
	}
	return trust_der_at_end(&inner) && trust_der_at_end(&outer);
}

static bool
read_key_usage(struct trust_cert *cert, struct trust_bytes value)
{
	struct trust_der der = trust_der_init(value);
	struct trust_der_element bits;

	if (!trust_der_expect(&der, TRUST_DER_BIT_STRING, &bits) || bits.content.size < 1 ||
	    bits.content.data[0] > 7 || !trust_der_at_end(&der))
		return false;
	cert->has_key_usage = true;
	for (unsigned bit = 0; bit < 9 && 1 + bit / 8 < bits.content.size; bit++)
		if (bits.content.data[1 + bit / 8] & (0x80 >> (bit % 8)))
			cert->key_usage |= 1u << bit;
	return true;
}

static bool
read_subject_key_id(struct trust_cert *cert, struct trust_bytes value)
{
	struct trust_der der = trust_der_init(value);
	struct trust_der_element id;

	if (!trust_der_expect(&der, TRUST_DER_OCTET_STRING, &id) || !trust_der_at_end(&der))
		return false;
	cert->subject_key_id = id.content;
	return true;
}

static bool
read_authority_key_id(struct trust_cert *cert, struct trust_bytes value)
{
	struct trust_der outer = trust_der_init(value);
	struct trust_der inner;
	struct trust_der_element id;

	if (!trust_der_enter(&outer, TRUST_DER_SEQUENCE, &inner))
		return false;
	if (trust_der_expect(&inner, TRUST_DER_CONTEXT_PRIMITIVE(0), &id))
		cert->authority_key_id = id.content;
	return true;
}

static const struct {
	uint8_t number; /* of id-ce: 2.5.29.x */
	bool (*read)(struct trust_cert *cert, struct trust_bytes value);
	const char *words;
} known_extensions[] = {
	{ 35, read_authority_key_id, "its authority key identifier" },
	{ 14, read_subject_key_id, "its subject key identifier" },
	{ 15, read_key_usage, "its key usage" },
	{ 19, read_basic_constraints, "its basic constraints" },
};

static bool
interpret_extension(
    struct trust_cert *cert, const struct trust_extension *extension, struct trust_error *error)
{
	const uint8_t *oid = extension->oid.data;

	if (extension->oid.size != 3 || oid[0] != 0x55 || oid[1] != 0x1d)
		return true;
	for (size_t i = 0; i < TRUST_COUNT(known_extensions); i++)
		if (oid[2] == known_extensions[i].number &&
		    !known_extensions[i].read(cert, extension->value)) {
			TRUST_AUTO_FREE char *what =
			    trust_printf("%s cannot be decoded", known_extensions[i].words);
			return malformed(error, what);
		}
	return true;
}

static bool
read_extension(struct trust_der *list, struct trust_extension *extension, struct trust_error *error)
{
	struct trust_der inner;
	struct trust_der_element oid;
	struct trust_der_element value;

	if (!trust_der_enter(list, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_OID, &oid) || oid.content.size == 0)
		return malformed(error, "an extension cannot be decoded");
	extension->critical = false;
	if (trust_der_peek(&inner) == TRUST_DER_BOOLEAN &&
	    !trust_der_next_bool(&inner, &extension->critical))
		return malformed(error, "an extension cannot be decoded");
	if (!trust_der_expect(&inner, TRUST_DER_OCTET_STRING, &value) || !trust_der_at_end(&inner))
		return malformed(error, "an extension cannot be decoded");
	extension->oid = oid.content;
	extension->value = value.content;
	return true;
}

static bool
read_extensions(struct trust_cert *cert, struct trust_der *tbs, struct trust_error *error)
{
	struct trust_der outer;
	struct trust_der list;
	struct trust_extension found[TRUST_MAX_EXTENSIONS];
	size_t count = 0;

	if (trust_der_peek(tbs) != TRUST_DER_CONTEXT(3))
		return true;
	if (!trust_der_enter(tbs, TRUST_DER_CONTEXT(3), &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &list) || !trust_der_at_end(&outer))
		return malformed(error, "its extensions cannot be decoded");
	for (; !trust_der_at_end(&list); count++) {
		if (count == TRUST_MAX_EXTENSIONS)
			return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
			    "the certificate has more than %d extensions", TRUST_MAX_EXTENSIONS);
		if (!read_extension(&list, &found[count], error))
			return false;
		for (size_t i = 0; i < count; i++)
			if (trust_bytes_equal(found[i].oid, found[count].oid)) {
				TRUST_AUTO_FREE char *oid = trust_oid_display(found[count].oid);
				TRUST_AUTO_FREE char *what =
				    trust_printf("extension '%s' appears twice", oid);
				return malformed(error, what);
			}
	}
	if (count)
		cert->extensions = trust_memdup(found, count * sizeof *found);
	cert->extension_count = count;
	for (size_t i = 0; i < count; i++)
		if (!interpret_extension(cert, &cert->extensions[i], error))
			return false;
	return true;
}

/* ---- the certificate ---------------------------------------------------------------------- */

static bool
read_version(struct trust_cert *cert, struct trust_der *tbs, struct trust_error *error)
{
	struct trust_der inner;
	uint64_t version = 0;

	if (trust_der_peek(tbs) == TRUST_DER_CONTEXT(0) &&
	    (!trust_der_enter(tbs, TRUST_DER_CONTEXT(0), &inner) ||
		!trust_der_next_uint(&inner, &version) || !trust_der_at_end(&inner)))
		return malformed(error, "its version cannot be decoded");
	if (version > 2)
		return malformed(error, "it has an unknown version");
	cert->version = (unsigned)version + 1;
	return true;
}

static bool
read_time(struct trust_der *der, struct trust_time *ret_time)
{
	struct trust_der_element element;
	return trust_der_next(der, &element) &&
	    trust_time_from_asn1(element.tag, element.content, ret_time);
}

static bool
read_key(struct trust_cert *cert, struct trust_der *tbs)
{
	struct trust_der_element spki;
	struct trust_der_element algorithm;

	if (!trust_der_expect(tbs, TRUST_DER_SEQUENCE, &spki))
		return false;
	cert->spki = spki.whole;
	struct trust_der inner = trust_der_init(spki.content);
	return trust_der_expect(&inner, TRUST_DER_SEQUENCE, &algorithm) &&
	    trust_der_next_bits(&inner, &cert->key_bits) && trust_der_at_end(&inner);
}

static bool
read_tbs(struct trust_cert *cert, struct trust_bytes content, struct trust_error *error)
{
	struct trust_der tbs = trust_der_init(content);
	struct trust_der validity;
	struct trust_der_element element;

	if (!read_version(cert, &tbs, error))
		return false;
	if (!trust_der_expect(&tbs, TRUST_DER_INTEGER, &element) || element.content.size == 0)
		return malformed(error, "it has no serial number");
	cert->serial = element.content;
	cert->serial_tlv = element.whole;
	if (!trust_der_expect(&tbs, TRUST_DER_SEQUENCE, &element))
		return malformed(error, "its signature algorithm cannot be decoded");
	cert->tbs_signature_algorithm = element.whole;
	if (!trust_der_expect(&tbs, TRUST_DER_SEQUENCE, &element))
		return malformed(error, "its issuer cannot be decoded");
	cert->issuer = element.whole;
	if (!trust_der_enter(&tbs, TRUST_DER_SEQUENCE, &validity) ||
	    !read_time(&validity, &cert->not_before) || !read_time(&validity, &cert->not_after))
		return malformed(error, "its validity cannot be decoded");
	if (!trust_der_expect(&tbs, TRUST_DER_SEQUENCE, &element))
		return malformed(error, "its subject cannot be decoded");
	cert->subject = element.whole;
	if (!read_key(cert, &tbs))
		return malformed(error, "its public key cannot be decoded");
	for (unsigned unique = 1; unique <= 2; unique++) /* issuerUniqueID, subjectUniqueID */
		if (trust_der_peek(&tbs) == TRUST_DER_CONTEXT_PRIMITIVE(unique) &&
		    !trust_der_next(&tbs, &element))
			return malformed(error, "its unique identifiers cannot be decoded");
	if (!read_extensions(cert, &tbs, error))
		return false;
	return trust_der_at_end(&tbs) || malformed(error, "it has unknown fields");
}

static bool
read_outer(struct trust_cert *cert, struct trust_error *error)
{
	struct trust_der_signed outer;
	const char *wrong = trust_der_read_signed(cert->der, &outer);

	if (wrong)
		return malformed(error, wrong);
	cert->tbs = outer.tbs.whole;
	cert->signature_algorithm = outer.algorithm;
	cert->signature = outer.signature;
	return read_tbs(cert, outer.tbs.content, error);
}

bool
trust_cert_decode(struct trust_bytes der, struct trust_cert **ret_cert, struct trust_error *error)
{
	if (der.size > TRUST_MAX_CERT_BYTES)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
		    "the certificate has %zu bytes, and the limit is %zu", der.size,
		    TRUST_MAX_CERT_BYTES);
	TRUST_AUTO(trust_cert) *cert = trust_alloc(sizeof *cert);
	cert->der = (struct trust_bytes){ trust_memdup(der.data, der.size), der.size };
	cert->path_length = -1;
	trust_sha256(der.data, der.size, cert->id);
	if (!read_outer(cert, error))
		return false;
	*ret_cert = trust_steal(&cert);
	return true;
}

void
trust_cert_free(struct trust_cert *cert)
{
	if (!cert)
		return;
	trust_free((void *)cert->der.data);
	trust_free(cert->extensions);
	trust_free(cert);
}

/* ---- predicates --------------------------------------------------------------------------- */

bool
trust_cert_is_ca(const struct trust_cert *cert)
{
	return cert->ca ||
	    (cert->version == 1 && !cert->has_basic_constraints &&
		trust_bytes_equal(cert->subject, cert->issuer));
}

bool
trust_cert_is_self_issued(const struct trust_cert *cert)
{
	if (!trust_bytes_equal(cert->subject, cert->issuer) &&
	    !trust_name_equal(cert->subject, cert->issuer))
		return false;
	return cert->authority_key_id.size == 0 || cert->subject_key_id.size == 0 ||
	    trust_bytes_equal(cert->authority_key_id, cert->subject_key_id);
}

bool
trust_cert_is_expired(const struct trust_cert *cert, struct trust_time at)
{
	return trust_time_compare(at, cert->not_after) > 0;
}

const struct trust_extension *
trust_cert_extension(const struct trust_cert *cert, const char *dotted_oid)
{
	for (size_t i = 0; i < cert->extension_count; i++)
		if (trust_oid_is(cert->extensions[i].oid, dotted_oid))
			return &cert->extensions[i];
	return NULL;
}

static bool
lists_purpose(const struct trust_cert *cert, const char *dotted_oid, bool *ret_absent)
{
	const struct trust_extension *usage =
	    trust_cert_extension(cert, TRUST_OID_EXTENDED_KEY_USAGE);
	struct trust_der list;
	struct trust_der_element purpose;

	*ret_absent = usage == NULL;
	if (!usage)
		return false;
	struct trust_der der = trust_der_init(usage->value);
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return false;
	while (trust_der_expect(&list, TRUST_DER_OID, &purpose))
		if (trust_oid_is(purpose.content, dotted_oid))
			return true;
	return false;
}

bool
trust_cert_has_purpose(const struct trust_cert *cert, const char *dotted_oid)
{
	bool absent = false;
	return lists_purpose(cert, dotted_oid, &absent);
}

bool
trust_cert_allows_purpose(const struct trust_cert *cert, const char *dotted_oid)
{
	bool absent = false;
	return lists_purpose(cert, dotted_oid, &absent) || absent ||
	    lists_purpose(cert, TRUST_OID_ANY_PURPOSE, &absent);
}
