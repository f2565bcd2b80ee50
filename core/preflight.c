/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The one true cause. All looking at the files themselves happens here, before any connection to them
 * exists: closing a descriptor drops the process's POSIX locks on the file, also SQLite's.
 */

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/preflight.h"
#include "core/text.h"

/* SQLite's lock bytes (file format, section "locking"). */
#define LOCK_PENDING 0x40000000
#define LOCK_RESERVED (LOCK_PENDING + 1)
#define LOCK_SHARED (LOCK_PENDING + 2)
#define LOCK_SHARED_SIZE 510

static const char sqlite_magic[16] = "SQLite format 3";
static const uint8_t journal_magic[8] = { 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7 };

struct look {
	const struct trust_place *place;
	enum trust_preflight_for purpose;
	bool allow_foreign;
	struct trust_preflight *found;
	char *shown; /* owned: the directory, displayable */
};

static bool
exists(const char *directory, const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, name);
	struct stat status;
	return lstat(path, &status) == 0;
}

/* ---- is it there, and what is it? ----------------------------------------------------------- */

static bool
check_there(const struct look *look, struct trust_error *error)
{
	const char *path = look->place->path;
	struct stat status;

	if (stat(path, &status) != 0) {
		if (errno == EACCES)
			return trust_fail(error, TRUST_STORE_PERMISSION, look->shown,
			    "the store '%s' may not be looked at by this user", look->shown);
		trust_fail(error, TRUST_STORE_MISSING, look->shown, "there is no store at '%s'", look->shown);
		return look->place->kind == TRUST_PLACE_USER
		    ? trust_hint(error, "trustctl store create makes one; so does the first import")
		    : trust_hint(error, "trustctl store create %s makes one; trustctl store list shows those "
					"there are",
			  look->shown);
	}
	if (!S_ISDIR(status.st_mode)) {
		trust_fail(error, TRUST_STORE_NOT_DATABASE, look->shown,
		    "'%s' is not a directory; a store is one", look->shown);
		return trust_hint(error, "name the directory that holds cert9.db");
	}
	if (exists(path, "cert9.db"))
		return true;
	if (access(path, X_OK) != 0)
		return trust_fail(error, TRUST_STORE_PERMISSION, look->shown,
		    "the store '%s' may not be looked at by this user", look->shown);
	if (exists(path, "cert8.db")) {
		trust_fail(error, TRUST_STORE_LEGACY, look->shown,
		    "the store '%s' has only the old format (cert8.db)", look->shown);
		return trust_hint(error, "certutil -N -d sql:%s --upgrade-merge converts it; keep a copy first",
		    look->shown);
	}
	trust_fail(error, TRUST_STORE_MISSING, look->shown, "there is no store at '%s': it has no cert9.db",
	    look->shown);
	return trust_hint(error, "trustctl store create %s makes one", look->shown);
}

/* ---- may it be used? ------------------------------------------------------------------------ */

static const char *
user_of(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);
	return entry ? entry->pw_name : "another user";
}

static bool
not_permitted(const struct look *look, const char *path, const char *what, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	struct stat status;
	struct statvfs system;

	if (statvfs(look->place->path, &system) == 0 && system.f_flag & ST_RDONLY && *what == 'w') {
		trust_fail(error, TRUST_STORE_PERMISSION, shown,
		    "'%s' is on a file system that is mounted read-only", shown);
		return trust_hint(error, "mount it writable, or work on a copy of the store");
	}
	trust_fail(error, TRUST_STORE_PERMISSION, shown, "'%s' may not be %s by this user", shown, what);
	if (stat(path, &status) == 0 && status.st_uid != geteuid())
		return trust_hint(error, "it belongs to %s: sudo -u %s trustctl ...", user_of(status.st_uid),
		    user_of(status.st_uid));
	return trust_hint(error, "chmod u+rw %s", shown);
}

static bool
check_file(const struct look *look, const char *name, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", look->place->path, name);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	struct stat status;
	char magic[sizeof sqlite_magic] = "";

	if (stat(path, &status) != 0)
		return trust_fail_errno(error, TRUST_STORE_PERMISSION, errno, shown, "cannot look at '%s'",
		    shown);
	if (!S_ISREG(status.st_mode))
		return trust_fail(error, TRUST_STORE_NOT_DATABASE, shown, "'%s' is not a regular file", shown);
	if (access(path, R_OK) != 0)
		return not_permitted(look, path, "read", error);
	if (look->purpose == TRUST_FOR_WRITING && access(path, W_OK) != 0)
		return not_permitted(look, path, "written", error);
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return not_permitted(look, path, "read", error);
	if (pread(fd, magic, sizeof magic, 0) != (ssize_t)sizeof magic ||
	    memcmp(magic, sqlite_magic, sizeof magic) != 0) {
		trust_fail(error, TRUST_STORE_NOT_DATABASE, shown, "'%s' is not a database: %s", shown,
		    status.st_size == 0 ? "it is empty" : "it is something else, or damaged at its start");
		return trust_hint(error, "put back a copy of it, or move it away and let the program that owns "
					 "the store make a new one");
	}
	uint8_t version = 0;
	if (pread(fd, &version, 1, 18) == 1 && version == 2 && look->purpose == TRUST_FOR_WRITING) {
		trust_fail(error, TRUST_STORE_WAL, shown,
		    "'%s' is in WAL mode, in which several files cannot be changed as one", shown);
		return trust_hint(error, "close all programs that use it, then: sqlite3 %s 'PRAGMA "
					 "journal_mode=delete'",
		    shown);
	}
	return true;
}

static bool
check_owner(const struct look *look, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/cert9.db", look->place->path);
	struct stat status;

	if (stat(path, &status) != 0 || status.st_uid == geteuid())
		return true;
	look->found->foreign_owner = true;
	if (look->purpose != TRUST_FOR_WRITING || look->allow_foreign || geteuid() != 0)
		return true;
	const char *user = user_of(status.st_uid);
	trust_fail(error, TRUST_STORE_OWNER, look->shown,
	    "the store '%s' belongs to %s, and a file that root leaves in it would lock %s out", look->shown,
	    user, user);
	return trust_hint(error, "sudo -u %s trustctl ...", user);
}

static bool
check_directory(const struct look *look, struct trust_error *error)
{
	/* SQLite makes its journal beside the database. */
	return look->purpose != TRUST_FOR_WRITING || access(look->place->path, W_OK) == 0 ||
	    not_permitted(look, look->place->path, "written", error);
}

/* ---- locks and journals --------------------------------------------------------------------- */

static pid_t
lock_pid(int fd, short type, off_t start, off_t length)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
	if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

static char *
program_name(pid_t pid)
{
	TRUST_AUTO_FREE char *path = trust_printf("/proc/%ld/comm", (long)pid);
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char name[64];
	ssize_t size = fd >= 0 ? read(fd, name, sizeof name - 1) : -1;

	if (size <= 0)
		return trust_strdup("a program");
	if (name[size - 1] == '\n')
		size--;
	return trust_text_display(name, (size_t)size);
}

char *
trust_lock_holder(const char *database_path)
{
	TRUST_AUTO_FD int fd = open(database_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return NULL;
	pid_t pid = lock_pid(fd, F_RDLCK, LOCK_PENDING, 2);
	if (pid == 0)
		pid = lock_pid(fd, F_RDLCK, LOCK_SHARED, LOCK_SHARED_SIZE);
	if (pid == 0)
		return NULL;
	if (pid < 0)
		return trust_strdup("another program");
	TRUST_AUTO_FREE char *name = program_name(pid);
	return trust_printf("%s (pid %ld)", name, (long)pid);
}

/* A journal that nobody is writing, with something in it: its writer died. */
static bool
is_hot(const char *directory, const char *name)
{
	TRUST_AUTO_FREE char *database = trust_printf("%s/%s", directory, name);
	TRUST_AUTO_FREE char *journal = trust_printf("%s-journal", database);
	uint8_t magic[sizeof journal_magic] = { 0 };

	TRUST_AUTO_FD int fd = open(journal, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || pread(fd, magic, sizeof magic, 0) != (ssize_t)sizeof magic ||
	    memcmp(magic, journal_magic, sizeof magic) != 0)
		return false;
	TRUST_AUTO_FD int db = open(database, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return db >= 0 && lock_pid(db, F_RDLCK, LOCK_RESERVED, 1) == 0;
}

/* An exclusive lock keeps even readers out; a writer's normal one only other writers, for a moment. */
static bool
check_locks(const struct look *look, struct trust_error *error)
{
	static const char *const names[] = { "cert9.db", "key4.db" };
	int wait_ms = look->purpose == TRUST_FOR_WRITING ? TRUST_LOCK_WAIT_MS : TRUST_READ_WAIT_MS;

	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", look->place->path, names[i]);
		for (int waited = 0;; waited += 20) {
			TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
			if (fd < 0)
				break;
			pid_t pid = lock_pid(fd, F_RDLCK, LOCK_SHARED, LOCK_SHARED_SIZE);
			if (pid == 0 && look->purpose == TRUST_FOR_WRITING)
				pid = lock_pid(fd, F_RDLCK, LOCK_RESERVED, 1);
			if (pid == 0)
				break;
			if (waited >= wait_ms) {
				TRUST_AUTO_FREE char *name =
				    pid > 0 ? program_name(pid) : trust_strdup("another program");
				trust_fail(error, TRUST_STORE_LOCKED, look->shown,
				    "the store '%s' is locked by %s (pid %ld)", look->shown, name,
				    (long)pid);
				return trust_hint(error, "wait for it to finish or close it, then try again");
			}
			usleep(20000);
		}
	}
	return true;
}

static void
look_at_password(const struct look *look)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *row = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *path = trust_printf("%s/key4.db", look->place->path);

	if (!trust_db_open(path, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, &ignored) ||
	    !trust_db_prepare(db, &row, &ignored,
		"SELECT length(item1) FROM metaData WHERE id='password'"))
		return;
	if (trust_db_step(db, row, &ignored)) {
		look->found->password_row = true;
		look->found->password_salt_bytes = (size_t)sqlite3_column_int(row, 0);
	}
}

static bool
run(struct look *look, struct trust_error *error)
{
	const char *directory = look->place->path;

	if (!check_there(look, error) || !check_file(look, "cert9.db", error))
		return false;
	look->found->has_keys_db = exists(directory, "key4.db");
	if (look->found->has_keys_db && !check_file(look, "key4.db", error))
		return false;
	if (!check_directory(look, error) || !check_owner(look, error) || !check_locks(look, error))
		return false;
	look->found->cert_journal_hot = is_hot(directory, "cert9.db");
	look->found->key_journal_hot = is_hot(directory, "key4.db");
	look->found->own_journal_hot = is_hot(directory, "trustctl.db");
	if (look->found->has_keys_db && !look->found->key_journal_hot)
		look_at_password(look);
	return true;
}

bool
trust_preflight(const struct trust_place *place, enum trust_preflight_for purpose, bool allow_foreign,
    struct trust_preflight *ret_found, struct trust_error *error)
{
	struct trust_preflight found = { 0 };
	struct look look = {
		.place = place,
		.purpose = purpose,
		.allow_foreign = allow_foreign,
		.found = &found,
		.shown = trust_text_display_string(place->path),
	};

	bool usable = run(&look, error);
	trust_free(look.shown);
	if (usable)
		*ret_found = found;
	return usable;
}
