/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Times two commands in turn: pair RUNS 'A' 'B' ['SETUP']. SETUP runs, uncounted, before each.
 * Commands that need no shell are run without one, which would be timed with them. One after a '-'
 * may fail. Prints, by tabs: median wall of A and of B (seconds), the median of the ratios B/A
 * taken pair by pair, median cpu of A and of B (seconds), peak memory of A and of B (MiB). An empty
 * B gives "-". Fails when another command does.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wordexp.h>

struct run {
	double wall;
	double cpu;
	double peak;
};

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double
seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Not by fork(), which would count the copying of this process too. */
static pid_t
start(char *const *words)
{
	posix_spawn_file_actions_t streams;
	pid_t child = -1;

	posix_spawn_file_actions_init(&streams);
	posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&streams, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&child, words[0], &streams, NULL, words, environ) != 0)
		child = -1;
	posix_spawn_file_actions_destroy(&streams);
	return child;
}

static bool
needs_shell(const char *command)
{
	wordexp_t words;

	if (wordexp(command + (*command == '-'), &words, WRDE_NOCMD) != 0)
		return true;
	wordfree(&words);
	return false;
}

static struct run
time_one(const char *command, bool plain)
{
	struct rusage usage;
	wordexp_t words = { 0 };
	int status = 0;
	bool may_fail = *command == '-';
	char shell[] = "sh";
	char option[] = "-c";
	char *script = strdup(command + may_fail);
	char *by_shell[] = { shell, option, script, NULL };

	if (!script || (plain && wordexp(script, &words, WRDE_NOCMD) != 0))
		exit(1);
	double began = now();
	pid_t child = start(plain ? words.we_wordv : by_shell);
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 ||
	    (status != 0 && !(may_fail && WIFEXITED(status) && WEXITSTATUS(status) < 126))) {
		fprintf(stderr, "pair: failed (%d): %s\n", status, command);
		exit(1);
	}
	double wall = now() - began;
	if (plain)
		wordfree(&words);
	free(script);
	return (struct run){
		.wall = wall,
		.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime),
		.peak = (double)usage.ru_maxrss / 1024,
	};
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof *values, compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

#define MEDIAN(runs, field)                                                                        \
	({                                                                                         \
		double values_[100];                                                               \
		for (int i_ = 0; i_ < count; i_++)                                                 \
			values_[i_] = (runs)[i_].field;                                            \
		median(values_, count);                                                            \
	})

int
main(int argc, char **argv)
{
	static struct run a[100], b[100];
	double ratios[100];
	int count = argc > 2 ? atoi(argv[1]) : 0;

	if (count < 1 || count > 100) {
		fprintf(stderr, "usage: pair RUNS 'A' 'B' ['SETUP']\n");
		return 2;
	}
	const char *other = argc > 3 && *argv[3] ? argv[3] : NULL;
	bool plain = !needs_shell(argv[2]) && (!other || !needs_shell(other)); /* both alike */
	for (int i = 0; i < count; i++) {
		if (argc > 4)
			time_one(argv[4], false);
		a[i] = time_one(argv[2], plain);
		if (!other)
			continue;
		if (argc > 4)
			time_one(argv[4], false);
		b[i] = time_one(other, plain);
		ratios[i] = b[i].wall / a[i].wall;
	}
	if (other)
		printf("%.5f\t%.5f\t%.2f\t%.5f\t%.5f\t%.1f\t%.1f\n", MEDIAN(a, wall),
		    MEDIAN(b, wall), median(ratios, count), MEDIAN(a, cpu), MEDIAN(b, cpu),
		    MEDIAN(a, peak), MEDIAN(b, peak));
	else
		printf("%.5f\t-\t-\t%.5f\t-\t%.1f\t-\n", MEDIAN(a, wall), MEDIAN(a, cpu),
		    MEDIAN(a, peak));
	return 0;
}
