/* SPDX-License-Identifier: MPL-2.0 */
/* What crashes of others and of ourselves leave, and how the next run deals with it. */

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "tests/unit/real_stores.h"

static bool
is_there(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);
	return access(path, F_OK) == 0;
}

/* A writer that dies in mid-transaction: its pages are in the file, their former content in a hot
 * journal. */
static void
leave_hot_journal(const char *database, const char *sql)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, database);
	TRUST_AUTO_FREE char *all =
	    trust_printf("PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN; %s; CREATE TABLE "
			 "junk(x); WITH n(i) AS "
			 "(SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<50) INSERT INTO junk "
			 "SELECT zeroblob(5000) FROM n",
		sql);
	int status = 0;

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		sqlite3 *db = NULL;
		_exit(sqlite3_open(path, &db) != SQLITE_OK ||
		    sqlite3_exec(db, all, NULL, NULL, NULL) != SQLITE_OK);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	shell("test -s %s-journal", database);
}

static char *
checksum(const char *names)
{
	TRUST_AUTO_FREE char *command = trust_printf("cd %s && sha256sum %s", scratch, names);
	char *text = trust_alloc(4096);
	FILE *pipe = popen(command, "r");
	size_t size = fread(text, 1, 4095, pipe);

	pclose(pipe);
	text[size] = '\0';
	return text;
}

static void
readers_leave_hot_journals_as_they_are(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("hot", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO(trust_history) *history = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_cert) *alice = read_cert("ec.der");
	TRUST_AUTO(trust_secret) *key = read_secret("ec.p8");
	TRUST_AUTO(trust_secret) *throw_away = trust_secret_new("throw-away", 10);
	TRUST_AUTO(trust_secret) *encrypted = NULL;
	TRUST_AUTO_FREE uint32_t *dead = NULL;
	const struct trust_asker asker = { .ask = NULL };
	struct trust_effect *outside = NULL;
	size_t count = 0;
	bool fits = false;

	add(&fixture, root);
	add_identity(&fixture, alice, key);
	leave_hot_journal("hot/cert9.db", "delete from nssPublic");
	leave_hot_journal("hot/key4.db", "delete from metaData");
	leave_hot_journal("hot/trustctl.db", "delete from entry");
	TRUST_AUTO_FREE char *before = checksum("hot/*");
	assert_true(trust_store_open(fixture.place, NULL, &store, &error));
	assert_true(trust_store_was_recovered(store));
	assert_int_equal(trust_store_count(store), 2);
	assert_true(trust_history_read(fixture.place, 0, &history, &error));
	assert_int_equal(history->count, 2);
	assert_true(trust_history_outside(store, &outside, &count, &error));
	assert_int_equal(count, 0);
	assert_true(trust_store_export_key(
	    fixture.place, alice->id, &asker, throw_away, 1, &encrypted, &error));
	assert_true(trust_store_prove_key(fixture.place, alice, &asker, &fits, &error));
	assert_true(fits);
	assert_true(trust_store_dead_keys(fixture.place, &asker, &dead, &count, &error));
	assert_int_equal(count, 0);
	TRUST_AUTO_FREE char *after = checksum("hot/*");
	assert_string_equal(before, after);
	trust_places_free(fixture.places);
}

static void
a_writing_command_recovers_and_says_so(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("writer", "secret", true);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_action action = action_on(TRUST_SET_TRUST, root);
	const struct trust_change_request request = {
		.command = "test",
		.actions = &action,
		.action_count = 1,
		.asker = { give_password, fixture.password },
	};
	int64_t entry = 0;

	add(&fixture, root);
	action.states = trust_states_all(TRUST_DISTRUSTED);
	leave_hot_journal("writer/cert9.db", "delete from nssPublic");
	leave_hot_journal("writer/key4.db", "delete from metaData");
	leave_hot_journal("writer/trustctl.db", "delete from entry");
	if (!trust_change_prepare(fixture.place, &request, &change, &error))
		fail_msg("%s", error.message);
	assert_int_equal(trust_change_notice_count(change), 1);
	assert_non_null(strstr(trust_change_notice(change, 0), "rolled back"));
	assert_true(trust_change_commit(change, NULL, 0, &entry, &error));
	assert_int_equal(entry, 2);
	assert_true(shell_says("certutil -L -d sql:writer", "p,p,p"));
	assert_false(is_there("writer/cert9.db-journal"));
	assert_false(is_there("writer/key4.db-journal"));
	assert_false(is_there("writer/trustctl.db-journal"));
	trust_places_free(fixture.places);
}

static void
leftovers_beside_the_store_are_removed(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("left", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_cert) *alice = read_cert("ec.der");
	TRUST_AUTO_FREE char *living = trust_printf("%s/left/trustctl-stage-living/lock", scratch);

	add(&fixture, alice);
	shell("for d in dead living; do mkdir -p -m 700 left/trustctl-stage-$d/base "
	      "left/trustctl-stage-$d/work; touch left/trustctl-stage-$d/lock "
	      "left/trustctl-stage-$d/work/key4.db; done; "
	      "touch left/cert9.db-mj0123456789 left/cert9.db-mjOURNALS-of-mine "
	      "left/cert9.db-mj01A3459F7 "
	      "left/cert9.db-mj01234597x");
	TRUST_AUTO_FD int fd = open(living, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	add(&fixture, root);
	assert_false(is_there("left/trustctl-stage-dead"));
	assert_true(is_there("left/trustctl-stage-living/work/key4.db"));
	/* SQLite's own names: mj, six hex digits, 9, two hex digits. */
	assert_false(is_there("left/cert9.db-mj01A3459F7"));
	assert_true(is_there("left/cert9.db-mj0123456789"));
	assert_true(is_there("left/cert9.db-mj01234597x"));
	assert_true(is_there("left/cert9.db-mjOURNALS-of-mine"));
	trust_places_free(fixture.places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_leave_hot_journals_as_they_are),
		cmocka_unit_test(a_writing_command_recovers_and_says_so),
		cmocka_unit_test(leftovers_beside_the_store_are_removed),
	};
	return cmocka_run_group_tests_name("change_crash", tests, make_scratch, remove_scratch);
}
