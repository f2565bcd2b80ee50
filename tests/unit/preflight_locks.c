/* SPDX-License-Identifier: MPL-2.0 */
/* Locks, journals and open files of a store, as children hold and leave them. */

#include <sys/time.h>

#include "tests/unit/store_files.h"

/* ---- locks --------------------------------------------------------------------------------- */

static void
a_lock_names_its_holder(void **state)
{
	static const struct {
		const char *name;
		const char *sql;
		bool readers_too;
	} rows[] = {
		{ CERT, "BEGIN EXCLUSIVE", true },
		{ KEY, "BEGIN EXCLUSIVE", true },
		{ CERT, "BEGIN IMMEDIATE", false },
		{ KEY, "BEGIN IMMEDIATE", false },
		{ CERT, "BEGIN; SELECT * FROM nssPublic", false },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *path = below(rows[i].name);
		struct child child = start_child(rows[i].name, rows[i].sql, NULL);
		TRUST_AUTO_FREE char *name = trust_program_name(child.pid);
		TRUST_AUTO_FREE char *holder = trust_lock_holder(path);
		TRUST_AUTO_FREE char *expected =
		    trust_printf("%s (pid %ld)", name, (long)child.pid);
		TRUST_AUTO_FREE char *hint =
		    trust_printf("wait for %s to finish or close it, then try again", expected);
		assert_non_null(holder);
		assert_string_equal(holder, expected);
		assert_refused(TRUST_FOR_WRITING, TRUST_STORE_LOCKED, hint);
		if (rows[i].readers_too)
			assert_refused(TRUST_FOR_READING, TRUST_STORE_LOCKED, hint);
		else
			assert_usable(TRUST_FOR_READING);
		end_child(&child, 0);
		assert_null(trust_lock_holder(path));
		assert_usable(TRUST_FOR_WRITING);
	}
	TRUST_AUTO_FREE char *nowhere = below("nowhere");
	assert_null(trust_lock_holder(nowhere));
}

static void
hold_for_a_moment(void)
{
	/* The alarm ends the child, and with it the lock. */
	struct itimerval moment = { .it_value.tv_usec = 200000 };
	setitimer(ITIMER_REAL, &moment, NULL);
}

static void
a_lock_of_a_moment_is_waited_for(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_preflight found;

	(void)state;
	struct child child = start_child(CERT, "BEGIN EXCLUSIVE", hold_for_a_moment);
	assert_true(look(STORE, TRUST_FOR_WRITING, 5000, &found, &error));
	end_child(&child, 0);
}

static bool
child_gets_the_lock(void)
{
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		TRUST_AUTO_FREE char *path = below(CERT);
		sqlite3 *db = NULL;
		_exit(sqlite3_open(path, &db) == SQLITE_OK &&
			    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK
			? 0
			: 1);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static void
looking_keeps_the_locks_of_this_process(void **state)
{
	TRUST_AUTO_FREE char *path = below(CERT);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	sqlite3 *db = NULL;

	(void)state;
	assert_true(child_gets_the_lock());
	assert_true(trust_db_open(path, SQLITE_OPEN_READWRITE, 0, &db, &error));
	assert_true(trust_db_is_used());
	run_sql(db, "BEGIN IMMEDIATE");
	assert_usable(TRUST_FOR_WRITING);
	assert_null(trust_lock_holder(path));
	assert_false(child_gets_the_lock());
	run_sql(db, "COMMIT");
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_true(child_gets_the_lock());
}

/* ---- journals ------------------------------------------------------------------------------ */

/* More than the cache holds, so that pages and a synced journal reach the disk before a commit. */
#define SPILL                                                                                      \
	"PRAGMA cache_size=2; BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM "  \
	"n "                                                                                       \
	"WHERE i<200) INSERT INTO nssPublic SELECT i, zeroblob(900), 0 FROM n"

static void
the_journal_of_a_killed_writer_is_hot(void **state)
{
	(void)state;
	struct child child = start_child(CERT, SPILL, NULL);
	end_child(&child, SIGKILL);
	TRUST_AUTO_FREE char *journal = below(CERT "-journal");
	assert_int_equal(access(journal, F_OK), 0);
	struct trust_preflight found = assert_usable(TRUST_FOR_READING);
	assert_true(found.cert_journal_hot);
	assert_false(found.key_journal_hot || found.own_journal_hot);
	assert_int_equal(access(journal, F_OK), 0); /* looking recovers nothing */
	assert_true(assert_usable(TRUST_FOR_WRITING).cert_journal_hot);
	make_database(CERT, "BEGIN IMMEDIATE; COMMIT"); /* a writer rolls back */
	assert_false(assert_usable(TRUST_FOR_WRITING).cert_journal_hot);
}

static void
the_journal_of_a_living_writer_is_not_hot(void **state)
{
	(void)state;
	struct child child =
	    start_child(CERT, "BEGIN; INSERT INTO nssPublic VALUES (1, 2, 3)", NULL);
	TRUST_AUTO_FREE char *journal = below(CERT "-journal");
	assert_int_equal(access(journal, F_OK), 0);
	assert_false(assert_usable(TRUST_FOR_READING).cert_journal_hot);
	end_child(&child, 0);
}

static void
a_journal_is_hot_exactly_when_sqlite_says_so(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		bool hot;
	} rows[] = {
		{ "", 0, false },
		{ "\0\0\0\0\0\0\0\0\0\0\0\0", 12, false }, /* journal_mode=persist */
		{ "garbage", 7, true },
		{ "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\0\0\0\0", 12, true },
	};

	(void)state;
	TRUST_AUTO_FREE char *path = below(CERT);
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		put_bytes(CERT "-journal", rows[i].bytes, rows[i].size);
		put_bytes(KEY "-journal", rows[i].bytes, rows[i].size);
		make_database(STORE "/trustctl.db", "CREATE TABLE IF NOT EXISTS t (x)");
		put_bytes(STORE "/trustctl.db-journal", rows[i].bytes, rows[i].size);
		struct trust_preflight found = assert_usable(TRUST_FOR_READING);
		assert_int_equal(found.cert_journal_hot, rows[i].hot);
		assert_int_equal(found.key_journal_hot, rows[i].hot);
		assert_int_equal(found.own_journal_hot, rows[i].hot);
		sqlite3 *db = NULL;
		assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
		bool readable =
		    sqlite3_exec(db, "SELECT * FROM nssPublic", NULL, NULL, NULL) == SQLITE_OK;
		assert_int_equal(readable, !rows[i].hot);
		sqlite3_close(db);
		remove_file(CERT "-journal");
		remove_file(KEY "-journal");
		remove_file(STORE "/trustctl.db-journal");
	}
}

/* ---- running programs ---------------------------------------------------------------------- */

static struct trust_running_list *
running(void)
{
	TRUST_AUTO_FREE char *path = below(STORE);
	struct trust_place place = { .kind = TRUST_PLACE_DIRECTORY, .path = path };
	return trust_store_running(&place);
}

static void
programs_that_have_the_store_open_are_told(void **state)
{
	static const char *const names[] = { CERT, KEY };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		struct child child = start_child(names[i], "SELECT * FROM sqlite_master", NULL);
		TRUST_AUTO(trust_running_list) *list = running();
		TRUST_AUTO_FREE char *name = trust_program_name(child.pid);
		assert_int_equal(list->count, 1);
		assert_int_equal(list->list[0].pid, child.pid);
		assert_string_equal(list->list[0].program, name);
		end_child(&child, 0);
	}
}

static void
this_process_and_ended_ones_are_not_told(void **state)
{
	(void)state;
	sqlite3 *db = open_database(CERT);
	run_sql(db, "SELECT * FROM nssPublic");
	put(STORE "/.parentlock", "");
	TRUST_AUTO(trust_running_list) *list = running();
	assert_int_equal(list->count, 0);
	sqlite3_close(db);
}

static void
lock_profile(void)
{
	TRUST_AUTO_FREE char *path = below(STORE "/.parentlock");
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) != 0)
		_exit(1);
}

static void
the_lock_of_a_profile_tells_of_its_program(void **state)
{
	(void)state;
	struct child child = start_child(NULL, NULL, lock_profile);
	TRUST_AUTO(trust_running_list) *list = running();
	assert_int_equal(list->count, 1);
	assert_int_equal(list->list[0].pid, child.pid);
	end_child(&child, 0);
	TRUST_AUTO(trust_running_list) *later = running();
	assert_int_equal(later->count, 0);
}

static void
a_store_that_is_not_there_is_open_in_nothing(void **state)
{
	(void)state;
	TRUST_AUTO(trust_running_list) *list = running();
	assert_int_equal(list->count, 0);
	trust_running_list_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_lock_names_its_holder),
		STORE_TEST(a_lock_of_a_moment_is_waited_for),
		STORE_TEST(looking_keeps_the_locks_of_this_process),
		STORE_TEST(the_journal_of_a_killed_writer_is_hot),
		STORE_TEST(the_journal_of_a_living_writer_is_not_hot),
		STORE_TEST(a_journal_is_hot_exactly_when_sqlite_says_so),
		STORE_TEST(programs_that_have_the_store_open_are_told),
		STORE_TEST(this_process_and_ended_ones_are_not_told),
		STORE_TEST(the_lock_of_a_profile_tells_of_its_program),
		TEST(a_store_that_is_not_there_is_open_in_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
