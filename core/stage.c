/* SPDX-License-Identifier: MPL-2.0 */
/* Staging directories: made private, in memory, held by a lock, filled by SQLite's online
 * backup. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/progress.h"
#include "core/stage_internal.h"
#include "core/store_files_internal.h"
#include "core/text.h"

#define STAGE_PREFIX "trustctl-stage-"

/* What a staging directory may hold; nothing else is ever removed. */
static const char *const stage_folders[] = { "base", "work" };
static const char *const stage_files[] = {
	"cert9.db",
	"key4.db",
	"pkcs11.txt",
	"cert9.db-journal",
	"key4.db-journal",
	"cert9.db-wal",
	"key4.db-wal",
	"cert9.db-shm",
	"key4.db-shm",
	"trustctl.db",
	"trustctl.db-journal",
	"trustctl.db-wal",
	"trustctl.db-shm",
};

#define OPEN_FOLDER (O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)

/* By calls alone that a signal handler may make. Directory by directory, and never through a link:
 * in a store that was unpacked, what looks like one of ours is somebody else's work. */
static void
stage_remove(const char *dir)
{
	int fd = open(dir, OPEN_FOLDER);
	int folders[TRUST_COUNT(stage_folders)];
	bool ours = fd >= 0;

	for (size_t i = 0; i < TRUST_COUNT(stage_folders); i++) {
		folders[i] = fd >= 0 ? openat(fd, stage_folders[i], OPEN_FOLDER) : -1;
		ours = ours && (folders[i] >= 0 || errno == ENOENT);
	}
	for (size_t i = 0; i < TRUST_COUNT(stage_folders); i++) {
		for (size_t k = 0; ours && folders[i] >= 0 && k < TRUST_COUNT(stage_files); k++)
			unlinkat(folders[i], stage_files[k], 0);
		if (ours && folders[i] >= 0)
			unlinkat(fd, stage_folders[i], AT_REMOVEDIR);
		if (folders[i] >= 0)
			close(folders[i]);
	}
	if (ours) {
		unlinkat(fd, "lock", 0);
		rmdir(dir);
	}
	if (fd >= 0)
		close(fd);
}

/* Whoever may rename a directory under our hands could lead us elsewhere: so only where the
 * directory above is ours, or sticky as /dev/shm is. */
static bool
is_safe_parent(const char *parent)
{
	struct stat status;

	return stat(parent, &status) == 0 && S_ISDIR(status.st_mode) &&
	    ((status.st_mode & S_ISVTX) != 0 ||
		(status.st_uid == geteuid() && (status.st_mode & 002) == 0));
}

static void
each_leftover_in(
    const char *parent, void (*function)(const char *dir, void *context), void *context)
{
	DIR *listing = is_safe_parent(parent) ? opendir(parent) : NULL;
	if (!listing)
		return;
	for (struct dirent *entry; (entry = readdir(listing));) {
		if (strncmp(entry->d_name, STAGE_PREFIX, strlen(STAGE_PREFIX)) != 0)
			continue;
		TRUST_AUTO_FREE char *dir = trust_printf("%s/%s", parent, entry->d_name);
		TRUST_AUTO_FREE char *lock = trust_printf("%s/lock", dir);
		struct stat status;
		struct stat lock_status;
		if (lstat(dir, &status) != 0 || !S_ISDIR(status.st_mode) ||
		    status.st_uid != geteuid() ||
		    (lstat(lock, &lock_status) == 0 && !S_ISREG(lock_status.st_mode)))
			continue;
		TRUST_AUTO_FD int fd = open(lock, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		/* A directory without lock file is one that is just being made, or whose making
		 * died; after a minute it is the latter. */
		if (fd < 0 && time(NULL) - status.st_mtime < 60)
			continue;
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)
			continue;
		function(dir, context);
	}
	closedir(listing);
}

/* Memory as a directory; below the root that tests set. Owned by the caller. */
static char *
shared_memory(void)
{
	return trust_printf("%s/dev/shm", trust_environment_current().root);
}

void
trust_stage_each_leftover(
    const char *beside, void (*function)(const char *dir, void *context), void *context)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	if (runtime && *runtime == '/')
		each_leftover_in(runtime, function, context);
	TRUST_AUTO_FREE char *memory = shared_memory();
	each_leftover_in(memory, function, context);
	if (beside)
		each_leftover_in(beside, function, context);
}

static void
sweep(const char *dir, void *context)
{
	(void)context;
	stage_remove(dir);
}

void
trust_stage_sweep(const char *beside)
{
	trust_stage_each_leftover(beside, sweep, NULL);
}

/* ---- in a signal handler --------------------------------------------------------------------- */

/* Those that are there, for trust_stage_abandon(). One command has a few. */
#define MOST_HELD 8
static const char *volatile held[MOST_HELD];

static void
hold(const char *dir)
{
	for (size_t i = 0; i < MOST_HELD; i++)
		if (!held[i]) {
			held[i] = dir;
			return;
		}
}

static void
release(const char *dir)
{
	for (size_t i = 0; i < MOST_HELD; i++)
		if (held[i] == dir)
			held[i] = NULL;
}

void
trust_stage_abandon(void)
{
	for (size_t i = 0; i < MOST_HELD; i++) {
		const char *dir = held[i];
		if (dir)
			stage_remove(dir);
	}
}

/* ---- making ---------------------------------------------------------------------------------- */

static bool
stage_make(const char *parent, struct trust_stage *stage)
{
	char *dir = trust_printf("%s/%sXXXXXX", parent, STAGE_PREFIX);
	if (!mkdtemp(dir)) { /* 0700 */
		trust_free(dir);
		return false;
	}
	stage->dir = dir;
	hold(dir);
	stage->base = trust_printf("%s/base", dir);
	stage->work = trust_printf("%s/work", dir);
	TRUST_AUTO_FREE char *lock = trust_printf("%s/lock", dir);
	stage->lock_fd = open(lock, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (stage->lock_fd >= 0 && flock(stage->lock_fd, LOCK_EX | LOCK_NB) == 0 &&
	    mkdir(stage->base, 0700) == 0 && mkdir(stage->work, 0700) == 0)
		return true;
	int cause = errno;
	stage_remove(dir);
	release(dir);
	trust_auto_close(&stage->lock_fd);
	stage->lock_fd = -1;
	trust_free(trust_steal(&stage->dir));
	trust_free(trust_steal(&stage->base));
	trust_free(trust_steal(&stage->work));
	errno = cause;
	return false;
}

/* Where a private copy could not be made, and why: "'/dev/shm': read-only file system". */
struct refusals {
	struct trust_buffer words;
	bool others; /* that there is no room is not all */
};

static bool
refuse(struct refusals *refusals, const char *parent, const char *why)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(parent);

	trust_buffer_printf(&refusals->words, "%s'%s': %c%s", refusals->words.size ? "; " : "",
	    shown, tolower((unsigned char)*why), why + 1);
	return false;
}

static bool
stage_try(
    const char *parent, uint64_t needed_bytes, struct trust_stage *stage, struct refusals *refusals)
{
	struct statvfs room;

	errno = 0;
	if (!is_safe_parent(parent)) {
		refusals->others = true;
		return refuse(
		    refusals, parent, errno ? strerror(errno) : "others may move what is in it");
	}
	if (statvfs(parent, &room) == 0) {
		if ((uint64_t)room.f_bavail * room.f_frsize < needed_bytes + 1024 * 1024)
			return refuse(refusals, parent, strerror(ENOSPC));
		/* Another run's sweep may come between the making of the lock file and its
		 * locking. */
		for (int attempt = 0; attempt < 3; attempt++)
			if (stage_make(parent, stage))
				return true;
	}
	refusals->others = refusals->others || (errno != ENOSPC && errno != EDQUOT);
	return refuse(refusals, parent, strerror(errno));
}

static bool
fail_refused(const struct refusals *refusals, const char *beside, uint64_t needed_bytes,
    struct trust_error *error)
{
	if (refusals->others) {
		trust_fail(error, TRUST_STORE_PERMISSION, NULL,
		    "cannot make a private copy of the store: %s",
		    (const char *)refusals->words.data);
		return trust_hint(error,
		    "name a directory of yours alone (mode 0700), as "
		    "XDG_RUNTIME_DIR=DIRECTORY trustctl ...; nothing was changed");
	}
	trust_fail(error, TRUST_STORE_FULL, NULL,
	    "cannot make a private copy of the store: %s %llu KiB free",
	    beside ? "neither memory nor the store's file system has" : "memory does not have",
	    (unsigned long long)(needed_bytes / 1024 + 1024));
	return trust_hint(error, "free some space%s, then try again; nothing was changed",
	    beside ? "" : ", or name a directory of yours alone (mode 0700) as XDG_RUNTIME_DIR");
}

bool
trust_stage_directory(const char *beside, uint64_t needed_bytes, struct trust_stage **ret_stage,
    struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = trust_alloc(sizeof *stage);
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	TRUST_AUTO_FREE char *memory = shared_memory();
	struct stat status;

	struct refusals refusals = { .others = false };
	stage->lock_fd = -1;
	bool own_runtime = runtime && *runtime == '/' && stat(runtime, &status) == 0 &&
	    status.st_uid == geteuid() && (status.st_mode & 077) == 0;
	trust_buffer_init(&refusals.words, TRUST_MAX_FILE_BYTES);
	bool made = (own_runtime && stage_try(runtime, needed_bytes, stage, &refusals)) ||
	    stage_try(memory, needed_bytes, stage, &refusals) ||
	    (beside && stage_try(beside, needed_bytes, stage, &refusals)) ||
	    fail_refused(&refusals, beside, needed_bytes, error);
	trust_buffer_done(&refusals.words);
	if (!made)
		return false;
	*ret_stage = trust_steal(&stage);
	return true;
}

bool
trust_stage_is_full(const struct trust_stage *stage)
{
	struct statvfs room;

	/* The pages of one object, and its journal. */
	return statvfs(stage->dir, &room) == 0 &&
	    (uint64_t)room.f_bavail * room.f_frsize < 64 * 1024;
}

void
trust_stage_free(struct trust_stage *stage)
{
	if (!stage)
		return;
	if (stage->dir) {
		stage_remove(stage->dir);
		release(stage->dir);
	}
	if (stage->lock_fd >= 0)
		close(stage->lock_fd);
	trust_free(stage->dir);
	trust_free(stage->base);
	trust_free(stage->work);
	trust_free(stage);
}

bool
trust_stamp_read(const char *path, struct trust_stamp *ret_stamp)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	*ret_stamp = (struct trust_stamp){
		.device = status.st_dev,
		.inode = status.st_ino,
		.changed = status.st_ctim,
	};
	return true;
}

bool
trust_stamp_equal(const struct trust_stamp *a, const struct trust_stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

#define COPY_BYTES ((size_t)256 * 1024)

/* Byte by byte, through SQLite's own descriptor: closing another one would drop its locks. The
 * caller holds a read transaction, under which nobody writes the file. */
static bool
copy_bytes(sqlite3 *from, const char *copy, struct trust_error *error)
{
	TRUST_AUTO_FREE uint8_t *bytes = trust_alloc(COPY_BYTES);
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;

	TRUST_AUTO_FD int out = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return trust_fail_errno(
		    error, TRUST_STORE_FULL, errno, NULL, "cannot copy the store");
	if (sqlite3_file_control(from, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
	    file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return trust_fail(error, TRUST_BUG, NULL, "no file behind a database");
	for (sqlite3_int64 at = 0; at < size;) {
		trust_progress_tell_bytes("MiB copied", (size_t)at, (size_t)size);
		size_t more =
		    size - at < (sqlite3_int64)COPY_BYTES ? (size_t)(size - at) : COPY_BYTES;
		errno = 0;
		if (file->pMethods->xRead(file, bytes, (int)more, at) != SQLITE_OK) {
			errno = errno ? errno : EIO;
			return trust_fail_file(
			    error, TRUST_STORE_DAMAGED, "read", sqlite3_db_filename(from, "main"));
		}
		if (!trust_write_all(out, bytes, more))
			return trust_fail_errno(
			    error, TRUST_STORE_FULL, errno, NULL, "cannot copy the store");
		at += (sqlite3_int64)more;
	}
	return true;
}

static bool
copy_live(const char *live, const char *copy, uint32_t *ret_counter, struct trust_stamp *ret_stamp,
    struct trust_error *error)
{
	TRUST_AUTO_DB *from = NULL;
	int64_t tables = 0;

	/* One read transaction around counter, stamp and copy: they belong together. */
	if (!trust_db_open(live, SQLITE_OPEN_READWRITE, TRUST_LOCK_WAIT_MS, &from, error) ||
	    !trust_db_exec(from, error, "BEGIN") ||
	    !trust_db_number(from, 0, &tables, error, "SELECT count(*) FROM sqlite_master") ||
	    !trust_db_change_counter(from, "main", ret_counter, error))
		return false;
	if (!trust_stamp_read(live, ret_stamp))
		return trust_fail_file(error, TRUST_STORE_MISSING, "look at", live);
	return copy_bytes(from, copy, error);
}

static bool
is_link(const char *path)
{
	struct stat status;
	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* SQLite keeps the journals of a database beside the file that a symbolic link leads to. */
char *
trust_stage_source(const char *directory, const char *name)
{
	const char *suffix = strrchr(name, '-');

	if (suffix) {
		TRUST_AUTO_FREE char *database =
		    trust_printf("%s/%.*s", directory, (int)(suffix - name), name);
		char *real = is_link(database) ? realpath(database, NULL) : NULL;
		char *source = real ? trust_printf("%s%s", real, suffix) : NULL;
		free(real);
		if (source)
			return source;
	}
	return trust_printf("%s/%s", directory, name);
}

static bool
no_copy(struct trust_error *error)
{
	return trust_fail_errno(error, TRUST_STORE_FULL, errno, NULL, "cannot copy the store");
}

/* As long as it was when it was opened: there is an end to it then. */
static bool
take_bytes(int in, const char *from, int out, struct trust_error *error)
{
	char bytes[65536];
	struct stat status;
	struct statvfs room;
	ssize_t size = 0;

	if (fstat(in, &status) != 0 || !S_ISREG(status.st_mode)) {
		errno = EINVAL;
		return trust_fail_file(error, TRUST_STORE_NOT_DATABASE, "read", from);
	}
	if (fstatvfs(out, &room) == 0 &&
	    (uint64_t)room.f_bavail * room.f_frsize < (uint64_t)status.st_size) {
		errno = ENOSPC;
		return no_copy(error);
	}
	for (off_t left = status.st_size; left > 0; left -= size) {
		size = read(in, bytes, left < (off_t)sizeof bytes ? (size_t)left : sizeof bytes);
		if (size < 0)
			return trust_fail_file(error, TRUST_STORE_DAMAGED, "read", from);
		if (size == 0)
			break;
		if (!trust_write_all(out, bytes, (size_t)size))
			return no_copy(error);
	}
	return true;
}

/* SQLite rolls a journal back only where the super-journal is there that it names, and removes that
 * then: this copy decides the same now, and names none. */
static bool
settle_journal(int fd, const char *copy, struct trust_error *error)
{
	TRUST_AUTO_FREE char *super = trust_super_journal_of(fd);

	if (!super)
		return true;
	if (!trust_super_journal_exists(super))
		return unlink(copy) == 0 || no_copy(error);
	return trust_super_journal_wipe(fd) || no_copy(error);
}

bool
trust_stage_take(
    struct trust_stage *stage, const char *directory, const char *name, struct trust_error *error)
{
	TRUST_AUTO_FREE char *from = trust_stage_source(directory, name);
	TRUST_AUTO_FREE char *to = trust_printf("%s/%s", stage->work, name);

	TRUST_AUTO_FD int in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (in < 0)
		return errno == ENOENT ||
		    trust_fail_file(error, TRUST_STORE_PERMISSION, "read", from);
	TRUST_AUTO_FD int out = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return no_copy(error);
	const char *suffix = strrchr(name, '-');
	return take_bytes(in, from, out, error) &&
	    (!suffix || strcmp(suffix, "-journal") != 0 || settle_journal(out, to, error));
}

static bool
copy_file(const char *from, const char *to, struct trust_error *error)
{
	TRUST_AUTO_FD int in = open(from, O_RDONLY | O_CLOEXEC);
	TRUST_AUTO_FD int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat status;

	if (in < 0 || out < 0 || fstat(in, &status) != 0)
		return trust_fail_errno(
		    error, TRUST_STORE_FULL, errno, NULL, "cannot copy the store");
	for (off_t left = status.st_size; left > 0;) {
		ssize_t sent = sendfile(out, in, NULL, (size_t)left);
		if (sent <= 0)
			return trust_fail_errno(error, TRUST_STORE_FULL, sent < 0 ? errno : EIO,
			    NULL, "cannot copy the store");
		left -= sent;
	}
	return true;
}

static uint64_t
size_of(const char *dir, const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", dir, name);
	struct stat status;

	return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

bool
trust_stage_create(const struct trust_place *place, const struct trust_preflight *found,
    uint64_t added_bytes, struct trust_stage **ret_stage, struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;
	uint64_t size = size_of(place->path, "cert9.db") + size_of(place->path, "key4.db");
	static const char *const names[] = { "cert9.db", "key4.db" };

	/* Two copies, and room for the work to double one of them; a certificate takes its size, as
	 * much again for its names in table and indexes, and once more in a journal. */
	if (!trust_stage_directory(place->path, 3 * size + 4 * added_bytes, &stage, error))
		return false;
	stage->recovered =
	    found->cert_journal_hot || found->key_journal_hot || found->own_journal_hot;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO_FREE char *live = trust_printf("%s/%s", place->path, names[i]);
		TRUST_AUTO_FREE char *base = trust_printf("%s/%s", stage->base, names[i]);
		TRUST_AUTO_FREE char *work = trust_printf("%s/%s", stage->work, names[i]);
		uint32_t *counter = i == 0 ? &stage->cert_counter : &stage->key_counter;
		struct trust_stamp *stamp = i == 0 ? &stage->cert_stamp : &stage->key_stamp;
		if (!copy_live(live, base, counter, stamp, error) || !copy_file(base, work, error))
			return false;
	}
	*ret_stage = trust_steal(&stage);
	return true;
}
