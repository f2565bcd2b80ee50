/* SPDX-License-Identifier: MPL-2.0 */
/* SQLite with our errors: one place that turns its result codes into ours. */

#include <errno.h>
#include <string.h>

#include "core/db_internal.h"
#include "core/limits.h"
#include "core/progress.h"
#include "core/store_files_internal.h"
#include "core/text.h"

void
trust_db_auto_close(sqlite3 **db)
{
	sqlite3_close(*db);
}

void
trust_db_auto_finalize(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

static enum trust_code
code_of_result(int result)
{
	switch (result & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return TRUST_STORE_LOCKED;
	case SQLITE_FULL:
		return TRUST_STORE_FULL;
	case SQLITE_READONLY:
		/* A read-only connection that would have to roll back a journal first. */
		if (result == SQLITE_READONLY_ROLLBACK || result == SQLITE_READONLY_RECOVERY)
			return TRUST_STORE_JOURNAL;
		return TRUST_STORE_PERMISSION;
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
	case SQLITE_AUTH:
		return TRUST_STORE_PERMISSION;
	case SQLITE_NOTADB:
		return TRUST_STORE_NOT_DATABASE;
	case SQLITE_NOMEM:
	case SQLITE_MISUSE:
		return TRUST_BUG;
	default:
		return TRUST_STORE_DAMAGED;
	}
}

bool
trust_db_fail(sqlite3 *db, const char *subject, const char *what, struct trust_error *error)
{
	int result = sqlite3_extended_errcode(db);
	int cause = (result & 0xff) == SQLITE_IOERR ? sqlite3_system_errno(db) : 0;
	TRUST_AUTO_FREE char *words = trust_text_display_string(sqlite3_errmsg(db));
	TRUST_AUTO_FREE char *shown = trust_text_display_string(subject);

	/* A limit or a quota that is reached harms nothing; SQLite knows full disks only. */
	if (shown && (cause == EFBIG || cause == EDQUOT)) {
		trust_fail_errno(error, TRUST_STORE_FULL, cause, shown, "%s '%s'", what, shown);
		return trust_hint(error, "%s, then try again; nothing was changed",
		    cause == EFBIG ? "raise the limit of the size of files (ulimit -f)"
				   : "free some space of your quota");
	}
	if (shown)
		trust_fail(error, code_of_result(result), shown, "%s '%s': %s", what, shown, words);
	else
		trust_fail(error, code_of_result(result), NULL, "%s: %s", what, words);
	switch (error->code) {
	case TRUST_STORE_LOCKED:
		trust_hint(error, "close the program that is writing, then try again");
		break;
	case TRUST_STORE_FULL:
		trust_hint(error,
		    "free some space on the file system, then try again; nothing was changed");
		break;
	case TRUST_STORE_NOT_DATABASE:
	case TRUST_STORE_DAMAGED:
		trust_hint(error, "to see what is damaged: trustctl store check");
		break;
	default:
		break;
	}
	return false;
}

static bool used;

bool
trust_db_is_used(void)
{
	return used;
}

/* There is one thread, nobody asks how much memory SQLite has, and a page is allocated when there
 * is something to be read into it: a small store is read before all the room for more is made. */
static void
start_sqlite(void)
{
	static bool started;

	if (started)
		return;
	started = true;
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

int
trust_db_longest_path(void)
{
	start_sqlite();
	/* SQLite starts here, and has none where memory is out. */
	sqlite3_vfs *files = trust_must(sqlite3_vfs_find(NULL));
	return files->mxPathname;
}

bool
trust_db_open(const char *path, int flags, int wait_ms, sqlite3 **ret_db, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;

	if (!trust_files_are_regular(path, error))
		return false;
	start_sqlite();
	used = true;
	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK) {
		if (!db)
			return trust_fail(error, TRUST_BUG, NULL, "out of memory");
		return trust_db_fail(db, path, "cannot open", error);
	}
	sqlite3_busy_timeout(db, wait_ms);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)TRUST_MAX_VALUE_BYTES);
	/* A database is data: no functions, views or triggers of a file somebody handed us may
	 * run. */
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	*ret_db = trust_steal(&db);
	return true;
}

bool
trust_db_exec(sqlite3 *db, struct trust_error *error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	if (!sql)
		return trust_fail(error, TRUST_BUG, NULL, "out of memory");
	int result = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_free(sql);
	if (result != SQLITE_OK)
		return trust_db_fail(db, sqlite3_db_filename(db, "main"), "cannot change", error);
	return true;
}

/* sql: sqlite3_vmprintf()'s, taken over; NULL: memory is out. */
static bool
prepare(sqlite3 *db, char *sql, sqlite3_stmt **ret_statement, struct trust_error *error)
{
	sqlite3_stmt *statement = NULL;

	if (!sql)
		return trust_fail(error, TRUST_BUG, NULL, "out of memory");
	int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	sqlite3_free(sql);
	if (result != SQLITE_OK)
		return trust_db_fail(db, sqlite3_db_filename(db, "main"), "cannot read", error);
	*ret_statement = statement;
	return true;
}

bool
trust_db_prepare(
    sqlite3 *db, sqlite3_stmt **ret_statement, struct trust_error *error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	return prepare(db, sql, ret_statement, error);
}

bool
trust_db_step(sqlite3 *db, sqlite3_stmt *statement, struct trust_error *error)
{
	int result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		return true;
	if (result != SQLITE_DONE)
		trust_db_fail(db, sqlite3_db_filename(db, "main"), "cannot read", error);
	return false;
}

bool
trust_db_run(sqlite3 *db, sqlite3_stmt *statement, struct trust_error *error)
{
	bool done = sqlite3_step(statement) == SQLITE_DONE;
	if (!done)
		trust_db_fail(db, sqlite3_db_filename(db, "main"), "cannot change", error);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return done;
}

bool
trust_db_number(sqlite3 *db, int64_t fallback, int64_t *ret_number, struct trust_error *error,
    const char *format, ...)
{
	TRUST_AUTO_STATEMENT *statement = NULL;
	va_list arguments;
	va_start(arguments, format);
	char *sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	if (!prepare(db, sql, &statement, error))
		return false;
	if (trust_db_step(db, statement, error)) {
		*ret_number = sqlite3_column_int64(statement, 0);
		return true;
	}
	if (error->code != TRUST_OK)
		return false;
	*ret_number = fallback;
	return true;
}

/* Steps of SQLite's machine: a few milliseconds. */
#define TELL_STEPS 100000

static size_t
pages_seen(sqlite3 *db)
{
	static const int kinds[] = { SQLITE_DBSTATUS_CACHE_HIT, SQLITE_DBSTATUS_CACHE_MISS };
	size_t seen = 0;

	for (size_t i = 0; i < TRUST_COUNT(kinds); i++) {
		int count = 0;
		int ignored = 0;
		if (sqlite3_db_status(db, kinds[i], &count, &ignored, 0) == SQLITE_OK)
			seen += (unsigned)count;
	}
	return seen;
}

static int
tell_pages(void *context)
{
	const struct trust_db_teller *teller = context;

	trust_progress_tell(teller->what, pages_seen(teller->db) - teller->before, 0);
	return 0;
}

void
trust_db_tell(struct trust_db_teller *teller)
{
	if (!trust_progress_is_wanted())
		return;
	teller->before = pages_seen(teller->db);
	tell_pages(teller);
	sqlite3_progress_handler(teller->db, TELL_STEPS, tell_pages, teller);
}

void
trust_db_tell_no_more(struct trust_db_teller *teller)
{
	sqlite3_progress_handler(teller->db, 0, NULL, NULL);
	trust_progress_end();
}

struct trust_bytes
trust_db_blob(sqlite3_stmt *statement, int column)
{
	struct trust_bytes bytes = { .data = sqlite3_column_blob(statement, column) };
	bytes.size = bytes.data ? (size_t)sqlite3_column_bytes(statement, column) : 0;
	return bytes;
}

bool
trust_db_change_counter(
    sqlite3 *db, const char *schema, uint32_t *ret_counter, struct trust_error *error)
{
	sqlite3_file *file = NULL;
	uint8_t bytes[4] = { 0 };

	if (sqlite3_file_control(db, schema, SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
	    !file || !file->pMethods)
		return trust_fail(
		    error, TRUST_BUG, NULL, "no file behind the database '%s'", schema);
	/* Offset 24: incremented by every write transaction (SQLite file format, section 1.3.7). */
	if (file->pMethods->xRead(file, bytes, sizeof bytes, 24) != SQLITE_OK)
		memset(bytes, 0, sizeof bytes);
	*ret_counter = trust_u32_at(bytes);
	return true;
}
