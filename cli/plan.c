/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the writing commands share; see plan.h. Nothing here writes: that is cli_change_run().
 */

#include "cli/plan.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/item_names.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/place.h"
#include "core/text.h"

void
cli_plan_done(struct cli_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		trust_store_close(plan->parts[i]->store);
		trust_free(plan->parts[i]->actions);
		trust_free(plan->parts[i]);
	}
	trust_free(plan->parts);
	*plan = (struct cli_plan){ 0 };
}

static struct cli_plan_part *
add_part(struct cli_plan *plan, struct trust_store *store)
{
	struct cli_plan_part *part = trust_alloc(sizeof *part);
	part->store = store;
	plan->parts =
	    trust_grow_array(plan->parts, plan->count + 1, sizeof(struct cli_plan_part *));
	return plan->parts[plan->count++] = part;
}

bool
cli_plan_open(struct cli *cli, struct cli_plan *plan, const struct trust_place *place,
    struct cli_plan_part **ret_part, struct trust_error *error)
{
	struct trust_store *store = NULL;
	if (!cli_store_open(cli, place, &store, error))
		return false;
	*ret_part = add_part(plan, store);
	return true;
}

/* Another certificate that uses the same private key may not be there. */
static bool
has_keys(const struct trust_store *store)
{
	for (size_t i = 0; i < trust_store_count(store); i++)
		if (trust_store_item(store, i)->kind == TRUST_KIND_IDENTITY)
			return true;
	return false;
}

struct cli_plan_part *
cli_plan_open_new(struct cli_plan *plan)
{
	return add_part(plan, NULL);
}

bool
cli_plan_open_for(struct cli *cli, struct cli_plan *plan, const struct trust_place *place,
    const char *const *texts, size_t count, struct cli_plan_part **ret_part,
    struct trust_error *error)
{
	const struct trust_part wanted = { .texts = texts, .text_count = count };
	struct trust_store *store = NULL;
	if (!cli_store_open_for(cli, place, &wanted, &store, error))
		return false;
	if (has_keys(store)) {
		trust_store_close(trust_steal(&store));
		if (!cli_store_open(cli, place, &store, error))
			return false;
	}
	*ret_part = add_part(plan, store);
	return true;
}

struct trust_action *
cli_plan_add(struct cli_plan_part *part, enum trust_action_kind kind)
{
	part->actions = trust_grow_by_one(part->actions, part->count, sizeof *part->actions);
	struct trust_action *action = &part->actions[part->count++];
	*action = (struct trust_action){ .kind = kind };
	return action;
}

void
cli_plan_request(
    struct cli *cli, const struct cli_plan_part *part, struct trust_change_request *ret_request)
{
	ret_request->command = cli->command->path;
	ret_request->actions = part->actions;
	ret_request->action_count = part->count;
}

void
cli_picks_done(struct cli_picks *picks)
{
	trust_free(picks->list);
	*picks = (struct cli_picks){ 0 };
}

static bool
pick_one(const struct trust_store *store, const struct trust_store *builtin, const char *text,
    const struct trust_item **ret_item, struct trust_error *error)
{
	if (trust_store_select(store, text, ret_item, error))
		return true;
	if (error->code != TRUST_INPUT_NOT_FOUND || builtin == NULL)
		return false;

	TRUST_AUTO_ERROR second = TRUST_ERROR_INIT;
	if (trust_store_select(builtin, text, ret_item, &second)) {
		trust_error_clear(error);
		return true;
	}
	/* "Not found" is best told about the store the person asked about. */
	if (second.code != TRUST_INPUT_NOT_FOUND)
		trust_error_move(error, &second);
	return false;
}

bool
cli_pick(struct cli *cli, const struct trust_store *store, const struct trust_store *builtin,
    const char *const *texts, size_t count, struct cli_picks *ret_picks, struct trust_error *error)
{
	CLI_PICKS_AUTO picks = { .list = trust_alloc_array(count, sizeof(struct trust_item *)) };
	for (size_t i = 0; i < count; i++) {
		const struct trust_item *item = NULL;
		if (!pick_one(store, builtin, texts[i], &item, error)) {
			(void)cli_hint_near(cli, texts[i], error);
			return cli_explain_missing(cli, texts[i], trust_store_place(store), error);
		}
		bool again = false;
		for (size_t k = 0; k < picks.count; k++)
			again = again || memcmp(picks.list[k]->id, item->id, sizeof item->id) == 0;
		if (!again)
			picks.list[picks.count++] = item;
	}
	*ret_picks = picks;
	picks = (struct cli_picks){ 0 };
	return true;
}

char *
cli_effect_trust_words(const struct trust_effect *effect)
{
	TRUST_AUTO_FREE char *before = trust_states_words(effect->before);
	TRUST_AUTO_FREE char *after = trust_states_words(effect->after);

	if (effect->kind != TRUST_EFFECT_TRUST && trust_states_equal(effect->before, effect->after))
		return trust_strdup("");
	return trust_printf(": %s -> %s", before, after);
}

void
cli_put_effect_fields(struct cli_doc *doc, const struct trust_effect *effect)
{
	TRUST_AUTO_FREE char *id = trust_hex(effect->id, sizeof effect->id);
	TRUST_AUTO_FREE char *before = trust_states_words(effect->before);
	TRUST_AUTO_FREE char *after = trust_states_words(effect->after);

	cli_doc_text(doc, NULL, "effect", trust_effect_word(effect->kind));
	if (effect->kind == TRUST_EFFECT_PASSWORD) /* that of the store, and of no item */
		return;
	cli_doc_text(doc, NULL, "item_kind", trust_kind_word(effect->item_kind));
	cli_doc_text(doc, NULL, "name", effect->name);
	cli_doc_text(doc, NULL, "id", id);
	cli_doc_text(doc, NULL, "trust_before", before);
	cli_doc_text(doc, NULL, "trust_after", after);
}

char *
cli_short_id(const uint8_t id[TRUST_SHA256_BYTES])
{
	return trust_hex(id, 8);
}

char *
cli_place_words(const struct trust_place *place)
{
	return trust_text_display_string(place->name != NULL ? place->name : place->path);
}

char *
cli_file_word(const char *path)
{
	if (strcmp(path, "-") == 0)
		return NULL;
	TRUST_AUTO_FREE char *file = trust_printf("%s%s", *path == '-' ? "./" : "", path);
	return trust_shell_word(file);
}

bool
cli_same_place(const struct trust_place *a, const struct trust_place *b)
{
	struct stat first;
	struct stat second;
	if (strcmp(a->path, b->path) == 0)
		return true;
	return stat(a->path, &first) == 0 && stat(b->path, &second) == 0 &&
	    first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

struct trust_states
cli_effective_states(const struct trust_store *store, const struct trust_store *builtin,
    const struct trust_item *item)
{
	const struct trust_item *own = trust_store_find(store, item->id);
	if (own != NULL && trust_item_has_record(own))
		return trust_item_states(store, own);
	const struct trust_item *vendor =
	    builtin != NULL ? trust_store_find(builtin, item->id) : NULL;
	if (vendor != NULL)
		return trust_item_states(builtin, vendor);
	return trust_states_all(TRUST_UNDECIDED);
}
