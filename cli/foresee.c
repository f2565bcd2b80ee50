/* SPDX-License-Identifier: MPL-2.0 */
/* What a request would do to trust, as far as its store tells that without its password: for a dry
 * run, which asks nobody. */

#include <string.h>

#include "cli/internal.h"
#include "cli/plan.h"
#include "core/error.h"
#include "core/history.h"

struct foreseen {
	struct cli *cli;
	const struct trust_store *store; /* borrowed; NULL: it cannot be read */
	struct trust_effect *effects;
	size_t count;
};

/* As core/effects.c has it: older programs know one spelling of a record, newer ones prefer the
 * other, and without any the built-in list speaks. */
static bool
widens(const struct trust_item *item, struct trust_states vendor, struct trust_states after)
{
	struct trust_states older = item && item->legacy.present ? item->legacy.states : vendor;
	struct trust_states newer = item && item->modern.present ? item->modern.states : older;

	return trust_states_widen(older, after) || trust_states_widen(newer, after);
}

/* after: TRUST_UNDECIDED for all usages: there will be no record. */
static void
add(struct foreseen *foreseen, const uint8_t id[TRUST_SHA256_BYTES], struct trust_states after)
{
	const struct trust_states none = trust_states_all(TRUST_UNDECIDED);
	const struct trust_store *builtin = cli_builtin(foreseen->cli);
	const struct trust_item *item =
	    foreseen->store ? trust_store_find(foreseen->store, id) : NULL;
	const struct trust_item *root = builtin ? trust_store_find(builtin, id) : NULL;
	struct trust_states vendor = root ? trust_item_states(builtin, root) : none;
	size_t count = foreseen->count + 1;

	foreseen->effects = trust_grow_array(foreseen->effects, count, sizeof *foreseen->effects);
	struct trust_effect *effect = &foreseen->effects[foreseen->count];
	foreseen->count = count;
	*effect = (struct trust_effect){
		.kind = TRUST_EFFECT_TRUST,
		.after = trust_states_equal(after, none) ? vendor : after,
		.name = item || root ? trust_strdup(item ? item->name : root->name)
				     : trust_hex(id, TRUST_SHA256_BYTES),
	};
	memcpy(effect->id, id, sizeof effect->id);
	effect->widens = widens(item, vendor, effect->after);
}

static void
add_action(struct foreseen *foreseen, const struct trust_action *action)
{
	switch (action->kind) {
	case TRUST_SET_TRUST:
		add(foreseen, action->id, action->states);
		break;
	case TRUST_RESET_TRUST:
	case TRUST_DELETE_CERT:
		add(foreseen, action->id, trust_states_all(TRUST_UNDECIDED));
		break;
	default: /* imported is not trusted */
		break;
	}
}

static void
add_undone(struct foreseen *foreseen, const struct trust_place *place, int64_t number)
{
	TRUST_AUTO(trust_history) *history = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	if (!trust_history_read(place, number, &history, &ignored) || history->count == 0)
		return;
	for (size_t i = 0; i < history->entries[0].effect_count; i++) {
		const struct trust_effect *effect = &history->entries[0].effects[i];
		if (effect->kind == TRUST_EFFECT_TRUST || effect->kind == TRUST_EFFECT_ADDED ||
		    effect->kind == TRUST_EFFECT_DELETED)
			add(foreseen, effect->id, effect->before);
	}
}

struct trust_effect *
cli_foresee_trust(struct cli *cli, const struct trust_place *place,
    const struct trust_change_request *request, size_t *ret_count)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	struct foreseen foreseen = { .cli = cli };

	if (trust_store_open(place, NULL, &store, &ignored))
		foreseen.store = store;
	for (size_t i = 0; i < request->action_count; i++)
		add_action(&foreseen, &request->actions[i]);
	if (request->undo > 0)
		add_undone(&foreseen, place, request->undo);
	*ret_count = foreseen.count;
	return foreseen.effects;
}
