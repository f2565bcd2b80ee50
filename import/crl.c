/* SPDX-License-Identifier: MPL-2.0 */
/* One revocation list as DER (RFC 5280 section 5). */

#include "core/der.h"
#include "import/internal.h"

static bool
recognise(struct trust_bytes bytes)
{
	return import_begins(bytes, "30>30>02.30.30.17") ||
	    import_begins(bytes, "30>30>02.30.30.18") || import_begins(bytes, "30>30>30.30.17") ||
	    import_begins(bytes, "30>30>30.30.18");
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der_element list;

	(void)password;
	if (!trust_der_expect(&der, TRUST_DER_SEQUENCE, &list))
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "the revocation list is cut short or damaged");
	if (!trust_der_at_end(&der))
		import_add_note(file, "%zu bytes behind the revocation list are ignored",
		    (size_t)(der.end - der.at));
	return import_add_crl(file, list.whole, trust_strdup("revocation list")) ||
	    import_fail_full(error);
}

const struct import_format import_format_crl = {
	.name = "DER revocation list",
	.summary = "certificates that their authority withdrew (.crl)",
	.recognise = recognise,
	.decode = decode,
};
