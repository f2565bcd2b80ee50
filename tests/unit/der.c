/* SPDX-License-Identifier: MPL-2.0 */
/* Reading DER strictly, BER leniently, and neither behind the end (X.690). */

#include "core/der.h"

#include "core/limits.h"
#include "tests/unit/der_text.h"

#define ZEROS_32 "0000000000000000000000000000000000000000000000000000000000000000"

static void
elements_are_read_in_their_one_encoding(void **state)
{
	static const struct {
		const char *sentence;
		const char *input;
		bool want;
		uint8_t want_tag;
		size_t want_size;
		size_t want_left;
	} rows[] = {
		{ "nothing", "", false, 0, 0, 0 },
		{ "a tag without length", "=30", false, 0, 0, 0 },
		{ "an empty sequence", "=3000", true, 0x30, 0, 0 },
		{ "a short length", "=0403010203", true, 4, 3, 0 },
		{ "one byte more than the element", "=040101ff", true, 4, 1, 1 },
		{ "one byte less than the length says", "=04030102", false, 0, 0, 0 },
		{ "a long length where a short one would do", "=048101ff", false, 0, 0, 0 },
		/* All 129 bytes are there: only the zero is wrong. */
		{ "a long length with a leading zero",
		    "=04820081" ZEROS_32 ZEROS_32 ZEROS_32 ZEROS_32 "00", false, 0, 0, 0 },
		{ "a length of no bytes, without end", "=30800000", false, 0, 0, 0 },
		{ "a length of 4 GiB", "=3084ffffffff00", false, 0, 0, 0 },
		{ "a length of five bytes", "=308501000000000000", false, 0, 0, 0 },
		{ "a length of 2^64 - 1", "=3088ffffffffffffffff00", false, 0, 0, 0 },
		{ "a length of 127 bytes that are not there", "=30ff01", false, 0, 0, 0 },
		{ "a tag of several bytes", "=1f8100", false, 0, 0, 0 },
		{ "a private tag", "=c100", true, 0xc1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_bytes input = der(rows[i].input);
		struct trust_der cursor = trust_der_init(input);
		struct trust_der_element element = { 0 };
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_der_next(&cursor, &element), rows[i].want);
		assert_int_equal(element.tag, rows[i].want_tag);
		assert_int_equal(element.content.size, rows[i].want_size);
		if (rows[i].want)
			assert_int_equal(cursor.end - cursor.at, rows[i].want_left);
		else
			assert_ptr_equal(cursor.at, input.data);
	}
}

static void
lengths_at_their_edges_are_written_and_read_again(void **state)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 70000 };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(sizes); i++) {
		TRUST_AUTO_BUFFER out;
		TRUST_AUTO_FREE uint8_t *content = trust_alloc(sizes[i]);
		struct trust_der_element element;
		trust_buffer_init(&out, 1 << 20);
		trust_der_put_octets(&out, (struct trust_bytes){ content, sizes[i] });
		struct trust_der cursor = trust_der_init(trust_buffer_bytes(&out));
		assert_true(trust_der_expect(&cursor, TRUST_DER_OCTET_STRING, &element));
		assert_int_equal(element.content.size, sizes[i]);
		assert_int_equal(element.whole.size, out.size);
		assert_true(trust_der_at_end(&cursor));
		assert_int_equal(trust_der_peek(&cursor), 0);
	}
}

static void
numbers_fit_or_are_refused(void **state)
{
	static const struct {
		const char *sentence;
		const char *input;
		bool want;
		uint64_t want_value;
	} rows[] = {
		{ "zero", "02:00", true, 0 },
		{ "one byte", "02:7f", true, 127 },
		{ "a leading zero for the sign", "02:0080", true, 128 },
		{ "eight bytes", "02:7fffffffffffffff", true, INT64_MAX },
		{ "the largest that fits", "02:00ffffffffffffffff", true, UINT64_MAX },
		{ "one too large", "02:010000000000000000", false, 0 },
		{ "ten bytes", "02:00010000000000000000", false, 0 },
		{ "negative", "02:80", false, 0 },
		{ "empty", "02:", false, 0 },
		{ "no integer", "04:01", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_bytes input = der(rows[i].input);
		struct trust_der cursor = trust_der_init(input);
		uint64_t value = 0;
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_der_next_uint(&cursor, &value), rows[i].want);
		assert_true(value == rows[i].want_value);
		assert_int_equal(trust_der_at_end(&cursor), rows[i].want);
		if (!rows[i].want)
			continue;
		TRUST_AUTO_BUFFER out;
		trust_buffer_init(&out, 64);
		trust_der_put_uint(&out, value);
		assert_true(trust_bytes_equal(trust_buffer_bytes(&out), input));
	}
}

static void
truths_and_bits_are_read(void **state)
{
	static const struct {
		const char *sentence;
		const char *input;
		int want_bool; /* -1: refused */
		int want_bits; /* their bytes, -1: refused */
	} rows[] = {
		{ "true", "01:ff", 1, -1 },
		{ "false", "01:00", 0, -1 },
		{ "a truth of two bytes", "01:0000", -1, -1 },
		{ "a truth of none", "01:", -1, -1 },
		{ "bits", "03:00abcd", -1, 2 },
		{ "no bits", "03:00", -1, 0 },
		{ "bits that are not whole bytes", "03:01aa", -1, -1 },
		{ "bits without their count", "03:", -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_der cursor = trust_der_init(der(rows[i].input));
		struct trust_bytes bits = { 0 };
		bool truth = false;
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal(trust_der_next_bool(&cursor, &truth), rows[i].want_bool >= 0);
		assert_int_equal(truth, rows[i].want_bool > 0);
		cursor = trust_der_init(der(rows[i].input));
		assert_int_equal(trust_der_next_bits(&cursor, &bits), rows[i].want_bits >= 0);
		assert_int_equal(bits.size, rows[i].want_bits > 0 ? rows[i].want_bits : 0);
	}
}

static void
entering_moves_behind_the_element_or_not_at_all(void **state)
{
	struct trust_der cursor = trust_der_init(der("30{02:05} 04:07"));
	struct trust_der inner;
	uint64_t value = 0;

	(void)state;
	assert_false(trust_der_enter(&cursor, TRUST_DER_SET, &inner));
	assert_int_equal(trust_der_peek(&cursor), 0x30);
	assert_true(trust_der_enter(&cursor, TRUST_DER_SEQUENCE, &inner));
	assert_true(trust_der_next_uint(&inner, &value) && value == 5);
	assert_true(trust_der_at_end(&inner));
	assert_int_equal(trust_der_peek(&cursor), 4);
}

/* ---- BER ----------------------------------------------------------------------------------- */

static const struct {
	const char *sentence;
	const char *input;
	const char *want; /* NULL: refused */
} ber_rows[] = {
	{ "DER stays", "30{02:01 04:aabb}", "30{02:01 04:aabb}" },
	{ "an indefinite length gets one", "=30800201010000", "30{02:01}" },
	{ "a long length becomes short", "=30840000000302 =0101", "30{02:01}" },
	{ "a length of eight bytes becomes short", "=30880000000000000003020101", "30{02:01}" },
	{ "octets in pieces are joined", "24{04:aa 04:bbcc}", "04:aabbcc" },
	{ "octets in pieces, without length", "=24800401aa0401bb0000", "04:aabb" },
	{ "octets in pieces of pieces", "24{24{04:aa 04:} 04:bb}", "04:aabb" },
	{ "octets in no pieces", "=24800000", "04:" },
	{ "bits in pieces are joined", "23{03:00aa 03:00bb}", "03:00aabb" },
	{ "the last piece says how many bits are unused", "23{03:00aa 03:04b0}", "03:04aab0" },
	{ "a piece before the last may leave no bits unused", "23{03:04a0 03:00bb}", NULL },
	{ "bits in no pieces", "=23800000", "03:00" },
	{ "a bit piece without its count", "23{03:}", NULL },
	{ "text in pieces, which are octets (X.690 section 8.23)", "2c{04'a' 04'b'}", "0c'ab'" },
	{ "text in pieces of its own kind", "2c{0c'a' 0c'b'}", "0c'ab'" },
	{ "pieces of another kind", "24{02:aa}", NULL },
	{ "implicit pieces stay: their kind is not known here", "a0{04:aa}", "a0{04:aa}" },
	{ "what follows is left alone", "30{} =ffff", "30{}" },
	{ "an end that is not there", "=3080020101", NULL },
	{ "half an end", "=308002010100", NULL },
	{ "a primitive without length", "=04800000", NULL },
	{ "an inner length too long", "=30030202ff", NULL },
	{ "a piece whose length is too long", "=240304ffaa", NULL },
	{ "a length that is not there", "=3082", NULL },
	{ "a length of 2^64", "=3089010000000000000000", NULL },
	{ "nothing", "", NULL },
};

static void
ber_becomes_der(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(ber_rows); i++) {
		TRUST_AUTO_FREE uint8_t *out = NULL;
		size_t size = 0;
		print_message("# %s\n", ber_rows[i].sentence);
		assert_int_equal(trust_der_from_ber(der(ber_rows[i].input), &out, &size),
		    ber_rows[i].want != NULL);
		if (!ber_rows[i].want)
			continue;
		struct trust_bytes want = der(ber_rows[i].want);
		assert_int_equal(size, want.size);
		assert_memory_equal(out, want.data, size);
	}
}

static void
ber_may_be_nested_as_deep_as_the_limit(void **state)
{
	for (unsigned depth = TRUST_MAX_DER_DEPTH - 2; depth < TRUST_MAX_DER_DEPTH + 3; depth++)
		for (unsigned definite = 0; definite < 2; definite++) {
			char *text = words("05:");
			for (unsigned i = 1; i < depth; i++)
				text = definite ? words("30{%s}", text)
						: words("=3080 %s =0000", text);
			TRUST_AUTO_FREE uint8_t *out = NULL;
			size_t size = 0;
			(void)state;
			assert_int_equal(trust_der_from_ber(der(text), &out, &size),
			    depth <= TRUST_MAX_DER_DEPTH);
		}
}

static void
a_million_open_brackets_are_refused_at_once(void **state)
{
	size_t size = 2000000;
	uint8_t *bytes = keep(trust_alloc(size));
	TRUST_AUTO_FREE uint8_t *out = NULL;
	size_t out_size = 0;

	(void)state;
	for (size_t i = 0; i < size; i += 2) {
		bytes[i] = i % 4 ? 0x24 : 0x30;
		bytes[i + 1] = 0x80;
	}
	assert_int_equal(trust_der_element_size((struct trust_bytes){ bytes, size }), 0);
	assert_false(trust_der_from_ber((struct trust_bytes){ bytes, size }, &out, &out_size));
}

static void
an_element_says_how_many_bytes_it_takes(void **state)
{
	(void)state;
	assert_int_equal(trust_der_element_size(der("30{02:01} =ff")), 5);
	assert_int_equal(trust_der_element_size(der("=3080 02:01 =0000ff")), 7);
	assert_int_equal(trust_der_element_size(der("=3005020101")), 0);
	assert_int_equal(trust_der_element_size((struct trust_bytes){ 0 }), 0);
}

/* Every cut and every changed byte of every row; a sanitizer says whether it went well. What
 * comes out must be DER. */
static void
damaged_ber_never_becomes_bad_der(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(ber_rows); i++) {
		struct trust_bytes input = der(ber_rows[i].input);
		for (size_t at = 0; at < input.size * 256; at++) {
			TRUST_AUTO_FREE uint8_t *copy = trust_memdup(input.data, input.size);
			TRUST_AUTO_FREE uint8_t *out = NULL;
			size_t size = 0;
			size_t cut = at % 256 ? input.size : at / 256;
			copy[at / 256] ^= (uint8_t)at;
			TRUST_AUTO_FREE uint8_t *exact = trust_memdup(copy, cut);
			if (!trust_der_from_ber((struct trust_bytes){ exact, cut }, &out, &size))
				continue;
			struct trust_der cursor = trust_der_init((struct trust_bytes){ out, size });
			struct trust_der_element element;
			assert_true(trust_der_next(&cursor, &element));
			assert_true(trust_der_at_end(&cursor));
		}
	}
}

/* ---- object identifiers -------------------------------------------------------------------- */

static void
identifiers_are_spelled_in_digits(void **state)
{
	static const struct {
		const char *sentence;
		const char *content;
		const char *want;
	} rows[] = {
		{ "the shortest", "=00", "0.0" },
		{ "the last of root 0", "=27", "0.39" },
		{ "the first of root 1", "=28", "1.0" },
		{ "the first of root 2", "=50", "2.0" },
		{ "a large second arc", "=883703", "2.999.3" },
		{ "RSA", "=2a864886f70d010101", "1.2.840.113549.1.1.1" },
		{ "the largest arc", "=2a818080808080808000", "1.2.72057594037927936" },
		{ "an arc beyond 64 bits", "=2affffffffffffffffffffff7f", "(oversized OID)" },
		{ "an arc that does not end", "=2a86", "(malformed OID)" },
		{ "only an arc that does not end", "=86", "(malformed OID)" },
		{ "nothing", "", "(malformed OID)" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_bytes content = der(rows[i].content);
		TRUST_AUTO_FREE char *text = trust_der_oid_text(content);
		uint8_t back[64];
		size_t size = 0;
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal(text, rows[i].want);
		assert_int_equal(trust_der_oid_from_text(text, back, &size), text[0] != '(');
		if (size)
			assert_true(trust_bytes_equal((struct trust_bytes){ back, size }, content));
	}
}

static void
an_identifier_of_a_thousand_arcs_is_not_printed(void **state)
{
	uint8_t bytes[2000];
	TRUST_AUTO_FREE char *text = NULL;

	(void)state;
	memset(bytes, 1, sizeof bytes);
	text = trust_der_oid_text((struct trust_bytes){ bytes, sizeof bytes });
	assert_string_equal(text, "(malformed OID)");
}

static void
text_that_is_no_identifier_is_refused(void **state)
{
#define BIG ".144115188075855872"
	static const char too_long[] = "1.2" BIG BIG BIG BIG BIG BIG BIG BIG;
	static const char *const texts[] = { "", "1", "1.", ".1", "1..2", "3.1", "0.40", "1.40",
		"1.2.x", "1.2 ", "-1.2", "1.2.99999999999999999999999", "2.288230376151711744.x",
		"1.39.1e3", too_long };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(texts); i++) {
		uint8_t content[64];
		size_t size = 7;
		TRUST_AUTO_BUFFER out;
		print_message("# %s\n", texts[i]);
		assert_false(trust_der_oid_from_text(texts[i], content, &size));
		assert_int_equal(size, 7);
		trust_buffer_init(&out, 64);
		trust_der_put_oid(&out, texts[i]);
		assert_int_equal(out.size, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_read_in_their_one_encoding),
		cmocka_unit_test(lengths_at_their_edges_are_written_and_read_again),
		cmocka_unit_test(numbers_fit_or_are_refused),
		cmocka_unit_test(truths_and_bits_are_read),
		cmocka_unit_test(entering_moves_behind_the_element_or_not_at_all),
		cmocka_unit_test(ber_becomes_der),
		cmocka_unit_test(ber_may_be_nested_as_deep_as_the_limit),
		cmocka_unit_test(a_million_open_brackets_are_refused_at_once),
		cmocka_unit_test(an_element_says_how_many_bytes_it_takes),
		cmocka_unit_test(damaged_ber_never_becomes_bad_der),
		cmocka_unit_test(identifiers_are_spelled_in_digits),
		cmocka_unit_test(an_identifier_of_a_thousand_arcs_is_not_printed),
		cmocka_unit_test(text_that_is_no_identifier_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, free_made);
}
