/* SPDX-License-Identifier: MPL-2.0 */
/* New stores, and what others did to one since our last change. */

#include <sys/mount.h>

#include "tests/unit/real_stores.h"

static char *
path_of(const char *name)
{
	return trust_printf("%s/%s", scratch, name);
}

static void
a_new_store_works_for_both_generations(void **state TRUST_UNUSED)
{
	static const char *const libraries[] = { NULL, "/usr/lib/firefox-esr" };
	static const char *const passwords[] = { NULL, "secret" };
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");

	for (int i = 0; i < 4; i++) {
		TRUST_AUTO_FREE char *path = path_of("new/deep");
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		const char *word = passwords[i / 2];
		TRUST_AUTO(trust_secret) *password =
		    word ? trust_secret_new(word, strlen(word)) : NULL;
		shell("rm -rf new; printf '%%s' '%s' >new.pw", word ? word : "");
		if (!trust_store_create(path, libraries[i % 2], password, &error))
			fail_msg("%s", error.message);
		assert_true(shell_says(
		    "stat -c %a new/deep new/deep/cert9.db new/deep/key4.db | tr '\\n' ,",
		    "700,600,600,"));
		assert_false(trust_store_create(path, NULL, NULL, &error));
		assert_int_equal(error.code, TRUST_REFUSED);
		struct fixture fixture = { trust_place_for_directory(path), NULL, (char *)word };
		fixture.place = &fixture.places->list[0];
		add(&fixture, root);
		set_trust(&fixture, root, TRUST_DISTRUSTED);
		assert_true(shell_says("certutil -L -d sql:new/deep", "p,p,p"));
		assert_true(shell_says(NEWER "certutil -L -d sql:new/deep -f new.pw", "p,p,p"));
		trust_places_free(fixture.places);
	}
}

static void
a_failed_creation_leaves_no_half_store(void **state TRUST_UNUSED)
{
	TRUST_AUTO_FREE char *path = path_of("half");
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	shell("mkdir -p half/cert9.db.new-%ld", (long)getpid());
	assert_false(trust_store_create(path, NULL, NULL, &error));
	assert_true(shell_says("ls half | wc -l", "1"));
	shell("rmdir half/cert9.db.new-%ld", (long)getpid());
	trust_error_clear(&error);
	assert_true(trust_store_create(path, NULL, NULL, &error));
}

static void
a_disk_without_room_for_a_directory_is_full(void **state TRUST_UNUSED)
{
	TRUST_AUTO_FREE char *full = path_of("full");
	TRUST_AUTO_FREE char *path = path_of("full/store");
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	shell("mkdir full");
	if (mount("none", full, "tmpfs", MS_NOSUID | MS_NODEV, "nr_inodes=1,mode=0700") != 0) {
		print_message("# not allowed to mount\n");
		skip();
	}
	bool made = trust_store_create(path, NULL, NULL, &error);
	umount(full);
	assert_false(made);
	assert_int_equal(error.code, TRUST_STORE_FULL);
}

static void
a_new_store_is_taken_back_as_long_as_it_is_empty(void **state TRUST_UNUSED)
{
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO_FREE char *path = path_of("back/deep/store");
	TRUST_AUTO_FREE char *above = path_of("back");
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	shell("mkdir back");
	TRUST_AUTO_FREE char *there = trust_store_path_there(path);
	assert_string_equal(there, above);
	assert_false(trust_store_take_back(path, there));
	assert_true(trust_store_create(path, NULL, NULL, &error));
	assert_true(trust_store_take_back(path, there));
	assert_true(shell_says("test -z \"$(ls -A back)\" && echo empty", "empty"));

	assert_true(trust_store_create(path, NULL, NULL, &error));
	shell("touch back/deep/other");
	assert_true(trust_store_take_back(path, there));
	assert_true(shell_says("cd back; find . | sort | tr '\\n' ' '", ". ./deep ./deep/other "));

	assert_true(trust_store_create(path, NULL, NULL, &error));
	struct fixture fixture = { trust_place_for_directory(path), NULL, NULL };
	fixture.place = &fixture.places->list[0];
	add(&fixture, root);
	assert_false(trust_store_take_back(path, there));
	assert_true(
	    shell_says("ls back/deep/store | tr '\\n' ' '", "cert9.db key4.db trustctl.db"));
	trust_places_free(fixture.places);

	TRUST_AUTO_FREE char *relative = trust_store_path_there("no/such/path");
	assert_string_equal(relative, "");
}

/* ---- outside changes ----------------------------------------------------------------------- */

static void
assert_outside(const struct fixture *fixture, const char *want)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_effect *effects = NULL;
	size_t count = 0;
	TRUST_AUTO_FREE char *words = trust_strdup("");

	assert_true(trust_store_open(fixture->place, NULL, &store, &error));
	assert_true(trust_history_outside(store, &effects, &count, &error));
	for (size_t i = 0; i < count; i++) {
		char *longer = trust_printf(
		    "%s%s %s;", words, trust_effect_word(effects[i].kind), effects[i].name);
		trust_free(words);
		words = longer;
	}
	trust_effects_free(effects, count);
	assert_string_equal(words, want);
}

static void
what_others_do_is_told_until_it_is_recorded(void **state TRUST_UNUSED)
{
	struct fixture fixture = store_with("others", NULL, false);
	TRUST_AUTO(trust_cert) *root = read_cert("root.der");
	TRUST_AUTO(trust_cert) *alice = read_cert("ec.der");
	TRUST_AUTO(trust_secret) *key = read_secret("ec.p8");
	TRUST_AUTO(trust_history) *history = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	assert_outside(&fixture, "");
	shell("certutil -A -d sql:others -n before -t ,, -i root.pem");
	assert_outside(&fixture, "");
	add_identity(&fixture, alice, key);
	assert_outside(&fixture, "");
	shell(NEWER "certutil -M -d sql:others -n before -t C,,");
	assert_outside(&fixture, "trust changed Test Root;");
	shell("certutil -D -d sql:others -n before");
	assert_outside(&fixture, "deleted Test Root;");
	shell("certutil -F -d sql:others -n alice");
	assert_outside(&fixture, "deleted Test Root;deleted alice;key deleted alice;");
	add(&fixture, root);
	assert_outside(&fixture, "");
	assert_true(trust_history_read(fixture.place, 0, &history, &error));
	assert_int_equal(history->count, 3);
	assert_true(history->entries[1].outside);
	assert_int_equal(history->entries[1].effect_count, 3);
	trust_places_free(fixture.places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_store_works_for_both_generations),
		cmocka_unit_test(a_failed_creation_leaves_no_half_store),
		cmocka_unit_test(a_disk_without_room_for_a_directory_is_full),
		cmocka_unit_test(a_new_store_is_taken_back_as_long_as_it_is_empty),
		cmocka_unit_test(what_others_do_is_told_until_it_is_recorded),
	};
	return cmocka_run_group_tests_name("store_create", tests, make_scratch, remove_scratch);
}
