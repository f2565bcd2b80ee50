/* SPDX-License-Identifier: MPL-2.0 */
/* The table of formats, and decoding by it in this process. */

#include <string.h>

#include "core/limits.h"
#include "core/text.h"
#include "import/internal.h"

char *
import_display_name(const char *name)
{
	return strcmp(name, "-") == 0 ? trust_strdup("standard input")
				      : trust_text_display_string(name);
}

static bool
fail_unknown(const char *name, struct trust_bytes bytes, struct trust_error *error)
{
	const char *hint = NULL;
	const char *words = import_looks_like(bytes, &hint);

	(void)trust_fail(error, TRUST_INPUT_UNKNOWN, name,
	    bytes.size ? "'%s' holds no certificate or key: it looks like %s" : "'%s': %s", name,
	    words);
	return hint ? trust_hint(error, "%s", hint) : false;
}

/* Nothing in the file is good: the first refusal is the reason, else what was skipped first. */
static bool
check_some_good(const struct import_file *file, struct trust_error *error)
{
	const struct import_part *why = NULL;

	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		if (part->kind <= IMPORT_CRL)
			return true;
		if (!why || (why->kind == IMPORT_SKIPPED && part->kind == IMPORT_REFUSED))
			why = part;
	}
	if (!why) /* an empty PKCS #12 file is a file without blocks */
		return true;
	enum trust_code code = why->kind == IMPORT_SKIPPED ? TRUST_INPUT_UNSUPPORTED : why->code;
	(void)trust_fail(error, code, file->name, "%s%s%s", why->where ? why->where : "",
	    why->where ? ": " : "", why->reason);
	if (file->count > 1)
		(void)trust_hint(
		    error, "none of its %zu blocks can be used; this is the first", file->count);
	return false;
}

/* The message names the file, which formats leave to us. */
static bool
fail_named(const struct import_file *file, struct trust_error *error)
{
	trust_free(error->subject);
	error->subject = trust_strdup(file->name);
	return trust_error_prefix(error, "'%s': ", file->name);
}

static const struct import_format *
find_format(struct trust_bytes bytes)
{
	for (size_t i = 0; i < import_format_count; i++)
		if (import_formats[i]->recognise(bytes))
			return import_formats[i];
	return NULL;
}

bool
import_decode_file(const char *name, struct trust_bytes bytes, const struct trust_secret *password,
    struct import_file *file, struct trust_error *error)
{
	const struct import_format *format = find_format(bytes);

	file->name = import_display_name(name);
	trust_sha256(bytes.data, bytes.size, file->digest);
	if (!format)
		return fail_unknown(file->name, bytes, error);
	file->format = format->name;
	if (!format->decode(bytes, password, file, error) || !check_some_good(file, error))
		return fail_named(file, error);
	import_match_keys(file);
	return true;
}

bool
import_decode_here(const char *name, struct trust_bytes bytes, const struct trust_secret *password,
    struct import_file **ret_file, struct trust_error *error)
{
	TRUST_AUTO(import_file) *file = trust_alloc(sizeof *file);

	if (!import_decode_file(name, bytes, password, file, error))
		return false;
	*ret_file = trust_steal(&file);
	return true;
}

/* Formats in formats: a profile with a PEM text with PKCS #7 data, and none deeper. */
#define MAX_DEPTH 3

static bool
take_parts(
    struct import_file *file, struct import_file *inner, const char *where, const char *group)
{
	for (size_t i = 0; i < inner->count; i++) {
		struct import_part *part = import_add_part(file, inner->parts[i].kind);
		if (!part)
			return false;
		*part = inner->parts[i];
		part->cert_index = -1; /* found anew for the whole file */
		inner->parts[i] = (struct import_part){ 0 };
		TRUST_AUTO_FREE char *before = part->where;
		part->where =
		    trust_printf("%s%s%s", where, before ? ", " : "", before ? before : "");
		if (group && !part->group)
			part->group = trust_strdup(group);
	}
	return true;
}

bool
import_decode_nested(struct import_file *file, struct trust_bytes bytes,
    const struct trust_secret *password, const char *where, const char *group,
    struct trust_error *error)
{
	TRUST_AUTO(import_file) *inner = trust_alloc(sizeof *inner);
	const struct import_format *format = find_format(bytes);
	const char *hint = NULL;

	inner->depth = file->depth + 1;
	inner->leave_closed = file->leave_closed;
	inner->may_use_embedded = file->may_use_embedded;
	if (!format || inner->depth > MAX_DEPTH)
		return trust_fail(error, TRUST_INPUT_UNKNOWN, NULL,
		    "it holds no certificate or key: %s", import_looks_like(bytes, &hint));
	bool good = format->decode(bytes, password, inner, error);
	if (!file->protection)
		file->protection = trust_steal(&inner->protection);
	if (!file->embedded)
		file->embedded = trust_steal(&inner->embedded);
	for (size_t i = 0; i < inner->fact_count; i++)
		import_add_fact(file, inner->facts[i].name, "%s", inner->facts[i].value);
	file->needs |= inner->needs;
	if (!good)
		return false;
	file->unchecked = file->unchecked || inner->unchecked;
	for (size_t i = 0; i < inner->note_count; i++)
		import_add_note(file, "%s", inner->notes[i]);
	return take_parts(file, inner, where, group) || import_fail_full(error);
}

const struct import_format *const import_formats[] = {
	&import_format_x509,
	&import_format_crl,
	&import_format_pkcs12,
	&import_format_profile, /* signed ones are PKCS #7 data too */
	&import_format_pkcs7,
	&import_format_pkcs8,
	&import_format_jks,
	&import_format_policy,
	&import_format_certdata,
	&import_format_p11kit, /* these have PEM blocks in them */
	&import_format_pem,    /* looks for its mark anywhere in the file */
	&import_format_base64,
};
const size_t import_format_count = TRUST_COUNT(import_formats);
