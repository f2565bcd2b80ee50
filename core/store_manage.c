/* SPDX-License-Identifier: MPL-2.0 */
/* What needs NSS and a store, but is no change of one: making a store, taking an encrypted key out
 * of one, trying whether its keys open. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/store_form_internal.h"
#include "core/store_internal.h"
#include "core/text.h"
#include "core/worker.h"

/* ---- making a store ----------------------------------------------------------------------- */

#define LOCK_LOOK_MS 20

/* In the order in which they appear. pkcs11.txt is missing on purpose: each NSS program makes its
 * own where it wants one. */
static const char *const made_files[] = { "key4.db", "cert9.db" };

static enum trust_code
cannot_make(int cause)
{
	return cause == ENOSPC || cause == EDQUOT ? TRUST_STORE_FULL : TRUST_STORE_PERMISSION;
}

/* mkdir -p, each new folder for its owner alone. */
static bool
make_directories(const char *directory, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_strdup(directory);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(directory);

	for (char *slash = path + 1;; slash++) {
		if (*slash && *slash != '/')
			continue;
		bool last = !*slash;
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return trust_fail_errno(error, cannot_make(errno), errno, shown,
			    "cannot make the directory '%s'", shown);
		if (last)
			break;
		*slash = '/';
	}
	struct stat status;
	if (stat(directory, &status) != 0 || !S_ISDIR(status.st_mode))
		return trust_fail(
		    error, TRUST_STORE_PERMISSION, shown, "'%s' is not a directory", shown);
	return true;
}

/* Up to what was there before; a folder that is not empty ends it. */
static void
remove_directories(const char *directory, const char *there)
{
	TRUST_AUTO_FREE char *path = trust_strdup(directory);

	while (strlen(path) > strlen(there) && rmdir(path) == 0) {
		char *slash = strrchr(path, '/');
		*(slash ? slash : path) = '\0';
	}
}

/* Who makes a store in a directory, or takes one back, holds the directory's lock. */
struct directory {
	int fd;
	bool locked; /* false: its file system has no locks for directories (NFS) */
};

static void
directory_close(struct directory *directory)
{
	trust_auto_close(&directory->fd);
}
#define AUTO_DIRECTORY __attribute__((cleanup(directory_close))) struct directory

static bool
lock_within(int fd, int wait_ms)
{
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += LOCK_LOOK_MS) {
		if (errno != EINTR && (errno != EWOULDBLOCK || waited >= wait_ms))
			return false;
		usleep(LOCK_LOOK_MS * 1000);
	}
	return true;
}

/* False with errno: it cannot be opened, or is locked for too long (EWOULDBLOCK). */
static bool
lock_directory(const char *path, struct directory *ret_directory)
{
	for (;;) {
		TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct stat opened;
		struct stat there;
		if (fd < 0)
			return false;
		bool locked = lock_within(fd, TRUST_LOCK_WAIT_MS);
		if (!locked && errno == EWOULDBLOCK)
			return false;
		if (fstat(fd, &opened) != 0 || stat(path, &there) != 0)
			return false;
		/* Who had the lock before may have removed the directory. */
		if (opened.st_dev != there.st_dev || opened.st_ino != there.st_ino)
			continue;
		*ret_directory = (struct directory){ .fd = fd, .locked = locked };
		fd = -1;
		return true;
	}
}

/* A making that died between its two files leaves a key4.db that holds nothing yet. */
static bool
is_half_made(const char *directory)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", directory);
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", directory);
	struct stat status;
	int64_t keys = -1;

	return lstat(cert, &status) != 0 && errno == ENOENT && lstat(key, &status) == 0 &&
	    S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	    trust_db_open(key, SQLITE_OPEN_READONLY, 0, &db, &ignored) &&
	    trust_db_number(db, 0, &keys, &ignored, "SELECT count(*) FROM nssPrivate") && keys == 0;
}

static bool
there_already(const char *directory, const char *name, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(directory);
	TRUST_AUTO_FREE char *word = trust_shell_word(directory);

	trust_fail(
	    error, TRUST_REFUSED, shown, "there is a store at '%s' already (%s)", shown, name);
	return trust_hint(error, "trustctl list --store %s", word);
}

/* half: what a making that died has left is no store. */
static bool
refuse_existing(const char *directory, bool half, struct trust_error *error)
{
	static const char *const names[] = { "cert9.db", "key4.db", "cert8.db", "key3.db" };

	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, names[i]);
		struct stat status;
		if (lstat(path, &status) == 0 &&
		    !(half && strcmp(names[i], "key4.db") == 0 && is_half_made(directory)))
			return there_already(directory, names[i], error);
	}
	return true;
}

static bool
make_by_nss(const char *directory, const char *nss_libdir, const struct trust_secret *password,
    struct trust_error *error)
{
	TRUST_AUTO(trust_worker) *worker = NULL;

	/* Opening read-write makes the files; the first password makes them usable. */
	if (!trust_worker_start(nss_libdir, directory, false, &worker, error) ||
	    !trust_worker_set_first_password(worker, password, error))
		return false;
	return trust_worker_finish(trust_steal(&worker), error);
}

#define NEW_SUFFIX ".new-"

/* Under the lock nobody else is at work: a new file is what is left of a making that died. */
static void
sweep_new_files(const struct directory *at)
{
	int copy = fcntl(at->fd, F_DUPFD_CLOEXEC, 3);
	DIR *listing = copy >= 0 ? fdopendir(copy) : NULL;

	if (!listing) {
		trust_auto_close(&copy);
		return;
	}
	for (struct dirent *entry; (entry = readdir(listing));)
		for (size_t i = 0; i < TRUST_COUNT(made_files); i++) {
			TRUST_AUTO_FREE char *start =
			    trust_printf("%s%s", made_files[i], NEW_SUFFIX);
			const char *number = entry->d_name + strlen(start);
			if (strncmp(entry->d_name, start, strlen(start)) == 0 && *number &&
			    number[strspn(number, "0123456789")] == '\0')
				unlinkat(at->fd, entry->d_name, 0);
		}
	closedir(listing);
}

/* Under its own name, unless somebody has it. Not every file system can do it in one step. */
static bool
give_name(const char *temporary, const char *name)
{
	return renameat2(AT_FDCWD, temporary, AT_FDCWD, name, RENAME_NOREPLACE) == 0 ||
	    (errno == EINVAL && link(temporary, name) == 0);
}

/* NSS made the files in the staging directory; a file appears in the store whole or not at all.
 * False with errno; EEXIST: somebody else made one of this name. */
static bool
move_file(const char *from, const char *to)
{
	TRUST_AUTO_FREE char *temporary = trust_printf("%s" NEW_SUFFIX "%ld", to, (long)getpid());
	TRUST_AUTO_FD int in = open(from, O_RDONLY | O_CLOEXEC);
	TRUST_AUTO_FD int out =
	    open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	char bytes[65536];
	ssize_t size = -1;

	if (out < 0 && errno == EEXIST)
		errno = EACCES; /* a name of ours that is not ours */
	if (in < 0 || out < 0)
		return false;
	while ((size = read(in, bytes, sizeof bytes)) > 0)
		if (!trust_write_all(out, bytes, (size_t)size)) {
			size = -1;
			break;
		}
	bool moved = size == 0 && fsync(out) == 0 && give_name(temporary, to);
	int cause = errno;
	unlink(temporary);
	errno = cause;
	return moved;
}

static void
remove_half(const char *directory)
{
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", directory);

	if (is_half_made(directory))
		unlink(key);
}

/* Names are durable, in this order: a store is there once cert9.db is. */
static bool
move_in(
    const char *directory, const struct directory *at, const char *work, struct trust_error *error)
{
	for (size_t i = 0; i < TRUST_COUNT(made_files); i++) {
		TRUST_AUTO_FREE char *from = trust_printf("%s/%s", work, made_files[i]);
		TRUST_AUTO_FREE char *to = trust_printf("%s/%s", directory, made_files[i]);
		if (move_file(from, to)) {
			fsync(at->fd);
			continue;
		}
		/* The key4.db made here is then the one of whoever has just made cert9.db. */
		if (errno == EEXIST)
			return there_already(directory, made_files[i], error);
		TRUST_AUTO_FREE char *shown = trust_text_display_string(to);
		trust_fail_errno(
		    error, cannot_make(errno), errno, shown, "cannot make '%s'", shown);
		/* Half a store would be in the way of the next attempt. */
		if (i > 0)
			remove_half(directory);
		return false;
	}
	return true;
}

static bool
cannot_lock(const char *directory, int cause, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(directory);

	if (cause != EWOULDBLOCK)
		return trust_fail_errno(error, TRUST_STORE_PERMISSION, cause, shown,
		    "cannot open the directory '%s'", shown);
	trust_fail(error, TRUST_STORE_LOCKED, shown,
	    "another program holds the lock of the directory '%s'", shown);
	return trust_hint(error, "wait for it to finish or end it, then try again");
}

/* Others may be making one at the same time; who comes second finds a store. */
static bool
put_into(const char *directory, const char *work, struct trust_error *error)
{
	AUTO_DIRECTORY at = { .fd = -1 };

	/* Who was first may have taken its store back, and the directory with it. */
	for (bool locked = false; !locked;) {
		if (!make_directories(directory, error))
			return false;
		locked = lock_directory(directory, &at);
		if (!locked && errno != ENOENT)
			return cannot_lock(directory, errno, error);
	}
	/* Without a lock, half a store may be one that is just being made. */
	if (!refuse_existing(directory, at.locked, error))
		return false;
	if (at.locked) {
		sweep_new_files(&at);
		remove_half(directory);
	}
	return move_in(directory, &at, work, error);
}

bool
trust_store_create(const char *directory, const char *nss_libdir,
    const struct trust_secret *password, struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;
	TRUST_AUTO_FREE char *there = trust_store_path_there(directory);

	if (!refuse_existing(directory, true, error))
		return false;
	if (make_directories(directory, error) &&
	    trust_stage_directory(directory, 1024 * 1024, &stage, error) &&
	    make_by_nss(stage->work, nss_libdir, password, error) &&
	    put_into(directory, stage->work, error))
		return true;
	trust_stage_free(trust_steal(&stage)); /* it may lie in there */
	remove_directories(directory, there);
	return false;
}

/* ---- taking it back ------------------------------------------------------------------------ */

char *
trust_store_path_there(const char *directory)
{
	char *path = trust_strdup(directory);
	struct stat status;

	while (*path && lstat(path, &status) != 0) {
		char *slash = strrchr(path, '/');
		*(slash ? slash : path) = '\0';
	}
	return path;
}

/* Open and locked against other writers, when the table holds nothing. */
static bool
lock_empty(const char *path, const char *table, sqlite3 **ret_db)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	int64_t rows = -1;

	if (!trust_db_open(path, SQLITE_OPEN_READWRITE, 0, &db, &ignored) ||
	    !trust_db_exec(db, &ignored, "BEGIN EXCLUSIVE") ||
	    !trust_db_number(db, 0, &rows, &ignored, "SELECT count(*) FROM %s", table) || rows != 0)
		return false;
	*ret_db = trust_steal(&db);
	return true;
}

bool
trust_store_take_back(const char *directory, const char *there)
{
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", directory);
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", directory);
	AUTO_DIRECTORY at = { .fd = -1 };
	TRUST_AUTO_DB *cert_db = NULL;
	TRUST_AUTO_DB *key_db = NULL;

	if (!lock_directory(directory, &at) || !at.locked ||
	    !lock_empty(cert, "nssPublic", &cert_db) || !lock_empty(key, "nssPrivate", &key_db) ||
	    unlink(cert) != 0 || unlink(key) != 0)
		return false;
	remove_directories(directory, there);
	return true;
}

/* ---- keys --------------------------------------------------------------------------------- */

/* Who reads changes nothing in the store: not even an interrupted change is rolled back there. */
static bool
copy_store(struct trust_change *change, struct trust_error *error)
{
	struct trust_place copy = change->place;

	if (!trust_preflight(&change->place, TRUST_FOR_READING, true, &change->found, error))
		return false;
	if (!change->found.has_keys_db)
		return trust_fail(error, TRUST_STORE_DAMAGED, change->place.name,
		    "store '%s' has no key4.db, in which private keys are", change->place.name);
	trust_stage_sweep(change->place.path);
	if (!trust_store_recover_copy(&change->place, TRUST_COPY_BESIDE, &change->stage, error) ||
	    !trust_form_is_sound(change->stage->work, change->place.name, error))
		return false;
	/* Of the copy, in which there is no journal any more. */
	copy.path = change->stage->work;
	change->found = (struct trust_preflight){ .has_keys_db = true };
	trust_preflight_password(&copy, &change->found);
	return true;
}

/* A private copy and a worker on it, as a change has them, which is all that using a key needs. */
static bool
open_staged(const struct trust_place *place, const struct trust_asker *asker,
    struct trust_change **ret_change, struct trust_worker **ret_worker, struct trust_error *error)
{
	TRUST_AUTO(trust_change) *change = trust_alloc(sizeof *change);
	TRUST_AUTO(trust_worker) *worker = NULL;

	change->place = trust_place_copy(place);
	change->request.asker = *asker;
	if (!copy_store(change, error) || !trust_change_worker(change, &worker, error) ||
	    !trust_change_login(change, worker, error))
		return false;
	*ret_change = trust_steal(&change);
	*ret_worker = trust_steal(&worker);
	return true;
}

/* The row of an identity's key in the staged copy. */
static bool
find_key(struct trust_change *change, const struct trust_place *place,
    const uint8_t id[TRUST_SHA256_BYTES], uint32_t *ret_key, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = NULL;

	if (!trust_change_open_copy(change, change->stage->work, &store, error))
		return false;
	const struct trust_item *item = trust_store_find(store, id);
	if (!item || !item->key_object_id)
		return trust_fail(error, TRUST_INPUT_NOT_FOUND, item ? item->name : NULL,
		    "the private key of '%s' is not in store '%s'",
		    item ? item->name : "this certificate", place->name);
	*ret_key = item->key_object_id;
	return true;
}

bool
trust_store_export_key(const struct trust_place *place, const uint8_t id[TRUST_SHA256_BYTES],
    const struct trust_asker *asker, const struct trust_secret *file_password, unsigned rounds,
    struct trust_secret **ret_encrypted, struct trust_error *error)
{
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO(trust_worker) *worker = NULL;
	TRUST_AUTO(trust_secret) *encrypted = NULL;
	uint32_t key = 0;

	if (!open_staged(place, asker, &change, &worker, error) ||
	    !find_key(change, place, id, &key, error) ||
	    !trust_worker_export_key(worker, key, file_password, rounds, &encrypted, error) ||
	    !trust_worker_finish(trust_steal(&worker), error))
		return false;
	*ret_encrypted = trust_steal(&encrypted);
	return true;
}

bool
trust_store_sign(const struct trust_place *place, const uint8_t id[TRUST_SHA256_BYTES],
    const struct trust_asker *asker, struct trust_bytes data, struct trust_secret **ret_signature,
    struct trust_error *error)
{
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO(trust_worker) *worker = NULL;
	TRUST_AUTO(trust_secret) *signature = NULL;
	uint32_t key = 0;

	if (!open_staged(place, asker, &change, &worker, error) ||
	    !find_key(change, place, id, &key, error) ||
	    !trust_worker_sign(worker, key, data, &signature, error) ||
	    !trust_worker_finish(trust_steal(&worker), error))
		return false;
	*ret_signature = trust_steal(&signature);
	return true;
}

bool
trust_store_dead_keys(const struct trust_place *place, const struct trust_asker *asker,
    uint32_t **ret_dead, size_t *ret_count, struct trust_error *error)
{
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO(trust_worker) *worker = NULL;
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO(trust_secret) *throw_away = trust_secret_new("throw-away", 10);
	size_t count = 0;

	if (!open_staged(place, asker, &change, &worker, error) ||
	    !trust_change_open_copy(change, change->stage->work, &store, error))
		return false;
	TRUST_AUTO_FREE uint32_t *dead =
	    trust_alloc_array(trust_store_count(store) + 1, sizeof *dead);
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		TRUST_AUTO(trust_secret) *encrypted = NULL;
		TRUST_AUTO_ERROR cause = TRUST_ERROR_INIT;
		if (item->key_object_id &&
		    !trust_worker_export_key(
			worker, item->key_object_id, throw_away, 1, &encrypted, &cause))
			dead[count++] = item->key_object_id;
	}
	if (!trust_worker_finish(trust_steal(&worker), error))
		return false;
	*ret_dead = trust_steal(&dead);
	*ret_count = count;
	return true;
}
