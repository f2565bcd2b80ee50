/* SPDX-License-Identifier: MPL-2.0 */
/* Which running programs have a store open: through /proc, and by Firefox's profile lock. */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/place.h"
#include "core/preflight_internal.h"

/* pid 0: held from another pid namespace. */
static void
add(struct trust_running_list *list, long pid)
{
	if (pid == (long)getpid())
		return;
	for (size_t i = 0; i < list->count; i++)
		if (list->list[i].pid == pid)
			return;
	list->list = trust_grow_array(list->list, list->count + 1, sizeof *list->list);
	list->list[list->count++] = (struct trust_running){
		.program = trust_program_name(pid),
		.pid = pid,
	};
}

struct wanted {
	dev_t device[2];
	ino_t inode[2];
	size_t count;
};

/* Device and inode: names in /proc depend on the looker's and the looked-at's mount namespaces. */
static bool
has_open(const char *pid, const struct wanted *wanted)
{
	TRUST_AUTO_FREE char *directory = trust_printf("/proc/%s/fd", pid);
	DIR *listing = opendir(directory);
	bool found = false;

	if (!listing)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(listing));) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, entry->d_name);
		struct stat status;
		if (*entry->d_name == '.' || stat(path, &status) != 0)
			continue;
		for (size_t i = 0; i < wanted->count; i++)
			found |=
			    status.st_dev == wanted->device[i] && status.st_ino == wanted->inode[i];
	}
	closedir(listing);
	return found;
}

static void
look_in_proc(const struct trust_place *place, struct trust_running_list *list)
{
	static const char *const names[] = { "cert9.db", "key4.db" };
	struct wanted wanted = { .count = 0 };

	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", place->path, names[i]);
		struct stat status;
		if (stat(path, &status) != 0)
			continue;
		wanted.device[wanted.count] = status.st_dev;
		wanted.inode[wanted.count++] = status.st_ino;
	}
	DIR *listing = wanted.count ? opendir("/proc") : NULL;
	if (!listing)
		return;
	for (struct dirent *entry; (entry = readdir(listing));)
		if (*entry->d_name >= '1' && *entry->d_name <= '9' &&
		    has_open(entry->d_name, &wanted))
			add(list, strtol(entry->d_name, NULL, 10));
	closedir(listing);
}

/* Both names stay after Firefox ends: only the lock itself tells. */
static void
look_at_profile_lock(const struct trust_place *place, struct trust_running_list *list)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/.parentlock", place->path);
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	if (fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		add(list, lock.l_pid > 0 ? lock.l_pid : 0);
}

struct trust_running_list *
trust_store_running(const struct trust_place *place)
{
	struct trust_running_list *list = trust_alloc(sizeof *list);

	look_in_proc(place, list);
	look_at_profile_lock(place, list);
	return list;
}

void
trust_running_list_free(struct trust_running_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		trust_free(list->list[i].program);
	trust_free(list->list);
	trust_free(list);
}
