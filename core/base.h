/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_BASE_H
#define TRUST_BASE_H

/*
 * The few things every file of the program uses: cleanup by scope, handing over, memory that never
 * comes back NULL, and a borrowed view of bytes.
 *
 * Ownership: a `const` pointer in a struct is borrowed and its comment says from whom; every
 * `_free` accepts NULL; a `ret_x` parameter is set on success only and untouched on failure.
 *
 * Caveat: trust_alloc() and friends never return NULL. When memory is out they call the handler of
 * trust_set_last_words() and then abort. Therefore every size that comes from input is checked
 * against limits.h *before* it is allocated.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRUST_MUST_CHECK __attribute__((warn_unused_result))

/* Built for AddressSanitizer, which reserves terabytes, reads files, prints to standard error, and
 * looks for leaks by ptrace. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRUST_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(TRUST_SANITIZED)
#define TRUST_SANITIZED 1
#endif
#ifndef TRUST_SANITIZED
#define TRUST_SANITIZED 0
#endif

#define TRUST_PRINTF(text_at, first) __attribute__((format(printf, text_at, first)))
#define TRUST_UNUSED __attribute__((unused))
#define TRUST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* TRUST_AUTO(trust_cert) *cert = NULL; frees cert with trust_cert_free() when the scope ends. */
#define TRUST_AUTO(type) __attribute__((cleanup(type##_auto))) struct type
#define TRUST_DEFINE_AUTO(type, free_function)                                                     \
	static inline void type##_auto(struct type **object)                                       \
	{                                                                                          \
		free_function(*object);                                                            \
	}

/* TRUST_AUTO_FREE char *text = ...; frees any trust_alloc()ed memory when the scope ends. */
#define TRUST_AUTO_FREE __attribute__((cleanup(trust_auto_free)))
void trust_auto_free(void *pointer_to_pointer);

/* TRUST_AUTO_FD int fd = -1; closes it when the scope ends. */
#define TRUST_AUTO_FD __attribute__((cleanup(trust_auto_close)))
void trust_auto_close(int *fd);

/* All of the bytes, however few the system takes at once; else false, and errno says why. */
bool trust_write_all(int fd, const void *data, size_t size) TRUST_MUST_CHECK;

/* Take the value out of a variable that is cleaned up by scope: return trust_steal(&cert); */
#define trust_steal(variable)                                                                      \
	({                                                                                         \
		__typeof__(*(variable)) stolen_ = *(variable);                                     \
		*(variable) = NULL;                                                                \
		stolen_;                                                                           \
	})

/* Bytes somebody else owns. The struct that holds it says who and for how long. */
struct trust_bytes {
	const uint8_t *data; /* NULL only when size is 0 */
	size_t size;
};

/* Four bytes, big-endian, as a number. */
uint32_t trust_u32_at(const uint8_t *bytes);
bool trust_bytes_equal(struct trust_bytes a, struct trust_bytes b);
/* Order by content, then by length; for qsort and tables. */
int trust_bytes_compare(struct trust_bytes a, struct trust_bytes b);

/* All zeroed, all owned by the caller, trust_free(). size 0 gives a valid pointer. */
void *trust_alloc(size_t size) TRUST_MUST_CHECK;
void *trust_alloc_array(size_t count, size_t size) TRUST_MUST_CHECK;
/* Like reallocarray; the new part is not zeroed. */
void *trust_grow_array(void *old, size_t count, size_t size) TRUST_MUST_CHECK;
/* Room for one more after the `count` there are, doubled when it runs out; for an array that began
 * as NULL and is grown by this alone. */
void *trust_grow_by_one(void *old, size_t count, size_t size) TRUST_MUST_CHECK;
char *trust_strdup(const char *text) TRUST_MUST_CHECK; /* NULL gives NULL */
void *trust_memdup(const void *data, size_t size) TRUST_MUST_CHECK;
char *trust_printf(const char *format, ...) TRUST_PRINTF(1, 2) TRUST_MUST_CHECK;
char *trust_vprintf(const char *format, va_list arguments) TRUST_PRINTF(1, 0) TRUST_MUST_CHECK;
void trust_free(void *memory);
/* What a library allocated, or the end as of trust_alloc() when that is NULL. */
void *trust_must(void *memory);

/* Bytes that nobody can guess; the end as of trust_alloc() where the system gives none. */
void trust_random(void *bytes, size_t size);

/* What happens before abort() when memory is out, or random bytes; why: "out of memory". The
 * program prints a line and exits with 70. */
void trust_set_last_words(void (*handler)(const char *why));

/* Lower-case hexadecimal, NUL-terminated, owned by the caller. */
char *trust_hex(const uint8_t *data, size_t size) TRUST_MUST_CHECK;
/* "AB:CD:..." upper case, as browsers and certutil print fingerprints; owned by the caller. */
char *trust_hex_colons(const uint8_t *data, size_t size) TRUST_MUST_CHECK;

#endif
