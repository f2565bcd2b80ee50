/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_DIFFERENTIAL_H
#define TRUST_TESTS_DIFFERENTIAL_H

/* Our verdicts beside those of other programs for chains made by number. Where one of them differs,
 * tests/chains/differences.tsv must have a row that says why; a row nobody needs is a failure too,
 * in the long form. */

#include "core/verdict_internal.h"
#include "core/worker.h"
#include "tests/unit/made_chains.h"
#include "tests/unit/real_stores.h"

/* ---- explained differences ----------------------------------------------------------------- */

struct difference { /* a row of the table */
	char tool[16];
	char ours[32];  /* our reason; "none" for a yes */
	char fault[32]; /* one that the chain has; "*" for any */
	size_t used;
};
static struct difference differences[200];
static size_t difference_count;

/* Those of these tools; the others' are another test's. */
static void
read_differences(const char *const *tools, size_t tool_count)
{
	FILE *file = fopen("tests/chains/differences.tsv", "re");
	char *line = NULL;
	size_t size = 0;

	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		struct difference *row = &differences[difference_count];
		if (line[0] == '#' || difference_count == TRUST_COUNT(differences))
			continue;
		assert_int_equal(
		    sscanf(line, "%15s\t%31s\t%31s", row->tool, row->ours, row->fault), 3);
		assert_true(strlen(line) > strlen(row->tool) + strlen(row->fault) + 20);
		for (size_t i = 0; i < tool_count; i++)
			difference_count += strcmp(row->tool, tools[i]) == 0;
	}
	free(line);
	fclose(file);
}

static bool
is_explained(const char *tool, const char *reason, const char *faults)
{
	for (size_t i = 0; i < difference_count; i++) {
		struct difference *row = &differences[i];
		TRUST_AUTO_FREE char *word = trust_printf(" %s ", row->fault);
		if (strcmp(row->tool, tool) != 0 || strcmp(row->ours, reason) != 0 ||
		    (strcmp(row->fault, "*") != 0 && !strstr(faults, word)))
			continue;
		row->used++;
		return true;
	}
	return false;
}

static size_t unexplained;
static size_t chain_total;
static struct made_chain *chains;

static void
compare(const char *tool, size_t number, const struct trust_verdict *ours, bool theirs)
{
	bool yes = ours->answer == TRUST_ANSWER_TRUSTED;
	const char *reason = trust_reason_word(ours->reason);

	if (yes == theirs || is_explained(tool, reason, chains[number].faults))
		return;
	print_message("# chain %zu (%zu certificates,%s): we say %s, %s says %s\n", number,
	    chains[number].count, chains[number].faults, reason, tool, theirs ? "yes" : "no");
	unexplained++;
}

/* ---- files for others ---------------------------------------------------------------------- */

static void
write_pem(FILE *file, const char *label, struct trust_bytes der)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	fprintf(file, "-----BEGIN %s-----\n", label);
	for (size_t i = 0; i < der.size; i += 3) {
		uint32_t group = (uint32_t)der.data[i] << 16;
		group |= i + 1 < der.size ? (uint32_t)der.data[i + 1] << 8 : 0;
		group |= i + 2 < der.size ? der.data[i + 2] : 0;
		fputc(digits[group >> 18], file);
		fputc(digits[group >> 12 & 63], file);
		fputc(i + 1 < der.size ? digits[group >> 6 & 63] : '=', file);
		fputc(i + 2 < der.size ? digits[group & 63] : '=', file);
		if (i / 3 % 16 == 15 && i + 3 < der.size)
			fputc('\n', file);
	}
	fprintf(file, "\n-----END %s-----\n", label);
}

static FILE *
open_scratch(const char *name, const char *mode)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);
	FILE *file = fopen(path, mode);
	assert_non_null(file);
	return file;
}

/* `yes` has a line "N.pem: OK" for each chain that the tool trusts. */
static void
compare_all(const char *tool, const char *file, struct trust_verdict *const *ours)
{
	FILE *yes = open_scratch(file, "re");
	TRUST_AUTO_FREE bool *said = trust_alloc_array(chain_total, sizeof *said);
	char *line = NULL;
	size_t size = 0;
	size_t number = 0;

	while (getline(&line, &size, yes) > 0)
		if (sscanf(line, "%zu.pem: OK", &number) == 1 && strstr(line, ": OK") &&
		    number < chain_total)
			said[number] = true;
	free(line);
	fclose(yes);
	unexplained = 0;
	size_t count = 0;
	for (size_t i = 0; i < chain_total; i++) {
		count += said[i];
		compare(tool, i, ours[i], said[i]);
	}
	print_message("# %s trusts %zu of %zu\n", tool, count, chain_total);
	assert_true(count > chain_total / 10);
	assert_int_equal(unexplained, 0);
}

static void
every_row_of_the_table_is_needed(void **state)
{
	(void)state;
	for (size_t i = 0; getenv("TRUSTCTL_LONG") && i < difference_count; i++)
		if (differences[i].used == 0)
			fail_msg("%s %s %s explains nothing", differences[i].tool,
			    differences[i].ours, differences[i].fault);
}

/* ---- libpkix, by our worker ---------------------------------------------------------------- */

static inline struct trust_worker *
start_nss(struct trust_cert *const *roots)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *path = trust_printf("%s/nss", scratch);
	struct trust_worker *worker = NULL;
	enum trust_login login;

	shell("mkdir nss && certutil -N -d sql:nss --empty-password");
	if (!trust_worker_start(NULL, path, false, &worker, &error) ||
	    !trust_worker_login(worker, NULL, &login, &error))
		fail_msg("%s", error.message);
	for (size_t i = 0; i < MADE_ROOTS; i++) {
		struct trust_worker_trust trust = {
			.issuer = roots[i]->issuer,
			.serial = roots[i]->serial_tlv,
			.der = roots[i]->der,
			.states = trust_states_all(TRUST_TRUSTED),
		};
		if (!trust_worker_add_cert(worker, roots[i]->der, root_names[i], &error) ||
		    (i < TRUSTED_ROOTS && !trust_worker_set_trust(worker, &trust, &error)))
			fail_msg("%s", error.message);
	}
	return worker;
}

static inline void
ask_libpkix(struct trust_cert *const *roots, const char *name)
{
	TRUST_AUTO(trust_worker) *worker = start_nss(roots);
	FILE *yes = open_scratch(name, "we");

	for (size_t i = 0; i < chain_total; i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		struct trust_bytes others[MAX_CHAIN];
		char *why = NULL;
		for (size_t k = 1; k < chains[i].count; k++)
			others[k - 1] = chains[i].certs[k]->der;
		if (!trust_worker_verify(worker, chains[i].certs[0]->der, TRUST_TLS_SERVER,
			(int64_t)time(NULL), others, chains[i].count - 1, &why, &error))
			fail_msg("%zu: %s", i, error.message);
		if (!why)
			fprintf(yes, "%zu.pem: OK\n", i);
		trust_free(why);
	}
	fclose(yes);
}

#endif
