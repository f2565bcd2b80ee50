/* SPDX-License-Identifier: MPL-2.0 */
/* A store's databases by SQL: pages and indexes, tables, and rows without their counterpart. */

#include <string.h>
#include <unistd.h>

#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/store_check_internal.h"
#include "core/store_form_internal.h"
#include "core/text.h"

/* More than these say nothing new. */
#define INTEGRITY_LINES 10

/* Tables and columns without which a database is not what its name says. */
static const struct {
	const char *file;
	const char *table;
	const char *columns; /* as SQL strings */
	int column_count;
} wanted[] = {
	{ "cert9.db", "nssPublic", "'id','a0','a3','a11','a81','a82','a102'", 7 },
	{ "key4.db", "nssPrivate", "'id','a0','a3','a100','a102'", 5 },
	{ "trustctl.db", "about", "'name','value'", 2 },
	{ "trustctl.db", "entry", "'number','group_id','time','user','command'", 5 },
	{ "trustctl.db", "effect", "'entry','kind','item','id','name','before','after'", 7 },
	{ "trustctl.db", "row", "'entry','tab','key','before','after'", 5 },
	{ "trustctl.db", "known", "'id','item','name','states','keyed'", 5 },
};

struct database {
	struct trust_check_work *work;
	const char *name;
	sqlite3 *db;
};

/* What can be read of it, as a new file that is as private. Not `.recover`: Debian's sqlite3 offers
 * it and cannot do it. `.dump` reads a table from both its ends, but says ROLLBACK where it met
 * damage. */
static char *
salvage(const struct database *database)
{
	TRUST_AUTO_FREE char *word = trust_check_file_word(database->work, database->name);

	return trust_printf("(umask 077; sqlite3 %s .dump | sed 's/^ROLLBACK;.*/COMMIT;/' | "
			    "sqlite3 recovered-%s)",
	    word, database->name);
}

static void
add_problem(const struct database *database, const char *check, const struct trust_error *problem)
{
	/* What may only not be looked at now tells nothing of its state. */
	if (problem->code == TRUST_STORE_LOCKED || problem->code == TRUST_STORE_PERMISSION) {
		TRUST_AUTO_FREE char *word = trust_check_file_word(database->work, database->name);
		trust_check_add(database->work, TRUST_SEVERITY_WARNING, "not-checked",
		    trust_strdup(database->name),
		    trust_printf("could not be checked: %s", problem->message),
		    problem->code == TRUST_STORE_LOCKED ? trust_strdup(problem->hint)
							: trust_printf("chmod u+rw %s", word));
		return;
	}
	if (problem->code == TRUST_STORE_JOURNAL) {
		trust_check_add(database->work, TRUST_SEVERITY_WARNING, "not-checked",
		    trust_strdup(database->name),
		    trust_strdup("could not be checked: the journal comes first"), NULL);
		return;
	}
	bool other = problem->code == TRUST_STORE_NOT_DATABASE;
	bool ours = strcmp(database->name, "trustctl.db") == 0;
	trust_check_add(database->work, TRUST_SEVERITY_ERROR, other ? "not-database" : check,
	    trust_strdup(database->name),
	    other ? trust_strdup("is not a database: it is something else, or damaged at its start")
		  : trust_printf("cannot be read: %s", problem->message),
	    other ? trust_printf("put back a copy of it, or move it away and let the %s make a new "
				 "one",
			ours ? "next change" : "program that owns the store")
		  : salvage(database));
}

/* One row of the pragma, which may be several lines. */
static void
add_damage(const struct database *database, const char *text)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(text);
	char *rest = copy;

	for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
		if (*line == '\0' || *line == '*' || strcmp(line, "ok") == 0)
			continue;
		TRUST_AUTO_FREE char *shown = trust_text_display_string(line);
		trust_check_add(database->work, TRUST_SEVERITY_ERROR, "integrity",
		    trust_strdup(database->name), trust_printf("is damaged: %s", shown),
		    salvage(database));
	}
}

static void
check_integrity(const struct database *database)
{
	TRUST_AUTO_STATEMENT *rows = NULL;
	TRUST_AUTO_ERROR problem = TRUST_ERROR_INIT;

	if (!trust_db_prepare(
		database->db, &rows, &problem, "PRAGMA integrity_check(%d)", INTEGRITY_LINES)) {
		add_problem(database, "integrity", &problem);
		return;
	}
	TRUST_AUTO_TELLER teller = { .db = database->db, .what = "pages checked" };
	trust_db_tell(&teller);
	while (trust_db_step(database->db, rows, &problem))
		add_damage(database, (const char *)sqlite3_column_text(rows, 0));
	if (problem.code != TRUST_OK)
		add_problem(database, "integrity", &problem);
}

/* False: it cannot be used. */
static bool
check_tables(const struct database *database)
{
	bool good = true;

	for (size_t i = 0; i < TRUST_COUNT(wanted); i++) {
		TRUST_AUTO_ERROR problem = TRUST_ERROR_INIT;
		int64_t count = 0;
		if (strcmp(wanted[i].file, database->name) != 0)
			continue;
		if (!trust_db_number(database->db, 0, &count, &problem,
			"SELECT count(*) FROM pragma_table_info('%s') WHERE name IN (%s)",
			wanted[i].table, wanted[i].columns)) {
			add_problem(database, "schema", &problem);
			return false;
		}
		if (count == wanted[i].column_count)
			continue;
		good = false;
		trust_check_add(database->work, TRUST_SEVERITY_ERROR, "schema",
		    trust_strdup(database->name),
		    count == 0 ? trust_printf("has no table '%s'", wanted[i].table)
			       : trust_printf("lacks columns in its table '%s'", wanted[i].table),
		    trust_strdup("put back a copy of it"));
	}
	return good;
}

/* What stops every change. */
static void
check_form(const struct database *database, bool usable)
{
	TRUST_AUTO_FAULTS faults = { 0 };
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	bool ours = strcmp(database->name, "trustctl.db") == 0;
	TRUST_AUTO_FREE char *word = trust_check_file_word(database->work, database->name);

	/* What cannot be read was told by the checks before. */
	if (trust_form_look(database->db, "main", &faults, &ignored) && usable && !ours)
		(void)!trust_form_look_at_ids(database->db, &faults, &ignored);
	for (size_t i = 0; i < faults.count; i++) {
		const char *sql = faults.list[i].remedy;
		trust_check_add(database->work, TRUST_SEVERITY_WARNING, "schema",
		    trust_strdup(database->name), trust_steal(&faults.list[i].what),
		    sql ? trust_printf("sqlite3 %s, then: %s;", word, sql) : NULL);
	}
}

static void
check_history_numbers(const struct database *database)
{
	TRUST_AUTO_FREE char *word = trust_check_file_word(database->work, database->name);

	if (trust_history_is_used_up(database->db, "main"))
		trust_check_add(database->work, TRUST_SEVERITY_ERROR, "schema",
		    trust_strdup(database->name),
		    trust_strdup("has a change with the last number there is, which trustctl never "
				 "comes to: no other can be made"),
		    trust_printf(
			"sqlite3 %s, then: DELETE FROM entry WHERE number=%lld; UPDATE "
			"sqlite_sequence SET seq=ifnull((SELECT max(number) FROM entry),0) "
			"WHERE name='entry';",
			word, (long long)INT64_MAX));
}

static void
check_history_version(const struct database *database)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	int64_t version = TRUST_HISTORY_SCHEMA;

	if (!trust_db_number(database->db, version, &version, &ignored,
		"SELECT CAST(value AS INTEGER) FROM about WHERE name='schema'") ||
	    version <= TRUST_HISTORY_SCHEMA)
		return;
	trust_check_add(database->work, TRUST_SEVERITY_WARNING, "schema",
	    trust_strdup(database->name),
	    trust_printf("was written by a newer trustctl (schema %lld)", (long long)version),
	    trust_strdup("use that version of trustctl with this store"));
}

/* False: its tables cannot be used. */
static bool
check_database(struct trust_check_work *work, const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", work->directory, name);
	TRUST_AUTO_ERROR problem = TRUST_ERROR_INIT;
	TRUST_AUTO_DB *db = NULL;
	struct database database = { .work = work, .name = name };

	if (access(path, F_OK) != 0)
		return false;
	int64_t tables = 0;
	if (!trust_db_open(path, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, &problem) ||
	    !trust_db_number(db, 0, &tables, &problem, "SELECT count(*) FROM sqlite_master")) {
		add_problem(&database, "integrity", &problem);
		return false;
	}
	database.db = db;
	check_integrity(&database);
	if (tables == 0 && strcmp(name, "trustctl.db") == 0) {
		trust_check_add(work, TRUST_SEVERITY_NOTE, "schema", trust_strdup(name),
		    trust_strdup("is empty: the change that made it died before it was done; the "
				 "next change fills it"),
		    NULL);
		return false;
	}
	bool usable = check_tables(&database);
	check_form(&database, usable);
	if (usable && strcmp(name, "trustctl.db") == 0) {
		check_history_version(&database);
		check_history_numbers(&database);
	}
	return usable;
}

void
trust_check_databases(struct trust_check_work *work)
{
	work->usable[0] = check_database(work, "cert9.db");
	work->usable[1] = check_database(work, "key4.db");
	(void)check_database(work, "trustctl.db");
	if (work->found.has_keys_db || work->usable[1])
		return;
	TRUST_AUTO_FREE char *path = trust_printf("%s/key4.db", work->directory);
	if (access(path, F_OK) != 0)
		trust_check_add(work, TRUST_SEVERITY_ERROR, "no-keys", trust_strdup("key4.db"),
		    trust_strdup("is not there: trust records cannot be checked, nothing can be "
				 "written, and private keys are gone"),
		    trust_strdup("put back a copy of it"));
}

/* ---- rows without their counterpart -------------------------------------------------------- */

static void
count_rows(struct trust_check_work *work, sqlite3 *db, const char *check, const char *subject,
    const char *words, const char *sql)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	int64_t count = 0;

	/* What cannot be read was told by the checks of the databases. */
	if (!trust_db_number(db, 0, &count, &ignored, "%s", sql) || count == 0)
		return;
	trust_check_add(work, TRUST_SEVERITY_NOTE, check, trust_strdup(subject),
	    trust_printf("has %lld %s", (long long)count, words), NULL);
}

void
trust_check_leftover_rows(struct trust_check_work *work)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", work->directory);
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", work->directory);

	if (!work->usable[0] || !work->usable[1] ||
	    !trust_db_open(cert, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, &ignored) ||
	    !trust_db_exec(db, &ignored, "ATTACH %Q AS key", key))
		return;
	TRUST_AUTO_TELLER teller = { .db = db, .what = "leftover rows: pages looked at" };
	trust_db_tell(&teller);
	count_rows(work, db, "public-key", "cert9.db",
	    "public keys without a private key; they are harmless",
	    "SELECT count(*) FROM main.nssPublic p WHERE p.a0=x'00000002' AND NOT EXISTS "
	    "(SELECT 1 FROM key.nssPrivate k WHERE k.a0=x'00000003' AND k.a102=p.a102)");
	count_rows(work, db, "signature", "key4.db",
	    "signatures of trust records and public keys that are gone; they are harmless",
	    "SELECT count(*) FROM key.metaData m WHERE m.id LIKE 'sig\\_cert\\_%' ESCAPE '\\' AND "
	    "substr(m.id,10,8) NOT IN (SELECT format('%08x',id) FROM main.nssPublic)");
	count_rows(work, db, "signature", "key4.db",
	    "signatures of private keys that are gone; they are harmless",
	    "SELECT count(*) FROM key.metaData m WHERE m.id LIKE 'sig\\_key\\_%' ESCAPE '\\' AND "
	    "substr(m.id,9,8) NOT IN (SELECT format('%08x',id) FROM key.nssPrivate)");
}
