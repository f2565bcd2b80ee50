/* SPDX-License-Identifier: MPL-2.0 */
/* Reading a file or standard input whole, within bounds. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/limits.h"
#include "core/text.h"
#include "import/import.h"

static bool
fail_open(int errno_value, const char *name, struct trust_error *error)
{
	if (errno_value == ENOENT)
		return trust_fail(error, TRUST_INPUT_OPEN, name,
		    "cannot open '%s': no such file or directory", name);
	return trust_fail_errno(
	    error, TRUST_INPUT_OPEN, errno_value, name, "cannot open '%s'", name);
}

/* Opening a device may already do something, so look first. Returns -1 with the error filled. */
static int
open_input(const char *path, const char *name, struct trust_error *error)
{
	struct stat facts;

	if (stat(path, &facts) < 0) {
		(void)fail_open(errno, name, error);
		return -1;
	}
	if (!S_ISREG(facts.st_mode) && !S_ISFIFO(facts.st_mode)) {
		(void)trust_fail(error, TRUST_INPUT_OPEN, name, "'%s' is %s, not a file", name,
		    S_ISDIR(facts.st_mode)        ? "a directory without a store (cert9.db)"
			: S_ISSOCK(facts.st_mode) ? "a socket"
						  : "a device");
		return -1;
	}
	if (S_ISREG(facts.st_mode) && facts.st_size > (off_t)TRUST_MAX_FILE_BYTES) {
		(void)trust_fail(error, TRUST_INPUT_LIMIT, name,
		    "'%s' has %lld bytes; more than %zu are not read", name,
		    (long long)facts.st_size, TRUST_MAX_FILE_BYTES);
		return -1;
	}
	bool fifo = S_ISFIFO(facts.st_mode);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (fifo ? O_NONBLOCK : 0));
	if (fd < 0)
		(void)fail_open(errno, name, error);
	return fd;
}

/*
 * A FIFO that nobody writes into would be waited for without end. One that somebody has opened is
 * read as slowly as it comes: that may be a program which asks for a password first.
 */
static bool
wait_for_writer(int fd, const char *name, struct trust_buffer *buffer, struct trust_error *error)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int flags = fcntl(fd, F_GETFL);
	uint8_t first;

	if (flags < 0 || !(flags & O_NONBLOCK))
		return true;
	/* Without a writer a read finds the end, with a silent one it would block. */
	if (poll(&wait, 1, TRUST_FIFO_WAIT_MS) == 0) {
		ssize_t got = read(fd, &first, 1);
		if (got == 0)
			return trust_fail(error, TRUST_INPUT_OPEN, name,
			    "'%s' is a FIFO that nobody writes into", name);
		if (got > 0)
			trust_buffer_append(buffer, &first, 1);
	}
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return true;
}

static bool
read_whole(int fd, const char *name, struct trust_buffer *buffer, struct trust_error *error)
{
	uint8_t piece[65536];

	for (;;) {
		ssize_t got = read(fd, piece, sizeof piece);
		int failed = errno;
		if (got > 0)
			trust_buffer_append(buffer, piece, (size_t)got);
		explicit_bzero(piece, got > 0 ? (size_t)got : 0);
		if (got == 0)
			return true;
		if (got < 0 && failed != EINTR)
			return trust_fail_errno(
			    error, TRUST_INPUT_OPEN, failed, name, "cannot read '%s'", name);
		if (buffer->overflow)
			return trust_fail(error, TRUST_INPUT_LIMIT, name,
			    "'%s' has more than %zu bytes", name, TRUST_MAX_FILE_BYTES);
	}
}

bool
import_read(const char *path, struct trust_secret **ret_bytes, struct trust_error *error)
{
	bool standard = strcmp(path, "-") == 0;
	TRUST_AUTO_FREE char *name =
	    standard ? trust_strdup("standard input") : trust_text_display_string(path);
	TRUST_AUTO_FD int opened = -1;
	TRUST_AUTO_BUFFER buffer;

	trust_buffer_init_secret(&buffer, TRUST_MAX_FILE_BYTES);
	if (!standard && (opened = open_input(path, name, error)) < 0)
		return false;
	if (!standard && !wait_for_writer(opened, name, &buffer, error))
		return false;
	if (!read_whole(standard ? STDIN_FILENO : opened, name, &buffer, error))
		return false;
	struct trust_secret *bytes = trust_alloc(sizeof *bytes);
	bytes->size = buffer.size;
	bytes->bytes = (uint8_t *)trust_buffer_take(&buffer);
	*ret_bytes = bytes;
	return true;
}
