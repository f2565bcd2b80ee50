/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The read-only SQLite pass: certificates and trust of both spellings from cert9.db, keys and
 * signatures from key4.db. Columns are discovered, never assumed: NSS widens its tables as it
 * learns new attributes, and numbers are 4 bytes, big-endian.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/attributes_internal.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/progress.h"
#include "core/secret.h"
#include "core/store_form_internal.h"
#include "core/store_internal.h"
#include "core/store_part_internal.h"
#include "core/store_seals_internal.h"

/* How softoken says "here, and empty". */
static const uint8_t explicit_empty[] = { 0xa5, 0x00, 0x5a };

/* ---- columns ------------------------------------------------------------------------------- */

enum column {
	COL_ID,
	COL_CLASS,
	COL_LABEL,
	COL_VALUE,
	COL_ISSUER,
	COL_SERIAL,
	COL_KEY_ID,
	COL_LEGACY_SHA1,
	COL_LEGACY_MD5,
	COL_LEGACY_STEP_UP,
	COL_LEGACY_FIRST, /* four usages */
	COL_LEGACY_LAST = COL_LEGACY_FIRST + TRUST_USAGES - 1,
	COL_MODERN_FIRST,
	COL_MODERN_LAST = COL_MODERN_FIRST + TRUST_USAGES - 1,
	COL_MODERN_DIGEST,
	COL_MODERN_ALGORITHM,
	COLUMNS,
};

static uint32_t
column_attribute(enum column column)
{
	static const uint32_t fixed[] = {
		[COL_CLASS] = TRUST_CKA_CLASS,
		[COL_LABEL] = TRUST_CKA_LABEL,
		[COL_VALUE] = TRUST_CKA_VALUE,
		[COL_ISSUER] = TRUST_CKA_ISSUER,
		[COL_SERIAL] = TRUST_CKA_SERIAL,
		[COL_KEY_ID] = TRUST_CKA_ID,
		[COL_LEGACY_SHA1] = TRUST_CKA_LEGACY_SHA1,
		[COL_LEGACY_MD5] = TRUST_CKA_LEGACY_MD5,
		[COL_LEGACY_STEP_UP] = TRUST_CKA_LEGACY_STEP_UP,
	};
	if (column >= COL_LEGACY_FIRST && column <= COL_LEGACY_LAST)
		return trust_usage_attribute(
		    TRUST_LEGACY, (enum trust_usage)(column - COL_LEGACY_FIRST));
	if (column >= COL_MODERN_FIRST && column <= COL_MODERN_LAST)
		return trust_usage_attribute(
		    TRUST_MODERN, (enum trust_usage)(column - COL_MODERN_FIRST));
	if (column == COL_MODERN_DIGEST)
		return TRUST_CKA_MODERN_DIGEST;
	if (column == COL_MODERN_ALGORITHM)
		return TRUST_CKA_MODERN_ALGORITHM;
	return fixed[column];
}

/* What the pass reads by name; all other columns may be missing. */
struct known_table {
	const char *name;
	const char *columns[7];
	size_t column_count;
};
static const struct known_table certs_table = { "nssPublic",
	{ "id", "a0", "a3", "a11", "a81", "a82", "a102" }, 7 };
static const struct known_table keys_table = { "nssPrivate",
	{ "id", "a0", "a3", "a100", "a102", "a120", "a181" }, 7 };
static const struct known_table signatures_table = { "metaData", { "id", "item1", "item2" }, 3 };

/* How a table looks. A view is no table, a computed column no column. */
struct form {
	bool exists;
	bool known; /* it has all columns that the pass reads by name */
	bool has[COLUMNS];
};

static bool
is_read_by_name(const struct known_table *table, const char *name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(name, table->columns[i]) == 0)
			return true;
	return false;
}

/* "ace536358"; SQLite, and with it NSS, does not tell capitals from small letters. */
static void
note_column(const char *name, bool has[COLUMNS])
{
	char *end = NULL;
	bool is_attribute = (*name == 'a' || *name == 'A') && isxdigit((unsigned char)name[1]) &&
	    (name[1] != '0' || !name[2]);
	unsigned long attribute = is_attribute ? strtoul(name + 1, &end, 16) : 0;

	for (int i = COL_CLASS; end && !*end && i < COLUMNS; i++)
		has[i] |= column_attribute((enum column)i) == attribute;
}

/* By the statement: as a table-valued function, it would be prepared twice. */
static bool
look_at(
    sqlite3 *db, const struct known_table *table, struct form *ret_form, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *info = NULL;
	struct form form = { .exists = false };
	size_t known = 0;

	if (!trust_db_prepare(db, &info, error, "PRAGMA table_info('%s')", table->name))
		return false;
	form.exists = sqlite3_table_column_metadata(
			  db, "main", table->name, NULL, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
	while (form.exists && trust_db_step(db, info, error)) {
		const char *name = (const char *)sqlite3_column_text(info, 1);
		known += is_read_by_name(table, name);
		note_column(name, form.has);
	}
	if (error->code != TRUST_OK)
		return false;
	form.known = known == table->column_count;
	*ret_form = form;
	return true;
}

/* The databases of a store, and which tables are there. */
struct databases {
	sqlite3 *cert;
	sqlite3 *key; /* NULL: not there, or not asked for */
	bool has_keys;
	bool has_signatures;
	bool has[COLUMNS]; /* of cert9.db's table */
	bool known;        /* all tables that are there are of the form that the pass knows */
	size_t rows;       /* of cert9.db's table; 0: nobody wants to know how far reading is */
	size_t rows_read;
};

static bool
look_at_all(struct databases *databases, struct trust_error *error)
{
	struct form certs = { .exists = false };
	struct form keys = { .exists = false };
	struct form signatures = { .exists = false };

	if (!look_at(databases->cert, &certs_table, &certs, error))
		return false;
	if (databases->key &&
	    (!look_at(databases->key, &keys_table, &keys, error) ||
		!look_at(databases->key, &signatures_table, &signatures, error)))
		return false;
	databases->has_keys = keys.exists;
	databases->has_signatures = signatures.exists;
	databases->known =
	    certs.known && keys.known == keys.exists && signatures.known == signatures.exists;
	memcpy(databases->has, certs.has, sizeof certs.has);
	return true;
}

static bool
unknown_tables(const struct trust_store *store, struct trust_error *error)
{
	trust_fail(error, TRUST_STORE_DAMAGED, store->place.name,
	    "store '%s' is not changed: its tables are not of a form that trustctl knows",
	    store->place.name);
	return trust_hint(error, "to see what they lack: trustctl store check");
}

static uint32_t
number_of(struct trust_bytes bytes)
{
	return bytes.size == 4 ? trust_u32_at(bytes.data) : UINT32_MAX;
}

struct trust_bytes
trust_stored_value(struct trust_bytes stored)
{
	if (stored.size == sizeof explicit_empty &&
	    memcmp(stored.data, explicit_empty, sizeof explicit_empty) == 0)
		return (struct trust_bytes){ 0 };
	return stored;
}

static struct trust_bytes
value_of(sqlite3_stmt *row, int column)
{
	return trust_stored_value(trust_db_blob(row, column));
}

/* ---- databases ----------------------------------------------------------------------------- */

static bool
open_database(const char *path, sqlite3 **ret_db, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	int64_t ignored = 0;

	if (!trust_db_open(path, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, error))
		return false;
	/* A column may be computed: a short file can promise a gigabyte for each row. */
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)TRUST_MAX_FILE_BYTES);
	*ret_db = trust_steal(&db);
	/* This statement begins to read without the schema, which is read in the same transaction
	 * then: SQLite would make one of its own for it. */
	return trust_db_exec(*ret_db, error, "BEGIN") &&
	    trust_db_number(*ret_db, 0, &ignored, error, "PRAGMA user_version");
}

/* ---- key4.db ------------------------------------------------------------------------------- */

static bool
read_keys(struct trust_store *store, sqlite3 *db, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;

	if (!trust_db_prepare(db, &rows, error,
		"SELECT id,a102,a100,a3,ifnull(a120,a181) FROM nssPrivate WHERE a0=x'00000003'"))
		return false;
	while (trust_db_step(db, rows, error)) {
		const struct trust_raw_key key = {
			.object_id = trust_form_id(rows, 0),
			.key_id = value_of(rows, 1),
			.type = number_of(value_of(rows, 2)),
			.label = value_of(rows, 3),
			.public_value = value_of(rows, 4),
		};
		trust_store_add_key(store, &key);
	}
	return error->code == TRUST_OK;
}

/* Keys, and what is needed to check signatures. *ret_seals_db: NULL where there is nothing to
 * check. */
static bool
read_key_database(struct trust_store *store, const struct databases *databases,
    const struct trust_store_options *options, struct trust_seals *seals, sqlite3 **ret_seals_db,
    struct trust_error *error)
{
	if (databases->has_keys && !read_keys(store, databases->key, error))
		return false;
	if (!databases->has_signatures)
		return true;
	if (!trust_seals_open(store, databases->key, options, seals, error))
		return false;
	if (seals->readable)
		*ret_seals_db = databases->key;
	return true;
}

/* ---- cert9.db ------------------------------------------------------------------------------ */

/* Each row is met once: a record in the first pass, an item in the second. */
static void
tell_progress(struct databases *databases)
{
	if (databases->rows)
		trust_progress_tell("reading rows", ++databases->rows_read, databases->rows);
}

/* For telling how far the passes are. */
static bool
count_rows(struct databases *databases, struct trust_error *error)
{
	int64_t count = 0;

	if (!trust_progress_is_wanted())
		return true;
	if (!trust_db_number(databases->cert, 0, &count, error, "SELECT count(*) FROM nssPublic"))
		return false;
	databases->rows = (size_t)count;
	return true;
}

static bool
is_signed(enum trust_spelling spelling, enum column column)
{
	if (spelling == TRUST_LEGACY)
		return column == COL_LEGACY_SHA1 || column == COL_LEGACY_MD5 ||
		    column == COL_LEGACY_STEP_UP ||
		    (column >= COL_LEGACY_FIRST && column <= COL_LEGACY_LAST);
	return column == COL_MODERN_DIGEST || column == COL_MODERN_ALGORITHM ||
	    (column >= COL_MODERN_FIRST && column <= COL_MODERN_LAST);
}

struct layout {
	enum column columns[COLUMNS];
	uint32_t attributes[COLUMNS];
	size_t count;
};

/* What the table has of a record; some of it is only of use where signatures are checked. */
static struct layout
layout_of(const bool has[COLUMNS], bool with_signed)
{
	struct layout layout = { .count = 0 };

	for (int i = COL_CLASS; i < COLUMNS; i++) {
		enum column column = (enum column)i;
		bool of_items = column == COL_LABEL || column == COL_VALUE || column == COL_KEY_ID;
		bool only_signed = column == COL_LEGACY_MD5 || column == COL_LEGACY_STEP_UP ||
		    column == COL_MODERN_ALGORITHM;
		if (!has[column] || of_items || (only_signed && !with_signed))
			continue;
		layout.columns[layout.count] = column;
		layout.attributes[layout.count++] = column_attribute(column);
	}
	return layout;
}

/* "id,a0,a81" */
static char *
column_list(const struct layout *layout)
{
	TRUST_AUTO_BUFFER list;

	trust_buffer_init(&list, 1024);
	trust_buffer_printf(&list, "id");
	for (size_t i = 0; i < layout->count; i++)
		trust_buffer_printf(&list, ",a%x", layout->attributes[i]);
	return trust_buffer_take(&list);
}

static void
read_record(struct trust_store *store, sqlite3_stmt *row, const struct trust_seals *seals,
    enum trust_spelling spelling, const struct layout *layout, struct trust_buffer *values)
{
	struct trust_raw_record record = {
		.spelling = spelling,
		.object_id = trust_form_id(row, 0),
		.seal = TRUST_SEAL_UNVERIFIED,
	};
	enum column first = spelling == TRUST_LEGACY ? COL_LEGACY_FIRST : COL_MODERN_FIRST;
	bool check = trust_seals_want(seals, record.object_id);

	trust_buffer_clear(values);
	for (size_t i = 0; i < layout->count; i++) {
		enum column column = layout->columns[i];
		/* The value as it is stored, "explicitly empty" included, is what was signed. */
		struct trust_bytes stored = trust_db_blob(row, (int)i + 1);
		if (stored.size == 0)
			continue;
		struct trust_bytes value = trust_stored_value(stored);
		if (column == COL_ISSUER)
			record.issuer = value;
		else if (column == COL_SERIAL)
			record.serial = value;
		else if (column == (spelling == TRUST_LEGACY ? COL_LEGACY_SHA1 : COL_MODERN_DIGEST))
			record.digest = value;
		else if (column >= first && column < first + TRUST_USAGES)
			record.states.of[column - first] =
			    trust_state_from_stored(spelling, number_of(value));
		if (check && is_signed(spelling, column))
			trust_seals_note(values, layout->attributes[i], stored);
	}
	if (values->overflow) {
		/* Where there is a password NSS alone could have signed this, and did not. */
		record.too_dear = true;
		if (store->has_password)
			record.seal = TRUST_SEAL_TAMPERED;
	} else {
		record.values = trust_buffer_bytes(values);
		/* Nothing that was signed: nothing can be wrong with it. */
		if (check && record.values.size == 0)
			record.seal = TRUST_SEAL_INTACT;
	}
	trust_store_add_record(store, &record);
}

static bool
step_records(struct trust_store *store, struct databases *databases,
    const struct trust_seals *seals, sqlite3_stmt *records, const struct layout *layout,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER values;

	trust_buffer_init(&values, TRUST_MAX_FILE_BYTES);
	while (trust_db_step(databases->cert, records, error)) {
		bool legacy = number_of(trust_db_blob(records, 1)) == TRUST_CLASS_LEGACY;
		read_record(
		    store, records, seals, legacy ? TRUST_LEGACY : TRUST_MODERN, layout, &values);
		tell_progress(databases);
	}
	return error->code == TRUST_OK;
}

/* All of them, or those that a part is about. */
static bool
read_records(struct trust_store *store, struct databases *databases,
    const struct trust_seals *seals, const struct trust_part_found *found,
    struct trust_error *error)
{
	sqlite3 *db = databases->cert;
	TRUST_AUTO_STATEMENT *records = NULL;
	const struct layout layout = layout_of(databases->has, seals->readable);
	TRUST_AUTO_FREE char *list = column_list(&layout);

	if (!trust_db_prepare(db, &records, error,
		"SELECT %s FROM nssPublic WHERE a0 IN (x'ce534353',x'0000000b')%s", list,
		found->whole ? "" : " AND a81=?1 AND a82=?2"))
		return false;
	if (found->whole)
		return step_records(store, databases, seals, records, &layout, error);
	for (size_t i = 0; i < found->count; i++) {
		const struct trust_cert *cert = found->certs[i];
		sqlite3_reset(records);
		sqlite3_bind_blob64(
		    records, 1, cert->issuer.data, cert->issuer.size, SQLITE_STATIC);
		sqlite3_bind_blob64(
		    records, 2, cert->serial_tlv.data, cert->serial_tlv.size, SQLITE_STATIC);
		if (!step_records(store, databases, seals, records, &layout, error))
			return false;
	}
	return true;
}

static bool
read_crls(struct trust_store *store, sqlite3 *db, const struct trust_visitor *visitor,
    struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *crls = NULL;

	if (!trust_db_prepare(
		db, &crls, error, "SELECT id,a11 FROM nssPublic WHERE a0=x'ce534351'"))
		return false;
	while (trust_db_step(db, crls, error)) {
		trust_store_add_crl(store, value_of(crls, 1), trust_form_id(crls, 0));
		if (visitor)
			trust_store_visit(store, visitor);
	}
	return error->code == TRUST_OK;
}

/* Certificates, then revocation lists: few stores have any, and a pass for them takes as long as
 * one for all. */
static bool
read_items(struct trust_store *store, struct databases *databases,
    const struct trust_visitor *visitor, struct trust_error *error)
{
	sqlite3 *db = databases->cert;
	TRUST_AUTO_STATEMENT *items = NULL;
	bool has_crls = false;

	if (!trust_db_prepare(db, &items, error,
		"SELECT id,a3,a11,a102,a0 FROM nssPublic "
		"WHERE a0 IN (x'00000001',x'ce534351')"))
		return false;
	while (trust_db_step(db, items, error)) {
		tell_progress(databases);
		if (number_of(trust_db_blob(items, 4)) != TRUST_CLASS_CERT) {
			has_crls = true;
			continue;
		}
		trust_store_add_cert(store, value_of(items, 2), value_of(items, 1),
		    trust_form_id(items, 0), value_of(items, 3));
		if (visitor)
			trust_store_visit(store, visitor);
	}
	return error->code == TRUST_OK && (!has_crls || read_crls(store, db, visitor, error));
}

/* Records before their signatures and before their certificates: of these none need be kept
 * then. */
static bool
read_by_sqlite(struct trust_store *store, struct databases *databases,
    const struct trust_store_options *options, const struct trust_visitor *visitor,
    struct trust_seals *seals, struct trust_error *error)
{
	sqlite3 *db = databases->cert;
	sqlite3 *seals_db = NULL;
	TRUST_PART_FOUND_AUTO found = { .whole = true };

	if (!read_key_database(store, databases, options, seals, &seals_db, error) ||
	    (options->part && !trust_part_read(store, db, options->part, &found, error)) ||
	    (found.whole && !count_rows(databases, error)) ||
	    !read_records(store, databases, seals, &found, error) ||
	    (seals_db && !trust_seals_check(store, seals_db, seals, error)))
		return false;
	if (visitor)
		trust_store_start_visits(store);
	return !found.whole || read_items(store, databases, visitor, error);
}

/* Both databases are held until all is read, so that nobody commits in between. */
bool
trust_store_read(struct trust_store *store, const char *directory,
    const struct trust_store_options *options, const struct trust_visitor *visitor,
    struct trust_error *error)
{
	TRUST_AUTO_DB *key = NULL;
	TRUST_AUTO_DB *cert = NULL;
	TRUST_AUTO_FREE char *key_path = trust_printf("%s/key4.db", directory);
	TRUST_AUTO_FREE char *cert_path = trust_printf("%s/cert9.db", directory);
	struct trust_seals seals = { 0 };

	/* In the order in which a commit locks them: neither waits for the other then. */
	if (!open_database(cert_path, &cert, error) ||
	    (!options->skip_keys && access(key_path, F_OK) == 0 &&
		!open_database(key_path, &key, error)))
		return false;
	struct databases databases = { .cert = cert, .key = key };
	if (!look_at_all(&databases, error))
		return false;
	if (options->way == TRUST_READ_BY_NSS ||
	    (options->way == TRUST_READ_EITHER_WAY && !databases.known))
		return trust_store_read_by_nss(store, cert, key, options, visitor, error);
	if (!databases.known)
		return unknown_tables(store, error);
	bool done = read_by_sqlite(store, &databases, options, visitor, &seals, error);
	trust_progress_end();
	trust_seals_done(&seals);
	return done;
}
