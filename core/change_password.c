/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Changing a store's password. NSS encrypts every key anew and signs every trust record anew; keys
 * that only the history keeps are put into the copy for that moment, so that they go through the
 * same re-encryption and the old password opens nothing any more.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/seal.h"
#include "core/worker.h"

/* A key row or one of its signatures, kept by the history. */
struct kept {
	int64_t rowid;
	int64_t entry;
	enum trust_table table;
	char *key;
	struct trust_bytes before;
	bool guest; /* put into the copy by us; taken out again afterwards */
};

struct password_work {
	struct trust_change *change;
	struct kept *kept;
	size_t count;
};

static void
password_work_done(struct password_work *work)
{
	for (size_t i = 0; i < work->count; i++) {
		trust_free(work->kept[i].key);
		trust_free((void *)work->kept[i].before.data);
	}
	trust_free(work->kept);
}

static bool
open_work(struct trust_change *change, sqlite3 **ret_db, struct trust_error *error)
{
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", change->stage->work);
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", change->stage->work);
	TRUST_AUTO_DB *db = NULL;

	if (!trust_db_open(key, SQLITE_OPEN_READWRITE, 0, &db, error) ||
	    !trust_db_exec(db, error, "PRAGMA synchronous=OFF; ATTACH %Q AS cert", cert))
		return false;
	*ret_db = trust_steal(&db);
	return true;
}

static bool
read_kept(struct password_work *work, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *rows = NULL;
	TRUST_AUTO_FREE char *path = trust_history_path(work->change->canonical);
	bool has = false;

	if (access(path, F_OK) != 0)
		return true;
	/* Keys that an outside password change left behind under a still earlier password are
	 * beyond help; their entries say so when they are undone. */
	if (!trust_db_open(path, SQLITE_OPEN_READWRITE, TRUST_LOCK_WAIT_MS, &db, error) ||
	    !trust_history_look(db, "main", true, &has, error))
		return false;
	if (has &&
	    !trust_db_prepare(db, &rows, error,
		"SELECT row.rowid, entry, tab, key, before FROM row JOIN entry ON "
		"entry.number=row.entry "
		"WHERE before IS NOT NULL AND key_password=?1 "
		"AND (tab=%d OR (tab=%d AND key LIKE 'sig\\_key\\_%%' ESCAPE '\\'))",
		TRUST_NSS_PRIVATE, TRUST_META_DATA))
		return false;
	if (!has)
		return true;
	sqlite3_bind_blob(
	    rows, 1, work->change->password_digest, TRUST_SHA256_BYTES, SQLITE_STATIC);
	while (trust_db_step(db, rows, error)) {
		enum trust_table table = (enum trust_table)sqlite3_column_int(rows, 2);
		const char *key = (const char *)sqlite3_column_text(rows, 3);
		struct trust_bytes before = trust_db_blob(rows, 4);
		if (!trust_row_key_is_sound(table, key) || !trust_row_is_sound(before))
			return trust_history_damaged(sqlite3_column_int64(rows, 1), error);
		work->kept = trust_grow_by_one(work->kept, work->count, sizeof *work->kept);
		struct kept *kept = &work->kept[work->count++];
		*kept = (struct kept){
			.rowid = sqlite3_column_int64(rows, 0),
			.entry = sqlite3_column_int64(rows, 1),
			.table = table,
			.key = trust_strdup(key),
			.before = { trust_memdup(before.data, before.size), before.size },
		};
	}
	return error->code == TRUST_OK;
}

/* Equal in what is encrypted: then both go through the change as one. */
static bool
same_secret(const struct kept *kept, struct trust_bytes row)
{
	if (kept->table == TRUST_META_DATA)
		return trust_bytes_equal(
		    trust_row_column(kept->before, "item1"), trust_row_column(row, "item1"));
	for (size_t i = 0; i < trust_encrypted_column_count; i++)
		if (!trust_bytes_equal(trust_row_column(kept->before, trust_encrypted_columns[i]),
			trust_row_column(row, trust_encrypted_columns[i])))
			return false;
	return true;
}

static bool
invite(struct password_work *work, sqlite3 *db, struct trust_error *error)
{
	for (size_t i = 0; i < work->count; i++) {
		struct kept *kept = &work->kept[i];
		struct trust_bytes now = { 0 };
		if (!trust_row_read(db, "main", kept->table, kept->key, &now, error))
			return false;
		bool there = now.size > 0;
		bool same = there && same_secret(kept, now);
		trust_free((void *)now.data);
		if (same)
			continue;
		if (there) {
			trust_fail(error, TRUST_REFUSED, work->change->place.name,
			    "cannot take the private key kept by change %lld through a new "
			    "password: its place was taken by another one",
			    (long long)kept->entry);
			return trust_hint(error,
			    "undo that change first (trustctl history undo %lld)",
			    (long long)kept->entry);
		}
		struct trust_row row = {
			.table = kept->table, .key = kept->key, .after = kept->before
		};
		struct trust_rows one = { .list = &row, .count = 1 };
		if (!trust_rows_apply(db, "cert", "main", &one, error))
			return false;
		kept->guest = true;
	}
	return true;
}

static struct trust_bytes
with_new_secret(const struct kept *kept, struct trust_bytes now)
{
	struct trust_bytes row = { trust_memdup(kept->before.data, kept->before.size),
		kept->before.size };
	if (kept->table == TRUST_META_DATA) {
		struct trust_bytes changed =
		    trust_row_replace(row, "item1", trust_row_column(now, "item1"));
		trust_free((void *)row.data);
		return changed;
	}
	for (size_t i = 0; i < trust_encrypted_column_count; i++) {
		const char *column = trust_encrypted_columns[i];
		struct trust_bytes changed =
		    trust_row_replace(row, column, trust_row_column(now, column));
		trust_free((void *)row.data);
		row = changed;
	}
	return row;
}

static bool
see_off(struct password_work *work, sqlite3 *db, struct trust_error *error)
{
	struct trust_change *change = work->change;

	change->rewrites =
	    trust_alloc_array(work->count ? work->count : 1, sizeof *change->rewrites);
	for (size_t i = 0; i < work->count; i++) {
		const struct kept *kept = &work->kept[i];
		struct trust_bytes now = { 0 };
		if (!trust_row_read(db, "main", kept->table, kept->key, &now, error))
			return false;
		if (now.size == 0)
			return trust_fail(error, TRUST_STORE_NSS, change->place.name,
			    "NSS lost a private key of the history while changing the password; "
			    "nothing was changed");
		change->rewrites[change->rewrite_count++] = (struct trust_rewrite){
			.rowid = kept->rowid,
			.before = with_new_secret(kept, now),
		};
		trust_free((void *)now.data);
	}
	for (size_t i = 0; i < work->count; i++) {
		struct kept *kept = &work->kept[i];
		struct trust_row row = { .table = kept->table, .key = kept->key };
		struct trust_rows one = { .list = &row, .count = 1 };
		if (kept->guest && !trust_rows_apply(db, "cert", "main", &one, error))
			return false;
	}
	return true;
}

/* The signature of an object's attribute as it is now. */
static bool
seal_row(sqlite3 *db, struct trust_sealer *sealer, uint32_t object_id, uint32_t attribute,
    struct trust_row *row, struct trust_error *error)
{
	TRUST_AUTO_FREE char *id = trust_printf("%u", object_id);
	TRUST_AUTO_FREE char *column = trust_printf("a%x", attribute);
	struct trust_bytes object = { 0 };
	uint8_t seal[TRUST_SEAL_MAX_BYTES];

	if (!trust_row_read(db, "cert", TRUST_NSS_PUBLIC, id, &object, error) ||
	    !trust_row_read(db, "main", TRUST_META_DATA, row->key, &row->before, error)) {
		trust_free((void *)object.data);
		return false;
	}
	trust_sealer_sign(sealer, object_id, attribute, trust_row_column(object, column), seal);
	trust_free((void *)object.data);
	row->after =
	    trust_row_replace(row->before, "item1", (struct trust_bytes){ seal, sealer->size });
	return true;
}

/* NSS below 3.114 does not know trust objects of the modern spelling and leaves their signatures as
 * they are, which voids them for the NSS that does. */
static bool
seal_modern(struct trust_change *change, sqlite3 *db, const struct trust_secret *password,
    struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *seals = NULL;
	TRUST_AUTO_SEALER sealer = { 0 };

	if (!trust_db_prepare(db, &seals, error,
		"SELECT m.id FROM cert.nssPublic p CROSS JOIN main.metaData m "
		"ON m.id>=printf('sig_cert_%%08x_',p.id) AND m.id<printf('sig_cert_%%08x`',p.id) "
		"WHERE p.a0=x'0000000b'"))
		return false;
	struct trust_rows rows = { 0 };
	bool good = true;
	while (good && trust_db_step(db, seals, error)) {
		unsigned object_id = 0;
		unsigned attribute = 0;
		const char *key = (const char *)sqlite3_column_text(seals, 0);
		if (sscanf(key, "sig_cert_%8x_%8x", &object_id, &attribute) != 2)
			continue;
		struct trust_row *row = trust_rows_add(&rows, TRUST_META_DATA, key);
		good = (sealer.size > 0 ||
			   trust_sealer_open(change->stage->work, password, &sealer, error)) &&
		    seal_row(db, &sealer, object_id, attribute, row, error);
	}
	good =
	    good && error->code == TRUST_OK && trust_rows_apply(db, "cert", "main", &rows, error);
	trust_rows_done(&rows);
	return good;
}

/* NSS refuses the change over a record whose signature is wrong, but calls the password wrong; and
 * one that it does not know we would sign ourselves and so make genuine. */
static bool
refuse_forged(struct trust_change *change, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = NULL;

	if (!trust_change_open_with(
		change, change->stage->base, change->password, NULL, 0, &store, error))
		return false;
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (trust_item_seal(item) != TRUST_SEAL_TAMPERED)
			continue;
		TRUST_AUTO_FREE char *digits = trust_hex(item->id, 8);
		trust_fail(error, TRUST_STORE_DAMAGED, item->name,
		    "the trust of '%s' was altered without the store's password, and NSS changes "
		    "no password over that",
		    item->name);
		return trust_hint(error, "trustctl trust reset %s", digits);
	}
	for (size_t i = 0; i < trust_store_orphan_count(store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(store, i);
		if (orphan->record.seal != TRUST_SEAL_TAMPERED)
			continue;
		trust_fail(error, TRUST_STORE_DAMAGED, orphan->issuer_name,
		    "a leftover trust record of a certificate issued by '%s' was altered without "
		    "the store's password, and NSS changes no password over that",
		    orphan->issuer_name);
		return trust_hint(error, "trustctl store check --repair");
	}
	return true;
}

static bool
change_by_nss(struct trust_change *change, struct trust_error *error)
{
	TRUST_AUTO(trust_worker) *worker = NULL;

	if (!trust_change_worker(change, &worker, error) ||
	    !trust_change_login(change, worker, error) || !refuse_forged(change, error))
		return false;
	if (!trust_worker_change_password(
		worker, change->password, change->request.new_password, error)) {
		if (error->code != TRUST_STORE_PASSWORD)
			return false;
		/* It was right a moment ago. */
		trust_error_clear(error);
		trust_fail(error, TRUST_STORE_DAMAGED, change->place.name,
		    "a private key or another secret of store '%s' does not open with the store's "
		    "password, and NSS changes no password over that",
		    change->place.name);
		return trust_hint(error, "trustctl store check");
	}
	return trust_worker_finish(trust_steal(&worker), error);
}

static bool
run(struct password_work *work, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	struct trust_change *change = work->change;

	if (!read_kept(work, error) || !open_work(change, &db, error) || !invite(work, db, error))
		return false;
	trust_db_auto_close(&db);
	db = NULL;
	if (!change_by_nss(change, error))
		return false;
	return open_work(change, &db, error) && see_off(work, db, error) &&
	    seal_modern(change, db, change->request.new_password, error);
}

bool
trust_work_password(struct trust_change *change, struct trust_error *error)
{
	struct password_work work = { .change = change };
	bool done = run(&work, error);
	password_work_done(&work);
	return done;
}
