/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Deciding what becomes of each block of an import; see import_plan.h.
 */

#include "cli/import_plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/limits.h"
#include "core/signature.h"
#include "core/worker.h"

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
	for (size_t i = 0; i < blocks->reason_count; i++)
		trust_free(blocks->reasons[i]);
	trust_free(blocks->reasons);
	trust_free(blocks->list);
	*blocks = (struct cli_import_blocks){ 0 };
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

/* ---- certificates: NSS keys them by issuer and serial, so two of the same cannot both be kept
 * --- */

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
			block->why = head->block == NULL
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

/* ---- identifiers of keys --------------------------------------------------------------------- */

/* What has which public key: open addressing, at most half full. Values count from 1; 0: none. */
struct key_table {
	struct key_slot {
		uint8_t id[TRUST_SHA1_BYTES];
		uint32_t value;
	} * slots;
	size_t size;
};

static struct key_table
key_table_new(size_t count)
{
	struct key_table table = { .size = 16 };
	while (table.size < 2 * count + 2)
		table.size *= 2;
	table.slots = trust_alloc_array(table.size, sizeof *table.slots);
	return table;
}

static struct key_slot *
key_table_slot(const struct key_table *table, const uint8_t id[TRUST_SHA1_BYTES])
{
	uint32_t hash = 0;
	memcpy(&hash, id, sizeof hash);
	size_t at = hash & (table->size - 1);
	while (
	    table->slots[at].value != 0 && memcmp(table->slots[at].id, id, TRUST_SHA1_BYTES) != 0)
		at = (at + 1) & (table->size - 1);
	return &table->slots[at];
}

/* The first one stays. Returns the value that is there now. */
static uint32_t
key_table_put(struct key_table *table, const uint8_t id[TRUST_SHA1_BYTES], size_t index)
{
	struct key_slot *slot = key_table_slot(table, id);
	if (slot->value == 0) {
		memcpy(slot->id, id, TRUST_SHA1_BYTES);
		slot->value = (uint32_t)index + 1;
	}
	return slot->value;
}

/* ---- keys -------------------------------------------------------------------------------- */

struct decision {
	struct cli_import_blocks *blocks;
	const struct cli_import_rules *rules;
	struct key_table certs;       /* blocks by public key */
	struct key_table keys;        /* blocks of keys to be added, or that the store has */
	struct key_table store_certs; /* items of the store */
	struct key_table store_keys;
	uint64_t budget; /* for signatures of revocation lists */
};

static struct trust_bytes
key_bytes(const struct import_part *part)
{
	return (struct trust_bytes){ .data = part->pkcs8->bytes, .size = part->pkcs8->size };
}

static void
index_keys(struct decision *decision)
{
	struct cli_import_blocks *blocks = decision->blocks;
	const struct trust_store *store = decision->rules->store;
	size_t in_store = store != NULL ? trust_store_count(store) : 0;
	uint8_t id[TRUST_SHA1_BYTES];

	decision->certs = key_table_new(blocks->count);
	decision->keys = key_table_new(blocks->count);
	decision->store_certs = key_table_new(in_store);
	decision->store_keys = key_table_new(in_store);
	for (size_t i = 0; i < blocks->count; i++)
		if (blocks->list[i].part->kind == IMPORT_CERTIFICATE &&
		    trust_cert_key_id(blocks->list[i].part->cert, id))
			key_table_put(&decision->certs, id, i);
	for (size_t i = 0; i < in_store; i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->cert != NULL && trust_cert_key_id(item->cert, id))
			key_table_put(&decision->store_certs, id, i);
		if (item->key_object_id != 0 && item->key_id.size == sizeof id)
			key_table_put(&decision->store_keys, item->key_id.data, i);
	}
}

static void
decision_done(struct decision *decision)
{
	trust_free(decision->certs.slots);
	trust_free(decision->keys.slots);
	trust_free(decision->store_certs.slots);
	trust_free(decision->store_keys.slots);
}

/* The key's certificate: of its own file, of another file of the command, of the store. */
static void
find_owner(const struct decision *decision, struct cli_import_block *key,
    const struct cli_import_block **ret_block)
{
	struct cli_import_blocks *blocks = decision->blocks;
	uint8_t id[TRUST_SHA1_BYTES];
	int index = key->part->cert_index;

	if (index >= 0 && (size_t)index < key->file->count &&
	    key->file->parts[index].kind == IMPORT_CERTIFICATE) {
		/* The blocks of one file follow each other as its parts do. */
		const struct cli_import_block *block = key - (key->part - key->file->parts) + index;
		key->owner = block->part->cert;
		*ret_block = block;
		return;
	}
	if (!trust_key_id(key_bytes(key->part), id))
		return;
	uint32_t found = key_table_slot(&decision->certs, id)->value;
	if (found != 0) {
		*ret_block = &blocks->list[found - 1];
		key->owner = (*ret_block)->part->cert;
		return;
	}
	found = key_table_slot(&decision->store_certs, id)->value;
	if (found != 0) {
		key->owner = trust_store_item(decision->rules->store, found - 1)->cert;
		key->owner_in_store = true;
	}
}

/* Is the same key among the blocks before? Keys without a known public half are compared as
 * bytes. */
static bool
key_seen(struct decision *decision, const struct cli_import_block *key)
{
	uint8_t id[TRUST_SHA1_BYTES];

	if (!trust_key_id(key_bytes(key->part), id))
		trust_sha1(key->part->pkcs8->bytes, key->part->pkcs8->size, id);
	size_t index = (size_t)(key - decision->blocks->list);
	return key_table_put(&decision->keys, id, index) != index + 1;
}

static void
decide_key(struct decision *decision, struct cli_import_block *key)
{
	const struct trust_store *store = decision->rules->store;
	const struct cli_import_block *owner = NULL;
	uint8_t id[TRUST_SHA1_BYTES];

	find_owner(decision, key, &owner);
	if (key->outcome == CLI_IMPORT_REFUSED) /* NSS cannot store it */
		return;
	bool there = trust_key_id(key_bytes(key->part), id) &&
	    key_table_slot(&decision->store_keys, id)->value != 0;
	const struct trust_item *item =
	    key->owner != NULL && store != NULL ? trust_store_find(store, key->owner->id) : NULL;
	if (key->owner == NULL && !there && !decision->rules->keep_orphan_keys) {
		key->outcome = CLI_IMPORT_REFUSED;
		key->why = import_key_is_comparable(key->part)
		    ? "no certificate for this key is in the files or in the store "
		      "(--keep-orphan-key imports it all the same)"
		    : "a key of this kind cannot be compared with certificates "
		      "(--keep-orphan-key imports it all the same)";
	} else if (owner != NULL && owner->outcome == CLI_IMPORT_REFUSED) {
		key->outcome = CLI_IMPORT_REFUSED;
		key->why = "its certificate is refused";
	} else if (there || (item != NULL && item->key_object_id != 0)) {
		key->outcome = CLI_IMPORT_THERE;
		(void)key_seen(decision, key);
	} else if (key_seen(decision, key)) {
		key->outcome = CLI_IMPORT_AGAIN;
	} else {
		key->outcome = CLI_IMPORT_ADD;
	}
}

/* A certificate whose key comes with these files, or waits in the store, as after a request made
 * there. */
static void
mark_identities(const struct decision *decision)
{
	struct cli_import_blocks *blocks = decision->blocks;
	uint8_t id[TRUST_SHA1_BYTES];

	for (size_t i = 0; i < blocks->count; i++) {
		struct cli_import_block *block = &blocks->list[i];
		if (block->part->kind == IMPORT_CERTIFICATE &&
		    block->outcome != CLI_IMPORT_REFUSED &&
		    trust_cert_key_id(block->part->cert, id))
			block->identity = key_table_slot(&decision->keys, id)->value != 0 ||
			    key_table_slot(&decision->store_keys, id)->value != 0;
	}
}

/* ---- what this NSS cannot store
 * --------------------------------------------------------------- */

/* Every NSS stores these; all others are tried. */
static bool
is_common_key(const struct import_part *part)
{
	static const char *const words[] = { "EC P-256", "EC P-384", "EC P-521" };
	if (strncmp(part->key_words, "RSA ", 4) == 0)
		return true;
	for (size_t i = 0; i < TRUST_COUNT(words); i++)
		if (strcmp(part->key_words, words[i]) == 0)
			return true;
	return false;
}

static bool
refuse_unstorable(struct decision *decision, struct trust_error *error)
{
	struct cli_import_blocks *blocks = decision->blocks;
	TRUST_AUTO_FREE const struct trust_secret **keys =
	    trust_alloc_array(blocks->count, sizeof(struct trust_secret *));
	TRUST_AUTO_FREE struct cli_import_block **odd =
	    trust_alloc_array(blocks->count, sizeof(struct cli_import_block *));
	size_t count = 0;

	for (size_t i = 0; i < blocks->count; i++) {
		struct cli_import_block *block = &blocks->list[i];
		if (block->part->kind != IMPORT_KEY || is_common_key(block->part))
			continue;
		odd[count] = block;
		keys[count++] = block->part->pkcs8;
	}
	TRUST_AUTO_FREE char **reasons = trust_alloc_array(count, sizeof(char *));
	if (!trust_nss_storable(decision->rules->nss_libdir, keys, count, reasons, error))
		return false;
	blocks->reasons = trust_alloc_array(count, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		if (reasons[i] == NULL)
			continue;
		bool pss = strncmp(odd[i]->part->key_words, "RSA-PSS", 7) == 0;
		odd[i]->outcome = CLI_IMPORT_REFUSED;
		odd[i]->why = blocks->reasons[blocks->reason_count++] =
		    trust_printf("%s%s", reasons[i],
			pss ? " (--as-rsa imports it as a plain RSA key, without its restriction)"
			    : "");
		trust_free(reasons[i]);
	}
	return true;
}

/* ---- revocation lists
 * ------------------------------------------------------------------------- */

struct by_subject {
	const struct trust_cert **list; /* owned; sorted by subject */
	size_t count;
};

static int
compare_subjects(const void *a, const void *b)
{
	const struct trust_cert *const *first = a;
	const struct trust_cert *const *second = b;
	return trust_bytes_compare((*first)->subject, (*second)->subject);
}

static void
add_store(struct by_subject *certs, const struct trust_store *store)
{
	for (size_t i = 0; store != NULL && i < trust_store_count(store); i++)
		if (trust_store_item(store, i)->cert != NULL)
			certs->list[certs->count++] = trust_store_item(store, i)->cert;
}

static struct by_subject
all_certs(const struct decision *decision)
{
	const struct trust_store *store = decision->rules->store;
	const struct trust_store *builtin = decision->rules->builtin;
	size_t most = decision->blocks->count + (store != NULL ? trust_store_count(store) : 0) +
	    (builtin != NULL ? trust_store_count(builtin) : 0);
	struct by_subject certs = { .list = trust_alloc_array(most, sizeof *certs.list) };
	add_store(&certs, store);
	add_store(&certs, builtin);
	for (size_t i = 0; i < decision->blocks->count; i++)
		if (decision->blocks->list[i].part->kind == IMPORT_CERTIFICATE)
			certs.list[certs.count++] = decision->blocks->list[i].part->cert;
	qsort(certs.list, certs.count, sizeof *certs.list, compare_subjects);
	return certs;
}

/* At most so many keys of one name are tried for one list. */
#define MAX_ISSUERS 16

/* NULL: signed by a certificate that is known. Lists nobody vouches for are not let in, as by NSS's
 * own crlutil. */
static const char *
crl_fault(const struct by_subject *certs, const struct trust_crl *crl, uint64_t *budget)
{
	const struct trust_signed data = trust_crl_signed(crl);
	size_t low = 0;
	size_t high = certs->count;
	if (crl->is_delta)
		return "an addition to another list (a delta CRL), which NSS cannot use";
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (trust_bytes_compare(certs->list[middle]->subject, crl->issuer) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	bool known = false;
	for (size_t i = low; i < certs->count && i < low + MAX_ISSUERS; i++) {
		if (!trust_bytes_equal(certs->list[i]->subject, crl->issuer))
			break;
		known = true;
		if (trust_signed_check_within(&data, certs->list[i], budget) ==
		    TRUST_SIGNATURE_GOOD)
			return NULL;
		if (*budget == 0)
			return "who signed it is not determined: so many signatures cost too much "
			       "to check (import this list with its issuer alone)";
	}
	return known ? "its signature is not that of its issuer"
		     : "its issuer is neither in the files nor in the store, so its signature "
		       "cannot be checked";
}

static const struct trust_crl *
crl_of_issuer(const struct trust_store *store, struct trust_bytes issuer)
{
	for (size_t i = 0; store != NULL && i < trust_store_count(store); i++) {
		const struct trust_crl *crl = trust_store_item(store, i)->crl;
		if (crl != NULL && trust_bytes_equal(crl->issuer, issuer))
			return crl;
	}
	return NULL;
}

/* A store keeps one list for each issuer: the newest. */
static void
decide_crl(
    struct decision *decision, const struct by_subject *certs, struct cli_import_block *block)
{
	const struct trust_store *store = decision->rules->store;
	const struct trust_crl *crl = block->part->crl;
	block->outcome = CLI_IMPORT_ADD;
	if (store != NULL && trust_store_find(store, crl->id) != NULL) {
		block->outcome = CLI_IMPORT_THERE;
		return;
	}
	block->why = crl_fault(certs, crl, &decision->budget);
	if (block->why != NULL) {
		block->outcome = CLI_IMPORT_REFUSED;
		return;
	}
	const struct trust_crl *stored = crl_of_issuer(store, crl->issuer);
	if (stored != NULL && trust_time_compare(stored->this_update, crl->this_update) > 0) {
		block->outcome = CLI_IMPORT_SKIPPED;
		block->why = "the store has a newer list of this issuer";
		return;
	}
	for (struct cli_import_block *other = decision->blocks->list; other < block; other++) {
		if (other->part->kind != IMPORT_CRL || other->outcome != CLI_IMPORT_ADD ||
		    !trust_bytes_equal(other->part->crl->issuer, crl->issuer))
			continue;
		bool same = memcmp(other->part->crl->id, crl->id, sizeof crl->id) == 0;
		bool older =
		    trust_time_compare(other->part->crl->this_update, crl->this_update) < 0;
		struct cli_import_block *loser = older ? other : block;
		loser->outcome = same ? CLI_IMPORT_AGAIN : CLI_IMPORT_SKIPPED;
		loser->why = same ? NULL : "a newer list of this issuer is in the files";
		if (!older)
			return;
	}
}

static void
decide_crls(struct decision *decision)
{
	struct by_subject certs = { 0 };
	for (size_t i = 0; i < decision->blocks->count; i++) {
		struct cli_import_block *block = &decision->blocks->list[i];
		if (block->part->kind != IMPORT_CRL)
			continue;
		if (certs.list == NULL)
			certs = all_certs(decision);
		decide_crl(decision, &certs, block);
	}
	trust_free(certs.list);
}

bool
cli_import_decide(const struct import_file *const *files, size_t file_count,
    const struct cli_import_rules *rules, struct cli_import_blocks *ret_blocks,
    struct trust_error *error)
{
	struct cli_import_blocks blocks = { 0 };
	struct decision decision = {
		.blocks = &blocks,
		.rules = rules,
		.budget = TRUST_MAX_SIGNATURE_WORK,
	};

	collect(files, file_count, &blocks);
	index_keys(&decision);
	decide_certs(&blocks, rules->store);
	bool good = refuse_unstorable(&decision, error);
	for (size_t i = 0; good && i < blocks.count; i++)
		if (blocks.list[i].part->kind == IMPORT_KEY)
			decide_key(&decision, &blocks.list[i]);
	if (good) {
		mark_identities(&decision);
		decide_crls(&decision);
	}
	decision_done(&decision);
	if (!good) {
		cli_import_blocks_done(&blocks);
		return false;
	}
	for (size_t i = 0; i < blocks.count; i++)
		blocks.of[blocks.list[i].outcome]++;
	*ret_blocks = blocks;
	return true;
}
