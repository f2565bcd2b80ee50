/* SPDX-License-Identifier: MPL-2.0 */
/* Finding the blocks of PEM text and decoding base64. Every function reads forwards only. */

#include <string.h>

#include "core/error.h"
#include "core/text.h"
#include "import/pem.h"

static const char dashes[] = "-----";
static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char byte_order_mark[] = "\xef\xbb\xbf";

/* ---- text ---------------------------------------------------------------------------------- */

static bool
is_line_end(uint8_t c)
{
	return c == '\n' || c == '\r';
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool
starts_with(const uint8_t *at, const uint8_t *end, const char *text)
{
	size_t size = strlen(text);
	return (size_t)(end - at) >= size && memcmp(at, text, size) == 0;
}

/* Line ends between two places: \n, \r\n and a lone \r, as old Macintoshes wrote it. */
static size_t
count_lines(const uint8_t *from, const uint8_t *to)
{
	size_t lines = 0;

	for (; from < to; from++)
		lines += *from == '\n' || (*from == '\r' && (from + 1 == to || from[1] != '\n'));
	return lines;
}

static void
go_to(struct import_pem *reader, const uint8_t *to)
{
	reader->line += count_lines(reader->at, to);
	reader->at = to;
}

static struct trust_bytes
trim(const uint8_t *from, const uint8_t *to)
{
	while (from < to && is_blank(*from))
		from++;
	while (to > from && is_blank(to[-1]))
		to--;
	return (struct trust_bytes){ from, (size_t)(to - from) };
}

static const uint8_t *
line_end(const uint8_t *at, const uint8_t *end)
{
	while (at < end && !is_line_end(*at))
		at++;
	return at;
}

/* ---- marks --------------------------------------------------------------------------------- */

/* The rest of a mark behind "BEGIN " or "END ". Returns what is behind its dashes, of which one is
 * enough; NULL when there is none. */
static const uint8_t *
read_label(const uint8_t *at, const uint8_t *end, struct trust_bytes *ret_label)
{
	const uint8_t *start = at;

	while (at < end && *at != '-' && !is_line_end(*at))
		at++;
	if (at == end || *at != '-')
		return NULL;
	*ret_label = trim(start, at);
	for (size_t i = 0; i < strlen(dashes) && at < end && *at == '-'; i++)
		at++;
	return at;
}

bool
import_pem_find(struct import_pem *reader)
{
	const uint8_t *at = reader->at;
	struct trust_bytes label;

	while (at < reader->end) {
		while (at < reader->end && (is_blank(*at) || is_line_end(*at)))
			at++;
		if (starts_with(at, reader->end, byte_order_mark)) {
			at += strlen(byte_order_mark);
			continue;
		}
		if (starts_with(at, reader->end, begin_mark) &&
		    read_label(at + strlen(begin_mark), reader->end, &label)) {
			go_to(reader, at);
			return true;
		}
		at = line_end(at, reader->end);
	}
	go_to(reader, reader->end);
	return false;
}

/* Fill in how the block ends. Returns what is behind it. */
static const uint8_t *
find_end(const uint8_t *body, const uint8_t *end, struct import_pem_block *block)
{
	const uint8_t *at = body;

	while ((at = memmem(at, (size_t)(end - at), dashes, strlen(dashes))) != NULL) {
		while (starts_with(at + 1, end, dashes)) /* the last five of many */
			at++;
		block->base64 = (struct trust_bytes){ body, (size_t)(at - body) };
		block->interrupted = starts_with(at, end, begin_mark);
		if (block->interrupted)
			return at;
		if (starts_with(at, end, end_mark)) {
			const uint8_t *behind =
			    read_label(at + strlen(end_mark), end, &block->end_label);
			block->ended = behind != NULL;
			if (behind)
				return behind;
		}
		at += strlen(dashes);
	}
	block->base64 = (struct trust_bytes){ body, (size_t)(end - body) };
	return end;
}

/* ---- headers ------------------------------------------------------------------------------- */

static void
read_header(struct import_pem_block *block, struct trust_bytes line, const uint8_t *colon)
{
	struct trust_bytes name = trim(line.data, colon);
	struct trust_bytes value = trim(colon + 1, line.data + line.size);
	static const char encrypted[] = "ENCRYPTED";

	if (name.size == 8 && memcmp(name.data, "DEK-Info", 8) == 0) {
		block->encrypted = true;
		block->dek_info = value;
	} else if (name.size == 9 && memcmp(name.data, "Proc-Type", 9) == 0 &&
	    memmem(value.data, value.size, encrypted, strlen(encrypted))) {
		block->encrypted = true;
	}
}

/* Lines with a colon, which base64 has not. */
static void
split_headers(struct import_pem_block *block)
{
	const uint8_t *end = block->base64.data + block->base64.size;
	const uint8_t *at = block->base64.data;
	const uint8_t *base64 = at;

	while (at < end) {
		const uint8_t *behind = line_end(at, end);
		struct trust_bytes line = trim(at, behind);
		const uint8_t *colon = line.size ? memchr(line.data, ':', line.size) : NULL;
		if (line.size && !colon)
			break;
		if (colon) {
			read_header(block, line, colon);
			base64 = behind;
		}
		at = behind < end ? behind + 1 : end;
	}
	block->base64_line = block->line + count_lines(block->base64.data, base64);
	block->base64 = (struct trust_bytes){ base64, (size_t)(end - base64) };
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
import_pem_dek_info(const struct import_pem_block *block, uint8_t buffer[16],
    struct trust_bytes *ret_cipher, struct trust_bytes *ret_iv, struct trust_error *error)
{
	struct trust_bytes info = block->dek_info;
	const uint8_t *comma = info.size ? memchr(info.data, ',', info.size) : NULL;
	size_t size = 0;

	if (!comma)
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "it is encrypted, but its DEK-Info line is missing or damaged");
	struct trust_bytes digits = trim(comma + 1, info.data + info.size);
	for (; size < 16 && 2 * size + 1 < digits.size; size++) {
		int high = hex_digit(digits.data[2 * size]);
		int low = hex_digit(digits.data[2 * size + 1]);
		if (high < 0 || low < 0)
			break;
		buffer[size] = (uint8_t)(high << 4 | low);
	}
	if (2 * size != digits.size || size < 8)
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "its DEK-Info line is damaged");
	*ret_cipher = trim(info.data, comma);
	*ret_iv = (struct trust_bytes){ buffer, size };
	return true;
}

/* ---- base64 -------------------------------------------------------------------------------- */

static int
base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Appends to `out`, which has room. Returns where it is no base64, NULL when all of it is. */
static const uint8_t *
decode_base64(struct trust_bytes text, struct trust_secret *out, size_t *ret_digits)
{
	uint32_t bits = 0;
	bool padded = false;

	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];
		if (is_blank(c) || is_line_end(c))
			continue;
		int digit = base64_digit(c);
		bool padding = c == '=' && *ret_digits % 4 != 0;
		padded |= padding;
		if (padding)
			continue;
		if (digit < 0 || padded)
			return &text.data[i];
		bits = bits << 6 | (uint32_t)digit;
		if (++*ret_digits % 4 != 1)
			out->bytes[out->size++] =
			    (uint8_t)(bits >> (6 - 2 * ((*ret_digits - 1) % 4)));
	}
	return NULL;
}

bool
import_pem_decode(const struct import_pem_block *block, struct trust_secret **ret_bytes,
    struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *out = trust_secret_sized(block->base64.size / 4 * 3 + 3);
	size_t digits = 0;

	out->size = 0;
	const uint8_t *bad = decode_base64(block->base64, out, &digits);
	if (bad) {
		TRUST_AUTO_FREE char *what = trust_text_display(bad, 1);
		const uint8_t *end = block->base64.data + block->base64.size;
		if (end - bad > 1 && bad[0] == '\\' && bad[1] == 'n')
			return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
			    "its lines end in the two characters \\n; make lines of them: "
			    "sed 's/\\\\n/\\n/g' FILE >NEW");
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "line %zu is no base64: it has '%s'",
		    block->base64_line + count_lines(block->base64.data, bad), what);
	}
	if (digits == 0)
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL, "it is empty");
	if (digits % 4 == 1)
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "its base64 text is cut short or damaged");
	*ret_bytes = trust_steal(&out);
	return true;
}

/* ---- blocks -------------------------------------------------------------------------------- */

struct import_pem
import_pem_init(struct trust_bytes bytes)
{
	return (struct import_pem){
		.at = bytes.data,
		.end = bytes.size ? bytes.data + bytes.size : bytes.data,
		.line = 1,
	};
}

bool
import_pem_next(struct import_pem *reader, struct import_pem_block *ret_block)
{
	if (!import_pem_find(reader))
		return false;
	*ret_block = (struct import_pem_block){
		.number = ++reader->blocks,
		.line = reader->line,
	};
	const uint8_t *body =
	    read_label(reader->at + strlen(begin_mark), reader->end, &ret_block->label);
	const uint8_t *behind = find_end(body, reader->end, ret_block);
	split_headers(ret_block);
	go_to(reader, behind);
	return true;
}
