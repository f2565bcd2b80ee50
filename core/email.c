/* SPDX-License-Identifier: MPL-2.0 */
/* Is a certificate for a mail address (RFC 8550 section 3)? Its alternative names, and what older
 * ones have in the subject. The part before the @ is compared as it is (RFC 5280 section 7.5), the
 * domain without regard to case, and in its ASCII form. */

#include <string.h>
#include <strings.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/verdict_internal.h"

/* A copy with the domain in ASCII, owned; NULL for what is no address. */
static char *
normalised(const char *address)
{
	const char *at = strrchr(address, '@');

	if (!at || at == address || !at[1])
		return NULL;
	TRUST_AUTO_FREE char *domain = verdict_ascii_domain(at + 1);
	return domain ? trust_printf("%.*s@%s", (int)(at - address), address, domain) : NULL;
}

static bool
is_address(struct trust_bytes value, const char *address)
{
	size_t local = (size_t)(strrchr(address, '@') - address) + 1;

	return value.size == strlen(address) && memcmp(value.data, address, local) == 0 &&
	    strncasecmp((const char *)value.data + local, address + local, value.size - local) == 0;
}

static bool
is_in_alternative_names(const struct trust_cert *cert, const char *address)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_SUBJECT_ALT_NAME);
	struct trust_der der =
	    trust_der_init(extension ? extension->value : (struct trust_bytes){ 0 });
	struct trust_der list;
	struct trust_der_element name;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) || !trust_der_at_end(&der))
		return false;
	while (trust_der_next(&list, &name))
		if (name.tag == TRUST_DER_CONTEXT_PRIMITIVE(1) && is_address(name.content, address))
			return true;
	return false;
}

static bool
is_in_subject(const struct trust_cert *cert, const char *address)
{
	char *values[TRUST_MAX_SUBJECT_EMAILS];
	size_t count = 0;
	bool found = false;

	trust_name_attributes(
	    cert->subject, TRUST_OID_EMAIL_ADDRESS, values, TRUST_COUNT(values), &count);
	for (size_t i = 0; i < count; i++) {
		found |= is_address(
		    (struct trust_bytes){ (uint8_t *)values[i], strlen(values[i]) }, address);
		trust_free(values[i]);
	}
	return found;
}

bool
trust_cert_covers_email(const struct trust_cert *cert, const char *text)
{
	TRUST_AUTO_FREE char *address = normalised(text);

	return address && (is_in_alternative_names(cert, address) || is_in_subject(cert, address));
}
