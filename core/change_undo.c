/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Undo on the staged copy: the rows an entry changed get their earlier content back, under their
 * earlier ids, provided nobody changed them since. Signatures of trust are bound to the store's
 * password, so they are made anew when it changed; keys were taken along by the password change.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/seal.h"
#include "core/store_internal.h"
#include "core/worker.h"

struct undo {
	struct trust_change *change;
	sqlite3 *db; /* work/key4.db, with work/cert9.db as cert and the history as history */
	int64_t entry;
	bool sealed_elsewhere;  /* the password changed since: signatures must be made anew */
	bool keys_elsewhere;    /* ... and the keys kept were not taken along */
	struct trust_rows rows; /* after: what to put back */
	bool restores_keys;
	bool restores_seals;
	bool removes_keys;
};

static bool
refuse(struct undo *undo, struct trust_error *error, const char *why)
{
	return trust_fail(error, TRUST_REFUSED_UNDO, undo->change->place.name,
	    "change %lld cannot be undone: %s", (long long)undo->entry, why);
}

static bool
check_entry(struct undo *undo, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *entry = NULL;
	static const uint8_t none[TRUST_SHA256_BYTES];
	int64_t undone_by = 0;
	const uint8_t *digest = undo->change->password_digest;

	if (!trust_db_prepare(undo->db, &entry, error,
		"SELECT irreversible, seal_password, key_password FROM history.entry WHERE "
		"number=%lld",
		(long long)undo->entry))
		return false;
	if (!trust_db_step(undo->db, entry, error)) {
		if (error->code != TRUST_OK)
			return false;
		trust_fail(error, TRUST_INPUT_NOT_FOUND, undo->change->place.name,
		    "store '%s' has no change %lld in its history", undo->change->place.name,
		    (long long)undo->entry);
		return trust_hint(error, "trustctl history list");
	}
	const char *irreversible = (const char *)sqlite3_column_text(entry, 0);
	if (irreversible)
		return refuse(undo, error, irreversible);
	struct trust_bytes now = { .data = digest, .size = TRUST_SHA256_BYTES };
	struct trust_bytes seals = trust_db_blob(entry, 1);
	struct trust_bytes keys = trust_db_blob(entry, 2);
	if ((seals.size && seals.size != now.size) || (keys.size && keys.size != now.size))
		return trust_history_damaged(undo->entry, error);
	undo->sealed_elsewhere = seals.size && !trust_bytes_equal(seals, now) &&
	    memcmp(seals.data, none, sizeof none) != 0;
	undo->keys_elsewhere = keys.size && !trust_bytes_equal(keys, now);
	if (!trust_history_undone_by(undo->db, "history", undo->entry, &undone_by, error))
		return false;
	if (undone_by) {
		TRUST_AUTO_FREE char *why =
		    trust_printf("change %lld undid it already", (long long)undone_by);
		return refuse(undo, error, why);
	}
	return true;
}

/* Refused for what a later change did, which can perhaps be undone before. so: ", which ...", or
 * "". */
static bool
refuse_for_later(struct undo *undo, int64_t later, bool final, const char *did, const char *so,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *why = trust_printf("change %lld %s later%s%s%s", (long long)later,
	    did, so, final && *so ? "," : "", final ? " and cannot be undone" : "");

	refuse(undo, error, why);
	return final ? false
		     : trust_hint(error, "undo the later one first: trustctl history undo %lld",
			   (long long)later);
}

/* The last of our changes that altered a row since, one that cannot be undone before others; 0:
 * none. */
static bool
find_later(struct undo *undo, enum trust_table table, const char *key, int64_t *ret_later,
    bool *ret_final, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *later = NULL;

	if (!trust_db_prepare(undo->db, &later, error,
		"SELECT number, irreversible IS NOT NULL AS final FROM history.row "
		"JOIN history.entry ON number=entry WHERE tab=%d AND key=%Q AND entry>%lld "
		"ORDER BY final DESC, number DESC LIMIT 1",
		(int)table, key, (long long)undo->entry))
		return false;
	*ret_later = 0;
	if (trust_db_step(undo->db, later, error)) {
		*ret_later = sqlite3_column_int64(later, 0);
		*ret_final = sqlite3_column_int(later, 1) != 0;
	}
	return error->code == TRUST_OK;
}

/* Who changed this row since: one of our entries, or somebody outside. */
static bool
refuse_for_row(
    struct undo *undo, enum trust_table table, const char *key, struct trust_error *error)
{
	int64_t later = 0;
	bool final = false;

	if (!find_later(undo, table, key, &later, &final, error))
		return false;
	if (later)
		return refuse_for_later(undo, later, final, "altered the same objects", "", error);
	TRUST_AUTO_FREE char *why =
	    trust_printf("another program altered the same objects later (%s, row %s)",
		trust_table_name(table), key);
	return refuse(undo, error, why);
}

static bool
check_row(struct undo *undo, enum trust_table table, const char *key, struct trust_bytes want,
    sqlite3_stmt **reader, struct trust_bytes *ret_now, struct trust_error *error)
{
	uint8_t digest[TRUST_SHA256_BYTES];
	const char *schema = table == TRUST_NSS_PUBLIC ? "cert" : "main";
	bool same = false;

	if (!trust_row_read_next(undo->db, schema, table, key, reader, ret_now, error))
		return false;
	/* Signatures come and go with their objects, and with every password change. */
	if (table == TRUST_META_DATA)
		return true;
	if (want.size == 0 || ret_now->size == 0) {
		same = want.size == 0 && ret_now->size == 0;
	} else {
		trust_row_digest(table, *ret_now, digest);
		same = want.size == sizeof digest && memcmp(want.data, digest, sizeof digest) == 0;
	}
	return same || refuse_for_row(undo, table, key, error);
}

static bool
collect_row(struct undo *undo, sqlite3_stmt *saved, sqlite3_stmt *readers[TRUST_TABLES],
    struct trust_error *error)
{
	enum trust_table table = (enum trust_table)sqlite3_column_int(saved, 0);
	const char *key = (const char *)sqlite3_column_text(saved, 1);
	struct trust_bytes before = trust_db_blob(saved, 2);
	struct trust_bytes now = { 0 };

	if (table >= TRUST_TABLES || !trust_row_key_is_sound(table, key) ||
	    (before.size && !trust_row_is_sound(before)))
		return trust_history_damaged(undo->entry, error);
	struct trust_row *row = trust_rows_add(&undo->rows, table, key);
	row->after.data = before.size ? trust_memdup(before.data, before.size) : NULL;
	row->after.size = before.size;
	undo->restores_keys |= table == TRUST_NSS_PRIVATE && before.size;
	undo->restores_seals |= table == TRUST_META_DATA && before.size;
	if (!check_row(
		undo, table, row->key, trust_db_blob(saved, 3), &readers[table], &now, error)) {
		trust_free((void *)now.data);
		return false;
	}
	row->before = now;
	undo->removes_keys |= table == TRUST_NSS_PRIVATE && now.size && !before.size;
	return true;
}

static bool
collect_rows(struct undo *undo, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *saved = NULL;
	sqlite3_stmt *readers[TRUST_TABLES] = { NULL };
	bool good = true;

	/* Of metaData only the signatures of the entry's own objects: no change keeps other rows,
	 * and the one of the password would take the keys with it. */
	if (!trust_db_prepare(undo->db, &saved, error,
		"WITH mine AS (SELECT * FROM history.row WHERE entry=%lld) "
		"SELECT tab, key, before, after FROM history.row WHERE entry=%lld AND (tab<>%d "
		"OR substr(key,1,18) IN (SELECT printf('sig_cert_%%08x_',CAST(key AS INTEGER)) "
		"FROM mine WHERE tab=%d) "
		"OR substr(key,1,17) IN (SELECT printf('sig_key_%%08x_',CAST(key AS INTEGER)) "
		"FROM mine WHERE tab=%d)) ORDER BY rowid",
		(long long)undo->entry, (long long)undo->entry, TRUST_META_DATA, TRUST_NSS_PUBLIC,
		TRUST_NSS_PRIVATE))
		return false;
	while (good && trust_db_step(undo->db, saved, error))
		good = collect_row(undo, saved, readers, error);
	for (size_t i = 0; i < TRUST_TABLES; i++)
		sqlite3_finalize(readers[i]);
	if (!good || error->code != TRUST_OK)
		return false;
	return undo->rows.count > 0 || refuse(undo, error, "nothing of it was kept");
}

/* The rows of one table that the entry restores; +id has no affinity, with which a table's own
 * index of ids could not be used. */
#define RESTORED                                                                                   \
	"WITH kept(id) AS (SELECT CAST(key AS INTEGER) FROM history.row "                          \
	"WHERE entry=%lld AND tab=%d AND before IS NOT NULL) "

/* Did the entry remove copies of this certificate, or of its trust record, and nothing else of it?
 * Then what stayed is no double. */
static bool
removed_copies(
    struct undo *undo, struct trust_bytes der, bool *ret_removed, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *effect = NULL;
	uint8_t id[TRUST_SHA256_BYTES];

	if (!trust_db_prepare(undo->db, &effect, error,
		"SELECT 1 FROM history.effect copy WHERE id=?1 AND +entry=%lld AND kind=%d AND "
		"NOT EXISTS (SELECT 1 FROM history.effect also WHERE also.id=copy.id AND "
		"+also.entry=copy.entry AND also.kind<>copy.kind)",
		(long long)undo->entry, (int)TRUST_EFFECT_COPY_DELETED))
		return false;
	trust_sha256(der.data, der.size, id);
	sqlite3_bind_blob(effect, 1, id, sizeof id, SQLITE_STATIC);
	*ret_removed = trust_db_step(undo->db, effect, error);
	return error->code == TRUST_OK;
}

/* Each certificate that the store has, or decides about, in a restored row and in another one. By
 * its serial number: the index of issuers, which the + forbids, finds all of a large CA. */
static bool
check_certs_not_twice(struct undo *undo, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *doubles = NULL;
	bool none = true;

	if (!trust_db_prepare(undo->db, &doubles, error,
		RESTORED "SELECT DISTINCT whose.a11 FROM kept "
			 "CROSS JOIN cert.nssPublic mine ON mine.id=+kept.id "
			 "CROSS JOIN cert.nssPublic other ON other.a0=mine.a0 AND "
			 "+other.a81=mine.a81 AND other.a82=mine.a82 "
			 "LEFT JOIN cert.nssPublic whose ON whose.a0=x'00000001' AND "
			 "+whose.a81=mine.a81 AND whose.a82=mine.a82 "
			 "WHERE mine.a0 IN (x'00000001',x'ce534353',x'0000000b') AND "
			 "other.id NOT IN kept",
		(long long)undo->entry, (int)TRUST_NSS_PUBLIC))
		return false;
	while (none && trust_db_step(undo->db, doubles, error)) {
		struct trust_bytes der = trust_stored_value(trust_db_blob(doubles, 0));
		if (!removed_copies(undo, der, &none, error))
			return false;
	}
	if (error->code != TRUST_OK)
		return false;
	return none ||
	    refuse(undo, error,
		"the same certificate or a decision about it came into the store again since");
}

static bool
check_keys_not_twice(struct undo *undo, struct trust_error *error)
{
	int64_t doubles = 0;

	if (!trust_db_number(undo->db, 0, &doubles, error,
		RESTORED "SELECT count(*) FROM kept "
			 "CROSS JOIN main.nssPrivate mine ON mine.id=+kept.id "
			 "CROSS JOIN main.nssPrivate other ON other.a0=mine.a0 AND "
			 "other.a102=mine.a102 "
			 "WHERE mine.a0=x'00000003' AND other.id NOT IN kept",
		(long long)undo->entry, (int)TRUST_NSS_PRIVATE))
		return false;
	return doubles == 0 ||
	    refuse(undo, error, "the same private key came into the store again since");
}

/* The same certificate or key may have come back under another id since. Doubles that were there
 * before the entry, or that it restores itself, are none of its business. */
static bool
check_not_twice(struct undo *undo, struct trust_error *error)
{
	return check_certs_not_twice(undo, error) && check_keys_not_twice(undo, error);
}

static bool
is_restored(const struct undo *undo, uint32_t object_id)
{
	for (size_t i = 0; i < undo->rows.count; i++) {
		const struct trust_row *row = &undo->rows.list[i];
		if (row->table == TRUST_NSS_PUBLIC && row->after.size &&
		    strtoul(row->key, NULL, 10) == object_id)
			return true;
	}
	return false;
}

static bool
orphan_may_be(struct undo *undo, const struct trust_orphan *orphan, struct trust_error *error)
{
	int64_t later = 0;
	bool final = false;

	bool restored = is_restored(undo, orphan->record.object_id);
	/* As before the change, and no import becomes trusted by it. */
	if (restored && !trust_states_any(orphan->record.states, TRUST_TRUSTED) &&
	    !trust_states_any(orphan->record.states, TRUST_PEER))
		return true;
	if (restored)
		return refuse(undo, error,
		    "the certificate whose trust it would restore is no longer in the store");
	TRUST_AUTO_FREE char *key = trust_printf("%u", orphan->record.object_id);
	if (!find_later(undo, TRUST_NSS_PUBLIC, key, &later, &final, error))
		return false;
	if (later)
		return refuse_for_later(undo, later, final,
		    "decided about the trust of its certificate",
		    ", which would stay behind and hold for the next import", error);
	refuse(undo, error,
	    "another program decided about the trust of its certificate later, which would "
	    "stay behind and hold for the next import");
	return trust_hint(error, "reset the trust first: trustctl trust reset ITEM");
}

/* Trust without its certificate would make the next import of it trusted. */
static bool
check_no_orphans(struct undo *undo, const struct trust_store *base, const struct trust_store *work,
    struct trust_error *error)
{
	for (size_t i = 0; i < trust_store_orphan_count(work); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(work, i);
		bool known = false;
		for (size_t k = 0; !known && k < trust_store_orphan_count(base); k++)
			known = trust_store_orphan(base, k)->record.object_id ==
			    orphan->record.object_id;
		/* The second record of a certificate that is here goes through the trust step. */
		if (!known && !trust_store_repeated(work, orphan) &&
		    !orphan_may_be(undo, orphan, error))
			return false;
	}
	return true;
}

/* The last of our changes that had this effect on the item; one where `entry` > 0: that one; 0:
 * none. */
static bool
find_effect(struct undo *undo, const struct trust_item *item, enum trust_effect_kind kind,
    int64_t entry, int64_t *ret_entry, bool *ret_final, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *effect = NULL;

	if (!trust_db_prepare(undo->db, &effect, error,
		"SELECT number, irreversible IS NOT NULL FROM history.effect "
		"JOIN history.entry ON number=entry WHERE id=?1 AND kind=%d AND "
		"(%lld=0 OR number=%lld) AND command IS NOT NULL ORDER BY number DESC LIMIT 1",
		(int)kind, (long long)entry, (long long)entry))
		return false;
	sqlite3_bind_blob(effect, 1, item->id, sizeof item->id, SQLITE_STATIC);
	*ret_entry = 0;
	if (trust_db_step(undo->db, effect, error)) {
		*ret_entry = sqlite3_column_int64(effect, 0);
		*ret_final = sqlite3_column_int(effect, 1) != 0;
	}
	return error->code == TRUST_OK;
}

/* The key came to the certificates that were there by the change itself, and goes from them again;
 * one that came later would lose a key it never had from the change. */
static bool
key_may_go(struct undo *undo, const struct trust_item *item, struct trust_error *error)
{
	int64_t entry = 0;
	bool final = false;

	if (!find_effect(undo, item, TRUST_EFFECT_KEY_ADDED, undo->entry, &entry, &final, error))
		return false;
	if (entry)
		return true;
	if (!find_effect(undo, item, TRUST_EFFECT_ADDED, 0, &entry, &final, error))
		return false;
	static const char so[] = ", which uses the private key of this one and would lose it";
	static const char remedy[] =
	    "to take a certificate out and leave the key: trustctl delete ITEM";
	if (entry) {
		TRUST_AUTO_FREE char *did = trust_printf("added '%s'", item->name);
		refuse_for_later(undo, entry, final, did, so, error);
		return final ? trust_hint(error, "%s", remedy)
			     : trust_hint(error, "%s; or %s", error->hint, remedy);
	}
	TRUST_AUTO_FREE char *why =
	    trust_printf("another program added '%s' later%s", item->name, so);
	refuse(undo, error, why);
	return trust_hint(error, "%s", remedy);
}

static bool
check_keys(struct undo *undo, const struct trust_store *base, const struct trust_store *work,
    struct trust_error *error)
{
	for (size_t i = 0; undo->removes_keys && i < trust_store_count(work); i++) {
		const struct trust_item *item = trust_store_item(work, i);
		const struct trust_item *was = trust_store_find(base, item->id);
		if (was && was->key_object_id && !item->key_object_id &&
		    !key_may_go(undo, item, error))
			return false;
	}
	return true;
}

/* What the store would be like. */
static bool
check_result(struct undo *undo, struct trust_error *error)
{
	const struct trust_store *base = NULL;
	TRUST_AUTO(trust_store) *work = NULL; /* not kept: signatures may be made anew in it */
	struct trust_change *change = undo->change;

	return trust_change_read_base(change, &base, error) &&
	    trust_change_open_copy(change, change->stage->work, &work, error) &&
	    check_no_orphans(undo, base, work, error) && check_keys(undo, base, work, error);
}

/* ---- what is bound to the password -------------------------------------------------------- */

static bool
seal_again(struct undo *undo, struct trust_error *error)
{
	TRUST_AUTO_SEALER sealer = { 0 };

	if (!trust_sealer_open(undo->change->stage->work, undo->change->password, &sealer, error))
		return false;
	for (size_t i = 0; i < undo->rows.count; i++) {
		struct trust_row *row = &undo->rows.list[i];
		unsigned object_id = 0;
		unsigned attribute = 0;
		/* Only public objects; those of keys were signed anew with the keys themselves. */
		if (row->table != TRUST_META_DATA || row->after.size == 0 ||
		    sscanf(row->key, "sig_cert_%8x_%8x", &object_id, &attribute) != 2)
			continue;
		TRUST_AUTO_FREE char *id = trust_printf("%u", object_id);
		TRUST_AUTO_FREE char *column = trust_printf("a%x", attribute);
		struct trust_bytes object = { 0 };
		uint8_t seal[TRUST_SEAL_MAX_BYTES];
		if (!trust_row_read(undo->db, "cert", TRUST_NSS_PUBLIC, id, &object, error))
			return false;
		trust_sealer_sign(
		    &sealer, object_id, attribute, trust_row_column(object, column), seal);
		trust_free((void *)object.data);
		struct trust_bytes sealed = trust_row_replace(
		    row->after, "item1", (struct trust_bytes){ seal, sealer.size });
		trust_free((void *)row->after.data);
		row->after = sealed;
	}
	return trust_rows_apply(undo->db, "cert", "main", &undo->rows, error);
}

/* A dead key would look alive and block every later password change: decrypt each one once. */
static bool
try_keys(struct undo *undo, struct trust_worker *worker, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *throw_away = trust_secret_new("throw-away", 10);

	for (size_t i = 0; i < undo->rows.count; i++) {
		const struct trust_row *row = &undo->rows.list[i];
		TRUST_AUTO(trust_secret) *encrypted = NULL;
		TRUST_AUTO_ERROR cause = TRUST_ERROR_INIT;
		if (row->table != TRUST_NSS_PRIVATE || row->after.size == 0)
			continue;
		if (!trust_worker_export_key(worker, (uint32_t)strtoul(row->key, NULL, 10),
			throw_away, 1, &encrypted, &cause)) {
			TRUST_AUTO_FREE char *why = trust_printf(
			    "the private key kept in the history does not open: %s", cause.message);
			return refuse(undo, error, why);
		}
	}
	return true;
}

static bool
with_password(struct undo *undo, struct trust_error *error)
{
	TRUST_AUTO(trust_worker) *worker = NULL;
	bool seals = undo->sealed_elsewhere && undo->restores_seals;

	if (!seals && !undo->restores_keys)
		return true;
	if (!trust_change_worker(undo->change, &worker, error) ||
	    !trust_change_login(undo->change, worker, error))
		return false;
	if (undo->restores_keys && !try_keys(undo, worker, error))
		return false;
	if (!trust_worker_finish(trust_steal(&worker), error))
		return false;
	return !seals || seal_again(undo, error);
}

static bool
no_history(const struct trust_change *change, struct trust_error *error)
{
	return trust_fail(error, TRUST_INPUT_NOT_FOUND, change->place.name,
	    "store '%s' has no history: trustctl never changed it", change->place.name);
}

static bool
run(struct undo *undo, struct trust_error *error)
{
	struct trust_change *change = undo->change;
	bool has = false;
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", change->stage->work);
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", change->stage->work);
	TRUST_AUTO_FREE char *history = trust_history_path(change->canonical);

	if (!trust_db_open(key, SQLITE_OPEN_READWRITE, TRUST_LOCK_WAIT_MS, &undo->db, error) ||
	    !trust_db_exec(undo->db, error,
		"PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; ATTACH %Q AS cert; "
		"PRAGMA cert.synchronous=OFF; PRAGMA cert.journal_mode=MEMORY; ATTACH %Q AS "
		"history; BEGIN",
		cert, history) ||
	    !trust_history_look(undo->db, "history", true, &has, error))
		return false;
	if (!has)
		return no_history(change, error);
	if (!check_entry(undo, error) || !collect_rows(undo, error))
		return false;
	if (undo->restores_keys && undo->keys_elsewhere) {
		refuse(undo, error,
		    "the store's password was changed by another program since, and the private "
		    "key kept in the history opens only with the earlier one");
		return trust_hint(error, "import the identity again from its .p12 file");
	}
	bool done = trust_rows_apply(undo->db, "cert", "main", &undo->rows, error) &&
	    check_not_twice(undo, error) && trust_db_exec(undo->db, error, "COMMIT") &&
	    check_result(undo, error);
	if (!done)
		return false;
	/* NSS opens the same files next: let go of them, but not of the list of rows. */
	trust_db_auto_close(&undo->db);
	undo->db = NULL;
	if (!trust_db_open(key, SQLITE_OPEN_READWRITE, 0, &undo->db, error) ||
	    !trust_db_exec(undo->db, error, "PRAGMA synchronous=OFF; ATTACH %Q AS cert", cert))
		return false;
	return with_password(undo, error);
}

bool
trust_work_undo(struct trust_change *change, struct trust_error *error)
{
	TRUST_AUTO_FREE char *history = trust_history_path(change->canonical);
	struct undo undo = { .change = change, .entry = change->request.undo };

	if (access(history, F_OK) != 0)
		return no_history(change, error);
	bool done = run(&undo, error);
	trust_db_auto_close(&undo.db);
	trust_rows_done(&undo.rows);
	return done;
}
