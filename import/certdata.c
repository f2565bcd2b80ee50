/* SPDX-License-Identifier: MPL-2.0 */
/*
 * certdata.txt, the source of NSS's built-in roots: PKCS #11 objects as lines of attribute, type
 * and value, bytes as octal escapes between MULTILINE_OCTAL and END. Each certificate object
 * becomes a part; what the trust objects say is counted and told, never applied.
 */

#include <string.h>

#include "core/buffer.h"
#include "core/limits.h"
#include "core/progress.h"
#include "import/internal.h"

struct certdata {
	struct import_file *file;
	const uint8_t *at;
	const uint8_t *end;
	size_t line;

	/* The object being read. */
	bool is_cert;
	bool is_trust;
	bool broken;
	size_t object_line;
	char *label; /* owned */
	struct trust_buffer value;
	bool anchor;
	bool distrusted;

	size_t certs;
	size_t anchors;
	size_t distrusts;
	size_t dates;
};

static bool
recognise(struct trust_bytes bytes)
{
	size_t size = bytes.size < 65536 ? bytes.size : 65536; /* its licence comes first */
	static const char begin[] = "BEGINDATA";
	static const char class[] = "CKA_CLASS CK_OBJECT_CLASS";

	return size &&
	    (memmem(bytes.data, size, begin, strlen(begin)) ||
		memmem(bytes.data, size, class, strlen(class)));
}

static bool
next_line(struct certdata *data, struct trust_bytes *ret_line)
{
	if (data->at == data->end)
		return false;
	const uint8_t *stop = memchr(data->at, '\n', (size_t)(data->end - data->at));
	const uint8_t *behind = stop ? stop + 1 : data->end;
	if (!stop)
		stop = data->end;
	if (stop > data->at && stop[-1] == '\r')
		stop--;
	*ret_line = (struct trust_bytes){ data->at, (size_t)(stop - data->at) };
	data->at = behind;
	data->line++;
	return true;
}

static bool
begins(struct trust_bytes line, const char *word)
{
	return line.size >= strlen(word) && memcmp(line.data, word, strlen(word)) == 0;
}

static bool
has(struct trust_bytes line, const char *word)
{
	return line.size && memmem(line.data, line.size, word, strlen(word));
}

/* Lines of \ooo up to END. out: NULL to pass over them. */
static bool
read_octal(struct certdata *data, struct trust_buffer *out)
{
	struct trust_bytes line;

	while (next_line(data, &line)) {
		if (begins(line, "END"))
			return true;
		for (size_t i = 0; i < line.size; i += 4) {
			unsigned value = 0;
			if (line.size - i < 4 || line.data[i] != '\\')
				return false;
			for (size_t k = 1; k < 4; k++) {
				if (line.data[i + k] < '0' || line.data[i + k] > '7')
					return false;
				value = value << 3 | (unsigned)(line.data[i + k] - '0');
			}
			const uint8_t byte = (uint8_t)value;
			if (value > 0xff)
				return false;
			if (out)
				trust_buffer_append(out, &byte, 1);
		}
	}
	return false;
}

static void
read_label(struct certdata *data, struct trust_bytes line)
{
	const uint8_t *from = memchr(line.data, '"', line.size);
	const uint8_t *to = from ? memrchr(line.data, '"', line.size) : NULL;

	trust_free(trust_steal(&data->label));
	if (to > from && to - from <= TRUST_MAX_NICKNAME_BYTES)
		data->label = trust_printf("%.*s", (int)(to - from - 1), from + 1);
}

/* The object ends. False: the file has too many. */
static bool
finish_object(struct certdata *data)
{
	bool room = true;

	if (data->is_trust) {
		data->anchors += data->anchor;
		data->distrusts += data->distrusted;
	}
	if (data->is_cert) {
		char *where =
		    trust_printf("certificate %zu, line %zu", ++data->certs, data->object_line);
		struct import_part *part =
		    data->broken || data->value.overflow || data->value.size == 0
		    ? import_add_refused(
			  data->file, TRUST_INPUT_MALFORMED, where, "its value is damaged")
		    : import_add_cert(data->file, trust_buffer_bytes(&data->value), where);
		room = part != NULL;
		if (part && part->kind == IMPORT_CERTIFICATE)
			part->friendly_name = trust_steal(&data->label);
	}
	trust_free(trust_steal(&data->label));
	trust_buffer_clear(&data->value);
	data->is_cert = data->is_trust = data->broken = data->anchor = data->distrusted = false;
	return room;
}

static void
read_attribute(struct certdata *data, struct trust_bytes line)
{
	bool value = begins(line, "CKA_VALUE ");

	if (begins(line, "CKA_LABEL"))
		read_label(data, line);
	data->dates += has(line, "DISTRUST_AFTER MULTILINE_OCTAL");
	data->anchor |= begins(line, "CKA_TRUST_") && has(line, "TRUSTED_DELEGATOR");
	data->distrusted |= begins(line, "CKA_TRUST_") &&
	    (has(line, "CKT_NSS_NOT_TRUSTED") || has(line, "CKT_NETSCAPE_UNTRUSTED"));
	if (has(line, "MULTILINE_OCTAL") && !read_octal(data, value ? &data->value : NULL))
		data->broken = true;
}

static bool
read_lines(struct certdata *data, struct trust_error *error)
{
	const uint8_t *start = data->at;
	struct trust_bytes line;

	while (next_line(data, &line)) {
		if (!begins(line, "CKA_CLASS")) {
			read_attribute(data, line);
			continue;
		}
		trust_progress_tell(
		    "bytes decoded", (size_t)(data->at - start), (size_t)(data->end - start));
		if (!finish_object(data))
			return import_fail_full(error);
		data->object_line = data->line;
		data->is_cert = has(line, "CKO_CERTIFICATE");
		data->is_trust = has(line, "CKO_NSS_TRUST") || has(line, "CKO_NETSCAPE_TRUST") ||
		    has(line, "CKO_TRUST");
	}
	return finish_object(data) || import_fail_full(error);
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	struct certdata data = { .file = file, .at = bytes.data, .end = bytes.data + bytes.size };

	(void)password;
	trust_buffer_init(&data.value, TRUST_MAX_CERT_BYTES);
	bool good = read_lines(&data, error);
	trust_free(data.label);
	trust_buffer_done(&data.value);
	if (!good)
		return false;
	if (data.anchors + data.distrusts + data.dates > 0)
		import_add_note(file,
		    "the file trusts %zu certificates, distrusts %zu, and limits %zu by the date "
		    "of issue; this is not applied, importing never changes trust",
		    data.anchors, data.distrusts, data.dates);
	return data.certs > 0 ||
	    trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL, "the list has no certificate objects");
}

const struct import_format import_format_certdata = {
	.name = "NSS certdata.txt",
	.summary = "the list of NSS's built-in roots (certdata.txt)",
	.recognise = recognise,
	.decode = decode,
};
