/* SPDX-License-Identifier: MPL-2.0 */
/* A certificate's label, key, signature and serial number in words. */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/text.h"

static char *
displayed(char *raw)
{
	char *shown = raw && *raw ? trust_text_display_string(raw) : NULL;
	trust_free(raw);
	return shown;
}

static char *
first_name(const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	if (!trust_cert_names(cert, &names, &ignored))
		return NULL;
	for (size_t i = 0; i < names->count; i++)
		if ((names->entries[i].kind == TRUST_NAME_EMAIL ||
			names->entries[i].kind == TRUST_NAME_DNS ||
			names->entries[i].kind == TRUST_NAME_IP) &&
		    names->entries[i].text[0])
			return trust_strdup(names->entries[i].text);
	return NULL;
}

char *
trust_cert_label(const struct trust_cert *cert)
{
	char *label = displayed(trust_name_attribute(cert->subject, TRUST_OID_COMMON_NAME));

	if (!label)
		label = first_name(cert);
	if (!label)
		label = displayed(trust_name_attribute(cert->subject, TRUST_OID_UNIT));
	if (!label)
		label = displayed(trust_name_attribute(cert->subject, TRUST_OID_ORGANIZATION));
	return label ? label : trust_name_display(cert->subject);
}

static unsigned
rsa_bits(struct trust_bytes key)
{
	struct trust_der der = trust_der_init(key);
	struct trust_der inner;
	struct trust_der_element modulus;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_INTEGER, &modulus))
		return 0;
	struct trust_bytes bytes = modulus.content;
	while (bytes.size && bytes.data[0] == 0) {
		bytes.data++;
		bytes.size--;
	}
	if (!bytes.size)
		return 0;
	return (unsigned)(8 * bytes.size) - (unsigned)__builtin_clz((unsigned)bytes.data[0] << 24);
}

char *
trust_cert_key_words(const struct trust_cert *cert)
{
	struct trust_der der = trust_der_init(cert->spki);
	struct trust_der spki;
	struct trust_der algorithm;
	struct trust_der_element oid;
	struct trust_der_element curve;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &spki) ||
	    !trust_der_enter(&spki, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid))
		return trust_strdup("(malformed key)");
	TRUST_AUTO_FREE char *words = trust_oid_display(oid.content);
	if (trust_oid_is(oid.content, TRUST_OID_RSA) ||
	    trust_oid_is(oid.content, TRUST_OID_RSA_PSS))
		return trust_printf("%s %u bits", words, rsa_bits(cert->key_bits));
	if (trust_oid_is(oid.content, TRUST_OID_EC)) {
		if (!trust_der_expect(&algorithm, TRUST_DER_OID, &curve))
			return trust_strdup("EC with explicit parameters");
		TRUST_AUTO_FREE char *name = trust_oid_display(curve.content);
		return trust_printf("EC %s", name);
	}
	return trust_steal(&words);
}

/* RSASSA-PSS-params names its hash; the default is SHA-1 (RFC 4055 section 3.1). */
static char *
pss_words(struct trust_der *algorithm)
{
	struct trust_der parameters;
	struct trust_der outer;
	struct trust_der hash;
	struct trust_der_element oid;

	if (!trust_der_enter(algorithm, TRUST_DER_SEQUENCE, &parameters) ||
	    !trust_der_enter(&parameters, TRUST_DER_CONTEXT(0), &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &hash) ||
	    !trust_der_expect(&hash, TRUST_DER_OID, &oid))
		return trust_strdup("SHA-1 with RSA-PSS");
	TRUST_AUTO_FREE char *name = trust_oid_display(oid.content);
	return trust_printf("%s with RSA-PSS", name);
}

char *
trust_cert_signature_words(const struct trust_cert *cert)
{
	struct trust_der der = trust_der_init(cert->signature_algorithm);
	struct trust_der algorithm;
	struct trust_der_element oid;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid))
		return trust_strdup("(malformed algorithm)");
	if (trust_oid_is(oid.content, TRUST_OID_RSA_PSS))
		return pss_words(&algorithm);
	return trust_oid_display(oid.content);
}

char *
trust_cert_serial_words(const struct trust_cert *cert)
{
	/* RFC 5280 allows 20 bytes; show more than twice that, but not a megabyte. */
	if (cert->serial.size <= 64)
		return trust_hex_colons(cert->serial.data, cert->serial.size);
	TRUST_AUTO_FREE char *digits = trust_hex_colons(cert->serial.data, 64);
	return trust_printf("%s...", digits);
}
