/* SPDX-License-Identifier: MPL-2.0 */
/* Mozilla's profiles on made-up machines: profiles.ini, and whose NSS a profile uses. */

#include "tests/unit/machine.h"

/* ---- profiles.ini -------------------------------------------------------------------------- */

static void
the_install_profile_comes_first_and_is_the_default(void **state)
{
	(void)state;
	put(FIREFOX "profiles.ini",
	    "[Install4F96D1932A9F858E]\nDefault=gone\nLocked=1\n\n"
	    "[Profile1]\nName=default\nIsRelative=1\nPath=a.default\nDefault=1\n\n"
	    "[Profile0]\nName=default-esr\nIsRelative=1\nPath=b.default-esr\n\n"
	    "[Install3B6073811A6ABF12]\nDefault=b.default-esr\nLocked=1\n\n"
	    "[General]\nStartWithLastProfile=1\nVersion=2\n");
	make(FIREFOX "a.default");
	put(FIREFOX "b.default-esr/cert9.db", "x");
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	const struct trust_place *first = &places->list[1];
	assert_string_equal(first->name, "firefox");
	assert_string_equal(first->alias, "firefox:default-esr");
	assert_path(first, FIREFOX "b.default-esr");
	assert_true(first->is_default && first->exists);
	const struct trust_place *other = named(places, "firefox:default");
	assert_path(other, FIREFOX "a.default");
	assert_true(!other->is_default && !other->exists);
}

static void
default_1_counts_where_no_install_section_is(void **state)
{
	(void)state;
	put(FIREFOX "profiles.ini",
	    "[Profile0]\nName=one\nIsRelative=1\nPath=one\n[Profile1]\nName=two\n"
	    "IsRelative=1\nPath=two\nDefault=1\n");
	make(FIREFOX "one");
	make(FIREFOX "two");
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	assert_path(named(places, "firefox"), FIREFOX "two");
	assert_path(named(places, "firefox:one"), FIREFOX "one");
}

static void
two_profiles_of_one_name_get_two_names(void **state)
{
	(void)state;
	put(FIREFOX "profiles.ini",
	    "[Profile0]\nName=work\nPath=one\n[Profile1]\nName=work\nPath=two\n"
	    "[Profile2]\nName=work-2\nPath=three\n[Profile3]\nName=work\nPath=one\n"
	    "[Profile4]\nName=a/b,c\x1b[1m\nPath=four\n[Profile5]\nPath=five\n"
	    "[Profile6]\nName=\nPath=six\n[Profile7]\nName=default\nPath=seven\n");
	make(FIREFOX "one");
	make(FIREFOX "two");
	make(FIREFOX "three");
	make(FIREFOX "four");
	make(FIREFOX "five");
	make(FIREFOX "six");
	make(FIREFOX "seven");
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	assert_unique(places);
	assert_path(named(places, "firefox:work"), FIREFOX "one");
	assert_path(named(places, "firefox:work-2"), FIREFOX "two");
	assert_path(named(places, "firefox:work-2-2"), FIREFOX "three");
	assert_path(named(places, "firefox:a_b_c\\x1b[1m"), FIREFOX "four");
	assert_path(named(places, "firefox:unnamed"), FIREFOX "five");
	assert_path(named(places, "firefox:unnamed-2"), FIREFOX "six");
	assert_path(named(places, "firefox:default"), FIREFOX "seven");
	assert_null(named(places, "firefox"));
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO(trust_places) *found = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		assert_true(trust_places_resolve(places, places->list[i].name, &found, &error));
		assert_int_equal(found->count, 1);
		assert_string_equal(found->list[0].path, places->list[i].path);
	}
}

static void
hostile_profile_paths_go_no_further_than_mozilla_lets_them(void **state)
{
	(void)state;
	TRUST_AUTO_FREE char *absolute = below("elsewhere");
	TRUST_AUTO_FREE char *ini =
	    trust_printf("[Profile0]\nName=absolute\nIsRelative=0\nPath=%s\n"
			 "[Profile1]\nName=climbs\nIsRelative=1\nPath=../sibling\n"
			 "[Profile2]\nName=hides\nIsRelative=1\nPath=a/../../b\n"
			 "[Profile3]\nName=half\nIsRelative=0\nPath=half\n"
			 "[Profile4]\nName=up\nIsRelative=1\nPath=..\n"
			 "[Profile5]\nName=ups\nIsRelative=1\nPath=../\n"
			 "[Profile6]\nName=slash\nIsRelative=1\nPath=/in\n"
			 "[Profile7]\nName=none\nIsRelative=1\nPath=\n"
			 "[Profile8]\nName=not there\nIsRelative=1\nPath=nowhere\n",
		absolute);
	put(FIREFOX "profiles.ini", ini);
	make("elsewhere");
	make("home/.mozilla/sibling");
	make("home/b");
	make(FIREFOX "a");
	make(FIREFOX "half");
	make(FIREFOX "in");
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	assert_path(named(places, "firefox:absolute"), "elsewhere");
	assert_path(named(places, "firefox:climbs"), "home/.mozilla/sibling");
	assert_path(named(places, "firefox:slash"), FIREFOX "in");
	size_t profiles = 0;
	for (size_t i = 0; i < places->count; i++)
		profiles += places->list[i].kind == TRUST_PLACE_FIREFOX;
	assert_int_equal(profiles, 3);
}

static void
damaged_lines_are_skipped_and_others_read(void **state)
{
	static const char nul[] = "[Profile0]\nName=a\0b\nPath=one\0two\nPath=me\n";
	static const struct {
		const char *text;
		size_t size; /* 0: a string */
	} rows[] = {
		{ "[Profile0]\nPath=me", 0 },
		{ "[Profile0]\r\nName=x\r\nPath=me\r\n", 0 },
		{ "\xef\xbb\xbf[Profile0]\nPath=me\n", 0 },
		{ "  [Profile0]\n\t Path=me\n", 0 },
		{ "garbage\n=\n[\n[]\n]\n;Path=no\n#Path=no\nPath=no\n[Profile0\nPath=me\n", 0 },
		{ nul, sizeof nul - 1 },
	};

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		assert_int_equal(make_machine(state), 0);
		put_bytes(FIREFOX "profiles.ini", rows[i].text,
		    rows[i].size ? rows[i].size : strlen(rows[i].text));
		make(FIREFOX "me");
		make(FIREFOX "no");
		TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
		assert_path(named(places, "firefox"), FIREFOX "me");
		assert_int_equal(remove_machine(state), 0);
	}
}

static void
a_line_of_a_megabyte_is_no_value(void **state)
{
	const size_t huge = 1024 * 1024;
	static const char end[] = "\n[Profile1]\nName=me\nPath=me\n";
	TRUST_AUTO_FREE char *text = trust_alloc(huge + sizeof end + 64);

	(void)state;
	strcpy(text, "[Profile0]\nName=huge\nPath=");
	size_t start = strlen(text);
	memset(text + start, 'x', huge);
	strcpy(text + start + huge, end);
	put(FIREFOX "profiles.ini", text);
	make(FIREFOX "me");
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	assert_path(named(places, "firefox"), FIREFOX "me");
}

static void
files_that_are_no_profiles_ini_stop_nothing(void **state)
{
	(void)state;
	make(FIREFOX "profiles.ini");
	put("home/.thunderbird/profiles.ini", "");
	TRUST_AUTO_FREE char *pipe = below("home/.config/mozilla/firefox/profiles.ini");
	make("home/.config/mozilla/firefox");
	assert_int_equal(mkfifo(pipe, 0600), 0);
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	assert_string_equal(places->list[0].name, "user");
	assert_true(places->count <= 2); /* the built-in roots of this machine, if any */
}

/* ---- whose NSS ----------------------------------------------------------------------------- */

static void
put_library(const char *directory, const char *version)
{
	TRUST_AUTO_FREE char *library = trust_printf("%s/libsoftokn3.so", directory);
	TRUST_AUTO_FREE char *text = trust_printf("\x7f"
						  "ELF Version: NSS %s Basic ECC",
	    version);
	put(library, text);
}

static char *
libdir_of(const char *last)
{
	TRUST_AUTO_FREE char *path = last ? below(last) : NULL;
	TRUST_AUTO_FREE char *compatibility = path
	    ? trust_printf(
		  "[Compatibility]\nLastVersion=1\nLastPlatformDir=%s\nLastAppDir=/x\n", path)
	    : trust_strdup("[Compatibility]\n");

	put(FIREFOX "profiles.ini", ONE_PROFILE);
	put(FIREFOX "p.me/compatibility.ini", compatibility);
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	return trust_strdup(named(places, "firefox")->nss_libdir);
}

static void
assert_libdir(const char *last, const char *expected)
{
	TRUST_AUTO_FREE char *found = libdir_of(last);
	TRUST_AUTO_FREE char *path = expected ? below(expected) : NULL;

	if (!expected) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_string_equal(found, path);
}

static void
a_profile_uses_the_nss_of_the_program_that_opened_it_last(void **state)
{
	(void)state;
	put_library("root/usr/lib/firefox-esr", "3.90");
	put_library("root/opt/own", "3.125.1");
	assert_libdir("root/opt/own", "root/opt/own");
	TRUST_AUTO_FREE char *profile = below("home/.mozilla/firefox/p.me");
	TRUST_AUTO_FREE char *expected = below("root/opt/own");
	TRUST_AUTO(trust_places) *directory = trust_place_for_directory(profile);
	assert_string_equal(directory->list[0].nss_libdir, expected);
}

static void
without_it_the_first_program_directory_of_its_kind_is_used(void **state)
{
	(void)state;
	make("root/usr/lib/firefox-esr"); /* no NSS in it */
	put_library("root/usr/lib/thunderbird", "3.125.1");
	assert_libdir(NULL, NULL);
	put_library("root/opt/firefox", "3.125.1");
	assert_libdir(NULL, "root/opt/firefox");
	put_library("root/usr/lib64/firefox", "3.125.1");
	assert_libdir("root/gone", "root/usr/lib64/firefox");
}

static void
a_library_others_can_write_is_never_used(void **state)
{
	(void)state;
	TRUST_AUTO_FREE char *directory = below("root/opt/own");
	TRUST_AUTO_FREE char *above = below("root/opt");
	TRUST_AUTO_FREE char *library = below("root/opt/own/libsoftokn3.so");
	const uid_t somebody = 12345;

	put_library("root/opt/own", "3.125.1");
	assert_int_equal(chmod(directory, 0777), 0);
	assert_libdir("root/opt/own", NULL);
	assert_int_equal(chmod(directory, 01777), 0);
	assert_libdir("root/opt/own", NULL);
	assert_int_equal(chmod(directory, 0755), 0);
	assert_int_equal(chown(directory, somebody, 0), 0);
	assert_libdir("root/opt/own", NULL);
	assert_int_equal(chown(directory, 0, 0), 0);
	assert_int_equal(chmod(library, 0664), 0);
	assert_libdir("root/opt/own", NULL);
	assert_int_equal(chmod(library, 0644), 0);
	assert_int_equal(chmod(above, 0775), 0);
	assert_libdir("root/opt/own", NULL);
	assert_int_equal(chmod(above, 0755), 0);
	assert_int_equal(chown(above, somebody, 0), 0);
	assert_libdir("root/opt/own", NULL);
	assert_int_equal(chown(above, 0, 0), 0);
	assert_libdir("root/opt/own", "root/opt/own");
}

static void
a_link_to_a_library_directory_is_resolved_at_once(void **state)
{
	(void)state;
	TRUST_AUTO_FREE char *target = below("root/opt/own");
	TRUST_AUTO_FREE char *link = below("home/link");

	put_library("root/opt/own", "3.125.1");
	assert_int_equal(symlink(target, link), 0);
	assert_libdir("home/link", "root/opt/own");
}

static void
a_newer_nss_is_told_by_its_version(void **state)
{
	static const struct {
		const char *version;
		bool newer;
	} rows[] = {
		{ "3.87.1", false },
		{ "3.113", false },
		{ "3.114", true },
		{ "3.125.1", true },
		{ "4.0", true },
		{ "", false },
	};

	(void)state;
	TRUST_AUTO_FREE char *expected = below("root/usr/lib/firefox");
	assert_null(trust_place_newer_nss(&machine));
	put_library("root/usr/lib/firefox-esr", "3.87.1");
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		put_library("root/usr/lib/firefox", rows[i].version);
		TRUST_AUTO_FREE char *found = trust_place_newer_nss(&machine);
		assert_int_equal(found != NULL, rows[i].newer);
		if (found)
			assert_string_equal(found, expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_install_profile_comes_first_and_is_the_default),
		TEST(default_1_counts_where_no_install_section_is),
		TEST(two_profiles_of_one_name_get_two_names),
		TEST(hostile_profile_paths_go_no_further_than_mozilla_lets_them),
		cmocka_unit_test(damaged_lines_are_skipped_and_others_read),
		TEST(a_line_of_a_megabyte_is_no_value),
		TEST(files_that_are_no_profiles_ini_stop_nothing),
	};
	/* Only root can make directories that root owns. */
	const struct CMUnitTest as_root[] = {
		TEST(a_profile_uses_the_nss_of_the_program_that_opened_it_last),
		TEST(without_it_the_first_program_directory_of_its_kind_is_used),
		TEST(a_library_others_can_write_is_never_used),
		TEST(a_link_to_a_library_directory_is_resolved_at_once),
		TEST(a_newer_nss_is_told_by_its_version),
	};
	struct CMUnitTest all[TRUST_COUNT(tests) + TRUST_COUNT(as_root)];
	size_t count = TRUST_COUNT(tests);

	memcpy(all, tests, sizeof tests);
	if (geteuid() == 0) {
		memcpy(all + count, as_root, sizeof as_root);
		count += TRUST_COUNT(as_root);
	}
	return _cmocka_run_group_tests("place_profiles", all, count, NULL, NULL);
}
