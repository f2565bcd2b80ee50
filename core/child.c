/* SPDX-License-Identifier: MPL-2.0 */
/* Work in a child process with limits; see child.h. */

#include "core/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/limits.h"
#include "core/progress.h"
#include "core/time.h"
#include "core/wire.h"

/* The child is ended by its own clock this much after its parent's: a confined parent may signal
 * nobody. */
#define GRACE_MS 200

enum exit_status {
	ANSWERED = 0,
	OUT_OF_MEMORY = 71,
	TOO_LONG = 72,
	NOT_SENT = 73,
};

/* How far the child is; in memory that it shares with its parent. */
struct told {
	volatile size_t done;
	volatile size_t total;
};
#define TELL_AGAIN_MS 100

/* ---- in the child -------------------------------------------------------------------------- */

static void
out_of_memory(const char *why)
{
	(void)why;
	_exit(OUT_OF_MEMORY);
}

/* What ends this process runs none of its parent's handlers. An interrupt ends a client, who may
 * wait for long; a decoder is done soon, and its parent asks then what to do about it. */
static void
reset_signals(bool client)
{
	static const int ends[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGALRM, SIGXCPU,
		SIGINT, SIGTERM };
	size_t count = TRUST_COUNT(ends) - (client ? 0 : 2);

	for (size_t i = 0; i < count; i++)
		signal(ends[i], SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

static void
set_limit(int resource, rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = { soft, hard };
	setrlimit((__rlimit_resource_t)resource, &limit);
}

static void
end_after(uint32_t ms)
{
	const struct itimerval timer = {
		.it_value = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 },
	};
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void
confine(const struct trust_child *child, int fd)
{
	int kept = child->client ? 3 : 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	reset_signals(child->client);
	end_after(child->wait_ms + GRACE_MS);
	trust_set_last_words(out_of_memory);
	close_range((unsigned)fd + 1, ~0U, 0);
	set_limit(RLIMIT_CORE, 0, 0);
	/* With equal limits it would be SIGKILL, which says nothing about time. */
	set_limit(RLIMIT_CPU, child->seconds, child->seconds + 1);
	if (!TRUST_SANITIZED) {
		if (fd > kept)
			close_range((unsigned)kept, (unsigned)fd - 1, 0);
		set_limit(RLIMIT_AS, child->memory, child->memory);
		set_limit(RLIMIT_FSIZE, 0, 0);
	}
	if (child->client)
		trust_confine_client();
	else if (!TRUST_SANITIZED)
		trust_confine_decoder();
}

static struct told *told; /* NULL: nobody listens */

static void
note_progress(const char *what, size_t done, size_t total)
{
	if (what) {
		told->done = done;
		told->total = total;
	}
}

static _Noreturn void
be_child(const struct trust_child *child, int fd)
{
	struct trust_buffer answer;

	trust_progress_listen(told ? note_progress : NULL);
	confine(child, fd);
	trust_buffer_init_secret(&answer, TRUST_MAX_WIRE_BYTES);
	child->work(child->context, &answer);
	if (answer.overflow)
		_exit(TOO_LONG);
	_exit(trust_wire_send(fd, &answer) ? ANSWERED : NOT_SENT);
}

/* ---- in the parent ------------------------------------------------------------------------- */

static pid_t
start(const struct trust_child *child, int *ret_fd)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		be_child(child, pair[1]);
	int cause = errno;
	close(pair[1]);
	if (pid < 0)
		close(pair[0]);
	*ret_fd = pid < 0 ? -1 : pair[0];
	errno = cause;
	return pid;
}

static int
wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static bool
was_killed_by(int status, int signal)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

static void
start_telling(const struct trust_child *child)
{
	told = NULL;
	if (!child->progress || !trust_progress_is_wanted())
		return;
	void *memory =
	    mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	told = memory == MAP_FAILED ? NULL : memory;
}

static void
tell(const struct trust_child *child)
{
	/* Each is read once: it may change at any time. */
	size_t total = told->total;
	size_t done = told->done;

	if (done > 0 && done <= total)
		trust_progress_tell_bytes(child->progress, done, total);
}

/* Until it says something, or its time is over. Returns what is left of that. */
static int
tell_while_it_works(const struct trust_child *child, int fd)
{
	struct pollfd answer = { .fd = fd, .events = POLLIN };
	const int64_t end_ms = trust_monotonic_ms() + child->wait_ms;
	int left_ms = (int)child->wait_ms;

	while (told && left_ms > 0) {
		int ready = poll(&answer, 1, left_ms < TELL_AGAIN_MS ? left_ms : TELL_AGAIN_MS);
		if (ready > 0 || (ready < 0 && errno != EINTR))
			break;
		tell(child);
		left_ms = (int)(end_ms - trust_monotonic_ms());
	}
	return left_ms > 0 ? left_ms : 0;
}

static void
end_telling(void)
{
	if (told) {
		munmap(told, sizeof *told);
		told = NULL;
		trust_progress_end();
	}
}

enum trust_child_end
trust_child_run(const struct trust_child *child, struct trust_buffer *ret_answer, int *ret_status)
{
	TRUST_AUTO_FD int fd = -1;
	bool timed_out = false;

	*ret_answer = (struct trust_buffer){ 0 };
	start_telling(child);
	pid_t pid = start(child, &fd);
	if (pid < 0) {
		*ret_status = errno;
		end_telling();
		return TRUST_CHILD_NOT_STARTED;
	}
	int left_ms = tell_while_it_works(child, fd);
	bool answered = trust_wire_receive(fd, left_ms, ret_answer, &timed_out);
	end_telling();
	/* It has said all it had to say, or never will. One that ends by itself ends as it does. */
	kill(pid, SIGKILL);
	int status = *ret_status = wait_for(pid);
	if (answered)
		return TRUST_CHILD_ANSWERED;
	if (timed_out || was_killed_by(status, SIGXCPU) || was_killed_by(status, SIGALRM))
		return TRUST_CHILD_TOO_SLOW;
	if (WIFEXITED(status) && WEXITSTATUS(status) == OUT_OF_MEMORY)
		return TRUST_CHILD_TOO_LARGE;
	if (WIFEXITED(status) && WEXITSTATUS(status) == TOO_LONG)
		return TRUST_CHILD_TOO_LONG;
	return TRUST_CHILD_DIED;
}

enum trust_code
trust_child_code_not_started(int cause)
{
	bool scarce = cause == EAGAIN || cause == EMFILE || cause == ENFILE || cause == ENOMEM;

	return scarce ? TRUST_INPUT_OPEN : TRUST_BUG;
}
