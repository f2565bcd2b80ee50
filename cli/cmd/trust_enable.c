/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl trust enable`: make a CA an anchor, for all usages or some. The trust step (who, what
 * power, the fingerprint) is cli_change_run()'s, which no command can go around; here is what must
 * be refused or warned about before it.
 */

#include "cli/trust_plan.h"
#include "core/cert.h"
#include "core/place.h"

struct options {
	bool usages[TRUST_USAGES];
	struct cli_texts fingerprints;
};

/* The decision is kept all the same: other programs read the store, and policies change. */
static void
warn_ignored(struct cli *cli, const struct trust_store *store, const struct trust_item *item)
{
	const struct trust_environment environment = trust_environment_current();
	TRUST_AUTO_FREE char *programs =
	    trust_place_ignored_by(&environment, trust_store_place(store));

	if (programs)
		cli_warn(cli,
		    "'%s' will not count for %s, where CAPlatformIntegrationEnabled is off",
		    item->name, programs);
}

static bool
consider(struct cli *cli, const struct trust_store *store, const struct trust_item *item,
    struct trust_states before, struct trust_states after, struct trust_error *error)
{
	(void)before;
	TRUST_AUTO_FREE char *id = cli_short_id(item->id);

	if (!trust_cert_is_ca(item->cert)) {
		(void)trust_fail(error, TRUST_REFUSED_TRUST, item->name,
		    "'%s' is not a CA: it identifies one holder and issues nothing, so it cannot "
		    "be an anchor",
		    item->name);
		return trust_hint(error,
		    "trust the root it was issued by; see why it is not accepted: trustctl verify "
		    "%s",
		    id);
	}
	if (!trust_cert_is_self_issued(item->cert)) {
		TRUST_AUTO_FREE char *issuer = trust_name_display(item->cert->issuer);
		cli_warn(cli,
		    "'%s' is an intermediate, issued by '%s': as an anchor it stays trusted even "
		    "if that issuer is distrusted or revokes it",
		    item->name, issuer);
	}
	if (trust_cert_is_expired(item->cert, cli->now))
		cli_warn(cli, "'%s' is expired: nothing it issued is accepted now", item->name);
	if (after.of[TRUST_TLS_SERVER] == TRUST_TRUSTED)
		warn_ignored(cli, store, item);
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	const struct options *given = options;
	struct cli_trust_plan plan = {
		.state = TRUST_TRUSTED,
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
	    .help = "trust it for these usages only: tls-server, tls-client, email, code-signing "
		    "(default: all)",
	    .offset = offsetof(struct options, usages),
	},
	{
	    .name = "fingerprint",
	    .argument = CLI_LIST,
	    .value = "SHA256",
	    .help = "confirm the certificate with this fingerprint; may be repeated, and names the "
		    "certificates when no ITEM is given",
	    .offset = offsetof(struct options, fingerprints),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_trust_enable = {
	.path = "trust enable",
	.topic = CLI_TOPIC_TRUST,
	.summary = "make a CA an anchor of trust",
	.operands = "[ITEM|FILE...]",
	.operand = CLI_ITEM,
	.item_files = true,
	.min_operands = 0,
	.max_operands = -1,
	.details =
	    "Says who the certificate is, what full trust lets its owner do and whether name "
	    "constraints limit it, and wants the first 8 digits of its fingerprint typed. A script "
	    "gives the whole fingerprint with --fingerprint; --yes does not answer this "
	    "question.\n\n"
	    "Of several stores, the same change of the same certificate is told and asked about "
	    "once, with the names of all of them; where one differs, that is told and asked about "
	    "by itself.\n\n"
	    "Usages that are not named keep what counts for them now. A built-in root that is not "
	    "in the store is copied there first. Certificates that are no CA are refused; an "
	    "intermediate is accepted with a warning.",
	.examples = "trustctl trust enable 'Example Root CA'\n"
		    "trustctl trust enable 3f8a0c77 --usage tls-server\n"
		    "trustctl trust enable --fingerprint "
		    "9b1f0c3a5d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
