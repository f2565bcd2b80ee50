/* SPDX-License-Identifier: MPL-2.0 */
/* Object identifiers by name, and kinds of items. */

#include "core/oid.h"

#include "core/store.h"
#include "tests/unit/der_text.h"

static const struct {
	const char *dotted;
	const char *words;
} known[] = {
#define X(dotted, words) { dotted, words },
#include "data/oids.def"
#undef X
};

static void
every_identifier_of_the_table_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(known); i++) {
		struct trust_bytes whole = der(words("oid:%s", known[i].dotted));
		struct trust_bytes content = { whole.data + 2, whole.size - 2 };
		TRUST_AUTO_FREE char *shown = trust_oid_display(content);
		print_message("# %s\n", known[i].dotted);
		assert_string_equal(trust_oid_words(content), known[i].words);
		assert_string_equal(shown, known[i].words);
		assert_true(trust_oid_is(content, known[i].dotted));
		assert_false(trust_oid_is(content, "1.2.3"));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(known[i].dotted, known[j].dotted);
	}
}

static void
what_the_table_has_not_is_shown_in_digits(void **state)
{
	static const struct {
		const char *sentence;
		const char *content;
		const char *want;
	} rows[] = {
		{ "unknown", "=2a030405", "1.2.3.4.5" },
		{ "nothing", "", "(malformed OID)" },
		{ "the beginning of a known one", "=5504", "2.5.4" },
		{ "a known one with a byte more", "=55040301", "2.5.4.3.1" },
		{ "a known one with a padded arc", "=55048003", "2.5.4.3" },
	};
	uint8_t longest[65];

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_bytes content = der(rows[i].content);
		TRUST_AUTO_FREE char *shown = trust_oid_display(content);
		print_message("# %s\n", rows[i].sentence);
		assert_null(trust_oid_words(content));
		assert_string_equal(shown, rows[i].want);
		assert_false(trust_oid_is(content, TRUST_OID_COMMON_NAME));
	}
	memset(longest, 1, sizeof longest);
	assert_null(trust_oid_words((struct trust_bytes){ longest, sizeof longest }));
	assert_false(trust_oid_is((struct trust_bytes){ longest, 3 }, "no identifier"));
}

/* ---- kinds --------------------------------------------------------------------------------- */

static void
every_kind_has_two_words_that_name_it(void **state)
{
	static const char *const plurals[TRUST_KINDS] = { "identities", "roots", "intermediates",
		"servers", "persons", "keys", "crls" };
	enum trust_kind parsed;

	(void)state;
	for (int kind = 0; kind < TRUST_KINDS; kind++) {
		assert_true(trust_kind_parse(trust_kind_word((enum trust_kind)kind), &parsed));
		assert_int_equal(parsed, kind);
		assert_true(trust_kind_parse(plurals[kind], &parsed));
		assert_int_equal(parsed, kind);
	}
	assert_false(trust_kind_parse("", &parsed));
	assert_false(trust_kind_parse("Root", &parsed));
	assert_false(trust_kind_parse("roo", &parsed));
}

#define CA "30{oid:2.5.29.19 01:ff 04{30{01:ff}}}"
#define NO_CA "30{oid:2.5.29.19 04{30{}}}"
#define PURPOSE(oids) "30{oid:2.5.29.37 04{30{" oids "}}}"
#define SERVER "oid:1.3.6.1.5.5.7.3.1 "
#define CLIENT "oid:1.3.6.1.5.5.7.3.2 "
#define MAIL "oid:1.3.6.1.5.5.7.3.4 "
#define SAN(names) "30{oid:2.5.29.17 04{30{" names "}}}"
#define KEY_ID(subject, authority)                                                                 \
	"30{oid:2.5.29.14 04{04:" subject "}} 30{oid:2.5.29.35 04{30{80:" authority "}}}"

static void
a_certificate_is_of_the_kind_a_person_calls_it(void **state)
{
	static const struct {
		const char *sentence;
		struct cert_text cert;
		bool has_key;
		enum trust_kind want;
	} rows[] = {
		{ "a CA that is its own issuer", { .issuer = CN("Subject"), .extensions = CA },
		    false, TRUST_KIND_ROOT },
		{ "its own issuer in other letters", { .issuer = CN("SUBJECT"), .extensions = CA },
		    false, TRUST_KIND_ROOT },
		{ "a CA of another", { .extensions = CA }, false, TRUST_KIND_INTERMEDIATE },
		{ "a CA whose key identifiers say another issued it",
		    { .issuer = CN("Subject"), .extensions = CA KEY_ID("aa", "bb") }, false,
		    TRUST_KIND_INTERMEDIATE },
		{ "a CA whose key identifiers agree",
		    { .issuer = CN("Subject"), .extensions = CA KEY_ID("aa", "aa") }, false,
		    TRUST_KIND_ROOT },
		{ "a self-issued certificate of version 1",
		    { .version = "", .issuer = CN("Subject") }, false, TRUST_KIND_ROOT },
		{ "another of version 1", { .version = "" }, false, TRUST_KIND_SERVER },
		{ "its own issuer, but no CA", { .issuer = CN("Subject"), .extensions = NO_CA },
		    false, TRUST_KIND_SERVER },
		{ "anything with a key", { .extensions = CA }, true, TRUST_KIND_IDENTITY },
		{ "a server", { .extensions = PURPOSE(SERVER) }, false, TRUST_KIND_SERVER },
		{ "a server and a client", { .extensions = PURPOSE(SERVER CLIENT) }, false,
		    TRUST_KIND_SERVER },
		{ "a client", { .extensions = PURPOSE(CLIENT) }, false, TRUST_KIND_PERSON },
		{ "for mail", { .extensions = PURPOSE(MAIL) }, false, TRUST_KIND_PERSON },
		{ "for anything", { .extensions = PURPOSE("oid:2.5.29.37.0") }, false,
		    TRUST_KIND_SERVER },
		{ "with a mail address", { .extensions = SAN("81'a@x'") }, false,
		    TRUST_KIND_PERSON },
		{ "a server with a mail address", { .extensions = PURPOSE(SERVER) SAN("81'a@x'") },
		    false, TRUST_KIND_SERVER },
		{ "with a host name", { .extensions = SAN("82'a.x'") }, false, TRUST_KIND_SERVER },
		{ "with nothing that says", { 0 }, false, TRUST_KIND_SERVER },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_cert) *cert = cert_of(rows[i].cert);
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_kind_of_cert(cert, rows[i].has_key), rows[i].want);
	}
}

static void
purposes_are_allowed_when_none_are_listed_or_any(void **state)
{
	static const struct {
		const char *sentence;
		const char *extensions;
		bool want_allows;
		bool want_has;
	} rows[] = {
		{ "none listed", NULL, true, false },
		{ "listed", PURPOSE(CLIENT SERVER), true, true },
		{ "others listed", PURPOSE(CLIENT), false, false },
		{ "any listed", PURPOSE(CLIENT "oid:2.5.29.37.0"), true, false },
		{ "an empty list", PURPOSE(""), false, false },
		{ "a damaged list", "30{oid:2.5.29.37 04{05:}}", false, false },
		{ "behind damage", PURPOSE("05: " SERVER), false, false },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_cert) *cert =
		    cert_of((struct cert_text){ .extensions = rows[i].extensions });
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(
		    trust_cert_allows_purpose(cert, TRUST_OID_SERVER_AUTH), rows[i].want_allows);
		assert_int_equal(
		    trust_cert_has_purpose(cert, TRUST_OID_SERVER_AUTH), rows[i].want_has);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_identifier_of_the_table_has_its_words),
		cmocka_unit_test(what_the_table_has_not_is_shown_in_digits),
		cmocka_unit_test(every_kind_has_two_words_that_name_it),
		cmocka_unit_test(a_certificate_is_of_the_kind_a_person_calls_it),
		cmocka_unit_test(purposes_are_allowed_when_none_are_listed_or_any),
	};

	return cmocka_run_group_tests(tests, NULL, free_made);
}
