/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STORE_CHECK_INTERNAL_H
#define TRUST_STORE_CHECK_INTERNAL_H

/* The parts of a check: store_check_files.c (modes, owners, journals, modules), store_check_db.c
 * (the databases by SQL), store_check.c (what the store holds, its keys, and the order of all). */

#include "core/preflight.h"
#include "core/store_check.h"

struct trust_check_work {
	const struct trust_place *place;
	struct trust_check *check;
	struct trust_preflight found;
	char *directory;    /* owned: where databases are read, the live one or a private copy */
	char *store_option; /* owned: " --store NAME" for remedies, "" for the user store */
	bool wal;
	bool odd;           /* something is no file: SQLite must not be let near */
	bool foreign_super; /* nor the sqlite3 of a remedy: it would remove a file */
	bool usable[2];     /* cert9.db, key4.db: its tables can be read */
};

/* Takes ownership of subject, sentence and remedy; all displayable. */
void trust_check_add(struct trust_check_work *work, enum trust_severity severity, const char *check,
    char *subject, char *sentence, char *remedy);
/* A file of the live store as one word of a command line. Owned by the caller. */
char *trust_check_file_word(const struct trust_check_work *work, const char *name) TRUST_MUST_CHECK;

/* Sets work->wal. Opens database files: before any SQLite connection to them. */
void trust_check_files(struct trust_check_work *work);
/* Integrity and schema of each database; sets work->usable. */
void trust_check_databases(struct trust_check_work *work);
/* Rows that refer to rows that are not there. */
void trust_check_leftover_rows(struct trust_check_work *work);

#endif
