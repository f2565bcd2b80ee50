/* SPDX-License-Identifier: MPL-2.0 */
/* Work in a child process with limits. */

#include "import/child.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/limits.h"
#include "core/wire.h"

enum exit_status {
	ANSWERED = 0,
	OUT_OF_MEMORY = 71,
	TOO_LONG = 72, /* the answer */
	NOT_SENT = 73,
};

/* ---- in the child -------------------------------------------------------------------------- */

static void
out_of_memory(void)
{
	_exit(OUT_OF_MEMORY);
}

/* A crash ends this process and runs none of its parent's handlers. */
static void
reset_signals(void)
{
	static const int crashes[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE };

	for (size_t i = 0; i < TRUST_COUNT(crashes); i++)
		signal(crashes[i], SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

static void
set_limit(int resource, rlim_t value)
{
	const struct rlimit limit = { .rlim_cur = value, .rlim_max = value };
	setrlimit((__rlimit_resource_t)resource, &limit);
}

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Memory, our end of the socket, and the end: nothing else is needed. What is not allowed fails
 * with EPERM, so that a C library that looks for something else is not killed for it. */
static void
forbid_system_calls(void)
{
#ifdef OUR_ARCHITECTURE
#define ALLOW(number)                                                                              \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                       \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_write),
		ALLOW(SYS_sendto),
		ALLOW(SYS_brk),
		ALLOW(SYS_mmap),
		ALLOW(SYS_mremap),
		ALLOW(SYS_munmap),
		ALLOW(SYS_mprotect),
		ALLOW(SYS_madvise),
		ALLOW(SYS_futex),
		ALLOW(SYS_getrandom),
		ALLOW(SYS_rt_sigreturn),
		ALLOW(SYS_exit),
		ALLOW(SYS_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
#undef ALLOW
	const struct sock_fprog program = { .len = TRUST_COUNT(filter), .filter = filter };

	/* A kernel without it leaves the other limits. */
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#endif
}

static void
confine(const struct import_child *child, int fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	reset_signals();
	trust_set_out_of_memory(out_of_memory);
	close_range((unsigned)fd + 1, ~0U, 0);
	set_limit(RLIMIT_CORE, 0);
	/* With equal limits it would be SIGKILL, which says nothing about time. */
	const struct rlimit processor = { child->seconds, child->seconds + 1 };
	setrlimit(RLIMIT_CPU, &processor);
	if (TRUST_SANITIZED)
		return;
	if (fd > 0)
		close_range(0, (unsigned)fd - 1, 0);
	set_limit(RLIMIT_AS, child->memory);
	set_limit(RLIMIT_FSIZE, 0);
	forbid_system_calls();
}

static _Noreturn void
be_child(const struct import_child *child, int fd)
{
	struct trust_buffer answer;

	confine(child, fd);
	trust_buffer_init_secret(&answer, TRUST_MAX_WIRE_BYTES);
	child->work(child->context, &answer);
	if (answer.overflow)
		_exit(TOO_LONG);
	_exit(trust_wire_send(fd, &answer) ? ANSWERED : NOT_SENT);
}

/* ---- in the parent ------------------------------------------------------------------------- */

static bool
fail_limit(const char *name, struct trust_error *error, const char *what)
{
	return trust_fail(error, TRUST_INPUT_LIMIT, name, "'%s': decoding it %s", name, what);
}

/* How a child that gave no answer ended. */
static bool
fail_ended(const struct import_child *child, const char *name, int status, bool timed_out,
    struct trust_error *error)
{
	if (timed_out || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) {
		TRUST_AUTO_FREE char *what =
		    trust_printf("took more than %u s and was stopped", child->seconds);
		return fail_limit(name, error, what);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == OUT_OF_MEMORY) {
		TRUST_AUTO_FREE char *what = trust_printf(
		    "takes more than %zu MiB of memory", child->memory / (1024 * 1024));
		return fail_limit(name, error, what);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == TOO_LONG)
		return fail_limit(name, error, "gives more than can be handled");
	if (WIFSIGNALED(status))
		(void)trust_fail(error, TRUST_BUG, name,
		    "'%s': the process that decodes it was killed by signal %d", name,
		    WTERMSIG(status));
	else
		(void)trust_fail(error, TRUST_BUG, name,
		    "'%s': the process that decodes it ended unexpectedly (status %d)", name,
		    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return trust_hint(error, "this is a mistake of trustctl; nothing was read from the file");
}

static bool
fail_start(int cause, const char *name, struct trust_error *error)
{
	return trust_fail_errno(
	    error, TRUST_BUG, cause, name, "'%s': cannot start a process to decode it", name);
}

static pid_t
start(const struct import_child *child, int *ret_fd)
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

bool
import_child_run(const struct import_child *child, const char *name,
    struct trust_buffer *ret_answer, struct trust_error *error)
{
	TRUST_AUTO_FD int fd = -1;
	bool timed_out = false;
	pid_t pid = start(child, &fd);

	if (pid < 0)
		return fail_start(errno, name, error);
	bool answered =
	    trust_wire_receive(fd, 4 * (int)child->seconds * 1000, ret_answer, &timed_out);
	/* It has said all it had to say, or never will. */
	if (answered || timed_out)
		kill(pid, SIGKILL);
	int status = wait_for(pid);
	if (answered)
		return true;
	trust_buffer_done(ret_answer);
	return fail_ended(child, name, status, timed_out, error);
}
