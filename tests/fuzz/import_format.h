/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TESTS_FUZZ_IMPORT_FORMAT_H
#define TESTS_FUZZ_IMPORT_FORMAT_H

/*
 * One target per format of import/: bytes that the format takes for its own are decoded by it
 * without a password, and with that of the corpus, and what comes out is what import.h promises.
 * Bytes of another format are not worth keeping.
 */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/secret.h"
#include "core/text.h"
#include "import/answer.h"
#include "import/import.h"
#include "tests/fuzz/fuzz.h"

#define FUZZ_NOT_OURS (-1) /* libFuzzer: leave it out of the corpus */

static inline void
fuzz_check_shown(const char *text)
{
	if (text && !trust_text_is_plain(text, strlen(text)))
		abort();
}

/* Each kind of part has what it must have, and nothing that would spoil a terminal. */
static inline void
fuzz_check_part(const struct import_file *file, const struct import_part *part)
{
	fuzz_check_shown(part->where);
	fuzz_check_shown(part->reason);
	fuzz_check_shown(part->group);
	fuzz_check_shown(part->key_words);
	if ((part->kind == IMPORT_CERTIFICATE) != (part->cert != NULL) ||
	    (part->kind == IMPORT_CRL) != (part->crl != NULL) ||
	    (part->kind == IMPORT_KEY) != (part->pkcs8 != NULL) ||
	    (part->kind >= IMPORT_SKIPPED) != (part->reason != NULL) ||
	    (part->kind == IMPORT_REFUSED) != (part->code != TRUST_OK))
		abort();
	if (part->kind == IMPORT_KEY && part->cert_index >= 0 &&
	    ((size_t)part->cert_index >= file->count || !file->parts[part->cert_index].cert))
		abort();
}

static inline void
fuzz_check_file(const struct import_file *file, const struct trust_error *error)
{
	for (size_t i = 0; i < file->count; i++)
		fuzz_check_part(file, &file->parts[i]);
	for (size_t i = 0; i < file->note_count; i++)
		fuzz_check_shown(file->notes[i]);
	for (size_t i = 0; i < file->fact_count; i++)
		fuzz_check_shown(file->facts[i].value);
	fuzz_check_shown(file->protection);
	fuzz_check_shown(error->message);
	fuzz_check_shown(error->hint);
}

/* The parent must understand what its child says of a file, as it was meant. */
static inline void
fuzz_check_answer(const struct import_file *file)
{
	TRUST_AUTO_BUFFER answer;
	TRUST_AUTO(import_file) *read = trust_alloc(sizeof *read);
	TRUST_AUTO_ERROR none = TRUST_ERROR_INIT;

	trust_buffer_init_secret(&answer, TRUST_MAX_WIRE_BYTES);
	import_answer_put(&answer, file, &none);
	if (!import_answer_read(trust_buffer_bytes(&answer), read, &none) ||
	    read->count != file->count || read->note_count != file->note_count)
		abort();
	for (size_t i = 0; i < read->count; i++)
		if (read->parts[i].kind != file->parts[i].kind)
			abort();
}

static inline void
fuzz_decode_with(const struct import_format *format, struct trust_bytes bytes,
    const struct trust_secret *password, bool leave_closed)
{
	TRUST_AUTO(import_file) *file = trust_alloc(sizeof *file);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	file->format = format->name;
	file->may_use_embedded = password != NULL;
	file->leave_closed = leave_closed;
	if (format->decode(bytes, password, file, &error) != (error.code == TRUST_OK))
		abort();
	if (error.code == TRUST_OK)
		import_match_keys(file);
	fuzz_check_file(file, &error);
	if (error.code == TRUST_OK)
		fuzz_check_answer(file);
}

static inline int
fuzz_format(const char *name, const uint8_t *data, size_t size)
{
	const struct trust_bytes bytes = { data, size };
	const struct import_format *format = NULL;
	TRUST_AUTO(trust_secret) *password = trust_secret_new("secret", 6);

	for (size_t i = 0; i < import_format_count; i++)
		if (strcmp(import_formats[i]->name, name) == 0)
			format = import_formats[i];
	if (!format)
		abort();
	if (!format->recognise(bytes))
		return FUZZ_NOT_OURS;
	fuzz_decode_with(format, bytes, NULL, false);
	fuzz_decode_with(format, bytes, NULL, true);
	fuzz_decode_with(format, bytes, password, false);
	return 0;
}

#define FUZZ_FORMAT(name)                                                                          \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                               \
	{                                                                                          \
		return fuzz_format(name, data, size);                                              \
	}

#endif
