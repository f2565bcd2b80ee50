/* SPDX-License-Identifier: MPL-2.0 */
/* The end in the midst of work; see abandon.h. */

#include "core/abandon.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/stage_internal.h"
#include "core/worker_internal.h"

/* One command has a few. */
#define MOST_WORKERS 4
static volatile pid_t workers[MOST_WORKERS];

void
trust_worker_note(pid_t before, pid_t after)
{
	for (size_t i = 0; i < MOST_WORKERS; i++)
		if (workers[i] == before) {
			workers[i] = after;
			return;
		}
}

void
trust_abandon(void)
{
	/* Who still writes into a directory would keep it from going. */
	for (size_t i = 0; i < MOST_WORKERS; i++)
		if (workers[i] > 0 && kill(workers[i], SIGKILL) == 0)
			while (waitpid(workers[i], NULL, 0) < 0 && errno == EINTR)
				;
	trust_stage_abandon();
}
