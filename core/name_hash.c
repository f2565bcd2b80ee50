/* SPDX-License-Identifier: MPL-2.0 */
/* A hash of distinguished names that goes with trust_name_equal(). */

#include <stdlib.h>

#include <unicase.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/text.h"

static uint64_t
mix(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Case folded, white space at the ends left out and compressed within. */
static uint64_t
mix_folded(uint64_t hash, const uint8_t *text, size_t size, bool ascii)
{
	bool space = false;
	bool started = false;

	for (size_t i = 0; i < size; i++) {
		uint8_t c = text[i];
		if (c == ' ') {
			space = started;
			continue;
		}
		if (ascii && c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 'a' - 'A');
		if (space)
			hash = mix(hash, " ", 1);
		space = false;
		started = true;
		hash = mix(hash, &c, 1);
	}
	return mix(hash, "", 1);
}

static uint64_t
mix_value(uint64_t hash, const struct trust_der_element *value)
{
	bool ascii = value->tag == TRUST_DER_UTF8_STRING ||
	    value->tag == TRUST_DER_PRINTABLE_STRING || value->tag == TRUST_DER_IA5_STRING ||
	    value->tag == TRUST_DER_T61_STRING || value->tag == TRUST_DER_NUMERIC_STRING ||
	    value->tag == TRUST_DER_VISIBLE_STRING;
	bool wide = value->tag == TRUST_DER_BMP_STRING || value->tag == TRUST_DER_UNIVERSAL_STRING;

	if (!ascii && !wide)
		return mix(hash, value->whole.data, value->whole.size);
	for (size_t i = 0; ascii && i < value->content.size; i++)
		ascii = value->content.data[i] < 0x80;
	if (ascii)
		return mix_folded(hash, value->content.data, value->content.size, true);
	size_t size = 0;
	size_t folded_size = 0;
	TRUST_AUTO_FREE char *raw = trust_text_from_asn1(value->tag, value->content, &size);
	uint8_t *folded = u8_casefold((uint8_t *)raw, size, NULL, NULL, NULL, &folded_size);
	if (folded)
		hash = mix_folded(hash, folded, folded_size, false);
	free(folded);
	return hash;
}

/* Names that trust_name_equal() calls equal have one hash. */
uint64_t
trust_name_hash(struct trust_bytes name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct trust_der der = trust_der_init(name);
	struct trust_der parts, set, pair;
	struct trust_der_element oid;
	struct trust_der_element value;
	unsigned count = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &parts))
		return mix(hash, name.data, name.size);
	while (trust_der_enter(&parts, TRUST_DER_SET, &set)) {
		while (trust_der_enter(&set, TRUST_DER_SEQUENCE, &pair)) {
			if (count++ >= TRUST_MAX_NAME_PARTS ||
			    !trust_der_expect(&pair, TRUST_DER_OID, &oid) ||
			    !trust_der_next(&pair, &value))
				return hash;
			hash = mix(hash, oid.content.data, oid.content.size);
			hash = mix_value(hash, &value);
		}
		hash = mix(hash, "", 1); /* where a part ends */
	}
	return hash;
}
