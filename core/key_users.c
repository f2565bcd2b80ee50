/* SPDX-License-Identifier: MPL-2.0 */
/* Who shares a private key; see key_users.h. */

#include "core/key_users.h"

#include "core/store_internal.h"

struct trust_key_users {
	const struct trust_store *store; /* borrowed */
	struct trust_table_index items;  /* those with a private key, by its row */
	bool *leaves;                    /* owned, by item */
	bool *taken;                     /* owned, by the first item that has the key */
};

struct trust_key_users *
trust_key_users_new(const struct trust_store *store)
{
	struct trust_key_users *users = trust_alloc(sizeof *users);

	*users = (struct trust_key_users){
		.store = store,
		.items = trust_table_new(store->count),
		.leaves = trust_alloc_array(store->count, sizeof(bool)),
		.taken = trust_alloc_array(store->count, sizeof(bool)),
	};
	for (size_t i = 0; i < store->count; i++)
		if (store->items[i].key_object_id)
			trust_table_put(
			    &users->items, trust_hash_number(store->items[i].key_object_id), i);
	return users;
}

void
trust_key_users_free(struct trust_key_users *users)
{
	if (!users)
		return;
	trust_table_done(&users->items);
	trust_free(users->leaves);
	trust_free(users->taken);
	trust_free(users);
}

void
trust_key_users_leave(struct trust_key_users *users, const uint8_t id[TRUST_SHA256_BYTES])
{
	const struct trust_store *store = users->store;

	for (const struct trust_item *item = trust_store_find(store, id); item;
	     item = trust_store_next_copy(store, item))
		users->leaves[item - store->items] = true;
}

/* The next item with this key, in the order of the store; -1: no more. */
static int64_t
next_user(const struct trust_key_users *users, uint32_t key_object_id, size_t *at)
{
	uint64_t hash = trust_hash_number(key_object_id);

	for (int64_t i; (i = trust_table_find(&users->items, hash, at)) >= 0;)
		if (users->store->items[i].key_object_id == key_object_id)
			return i;
	return -1;
}

const struct trust_item *
trust_key_users_other(const struct trust_key_users *users, const struct trust_item *item)
{
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = next_user(users, item->key_object_id, &at)) >= 0;)
		if (&users->store->items[i] != item && !users->leaves[i])
			return &users->store->items[i];
	return NULL;
}

char *
trust_key_users_words(const struct trust_item *item, const struct trust_item *other)
{
	TRUST_AUTO_FREE char *id = trust_hex(other->id, 8); /* names are often the same */

	return trust_printf(
	    "the private key of '%s' stays: '%s' (%s) uses it too", item->name, other->name, id);
}

bool
trust_key_users_take(struct trust_key_users *users, const struct trust_item *item)
{
	size_t at = TRUST_TABLE_START;
	int64_t first = next_user(users, item->key_object_id, &at);

	if (first < 0 || users->taken[first])
		return false;
	return users->taken[first] = true;
}
