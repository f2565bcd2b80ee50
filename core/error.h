/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_ERROR_H
#define TRUST_ERROR_H

/*
 * What went wrong, in four parts: a code (which decides the exit status), the subject (the file,
 * store or item it is about), a message, and a hint: what to do now, if anything can be done.
 *
 * A fallible function returns bool, takes a `struct trust_error *` last (never NULL, initialised
 * with TRUST_ERROR_INIT or by an earlier clear), and fills it exactly when it returns false. Set
 * the error where the cause is known; callers above may prefix the message, never replace the code.
 *
 * Messages: lower case, no full stop, what failed first, subjects in single quotes. Everything that
 * came from a certificate, a file or another program goes through trust_text_display() first.
 * Hints: one sentence or a complete command that can be pasted; several are separated by newlines.
 */

#include "core/base.h"

/* code, exit status, and for the reader what it means */
#define TRUST_CODES(X)                                                                             \
	X(OK, 0, "done, or the answer is yes")                                                     \
	X(ANSWER_NO, 1, "the question was answered, and the answer is no")                         \
	X(USAGE, 2, "the command line makes no sense; nothing was touched")                        \
	X(INPUT_OPEN, 3, "a file cannot be read")                                                  \
	X(INPUT_UNKNOWN, 3, "a file is of no kind this program knows")                             \
	X(INPUT_MALFORMED, 3, "a file or certificate is damaged or not what it claims to be")      \
	X(INPUT_LIMIT, 3, "a file asks for more than the limits allow")                            \
	X(INPUT_PASSWORD, 3, "the password of a file is missing or wrong")                         \
	X(INPUT_UNSUPPORTED, 3, "a file uses something that cannot be processed here")             \
	X(INPUT_NOT_FOUND, 3, "no item matches the name or identifier given")                      \
	X(INPUT_AMBIGUOUS, 3, "several items match the name or identifier given")                  \
	X(OUTPUT, 3, "a file cannot be written")                                                   \
	X(STORE_MISSING, 4, "there is no store at the place named")                                \
	X(STORE_NOT_DATABASE, 4, "the store's files are not databases")                            \
	X(STORE_LEGACY, 4, "the store has only the old format (cert8.db, key3.db)")                \
	X(STORE_PERMISSION, 4, "the store may not be read or written by this user")                \
	X(STORE_OWNER, 4, "the store belongs to another user")                                     \
	X(STORE_LOCKED, 4, "another program holds the store's lock")                               \
	X(STORE_JOURNAL, 4, "an interrupted change of another program must be rolled back first")  \
	X(STORE_WAL, 4, "the store is in a journal mode that cannot be changed atomically")        \
	X(STORE_PASSWORD, 4, "the store's password is missing or wrong")                           \
	X(STORE_PASSWORD_NEWER, 4, "the store's password was set by a newer NSS than is here")     \
	X(STORE_DAMAGED, 4, "the store's files or its schema are damaged")                         \
	X(STORE_FULL, 4, "no room is left where the store or its staged copy is")                  \
	X(STORE_CONFLICT, 4, "the store changed while the command ran")                            \
	X(STORE_READ_BACK, 4, "what the store holds after the change is not what was planned")     \
	X(STORE_NSS, 4, "NSS refused an operation")                                                \
	X(STORE_WORKER, 4, "the process that runs NSS ended or did not answer in time")            \
	X(REFUSED, 5, "would be unsafe or destructive and was not confirmed")                      \
	X(REFUSED_TRUST, 5, "a trust that NSS cannot express or this certificate must not get")    \
	X(REFUSED_UNDO, 5, "a change that can no longer be undone")                                \
	X(PARTIAL, 6, "part of what was asked was done; the report says which")                    \
	X(NO_LIBRARY, 70, "a library of another project is missing")                               \
	X(BUG, 70, "a mistake of this program, or memory is out")

enum trust_code {
#define X(name, status, sentence) TRUST_##name,
	TRUST_CODES(X)
#undef X
};

int trust_code_exit_status(enum trust_code code);
const char *trust_code_name(enum trust_code code); /* "store-locked" */

struct trust_error {
	enum trust_code code;
	char *subject; /* owned, displayable; may be NULL */
	char *message; /* owned, displayable; NULL exactly when code is TRUST_OK */
	char *hint;    /* owned, displayable; may be NULL */
};

#define TRUST_ERROR_INIT                                                                           \
	{                                                                                          \
		.code = TRUST_OK                                                                   \
	}
/* Cleanup by scope: TRUST_AUTO_ERROR error = TRUST_ERROR_INIT; */
#define TRUST_AUTO_ERROR __attribute__((cleanup(trust_error_clear))) struct trust_error

/* Fill the error (an earlier content is released). Always returns false: return trust_fail(...). */
bool trust_fail(struct trust_error *error, enum trust_code code, const char *subject,
    const char *format, ...) TRUST_PRINTF(4, 5);
/* As trust_fail(), with ": " and the words of errno_value at the end. */
bool trust_fail_errno(struct trust_error *error, enum trust_code code, int errno_value,
    const char *subject, const char *format, ...) TRUST_PRINTF(5, 6);
/* "cannot <what> '<path>'" and the words of errno; the path need not be displayable. */
bool trust_fail_file(
    struct trust_error *error, enum trust_code code, const char *what, const char *path);
/* Set or replace the hint of a filled error. Returns false. */
bool trust_hint(struct trust_error *error, const char *format, ...) TRUST_PRINTF(2, 3);
/* Put words before the message: "cannot import 'x.p12': " + message. Returns false. */
bool trust_error_prefix(struct trust_error *error, const char *format, ...) TRUST_PRINTF(2, 3);

void trust_error_clear(struct trust_error *error);
/* Move; `to` is cleared first, `from` is empty afterwards. */
void trust_error_move(struct trust_error *to, struct trust_error *from);

/* Static analysis looks at one file at a time: tell it that these never return true. */
#if defined __clang_analyzer__ && !defined TRUST_ERROR_C
#define trust_fail(...) ((void)trust_fail(__VA_ARGS__), false)
#define trust_fail_errno(...) ((void)trust_fail_errno(__VA_ARGS__), false)
#define trust_fail_file(...) ((void)trust_fail_file(__VA_ARGS__), false)
#define trust_hint(...) ((void)trust_hint(__VA_ARGS__), false)
#endif

#endif
