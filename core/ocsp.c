/* SPDX-License-Identifier: MPL-2.0 */
/* OCSP responses decoded. Who may answer, and how fresh an answer must be, is in verdict_ocsp.c. */

#include "core/ocsp.h"

#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/der.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/signature.h"

#define OID_BASIC "1.3.6.1.5.5.7.48.1.1"
#define OID_NONCE "1.3.6.1.5.5.7.48.1.2"

static bool
malformed(struct trust_error *error, const char *what)
{
	return trust_fail(
	    error, TRUST_INPUT_MALFORMED, NULL, "the OCSP response is malformed: %s", what);
}

static bool
read_time(struct trust_der *der, struct trust_time *ret_time)
{
	struct trust_der_element element;
	return trust_der_expect(der, TRUST_DER_GENERALIZED_TIME, &element) &&
	    trust_time_from_asn1(element.tag, element.content, ret_time);
}

/* Extensions ::= [1] EXPLICIT, of a single answer or of the response; nobody here needs one. */
static bool
read_extensions(struct trust_der *der, bool *ret_unknown)
{
	struct trust_der outer, list, inner;
	struct trust_der_element oid;
	bool critical = false;

	if (trust_der_peek(der) != TRUST_DER_CONTEXT(1))
		return true;
	if (!trust_der_enter(der, TRUST_DER_CONTEXT(1), &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &list))
		return false;
	while (!trust_der_at_end(&list)) {
		critical = false;
		if (!trust_der_enter(&list, TRUST_DER_SEQUENCE, &inner) ||
		    !trust_der_expect(&inner, TRUST_DER_OID, &oid) ||
		    (trust_der_peek(&inner) == TRUST_DER_BOOLEAN &&
			!trust_der_next_bool(&inner, &critical)))
			return false;
		*ret_unknown |= critical && !trust_oid_is(oid.content, OID_NONCE);
	}
	return true;
}

/* ---- one answer ---------------------------------------------------------------------------- */

static bool
read_cert_id(struct trust_der *der, struct trust_ocsp_single *single)
{
	struct trust_der id, algorithm;
	struct trust_der_element element;

	if (!trust_der_enter(der, TRUST_DER_SEQUENCE, &id) ||
	    !trust_der_enter(&id, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &element))
		return false;
	single->hash = element.content;
	if (!trust_der_expect(&id, TRUST_DER_OCTET_STRING, &element))
		return false;
	single->issuer_name = element.content;
	if (!trust_der_expect(&id, TRUST_DER_OCTET_STRING, &element))
		return false;
	single->issuer_key = element.content;
	if (!trust_der_expect(&id, TRUST_DER_INTEGER, &element) || element.content.size == 0)
		return false;
	single->serial = element.content;
	return trust_der_at_end(&id);
}

static bool
read_status(struct trust_der *der, struct trust_ocsp_single *single)
{
	struct trust_der info, outer;
	struct trust_der_element element;

	if (trust_der_enter(der, TRUST_DER_CONTEXT(1), &info)) {
		single->status = TRUST_OCSP_REVOKED;
		if (!read_time(&info, &single->when))
			return false;
		if (trust_der_at_end(&info))
			return true;
		if (!trust_der_enter(&info, TRUST_DER_CONTEXT(0), &outer) ||
		    !trust_der_expect(&outer, 0x0a, &element) || element.content.size != 1)
			return false;
		single->reason = element.content.data[0];
		return trust_der_at_end(&info);
	}
	if (!trust_der_next(der, &element))
		return false;
	single->status =
	    element.tag == TRUST_DER_CONTEXT_PRIMITIVE(0) ? TRUST_OCSP_GOOD : TRUST_OCSP_UNKNOWN;
	return element.tag == TRUST_DER_CONTEXT_PRIMITIVE(0) ||
	    element.tag == TRUST_DER_CONTEXT_PRIMITIVE(2);
}

static bool
read_single(struct trust_der *list, struct trust_ocsp_single *single)
{
	struct trust_der der, outer;

	*single = (struct trust_ocsp_single){ 0 };
	if (!trust_der_enter(list, TRUST_DER_SEQUENCE, &der) || !read_cert_id(&der, single) ||
	    !read_status(&der, single) || !read_time(&der, &single->this_update))
		return false;
	if (trust_der_enter(&der, TRUST_DER_CONTEXT(0), &outer)) {
		single->has_next_update = true;
		if (!read_time(&outer, &single->next_update))
			return false;
	}
	return read_extensions(&der, &single->unknown_critical) && trust_der_at_end(&der);
}

/* ---- the response -------------------------------------------------------------------------- */

static bool
read_responder(struct trust_ocsp *ocsp, struct trust_der *der)
{
	struct trust_der inner;
	struct trust_der_element element;

	if (trust_der_enter(der, TRUST_DER_CONTEXT(1), &inner)) {
		if (!trust_der_expect(&inner, TRUST_DER_SEQUENCE, &element))
			return false;
		ocsp->responder_name = element.whole;
		return trust_der_at_end(&inner);
	}
	if (!trust_der_enter(der, TRUST_DER_CONTEXT(2), &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_OCTET_STRING, &element) ||
	    element.content.size != TRUST_SHA1_BYTES)
		return false;
	ocsp->responder_key = element.content;
	return trust_der_at_end(&inner);
}

static bool
read_data(struct trust_ocsp *ocsp, struct trust_bytes content, struct trust_error *error)
{
	struct trust_der data = trust_der_init(content);
	struct trust_der version, list;
	struct trust_time produced_at; /* says nothing beside each answer's own date */
	uint64_t number = 0;

	if (trust_der_enter(&data, TRUST_DER_CONTEXT(0), &version) &&
	    (!trust_der_next_uint(&version, &number) || number != 0))
		return malformed(error, "it has an unknown version");
	if (!read_responder(ocsp, &data) || !read_time(&data, &produced_at))
		return malformed(error, "its responder or date cannot be decoded");
	if (!trust_der_enter(&data, TRUST_DER_SEQUENCE, &list))
		return malformed(error, "it has no answers");
	while (!trust_der_at_end(&list)) {
		if (ocsp->single_count == TRUST_MAX_OCSP_ANSWERS)
			return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
			    "the OCSP response has more than %d answers", TRUST_MAX_OCSP_ANSWERS);
		ocsp->singles =
		    trust_grow_array(ocsp->singles, ocsp->single_count + 1, sizeof *ocsp->singles);
		if (!read_single(&list, &ocsp->singles[ocsp->single_count]))
			return malformed(error, "an answer cannot be decoded");
		ocsp->single_count++;
	}
	if (!read_extensions(&data, &ocsp->unknown_critical) || !trust_der_at_end(&data))
		return malformed(error, "its extensions cannot be decoded");
	return true;
}

/* What does not decode cannot be the responder's. */
static void
read_certs(struct trust_ocsp *ocsp, struct trust_der *der)
{
	struct trust_der outer, list;
	struct trust_der_element element;

	if (!trust_der_enter(der, TRUST_DER_CONTEXT(0), &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &list))
		return;
	ocsp->certs = trust_alloc_array(TRUST_MAX_OCSP_CERTS, sizeof(struct trust_cert *));
	for (int i = 0; i < TRUST_MAX_OCSP_CERTS && trust_der_next(&list, &element); i++) {
		TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
		if (trust_cert_decode(element.whole, &ocsp->certs[ocsp->cert_count], &ignored))
			ocsp->cert_count++;
	}
}

static bool
read_basic(struct trust_ocsp *ocsp, struct trust_bytes bytes, struct trust_error *error)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der basic;
	struct trust_der_element data;
	struct trust_der_element algorithm;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &basic) || !trust_der_at_end(&der) ||
	    !trust_der_expect(&basic, TRUST_DER_SEQUENCE, &data) ||
	    !trust_der_expect(&basic, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_next_bits(&basic, &ocsp->signature))
		return malformed(error, "its signed part cannot be decoded");
	ocsp->tbs = data.whole;
	ocsp->algorithm = algorithm.whole;
	read_certs(ocsp, &basic);
	return read_data(ocsp, data.content, error);
}

static bool
read_outer(struct trust_ocsp *ocsp, struct trust_error *error)
{
	static const char *const refusals[] = { [1] = "malformed request",
		[2] = "internal error",
		[3] = "try later",
		[5] = "the request must be signed",
		[6] = "not authorised" };
	struct trust_der der = trust_der_init(ocsp->der);
	struct trust_der response, outer, bytes;
	struct trust_der_element element;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &response) || !trust_der_at_end(&der) ||
	    !trust_der_expect(&response, 0x0a, &element) || element.content.size != 1)
		return malformed(error, "it is no OCSP response");
	uint8_t status = element.content.data[0];
	if (status != 0)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "the OCSP response is a refusal: %s",
		    status < TRUST_COUNT(refusals) && refusals[status] ? refusals[status]
								       : "of unknown kind");
	if (!trust_der_enter(&response, TRUST_DER_CONTEXT(0), &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &bytes) ||
	    !trust_der_expect(&bytes, TRUST_DER_OID, &element))
		return malformed(error, "it has no answer");
	if (!trust_oid_is(element.content, OID_BASIC))
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "the OCSP response is of an unknown type");
	if (!trust_der_expect(&bytes, TRUST_DER_OCTET_STRING, &element))
		return malformed(error, "it has no answer");
	return read_basic(ocsp, element.content, error);
}

bool
trust_ocsp_decode(struct trust_bytes der, struct trust_ocsp **ret_ocsp, struct trust_error *error)
{
	if (der.size > TRUST_MAX_OCSP_BYTES)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
		    "the OCSP response has %zu bytes, and the limit is %zu", der.size,
		    TRUST_MAX_OCSP_BYTES);
	TRUST_AUTO(trust_ocsp) *ocsp = trust_alloc(sizeof *ocsp);
	ocsp->der = (struct trust_bytes){ trust_memdup(der.data, der.size), der.size };
	trust_sha256(der.data, der.size, ocsp->id);
	if (!read_outer(ocsp, error))
		return false;
	*ret_ocsp = trust_steal(&ocsp);
	return true;
}

void
trust_ocsp_free(struct trust_ocsp *ocsp)
{
	if (!ocsp)
		return;
	for (size_t i = 0; i < ocsp->cert_count; i++)
		trust_cert_free(ocsp->certs[i]);
	trust_free(ocsp->certs);
	trust_free(ocsp->singles);
	trust_free((void *)ocsp->der.data);
	trust_free(ocsp);
}

/* ---- whom it is about, and by whom --------------------------------------------------------- */

struct trust_signed
trust_ocsp_signed(const struct trust_ocsp *ocsp)
{
	return (struct trust_signed){
		.tbs = ocsp->tbs,
		.algorithm = ocsp->algorithm,
		.inner_algorithm = ocsp->algorithm,
		.signature = ocsp->signature,
	};
}

static bool
is_digest_of(struct trust_bytes digest, struct trust_bytes oid, struct trust_bytes data)
{
	uint8_t out[TRUST_HASH_MAX_BYTES];
	enum trust_hash hash;

	if (!trust_hash_from_oid(oid, &hash))
		return false;
	size_t size = trust_hash_digest(hash, data, out);
	return trust_bytes_equal(digest, (struct trust_bytes){ out, size });
}

bool
trust_ocsp_is_about(const struct trust_ocsp_single *single, const struct trust_cert *cert,
    const struct trust_cert *issuer)
{
	return trust_crl_number_compare(single->serial, cert->serial) == 0 &&
	    (is_digest_of(single->issuer_name, single->hash, issuer->subject) ||
		is_digest_of(single->issuer_name, single->hash, cert->issuer)) &&
	    is_digest_of(single->issuer_key, single->hash, issuer->key_bits);
}

bool
trust_ocsp_names_responder(const struct trust_ocsp *ocsp, const struct trust_cert *cert)
{
	uint8_t key[TRUST_SHA1_BYTES];

	if (ocsp->responder_name.size)
		return trust_name_equal(ocsp->responder_name, cert->subject);
	trust_sha1(cert->key_bits.data, cert->key_bits.size, key);
	return trust_bytes_equal(ocsp->responder_key, (struct trust_bytes){ key, sizeof key });
}
