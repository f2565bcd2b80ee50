/* SPDX-License-Identifier: MPL-2.0 */
/* Names of items in several stores; see item_names.h. */

#include "cli/item_names.h"

#include <string.h>

#include "cli/internal.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"

/* ---- one name, several stores -------------------------------------------------------------- */

/* What one store means; NULL: nothing. False: several. */
static bool
pick_from(const struct trust_store *store, const char *text, const struct trust_item **ret_item,
    struct trust_error *error)
{
	*ret_item = NULL;
	if (store == NULL || trust_store_select(store, text, ret_item, error))
		return true;
	if (error->code != TRUST_INPUT_NOT_FOUND)
		return false;
	trust_error_clear(error);
	return true;
}

bool
cli_pick_same(struct trust_store *const *stores, size_t count, const struct trust_store *last,
    const char *text, const struct trust_item **ret_item, struct trust_error *error)
{
	const struct trust_item *first = NULL;
	bool differ = false;
	TRUST_AUTO_BUFFER candidates;

	trust_buffer_init(&candidates, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i <= count; i++) {
		const struct trust_store *store = i < count ? stores[i] : last;
		const struct trust_item *item = NULL;
		if (!pick_from(store, text, &item, error))
			return false;
		if (item == NULL)
			continue;
		first = first != NULL ? first : item;
		differ = differ || memcmp(first->id, item->id, sizeof item->id) != 0;
		TRUST_AUTO_FREE char *words = trust_item_words(item);
		trust_buffer_printf(
		    &candidates, "\n%s  in store '%s'", words, trust_store_place(store)->name);
	}
	*ret_item = first;
	if (!differ)
		return true;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(text);
	(void)trust_fail(error, TRUST_INPUT_AMBIGUOUS, shown,
	    "'%s' means different items in different stores", shown);
	return trust_hint(
	    error, "name one by the digits in front:%s", (const char *)candidates.data);
}

static bool
agree_on(struct trust_store *const *stores, size_t count, const struct trust_store *builtin,
    const char *text, struct trust_error *error)
{
	bool lacking = false;
	const struct trust_item *item = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!pick_from(stores[i], text, &item, error))
			return false;
		lacking = lacking || (stores[i] != NULL && item == NULL);
	}
	return cli_pick_same(stores, count, lacking ? builtin : NULL, text, &item, error);
}

bool
cli_picks_agree(const struct trust_places *places, const struct trust_store *builtin,
    const char *const *texts, size_t count, struct trust_error *error)
{
	const struct trust_part part = { .texts = texts, .text_count = count };
	bool agree = true;

	if (places->count < 2)
		return true;
	TRUST_AUTO_FREE struct trust_store **stores =
	    trust_alloc_array(places->count, sizeof(struct trust_store *));
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
		(void)!cli_store_look(&places->list[i], &part, true, &stores[i], &ignored);
	}
	for (size_t i = 0; agree && i < count; i++)
		agree = agree_on(stores, places->count, builtin, texts[i], error);
	for (size_t i = 0; i < places->count; i++)
		trust_store_close(stores[i]);
	return agree;
}

/* ---- a name that no store asked has --------------------------------------------------------- */

static bool
is_changed(const struct cli *cli, const struct trust_place *place)
{
	const struct trust_places *changing = cli->internal->changing;

	for (size_t i = 0; changing != NULL && i < changing->count; i++)
		if (cli_same_place(&changing->list[i], place))
			return true;
	return false;
}

/* A store that has it by exactly this name; borrowed; NULL: none that can be read without a
 * question. */
static const struct trust_place *
find_elsewhere(struct cli *cli, const char *text)
{
	const struct trust_places *all = cli_all_places(cli);
	const struct trust_part part = { .texts = &text, .text_count = 1 };

	for (size_t i = 0; i < all->count; i++) {
		TRUST_AUTO(trust_store) *store = NULL;
		TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
		const struct trust_item *item = NULL;
		const struct trust_place *place = &all->list[i];
		if (place->exists && place->kind != TRUST_PLACE_BUILTIN &&
		    !is_changed(cli, place) &&
		    cli_store_look(place, &part, false, &store, &ignored) &&
		    (trust_store_select(store, text, &item, &ignored) ||
			ignored.code == TRUST_INPUT_AMBIGUOUS))
			return place;
	}
	return NULL;
}

/* " acme --store all": of a directory, too, that only its path names. Owned by the caller. */
static char *
everywhere(const struct cli *cli, const char *text)
{
	const char *asked = cli->global.store;
	bool by_path = asked != NULL && strchr(asked, '/') != NULL;
	TRUST_AUTO_FREE char *spec =
	    trust_printf("%s%sall", by_path ? asked : "", by_path ? "," : "");
	TRUST_AUTO_FREE char *stores = trust_shell_word(spec);
	TRUST_AUTO_FREE char *word = trust_shell_word(text);

	if (*text == '-')
		return trust_printf(" --store %s -- %s", stores, word);
	return trust_printf(" %s --store %s", word, stores);
}

bool
cli_hint_near(struct cli *cli, const char *text, struct trust_error *error)
{
	if (error->code != TRUST_INPUT_NOT_FOUND)
		return false;
	const struct trust_place *place = find_elsewhere(cli, text);
	if (place != NULL) {
		TRUST_AUTO_FREE char *store = trust_shell_word(place->name);
		return trust_hint(error, "the store '%s' has it: --store %s", place->name, store);
	}
	TRUST_AUTO_FREE char *rest =
	    trust_strdup(error->hint != NULL ? strchr(error->hint, ';') : NULL);
	TRUST_AUTO_FREE char *options = everywhere(cli, text);
	return trust_hint(error, "trustctl list%s shows what has that in its names%s", options,
	    rest != NULL ? rest : "");
}

bool
cli_not_in_any(struct cli *cli, const char *text, struct trust_store *const *stores, size_t count,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER names;
	const struct trust_store *builtin = cli_builtin(cli);
	size_t found = 0;

	trust_buffer_init(&names, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i <= count; i++) {
		const struct trust_store *store = i < count ? stores[i] : builtin;
		if (!store)
			continue;
		TRUST_AUTO_FREE char *name = cli_place_words(trust_store_place(store));
		trust_buffer_printf(&names, "%s'%s'", found++ ? ", " : "", name);
		if (trust_store_place(store)->kind == TRUST_PLACE_BUILTIN)
			builtin = NULL;
	}
	if (error->code == TRUST_INPUT_NOT_FOUND && found > 1) {
		TRUST_AUTO_FREE char *shown = trust_text_display_string(text);
		TRUST_AUTO_FREE char *hint = trust_strdup(error->hint);
		trust_fail(error, TRUST_INPUT_NOT_FOUND, shown, "no item '%s' in the stores %s",
		    shown, (const char *)names.data);
		if (hint != NULL)
			(void)trust_hint(error, "%s", hint);
	}
	return cli_hint_near(cli, text, error);
}
