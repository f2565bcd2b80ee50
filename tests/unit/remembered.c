/* SPDX-License-Identifier: MPL-2.0 */
/* What browsers remember to send without asking, in made-up homes. */

#include "core/remembered.h"

#include <ctype.h>

#include "core/cert.h"
#include "core/place.h"
#include "tests/unit/der_text.h"
#include "tests/unit/machine.h"

#define SLOT 1286
#define PROFILE "home/.mozilla/firefox/p.me/"
#define CHROMIUM "home/.config/chromium/"
#define POLICIES "root/etc/chromium/policies/managed/"
/* As Firefox 153 wrote it for a certificate of CN=Alice Test. */
#define ALICE "AAAAAAAAAAAAAAAUAAAAF12fMspRtbIrljG/9Gv2WePFbsBvMBUxEzARBgNVBAMMCkFsaWNlIFRlc3Q="

static const uint8_t serial[] = { 0x5d, 0x9f, 0x32, 0xca, 0x51, 0xb5, 0xb2, 0x2b, 0x96, 0x31, 0xbf,
	0xf4, 0x6b, 0xf6, 0x59, 0xe3, 0xc5, 0x6e, 0xc0, 0x6f };
static struct trust_cert cert;

/* ---- asking -------------------------------------------------------------------------------- */

static char *
found(void)
{
	TRUST_AUTO(trust_places) *places = trust_places_discover(&machine);
	TRUST_AUTO(trust_remembered_list) *list = trust_remembered_find(&machine, places, &cert);
	char *words = trust_strdup("");

	for (size_t i = 0; i < list->count; i++) {
		const struct trust_remembered *one = &list->list[i];
		TRUST_AUTO_FREE char *before = words;
		TRUST_AUTO_FREE char *forget = trust_remembered_forget_words(one);
		assert_non_null(one->program);
		assert_non_null(one->file);
		assert_true(strlen(forget) > 20);
		words = trust_printf("%s%s%s: %s", before, *before ? "\n" : "",
		    one->site ? one->site : "*", trust_remembered_choice_word(one->choice));
	}
	return words;
}

static void
assert_found(const char *want)
{
	TRUST_AUTO_FREE char *words = found();
	assert_string_equal(words, want);
}

static int
set_up(void **state)
{
	cert.serial = (struct trust_bytes){ serial, sizeof serial };
	cert.issuer = der(CN("Alice Test"));
	cert.subject = cert.issuer;
	return make_machine(state);
}

/* ---- Firefox ------------------------------------------------------------------------------- */

static void
fill_slot(uint8_t slot[SLOT], const char *key, const char *value)
{
	unsigned sum = 0;

	memset(slot, 0, SLOT);
	slot[3] = 1;
	memcpy(slot + 6, key, strlen(key));
	memcpy(slot + 262, value, strlen(value));
	for (size_t i = 2; i < SLOT; i += 2)
		sum ^= (unsigned)slot[i] << 8 | slot[i + 1];
	slot[0] = (uint8_t)(sum >> 8);
	slot[1] = (uint8_t)sum;
}

static void
decisions_of_firefox_are_read(void **state)
{
	static uint8_t file[6 * SLOT + 100];
	(void)state;

	put(FIREFOX "profiles.ini", ONE_PROFILE);
	fill_slot(file, "portal.example.com,,", ALICE);
	fill_slot(file + SLOT, "none.example.com,,^partitionKey=x", "no client certificate");
	fill_slot(file + 2 * SLOT, "other.example.com,,", "AAAAAAAAAAAAAAABAAAAAQEw");
	fill_slot(file + 3 * SLOT, "", "");
	fill_slot(file + 4 * SLOT, "damaged.example.com,,", ALICE);
	file[4 * SLOT] ^= 1;
	fill_slot(file + 5 * SLOT, "short.example.com", "!");
	put_bytes(PROFILE "ClientAuthRememberList.bin", (const char *)file, sizeof file);
	/* What an older version left counts no more. */
	put(PROFILE "ClientAuthRememberList.txt", "old.example.com,,\t1\t2\t" ALICE "\n");
	assert_found("portal.example.com: this\nnone.example.com: none\n"
		     "other.example.com: another\nshort.example.com: another");
}

static void
lines_of_older_versions_count_no_more_beside_a_file_that_cannot_be_read(void **state)
{
	static const char large[4 * 1024 * 1024 + 1];
	(void)state;

	put(FIREFOX "profiles.ini", ONE_PROFILE);
	put(PROFILE "ClientAuthRememberList.txt", "old.example.com,,\t1\t2\t" ALICE "\n");
	put_bytes(PROFILE "ClientAuthRememberList.bin", large, sizeof large);
	assert_found("it is too large: unread");
}

static void
lines_of_older_versions_are_read(void **state)
{
	(void)state;
	put(FIREFOX "profiles.ini", ONE_PROFILE);
	put(PROFILE "ClientAuthRememberList.txt",
	    "portal.example.com,,\t1\t18000\t" ALICE "\nnone.example.com,,\t0\t1\tno client "
	    "certificate\n\nnonsense\nhalf\tx\n\t\t\t\nlast.example.com,,\t1\t2\tAAAA");
	assert_found("portal.example.com: this\nnone.example.com: none\nlast.example.com: another");
}

static void
lengths_that_lie_name_no_certificate(void **state)
{
	static const char *const values[] = {
		"",
		"AAAA",
		"AAAAAAAAAAAAAAAU",
		"AAAAAAAAAAD/////AAAAFw==",
		"AAAAAAAAAAAAAAAU/////12fMspRtbIrljG/9Gv2WePFbsBvMBUx",
	};
	(void)state;

	put(FIREFOX "profiles.ini", ONE_PROFILE);
	for (size_t i = 0; i < TRUST_COUNT(values); i++) {
		TRUST_AUTO_FREE char *line = trust_printf("a.example,,\t1\t1\t%s\n", values[i]);
		put(PROFILE "ClientAuthRememberList.txt", line);
		assert_found("a.example: another");
	}
}

static void
the_preference_counts_as_it_was_set_last(void **state)
{
	static const char automatic[] =
	    "user_pref(\"security.default_personal_cert\", \"Select Automatically\");\n";
	static const char ask[] =
	    "user_pref(\"security.default_personal_cert\", \"Ask Every Time\");\n";
	static const char comment[] =
	    "// user_pref(\"security.default_personal_cert\", \"Select Automatically\");\n";
	(void)state;

	put(FIREFOX "profiles.ini", ONE_PROFILE);
	put(PROFILE "prefs.js", "");
	assert_found("");
	put(PROFILE "prefs.js", comment);
	assert_found("");
	put(PROFILE "prefs.js", automatic);
	assert_found("*: any");
	put(PROFILE "user.js", ask);
	assert_found("");
	put(PROFILE "prefs.js", ask);
	put(PROFILE "user.js", automatic);
	assert_found("*: any");
	put(PROFILE "user.js", "user_pref(\"security.default_personal_cert");
	assert_found("");
}

#define PRESET(rule)                                                                               \
	"{\"policies\":{\"Preferences\":{\"security.default_personal_cert\":" rule "}}}"
#define SYSTEM_POLICIES "root/etc/firefox/policies/policies.json"

static void
what_the_administrator_presets_for_firefox_is_read(void **state)
{
	static const struct {
		const char *sentence;
		const char *text;
		const char *want;
	} rows[] = {
		{ "a value", PRESET("\"Select Automatically\""), "*: any" },
		{ "locked", PRESET("{\"Value\":\"Select Automatically\",\"Status\":\"locked\"}"),
		    "*: any" },
		{ "without status", PRESET("{\"Value\":\"Select Automatically\"}"), "*: any" },
		{ "cleared", PRESET("{\"Value\":\"Select Automatically\",\"Status\":\"clear\"}"),
		    "" },
		{ "to ask", PRESET("\"Ask Every Time\""), "" },
		{ "of another kind", PRESET("[7]"), "" },
		{ "no policies", "[]", "" },
		{ "no JSON", "{", "it is no JSON: unread" },
	};
	(void)state;

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		print_message("# %s\n", rows[i].sentence);
		put(SYSTEM_POLICIES, rows[i].text);
		assert_found(rows[i].want);
	}
}

static void
policies_beside_a_program_count_where_there_are_none_of_the_system(void **state)
{
	(void)state;
	put("root/opt/firefox/distribution/policies.json", PRESET("\"Select Automatically\""));
	put("root/opt/thunderbird/distribution/policies.json", PRESET("\"Select Automatically\""));
	assert_found("*: any\n*: any");
	put(SYSTEM_POLICIES, "{\"policies\":{}}");
	assert_found("*: any");
}

/* ---- Chromium ------------------------------------------------------------------------------ */

#define SETTING(filter)                                                                            \
	"{\"profile\":{\"content_settings\":{\"exceptions\":{\"auto_select_certificate\":{"        \
	"\"https://a.example:443,*\":{\"setting\":" filter "}}}}}}"

static void
settings_of_chromium_profiles_are_read(void **state)
{
	static const struct {
		const char *sentence;
		const char *text;
		const char *want;
	} rows[] = {
		{ "any certificate", SETTING("{\"filters\":[{}]}"),
		    "https://a.example:443,*: this" },
		{ "by subject", SETTING("{\"filters\":[{\"SUBJECT\":{\"CN\":\"Alice Test\"}}]}"),
		    "https://a.example:443,*: this" },
		{ "another subject", SETTING("{\"filters\":[{\"SUBJECT\":{\"CN\":\"Bob\"}}]}"),
		    "https://a.example:443,*: another" },
		{ "one of two", SETTING("{\"filters\":[{\"ISSUER\":{\"CN\":\"Bob\"}},{}]}"),
		    "https://a.example:443,*: this" },
		{ "a part that it lacks", SETTING("{\"filters\":[{\"ISSUER\":{\"O\":\"X\"}}]}"),
		    "https://a.example:443,*: another" },
		{ "switched off", SETTING("{}"), "" },
		{ "of another kind", SETTING("[1,2]"), "" },
		{ "no settings", "{\"profile\":7}", "" },
		{ "no object", "[]", "" },
		{ "no JSON", "{", "it is no JSON: unread" },
		{ "empty", "", "it is no JSON: unread" },
	};
	(void)state;

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		print_message("# %s\n", rows[i].sentence);
		put(CHROMIUM "Profile 1/Preferences", rows[i].text);
		assert_found(rows[i].want);
	}
}

static void
policies_of_the_administrator_are_read(void **state)
{
	(void)state;
	put(POLICIES "a.json", "{\"AutoSelectCertificateForUrls\":[8]}"); /* the last counts */
	put(POLICIES "b.json",
	    "/* as Chromium takes it */ {\"AutoSelectCertificateForUrls\":[\"{\\\"pattern\\\":\\\"https://[*.]a.example\\\","
	    "\\\"filter\\\":{\\\"SUBJECT\\\":{\\\"CN\\\":\\\"Alice Test\\\"}}}\",7,],}");
	put(POLICIES "c", "{"); /* whatever its name */
	put(POLICIES "d.json", "{\"HomepageLocation\":\"x\"}");
	make("root/etc/opt/chrome/policies/managed/d.json");
	assert_found("it is no JSON: unread\n"
		     "https://[*.]a.example: this\n"
		     "an entry of AutoSelectCertificateForUrls is damaged: unread\n"
		     "it is no file: unread");
}

/* ---- whose --------------------------------------------------------------------------------- */

static void
a_choice_counts_for_its_own_hosts(void **state)
{
	static const struct {
		enum trust_remembered_source source;
		const char *site;
		const char *host;
		bool want;
	} rows[] = {
		{ TRUST_REMEMBERED_LIST, "a.example", "a.example", true },
		{ TRUST_REMEMBERED_LIST, "a.example", "A.example", true },
		{ TRUST_REMEMBERED_LIST, "a.example", "b.a.example", false },
		{ TRUST_REMEMBERED_PREFERENCE, NULL, "a.example", true },
		{ TRUST_REMEMBERED_SETTING, "https://a.example:443,*", "a.example", true },
		{ TRUST_REMEMBERED_SETTING, "https://a.example:443,*", "b.a.example", false },
		{ TRUST_REMEMBERED_SETTING, "https://[::1]:443,*", "::1", true },
		{ TRUST_REMEMBERED_SETTING, "https://[::1]:443,*", "::11", false },
		{ TRUST_REMEMBERED_POLICY, "https://[*.]a.example", "b.a.example", true },
		{ TRUST_REMEMBERED_POLICY, "https://[*.]a.example", "a.example", true },
		{ TRUST_REMEMBERED_POLICY, "[*.]a.example", "ba.example", false },
		{ TRUST_REMEMBERED_POLICY, "https://*", "a.example", true },
		{ TRUST_REMEMBERED_POLICY, "*", "a.example", true },
		{ TRUST_REMEMBERED_POLICY, "", "a.example", false },
		{ TRUST_REMEMBERED_POLICY, "https://", "a.example", false },
		{ TRUST_REMEMBERED_POLICY, "https://longer.a.example", "a.example", false },
		{ TRUST_REMEMBERED_POLICY, "[", "a.example", false },
	};
	(void)state;

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		const struct trust_remembered one = {
			.source = rows[i].source,
			.site = (char *)(uintptr_t)rows[i].site,
		};
		print_message("# %s\n", rows[i].site ? rows[i].site : "every site");
		assert_int_equal(trust_remembered_is_for(&one, rows[i].host), rows[i].want);
	}
	const struct trust_remembered unread = { .choice = TRUST_REMEMBERED_UNREAD };
	assert_false(trust_remembered_is_for(&unread, "a.example"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    decisions_of_firefox_are_read, set_up, remove_machine),
		cmocka_unit_test_setup_teardown(
		    lines_of_older_versions_count_no_more_beside_a_file_that_cannot_be_read, set_up,
		    remove_machine),
		cmocka_unit_test_setup_teardown(
		    lines_of_older_versions_are_read, set_up, remove_machine),
		cmocka_unit_test_setup_teardown(
		    lengths_that_lie_name_no_certificate, set_up, remove_machine),
		cmocka_unit_test_setup_teardown(
		    the_preference_counts_as_it_was_set_last, set_up, remove_machine),
		cmocka_unit_test_setup_teardown(
		    what_the_administrator_presets_for_firefox_is_read, set_up, remove_machine),
		cmocka_unit_test_setup_teardown(
		    policies_beside_a_program_count_where_there_are_none_of_the_system, set_up,
		    remove_machine),
		cmocka_unit_test_setup_teardown(
		    settings_of_chromium_profiles_are_read, set_up, remove_machine),
		cmocka_unit_test_setup_teardown(
		    policies_of_the_administrator_are_read, set_up, remove_machine),
		cmocka_unit_test(a_choice_counts_for_its_own_hosts),
	};
	return cmocka_run_group_tests_name("remembered", tests, NULL, free_made);
}
