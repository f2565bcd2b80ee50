/* SPDX-License-Identifier: MPL-2.0 */
/* Does a change only what it was asked for? A file that somebody else wrote may have its own ways:
 * of what goes or is decided anew each item must be one that the request names. */

#include <string.h>

#include "core/cert.h"
#include "core/change_internal.h"
#include "core/error.h"
#include "core/table_internal.h"

struct asked {
	const struct trust_change_request *request;
	const struct trust_store *base;
	struct trust_table_index by_id; /* index of the action, twice: see put_action() */
};

/* A record of trust without digest is about all certificates of its issuer and serial number, so
 * that who names one of them names all. */
static void
put_action(struct asked *asked, size_t i)
{
	const uint8_t *id = asked->request->actions[i].id;
	const struct trust_item *item = trust_store_find(asked->base, id);

	trust_table_put(&asked->by_id, trust_hash_id(id), i);
	if (item && item->cert)
		trust_table_put(
		    &asked->by_id, trust_hash_pair(item->cert->issuer, item->cert->serial_tlv), i);
}

static bool
is_named(const struct asked *asked, const uint8_t *id)
{
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = trust_table_find(&asked->by_id, trust_hash_id(id), &at)) >= 0;)
		if (memcmp(asked->request->actions[i].id, id, TRUST_SHA256_BYTES) == 0)
			return true;
	return false;
}

static bool
twin_is_named(const struct asked *asked, const struct trust_cert *cert)
{
	uint64_t hash = trust_hash_pair(cert->issuer, cert->serial_tlv);
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = trust_table_find(&asked->by_id, hash, &at)) >= 0;) {
		const struct trust_item *item =
		    trust_store_find(asked->base, asked->request->actions[i].id);
		if (item && item->cert && trust_bytes_equal(item->cert->issuer, cert->issuer) &&
		    trust_bytes_equal(item->cert->serial_tlv, cert->serial_tlv))
			return true;
	}
	return false;
}

static bool
adds_list(const struct trust_change_request *request)
{
	for (size_t i = 0; i < request->action_count; i++)
		if (request->actions[i].kind == TRUST_ADD_CRL)
			return true;
	return false;
}

static bool
is_asked(const struct asked *asked, const struct trust_effect *effect)
{
	const struct trust_item *item = trust_store_find(asked->base, effect->id);

	switch (effect->kind) {
	case TRUST_EFFECT_DELETED:
	case TRUST_EFFECT_KEY_DELETED:
	case TRUST_EFFECT_TRUST:
		return is_named(asked, effect->id) ||
		    (item && item->cert && twin_is_named(asked, item->cert)) ||
		    /* A revocation list takes the place of its issuer's earlier one. */
		    (effect->item_kind == TRUST_KIND_CRL && adds_list(asked->request));
	default:
		return true;
	}
}

bool
trust_change_is_asked(
    const struct trust_change *change, const struct trust_store *base, struct trust_error *error)
{
	struct asked asked = { .request = &change->request, .base = base };
	const struct trust_effect *other = NULL;

	/* Undo and a new password name no items. */
	if (change->request.action_count == 0)
		return true;
	asked.by_id = trust_table_new(2 * change->request.action_count);
	for (size_t i = 0; i < change->request.action_count; i++)
		put_action(&asked, i);
	for (size_t i = 0; i < change->effects.count && !other; i++)
		if (!is_asked(&asked, &change->effects.list[i]))
			other = &change->effects.list[i];
	trust_table_done(&asked.by_id);
	if (!other)
		return true;
	trust_fail(error, TRUST_STORE_DAMAGED, other->name,
	    "store '%s' is not changed: more would come of it than was asked for (%s: '%s')",
	    change->place.name, trust_effect_word(other->kind), other->name);
	return trust_hint(error, "to see what is wrong with the store: trustctl store check");
}
