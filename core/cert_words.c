/* SPDX-License-Identifier: MPL-2.0 */
/* A certificate's label, key, signature and serial number in words. */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/signature_internal.h"
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

char *
trust_cert_key_words(const struct trust_cert *cert)
{
	struct trust_public_key key;

	/* Of an RSA key that cannot be read the kind is told, with 0 bits. */
	if (!trust_public_key_read(cert, &key) && key.algorithm.size == 0)
		return trust_strdup("(malformed key)");
	TRUST_AUTO_FREE char *words = trust_oid_display(key.algorithm);
	if (trust_oid_is(key.algorithm, TRUST_OID_RSA) ||
	    trust_oid_is(key.algorithm, TRUST_OID_RSA_PSS))
		return trust_printf("%s %zu bits", words, trust_integer_bits(key.modulus));
	if (!trust_oid_is(key.algorithm, TRUST_OID_EC))
		return trust_steal(&words);
	if (key.curve.size == 0)
		return trust_strdup("EC with explicit parameters");
	TRUST_AUTO_FREE char *curve = trust_oid_display(key.curve);
	return trust_printf("EC %s", curve);
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
