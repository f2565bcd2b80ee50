/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_IMPORT_REPORT_H
#define CLI_IMPORT_REPORT_H

/*
 * How `trustctl import` reads files, and what it says: what the files hold, what becomes of each
 * block in each store, and what to do next.
 */

#include "cli/import_plan.h"

/* A file, standard input or another store. ret_survey: what is known of it unopened, where that
 * much is, also on failure; said where a password protects it. NULL: not asked. */
bool cli_read_import(struct cli *cli, const char *path, struct import_file **ret_survey,
    struct import_file **ret_file, struct trust_error *error) TRUST_MUST_CHECK;

/* What was decided for one store. */
struct cli_import_result {
	const struct trust_place *place; /* borrowed */
	struct cli_import_blocks blocks; /* owned */
};

struct cli_import_failure {
	char *file;    /* owned, displayable */
	char *message; /* owned */
};

struct cli_import {
	struct import_file **files; /* owned; those that decoded */
	const char **paths;         /* owned array; of each file, as it was named; NULL: a server */
	size_t file_count;
	struct cli_import_failure *failures; /* owned; those that did not */
	size_t failure_count;
	struct cli_import_result *results; /* owned; one per store */
	size_t result_count;
};
void cli_import_done(struct cli_import *import);

void cli_import_add_failure(struct cli_import *import, const char *path, const char *message);
/* Take the blocks decided for a store, for the report at the end. */
void cli_import_keep(
    struct cli_import *import, const struct trust_place *place, struct cli_import_blocks *blocks);
/* Blocks refused in the store that refused most, and files that could not be decoded. */
size_t cli_import_refused(const struct cli_import *import);
/* A warning when blocks were refused: among many lines they are easily missed. */
void cli_import_say_refused(struct cli *cli, const struct cli_import *import);

/* For people, before the change: each file, its protection and notes, and what becomes of each
 * block; of a store behind the first one only what is otherwise there. */
void cli_import_show(struct cli *cli, const struct cli_import *import,
    const struct trust_place *place, const struct cli_import_blocks *blocks);
/* The same as fields of a JSON document: "files". */
void cli_import_json(struct cli *cli, struct cli_doc *doc, const struct cli_import *import);
/* After the change: how to trust a root, which programs will offer an identity, or why not. */
void cli_import_next_steps(struct cli *cli, const struct cli_import *import);

#endif
