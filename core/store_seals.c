/* SPDX-License-Identifier: MPL-2.0 */
/* Signatures of trust records, checked in one pass over key4.db. */

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/progress.h"
#include "core/secret.h"
#include "core/store_seals_internal.h"

void
trust_seals_done(struct trust_seals *seals)
{
	trust_seal_key_done(&seals->key);
	trust_free(seals->only);
}

/* ---- whose ------------------------------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

bool
trust_seals_want(const struct trust_seals *seals, uint32_t object_id)
{
	if (!seals->readable || !seals->only)
		return seals->readable;
	return seals->only_count &&
	    bsearch(&object_id, seals->only, seals->only_count, sizeof object_id, by_number);
}

bool
trust_store_wrong_password(const struct trust_store *store, struct trust_error *error)
{
	trust_fail(error, TRUST_STORE_PASSWORD, store->place.name, "wrong password for store '%s'",
	    store->place.name);
	return trust_hint(error, "in Firefox and Thunderbird it is the Primary Password");
}

bool
trust_seals_open(struct trust_store *store, struct sqlite3 *db,
    const struct trust_store_options *options, struct trust_seals *seals, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *row = NULL;

	if (!trust_db_prepare(
		db, &row, error, "SELECT item1,item2 FROM metaData WHERE id='password'"))
		return false;
	if (!trust_db_step(db, row, error))
		return error->code == TRUST_OK; /* no password was set up yet */
	struct trust_bytes salt = trust_db_blob(row, 0);
	struct trust_bytes check = trust_db_blob(row, 1);
	if (trust_seal_may_be_empty(check) && trust_seal_key_make(NULL, salt, &seals->key) &&
	    trust_seal_key_is_right(&seals->key, check)) {
		seals->readable = true;
		return true;
	}
	store->has_password = true;
	if (!options->password)
		return true;
	if (!trust_seal_key_make(options->password, salt, &seals->key) ||
	    !trust_seal_key_is_right(&seals->key, check))
		return trust_store_wrong_password(store, error);
	seals->readable = options->verify_seals;
	if (options->verify_only) {
		seals->only_count = options->verify_only_count;
		seals->only =
		    trust_memdup(options->verify_only, seals->only_count * sizeof *seals->only);
		if (seals->only_count)
			qsort(seals->only, seals->only_count, sizeof *seals->only, by_number);
	}
	return true;
}

/* ---- values that were signed --------------------------------------------------------------- */

struct value {
	uint32_t attribute;
	uint32_t size;
};

void
trust_seals_note(struct trust_buffer *values, uint32_t attribute, struct trust_bytes value)
{
	const struct value head = { attribute, (uint32_t)value.size };

	trust_buffer_append(values, &head, sizeof head);
	trust_buffer_append(values, value.data, value.size);
}

/* The value of this attribute, and its place among the others. */
static bool
find_value(const struct trust_raw_record *record, uint32_t attribute, struct trust_bytes *ret_value,
    unsigned *ret_place)
{
	struct trust_bytes rest = record->values;
	struct value head;

	for (*ret_place = 0; rest.size >= sizeof head; ++*ret_place) {
		memcpy(&head, rest.data, sizeof head);
		*ret_value = (struct trust_bytes){ rest.data + sizeof head, head.size };
		if (head.attribute == attribute)
			return true;
		rest.data += sizeof head + head.size;
		rest.size -= sizeof head + head.size;
	}
	return false;
}

static unsigned
count_values(const struct trust_raw_record *record)
{
	struct trust_bytes ignored;
	unsigned count = 0;

	return find_value(record, UINT32_MAX, &ignored, &count) ? 0 : count;
}

/* ---- signatures ---------------------------------------------------------------------------- */

static bool
parse_hex(const char *text, uint32_t *ret_number)
{
	uint32_t number = 0;

	for (int i = 0; i < 8; i++) {
		char c = text[i];
		uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
		    : c >= 'a' && c <= 'f'            ? (uint32_t)(c - 'a' + 10)
						      : 16;
		if (digit == 16)
			return false;
		number = number << 4 | digit;
	}
	*ret_number = number;
	return true;
}

struct search {
	struct trust_store *store;
	struct trust_seals *seals;
	struct trust_table_index by_object;
	struct trust_raw_record *last; /* its signatures often stand together */
};

static void
prove(struct search *search, struct trust_raw_record *record, uint32_t attribute,
    struct trust_bytes signature)
{
	struct trust_bytes value;
	unsigned place = 0;

	if (!find_value(record, attribute, &value, &place))
		return;
	if (trust_seal_check(&search->seals->key, record->object_id, attribute, value, signature))
		record->proven |= UINT32_C(1) << (place & 31);
	record->too_dear |= search->seals->key.too_dear;
}

/* "sig_cert_0784e28b_ce536358" */
static void
check_row(struct search *search, sqlite3_stmt *row)
{
	const char *id = (const char *)sqlite3_column_text(row, 0);
	uint32_t object_id = 0;
	uint32_t attribute = 0;
	size_t at = TRUST_TABLE_START;

	if (!id || sqlite3_column_bytes(row, 0) != 26 || strncmp(id, "sig_cert_", 9) != 0 ||
	    id[17] != '_' || !parse_hex(id + 9, &object_id) || !parse_hex(id + 18, &attribute))
		return;
	struct trust_bytes signature = trust_db_blob(row, 1);
	if (search->last && search->last->object_id == object_id) {
		prove(search, search->last, attribute, signature);
		return;
	}
	/* Row ids are unique. */
	for (int64_t i;
	     (i = trust_table_find(&search->by_object, trust_hash_number(object_id), &at)) >= 0;) {
		search->last = &search->store->records[i];
		if (search->last->object_id == object_id) {
			prove(search, search->last, attribute, signature);
			return;
		}
	}
}

/* A record is intact when every signed attribute it has carries its signature. With the empty
 * password anybody can make one of any cost, that NSS takes for right: such a record is not called
 * none. Where there is a password NSS alone can, and does not. */
static void
judge(struct trust_store *store)
{
	for (size_t i = 0; i < store->record_count; i++) {
		struct trust_raw_record *record = &store->records[i];
		if (record->values.size == 0)
			continue;
		if (record->proven == (UINT32_C(1) << count_values(record)) - 1)
			record->seal = TRUST_SEAL_INTACT;
		else if (!record->too_dear || store->has_password)
			record->seal = TRUST_SEAL_TAMPERED;
	}
}

static bool
check_few(struct trust_store *store, struct sqlite3 *db, struct trust_seals *seals,
    struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;
	struct search search = { .store = store, .seals = seals };

	if (!trust_db_prepare(db, &rows, error,
		"SELECT id,item1 FROM metaData WHERE id>=printf('sig_cert_%%08x_',?1) AND "
		"id<printf('sig_cert_%%08x`',?1)"))
		return false;
	for (size_t i = 0; i < store->record_count; i++) {
		search.last = &store->records[i];
		if (search.last->values.size == 0)
			continue;
		sqlite3_bind_int64(rows, 1, search.last->object_id);
		while (trust_db_step(db, rows, error))
			check_row(&search, rows);
		if (error->code != TRUST_OK)
			return false;
		sqlite3_reset(rows);
	}
	judge(store);
	return true;
}

bool
trust_seals_check(struct trust_store *store, struct sqlite3 *db, struct trust_seals *seals,
    struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;
	size_t wanted = 0;
	size_t done = 0;
	int64_t total = 0;

	for (size_t i = 0; i < store->record_count; i++)
		wanted += store->records[i].values.size != 0;
	if (wanted == 0)
		return true;
	/* A few are searched for; all are read in the order of the file, not of the index, which
	 * would cost a search for each row. */
	if (wanted <= 16)
		return check_few(store, db, seals, error);
	if (trust_progress_is_wanted() &&
	    !trust_db_number(db, 0, &total, error, "SELECT count(*) FROM metaData"))
		return false;
	if (!trust_db_prepare(db, &rows, error, "SELECT id,item1 FROM metaData NOT INDEXED"))
		return false;
	struct search search = {
		.store = store, .seals = seals, .by_object = trust_table_new(wanted)
	};
	for (size_t i = 0; i < store->record_count; i++)
		if (store->records[i].values.size)
			trust_table_put(
			    &search.by_object, trust_hash_number(store->records[i].object_id), i);
	while (trust_db_step(db, rows, error)) {
		check_row(&search, rows);
		if (total)
			trust_progress_tell("signatures of trust", ++done, (size_t)total);
	}
	trust_table_done(&search.by_object);
	judge(store);
	return error->code == TRUST_OK;
}
