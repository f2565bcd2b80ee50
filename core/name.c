/* SPDX-License-Identifier: MPL-2.0 */
/* Distinguished names: shown, searched, compared (RFC 5280 section 7.1). */

#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unistr.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/text.h"

struct part { /* one attribute */
	struct trust_bytes oid;
	uint8_t tag;
	struct trust_bytes value;
	bool joined; /* in the same relative name as the one before */
};

/* The attributes of a name in order; false at the end and on damage. */
struct name_walk {
	struct trust_der names;
	struct trust_der set;
	unsigned count;
	bool damaged;
};

static struct name_walk
walk_init(struct trust_bytes name)
{
	struct name_walk walk = { .damaged = false };
	struct trust_der der = trust_der_init(name);

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &walk.names))
		walk.damaged = true;
	return walk;
}

static bool
walk_next(struct name_walk *walk, struct part *part)
{
	struct trust_der pair;
	struct trust_der_element oid;
	struct trust_der_element value;

	if (walk->damaged)
		return false;
	part->joined = walk->set.at != walk->set.end;
	if (!part->joined && trust_der_at_end(&walk->names))
		return false;
	/* One that is too long must not pass for one that ends here. */
	if (walk->count++ >= TRUST_MAX_NAME_PARTS) {
		walk->damaged = true;
		return false;
	}
	if (!part->joined) {
		if (!trust_der_enter(&walk->names, TRUST_DER_SET, &walk->set)) {
			walk->damaged = true;
			return false;
		}
	}
	if (!trust_der_enter(&walk->set, TRUST_DER_SEQUENCE, &pair) ||
	    !trust_der_expect(&pair, TRUST_DER_OID, &oid) || !trust_der_next(&pair, &value)) {
		walk->damaged = true;
		return false;
	}
	part->oid = oid.content;
	part->tag = value.tag;
	part->value = value.content;
	return true;
}

char *
trust_name_display(struct trust_bytes name)
{
	TRUST_AUTO_BUFFER out;
	struct name_walk walk = walk_init(name);
	struct part part;

	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	while (walk_next(&walk, &part)) {
		size_t size = 0;
		TRUST_AUTO_FREE char *oid = trust_oid_display(part.oid);
		TRUST_AUTO_FREE char *raw = trust_text_from_asn1(part.tag, part.value, &size);
		TRUST_AUTO_FREE char *value = trust_text_display(raw, size);
		trust_buffer_printf(&out, "%s%s=%s",
		    !out.size         ? ""
			: part.joined ? " + "
				      : ", ",
		    oid, value);
	}
	if (walk.damaged)
		trust_buffer_append_text(&out, out.size ? ", (malformed)" : "(malformed)");
	else if (!out.size)
		trust_buffer_append_text(&out, "(empty)");
	return trust_buffer_take(&out);
}

static char *
text_of(const struct part *part)
{
	size_t size = 0;
	char *text = trust_text_from_asn1(part->tag, part->value, &size);

	if (strlen(text) == size)
		return text;
	/* an embedded NUL: say so rather than cut the name short */
	TRUST_AUTO_FREE char *raw = text;
	return trust_text_display(raw, size);
}

char *
trust_name_attribute(struct trust_bytes name, const char *dotted_oid)
{
	struct name_walk walk = walk_init(name);
	struct part part;
	struct part last = { 0 };
	bool found = false;

	while (walk_next(&walk, &part))
		if (trust_oid_is(part.oid, dotted_oid)) {
			last = part;
			found = true;
		}
	return found ? text_of(&last) : NULL;
}

void
trust_name_attributes(struct trust_bytes name, const char *dotted_oid, char **ret_values,
    size_t most, size_t *ret_count)
{
	struct name_walk walk = walk_init(name);
	struct part part;

	*ret_count = 0;
	while (*ret_count < most && walk_next(&walk, &part))
		if (trust_oid_is(part.oid, dotted_oid))
			ret_values[(*ret_count)++] = text_of(&part);
}

bool
trust_name_has_value(struct trust_bytes name, const char *dotted_oid, const char *value)
{
	struct name_walk walk = walk_init(name);
	struct part part;
	bool found = false;

	while (!found && walk_next(&walk, &part)) {
		size_t size = 0;
		if (!trust_oid_is(part.oid, dotted_oid))
			continue;
		TRUST_AUTO_FREE char *text = trust_text_from_asn1(part.tag, part.value, &size);
		found = size == strlen(value) && memcmp(text, value, size) == 0;
	}
	return found;
}

/* ---- comparison --------------------------------------------------------------------------- */

/* Case folded, white space at the ends removed and compressed within. */
static void
normalise(const struct part *part, struct trust_buffer *out)
{
	size_t size = 0;
	TRUST_AUTO_FREE char *raw = trust_text_from_asn1(part->tag, part->value, &size);
	size_t folded_size = 0;
	uint8_t *folded = u8_casefold((uint8_t *)raw, size, NULL, NULL, NULL, &folded_size);
	bool space = false;

	for (size_t i = 0; folded && i < folded_size; i++) {
		if (folded[i] == ' ') {
			space = out->size > 0;
			continue;
		}
		if (space)
			trust_buffer_append(out, " ", 1);
		space = false;
		trust_buffer_append(out, &folded[i], 1);
	}
	free(folded);
}

static bool
is_text(uint8_t tag)
{
	return tag == TRUST_DER_UTF8_STRING || tag == TRUST_DER_PRINTABLE_STRING ||
	    tag == TRUST_DER_IA5_STRING || tag == TRUST_DER_T61_STRING ||
	    tag == TRUST_DER_NUMERIC_STRING || tag == TRUST_DER_VISIBLE_STRING ||
	    tag == TRUST_DER_BMP_STRING || tag == TRUST_DER_UNIVERSAL_STRING;
}

static bool
part_equal(const struct part *a, const struct part *b)
{
	if (!trust_bytes_equal(a->oid, b->oid) || a->joined != b->joined)
		return false;
	if (a->tag == b->tag && trust_bytes_equal(a->value, b->value))
		return true;
	if (!is_text(a->tag) || !is_text(b->tag))
		return false;
	TRUST_AUTO_BUFFER x;
	TRUST_AUTO_BUFFER y;
	trust_buffer_init(&x, TRUST_MAX_FILE_BYTES);
	trust_buffer_init(&y, TRUST_MAX_FILE_BYTES);
	normalise(a, &x);
	normalise(b, &y);
	return trust_bytes_equal(trust_buffer_bytes(&x), trust_buffer_bytes(&y));
}

bool
trust_name_equal(struct trust_bytes a, struct trust_bytes b)
{
	struct name_walk x = walk_init(a);
	struct name_walk y = walk_init(b);
	struct part p;
	struct part q;

	if (trust_bytes_equal(a, b))
		return true;
	for (;;) {
		bool more_x = walk_next(&x, &p);
		bool more_y = walk_next(&y, &q);
		if (x.damaged || y.damaged || more_x != more_y)
			return false;
		if (!more_x)
			return true;
		if (!part_equal(&p, &q))
			return false;
	}
}
