/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Preloaded into a program that runs under valgrind: the process that decodes files would be
 * refused the memory, the descriptors and the system calls that valgrind itself needs.
 */

#include <dlfcn.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit);
int close_range(unsigned first, unsigned last, int flags);
int prctl(int option, ...);

int
setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	(void)resource;
	(void)limit;
	return 0;
}

int
close_range(unsigned first, unsigned last, int flags)
{
	(void)first;
	(void)last;
	(void)flags;
	return 0;
}

int
prctl(int option, ...)
{
	int (*real)(int, ...) = (int (*)(int, ...))dlsym(RTLD_NEXT, "prctl");
	va_list rest;
	unsigned long a[4];

	va_start(rest, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(rest, unsigned long);
	va_end(rest);
	return option == PR_SET_SECCOMP || option == PR_SET_NO_NEW_PRIVS
	    ? 0
	    : real(option, a[0], a[1], a[2], a[3]);
}
