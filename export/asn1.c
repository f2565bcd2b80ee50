/* SPDX-License-Identifier: MPL-2.0 */
/* The few shapes of ASN.1 that several formats build. */

#include <stdlib.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/oid.h"
#include "export/internal.h"

void
export_begin(struct trust_buffer *buffer)
{
	trust_buffer_init_secret(buffer, TRUST_MAX_FILE_BYTES);
}

void
export_wrap(struct trust_buffer *buffer, uint8_t tag)
{
	struct trust_buffer whole;

	export_begin(&whole);
	trust_der_put(&whole, tag, trust_buffer_bytes(buffer));
	whole.overflow = whole.overflow || buffer->overflow;
	trust_buffer_done(buffer);
	*buffer = whole;
}

void
export_append(struct trust_buffer *out, const struct trust_buffer *part)
{
	trust_buffer_append(out, part->data, part->size);
	out->overflow = out->overflow || part->overflow;
}

void
export_put_typed(struct trust_buffer *out, const char *type, struct trust_buffer *content,
    const struct trust_buffer *attributes)
{
	TRUST_AUTO_BUFFER whole;

	export_begin(&whole);
	trust_der_put_oid(&whole, type);
	export_wrap(content, TRUST_DER_CONTEXT(0));
	export_append(&whole, content);
	if (attributes)
		export_append(&whole, attributes);
	export_wrap(&whole, TRUST_DER_SEQUENCE);
	export_append(out, &whole);
}

void
export_put_algorithm(
    struct trust_buffer *out, const char *oid, const struct trust_buffer *parameters)
{
	TRUST_AUTO_BUFFER whole;

	export_begin(&whole);
	trust_der_put_oid(&whole, oid);
	if (parameters)
		export_append(&whole, parameters);
	else
		trust_der_put_null(&whole);
	export_wrap(&whole, TRUST_DER_SEQUENCE);
	export_append(out, &whole);
}

void
export_put_attribute(struct trust_buffer *out, const char *type, struct trust_buffer *value)
{
	TRUST_AUTO_BUFFER whole;

	export_begin(&whole);
	trust_der_put_oid(&whole, type);
	export_wrap(value, TRUST_DER_SET);
	export_append(&whole, value);
	export_wrap(&whole, TRUST_DER_SEQUENCE);
	export_append(out, &whole);
	trust_buffer_clear(value);
}

static int
compare_buffers(const void *a, const void *b)
{
	return trust_bytes_compare(trust_buffer_bytes(a), trust_buffer_bytes(b));
}

void
export_append_sorted(struct trust_buffer *out, struct trust_buffer *parts, size_t count)
{
	if (count > 1)
		qsort(parts, count, sizeof *parts, compare_buffers);
	for (size_t i = 0; i < count; i++)
		export_append(out, &parts[i]);
}

void
export_put_purposes(
    struct trust_buffer *out, const struct export_part *part, enum trust_state state)
{
	static const char *const oids[TRUST_USAGES] = {
		[TRUST_TLS_SERVER] = TRUST_OID_SERVER_AUTH,
		[TRUST_TLS_CLIENT] = TRUST_OID_CLIENT_AUTH,
		[TRUST_EMAIL] = TRUST_OID_EMAIL_PROTECTION,
		[TRUST_CODE_SIGNING] = TRUST_OID_CODE_SIGNING,
	};

	for (size_t i = 0; i < TRUST_USAGES; i++)
		if (part->states.of[i] == state)
			trust_der_put_oid(out, oids[i]);
}
