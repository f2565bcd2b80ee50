/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The one true cause. Closing a descriptor drops all POSIX locks the process has on that file, also
 * SQLite's. So a database that this process has open already is looked at through the descriptor it
 * has, which is not closed; only others are opened here.
 */

#include <dirent.h>
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
#include "core/preflight_internal.h"
#include "core/stage_internal.h"
#include "core/store_files_internal.h"
#include "core/text.h"

/* SQLite's lock bytes (file format, section "locking"). */
#define LOCK_PENDING 0x40000000
#define LOCK_RESERVED (LOCK_PENDING + 1)
#define LOCK_SHARED (LOCK_PENDING + 2)
#define LOCK_SHARED_SIZE 510
#define LOCK_LOOK_MS 20

/* The header of a database file. */
#define SQLITE_HEADER_SIZE 100
#define SQLITE_WRITE_VERSION_AT 18
#define SQLITE_VERSION_WAL 2
static const char sqlite_magic[16] = "SQLite format 3";

struct look {
	const struct trust_place *place;
	enum trust_preflight_for purpose;
	bool allow_foreign;
	int wait_ms;
	struct trust_preflight *found;
	char *shown; /* owned: the directory, displayable */
	char *word;  /* owned: the same as one word of a shell's command line */
};

static bool
exists(const char *directory, const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, name);
	struct stat status;
	return lstat(path, &status) == 0;
}

/* ---- is it there? --------------------------------------------------------------------------- */

static bool
hint_create(const struct look *look, struct trust_error *error)
{
	switch (look->place->kind) {
	case TRUST_PLACE_USER:
		return trust_hint(error, "trustctl store create user");
	case TRUST_PLACE_FIREFOX:
	case TRUST_PLACE_THUNDERBIRD:
		return trust_hint(error,
		    "start the program with this profile once, it makes the store; or: "
		    "trustctl store create %s",
		    look->word);
	case TRUST_PLACE_SYSTEM:
		return trust_hint(error, "sudo trustctl store create %s", look->word);
	default:
		return trust_hint(error, "trustctl store create %s", look->word);
	}
}

/* "sudo -u NAME trustctl ...", also for a number without a name. */
static bool
hint_sudo(uid_t uid, struct trust_error *error)
{
	const struct passwd *entry = getpwuid(uid);

	if (uid == 0)
		return trust_hint(error, "sudo trustctl ...");
	if (!entry)
		return trust_hint(error, "sudo -u '#%lu' trustctl ...", (unsigned long)uid);
	TRUST_AUTO_FREE char *word = trust_shell_word(entry->pw_name);
	return trust_hint(error, "sudo -u %s trustctl ...", word);
}

char *
trust_user_words(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);
	return entry ? trust_text_display_string(entry->pw_name)
		     : trust_printf("user %lu", (unsigned long)uid);
}

static bool
closed_directory(const struct look *look, struct trust_error *error)
{
	struct stat status;

	trust_fail(error, TRUST_STORE_PERMISSION, look->shown,
	    "the directory '%s' may not be searched by this user", look->shown);
	if (stat(look->place->path, &status) == 0 && status.st_uid == geteuid())
		return trust_hint(error, "chmod u+rwx %s", look->word);
	return hint_sudo(stat(look->place->path, &status) == 0 ? status.st_uid : 0, error);
}

/* SQLite opens no database, nor its journal, by a longer name. */
static bool
check_length(const char *path, const char *shown, struct trust_error *error)
{
	int most = trust_db_longest_path() - (int)strlen("/trustctl.db-journal");

	if (strlen(path) <= (size_t)most)
		return true;
	trust_fail(error, TRUST_USAGE, shown,
	    "the path of the store '%s' is longer than the %d bytes that SQLite opens", shown,
	    most);
	return trust_hint(error, "name a directory with a shorter path");
}

bool
trust_preflight_create(const struct trust_place *place, struct trust_error *error)
{
	TRUST_AUTO_FREE char *above = trust_strdup(place->path);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(place->path);
	struct stat status;

	if (!check_length(place->path, shown, error))
		return false;
	if (geteuid() != 0 || place->kind == TRUST_PLACE_DIRECTORY)
		return true;
	/* The nearest directory that is there already tells whose the new ones ought to be. */
	while (stat(above, &status) != 0) {
		char *slash = strrchr(above, '/');
		if (!slash || slash == above)
			return true;
		*slash = '\0';
	}
	if (status.st_uid == 0)
		return true;
	TRUST_AUTO_FREE char *user = trust_user_words(status.st_uid);
	trust_fail(error, TRUST_STORE_OWNER, shown,
	    "a store that root makes at '%s' would lock %s out, to whom the directory belongs",
	    shown, user);
	return hint_sudo(status.st_uid, error);
}

static bool
check_there(const struct look *look, struct trust_error *error)
{
	const char *path = look->place->path;
	struct stat status;

	if (stat(path, &status) != 0) {
		if (errno == EACCES)
			return closed_directory(look, error);
		if (errno != ENOENT && errno != ENOTDIR)
			return trust_fail_errno(error, TRUST_STORE_PERMISSION, errno, look->shown,
			    "cannot look at '%s'", look->shown);
		trust_fail(error, TRUST_STORE_MISSING, look->shown, "there is no store at '%s'",
		    look->shown);
		return hint_create(look, error);
	}
	if (!S_ISDIR(status.st_mode)) {
		trust_fail(error, TRUST_STORE_NOT_DATABASE, look->shown,
		    "'%s' is not a directory; a store is one", look->shown);
		return trust_hint(error, "name the directory that holds cert9.db");
	}
	if (access(path, X_OK) != 0)
		return closed_directory(look, error);
	if (exists(path, "cert9.db"))
		return check_length(path, look->shown, error);
	if (exists(path, "cert8.db")) {
		trust_fail(error, TRUST_STORE_LEGACY, look->shown,
		    "the store '%s' has only the old format (cert8.db, key3.db)", look->shown);
		/* Opening it for writing converts it, keys and trust too, and keeps the old files;
		 * --upgrade-merge left an empty store. */
		return trust_hint(error, "certutil -K -X -d sql:%s", look->word);
	}
	trust_fail(error, TRUST_STORE_MISSING, look->shown,
	    "there is no store at '%s': it has no cert9.db", look->shown);
	return hint_create(look, error);
}

/* ---- may it be used? ------------------------------------------------------------------------ */

static bool
not_permitted(const struct look *look, const char *path, bool writing, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	struct stat status;
	struct statvfs system;

	if (writing && statvfs(look->place->path, &system) == 0 && (system.f_flag & ST_RDONLY)) {
		trust_fail(error, TRUST_STORE_PERMISSION, shown,
		    "'%s' is on a file system that is mounted read-only", shown);
		return trust_hint(error, "mount it writable, or work on a copy of the store");
	}
	trust_fail(error, TRUST_STORE_PERMISSION, shown, "'%s' may not be %s by this user", shown,
	    writing ? "written" : "read");
	if (stat(path, &status) == 0 && status.st_uid != geteuid())
		return hint_sudo(status.st_uid, error);
	TRUST_AUTO_FREE char *word = trust_shell_word(path);
	return trust_hint(error, "chmod u+rw %s", word);
}

static bool
check_file(const struct look *look, const char *name, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", look->place->path, name);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	struct stat status;

	if (stat(path, &status) != 0) {
		if (errno == EACCES)
			return not_permitted(look, path, false, error);
		if (errno != ENOENT)
			return trust_fail_errno(error, TRUST_STORE_PERMISSION, errno, shown,
			    "cannot look at '%s'", shown);
		trust_fail(error, TRUST_STORE_MISSING, shown, "'%s' is a link to nothing", shown);
		return trust_hint(error, "put back what it points to, or remove the link");
	}
	if (!S_ISREG(status.st_mode)) {
		trust_fail(
		    error, TRUST_STORE_NOT_DATABASE, shown, "'%s' is not a regular file", shown);
		return trust_hint(error, "name the directory of a store");
	}
	if (access(path, R_OK) != 0)
		return not_permitted(look, path, false, error);
	return look->purpose != TRUST_FOR_WRITING || access(path, W_OK) == 0 ||
	    not_permitted(look, path, true, error);
}

static bool
check_directory(const struct look *look, struct trust_error *error)
{
	/* SQLite makes its journal beside the database. */
	return look->purpose != TRUST_FOR_WRITING || access(look->place->path, W_OK) == 0 ||
	    not_permitted(look, look->place->path, true, error);
}

/* Whoever owns a part of a store can put a link to another store's file in its place. */
static bool
check_part(const struct look *look, const char *path, struct trust_error *error)
{
	struct stat status;
	uid_t owner = 0;
	bool by_link = trust_has_foreign_link(path, &owner);

	if (!by_link) {
		if (geteuid() != 0 || stat(path, &status) != 0 || status.st_uid == 0)
			return true;
		owner = status.st_uid;
	}
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	TRUST_AUTO_FREE char *user = trust_user_words(owner);
	trust_fail(error, TRUST_STORE_OWNER, look->shown,
	    by_link ? "the way to '%s' is a link of %s, and may lead to another store than it "
		      "seems"
		    : "'%s' belongs to %s, who can put a link to another store in its place",
	    shown, user);
	return trust_hint(error,
	    by_link ? "name the directory that the store's files are really in"
		    : "to see whose the store's files are: trustctl store check");
}

static bool
check_owner(const struct look *look, struct trust_error *error)
{
	static const char *const parts[] = { "cert9.db", "key4.db", "trustctl.db" };
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", look->place->path);
	struct stat status;

	if (look->purpose != TRUST_FOR_WRITING || look->allow_foreign)
		return true;
	if (geteuid() != 0 || stat(cert, &status) != 0 || status.st_uid == 0) {
		for (size_t i = 0; i < TRUST_COUNT(parts); i++) {
			TRUST_AUTO_FREE char *path =
			    trust_printf("%s/%s", look->place->path, parts[i]);
			if (!check_part(look, path, error))
				return false;
		}
		return check_part(look, look->place->path, error);
	}
	TRUST_AUTO_FREE char *user = trust_user_words(status.st_uid);
	trust_fail(error, TRUST_STORE_OWNER, look->shown,
	    "the store '%s' belongs to %s, and a file that root leaves in it would lock %s out",
	    look->shown, user, user);
	return hint_sudo(status.st_uid, error);
}

/* ---- what is it? ---------------------------------------------------------------------------- */

struct peek {
	int fd; /* -1: cannot be opened */
	bool borrowed;
};

/* The descriptor this process has of a file, -1 when it has none. */
static int
own_descriptor(const struct stat *wanted)
{
	DIR *listing = opendir("/proc/self/fd");
	int found = -1;

	if (!listing)
		return -1;
	for (struct dirent *entry; found < 0 && (entry = readdir(listing));) {
		struct stat status;
		int fd = (int)strtol(entry->d_name, NULL, 10);
		if (*entry->d_name == '.' || fd == dirfd(listing) || fstat(fd, &status) != 0 ||
		    status.st_dev != wanted->st_dev || status.st_ino != wanted->st_ino)
			continue;
		int flags = fcntl(fd, F_GETFL);
		if (flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) != O_WRONLY)
			found = fd;
	}
	closedir(listing);
	return found;
}

static void
peek_close(struct peek *peek)
{
	if (peek->fd >= 0 && !peek->borrowed)
		close(peek->fd);
}
#define AUTO_PEEK __attribute__((cleanup(peek_close))) struct peek

/* Where no database was opened, there is no lock to be lost. */
static struct peek
peek_open(const char *path)
{
	struct stat status;
	int fd = trust_db_is_used() && stat(path, &status) == 0 ? own_descriptor(&status) : -1;

	return fd >= 0 ? (struct peek){ .fd = fd, .borrowed = true }
		       : (struct peek){ .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) };
}

bool
trust_db_in_wal_mode(const char *path)
{
	AUTO_PEEK peek = peek_open(path);
	uint8_t version = 0;

	return peek.fd >= 0 && pread(peek.fd, &version, 1, SQLITE_WRITE_VERSION_AT) == 1 &&
	    version == SQLITE_VERSION_WAL;
}

static bool
check_content(
    const struct look *look, const char *name, const struct peek *peek, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", look->place->path, name);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	uint8_t header[SQLITE_HEADER_SIZE];

	if (peek->fd < 0)
		return not_permitted(look, path, false, error);
	ssize_t size = pread(peek->fd, header, sizeof header, 0);
	if (size < 0)
		return trust_fail_errno(
		    error, TRUST_STORE_DAMAGED, errno, shown, "cannot read '%s'", shown);
	if (size < (ssize_t)sizeof header ||
	    memcmp(header, sqlite_magic, sizeof sqlite_magic) != 0) {
		trust_fail(error, TRUST_STORE_NOT_DATABASE, shown, "'%s' is not a database: %s",
		    shown,
		    size == 0 ? "it is empty" : "it is something else, or damaged at its start");
		return trust_hint(error,
		    "put back a copy of it, or move it away and let the program that "
		    "owns the store make a new one");
	}
	bool wal = header[SQLITE_WRITE_VERSION_AT] == SQLITE_VERSION_WAL;
	look->found->wal = look->found->wal || wal;
	if (wal && look->purpose == TRUST_FOR_WRITING) {
		if (!trust_journals_are_own(look->place->path, error))
			return false;
		TRUST_AUTO_FREE char *word = trust_shell_word(path);
		trust_fail(error, TRUST_STORE_WAL, shown,
		    "'%s' is in WAL mode, in which several files cannot be changed as one", shown);
		return trust_hint(error,
		    "close all programs that use it, then: sqlite3 %s "
		    "'PRAGMA journal_mode=delete'",
		    word);
	}
	return true;
}

/* ---- locks and journals --------------------------------------------------------------------- */

#define HIDDEN_PID (-1) /* of another pid namespace, or no process's own lock */

/* Whose lock keeps one of this type from being taken? 0: nobody's. */
static pid_t
lock_pid(int fd, short type, off_t start, off_t length)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = start,
		.l_len = length,
	};

	if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : HIDDEN_PID;
}

/* A reader waits for whoever is about to write the file; a writer for other writers and, at its
 * end, for readers too. */
static pid_t
blocking_pid(int fd, enum trust_preflight_for purpose)
{
	bool writing = purpose == TRUST_FOR_WRITING;
	pid_t pid = lock_pid(fd, F_RDLCK, LOCK_PENDING, writing ? 2 : 1);
	return pid ? pid : lock_pid(fd, writing ? F_WRLCK : F_RDLCK, LOCK_SHARED, LOCK_SHARED_SIZE);
}

char *
trust_program_name(long pid)
{
	TRUST_AUTO_FREE char *path = trust_printf("/proc/%ld/comm", pid);
	TRUST_AUTO_FD int fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char name[64];
	ssize_t size = fd >= 0 ? read(fd, name, sizeof name) : -1;

	if (size > 0 && name[size - 1] == '\n')
		size--;
	return size > 0 ? trust_text_display(name, (size_t)size) : trust_strdup("another program");
}

static char *
holder_words(pid_t pid)
{
	TRUST_AUTO_FREE char *name = trust_program_name(pid);
	return pid > 0 ? trust_printf("%s (pid %ld)", name, (long)pid) : trust_steal(&name);
}

char *
trust_lock_holder(const char *database_path)
{
	AUTO_PEEK peek = peek_open(database_path);
	pid_t pid = peek.fd >= 0 ? blocking_pid(peek.fd, TRUST_FOR_WRITING) : 0;

	return pid ? holder_words(pid) : NULL;
}

/* SQLite's own rule, which looks at the first byte alone; a journal of other content is hot too,
 * and rolls back nothing. */
bool
trust_journal_is_hot(const char *directory, const char *name)
{
	TRUST_AUTO_FREE char *database = trust_printf("%s/%s", directory, name);
	TRUST_AUTO_FREE char *journal_name = trust_printf("%s-journal", name);
	TRUST_AUTO_FREE char *journal = trust_stage_source(directory, journal_name);
	TRUST_AUTO_FD int fd = open(journal, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t first = 0;

	if (fd < 0 || pread(fd, &first, 1, 0) != 1 || first == 0)
		return false;
	AUTO_PEEK peek = peek_open(database);
	return peek.fd >= 0 && lock_pid(peek.fd, F_RDLCK, LOCK_RESERVED, 1) == 0;
}

static bool
check_lock(const struct look *look, const struct peek *peek, struct trust_error *error)
{
	for (int waited = 0; peek->fd >= 0; waited += LOCK_LOOK_MS) {
		pid_t pid = blocking_pid(peek->fd, look->purpose);
		if (pid == 0)
			return true;
		if (waited >= look->wait_ms) {
			TRUST_AUTO_FREE char *holder = holder_words(pid);
			trust_fail(error, TRUST_STORE_LOCKED, look->shown,
			    "the store '%s' is locked by %s", look->shown, holder);
			return trust_hint(
			    error, "wait for %s to finish or close it, then try again", holder);
		}
		usleep(LOCK_LOOK_MS * 1000);
	}
	return true;
}

/* What both are: databases that nobody is writing. */
static bool
check_databases(const struct look *look, struct trust_error *error)
{
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", look->place->path);
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", look->place->path);
	bool keys = look->found->has_keys_db;
	AUTO_PEEK cert_peek = peek_open(cert);
	AUTO_PEEK key_peek = keys ? peek_open(key) : (struct peek){ .fd = -1 };

	return check_content(look, "cert9.db", &cert_peek, error) &&
	    (!keys || check_content(look, "key4.db", &key_peek, error)) &&
	    check_lock(look, &cert_peek, error) && check_lock(look, &key_peek, error);
}

/* NSS below 3.114 writes salts as long as a SHA-1, newer ones 48 bytes. */
#define OLD_SALT_BYTES 20

void
trust_preflight_password(const struct trust_place *place, struct trust_preflight *found)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *row = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *path = trust_printf("%s/key4.db", place->path);

	/* In WAL mode even a reader leaves files beside the database. */
	if (!found->has_keys_db || found->key_journal_hot || found->wal ||
	    !trust_db_open(path, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, &ignored) ||
	    !trust_db_prepare(
		db, &row, &ignored, "SELECT length(item1) FROM metaData WHERE id='password'"))
		return;
	if (trust_db_step(db, row, &ignored)) {
		found->password_row = true;
		found->password_is_newer = sqlite3_column_int(row, 0) > OLD_SALT_BYTES;
	}
}

static bool
run(struct look *look, struct trust_error *error)
{
	static const char *const names[] = { "cert9.db", "key4.db" };
	static const char *const all[] = { "cert9.db", "key4.db", "trustctl.db" };
	const char *directory = look->place->path;

	if (!check_there(look, error))
		return false;
	look->found->has_keys_db = exists(directory, "key4.db");
	size_t count = look->found->has_keys_db ? 2 : 1;
	for (size_t i = 0; i < count; i++)
		if (!check_file(look, names[i], error))
			return false;
	for (size_t i = 0; i < TRUST_COUNT(all); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, all[i]);
		if (!trust_files_are_regular(path, error))
			return false;
	}
	/* Who reads can do without the history, which may be somebody else's. */
	if (look->purpose == TRUST_FOR_WRITING && exists(directory, "trustctl.db") &&
	    !check_file(look, "trustctl.db", error))
		return false;
	if (!check_directory(look, error) || !check_owner(look, error) ||
	    !check_databases(look, error) ||
	    (look->purpose == TRUST_FOR_WRITING && !trust_journals_are_own(directory, error)))
		return false;
	look->found->cert_journal_hot = trust_journal_is_hot(directory, "cert9.db");
	look->found->key_journal_hot =
	    look->found->has_keys_db && trust_journal_is_hot(directory, "key4.db");
	look->found->own_journal_hot = trust_journal_is_hot(directory, "trustctl.db");
	if (look->purpose == TRUST_FOR_WRITING)
		trust_preflight_password(look->place, look->found);
	return true;
}

bool
trust_preflight_within(const struct trust_place *place, enum trust_preflight_for purpose,
    bool allow_foreign, int wait_ms, struct trust_preflight *ret_found, struct trust_error *error)
{
	struct trust_preflight found = { 0 };
	struct look look = {
		.place = place,
		.purpose = purpose,
		.allow_foreign = allow_foreign,
		.wait_ms = wait_ms,
		.found = &found,
		.shown = trust_text_display_string(place->path),
	};

	look.word = trust_shell_word(place->path);
	bool usable = run(&look, error);
	trust_free(look.shown);
	trust_free(look.word);
	if (usable)
		*ret_found = found;
	return usable;
}

bool
trust_preflight(const struct trust_place *place, enum trust_preflight_for purpose,
    bool allow_foreign, struct trust_preflight *ret_found, struct trust_error *error)
{
	return trust_preflight_within(place, purpose, allow_foreign,
	    purpose == TRUST_FOR_WRITING ? TRUST_LOCK_WAIT_MS : TRUST_READ_WAIT_MS, ret_found,
	    error);
}
