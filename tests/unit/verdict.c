/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Interprets tests/chains/NAME.test. Its certificates are made by tests/chains/make-chains for this
 * run. Lines of a case:
 *
 *     case SENTENCE
 *     store NAME [STATE | USAGE=STATE,...]     in the store; no state: no record
 *     builtin NAME [STATE | ...] [distrust-after=DATE]
 *     with NAME...                             untrusted certificates to build with; * is any text
 *     as-mozilla                               as Firefox and Thunderbird read the store
 *     exclude NAME                             as if it were not in the store
 *     crl NAME...   ocsp NAME...               revocation lists and OCSP answers
 *     ask NAME USAGE [host HOST] [email ADDRESS] [at DATE] [policy OID]...
 *         [demand policy|no-mapping|no-any|revocation]...
 *                                              default: at 2026-06-01; "now" is the clock
 *     want trusted | not-trusted [REASON] | undetermined REASON
 *     path NAME...                             the path told, leaf first
 *     step NAME TEXT                           what is said of that element's revocation
 *     step NAME reason REASON                  that element's own reason
 *     whose TEXT                               whose job the remedy is
 *     clock DATE   roots-of DATE   skew SECONDS   ignored-by PROGRAM
 *                                              of the machine, for findings
 *     finding WORD [TEXT]   no-finding WORD    what is told beside, and what is not
 *     sentence TEXT                            what the sentence has in it
 *     remedy TEXT                              likewise; - for none; {NAME} is a short identifier
 *     openssl                                  `openssl verify` says yes where we do
 */

#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/findings.h"
#include "core/name_constraints.h"
#include "core/store_internal.h"
#include "core/verdict_internal.h"
#include "tests/unit/chain_case.h"

/* ---- what is wanted ------------------------------------------------------------------------ */

static const char *
answer_word(enum trust_answer answer)
{
	static const char *const words[] = { "trusted", "not-trusted", "undetermined" };
	return words[answer];
}

static void
want_answer(const struct line *line, const struct trust_verdict *verdict)
{
	assert_string_equal(answer_word(verdict->answer), line->words[1]);
	if (line->count > 2)
		assert_string_equal(trust_reason_word(verdict->reason), line->words[2]);
	else if (verdict->answer == TRUST_ANSWER_TRUSTED)
		assert_int_equal(verdict->reason, TRUST_REASON_NONE);
}

static void
want_path(
    const struct chapter *chapter, const struct line *line, const struct trust_verdict *verdict)
{
	TRUST_AUTO_BUFFER is;
	TRUST_AUTO_BUFFER want;

	trust_buffer_init(&is, 10000);
	trust_buffer_init(&want, 10000);
	for (size_t i = 0; i < verdict->path_count; i++)
		trust_buffer_printf(&is, " %s", name_of(chapter, verdict->path[i].cert));
	for (size_t i = 1; i < line->count; i++)
		trust_buffer_printf(&want, " %s", line->words[i]);
	assert_string_equal((char *)is.data, (char *)want.data);
}

/* {NAME} becomes the first 16 digits of its identifier. */
static char *
with_ids(const struct chapter *chapter, const char *text)
{
	const char *open = strchr(text, '{');
	const char *close = open ? strchr(open, '}') : NULL;

	if (!close)
		return trust_strdup(text);
	TRUST_AUTO_FREE char *name = strndup(open + 1, (size_t)(close - open - 1));
	TRUST_AUTO_FREE char *id = trust_hex(cert_called(chapter, name)->id, 8);
	return trust_printf("%.*s%s%s", (int)(open - text), text, id, close + 1);
}

static void
want_text(const struct chapter *chapter, const struct line *line, const char *text)
{
	TRUST_AUTO_FREE char *want = with_ids(chapter, line->rest);

	if (strcmp(want, "-") == 0) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	if (!strstr(text, want))
		fail_msg("'%s' is not in '%s'", want, text);
}

/* What is known of an element's revocation. */
static void
want_step(
    const struct chapter *chapter, const struct line *line, const struct trust_verdict *verdict)
{
	const struct trust_cert *cert = cert_called(chapter, line->words[1]);
	const char *want = line->rest + strlen(line->words[1]) + 1;

	for (size_t i = 0; i < verdict->path_count; i++) {
		if (verdict->path[i].cert != cert)
			continue;
		if (strcmp(line->words[2], "reason") == 0) {
			assert_string_equal(
			    trust_reason_word(verdict->path[i].reason), line->words[3]);
			return;
		}
		TRUST_AUTO_FREE char *words = trust_revocation_words(&verdict->path[i].revocation);
		assert_non_null(words);
		if (!strstr(words, want))
			fail_msg("'%s' is not in '%s'", want, words);
		return;
	}
	fail_msg("'%s' is not in the path", line->words[1]);
}

/* ---- findings ------------------------------------------------------------------------------ */

/* What the case says of the machine. */
static struct trust_machine
read_machine(const struct chain_case *test)
{
	struct trust_machine machine = { .made = { 1793491200 } }; /* 2026-11-01 */

	for (size_t i = 0; i < test->count; i++) {
		const struct line *line = &test->lines[i];
		if (strcmp(line->words[0], "clock") == 0)
			machine.has_now = trust_time_parse(line->words[1], &machine.now);
		if (strcmp(line->words[0], "skew") == 0)
			machine.skew_seconds = atoll(line->words[1]);
		if (strcmp(line->words[0], "roots-of") == 0)
			machine.has_roots = trust_time_parse(line->words[1], &machine.roots_of);
		if (strcmp(line->words[0], "ignored-by") == 0)
			machine.ignored_by = line->words[1];
	}
	return machine;
}

static const struct trust_finding *
finding_called(const struct trust_findings *findings, const char *word)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->list[i].word, word) == 0)
			return &findings->list[i];
	return NULL;
}

static void
check_findings(const struct chain_case *test, const struct trust_court *court,
    const struct setting *setting, const struct trust_verdict *verdict)
{
	struct trust_machine machine = read_machine(test);
	TRUST_AUTO(trust_findings) *findings =
	    trust_findings_of_verdict(court, &setting->question, verdict, &machine);

	for (size_t i = 0; i < test->count; i++) {
		const struct line *line = &test->lines[i];
		if (strcmp(line->words[0], "finding") == 0) {
			const struct trust_finding *found =
			    finding_called(findings, line->words[1]);
			const char *want = line->rest + strlen(line->words[1]);
			if (!found)
				fail_msg("'%s' was not found", line->words[1]);
			if (*want && !strstr(found->sentence, want + 1))
				fail_msg("'%s' is not in '%s'", want + 1, found->sentence);
			assert_null(strchr(found->sentence, '{'));
			assert_null(strchr(found->remedy, '{'));
		}
		if (strcmp(line->words[0], "no-finding") == 0)
			assert_null(finding_called(findings, line->words[1]));
	}
}

static void
every_finding_is_told_by_some_case(void **state)
{
	static const char *const words[] = {
#define X(name, word, severity, whose, sentence, source, remedy) word,
#include "data/findings.def"
#undef X
	};

	(void)state;
	for (size_t id = 0; id < TRUST_COUNT(words); id++) {
		const char *word = words[id];
		bool found = false;
		for (size_t i = 0; !found && i < case_count; i++)
			for (size_t j = 0; !found && j < cases[i].count; j++)
				found = strcmp(cases[i].lines[j].words[0], "finding") == 0 &&
				    strcmp(cases[i].lines[j].words[1], word) == 0;
		if (!found)
			fail_msg("no case finds '%s'", word);
	}
}

/* ---- running ------------------------------------------------------------------------------- */

static double
seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
check_verdict(const struct chain_case *test, const struct setting *setting,
    const struct trust_verdict *verdict)
{
	const struct chapter *chapter = test->chapter;

	for (size_t i = 0; i < test->count; i++) {
		const struct line *line = &test->lines[i];
		const char *word = line->words[0];
		if (strcmp(word, "want") == 0)
			want_answer(line, verdict);
		else if (strcmp(word, "path") == 0)
			want_path(chapter, line, verdict);
		else if (strcmp(word, "sentence") == 0)
			want_text(chapter, line, verdict->sentence);
		else if (strcmp(word, "remedy") == 0)
			want_text(chapter, line, verdict->remedy);
		else if (strcmp(word, "step") == 0)
			want_step(chapter, line, verdict);
		else if (strcmp(word, "whose") == 0)
			want_text(chapter, line, trust_whose_words(verdict->whose));
		else if (strcmp(word, "openssl") == 0)
			want_openssl(chapter, setting, verdict);
		else if (
		    !strstr(
			"store builtin as-mozilla with exclude ask crl ocsp clock skew roots-of "
			"ignored-by finding no-finding",
			word))
			fail_msg("what is '%s'?", word);
	}
}

static void
run_case(void **state)
{
	const struct chain_case *test = *state;
	TRUST_AUTO_FREE struct setting *setting = trust_alloc(sizeof *setting);

	read_setting(test, setting);
	TRUST_AUTO(trust_court) *court = trust_court_from(setting->entries, setting->entry_count);
	court->mozilla = setting->mozilla;
	if (setting->excluded_count)
		trust_court_exclude(court, setting->excluded, setting->excluded_count);
	double start = seconds_now();
	TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &setting->question);
	double took = seconds_now() - start;
	print_message("# %s%s%s\n", verdict->sentence, verdict->remedy ? " | " : "",
	    verdict->remedy ? verdict->remedy : "");
	print_message("# %.1f ms\n", took * 1000);
	check_verdict(test, setting, verdict);
	check_findings(test, court, setting, verdict);
#ifndef __SANITIZE_ADDRESS__
	assert_true(took < 0.5);
#endif
	/* What is remembered changes no answer. */
	TRUST_AUTO(trust_verdict) *again = trust_court_ask(court, &setting->question);
	assert_int_equal(again->answer, verdict->answer);
	assert_int_equal(again->reason, verdict->reason);
	assert_string_equal(again->sentence, verdict->sentence);
}

static void
every_reason_is_told_by_some_case(void **state)
{
	(void)state;
	for (enum trust_reason reason = TRUST_REASON_NONE + 1; reason <= TRUST_REASON_BUDGET;
	     reason++) {
		bool found = false;
		for (size_t i = 0; !found && i < case_count; i++)
			for (size_t j = 0; !found && j < cases[i].count; j++) {
				const struct line *line = &cases[i].lines[j];
				found = line->count == 3 && strcmp(line->words[0], "want") == 0 &&
				    strcmp(line->words[2], trust_reason_word(reason)) == 0;
			}
		if (!found)
			fail_msg("no case wants '%s'", trust_reason_word(reason));
	}
}

static void
what_is_excluded_comes_back_when_the_list_is_cleared(void **state)
{
	const struct chapter *chapter = chapter_called("paths");
	struct trust_court_entry entry = { .states = trust_states_all(TRUST_TRUSTED) };
	struct trust_question question = { 0 };

	(void)state;
	entry.cert = cert_called(chapter, "root");
	question.cert = cert_called(chapter, "leaf-of-root");
	assert_true(trust_time_parse(DEFAULT_TIME, &question.at));
	TRUST_AUTO(trust_court) *court = trust_court_from(&entry, 1);
	for (int round = 0; round < 3; round++) {
		const uint8_t *id = entry.cert->id;
		trust_court_exclude(court, round == 1 ? &id : NULL, round == 1);
		TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
		assert_int_equal(
		    verdict->reason, round == 1 ? TRUST_REASON_UNKNOWN_ISSUER : TRUST_REASON_NONE);
	}
}

static void
a_court_of_no_stores_knows_nobody(void **state)
{
	TRUST_AUTO(trust_court) *court = trust_court_new(NULL, NULL);
	struct trust_question question = { .cert = chapters[0].certs[0].cert };

	(void)state;
	assert_true(trust_time_parse(DEFAULT_TIME, &question.at));
	TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
	assert_int_equal(verdict->answer, TRUST_ANSWER_NOT_TRUSTED);
}

/* ---- real stores --------------------------------------------------------------------------- */

static void
add_record(struct trust_store *store, const struct trust_cert *cert, enum trust_state state,
    enum trust_seal seal)
{
	struct trust_raw_record record = {
		.spelling = TRUST_LEGACY,
		.object_id = 7,
		.issuer = cert->issuer,
		.serial = cert->serial_tlv,
		.states = trust_states_all(state),
		.seal = seal,
	};
	trust_store_add_record(store, &record);
}

static enum trust_reason
reason_told(const struct trust_store *store, const struct trust_store *builtin,
    const struct chapter *chapter)
{
	const struct trust_cert *others[] = { cert_called(chapter, "inter"),
		cert_called(chapter, "root") };
	struct trust_question question = {
		.cert = cert_called(chapter, "leaf"), .others = others, .other_count = 2
	};
	assert_true(trust_time_parse(DEFAULT_TIME, &question.at));
	TRUST_AUTO(trust_court) *court = trust_court_new(store, builtin);
	TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
	return verdict->reason;
}

/* A store with the root as anchor; NULL `about`: no other record. */
static struct trust_store *
make_store(
    const struct chapter *chapter, const char *about, enum trust_state state, enum trust_seal seal)
{
	struct trust_store *store = trust_alloc(sizeof *store);
	const struct trust_cert *root = cert_called(chapter, "root");

	trust_store_add_cert(
	    store, root->der, (struct trust_bytes){ 0 }, 1, (struct trust_bytes){ 0 });
	add_record(store, root, TRUST_TRUSTED, TRUST_SEAL_INTACT);
	if (about)
		add_record(store, cert_called(chapter, about), state, seal);
	trust_store_join(store);
	return store;
}

static void
a_record_counts_for_a_certificate_that_is_not_in_the_store(void **state)
{
	const struct chapter *chapter = chapter_called("trust");
	TRUST_AUTO(trust_store) *plain = make_store(chapter, NULL, 0, 0);
	TRUST_AUTO(trust_store) *distrust =
	    make_store(chapter, "inter", TRUST_DISTRUSTED, TRUST_SEAL_INTACT);
	TRUST_AUTO(trust_store) *tampered =
	    make_store(chapter, "inter", TRUST_DISTRUSTED, TRUST_SEAL_TAMPERED);

	(void)state;
	assert_int_equal(reason_told(plain, NULL, chapter), TRUST_REASON_NONE);
	assert_int_equal(reason_told(distrust, NULL, chapter), TRUST_REASON_DISTRUSTED);
	assert_int_equal(reason_told(NULL, distrust, chapter), TRUST_REASON_DISTRUSTED);
	assert_int_equal(reason_told(plain, distrust, chapter), TRUST_REASON_DISTRUSTED);
	assert_int_equal(reason_told(tampered, NULL, chapter), TRUST_REASON_NONE);
	TRUST_AUTO(trust_court) *court = trust_court_new(distrust, NULL);
	assert_true(court_distrusts_cert(court, cert_called(chapter, "inter"), TRUST_EMAIL));
	assert_false(court_distrusts_cert(court, cert_called(chapter, "leaf"), TRUST_EMAIL));
}

static void
a_tampered_anchor_is_none(void **state)
{
	const struct chapter *chapter = chapter_called("trust");
	const struct trust_cert *root = cert_called(chapter, "root");
	TRUST_AUTO(trust_store) *store = trust_alloc(sizeof *store);

	(void)state;
	trust_store_add_cert(
	    store, root->der, (struct trust_bytes){ 0 }, 1, (struct trust_bytes){ 0 });
	add_record(store, root, TRUST_TRUSTED, TRUST_SEAL_TAMPERED);
	trust_store_join(store);
	assert_int_equal(reason_told(store, NULL, chapter), TRUST_REASON_UNDECIDED_ROOT);
}

/* With the root in the store or not, one record that makes it an anchor, and a digest of what the
 * record is about. */
static enum trust_reason
reason_of_record(
    const struct chapter *chapter, enum trust_spelling spelling, bool here, const char *about)
{
	TRUST_AUTO(trust_store) *store = trust_alloc(sizeof *store);
	const struct trust_cert *root = cert_called(chapter, "root");
	uint8_t digest[TRUST_SHA256_BYTES];
	struct trust_raw_record record = {
		.spelling = spelling,
		.object_id = 7,
		.issuer = root->issuer,
		.serial = root->serial_tlv,
		.states = trust_states_all(TRUST_TRUSTED),
		.seal = TRUST_SEAL_INTACT,
	};

	if (here)
		trust_store_add_cert(
		    store, root->der, (struct trust_bytes){ 0 }, 1, (struct trust_bytes){ 0 });
	if (about) {
		struct trust_bytes der = cert_called(chapter, about)->der;
		bool modern = spelling == TRUST_MODERN;
		(modern ? trust_sha256 : trust_sha1)(der.data, der.size, digest);
		record.digest =
		    (struct trust_bytes){ digest, modern ? TRUST_SHA256_BYTES : TRUST_SHA1_BYTES };
	}
	trust_store_add_record(store, &record);
	trust_store_join(store);
	return reason_told(store, NULL, chapter);
}

static void
a_trust_left_behind_counts_for_its_own_certificate_alone(void **state)
{
	static const struct {
		bool here;
		const char *about;
		enum trust_reason want;
	} rows[] = {
		{ false, "root", TRUST_REASON_NONE },
		{ false, "leaf", TRUST_REASON_UNDECIDED_ROOT },
		{ false, NULL, TRUST_REASON_UNDECIDED_ROOT },
		{ true, "root", TRUST_REASON_NONE },
		{ true, "leaf", TRUST_REASON_UNDECIDED_ROOT },
	};
	const struct chapter *chapter = chapter_called("trust");

	(void)state;
	for (size_t i = 0; i < 2 * TRUST_COUNT(rows); i++) {
		enum trust_spelling spelling = i % 2 ? TRUST_MODERN : TRUST_LEGACY;
		assert_int_equal(
		    reason_of_record(chapter, spelling, rows[i / 2].here, rows[i / 2].about),
		    rows[i / 2].want);
	}
}

static void
mozillas_programs_read_the_record_of_a_leaf_otherwise(void **state)
{
	static const struct {
		enum trust_place_kind kind;
		enum trust_usage usage;
		const char *name;
		enum trust_state is;
		enum trust_reason want;
	} rows[] = {
		{ TRUST_PLACE_USER, TRUST_TLS_SERVER, "leaf", TRUST_PEER, TRUST_REASON_NONE },
		{ TRUST_PLACE_FIREFOX, TRUST_TLS_SERVER, "leaf", TRUST_PEER,
		    TRUST_REASON_UNKNOWN_ISSUER },
		{ TRUST_PLACE_THUNDERBIRD, TRUST_TLS_SERVER, "leaf", TRUST_PEER,
		    TRUST_REASON_UNKNOWN_ISSUER },
		{ TRUST_PLACE_THUNDERBIRD, TRUST_EMAIL, "leaf", TRUST_PEER,
		    TRUST_REASON_UNKNOWN_ISSUER },
		{ TRUST_PLACE_USER, TRUST_TLS_SERVER, "alone", TRUST_TRUSTED,
		    TRUST_REASON_SELF_SIGNED },
		{ TRUST_PLACE_FIREFOX, TRUST_TLS_SERVER, "alone", TRUST_TRUSTED,
		    TRUST_REASON_NONE },
		{ TRUST_PLACE_FIREFOX, TRUST_TLS_SERVER, "leaf", TRUST_TRUSTED, TRUST_REASON_NONE },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		const struct trust_cert *cert = cert_called(chapter_called("trust"), rows[i].name);
		TRUST_AUTO(trust_store) *store = trust_alloc(sizeof *store);
		struct trust_question question = { .cert = cert, .usage = rows[i].usage };
		store->place.kind = rows[i].kind;
		trust_store_add_cert(
		    store, cert->der, (struct trust_bytes){ 0 }, 1, (struct trust_bytes){ 0 });
		add_record(store, cert, rows[i].is, TRUST_SEAL_INTACT);
		trust_store_join(store);
		assert_true(trust_time_parse(DEFAULT_TIME, &question.at));
		TRUST_AUTO(trust_court) *court = trust_court_new(store, NULL);
		TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
		assert_int_equal(verdict->reason, rows[i].want);
	}
}

/* The certificate with the byte at `find` + `offset` set to `value`. */
static struct trust_cert *
patched(const struct trust_cert *cert, const void *find, size_t size, size_t offset, uint8_t value)
{
	TRUST_AUTO_FREE uint8_t *der = trust_memdup(cert->der.data, cert->der.size);
	uint8_t *subject = der + (cert->subject.data - cert->der.data);
	uint8_t *at = memmem(subject, cert->subject.size, find, size);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *result = NULL;

	assert_non_null(at);
	at[offset] = value;
	assert_true(
	    trust_cert_decode((struct trust_bytes){ der, cert->der.size }, &result, &error));
	return result;
}

/* What cannot be compared with an exclusion is not known to be outside of it. */
static void
names_that_cannot_be_compared_are_excluded(void **state)
{
	static const uint8_t email[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01 };
	const struct chapter *chapter = chapter_called("names");
	const struct trust_cert *directory = cert_called(chapter, "dir-not-out");
	TRUST_AUTO(trust_cert) *wide =
	    patched(cert_called(chapter, "email-wide"), email, sizeof email, sizeof email, 0x1e);
	TRUST_AUTO(trust_cert) *broken =
	    patched(directory, directory->subject.data, directory->subject.size, 2, 0x30);
	static const uint8_t organisation[] = { 0x55, 0x04, 0x0a, 0x0c };
	TRUST_AUTO(trust_cert) *visible =
	    patched(cert_called(chapter, "dir-not-in"), organisation, sizeof organisation, 3, 0x1a);
	uint64_t work = 0;

	(void)state;
	assert_int_equal(trust_name_constraints_check(
			     cert_called(chapter, "dir-not-ca"), visible, &work, 1000, NULL),
	    TRUST_NAME_EXCLUDED);
	assert_int_equal(trust_name_constraints_check(cert_called(chapter, "email-one-ca"),
			     cert_called(chapter, "email-wide"), &work, 1000, NULL),
	    TRUST_NAME_FITS);
	assert_int_equal(trust_name_constraints_check(
			     cert_called(chapter, "email-one-ca"), wide, &work, 1000, NULL),
	    TRUST_NAME_EXCLUDED);
	assert_int_equal(trust_name_constraints_check(
			     cert_called(chapter, "dir-not-ca"), directory, &work, 1000, NULL),
	    TRUST_NAME_FITS);
	assert_int_equal(trust_name_constraints_check(
			     cert_called(chapter, "dir-not-ca"), broken, &work, 1000, NULL),
	    TRUST_NAME_EXCLUDED);
}

int
main(void)
{
	const struct CMUnitTest last[] = {
		cmocka_unit_test(every_reason_is_told_by_some_case),
		cmocka_unit_test(every_finding_is_told_by_some_case),
		cmocka_unit_test(what_is_excluded_comes_back_when_the_list_is_cleared),
		cmocka_unit_test(a_court_of_no_stores_knows_nobody),
		cmocka_unit_test(a_record_counts_for_a_certificate_that_is_not_in_the_store),
		cmocka_unit_test(a_tampered_anchor_is_none),
		cmocka_unit_test(a_trust_left_behind_counts_for_its_own_certificate_alone),
		cmocka_unit_test(mozillas_programs_read_the_record_of_a_leaf_otherwise),
		cmocka_unit_test(names_that_cannot_be_compared_are_excluded),
	};

	read_chapters();
	struct CMUnitTest *tests = trust_alloc_array(case_count + TRUST_COUNT(last), sizeof *tests);
	for (size_t i = 0; i < case_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].sentence, .test_func = run_case, .initial_state = &cases[i]
		};
	memcpy(tests + case_count, last, sizeof last);
	int failed =
	    _cmocka_run_group_tests("verdict", tests, case_count + TRUST_COUNT(last), NULL, NULL);
	trust_free(tests);
	free_everything();
	return failed != 0;
}
