/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Our verdicts beside those of `openssl verify`, `certtool --verify` (GnuTLS) and libpkix (our
 * worker) for chains made by number: 300 of them, 2,000 with TRUSTCTL_LONG. Where one of them
 * differs, tests/chains/differences.tsv must have a row that says why; a row nobody needs is a
 * failure too, in the long form.
 */

#include "core/verdict_internal.h"
#include "core/worker.h"
#include "tests/unit/made_chains.h"
#include "tests/unit/real_stores.h"

static size_t chain_total;
static struct made_chain *chains;
static struct trust_cert *roots[MADE_ROOTS];
static struct trust_verdict **ours; /* borrow from the court */
static struct trust_court *court;
static struct trust_time now;

/* ---- explained differences ----------------------------------------------------------------- */

struct difference { /* a row of the table */
	char tool[16];
	char ours[32];  /* our reason; "none" for a yes */
	char fault[32]; /* one that the chain has; "*" for any */
	size_t used;
};
static struct difference differences[200];
static size_t difference_count;

static void
read_differences(void)
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
		difference_count++;
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

static void
compare(const char *tool, size_t number, bool theirs)
{
	bool yes = ours[number]->answer == TRUST_ANSWER_TRUSTED;
	const char *reason = trust_reason_word(ours[number]->reason);

	if (yes == theirs || is_explained(tool, reason, chains[number].faults))
		return;
	print_message("# chain %zu (%zu certificates,%s): we say %s, %s says %s\n", number,
	    chains[number].count, chains[number].faults, reason, tool, theirs ? "yes" : "no");
	unexplained++;
}

/* ---- our own ------------------------------------------------------------------------------- */

static int
make_everything(void **state)
{
	struct trust_court_entry entries[MADE_ROOTS] = { 0 };

	(void)state;
	assert_non_null(mkdtemp(scratch));
	chain_total = getenv("TRUSTCTL_LONG") ? 2000 : 300;
	chains = trust_alloc_array(chain_total, sizeof *chains);
	ours = trust_alloc_array(chain_total, sizeof(struct trust_verdict *));
	now = (struct trust_time){ (int64_t)time(NULL) };
	make_keys();
	read_differences();
	for (size_t i = 0; i < MADE_ROOTS; i++) {
		roots[i] = make_root(i);
		entries[i].cert = roots[i];
		if (i < TRUSTED_ROOTS)
			entries[i].states = trust_states_all(TRUST_TRUSTED);
	}
	court = trust_court_from(entries, MADE_ROOTS);
	for (size_t i = 0; i < chain_total; i++) {
		make_chain(&chains[i], (uint32_t)i);
		struct trust_question question = {
			.cert = chains[i].certs[0],
			.usage = TRUST_TLS_SERVER,
			.at = now,
			.others = (const struct trust_cert *const *)chains[i].certs + 1,
			.other_count = chains[i].count - 1,
		};
		ours[i] = trust_court_ask(court, &question);
	}
	return 0;
}

static int
free_all(void **state)
{
	for (size_t i = 0; i < chain_total; i++) {
		trust_verdict_free(ours[i]);
		free_chain(&chains[i]);
	}
	for (size_t i = 0; i < MADE_ROOTS; i++)
		trust_cert_free(roots[i]);
	trust_court_free(court);
	trust_free(chains);
	trust_free(ours);
	free_keys();
	shell("cd / && rm -r %s", scratch);
	return free_made(state);
}

static void
write_pem(FILE *file, const struct trust_cert *cert)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const struct trust_bytes der = cert->der;

	fputs("-----BEGIN CERTIFICATE-----\n", file);
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
	fputs("\n-----END CERTIFICATE-----\n", file);
}

static FILE *
open_scratch(const char *name, const char *mode)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);
	FILE *file = fopen(path, mode);
	assert_non_null(file);
	return file;
}

static void
write_files(void)
{
	FILE *anchors = open_scratch("anchors.pem", "we");
	FILE *others = open_scratch("others.pem", "we");
	FILE *list = open_scratch("list", "we");

	for (size_t i = 0; i < MADE_ROOTS; i++)
		write_pem(i < TRUSTED_ROOTS ? anchors : others, roots[i]);
	for (size_t i = 0; i < chain_total; i++) {
		TRUST_AUTO_FREE char *leaf = trust_printf("%zu.pem", i);
		TRUST_AUTO_FREE char *chain = trust_printf("%zu.chain", i);
		FILE *leaf_file = open_scratch(leaf, "we");
		FILE *chain_file = open_scratch(chain, "we");
		write_pem(leaf_file, chains[i].certs[0]);
		for (size_t k = 0; k < chains[i].count; k++) {
			write_pem(chain_file, chains[i].certs[k]);
			if (k > 0)
				write_pem(others, chains[i].certs[k]);
		}
		fclose(leaf_file);
		fclose(chain_file);
		fprintf(list, "%s\n", leaf);
	}
	fclose(anchors);
	fclose(others);
	fclose(list);
}

/* ---- theirs -------------------------------------------------------------------------------- */

/* `yes` has a line "N.pem: OK" for each chain that the tool trusts. */
static void
compare_all(const char *tool, const char *file)
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
		compare(tool, i, said[i]);
	}
	print_message("# %s trusts %zu of %zu\n", tool, count, chain_total);
	assert_true(count > chain_total / 10);
	assert_int_equal(unexplained, 0);
}

static void
openssl_agrees_or_we_know_why(void **state)
{
	(void)state;
	write_files();
	/* Names differ from chain to chain, so all of them can be asked in one process. */
	shell("openssl verify -no-CAfile -no-CApath -no-CAstore -purpose sslserver -policy_check "
	      "-policy 2.5.29.32.0 -trusted "
	      "anchors.pem -untrusted others.pem $(cat list) >openssl.out 2>/dev/null || true");
	compare_all("openssl", "openssl.out");
}

static void
gnutls_agrees_or_we_know_why(void **state)
{
	(void)state;
	shell("for f in $(cat list); do certtool --verify --load-ca-certificate anchors.pem "
	      "--verify-purpose 1.3.6.1.5.5.7.3.1 --infile ${f%%.pem}.chain >/dev/null 2>&1 && "
	      "echo \"$f: OK\"; done >gnutls.out || true");
	compare_all("gnutls", "gnutls.out");
}

static struct trust_worker *
start_nss(void)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *path = trust_printf("%s/nss", scratch);
	struct trust_worker *worker = NULL;
	enum trust_login login;
	uint32_t object = 0;

	shell("mkdir nss && certutil -N -d sql:nss --empty-password");
	if (!trust_worker_start(NULL, path, false, &worker, &error) ||
	    !trust_worker_login(worker, NULL, &login, &error))
		fail_msg("%s", error.message);
	for (size_t i = 0; i < MADE_ROOTS; i++) {
		struct trust_worker_trust trust = {
			.spelling = TRUST_LEGACY,
			.issuer = roots[i]->issuer,
			.serial = roots[i]->serial_tlv,
			.der = roots[i]->der,
			.states = trust_states_all(TRUST_TRUSTED),
		};
		if (!trust_worker_add_cert(worker, roots[i]->der, root_names[i], &object, &error) ||
		    (i < TRUSTED_ROOTS && !trust_worker_set_trust(worker, &trust, &object, &error)))
			fail_msg("%s", error.message);
	}
	return worker;
}

static void
libpkix_agrees_or_we_know_why(void **state)
{
	TRUST_AUTO(trust_worker) *worker = start_nss();
	FILE *yes = open_scratch("libpkix.out", "we");

	(void)state;
	for (size_t i = 0; i < chain_total; i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		struct trust_bytes others[MAX_CHAIN];
		char *why = NULL;
		for (size_t k = 1; k < chains[i].count; k++)
			others[k - 1] = chains[i].certs[k]->der;
		if (!trust_worker_verify(worker, chains[i].certs[0]->der, TRUST_TLS_SERVER,
			now.seconds, others, chains[i].count - 1, &why, &error))
			fail_msg("%zu: %s", i, error.message);
		if (!why)
			fprintf(yes, "%zu.pem: OK\n", i);
		trust_free(why);
	}
	fclose(yes);
	compare_all("libpkix", "libpkix.out");
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

static void
enough_chains_are_trusted_and_refused(void **state)
{
	size_t yes = 0;

	(void)state;
	for (size_t i = 0; i < chain_total; i++) {
		assert_int_not_equal(ours[i]->answer, TRUST_ANSWER_UNDETERMINED);
		yes += ours[i]->answer == TRUST_ANSWER_TRUSTED;
	}
	print_message("# we trust %zu of %zu\n", yes, chain_total);
	assert_true(yes > chain_total / 10 && yes < chain_total / 10 * 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough_chains_are_trusted_and_refused),
		cmocka_unit_test(openssl_agrees_or_we_know_why),
		cmocka_unit_test(gnutls_agrees_or_we_know_why),
		cmocka_unit_test(libpkix_agrees_or_we_know_why),
		cmocka_unit_test(every_row_of_the_table_is_needed),
	};
	return cmocka_run_group_tests(tests, make_everything, free_all);
}
