/* SPDX-License-Identifier: MPL-2.0 */
/* Mozilla's profiles.ini: sections, keys, values. A damaged line is skipped, a huge file refused. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/profiles_internal.h"

/* A profiles.ini with a hundred profiles has 10 KB. */
#define MAX_INI_BYTES 262144
#define MAX_PROFILES 512

static char *
read_text(const char *path)
{
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > MAX_INI_BYTES)
		return NULL;
	char *text = trust_alloc(MAX_INI_BYTES + 1);
	size_t used = 0;
	ssize_t got;
	while (used < MAX_INI_BYTES && (got = read(fd, text + used, MAX_INI_BYTES - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	return text;
}

struct ini {
	char *text; /* owned */
	char *at;
	char *section;
	char *key;
	char *value;
};

/* The next key of any section. */
static bool
ini_next(struct ini *ini)
{
	while (ini->at && *ini->at) {
		char *line = ini->at;
		size_t length = strcspn(line, "\n");
		ini->at = line[length] ? line + length + 1 : line + length;
		line[length] = '\0';
		line[strcspn(line, "\r")] = '\0';
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
	struct ini ini = { .text = read_text(path) };
	char *found = NULL;

	ini.at = ini.text;
	while (!found && ini_next(&ini))
		if (strcmp(ini.key, key) == 0)
			found = trust_strdup(ini.value);
	trust_free(ini.text);
	return found;
}

struct section {
	char *name;
	char *path;
	bool relative;
};

static char *
absolute(const char *directory, const char *path, bool relative)
{
	return relative || *path != '/' ? trust_printf("%s/%s", directory, path) : trust_strdup(path);
}

static void
add_profile(struct trust_profiles *profiles, const char *directory, struct section *section)
{
	if (section->path && *section->path && profiles->count < MAX_PROFILES) {
		profiles->list =
		    trust_grow_array(profiles->list, profiles->count + 1, sizeof *profiles->list);
		profiles->list[profiles->count++] = (struct trust_profile){
			.name = trust_strdup(section->name ? section->name : "default"),
			.path = absolute(directory, section->path, section->relative),
		};
	}
	*section = (struct section){ .relative = true };
}

static void
mark_used(struct trust_profiles *profiles, const char *directory, const char *used)
{
	TRUST_AUTO_FREE char *path = absolute(directory, used, *used != '/');

	for (size_t i = 0; i < profiles->count; i++) {
		if (strcmp(profiles->list[i].path, path) != 0)
			continue;
		struct trust_profile profile = profiles->list[i];
		profile.used = true;
		memmove(profiles->list + 1, profiles->list, i * sizeof *profiles->list);
		profiles->list[0] = profile;
		return;
	}
}

struct trust_profiles
trust_profiles_read(const char *directory)
{
	struct trust_profiles profiles = { 0 };
	TRUST_AUTO_FREE char *path = trust_printf("%s/profiles.ini", directory);
	struct ini ini = { .text = read_text(path) };
	struct section section = { .relative = true };
	const char *current = NULL;
	const char *used = NULL;

	ini.at = ini.text;
	while (ini_next(&ini)) {
		if (ini.section != current) {
			add_profile(&profiles, directory, &section);
			current = ini.section;
		}
		if (!current)
			continue;
		if (strncmp(current, "Install", 7) == 0) {
			if (!used && strcmp(ini.key, "Default") == 0 && *ini.value)
				used = ini.value;
		} else if (strncmp(current, "Profile", 7) == 0) {
			if (strcmp(ini.key, "Name") == 0)
				section.name = ini.value;
			else if (strcmp(ini.key, "Path") == 0)
				section.path = ini.value;
			else if (strcmp(ini.key, "IsRelative") == 0)
				section.relative = strcmp(ini.value, "0") != 0;
		}
	}
	add_profile(&profiles, directory, &section);
	if (used)
		mark_used(&profiles, directory, used);
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
