/* SPDX-License-Identifier: MPL-2.0 */
/* Stores that no NSS writes in this way: by other programs, by accident, by somebody who means
 * harm. */

#include "core/store.h"
#include "core/trust.h"
#include "tests/unit/certutil.h"

static const struct generation *const system_nss = &generations[0];

static int
make_original(void **state)
{
	if (make_scratch(state) != 0)
		return -1;
	new_cert("root");
	new_cert("other");
	new_store(system_nss, "original", "");
	certutil(system_nss, "original", "-A -n root -t CT,C,C -i root.pem");
	certutil(system_nss, "original", "-A -n other -t C,, -i other.pem");
	return 0;
}

/* A copy of the original, changed; cert9.db when the statement names nssPublic, else key4.db. */
static struct trust_store *
changed(const char *statement)
{
	shell("rm -rf store && cp -r original store");
	sql("store", strstr(statement, "nssPublic") ? "cert9.db" : "key4.db", statement);
	return open_store("store", "");
}

static char *
letters_of(const struct trust_store *store, const char *nickname)
{
	return trust_states_letters(trust_item_states(store, item_called(store, nickname)));
}

static void
stores_with_gaps_are_read(void **state)
{
	static const struct {
		const char *sentence;
		const char *statement;
		bool want_password;
		enum trust_seal want_seal;
	} rows[] = {
		{ "no password set up", "DELETE FROM metaData WHERE id='password'", false,
		    TRUST_SEAL_UNVERIFIED },
		{ "no passwords at all", "DROP TABLE metaData", false, TRUST_SEAL_UNVERIFIED },
		{ "no private keys", "DROP TABLE nssPrivate", false, TRUST_SEAL_INTACT },
		{ "signatures of nobody knows what",
		    "INSERT INTO metaData VALUES('sig_cert_',x'00',NULL),('sig_cert_x',x'00',NULL),"
		    "('sig_cert_0000000g_ce536358',x'00',NULL),('sig_cert_00000001-ce536358',x'00',"
		    "NULL),('sig_cert_00000001_ce53635g',x'00',NULL),(NULL,x'00',NULL),(1,2,3),"
		    "(x'00',NULL,NULL),('sig_cert_00000001_ce5363588',NULL,NULL)",
		    false, TRUST_SEAL_INTACT },
		{ "a signature of nothing",
		    "INSERT INTO metaData VALUES('sig_cert_00000001_ce536358',NULL,NULL)", false,
		    TRUST_SEAL_INTACT },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_store) *store = changed(rows[i].statement);
		TRUST_AUTO_FREE char *letters = letters_of(store, "root");
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_store_count(store), 2);
		assert_int_equal(trust_store_has_password(store), rows[i].want_password);
		assert_int_equal(trust_item_seal(item_called(store, "root")), rows[i].want_seal);
		assert_string_equal(letters, "CT,C,C");
	}
}

static void
a_password_of_an_unknown_kind_is_one(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO(trust_store) *refused = NULL;
	TRUST_AUTO(trust_secret) *password = trust_secret_new("x", 1);
	const struct trust_store_options with_password = { .password = password };

	(void)state;
	shell("rm -rf store && cp -r original store");
	sql("store", "key4.db", "UPDATE metaData SET item1=x'00' WHERE id='password'");
	assert_true(try_open("store", NULL, &store, &error));
	assert_true(trust_store_has_password(store));
	assert_int_equal(trust_item_seal(item_called(store, "root")), TRUST_SEAL_UNVERIFIED);
	assert_false(try_open("store", &with_password, &refused, &error));
	assert_int_equal(error.code, TRUST_STORE_PASSWORD);
}

static void
numbers_that_are_none_say_nothing(void **state)
{
	static const struct {
		const char *sentence;
		const char *value;
	} rows[] = {
		{ "three bytes", "x'ce5363'" },
		{ "five bytes", "x'00ce536352'" },
		{ "no bytes", "x''" },
		{ "nothing", "NULL" },
		{ "explicitly empty", "x'a5005a'" },
		{ "a number of SQLite's", "3461571410" },
		{ "text", "'anchor'" },
		{ "an unknown number", "x'00000007'" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *statement = trust_printf(
		    "UPDATE nssPublic SET ace536358=%s WHERE a0=x'ce534353'", rows[i].value);
		shell("rm -rf store && cp -r original store");
		sql("store", "cert9.db", statement);
		const struct trust_store_options unsealed = { .skip_keys = true };
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_store) *store = NULL;
		assert_true(try_open("store", &unsealed, &store, &error));
		struct trust_states states = trust_item_states(store, item_called(store, "root"));
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(states.of[TRUST_TLS_SERVER], TRUST_UNDECIDED);
		assert_int_equal(states.of[TRUST_TLS_CLIENT], TRUST_TRUSTED);
	}
}

static void
an_explicitly_empty_nickname_is_none(void **state)
{
	TRUST_AUTO(trust_store) *store =
	    changed("UPDATE nssPublic SET a3=x'a5005a' WHERE a3=CAST('root' AS BLOB)");
	const struct trust_item *item = item_called(store, "");

	(void)state;
	assert_string_equal(item->name, "root"); /* its common name */
}

static void
a_record_with_the_digest_of_another_certificate_is_not_its_trust(void **state)
{
	TRUST_AUTO(trust_store) *store = changed(
	    "UPDATE nssPublic SET ace5363b4=zeroblob(20) WHERE a0=x'ce534353' AND "
	    "a81=(SELECT a81 FROM nssPublic WHERE a0=x'00000001' AND a3=CAST('root' AS BLOB))");
	const struct trust_item *item = item_called(store, "root");

	(void)state;
	assert_false(trust_item_has_record(item));
	assert_int_equal(trust_item_seal(item), TRUST_SEAL_NONE);
	assert_int_equal(trust_store_orphan_count(store), 1);
	assert_true(trust_item_has_record(item_called(store, "other")));
}

static void
the_first_of_two_records_counts(void **state)
{
	TRUST_AUTO(trust_store) *store =
	    changed("INSERT INTO nssPublic(id,a0,a81,a82,ace5363b4,ace536358) SELECT 4000000000,a0,"
		    "a81,a82,ace5363b4,x'ce53635a' FROM nssPublic WHERE a0=x'ce534353'"
		    " AND a81=(SELECT a81 FROM nssPublic WHERE a3=CAST('root' AS BLOB))");
	TRUST_AUTO_FREE char *letters = letters_of(store, "root");

	(void)state;
	assert_string_equal(letters, "CT,C,C");
	/* The other is left over, and goes with the next change. */
	assert_int_equal(trust_store_orphan_count(store), 1);
}

static void
the_same_certificate_twice_is_two_items(void **state)
{
	TRUST_AUTO(trust_store) *store = changed(
	    "INSERT INTO nssPublic(id,a0,a3,a11) SELECT 77,a0,CAST('copy' AS BLOB),a11 FROM "
	    "nssPublic WHERE a3=CAST('root' AS BLOB)");
	const struct trust_item *copy = item_called(store, "copy");
	const struct trust_item *root = item_called(store, "root");

	(void)state;
	assert_int_equal(trust_store_count(store), 3);
	assert_memory_equal(copy->id, root->id, sizeof copy->id);
	assert_int_equal(copy->object_id, 77);
	assert_true(trust_item_has_record(copy)); /* NSS finds it by issuer and serial, too */
}

static void
rows_of_odd_types_do_no_harm(void **state)
{
	static const struct {
		const char *sentence;
		const char *statement;
		size_t want_count;
	} rows[] = {
		{ "a certificate that is a number",
		    "UPDATE nssPublic SET a11=7 WHERE a0=x'00000001'", 2 },
		{ "a certificate that is nothing",
		    "UPDATE nssPublic SET a11=NULL WHERE a0=x'00000001'", 2 },
		{ "ids that are text", "UPDATE nssPublic SET id='x'||id", 2 },
		{ "an id that is negative", "UPDATE nssPublic SET id=-id", 2 },
		{ "a nickname that is a number",
		    "UPDATE nssPublic SET a3=7 WHERE a3=CAST('other' AS BLOB)", 2 },
		{ "a class that is text", "UPDATE nssPublic SET a0='root'", 0 },
		{ "no rows", "DELETE FROM nssPublic", 0 },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_store) *store = changed(rows[i].statement);
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_store_count(store), rows[i].want_count);
		for (size_t j = 0; j < trust_store_count(store); j++)
			assert_non_null(trust_store_item(store, j)->name);
	}
}

#define WITHOUT_END "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) "

/* What a file somebody handed us could make SQLite do while it is read. */
static void
a_store_that_computes_costs_nothing(void **state)
{
	static const struct {
		const char *sentence;
		const char *file;
		const char *statement;
		bool want;
	} rows[] = {
		{ "a view without end for certificates", "cert9.db",
		    "DROP TABLE nssPublic; CREATE VIEW nssPublic AS " WITHOUT_END
		    "SELECT n AS id, x'00000001' AS a0, 0 AS a3, 0 AS a11, 0 AS a81, 0 AS a82, "
		    "0 AS a102 FROM r",
		    false },
		{ "a view without end for keys, which are not read then", "key4.db",
		    "DROP TABLE nssPrivate; CREATE VIEW nssPrivate AS " WITHOUT_END
		    "SELECT n AS id, x'00000003' AS a0, 0 AS a3, 0 AS a100, 0 AS a102, 0 AS a120, "
		    "0 AS a181 FROM r",
		    true },
		{ "a gigabyte of computed certificate", "cert9.db",
		    "DROP TABLE nssPublic;"
		    "CREATE TABLE nssPublic(id,a0,a3,a81,a82,a102,a11 AS (zeroblob(900000000)));"
		    "INSERT INTO nssPublic(id,a0) VALUES(1,x'00000001')",
		    false },
		{ "a gigabyte of computed key", "key4.db",
		    "DROP TABLE nssPrivate;"
		    "CREATE TABLE nssPrivate(id,a0,a3,a100,a102,a181,a120 AS "
		    "(zeroblob(900000000)));"
		    "INSERT INTO nssPrivate(id,a0) VALUES(1,x'00000003')",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_store) *store = NULL;
		print_message("# %s\n", rows[i].sentence);
		shell("rm -rf store && cp -r original store");
		sql("store", rows[i].file, rows[i].statement);
		alarm(20);
		bool opened = try_open("store", NULL, &store, &error);
		alarm(0);
		assert_int_equal(opened, rows[i].want);
		assert_int_equal(trust_code_exit_status(error.code), opened ? 0 : 4);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stores_with_gaps_are_read),
		cmocka_unit_test(a_password_of_an_unknown_kind_is_one),
		cmocka_unit_test(numbers_that_are_none_say_nothing),
		cmocka_unit_test(an_explicitly_empty_nickname_is_none),
		cmocka_unit_test(a_record_with_the_digest_of_another_certificate_is_not_its_trust),
		cmocka_unit_test(the_first_of_two_records_counts),
		cmocka_unit_test(the_same_certificate_twice_is_two_items),
		cmocka_unit_test(rows_of_odd_types_do_no_harm),
		cmocka_unit_test(a_store_that_computes_costs_nothing),
	};

	return cmocka_run_group_tests(tests, make_original, remove_scratch);
}
