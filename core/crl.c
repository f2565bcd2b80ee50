/* SPDX-License-Identifier: MPL-2.0 */
/* Certificate revocation lists; see crl.h. */

#include "core/crl.h"

#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/oid.h"

#define OID_DELTA_CRL "2.5.29.27"

void
trust_crl_free(struct trust_crl *crl)
{
	if (!crl)
		return;
	trust_free((void *)crl->der.data);
	trust_free(crl);
}

static bool
read_time(struct trust_der *der, struct trust_time *ret_time)
{
	struct trust_der_element time;

	return trust_der_next(der, &time) && trust_time_from_asn1(time.tag, time.content, ret_time);
}

/* revokedCertificates: only counted. */
static bool
read_entries(struct trust_der *list, struct trust_crl *crl)
{
	struct trust_der entries, entry;
	struct trust_der_element serial;

	if (trust_der_peek(list) != TRUST_DER_SEQUENCE)
		return true;
	if (!trust_der_enter(list, TRUST_DER_SEQUENCE, &entries))
		return false;
	while (trust_der_enter(&entries, TRUST_DER_SEQUENCE, &entry)) {
		if (!trust_der_expect(&entry, TRUST_DER_INTEGER, &serial))
			return false;
		crl->revoked++;
	}
	return trust_der_at_end(&entries);
}

static bool
read_extensions(struct trust_der *list, struct trust_crl *crl)
{
	struct trust_der outer, extensions, extension;
	struct trust_der_element oid;

	if (trust_der_at_end(list))
		return true;
	if (!trust_der_enter(list, TRUST_DER_CONTEXT(0), &outer) || !trust_der_at_end(list) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &extensions))
		return false;
	while (trust_der_enter(&extensions, TRUST_DER_SEQUENCE, &extension)) {
		if (!trust_der_expect(&extension, TRUST_DER_OID, &oid))
			return false;
		crl->delta |= trust_oid_is(oid.content, OID_DELTA_CRL);
	}
	return trust_der_at_end(&extensions);
}

static bool
read_list(struct trust_der *list, struct trust_crl *crl)
{
	struct trust_der_element element;
	uint64_t version = 0;

	if (trust_der_peek(list) == TRUST_DER_INTEGER &&
	    (!trust_der_next_uint(list, &version) || version != 1))
		return false;
	if (!trust_der_expect(list, TRUST_DER_SEQUENCE, &element))
		return false;
	crl->tbs_signature_algorithm = element.whole;
	if (!trust_der_expect(list, TRUST_DER_SEQUENCE, &element))
		return false;
	crl->issuer = element.whole;
	if (!read_time(list, &crl->this_update))
		return false;
	uint8_t tag = trust_der_peek(list);
	crl->has_next_update = tag == TRUST_DER_UTC_TIME || tag == TRUST_DER_GENERALIZED_TIME;
	if (crl->has_next_update && !read_time(list, &crl->next_update))
		return false;
	return read_entries(list, crl) && read_extensions(list, crl);
}

static bool
read_crl(struct trust_crl *crl)
{
	struct trust_der der = trust_der_init(crl->der);
	struct trust_der outer, list;
	struct trust_der_element element;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &outer) || !trust_der_at_end(&der) ||
	    !trust_der_expect(&outer, TRUST_DER_SEQUENCE, &element))
		return false;
	crl->tbs = element.whole;
	list = trust_der_init(element.content);
	if (!read_list(&list, crl) || !trust_der_expect(&outer, TRUST_DER_SEQUENCE, &element))
		return false;
	crl->signature_algorithm = element.whole;
	return trust_der_next_bits(&outer, &crl->signature) && trust_der_at_end(&outer);
}

bool
trust_crl_decode(struct trust_bytes der, struct trust_crl **ret_crl, struct trust_error *error)
{
	if (der.size > TRUST_MAX_FILE_BYTES)
		return trust_fail(
		    error, TRUST_INPUT_LIMIT, NULL, "the revocation list has %zu bytes", der.size);
	TRUST_AUTO(trust_crl) *crl = trust_alloc(sizeof *crl);
	crl->der = (struct trust_bytes) { trust_memdup(der.data, der.size), der.size };
	if (!read_crl(crl))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the revocation list is damaged");
	trust_sha256(der.data, der.size, crl->id);
	*ret_crl = trust_steal(&crl);
	return true;
}

enum trust_signature
trust_crl_signature_check(const struct trust_crl *crl, const struct trust_cert *issuer)
{
	const struct trust_signed data = {
		.algorithm = crl->signature_algorithm,
		.bytes = crl->tbs,
		.signature = crl->signature,
	};

	if (!trust_bytes_equal(crl->signature_algorithm, crl->tbs_signature_algorithm))
		return TRUST_SIGNATURE_BAD;
	return trust_signed_check(&data, issuer);
}

char *
trust_crl_words(const struct trust_crl *crl)
{
	TRUST_AUTO_FREE char *issuer = trust_name_display(crl->issuer);
	char date[32];

	trust_time_format_date(crl->this_update, date);
	return trust_printf(
	    "revocation list of %s, %zu revoked, of %s", issuer, crl->revoked, date);
}
