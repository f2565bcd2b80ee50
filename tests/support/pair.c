/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Times two commands in turn: pair RUNS 'A' 'B' ['SETUP']. SETUP runs, uncounted, before each. A
 * shell runs what needs one, which then counts too; plain words are run as they are. A command
 * after a '-' may fail. Prints, by tabs: median wall of A and of B (seconds), the median of the
 * ratios B/A taken pair by pair, median cpu of A and of B (seconds), peak memory of A and of B
 * (MiB). An empty B gives "-". Fails when another command does.
 */

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

static struct run
time_one(const char *command)
{
	struct rusage usage;
	wordexp_t words;
	int status = 0;
	bool may_fail = *command == '-';

	command += may_fail;
	bool plain = wordexp(command, &words, WRDE_NOCMD) == 0;
	double start = now();
	pid_t child = fork();
	if (child == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "r", stdin))
			_exit(126);
		if (plain)
			execvp(words.we_wordv[0], words.we_wordv);
		else
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 ||
	    (status != 0 && !(may_fail && WIFEXITED(status) && WEXITSTATUS(status) < 126))) {
		fprintf(stderr, "pair: failed (%d): %s\n", status, command);
		exit(1);
	}
	double wall = now() - start;
	if (plain)
		wordfree(&words);
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
	for (int i = 0; i < count; i++) {
		if (argc > 4)
			time_one(argv[4]);
		a[i] = time_one(argv[2]);
		if (!other)
			continue;
		if (argc > 4)
			time_one(argv[4]);
		b[i] = time_one(other);
		ratios[i] = b[i].wall / a[i].wall;
	}
	if (other)
		printf("%.4f\t%.4f\t%.1f\t%.4f\t%.4f\t%.1f\t%.1f\n", MEDIAN(a, wall),
		    MEDIAN(b, wall), median(ratios, count), MEDIAN(a, cpu), MEDIAN(b, cpu),
		    MEDIAN(a, peak), MEDIAN(b, peak));
	else
		printf("%.4f\t-\t-\t%.4f\t-\t%.1f\t-\n", MEDIAN(a, wall), MEDIAN(a, cpu),
		    MEDIAN(a, peak));
	return 0;
}
