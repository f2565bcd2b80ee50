/* SPDX-License-Identifier: MPL-2.0 */
/* Asking about revocation; see verify_fetch.h. */

#include "cli/verify_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/fetch.h"
#include "core/fetch_cache.h"
#include "core/limits.h"
#include "core/ocsp.h"
#include "core/place.h"
#include "core/text.h"

void
cli_fetches_done(struct cli_fetches *fetches)
{
	for (size_t i = 0; i < fetches->count; i++) {
		trust_free(fetches->list[i].url);
		trust_free(fetches->list[i].name);
		trust_free(fetches->list[i].id);
		trust_free(fetches->list[i].words);
	}
	trust_free(fetches->list);
}

/* ---- state --------------------------------------------------------------------------------- */

struct subject { /* a certificate of some path: how far asking about it has come */
	const struct trust_cert *cert;
	const struct trust_cert *issuer;
	size_t next;   /* of its places: OCSP responders first, then lists */
	bool answered; /* one of them gave something that can be read */
	bool cached;   /* the last of that came from the cache */
	char *kept;    /* owned: the name in the cache of what was fetched and not yet proved */
	struct trust_fetched fetched; /* owned: that */
	struct trust_time until;
	size_t next_delta;    /* of the places of delta lists, asked when a list acquits */
	bool asks_deltas;     /* the last place asked was one of them ... */
	struct trust_time of; /* ... and what came is of then */
};

struct asking {
	struct cli *cli;
	struct cli_verify *verify;
	struct cli_evidence *evidence;
	struct cli_fetches *fetches;
	const struct trust_store *store; /* the one asked about now; NULL: none */
	struct subject *subjects;        /* owned */
	size_t subject_count;
	uint32_t spent_ms;
	size_t asked;
};

static struct subject *
find_subject(struct asking *asking, const struct trust_cert *cert, const struct trust_cert *issuer)
{
	for (size_t i = 0; i < asking->subject_count; i++)
		if (memcmp(asking->subjects[i].cert->id, cert->id, sizeof cert->id) == 0 &&
		    memcmp(asking->subjects[i].issuer->id, issuer->id, sizeof cert->id) == 0)
			return &asking->subjects[i];
	asking->subjects =
	    trust_grow_array(asking->subjects, asking->subject_count + 1, sizeof *asking->subjects);
	asking->subjects[asking->subject_count] =
	    (struct subject){ .cert = cert, .issuer = issuer };
	return &asking->subjects[asking->subject_count++];
}

static void
forget_kept(struct subject *subject)
{
	trust_free(subject->kept);
	subject->kept = NULL;
	trust_fetched_done(&subject->fetched);
}

static struct cli_fetch *
add_fetch(struct asking *asking, const struct subject *subject, const char *url,
    enum cli_evidence_kind kind)
{
	struct cli_fetches *fetches = asking->fetches;

	fetches->list = trust_grow_array(fetches->list, fetches->count + 1, sizeof *fetches->list);
	struct cli_fetch *fetch = &fetches->list[fetches->count++];
	*fetch = (struct cli_fetch){
		.url = trust_text_display_string(url),
		.name = trust_cert_label(subject->cert),
		.id = trust_hex(subject->cert->id, sizeof subject->cert->id),
		.kind = kind,
	};
	return fetch;
}

/* ---- what came ----------------------------------------------------------------------------- */

/* Words about the newest evidence, and until when it holds; false: it is about others. */
static bool
describe(const struct asking *asking, const struct subject *subject, struct cli_fetch *fetch,
    struct trust_time *ret_until)
{
	const struct cli_evidence *evidence = asking->evidence;
	char date[32];

	if (fetch->kind == CLI_EVIDENCE_LIST) {
		const struct trust_crl *crl = evidence->crls[evidence->crl_count - 1];
		*ret_until = crl->has_next_update ? crl->next_update : (struct trust_time){ 0 };
		fetch->words = trust_crl_words(crl);
		return true;
	}
	const struct trust_ocsp *ocsp = evidence->ocsps[evidence->ocsp_count - 1];
	for (size_t i = 0; i < ocsp->single_count; i++) {
		const struct trust_ocsp_single *single = &ocsp->singles[i];
		if (!trust_ocsp_is_about(single, subject->cert, subject->issuer))
			continue;
		*ret_until =
		    single->has_next_update ? single->next_update : (struct trust_time){ 0 };
		trust_time_format_date(single->this_update, date);
		fetch->words = trust_printf("OCSP answer of %s", date);
		return true;
	}
	fetch->words = trust_strdup("the OCSP answer is about another certificate");
	return false;
}

/* Bytes as evidence; *ret_until: when they are replaced, 0 where that is not said. */
static bool
take_evidence(struct asking *asking, const struct subject *subject, struct cli_fetch *fetch,
    const struct trust_fetched *fetched, struct trust_time *ret_until)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_question *question = &asking->verify->question;

	bool read = cli_evidence_add(asking->evidence, fetch->kind,
	    (struct trust_bytes){ fetched->data, fetched->size }, &error);
	question->crls = (const struct trust_crl *const *)asking->evidence->crls;
	question->crl_count = asking->evidence->crl_count;
	question->ocsps = (const struct trust_ocsp *const *)asking->evidence->ocsps;
	question->ocsp_count = asking->evidence->ocsp_count;
	if (!read) {
		fetch->words = trust_strdup(error.message);
		return false;
	}
	return describe(asking, subject, fetch, ret_until);
}

/* ---- one place ----------------------------------------------------------------------------- */

/* An answer whose time is not over; at another time than now, any: its age is for the verdict. */
static bool
try_cache(struct asking *asking, struct subject *subject, const char *url,
    enum cli_evidence_kind kind, const char *name)
{
	size_t most =
	    kind == CLI_EVIDENCE_LIST ? TRUST_MAX_FETCH_LIST_BYTES : TRUST_MAX_FETCH_OCSP_BYTES;
	struct trust_fetched fetched = { 0 };
	struct trust_time until = { 0 };

	if (!trust_fetch_cache_read(name, most, &fetched))
		return false;
	struct cli_fetch *fetch = add_fetch(asking, subject, url, kind);
	fetch->cached = true;
	fetch->done = take_evidence(asking, subject, fetch, &fetched, &until);
	trust_fetched_done(&fetched);
	bool current = asking->fetches->offline || trust_time_compare(until, asking->cli->now) >= 0;
	if (fetch->done && current) {
		subject->answered = subject->cached = true;
		return true;
	}
	/* What is over, or nothing, is not worth telling: it is asked for again. */
	trust_free(fetch->url);
	trust_free(fetch->name);
	trust_free(fetch->id);
	trust_free(fetch->words);
	asking->fetches->count--;
	return false;
}

void
cli_fetches_compare_clock(
    struct cli_fetches *fetches, struct trust_time ours, struct trust_time theirs)
{
	int64_t skew = ours.seconds - theirs.seconds;

	if (fetches->has_skew && llabs(skew) >= llabs(fetches->skew_seconds))
		return;
	fetches->skew_seconds = skew;
	fetches->has_skew = true;
}

static void
ask_server(struct asking *asking, struct subject *subject, const char *url,
    enum cli_evidence_kind kind, struct trust_bytes request, char **name)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_fetched fetched = { 0 };
	struct trust_time until = { 0 };
	bool list = kind == CLI_EVIDENCE_LIST;
	struct cli_fetch *fetch = add_fetch(asking, subject, url, kind);
	uint32_t left = asking->spent_ms < TRUST_MAX_FETCH_TOTAL_MS
	    ? TRUST_MAX_FETCH_TOTAL_MS - asking->spent_ms
	    : 0;
	const struct trust_fetch what = {
		.url = url,
		.body = request,
		.content_type = "application/ocsp-request",
		.accept = list ? "application/pkix-crl" : "application/ocsp-response",
		.most = list ? TRUST_MAX_FETCH_LIST_BYTES : TRUST_MAX_FETCH_OCSP_BYTES,
		.limit_ms = left < TRUST_FETCH_MS ? left : TRUST_FETCH_MS,
	};

	if (left == 0 || asking->asked == TRUST_MAX_FETCHES) {
		fetch->words = trust_strdup("not asked: asking others took too long already");
		return;
	}
	asking->asked++;
	bool came = trust_fetch(&what, &fetched, &fetch->ms, &error);
	asking->spent_ms += fetch->ms;
	if (!came) {
		fetch->words = trust_strdup(error.message);
		return;
	}
	if (fetched.has_server_time)
		cli_fetches_compare_clock(asking->fetches, asking->cli->now, fetched.server_time);
	fetch->done = take_evidence(asking, subject, fetch, &fetched, &until);
	subject->answered |= fetch->done;
	if (fetch->done && trust_time_compare(until, asking->cli->now) > 0) {
		forget_kept(subject);
		subject->kept = trust_steal(name);
		subject->fetched = fetched;
		subject->until = until;
		return;
	}
	trust_fetched_done(&fetched);
}

/* A list that several certificates name is fetched once. */
static bool
was_asked(struct asking *asking, struct subject *subject, const char *url)
{
	for (size_t i = 0; i < asking->fetches->count; i++) {
		const struct cli_fetch *fetch = &asking->fetches->list[i];
		if (fetch->kind != CLI_EVIDENCE_LIST || fetch->cached ||
		    strcmp(fetch->url, url) != 0)
			continue;
		subject->answered |= fetch->done;
		return true;
	}
	return false;
}

static void
ask_place(struct asking *asking, struct subject *subject, const char *url,
    enum cli_evidence_kind kind, bool fresh)
{
	TRUST_AUTO_BUFFER request;
	TRUST_AUTO_FREE char *name = NULL;

	trust_buffer_init(&request, TRUST_MAX_CERT_BYTES);
	if (kind == CLI_EVIDENCE_OCSP)
		trust_ocsp_request(subject->cert, subject->issuer, &request);
	name = trust_fetch_cache_name(url, trust_buffer_bytes(&request));
	subject->cached = false;
	if (kind == CLI_EVIDENCE_LIST && was_asked(asking, subject, url))
		return;
	if (!fresh && try_cache(asking, subject, url, kind, name))
		return;
	if (!asking->fetches->offline)
		ask_server(asking, subject, url, kind, trust_buffer_bytes(&request), &name);
}

static char *
place_of(const struct trust_cert *cert, size_t nth, enum cli_evidence_kind *ret_kind)
{
	size_t responders = 0;
	char *url = NULL;

	*ret_kind = CLI_EVIDENCE_OCSP;
	while (responders <= nth && (url = trust_cert_ocsp_place(cert, responders))) {
		if (responders == nth)
			return url;
		trust_free(url);
		responders++;
	}
	*ret_kind = CLI_EVIDENCE_LIST;
	return trust_cert_list_place(cert, nth - responders);
}

/* ---- one path ------------------------------------------------------------------------------ */

/* Was what came last good for something? A delta list that counts for nothing leaves the list below
 * it to acquit, so it is known by its date. */
static bool
is_proved(const struct subject *subject, const struct trust_revocation *known)
{
	return known->state != TRUST_REVOCATION_UNKNOWN &&
	    (!subject->asks_deltas || trust_time_compare(known->as_of, subject->of) == 0);
}

/* What was fetched is kept when the engine found it good for something. */
static void
keep(struct asking *asking, struct subject *subject)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (subject->kept &&
	    !trust_fetch_cache_write(subject->kept,
		(struct trust_bytes){ subject->fetched.data, subject->fetched.size },
		subject->until, asking->cli->now, &error))
		cli_note(asking->cli, "%s", error.message);
	forget_kept(subject);
}

/* A list of this certificate's issuer: of those given or fetched, then of the store's; NULL: no
 * more. */
static const struct trust_crl *
list_of(const struct asking *asking, const struct subject *subject, size_t *at)
{
	const struct cli_evidence *evidence = asking->evidence;
	size_t in_store = asking->store ? trust_store_count(asking->store) : 0;

	while (*at < evidence->crl_count + in_store) {
		size_t i = (*at)++;
		const struct trust_crl *crl = i < evidence->crl_count
		    ? evidence->crls[i]
		    : trust_store_item(asking->store, i - evidence->crl_count)->crl;
		if (crl && !crl->is_delta && trust_name_equal(crl->issuer, subject->cert->issuer))
			return crl;
	}
	return NULL;
}

/* Where a delta list about it may be: the nth place, of those the certificate names and those its
 * issuer's lists name. Owned; NULL: no more. */
static char *
delta_place(const struct asking *asking, const struct subject *subject, size_t nth)
{
	const struct trust_crl *crl;
	size_t count = 0;
	size_t at = 0;
	char *url;

	for (; (url = trust_cert_delta_place(subject->cert, count)); count++) {
		if (count == nth)
			return url;
		trust_free(url);
	}
	while ((crl = list_of(asking, subject, &at)))
		for (size_t i = 0; (url = trust_crl_delta_place(crl, i)); i++) {
			if (count++ == nth)
				return url;
			trust_free(url);
		}
	return NULL;
}

/* One more place of a delta list, until one counts. */
static bool
ask_delta(struct asking *asking, struct subject *subject, const struct trust_revocation *known)
{
	struct cli_evidence *evidence = asking->evidence;
	size_t before = evidence->crl_count;
	bool good = known->state == TRUST_REVOCATION_GOOD;

	/* What a responder said is newer than any list. */
	if (good && (known->by_ocsp || (subject->asks_deltas && is_proved(subject, known))))
		return false;
	bool again = subject->asks_deltas && subject->cached && !asking->fetches->offline;
	if (again)
		subject->next_delta--;
	TRUST_AUTO_FREE char *url = delta_place(asking, subject, subject->next_delta);
	if (!url)
		return false;
	subject->next_delta++;
	subject->asks_deltas = true;
	subject->of = (struct trust_time){ INT64_MIN };
	forget_kept(subject);
	ask_place(asking, subject, url, CLI_EVIDENCE_LIST, again);
	if (evidence->crl_count > before)
		subject->of = evidence->crls[evidence->crl_count - 1]->this_update;
	return true;
}

/* Ask one more place about one element; false: there is nothing more to ask. */
static bool
ask_about(struct asking *asking, struct subject *subject, const struct trust_revocation *known)
{
	bool unknown = known->state == TRUST_REVOCATION_UNKNOWN;
	enum cli_evidence_kind kind;

	if (is_proved(subject, known))
		keep(asking, subject);
	if (known->state == TRUST_REVOCATION_REVOKED)
		return false;
	if (subject->asks_deltas || (!unknown && subject->answered))
		return ask_delta(asking, subject, known);
	/* What the cache had is no proof: whom it came from is asked again. */
	bool again = unknown && subject->cached && !asking->fetches->offline;
	if (again)
		subject->next--;
	TRUST_AUTO_FREE char *url = place_of(subject->cert, subject->next, &kind);
	if (!url)
		return ask_delta(asking, subject, known);
	subject->next++;
	ask_place(asking, subject, url, kind, again);
	return true;
}

/* Ask until no element of the path leaves a question; the path may change on the way. */
static void
ask_path(struct asking *asking, struct trust_court *court)
{
	bool more = true;

	while (more) {
		TRUST_AUTO(trust_verdict) *verdict =
		    trust_court_ask(court, &asking->verify->question);
		more = false;
		for (size_t i = 0; i + 1 < verdict->path_count; i++) {
			const struct trust_verdict_step *step = &verdict->path[i];
			if (step->revocation.state == TRUST_REVOCATION_NOT_ASKED)
				continue;
			more |= ask_about(asking,
			    find_subject(asking, step->cert, verdict->path[i + 1].cert),
			    &step->revocation);
		}
	}
}

static void
ask_court(struct asking *asking, struct trust_court *court)
{
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		if (!asking->verify->usages[usage])
			continue;
		cli_verify_set_usage(asking->verify, (enum trust_usage)usage);
		ask_path(asking, court);
	}
}

static void
asking_done(struct asking *asking)
{
	for (size_t i = 0; i < asking->subject_count; i++)
		forget_kept(&asking->subjects[i]);
	trust_free(asking->subjects);
}

void
cli_verify_fetch_in(struct cli *cli, struct trust_court *court, const struct trust_store *store,
    struct cli_verify *verify, struct cli_evidence *evidence, struct cli_fetches *fetches)
{
	struct asking asking = {
		.cli = cli,
		.store = store,
		.verify = verify,
		.evidence = evidence,
		.fetches = fetches,
	};

	ask_court(&asking, court);
	asking_done(&asking);
}

void
cli_verify_fetch(struct cli *cli, const struct cli_verify_input *input, struct cli_verify *verify,
    struct cli_evidence *evidence, struct cli_fetches *fetches)
{
	struct asking asking = {
		.cli = cli, .verify = verify, .evidence = evidence, .fetches = fetches
	};

	for (size_t i = 0; i < input->places->count; i++) {
		if (input->failed[i].code != TRUST_OK || !cli_verify_is_asked(input, i))
			continue;
		bool own = input->stores[i] && input->places->list[i].kind != TRUST_PLACE_BUILTIN;
		TRUST_AUTO(trust_court) *court =
		    trust_court_new(own ? input->stores[i] : NULL, cli_builtin(cli));
		asking.store = own ? input->stores[i] : NULL;
		ask_court(&asking, court);
	}
	asking_done(&asking);
}

/* ---- words --------------------------------------------------------------------------------- */

void
cli_verify_put_fetches(struct cli_doc *doc, const struct cli_fetches *fetches)
{
	cli_doc_begin_list(
	    doc, fetches && fetches->count ? "Asked about revocation" : NULL, "fetches");
	for (size_t i = 0; fetches && i < fetches->count; i++) {
		const struct cli_fetch *fetch = &fetches->list[i];
		bool list = fetch->kind == CLI_EVIDENCE_LIST;
		TRUST_AUTO_FREE char *time = fetch->cached
		    ? trust_strdup("from the cache")
		    : trust_printf("%u ms", (unsigned)fetch->ms);
		cli_doc_begin(doc, "", "fetch");
		cli_doc_line(doc, "%s, for '%s' (%s): %s%s", fetch->url, fetch->name, time,
		    fetch->done ? "" : "FAILED, ", fetch->words);
		cli_doc_text(doc, NULL, "url", fetch->url);
		cli_doc_text(doc, NULL, "method", list ? "crl" : "ocsp");
		cli_doc_text(doc, NULL, "name", fetch->name);
		cli_doc_text(doc, NULL, "id", fetch->id);
		cli_doc_text(doc, NULL, "outcome", fetch->done ? "answered" : "failed");
		cli_doc_bool(doc, NULL, "cached", fetch->cached);
		cli_doc_text(doc, NULL, "words", fetch->words);
		cli_doc_number(doc, NULL, "ms", fetch->ms);
		cli_doc_end(doc);
	}
	cli_doc_end_list(doc);
	if (fetches && fetches->offline)
		cli_doc_line(doc,
		    "nothing was fetched: servers answer about now, and --at asks "
		    "about another time; what the cache has counts");
	else if (fetches && fetches->count == 0)
		cli_doc_line(doc,
		    "nobody was asked about revocation: no certificate of a path to "
		    "an anchor says where");
}
