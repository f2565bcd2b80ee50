/* SPDX-License-Identifier: MPL-2.0 */
/* The NSS worker that dies, hangs, is given nonsense; and what a change does then. */

#include "core/worker.h"

#include <signal.h>

#include "tests/unit/real_stores.h"

static struct trust_worker *
start(const char *store)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, store);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_worker *worker = NULL;

	if (!trust_worker_start(NULL, path, false, &worker, &error))
		fail_msg("%s", error.message);
	return worker;
}

/* The only child this process has. */
static pid_t
child_pid(void)
{
	TRUST_AUTO_FREE char *path = trust_printf("/proc/self/task/%ld/children", (long)getpid());
	FILE *file = fopen(path, "r");
	long pid = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &pid), 1);
	fclose(file);
	return (pid_t)pid;
}

static void
assert_no_child(void)
{
	TRUST_AUTO_FREE char *path = trust_printf("/proc/self/task/%ld/children", (long)getpid());
	FILE *file = fopen(path, "r");
	long pid = 0;

	assert_non_null(file);
	assert_int_not_equal(fscanf(file, "%ld", &pid), 1);
	fclose(file);
}

static void
a_killed_worker_is_reported(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("dead", NULL, false);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_worker) *worker = start("dead");
	enum trust_login login;

	kill(child_pid(), SIGKILL);
	assert_false(trust_worker_login(worker, NULL, &login, &error));
	assert_int_equal(error.code, TRUST_STORE_WORKER);
	assert_non_null(strstr(error.message, "signal 9"));
	assert_no_child();
	trust_error_clear(&error);
	assert_false(trust_worker_login(worker, NULL, &login, &error));
	assert_int_equal(error.code, TRUST_STORE_WORKER);
	trust_error_clear(&error);
	assert_false(trust_worker_finish(trust_steal(&worker), &error));
	trust_places_free(fixture.places);
}

static void
a_hanging_worker_is_ended_after_its_time(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("hangs", NULL, false);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_worker) *worker = start("hangs");
	enum trust_login login;

	trust_worker_set_limit(worker, 200);
	kill(child_pid(), SIGSTOP);
	assert_false(trust_worker_login(worker, NULL, &login, &error));
	assert_int_equal(error.code, TRUST_STORE_WORKER);
	assert_non_null(strstr(error.message, "in time"));
	assert_no_child();
	trust_places_free(fixture.places);
}

static void
a_hanging_worker_that_reads_no_more_is_ended_too(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("deaf", NULL, false);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_worker) *worker = start("deaf");
	const size_t size = 4 * 1024 * 1024;
	TRUST_AUTO_FREE uint8_t *bytes = trust_alloc(size);

	trust_worker_set_limit(worker, 200);
	kill(child_pid(), SIGSTOP);
	assert_false(
	    trust_worker_add_cert(worker, (struct trust_bytes){ bytes, size }, "much", &error));
	assert_int_equal(error.code, TRUST_STORE_WORKER);
	assert_non_null(strstr(error.message, "in time"));
	assert_no_child();
	trust_places_free(fixture.places);
}

static void
a_given_up_worker_leaves_no_process(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("given", NULL, false);
	struct trust_worker *worker = start("given");

	kill(child_pid(), SIGSTOP);
	trust_worker_free(worker);
	assert_no_child();
	trust_places_free(fixture.places);
}

static void
objects_that_are_not_there_are_errors(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("absent", NULL, false);
	TRUST_AUTO(trust_worker) *worker = start("absent");
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_secret) *secret = trust_secret_new("x", 1);
	TRUST_AUTO(trust_secret) *encrypted = NULL;
	enum trust_login login;

	assert_true(trust_worker_login(worker, NULL, &login, &error));
	assert_false(trust_worker_delete_public(worker, 4711, &error));
	trust_error_clear(&error);
	assert_false(trust_worker_delete_key(worker, 4711, &error));
	trust_error_clear(&error);
	assert_false(trust_worker_export_key(worker, 4711, secret, 1, &encrypted, &error));
	trust_error_clear(&error);
	assert_false(trust_worker_add_cert(
	    worker, (struct trust_bytes){ (const uint8_t *)"0", 1 }, "x", &error));
	trust_error_clear(&error);
	assert_false(trust_worker_add_key(worker, secret, "x", &error));
	assert_int_equal(error.code, TRUST_INPUT_MALFORMED);
	trust_error_clear(&error);
	/* And it still ends well: NSS would report what was left behind. */
	if (!trust_worker_finish(trust_steal(&worker), &error))
		fail_msg("%s", error.message);
	assert_no_child();
	trust_places_free(fixture.places);
}

static void
nss_is_not_asked_for_an_opinion_without_its_roots(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("rootless", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO_FREE char *path = trust_printf("%s/rootless", scratch);
	TRUST_AUTO_FREE char *libraries = trust_printf("%s/no-roots", scratch);
	TRUST_AUTO(trust_worker) *worker = NULL;
	TRUST_AUTO_FREE char *reason = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	shell("mkdir no-roots && : >no-roots/libnssckbi.so");
	assert_true(trust_worker_start(libraries, path, true, &worker, &error));
	assert_false(
	    trust_worker_verify(worker, root->der, TRUST_TLS_SERVER, 0, NULL, 0, &reason, &error));
	assert_string_equal(error.message,
	    "NSS cannot load its built-in roots, libnssckbi.so: the library is missing or damaged");
	assert_null(reason);
	trust_error_clear(&error);
	assert_true(trust_worker_finish(trust_steal(&worker), &error));
	trust_places_free(fixture.places);
}

/* Not for what another certificate lacks. */
static void
why_nss_reads_no_certificate_is_its_own_cause(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("unread", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	const struct trust_bytes unread = { (const uint8_t *)"0", 1 };
	const struct trust_bytes others[] = { root->der, { NULL, 0 } };
	TRUST_AUTO(trust_worker) *worker = start("unread");
	TRUST_AUTO_FREE char *reason = NULL;
	TRUST_AUTO_ERROR alone = TRUST_ERROR_INIT;
	TRUST_AUTO_ERROR among = TRUST_ERROR_INIT;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	assert_false(
	    trust_worker_verify(worker, unread, TRUST_TLS_SERVER, 0, NULL, 0, &reason, &alone));
	assert_false(trust_worker_verify(
	    worker, unread, TRUST_TLS_SERVER, 0, others, TRUST_COUNT(others), &reason, &among));
	assert_string_equal(among.message, alone.message);
	assert_int_equal(among.code, alone.code);
	assert_null(reason);
	assert_true(trust_worker_finish(trust_steal(&worker), &ignored));
	trust_places_free(fixture.places);
}

static void
a_change_whose_worker_is_killed_changes_nothing(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("torn", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	const struct trust_action action = { .kind = TRUST_ADD_CERT, .der = root->der };
	TRUST_AUTO_FREE char *before = dump("torn");

	/* A worker that dies at once: another program in its place. */
	TRUST_AUTO_FREE char *worker = trust_strdup(getenv("TRUSTCTL_NSS_WORKER"));
	setenv("TRUSTCTL_NSS_WORKER", "/bin/false", 1);
	assert_int_equal(
	    refused(
		&fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 }),
	    TRUST_STORE_WORKER);
	if (worker)
		setenv("TRUSTCTL_NSS_WORKER", worker, 1);
	else
		unsetenv("TRUSTCTL_NSS_WORKER");
	TRUST_AUTO_FREE char *after = dump("torn");
	assert_string_equal(before, after);
	assert_no_child();
	assert_true(shell_says("ls torn | tr '\\n' ,", "cert9.db,key4.db,pkcs11.txt,"));
	trust_places_free(fixture.places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_killed_worker_is_reported),
		cmocka_unit_test(a_hanging_worker_is_ended_after_its_time),
		cmocka_unit_test(a_hanging_worker_that_reads_no_more_is_ended_too),
		cmocka_unit_test(a_given_up_worker_leaves_no_process),
		cmocka_unit_test(objects_that_are_not_there_are_errors),
		cmocka_unit_test(nss_is_not_asked_for_an_opinion_without_its_roots),
		cmocka_unit_test(why_nss_reads_no_certificate_is_its_own_cause),
		cmocka_unit_test(a_change_whose_worker_is_killed_changes_nothing),
	};
	return cmocka_run_group_tests_name("worker", tests, make_scratch, remove_scratch);
}
