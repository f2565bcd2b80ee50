/* SPDX-License-Identifier: MPL-2.0 */
/* Both spellings of trust: after every change each reader, old and new, sees the same. */

#include "tests/unit/real_stores.h"

/* What `certutil -L` says of the root: its letters, or nothing. */
static char *
letters(const char *prefix, const char *store)
{
	TRUST_AUTO_FREE char *command =
	    trust_printf("cd %s && %s certutil -L -d sql:%s | sed -n 's/^Test Root *//p'", scratch,
		prefix, store);
	char *text = trust_alloc(256);
	FILE *pipe = popen(command, "r");
	size_t size = fread(text, 1, 255, pipe);

	pclose(pipe);
	text[size] = '\0';
	text[strcspn(text, " \n")] = '\0';
	return text;
}

static void
assert_letters(const char *store, const char *want, const char *step)
{
	TRUST_AUTO_FREE char *old = letters("", store);
	TRUST_AUTO_FREE char *new = letters(NEWER, store);

	if (strcmp(old, want) != 0 || strcmp(new, want) != 0)
		fail_msg(
		    "%s: older certutil says '%s', newer '%s', wanted '%s'", step, old, new, want);
}

/* Every signature belongs to an object, and every record is signed. */
static void
assert_signed(const struct fixture *fixture, const struct trust_cert *cert, const char *store)
{
	TRUST_AUTO(trust_store) *read = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_secret) *password = fixture->password
	    ? trust_secret_new(fixture->password, strlen(fixture->password))
	    : NULL;
	const struct trust_store_options options = { .password = password, .verify_seals = true };
	TRUST_AUTO_FREE char *stray = trust_printf(
	    "sqlite3 %s/key4.db \"attach '%s/cert9.db' as c; select 'stray', count(*) from "
	    "metaData where "
	    "id like 'sig_cert_%%' and substr(id,10,8) not in (select printf('%%08x', id) from "
	    "c.nssPublic)\"",
	    store, store);

	assert_true(trust_store_open(fixture->place, &options, &read, &error));
	const struct trust_item *item = trust_store_find(read, cert->id);
	if (item && trust_item_has_record(item))
		assert_int_equal(trust_item_seal(item), TRUST_SEAL_INTACT);
	assert_int_equal(trust_store_orphan_count(read), 0);
	assert_true(shell_says(stray, "stray|0"));
}

static const struct {
	enum trust_state state;
	const char *letters;
} states[] = {
	{ TRUST_TRUSTED, "CT,C,C" },
	{ TRUST_DISTRUSTED, "p,p,p" },
	{ TRUST_NOT_ANCHOR, ",," },
	{ TRUST_PEER, "P,P,P" },
};

/* What others made of the root's trust before. */
static const struct {
	const char *generation;
	const char *letters;
} beginnings[] = {
	{ NULL, NULL },
	{ "", "C,," },
	{ NEWER, "C,," },
	{ NEWER, "p,p,p" },
};

static void
begin(size_t beginning, const char *password_option)
{
	if (beginnings[beginning].letters)
		shell("%s certutil -M -d sql:both -n 'Test Root' -t %s %s",
		    beginnings[beginning].generation, beginnings[beginning].letters,
		    password_option);
}

static void
every_reader_agrees(const char *password, bool newer, const char *libdir)
{
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO_FREE char *file = password ? trust_strdup(" -f both.pw") : trust_strdup("");

	for (size_t i = 0; i < TRUST_COUNT(states) * TRUST_COUNT(beginnings); i++) {
		size_t beginning = i / TRUST_COUNT(states);
		const char *want = states[i % TRUST_COUNT(states)].letters;
		/* The rarer states on the richest beginning alone: each round costs a third of a
		 * second. */
		if (i % TRUST_COUNT(states) > 1 && beginning != 2)
			continue;
		struct fixture fixture = store_with("both", password, newer);
		struct trust_place place = *fixture.place;
		place.nss_libdir = (char *)libdir;
		fixture.place = &place;
		/* The older NSS does not open a password of the newer one. */
		if (beginning == 1 && password && newer)
			beginning = 2;
		add(&fixture, root);
		assert_letters("both", ",,", "added");
		begin(beginning, file);
		set_trust(&fixture, root, states[i % TRUST_COUNT(states)].state);
		assert_letters("both", want, "set");
		assert_signed(&fixture, root, "both");
		if (!(password && newer))
			begin(beginning, file);
		run_one(&fixture, action_on(TRUST_RESET_TRUST, root));
		assert_letters("both", ",,", "reset");
		assert_signed(&fixture, root, "both");
		begin(beginning, file);
		run_one(&fixture, action_on(TRUST_DELETE_CERT, root));
		assert_letters("both", "", "deleted");
		assert_signed(&fixture, root, "both");
		shell("%scertutil -A -d sql:both -n 'Test Root' -t ,, -i root.pem%s",
		    password && newer ? NEWER : "", file);
		assert_letters("both", ",,", "imported again");
		trust_places_free(fixture.places);
	}
}

static void
in_a_store_of_the_older_nss(void **state TRUST_UNUSED)
{
	every_reader_agrees(NULL, false, NULL);
}

static void
in_a_store_of_the_newer_nss(void **state TRUST_UNUSED)
{
	every_reader_agrees(NULL, true, NULL);
}

static void
in_a_store_of_the_newer_nss_changed_with_it(void **state TRUST_UNUSED)
{
	every_reader_agrees(NULL, true, "/usr/lib/firefox-esr");
}

static void
in_a_store_of_the_older_nss_changed_with_the_newer(void **state TRUST_UNUSED)
{
	every_reader_agrees(NULL, false, "/usr/lib/firefox-esr");
}

static void
with_a_password_of_the_older_nss(void **state TRUST_UNUSED)
{
	every_reader_agrees("pass word", false, NULL);
}

static void
with_a_password_of_the_older_nss_changed_with_the_newer(void **state TRUST_UNUSED)
{
	every_reader_agrees("pass word", false, "/usr/lib/firefox-esr");
}

static void
with_a_password_of_the_newer_nss(void **state TRUST_UNUSED)
{
	every_reader_agrees("pass word", true, NULL);
}

static void
a_leftover_record_is_neutralised_without_the_password(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("leftover", "secret", true);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	shell(NEWER "certutil -A -d sql:leftover -n root -t C,, -i root.pem -f leftover.pw && "
		    "certutil -D -d sql:leftover -n root");
	fixture.password = NULL;
	add(&fixture, root);
	assert_letters("leftover", ",,", "imported");
	fixture.password = (char *)"secret";
	assert_signed(&fixture, root, "leftover");
	trust_places_free(fixture.places);
}

static void
a_forged_record_in_a_store_with_password_is_written_anew(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("forged", "secret", false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	add(&fixture, root);
	set_trust(&fixture, root, TRUST_TRUSTED);
	/* Whoever logs in sees that it is forged and takes it for none. */
	shell("sqlite3 forged/cert9.db \"update nssPublic set ace536358=x'ce53435a', "
	      "ace536359=x'ce53435a', ace53635a=x'ce53435a', ace53635b=x'ce53435a' "
	      "where a0=x'ce534353'\"");
	assert_true(set_trust(&fixture, root, TRUST_DISTRUSTED) > 0);
	assert_signed(&fixture, root, "forged");
	assert_letters("forged", "p,p,p", "set");
	/* And now it is so already. */
	assert_int_equal(set_trust(&fixture, root, TRUST_DISTRUSTED), 0);
	trust_places_free(fixture.places);
}

static void
trust_that_was_forged_is_not_had_and_needs_the_trust_step(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("had", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = action_on(TRUST_SET_TRUST, root);
	const struct trust_change_request request = { .actions = &action, .action_count = 1 };

	action.states = trust_states_all(TRUST_TRUSTED);
	add(&fixture, root);
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	shell("sqlite3 had/cert9.db \"update nssPublic set ace536358=x'ce534352', "
	      "ace536359=x'ce534352', ace53635a=x'ce534352', ace53635b=x'ce534352' "
	      "where a0=x'ce534353'\"");
	assert_int_equal(refused(&fixture, request), TRUST_REFUSED);
	assert_true(run(&fixture, request) > 0);
	assert_letters("had", "CT,C,C", "granted");
	assert_signed(&fixture, root, "had");
	trust_places_free(fixture.places);
}

static void
a_second_record_does_not_outlive_the_first(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("second", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	static const char *const copy =
	    "sqlite3 second/cert9.db \"create temp table t as select * from nssPublic where "
	    "a0=x'ce534353' limit 1; update t set id=random()&0xfffff; insert into nssPublic "
	    "select * from t\"";

	add(&fixture, root);
	shell("certutil -M -d sql:second -n 'Test Root' -t C,,");
	shell("%s", copy);
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	assert_letters("second", "p,p,p", "set");
	assert_signed(&fixture, root, "second");
	shell("%s", copy);
	run_one(&fixture, action_on(TRUST_RESET_TRUST, root));
	assert_letters("second", ",,", "reset");
	assert_signed(&fixture, root, "second");
	trust_places_free(fixture.places);
}

static void
an_import_with_trust_clears_a_leftover_record_once(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("once", NULL, true);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action actions[] = {
		{ .kind = TRUST_ADD_CERT, .der = root->der },
		action_on(TRUST_SET_TRUST, root),
	};

	actions[1].states = trust_states_all(TRUST_DISTRUSTED);
	shell(NEWER "certutil -A -d sql:once -n root -t C,, -i root.pem && certutil -D -d sql:once "
		    "-n root");
	run(&fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 });
	assert_letters("once", "p,p,p", "imported");
	assert_signed(&fixture, root, "once");
	trust_places_free(fixture.places);
}

static void
trust_in_another_certificate_of_the_same_serial_number_is_no_trust(void **state TRUST_UNUSED)
{
	static const char *const generations[] = { "", NEWER };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	shell("for n in real forged; do openssl req -x509 -key $(test $n = real && echo root.key "
	      "|| echo "
	      "ec.key) -out $n.pem -subj '/CN=Test Root' -set_serial 4711 -days 900 && openssl "
	      "x509 -in "
	      "$n.pem -outform DER -out $n.der; done");
	TRUST_AUTO(trust_cert) *forged = read_cert("forged.der");
	for (size_t i = 0; i < TRUST_COUNT(generations); i++) {
		struct fixture fixture = store_with("same", NULL, true);
		TRUST_AUTO(trust_store) *store = NULL;
		/* The record stays behind, and no reader takes it for the other certificate's. */
		shell(
		    "%s certutil -A -d sql:same -n real -t C,, -i real.pem && sqlite3 "
		    "same/cert9.db "
		    "\"delete from nssPublic where a0=x'00000001'\" && certutil -A -d sql:same -n "
		    "'Test Root' -t ,, -i forged.pem",
		    generations[i]);
		assert_true(trust_store_open(fixture.place, NULL, &store, &error));
		const struct trust_item *item = trust_store_find(store, forged->id);
		assert_non_null(item);
		assert_false(trust_states_any(trust_item_states(store, item), TRUST_TRUSTED));
		assert_int_equal(trust_store_orphan_count(store), 1);
		set_trust(&fixture, forged, TRUST_DISTRUSTED);
		assert_letters("same", "p,p,p", "set");
		assert_signed(&fixture, forged, "same");
		trust_places_free(fixture.places);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_a_store_of_the_older_nss),
		cmocka_unit_test(in_a_store_of_the_newer_nss),
		cmocka_unit_test(in_a_store_of_the_newer_nss_changed_with_it),
		cmocka_unit_test(in_a_store_of_the_older_nss_changed_with_the_newer),
		cmocka_unit_test(with_a_password_of_the_older_nss),
		cmocka_unit_test(with_a_password_of_the_older_nss_changed_with_the_newer),
		cmocka_unit_test(with_a_password_of_the_newer_nss),
		cmocka_unit_test(a_leftover_record_is_neutralised_without_the_password),
		cmocka_unit_test(a_forged_record_in_a_store_with_password_is_written_anew),
		cmocka_unit_test(trust_that_was_forged_is_not_had_and_needs_the_trust_step),
		cmocka_unit_test(an_import_with_trust_clears_a_leftover_record_once),
		cmocka_unit_test(
		    trust_in_another_certificate_of_the_same_serial_number_is_no_trust),
		cmocka_unit_test(a_second_record_does_not_outlive_the_first),
	};
	return cmocka_run_group_tests_name("change_trust", tests, make_scratch, remove_scratch);
}
