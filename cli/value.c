/* SPDX-License-Identifier: MPL-2.0 */
/* Words of the command line turned into values: one setter per kind of argument. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/internal.h"
#include "core/store.h"
#include "core/text.h"
#include "core/trust.h"

bool
cli_is_choice(const char *choices, const char *word)
{
	size_t size = strchr(word, ',') ? 0 : strlen(word);
	for (const char *at = choices; at != NULL && size > 0; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, word, size) == 0 && (at[size] == ',' || at[size] == '\0'))
			return true;
	}
	return false;
}

static bool
refuse(const struct cli_option *option, const char *value, const char *wanted,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(value);
	return trust_fail(
	    error, TRUST_USAGE, NULL, "--%s: '%s' is not %s", option->name, shown, wanted);
}

static bool
set_usages(
    const struct cli_option *option, const char *value, bool *usages, struct trust_error *error)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(value);
	bool parsed[TRUST_USAGES] = { false };
	char *rest = copy;
	for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
		enum trust_usage usage = TRUST_USAGES;
		bool all = strcmp(word, "all") == 0;
		if (!all && !trust_usage_parse(word, &usage)) {
			(void)refuse(option, word, "a usage", error);
			return trust_hint(
			    error, "usages: tls-server, tls-client, email, code-signing, all");
		}
		for (int i = 0; i < TRUST_USAGES; i++)
			parsed[i] = parsed[i] || all || (int)usage == i;
	}
	memcpy(usages, parsed, sizeof parsed);
	return true;
}

static bool
set_kinds(const struct cli_option *option, const char *value, const char **ret_text,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(value);
	char *rest = copy;
	for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
		enum trust_kind kind;
		if (trust_kind_parse(word, &kind))
			continue;
		(void)refuse(option, word, "a kind of item", error);
		return trust_hint(
		    error, "kinds: identity, root, intermediate, server, person, key, crl");
	}
	*ret_text = value;
	return true;
}

static bool
set_number(const struct cli_option *option, const char *value, int64_t *ret_number,
    struct trust_error *error)
{
	char *end = NULL;
	errno = 0;
	long long number = strtoll(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || number < 0)
		return refuse(option, value, "a number of 0 or more", error);
	*ret_number = number;
	return true;
}

static bool
set_time(const struct cli_option *option, const char *value, struct cli_time *ret_time,
    struct trust_error *error)
{
	struct trust_time time;
	if (!trust_time_parse(value, &time)) {
		(void)refuse(option, value, "a time", error);
		return trust_hint(error, "as 2026-11-24 or 2026-11-24T14:59:35Z");
	}
	*ret_time = (struct cli_time){ .given = true, .time = time };
	return true;
}

static void
add_text(struct cli_texts *texts, const char *value)
{
	texts->list = trust_grow_array(texts->list, texts->count + 1, sizeof(const char *));
	texts->list[texts->count++] = value;
}

bool
cli_set_value(
    const struct cli_option *option, const char *value, void *base, struct trust_error *error)
{
	void *field = (char *)base + option->offset;
	switch (option->argument) {
	case CLI_FLAG:
		*(bool *)field = true;
		return true;
	case CLI_USAGES:
		return set_usages(option, value, field, error);
	case CLI_KIND:
		return set_kinds(option, value, field, error);
	case CLI_TIME:
		return set_time(option, value, field, error);
	case CLI_NUMBER:
		return set_number(option, value, field, error);
	case CLI_LIST:
		add_text(field, value);
		return true;
	case CLI_CHOICE:
		if (!cli_is_choice(option->choices, value)) {
			(void)refuse(option, value, "one of its choices", error);
			return trust_hint(error, "choices: %s", option->choices);
		}
		break;
	case CLI_TEXT:
	case CLI_FILE:
	case CLI_STORE:
	case CLI_ITEM:
		break;
	}
	*(const char **)field = value;
	return true;
}
