/* SPDX-License-Identifier: MPL-2.0 */
/* Finding stores: interprets the rules of data/places.def. */

#include "core/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/place_internal.h"
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

static const char *const binary_rules[] = {
#define BINARY(file) file,
#include "data/places.def"
#undef BINARY
};

/* ---- one place ----------------------------------------------------------------------------- */

bool
trust_place_is_directory(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* What may not be looked at counts as there: who uses it is told why not. kind: 0: any. */
static bool
is_there(const char *path, mode_t kind)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno != ENOENT && errno != ENOTDIR;
	return kind == 0 || (status.st_mode & S_IFMT) == kind;
}

bool
trust_place_has_store(const char *directory)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/cert9.db", directory);
	return is_there(path, 0);
}

struct trust_place
trust_place_copy(const struct trust_place *place)
{
	struct trust_place copy = *place;

	copy.name = trust_strdup(place->name);
	copy.alias = trust_strdup(place->alias);
	copy.path = trust_strdup(place->path);
	copy.readers = trust_strdup(place->readers);
	copy.nss_libdir = trust_strdup(place->nss_libdir);
	return copy;
}

void
trust_place_done(struct trust_place *place)
{
	trust_free(place->name);
	trust_free(place->alias);
	trust_free(place->path);
	trust_free(place->readers);
	trust_free(place->nss_libdir);
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
	};
	return place;
}

static struct trust_place *
add_and_look(struct trust_places *places, enum trust_place_kind kind, char *name, char *path,
    const char *readers)
{
	struct trust_place *place = add(places, kind, name, path, readers);

	place->exists = trust_place_has_store(path);
	return place;
}

const struct trust_place *
trust_places_by_name(const struct trust_places *places, const char *name)
{
	for (size_t i = 0; i < places->count; i++) {
		const struct trust_place *place = &places->list[i];
		if (strcmp(place->name, name) == 0 ||
		    (place->alias && strcmp(place->alias, name) == 0))
			return place;
	}
	return NULL;
}

/* Links count: ~/.local/share/pki is often one to ~/.pki, and no store may be written twice at
 * once. */
static bool
same_file(const char *a, const char *b)
{
	struct stat status_a;
	struct stat status_b;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &status_a) == 0 && stat(b, &status_b) == 0 &&
	    status_a.st_dev == status_b.st_dev && status_a.st_ino == status_b.st_ino;
}

const struct trust_place *
trust_places_by_path(const struct trust_places *places, const char *path)
{
	for (size_t i = 0; i < places->count; i++)
		if (same_file(places->list[i].path, path))
			return &places->list[i];
	return NULL;
}

/* ---- whose NSS ----------------------------------------------------------------------------- */

/*
 * A library directory is code that will run, and a profile's owner chooses which one its files
 * name: it must be the administrator's, and so must everything above it, or another one could be
 * put in its place after this look. In a sticky directory only the owner can. Gives the path
 * without links.
 */
static char *
safe_library(const char *directory)
{
	char *resolved = realpath(directory, NULL);
	TRUST_AUTO_FREE char *path = trust_strdup(resolved);
	struct stat status;

	free(resolved);
	if (!path)
		return NULL;
	TRUST_AUTO_FREE char *library = trust_printf("%s/libsoftokn3.so", path);
	if (stat(library, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != 0 ||
	    (status.st_mode & 022))
		return NULL;
	TRUST_AUTO_FREE char *above = trust_strdup(path);
	for (mode_t excused = 0; *above; excused = S_ISVTX) {
		if (lstat(above, &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != 0 ||
		    ((status.st_mode & 022) && !(status.st_mode & excused)))
			return NULL;
		*strrchr(above, '/') = '\0';
	}
	return trust_steal(&path);
}

/* What the profile itself says about the program that opened it last. */
static char *
last_library_of(const char *profile)
{
	TRUST_AUTO_FREE char *compatibility = trust_printf("%s/compatibility.ini", profile);
	TRUST_AUTO_FREE char *last = trust_ini_value(compatibility, "LastPlatformDir");

	return last && *last == '/' ? safe_library(last) : NULL;
}

static char *
library_of(
    const struct trust_environment *environment, enum trust_place_kind kind, const char *profile)
{
	char *found = last_library_of(profile);

	for (size_t i = 0; !found && i < TRUST_COUNT(library_rules); i++) {
		TRUST_AUTO_FREE char *directory =
		    trust_place_expand(environment, library_rules[i].directory);
		if (library_rules[i].kind == kind)
			found = safe_library(directory);
	}
	return found;
}

/* The version every NSS library carries as text: "Version: NSS 3.125.1". */
static bool
is_newer_nss(const char *directory)
{
	static const char mark[] = "Version: NSS ";
	TRUST_AUTO_FREE char *path = trust_printf("%s/libsoftokn3.so", directory);
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char version[16] = "";

	if (fd < 0 || fstat(fd, &status) != 0 || status.st_size <= 0 ||
	    (size_t)status.st_size > TRUST_MAX_FILE_BYTES)
		return false;
	size_t size = (size_t)status.st_size;
	const char *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return false;
	const char *found = memmem(text, size, mark, sizeof mark - 1);
	if (found) {
		found += sizeof mark - 1;
		size_t left = size - (size_t)(found - text);
		memcpy(version, found, left < sizeof version - 1 ? left : sizeof version - 1);
	}
	munmap((void *)(uintptr_t)text, size); /* NOLINT(performance-no-int-to-ptr) */
	char *dot = NULL;
	unsigned long major = strtoul(version, &dot, 10);
	unsigned long minor = *dot == '.' ? strtoul(dot + 1, NULL, 10) : 0;
	return major > 3 || (major == 3 && minor >= 114);
}

char *
trust_place_newer_nss(const struct trust_environment *environment)
{
	for (size_t i = 0; i < TRUST_COUNT(library_rules); i++) {
		TRUST_AUTO_FREE char *directory =
		    trust_place_expand(environment, library_rules[i].directory);
		TRUST_AUTO_FREE char *library = safe_library(directory);
		if (library && is_newer_nss(library))
			return trust_steal(&library);
	}
	return NULL;
}

/* ---- discovery ----------------------------------------------------------------------------- */

static bool
has_binary(const struct trust_environment *environment)
{
	bool found = false;

	for (size_t i = 0; !found && i < TRUST_COUNT(binary_rules); i++) {
		TRUST_AUTO_FREE char *file = trust_place_expand(environment, binary_rules[i]);
		found = access(file, X_OK) == 0;
	}
	return found;
}

static void
add_user(struct trust_places *places, const struct trust_environment *environment)
{
	size_t last = TRUST_COUNT(user_rules) - 1;

	for (size_t i = 0; i <= last; i++) {
		TRUST_AUTO_FREE char *path = trust_place_expand(environment, user_rules[i]);
		/* An empty directory wins too: Chromium would fill it. */
		if (i < last && !is_there(path, S_IFDIR))
			continue;
		add_and_look(places, TRUST_PLACE_USER, trust_strdup("user"), trust_steal(&path),
		    "Chromium, Chrome and other programs of this user")
		    ->has_program = has_binary(environment);
		return;
	}
}

static void
add_sandboxed(struct trust_places *places, const struct trust_environment *environment)
{
	for (size_t i = 0; i < TRUST_COUNT(sandboxed_rules); i++) {
		TRUST_AUTO_FREE char *path =
		    trust_place_expand(environment, sandboxed_rules[i].directory);
		if (trust_place_has_store(path))
			add(places, TRUST_PLACE_SANDBOXED, trust_strdup(sandboxed_rules[i].name),
			    trust_steal(&path), sandboxed_rules[i].readers)
			    ->exists = true;
	}
}

static void
add_profile(struct trust_places *places, const struct trust_environment *environment, size_t rule,
    struct trust_profile *profile)
{
	const char *word = profile_rules[rule].word;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(profile->name);
	TRUST_AUTO_FREE char *plain = trust_strdup(shown);
	bool used = profile->used && !trust_places_by_name(places, word);

	/* A name with a slash would be read as a directory, one with a comma as two names. */
	for (char *c = plain; *c; c++)
		if (*c == '/' || *c == ',')
			*c = '_';
	TRUST_AUTO_FREE char *name = trust_printf("%s:%s", word, plain);
	for (unsigned number = 2; trust_places_by_name(places, name); number++) {
		trust_free(name);
		name = trust_printf("%s:%s-%u", word, plain, number);
	}
	TRUST_AUTO_FREE char *readers =
	    trust_printf("%s, profile %s", profile_rules[rule].readers, shown);
	/* The profile the program opens is called by the program's name alone. */
	struct trust_place *place = add_and_look(places, profile_rules[rule].kind,
	    used ? trust_strdup(word) : trust_steal(&name), trust_steal(&profile->path), readers);
	place->is_default = used;
	place->alias = trust_steal(&name);
	place->nss_libdir = library_of(environment, place->kind, place->path);
}

static void
add_profiles(struct trust_places *places, const struct trust_environment *environment)
{
	for (size_t i = 0; i < TRUST_COUNT(profile_rules); i++) {
		TRUST_AUTO_FREE char *directory =
		    trust_place_expand(environment, profile_rules[i].directory);
		struct trust_profiles profiles = trust_profiles_read(directory);
		/* With a single profile there is no question which one is meant. */
		if (profiles.count == 1)
			profiles.list[0].used = true;
		for (size_t k = 0; k < profiles.count; k++)
			if (is_there(profiles.list[k].path, S_IFDIR) &&
			    !trust_places_by_path(places, profiles.list[k].path))
				add_profile(places, environment, i, &profiles.list[k]);
		trust_profiles_done(&profiles);
	}
}

static void
add_machine(struct trust_places *places, const struct trust_environment *environment)
{
	for (size_t i = 0; i < TRUST_COUNT(system_rules); i++) {
		TRUST_AUTO_FREE char *path = trust_place_expand(environment, system_rules[i]);
		if (trust_place_has_store(path))
			add(places, TRUST_PLACE_SYSTEM, trust_strdup("system"), trust_steal(&path),
			    "programs set up by the administrator")
			    ->exists = true;
	}
	for (size_t i = 0; i < TRUST_COUNT(builtin_rules); i++) {
		/* A library is code, so the tests' made-up root does not apply. */
		if (access(builtin_rules[i], R_OK) != 0)
			continue;
		struct trust_place *place = add(places, TRUST_PLACE_BUILTIN,
		    trust_strdup("builtin"), trust_strdup(builtin_rules[i]),
		    "every NSS program without a list of its own");
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
	for (size_t i = 0; i < places->count; i++)
		trust_place_done(&places->list[i]);
	trust_free(places->list);
	trust_free(places);
}

bool
trust_place_is_mozillas(const struct trust_place *place)
{
	return place->kind == TRUST_PLACE_FIREFOX || place->kind == TRUST_PLACE_THUNDERBIRD;
}

char *
trust_place_option(const struct trust_place *place)
{
	if (place->kind == TRUST_PLACE_USER)
		return trust_strdup("");
	/* A directory's name is its path as it is displayed. */
	bool by_path = place->kind == TRUST_PLACE_DIRECTORY || place->name == NULL;
	TRUST_AUTO_FREE char *word = trust_shell_word(by_path ? place->path : place->name);
	return trust_printf(" --store %s", word);
}

struct trust_places *
trust_place_for_directory(const char *directory)
{
	struct trust_places *places = trust_alloc(sizeof *places);
	TRUST_AUTO_FREE char *path = NULL;

	if (strncmp(directory, "sql:", 4) == 0)
		directory += 4;
	while (strncmp(directory, "./", 2) == 0 && directory[2] != '/')
		directory += 2;
	char *here = *directory == '/' ? NULL : getcwd(NULL, 0);
	/* From a directory that was deleted nothing is found, by a relative path as by others. */
	path = here              ? trust_printf("%s/%s", here, directory)
	    : *directory == '\0' ? trust_strdup(".")
				 : trust_strdup(directory);
	free(here);
	for (size_t length = strlen(path); length > 1 && path[length - 1] == '/'; length--)
		path[length - 1] = '\0';
	char *name = trust_text_display_string(path);
	char *library = last_library_of(path);
	add_and_look(
	    places, TRUST_PLACE_DIRECTORY, name, trust_steal(&path), "whoever opens this directory")
	    ->nss_libdir = library;
	return places;
}
