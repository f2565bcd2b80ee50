/* SPDX-License-Identifier: MPL-2.0 */
/*
 * NIST's Public Key Interoperability Test Suite, every case of tests/conformance/pkits.tsv, with
 * revocation demanded and weak algorithms let pass, as the suite wants it. A case that is answered
 * otherwise must be a row of `misses`, with its reason; a false yes is never one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/error.h"
#include "core/verdict_internal.h"

#define DATA "/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data/"
#define MAX_FILES 32

/* Answered otherwise on purpose; doc/verdicts.md says why. */
static const char *const misses[] = { NULL };

enum field {
	FIELD_CASE,
	FIELD_ANCHORS,
	FIELD_OTHERS,
	FIELD_LISTS,
	FIELD_LEAF,
	FIELD_AT,
	FIELD_POLICIES,
	FIELD_FLAGS,
	FIELD_WANT,
	FIELD_NAME,
	FIELDS,
};

struct pkits_case {
	char *text; /* owned; the fields are views */
	char *fields[FIELDS];
	char *name; /* owned */
};

static struct pkits_case cases[300];
static size_t case_count;

/* ---- reading ------------------------------------------------------------------------------- */

static FILE *
open_table(void)
{
	char exe[4096] = "";
	FILE *file = fopen("tests/conformance/pkits.tsv", "re");

	if (file || readlink("/proc/self/exe", exe, sizeof exe - 1) <= 0)
		return file;
	for (char *slash = strrchr(exe, '/'); slash && !file; slash = strrchr(exe, '/')) {
		*slash = '\0';
		TRUST_AUTO_FREE char *path = trust_printf("%s/tests/conformance/pkits.tsv", exe);
		file = fopen(path, "re");
	}
	return file;
}

static void
read_table(void)
{
	FILE *file = open_table();
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || case_count == TRUST_COUNT(cases))
			continue;
		struct pkits_case *test = &cases[case_count++];
		test->text = trust_strdup(line);
		char *rest = test->text;
		for (int i = 0; i < FIELDS; i++)
			test->fields[i] = strsep(&rest, "\t");
		test->name =
		    trust_printf("%s %s", test->fields[FIELD_CASE], test->fields[FIELD_NAME]);
	}
	free(line);
	if (file)
		fclose(file);
}

static struct trust_bytes
read_data(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf(DATA "%s", name);
	static uint8_t buffer[65536];
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	size_t size = fread(buffer, 1, sizeof buffer, file);
	fclose(file);
	return (struct trust_bytes){ buffer, size };
}

static struct trust_cert *
read_cert(const char *name)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;

	if (!trust_cert_decode(read_data(name), &cert, &error))
		print_message("# %s: %s\n", name, error.message);
	return cert;
}

static struct trust_crl *
read_list(const char *name)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_crl *crl = NULL;

	if (!trust_crl_decode(read_data(name), &crl, &error))
		print_message("# %s: %s\n", name, error.message);
	return crl;
}

/* The names of a field; "-" is none. */
static size_t
split(const char *field, char **ret_copy, char *names[MAX_FILES])
{
	size_t count = 0;
	char *rest = *ret_copy = trust_strdup(field);

	for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ","))
		if (strcmp(name, "-") != 0 && count < MAX_FILES)
			names[count++] = name;
	return count;
}

/* ---- asking -------------------------------------------------------------------------------- */

struct setting {
	struct trust_court_entry entries[MAX_FILES];
	size_t entry_count;
	struct trust_cert *others[MAX_FILES];
	size_t other_count;
	struct trust_crl *lists[MAX_FILES];
	size_t list_count;
	struct trust_cert *leaf;
};

static void
read_setting(const struct pkits_case *test, struct setting *setting)
{
	char *names[MAX_FILES];
	TRUST_AUTO_FREE char *anchors = NULL;
	TRUST_AUTO_FREE char *others = NULL;
	TRUST_AUTO_FREE char *lists = NULL;

	*setting = (struct setting){ .leaf = read_cert(test->fields[FIELD_LEAF]) };
	size_t count = split(test->fields[FIELD_ANCHORS], &anchors, names);
	for (size_t i = 0; i < count; i++)
		if ((setting->entries[setting->entry_count].cert = read_cert(names[i])))
			setting->entries[setting->entry_count++].states =
			    trust_states_all(TRUST_TRUSTED);
	count = split(test->fields[FIELD_OTHERS], &others, names);
	for (size_t i = 0; i < count; i++)
		if ((setting->others[setting->other_count] = read_cert(names[i])))
			setting->other_count++;
	count = split(test->fields[FIELD_LISTS], &lists, names);
	for (size_t i = 0; i < count; i++)
		if ((setting->lists[setting->list_count] = read_list(names[i])))
			setting->list_count++;
}

static void
free_setting(struct setting *setting)
{
	for (size_t i = 0; i < setting->entry_count; i++)
		trust_cert_free((struct trust_cert *)(uintptr_t)setting->entries[i].cert);
	for (size_t i = 0; i < setting->other_count; i++)
		trust_cert_free(setting->others[i]);
	for (size_t i = 0; i < setting->list_count; i++)
		trust_crl_free(setting->lists[i]);
	trust_cert_free(setting->leaf);
}

static bool
is_accepted(const struct pkits_case *test, const struct setting *setting)
{
	char *policies[MAX_FILES];
	TRUST_AUTO_FREE char *copy = NULL;
	const char *flags = test->fields[FIELD_FLAGS];
	const char *at = test->fields[FIELD_AT];
	struct trust_question question = {
		.cert = setting->leaf,
		.usage = TRUST_EMAIL,
		.others = (const struct trust_cert *const *)setting->others,
		.other_count = setting->other_count,
		.crls = (const struct trust_crl *const *)setting->lists,
		.crl_count = setting->list_count,
		.require_revocation = true,
		.allow_weak = true,
		.policies = {
		    .policies = (const char *const *)policies,
		    .count = split(test->fields[FIELD_POLICIES], &copy, policies),
		    .explicit_policy = strchr(flags, 'E') != NULL,
		    .inhibit_mapping = strchr(flags, 'M') != NULL,
		    .inhibit_any = strchr(flags, 'A') != NULL,
		},
	};

	if (!setting->leaf)
		return false;
	TRUST_AUTO_FREE char *time = trust_printf(
	    "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", at, at + 4, at + 6, at + 8, at + 10, at + 12);
	assert_true(trust_time_parse(time, &question.at));
	TRUST_AUTO(trust_court) *court = trust_court_from(setting->entries, setting->entry_count);
	TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
	print_message("# %s\n", verdict->sentence);
	return verdict->answer == TRUST_ANSWER_TRUSTED;
}

static bool
is_known_miss(const struct pkits_case *test)
{
	for (size_t i = 0; i < TRUST_COUNT(misses); i++)
		if (misses[i] && strcmp(misses[i], test->fields[FIELD_CASE]) == 0)
			return true;
	return false;
}

static void
run_case(void **state)
{
	const struct pkits_case *test = *state;
	struct setting setting;
	bool want = strcmp(test->fields[FIELD_WANT], "accept") == 0;

	read_setting(test, &setting);
	bool yes = is_accepted(test, &setting);
	free_setting(&setting);
	if (yes && !want)
		fail_msg("a false yes");
	if (yes != want && !is_known_miss(test))
		fail_msg("a false no");
	if (yes == want && is_known_miss(test))
		fail_msg("right now, and still a row of the misses");
}

static void
all_cases_are_there(void **state)
{
	(void)state;
	assert_int_equal(case_count, 249);
}

int
main(void)
{
	if (access(DATA "certs", R_OK) != 0) {
		printf("1..0 # SKIP python3-cryptography-vectors is not installed\n");
		return 0;
	}
	read_table();
	struct CMUnitTest *tests = trust_alloc_array(case_count + 1, sizeof *tests);
	for (size_t i = 0; i < case_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = run_case, .initial_state = &cases[i]
		};
	tests[case_count] = (struct CMUnitTest)cmocka_unit_test(all_cases_are_there);
	int failed = _cmocka_run_group_tests("pkits", tests, case_count + 1, NULL, NULL);
	for (size_t i = 0; i < case_count; i++) {
		trust_free(cases[i].text);
		trust_free(cases[i].name);
	}
	trust_free(tests);
	return failed != 0;
}
