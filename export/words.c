/* SPDX-License-Identifier: MPL-2.0 */
/* Text as other programs read it: base64, and what must be quoted in JSON, XML and shells. */

#include <string.h>

#include <nettle/base64.h>

#include "core/cert.h"
#include "core/text.h"
#include "export/internal.h"

#define LINE_BYTES 48 /* 64 characters: RFC 7468 section 3 */
#define FILE_NAME_BYTES 48
#define ID_DIGITS 8 /* of an identifier, enough to keep names of one directory apart */

static void
put_base64(struct trust_buffer *out, const uint8_t *data, size_t size)
{
	char line[BASE64_ENCODE_RAW_LENGTH(LINE_BYTES)];

	base64_encode_raw(line, size, data);
	trust_buffer_append(out, line, BASE64_ENCODE_RAW_LENGTH(size));
	explicit_bzero(line, sizeof line);
}

void
export_put_base64(struct trust_buffer *out, struct trust_bytes bytes)
{
	for (size_t at = 0; at < bytes.size; at += LINE_BYTES)
		put_base64(out, bytes.data + at,
		    bytes.size - at < LINE_BYTES ? bytes.size - at : LINE_BYTES);
}

void
export_put_block(struct trust_buffer *out, const char *label, struct trust_bytes bytes)
{
	trust_buffer_printf(out, "-----BEGIN %s-----\n", label);
	for (size_t at = 0; at < bytes.size; at += LINE_BYTES) {
		size_t size = bytes.size - at < LINE_BYTES ? bytes.size - at : LINE_BYTES;
		put_base64(out, bytes.data + at, size);
		trust_buffer_append(out, "\n", 1);
	}
	trust_buffer_printf(out, "-----END %s-----\n", label);
}

bool
export_take_block(struct trust_bytes text, const char *label, struct trust_buffer *ret_bytes)
{
	TRUST_AUTO_FREE char *head = trust_printf("-----BEGIN %s-----\n", label);
	TRUST_AUTO_FREE char *tail = trust_printf("-----END %s-----\n", label);
	size_t around = strlen(head) + strlen(tail);
	struct base64_decode_ctx context;

	if (text.size < around || memcmp(text.data, head, strlen(head)) != 0 ||
	    memcmp(text.data + text.size - strlen(tail), tail, strlen(tail)) != 0)
		return false;
	size_t size = BASE64_DECODE_LENGTH(text.size - around);
	TRUST_AUTO(trust_secret) *plain = trust_secret_sized(size); /* it may be a readable key */
	base64_decode_init(&context);
	if (!base64_decode_update(&context, &size, plain->bytes, text.size - around,
		(const char *)text.data + strlen(head)) ||
	    !base64_decode_final(&context))
		return false;
	trust_buffer_append(ret_bytes, plain->bytes, size);
	return !ret_bytes->overflow;
}

void
export_put_json(struct trust_buffer *out, const char *text)
{
	trust_buffer_append(out, "\"", 1);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			trust_buffer_printf(out, "\\%c", *text);
		else if (*text == '\n')
			trust_buffer_append_text(out, "\\n");
		else if ((unsigned char)*text < 0x20)
			trust_buffer_printf(out, "\\u%04x", (unsigned)*text);
		else
			trust_buffer_append(out, text, 1);
	}
	trust_buffer_append(out, "\"", 1);
}

void
export_put_xml(struct trust_buffer *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			trust_buffer_append_text(out, "&lt;");
		else if (*text == '>')
			trust_buffer_append_text(out, "&gt;");
		else if (*text == '&')
			trust_buffer_append_text(out, "&amp;");
		else
			trust_buffer_append(out, text, 1);
	}
}

/* In single quotes a shell takes everything as it is but the single quote. */
void
export_put_shell(struct trust_buffer *out, const char *text)
{
	trust_buffer_append(out, "'", 1);
	for (; *text; text++) {
		if (*text == '\'')
			trust_buffer_append_text(out, "'\\''");
		else
			trust_buffer_append(out, text, 1);
	}
	trust_buffer_append(out, "'", 1);
}

char *
export_part_words(const struct export_part *part)
{
	if (part->friendly_name && *part->friendly_name)
		return trust_text_display_string(part->friendly_name);
	return trust_cert_label(part->cert);
}

char *
export_uuid(const uint8_t digest[])
{
	uint8_t u[16];

	memcpy(u, digest, sizeof u);
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x80); /* version 8 of RFC 9562: bits of our own */
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	TRUST_AUTO_FREE char *hex = trust_hex(u, sizeof u);
	return trust_printf("%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static const char file_name_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

char *
export_part_file_name(const struct export_part *part, const char *extension)
{
	TRUST_AUTO_FREE char *words = export_part_words(part);
	TRUST_AUTO_FREE char *digits = trust_hex(part->cert->id, ID_DIGITS / 2);
	char name[FILE_NAME_BYTES + 1];
	size_t size = 0;

	for (const char *c = words; *c && size < FILE_NAME_BYTES; c++) {
		bool plain = strchr(file_name_letters, *c) && *c != '_';
		if (plain && (size > 0 || (*c != '.' && *c != '-')))
			name[size++] = *c;
		else if (!plain && size > 0 && name[size - 1] != '_')
			name[size++] = '_';
	}
	name[size] = '\0';
	return trust_printf("%s%s%s%s", name, size > 0 ? "-" : "", digits, extension);
}

bool
export_is_file_name_of(const struct trust_cert *cert, const char *name, const char *extension)
{
	TRUST_AUTO_FREE char *digits = trust_hex(cert->id, ID_DIGITS / 2);
	TRUST_AUTO_FREE char *end = trust_printf("%s%s", digits, extension);
	size_t size = strlen(name);

	if (*name == '.' || strspn(name, file_name_letters) != size || size < strlen(end) ||
	    strcmp(name + size - strlen(end), end) != 0)
		return false;
	return size == strlen(end) || name[size - strlen(end) - 1] == '-';
}
