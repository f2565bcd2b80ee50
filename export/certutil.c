/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A shell script that adds certificates with their trust to an NSS store by certutil, for machines
 * without this program. certutil shows a nickname with a colon as one of a token and then finds it
 * no more, so colons become underscores. NSS refuses a nickname that another subject has: the
 * second one becomes "NAME #2".
 */

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

/* The part's name without colons, with a number if it is in use. Borrowed from names. */
static const char *
find_name(struct export_unique *names, const struct export_part *part)
{
	char *text = export_part_words(part);

	for (char *c = text; *c; c++)
		if (*c == ':')
			*c = '_';
	return export_unique_name(names, text);
}

bool
export_certutil(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	EXPORT_AUTO_UNIQUE names = { 0 };

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
	return true;
}
