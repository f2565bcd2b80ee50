/* SPDX-License-Identifier: MPL-2.0 */
/* Certificates that are awkward: doubles, shared names, no names, one serial number twice; and
 * identities that both generations of pk12util must be able to take out again. */

#include "tests/unit/real_stores.h"

static void
make_cert(const char *name, const char *openssl_arguments)
{
	shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key "
	      "-out "
	      "%s.pem -days 900 %s && openssl x509 -in %s.pem -outform DER -out %s.der",
	    name, name, openssl_arguments, name, name);
}

static size_t
effects_of(const struct fixture *fixture, struct trust_change_request request)
{
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	request.command = "test";
	request.asker = (struct trust_asker){ give_password, fixture->password };
	if (!trust_change_prepare(fixture->place, &request, &change, &error))
		fail_msg("prepare: %s (%s)", error.message, trust_code_name(error.code));
	for (size_t i = 0; i < trust_change_effect_count(change); i++)
		print_message("# %s: %s\n", trust_effect_word(trust_change_effects(change)[i].kind),
		    trust_change_effects(change)[i].name);
	return trust_change_effect_count(change);
}

static void
double_rows_are_one_item_and_go_together(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("double", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_cert) *alice = read_cert("ec.der");
	TRUST_AUTO(trust_history) *history = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	add(&fixture, root);
	shell("sqlite3 double/cert9.db \"create temp table t as select * from nssPublic; update t "
	      "set id=7, "
	      "a3='other name'; insert into nssPublic select * from t\"");
	assert_int_equal(effects_of(&fixture, (struct trust_change_request){ 0 }), 0);
	add(&fixture, alice);
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	run_one(&fixture, action_on(TRUST_DELETE_CERT, root));
	assert_true(shell_says(
	    "sqlite3 double/cert9.db \"select 'rows', count(*) from nssPublic\"", "rows|1"));
	assert_true(trust_history_read(fixture.place, 0, &history, &error));
	for (size_t i = 0; i < history->count; i++)
		assert_false(history->entries[i].outside);
	assert_int_equal(history->entries[0].effects[0].kind, TRUST_EFFECT_DELETED);
	TRUST_AUTO_FREE char *without = dump("double");
	int64_t undone = undo(&fixture, history->entries[0].number);
	assert_true(shell_says(
	    "sqlite3 double/cert9.db \"select 'rows', count(*) from nssPublic\"", "rows|4"));
	undo(&fixture, undone);
	TRUST_AUTO_FREE char *again = dump("double");
	assert_string_equal(without, again);
	trust_places_free(fixture.places);
}

static void
a_certificate_twice_in_one_request_is_stored_once(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("once", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	const struct trust_action actions[] = {
		{ .kind = TRUST_ADD_CERT, .der = root->der, .nickname = "one" },
		{ .kind = TRUST_ADD_CERT, .der = root->der, .nickname = "two" },
	};

	run(&fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 });
	assert_true(shell_says(
	    "sqlite3 once/cert9.db \"select 'rows', count(*), a3 from nssPublic\"", "rows|1|one"));
	trust_places_free(fixture.places);
}

/* As two certificates of one key do. */
static void
a_key_named_twice_in_one_request_is_deleted_once(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("once-key", NULL, false);
	TRUST_AUTO(trust_cert) *cert = read_cert("ec.der");
	TRUST_AUTO(trust_secret) *key = read_secret("ec.p8");
	const struct trust_action actions[] = {
		action_on(TRUST_DELETE_KEY, cert),
		action_on(TRUST_DELETE_KEY, cert),
		action_on(TRUST_DELETE_CERT, cert),
	};

	add_identity(&fixture, cert, key);
	run(&fixture, (struct trust_change_request){ .actions = actions, .action_count = 3 });
	assert_true(shell_says(
	    "sqlite3 once-key/key4.db \"select 'rows', count(*) from nssPrivate\"", "rows|0"));
	trust_places_free(fixture.places);
}

static void
one_nickname_for_several_subjects_is_numbered(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("names", NULL, false);
	make_cert("one", "-subj /CN=one");
	make_cert("renewed", "-subj /CN=one");
	make_cert("two", "-subj /CN=two");
	make_cert("three", "-subj /CN=three");
	TRUST_AUTO(trust_cert) *one = read_cert("one.der");
	TRUST_AUTO(trust_cert) *renewed = read_cert("renewed.der");
	TRUST_AUTO(trust_cert) *two = read_cert("two.der");
	TRUST_AUTO(trust_cert) *three = read_cert("three.der");
	struct trust_action actions[] = {
		{ .kind = TRUST_ADD_CERT, .der = one->der, .nickname = "name" },
		{ .kind = TRUST_ADD_CERT, .der = two->der, .nickname = "name" },
		{ .kind = TRUST_ADD_CERT, .der = renewed->der, .nickname = "name" },
	};

	run(&fixture, (struct trust_change_request){ .actions = actions, .action_count = 3 });
	actions[0].der = three->der;
	run(&fixture, (struct trust_change_request){ .actions = actions, .action_count = 1 });
	assert_true(shell_says(
	    "sqlite3 names/cert9.db \"select cast(a3 as text) from nssPublic order by 1\" "
	    "| tr '\\n' ,",
	    "name,name,name #2,name #3,"));
	assert_true(shell_says("certutil -L -d sql:names | grep -c ,,", "4"));
	assert_true(shell_says(NEWER "certutil -L -d sql:names | grep -c ,,", "4"));
	trust_places_free(fixture.places);
}

static void
certificates_without_subject_are_stored(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("empty", NULL, false);
	make_cert("empty1", "-subj / -addext subjectAltName=critical,DNS:a.example");
	make_cert("empty2", "-subj / -addext subjectAltName=critical,DNS:b.example");
	TRUST_AUTO(trust_cert) *one = read_cert("empty1.der");
	TRUST_AUTO(trust_cert) *two = read_cert("empty2.der");
	const struct trust_action actions[] = {
		{ .kind = TRUST_ADD_CERT, .der = one->der },
		{ .kind = TRUST_ADD_CERT, .der = two->der },
	};

	run(&fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 });
	set_trust(&fixture, one, TRUST_DISTRUSTED);
	assert_true(
	    shell_says("sqlite3 empty/cert9.db \"select 'certs', count(*) from nssPublic where "
		       "a0=x'00000001'\"",
		"certs|2"));
	run_one(&fixture, action_on(TRUST_DELETE_CERT, one));
	run_one(&fixture, action_on(TRUST_DELETE_CERT, two));
	assert_true(shell_says(
	    "sqlite3 empty/cert9.db \"select 'rows', count(*) from nssPublic\"", "rows|0"));
	trust_places_free(fixture.places);
}

static void
another_certificate_of_the_same_serial_number_is_refused(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("serial", NULL, false);
	make_cert("real", "-subj /CN=same -set_serial 4711");
	make_cert("forged", "-subj /CN=same -set_serial 4711");
	TRUST_AUTO(trust_cert) *real = read_cert("real.der");
	TRUST_AUTO(trust_cert) *forged = read_cert("forged.der");
	struct trust_action actions[] = {
		{ .kind = TRUST_ADD_CERT, .der = real->der },
		{ .kind = TRUST_ADD_CERT, .der = forged->der },
	};

	TRUST_AUTO_FREE char *before = dump("serial");
	assert_int_equal(
	    refused(
		&fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 }),
	    TRUST_INPUT_UNSUPPORTED);
	TRUST_AUTO_FREE char *after = dump("serial");
	assert_string_equal(before, after);
	add(&fixture, real);
	set_trust(&fixture, real, TRUST_TRUSTED);
	actions[0].der = forged->der;
	assert_int_equal(
	    refused(
		&fixture, (struct trust_change_request){ .actions = actions, .action_count = 1 }),
	    TRUST_INPUT_UNSUPPORTED);
	/* The real one's trust does not pass to its double. */
	run_one(&fixture, action_on(TRUST_DELETE_CERT, real));
	add(&fixture, forged);
	assert_true(shell_says("certutil -L -d sql:serial", " ,,"));
	assert_true(shell_says(NEWER "certutil -L -d sql:serial", " ,,"));
	trust_places_free(fixture.places);
}

/* ---- identities ---------------------------------------------------------------------------- */

static void
an_identity_can_be_taken_out(const char *kind, const char *password, bool newer, bool by_newer)
{
	TRUST_AUTO_FREE char *cert_name = trust_printf("%s.der", kind);
	TRUST_AUTO_FREE char *key_name = trust_printf("%s.p8", kind);
	struct fixture fixture = store_with("taken", password, newer);
	TRUST_AUTO(trust_cert) *cert = read_cert(cert_name);
	TRUST_AUTO(trust_secret) *key = read_secret(key_name);
	struct trust_place place = *fixture.place;
	static const char *const generations[] = { "", NEWER };

	place.nss_libdir = by_newer ? (char *)"/usr/lib/firefox-esr" : NULL;
	fixture.place = &place;
	add_identity(&fixture, cert, key);
	for (size_t i = password && newer ? 1 : 0; i < TRUST_COUNT(generations); i++) {
		shell("%s pk12util -o out.p12 -d sql:taken -n alice -W x %s", generations[i],
		    password ? "-k taken.pw" : "");
		shell("openssl pkcs12 -in out.p12 -passin pass:x -nodes -nocerts | openssl pkey "
		      "-outform DER "
		      "-out back.key && openssl pkey -in %s.key -outform DER -out orig.key && "
		      "cmp back.key orig.key",
		    kind);
	}
	int64_t deleted = delete_identity(&fixture, cert);
	assert_true(
	    shell_says("sqlite3 taken/key4.db \"select 'left', count(*) from nssPrivate; select "
		       "'left', count(*) from metaData where id<>'password'\" | uniq | tr '\\n' ,",
		"left|0,"));
	undo(&fixture, deleted);
	shell("%s pk12util -o out.p12 -d sql:taken -n alice -W x %s",
	    password && newer ? NEWER : "", password ? "-k taken.pw" : "");
	trust_places_free(fixture.places);
}

static void
identities_can_be_taken_out_by_both_generations(void **state TRUST_UNUSED)
{
	for (int i = 0; i < 8; i++)
		an_identity_can_be_taken_out(
		    i == 1 || i == 6 ? "rsa" : "ec", i & 1 ? "secret" : NULL, i & 2, i & 4);
}

static void
a_store_widened_by_the_newer_nss_takes_every_change(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("wide", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_cert) *cert = read_cert("ec.der");
	TRUST_AUTO(trust_secret) *key = read_secret("ec.p8");
	struct trust_place place = *fixture.place;
	static const char *const columns = "sqlite3 wide/cert9.db \"select 'columns', count(*)-1 "
					   "from pragma_table_info('nssPublic')\"";

	/* Worked on by the newer NSS, which widens the copy alone. */
	place.nss_libdir = (char *)"/usr/lib/firefox-esr";
	fixture.place = &place;
	add(&fixture, root);
	set_trust(&fixture, root, TRUST_TRUSTED);
	add_identity(&fixture, cert, key);
	assert_true(shell_says("certutil -L -d sql:wide", "CT,C,C"));
	assert_true(shell_says(NEWER "certutil -L -d sql:wide", "CT,C,C"));
	/* Then for all to see. */
	shell(NEWER "certutil -M -d sql:wide -n 'Test Root' -t p,p,p");
	assert_true(shell_says(columns, "columns|192"));
	TRUST_AUTO_FREE char *before = dump("wide");
	place.nss_libdir = NULL;
	int64_t trusted = set_trust(&fixture, root, TRUST_TRUSTED);
	int64_t deleted = delete_identity(&fixture, cert);
	undo(&fixture, deleted);
	shell("pk12util -o out.p12 -d sql:wide -n alice -W x");
	undo(&fixture, trusted);
	TRUST_AUTO_FREE char *after = dump("wide");
	assert_string_equal(before, after);
	assert_true(shell_says(NEWER "certutil -L -d sql:wide", "p,p,p"));
	trust_places_free(fixture.places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(double_rows_are_one_item_and_go_together),
		cmocka_unit_test(a_certificate_twice_in_one_request_is_stored_once),
		cmocka_unit_test(a_key_named_twice_in_one_request_is_deleted_once),
		cmocka_unit_test(one_nickname_for_several_subjects_is_numbered),
		cmocka_unit_test(certificates_without_subject_are_stored),
		cmocka_unit_test(another_certificate_of_the_same_serial_number_is_refused),
		cmocka_unit_test(identities_can_be_taken_out_by_both_generations),
		cmocka_unit_test(a_store_widened_by_the_newer_nss_takes_every_change),
	};
	return cmocka_run_group_tests_name("change_items", tests, make_scratch, remove_scratch);
}
