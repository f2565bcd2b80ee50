/* SPDX-License-Identifier: MPL-2.0 */
/* Changes against real stores: what is committed, undone, refused; checked with certutil. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cert.h"
#include "core/change.h"
#include "core/error.h"
#include "core/history.h"
#include "core/place.h"
#include "core/store.h"

static char scratch[] = "/tmp/trustctl-change-XXXXXX";

/* A shell command below the scratch directory, which must succeed. */
static void
shell(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *command = trust_vprintf(format, arguments);
	va_end(arguments);
	TRUST_AUTO_FREE char *all = trust_printf("cd %s && { %s; } >log 2>&1", scratch, command);
	if (system(all) != 0) {
		TRUST_AUTO_FREE char *show = trust_printf("cat %s/log >&2", scratch);
		(void)!system(show);
		fail_msg("failed: %s", command);
	}
}

static bool
shell_says(const char *command, const char *expected)
{
	TRUST_AUTO_FREE char *all = trust_printf("cd %s && { %s; } 2>&1", scratch, command);
	char text[65536];
	FILE *pipe = popen(all, "r");
	size_t size = fread(text, 1, sizeof text - 1, pipe);
	pclose(pipe);
	text[size] = '\0';
	if (strstr(text, expected))
		return true;
	print_message("%s says:\n%s", command, text);
	return false;
}

static struct trust_cert *
read_cert(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;
	uint8_t bytes[16384];
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	assert_true(trust_cert_decode((struct trust_bytes){ bytes, size }, &cert, &error));
	return cert;
}

static struct trust_secret *
read_secret(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);
	uint8_t bytes[16384];
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	return trust_secret_new(bytes, size);
}

static struct trust_secret *
give_password(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	(void)what;
	(void)subject;
	return attempt == 0 && context ? trust_secret_new(context, strlen(context)) : NULL;
}

struct fixture {
	struct trust_places *places;
	const struct trust_place *place;
	char *password;
};

static struct fixture
store_with(const char *name, const char *password, bool newer)
{
	struct fixture fixture = { .password = (char *)password };
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);

	shell("rm -rf %s && mkdir %s", name, name);
	if (password)
		shell("printf '%%s' '%s' >%s.pw && %s certutil -N -d sql:%s -f %s.pw", password, name,
		    newer ? "LD_LIBRARY_PATH=/usr/lib/firefox-esr" : "", name, name);
	else
		shell("%s certutil -N -d sql:%s --empty-password",
		    newer ? "LD_LIBRARY_PATH=/usr/lib/firefox-esr" : "", name);
	fixture.places = trust_place_for_directory(path);
	fixture.place = &fixture.places->list[0];
	return fixture;
}

/* Prepare and commit, confirming whatever widens; the number of the history entry. */
static int64_t
run(const struct fixture *fixture, struct trust_change_request request)
{
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	uint8_t confirmed[16][TRUST_SHA256_BYTES];
	size_t count = 0;
	int64_t entry = -1;

	request.command = request.command ? request.command : "test";
	request.asker = (struct trust_asker){ give_password, fixture->password };
	if (!trust_change_prepare(fixture->place, &request, &change, &error))
		fail_msg("prepare: %s (%s)", error.message, trust_code_name(error.code));
	for (size_t i = 0; i < trust_change_effect_count(change); i++)
		if (trust_change_effect(change, i)->widens)
			memcpy(confirmed[count++], trust_change_effect(change, i)->id, TRUST_SHA256_BYTES);
	if (!trust_change_commit(change, (const uint8_t(*)[TRUST_SHA256_BYTES])confirmed, count, &entry,
		&error))
		fail_msg("commit: %s (%s)", error.message, trust_code_name(error.code));
	return entry;
}

static enum trust_code
refused(const struct fixture *fixture, struct trust_change_request request)
{
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	int64_t entry = 0;

	request.command = "test";
	request.asker = (struct trust_asker){ give_password, fixture->password };
	if (trust_change_prepare(fixture->place, &request, &change, &error) &&
	    trust_change_commit(change, NULL, 0, &entry, &error))
		return TRUST_OK;
	print_message("# %s\n", error.message);
	return error.code;
}

static int64_t
add(const struct fixture *fixture, const struct trust_cert *cert)
{
	const struct trust_action action = { .kind = TRUST_ADD_CERT, .der = cert->der };
	return run(fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 });
}

static int64_t
set_trust(const struct fixture *fixture, const struct trust_cert *cert, enum trust_state state)
{
	struct trust_action action = { .kind = TRUST_SET_TRUST, .states = trust_states_all(state) };
	memcpy(action.id, cert->id, sizeof action.id);
	return run(fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 });
}

static int64_t
undo(const struct fixture *fixture, int64_t entry)
{
	return run(fixture, (struct trust_change_request){ .undo = entry });
}

static char *
dump(const char *store)
{
	TRUST_AUTO_FREE char *command = trust_printf(
	    "cd %s/%s && for t in 'cert9.db nssPublic' 'key4.db nssPrivate' 'key4.db metaData'; do set -- $t; "
	    "sqlite3 $1 \"select * from $2 order by id\" | sha256sum; done",
	    scratch, store);
	char *text = trust_alloc(4096);
	FILE *pipe = popen(command, "r");
	size_t size = fread(text, 1, 4095, pipe);
	pclose(pipe);
	text[size] = '\0';
	return text;
}

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
	assert_true(shell_says("LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -L -d sql:rows", "CT,C,C"));
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
	struct trust_action action = { .kind = TRUST_SET_TRUST, .states = trust_states_all(TRUST_TRUSTED) };
	memcpy(action.id, root->id, sizeof action.id);

	add(&fixture, root);
	TRUST_AUTO_FREE char *before = dump("widen");
	assert_int_equal(refused(&fixture,
			     (struct trust_change_request){ .actions = &action, .action_count = 1 }),
	    TRUST_REFUSED);
	TRUST_AUTO_FREE char *after = dump("widen");
	assert_string_equal(before, after);
	trust_places_free(fixture.places);
}

static int64_t
add_identity(const struct fixture *fixture, const struct trust_cert *cert,
    const struct trust_secret *key)
{
	const struct trust_action actions[] = {
		{ .kind = TRUST_ADD_CERT, .der = cert->der, .nickname = "alice" },
		{ .kind = TRUST_ADD_KEY, .pkcs8 = key, .nickname = "alice" },
	};
	return run(fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 });
}

static int64_t
delete_identity(const struct fixture *fixture, const struct trust_cert *cert)
{
	struct trust_action actions[] = {
		{ .kind = TRUST_DELETE_CERT },
		{ .kind = TRUST_DELETE_KEY },
	};
	memcpy(actions[0].id, cert->id, sizeof actions[0].id);
	memcpy(actions[1].id, cert->id, sizeof actions[1].id);
	return run(fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 });
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
	shell("printf changed >new.pw && pk12util -o back.p12 -d sql:identity -n alice -k new.pw -W x");
	shell("openssl pkcs12 -in back.p12 -passin pass:x -nodes -nocerts | openssl pkey -outform DER "
	      "-out back.key && openssl pkey -in %s.key -outform DER -out orig.key && cmp back.key orig.key",
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
	int64_t reset = run(&fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 });
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
	int64_t deleted = run(&fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 });
	assert_int_equal(refused(&fixture, (struct trust_change_request){ .undo = added }),
	    TRUST_REFUSED_UNDO);
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

	shell("LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -A -d sql:modern -n root -t C,, -i root.pem");
	set_trust(&fixture, root, TRUST_DISTRUSTED);
	assert_true(shell_says("LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -L -d sql:modern", "p,p,p"));
	assert_true(shell_says("certutil -L -d sql:modern", "p,p,p"));
	trust_places_free(fixture.places);
}

static void
a_leftover_record_does_not_make_an_import_trusted(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("leftover", NULL, true);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	shell("LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -A -d sql:leftover -n root -t C,, -i root.pem && "
	      "certutil -D -d sql:leftover -n root");
	add(&fixture, root);
	assert_true(shell_says("LD_LIBRARY_PATH=/usr/lib/firefox-esr certutil -L -d sql:leftover", ",,"));
	assert_true(shell_says(
	    "sqlite3 leftover/cert9.db \"select 'records', count(*) from nssPublic where a0<>x'00000001'\"",
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
	struct trust_origin origin = trust_history_origin(history, root->id);
	assert_int_equal(origin.added_entry, 1);
	assert_int_equal(origin.trust_entry, 3);
	trust_origin_done(&origin);
	trust_places_free(fixture.places);
}

static int
make_scratch(void **state TRUST_UNUSED)
{
	if (!mkdtemp(scratch))
		return 1;
	shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out "
	      "root.pem -subj '/CN=Test Root' -days 1000 && openssl x509 -in root.pem -outform DER -out root.der");
	shell("for k in 'rsa rsa:2048' 'ec ec -pkeyopt ec_paramgen_curve:P-256'; do set -- $k; n=$1; shift; "
	      "openssl req -x509 -newkey $* -nodes -keyout $n.key -out $n.pem -subj /CN=alice -addext "
	      "basicConstraints=critical,CA:FALSE -days 900 && openssl x509 -in $n.pem -outform DER -out "
	      "$n.der && openssl pkcs8 -topk8 -nocrypt -in $n.key -outform DER -out $n.p8; done");
	return 0;
}

static int
remove_scratch(void **state TRUST_UNUSED)
{
	TRUST_AUTO_FREE char *command = trust_printf("rm -rf %s", scratch);
	return getenv("KEEP") ? 0 : system(command);
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
