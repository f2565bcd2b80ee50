/* SPDX-License-Identifier: MPL-2.0 */
/* Tables and ids of another form than NSS's, by SQL: the sentence and the remedy of each fault come
 * from the statement that finds it. */

#include <string.h>

#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/store_form_internal.h"
#include "core/text.h"

/* More than these say nothing new. */
#define MAX_FAULTS 20

void
trust_form_faults_done(struct trust_form_faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		trust_free(faults->list[i].what);
		trust_free(faults->list[i].remedy);
	}
	trust_free(faults->list);
	*faults = (struct trust_form_faults){ 0 };
}

uint32_t
trust_form_id(sqlite3_stmt *row, int column)
{
	int64_t id = sqlite3_column_int64(row, column);
	bool known = sqlite3_column_type(row, column) == SQLITE_INTEGER && id >= 0 &&
	    id <= TRUST_MAX_OBJECT_ID;

	return known ? (uint32_t)id : TRUST_ODD_OBJECT_ID;
}

/* rows: sentences and remedies. A remedy is to be pasted: what is shown otherwise than it is, is
 * none. */
static bool
add_faults(
    sqlite3 *db, sqlite3_stmt *rows, struct trust_form_faults *faults, struct trust_error *error)
{
	while (faults->count < MAX_FAULTS && trust_db_step(db, rows, error)) {
		const char *what = (const char *)sqlite3_column_text(rows, 0);
		const char *remedy = (const char *)sqlite3_column_text(rows, 1);
		TRUST_AUTO_FREE char *shown = trust_text_display_string(remedy);
		bool plain = remedy && strcmp(shown, remedy) == 0;
		faults->list = trust_grow_by_one(faults->list, faults->count, sizeof *faults->list);
		faults->list[faults->count++] = (struct trust_form_fault){
			.what = trust_text_display_string(what),
			.remedy = plain ? trust_steal(&shown) : NULL,
		};
	}
	return error->code == TRUST_OK;
}

/* t: the tables, c: their columns, i: their indexes, p: what the indexes are of. NSS's own tables
 * are found by SQLite however their names are spelled, and columns too; we tell letters apart. */
static const char schema_faults[] =
    "WITH t AS (SELECT name,type,wr,lower(name) IN ('nsspublic','nssprivate','metadata') AS nss "
    "FROM pragma_table_list WHERE schema=%Q),"
    "c AS (SELECT t.name AS tab,t.nss,x.name,x.hidden FROM t JOIN pragma_table_xinfo(t.name,%Q) x "
    "WHERE t.type='table'),"
    "i AS (SELECT t.nss,x.name,x.\"unique\" AS uni,x.partial FROM t JOIN "
    "pragma_index_list(t.name,%Q) x WHERE t.type='table'),"
    "p AS (SELECT i.name,i.nss,i.uni,x.cid,x.name AS col FROM i JOIN "
    "pragma_index_xinfo(i.name,%Q) x WHERE x.\"key\") "
    "SELECT format('has a %%s ''%%s'' that does not belong there',type,name),"
    "format('DROP %%s \"%%w\"',type,name) FROM \"%w\".sqlite_master "
    "WHERE type IN ('trigger','view') "
    "UNION ALL SELECT format('has a %%s table ''%%s'' that does not belong there',type,name),NULL "
    "FROM t WHERE type NOT IN ('table','view') "
    "UNION ALL SELECT format('computes the column ''%%s'' of its table ''%%s''',name,tab),"
    "format('ALTER TABLE \"%%w\" DROP COLUMN \"%%w\"',tab,name) FROM c WHERE hidden<>0 "
    "UNION ALL SELECT format('has a column ''%%s'' in its table ''%%s'', which hides the numbers "
    "of its rows',name,tab),format('ALTER TABLE \"%%w\" DROP COLUMN \"%%w\"',tab,name) "
    "FROM c WHERE hidden=0 AND lower(name) IN ('rowid','_rowid_','oid') "
    "UNION ALL SELECT format('has no numbers of rows in its table ''%%s''',name),NULL "
    "FROM t WHERE nss AND wr "
    "UNION ALL SELECT format('has a table ''%%s'', which NSS spells otherwise',name),NULL "
    "FROM t WHERE nss AND name NOT IN ('nssPublic','nssPrivate','metaData') "
    "UNION ALL SELECT format('has a column ''%%s'' in its table ''%%s'', which NSS spells "
    "otherwise',name,tab),NULL "
    "FROM c WHERE nss AND name GLOB '[aA][0-9a-fA-F]*' AND name<>lower(name) "
    "UNION ALL SELECT format('has an index ''%%s'' that is no plain one',name),"
    "iif(name LIKE 'sqlite_%%',NULL,format('DROP INDEX \"%%w\"',name)) FROM "
    "(SELECT name FROM i WHERE partial UNION SELECT name FROM p WHERE cid=-2 OR "
    "(nss AND uni AND col IS NOT 'id'))";

bool
trust_form_look(
    sqlite3 *db, const char *schema, struct trust_form_faults *faults, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;

	return trust_db_prepare(
		   db, &rows, error, schema_faults, schema, schema, schema, schema, schema) &&
	    add_faults(db, rows, faults, error);
}

/* NSS cuts an id to 30 bits, and looks for the row that has what is left of it. */
static bool
look_at_table(
    sqlite3 *db, const char *table, struct trust_form_faults *faults, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;
	int64_t has_ids = 0;

	if (!trust_db_number(db, 0, &has_ids, error,
		"SELECT count(*) FROM pragma_table_info('%s') WHERE name='id'", table))
		return false;
	return has_ids == 0 ||
	    (trust_db_prepare(db, &rows, error,
		 "WITH g AS (SELECT count(*) AS n,"
		 "typeof(id)<>'integer' OR id NOT BETWEEN 1 AND %u AS odd "
		 "FROM %s GROUP BY id HAVING n>1 OR odd) "
		 "SELECT format('has %%d %%s in its table ''%s'' that NSS does not give (whole "
		 "numbers from 1 to %u): it would take another row for such a one',n,"
		 "iif(n=1,'id','ids')),"
		 "'DELETE FROM %s WHERE typeof(id)<>''integer'' OR id NOT BETWEEN 1 AND %u' "
		 "FROM (SELECT count(*) AS n FROM g WHERE odd) WHERE n>0 "
		 "UNION ALL SELECT format('has %%d %%s more than once in its table ''%s''',n,"
		 "iif(n=1,'id','ids')),NULL "
		 "FROM (SELECT count(*) AS n FROM g WHERE g.n>1) WHERE n>0",
		 TRUST_MAX_OBJECT_ID, table, table, TRUST_MAX_OBJECT_ID, table, TRUST_MAX_OBJECT_ID,
		 table) &&
		add_faults(db, rows, faults, error));
}

bool
trust_form_look_at_ids(sqlite3 *db, struct trust_form_faults *faults, struct trust_error *error)
{
	return look_at_table(db, "nssPublic", faults, error) &&
	    look_at_table(db, "nssPrivate", faults, error);
}

bool
trust_form_is_sound(const char *directory, const char *name, struct trust_error *error)
{
	static const char *const files[] = { "cert9.db", "key4.db" };

	for (size_t i = 0; i < TRUST_COUNT(files); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, files[i]);
		TRUST_AUTO_DB *db = NULL;
		TRUST_AUTO_FAULTS faults = { 0 };
		if (!trust_db_open(path, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, error) ||
		    !trust_form_look(db, "main", &faults, error) ||
		    !trust_form_look_at_ids(db, &faults, error))
			return false;
		if (faults.count == 0)
			continue;
		trust_fail(error, TRUST_STORE_DAMAGED, name, "store '%s' is left alone: its %s %s",
		    name, files[i], faults.list[0].what);
		return trust_hint(
		    error, "to see what else there is, and what helps: trustctl store check");
	}
	return true;
}
