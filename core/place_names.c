/* SPDX-License-Identifier: MPL-2.0 */
/* What --store says: names, directories and groups; and what is said of a name that no store here
 * has. */

#include <errno.h>
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place_internal.h"
#include "core/text.h"

/* Names that the rules know, whether there is such a store here or not. */
struct known_name {
	const char *word;
	enum known_kind { OF_PROFILES, OF_COPY, OF_SYSTEM, OF_BUILTIN, OF_READER } kind;
	const char *what; /* the program, the directory, the library */
};
static const struct known_name known_names[] = {
#define PROFILES(kind, word, directory, readers) { word, OF_PROFILES, readers },
#define SANDBOXED(name, directory, readers) { name, OF_COPY, readers },
#define SYSTEM(directory) { "system", OF_SYSTEM, directory },
#define READER(word, program) { word, OF_READER, program },
#include "data/places.def"
#undef PROFILES
#undef SANDBOXED
#undef SYSTEM
#undef READER
	{ "builtin", OF_BUILTIN, "libnssckbi.so" },
};

/* "firefox:NAME" is of the word "firefox". */
static bool
is_of_word(const char *name, const struct known_name *known)
{
	size_t length = strlen(known->word);

	return strncmp(name, known->word, length) == 0 &&
	    (name[length] == '\0' || (name[length] == ':' && known->kind == OF_PROFILES));
}

static const struct known_name *
find_known(const char *name)
{
	for (size_t i = 0; i < TRUST_COUNT(known_names); i++)
		if (is_of_word(name, &known_names[i]))
			return &known_names[i];
	return NULL;
}

bool
trust_place_name_is_known(const char *name)
{
	return find_known(name) != NULL;
}

static void
add_copy(struct trust_places *to, const struct trust_place *place)
{
	if (trust_places_by_path(to, place->path))
		return;
	to->list = trust_grow_array(to->list, to->count + 1, sizeof *to->list);
	to->list[to->count++] = trust_place_copy(place);
}

static bool
has_profiles(const struct trust_places *places, const struct known_name *known)
{
	for (size_t i = 0; i < places->count; i++)
		if (is_of_word(places->list[i].name, known))
			return true;
	return false;
}

/* Owned by the caller. */
static char *
missing_words(const struct trust_places *places, const struct known_name *known, const char *shown)
{
	const char *profile = strchr(shown, ':');

	switch (known->kind) {
	case OF_PROFILES:
		if (profile)
			return trust_printf(
			    "there is no %s profile '%s' here", known->what, profile + 1);
		return has_profiles(places, known)
		    ? trust_printf("nothing says which of its profiles %s opens", known->what)
		    : trust_printf("there is no %s profile here", known->what);
	case OF_COPY:
		return trust_printf("there is no store of %s here", known->what);
	case OF_SYSTEM:
		return trust_printf("there is no store 'system': %s has no cert9.db", known->what);
	case OF_BUILTIN:
		return trust_printf("there are no built-in roots: %s is not here", known->what);
	case OF_READER:
		break;
	}
	return trust_printf(
	    "there is no store called '%s': %s reads the store 'user'", shown, known->what);
}

static bool
unknown_name(const struct trust_places *places, const char *name, struct trust_error *error)
{
	TRUST_AUTO_BUFFER list;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(name);
	const struct known_name *known = find_known(name);
	TRUST_AUTO_FREE char *words = known ? missing_words(places, known, shown)
					    : trust_printf("there is no store called '%s'", shown);

	trust_buffer_init(&list, TRUST_MAX_FILE_BYTES);
	trust_fail(error, TRUST_STORE_MISSING, shown, "%s", words);
	if (known && known->kind == OF_SYSTEM)
		return trust_hint(error,
		    "sudo trustctl store create %s\nfor root alone, until chmod lets others read it",
		    known->what);
	for (size_t i = 0; i < places->count; i++)
		trust_buffer_printf(&list, "%s, ", places->list[i].name);
	return trust_hint(error,
	    "stores here: %sall, browsers; a directory is named by a path with '/'",
	    (char *)list.data);
}

static bool
is_browsers(const struct trust_place *place)
{
	return place->exists && place->kind != TRUST_PLACE_SYSTEM &&
	    place->kind != TRUST_PLACE_BUILTIN;
}

static bool
resolve_one(const struct trust_places *places, const char *name, struct trust_places *to,
    struct trust_error *error)
{
	if (strchr(name, '/') || strncmp(name, "sql:", 4) == 0) {
		TRUST_AUTO(trust_places) *one = trust_place_for_directory(name);
		if (*one->list[0].path != '/') {
			TRUST_AUTO_FREE char *shown = trust_text_display_string(name);
			return trust_fail_errno(error, TRUST_STORE_MISSING, ENOENT, shown,
			    "cannot tell where '%s' is: the current directory", shown);
		}
		/* A directory that the rules know keeps what they know of it. */
		const struct trust_place *known = trust_places_by_path(places, one->list[0].path);
		add_copy(to, known ? known : &one->list[0]);
		return true;
	}
	bool all = strcmp(name, "all") == 0;
	if (all || strcmp(name, "browsers") == 0) {
		for (size_t i = 0; i < places->count; i++)
			if (all ? places->list[i].exists : is_browsers(&places->list[i]))
				add_copy(to, &places->list[i]);
		/* Nothing there: the user store, so that its absence is told and not passed
		 * over. */
		if (to->count == 0 && places->count)
			add_copy(to, &places->list[0]);
		return true;
	}
	const struct trust_place *named = trust_places_by_name(places, name);
	if (named) {
		add_copy(to, named);
		return true;
	}
	return unknown_name(places, name, error);
}

bool
trust_places_resolve(const struct trust_places *places, const char *spec,
    struct trust_places **ret_places, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *to = trust_alloc(sizeof *to);
	TRUST_AUTO_FREE char *copy = trust_strdup(spec ? spec : "user");

	/* A script's variable that is not set must not mean the user's own store. */
	if (!*copy) {
		trust_fail(error, TRUST_USAGE, NULL, "the name of the store is empty");
		return trust_hint(error, "the user's store is called 'user'");
	}

	/* A directory may have a comma in its name. */
	if (strchr(copy, '/') &&
	    trust_place_is_directory(strncmp(copy, "sql:", 4) == 0 ? copy + 4 : copy)) {
		if (!resolve_one(places, copy, to, error))
			return false;
		*ret_places = trust_steal(&to);
		return true;
	}
	for (char *name = copy, *next; name; name = next) {
		next = strchr(name, ',');
		if (next)
			*next++ = '\0';
		if (!*name) {
			TRUST_AUTO_FREE char *shown = trust_text_display_string(spec);
			return trust_fail(
			    error, TRUST_USAGE, NULL, "a name is missing in '%s'", shown);
		}
		if (!resolve_one(places, name, to, error))
			return false;
	}
	*ret_places = trust_steal(&to);
	return true;
}
