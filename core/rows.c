/* SPDX-License-Identifier: MPL-2.0 */
/* Rows of NSS's tables: compared, applied, read back. Names of columns come from files of others,
 * and become part of statements: quoted. */

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/db_internal.h"
#include "core/limits.h"
#include "core/progress.h"
#include "core/rows_internal.h"
#include "core/store_form_internal.h"
#include "core/wire.h"

const char *
trust_table_name(enum trust_table table)
{
	static const char *const names[] = { "nssPublic", "nssPrivate", "metaData" };
	return names[table];
}

static void
drop_last(struct trust_rows *rows)
{
	struct trust_row *row = &rows->list[--rows->count];

	trust_free(row->key);
	trust_free((void *)row->before.data);
	trust_free((void *)row->after.data);
}

void
trust_rows_done(struct trust_rows *rows)
{
	while (rows->count)
		drop_last(rows);
	trust_free(rows->list);
	*rows = (struct trust_rows){ 0 };
}

struct trust_row *
trust_rows_add(struct trust_rows *rows, enum trust_table table, const char *key)
{
	rows->list = trust_grow_by_one(rows->list, rows->count, sizeof *rows->list);
	struct trust_row *row = &rows->list[rows->count++];
	*row = (struct trust_row){ .table = table, .key = trust_strdup(key) };
	return row;
}

bool
trust_row_key_is_sound(enum trust_table table, const char *key)
{
	if (!key || table == TRUST_META_DATA)
		return key != NULL;
	unsigned long id = strtoul(key, NULL, 10);
	TRUST_AUTO_FREE char *number = trust_printf("%lu", id);

	return strcmp(number, key) == 0 && id > 0 && id <= TRUST_MAX_OBJECT_ID;
}

/* ---- reading and comparing --------------------------------------------------------------- */

static void
bind_key(sqlite3_stmt *statement, int at, enum trust_table table, const char *key)
{
	if (table == TRUST_META_DATA)
		sqlite3_bind_text(statement, at, key, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_int64(statement, at, strtoll(key, NULL, 10));
}

bool
trust_row_read_next(struct sqlite3 *db, const char *schema, enum trust_table table, const char *key,
    struct sqlite3_stmt **statement, struct trust_bytes *ret_row, struct trust_error *error)
{
	if (*statement)
		sqlite3_reset(*statement);
	else if (!trust_db_prepare(db, statement, error, "SELECT * FROM \"%w\".%s WHERE id=?1",
		     schema, trust_table_name(table)))
		return false;
	bind_key(*statement, 1, table, key);
	*ret_row = (struct trust_bytes){ 0 };
	/* Cut short, it could not be put back, and would equal another one. */
	if (trust_db_step(db, *statement, error) && !trust_row_encode(*statement, ret_row)) {
		trust_fail(error, TRUST_STORE_DAMAGED, NULL,
		    "row %s of %s is longer than %zu MiB, so that what becomes of it could not be "
		    "undone",
		    key, trust_table_name(table), TRUST_MAX_WIRE_BYTES / 1024 / 1024);
		trust_hint(error,
		    "no program of NSS writes such a row: put back a copy of the store, or take "
		    "the row out with sqlite3");
	}
	sqlite3_reset(*statement);
	return error->code == TRUST_OK;
}

bool
trust_row_read(struct sqlite3 *db, const char *schema, enum trust_table table, const char *key,
    struct trust_bytes *ret_row, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *statement = NULL;

	return trust_row_read_next(db, schema, table, key, &statement, ret_row, error);
}

static void
put_column(struct trust_buffer *sql, const char *before, const char *name)
{
	char *quoted = trust_must(sqlite3_mprintf("%s\"%w\"", before, name));

	trust_buffer_append_text(sql, quoted);
	sqlite3_free(quoted);
}

/* An SQL condition over w and b: some column differs. */
static bool
columns_differ_sql(
    sqlite3 *db, enum trust_table table, struct trust_buffer *out, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *columns = NULL;

	if (!trust_db_prepare(db, &columns, error,
		"SELECT w.name, b.name IS NOT NULL FROM pragma_table_info('%s','main') w "
		"LEFT JOIN pragma_table_info('%s','base') b ON b.name=w.name WHERE w.name<>'id'",
		trust_table_name(table), trust_table_name(table)))
		return false;
	const char * or = "";
	while (trust_db_step(db, columns, error)) {
		const char *name = (const char *)sqlite3_column_text(columns, 0);
		trust_buffer_append_text(out, or);
		put_column(out, "w.", name);
		trust_buffer_append_text(out, " IS NOT ");
		if (sqlite3_column_int(columns, 1))
			put_column(out, "b.", name);
		else
			trust_buffer_append_text(out, "NULL");
		or = " OR ";
	}
	return error->code == TRUST_OK;
}

static bool
collect(sqlite3 *db, enum trust_table table, sqlite3_stmt *keys, struct trust_rows *rows,
    struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *before = NULL;
	TRUST_AUTO_STATEMENT *after = NULL;

	while (trust_db_step(db, keys, error)) {
		const char *key = (const char *)sqlite3_column_text(keys, 0);
		if (!key)
			return trust_fail(error, TRUST_STORE_DAMAGED, NULL, "a row of %s has no id",
			    trust_table_name(table));
		struct trust_row *row = trust_rows_add(rows, table, key);
		if (!trust_row_read_next(
			db, "base", table, row->key, &before, &row->before, error) ||
		    !trust_row_read_next(db, "main", table, row->key, &after, &row->after, error))
			return false;
		/* It was put elsewhere in the file, and is the same. */
		if (trust_row_equal(row->before, row->after))
			drop_last(rows);
	}
	return error->code == TRUST_OK;
}

static bool
has_table(sqlite3 *db, const char *schema, enum trust_table table, bool *ret_has,
    struct trust_error *error)
{
	int64_t count = 0;
	if (!trust_db_number(db, 0, &count, error,
		"SELECT count(*) FROM \"%w\".sqlite_master WHERE type='table' AND name='%s'",
		schema, trust_table_name(table)))
		return false;
	*ret_has = count > 0;
	return true;
}

static bool
diff_table(sqlite3 *db, enum trust_table table, struct trust_rows *rows, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *keys = NULL;
	TRUST_AUTO_BUFFER differ;
	const char *name = trust_table_name(table);
	bool in_base = false;
	bool in_work = false;

	trust_buffer_init(&differ, TRUST_MAX_FILE_BYTES);
	if (!has_table(db, "base", table, &in_base, error) ||
	    !has_table(db, "main", table, &in_work, error))
		return false;
	if (!in_work)
		return true;
	/* metaData appears with the first password: NSS makes it in the copy, we in the live
	 * store. */
	if (!in_base &&
	    !trust_db_exec(
		db, error, "CREATE TABLE base.%s AS SELECT * FROM main.%s WHERE 0", name, name))
		return false;
	if (!columns_differ_sql(db, table, &differ, error))
		return false;
	/* Side by side in the order of the file, which is the same where nothing was changed. Each
	 * once, in the order in which it came: of two decisions about one certificate the first in
	 * the file counts, also after an undo. */
	if (!trust_db_prepare(db, &keys, error,
		"SELECT id FROM ("
		"SELECT b.id, b.rowid AS place FROM base.%s b LEFT JOIN main.%s w ON w.rowid=b.rowid "
		"WHERE w.id IS NOT b.id UNION ALL "
		"SELECT w.id, w.rowid FROM main.%s w LEFT JOIN base.%s b ON b.rowid=w.rowid "
		"WHERE b.id IS NOT w.id OR %s) GROUP BY id ORDER BY max(place)",
		name, name, name, name, (char *)differ.data))
		return false;
	return collect(db, table, keys, rows, error);
}

static bool
diff_file(const char *base_dir, const char *work_dir, const char *file,
    const enum trust_table *tables, size_t table_count, struct trust_rows *rows,
    struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_FREE char *base = trust_printf("%s/%s", base_dir, file);
	TRUST_AUTO_FREE char *work = trust_printf("%s/%s", work_dir, file);

	if (!trust_db_open(work, SQLITE_OPEN_READWRITE, 0, &db, error) ||
	    !trust_db_exec(db, error, "PRAGMA synchronous=OFF") ||
	    /* One transaction, never committed, instead of locks for each row. */
	    !trust_db_exec(db, error, "ATTACH %Q AS base; BEGIN", base))
		return false;
	TRUST_AUTO_TELLER teller = { .db = db, .what = "comparing: pages looked at" };
	trust_db_tell(&teller);
	for (size_t i = 0; i < table_count; i++)
		if (!diff_table(db, tables[i], rows, error))
			return false;
	return true;
}

bool
trust_rows_diff(const char *base_dir, const char *work_dir, struct trust_rows *ret_rows,
    struct trust_error *error)
{
	static const enum trust_table in_cert[] = { TRUST_NSS_PUBLIC };
	static const enum trust_table in_key[] = { TRUST_NSS_PRIVATE, TRUST_META_DATA };
	struct trust_rows rows = { 0 };

	if (!diff_file(base_dir, work_dir, "cert9.db", in_cert, 1, &rows, error) ||
	    !diff_file(base_dir, work_dir, "key4.db", in_key, 2, &rows, error)) {
		trust_rows_done(&rows);
		return false;
	}
	*ret_rows = rows;
	return true;
}

/* ---- applying ---------------------------------------------------------------------------- */

static bool
add_missing_column(sqlite3 *db, const char *schema, enum trust_table table, const char *column,
    struct trust_error *error)
{
	int64_t there = 0;
	if (!trust_db_number(db, 0, &there, error,
		"SELECT count(*) FROM pragma_table_info('%s',%Q) WHERE name=%Q",
		trust_table_name(table), schema, column))
		return false;
	return there ||
	    trust_db_exec(db, error, "ALTER TABLE \"%w\".%s ADD COLUMN \"%w\"", schema,
		trust_table_name(table), column);
}

/* Rows come in few shapes: certificates, trust of one spelling. A shape's statement is made
 * once. */
#define SHAPES 8

struct inserter {
	struct shape {
		sqlite3_stmt *statement;
		char *sql;
	} shapes[SHAPES];
	size_t oldest;
	sqlite3_stmt *statement; /* borrowed: of the row at hand */
	sqlite3_stmt *remove;
	bool used;
};

static bool
find_shape(struct inserter *inserter, const char *sql)
{
	for (size_t i = 0; i < SHAPES; i++)
		if (inserter->shapes[i].sql && strcmp(inserter->shapes[i].sql, sql) == 0) {
			inserter->statement = inserter->shapes[i].statement;
			return true;
		}
	return false;
}

static bool
add_shape(sqlite3 *db, struct inserter *inserter, char *sql, struct trust_error *error)
{
	struct shape *shape = &inserter->shapes[inserter->oldest++ % SHAPES];

	sqlite3_finalize(trust_steal(&shape->statement));
	trust_free(shape->sql);
	shape->sql = sql;
	if (!trust_db_prepare(db, &shape->statement, error, "%s", sql))
		return false;
	inserter->statement = shape->statement;
	return true;
}

static void
inserter_done(struct inserter *inserter)
{
	for (size_t i = 0; i < SHAPES; i++) {
		sqlite3_finalize(inserter->shapes[i].statement);
		trust_free(inserter->shapes[i].sql);
	}
	sqlite3_finalize(inserter->remove);
}

static bool
prepare_insert(sqlite3 *db, const char *schema, enum trust_table table, struct trust_bytes row,
    struct inserter *inserter, struct trust_error *error)
{
	TRUST_AUTO_BUFFER sql;
	struct trust_wire wire = trust_wire_init(row);
	struct trust_column column = { 0 };
	size_t columns = 0;

	trust_buffer_init(&sql, TRUST_MAX_FILE_BYTES);
	trust_buffer_printf(
	    &sql, "INSERT OR REPLACE INTO \"%s\".%s(id", schema, trust_table_name(table));
	while (trust_row_next(&wire, &column)) {
		put_column(&sql, ",", column.name);
		columns++;
	}
	trust_buffer_append_text(&sql, ") VALUES(?1");
	for (size_t i = 0; i < columns; i++)
		trust_buffer_printf(&sql, ",?%zu", i + 2);
	trust_buffer_append_text(&sql, ")");
	trust_free(column.name);
	if (wire.bad)
		return trust_fail(error, TRUST_STORE_DAMAGED, NULL, "a row to write is damaged");
	if (find_shape(inserter, (char *)sql.data))
		return true;
	wire = trust_wire_init(row);
	column = (struct trust_column){ 0 };
	bool added = true;
	while (added && trust_row_next(&wire, &column))
		added = add_missing_column(db, schema, table, column.name, error);
	trust_free(column.name);
	return added && add_shape(db, inserter, trust_buffer_take(&sql), error);
}

static bool
insert_row(sqlite3 *db, const char *schema, const struct trust_row *row, struct inserter *inserter,
    struct trust_error *error)
{
	struct trust_wire wire = trust_wire_init(row->after);
	struct trust_column column = { 0 };
	int at = 2;

	if (!prepare_insert(db, schema, row->table, row->after, inserter, error))
		return false;
	bind_key(inserter->statement, 1, row->table, row->key);
	for (; trust_row_next(&wire, &column); at++) {
		if (column.type == SQLITE_INTEGER)
			sqlite3_bind_int64(inserter->statement, at, column.number);
		else if (column.type == SQLITE_TEXT)
			sqlite3_bind_text64(inserter->statement, at,
			    (const char *)column.value.data, column.value.size, SQLITE_STATIC,
			    SQLITE_UTF8);
		else
			sqlite3_bind_blob64(inserter->statement, at,
			    column.value.size ? column.value.data : (const void *)"",
			    column.value.size, SQLITE_STATIC);
	}
	trust_free(column.name);
	return trust_db_run(db, inserter->statement, error);
}

static bool
apply_row(sqlite3 *db, const char *schema, const struct trust_row *row, struct inserter *inserter,
    struct trust_error *error)
{
	if (row->after.size)
		return insert_row(db, schema, row, inserter, error);
	if (!inserter->remove &&
	    !trust_db_prepare(db, &inserter->remove, error, "DELETE FROM \"%w\".%s WHERE id=?1",
		schema, trust_table_name(row->table)))
		return false;
	bind_key(inserter->remove, 1, row->table, row->key);
	return trust_db_run(db, inserter->remove, error);
}

bool
trust_rows_apply(struct sqlite3 *db, const char *cert_schema, const char *key_schema,
    const struct trust_rows *rows, struct trust_error *error)
{
	struct inserter inserters[TRUST_TABLES] = { 0 };
	bool done = true;

	for (size_t i = 0; done && i < rows->count; i++) {
		const struct trust_row *row = &rows->list[i];
		const char *schema = row->table == TRUST_NSS_PUBLIC ? cert_schema : key_schema;
		trust_progress_tell("rows written", i, rows->count);
		/* As NSS itself makes it with a store's first password. */
		if (row->table == TRUST_META_DATA && !inserters[row->table].used &&
		    !trust_db_exec(db, error,
			"CREATE TABLE IF NOT EXISTS \"%w\".metaData (id PRIMARY KEY UNIQUE ON "
			"CONFLICT "
			"REPLACE, item1, item2)",
			schema))
			done = false;
		inserters[row->table].used = true;
		done = done && apply_row(db, schema, row, &inserters[row->table], error);
	}
	for (size_t i = 0; i < TRUST_TABLES; i++)
		inserter_done(&inserters[i]);
	trust_progress_end();
	return done;
}

/* ---- reading back ------------------------------------------------------------------------ */

static bool
open_back(const char *directory, sqlite3 **ret_db, struct trust_error *error)
{
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", directory);
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", directory);
	TRUST_AUTO_DB *db = NULL;

	if (!trust_db_open(cert, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, error) ||
	    !trust_db_exec(db, error, "ATTACH %Q AS key; BEGIN", key))
		return false;
	*ret_db = trust_steal(&db);
	return true;
}

bool
trust_rows_read_back(const char *directory, const struct trust_rows *rows,
    const struct trust_row **ret_other, struct trust_error *error)
{
	sqlite3_stmt *statements[TRUST_TABLES] = { NULL };
	TRUST_AUTO_DB *db = NULL;
	bool done = open_back(directory, &db, error);

	*ret_other = NULL;
	for (size_t i = 0; done && !*ret_other && i < rows->count; i++) {
		const struct trust_row *row = &rows->list[i];
		struct trust_bytes is = { 0 };
		trust_progress_tell("rows read back", i, rows->count);
		done = trust_row_read_next(db, row->table == TRUST_NSS_PUBLIC ? "main" : "key",
		    row->table, row->key, &statements[row->table], &is, error);
		if (done && !trust_row_equal(is, row->after))
			*ret_other = row;
		trust_free((void *)is.data);
	}
	for (size_t i = 0; i < TRUST_TABLES; i++)
		sqlite3_finalize(statements[i]);
	trust_progress_end();
	return done;
}
