/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl identity check`: have I a usable personal certificate? What is found out is in
 * cli/identity.h, with a file for each part.
 */

#include "cli/identity.h"
#include "cli/plan.h"
#include "core/place.h"

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
check_one(struct cli *cli, const void *command_options, struct trust_error *error)
{
	CLI_IDENTITY_AUTO identity = { 0 };

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

/* ---- all identities ------------------------------------------------------------------------- */

struct tally {
	size_t count;
	size_t usable;
	size_t unread; /* stores that could not be read */
};

static void
put_one(struct cli *cli, struct cli_doc *doc, const struct cli_identity_options *options,
    const struct cli_verify_input *input, size_t at, const struct trust_item *item,
    struct tally *tally)
{
	CLI_IDENTITY_AUTO identity = { 0 };
	TRUST_AUTO_FREE char *id = cli_short_id(item->id);

	cli_identity_open_item(cli, options, input, input->stores[at], item, &identity);
	cli_identity_check(cli, &identity);
	cli_identity_check_clock(cli, &identity);
	cli_doc_begin(doc, NULL, "identity");
	cli_identity_put(cli, doc, &identity);
	cli_doc_end(doc);
	TRUST_AUTO_FREE char *sentence = cli_identity_sentence(&identity);
	cli_doc_line(doc, "%s (%s): %s", item->name, id, sentence);
	tally->count++;
	tally->usable += cli_identity_is_usable(&identity);
}

/* An identity that no store before this one has with its key. */
static bool
is_first(const struct cli_verify_input *input, size_t at, const struct trust_item *item)
{
	for (size_t i = 0; i < at; i++) {
		const struct trust_item *there =
		    input->stores[i] ? trust_store_find(input->stores[i], item->id) : NULL;
		if (there && there->key_object_id)
			return false;
	}
	return item->kind == TRUST_KIND_IDENTITY && item->cert &&
	    trust_store_find(input->stores[at], item->id) == item;
}

static void
put_unread(struct cli_doc *doc, const struct cli_verify_input *input, struct tally *tally)
{
	cli_doc_begin_list(doc, "", "unread");
	for (size_t i = 0; i < input->places->count; i++) {
		const struct trust_error *failed = &input->failed[i];
		if (failed->code == TRUST_OK)
			continue;
		TRUST_AUTO_FREE char *name = cli_place_words(&input->places->list[i]);
		cli_doc_begin(doc, "", "store");
		cli_doc_text(doc, NULL, "store", name);
		cli_doc_text(doc, NULL, "error", failed->message);
		cli_doc_end(doc);
		cli_doc_line(doc, "the store '%s' cannot be read: %s", name, failed->message);
		tally->unread++;
	}
	cli_doc_end_list(doc);
}

static enum trust_code
check_all(struct cli *cli, const struct cli_identity_options *options, struct trust_error *error)
{
	CLI_VERIFY_INPUT_AUTO input = { 0 };
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "identities");
	struct tally tally = { 0 };

	if (options->server) {
		(void)trust_fail(
		    error, TRUST_USAGE, NULL, "--server is shown one identity, and none is named");
		return error->code;
	}
	if (!cli_identity_open_stores(cli, &input, error))
		return error->code;
	cli_doc_begin_list(doc, "", "identities");
	for (size_t i = 0; i < input.places->count; i++) {
		size_t count = input.stores[i] ? trust_store_count(input.stores[i]) : 0;
		for (size_t k = 0; k < count; k++) {
			const struct trust_item *item = trust_store_item(input.stores[i], k);
			if (is_first(&input, i, item))
				put_one(cli, doc, options, &input, i, item, &tally);
		}
	}
	cli_doc_end_list(doc);
	if (tally.count == 0)
		cli_doc_line(doc, "no identity: no store has a certificate with its private key");
	put_unread(doc, &input, &tally);
	if (!cli_doc_print(doc, error))
		return error->code;
	if (tally.count == 0)
		cli_hint(cli, "what the issuer sent, a .p12 or .pfx file: trustctl import FILE");
	if (tally.usable < tally.count)
		return TRUST_ANSWER_NO;
	return tally.unread ? TRUST_PARTIAL : tally.count == 0 ? TRUST_ANSWER_NO : TRUST_OK;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	cli->needs_password = true;
	return cli->operand_count > 0 ? check_one(cli, options, error)
				      : check_all(cli, options, error);
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
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "say whether a personal certificate can be used",
	.operands = "[ITEM|FILE]",
	.operand = CLI_ITEM,
	.min_operands = 0,
	.max_operands = 1,
	.file_password = true,
	.details =
	    "Is the private key there, and the certificate's own? Is it valid now, for websites or "
	    "e-mail, with a complete chain, and not revoked? Which browsers and mail programs of "
	    "this machine have it, and how does it get into the others? What do they remember, so "
	    "that they send it, another or none without asking? The last line is the answer in "
	    "one sentence. Without an operand that sentence is told of each identity of the "
	    "stores.\n\n"
	    "With --server it is shown to a server as a browser would, in the handshake or for "
	    "the page alone, and what the server asked for and answered is told. The server's own "
	    "certificate is not judged: trustctl diagnose does that.\n\n"
	    "No store is changed, nothing is imported, and nobody is asked for a store's "
	    "password.\n\n"
	    "The exit status is 0 when it is usable, 1 when it is not, or not every one, or there is "
	    "none, 3 when the file or item "
	    "cannot be read or the server not be reached, 6 when it is usable and a program's "
	    "store could not be read.",
	.examples = "trustctl identity check\n"
		    "trustctl identity check ./alice.p12\n"
		    "trustctl identity check alice@example.com --revocation\n"
		    "trustctl identity check 3ad5cf70 --server https://portal.example.com/login",
	.options = options,
	.options_size = sizeof(struct cli_identity_options),
	.run = run,
};
