/* SPDX-License-Identifier: MPL-2.0 */
/* A decoded file as bytes, between the child that decodes and its parent. */

#include "import/answer.h"

#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/limits.h"
#include "core/progress.h"
#include "core/text.h"
#include "core/wire.h"
#include "import/internal.h"

/* ---- writing ------------------------------------------------------------------------------- */

static uint32_t
format_index(const struct import_file *file)
{
	uint32_t index = 0;

	while (index < import_format_count &&
	    (!file->format || strcmp(file->format, import_formats[index]->name) != 0))
		index++;
	return index;
}

static void
put_part(struct trust_buffer *out, const struct import_part *part)
{
	struct trust_bytes content = { 0 };

	if (part->cert)
		content = part->cert->der;
	else if (part->crl)
		content = part->crl->der;
	else if (part->pkcs8)
		content = (struct trust_bytes){ part->pkcs8->bytes, part->pkcs8->size };
	trust_wire_put_u32(out, part->kind);
	trust_wire_put_u32(out, part->code);
	trust_wire_put_u32(out, (uint32_t)part->cert_index);
	trust_wire_put_bytes(out, content);
	trust_wire_put_text(out, part->friendly_name);
	trust_wire_put_text(out, part->group);
	trust_wire_put_text(out, part->key_words);
	trust_wire_put_text(out, part->where);
	trust_wire_put_text(out, part->reason);
}

void
import_answer_put(
    struct trust_buffer *out, const struct import_file *file, const struct trust_error *error)
{
	trust_wire_put_u32(out, error->code);
	trust_wire_put_text(out, error->message);
	trust_wire_put_text(out, error->hint);
	trust_wire_put_u32(out, format_index(file));
	trust_wire_put_text(out, file->protection);
	trust_wire_put_text(out, file->embedded);
	trust_wire_put_u32(out, file->needs);
	trust_wire_put_u32(out, file->unchecked);
	trust_wire_put_u32(out, (uint32_t)file->fact_count);
	for (size_t i = 0; i < file->fact_count; i++) {
		trust_wire_put_text(out, file->facts[i].name);
		trust_wire_put_text(out, file->facts[i].value);
	}
	trust_wire_put_u32(out, (uint32_t)file->note_count);
	for (size_t i = 0; i < file->note_count; i++)
		trust_wire_put_text(out, file->notes[i]);
	size_t count = error->code == TRUST_OK ? file->count : 0;
	trust_wire_put_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		put_part(out, &file->parts[i]);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Displayable text, owned by the caller; NULL stays NULL. */
static char *
read_text(struct trust_wire *wire)
{
	TRUST_AUTO_FREE char *text = trust_wire_text(wire);
	return trust_text_display_string(text);
}

static bool
is_input_code(uint32_t code)
{
	switch (code) {
	case TRUST_INPUT_UNKNOWN:
	case TRUST_INPUT_MALFORMED:
	case TRUST_INPUT_LIMIT:
	case TRUST_INPUT_PASSWORD:
	case TRUST_INPUT_UNSUPPORTED:
		return true;
	default:
		return false;
	}
}

/* The content as its kind wants it. */
static bool
set_content(struct import_part *part, struct trust_bytes content)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	switch (part->kind) {
	case IMPORT_CERTIFICATE:
		return trust_cert_decode(content, &part->cert, &ignored);
	case IMPORT_KEY:
		part->pkcs8 = trust_secret_new(content.data, content.size);
		return content.size > 0 && part->key_words;
	case IMPORT_CRL:
		return trust_crl_decode(content, &part->crl, &ignored);
	case IMPORT_SKIPPED:
		return content.size == 0 && part->reason;
	case IMPORT_REFUSED:
		return content.size == 0 && part->reason && is_input_code(part->code);
	}
	return false;
}

static bool
read_part(struct trust_wire *wire, struct import_file *file)
{
	uint32_t kind = trust_wire_u32(wire);
	struct import_part *part = wire->bad || kind > IMPORT_REFUSED
	    ? NULL
	    : import_add_part(file, (enum import_part_kind)kind);

	if (!part)
		return false;
	part->code = (enum trust_code)trust_wire_u32(wire);
	part->cert_index = (int)trust_wire_u32(wire);
	struct trust_bytes content = trust_wire_bytes(wire);
	part->friendly_name = trust_wire_text(wire);
	part->group = read_text(wire);
	part->key_words = read_text(wire);
	part->where = read_text(wire);
	part->reason = read_text(wire);
	return !wire->bad && set_content(part, content);
}

static bool
indices_are_good(const struct import_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		int index = file->parts[i].cert_index;
		if (index == -1)
			continue;
		if (index < 0 || (size_t)index >= file->count ||
		    file->parts[i].kind != IMPORT_KEY ||
		    file->parts[index].kind != IMPORT_CERTIFICATE)
			return false;
	}
	return true;
}

static void
read_facts(struct trust_wire *wire, struct import_file *file)
{
	uint32_t facts = trust_wire_u32(wire);

	for (uint32_t i = 0; i < facts && !wire->bad; i++) {
		TRUST_AUTO_FREE char *name = read_text(wire);
		TRUST_AUTO_FREE char *value = read_text(wire);
		if (name && value)
			import_add_fact(file, name, "%s", value);
	}
}

static bool
read_file(struct trust_wire *wire, struct import_file *file)
{
	uint32_t format = trust_wire_u32(wire);

	file->protection = read_text(wire);
	file->embedded = read_text(wire);
	file->needs = trust_wire_u32(wire);
	file->unchecked = trust_wire_u32(wire) != 0;
	read_facts(wire, file);
	uint32_t notes = trust_wire_u32(wire);
	for (uint32_t i = 0; i < notes && !wire->bad; i++) {
		TRUST_AUTO_FREE char *note = read_text(wire);
		if (note)
			import_add_note(file, "%s", note);
	}
	uint32_t parts = trust_wire_u32(wire);
	for (uint32_t i = 0; i < parts; i++) {
		trust_progress_tell("parts taken from the file", i, parts);
		if (!read_part(wire, file))
			return false;
	}
	trust_progress_end();
	if (wire->bad || wire->at != wire->end || format > import_format_count)
		return false;
	file->format = format < import_format_count ? import_formats[format]->name : NULL;
	return indices_are_good(file);
}

static bool
fail_senseless(struct trust_error *error)
{
	return trust_fail(
	    error, TRUST_BUG, NULL, "the process that decodes the file gave a senseless answer");
}

bool
import_answer_read(
    struct trust_bytes answer, struct import_file *ret_file, struct trust_error *error)
{
	struct trust_wire wire = trust_wire_init(answer);
	uint32_t code = trust_wire_u32(&wire);
	TRUST_AUTO_FREE char *message = read_text(&wire);
	TRUST_AUTO_FREE char *hint = read_text(&wire);

	if (!read_file(&wire, ret_file))
		return fail_senseless(error);
	if (code == TRUST_OK)
		return ret_file->format || fail_senseless(error);
	if (!is_input_code(code) || !message)
		return fail_senseless(error);
	(void)trust_fail(error, (enum trust_code)code, NULL, "%s", message);
	return hint ? trust_hint(error, "%s", hint) : false;
}
