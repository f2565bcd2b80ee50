/* SPDX-License-Identifier: MPL-2.0 */
/* The sandboxes of the network client and of the decoder, in children of this process. */

#include "core/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base.h"

/* The errno that `deed` ends with behind a sandbox; 0: it was done. */
static int
behind(void (*confine)(void), int (*deed)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		confine();
		errno = 0;
		_exit(deed() == 0 ? 0 : errno);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
confined(int (*deed)(void))
{
	return behind(trust_confine_client, deed);
}

static int
make_file(void)
{
	return open("/tmp/trustctl-confine-made", O_WRONLY | O_CREAT, 0600) < 0;
}

static int
write_file(void)
{
	return open("/dev/shm", O_RDWR | O_TMPFILE, 0600) < 0;
}

static int
make_directory(void)
{
	return mkdir("/tmp/trustctl-confine-directory", 0700);
}

static int
start_program(void)
{
	char *const arguments[] = { (char *)"true", NULL };

	execv("/bin/true", arguments);
	return -1;
}

/* There is no such terminal: what is not forbidden fails with EBADF. */
static int
type_at_terminal(void)
{
	char letter = 'x';

	return ioctl(-1, TIOCLINUX, &letter) != 0 && errno == EPERM ? ioctl(-1, TIOCSTI, &letter)
								    : 0;
}

static int
ask_terminal(void)
{
	struct winsize size;

	return ioctl(-1, TIOCGWINSZ, &size) != 0 && errno == EBADF ? 0 : -1;
}

static int
end_parent(void)
{
	return kill(getppid(), SIGKILL);
}

static int
signal_otherwise(int how)
{
	siginfo_t info = { .si_signo = SIGWINCH, .si_code = SI_QUEUE };

	switch (how) {
	case 0:
		return (int)syscall(SYS_tgkill, getppid(), getppid(), SIGWINCH);
	case 1:
		return (int)syscall(SYS_rt_sigqueueinfo, getppid(), SIGWINCH, &info);
	case 2:
		return (int)syscall(SYS_rt_tgsigqueueinfo, getppid(), getppid(), SIGWINCH, &info);
	default: {
		int process = (int)syscall(SYS_pidfd_open, getppid(), 0);
		return (int)syscall(SYS_pidfd_send_signal, process, SIGWINCH, NULL, 0);
	}
	}
}

/* All of them are refused, and its own process may end itself. */
static int
signal_parent(void)
{
	for (int how = 0; how < 4; how++)
		if (signal_otherwise(how) == 0 || errno != EPERM)
			return 0;
	if (syscall(SYS_tgkill, getpid(), getpid(), 0) != 0)
		return 0;
	errno = EPERM;
	return -1;
}

/* The kernel signals for who may set these. */
static int
signal_by_the_kernel(int how)
{
	const struct f_owner_ex owner = { F_OWNER_PID, getppid() };
	int pair = socket(AF_UNIX, SOCK_STREAM, 0);
	int parent = getppid();
	struct rlimit limit;

	switch (how) {
	case 0:
		return fcntl(pair, F_SETOWN, parent);
	case 1:
		return fcntl(pair, F_SETOWN_EX, &owner);
	case 2:
		return ioctl(pair, FIOSETOWN, &parent);
	case 3:
		return ioctl(pair, SIOCSPGRP, &parent);
	default:
		return prlimit(parent, RLIMIT_CPU, NULL, &limit);
	}
}

static int
have_parent_signalled(void)
{
	for (int how = 0; how < 5; how++)
		if (signal_by_the_kernel(how) == 0 || errno != EPERM)
			return 0;
	return -1;
}

static int
limit_itself(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) != 0 || setrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    fcntl(STDIN_FILENO, F_GETFD) < 0;
}

static char touched[] = "/tmp/trustctl-confine-XXXXXX";

/* Younger than the headers of Debian 12. */
#define SETXATTRAT 463
#define REMOVEXATTRAT 466

static int
touch_file(void)
{
	const struct timespec then[2] = { { 1, 0 }, { 1, 0 } };

	if (chmod(touched, 0644) == 0 || errno != EPERM ||
	    syscall(SETXATTRAT, AT_FDCWD, touched, 0, "user.x", NULL, 0) == 0 || errno != EPERM ||
	    syscall(REMOVEXATTRAT, AT_FDCWD, touched, 0, "user.x") == 0 || errno != EPERM ||
	    chown(touched, getuid(), getgid()) == 0 || errno != EPERM ||
	    lchown(touched, getuid(), getgid()) == 0 || errno != EPERM ||
	    truncate(touched, 0) == 0 || errno != EPERM ||
	    utimensat(AT_FDCWD, touched, then, 0) == 0 || errno != EPERM)
		return 0;
	return -1;
}

static int
read_file(void)
{
	return open("/etc/passwd", O_RDONLY) < 0;
}

static int
make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int
listen_on_socket(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

static void
what_a_client_needs_goes_on(void **state)
{
	(void)state;
	assert_int_equal(confined(read_file), 0);
	assert_int_equal(confined(make_socket), 0);
	assert_int_equal(confined(ask_terminal), 0);
	assert_int_equal(confined(limit_itself), 0);
}

static void
no_program_is_started_no_process_ended_and_nothing_listened_on(void **state)
{
	(void)state;
	if (prctl(PR_GET_SECCOMP) < 0)
		return;
	assert_int_equal(confined(start_program), EPERM);
	assert_int_equal(confined(type_at_terminal), EPERM);
	assert_int_equal(confined(end_parent), EPERM);
	assert_int_equal(confined(signal_parent), EPERM);
	assert_int_equal(confined(have_parent_signalled), EPERM);
	assert_int_equal(confined(listen_on_socket), EPERM);
}

static void
no_file_is_touched(void **state)
{
	int file = mkstemp(touched);

	(void)state;
	assert_true(file >= 0);
	close(file);
	if (prctl(PR_GET_SECCOMP) >= 0)
		assert_int_equal(confined(touch_file), EPERM);
	unlink(touched);
}

static void
no_file_is_made_or_written(void **state)
{
	(void)state;
#ifdef TRUST_MEASURED
	return; /* this build may write, so that its figures can be */
#endif
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
		return;
	assert_int_equal(confined(make_file), EACCES);
	assert_int_equal(confined(write_file), EACCES);
	assert_int_equal(confined(make_directory), EACCES);
}

static int
allocate(void)
{
	void *memory = malloc(8 << 20);

	if (memory)
		memset(memory, 1, 8 << 20);
	free(memory);
	return memory ? 0 : -1;
}

static void
a_decoder_has_its_memory_and_nothing_else(void **state)
{
	(void)state;
	/* Under sanitizers a decoder is not confined: they need more. */
	if (prctl(PR_GET_SECCOMP) < 0 || TRUST_SANITIZED)
		return;
	assert_int_equal(behind(trust_confine_decoder, allocate), 0);
	assert_int_equal(behind(trust_confine_decoder, read_file), EPERM);
	assert_int_equal(behind(trust_confine_decoder, make_socket), EPERM);
	assert_int_equal(behind(trust_confine_decoder, start_program), EPERM);
	assert_int_equal(behind(trust_confine_decoder, end_parent), EPERM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_client_needs_goes_on),
		cmocka_unit_test(no_program_is_started_no_process_ended_and_nothing_listened_on),
		cmocka_unit_test(no_file_is_made_or_written),
		cmocka_unit_test(no_file_is_touched),
		cmocka_unit_test(a_decoder_has_its_memory_and_nothing_else),
	};

	return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
