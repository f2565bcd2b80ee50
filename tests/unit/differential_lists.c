/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Our verdicts beside those of `openssl verify -crl_check_all` and `certtool --verify` for chains
 * made by number with revocation lists: fresh, stale, of the future, forged, missing, of a scope,
 * revoking. OpenSSL demands that each certificate is on a current list's good side, as
 * --require-revocation does; GnuTLS refuses what a list revokes.
 */

#include "tests/unit/differential.h"
#include "tests/unit/made_lists.h"

static struct trust_cert *roots[MADE_ROOTS];
static struct trust_crl *root_lists[MADE_ROOTS]; /* NULL: none */
static struct made_lists *lists;                 /* of the chain of that number */
static struct trust_verdict **strict; /* with --require-revocation; borrow from the court */
static struct trust_verdict **lenient;
static struct trust_court *court;

/* ---- our own ------------------------------------------------------------------------------- */

/* One in ten of those that a root issued is on its list. */
static void
make_one(uint32_t number, struct trust_buffer root_entries[MADE_ROOTS])
{
	uint64_t state = UINT64_C(0xd1342543de82ef95) * (number + 1000001);
	struct made_chain *chain = &chains[number];
	struct plan plans[MAX_CHAIN];
	const struct list_kind *kinds[MAX_CHAIN];
	size_t root = plan_chain(chain, plans, number, &state);

	for (size_t i = 1; i < chain->count; i++) {
		kinds[i] = pick_kind(&state);
		if (kinds[i]->no_right)
			plans[i].key_usage = "0204"; /* keyCertSign */
		note_fault(chain, "%s:%s", i == 1 ? "leaf" : "ca", kinds[i]->word);
	}
	if (pick(&state, 10) == 0) {
		uint32_t serial = serial_of(number, chain->count - 1);
		trust_buffer_append_text(&root_entries[root], entry_of(serial, ""));
		note_fault(chain, "root:revoked");
	}
	note_fault(chain, "root:%zu", root);
	sign_chain(chain, plans, number);
	for (size_t i = 1; i < chain->count; i++)
		add_list(&lists[number], &plans[i], kinds[i], serial_of(number, i - 1));
}

static struct trust_verdict *
judge(size_t number, bool require)
{
	const struct trust_crl *all[MAX_CHAIN + MADE_ROOTS];
	size_t count = 0;

	for (size_t i = 0; i < lists[number].count; i++)
		all[count++] = lists[number].lists[i];
	for (size_t i = 0; i < MADE_ROOTS; i++)
		if (root_lists[i])
			all[count++] = root_lists[i];
	const struct trust_question question = {
		.cert = chains[number].certs[0],
		.usage = TRUST_TLS_SERVER,
		.at = { (int64_t)time(NULL) },
		.others = (const struct trust_cert *const *)chains[number].certs + 1,
		.other_count = chains[number].count - 1,
		.crls = all,
		.crl_count = count,
		.require_revocation = require,
	};
	return trust_court_ask(court, &question);
}

static int
make_everything(void **state)
{
	struct trust_court_entry entries[MADE_ROOTS] = { 0 };
	struct trust_buffer root_entries[MADE_ROOTS];

	(void)state;
	assert_non_null(mkdtemp(scratch));
	chain_total = getenv("TRUSTCTL_LONG") ? 2000 : 300;
	chains = trust_alloc_array(chain_total, sizeof *chains);
	lists = trust_alloc_array(chain_total, sizeof *lists);
	strict = trust_alloc_array(chain_total, sizeof(struct trust_verdict *));
	lenient = trust_alloc_array(chain_total, sizeof(struct trust_verdict *));
	make_keys();
	read_differences((const char *const[]){ "openssl-crl", "gnutls-crl" }, 2);
	for (size_t i = 0; i < MADE_ROOTS; i++) {
		trust_buffer_init(&root_entries[i], 1024 * 1024);
		entries[i].cert = roots[i] = make_root(i);
		if (i < TRUSTED_ROOTS)
			entries[i].states = trust_states_all(TRUST_TRUSTED);
	}
	for (size_t i = 0; i < chain_total; i++)
		make_one((uint32_t)i, root_entries);
	for (size_t i = 0; i < MADE_ROOTS; i++) {
		if (i < TRUSTED_ROOTS)
			root_lists[i] = make_root_list(i, (char *)root_entries[i].data);
		trust_buffer_done(&root_entries[i]);
	}
	court = trust_court_from(entries, MADE_ROOTS);
	for (size_t i = 0; i < chain_total; i++) {
		strict[i] = judge(i, true);
		lenient[i] = judge(i, false);
	}
	return 0;
}

static int
free_all(void **state)
{
	for (size_t i = 0; i < chain_total; i++) {
		trust_verdict_free(strict[i]);
		trust_verdict_free(lenient[i]);
		free_lists(&lists[i]);
		free_chain(&chains[i]);
	}
	for (size_t i = 0; i < MADE_ROOTS; i++) {
		trust_crl_free(root_lists[i]);
		trust_cert_free(roots[i]);
	}
	trust_court_free(court);
	trust_free(chains);
	trust_free(lists);
	trust_free(strict);
	trust_free(lenient);
	free_keys();
	shell("cd / && rm -r %s", scratch);
	return free_made(state);
}

/* ---- theirs -------------------------------------------------------------------------------- */

static void
write_lists(FILE *file, size_t number)
{
	for (size_t i = 0; i < lists[number].count; i++)
		write_pem(file, "X509 CRL", lists[number].lists[i]->der);
}

static void
write_root_lists(FILE *file)
{
	for (size_t i = 0; i < MADE_ROOTS; i++)
		if (root_lists[i])
			write_pem(file, "X509 CRL", root_lists[i]->der);
}

static void
write_files(void)
{
	FILE *anchors = open_scratch("anchors.pem", "we");
	FILE *others = open_scratch("others.pem", "we");
	FILE *all = open_scratch("lists.pem", "we");
	FILE *names = open_scratch("names", "we");

	for (size_t i = 0; i < MADE_ROOTS; i++)
		write_pem(i < TRUSTED_ROOTS ? anchors : others, "CERTIFICATE", roots[i]->der);
	write_root_lists(all);
	for (size_t i = 0; i < chain_total; i++) {
		TRUST_AUTO_FREE char *leaf = trust_printf("%zu.pem", i);
		TRUST_AUTO_FREE char *chain = trust_printf("%zu.chain", i);
		TRUST_AUTO_FREE char *crls = trust_printf("%zu.crls", i);
		FILE *leaf_file = open_scratch(leaf, "we");
		FILE *chain_file = open_scratch(chain, "we");
		FILE *list_file = open_scratch(crls, "we");
		write_pem(leaf_file, "CERTIFICATE", chains[i].certs[0]->der);
		for (size_t k = 0; k < chains[i].count; k++)
			write_pem(chain_file, "CERTIFICATE", chains[i].certs[k]->der);
		for (size_t k = 1; k < chains[i].count; k++)
			write_pem(others, "CERTIFICATE", chains[i].certs[k]->der);
		write_lists(list_file, i);
		write_root_lists(list_file);
		write_lists(all, i);
		fclose(leaf_file);
		fclose(chain_file);
		fclose(list_file);
		fprintf(names, "%s\n", leaf);
	}
	fclose(anchors);
	fclose(others);
	fclose(all);
	fclose(names);
}

static void
openssl_agrees_or_we_know_why(void **state)
{
	(void)state;
	write_files();
	shell("openssl verify -no-CAfile -no-CApath -no-CAstore -purpose sslserver -crl_check_all "
	      "-CRLfile lists.pem -trusted anchors.pem -untrusted others.pem $(cat names) "
	      ">openssl.out 2>/dev/null || true");
	compare_all("openssl-crl", "openssl.out", strict);
}

static void
gnutls_agrees_or_we_know_why(void **state)
{
	(void)state;
	shell("for f in $(cat names); do certtool --verify --load-ca-certificate anchors.pem "
	      "--load-crl ${f%%.pem}.crls --verify-purpose 1.3.6.1.5.5.7.3.1 --infile "
	      "${f%%.pem}.chain >/dev/null 2>&1 && "
	      "echo \"$f: OK\"; done >gnutls.out || true");
	compare_all("gnutls-crl", "gnutls.out", lenient);
}

static void
enough_chains_are_good_revoked_and_unknown(void **state)
{
	size_t good = 0;
	size_t revoked = 0;
	size_t unknown = 0;
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < chain_total; i++) {
		good += strict[i]->answer == TRUST_ANSWER_TRUSTED;
		taken += lenient[i]->answer == TRUST_ANSWER_TRUSTED;
		revoked += lenient[i]->reason == TRUST_REASON_REVOKED;
		unknown += strict[i]->reason == TRUST_REASON_REVOCATION;
	}
	print_message("# of %zu we call %zu good, %zu revoked, %zu unknown; we trust %zu "
		      "where nobody demands to know\n",
	    chain_total, good, revoked, unknown, taken);
	assert_true(
	    good > chain_total / 10 && revoked > chain_total / 10 && unknown > chain_total / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough_chains_are_good_revoked_and_unknown),
		cmocka_unit_test(openssl_agrees_or_we_know_why),
		cmocka_unit_test(gnutls_agrees_or_we_know_why),
		cmocka_unit_test(every_row_of_the_table_is_needed),
	};
	return cmocka_run_group_tests(tests, make_everything, free_all);
}
