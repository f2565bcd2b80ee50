/* SPDX-License-Identifier: MPL-2.0 */
/* What a server showed last; see diagnose_seen.h. */

#include "core/diagnose_seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/db_internal.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/store_files_internal.h"
#include "core/text.h"

void
trust_seen_free(struct trust_seen *seen)
{
	if (!seen)
		return;
	trust_free(seen->der);
	trust_free(seen);
}

char *
trust_seen_path(void)
{
	const char *state = getenv("XDG_STATE_HOME");

	/* The XDG specification: a path that is not absolute is to be ignored. */
	if (state && state[0] == '/')
		return trust_printf("%s/trustctl/seen.db", state);
	return trust_printf("%s/.local/state/trustctl/seen.db", trust_environment_current().home);
}

/* ---- looking ------------------------------------------------------------------------------- */

static void
bind_server(sqlite3_stmt *statement, const char *host, uint16_t port, const char *starttls)
{
	sqlite3_bind_text(statement, 1, host, -1, SQLITE_STATIC);
	sqlite3_bind_int(statement, 2, port);
	sqlite3_bind_text(statement, 3, starttls, -1, SQLITE_STATIC);
}

bool
trust_seen_look(const char *path, const char *host, uint16_t port, const char *starttls,
    struct trust_seen **ret_seen, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *select = NULL;

	*ret_seen = NULL;
	if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return true;
	if (!trust_db_open(path, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, error) ||
	    !trust_db_prepare(db, &select, error,
		"SELECT cert, first, last, trusted, vendor FROM seen "
		"WHERE host = ?1 AND port = ?2 AND starttls = ?3"))
		return false;
	bind_server(select, host, port, starttls);
	if (!trust_db_step(db, select, error))
		return error->code == TRUST_OK;
	struct trust_bytes der = trust_db_blob(select, 0);
	if (der.size == 0 || der.size > TRUST_MAX_CERT_BYTES)
		return trust_fail(error, TRUST_STORE_DAMAGED, NULL, "a row holds no certificate");
	struct trust_seen *seen = trust_alloc(sizeof *seen);
	seen->der = trust_memdup(der.data, der.size);
	seen->size = der.size;
	seen->first.seconds = sqlite3_column_int64(select, 1);
	seen->last.seconds = sqlite3_column_int64(select, 2);
	seen->trusted = sqlite3_column_int(select, 3) != 0;
	seen->vendor = sqlite3_column_int(select, 4) != 0;
	*ret_seen = seen;
	return true;
}

/* ---- keeping ------------------------------------------------------------------------------- */

/* Whoever owns what is there of the way could lead us elsewhere, and SQLite with a journal to any
 * file: root leaves nothing in the home of a user whose HOME it has. */
static bool
is_own_way(const char *path, struct trust_error *error)
{
	TRUST_AUTO_FREE char *there = trust_strdup(path);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	struct stat status = { .st_uid = geteuid() };
	uid_t owner = 0;

	/* Not the file, but the directory, or the first one above that is there. */
	for (char *slash; (slash = strrchr(there, '/'));) {
		*slash = '\0';
		if (stat(slash == there ? "/" : there, &status) == 0)
			break;
	}
	if ((status.st_uid == geteuid() || status.st_uid == 0) &&
	    !trust_has_foreign_link(path, &owner))
		return true;
	return trust_fail(error, TRUST_OUTPUT, shown,
	    "'%s' is in a directory of another user, or a link of theirs leads to it", shown);
}

/* mkdir -p of everything above the file, 0700. */
static bool
make_directories(const char *path, struct trust_error *error)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST) {
			int code = errno;
			TRUST_AUTO_FREE char *shown = trust_text_display_string(copy);
			return trust_fail_errno(
			    error, TRUST_OUTPUT, code, shown, "cannot create '%s'", shown);
		}
		*slash = '/';
	}
	return true;
}

/* SQLite would create it by the umask. */
static bool
make_file(const char *path, struct trust_error *error)
{
	TRUST_AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int code = errno;

	if (fd >= 0)
		return true;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	return trust_fail_errno(error, TRUST_OUTPUT, code, shown, "cannot create '%s'", shown);
}

bool
trust_seen_keep(const char *path, const char *host, uint16_t port, const char *starttls,
    const struct trust_seen *seen, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *insert = NULL;
	static const char schema[] =
	    "CREATE TABLE IF NOT EXISTS seen(host TEXT NOT NULL, port INTEGER NOT NULL, "
	    "starttls TEXT NOT NULL, cert BLOB NOT NULL, first INTEGER NOT NULL, "
	    "last INTEGER NOT NULL, trusted INTEGER NOT NULL, vendor INTEGER NOT NULL, "
	    "PRIMARY KEY(host, port, starttls))";

	if (!is_own_way(path, error) || !make_directories(path, error) || !make_file(path, error) ||
	    !trust_db_open(path, SQLITE_OPEN_READWRITE, TRUST_READ_WAIT_MS, &db, error) ||
	    !trust_db_exec(db, error, schema) ||
	    !trust_db_prepare(db, &insert, error,
		"INSERT INTO seen VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
		"ON CONFLICT(host, port, starttls) DO UPDATE SET "
		"first = CASE WHEN cert = excluded.cert THEN first ELSE excluded.first END, "
		"cert = excluded.cert, last = excluded.last, trusted = excluded.trusted, "
		"vendor = excluded.vendor"))
		return false;
	bind_server(insert, host, port, starttls);
	sqlite3_bind_blob(insert, 4, seen->der, (int)seen->size, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 5, seen->first.seconds);
	sqlite3_bind_int64(insert, 6, seen->last.seconds);
	sqlite3_bind_int(insert, 7, seen->trusted);
	sqlite3_bind_int(insert, 8, seen->vendor);
	return trust_db_run(db, insert, error);
}
