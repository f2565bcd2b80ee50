/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Ctrl-C. It ends a command at once: what is read or prepared is in private copies, which go with
 * it, and the store is as it was. From a change's commit on the change is made first.
 */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/internal.h"
#include "core/abandon.h"

/* What people press and send, and what limits and timers of a session end a program with. */
static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1,
	SIGUSR2 };
static struct sigaction before[TRUST_COUNT(watched)];
static volatile sig_atomic_t caught;
static bool watching;
static pid_t self;
static const char *volatile last_words;

static void
handle(void (*handler)(int), struct sigaction *ret_before)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < TRUST_COUNT(watched); i++)
		sigaddset(&action.sa_mask, watched[i]);
	for (size_t i = 0; i < TRUST_COUNT(watched); i++) {
		sigaction(watched[i], NULL, &ret_before[i]);
		/* What nohup ignores stays ignored. */
		if (ret_before[i].sa_handler != SIG_IGN)
			sigaction(watched[i], &action, NULL);
	}
}

/* Calls that a handler may make, and no others. */
static void
end_now(int number)
{
	const char *words = last_words;

	/* A child that decodes has this handler and is not the one to clean up. */
	if (getpid() != self)
		return;
	trust_abandon();
	if (words) {
		ssize_t ignored = write(STDERR_FILENO, words, strlen(words));
		(void)ignored;
	}
	signal(number, SIG_DFL);
	raise(number); /* who waits for us shall see what ended us */
}

static void
note(int number)
{
	caught = number;
}

void
cli_interrupt_start(void)
{
	struct sigaction ignored[TRUST_COUNT(watched)];

	self = getpid();
	handle(end_now, ignored);
}

void
cli_interrupt_say(const char *words)
{
	last_words = words;
}

void
cli_interrupt_watch(void)
{
	if (!watching)
		handle(note, before);
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
	raise(caught);
}
