/* SPDX-License-Identifier: MPL-2.0 */
/* Commands that people are told to paste: whole, and for the store that is meant. */

#include <string.h>

#include "cli/internal.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"

#define PROGRAM "trustctl "

/* The command that `words` begin with, if it takes --store. */
static bool
takes_store(const char *words)
{
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		const struct cli_command *command = cli_commands[i];
		size_t size = strlen(command->path);
		if (strncmp(words, command->path, size) == 0 &&
		    strchr(" ,;)\n", words[size]) != NULL)
			return !command->plain && !command->no_store;
	}
	return false;
}

/* Up to what people read again: the end of the line, or what comes between commands. */
static size_t
command_size(const char *text)
{
	static const char *const ends[] = { "\n", "; ", ", ", ")" };
	size_t size = strlen(text);

	for (size_t i = 0; i < TRUST_COUNT(ends); i++) {
		const char *end = strstr(text, ends[i]);
		if (end != NULL && (size_t)(end - text) < size)
			size = (size_t)(end - text);
	}
	return size;
}

char *
cli_remedy_for(const struct trust_place *place, const char *remedy)
{
	TRUST_AUTO_BUFFER out;
	TRUST_AUTO_FREE char *store =
	    place->kind == TRUST_PLACE_BUILTIN ? trust_strdup("") : trust_place_option(place);

	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	/* One that names a store means that one. */
	if (strstr(remedy, " --store ") != NULL)
		return trust_strdup(remedy);
	for (const char *at = NULL; (at = strstr(remedy, PROGRAM)) != NULL;) {
		const char *words = at + strlen(PROGRAM);
		size_t size = (size_t)(words - remedy) + command_size(words);
		trust_buffer_append(&out, remedy, size);
		trust_buffer_append_text(&out, takes_store(words) ? store : "");
		remedy += size;
	}
	trust_buffer_append_text(&out, remedy);
	return trust_buffer_take(&out);
}

/* How many words from this one on name the stores: "--store NAME", "--store=NAME"; 0: none. */
static size_t
store_words_at(const struct cli_internal *line, size_t index)
{
	if (strcmp(line->words[index], "--store") == 0)
		return 2;
	return strncmp(line->words[index], "--store=", strlen("--store=")) == 0;
}

/* The words given, without those that name the stores if `place` is to be named in their stead, in
 * front: what stands behind "--" is no option. */
static void
put_line(struct trust_buffer *out, const struct cli_internal *line, const struct trust_place *place)
{
	bool options = place != NULL;

	if (place != NULL) {
		TRUST_AUTO_FREE char *word = trust_shell_word(place->path);
		trust_buffer_printf(out, " --store %s", word);
	}
	for (size_t i = 0; i < line->word_count; i++) {
		options = options && strcmp(line->words[i], "--") != 0;
		size_t skip = options ? store_words_at(line, i) : 0;
		if (skip > 0) {
			i += skip - 1;
			continue;
		}
		TRUST_AUTO_FREE char *word = trust_shell_word(line->words[i]);
		trust_buffer_printf(out, " %s", word);
	}
}

char *
cli_whole_hint(const struct cli *cli, const char *hint, const struct trust_place *place)
{
	static const char again[] = PROGRAM "...";
	size_t size = strlen(hint);

	if (size < sizeof again - 1 || strcmp(hint + size - (sizeof again - 1), again) != 0)
		return place != NULL ? cli_remedy_for(place, hint) : trust_strdup(hint);
	TRUST_AUTO_BUFFER whole;
	trust_buffer_init(&whole, TRUST_MAX_FILE_BYTES);
	trust_buffer_append(&whole, hint, size - strlen(" ..."));
	put_line(&whole, cli->internal, place);
	return trust_buffer_take(&whole);
}

bool
cli_hint_stores(struct cli *cli, struct trust_error *error)
{
	TRUST_AUTO_BUFFER names;
	const struct trust_places *all = cli_all_places(cli);
	const struct trust_place *first = NULL;

	trust_buffer_init(&names, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i < all->count; i++) {
		const struct trust_place *place = &all->list[i];
		if (!place->exists || place->kind == TRUST_PLACE_BUILTIN)
			continue;
		first = first ? first : place;
		trust_buffer_printf(&names, "%s%s", names.size ? ", " : "", place->name);
	}
	if (!first)
		return false;
	TRUST_AUTO_FREE char *option = trust_place_option(first);
	TRUST_AUTO_FREE char *made = trust_strdup(error->hint ? error->hint : "");
	return trust_hint(error,
	    "there are the stores %s (trustctl store list): name one as in%s%s%s",
	    (const char *)names.data, option, *made ? "\n" : "", made);
}
