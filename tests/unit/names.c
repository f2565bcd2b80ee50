/* SPDX-License-Identifier: MPL-2.0 */
/* Distinguished names and alternative names: shown, searched, compared. */

#include "core/limits.h"
#include "core/names_internal.h"
#include "core/oid.h"
#include "tests/unit/der_text.h"

#define PART(oid, value) "31{30{oid:" oid " " value "}}"

static void
names_are_shown_in_words(void **state)
{
	static const struct {
		const char *sentence;
		const char *name;
		const char *want;
	} rows[] = {
		{ "nothing in it", "30{}", "(empty)" },
		{ "one attribute", CN("Example Root"), "CN=Example Root" },
		{ "several, in the certificate's order",
		    "30{" PART("2.5.4.6", "13'DE'") PART("2.5.4.10", "0c'Example'")
			PART("2.5.4.3", "0c'Root'") "}",
		    "C=DE, O=Example, CN=Root" },
		{ "several in one relative name",
		    "30{31{30{oid:2.5.4.3 0c'a'}30{oid:2.5.4.11 0c'b'}}}", "CN=a + OU=b" },
		{ "a comma is not told from a separator", CN("a, O=b"), "CN=a, O=b" },
		{ "an unknown attribute", "30{" PART("1.2.3.4", "0c'x'") "}", "1.2.3.4=x" },
		{ "escape characters", CN("a\x1b[0m"), "CN=a\\x1b[0m" },
		{ "right-to-left override", CN("a\xe2\x80\xae"), "CN=a\\u202e" },
		{ "NUL", "30{" PART("2.5.4.3", "0c:610062") "}", "CN=a\\x00b" },
		{ "Latin-1 called UTF-8", CN("\xfc"), "CN=\xef\xbf\xbd" },
		{ "a BMPString", "30{" PART("2.5.4.3", "1e:00fc20ac") "}",
		    "CN=\xc3\xbc\xe2\x82\xac" },
		{ "a UniversalString", "30{" PART("2.5.4.3", "1c:0001f512") "}",
		    "CN=\xf0\x9f\x94\x92" },
		{ "a T61String", "30{" PART("2.5.4.3", "14:fc") "}", "CN=\xc3\xbc" },
		{ "a number where text belongs", "30{" PART("2.5.4.3", "02:41") "}", "CN=A" },
		{ "not a sequence", "31{}", "(malformed)" },
		{ "no bytes", "", "(malformed)" },
		{ "an empty relative name", "30{31{}}", "(malformed)" },
		{ "an attribute without value", "30{31{30{oid:2.5.4.3}}}", "(malformed)" },
		{ "an attribute without type", "30{31{30{0c'x'}}}", "(malformed)" },
		{ "damage behind a good attribute", "30{" PART("2.5.4.3", "0c'x'") "05:}",
		    "CN=x, (malformed)" },
		{ "an attribute longer than its name", "30{31{30{=06030403}}}", "(malformed)" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *shown = trust_name_display(der(rows[i].name));
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal(shown, rows[i].want);
	}
}

static void
the_last_value_of_an_attribute_is_found(void **state)
{
	struct trust_bytes name = der("30{" PART("2.5.4.3", "0c'first'") PART("2.5.4.10", "0c'Org'")
		PART("2.5.4.3", "0c'last'") PART("2.5.4.11", "0c:610062") "}");
	TRUST_AUTO_FREE char *common = trust_name_attribute(name, TRUST_OID_COMMON_NAME);
	TRUST_AUTO_FREE char *organization = trust_name_attribute(name, TRUST_OID_ORGANIZATION);
	TRUST_AUTO_FREE char *unit = trust_name_attribute(name, TRUST_OID_UNIT);

	(void)state;
	assert_string_equal(common, "last");
	assert_string_equal(organization, "Org");
	assert_string_equal(unit, "a\\x00b"); /* not cut short to "a" */
	assert_null(trust_name_attribute(name, TRUST_OID_EMAIL_ADDRESS));
	assert_null(trust_name_attribute(der("05:"), TRUST_OID_COMMON_NAME));
}

static void
names_are_compared_by_rfc_5280_section_7_1(void **state)
{
	static const struct {
		const char *sentence;
		const char *a;
		const char *b;
		bool want;
	} rows[] = {
		{ "the same", CN("x"), CN("x"), true },
		{ "another letter", CN("x"), CN("y"), false },
		{ "case does not count", CN("Example"), CN("eXAMPLE"), true },
		{ "nor of letters with accents", CN("\xc3\x9c"), CN("\xc3\xbc"), true },
		{ "nor of a sharp s", CN("STRASSE"),
		    CN("stra\xc3\x9f"
		       "e"),
		    true },
		{ "white space at the ends does not count", CN("  a "), CN("a"), true },
		{ "nor how much of it there is within", CN("a   b"), CN("a b"), true },
		{ "but whether there is any", CN("a b"), CN("ab"), false },
		{ "only white space is like nothing", CN("  "), CN(""), true },
		{ "the kind of string does not count", CN("x"), "30{" PART("2.5.4.3", "13'X'") "}",
		    true },
		{ "nor that it is a BMPString", CN("x"), "30{" PART("2.5.4.3", "1e:0078") "}",
		    true },
		{ "numbers are not text", "30{" PART("2.5.4.3", "02:41") "}", CN("A"), false },
		{ "the same bits", "30{" PART("2.5.4.3", "03:00aa") "}",
		    "30{" PART("2.5.4.3", "03:00aa") "}", true },
		{ "another attribute", CN("x"), "30{" PART("2.5.4.10", "0c'x'") "}", false },
		{ "one more attribute", CN("x"),
		    "30{" PART("2.5.4.3", "0c'x'") PART("2.5.4.10", "0c'o'") "}", false },
		{ "another order", "30{" PART("2.5.4.3", "0c'x'") PART("2.5.4.10", "0c'o'") "}",
		    "30{" PART("2.5.4.10", "0c'o'") PART("2.5.4.3", "0c'x'") "}", false },
		{ "two relative names are not one with two attributes",
		    "30{" PART("2.5.4.3", "0c'x'") PART("2.5.4.10", "0c'o'") "}",
		    "30{31{30{oid:2.5.4.3 0c'x'}30{oid:2.5.4.10 0c'o'}}}", false },
		{ "a NUL counts", "30{" PART("2.5.4.3", "0c:610062") "}", CN("a"), false },
		{ "both empty", "30{}", "30{}", true },
		{ "one empty", "30{}", CN("x"), false },
		{ "one damaged", "30{31{}}", "30{}", false },
		{ "both damaged, differently", "30{31{}}", "30{05:}", false },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_name_equal(der(rows[i].a), der(rows[i].b)), rows[i].want);
		assert_int_equal(trust_name_equal(der(rows[i].b), der(rows[i].a)), rows[i].want);
	}
}

static struct trust_bytes
long_name(size_t parts, const char *last)
{
	TRUST_AUTO_BUFFER text;

	trust_buffer_init(&text, 1 << 20);
	trust_buffer_append_text(&text, "30{");
	for (size_t i = 1; i < parts; i++)
		trust_buffer_append_text(&text, PART("2.5.4.11", "0c'same'"));
	trust_buffer_printf(&text, "31{30{oid:2.5.4.3 0c'%s'}}}", last);
	return der((char *)text.data);
}

static void
names_with_too_many_parts_are_never_equal(void **state)
{
	size_t most = TRUST_MAX_NAME_PARTS;
	TRUST_AUTO_FREE char *shown = trust_name_display(long_name(most + 1, "a"));

	(void)state;
	assert_true(trust_name_equal(long_name(most, "a"), long_name(most, "A")));
	assert_false(trust_name_equal(long_name(most, "a"), long_name(most, "b")));
	assert_false(trust_name_equal(long_name(most + 1, "a"), long_name(most + 1, "b")));
	assert_false(trust_name_equal(long_name(most + 2, "a"), long_name(most + 1, "a")));
	assert_string_equal(shown + strlen(shown) - strlen("malformed)"), "malformed)");
}

/* Else whoever chooses names could make any number of them meet in one place. */
static void
names_of_other_parts_have_other_hashes(void **state)
{
	static const char *const forms[] = {
		"30{31{30{oid:2.5.4.10 0c'o'}} 31{30{oid:2.5.4.3 0c'c'}}}",
		"30{31{30{oid:2.5.4.10 0c'o'} 30{oid:2.5.4.3 0c'c'}}}",
		"30{31{30{oid:2.5.4.10 0c'o'}}}",
		"30{31{30{oid:2.5.4.10 0c'o'}} 31{30{oid:2.5.4.10 0c'o'}}}",
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(forms); i++)
		for (size_t j = 0; j < i; j++)
			assert_true(
			    trust_name_hash(der(forms[i])) != trust_name_hash(der(forms[j])));
	assert_true(trust_name_hash(der(forms[0])) ==
	    trust_name_hash(der("30{31{30{oid:2.5.4.10 13'O'}} 31{30{oid:2.5.4.3 0c' c'}}}")));
}

/* ---- alternative names --------------------------------------------------------------------- */

static void
alternative_names_are_read_by_kind(void **state)
{
	static const struct {
		const char *sentence;
		const char *name;
		enum trust_name_kind want_kind;
		const char *want; /* NULL: refused */
	} rows[] = {
		{ "e-mail", "81'a@example.org'", TRUST_NAME_EMAIL, "a@example.org" },
		{ "a host", "82'www.example.org'", TRUST_NAME_DNS, "www.example.org" },
		{ "a host with an escape", "82'a\x1b'", TRUST_NAME_DNS, "a\\x1b" },
		{ "a host with a NUL", "82:612e62002e63", TRUST_NAME_DNS, "a.b\\x00.c" },
		{ "a URI", "86'https://example.org/'", TRUST_NAME_URI, "https://example.org/" },
		{ "an IPv4 address", "87:c0000201", TRUST_NAME_IP, "192.0.2.1" },
		{ "an IPv6 address", "87:20010db8000000000000000000000001", TRUST_NAME_IP,
		    "2001:db8::1" },
		{ "a network", "87:c0000200ffffff00", TRUST_NAME_IP, "192.0.2.0/24" },
		{ "every address", "87:0000000000000000", TRUST_NAME_IP, "0.0.0.0/0" },
		{ "an IPv6 network",
		    "87:20010db8000000000000000000000000ffffffff000000000000000000000000",
		    TRUST_NAME_IP, "2001:db8::/32" },
		{ "a mask with holes is not shown as a shorter one", "87:0a000001ff00ff00",
		    TRUST_NAME_IP, "10.0.0.1/255.0.255.0" },
		{ "an address of three bytes", "87:c00002", TRUST_NAME_IP,
		    "(malformed address c00002)" },
		{ "an address of none", "87:", TRUST_NAME_IP, "(malformed address )" },
		{ "a directory name", "a4{" CN("x") "}", TRUST_NAME_DIRECTORY, "CN=x" },
		{ "a damaged one", "a4{05:}", TRUST_NAME_DIRECTORY, "(malformed)" },
		{ "a registered ID", "88:2a03", TRUST_NAME_OTHER, "registered ID: 1.2.3" },
		{ "a user principal name", "a0{oid:1.3.6.1.4.1.311.20.2.3 a0{0c'me@corp'}}",
		    TRUST_NAME_OTHER, "user principal name: me@corp" },
		{ "another name that is no text", "a0{oid:1.2.3 a0{30{}}}", TRUST_NAME_OTHER,
		    "1.2.3: 8 bytes" },
		{ "another name without type", "a0{}", TRUST_NAME_OTHER, "(malformed other name)" },
		{ "an X.400 address", "a3{30{}}", TRUST_NAME_OTHER, "(malformed other name)" },
		{ "no general name", "30{}", TRUST_NAME_OTHER, NULL },
		{ "a name that is cut off", "=8205", TRUST_NAME_OTHER, NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_names) *names = NULL;
		struct trust_der list = trust_der_init(der(rows[i].name));
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_names_read(&list, &names, &error), rows[i].want != NULL);
		if (!rows[i].want) {
			assert_int_equal(error.code, TRUST_INPUT_MALFORMED);
			assert_null(names);
			continue;
		}
		assert_int_equal(names->count, 1);
		assert_int_equal(names->entries[0].kind, rows[i].want_kind);
		assert_string_equal(names->entries[0].text, rows[i].want);
	}
}

static void
more_names_than_the_limit_are_refused(void **state)
{
	size_t size = 2 * (TRUST_MAX_NAMES + 1);
	uint8_t *bytes = keep(trust_alloc(size));

	(void)state;
	for (size_t i = 0; i < size; i += 2)
		bytes[i] = 0x82;
	for (unsigned over = 0; over < 2; over++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_names) *names = NULL;
		struct trust_der list =
		    trust_der_init((struct trust_bytes){ bytes, size - 2 + 2 * over });
		assert_int_equal(trust_names_read(&list, &names, &error), !over);
		assert_int_equal(error.code, over ? TRUST_INPUT_LIMIT : TRUST_OK);
	}
}

#define SAN(names) "30{oid:2.5.29.17 04{30{" names "}}}"
#define CONSTRAINTS(trees) "30{oid:2.5.29.30 01:ff 04{" trees "}}"

static void
a_certificate_without_alternative_names_has_none(void **state)
{
	TRUST_AUTO(trust_cert) *cert = cert_of((struct cert_text){ 0 });
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_true(trust_cert_names(cert, &names, &error));
	assert_int_equal(names->count, 0);
}

static void
damaged_alternative_names_are_an_error_not_a_shorter_list(void **state)
{
	static const char *const extensions[] = { "30{oid:2.5.29.17 04{05:}}", SAN("82'a' 30{}"),
		SAN("82'a' =8209") };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(extensions); i++) {
		TRUST_AUTO(trust_cert) *cert =
		    cert_of((struct cert_text){ .extensions = extensions[i] });
		TRUST_AUTO(trust_names) *names = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		assert_false(trust_cert_names(cert, &names, &error));
		assert_int_equal(error.code, TRUST_INPUT_MALFORMED);
	}
}

#define EMAIL_PART(text) PART("1.2.840.113549.1.9.1", "16'" text "'")
#define MANY                                                                                       \
	EMAIL_PART("1@x")                                                                          \
	EMAIL_PART("2@x") EMAIL_PART("3@x") EMAIL_PART("4@x") EMAIL_PART("5@x") EMAIL_PART("6@x")

static void
mail_addresses_come_from_both_places_once(void **state)
{
	static const struct {
		const char *sentence;
		struct cert_text cert;
		const char *want; /* joined by spaces */
	} rows[] = {
		{ "none", { 0 }, "" },
		{ "in the subject",
		    { .subject = "30{" PART("1.2.840.113549.1.9.1", "16'a@x'") "}" }, "a@x" },
		{ "two in the subject, one of them twice",
		    { .subject = "30{" PART("1.2.840.113549.1.9.1", "16'a@x'")
			    PART("1.2.840.113549.1.9.1", "16'b@x'")
				PART("1.2.840.113549.1.9.1", "16'a@x'") "}" },
		    "a@x b@x" },
		{ "in the alternative names", { .extensions = SAN("82'host' 81'b@x' 81'c@x'") },
		    "b@x c@x" },
		{ "in both",
		    { .subject = "30{" PART("1.2.840.113549.1.9.1", "16'a@x'") "}",
			.extensions = SAN("81'b@x'") },
		    "b@x a@x" },
		{ "the same in both",
		    { .subject = "30{" PART("1.2.840.113549.1.9.1", "16'a@x'") "}",
			.extensions = SAN("81'a@x'") },
		    "a@x" },
		{ "in the subject beside damaged alternative names",
		    { .subject = "30{" PART("1.2.840.113549.1.9.1", "16'a@x'") "}",
			.extensions = SAN("=8109") },
		    "a@x" },
		{ "more in the subject than are read",
		    { .subject = "30{" MANY MANY MANY PART("1.2.840.113549.1.9.1", "16'a@x'") "}" },
		    "1@x 2@x 3@x 4@x 5@x 6@x" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_cert) *cert = cert_of(rows[i].cert);
		TRUST_AUTO(trust_names) *emails = trust_cert_emails(cert);
		TRUST_AUTO_BUFFER all;
		trust_buffer_init(&all, 1000);
		for (size_t j = 0; j < emails->count; j++)
			trust_buffer_printf(&all, "%s%s", j ? " " : "", emails->entries[j].text);
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal((char *)all.data, rows[i].want);
	}
}

static void
name_constraints_are_two_lists(void **state)
{
	static const struct {
		const char *sentence;
		const char *extensions; /* NULL: none */
		int want_permitted;     /* -1: refused */
		int want_excluded;
	} rows[] = {
		{ "none", NULL, 0, 0 },
		{ "permitted only", CONSTRAINTS("30{a0{30{82'a'} 30{82'b'}}}"), 2, 0 },
		{ "excluded only", CONSTRAINTS("30{a1{30{82'a'}}}"), 0, 1 },
		{ "both", CONSTRAINTS("30{a0{30{82'a'}} a1{30{87:0000000000000000}}}"), 1, 1 },
		{ "with a minimum", CONSTRAINTS("30{a0{30{82'a' 80:00}}}"), 1, 0 },
		{ "in the wrong order", CONSTRAINTS("30{a1{30{82'a'}} a0{30{82'b'}}}"), -1, -1 },
		{ "something else behind", CONSTRAINTS("30{a0{30{82'a'}} a2{}}"), -1, -1 },
		{ "bytes behind", CONSTRAINTS("30{a0{30{82'a'}}} 05:"), -1, -1 },
		{ "not a sequence", CONSTRAINTS("05:"), -1, -1 },
		{ "a tree that is none", CONSTRAINTS("30{a0{05:}}"), -1, -1 },
		{ "a tree without a name", CONSTRAINTS("30{a0{30{}}}"), -1, -1 },
		{ "a list that is cut off", CONSTRAINTS("30{=a009}"), -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_cert) *cert =
		    cert_of((struct cert_text){ .extensions = rows[i].extensions });
		TRUST_AUTO(trust_names) *permitted = NULL;
		TRUST_AUTO(trust_names) *excluded = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		bool good = trust_cert_name_constraints(cert, &permitted, &excluded, &error);
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(good, rows[i].want_permitted >= 0);
		if (!good) {
			assert_int_equal(error.code, TRUST_INPUT_MALFORMED);
			continue;
		}
		assert_int_equal(permitted->count, rows[i].want_permitted);
		assert_int_equal(excluded->count, rows[i].want_excluded);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_shown_in_words),
		cmocka_unit_test(the_last_value_of_an_attribute_is_found),
		cmocka_unit_test(names_are_compared_by_rfc_5280_section_7_1),
		cmocka_unit_test(names_with_too_many_parts_are_never_equal),
		cmocka_unit_test(names_of_other_parts_have_other_hashes),
		cmocka_unit_test(alternative_names_are_read_by_kind),
		cmocka_unit_test(more_names_than_the_limit_are_refused),
		cmocka_unit_test(a_certificate_without_alternative_names_has_none),
		cmocka_unit_test(damaged_alternative_names_are_an_error_not_a_shorter_list),
		cmocka_unit_test(mail_addresses_come_from_both_places_once),
		cmocka_unit_test(name_constraints_are_two_lists),
	};

	return cmocka_run_group_tests(tests, NULL, free_made);
}
