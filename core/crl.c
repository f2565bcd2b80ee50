/* SPDX-License-Identifier: MPL-2.0 */
/* Revocation lists decoded, and serial numbers found in them. The points of their scopes and of
 * certificates are read and compared in crl_points.c. */

#include "core/crl.h"

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/signature.h"

/* Contents of the OBJECT IDENTIFIERs of id-ce, whose last byte tells them apart. */
enum ce {
	CE_CRL_NUMBER = 20,
	CE_REASON = 21,
	CE_HOLD_INSTRUCTION = 23,
	CE_INVALIDITY_DATE = 24,
	CE_DELTA = 27,
	CE_SCOPE = 28,
	CE_CERTIFICATE_ISSUER = 29,
	CE_AUTHORITY_KEY_ID = 35,
	CE_FRESHEST = 46,
};

static unsigned
ce_of(struct trust_bytes oid)
{
	return oid.size == 3 && oid.data[0] == 0x55 && oid.data[1] == 0x1d ? oid.data[2] : 0;
}

const char *
trust_crl_reason_words(enum trust_crl_reason reason)
{
	static const char *const words[] = {
		[TRUST_CRL_UNSPECIFIED] = "no reason given",
		[TRUST_CRL_KEY_COMPROMISE] = "key compromise",
		[TRUST_CRL_CA_COMPROMISE] = "CA compromise",
		[TRUST_CRL_AFFILIATION_CHANGED] = "affiliation changed",
		[TRUST_CRL_SUPERSEDED] = "superseded",
		[TRUST_CRL_CESSATION] = "cessation of operation",
		[TRUST_CRL_HOLD] = "on hold",
		[TRUST_CRL_REMOVED] = "removed from the list",
		[TRUST_CRL_PRIVILEGE_WITHDRAWN] = "privilege withdrawn",
		[TRUST_CRL_AA_COMPROMISE] = "attribute authority compromise",
	};
	const char *found = (size_t)reason < TRUST_COUNT(words) ? words[reason] : NULL;
	return found ? found : "unknown reason";
}

static bool
malformed(struct trust_error *error, const char *what)
{
	return trust_fail(
	    error, TRUST_INPUT_MALFORMED, NULL, "the revocation list is malformed: %s", what);
}

/* ---- one extension ------------------------------------------------------------------------- */

static bool
read_extension(struct trust_der *list, struct trust_bytes *ret_oid, struct trust_bytes *ret_value,
    bool *ret_critical)
{
	struct trust_der inner;
	struct trust_der_element oid;
	struct trust_der_element value;

	*ret_critical = false;
	if (!trust_der_enter(list, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_OID, &oid) ||
	    (trust_der_peek(&inner) == TRUST_DER_BOOLEAN &&
		!trust_der_next_bool(&inner, ret_critical)) ||
	    !trust_der_expect(&inner, TRUST_DER_OCTET_STRING, &value) || !trust_der_at_end(&inner))
		return false;
	*ret_oid = oid.content;
	*ret_value = value.content;
	return true;
}

static bool
read_time(struct trust_der *der, struct trust_time *ret_time)
{
	struct trust_der_element element;
	return trust_der_next(der, &element) &&
	    trust_time_from_asn1(element.tag, element.content, ret_time);
}

/* ---- entries ------------------------------------------------------------------------------- */

/* Serial numbers are compared as numbers: what a careless encoder put in front is left out. */
static struct trust_bytes
shortest(struct trust_bytes number)
{
	while (number.size > 1 &&
	    ((number.data[0] == 0 && !(number.data[1] & 0x80)) ||
		(number.data[0] == 0xff && (number.data[1] & 0x80)))) {
		number.data++;
		number.size--;
	}
	return number;
}

static uint64_t
serial_key(struct trust_bytes serial)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < serial.size; i++)
		hash = (hash ^ serial.data[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

struct entry { /* one revokedCertificates element */
	struct trust_crl_entry told;
	struct trust_bytes issuer; /* certificateIssuer value; empty when absent */
	struct trust_bytes unknown_critical;
};

static bool
read_entry_extension(
    struct entry *entry, struct trust_bytes oid, struct trust_bytes value, bool critical)
{
	struct trust_der der = trust_der_init(value);
	struct trust_der_element element;

	switch (ce_of(oid)) {
	case CE_REASON: /* ENUMERATED */
		if (!trust_der_expect(&der, 0x0a, &element) || element.content.size != 1)
			return false;
		entry->told.reason = element.content.data[0];
		return true;
	case CE_CERTIFICATE_ISSUER:
		if (!trust_der_expect(&der, TRUST_DER_SEQUENCE, &element) ||
		    element.content.size == 0)
			return false;
		entry->issuer = element.content;
		return true;
	case CE_HOLD_INSTRUCTION:
	case CE_INVALIDITY_DATE:
		return true;
	default:
		if (critical)
			entry->unknown_critical = oid;
		return true;
	}
}

static bool
read_entry(struct trust_der *list, struct entry *entry)
{
	struct trust_der inner, extensions;
	struct trust_der_element serial;
	struct trust_bytes oid, value;
	bool critical = false;

	*entry = (struct entry){ 0 };
	if (!trust_der_enter(list, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_INTEGER, &serial) || serial.content.size == 0 ||
	    !read_time(&inner, &entry->told.when))
		return false;
	entry->told.serial = shortest(serial.content);
	if (trust_der_at_end(&inner))
		return true;
	if (!trust_der_enter(&inner, TRUST_DER_SEQUENCE, &extensions) || !trust_der_at_end(&inner))
		return false;
	while (!trust_der_at_end(&extensions))
		if (!read_extension(&extensions, &oid, &value, &critical) ||
		    !read_entry_extension(entry, oid, value, critical))
			return false;
	return true;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct trust_crl_row *x = a;
	const struct trust_crl_row *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* RFC 5280 section 5.3.3: an entry without certificateIssuer has that of the entry before. */
static bool
read_entries(struct trust_crl *crl, struct trust_der list, struct trust_error *error)
{
	size_t capacity = 0;
	size_t issuer_capacity = 0;
	struct entry entry;

	while (!trust_der_at_end(&list)) {
		const uint8_t *start = list.at;
		if (!read_entry(&list, &entry))
			return malformed(error, "an entry cannot be decoded");
		if (entry.unknown_critical.size)
			crl->unknown_critical = entry.unknown_critical;
		if (entry.issuer.size) {
			if (crl->issuer_count == issuer_capacity) {
				issuer_capacity = issuer_capacity ? 2 * issuer_capacity : 8;
				crl->issuers = trust_grow_array(
				    crl->issuers, issuer_capacity, sizeof *crl->issuers);
			}
			crl->issuers[crl->issuer_count++] = entry.issuer;
		}
		if (crl->count == capacity) {
			capacity = capacity ? 2 * capacity : 64;
			crl->rows = trust_grow_array(crl->rows, capacity, sizeof *crl->rows);
		}
		crl->rows[crl->count++] = (struct trust_crl_row){
			.key = serial_key(entry.told.serial),
			.at = (uint32_t)(start - crl->der.data),
			.issuer = (uint32_t)crl->issuer_count,
		};
	}
	if (crl->count)
		qsort(crl->rows, crl->count, sizeof *crl->rows, compare_rows);
	return true;
}

static bool
entry_is_of(const struct trust_crl *crl, const struct trust_crl_row *row, struct trust_bytes issuer,
    struct trust_bytes serial, struct entry *entry)
{
	struct trust_der der = { crl->der.data + row->at, crl->der.data + crl->der.size };

	if (!read_entry(&der, entry) || !trust_bytes_equal(entry->told.serial, serial))
		return false;
	return row->issuer ? trust_general_names_have(crl->issuers[row->issuer - 1], issuer)
			   : trust_name_equal(crl->issuer, issuer);
}

bool
trust_crl_find(const struct trust_crl *crl, struct trust_bytes issuer, struct trust_bytes serial,
    struct trust_crl_entry *ret_entry)
{
	struct trust_bytes wanted = shortest(serial);
	uint64_t key = serial_key(wanted);
	size_t low = 0;
	size_t high = crl->count;
	struct entry entry;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (crl->rows[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < crl->count && crl->rows[low].key == key; low++)
		if (entry_is_of(crl, &crl->rows[low], issuer, wanted, &entry)) {
			*ret_entry = entry.told;
			return true;
		}
	return false;
}

int
trust_crl_number_compare(struct trust_bytes a, struct trust_bytes b)
{
	struct trust_bytes x = shortest(a);
	struct trust_bytes y = shortest(b);
	bool x_negative = x.size && (x.data[0] & 0x80);
	bool y_negative = y.size && (y.data[0] & 0x80);

	if (x_negative != y_negative)
		return x_negative ? -1 : 1;
	if (x.size != y.size)
		return (x.size < y.size) != x_negative ? -1 : 1;
	return x.size ? memcmp(x.data, y.data, x.size) : 0;
}

/* ---- extensions of the list ---------------------------------------------------------------- */

static bool
read_number(struct trust_bytes value, struct trust_bytes *ret_number)
{
	struct trust_der der = trust_der_init(value);
	struct trust_der_element element;

	if (!trust_der_expect(&der, TRUST_DER_INTEGER, &element) || element.content.size == 0 ||
	    !trust_der_at_end(&der))
		return false;
	*ret_number = element.content;
	return true;
}

static bool
read_key_id(struct trust_crl *crl, struct trust_bytes value)
{
	struct trust_der der = trust_der_init(value);
	struct trust_der inner;
	struct trust_der_element id;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner))
		return false;
	if (trust_der_expect(&inner, TRUST_DER_CONTEXT_PRIMITIVE(0), &id))
		crl->authority_key_id = id.content;
	return true;
}

static bool
read_flag(struct trust_der *der, unsigned tag, bool *ret_flag)
{
	struct trust_der_element element;

	if (trust_der_peek(der) != TRUST_DER_CONTEXT_PRIMITIVE(tag))
		return true;
	if (!trust_der_next(der, &element) || element.content.size != 1)
		return false;
	*ret_flag = element.content.data[0] != 0;
	return true;
}

/* IssuingDistributionPoint, section 5.2.5: its first and fourth fields are those of a point. */
static bool
read_scope(struct trust_crl *crl, struct trust_bytes value)
{
	struct trust_der der = trust_der_init(value);
	struct trust_der inner, name;
	struct trust_der_element element;

	crl->has_scope = true;
	crl->scope = value;
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) || !trust_der_at_end(&der))
		return false;
	if (trust_der_enter(&inner, TRUST_DER_CONTEXT(0), &name)) {
		if (!trust_der_next(&name, &element) || !trust_der_at_end(&name))
			return false;
		crl->point.named = true;
		if (element.tag == TRUST_DER_CONTEXT(0))
			crl->point.full = element.content;
		else if (element.tag == TRUST_DER_CONTEXT(1))
			crl->point.relative = element.content;
		else
			return false;
	}
	if (!read_flag(&inner, 1, &crl->only_users) || !read_flag(&inner, 2, &crl->only_cas))
		return false;
	if (trust_der_peek(&inner) == TRUST_DER_CONTEXT_PRIMITIVE(3)) {
		if (!trust_der_next(&inner, &element) ||
		    !trust_reason_flags(element.content, &crl->point.reasons))
			return false;
	}
	return read_flag(&inner, 4, &crl->indirect) &&
	    read_flag(&inner, 5, &crl->only_attributes) && trust_der_at_end(&inner);
}

static bool
read_list_extension(
    struct trust_crl *crl, struct trust_bytes oid, struct trust_bytes value, bool critical)
{
	switch (ce_of(oid)) {
	case CE_CRL_NUMBER:
		return read_number(value, &crl->number);
	case CE_DELTA:
		crl->is_delta = true;
		return read_number(value, &crl->base_number);
	case CE_SCOPE:
		return read_scope(crl, value);
	case CE_AUTHORITY_KEY_ID:
		return read_key_id(crl, value);
	case CE_FRESHEST:
		crl->freshest = value;
		return true;
	default:
		if (critical && !trust_oid_is(oid, TRUST_OID_ISSUER_ALT_NAME) &&
		    !trust_oid_is(oid, TRUST_OID_AUTHORITY_INFO))
			crl->unknown_critical = oid;
		return true;
	}
}

static bool
read_list_extensions(struct trust_crl *crl, struct trust_der *tbs, struct trust_error *error)
{
	struct trust_der outer, list;
	struct trust_bytes oids[TRUST_MAX_EXTENSIONS];
	struct trust_bytes value;
	bool critical = false;

	if (!trust_der_enter(tbs, TRUST_DER_CONTEXT(0), &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &list) || !trust_der_at_end(&outer))
		return malformed(error, "its extensions cannot be decoded");
	for (size_t count = 0; !trust_der_at_end(&list); count++) {
		if (count == TRUST_MAX_EXTENSIONS)
			return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
			    "the revocation list has more than %d extensions",
			    TRUST_MAX_EXTENSIONS);
		if (!read_extension(&list, &oids[count], &value, &critical))
			return malformed(error, "an extension cannot be decoded");
		for (size_t i = 0; i < count; i++)
			if (trust_bytes_equal(oids[i], oids[count]))
				return malformed(error, "an extension appears twice");
		if (!read_list_extension(crl, oids[count], value, critical)) {
			TRUST_AUTO_FREE char *oid = trust_oid_display(oids[count]);
			TRUST_AUTO_FREE char *what =
			    trust_printf("its extension '%s' cannot be decoded", oid);
			return malformed(error, what);
		}
	}
	return true;
}

/* ---- the list ------------------------------------------------------------------------------ */

static bool
read_tbs(struct trust_crl *crl, struct trust_bytes content, struct trust_error *error)
{
	struct trust_der tbs = trust_der_init(content);
	struct trust_der entries;
	struct trust_der_element element;
	uint64_t version = 0;
	uint8_t tag;

	if (trust_der_peek(&tbs) == TRUST_DER_INTEGER &&
	    (!trust_der_next_uint(&tbs, &version) || version != 1))
		return malformed(error, "it has an unknown version");
	if (!trust_der_expect(&tbs, TRUST_DER_SEQUENCE, &element))
		return malformed(error, "its signature algorithm cannot be decoded");
	crl->inner_algorithm = element.whole;
	if (!trust_der_expect(&tbs, TRUST_DER_SEQUENCE, &element))
		return malformed(error, "its issuer cannot be decoded");
	crl->issuer = element.whole;
	if (!read_time(&tbs, &crl->this_update))
		return malformed(error, "its date cannot be decoded");
	tag = trust_der_peek(&tbs);
	crl->has_next_update = tag == TRUST_DER_UTC_TIME || tag == TRUST_DER_GENERALIZED_TIME;
	if (crl->has_next_update && !read_time(&tbs, &crl->next_update))
		return malformed(error, "its date cannot be decoded");
	if (trust_der_enter(&tbs, TRUST_DER_SEQUENCE, &entries) &&
	    !read_entries(crl, entries, error))
		return false;
	if (trust_der_peek(&tbs) == TRUST_DER_CONTEXT(0) && !read_list_extensions(crl, &tbs, error))
		return false;
	return trust_der_at_end(&tbs) || malformed(error, "it has unknown fields");
}

static bool
read_outer(struct trust_crl *crl, struct trust_error *error)
{
	struct trust_der_signed outer;
	const char *wrong = trust_der_read_signed(crl->der, &outer);

	if (wrong)
		return malformed(error, wrong);
	crl->tbs = outer.tbs.whole;
	crl->algorithm = outer.algorithm;
	crl->signature = outer.signature;
	return read_tbs(crl, outer.tbs.content, error);
}

bool
trust_crl_decode(struct trust_bytes der, struct trust_crl **ret_crl, struct trust_error *error)
{
	if (der.size > TRUST_MAX_FILE_BYTES)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
		    "the revocation list has %zu bytes, and the limit is %zu", der.size,
		    TRUST_MAX_FILE_BYTES);
	TRUST_AUTO(trust_crl) *crl = trust_alloc(sizeof *crl);
	crl->der = (struct trust_bytes){ trust_memdup(der.data, der.size), der.size };
	crl->point.reasons = TRUST_CRL_ALL_REASONS;
	trust_sha256(der.data, der.size, crl->id);
	if (!read_outer(crl, error))
		return false;
	struct trust_signed what = trust_crl_signed(crl);
	crl->has_digest = trust_signed_digest(&what, crl->digest);
	*ret_crl = trust_steal(&crl);
	return true;
}

struct trust_signed
trust_crl_signed(const struct trust_crl *crl)
{
	return (struct trust_signed){
		.tbs = crl->tbs,
		.algorithm = crl->algorithm,
		.inner_algorithm = crl->inner_algorithm,
		.signature = crl->signature,
		.digest = crl->has_digest ? crl->digest : NULL,
	};
}

void
trust_crl_free(struct trust_crl *crl)
{
	if (!crl)
		return;
	trust_free((void *)crl->der.data);
	trust_free(crl->rows);
	trust_free(crl->issuers);
	trust_free(crl);
}
