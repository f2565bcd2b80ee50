/* SPDX-License-Identifier: MPL-2.0 */
/* Revocation lists and OCSP responses decoded, hostile ones too, and looked up. Who may sign them
 * and what they mean is asked in tests/chains/revocation.test and tests/unit/pkits.c. */

#include "core/crl.h"

#include <time.h>

#include "core/ocsp.h"
#include "tests/unit/der_text.h"

#define ALG "30{oid:1.2.840.10045.4.3.2}"
#define ISSUER "30{31{30{oid:2.5.4.3 0c'Issuer'}}}"
#define OTHER "30{31{30{oid:2.5.4.3 0c'Other'}}}"
#define DATES "17'260501000000Z' 17'260701000000Z'"
#define ENTRY(serial, more) "30{02:" serial " 17'260415000000Z' " more "}"
#define LIST(entries, extensions)                                                                  \
	"30{30{02:01 " ALG ISSUER DATES entries extensions "}" ALG "03:00aabb}"
#define EXTENSIONS(list) "a0{30{" list "}}"
#define EXT(oid, critical, value) "30{oid:" oid critical " 04{" value "}}"
#define CRITICAL " 01:ff"

static const struct {
	const char *sentence;
	const char *list;
	bool want;
} shapes[] = {
	{ "a list without entries", LIST("", ""), true },
	{ "an empty list of entries is a mistake that is let pass", LIST("30{}", ""), true },
	{ "one entry", LIST("30{" ENTRY("05", "") "}", ""), true },
	{ "version 1 has no version", "30{30{" ALG ISSUER DATES "}" ALG "03:00aa}", true },
	{ "no next update", "30{30{02:01 " ALG ISSUER "17'260501000000Z'}" ALG "03:00aa}", true },
	{ "version 3", "30{30{02:02 " ALG ISSUER DATES "}" ALG "03:00aa}", false },
	{ "no issuer", "30{30{02:01 " ALG DATES "}" ALG "03:00aa}", false },
	{ "no date", "30{30{02:01 " ALG ISSUER "}" ALG "03:00aa}", false },
	{ "a date that is none", "30{30{02:01 " ALG ISSUER "17'261301000000Z'}" ALG "03:00aa}",
	    false },
	{ "no signature", "30{30{02:01 " ALG ISSUER DATES "}" ALG "}", false },
	{ "an unknown field", LIST("30{}", "02:01"), false },
	{ "bytes behind it", LIST("", "") "05:", false },
	{ "an entry without a serial number", LIST("30{30{17'260415000000Z'}}", ""), false },
	{ "an entry with an empty serial number", LIST("30{" ENTRY("", "") "}", ""), false },
	{ "an entry that is none", LIST("30{05:}", ""), false },
	{ "a reason of two bytes",
	    LIST("30{" ENTRY("05", "30{" EXT("2.5.29.21", "", "0a:0101") "}") "}", ""), false },
	{ "something behind an entry's extensions",
	    LIST("30{" ENTRY("05", "30{" EXT("2.5.29.21", "", "0a:01") "} 05:") "}", ""), false },
	{ "an extension twice",
	    LIST("", EXTENSIONS(EXT("2.5.29.20", "", "02:05") EXT("2.5.29.20", "", "02:05"))),
	    false },
	{ "a list number that is none", LIST("", EXTENSIONS(EXT("2.5.29.20", "", "04:05"))),
	    false },
	{ "a scope that is none", LIST("", EXTENSIONS(EXT("2.5.29.28", CRITICAL, "02:05"))),
	    false },
	{ "a scope with an unknown field",
	    LIST("", EXTENSIONS(EXT("2.5.29.28", CRITICAL, "30{87:ff}"))), false },
	{ "a scope with all its fields",
	    LIST("",
		EXTENSIONS(EXT("2.5.29.28", CRITICAL,
		    "30{a0{a0{86'http://c'}} 81:ff 82:00 83:0640 84:ff 85:00}"))),
	    true },
	{ "no list", "30{}", false },
	{ "nothing", "", false },
};

static void
shapes_are_taken_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(shapes); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_crl) *crl = NULL;
		bool is = trust_crl_decode(der(shapes[i].list), &crl, &error);
		if (is != shapes[i].want)
			fail_msg("%s: %s", shapes[i].sentence, is ? "taken" : error.message);
		assert_int_equal(error.code, is ? TRUST_OK : TRUST_INPUT_MALFORMED);
	}
}

static struct trust_crl *
decoded(const char *text)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_crl *crl = NULL;

	if (!trust_crl_decode(der(text), &crl, &error))
		fail_msg("%s", error.message);
	return crl;
}

static void
what_nobody_understands_is_remembered(void **state)
{
	TRUST_AUTO(trust_crl) *plain = decoded(LIST("", EXTENSIONS(EXT("1.2.3", "", "05:"))));
	TRUST_AUTO(trust_crl) *list = decoded(LIST("", EXTENSIONS(EXT("1.2.3", CRITICAL, "05:"))));
	TRUST_AUTO(trust_crl) *entry =
	    decoded(LIST("30{" ENTRY("05", "30{" EXT("1.2.3", CRITICAL, "05:") "}") "}", ""));

	(void)state;
	assert_int_equal(plain->unknown_critical.size, 0);
	assert_int_equal(list->unknown_critical.size, 2);
	assert_int_equal(entry->unknown_critical.size, 2);
}

static bool
lists(const struct trust_crl *crl, const char *issuer, const char *serial)
{
	struct trust_crl_entry entry;
	struct trust_der number = trust_der_init(der(serial));
	struct trust_der_element element;

	assert_true(trust_der_expect(&number, TRUST_DER_INTEGER, &element));
	return trust_crl_find(crl, der(issuer), element.content, &entry);
}

static void
serial_numbers_are_numbers_with_a_sign(void **state)
{
	TRUST_AUTO(trust_crl) *crl = decoded(LIST("30{" ENTRY("ff", "") ENTRY("0080", "")
						      ENTRY("000005", "") ENTRY("7fffff", "") "}",
	    ""));

	(void)state;
	assert_true(lists(crl, ISSUER, "02:ff"));
	assert_true(lists(crl, ISSUER, "02:ffff"));
	assert_false(lists(crl, ISSUER, "02:00ff"));
	assert_true(lists(crl, ISSUER, "02:0080"));
	assert_false(lists(crl, ISSUER, "02:80"));
	assert_true(lists(crl, ISSUER, "02:05"));
	assert_true(lists(crl, ISSUER, "02:0005"));
	assert_true(lists(crl, ISSUER, "02:7fffff"));
	assert_false(lists(crl, ISSUER, "02:06"));
	assert_false(lists(crl, OTHER, "02:05"));
}

static void
an_entry_has_the_issuer_of_the_entry_before(void **state)
{
	TRUST_AUTO(trust_crl) *crl = decoded(
	    LIST("30{" ENTRY("01", "") ENTRY("02",
		     "30{" EXT("2.5.29.29", CRITICAL, "30{a4{" OTHER "}}") "}") ENTRY("03", "") "}",
		""));

	(void)state;
	assert_true(lists(crl, ISSUER, "02:01"));
	assert_false(lists(crl, OTHER, "02:01"));
	assert_false(lists(crl, ISSUER, "02:02"));
	assert_true(lists(crl, OTHER, "02:02"));
	assert_false(lists(crl, ISSUER, "02:03"));
	assert_true(lists(crl, OTHER, "02:03"));
	assert_int_equal(crl->unknown_critical.size, 0);
}

static void
entries_tell_date_and_reason(void **state)
{
	TRUST_AUTO(trust_crl) *crl =
	    decoded(LIST("30{" ENTRY("05", "30{" EXT("2.5.29.21", "", "0a:01") "}") "}", ""));
	struct trust_crl_entry entry;
	static const uint8_t serial[] = { 5 };
	char date[32];

	(void)state;
	assert_true(trust_crl_find(crl, der(ISSUER), (struct trust_bytes){ serial, 1 }, &entry));
	trust_time_format(entry.when, date);
	assert_string_equal(date, "2026-04-15T00:00:00Z");
	assert_int_equal(entry.reason, TRUST_CRL_KEY_COMPROMISE);
	assert_string_equal(trust_crl_reason_words(entry.reason), "key compromise");
	assert_string_equal(trust_crl_reason_words((enum trust_crl_reason)77), "unknown reason");
}

static void
points_meet_by_a_name_they_share(void **state)
{
	const struct trust_bytes base = der(ISSUER);
	struct trust_point a = { .named = true, .full = der("86'http://a' 86'http://b'") };
	struct trust_point b = { .named = true, .full = der("86'http://c' 86'http://b'") };
	struct trust_point c = { .named = true, .full = der("86'http://d'") };
	struct trust_point relative = { .named = true, .relative = der("30{oid:2.5.4.3 0c'x'}") };
	struct trust_point whole = { .named = true,
		.full = der("a4{30{31{30{oid:2.5.4.3 0c'Issuer'}} 31{30{oid:2.5.4.3 0c'X'}}}}") };

	(void)state;
	assert_true(trust_points_meet(&a, base, &b, base));
	assert_false(trust_points_meet(&a, base, &c, base));
	assert_true(trust_points_meet(&relative, base, &whole, base));
	assert_true(trust_points_meet(&relative, base, &relative, base));
	assert_false(trust_points_meet(&relative, base, &relative, der(OTHER)));
	assert_false(trust_points_meet(&relative, der("05:"), &whole, base));
}

static void
flags_of_reasons(void **state)
{
	static const struct {
		const char *bits;
		unsigned want;
		bool good;
	} rows[] = {
		{ "=0640", 2, true },
		{ "=077f80", TRUST_CRL_ALL_REASONS, true },
		{ "=00ff", 0xfe, true },
		{ "=00", 0, true },
		{ "=0800", 0, false },
		{ "", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		unsigned mask = 0;
		assert_int_equal(trust_reason_flags(der(rows[i].bits), &mask), rows[i].good);
		assert_int_equal(mask, rows[i].want);
	}
}

static void
numbers_are_ordered(void **state)
{
	(void)state;
	assert_true(trust_crl_number_compare(der("=05"), der("=0006")) < 0);
	assert_true(trust_crl_number_compare(der("=0100"), der("=ff")) > 0);
	assert_true(trust_crl_number_compare(der("=05"), der("=ff")) > 0);
	assert_true(trust_crl_number_compare(der("=fe"), der("=ff")) < 0);
	assert_true(trust_crl_number_compare(der("=0005"), der("=05")) == 0);
	assert_true(trust_crl_number_compare(der("="), der("=")) == 0);
}

/* ---- a million ----------------------------------------------------------------------------- */

static struct trust_bytes
big_list(size_t entries, size_t *ret_size)
{
	TRUST_AUTO_BUFFER list;
	TRUST_AUTO_BUFFER tbs;
	TRUST_AUTO_BUFFER inner;
	TRUST_AUTO_BUFFER whole;
	const struct trust_bytes head = der("02:01 " ALG ISSUER DATES);
	const struct trust_bytes tail = der(ALG "03:00aabb");

	trust_buffer_init(&list, (size_t)1 << 30);
	trust_buffer_init(&tbs, (size_t)1 << 30);
	trust_buffer_init(&inner, (size_t)1 << 30);
	trust_buffer_init(&whole, (size_t)1 << 30);
	for (size_t i = 0; i < entries; i++) {
		uint8_t entry[] = "\x30\x19\x02\x08\x01\x00\x00\x00\x00\x00\x00\x00\x17\x0d"
				  "260415000000Z";
		for (int byte = 0; byte < 7; byte++)
			entry[11 - byte] = (uint8_t)(i >> 8 * byte);
		trust_buffer_append(&list, entry, 27);
	}
	trust_buffer_append(&tbs, head.data, head.size);
	trust_der_put(&tbs, TRUST_DER_SEQUENCE, trust_buffer_bytes(&list));
	trust_der_put(&inner, TRUST_DER_SEQUENCE, trust_buffer_bytes(&tbs));
	trust_buffer_append(&inner, tail.data, tail.size);
	trust_der_put(&whole, TRUST_DER_SEQUENCE, trust_buffer_bytes(&inner));
	*ret_size = whole.size;
	return (struct trust_bytes){ keep(trust_buffer_take(&whole)), *ret_size };
}

static double
seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
a_list_of_a_million_entries_is_searched_at_once(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_crl) *crl = NULL;
	size_t size = 0;
	const struct trust_bytes big = big_list(1000000, &size);

	(void)state;
	double start = seconds_now();
	assert_true(trust_crl_decode(big, &crl, &error));
	double decoded_in = seconds_now() - start;
	assert_int_equal(crl->count, 1000000);
	start = seconds_now();
	for (int i = 0; i < 1000; i++)
		assert_true(
		    lists(crl, ISSUER, i % 2 ? "02:01000000000f423f" : "02:0100000000000000"));
	assert_false(lists(crl, ISSUER, "02:01000000000f4240"));
	double found_in = seconds_now() - start;
	print_message("# %zu bytes: decoded in %.0f ms, 1000 look-ups in %.1f ms\n", size,
	    decoded_in * 1000, found_in * 1000);
#ifndef __SANITIZE_ADDRESS__
	assert_true(decoded_in < 3 && found_in < 0.5);
#endif
}

static void
a_list_beyond_the_limit_is_refused(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_crl *crl = NULL;
	static const uint8_t one[1];

	(void)state;
	assert_false(trust_crl_decode(
	    (struct trust_bytes){ one, (size_t)64 * 1024 * 1024 + 1 }, &crl, &error));
	assert_int_equal(error.code, TRUST_INPUT_LIMIT);
}

/* ---- OCSP ---------------------------------------------------------------------------------- */

#define BASIC "oid:1.3.6.1.5.5.7.48.1.1"
#define HASH "30{oid:1.3.14.3.2.26 05:}"
#define ID "30{" HASH "04:00 04:00 02:05}"
#define AT " 18'20260501000000Z'"
#define SINGLE(status, more) "30{" ID status AT more "}"
#define RESPONSE(data) "30{0a:00 a0{30{" BASIC " 04{30{30{" data "}" ALG "03:00aa}}}}}"
#define DATA(singles, more) "a1{" ISSUER "}" AT "30{" singles "}" more
#define BY_KEY "a2{04:0000000000000000000000000000000000000000}"

static const struct {
	const char *sentence;
	const char *response;
	enum trust_code want;
} answers[] = {
	{ "good", RESPONSE(DATA(SINGLE("80:", ""), "")), TRUST_OK },
	{ "revoked", RESPONSE(DATA(SINGLE("a1{18'20260415000000Z'}", ""), "")), TRUST_OK },
	{ "revoked, with a reason",
	    RESPONSE(DATA(SINGLE("a1{18'20260415000000Z' a0{0a:01}}", ""), "")), TRUST_OK },
	{ "unknown", RESPONSE(DATA(SINGLE("82:", ""), "")), TRUST_OK },
	{ "with a next update", RESPONSE(DATA(SINGLE("80:", "a0{18'20260601000000Z'}"), "")),
	    TRUST_OK },
	{ "by key", RESPONSE(BY_KEY AT "30{" SINGLE("80:", "") "}"), TRUST_OK },
	{ "no answers", RESPONSE(DATA("", "")), TRUST_OK },
	{ "a status that is none", RESPONSE(DATA(SINGLE("83:", ""), "")), TRUST_INPUT_MALFORMED },
	{ "revoked without a date", RESPONSE(DATA(SINGLE("a1{}", ""), "")), TRUST_INPUT_MALFORMED },
	{ "a date of the wrong kind",
	    RESPONSE("a1{" ISSUER "} 17'260501000000Z' 30{" SINGLE("80:", "") "}"),
	    TRUST_INPUT_MALFORMED },
	{ "a key of two bytes", RESPONSE("a2{04:0000}" AT "30{}"), TRUST_INPUT_MALFORMED },
	{ "version 2", RESPONSE("a0{02:01}" DATA("", "")), TRUST_INPUT_MALFORMED },
	{ "try later", "30{0a:03}", TRUST_INPUT_UNSUPPORTED },
	{ "a refusal of unknown kind", "30{0a:09}", TRUST_INPUT_UNSUPPORTED },
	{ "success without an answer", "30{0a:00}", TRUST_INPUT_MALFORMED },
	{ "another type", "30{0a:00 a0{30{oid:1.2.3 04{05:}}}}", TRUST_INPUT_UNSUPPORTED },
	{ "nothing", "", TRUST_INPUT_MALFORMED },
	{ "bytes behind it", RESPONSE(DATA("", "")) "05:", TRUST_INPUT_MALFORMED },
};

static void
answers_are_taken_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(answers); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_ocsp) *ocsp = NULL;
		bool is = trust_ocsp_decode(der(answers[i].response), &ocsp, &error);
		if (is != (answers[i].want == TRUST_OK) || error.code != answers[i].want)
			fail_msg("%s: %s", answers[i].sentence, is ? "taken" : error.message);
	}
}

static void
critical_extensions_of_answers_are_remembered(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_ocsp) *of_single = NULL;
	TRUST_AUTO(trust_ocsp) *nonce = NULL;

	(void)state;
	assert_true(trust_ocsp_decode(
	    der(RESPONSE(DATA(SINGLE("80:", "a1{30{" EXT("1.2.3", CRITICAL, "05:") "}}"), ""))),
	    &of_single, &error));
	assert_true(of_single->singles[0].unknown_critical);
	assert_true(
	    trust_ocsp_decode(der(RESPONSE(DATA(SINGLE("80:", ""),
				  "a1{30{" EXT("1.3.6.1.5.5.7.48.1.2", CRITICAL, "04:00") "}}"))),
		&nonce, &error));
	assert_false(nonce->unknown_critical);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_are_taken_or_refused),
		cmocka_unit_test(what_nobody_understands_is_remembered),
		cmocka_unit_test(serial_numbers_are_numbers_with_a_sign),
		cmocka_unit_test(an_entry_has_the_issuer_of_the_entry_before),
		cmocka_unit_test(entries_tell_date_and_reason),
		cmocka_unit_test(points_meet_by_a_name_they_share),
		cmocka_unit_test(flags_of_reasons),
		cmocka_unit_test(numbers_are_ordered),
		cmocka_unit_test(a_list_of_a_million_entries_is_searched_at_once),
		cmocka_unit_test(a_list_beyond_the_limit_is_refused),
		cmocka_unit_test(answers_are_taken_or_refused),
		cmocka_unit_test(critical_extensions_of_answers_are_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, free_made);
}
