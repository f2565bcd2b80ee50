/* SPDX-License-Identifier: MPL-2.0 */
/* NSS's rows without NSS: see direct_internal.h for when. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/attributes_internal.h"
#include "core/cert.h"
#include "core/db_internal.h"
#include "core/der.h"
#include "core/direct_internal.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/seal.h"
#include "core/secret.h"
#include "core/signature.h"
#include "core/store_form_internal.h"

struct trust_direct {
	sqlite3 *db; /* cert9.db, with key4.db as `key` */
	sqlite3_stmt *is_taken;
	sqlite3_stmt *add_cert;
	sqlite3_stmt *add_trust;
	sqlite3_stmt *add_signature;
	sqlite3_stmt *delete_row;
	sqlite3_stmt *delete_signatures;
	bool has_signatures; /* metaData is there */
	bool logged_in;
	bool within; /* a transaction is open */
	uint32_t next_id;
	struct trust_sealer sealer;
};

void
trust_direct_free(struct trust_direct *direct)
{
	if (!direct)
		return;
	sqlite3_finalize(direct->is_taken);
	sqlite3_finalize(direct->add_cert);
	sqlite3_finalize(direct->add_trust);
	sqlite3_finalize(direct->add_signature);
	sqlite3_finalize(direct->delete_row);
	sqlite3_finalize(direct->delete_signatures);
	sqlite3_close(direct->db);
	trust_sealer_done(&direct->sealer);
	trust_free(direct);
}

/* ---- the schema --------------------------------------------------------------------------- */

/* "CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, a0, a1, ...)" and nothing
 * else. */
static bool
is_object_table(const char *sql)
{
	static const char start[] =
	    "CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON CONFLICT ABORT";

	if (!sql || strncmp(sql, start, strlen(start)) != 0)
		return false;
	for (sql += strlen(start); sql[0] == ',';) {
		sql += 1 + (sql[1] == ' ');
		if (*sql == '"')
			sql++; /* columns that were added later */
		if (*sql++ != 'a')
			return false;
		while (isxdigit((unsigned char)*sql))
			sql++;
		if (*sql == '"')
			sql++;
	}
	return strcmp(sql, ")") == 0;
}

static bool
check_objects(sqlite3 *db, bool *ret_known, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;
	int64_t columns = 0;

	*ret_known = false;
	if (!trust_db_prepare(db, &rows, error,
		"SELECT sql FROM main.sqlite_master WHERE type='table' AND name='nssPublic'"))
		return false;
	if (!trust_db_step(db, rows, error))
		return error->code == TRUST_OK;
	if (!is_object_table((const char *)sqlite3_column_text(rows, 0)))
		return true;
	if (!trust_db_number(db, 0, &columns, error,
		"SELECT count(*) FROM pragma_table_info('nssPublic','main') WHERE name IN "
		"('id','a0','a1','a2',"
		"'a3','a11','a80','a81','a82','a101','a102','a170','ace536358','ace536359','"
		"ace53635a',"
		"'ace53635b','ace536360','ace5363b4','ace5363b5')"))
		return false;
	/* An index that is unique, or a trigger, would be somebody else's idea. */
	int64_t others = 0;
	if (!trust_db_number(db, 1, &others, error,
		"SELECT count(*) FROM main.sqlite_master WHERE tbl_name='nssPublic' AND "
		"(type NOT IN ('table','index') OR sql LIKE '%%UNIQUE INDEX%%')"))
		return false;
	*ret_known = columns == 19 && others == 0;
	return true;
}

static bool
check_signatures(struct trust_direct *direct, bool *ret_known, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *rows = NULL;

	if (!trust_db_prepare(direct->db, &rows, error,
		"SELECT sql FROM key.sqlite_master WHERE type='table' AND name='metaData'"))
		return false;
	direct->has_signatures = trust_db_step(direct->db, rows, error);
	if (!direct->has_signatures)
		return error->code == TRUST_OK;
	const char *sql = (const char *)sqlite3_column_text(rows, 0);
	*ret_known = *ret_known && sql &&
	    strcmp(sql,
		"CREATE TABLE metaData (id PRIMARY KEY UNIQUE ON CONFLICT "
		"REPLACE, item1, item2)") == 0;
	return true;
}

static bool
prepare_statements(struct trust_direct *direct, struct trust_error *error)
{
	sqlite3 *db = direct->db;

	/* x'a5005a' is how softoken says "here, and empty": the label of trust. */
	return trust_db_prepare(
		   db, &direct->is_taken, error, "SELECT 1 FROM main.nssPublic WHERE id=?1") &&
	    trust_db_prepare(db, &direct->add_cert, error,
		"INSERT INTO main.nssPublic(id,a0,a1,a2,a3,a11,a80,a81,a82,a101,a102,a170) "
		"VALUES(?1,x'00000001',x'01',x'00',?2,?3,x'00000000',?4,?5,?6,?7,x'01')") &&
	    trust_db_prepare(db, &direct->add_trust, error,
		"INSERT INTO "
		"main.nssPublic(id,a0,a1,a2,a3,a81,a82,a170,ace536360,ace536358,ace536359,"
		"ace53635a,ace53635b,ace5363b4,ace5363b5) "
		"VALUES(?1,x'ce534353',x'01',x'00',x'a5005a',?2,?3,"
		"x'01',x'00',?4,?5,?6,?7,?8,?9)") &&
	    trust_db_prepare(
		db, &direct->delete_row, error, "DELETE FROM main.nssPublic WHERE id=?1") &&
	    (!direct->has_signatures ||
		(trust_db_prepare(db, &direct->add_signature, error,
		     "INSERT INTO key.metaData(id,item1) VALUES(?1,?2)") &&
		    trust_db_prepare(db, &direct->delete_signatures, error,
			"DELETE FROM key.metaData WHERE id>=?1 AND id<?2")));
}

bool
trust_direct_open(
    const char *directory, struct trust_direct **ret_direct, struct trust_error *error)
{
	TRUST_AUTO(trust_direct) *direct = trust_alloc(sizeof *direct);
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", directory);
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", directory);
	struct timespec now;
	bool known = false;

	*ret_direct = NULL;
	if (!trust_db_open(cert, SQLITE_OPEN_READWRITE, 0, &direct->db, error) ||
	    /* A copy that a crash may lose. */
	    !trust_db_exec(direct->db, error,
		"ATTACH %Q AS key; PRAGMA main.synchronous=OFF; PRAGMA key.synchronous=OFF; "
		"PRAGMA main.journal_mode=MEMORY; PRAGMA key.journal_mode=MEMORY",
		key) ||
	    !check_objects(direct->db, &known, error) || !check_signatures(direct, &known, error))
		return false;
	if (!known)
		return true;
	if (!prepare_statements(direct, error))
		return false;
	/* As softoken begins: at a number of the clock's, and up from there. */
	clock_gettime(CLOCK_REALTIME, &now);
	direct->next_id =
	    (uint32_t)((uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000) &
	    TRUST_MAX_OBJECT_ID;
	*ret_direct = trust_steal(&direct);
	return true;
}

/* ---- the password ------------------------------------------------------------------------- */

bool
trust_direct_login(struct trust_direct *direct, const struct trust_secret *password,
    enum trust_login *ret_login, struct trust_error *error)
{
	TRUST_AUTO_STATEMENT *row = NULL;
	struct trust_seal_key key;

	*ret_login = TRUST_LOGIN_NEEDS_SETUP;
	if (!direct->has_signatures)
		return true;
	if (!trust_db_prepare(direct->db, &row, error,
		"SELECT item1,item2 FROM key.metaData WHERE id='password'"))
		return false;
	if (!trust_db_step(direct->db, row, error))
		return error->code == TRUST_OK;
	*ret_login = TRUST_LOGIN_WRONG;
	if (!trust_seal_key_make(password, trust_db_blob(row, 0), &key))
		return true;
	if (trust_seal_key_is_right(&key, trust_db_blob(row, 1))) {
		trust_sealer_done(&direct->sealer);
		trust_sealer_init(&direct->sealer, &key, password && password->size);
		direct->logged_in = true;
		*ret_login = TRUST_LOGIN_DONE;
	}
	trust_seal_key_done(&key);
	return true;
}

/* ---- objects ------------------------------------------------------------------------------ */

static bool
begin(struct trust_direct *direct, struct trust_error *error)
{
	if (!direct->within && !trust_db_exec(direct->db, error, "BEGIN IMMEDIATE"))
		return false;
	direct->within = true;
	return true;
}

bool
trust_direct_commit(struct trust_direct *direct, struct trust_error *error)
{
	if (direct->within && !trust_db_exec(direct->db, error, "COMMIT"))
		return false;
	direct->within = false;
	return true;
}

static bool
new_id(struct trust_direct *direct, uint32_t *ret_id, struct trust_error *error)
{
	for (uint32_t tried = 0; tried < TRUST_MAX_OBJECT_ID; tried++) {
		uint32_t id = direct->next_id;
		direct->next_id = (direct->next_id + 1) & TRUST_MAX_OBJECT_ID;
		if (id == 0)
			continue;
		sqlite3_bind_int64(direct->is_taken, 1, id);
		bool taken = trust_db_step(direct->db, direct->is_taken, error);
		sqlite3_reset(direct->is_taken);
		if (error->code != TRUST_OK)
			return false;
		if (!taken) {
			*ret_id = id;
			return true;
		}
	}
	return trust_fail(error, TRUST_STORE_NSS, NULL, "the store has no free object number");
}

static void
bind(sqlite3_stmt *statement, int at, struct trust_bytes bytes)
{
	sqlite3_bind_blob64(
	    statement, at, bytes.size ? bytes.data : (const void *)"", bytes.size, SQLITE_STATIC);
}

/* Kinds of string that NSS turns into text without fail. */
static bool
is_plain_name(struct trust_bytes name)
{
	struct trust_der der = trust_der_init(name);
	struct trust_der parts;
	struct trust_der set;
	struct trust_der pair;
	struct trust_der_element element;
	unsigned count = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &parts))
		return false;
	while (trust_der_enter(&parts, TRUST_DER_SET, &set)) {
		if (!trust_der_enter(&set, TRUST_DER_SEQUENCE, &pair) || !trust_der_at_end(&set) ||
		    !trust_der_expect(&pair, TRUST_DER_OID, &element) ||
		    element.content.size == 0 || !trust_der_next(&pair, &element) ||
		    !trust_der_at_end(&pair))
			return false;
		if (element.tag != TRUST_DER_UTF8_STRING &&
		    element.tag != TRUST_DER_PRINTABLE_STRING &&
		    element.tag != TRUST_DER_IA5_STRING)
			return false;
		for (size_t i = 0; i < element.content.size; i++)
			if (element.content.data[i] < 0x20)
				return false;
		if (element.content.size == 0)
			return false;
		count++;
	}
	return count > 0 && trust_der_at_end(&parts);
}

bool
trust_direct_covers(const struct trust_cert *cert)
{
	struct trust_der spki = trust_der_init(cert->spki);
	struct trust_der inner;
	struct trust_der algorithm;
	struct trust_der_element oid;
	uint8_t key_id[TRUST_SHA1_BYTES];

	return cert->version == 3 && cert->serial.size <= 20 && cert->serial.data[0] < 0x80 &&
	    trust_bytes_equal(cert->signature_algorithm, cert->tbs_signature_algorithm) &&
	    is_plain_name(cert->subject) && is_plain_name(cert->issuer) &&
	    trust_der_enter(&spki, TRUST_DER_SEQUENCE, &inner) &&
	    trust_der_enter(&inner, TRUST_DER_SEQUENCE, &algorithm) &&
	    trust_der_expect(&algorithm, TRUST_DER_OID, &oid) &&
	    (trust_oid_is(oid.content, TRUST_OID_RSA) || trust_oid_is(oid.content, TRUST_OID_EC)) &&
	    trust_cert_key_id(cert, key_id);
}

bool
trust_direct_add_cert(struct trust_direct *direct, const struct trust_cert *cert,
    const char *nickname, struct trust_error *error)
{
	uint8_t key_id[TRUST_SHA1_BYTES];
	sqlite3_stmt *row = direct->add_cert;
	uint32_t id = 0;

	if (!trust_cert_key_id(cert, key_id))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the public key cannot be decoded");
	if (!begin(direct, error) || !new_id(direct, &id, error))
		return false;
	sqlite3_bind_int64(row, 1, id);
	bind(row, 2, (struct trust_bytes){ (const uint8_t *)nickname, strlen(nickname) });
	bind(row, 3, cert->der);
	bind(row, 4, cert->issuer);
	bind(row, 5, cert->serial_tlv);
	bind(row, 6, cert->subject);
	bind(row, 7, (struct trust_bytes){ key_id, sizeof key_id });
	return trust_db_run(direct->db, row, error);
}

static bool
sign(struct trust_direct *direct, uint32_t object_id, uint32_t attribute, struct trust_bytes value,
    struct trust_error *error)
{
	uint8_t signature[TRUST_SEAL_MAX_BYTES];
	char id[32];

	snprintf(id, sizeof id, "sig_cert_%08x_%08x", object_id, attribute);
	trust_sealer_sign(&direct->sealer, object_id, attribute, value, signature);
	sqlite3_bind_text(direct->add_signature, 1, id, -1, SQLITE_STATIC);
	bind(direct->add_signature, 2, (struct trust_bytes){ signature, direct->sealer.size });
	return trust_db_run(direct->db, direct->add_signature, error);
}

bool
trust_direct_add_trust(struct trust_direct *direct, const struct trust_cert *cert,
    struct trust_states states, struct trust_error *error)
{
	static const uint8_t no = 0;
	uint8_t stored[TRUST_USAGES][4];
	uint8_t sha1[TRUST_SHA1_BYTES];
	uint8_t md5[TRUST_MD5_BYTES];
	const struct trust_bytes sha1_value = { sha1, sizeof sha1 };
	const struct trust_bytes md5_value = { md5, sizeof md5 };
	sqlite3_stmt *row = direct->add_trust;
	uint32_t id = 0;

	if (!direct->logged_in)
		return trust_fail(
		    error, TRUST_BUG, NULL, "trust cannot be signed without the password");
	if (!begin(direct, error) || !new_id(direct, &id, error))
		return false;
	trust_sha1(cert->der.data, cert->der.size, sha1);
	trust_md5(cert->der.data, cert->der.size, md5);
	sqlite3_bind_int64(row, 1, id);
	bind(row, 2, cert->issuer);
	bind(row, 3, cert->serial_tlv);
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		uint32_t number = trust_state_to_legacy(states, (enum trust_usage)usage);
		for (int i = 0; i < 4; i++)
			stored[usage][i] = (uint8_t)(number >> (24 - 8 * i));
		uint32_t attribute = trust_usage_attribute(TRUST_LEGACY, (enum trust_usage)usage);
		struct trust_bytes value = { stored[usage], 4 };
		/* The columns are in the order of the attributes' numbers. */
		bind(row, 4 + (int)(attribute - UINT32_C(0xce536358)), value);
		if (!sign(direct, id, attribute, value, error))
			return false;
	}
	bind(row, 8, sha1_value);
	bind(row, 9, md5_value);
	return trust_db_run(direct->db, row, error) &&
	    sign(direct, id, TRUST_CKA_LEGACY_STEP_UP, (struct trust_bytes){ &no, 1 }, error) &&
	    sign(direct, id, TRUST_CKA_LEGACY_SHA1, sha1_value, error) &&
	    sign(direct, id, TRUST_CKA_LEGACY_MD5, md5_value, error);
}

bool
trust_direct_delete(struct trust_direct *direct, uint32_t object_id, struct trust_error *error)
{
	char from[32];
	char until[32];

	if (!begin(direct, error))
		return false;
	sqlite3_bind_int64(direct->delete_row, 1, object_id);
	if (!trust_db_run(direct->db, direct->delete_row, error))
		return false;
	if (!direct->has_signatures)
		return true;
	snprintf(from, sizeof from, "sig_cert_%08x_", object_id);
	snprintf(until, sizeof until, "sig_cert_%08x`", object_id); /* behind '_' */
	sqlite3_bind_text(direct->delete_signatures, 1, from, -1, SQLITE_STATIC);
	sqlite3_bind_text(direct->delete_signatures, 2, until, -1, SQLITE_STATIC);
	return trust_db_run(direct->db, direct->delete_signatures, error);
}
