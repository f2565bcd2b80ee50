/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl trust reset`: remove the store's own record. For a built-in root the vendor's trust
 * returns, which may be more than there was: then it is the trust step.
 */

#include <string.h>

#include "cli/item_names.h"
#include "cli/plan.h"
#include "core/cert.h"
#include "core/place.h"

struct options {
	struct cli_texts fingerprints;
};

static void
plan_orphans(struct cli_plan_part *part, const struct trust_item *item)
{
	for (size_t i = 0; i < trust_store_orphan_count(part->store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(part->store, i);
		if (item->cert == NULL || !trust_bytes_equal(orphan->issuer, item->cert->issuer) ||
		    !trust_bytes_equal(orphan->serial, item->cert->serial_tlv))
			continue;
		struct trust_action *clear = cli_plan_add(part, TRUST_CLEAR_ORPHAN);
		clear->issuer = orphan->issuer;
		clear->serial = orphan->serial;
	}
}

static void
say_what_returns(struct cli *cli, const struct trust_item *item)
{
	const struct trust_store *builtin = cli_builtin(cli);
	const struct trust_item *vendor =
	    builtin != NULL ? trust_store_find(builtin, item->id) : NULL;
	if (vendor == NULL)
		return;
	TRUST_AUTO_FREE char *words = trust_states_words(trust_item_states(builtin, vendor));
	cli_note(cli, "'%s' is a built-in root: its own trust returns (%s)", item->name, words);
}

static bool
build(struct cli *cli, const struct trust_place *place, void *context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	struct cli_plan_part *part = NULL;
	if (!cli_plan_open_for(
		cli, context, place, cli->operands, cli->operand_count, &part, error))
		return false;

	CLI_PICKS_AUTO picks = { 0 };
	if (!cli_pick(cli, part->store, cli_builtin(cli), cli->operands, cli->operand_count, &picks,
		error))
		return false;
	for (size_t i = 0; i < picks.count; i++) {
		const struct trust_item *item = picks.list[i];
		const struct trust_item *own = trust_store_find(part->store, item->id);
		if (own == NULL) {
			plan_orphans(part, item);
			continue;
		}
		if (!trust_item_has_record(own))
			continue;
		say_what_returns(cli, own);
		struct trust_action *reset = cli_plan_add(part, TRUST_RESET_TRUST);
		memcpy(reset->id, item->id, sizeof reset->id);
	}
	cli_plan_request(cli, part, ret_request);
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	const struct options *given = options;
	CLI_PLAN_AUTO plan = { 0 };
	TRUST_AUTO(trust_places) *places = NULL;
	if (!cli_places(cli, NULL, &places, error) ||
	    !cli_picks_agree(places, cli_builtin(cli), cli->operands, cli->operand_count, error))
		return error->code;
	return cli_change_run(cli, places, build, &plan, &given->fingerprints, error);
}

static const struct cli_option options[] = {
	{
	    .name = "fingerprint",
	    .argument = CLI_LIST,
	    .value = "SHA256",
	    .help = "confirm the certificate with this fingerprint, where its trust becomes wider",
	    .offset = offsetof(struct options, fingerprints),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_trust_reset = {
	.path = "trust reset",
	.topic = CLI_TOPIC_TRUST,
	.summary = "remove the store's trust record of a certificate",
	.operands = "ITEM|FILE...",
	.operand = CLI_ITEM,
	.item_files = true,
	.min_operands = 1,
	.max_operands = -1,
	.details =
	    "Removes the records of both spellings, for all usages at once, since a record decides "
	    "all of them. The certificate itself stays. A built-in root's own trust returns; where "
	    "that is wider than before, the command asks for the fingerprint as 'trustctl trust "
	    "enable' does.",
	.examples = "trustctl trust reset 'Example Root CA'",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
