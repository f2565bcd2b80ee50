/* SPDX-License-Identifier: MPL-2.0 */
/* How far long work is, for people at a terminal. */

#include "core/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/internal.h"
#include "core/text.h"
#include "core/time.h"

/* Nobody needs to be told of what is over at once, nor more often than the eye follows. A rate is
 * of some time. */
#define FIRST_AFTER_S 0.5
#define RATE_AFTER_S 0.1
#define AGAIN_AFTER_S 0.2

static struct {
	bool wanted;      /* at a capable terminal, and not quiet */
	double started;   /* the command */
	const char *what; /* NULL: nothing is going on */
	double began;
	size_t from;  /* what was done when it began: one work may go on behind another */
	double shown; /* 0: not yet */
	size_t next;  /* the clock is looked at when so many are done */
} progress;

static double
seconds_now(void)
{
	return (double)trust_monotonic_ms() / 1000;
}

static void
wipe(void)
{
	if (progress.shown > 0)
		fputs("\r\033[K", stderr);
}

static void
end(void)
{
	wipe();
	progress.what = NULL;
	progress.shown = 0;
}

/* A line that is broken could not be taken away; the last column is left to the cursor. */
static size_t
columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
	    ? (size_t)size.ws_col - 1
	    : SIZE_MAX;
}

static void
show(size_t done, size_t total, double spent, double rate)
{
	double left = done < total && rate > 0 ? (double)(total - done) / rate : 0;
	TRUST_AUTO_FREE char *line = total > 0
	    ? trust_printf("%s: %zu of %zu, %.0f/s, %.0f s left", progress.what, done, total, rate,
		  left + 0.5)
	    : trust_printf("%s: %zu, %.0f/s, %.0f s so far", progress.what, done, rate, spent);
	TRUST_AUTO_FREE char *cut = trust_text_cut(line, columns(), "");

	fprintf(stderr, "\r%s\033[K", cut);
}

static void
step(const char *what, size_t done, size_t total)
{
	if (progress.what != what || done < progress.from) {
		wipe();
		progress.what = what;
		progress.began = seconds_now();
		progress.from = done;
		progress.shown = 0;
		progress.next = 0;
	}
	if (done < progress.next && (total == 0 || done < total))
		return;
	double now = seconds_now();
	double spent = now - progress.began;
	double rate = spent > 0 ? (double)(done - progress.from) / spent : 0;
	/* As many as take a twentieth of a second; what began fast may go on slowly. */
	size_t soon = (size_t)(rate * 0.05);
	progress.next = done + 1 + (soon < done ? soon : done);
	if (now - progress.started < FIRST_AFTER_S || spent < RATE_AFTER_S ||
	    now - progress.shown < AGAIN_AFTER_S)
		return;
	progress.shown = now;
	show(done, total, spent, rate);
}

static void
heard(const char *what, size_t done, size_t total)
{
	if (what)
		step(what, done, total);
	else
		end();
}

void
cli_progress_start(const struct cli *cli)
{
	progress.wanted = !cli->global.quiet && cli_is_capable(STDERR_FILENO);
	progress.started = seconds_now();
	trust_progress_listen(progress.wanted ? heard : NULL);
}

void
cli_progress(const char *what, size_t done, size_t total)
{
	if (progress.wanted)
		step(what, done, total);
}

void
cli_progress_done(void)
{
	end();
}
