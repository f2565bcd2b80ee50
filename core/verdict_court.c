/* SPDX-License-Identifier: MPL-2.0 */
/* What verdicts are asked against: certificates indexed by subject and identifier, their trust, and
 * the signatures already checked. */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/error.h"
#include "core/place.h"
#include "core/store_internal.h"
#include "core/verdict_internal.h"

#define FIRST_BUCKETS 1024

/* ---- hashes ------------------------------------------------------------------------------- */

uint64_t
court_issuer_hash(struct court_node *node)
{
	if (!node->has_issuer_hash)
		node->issuer_hash = trust_name_hash(node->cert->issuer);
	node->has_issuer_hash = true;
	return node->issuer_hash;
}

const uint8_t *
court_key_hash(struct court_node *node)
{
	if (!node->has_key_hash)
		trust_sha256(node->cert->spki.data, node->cert->spki.size, node->key_hash);
	node->has_key_hash = true;
	return node->key_hash;
}

static size_t
id_bucket(const struct trust_court *court, const uint8_t *id)
{
	uint64_t start;
	memcpy(&start, id, sizeof start);
	return (size_t)start & (court->buckets - 1);
}

/* The low bits of FNV are good, but the bucket takes some of the high ones too. */
static size_t
subject_bucket(const struct trust_court *court, uint64_t hash)
{
	return (size_t)(hash ^ hash >> 32) & (court->buckets - 1);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static struct court_node *
find_node(const struct trust_court *court, const uint8_t *id)
{
	for (uint32_t at = court->by_id[id_bucket(court, id)]; at;
	     at = court->nodes[at - 1].next_id)
		if (memcmp(court->nodes[at - 1].cert->id, id, TRUST_SHA256_BYTES) == 0)
			return &court->nodes[at - 1];
	return NULL;
}

/* New nodes go to the front of their buckets, so that those of a question can be taken out
 * again. */
static struct court_node *
add_node(struct trust_court *court, const struct trust_cert *cert)
{
	struct court_node *node = &court->nodes[court->used++];
	uint32_t number = (uint32_t)court->used;

	*node = (struct court_node){ .cert = cert, .subject_hash = trust_name_hash(cert->subject) };
	uint32_t *subject = &court->by_subject[subject_bucket(court, node->subject_hash)];
	uint32_t *id = &court->by_id[id_bucket(court, cert->id)];
	node->next_subject = *subject;
	node->next_id = *id;
	*subject = *id = number;
	return node;
}

static void
reserve(struct trust_court *court, size_t more)
{
	size_t wanted = court->used + more;
	if (wanted <= court->capacity)
		return;
	court->capacity = wanted + wanted / 2;
	court->nodes = trust_grow_array(court->nodes, court->capacity, sizeof *court->nodes);
}

static void
add_entry(struct trust_court *court, const struct trust_court_entry *entry)
{
	struct court_node *node = find_node(court, entry->cert->id);

	if (!node)
		node = add_node(court, entry->cert);
	if (!entry->builtin) {
		node->in_store = true;
		node->store = entry->states;
		return;
	}
	node->in_builtin = true;
	node->builtin = entry->states;
	memcpy(node->distrust_after, entry->distrust_after, sizeof node->distrust_after);
	memcpy(
	    node->has_distrust_after, entry->has_distrust_after, sizeof node->has_distrust_after);
}

struct trust_court *
trust_court_from(const struct trust_court_entry *entries, size_t count)
{
	struct trust_court *court = trust_alloc(sizeof *court);

	court->buckets = FIRST_BUCKETS;
	while (court->buckets < 2 * count)
		court->buckets *= 2;
	court->by_subject = trust_alloc_array(court->buckets, sizeof *court->by_subject);
	court->by_id = trust_alloc_array(court->buckets, sizeof *court->by_id);
	reserve(court, count + 16);
	for (size_t i = 0; i < count; i++)
		add_entry(court, &entries[i]);
	court->count = court->used;
	return court;
}

void
trust_court_free(struct trust_court *court)
{
	if (!court)
		return;
	trust_free(court->nodes);
	trust_free(court->by_subject);
	trust_free(court->by_id);
	trust_free(court->signatures);
	trust_free(court->orphans);
	for (size_t i = 0; i < court->own_count; i++)
		trust_crl_free(court->own[i]);
	trust_free(court->own);
	trust_free(court->lists);
	trust_free(court);
}

void
trust_court_exclude(struct trust_court *court, const uint8_t *const *ids, size_t count)
{
	for (size_t i = 0; !ids && i < court->count; i++)
		court->nodes[i].excluded = false;
	for (size_t i = 0; ids && i < count; i++) {
		struct court_node *node = find_node(court, ids[i]);
		if (node)
			node->excluded = true;
	}
}

bool
court_is_here(const struct court_node *node)
{
	return (node->in_store && !node->excluded) || node->in_builtin;
}

const struct trust_cert *
court_namesake(const struct trust_court *court, const struct trust_cert *cert)
{
	for (size_t i = 0; i < court->count; i++) {
		const struct court_node *node = &court->nodes[i];
		if (node->in_store && !node->excluded &&
		    trust_bytes_equal(node->cert->serial_tlv, cert->serial_tlv) &&
		    trust_bytes_equal(node->cert->issuer, cert->issuer) &&
		    memcmp(node->cert->id, cert->id, sizeof cert->id) != 0)
			return node->cert;
	}
	return NULL;
}

/* ---- trust --------------------------------------------------------------------------------- */

enum trust_state
court_state(const struct court_node *node, enum trust_usage usage, bool *ret_builtin)
{
	enum trust_state own = node->excluded ? TRUST_UNDECIDED : node->store.of[usage];
	bool builtin = own == TRUST_UNDECIDED && node->builtin.of[usage] != TRUST_UNDECIDED;

	if (ret_builtin)
		*ret_builtin = builtin;
	return builtin ? node->builtin.of[usage] : own;
}

bool
court_accepts(
    const struct trust_court *court, const struct court_node *node, enum trust_usage usage)
{
	struct trust_states states;

	for (int i = 0; i < TRUST_USAGES; i++)
		states.of[i] = court_state(node, (enum trust_usage)i, NULL);
	return trust_states_accept(states, usage, court->mozilla);
}

/* Mozilla's programs take NSS's "this is all that is said of it" (CERTDB_TERMINAL_RECORD, which
 * peer and distrust have) without the bit of the role, anchor for a CA and peer for an end entity,
 * for distrust. */
bool
court_distrusts(const struct trust_court *court, const struct court_node *node,
    enum trust_usage usage, bool as_ca)
{
	enum trust_state state = court_state(node, usage, NULL);

	if (state == TRUST_DISTRUSTED || !court->mozilla || usage == TRUST_CODE_SIGNING)
		return state == TRUST_DISTRUSTED;
	enum trust_state beside = court_state(node, trust_usage_beside(usage), NULL);
	if (!as_ca)
		return beside == TRUST_DISTRUSTED && state != TRUST_PEER;
	return state == TRUST_PEER ||
	    (state != TRUST_TRUSTED && (beside == TRUST_PEER || beside == TRUST_DISTRUSTED));
}

/* ---- stores -------------------------------------------------------------------------------- */

static size_t
store_entries(const struct trust_store *store, bool builtin, struct trust_court_entry *entries)
{
	size_t count = 0;

	for (size_t i = 0; store && i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (!item->cert)
			continue;
		struct trust_court_entry *entry = &entries[count++];
		*entry = (struct trust_court_entry){
			.cert = item->cert,
			.states = trust_item_states(store, item),
			.builtin = builtin,
		};
		memcpy(entry->distrust_after, item->distrust_after, sizeof entry->distrust_after);
		memcpy(entry->has_distrust_after, item->has_distrust_after,
		    sizeof entry->has_distrust_after);
	}
	return count;
}

static int
compare_orphans(const void *a, const void *b)
{
	const struct court_orphan *x = a;
	const struct court_orphan *y = b;
	return trust_bytes_compare(x->serial, y->serial);
}

static void
add_orphans(struct trust_court *court, const struct trust_store *store, bool builtin)
{
	size_t count = store ? trust_store_orphan_count(store) : 0;

	court->orphans = trust_grow_array(
	    court->orphans, court->orphan_count + count + 1, sizeof *court->orphans);
	for (size_t i = 0; i < count; i++) {
		const struct trust_orphan *orphan = trust_store_orphan(store, i);
		if (orphan->record.seal == TRUST_SEAL_TAMPERED)
			continue;
		court->orphans[court->orphan_count++] = (struct court_orphan){
			.issuer = orphan->issuer,
			.serial = orphan->serial,
			.digest = orphan->digest,
			.states = orphan->record.states,
			.builtin = builtin,
		};
	}
}

/* NSS looks trust up by issuer and serial, whether the certificate is in the store or not. */
static void
apply_orphans(const struct trust_court *court, struct court_node *node)
{
	struct court_orphan wanted = { .serial = node->cert->serial_tlv };
	const struct court_orphan *end = court->orphans + court->orphan_count;
	const struct court_orphan *at = court->orphan_count == 0
	    ? NULL
	    : bsearch(&wanted, court->orphans, court->orphan_count, sizeof wanted, compare_orphans);

	if (!at)
		return;
	while (at > court->orphans && compare_orphans(at - 1, &wanted) == 0)
		at--;
	for (; at < end && compare_orphans(at, &wanted) == 0; at++) {
		struct trust_states *states = at->builtin ? &node->builtin : &node->store;
		if (!trust_bytes_equal(at->issuer, node->cert->issuer))
			continue;
		/* A record that grants must say by its digest that it means this certificate:
		 * whoever chooses an issuer and a serial could else step into a trust that was left
		 * behind. One whose digest says that it means another decides nothing here. */
		bool may_grant = trust_digest_is_of(at->digest, node->cert->der);
		if (at->digest.size && !may_grant)
			continue;
		for (int usage = 0; usage < TRUST_USAGES; usage++) {
			enum trust_state state = at->states.of[usage];
			if (!may_grant && (state == TRUST_TRUSTED || state == TRUST_PEER))
				continue;
			/* Of two spellings, the stricter. */
			if (states->of[usage] == TRUST_UNDECIDED || state == TRUST_DISTRUSTED)
				states->of[usage] = state;
		}
	}
}

bool
court_distrusts_cert(
    const struct trust_court *court, const struct trust_cert *cert, enum trust_usage usage)
{
	struct court_node stranger = { .cert = cert };
	const struct court_node *node = find_node(court, cert->id);

	if (!node)
		apply_orphans(court, &stranger);
	return court_distrusts(court, node ? node : &stranger, usage, trust_cert_is_ca(cert));
}

/* ---- revocation lists ---------------------------------------------------------------------- */

void
court_add_list(struct trust_court *court, struct trust_crl *crl)
{
	court->own = trust_grow_array(court->own, court->own_count + 1, sizeof(struct trust_crl *));
	court->own[court->own_count++] = crl;
}

/* What does not decode is of no use, and no reason to refuse the store. */
static void
add_store_lists(struct trust_court *court, const struct trust_store *store)
{
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
		struct trust_crl *crl = NULL;
		if (item->kind == TRUST_KIND_CRL && trust_crl_decode(item->der, &crl, &ignored))
			court_add_list(court, crl);
	}
}

int
court_compare_ages(const struct trust_crl *a, const struct trust_crl *b)
{
	int by_date = trust_time_compare(a->this_update, b->this_update);

	return by_date != 0 ? by_date : trust_crl_number_compare(a->number, b->number);
}

static int
compare_lists(const void *a, const void *b)
{
	const struct trust_crl *x = ((const struct court_list *)a)->crl;
	const struct trust_crl *y = ((const struct court_list *)b)->crl;
	int by_age = court_compare_ages(y, x);

	return by_age != 0 ? by_age : memcmp(x->id, y->id, sizeof x->id);
}

/* Of two lists for the same certificates the newer one counts, so it is asked first. */
static void
gather_lists(struct trust_court *court, const struct trust_question *question)
{
	size_t count = court->own_count + question->crl_count;

	court->list_count = count;
	if (count == 0)
		return;
	court->lists = trust_grow_array(court->lists, count, sizeof *court->lists);
	for (size_t i = 0; i < count; i++) {
		struct court_list *list = &court->lists[i];
		list->crl =
		    i < court->own_count ? court->own[i] : question->crls[i - court->own_count];
		list->issuer_hash = trust_name_hash(list->crl->issuer);
	}
	qsort(court->lists, count, sizeof *court->lists, compare_lists);
}

/* ---- the court of two stores --------------------------------------------------------------- */

struct trust_court *
trust_court_new(const struct trust_store *store, const struct trust_store *builtin)
{
	size_t most =
	    (store ? trust_store_count(store) : 0) + (builtin ? trust_store_count(builtin) : 0);
	TRUST_AUTO_FREE struct trust_court_entry *entries =
	    trust_alloc_array(most + 1, sizeof *entries);
	size_t count = store_entries(store, false, entries);

	count += store_entries(builtin, true, entries + count);
	struct trust_court *court = trust_court_from(entries, count);
	court->mozilla = store && trust_place_is_mozillas(trust_store_place(store));
	if (store)
		add_store_lists(court, store);
	add_orphans(court, store, false);
	add_orphans(court, builtin, true);
	qsort(court->orphans, court->orphan_count, sizeof *court->orphans, compare_orphans);
	for (size_t i = 0; i < court->count; i++)
		apply_orphans(court, &court->nodes[i]);
	return court;
}

struct trust_court *
trust_court_assuming(const struct trust_store *store, const struct trust_cert *anchor)
{
	size_t most = store ? trust_store_count(store) : 0;
	TRUST_AUTO_FREE struct trust_court_entry *entries =
	    trust_alloc_array(most + 1, sizeof *entries);
	size_t count = store_entries(store, false, entries);

	for (size_t i = 0; i < count; i++)
		entries[i].states = trust_states_all(TRUST_UNDECIDED);
	/* Last, so that it counts where the store has it too. */
	entries[count++] = (struct trust_court_entry){
		.cert = anchor,
		.states = trust_states_all(TRUST_TRUSTED),
	};
	struct trust_court *court = trust_court_from(entries, count);
	if (store)
		add_store_lists(court, store);
	return court;
}

/* ---- names ------------------------------------------------------------------------------- */

struct court_node *
court_next_of(struct trust_court *court, struct trust_bytes subject, uint64_t hash,
    struct verdict_work *work, uint32_t *at)
{
	uint32_t next = *at ? court->nodes[*at - 1].next_subject
			    : court->by_subject[subject_bucket(court, hash)];

	for (; next; next = court->nodes[next - 1].next_subject) {
		struct court_node *node = &court->nodes[next - 1];
		bool here = court_is_here(node) || next > court->count;
		if (!verdict_spend(work, 1))
			return NULL;
		if (!here || node->subject_hash != hash)
			continue;
		if (!verdict_spend(work, 1 + node->cert->subject.size / 16))
			return NULL;
		if (!trust_name_equal(node->cert->subject, subject))
			continue;
		*at = next;
		return node;
	}
	return NULL;
}

/* ---- questions ----------------------------------------------------------------------------- */

static void
add_guest(struct trust_court *court, const struct trust_cert *cert)
{
	if (!find_node(court, cert->id))
		apply_orphans(court, add_node(court, cert));
}

struct court_node *
trust_court_convene(struct trust_court *court, const struct trust_question *question)
{
	if (++court->question ==
	    0) { /* after 2^32 questions the marks of the first ones are reset */
		for (size_t i = 0; i < court->count; i++)
			court->nodes[i].question = 0;
		for (size_t i = 0; i < court->signature_capacity; i++)
			court->signatures[i].question = 0;
		court->question = 1;
	}
	reserve(court, question->other_count + 1);
	gather_lists(court, question);
	add_guest(court, question->cert);
	for (size_t i = 0; i < question->other_count; i++)
		add_guest(court, question->others[i]);
	return find_node(court, question->cert->id);
}

void
trust_court_adjourn(struct trust_court *court)
{
	while (court->used > court->count) {
		struct court_node *node = &court->nodes[--court->used];
		court->by_subject[subject_bucket(court, node->subject_hash)] = node->next_subject;
		court->by_id[id_bucket(court, node->cert->id)] = node->next_id;
	}
}

/* ---- signatures ---------------------------------------------------------------------------- */

static struct court_signature *
signature_slot(
    struct court_signature *table, size_t capacity, const uint8_t *id, const uint8_t *key_hash)
{
	uint64_t a;
	uint64_t b;
	memcpy(&a, id, sizeof a);
	memcpy(&b, key_hash, sizeof b);
	size_t at = (size_t)(a ^ b) & (capacity - 1);
	while (table[at].used &&
	    (memcmp(table[at].id, id, TRUST_SHA256_BYTES) != 0 ||
		memcmp(table[at].key_hash, key_hash, TRUST_SHA256_BYTES) != 0))
		at = (at + 1) & (capacity - 1);
	return &table[at];
}

static void
grow_signatures(struct trust_court *court)
{
	size_t capacity = court->signature_capacity ? 2 * court->signature_capacity : 256;
	struct court_signature *table = trust_alloc_array(capacity, sizeof *table);

	for (size_t i = 0; i < court->signature_capacity; i++) {
		const struct court_signature *old = &court->signatures[i];
		if (old->used)
			*signature_slot(table, capacity, old->id, old->key_hash) = *old;
	}
	trust_free(court->signatures);
	court->signatures = table;
	court->signature_capacity = capacity;
}

enum trust_signature
court_signed(struct trust_court *court, const uint8_t *id, const struct trust_signed *what,
    struct court_node *issuer, struct verdict_work *work)
{
	const uint8_t *key_hash = court_key_hash(issuer);

	if (2 * court->signature_count >= court->signature_capacity)
		grow_signatures(court);
	struct court_signature *slot =
	    signature_slot(court->signatures, court->signature_capacity, id, key_hash);
	bool paid = slot->used && slot->question == court->question;
	if (!verdict_spend(work, paid ? 1 : trust_signed_units(what, issuer->cert)))
		return TRUST_SIGNATURE_UNSUPPORTED;
	slot->question = court->question;
	if (slot->used)
		return slot->result;
	slot->used = true;
	memcpy(slot->id, id, sizeof slot->id);
	memcpy(slot->key_hash, key_hash, sizeof slot->key_hash);
	slot->result = trust_signed_check(what, issuer->cert, NULL);
	court->signature_count++;
	return slot->result;
}

/* What a key without parameters signed is let pass here; the whole path decides
 * (verdict_check_inherited()). */
enum trust_signature
court_signature(struct trust_court *court, struct court_node *node, struct court_node *issuer,
    struct verdict_work *work)
{
	struct trust_signed what = trust_cert_signed(node->cert);

	if (trust_cert_inherits_parameters(issuer->cert))
		return verdict_spend(work, 10) ? TRUST_SIGNATURE_GOOD : TRUST_SIGNATURE_UNSUPPORTED;
	return court_signed(court, node->cert->id, &what, issuer, work);
}
