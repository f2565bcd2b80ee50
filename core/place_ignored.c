/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who passes over a store: by the policy CAPlatformIntegrationEnabled, Chromium and Chrome take no
 * trust from the user's. Read as Chromium reads policies (measured with Chromium 156): every file
 * of the folders of data/places.def whatever its name; of several files the last that sets it
 * counts, and a managed one before a recommended one; comments and trailing commas are no fault;
 * what is no JSON is skipped, and what is no truth value is as if it were unset.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "core/buffer.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/place_internal.h"
#include "core/text.h"

static const struct {
	const char *managed;
	const char *recommended;
	const char *program;
} rules[] = {
#define CHROMIUM_POLICIES(managed, recommended, program) { managed, recommended, program },
#include "data/places.def"
#undef CHROMIUM_POLICIES
};

/* ---- one file ------------------------------------------------------------------------------ */

static bool
read_file(const char *path, struct trust_buffer *ret_text)
{
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	uint8_t piece[16384];
	ssize_t got = 0;

	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	while (!ret_text->overflow && (got = read(fd, piece, sizeof piece)) > 0)
		trust_buffer_append(ret_text, piece, (size_t)got);
	return got == 0 && !ret_text->overflow && ret_text->size > 0;
}

/* The end of the string, comment or other character at `at`. */
static char *
end_of_token(char *at)
{
	char *end;

	if (*at == '"') {
		for (at++; *at && *at != '"'; at++)
			if (*at == '\\' && at[1])
				at++;
		return *at ? at + 1 : at;
	}
	if (at[0] == '/' && at[1] == '/')
		return at + strcspn(at, "\r\n");
	if (at[0] == '/' && at[1] == '*')
		return (end = strstr(at + 2, "*/")) ? end + 2 : at + strlen(at);
	return at + 1;
}

/* Blanks for comments and for commas before a closing bracket. */
static void
blank_extensions(char *text)
{
	char *comma = NULL; /* nothing but blanks came since */

	for (char *at = text, *end; *at; at = end) {
		end = end_of_token(at);
		if (*at == '/' && end > at + 1) {
			memset(at, ' ', (size_t)(end - at));
		} else if (*at == ',') {
			comma = at;
		} else if (!strchr(" \t\r\n", *at)) {
			if (comma && (*at == '}' || *at == ']'))
				*comma = ' ';
			comma = NULL;
		}
	}
}

/* False: it sets nothing. */
static bool
read_policy(const char *path, bool *ret_off)
{
	TRUST_AUTO_BUFFER text;

	trust_buffer_init(&text, TRUST_MAX_FILE_BYTES);
	if (!read_file(path, &text))
		return false;
	blank_extensions((char *)text.data);
	json_t *root = json_loads((const char *)text.data, 0, NULL);
	const json_t *value = json_object_get(root, "CAPlatformIntegrationEnabled");
	bool sets = value != NULL;
	*ret_off = json_is_false(value);
	json_decref(root);
	return sets;
}

/* ---- all files ----------------------------------------------------------------------------- */

static int
is_named(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The file of this folder that decides, owned by the caller; NULL: none sets it. */
static char *
deciding_file(const struct trust_environment *environment, const char *rule, bool *ret_off)
{
	TRUST_AUTO_FREE char *directory = trust_place_expand(environment, rule);
	struct dirent **names = NULL;
	int count = scandir(directory, &names, is_named, by_bytes);
	char *deciding = NULL;

	for (int i = count - 1; i >= 0; i--) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, names[i]->d_name);
		if (!deciding && read_policy(path, ret_off))
			deciding = trust_steal(&path);
		free(names[i]);
	}
	free(names);
	return deciding;
}

char *
trust_place_ignored_by(const struct trust_environment *environment, const struct trust_place *place)
{
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	if (place->kind != TRUST_PLACE_USER)
		return NULL;
	for (size_t i = 0; i < TRUST_COUNT(rules); i++) {
		bool off = false;
		TRUST_AUTO_FREE char *file = deciding_file(environment, rules[i].managed, &off);
		if (!file)
			file = deciding_file(environment, rules[i].recommended, &off);
		TRUST_AUTO_FREE char *shown = trust_text_display_string(file);
		if (off)
			trust_buffer_printf(&words, "%s%s (policy file '%s')",
			    words.size ? " and " : "", rules[i].program, shown);
	}
	return words.size ? trust_buffer_take(&words) : NULL;
}
