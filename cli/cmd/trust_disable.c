/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl trust disable`: a certificate is no anchor any more, yet not distrusted either. A
 * record that says so is written, so that a built-in root can be switched off too.
 */

#include "cli/trust_plan.h"
#include "core/cert.h"

struct options {
	bool usages[TRUST_USAGES];
	struct cli_texts fingerprints;
};

static bool
consider(struct cli *cli, const struct trust_store *store, const struct trust_item *item,
    struct trust_states before, struct trust_states after, struct trust_error *error)
{
	(void)error;
	(void)store;
	if (trust_states_any(before, TRUST_DISTRUSTED) &&
	    !trust_states_any(after, TRUST_DISTRUSTED))
		cli_warn(cli, "'%s' is distrusted now: this lifts the distrust", item->name);
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	const struct options *given = options;
	struct cli_trust_plan plan = {
		.state = TRUST_NOT_ANCHOR,
		.usages = given->usages,
		.consider = consider,
	};
	return cli_trust_plan_run(cli, &plan, &given->fingerprints, error);
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
	{
	    .name = "fingerprint",
	    .argument = CLI_LIST,
	    .value = "SHA256",
	    .help =
		"confirm the certificate with this fingerprint, where the change lifts a distrust",
	    .offset = offsetof(struct options, fingerprints),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_trust_disable = {
	.path = "trust disable",
	.topic = CLI_TOPIC_TRUST,
	.summary = "take a certificate's trust away without distrusting it",
	.operands = "ITEM|FILE...",
	.operand = CLI_ITEM,
	.item_files = true,
	.min_operands = 1,
	.max_operands = -1,
	.details =
	    "Writes a record that the certificate is not an anchor: what it issued is accepted "
	    "only through another anchor. This switches a built-in root off as well; 'trustctl "
	    "trust reset' removes the record, and with it a built-in root's own trust returns.\n\n"
	    "To have everything refused that leads through the certificate, use 'trustctl trust "
	    "distrust'.",
	.examples = "trustctl trust disable 'Example Root CA'\n"
		    "trustctl trust disable 3f8a0c77 --usage email,code-signing",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
