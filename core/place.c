/* SPDX-License-Identifier: MPL-2.0 */
/* Finding stores: interprets the rules of data/places.def. */

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/profiles_internal.h"
#include "core/text.h"

static const char *const user_rules[] = {
#define USER(directory) directory,
#include "data/places.def"
#undef USER
};
static const struct {
	const char *name;
	const char *directory;
	const char *readers;
} sandboxed_rules[] = {
#define SANDBOXED(name, directory, readers) { name, directory, readers },
#include "data/places.def"
#undef SANDBOXED
};
static const struct {
	enum trust_place_kind kind;
	const char *word;
	const char *directory;
	const char *readers;
} profile_rules[] = {
#define PROFILES(kind, word, directory, readers) { kind, word, directory, readers },
#include "data/places.def"
#undef PROFILES
};
static const char *const system_rules[] = {
#define SYSTEM(directory) directory,
#include "data/places.def"
#undef SYSTEM
};
static const char *const builtin_rules[] = {
#define BUILTIN(library) library,
#include "data/places.def"
#undef BUILTIN
};
static const struct {
	enum trust_place_kind kind;
	const char *directory;
} library_rules[] = {
#define LIBRARIES(kind, directory) { kind, directory },
#include "data/places.def"
#undef LIBRARIES
};

struct trust_environment
trust_environment_current(void)
{
	const char *home = getenv("HOME");
	const char *data = getenv("XDG_DATA_HOME");
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *root = getenv("TRUSTCTL_ROOT");

	if (!home || *home != '/') {
		const struct passwd *entry = getpwuid(getuid());
		home = entry && entry->pw_dir ? entry->pw_dir : "/";
	}
	return (struct trust_environment){
		.home = home,
		/* The XDG specification says that a relative path is to be ignored. */
		.xdg_data_home = data && *data == '/' ? data : NULL,
		.xdg_config_home = config && *config == '/' ? config : NULL,
		.root = root ? root : "",
	};
}

/* ---- one place ----------------------------------------------------------------------------- */

static char *
expand(const struct trust_environment *environment, const char *rule)
{
	static const char *const words[] = { "{HOME}", "{DATA}", "{CONFIG}" };
	const char *rest = rule;

	if (*rule == '/')
		return trust_printf("%s%s", environment->root, rule);
	for (size_t i = 0; i < TRUST_COUNT(words); i++)
		if (strncmp(rule, words[i], strlen(words[i])) == 0) {
			rest = rule + strlen(words[i]);
			if (i == 0)
				return trust_printf("%s%s", environment->home, rest);
			if (i == 1 && environment->xdg_data_home)
				return trust_printf("%s%s", environment->xdg_data_home, rest);
			if (i == 2 && environment->xdg_config_home)
				return trust_printf("%s%s", environment->xdg_config_home, rest);
			return trust_printf("%s/%s%s", environment->home,
			    i == 1 ? ".local/share" : ".config", rest);
		}
	return trust_strdup(rule);
}

static bool
is_directory(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool
has_store(const char *directory)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/cert9.db", directory);
	struct stat status;
	return stat(path, &status) == 0;
}

/* Takes ownership of name and path. */
static struct trust_place *
add(struct trust_places *places, enum trust_place_kind kind, char *name, char *path,
    const char *readers)
{
	places->list = trust_grow_array(places->list, places->count + 1, sizeof *places->list);
	struct trust_place *place = &places->list[places->count++];
	*place = (struct trust_place){
		.kind = kind,
		.name = name,
		.path = path,
		.readers = trust_strdup(readers),
		.exists = has_store(path),
	};
	return place;
}

static bool
name_taken(const struct trust_places *places, const char *name)
{
	for (size_t i = 0; i < places->count; i++)
		if (strcmp(places->list[i].name, name) == 0)
			return true;
	return false;
}

/* ---- whose NSS ----------------------------------------------------------------------------- */

/* A library directory is code that will run: it must be the administrator's. */
static bool
is_safe_library(const char *directory)
{
	TRUST_AUTO_FREE char *library = trust_printf("%s/libsoftokn3.so", directory);
	struct stat status;

	if (stat(directory, &status) != 0 || status.st_uid != 0 || (status.st_mode & 022))
		return false;
	return stat(library, &status) == 0 && status.st_uid == 0 && !(status.st_mode & 022) &&
	    S_ISREG(status.st_mode);
}

static char *
library_of(const struct trust_environment *environment, enum trust_place_kind kind,
    const char *profile)
{
	TRUST_AUTO_FREE char *compatibility = trust_printf("%s/compatibility.ini", profile);
	TRUST_AUTO_FREE char *last = trust_ini_value(compatibility, "LastPlatformDir");

	if (last && *last == '/' && is_safe_library(last))
		return trust_steal(&last);
	for (size_t i = 0; i < TRUST_COUNT(library_rules); i++) {
		TRUST_AUTO_FREE char *directory = expand(environment, library_rules[i].directory);
		if (library_rules[i].kind == kind && is_safe_library(directory))
			return trust_steal(&directory);
	}
	return NULL;
}

char *
trust_place_newer_nss(const struct trust_environment *environment)
{
	for (size_t i = 0; i < TRUST_COUNT(library_rules); i++) {
		TRUST_AUTO_FREE char *directory = expand(environment, library_rules[i].directory);
		if (is_safe_library(directory))
			return trust_steal(&directory);
	}
	return NULL;
}

/* ---- discovery ----------------------------------------------------------------------------- */

static void
add_user(struct trust_places *places, const struct trust_environment *environment)
{
	size_t last = TRUST_COUNT(user_rules) - 1;

	for (size_t i = 0; i <= last; i++) {
		TRUST_AUTO_FREE char *path = expand(environment, user_rules[i]);
		/* An empty directory wins too: Chromium would fill it. */
		if (i < last && !is_directory(path))
			continue;
		add(places, TRUST_PLACE_USER, trust_strdup("user"), trust_steal(&path),
		    "Chromium, Chrome and other programs of this user");
		return;
	}
}

static void
add_sandboxed(struct trust_places *places, const struct trust_environment *environment)
{
	for (size_t i = 0; i < TRUST_COUNT(sandboxed_rules); i++) {
		TRUST_AUTO_FREE char *path = expand(environment, sandboxed_rules[i].directory);
		if (has_store(path))
			add(places, TRUST_PLACE_SANDBOXED, trust_strdup(sandboxed_rules[i].name),
			    trust_steal(&path), sandboxed_rules[i].readers);
	}
}

static void
add_profile(struct trust_places *places, const struct trust_environment *environment, size_t rule,
    struct trust_profile *profile)
{
	const char *word = profile_rules[rule].word;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(profile->name);
	TRUST_AUTO_FREE char *name = NULL;
	bool used = profile->used && !name_taken(places, word);

	/* The profile the program opens is called by the program's name alone. */
	name = used ? trust_strdup(word) : trust_printf("%s:%s", word, shown);
	for (unsigned number = 2; name_taken(places, name); number++) {
		trust_free(name);
		name = trust_printf("%s:%s-%u", word, shown, number);
	}
	TRUST_AUTO_FREE char *readers =
	    trust_printf("%s, profile %s", profile_rules[rule].readers, shown);
	struct trust_place *place = add(places, profile_rules[rule].kind, trust_steal(&name),
	    trust_steal(&profile->path), readers);
	place->is_default = used;
	place->nss_libdir = library_of(environment, place->kind, place->path);
}

static void
add_profiles(struct trust_places *places, const struct trust_environment *environment)
{
	for (size_t i = 0; i < TRUST_COUNT(profile_rules); i++) {
		TRUST_AUTO_FREE char *directory = expand(environment, profile_rules[i].directory);
		struct trust_profiles profiles = trust_profiles_read(directory);
		/* With a single profile there is no question which one is meant. */
		if (profiles.count == 1)
			profiles.list[0].used = true;
		for (size_t k = 0; k < profiles.count; k++)
			if (is_directory(profiles.list[k].path))
				add_profile(places, environment, i, &profiles.list[k]);
		trust_profiles_done(&profiles);
	}
}

static void
add_machine(struct trust_places *places, const struct trust_environment *environment)
{
	for (size_t i = 0; i < TRUST_COUNT(system_rules); i++) {
		TRUST_AUTO_FREE char *path = expand(environment, system_rules[i]);
		if (has_store(path))
			add(places, TRUST_PLACE_SYSTEM, trust_strdup("system"), trust_steal(&path),
			    "programs set up by the administrator");
	}
	for (size_t i = 0; i < TRUST_COUNT(builtin_rules); i++) {
		/* A library is code, so the tests' made-up root does not apply. */
		if (access(builtin_rules[i], R_OK) != 0)
			continue;
		struct trust_place *place = add(places, TRUST_PLACE_BUILTIN, trust_strdup("builtin"),
		    trust_strdup(builtin_rules[i]), "every NSS program without a list of its own");
		place->exists = true;
		break;
	}
}

struct trust_places *
trust_places_discover(const struct trust_environment *environment)
{
	struct trust_places *places = trust_alloc(sizeof *places);

	add_user(places, environment);
	add_sandboxed(places, environment);
	add_profiles(places, environment);
	add_machine(places, environment);
	return places;
}

void
trust_places_free(struct trust_places *places)
{
	if (!places)
		return;
	for (size_t i = 0; i < places->count; i++) {
		trust_free(places->list[i].name);
		trust_free(places->list[i].path);
		trust_free(places->list[i].readers);
		trust_free(places->list[i].nss_libdir);
	}
	trust_free(places->list);
	trust_free(places);
}

/* ---- what --store says --------------------------------------------------------------------- */

static void
add_copy(struct trust_places *to, const struct trust_place *place)
{
	for (size_t i = 0; i < to->count; i++)
		if (strcmp(to->list[i].path, place->path) == 0)
			return;
	struct trust_place *copy =
	    add(to, place->kind, trust_strdup(place->name), trust_strdup(place->path), place->readers);
	copy->nss_libdir = trust_strdup(place->nss_libdir);
	copy->is_default = place->is_default;
	copy->exists = place->exists;
}

struct trust_places *
trust_place_for_directory(const char *directory)
{
	struct trust_places *places = trust_alloc(sizeof *places);
	TRUST_AUTO_FREE char *path = NULL;

	if (strncmp(directory, "sql:", 4) == 0)
		directory += 4;
	if (*directory == '/') {
		path = trust_strdup(directory);
	} else {
		char *here = getcwd(NULL, 0);
		path = trust_printf("%s/%s", here ? here : "", directory);
		free(here);
	}
	for (size_t length = strlen(path); length > 1 && path[length - 1] == '/'; length--)
		path[length - 1] = '\0';
	add(places, TRUST_PLACE_DIRECTORY, trust_text_display_string(path), trust_steal(&path),
	    "whoever opens this directory");
	return places;
}

static bool
unknown_name(const struct trust_places *places, const char *name, struct trust_error *error)
{
	TRUST_AUTO_BUFFER list;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(name);

	trust_buffer_init(&list, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i < places->count; i++)
		trust_buffer_printf(&list, "%s, ", places->list[i].name);
	trust_fail(error, TRUST_STORE_MISSING, shown, "there is no store called '%s'", shown);
	return trust_hint(error, "stores here: %sall, browsers; a directory is named by a path with '/'",
	    (char *)list.data);
}

static bool
is_browsers(const struct trust_place *place)
{
	return place->exists && place->kind != TRUST_PLACE_SYSTEM && place->kind != TRUST_PLACE_BUILTIN;
}

static bool
resolve_one(const struct trust_places *places, const char *name, struct trust_places *to,
    struct trust_error *error)
{
	if (strchr(name, '/') || strncmp(name, "sql:", 4) == 0) {
		TRUST_AUTO(trust_places) *one = trust_place_for_directory(name);
		/* A directory that the rules know keeps what they know of it. */
		for (size_t i = 0; i < places->count; i++)
			if (strcmp(places->list[i].path, one->list[0].path) == 0) {
				add_copy(to, &places->list[i]);
				return true;
			}
		add_copy(to, &one->list[0]);
		return true;
	}
	bool all = strcmp(name, "all") == 0;
	if (all || strcmp(name, "browsers") == 0) {
		for (size_t i = 0; i < places->count; i++)
			if (all ? places->list[i].exists : is_browsers(&places->list[i]))
				add_copy(to, &places->list[i]);
		return true;
	}
	for (size_t i = 0; i < places->count; i++)
		if (strcmp(places->list[i].name, name) == 0) {
			add_copy(to, &places->list[i]);
			return true;
		}
	return unknown_name(places, name, error);
}

bool
trust_places_resolve(const struct trust_places *places, const char *spec,
    struct trust_places **ret_places, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *to = trust_alloc(sizeof *to);
	TRUST_AUTO_FREE char *copy = trust_strdup(spec && *spec ? spec : "user");

	for (char *name = copy, *next; name; name = next) {
		next = strchr(name, ',');
		if (next)
			*next++ = '\0';
		if (!*name)
			return trust_fail(error, TRUST_USAGE, NULL, "a name is missing in '%s'", spec);
		if (!resolve_one(places, name, to, error))
			return false;
	}
	*ret_places = trust_steal(&to);
	return true;
}
