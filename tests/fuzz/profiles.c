/* SPDX-License-Identifier: MPL-2.0 */
/* Where a browser says that its profiles are: core/profiles_ini.c. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/profiles_internal.h"
#include "tests/fuzz/fuzz.h"

static char directory[] = "/tmp/trustctl-fuzz.XXXXXX";
static char link_path[sizeof directory + sizeof "/profiles.ini"];
static int file = -1;

static void
clean(void)
{
	unlink(link_path);
	rmdir(directory);
}

/* A profiles.ini that is never written to a disk. */
static void
start(void)
{
	TRUST_AUTO_FREE char *target = NULL;

	file = memfd_create("profiles.ini", MFD_CLOEXEC);
	if (file < 0 || !mkdtemp(directory))
		abort();
	target = trust_printf("/proc/self/fd/%d", file);
	TRUST_AUTO_FREE char *path = trust_printf("%s/profiles.ini", directory);
	memcpy(link_path, path, strlen(path) + 1);
	if (symlink(target, link_path) != 0 || atexit(clean) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (file < 0)
		start();
	if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
		abort();
	struct trust_profiles profiles = trust_profiles_read(directory);
	for (size_t i = 0; i < profiles.count; i++) {
		const struct trust_profile *profile = &profiles.list[i];
		if (!profile->name || !*profile->name || profile->path[0] != '/' ||
		    (profile->used && i > 0))
			abort();
	}
	trust_profiles_done(&profiles);
	TRUST_AUTO_FREE char *value = trust_ini_value(link_path, "LastVersion");
	return value && strchr(value, '\n') ? (abort(), 0) : 0;
}
