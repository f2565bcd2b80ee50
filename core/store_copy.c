/* SPDX-License-Identifier: MPL-2.0 */
/* The private copy of databases that cannot be read where they are without changing something (a
 * writer's journal would have to be rolled back, or WAL mode leaves files beside the database), or
 * that a private key is taken out of. */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/db_internal.h"
#include "core/error.h"
#include "core/place.h"
#include "core/stage_internal.h"
#include "core/store_internal.h"

/* Of each database, in this order: what was rolled back meanwhile is rolled back once more, to the
 * same. */
static const char *const parts[] = { "-journal", "-wal", "" };
#define MOST_FILES (3 * TRUST_COUNT(parts))

/* How often files are copied anew that were written meanwhile: in WAL mode nobody's lock is
 * held. */
#define MOST_ROUNDS 20

struct files {
	char *names[MOST_FILES]; /* owned */
	size_t count;
};

static struct files
files_of(const char *const *databases, size_t count)
{
	struct files files = { .count = 0 };

	for (size_t part = 0; part < TRUST_COUNT(parts); part++)
		for (size_t i = 0; i < count; i++)
			files.names[files.count++] =
			    trust_printf("%s%s", databases[i], parts[part]);
	return files;
}

static void
files_done(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		trust_free(files->names[i]);
}

/* As they are now; of what is not there, nothing. Returns how large they are. */
static uint64_t
look_at_files(
    const struct files *files, const char *directory, struct trust_stamp ret_stamps[MOST_FILES])
{
	uint64_t size = 0;

	memset(ret_stamps, 0, MOST_FILES * sizeof *ret_stamps);
	for (size_t i = 0; i < files->count; i++) {
		TRUST_AUTO_FREE char *path = trust_stage_source(directory, files->names[i]);
		struct stat status;
		if (trust_stamp_read(path, &ret_stamps[i]) && stat(path, &status) == 0)
			size += (uint64_t)status.st_size;
	}
	return size;
}

static bool
copy_once(const struct files *files, const char *directory, const char *beside,
    struct trust_stage **ret_stage, bool *ret_moved, struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;
	struct trust_stamp before[MOST_FILES];
	struct trust_stamp after[MOST_FILES];
	uint64_t size = look_at_files(files, directory, before);

	if (!trust_stage_directory(beside, 2 * size, &stage, error))
		return false;
	for (size_t i = 0; i < files->count; i++)
		if (!trust_stage_take(stage, directory, files->names[i], error))
			return false;
	look_at_files(files, directory, after);
	*ret_moved = false;
	for (size_t i = 0; i < files->count; i++)
		*ret_moved = *ret_moved || !trust_stamp_equal(&before[i], &after[i]);
	*ret_stage = trust_steal(&stage);
	return true;
}

bool
trust_copy_databases(const char *directory, const char *const *databases, size_t count,
    const char *beside, struct trust_stage **ret_stage, struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;
	struct files files = files_of(databases, count);
	bool copied = true;
	bool moved = true;

	for (int round = 0; copied && moved && round < MOST_ROUNDS; round++) {
		trust_stage_free(trust_steal(&stage));
		copied = copy_once(&files, directory, beside, &stage, &moved, error);
	}
	files_done(&files);
	if (!copied)
		return false;
	if (moved) {
		trust_fail(error, TRUST_STORE_LOCKED, NULL,
		    "another program writes to '%s' without a pause", databases[0]);
		return trust_hint(error, "close the program that is writing, then try again");
	}
	*ret_stage = trust_steal(&stage);
	return true;
}

/* The first read of a writable connection rolls a journal back. */
static bool
roll_back(const char *path, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	int64_t tables = 0;

	return trust_db_open(path, SQLITE_OPEN_READWRITE, 0, &db, error) &&
	    trust_db_number(db, 0, &tables, error, "SELECT count(*) FROM sqlite_master");
}

bool
trust_store_recover_copy(const struct trust_place *place, unsigned flags,
    struct trust_stage **ret_stage, struct trust_error *error)
{
	static const char *const names[] = { "cert9.db", "key4.db", "trustctl.db" };
	TRUST_AUTO(trust_stage) *stage = NULL;
	size_t count = flags & TRUST_COPY_HISTORY ? 3 : 2;
	const char *beside = flags & TRUST_COPY_BESIDE ? place->path : NULL;

	if (!trust_copy_databases(place->path, names, count, beside, &stage, error))
		return false;
	for (size_t i = 0; i < count; i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", stage->work, names[i]);
		if (access(path, F_OK) != 0 || roll_back(path, error))
			continue;
		bool damaged =
		    error->code == TRUST_STORE_NOT_DATABASE || error->code == TRUST_STORE_DAMAGED;
		/* A damaged history is told by who reads that. */
		if (i != 2 && !(damaged && (flags & TRUST_COPY_DAMAGED)))
			return false;
		trust_error_clear(error);
	}
	*ret_stage = trust_steal(&stage);
	return true;
}
