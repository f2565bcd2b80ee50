/* SPDX-License-Identifier: MPL-2.0 */
/* What others may build to keep us busy: every answer comes within half a second and some memory,
 * and is never a yes that was not found. */

#include <sys/resource.h>

#include "core/crl.h"
#include "core/verdict_internal.h"
#include "tests/unit/made_chains.h"

#define LIMIT_SECONDS 0.5
#define LIMIT_KILOBYTES (200 * 1024)

static double
seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long
kilobytes_now(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static struct plan
plan_of(const char *subject, const char *issuer, int key, int issuer_key)
{
	struct plan plan = { .key = key,
		.issuer_key = issuer_key,
		.from = GOOD_FROM,
		.to = GOOD_TO,
		.path_length = -1,
		.key_usage = "0106" };
	snprintf(plan.subject, sizeof plan.subject, "%s", subject);
	snprintf(plan.issuer, sizeof plan.issuer, "%s", issuer);
	return plan;
}

struct bomb {
	struct trust_cert *anchor;
	struct trust_cert **others;
	size_t count;
	struct trust_cert *leaf;
	struct trust_crl **lists;
	size_t list_count;
};

/* Ask, within the limits. */
static enum trust_answer
explode(const struct bomb *bomb, enum trust_reason *ret_reason)
{
	struct trust_court_entry entry = { .cert = bomb->anchor,
		.states = trust_states_all(TRUST_TRUSTED) };
	struct trust_question question = {
		.cert = bomb->leaf,
		.others = (const struct trust_cert *const *)bomb->others,
		.other_count = bomb->count,
		.crls = (const struct trust_crl *const *)bomb->lists,
		.crl_count = bomb->list_count,
	};
	long before = kilobytes_now();
	double start = seconds_now();

	assert_true(trust_time_parse("2026-06-01", &question.at));
	TRUST_AUTO(trust_court) *court = trust_court_from(&entry, 1);
	TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
	double took = seconds_now() - start;
	long grown = kilobytes_now() - before;
	print_message("# %s: %.0f ms, %ld KB\n", verdict->sentence, took * 1000, grown);
#ifndef __SANITIZE_ADDRESS__
	assert_true(took < LIMIT_SECONDS && grown < LIMIT_KILOBYTES);
#endif
	*ret_reason = verdict->reason;
	return verdict->answer;
}

static void
disarm(struct bomb *bomb)
{
	for (size_t i = 0; i < bomb->count; i++)
		trust_cert_free(bomb->others[i]);
	for (size_t i = 0; i < bomb->list_count; i++)
		trust_crl_free(bomb->lists[i]);
	trust_free(bomb->others);
	trust_free(bomb->lists);
	trust_cert_free(bomb->anchor);
	trust_cert_free(bomb->leaf);
}

static void
a_chain_of_a_thousand_is_not_followed_to_its_end(void **state)
{
	struct plan root = plan_of("link 0", "link 0", 0, 0);
	struct bomb bomb = { .anchor = make_certificate(&root, 1), .count = 1000 };
	enum trust_reason reason;

	(void)state;
	bomb.others = trust_alloc_array(bomb.count, sizeof(struct trust_cert *));
	for (int i = 0; i < (int)bomb.count; i++) {
		TRUST_AUTO_FREE char *subject = trust_printf("link %d", i + 1);
		TRUST_AUTO_FREE char *issuer = trust_printf("link %d", i);
		struct plan plan = plan_of(subject, issuer, (i + 1) % KEYS, i % KEYS);
		bomb.others[i] = make_certificate(&plan, (uint32_t)(i + 2));
	}
	struct plan leaf = plan_of("leaf", "link 1000", 0, 1000 % KEYS);
	leaf.leaf = true;
	leaf.key_usage = "0780";
	bomb.leaf = make_certificate(&leaf, 5000);
	assert_int_equal(explode(&bomb, &reason), TRUST_ANSWER_UNDETERMINED);
	assert_int_equal(reason, TRUST_REASON_BUDGET);
	disarm(&bomb);
}

/* `count` times the pattern with a number in it. */
static char *
many(const char *before, const char *pattern, size_t count, const char *after)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, (size_t)1 << 28);
	trust_buffer_append_text(&out, before);
	for (size_t i = 0; i < count; i++) {
		const char *star = strchr(pattern, '#');
		trust_buffer_printf(
		    &out, "%.*s%zu%s ", (int)(star - pattern), pattern, i, star + 1);
	}
	trust_buffer_append_text(&out, after);
	return keep(trust_buffer_take(&out));
}

static void
ten_thousand_names_by_ten_thousand_constraints(void **state)
{
	struct plan root = plan_of("root", "root", 0, 0);
	struct plan leaf = plan_of("leaf", "root", 1, 0);
	struct bomb bomb = { 0 };
	enum trust_reason reason;

	(void)state;
	root.more = many("30{oid:2.5.29.30 01:ff 04{30{a1{", "30{82'x#.example'}", 10000, "}}}}");
	leaf.leaf = true;
	leaf.key_usage = "0780";
	leaf.more = many("30{oid:2.5.29.17 04{30{", "82'y#.example.com'", 10000, "}}}");
	bomb.anchor = make_certificate(&root, 1);
	bomb.leaf = make_certificate(&leaf, 2);
	assert_int_not_equal(explode(&bomb, &reason), TRUST_ANSWER_TRUSTED);
	disarm(&bomb);
}

static void
forty_cas_that_all_sign_each_other(void **state)
{
	enum { CAS = 40 };
	struct plan root = plan_of("root", "root", 0, 0);
	struct bomb bomb = { 0 };
	enum trust_reason reason;

	(void)state;
	root.path_length = 0;
	bomb.anchor = make_certificate(&root, 1);
	bomb.others = trust_alloc_array((CAS * CAS), sizeof(struct trust_cert *));
	for (int i = 0; i < CAS; i++)
		for (int k = 0; k < CAS; k++) {
			TRUST_AUTO_FREE char *subject = trust_printf("mesh %d", i);
			TRUST_AUTO_FREE char *issuer =
			    i == k ? trust_strdup("root") : trust_printf("mesh %d", k);
			struct plan plan =
			    plan_of(subject, issuer, i % KEYS, i == k ? 0 : k % KEYS);
			if (i == k && i != CAS - 1)
				continue;
			bomb.others[bomb.count++] =
			    make_certificate(&plan, (uint32_t)(i * CAS + k + 2));
		}
	struct plan leaf = plan_of("leaf", "mesh 0", 1, 0);
	leaf.leaf = true;
	leaf.key_usage = "0780";
	bomb.leaf = make_certificate(&leaf, 5000);
	assert_int_not_equal(explode(&bomb, &reason), TRUST_ANSWER_TRUSTED);
	disarm(&bomb);
}

/* more  extensions, as text */
static struct trust_crl *
list_of(const char *issuer, int key, uint32_t number, const char *more)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_crl *crl = NULL;
	struct trust_bytes tbs = der(words("30{02:01 " ECDSA " 30{31{30{oid:2.5.4.3 0c'%s'}}} "
					   "17'260501000000Z' 17'260701000000Z' "
					   "a0{30{30{oid:2.5.29.20 04{02:00%06x}} %s}}}",
	    issuer, number, more));
	TRUST_AUTO_FREE char *text = trust_hex(tbs.data, tbs.size);
	char *signature = signature_text(&made_keys[key], tbs, number + 1);

	assert_true(trust_crl_decode(
	    der(words("30{=%s " ECDSA " 03:00%s}", text, signature)), &crl, &error));
	return crl;
}

/* Each is signed by another key than that of any CA here, and each CA of the name is tried. */
static void
a_thousand_lists_of_twenty_keys(void **state)
{
	struct plan root = plan_of("root", "root", 0, 0);
	struct plan leaf = plan_of("leaf", "root", 1, 0);
	struct bomb bomb = { .list_count = 1000, .count = 20 };
	enum trust_reason reason;

	(void)state;
	leaf.leaf = true;
	leaf.key_usage = "0780";
	bomb.anchor = make_certificate(&root, 1);
	bomb.leaf = make_certificate(&leaf, 2);
	bomb.lists = trust_alloc_array(bomb.list_count, sizeof(struct trust_crl *));
	bomb.others = trust_alloc_array(bomb.count, sizeof(struct trust_cert *));
	for (size_t i = 0; i < bomb.count; i++) {
		struct plan twin = plan_of("root", "root", (int)(i % 4), (int)(i % 4));
		bomb.others[i] = make_certificate(&twin, (uint32_t)(100 + i));
	}
	for (size_t i = 0; i < bomb.list_count; i++)
		bomb.lists[i] = list_of("root", KEYS - 1, (uint32_t)i, "");
	(void)explode(&bomb, &reason);
	assert_int_not_equal(reason, TRUST_REASON_REVOKED);
	disarm(&bomb);
}

#define NAME(text) "a4{30{31{30{oid:2.5.4.3 0c'" text "#'}}}}"

/* No list is for the certificate, which takes each of its names to see. */
static void
a_thousand_lists_of_points_with_many_names(void **state)
{
	struct plan root = plan_of("root", "root", 0, 0);
	struct plan leaf = plan_of("leaf", "root", 1, 0);
	struct bomb bomb = { .list_count = 1000 };
	enum trust_reason reason;

	(void)state;
	leaf.leaf = true;
	leaf.key_usage = "0780";
	leaf.more = many("30{oid:2.5.29.31 04{30{30{a0{a0{", NAME("a"), 64, "}}}}}}");
	const char *scope = many("30{oid:2.5.29.28 01:ff 04{30{a0{a0{", NAME("b"), 64, "}}}}}");
	bomb.anchor = make_certificate(&root, 1);
	bomb.leaf = make_certificate(&leaf, 2);
	bomb.lists = trust_alloc_array(bomb.list_count, sizeof(struct trust_crl *));
	for (size_t i = 0; i < bomb.list_count; i++)
		bomb.lists[i] = list_of("root", 0, (uint32_t)i, scope);
	assert_int_equal(explode(&bomb, &reason), TRUST_ANSWER_UNDETERMINED);
	assert_int_equal(reason, TRUST_REASON_BUDGET);
	disarm(&bomb);
}

/* Whoever chooses subjects chooses which of them meet in one place of the index. */
static void
certificates_that_are_passed_over_are_paid_for(void **state)
{
	enum { COUNT = 100 };
	struct plan plan = plan_of("met", "met", 0, 0);
	struct trust_court_entry entries[COUNT] = { 0 };
	struct trust_cert *certs[COUNT];
	struct verdict_work work = { .limit = COUNT };
	uint32_t at = 0;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		certs[i] = make_certificate(&plan, i + 1);
		entries[i].cert = certs[i];
	}
	TRUST_AUTO(trust_court) *court = trust_court_from(entries, COUNT);
	/* Of the same place, and another name. */
	uint64_t hash = trust_name_hash(certs[0]->subject) ^ 0x100000001;
	assert_null(court_next_of(court, certs[0]->subject, hash, &work, &at));
	assert_int_equal(work.done, COUNT);
	assert_null(court_next_of(court, certs[0]->subject, hash, &work, &at));
	assert_int_equal(work.done, COUNT + 1);
	for (size_t i = 0; i < COUNT; i++)
		trust_cert_free(certs[i]);
}

/* ---- what a signature costs ---------------------------------------------------------------- */

static uint64_t
units_of(const char *key)
{
	TRUST_AUTO(trust_cert) *cert = cert_of((struct cert_text){ .key = key });
	struct trust_signed what = trust_cert_signed(cert);

	return trust_signed_units(&what, cert);
}

/* Of DSA the exponents are many times as long, and a public value may be as short as it likes. */
static void
a_dsa_key_costs_more_than_an_rsa_key_of_its_modulus(void **state)
{
	char modulus[2 * 4096 / 8 + 1];

	(void)state;
	memset(modulus, 'f', sizeof modulus - 1);
	modulus[sizeof modulus - 1] = '\0';
	uint64_t rsa = units_of(
	    words("30{30{oid:1.2.840.113549.1.1.1 05:} 03{=00 30{02:00%s 02:010001}}}", modulus));
	uint64_t dsa = units_of(
	    words("30{30{oid:1.2.840.10040.4.1 30{02:00%s 02:00%.40s 02:02}} 03{=00 02:02}}",
		modulus, modulus));
	assert_true(rsa > 500 && dsa > 10 * rsa);
}

static int
prepare(void **state)
{
	(void)state;
	make_keys();
	return 0;
}

static int
clean_up(void **state)
{
	free_keys();
	return free_made(state);
}

int
main(void)
{
	(void)make_root;
	(void)make_chain;
	(void)free_chain;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_a_thousand_is_not_followed_to_its_end),
		cmocka_unit_test(ten_thousand_names_by_ten_thousand_constraints),
		cmocka_unit_test(forty_cas_that_all_sign_each_other),
		cmocka_unit_test(a_thousand_lists_of_twenty_keys),
		cmocka_unit_test(a_thousand_lists_of_points_with_many_names),
		cmocka_unit_test(certificates_that_are_passed_over_are_paid_for),
		cmocka_unit_test(a_dsa_key_costs_more_than_an_rsa_key_of_its_modulus),
	};
	return cmocka_run_group_tests(tests, prepare, clean_up);
}
