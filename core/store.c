/* SPDX-License-Identifier: MPL-2.0 */
/* A store in memory: what was read, joined and indexed. The readers are in store_read.c and
 * builtin_nss.c, store_join.c joins what they read, store_select.c selects by name. */

#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/error.h"
#include "core/preflight.h"
#include "core/stage_internal.h"
#include "core/store_form_internal.h"
#include "core/store_internal.h"
#include "core/table_internal.h"
#include "core/text.h"

/* ---- filling ------------------------------------------------------------------------------- */

struct trust_item *
trust_store_new_item(struct trust_store *store)
{
	if (store->count == store->capacity) {
		store->capacity = store->capacity ? 2 * store->capacity : 64;
		store->items =
		    trust_grow_array(store->items, store->capacity, sizeof *store->items);
		store->certs =
		    trust_grow_array(store->certs, store->capacity, sizeof *store->certs);
		store->names =
		    trust_grow_array(store->names, store->capacity, sizeof *store->names);
		store->crls = trust_grow_array(store->crls, store->capacity, sizeof *store->crls);
	}
	store->certs[store->count] = NULL;
	store->crls[store->count] = NULL;
	store->names[store->count] = NULL;
	struct trust_item *item = &store->items[store->count++];
	*item = (struct trust_item){ 0 };
	return item;
}

/* 0 says of an item that it has no such row. */
static uint32_t
id_of_row(uint32_t object_id)
{
	return object_id ? object_id : TRUST_ODD_OBJECT_ID;
}

struct trust_item *
trust_store_add_cert(struct trust_store *store, struct trust_bytes der, struct trust_bytes nickname,
    uint32_t object_id, struct trust_bytes key_id)
{
	TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
	struct trust_item *item = trust_store_new_item(store);
	size_t index = store->count - 1;

	item->object_id = id_of_row(object_id);
	item->nickname = store->streaming ? nickname : trust_arena_copy(&store->arena, nickname);
	item->key_id = store->streaming ? key_id : trust_arena_copy(&store->arena, key_id);
	if (trust_cert_decode(der, &store->certs[index], &why)) {
		item->cert = store->certs[index];
		item->der = item->cert->der;
		memcpy(item->id, item->cert->id, sizeof item->id);
		return item;
	}
	item->der = store->streaming ? der : trust_arena_copy(&store->arena, der);
	item->kind = TRUST_KIND_SERVER;
	trust_sha256(der.data, der.size, item->id);
	TRUST_AUTO_FREE char *label = trust_text_display(nickname.data, nickname.size);
	store->names[index] = trust_printf("%s (%s)", *label ? label : "(no name)", why.message);
	return item;
}

void
trust_store_add_crl(struct trust_store *store, struct trust_bytes der, uint32_t object_id)
{
	TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
	struct trust_item *item = trust_store_new_item(store);
	size_t index = store->count - 1;

	item->kind = TRUST_KIND_CRL;
	item->object_id = id_of_row(object_id);
	trust_sha256(der.data, der.size, item->id);
	if (trust_crl_decode(der, &store->crls[index], &why)) {
		item->crl = store->crls[index];
		item->der = item->crl->der;
		store->names[index] = trust_crl_words(item->crl);
		return;
	}
	item->der = store->streaming ? der : trust_arena_copy(&store->arena, der);
	store->names[index] = trust_printf("(%s)", why.message);
}

void
trust_store_add_record(struct trust_store *store, const struct trust_raw_record *record)
{
	if (store->record_count == store->record_capacity) {
		store->record_capacity = store->record_capacity ? 2 * store->record_capacity : 64;
		store->records = trust_grow_array(
		    store->records, store->record_capacity, sizeof *store->records);
	}
	struct trust_raw_record *copy = &store->records[store->record_count++];
	*copy = *record;
	copy->issuer = trust_arena_copy(&store->arena, record->issuer);
	copy->serial = trust_arena_copy(&store->arena, record->serial);
	copy->digest = trust_arena_copy(&store->arena, record->digest);
	copy->values = trust_arena_copy(&store->arena, record->values);
}

void
trust_store_add_key(struct trust_store *store, const struct trust_raw_key *key)
{
	store->keys = trust_grow_by_one(store->keys, store->key_count, sizeof *store->keys);
	struct trust_raw_key *copy = &store->keys[store->key_count++];
	*copy = *key;
	copy->object_id = id_of_row(key->object_id);
	copy->key_id = trust_arena_copy(&store->arena, key->key_id);
	copy->label = trust_arena_copy(&store->arena, key->label);
	copy->public_value = trust_arena_copy(&store->arena, key->public_value);
}

/* ---- opening ------------------------------------------------------------------------------- */

static struct trust_store *
store_new(const struct trust_place *place)
{
	struct trust_store *store = trust_alloc(sizeof *store);
	store->place = trust_place_copy(place);
	store->modern_owner = place->nss_libdir != NULL;
	return store;
}

static bool
read_copy(struct trust_store *store, const struct trust_store_options *options,
    const struct trust_visitor *visitor, struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;

	return trust_store_recover_copy(&store->place, 0, &stage, error) &&
	    trust_store_read(store, stage->work, options, visitor, error);
}

bool
trust_store_open_in(const struct trust_place *place, const char *directory,
    const struct trust_store_options *options, struct trust_store **ret_store,
    struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = store_new(place);

	if (!trust_store_read(store, directory, options, NULL, error))
		return false;
	trust_store_join(store);
	*ret_store = trust_steal(&store);
	return true;
}

static bool
read_place(struct trust_store *store, const struct trust_store_options *options,
    const struct trust_visitor *visitor, struct trust_error *error)
{
	struct trust_preflight found = { 0 };

	if (store->place.kind == TRUST_PLACE_BUILTIN)
		return trust_builtin_read(store, error);
	if (!trust_preflight(&store->place, TRUST_FOR_READING, true, &found, error))
		return false;
	store->recovered = found.cert_journal_hot || (found.key_journal_hot && !options->skip_keys);
	return store->recovered || found.wal
	    ? read_copy(store, options, visitor, error)
	    : trust_store_read(store, store->place.path, options, visitor, error);
}

static const struct trust_store_options defaults;

bool
trust_store_open(const struct trust_place *place, const struct trust_store_options *options,
    struct trust_store **ret_store, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = store_new(place);

	if (!read_place(store, options ? options : &defaults, NULL, error))
		return false;
	trust_store_join(store);
	*ret_store = trust_steal(&store);
	return true;
}

bool
trust_store_each(const struct trust_place *place, const struct trust_store_options *options,
    void (*visit)(void *context, const struct trust_store *store, const struct trust_item *item),
    void *context, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = store_new(place);
	const struct trust_visitor visitor = { visit, context };

	if (!read_place(store, options ? options : &defaults, &visitor, error))
		return false;
	if (place->kind != TRUST_PLACE_BUILTIN) {
		trust_store_add_lone_keys(store, &visitor);
		return true;
	}
	trust_store_join(store); /* a list of a few hundred is kept as it is */
	for (size_t i = 0; i < store->count; i++)
		visit(context, store, &store->items[i]);
	return true;
}

bool
trust_builtin_open(struct trust_store **ret_store, struct trust_error *error)
{
	struct trust_environment environment = trust_environment_current();
	TRUST_AUTO(trust_places) *places = trust_places_discover(&environment);

	for (size_t i = 0; i < places->count; i++)
		if (places->list[i].kind == TRUST_PLACE_BUILTIN && places->list[i].exists)
			return trust_store_open(&places->list[i], NULL, ret_store, error);
	*ret_store = NULL;
	return true;
}

void
trust_store_close(struct trust_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++) {
		trust_cert_free(store->certs[i]);
		trust_crl_free(store->crls[i]);
		trust_free(store->names[i]);
	}
	for (size_t i = 0; i < store->orphan_count; i++)
		trust_free(store->orphans[i].issuer_name);
	trust_free(store->items);
	trust_free(store->certs);
	trust_free(store->crls);
	trust_free(store->names);
	trust_free(store->orphans);
	trust_free(store->records);
	trust_free(store->keys);
	trust_table_done(&store->by_id);
	trust_table_done(&store->by_serial);
	trust_table_done(&store->by_key);
	trust_free(store->version);
	trust_place_done(&store->place);
	trust_arena_done(&store->arena);
	trust_free(store);
}

/* ---- looking ------------------------------------------------------------------------------- */

const struct trust_place *
trust_store_place(const struct trust_store *store)
{
	return &store->place;
}

bool
trust_store_was_recovered(const struct trust_store *store)
{
	return store->recovered;
}

bool
trust_store_was_read_by_nss(const struct trust_store *store)
{
	return store->by_nss;
}

bool
trust_store_has_password(const struct trust_store *store)
{
	return store->has_password;
}

const char *
trust_store_version(const struct trust_store *store)
{
	return store->version;
}

size_t
trust_store_count(const struct trust_store *store)
{
	return store->count;
}

const struct trust_item *
trust_store_item(const struct trust_store *store, size_t index)
{
	return &store->items[index];
}

size_t
trust_store_orphan_count(const struct trust_store *store)
{
	return store->orphan_count;
}

const struct trust_orphan *
trust_store_orphan(const struct trust_store *store, size_t index)
{
	return &store->orphans[index];
}

const struct trust_item *
trust_store_repeated(const struct trust_store *store, const struct trust_orphan *orphan)
{
	return orphan->repeats ? &store->items[orphan->repeats - 1] : NULL;
}

const struct trust_item *
trust_store_find(const struct trust_store *store, const uint8_t id[TRUST_SHA256_BYTES])
{
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = trust_table_find(&store->by_id, trust_hash_id(id), &at)) >= 0;)
		if (memcmp(store->items[i].id, id, TRUST_SHA256_BYTES) == 0)
			return &store->items[i];
	return NULL;
}

const struct trust_item *
trust_store_next_copy(const struct trust_store *store, const struct trust_item *item)
{
	return item->next_copy ? &store->items[item->next_copy - 1] : NULL;
}

bool
trust_orphan_is_about(const struct trust_orphan *orphan, const struct trust_cert *cert)
{
	return trust_bytes_equal(orphan->issuer, cert->issuer) &&
	    trust_bytes_equal(orphan->serial, cert->serial_tlv) &&
	    (orphan->digest.size == 0 || trust_digest_is_of(orphan->digest, cert->der));
}

/* ---- trust --------------------------------------------------------------------------------- */

static struct trust_states
record_states(const struct trust_record *record)
{
	/* NSS counts a record whose signature is wrong as no decision. */
	return record->present && record->seal != TRUST_SEAL_TAMPERED ? record->states
								      : (struct trust_states){ 0 };
}

static enum trust_seal
record_seal(const struct trust_record *record)
{
	return record->present ? record->seal : TRUST_SEAL_NONE;
}

/* The record that the store's own programs read. */
static const struct trust_record *
record_that_counts(const struct trust_store *store, const struct trust_item *item)
{
	bool modern = item->modern.present && (store->modern_owner || !item->legacy.present);
	return modern ? &item->modern : &item->legacy;
}

struct trust_states
trust_item_states(const struct trust_store *store, const struct trust_item *item)
{
	return record_states(record_that_counts(store, item));
}

enum trust_seal
trust_item_states_seal(const struct trust_store *store, const struct trust_item *item)
{
	return record_seal(record_that_counts(store, item));
}

enum trust_seal
trust_item_seal(const struct trust_item *item)
{
	enum trust_seal legacy = record_seal(&item->legacy);
	enum trust_seal modern = record_seal(&item->modern);
	return legacy > modern ? legacy : modern;
}

bool
trust_item_has_record(const struct trust_item *item)
{
	return item->legacy.present || item->modern.present;
}

bool
trust_item_disagrees(const struct trust_item *item)
{
	return item->legacy.present && item->modern.present &&
	    !trust_states_equal(record_states(&item->legacy), record_states(&item->modern));
}
