/* SPDX-License-Identifier: MPL-2.0 */
/* The parts of a file: what every format fills in. */

#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/limits.h"
#include "core/text.h"
#include "import/internal.h"

static void
part_done(struct import_part *part)
{
	trust_cert_free(part->cert);
	trust_crl_free(part->crl);
	trust_secret_free(part->pkcs8);
	trust_free(part->group);
	trust_free(part->friendly_name);
	trust_free(part->key_words);
	trust_free(part->where);
	trust_free(part->reason);
}

void
import_file_reset(struct import_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		part_done(&file->parts[i]);
	for (size_t i = 0; i < file->note_count; i++)
		trust_free(file->notes[i]);
	trust_free(file->parts);
	trust_free(file->notes);
	file->parts = NULL;
	file->count = 0;
	file->notes = NULL;
	file->note_count = 0;
}

static void
free_facts(struct import_file *file)
{
	for (size_t i = 0; i < file->fact_count; i++) {
		trust_free(file->facts[i].name);
		trust_free(file->facts[i].value);
	}
	trust_free(file->facts);
}

void
import_file_free(struct import_file *file)
{
	if (!file)
		return;
	import_file_reset(file);
	free_facts(file);
	trust_free(file->embedded);
	trust_free(file->name);
	trust_free(file->protection);
	trust_free(file);
}

struct import_part *
import_add_part(struct import_file *file, enum import_part_kind kind)
{
	if (file->count >= TRUST_MAX_BLOCKS)
		return NULL;
	/* The capacity is the count's next power of two, and so needs no field. */
	if ((file->count & (file->count - 1)) == 0)
		file->parts = trust_grow_array(
		    file->parts, file->count ? 2 * file->count : 1, sizeof *file->parts);
	struct import_part *part = &file->parts[file->count++];
	*part = (struct import_part){ .kind = kind, .cert_index = -1 };
	return part;
}

static struct import_part *
add_placed(struct import_file *file, enum import_part_kind kind, char *where)
{
	struct import_part *part = import_add_part(file, kind);

	if (part)
		part->where = where;
	else
		trust_free(where);
	return part;
}

struct import_part *
import_add_refused(
    struct import_file *file, enum trust_code code, char *where, const char *format, ...)
{
	struct import_part *part = add_placed(file, IMPORT_REFUSED, where);
	va_list arguments;

	if (!part)
		return NULL;
	va_start(arguments, format);
	part->reason = trust_vprintf(format, arguments);
	va_end(arguments);
	part->code = code;
	return part;
}

struct import_part *
import_add_failed(struct import_file *file, char *where, struct trust_error *error)
{
	struct import_part *part =
	    import_add_refused(file, error->code, where, "%s", error->message);

	trust_error_clear(error);
	return part;
}

struct import_part *
import_add_skipped(struct import_file *file, char *where, const char *reason)
{
	struct import_part *part = add_placed(file, IMPORT_SKIPPED, where);

	if (part)
		part->reason = trust_strdup(reason);
	return part;
}

struct import_part *
import_add_cert(struct import_file *file, struct trust_bytes der, char *where)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;

	if (!trust_cert_decode(der, &cert, &error))
		return import_add_failed(file, where, &error);
	struct import_part *part = add_placed(file, IMPORT_CERTIFICATE, where);
	if (part)
		part->cert = cert;
	else
		trust_cert_free(cert);
	return part;
}

struct import_part *
import_add_crl(struct import_file *file, struct trust_bytes der, char *where)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_crl) *crl = NULL;

	if (!trust_crl_decode(der, &crl, &error))
		return import_add_failed(file, where, &error);
	struct import_part *part = add_placed(file, IMPORT_CRL, where);
	if (part)
		part->crl = trust_steal(&crl);
	return part;
}

static bool
only_padding(struct trust_bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		if (bytes.data[i] != 0 && bytes.data[i] != '\n' && bytes.data[i] != '\r')
			return false;
	return true;
}

bool
import_account_for_rest(struct import_file *file, struct trust_bytes rest, size_t size,
    const char *what, struct trust_error *error)
{
	if (rest.size && only_padding(rest))
		import_add_note(file, "%zu bytes behind the %s are ignored", rest.size, what);
	else if (rest.size &&
	    !import_add_refused(file, TRUST_INPUT_MALFORMED,
		trust_printf("byte %zu", size - rest.size + 1),
		"%zu bytes behind the %s are not another one", rest.size, what))
		return import_fail_full(error);
	return true;
}

#define MAX_FACTS 64

void
import_add_fact(struct import_file *file, const char *name, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *value = trust_vprintf(format, arguments);
	va_end(arguments);
	/* What is inside of a file may be tried with several passwords. */
	bool known = file->fact_count >= MAX_FACTS;
	for (size_t i = 0; i < file->fact_count && !known; i++)
		known = strcmp(file->facts[i].name, name) == 0 &&
		    strcmp(file->facts[i].value, value) == 0;
	if (known) {
		trust_free(value);
		return;
	}
	file->facts = trust_grow_array(file->facts, file->fact_count + 1, sizeof *file->facts);
	file->facts[file->fact_count++] = (struct import_fact){ trust_strdup(name), value };
}

/* Parts can bring a note each, with numbers that differ; nobody reads more than these. */
#define MAX_NOTES 64

void
import_add_note(struct import_file *file, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *note = trust_vprintf(format, arguments);
	va_end(arguments);
	/* Many parts of a file have the same thing to be noted; once is enough. */
	bool known = file->note_count >= MAX_NOTES;
	for (size_t i = 0; i < file->note_count && !known; i++)
		known = strcmp(file->notes[i], note) == 0;
	if (known) {
		trust_free(note);
		return;
	}
	file->notes = trust_grow_array(file->notes, file->note_count + 1, sizeof *file->notes);
	file->notes[file->note_count++] = note;
}

bool
import_fail_full(struct trust_error *error)
{
	return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
	    "it has more than %d certificates, keys and other blocks", TRUST_MAX_BLOCKS);
}
