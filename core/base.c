/* SPDX-License-Identifier: MPL-2.0 */
/* Memory that never comes back NULL, and the few helpers every file uses. */

#include "core/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static void (*last_words)(const char *why);

void
trust_set_last_words(void (*handler)(const char *why))
{
	last_words = handler;
}

static _Noreturn void
end(const char *why)
{
	if (last_words)
		last_words(why);
	abort();
}

void *
trust_must(void *memory)
{
	if (!memory)
		end("out of memory");
	return memory;
}

void
trust_random(void *bytes, size_t size)
{
	for (uint8_t *at = bytes; size > 0;) {
		ssize_t got = getrandom(at, size, 0);
		if (got < 0 && errno != EINTR)
			end("the system gives no random bytes");
		at += got > 0 ? got : 0;
		size -= got > 0 ? (size_t)got : 0;
	}
}

void *
trust_alloc(size_t size)
{
	return trust_must(calloc(1, size ? size : 1));
}

void *
trust_alloc_array(size_t count, size_t size)
{
	return trust_must(calloc(count ? count : 1, size ? size : 1));
}

void *
trust_grow_array(void *old, size_t count, size_t size)
{
	return trust_must(reallocarray(old, count ? count : 1, size ? size : 1));
}

void *
trust_grow_by_one(void *old, size_t count, size_t size)
{
	bool full = (count & (count - 1)) == 0;

	return full ? trust_grow_array(old, count ? 2 * count : 1, size) : old;
}

char *
trust_strdup(const char *text)
{
	return text ? trust_must(strdup(text)) : NULL;
}

void *
trust_memdup(const void *data, size_t size)
{
	void *copy = trust_alloc(size);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

char *
trust_vprintf(const char *format, va_list arguments)
{
	char *text = NULL;
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	return trust_must(text);
}

char *
trust_printf(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = trust_vprintf(format, arguments);
	va_end(arguments);
	return text;
}

void
trust_free(void *memory)
{
	free(memory);
}

void
trust_auto_free(void *pointer_to_pointer)
{
	void *memory = NULL;
	memcpy(&memory, pointer_to_pointer, sizeof memory);
	free(memory);
}

void
trust_auto_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

bool
trust_write_all(int fd, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0) {
		ssize_t written = write(fd, at, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			errno = written < 0 ? errno : ENOSPC;
			return false;
		}
		at += written;
		size -= (size_t)written;
	}
	return true;
}

uint32_t
trust_u32_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	    bytes[3];
}

bool
trust_bytes_equal(struct trust_bytes a, struct trust_bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int
trust_bytes_compare(struct trust_bytes a, struct trust_bytes b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	int order = common ? memcmp(a.data, b.data, common) : 0;
	return order ? order : (a.size > b.size) - (a.size < b.size);
}

static char *
hex(const uint8_t *data, size_t size, const char *digits, bool colons)
{
	char *text = trust_alloc(3 * size + 1);
	char *at = text;

	for (size_t i = 0; i < size; i++) {
		if (colons && i)
			*at++ = ':';
		*at++ = digits[data[i] >> 4];
		*at++ = digits[data[i] & 15];
	}
	*at = '\0';
	return text;
}

char *
trust_hex(const uint8_t *data, size_t size)
{
	return hex(data, size, "0123456789abcdef", false);
}

char *
trust_hex_colons(const uint8_t *data, size_t size)
{
	return hex(data, size, "0123456789ABCDEF", true);
}
