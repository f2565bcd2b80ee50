/* SPDX-License-Identifier: MPL-2.0 */
/* The one true cause why a store cannot be used, each with its remedy. */

#include <grp.h>

#include "tests/unit/store_files.h"

#define SOMEBODY 65534

/* ---- is it there? -------------------------------------------------------------------------- */

static void
a_usable_store_is_described(void **state)
{
	(void)state;
	struct trust_preflight found = assert_usable(TRUST_FOR_WRITING);
	assert_true(found.has_keys_db);
	assert_false(found.cert_journal_hot || found.key_journal_hot || found.own_journal_hot);
	assert_false(found.password_row);
	remove_file(KEY);
	assert_false(assert_usable(TRUST_FOR_READING).has_keys_db);
}

static void
the_generation_of_a_password_is_told_by_its_salt(void **state)
{
	static const struct {
		const char *statement;
		bool want_newer;
	} rows[] = {
		{ "UPDATE metaData SET item1 = NULL", false },
		{ "UPDATE metaData SET item1 = zeroblob(20)", false },
		{ "UPDATE metaData SET item1 = zeroblob(32)", true },
		{ "UPDATE metaData SET item1 = zeroblob(48)", true },
	};

	(void)state;
	make_database(KEY, "INSERT INTO metaData VALUES ('password', zeroblob(48), zeroblob(9))");
	assert_false(assert_usable(TRUST_FOR_READING).password_row); /* nobody asked */
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		make_database(KEY, rows[i].statement);
		struct trust_preflight found = assert_usable(TRUST_FOR_WRITING);
		assert_true(found.password_row);
		assert_int_equal(found.password_is_newer, rows[i].want_newer);
	}
}

static void
a_missing_store_is_created_by_the_command_of_its_kind(void **state)
{
	static const struct {
		enum trust_place_kind kind;
		const char *hint;
	} rows[] = {
		{ TRUST_PLACE_USER, "trustctl store create user" },
		{ TRUST_PLACE_DIRECTORY, "trustctl store create %s" },
		{ TRUST_PLACE_SANDBOXED, "trustctl store create %s" },
		{ TRUST_PLACE_SYSTEM, "sudo trustctl store create %s" },
		{ TRUST_PLACE_FIREFOX,
		    "start the program with this profile once, it makes the store; "
		    "or: trustctl store create %s" },
		{ TRUST_PLACE_THUNDERBIRD,
		    "start the program with this profile once, it makes the "
		    "store; or: trustctl store create %s" },
	};

	(void)state;
	TRUST_AUTO_FREE char *path = below(STORE);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
			TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
			struct trust_place place = { .kind = rows[i].kind, .path = path };
			struct trust_preflight found;
			assert_false(
			    trust_preflight(&place, TRUST_FOR_READING, false, &found, &error));
			assert_int_equal(error.code, TRUST_STORE_MISSING);
			assert_hint(&error, rows[i].hint);
		}
		make(STORE); /* the second time it is there and empty */
	}
}

static void
the_old_format_is_called_so(void **state)
{
	(void)state;
	put(STORE "/cert8.db", "x");
	put(STORE "/key3.db", "x");
	assert_refused(TRUST_FOR_READING, TRUST_STORE_LEGACY, "certutil -K -X -d sql:%s");
	assert_refused(TRUST_FOR_WRITING, TRUST_STORE_LEGACY, "certutil -K -X -d sql:%s");
}

static void
a_remedy_can_be_pasted_whatever_the_directory_is_called(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_preflight found;

	(void)state;
	assert_false(look("it's; here", TRUST_FOR_READING, 0, &found, &error));
	TRUST_AUTO_FREE char *hint =
	    trust_printf("trustctl store create '%s/it'\\''s; here'", base);
	assert_string_equal(error.hint, hint);
	assert_false(look("esc\x1b[1m", TRUST_FOR_READING, 0, &found, &error));
	assert_null(strchr(error.message, '\x1b'));
	assert_null(strchr(error.subject, '\x1b'));
	assert_null(strchr(error.hint, '\x1b'));
}

/* ---- what is it? --------------------------------------------------------------------------- */

#define NOT_DATABASE_HINT                                                                          \
	"put back a copy of it, or move it away and let the program that owns the store make a "   \
	"new "                                                                                     \
	"one"

static void
files_that_are_no_database_are_refused(void **state)
{
	static const char *const names[] = { CERT, KEY };
	static const char *const contents[] = {
		"",
		"garbage",
		"SQLite format 3",
		"this is longer than the header of a database, which has one hundred bytes, and "
		"yet it "
		"is nothing like one, however long it may become",
	};

	for (size_t i = 0; i < TRUST_COUNT(names); i++)
		for (size_t k = 0; k < TRUST_COUNT(contents); k++) {
			assert_int_equal(make_store(state), 0);
			put(names[i], contents[k]);
			assert_refused(
			    TRUST_FOR_READING, TRUST_STORE_NOT_DATABASE, NOT_DATABASE_HINT);
			assert_refused(
			    TRUST_FOR_WRITING, TRUST_STORE_NOT_DATABASE, NOT_DATABASE_HINT);
			assert_int_equal(remove_machine(state), 0);
		}
}

static void
a_link_that_leads_nowhere_is_no_matter_of_permissions(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *path = below(CERT);
	struct trust_preflight found;

	(void)state;
	remove_file(CERT);
	assert_int_equal(symlink("cert9.db", path), 0);
	assert_false(look(STORE, TRUST_FOR_READING, 0, &found, &error));
	assert_int_equal(error.code, TRUST_STORE_PERMISSION);
	TRUST_AUTO_FREE char *message =
	    trust_printf("cannot look at '%s': too many levels of symbolic links", path);
	assert_string_equal(error.message, message);
	assert_null(error.hint);
}

static void
looking_at_an_empty_file_leaves_it_empty(void **state)
{
	struct stat status;

	(void)state;
	TRUST_AUTO_FREE char *path = below(CERT);
	put(CERT, "");
	assert_refused(TRUST_FOR_WRITING, TRUST_STORE_NOT_DATABASE, NOT_DATABASE_HINT);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, 0);
}

static void
what_is_no_regular_file_is_refused(void **state)
{
	TRUST_AUTO_FREE char *cert = below(CERT);
	TRUST_AUTO_FREE char *nowhere = below("nowhere");
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_preflight found;

	(void)state;
	assert_false(look(CERT, TRUST_FOR_READING, 0, &found, &error));
	assert_int_equal(error.code, TRUST_STORE_NOT_DATABASE);
	assert_hint(&error, "name the directory that holds cert9.db");
	remove_file(CERT);
	assert_int_equal(mkfifo(cert, 0600), 0);
	assert_refused(
	    TRUST_FOR_READING, TRUST_STORE_NOT_DATABASE, "name the directory of a store");
	remove_file(CERT);
	assert_int_equal(symlink(nowhere, cert), 0);
	assert_refused(TRUST_FOR_READING, TRUST_STORE_MISSING,
	    "put back what it points to, or remove the link");
}

static void
what_sqlite_would_open_beside_a_database_is_a_file(void **state)
{
	static const char *const names[] = { CERT, KEY, STORE "/trustctl.db" };
	static const char *const ends[] = { "-journal", "-wal", "-shm" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++)
		for (size_t k = 0; k < TRUST_COUNT(ends); k++) {
			TRUST_AUTO_FREE char *name = trust_printf("%s%s", names[i], ends[k]);
			TRUST_AUTO_FREE char *path = below(name);
			for (int round = 0; round < 2; round++) {
				assert_int_equal(
				    round ? mkfifo(path, 0600) : symlink("/dev/null", path), 0);
				assert_refused(TRUST_FOR_READING, TRUST_STORE_NOT_DATABASE,
				    "look at what it is, and move it away; then try again");
				remove_file(name);
			}
		}
	assert_usable(TRUST_FOR_READING);
}

static void
wal_is_refused_for_writing_only(void **state)
{
	static const char *const names[] = { CERT, KEY };

	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		assert_int_equal(make_store(state), 0);
		make_database(names[i], "PRAGMA journal_mode=WAL");
		TRUST_AUTO_FREE char *path = below(names[i]);
		TRUST_AUTO_FREE char *hint =
		    trust_printf("close all programs that use it, then: sqlite3 %s 'PRAGMA "
				 "journal_mode=delete'",
			path);
		assert_refused(TRUST_FOR_WRITING, TRUST_STORE_WAL, hint);
		assert_usable(TRUST_FOR_READING);
		make_database(names[i], "PRAGMA journal_mode=delete");
		assert_usable(TRUST_FOR_WRITING);
		assert_int_equal(remove_machine(state), 0);
	}
}

/* ---- may it be used? ----------------------------------------------------------------------- */

/* What a user without special rights is told: "code\nhint". */
static char *
told_to_somebody(enum trust_preflight_for purpose)
{
	int ends[2];
	char text[1024] = "";

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		struct trust_preflight found;
		if (geteuid() == 0 &&
		    (setgroups(0, NULL) != 0 || setgid(SOMEBODY) != 0 || setuid(SOMEBODY) != 0))
			_exit(1);
		if (look(STORE, purpose, 0, &found, &error))
			_exit(dprintf(ends[1], "usable") < 0);
		_exit(dprintf(ends[1], "%s\n%s", trust_code_name(error.code),
			  error.hint ? error.hint : "(none)") < 0);
	}
	close(ends[1]);
	size_t used = 0;
	ssize_t got;
	while ((got = read(ends[0], text + used, sizeof text - 1 - used)) > 0)
		used += (size_t)got;
	close(ends[0]);
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return trust_strdup(text);
}

static void
give(const char *name, mode_t mode, bool to_somebody)
{
	TRUST_AUTO_FREE char *path = below(name);

	if (geteuid() == 0)
		assert_int_equal(chown(path, to_somebody ? SOMEBODY : 0, 0), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
assert_told(enum trust_preflight_for purpose, const char *hint_format, const char *name)
{
	TRUST_AUTO_FREE char *told = told_to_somebody(purpose);
	TRUST_AUTO_FREE char *path = name ? below(name) : trust_strdup("");
	TRUST_AUTO_FREE char *expected = !hint_format
	    ? trust_strdup("usable")
	    : trust_printf("store-permission\n%s%s", hint_format, path);

	assert_string_equal(told, expected);
}

static void
what_an_owner_shut_himself_out_of_is_opened_by_chmod(void **state)
{
	static const char *const names[] = { CERT, KEY };

	(void)state;
	give(STORE, 0700, true);
	give(CERT, 0600, true);
	give(KEY, 0600, true);
	assert_told(TRUST_FOR_WRITING, NULL, NULL);
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		give(names[i], 0000, true);
		assert_told(TRUST_FOR_READING, "chmod u+rw ", names[i]);
		give(names[i], 0400, true);
		assert_told(TRUST_FOR_READING, NULL, NULL);
		assert_told(TRUST_FOR_WRITING, "chmod u+rw ", names[i]);
		give(names[i], 0600, true);
	}
	give(STORE, 0500, true);
	assert_told(TRUST_FOR_READING, NULL, NULL);
	assert_told(TRUST_FOR_WRITING, "chmod u+rw ", STORE);
	give(STORE, 0600, true);
	assert_told(TRUST_FOR_READING, "chmod u+rwx ", STORE);
	give(STORE, 0700, true);
}

static void
what_belongs_to_another_is_reached_by_sudo(void **state)
{
	(void)state;
	give(STORE, 0755, false);
	give(CERT, 0644, false);
	give(KEY, 0644, false);
	assert_told(TRUST_FOR_READING, NULL, NULL);
	assert_told(TRUST_FOR_WRITING, "sudo trustctl ...", NULL);
	give(KEY, 0600, false);
	assert_told(TRUST_FOR_READING, "sudo trustctl ...", NULL);
	give(STORE, 0700, false);
	assert_told(TRUST_FOR_READING, "sudo trustctl ...", NULL);
}

static void
root_leaves_no_files_in_the_store_of_a_user(void **state)
{
	TRUST_AUTO_FREE char *cert = below(CERT);
	TRUST_AUTO_FREE char *directory = below(STORE);
	struct trust_place place = { .kind = TRUST_PLACE_DIRECTORY, .path = directory };
	struct trust_preflight found = { 0 };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_int_equal(chown(cert, 54321, 0), 0);
	assert_refused(TRUST_FOR_WRITING, TRUST_STORE_OWNER, "sudo -u '#54321' trustctl ...");
	assert_int_equal(chown(cert, 1, 0), 0);
	assert_refused(TRUST_FOR_WRITING, TRUST_STORE_OWNER, "sudo -u daemon trustctl ...");
	assert_usable(TRUST_FOR_READING);
	assert_true(trust_preflight(&place, TRUST_FOR_WRITING, true, &found, &error));
}

static void
each_part_of_a_store_that_root_changes_is_roots(void **state)
{
	static const char *const parts[] = { STORE, KEY, STORE "/trustctl.db" };

	(void)state;
	put(STORE "/trustctl.db", "");
	assert_usable(TRUST_FOR_WRITING);
	for (size_t i = 0; i < TRUST_COUNT(parts); i++) {
		TRUST_AUTO_FREE char *path = below(parts[i]);
		assert_int_equal(chown(path, SOMEBODY, 0), 0);
		assert_refused(TRUST_FOR_WRITING, TRUST_STORE_OWNER,
		    "to see whose the store's files are: trustctl store check");
		assert_usable(TRUST_FOR_READING);
		assert_int_equal(chown(path, 0, 0), 0);
	}
}

static void
a_link_of_another_user_is_followed_by_readers_only(void **state)
{
	static const char *const moved[] = { CERT, STORE };

	for (size_t i = 0; i < TRUST_COUNT(moved); i++) {
		assert_int_equal(make_store(state), 0);
		TRUST_AUTO_FREE char *path = below(moved[i]);
		TRUST_AUTO_FREE char *real = below("home/real");
		give(STORE, 0700, true);
		give(CERT, 0600, true);
		give(KEY, 0600, true);
		assert_int_equal(rename(path, real), 0);
		/* By a link of his own, which is as good, and of root's. */
		assert_int_equal(symlink("first", path), 0);
		TRUST_AUTO_FREE char *first =
		    trust_printf("%.*s/first", (int)(strrchr(path, '/') - path), path);
		assert_int_equal(symlink(real, first), 0);
		assert_int_equal(lchown(path, SOMEBODY, 0), 0);
		assert_told(TRUST_FOR_WRITING, NULL, NULL);
		assert_int_equal(lchown(first, 54321, 0), 0);
		TRUST_AUTO_FREE char *told = told_to_somebody(TRUST_FOR_WRITING);
		assert_string_equal(
		    told, "store-owner\nname the directory that the store's files are really in");
		assert_told(TRUST_FOR_READING, NULL, NULL);
		assert_int_equal(remove_machine(state), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_usable_store_is_described),
		STORE_TEST(the_generation_of_a_password_is_told_by_its_salt),
		TEST(a_missing_store_is_created_by_the_command_of_its_kind),
		TEST(the_old_format_is_called_so),
		TEST(a_remedy_can_be_pasted_whatever_the_directory_is_called),
		cmocka_unit_test(files_that_are_no_database_are_refused),
		STORE_TEST(a_link_that_leads_nowhere_is_no_matter_of_permissions),
		STORE_TEST(looking_at_an_empty_file_leaves_it_empty),
		STORE_TEST(what_is_no_regular_file_is_refused),
		STORE_TEST(what_sqlite_would_open_beside_a_database_is_a_file),
		cmocka_unit_test(wal_is_refused_for_writing_only),
		STORE_TEST(what_an_owner_shut_himself_out_of_is_opened_by_chmod),
	};
	/* Only root can give files away. */
	const struct CMUnitTest as_root[] = {
		STORE_TEST(what_belongs_to_another_is_reached_by_sudo),
		STORE_TEST(root_leaves_no_files_in_the_store_of_a_user),
		STORE_TEST(each_part_of_a_store_that_root_changes_is_roots),
		cmocka_unit_test(a_link_of_another_user_is_followed_by_readers_only),
	};
	struct CMUnitTest all[TRUST_COUNT(tests) + TRUST_COUNT(as_root)];
	size_t count = TRUST_COUNT(tests);

	memcpy(all, tests, sizeof tests);
	if (geteuid() == 0) {
		memcpy(all + count, as_root, sizeof as_root);
		count += TRUST_COUNT(as_root);
	}
	return _cmocka_run_group_tests("preflight", all, count, NULL, NULL);
}
