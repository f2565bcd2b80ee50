/* SPDX-License-Identifier: MPL-2.0 */
/* A store in memory: what was read, joined and indexed. The readers are in store_read.c and
 * builtin_nss.c, selection by name in store_select.c. */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/error.h"
#include "core/preflight.h"
#include "core/signature.h"
#include "core/stage_internal.h"
#include "core/store_internal.h"
#include "core/table_internal.h"
#include "core/text.h"

/* ---- memory of many small pieces ----------------------------------------------------------- */

struct trust_arena_block {
	struct trust_arena_block *older;
	size_t used;
	size_t size;
	uint8_t bytes[];
};
#define ARENA_BLOCK 65536

void *
trust_arena_alloc(struct trust_arena *arena, size_t size)
{
	struct trust_arena_block *block = arena->newest;
	size_t aligned = (size + 7) & ~(size_t)7;

	if (!block || block->size - block->used < aligned) {
		size_t room = aligned > ARENA_BLOCK ? aligned : ARENA_BLOCK;
		block = trust_grow_array(NULL, 1, sizeof *block + room);
		*block = (struct trust_arena_block){ .older = arena->newest, .size = room };
		arena->newest = block;
	}
	void *memory = block->bytes + block->used;
	block->used += aligned;
	memset(memory, 0, size);
	return memory;
}

struct trust_bytes
trust_arena_copy(struct trust_arena *arena, struct trust_bytes bytes)
{
	if (bytes.size == 0)
		return (struct trust_bytes){ 0 };
	uint8_t *copy = trust_arena_alloc(arena, bytes.size);
	memcpy(copy, bytes.data, bytes.size);
	return (struct trust_bytes){ copy, bytes.size };
}

void
trust_arena_done(struct trust_arena *arena)
{
	while (arena->newest) {
		struct trust_arena_block *older = arena->newest->older;
		trust_free(arena->newest);
		arena->newest = older;
	}
}

/* ---- filling ------------------------------------------------------------------------------- */

static struct trust_item *
add_item(struct trust_store *store)
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

struct trust_item *
trust_store_add_cert(struct trust_store *store, struct trust_bytes der, struct trust_bytes nickname,
    uint32_t object_id, struct trust_bytes key_id)
{
	TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
	struct trust_item *item = add_item(store);
	size_t index = store->count - 1;

	item->object_id = object_id;
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
	struct trust_item *item = add_item(store);
	size_t index = store->count - 1;

	item->kind = TRUST_KIND_CRL;
	item->object_id = object_id;
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
	copy->key_id = trust_arena_copy(&store->arena, key->key_id);
	copy->label = trust_arena_copy(&store->arena, key->label);
	copy->public_value = trust_arena_copy(&store->arena, key->public_value);
}

/* ---- joining ------------------------------------------------------------------------------- */

bool
trust_digest_is_of(struct trust_bytes digest, struct trust_bytes der)
{
	uint8_t own[TRUST_SHA256_BYTES];

	if (digest.size == TRUST_SHA1_BYTES)
		trust_sha1(der.data, der.size, own);
	else if (digest.size == TRUST_SHA256_BYTES)
		trust_sha256(der.data, der.size, own);
	else
		return false;
	return memcmp(own, digest.data, digest.size) == 0;
}

/* NSS looks a record up by issuer and serial, then compares the digest it carries; one for another
 * certificate of that name is no decision about this one. Of two of one spelling NSS takes the
 * first it finds. */
static void
join_records(struct trust_store *store, struct trust_item *item)
{
	const struct trust_cert *cert = item->cert;
	size_t at = TRUST_TABLE_START;

	if (!cert || store->record_count == 0)
		return;
	uint64_t hash = trust_hash_pair(cert->issuer, cert->serial_tlv);
	for (int64_t i; (i = trust_table_find(&store->by_serial, hash, &at)) >= 0;) {
		struct trust_raw_record *raw = &store->records[i];
		struct trust_record *record =
		    raw->spelling == TRUST_LEGACY ? &item->legacy : &item->modern;
		if (record->present || !trust_bytes_equal(cert->issuer, raw->issuer) ||
		    !trust_bytes_equal(cert->serial_tlv, raw->serial) ||
		    (raw->digest.size && !trust_digest_is_of(raw->digest, item->der)))
			continue;
		raw->joined = true;
		*record = (struct trust_record){
			.present = true,
			.object_id = raw->object_id,
			.states = raw->states,
			.seal = raw->seal,
		};
	}
}

static void
join_key(struct trust_store *store, struct trust_item *item)
{
	uint8_t id[TRUST_SHA1_BYTES];
	struct trust_bytes key_id = item->key_id;
	size_t at = TRUST_TABLE_START;

	if (store->key_count == 0)
		return;
	/* The public value says which key it is; the row's own id may be anything. */
	if (item->cert && trust_cert_key_id(item->cert, id))
		key_id = (struct trust_bytes){ id, sizeof id };
	if (key_id.size == 0)
		return;
	uint64_t hash = trust_hash_bytes(key_id);
	for (int64_t k; (k = trust_table_find(&store->by_key, hash, &at)) >= 0;) {
		struct trust_raw_key *key = &store->keys[k];
		if (!trust_bytes_equal(key->key_id, key_id))
			continue;
		key->joined = true;
		item->key_object_id = key->object_id;
		item->key_id = key->key_id;
		break;
	}
}

static void
index_parts(struct trust_store *store)
{
	store->by_serial = trust_table_new(store->record_count);
	for (size_t i = 0; i < store->record_count; i++)
		trust_table_put(&store->by_serial,
		    trust_hash_pair(store->records[i].issuer, store->records[i].serial), i);
	store->by_key = trust_table_new(store->key_count);
	for (size_t i = 0; i < store->key_count; i++)
		trust_table_put(&store->by_key, trust_hash_bytes(store->keys[i].key_id), i);
}

static void
finish_item(struct trust_store *store, size_t i)
{
	struct trust_item *item = &store->items[i];

	if (item->cert)
		item->kind = trust_kind_of_cert(item->cert, item->key_object_id != 0);
	if (!store->names[i])
		store->names[i] = trust_cert_label(item->cert);
	item->name = store->names[i];
}

static const char *
key_type_words(uint32_t type)
{
	switch (type) {
	case 0:
		return "RSA";
	case 1:
		return "DSA";
	case 3:
		return "EC";
	default:
		return "unknown kind";
	}
}

static void
add_orphan_keys(struct trust_store *store, const struct trust_visitor *visitor)
{
	for (size_t i = 0; i < store->key_count; i++) {
		const struct trust_raw_key *key = &store->keys[i];
		if (key->joined)
			continue;
		struct trust_item *item = add_item(store);
		struct trust_bytes identity =
		    key->public_value.size ? key->public_value : key->key_id;
		item->kind = TRUST_KIND_KEY;
		item->key_object_id = key->object_id;
		item->key_id = key->key_id;
		item->key_words = key_type_words(key->type);
		item->nickname = key->label;
		trust_sha256(identity.data, identity.size, item->id);
		TRUST_AUTO_FREE char *label = trust_text_display(key->label.data, key->label.size);
		store->names[store->count - 1] = *label
		    ? trust_printf("%s (key without certificate)", label)
		    : trust_printf("(%s key without certificate)", item->key_words);
		if (visitor)
			trust_store_visit(store, visitor);
	}
}

static void
add_orphans(struct trust_store *store)
{
	for (size_t i = 0; i < store->record_count; i++) {
		const struct trust_raw_record *raw = &store->records[i];
		if (raw->joined)
			continue;
		store->orphans =
		    trust_grow_by_one(store->orphans, store->orphan_count, sizeof *store->orphans);
		store->orphans[store->orphan_count++] = (struct trust_orphan){
			.spelling = raw->spelling,
			.record = { true, raw->object_id, raw->states, raw->seal },
			.issuer = raw->issuer,
			.serial = raw->serial,
			.digest = raw->digest,
			.issuer_name = trust_name_display(raw->issuer),
		};
	}
}

void
trust_store_join(struct trust_store *store)
{
	index_parts(store);
	for (size_t i = 0; i < store->count; i++) {
		join_records(store, &store->items[i]);
		join_key(store, &store->items[i]);
	}
	add_orphan_keys(store, NULL);
	add_orphans(store);
	store->by_id = trust_table_new(store->count);
	for (size_t i = 0; i < store->count; i++) {
		finish_item(store, i);
		trust_table_put(&store->by_id, trust_hash_id(store->items[i].id), i);
	}
	trust_table_done(&store->by_serial);
	trust_table_done(&store->by_key);
}

void
trust_store_start_visits(struct trust_store *store)
{
	store->streaming = true;
	index_parts(store);
}

void
trust_store_visit(struct trust_store *store, const struct trust_visitor *visitor)
{
	size_t last = store->count - 1;
	struct trust_item *item = &store->items[last];

	if (item->object_id) {
		join_records(store, item);
		join_key(store, item);
	}
	finish_item(store, last);
	visitor->visit(visitor->context, store, item);
	trust_cert_free(trust_steal(&store->certs[last]));
	trust_crl_free(trust_steal(&store->crls[last]));
	trust_free(trust_steal(&store->names[last]));
	store->count--;
}

/* ---- opening ------------------------------------------------------------------------------- */

static struct trust_store *
store_new(const struct trust_place *place)
{
	struct trust_store *store = trust_alloc(sizeof *store);
	store->place = *place;
	store->place.name = trust_strdup(place->name);
	store->place.path = trust_strdup(place->path);
	store->place.readers = trust_strdup(place->readers);
	store->place.nss_libdir = trust_strdup(place->nss_libdir);
	store->modern_owner = place->nss_libdir != NULL;
	return store;
}

static bool
read_recovered(struct trust_store *store, const struct trust_store_options *options,
    const struct trust_visitor *visitor, struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;

	store->recovered = true;
	return trust_store_recover_copy(&store->place, &stage, error) &&
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
	bool hot = found.cert_journal_hot || (found.key_journal_hot && !options->skip_keys);
	return hot ? read_recovered(store, options, visitor, error)
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
		add_orphan_keys(store, &visitor);
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

	*ret_store = NULL;
	for (size_t i = 0; i < places->count; i++)
		if (places->list[i].kind == TRUST_PLACE_BUILTIN && places->list[i].exists)
			return trust_store_open(&places->list[i], NULL, ret_store, error);
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
	trust_free(store->place.name);
	trust_free(store->place.path);
	trust_free(store->place.readers);
	trust_free(store->place.nss_libdir);
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
trust_store_find(const struct trust_store *store, const uint8_t id[TRUST_SHA256_BYTES])
{
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = trust_table_find(&store->by_id, trust_hash_id(id), &at)) >= 0;)
		if (memcmp(store->items[i].id, id, TRUST_SHA256_BYTES) == 0)
			return &store->items[i];
	return NULL;
}

/* ---- trust --------------------------------------------------------------------------------- */

static struct trust_states
record_states(const struct trust_record *record)
{
	/* NSS counts a record whose signature is wrong as no decision. */
	return record->present && record->seal != TRUST_SEAL_TAMPERED ? record->states
								      : (struct trust_states){ 0 };
}

struct trust_states
trust_item_states(const struct trust_store *store, const struct trust_item *item)
{
	bool modern = item->modern.present && (store->modern_owner || !item->legacy.present);
	return record_states(modern ? &item->modern : &item->legacy);
}

enum trust_seal
trust_item_seal(const struct trust_item *item)
{
	enum trust_seal legacy = item->legacy.present ? item->legacy.seal : TRUST_SEAL_NONE;
	enum trust_seal modern = item->modern.present ? item->modern.seal : TRUST_SEAL_NONE;
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
