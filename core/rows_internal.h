/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_ROWS_INTERNAL_H
#define TRUST_ROWS_INTERNAL_H

/*
 * Rows of NSS's tables as values: how the staged copies are compared, how the difference is applied
 * to the live store, and what the history keeps to undo it. A row is encoded with the names of its
 * columns, NULLs left out, so that it fits a table that a newer NSS has widened since.
 */

#include "core/base.h"
#include "core/hash.h"

struct sqlite3;
struct sqlite3_stmt;
struct trust_error;

enum trust_table {
	TRUST_NSS_PUBLIC,  /* cert9.db: id is a number */
	TRUST_NSS_PRIVATE, /* key4.db: id is a number */
	TRUST_META_DATA,   /* key4.db: id is text */
	TRUST_TABLES,
};
/* "nssPublic" */
const char *trust_table_name(enum trust_table table);

struct trust_row {
	enum trust_table table;
	char *key;                 /* owned: the id as text */
	struct trust_bytes before; /* owned, encoded; empty: not there */
	struct trust_bytes after;
};

struct trust_rows {
	struct trust_row *list;
	size_t count;
};
void trust_rows_done(struct trust_rows *rows);
/* A row with neither content so far; copies the key. */
struct trust_row *trust_rows_add(struct trust_rows *rows, enum trust_table table, const char *key);

/* Difference of two directories' cert9.db and key4.db. Ordered by table, then by the place in the
 * file. */
bool trust_rows_diff(const char *base_dir, const char *work_dir, struct trust_rows *ret_rows,
    struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Give each row its `after` content in the schemas named (cert9.db's and key4.db's), by column
 * name. A column the table lacks is added when a row has a value for it. Within the caller's
 * transaction.
 */
bool trust_rows_apply(struct sqlite3 *db, const char *cert_schema, const char *key_schema,
    const struct trust_rows *rows, struct trust_error *error) TRUST_MUST_CHECK;

/* Are the rows in the databases of `directory`, opened anew, what they were to become? *ret_other:
 * the first that is something else; NULL. */
bool trust_rows_read_back(const char *directory, const struct trust_rows *rows,
    const struct trust_row **ret_other, struct trust_error *error) TRUST_MUST_CHECK;

/* One row as it is, encoded; empty when it is not there. Owned by the caller. */
bool trust_row_read(struct sqlite3 *db, const char *schema, enum trust_table table, const char *key,
    struct trust_bytes *ret_row, struct trust_error *error) TRUST_MUST_CHECK;
/* The same for many rows of one table: *statement, at first NULL, is kept from call to call and
 * finalized by the caller. */
bool trust_row_read_next(struct sqlite3 *db, const char *schema, enum trust_table table,
    const char *key, struct sqlite3_stmt **statement, struct trust_bytes *ret_row,
    struct trust_error *error) TRUST_MUST_CHECK;

/* What a statement's row holds, but for its id. Owned by the caller. False: it is too long. */
bool trust_row_encode(struct sqlite3_stmt *statement, struct trust_bytes *ret_row) TRUST_MUST_CHECK;
/* The next column of an encoded row; false at the end, and with wire->bad where the encoding is
 * damaged. Begins with an empty column; the name of the last is the caller's to free. */
struct trust_column {
	char *name; /* owned */
	int type;   /* SQLite's */
	int64_t number;
	struct trust_bytes value; /* borrowed from the row */
};
struct trust_wire;
bool trust_row_next(struct trust_wire *wire, struct trust_column *column);
/* Can the encoding be read to its end, and does it name no column that SQLite takes for the row's
 * number, by which it would replace another row? Rows read from a table always can; those that the
 * history kept are asked before anything else here takes them, and so are their keys: an object's
 * number as it was written, or text. */
bool trust_row_is_sound(struct trust_bytes row);
bool trust_row_key_is_sound(enum trust_table table, const char *key);
bool trust_row_equal(struct trust_bytes a, struct trust_bytes b);
/* A column's value in an encoded row, borrowed; empty when absent. */
struct trust_bytes trust_row_column(struct trust_bytes row, const char *column);
/* The same row with one column's value replaced. Owned by the caller. */
struct trust_bytes trust_row_replace(
    struct trust_bytes row, const char *column, struct trust_bytes value);

/*
 * Digest by which undo sees that nothing changed a row since. What a password change rewrites (the
 * encrypted columns of a key, the signatures in metaData) is left out of it.
 */
void trust_row_digest(
    enum trust_table table, struct trust_bytes row, uint8_t ret_digest[TRUST_SHA256_BYTES]);

/* Columns of nssPrivate that are encrypted with the password (softoken's private attributes). */
extern const char *const trust_encrypted_columns[];
extern const size_t trust_encrypted_column_count;

#endif
