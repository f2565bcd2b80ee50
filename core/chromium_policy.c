/* SPDX-License-Identifier: MPL-2.0 */
/* Policies of Chromium; see chromium_policy.h. */

#include "core/chromium_policy.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/place_internal.h"

/* ---- files --------------------------------------------------------------------------------- */

static int
is_named(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int
last_first(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

bool
trust_chromium_policy_files(const struct trust_environment *environment, const char *rule,
    bool (*decides)(void *context, const char *path), void *context)
{
	TRUST_AUTO_FREE char *directory = trust_place_expand(environment, rule);
	struct dirent **names = NULL;
	int count = scandir(directory, &names, is_named, last_first);
	bool decided = false;

	for (int i = 0; i < count; i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, names[i]->d_name);
		decided = decided || decides(context, path);
		free(names[i]);
	}
	free(names);
	return decided;
}

/* ---- text ---------------------------------------------------------------------------------- */

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool
is_comment(struct trust_bytes text)
{
	return text.size >= 2 && text.data[0] == '/' &&
	    (text.data[1] == '/' || text.data[1] == '*');
}

/* The size of the string, comment or other character that the text begins with. */
static size_t
token_size(struct trust_bytes text)
{
	size_t at = 2;

	if (text.data[0] == '"') {
		for (at = 1; at < text.size && text.data[at] != '"'; at++)
			at += text.data[at] == '\\' && at + 1 < text.size;
		return at < text.size ? at + 1 : at;
	}
	if (!is_comment(text))
		return 1;
	if (text.data[1] == '/') {
		while (at < text.size && text.data[at] != '\r' && text.data[at] != '\n')
			at++;
		return at;
	}
	const uint8_t *end = memmem(text.data + at, text.size - at, "*/", 2);
	return end ? (size_t)(end - text.data) + 2 : text.size;
}

/* Line ends stay, and so do the places of what is damaged. */
static void
blank(uint8_t *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] != '\r' && text[i] != '\n')
			text[i] = ' ';
}

/* What JSON has not (RFC 8259) becomes blanks: comments, and commas before a closing bracket. */
static void
make_strict(uint8_t *text, size_t size)
{
	uint8_t *comma = NULL; /* nothing but blanks came since */
	size_t token;

	for (size_t at = 0; at < size; at += token) {
		const struct trust_bytes rest = { text + at, size - at };
		token = token_size(rest);
		if (is_comment(rest)) {
			blank(text + at, token);
		} else if (text[at] == ',') {
			comma = text + at;
		} else if (!is_blank(text[at])) {
			if (comma && (text[at] == '}' || text[at] == ']'))
				*comma = ' ';
			comma = NULL;
		}
	}
}

static struct trust_bytes
behind(struct trust_bytes text, size_t size)
{
	return (struct trust_bytes){ text.data + size, text.size - size };
}

static struct trust_bytes
behind_mark(struct trust_bytes text)
{
	bool marked = text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
	return marked ? behind(text, 3) : text;
}

struct trust_bytes
trust_chromium_policy_begin(struct trust_bytes text)
{
	text = behind_mark(text);
	while (text.size > 0 && (is_blank(text.data[0]) || is_comment(text)))
		text = behind(text, token_size(text));
	return text;
}

json_t *
trust_chromium_policy_parse(struct trust_bytes text, size_t flags, json_error_t *ret_error)
{
	text = behind_mark(text);
	TRUST_AUTO_FREE char *strict = trust_memdup(text.data, text.size);

	make_strict((uint8_t *)strict, text.size);
	return json_loadb(strict, text.size, flags, ret_error);
}
