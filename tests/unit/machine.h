/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_MACHINE_H
#define TRUST_TESTS_MACHINE_H

/* A made-up machine for a test: a home and a root below a directory of the test's own. */

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/error.h"
#include "core/place.h"

#define ONE_PROFILE "[Profile0]\nName=me\nIsRelative=1\nPath=p.me\n"
#define FIREFOX "home/.mozilla/firefox/"

static char base[PATH_MAX];
static struct trust_environment machine;

/* ---- making machines ----------------------------------------------------------------------- */

static inline char *
below(const char *name)
{
	return trust_printf("%s/%s", base, name);
}

/* A directory and all above it, below the base. */
static inline void
make(const char *name)
{
	TRUST_AUTO_FREE char *path = below(name);

	for (char *c = path + strlen(base) + 1; *c; c++)
		if (*c == '/') {
			*c = '\0';
			mkdir(path, 0755);
			*c = '/';
		}
	mkdir(path, 0755);
	assert_int_equal(access(path, F_OK), 0);
}

static inline void
put_bytes(const char *name, const char *bytes, size_t size)
{
	TRUST_AUTO_FREE char *parent = trust_strdup(name);
	TRUST_AUTO_FREE char *path = below(name);

	*strrchr(parent, '/') = '\0';
	make(parent);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static inline void
put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static inline int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline int
make_machine(void **state)
{
	static char home[PATH_MAX + 8];
	static char root[PATH_MAX + 8];

	(void)state;
	umask(022);
	strcpy(base, "/tmp/trustctl-place-XXXXXX");
	if (!mkdtemp(base) || chmod(base, 0755) != 0)
		return -1;
	snprintf(home, sizeof home, "%s/home", base);
	snprintf(root, sizeof root, "%s/root", base);
	machine = (struct trust_environment){ .home = home, .root = root };
	make("home");
	make("root");
	return 0;
}

static inline int
remove_machine(void **state)
{
	(void)state;
	return nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const struct trust_place *
named(const struct trust_places *places, const char *name)
{
	for (size_t i = 0; i < places->count; i++)
		if (strcmp(places->list[i].name, name) == 0)
			return &places->list[i];
	return NULL;
}

static inline void
assert_path(const struct trust_place *place, const char *name)
{
	TRUST_AUTO_FREE char *path = below(name);
	assert_non_null(place);
	assert_string_equal(place->path, path);
}

static inline void
assert_unique(const struct trust_places *places)
{
	for (size_t i = 0; i < places->count; i++)
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(places->list[i].name, places->list[k].name);
			assert_string_not_equal(places->list[i].path, places->list[k].path);
		}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_machine, remove_machine)

#endif
