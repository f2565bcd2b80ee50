/* SPDX-License-Identifier: MPL-2.0 */
/* What a terminal sees of text from outside. */

#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/der.h"

#define BYTES(text) text, sizeof text - 1

static const struct {
	const char *sentence;
	const char *input;
	size_t size;
	const char *want; /* NULL: the input itself */
	size_t want_width;
} rows[] = {
	{ "nothing", BYTES(""), NULL, 0 },
	{ "ASCII stays", BYTES("a ~!"), NULL, 4 },
	{ "an umlaut stays",
	    BYTES("b\xc3\xbc"
		  "cher"),
	    NULL, 6 },
	{ "wide letters take two columns", BYTES("\xe4\xbe\x8b\xe3\x81\x82"), NULL, 4 },
	{ "an accent of its own takes none", BYTES("e\xcc\x81"), NULL, 1 },
	{ "an emoji takes two", BYTES("\xf0\x9f\x94\x92"), NULL, 2 },
	{ "a backslash stays as it is", BYTES("\\x1b"), NULL, 4 },
	{ "escape", BYTES("\x1b[31m"), "\\x1b[31m", 8 },
	{ "the eight-bit escape",
	    BYTES("\xc2\x9b"
		  "31m"),
	    "\\u009b31m", 9 },
	{ "a line feed", BYTES("a\nb"), "a\\x0ab", 6 },
	{ "a tab", BYTES("\t"), "\\x09", 4 },
	{ "delete", BYTES("\x7f"), "\\x7f", 4 },
	{ "NUL in the middle", BYTES("a\0b"), "a\\x00b", 6 },
	{ "right-to-left override",
	    BYTES("\xe2\x80\xae"
		  "moc"),
	    "\\u202emoc", 9 },
	{ "left-to-right isolate", BYTES("\xe2\x81\xa6"), "\\u2066", 6 },
	{ "zero-width space", BYTES("\xe2\x80\x8b"), "\\u200b", 6 },
	{ "zero-width joiner", BYTES("\xe2\x80\x8d"), "\\u200d", 6 },
	{ "byte order mark", BYTES("\xef\xbb\xbf"), "\\ufeff", 6 },
	{ "soft hyphen", BYTES("\xc2\xad"), "\\u00ad", 6 },
	{ "line separator", BYTES("\xe2\x80\xa8"), "\\u2028", 6 },
	{ "paragraph separator", BYTES("\xe2\x80\xa9"), "\\u2029", 6 },
	{ "a tag character", BYTES("\xf3\xa0\x81\x81"), "\\U000e0041", 10 },
	{ "a letter that draws nothing (Hangul filler)", BYTES("\xe3\x85\xa4"), "\\u3164", 6 },
	{ "a mark that draws nothing (grapheme joiner)", BYTES("\xcd\x8f"), "\\u034f", 6 },
	{ "a variation selector", BYTES("\xef\xb8\x8f"), "\\ufe0f", 6 },
	{ "a private letter", BYTES("\xee\x80\x80"), "\\ue000", 6 },
	{ "an unassigned one", BYTES("\xcd\xb8"), "\\u0378", 6 },
	{ "no character", BYTES("\xef\xbf\xbf"), "\\uffff", 6 },
	{ "the replacement character stays", BYTES("\xef\xbf\xbd"), NULL, 1 },
	{ "a lone continuation byte", BYTES("\x80"), "\\x80", 4 },
	{ "a sequence cut off", BYTES("\xe2\x82"), "\\xe2\\x82", 8 },
	{ "a sequence interrupted", BYTES("\xe2\x82z"), "\\xe2\\x82z", 9 },
	{ "an overlong NUL", BYTES("\xc0\x80"), "\\xc0\\x80", 8 },
	{ "an overlong slash", BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf", 12 },
	{ "a surrogate", BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80", 12 },
	{ "beyond Unicode", BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80", 16 },
	{ "bytes no UTF-8 has", BYTES("\xff\xfe"), "\\xff\\xfe", 8 },
};

static void
only_what_draws_itself_is_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		/* An exact copy, so that a read behind it is noticed. */
		TRUST_AUTO_FREE char *input = trust_memdup(rows[i].input, rows[i].size);
		TRUST_AUTO_FREE char *shown = trust_text_display(input, rows[i].size);
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal(shown, rows[i].want ? rows[i].want : rows[i].input);
		assert_int_equal(trust_text_is_plain(input, rows[i].size), rows[i].want == NULL);
		assert_int_equal(trust_text_width(shown), rows[i].want_width);
	}
}

static void
what_is_shown_is_plain_whatever_the_bytes(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t bytes[12];
		for (size_t i = 0; i < sizeof bytes; i++) {
			random = random * 1664525 + 1013904223;
			/* Mostly bytes that begin or continue sequences. */
			bytes[i] = (uint8_t)(random >> 24 | (random & 0x10000 ? 0x80 : 0));
		}
		TRUST_AUTO_FREE char *shown = trust_text_display(bytes, sizeof bytes);
		assert_true(trust_text_is_plain(shown, strlen(shown)));
		TRUST_AUTO_FREE char *again = trust_text_display_string(shown);
		assert_string_equal(again, shown);
	}
}

static void
what_does_not_fit_is_cut_by_columns_and_marked(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *want;
	} cuts[] = {
		{ "abcdef", 6, "abcdef" },
		{ "abcdef", 5, "abcd\u2026" },
		{ "abcdef", 1, "\u2026" },
		{ "\u6f22\u5b57\u6f22", 4, "\u6f22\u2026" },
		{ "a\u0301bcdef", 4, "a\u0301bc\u2026" },
		{ "", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(cuts); i++) {
		TRUST_AUTO_FREE char *cut = trust_text_cut(cuts[i].text, cuts[i].columns, "\u2026");
		assert_string_equal(cut, cuts[i].want);
	}
}
static void
ascii_has_signs_by_likeness_and_letters_by_number(void **state)
{
	TRUST_AUTO_FREE char *ascii = trust_text_ascii("\u2514\u2500 B\u00fcro\u2026 \U0001f511\n");

	(void)state;
	assert_string_equal(ascii, "`- B\\u00fcro... \\U0001f511\n");
}
static void
no_text_is_shown_as_none(void **state)
{
	(void)state;
	assert_null(trust_text_display_string(NULL));
}

static void
strings_of_certificates_become_utf8(void **state)
{
	static const struct {
		const char *sentence;
		uint8_t tag;
		const char *input;
		size_t size;
		const char *want;
		size_t want_size;
	} strings[] = {
		{ "UTF-8", TRUST_DER_UTF8_STRING, BYTES("\xc3\xbc"), BYTES("\xc3\xbc") },
		{ "Latin-1 called UTF-8", TRUST_DER_UTF8_STRING, BYTES("\xfcx"),
		    BYTES("\xef\xbf\xbdx") },
		{ "UTF-8 called printable", TRUST_DER_PRINTABLE_STRING, BYTES("\xc3\xbc"),
		    BYTES("\xc3\xbc") },
		{ "a NUL stays", TRUST_DER_IA5_STRING, BYTES("a\0b"), BYTES("a\0b") },
		{ "T61 is Latin-1", TRUST_DER_T61_STRING, BYTES("\xfc"), BYTES("\xc3\xbc") },
		{ "BMP", TRUST_DER_BMP_STRING, BYTES("\0a\x20\xac"), BYTES("a\xe2\x82\xac") },
		{ "BMP with a pair of surrogates", TRUST_DER_BMP_STRING, BYTES("\xd8\x3d\xdd\x12"),
		    BYTES("\xf0\x9f\x94\x92") },
		{ "BMP with half a pair", TRUST_DER_BMP_STRING, BYTES("\xd8\x3d\0a"),
		    BYTES("\xef\xbf\xbd"
			  "a") },
		{ "BMP that ends in half a pair", TRUST_DER_BMP_STRING, BYTES("\xd8\x3d"),
		    BYTES("\xef\xbf\xbd") },
		{ "BMP with the second half alone", TRUST_DER_BMP_STRING, BYTES("\xdd\x12"),
		    BYTES("\xef\xbf\xbd") },
		{ "BMP of an odd size", TRUST_DER_BMP_STRING, BYTES("\0a\0"),
		    BYTES("a\xef\xbf\xbd") },
		{ "universal", TRUST_DER_UNIVERSAL_STRING, BYTES("\0\0\0a\0\1\xf5\x12"),
		    BYTES("a\xf0\x9f\x94\x92") },
		{ "universal beyond Unicode", TRUST_DER_UNIVERSAL_STRING, BYTES("\xff\0\0a"),
		    BYTES("\xef\xbf\xbd") },
		{ "universal of an odd size", TRUST_DER_UNIVERSAL_STRING, BYTES("\0\0\0a\0\0"),
		    BYTES("a\xef\xbf\xbd") },
		{ "nothing", TRUST_DER_BMP_STRING, BYTES(""), BYTES("") },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(strings); i++) {
		TRUST_AUTO_FREE uint8_t *input = trust_memdup(strings[i].input, strings[i].size);
		size_t size = 99;
		TRUST_AUTO_FREE char *text = trust_text_from_asn1(
		    strings[i].tag, (struct trust_bytes){ input, strings[i].size }, &size);
		print_message("# %s\n", strings[i].sentence);
		assert_int_equal(size, strings[i].want_size);
		assert_memory_equal(text, strings[i].want, size);
		assert_int_equal(text[size], '\0');
	}
}

static void
words_are_as_far_apart_as_they_have_typing_mistakes(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		unsigned want;
	} pairs[] = {
		{ "", "", 0 },
		{ "list", "list", 0 },
		{ "lst", "list", 1 },
		{ "lisst", "list", 1 },
		{ "lost", "list", 1 },
		{ "", "abc", 3 },
		{ "abc", "", 3 },
		{ "kitten", "sitting", 3 },
		{ "improt", "import", 2 },
	};
	TRUST_AUTO_FREE char *longer = trust_alloc(65);

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(pairs); i++) {
		print_message("# %s and %s\n", pairs[i].a, pairs[i].b);
		assert_int_equal(trust_text_distance(pairs[i].a, pairs[i].b), pairs[i].want);
		assert_int_equal(trust_text_distance(pairs[i].b, pairs[i].a), pairs[i].want);
	}
	memset(longer, 'a', 63);
	assert_int_equal(trust_text_distance(longer, "a"), 62);
	longer[63] = 'a';
	assert_int_equal(trust_text_distance(longer, "a"), UINT32_MAX);
	assert_int_equal(trust_text_distance("a", longer), UINT32_MAX);
}

static void
words_of_commands_are_read_back_by_a_shell(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} words[] = {
		{ "/home/a/b_c-1.pem", "/home/a/b_c-1.pem" },
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "it's \"two\" $x", "'it'\\''s \"two\" $x'" },
		{ "Z\303\274rich", "'Z\303\274rich'" },
		{ "a\tb", "$'a\\011b'" },
		{ "a\342\200\256'\\7", "$'a\\342\\200\\256\\047\\1347'" },
		{ "\3771", "$'\\3771'" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(words); i++) {
		TRUST_AUTO_FREE char *word = trust_shell_word(words[i].text);
		assert_string_equal(word, words[i].want);
		assert_true(trust_text_is_plain(word, strlen(word)));
	}
	trust_shell_words_in_ascii(true);
	TRUST_AUTO_FREE char *ascii = trust_shell_word("Z\303\274rich");
	TRUST_AUTO_FREE char *plain = trust_shell_word("a b");
	trust_shell_words_in_ascii(false);
	assert_string_equal(ascii, "$'Z\\303\\274rich'");
	assert_string_equal(plain, "'a b'");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_draws_itself_is_shown),
		cmocka_unit_test(what_is_shown_is_plain_whatever_the_bytes),
		cmocka_unit_test(what_does_not_fit_is_cut_by_columns_and_marked),
		cmocka_unit_test(ascii_has_signs_by_likeness_and_letters_by_number),
		cmocka_unit_test(no_text_is_shown_as_none),
		cmocka_unit_test(strings_of_certificates_become_utf8),
		cmocka_unit_test(words_of_commands_are_read_back_by_a_shell),
		cmocka_unit_test(words_are_as_far_apart_as_they_have_typing_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
