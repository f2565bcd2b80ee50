/* SPDX-License-Identifier: MPL-2.0 */
/* Records and keys join the certificates they are about, by NSS's own rules. */

#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/signature.h"
#include "core/store_internal.h"
#include "core/text.h"

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

/* ---- found again --------------------------------------------------------------------------- */

/* Of records and keys that are alike the table has the first alone: somebody may have written
 * thousands, and each would be compared with each. */

static bool
is_of_pair(const struct trust_raw_record *raw, struct trust_bytes issuer, struct trust_bytes serial)
{
	return trust_bytes_equal(raw->serial, serial) && trust_bytes_equal(raw->issuer, issuer);
}

static bool
has_pair(const struct trust_store *store, struct trust_bytes issuer, struct trust_bytes serial)
{
	uint64_t hash = trust_hash_pair(issuer, serial);
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = trust_table_find(&store->by_serial, hash, &at)) >= 0;)
		if (is_of_pair(&store->records[i], issuer, serial))
			return true;
	return false;
}

static uint64_t
hash_of_record(const struct trust_raw_record *raw)
{
	return trust_hash_pair(raw->issuer, raw->serial) * 3 + trust_hash_bytes(raw->digest) +
	    (raw->spelling == TRUST_LEGACY);
}

/* The first record of this one's issuer, serial number, spelling and digest; -1: none. */
static int64_t
find_record(const struct trust_store *store, const struct trust_raw_record *like)
{
	size_t at = TRUST_TABLE_START;

	for (int64_t i;
	     (i = trust_table_find(&store->by_serial, hash_of_record(like), &at)) >= 0;) {
		const struct trust_raw_record *raw = &store->records[i];
		if (raw->spelling == like->spelling &&
		    trust_bytes_equal(raw->digest, like->digest) &&
		    is_of_pair(raw, like->issuer, like->serial))
			return i;
	}
	return -1;
}

static int64_t
find_key(const struct trust_store *store, struct trust_bytes key_id)
{
	uint64_t hash = trust_hash_bytes(key_id);
	size_t at = TRUST_TABLE_START;

	for (int64_t k; (k = trust_table_find(&store->by_key, hash, &at)) >= 0;)
		if (trust_bytes_equal(store->keys[k].key_id, key_id))
			return k;
	return -1;
}

static void
index_record(struct trust_store *store, size_t i)
{
	struct trust_raw_record *raw = &store->records[i];

	if (!has_pair(store, raw->issuer, raw->serial))
		trust_table_put(&store->by_serial, trust_hash_pair(raw->issuer, raw->serial), i);
	int64_t first = find_record(store, raw);
	if (first >= 0 && (size_t)first != i)
		raw->first = (size_t)first + 1;
	else
		trust_table_put(&store->by_serial, hash_of_record(raw), i);
}

static void
index_parts(struct trust_store *store)
{
	store->by_serial = trust_table_new(2 * store->record_count);
	for (size_t i = 0; i < store->record_count; i++)
		index_record(store, i);
	store->by_key = trust_table_new(store->key_count);
	for (size_t i = 0; i < store->key_count; i++)
		if (find_key(store, store->keys[i].key_id) < 0)
			trust_table_put(&store->by_key, trust_hash_bytes(store->keys[i].key_id), i);
}

/* ---- joined -------------------------------------------------------------------------------- */

/* Of two of one spelling NSS takes the first it finds. */
static void
join_spelling(struct trust_store *store, struct trust_item *item, enum trust_spelling spelling,
    const struct trust_bytes digests[3])
{
	struct trust_raw_record like = {
		.spelling = spelling,
		.issuer = item->cert->issuer,
		.serial = item->cert->serial_tlv,
	};
	struct trust_raw_record *first = NULL;

	for (int d = 0; d < 3; d++) {
		like.digest = digests[d];
		int64_t i = find_record(store, &like);
		if (i < 0)
			continue;
		store->records[i].item = (size_t)(item - store->items) + 1;
		if (!first || &store->records[i] < first)
			first = &store->records[i];
	}
	if (!first)
		return;
	first->joined = true;
	*(spelling == TRUST_LEGACY ? &item->legacy : &item->modern) = (struct trust_record){
		.present = true,
		.object_id = first->object_id,
		.states = first->states,
		.seal = first->seal,
	};
}

/* NSS looks a record up by issuer and serial, then compares the digest it carries, if any; one for
 * another certificate of that name is no decision about this one. */
static void
join_records(struct trust_store *store, struct trust_item *item)
{
	uint8_t sha1[TRUST_SHA1_BYTES];
	const struct trust_bytes digests[] = { { 0 }, { sha1, sizeof sha1 },
		{ item->id, sizeof item->id } };

	if (!item->cert || store->record_count == 0 ||
	    !has_pair(store, item->cert->issuer, item->cert->serial_tlv))
		return;
	trust_sha1(item->der.data, item->der.size, sha1);
	join_spelling(store, item, TRUST_LEGACY, digests);
	join_spelling(store, item, TRUST_MODERN, digests);
}

static void
join_key(struct trust_store *store, struct trust_item *item)
{
	uint8_t id[TRUST_SHA1_BYTES];
	struct trust_bytes key_id = item->key_id;

	if (store->key_count == 0)
		return;
	/* The public value says which key it is; the row's own id, by which NSS goes, may be
	 * anything. */
	if (item->cert && trust_cert_key_id(item->cert, id))
		key_id = (struct trust_bytes){ id, sizeof id };
	if (key_id.size == 0)
		return;
	int64_t k = find_key(store, key_id);
	if (k < 0)
		return;
	struct trust_raw_key *key = &store->keys[k];
	key->joined = true;
	item->key_object_id = key->object_id;
	item->key_hidden = !trust_bytes_equal(item->key_id, key->key_id);
	item->key_id = key->key_id;
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

void
trust_store_add_lone_keys(struct trust_store *store, const struct trust_visitor *visitor)
{
	for (size_t i = 0; i < store->key_count; i++) {
		const struct trust_raw_key *key = &store->keys[i];
		if (key->joined)
			continue;
		struct trust_item *item = trust_store_new_item(store);
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
		const struct trust_raw_record *first =
		    raw->first ? &store->records[raw->first - 1] : raw;
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
			.repeats = first->item,
			.issuer_name = trust_name_display(raw->issuer),
		};
	}
}

/* Copies hang on the first of them: in the table they would be one long chain. */
static void
index_item(struct trust_store *store, size_t i)
{
	const struct trust_item *first = trust_store_find(store, store->items[i].id);

	if (!first) {
		trust_table_put(&store->by_id, trust_hash_id(store->items[i].id), i);
		return;
	}
	size_t at = (size_t)(first - store->items);
	store->items[i].next_copy = store->items[at].next_copy;
	store->items[at].next_copy = i + 1;
}

void
trust_store_join(struct trust_store *store)
{
	index_parts(store);
	for (size_t i = 0; i < store->count; i++) {
		join_records(store, &store->items[i]);
		join_key(store, &store->items[i]);
	}
	trust_store_add_lone_keys(store, NULL);
	add_orphans(store);
	store->by_id = trust_table_new(store->count);
	for (size_t i = 0; i < store->count; i++) {
		finish_item(store, i);
		index_item(store, i);
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
