/* SPDX-License-Identifier: MPL-2.0 */
/* Undo: what comes back, what is refused and why, what a purge leaves behind. */

#include "tests/unit/real_stores.h"

static void
assert_undo_refused(const struct fixture *fixture, int64_t entry, const char *store)
{
	TRUST_AUTO_FREE char *before = dump(store);
	assert_int_equal(
	    refused(fixture, (struct trust_change_request){ .undo = entry }), TRUST_REFUSED_UNDO);
	TRUST_AUTO_FREE char *after = dump(store);
	assert_string_equal(before, after);
}

static void
an_import_whose_trust_was_decided_later_is_not_undone(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("decided", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	int64_t added = add(&fixture, root);
	int64_t trusted = set_trust(&fixture, root, TRUST_TRUSTED);
	/* The record would stay behind and make the next import trusted. */
	assert_undo_refused(&fixture, added, "decided");
	undo(&fixture, trusted);
	undo(&fixture, added);
	assert_true(shell_says(
	    "sqlite3 decided/cert9.db \"select 'rows', count(*) from nssPublic\"", "rows|0"));
	trust_places_free(fixture.places);
}

static void
an_import_that_another_program_trusted_is_not_undone(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("decided", NULL, true);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	int64_t added = add(&fixture, root);
	shell(NEWER "certutil -M -d sql:decided -n 'Test Root' -t C,,");
	assert_undo_refused(&fixture, added, "decided");
	trust_places_free(fixture.places);
}

static void
trust_is_not_restored_without_its_certificate(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("gone", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	add(&fixture, root);
	set_trust(&fixture, root, TRUST_TRUSTED);
	int64_t reset = run_one(&fixture, action_on(TRUST_RESET_TRUST, root));
	shell("certutil -D -d sql:gone -n 'Test Root'");
	assert_undo_refused(&fixture, reset, "gone");
	trust_places_free(fixture.places);
}

static void
what_came_into_the_store_again_is_not_brought_back_beside_it(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("again", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	add(&fixture, root);
	int64_t deleted = run_one(&fixture, action_on(TRUST_DELETE_CERT, root));
	/* Under another id and another nickname: no row of the two is the same. */
	shell("certutil -A -d sql:again -n other -t ,, -i root.pem");
	assert_undo_refused(&fixture, deleted, "again");
	shell("certutil -D -d sql:again -n other");
	undo(&fixture, deleted);
	assert_true(shell_says("certutil -L -d sql:again", "Test Root"));
	trust_places_free(fixture.places);
}

static void
a_key_that_was_dead_when_it_was_deleted_is_not_brought_back(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("dead", NULL, false);
	TRUST_AUTO(trust_cert) *cert = read_cert("ec.der");
	TRUST_AUTO(trust_secret) *key = read_secret("ec.p8");

	add_identity(&fixture, cert, key);
	shell("sqlite3 dead/key4.db \"update nssPrivate set a11=zeroblob(length(a11))\"");
	int64_t deleted = delete_identity(&fixture, cert);
	assert_true(deleted > 0);
	assert_undo_refused(&fixture, deleted, "dead");
	trust_places_free(fixture.places);
}

static void
duplicates_that_were_there_before_do_not_forbid_an_undo(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("twice", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_cert) *alice = read_cert("ec.der");

	add(&fixture, alice);
	shell("sqlite3 twice/cert9.db \"create temp table t as select * from nssPublic; update t "
	      "set id=7; "
	      "insert into nssPublic select * from t\"");
	int64_t added = add(&fixture, root);
	undo(&fixture, added);
	assert_true(shell_says(
	    "sqlite3 twice/cert9.db \"select 'rows', count(*) from nssPublic\"", "rows|2"));
	trust_places_free(fixture.places);
}

static void
what_came_again_is_told_also_where_another_item_lost_a_copy(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("both", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_cert) *alice = read_cert("ec.der");

	add(&fixture, root);
	add(&fixture, alice);
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	shell("sqlite3 both/cert9.db \"create temp table t as select * from nssPublic where "
	      "a0=x'ce534353'; update t set id=7; insert into nssPublic select * from t\"");
	const struct trust_action actions[] = {
		action_on(TRUST_DELETE_CERT, root),
		action_on(TRUST_DELETE_CERT, alice),
	};
	int64_t deleted =
	    run(&fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 });
	shell("certutil -A -d sql:both -n other -t ,, -i ec.pem");
	assert_undo_refused(&fixture, deleted, "both");
	shell("certutil -D -d sql:both -n other");
	undo(&fixture, deleted);
	assert_true(shell_says(
	    "sqlite3 both/cert9.db \"select 'rows', count(*) from nssPublic\"", "rows|4"));
	trust_places_free(fixture.places);
}

static void
a_deleted_anchor_comes_back_only_through_the_trust_step(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("anchor", "secret", false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	add(&fixture, root);
	set_trust(&fixture, root, TRUST_TRUSTED);
	TRUST_AUTO_FREE char *before = dump("anchor");
	int64_t deleted = run_one(&fixture, action_on(TRUST_DELETE_CERT, root));
	assert_int_equal(
	    refused(&fixture, (struct trust_change_request){ .undo = deleted }), TRUST_REFUSED);
	undo(&fixture, deleted);
	TRUST_AUTO_FREE char *after = dump("anchor");
	assert_string_equal(before, after);
	trust_places_free(fixture.places);
}

static void
an_identity_is_not_restored_after_another_program_changed_the_password(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("changed", "first", false);
	TRUST_AUTO(trust_cert) *cert = read_cert("rsa.der");
	TRUST_AUTO(trust_secret) *key = read_secret("rsa.p8");

	add_identity(&fixture, cert, key);
	int64_t deleted = delete_identity(&fixture, cert);
	shell("printf second >second.pw && certutil -W -d sql:changed -f changed.pw -@ second.pw");
	fixture.password = (char *)"second";
	assert_undo_refused(&fixture, deleted, "changed");
	trust_places_free(fixture.places);
}

static void
trust_is_signed_anew_after_another_program_changed_the_password(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("signed", "first", false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	add(&fixture, root);
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	int64_t reset = run_one(&fixture, action_on(TRUST_RESET_TRUST, root));
	shell("printf second >second.pw && " NEWER
	      "certutil -W -d sql:signed -f signed.pw -@ second.pw");
	fixture.password = (char *)"second";
	undo(&fixture, reset);
	assert_true(shell_says(NEWER "certutil -L -d sql:signed -f second.pw", "p,p,p"));
	/* Both generations check every signature when they change the password. */
	shell("printf third >third.pw && " NEWER
	      "certutil -W -d sql:signed -f second.pw -@ third.pw");
	trust_places_free(fixture.places);
}

static void
an_import_of_an_identity_is_undone_and_redone(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("redone", "first", false);
	TRUST_AUTO(trust_cert) *cert = read_cert("rsa.der");
	TRUST_AUTO(trust_secret) *key = read_secret("rsa.p8");

	TRUST_AUTO_FREE char *empty = dump("redone");
	int64_t imported = add_identity(&fixture, cert, key);
	TRUST_AUTO_FREE char *full = dump("redone");
	int64_t undone = undo(&fixture, imported);
	TRUST_AUTO_FREE char *again = dump("redone");
	assert_string_equal(empty, again);
	undo(&fixture, undone);
	TRUST_AUTO_FREE char *back = dump("redone");
	assert_string_equal(full, back);
	shell("pk12util -o back.p12 -d sql:redone -n alice -k redone.pw -W x && " NEWER
	      "pk12util -o back2.p12 -d sql:redone -n alice -k redone.pw -W x");
	trust_places_free(fixture.places);
}

static int64_t
undone_by(const struct fixture *fixture, int64_t entry)
{
	TRUST_AUTO(trust_history) *history = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	assert_true(trust_history_read(fixture->place, entry, &history, &error));
	assert_int_equal(history->count, 1);
	return history->entries[0].undone_by;
}

static void
undo_of_undo_of_undo_is_an_undo(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("chain", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	int64_t first = add(&fixture, root);
	assert_int_equal(undone_by(&fixture, first), 0);
	int64_t second = undo(&fixture, first);
	assert_int_equal(undone_by(&fixture, first), second);
	assert_undo_refused(&fixture, first, "chain");
	int64_t third = undo(&fixture, second);
	assert_int_equal(undone_by(&fixture, first), 0);
	int64_t fourth = undo(&fixture, third);
	assert_int_equal(undone_by(&fixture, third), fourth);
	assert_int_equal(undone_by(&fixture, second), 0);
	assert_int_equal(undone_by(&fixture, first), second);
	assert_undo_refused(&fixture, first, "chain");
	undo(&fixture, fourth);
	assert_int_equal(undone_by(&fixture, first), 0);
	undo(&fixture, first);
	assert_true(shell_says(
	    "sqlite3 chain/cert9.db \"select 'rows', count(*) from nssPublic\"", "rows|0"));
	trust_places_free(fixture.places);
}

/* ---- purging ------------------------------------------------------------------------------- */

/* The encrypted private value of each key row, kept aside to look for. */
static void
keep_ciphertext(const char *store, const char *file)
{
	shell("sqlite3 %s/key4.db \"select writefile('%s', a11||coalesce(a123,'')) from "
	      "nssPrivate\" && "
	      "sqlite3 %s/key4.db \"select writefile('%s.a', coalesce(a123,a11)) from nssPrivate\"",
	    store, file, store, file);
}

static bool
holds(const char *file, const char *needle_file)
{
	TRUST_AUTO(trust_secret) *needle = read_secret(needle_file);
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, file);
	static uint8_t bytes[4 * 1024 * 1024];
	FILE *opened = fopen(path, "rb");

	assert_non_null(opened);
	size_t size = fread(bytes, 1, sizeof bytes, opened);
	fclose(opened);
	assert_true(needle->size > 16);
	return memmem(bytes, size, needle->bytes, needle->size) != NULL;
}

static int64_t
purge_identity(const struct fixture *fixture, const struct trust_cert *cert)
{
	struct trust_action actions[] = {
		action_on(TRUST_DELETE_CERT, cert),
		action_on(TRUST_DELETE_KEY, cert),
	};
	return run(fixture,
	    (struct trust_change_request){
		.actions = actions, .action_count = 2, .purge_keys = true });
}

static void
a_purged_key_leaves_no_copy(const char *kind)
{
	TRUST_AUTO_FREE char *cert_name = trust_printf("%s.der", kind);
	TRUST_AUTO_FREE char *key_name = trust_printf("%s.p8", kind);
	struct fixture fixture = store_with("purge", NULL, false);
	TRUST_AUTO(trust_cert) *cert = read_cert(cert_name);
	TRUST_AUTO(trust_secret) *key = read_secret(key_name);

	/* Once deleted and kept, then imported again under another row. */
	add_identity(&fixture, cert, key);
	keep_ciphertext("purge", "first");
	int64_t deleted = delete_identity(&fixture, cert);
	assert_true(holds("purge/trustctl.db", "first.a"));
	add_identity(&fixture, cert, key);
	keep_ciphertext("purge", "second");
	assert_true(holds("purge/key4.db", "second.a"));
	int64_t purged = purge_identity(&fixture, cert);
	assert_false(holds("purge/key4.db", "second.a"));
	assert_false(holds("purge/key4.db", "first.a"));
	assert_false(holds("purge/trustctl.db", "second.a"));
	assert_false(holds("purge/trustctl.db", "first.a"));
	assert_undo_refused(&fixture, purged, "purge");
	assert_undo_refused(&fixture, deleted, "purge");
	trust_places_free(fixture.places);
}

static void
a_purged_rsa_key_leaves_no_copy(void **state TRUST_UNUSED)
{
	a_purged_key_leaves_no_copy("rsa");
}

static void
a_purged_ec_key_leaves_no_copy(void **state TRUST_UNUSED)
{
	a_purged_key_leaves_no_copy("ec");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_import_whose_trust_was_decided_later_is_not_undone),
		cmocka_unit_test(an_import_that_another_program_trusted_is_not_undone),
		cmocka_unit_test(trust_is_not_restored_without_its_certificate),
		cmocka_unit_test(what_came_into_the_store_again_is_not_brought_back_beside_it),
		cmocka_unit_test(a_key_that_was_dead_when_it_was_deleted_is_not_brought_back),
		cmocka_unit_test(duplicates_that_were_there_before_do_not_forbid_an_undo),
		cmocka_unit_test(what_came_again_is_told_also_where_another_item_lost_a_copy),
		cmocka_unit_test(a_deleted_anchor_comes_back_only_through_the_trust_step),
		cmocka_unit_test(
		    an_identity_is_not_restored_after_another_program_changed_the_password),
		cmocka_unit_test(trust_is_signed_anew_after_another_program_changed_the_password),
		cmocka_unit_test(an_import_of_an_identity_is_undone_and_redone),
		cmocka_unit_test(undo_of_undo_of_undo_is_an_undo),
		cmocka_unit_test(a_purged_rsa_key_leaves_no_copy),
		cmocka_unit_test(a_purged_ec_key_leaves_no_copy),
	};
	return cmocka_run_group_tests_name("change_undo", tests, make_scratch, remove_scratch);
}
