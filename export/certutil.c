/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A shell script that adds certificates with their trust to an NSS store by certutil, for machines
 * without this program. certutil shows a nickname with a colon as one of a token and then finds it
 * no more, so colons become underscores. NSS refuses a nickname that another subject has: the
 * second one becomes "NAME #2".
 */

#include <search.h>
#include <string.h>

#include "core/cert.h"
#include "core/progress.h"
#include "export/internal.h"

static const char head[] =
    "#!/bin/sh\n"
    "# Adds certificates with their trust to an NSS store: sh THIS-FILE [DIRECTORY]\n"
    "set -eu\n"
    "store=${1:-$HOME/.pki/nssdb}\n"
    "[ -f \"$store/cert9.db\" ] || { echo \"there is no store in '$store'\" >&2; exit 1; }\n"
    "add() { certutil -A -d \"sql:$store\" -n \"$1\" -t \"$2\" -a; }\n";

/* A name in use, in a tree of tsearch(). */
struct name {
	char *text;      /* owned */
	unsigned number; /* of the next part that wants it */
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static void
name_free(void *node)
{
	struct name *name = node;

	trust_free(name->text);
	trust_free(name);
}

/* Takes text. The same name as before, unless it is a new one. */
static struct name *
ask_for(void **names, char *text, bool *ret_is_new)
{
	struct name *name = trust_alloc(sizeof *name);

	*name = (struct name){ .text = text, .number = 2 };
	struct name *found = *(struct name **)trust_must(tsearch(name, names, by_text));
	*ret_is_new = found == name;
	if (found != name)
		name_free(name);
	return found;
}

/* The part's name without colons, with a number if it is in use. Borrowed from names. */
static const char *
find_name(void **names, const struct export_part *part)
{
	bool is_new = false;
	char *text = export_part_words(part);

	for (char *c = text; *c; c++)
		if (*c == ':')
			*c = '_';
	struct name *wanted = ask_for(names, text, &is_new);
	struct name *name = wanted;
	while (!is_new)
		name =
		    ask_for(names, trust_printf("%s #%u", wanted->text, wanted->number++), &is_new);
	return name->text;
}

bool
export_certutil(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	void *names = NULL;

	(void)error;
	trust_buffer_append_text(ret_bytes, head);
	for (size_t i = 0; i < request->count; i++) {
		trust_progress_tell("certificates encoded", i, request->count);
		const struct export_part *part = &request->parts[i];
		const char *name = find_name(&names, part);
		TRUST_AUTO_FREE char *letters = trust_states_letters(part->states);
		trust_buffer_append_text(ret_bytes, "\nadd ");
		export_put_shell(ret_bytes, name);
		trust_buffer_append(ret_bytes, " ", 1);
		export_put_shell(ret_bytes, letters);
		trust_buffer_append_text(ret_bytes, " <<'END'\n");
		export_put_block(ret_bytes, "CERTIFICATE", part->cert->der);
		trust_buffer_append_text(ret_bytes, "END\n");
	}
	tdestroy(names, name_free);
	return true;
}
