/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Causes of trouble from facts alone: above all those that no server on the loopback produces. What
 * real servers make of it is in tests/clients/servers.bats.
 */

#include "core/diagnose.h"

#include "core/diagnose_seen.h"
#include "core/probe.h"
#include "core/verdict.h"
#include "tests/unit/der_text.h"

#define SAN(name) "30{oid:2.5.29.17 04{30{82'" name "'}}}"
#define NOW 1750000000 /* 2025-06-15 */

static struct trust_probe_target target = {
	.host = (char *)"mail.example.com",
	.shown = (char *)"mail.example.com",
	.service = (char *)"imap",
	.port = 143,
	.starttls = TRUST_STARTTLS_IMAP,
};

static struct trust_diagnosis_question
question_of(const struct trust_probe_facts *facts)
{
	return (struct trust_diagnosis_question){
		.target = &target,
		.facts = facts,
		.now = { NOW },
		.store_option = "",
		.again = "mail.example.com --starttls imap",
	};
}

static const struct trust_cause *
find(const struct trust_diagnosis *diagnosis, const char *id)
{
	for (size_t i = 0; i < diagnosis->count; i++)
		if (strcmp(trust_cause_id(diagnosis->causes[i].kind), id) == 0)
			return &diagnosis->causes[i];
	return NULL;
}

/* ---- the way ------------------------------------------------------------------------------- */

static void
each_trouble_on_the_way_is_the_one_cause(void **state)
{
	static const struct {
		enum trust_probe_cause cause;
		enum trust_probe_phase phase;
		const char *want;
		const char *want_remedy; /* a part of it */
		const char *message;
		const char *hint;
		const char *proxy;
	} rows[] = {
		{ .cause = TRUST_PROBE_NAME_UNKNOWN,
		    .phase = TRUST_PROBE_RESOLVE,
		    .want = "dns-name-unknown",
		    .want_remedy = "check the spelling" },
		{ .cause = TRUST_PROBE_NAME_NO_ADDRESS,
		    .phase = TRUST_PROBE_RESOLVE,
		    .want = "dns-no-address",
		    .want_remedy = "--ip-version" },
		{ .cause = TRUST_PROBE_NAME_TIMEOUT,
		    .phase = TRUST_PROBE_RESOLVE,
		    .want = "dns-timeout",
		    .want_remedy = "resolv.conf" },
		{ .cause = TRUST_PROBE_NAME_FAILED,
		    .phase = TRUST_PROBE_RESOLVE,
		    .want = "dns-failed",
		    .want_remedy = "resolv.conf" },
		{ .cause = TRUST_PROBE_NAME_TIMEOUT,
		    .phase = TRUST_PROBE_RESOLVE,
		    .want = "proxy",
		    .want_remedy = "NO_PROXY",
		    .proxy = "HTTPS_PROXY=proxy.example" },
		{ .cause = TRUST_PROBE_CONNECT_REFUSED,
		    .phase = TRUST_PROBE_CONNECT,
		    .want = "connection-refused",
		    .want_remedy = "(143)" },
		{ .cause = TRUST_PROBE_CONNECT_UNREACHABLE,
		    .phase = TRUST_PROBE_CONNECT,
		    .want = "unreachable",
		    .want_remedy = "connected" },
		{ .cause = TRUST_PROBE_CONNECT_TIMEOUT,
		    .phase = TRUST_PROBE_CONNECT,
		    .want = "connection-timeout",
		    .want_remedy = "firewall" },
		{ .cause = TRUST_PROBE_CONNECT_FAILED,
		    .phase = TRUST_PROBE_CONNECT,
		    .want = "connection-failed",
		    .want_remedy = "try again" },
		{ .cause = TRUST_PROBE_STARTTLS_SILENT,
		    .phase = TRUST_PROBE_DIALOGUE,
		    .want = "starttls-silent",
		    .want_remedy = "try it so",
		    .hint = "try it so" },
		{ .cause = TRUST_PROBE_STARTTLS_CLOSED,
		    .phase = TRUST_PROBE_DIALOGUE,
		    .want = "starttls-broken",
		    .want_remedy = "imap runs on" },
		{ .cause = TRUST_PROBE_STARTTLS_IMPLICIT,
		    .phase = TRUST_PROBE_DIALOGUE,
		    .want = "starttls-implicit",
		    .want_remedy = "mail.example.com:143 --starttls none" },
		{ .cause = TRUST_PROBE_STARTTLS_REFUSED,
		    .phase = TRUST_PROBE_DIALOGUE,
		    .want = "starttls-refused",
		    .want_remedy = "(993)" },
		{ .cause = TRUST_PROBE_STARTTLS_INJECTION,
		    .phase = TRUST_PROBE_DIALOGUE,
		    .want = "starttls-injection",
		    .want_remedy = "do not use" },
		{ .cause = TRUST_PROBE_TLS_SILENT,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "tls-silent",
		    .want_remedy = "--starttls" },
		{ .cause = TRUST_PROBE_TLS_NOT_TLS,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "not-tls",
		    .want_remedy = "check the port",
		    .message = "the server does not speak TLS here: it answered 'SSH-2.0'" },
		{ .cause = TRUST_PROBE_TLS_NOT_TLS,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "plain-http",
		    .want_remedy = "log in to it first",
		    .message =
			"the server does not speak TLS here: it answered 'HTTP/1.1 200 OK'" },
		{ .cause = TRUST_PROBE_TLS_VERSION,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "tls-too-old",
		    .want_remedy = "TLS 1.2 and 1.3" },
		{ .cause = TRUST_PROBE_TLS_CIPHER,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "tls-cipher",
		    .want_remedy = "RFC 9325" },
		{ .cause = TRUST_PROBE_TLS_NAME,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "tls-name-unknown",
		    .want_remedy = "this name" },
		{ .cause = TRUST_PROBE_TLS_ALERT,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "tls-broken",
		    .want_remedy = "server's log" },
		{ .cause = TRUST_PROBE_IDENTITY,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "identity",
		    .want_remedy = "trustctl list" },
		{ .cause = TRUST_PROBE_CRASH,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "local",
		    .want_remedy = "try again" },
		/* The store is not asked for its proxy once the way is there. */
		{ .cause = TRUST_PROBE_TLS_CLOSED,
		    .phase = TRUST_PROBE_HANDSHAKE,
		    .want = "tls-broken",
		    .want_remedy = "server's log",
		    .proxy = "HTTPS_PROXY=proxy.example" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_probe_facts facts = {
			.problem = {
			    .cause = rows[i].cause,
			    .phase = rows[i].phase,
			    .message = (char *)rows[i].message,
			    .hint = (char *)rows[i].hint,
			},
			.tls.alert = -1,
		};
		struct trust_diagnosis_question question = question_of(&facts);
		question.proxy = rows[i].proxy;
		TRUST_AUTO(trust_diagnosis) *diagnosis = trust_diagnose(&question);
		assert_int_equal(diagnosis->count, 1);
		assert_string_equal(trust_cause_id(diagnosis->causes[0].kind), rows[i].want);
		assert_non_null(strstr(diagnosis->causes[0].remedy, rows[i].want_remedy));
		assert_true(diagnosis->problem);
		assert_int_equal(
		    diagnosis->danger, rows[i].cause == TRUST_PROBE_STARTTLS_INJECTION);
	}
}

static void
every_row_has_its_words(void **state)
{
	(void)state;
	for (int i = 0; i < TRUST_CAUSE_KINDS; i++) {
		enum trust_cause_kind kind = (enum trust_cause_kind)i;
		assert_true(strlen(trust_cause_id(kind)) > 0 && strlen(trust_cause_who(kind)) > 0);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
			    trust_cause_id(kind), trust_cause_id((enum trust_cause_kind)k));
	}
}

/* ---- certificates -------------------------------------------------------------------------- */

static struct trust_cert *
cert_of_issuer(const char *issuer, const char *extensions)
{
	return cert_of((struct cert_text){ .issuer = issuer, .extensions = extensions });
}

static void
a_silent_web_server_is_a_note(void **state)
{
	struct trust_probe_step step = {
		.phase = TRUST_PROBE_HTTP,
		.cause = TRUST_PROBE_HTTP_SILENT,
		.words = (char *)"nothing came",
	};
	struct trust_probe_facts facts = { .steps = &step, .step_count = 1, .tls.finished = true };
	struct trust_probe_target web = target;
	struct trust_diagnosis_question question = question_of(&facts);

	(void)state;
	web.service = (char *)"https";
	question.target = &web;
	TRUST_AUTO(trust_diagnosis) *diagnosis = trust_diagnose(&question);
	assert_non_null(find(diagnosis, "http"));
	assert_false(diagnosis->problem);
}

static void
mail_at_another_address_than_the_domain_explains_a_wrong_name(void **state)
{
	TRUST_AUTO(trust_cert) *leaf = cert_of_issuer(CN("Issuer"), SAN("host53.provider.example"));
	const struct trust_cert *chain[] = { leaf };
	struct trust_probe_facts facts = { .address = (char *)"192.0.2.1", .tls.finished = true };
	struct trust_diagnosis_question question = question_of(&facts);

	(void)state;
	question.chain = chain;
	question.chain_count = 1;
	question.domain = "example.com";
	for (int same = 0; same < 2; same++) {
		question.domain_address = same ? "192.0.2.1" : "192.0.2.2";
		TRUST_AUTO(trust_diagnosis) *diagnosis = trust_diagnose(&question);
		assert_string_equal(trust_cause_id(diagnosis->causes[0].kind), "host-name");
		assert_int_equal(find(diagnosis, "other-provider") == NULL, same);
	}
}

static void
a_private_root_where_a_vendors_was_is_danger(void **state)
{
	TRUST_AUTO(trust_cert) *old = cert_of_issuer(CN("Public CA"), SAN("mail.example.com"));
	TRUST_AUTO(trust_cert) *root = cert_of((struct cert_text){
	    .issuer = CN("Proxy"), .subject = CN("Proxy"), .extensions = SAN("mail.example.com") });
	const struct trust_cert *chain[] = { root };
	struct trust_probe_facts facts = { .tls.finished = true };
	struct trust_diagnosis_question question = question_of(&facts);
	struct trust_seen seen = { .trusted = true, .vendor = true };

	(void)state;
	question.chain = chain;
	question.chain_count = 1;
	question.seen = &seen;
	question.seen_cert = old;
	TRUST_AUTO(trust_diagnosis) *diagnosis = trust_diagnose(&question);
	assert_string_equal(trust_cause_id(diagnosis->causes[0].kind), "interception");
	assert_true(diagnosis->danger);
	/* Where it was no vendor's before, it is a change like others. */
	seen.vendor = false;
	TRUST_AUTO(trust_diagnosis) *other = trust_diagnose(&question);
	assert_null(find(other, "interception"));
}

/* A chain of certificates that begin on 2026-01-01, asked about by a clock that says `now`. */
static struct trust_diagnosis *
diagnosis_at(const char *now, const char *program, int64_t server, const struct trust_cert **chain,
    size_t count)
{
	struct trust_probe_facts facts = {
		.tls.finished = true,
		.http = { .status = server ? 200 : 0, .date_seconds = server },
	};
	struct trust_diagnosis_question question = question_of(&facts);

	question.chain = chain;
	question.chain_count = count;
	assert_true(trust_time_parse(now, &question.now));
	assert_true(trust_time_parse(program, &question.made));
	return trust_diagnose(&question);
}

static void
a_clock_that_cannot_be_right_is_told_and_not_what_it_makes_of_certificates(void **state)
{
	static const struct {
		const char *sentence;
		const char *now;
		const char *made;
		const char *server; /* its Date; NULL: it sends none */
		const char *want;   /* the one of these causes; NULL: none */
		bool not_yet;
		const char *second; /* sent too: "issuer", or "leaf" once more; NULL: none */
	} rows[] = {
		{ "right", "2026-03-01", "2026-02-01", NULL, NULL, false, NULL },
		{ "before the program", "2025-01-01", "2026-02-01", NULL, "clock-before-program",
		    false, NULL },
		{ "before the program, where the server says more", "2025-01-01", "2026-02-01",
		    "2026-03-01", "clock", false, NULL },
		{ "before the program, and after the certificate began", "2026-01-15", "2026-02-01",
		    NULL, "clock-before-program", false, NULL },
		{ "before the certificate", "2025-12-31", "2025-02-01", NULL,
		    "clock-before-certificate", true, NULL },
		{ "before the certificate, where the server agrees", "2025-12-31", "2025-02-01",
		    "2025-12-31", NULL, true, NULL },
		{ "before two certificates", "2025-12-31", "2025-02-01", NULL, "clock-doubtful",
		    true, "issuer" },
		{ "before one that is sent twice", "2025-12-31", "2025-02-01", NULL,
		    "clock-before-certificate", true, "leaf" },
		{ "before two certificates, where the server agrees", "2025-12-31", "2025-02-01",
		    "2025-12-31", NULL, true, "issuer" },
		{ "before two certificates and the program", "2025-12-31", "2026-02-01", NULL,
		    "clock-before-program", false, "issuer" },
	};
	TRUST_AUTO(trust_cert) *leaf = cert_of((struct cert_text){ .issuer = CN("Issuer"),
	    .extensions = SAN("mail.example.com"),
	    .validity = "30{17'260101000000Z' 17'270101000000Z'}" });
	TRUST_AUTO(trust_cert) *issuer = cert_of((struct cert_text){ .issuer = CN("Root"),
	    .subject = CN("Issuer"),
	    .validity = "30{17'260101000000Z' 17'270101000000Z'}" });
	static const char *const ids[] = { "clock", "clock-before-program", "clock-doubtful",
		"clock-before-certificate" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_time server = { 0 };
		print_message("# %s\n", rows[i].sentence);
		const struct trust_cert *chain[] = { leaf, issuer };
		if (rows[i].second && strcmp(rows[i].second, "leaf") == 0)
			chain[1] = leaf;
		assert_true(!rows[i].server || trust_time_parse(rows[i].server, &server));
		TRUST_AUTO(trust_diagnosis) *diagnosis = diagnosis_at(
		    rows[i].now, rows[i].made, server.seconds, chain, rows[i].second ? 2 : 1);
		for (size_t k = 0; k < TRUST_COUNT(ids); k++)
			assert_int_equal(find(diagnosis, ids[k]) != NULL,
			    rows[i].want && strcmp(ids[k], rows[i].want) == 0);
		const struct trust_cause *early = find(diagnosis, "not-yet-valid");
		assert_int_equal(early != NULL, rows[i].not_yet);
		/* Whose job the certificate is, is not told of this machine's clock. */
		const char *first =
		    find(diagnosis, "clock-doubtful") ? "clock-doubtful" : "not-yet-valid";
		if (early) {
			assert_string_equal(early->remedy,
			    "have one issued that is valid now, or wait until 2026-01-01");
			assert_string_equal(trust_cause_id(diagnosis->causes[0].kind), first);
		}
		if (rows[i].want)
			assert_non_null(
			    strstr(find(diagnosis, rows[i].want)->remedy, "timedatectl"));
	}
}

static void
what_cannot_be_read_and_what_nobody_was_asked_about_is_no_yes(void **state)
{
	TRUST_AUTO(trust_cert) *leaf = cert_of_issuer(CN("Issuer"), SAN("mail.example.com"));
	struct trust_probe_facts facts = { .tls.finished = true };
	struct trust_diagnosis_question question = question_of(&facts);

	(void)state;
	for (int damaged = 0; damaged < 2; damaged++) {
		const struct trust_cert *chain[] = { damaged ? NULL : leaf };
		question.chain = chain;
		question.chain_count = 1;
		TRUST_AUTO(trust_diagnosis) *diagnosis = trust_diagnose(&question);
		assert_non_null(find(diagnosis, damaged ? "unreadable" : "no-store"));
		assert_null(find(diagnosis, damaged ? "no-store" : "unreadable"));
		assert_true(diagnosis->problem);
	}
}

static void
a_login_page_of_the_network_is_elsewhere_or_says_so(void **state)
{
	static const struct {
		const char *host;
		const char *location;
		uint32_t status;
		bool want;
	} rows[] = {
		{ "mail.example.com", "http://login.hotel.example/", 302, true },
		{ "mail.example.com", "http://login.hotel.example/", 301, false },
		{ "mail.example.com", "https://www.mail.example.com/", 302, false },
		{ "mail.example.com", "/start", 302, false },
		{ "mail.example.com", NULL, 302, false },
		{ "mail.example.com", NULL, 511, true },
		{ "2001:db8::1", "https://[2001:db8::1]/", 302, false },
		{ "2001:db8::1", "https://[2001:DB8::1]:8443/x", 307, false },
		{ "2001:db8::1", "https://[2001:db8::2]/", 302, true },
		{ "2001:db8::1", "https://[", 302, true },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_probe_facts facts = {
			.problem = { .cause = TRUST_PROBE_TLS_CLOSED,
			    .phase = TRUST_PROBE_HANDSHAKE },
			.plain_http = { .status = rows[i].status,
			    .location = (char *)(uintptr_t)rows[i].location },
			.tls.alert = -1,
		};
		struct trust_probe_target web = target;
		struct trust_diagnosis_question question = question_of(&facts);
		web.host = (char *)(uintptr_t)rows[i].host;
		question.target = &web;
		TRUST_AUTO(trust_diagnosis) *diagnosis = trust_diagnose(&question);
		const struct trust_cause *portal = find(diagnosis, "captive-portal");
		print_message("# %s of %s\n", rows[i].location, rows[i].host);
		assert_int_equal(portal != NULL, rows[i].want);
		if (portal && !rows[i].location) {
			assert_non_null(strstr(portal->sentence, " to a page of this network,"));
			assert_non_null(strstr(portal->remedy, "(open any http:// address in"));
		}
	}
}

/* The words of a store's verdict that no server here brings about. */
static void
what_a_store_says_becomes_a_cause(void **state)
{
	static const struct {
		enum trust_reason reason;
		const char *want;
	} rows[] = {
		{ TRUST_REASON_SIGNATURE, "signature" },
		{ TRUST_REASON_NOT_ANCHOR, "switched-off" },
		{ TRUST_REASON_REVOKED, "revoked" },
		{ TRUST_REASON_PATH_LENGTH, "refused" },
		{ TRUST_REASON_CRITICAL_EXTENSION, "refused" },
		{ TRUST_REASON_BUDGET, "refused" },
		{ TRUST_REASON_DISTRUST_AFTER, "refused" },
	};
	TRUST_AUTO(trust_cert) *leaf = cert_of_issuer(CN("Issuer"), SAN("mail.example.com"));
	const struct trust_cert *chain[] = { leaf };
	struct trust_probe_facts facts = { .tls.finished = true };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_verdict_step step = { .cert = leaf, .reason = rows[i].reason };
		struct trust_verdict verdict = {
			.answer = TRUST_ANSWER_NOT_TRUSTED,
			.reason = rows[i].reason,
			.sentence = (char *)"so it is",
			.remedy = (char *)"trustctl trust reset 0123",
			.path = &step,
			.path_count = 1,
		};
		struct trust_diagnosis_view views[] = {
			{ .name = "user", .store_words = "", .verdict = &verdict },
			{ .name = "firefox",
			    .store_words = " --store firefox",
			    .verdict = &verdict },
		};
		struct trust_diagnosis_question question = question_of(&facts);
		question.chain = chain;
		question.chain_count = 1;
		question.views = views;
		question.view_count = 2;
		TRUST_AUTO(trust_diagnosis) *diagnosis = trust_diagnose(&question);
		const struct trust_cause *cause = find(diagnosis, rows[i].want);
		assert_non_null(cause);
		assert_string_equal(cause->sentence, "so it is");
		assert_string_equal(cause->remedy, "trustctl trust reset 0123");
		assert_string_equal(cause->stores, "user, firefox");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_trouble_on_the_way_is_the_one_cause),
		cmocka_unit_test(every_row_has_its_words),
		cmocka_unit_test(a_silent_web_server_is_a_note),
		cmocka_unit_test(mail_at_another_address_than_the_domain_explains_a_wrong_name),
		cmocka_unit_test(a_private_root_where_a_vendors_was_is_danger),
		cmocka_unit_test(
		    a_clock_that_cannot_be_right_is_told_and_not_what_it_makes_of_certificates),
		cmocka_unit_test(what_cannot_be_read_and_what_nobody_was_asked_about_is_no_yes),
		cmocka_unit_test(a_login_page_of_the_network_is_elsewhere_or_says_so),
		cmocka_unit_test(what_a_store_says_becomes_a_cause),
	};

	return cmocka_run_group_tests(tests, NULL, free_made);
}
