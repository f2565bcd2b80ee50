/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The two ways to read a store give the same answer: SQLite's pass, and NSS of both generations by
 * PKCS #11. Where NSS shows less by its nature, the test says what and why, and expects exactly
 * that. Then stores whose tables the pass does not know: read by NSS where it can, never changed.
 */

#include "core/buffer.h"
#include "core/change.h"
#include "core/store.h"
#include "core/trust.h"
#include "tests/unit/certutil.h"

static const char word[] = "correct horse"; /* passwords[1] */
static const char *const names[2][2] = { { "old", "old-password" }, { "new", "new-password" } };

/* Trust of several kinds, odd nicknames, an identity, a revocation list; a key and a record whose
 * certificates are gone, a certificate that does not decode and one without nickname. */
static void
fill(const struct generation *generation, const char *name)
{
	const char *libdir = generation->libdir ? generation->libdir : "";

	certutil(generation, name, "-A -n root -t CT,C,C -i root.pem");
	certutil(generation, name, "-A -n server -t C,, -i server.pem");
	certutil(generation, name, "-A -n distrusted -t p,p,p -i distrusted.pem");
	certutil(generation, name, "-A -n \"$(printf 'esc\\033[31m')\" -t ,C, -i esc.pem");
	certutil(generation, name, "-A -n \"$(printf 'latin-\\374')\" -t P,, -i latin.pem");
	certutil(generation, name, "-A -n left -t C,C, -i left.pem");
	certutil(generation, name, "-A -n broken -t ,, -i broken.pem");
	certutil(generation, name, "-A -n unnamed -t ,, -i unnamed.pem");
	shell("for who in me lonely; do LD_LIBRARY_PATH=%s pk12util -d sql:%s -k %s.pw -i $who.p12 "
	      "-W x; done",
	    libdir, name, name);
	shell(
	    "LD_LIBRARY_PATH=%s crlutil -d sql:%s -f %s.pw -I -B -i root.crl", libdir, name, name);
	sql(name, "cert9.db",
	    "DELETE FROM nssPublic WHERE a0=x'00000001' AND CAST(a3 AS TEXT) IN ('left','lonely');"
	    "UPDATE nssPublic SET a11=x'3003' WHERE a0=x'00000001' AND CAST(a3 AS TEXT)='broken';"
	    "UPDATE nssPublic SET a3=x'a5005a' WHERE CAST(a3 AS TEXT)='unnamed'");
}

static int
make_stores(void **state)
{
	static const char *const certs[] = { "root", "server", "distrusted", "esc", "latin", "left",
		"broken", "unnamed", "me", "lonely" };

	if (make_scratch(state) != 0)
		return -1;
	for (size_t i = 0; i < TRUST_COUNT(certs); i++)
		new_cert(certs[i]);
	shell("for who in me lonely; do openssl pkcs12 -export -inkey $who.key -in $who.pem -name "
	      "$who -passout pass:x -out $who.p12; done");
	shell("printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\ndefault_md=sha256\\n"
	      "default_crl_days=9\\n' >ca.cnf && : >index && openssl ca -config ca.cnf -gencrl "
	      "-keyfile root.key -cert root.pem -out crl.pem && "
	      "openssl crl -in crl.pem -outform DER -out root.crl");
	for (size_t i = 0; i < TRUST_COUNT(generations); i++)
		for (size_t j = 0; j < TRUST_COUNT(passwords); j++) {
			new_store(&generations[i], names[i][j], passwords[j]);
			fill(&generations[i], names[i][j]);
		}
	/* Both generations have written it: tables widened, trust in both spellings. */
	shell("cp -r old both && cp old.pw both.pw");
	certutil(&generations[1], "both", "-M -n server -t CT,C,C");
	shell("mkdir keyless && cp old/cert9.db keyless/");
	return 0;
}

/* ---- what a store holds, as text ------------------------------------------------------------ */

/* What NSS does not show of what is there. */
struct sight {
	bool no_keys;          /* private keys, to who is not logged in */
	bool modern_unchecked; /* signatures of a spelling that this NSS does not know */
	bool no_forged_values; /* values whose signature is wrong */
};

static void
put_record(struct trust_buffer *out, const struct sight *sight, enum trust_spelling spelling,
    const struct trust_record *record)
{
	enum trust_seal seal = record->seal;

	if (!record->present)
		return;
	if (sight->modern_unchecked && spelling == TRUST_MODERN)
		seal = TRUST_SEAL_UNVERIFIED;
	TRUST_AUTO_FREE char *words = sight->no_forged_values && seal == TRUST_SEAL_TAMPERED
	    ? trust_strdup("-")
	    : trust_states_words(record->states);
	trust_buffer_printf(out, " [%s %u: %s, %s]", spelling == TRUST_LEGACY ? "legacy" : "modern",
	    record->object_id, words, trust_seal_word(seal));
}

static char *
item_line(const struct trust_store *store, const struct trust_item *item, const struct sight *sight)
{
	TRUST_AUTO_BUFFER out;
	enum trust_kind kind = item->kind;
	uint32_t key = item->key_object_id;

	if (sight->no_keys) {
		key = 0;
		if (kind == TRUST_KIND_IDENTITY)
			kind = trust_kind_of_cert(item->cert, false);
	}
	trust_buffer_init(&out, 65536);
	TRUST_AUTO_FREE char *id = trust_hex(item->id, sizeof item->id);
	TRUST_AUTO_FREE char *nickname = trust_hex(item->nickname.data, item->nickname.size);
	TRUST_AUTO_FREE char *key_id = trust_hex(item->key_id.data, item->key_id.size);
	TRUST_AUTO_FREE char *states = trust_states_words(trust_item_states(store, item));
	trust_buffer_printf(&out, "%s %s %u nickname=%s name=%s bytes=%zu key=%u %s %s counts=%s",
	    trust_kind_word(kind), id, item->object_id, nickname, item->name, item->der.size, key,
	    key_id, item->key_words ? item->key_words : "", states);
	put_record(&out, sight, TRUST_LEGACY, &item->legacy);
	put_record(&out, sight, TRUST_MODERN, &item->modern);
	return trust_buffer_take(&out);
}

static char *
orphan_line(const struct trust_orphan *orphan, const struct sight *sight)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, 65536);
	TRUST_AUTO_FREE char *serial = trust_hex(orphan->serial.data, orphan->serial.size);
	bool forged = sight->no_forged_values && orphan->record.seal == TRUST_SEAL_TAMPERED;
	TRUST_AUTO_FREE char *digest =
	    trust_hex(orphan->digest.data, forged ? 0 : orphan->digest.size);
	trust_buffer_printf(&out, "orphan %s %s %s", orphan->issuer_name, serial, digest);
	put_record(&out, sight, orphan->spelling, &orphan->record);
	return trust_buffer_take(&out);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
text_of(const struct trust_store *store, const struct sight *sight)
{
	size_t items = trust_store_count(store);
	size_t orphans = trust_store_orphan_count(store);
	char **lines = trust_alloc_array(items + orphans + 1, sizeof *lines);
	size_t count = 0;
	TRUST_AUTO_BUFFER out;

	for (size_t i = 0; i < items; i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (!sight->no_keys || item->kind != TRUST_KIND_KEY)
			lines[count++] = item_line(store, item, sight);
	}
	for (size_t i = 0; i < orphans; i++)
		lines[count++] = orphan_line(trust_store_orphan(store, i), sight);
	qsort(lines, count, sizeof *lines, by_text);
	trust_buffer_init(&out, 4 * 1024 * 1024);
	trust_buffer_printf(&out, "password: %d\n", trust_store_has_password(store));
	for (size_t i = 0; i < count; i++) {
		trust_buffer_printf(&out, "%s\n", lines[i]);
		trust_free(lines[i]);
	}
	trust_free(lines);
	return trust_buffer_take(&out);
}

/* ---- both ways ------------------------------------------------------------------------------ */

static bool
open_with(const char *name, const char *libdir, const struct trust_store_options *options,
    struct trust_store **ret_store, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = path_of(name);
	TRUST_AUTO_FREE char *libraries = trust_strdup(libdir);
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(path);
	struct trust_place place = places->list[0];

	place.nss_libdir = libraries;
	return trust_store_open(&place, options, ret_store, error);
}

static bool
open_by(enum trust_store_way way, const char *name, const char *libdir, const char *password,
    bool skip_keys, struct trust_store **ret_store, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *secret =
	    password ? trust_secret_new(password, strlen(password)) : NULL;
	const struct trust_store_options options = {
		.password = secret, .verify_seals = true, .skip_keys = skip_keys, .way = way
	};

	return open_with(name, libdir, &options, ret_store, error);
}

struct question {
	const char *sentence;
	const char *store;
	const char *password; /* NULL: not given */
	const char *libdir;   /* NULL: the system's NSS */
	bool skip_keys;
	struct sight sight;
};

static void
assert_same_both_ways(const struct question *question)
{
	static const struct sight all = { 0 };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *pass = NULL;
	TRUST_AUTO(trust_store) *nss = NULL;

	print_message("# %s\n", question->sentence);
	if (!open_by(TRUST_READ_BY_SQLITE, question->store, question->libdir, question->password,
		question->skip_keys, &pass, &error) ||
	    !open_by(TRUST_READ_BY_NSS, question->store, question->libdir, question->password,
		question->skip_keys, &nss, &error))
		fail_msg("%s: %s", question->sentence, error.message);
	TRUST_AUTO_FREE char *expected = text_of(pass, &question->sight);
	/* Forged values cannot be had from NSS: what is there instead is left out of both. */
	TRUST_AUTO_FREE char *shown = text_of(nss,
	    question->sight.no_forged_values ? &(struct sight){ .no_forged_values = true } : &all);
	assert_string_equal(shown, expected);
	assert_true(trust_store_was_read_by_nss(nss));
	assert_false(trust_store_was_read_by_nss(pass));
	assert_int_equal(trust_store_was_recovered(nss), trust_store_was_recovered(pass));
	assert_true(trust_store_count(nss) >= 9);
}

static void
both_ways_give_the_same_answer(void **state TRUST_UNUSED)
{
	static const struct question rows[] = {
		{ .sentence = "old, old NSS", .store = "old" },
		{ .sentence = "old, new NSS", .store = "old", .libdir = FIREFOX_NSS },
		{ .sentence = "old, a password that is not needed",
		    .store = "old",
		    .password = "x" },
		{ .sentence = "old with password", .store = "old-password", .password = word },
		{ .sentence = "old with password, new NSS",
		    .store = "old-password",
		    .password = word,
		    .libdir = FIREFOX_NSS },
		{ .sentence = "new, new NSS", .store = "new", .libdir = FIREFOX_NSS },
		{ .sentence = "new with password, new NSS",
		    .store = "new-password",
		    .password = word,
		    .libdir = FIREFOX_NSS },
		{ .sentence = "of both generations, new NSS",
		    .store = "both",
		    .libdir = FIREFOX_NSS },
		{ .sentence = "without key database", .store = "keyless" },
		{ .sentence = "without key database, new NSS",
		    .store = "keyless",
		    .libdir = FIREFOX_NSS },
		{ .sentence = "keys are not asked for",
		    .store = "old-password",
		    .skip_keys = true },
		/* Softoken shows private keys only to who is logged in. */
		{ .sentence = "old with password, not given",
		    .store = "old-password",
		    .sight.no_keys = true },
		{ .sentence = "new with password, not given",
		    .store = "new-password",
		    .libdir = FIREFOX_NSS,
		    .sight.no_keys = true },
		{ .sentence = "new with password, not given, old NSS",
		    .store = "new-password",
		    .sight.no_keys = true },
		/* NSS before 3.114 does not know that the modern spelling is signed. */
		{ .sentence = "new, old NSS", .store = "new", .sight.modern_unchecked = true },
		{ .sentence = "of both generations, old NSS",
		    .store = "both",
		    .sight.modern_unchecked = true },
	};

	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		assert_same_both_ways(&rows[i]);
}

static void
a_wrong_password_is_wrong_both_ways(void **state TRUST_UNUSED)
{
	static const struct {
		const char *sentence;
		const char *store;
		const char *password;
		bool want_pass;
	} rows[] = {
		{ "wrong", "old-password", "wrong", false },
		/* The salt that newer NSS makes is too long for old NSS. */
		{ "right, set by a newer NSS", "new-password", word, true },
	};

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_ERROR by_pass = TRUST_ERROR_INIT;
		TRUST_AUTO_ERROR by_nss = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_store) *pass = NULL;
		TRUST_AUTO(trust_store) *nss = NULL;
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(open_by(TRUST_READ_BY_SQLITE, rows[i].store, NULL,
				     rows[i].password, false, &pass, &by_pass),
		    rows[i].want_pass);
		assert_false(open_by(TRUST_READ_BY_NSS, rows[i].store, NULL, rows[i].password,
		    false, &nss, &by_nss));
		assert_int_equal(by_nss.code, TRUST_STORE_PASSWORD);
		if (!rows[i].want_pass)
			assert_string_equal(by_nss.message, by_pass.message);
	}
}

static void
tampered_trust_is_tampered_both_ways(void **state TRUST_UNUSED)
{
	static const struct {
		const char *sentence;
		const char *store;
		const char *file;
		const char *change;
		const char *want; /* of root's record */
	} rows[] = {
		{ "another number", "old", "cert9.db", "UPDATE nssPublic SET ace536358=x'CE534351'",
		    "tampered" },
		{ "another digest beside the one that counts", "old", "cert9.db",
		    "UPDATE nssPublic SET ace5363b5=zeroblob(16) WHERE a0=x'ce534353'",
		    "tampered" },
		{ "step-up", "old", "cert9.db",
		    "UPDATE nssPublic SET ace536360=x'01' WHERE a0=x'ce534353'", "tampered" },
		{ "no signatures", "old", "key4.db",
		    "DELETE FROM metaData WHERE id LIKE 'sig_cert_%'", "tampered" },
		{ "one signature less", "old", "key4.db",
		    "DELETE FROM metaData WHERE id LIKE 'sig_cert_%_ce536359'", "tampered" },
		{ "signatures that are none", "old", "key4.db",
		    "UPDATE metaData SET item1=x'00' WHERE id LIKE 'sig_cert_%'", "tampered" },
		{ "with password", "old-password", "cert9.db",
		    "UPDATE nssPublic SET ace53635b=x'CE534351'", "tampered" },
		{ "a value less", "old", "cert9.db",
		    "UPDATE nssPublic SET ace53635b=NULL WHERE a0=x'ce534353'", "intact" },
		{ "modern, another number", "new", "cert9.db",
		    "UPDATE nssPublic SET a62c=x'00000004' WHERE a0=x'0000000b'", "tampered" },
		{ "modern, no signatures", "new", "key4.db",
		    "DELETE FROM metaData WHERE id LIKE 'sig_cert_%'", "tampered" },
		{ "modern, another algorithm", "new", "cert9.db",
		    "UPDATE nssPublic SET a8c=x'00000220' WHERE a0=x'0000000b'", "tampered" },
		{ "modern, with password", "new-password", "cert9.db",
		    "UPDATE nssPublic SET a62c=x'00000001' WHERE a0=x'0000000b'", "tampered" },
	};

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		bool newer = strncmp(rows[i].store, "new", 3) == 0;
		const struct question question = {
			.sentence = rows[i].sentence,
			.store = "tampered",
			.password = strstr(rows[i].store, "password") ? word : NULL,
			.libdir = newer ? FIREFOX_NSS : NULL,
			.sight.no_forged_values = true,
		};
		shell("rm -rf tampered && cp -r %s tampered", rows[i].store);
		sql("tampered", rows[i].file, rows[i].change);
		assert_same_both_ways(&question);
		TRUST_AUTO(trust_store) *nss = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		assert_true(open_by(TRUST_READ_BY_NSS, "tampered", question.libdir,
		    question.password, false, &nss, &error));
		const struct trust_item *root = item_called(nss, "root");
		assert_string_equal(trust_seal_word(trust_item_seal(root)), rows[i].want);
		if (strcmp(rows[i].want, "tampered") == 0)
			assert_true(trust_states_equal(
			    trust_item_states(nss, root), trust_states_all(TRUST_UNDECIDED)));
	}
}

/* A forged digest is not shown, so that NSS's record may be about any certificate of its issuer and
 * serial: it is this one's, and tampered. SQLite sees that it is about another. Neither trusts. */
static void
a_forged_digest_is_another_certificates_or_tampered(void **state TRUST_UNUSED)
{
	TRUST_AUTO(trust_store) *pass = NULL;
	TRUST_AUTO(trust_store) *nss = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	shell("rm -rf tampered && cp -r old tampered");
	sql("tampered", "cert9.db",
	    "UPDATE nssPublic SET ace5363b4=zeroblob(20) WHERE a0=x'ce534353'");
	assert_true(open_by(TRUST_READ_BY_SQLITE, "tampered", NULL, NULL, false, &pass, &error));
	assert_true(open_by(TRUST_READ_BY_NSS, "tampered", NULL, NULL, false, &nss, &error));
	const struct trust_item *ours = item_called(pass, "root");
	const struct trust_item *theirs = item_called(nss, "root");
	assert_false(trust_item_has_record(ours));
	assert_int_equal(trust_item_seal(theirs), TRUST_SEAL_TAMPERED);
	assert_true(
	    trust_states_equal(trust_item_states(pass, ours), trust_item_states(nss, theirs)));
}

/* More objects than one answer of the worker takes, and the copies of one certificate. */
static void
many_objects_come_in_several_answers(void **state TRUST_UNUSED)
{
	static const struct question question = { .sentence = "a thousand certificates",
		.store = "many" };
	TRUST_AUTO(trust_store) *nss = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	shell("cp -r old many");
	sql("many", "cert9.db",
	    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r WHERE n<1000) INSERT "
	    "INTO nssPublic(id,a0,a1,a3,a11,a81,a82,a101) SELECT 5000+n,a0,a1,a3,a11,a81,a82,a101 "
	    "FROM r,nssPublic WHERE a0=x'00000001' AND CAST(a3 AS TEXT)='server'");
	assert_same_both_ways(&question);
	assert_true(open_by(TRUST_READ_BY_NSS, "many", NULL, NULL, false, &nss, &error));
	assert_true(trust_store_count(nss) > 1000);
}

static void
an_interrupted_writer_is_rolled_back_before_nss_reads(void **state TRUST_UNUSED)
{
	static const struct question question = { .sentence = "a hot journal", .store = "hot" };

	make_hot_store();
	assert_same_both_ways(&question);
}

static void
collect(void *context, const struct trust_store *store, const struct trust_item *item)
{
	static const struct sight all = { 0 };
	TRUST_AUTO_FREE char *line = item_line(store, item, &all);

	trust_buffer_printf(context, "%s\n", line);
}

static void
items_shown_in_turn_are_those_of_the_whole(void **state TRUST_UNUSED)
{
	TRUST_AUTO_FREE char *path = path_of("old");
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(path);
	const struct trust_store_options options = { .way = TRUST_READ_BY_NSS };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_BUFFER streamed;
	TRUST_AUTO_BUFFER whole;

	trust_buffer_init(&streamed, 1024 * 1024);
	trust_buffer_init(&whole, 1024 * 1024);
	assert_true(trust_store_each(&places->list[0], &options, collect, &streamed, &error));
	assert_true(trust_store_open(&places->list[0], &options, &store, &error));
	for (size_t i = 0; i < trust_store_count(store); i++)
		collect(&whole, store, trust_store_item(store, i));
	assert_true(whole.size > 1000);
	assert_string_equal((char *)streamed.data, (char *)whole.data);
}

/* ---- tables that the pass does not know ------------------------------------------------------ */

#define NO_INDEXES "DROP INDEX issuer;DROP INDEX subject;DROP INDEX label;DROP INDEX ckaid;"

static void
tables_of_another_form_are_read_by_nss(void **state TRUST_UNUSED)
{
	static const struct {
		const char *sentence;
		const char *file;
		const char *statement;
		bool want_nss;
		const char *want_root; /* trust; NULL: no way leads into it */
		bool want_key;
	} rows[] = {
		{ "columns more", "cert9.db", "ALTER TABLE nssPublic ADD COLUMN a7777", false,
		    "full trust", true },
		{ "a version", "cert9.db", "CREATE TABLE version (v); PRAGMA user_version=99",
		    false, "full trust", true },
		{ "columns with types, no row ids", "cert9.db",
		    NO_INDEXES "ALTER TABLE nssPublic RENAME TO was;"
			       "CREATE TABLE nssPublic (id INTEGER PRIMARY KEY,a0 BLOB,a3 TEXT,"
			       "a11 BLOB,a81 BLOB,a82 BLOB,a101 BLOB,a102 BLOB,ace536358 INTEGER,"
			       "ace536359,ace53635a,ace53635b,ace5363b4,ace5363b5,ace536360)"
			       "WITHOUT ROWID;"
			       "INSERT INTO nssPublic SELECT id,a0,a3,a11,a81,a82,a101,a102,"
			       "ace536358,ace536359,ace53635a,ace53635b,ace5363b4,ace5363b5,"
			       "ace536360 FROM was;DROP TABLE was",
		    false, "full trust", true },
		{ "no key ids", "cert9.db", NO_INDEXES "ALTER TABLE nssPublic DROP COLUMN a102",
		    true, "full trust", true },
		/* A record is found by issuer and serial: NSS then says undecided, too. */
		{ "no serials", "cert9.db", NO_INDEXES "ALTER TABLE nssPublic DROP COLUMN a82",
		    true, "undecided", true },
		{ "no issuers", "cert9.db", NO_INDEXES "ALTER TABLE nssPublic DROP COLUMN a81",
		    true, "undecided", true },
		{ "keys without label", "key4.db",
		    NO_INDEXES "ALTER TABLE nssPrivate DROP COLUMN a3", true, "full trust", true },
		{ "keys without modulus", "key4.db", "ALTER TABLE nssPrivate DROP COLUMN a120",
		    true, "full trust", true },
		{ "keys without id", "key4.db",
		    NO_INDEXES "ALTER TABLE nssPrivate DROP COLUMN a102", true, "full trust",
		    false },
		/* NSS then takes no password for right. */
		{ "passwords without check", "key4.db", "ALTER TABLE metaData DROP COLUMN item2",
		    true, "full trust", false },
		{ "no classes", "cert9.db", NO_INDEXES "ALTER TABLE nssPublic DROP COLUMN a0",
		    false, NULL, false },
		{ "no row ids", "cert9.db", "ALTER TABLE nssPublic RENAME COLUMN id TO number",
		    false, NULL, false },
		{ "another name", "cert9.db", "ALTER TABLE nssPublic RENAME TO nssPublic2", false,
		    NULL, false },
		/* NSS would read these two. */
		{ "a view", "cert9.db",
		    "ALTER TABLE nssPublic RENAME TO was;CREATE VIEW nssPublic AS SELECT * FROM "
		    "was",
		    false, NULL, false },
		{ "a computed column", "cert9.db",
		    NO_INDEXES "ALTER TABLE nssPublic RENAME COLUMN a3 TO was;"
			       "ALTER TABLE nssPublic ADD COLUMN a3 AS (was)",
		    false, NULL, false },
		{ "a computed column for keys", "key4.db",
		    NO_INDEXES "ALTER TABLE nssPrivate RENAME COLUMN a3 TO was;"
			       "ALTER TABLE nssPrivate ADD COLUMN a3 AS (was)",
		    false, NULL, false },
	};

	const struct trust_part root_only = { .texts = &(const char *){ "root" }, .text_count = 1 };

	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		for (int generation = 0; generation < 2; generation++) {
			TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
			TRUST_AUTO(trust_store) *store = NULL;
			print_message(
			    "# %s, %s\n", rows[i].sentence, generations[generation].words);
			shell("rm -rf odd && cp -r old odd");
			sql("odd", rows[i].file, rows[i].statement);
			bool opened = open_by(TRUST_READ_EITHER_WAY, "odd",
			    generations[generation].libdir, NULL, false, &store, &error);
			assert_int_equal(opened, rows[i].want_root != NULL);
			if (!opened) {
				assert_int_equal(error.code, TRUST_STORE_DAMAGED);
				assert_non_null(strstr(error.message, "not a certificate store"));
				continue;
			}
			assert_int_equal(trust_store_was_read_by_nss(store), rows[i].want_nss);
			const struct trust_item *root = item_called(store, "root");
			TRUST_AUTO_FREE char *words =
			    trust_states_words(trust_item_states(store, root));
			assert_string_equal(words, rows[i].want_root);
			assert_int_equal(
			    item_called(store, "me")->key_object_id != 0, rows[i].want_key);
			TRUST_AUTO(trust_store) *part = NULL;
			assert_true(open_with("odd", generations[generation].libdir,
			    &(struct trust_store_options){ .part = &root_only }, &part, &error));
			assert_non_null(item_called(part, "root"));
		}
}

static void
what_only_nss_can_read_is_not_changed(void **state TRUST_UNUSED)
{
	TRUST_AUTO_FREE char *path = path_of("odd");
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(path);
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	shell("rm -rf odd && cp -r old odd");
	sql("odd", "cert9.db", NO_INDEXES "ALTER TABLE nssPublic DROP COLUMN a102");
	shell("sha256sum odd/* >before");
	assert_true(try_open("odd", NULL, &store, &error));
	const struct trust_action action = {
		.kind = TRUST_SET_TRUST,
		.der = item_called(store, "server")->der,
		.states = trust_states_all(TRUST_DISTRUSTED),
	};
	const struct trust_change_request request = {
		.command = "test",
		.actions = &action,
		.action_count = 1,
	};
	assert_false(trust_change_prepare(&places->list[0], &request, &change, &error));
	print_message("# %s\n", error.message);
	assert_int_equal(error.code, TRUST_STORE_DAMAGED);
	assert_non_null(strstr(error.message, "is not changed: its tables"));
	shell("sha256sum odd/* | cmp before -");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_give_the_same_answer),
		cmocka_unit_test(a_wrong_password_is_wrong_both_ways),
		cmocka_unit_test(tampered_trust_is_tampered_both_ways),
		cmocka_unit_test(a_forged_digest_is_another_certificates_or_tampered),
		cmocka_unit_test(many_objects_come_in_several_answers),
		cmocka_unit_test(an_interrupted_writer_is_rolled_back_before_nss_reads),
		cmocka_unit_test(items_shown_in_turn_are_those_of_the_whole),
		cmocka_unit_test(tables_of_another_form_are_read_by_nss),
		cmocka_unit_test(what_only_nss_can_read_is_not_changed),
	};

	return cmocka_run_group_tests(tests, make_stores, remove_scratch);
}
