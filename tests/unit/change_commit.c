/* SPDX-License-Identifier: MPL-2.0 */
/* The commit under pressure: other writers, kills, a full disk, files of another owner. */

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "core/change_internal.h"
#include "tests/unit/real_stores.h"

static struct trust_change *
prepare(const struct fixture *fixture, const struct trust_action *action)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_change_request request = {
		.command = "test",
		.actions = action,
		.action_count = 1,
		.asker = { give_password, fixture->password },
	};
	struct trust_change *change = NULL;

	if (!trust_change_prepare(fixture->place, &request, &change, &error))
		fail_msg("prepare: %s", error.message);
	return change;
}

static enum trust_code
commit(struct trust_change *change, const struct trust_cert *confirmed)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	int64_t entry = 0;

	if (trust_change_commit(
		change, confirmed ? &confirmed->id : NULL, confirmed ? 1 : 0, &entry, &error))
		return TRUST_OK;
	print_message("# %s\n", error.message);
	return error.code;
}

static void
a_change_is_worked_out_again_when_others_wrote(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("again", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = { .kind = TRUST_ADD_CERT, .der = root->der };
	TRUST_AUTO(trust_change) *change = prepare(&fixture, &action);

	shell("certutil -A -d sql:again -n alice -t ,, -i ec.pem");
	assert_int_equal(commit(change, NULL), TRUST_OK);
	assert_true(shell_says("certutil -L -d sql:again", "alice"));
	assert_true(shell_says("certutil -L -d sql:again", "Test Root"));
	trust_places_free(fixture.places);
}

static void
sql(const char *file, const char *statement)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, file);
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, statement, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", statement, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A write within one tick of the clock, to a file of the same size, leaves the stamp as it was: the
 * change counter alone tells. */
static void
a_write_that_the_clock_does_not_show_is_noticed(void **state TRUST_UNUSED)
{
	static const struct {
		const char *file;
		const char *statement;
	} writes[] = {
		{ "tick/cert9.db", "INSERT INTO nssPublic(id,a0) VALUES(4711,x'00000001')" },
		{ "tick/key4.db", "INSERT INTO metaData(id,item1) VALUES('other',x'00')" },
	};
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = { .kind = TRUST_ADD_CERT, .der = root->der };

	for (size_t i = 0; i < TRUST_COUNT(writes); i++) {
		struct fixture fixture = store_with("tick", NULL, false);
		TRUST_AUTO(trust_change) *change = prepare(&fixture, &action);
		struct trust_stage *stage = change->stage;
		const uint32_t before = stage->cert_counter + stage->key_counter;
		TRUST_AUTO_FREE char *cert = trust_printf("%s/tick/cert9.db", scratch);
		TRUST_AUTO_FREE char *key = trust_printf("%s/tick/key4.db", scratch);

		sql(writes[i].file, writes[i].statement);
		assert_true(trust_stamp_read(cert, &stage->cert_stamp));
		assert_true(trust_stamp_read(key, &stage->key_stamp));
		assert_int_equal(commit(change, NULL), TRUST_OK);
		assert_int_equal(
		    change->stage->cert_counter + change->stage->key_counter, before + 1);
		trust_places_free(fixture.places);
	}
}

/* Several files in WAL mode are not changed as one. What is looked at before the change may be so
 * only after it, and no clock or counter need show it. */
static void
a_store_that_went_into_wal_mode_is_not_committed_to(void **state TRUST_UNUSED)
{
	static const char *const files[] = { "wal/cert9.db", "wal/key4.db" };
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = { .kind = TRUST_ADD_CERT, .der = root->der };

	for (size_t i = 0; i < TRUST_COUNT(files); i++) {
		struct fixture fixture = store_with("wal", NULL, false);
		TRUST_AUTO(trust_change) *change = prepare(&fixture, &action);
		struct trust_stage *stage = change->stage;
		TRUST_AUTO_FREE char *cert = trust_printf("%s/wal/cert9.db", scratch);
		TRUST_AUTO_FREE char *key = trust_printf("%s/wal/key4.db", scratch);

		sql(files[i], "PRAGMA journal_mode=WAL");
		*(i == 0 ? &stage->cert_counter : &stage->key_counter) += 1;
		assert_true(trust_stamp_read(cert, &stage->cert_stamp));
		assert_true(trust_stamp_read(key, &stage->key_stamp));
		assert_int_equal(commit(change, NULL), TRUST_STORE_WAL);
		trust_places_free(fixture.places);
	}
}

/* What stands for trustctl.db must be a file of the store's own. */
static void
a_link_in_place_of_the_history_is_not_followed(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("link", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = { .kind = TRUST_ADD_CERT, .der = root->der };
	TRUST_AUTO(trust_change) *change = prepare(&fixture, &action);

	shell("cp link/key4.db elsewhere.db && cp elsewhere.db was.db && "
	      "ln -s ../elsewhere.db link/trustctl.db");
	assert_int_equal(commit(change, NULL), TRUST_STORE_NOT_DATABASE);
	shell("cmp elsewhere.db was.db && test -h link/trustctl.db");
	trust_places_free(fixture.places);
}

static void
a_store_without_its_keys_is_not_changed(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("keyless", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = { .kind = TRUST_ADD_CERT, .der = root->der };

	shell("rm keyless/key4.db");
	assert_int_equal(
	    refused(
		&fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 }),
	    TRUST_STORE_DAMAGED);
	shell("test ! -e keyless/key4.db");
	trust_places_free(fixture.places);
}

/* The first row that is not as the change wrote it. */
static const char *
read_back(struct trust_change *change)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_row *other = NULL;

	if (!trust_rows_read_back(change->canonical, &change->rows, &other, &error))
		return error.message ? "an error" : "no error";
	return other ? trust_table_name(other->table) : "nothing";
}

static void
what_was_written_is_read_back_to_the_column(void **state TRUST_UNUSED)
{
	static const struct {
		const char *sentence;
		const char *file;
		const char *sql;
		const char *want;
	} rows[] = {
		{ "nothing since", "back/cert9.db", "SELECT 1", "nothing" },
		{ "a column more", "back/cert9.db", "ALTER TABLE nssPublic ADD COLUMN a999",
		    "nothing" },
		{ "columns in another order", "back/cert9.db",
		    "CREATE TABLE t AS SELECT a11,a0,* FROM nssPublic; ALTER TABLE t DROP COLUMN "
		    "\"a0:1\"; ALTER TABLE t DROP COLUMN \"a11:1\"; DROP TABLE nssPublic; "
		    "ALTER TABLE t RENAME TO nssPublic",
		    "nothing" },
		{ "another row", "back/cert9.db",
		    "INSERT INTO nssPublic(id,a0) VALUES(4711,x'00000001')", "nothing" },
		{ "a value", "back/cert9.db", "UPDATE nssPublic SET a3=x'41' WHERE a0=x'00000001'",
		    "nssPublic" },
		{ "a value in a column that had none", "back/cert9.db",
		    "UPDATE nssPublic SET a999=x'' WHERE a0=x'00000001'", "nssPublic" },
		{ "a value of the same bytes as text", "back/cert9.db",
		    "UPDATE nssPublic SET a3=CAST(a3 AS TEXT) WHERE a0=x'00000001'", "nssPublic" },
		{ "a row gone", "back/cert9.db", "DELETE FROM nssPublic WHERE a0=x'ce534353'",
		    "nssPublic" },
		{ "a signature", "back/key4.db",
		    "UPDATE metaData SET item1=x'00' WHERE id LIKE 'sig_cert_%'", "metaData" },
		{ "a table gone", "back/key4.db", "DROP TABLE metaData", "an error" },
	};
	struct fixture fixture = store_with("back", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action actions[] = {
		{ .kind = TRUST_ADD_CERT, .der = root->der },
		action_on(TRUST_SET_TRUST, root),
	};
	const struct trust_change_request request = {
		.command = "test", .actions = actions, .action_count = 2
	};
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_change) *change = NULL;

	actions[1].states = trust_states_all(TRUST_TRUSTED);
	assert_true(trust_change_prepare(fixture.place, &request, &change, &error));
	assert_int_equal(commit(change, root), TRUST_OK);
	shell("cp -r back as-written");
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		print_message("# %s\n", rows[i].sentence);
		shell("cp as-written/*.db back");
		if (strstr(rows[i].sql, "a999=x"))
			sql("back/cert9.db", "ALTER TABLE nssPublic ADD COLUMN a999");
		sql(rows[i].file, rows[i].sql);
		assert_string_equal(read_back(change), rows[i].want);
	}
	trust_places_free(fixture.places);
}

static void
a_change_that_would_now_do_something_else_is_refused(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("else", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = action_on(TRUST_SET_TRUST, root);

	add(&fixture, root);
	action.states = trust_states_all(TRUST_TRUSTED);
	TRUST_AUTO(trust_change) *change = prepare(&fixture, &action);
	shell("certutil -M -d sql:else -n 'Test Root' -t p,p,p");
	TRUST_AUTO_FREE char *before = dump("else");
	assert_int_equal(commit(change, root), TRUST_REFUSED);
	TRUST_AUTO_FREE char *after = dump("else");
	assert_string_equal(before, after);
	trust_places_free(fixture.places);
}

static void
a_store_put_in_place_of_the_copied_one_is_noticed(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("swap", NULL, false);
	struct fixture other = store_with("other", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = action_on(TRUST_DELETE_CERT, root);

	/* Equal change counters, different contents. */
	shell("certutil -A -d sql:swap -n 'Test Root' -t ,, -i root.pem && "
	      "certutil -A -d sql:other -n alice -t ,, -i ec.pem");
	for (int in_place = 0; in_place < 2; in_place++) {
		TRUST_AUTO(trust_change) *change = prepare(&fixture, &action);
		shell("cp -r swap kept && %s",
		    in_place ? "for f in cert9.db key4.db; do cat other/$f >swap/$f; done"
			     : "for f in cert9.db key4.db; do cp other/$f swap/new && mv swap/new "
			       "swap/$f; done");
		TRUST_AUTO_FREE char *before = dump("swap");
		assert_int_equal(commit(change, NULL), TRUST_INPUT_NOT_FOUND);
		TRUST_AUTO_FREE char *after = dump("swap");
		assert_string_equal(before, after);
		shell("rm -r swap && mv kept swap");
	}
	trust_places_free(fixture.places);
	trust_places_free(other.places);
}

/* ---- children ------------------------------------------------------------------------------ */

#define CHILDREN 4
#define ROUNDS 6

/* Adds certificates one after the other; ends with the number that failed. */
static pid_t
start_writer(const struct fixture *fixture, const char *const *names, size_t count)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	int failed = 0;
	for (size_t i = 0; i < count; i++) {
		TRUST_AUTO(trust_cert) *cert = read_cert(names[i]);
		TRUST_AUTO(trust_change) *change = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		const struct trust_action action = { .kind = TRUST_ADD_CERT, .der = cert->der };
		const struct trust_change_request request = {
			.command = "test", .actions = &action, .action_count = 1
		};
		int64_t entry = 0;
		if (!trust_change_prepare(fixture->place, &request, &change, &error) ||
		    !trust_change_commit(change, NULL, 0, &entry, &error)) {
			fprintf(stderr, "# %s\n", error.message);
			failed++;
		}
	}
	_exit(failed);
}

static void
make_many(char *names[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		names[i] = trust_printf("many%zu.der", i);
		shell("test -f %s || openssl req -x509 -key root.key -days 900 -subj /CN=many%zu "
		      "-outform DER "
		      "-out %s",
		    names[i], i, names[i]);
	}
}

static void
several_writers_at_once_lose_nothing(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("several", NULL, false);
	char *names[CHILDREN * ROUNDS];
	pid_t pids[CHILDREN];
	int status = 0;

	make_many(names, TRUST_COUNT(names));
	for (size_t i = 0; i < CHILDREN; i++)
		pids[i] = start_writer(&fixture, (const char *const *)names + i * ROUNDS, ROUNDS);
	for (size_t i = 0; i < CHILDREN; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_true(shell_says(
	    "sqlite3 several/cert9.db \"attach 'several/trustctl.db' as h; select "
	    "'all', (select count(*) from nssPublic), (select count(*) from h.entry where "
	    "command='test')\"",
	    "all|24|24"));
	for (size_t i = 0; i < TRUST_COUNT(names); i++)
		trust_free(names[i]);
	trust_places_free(fixture.places);
}

/* ---- failing at every step ----------------------------------------------------------------- */

/* SQLite's system calls, of which one fails or kills: the commit as power loss or a full disk meets
 * it. */
enum trouble { KILLED, DISK_FULL };
static enum trouble trouble;
static int calls_left;
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_unlink)(const char *);

static bool
strikes(void)
{
	if (--calls_left != 0)
		return false;
	if (trouble == KILLED)
		raise(SIGKILL);
	calls_left = 1; /* a full disk stays full */
	errno = ENOSPC;
	return true;
}

static ssize_t
failing_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return strikes() ? -1 : real_pwrite(fd, bytes, size, offset);
}

static int
failing_unlink(const char *path)
{
	/* Unlinking works on a full disk. */
	if (trouble == KILLED)
		strikes();
	return real_unlink(path);
}

static void
let_fail(int calls)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	calls_left = calls;
	real_pwrite =
	    (ssize_t(*)(int, const void *, size_t, off_t))vfs->xGetSystemCall(vfs, "pwrite64");
	real_unlink = (int (*)(const char *))vfs->xGetSystemCall(vfs, "unlink");
	assert_non_null(real_pwrite);
	assert_non_null(real_unlink);
	vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)failing_pwrite);
	vfs->xSetSystemCall(vfs, "unlink", (sqlite3_syscall_ptr)failing_unlink);
}

/* A commit in a child that fails at its n-th call; the wait status. Exit status: the trust_code. */
static int
commit_failing_at(const struct fixture *fixture, const struct trust_cert *cert, int calls)
{
	int status = 0;

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		const struct trust_action action = { .kind = TRUST_ADD_CERT, .der = cert->der };
		struct trust_change *change = prepare(fixture, &action);
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		int64_t entry = 0;
		let_fail(calls);
		_exit(trust_change_commit(change, NULL, 0, &entry, &error) ? TRUST_OK
									   : (int)error.code);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* How many certificates a reader sees; the history must agree. */
static size_t
seen(const struct fixture *fixture, size_t entries_before)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO(trust_history) *history = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (!trust_store_open(fixture->place, NULL, &store, &error) ||
	    !trust_history_read(fixture->place, 0, &history, &error))
		fail_msg("%s", error.message);
	assert_int_equal(history->count, entries_before + trust_store_count(store));
	return trust_store_count(store);
}

static void
a_commit_fails_whole_at_every_step(enum trouble what)
{
	struct fixture fixture = store_with("steps", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	size_t entries = 0;
	int failures = 0;

	trouble = what;
	for (int calls = 1; calls < 200; calls += what == KILLED ? 1 : 7) {
		TRUST_AUTO_FREE char *before = dump("steps");
		int status = commit_failing_at(&fixture, root, calls);
		size_t count = seen(&fixture, entries);
		bool done = WIFEXITED(status) && WEXITSTATUS(status) == TRUST_OK;
		if (done && count == 0)
			fail_msg("step %d: success, but nothing is there", calls);
		if (what == DISK_FULL && !done) {
			assert_int_equal(WEXITSTATUS(status), TRUST_STORE_FULL);
			assert_int_equal(count, 0);
		}
		failures += !done;
		/* The next run goes on from there, whatever is left behind. */
		if (count == 0) {
			TRUST_AUTO_FREE char *after = dump("steps");
			assert_string_equal(before, after);
			add(&fixture, root);
		}
		run_one(&fixture, action_on(TRUST_DELETE_CERT, root));
		entries += 2;
		shell("test -z \"$(ls steps | grep -e -journal -e -mj)\"");
		if (done)
			break;
	}
	print_message("# %d steps\n", failures);
	assert_true(failures > 5);
	trust_places_free(fixture.places);
}

static void
a_commit_killed_at_any_step_is_whole_or_absent(void **state TRUST_UNUSED)
{
	a_commit_fails_whole_at_every_step(KILLED);
}

static void
a_commit_on_a_full_disk_changes_nothing(void **state TRUST_UNUSED)
{
	a_commit_fails_whole_at_every_step(DISK_FULL);
}

/* ---- files --------------------------------------------------------------------------------- */

static void
the_history_takes_owner_and_mode_of_the_store(void **state TRUST_UNUSED)
{
	static const struct {
		unsigned cert;
		unsigned key;
		unsigned want;
	} modes[] = {
		{ 0600, 0600, 0600 }, { 0660, 0660, 0660 }, { 0644, 0644, 0644 },
		{ 0644, 0600, 0600 }, /* it keeps deleted keys */
	};
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct stat status;

	for (size_t i = 0; i < TRUST_COUNT(modes); i++) {
		struct fixture fixture = store_with("owner", NULL, false);
		TRUST_AUTO_FREE char *path = trust_printf("%s/owner/trustctl.db", scratch);
		const struct trust_action action = { .kind = TRUST_ADD_CERT, .der = root->der };
		shell("chmod %o owner/cert9.db && chmod %o owner/key4.db && chmod 777 owner",
		    modes[i].cert, modes[i].key);
		if (geteuid() == 0)
			shell("chown 65534:65533 owner/*.db");
		mode_t mask = umask(022);
		run(&fixture,
		    (struct trust_change_request){
			.actions = &action, .action_count = 1, .allow_foreign_owner = true });
		umask(mask);
		assert_int_equal(stat(path, &status), 0);
		assert_int_equal(status.st_mode & 0777, modes[i].want);
		if (geteuid() == 0) {
			assert_int_equal(status.st_uid, 65534);
			assert_int_equal(status.st_gid, 65533);
		}
		trust_places_free(fixture.places);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_is_worked_out_again_when_others_wrote),
		cmocka_unit_test(a_write_that_the_clock_does_not_show_is_noticed),
		cmocka_unit_test(a_store_that_went_into_wal_mode_is_not_committed_to),
		cmocka_unit_test(a_link_in_place_of_the_history_is_not_followed),
		cmocka_unit_test(a_store_without_its_keys_is_not_changed),
		cmocka_unit_test(what_was_written_is_read_back_to_the_column),
		cmocka_unit_test(a_change_that_would_now_do_something_else_is_refused),
		cmocka_unit_test(a_store_put_in_place_of_the_copied_one_is_noticed),
		cmocka_unit_test(several_writers_at_once_lose_nothing),
		cmocka_unit_test(a_commit_killed_at_any_step_is_whole_or_absent),
		cmocka_unit_test(a_commit_on_a_full_disk_changes_nothing),
		cmocka_unit_test(the_history_takes_owner_and_mode_of_the_store),
	};
	return cmocka_run_group_tests_name("change_commit", tests, make_scratch, remove_scratch);
}
