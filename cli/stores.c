/* SPDX-License-Identifier: MPL-2.0 */
/* The stores a command works on. */

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/internal.h"
#include "cli/plan.h"
#include "core/change.h"
#include "core/error.h"
#include "core/place.h"
#include "core/preflight.h"
#include "core/secret.h"
#include "core/text.h"

const struct trust_places *
cli_all_places(struct cli *cli)
{
	struct cli_internal *internal = cli->internal;

	if (!internal->all) {
		struct trust_environment environment = trust_environment_current();
		internal->all = trust_places_discover(&environment);
	}
	return internal->all;
}

/* Is one of the stores named by a name that means another one in another home? */
static bool
names_home(const char *spec)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(spec ? spec : "user");
	char *rest = copy;

	for (const char *name; (name = strsep(&rest, ",")) != NULL;)
		if (!strchr(name, '/') && strncmp(name, "sql:", 4) != 0 &&
		    strcmp(name, "system") != 0 && strcmp(name, "builtin") != 0)
			return true;
	return false;
}

void
cli_note_sudo(struct cli *cli, const char *spec)
{
	const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *person = sudo ? getpwnam(sudo) : NULL;
	const char *home = trust_environment_current().home;

	if (cli->internal->sudo_noted || !person || person->pw_uid == 0 ||
	    strcmp(person->pw_dir, home) == 0 || !names_home(spec))
		return;
	cli->internal->sudo_noted = true;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(sudo);
	TRUST_AUTO_FREE char *word = trust_shell_word(sudo);
	TRUST_AUTO_FREE char *again = trust_printf("sudo -u %s -H trustctl ...", word);
	TRUST_AUTO_FREE char *whole = cli_whole_hint(cli, again, NULL);
	cli_note(cli, "these are root's stores; for %s's: %s", shown, whole);
}

bool
cli_places_named(
    struct cli *cli, const char *spec, struct trust_places **ret_places, struct trust_error *error)
{
	const struct trust_places *all = cli_all_places(cli);
	struct trust_places wanted = {
		.list = trust_alloc_array(all->count + 1, sizeof *wanted.list),
	};

	/* To a command that changes stores, "all" are those that can be changed. */
	bool leave_builtin = cli->command->writes && spec && cli_is_choice(spec, "all") &&
	    !cli_is_choice(spec, "builtin");
	for (size_t i = 0; i < all->count; i++)
		if (!leave_builtin || all->list[i].kind != TRUST_PLACE_BUILTIN)
			wanted.list[wanted.count++] = all->list[i];
	bool resolved = trust_places_resolve(&wanted, spec, ret_places, error);
	trust_free(wanted.list);
	cli->internal->several = resolved && (*ret_places)->count > 1;
	if (resolved)
		cli_note_sudo(cli, spec);
	return resolved;
}

bool
cli_places(struct cli *cli, const char *fallback, struct trust_places **ret_places,
    struct trust_error *error)
{
	return cli_places_named(
	    cli, cli->global.store ? cli->global.store : fallback, ret_places, error);
}

bool
cli_place(struct cli *cli, struct trust_places **ret_places, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;

	if (!cli_places(cli, NULL, &places, error))
		return false;
	if (places->count != 1) {
		trust_fail(error, TRUST_USAGE, NULL, "%s works on one store, and '%s' names %zu",
		    cli->command->path, cli->global.store, places->count);
		return trust_hint(error, "trustctl store list shows the stores there are");
	}
	*ret_places = trust_steal(&places);
	return true;
}

struct cli_reading
cli_reading(const struct trust_store *store)
{
	return (struct cli_reading){
		.recovered = trust_store_was_recovered(store),
		.by_nss = trust_store_was_read_by_nss(store),
		.has_password = trust_store_has_password(store),
	};
}

void
cli_note_reading(
    struct cli *cli, const struct trust_place *place, const struct cli_reading *reading)
{
	if (reading->recovered)
		cli_note(cli,
		    "store '%s': another program was interrupted while writing; what is shown is "
		    "the state before that change, from a private copy",
		    place->name);
	if (reading->by_nss)
		cli_note(cli,
		    "store '%s': its tables are not of a form that trustctl knows, so NSS was "
		    "asked, which takes longer%s",
		    place->name,
		    reading->has_password && !cli_known_store_password(cli)
			? " and shows private keys only with the store's password"
			: "");
}

/* Each store has a password of its own: one that was given for another is no reason not to read
 * this one, as far as that goes without. */
static bool
goes_without(struct cli *cli, const struct trust_place *place, struct trust_error *error)
{
	if (error->code != TRUST_STORE_PASSWORD || !cli->internal->several ||
	    cli->command->writes || cli->needs_password)
		return false;
	cli_note(cli,
	    "store '%s': the password given is not this store's, so the signatures of its trust "
	    "were not checked",
	    place->name);
	trust_error_clear(error);
	return true;
}

bool
cli_store_each(struct cli *cli, const struct trust_place *place,
    void (*visit)(void *context, const struct trust_store *store, const struct trust_item *item),
    void *context, struct trust_error *error)
{
	const struct trust_secret *password = cli_known_store_password(cli);
	struct trust_store_options options = { .password = password,
		.verify_seals = password != NULL };

	if (trust_store_each(place, &options, visit, context, error))
		return true;
	if (!goes_without(cli, place, error))
		return false;
	options = (struct trust_store_options){ 0 };
	return trust_store_each(place, &options, visit, context, error);
}

bool
cli_store_open_part(struct cli *cli, const struct trust_place *place, const struct trust_part *part,
    struct trust_store **ret_store, struct trust_error *error)
{
	/* A password that was written down lets the signatures of trust be checked; reading asks
	 * nobody. */
	const struct trust_secret *password = cli_known_store_password(cli);
	struct trust_store_options options = {
		.password = password,
		.verify_seals = password != NULL,
		.part = part,
	};
	if (!trust_store_open(place, &options, ret_store, error)) {
		if (!goes_without(cli, place, error))
			return false;
		options = (struct trust_store_options){ .part = part };
		if (!trust_store_open(place, &options, ret_store, error))
			return false;
	}
	const struct cli_reading reading = cli_reading(*ret_store);
	cli_note_reading(cli, place, &reading);
	return true;
}

bool
cli_store_open(struct cli *cli, const struct trust_place *place, struct trust_store **ret_store,
    struct trust_error *error)
{
	return cli_store_open_part(cli, place, NULL, ret_store, error);
}

/* A key whose certificate is not in the part looks as if it had none. */
static bool
has_all(const struct trust_store *store, const struct trust_part *part)
{
	for (size_t i = 0; i < part->text_count; i++) {
		TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
		const struct trust_item *item = NULL;
		if (!trust_store_select(store, part->texts[i], &item, &ignored) ||
		    item->kind == TRUST_KIND_KEY)
			return false;
	}
	return true;
}

bool
cli_store_look(const struct trust_place *place, const struct trust_part *part, bool whole,
    struct trust_store **ret_store, struct trust_error *error)
{
	struct trust_store_options options = { .part = part };
	TRUST_AUTO(trust_store) *store = NULL;

	if (!trust_store_open(place, &options, &store, error))
		return false;
	if (whole && place->kind != TRUST_PLACE_BUILTIN && !has_all(store, part)) {
		trust_store_close(trust_steal(&store));
		options.part = NULL;
		if (!trust_store_open(place, &options, &store, error))
			return false;
	}
	*ret_store = trust_steal(&store);
	return true;
}

bool
cli_store_open_for(struct cli *cli, const struct trust_place *place, const struct trust_part *part,
    struct trust_store **ret_store, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = NULL;

	if (!cli_store_open_part(cli, place, part, &store, error))
		return false;
	if (place->kind != TRUST_PLACE_BUILTIN && !has_all(store, part)) {
		/* What an index cannot know of may be meant, and an error speaks of all. */
		trust_store_close(trust_steal(&store));
		if (!cli_store_open(cli, place, &store, error))
			return false;
	}
	*ret_store = trust_steal(&store);
	return true;
}

bool
cli_store_select(struct cli *cli, const struct trust_place *place, const char *text,
    struct trust_store **ret_store, const struct trust_item **ret_item, struct trust_error *error)
{
	const struct trust_part part = {
		.texts = &text,
		.text_count = 1,
		.issuers = true,
		.builtin = cli_builtin(cli),
	};
	TRUST_AUTO(trust_store) *store = NULL;

	if (!cli_store_open_for(cli, place, &part, &store, error))
		return false;
	bool found = trust_store_select(store, text, ret_item, error);
	*ret_store = trust_steal(&store);
	return found;
}

bool
cli_store_is_there(const struct trust_place *place, struct trust_error *error)
{
	struct trust_preflight found;

	return place->exists || trust_preflight(place, TRUST_FOR_READING, false, &found, error);
}

void
cli_unread_add(struct cli_unread *unread, const struct trust_place *place, struct trust_error *why)
{
	unread->list = trust_grow_array(unread->list, unread->count + 1, sizeof *unread->list);
	struct cli_unread_store *store = &unread->list[unread->count++];
	*store = (struct cli_unread_store){ .place = place };
	trust_error_move(&store->why, why);
}

bool
cli_unread_tell(
    struct cli *cli, const struct cli_unread *unread, bool any_read, struct trust_error *error)
{
	bool failed = unread->count > 0 && !any_read;

	/* What the error will say is not said before. */
	for (size_t i = failed; i < unread->count; i++) {
		TRUST_AUTO_FREE char *name = cli_place_words(unread->list[i].place);
		cli_warn(cli, "store '%s' is left out: %s", name, unread->list[i].why.message);
	}
	if (!failed)
		return true;
	trust_error_move(error, &unread->list[0].why);
	if (!error->hint)
		return false;
	TRUST_AUTO_FREE char *hint = cli_whole_hint(cli, error->hint, unread->list[0].place);
	return trust_hint(error, "%s", hint);
}

void
cli_unread_done(struct cli_unread *unread)
{
	for (size_t i = 0; i < unread->count; i++)
		trust_error_clear(&unread->list[i].why);
	trust_free(unread->list);
}

void
cli_store_made(struct cli *cli, const struct trust_place *place)
{
	cli->internal->made = place->path;
}

void
cli_store_take_back(struct cli *cli, const struct trust_place *place, const char *there)
{
	if (!trust_store_take_back(place->path, there))
		return;
	TRUST_AUTO_FREE char *path = trust_text_display_string(place->path);
	cli_note(cli, "removed the store '%s' again: nothing was put in", path);
}

const struct trust_store *
cli_builtin(struct cli *cli)
{
	struct cli_internal *internal = cli->internal;
	TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;

	if (!internal->builtin_tried) {
		internal->builtin_tried = true;
		if (!trust_builtin_open(&internal->builtin, &why))
			cli_warn(cli, "%s", why.message);
	}
	return internal->builtin;
}

void
cli_note_running(struct cli *cli, const struct trust_place *place)
{
	TRUST_AUTO(trust_running_list) *running = trust_store_running(place);

	for (size_t i = 0; i < running->count; i++)
		cli_note(cli,
		    "%s (pid %ld) has store '%s' open: restart it, or it may go on with what it "
		    "knew before",
		    running->list[i].program, running->list[i].pid, place->name);
}
