/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_BUFFER_H
#define TRUST_BUFFER_H

/*
 * A growing run of bytes, born with its limit: an append beyond it marks the buffer as overflowed
 * and changes nothing more, so that a writer checks once, at the end. A secret buffer zeroes memory
 * it leaves behind.
 */

#include "core/base.h"

struct trust_buffer {
	uint8_t *data; /* owned; NUL-terminated behind size, so a buffer of text is a string */
	size_t size;
	size_t capacity;
	size_t limit;
	bool secret;
	bool overflow;
};

#define TRUST_AUTO_BUFFER __attribute__((cleanup(trust_buffer_done))) struct trust_buffer

void trust_buffer_init(struct trust_buffer *buffer, size_t limit);
void trust_buffer_init_secret(struct trust_buffer *buffer, size_t limit);
void trust_buffer_done(struct trust_buffer *buffer);
void trust_buffer_clear(struct trust_buffer *buffer);
void trust_buffer_append(struct trust_buffer *buffer, const void *data, size_t size);
void trust_buffer_append_text(struct trust_buffer *buffer, const char *text);
void trust_buffer_printf(struct trust_buffer *buffer, const char *format, ...) TRUST_PRINTF(2, 3);
/* Append what the regular file open as `fd` has, from where it stands; open it with O_NONBLOCK, so
 * that a pipe in its place makes nobody wait. Returns 0 or an errno: EFBIG where it has more than
 * the limit leaves room for, EINVAL where it is no regular file, EBADF where fd is negative. */
int trust_buffer_append_file(struct trust_buffer *buffer, int fd) TRUST_MUST_CHECK;
struct trust_bytes trust_buffer_bytes(const struct trust_buffer *buffer); /* borrowed from buffer */
/* Hand the NUL-terminated bytes over to the caller; the buffer is empty afterwards. Never NULL. */
char *trust_buffer_take(struct trust_buffer *buffer) TRUST_MUST_CHECK;

#endif
