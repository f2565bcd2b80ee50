/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The PKCS #11 way to read a store, for tables that the SQLite pass does not know: a private copy
 * is opened by the NSS of the program that owns the store, and each object is taken as NSS shows
 * it. The joins are those of the other way.
 *
 * What this way cannot know: without the store's password softoken shows no private keys; a value
 * of trust whose signature is wrong, or missing, it does not show at all; and an NSS that does not
 * know the modern spelling shows it without checking.
 */

#include <string.h>

#include "core/attributes_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/secret.h"
#include "core/stage_internal.h"
#include "core/store_internal.h"
#include "core/worker_internal.h"
#include "core/worker_protocol.h"

/* One answer of 200 objects, seven signed values each, at 20 ms. */
#define READ_MS (120 * 1000)

/* ---- a private copy ------------------------------------------------------------------------ */

/* What NSS cannot do without: with less it lists nothing, or nothing but names. */
static bool
has_certificates(sqlite3 *cert, bool *ret_has, struct trust_error *error)
{
	int64_t columns = 0;

	if (!trust_db_number(cert, 0, &columns, error,
		"SELECT count(*) FROM pragma_table_info('nssPublic') WHERE name IN "
		"('id','a0','a11')"))
		return false;
	*ret_has = columns == 3;
	return true;
}

/* Views, virtual tables and generated columns compute when they are read, and NSS reads what it is
 * given: then it is given nothing. */
static bool
computes(sqlite3 *db, bool *ret_computes, struct trust_error *error)
{
	int64_t count = 0;

	if (!trust_db_number(
		db, 0, &count, error, "SELECT count(*) FROM pragma_table_list WHERE type<>'table'"))
		return false;
	if (count == 0 &&
	    !trust_db_number(db, 0, &count, error,
		"SELECT count(*) FROM pragma_table_list t, pragma_table_xinfo(t.name) x "
		"WHERE x.hidden<>0"))
		return false;
	*ret_computes = count > 0;
	return true;
}

static bool
copy_database(
    sqlite3 *from, const struct trust_stage *stage, const char *name, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", stage->work, name);
	TRUST_AUTO_DB *to = NULL;

	if (!trust_db_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0, &to, error))
		return false;
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	if (backup) {
		sqlite3_backup_step(backup, -1);
		if (sqlite3_backup_finish(backup) == SQLITE_OK)
			return true;
	}
	return trust_db_fail(to, NULL, "cannot copy the store", error);
}

static bool
database_size(sqlite3 *db, uint64_t *size, struct trust_error *error)
{
	int64_t bytes = 0;

	if (db &&
	    !trust_db_number(db, 0, &bytes, error,
		"SELECT page_count*page_size FROM pragma_page_count,pragma_page_size"))
		return false;
	*size += (uint64_t)bytes;
	return true;
}

/* Readers change nothing: not beside the store either. */
static bool
copy_store(sqlite3 *cert, sqlite3 *key, struct trust_stage **ret_stage, struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;
	uint64_t size = 0;

	if (!database_size(cert, &size, error) || !database_size(key, &size, error) ||
	    !trust_stage_directory(NULL, size, &stage, error) ||
	    !copy_database(cert, stage, "cert9.db", error) ||
	    (key && !copy_database(key, stage, "key4.db", error)) ||
	    /* Nobody waits while NSS works. */
	    !trust_db_exec(cert, error, "COMMIT") || (key && !trust_db_exec(key, error, "COMMIT")))
		return false;
	*ret_stage = trust_steal(&stage);
	return true;
}

/* ---- objects -------------------------------------------------------------------------------- */

struct value {
	bool refused; /* its signature is wrong or missing */
	struct trust_bytes bytes;
};

struct reader {
	struct trust_store *store;
	struct trust_worker *worker;
	const struct trust_visitor *visitor;
	bool logged_in;
};

struct object_class {
	uint32_t number;
	uint32_t attributes[TRUST_WORKER_ATTRIBUTES];
	size_t count;
	void (*add)(struct reader *reader, const struct object_class *class, uint32_t object_id,
	    const struct value *values);
};

/* CK_ULONG of an attribute that NSS knows, else the four bytes as they are stored. */
static uint32_t
number_of(struct trust_bytes bytes)
{
	unsigned long number = 0;

	if (bytes.size == 4)
		return trust_u32_at(bytes.data);
	if (bytes.size != sizeof number)
		return UINT32_MAX;
	memcpy(&number, bytes.data, sizeof number);
	return (uint32_t)number;
}

static void
show_last(struct reader *reader)
{
	if (reader->visitor)
		trust_store_visit(reader->store, reader->visitor);
}

static void
add_cert(struct reader *reader, const struct object_class *class TRUST_UNUSED, uint32_t object_id,
    const struct value *values)
{
	trust_store_add_cert(
	    reader->store, values[0].bytes, values[1].bytes, object_id, values[2].bytes);
	show_last(reader);
}

static void
add_crl(struct reader *reader, const struct object_class *class TRUST_UNUSED, uint32_t object_id,
    const struct value *values)
{
	trust_store_add_crl(reader->store, values[0].bytes, object_id);
	show_last(reader);
}

static void
add_key(struct reader *reader, const struct object_class *class TRUST_UNUSED, uint32_t object_id,
    const struct value *values)
{
	const struct trust_raw_key key = {
		.object_id = object_id,
		.key_id = values[0].bytes,
		.type = number_of(values[1].bytes),
		.label = values[2].bytes,
		.public_value = values[3].bytes.size ? values[3].bytes : values[4].bytes,
	};
	trust_store_add_key(reader->store, &key);
}

/* Issuer, serial, digest, the four usages, and what else is signed. */
#define FIRST_SIGNED 2
#define FIRST_USAGE 3

static void
add_record(struct reader *reader, const struct object_class *class, uint32_t object_id,
    const struct value *values)
{
	bool checked = reader->logged_in;
	struct trust_raw_record record = {
		.spelling = class->number == TRUST_CLASS_LEGACY ? TRUST_LEGACY : TRUST_MODERN,
		.object_id = object_id,
		.issuer = values[0].bytes,
		.serial = values[1].bytes,
		.digest = values[2].bytes,
		.seal = TRUST_SEAL_UNVERIFIED,
	};

	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		struct trust_bytes number = values[FIRST_USAGE + usage].bytes;
		record.states.of[usage] =
		    trust_state_from_stored(record.spelling, number_of(number));
		checked &= number.size != 4; /* this NSS knows no such number, and no signature */
	}
	if (checked)
		record.seal = TRUST_SEAL_INTACT;
	for (size_t i = FIRST_SIGNED; i < class->count; i++)
		if (values[i].refused)
			record.seal = TRUST_SEAL_TAMPERED;
	trust_store_add_record(reader->store, &record);
}

static struct object_class
record_class(enum trust_spelling spelling)
{
	static const struct object_class legacy = {
		.number = TRUST_CLASS_LEGACY,
		.attributes = { TRUST_CKA_ISSUER, TRUST_CKA_SERIAL, TRUST_CKA_LEGACY_SHA1, 0, 0, 0,
		    0, TRUST_CKA_LEGACY_MD5, TRUST_CKA_LEGACY_STEP_UP },
		.count = 9,
		.add = add_record,
	};
	static const struct object_class modern = {
		.number = TRUST_CLASS_MODERN,
		.attributes = { TRUST_CKA_ISSUER, TRUST_CKA_SERIAL, TRUST_CKA_MODERN_DIGEST, 0, 0,
		    0, 0, TRUST_CKA_MODERN_ALGORITHM },
		.count = 8,
		.add = add_record,
	};
	struct object_class class = spelling == TRUST_LEGACY ? legacy : modern;

	for (int usage = 0; usage < TRUST_USAGES; usage++)
		class.attributes[FIRST_USAGE + usage] =
		    trust_usage_attribute(spelling, (enum trust_usage)usage);
	return class;
}

static const struct object_class key_class = {
	.number = TRUST_CLASS_PRIVATE_KEY,
	.attributes = { TRUST_CKA_ID, TRUST_CKA_KEY_TYPE, TRUST_CKA_LABEL, TRUST_CKA_MODULUS,
	    TRUST_CKA_EC_POINT },
	.count = 5,
	.add = add_key,
};
static const struct object_class cert_class = {
	.number = TRUST_CLASS_CERT,
	.attributes = { TRUST_CKA_VALUE, TRUST_CKA_LABEL, TRUST_CKA_ID },
	.count = 3,
	.add = add_cert,
};
static const struct object_class crl_class = {
	.number = TRUST_CLASS_CRL,
	.attributes = { TRUST_CKA_VALUE },
	.count = 1,
	.add = add_crl,
};

/* ---- reading -------------------------------------------------------------------------------- */

/* One answer's objects. False: there was none that makes sense. */
static bool
take_objects(struct reader *reader, const struct object_class *class, struct trust_wire *answer,
    bool *ret_more)
{
	struct value values[TRUST_WORKER_ATTRIBUTES];

	while (trust_wire_u32(answer) == 1) {
		uint32_t object_id = trust_wire_u32(answer);
		for (size_t i = 0; i < class->count; i++) {
			values[i].refused = trust_wire_u32(answer) != 0;
			values[i].bytes = trust_wire_bytes(answer);
		}
		if (answer->bad)
			return false;
		class->add(reader, class, object_id, values);
	}
	*ret_more = trust_wire_u32(answer) != 0;
	return !answer->bad;
}

static bool
read_class(struct reader *reader, const struct object_class *class, struct trust_error *error)
{
	bool more = false;

	do {
		TRUST_AUTO_BUFFER request;
		TRUST_AUTO_BUFFER frame;
		struct trust_wire answer;
		trust_buffer_init(&request, TRUST_MAX_WIRE_BYTES);
		trust_wire_put_u32(&request, TRUST_ASK_READ);
		trust_wire_put_u32(&request, class->number);
		trust_wire_put_u32(&request, more);
		trust_wire_put_u32(&request, (uint32_t) class->count);
		for (size_t i = 0; i < class->count; i++)
			trust_wire_put_u32(&request, class->attributes[i]);
		if (!trust_worker_ask(reader->worker, &request, READ_MS, &frame, &answer, error))
			return false;
		if (!take_objects(reader, class, &answer, &more))
			return trust_fail(
			    error, TRUST_BUG, NULL, "the NSS worker answered nonsense");
	} while (more);
	return true;
}

static bool
log_in(struct reader *reader, const struct trust_secret *password, struct trust_error *error)
{
	enum trust_login login = TRUST_LOGIN_WRONG;

	if (!trust_worker_login(reader->worker, NULL, &login, error))
		return false;
	if (login == TRUST_LOGIN_WRONG) {
		reader->store->has_password = true;
		if (!password)
			return true;
		if (!trust_worker_login(reader->worker, password, &login, error))
			return false;
		if (login == TRUST_LOGIN_WRONG)
			return trust_store_wrong_password(reader->store, error);
	}
	reader->logged_in = login == TRUST_LOGIN_DONE;
	return true;
}

/* Keys and records before the certificates that are joined to them. */
static bool
read_objects(struct reader *reader, struct trust_worker *worker, bool has_keys,
    const struct trust_store_options *options, struct trust_error *error)
{
	reader->worker = worker;
	if (has_keys &&
	    (!log_in(reader, options->password, error) || !read_class(reader, &key_class, error)))
		return false;
	for (int spelling = TRUST_LEGACY; spelling <= TRUST_MODERN; spelling++) {
		const struct object_class records = record_class((enum trust_spelling)spelling);
		if (!read_class(reader, &records, error))
			return false;
	}
	if (reader->visitor)
		trust_store_start_visits(reader->store);
	return read_class(reader, &cert_class, error) && read_class(reader, &crl_class, error);
}

static bool
no_way(const struct trust_store *store, const char *why, struct trust_error *error)
{
	trust_fail(error, TRUST_STORE_DAMAGED, store->place.name,
	    "cert9.db of store '%s' is a database, but not a certificate store: %s",
	    store->place.name, why);
	return trust_hint(error, "to see what it lacks: trustctl store check");
}

bool
trust_store_read_by_nss(struct trust_store *store, sqlite3 *cert, sqlite3 *key,
    const struct trust_store_options *options, const struct trust_visitor *visitor,
    struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;
	TRUST_AUTO(trust_worker) *worker = NULL;
	bool has = false;
	bool cert_computes = false;
	bool key_computes = false;

	if (!has_certificates(cert, &has, error) || !computes(cert, &cert_computes, error) ||
	    (key && !computes(key, &key_computes, error)))
		return false;
	if (!has)
		return no_way(store, "it has no table 'nssPublic' of certificates", error);
	if (cert_computes || key_computes)
		return no_way(store, "it has views or computed columns", error);
	if (!copy_store(cert, key, &stage, error))
		return false;
	store->by_nss = true;
	struct reader reader = { .store = store, .visitor = visitor };
	bool done =
	    trust_worker_start(store->place.nss_libdir, stage->work, true, &worker, error) &&
	    read_objects(&reader, worker, key != NULL, options, error) &&
	    trust_worker_finish(trust_steal(&worker), error);
	if (done || error->code != TRUST_STORE_NSS)
		return done;
	TRUST_AUTO_FREE char *why = trust_strdup(error->message);
	trust_error_clear(error);
	return no_way(store, why, error);
}
