/* SPDX-License-Identifier: MPL-2.0 */
/* Mozilla's profiles.ini: sections, keys, values. A damaged line is skipped, a huge file
 * refused. */

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/profiles_internal.h"

/* A profiles.ini with a hundred profiles has 10 KB. */
#define MAX_INI_BYTES (4 * 1024 * 1024)
/* Longer than any path; what exceeds it is no value of ours. */
#define MAX_LINE_BYTES 8192
#define MAX_PROFILES 512
#define MAX_INSTALLS 64

struct ini {
	char *text; /* owned */
	char *at;
	char *end;
	char *section;
	char *key;
	char *value;
};

static void
ini_open(struct ini *ini, const char *path)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	TRUST_AUTO_BUFFER text;

	*ini = (struct ini){ 0 };
	trust_buffer_init(&text, MAX_INI_BYTES);
	if (trust_buffer_append_file(&text, fd) != 0)
		return;
	size_t used = text.size;
	ini->text = trust_buffer_take(&text);
	ini->at = ini->text + (strncmp(ini->text, byte_order_mark, 3) == 0 ? 3 : 0);
	ini->end = ini->text + used;
}

/* The next line without its end, NULL behind the last. Empty for a damaged one: a NUL in it, or
 * more than any value needs. */
static char *
ini_line(struct ini *ini)
{
	if (ini->at >= ini->end)
		return NULL;
	char *line = ini->at;
	size_t left = (size_t)(ini->end - line);
	char *newline = memchr(line, '\n', left);
	size_t length = newline ? (size_t)(newline - line) : left;

	ini->at = newline ? newline + 1 : ini->end;
	line[length] = '\0';
	if (strlen(line) != length || length > MAX_LINE_BYTES)
		return line + length;
	line[strcspn(line, "\r")] = '\0';
	return line + strspn(line, " \t");
}

/* The next key of any section. */
static bool
ini_next(struct ini *ini)
{
	for (char *line; (line = ini_line(ini));) {
		if (*line == '[') {
			ini->section = line + 1;
			ini->section[strcspn(ini->section, "]")] = '\0';
			continue;
		}
		char *equals = strchr(line, '=');
		if (!equals || *line == ';' || *line == '#')
			continue;
		*equals = '\0';
		ini->key = line;
		ini->value = equals + 1;
		return true;
	}
	return false;
}

char *
trust_ini_value(const char *path, const char *key)
{
	struct ini ini;
	char *found = NULL;

	ini_open(&ini, path);
	while (!found && ini_next(&ini))
		if (strcmp(ini.key, key) == 0)
			found = trust_strdup(ini.value);
	trust_free(ini.text);
	return found;
}

/*
 * Where a profile is, read as Mozilla reads it: a relative path may climb with leading "../" only,
 * and what is not relative must begin with a slash. NULL for what Mozilla refuses too.
 */
static char *
profile_path(const char *directory, const char *path, bool relative)
{
	if (strlen(path) + strlen(directory) >= PATH_MAX)
		return NULL;
	if (!relative)
		return *path == '/' ? trust_strdup(path) : NULL;
	TRUST_AUTO_FREE char *base = trust_strdup(directory);
	while (strncmp(path, "../", 3) == 0) {
		char *slash = strrchr(base, '/');
		if (slash)
			*slash = '\0';
		path += 3;
	}
	path += strspn(path, "/");
	if (!*path)
		return NULL;
	for (const char *part = path; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
			return NULL;
	}
	return trust_printf("%s/%s", base, path);
}

/* What one pass over the file gathers. The texts are the file's. */
struct reading {
	struct trust_profiles *profiles;
	const char *directory;
	struct {
		char *name;
		char *path;
		bool relative;
		bool standard; /* Default=1: what was opened before there were [Install...] sections
				*/
	} section;
	const char *standard;
	bool standard_relative;
	const char *installs[MAX_INSTALLS];
	size_t install_count;
};

static bool
has_path(const struct trust_profiles *profiles, const char *path)
{
	for (size_t i = 0; i < profiles->count; i++)
		if (strcmp(profiles->list[i].path, path) == 0)
			return true;
	return false;
}

static void
end_section(struct reading *reading)
{
	struct trust_profiles *profiles = reading->profiles;
	TRUST_AUTO_FREE char *path = reading->section.path
	    ? profile_path(reading->directory, reading->section.path, reading->section.relative)
	    : NULL;
	const char *name = reading->section.name;

	if (path && profiles->count < MAX_PROFILES && !has_path(profiles, path)) {
		if (reading->section.standard && !reading->standard) {
			reading->standard = reading->section.path;
			reading->standard_relative = reading->section.relative;
		}
		profiles->list =
		    trust_grow_array(profiles->list, profiles->count + 1, sizeof *profiles->list);
		profiles->list[profiles->count++] = (struct trust_profile){
			.name = trust_strdup(name && *name ? name : "unnamed"),
			.path = trust_steal(&path),
		};
	}
	memset(&reading->section, 0, sizeof reading->section);
	reading->section.relative = true;
}

static void
take_key(struct reading *reading, const struct ini *ini)
{
	if (strncmp(ini->section, "Install", 7) == 0) {
		if (strcmp(ini->key, "Default") == 0 && *ini->value &&
		    reading->install_count < MAX_INSTALLS)
			reading->installs[reading->install_count++] = ini->value;
	} else if (strncmp(ini->section, "Profile", 7) == 0) {
		if (strcmp(ini->key, "Name") == 0)
			reading->section.name = ini->value;
		else if (strcmp(ini->key, "Path") == 0)
			reading->section.path = ini->value;
		else if (strcmp(ini->key, "IsRelative") == 0)
			reading->section.relative = strcmp(ini->value, "0") != 0;
		else if (strcmp(ini->key, "Default") == 0)
			reading->section.standard = strcmp(ini->value, "1") == 0;
	}
}

/* Put the profile with this path first. False when there is none: the section is stale. */
static bool
mark_used(struct trust_profiles *profiles, const char *directory, const char *used, bool relative)
{
	TRUST_AUTO_FREE char *path = profile_path(directory, used, relative);

	for (size_t i = 0; path && i < profiles->count; i++) {
		if (strcmp(profiles->list[i].path, path) != 0)
			continue;
		struct trust_profile profile = profiles->list[i];
		profile.used = true;
		memmove(profiles->list + 1, profiles->list, i * sizeof *profiles->list);
		profiles->list[0] = profile;
		return true;
	}
	return false;
}

struct trust_profiles
trust_profiles_read(const char *directory)
{
	struct trust_profiles profiles = { 0 };
	TRUST_AUTO_FREE char *path = trust_printf("%s/profiles.ini", directory);
	struct reading reading = {
		.profiles = &profiles,
		.directory = directory,
		.section.relative = true,
	};
	struct ini ini;
	const char *current = NULL;

	ini_open(&ini, path);
	while (ini_next(&ini)) {
		if (ini.section != current) {
			end_section(&reading);
			current = ini.section;
		}
		if (current)
			take_key(&reading, &ini);
	}
	end_section(&reading);
	bool marked = false;
	for (size_t i = 0; i < reading.install_count && !marked; i++)
		marked = mark_used(
		    &profiles, directory, reading.installs[i], *reading.installs[i] != '/');
	/* With [Install...] sections, Default=1 stands on a profile that nothing opens any more. */
	if (reading.install_count == 0 && reading.standard)
		mark_used(&profiles, directory, reading.standard, reading.standard_relative);
	trust_free(ini.text);
	return profiles;
}

void
trust_profiles_done(struct trust_profiles *profiles)
{
	for (size_t i = 0; i < profiles->count; i++) {
		trust_free(profiles->list[i].name);
		trust_free(profiles->list[i].path);
	}
	trust_free(profiles->list);
	*profiles = (struct trust_profiles){ 0 };
}
