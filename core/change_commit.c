/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The transaction: live cert9.db as main database, key4.db and trustctl.db attached, all in DELETE
 * journal mode with full synchronisation, so that SQLite's super-journal makes the three files one.
 * (A main database in memory would make no super-journal, and one in WAL mode would silently drop
 * out of it: both are asserted against.)
 */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/store_files_internal.h"
#include "core/text.h"

struct commit {
	struct trust_change *change;
	sqlite3 *db;
	char *cert; /* paths, owned */
	char *key;
	char *history;
	bool made_history; /* trustctl.db was made by this commit, and goes if it fails */
};

/* trustctl.db belongs to whom the store belongs to, also when root works on a user's store, and
 * opens to whom both of the store's files do: it keeps deleted keys. */
static bool
make_history_file(struct commit *commit, struct trust_error *error)
{
	struct stat status;
	struct stat key;

	if (lstat(commit->history, &status) == 0) {
		if (S_ISREG(status.st_mode))
			return true;
		return trust_fail(error, TRUST_STORE_NOT_DATABASE, "trustctl.db",
		    "the store's trustctl.db is not a regular file");
	}
	if (stat(commit->cert, &status) != 0 || stat(commit->key, &key) != 0)
		return trust_fail_file(error, TRUST_STORE_MISSING, "look at", commit->cert);
	TRUST_AUTO_FD int fd =
	    open(commit->history, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return trust_fail_file(error,
		    errno == ENOSPC ? TRUST_STORE_FULL : TRUST_STORE_PERMISSION, "make",
		    commit->history);
	mode_t mode = (status.st_mode & key.st_mode & 0666) | 0600;
	const char *failed = NULL;
	if ((status.st_uid != geteuid() || status.st_gid != getegid()) &&
	    fchown(fd, status.st_uid, status.st_gid) != 0) {
		/* Who owns the store may be none of its group: then it is the owner's alone. */
		mode = 0600;
		failed = status.st_uid != geteuid() ? "change the owner of" : NULL;
	}
	if (!failed && fchmod(fd, mode) != 0)
		failed = "set the mode of";
	if (failed) {
		trust_fail_file(error, TRUST_STORE_PERMISSION, failed, commit->history);
		unlink(commit->history);
		return false;
	}
	commit->made_history = true;
	return true;
}

static bool
assert_journal(
    struct commit *commit, const char *schema, const char *path, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *mode = NULL;

	if (!trust_db_exec(commit->db, error, "PRAGMA %s.synchronous=FULL", schema) ||
	    !trust_db_prepare(commit->db, &mode, error, "PRAGMA %s.journal_mode", schema))
		return false;
	if (!trust_db_step(commit->db, mode, error))
		return error->code != TRUST_OK
		    ? false
		    : trust_fail(error, TRUST_BUG, NULL, "no journal mode");
	const char *word = (const char *)sqlite3_column_text(mode, 0);
	if (strcmp(word, "delete") == 0)
		return true;
	TRUST_AUTO_FREE char *file = trust_shell_word(path);
	const char *name = commit->change->place.name;
	trust_fail(error, TRUST_STORE_WAL, name,
	    "store '%s' is in journal mode '%s', in which several files cannot be changed as one",
	    name, word);
	return trust_hint(error,
	    "close all programs that use it, then: sqlite3 %s 'PRAGMA "
	    "journal_mode=delete'",
	    file);
}

static bool
open_live(struct commit *commit, struct trust_error *error)
{
	if (!trust_journals_are_own(commit->change->canonical, error) ||
	    !make_history_file(commit, error) ||
	    !trust_db_open(
		commit->cert, SQLITE_OPEN_READWRITE, TRUST_LOCK_WAIT_MS, &commit->db, error))
		return false;
	/* Keys that left a table must not linger in free pages, here or in the history. What is
	 * written waits in memory for the commit: readers are shut out, and disks asked to sync,
	 * only there. */
	return trust_db_exec(commit->db, error,
		   "ATTACH %Q AS key; ATTACH %Q AS history; "
		   "PRAGMA cache_spill=OFF; "
		   "PRAGMA main.secure_delete=ON; PRAGMA key.secure_delete=ON; "
		   "PRAGMA history.secure_delete=ON",
		   commit->key, commit->history) &&
	    assert_journal(commit, "main", commit->cert, error) &&
	    assert_journal(commit, "key", commit->key, error) &&
	    assert_journal(commit, "history", commit->history, error);
}

static bool
lock(struct commit *commit, struct trust_error *error)
{
	if (trust_db_exec(commit->db, error, "BEGIN IMMEDIATE"))
		return true;
	if (error->code != TRUST_STORE_LOCKED)
		return false;
	/* Our connection goes first: asking for the holder opens the file, and closing that
	 * descriptor would drop our locks. We hold none here. */
	trust_db_auto_close(&commit->db);
	commit->db = NULL;
	TRUST_AUTO_FREE char *by_cert = trust_lock_holder(commit->cert);
	TRUST_AUTO_FREE char *by_key = trust_lock_holder(commit->key);
	const char *holder = by_cert ? by_cert : by_key ? by_key : "another program";
	const char *name = commit->change->place.name;
	trust_fail(error, TRUST_STORE_LOCKED, name, "store '%s' is locked by %s", name, holder);
	return trust_hint(
	    error, "wait for it to finish or close it, then try again; nothing was changed");
}

/* Was the file taken away or replaced since this connection opened it? Then a commit would go
 * nowhere. */
static bool
is_detached(struct commit *commit)
{
	static const char *const schemas[] = { "main", "key", "history" };

	for (size_t i = 0; i < TRUST_COUNT(schemas); i++) {
		int moved = 0;
		if (sqlite3_file_control(commit->db, schemas[i], SQLITE_FCNTL_HAS_MOVED, &moved) !=
			SQLITE_OK ||
		    moved)
			return true;
	}
	return false;
}

/* Is it still what was copied? Every write transaction moves the counter, whoever makes it; files
 * put in place of the copied ones have another stamp. */
static bool
has_moved(struct commit *commit, bool *ret_moved, struct trust_error *error)
{
	uint32_t cert = 0;
	uint32_t key = 0;
	struct trust_stamp cert_stamp;
	struct trust_stamp key_stamp;
	const struct trust_stage *stage = commit->change->stage;

	if (!trust_db_change_counter(commit->db, "main", &cert, error) ||
	    !trust_db_change_counter(commit->db, "key", &key, error))
		return false;
	*ret_moved = cert != stage->cert_counter || key != stage->key_counter ||
	    !trust_stamp_read(commit->cert, &cert_stamp) ||
	    !trust_stamp_equal(&cert_stamp, &stage->cert_stamp) ||
	    !trust_stamp_read(commit->key, &key_stamp) ||
	    !trust_stamp_equal(&key_stamp, &stage->key_stamp) || is_detached(commit);
	return true;
}

/* ---- housekeeping under the lock ---------------------------------------------------------- */

static bool
journal_exists(const char *path)
{
	TRUST_AUTO_FREE char *journal = trust_printf("%s-journal", path);
	return access(journal, F_OK) == 0;
}

/* Super-journals of killed writers: with the lock held and no journal left, nobody needs them. */
static void
remove_orphaned_super_journals(struct commit *commit)
{
	/* A history made just now has a journal of ours, in its first transaction. */
	if (journal_exists(commit->cert) || journal_exists(commit->key) ||
	    (!commit->made_history && journal_exists(commit->history)))
		return;
	TRUST_AUTO_BUFFER pattern;
	trust_buffer_init(&pattern, TRUST_MAX_FILE_BYTES);
	for (const char *c = commit->cert; *c; c++)
		trust_buffer_printf(&pattern, strchr("*?[]\\", *c) ? "\\%c" : "%c", *c);
	/* SQLite's own names only: somebody's copy may be called nearly so. */
	trust_buffer_append_text(&pattern, "-mj");
	for (int digit = 0; digit < 9; digit++)
		trust_buffer_append_text(&pattern, digit == 6 ? "9" : "[0-9A-F]");
	glob_t found;
	if (glob((char *)pattern.data, GLOB_NOSORT, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

/* ---- the transaction ---------------------------------------------------------------------- */

static bool
within(struct commit *commit, int64_t *ret_entry, bool *ret_moved, struct trust_error *error)
{
	struct trust_change *change = commit->change;

	remove_orphaned_super_journals(commit);
	if (!has_moved(commit, ret_moved, error))
		return false;
	if (*ret_moved)
		return trust_db_exec(commit->db, error, "ROLLBACK");
	int64_t entry = 0;
	if (!trust_rows_apply(commit->db, "main", "key", &change->rows, error) ||
	    !trust_history_write(change, commit->db, &entry, error) ||
	    !trust_db_exec(commit->db, error, "COMMIT"))
		return false;
	*ret_entry = entry;
	return true;
}

static bool
run(struct commit *commit, int64_t *ret_entry, bool *ret_moved, struct trust_error *error)
{
	if (!open_live(commit, error) || !lock(commit, error))
		return false;
	if (within(commit, ret_entry, ret_moved, error))
		return true;
	/* The error is set; a failing rollback is one that SQLite has done by itself. */
	sqlite3_exec(commit->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

/* An empty trustctl.db of a failed first change goes again; under the lock, lest another process of
 * ours has just begun to write to it. (Those that wait for the lock see that it is gone.) */
static void
discard_history(struct commit *commit)
{
	struct stat status;

	/* The main file's lock alone: BEGIN IMMEDIATE would write to the empty file, and the disk
	 * may be full. */
	if (!commit->made_history || !commit->db ||
	    sqlite3_exec(commit->db, "BEGIN; DELETE FROM main.nssPublic WHERE 0", NULL, NULL,
		NULL) != SQLITE_OK)
		return;
	if (!is_detached(commit) && stat(commit->history, &status) == 0 && status.st_size == 0)
		unlink(commit->history);
	sqlite3_exec(commit->db, "ROLLBACK", NULL, NULL, NULL);
}

bool
trust_commit_apply(
    struct trust_change *change, int64_t *ret_entry, bool *ret_moved, struct trust_error *error)
{
	struct commit commit = {
		.change = change,
		.cert = trust_printf("%s/cert9.db", change->canonical),
		.key = trust_printf("%s/key4.db", change->canonical),
		.history = trust_history_path(change->canonical),
	};

	bool done = run(&commit, ret_entry, ret_moved, error);
	if (!done || *ret_moved)
		discard_history(&commit);
	trust_db_auto_close(&commit.db);
	trust_free(commit.cert);
	trust_free(commit.key);
	trust_free(commit.history);
	return done;
}
