/* SPDX-License-Identifier: MPL-2.0 */
/* Reading the history, and noticing what others did: nothing here writes. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cert.h"
#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/preflight_internal.h"
#include "core/progress.h"
#include "core/store_form_internal.h"
#include "core/store_internal.h"
#include "core/text.h"

void
trust_history_free(struct trust_history *history)
{
	if (!history)
		return;
	for (size_t i = 0; i < history->count; i++) {
		struct trust_history_entry *entry = &history->entries[i];
		trust_free(entry->group);
		trust_free(entry->user);
		trust_free(entry->command);
		trust_free(entry->source);
		trust_free(entry->reason);
		trust_free(entry->summary);
		trust_free(entry->irreversible);
		trust_effects_free(entry->effects, entry->effect_count);
	}
	trust_free(history->entries);
	trust_free(history);
}

/* A history somebody edited is text from outside like any other. */
static char *
column_text(sqlite3_stmt *statement, int column)
{
	return trust_text_display_string((const char *)sqlite3_column_text(statement, column));
}

/* rows: the effects of the entry ?1. */
static bool
read_effects(
    sqlite3 *db, sqlite3_stmt *rows, struct trust_history_entry *entry, struct trust_error *error)
{
	struct trust_effects effects = { 0 };

	sqlite3_reset(rows);
	sqlite3_bind_int64(rows, 1, entry->number);
	while (trust_db_step(db, rows, error)) {
		struct trust_effect *effect = trust_effects_add(&effects);
		struct trust_bytes about = trust_db_blob(rows, 2);
		int kind = sqlite3_column_int(rows, 0);
		int item = sqlite3_column_int(rows, 1);
		effect->kind = kind >= 0 && kind < TRUST_EFFECT_KINDS ? (enum trust_effect_kind)kind
								      : TRUST_EFFECT_RESEALED;
		effect->item_kind =
		    item >= 0 && item < TRUST_KINDS ? (enum trust_kind)item : TRUST_KIND_CRL;
		if (about.size == sizeof effect->id)
			memcpy(effect->id, about.data, sizeof effect->id);
		effect->name = column_text(rows, 3);
		effect->before = trust_states_unpack(sqlite3_column_int64(rows, 4));
		effect->after = trust_states_unpack(sqlite3_column_int64(rows, 5));
		effect->ca = sqlite3_column_int(rows, 6);
	}
	entry->effects = effects.list;
	entry->effect_count = effects.count;
	return error->code == TRUST_OK;
}

static bool
read_entries(sqlite3 *db, int64_t number, const uint8_t *id, struct trust_history *history,
    struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;

	if (!trust_db_prepare(db, &rows, error,
		"SELECT "
		"number,ifnull(group_id,hex(randomblob(16))),time,ifnull(user,''),command,source,"
		"reason,ifnull(undoes,0),irreversible "
		"FROM entry WHERE (?1<=0 OR number=?1) AND "
		"(?2 IS NULL OR number IN (SELECT entry FROM effect WHERE id=?2)) "
		"ORDER BY number DESC"))
		return false;
	sqlite3_bind_int64(rows, 1, number);
	if (id)
		sqlite3_bind_blob(rows, 2, id, TRUST_SHA256_BYTES, SQLITE_STATIC);
	while (trust_db_step(db, rows, error)) {
		history->entries =
		    trust_grow_by_one(history->entries, history->count, sizeof *history->entries);
		struct trust_history_entry *entry = &history->entries[history->count++];
		*entry = (struct trust_history_entry){
			.number = sqlite3_column_int64(rows, 0),
			.group = column_text(rows, 1),
			.time = { sqlite3_column_int64(rows, 2) },
			.user = column_text(rows, 3),
			.command = column_text(rows, 4),
			.source = column_text(rows, 5),
			.reason = column_text(rows, 6),
			.undoes = sqlite3_column_int64(rows, 7),
			.irreversible = column_text(rows, 8),
		};
		entry->outside = entry->command == NULL;
		entry->reversible = entry->irreversible == NULL;
	}
	return error->code == TRUST_OK;
}

/* In order, the newest first. */
static int
by_number(const void *a, const void *b)
{
	int64_t x = ((const struct trust_history_entry *)a)->number;
	int64_t y = ((const struct trust_history_entry *)b)->number;
	return (y > x) - (y < x);
}

/* An undo, by its own number and that of what it undid. */
struct undo {
	int64_t number;
	int64_t undone;
	bool idle; /* it was itself undone, and undoes nothing */
};

/* In order, the newest first. */
static int
by_undo_number(const void *a, const void *b)
{
	int64_t x = ((const struct undo *)a)->number;
	int64_t y = ((const struct undo *)b)->number;
	return (y > x) - (y < x);
}

/* An undo that was itself undone undoes nothing, and so on: the newest ones decide first. */
static void
settle_undos(struct undo *undos, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct undo key = { .number = undos[i].undone };
		if (undos[i].idle)
			continue;
		struct undo *earlier = bsearch(&key, undos, count, sizeof *undos, by_undo_number);
		if (earlier)
			earlier->idle = true;
	}
}

static bool
read_undos(sqlite3 *db, const char *schema, struct undo **ret_undos, size_t *ret_count,
    struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;
	TRUST_AUTO_FREE struct undo *undos = NULL;
	size_t count = 0;

	if (!trust_db_prepare(db, &rows, error,
		"SELECT number,undoes FROM \"%w\".entry WHERE undoes>0 ORDER BY number DESC",
		schema))
		return false;
	while (trust_db_step(db, rows, error)) {
		undos = trust_grow_by_one(undos, count, sizeof *undos);
		undos[count++] = (struct undo){
			.number = sqlite3_column_int64(rows, 0),
			.undone = sqlite3_column_int64(rows, 1),
		};
	}
	settle_undos(undos, count);
	*ret_undos = trust_steal(&undos);
	*ret_count = count;
	return error->code == TRUST_OK;
}

bool
trust_history_undone_by(
    sqlite3 *db, const char *schema, int64_t number, int64_t *ret_undo, struct trust_error *error)
{
	TRUST_AUTO_FREE struct undo *undos = NULL;
	size_t count = 0;

	if (!read_undos(db, schema, &undos, &count, error))
		return false;
	*ret_undo = 0;
	for (size_t i = 0; i < count && !*ret_undo; i++)
		if (undos[i].undone == number && !undos[i].idle)
			*ret_undo = undos[i].number;
	return true;
}

static bool
read_undone(sqlite3 *db, struct trust_history *history, struct trust_error *error)
{
	TRUST_AUTO_FREE struct undo *undos = NULL;
	size_t count = 0;

	if (!read_undos(db, "main", &undos, &count, error))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct trust_history_entry undone = { .number = undos[i].undone };
		struct trust_history_entry *entry = history->count == 0 || undos[i].idle
		    ? NULL
		    : bsearch(&undone, history->entries, history->count, sizeof undone, by_number);
		if (entry && !entry->undone_by)
			entry->undone_by = undos[i].number;
	}
	return true;
}

/* What was altered later by a change that cannot be undone keeps what that made of it. */
static bool
read_overtaken(sqlite3 *db, struct trust_history *history, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;

	/* Of each row the last such change; `after` comes from the row of the maximum. */
	if (!trust_db_prepare(db, &rows, error,
		"WITH late(tab,key,entry,after) AS MATERIALIZED (SELECT tab,key,max(entry),after "
		"FROM entry CROSS JOIN row ON row.entry=number WHERE irreversible IS NOT NULL AND "
		"tab<>%d GROUP BY tab,key) "
		"SELECT mine.entry, max(late.entry) FROM late "
		"CROSS JOIN row mine ON mine.tab=late.tab AND mine.key=late.key AND "
		"mine.entry<late.entry AND mine.after IS NOT late.after GROUP BY mine.entry",
		TRUST_META_DATA))
		return false;
	while (trust_db_step(db, rows, error)) {
		struct trust_history_entry overtaken = { .number = sqlite3_column_int64(rows, 0) };
		struct trust_history_entry *entry = history->count == 0
		    ? NULL
		    : bsearch(&overtaken, history->entries, history->count, sizeof overtaken,
			  by_number);
		if (!entry || !entry->reversible)
			continue;
		entry->reversible = false;
		entry->irreversible = trust_printf("change %lld altered the same objects later and "
						   "cannot be undone",
		    (long long)sqlite3_column_int64(rows, 1));
	}
	return error->code == TRUST_OK;
}

/* An open history; db is NULL where there is none. */
struct reader {
	sqlite3 *db;
	struct trust_stage *stage; /* holds the private copy that is read, if one is */
};

static void
reader_done(struct reader *reader)
{
	trust_db_auto_close(&reader->db);
	trust_stage_free(reader->stage);
}
#define AUTO_READER __attribute__((cleanup(reader_done))) struct reader

bool
trust_history_damaged(int64_t number, struct trust_error *error)
{
	trust_fail(error, TRUST_STORE_DAMAGED, "trustctl.db",
	    "what the history keeps of change %lld is damaged; nothing was changed",
	    (long long)number);
	return trust_hint(error, "to see what else is: trustctl store check");
}

/* A short file could otherwise promise any length of history, or hide what is written to it. */
static bool
check_form(sqlite3 *db, const char *schema, struct trust_error *error)
{
	TRUST_AUTO_FAULTS faults = { 0 };

	if (!trust_form_look(db, schema, &faults, error))
		return false;
	if (faults.count == 0)
		return true;
	trust_fail(error, TRUST_STORE_DAMAGED, "trustctl.db",
	    "the store's history is left alone: its trustctl.db %s", faults.list[0].what);
	return trust_hint(error, "to see what else there is, and what helps: trustctl store check");
}

bool
trust_history_look(
    sqlite3 *db, const char *schema, bool writing, bool *ret_has, struct trust_error *error)
{
	int64_t version = TRUST_HISTORY_SCHEMA;
	int64_t tables = 0;
	int64_t about = 0;

	if (!trust_db_number(db, 0, &tables, error,
		"SELECT count(*) FROM \"%w\".sqlite_master WHERE name='entry'", schema) ||
	    !trust_db_number(db, 0, &about, error,
		"SELECT count(*) FROM \"%w\".sqlite_master WHERE name='about'", schema) ||
	    (about &&
		!trust_db_number(db, version, &version, error,
		    "SELECT CAST(value AS INTEGER) FROM \"%w\".about WHERE name='schema'", schema)))
		return false;
	*ret_has = tables > 0;
	if (tables && !check_form(db, schema, error))
		return false;
	if (!writing || version <= TRUST_HISTORY_SCHEMA)
		return true;
	trust_fail(error, TRUST_REFUSED, "trustctl.db",
	    "the store's history (trustctl.db) was written by a newer trustctl (schema %lld), and "
	    "may mean what this one does not know; nothing was changed",
	    (long long)version);
	return trust_hint(error, "use that version of trustctl with this store");
}

static bool
open_database(
    const char *path, int flags, bool writing, struct reader *reader, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	bool has = false;

	if (!trust_db_open(path, flags, TRUST_READ_WAIT_MS, &db, error) ||
	    !trust_history_look(db, "main", writing, &has, error))
		return false;
	if (has)
		reader->db = trust_steal(&db);
	return true;
}

static bool
open_copy(const char *directory, struct reader *reader, struct trust_error *error)
{
	static const char *const names[] = { "trustctl.db" };

	if (!trust_copy_databases(directory, names, 1, NULL, &reader->stage, error))
		return false;
	TRUST_AUTO_FREE char *copy = trust_history_path(reader->stage->work);
	return open_database(copy, SQLITE_OPEN_READWRITE, false, reader, error);
}

/* Readers change nothing: of a history with a hot journal (a kill in mid-commit), or in WAL mode,
 * they read a private copy. Only a command that is about to write rolls it back. */
static bool
open_history(const char *directory, bool writing, struct reader *reader, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_history_path(directory);

	if (access(path, F_OK) != 0)
		return errno == ENOENT || errno == ENOTDIR ||
		    trust_fail_file(error, TRUST_STORE_PERMISSION, "look at", path);
	if (writing)
		return open_database(path, SQLITE_OPEN_READWRITE, true, reader, error);
	if (trust_db_in_wal_mode(path))
		return open_copy(directory, reader, error);
	if (open_database(path, SQLITE_OPEN_READONLY, false, reader, error))
		return true;
	if (error->code != TRUST_STORE_JOURNAL)
		return false;
	trust_error_clear(error);
	return open_copy(directory, reader, error);
}

/* Of one item only, where `id` is not NULL: by the index of identifiers then. */
static bool
read_all_effects(
    sqlite3 *db, const uint8_t *id, struct trust_history *history, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;

	if (!trust_db_prepare(db, &rows, error,
		"SELECT kind,item,id,ifnull(name,''),before,after,ca FROM effect WHERE %s ORDER BY rowid",
		id ? "+entry=?1 AND id=?2" : "entry=?1"))
		return false;
	if (id)
		sqlite3_bind_blob(rows, 2, id, TRUST_SHA256_BYTES, SQLITE_STATIC);
	for (size_t i = 0; i < history->count; i++) {
		struct trust_history_entry *entry = &history->entries[i];
		trust_progress_tell("changes read", i, history->count);
		if (!read_effects(db, rows, entry, error))
			return false;
		entry->summary = trust_effects_words(entry->effects, entry->effect_count);
	}
	trust_progress_end();
	return true;
}

static bool
read_history(const struct trust_place *place, int64_t number, const uint8_t *id,
    struct trust_history **ret_history, struct trust_error *error)
{
	AUTO_READER reader = { 0 };
	TRUST_AUTO(trust_history) *history = trust_alloc(sizeof *history);

	if (!open_history(place->path, false, &reader, error))
		return false;
	if (reader.db) {
		if (!trust_db_exec(reader.db, error, "BEGIN") ||
		    !read_entries(reader.db, number, id, history, error) ||
		    !read_undone(reader.db, history, error) ||
		    !read_overtaken(reader.db, history, error) ||
		    !read_all_effects(reader.db, id, history, error))
			return false;
	}
	*ret_history = trust_steal(&history);
	return true;
}

bool
trust_history_read(const struct trust_place *place, int64_t number,
    struct trust_history **ret_history, struct trust_error *error)
{
	return read_history(place, number, NULL, ret_history, error);
}

bool
trust_history_read_item(const struct trust_place *place, const uint8_t id[TRUST_SHA256_BYTES],
    struct trust_history **ret_history, struct trust_error *error)
{
	return read_history(place, 0, id, ret_history, error);
}

/* ---- what others did ---------------------------------------------------------------------- */

struct known {
	enum trust_kind kind;
	uint8_t id[TRUST_SHA256_BYTES];
	char *name;
	struct trust_states states;
	bool keyed;
	bool ca;
	bool seen;
};

/* about: all of the effect but its kind; its name is borrowed. */
static void
note_difference(
    struct trust_effects *effects, enum trust_effect_kind kind, const struct trust_effect *about)
{
	struct trust_effect *effect = trust_effects_add(effects);

	*effect = *about;
	effect->kind = kind;
	effect->name = trust_strdup(about->name);
	effect->widens = trust_states_widen(about->before, about->after);
}

/* One of the two may be missing. */
static void
compare_known(struct trust_effects *effects, const struct known *known,
    const struct trust_store *store, const struct trust_item *item)
{
	const struct trust_states none = { 0 };
	bool keyed = item && item->key_object_id;
	struct trust_effect about = { 0 };

	if (known) {
		about.item_kind = known->kind;
		memcpy(about.id, known->id, sizeof about.id);
		about.name = known->name;
		about.before = known->states;
		about.ca = known->ca;
	}
	if (item) {
		about.item_kind = item->kind;
		memcpy(about.id, item->id, sizeof about.id);
		about.name = (char *)item->name;
		about.after = trust_item_states(store, item);
		about.ca = item->cert && trust_cert_is_ca(item->cert);
	}
	if (!known || !item)
		note_difference(effects, item ? TRUST_EFFECT_ADDED : TRUST_EFFECT_DELETED, &about);
	else if (!trust_states_equal(about.before, about.after))
		note_difference(effects, TRUST_EFFECT_TRUST, &about);
	if ((known && known->keyed) == keyed)
		return;
	about.before = none;
	about.after = none;
	note_difference(effects, keyed ? TRUST_EFFECT_KEY_ADDED : TRUST_EFFECT_KEY_DELETED, &about);
}

static bool
compare_all(sqlite3 *db, const struct trust_store *store, const struct trust_item *only,
    struct trust_effects *effects, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;
	TRUST_AUTO_FREE bool *seen = trust_alloc_array(trust_store_count(store) + 1, sizeof *seen);
	const struct trust_item *first =
	    trust_store_count(store) ? trust_store_item(store, 0) : NULL;

	if (!trust_db_prepare(db, &rows, error,
		"SELECT id,item,ifnull(name,''),states,keyed,ca FROM known %s",
		only ? "WHERE id=?1" : ""))
		return false;
	if (only)
		sqlite3_bind_blob(rows, 1, only->id, sizeof only->id, SQLITE_STATIC);
	while (trust_db_step(db, rows, error)) {
		struct trust_bytes id = trust_db_blob(rows, 0);
		int kind = sqlite3_column_int(rows, 1);
		if (id.size != TRUST_SHA256_BYTES)
			continue;
		TRUST_AUTO_FREE char *name = column_text(rows, 2);
		struct known known = {
			.kind = kind >= 0 && kind < TRUST_KINDS ? (enum trust_kind)kind
								: TRUST_KIND_CRL,
			.name = name,
			.states = trust_states_unpack(sqlite3_column_int64(rows, 3)),
			.keyed = sqlite3_column_int(rows, 4),
			.ca = sqlite3_column_int(rows, 5),
		};
		memcpy(known.id, id.data, sizeof known.id);
		const struct trust_item *item = trust_store_find(store, known.id);
		if (item)
			seen[item - first] = true;
		compare_known(effects, &known, store, item);
	}
	if (error->code != TRUST_OK)
		return false;
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		/* A certificate that is stored twice is one item. */
		if (!seen[i] && (!only || only == item) &&
		    trust_store_find(store, item->id) == item)
			compare_known(effects, NULL, store, item);
	}
	return true;
}

static bool
compare_history(const char *directory, bool writing, const struct trust_store *store,
    const struct trust_item *only, struct trust_effects *ret_effects, bool *ret_first,
    struct trust_error *error)
{
	AUTO_READER reader = { 0 };
	struct trust_effects effects = { 0 };

	if (!open_history(directory, writing, &reader, error))
		return false;
	if (reader.db && !compare_all(reader.db, store, only, &effects, error)) {
		trust_effects_done(&effects);
		return false;
	}
	trust_effects_sort(&effects);
	*ret_first = reader.db == NULL;
	*ret_effects = effects;
	return true;
}

bool
trust_history_compare(const char *directory, const struct trust_store *store,
    struct trust_effects *ret_effects, bool *ret_first, struct trust_error *error)
{
	return compare_history(directory, true, store, NULL, ret_effects, ret_first, error);
}

bool
trust_history_outside_item(const struct trust_store *store, const struct trust_item *item,
    struct trust_effect **ret_effects, size_t *ret_count, struct trust_error *error)
{
	struct trust_effects effects = { 0 };
	bool first = false;

	if (!compare_history(
		trust_store_place(store)->path, false, store, item, &effects, &first, error))
		return false;
	*ret_effects = effects.list;
	*ret_count = effects.count;
	return true;
}

bool
trust_history_outside(const struct trust_store *store, struct trust_effect **ret_effects,
    size_t *ret_count, struct trust_error *error)
{
	return trust_history_outside_item(store, NULL, ret_effects, ret_count, error);
}
