/* SPDX-License-Identifier: MPL-2.0 */
/* Files of a store that somebody else may have written; see store_files_internal.h. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/stage_internal.h"
#include "core/store_files_internal.h"
#include "core/text.h"

const char *const trust_beside[TRUST_BESIDE_COUNT] = { "-journal", "-wal", "-shm" };

static const char *const databases[] = { "cert9.db", "key4.db", "trustctl.db" };

/* ---- what is no file ----------------------------------------------------------------------- */

/* By the path that SQLite resolves a database to, which may be no file yet. */
static char *
real_path(const char *database)
{
	char *real = realpath(database, NULL);
	char *path = trust_strdup(real ? real : database);

	free(real);
	return path;
}

char *
trust_odd_file(const char *database)
{
	TRUST_AUTO_FREE char *real = real_path(database);
	struct stat status;

	if (stat(database, &status) == 0 && !S_ISREG(status.st_mode))
		return trust_strdup(database);
	for (size_t i = 0; i < TRUST_BESIDE_COUNT; i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s%s", real, trust_beside[i]);
		if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
			return trust_steal(&path);
	}
	return NULL;
}

bool
trust_files_are_regular(const char *database, struct trust_error *error)
{
	TRUST_AUTO_FREE char *odd = trust_odd_file(database);

	if (!odd)
		return true;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(odd);
	trust_fail(error, TRUST_STORE_NOT_DATABASE, shown, "'%s' is not a regular file", shown);
	return trust_hint(error, "look at what it is, and move it away; then try again");
}

/* ---- super-journals ------------------------------------------------------------------------ */

/* The end of a journal that names one (SQLite file format, section 3): the name, its length, the
 * sum of its bytes, and the magic of a journal. */
#define RECORD_BYTES 16
#define MAGIC_BYTES 8
#define MOST_NAME_BYTES 512 /* a longer one SQLite takes for none */
static const uint8_t magic[MAGIC_BYTES] = { 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7 };

char *
trust_super_journal_of(int journal_fd)
{
	uint8_t record[RECORD_BYTES];
	struct stat status;
	uint8_t first = 0;

	/* One that begins with 0 was done with: its writer keeps the file. */
	if (fstat(journal_fd, &status) != 0 || status.st_size < RECORD_BYTES ||
	    pread(journal_fd, &first, 1, 0) != 1 || first == 0)
		return NULL;
	off_t end = status.st_size - RECORD_BYTES;
	if (pread(journal_fd, record, sizeof record, end) != sizeof record ||
	    memcmp(record + RECORD_BYTES - MAGIC_BYTES, magic, sizeof magic) != 0)
		return NULL;
	uint32_t size = trust_u32_at(record);
	uint32_t sum = trust_u32_at(record + 4);
	if (size == 0 || size > MOST_NAME_BYTES || (off_t)size > end)
		return NULL;
	TRUST_AUTO_FREE char *name = trust_alloc(size + 1);
	if (pread(journal_fd, name, size, end - (off_t)size) != (ssize_t)size)
		return NULL;
	int32_t total = 0; /* of bytes of either sign, as for SQLite */
	for (uint32_t i = 0; i < size; i++)
		total += name[i];
	return sum == (uint32_t)total && *name ? trust_steal(&name) : NULL;
}

bool
trust_super_journal_exists(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && (!S_ISREG(status.st_mode) || status.st_size > 0);
}

bool
trust_super_journal_wipe(int journal_fd)
{
	static const uint8_t nothing[MAGIC_BYTES];
	struct stat status;

	return fstat(journal_fd, &status) == 0 && status.st_size >= MAGIC_BYTES &&
	    pwrite(journal_fd, nothing, sizeof nothing, status.st_size - MAGIC_BYTES) ==
	    sizeof nothing;
}

/* "-mj", six hex digits, 9, two hex digits: behind the name of one of the store's databases. */
static bool
is_super_name(const char *const *real, const char *name)
{
	for (size_t i = 0; i < TRUST_COUNT(databases); i++) {
		size_t size = strlen(real[i]);
		if (strncmp(name, real[i], size) == 0 && strncmp(name + size, "-mj", 3) == 0)
			return strlen(name + size + 3) == 9 &&
			    strspn(name + size + 3, "0123456789ABCDEF") == 9;
	}
	return false;
}

/* SQLite opens what a super-journal names. */
static bool
names_own_journals(const char *const *real, const char *super)
{
	char names[TRUST_COUNT(databases) * (PATH_MAX + 16)];
	TRUST_AUTO_FD int fd = open(super, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return errno == ENOENT;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	ssize_t size = pread(fd, names, sizeof names, 0);
	if (size != status.st_size || (size > 0 && names[size - 1] != '\0'))
		return false;
	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		bool own = false;
		for (size_t i = 0; i < TRUST_COUNT(databases); i++) {
			size_t length = strlen(real[i]);
			own = own ||
			    (strncmp(name, real[i], length) == 0 &&
				strcmp(name + length, "-journal") == 0);
		}
		if (!own)
			return false;
	}
	return true;
}

char *
trust_foreign_super_journal(const char *directory, const char *database)
{
	TRUST_AUTO_FREE char *journal_name = trust_printf("%s-journal", database);
	TRUST_AUTO_FREE char *journal = trust_stage_source(directory, journal_name);
	TRUST_AUTO_FD int fd = open(journal, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	TRUST_AUTO_FREE char *super = fd < 0 ? NULL : trust_super_journal_of(fd);
	TRUST_AUTO_FREE char *real_directory = real_path(directory);
	char *real[TRUST_COUNT(databases)];

	if (!super)
		return NULL;
	for (size_t i = 0; i < TRUST_COUNT(databases); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", real_directory, databases[i]);
		real[i] = real_path(path);
	}
	bool own = is_super_name((const char *const *)real, super) &&
	    names_own_journals((const char *const *)real, super);
	for (size_t i = 0; i < TRUST_COUNT(databases); i++)
		trust_free(real[i]);
	return own ? NULL : trust_steal(&super);
}

bool
trust_journals_are_own(const char *directory, struct trust_error *error)
{
	for (size_t i = 0; i < TRUST_COUNT(databases); i++) {
		TRUST_AUTO_FREE char *super = trust_foreign_super_journal(directory, databases[i]);
		if (!super)
			continue;
		TRUST_AUTO_FREE char *name = trust_printf("%s-journal", databases[i]);
		TRUST_AUTO_FREE char *journal = trust_stage_source(directory, name);
		TRUST_AUTO_FREE char *shown = trust_text_display_string(journal);
		TRUST_AUTO_FREE char *shown_super = trust_text_display_string(super);
		TRUST_AUTO_FREE char *word = trust_shell_word(journal);
		trust_fail(error, TRUST_STORE_JOURNAL, shown,
		    "'%s' belongs to a change that also has '%s', which is none of this store: "
		    "rolling it back could remove that file",
		    shown, shown_super);
		return trust_hint(error,
		    "where the store was moved or copied here, work on it where it was; "
		    "else: rm %s",
		    word);
	}
	return true;
}

/* ---- links --------------------------------------------------------------------------------- */

#define MOST_LINKS 40 /* as the kernel has it */

/* `path` with the link that its first `size` bytes are replaced by what that leads to. */
static char *
follow(const char *path, size_t size)
{
	TRUST_AUTO_FREE char *link = trust_printf("%.*s", (int)size, path);
	char target[PATH_MAX];
	ssize_t length = readlink(link, target, sizeof target);

	if (length <= 0 || length == (ssize_t)sizeof target)
		return NULL;
	if (*target == '/')
		return trust_printf("%.*s%s", (int)length, target, path + size);
	char *slash = strrchr(link, '/');
	*(slash ? slash : link) = '\0';
	return trust_printf("%s%s%.*s%s", link, slash ? "/" : "", (int)length, target, path + size);
}

/* The end of the first link of a path: how many bytes lead to it; 0: none. */
static size_t
first_link(const char *path, struct stat *ret_status)
{
	for (size_t size = strspn(path, "/"); path[size]; size += strspn(path + size, "/")) {
		size += strcspn(path + size, "/");
		TRUST_AUTO_FREE char *part = trust_printf("%.*s", (int)size, path);
		if (lstat(part, ret_status) == 0 && S_ISLNK(ret_status->st_mode))
			return size;
	}
	return 0;
}

bool
trust_has_foreign_link(const char *path, uid_t *ret_owner)
{
	TRUST_AUTO_FREE char *way = trust_strdup(path);
	struct stat status;
	size_t size = 0;

	for (int links = 0; links < MOST_LINKS && (size = first_link(way, &status)); links++) {
		if (status.st_uid != geteuid() && status.st_uid != 0) {
			*ret_owner = status.st_uid;
			return true;
		}
		char *next = follow(way, size);
		if (!next)
			return false;
		trust_free(way);
		way = next;
	}
	return false;
}
