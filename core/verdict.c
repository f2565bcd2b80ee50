/* SPDX-License-Identifier: MPL-2.0 */
/* Verdicts for people: the question, the answer in a sentence, and what can be done. */

#include "core/cert.h"
#include "core/verdict_internal.h"

/* ---- the words ----------------------------------------------------------------------------- */

/*
 * {subject}: the element the reason is about; {below}, {above}: its neighbours in the path; {leaf}:
 * what was asked about; {id}: the subject's identifier; the others are told apart in value_of() of
 * verdict_words.c. Remedies are complete commands where one command does it.
 */
static const struct {
	enum trust_reason reason;
	const char *word;
	const char *sentence;
	const char *sentence_of_ca; /* where it differs when the element is not the leaf */
	const char *remedy;
	const char *remedy_of_ca;
} rows[] = {
	{ TRUST_REASON_NONE, "none", "'{leaf}' is trusted for {usage}: {anchor}", NULL, NULL,
	    NULL },
	{ TRUST_REASON_SIGNATURE, "signature",
	    "the signature of '{subject}' {signature} the key of '{above}'", NULL,
	    "{signature-remedy}", NULL },
	{ TRUST_REASON_EXPIRED, "expired", "'{subject}' expired on {not-after}",
	    "'{subject}', which the path goes through, expired on {not-after}",
	    "ask the owner of '{subject}' for its renewed certificate",
	    "get the renewed certificate of '{subject}', then: trustctl import FILE" },
	{ TRUST_REASON_NOT_YET_VALID, "not-yet-valid",
	    "'{subject}' is not valid before {not-before}", NULL,
	    "check the clock: the time asked about is {at}", NULL },
	{ TRUST_REASON_REVOKED, "revoked", "'{subject}' {revocation}",
	    "'{subject}', which the path goes through, {revocation}",
	    "have '{subject}' issued again, with a new key", "{other-issuer}" },
	{ TRUST_REASON_NAME_CONSTRAINTS, "name-constraints",
	    "'{constrainer}' {constraint} '{constrained}', a name of '{subject}'", NULL,
	    "have '{subject}' issued by a CA that may issue for this name", NULL },
	{ TRUST_REASON_POLICY, "policy", "{policy}", NULL,
	    "have '{leaf}' issued under a policy that its CAs allow", NULL },
	{ TRUST_REASON_NOT_A_CA, "not-a-ca",
	    "'{subject}' is not a CA, but '{below}' was issued with it", NULL,
	    "have '{below}' issued by a CA", NULL },
	{ TRUST_REASON_PATH_LENGTH, "path-length",
	    "'{subject}' allows {path-length} below it, and the path has more", NULL,
	    "have '{leaf}' issued by a CA nearer to '{subject}'", NULL },
	{ TRUST_REASON_KEY_USAGE, "key-usage", "the key of '{subject}' may not be used for {usage}",
	    "the key of '{subject}' may not sign certificates",
	    "have '{subject}' issued again with a key usage that fits", NULL },
	{ TRUST_REASON_PURPOSE, "purpose",
	    "'{subject}' is not meant for {usage}, but for {purposes}",
	    "'{subject}' may not issue for {usage}, but for {purposes}",
	    "have '{leaf}' issued again with the purpose {purpose}",
	    "have '{leaf}' issued by a CA that may issue for {usage}" },
	{ TRUST_REASON_CRITICAL_EXTENSION, "critical-extension",
	    "'{subject}' has the critical extension {extension}, which is not understood here",
	    NULL, NULL, NULL },
	{ TRUST_REASON_UNKNOWN_ISSUER, "unknown-issuer",
	    "'{subject}' was issued by '{issuer}', {missing}", NULL,
	    "get the certificate of '{issuer}'{where}, then: trustctl import FILE", NULL },
	{ TRUST_REASON_SELF_SIGNED, "self-signed", "'{subject}' is signed by itself, {undecided}",
	    NULL, "{enable}", NULL },
	{ TRUST_REASON_UNDECIDED_ROOT, "undecided-root", "'{subject}' is a root, {not-trusted}",
	    "the path ends in '{subject}', {not-trusted}", "{enable}", NULL },
	{ TRUST_REASON_NOT_ANCHOR, "not-an-anchor",
	    "'{subject}' has a record in {list} that makes it no anchor for {usage}",
	    "the path ends in '{subject}', which has a record in {list} that makes it no anchor "
	    "for {usage}",
	    "{enable}", NULL },
	{ TRUST_REASON_DISTRUSTED, "distrusted", "'{subject}' is distrusted for {usage} {distrust}",
	    "the path goes through '{subject}', which is distrusted for {usage} {distrust}",
	    "{reset}", NULL },
	{ TRUST_REASON_DISTRUST_AFTER, "distrust-after",
	    "the built-in root '{subject}' is trusted for what was issued until {distrust-after}, "
	    "and '{leaf}' was issued on {issued}",
	    NULL, "have '{leaf}' issued by another CA", NULL },
	{ TRUST_REASON_HOST_NAME, "host-name",
	    "'{subject}' does not cover the host '{host}', {names}", NULL,
	    "have '{subject}' issued again with the name '{host}', or use a name that it covers",
	    NULL },
	{ TRUST_REASON_EMAIL, "email-address",
	    "'{subject}' is not for the address '{email}', {emails}", NULL,
	    "ask the sender which address it is for, or have '{subject}' issued again for "
	    "'{email}'",
	    NULL },
	{ TRUST_REASON_WEAK, "weak", "{weakness}, which can be forged today", NULL,
	    "have '{subject}' issued again with SHA-256 and an RSA key of at least 2048 bits, or "
	    "an EC key",
	    NULL },
	{ TRUST_REASON_REVOCATION, "revocation-unknown",
	    "nobody knows whether '{subject}' is revoked: {gap}", NULL,
	    "{ask-ca}give its current revocation list{crl-place} with "
	    "--crl, or an OCSP answer with --ocsp",
	    NULL },
	{ TRUST_REASON_BUDGET, "budget",
	    "the search for a path of '{leaf}' was ended unfinished: too much to check", NULL,
	    "remove certificates that are not needed: trustctl prune", NULL },
};

const char *
trust_reason_word(enum trust_reason reason)
{
	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		if (rows[i].reason == reason)
			return rows[i].word;
	return "none";
}

/* ---- verdicts ------------------------------------------------------------------------------ */

/* An expired or missing CA is here to be replaced; the rest lies with who issued or uses it, and
 * what a person shows or signs with is no server's. */
static enum trust_whose
whose_job(enum trust_reason reason, bool ca, enum trust_usage usage)
{
	static const enum trust_whose jobs[] = {
		[TRUST_REASON_SIGNATURE] = TRUST_WHOSE_SERVER,
		[TRUST_REASON_EXPIRED] = TRUST_WHOSE_SERVER,
		[TRUST_REASON_REVOKED] = TRUST_WHOSE_SERVER,
		[TRUST_REASON_NAME_CONSTRAINTS] = TRUST_WHOSE_CA,
		[TRUST_REASON_POLICY] = TRUST_WHOSE_CA,
		[TRUST_REASON_NOT_A_CA] = TRUST_WHOSE_CA,
		[TRUST_REASON_PATH_LENGTH] = TRUST_WHOSE_CA,
		[TRUST_REASON_KEY_USAGE] = TRUST_WHOSE_CA,
		[TRUST_REASON_PURPOSE] = TRUST_WHOSE_CA,
		[TRUST_REASON_CRITICAL_EXTENSION] = TRUST_WHOSE_CA,
		[TRUST_REASON_DISTRUST_AFTER] = TRUST_WHOSE_SERVER,
		[TRUST_REASON_HOST_NAME] = TRUST_WHOSE_SERVER,
		[TRUST_REASON_EMAIL] = TRUST_WHOSE_CA,
		[TRUST_REASON_WEAK] = TRUST_WHOSE_SERVER,
		[TRUST_REASON_BUDGET] = TRUST_WHOSE_YOU,
	};
	if (ca && reason == TRUST_REASON_EXPIRED)
		return TRUST_WHOSE_YOU;
	return jobs[reason] == TRUST_WHOSE_SERVER && usage != TRUST_TLS_SERVER ? TRUST_WHOSE_YOU
									       : jobs[reason];
}

/* The sentence and the remedy of one reason. Owned by the caller; *ret_remedy may be NULL. */
static char *
words_of(const struct verdict_scene *scene, enum trust_reason reason, char **ret_remedy,
    enum trust_whose *ret_whose)
{
	char *sentence = NULL;

	*ret_remedy = NULL;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		if (rows[i].reason != reason)
			continue;
		bool ca = scene->at > 0 ||
		    (reason == TRUST_REASON_KEY_USAGE && verdict_asks_ca(scene->question));
		const char *words =
		    ca && rows[i].sentence_of_ca ? rows[i].sentence_of_ca : rows[i].sentence;
		const char *remedy =
		    ca && rows[i].remedy_of_ca ? rows[i].remedy_of_ca : rows[i].remedy;
		sentence = verdict_fill(scene, words);
		*ret_remedy = remedy ? verdict_fill(scene, remedy) : NULL;
		*ret_whose = whose_job(reason, ca, scene->question->usage);
	}
	return sentence;
}

/* What trusting would settle, and a name that does not match would not. */
static bool
is_trust_alone(enum trust_reason reason)
{
	return reason == TRUST_REASON_SELF_SIGNED || reason == TRUST_REASON_UNDECIDED_ROOT ||
	    reason == TRUST_REASON_NOT_ANCHOR;
}

/*
 * The leaf is for other names than the one asked about. That comes before faults of its own that
 * reasons[] keeps, and before a root nobody trusts, which is told beside it: *ret_also is the
 * reason, at *ret_also_at, and NONE where there is none.
 */
static void
blame_name(struct verdict_path *path, enum trust_reason reason, enum trust_reason *ret_also,
    size_t *ret_also_at)
{
	enum trust_reason worst = path->reasons[path->worst];
	enum trust_reason own = path->reasons[0];
	bool first = worst == TRUST_REASON_NONE || worst > reason || is_trust_alone(worst);

	if (path->answer == TRUST_ANSWER_UNDETERMINED ||
	    (own != TRUST_REASON_NONE && own < reason && !is_trust_alone(own)))
		return;
	path->answer = TRUST_ANSWER_NOT_TRUSTED;
	if (first && is_trust_alone(worst)) {
		*ret_also = worst;
		*ret_also_at = path->worst;
	}
	if (first)
		path->worst = 0;
	if (own < reason || is_trust_alone(own))
		path->reasons[0] = reason;
	else if (first)
		path->name = reason;
}

static void
put_words(struct trust_verdict *verdict, struct verdict_scene *scene, enum trust_reason also,
    size_t also_at)
{
	verdict->sentence = words_of(scene, verdict->reason, &verdict->remedy, &verdict->whose);
	if (also == TRUST_REASON_NONE)
		return;
	scene->at = also_at;
	scene->node = scene->path->nodes[also_at];
	TRUST_AUTO_FREE char *first = verdict->sentence;
	TRUST_AUTO_FREE char *first_remedy = verdict->remedy;
	TRUST_AUTO_FREE char *second_remedy = NULL;
	enum trust_whose second_whose = verdict->whose;
	TRUST_AUTO_FREE char *second = words_of(scene, also, &second_remedy, &second_whose);
	verdict->sentence = trust_printf("%s; and %s", first, second);
	verdict->remedy = second_remedy ? trust_printf("%s, then: %s", first_remedy, second_remedy)
					: trust_steal(&first_remedy);
}

static struct trust_verdict *
make_verdict(const struct trust_court *court, const struct trust_question *question,
    struct verdict_path *path)
{
	struct trust_verdict *verdict = trust_alloc(sizeof *verdict);
	enum trust_reason also = TRUST_REASON_NONE;
	size_t also_at = 0;

	if (question->host && !trust_cert_covers_host(path->nodes[0]->cert, question->host))
		blame_name(path, TRUST_REASON_HOST_NAME, &also, &also_at);
	if (question->email && !trust_cert_covers_email(path->nodes[0]->cert, question->email))
		blame_name(path, TRUST_REASON_EMAIL, &also, &also_at);
	verdict->answer = path->answer;
	verdict->reason = path->name ? path->name : path->reasons[path->worst];
	verdict->path_count = path->count;
	verdict->path = trust_alloc_array(path->count, sizeof *verdict->path);
	for (size_t i = 0; i < path->count; i++) {
		struct trust_verdict_step *step = &verdict->path[i];
		step->cert = path->nodes[i]->cert;
		step->reason = path->reasons[i];
		step->state = court_state(path->nodes[i], question->usage, &step->from_builtin);
		step->revocation = path->revocation[i];
	}
	const struct court_node *top = path->nodes[path->count - 1];
	verdict->has_distrust_after =
	    verdict->path[path->count - 1].from_builtin && top->has_distrust_after[question->usage];
	verdict->distrust_after = top->distrust_after[question->usage];
	struct verdict_scene scene = { court, question, path, path->worst,
		path->nodes[path->worst] };
	put_words(verdict, &scene, also, also_at);
	return verdict;
}

struct trust_verdict *
trust_court_ask(struct trust_court *court, const struct trust_question *question)
{
	struct verdict_path path = { 0 };

	verdict_search(court, question, trust_court_convene(court, question), &path);
	struct trust_verdict *verdict = make_verdict(court, question, &path);
	trust_court_adjourn(court);
	return verdict;
}

bool
trust_verdict_is_by_store(const struct trust_verdict *verdict)
{
	const struct trust_verdict_step *end = &verdict->path[verdict->path_count - 1];

	return end->state != TRUST_UNDECIDED && !end->from_builtin;
}

void
trust_verdict_free(struct trust_verdict *verdict)
{
	if (!verdict)
		return;
	trust_free(verdict->sentence);
	trust_free(verdict->remedy);
	trust_free(verdict->path);
	trust_free(verdict);
}
