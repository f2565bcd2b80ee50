/* SPDX-License-Identifier: MPL-2.0 */
/* What the work of a change looks up, by hash. */

#include <string.h>

#include "core/cert.h"
#include "core/change_index_internal.h"
#include "core/error.h"
#include "core/store.h"

static uint64_t
hash_text(const char *text)
{
	return trust_hash_bytes((struct trust_bytes){ (const uint8_t *)text, strlen(text) });
}

/* ---- nicknames ---------------------------------------------------------------------------- */

/* Takes the name over. */
static struct trust_nickname *
put_nickname(struct trust_change_index *index, char *name, struct trust_bytes subject)
{
	index->nicknames =
	    trust_grow_by_one(index->nicknames, index->nickname_count, sizeof *index->nicknames);
	struct trust_nickname *nickname = &index->nicknames[index->nickname_count];
	*nickname = (struct trust_nickname){ .name = name };
	if (subject.size)
		nickname->subject =
		    (struct trust_bytes){ trust_memdup(subject.data, subject.size), subject.size };
	trust_table_put(&index->names, hash_text(name), index->nickname_count++);
	return nickname;
}

/* The next entry of this name. */
static struct trust_nickname *
next_nickname(const struct trust_change_index *index, const char *name, size_t *at)
{
	uint64_t hash = hash_text(name);

	for (int64_t i; (i = trust_table_find(&index->names, hash, at)) >= 0;)
		if (strcmp(index->nicknames[i].name, name) == 0)
			return &index->nicknames[i];
	return NULL;
}

/* One entry for each pair of name and subject, however many certificates have both. */
static bool
is_known(const struct trust_change_index *index, const char *name, struct trust_bytes subject,
    bool *ret_taken)
{
	struct trust_nickname *nickname = NULL;
	size_t at = TRUST_TABLE_START;
	bool known = false;

	*ret_taken = false;
	while ((nickname = next_nickname(index, name, &at))) {
		bool same = trust_bytes_equal(nickname->subject, subject);
		known = known || same;
		*ret_taken = *ret_taken || (nickname->subject.size && !same);
	}
	return known;
}

static struct trust_nickname *
counter_of(struct trust_change_index *index, const char *name)
{
	struct trust_nickname *nickname = NULL;
	size_t at = TRUST_TABLE_START;

	while ((nickname = next_nickname(index, name, &at)))
		if (nickname->subject.size == 0)
			return nickname;
	nickname = put_nickname(index, trust_strdup(name), (struct trust_bytes){ 0 });
	nickname->number = 1;
	return nickname;
}

char *
trust_change_index_nickname(
    struct trust_change_index *index, const char *wished, struct trust_bytes subject)
{
	TRUST_AUTO_FREE char *name = trust_strdup(wished);
	bool taken = false;
	bool known = is_known(index, name, subject, &taken);

	if (taken) {
		/* Which may be elsewhere after each name that is put in. */
		struct trust_nickname *of_wished = counter_of(index, wished);
		size_t counter = (size_t)(of_wished - index->nicknames);
		while (taken) {
			trust_free(name);
			name = trust_printf("%s #%u", wished, ++index->nicknames[counter].number);
			known = is_known(index, name, subject, &taken);
		}
	}
	if (!known)
		put_nickname(index, trust_strdup(name), subject);
	return trust_steal(&name);
}

/* ---- the rest ----------------------------------------------------------------------------- */

/* By item: nobody has its nickname any more when the request adds its first certificate. Owned by
 * the caller. */
static bool *
leaving(const struct trust_store *store, const struct trust_change_request *request)
{
	bool *leaves = trust_alloc_array(trust_store_count(store) + 1, sizeof *leaves);

	for (size_t i = 0; i < request->action_count; i++) {
		const struct trust_action *action = &request->actions[i];
		if (action->kind == TRUST_ADD_CERT)
			break;
		if (action->kind != TRUST_DELETE_CERT)
			continue;
		const struct trust_item *item = trust_store_find(store, action->id);
		for (; item; item = trust_store_next_copy(store, item))
			leaves[item - trust_store_item(store, 0)] = true;
	}
	return leaves;
}

static void
index_store(struct trust_change_index *index, const bool *leaves)
{
	const struct trust_store *store = index->store;

	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		bool taken = false;
		if (!item->cert)
			continue;
		trust_table_put(
		    &index->items, trust_hash_pair(item->cert->issuer, item->cert->serial_tlv), i);
		if (leaves[i])
			continue;
		if (item->nickname.size == 0 || memchr(item->nickname.data, 0, item->nickname.size))
			continue; /* no name of ours can be like it */
		char *name = trust_alloc(item->nickname.size + 1);
		memcpy(name, item->nickname.data, item->nickname.size);
		if (is_known(index, name, item->cert->subject, &taken))
			trust_free(name);
		else
			put_nickname(index, name, item->cert->subject);
	}
	for (size_t i = 0; i < trust_store_orphan_count(store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(store, i);
		trust_table_put(
		    &index->orphans, trust_hash_pair(orphan->issuer, orphan->serial), i);
	}
}

void
trust_change_index_init(struct trust_change_index *index, const struct trust_store *store,
    const struct trust_change_request *request)
{
	size_t items = trust_store_count(store);
	size_t actions = request->action_count;

	*index = (struct trust_change_index){
		.store = store,
		.request = request,
		.ids = trust_alloc_array(actions + 1, sizeof *index->ids),
		.gone = trust_alloc_array(items + 1, sizeof *index->gone),
		.items = trust_table_new(items),
		.orphans = trust_table_new(trust_store_orphan_count(store)),
		.adding = trust_table_new(actions),
		.added = trust_table_new(actions),
		/* of items, of what is added, and a counter for each of these */
		.names = trust_table_new(items + 2 * actions),
		.key_users = trust_key_users_new(store),
	};
	TRUST_AUTO_FREE bool *leaves = leaving(store, request);
	index_store(index, leaves);
	for (size_t i = 0; i < actions; i++) {
		const struct trust_action *action = &request->actions[i];
		if (action->kind == TRUST_DELETE_CERT)
			trust_key_users_leave(index->key_users, action->id);
		if (action->kind != TRUST_ADD_CERT)
			continue;
		trust_sha256(action->der.data, action->der.size, index->ids[i]);
		if (!trust_change_index_adding(index, index->ids[i]))
			trust_table_put(&index->adding, trust_hash_id(index->ids[i]), i);
	}
}

void
trust_change_index_done(struct trust_change_index *index)
{
	struct trust_table_index *tables[] = { &index->items, &index->orphans, &index->adding,
		&index->added, &index->names };

	for (size_t i = 0; i < TRUST_COUNT(tables); i++)
		trust_table_done(tables[i]);
	for (size_t i = 0; i < index->nickname_count; i++) {
		trust_free(index->nicknames[i].name);
		trust_free((void *)index->nicknames[i].subject.data);
	}
	trust_free(index->nicknames);
	trust_free(index->ids);
	trust_free(index->gone);
	trust_key_users_free(index->key_users);
}

const struct trust_action *
trust_change_index_adding(
    const struct trust_change_index *index, const uint8_t id[TRUST_SHA256_BYTES])
{
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = trust_table_find(&index->adding, trust_hash_id(id), &at)) >= 0;)
		if (memcmp(index->ids[i], id, TRUST_SHA256_BYTES) == 0)
			return &index->request->actions[i];
	return NULL;
}

/* The certificate of an action was decoded before; it is again only where hashes meet. */
static bool
adds_serial(const struct trust_action *action, const struct trust_cert *cert)
{
	TRUST_AUTO(trust_cert) *other = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	return trust_cert_decode(action->der, &other, &ignored) &&
	    trust_bytes_equal(other->issuer, cert->issuer) &&
	    trust_bytes_equal(other->serial_tlv, cert->serial_tlv);
}

bool
trust_change_index_has_serial(const struct trust_change_index *index, const struct trust_cert *cert)
{
	uint64_t hash = trust_hash_pair(cert->issuer, cert->serial_tlv);
	size_t at = TRUST_TABLE_START;
	int64_t i = 0;

	while ((i = trust_table_find(&index->items, hash, &at)) >= 0) {
		const struct trust_cert *other = trust_store_item(index->store, (size_t)i)->cert;
		if (!index->gone[i] && trust_bytes_equal(other->serial_tlv, cert->serial_tlv) &&
		    trust_bytes_equal(other->issuer, cert->issuer))
			return true;
	}
	at = TRUST_TABLE_START;
	while ((i = trust_table_find(&index->added, hash, &at)) >= 0)
		if (adds_serial(&index->request->actions[i], cert))
			return true;
	return false;
}

void
trust_change_index_note_deleted(struct trust_change_index *index, const struct trust_item *item)
{
	const struct trust_item *first = trust_store_item(index->store, 0);

	for (; item; item = trust_store_next_copy(index->store, item))
		index->gone[item - first] = true;
}

void
trust_change_index_note_added(struct trust_change_index *index, const struct trust_action *action,
    const struct trust_cert *cert)
{
	trust_table_put(&index->added, trust_hash_pair(cert->issuer, cert->serial_tlv),
	    (size_t)(action - index->request->actions));
}
