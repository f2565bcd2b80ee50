/* SPDX-License-Identifier: MPL-2.0 */
/* The local decisions of a store, and what is remarkable about each. */

#include "core/audit.h"

#include <string.h>

#include "core/cert.h"
#include "core/error.h"
#include "core/place.h"
#include "core/table_internal.h"

#define SOON_SECONDS (30 * INT64_C(86400))

static const struct {
	const char *word;
	const char *sentence;
} findings[TRUST_AUDIT_FINDINGS] = {
	[TRUST_AUDIT_LOCAL_FULL] = { "local-full",
	    "is fully trusted and not in the built-in list" },
	[TRUST_AUDIT_EXPIRED] = { "expired", "is trusted and has expired" },
	[TRUST_AUDIT_EXPIRES_SOON] = { "expires-soon", "is trusted and expires within 30 days" },
	[TRUST_AUDIT_TAMPERED] = { "tampered",
	    "has a trust record whose signature is wrong; NSS counts it as no trust" },
	[TRUST_AUDIT_DISAGREEMENT] = { "disagreement",
	    "has two trust records that disagree: old and new programs see different trust" },
	[TRUST_AUDIT_UNVERIFIED] = { "unverified", "has a trust record that could not be checked" },
	[TRUST_AUDIT_ORPHAN] = { "orphan",
	    "is a leftover trust record; it would decide about the certificate once imported" },
	[TRUST_AUDIT_NO_EFFECT] = { "no-effect",
	    "is an end entity, whose record means nothing to the programs of this store" },
	[TRUST_AUDIT_OVERRIDE] = { "override", "is decided otherwise than in the built-in list" },
	[TRUST_AUDIT_OUTSIDE] = { "outside", "was decided by another program" },
};

const char *
trust_audit_word(enum trust_audit_finding finding)
{
	return findings[finding].word;
}

const char *
trust_audit_sentence(enum trust_audit_finding finding)
{
	return findings[finding].sentence;
}

bool
trust_audit_parse(const char *word, enum trust_audit_finding *ret_finding)
{
	for (size_t i = 0; i < TRUST_COUNT(findings); i++)
		if (strcmp(findings[i].word, word) == 0) {
			*ret_finding = (enum trust_audit_finding)i;
			return true;
		}
	return false;
}

static bool
is_anchor(struct trust_states states)
{
	return trust_states_any(states, TRUST_TRUSTED) || trust_states_any(states, TRUST_PEER);
}

static void
judge_seal(struct trust_audit_entry *entry, enum trust_seal seal)
{
	entry->finding[TRUST_AUDIT_TAMPERED] = seal == TRUST_SEAL_TAMPERED;
	entry->finding[TRUST_AUDIT_UNVERIFIED] = seal == TRUST_SEAL_UNVERIFIED;
}

/* Of an end entity, what it is not accepted for by itself means nothing. */
static bool
has_no_effect(
    const struct trust_store *store, const struct trust_cert *cert, struct trust_states states)
{
	bool mozilla = trust_place_is_mozillas(trust_store_place(store));

	if (!cert || trust_cert_is_ca(cert))
		return false;
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (trust_states_accept(states, (enum trust_usage)usage, mozilla))
			return false;
	return true;
}

static void
judge_item(struct trust_audit_entry *entry, const struct trust_store *store,
    const struct trust_store *builtin, struct trust_time now, bool is_builtin)
{
	const struct trust_item *item = entry->item;
	bool anchor = is_anchor(entry->states);

	judge_seal(entry, trust_item_seal(item));
	entry->finding[TRUST_AUDIT_LOCAL_FULL] =
	    trust_states_full(entry->states) && entry->vendor == NULL && !is_builtin;
	entry->finding[TRUST_AUDIT_EXPIRED] =
	    anchor && item->cert != NULL && trust_cert_is_expired(item->cert, now);
	entry->finding[TRUST_AUDIT_EXPIRES_SOON] = anchor && item->cert != NULL &&
	    !entry->finding[TRUST_AUDIT_EXPIRED] &&
	    item->cert->not_after.seconds - now.seconds < SOON_SECONDS;
	entry->finding[TRUST_AUDIT_NO_EFFECT] =
	    anchor && has_no_effect(store, item->cert, entry->states);
	entry->issues = item->cert != NULL && trust_cert_is_ca(item->cert) &&
	    trust_states_any(entry->states, TRUST_TRUSTED) && !entry->finding[TRUST_AUDIT_EXPIRED];
	entry->finding[TRUST_AUDIT_DISAGREEMENT] = trust_item_disagrees(item);
	/* A tampered record counts as none, so the vendor's word stands. */
	entry->finding[TRUST_AUDIT_OVERRIDE] = entry->vendor != NULL && !is_builtin &&
	    trust_item_has_record(item) &&
	    trust_item_states_seal(store, item) != TRUST_SEAL_TAMPERED &&
	    !trust_states_equal(entry->states, trust_item_states(builtin, entry->vendor));
}

static bool
is_remarkable(const struct trust_audit_entry *entry)
{
	return is_anchor(entry->states) || trust_states_any(entry->states, TRUST_DISTRUSTED) ||
	    entry->finding[TRUST_AUDIT_TAMPERED] || entry->finding[TRUST_AUDIT_DISAGREEMENT] ||
	    entry->finding[TRUST_AUDIT_OVERRIDE];
}

static struct trust_audit_entry *
add_entry(struct trust_audit *audit, const struct trust_audit_entry *entry)
{
	audit->entries = trust_grow_array(audit->entries, audit->count + 1, sizeof *audit->entries);
	audit->entries[audit->count] = *entry;
	return &audit->entries[audit->count++];
}

static void
add_items(struct trust_audit *audit, const struct trust_store *store,
    const struct trust_store *builtin, struct trust_time now, bool all)
{
	bool is_builtin = trust_store_place(store)->kind == TRUST_PLACE_BUILTIN;

	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		struct trust_audit_entry entry = {
			.item = item,
			.vendor = builtin != NULL ? trust_store_find(builtin, item->id) : NULL,
			.states = trust_item_states(store, item),
		};
		judge_item(&entry, store, builtin, now, is_builtin);
		audit->anchors += entry.issues;
		audit->full += entry.issues && trust_states_full(entry.states);
		audit->distrusted += trust_states_any(entry.states, TRUST_DISTRUSTED);
		if (is_remarkable(&entry) || (all && trust_item_has_record(item)))
			add_entry(audit, &entry);
	}
	for (size_t i = 0; i < trust_store_orphan_count(store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(store, i);
		struct trust_audit_entry entry = {
			.orphan = orphan,
			.states = orphan->record.states,
			.finding[TRUST_AUDIT_ORPHAN] = true,
		};
		judge_seal(&entry, orphan->record.seal);
		add_entry(audit, &entry);
	}
}

/* Another program's decision since our last entry makes what the entry claims out of date. */
static void
note_outside(struct trust_audit_entry *entry, const struct trust_effect *effects,
    const struct trust_table_index *index)
{
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = trust_table_find(index, trust_hash_id(entry->item->id), &at)) >= 0;)
		if ((effects[i].kind == TRUST_EFFECT_TRUST ||
			effects[i].kind == TRUST_EFFECT_ADDED) &&
		    memcmp(effects[i].id, entry->item->id, sizeof entry->item->id) == 0)
			entry->outside = true;
	if (!entry->outside)
		return;
	entry->finding[TRUST_AUDIT_OUTSIDE] = true;
	trust_free(entry->origin.trusted_by);
	trust_free(entry->origin.trust_reason);
	entry->origin.trusted_by = NULL;
	entry->origin.trust_reason = NULL;
	entry->origin.trust_entry = 0;
}

static void
note_all_outside(struct trust_audit *audit, const struct trust_effect *effects, size_t count)
{
	struct trust_table_index index = trust_table_new(count);

	for (size_t i = 0; i < count; i++)
		trust_table_put(&index, trust_hash_id(effects[i].id), i);
	for (size_t i = 0; i < audit->count; i++)
		if (audit->entries[i].item)
			note_outside(&audit->entries[i], effects, &index);
	trust_table_done(&index);
}

/* Orphans come last and have no identifier. */
static void
set_origins(struct trust_audit *audit, const struct trust_history *history)
{
	size_t count = 0;
	TRUST_AUTO_FREE const uint8_t **ids = trust_alloc_array(audit->count + 1, sizeof *ids);
	TRUST_AUTO_FREE struct trust_origin *origins =
	    trust_alloc_array(audit->count + 1, sizeof *origins);

	while (count < audit->count && audit->entries[count].item) {
		ids[count] = audit->entries[count].item->id;
		count++;
	}
	trust_history_origins(history, ids, count, origins);
	for (size_t i = 0; i < count; i++) {
		audit->entries[i].origin = origins[i];
		audit->entries[i].finding[TRUST_AUDIT_OUTSIDE] = origins[i].trusted_outside;
	}
}

static bool
add_origins(struct trust_audit *audit, const struct trust_store *store, struct trust_error *error)
{
	TRUST_AUTO(trust_history) *history = NULL;
	struct trust_effect *outside = NULL;
	size_t count = 0;

	if (!trust_history_read(trust_store_place(store), 0, &history, error))
		return false;
	if (history->count == 0)
		return true;
	if (!trust_history_outside(store, &outside, &count, error))
		return false;
	set_origins(audit, history);
	note_all_outside(audit, outside, count);
	trust_effects_free(outside, count);
	return true;
}

struct trust_audit *
trust_audit_store(const struct trust_store *store, const struct trust_store *builtin,
    struct trust_time now, bool all)
{
	struct trust_audit *audit = trust_alloc(sizeof *audit);
	TRUST_AUTO_ERROR problem = TRUST_ERROR_INIT;

	add_items(audit, store, builtin, now, all);
	if (trust_store_place(store)->kind != TRUST_PLACE_BUILTIN &&
	    !add_origins(audit, store, &problem))
		audit->history_problem = trust_strdup(problem.message);
	return audit;
}

void
trust_audit_free(struct trust_audit *audit)
{
	if (audit == NULL)
		return;
	for (size_t i = 0; i < audit->count; i++)
		trust_origin_done(&audit->entries[i].origin);
	trust_free(audit->entries);
	trust_free(audit->history_problem);
	trust_free(audit);
}
