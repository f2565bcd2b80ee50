/* SPDX-License-Identifier: MPL-2.0 */
/* Writing a file whole or not at all. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "core/progress.h"
#include "core/text.h"
#include "export/internal.h"

struct target {
	char *shown;     /* owned; the path as the caller spelt it, displayable */
	char *directory; /* owned; "." when the path names none */
	char *name;      /* owned; the file in it, no link */
	int fd;          /* of the directory; -1: not open */
};
#define TARGET_AUTO __attribute__((cleanup(target_done))) struct target

static void
target_done(struct target *target)
{
	trust_free(target->shown);
	trust_free(target->directory);
	trust_free(target->name);
	trust_auto_close(&target->fd);
}

/* ---- what went wrong, and what to do --------------------------------------------------------- */

static const struct {
	int cause;
	const char *hint;
} remedies[] = {
	{ ENOSPC, "free some room there, or write to another file system" },
	{ EDQUOT, "your quota there is used up: remove files, or write to another file system" },
	{ EFBIG, "files may not become so large here: see `ulimit -f`" },
	{ EACCES, "choose a directory in which you may make files" },
	{ EPERM, "choose a directory in which you may make files" },
	{ EROFS, "that file system is mounted read-only: choose another directory" },
};

bool
export_fail_write(const char *path, int errno_value, struct trust_error *error)
{
	(void)trust_fail_errno(error, TRUST_OUTPUT, errno_value, path, "cannot write '%s'", path);
	for (size_t i = 0; i < TRUST_COUNT(remedies); i++)
		if (remedies[i].cause == errno_value)
			return trust_hint(error, "%s", remedies[i].hint);
	return false;
}

static bool
fail_cause(const struct target *target, int cause, struct trust_error *error)
{
	return export_fail_write(target->shown, cause, error);
}

static bool
fail_exists(const struct target *target, struct trust_error *error)
{
	(void)trust_fail(error, TRUST_REFUSED, target->shown, "'%s' exists already", target->shown);
	return trust_hint(error, "--force replaces it");
}

static bool
fail_no_directory(const struct target *target, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(target->directory);

	(void)trust_fail(error, TRUST_OUTPUT, target->shown,
	    "cannot write '%s': there is no directory '%s'", target->shown, shown);
	/* A command to be pasted must mean what it shows. */
	if (strcmp(shown, target->directory) != 0 || strchr(shown, '\'') || *shown == '-')
		return trust_hint(error, "make that directory first");
	return trust_hint(error, "mkdir -p '%s'", shown);
}

static const char *
kind_words(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	case S_IFIFO:
		return "a pipe";
	default:
		return "no regular file";
	}
}

static bool
fail_kind(const struct target *target, mode_t mode, struct trust_error *error)
{
	(void)trust_fail(error, TRUST_OUTPUT, target->shown, "cannot write '%s': it is %s",
	    target->shown, kind_words(mode));
	return trust_hint(
	    error, "%s", S_ISDIR(mode) ? "name a file in it" : "for standard output: -o -");
}

/* ---- where the file goes --------------------------------------------------------------------- */

/* Split at the last slash. False: there is no name behind it. */
static bool
split(const char *path, struct target *target)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (!slash)
		target->directory = trust_strdup(".");
	else
		target->directory =
		    trust_printf("%.*s", (int)(slash > path ? slash - path : 1), path);
	target->name = trust_strdup(name);
	return *name != '\0';
}

/*
 * Follow a symbolic link to the file it leads to. Somebody else's link, in /tmp say, could choose
 * what we replace: it is followed under the kernel's rule for such directories
 * (protected_symlinks), but everywhere.
 */
static bool
follow_link(const char *path, const struct stat *link, struct target *target, char **ret_path,
    struct trust_error *error)
{
	if (link->st_uid != geteuid() && link->st_uid != 0)
		return trust_fail(error, TRUST_REFUSED, target->shown,
		    "'%s' is a symbolic link of another user", target->shown);
	char *real = realpath(path, NULL);
	if (real) {
		*ret_path = real;
		return true;
	}
	if (errno != ENOENT)
		return fail_cause(target, errno, error);
	(void)trust_fail(error, TRUST_OUTPUT, target->shown,
	    "cannot write '%s': it is a symbolic link to nothing", target->shown);
	return trust_hint(error, "name the file itself, or remove the link");
}

/* May a file be made or replaced at this path? */
static bool
find_target(const char *path, bool overwrite, struct target *target, struct trust_error *error)
{
	TRUST_AUTO_FREE char *real = NULL;
	struct stat status;
	bool exists = lstat(path, &status) == 0;

	if (!exists && errno != ENOENT)
		return fail_cause(target, errno, error);
	if (exists && S_ISLNK(status.st_mode)) {
		struct stat link = status;
		/* A link to a device is a device; only then does its owner matter. */
		if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
			return fail_kind(target, status.st_mode, error);
		if (!follow_link(path, &link, target, &real, error))
			return false;
	}
	if (exists && !S_ISREG(status.st_mode))
		return fail_kind(target, status.st_mode, error);
	if (exists && !overwrite)
		return fail_exists(target, error);
	if (split(real ? real : path, target))
		return true;
	/* "missing/": what exists by such a path is a directory. */
	return *path ? fail_no_directory(target, error) : fail_cause(target, ENOENT, error);
}

/* Made here and renamed here, whatever happens to the path meanwhile. */
static bool
open_directory(struct target *target, struct trust_error *error)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): find_target() has set it */
	target->fd = open(target->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* One may have a directory to put files in without being allowed to read it. */
	if (target->fd < 0 && errno == EACCES)
		target->fd = open(target->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target->fd >= 0)
		return true;
	return errno == ENOENT ? fail_no_directory(target, error)
			       : fail_cause(target, errno, error);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Those that end the program wait until no temporary file is left, and a write beyond `ulimit -f`
 * is an error instead of the end. */
void
export_hold_signals(sigset_t *ret_before)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXFSZ };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < TRUST_COUNT(held); i++)
		sigaddset(&set, held[i]);
	pthread_sigmask(SIG_BLOCK, &set, ret_before);
}

void
export_release_signals(const sigset_t *before)
{
	const struct timespec at_once = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	if (!sigismember(before, SIGXFSZ))
		sigtimedwait(&set, NULL, &at_once); /* reported as EFBIG already */
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

bool
export_is_wanted_to_end(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < TRUST_COUNT(ends); i++)
		if (sigismember(&pending, ends[i]))
			return true;
	return false;
}

/* A piece is on the disk before the next is written: then it is known how long the rest takes, and
 * nobody who wants an end waits for all of it. */
#define PIECE_BYTES ((size_t)16 * 1024 * 1024)

static bool
write_all(int fd, struct trust_bytes bytes)
{
	bool good = true;

	for (size_t done = 0; good && done < bytes.size;) {
		size_t left = bytes.size - done;
		size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;
		if (bytes.size > PIECE_BYTES)
			trust_progress_tell_bytes("MiB written", done, bytes.size);
		good = trust_write_all(fd, bytes.data + done, size);
		done += size;
		good = good && (done == bytes.size || fdatasync(fd) == 0 || errno == EINVAL);
		if (good && done < bytes.size && export_is_wanted_to_end()) {
			errno = EINTR;
			good = false;
		}
	}
	int cause = errno;
	if (bytes.size > PIECE_BYTES)
		trust_progress_end();
	errno = cause;
	return good && fsync(fd) == 0;
}

static bool
publish(const struct target *target, const char *temporary, bool overwrite)
{
	int fd = target->fd;

	if (overwrite)
		return renameat(fd, temporary, fd, target->name) == 0;
	if (renameat2(fd, temporary, fd, target->name, RENAME_NOREPLACE) == 0)
		return true;
	/* File systems without that flag (NFS): a link never replaces either. */
	return (errno == EINVAL || errno == ENOSYS) &&
	    linkat(fd, temporary, fd, target->name, 0) == 0;
}

/* 0, or the errno of what failed. No temporary file is left. */
static int
write_and_publish(
    const struct target *target, struct trust_bytes bytes, bool secret, bool overwrite)
{
	uint64_t random = 0;

	trust_random(&random, sizeof random);
	TRUST_AUTO_FREE char *temporary =
	    trust_printf(".trustctl-%016llx", (unsigned long long)random);
	TRUST_AUTO_FD int fd = openat(target->fd, temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, secret ? 0600 : 0666);
	if (fd < 0)
		return errno;
	bool good = write_all(fd, bytes) && publish(target, temporary, overwrite);
	int cause = good ? 0 : errno;
	unlinkat(target->fd, temporary, 0); /* not there any more when it was renamed */
	return cause;
}

bool
export_save_check(const char *path, bool overwrite, struct trust_error *error)
{
	TARGET_AUTO target = { .shown = trust_text_display_string(path), .fd = -1 };

	if (!find_target(path, overwrite, &target, error) || !open_directory(&target, error))
		return false;
	return faccessat(target.fd, ".", W_OK | X_OK, AT_EACCESS) == 0 ||
	    fail_cause(&target, errno, error);
}

bool
export_save(const char *path, struct trust_bytes bytes, bool secret, bool overwrite,
    struct trust_error *error)
{
	return export_save_as(path, path, bytes, secret, overwrite, error);
}

bool
export_save_as(const char *path, const char *called, struct trust_bytes bytes, bool secret,
    bool overwrite, struct trust_error *error)
{
	TARGET_AUTO target = { .shown = trust_text_display_string(called), .fd = -1 };
	sigset_t before;

	if (!find_target(path, overwrite, &target, error) || !open_directory(&target, error))
		return false;
	export_hold_signals(&before);
	int cause = write_and_publish(&target, bytes, secret, overwrite);
	/* EBADF: opened to put files in alone; EINVAL: a file system that has no such call. */
	bool synced = cause != 0 || fsync(target.fd) == 0 || errno == EBADF || errno == EINVAL;
	int sync_cause = errno;
	export_release_signals(&before);

	if (cause == EEXIST)
		return fail_exists(&target, error);
	if (cause != 0)
		return fail_cause(&target, cause, error);
	return synced ||
	    trust_fail_errno(error, TRUST_OUTPUT, sync_cause, target.shown,
		"'%s' is written but may not survive a power failure", target.shown);
}
