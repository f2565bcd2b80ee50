/* SPDX-License-Identifier: MPL-2.0 */
/* Certificates and encrypted keys as PEM text (RFC 7468), one block after another. */

#include "core/cert.h"
#include "core/error.h"
#include "export/internal.h"

/*
 * A line of explanation. GnuTLS looks for "-----BEGIN" anywhere in a line, so a name must not be
 * able to say it: of more than four hyphens in a row, each further one becomes an underscore.
 */
static void
put_comment(struct trust_buffer *out, const char *title, char *text)
{
	size_t hyphens = 0;

	for (char *c = text; *c; c++) {
		hyphens = *c == '-' ? hyphens + 1 : 0;
		if (hyphens > 4)
			*c = '_';
	}
	trust_buffer_printf(out, "# %s: %s\n", title, text);
}

static void
put_header(struct trust_buffer *out, const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *subject = trust_name_display(cert->subject);
	TRUST_AUTO_FREE char *issuer = trust_name_display(cert->issuer);
	char from[32];
	char to[32];

	trust_time_format_date(cert->not_before, from);
	trust_time_format_date(cert->not_after, to);
	if (out->size > 0)
		trust_buffer_append(out, "\n", 1);
	put_comment(out, "Subject", subject);
	put_comment(out, "Issuer", issuer);
	trust_buffer_printf(out, "# Valid: %s to %s\n", from, to);
}

bool
export_pem(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	if (!export_check_keys(request, error))
		return false;
	for (size_t i = 0; i < request->count; i++) {
		const struct export_part *part = &request->parts[i];
		if (request->header_text)
			put_header(ret_bytes, part->cert);
		export_put_block(ret_bytes, "CERTIFICATE", part->cert->der);
		if (part->encrypted_key && !export_put_key_block(request, part, ret_bytes, error))
			return false;
	}
	return true;
}
