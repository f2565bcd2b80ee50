/* SPDX-License-Identifier: MPL-2.0 */
/* A change that is named, and those that the same command made in other stores. */

#include "cli/history_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plan.h"
#include "core/history.h"
#include "core/place.h"

bool
cli_change_number(const struct cli *cli, int64_t *ret_number, struct trust_error *error)
{
	char *end = NULL;
	errno = 0;
	long long number = strtoll(cli->operands[0], &end, 10);

	if (errno != 0 || *end != '\0' || number <= 0) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "a change is named by its number");
		return trust_hint(error, "trustctl history list");
	}
	*ret_number = number;
	return true;
}

/* Whoever may not read the history of the administrator's store did not change it; root may have.
 * One's own can have been taken away since. */
static bool
may_have_changed(const struct trust_place *place, const struct trust_history_entry *entry,
    const struct trust_error *unreadable)
{
	return unreadable->code != TRUST_STORE_PERMISSION || place->kind != TRUST_PLACE_SYSTEM ||
	    strcmp(entry->user, "root") == 0 || strncmp(entry->user, "root (", 6) == 0;
}

static bool
tell_unread(struct cli *cli, const struct trust_place *place,
    const struct trust_history_entry *entry, const struct trust_error *unreadable)
{
	if (!may_have_changed(place, entry, unreadable))
		return false;
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	cli_warn(cli,
	    "store '%s' is left out; whether the same command changed it is not known: %s", name,
	    unreadable->message);
	return true;
}

size_t
cli_history_group(struct cli *cli, const struct trust_place *here,
    const struct trust_history_entry *entry, cli_history_visit *visit, void *context)
{
	const struct trust_places *all = cli_all_places(cli);
	size_t unread = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct trust_place *place = &all->list[i];
		TRUST_AUTO(trust_history) *history = NULL;
		TRUST_AUTO_ERROR unreadable = TRUST_ERROR_INIT;
		if (!place->exists || place->kind == TRUST_PLACE_BUILTIN ||
		    cli_same_place(place, here))
			continue;
		if (!trust_history_read(place, 0, &history, &unreadable)) {
			unread += tell_unread(cli, place, entry, &unreadable);
			continue;
		}
		for (size_t k = 0; k < history->count; k++)
			if (!history->entries[k].outside &&
			    strcmp(history->entries[k].group, entry->group) == 0)
				visit(context, place, &history->entries[k]);
	}
	return unread;
}
