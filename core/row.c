/* SPDX-License-Identifier: MPL-2.0 */
/* One row of NSS's tables as a value: (column name, type, value)*, and an empty name. */

#include <string.h>

#include "core/buffer.h"
#include "core/db_internal.h"
#include "core/limits.h"
#include "core/rows_internal.h"
#include "core/wire.h"

const char *const trust_encrypted_columns[] = { "a11", "a123", "a124", "a125", "a126", "a127",
	"a128" };
const size_t trust_encrypted_column_count = TRUST_COUNT(trust_encrypted_columns);

/* What is made of encoded rows is a little longer than they are. */
#define MAX_MADE_BYTES (2 * TRUST_MAX_WIRE_BYTES)

static struct trust_bytes
take(struct trust_buffer *buffer)
{
	size_t size = buffer->size;
	return (struct trust_bytes){ .data = (uint8_t *)trust_buffer_take(buffer), .size = size };
}

bool
trust_row_encode(sqlite3_stmt *statement, struct trust_bytes *ret_row)
{
	TRUST_AUTO_BUFFER out;
	int columns = sqlite3_column_count(statement);

	trust_buffer_init(&out, TRUST_MAX_WIRE_BYTES);
	for (int i = 0; i < columns; i++) {
		int type = sqlite3_column_type(statement, i);
		const char *name = sqlite3_column_name(statement, i);
		if (type == SQLITE_NULL || strcmp(name, "id") == 0)
			continue;
		trust_wire_put_text(&out, name);
		trust_wire_put_u32(&out, (uint32_t)type);
		if (type == SQLITE_INTEGER) {
			trust_wire_put_u64(&out, (uint64_t)sqlite3_column_int64(statement, i));
		} else {
			struct trust_bytes value = { .data = sqlite3_column_blob(statement, i) };
			value.size = (size_t)sqlite3_column_bytes(statement, i);
			trust_wire_put_bytes(&out, value);
		}
	}
	/* A row of only NULLs must differ from no row. */
	trust_wire_put_text(&out, "");
	if (out.overflow)
		return false;
	*ret_row = take(&out);
	return true;
}

bool
trust_row_next(struct trust_wire *wire, struct trust_column *column)
{
	trust_free(column->name);
	*column = (struct trust_column){ .name = trust_wire_text(wire) };
	if (wire->bad || !column->name || !*column->name) {
		wire->bad = wire->bad || !column->name || wire->at < wire->end;
		return false;
	}
	column->type = (int)trust_wire_u32(wire);
	if (column->type == SQLITE_INTEGER)
		column->number = (int64_t)trust_wire_u64(wire);
	else
		column->value = trust_wire_bytes(wire);
	return !wire->bad;
}

/* The row's own number, which is no part of it. */
static bool
is_number_of_row(const char *name)
{
	static const char *const names[] = { "id", "rowid", "_rowid_", "oid" };

	for (size_t i = 0; i < TRUST_COUNT(names); i++)
		if (sqlite3_stricmp(name, names[i]) == 0)
			return true;
	return false;
}

bool
trust_row_is_sound(struct trust_bytes row)
{
	struct trust_wire wire = trust_wire_init(row);
	struct trust_column column = { 0 };

	while (trust_row_next(&wire, &column))
		wire.bad = is_number_of_row(column.name);
	trust_free(column.name);
	return !wire.bad;
}

/* The name is the caller's, also when there is none such. */
static bool
find_column(struct trust_bytes row, const char *name, struct trust_column *ret_column)
{
	struct trust_wire wire = trust_wire_init(row);

	while (trust_row_next(&wire, ret_column))
		if (strcmp(ret_column->name, name) == 0)
			return true;
	return false;
}

struct trust_bytes
trust_row_column(struct trust_bytes row, const char *name)
{
	struct trust_column column = { 0 };
	bool found = find_column(row, name, &column);

	trust_free(column.name);
	return found ? column.value : (struct trust_bytes){ 0 };
}

struct trust_bytes
trust_row_replace(struct trust_bytes row, const char *name, struct trust_bytes value)
{
	struct trust_wire wire = trust_wire_init(row);
	struct trust_column column = { 0 };
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, MAX_MADE_BYTES);
	while (trust_row_next(&wire, &column)) {
		trust_wire_put_text(&out, column.name);
		trust_wire_put_u32(&out, (uint32_t)column.type);
		if (column.type == SQLITE_INTEGER)
			trust_wire_put_u64(&out, (uint64_t)column.number);
		else
			trust_wire_put_bytes(
			    &out, strcmp(column.name, name) == 0 ? value : column.value);
	}
	trust_free(column.name);
	trust_wire_put_text(&out, "");
	return take(&out);
}

bool
trust_row_equal(struct trust_bytes a, struct trust_bytes b)
{
	struct trust_wire wire = trust_wire_init(a);
	struct trust_column column = { 0 };
	bool equal = a.size == b.size;

	if (!equal || trust_bytes_equal(a, b))
		return equal;
	/* A table that was widened may have its columns in another order. */
	while (equal && trust_row_next(&wire, &column)) {
		struct trust_column other = { 0 };
		equal = find_column(b, column.name, &other) && other.type == column.type &&
		    other.number == column.number && trust_bytes_equal(other.value, column.value);
		trust_free(other.name);
	}
	trust_free(column.name);
	return equal;
}

static bool
is_encrypted(const char *name)
{
	for (size_t i = 0; i < trust_encrypted_column_count; i++)
		if (strcmp(name, trust_encrypted_columns[i]) == 0)
			return true;
	return false;
}

void
trust_row_digest(
    enum trust_table table, struct trust_bytes row, uint8_t ret_digest[TRUST_SHA256_BYTES])
{
	struct trust_wire wire = trust_wire_init(row);
	struct trust_column column = { 0 };
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, MAX_MADE_BYTES);
	while (table != TRUST_META_DATA && trust_row_next(&wire, &column)) {
		if (table == TRUST_NSS_PRIVATE && is_encrypted(column.name))
			continue;
		trust_wire_put_text(&out, column.name);
		trust_wire_put_u64(&out, (uint64_t)column.number);
		trust_wire_put_bytes(&out, column.value);
	}
	trust_free(column.name);
	trust_sha256(out.data, out.size, ret_digest);
}
