/* SPDX-License-Identifier: MPL-2.0 */
/* Stores that certutil of both generations makes, read by SQLite: what is in them. That NSS itself
 * says the same is in store_ways.c. */

#include <sys/stat.h>

#include "core/store_internal.h"
#include "core/trust.h"
#include "tests/unit/certutil.h"

/* A nickname with an escape, one that is no UTF-8, trust of several kinds, a certificate of which
 * there are two, an identity and a leaf without trust. */
static void
fill(const struct generation *generation, const char *name)
{
	certutil(generation, name, "-A -n root -t CT,C,C -i root.pem");
	certutil(generation, name, "-A -n server -t C,, -i server.pem");
	certutil(generation, name, "-A -n distrusted -t p,p,p -i distrusted.pem");
	certutil(generation, name, "-A -n \"$(printf 'esc\\033[31m')\" -t ,C, -i esc.pem");
	certutil(generation, name, "-A -n \"$(printf 'latin-\\374')\" -t P,, -i latin.pem");
	certutil(generation, name, "-A -n untrusted -t ,, -i untrusted.pem");
	shell("LD_LIBRARY_PATH=%s pk12util -d sql:%s -k %s.pw -i me.p12 -W x",
	    generation->libdir ? generation->libdir : "", name, name);
}

/* "old", "old-password", "new", "new-password" */
static const char *const names[2][2] = { { "old", "old-password" }, { "new", "new-password" } };

static int
make_stores(void **state)
{
	static const char *const certs[] = { "root", "server", "distrusted", "esc", "latin",
		"untrusted", "me" };

	if (make_scratch(state) != 0)
		return -1;
	for (size_t i = 0; i < TRUST_COUNT(certs); i++)
		new_cert(certs[i]);
	shell(
	    "openssl pkcs12 -export -inkey me.key -in me.pem -name me -passout pass:x -out me.p12");
	for (size_t i = 0; i < TRUST_COUNT(generations); i++)
		for (size_t j = 0; j < TRUST_COUNT(passwords); j++) {
			new_store(&generations[i], names[i][j], passwords[j]);
			fill(&generations[i], names[i][j]);
		}
	return 0;
}

static void
what_certutil_put_in_is_read(void **state)
{
	static const struct {
		const char *nickname;
		const char *want_name;
		const char *want_letters;
	} rows[] = {
		{ "root", "root", "CT,C,C" },
		{ "server", "server", "C,," },
		{ "distrusted", "distrusted", "p,p,p" },
		{ "esc\x1b[31m", "esc", ",C," },
		{ "latin-\xfc", "latin", "P,," },
		{ "untrusted", "untrusted", ",," },
		{ "me", "me", ",," },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(generations); i++)
		for (size_t j = 0; j < TRUST_COUNT(passwords); j++) {
			TRUST_AUTO(trust_store) *store = open_store(names[i][j], passwords[j]);
			assert_int_equal(trust_store_count(store), TRUST_COUNT(rows));
			assert_int_equal(trust_store_orphan_count(store), 0);
			assert_int_equal(trust_store_has_password(store), *passwords[j] != '\0');
			assert_false(trust_store_was_recovered(store));
			assert_null(trust_store_version(store));
			for (size_t k = 0; k < TRUST_COUNT(rows); k++) {
				const struct trust_item *item =
				    item_called(store, rows[k].nickname);
				struct trust_states states = trust_item_states(store, item);
				TRUST_AUTO_FREE char *letters = trust_states_letters(states);
				bool me = strcmp(rows[k].nickname, "me") == 0;
				print_message("# %s: %s\n", names[i][j], rows[k].want_name);
				assert_string_equal(item->name, rows[k].want_name);
				assert_string_equal(letters, rows[k].want_letters);
				assert_int_equal(
				    item->kind, me ? TRUST_KIND_IDENTITY : TRUST_KIND_ROOT);
				assert_int_equal(item->key_object_id != 0, me);
				assert_ptr_equal(trust_store_find(store, item->id), item);
				assert_int_equal(trust_item_seal(item),
				    trust_item_has_record(item) ? TRUST_SEAL_INTACT
								: TRUST_SEAL_NONE);
				assert_false(trust_item_disagrees(item));
				/* certutil writes no record that says nothing. */
				bool says = strcmp(rows[k].want_letters, ",,") != 0;
				assert_int_equal(item->legacy.present, i == 0 && says);
				assert_int_equal(item->modern.present, i == 1 && says);
			}
			static const uint8_t nothing[TRUST_SHA256_BYTES];
			assert_null(trust_store_find(store, nothing));
		}
}

static void
passwords_decide_what_can_be_verified(void **state)
{
	static const struct {
		const char *sentence;
		const char *store;
		const char *password; /* NULL: not given */
		bool verify;
		bool skip_keys;
		enum trust_code want;
		enum trust_seal want_seal;
	} rows[] = {
		{ "no password set, none given", "old", NULL, false, false, TRUST_OK,
		    TRUST_SEAL_INTACT },
		{ "no password set, one given", "old", "x", true, false, TRUST_OK,
		    TRUST_SEAL_INTACT },
		{ "a password set, none given", "old-password", NULL, true, false, TRUST_OK,
		    TRUST_SEAL_UNVERIFIED },
		{ "the right one, to verify", "old-password", "correct horse", true, false,
		    TRUST_OK, TRUST_SEAL_INTACT },
		{ "the right one, not to verify", "old-password", "correct horse", false, false,
		    TRUST_OK, TRUST_SEAL_UNVERIFIED },
		{ "a wrong one", "old-password", "wrong", true, false, TRUST_STORE_PASSWORD, 0 },
		{ "a wrong one of a newer NSS", "new-password", "wrong", true, false,
		    TRUST_STORE_PASSWORD, 0 },
		{ "without keys", "old", NULL, true, true, TRUST_OK, TRUST_SEAL_UNVERIFIED },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_secret) *password = rows[i].password
		    ? trust_secret_new(rows[i].password, strlen(rows[i].password))
		    : NULL;
		const struct trust_store_options options = {
			.password = password,
			.verify_seals = rows[i].verify,
			.skip_keys = rows[i].skip_keys,
		};
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_store) *store = NULL;
		print_message("# %s\n", rows[i].sentence);
		bool opened = try_open(rows[i].store, &options, &store, &error);
		assert_string_equal(trust_code_name(error.code), trust_code_name(rows[i].want));
		assert_int_equal(opened, error.code == TRUST_OK);
		if (!opened)
			continue;
		assert_int_equal(trust_item_seal(item_called(store, "root")), rows[i].want_seal);
		assert_int_equal(item_called(store, "me")->key_object_id != 0, !rows[i].skip_keys);
	}
}

/* A store that both generations have written: tables widened, trust in both spellings. */
static void
a_store_of_both_generations_is_read(void **state)
{
	(void)state;
	shell("cp -r old both && cp old.pw both.pw");
	certutil(&generations[1], "both", "-M -n server -t CT,C,C");
	certutil(&generations[1], "both", "-A -n later -t C,, -i root.pem");
	TRUST_AUTO(trust_store) *store = open_store("both", "");
	const struct trust_item *server = item_called(store, "server");

	assert_true(server->legacy.present);
	assert_true(server->modern.present);
	assert_true(trust_item_disagrees(server));
	/* A bare directory belongs to no newer program: the legacy spelling counts. */
	TRUST_AUTO_FREE char *letters = trust_states_letters(trust_item_states(store, server));
	assert_string_equal(letters, "C,,");
}

/* Of two records the one that counts says what is shown, and how far it was checked. */
static void
a_tampered_record_that_does_not_count_makes_nothing_of_the_other(void **state)
{
	static const struct {
		bool modern_owner;
		enum trust_seal want;
		const char *want_letters;
	} rows[] = {
		{ true, TRUST_SEAL_INTACT, "CT,C,C" },
		{ false, TRUST_SEAL_TAMPERED, ",," },
	};

	(void)state;
	shell("cp -r old half && cp old.pw half.pw");
	certutil(&generations[1], "half", "-M -n server -t CT,C,C");
	sql("half", "cert9.db",
	    "UPDATE nssPublic SET ace536358=x'ce53435a' WHERE a0=x'ce534353' AND id IN (SELECT "
	    "t.id FROM nssPublic t JOIN nssPublic c ON t.a81=c.a81 AND t.a82=c.a82 WHERE "
	    "c.a3=CAST('server' AS BLOB))");
	TRUST_AUTO(trust_store) *store = open_store("half", "");
	const struct trust_item *server = item_called(store, "server");
	assert_int_equal(trust_item_seal(server), TRUST_SEAL_TAMPERED);
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		store->modern_owner = rows[i].modern_owner;
		TRUST_AUTO_FREE char *letters =
		    trust_states_letters(trust_item_states(store, server));
		assert_int_equal(trust_item_states_seal(store, server), rows[i].want);
		assert_string_equal(letters, rows[i].want_letters);
	}
}

static void
columns_unknown_here_do_no_harm(void **state)
{
	(void)state;
	shell("cp -r old wide && cp old.pw wide.pw");
	sql("wide", "cert9.db", "ALTER TABLE nssPublic ADD COLUMN a80001234");
	sql("wide", "cert9.db", "ALTER TABLE nssPublic ADD COLUMN \"a'; DROP TABLE nssPublic\"");
	sql("wide", "cert9.db", "UPDATE nssPublic SET a80001234=x'00'");
	TRUST_AUTO(trust_store) *store = open_store("wide", "");
	assert_int_equal(trust_store_count(store), 7);
	assert_int_equal(trust_item_seal(item_called(store, "root")), TRUST_SEAL_INTACT);
}

/* ---- odd stores ---------------------------------------------------------------------------- */

static void
a_record_without_certificate_is_an_orphan(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(generations); i++) {
		const char *name = i ? "orphan-new" : "orphan";
		shell("cp -r %s %s && cp %s.pw %s.pw", names[i][0], name, names[i][0], name);
		sql(name, "cert9.db",
		    "DELETE FROM nssPublic WHERE a0=x'00000001' AND a3 IN ('server',"
		    "CAST('server' AS BLOB))");
		TRUST_AUTO(trust_store) *store = open_store(name, "");
		assert_int_equal(trust_store_orphan_count(store), 1);
		const struct trust_orphan *orphan = trust_store_orphan(store, 0);
		assert_string_equal(orphan->issuer_name, "CN=server");
		assert_int_equal(orphan->spelling, i ? TRUST_MODERN : TRUST_LEGACY);
		assert_int_equal(orphan->record.states.of[TRUST_TLS_SERVER], TRUST_TRUSTED);
		assert_int_equal(orphan->record.seal, TRUST_SEAL_INTACT);
	}
}

static void
a_key_without_certificate_is_an_item(void **state)
{
	(void)state;
	shell("cp -r old lonely && cp old.pw lonely.pw");
	sql("lonely", "cert9.db",
	    "DELETE FROM nssPublic WHERE a3=CAST('me' AS BLOB) AND "
	    "a0=x'00000001'");
	TRUST_AUTO(trust_store) *store = open_store("lonely", "");
	size_t keys = 0;
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->kind != TRUST_KIND_KEY)
			continue;
		keys++;
		assert_null(item->cert);
		assert_string_equal(item->key_words, "EC");
		assert_non_null(strstr(item->name, "key without certificate)"));
		assert_true(item->key_object_id != 0);
		assert_int_equal(item->object_id, 0);
	}
	assert_int_equal(keys, 1);
}

static void
a_damaged_certificate_stays_an_item_that_says_so(void **state)
{
	(void)state;
	shell("cp -r old damaged && cp old.pw damaged.pw");
	sql("damaged", "cert9.db",
	    "UPDATE nssPublic SET a11=x'3003' WHERE a0=x'00000001' AND a3=CAST('root' AS BLOB)");
	TRUST_AUTO(trust_store) *store = open_store("damaged", "");
	const struct trust_item *item = item_called(store, "root");
	assert_null(item->cert);
	assert_non_null(strstr(item->name, "root (malformed certificate"));
	assert_int_equal(item->der.size, 2);
	assert_int_equal(trust_store_orphan_count(store), 1); /* its trust */
}

static void
a_tampered_record_counts_as_none(void **state)
{
	static const struct {
		const char *sentence;
		const char *file;
		const char *change;
	} rows[] = {
		{ "another number", "cert9.db", "UPDATE nssPublic SET ace536358=x'CE534351'" },
		{ "another certificate's digest", "cert9.db",
		    "UPDATE nssPublic SET ace5363b5=zeroblob(16) WHERE a0=x'ce534353'" },
		{ "no signatures", "key4.db", "DELETE FROM metaData WHERE id LIKE 'sig_cert_%'" },
		{ "one signature less", "key4.db",
		    "DELETE FROM metaData WHERE id LIKE 'sig_cert_%_ce536359'" },
		{ "signatures that are none", "key4.db",
		    "UPDATE metaData SET item1=x'00' WHERE id LIKE 'sig_cert_%'" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		shell("rm -rf tampered && cp -r old tampered && cp old.pw tampered.pw");
		sql("tampered", rows[i].file, rows[i].change);
		TRUST_AUTO(trust_store) *store = open_store("tampered", "");
		const struct trust_item *item = item_called(store, "root");
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_item_seal(item), TRUST_SEAL_TAMPERED);
		assert_true(trust_states_equal(
		    trust_item_states(store, item), trust_states_all(TRUST_UNDECIDED)));
	}
}

static void
what_is_no_store_is_refused(void **state)
{
	static const struct {
		const char *sentence;
		const char *make;
		const char *store;
		enum trust_code want;
	} rows[] = {
		{ "nothing there", "true", "nowhere", TRUST_STORE_MISSING },
		{ "another database", "mkdir other", "other", TRUST_STORE_DAMAGED },
		{ "text", "mkdir text && yes text | head -c 4096 >text/cert9.db", "text",
		    TRUST_STORE_NOT_DATABASE },
		{ "cut in half", "cp -r old cut && truncate -s 20000 cut/cert9.db", "cut",
		    TRUST_STORE_DAMAGED },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_store) *store = NULL;
		print_message("# %s\n", rows[i].sentence);
		shell("%s", rows[i].make);
		if (i == 1)
			sql("other", "cert9.db", "CREATE TABLE nssPublic (id, a0)");
		assert_false(try_open(rows[i].store, NULL, &store, &error));
		assert_string_equal(trust_code_name(error.code), trust_code_name(rows[i].want));
		assert_non_null(error.message);
	}
}

static void
a_store_without_key_database_is_read(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;

	(void)state;
	shell("mkdir keyless && cp old/cert9.db keyless/");
	assert_true(try_open("keyless", NULL, &store, &error));
	assert_int_equal(trust_item_seal(item_called(store, "root")), TRUST_SEAL_UNVERIFIED);
	assert_int_equal(item_called(store, "me")->kind, TRUST_KIND_ROOT);
}

/* A writer that was killed: pages are in the database, the old ones in the journal. */
static void
an_interrupted_writer_is_rolled_back_in_a_copy(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;
	struct stat before;
	struct stat after;
	TRUST_AUTO_FREE char *file = trust_printf("%s/hot/cert9.db", scratch);

	(void)state;
	make_hot_store();
	assert_int_equal(stat(file, &before), 0);
	if (!try_open("hot", NULL, &store, &error))
		fail_msg("%s", error.message);
	assert_true(trust_store_was_recovered(store));
	assert_int_equal(trust_item_seal(item_called(store, "root")), TRUST_SEAL_INTACT);
	assert_int_equal(stat(file, &after), 0);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	assert_int_equal(before.st_size, after.st_size);
}

static void
a_store_owns_what_is_known_of_its_place(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_FREE char *path = path_of("old");
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(path);

	(void)state;
	places->list[0].alias = trust_strdup("firefox:me");
	assert_true(trust_store_open(&places->list[0], NULL, &store, &error));
	assert_ptr_not_equal(trust_store_place(store)->alias, places->list[0].alias);
	trust_places_free(trust_steal(&places));
	assert_string_equal(trust_store_place(store)->alias, "firefox:me");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_certutil_put_in_is_read),
		cmocka_unit_test(passwords_decide_what_can_be_verified),
		cmocka_unit_test(a_store_of_both_generations_is_read),
		cmocka_unit_test(a_tampered_record_that_does_not_count_makes_nothing_of_the_other),
		cmocka_unit_test(columns_unknown_here_do_no_harm),
		cmocka_unit_test(a_record_without_certificate_is_an_orphan),
		cmocka_unit_test(a_key_without_certificate_is_an_item),
		cmocka_unit_test(a_damaged_certificate_stays_an_item_that_says_so),
		cmocka_unit_test(a_tampered_record_counts_as_none),
		cmocka_unit_test(what_is_no_store_is_refused),
		cmocka_unit_test(a_store_without_key_database_is_read),
		cmocka_unit_test(a_store_owns_what_is_known_of_its_place),
		cmocka_unit_test(an_interrupted_writer_is_rolled_back_in_a_copy),
	};

	return cmocka_run_group_tests(tests, make_stores, remove_scratch);
}
