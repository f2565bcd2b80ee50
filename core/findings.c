/* SPDX-License-Identifier: MPL-2.0 */
/* Findings: their words, and what a path and the machine tell. */

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/findings_internal.h"
#include "core/oid.h"
#include "core/store.h"
#include "core/text.h"
#include "core/verdict_internal.h"

/* A list of roots without any decision for so long was not updated. */
#define OLD_ROOTS_SECONDS ((int64_t)3 * 365 * 24 * 60 * 60)
#define MAX_FINDINGS 1000
#define MAX_NAMES_TOLD 8

static const struct {
	const char *word;
	enum trust_severity severity;
	enum trust_whose whose;
	const char *sentence;
	const char *source;
	const char *remedy;
} kinds[] = {
#define X(name, word, severity, whose, sentence, source, remedy)                                   \
	{ word, TRUST_SEVERITY_##severity, TRUST_WHOSE_##whose, sentence, source, remedy },
#include "data/findings.def"
#undef X
};

/* ---- one finding --------------------------------------------------------------------------- */

struct words {
	const char *name;
	const char *value;
};

/* {name} or {value} */
static char *
value_of(const void *context, const char *key, size_t size)
{
	const struct words *words = context;
	return trust_strdup(
	    size == 4 && memcmp(key, "name", size) == 0 ? words->name : words->value);
}

void
findings_add(struct trust_findings *findings, enum trust_finding_id id,
    const struct trust_cert *cert, char *value)
{
	TRUST_AUTO_FREE char *owned = value;
	TRUST_AUTO_FREE char *name = cert ? trust_cert_label(cert) : trust_strdup("");
	const struct words words = { name, owned ? owned : "" };

	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].id == id && findings->list[i].cert == cert)
			return;
	if (findings->count == MAX_FINDINGS)
		return;
	findings->list =
	    trust_grow_array(findings->list, findings->count + 1, sizeof *findings->list);
	findings->list[findings->count++] = (struct trust_finding){
		.id = id,
		.cert = cert,
		.word = kinds[id].word,
		.severity = kinds[id].severity,
		.whose = kinds[id].whose,
		.source = kinds[id].source,
		.sentence = trust_text_fill(kinds[id].sentence, value_of, &words),
		.remedy = trust_text_fill(kinds[id].remedy, value_of, &words),
	};
}

void
trust_findings_free(struct trust_findings *findings)
{
	if (!findings)
		return;
	for (size_t i = 0; i < findings->count; i++) {
		trust_free(findings->list[i].sentence);
		trust_free(findings->list[i].remedy);
	}
	trust_free(findings->list);
	trust_free(findings);
}

static int
compare_findings(const void *a, const void *b)
{
	const struct trust_finding *x = a;
	const struct trust_finding *y = b;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	return x->id != y->id ? (x->id < y->id ? -1 : 1) : strcmp(x->sentence, y->sentence);
}

static struct trust_findings *
sorted(struct trust_findings *findings)
{
	if (findings->count)
		qsort(findings->list, findings->count, sizeof *findings->list, compare_findings);
	return findings;
}

/* What a person shows or signs with is no server's: the job is whoever has it. */
static void
tell_a_person(struct trust_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct trust_finding *finding = &findings->list[i];
		if (finding->whose == TRUST_WHOSE_SERVER)
			finding->whose = TRUST_WHOSE_YOU;
		if (finding->id == TRUST_FINDING_MISSING_ISSUER ||
		    finding->id == TRUST_FINDING_MISSING_TOP) {
			trust_free(finding->remedy);
			finding->remedy =
			    trust_strdup("get it from its CA, then: trustctl import FILE");
		}
	}
}

struct trust_findings *
trust_findings_of_cert(const struct trust_cert *cert, struct trust_time at)
{
	struct trust_findings *findings = trust_alloc(sizeof *findings);
	enum trust_kind kind = trust_kind_of_cert(cert, false);
	struct finding_role role = {
		.usage = kind == TRUST_KIND_SERVER ? TRUST_TLS_SERVER : TRUST_EMAIL,
		.leaf = kind == TRUST_KIND_SERVER ||
		    (kind == TRUST_KIND_PERSON &&
			trust_cert_has_purpose(cert, TRUST_OID_EMAIL_PROTECTION)),
		.anchor = kind == TRUST_KIND_ROOT,
	};

	findings_of_cert(findings, cert, &role, at);
	if (kind == TRUST_KIND_PERSON)
		tell_a_person(findings);
	return sorted(findings);
}

/* ---- paths --------------------------------------------------------------------------------- */

static bool
is_in_path(const struct trust_verdict *verdict, const struct trust_cert *cert)
{
	for (size_t i = 0; i < verdict->path_count; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a path of n has n */
		if (memcmp(verdict->path[i].cert->id, cert->id, sizeof cert->id) == 0)
			return true;
	return false;
}

static char *
date_words(struct trust_time time)
{
	char date[32];
	trust_time_format_date(time, date);
	return trust_strdup(date);
}

/* Expired, and another of the same name and key is not. */
static bool
has_valid_twin(const struct trust_question *question, const struct trust_verdict *verdict,
    const struct trust_cert *cert)
{
	if (!trust_cert_is_expired(cert, question->at))
		return false;
	for (size_t i = 0; i < verdict->path_count; i++) {
		const struct trust_cert *twin = verdict->path[i].cert;
		if (twin != cert && !trust_cert_is_expired(twin, question->at) &&
		    trust_bytes_equal(twin->spki, cert->spki) &&
		    trust_name_equal(twin->subject, cert->subject))
			return true;
	}
	return false;
}

static void
find_helpers(struct trust_findings *findings, const struct trust_question *question,
    const struct trust_verdict *verdict)
{
	bool trusted = verdict->answer == TRUST_ANSWER_TRUSTED;

	for (size_t i = 0; i < question->other_count; i++) {
		const struct trust_cert *cert = question->others[i];
		if (has_valid_twin(question, verdict, cert))
			findings_add(findings, TRUST_FINDING_EXPIRED_TWIN, cert,
			    date_words(cert->not_after));
		else if (trusted && trust_bytes_equal(cert->subject, cert->issuer))
			findings_add(findings, TRUST_FINDING_NEEDLESS_ROOT, cert, NULL);
		else if (trusted && !is_in_path(verdict, cert))
			findings_add(findings, TRUST_FINDING_UNRELATED, cert, NULL);
	}
}

static void
find_issuer(struct trust_findings *findings, const struct trust_verdict *verdict)
{
	const struct trust_cert *top = verdict->path[verdict->path_count - 1].cert;

	if (verdict->reason != TRUST_REASON_UNKNOWN_ISSUER)
		return;
	/* What issued a CA is a root most often, which no server sends. */
	findings_add(findings,
	    trust_cert_is_ca(top) ? TRUST_FINDING_MISSING_TOP : TRUST_FINDING_MISSING_ISSUER, top,
	    trust_name_display(top->issuer));
	char *url = trust_cert_issuer_url(top);
	if (url)
		findings_add(findings, TRUST_FINDING_PUBLISHED_ISSUER, top, url);
}

static void
find_host(struct trust_findings *findings, const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER out;
	size_t told = 0;

	trust_buffer_init(&out, 8192);
	if (!trust_cert_names(cert, &names, &ignored))
		return;
	for (size_t i = 0; i < names->count && told < MAX_NAMES_TOLD; i++)
		if ((names->entries[i].kind == TRUST_NAME_DNS ||
			names->entries[i].kind == TRUST_NAME_IP) &&
		    strlen(names->entries[i].text) <= 255)
			trust_buffer_printf(
			    &out, "%s%s", told++ ? ", " : "", names->entries[i].text);
	if (told)
		findings_add(
		    findings, TRUST_FINDING_NAMES_THAT_MATCH, cert, trust_buffer_take(&out));
}

static void
find_in_path(struct trust_findings *findings, const struct trust_question *question,
    const struct trust_verdict *verdict)
{
	const struct trust_verdict_step *top = &verdict->path[verdict->path_count - 1];
	bool anchored = top->state == TRUST_TRUSTED;

	for (size_t i = 0; i < verdict->path_count; i++) {
		const struct trust_verdict_step *step = &verdict->path[i];
		const struct finding_role role = {
			.usage = question->usage,
			/* What is not a server's own is told for hosts asked about only. */
			.leaf = i == 0 && !verdict_asks_ca(question),
			.anchor = anchored && step == top,
			.public_ca = anchored && top->from_builtin,
		};
		findings_of_cert(findings, step->cert, &role, question->at);
		/* At a time at which it is not valid nothing is known of it, and need not be. */
		if (step->reason != TRUST_REASON_EXPIRED &&
		    step->reason != TRUST_REASON_NOT_YET_VALID &&
		    step->revocation.state == TRUST_REVOCATION_UNKNOWN &&
		    step->revocation.gap > TRUST_GAP_SCOPE)
			findings_add(findings, TRUST_FINDING_STALE_REVOCATION, step->cert,
			    trust_strdup(trust_revocation_gap_words(step->revocation.gap)));
	}
	if (verdict->has_distrust_after && verdict->reason != TRUST_REASON_DISTRUST_AFTER)
		findings_add(findings, TRUST_FINDING_DISTRUSTED_LATER, top->cert,
		    date_words(verdict->distrust_after));
}

/* Firefox builds no path over more CAs (mozilla::pkix: MAX_SUBCA_COUNT). */
#define MAX_CAS_OF_FIREFOX 6

/* What keeps Firefox from a path that is one: it looks for issuers by the bytes of their names, and
 * reads no certificate whose issuer and serial number a store of its has already. */
static void
find_for_firefox(struct trust_findings *findings, const struct trust_court *court,
    const struct trust_question *question, const struct trust_verdict *verdict)
{
	bool anchored = verdict->path[verdict->path_count - 1].state == TRUST_TRUSTED;
	size_t between = verdict->path_count - 1 - !verdict_asks_ca(question);

	for (size_t i = 0; i < verdict->path_count; i++) {
		const struct trust_cert *cert = verdict->path[i].cert;
		const struct trust_cert *twin = court_namesake(court, cert);
		if (twin)
			findings_add(
			    findings, TRUST_FINDING_SAME_SERIAL, cert, trust_cert_label(twin));
		if (i + 1 < verdict->path_count &&
		    !trust_bytes_equal(cert->issuer, verdict->path[i + 1].cert->subject))
			findings_add(findings, TRUST_FINDING_NAME_FORM, cert,
			    trust_cert_label(verdict->path[i + 1].cert));
	}
	if (anchored && verdict->path_count > 2 && between > MAX_CAS_OF_FIREFOX)
		findings_add(findings, TRUST_FINDING_LONG_PATH, question->cert,
		    trust_printf("%zu", between));
}

/* ---- the machine --------------------------------------------------------------------------- */

struct trust_machine
trust_machine_now(const struct trust_store *roots)
{
	struct trust_machine machine = {
		.now = trust_time_now(),
		.has_now = true,
		.made = trust_time_made(),
	};

	for (size_t i = 0; roots && i < trust_store_count(roots); i++) {
		const struct trust_item *item = trust_store_item(roots, i);
		struct trust_time newest = item->cert ? item->cert->not_before : machine.roots_of;
		for (int usage = 0; usage < TRUST_USAGES; usage++)
			if (item->has_distrust_after[usage] &&
			    trust_time_compare(item->distrust_after[usage], newest) > 0)
				newest = item->distrust_after[usage];
		if (!machine.has_roots || trust_time_compare(newest, machine.roots_of) > 0)
			machine.roots_of = newest;
		machine.has_roots = true;
	}
	return machine;
}

/* A path, or one of the certificates that came with the question. */
static const struct trust_cert *
newest_shown(const struct trust_question *question, const struct trust_verdict *verdict)
{
	const struct trust_cert *newest = question->cert;

	for (size_t i = 0; i < verdict->path_count + question->other_count; i++) {
		const struct trust_cert *cert = i < verdict->path_count
		    ? verdict->path[i].cert
		    : question->others[i - verdict->path_count];
		if (trust_time_compare(cert->not_before, newest->not_before) > 0)
			newest = cert;
	}
	return newest;
}

/* newest  NULL: no certificate is looked at */
static void
find_in_clock(struct trust_findings *findings, const struct trust_cert *newest,
    const struct trust_machine *machine)
{
	if (trust_time_compare(machine->now, machine->made) < 0)
		findings_add(
		    findings, TRUST_FINDING_CLOCK_BEFORE_PROGRAM, NULL, date_words(machine->now));
	if (newest && trust_time_compare(machine->now, newest->not_before) < 0)
		findings_add(findings, TRUST_FINDING_CLOCK_BEFORE_CERTIFICATE, newest,
		    date_words(machine->now));
	if (llabs(machine->skew_seconds) > TRUST_MAX_CLOCK_SKEW_SECONDS)
		findings_add(findings, TRUST_FINDING_CLOCK_DIFFERS, NULL,
		    trust_time_skew_words(machine->skew_seconds));
}

struct trust_findings *
trust_findings_of_clock(const struct trust_machine *machine)
{
	struct trust_findings *findings = trust_alloc(sizeof *findings);

	find_in_clock(findings, NULL, machine);
	return sorted(findings);
}

static void
find_in_machine(struct trust_findings *findings, const struct trust_question *question,
    const struct trust_verdict *verdict, const struct trust_machine *machine)
{
	if (machine->has_now)
		find_in_clock(findings, newest_shown(question, verdict), machine);
	if (machine->ignored_by && question->usage == TRUST_TLS_SERVER &&
	    verdict->answer == TRUST_ANSWER_TRUSTED && trust_verdict_is_by_store(verdict))
		findings_add(
		    findings, TRUST_FINDING_STORE_IGNORED, NULL, trust_strdup(machine->ignored_by));
	if (machine->has_now && machine->has_roots && !trust_verdict_is_by_store(verdict) &&
	    machine->now.seconds - machine->roots_of.seconds > OLD_ROOTS_SECONDS)
		findings_add(
		    findings, TRUST_FINDING_OLD_ROOTS, NULL, date_words(machine->roots_of));
}

struct trust_findings *
trust_findings_of_verdict(const struct trust_court *court, const struct trust_question *question,
    const struct trust_verdict *verdict, const struct trust_machine *machine)
{
	struct trust_findings *findings = trust_alloc(sizeof *findings);

	find_in_path(findings, question, verdict);
	if (question->usage != TRUST_CODE_SIGNING)
		find_for_firefox(findings, court, question, verdict);
	find_helpers(findings, question, verdict);
	find_issuer(findings, verdict);
	if (verdict->reason == TRUST_REASON_HOST_NAME)
		find_host(findings, verdict->path[0].cert);
	if (machine)
		find_in_machine(findings, question, verdict, machine);
	if (question->usage != TRUST_TLS_SERVER)
		tell_a_person(findings);
	return sorted(findings);
}
