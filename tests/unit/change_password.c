/* SPDX-License-Identifier: MPL-2.0 */
/* Changing the password of stores of both generations: what opens, what is signed, what is
 * refused. */

#include "tests/unit/real_stores.h"

static int64_t
change_password(struct fixture *fixture, const char *password)
{
	TRUST_AUTO(trust_secret) *changed =
	    password ? trust_secret_new(password, strlen(password)) : NULL;
	int64_t entry = run(fixture,
	    (struct trust_change_request){ .change_password = true, .new_password = changed });

	fixture->password = (char *)password;
	return entry;
}

static enum trust_seal
seal_of(const struct fixture *fixture, const struct trust_cert *cert)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_secret) *password = fixture->password
	    ? trust_secret_new(fixture->password, strlen(fixture->password))
	    : NULL;
	const struct trust_store_options options = { .password = password, .verify_seals = true };

	if (!trust_store_open(fixture->place, &options, &store, &error))
		fail_msg("%s", error.message);
	return trust_item_seal(trust_store_find(store, cert->id));
}

/* From one password to another and to none and back, by the NSS of either generation. */
static void
everything_survives(bool newer, const char *libdir)
{
	static const char *const passwords[] = { "first", "second", NULL, "third" };
	struct fixture fixture = store_with("pass", passwords[0], newer);
	struct trust_place place = *fixture.place;
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_cert) *cert = read_cert("rsa.der");
	TRUST_AUTO(trust_cert) *kept_cert = read_cert("ec.der");
	TRUST_AUTO(trust_secret) *key = read_secret("rsa.p8");
	TRUST_AUTO(trust_secret) *kept_key = read_secret("ec.p8");
	bool by_newer = newer || libdir;

	place.nss_libdir = (char *)libdir;
	fixture.place = &place;
	add_identity(&fixture, kept_cert, kept_key);
	int64_t deleted = delete_identity(&fixture, kept_cert);
	add_identity(&fixture, cert, key);
	shell(NEWER "certutil -A -d sql:pass -n root -t C,, -i root.pem -f pass.pw");
	for (size_t i = 1; i < TRUST_COUNT(passwords); i++) {
		change_password(&fixture, passwords[i]);
		shell("printf '%%s' '%s' >now.pw", passwords[i] ? passwords[i] : "");
		assert_int_equal(seal_of(&fixture, root), TRUST_SEAL_INTACT);
		shell(NEWER "pk12util -o out.p12 -d sql:pass -n alice -W x -k now.pw");
		if (!by_newer)
			shell("pk12util -o out.p12 -d sql:pass -n alice -W x -k now.pw");
		assert_true(shell_says(NEWER "certutil -L -d sql:pass -f now.pw", "C,,"));
	}
	delete_identity(&fixture, cert);
	undo(&fixture, deleted);
	shell(NEWER
	    "pk12util -o out.p12 -d sql:pass -n alice -W x -k now.pw && openssl pkcs12 -in out.p12 "
	    "-passin pass:x -nodes -nocerts | openssl pkey -outform DER -out back.key && openssl "
	    "pkey "
	    "-in ec.key -outform DER -out orig.key && cmp back.key orig.key");
	trust_places_free(fixture.places);
}

static void
a_store_of_the_older_nss_survives(void **state TRUST_UNUSED)
{
	everything_survives(false, NULL);
}

static void
a_store_of_the_newer_nss_survives(void **state TRUST_UNUSED)
{
	everything_survives(true, NULL);
}

static void
a_store_of_the_older_nss_survives_the_newer(void **state TRUST_UNUSED)
{
	everything_survives(false, "/usr/lib/firefox-esr");
}

static void
a_store_of_the_newer_nss_survives_the_newer(void **state TRUST_UNUSED)
{
	everything_survives(true, "/usr/lib/firefox-esr");
}

/* What was forged must not become genuine by a new password; and the reason is not the password. */
static void
forged_trust_forbids_the_change(
    const char *set, const char *forge, const char *libdir, const char *password)
{
	struct fixture fixture = store_with("forged", password, false);
	struct trust_place place = *fixture.place;
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_secret) *changed = trust_secret_new("second", 6);
	const struct trust_change_request request = { .change_password = true,
		.new_password = changed };

	place.nss_libdir = (char *)libdir;
	fixture.place = &place;
	add(&fixture, root);
	shell("%s certutil -M -d sql:forged -n 'Test Root' -t p,p,p %s", set,
	    password ? "-f forged.pw" : "");
	shell("sqlite3 forged/cert9.db \"%s\"", forge);
	assert_int_equal(seal_of(&fixture, root), TRUST_SEAL_TAMPERED);
	assert_int_equal(refused(&fixture, request), TRUST_STORE_DAMAGED);
	run_one(&fixture, action_on(TRUST_RESET_TRUST, root));
	change_password(&fixture, "second");
	trust_places_free(fixture.places);
}

static void
a_new_password_is_an_effect(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("effect", "first", false);
	TRUST_AUTO(trust_secret) *changed = trust_secret_new("second", 6);
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_change_request request = {
		.command = "test",
		.change_password = true,
		.new_password = changed,
		.asker = { give_password, fixture.password },
	};

	assert_true(trust_change_prepare(fixture.place, &request, &change, &error));
	assert_int_equal(trust_change_effect_count(change), 1);
	assert_int_equal(trust_change_effects(change)[0].kind, TRUST_EFFECT_PASSWORD);
	assert_false(trust_change_effects(change)[0].widens);
	trust_places_free(fixture.places);
}

static void
a_dead_key_forbids_the_change(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("dead", "first", false);
	TRUST_AUTO(trust_cert) *cert = read_cert("ec.der");
	TRUST_AUTO(trust_secret) *key = read_secret("ec.p8");
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_asker asker = { give_password, fixture.password };
	TRUST_AUTO_FREE uint32_t *dead = NULL;
	size_t count = 0;

	add_identity(&fixture, cert, key);
	shell("sqlite3 dead/key4.db \"update nssPrivate set a11=zeroblob(length(a11))\"");
	assert_int_equal(
	    refused(&fixture, (struct trust_change_request){ .change_password = true }),
	    TRUST_STORE_DAMAGED);
	assert_true(trust_store_dead_keys(fixture.place, &asker, &dead, &count, &error));
	assert_int_equal(count, 1);
	trust_places_free(fixture.places);
}

#define FORGE_MODERN "update nssPublic set a62c=x'00000002' where a0=x'0000000b'"
#define FORGE_LEGACY "update nssPublic set ace536358=x'ce534352' where a0=x'ce534353'"

static void
forged_trust_of_the_newer_spelling_forbids_the_change(void **state TRUST_UNUSED)
{
	forged_trust_forbids_the_change(NEWER, FORGE_MODERN, NULL, "first");
}

static void
forged_trust_of_the_newer_spelling_forbids_the_change_by_the_newer(void **state TRUST_UNUSED)
{
	forged_trust_forbids_the_change(NEWER, FORGE_MODERN, "/usr/lib/firefox-esr", "first");
}

static void
forged_trust_of_the_older_spelling_forbids_the_change(void **state TRUST_UNUSED)
{
	forged_trust_forbids_the_change("", FORGE_LEGACY, NULL, "first");
}

static void
forged_trust_of_the_older_spelling_forbids_the_change_by_the_newer(void **state TRUST_UNUSED)
{
	forged_trust_forbids_the_change("", FORGE_LEGACY, "/usr/lib/firefox-esr", "first");
}

static void
forged_trust_forbids_the_first_password(void **state TRUST_UNUSED)
{
	forged_trust_forbids_the_change("", FORGE_LEGACY, NULL, NULL);
	forged_trust_forbids_the_change(NEWER, FORGE_MODERN, NULL, NULL);
}

static void
a_password_change_is_not_undone(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("undone", "first", false);
	int64_t entry = change_password(&fixture, "second");

	assert_int_equal(
	    refused(&fixture, (struct trust_change_request){ .undo = entry }), TRUST_REFUSED_UNDO);
	shell("printf second >second.pw && certutil -K -d sql:undone -f second.pw || true");
	trust_places_free(fixture.places);
}

static void
a_wrong_password_changes_nothing(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("wrong", "first", true);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = action_on(TRUST_SET_TRUST, root);

	add(&fixture, root);
	TRUST_AUTO_FREE char *before = dump("wrong");
	fixture.password = (char *)"other";
	assert_int_equal(
	    refused(
		&fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 }),
	    TRUST_STORE_PASSWORD);
	fixture.password = NULL;
	assert_int_equal(
	    refused(&fixture, (struct trust_change_request){ .change_password = true }),
	    TRUST_STORE_PASSWORD);
	TRUST_AUTO_FREE char *after = dump("wrong");
	assert_string_equal(before, after);
	trust_places_free(fixture.places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_of_the_older_nss_survives),
		cmocka_unit_test(a_store_of_the_newer_nss_survives),
		cmocka_unit_test(a_store_of_the_older_nss_survives_the_newer),
		cmocka_unit_test(a_store_of_the_newer_nss_survives_the_newer),
		cmocka_unit_test(forged_trust_of_the_newer_spelling_forbids_the_change),
		cmocka_unit_test(
		    forged_trust_of_the_newer_spelling_forbids_the_change_by_the_newer),
		cmocka_unit_test(forged_trust_of_the_older_spelling_forbids_the_change),
		cmocka_unit_test(
		    forged_trust_of_the_older_spelling_forbids_the_change_by_the_newer),
		cmocka_unit_test(forged_trust_forbids_the_first_password),
		cmocka_unit_test(a_new_password_is_an_effect),
		cmocka_unit_test(a_dead_key_forbids_the_change),
		cmocka_unit_test(a_password_change_is_not_undone),
		cmocka_unit_test(a_wrong_password_changes_nothing),
	};
	return cmocka_run_group_tests_name("change_password", tests, make_scratch, remove_scratch);
}
