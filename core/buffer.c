/* SPDX-License-Identifier: MPL-2.0 */
/* A growing run of bytes with a hard limit. */

#include "core/buffer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/secret.h"

void
trust_buffer_init(struct trust_buffer *buffer, size_t limit)
{
	*buffer = (struct trust_buffer){ .limit = limit };
	buffer->data = trust_alloc(1); /* so that an empty buffer is an empty string */
	buffer->capacity = 1;
}

void
trust_buffer_init_secret(struct trust_buffer *buffer, size_t limit)
{
	trust_buffer_init(buffer, limit);
	buffer->secret = true;
}

void
trust_buffer_done(struct trust_buffer *buffer)
{
	if (buffer->secret && buffer->data)
		explicit_bzero(buffer->data, buffer->capacity);
	trust_free(buffer->data);
	*buffer = (struct trust_buffer){ 0 };
}

void
trust_buffer_clear(struct trust_buffer *buffer)
{
	if (buffer->secret) /* behind its size it is zero: memory comes so, and a size only grows */
		explicit_bzero(buffer->data, buffer->size);
	buffer->size = 0;
	buffer->data[0] = '\0';
	buffer->overflow = false;
}

static void
grow(struct trust_buffer *buffer, size_t needed)
{
	size_t capacity = buffer->capacity;
	while (capacity < needed)
		capacity = capacity < 64 ? 64 : 2 * capacity;
	if (!buffer->secret) {
		buffer->data = trust_grow_array(buffer->data, capacity, 1);
	} else { /* realloc would leave a copy behind */
		uint8_t *data = trust_secret_alloc(capacity);
		memcpy(data, buffer->data, buffer->size + 1);
		explicit_bzero(buffer->data, buffer->capacity);
		trust_free(buffer->data);
		buffer->data = data;
	}
	buffer->capacity = capacity;
}

void
trust_buffer_append(struct trust_buffer *buffer, const void *data, size_t size)
{
	if (size == 0)
		return;
	if (buffer->overflow || size > buffer->limit - buffer->size) {
		buffer->overflow = true;
		return;
	}
	if (buffer->capacity < buffer->size + size + 1)
		grow(buffer, buffer->size + size + 1);
	memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
}

int
trust_buffer_append_file(struct trust_buffer *buffer, int fd)
{
	struct stat status;
	uint8_t piece[16384];
	ssize_t got = 0;
	int failed = 0;

	if (fstat(fd, &status) != 0)
		return errno;
	if (!S_ISREG(status.st_mode))
		return EINVAL;
	while (!buffer->overflow && (got = read(fd, piece, sizeof piece)) != 0) {
		if (got > 0)
			trust_buffer_append(buffer, piece, (size_t)got);
		else if ((failed = errno) != EINTR)
			break;
	}
	if (buffer->secret)
		explicit_bzero(piece, sizeof piece);
	return buffer->overflow ? EFBIG : got < 0 ? failed : 0;
}

void
trust_buffer_append_text(struct trust_buffer *buffer, const char *text)
{
	trust_buffer_append(buffer, text, strlen(text));
}

void
trust_buffer_printf(struct trust_buffer *buffer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *text = trust_vprintf(format, arguments);
	va_end(arguments);
	trust_buffer_append_text(buffer, text);
}

struct trust_bytes
trust_buffer_bytes(const struct trust_buffer *buffer)
{
	return (struct trust_bytes){ .data = buffer->data, .size = buffer->size };
}

char *
trust_buffer_take(struct trust_buffer *buffer)
{
	char *taken = (char *)buffer->data;
	bool secret = buffer->secret;
	trust_buffer_init(buffer, buffer->limit);
	buffer->secret = secret;
	return taken;
}
