/* SPDX-License-Identifier: MPL-2.0 */
/*
 * p11-kit's own files (doc/internals of p11-kit: "persist format"): sections that begin with
 * [p11-kit-object-v1], lines `name: value`, where strings are quoted and percent-encoded, and the
 * certificate as a PEM block or as `value`. Trust and attached extensions are told, not applied.
 */

#include <string.h>

#include "core/buffer.h"
#include "core/limits.h"
#include "core/progress.h"
#include "import/internal.h"
#include "import/pem.h"

static const char header[] = "[p11-kit-object-v1]";

static bool
recognise(struct trust_bytes bytes)
{
	return bytes.size && memmem(bytes.data, bytes.size, header, strlen(header)) &&
	    (bytes.data[0] == '[' || bytes.data[0] == '#' || bytes.data[0] <= ' ');
}

/* The value behind "name:" at the start of a line; false: there is none. */
static bool
find_value(struct trust_bytes section, const char *name, struct trust_bytes *ret_value)
{
	const uint8_t *at = section.data;
	const uint8_t *end = section.data + section.size;
	size_t length = strlen(name);

	while (at < end) {
		const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		if ((size_t)(stop - at) > length && memcmp(at, name, length) == 0 &&
		    at[length] == ':') {
			at += length + 1;
			while (at < stop && (*at == ' ' || *at == '\t'))
				at++;
			while (stop > at && stop[-1] <= ' ')
				stop--;
			*ret_value = (struct trust_bytes){ at, (size_t)(stop - at) };
			return true;
		}
		at = stop < end ? stop + 1 : end;
	}
	return false;
}

static int
hex(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0'
	    : c >= 'a' && c <= 'f'  ? c - 'a' + 10
	    : c >= 'A' && c <= 'F'  ? c - 'A' + 10
				    : -1;
}

/* "text%20with" to bytes. */
static bool
unquote(struct trust_bytes value, struct trust_buffer *out)
{
	if (value.size < 2 || value.data[0] != '"' || value.data[value.size - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < value.size; i++) {
		uint8_t byte = value.data[i];
		if (byte == '%') {
			int high = i + 3 < value.size ? hex(value.data[i + 1]) : -1;
			int low = high >= 0 ? hex(value.data[i + 2]) : -1;
			if (low < 0)
				return false;
			byte = (uint8_t)(high * 16 + low);
			i += 2;
		}
		trust_buffer_append(out, &byte, 1);
	}
	return true;
}

static bool
is_word(struct trust_bytes section, const char *name, const char *word)
{
	struct trust_bytes value;

	return find_value(section, name, &value) && value.size == strlen(word) &&
	    memcmp(value.data, word, value.size) == 0;
}

struct p11kit {
	struct import_file *file;
	size_t number;
	size_t trusted;
	size_t distrusted;
};

/* PEM blocks that belong to no object. Takes where. */
static bool
refuse_blocks(struct p11kit *p11kit, struct import_pem *reader, char *where)
{
	struct import_pem_block block;
	size_t count = 0;

	while (import_pem_next(reader, &block))
		count++;
	if (count > 0)
		return import_add_refused(p11kit->file, TRUST_INPUT_MALFORMED, where,
		    "%zu PEM block%s without an object of %s own", count, count == 1 ? "" : "s",
		    count == 1 ? "its" : "their");
	trust_free(where);
	return true;
}

/* Owned by the caller; NULL: none. */
static char *
section_label(struct trust_bytes section)
{
	struct trust_bytes value;
	TRUST_AUTO_BUFFER label;

	trust_buffer_init(&label, TRUST_MAX_NICKNAME_BYTES);
	if (!find_value(section, "label", &value) || !unquote(value, &label) || label.overflow ||
	    memchr(label.data ? label.data : (const uint8_t *)"", 0, label.size))
		return NULL;
	return label.size ? trust_buffer_take(&label) : NULL;
}

static struct import_part *
add_certificate(struct p11kit *p11kit, struct trust_bytes section, char *where)
{
	struct import_pem reader = import_pem_init(section);
	struct import_pem_block block;
	struct trust_bytes value;
	TRUST_AUTO(trust_secret) *der = NULL;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER bytes;

	trust_buffer_init(&bytes, TRUST_MAX_CERT_BYTES);
	if (import_pem_next(&reader, &block)) {
		if (!block.ended || !import_pem_decode(&block, &der, &failed))
			return import_add_refused(p11kit->file, TRUST_INPUT_MALFORMED, where, "%s",
			    failed.message ? failed.message : "its PEM block is cut short");
		return import_add_cert(
		    p11kit->file, (struct trust_bytes){ der->bytes, der->size }, where);
	}
	if (!find_value(section, "value", &value) || !unquote(value, &bytes) || bytes.overflow)
		return import_add_refused(p11kit->file, TRUST_INPUT_MALFORMED, where,
		    "the object has no certificate, or a damaged one");
	return import_add_cert(p11kit->file, trust_buffer_bytes(&bytes), where);
}

static bool
add_section(struct p11kit *p11kit, struct trust_bytes section)
{
	char *where = trust_printf("object %zu", ++p11kit->number);

	if (is_word(section, "class", "x-certificate-extension"))
		return import_add_skipped(p11kit->file, where,
		    "an extension that p11-kit attaches to a certificate; NSS has no such thing");
	if (!is_word(section, "class", "certificate")) {
		struct trust_bytes class = { 0 };
		if (find_value(section, "class", &class))
			return import_add_skipped(
			    p11kit->file, where, "an object that is no certificate");
		/* p11-kit takes what has a PEM block for what the block says. */
		struct import_pem reader = import_pem_init(section);
		if (!import_pem_find(&reader))
			return import_add_skipped(p11kit->file, where, "an object without class");
	}
	struct import_part *part = add_certificate(p11kit, section, where);
	if (!part)
		return false;
	if (part->kind == IMPORT_CERTIFICATE) {
		part->friendly_name = section_label(section);
		p11kit->trusted += is_word(section, "trusted", "true");
		p11kit->distrusted += is_word(section, "x-distrusted", "true");
	}
	struct import_pem reader = import_pem_init(section);
	struct import_pem_block first;
	return !import_pem_next(&reader, &first) ||
	    refuse_blocks(p11kit, &reader, trust_printf("object %zu", p11kit->number));
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	struct p11kit p11kit = { .file = file };
	const uint8_t *end = bytes.data + bytes.size;
	const uint8_t *at = memmem(bytes.data, bytes.size, header, strlen(header));
	struct import_pem before =
	    import_pem_init((struct trust_bytes){ bytes.data, (size_t)(at - bytes.data) });

	(void)password;
	if (!refuse_blocks(&p11kit, &before, trust_strdup("before object 1")))
		return import_fail_full(error);
	while (at) {
		trust_progress_tell("bytes decoded", bytes.size - (size_t)(end - at), bytes.size);
		at += strlen(header);
		const uint8_t *next = memmem(at, (size_t)(end - at), header, strlen(header));
		const uint8_t *stop = next ? next : end;
		if (!add_section(&p11kit, (struct trust_bytes){ at, (size_t)(stop - at) }))
			return import_fail_full(error);
		at = next;
	}
	if (p11kit.trusted + p11kit.distrusted > 0)
		import_add_note(file,
		    "the file marks %zu certificates as trusted and %zu as distrusted; this is not "
		    "applied, importing never changes trust",
		    p11kit.trusted, p11kit.distrusted);
	return true;
}

const struct import_format import_format_p11kit = {
	.name = "p11-kit file",
	.summary = "certificates with p11-kit's attributes (.p11-kit)",
	.recognise = recognise,
	.decode = decode,
};
