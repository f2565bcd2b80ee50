/* SPDX-License-Identifier: MPL-2.0 */
/* The one item a person means: by digits, nickname, common name or e-mail address. */

#include "core/oid.h"
#include "core/store_internal.h"
#include "tests/unit/der_text.h"

#define MAIL(address)                                                                              \
	"30{31{30{oid:2.5.4.3 0c'Mail'}} 31{30{oid:1.2.840.113549.1.9.1 16'" address "'}}}"
#define SAN(names) "30{oid:2.5.29.17 04{30{" names "}}}"

/* A store in memory, with a name and nothing else. */
static struct trust_store *
new_store(const char *name)
{
	struct trust_store *store = trust_alloc(sizeof *store);

	store->place.name = trust_strdup(name);
	store->place.kind = TRUST_PLACE_DIRECTORY;
	store->place.path = trust_strdup(name);
	return store;
}

static void
add(struct trust_store *store, const char *nickname, struct cert_text text)
{
	struct trust_bytes name = { (const uint8_t *)nickname, strlen(nickname) };
	trust_store_add_cert(store, der(cert_words_of(text)), name,
	    (uint32_t)trust_store_count(store) + 1, (struct trust_bytes){ 0 });
}

static const struct {
	const char *nickname;
	struct cert_text cert;
} items[] = {
	{ "first", { .subject = CN("First Root"), .serial = "02:01" } },
	{ "second", { .subject = CN("Second"), .serial = "02:02" } },
	{ "Second", { .subject = CN("Third"), .serial = "02:03" } },
	{ "mail-a", { .subject = MAIL("a@example.org") } },
	{ "mail-b", { .subject = CN("b"), .extensions = SAN("81'B@example.org' 82'b.example'") } },
	{ "", { .subject = CN("unnamed") } },
	{ "esc\x1b", { .subject = CN("esc\x1b") } },
	{ "twin", { .subject = CN("One of two"), .serial = "02:0a" } },
	{ "twin", { .subject = CN("Other of two"), .serial = "02:0b" } },
	{ "c1", { .subject = CN("Common"), .serial = "02:0c" } },
	{ "c2", { .subject = CN("Common"), .serial = "02:0d" } },
	{ "abcdef", { .subject = CN("like digits") } },
	{ "deadbeef@x:1", { .subject = CN("colon:name") } },
};

static struct trust_store *store;

static int
make_store(void **state)
{
	static const uint8_t label[] = "lonely";
	const struct trust_raw_key key = {
		.object_id = 1, .key_id = der("=0102030405"), .label = { label, 6 }, .type = 0
	};

	(void)state;
	store = new_store("/x/y");
	for (size_t i = 0; i < TRUST_COUNT(items); i++)
		add(store, items[i].nickname, items[i].cert);
	/* One that does not decode. */
	trust_store_add_cert(store, der("30{}"),
	    (struct trust_bytes){ (const uint8_t *)"broken", 6 }, 99, (struct trust_bytes){ 0 });
	trust_store_add_key(store, &key);
	trust_store_join(store);
	return 0;
}

static int
free_store(void **state)
{
	trust_store_close(store);
	return free_made(state);
}

static enum trust_code
select_item(const char *text, const struct trust_item **item, struct trust_error *error)
{
	*item = NULL;
	bool found = trust_store_select(store, text, item, error);
	assert_int_equal(found, error->code == TRUST_OK);
	assert_int_equal(found, *item != NULL);
	return error->code;
}

static void
an_item_is_found_by_each_of_its_names(void **state)
{
	static const struct {
		const char *sentence;
		const char *text;
		int want; /* the item's index; -1: none, -2: several */
	} rows[] = {
		{ "a nickname", "first", 0 },
		{ "a common name", "First Root", 0 },
		{ "in other letters", "FIRST", -1 },
		{ "part of a name", "fir", -1 },
		{ "a nickname that is another's common name in other letters", "second", 1 },
		{ "a nickname that is another's common name", "Second", -2 },
		{ "a common name of one", "Third", 2 },
		{ "an e-mail address of the subject", "a@example.org", 3 },
		{ "in other letters", "A@Example.ORG", 3 },
		{ "an e-mail address of the alternative names", "b@example.org", 4 },
		{ "a host name is no name", "b.example", -1 },
		{ "a common name without nickname", "unnamed", 5 },
		{ "raw bytes", "esc\x1b", 6 },
		{ "as it is shown", "esc\\x1b", 6 },
		{ "a nickname of two", "twin", -2 },
		{ "a common name of two", "Common", -2 },
		{ "a nickname of six hexadecimal digits", "abcdef", 11 },
		{ "a name with a colon", "colon:name", 12 },
		{ "a nickname with colons", "deadbeef@x:1", 12 },
		{ "a certificate that does not decode", "broken", 13 },
		{ "a key without certificate", "lonely", 14 },
		{ "nothing", "", -1 },
		{ "white space", " ", -1 },
		{ "an escape", "\x1b[31m", -1 },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		const struct trust_item *item;
		enum trust_code want = rows[i].want == -1 ? TRUST_INPUT_NOT_FOUND
		    : rows[i].want == -2                  ? TRUST_INPUT_AMBIGUOUS
							  : TRUST_OK;
		print_message("# %s\n", rows[i].sentence);
		enum trust_code code = select_item(rows[i].text, &item, &error);
		assert_string_equal(trust_code_name(code), trust_code_name(want));
		if (want == TRUST_OK)
			assert_ptr_equal(item, trust_store_item(store, (size_t)rows[i].want));
		else
			assert_non_null(error.hint);
	}
}

static void
digits_find_by_the_beginning_of_the_identifier(void **state)
{
	(void)state;
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *wanted = trust_store_item(store, i);
		TRUST_AUTO_FREE char *small = trust_hex(wanted->id, sizeof wanted->id);
		TRUST_AUTO_FREE char *colons = trust_hex_colons(wanted->id, sizeof wanted->id);
		const struct {
			const char *sentence;
			char *text;
			bool want;
		} rows[] = {
			{ "all digits", words("%s", small), true },
			{ "with colons, in capitals", words("%s", colons), true },
			{ "six digits", words("%.6s", small), true },
			{ "seven digits", words("%.7s", small), true },
			{ "three bytes with colons", words("%.8s", colons), true },
			{ "with a colon at the end", words("%.9s", colons), true },
			{ "five digits", words("%.5s", small), false },
			{ "a colon in the middle of a byte", words("%.1s:%.6s", small, small + 1),
			    false },
			{ "a digit too many", words("%s0", small), false },
			{ "the end of the identifier", words("%s", small + 50), false },
			{ "something behind", words("%.8sx", small), false },
		};
		for (size_t j = 0; j < TRUST_COUNT(rows); j++) {
			TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
			const struct trust_item *item;
			print_message("# item %zu, %s\n", i, rows[j].sentence);
			enum trust_code code = select_item(rows[j].text, &item, &error);
			assert_int_equal(code, rows[j].want ? TRUST_OK : TRUST_INPUT_NOT_FOUND);
			assert_ptr_equal(item, rows[j].want ? wanted : NULL);
		}
	}
}

/* Identifiers set by hand, since two with the same six digits are hard to find. */
static void
digits_of_two_items_are_ambiguous_until_they_differ(void **state)
{
	TRUST_AUTO(trust_store) *pair = new_store("pair");
	const struct trust_item *item = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	add(pair, "facade00", (struct cert_text){ .serial = "02:01" });
	add(pair, "b", (struct cert_text){ .serial = "02:02" });
	memcpy(pair->items[0].id, "\xfa\xca\xde\x12", 4);
	memcpy(pair->items[1].id, "\xfa\xca\xde\x1f", 4);
	trust_store_join(pair);
	assert_false(trust_store_select(pair, "facade1", &item, &error));
	assert_int_equal(error.code, TRUST_INPUT_AMBIGUOUS);
	assert_string_equal(error.subject, "facade1");
	assert_string_equal(error.message, "'facade1' means 2 items of store 'pair'");
	assert_non_null(strstr(error.hint, "\nfacade12"));
	assert_non_null(strstr(error.hint, "\nfacade1f"));
	assert_non_null(
	    strstr(error.hint, "  server  Subject  serial 02  2020-01-01 to 2030-01-01"));
	assert_null(item);
	trust_error_clear(&error);
	assert_true(trust_store_select(pair, "FA:CA:DE:1F", &item, &error));
	assert_ptr_equal(item, &pair->items[1]);
	/* A nickname of digits that begin no identifier is a nickname. */
	assert_true(trust_store_select(pair, "facade00", &item, &error));
	assert_ptr_equal(item, &pair->items[0]);
}

static void
an_item_that_is_stored_twice_is_one(void **state)
{
	TRUST_AUTO(trust_store) *twice = new_store("twice");
	const struct trust_item *item = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	add(twice, "copied", (struct cert_text){ .subject = CN("Copied") });
	add(twice, "copied again", (struct cert_text){ .subject = CN("Copied") });
	add(twice, "copied again", (struct cert_text){ .subject = CN("Copied") });
	add(twice, "copied", (struct cert_text){ .subject = CN("Other"), .serial = "02:02" });
	trust_store_join(twice);
	TRUST_AUTO_FREE char *digits = trust_hex(twice->items[0].id, 8);
	assert_true(trust_store_select(twice, digits, &item, &error));
	assert_ptr_equal(item, &twice->items[0]);
	assert_true(trust_store_select(twice, "Copied", &item, &error));
	assert_ptr_equal(item, &twice->items[0]);
	assert_true(trust_store_select(twice, "copied again", &item, &error));
	assert_ptr_equal(item, &twice->items[0]);
	assert_false(trust_store_select(twice, "copied", &item, &error));
	assert_string_equal(error.message, "'copied' means 2 items of store 'twice'");
}

static void
many_candidates_are_listed_in_part(void **state)
{
	TRUST_AUTO(trust_store) *many = new_store("many");
	const struct trust_item *item = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	size_t lines = 0;

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		add(many, "same", (struct cert_text){ .serial = words("02:%02x", i) });
	trust_store_join(many);
	assert_false(trust_store_select(many, "same", &item, &error));
	for (const char *c = error.hint; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 13);
	assert_non_null(strstr(error.hint, "\n... and 8 more"));
	assert_string_equal(error.message, "'same' means 20 items of store 'many'");
}

static void
what_was_asked_is_shown_safely(void **state)
{
	const struct trust_item *item;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_int_equal(select_item("\x1b[31m\xe2\x80\xae", &item, &error), TRUST_INPUT_NOT_FOUND);
	assert_string_equal(error.message, "no item '\\x1b[31m\\u202e' in store '/x/y'");
	assert_non_null(strstr(error.hint, "trustctl list --store /x/y"));
}

static void
an_empty_store_has_nothing(void **state)
{
	TRUST_AUTO(trust_store) *empty = new_store("empty");
	const struct trust_item *item = NULL;
	static const uint8_t id[TRUST_SHA256_BYTES];
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	trust_store_join(empty);
	assert_false(trust_store_select(empty, "000000", &item, &error));
	assert_int_equal(error.code, TRUST_INPUT_NOT_FOUND);
	assert_null(trust_store_find(empty, id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_item_is_found_by_each_of_its_names),
		cmocka_unit_test(digits_find_by_the_beginning_of_the_identifier),
		cmocka_unit_test(digits_of_two_items_are_ambiguous_until_they_differ),
		cmocka_unit_test(an_item_that_is_stored_twice_is_one),
		cmocka_unit_test(many_candidates_are_listed_in_part),
		cmocka_unit_test(what_was_asked_is_shown_safely),
		cmocka_unit_test(an_empty_store_has_nothing),
	};

	return cmocka_run_group_tests(tests, make_store, free_store);
}
