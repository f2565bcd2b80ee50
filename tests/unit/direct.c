/* SPDX-License-Identifier: MPL-2.0 */
/* Rows written directly are those NSS makes of the same input, but for ids and salts, and NSS of
 * both generations accepts them, logged in. */

#include "core/worker.h"
#include "tests/unit/real_stores.h"

/* More than what is written directly from on; half of it is less. */
#define CERTS 44

static struct trust_cert *certs[CERTS];

static const char odd_certs[] =
    "i=0; new() { openssl req -x509 -nodes -days 900 -keyout k.pem -out c.pem \"$@\" && "
    "openssl x509 -in c.pem -outform DER -out odd$i.der && i=$((i+1)); }; "
    "new -newkey rsa:2048 -subj '/CN=RSA' && "
    "new -newkey rsa:1024 -subj '/CN=Small RSA' -set_serial 0 && "
    "new -newkey ec -pkeyopt ec_paramgen_curve:P-384 -subj '/C=DE/O=Ä Ö Ü/CN=Umlaut ß' -utf8 && "
    "new -newkey ed25519 -subj '/CN=Edwards' && "
    "new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj '/O=No common name' && "
    "new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj / && "
    "new -newkey ec -pkeyopt ec_paramgen_curve:P-521 -subj '/CN=Twenty/emailAddress=a@b.example' "
    "-set_serial 0x7fffffffffffffffffffffffffffffffffffffff && "
    "new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj '/CN=Same name' && "
    "new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj '/O=Other/CN=Same name' && "
    "new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj '/O=Third/CN=Same name' "
    "-addext subjectAltName=DNS:www.example -addext basicConstraints=critical,CA:FALSE";

static int
make_certs(void **state)
{
	const char *build = getenv("TRUSTCTL_BUILD");
	size_t count = 0;

	if (make_scratch(state) != 0)
		return 1;
	shell("%s", odd_certs);
	shell("%s/tests/support/certs %d | csplit -sz -f bench - /BEGIN/ '{*}' && for f in bench*; "
	      "do "
	      "openssl x509 -in $f -outform DER -out $f.der; done",
	    build ? build : "build", CERTS - 10);
	for (int i = 0; i < 10; i++) {
		TRUST_AUTO_FREE char *name = trust_printf("odd%d.der", i);
		certs[count++] = read_cert(name);
	}
	for (int i = 0; i < CERTS - 10; i++) {
		TRUST_AUTO_FREE char *name = trust_printf("bench%02d.der", i);
		certs[count++] = read_cert(name);
	}
	return count == CERTS ? 0 : 1;
}

static int
free_certs(void **state)
{
	for (size_t i = 0; i < CERTS; i++)
		trust_cert_free(certs[i]);
	return remove_scratch(state);
}

static struct trust_action
add_action(size_t i)
{
	return (struct trust_action){ .kind = TRUST_ADD_CERT, .der = certs[i]->der };
}

/* All that NSS can say, in turn. */
static struct trust_action
trust_action(size_t i)
{
	static const enum trust_state states[] = { TRUST_TRUSTED, TRUST_NOT_ANCHOR,
		TRUST_DISTRUSTED, TRUST_PEER };
	struct trust_action action = action_on(TRUST_SET_TRUST, certs[i]);

	action.states = trust_states_all(states[i % 4]);
	if (i % 5 == 0)
		action.states.of[TRUST_EMAIL] = TRUST_DISTRUSTED;
	if (i % 8 == 0)
		action.states.of[TRUST_TLS_CLIENT] = TRUST_NOT_ANCHOR;
	return action;
}

/* In pieces of `step` actions of one kind after the other. */
static void
change_all(const struct fixture *fixture, size_t step, struct trust_action (*action)(size_t i))
{
	struct trust_action actions[CERTS];

	for (size_t from = 0; from < CERTS; from += step) {
		size_t count = 0;
		for (size_t i = from; i < CERTS && i < from + step; i++)
			actions[count++] = action(i);
		run(fixture,
		    (struct trust_change_request){ .actions = actions, .action_count = count });
	}
}

static struct trust_action
delete_action(size_t i)
{
	return action_on(TRUST_DELETE_CERT, certs[i]);
}

/* Both tables without ids, and without the random parts of signatures. */
static char *
rows_of(const char *store)
{
	TRUST_AUTO_FREE char *command = trust_printf(
	    "cd %s/%s && python3 - <<'E'\n"
	    "import sqlite3\n"
	    "rows = []\n"
	    "ids = {}\n"
	    "c = sqlite3.connect('cert9.db').execute('select * from nssPublic')\n"
	    "names = [d[0] for d in c.description]\n"
	    "for r in c:\n"
	    "    row = {k: (type(v).__name__, v) for k, v in zip(names, r) if v is not None}\n"
	    "    number = row.pop('id')[1]\n"
	    "    ids['%%08x' %% number] = repr((row['a0'], row['a81'], row['a82']))\n"
	    "    rows.append(repr(sorted(row.items())))\n"
	    "for id, a, b in sqlite3.connect('key4.db').execute('select * from metaData'):\n"
	    "    if id != 'password':\n"
	    "        a = a[:-32]\n"
	    "        at = a.index(b'\\x04\\x20')\n"
	    "        a = a[:at + 2] + a[at + 34:]\n"
	    "        rows.append(repr((ids[id[9:17]], type(id).__name__, id[18:], a, b)))\n"
	    "print('\\n'.join(sorted(rows)))\n"
	    "E",
	    scratch, store);
	size_t room = 4 * 1024 * 1024;
	char *text = trust_alloc(room);
	FILE *pipe = popen(command, "r");
	size_t size = fread(text, 1, room - 1, pipe);
	assert_int_equal(pclose(pipe), 0);
	text[size] = '\0';
	return text;
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What NSS of a generation, logged in, shows of every item, without row ids: it checks the
 * signatures. */
static char *
nss_view(const char *name, const char *libdir, const char *password)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);
	TRUST_AUTO_FREE char *libraries = trust_strdup(libdir);
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(path);
	TRUST_AUTO(trust_secret) *secret =
	    password ? trust_secret_new(password, strlen(password)) : NULL;
	struct trust_place place = places->list[0];
	const struct trust_store_options options = {
		.password = secret,
		.way = TRUST_READ_BY_NSS,
	};
	char *list[4 * CERTS];
	char *all = trust_strdup("");

	place.nss_libdir = libraries;
	if (!trust_store_open(&place, &options, &store, &error))
		fail_msg("%s", error.message);
	size_t count = trust_store_count(store);
	assert_true(count <= TRUST_COUNT(list));
	for (size_t i = 0; i < count; i++) {
		const struct trust_item *item = trust_store_item(store, i);
		TRUST_AUTO_FREE char *id = trust_hex(item->id, sizeof item->id);
		TRUST_AUTO_FREE char *words = trust_states_words(trust_item_states(store, item));
		list[i] = trust_printf(
		    "%s %s: %s, %s", id, item->name, words, trust_seal_word(trust_item_seal(item)));
	}
	qsort(list, count, sizeof *list, compare_lines);
	for (size_t i = 0; i < count; i++) {
		char *longer = trust_printf("%s%s\n", all, list[i]);
		trust_free(all);
		trust_free(list[i]);
		all = longer;
	}
	return all;
}

static const struct {
	const char *name;
	const char *password;
	bool newer;
} kinds[] = {
	{ "old, without password", NULL, false },
	{ "old, with password", "secret", false },
	{ "new, without password", NULL, true },
	{ "new, with password", "secret", true },
};

static void
assert_same(const char *kind, const char *password, bool newer)
{
	TRUST_AUTO_FREE char *direct = rows_of("direct");
	TRUST_AUTO_FREE char *by_nss = rows_of("nss");

	if (strcmp(direct, by_nss) != 0)
		fail_msg("%s: rows differ:\n%s\n----\n%s", kind, direct, by_nss);
	for (int generation = newer; generation < 2; generation++) {
		const char *libdir = generation ? "/usr/lib/firefox-esr" : NULL;
		TRUST_AUTO_FREE char *a = nss_view("direct", libdir, password);
		TRUST_AUTO_FREE char *b = nss_view("nss", libdir, password);
		assert_non_null(strstr(a, "distrusted, intact"));
		assert_null(strstr(a, "tampered"));
		assert_string_equal(a, b);
	}
	shell("certutil -L -d sql:direct >a; certutil -L -d sql:nss >b; cmp a b; " NEWER
	      "certutil -L -d sql:direct >c; " NEWER "certutil -L -d sql:nss >d; cmp c d");
}

static void
rows_written_directly_are_those_of_nss(void **state TRUST_UNUSED)
{
	for (size_t i = 0; i < TRUST_COUNT(kinds); i++) {
		struct fixture nss = store_with("nss", kinds[i].password, kinds[i].newer);
		shell("rm -rf direct && cp -a nss direct");
		TRUST_AUTO_FREE char *path = trust_printf("%s/direct", scratch);
		struct fixture direct = nss;
		direct.places = trust_place_for_directory(path);
		direct.place = &direct.places->list[0];

		change_all(&direct, CERTS, add_action);
		change_all(&nss, CERTS / 2, add_action);
		change_all(&direct, CERTS, trust_action);
		change_all(&nss, CERTS / 2, trust_action);
		assert_same(kinds[i].name, kinds[i].password, kinds[i].newer);
		change_all(&direct, CERTS, delete_action);
		change_all(&nss, CERTS / 2, delete_action);
		assert_true(
		    shell_says("sqlite3 direct/cert9.db \"select 'rows', count(*) from nssPublic\"",
			"rows|0"));
		assert_true(shell_says(
		    "sqlite3 direct/key4.db \"select 'rows', count(*) from metaData\"", "rows|1"));
		trust_places_free(direct.places);
		trust_places_free(nss.places);
	}
}

/* The worker sees what was written before it was called for, and the other way round. */
static void
what_is_not_covered_goes_through_nss_in_between(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("mixed", "secret", false);
	TRUST_AUTO(trust_cert) *identity = read_cert("ec.der");
	TRUST_AUTO(trust_secret) *key = read_secret("ec.p8");
	struct trust_action actions[2 * CERTS + 4];
	size_t count = 0;

	for (size_t i = 0; i < CERTS; i++)
		actions[count++] = add_action(i);
	actions[count++] = (struct trust_action){ .kind = TRUST_ADD_CERT, .der = identity->der };
	actions[count++] =
	    (struct trust_action){ .kind = TRUST_ADD_KEY, .pkcs8 = key, .nickname = "alice" };
	for (size_t i = 0; i < CERTS; i++)
		actions[count++] = trust_action(i);
	int64_t entry = run(
	    &fixture, (struct trust_change_request){ .actions = actions, .action_count = count });
	assert_true(shell_says("certutil -K -d sql:mixed -f mixed.pw", "alice"));
	assert_true(shell_says("certutil -L -d sql:mixed | grep -c Bench", "34"));
	undo(&fixture, entry);
	assert_true(shell_says(
	    "sqlite3 mixed/cert9.db \"select 'rows', count(*) from nssPublic\"", "rows|0"));
	trust_places_free(fixture.places);
}

static void
a_table_with_another_shape_is_left_to_nss(void **state TRUST_UNUSED)
{
	static const char *const changes[] = {
		"alter table nssPublic add column extra",
		"alter table nssPublic add column \"x y\"",
	};

	for (size_t i = 0; i < TRUST_COUNT(changes); i++) {
		struct fixture fixture = store_with("odd", NULL, false);
		shell("sqlite3 odd/cert9.db '%s'", changes[i]);
		change_all(&fixture, CERTS, add_action);
		change_all(&fixture, CERTS, trust_action);
		assert_true(shell_says("certutil -L -d sql:odd | grep -c Bench", "34"));
		trust_places_free(fixture.places);
	}
}

/* 88 actions with a password: 44 records with 7 signatures of 10,000 rounds would be 308
 * derivations. */
static void
the_work_of_the_password_does_not_grow_with_the_certificates(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("salt", "secret", false);

	change_all(&fixture, CERTS, add_action);
	change_all(&fixture, CERTS, trust_action);
	assert_true(
	    shell_says("sqlite3 salt/key4.db \"select 'salts', count(distinct substr(item1,1,"
		       "length(item1)-32)) from metaData where id like 'sig_%'\"",
		"salts|1"));
	trust_places_free(fixture.places);
}

static void
setting_one_trust_twice_leaves_one_record(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("twice", NULL, false);
	struct trust_action actions[CERTS + 1];

	change_all(&fixture, CERTS, add_action);
	for (size_t i = 0; i < CERTS; i++)
		actions[i] = trust_action(i);
	actions[CERTS] = trust_action(0);
	actions[CERTS].states = trust_states_all(TRUST_DISTRUSTED);
	run(&fixture,
	    (struct trust_change_request){ .actions = actions, .action_count = CERTS + 1 });
	assert_true(shell_says("sqlite3 twice/cert9.db \"select 'records', count(*) from nssPublic "
			       "where a0=x'ce534353'\"",
	    "records|44"));
	assert_true(shell_says("certutil -L -d sql:twice | grep '^RSA '", "p,p,p"));
	trust_places_free(fixture.places);
}

/* NSS stores it, and takes for its key what it takes. */
static void
a_certificate_whose_key_cannot_be_decoded_is_left_to_nss(void **state TRUST_UNUSED)
{
	static const uint8_t rsa_key[] = { 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01 };
	struct fixture fixture = store_with("odd", NULL, false);
	const struct trust_bytes whole = certs[0]->der;
	TRUST_AUTO_FREE uint8_t *der = trust_memdup(whole.data, whole.size);
	uint8_t *key = memmem(der, whole.size, rsa_key, sizeof rsa_key);
	struct trust_action actions[CERTS];

	assert_non_null(key);
	*key = 0x31;
	for (size_t i = 0; i < CERTS; i++)
		actions[i] = add_action(i);
	actions[0].der = (struct trust_bytes){ der, whole.size };
	run(&fixture, (struct trust_change_request){ .actions = actions, .action_count = CERTS });
	TRUST_AUTO_FREE char *rows = trust_printf("rows|%d", CERTS);
	assert_true(
	    shell_says("sqlite3 odd/cert9.db \"select 'rows', count(*) from nssPublic\"", rows));
	trust_places_free(fixture.places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_written_directly_are_those_of_nss),
		cmocka_unit_test(what_is_not_covered_goes_through_nss_in_between),
		cmocka_unit_test(a_certificate_whose_key_cannot_be_decoded_is_left_to_nss),
		cmocka_unit_test(a_table_with_another_shape_is_left_to_nss),
		cmocka_unit_test(the_work_of_the_password_does_not_grow_with_the_certificates),
		cmocka_unit_test(setting_one_trust_twice_leaves_one_record),
	};
	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
