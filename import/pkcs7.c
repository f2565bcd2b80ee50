/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS #7 files that carry certificates only (.p7b, .p7c): SignedData without a use of its
 * signatures (RFC 5652 section 5.1). */

#include <string.h>

#include "core/der.h"
#include "core/oid.h"
#include "core/progress.h"
#include "import/internal.h"

#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"

bool
import_is_pkcs7(struct trust_bytes bytes)
{
	return import_begins(bytes, "30>06.a0>30>02.31");
}

static bool
add_choice(struct import_file *file, const struct trust_der_element *element, char *where)
{
	if (element->tag == TRUST_DER_SEQUENCE)
		return import_add_cert(file, element->whole, where);
	return import_add_skipped(
	    file, where, "an attribute certificate or one of an obsolete kind");
}

/* What was signed, when it is here: it may be what people meant to import. */
static bool
add_content(struct import_file *file, struct trust_bytes encapsulated, const char *where,
    struct trust_error *error)
{
	struct trust_der der = trust_der_init(encapsulated);
	struct trust_der content;
	struct trust_der_element element;

	if (!trust_der_expect(&der, TRUST_DER_OID, &element) ||
	    !trust_der_enter(&der, TRUST_DER_CONTEXT(0), &content) ||
	    !trust_der_next(&content, &element) || element.content.size == 0)
		return true;
	TRUST_AUTO_FREE char *reason =
	    trust_printf("%zu bytes that were signed, which are not read", element.content.size);
	return import_add_skipped(file, trust_printf("%ssigned content", where), reason) ||
	    import_fail_full(error);
}

/* SignedData, behind digestAlgorithms and encapContentInfo. */
static bool
add_members(
    struct import_file *file, struct trust_der *data, const char *where, struct trust_error *error)
{
	struct trust_der members;
	struct trust_der_element element;
	size_t number = 0;

	if (trust_der_enter(data, TRUST_DER_CONTEXT(0), &members)) {
		const uint8_t *start = members.at;
		while (trust_der_next(&members, &element)) {
			trust_progress_tell("bytes decoded", (size_t)(members.at - start),
			    (size_t)(members.end - start));
			if (!add_choice(
				file, &element, trust_printf("%scertificate %zu", where, ++number)))
				return import_fail_full(error);
		}
		if (!trust_der_at_end(&members) &&
		    !import_add_refused(file, TRUST_INPUT_MALFORMED,
			trust_printf("%scertificate %zu", where, number + 1), "it is damaged"))
			return import_fail_full(error);
	}
	number = 0;
	if (trust_der_enter(data, TRUST_DER_CONTEXT(1), &members))
		while (trust_der_next(&members, &element))
			if (!import_add_crl(file, element.whole,
				trust_printf("%srevocation list %zu", where, ++number)))
				return import_fail_full(error);
	return true;
}

bool
import_add_pkcs7(struct import_file *file, struct trust_bytes bytes, const char *where,
    struct trust_error *error)
{
	uint8_t *converted = NULL;
	size_t size = 0;
	struct trust_der outer, content, data;
	struct trust_der_element element;
	uint64_t version = 0;
	size_t before = file->count;

	if (!trust_der_from_ber(bytes, &converted, &size))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the PKCS #7 data is cut short or damaged");
	TRUST_AUTO_FREE uint8_t *owned = converted;
	struct trust_der der = trust_der_init((struct trust_bytes){ owned, size });
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &outer) ||
	    !trust_der_expect(&outer, TRUST_DER_OID, &element))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the PKCS #7 data is damaged");
	if (!trust_oid_is(element.content, OID_SIGNED_DATA)) {
		TRUST_AUTO_FREE char *oid = trust_der_oid_text(element.content);
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "a CMS message of the kind %s, not a list of certificates", oid);
	}
	if (!trust_der_enter(&outer, TRUST_DER_CONTEXT(0), &content) ||
	    !trust_der_enter(&content, TRUST_DER_SEQUENCE, &data) ||
	    !trust_der_next_uint(&data, &version) ||
	    !trust_der_expect(&data, TRUST_DER_SET, &element) ||
	    !trust_der_expect(&data, TRUST_DER_SEQUENCE, &element))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the PKCS #7 data is damaged");
	if (!add_content(file, element.content, where, error) ||
	    !add_members(file, &data, where, error))
		return false;
	if (file->count == before)
		return trust_fail(
		    error, TRUST_INPUT_UNSUPPORTED, NULL, "the PKCS #7 data holds no certificates");
	return true;
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	size_t size = trust_der_element_size(bytes);
	struct trust_bytes rest = { bytes.data + size, bytes.size - size };

	(void)password;
	if (!import_add_pkcs7(file, bytes, "", error))
		return false;
	/* Files joined by `cat`. */
	for (size_t number = 2; import_is_pkcs7(rest); number++) {
		TRUST_AUTO_FREE char *where = trust_printf("message %zu, ", number);
		TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
		size = trust_der_element_size(rest);
		if (!import_add_pkcs7(file, rest, where, &failed) &&
		    !import_add_failed(file, trust_printf("message %zu", number), &failed))
			return import_fail_full(error);
		if (size == 0)
			return true;
		rest = (struct trust_bytes){ rest.data + size, rest.size - size };
	}
	return import_account_for_rest(file, rest, bytes.size, "PKCS #7 data", error);
}

const struct import_format import_format_pkcs7 = {
	.name = "PKCS #7",
	.summary = "certificates without keys (.p7b, .p7c)",
	.recognise = import_is_pkcs7,
	.decode = decode,
};
