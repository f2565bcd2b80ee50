/* SPDX-License-Identifier: MPL-2.0 */
/* Finding stores on made-up machines: a home and a root below a directory of the test's own. */

#include "core/place.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <unistd.h>

#include "core/error.h"
#include "core/text.h"

static char base[PATH_MAX];
static struct trust_environment machine;

/* ---- making machines ----------------------------------------------------------------------- */

static char *
below(const char *name)
{
	return trust_printf("%s/%s", base, name);
}

/* A directory and all above it, below the base. */
static void
make(const char *name)
{
	TRUST_AUTO_FREE char *path = below(name);

	for (char *c = path + strlen(base) + 1; *c; c++)
		if (*c == '/') {
			*c = '\0';
			mkdir(path, 0755);
			*c = '/';
		}
	mkdir(path, 0755);
	assert_int_equal(access(path, F_OK), 0);
}

static void
put_bytes(const char *name, const char *bytes, size_t size)
{
	TRUST_AUTO_FREE char *parent = trust_strdup(name);
	TRUST_AUTO_FREE char *path = below(name);

	*strrchr(parent, '/') = '\0';
	make(parent);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static void
put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int
make_machine(void **state)
{
	static char home[PATH_MAX + 8];
	static char root[PATH_MAX + 8];

	(void)state;
	strcpy(base, "/tmp/trustctl-place-XXXXXX");
	if (!mkdtemp(base) || chmod(base, 0755) != 0)
		return -1;
	snprintf(home, sizeof home, "%s/home", base);
	snprintf(root, sizeof root, "%s/root", base);
	machine = (struct trust_environment) { .home = home, .root = root };
	make("home");
	make("root");
	return 0;
}

static int
remove_machine(void **state)
{
	(void)state;
	return nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static const struct trust_place *
named(const struct trust_places *places, const char *name)
{
	for (size_t i = 0; i < places->count; i++)
		if (strcmp(places->list[i].name, name) == 0)
			return &places->list[i];
	return NULL;
}

static void
assert_path(const struct trust_place *place, const char *name)
{
	TRUST_AUTO_FREE char *path = below(name);
	assert_non_null(place);
	assert_string_equal(place->path, path);
}

static void
assert_unique(const struct trust_places *places)
{
	for (size_t i = 0; i < places->count; i++)
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(places->list[i].name, places->list[k].name);
			assert_string_not_equal(places->list[i].path, places->list[k].path);
		}
}

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

#define ONE_PROFILE "[Profile0]\nName=me\nIsRelative=1\nPath=p.me\n"

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

/* ---- profiles.ini -------------------------------------------------------------------------- */

#define FIREFOX "home/.mozilla/firefox/"

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
	    "[Profile4]\nName=a/b,c\x1b[1m\nPath=four\n[Profile5]\nPath=five\n");
	make(FIREFOX "one");
	make(FIREFOX "two");
	make(FIREFOX "three");
	make(FIREFOX "four");
	make(FIREFOX "five");
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	assert_unique(places);
	assert_path(named(places, "firefox:work"), FIREFOX "one");
	assert_path(named(places, "firefox:work-2"), FIREFOX "two");
	assert_path(named(places, "firefox:work-2-2"), FIREFOX "three");
	assert_path(named(places, "firefox:a_b_c\\x1b[1m"), FIREFOX "four");
	assert_path(named(places, "firefox:default"), FIREFOX "five");
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
	TRUST_AUTO_FREE char *compatibility =
	    path ? trust_printf(
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

/* ---- what --store says --------------------------------------------------------------------- */

static void
make_stores(void)
{
	put("home/.pki/nssdb/cert9.db", "x");
	put(FIREFOX "profiles.ini", "[Install1]\nDefault=one\n[Profile0]\nName=one\nPath=one\n"
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
names_lists_and_groups_resolve_in_the_order_asked(void **state)
{
	static const struct {
		const char *spec;
		const char *expected;
	} rows[] = {
		{ NULL, "user" },
		{ "", "user" },
		{ "user", "user" },
		{ "firefox", "firefox" },
		{ "firefox:one", "firefox" },
		{ "firefox:two,user", "firefox:two user" },
		{ "thunderbird,firefox,thunderbird:me,firefox:one", "thunderbird firefox" },
		{ "browsers", "user firefox thunderbird" },
		{ "all", "user firefox thunderbird system" },
		{ "system,browsers", "system user firefox thunderbird" },
		{ "firefox:", "store-missing: there is no store called 'firefox:'" },
		{ "nssdb", "store-missing: there is no store called 'nssdb'" },
		{ "a\x1b", "store-missing: there is no store called 'a\\x1b'" },
		{ "user,", "usage: a name is missing in 'user,'" },
		{ ",", "usage: a name is missing in ','" },
		{ "user,,firefox", "usage: a name is missing in 'user,,firefox'" },
	};

	(void)state;
	make_stores();
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *found = resolve(rows[i].spec);
		assert_string_equal(found, rows[i].expected);
	}
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_machine, remove_machine)

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
		TEST(the_install_profile_comes_first_and_is_the_default),
		TEST(default_1_counts_where_no_install_section_is),
		TEST(two_profiles_of_one_name_get_two_names),
		TEST(hostile_profile_paths_go_no_further_than_mozilla_lets_them),
		cmocka_unit_test(damaged_lines_are_skipped_and_others_read),
		TEST(a_line_of_a_megabyte_is_no_value),
		TEST(files_that_are_no_profiles_ini_stop_nothing),
		TEST(names_lists_and_groups_resolve_in_the_order_asked),
		TEST(an_unknown_name_is_answered_with_the_known_ones),
		TEST(a_directory_names_itself_and_is_recognised),
		TEST(relative_directories_become_absolute),
		TEST(groups_of_nothing_are_the_user_store),
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
	return _cmocka_run_group_tests("place", all, count, NULL, NULL);
}
