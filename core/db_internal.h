/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_DB_INTERNAL_H
#define TRUST_DB_INTERNAL_H

/*
 * SQLite with our errors. For the files of core that write; not a public header.
 *
 * POSIX locks belong to the process: closing any descriptor of a database file drops the locks
 * SQLite holds on it. So nothing here or above opens a live database file except through SQLite
 * while a connection to it is open.
 */

#include <sqlite3.h>

#include "core/base.h"
#include "core/error.h"

#define TRUST_AUTO_DB __attribute__((cleanup(trust_db_auto_close))) sqlite3
#define TRUST_AUTO_STATEMENT __attribute__((cleanup(trust_db_auto_finalize))) sqlite3_stmt
void trust_db_auto_close(sqlite3 **db);
void trust_db_auto_finalize(sqlite3_stmt **statement);

/* False: no database was opened by this process yet. */
bool trust_db_is_used(void);
/* The longest name of a file, in bytes, that SQLite opens. */
int trust_db_longest_path(void);
/* What is no regular file, or has something else beside it, is not opened.
 * flags: SQLITE_OPEN_READONLY, SQLITE_OPEN_READWRITE [| SQLITE_OPEN_CREATE] */
bool trust_db_open(const char *path, int flags, int wait_ms, sqlite3 **ret_db,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Fill the error from the connection's last failure. subject: the file or store. Returns false. */
bool trust_db_fail(sqlite3 *db, const char *subject, const char *what, struct trust_error *error);
/* One or several statements, formatted as by sqlite3_mprintf(). */
bool trust_db_exec(
    sqlite3 *db, struct trust_error *error, const char *format, ...) TRUST_MUST_CHECK;
bool trust_db_prepare(sqlite3 *db, sqlite3_stmt **ret_statement, struct trust_error *error,
    const char *format, ...) TRUST_MUST_CHECK;
/* True: a row is there. False with error->code TRUST_OK: no more rows. */
bool trust_db_step(
    sqlite3 *db, sqlite3_stmt *statement, struct trust_error *error) TRUST_MUST_CHECK;
/* Step a statement that gives no rows, then reset it for the next use. */
bool trust_db_run(sqlite3 *db, sqlite3_stmt *statement, struct trust_error *error) TRUST_MUST_CHECK;
/* The first column of the first row as a number; `fallback` when there is no row. */
bool trust_db_number(sqlite3 *db, int64_t fallback, int64_t *ret_number, struct trust_error *error,
    const char *format, ...) TRUST_MUST_CHECK;
/* While it is there, long statements of a connection tell how many pages they looked at: of these,
 * unlike of rows, nobody knows beforehand how many there will be. */
struct trust_db_teller {
	sqlite3 *db;
	const char *what; /* as trust_progress_tell() takes it */
	size_t before;
};
#define TRUST_AUTO_TELLER __attribute__((cleanup(trust_db_tell_no_more))) struct trust_db_teller
void trust_db_tell(struct trust_db_teller *teller);
void trust_db_tell_no_more(struct trust_db_teller *teller);
/* A blob column, borrowed from the statement. */
struct trust_bytes trust_db_blob(sqlite3_stmt *statement, int column);
/* The change counter in the header of the schema's file, read through SQLite's own descriptor. */
bool trust_db_change_counter(sqlite3 *db, const char *schema, uint32_t *ret_counter,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
