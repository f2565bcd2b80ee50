/* SPDX-License-Identifier: MPL-2.0 */
/* Errors: every code has its name, and what an error holds is its own. */

#include "core/error.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	enum trust_code code;
	const char *identifier;
} codes[] = {
#define X(name, status, sentence) { TRUST_##name, #name },
	TRUST_CODES(X)
#undef X
};

static void
every_code_has_a_name_of_its_own_in_small_letters(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(codes); i++) {
		const char *name = trust_code_name(codes[i].code);
		print_message("# %s\n", name);
		assert_int_equal(codes[i].code, i);
		assert_int_equal(strlen(name), strlen(codes[i].identifier)); /* not cut short */
		for (const char *c = name; *c; c++)
			assert_true(islower((unsigned char)*c) || *c == '-');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(name, trust_code_name(codes[j].code));
	}
	assert_string_equal(trust_code_name(TRUST_STORE_PASSWORD_NEWER), "store-password-newer");
}

static void
every_code_has_the_exit_status_of_its_category(void **state)
{
	static const struct {
		const char *prefix;
		int want;
	} categories[] = { { "ok", 0 }, { "answer", 1 }, { "usage", 2 }, { "input", 3 },
		{ "output", 3 }, { "store", 4 }, { "refused", 5 }, { "partial", 6 },
		{ "no-library", 70 }, { "bug", 70 } };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(codes); i++) {
		const char *name = trust_code_name(codes[i].code);
		int want = -1;
		for (size_t j = 0; j < TRUST_COUNT(categories); j++)
			if (strncmp(name, categories[j].prefix, strlen(categories[j].prefix)) == 0)
				want = categories[j].want;
		print_message("# %s\n", name);
		assert_int_equal(trust_code_exit_status(codes[i].code), want);
	}
}

static void
a_failure_is_false_and_has_four_parts(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_false(trust_fail(&error, TRUST_USAGE, "subject", "no %s", "way"));
	assert_false(trust_hint(&error, "try %d", 1));
	assert_false(trust_hint(&error, "try %d", 2)); /* replaces */
	assert_false(trust_error_prefix(&error, "here: "));
	assert_int_equal(error.code, TRUST_USAGE);
	assert_string_equal(error.subject, "subject");
	assert_string_equal(error.message, "here: no way");
	assert_string_equal(error.hint, "try 2");
}

static void
a_new_failure_replaces_all_of_the_old(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	trust_fail(&error, TRUST_USAGE, "subject", "first");
	trust_hint(&error, "a hint for the first");
	/* Its own words may go into the new ones. */
	trust_fail(&error, TRUST_OUTPUT, error.subject, "second after %s", error.message);
	assert_int_equal(error.code, TRUST_OUTPUT);
	assert_string_equal(error.subject, "subject");
	assert_string_equal(error.message, "second after first");
	assert_null(error.hint);
	trust_fail(&error, TRUST_OUTPUT, NULL, "third");
	assert_null(error.subject);
}

static void
the_system_says_why(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_false(
	    trust_fail_errno(&error, TRUST_INPUT_OPEN, ENOENT, "x", "cannot open '%s'", "x"));
	assert_string_equal(error.message, "cannot open 'x': no such file or directory");
	assert_string_equal(error.subject, "x");
}

static void
words_before_no_message_are_the_message(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_false(trust_error_prefix(&error, "alone"));
	assert_string_equal(error.message, "alone");
}

static void
moving_leaves_an_empty_error(void **state)
{
	TRUST_AUTO_ERROR from = TRUST_ERROR_INIT;
	TRUST_AUTO_ERROR to = TRUST_ERROR_INIT;

	(void)state;
	trust_fail(&to, TRUST_BUG, "old", "old");
	trust_fail(&from, TRUST_STORE_FULL, NULL, "full");
	trust_error_move(&to, &from);
	assert_int_equal(to.code, TRUST_STORE_FULL);
	assert_string_equal(to.message, "full");
	assert_null(to.subject);
	assert_int_equal(from.code, TRUST_OK);
	assert_null(from.message);
	trust_error_clear(&to);
	trust_error_clear(&to);
	assert_int_equal(to.code, TRUST_OK);
	assert_null(to.message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_of_its_own_in_small_letters),
		cmocka_unit_test(every_code_has_the_exit_status_of_its_category),
		cmocka_unit_test(a_failure_is_false_and_has_four_parts),
		cmocka_unit_test(a_new_failure_replaces_all_of_the_old),
		cmocka_unit_test(the_system_says_why),
		cmocka_unit_test(words_before_no_message_are_the_message),
		cmocka_unit_test(moving_leaves_an_empty_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
