/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl history undo`: take a change back, in every store the same command changed. Undo is a
 * change itself: it is recorded, can be undone, and where it gives a CA trust it is the trust step.
 */

#include <string.h>
#include <unistd.h>

#include "cli/history_group.h"
#include "cli/plan.h"
#include "core/history.h"
#include "core/place.h"

struct options {
	bool last;
	bool only_here;
	struct cli_texts fingerprints;
};

/* The change to take back, store by store: numbers[i] and words[i] are those of places.list[i]. */
struct undo {
	struct trust_places places; /* the array is owned, the places in it are borrowed */
	int64_t *numbers;           /* owned */
	char **words;               /* owned, and each: what it did there, "import: added: Root" */
};

static void
undo_add(
    struct undo *undo, const struct trust_place *place, const struct trust_history_entry *entry)
{
	size_t count = undo->places.count + 1;
	undo->places.list = trust_grow_array(undo->places.list, count, sizeof *undo->places.list);
	undo->numbers = trust_grow_array(undo->numbers, count, sizeof *undo->numbers);
	undo->words = trust_grow_array(undo->words, count, sizeof *undo->words);
	undo->places.list[count - 1] = *place;
	undo->numbers[count - 1] = entry->number;
	undo->words[count - 1] =
	    trust_printf("%s: %s", entry->command ? entry->command : "outside", entry->summary);
	undo->places.count = count;
}

static void
undo_done(struct undo *undo)
{
	for (size_t i = 0; i < undo->places.count; i++)
		trust_free(undo->words[i]);
	trust_free(undo->words);
	trust_free(undo->numbers);
	trust_free(undo->places.list);
}

static bool
build(struct cli *cli, const struct trust_place *place, void *context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	(void)error;
	const struct undo *undo = context;
	for (size_t i = 0; i < undo->places.count; i++)
		if (strcmp(undo->places.list[i].path, place->path) == 0)
			ret_request->undo = undo->numbers[i];
	ret_request->command = cli->command->path;
	return true;
}

/* The newest change that is neither undone nor itself an undo, so that repeating steps further
 * back. */
static const struct trust_history_entry *
find_last(const struct trust_history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		const struct trust_history_entry *entry = &history->entries[i];
		if (!entry->outside && entry->undone_by == 0 && entry->undoes == 0)
			return entry;
	}
	return NULL;
}

static const struct trust_history_entry *
find_number(const struct trust_history *history, int64_t number)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->entries[i].number == number)
			return &history->entries[i];
	return NULL;
}

/* --last met one that cannot be undone; the next one that can is named, and not undone unasked. */
static const struct trust_history_entry *
refuse_last(const struct trust_history *history, const struct trust_history_entry *last,
    const char *name, const char *where, struct trust_error *error)
{
	(void)trust_fail(error, TRUST_REFUSED, name,
	    "the newest change of the store '%s', %lld (%s: %s), cannot be undone: %s", name,
	    (long long)last->number, last->command ? last->command : "outside", last->summary,
	    last->irreversible ? last->irreversible : "it was not recorded how");
	for (size_t i = 0; i < history->count; i++) {
		const struct trust_history_entry *entry = &history->entries[i];
		if (entry->number >= last->number || entry->outside || entry->undone_by != 0 ||
		    entry->undoes != 0 || !entry->reversible)
			continue;
		(void)trust_hint(error, "the one before it (%s: %s): trustctl history undo %lld%s",
		    entry->command, entry->summary, (long long)entry->number, where);
		break;
	}
	return NULL;
}

/* The other store with the newest change after `last` (NULL: any), of those this user may have
 * changed; NULL: none. What one command changed in several stores is one change. */
static const struct trust_place *
find_newer_place(struct cli *cli, const struct trust_place *here,
    const struct trust_history_entry *last, struct trust_history **ret_history)
{
	const struct trust_places *all = cli_all_places(cli);
	const struct trust_place *newest = NULL;
	TRUST_AUTO(trust_history) *newest_history = NULL;

	for (size_t i = 0; i < all->count; i++) {
		const struct trust_place *place = &all->list[i];
		TRUST_AUTO(trust_history) *history = NULL;
		TRUST_AUTO_ERROR unreadable = TRUST_ERROR_INIT;
		if (!place->exists || place->kind == TRUST_PLACE_BUILTIN ||
		    cli_same_place(place, here) || access(place->path, W_OK) != 0 ||
		    !trust_history_read(place, 0, &history, &unreadable))
			continue;
		const struct trust_history_entry *entry = find_last(history);
		const struct trust_history_entry *before =
		    newest ? find_last(newest_history) : last;
		if (entry == NULL ||
		    (before != NULL &&
			(entry->time.seconds <= before->time.seconds ||
			    strcmp(entry->group, before->group) == 0)))
			continue;
		newest = place;
		trust_history_free(newest_history);
		newest_history = trust_steal(&history);
	}
	*ret_history = trust_steal(&newest_history);
	return newest;
}

/* Whoever names no store may mean the last change of all: another store's is named, and not undone
 * unasked. */
static bool
is_last_of_all(struct cli *cli, const struct trust_place *here,
    const struct trust_history_entry *last, struct trust_error *error)
{
	TRUST_AUTO(trust_history) *history = NULL;
	const struct trust_place *place =
	    cli->global.store == NULL ? find_newer_place(cli, here, last, &history) : NULL;
	if (place == NULL)
		return true;
	const struct trust_history_entry *newer = find_last(history);
	TRUST_AUTO_FREE char *name = cli_place_words(here);
	TRUST_AUTO_FREE char *other = cli_place_words(place);
	TRUST_AUTO_FREE char *where = trust_place_option(place);
	TRUST_AUTO_FREE char *that = newer->reversible
	    ? trust_printf("trustctl history undo %lld%s", (long long)newer->number, where)
	    : trust_strdup("");
	TRUST_AUTO_FREE char *this = last != NULL && last->reversible
	    ? trust_printf("the older one of the store '%s': trustctl history undo %lld", name,
		  (long long)last->number)
	    : trust_strdup("");
	(void)trust_fail(error, last != NULL ? TRUST_REFUSED : TRUST_INPUT_NOT_FOUND, name,
	    "%s '%s'; the newest one is %lld of the store '%s' (%s: %s)",
	    last != NULL ? "the last change is not one of the store"
			 : "there is no change to undo in the store",
	    name, (long long)newer->number, other, newer->command, newer->summary);
	if (*that != '\0' || *this != '\0')
		(void)trust_hint(
		    error, "%s%s%s", that, *that != '\0' && *this != '\0' ? "; or " : "", this);
	return false;
}

static const struct trust_history_entry *
choose(struct cli *cli, const struct trust_place *place, const struct trust_history *history,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	TRUST_AUTO_FREE char *where = trust_place_option(place);
	const struct trust_history_entry *entry = NULL;
	if (cli->operand_count == 0) {
		entry = find_last(history);
		if (!is_last_of_all(cli, place, entry, error))
			return NULL;
		if (entry == NULL && cli_store_is_there(place, error))
			(void)trust_fail(error, TRUST_INPUT_NOT_FOUND, name,
			    "the store '%s' has no change to undo", name);
		else if (entry != NULL && !entry->reversible)
			return refuse_last(history, entry, name, where, error);
		return entry;
	}
	int64_t number = 0;
	if (!cli_change_number(cli, &number, error))
		return NULL;
	entry = find_number(history, number);
	if (entry == NULL && cli_store_is_there(place, error)) {
		(void)trust_fail(error, TRUST_INPUT_NOT_FOUND, name,
		    "the store '%s' has no change %lld", name, (long long)number);
		(void)trust_hint(error, "trustctl history list%s", where);
	}
	return entry;
}

static void
add_of_group(
    void *context, const struct trust_place *place, const struct trust_history_entry *entry)
{
	if (entry->undone_by == 0)
		undo_add(context, place, entry);
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	const struct options *given = options;
	if (given->last == (cli->operand_count > 0)) {
		(void)trust_fail(
		    error, TRUST_USAGE, NULL, "name one change by its number, or say --last");
		(void)trust_hint(error, "trustctl history list");
		return error->code;
	}
	TRUST_AUTO(trust_places) *places = NULL;
	TRUST_AUTO(trust_history) *history = NULL;
	if (!cli_place(cli, &places, error) ||
	    !trust_history_read(&places->list[0], 0, &history, error))
		return error->code;
	const struct trust_history_entry *entry = choose(cli, &places->list[0], history, error);
	if (entry == NULL)
		return error->code;

	struct undo undo = { 0 };
	size_t unread = 0;
	undo_add(&undo, &places->list[0], entry);
	if (!given->only_here)
		unread = cli_history_group(cli, &places->list[0], entry, add_of_group, &undo);
	for (size_t i = 0; i < undo.places.count; i++) {
		TRUST_AUTO_FREE char *name = cli_place_words(&undo.places.list[i]);
		cli_note(cli, "undo of change %lld of the store '%s' (%s)",
		    (long long)undo.numbers[i], name, undo.words[i]);
	}
	enum trust_code code =
	    cli_change_run(cli, &undo.places, build, &undo, &given->fingerprints, error);
	undo_done(&undo);
	return code == TRUST_OK && unread > 0 ? TRUST_PARTIAL : code;
}

static const struct cli_option options[] = {
	{
	    .name = "last",
	    .argument = CLI_FLAG,
	    .help = "the store's newest change that is not undone; the next such command goes "
		    "further back",
	    .offset = offsetof(struct options, last),
	},
	{
	    .name = "only-here",
	    .argument = CLI_FLAG,
	    .help = "leave the other stores alone that the same command changed",
	    .offset = offsetof(struct options, only_here),
	},
	{
	    .name = "fingerprint",
	    .argument = CLI_LIST,
	    .value = "SHA256",
	    .help = "confirm the certificate with this fingerprint, where its trust becomes wider",
	    .offset = offsetof(struct options, fingerprints),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_history_undo = {
	.path = "history undo",
	.topic = CLI_TOPIC_HISTORY,
	.summary = "take a change back",
	.operands = "[NUMBER]",
	.operand = CLI_NUMBER,
	.min_operands = 0,
	.max_operands = 1,
	.details = "Undoes the change in every store that the same command changed, but for "
		   "directories that 'trustctl store list' does not show: each of these has an "
		   "undo of its own, which the command printed. The undo is a change of its own: "
		   "it is recorded and can be undone. What was changed again since is not "
		   "overwritten, and no private key is taken from a certificate that came later: "
		   "the undo is refused then, with the reason.\n\n"
		   "With --last, the last change of the store is taken back. Without --store, and "
		   "where another store that the user may write to has a newer one, nothing is "
		   "undone, and both are named.\n\n"
		   "An undo that gives a CA trust it has not now asks for its fingerprint as "
		   "'trustctl trust enable' does. A change of the password cannot be undone.",
	.examples = "trustctl history undo --last\n"
		    "trustctl history undo 12",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
