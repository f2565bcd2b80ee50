/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl store password`: set, change or remove a store's password. Not undone by the history:
 * the old password would go on opening the keys.
 */

#include "cli/plan.h"
#include "core/place.h"

struct options {
	bool remove;
};

struct context {
	struct cli_plan plan;
	const struct options *options;
	struct trust_secret *password; /* owned; the new one */
};

static bool
ask_new(struct cli *cli, struct context *context, const char *name, struct trust_error *error)
{
	struct trust_asker asker = cli_asker(cli);
	context->password = asker.ask(asker.context, TRUST_PASSWORD_STORE_NEW, name, 0);
	if (context->password == NULL) {
		(void)trust_fail(error, TRUST_STORE_PASSWORD, name,
		    "no new password was given for the store '%s'", name);
		return trust_hint(error,
		    "give the new one on the terminal or with "
		    "--password-file, the present one with "
		    "--store-password-file");
	}
	if (context->password->size == 0) {
		(void)trust_fail(error, TRUST_REFUSED, name, "the new password is empty");
		return trust_hint(error, "to have none: trustctl store password --remove");
	}
	return true;
}

static bool
refuse_absent(const char *name, struct trust_error *error)
{
	(void)trust_fail(error, TRUST_REFUSED, name, "the store '%s' has no password", name);
	return trust_hint(error, "to set one: trustctl store password");
}

static bool
build(struct cli *cli, const struct trust_place *place, void *user_context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	struct context *context = user_context;
	struct cli_plan_part *part = NULL;
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	if (!cli_plan_open(cli, &context->plan, place, &part, error))
		return false;

	if (context->options->remove) {
		if (!trust_store_has_password(part->store))
			return refuse_absent(name, error);
		cli_warn(cli,
		    "without a password, whoever can read the files of '%s' can read its private "
		    "keys",
		    name);
		if (!cli_confirm(cli, "Remove the password?", error))
			return false;
	} else if (context->password == NULL && !ask_new(cli, context, name, error)) {
		return false;
	}
	cli_note(cli, "a change of the password cannot be undone by the history");
	ret_request->command = cli->command->path;
	ret_request->change_password = true;
	ret_request->new_password = context->password;
	return true;
}

/* What would happen can be told without the passwords. */
static bool
dry_run(struct cli *cli, const struct options *options, const struct trust_place *place,
    struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = NULL;
	if (!cli_store_open(cli, place, &store, error))
		return false;
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	bool has = trust_store_has_password(store);
	const char *word = options->remove ? "removed" : has ? "changed" : "set";
	if (place->kind == TRUST_PLACE_BUILTIN)
		return trust_fail(
		    error, TRUST_STORE_PERMISSION, name, "the built-in roots cannot be changed");
	if (options->remove && !has)
		return refuse_absent(name, error);
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "change");
	cli_doc_bool(doc, NULL, "dry_run", true);
	cli_doc_begin_list(doc, "", "stores");
	cli_doc_begin(doc, "", "store");
	cli_doc_text(doc, NULL, "store", name);
	cli_doc_text(doc, NULL, "result", "would-change");
	cli_doc_text(doc, NULL, "password", word);
	cli_doc_line(doc, "store '%s': the password would be %s", name, word);
	cli_doc_end(doc);
	cli_doc_end_list(doc);
	return cli_doc_print(doc, error);
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	struct context context = { .options = options };
	TRUST_AUTO(trust_places) *places = NULL;
	if (!cli_place(cli, &places, error))
		return error->code;
	if (cli->global.dry_run)
		return dry_run(cli, options, &places->list[0], error) ? TRUST_OK : error->code;

	const struct cli_texts none = { 0 };
	enum trust_code code = cli_change_run(cli, places, build, &context, &none, error);
	cli_plan_done(&context.plan);
	trust_secret_free(context.password);
	return code;
}

static const struct cli_option options[] = {
	{
	    .name = "remove",
	    .argument = CLI_FLAG,
	    .help = "have no password any more",
	    .offset = offsetof(struct options, remove),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_store_password = {
	.path = "store password",
	.topic = CLI_TOPIC_STORES,
	.summary = "set, change or remove a store's password",
	.min_operands = 0,
	.max_operands = 0,
	.file_password = true,
	.details =
	    "Asks for the present password, if there is one, and twice for the new one. A script "
	    "gives the present one with --store-password-file and the new one with "
	    "--password-file.\n\n"
	    "All private keys are encrypted anew and all trust records signed anew, together with "
	    "the keys the history keeps. This change cannot be undone by the history: the old "
	    "password would go on opening the keys.",
	.examples = "trustctl store password\n"
		    "trustctl store password --store firefox\n"
		    "trustctl store password --remove",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
