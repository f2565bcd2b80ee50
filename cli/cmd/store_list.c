/* SPDX-License-Identifier: MPL-2.0 */
/* `trustctl store list`: the stores of this machine, which programs read them, and what is in
 * them. */

#include "cli/cli.h"
#include "core/error.h"
#include "core/place.h"
#include "core/text.h"

struct options {
	bool existing;
};

enum {
	COL_NAME,
	COL_READERS,
	COL_EXISTS,
	COL_ITEMS,
	COL_PASSWORD,
	COL_DEFAULT,
	COL_PATH,
	COL_KIND,
	COL_ALIAS,
	COL_NSS,
	COL_VERSION,
	COL_PROBLEM,
	COLUMNS,
};

/* clang-format off */
static const struct cli_column columns[COLUMNS + 1] = {
	[COL_NAME] = { .name = "name", .key = "name", .type = CLI_CELL_TEXT, .shown = true, .vital = true,
	    .help = "what --store calls it" },
	[COL_READERS] = { .name = "readers", .key = "readers", .type = CLI_CELL_TEXT, .shown = true,
	    .help = "the programs that read it" },
	[COL_EXISTS] = { .name = "exists", .key = "exists", .type = CLI_CELL_BOOL, .shown = true,
	    .help = "there is a database" },
	[COL_ITEMS] = { .name = "items", .key = "items", .type = CLI_CELL_NUMBER, .shown = true,
	    .right = true, .help = "how many certificates and keys it holds" },
	[COL_PASSWORD] = { .name = "password", .key = "password", .type = CLI_CELL_BOOL, .shown = true,
	    .help = "a password protects its keys and trust" },
	[COL_DEFAULT] = { .name = "default", .key = "default", .type = CLI_CELL_BOOL, .shown = true,
	    .help = "the profile its program opens; the store used without --store" },
	[COL_PATH] = { .name = "path", .key = "path", .type = CLI_CELL_TEXT, .shown = true, .vital = true,
	    .help = "where it is" },
	[COL_KIND] = { .name = "kind", .key = "kind", .type = CLI_CELL_TEXT,
	    .help = "user, sandboxed, firefox, thunderbird, system or builtin" },
	[COL_ALIAS] = { .name = "alias", .key = "alias", .type = CLI_CELL_TEXT,
	    .help = "another name of it" },
	[COL_NSS] = { .name = "nss", .key = "nss_directory", .type = CLI_CELL_TEXT,
	    .help = "where the NSS of its own program is" },
	[COL_VERSION] = { .name = "version", .key = "version", .type = CLI_CELL_TEXT,
	    .help = "of the list, for built-in roots" },
	[COL_PROBLEM] = { .name = "problem", .key = "problem", .type = CLI_CELL_TEXT,
	    .help = "why it cannot be read" },
};
/* clang-format on */

static const char *
kind_word(enum trust_place_kind kind)
{
	static const char *const words[] = {
		[TRUST_PLACE_USER] = "user",
		[TRUST_PLACE_SANDBOXED] = "sandboxed",
		[TRUST_PLACE_FIREFOX] = "firefox",
		[TRUST_PLACE_THUNDERBIRD] = "thunderbird",
		[TRUST_PLACE_SYSTEM] = "system",
		[TRUST_PLACE_BUILTIN] = "builtin",
		[TRUST_PLACE_DIRECTORY] = "directory",
	};
	return words[kind];
}

/* What only opening it tells. False: it is there and cannot be read. */
static bool
put_content(struct cli *cli, struct cli_table *table, const struct trust_place *place)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (!trust_store_open(place, NULL, &store, &error)) {
		cli_table_text(table, COL_PROBLEM, error.message);
		cli_warn(cli, "%s", error.message);
		return false;
	}
	cli_table_number(table, COL_ITEMS, (int64_t)trust_store_count(store));
	cli_table_text(table, COL_VERSION, trust_store_version(store));
	if (place->kind != TRUST_PLACE_BUILTIN)
		cli_table_bool(table, COL_PASSWORD, trust_store_has_password(store));
	return true;
}

static bool
put_row(struct cli *cli, struct cli_table *table, const struct trust_place *place)
{
	TRUST_AUTO_FREE char *path = trust_text_display_string(place->path);
	TRUST_AUTO_FREE char *alias = trust_text_display_string(place->alias);
	TRUST_AUTO_FREE char *nss = trust_text_display_string(place->nss_libdir);

	cli_table_row(table);
	cli_table_text(table, COL_NAME, place->name);
	cli_table_text(table, COL_READERS, place->readers);
	cli_table_bool(table, COL_EXISTS, place->exists);
	cli_table_bool(table, COL_DEFAULT, place->is_default || place->kind == TRUST_PLACE_USER);
	cli_table_text(table, COL_PATH, path);
	cli_table_text(table, COL_KIND, kind_word(place->kind));
	cli_table_text(table, COL_ALIAS, alias);
	cli_table_text(table, COL_NSS, nss);
	return !place->exists || put_content(cli, table, place);
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	const struct options *options = command_options;
	const struct trust_places *places = cli_all_places(cli);
	TRUST_AUTO(cli_table) *table = cli_table_new(cli, "stores", columns, COLUMNS);
	bool readable = true;

	cli_note_sudo(cli, "all");
	for (size_t i = 0; i < places->count; i++)
		if (places->list[i].exists || !options->existing)
			readable = put_row(cli, table, &places->list[i]) && readable;
	if (!cli_table_print(table, NULL, error))
		return error->code;
	return readable ? TRUST_OK : TRUST_PARTIAL;
}

static const struct cli_option options[] = {
	{ .name = "existing",
	    .argument = CLI_FLAG,
	    .help = "leave out a store that is not there yet",
	    .offset = offsetof(struct options, existing) },
	CLI_OPTIONS_END,
};

const struct cli_command cmd_store_list = {
	.path = "store list",
	.topic = CLI_TOPIC_STORES,
	.summary = "list the stores of this machine",
	.details =
	    "Lists every store that is known: the shared store Chromium reads, the profiles of "
	    "Firefox and Thunderbird, copies that sandboxed browsers keep, the administrator's "
	    "store and the built-in roots. Opening them for the count changes nothing and asks for "
	    "no password.\n\n"
	    "Columns: name, readers, exists, items, password, default, path; and kind, alias, nss, "
	    "version, problem.",
	.examples = "trustctl store list\n"
		    "trustctl store list --columns name,path\n"
		    "trustctl store list --json",
	.lists = true,
	.columns = columns,
	.no_store = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
