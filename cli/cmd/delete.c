/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl delete`: a certificate with its trust, an identity with its key. What cannot be had
 * back is said before it is asked: mail encrypted to the identity.
 */

#include <string.h>

#include "cli/item_names.h"
#include "cli/plan.h"
#include "core/cert.h"
#include "core/key_users.h"
#include "core/place.h"

struct options {
	bool purge;
	struct cli_texts fingerprints;
};

struct context {
	struct cli_plan plan;
	const struct options *options;
	bool confirmed;
};

static void
warn_of_loss(struct cli *cli, const struct context *context, const struct trust_store *store,
    const struct trust_item *item)
{
	TRUST_AUTO_FREE char *id = cli_short_id(item->id);
	TRUST_AUTO_FREE char *where = trust_place_option(trust_store_place(store));
	if (item->kind != TRUST_KIND_KEY) {
		cli_warn(cli,
		    "'%s' is deleted with its private key: mail encrypted to it becomes unreadable",
		    item->name);
		/* Behind --yes it would come too late. */
		if (!cli->global.yes || cli->global.dry_run)
			cli_hint(cli, "keep a copy first: trustctl export %s -o %s.p12%s", id, id,
			    where);
	} else {
		cli_warn(cli, "the private key %s is deleted", id);
	}
	if (context->options->purge)
		cli_note(cli, "no copy of the key stays in the history; this cannot be undone");
	else
		cli_note(cli,
		    "a copy of the key, as encrypted as it is in the store, stays in the history "
		    "for 'trustctl history undo'; --purge keeps none");
}

static void
plan_item(struct cli *cli, const struct context *context, struct cli_plan_part *part,
    struct trust_key_users *users, const struct trust_item *item)
{
	const struct trust_item *other =
	    item->key_object_id ? trust_key_users_other(users, item) : NULL;

	if (other) {
		TRUST_AUTO_FREE char *words = trust_key_users_words(item, other);
		cli_note(cli, "%s", words);
	} else if (item->key_object_id) {
		warn_of_loss(cli, context, part->store, item);
		if (trust_key_users_take(users, item))
			memcpy(cli_plan_add(part, TRUST_DELETE_KEY)->id, item->id, sizeof item->id);
	}
	if (item->object_id)
		memcpy(cli_plan_add(part, TRUST_DELETE_CERT)->id, item->id, sizeof item->id);
}

static bool
ask(struct cli *cli, const struct trust_store *store, const struct cli_picks *picks,
    struct trust_error *error)
{
	if (cli->global.dry_run || picks->count == 0)
		return true;
	TRUST_AUTO_FREE char *where = cli_place_words(trust_store_place(store));
	TRUST_AUTO_FREE char *id = cli_short_id(picks->list[0]->id);
	TRUST_AUTO_FREE char *question = picks->count == 1
	    ? trust_printf("Delete the %s '%s' (%s) from the store '%s'?",
		  trust_kind_word(picks->list[0]->kind), picks->list[0]->name, id, where)
	    : trust_printf("Delete these %zu items from the store '%s'?", picks->count, where);
	return cli_confirm(cli, question, error);
}

static bool
build(struct cli *cli, const struct trust_place *place, void *user_context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	struct context *context = user_context;
	struct cli_plan_part *part = NULL;
	if (!cli_plan_open_for(
		cli, &context->plan, place, cli->operands, cli->operand_count, &part, error))
		return false;

	CLI_PICKS_AUTO picks = { 0 };
	if (!cli_pick(cli, part->store, NULL, cli->operands, cli->operand_count, &picks, error))
		return false;
	TRUST_AUTO(trust_key_users) *users = trust_key_users_new(part->store);
	for (size_t i = 0; i < picks.count; i++)
		trust_key_users_leave(users, picks.list[i]->id);
	for (size_t i = 0; i < picks.count; i++) {
		if (picks.count > 1) {
			TRUST_AUTO_FREE char *id = cli_short_id(picks.list[i]->id);
			cli_note(cli, "%s '%s' (%s)", trust_kind_word(picks.list[i]->kind),
			    picks.list[i]->name, id);
		}
		plan_item(cli, context, part, users, picks.list[i]);
	}
	if (!ask(cli, part->store, &picks, error))
		return false;
	cli_plan_request(cli, part, ret_request);
	ret_request->purge_keys = context->options->purge;
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	struct context context = { .options = options };
	TRUST_AUTO(trust_places) *places = NULL;
	if (!cli_places(cli, NULL, &places, error) ||
	    !cli_picks_agree(places, NULL, cli->operands, cli->operand_count, error))
		return error->code;
	enum trust_code code =
	    cli_change_run(cli, places, build, &context, &context.options->fingerprints, error);
	cli_plan_done(&context.plan);
	return code;
}

static const struct cli_option options[] = {
	{
	    .name = "purge",
	    .argument = CLI_FLAG,
	    .help = "keep no copy of a deleted private key in the history; cannot be undone",
	    .offset = offsetof(struct options, purge),
	},
	{
	    .name = "fingerprint",
	    .argument = CLI_LIST,
	    .value = "SHA256",
	    .help = "confirm the certificate with this fingerprint, where a distrust goes with it",
	    .offset = offsetof(struct options, fingerprints),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_delete = {
	.path = "delete",
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "delete certificates, identities and keys from a store",
	.operands = "ITEM|FILE...",
	.operand = CLI_ITEM,
	.item_files = true,
	.min_operands = 1,
	.max_operands = -1,
	.details =
	    "A certificate goes with its trust records, an identity with its private key, unless "
	    "another certificate of the store uses the same key. Asks on a terminal; a script "
	    "needs --yes. Deleting a distrusted certificate lifts the distrust, which asks for its "
	    "fingerprint as 'trustctl trust enable' does.\n\n"
	    "The deletion is kept in the history and can be undone. A deleted private key stays "
	    "there as encrypted as it was in the store until --purge removes it. A built-in root "
	    "cannot be deleted: switch it off with 'trustctl trust disable'.",
	.examples = "trustctl delete 'old.example.com'\n"
		    "trustctl delete 3f8a0c77 --store firefox --yes",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
