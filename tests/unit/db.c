/* SPDX-License-Identifier: MPL-2.0 */
/* SQLite as this program wants it. A program of its own: SQLite is set up once. */

#include "core/db_internal.h"
#include "core/preflight.h"
#include "tests/unit/machine.h"

static void
it_is_set_up_before_it_is_asked_anything(void **state)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *path = below("home/cert9.db");
	TRUST_AUTO_FREE char *directory = below("home");
	struct trust_place place = { .kind = TRUST_PLACE_DIRECTORY, .path = directory };

	(void)state;
	assert_true(trust_preflight_create(&place, &error)); /* asks how long a path may be */
	assert_false(trust_db_is_used());
	assert_true(
	    trust_db_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0, &db, &error));
	assert_true(trust_db_is_used());
	/* Of one thread all mutexes are one, which does nothing; and nobody counts memory. */
	assert_ptr_equal(
	    sqlite3_mutex_alloc(SQLITE_MUTEX_FAST), sqlite3_mutex_alloc(SQLITE_MUTEX_FAST));
	assert_int_equal(sqlite3_memory_used(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_set_up_before_it_is_asked_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
