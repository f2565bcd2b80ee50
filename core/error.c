/* SPDX-License-Identifier: MPL-2.0 */
/* Errors: filled where the cause is known, told by the command line alone. */

#include <errno.h>
#include <string.h>

#define TRUST_ERROR_C
#include "core/error.h"
#include "core/text.h"

static const struct {
	const char *name;
	int status;
} codes[] = {
#define X(name, status, sentence) [TRUST_##name] = { #name, status },
	TRUST_CODES(X)
#undef X
};

int
trust_code_exit_status(enum trust_code code)
{
	return codes[code].status;
}

const char *
trust_code_name(enum trust_code code)
{
	/* Made of the enumerator's name, at each call alike: STORE_LOCKED is "store-locked". */
	static char words[TRUST_COUNT(codes)][32];
	char *word = words[code];

	for (size_t i = 0; codes[code].name[i] && i + 1 < sizeof words[0]; i++) {
		char c = codes[code].name[i];
		word[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	return word;
}

static bool
fill(struct trust_error *error, enum trust_code code, const char *subject, char *message)
{
	char *copy = trust_strdup(subject); /* subject may be the error's own */
	trust_error_clear(error);
	error->code = code;
	error->subject = copy;
	error->message = message;
	return false;
}

bool
trust_fail(
    struct trust_error *error, enum trust_code code, const char *subject, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *message = trust_vprintf(format, arguments);
	va_end(arguments);
	return fill(error, code, subject, message);
}

bool
trust_fail_errno(struct trust_error *error, enum trust_code code, int errno_value,
    const char *subject, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *message = trust_vprintf(format, arguments);
	va_end(arguments);
	char room[128];
	const char *words = strerror_r(errno_value, room, sizeof room);
	/* In the middle of a line: "no such file or directory", but "RPC struct is bad". */
	bool lower = words[0] >= 'A' && words[0] <= 'Z' && words[1] >= 'a' && words[1] <= 'z';
	return fill(error, code, subject,
	    trust_printf("%s: %c%s", message, lower ? words[0] - 'A' + 'a' : words[0], words + 1));
}

bool
trust_fail_file(struct trust_error *error, enum trust_code code, const char *what, const char *path)
{
	int cause = errno;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);

	return trust_fail_errno(error, code, cause, shown, "cannot %s '%s'", what, shown);
}

bool
trust_hint(struct trust_error *error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *hint = trust_vprintf(format, arguments);
	va_end(arguments);
	trust_free(error->hint);
	error->hint = hint;
	return false;
}

bool
trust_error_prefix(struct trust_error *error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *prefix = trust_vprintf(format, arguments);
	va_end(arguments);
	char *message = trust_printf("%s%s", prefix, error->message ? error->message : "");
	trust_free(error->message);
	error->message = message;
	return false;
}

void
trust_error_clear(struct trust_error *error)
{
	trust_free(error->subject);
	trust_free(error->message);
	trust_free(error->hint);
	*error = (struct trust_error)TRUST_ERROR_INIT;
}

void
trust_error_move(struct trust_error *to, struct trust_error *from)
{
	trust_error_clear(to);
	*to = *from;
	*from = (struct trust_error)TRUST_ERROR_INIT;
}
