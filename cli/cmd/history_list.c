/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl history list`: the changes of a store, newest first, also those other programs made as
 * far as they were noticed.
 */

#include <string.h>

#include "cli/plan.h"
#include "core/history.h"
#include "core/place.h"

enum column {
	NUMBER,
	TIME,
	STORE,
	USER,
	COMMAND,
	SUMMARY,
	STATE,
	SOURCE,
	REASON,
	GROUP,
	COLUMNS,
};

/* clang-format off */
static const struct cli_column columns[COLUMNS + 1] = {
	[NUMBER] = { .name = "number", .key = "number", .type = CLI_CELL_NUMBER, .shown = true, .vital = true, .right = true,
	    .help = "the change's number in its store" },
	[TIME] = { .name = "time", .key = "time", .type = CLI_CELL_TIME, .shown = true, .vital = true,
	    .help = "when, in UTC" },
	[STORE] = { .name = "store", .key = "store", .type = CLI_CELL_TEXT, .vital = true,
	    .help = "the store changed" },
	[USER] = { .name = "user", .key = "user", .type = CLI_CELL_TEXT, .shown = true,
	    .help = "who" },
	[COMMAND] = { .name = "command", .key = "command", .type = CLI_CELL_TEXT, .shown = true,
	    .help = "the command; 'outside' is another program" },
	[SUMMARY] = { .name = "summary", .key = "summary", .type = CLI_CELL_TEXT, .shown = true, .vital = true, .counted = true,
	    .help = "what it did" },
	[STATE] = { .name = "state", .key = "state", .type = CLI_CELL_TEXT, .shown = true, .counted = true,
	    .help = "undone, undo of a change, or not reversible" },
	[SOURCE] = { .name = "source", .key = "source", .type = CLI_CELL_TEXT,
	    .help = "the file it came from" },
	[REASON] = { .name = "reason", .key = "reason", .type = CLI_CELL_TEXT,
	    .help = "the reason given with --reason" },
	[GROUP] = { .name = "group", .key = "group", .type = CLI_CELL_TEXT,
	    .help = "shared by the changes of one command" },
};
/* clang-format on */

static char *
state_words(const struct trust_history_entry *entry)
{
	if (entry->undone_by > 0)
		return trust_printf("undone by %lld", (long long)entry->undone_by);
	if (entry->undoes > 0)
		return trust_printf("undo of %lld", (long long)entry->undoes);
	if (!entry->reversible)
		return trust_strdup("not reversible");
	return NULL;
}

static void
add_row(struct cli_table *table, const char *store, const struct trust_history_entry *entry)
{
	char time[32];
	trust_time_format(entry->time, time);
	/* People want the minute. */
	TRUST_AUTO_FREE char *words = trust_printf("%.10s %.5s UTC", time, time + 11);
	TRUST_AUTO_FREE char *state = state_words(entry);

	cli_table_row(table);
	cli_table_number(table, NUMBER, entry->number);
	cli_table_time(table, TIME, entry->time, words);
	cli_table_text(table, STORE, store);
	cli_table_text(table, USER, entry->outside ? NULL : entry->user);
	cli_table_text(table, COMMAND, entry->outside ? "outside" : entry->command);
	cli_table_text(table, SUMMARY, entry->summary);
	cli_table_text(table, STATE, state);
	cli_table_text(table, SOURCE, entry->source);
	cli_table_text(table, REASON, entry->reason);
	cli_table_text(table, GROUP, entry->group);
}

static bool
list_place(struct cli *cli, struct cli_table *table, const struct trust_place *place,
    struct trust_error *error)
{
	TRUST_AUTO(trust_history) *history = NULL;
	if (!cli_store_is_there(place, error) || !trust_history_read(place, 0, &history, error))
		return false;
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	for (size_t i = 0; i < history->count; i++)
		add_row(table, name, &history->entries[i]);

	/* What others did since is recorded by the next change; say that there is something. */
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	struct trust_effect *effects = NULL;
	size_t count = 0;
	if (history->count > 0 && cli_store_open(cli, place, &store, &ignored) &&
	    trust_history_outside(store, &effects, &count, &ignored) && count > 0)
		cli_note(cli,
		    "another program changed %zu item%s of the store '%s' since its last entry",
		    count, count == 1 ? "" : "s", name);
	trust_effects_free(effects, count);
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	(void)options;
	TRUST_AUTO(trust_places) *places = NULL;
	if (!cli_places(cli, NULL, &places, error))
		return error->code;
	struct cli_column shown[COLUMNS];
	for (int i = 0; i < COLUMNS; i++)
		shown[i] = columns[i];
	shown[STORE].shown = places->count > 1;

	TRUST_AUTO(cli_table) *table = cli_table_new(cli, "changes", shown, COLUMNS);
	CLI_UNREAD_AUTO unread = { 0 };
	size_t read = 0;
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
		if (places->list[i].kind == TRUST_PLACE_BUILTIN)
			continue;
		if (list_place(cli, table, &places->list[i], &failed))
			read++;
		else
			cli_unread_add(&unread, &places->list[i], &failed);
	}
	if (!cli_unread_tell(cli, &unread, read > 0, error))
		return error->code;
	/* Clocks jump; in one store the numbers know better. */
	const char *order = places->count > 1 ? "-time" : "-number";
	if (!cli_table_print(table, order, error))
		return error->code;
	cli_table_note_empty(table, "no change is recorded: trustctl made none here yet");
	return unread.count > 0 ? TRUST_PARTIAL : TRUST_OK;
}

const struct cli_command cmd_history_list = {
	.path = "history list",
	.topic = CLI_TOPIC_HISTORY,
	.summary = "list the changes of a store, newest first",
	.min_operands = 0,
	.max_operands = 0,
	.details = "Changes by trustctl carry who made them, with which command, from which file. "
		   "Changes by other programs appear as 'outside', with the time they were "
		   "noticed; they were found made, and cannot be undone. All times are in UTC.",
	.examples = "trustctl history list\n"
		    "trustctl history list --store all --columns +source,reason",
	.lists = true,
	.columns = columns,
	.run = run,
};
