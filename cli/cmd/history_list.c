/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl history list`: the changes of a store, newest first, also those other programs made as
 * far as they were noticed.
 */

#include <stdlib.h>
#include <string.h>

#include "cli/plan.h"
#include "core/buffer.h"
#include "core/history.h"
#include "core/limits.h"
#include "core/place.h"

enum column {
	NUMBER,
	TIME,
	STORE,
	USER,
	COMMAND,
	SUMMARY,
	STATE,
	ALSO,
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
	[SUMMARY] = { .name = "summary", .key = "summary", .type = CLI_CELL_TEXT, .shown = true, .vital = true, .wrap = true, .counted = true,
	    .help = "what it did" },
	[STATE] = { .name = "state", .key = "state", .type = CLI_CELL_TEXT, .shown = true, .counted = true,
	    .help = "undone, undo of a change, or not reversible" },
	[ALSO] = { .name = "also", .key = "also_changed", .type = CLI_CELL_WORDS,
	    .help = "the same command's changes in the other stores listed" },
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

/* The changes of all stores listed. */
struct listed {
	const char *store; /* borrowed */
	const struct trust_history_entry *entry;
	size_t first; /* of its group */
};

struct listing {
	const struct trust_places *places;
	struct trust_history **histories; /* owned, and each; NULL: of a store that has none */
	char **names;                     /* owned, and each: those of the places */
	struct listed *by_group;          /* owned; sorted by group */
	size_t count;
};

static void
listing_done(struct listing *listing)
{
	for (size_t i = 0; i < listing->places->count; i++) {
		trust_history_free(listing->histories[i]);
		trust_free(listing->names[i]);
	}
	trust_free(listing->histories);
	trust_free(listing->names);
	trust_free(listing->by_group);
}

static int
compare_groups(const void *a, const void *b)
{
	const struct listed *x = a;
	const struct listed *y = b;
	return strcmp(x->entry->group, y->entry->group);
}

static void
sort_by_group(struct listing *listing)
{
	size_t count = 0;

	for (size_t i = 0; i < listing->places->count; i++)
		count += listing->histories[i] ? listing->histories[i]->count : 0;
	listing->by_group = trust_alloc_array(count + 1, sizeof *listing->by_group);
	for (size_t i = 0; i < listing->places->count; i++)
		for (size_t k = 0; listing->histories[i] && k < listing->histories[i]->count; k++)
			listing->by_group[listing->count++] = (struct listed){
				.store = listing->names[i],
				.entry = &listing->histories[i]->entries[k],
			};
	qsort(listing->by_group, listing->count, sizeof *listing->by_group, compare_groups);
	for (size_t i = 1; i < listing->count; i++)
		listing->by_group[i].first =
		    compare_groups(&listing->by_group[i - 1], &listing->by_group[i]) == 0
		    ? listing->by_group[i - 1].first
		    : i;
}

/* "firefox 2, thunderbird 2": what the same command changed beside, once in each store. */
static char *
also_words(const struct listing *listing, const struct trust_history_entry *entry)
{
	const struct listed wanted = { .entry = entry };
	const struct listed *found =
	    bsearch(&wanted, listing->by_group, listing->count, sizeof wanted, compare_groups);
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; found && i < listing->places->count; i++) {
		size_t at = found->first + i;
		if (at == listing->count || listing->by_group[at].first != found->first)
			break;
		if (listing->by_group[at].entry != entry)
			trust_buffer_printf(&words, "%s%s %lld", words.size ? ", " : "",
			    listing->by_group[at].store,
			    (long long)listing->by_group[at].entry->number);
	}
	return trust_buffer_take(&words);
}

static void
add_row(struct cli_table *table, const char *store, const struct trust_history_entry *entry,
    const char *also)
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
	cli_table_text(table, ALSO, also);
	cli_table_text(table, SOURCE, entry->source);
	cli_table_text(table, REASON, entry->reason);
	cli_table_text(table, GROUP, entry->group);
}

static void
add_rows(struct cli_table *table, const struct listing *listing, size_t place)
{
	const struct trust_history *history = listing->histories[place];

	for (size_t i = 0; history && i < history->count; i++) {
		TRUST_AUTO_FREE char *also = also_words(listing, &history->entries[i]);
		add_row(table, listing->names[place], &history->entries[i], also);
	}
}

/* What others did since is recorded by the next change; say that there is something. */
static void
note_outside(struct cli *cli, const struct trust_place *place, const char *name)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	struct trust_effect *effects = NULL;
	size_t count = 0;

	if (cli_store_open(cli, place, &store, &ignored) &&
	    trust_history_outside(store, &effects, &count, &ignored) && count > 0)
		cli_note(cli,
		    "another program changed %zu item%s of the store '%s' since its last entry",
		    count, count == 1 ? "" : "s", name);
	trust_effects_free(effects, count);
}

static bool
read_histories(struct cli *cli, struct listing *listing, struct cli_unread *ret_unread,
    struct trust_error *error)
{
	size_t read = 0;

	for (size_t i = 0; i < listing->places->count; i++) {
		const struct trust_place *place = &listing->places->list[i];
		if (place->kind == TRUST_PLACE_BUILTIN)
			continue;
		TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
		if (!cli_store_is_there(place, &failed) ||
		    !trust_history_read(place, 0, &listing->histories[i], &failed)) {
			cli_unread_add(ret_unread, place, &failed);
			continue;
		}
		read++;
		listing->names[i] = cli_place_words(place);
		if (listing->histories[i]->count > 0)
			note_outside(cli, place, listing->names[i]);
	}
	sort_by_group(listing);
	return cli_unread_tell(cli, ret_unread, read > 0, error);
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
	shown[STORE].shown = shown[ALSO].shown = places->count > 1;

	__attribute__((cleanup(listing_done))) struct listing listing = {
		.places = places,
		.histories = trust_alloc_array(places->count, sizeof *listing.histories),
		.names = trust_alloc_array(places->count, sizeof *listing.names),
	};
	CLI_UNREAD_AUTO unread = { 0 };
	if (!read_histories(cli, &listing, &unread, error))
		return error->code;
	TRUST_AUTO(cli_table) *table = cli_table_new(cli, "changes", shown, COLUMNS);
	for (size_t i = 0; i < places->count; i++)
		add_rows(table, &listing, i);
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
	.details =
	    "Changes by trustctl carry who made them, with which command, from which file. "
	    "Changes by other programs appear as 'outside', with the time they were "
	    "noticed; they were found made, and cannot be undone. All times are in UTC. Of several "
	    "stores, the column 'also' names the changes that the same command made in the others.",
	.examples = "trustctl history list\n"
		    "trustctl history list --store all --columns +source,reason",
	.lists = true,
	.columns = columns,
	.run = run,
};
