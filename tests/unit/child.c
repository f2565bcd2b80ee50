/* SPDX-License-Identifier: MPL-2.0 */
/* Children with limits: what a client may do that a decoder may not, and that a parent who may
 * signal nobody waits no longer than it said. tests/unit/import_child.c has bad decoders. */

#include "core/child.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/confine.h"
#include "core/progress.h"

static double
now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct trust_child
client_of(void (*work)(void *context, struct trust_buffer *answer))
{
	return (struct trust_child){
		.work = work,
		.wait_ms = 300,
		.seconds = 5,
		.memory = (size_t)256 << 20,
		.client = true,
	};
}

static void
try_all(void *context, struct trust_buffer *answer)
{
	const char *path = context;

	trust_buffer_append_text(answer, open("/etc/passwd", O_RDONLY) < 0 ? "" : "read ");
	trust_buffer_append_text(answer, socket(AF_INET, SOCK_STREAM, 0) < 0 ? "" : "socket ");
	trust_buffer_append_text(
	    answer, open(path, O_WRONLY | O_CREAT, 0600) < 0 ? "" : "written ");
	trust_buffer_append_text(answer, kill(getppid(), 0) != 0 ? "" : "signal ");
}

static void
a_client_reads_and_talks_and_does_nothing_else(void **state)
{
	char path[] = "/tmp/trustctl-child-XXXXXX";
	struct trust_child child = client_of(try_all);
	TRUST_AUTO_BUFFER answer = { 0 };
	int status = 0;

	(void)state;
#ifdef TRUST_MEASURED
	return; /* this build may write, so that its figures can be */
#endif
	/* Not on a kernel that lacks either. */
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
		return;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	child.context = path;
	assert_int_equal(trust_child_run(&child, &answer, &status), TRUST_CHILD_ANSWERED);
	unlink(path);
	assert_string_equal((char *)answer.data, "read socket ");
}

static void
sleep_long(void *context, struct trust_buffer *answer)
{
	(void)context, (void)answer;
	sleep(30);
}

static void
be_silent_and_gone(void *context, struct trust_buffer *answer)
{
	(void)context, (void)answer;
	_exit(5);
}

/* As one that was taken over: without its clock, and with nothing more to say. */
static void
be_silent_and_stay(void *context, struct trust_buffer *answer)
{
	const struct itimerval never = { 0 };

	(void)context, (void)answer;
	setitimer(ITIMER_REAL, &never, NULL);
	close_range(3, ~0U, 0);
	for (;;)
		pause();
}

static void
how_it_ended_is_told(void **state)
{
	const struct trust_child slow = client_of(sleep_long);
	const struct trust_child gone = client_of(be_silent_and_gone);
	const struct trust_child stays = client_of(be_silent_and_stay);
	struct trust_buffer answer;
	int status = 0;
	double began = now();

	(void)state;
	assert_int_equal(trust_child_run(&slow, &answer, &status), TRUST_CHILD_TOO_SLOW);
	trust_buffer_done(&answer);
	assert_int_equal(trust_child_run(&stays, &answer, &status), TRUST_CHILD_DIED);
	trust_buffer_done(&answer);
	assert_true(now() - began < 10);
	assert_int_equal(trust_child_run(&gone, &answer, &status), TRUST_CHILD_DIED);
	trust_buffer_done(&answer);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

/* The network client has a child of its own that resolves names, and may kill nobody. */
static void
a_confined_parent_is_not_kept_waiting(void **state)
{
	int status = 0;
	double began = now();
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		const struct trust_child slow = client_of(sleep_long);
		struct trust_buffer answer;
		int ignored;

		trust_confine_client();
		_exit(trust_child_run(&slow, &answer, &ignored) == TRUST_CHILD_TOO_SLOW ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(now() - began < 10);
}

/* ---- how far it is --------------------------------------------------------------------------- */

static struct {
	size_t most;
	size_t total;
} heard;

static void
hear(const char *what, size_t done, size_t total)
{
	if (what) {
		assert_string_equal(what, "MiB");
		heard.most = done > heard.most ? done : heard.most;
		heard.total = total;
	}
}

static void
tell_and_wait(void *context, struct trust_buffer *answer)
{
	const size_t *told = context;
	const double until = now() + 0.25;

	trust_progress_tell("the child's words", told[0], told[1]);
	while (now() < until) /* a decoder may not sleep */
		;
	trust_buffer_append_text(answer, "done");
}

static void
run_telling(size_t done, size_t total)
{
	size_t told[] = { done, total };
	struct trust_child child = client_of(tell_and_wait);
	TRUST_AUTO_BUFFER answer = { 0 };
	int status = 0;

	heard.most = heard.total = 0;
	child.context = told;
	child.client = false;
	child.wait_ms = 5000;
	child.progress = "MiB";
	assert_int_equal(trust_child_run(&child, &answer, &status), TRUST_CHILD_ANSWERED);
	assert_string_equal((char *)answer.data, "done");
}

static void
a_child_tells_how_far_it_is_and_no_nonsense(void **state TRUST_UNUSED)
{
	trust_progress_listen(hear);
	run_telling((size_t)5 << 20, (size_t)9 << 20);
	assert_int_equal(heard.most, 5);
	assert_int_equal(heard.total, 9);
	run_telling((size_t)9 << 20, (size_t)5 << 20);
	assert_int_equal(heard.total, 0);
	trust_progress_listen(NULL);
	run_telling((size_t)5 << 20, (size_t)9 << 20);
	assert_int_equal(heard.total, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_tells_how_far_it_is_and_no_nonsense),
		cmocka_unit_test(a_client_reads_and_talks_and_does_nothing_else),
		cmocka_unit_test(how_it_ended_is_told),
		cmocka_unit_test(a_confined_parent_is_not_kept_waiting),
	};

	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
