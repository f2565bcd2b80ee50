/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Our verdicts beside those of `openssl verify -policy_check`, certtool and libpkix for chains made
 * by number with certificate policies, mappings, constraints and inhibitAnyPolicy. OpenSSL is asked
 * with what a relying party may wish; the others cannot be told, so they are asked without.
 */

#include "tests/unit/differential.h"

#define P1 "1.2.3.1"
#define P2 "1.2.3.2"
#define ANY "2.5.29.32.0"

static struct trust_cert *roots[MADE_ROOTS];
static struct trust_verdict **wished; /* by the wish of that chain; borrow from the court */
static struct trust_verdict **plain;
static struct trust_court *court;

static const struct wish {
	const char *options; /* openssl's */
	struct trust_policy_wish policies;
} wishes[] = {
	{ "-policy " ANY, { 0 } },
	{ "-policy " P1, { (const char *const[]){ P1 }, 1, .explicit_policy = false } },
	{ "-policy " P1 " -explicit_policy",
	    { (const char *const[]){ P1 }, 1, .explicit_policy = true } },
	{ "-policy " P1 " -explicit_policy -inhibit_map",
	    { (const char *const[]){ P1 }, 1, .explicit_policy = true, .inhibit_mapping = true } },
	{ "-policy " P1 " -explicit_policy -inhibit_any",
	    { (const char *const[]){ P1 }, 1, .explicit_policy = true, .inhibit_any = true } },
	{ "-policy " ANY " -explicit_policy", { .explicit_policy = true } },
	{ "-policy " P2 " -explicit_policy",
	    { (const char *const[]){ P2 }, 1, .explicit_policy = true } },
	{ "-policy " P1 " -policy " P2 " -explicit_policy -inhibit_map -inhibit_any",
	    { (const char *const[]){ P1, P2 }, 2, .explicit_policy = true, .inhibit_mapping = true,
		.inhibit_any = true } },
};

/* ---- what a certificate may say ------------------------------------------------------------ */

struct saying {
	const char *word;
	uint32_t weight;
	const char *value; /* of the extension; NULL: it is not there */
};

#define POLICY(oid) "30{oid:" oid "}"
#define MAPPING(from, to) "30{30{oid:" from " oid:" to "}}"
static const struct saying policy_sets[] = {
	{ "no-policy", 1, NULL },
	{ "p1", 8, "30{" POLICY(P1) "}" },
	{ "p2", 2, "30{" POLICY(P2) "}" },
	{ "p1-p2", 6, "30{" POLICY(P1) POLICY(P2) "}" },
	{ "any", 6, "30{" POLICY(ANY) "}" },
	{ "p1-any", 2, "30{" POLICY(P1) POLICY(ANY) "}" },
	{ "twice", 1, "30{" POLICY(P1) POLICY(P1) "}" },
};
static const struct saying mappings[] = {
	{ "", 16, NULL },
	{ "1-to-2", 3, MAPPING(P1, P2) },
	{ "2-to-1", 3, MAPPING(P2, P1) },
	{ "1-to-3", 1, MAPPING(P1, "1.2.3.3") },
	{ "any-to-1", 1, MAPPING(ANY, P1) },
};
static const struct saying constraints[] = {
	{ "", 16, NULL },
	{ "demands-0", 2, "30{80:00}" },
	{ "demands-1", 2, "30{80:01}" },
	{ "no-mapping-0", 2, "30{81:00}" },
	{ "no-mapping-1", 1, "30{81:01}" },
	{ "both-0", 1, "30{80:00 81:00}" },
};
static const struct saying any_limits[] = {
	{ "", 8, NULL },
	{ "no-any-0", 1, "02:00" },
	{ "no-any-1", 1, "02:01" },
};

/* True: the extension is there. */
static bool
say_one_of(struct made_chain *chain, struct plan *plan, const char *oid, bool critical,
    const struct saying *sayings, size_t count, uint64_t *state)
{
	uint32_t sum = 0;
	size_t i = 0;

	for (size_t k = 0; k < count; k++)
		sum += sayings[k].weight;
	for (uint32_t at = pick(state, sum); at >= sayings[i].weight; i++)
		at -= sayings[i].weight;
	if (sayings[i].value)
		add_extension(plan, oid, critical, sayings[i].value);
	if (*sayings[i].word)
		note_fault(chain, "%s:%s", plan->leaf ? "leaf" : "ca", sayings[i].word);
	return sayings[i].value;
}

static void
make_one(uint32_t number)
{
	uint64_t state = UINT64_C(0xd1342543de82ef95) * (number + 2000003);
	struct made_chain *chain = &chains[number];
	struct plan plans[MAX_CHAIN];
	bool critical = false;

	(void)plan_chain(chain, plans, number, &state);
	for (size_t i = 0; i < chain->count; i++) {
		(void)say_one_of(chain, &plans[i], "2.5.29.32", false, policy_sets,
		    TRUST_COUNT(policy_sets), &state);
		if (i == 0)
			continue;
		critical |= say_one_of(
		    chain, &plans[i], "2.5.29.33", true, mappings, TRUST_COUNT(mappings), &state);
		critical |= say_one_of(chain, &plans[i], "2.5.29.36", true, constraints,
		    TRUST_COUNT(constraints), &state);
		critical |= say_one_of(chain, &plans[i], "2.5.29.54", true, any_limits,
		    TRUST_COUNT(any_limits), &state);
	}
	if (critical)
		note_fault(chain, "ca:critical");
	note_fault(chain, "wish:%zu", number % TRUST_COUNT(wishes));
	sign_chain(chain, plans, number);
}

/* ---- our own ------------------------------------------------------------------------------- */

static struct trust_verdict *
judge(size_t number, size_t wish)
{
	const struct trust_question question = {
		.cert = chains[number].certs[0],
		.usage = TRUST_TLS_SERVER,
		.at = { (int64_t)time(NULL) },
		.others = (const struct trust_cert *const *)chains[number].certs + 1,
		.other_count = chains[number].count - 1,
		.policies = wishes[wish].policies,
	};

	return trust_court_ask(court, &question);
}

static int
make_everything(void **state)
{
	struct trust_court_entry entries[MADE_ROOTS] = { 0 };

	(void)state;
	assert_non_null(mkdtemp(scratch));
	chain_total = getenv("TRUSTCTL_LONG") ? 2000 : 300;
	chains = trust_alloc_array(chain_total, sizeof *chains);
	wished = trust_alloc_array(chain_total, sizeof(struct trust_verdict *));
	plain = trust_alloc_array(chain_total, sizeof(struct trust_verdict *));
	make_keys();
	read_differences(
	    (const char *const[]){ "openssl-policy", "gnutls-policy", "libpkix-policy" }, 3);
	for (size_t i = 0; i < MADE_ROOTS; i++) {
		entries[i].cert = roots[i] = make_root(i);
		if (i < TRUSTED_ROOTS)
			entries[i].states = trust_states_all(TRUST_TRUSTED);
	}
	court = trust_court_from(entries, MADE_ROOTS);
	for (size_t i = 0; i < chain_total; i++) {
		make_one((uint32_t)i);
		wished[i] = judge(i, i % TRUST_COUNT(wishes));
		plain[i] = judge(i, 0);
	}
	return 0;
}

static int
free_all(void **state)
{
	for (size_t i = 0; i < chain_total; i++) {
		trust_verdict_free(wished[i]);
		trust_verdict_free(plain[i]);
		free_chain(&chains[i]);
	}
	for (size_t i = 0; i < MADE_ROOTS; i++)
		trust_cert_free(roots[i]);
	trust_court_free(court);
	trust_free(chains);
	trust_free(wished);
	trust_free(plain);
	free_keys();
	shell("cd / && rm -r %s", scratch);
	return free_made(state);
}

/* ---- theirs -------------------------------------------------------------------------------- */

static void
write_files(void)
{
	FILE *anchors = open_scratch("anchors.pem", "we");
	FILE *others = open_scratch("others.pem", "we");

	for (size_t i = 0; i < MADE_ROOTS; i++)
		write_pem(i < TRUSTED_ROOTS ? anchors : others, "CERTIFICATE", roots[i]->der);
	for (size_t i = 0; i < chain_total; i++) {
		TRUST_AUTO_FREE char *leaf = trust_printf("%zu.pem", i);
		TRUST_AUTO_FREE char *chain = trust_printf("%zu.chain", i);
		TRUST_AUTO_FREE char *names = trust_printf("names.%zu", i % TRUST_COUNT(wishes));
		FILE *leaf_file = open_scratch(leaf, "we");
		FILE *chain_file = open_scratch(chain, "we");
		FILE *name_file = open_scratch(names, "ae");
		write_pem(leaf_file, "CERTIFICATE", chains[i].certs[0]->der);
		for (size_t k = 0; k < chains[i].count; k++)
			write_pem(chain_file, "CERTIFICATE", chains[i].certs[k]->der);
		for (size_t k = 1; k < chains[i].count; k++)
			write_pem(others, "CERTIFICATE", chains[i].certs[k]->der);
		fprintf(name_file, "%s\n", leaf);
		fclose(leaf_file);
		fclose(chain_file);
		fclose(name_file);
	}
	fclose(anchors);
	fclose(others);
}

static void
openssl_agrees_or_we_know_why(void **state)
{
	(void)state;
	write_files();
	for (size_t i = 0; i < TRUST_COUNT(wishes); i++)
		shell(
		    "openssl verify -no-CAfile -no-CApath -no-CAstore -purpose sslserver "
		    "-policy_check %s -trusted anchors.pem -untrusted others.pem $(cat names.%zu) "
		    ">>openssl.out 2>/dev/null || true",
		    wishes[i].options, i);
	compare_all("openssl-policy", "openssl.out", wished);
}

static void
gnutls_agrees_or_we_know_why(void **state)
{
	(void)state;
	shell("for f in *.chain; do certtool --verify --load-ca-certificate anchors.pem "
	      "--verify-purpose 1.3.6.1.5.5.7.3.1 --infile $f >/dev/null 2>&1 && "
	      "echo \"${f%%.chain}.pem: OK\"; done >gnutls.out || true");
	compare_all("gnutls-policy", "gnutls.out", plain);
}

static void
libpkix_agrees_or_we_know_why(void **state)
{
	(void)state;
	ask_libpkix(roots, "libpkix.out");
	compare_all("libpkix-policy", "libpkix.out", plain);
}

static void
enough_chains_are_good_and_refused_for_a_policy(void **state)
{
	size_t good = 0;
	size_t policy = 0;

	(void)state;
	for (size_t i = 0; i < chain_total; i++) {
		good += wished[i]->answer == TRUST_ANSWER_TRUSTED;
		policy += wished[i]->reason == TRUST_REASON_POLICY;
	}
	print_message("# of %zu we trust %zu, %zu lack a policy\n", chain_total, good, policy);
	assert_true(good > chain_total / 10 && policy > chain_total / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough_chains_are_good_and_refused_for_a_policy),
		cmocka_unit_test(openssl_agrees_or_we_know_why),
		cmocka_unit_test(gnutls_agrees_or_we_know_why),
		cmocka_unit_test(libpkix_agrees_or_we_know_why),
		cmocka_unit_test(every_row_of_the_table_is_needed),
	};
	return cmocka_run_group_tests(tests, make_everything, free_all);
}
