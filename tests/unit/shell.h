/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_SHELL_H
#define TRUST_TESTS_SHELL_H

/* A scratch directory of the test's own, and commands of a shell in it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base.h"

#define FIREFOX_NSS "/usr/lib/firefox-esr"
/* certutil and pk12util of the newer generation. */
#define NEWER "LD_LIBRARY_PATH=" FIREFOX_NSS " "

static char scratch[] = "/tmp/trustctl-unit-XXXXXX";

/* A command that must succeed. */
static inline void shell(const char *format, ...) TRUST_PRINTF(1, 2);
static inline void
shell(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *command = trust_vprintf(format, arguments);
	va_end(arguments);
	TRUST_AUTO_FREE char *all =
	    trust_printf("cd %s && export HOME=$PWD && { %s; } >log 2>&1", scratch, command);
	if (system(all) != 0) {
		TRUST_AUTO_FREE char *show = trust_printf("cat %s/log >&2", scratch);
		(void)!system(show);
		fail_msg("failed: %s", command);
	}
}

static inline bool
shell_says(const char *command, const char *expected)
{
	TRUST_AUTO_FREE char *all = trust_printf("cd %s && { %s; } 2>&1", scratch, command);
	char text[65536];
	FILE *pipe = popen(all, "re");
	assert_non_null(pipe);
	size_t size = fread(text, 1, sizeof text - 1, pipe);
	pclose(pipe);
	text[size] = '\0';
	if (strstr(text, expected))
		return true;
	print_message("%s says:\n%s", command, text);
	return false;
}

static inline int
remove_scratch(void **state TRUST_UNUSED)
{
	TRUST_AUTO_FREE char *command = trust_printf("rm -rf %s", scratch);
	return getenv("KEEP") ? 0 : system(command);
}

#endif
