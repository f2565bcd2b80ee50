/* SPDX-License-Identifier: MPL-2.0 */
/* Trust in words, numbers and letters. The rows of numbers are those certutil 3.87 stores; the
 * letters are those `certutil -L` prints for them. */

#include "core/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define U TRUST_UNDECIDED
#define C TRUST_TRUSTED
#define N TRUST_NOT_ANCHOR
#define D TRUST_DISTRUSTED
#define P TRUST_PEER

struct row {
	const char *sentence;
	struct trust_states states; /* server, client, email, code signing */
	const char *want_letters;
	const char *want_words;
	uint8_t want_legacy[TRUST_USAGES]; /* the low byte of 0xCE5343xx */
	uint8_t want_modern[TRUST_USAGES];
};

static const struct row rows[] = {
	{ "full trust", { { C, C, C, C } }, "CT,C,C", "full trust", { 0x52, 0x52, 0x52, 0x52 },
	    { 2, 2, 2, 2 } },
	{ "servers only", { { C, N, N, N } }, "C,,", "tls-server", { 0x52, 0x5b, 0x53, 0x53 },
	    { 2, 4, 4, 4 } },
	{ "servers only, the rest undecided", { { C, U, U, U } }, "C,,", "tls-server",
	    { 0x52, 0x5b, 0x53, 0x53 }, { 2, 4, 4, 4 } },
	{ "clients only", { { N, C, N, N } }, "T,,", "tls-client", { 0x5b, 0x52, 0x53, 0x53 },
	    { 4, 2, 4, 4 } },
	{ "no anchor", { { N, N, N, N } }, ",,", "not-an-anchor", { 0x53, 0x53, 0x53, 0x53 },
	    { 4, 4, 4, 4 } },
	{ "a TLS peer", { { P, P, N, N } }, "P,,", "peer: tls-server, tls-client",
	    { 0x51, 0x51, 0x53, 0x53 }, { 1, 1, 4, 4 } },
	{ "a peer for everything", { { P, P, P, P } }, "P,P,P", "peer", { 0x51, 0x51, 0x51, 0x51 },
	    { 1, 1, 1, 1 } },
	{ "distrusted for TLS", { { D, D, N, N } }, "p,,", "distrusted: tls-server, tls-client",
	    { 0x5a, 0x5a, 0x53, 0x53 }, { 3, 3, 4, 4 } },
	{ "distrusted", { { D, D, D, D } }, "p,p,p", "distrusted", { 0x5a, 0x5a, 0x5a, 0x5a },
	    { 3, 3, 3, 3 } },
	{ "e-mail trusted, code signing distrusted", { { N, N, C, D } }, ",C,p",
	    "email; distrusted: code-signing", { 0x53, 0x53, 0x52, 0x5a }, { 4, 4, 2, 3 } },
	{ "e-mail distrusted, code signing trusted", { { N, N, D, C } }, ",p,C",
	    "code-signing; distrusted: email", { 0x53, 0x53, 0x5a, 0x52 }, { 4, 4, 3, 2 } },
	{ "an e-mail peer", { { N, N, P, N } }, ",P,", "peer: email", { 0x53, 0x53, 0x51, 0x53 },
	    { 4, 4, 1, 4 } },
	{ "an anchor and a peer, as certutil's CP", { { C, P, N, N } }, "CP,,",
	    "tls-server; peer: tls-client", { 0x52, 0x51, 0x53, 0x53 }, { 2, 1, 4, 4 } },
	{ "an anchor and distrusted, as certutil's Cp", { { C, D, N, N } }, "pC,,",
	    "tls-server; distrusted: tls-client", { 0x52, 0x5a, 0x53, 0x53 }, { 2, 3, 4, 4 } },
	{ "distrusted and an anchor, as certutil's Tp", { { D, C, N, N } }, "pT,,",
	    "tls-client; distrusted: tls-server", { 0x5a, 0x52, 0x53, 0x53 }, { 3, 2, 4, 4 } },
};

static void
letters_and_words_are_those_of_certutil_and_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *letters = trust_states_letters(rows[i].states);
		TRUST_AUTO_FREE char *words = trust_states_words(rows[i].states);
		print_message("# %s\n", rows[i].sentence);
		assert_string_equal(letters, rows[i].want_letters);
		assert_string_equal(words, rows[i].want_words);
	}
}

static void
stored_numbers_are_those_certutil_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		for (enum trust_usage usage = 0; usage < TRUST_USAGES; usage++) {
			print_message("# %s, %s\n", rows[i].sentence, trust_usage_word(usage));
			assert_int_equal(trust_state_to_legacy(rows[i].states, usage),
			    0xce534300 | rows[i].want_legacy[usage]);
		}
}

static void
what_is_stored_reads_back_as_the_same_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		for (enum trust_usage usage = 0; usage < TRUST_USAGES; usage++) {
			enum trust_state want = rows[i].states.of[usage];
			uint32_t legacy = trust_state_to_legacy(rows[i].states, usage);
			assert_int_equal(
			    trust_state_from_stored(TRUST_LEGACY, legacy), want == U ? N : want);
			assert_int_equal(
			    trust_state_from_stored(TRUST_MODERN, rows[i].want_modern[usage]),
			    want == U ? N : want);
		}
}

static void
unknown_numbers_are_undecided(void **state)
{
	static const uint32_t legacy[] = { 0, 0xce534350, 0xce534354, 0xce53435c, 0x52,
		0xffffffff };
	static const uint32_t modern[] = { 0, 5, 0xce534352, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(legacy); i++)
		assert_int_equal(trust_state_from_stored(TRUST_LEGACY, legacy[i]), U);
	for (size_t i = 0; i < TRUST_COUNT(modern); i++)
		assert_int_equal(trust_state_from_stored(TRUST_MODERN, modern[i]), U);
}

static void
attribute_types_are_those_of_the_columns(void **state)
{
	(void)state;
	assert_int_equal(trust_usage_attribute(TRUST_LEGACY, TRUST_TLS_SERVER), 0xce536358);
	assert_int_equal(trust_usage_attribute(TRUST_LEGACY, TRUST_TLS_CLIENT), 0xce536359);
	assert_int_equal(trust_usage_attribute(TRUST_LEGACY, TRUST_CODE_SIGNING), 0xce53635a);
	assert_int_equal(trust_usage_attribute(TRUST_LEGACY, TRUST_EMAIL), 0xce53635b);
	assert_int_equal(trust_usage_attribute(TRUST_MODERN, TRUST_TLS_SERVER), 0x62c);
	assert_int_equal(trust_usage_attribute(TRUST_MODERN, TRUST_TLS_CLIENT), 0x62d);
	assert_int_equal(trust_usage_attribute(TRUST_MODERN, TRUST_CODE_SIGNING), 0x62e);
	assert_int_equal(trust_usage_attribute(TRUST_MODERN, TRUST_EMAIL), 0x62f);
}

static void
words_parse_back_and_others_are_refused(void **state)
{
	enum trust_usage usage = TRUST_EMAIL;
	enum trust_state trust = D;

	(void)state;
	for (enum trust_usage want = 0; want < TRUST_USAGES; want++) {
		assert_true(trust_usage_parse(trust_usage_word(want), &usage));
		assert_int_equal(usage, want);
	}
	for (enum trust_state want = U; want <= P; want++) {
		assert_true(trust_state_parse(trust_state_word(want), &trust));
		assert_int_equal(trust, want);
	}
	assert_false(trust_usage_parse("tls", &usage));
	assert_false(trust_usage_parse("", &usage));
	assert_false(trust_state_parse("Trusted", &trust));
	assert_string_equal(trust_seal_word(TRUST_SEAL_TAMPERED), "tampered");
}

/* Is what `is` grants for one usage no more than what was asked for? */
static bool
grants_no_more(enum trust_state is, enum trust_state asked)
{
	return is == N || is == D || is == asked;
}

static void
the_nearest_reachable_states_are_reachable_and_grant_no_more(void **state)
{
	(void)state;
	for (unsigned all = 0; all < 25; all++) {
		struct trust_states asked = { { all % 5, all / 5, U, C } };
		struct trust_states nearest = asked;
		struct trust_states again = asked;
		bool reachable = trust_states_reachable(asked, &nearest);
		assert_true(trust_states_reachable(nearest, &again));
		assert_true(trust_states_equal(nearest, again));
		for (int usage = 0; usage < TRUST_USAGES; usage++) {
			assert_true(grants_no_more(nearest.of[usage], asked.of[usage]));
			if (asked.of[usage] == D) /* a distrust is never dropped */
				assert_int_equal(nearest.of[usage], D);
			if (reachable && asked.of[usage] != U)
				assert_int_equal(nearest.of[usage], asked.of[usage]);
		}
	}
}

static void
a_peer_beside_an_anchor_leaves_the_anchor(void **state)
{
	struct trust_states nearest = { 0 };

	(void)state;
	assert_false(trust_states_reachable((struct trust_states){ { C, P, N, N } }, &nearest));
	assert_true(trust_states_equal(nearest, (struct trust_states){ { C, N, N, N } }));
}

static void
widening_is_a_new_grant_or_a_lifted_distrust(void **state)
{
	static const struct {
		enum trust_state before;
		enum trust_state after;
		bool want;
	} steps[] = {
		{ U, C, true },
		{ N, C, true },
		{ N, P, true },
		{ P, C, true },
		{ D, U, true },
		{ D, N, true },
		{ D, C, true },
		{ C, P, false },
		{ C, C, false },
		{ C, N, false },
		{ C, D, false },
		{ U, N, false },
		{ U, D, false },
		{ D, D, false },
		{ P, P, false },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(steps); i++)
		assert_int_equal(
		    trust_states_widen((struct trust_states){ { N, N, steps[i].before, N } },
			(struct trust_states){ { N, N, steps[i].after, N } }),
		    steps[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_and_words_are_those_of_certutil_and_ours),
		cmocka_unit_test(stored_numbers_are_those_certutil_writes),
		cmocka_unit_test(what_is_stored_reads_back_as_the_same_state),
		cmocka_unit_test(unknown_numbers_are_undecided),
		cmocka_unit_test(attribute_types_are_those_of_the_columns),
		cmocka_unit_test(words_parse_back_and_others_are_refused),
		cmocka_unit_test(the_nearest_reachable_states_are_reachable_and_grant_no_more),
		cmocka_unit_test(a_peer_beside_an_anchor_leaves_the_anchor),
		cmocka_unit_test(widening_is_a_new_grant_or_a_lifted_distrust),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
