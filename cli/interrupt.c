/* SPDX-License-Identifier: MPL-2.0 */
/* Ctrl-C during a change: until the commit it ends the work and leaves the store as it was; from
 * then on the change is made first. */

#include <signal.h>

#include "cli/internal.h"

static const int watched[] = { SIGINT, SIGTERM, SIGHUP };
static struct sigaction before[TRUST_COUNT(watched)];
static volatile sig_atomic_t caught;
static bool watching;

static void
note(int number)
{
	caught = number;
}

void
cli_interrupt_watch(void)
{
	const struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };

	for (size_t i = 0; !watching && i < TRUST_COUNT(watched); i++) {
		sigaction(watched[i], NULL, &before[i]);
		/* What nohup ignores stays ignored. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(watched[i], &action, NULL);
	}
	watching = true;
}

bool
cli_interrupted(void)
{
	return caught != 0;
}

void
cli_interrupt_unwatch(void)
{
	for (size_t i = 0; watching && i < TRUST_COUNT(watched); i++)
		sigaction(watched[i], &before[i], NULL);
	watching = false;
}

void
cli_interrupt_end(void)
{
	cli_interrupt_unwatch();
	if (caught)
		raise(caught); /* who waits for us shall see what ended us */
}
