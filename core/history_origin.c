/* SPDX-License-Identifier: MPL-2.0 */
/* Where items came from and who decided about them, of a history that was read. */

#include <string.h>

#include "core/history.h"
#include "core/table_internal.h"

/* Newest first: the first of each sort is the one that holds. */
static void
note_origin(struct trust_origin *origin, const struct trust_history_entry *entry,
    const struct trust_effect *effect)
{
	const char *who = entry->outside ? "another program" : entry->user;
	bool decided = effect->kind == TRUST_EFFECT_TRUST || trust_effect_comes_with_trust(effect);

	if (!origin->trust_entry && decided) {
		origin->trust_entry = entry->number;
		origin->trusted = entry->time;
		origin->trusted_by = trust_strdup(who);
		origin->trusted_outside = entry->outside;
		origin->trust_reason = trust_strdup(entry->reason);
	}
	if (!origin->added_entry && effect->kind == TRUST_EFFECT_ADDED) {
		origin->added_entry = entry->number;
		origin->added = entry->time;
		origin->added_by = trust_strdup(who);
		origin->added_from = trust_strdup(entry->source);
	}
}

void
trust_history_origins(const struct trust_history *history, const uint8_t *const *ids, size_t count,
    struct trust_origin *ret_origins)
{
	struct trust_table_index index = trust_table_new(count);

	for (size_t i = 0; i < count; i++) {
		ret_origins[i] = (struct trust_origin){ 0 };
		trust_table_put(&index, trust_hash_id(ids[i]), i);
	}
	for (size_t i = 0; i < history->count; i++) {
		const struct trust_history_entry *entry = &history->entries[i];
		for (size_t k = 0; k < entry->effect_count; k++) {
			const struct trust_effect *effect = &entry->effects[k];
			size_t at = TRUST_TABLE_START;
			for (int64_t n;
			     (n = trust_table_find(&index, trust_hash_id(effect->id), &at)) >= 0;)
				if (memcmp(effect->id, ids[n], sizeof effect->id) == 0)
					note_origin(&ret_origins[n], entry, effect);
		}
	}
	trust_table_done(&index);
}

void
trust_origin_done(struct trust_origin *origin)
{
	trust_free(origin->added_by);
	trust_free(origin->added_from);
	trust_free(origin->trusted_by);
	trust_free(origin->trust_reason);
	*origin = (struct trust_origin){ 0 };
}
