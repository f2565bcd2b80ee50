/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a directory holds beside the files of an export and its reader would use all the same. A
 * file is ours only if both its bytes and its name are those that this program would give the
 * certificate in it, or the key.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cert.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/text.h"
#include "export/internal.h"

void
export_left_done(struct export_left *left)
{
	for (size_t i = 0; i < left->count; i++)
		trust_free(left->list[i].name);
	trust_free(left->list);
	*left = (struct export_left){ 0 };
}

bool
export_read_file(int directory, const char *name, struct trust_buffer *ret_text)
{
	/* A link is none of our files, and a pipe must not make us wait. */
	TRUST_AUTO_FD int fd =
	    openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0 && trust_buffer_append_file(ret_text, fd) == 0;
}

/* Is the text nothing but this block, as it is written here? */
static bool
is_block(const struct trust_buffer *text, const char *label, struct trust_buffer *ret_bytes)
{
	TRUST_AUTO_BUFFER again;

	trust_buffer_init_secret(&again, 2 * TRUST_MAX_CERT_BYTES);
	if (!export_take_block(trust_buffer_bytes(text), label, ret_bytes))
		return false;
	export_put_block(&again, label, trust_buffer_bytes(ret_bytes));
	return trust_bytes_equal(trust_buffer_bytes(text), trust_buffer_bytes(&again));
}

static bool
is_ours(int directory, const char *name, const struct export_format *format)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_cert) *cert = NULL;
	TRUST_AUTO_BUFFER text;
	TRUST_AUTO_BUFFER bytes;

	trust_buffer_init_secret(&text, 2 * TRUST_MAX_CERT_BYTES);
	trust_buffer_init_secret(&bytes, TRUST_MAX_CERT_BYTES);
	if (!export_read_file(directory, name, &text))
		return false;
	if (format->carries_keys &&
	    (is_block(&text, "PRIVATE KEY", &bytes) ||
		is_block(&text, "ENCRYPTED PRIVATE KEY", &bytes)))
		return format->is_own_name(name, NULL);
	return is_block(&text, "CERTIFICATE", &bytes) &&
	    trust_cert_decode(trust_buffer_bytes(&bytes), &cert, &ignored) &&
	    cert->der.size == bytes.size && format->is_own_name(name, cert);
}

static bool
is_written(const struct export_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->list[i].name, name) == 0)
			return true;
	return false;
}

static int
by_name(const void *a, const void *b)
{
	const struct export_left_file *one = a;
	const struct export_left_file *other = b;

	return strcmp(one->name, other->name);
}

static bool
fail_listing(const char *directory, int cause, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(directory);

	(void)trust_fail_errno(
	    error, TRUST_OUTPUT, cause, shown, "cannot look for other anchors in '%s'", shown);
	return trust_hint(error, "choose a directory that you may list, or a new one");
}

/* The parts of the output that the format's reader takes files from. */
static const char *const *
directories_of(const struct export_format *format)
{
	static const char *const itself[] = { ".", NULL };

	return format->directories ? format->directories : itself;
}

/* Returns an errno; 0 also where there is no such directory. */
static int
look_in(const struct export_format *format, int output, const char *part,
    const struct export_files *files, struct export_left *left)
{
	int fd = openat(output, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry = NULL;

	if (!listing)
		return errno == ENOENT ? 0 : errno;
	while (errno = 0, (entry = readdir(listing)) != NULL) {
		TRUST_AUTO_FREE char *name = strcmp(part, ".") == 0
		    ? trust_strdup(entry->d_name)
		    : trust_printf("%s/%s", part, entry->d_name);
		if (!format->is_left_name(name, files) || is_written(files, name))
			continue;
		bool ours = is_ours(output, name, format);
		left->list = trust_grow_array(left->list, left->count + 1, sizeof *left->list);
		left->list[left->count++] =
		    (struct export_left_file){ .name = trust_steal(&name), .ours = ours };
	}
	int cause = errno;
	closedir(listing);
	return cause;
}

void
export_make_room(
    const struct export_format *format, const char *directory, struct export_files *files)
{
	TRUST_AUTO_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && format->make_room) /* what cannot be opened, saving tells */
		format->make_room(fd, files);
}

bool
export_left_find(const struct export_format *format, const char *directory,
    const struct export_files *files, struct export_left *ret_left, struct trust_error *error)
{
	if (!format->is_left_name)
		return true;
	TRUST_AUTO_FD int output = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (output < 0)
		return errno == ENOENT || fail_listing(directory, errno, error);
	for (const char *const *part = directories_of(format); *part; part++) {
		int cause = look_in(format, output, *part, files, ret_left);
		if (cause != 0)
			return fail_listing(directory, cause, error);
	}
	if (ret_left->count > 1)
		qsort(ret_left->list, ret_left->count, sizeof *ret_left->list, by_name);
	return true;
}

static bool
sync_parts(const struct export_format *format, int output)
{
	bool done = true;

	for (const char *const *part = directories_of(format); *part; part++) {
		TRUST_AUTO_FD int fd = openat(output, *part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		done = done && (fd < 0 || fsync(fd) == 0 || errno == EINVAL);
	}
	return done;
}

bool
export_left_remove(const struct export_format *format, const char *directory,
    const struct export_left *left, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(directory);
	TRUST_AUTO_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool removed = false;

	for (size_t i = 0; i < left->count; i++) {
		const char *name = left->list[i].name;
		if (!left->list[i].ours)
			continue;
		removed = true;
		if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
			continue;
		return trust_fail_errno(error, TRUST_OUTPUT, errno, shown,
		    "the new files are written, but '%s/%s' cannot be removed, and whoever reads "
		    "it %s it",
		    shown, name, format->trust_list ? "trusts" : "uses");
	}
	return !removed || sync_parts(format, fd) ||
	    trust_fail_errno(error, TRUST_OUTPUT, errno, shown,
		"what was removed from '%s' may be back after a power failure", shown);
}
