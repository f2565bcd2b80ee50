/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_IMPORT_NEXT_H
#define CLI_IMPORT_NEXT_H

/* What the parts of the end of an import share: lines that several stores or certificates have in
 * common are told once, and hints behind everything else. */

#include "cli/import_report.h"

struct cli_lines {
	char **list; /* owned, with the lines */
	size_t count;
};

struct cli_next {
	struct cli *cli;                 /* borrowed */
	const struct cli_import *import; /* borrowed */
	struct cli_lines told;
	struct cli_lines hints; /* not told yet */
	struct cli_lines roots; /* the same, of roots that are not trusted */
};

/* At once, unless it was said before. words: taken, displayable. */
void cli_next_note(struct cli_next *next, char *words);
void cli_next_warn(struct cli_next *next, char *words);
/* At the end. words: taken, displayable. */
void cli_next_hint(struct cli_next *next, char *words);

/* Who will use an identity that the store has now, or the one reason why nobody will. */
void cli_import_say_identity(struct cli_next *next, const struct trust_store *store,
    const struct trust_cert *cert, uint64_t *budget);

/* The CAs that a store had before an import, by name. */
struct cli_namesakes {
	struct cli_namesake *list; /* owned */
	size_t count;
};
struct cli_namesakes cli_namesakes_of(
    const struct trust_store *store, const struct cli_import_result *result) TRUST_MUST_CHECK;
void cli_namesakes_done(struct cli_namesakes *namesakes);
/* Of a CA that was added: one of the same name that was there before, and the commands that put
 * this one in its place. True: they make this one trusted. */
bool cli_import_say_namesake(struct cli_next *next, const struct trust_store *store,
    const struct cli_namesakes *namesakes, const struct trust_cert *cert);

#endif
