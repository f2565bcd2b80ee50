/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_STORE_FILES_H
#define TRUST_TESTS_STORE_FILES_H

/* A made-up machine with a store in it, what preflight says of it, and children that hold it. */

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "core/db_internal.h"
#include "core/preflight_internal.h"
#include "tests/unit/machine.h"

#define STORE "home/store"
#define CERT STORE "/cert9.db"
#define KEY STORE "/key4.db"

/* ---- making stores ------------------------------------------------------------------------- */

static inline void
run_sql(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static inline sqlite3 *
open_database(const char *name)
{
	TRUST_AUTO_FREE char *path = below(name);
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static inline void
make_database(const char *name, const char *sql)
{
	sqlite3 *db = open_database(name);

	run_sql(db, sql);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define CERT_SQL "CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, a0, a1)"
#define KEY_SQL                                                                                    \
	"CREATE TABLE nssPrivate (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, a0, a1);"               \
	"CREATE TABLE metaData (id PRIMARY KEY UNIQUE ON CONFLICT REPLACE, item1, item2)"

static inline int
make_store(void **state)
{
	if (make_machine(state) != 0)
		return -1;
	make(STORE);
	make_database(CERT, CERT_SQL);
	make_database(KEY, KEY_SQL);
	return 0;
}

static inline void
remove_file(const char *name)
{
	TRUST_AUTO_FREE char *path = below(name);
	assert_int_equal(unlink(path), 0);
}

/* The remedy with "%s" for the store's directory. */
static inline void
assert_hint(const struct trust_error *error, const char *format)
{
	TRUST_AUTO_FREE char *path = below(STORE);
	const char *slot = strstr(format, "%s");
	TRUST_AUTO_FREE char *hint = slot
	    ? trust_printf("%.*s%s%s", (int)(slot - format), format, path, slot + 2)
	    : trust_strdup(format);

	assert_non_null(error->hint);
	assert_string_equal(error->hint, hint);
}

static inline bool
look(const char *directory, enum trust_preflight_for purpose, int wait_ms,
    struct trust_preflight *found, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = below(directory);
	struct trust_place place = { .kind = TRUST_PLACE_DIRECTORY, .name = path, .path = path };

	return trust_preflight_within(&place, purpose, false, wait_ms, found, error);
}

static inline void
assert_refused(enum trust_preflight_for purpose, enum trust_code code, const char *hint)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_preflight found = { .password_is_newer = true };

	assert_false(look(STORE, purpose, 50, &found, &error));
	assert_string_equal(trust_code_name(error.code), trust_code_name(code));
	assert_non_null(error.message);
	assert_hint(&error, hint);
	assert_true(found.password_is_newer); /* as it was */
}

static inline struct trust_preflight
assert_usable(enum trust_preflight_for purpose)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_preflight found = { 0 };

	if (!look(STORE, purpose, 50, &found, &error))
		fail_msg("%s", error.message);
	assert_int_equal(error.code, TRUST_OK);
	return found;
}

/* ---- children ------------------------------------------------------------------------------ */

struct child {
	pid_t pid;
	int to;   /* closed: it may end */
	int from; /* a byte: it is ready */
};

/* A child that opens a database, runs SQL and then waits; name or sql may be NULL. */
static inline struct child
start_child(const char *name, const char *sql, void (*also)(void))
{
	int to[2];
	int from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sqlite3 *db = NULL;
		TRUST_AUTO_FREE char *path = name ? below(name) : NULL;
		char byte = 'x';
		close(to[1]);
		if ((path && sqlite3_open(path, &db) != SQLITE_OK) ||
		    (sql && sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK))
			_exit(1);
		if (also)
			also();
		if (write(from[1], &byte, 1) != 1 || read(to[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	struct child child = { .pid = pid, .to = to[1], .from = from[0] };
	char byte = 0;
	close(to[0]);
	close(from[1]);
	assert_int_equal(read(child.from, &byte, 1), 1);
	return child;
}

static inline void
end_child(struct child *child, int killer)
{
	if (killer)
		kill(child->pid, killer);
	close(child->to);
	close(child->from);
	assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, make_store, remove_machine)

#endif
