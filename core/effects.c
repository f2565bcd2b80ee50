/* SPDX-License-Identifier: MPL-2.0 */
/* What differs between two readings of one store, in people's terms. The trust step hangs on
 * `widens`, so it is decided here, for the readers of both spellings of trust, and never by the
 * command that asked for the change. */

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/change_internal.h"
#include "core/error.h"
#include "core/limits.h"

const char *
trust_effect_word(enum trust_effect_kind kind)
{
	static const char *const words[] = {
		[TRUST_EFFECT_ADDED] = "added",
		[TRUST_EFFECT_DELETED] = "deleted",
		[TRUST_EFFECT_KEY_ADDED] = "key added",
		[TRUST_EFFECT_KEY_DELETED] = "key deleted",
		[TRUST_EFFECT_TRUST] = "trust changed",
		[TRUST_EFFECT_RENAMED] = "renamed",
		[TRUST_EFFECT_ORPHAN_CLEARED] = "leftover trust removed",
		[TRUST_EFFECT_RESEALED] = "trust record rewritten",
		[TRUST_EFFECT_PASSWORD] = "password changed",
		[TRUST_EFFECT_COPY_ADDED] = "copy added",
		[TRUST_EFFECT_COPY_DELETED] = "copy deleted",
	};
	return words[kind];
}

bool
trust_effect_comes_with_trust(const struct trust_effect *effect)
{
	return effect->kind == TRUST_EFFECT_ADDED &&
	    !trust_states_equal(effect->before, effect->after);
}

char *
trust_effects_words(const struct trust_effect *effects, size_t count)
{
	TRUST_AUTO_BUFFER words;
	size_t of_kind[TRUST_EFFECT_KINDS] = { 0 };
	size_t with_trust = 0;
	static const char *const nouns[][2] = {
		[TRUST_EFFECT_ADDED] = { "certificate added", "certificates added" },
		[TRUST_EFFECT_DELETED] = { "certificate deleted", "certificates deleted" },
		[TRUST_EFFECT_KEY_ADDED] = { "private key added", "private keys added" },
		[TRUST_EFFECT_KEY_DELETED] = { "private key deleted", "private keys deleted" },
		[TRUST_EFFECT_TRUST] = { "trust changed", "trusts changed" },
		[TRUST_EFFECT_RENAMED] = { "item renamed", "items renamed" },
		[TRUST_EFFECT_ORPHAN_CLEARED] = { "leftover trust removed",
		    "leftover trusts removed" },
		[TRUST_EFFECT_RESEALED] = { "trust record rewritten", "trust records rewritten" },
		[TRUST_EFFECT_PASSWORD] = { "password change", "password changes" },
		[TRUST_EFFECT_COPY_ADDED] = { "copy added", "copies added" },
		[TRUST_EFFECT_COPY_DELETED] = { "copy deleted", "copies deleted" },
	};

	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	if (count == 1 && effects[0].kind != TRUST_EFFECT_PASSWORD) {
		TRUST_AUTO_FREE char *trust = trust_states_words(effects[0].after);
		TRUST_AUTO_FREE char *before = trust_states_words(effects[0].before);
		if (effects[0].kind == TRUST_EFFECT_TRUST)
			return trust_printf("%s: %s -> %s", effects[0].name, before, trust);
		trust_buffer_printf(
		    &words, "%s: %s", trust_effect_word(effects[0].kind), effects[0].name);
		if (trust_effect_comes_with_trust(&effects[0]))
			trust_buffer_printf(&words, " (%s)", trust);
		return trust_buffer_take(&words);
	}
	for (size_t i = 0; i < count; i++) {
		of_kind[effects[i].kind]++;
		with_trust += trust_effect_comes_with_trust(&effects[i]);
	}
	for (size_t kind = 0; kind < TRUST_COUNT(nouns); kind++) {
		if (of_kind[kind])
			trust_buffer_printf(&words, "%s%zu %s", words.size ? ", " : "",
			    of_kind[kind], nouns[kind][of_kind[kind] > 1]);
		if (kind == TRUST_EFFECT_ADDED && with_trust)
			trust_buffer_printf(&words, " (%zu with trust)", with_trust);
	}
	return trust_buffer_take(&words);
}

int64_t
trust_states_pack(struct trust_states states)
{
	int64_t packed = 0;
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		packed |= (int64_t)states.of[usage] << (4 * usage);
	return packed;
}

struct trust_states
trust_states_unpack(int64_t packed)
{
	struct trust_states states = { 0 };
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		unsigned state = (unsigned)(packed >> (4 * usage)) & 0xf;
		states.of[usage] = state <= TRUST_PEER ? (enum trust_state)state : TRUST_UNDECIDED;
	}
	return states;
}

struct trust_effect *
trust_effects_add(struct trust_effects *effects)
{
	effects->list = trust_grow_by_one(effects->list, effects->count, sizeof *effects->list);
	struct trust_effect *effect = &effects->list[effects->count++];
	*effect = (struct trust_effect){ 0 };
	return effect;
}

void
trust_effects_free(struct trust_effect *effects, size_t count)
{
	for (size_t i = 0; effects && i < count; i++)
		trust_free(effects[i].name);
	trust_free(effects);
}

void
trust_effects_done(struct trust_effects *effects)
{
	trust_effects_free(effects->list, effects->count);
	*effects = (struct trust_effects){ 0 };
}

bool
trust_effects_equal(const struct trust_effects *a, const struct trust_effects *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct trust_effect *x = &a->list[i];
		const struct trust_effect *y = &b->list[i];
		if (x->kind != y->kind || memcmp(x->id, y->id, sizeof x->id) != 0 ||
		    !trust_states_equal(x->before, y->before) ||
		    !trust_states_equal(x->after, y->after) || x->widens != y->widens)
			return false;
	}
	return true;
}

/* ---- one item on both sides --------------------------------------------------------------- */

static bool
counts(const struct trust_record *record)
{
	return record->present && record->seal != TRUST_SEAL_TAMPERED;
}

/* What a reader of one spelling sees: NSS below 3.114 knows only the legacy object; newer ones look
 * at the legacy one only when there is no modern one. Without either the built-in list speaks. */
static struct trust_states
seen_by(const struct trust_item *item, enum trust_spelling reader, const struct trust_item *builtin)
{
	if (item && reader == TRUST_MODERN && item->modern.present)
		return counts(&item->modern) ? item->modern.states : (struct trust_states){ 0 };
	if (item && counts(&item->legacy))
		return item->legacy.states;
	if (builtin)
		return builtin->legacy.present ? builtin->legacy.states : builtin->modern.states;
	return (struct trust_states){ 0 };
}

static bool
widens(const struct trust_item *before, const struct trust_item *after,
    const struct trust_item *builtin)
{
	return trust_states_widen(
		   seen_by(before, TRUST_LEGACY, builtin), seen_by(after, TRUST_LEGACY, builtin)) ||
	    trust_states_widen(
		seen_by(before, TRUST_MODERN, builtin), seen_by(after, TRUST_MODERN, builtin));
}

static bool
same_record(const struct trust_record *a, const struct trust_record *b)
{
	return a->present == b->present && a->object_id == b->object_id &&
	    trust_states_equal(a->states, b->states) &&
	    (a->seal == TRUST_SEAL_TAMPERED) == (b->seal == TRUST_SEAL_TAMPERED);
}

struct comparison {
	const struct trust_store *base;
	const struct trust_store *work;
	const struct trust_store *builtin;
	struct trust_effects *effects;
};

static struct trust_effect *
note(struct comparison *comparison, enum trust_effect_kind kind, const struct trust_item *before,
    const struct trust_item *after)
{
	const struct trust_item *item = after ? after : before;
	struct trust_effect *effect = trust_effects_add(comparison->effects);
	const struct trust_item *builtin =
	    comparison->builtin ? trust_store_find(comparison->builtin, item->id) : NULL;

	effect->kind = kind;
	effect->item_kind = item->kind;
	memcpy(effect->id, item->id, sizeof effect->id);
	effect->name = trust_strdup(item->name);
	effect->before =
	    before ? trust_item_states(comparison->base, before) : (struct trust_states){ 0 };
	effect->after =
	    after ? trust_item_states(comparison->work, after) : (struct trust_states){ 0 };
	effect->ca = item->cert && trust_cert_is_ca(item->cert);
	effect->widens = widens(before, after, builtin);
	return effect;
}

static bool
has_key_object(const struct trust_store *store, uint32_t key_object_id)
{
	for (size_t i = 0; key_object_id && i < trust_store_count(store); i++)
		if (trust_store_item(store, i)->key_object_id == key_object_id)
			return true;
	return false;
}

static void
compare_item(
    struct comparison *comparison, const struct trust_item *before, const struct trust_item *after)
{
	const struct trust_item *item = after ? after : before;
	bool is_cert = item->object_id != 0;

	if (is_cert && (!before || !after))
		note(comparison, after ? TRUST_EFFECT_ADDED : TRUST_EFFECT_DELETED, before, after);
	/* A key that only lost or gained its certificate is still the same key. */
	bool had_key = before ? before->key_object_id != 0
			      : has_key_object(comparison->base, after->key_object_id);
	bool has_key = after ? after->key_object_id != 0
			     : has_key_object(comparison->work, before->key_object_id);
	if (had_key != has_key)
		note(comparison, has_key ? TRUST_EFFECT_KEY_ADDED : TRUST_EFFECT_KEY_DELETED,
		    before, after)
		    ->widens = false;
	if (!before || !after)
		return;
	struct trust_states was = trust_item_states(comparison->base, before);
	struct trust_states is = trust_item_states(comparison->work, after);
	if (!trust_states_equal(was, is) ||
	    trust_item_has_record(before) != trust_item_has_record(after))
		note(comparison, TRUST_EFFECT_TRUST, before, after);
	else if (!same_record(&before->legacy, &after->legacy) ||
	    !same_record(&before->modern, &after->modern))
		note(comparison, TRUST_EFFECT_RESEALED, before, after);
	if (is_cert && !trust_bytes_equal(before->nickname, after->nickname))
		note(comparison, TRUST_EFFECT_RENAMED, before, after);
}

/* ---- copies ------------------------------------------------------------------------------- */

static size_t
copies_of(const struct trust_store *store, const struct trust_item *item)
{
	size_t count = 0;

	while ((item = trust_store_next_copy(store, item)))
		count++;
	return count;
}

static void
compare_copies(
    struct comparison *comparison, const struct trust_item *before, const struct trust_item *after)
{
	size_t had = copies_of(comparison->base, before);
	size_t has = copies_of(comparison->work, after);

	if (had != has)
		note(comparison, has > had ? TRUST_EFFECT_COPY_ADDED : TRUST_EFFECT_COPY_DELETED,
		    before, after)
		    ->widens = false;
}

/* ---- leftover records --------------------------------------------------------------------- */

static bool
orphan_in(const struct trust_store *store, const struct trust_orphan *orphan)
{
	for (size_t i = 0; i < trust_store_orphan_count(store); i++)
		if (trust_store_orphan(store, i)->record.object_id == orphan->record.object_id)
			return true;
	return false;
}

/* Does the certificate, imported meanwhile, have that distrust in a record of its own? */
static bool
distrust_goes_on(const struct trust_store *work, const struct trust_orphan *orphan)
{
	for (size_t i = 0; i < trust_store_count(work); i++) {
		const struct trust_item *item = trust_store_item(work, i);
		if (!item->cert || !trust_orphan_is_about(orphan, item->cert))
			continue;
		struct trust_states states = trust_item_states(work, item);
		bool all = true;
		for (int usage = 0; usage < TRUST_USAGES; usage++)
			all &= orphan->record.states.of[usage] != TRUST_DISTRUSTED ||
			    states.of[usage] == TRUST_DISTRUSTED;
		if (all)
			return true;
	}
	return false;
}

/* A forged distrust was none. */
static bool
lifts_distrust(const struct comparison *comparison, const struct trust_orphan *orphan)
{
	return counts(&orphan->record) &&
	    trust_states_any(orphan->record.states, TRUST_DISTRUSTED) &&
	    !distrust_goes_on(comparison->work, orphan);
}

static void
note_orphan_cleared(struct comparison *comparison, const struct trust_orphan *orphan)
{
	struct trust_effect *effect = trust_effects_add(comparison->effects);

	effect->kind = TRUST_EFFECT_ORPHAN_CLEARED;
	effect->item_kind = TRUST_KIND_INTERMEDIATE;
	effect->name = trust_printf("trust without certificate, issued by %s", orphan->issuer_name);
	effect->before = orphan->record.states;
	trust_sha256(orphan->issuer.data, orphan->issuer.size, effect->id);
	effect->ca = true;
	/* Removing a distrust that has no certificate lifts nothing NSS acts on: it looks
	 * records up for certificates it meets, though, also for ones a server sends. */
	effect->widens = lifts_distrust(comparison, orphan);
}

/* The second record of a certificate comes or goes: NSS takes either. */
static void
note_record_copy(struct comparison *comparison, enum trust_effect_kind kind,
    const struct trust_orphan *orphan, const struct trust_item *item)
{
	struct trust_effect *effect = trust_effects_add(comparison->effects);
	const struct trust_states none = { 0 };
	bool comes = kind == TRUST_EFFECT_COPY_ADDED;

	effect->kind = kind;
	effect->item_kind = item->kind;
	effect->name = trust_strdup(item->name);
	memcpy(effect->id, item->id, sizeof effect->id);
	effect->before = comes ? none : orphan->record.states;
	effect->after = comes ? orphan->record.states : none;
	effect->ca = true;
	effect->widens = comes
	    ? trust_states_widen(trust_item_states(comparison->work, item), effect->after)
	    : lifts_distrust(comparison, orphan);
}

static void
compare_orphans(struct comparison *comparison)
{
	for (size_t i = 0; i < trust_store_orphan_count(comparison->base); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(comparison->base, i);
		const struct trust_item *item = trust_store_repeated(comparison->base, orphan);
		if (orphan_in(comparison->work, orphan))
			continue;
		if (item)
			note_record_copy(comparison, TRUST_EFFECT_COPY_DELETED, orphan, item);
		else
			note_orphan_cleared(comparison, orphan);
	}
	for (size_t i = 0; i < trust_store_orphan_count(comparison->work); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(comparison->work, i);
		const struct trust_item *item = trust_store_repeated(comparison->work, orphan);
		if (item && !orphan_in(comparison->base, orphan))
			note_record_copy(comparison, TRUST_EFFECT_COPY_ADDED, orphan, item);
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct trust_effect *x = a;
	const struct trust_effect *y = b;
	int order = strcmp(x->name, y->name);

	if (order == 0)
		order = memcmp(x->id, y->id, sizeof x->id);
	return order ? order : (int)x->kind - (int)y->kind;
}

void
trust_effects_sort(struct trust_effects *effects)
{
	if (effects->count)
		qsort(effects->list, effects->count, sizeof *effects->list, by_name);
}

void
trust_effects_compare(const struct trust_store *base, const struct trust_store *work,
    const struct trust_store *builtin, struct trust_effects *ret_effects)
{
	struct trust_effects effects = { 0 };
	struct comparison comparison = {
		.base = base,
		.work = work,
		.builtin = builtin,
		.effects = &effects,
	};

	for (size_t i = 0; i < trust_store_count(work); i++) {
		const struct trust_item *after = trust_store_item(work, i);
		/* A certificate that is stored twice is one item. */
		if (trust_store_find(work, after->id) != after)
			continue;
		const struct trust_item *before = trust_store_find(base, after->id);
		compare_item(&comparison, before, after);
		if (before)
			compare_copies(&comparison, before, after);
	}
	for (size_t i = 0; i < trust_store_count(base); i++) {
		const struct trust_item *before = trust_store_item(base, i);
		if (!trust_store_find(work, before->id) &&
		    trust_store_find(base, before->id) == before)
			compare_item(&comparison, before, NULL);
	}
	compare_orphans(&comparison);
	trust_effects_sort(&effects);
	*ret_effects = effects;
}
