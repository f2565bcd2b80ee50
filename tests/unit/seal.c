/* SPDX-License-Identifier: MPL-2.0 */
/* NSS's signatures of trust records: those certutil makes are verified, others are found out, and
 * NSS believes ours. */

#include "core/seal.h"

#include "core/trust.h"
#include "tests/unit/certutil.h"

struct signature {
	uint32_t object_id;
	uint32_t attribute;
	struct trust_bytes value;     /* owned */
	struct trust_bytes signature; /* owned */
};

struct signed_store {
	struct trust_bytes salt; /* owned */
	struct trust_bytes check;
	struct signature list[32];
	size_t count;
};

static struct trust_bytes
column(sqlite3_stmt *row, int index)
{
	size_t size = (size_t)sqlite3_column_bytes(row, index);
	return (struct trust_bytes){ trust_memdup(sqlite3_column_blob(row, index), size), size };
}

static sqlite3_stmt *
first_row(sqlite3 *db, const char *statement)
{
	sqlite3_stmt *row = NULL;

	if (sqlite3_prepare_v2(db, statement, -1, &row, NULL) != SQLITE_OK ||
	    sqlite3_step(row) != SQLITE_ROW)
		fail_msg("%s: %s", statement, sqlite3_errmsg(db));
	return row;
}

static struct signed_store
read_signed(const char *name)
{
	struct signed_store store = { 0 };
	sqlite3 *keys = open_sql(name, "key4.db");
	sqlite3 *certs = open_sql(name, "cert9.db");
	sqlite3_stmt *row = first_row(keys, "SELECT item1,item2 FROM metaData WHERE id='password'");

	store.salt = column(row, 0);
	store.check = column(row, 1);
	sqlite3_finalize(row);
	row = first_row(keys, "SELECT id,item1 FROM metaData WHERE id LIKE 'sig_cert_%'");
	do {
		struct signature *one = &store.list[store.count++];
		assert_int_equal(sscanf((const char *)sqlite3_column_text(row, 0),
				     "sig_cert_%8x_%8x", &one->object_id, &one->attribute),
		    2);
		TRUST_AUTO_FREE char *select = trust_printf(
		    "SELECT a%x FROM nssPublic WHERE id=%u", one->attribute, one->object_id);
		sqlite3_stmt *value = first_row(certs, select);
		one->value = column(value, 0);
		one->signature = column(row, 1);
		sqlite3_finalize(value);
	} while (store.count < TRUST_COUNT(store.list) && sqlite3_step(row) == SQLITE_ROW);
	sqlite3_finalize(row);
	sqlite3_close(keys);
	sqlite3_close(certs);
	return store;
}

static void
free_signed(struct signed_store *store)
{
	trust_free((void *)(uintptr_t)store->salt.data);
	trust_free((void *)(uintptr_t)store->check.data);
	for (size_t i = 0; i < store->count; i++) {
		trust_free((void *)(uintptr_t)store->list[i].value.data);
		trust_free((void *)(uintptr_t)store->list[i].signature.data);
	}
}

static bool
make_key(const struct signed_store *store, const char *password, struct trust_seal_key *key)
{
	TRUST_AUTO(trust_secret) *secret =
	    password ? trust_secret_new(password, strlen(password)) : NULL;

	return trust_seal_key_make(secret, store->salt, key);
}

/* The store of this generation and password. */
static const char *
name_of(size_t generation, size_t password)
{
	static const char *const names[2][2] = { { "old", "old-password" },
		{ "new", "new-password" } };
	return names[generation][password];
}

static int
make_stores(void **state)
{
	if (make_scratch(state) != 0)
		return -1;
	new_cert("root");
	for (size_t i = 0; i < TRUST_COUNT(generations); i++)
		for (size_t j = 0; j < TRUST_COUNT(passwords); j++) {
			new_store(&generations[i], name_of(i, j), passwords[j]);
			certutil(&generations[i], name_of(i, j), "-A -n root -t C,, -i root.pem");
		}
	return 0;
}

static void
signatures_of_nss_are_verified_and_changes_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(generations); i++)
		for (size_t j = 0; j < TRUST_COUNT(passwords); j++) {
			struct signed_store store = read_signed(name_of(i, j));
			struct trust_seal_key key;
			print_message("# %s, password '%s'\n", generations[i].words, passwords[j]);
			assert_true(make_key(&store, passwords[j], &key));
			assert_true(trust_seal_key_is_right(&key, store.check));
			assert_int_equal(trust_seal_may_be_empty(store.check), !*passwords[j]);
			assert_true(store.count >= 6);
			for (size_t k = 0; k < store.count; k++) {
				struct signature s = store.list[k];
				uint8_t *value = (uint8_t *)(uintptr_t)s.value.data;
				assert_true(trust_seal_check(
				    &key, s.object_id, s.attribute, s.value, s.signature));
				assert_false(trust_seal_check(
				    &key, s.object_id + 1, s.attribute, s.value, s.signature));
				assert_false(trust_seal_check(
				    &key, s.object_id, s.attribute ^ 1, s.value, s.signature));
				value[s.value.size - 1] ^= 1;
				assert_false(trust_seal_check(
				    &key, s.object_id, s.attribute, s.value, s.signature));
				value[s.value.size - 1] ^= 1;
				struct trust_bytes shorter = { value, s.value.size - 1 };
				assert_false(trust_seal_check(
				    &key, s.object_id, s.attribute, shorter, s.signature));
			}
			trust_seal_key_done(&key);
			assert_int_equal(key.size, 0);
			free_signed(&store);
		}
}

static void
another_password_opens_nothing(void **state)
{
	static const char *const others[] = { "wrong", "correct hors", "correct horse ", "" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(generations); i++) {
		struct signed_store store = read_signed(name_of(i, 1));
		for (size_t j = 0; j < TRUST_COUNT(others); j++) {
			struct trust_seal_key key;
			struct signature s = store.list[0];
			assert_true(make_key(&store, others[j], &key));
			assert_false(trust_seal_key_is_right(&key, store.check));
			assert_false(
			    trust_seal_check(&key, s.object_id, s.attribute, s.value, s.signature));
			trust_seal_key_done(&key);
		}
		free_signed(&store);
	}
}

static void
no_password_is_the_empty_one(void **state)
{
	struct signed_store store = read_signed("old");
	struct trust_seal_key key;

	(void)state;
	assert_true(make_key(&store, NULL, &key));
	assert_true(trust_seal_key_is_right(&key, store.check));
	free_signed(&store);
}

static void
salts_have_one_of_two_lengths(void **state)
{
	static const uint8_t salt[64] = { 1 };

	(void)state;
	for (size_t size = 0; size <= sizeof salt; size++) {
		struct trust_seal_key key = { .size = 0 };
		bool known = size == 20 || size == 48;
		assert_int_equal(
		    trust_seal_key_make(NULL, (struct trust_bytes){ salt, size }, &key), known);
		assert_int_equal(key.size, known ? size : 0);
	}
}

/* Cut and changed at every byte: never good, and no read behind the end. A changed number of rounds
 * costs what the limit allows, so the password's bytes are changed one by one only where it is
 * empty. */
static void
a_damaged_signature_or_check_is_never_good(void **state)
{
	struct signed_store store = read_signed("old");
	struct signature s = store.list[0];
	struct trust_seal_key key;

	(void)state;
	assert_true(make_key(&store, NULL, &key));
	for (size_t size = 0; size < s.signature.size; size++) {
		TRUST_AUTO_FREE uint8_t *cut = trust_memdup(s.signature.data, size);
		assert_false(trust_seal_check(
		    &key, s.object_id, s.attribute, s.value, (struct trust_bytes){ cut, size }));
	}
	for (size_t at = 0; at < s.signature.size; at++) {
		TRUST_AUTO_FREE uint8_t *changed = trust_memdup(s.signature.data, s.signature.size);
		changed[at] ^= 0x11;
		bool good = trust_seal_check(&key, s.object_id, s.attribute, s.value,
		    (struct trust_bytes){ changed, s.signature.size });
		/* The NULL behind an algorithm's identifier, say, changes nothing. */
		if (good)
			print_message("# byte %zu does not count\n", at);
		assert_true(!good || at < s.signature.size - 34);
	}
	for (size_t at = 0; at < store.check.size; at++) {
		TRUST_AUTO_FREE uint8_t *cut = trust_memdup(store.check.data, at);
		TRUST_AUTO_FREE uint8_t *changed = trust_memdup(store.check.data, store.check.size);
		changed[at] ^= 0x11;
		assert_false(trust_seal_key_is_right(&key, (struct trust_bytes){ cut, at }));
		(void)trust_seal_key_is_right(
		    &key, (struct trust_bytes){ changed, store.check.size });
	}
	trust_seal_key_done(&key);
	free_signed(&store);
}

/* ---- signing anew -------------------------------------------------------------------------- */

static bool
seal_anew(const char *store, const char *password, const struct signature *what,
    struct trust_bytes value, struct trust_bytes *ret, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = path_of(store);
	TRUST_AUTO(trust_secret) *secret = trust_secret_new(password, strlen(password));
	TRUST_AUTO_SEALER sealer = { 0 };
	uint8_t signature[TRUST_SEAL_MAX_BYTES];

	if (!trust_sealer_open(path, secret, &sealer, error))
		return false;
	trust_sealer_sign(&sealer, what->object_id, what->attribute, value, signature);
	*ret = (struct trust_bytes){ trust_memdup(signature, sealer.size), sealer.size };
	return true;
}

static void
put_blob(const char *store, const char *file, const char *statement, struct trust_bytes blob)
{
	sqlite3 *db = open_sql(store, file);
	sqlite3_stmt *update = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, statement, -1, &update, NULL), SQLITE_OK);
	sqlite3_bind_blob(update, 1, blob.data, (int)blob.size, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(update), SQLITE_DONE);
	assert_int_equal(sqlite3_changes(db), 1);
	sqlite3_finalize(update);
	sqlite3_close(db);
}

/* The trust for servers changed from "anchor" to "none" in the database, with a signature of ours:
 * NSS reads what was written. Without it, NSS takes the record for none. */
static void
nss_believes_a_signature_made_here(void **state)
{
	static const uint8_t distrusted[] = { 0xce, 0x53, 0x43, 0x5a };

	(void)state;
	for (size_t j = 0; j < TRUST_COUNT(passwords); j++) {
		const char *name = j ? "signed-password" : "signed";
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO_FREE uint8_t *made = NULL;
		struct trust_bytes value = { distrusted, sizeof distrusted };
		struct trust_bytes signature = { 0 };
		new_store(&generations[0], name, passwords[j]);
		certutil(&generations[0], name, "-A -n root -t C,, -i root.pem");
		struct signed_store store = read_signed(name);
		struct signature what = { .object_id = store.list[0].object_id,
			.attribute = trust_usage_attribute(TRUST_LEGACY, TRUST_TLS_SERVER) };

		if (!seal_anew(name, passwords[j], &what, value, &signature, &error))
			fail_msg("%s", error.message);
		made = (uint8_t *)(uintptr_t)signature.data;
		struct trust_seal_key key;
		assert_true(make_key(&store, passwords[j], &key));
		assert_true(
		    trust_seal_check(&key, what.object_id, what.attribute, value, signature));
		trust_seal_key_done(&key);
		assert_int_equal(signature.size, store.list[0].signature.size);

		put_blob(name, "cert9.db", "UPDATE nssPublic SET ace536358=?1 WHERE a0=x'ce534353'",
		    value);
		TRUST_AUTO(trust_store) *tampered = open_store(name, passwords[j]);
		assert_int_equal(
		    trust_item_seal(item_called(tampered, "root")), TRUST_SEAL_TAMPERED);
		TRUST_AUTO_FREE char *update =
		    trust_printf("UPDATE metaData SET item1=?1 WHERE id='sig_cert_%08x_%08x'",
			what.object_id, what.attribute);
		put_blob(name, "key4.db", update, signature);
		TRUST_AUTO(trust_store) *sealed = open_store(name, passwords[j]);
		assert_int_equal(trust_item_seal(item_called(sealed, "root")), TRUST_SEAL_INTACT);
		TRUST_AUTO_FREE char *listed =
		    trust_printf("certutil -d sql:%s -f %s.pw -L | grep root", name, name);
		assert_true(shell_says(listed, "p,,"));
		free_signed(&store);
	}
}

static void
signing_needs_the_password_and_a_whole_store(void **state)
{
	const struct signature what = { .object_id = 1, .attribute = 2 };
	struct trust_bytes made = { 0 };

	(void)state;
	static const struct {
		const char *sentence;
		const char *break_sql; /* NULL: nothing */
		const char *password;
		enum trust_code want;
	} rows[] = {
		{ "the wrong password", NULL, "wrong", TRUST_STORE_PASSWORD },
		{ "a salt of another kind", "UPDATE metaData SET item1=x'00' WHERE id='password'",
		    "", TRUST_STORE_DAMAGED },
		{ "no password set up", "DELETE FROM metaData WHERE id='password'", "",
		    TRUST_STORE_DAMAGED },
		{ "no table", "DROP TABLE metaData", "", TRUST_STORE_DAMAGED },
	};

	shell("cp -r old broken");
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		print_message("# %s\n", rows[i].sentence);
		if (rows[i].break_sql)
			sql("broken", "key4.db", rows[i].break_sql);
		assert_false(seal_anew(
		    "broken", rows[i].password, &what, (struct trust_bytes){ 0 }, &made, &error));
		assert_string_equal(trust_code_name(error.code), trust_code_name(rows[i].want));
	}
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	assert_false(seal_anew("nowhere", "", &what, (struct trust_bytes){ 0 }, &made, &error));
	assert_int_equal(error.code, TRUST_STORE_PERMISSION);
	assert_null(made.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_nss_are_verified_and_changes_found),
		cmocka_unit_test(another_password_opens_nothing),
		cmocka_unit_test(no_password_is_the_empty_one),
		cmocka_unit_test(salts_have_one_of_two_lengths),
		cmocka_unit_test(a_damaged_signature_or_check_is_never_good),
		cmocka_unit_test(nss_believes_a_signature_made_here),
		cmocka_unit_test(signing_needs_the_password_and_a_whole_store),
	};

	return cmocka_run_group_tests(tests, make_stores, remove_scratch);
}
