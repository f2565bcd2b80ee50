/* SPDX-License-Identifier: MPL-2.0 */
/* Points in time: of certificates, of people, in words. */

#include "core/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define UTC 0x17
#define GENERALIZED 0x18

static void
times_of_certificates_are_read_strictly(void **state)
{
	static const struct {
		const char *sentence;
		uint8_t tag;
		const char *input;
		const char *want; /* NULL: refused */
	} rows[] = {
		{ "an ordinary one", UTC, "261124145935Z", "2026-11-24T14:59:35Z" },
		{ "49 is 2049", UTC, "491231235959Z", "2049-12-31T23:59:59Z" },
		{ "50 is 1950", UTC, "500101000000Z", "1950-01-01T00:00:00Z" },
		{ "99 is 1999", UTC, "991231235959Z", "1999-12-31T23:59:59Z" },
		{ "the beginning of all clocks", UTC, "700101000000Z", "1970-01-01T00:00:00Z" },
		{ "29 February of a leap year", UTC, "240229000000Z", "2024-02-29T00:00:00Z" },
		{ "29 February of another", UTC, "250229000000Z", NULL },
		{ "31 April", UTC, "260431000000Z", NULL },
		{ "month 0", UTC, "260001000000Z", NULL },
		{ "month 13", UTC, "261301000000Z", NULL },
		{ "day 0", UTC, "260100000000Z", NULL },
		{ "hour 24", UTC, "260101240000Z", NULL },
		{ "minute 60", UTC, "260101006000Z", NULL },
		{ "a leap second", UTC, "261231235960Z", NULL },
		{ "without seconds", UTC, "2601010000Z", NULL },
		{ "with an offset", UTC, "2601010000+0100", NULL },
		{ "without Z", UTC, "2601010000000", NULL },
		{ "a small z", UTC, "260101000000z", NULL },
		{ "a sign for a digit", UTC, "-60101000000Z", NULL },
		{ "a space for a digit", UTC, " 60101000000Z", NULL },
		{ "nothing", UTC, "", NULL },
		{ "four digits of year", GENERALIZED, "20500101000000Z", "2050-01-01T00:00:00Z" },
		{ "no expiry (RFC 5280)", GENERALIZED, "99991231235959Z", "9999-12-31T23:59:59Z" },
		{ "year 0, which was a leap year", GENERALIZED, "00000229000000Z",
		    "0000-02-29T00:00:00Z" },
		{ "1900 was none", GENERALIZED, "19000229000000Z", NULL },
		{ "2000 was one", GENERALIZED, "20000229000000Z", "2000-02-29T00:00:00Z" },
		{ "2100 will be none", GENERALIZED, "21000229000000Z", NULL },
		{ "fractions", GENERALIZED, "20500101000000.5Z", NULL },
		{ "two digits of year", GENERALIZED, "500101000000Z", NULL },
		{ "another tag", 0x16, "500101000000Z", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		size_t size = strlen(rows[i].input);
		TRUST_AUTO_FREE uint8_t *exact = trust_memdup(rows[i].input, size);
		struct trust_time time = { 7 };
		char text[32];
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(
		    trust_time_from_asn1(rows[i].tag, (struct trust_bytes){ exact, size }, &time),
		    rows[i].want != NULL);
		if (!rows[i].want)
			continue;
		trust_time_format(time, text);
		assert_string_equal(text, rows[i].want);
	}
}

static void
times_of_people_are_read(void **state)
{
	static const struct {
		const char *input;
		const char *want; /* NULL: refused */
	} rows[] = {
		{ "2026-11-24T14:59:35Z", "2026-11-24T14:59:35Z" },
		{ "2026-11-24t14:59:35z", "2026-11-24T14:59:35Z" },
		{ "2026-11-24 14:59:35Z", "2026-11-24T14:59:35Z" },
		{ "2026-11-24", "2026-11-24T00:00:00Z" },
		{ "2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z" },
		{ "2026-12-31T23:30:00-00:30", "2027-01-01T00:00:00Z" },
		{ "0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z" },
		{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
		{ "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z" },
		{ "0000-01-01T00:00:00+00:01", NULL }, /* a year before the first */
		{ "9999-12-31T23:59:59-00:01", NULL }, /* and one behind the last */
		{ "2026-11-24T14:59:35", NULL },
		{ "2026-11-24T14:59Z", NULL },
		{ "2026-11-24T14:59:35Zx", NULL },
		{ "2026-11-24T14:59:35+1:00", NULL },
		{ "2026-11-24T14:59:35+0100", NULL },
		{ "2026-11-24T14:59:35+24:00", NULL },
		{ "2026-11-24T14:59:35+01:60", NULL },
		{ "2026-11-24T", NULL },
		{ "2026-11-24x14:59:35Z", NULL },
		{ "2026-11-4", NULL },
		{ "2026-1124", NULL },
		{ "2026/11/24", NULL },
		{ "26-11-24", NULL },
		{ "2026-02-30", NULL },
		{ "now", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *exact = trust_strdup(rows[i].input);
		struct trust_time time = { 7 };
		char text[32];
		print_message("# %s\n", rows[i].input);
		assert_int_equal(trust_time_parse(exact, &time), rows[i].want != NULL);
		if (!rows[i].want) {
			assert_int_equal(time.seconds, 7);
			continue;
		}
		trust_time_format(time, text);
		assert_string_equal(text, rows[i].want);
		trust_time_format_date(time, text);
		assert_memory_equal(text, rows[i].want, 10);
		assert_int_equal(strlen(text), 10);
	}
}

static void
times_of_servers_are_read(void **state)
{
	static const struct {
		const char *input;
		const char *want; /* NULL: refused */
	} rows[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z" },
		{ "Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z" },
		{ "Sun, 06 Nov 1994 08:49:37 +0100", NULL },
		{ "Sun, 06 Nov 1994 08:49:37", NULL },
		{ "Sun, 06 J 1994 08:49:37 GMT", NULL },
		{ "Sun, 06 anF 1994 08:49:37 GMT", NULL },
		{ "Sun, 31 Nov 1994 08:49:37 GMT", NULL },
		{ "Sun, 06 Nov 1994 08:49:37 GMT+0100", NULL },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z" },
		{ "Wednesday, 06-Nov-69 08:49:37 GMT", "2069-11-06T08:49:37Z" },
		{ "Sunday, 06-Nov-94 08:49:37", NULL },
		{ "Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z" },
		{ "Sun Nov 16 08:49:37 1994 GMT", NULL },
		{ "Sun Nov 16 08:49:37", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_time time = { 7 };
		char text[32];
		print_message("# %s\n", rows[i].input);
		assert_int_equal(trust_time_parse_http(rows[i].input, &time), rows[i].want != NULL);
		if (!rows[i].want)
			continue;
		trust_time_format(time, text);
		assert_string_equal(text, rows[i].want);
	}
}

/* Against the C library's calendar, in steps of about eleven days that meet all hours. */
static void
the_calendar_is_the_usual_one(void **state)
{
	const int64_t first = INT64_C(-62167219200); /* 0000-01-01 */
	const int64_t last = INT64_C(253402300799);  /* 9999-12-31T23:59:59 */

	(void)state;
	for (int64_t seconds = first; seconds <= last; seconds += 999983) {
		time_t same = (time_t)seconds;
		struct tm parts;
		char want[48];
		char text[32];
		struct trust_time back;
		assert_non_null(gmtime_r(&same, &parts));
		snprintf(want, sizeof want, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900,
		    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
		trust_time_format((struct trust_time){ seconds }, text);
		assert_string_equal(text, want);
		assert_true(trust_time_parse(text, &back));
		assert_true(back.seconds == seconds);
	}
}

static void
earlier_is_less(void **state)
{
	struct trust_time a = { -1 };
	struct trust_time b = { 1 };

	(void)state;
	assert_int_equal(trust_time_compare(a, b), -1);
	assert_int_equal(trust_time_compare(b, a), 1);
	assert_int_equal(trust_time_compare(a, a), 0);
}

static void
now_is_the_clock_or_what_a_test_says(void **state)
{
	char text[32];

	(void)state;
	setenv("TRUSTCTL_NOW", "2026-11-24", 1);
	trust_time_format(trust_time_now(), text);
	assert_string_equal(text, "2026-11-24T00:00:00Z");
	setenv("TRUSTCTL_NOW", "soon", 1);
	assert_true(llabs(trust_time_now().seconds - (long long)time(NULL)) <= 2);
	unsetenv("TRUSTCTL_NOW");
	assert_true(llabs(trust_time_now().seconds - (long long)time(NULL)) <= 2);
}

static void
how_far_a_clock_is_off_is_told_in_the_unit_that_suits(void **state)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} rows[] = {
		{ 301, "5 minutes ahead of" },
		{ -420, "7 minutes behind" },
		{ 7199, "119 minutes ahead of" },
		{ -7200, "2 hours behind" },
		{ 172799, "47 hours ahead of" },
		{ -34560000, "400 days behind" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *words = trust_time_skew_words(rows[i].seconds);
		assert_string_equal(words, rows[i].want);
	}
}

static void
the_program_knows_when_it_was_made(void **state)
{
	(void)state;
	assert_true(trust_time_made().seconds > 1793000000); /* 2026-10-26 */
}

static void
expiry_is_told_as_people_would(void **state)
{
	static const struct {
		const char *sentence;
		const char *not_after;
		const char *want;
	} rows[] = {
		/* now is 2026-06-15T12:00:00Z */
		{ "this second", "2026-06-15T12:00:00Z", "expires today" },
		{ "a second ago", "2026-06-15T11:59:59Z", "expired today" },
		{ "a day less a second", "2026-06-16T11:59:59Z", "expires today" },
		{ "a day", "2026-06-16T12:00:00Z", "in 1 day" },
		{ "two days", "2026-06-17T12:00:00Z", "in 2 days" },
		{ "59 days", "2026-08-13T12:00:00Z", "in 59 days" },
		{ "60 days", "2026-08-14T12:00:00Z", "in 2 months" },
		{ "729 days", "2028-06-13T12:00:00Z", "in 24 months" },
		{ "730 days", "2028-06-14T12:00:00Z", "in 2 years" },
		{ "no expiry", "9999-12-31T23:59:59Z", "in 7978 years" },
		{ "a day ago", "2026-06-14T12:00:00Z", "expired 1 day ago" },
		{ "twelve days ago", "2026-06-03T12:00:00Z", "expired 12 days ago" },
		{ "half a year ago", "2025-12-15T12:00:00Z", "expired 6 months ago" },
		{ "three years ago", "2023-06-01T12:00:00Z", "expired 3 years ago" },
	};
	struct trust_time before;
	struct trust_time now;

	(void)state;
	assert_true(trust_time_parse("2000-01-01", &before));
	assert_true(trust_time_parse("2026-06-15T12:00:00Z", &now));
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_time after;
		assert_true(trust_time_parse(rows[i].not_after, &after));
		TRUST_AUTO_FREE char *words = trust_time_expiry_words(before, after, now);
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal(words, rows[i].want);
	}
	TRUST_AUTO_FREE char *early = trust_time_expiry_words(
	    (struct trust_time){ now.seconds + 1 }, (struct trust_time){ now.seconds + 9 }, now);
	assert_string_equal(early, "not yet valid");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_certificates_are_read_strictly),
		cmocka_unit_test(times_of_people_are_read),
		cmocka_unit_test(times_of_servers_are_read),
		cmocka_unit_test(the_calendar_is_the_usual_one),
		cmocka_unit_test(earlier_is_less),
		cmocka_unit_test(now_is_the_clock_or_what_a_test_says),
		cmocka_unit_test(how_far_a_clock_is_off_is_told_in_the_unit_that_suits),
		cmocka_unit_test(the_program_knows_when_it_was_made),
		cmocka_unit_test(expiry_is_told_as_people_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
