/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl store create`: an empty store where there is none.
 */

#include "cli/plan.h"
#include "core/place.h"
#include "core/preflight.h"
#include "core/text.h"

struct options {
	bool password;
};

/* Whoever gives a password wants one. A credential for files may be there for something else. */
static bool
wants_password(struct cli *cli, const struct options *options)
{
	return options->password || cli->global.password_file != NULL ||
	    cli->global.password_fd >= 0 || cli_known_store_password(cli) != NULL;
}

static struct trust_secret *
ask_new(struct cli *cli, const char *name, struct trust_error *error)
{
	struct trust_asker asker = cli_asker(cli);
	TRUST_AUTO(trust_secret)
	*password = asker.ask(asker.context, TRUST_PASSWORD_STORE_NEW, name, 0);
	if (password == NULL) {
		(void)trust_fail(error, TRUST_STORE_PASSWORD, name,
		    "no password was given for the new store '%s'", name);
		(void)trust_hint(
		    error, "give it on the terminal or with --store-password-file FILE");
		return NULL;
	}
	if (password->size == 0) {
		(void)trust_fail(error, TRUST_REFUSED, name,
		    "the password for the new store '%s' is empty", name);
		(void)trust_hint(error, "to have none, give none");
		return NULL;
	}
	return trust_steal(&password);
}

static bool
create(struct cli *cli, const struct options *options, const struct trust_place *place,
    struct trust_error *error)
{
	bool with_password = wants_password(cli, options);
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	TRUST_AUTO_FREE char *path = trust_text_display_string(place->path);
	if (place->kind == TRUST_PLACE_BUILTIN)
		return trust_fail(
		    error, TRUST_USAGE, name, "the built-in roots are no store to create");
	if (place->exists) {
		(void)trust_fail(
		    error, TRUST_REFUSED, name, "there is a store in '%s' already", path);
		TRUST_AUTO_FREE char *where = trust_place_option(place);
		return trust_hint(error, "trustctl list%s", where);
	}
	if (!trust_preflight_create(place, error))
		return false;
	TRUST_AUTO(trust_secret) *password = NULL;
	if (with_password && !cli->global.dry_run && (password = ask_new(cli, name, error)) == NULL)
		return false;
	if (!cli->global.dry_run &&
	    !trust_store_create(place->path, place->nss_libdir, password, error))
		return false;
	cli->changed = !cli->global.dry_run;

	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "store-create");
	cli_doc_text(doc, NULL, "store", name);
	cli_doc_text(doc, NULL, "path", path);
	cli_doc_bool(doc, NULL, "created", !cli->global.dry_run);
	cli_doc_bool(doc, NULL, "password", with_password);
	cli_doc_line(doc, "%s an empty store in '%s'%s",
	    cli->global.dry_run ? "would create" : "created", path,
	    with_password ? " with a password" : "");
	TRUST_AUTO_FREE char *where = trust_place_option(place);
	if (!with_password)
		cli_hint(cli,
		    "private keys in it are protected by the file's mode alone; to set a password: "
		    "trustctl store password%s",
		    where);
	return cli_doc_print(doc, error);
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;
	const char *spec = cli->operands[0];
	if (!trust_places_resolve(cli_all_places(cli), spec, &places, error)) {
		/* A bare word would become a directory that --store does not find under this
		 * name; of a name that is some store's the error says more. */
		if (error->code == TRUST_STORE_MISSING && !trust_place_name_is_known(spec)) {
			TRUST_AUTO_FREE char *directory = trust_printf("./%s", spec);
			TRUST_AUTO_FREE char *word = trust_shell_word(directory);
			(void)trust_hint(
			    error, "a directory has a '/' in it: trustctl store create %s", word);
		}
		return error->code;
	}
	if (places->count != 1) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "one store at a time can be created");
		return error->code;
	}
	cli_note_sudo(cli, spec);
	return create(cli, options, &places->list[0], error) ? TRUST_OK : error->code;
}

static const struct cli_option options[] = {
	{
	    .name = "password",
	    .argument = CLI_FLAG,
	    .help = "protect it with a password, asked twice on the terminal",
	    .offset = offsetof(struct options, password),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_store_create = {
	.path = "store create",
	.topic = CLI_TOPIC_STORES,
	.summary = "create an empty store",
	.operands = "STORE",
	.operand = CLI_STORE,
	.min_operands = 1,
	.max_operands = 1,
	.no_store = true,
	.no_history = true,
	.file_password = true,
	.details =
	    "STORE is a directory (with a '/' in it), created with mode 0700 when it is not there, "
	    "or 'user': the shared database of the user, where Chromium looks for it (~/.pki/nssdb "
	    "if that directory exists, else $XDG_DATA_HOME/pki/nssdb). An existing store is never "
	    "touched.",
	.examples = "trustctl store create user\n"
		    "trustctl store create ./test-store --password",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
