/* SPDX-License-Identifier: MPL-2.0 */
/* Sandboxes by Landlock and seccomp; see confine.h. */

#include "core/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base.h"

/* Whatever changes a file or starts one; by version of Landlock. No rule allows any of it again. */
#define CHANGES_1                                                                                  \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |                              \
	    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                       \
	    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                           \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                           \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                         \
	    LANDLOCK_ACCESS_FS_MAKE_SYM)
#define REFER_2 (1U << 13)
#define TRUNCATE_3 (1U << 14)

/* Younger than the headers of Debian 12, and the same everywhere. */
#define FCHMODAT2 452
#define SETXATTRAT 463
#define REMOVEXATTRAT 466

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static void
forbid_changes(void)
{
#ifndef TRUST_MEASURED /* the figures of coverage are written to files */
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr rules = { .handled_access_fs = CHANGES_1 };

	if (version < 1)
		return;
	if (version >= 2)
		rules.handled_access_fs |= REFER_2;
	if (version >= 3)
		rules.handled_access_fs |= TRUNCATE_3;
	/* The first member is all that the oldest version knows. */
	int fd =
	    (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0);
	if (fd < 0)
		return;
	syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
#endif
}

#ifdef OUR_ARCHITECTURE
#define LOAD_NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ANSWER(number, answer)                                                                     \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, (answer))
#define FORBID(number) ANSWER(number, SECCOMP_RET_ERRNO | EPERM)
/* Its first argument is the low half of a 64-bit word, on both architectures. */
#define FORBID_UNLESS_FIRST_IS(number, first)                                                      \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 4),                                       \
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),               \
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(first), 0, 1),                          \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),                                          \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
/* Two values of the second, likewise; what is to be said of others may follow. */
#define FORBID_IF_SECOND_IS(number, second, or_second)                                             \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 5),                                       \
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),            \
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (second), 1, 0),                                   \
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (or_second), 0, 1),                                \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM), LOAD_NUMBER
#define ALLOW(number) ANSWER(number, SECCOMP_RET_ALLOW)

/* Calls of another architecture, and of x32, have other numbers. */
#define KNOWN_ARCHITECTURE                                                                         \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),                   \
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),                           \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), LOAD_NUMBER,                      \
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),                                 \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static void
filter_calls(struct sock_filter *filter, size_t count)
{
	const struct sock_fprog program = { .len = (unsigned short)count, .filter = filter };

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#endif

static void
forbid_a_clients_calls(void)
{
#ifdef OUR_ARCHITECTURE
	struct sock_filter filter[] = {
		KNOWN_ARCHITECTURE,
		FORBID(SYS_execve),
		FORBID(SYS_execveat),
#if !TRUST_SANITIZED /* the leak checker looks at its own process so */
		FORBID(SYS_ptrace),
#endif
		FORBID(SYS_process_vm_readv),
		FORBID(SYS_process_vm_writev),
		FORBID(SYS_pidfd_getfd),
		FORBID(SYS_kill),
		FORBID(SYS_tkill),
		FORBID_UNLESS_FIRST_IS(SYS_tgkill, getpid()), /* abort() */
		FORBID(SYS_rt_sigqueueinfo),
		FORBID(SYS_rt_tgsigqueueinfo),
		FORBID(SYS_pidfd_send_signal),
		/* By these the kernel signals others: owners of descriptors, and whose limit of
		 * processor time is over. */
		FORBID_IF_SECOND_IS(SYS_fcntl, F_SETOWN, F_SETOWN_EX),
		FORBID_IF_SECOND_IS(SYS_ioctl, FIOSETOWN, SIOCSPGRP),
		FORBID_UNLESS_FIRST_IS(SYS_prlimit64, 0),
		FORBID(SYS_fchmod),
		FORBID(SYS_fchmodat),
		FORBID(FCHMODAT2),
		FORBID(SYS_fchown),
		FORBID(SYS_fchownat),
		FORBID(SYS_truncate), /* Landlock knows of it from version 3 on */
		FORBID(SYS_utimensat),
		FORBID(SYS_setxattr),
		FORBID(SYS_lsetxattr),
		FORBID(SYS_fsetxattr),
		FORBID(SYS_removexattr),
		FORBID(SYS_lremovexattr),
		FORBID(SYS_fremovexattr),
		FORBID(SETXATTRAT),
		FORBID(REMOVEXATTRAT),
#ifdef SYS_chmod /* older forms, which younger architectures never had */
		FORBID(SYS_chmod),
		FORBID(SYS_chown),
		FORBID(SYS_lchown),
		FORBID(SYS_utime),
		FORBID(SYS_utimes),
		FORBID(SYS_futimesat),
#endif
		FORBID(SYS_mount),
		FORBID(SYS_unshare),
		FORBID(SYS_setns),
		FORBID(SYS_bpf),
		FORBID(SYS_perf_event_open),
		FORBID(SYS_keyctl),
		FORBID(SYS_add_key),
		FORBID(SYS_request_key),
		FORBID(SYS_io_uring_setup),
		FORBID(SYS_listen),
		/* What is typed at a terminal is run by a shell. */
		FORBID_IF_SECOND_IS(SYS_ioctl, TIOCSTI, TIOCLINUX),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	filter_calls(filter, TRUST_COUNT(filter));
#endif
}

static void
allow_a_decoders_calls(void)
{
#ifdef OUR_ARCHITECTURE
	struct sock_filter filter[] = {
		KNOWN_ARCHITECTURE,
		ALLOW(SYS_write),
		ALLOW(SYS_sendto),
		ALLOW(SYS_brk),
		ALLOW(SYS_mmap),
		ALLOW(SYS_mremap),
		ALLOW(SYS_munmap),
		ALLOW(SYS_mprotect),
		ALLOW(SYS_madvise),
		ALLOW(SYS_mlock),
		ALLOW(SYS_futex),
		ALLOW(SYS_getrandom),
		ALLOW(SYS_rt_sigreturn),
		ALLOW(SYS_exit),
		ALLOW(SYS_exit_group),
		/* A C library that looks for something else is not killed for it. */
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	filter_calls(filter, TRUST_COUNT(filter));
#endif
}

void
trust_confine_client(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return;
	forbid_changes();
	forbid_a_clients_calls();
}

void
trust_confine_decoder(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		allow_a_decoders_calls();
}
