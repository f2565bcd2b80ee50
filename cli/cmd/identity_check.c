/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl identity check`: have I a usable personal certificate? What is found out is in
 * cli/identity.h, with a file for each part.
 */

#include "cli/identity.h"

/* Everything but the server could be said. */
static enum trust_code
no_server(struct cli_identity *identity, struct trust_error *error)
{
	const struct cli_check *server = cli_identity_find(identity, "server");

	(void)trust_fail(error, TRUST_INPUT_OPEN, identity->target->shown, "'%s' %s",
	    identity->target->shown, server->words);
	if (server->remedy)
		(void)trust_hint(error, "%s", server->remedy);
	return error->code;
}

static bool
has_unread(const struct cli_identity *identity)
{
	for (size_t i = 0; i < identity->place_count; i++)
		if (identity->places[i].failed)
			return true;
	return false;
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	CLI_IDENTITY_AUTO identity = { 0 };

	cli->needs_password = true;
	if (!cli_identity_open(cli, command_options, &identity, error))
		return error->code;
	cli_identity_check(cli, &identity);
	if (!cli_identity_ask_server(cli, &identity, error))
		return error->code;
	cli_identity_check_clock(cli, &identity);
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "identity");
	cli_identity_put(cli, doc, &identity);
	if (!cli_doc_print(doc, error))
		return error->code;
	if (!cli_identity_is_usable(&identity))
		return TRUST_ANSWER_NO;
	if (identity.unreachable)
		return no_server(&identity, error);
	return has_unread(&identity) ? TRUST_PARTIAL : TRUST_OK;
}

#define OF(field) offsetof(struct cli_identity_options, field)

static const struct cli_option options[] = {
	{
	    .name = "server",
	    .argument = CLI_TEXT,
	    .value = "URL",
	    .help = "show it to this server, a URL or HOST[:PORT], and fetch the page",
	    .offset = OF(server),
	},
	{
	    .name = "revocation",
	    .argument = CLI_FLAG,
	    .help = "ask whom the certificates name whether it is revoked, by OCSP, else by "
		    "fetching lists; without it nothing is fetched",
	    .offset = OF(revocation),
	},
	{
	    .name = "item",
	    .argument = CLI_FLAG,
	    .help = "the operand names an item, even if there is a file of that name",
	    .offset = OF(item),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_identity_check = {
	.path = "identity check",
	.summary = "say whether a personal certificate can be used",
	.operands = "ITEM|FILE",
	.operand = CLI_ITEM,
	.min_operands = 1,
	.max_operands = 1,
	.file_password = true,
	.details =
	    "Is the private key there, and the certificate's own? Is it valid now, for websites or "
	    "e-mail, with a complete chain, and not revoked? Which browsers and mail programs of "
	    "this machine have it, and how does it get into the others? What do they remember, so "
	    "that they send it, another or none without asking? The last line is the answer in "
	    "one sentence.\n\n"
	    "With --server it is shown to a server as a browser would, in the handshake or for "
	    "the page alone, and what the server asked for and answered is told. The server's own "
	    "certificate is not judged: trustctl diagnose does that.\n\n"
	    "No store is changed, nothing is imported, and nobody is asked for a store's "
	    "password.\n\n"
	    "The exit status is 0 when it is usable, 1 when it is not, 3 when the file or item "
	    "cannot be read or the server not be reached, 6 when it is usable and a program's "
	    "store could not be read.",
	.examples = "trustctl identity check ./alice.p12\n"
		    "trustctl identity check alice@example.com --revocation\n"
		    "trustctl identity check 3ad5cf70 --server https://portal.example.com/login",
	.options = options,
	.options_size = sizeof(struct cli_identity_options),
	.run = run,
};
