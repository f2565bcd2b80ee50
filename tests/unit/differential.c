/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Our verdicts beside those of `openssl verify`, `certtool --verify` (GnuTLS) and libpkix (our
 * worker) for chains made by number: 300 of them, 2,000 with TRUSTCTL_LONG. Revocation lists and
 * policies are in tests/unit/differential_rules.c.
 */

#include "tests/unit/differential.h"

static struct trust_cert *roots[MADE_ROOTS];
static struct trust_verdict **ours; /* borrow from the court */
static struct trust_court *court;
static struct trust_time now;

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
	read_differences((const char *const[]){ "openssl", "gnutls", "libpkix" }, 3);
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
write_files(void)
{
	FILE *anchors = open_scratch("anchors.pem", "we");
	FILE *others = open_scratch("others.pem", "we");
	FILE *list = open_scratch("list", "we");

	for (size_t i = 0; i < MADE_ROOTS; i++)
		write_pem(i < TRUSTED_ROOTS ? anchors : others, "CERTIFICATE", roots[i]->der);
	for (size_t i = 0; i < chain_total; i++) {
		TRUST_AUTO_FREE char *leaf = trust_printf("%zu.pem", i);
		TRUST_AUTO_FREE char *chain = trust_printf("%zu.chain", i);
		FILE *leaf_file = open_scratch(leaf, "we");
		FILE *chain_file = open_scratch(chain, "we");
		write_pem(leaf_file, "CERTIFICATE", chains[i].certs[0]->der);
		for (size_t k = 0; k < chains[i].count; k++) {
			write_pem(chain_file, "CERTIFICATE", chains[i].certs[k]->der);
			if (k > 0)
				write_pem(others, "CERTIFICATE", chains[i].certs[k]->der);
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

static void
openssl_agrees_or_we_know_why(void **state)
{
	(void)state;
	write_files();
	/* Names differ from chain to chain, so all of them can be asked in one process. */
	shell("openssl verify -no-CAfile -no-CApath -no-CAstore -purpose sslserver -policy_check "
	      "-policy 2.5.29.32.0 -trusted "
	      "anchors.pem -untrusted others.pem $(cat list) >openssl.out 2>/dev/null || true");
	compare_all("openssl", "openssl.out", ours);
}

static void
gnutls_agrees_or_we_know_why(void **state)
{
	(void)state;
	shell("for f in $(cat list); do certtool --verify --load-ca-certificate anchors.pem "
	      "--verify-purpose 1.3.6.1.5.5.7.3.1 --infile ${f%%.pem}.chain >/dev/null 2>&1 && "
	      "echo \"$f: OK\"; done >gnutls.out || true");
	compare_all("gnutls", "gnutls.out", ours);
}

static void
libpkix_agrees_or_we_know_why(void **state)
{
	(void)state;
	ask_libpkix(roots, "libpkix.out");
	compare_all("libpkix", "libpkix.out", ours);
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
