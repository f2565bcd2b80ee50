/* SPDX-License-Identifier: MPL-2.0 */
/* Reading and writing DER; BER to DER. */

#include "core/der.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/limits.h"

struct trust_der
trust_der_init(struct trust_bytes bytes)
{
	/* Not even 0 may be added to NULL. */
	return (struct trust_der){
		.at = bytes.data,
		.end = bytes.size ? bytes.data + bytes.size : bytes.data,
	};
}

bool
trust_der_at_end(const struct trust_der *der)
{
	return der->at == der->end;
}

uint8_t
trust_der_peek(const struct trust_der *der)
{
	return der->at < der->end ? *der->at : 0;
}

/* Header of an element: bytes it takes, 0 when damaged. *ret_length is the content's length; in BER
 * an indefinite one is SIZE_MAX. */
static size_t
read_header(const uint8_t *at, size_t left, bool ber, uint8_t *ret_tag, size_t *ret_length)
{
	if (left < 2 || (at[0] & 0x1f) == 0x1f)
		return 0;
	*ret_tag = at[0];
	if (at[1] < 0x80) {
		*ret_length = at[1];
		return 2;
	}
	if (at[1] == 0x80) {
		*ret_length = SIZE_MAX;
		return ber && (at[0] & 0x20) ? 2 : 0;
	}
	size_t count = at[1] & 0x7f;
	if (left < 2 + count || (!ber && at[2] == 0))
		return 0;
	size_t length = 0;
	for (size_t i = 0; i < count; i++) {
		if (length >> (8 * (sizeof length - 1) - 1))
			return 0;
		length = length << 8 | at[2 + i];
	}
	/* DER: the shortest form (X.690 section 10.1). */
	if (!ber && (length < 0x80 || count > 4))
		return 0;
	*ret_length = length;
	return 2 + count;
}

bool
trust_der_next(struct trust_der *der, struct trust_der_element *ret_element)
{
	size_t left = (size_t)(der->end - der->at);
	uint8_t tag = 0;
	size_t length = 0;
	size_t header = read_header(der->at, left, false, &tag, &length);

	if (header == 0 || length > left - header)
		return false;
	*ret_element = (struct trust_der_element){
		.tag = tag,
		.content = { der->at + header, length },
		.whole = { der->at, header + length },
	};
	der->at += header + length;
	return true;
}

bool
trust_der_expect(struct trust_der *der, uint8_t tag, struct trust_der_element *ret_element)
{
	return trust_der_peek(der) == tag && trust_der_next(der, ret_element);
}

bool
trust_der_enter(struct trust_der *der, uint8_t tag, struct trust_der *ret_inner)
{
	struct trust_der_element element;

	if (!trust_der_expect(der, tag, &element))
		return false;
	*ret_inner = trust_der_init(element.content);
	return true;
}

bool
trust_der_next_uint(struct trust_der *der, uint64_t *ret_value)
{
	struct trust_der copy = *der;
	struct trust_der_element element;
	uint64_t value = 0;

	if (!trust_der_expect(&copy, TRUST_DER_INTEGER, &element))
		return false;
	struct trust_bytes bytes = element.content;
	if (bytes.size == 0 || bytes.data[0] & 0x80 || bytes.size > 9 ||
	    (bytes.size == 9 && bytes.data[0] != 0))
		return false;
	for (size_t i = 0; i < bytes.size; i++)
		value = value << 8 | bytes.data[i];
	*der = copy;
	*ret_value = value;
	return true;
}

bool
trust_der_next_bool(struct trust_der *der, bool *ret_value)
{
	struct trust_der copy = *der;
	struct trust_der_element element;

	if (!trust_der_expect(&copy, TRUST_DER_BOOLEAN, &element) || element.content.size != 1)
		return false;
	*der = copy;
	*ret_value = element.content.data[0] != 0;
	return true;
}

bool
trust_der_next_bits(struct trust_der *der, struct trust_bytes *ret_bytes)
{
	struct trust_der copy = *der;
	struct trust_der_element element;

	if (!trust_der_expect(&copy, TRUST_DER_BIT_STRING, &element) || element.content.size < 1 ||
	    element.content.data[0] != 0)
		return false;
	*der = copy;
	*ret_bytes = (struct trust_bytes){ element.content.data + 1, element.content.size - 1 };
	return true;
}

const char *
trust_der_read_signed(struct trust_bytes der, struct trust_der_signed *ret_signed)
{
	struct trust_der outer = trust_der_init(der);
	struct trust_der inner;
	struct trust_der_element algorithm;

	if (!trust_der_enter(&outer, TRUST_DER_SEQUENCE, &inner))
		return "it is no DER sequence, or cut off";
	if (!trust_der_at_end(&outer))
		return "bytes follow it";
	if (!trust_der_expect(&inner, TRUST_DER_SEQUENCE, &ret_signed->tbs))
		return "its signed part cannot be decoded";
	if (!trust_der_expect(&inner, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_next_bits(&inner, &ret_signed->signature) || !trust_der_at_end(&inner))
		return "its signature cannot be decoded";
	ret_signed->algorithm = algorithm.whole;
	return NULL;
}

/* ---- BER ---------------------------------------------------------------------------------- */

/* Size of the element at `at`, header included; 0 when damaged or deeper than `depth`. */
static size_t
ber_size(const uint8_t *at, size_t left, unsigned depth)
{
	uint8_t tag = 0;
	size_t length = 0;
	size_t header = read_header(at, left, true, &tag, &length);

	if (header == 0 || depth == 0)
		return 0;
	if (length != SIZE_MAX)
		return length <= left - header ? header + length : 0;
	size_t used = header;
	while (left - used >= 2 && (at[used] || at[used + 1])) {
		size_t inner = ber_size(at + used, left - used, depth - 1);
		if (inner == 0)
			return 0;
		used += inner;
	}
	return left - used >= 2 ? used + 2 : 0;
}

size_t
trust_der_element_size(struct trust_bytes input)
{
	return ber_size(input.data, input.size, TRUST_MAX_DER_DEPTH);
}

static bool
is_string(uint8_t tag)
{
	tag &= 0x1f;
	return tag == TRUST_DER_OCTET_STRING || tag == TRUST_DER_BIT_STRING || tag == 0x0c ||
	    (tag >= 0x12 && tag <= 0x1e);
}

static bool ber_convert(struct trust_buffer *out, const uint8_t *at, size_t size, unsigned depth);

/* One piece of a bit string: `out` begins with the number of unused bits of the last piece, and
 * only the last may have any (X.690 section 8.6.4). */
static bool
join_bits(struct trust_buffer *out, const uint8_t *at, size_t size)
{
	if (size == 0 || out->data[0] != 0)
		return false;
	trust_buffer_append(out, at + 1, size - 1);
	out->data[0] = at[0];
	return true;
}

/* The pieces of a constructed string, one after the other: of its own kind, or octet strings, as
 * those of text are (X.690 section 8.23.6). */
static bool
join_pieces(struct trust_buffer *out, const uint8_t *at, size_t size, uint8_t tag, unsigned depth)
{
	bool bits = (tag & 0x1f) == TRUST_DER_BIT_STRING;

	while (size > 0) {
		uint8_t inner_tag = 0;
		size_t length = 0;
		size_t header = read_header(at, size, true, &inner_tag, &length);
		size_t whole = ber_size(at, size, depth);
		bool fits = (inner_tag & 0x1f) == (tag & 0x1f) ||
		    (!bits && (inner_tag & 0x1f) == TRUST_DER_OCTET_STRING);
		if (header == 0 || whole == 0 || depth == 0 || inner_tag & 0xc0 || !fits)
			return false;
		size_t content = whole - header - (length == SIZE_MAX ? 2 : 0);
		if (inner_tag & 0x20) {
			if (!join_pieces(out, at + header, content, tag, depth - 1))
				return false;
		} else if (bits) {
			if (!join_bits(out, at + header, content))
				return false;
		} else {
			trust_buffer_append(out, at + header, content);
		}
		at += whole;
		size -= whole;
	}
	return !out->overflow;
}

static bool
convert_content(
    struct trust_buffer *out, const uint8_t *at, size_t size, uint8_t tag, unsigned depth)
{
	if (!(tag & 0x20)) {
		trust_buffer_append(out, at, size);
		return !out->overflow;
	}
	if (!(tag & 0xc0) && is_string(tag)) {
		if ((tag & 0x1f) == TRUST_DER_BIT_STRING)
			trust_buffer_append(out, "", 1);
		return join_pieces(out, at, size, tag, depth);
	}
	while (size > 0) {
		size_t whole = ber_size(at, size, depth);
		if (whole == 0 || !ber_convert(out, at, whole, depth - 1))
			return false;
		at += whole;
		size -= whole;
	}
	return !out->overflow;
}

static bool
ber_convert(struct trust_buffer *out, const uint8_t *at, size_t size, unsigned depth)
{
	uint8_t tag = 0;
	size_t length = 0;
	size_t header = read_header(at, size, true, &tag, &length);
	TRUST_AUTO_BUFFER content;

	trust_buffer_init_secret(&content, TRUST_MAX_FILE_BYTES);
	if (header == 0 || depth == 0)
		return false;
	size_t inner = size - header - (length == SIZE_MAX ? 2 : 0);
	if (!convert_content(&content, at + header, inner, tag, depth))
		return false;
	if (!(tag & 0xc0) && is_string(tag))
		tag &= (uint8_t)~0x20;
	trust_der_put(out, tag, trust_buffer_bytes(&content));
	return !out->overflow;
}

bool
trust_der_from_ber(struct trust_bytes ber, uint8_t **ret_der, size_t *ret_size)
{
	TRUST_AUTO_BUFFER out;
	size_t whole = trust_der_element_size(ber);

	trust_buffer_init_secret(&out, TRUST_MAX_FILE_BYTES);
	if (whole == 0 || !ber_convert(&out, ber.data, whole, TRUST_MAX_DER_DEPTH))
		return false;
	*ret_size = out.size;
	*ret_der = (uint8_t *)trust_buffer_take(&out);
	return true;
}

/* ---- object identifiers ------------------------------------------------------------------- */

char *
trust_der_oid_text(struct trust_bytes content)
{
	TRUST_AUTO_BUFFER out;
	uint64_t arc = 0;
	bool first = true;

	trust_buffer_init(&out, 1024);
	for (size_t i = 0; i < content.size; i++) {
		if (arc >> 57)
			return trust_strdup("(oversized OID)");
		arc = arc << 7 | (content.data[i] & 0x7f);
		if (content.data[i] & 0x80)
			continue;
		if (first) {
			unsigned root = arc < 40 ? 0 : arc < 80 ? 1 : 2;
			trust_buffer_printf(
			    &out, "%u.%llu", root, (unsigned long long)(arc - 40 * root));
		} else {
			trust_buffer_printf(&out, ".%llu", (unsigned long long)arc);
		}
		first = false;
		arc = 0;
	}
	if (first || out.overflow || content.data[content.size - 1] & 0x80)
		return trust_strdup("(malformed OID)");
	return trust_buffer_take(&out);
}

static bool
put_arc(uint8_t *out, size_t *size, uint64_t arc)
{
	unsigned groups = 1;
	while (groups < 10 && arc >> (7 * groups))
		groups++;
	if (*size + groups > 64)
		return false;
	for (unsigned i = groups; i-- > 0;)
		out[(*size)++] = (uint8_t)((arc >> (7 * i) & 0x7f) | (i ? 0x80 : 0));
	return true;
}

bool
trust_der_oid_from_text(const char *text, uint8_t ret_content[64], size_t *ret_size)
{
	uint8_t out[64];
	size_t size = 0;
	uint64_t root = 0;
	unsigned index = 0;

	for (const char *at = text;; index++) {
		uint64_t arc = 0;
		if (*at < '0' || *at > '9')
			return false;
		for (; *at >= '0' && *at <= '9'; at++) {
			if (arc >> 58)
				return false;
			arc = arc * 10 + (uint64_t)(*at - '0');
		}
		if (index == 0) {
			if (arc > 2)
				return false;
			root = arc;
		} else if (index == 1) {
			if ((root < 2 && arc > 39) || !put_arc(out, &size, 40 * root + arc))
				return false;
		} else if (!put_arc(out, &size, arc)) {
			return false;
		}
		if (!*at)
			break;
		if (*at++ != '.')
			return false;
	}
	if (index < 1)
		return false;
	memcpy(ret_content, out, size);
	*ret_size = size;
	return true;
}

/* ---- writing ------------------------------------------------------------------------------ */

void
trust_der_put(struct trust_buffer *out, uint8_t tag, struct trust_bytes content)
{
	uint8_t header[2 + sizeof content.size] = { tag };
	size_t used = 2;

	if (content.size < 0x80) {
		header[1] = (uint8_t)content.size;
	} else {
		unsigned count = 1;
		while (content.size >> (8 * count) && count < sizeof content.size)
			count++;
		header[1] = (uint8_t)(0x80 | count);
		for (unsigned i = count; i-- > 0;)
			header[used++] = (uint8_t)(content.size >> (8 * i));
	}
	trust_buffer_append(out, header, used);
	trust_buffer_append(out, content.data, content.size);
}

void
trust_der_put_uint(struct trust_buffer *out, uint64_t value)
{
	uint8_t bytes[9] = { 0 };
	size_t start;

	for (size_t i = 0; i < 8; i++)
		bytes[1 + i] = (uint8_t)(value >> (8 * (7 - i)));
	for (start = 1; start < 8 && bytes[start] == 0; start++)
		;
	if (bytes[start] & 0x80)
		start--;
	trust_der_put(out, TRUST_DER_INTEGER, (struct trust_bytes){ bytes + start, 9 - start });
}

void
trust_der_put_oid(struct trust_buffer *out, const char *dotted)
{
	uint8_t content[64];
	size_t size = 0;

	if (trust_der_oid_from_text(dotted, content, &size))
		trust_der_put(out, TRUST_DER_OID, (struct trust_bytes){ content, size });
}

void
trust_der_put_null(struct trust_buffer *out)
{
	trust_der_put(out, TRUST_DER_NULL, (struct trust_bytes){ 0 });
}

void
trust_der_put_octets(struct trust_buffer *out, struct trust_bytes content)
{
	trust_der_put(out, TRUST_DER_OCTET_STRING, content);
}
