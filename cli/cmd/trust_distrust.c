/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl trust distrust`: what leads through this certificate is refused. An anchor nearer the
 * leaf ends the path before it gets here, so those are listed: they bypass the distrust.
 */

#include <string.h>

#include "cli/trust_plan.h"
#include "core/cert.h"
#include "core/issued.h"
#include "core/place.h"

struct options {
	bool usages[TRUST_USAGES];
};

/* What is distrusted now, and where. */
struct distrust {
	struct cli *cli;
	const struct trust_store *store;
	struct trust_states states;
};

static void
say_anchor(const struct distrust *distrust, const struct trust_item *item,
    struct trust_states states, const char *issuer_name)
{
	TRUST_AUTO_FREE char *id = cli_short_id(item->id);
	TRUST_AUTO_FREE char *words = trust_states_words(states);
	TRUST_AUTO_FREE char *usages = cli_usages_with(distrust->states, TRUST_DISTRUSTED);
	TRUST_AUTO_FREE char *where = trust_place_option(trust_store_place(distrust->store));
	bool all = trust_states_equal(distrust->states, trust_states_all(TRUST_DISTRUSTED));

	cli_warn(distrust->cli,
	    "'%s' (%s), issued by '%s', has trust of its own (%s) and is still accepted",
	    item->name, id, issuer_name, words);
	cli_hint(distrust->cli, "trustctl trust distrust %s%s%s%s", id, all ? "" : " --usage ",
	    all ? "" : usages, where);
}

/* Each once, so that cross-signed CAs do not lead in circles: a CA is put into the row of those
 * whose certificates are still to be looked at when it is met first. */
static void
warn_of_anchors_below(const struct distrust *distrust, const struct trust_item *top)
{
	const struct trust_store *store = distrust->store;
	size_t count = trust_store_count(store);
	TRUST_AUTO(trust_issued) *issued = trust_issued_new(store);
	TRUST_AUTO_FREE bool *seen = trust_alloc_array(count + 1, sizeof *seen);
	TRUST_AUTO_FREE const struct trust_item **row =
	    trust_alloc_array(count + 1, sizeof(void *));
	size_t length = 0;
	uint64_t budget = trust_issued_budget(store);

	for (size_t i = 0; i < count; i++)
		seen[i] = memcmp(trust_store_item(store, i)->id, top->id, sizeof top->id) == 0;
	row[length++] = top;
	for (size_t next = 0; next < length; next++) {
		size_t at = TRUST_ISSUED_START;
		for (int64_t i;
		     (i = trust_issued_next(issued, row[next]->cert, &at, &budget)) >= 0;) {
			if (seen[i])
				continue;
			seen[i] = true;
			const struct trust_item *item = trust_store_item(store, (size_t)i);
			struct trust_states states = trust_item_states(store, item);
			if (trust_states_any(states, TRUST_TRUSTED) ||
			    trust_states_any(states, TRUST_PEER))
				say_anchor(distrust, item, states, row[next]->name);
			if (trust_cert_is_ca(item->cert))
				row[length++] = item;
		}
	}
	if (budget == 0)
		cli_warn(distrust->cli,
		    "not all that '%s' issued was looked at: too many signatures to check; "
		    "anchors below it may still be accepted",
		    top->name);
}

static bool
consider(struct cli *cli, const struct trust_store *store, const struct trust_item *item,
    struct trust_states before, struct trust_states after, struct trust_error *error)
{
	(void)before;
	(void)error;
	if (trust_cert_is_ca(item->cert)) {
		const struct distrust distrust = { cli, store, after };
		warn_of_anchors_below(&distrust, item);
	}
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	const struct options *given = options;
	struct cli_trust_plan plan = {
		.state = TRUST_DISTRUSTED,
		.usages = given->usages,
		.consider = consider,
		.looks_around = true,
	};
	const struct cli_texts none = { 0 };
	return cli_trust_plan_run(cli, &plan, &none, error);
}

static const struct cli_option options[] = {
	{
	    .name = "usage",
	    .argument = CLI_USAGES,
	    .value = "USAGE,...",
	    .help =
		"for these usages only: tls-server, tls-client, email, code-signing (default: all)",
	    .offset = offsetof(struct options, usages),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_trust_distrust = {
	.path = "trust distrust",
	.topic = CLI_TOPIC_TRUST,
	.summary = "have a certificate, and what leads through it, refused",
	.operands = "ITEM|FILE...",
	.operand = CLI_ITEM,
	.item_files = true,
	.min_operands = 1,
	.max_operands = -1,
	.details =
	    "Any certificate can be distrusted: a root, an intermediate, a single server's or "
	    "person's, and a built-in root, which is copied to the store with the decision.\n\n"
	    "An anchor nearer the leaf wins over a distrusted CA above it. Certificates of the "
	    "store that are such anchors are listed. NSS keeps tls-server and tls-client in one "
	    "field: name both, since one alone is refused.",
	.examples = "trustctl trust distrust 'Example Root CA'\n"
		    "trustctl trust distrust 3f8a0c77 --usage tls-server,tls-client",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
