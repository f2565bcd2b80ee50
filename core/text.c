/* SPDX-License-Identifier: MPL-2.0 */
/* What a terminal may see of text from outside. */

#include "core/text.h"

#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <unistr.h>
#include <uniwidth.h>

#include "core/buffer.h"
#include "core/der.h"
#include "core/limits.h"

/* How many bytes from here on are plain ASCII: mostly all. */
static size_t
plain_ascii(const uint8_t *at, size_t size)
{
	size_t count = 0;

	while (count < size && at[count] >= 0x20 && at[count] < 0x7f)
		count++;
	return count;
}

/* Categories that draw nothing by themselves, or change how their neighbours are drawn. */
static bool
is_plain(ucs4_t code)
{
	if (code < 0x80)
		return code >= 0x20 && code < 0x7f;
	/* Fillers and selectors are letters and marks by category, and nothing to the eye. */
	if (uc_is_property_default_ignorable_code_point(code))
		return false;
	return !uc_is_general_category_withtable(code,
	    UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cs | UC_CATEGORY_MASK_Co |
		UC_CATEGORY_MASK_Cn | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

static void
put_code(struct trust_buffer *out, ucs4_t code, const uint8_t *bytes, size_t size)
{
	if (is_plain(code))
		trust_buffer_append(out, bytes, size);
	else if (code < 0x80)
		trust_buffer_printf(out, "\\x%02x", (unsigned)code);
	else if (code <= 0xffff)
		trust_buffer_printf(out, "\\u%04x", (unsigned)code);
	else
		trust_buffer_printf(out, "\\U%08x", (unsigned)code);
}

char *
trust_text_display(const void *bytes, size_t size)
{
	TRUST_AUTO_BUFFER out;
	const uint8_t *at = bytes;

	trust_buffer_init(&out, SIZE_MAX / 4);
	while (size > 0) {
		size_t used = plain_ascii(at, size);
		ucs4_t code = 0;
		int length;
		if (used > 0) {
			trust_buffer_append(&out, at, used);
		} else if ((length = u8_mbtoucr(&code, at, size)) > 0) {
			used = (size_t)length;
			put_code(&out, code, at, used);
		} else {
			used = 1;
			trust_buffer_printf(&out, "\\x%02x", *at);
		}
		at += used;
		size -= used;
	}
	return trust_buffer_take(&out);
}

char *
trust_text_display_string(const char *text)
{
	return text ? trust_text_display(text, strlen(text)) : NULL;
}

bool
trust_text_is_utf8(const void *bytes, size_t size)
{
	return u8_check(bytes, size) == NULL;
}

bool
trust_text_is_plain(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size > 0) {
		size_t used = plain_ascii(at, size);
		ucs4_t code = 0;
		if (used == 0) {
			int length = u8_mbtoucr(&code, at, size);
			if (length <= 0 || !is_plain(code))
				return false;
			used = (size_t)length;
		}
		at += used;
		size -= used;
	}
	return true;
}

size_t
trust_text_width(const char *displayable)
{
	int width = u8_width((const uint8_t *)displayable, strlen(displayable), "UTF-8");
	return width > 0 ? (size_t)width : 0;
}

char *
trust_text_cut(const char *displayable, size_t columns, const char *mark)
{
	const uint8_t *at = (const uint8_t *)displayable;
	size_t taken = 0;
	ucs4_t code;

	if (trust_text_width(displayable) <= columns)
		return trust_strdup(displayable);
	size_t room = trust_text_width(mark) < columns ? columns - trust_text_width(mark) : 0;
	for (const uint8_t *next; (next = u8_next(&code, at)) != NULL; at = next) {
		int width = uc_width(code, "UTF-8");
		taken += width > 0 ? (size_t)width : 0;
		if (taken > room)
			break;
	}
	int kept = (int)(at - (const uint8_t *)displayable);
	return trust_printf("%.*s%s", kept, displayable, mark);
}

char *
trust_text_ascii(const char *displayable)
{
	static const struct {
		ucs4_t code;
		const char *likeness;
	} signs[] = { { 0x2514, "`" }, { 0x2500, "-" }, { 0x2026, "..." } };
	const uint8_t *at = (const uint8_t *)displayable;
	TRUST_AUTO_BUFFER out;
	ucs4_t code;

	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	while ((at = u8_next(&code, at)) != NULL) {
		const char *likeness = NULL;
		char plain[2] = { (char)code, '\0' };
		for (size_t i = 0; i < TRUST_COUNT(signs); i++)
			if (signs[i].code == code)
				likeness = signs[i].likeness;
		if (code < 0x80)
			likeness = plain;
		if (likeness)
			trust_buffer_append_text(&out, likeness);
		else
			trust_buffer_printf(
			    &out, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
	}
	return trust_buffer_take(&out);
}

static void
put_utf8(struct trust_buffer *out, ucs4_t code)
{
	uint8_t bytes[6];
	int length = u8_uctomb(bytes, code, sizeof bytes);
	if (length <= 0)
		length = u8_uctomb(bytes, 0xfffd, sizeof bytes);
	trust_buffer_append(out, bytes, (size_t)length);
}

static void
put_utf16(struct trust_buffer *out, struct trust_bytes content)
{
	for (size_t i = 0; i + 1 < content.size; i += 2) {
		ucs4_t code = (ucs4_t)content.data[i] << 8 | content.data[i + 1];
		if (code >= 0xd800 && code < 0xdc00 && i + 3 < content.size) {
			ucs4_t low = (ucs4_t)content.data[i + 2] << 8 | content.data[i + 3];
			if (low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		put_utf8(out, code);
	}
	if (content.size % 2)
		put_utf8(out, 0xfffd);
}

static void
put_checked_utf8(struct trust_buffer *out, struct trust_bytes content)
{
	while (content.size > 0) {
		size_t used = plain_ascii(content.data, content.size);
		ucs4_t code = 0;
		if (used == 0) {
			int length = u8_mbtoucr(&code, content.data, content.size);
			used = length > 0 ? (size_t)length : 0;
		}
		trust_buffer_append(out, content.data, used);
		if (used == 0) {
			put_utf8(out, 0xfffd);
			used = 1;
		}
		content.data += used;
		content.size -= used;
	}
}

char *
trust_text_from_asn1(uint8_t tag, struct trust_bytes content, size_t *ret_size)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, SIZE_MAX / 4);
	switch (tag) {
	case TRUST_DER_BMP_STRING:
		put_utf16(&out, content);
		break;
	case TRUST_DER_UNIVERSAL_STRING:
		for (size_t i = 0; i + 3 < content.size; i += 4)
			put_utf8(&out,
			    (ucs4_t)content.data[i] << 24 | (ucs4_t)content.data[i + 1] << 16 |
				(ucs4_t)content.data[i + 2] << 8 | content.data[i + 3]);
		if (content.size % 4)
			put_utf8(&out, 0xfffd);
		break;
	case TRUST_DER_T61_STRING:
		for (size_t i = 0; i < content.size; i++)
			put_utf8(&out, content.data[i]);
		break;
	default:
		put_checked_utf8(&out, content);
		break;
	}
	*ret_size = out.size;
	return trust_buffer_take(&out);
}

unsigned
trust_text_distance(const char *a, const char *b)
{
	size_t width = strlen(b);
	unsigned row[64];

	if (strlen(a) >= TRUST_COUNT(row) || width >= TRUST_COUNT(row))
		return UINT32_MAX;
	for (size_t j = 0; j <= width; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i + 1;
		for (size_t j = 1; j <= width; j++) {
			unsigned best = diagonal + (a[i] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[width];
}

static bool only_ascii;

void
trust_shell_words_in_ascii(bool wanted)
{
	only_ascii = wanted;
}

/* In $'...': bytes by three octal digits, so that what follows is not taken for more of them. */
static char *
shell_word_by_numbers(const char *text)
{
	TRUST_AUTO_BUFFER word;

	trust_buffer_init(&word, SIZE_MAX / 4);
	trust_buffer_append_text(&word, "$'");
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;
		bool plain = byte >= ' ' && byte < 0x7f && byte != '\'' && byte != '\\';
		trust_buffer_printf(&word, plain ? "%c" : "\\%03o", byte);
	}
	trust_buffer_append_text(&word, "'");
	return trust_buffer_take(&word);
}

char *
trust_text_fill(const char *text,
    char *(*value_of)(const void *context, const char *key, size_t size), const void *context)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, 65536);
	while (*text) {
		const char *open = strchrnul(text, '{');
		trust_buffer_append(&out, text, (size_t)(open - text));
		const char *close = strchr(open, '}');
		if (!close)
			break;
		TRUST_AUTO_FREE char *value =
		    value_of(context, open + 1, (size_t)(close - open - 1));
		if (!value)
			return NULL;
		trust_buffer_append_text(&out, value);
		text = close + 1;
	}
	return trust_buffer_take(&out);
}

char *
trust_shell_word(const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789/._-+:@%,=";
	size_t used = 0;

	size_t size = strlen(text);
	if (!trust_text_is_plain(text, size) ||
	    (only_ascii && plain_ascii((const uint8_t *)text, size) < size))
		return shell_word_by_numbers(text);
	if (*text && text[strspn(text, safe)] == '\0')
		return trust_strdup(text);
	char *word = trust_alloc(4 * strlen(text) + 3);
	word[used++] = '\'';
	for (; *text; text++) {
		if (*text == '\'') {
			memcpy(word + used, "'\\''", 4);
			used += 4;
		} else {
			word[used++] = *text;
		}
	}
	word[used++] = '\'';
	word[used] = '\0';
	return word;
}
