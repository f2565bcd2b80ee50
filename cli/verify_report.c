/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl verify` says; see verify_report.h. */

#include "cli/verify_report.h"

#include <string.h>

#include "cli/items.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/place.h"
#include "core/text.h"
#include "core/worker.h"

/* ---- one element of a path ----------------------------------------------------------------- */

/* What is wrong with an element, short; the sentence below the path says it whole. Dates are put
 * in below. */
static const char *const phrases[] = {
	[TRUST_REASON_SIGNATURE] = "its signature does not fit",
	[TRUST_REASON_NAME_CONSTRAINTS] = "has a name that a CA above may not issue for",
	[TRUST_REASON_POLICY] = "leaves no certificate policy that is demanded",
	[TRUST_REASON_NOT_A_CA] = "is no CA",
	[TRUST_REASON_PATH_LENGTH] = "has more CAs below it than it allows",
	[TRUST_REASON_KEY_USAGE] = "its key usage forbids this",
	[TRUST_REASON_PURPOSE] = "has other purposes",
	[TRUST_REASON_CRITICAL_EXTENSION] = "has a critical extension not understood here",
	[TRUST_REASON_UNKNOWN_ISSUER] = "its issuer is not here",
	[TRUST_REASON_SELF_SIGNED] = "signed by itself, and no anchor",
	[TRUST_REASON_UNDECIDED_ROOT] = "nobody decided to trust it",
	[TRUST_REASON_NOT_ANCHOR] = "no anchor for this usage",
	[TRUST_REASON_DISTRUSTED] = "distrusted",
	[TRUST_REASON_DISTRUST_AFTER] = "not trusted for what was issued this late",
	[TRUST_REASON_HOST_NAME] = "does not cover the host",
	[TRUST_REASON_EMAIL] = "is not for this address",
	[TRUST_REASON_WEAK] = "too weak",
	[TRUST_REASON_REVOCATION] = "nobody knows whether it is revoked",
	[TRUST_REASON_BUDGET] = "too much to check",
};

char *
cli_verify_step_words(const struct trust_verdict_step *step, bool end)
{
	char date[32];

	if (step->reason == TRUST_REASON_REVOKED)
		return trust_revocation_words(&step->revocation);
	if (step->reason == TRUST_REASON_EXPIRED || step->reason == TRUST_REASON_NOT_YET_VALID) {
		bool expired = step->reason == TRUST_REASON_EXPIRED;
		trust_time_format_date(
		    expired ? step->cert->not_after : step->cert->not_before, date);
		return trust_printf(expired ? "expired on %s" : "not valid before %s", date);
	}
	if (step->reason != TRUST_REASON_NONE)
		return trust_strdup(phrases[step->reason]);
	const char *list = step->from_builtin ? "the built-in list" : "the store";
	if (step->state == TRUST_PEER && end)
		return trust_printf("accepted itself by %s", list);
	if (step->state == TRUST_TRUSTED && end)
		return trust_printf("an anchor of %s", list);
	return trust_strdup("good");
}

/* How far the record behind a step's state was checked. */
static enum trust_seal
seal_of(const struct trust_store *store, const struct trust_verdict_step *step)
{
	const struct trust_item *item =
	    store && !step->from_builtin ? trust_store_find(store, step->cert->id) : NULL;
	return item ? trust_item_states_seal(store, item) : TRUST_SEAL_NONE;
}

/* Is there nothing to go by for any element? The anchor is not asked about. */
static bool
knows_nothing(const struct trust_verdict *verdict)
{
	for (size_t i = 0; i + 1 < verdict->path_count; i++)
		if (verdict->path[i].revocation.gap != TRUST_GAP_NOTHING)
			return false;
	return true;
}

/* Is there somebody to ask, for any element but the anchor? */
static bool
names_place(const struct trust_verdict *verdict)
{
	for (size_t i = 0; i + 1 < verdict->path_count; i++)
		if (trust_cert_has_revocation_place(verdict->path[i].cert))
			return true;
	return false;
}

/* ", not revoked (list of ...)"; nothing where there is nothing to go by for the whole path: the
 * frame says that. */
static char *
revocation_suffix(const struct trust_verdict *verdict, const struct trust_verdict_step *step)
{
	const struct trust_revocation *revocation = &step->revocation;

	if (revocation->state == TRUST_REVOCATION_NOT_ASKED ||
	    revocation->state == TRUST_REVOCATION_REVOKED ||
	    step->reason == TRUST_REASON_REVOCATION || knows_nothing(verdict) ||
	    step->reason == TRUST_REASON_EXPIRED || step->reason == TRUST_REASON_NOT_YET_VALID)
		return trust_strdup("");
	TRUST_AUTO_FREE char *words = trust_revocation_words(revocation);
	return trust_printf(", %s", words);
}

static void
put_revocation(struct cli_doc *doc, const struct trust_revocation *revocation)
{
	bool known = revocation->state == TRUST_REVOCATION_GOOD ||
	    revocation->state == TRUST_REVOCATION_REVOKED;
	TRUST_AUTO_FREE char *words = trust_revocation_words(revocation);

	cli_doc_begin(doc, NULL, "revocation");
	cli_doc_text(doc, NULL, "state", trust_revocation_state_word(revocation->state));
	cli_doc_text(doc, NULL, "words", words);
	cli_doc_text(doc, NULL, "source", !known ? NULL : revocation->by_ocsp ? "ocsp" : "crl");
	if (revocation->state == TRUST_REVOCATION_REVOKED) {
		enum trust_crl_reason reason = (enum trust_crl_reason)revocation->reason;
		cli_doc_time(doc, NULL, "revoked_on", revocation->when);
		cli_doc_text(doc, NULL, "revoked_for", trust_crl_reason_words(reason));
	}
	if (known)
		cli_doc_time(doc, NULL, "as_of", revocation->as_of);
	if (known && revocation->has_until)
		cli_doc_time(doc, NULL, "until", revocation->until);
	cli_doc_end(doc);
}

/* ", expires in 2 years", unless the step's reason tells its dates. */
static char *
expiry_suffix(const struct trust_verdict_step *step, struct trust_time at)
{
	if (step->reason == TRUST_REASON_EXPIRED || step->reason == TRUST_REASON_NOT_YET_VALID)
		return trust_strdup("");
	TRUST_AUTO_FREE char *expires = cli_expires_words(step->cert, at);
	return trust_printf(", %s", expires);
}

static void
put_step(struct cli_doc *doc, const struct trust_store *store,
    const struct trust_question *question, const struct trust_verdict *verdict, size_t at)
{
	const struct trust_verdict_step *step = &verdict->path[at];
	enum trust_seal seal = seal_of(store, step);
	TRUST_AUTO_FREE char *name = trust_cert_label(step->cert);
	TRUST_AUTO_FREE char *subject = trust_name_display(step->cert->subject);
	TRUST_AUTO_FREE char *issuer = trust_name_display(step->cert->issuer);
	TRUST_AUTO_FREE char *id = trust_hex(step->cert->id, sizeof step->cert->id);
	TRUST_AUTO_FREE char *words = cli_verify_step_words(step, at + 1 == verdict->path_count);
	const char *kind =
	    trust_kind_word(trust_kind_of_cert(step->cert, cli_verify_is_own(store, step->cert)));

	cli_doc_begin(doc, NULL, "step");
	cli_doc_text(doc, NULL, "name", name);
	cli_doc_text(doc, NULL, "id", id);
	cli_doc_text(doc, NULL, "item_kind", kind);
	cli_doc_text(doc, NULL, "subject", subject);
	cli_doc_text(doc, NULL, "issuer", issuer);
	cli_doc_time(doc, NULL, "not_before", step->cert->not_before);
	cli_doc_time(doc, NULL, "not_after", step->cert->not_after);
	cli_doc_text(doc, NULL, "reason", trust_reason_word(step->reason));
	cli_doc_text(doc, NULL, "words", words);
	cli_doc_text(doc, NULL, "state", trust_state_word(step->state));
	cli_doc_bool(doc, NULL, "state_from_builtin", step->from_builtin);
	cli_doc_text(doc, NULL, "seal", trust_seal_word(seal));
	put_revocation(doc, &step->revocation);
	cli_doc_end(doc);
	TRUST_AUTO_FREE char *revocation = revocation_suffix(verdict, step);
	TRUST_AUTO_FREE char *expiry = expiry_suffix(step, question->at);
	cli_doc_line(doc, "%*s%s%s (%s): %s%s%s%s", at > 0 ? 3 * (int)(at - 1) : 0, "",
	    at > 0 ? "\u2514\u2500 " : "", name, kind, words, revocation,
	    seal == TRUST_SEAL_UNVERIFIED ? " (record not checked: it needs the store's password)"
		: seal == TRUST_SEAL_TAMPERED ? " (record tampered with: it counts as none)"
					      : "",
	    expiry);
}

/* ---- the second opinion -------------------------------------------------------------------- */

/* libpkix can run away; it takes milliseconds otherwise. */
#define OPINION_LIMIT_MS 10000

struct opinion {
	struct trust_worker *worker; /* NULL: nobody asked */
	struct trust_error failed;   /* why NSS could not be asked */
};

static void
open_opinion(struct opinion *opinion, const struct cli_verify *verify,
    const struct trust_place *place, const struct trust_store *store)
{
	*opinion = (struct opinion){ .failed = TRUST_ERROR_INIT };
	if (!verify->second_opinion)
		return;
	if (!store || place->kind == TRUST_PLACE_BUILTIN)
		(void)trust_fail(&opinion->failed, TRUST_STORE_MISSING, NULL, "there is no store");
	else
		(void)!trust_worker_start_reader(
		    place->nss_libdir, place->path, &opinion->worker, &opinion->failed);
	if (opinion->worker)
		trust_worker_set_limit(opinion->worker, OPINION_LIMIT_MS);
}

/* Who decides as NSS does, where it differs. */
static void
put_difference(struct cli_doc *doc, bool nss_trusts)
{
	const char *words = nss_trusts ? "programs that leave the decision to NSS (Evolution, "
					 "LibreOffice) trust it all the same"
				       : "programs that leave the decision to NSS (Evolution, "
					 "LibreOffice) refuse it all the same";
	static const char others[] =
	    "Chromium, Firefox and Thunderbird decide for themselves, as told above";

	cli_doc_text(doc, NULL, "consequence", words);
	cli_doc_line(doc, "%s; %s", words, others);
}

/* NSS knows no host, no address, no policies and no revocation here, so our own answer is taken
 * without. A list of the store counts for us alone then, which the difference tells. */
static void
put_opinion(struct cli_doc *doc, struct opinion *opinion, struct trust_court *court,
    const struct trust_question *question)
{
	TRUST_AUTO_FREE struct trust_bytes *others =
	    trust_alloc_array(question->other_count + 1, sizeof *others);
	TRUST_AUTO_FREE char *why = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const char *failed = opinion->failed.message;

	for (size_t i = 0; i < question->other_count; i++)
		others[i] = question->others[i]->der;
	if (opinion->worker &&
	    !trust_worker_verify(opinion->worker, question->cert->der, question->usage,
		question->at.seconds, others, question->other_count, &why, &error))
		failed = error.message;
	if (failed) {
		cli_doc_line(doc, "NSS could not be asked: %s", failed);
		cli_doc_text(doc, NULL, "second_opinion_error", failed);
		return;
	}
	struct trust_question same = *question;
	same.host = NULL;
	same.email = NULL;
	same.policies = (struct trust_policy_wish){ 0 };
	TRUST_AUTO(trust_verdict) *ours = trust_court_ask(court, &same);
	bool differs = (ours->answer == TRUST_ANSWER_TRUSTED) != (why == NULL);
	const char *version = trust_worker_nss_version(opinion->worker);
	cli_doc_begin(doc, "", "second_opinion");
	cli_doc_text(doc, NULL, "nss_version", version);
	cli_doc_bool(doc, NULL, "trusted", why == NULL);
	cli_doc_text(doc, NULL, "words", why);
	cli_doc_bool(doc, NULL, "differs", differs);
	cli_doc_line(doc, "second opinion: NSS %s%s %s: %s%s%s", version,
	    question->host ? ", not asked about the host," : "", differs ? "differs" : "agrees",
	    why ? "not trusted" : "trusted", why ? ", " : "", why ? why : "");
	if (differs)
		put_difference(doc, why == NULL);
	cli_doc_end(doc);
}

/* ---- one usage ----------------------------------------------------------------------------- */

const char *
cli_verify_answer_word(enum trust_answer answer)
{
	static const char *const words[] = {
		[TRUST_ANSWER_TRUSTED] = "trusted",
		[TRUST_ANSWER_NOT_TRUSTED] = "not-trusted",
		[TRUST_ANSWER_UNDETERMINED] = "undetermined",
	};
	return words[answer];
}

bool
cli_verify_is_unchecked(const struct trust_verdict *verdict)
{
	return verdict->answer == TRUST_ANSWER_TRUSTED && verdict->path_count > 1 &&
	    knows_nothing(verdict);
}

const char *
cli_verify_answer_words(enum trust_answer answer)
{
	static const char *const words[] = {
		[TRUST_ANSWER_TRUSTED] = "trusted",
		[TRUST_ANSWER_NOT_TRUSTED] = "NOT trusted",
		[TRUST_ANSWER_UNDETERMINED] = "undetermined",
	};
	return words[answer];
}

/* A root that is trusted for other usages was kept from this one by whoever decided that. */
static bool
is_limited(const struct trust_store *store, const struct trust_verdict *verdict)
{
	const struct trust_item *end = store && verdict->path_count
	    ? trust_store_find(store, verdict->path[verdict->path_count - 1].cert->id)
	    : NULL;

	return end && verdict->reason == TRUST_REASON_NOT_ANCHOR &&
	    trust_states_any(trust_item_states(store, end), TRUST_TRUSTED);
}

bool
cli_verify_is_own(const struct trust_store *store, const struct trust_cert *cert)
{
	const struct trust_item *item = store ? trust_store_find(store, cert->id) : NULL;

	return item && item->key_object_id;
}

/* Nobody is led to trust more than is needed. Owned by the caller; NULL: there is nothing to do. */
static char *
remedy_of(const struct trust_place *place, const struct trust_store *store, enum trust_usage usage,
    const struct trust_verdict *verdict)
{
	if (!verdict->remedy)
		return NULL;
	/* Who logs in with a certificate is judged by the server, and not by this store. */
	if (usage == TRUST_TLS_CLIENT && cli_verify_is_own(store, verdict->path[0].cert) &&
	    strstr(verdict->remedy, "trust enable")) {
		TRUST_AUTO_FREE char *id = cli_short_id(verdict->path[0].cert->id);
		TRUST_AUTO_FREE char *check = trust_printf("trustctl identity check %s", id);
		return cli_remedy_for(place, check);
	}
	return is_limited(store, verdict) ? NULL : cli_remedy_for(place, verdict->remedy);
}

char *
cli_verify_put_answer(struct cli_doc *doc, const struct trust_place *place,
    const struct trust_store *store, enum trust_usage usage, const struct trust_verdict *verdict)
{
	const struct trust_store *own = place->kind == TRUST_PLACE_BUILTIN ? NULL : store;
	TRUST_AUTO_FREE char *remedy = remedy_of(place, own, usage, verdict);

	cli_doc_text(doc, NULL, "usage", trust_usage_word(usage));
	cli_doc_text(doc, NULL, "answer", cli_verify_answer_word(verdict->answer));
	cli_doc_text(doc, NULL, "reason", trust_reason_word(verdict->reason));
	cli_doc_text(doc, NULL, "sentence", verdict->sentence);
	cli_doc_text(doc, NULL, "remedy", remedy);
	cli_doc_text(doc, NULL, "whose", remedy ? trust_whose_words(verdict->whose) : NULL);
	return trust_steal(&remedy);
}

static bool
has_finding(const struct trust_findings *findings, enum trust_finding_id id)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->list[i].id == id)
			return true;
	return false;
}

/* Who could be asked about revocation. */
static const char *
revocation_advice(const struct cli_verify *verify, const struct trust_verdict *verdict,
    const struct trust_findings *findings)
{
	if (names_place(verdict))
		return verify->fetched ? "" : "; --revocation asks its CA";
	return has_finding(findings, TRUST_FINDING_NO_REVOCATION)
	    ? ""
	    : "; its CA names no place where it could be asked";
}

static void
put_verdict(struct cli_doc *doc, const struct trust_place *place, const struct trust_store *store,
    const struct cli_verify *verify, const struct trust_verdict *verdict,
    const struct trust_findings *findings)
{
	TRUST_AUTO_FREE char *remedy =
	    cli_verify_put_answer(doc, place, store, verify->question.usage, verdict);

	cli_doc_begin_list(doc, "", "path");
	for (size_t i = 0; i < verdict->path_count; i++)
		put_step(doc, store, &verify->question, verdict, i);
	cli_doc_end_list(doc);
	/* Of a yes the title and the end of the path have said it. */
	if (verdict->answer != TRUST_ANSWER_TRUSTED)
		cli_doc_line(doc, "%s", verdict->sentence);
	if (remedy)
		cli_doc_line(doc, "remedy: %s", remedy);
	if (remedy && verdict->whose != TRUST_WHOSE_YOU)
		cli_doc_line(doc, "whose job: %s", trust_whose_words(verdict->whose));
	if (cli_verify_is_unchecked(verdict))
		cli_doc_line(doc,
		    "revocation not checked: no list (--crl) and no OCSP answer "
		    "(--ocsp) about it is here%s",
		    revocation_advice(verify, verdict, findings));
}

static enum trust_answer
put_usage(struct cli_doc *doc, struct cli_verify *verify, const struct trust_place *place,
    const struct trust_store *store, struct trust_court *court, struct opinion *opinion)
{
	TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &verify->question);
	enum trust_usage usage = verify->question.usage;
	TRUST_AUTO_FREE char *title = trust_printf(
	    "%s: %s", trust_usage_word(usage), cli_verify_answer_words(verdict->answer));
	struct trust_machine machine = *verify->machine;
	machine.ignored_by = verify->ignored_by;
	TRUST_AUTO(trust_findings) *findings =
	    trust_findings_of_verdict(court, &verify->question, verdict, &machine);

	verify->by_builtin |= !trust_verdict_is_by_store(verdict);
	cli_doc_begin(doc, title, "verdict");
	put_verdict(doc, place, store, verify, verdict, findings);
	cli_put_findings(doc, place, "", findings);
	if (verify->second_opinion)
		put_opinion(doc, opinion, court, &verify->question);
	cli_doc_end(doc);
	return verdict->answer;
}

/* ---- one store ----------------------------------------------------------------------------- */

void
cli_verify_set_usage(struct cli_verify *verify, enum trust_usage usage)
{
	verify->question.usage = usage;
	verify->question.host = usage == TRUST_TLS_SERVER ? verify->host : NULL;
	verify->question.email = usage == TRUST_EMAIL ? verify->email : NULL;
}

bool
cli_verify_store(struct cli_doc *doc, struct cli_verify *verify, const struct trust_place *place,
    const struct trust_store *store, const struct trust_store *builtin)
{
	/* The built-in list is no store of its own here: distrust-after counts for it alone. */
	bool own = store && place->kind != TRUST_PLACE_BUILTIN;
	TRUST_AUTO(trust_court) *court = trust_court_new(own ? store : NULL, builtin);
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	TRUST_AUTO_FREE char *title =
	    own ? trust_printf("Store '%s'", name) : trust_strdup("Built-in roots alone");
	struct opinion opinion;
	size_t asked = 0;
	size_t trusted = 0;

	const struct trust_environment environment = trust_environment_current();
	TRUST_AUTO_FREE char *ignored_by = trust_place_ignored_by(&environment, place);
	verify->ignored_by = own ? ignored_by : NULL;
	open_opinion(&opinion, verify, place, store);
	cli_doc_begin(doc, title, "store");
	cli_doc_text(doc, NULL, "store", name);
	cli_doc_begin_list(doc, "", "verdicts");
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		if (!verify->usages[usage])
			continue;
		cli_verify_set_usage(verify, (enum trust_usage)usage);
		enum trust_answer answer =
		    put_usage(doc, verify, place, own ? store : NULL, court, &opinion);
		asked++;
		trusted += answer == TRUST_ANSWER_TRUSTED;
		verify->undetermined |= answer == TRUST_ANSWER_UNDETERMINED;
	}
	cli_doc_end_list(doc);
	bool yes = verify->any ? trusted > 0 : trusted == asked;
	cli_doc_bool(doc, NULL, "trusted", yes);
	cli_doc_end(doc);
	trust_worker_free(opinion.worker);
	trust_error_clear(&opinion.failed);
	return yes;
}

/* ---- the frame ----------------------------------------------------------------------------- */

static void
put_policies(struct cli_doc *doc, const struct trust_policy_wish *wish)
{
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, 65536);
	cli_doc_begin(doc, NULL, "policies");
	cli_doc_begin_list(doc, NULL, "any_of");
	for (size_t i = 0; i < wish->count; i++) {
		TRUST_AUTO_FREE char *oid = trust_text_display_string(wish->policies[i]);
		trust_buffer_printf(&words, "%s%s", words.size ? " or " : "", oid);
		cli_doc_text(doc, NULL, "policy", oid);
	}
	cli_doc_end_list(doc);
	cli_doc_bool(doc, NULL, "demanded", wish->explicit_policy);
	cli_doc_bool(doc, NULL, "inhibit_mapping", wish->inhibit_mapping);
	cli_doc_bool(doc, NULL, "inhibit_any", wish->inhibit_any);
	cli_doc_end(doc);
	TRUST_AUTO_FREE char *list = trust_buffer_take(&words);
	TRUST_AUTO_FREE char *line = trust_printf("%s%s%s%s", *list ? list : "any",
	    wish->explicit_policy ? ", demanded" : ", where a CA demands one",
	    wish->inhibit_mapping ? ", not mapped" : "",
	    wish->inhibit_any ? ", anyPolicy is none" : "");
	if (wish->count || wish->explicit_policy || wish->inhibit_mapping || wish->inhibit_any)
		cli_doc_text(doc, "policy", NULL, line);
}

void
cli_verify_put_question(struct cli_doc *doc, const struct cli_verify *verify)
{
	const struct trust_cert *cert = verify->question.cert;
	TRUST_AUTO_FREE char *name = trust_cert_label(cert);
	TRUST_AUTO_FREE char *id = trust_hex(cert->id, sizeof cert->id);
	TRUST_AUTO_BUFFER usages;

	trust_buffer_init(&usages, 4096);
	cli_doc_line(
	    doc, "%s (%s %.16s), %s", name, trust_kind_word(verify->kind), id, verify->from);
	cli_doc_text(doc, NULL, "name", name);
	cli_doc_text(doc, NULL, "id", id);
	cli_doc_text(doc, NULL, "item_kind", trust_kind_word(verify->kind));
	cli_doc_text(doc, NULL, "from", verify->from);
	cli_doc_begin_list(doc, NULL, "usages");
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		const char *word = trust_usage_word((enum trust_usage)usage);
		if (!verify->usages[usage])
			continue;
		trust_buffer_printf(&usages, "%s%s", usages.size ? ", " : "", word);
		cli_doc_text(doc, NULL, "usage", word);
	}
	cli_doc_end_list(doc);
	TRUST_AUTO_FREE char *list = trust_buffer_take(&usages);
	TRUST_AUTO_FREE char *words = trust_printf("%s (%s)", list, verify->choice);
	cli_doc_text(doc, "usage", NULL, words);
	cli_doc_text(doc, NULL, "usages_because", verify->choice);
	cli_doc_bool(doc, NULL, "one_usage_is_enough", verify->any);
	if (verify->usages[TRUST_TLS_SERVER]) {
		TRUST_AUTO_FREE char *host = trust_text_display_string(verify->host);
		cli_doc_text(doc, "host", NULL, host ? host : "none asked about (--host)");
		cli_doc_text(doc, NULL, "host", host);
	}
	if (verify->email) {
		TRUST_AUTO_FREE char *email = trust_text_display_string(verify->email);
		cli_doc_text(doc, "address", "email", email);
	}
	put_policies(doc, &verify->question.policies);
	cli_doc_time(doc, "time", "at", verify->question.at);
	cli_doc_number(doc, verify->question.other_count ? "untrusted helpers" : NULL, "untrusted",
	    (int64_t)verify->question.other_count);
}

void
cli_verify_put_builtin(
    struct cli_doc *doc, const struct cli_verify *verify, const struct trust_store *builtin)
{
	const char *version = builtin ? trust_store_version(builtin) : NULL;

	cli_doc_begin(doc, NULL, "builtin");
	cli_doc_text(doc, NULL, "version", version);
	cli_doc_bool(doc, NULL, "exact_for_browsers", false);
	cli_doc_end(doc);
	if (!builtin)
		cli_doc_line(doc, "built-in roots: not known: no library here");
	else if (verify->by_builtin)
		cli_doc_line(doc,
		    "built-in roots: %s; for public CAs the answer is approximate: Chromium and "
		    "Firefox carry lists of their own",
		    version ? version : "of unknown version");
}
