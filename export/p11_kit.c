/* SPDX-License-Identifier: MPL-2.0 */
/*
 * p11-kit's own text format: an object per certificate, and where it is not trusted for everything,
 * extensions stapled to its public key that say for what it is and for what it must not be.
 */

#include "core/cert.h"
#include "core/der.h"
#include "core/oid.h"
#include "core/progress.h"
#include "export/internal.h"

#define OID_OPENSSL_REJECT "1.3.6.1.4.1.3319.6.10.1" /* p11-kit's */

/* A value in double quotes: anything but plain characters as %xx. */
static void
put_quoted(struct trust_buffer *out, struct trust_bytes bytes)
{
	trust_buffer_append(out, "\"", 1);
	for (size_t i = 0; i < bytes.size; i++) {
		uint8_t c = bytes.data[i];
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '%' && c != '\\')
			trust_buffer_append(out, &c, 1);
		else
			trust_buffer_printf(out, "%%%02x", c);
	}
	trust_buffer_append_text(out, "\"\n");
}

static void
put_line(struct trust_buffer *out, const char *name, const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	trust_buffer_printf(out, "%s: ", name);
	put_quoted(out, (struct trust_bytes){ (const uint8_t *)text, size });
}

/* Extension { type, critical, OCTET STRING { SEQUENCE OF purpose } }, stapled to the key. */
static void
put_extension(struct trust_buffer *out, const struct export_part *part, const char *label,
    const char *type, enum trust_state state)
{
	static const uint8_t yes = 0xff;
	TRUST_AUTO_BUFFER purposes;
	TRUST_AUTO_BUFFER extension;

	export_begin(&purposes);
	export_begin(&extension);
	export_put_purposes(&purposes, part, state);
	if (purposes.size == 0)
		return;
	export_wrap(&purposes, TRUST_DER_SEQUENCE);
	export_wrap(&purposes, TRUST_DER_OCTET_STRING);
	trust_der_put_oid(&extension, type);
	trust_der_put(&extension, TRUST_DER_BOOLEAN, (struct trust_bytes){ &yes, 1 });
	export_append(&extension, &purposes);
	export_wrap(&extension, TRUST_DER_SEQUENCE);

	trust_buffer_append_text(out, "\n[p11-kit-object-v1]\nclass: x-certificate-extension\n");
	put_line(out, "label", label);
	trust_buffer_printf(out, "object-id: %s\nvalue: ", type);
	put_quoted(out, trust_buffer_bytes(&extension));
	export_put_block(out, "PUBLIC KEY", part->cert->spki);
}

static void
put_date(struct trust_buffer *out, const struct export_part *part, enum trust_usage usage,
    const char *name)
{
	char text[32];
	const char *t = text;

	if (!part->has_distrust_after[usage])
		return;
	/* "2026-11-24T14:59:35Z" as a UTCTime */
	trust_time_format(part->distrust_after[usage], text);
	trust_buffer_printf(out, "%s: \"%.2s%.2s%.2s%.2s%.2s%.2sZ\"\n", name, t + 2, t + 5, t + 8,
	    t + 11, t + 14, t + 17);
}

static void
put_object(struct trust_buffer *out, const struct export_part *part)
{
	TRUST_AUTO_FREE char *label = export_part_words(part);

	trust_buffer_printf(out, "%s[p11-kit-object-v1]\n", out->size > 0 ? "\n" : "");
	put_line(out, "label", label);
	trust_buffer_append_text(out, "trusted: true\n");
	put_date(out, part, TRUST_TLS_SERVER, "nss-server-distrust-after");
	put_date(out, part, TRUST_EMAIL, "nss-email-distrust-after");
	export_put_block(out, "CERTIFICATE", part->cert->der);
	if (trust_states_full(part->states))
		return;
	put_extension(out, part, label, TRUST_OID_EXTENDED_KEY_USAGE, TRUST_TRUSTED);
	put_extension(out, part, label, OID_OPENSSL_REJECT, TRUST_DISTRUSTED);
}

bool
export_p11_kit(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	(void)error;
	for (size_t i = 0; i < request->count; i++) {
		trust_progress_tell("certificates encoded", i, request->count);
		put_object(ret_bytes, &request->parts[i]);
	}
	return true;
}
