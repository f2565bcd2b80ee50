/* SPDX-License-Identifier: MPL-2.0 */
/* The part of a store that a question is about: found first, as row numbers, then read. */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/db_internal.h"
#include "core/der.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/store_form_internal.h"
#include "core/store_part_internal.h"

/* More rows than this are not worth a search for each. */
#define MAX_ROWS 200
/* More names than this no question looks for that is worth a search for each: a certificate may
 * name a hundred thousand. */
#define MAX_WANTED 1000
/* More names than this, and others than ASCII, are not looked for in each subject, but the
 * subject's among them. */
#define FEW_TEXTS 4

struct subject {
	uint64_t hash; /* as trust_name_hash() */
	int64_t row;
};

struct search {
	sqlite3 *db;
	const struct trust_part *part;
	int64_t *rows; /* owned: what is meant, each once */
	size_t row_count;
	struct subject *subjects; /* owned: of all rows; with issuers only */
	size_t subject_count;
	size_t subject_room;
	struct trust_table_index by_subject; /* index of the subject */
	struct trust_table_index by_root;    /* index of the built-in root, by its subject */
	uint64_t *wanted;                    /* owned: subjects looked for */
	size_t wanted_count;
	const struct trust_cert **passed; /* owned array: built-in roots on the way */
	size_t passed_count;
	struct trust_table_index by_text; /* index of the text, where they are looked up */
	bool any_text;                    /* ... and one of them may be of any subject */
};

static void
search_done(struct search *search)
{
	trust_free(search->rows);
	trust_free(search->subjects);
	trust_free(search->wanted);
	trust_free(search->passed);
	trust_table_done(&search->by_subject);
	trust_table_done(&search->by_root);
	trust_table_done(&search->by_text);
}

void
trust_part_found_done(struct trust_part_found *found)
{
	trust_free(found->certs);
}

static bool
is_full(const struct search *search)
{
	return search->row_count > MAX_ROWS || search->wanted_count > MAX_WANTED;
}

static void
add_row(struct search *search, int64_t row)
{
	for (size_t i = 0; i < search->row_count; i++)
		if (search->rows[i] == row)
			return;
	if (is_full(search))
		return;
	search->rows = trust_grow_array(search->rows, search->row_count + 1, sizeof *search->rows);
	search->rows[search->row_count++] = row;
}

/* ---- by what people say -------------------------------------------------------------------- */

static bool
is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return !*text;
}

static void
index_texts(struct search *search)
{
	const struct trust_part *part = search->part;
	bool few = part->text_count <= FEW_TEXTS;

	for (size_t i = 0; i < part->text_count; i++)
		few &= is_ascii(part->texts[i]);
	if (few)
		return;
	search->by_text = trust_table_new(part->text_count);
	for (size_t i = 0; i < part->text_count; i++) {
		const char *text = part->texts[i];
		trust_table_put(&search->by_text,
		    trust_hash_bytes((struct trust_bytes){ (const uint8_t *)text, strlen(text) }),
		    i);
		search->any_text |= strchr(text, '@') != NULL;
	}
}

static bool
is_a_text(const struct search *search, const char *name)
{
	struct trust_bytes bytes = { (const uint8_t *)name, strlen(name) };
	size_t at = TRUST_TABLE_START;

	for (int64_t i;
	     (i = trust_table_find(&search->by_text, trust_hash_bytes(bytes), &at)) >= 0;)
		if (strcmp(search->part->texts[i], name) == 0)
			return true;
	return false;
}

/* May a certificate of this subject be meant by one of the texts? */
static bool
may_be_meant(const struct search *search, struct trust_bytes subject)
{
	const struct trust_part *part = search->part;

	if (search->by_text.size) {
		TRUST_AUTO_FREE char *common = trust_name_attribute(subject, TRUST_OID_COMMON_NAME);
		return search->any_text || !common || is_a_text(search, common);
	}
	for (size_t i = 0; i < part->text_count; i++)
		if (trust_select_may_mean(part->texts[i], subject))
			return true;
	return false;
}

static void
note_subject(struct search *search, struct trust_bytes subject, int64_t row)
{
	if (search->subject_count == search->subject_room) {
		search->subject_room = search->subject_room ? 2 * search->subject_room : 256;
		search->subjects = trust_grow_array(
		    search->subjects, search->subject_room, sizeof *search->subjects);
	}
	search->subjects[search->subject_count++] =
	    (struct subject){ trust_name_hash(subject), row };
}

/* One pass over the index of subjects, whose rows are not read. */
static bool
pass_subjects(struct search *search, struct trust_error *error)
{
	const struct trust_part *part = search->part;
	TRUST_AUTO_STATEMENT *subjects = NULL;

	if (!trust_db_prepare(
		search->db, &subjects, error, "SELECT rowid,a101 FROM nssPublic WHERE a101>=x''"))
		return false;
	while (!is_full(search) && trust_db_step(search->db, subjects, error)) {
		struct trust_bytes subject = trust_db_blob(subjects, 1);
		int64_t row = sqlite3_column_int64(subjects, 0);
		if (part->issuers || part->cert_count)
			note_subject(search, subject, row);
		if (may_be_meant(search, subject))
			add_row(search, row);
	}
	return error->code == TRUST_OK;
}

static bool
find_nicknames(struct search *search, struct trust_error *error)
{
	const struct trust_part *part = search->part;
	TRUST_AUTO_STATEMENT *rows = NULL;

	if (!trust_db_prepare(
		search->db, &rows, error, "SELECT rowid FROM nssPublic WHERE a3=CAST(?1 AS BLOB)"))
		return false;
	for (size_t i = 0; i < part->text_count; i++) {
		sqlite3_bind_text(rows, 1, part->texts[i], -1, SQLITE_STATIC);
		while (!is_full(search) && trust_db_step(search->db, rows, error))
			add_row(search, sqlite3_column_int64(rows, 0));
		sqlite3_reset(rows);
	}
	return error->code == TRUST_OK;
}

/* Others with the issuer and serial number of what is asked about. */
static bool
find_namesakes(struct search *search, struct trust_error *error)
{
	const struct trust_part *part = search->part;
	TRUST_AUTO_STATEMENT *rows = NULL;

	if (!trust_db_prepare(search->db, &rows, error,
		"SELECT rowid FROM nssPublic WHERE a81=?1 AND a82=?2 AND a0=x'00000001'"))
		return false;
	for (size_t i = 0; i < part->cert_count; i++) {
		struct trust_bytes issuer = part->certs[i]->issuer;
		struct trust_bytes serial = part->certs[i]->serial_tlv;
		sqlite3_bind_blob(rows, 1, issuer.data, (int)issuer.size, SQLITE_STATIC);
		sqlite3_bind_blob(rows, 2, serial.data, (int)serial.size, SQLITE_STATIC);
		while (!is_full(search) && trust_db_step(search->db, rows, error))
			add_row(search, sqlite3_column_int64(rows, 0));
		sqlite3_reset(rows);
	}
	return error->code == TRUST_OK;
}

/* There is no index of identifiers: this is a look at all. */
static bool
pass_identifiers(struct search *search, struct trust_error *error)
{
	const struct trust_part *part = search->part;
	TRUST_AUTO_STATEMENT *values = NULL;
	uint8_t id[TRUST_SHA256_BYTES];
	bool any = false;

	for (size_t i = 0; i < part->text_count; i++)
		any |= trust_select_is_prefix(part->texts[i]);
	if (!any)
		return true;
	if (!trust_db_prepare(search->db, &values, error,
		"SELECT rowid,a11 FROM nssPublic WHERE a0 IN (x'00000001',x'ce534351')"))
		return false;
	while (!is_full(search) && trust_db_step(search->db, values, error)) {
		struct trust_bytes der = trust_stored_value(trust_db_blob(values, 1));
		trust_sha256(der.data, der.size, id);
		for (size_t i = 0; i < part->text_count; i++)
			if (trust_select_is_prefix_of(part->texts[i], id))
				add_row(search, sqlite3_column_int64(values, 0));
	}
	return error->code == TRUST_OK;
}

/* ---- issuers ------------------------------------------------------------------------------- */

static void want_issuers(struct search *search, const struct trust_cert *cert);

static void
want(struct search *search, struct trust_bytes name)
{
	if (is_full(search))
		return;
	uint64_t hash = trust_name_hash(name);
	size_t at = TRUST_TABLE_START;
	for (size_t i = 0; i < search->wanted_count; i++)
		if (search->wanted[i] == hash)
			return;
	search->wanted =
	    trust_grow_array(search->wanted, search->wanted_count + 1, sizeof *search->wanted);
	search->wanted[search->wanted_count++] = hash;
	for (int64_t i; (i = trust_table_find(&search->by_subject, hash, &at)) >= 0;)
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): an empty table finds none */
		if (search->subjects[i].hash == hash)
			add_row(search, search->subjects[i].row);
	at = TRUST_TABLE_START;
	for (int64_t i; (i = trust_table_find(&search->by_root, hash, &at)) >= 0;) {
		const struct trust_cert *root =
		    trust_store_item(search->part->builtin, (size_t)i)->cert;
		if (trust_name_hash(root->subject) != hash)
			continue;
		search->passed = trust_grow_array(
		    search->passed, search->passed_count + 1, sizeof(struct trust_cert *));
		search->passed[search->passed_count++] = root;
		want_issuers(search, root);
	}
}

/* Its issuer, and who else may say that it is revoked (RFC 5280, section 4.2.1.13: cRLIssuer). */
static void
want_issuers(struct search *search, const struct trust_cert *cert)
{
	const struct trust_extension *extension = trust_cert_extension(cert, TRUST_OID_CRL_POINTS);
	struct trust_der der =
	    trust_der_init(extension ? extension->value : (struct trust_bytes){ 0 });
	struct trust_der list;
	struct trust_point point;
	bool damaged = false;

	want(search, cert->issuer);
	if (!extension || !trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return;
	while (trust_point_next(&list, &point, &damaged)) {
		struct trust_der names = trust_der_init(point.issuer);
		struct trust_der_element name;
		while (trust_der_next(&names, &name))
			if (name.tag == TRUST_DER_CONTEXT(4))
				want(search, name.content);
	}
}

/* ---- rows ---------------------------------------------------------------------------------- */

struct row {
	sqlite3_stmt *statement;
	bool is_cert;
	bool is_list;
	struct trust_bytes der; /* borrowed from the statement, until it is reset */
};

static bool
read_row(struct search *search, sqlite3_stmt *statement, int64_t number, struct row *ret_row,
    struct trust_error *error)
{
	static const uint8_t cert[] = { 0, 0, 0, 1 };
	static const uint8_t list[] = { 0xce, 0x53, 0x43, 0x51 };
	struct row row = { .statement = statement };

	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, number);
	if (trust_db_step(search->db, statement, error)) {
		struct trust_bytes class = trust_db_blob(statement, 1);
		row.is_cert = trust_bytes_equal(class, (struct trust_bytes){ cert, sizeof cert });
		row.is_list = trust_bytes_equal(class, (struct trust_bytes){ list, sizeof list });
		row.der = trust_stored_value(trust_db_blob(statement, 3));
	}
	*ret_row = row;
	return error->code == TRUST_OK;
}

/* The rows found so far, and what they lead to. */
static bool
follow_issuers(struct search *search, sqlite3_stmt *statement, struct trust_error *error)
{
	struct row row;

	for (size_t i = 0; i < search->row_count && !is_full(search); i++) {
		TRUST_AUTO(trust_cert) *cert = NULL;
		TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
		if (!read_row(search, statement, search->rows[i], &row, error))
			return false;
		if (!row.is_cert || !trust_cert_decode(row.der, &cert, &ignored))
			continue;
		want(search, cert->subject); /* others of its name tell apart who is meant */
		want_issuers(search, cert);
	}
	return true;
}

static void
index_roots(struct search *search)
{
	const struct trust_store *builtin = search->part->builtin;
	size_t count = builtin ? trust_store_count(builtin) : 0;

	search->by_root = trust_table_new(count);
	for (size_t i = 0; i < count; i++) {
		const struct trust_cert *root = trust_store_item(builtin, i)->cert;
		if (root)
			trust_table_put(&search->by_root, trust_name_hash(root->subject), i);
	}
}

static bool
find_rows(struct search *search, sqlite3_stmt *statement, struct trust_error *error)
{
	const struct trust_part *part = search->part;

	index_texts(search);
	if (!pass_subjects(search, error) || !pass_identifiers(search, error) ||
	    !find_nicknames(search, error) || !find_namesakes(search, error))
		return false;
	search->by_subject = trust_table_new(search->subject_count);
	for (size_t i = 0; i < search->subject_count; i++)
		trust_table_put(&search->by_subject, search->subjects[i].hash, i);
	index_roots(search);
	for (size_t i = 0; i < part->cert_count; i++) {
		want(search, part->certs[i]->subject);
		if (part->issuers)
			want_issuers(search, part->certs[i]);
	}
	return !part->issuers || follow_issuers(search, statement, error);
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Certificates first, then lists, each in the order of the file. */
static bool
add_items(struct search *search, struct trust_store *store, sqlite3_stmt *statement,
    struct trust_error *error)
{
	struct row row;

	if (search->row_count)
		qsort(search->rows, search->row_count, sizeof *search->rows, by_number);
	for (int lists = 0; lists < 2; lists++)
		for (size_t i = 0; i < search->row_count; i++) {
			if (!read_row(search, statement, search->rows[i], &row, error))
				return false;
			uint32_t id = trust_form_id(statement, 0);
			if (lists && row.is_list)
				trust_store_add_crl(store, row.der, id);
			else if (!lists && row.is_cert)
				trust_store_add_cert(store, row.der,
				    trust_stored_value(trust_db_blob(statement, 2)), id,
				    trust_stored_value(trust_db_blob(statement, 4)));
		}
	return true;
}

/* ---- whose records ------------------------------------------------------------------------- */

static void
add_found(struct trust_part_found *found, const struct trust_cert *cert)
{
	for (size_t i = 0; i < found->count; i++)
		if (trust_bytes_equal(found->certs[i]->serial_tlv, cert->serial_tlv) &&
		    trust_bytes_equal(found->certs[i]->issuer, cert->issuer))
			return;
	found->certs =
	    trust_grow_array(found->certs, found->count + 1, sizeof(struct trust_cert *));
	found->certs[found->count++] = cert;
}

static void
find_owners(struct search *search, const struct trust_store *store, struct trust_part_found *found)
{
	for (size_t i = 0; i < store->count; i++)
		if (store->items[i].cert)
			add_found(found, store->items[i].cert);
	for (size_t i = 0; i < search->part->cert_count; i++)
		add_found(found, search->part->certs[i]);
	for (size_t i = 0; i < search->passed_count; i++)
		add_found(found, search->passed[i]);
}

bool
trust_part_read(struct trust_store *store, struct sqlite3 *db, const struct trust_part *part,
    struct trust_part_found *ret_found, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *statement = NULL;
	TRUST_AUTO_ERROR unnumbered = TRUST_ERROR_INIT;
	struct search search = { .db = db, .part = part };
	int64_t columns = 0;

	/* A column may bear the name of the row numbers. */
	if (!trust_db_number(db, 0, &columns, error,
		"SELECT total(name='a101')-total(lower(name) IN ('rowid','_rowid_','oid')) "
		"FROM pragma_table_xinfo('nssPublic')"))
		return false;
	/* A table may have no row numbers; what else is wrong, reading all will tell. */
	ret_found->whole = columns != 1 ||
	    !trust_db_prepare(db, &statement, &unnumbered,
		"SELECT id,a0,a3,a11,a102 FROM nssPublic WHERE rowid=?1");
	if (ret_found->whole)
		return true;
	bool done = find_rows(&search, statement, error);
	ret_found->whole = is_full(&search);
	if (done && !ret_found->whole) {
		done = add_items(&search, store, statement, error);
		find_owners(&search, store, ret_found);
	}
	search_done(&search);
	return done;
}
