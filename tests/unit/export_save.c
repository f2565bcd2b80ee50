/* SPDX-License-Identifier: MPL-2.0 */
/* Files appear whole or not at all, whatever fails, and private ones are so from their first
 * byte. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/error.h"
#include "export/export.h"

#define SOMEBODY 12345 /* a user that owns nothing */
#define OLD "the old content, which is longer than the new one"
#define NEW "the new content"

/* ---- system calls of ours -------------------------------------------------------------------- */

/* export_save() is linked with these instead of the C library's. */
static struct {
	unsigned calls;
	unsigned failing; /* the call that fails, counted from 1; 0: none */
	int cause;
	bool no_replace_unknown; /* as on a file system that does not know RENAME_NOREPLACE */
	bool byte_by_byte;
	mode_t first_mode;   /* of the file when its first byte was written */
	int raised;          /* a signal that arrives while the first byte is written */
	const char *appears; /* a file somebody else makes at the first fsync */
} faults;

static bool
fails(void)
{
	if (++faults.calls != faults.failing)
		return false;
	errno = faults.cause;
	return true;
}

static void
make_file(const char *path, const char *content)
{
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	struct stat status;
	if (fd <= STDERR_FILENO)
		return syscall(SYS_write, fd, bytes, size);
	if (faults.first_mode == 0 && fstat(fd, &status) == 0)
		faults.first_mode = status.st_mode;
	if (faults.raised)
		raise(faults.raised);
	faults.raised = 0;
	if (fails())
		return -1;
	return syscall(SYS_write, fd, bytes, faults.byte_by_byte && size > 1 ? 1 : size);
}

int
fsync(int fd)
{
	const char *path = faults.appears;
	faults.appears = NULL;
	if (path) {
		int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_int_equal(syscall(SYS_write, file, OLD, strlen(OLD)), strlen(OLD));
		close(file);
	}
	return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int
renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	if (faults.no_replace_unknown) {
		errno = EINVAL;
		return -1;
	}
	return fails() ? -1 : (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	return fails() ? -1 : (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

int
linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	return fails() ? -1 : (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
}

/* ---- a directory per test -------------------------------------------------------------------- */

static char folder[64];

static int
make_folder(void **state)
{
	(void)state;
	memset(&faults, 0, sizeof faults);
	umask(022);
	strcpy(folder, "/tmp/trustctl-save-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int
remove_folder(void **state)
{
	TRUST_AUTO_FREE char *command = trust_printf("chmod -R u+rwx %s; rm -r %s", folder, folder);
	(void)state;
	return chdir("/") == 0 ? system(command) : -1;
}

static struct trust_bytes
bytes_of(const char *text)
{
	return (struct trust_bytes){ (const uint8_t *)text, strlen(text) };
}

static void
holds(const char *path, const char *want)
{
	char content[256] = "";
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	content[fread(content, 1, sizeof content - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(content, want);
}

/* How many names there are in the test's directory. */
static size_t
names(void)
{
	size_t count = 0;
	DIR *listing = opendir(".");
	assert_non_null(listing);
	for (struct dirent *entry; (entry = readdir(listing));)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(listing);
	return count;
}

static void
saved(const char *path, bool secret, bool overwrite)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	if (!export_save_check(path, overwrite, &error) ||
	    !export_save(path, bytes_of(NEW), secret, overwrite, &error))
		fail_msg("%s", error.message);
	holds(path, NEW);
}

static void
refused(const char *path, bool overwrite, enum trust_code code, const char *words, const char *hint)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	assert_false(export_save(path, bytes_of(NEW), false, overwrite, &error));
	if (faults.calls == 0) { /* no fault of ours: then it is known beforehand */
		TRUST_AUTO_ERROR early = TRUST_ERROR_INIT;
		assert_false(export_save_check(path, overwrite, &early));
		assert_int_equal(early.code, error.code);
		assert_string_equal(early.message, error.message);
	}
	print_message("# %s (%s)\n", error.message, error.hint ? error.hint : "");
	assert_int_equal(error.code, code);
	assert_non_null(strstr(error.message, words));
	if (hint) {
		assert_non_null(error.hint);
		assert_non_null(strstr(error.hint, hint));
	}
}

/* ---- what is written ------------------------------------------------------------------------- */

static void
a_file_has_the_mode_it_should_have(void **state)
{
	static const struct {
		const char *sentence;
		bool secret;
		mode_t mask;
		mode_t before; /* of a file that is replaced; 0: none */
		mode_t want;
	} rows[] = {
		{ "others may read what is no secret", false, 022, 0, 0644 },
		{ "the umask counts", false, 077, 0, 0600 },
		{ "a secret is private under any umask", true, 0, 0, 0600 },
		{ "a secret that replaces a readable file is private", true, 022, 0644, 0600 },
		{ "the umask counts when a file is replaced", false, 022, 0600, 0644 },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct stat status;
		print_message("# %s\n", rows[i].sentence);
		unlink("file");
		if (rows[i].before) {
			make_file("file", OLD);
			assert_int_equal(chmod("file", rows[i].before), 0);
		}
		umask(rows[i].mask);
		faults.first_mode = 0;
		saved("file", rows[i].secret, rows[i].before != 0);
		assert_int_equal(stat("file", &status), 0);
		assert_int_equal(status.st_mode & 07777, rows[i].want);
		assert_int_equal(faults.first_mode & 07777, rows[i].want);
		assert_int_equal(names(), 1);
	}
}

static void
a_disk_that_takes_one_byte_at_a_time_gets_them_all(void **state)
{
	(void)state;
	faults.byte_by_byte = true;
	saved("file", false, false);
	assert_int_equal(names(), 1);
}

static void
paths_may_be_relative_absolute_or_through_other_directories(void **state)
{
	TRUST_AUTO_FREE char *absolute = trust_printf("%s/absolute", folder);

	(void)state;
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(symlink("dir", "linked"), 0);
	saved("plain", false, false);
	saved("./dotted", false, false);
	saved("dir/../around", false, false);
	saved(absolute, false, false);
	saved("linked/inside", false, false);
	holds("dir/inside", NEW);
}

static void
an_existing_file_is_replaced_only_when_that_is_allowed(void **state)
{
	(void)state;
	make_file("file", OLD);
	refused("file", false, TRUST_REFUSED, "'file' exists already", "--force");
	holds("file", OLD);
	saved("file", false, true);
	assert_int_equal(names(), 1);
}

static void
a_file_that_appears_meanwhile_is_not_replaced(void **state)
{
	(void)state;
	for (int unknown = 0; unknown < 2; unknown++) {
		unlink("file");
		faults.appears = "file";
		faults.no_replace_unknown = unknown != 0;
		refused("file", false, TRUST_REFUSED, "'file' exists already", "--force");
		holds("file", OLD);
		assert_int_equal(names(), 1);
	}
}

static void
a_file_system_that_does_not_know_the_flag_gets_a_link(void **state)
{
	(void)state;
	faults.no_replace_unknown = true;
	saved("file", false, false);
	assert_int_equal(names(), 1);
}

/* ---- where nothing is written ---------------------------------------------------------------- */

static void
what_is_no_regular_file_is_refused(void **state)
{
	static const struct {
		const char *path;
		const char *want;
		const char *hint;
	} rows[] = {
		{ "dir", "it is a directory", "name a file in it" },
		{ "dir/", "it is a directory", "name a file in it" },
		{ ".", "it is a directory", "name a file in it" },
		{ "/", "it is a directory", "name a file in it" },
		{ "to-dir", "it is a directory", "name a file in it" },
		{ "/dev/null", "it is a device", "-o -" },
		{ "/dev/full", "it is a device", "-o -" },
		{ "to-device", "it is a device", "-o -" },
		{ "pipe", "it is a pipe", "-o -" },
		{ "to-pipe", "it is a pipe", "-o -" },
		{ "dangling", "it is a symbolic link to nothing", "remove the link" },
		{ "loop", "too many levels of symbolic links", NULL },
		{ "file/below", "not a directory", NULL },
		{ "missing/", "there is no directory 'missing'", "mkdir -p 'missing'" },
		{ "", "no such file", NULL },
	};

	(void)state;
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(mkfifo("pipe", 0644), 0);
	assert_int_equal(symlink("dir", "to-dir"), 0);
	assert_int_equal(symlink("pipe", "to-pipe"), 0);
	assert_int_equal(symlink("/dev/null", "to-device"), 0);
	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
	make_file("file", OLD);
	size_t before = names();
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		refused(rows[i].path, true, TRUST_OUTPUT, rows[i].want, rows[i].hint);
		assert_int_equal(names(), before);
	}
}

static void
a_link_stays_and_the_file_it_leads_to_is_replaced(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(mkdir("dir", 0755), 0);
	make_file("dir/real", OLD);
	assert_int_equal(symlink("dir/real", "link"), 0);
	refused("link", false, TRUST_REFUSED, "'link' exists already", "--force");
	holds("dir/real", OLD);
	saved("link", true, true);
	holds("dir/real", NEW);
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat("dir/real", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(names(), 2);
}

static void
a_link_of_another_user_is_not_followed(void **state)
{
	(void)state;
	make_file("file", OLD);
	assert_int_equal(symlink("file", "link"), 0);
	if (lchown("link", SOMEBODY, SOMEBODY) != 0)
		return; /* only root can give a link away */
	refused("link", true, TRUST_REFUSED, "a symbolic link of another user", NULL);
	holds("file", OLD);
}

static void
a_missing_directory_is_named_with_the_command_that_makes_it(void **state)
{
	static const char *const paths[] = { "a/file", "two words/b c/file", "$(x)/file" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(paths); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		assert_false(export_save(paths[i], bytes_of(NEW), false, false, &error));
		print_message("# %s (%s)\n", error.message, error.hint);
		assert_non_null(strstr(error.message, "there is no directory"));
		assert_int_equal(system(error.hint), 0);
		saved(paths[i], false, false);
	}
	refused("it's/file", false, TRUST_OUTPUT, "there is no directory 'it's'", "make that");
	refused("a\x1b/file", false, TRUST_OUTPUT, "there is no directory 'a\\x1b'", "make that");
}

/* ---- what fails ------------------------------------------------------------------------------ */

/* One round: the n-th call fails. False when there was no such call. */
static bool
fail_call(unsigned number, bool exists, bool overwrite)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	unlink("file");
	if (exists)
		make_file("file", OLD);
	faults.calls = 0;
	faults.failing = number;
	faults.cause = ENOSPC;
	bool good = export_save("file", bytes_of(NEW), true, overwrite, &error);
	faults.failing = 0;
	if (good)
		return false;
	print_message("# %u: %s (%s)\n", number, error.message, error.hint ? error.hint : "");
	assert_int_equal(error.code, TRUST_OUTPUT);
	if (strstr(error.message, "is written but")) {
		holds("file", NEW);
		assert_int_equal(names(), 1);
		return true;
	}
	assert_string_equal(error.message, "cannot write 'file': no space left on device");
	assert_non_null(strstr(error.hint, "free some room"));
	if (exists)
		holds("file", OLD);
	assert_int_equal(names(), exists ? 1 : 0);
	return true;
}

static void
whatever_fails_the_file_is_old_or_new_and_alone(void **state)
{
	static const struct {
		bool exists;
		bool overwrite;
		bool no_replace_unknown;
	} rows[] = {
		{ false, false, false },
		{ false, false, true },
		{ false, true, false },
		{ true, true, false },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		unsigned number = 1;
		faults.no_replace_unknown = rows[i].no_replace_unknown;
		while (fail_call(number, rows[i].exists, rows[i].overwrite))
			number++;
		assert_int_equal(number, 5); /* write, fsync, rename, fsync of the directory */
		holds("file", NEW);
	}
}

static void
each_cause_has_its_remedy(void **state)
{
	static const struct {
		int cause;
		const char *want;
	} rows[] = {
		{ ENOSPC, "free some room" },
		{ EDQUOT, "your quota" },
		{ EFBIG, "ulimit -f" },
		{ EROFS, "read-only" },
		{ EACCES, "choose a directory" },
		{ EPERM, "choose a directory" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		faults.calls = 0;
		faults.failing = 1;
		faults.cause = rows[i].cause;
		refused("file", false, TRUST_OUTPUT, strerror(rows[i].cause) + 1, rows[i].want);
	}
}

static void
a_file_larger_than_the_limit_is_an_error_and_not_the_end(void **state)
{
	static const uint8_t zeros[8192];
	const struct trust_bytes bytes = { zeros, sizeof zeros };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct rlimit before;
	sigset_t mask;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	const struct rlimit small = { .rlim_cur = 4096, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	bool good = export_save("file", bytes, false, false, &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

	assert_false(good);
	assert_string_equal(error.message, "cannot write 'file': file too large");
	assert_non_null(strstr(error.hint, "ulimit -f"));
	assert_int_equal(names(), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	assert_false(sigismember(&mask, SIGXFSZ) || sigismember(&mask, SIGINT));
	assert_int_equal(sigpending(&mask), 0);
	assert_false(sigismember(&mask, SIGXFSZ));
}

static volatile sig_atomic_t caught_with; /* names in the directory when the signal came, plus 1 */

static void
note_names(int number)
{
	(void)number;
	caught_with = (sig_atomic_t)names() + 1;
}

static void
a_signal_waits_until_the_file_is_whole(void **state)
{
	const struct sigaction action = { .sa_handler = note_names };
	struct sigaction before;

	(void)state;
	assert_int_equal(sigaction(SIGTERM, &action, &before), 0);
	faults.raised = SIGTERM;
	saved("file", true, false);
	assert_int_equal(sigaction(SIGTERM, &before, NULL), 0);
	assert_int_equal(caught_with, 2);
}

/* ---- another user ---------------------------------------------------------------------------- */

/* 0: saved, 1: refused as wanted, 2: neither. */
static int
save_as_somebody(const char *path)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (geteuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setgid(SOMEBODY) != 0 || setuid(SOMEBODY) != 0))
		return 2;
	bool known = !export_save_check(path, true, &error);
	if (export_save(path, bytes_of(NEW), false, true, &error))
		return known ? 2 : 0;
	if (!known)
		return 2;
	return error.code == TRUST_OUTPUT && strstr(error.message, "permission denied") &&
		strstr(error.hint, "choose a directory")
	    ? 1
	    : 2;
}

static int
in_child(const char *path)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		_exit(save_as_somebody(path));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
directories_are_written_as_far_as_their_mode_allows(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
		int want;
	} rows[] = {
		{ "closed", 0000, 1 },
		{ "read-only", 0555, 1 },
		{ "drop-box", 0333, 0 }, /* files may be put in, not listed */
		{ "open", 0777, 0 },
	};

	(void)state;
	assert_int_equal(chmod(".", 0755), 0);
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/file", rows[i].name);
		print_message("# %s\n", rows[i].name);
		assert_int_equal(mkdir(rows[i].name, 0755), 0);
		assert_int_equal(chmod(rows[i].name, rows[i].mode), 0);
		assert_int_equal(in_child(path), rows[i].want);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_has_the_mode_it_should_have),
		TEST(a_disk_that_takes_one_byte_at_a_time_gets_them_all),
		TEST(paths_may_be_relative_absolute_or_through_other_directories),
		TEST(an_existing_file_is_replaced_only_when_that_is_allowed),
		TEST(a_file_that_appears_meanwhile_is_not_replaced),
		TEST(a_file_system_that_does_not_know_the_flag_gets_a_link),
		TEST(what_is_no_regular_file_is_refused),
		TEST(a_link_stays_and_the_file_it_leads_to_is_replaced),
		TEST(a_link_of_another_user_is_not_followed),
		TEST(a_missing_directory_is_named_with_the_command_that_makes_it),
		TEST(whatever_fails_the_file_is_old_or_new_and_alone),
		TEST(each_cause_has_its_remedy),
		TEST(a_file_larger_than_the_limit_is_an_error_and_not_the_end),
		TEST(a_signal_waits_until_the_file_is_whole),
		TEST(directories_are_written_as_far_as_their_mode_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
