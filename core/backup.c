/* SPDX-License-Identifier: MPL-2.0 */
/* A store as one file, made and opened. */

#include "core/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/gcm.h>

#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/kdf.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/preflight_internal.h"
#include "core/progress.h"
#include "core/stage_internal.h"
#include "core/store_internal.h"
#include "core/text.h"
#include "core/wire.h"

#define MAX_BACKUP_BYTES ((size_t)1024 * 1024 * 1024)
#define ROUNDS 600000
#define SALT_BYTES 16

static const char magic[] = "trustctl backup 1\n";

/* ---- the encrypted part -------------------------------------------------------------------- */

struct sealing {
	uint8_t salt[SALT_BYTES];
	uint8_t nonce[GCM_IV_SIZE];
	unsigned rounds;
};

static void
cipher_init(struct gcm_aes256_ctx *cipher, const struct sealing *sealing,
    const struct trust_secret *password, struct trust_bytes before)
{
	const struct trust_kdf kdf = {
		.hash = TRUST_HASH_SHA256,
		.salt = { sealing->salt, sizeof sealing->salt },
		.rounds = sealing->rounds,
	};
	uint8_t key[AES256_KEY_SIZE];

	trust_pbkdf2(
	    &kdf, (struct trust_bytes){ password->bytes, password->size }, sizeof key, key);
	gcm_aes256_set_key(cipher, key);
	gcm_aes256_set_iv(cipher, sizeof sealing->nonce, sealing->nonce);
	gcm_aes256_update(cipher, before.size, before.data);
	explicit_bzero(key, sizeof key);
}

#define PIECE_BYTES ((size_t)4 * 1024 * 1024) /* whole blocks */

/* In place, a piece at a time. */
static void
crypt_pieces(struct gcm_aes256_ctx *cipher, bool encrypt, uint8_t *bytes, size_t size)
{
	for (size_t done = 0; done < size; done += PIECE_BYTES) {
		size_t piece = size - done < PIECE_BYTES ? size - done : PIECE_BYTES;
		trust_progress_tell_bytes(encrypt ? "MiB encrypted" : "MiB decrypted", done, size);
		if (encrypt)
			gcm_aes256_encrypt(cipher, piece, bytes + done, bytes + done);
		else
			gcm_aes256_decrypt(cipher, piece, bytes + done, bytes + done);
	}
	trust_progress_end();
}

/* Behind what is in `file`, which is authenticated with it. Encrypts in place: one copy is
 * enough. */
static void
put_sealed(
    struct trust_buffer *file, struct trust_buffer *plain, const struct trust_secret *password)
{
	struct sealing sealing = { .rounds = ROUNDS };
	struct gcm_aes256_ctx cipher;
	uint8_t tag[GCM_DIGEST_SIZE];

	trust_random(sealing.salt, sizeof sealing.salt);
	trust_random(sealing.nonce, sizeof sealing.nonce);
	trust_wire_put_u32(file, sealing.rounds);
	trust_buffer_append(file, sealing.salt, sizeof sealing.salt);
	trust_buffer_append(file, sealing.nonce, sizeof sealing.nonce);
	trust_wire_put_u64(file, plain->size);
	cipher_init(&cipher, &sealing, password, trust_buffer_bytes(file));
	crypt_pieces(&cipher, true, plain->data, plain->size);
	gcm_aes256_digest(&cipher, sizeof tag, tag);
	trust_buffer_append(file, plain->data, plain->size);
	trust_buffer_append(file, tag, sizeof tag);
	explicit_bzero(&cipher, sizeof cipher);
}

/* ---- making -------------------------------------------------------------------------------- */

static bool
fail_large(const char *store, struct trust_error *error)
{
	return trust_fail(error, TRUST_INPUT_LIMIT, store,
	    "the store '%s' is larger than a backup may be (%zu bytes)", store, MAX_BACKUP_BYTES);
}

/* All three under one read transaction: no change over several of them commits while one is
 * read. */
static bool
begin_reading(const char *directory, sqlite3 **ret_db, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", directory);
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", directory);
	TRUST_AUTO_FREE char *history = trust_history_path(directory);
	bool has_history = access(history, F_OK) == 0;
	int64_t tables = 0;

	if (!trust_db_open(cert, SQLITE_OPEN_READONLY, TRUST_LOCK_WAIT_MS, &db, error) ||
	    !trust_db_exec(db, error, "ATTACH %Q AS key", key) ||
	    (has_history && !trust_db_exec(db, error, "ATTACH %Q AS history", history)) ||
	    !trust_db_exec(db, error, "BEGIN") ||
	    !trust_db_number(db, 0, &tables, error, "SELECT count(*) FROM main.sqlite_master") ||
	    !trust_db_number(db, 0, &tables, error, "SELECT count(*) FROM key.sqlite_master"))
		return false;
	if (has_history &&
	    !trust_db_number(db, 0, &tables, error, "SELECT count(*) FROM history.sqlite_master"))
		return false;
	*ret_db = trust_steal(&db);
	return true;
}

static bool
check_sound(sqlite3 *db, const char *schema, const char *name, struct trust_error *error)
{
	int64_t sound = 0;
	TRUST_AUTO_TELLER teller = { .db = db, .what = "pages checked" };

	trust_db_tell(&teller);
	if (!trust_db_number(db, 0, &sound, error,
		"SELECT count(*) FROM pragma_integrity_check(1, %Q) WHERE integrity_check = 'ok'",
		schema))
		return false;
	if (sound == 1)
		return true;
	trust_fail(error, TRUST_STORE_DAMAGED, name, "the store's %s is damaged", name);
	return trust_hint(error, "to see what is damaged: trustctl store check");
}

/* Asked before anything is copied: what is larger may be more than there is memory. */
static bool
check_fits(sqlite3 *db, const char *store, struct trust_error *error)
{
	static const char *const schemas[] = { "main", "key", "history" };
	uint64_t all = 0;

	for (size_t i = 0; i < TRUST_COUNT(schemas); i++) {
		sqlite3_int64 size = 0; /* below 0: not attached */
		(void)sqlite3_serialize(db, schemas[i], &size, SQLITE_SERIALIZE_NOCOPY);
		all += size > 0 ? (uint64_t)size : 0;
	}
	return all <= MAX_BACKUP_BYTES || fail_large(store, error);
}

static bool
put_database(sqlite3 *db, const char *schema, const char *name, struct trust_buffer *out,
    struct trust_error *error)
{
	sqlite3_int64 size = 0;

	if (!check_sound(db, schema, name, error))
		return false;
	unsigned char *bytes = sqlite3_serialize(db, schema, &size, 0);
	if (!bytes && size > 0)
		return trust_fail(error, TRUST_BUG, NULL, "out of memory");
	trust_wire_put_u64(out, (uint64_t)size);
	trust_buffer_append(out, bytes, (size_t)size);
	if (bytes)
		explicit_bzero(bytes, (size_t)size);
	sqlite3_free(bytes);
	return true;
}

static bool
put_store(
    sqlite3 *db, struct trust_buffer *open, struct trust_buffer *secret, struct trust_error *error)
{
	if (!put_database(db, "main", "cert9.db", open, error) ||
	    !put_database(db, "key", "key4.db", secret, error))
		return false;
	if (sqlite3_db_filename(db, "history"))
		return put_database(db, "history", "trustctl.db", secret, error);
	trust_wire_put_u64(secret, 0);
	return true;
}

bool
trust_backup_make(const struct trust_place *place, const struct trust_secret *password,
    struct trust_buffer *ret_file, struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *copy = NULL; /* before the connection: it goes after it */
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_BUFFER file;
	TRUST_AUTO_BUFFER secret;
	struct trust_preflight found;

	trust_buffer_init(&file, MAX_BACKUP_BYTES);
	trust_buffer_init_secret(&secret, MAX_BACKUP_BYTES);
	if (!trust_preflight(place, TRUST_FOR_READING, true, &found, error))
		return false;
	if (!found.has_keys_db)
		return trust_fail(error, TRUST_STORE_DAMAGED, place->name,
		    "store '%s' has no key4.db, so it is no whole store", place->name);
	TRUST_AUTO_FREE char *history = trust_history_path(place->path);
	bool copied = found.cert_journal_hot || found.key_journal_hot || found.own_journal_hot ||
	    found.wal || trust_db_in_wal_mode(history);
	if ((copied && !trust_store_recover_copy(place, TRUST_COPY_HISTORY, &copy, error)) ||
	    !begin_reading(copied ? copy->work : place->path, &db, error) ||
	    !check_fits(db, place->name, error))
		return false;
	trust_buffer_append_text(&file, magic);
	trust_wire_put_u64(&file, (uint64_t)trust_time_now().seconds);
	trust_wire_put_text(&file, place->name);
	if (!put_store(db, &file, &secret, error))
		return false;
	if (!file.overflow && !secret.overflow)
		put_sealed(&file, &secret, password);
	if (file.overflow || secret.overflow)
		return fail_large(place->name, error);
	*ret_file = file;
	trust_buffer_init(&file, 0);
	return true;
}

/* ---- opening ------------------------------------------------------------------------------- */

static bool
fail_damaged(const char *name, struct trust_error *error)
{
	return trust_fail(error, TRUST_INPUT_MALFORMED, name,
	    "'%s' is no whole backup of a store: it is damaged or cut", name);
}

bool
trust_backup_read(const char *path, struct trust_secret **ret_bytes, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		return trust_fail_errno(
		    error, TRUST_INPUT_OPEN, errno, shown, "cannot read '%s'", shown);
	if (!S_ISREG(status.st_mode))
		return trust_fail(
		    error, TRUST_INPUT_OPEN, shown, "'%s' is not a regular file", shown);
	if (status.st_size > (off_t)MAX_BACKUP_BYTES)
		return trust_fail(error, TRUST_INPUT_LIMIT, shown,
		    "'%s' is larger than a backup may be (%zu bytes)", shown, MAX_BACKUP_BYTES);
	TRUST_AUTO(trust_secret) *whole = trust_secret_sized((size_t)status.st_size);
	for (size_t done = 0; done < whole->size;) {
		size_t left = whole->size - done;
		trust_progress_tell_bytes("MiB of the backup read", done, whole->size);
		ssize_t size =
		    read(fd, whole->bytes + done, left < PIECE_BYTES ? left : PIECE_BYTES);
		if (size < 0)
			return trust_fail_errno(
			    error, TRUST_INPUT_OPEN, errno, shown, "cannot read '%s'", shown);
		if (size == 0)
			return fail_damaged(shown, error);
		done += (size_t)size;
	}
	trust_progress_end();
	*ret_bytes = trust_steal(&whole);
	return true;
}

bool
trust_backup_is(struct trust_bytes file)
{
	return file.size > sizeof magic && memcmp(file.data, magic, sizeof magic - 1) == 0;
}

static struct trust_bytes
take(struct trust_wire *wire, uint64_t size)
{
	struct trust_bytes bytes = { wire->at, (size_t)size };

	if (wire->bad || size > (uint64_t)(wire->end - wire->at)) {
		wire->bad = true;
		return (struct trust_bytes){ NULL, 0 };
	}
	wire->at += size;
	return bytes;
}

/* ret_plain: a secret buffer, initialised. */
static bool
open_sealed(const char *name, struct trust_bytes file, struct trust_wire *wire,
    const struct trust_secret *password, struct trust_buffer *ret_plain, struct trust_error *error)
{
	struct sealing sealing = { .rounds = trust_wire_u32(wire) };
	struct trust_bytes salt = take(wire, sizeof sealing.salt);
	struct trust_bytes nonce = take(wire, sizeof sealing.nonce);
	struct trust_bytes sealed = take(wire, trust_wire_u64(wire));
	struct trust_bytes tag = take(wire, GCM_DIGEST_SIZE);
	struct gcm_aes256_ctx cipher;
	uint8_t found[GCM_DIGEST_SIZE];
	uint8_t differs = 0;

	if (wire->bad || wire->at != wire->end || sealing.rounds == 0)
		return fail_damaged(name, error);
	if (sealing.rounds > TRUST_MAX_KDF_ROUNDS)
		return trust_fail(error, TRUST_INPUT_LIMIT, name,
		    "'%s' asks for %u rounds of work for its password", name, sealing.rounds);
	/* NOLINTBEGIN(clang-analyzer-core.NonNullParamChecker): all of them are there, or wire->bad
	 */
	memcpy(sealing.salt, salt.data, salt.size);
	memcpy(sealing.nonce, nonce.data, nonce.size);
	/* NOLINTEND(clang-analyzer-core.NonNullParamChecker) */
	cipher_init(&cipher, &sealing, password,
	    (struct trust_bytes){ file.data, (size_t)(sealed.data - file.data) });
	trust_buffer_append(ret_plain, sealed.data, sealed.size);
	if (!ret_plain->overflow && sealed.size)
		crypt_pieces(&cipher, false, ret_plain->data, sealed.size);
	gcm_aes256_digest(&cipher, sizeof found, found);
	explicit_bzero(&cipher, sizeof cipher);
	for (size_t i = 0; i < sizeof found; i++)
		differs |= (uint8_t)(found[i] ^ tag.data[i]);
	if (differs || ret_plain->overflow)
		return trust_fail(error, TRUST_INPUT_PASSWORD, name,
		    "the password does not open '%s', or the file was altered", name);
	return true;
}

static bool
unpack(struct trust_backup *backup, const char *file_name, struct trust_bytes bytes,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", backup->directory, file_name);
	TRUST_AUTO_FD int fd =
	    open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return trust_fail_errno(
		    error, TRUST_STORE_FULL, errno, NULL, "cannot unpack the backup");
	for (size_t done = 0; done < bytes.size;) {
		size_t left = bytes.size - done;
		size_t size = left < PIECE_BYTES ? left : PIECE_BYTES;
		trust_progress_tell_bytes("MiB unpacked", done, bytes.size);
		if (!trust_write_all(fd, bytes.data + done, size))
			return trust_fail_errno(
			    error, TRUST_STORE_FULL, errno, NULL, "cannot unpack the backup");
		done += size;
	}
	trust_progress_end();
	return true;
}

/* What the tag vouches for was sound when it was written; this tells of mistakes of ours. */
static bool
check_unpacked(const struct trust_backup *backup, const char *name, struct trust_error *error)
{
	static const char *const names[] = { "cert9.db", "key4.db" };

	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO_DB *db = NULL;
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", backup->directory, names[i]);
		if (!trust_db_open(path, SQLITE_OPEN_READONLY, 0, &db, error) ||
		    !check_sound(db, "main", names[i], error))
			return trust_error_prefix(error, "in '%s': ", name);
	}
	return true;
}

bool
trust_backup_open(const char *name, struct trust_bytes file, const struct trust_secret *password,
    struct trust_backup **ret_backup, struct trust_error *error)
{
	TRUST_AUTO(trust_backup) *backup = trust_alloc(sizeof *backup);
	TRUST_AUTO_BUFFER plain;
	struct trust_wire wire = trust_wire_init(file);

	trust_buffer_init_secret(&plain, MAX_BACKUP_BYTES);
	if (!trust_backup_is(file))
		return fail_damaged(name, error);
	take(&wire, sizeof magic - 1);
	backup->time.seconds = (int64_t)trust_wire_u64(&wire);
	TRUST_AUTO_FREE char *store = trust_wire_text(&wire);
	struct trust_bytes certs = take(&wire, trust_wire_u64(&wire));
	if (wire.bad || !open_sealed(name, file, &wire, password, &plain, error))
		return error->code != TRUST_OK ? false : fail_damaged(name, error);
	backup->store = trust_text_display_string(store ? store : "");
	struct trust_wire inner = trust_wire_init(trust_buffer_bytes(&plain));
	struct trust_bytes keys = take(&inner, trust_wire_u64(&inner));
	struct trust_bytes history = take(&inner, trust_wire_u64(&inner));
	if (inner.bad)
		return fail_damaged(name, error);
	if (!trust_stage_directory(
		NULL, 2 * (certs.size + keys.size) + history.size, &backup->stage, error))
		return false;
	backup->directory = backup->stage->work;
	if (!unpack(backup, "cert9.db", certs, error) || !unpack(backup, "key4.db", keys, error) ||
	    (history.size && !unpack(backup, "trustctl.db", history, error)) ||
	    !check_unpacked(backup, name, error))
		return false;
	*ret_backup = trust_steal(&backup);
	return true;
}

void
trust_backup_free(struct trust_backup *backup)
{
	if (!backup)
		return;
	trust_stage_free(backup->stage);
	trust_free(backup->store);
	trust_free(backup);
}
