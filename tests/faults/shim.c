/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Preloaded into the program under test: at the n-th call of a kind that touches a file below a
 * folder, the process kills itself, stops, or the call fails.
 *
 *   FAULT_UNDER   the folder; its real path
 *   FAULT_ON      comma list of write, sync, unlink, truncate, open, lock, rename, mkdir; "any"
 *   FAULT_AT      n, from 1; 0: only count
 *   FAULT_DO      kill, or the errno that the call fails with: ENOSPC, EIO, EACCES, EDQUOT, EINTR
 *   FAULT_FROM    "once": only the n-th call (default); "on": the n-th and every later one
 *   FAULT_COUNT   a file that gets the number of calls counted when the process ends
 *
 * Not thread-safe: what is tested has no threads.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const struct {
	const char *word;
	int value;
} errors[] = {
	{ "ENOSPC", ENOSPC },
	{ "EIO", EIO },
	{ "EACCES", EACCES },
	{ "EDQUOT", EDQUOT },
	{ "EINTR", EINTR },
	{ "EROFS", EROFS },
	{ "ENOMEM", ENOMEM },
};

static long calls;

__attribute__((destructor)) static void
report(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *file = path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", calls);
	fclose(file);
}

static bool
is_wanted(const char *kind)
{
	const char *list = getenv("FAULT_ON");
	size_t size = strlen(kind);

	if (!list || strcmp(list, "any") == 0)
		return list != NULL;
	for (const char *at = list; (at = strstr(at, kind)); at += size)
		if ((at == list || at[-1] == ',') && (at[size] == ',' || !at[size]))
			return true;
	return false;
}

static bool
is_below(const char *path)
{
	const char *under = getenv("FAULT_UNDER");

	return under && strncmp(path, under, strlen(under)) == 0;
}

static bool
is_below_fd(int fd)
{
	char link[64];
	char path[4096];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, path, sizeof path - 1);
	if (size < 0)
		return false;
	path[size] = '\0';
	return is_below(path);
}

/* True: the call must fail, with errno set. */
static bool
strikes(const char *kind)
{
	const char *at = getenv("FAULT_AT");
	const char *what = getenv("FAULT_DO");
	const char *from = getenv("FAULT_FROM");
	long number = at ? atol(at) : 0;

	if (!is_wanted(kind))
		return false;
	calls++;
	bool later = from && strcmp(from, "on") == 0 && calls > number;
	if (number == 0 || (calls != number && !later) || !what)
		return false;
	if (strcmp(what, "kill") == 0)
		kill(getpid(), SIGKILL);
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(what, errors[i].word) == 0) {
			errno = errors[i].value;
			return true;
		}
	return false;
}

static bool
strikes_fd(const char *kind, int fd)
{
	int saved = errno;
	bool below = is_below_fd(fd);

	errno = saved;
	return below && strikes(kind);
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	return strikes_fd("write", fd) ? -1 : REAL(write)(fd, bytes, size);
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return strikes_fd("write", fd) ? -1 : REAL(pwrite)(fd, bytes, size, offset);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	return strikes_fd("write", fd) ? -1 : REAL(pwrite64)(fd, bytes, size, offset);
}

int
fsync(int fd)
{
	return strikes_fd("sync", fd) ? -1 : REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
	return strikes_fd("sync", fd) ? -1 : REAL(fdatasync)(fd);
}

int
ftruncate(int fd, off_t size)
{
	return strikes_fd("truncate", fd) ? -1 : REAL(ftruncate)(fd, size);
}

int
ftruncate64(int fd, off64_t size)
{
	return strikes_fd("truncate", fd) ? -1 : REAL(ftruncate64)(fd, size);
}

int
unlink(const char *path)
{
	return is_below(path) && strikes("unlink") ? -1 : REAL(unlink)(path);
}

int
rename(const char *from, const char *to)
{
	return is_below(to) && strikes("rename") ? -1 : REAL(rename)(from, to);
}

int
link(const char *from, const char *to)
{
	return is_below(to) && strikes("rename") ? -1 : REAL(link)(from, to);
}

int
mkdir(const char *path, mode_t mode)
{
	return is_below(path) && strikes("mkdir") ? -1 : REAL(mkdir)(path, mode);
}

static mode_t
mode_of(int flags, va_list arguments)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

int
open(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = mode_of(flags, arguments);
	va_end(arguments);
	return is_below(path) && strikes("open") ? -1 : REAL(open)(path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = mode_of(flags, arguments);
	va_end(arguments);
	return is_below(path) && strikes("open") ? -1 : REAL(open64)(path, flags, mode);
}

static bool
locks(int command)
{
	return command == F_SETLK || command == F_SETLKW;
}

int
fcntl(int fd, int command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	return locks(command) && strikes_fd("lock", fd) ? -1 : REAL(fcntl)(fd, command, argument);
}

int
fcntl64(int fd, int command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	return locks(command) && strikes_fd("lock", fd) ? -1 : REAL(fcntl64)(fd, command, argument);
}
