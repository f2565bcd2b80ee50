/* SPDX-License-Identifier: MPL-2.0 */
/* Who listens to how far long work is; see progress.h. */

#include "core/progress.h"

static trust_progress_listener *listener;

void
trust_progress_listen(trust_progress_listener *to)
{
	listener = to;
}

bool
trust_progress_is_wanted(void)
{
	return listener;
}

void
trust_progress_tell(const char *what, size_t done, size_t total)
{
	if (listener)
		listener(what, done, total);
}

void
trust_progress_tell_bytes(const char *what, size_t done, size_t total)
{
	const size_t mib = (size_t)1024 * 1024;

	trust_progress_tell(what, done / mib, (total + mib - 1) / mib);
}

void
trust_progress_end(void)
{
	if (listener)
		listener(NULL, 0, 0);
}
