/* SPDX-License-Identifier: MPL-2.0 */
/* Decoding in a child process, in words; see child.h. */

#include "import/child.h"

#include <sys/wait.h>

#include "core/error.h"
#include "core/libraries.h"

static bool
fail_limit(const char *name, struct trust_error *error, const char *what)
{
	return trust_fail(error, TRUST_INPUT_LIMIT, name, "'%s': decoding it %s", name, what);
}

static bool
fail_died(const char *name, int status, struct trust_error *error)
{
	if (WIFSIGNALED(status))
		(void)trust_fail(error, TRUST_BUG, name,
		    "'%s': the process that decodes it was killed by signal %d", name,
		    WTERMSIG(status));
	else
		(void)trust_fail(error, TRUST_BUG, name,
		    "'%s': the process that decodes it ended unexpectedly (status %d)", name,
		    WEXITSTATUS(status));
	return trust_hint(error, "this is a mistake of trustctl; nothing was read from the file");
}

bool
import_child_run(const struct trust_child *child, const char *name, struct trust_buffer *ret_answer,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *what = NULL;
	int status = 0;

	if (!trust_libraries_load(error)) /* the child may open no files */
		return false;
	enum trust_child_end end = trust_child_run(child, ret_answer, &status);
	if (end == TRUST_CHILD_ANSWERED)
		return true;
	trust_buffer_done(ret_answer);
	switch (end) {
	case TRUST_CHILD_TOO_SLOW:
		what = trust_printf("took more than %u s and was stopped", child->seconds);
		return fail_limit(name, error, what);
	case TRUST_CHILD_TOO_LARGE:
		what = trust_printf(
		    "takes more than %zu MiB of memory", child->memory / (1024 * 1024));
		return fail_limit(name, error, what);
	case TRUST_CHILD_TOO_LONG:
		return fail_limit(name, error, "gives more than can be handled");
	case TRUST_CHILD_NOT_STARTED:
		return trust_fail_errno(error, trust_child_code_not_started(status), status, name,
		    "'%s': cannot start a process to decode it", name);
	default:
		return fail_died(name, status, error);
	}
}
