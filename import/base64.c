/* SPDX-License-Identifier: MPL-2.0 */
/* Base64 of any other format, without BEGIN and END lines: what is left of PEM when it was copied
 * out of a mail or a configuration file. */

#include <string.h>

#include "import/internal.h"
#include "import/pem.h"

bool
import_base64(struct trust_bytes text, struct trust_secret **ret_bytes, struct trust_error *error)
{
	const struct import_pem_block block = { .base64 = text, .base64_line = 1 };

	return import_pem_decode(&block, ret_bytes, error);
}

/* Without the byte order mark that Windows' programs put before text. */
static struct trust_bytes
without_mark(struct trust_bytes text)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t size = sizeof mark - 1;

	if (text.size <= size || memcmp(text.data, mark, size) != 0)
		return text;
	return (struct trust_bytes){ text.data + size, text.size - size };
}

static bool
recognise(struct trust_bytes bytes)
{
	bytes = without_mark(bytes);
	if (!import_looks_like_base64(bytes))
		return false;
	if (import_begins_with_word(bytes, "LS0tLS1CRUdJTi") || /* -----BEGIN */
	    import_begins_with_word(bytes, "PD94bWwg"))         /* <?xml */
		return true;
	/* ASN.1 begins with "M", as no word of a text need. */
	for (size_t i = 0; i < bytes.size; i++)
		if (bytes.data[i] > ' ')
			return bytes.data[i] == 'M';
	return false;
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *der = NULL;

	if (!import_base64(without_mark(bytes), &der, error))
		return false;
	import_add_note(file, "the text has no BEGIN and END lines");
	return import_decode_nested(file, (struct trust_bytes){ der->bytes, der->size }, password,
	    "base64 text", NULL, error);
}

const struct import_format import_format_base64 = {
	.name = "base64 text",
	.summary = "any of them as base64 without BEGIN and END lines",
	.recognise = recognise,
	.decode = decode,
};
