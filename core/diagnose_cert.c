/* SPDX-License-Identifier: MPL-2.0 */
/* Causes that lie in the certificates: names, dates, and what each store says of the path. */

#include <string.h>

#include "core/cert.h"
#include "core/diagnose_internal.h"
#include "core/diagnose_seen.h"
#include "core/limits.h"
#include "core/probe.h"
#include "core/signature.h"
#include "core/store.h"
#include "core/verdict.h"

/* ---- dates --------------------------------------------------------------------------------- */

/* A server's Date tells more than this; without one an earlier time than this program's is wrong.
 */
static bool
is_before_program(const struct trust_diagnosis_question *question)
{
	return diagnose_skew(question) == 0 &&
	    trust_time_compare(question->now, question->made) < 0;
}

/* Out of its time by this machine's clock, and not by the server's: the clock is the cause. */
static bool
is_clocks_fault(const struct trust_diagnosis_question *question, const struct trust_cert *cert)
{
	struct trust_time theirs = { question->now.seconds - diagnose_skew(question) };

	if (is_before_program(question))
		return trust_time_compare(question->now, cert->not_before) < 0;
	return diagnose_skew(question) != 0 && trust_time_compare(theirs, cert->not_before) >= 0 &&
	    trust_time_compare(theirs, cert->not_after) <= 0;
}

/* The certificate sent that begins last. */
static const struct trust_cert *
newest_sent(const struct trust_diagnosis_question *question)
{
	const struct trust_cert *newest = NULL;

	for (size_t i = 0; i < question->chain_count; i++) {
		const struct trust_cert *cert = question->chain[i];
		if (cert &&
		    (!newest || trust_time_compare(cert->not_before, newest->not_before) > 0))
			newest = cert;
	}
	return newest;
}

static bool
is_early(const struct trust_diagnosis_question *question, const struct trust_cert *cert)
{
	return cert && trust_time_compare(question->now, cert->not_before) < 0;
}

/* One certificate of the future is a mistake of who issued it; with a second one, and no server's
 * time, rather the clock is wrong. */
static bool
is_clock_doubtful(const struct trust_diagnosis_question *question)
{
	const struct trust_cert *newest = newest_sent(question);
	struct trust_time theirs;

	if (trust_probe_server_time(question->facts, &theirs) || !is_early(question, newest))
		return false;
	for (size_t i = 0; i < question->chain_count; i++)
		if (is_early(question, question->chain[i]) &&
		    memcmp(question->chain[i]->id, newest->id, sizeof newest->id) != 0)
			return true;
	return false;
}

static void
judge_clock(struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question)
{
	struct diagnose_scene scene = { .question = question };
	struct trust_time theirs;

	if (diagnose_skew(question) != 0) {
		scene.kind = TRUST_CAUSE_CLOCK;
		diagnose_add(diagnosis, &scene);
		return;
	}
	if (is_before_program(question)) {
		scene.kind = TRUST_CAUSE_CLOCK_BEFORE_PROGRAM;
		diagnose_add(diagnosis, &scene);
		return;
	}
	/* A server that agrees with the clock vouches for it. */
	scene.cert = newest_sent(question);
	if (trust_probe_server_time(question->facts, &theirs) || !is_early(question, scene.cert))
		return;
	scene.kind = is_clock_doubtful(question) ? TRUST_CAUSE_CLOCK_DOUBTFUL
						 : TRUST_CAUSE_CLOCK_BEFORE_CERT;
	diagnose_add(diagnosis, &scene);
}

/* ---- what a store says --------------------------------------------------------------------- */

static const struct {
	enum trust_reason reason;
	enum trust_cause_kind kind;
} reasons[] = {
	{ TRUST_REASON_SIGNATURE, TRUST_CAUSE_FORGED },
	{ TRUST_REASON_NAME_CONSTRAINTS, TRUST_CAUSE_NAME_CONSTRAINTS },
	{ TRUST_REASON_PURPOSE, TRUST_CAUSE_PURPOSE },
	{ TRUST_REASON_KEY_USAGE, TRUST_CAUSE_PURPOSE },
	{ TRUST_REASON_WEAK, TRUST_CAUSE_WEAK },
	{ TRUST_REASON_DISTRUSTED, TRUST_CAUSE_DISTRUSTED },
	{ TRUST_REASON_REVOKED, TRUST_CAUSE_REVOKED },
	{ TRUST_REASON_NOT_ANCHOR, TRUST_CAUSE_NOT_ANCHOR },
	{ TRUST_REASON_UNDECIDED_ROOT, TRUST_CAUSE_UNKNOWN_ROOT },
};

static enum trust_cause_kind
kind_of(enum trust_reason reason)
{
	for (size_t i = 0; i < TRUST_COUNT(reasons); i++)
		if (reasons[i].reason == reason)
			return reasons[i].kind;
	return TRUST_CAUSE_REFUSED;
}

/* The root that this store lacks and another has; NULL: nobody has it. */
static const struct trust_cert *
root_elsewhere(const struct trust_diagnosis_question *question, const struct trust_cert *end)
{
	const struct trust_signed what = trust_cert_signed(end);
	uint64_t budget = TRUST_MAX_VERDICT_WORK;

	for (size_t i = 0; i < question->view_count; i++) {
		const struct trust_store *store = question->views[i].store;
		for (size_t k = 0; store && k < trust_store_count(store); k++) {
			const struct trust_cert *cert = trust_store_item(store, k)->cert;
			if (cert && trust_cert_is_self_issued(cert) &&
			    trust_name_equal(cert->subject, end->issuer) &&
			    trust_signed_check_within(&what, cert, &budget) == TRUST_SIGNATURE_GOOD)
				return cert;
		}
	}
	return NULL;
}

/* What a store lacks whose path ends at this certificate: a root, or who issued it. */
static void
look_for_issuer(struct diagnose_scene *scene, const struct trust_cert *end)
{
	const struct trust_cert *root = root_elsewhere(scene->question, end);
	const struct trust_cert *missing = scene->chain->missing;
	bool known = missing && trust_name_equal(missing->subject, end->issuer);

	scene->cert = root ? root : end;
	scene->kind = root ? TRUST_CAUSE_UNKNOWN_ROOT
	    : known        ? TRUST_CAUSE_MISSING_INTERMEDIATE
			   : TRUST_CAUSE_UNKNOWN_ISSUER;
}

/* A product's name, when the CA calls itself so; static; NULL. */
static const char *
interceptor(const struct trust_cert *root)
{
	static const struct {
		const char *words;
		const char *product;
	} products[] = {
#define INTERCEPTOR(words, product) { words, product },
#include "data/interceptors.def"
#undef INTERCEPTOR
	};
	TRUST_AUTO_FREE char *name = trust_name_display(root->subject);

	for (size_t i = 0; i < TRUST_COUNT(products); i++)
		if (strcasestr(name, products[i].words))
			return products[i].product;
	return NULL;
}

static void
add_unknown_root(struct trust_diagnosis *diagnosis, struct diagnose_scene *scene)
{
	const char *product = interceptor(scene->cert);

	diagnose_add(diagnosis, scene);
	if (!product)
		return;
	TRUST_AUTO_FREE char *name = trust_cert_label(scene->cert);
	TRUST_AUTO_FREE char *words = trust_printf(
	    "the chain ends in '%s', as %s makes, and in no vendor's list", name, product);
	struct diagnose_scene more = *scene;
	more.kind = TRUST_CAUSE_INTERCEPTION;
	more.extra = words;
	diagnose_add(diagnosis, &more);
}

/* Leaf and host are judged once for all stores; here is what differs. */
static void
judge_step(struct trust_diagnosis *diagnosis, struct diagnose_scene *scene, size_t at)
{
	const struct trust_diagnosis_question *question = scene->question;
	const struct trust_verdict *verdict = scene->view->verdict;
	const struct trust_verdict_step *step = &verdict->path[at];

	scene->cert = step->cert;
	scene->extra = NULL;
	switch (step->reason) {
	case TRUST_REASON_NONE:
	case TRUST_REASON_HOST_NAME:
	case TRUST_REASON_SELF_SIGNED: /* of the leaf itself */
		return;
	case TRUST_REASON_EXPIRED:
	case TRUST_REASON_NOT_YET_VALID:
		scene->kind = step->reason == TRUST_REASON_EXPIRED ? TRUST_CAUSE_EXPIRED_CA
								   : TRUST_CAUSE_NOT_YET_VALID;
		if (at > 0 && !is_clocks_fault(question, step->cert) &&
		    !(is_early(question, step->cert) && is_clock_doubtful(question)))
			diagnose_add(diagnosis, scene);
		return;
	case TRUST_REASON_UNKNOWN_ISSUER:
		if (diagnosis->chain.incomplete &&
		    !diagnose_is_anchor_somewhere(question, diagnosis->chain.end))
			return; /* said of the chain as sent */
		look_for_issuer(scene, step->cert);
		break;
	default:
		scene->kind = kind_of(step->reason);
	}
	if (scene->kind == TRUST_CAUSE_UNKNOWN_ROOT && at == 0 &&
	    trust_cert_is_self_issued(step->cert))
		return; /* SELF_SIGNED says it */
	if (scene->kind == TRUST_CAUSE_UNKNOWN_ROOT)
		add_unknown_root(diagnosis, scene);
	else if (scene->kind == TRUST_CAUSE_REFUSED && at != 0 && step->reason != verdict->reason)
		return;
	else
		diagnose_add(diagnosis, scene);
}

static void
judge_view(struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question,
    const struct trust_diagnosis_view *view)
{
	struct diagnose_scene scene = {
		.question = question,
		.chain = &diagnosis->chain,
		.view = view,
		.stores = view->name,
	};
	const struct trust_verdict *verdict = view->verdict;

	if (verdict->answer != TRUST_ANSWER_TRUSTED) {
		for (size_t i = 0; i < verdict->path_count; i++)
			judge_step(diagnosis, &scene, i);
		return;
	}
	scene.cert = verdict->path[verdict->path_count - 1].cert;
	bool vendor = question->builtin && trust_store_find(question->builtin, scene.cert->id);
	diagnosis->trusted = true;
	diagnosis->vendor |= vendor;
	scene.kind = TRUST_CAUSE_STORE_IGNORED;
	if (view->ignored_by && trust_verdict_is_by_store(verdict))
		diagnose_add(diagnosis, &scene);
	scene.kind = TRUST_CAUSE_PRIVATE_ANCHOR;
	if (!vendor && trust_cert_is_ca(scene.cert))
		diagnose_add(diagnosis, &scene);
}

/* ---- the server's own certificate ---------------------------------------------------------- */

static void
judge_leaf(struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question)
{
	const struct trust_cert *leaf = diagnose_leaf(question);
	struct diagnose_scene scene = {
		.question = question,
		.chain = &diagnosis->chain,
		.cert = leaf,
	};

	scene.kind = TRUST_CAUSE_HOST_NAME;
	if (!trust_cert_covers_host(leaf, question->target->host))
		diagnose_add(diagnosis, &scene);
	bool clock = is_clocks_fault(question, leaf);
	scene.kind = TRUST_CAUSE_EXPIRED;
	if (!clock && trust_time_compare(question->now, leaf->not_after) > 0)
		diagnose_add(diagnosis, &scene);
	scene.kind = TRUST_CAUSE_NOT_YET_VALID;
	if (!clock && is_early(question, leaf))
		diagnose_add(diagnosis, &scene);
	bool trusted = question->view_count > 0;
	for (size_t i = 0; i < question->view_count; i++)
		trusted &= question->views[i].verdict->answer == TRUST_ANSWER_TRUSTED;
	scene.kind = TRUST_CAUSE_SELF_SIGNED;
	if (!trusted && trust_cert_is_self_issued(leaf))
		diagnose_add(diagnosis, &scene);
}

void
diagnose_certificates(
    struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question)
{
	struct diagnose_scene scene = { .question = question, .chain = &diagnosis->chain };

	judge_clock(diagnosis, question);
	if (question->chain_count == 0)
		return;
	if (!diagnose_leaf(question)) {
		scene.kind = TRUST_CAUSE_UNREADABLE;
		diagnose_add(diagnosis, &scene);
		return;
	}
	judge_leaf(diagnosis, question);
	for (size_t i = 0; i < question->view_count; i++)
		judge_view(diagnosis, question, &question->views[i]);
	scene.kind = TRUST_CAUSE_NO_STORE;
	if (question->view_count == 0)
		diagnose_add(diagnosis, &scene);
}

/* ---- what was seen last -------------------------------------------------------------------- */

#define DAY 86400
/* Certificates are renewed in their last month; earlier is remarkable. */
#define EARLY_DAYS 30

void
diagnose_memory(struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question)
{
	const struct trust_cert *leaf = diagnose_leaf(question);
	const struct trust_cert *old = question->seen_cert;
	struct diagnose_scene scene = { .question = question, .chain = &diagnosis->chain };

	if (!leaf || !old || memcmp(leaf->id, old->id, sizeof old->id) == 0)
		return;
	bool issuer = !trust_name_equal(leaf->issuer, old->issuer);
	bool key = !trust_bytes_equal(leaf->spki, old->spki);
	int64_t left = (old->not_after.seconds - question->now.seconds) / DAY;
	bool better = diagnosis->trusted && !question->seen->trusted;
	if (question->seen->vendor && !diagnosis->vendor && issuer && diagnosis->chain.end &&
	    trust_cert_is_self_issued(diagnosis->chain.end)) {
		TRUST_AUTO_FREE char *name = trust_cert_label(diagnosis->chain.end);
		TRUST_AUTO_FREE char *words =
		    trust_printf("until now the certificate came from a "
				 "CA of the vendors' lists, and now the chain ends in '%s'",
			name);
		scene.extra = words;
		scene.kind = TRUST_CAUSE_INTERCEPTION;
		scene.cert = diagnosis->chain.end;
		diagnose_add(diagnosis, &scene);
		return;
	}
	TRUST_AUTO_FREE char *words = trust_printf("%s issuer, %s key%s",
	    issuer ? "a new" : "the same", key ? "a new" : "the same",
	    better ? "; the old one was not trusted, this one is" : "");
	scene.extra = words;
	scene.cert = leaf;
	scene.kind = issuer && key && left > EARLY_DAYS && !better ? TRUST_CAUSE_CHANGED
								   : TRUST_CAUSE_RENEWED;
	diagnose_add(diagnosis, &scene);
}
