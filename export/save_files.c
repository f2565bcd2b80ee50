/* SPDX-License-Identifier: MPL-2.0 */
/* Writing the files of a directory: a new one appears whole, in an old one each file does. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/progress.h"
#include "core/text.h"
#include "export/internal.h"

static bool
has_secret(const struct export_files *files)
{
	bool secret = false;

	for (size_t i = 0; i < files->count; i++)
		secret = secret || files->list[i].secret;
	return secret;
}

/* A slash at the end makes lstat() follow a link. */
static char *
without_slashes(const char *directory)
{
	char *plain = trust_strdup(directory);
	size_t size = strlen(plain);

	while (size > 1 && plain[size - 1] == '/')
		plain[--size] = '\0';
	return plain;
}

static char *
path_in(const char *directory, const char *name)
{
	size_t size = strlen(directory);

	return trust_printf(
	    "%s%s%s", directory, size > 0 && directory[size - 1] == '/' ? "" : "/", name);
}

/* "conf.d" of "conf.d/x.conf", owned by the caller; NULL: the file is in no subdirectory. */
static char *
subdirectory_of(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash ? trust_printf("%.*s", (int)(slash - name), name) : NULL;
}

/* Is there a directory, and may files be put there? ret_exists is set in any good case. */
static bool
look(const char *directory, bool secret, bool *ret_exists, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(directory);
	struct stat link;
	struct stat status;

	if (lstat(directory, &link) != 0) {
		*ret_exists = false;
		return errno == ENOENT || export_fail_write(shown, errno, error);
	}
	if (S_ISLNK(link.st_mode) && link.st_uid != geteuid() && link.st_uid != 0)
		return trust_fail(
		    error, TRUST_REFUSED, shown, "'%s' is a symbolic link of another user", shown);
	if (stat(directory, &status) != 0)
		return export_fail_write(shown, errno, error);
	if (!S_ISDIR(status.st_mode)) {
		(void)trust_fail(error, TRUST_OUTPUT, shown,
		    "cannot write into '%s': it is no directory", shown);
		return trust_hint(error, "this format is several files: name a directory for them");
	}
	if (secret && status.st_uid != geteuid())
		return trust_fail(error, TRUST_REFUSED, shown,
		    "'%s' belongs to another user: a private key is not written there", shown);
	*ret_exists = true;
	return access(directory, W_OK | X_OK) == 0 || export_fail_write(shown, errno, error);
}

bool
export_save_files_check(const char *directory, bool secret, struct trust_error *error)
{
	TRUST_AUTO_FREE char *plain = without_slashes(directory);
	bool exists = false;

	if (!look(plain, secret, &exists, error))
		return false;
	/* The place of a new directory is that of a new file. */
	return exists || export_save_check(plain, false, error);
}

/* True also of one that may not be read: files can be put there all the same. */
static bool
sync_directory(const char *path)
{
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? errno == EACCES : fsync(fd) == 0 || errno == EINVAL;
}

/* ---- one file after the other ---------------------------------------------------------------- */

static bool
make_parent(const char *directory, const char *called, const char *name, mode_t mode,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *relative = subdirectory_of(name);

	if (!relative)
		return true;
	TRUST_AUTO_FREE char *parent = path_in(directory, relative);
	TRUST_AUTO_FREE char *wanted = path_in(called, relative);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(wanted);
	bool there = mkdir(parent, mode) == 0 ? sync_directory(directory) : errno == EEXIST;
	return there || export_fail_write(shown, errno, error);
}

static bool
save_one(const char *directory, const char *called, const struct export_file *file, bool overwrite,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = path_in(directory, file->name);
	TRUST_AUTO_FREE char *wanted = path_in(called, file->name);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(wanted);

	if (export_is_wanted_to_end())
		return export_fail_write(shown, EINTR, error);
	return make_parent(directory, called, file->name, file->secret ? 0700 : 0777, error) &&
	    export_save_as(
		path, wanted, trust_buffer_bytes(&file->bytes), file->secret, overwrite, error);
}

/* called: what errors name instead of the directory, which gets that name when all is in it */
static bool
save_each(const char *directory, const char *called, const struct export_files *files,
    bool overwrite, size_t *ret_saved, struct trust_error *error)
{
	for (size_t i = 0; i < files->count; i++) {
		*ret_saved = i;
		trust_progress_tell("files written", i, files->count);
		if (!save_one(directory, called, &files->list[i], overwrite, error))
			return false;
	}
	trust_progress_end();
	return true;
}

/* ---- into a directory that is there ---------------------------------------------------------- */

static bool
save_old(const char *directory, const struct export_files *files, bool overwrite,
    struct trust_error *error)
{
	size_t saved = 0;

	if (save_each(directory, directory, files, overwrite, &saved, error))
		return true;
	if (saved > 0)
		(void)trust_error_prefix(error, "%zu of %zu files %s written: ", saved,
		    files->count, saved == 1 ? "is" : "are");
	return false;
}

static bool
check_subdirectory(const char *directory, const struct export_file *file, struct trust_error *error)
{
	TRUST_AUTO_FREE char *relative = subdirectory_of(file->name);
	bool exists = false;

	if (!relative)
		return true;
	TRUST_AUTO_FREE char *path = path_in(directory, relative);
	return look(path, file->secret, &exists, error);
}

static bool
check_each(const char *directory, const struct export_files *files, bool overwrite,
    struct trust_error *error)
{
	for (size_t i = 0; i < files->count; i++) {
		TRUST_AUTO_FREE char *path = path_in(directory, files->list[i].name);
		struct stat status;
		if (!check_subdirectory(directory, &files->list[i], error))
			return false;
		if (lstat(path, &status) == 0 && !export_save_check(path, overwrite, error))
			return false;
	}
	return true;
}

/* ---- a directory of its own ------------------------------------------------------------------ */

static void
remove_staged(const char *staged, const struct export_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		TRUST_AUTO_FREE char *path = path_in(staged, files->list[i].name);
		(void)unlink(path);
	}
	for (size_t i = 0; i < files->count; i++) {
		TRUST_AUTO_FREE char *relative = subdirectory_of(files->list[i].name);
		if (!relative)
			continue;
		TRUST_AUTO_FREE char *path = path_in(staged, relative);
		(void)rmdir(path);
	}
	(void)rmdir(staged);
}

/* Give the staged directory its name, unless something has it meanwhile. */
static bool
take_name(const char *staged, const char *directory)
{
	if (renameat2(AT_FDCWD, staged, AT_FDCWD, directory, RENAME_NOREPLACE) == 0)
		return true;
	/* File systems without that flag (NFS): an empty directory holds the place meanwhile. */
	if ((errno != EINVAL && errno != ENOSYS) || mkdir(directory, 0700) != 0)
		return false;
	if (rename(staged, directory) == 0)
		return true;
	int cause = errno;
	(void)rmdir(directory);
	errno = cause;
	return false;
}

static bool
publish(const char *staged, const char *directory, const char *parent, mode_t mode,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(directory);

	if (chmod(staged, mode) != 0 || !sync_directory(staged) || !take_name(staged, directory))
		return export_fail_write(shown, errno, error);
	return sync_directory(parent) ||
	    trust_fail_errno(error, TRUST_OUTPUT, errno, shown,
		"'%s' is written but may not survive a power failure", shown);
}

static bool
save_new(const char *directory, const struct export_files *files, struct trust_error *error)
{
	uint64_t random = 0;
	const char *slash = strrchr(directory, '/');
	TRUST_AUTO_FREE char *parent = slash
	    ? trust_printf("%.*s", (int)(slash - directory + 1), directory)
	    : trust_strdup(".");
	trust_random(&random, sizeof random);
	TRUST_AUTO_FREE char *name = trust_printf(".trustctl-%016llx", (unsigned long long)random);
	TRUST_AUTO_FREE char *staged = path_in(parent, name);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(directory);
	size_t saved = 0;
	mode_t mask = umask(0);
	(void)umask(mask);

	if (mkdir(staged, 0700) != 0)
		return export_fail_write(shown, errno, error);
	bool done = save_each(staged, directory, files, false, &saved, error) &&
	    publish(staged, directory, parent, has_secret(files) ? 0700 : 0777 & ~mask, error);
	if (!done)
		remove_staged(staged, files);
	return done;
}

bool
export_save_files(const char *directory, const struct export_files *files, bool overwrite,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *plain = without_slashes(directory);
	bool exists = false;
	sigset_t before;

	if (!look(plain, has_secret(files), &exists, error))
		return false;
	if (exists)
		return check_each(plain, files, overwrite, error) &&
		    save_old(plain, files, overwrite, error);
	export_hold_signals(&before);
	bool done = save_new(plain, files, error);
	export_release_signals(&before);
	return done;
}
