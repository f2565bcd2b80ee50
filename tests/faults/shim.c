/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Preloaded into the program under test: at the n-th call of a kind that touches a file below a
 * folder, the process kills itself, stops, or the call fails.
 *
 *   FAULT_UNDER   the folder; its real path
 *   FAULT_ON      comma list of write, sync, unlink, truncate, open, lock, flock, rename, mkdir;
 *                 "any"; or alloc: memory, of the process that was started and not of what it forks
 *   FAULT_AT      n, from 1; 0: only count
 *   FAULT_DO      kill, or the errno that the call fails with: one of errors[]
 *   FAULT_FROM    "once": only the n-th call (default); "on": the n-th and every later one
 *   FAULT_NO_RENAMEAT2  set: the file system does not know renameat2()
 *   FAULT_SLOW    microseconds that each of these calls takes longer
 *   FAULT_COUNT   a file that gets the number of calls counted when the process ends
 *   FAULT_LOG     a file that gets what is written, cut, synced, made, renamed and removed below
 * the folder, in order, for tests/support/replay.c
 *
 * Not thread-safe: what is tested has no threads.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
	{ "EBADF", EBADF },
};

static long calls;
static pid_t started; /* 0 until the loader is done */

__attribute__((constructor)) static void
start(void)
{
	started = getpid();
}

__attribute__((destructor)) static void
report(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *file = path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	long counted = calls; /* and not what printing it takes */
	fprintf(file, "%ld\n", counted);
	fclose(file);
}

static bool
is_wanted(const char *kind)
{
	const char *list = getenv("FAULT_ON");
	size_t size = strlen(kind);

	if (!list || strcmp(list, "any") == 0)
		return list != NULL && strcmp(kind, "alloc") != 0;
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
path_of(int fd, char path[4096])
{
	char link[64];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, path, 4095);
	path[size > 0 ? size : 0] = '\0';
	return size > 0;
}

static bool
is_below_fd(int fd)
{
	char path[4096];

	return path_of(fd, path) && is_below(path);
}

/* ---- the log ------------------------------------------------------------------------------- */

/* One header line, then `size` bytes. */
static void
note(const char *kind, const char *path, const char *other, off_t offset, const void *bytes,
    size_t size)
{
	const char *log = getenv("FAULT_LOG");
	char header[8400];
	int saved = errno;

	if (!log || !is_below(path))
		return;
	int length = snprintf(header, sizeof header, "%s\t%s\t%s\t%lld\t%zu\n", kind, path,
	    other ? other : "", (long long)offset, size);
	int fd = (int)syscall(
	    SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || syscall(SYS_write, fd, header, length) != length ||
	    (size && syscall(SYS_write, fd, bytes, size) != (long)size))
		abort();
	syscall(SYS_close, fd);
	errno = saved;
}

static void
note_fd(const char *kind, int fd, off_t offset, const void *bytes, size_t size)
{
	char path[4096];

	if (getenv("FAULT_LOG") && path_of(fd, path))
		note(kind, path, NULL, offset, bytes, size);
}

/* A file that an open makes. Asked before, since afterwards it is there. */
static bool
will_make(const char *path, int flags)
{
	return (flags & O_CREAT) && getenv("FAULT_LOG") && is_below(path) &&
	    syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
}

/* ---- the strike ---------------------------------------------------------------------------- */

/* True: the call must fail, with errno set. */
static bool
strikes(const char *kind)
{
	const char *at = getenv("FAULT_AT");
	const char *what = getenv("FAULT_DO");
	const char *from = getenv("FAULT_FROM");
	const char *slow = getenv("FAULT_SLOW");
	long number = at ? atol(at) : 0;

	if (!is_wanted(kind))
		return false;
	calls++;
	if (slow)
		usleep((useconds_t)atol(slow));
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
	if (strikes_fd("write", fd))
		return -1;
	off_t at = getenv("FAULT_LOG") ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t written = REAL(write)(fd, bytes, size);
	if (written > 0 && at >= 0)
		note_fd("write", fd, at, bytes, (size_t)written);
	return written;
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	if (strikes_fd("write", fd))
		return -1;
	ssize_t written = REAL(pwrite)(fd, bytes, size, offset);
	if (written > 0)
		note_fd("write", fd, offset, bytes, (size_t)written);
	return written;
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	return pwrite(fd, bytes, size, offset);
}

int
fsync(int fd)
{
	if (strikes_fd("sync", fd))
		return -1;
	note_fd("sync", fd, 0, NULL, 0);
	return REAL(fsync)(fd);
}

int
fdatasync(int fd)
{
	if (strikes_fd("sync", fd))
		return -1;
	note_fd("sync", fd, 0, NULL, 0);
	return REAL(fdatasync)(fd);
}

int
ftruncate(int fd, off_t size)
{
	if (strikes_fd("truncate", fd))
		return -1;
	note_fd("truncate", fd, size, NULL, 0);
	return REAL(ftruncate)(fd, size);
}

int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int
unlink(const char *path)
{
	if (is_below(path) && strikes("unlink"))
		return -1;
	int result = REAL(unlink)(path);
	if (result == 0)
		note("unlink", path, NULL, 0, NULL, 0);
	return result;
}

int
rename(const char *from, const char *to)
{
	if (is_below(to) && strikes("rename"))
		return -1;
	int result = REAL(rename)(from, to);
	if (result == 0)
		note("rename", from, to, 0, NULL, 0);
	return result;
}

/* What is not supported fails without being counted, so that what comes in its place is. */
int
renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	if (getenv("FAULT_NO_RENAMEAT2")) {
		errno = EINVAL;
		return -1;
	}
	if (is_below(to) && strikes("rename"))
		return -1;
	int result = REAL(renameat2)(from_fd, from, to_fd, to, flags);
	if (result == 0)
		note("rename", from, to, 0, NULL, 0);
	return result;
}

int
link(const char *from, const char *to)
{
	if (is_below(to) && strikes("rename"))
		return -1;
	int result = REAL(link)(from, to);
	if (result == 0)
		note("link", from, to, 0, NULL, 0);
	return result;
}

int
flock(int fd, int operation)
{
	return strikes_fd("flock", fd) ? -1 : REAL(flock)(fd, operation);
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

static int
open_noted(const char *path, int flags, mode_t mode)
{
	if (is_below(path) && strikes("open"))
		return -1;
	bool makes = will_make(path, flags);
	int fd = REAL(open)(path, flags, mode);
	if (fd >= 0 && makes)
		note("make", path, NULL, 0, NULL, 0);
	return fd;
}

int
open(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = mode_of(flags, arguments);
	va_end(arguments);
	return open_noted(path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = mode_of(flags, arguments);
	va_end(arguments);
	return open_noted(path, flags, mode);
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

/* ---- memory -------------------------------------------------------------------------------- */

/* The C library's own, by the names it has for them: dlsym() would ask for memory itself. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

/* NSPR crashes by itself when it is started without memory, which nobody can help it with. */
static bool
is_nsprs(const void *caller)
{
	Dl_info of;

	return dladdr(caller, &of) && of.dli_fname && strstr(of.dli_fname, "libnspr4");
}

/* So does the C library when it loads what looks a user up (2.36). */
static bool looking_up;

static bool
starves(const void *caller)
{
	return started && getpid() == started && strikes("alloc") && !looking_up &&
	    !is_nsprs(caller);
}

struct passwd *
getpwuid(uid_t user)
{
	looking_up = true;
	struct passwd *found = REAL(getpwuid)(user);
	looking_up = false;
	return found;
}

void *
malloc(size_t size)
{
	return starves(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return starves(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return starves(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

void *
reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes = 0;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}
