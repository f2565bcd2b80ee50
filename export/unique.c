/* SPDX-License-Identifier: MPL-2.0 */
/* Names that are told apart in a tree of tsearch(): of equal ones the second becomes "NAME #2". */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>

#include "export/internal.h"

struct name {
	char *key;       /* owned; the name, or what is left of it where case does not count */
	char *text;      /* owned */
	unsigned number; /* of the next part that wants it */
};

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->key, ((const struct name *)b)->key);
}

static void
name_free(void *node)
{
	struct name *name = node;

	trust_free(name->key);
	trust_free(name->text);
	trust_free(name);
}

static char *
key_of(const struct export_unique *names, const char *text)
{
	size_t size = 0;
	uint8_t *folded = names->any_case
	    ? u8_casefold((const uint8_t *)text, strlen(text), NULL, NULL, NULL, &size)
	    : NULL;

	if (!folded) /* or it is no UTF-8 */
		return trust_strdup(text);
	char *key = trust_printf("%.*s", (int)size, (const char *)folded);
	free(folded);
	return key;
}

/* Takes text. The same name as before, unless it is a new one. */
static struct name *
ask_for(struct export_unique *names, char *text, bool *ret_is_new)
{
	struct name *name = trust_alloc(sizeof *name);

	*name = (struct name){ .key = key_of(names, text), .text = text, .number = 2 };
	struct name *found = *(struct name **)trust_must(tsearch(name, &names->tree, by_key));
	*ret_is_new = found == name;
	if (found != name)
		name_free(name);
	return found;
}

const char *
export_unique_name(struct export_unique *names, char *text)
{
	bool is_new = false;
	struct name *wanted = ask_for(names, text, &is_new);
	struct name *name = wanted;

	while (!is_new)
		name =
		    ask_for(names, trust_printf("%s #%u", wanted->text, wanted->number++), &is_new);
	return name->text;
}

void
export_unique_done(struct export_unique *names)
{
	tdestroy(names->tree, name_free);
	names->tree = NULL;
}
