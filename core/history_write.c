/* SPDX-License-Identifier: MPL-2.0 */
/* The history's side of a commit: everything here runs inside the change's own transaction, on a
 * connection that has trustctl.db attached as `history`. */

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/text.h"

const char trust_history_schema[] =
#include "history_sql.h"
    ;

char *
trust_history_path(const char *directory)
{
	return trust_printf("%s/trustctl.db", directory);
}

static char *
user_name(void)
{
	const struct passwd *entry = getpwuid(getuid());
	TRUST_AUTO_FREE char *name =
	    entry ? trust_text_display_string(entry->pw_name) : trust_printf("uid %u", getuid());
	const char *sudo = getuid() == 0 ? getenv("SUDO_USER") : NULL;

	if (!sudo)
		return trust_steal(&name);
	TRUST_AUTO_FREE char *by = trust_text_display_string(sudo);
	return trust_printf("%s (sudo by %s)", name, by);
}

static void
bind_optional(sqlite3_stmt *statement, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static bool
write_effects(
    sqlite3 *db, int64_t entry, const struct trust_effects *effects, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *insert = NULL;

	if (!trust_db_prepare(db, &insert, error,
		"INSERT INTO history.effect(entry,kind,item,id,name,before,after,ca) "
		"VALUES(%lld,?1,?2,?3,?4,?5,?6,?7)",
		(long long)entry))
		return false;
	for (size_t i = 0; i < effects->count; i++) {
		const struct trust_effect *effect = &effects->list[i];
		sqlite3_bind_int(insert, 1, (int)effect->kind);
		sqlite3_bind_int(insert, 2, (int)effect->item_kind);
		sqlite3_bind_blob(insert, 3, effect->id, sizeof effect->id, SQLITE_STATIC);
		sqlite3_bind_text(insert, 4, effect->name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(insert, 5, trust_states_pack(effect->before));
		sqlite3_bind_int64(insert, 6, trust_states_pack(effect->after));
		sqlite3_bind_int(insert, 7, effect->ca);
		if (!trust_db_run(db, insert, error))
			return false;
	}
	return true;
}

static bool
write_rows(struct trust_change *change, sqlite3 *db, int64_t entry, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *insert = NULL;
	uint8_t digest[TRUST_SHA256_BYTES];

	if (!trust_db_prepare(db, &insert, error,
		"INSERT INTO history.row(entry,tab,key,before,after) VALUES(%lld,?1,?2,?3,?4)",
		(long long)entry))
		return false;
	for (size_t i = 0; i < change->rows.count; i++) {
		TRUST_AUTO_ERROR too_late = TRUST_ERROR_INIT;
		(void)!trust_change_progress(change, "rows", i, change->rows.count, &too_late);
		const struct trust_row *row = &change->rows.list[i];
		/* The first password is set up once and stays: others may have signed with it
		 * since. */
		if (row->table == TRUST_META_DATA && strcmp(row->key, "password") == 0)
			continue;
		bool secret = row->table == TRUST_NSS_PRIVATE ||
		    (row->table == TRUST_META_DATA && strncmp(row->key, "sig_key_", 8) == 0);
		sqlite3_bind_int(insert, 1, (int)row->table);
		sqlite3_bind_text(insert, 2, row->key, -1, SQLITE_STATIC);
		if (row->before.size && !(secret && change->request.purge_keys))
			sqlite3_bind_blob64(
			    insert, 3, row->before.data, row->before.size, SQLITE_STATIC);
		if (row->after.size) {
			trust_row_digest(row->table, row->after, digest);
			sqlite3_bind_blob(insert, 4, digest, sizeof digest, SQLITE_STATIC);
		}
		if (!trust_db_run(db, insert, error))
			return false;
	}
	return true;
}

const char *
trust_change_irreversible(const struct trust_change *change)
{
	if (change->request.change_password)
		return "a password is not changed back: the old one would open the keys again; set "
		       "another one instead";
	for (size_t i = 0; change->request.purge_keys && i < change->effects.count; i++)
		if (change->effects.list[i].kind == TRUST_EFFECT_KEY_DELETED)
			return "its private keys were purged";
	if (change->loses_key)
		return "a private key that it deleted did not open any more";
	return NULL;
}

bool
trust_history_is_used_up(sqlite3 *db, const char *schema)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	int64_t last = 0;
	int64_t given = 0;

	return (trust_db_number(
		    db, 0, &last, &ignored, "SELECT max(number) FROM \"%w\".entry", schema) &&
		   last == INT64_MAX) ||
	    (trust_db_number(db, 0, &given, &ignored,
		 "SELECT seq FROM \"%w\".sqlite_sequence WHERE name='entry'", schema) &&
		given == INT64_MAX);
}

/* SQLite says of both that it is full. */
static bool
insert_entry(sqlite3 *db, sqlite3_stmt *insert, struct trust_error *error)
{
	if (trust_db_run(db, insert, error))
		return true;
	if (error->code != TRUST_STORE_FULL || !trust_history_is_used_up(db, "history"))
		return false;
	trust_error_clear(error);
	trust_fail(error, TRUST_STORE_DAMAGED, "trustctl.db",
	    "the store's history (trustctl.db) has a change with the last number there is, which "
	    "trustctl never comes to; nothing was changed");
	return trust_hint(error, "to see what helps: trustctl store check");
}

static bool
write_entry(struct trust_change *change, sqlite3 *db, bool outside, const char *group,
    int64_t *ret_entry, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *insert = NULL;
	TRUST_AUTO_FREE char *user = user_name();
	const struct trust_change_request *request = &change->request;

	if (!trust_db_prepare(db, &insert, error,
		"INSERT INTO "
		"history.entry(group_id,time,user,command,source,source_digest,reason,undoes,"
		"irreversible,seal_password,key_password) "
		"VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)"))
		return false;
	sqlite3_bind_text(insert, 1, group, -1, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 2, trust_time_now().seconds);
	sqlite3_bind_text(insert, 3, outside ? "unknown" : user, -1, SQLITE_STATIC);
	if (outside) {
		bind_optional(
		    insert, 9, "another program made it, and what was there before is not known");
	} else {
		bind_optional(insert, 4, request->command);
		bind_optional(insert, 5, request->source);
		if (request->source_digest)
			sqlite3_bind_blob(
			    insert, 6, request->source_digest, TRUST_SHA256_BYTES, SQLITE_STATIC);
		bind_optional(insert, 7, request->reason);
		if (request->undo > 0)
			sqlite3_bind_int64(insert, 8, request->undo);
		bind_optional(insert, 9, trust_change_irreversible(change));
		/* What is kept was signed and encrypted before the change. */
		sqlite3_bind_blob(
		    insert, 10, change->password_digest, TRUST_SHA256_BYTES, SQLITE_STATIC);
		sqlite3_bind_blob(
		    insert, 11, change->password_digest, TRUST_SHA256_BYTES, SQLITE_STATIC);
	}
	if (!insert_entry(db, insert, error))
		return false;
	*ret_entry = sqlite3_last_insert_rowid(db);
	return true;
}

/* ---- the last known state ----------------------------------------------------------------- */

static bool
know_item(sqlite3 *db, sqlite3_stmt *put, const struct trust_store *store,
    const struct trust_item *item, struct trust_error *error)
{
	sqlite3_bind_blob(put, 1, item->id, TRUST_SHA256_BYTES, SQLITE_STATIC);
	sqlite3_bind_int(put, 2, (int)item->kind);
	sqlite3_bind_text(put, 3, item->name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(put, 4, trust_states_pack(trust_item_states(store, item)));
	sqlite3_bind_int(put, 5, item->key_object_id != 0);
	sqlite3_bind_int(put, 6, item->cert && trust_cert_is_ca(item->cert));
	return trust_db_run(db, put, error);
}

static bool
know_effects(sqlite3 *db, sqlite3_stmt *put, const struct trust_store *store,
    const struct trust_effects *effects, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *forget = NULL;

	if (!trust_db_prepare(db, &forget, error, "DELETE FROM history.known WHERE id=?1"))
		return false;
	for (size_t i = 0; i < effects->count; i++) {
		const uint8_t *id = effects->list[i].id;
		const struct trust_item *item = trust_store_find(store, id);
		if (item) {
			if (!know_item(db, put, store, item, error))
				return false;
			continue;
		}
		sqlite3_bind_blob(forget, 1, id, TRUST_SHA256_BYTES, SQLITE_STATIC);
		if (!trust_db_run(db, forget, error))
			return false;
	}
	return true;
}

/* A key that has its certificate now is no item by itself any more, and no effect says so. */
static bool
forget_joined_keys(sqlite3 *db, const struct trust_store *store, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *keys = NULL;
	TRUST_AUTO_STATEMENT *forget = NULL;
	TRUST_AUTO_BUFFER gone;

	trust_buffer_init(&gone, TRUST_MAX_FILE_BYTES);
	if (!trust_db_prepare(
		db, &keys, error, "SELECT id FROM history.known WHERE item=%d", TRUST_KIND_KEY) ||
	    !trust_db_prepare(db, &forget, error, "DELETE FROM history.known WHERE id=?1"))
		return false;
	while (trust_db_step(db, keys, error)) {
		struct trust_bytes id = trust_db_blob(keys, 0);
		if (id.size == TRUST_SHA256_BYTES && !trust_store_find(store, id.data))
			trust_buffer_append(&gone, id.data, id.size);
	}
	for (size_t at = 0; error->code == TRUST_OK && at < gone.size; at += TRUST_SHA256_BYTES) {
		sqlite3_bind_blob(forget, 1, gone.data + at, TRUST_SHA256_BYTES, SQLITE_STATIC);
		if (!trust_db_run(db, forget, error))
			return false;
	}
	return error->code == TRUST_OK;
}

/* A key that lost its certificate is an item by itself now, and no effect says so either. */
static bool
know_lone_keys(sqlite3 *db, const struct trust_store *store, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *put = NULL;

	if (!trust_db_prepare(db, &put, error,
		"INSERT OR IGNORE INTO history.known(id,item,name,states,keyed,ca) "
		"VALUES(?1,?2,?3,?4,?5,?6)"))
		return false;
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->kind == TRUST_KIND_KEY && !know_item(db, put, store, item, error))
			return false;
	}
	return true;
}

static bool
write_known(struct trust_change *change, sqlite3 *db, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *put = NULL;
	const struct trust_store *after = NULL;

	if (!trust_change_read_work(change, &after, error) ||
	    !trust_db_prepare(db, &put, error,
		"INSERT OR REPLACE INTO history.known(id,item,name,states,keyed,ca) "
		"VALUES(?1,?2,?3,?4,?5,?6)"))
		return false;
	if (!change->first_entry)
		return know_effects(db, put, after, &change->outside, error) &&
		    know_effects(db, put, after, &change->effects, error) &&
		    forget_joined_keys(db, after, error) && know_lone_keys(db, after, error);
	for (size_t i = 0; i < trust_store_count(after); i++)
		if (!know_item(db, put, after, trust_store_item(after, i), error))
			return false;
	return true;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static bool
rewrite_kept_keys(struct trust_change *change, sqlite3 *db, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *update = NULL;
	TRUST_AUTO_STATEMENT *moved = NULL;

	if (!change->request.change_password)
		return true;
	if (!trust_db_prepare(
		db, &update, error, "UPDATE history.row SET before=?1 WHERE rowid=?2") ||
	    !trust_db_prepare(db, &moved, error,
		"UPDATE history.entry SET key_password=?1 WHERE key_password=?2"))
		return false;
	for (size_t i = 0; i < change->rewrite_count; i++) {
		const struct trust_rewrite *rewrite = &change->rewrites[i];
		sqlite3_bind_blob64(
		    update, 1, rewrite->before.data, rewrite->before.size, SQLITE_STATIC);
		sqlite3_bind_int64(update, 2, rewrite->rowid);
		if (!trust_db_run(db, update, error))
			return false;
	}
	sqlite3_bind_blob(moved, 1, change->new_password_digest, TRUST_SHA256_BYTES, SQLITE_STATIC);
	sqlite3_bind_blob(moved, 2, change->password_digest, TRUST_SHA256_BYTES, SQLITE_STATIC);
	return trust_db_run(db, moved, error);
}

/* Entries that kept a key row lose it and its signatures, and with them their undo. */
static bool
forget_kept_key(sqlite3 *db, const char *key, struct trust_error *error)
{
	return trust_db_exec(db, error,
		   "UPDATE history.entry SET irreversible='its private keys were purged' WHERE "
		   "number IN "
		   "(SELECT entry FROM history.row WHERE tab=%d AND key=%Q AND before IS NOT NULL)",
		   TRUST_NSS_PRIVATE, key) &&
	    trust_db_exec(db, error,
		"UPDATE history.row SET before=NULL WHERE (tab=%d AND key=%Q) OR "
		"(tab=%d AND substr(key,1,17)=printf('sig_key_%%08x_',%Q))",
		TRUST_NSS_PRIVATE, key, TRUST_META_DATA, key);
}

/* Is a kept row one of the keys that this change deletes, perhaps from its time under another
 * id? */
static bool
is_purged(const struct trust_change *change, const char *key, struct trust_bytes kept)
{
	struct trust_bytes key_id = trust_row_column(kept, "a102");

	for (size_t i = 0; i < change->rows.count; i++) {
		const struct trust_row *row = &change->rows.list[i];
		if (row->table != TRUST_NSS_PRIVATE || row->after.size)
			continue;
		if (strcmp(row->key, key) == 0 ||
		    (key_id.size &&
			trust_bytes_equal(trust_row_column(row->before, "a102"), key_id)))
			return true;
	}
	return false;
}

/* Copies of the purged keys that earlier changes kept. */
static bool
purge_kept_keys(struct trust_change *change, sqlite3 *db, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *kept = NULL;
	struct trust_rows purged = { 0 };

	if (!change->request.purge_keys)
		return true;
	if (!trust_db_prepare(db, &kept, error,
		"SELECT key, before FROM history.row WHERE tab=%d AND before IS NOT NULL",
		TRUST_NSS_PRIVATE))
		return false;
	while (trust_db_step(db, kept, error)) {
		const char *key = (const char *)sqlite3_column_text(kept, 0);
		if (key && is_purged(change, key, trust_db_blob(kept, 1)))
			trust_rows_add(&purged, TRUST_NSS_PRIVATE, key);
	}
	bool done = error->code == TRUST_OK;
	for (size_t i = 0; done && i < purged.count; i++)
		done = forget_kept_key(db, purged.list[i].key, error);
	trust_rows_done(&purged);
	return done;
}

bool
trust_history_write(
    struct trust_change *change, struct sqlite3 *db, int64_t *ret_entry, struct trust_error *error)
{
	TRUST_AUTO_FREE char *own_group = change->request.group ? NULL : trust_change_group_new();
	int64_t entry = 0;

	if (!trust_db_exec(db, error, "%s", trust_history_schema))
		return false;
	if (change->outside.count && !change->first_entry) {
		TRUST_AUTO_FREE char *group = trust_change_group_new();
		if (!write_entry(change, db, true, group, &entry, error) ||
		    !write_effects(db, entry, &change->outside, error))
			return false;
	}
	if (!write_entry(change, db, false,
		change->request.group ? change->request.group : own_group, &entry, error) ||
	    !write_effects(db, entry, &change->effects, error) ||
	    (!change->request.change_password && !write_rows(change, db, entry, error)) ||
	    !rewrite_kept_keys(change, db, error) || !purge_kept_keys(change, db, error) ||
	    !write_known(change, db, error))
		return false;
	*ret_entry = entry;
	return true;
}
