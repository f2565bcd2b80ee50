/* SPDX-License-Identifier: MPL-2.0 */
/* Finding stores on made-up machines, and what --store says. */

#include "tests/unit/machine.h"

/* ---- the user store ------------------------------------------------------------------------ */

static void
the_user_store_is_where_chromium_looks(void **state)
{
	static const struct {
		const char *directories[3];
		const char *xdg_data_home;
		const char *expected;
	} rows[] = {
		{ { "home/.pki/nssdb", "home/.local/share/pki/nssdb" }, NULL, "home/.pki/nssdb" },
		{ { "home/.local/share/pki/nssdb" }, NULL, "home/.local/share/pki/nssdb" },
		{ { NULL }, NULL, "home/.local/share/pki/nssdb" },
		{ { "x/pki/nssdb" }, "x", "x/pki/nssdb" },
		{ { "x/pki/nssdb", "home/.pki/nssdb" }, "x", "home/.pki/nssdb" },
		{ { "x" }, "x", "x/pki/nssdb" },
		{ { "home/.pki" }, NULL, "home/.local/share/pki/nssdb" },
		{ { "home/.pki", "home/.local/share/pki/nssdb" }, NULL,
		    "home/.local/share/pki/nssdb" },
	};

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		assert_int_equal(make_machine(state), 0);
		for (size_t k = 0; k < 3 && rows[i].directories[k]; k++)
			make(rows[i].directories[k]);
		TRUST_AUTO_FREE char *data =
		    rows[i].xdg_data_home ? below(rows[i].xdg_data_home) : NULL;
		machine.xdg_data_home = data;
		TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
		assert_string_equal(places->list[0].name, "user");
		assert_int_equal(places->list[0].kind, TRUST_PLACE_USER);
		assert_false(places->list[0].exists);
		assert_path(&places->list[0], rows[i].expected);
		assert_int_equal(remove_machine(state), 0);
	}
}

static void
an_empty_pki_directory_hides_a_store_elsewhere(void **state)
{
	(void)state;
	make("home/.pki/nssdb");
	put("home/.local/share/pki/nssdb/cert9.db", "x");
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	assert_path(&places->list[0], "home/.pki/nssdb");
	assert_false(places->list[0].exists);
}

static void
looking_creates_nothing(void **state)
{
	(void)state;
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	TRUST_AUTO_FREE char *pki = below("home/.pki");
	TRUST_AUTO_FREE char *local = below("home/.local");
	assert_int_not_equal(access(pki, F_OK), 0);
	assert_int_not_equal(access(local, F_OK), 0);
	assert_false(named(places, "user")->exists);
}

static void
the_environment_gives_absolute_directories_only(void **state)
{
	(void)state;
	setenv("HOME", "/home/someone", 1);
	setenv("XDG_DATA_HOME", "relative", 1);
	setenv("XDG_CONFIG_HOME", "", 1);
	setenv("TRUSTCTL_ROOT", "/made-up", 1);
	struct trust_environment environment = trust_environment_current();
	assert_string_equal(environment.home, "/home/someone");
	assert_null(environment.xdg_data_home);
	assert_null(environment.xdg_config_home);
	assert_string_equal(environment.root, "/made-up");
	unsetenv("HOME");
	unsetenv("TRUSTCTL_ROOT");
	setenv("XDG_CONFIG_HOME", "/c", 1);
	environment = trust_environment_current();
	assert_int_equal(*environment.home, '/');
	assert_string_equal(environment.xdg_config_home, "/c");
	assert_string_equal(environment.root, "");
}

/* ---- the other folders --------------------------------------------------------------------- */

static void
every_folder_of_profiles_is_found(void **state)
{
	static const struct {
		const char *folder;
		const char *name;
		enum trust_place_kind kind;
		const char *xdg_config_home;
	} rows[] = {
		{ "home/.config/mozilla/firefox", "firefox", TRUST_PLACE_FIREFOX, NULL },
		{ "home/.mozilla/firefox", "firefox", TRUST_PLACE_FIREFOX, NULL },
		{ "x/mozilla/firefox", "firefox", TRUST_PLACE_FIREFOX, "x" },
		{ "home/.thunderbird", "thunderbird", TRUST_PLACE_THUNDERBIRD, NULL },
		{ "home/snap/firefox/common/.mozilla/firefox", "firefox-snap", TRUST_PLACE_FIREFOX,
		    NULL },
		{ "home/snap/firefox/common/.config/mozilla/firefox", "firefox-snap",
		    TRUST_PLACE_FIREFOX, NULL },
		{ "home/.var/app/org.mozilla.firefox/.mozilla/firefox", "firefox-flatpak",
		    TRUST_PLACE_FIREFOX, NULL },
		{ "home/.var/app/org.mozilla.firefox/config/mozilla/firefox", "firefox-flatpak",
		    TRUST_PLACE_FIREFOX, NULL },
		{ "home/snap/thunderbird/common/.thunderbird", "thunderbird-snap",
		    TRUST_PLACE_THUNDERBIRD, NULL },
		{ "home/.var/app/org.mozilla.Thunderbird/.thunderbird", "thunderbird-flatpak",
		    TRUST_PLACE_THUNDERBIRD, NULL },
	};

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		assert_int_equal(make_machine(state), 0);
		TRUST_AUTO_FREE char *ini = trust_printf("%s/profiles.ini", rows[i].folder);
		TRUST_AUTO_FREE char *db = trust_printf("%s/p.me/cert9.db", rows[i].folder);
		TRUST_AUTO_FREE char *profile = trust_printf("%s/p.me", rows[i].folder);
		TRUST_AUTO_FREE char *config =
		    rows[i].xdg_config_home ? below(rows[i].xdg_config_home) : NULL;
		put(ini, ONE_PROFILE);
		put(db, "x");
		machine.xdg_config_home = config;
		TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
		const struct trust_place *place = named(places, rows[i].name);
		assert_path(place, profile);
		assert_int_equal(place->kind, rows[i].kind);
		assert_true(place->exists);
		assert_true(place->is_default);
		assert_int_equal(remove_machine(state), 0);
	}
}

static void
every_other_folder_is_found(void **state)
{
	static const struct {
		const char *folder;
		const char *name;
		enum trust_place_kind kind;
	} rows[] = {
		{ "home/snap/chromium/current/.pki/nssdb", "chromium-snap", TRUST_PLACE_SANDBOXED },
		{ "home/snap/chromium/current/.local/share/pki/nssdb", "chromium-snap-data",
		    TRUST_PLACE_SANDBOXED },
		{ "home/.var/app/org.chromium.Chromium/.pki/nssdb", "chromium-flatpak",
		    TRUST_PLACE_SANDBOXED },
		{ "home/.var/app/org.chromium.Chromium/data/pki/nssdb", "chromium-flatpak-data",
		    TRUST_PLACE_SANDBOXED },
		{ "home/.var/app/com.google.Chrome/.pki/nssdb", "chrome-flatpak",
		    TRUST_PLACE_SANDBOXED },
		{ "home/.var/app/com.google.Chrome/data/pki/nssdb", "chrome-flatpak-data",
		    TRUST_PLACE_SANDBOXED },
		{ "root/etc/pki/nssdb", "system", TRUST_PLACE_SYSTEM },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *db = trust_printf("%s/cert9.db", rows[i].folder);
		put(db, "x");
	}
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		const struct trust_place *place = named(places, rows[i].name);
		assert_path(place, rows[i].folder);
		assert_int_equal(place->kind, rows[i].kind);
		assert_true(place->exists);
	}
	assert_unique(places);
}

static void
firefox_uses_the_legacy_folder_where_it_exists(void **state)
{
	(void)state;
	put("home/.config/mozilla/firefox/profiles.ini", ONE_PROFILE);
	make("home/.config/mozilla/firefox/p.me");
	put("home/.mozilla/firefox/profiles.ini", ONE_PROFILE);
	make("home/.mozilla/firefox/p.me");
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	assert_path(named(places, "firefox"), "home/.mozilla/firefox/p.me");
	assert_path(named(places, "firefox:me-2"), "home/.config/mozilla/firefox/p.me");
	assert_false(named(places, "firefox:me-2")->is_default);
	assert_unique(places);
}

/* ---- what --store says --------------------------------------------------------------------- */

static void
make_stores(void)
{
	put("home/.pki/nssdb/cert9.db", "x");
	put(FIREFOX "profiles.ini",
	    "[Install1]\nDefault=one\n[Profile0]\nName=one\nPath=one\n"
	    "[Profile1]\nName=two\nPath=two\n");
	put(FIREFOX "one/cert9.db", "x");
	make(FIREFOX "two");
	put("home/.thunderbird/profiles.ini", ONE_PROFILE);
	put("home/.thunderbird/p.me/cert9.db", "x");
	put("root/etc/pki/nssdb/cert9.db", "x");
}

/* The names in order, the builtin list left out: whether it is there depends on the machine. */
static char *
resolve(const char *spec)
{
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	TRUST_AUTO(trust_places) *found = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	char *names = trust_strdup("");

	if (!trust_places_resolve(places, spec, &found, &error)) {
		trust_free(names);
		return trust_printf("%s: %s", trust_code_name(error.code), error.message);
	}
	for (size_t i = 0; i < found->count; i++) {
		if (found->list[i].kind == TRUST_PLACE_BUILTIN)
			continue;
		char *longer =
		    trust_printf("%s%s%s", names, *names ? " " : "", found->list[i].name);
		trust_free(names);
		names = longer;
	}
	return names;
}

static void
assert_same_text(const char *a, const char *b)
{
	assert_string_equal(a ? a : "(none)", b ? b : "(none)");
}

static void
assert_same_place(const struct trust_place *a, const struct trust_place *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_same_text(a->name, b->name);
	assert_same_text(a->alias, b->alias);
	assert_same_text(a->path, b->path);
	assert_same_text(a->readers, b->readers);
	assert_same_text(a->nss_libdir, b->nss_libdir);
	assert_int_equal(a->exists, b->exists);
	assert_int_equal(a->has_program, b->has_program);
	assert_int_equal(a->is_default, b->is_default);
}

static void
names_lists_and_groups_resolve_in_the_order_asked(void **state)
{
	static const struct {
		const char *spec;
		const char *expected;
	} rows[] = {
		{ NULL, "user" },
		{ "", "usage: the name of the store is empty" },
		{ "user", "user" },
		{ "firefox", "firefox" },
		{ "firefox:one", "firefox" },
		{ "firefox:two,user", "firefox:two user" },
		{ "thunderbird,firefox,thunderbird:me,firefox:one", "thunderbird firefox" },
		{ "browsers", "user firefox thunderbird" },
		{ "all", "user firefox thunderbird system" },
		{ "system,browsers", "system user firefox thunderbird" },
		{ "firefox:", "store-missing: there is no Firefox profile '' here" },
		{ "firefox:x", "store-missing: there is no Firefox profile 'x' here" },
		{ "firefox-snap", "store-missing: there is no Firefox (snap) profile here" },
		{ "chromium-flatpak",
		    "store-missing: there is no store of Chromium (flatpak) here" },
		{ "chrome",
		    "store-missing: there is no store called 'chrome': Chrome reads the store 'user'" },
		{ "chromes", "store-missing: there is no store called 'chromes'" },
		{ "user:x", "store-missing: there is no store called 'user:x'" },
		{ "nssdb", "store-missing: there is no store called 'nssdb'" },
		{ "a\x1b", "store-missing: there is no store called 'a\\x1b'" },
		{ "user,", "usage: a name is missing in 'user,'" },
		{ ",", "usage: a name is missing in ','" },
		{ "user,,firefox", "usage: a name is missing in 'user,,firefox'" },
		{ "user,,\033[2J", "usage: a name is missing in 'user,,\\x1b[2J'" },
	};

	(void)state;
	make_stores();
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *found = resolve(rows[i].spec);
		assert_string_equal(found, rows[i].expected);
	}
}

static void
what_is_known_of_a_place_is_kept_when_it_is_resolved(void **state)
{
	static const char *const specs[] = { "user", "firefox:one" };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	make_stores();
	put("root/usr/bin/chromium", "");
	TRUST_AUTO_FREE char *chromium = below("root/usr/bin/chromium");
	assert_int_equal(chmod(chromium, 0755), 0);
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	for (size_t i = 0; i < TRUST_COUNT(specs); i++) {
		const struct trust_place *place = named(places, i == 0 ? "user" : "firefox");
		TRUST_AUTO(trust_places) *found = NULL;
		assert_true(trust_places_resolve(places, specs[i], &found, &error));
		assert_same_place(&found->list[0], place);
		assert_int_equal(place->has_program, i == 0);
	}
}

/* Another list's strings are gone when it is. */
static void
a_copy_owns_its_strings(void **state)
{
	char name[] = "firefox", alias[] = "firefox:me", path[] = "/p", readers[] = "Firefox",
	     library[] = "/usr/lib/firefox";
	const struct trust_place place = { .kind = TRUST_PLACE_FIREFOX,
		.name = name,
		.alias = alias,
		.path = path,
		.readers = readers,
		.nss_libdir = library,
		.exists = true,
		.has_program = true,
		.is_default = true };
	struct trust_place copy = trust_place_copy(&place);

	(void)state;
	assert_same_place(&copy, &place);
	assert_ptr_not_equal(copy.name, name);
	assert_ptr_not_equal(copy.alias, alias);
	assert_ptr_not_equal(copy.path, path);
	assert_ptr_not_equal(copy.readers, readers);
	assert_ptr_not_equal(copy.nss_libdir, library);
	trust_place_done(&copy);
}

static void
an_unknown_name_is_answered_with_the_known_ones(void **state)
{
	(void)state;
	make_stores();
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	TRUST_AUTO(trust_places) *found = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	assert_false(trust_places_resolve(places, "firefox:nobody", &found, &error));
	assert_int_equal(error.code, TRUST_STORE_MISSING);
	assert_non_null(strstr(error.hint, "user, firefox, firefox:two, thunderbird, system"));
	assert_null(found);
}

static void
a_directory_names_itself_and_is_recognised(void **state)
{
	(void)state;
	make_stores();
	make("home/com,ma");
	make("home/plain");
	TRUST_AUTO_FREE char *profile = below("home/.mozilla/firefox/one/");
	TRUST_AUTO_FREE char *sql = trust_printf("sql:%s/home/.pki/nssdb,user", base);
	TRUST_AUTO_FREE char *comma = trust_printf("sql:%s/home/com,ma", base);
	TRUST_AUTO_FREE char *plain = trust_printf("%s/home/plain,%s/home//plain/", base, base);
	TRUST_AUTO_FREE char *comma_path = below("home/com,ma");
	TRUST_AUTO_FREE char *plain_path = below("home/plain");
	TRUST_AUTO_FREE char *link = below("home/link");
	TRUST_AUTO_FREE char *target = below("home/.pki/nssdb");
	const struct {
		const char *spec;
		const char *expected;
	} rows[] = {
		{ profile, "firefox" },
		{ sql, "user" },
		{ comma, comma_path },
		{ plain, plain_path },
		{ link, "user" },
	};

	assert_int_equal(symlink(target, link), 0);
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *found = resolve(rows[i].spec);
		assert_string_equal(found, rows[i].expected);
	}
}

static void
relative_directories_become_absolute(void **state)
{
	(void)state;
	assert_int_equal(chdir(base), 0);
	TRUST_AUTO(trust_places) *relative = trust_place_for_directory("sql:home/store//");
	TRUST_AUTO(trust_places) *root = trust_place_for_directory("//");
	assert_int_equal(chdir("/"), 0);
	assert_path(&relative->list[0], "home/store");
	assert_int_equal(relative->list[0].kind, TRUST_PLACE_DIRECTORY);
	assert_false(relative->list[0].exists);
	assert_string_equal(root->list[0].path, "/");
}

static void
groups_of_nothing_are_the_user_store(void **state)
{
	(void)state;
	TRUST_AUTO_FREE char *browsers = resolve("browsers");
	assert_string_equal(browsers, "user");
}

static void
a_store_that_is_not_here_is_told_by_what_it_would_be(void **state)
{
	(void)state;
	TRUST_AUTO_FREE char *firefox = resolve("firefox");
	assert_string_equal(firefox, "store-missing: there is no Firefox profile here");
	TRUST_AUTO_FREE char *system = resolve("user,system");
	assert_string_equal(
	    system, "store-missing: there is no store 'system': /etc/pki/nssdb has no cert9.db");
	assert_true(trust_place_name_is_known("firefox:x") && trust_place_name_is_known("chrome"));
	assert_false(trust_place_name_is_known("fire") || trust_place_name_is_known("firefoxes"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_user_store_is_where_chromium_looks),
		TEST(an_empty_pki_directory_hides_a_store_elsewhere),
		TEST(looking_creates_nothing),
		cmocka_unit_test(the_environment_gives_absolute_directories_only),
		cmocka_unit_test(every_folder_of_profiles_is_found),
		TEST(every_other_folder_is_found),
		TEST(firefox_uses_the_legacy_folder_where_it_exists),
		TEST(names_lists_and_groups_resolve_in_the_order_asked),
		TEST(what_is_known_of_a_place_is_kept_when_it_is_resolved),
		cmocka_unit_test(a_copy_owns_its_strings),
		TEST(an_unknown_name_is_answered_with_the_known_ones),
		TEST(a_directory_names_itself_and_is_recognised),
		TEST(relative_directories_become_absolute),
		TEST(groups_of_nothing_are_the_user_store),
		TEST(a_store_that_is_not_here_is_told_by_what_it_would_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
