/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Plan a change of trust: usages named get the new state, the others keep what counts for them now,
 * and what NSS cannot express is refused with the nearest it can.
 */

#include "cli/trust_plan.h"

#include <string.h>

#include "cli/item_names.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/place.h"

static bool
none_named(const bool *usages)
{
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (usages[usage])
			return false;
	return true;
}

char *
cli_usages_with(struct trust_states states, enum trust_state state)
{
	TRUST_AUTO_BUFFER text;
	trust_buffer_init(&text, 256);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (states.of[usage] == state)
			trust_buffer_printf(&text, "%s%s", text.size > 0 ? "," : "",
			    trust_usage_word((enum trust_usage)usage));
	return trust_buffer_take(&text);
}

static bool
refuse_unreachable(struct cli *cli, const struct cli_trust_plan *plan,
    const struct trust_item *item, struct trust_states wanted, struct trust_states nearest,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *wanted_words = trust_states_words(wanted);
	TRUST_AUTO_FREE char *nearest_words = trust_states_words(nearest);
	TRUST_AUTO_FREE char *usages = cli_usages_with(nearest, plan->state);
	TRUST_AUTO_FREE char *id = cli_short_id(item->id);

	(void)trust_fail(error, TRUST_REFUSED_TRUST, item->name,
	    "NSS cannot express '%s' for '%s': it keeps tls-server and tls-client in one field",
	    wanted_words, item->name);
	if (*usages == '\0' || trust_states_equal(nearest, wanted))
		return trust_hint(error, "the nearest it can express is '%s'", nearest_words);
	return trust_hint(error, "the nearest it can express is '%s': trustctl %s %s --usage %s",
	    nearest_words, cli->command->path, id, usages);
}

/* A state for a usage of a record must be one a record can hold. */
static struct trust_states
as_record(struct trust_states states)
{
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (states.of[usage] == TRUST_UNDECIDED)
			states.of[usage] = TRUST_NOT_ANCHOR;
	return states;
}

static bool
plan_item(struct cli *cli, struct cli_trust_plan *plan, struct cli_plan_part *part,
    const struct trust_item *item, struct trust_error *error)
{
	if (item->cert == NULL)
		return trust_fail(error, TRUST_REFUSED_TRUST, item->name,
		    "'%s' is not a certificate that can be decoded, so it can carry no trust",
		    item->name);

	struct trust_states before = cli_effective_states(part->store, cli_builtin(cli), item);
	struct trust_states after = before;
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (plan->usages[usage] || none_named(plan->usages))
			after.of[usage] = plan->state;
	struct trust_states nearest;
	if (!trust_states_reachable(after, &nearest))
		return refuse_unreachable(cli, plan, item, after, nearest, error);
	if (plan->consider != NULL && !plan->consider(cli, part->store, item, before, after, error))
		return false;

	if (trust_store_find(part->store, item->id) == NULL) {
		cli_note(cli,
		    "'%s' is a built-in root: the store gets its own copy with this decision",
		    item->name);
		struct trust_action *add = cli_plan_add(part, TRUST_ADD_CERT);
		add->der = item->cert->der;
		memcpy(add->id, item->id, sizeof add->id);
	}
	struct trust_action *set = cli_plan_add(part, TRUST_SET_TRUST);
	memcpy(set->id, item->id, sizeof set->id);
	set->states = as_record(after);
	return true;
}

static bool
build(struct cli *cli, const struct trust_place *place, void *context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	struct cli_trust_plan *plan = context;
	struct cli_plan_part *part = NULL;
	if (!(plan->looks_around ? cli_plan_open(cli, &plan->plan, place, &part, error)
				 : cli_plan_open_for(cli, &plan->plan, place, plan->texts,
				       plan->text_count, &part, error)))
		return false;

	CLI_PICKS_AUTO picks = { 0 };
	if (!cli_pick(
		cli, part->store, cli_builtin(cli), plan->texts, plan->text_count, &picks, error)) {
		bool by_fingerprint = plan->texts != cli->operands;
		if (by_fingerprint && error->code == TRUST_INPUT_NOT_FOUND)
			(void)trust_hint(error, "import it first: trustctl import FILE");
		return false;
	}
	for (size_t i = 0; i < picks.count; i++)
		if (!plan_item(cli, plan, part, picks.list[i], error))
			return false;
	cli_plan_request(cli, part, ret_request);
	return true;
}

enum trust_code
cli_trust_plan_run(struct cli *cli, struct cli_trust_plan *plan,
    const struct cli_texts *fingerprints, struct trust_error *error)
{
	/* Each root is named by its fingerprint or by an operand, whichever the person gave. */
	plan->texts = cli->operands;
	plan->text_count = cli->operand_count;
	if (plan->text_count == 0) {
		plan->texts = fingerprints->list;
		plan->text_count = fingerprints->count;
	}
	if (plan->text_count == 0) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "no certificate is named");
		(void)trust_hint(error, "trustctl %s ITEM", cli->command->path);
		return error->code;
	}

	TRUST_AUTO(trust_places) *places = NULL;
	enum trust_code code = TRUST_OK;
	if (!cli_places(cli, NULL, &places, error) ||
	    !cli_picks_agree(places, cli_builtin(cli), plan->texts, plan->text_count, error))
		code = error->code;
	else
		code = cli_change_run(cli, places, build, plan, fingerprints, error);
	cli_plan_done(&plan->plan);
	return code;
}
