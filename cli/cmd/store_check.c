/* SPDX-License-Identifier: MPL-2.0 */
/* `trustctl store check`: what is wrong with a store, and what to do about it. Changes nothing
 * but with --repair. */

#include "core/store_check.h"

#include <string.h>

#include "cli/plan.h"
#include "cli/store_repair.h"
#include "core/place.h"

struct options {
	bool keys;
	bool repair;
};

enum {
	COL_STORE,
	COL_SEVERITY,
	COL_CHECK,
	COL_SUBJECT,
	COL_PROBLEM,
	COL_REMEDY,
	COLUMNS,
};

/* clang-format off */
static const struct cli_column columns[COLUMNS + 1] = {
	[COL_STORE] = { .name = "store", .key = "store", .type = CLI_CELL_TEXT,
	    .help = "the store checked" },
	[COL_SEVERITY] = { .name = "severity", .key = "severity", .type = CLI_CELL_TEXT, .shown = true,
	    .help = "error, warning or note" },
	[COL_CHECK] = { .name = "check", .key = "check", .type = CLI_CELL_TEXT,
	    .help = "the check that found it" },
	[COL_SUBJECT] = { .name = "subject", .key = "subject", .type = CLI_CELL_TEXT, .shown = true,
	    .help = "the file or item" },
	[COL_PROBLEM] = { .name = "problem", .key = "problem", .type = CLI_CELL_TEXT, .shown = true,
	    .wrap = true, .help = "what is wrong" },
	[COL_REMEDY] = { .name = "remedy", .key = "remedy", .type = CLI_CELL_TEXT,
	    .help = "what to do" },
};
/* clang-format on */

static void
put_row(struct cli_table *table, const char *store, const struct trust_check_finding *finding)
{
	static const enum cli_role roles[TRUST_SEVERITIES] = {
		[TRUST_SEVERITY_NOTE] = CLI_ROLE_PLAIN,
		[TRUST_SEVERITY_WARNING] = CLI_ROLE_CAREFUL,
		[TRUST_SEVERITY_ERROR] = CLI_ROLE_BAD,
	};

	cli_table_row(table);
	cli_table_text(table, COL_STORE, store);
	/* The worst first. */
	cli_table_ordered(table, COL_SEVERITY, trust_severity_word(finding->severity),
	    -(int64_t)finding->severity);
	cli_table_role(table, COL_SEVERITY, roles[finding->severity]);
	cli_table_text(table, COL_CHECK, finding->check);
	cli_table_text(table, COL_SUBJECT, finding->subject);
	cli_table_text(table, COL_PROBLEM, finding->sentence);
	cli_table_text(table, COL_REMEDY, finding->remedy);
}

struct verdict {
	char *name;                /* owned */
	struct trust_check *check; /* owned */
};

/* One remedy may be that of many lines of damage; they stand one behind the other. */
static bool
is_said(const struct trust_check *check, size_t at)
{
	const struct trust_check_finding *finding = &check->list[at];

	return at > 0 && finding[-1].remedy && strcmp(finding[-1].remedy, finding->remedy) == 0 &&
	    strcmp(finding[-1].subject, finding->subject) == 0;
}

/* Below the table, each on a line of its own: commands are there to be pasted. */
static void
say_remedies(struct cli *cli, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->check->count; i++) {
		const struct trust_check_finding *finding = &verdict->check->list[i];
		if (finding->remedy == NULL || is_said(verdict->check, i))
			continue;
		cli_say(cli, "remedy for '%s':", finding->subject);
		cli_say(cli, "  %s", finding->remedy);
	}
}

static void
say_verdict(struct cli *cli, const struct verdict *verdict)
{
	size_t errors = verdict->check->of[TRUST_SEVERITY_ERROR];
	size_t warnings = verdict->check->of[TRUST_SEVERITY_WARNING];
	size_t notes = verdict->check->of[TRUST_SEVERITY_NOTE];

	if (errors + warnings > 0)
		cli_say(cli, "store '%s': %zu error%s, %zu warning%s, %zu note%s", verdict->name,
		    errors, errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s", notes,
		    notes == 1 ? "" : "s");
	else if (notes > 0)
		cli_say(cli, "store '%s' is sound (%zu note%s)", verdict->name, notes,
		    notes == 1 ? "" : "s");
	else
		cli_say(cli, "store '%s' is sound", verdict->name);
}

static bool
check(struct cli *cli, const struct options *options, const struct trust_place *place,
    struct cli_table *table, struct verdict *ret_verdict, struct trust_error *error)
{
	struct trust_check *check = NULL;
	const struct trust_check_options check_options = {
		.password = cli_known_store_password(cli),
		.asker = cli_asker(cli),
		.keys = options->keys,
	};

	if (!trust_store_check(place, &check_options, &check, error))
		return false;
	*ret_verdict = (struct verdict){ .name = cli_place_words(place), .check = check };
	for (int severity = TRUST_SEVERITY_ERROR; severity >= TRUST_SEVERITY_NOTE; severity--)
		for (size_t i = 0; i < check->count; i++)
			if ((int)check->list[i].severity == severity)
				put_row(table, ret_verdict->name, &check->list[i]);
	return true;
}

static enum trust_code
finish(struct cli *cli, struct cli_table *table, struct verdict *verdicts, size_t count,
    const struct cli_unread *unread, struct trust_error *error)
{
	bool sound = true;

	if (!cli_unread_tell(cli, unread, count > 0, error) || !cli_table_print(table, NULL, error))
		return error->code;
	for (size_t i = 0; i < count; i++) {
		const struct trust_check *check = verdicts[i].check;
		if (cli->global.columns == NULL)
			say_remedies(cli, &verdicts[i]);
		say_verdict(cli, &verdicts[i]);
		sound = sound && check->of[TRUST_SEVERITY_ERROR] == 0 &&
		    check->of[TRUST_SEVERITY_WARNING] == 0;
	}
	if (!sound)
		return TRUST_ANSWER_NO;
	return unread->count ? TRUST_PARTIAL : TRUST_OK;
}

static enum trust_code
check_all(struct cli *cli, const struct options *options, const struct trust_places *places,
    struct verdict *verdicts, size_t *count, struct trust_error *error)
{
	struct cli_column shown[COLUMNS];
	CLI_UNREAD_AUTO unread = { 0 };

	for (int i = 0; i < COLUMNS; i++)
		shown[i] = columns[i];
	shown[COL_STORE].shown = places->count > 1;
	shown[COL_REMEDY].shown = cli->global.csv;
	TRUST_AUTO(cli_table) *table = cli_table_new(cli, "store-check", shown, COLUMNS);
	for (size_t i = 0; i < places->count; i++) {
		const struct trust_place *place = &places->list[i];
		TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
		if (place->kind == TRUST_PLACE_BUILTIN) {
			cli_note(
			    cli, "the built-in roots are a library; there is nothing to check");
			continue;
		}
		if (check(cli, options, place, table, &verdicts[*count], &failed))
			++*count;
		else
			cli_unread_add(&unread, place, &failed);
	}
	return finish(cli, table, verdicts, *count, &unread, error);
}

static void
done(struct verdict *verdict)
{
	trust_free(verdict->name);
	trust_check_free(verdict->check);
}

/* What is found is a list; what is repaired is a change. */
static bool
fits_together(const struct cli *cli, const struct options *options, struct trust_error *error)
{
	const struct cli_globals *global = &cli->global;

	if (options->repair && (global->csv || global->columns || global->sort)) {
		(void)trust_fail(error, TRUST_USAGE, NULL,
		    "--%s is of the list of what is found, and --repair tells what it changed",
		    global->csv           ? "csv"
			: global->columns ? "columns"
					  : "sort");
		return trust_hint(error, "use it without --repair, afterwards");
	}
	if (!options->repair && global->reason) {
		(void)trust_fail(error, TRUST_USAGE, NULL,
		    "--reason is of a change, and without --repair nothing is changed");
		return trust_hint(error, "leave it out, or add --repair");
	}
	return true;
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	const struct options *options = command_options;
	TRUST_AUTO(trust_places) *places = NULL;
	size_t count = 0;

	if (!fits_together(cli, options, error) || !cli_places(cli, NULL, &places, error))
		return error->code;
	if (options->repair)
		return cli_store_repair(cli, places, options->keys, error);
	TRUST_AUTO_FREE struct verdict *verdicts =
	    trust_alloc_array(places->count + 1, sizeof *verdicts);
	enum trust_code code = check_all(cli, options, places, verdicts, &count, error);
	for (size_t i = 0; i < count; i++)
		done(&verdicts[i]);
	return code;
}

static const struct cli_option options[] = {
	{
	    .name = "keys",
	    .argument = CLI_FLAG,
	    .help = "try every private key, also where that means asking for the password",
	    .offset = offsetof(struct options, keys),
	},
	{
	    .name = "repair",
	    .argument = CLI_FLAG,
	    .help =
		"remove trust records without certificate, certificates that do not decode, copies",
	    .offset = offsetof(struct options, repair),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_store_check = {
	.path = "store check",
	.topic = CLI_TOPIC_STORES,
	.summary = "find what is damaged in a store",
	.min_operands = 0,
	.max_operands = 0,
	.details =
	    "Names what is wrong with a store and what to do about it: modes and owners of its "
	    "files, journals and copies that killed programs left, modules that pkcs11.txt names, "
	    "pages and tables of the databases, certificates that do not decode or are there "
	    "twice, trust records that were tampered with, cannot be checked, disagree or have no "
	    "certificate, private keys without certificate, and keys that the password does not "
	    "open.\n\n"
	    "Private keys are tried, in a private copy, when the store has no password, when "
	    "--store-password-file gives it, or with --keys.\n\n"
	    "Nothing is changed without --repair. With it, trust records whose certificate is not "
	    "there, certificates that do not decode, and what is there twice are removed in one "
	    "change, which is in the history. A record that distrusts stays, since NSS heeds it "
	    "for what a server sends, and so do two records that differ. What remains is told.\n\n"
	    "The answer is no (exit 1) when there is an error or a warning, with --repair when one "
	    "remains; notes leave a store sound.\n\n"
	    "Columns: severity, subject, problem; and store, check, remedy. For people, remedies "
	    "follow the table.",
	.examples = "trustctl store check\n"
		    "trustctl store check --store all\n"
		    "trustctl store check --store firefox --keys --json",
	.writes = true,
	.lists = true,
	.columns = columns,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
