/* SPDX-License-Identifier: MPL-2.0 */
/* What was fetched, kept until it is replaced; see fetch_cache.h. */

#include "core/fetch_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/fetch.h"
#include "core/hash.h"
#include "core/limits.h"

#define NAME_SIZE (2 * (size_t)TRUST_SHA256_BYTES)
#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

char *
trust_fetch_cache_name(const char *url, struct trust_bytes question)
{
	uint8_t digest[TRUST_SHA256_BYTES];
	TRUST_AUTO_BUFFER whole;

	trust_buffer_init(&whole, TRUST_MAX_FILE_BYTES);
	trust_buffer_append_text(&whole, url);
	if (question.size) {
		trust_buffer_append(&whole, "\n", 1);
		trust_buffer_append(&whole, question.data, question.size);
	}
	trust_sha256(whole.data, whole.size, digest);
	return trust_hex(digest, sizeof digest);
}

/* ---- the folder ---------------------------------------------------------------------------- */

static bool
is_ours(int fd)
{
	struct stat facts;

	if (fstat(fd, &facts) != 0)
		return false;
	if (facts.st_uid != geteuid())
		errno = EPERM;
	return facts.st_uid == geteuid();
}

/* A folder that is there, or with `make`, is made; -1: neither, or it is somebody else's. A link
 * in its place counts as where it leads, unless `links` is O_NOFOLLOW. */
static int
open_folder(int base, const char *name, int links, bool make)
{
	if (make && mkdirat(base, name, 0700) != 0 && errno != EEXIST)
		return -1;
	int fd = openat(base, name, OPEN_FOLDER | links);
	if (fd >= 0 && !is_ours(fd)) {
		int cause = errno;
		close(fd);
		errno = cause;
		return -1;
	}
	return fd;
}

static int
open_cache(bool make)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	TRUST_AUTO_FD int base = -1;

	errno = ENOENT;
	if (cache && cache[0] == '/') {
		base = open_folder(AT_FDCWD, cache, 0, make);
	} else if (home && home[0] == '/') {
		TRUST_AUTO_FD int own = open_folder(AT_FDCWD, home, 0, false);
		base = own < 0 ? -1 : open_folder(own, ".cache", 0, make);
	}
	if (base < 0)
		return -1;
	int fd = open_folder(base, "trustctl", O_NOFOLLOW, make);
	if (fd >= 0 && make)
		(void)fchmod(fd, 0700);
	return fd;
}

/* ---- reading ------------------------------------------------------------------------------- */

bool
trust_fetch_cache_read(const char *name, size_t most, struct trust_fetched *ret_fetched)
{
	TRUST_AUTO_FD int folder = open_cache(false);
	TRUST_AUTO_BUFFER bytes;

	trust_buffer_init(&bytes, most);
	if (folder < 0)
		return false;
	TRUST_AUTO_FD int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || !is_ours(fd) || trust_buffer_append_file(&bytes, fd) != 0 || bytes.size == 0)
		return false;
	ret_fetched->size = bytes.size;
	ret_fetched->data = (uint8_t *)trust_buffer_take(&bytes);
	return true;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* What is over: its time of change is when it is replaced; and what a killed run left. */
static void
sweep(int folder, struct trust_time now)
{
	int copy = openat(folder, ".", OPEN_FOLDER);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!list) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while ((entry = readdir(list))) {
		struct stat facts;
		const char *name = entry->d_name;
		bool unfinished = strncmp(name, ".new-", 5) == 0;
		bool kept =
		    strlen(name) == NAME_SIZE && strspn(name, "0123456789abcdef") == NAME_SIZE;
		if ((!unfinished && !kept) ||
		    fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (facts.st_mtim.tv_sec + (unfinished ? 86400 : 0) < now.seconds)
			(void)unlinkat(folder, name, 0);
	}
	closedir(list);
}

static bool
write_file(int folder, const char *name, struct trust_bytes bytes, struct trust_time until)
{
	TRUST_AUTO_FREE char *new_name = trust_printf(".new-%ld", (long)getpid());
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_NOW },
		{ .tv_sec = (time_t)until.seconds },
	};

	(void)unlinkat(folder, new_name, 0);
	TRUST_AUTO_FD int fd =
	    openat(folder, new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	if (trust_write_all(fd, bytes.data, bytes.size) && futimens(fd, times) == 0 &&
	    renameat(folder, new_name, folder, name) == 0)
		return true;
	int cause = errno;
	(void)unlinkat(folder, new_name, 0);
	errno = cause;
	return false;
}

bool
trust_fetch_cache_write(const char *name, struct trust_bytes bytes, struct trust_time until,
    struct trust_time now, struct trust_error *error)
{
	TRUST_AUTO_FD int folder = open_cache(true);

	if (folder < 0 || !write_file(folder, name, bytes, until))
		return trust_fail_errno(
		    error, TRUST_OUTPUT, errno, NULL, "what was fetched cannot be kept");
	sweep(folder, now);
	return true;
}
