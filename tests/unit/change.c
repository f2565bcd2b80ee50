/* SPDX-License-Identifier: MPL-2.0 */
/* Changes against real stores: what is committed, undone, refused; checked with certutil. */

#include "tests/unit/real_stores.h"

static void
everything_undone_restores_the_same_rows(const char *password, bool newer)
{
	struct fixture fixture = store_with("rows", password, newer);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	int64_t added = add(&fixture, root);
	assert_true(added > 0);
	assert_true(shell_says("certutil -L -d sql:rows", ",,"));
	TRUST_AUTO_FREE char *before = dump("rows");
	int64_t trusted = set_trust(&fixture, root, TRUST_TRUSTED);
	assert_true(shell_says("certutil -L -d sql:rows", "CT,C,C"));
	assert_true(shell_says(NEWER "certutil -L -d sql:rows", "CT,C,C"));
	TRUST_AUTO_FREE char *after = dump("rows");
	int64_t undone = undo(&fixture, trusted);
	TRUST_AUTO_FREE char *restored = dump("rows");
	assert_string_equal(before, restored);
	undo(&fixture, undone);
	TRUST_AUTO_FREE char *again = dump("rows");
	assert_string_equal(after, again);
	trust_places_free(fixture.places);
}

static void
undo_restores_the_same_rows_without_password(void **state TRUST_UNUSED)
{
	everything_undone_restores_the_same_rows(NULL, false);
}

static void
undo_restores_the_same_rows_with_password(void **state TRUST_UNUSED)
{
	everything_undone_restores_the_same_rows("pass word", false);
}

static void
undo_restores_the_same_rows_where_the_newer_nss_set_the_password(void **state TRUST_UNUSED)
{
	everything_undone_restores_the_same_rows("pass word", true);
}

static void
an_unconfirmed_widening_is_refused(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("widen", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	struct trust_action action = { .kind = TRUST_SET_TRUST,
		.states = trust_states_all(TRUST_TRUSTED) };
	memcpy(action.id, root->id, sizeof action.id);

	add(&fixture, root);
	TRUST_AUTO_FREE char *before = dump("widen");
	assert_int_equal(
	    refused(
		&fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 }),
	    TRUST_REFUSED);
	/* A fingerprint that is another's in its last digit confirms nothing. */
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_change_request request = {
		.actions = &action,
		.action_count = 1,
		.command = "test",
	};
	uint8_t almost[TRUST_SHA256_BYTES];
	int64_t entry = 0;
	memcpy(almost, root->id, sizeof almost);
	almost[sizeof almost - 1] ^= 1;
	assert_true(trust_change_prepare(fixture.place, &request, &change, &error));
	assert_false(trust_change_commit(change, &almost, 1, &entry, &error));
	assert_int_equal(error.code, TRUST_REFUSED);
	TRUST_AUTO_FREE char *after = dump("widen");
	assert_string_equal(before, after);
	trust_places_free(fixture.places);
}

static void
an_identity_survives_deletion_a_password_change_and_undo(const char *kind, const char *password)
{
	TRUST_AUTO_FREE char *cert_name = trust_printf("%s.der", kind);
	TRUST_AUTO_FREE char *key_name = trust_printf("%s.p8", kind);
	struct fixture fixture = store_with("identity", password, false);
	TRUST_AUTO(trust_cert) *cert = read_cert(cert_name);
	TRUST_AUTO(trust_secret) *key = read_secret(key_name);
	TRUST_AUTO(trust_secret) *changed = trust_secret_new("changed", 7);

	add_identity(&fixture, cert, key);
	assert_true(shell_says("certutil -L -d sql:identity", "u,u,u"));
	int64_t deleted = delete_identity(&fixture, cert);
	assert_false(shell_says("certutil -L -d sql:identity | tail -n +5", "alice"));
	run(&fixture,
	    (struct trust_change_request){ .change_password = true, .new_password = changed });
	fixture.password = (char *)"changed";
	undo(&fixture, deleted);
	shell("printf changed >new.pw && pk12util -o back.p12 -d sql:identity -n alice -k new.pw "
	      "-W x");
	shell("openssl pkcs12 -in back.p12 -passin pass:x -nodes -nocerts | openssl pkey -outform "
	      "DER "
	      "-out back.key && openssl pkey -in %s.key -outform DER -out orig.key && cmp back.key "
	      "orig.key",
	    kind);
	shell("printf again >again.pw && certutil -W -d sql:identity -f new.pw -@ again.pw");
	trust_places_free(fixture.places);
}

static void
an_rsa_identity_survives(void **state TRUST_UNUSED)
{
	an_identity_survives_deletion_a_password_change_and_undo("rsa", "first");
}

static void
an_ec_identity_survives(void **state TRUST_UNUSED)
{
	an_identity_survives_deletion_a_password_change_and_undo("ec", NULL);
}

static void
trust_undone_after_a_password_change_is_signed_anew(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("resign", "first", false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_secret) *changed = trust_secret_new("changed", 7);

	add(&fixture, root);
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	struct trust_action action = { .kind = TRUST_RESET_TRUST };
	memcpy(action.id, root->id, sizeof action.id);
	int64_t reset =
	    run(&fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 });
	run(&fixture,
	    (struct trust_change_request){ .change_password = true, .new_password = changed });
	fixture.password = (char *)"changed";
	undo(&fixture, reset);

	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_store_options options = { .password = changed, .verify_seals = true };
	assert_true(trust_store_open(fixture.place, &options, &store, &error));
	const struct trust_item *item = trust_store_find(store, root->id);
	assert_int_equal(trust_item_seal(item), TRUST_SEAL_INTACT);
	assert_true(trust_states_any(trust_item_states(store, item), TRUST_DISTRUSTED));
	trust_places_free(fixture.places);
}

static void
a_later_change_of_the_same_objects_forbids_the_undo(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("later", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	int64_t added = add(&fixture, root);
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	struct trust_action action = { .kind = TRUST_DELETE_CERT };
	memcpy(action.id, root->id, sizeof action.id);
	int64_t deleted =
	    run(&fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 });
	assert_int_equal(
	    refused(&fixture, (struct trust_change_request){ .undo = added }), TRUST_REFUSED_UNDO);
	add(&fixture, root);
	assert_int_equal(refused(&fixture, (struct trust_change_request){ .undo = deleted }),
	    TRUST_REFUSED_UNDO);
	trust_places_free(fixture.places);
}

static void
trust_of_the_newer_spelling_is_replaced_for_every_reader(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("modern", NULL, true);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	shell(NEWER "certutil -A -d sql:modern -n root -t C,, -i "
		    "root.pem");
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	assert_true(shell_says(NEWER "certutil -L -d sql:modern", "p,p,p"));
	assert_true(shell_says("certutil -L -d sql:modern", "p,p,p"));
	trust_places_free(fixture.places);
}

static void
a_leftover_record_does_not_make_an_import_trusted(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("leftover", NULL, true);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	shell(NEWER "certutil -A -d sql:leftover -n root -t C,, -i "
		    "root.pem && "
		    "certutil -D -d sql:leftover -n root");
	add(&fixture, root);
	assert_true(shell_says(NEWER "certutil -L -d sql:leftover", ",,"));
	assert_true(shell_says("sqlite3 leftover/cert9.db \"select 'records', count(*) from "
			       "nssPublic where a0<>x'00000001'\"",
	    "records|0"));
	trust_places_free(fixture.places);
}

static void
what_others_did_is_noticed_in_the_history(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("outside", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_history) *history = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	add(&fixture, root);
	shell("certutil -M -d sql:outside -n 'Test Root' -t C,,");
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	assert_true(trust_history_read(fixture.place, 0, &history, &error));
	assert_int_equal(history->count, 3);
	assert_true(history->entries[1].outside);
	const uint8_t *id = root->id;
	struct trust_origin origin;
	trust_history_origins(history, &id, 1, &origin);
	assert_int_equal(origin.added_entry, 1);
	assert_int_equal(origin.trust_entry, 3);
	trust_origin_done(&origin);
	trust_places_free(fixture.places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undo_restores_the_same_rows_without_password),
		cmocka_unit_test(undo_restores_the_same_rows_with_password),
		cmocka_unit_test(undo_restores_the_same_rows_where_the_newer_nss_set_the_password),
		cmocka_unit_test(an_unconfirmed_widening_is_refused),
		cmocka_unit_test(an_rsa_identity_survives),
		cmocka_unit_test(an_ec_identity_survives),
		cmocka_unit_test(trust_undone_after_a_password_change_is_signed_anew),
		cmocka_unit_test(a_later_change_of_the_same_objects_forbids_the_undo),
		cmocka_unit_test(trust_of_the_newer_spelling_is_replaced_for_every_reader),
		cmocka_unit_test(a_leftover_record_does_not_make_an_import_trusted),
		cmocka_unit_test(what_others_did_is_noticed_in_the_history),
	};
	return cmocka_run_group_tests_name("change", tests, make_scratch, remove_scratch);
}
