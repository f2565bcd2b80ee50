/* SPDX-License-Identifier: MPL-2.0 */
/* Distribution points: where a revocation list is, and by that name, which certificates it is
 * for. */

#include "core/buffer.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/der.h"
#include "core/limits.h"

/* Names of one point that are compared; real ones have one or two. */
#define MAX_POINT_NAMES 64

bool
trust_reason_flags(struct trust_bytes bits, unsigned *ret_reasons)
{
	unsigned mask = 0;

	if (bits.size < 1 || bits.data[0] > 7)
		return false;
	for (unsigned bit = 1; bit <= 8; bit++)
		if (1 + bit / 8 < bits.size && (bits.data[1 + bit / 8] & (0x80 >> bit % 8)))
			mask |= 1u << bit;
	*ret_reasons = mask;
	return true;
}

/* DistributionPoint, section 4.2.1.13. */
bool
trust_point_next(struct trust_der *list, struct trust_point *ret_point, bool *ret_damaged)
{
	struct trust_der inner, outer;
	struct trust_der_element element;
	struct trust_point point = { .reasons = TRUST_CRL_ALL_REASONS };

	if (trust_der_at_end(list))
		return false;
	*ret_damaged = true;
	if (!trust_der_enter(list, TRUST_DER_SEQUENCE, &inner))
		return false;
	if (trust_der_enter(&inner, TRUST_DER_CONTEXT(0), &outer)) {
		if (!trust_der_next(&outer, &element) || !trust_der_at_end(&outer))
			return false;
		point.named = true;
		if (element.tag == TRUST_DER_CONTEXT(0))
			point.full = element.content;
		else if (element.tag == TRUST_DER_CONTEXT(1))
			point.relative = element.content;
		else
			return false;
	}
	if (trust_der_expect(&inner, TRUST_DER_CONTEXT_PRIMITIVE(1), &element) &&
	    !trust_reason_flags(element.content, &point.reasons))
		return false;
	if (trust_der_expect(&inner, TRUST_DER_CONTEXT(2), &element))
		point.issuer = element.content;
	if (!trust_der_at_end(&inner))
		return false;
	*ret_damaged = false;
	*ret_point = point;
	return true;
}

/* ---- names --------------------------------------------------------------------------------- */

static bool
general_names_equal(const struct trust_der_element *a, const struct trust_der_element *b)
{
	if (a->tag != b->tag)
		return false;
	return trust_bytes_equal(a->content, b->content) ||
	    (a->tag == TRUST_DER_CONTEXT(4) && trust_name_equal(a->content, b->content));
}

bool
trust_general_names_have(struct trust_bytes names, struct trust_bytes name)
{
	struct trust_der der = trust_der_init(names);
	struct trust_der_element element;

	for (int i = 0; i < MAX_POINT_NAMES && trust_der_next(&der, &element); i++)
		if (element.tag == TRUST_DER_CONTEXT(4) && trust_name_equal(element.content, name))
			return true;
	return false;
}

/* The GeneralNames of a point, owned: a relative one is put behind what it is relative to. */
static char *
names_of(const struct trust_point *point, struct trust_bytes base, size_t *ret_size)
{
	TRUST_AUTO_BUFFER parts;
	TRUST_AUTO_BUFFER name;
	TRUST_AUTO_BUFFER out;
	struct trust_der der = trust_der_init(base);
	struct trust_der_element sequence;

	trust_buffer_init(&parts, TRUST_MAX_FILE_BYTES);
	trust_buffer_init(&name, TRUST_MAX_FILE_BYTES);
	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	if (point->relative.size == 0) {
		trust_buffer_append(&out, point->full.data, point->full.size);
	} else if (trust_der_expect(&der, TRUST_DER_SEQUENCE, &sequence)) {
		trust_buffer_append(&parts, sequence.content.data, sequence.content.size);
		trust_der_put(&parts, TRUST_DER_SET, point->relative);
		trust_der_put(&name, TRUST_DER_SEQUENCE, trust_buffer_bytes(&parts));
		trust_der_put(&out, TRUST_DER_CONTEXT(4), trust_buffer_bytes(&name));
	}
	*ret_size = out.size;
	return trust_buffer_take(&out);
}

bool
trust_points_meet(const struct trust_point *a, struct trust_bytes a_base,
    const struct trust_point *b, struct trust_bytes b_base)
{
	size_t a_size = 0;
	size_t b_size = 0;
	TRUST_AUTO_FREE char *a_names = names_of(a, a_base, &a_size);
	TRUST_AUTO_FREE char *b_names = names_of(b, b_base, &b_size);
	struct trust_der x = trust_der_init((struct trust_bytes){ (uint8_t *)a_names, a_size });
	struct trust_der_element p;
	struct trust_der_element q;

	for (int i = 0; i < MAX_POINT_NAMES && trust_der_next(&x, &p); i++) {
		struct trust_der y =
		    trust_der_init((struct trust_bytes){ (uint8_t *)b_names, b_size });
		for (int k = 0; k < MAX_POINT_NAMES && trust_der_next(&y, &q); k++)
			if (general_names_equal(&p, &q))
				return true;
	}
	return false;
}
