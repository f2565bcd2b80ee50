/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Deciding what becomes of each block of an import; see import_plan.h.
 */

#include "cli/import_plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/signature.h"

const char *
cli_import_outcome_word(enum cli_import_outcome outcome)
{
	static const char *const words[] = {
		[CLI_IMPORT_ADD] = "added",
		[CLI_IMPORT_THERE] = "already there",
		[CLI_IMPORT_AGAIN] = "repeated",
		[CLI_IMPORT_SKIPPED] = "skipped",
		[CLI_IMPORT_REFUSED] = "refused",
	};
	return words[outcome];
}

void
cli_import_blocks_done(struct cli_import_blocks *blocks)
{
	trust_free(blocks->list);
	*blocks = (struct cli_import_blocks) { 0 };
}

static void
collect(const struct import_file *const *files, size_t file_count, struct cli_import_blocks *blocks)
{
	size_t total = 0;
	for (size_t i = 0; i < file_count; i++)
		total += files[i] != NULL ? files[i]->count : 0;
	blocks->list = trust_alloc_array(total, sizeof *blocks->list);
	for (size_t i = 0; i < file_count; i++) {
		for (size_t k = 0; files[i] != NULL && k < files[i]->count; k++) {
			const struct import_part *part = &files[i]->parts[k];
			struct cli_import_block *block = &blocks->list[blocks->count++];
			block->part = part;
			block->file = files[i];
			if (part->kind == IMPORT_SKIPPED || part->kind == IMPORT_REFUSED) {
				block->why = part->reason;
				block->outcome = part->kind == IMPORT_SKIPPED ? CLI_IMPORT_SKIPPED
									      : CLI_IMPORT_REFUSED;
			}
		}
	}
}

/* ---- certificates: NSS keys them by issuer and serial, so two of the same cannot both be kept ---
 */

struct entry {
	const struct trust_cert *cert;
	struct cli_import_block *block; /* NULL: of the store */
};

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *first = a;
	const struct entry *second = b;
	int order = trust_bytes_compare(first->cert->issuer, second->cert->issuer);
	if (order == 0)
		order = trust_bytes_compare(first->cert->serial_tlv, second->cert->serial_tlv);
	if (order == 0) /* what the store has comes first, then the blocks in their order */
		order = first->block == second->block ? 0 : first->block < second->block ? -1 : 1;
	return order;
}

static bool
same_place(const struct entry *a, const struct entry *b)
{
	return trust_bytes_equal(a->cert->issuer, b->cert->issuer) &&
	       trust_bytes_equal(a->cert->serial_tlv, b->cert->serial_tlv);
}

static bool
same_cert(const struct trust_cert *a, const struct trust_cert *b)
{
	return memcmp(a->id, b->id, sizeof a->id) == 0;
}

static void
decide_group(const struct trust_store *store, struct entry *entries, size_t count)
{
	const struct entry *head = &entries[0];
	for (size_t i = 0; i < count; i++) {
		struct cli_import_block *block = entries[i].block;
		if (block == NULL)
			continue;
		if (store != NULL && trust_store_find(store, entries[i].cert->id) != NULL) {
			block->outcome = CLI_IMPORT_THERE;
		} else if (&entries[i] == head) {
			block->outcome = CLI_IMPORT_ADD;
		} else if (same_cert(entries[i].cert, head->cert)) {
			block->outcome = CLI_IMPORT_AGAIN;
		} else {
			block->outcome = CLI_IMPORT_REFUSED;
			block->why =
			    head->block == NULL
				? "the store has another certificate of the same issuer and serial "
				  "number"
				: "another certificate here has the same issuer and serial number";
		}
	}
}

static void
decide_certs(struct cli_import_blocks *blocks, const struct trust_store *store)
{
	size_t in_store = store != NULL ? trust_store_count(store) : 0;
	TRUST_AUTO_FREE struct entry *entries =
	    trust_alloc_array(in_store + blocks->count, sizeof *entries);
	size_t count = 0;
	for (size_t i = 0; i < in_store; i++)
		if (trust_store_item(store, i)->cert != NULL)
			entries[count++].cert = trust_store_item(store, i)->cert;
	for (size_t i = 0; i < blocks->count; i++) {
		if (blocks->list[i].part->kind != IMPORT_CERTIFICATE)
			continue;
		entries[count].cert = blocks->list[i].part->cert;
		entries[count++].block = &blocks->list[i];
	}
	qsort(entries, count, sizeof *entries, compare_entries);
	for (size_t start = 0; start < count;) {
		size_t end = start + 1;
		while (end < count && same_place(&entries[start], &entries[end]))
			end++;
		decide_group(store, &entries[start], end - start);
		start = end;
	}
}

/* ---- keys -------------------------------------------------------------------------------- */

static struct trust_bytes
key_bytes(const struct import_part *part)
{
	return (struct trust_bytes) { .data = part->pkcs8->bytes, .size = part->pkcs8->size };
}

/* The key's certificate: of its own file, of another file of the command, of the store. */
static void
find_owner(
    struct cli_import_blocks *blocks, const struct trust_store *store, struct cli_import_block *key)
{
	int index = key->part->cert_index;
	if (index >= 0 && (size_t)index < key->file->count &&
	    key->file->parts[index].kind == IMPORT_CERTIFICATE) {
		key->owner = key->file->parts[index].cert;
		return;
	}
	for (size_t i = 0; i < blocks->count; i++) {
		const struct import_part *part = blocks->list[i].part;
		if (part->kind == IMPORT_CERTIFICATE &&
		    trust_key_matches_cert(key_bytes(key->part), part->cert)) {
			key->owner = part->cert;
			return;
		}
	}
	for (size_t i = 0; store != NULL && i < trust_store_count(store); i++) {
		const struct trust_cert *cert = trust_store_item(store, i)->cert;
		if (cert != NULL && trust_key_matches_cert(key_bytes(key->part), cert)) {
			key->owner = cert;
			key->owner_in_store = true;
			return;
		}
	}
}

static bool
owner_refused(const struct cli_import_blocks *blocks, const struct trust_cert *owner)
{
	for (size_t i = 0; i < blocks->count; i++)
		if (blocks->list[i].part->kind == IMPORT_CERTIFICATE &&
		    same_cert(blocks->list[i].part->cert, owner))
			return blocks->list[i].outcome == CLI_IMPORT_REFUSED;
	return false;
}

static bool
key_seen(const struct cli_import_blocks *blocks, const struct cli_import_block *key)
{
	for (const struct cli_import_block *other = blocks->list; other < key; other++) {
		if (other->part->kind != IMPORT_KEY || other->outcome == CLI_IMPORT_REFUSED)
			continue;
		if (trust_bytes_equal(key_bytes(other->part), key_bytes(key->part)) ||
		    (key->owner != NULL && other->owner != NULL &&
			trust_bytes_equal(key->owner->spki, other->owner->spki)))
			return true;
	}
	return false;
}

static void
decide_key(struct cli_import_blocks *blocks, const struct trust_store *store,
    struct cli_import_block *key, bool keep_orphans)
{
	find_owner(blocks, store, key);
	const struct trust_item *item =
	    key->owner != NULL && store != NULL ? trust_store_find(store, key->owner->id) : NULL;
	if (key->owner == NULL && !keep_orphans) {
		key->outcome = CLI_IMPORT_REFUSED;
		key->why = "no certificate for this key is in the files or in the store "
			   "(--keep-orphan-key imports it all the same)";
	} else if (key->owner != NULL && owner_refused(blocks, key->owner)) {
		key->outcome = CLI_IMPORT_REFUSED;
		key->why = "its certificate is refused";
	} else if (item != NULL && item->key_object_id != 0) {
		key->outcome = CLI_IMPORT_THERE;
	} else if (key_seen(blocks, key)) {
		key->outcome = CLI_IMPORT_AGAIN;
	} else {
		key->outcome = CLI_IMPORT_ADD;
	}
}

/* A certificate whose key waits in the store, as after a request made there. */
static bool
store_has_key_of(const struct trust_store *store, const struct trust_cert *cert)
{
	uint8_t id[TRUST_SHA1_BYTES];
	if (store == NULL || !trust_cert_key_id(cert, id))
		return false;
	const struct trust_bytes wanted = { .data = id, .size = sizeof id };
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->key_object_id != 0 && trust_bytes_equal(item->key_id, wanted))
			return true;
	}
	return false;
}

static void
mark_identities(struct cli_import_blocks *blocks, const struct trust_store *store)
{
	bool store_has_keys = false;
	for (size_t i = 0; store != NULL && i < trust_store_count(store); i++)
		store_has_keys = store_has_keys || trust_store_item(store, i)->key_object_id != 0;
	for (size_t i = 0; i < blocks->count; i++) {
		struct cli_import_block *block = &blocks->list[i];
		if (block->part->kind != IMPORT_CERTIFICATE || block->outcome == CLI_IMPORT_REFUSED)
			continue;
		block->identity = store_has_keys && store_has_key_of(store, block->part->cert);
		for (size_t k = 0; k < blocks->count && !block->identity; k++)
			block->identity =
			    blocks->list[k].part->kind == IMPORT_KEY &&
			    blocks->list[k].outcome != CLI_IMPORT_REFUSED &&
			    blocks->list[k].owner != NULL &&
			    trust_bytes_equal(blocks->list[k].owner->spki, block->part->cert->spki);
	}
}

void
cli_import_decide(const struct import_file *const *files, size_t file_count,
    const struct trust_store *store, bool keep_orphan_keys, struct cli_import_blocks *ret_blocks)
{
	struct cli_import_blocks blocks = { 0 };
	collect(files, file_count, &blocks);
	decide_certs(&blocks, store);
	for (size_t i = 0; i < blocks.count; i++)
		if (blocks.list[i].part->kind == IMPORT_KEY)
			decide_key(&blocks, store, &blocks.list[i], keep_orphan_keys);
	mark_identities(&blocks, store);
	for (size_t i = 0; i < blocks.count; i++)
		blocks.of[blocks.list[i].outcome]++;
	*ret_blocks = blocks;
}
