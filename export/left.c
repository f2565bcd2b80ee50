/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Anchors that a directory holds beside those of an export. A file is ours only if both its bytes
 * and its name are those that this program would give the certificate in it.
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

static bool
read_file(int directory, const char *name, struct trust_buffer *ret_text)
{
	uint8_t piece[8192];
	struct stat status;
	ssize_t size = 0;
	/* A link is none of our files, and a pipe must not make us wait. */
	TRUST_AUTO_FD int fd =
	    openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	while (!ret_text->overflow && (size = read(fd, piece, sizeof piece)) > 0)
		trust_buffer_append(ret_text, piece, (size_t)size);
	return size == 0 && !ret_text->overflow;
}

static bool
is_ours(int directory, const char *name, const struct export_format *format)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_cert) *cert = NULL;
	TRUST_AUTO_BUFFER text;
	TRUST_AUTO_BUFFER der;
	TRUST_AUTO_BUFFER again;

	trust_buffer_init(&text, 2 * TRUST_MAX_CERT_BYTES);
	trust_buffer_init(&der, TRUST_MAX_CERT_BYTES);
	export_begin(&again);
	if (!read_file(directory, name, &text) ||
	    !export_take_block(trust_buffer_bytes(&text), "CERTIFICATE", &der) ||
	    !trust_cert_decode(trust_buffer_bytes(&der), &cert, &ignored))
		return false;
	export_put_block(&again, "CERTIFICATE", cert->der);
	return trust_bytes_equal(trust_buffer_bytes(&text), trust_buffer_bytes(&again)) &&
	    format->is_own_name(name, cert);
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

bool
export_left_find(const struct export_format *format, const char *directory,
    const struct export_files *files, struct export_left *ret_left, struct trust_error *error)
{
	DIR *listing = format->is_anchor_name ? opendir(directory) : NULL;
	struct dirent *entry = NULL;

	if (!listing)
		return !format->is_anchor_name || errno == ENOENT ||
		    fail_listing(directory, errno, error);
	while (errno = 0, (entry = readdir(listing)) != NULL) {
		const char *name = entry->d_name;
		if (!format->is_anchor_name(name) || is_written(files, name))
			continue;
		ret_left->list =
		    trust_grow_array(ret_left->list, ret_left->count + 1, sizeof *ret_left->list);
		ret_left->list[ret_left->count++] = (struct export_left_file){
			.name = trust_strdup(name),
			.ours = is_ours(dirfd(listing), name, format),
		};
	}
	int cause = errno;
	closedir(listing);
	if (cause != 0)
		return fail_listing(directory, cause, error);
	if (ret_left->count > 1)
		qsort(ret_left->list, ret_left->count, sizeof *ret_left->list, by_name);
	return true;
}

bool
export_left_remove(const char *directory, const struct export_left *left, struct trust_error *error)
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
		    "it trusts it",
		    shown, name);
	}
	return !removed || fsync(fd) == 0 || errno == EINVAL ||
	    trust_fail_errno(error, TRUST_OUTPUT, errno, shown,
		"what was removed from '%s' may be back after a power failure", shown);
}
