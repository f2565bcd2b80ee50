/* SPDX-License-Identifier: MPL-2.0 */
/* Verdicts for people: the question, the answer in a sentence, and what can be done. */

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/name_constraints.h"
#include "core/oid.h"
#include "core/text.h"
#include "core/verdict_internal.h"

#define MAX_SENTENCE 8192
#define MAX_NAMES_TOLD 3

/* ---- the words ----------------------------------------------------------------------------- */

/*
 * {subject}: the element the reason is about; {below}, {above}: its neighbours in the path; {leaf}:
 * what was asked about; {id}: the subject's identifier; the others are told apart in value_of().
 * Remedies are complete commands where one command does it.
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
	    "have '{leaf}' issued again with the purpose {purpose}", NULL },
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
	    "for "
	    "{usage}",
	    "{enable}", NULL },
	{ TRUST_REASON_DISTRUSTED, "distrusted", "'{subject}' is distrusted for {usage} in {list}",
	    "the path goes through '{subject}', which is distrusted for {usage} in {list}",
	    "{reset}", NULL },
	{ TRUST_REASON_DISTRUST_AFTER, "distrust-after",
	    "the built-in root '{subject}' is trusted for what was issued until {distrust-after}, "
	    "and "
	    "'{leaf}' was issued on {issued}",
	    NULL, "have '{leaf}' issued by another CA", NULL },
	{ TRUST_REASON_HOST_NAME, "host-name",
	    "'{subject}' does not cover the host '{host}', {names}", NULL,
	    "have '{subject}' issued again with the name '{host}', or use a name that it covers",
	    NULL },
	{ TRUST_REASON_WEAK, "weak", "{weakness}, which can be forged today", NULL,
	    "have '{subject}' issued again with SHA-256 and a key of at least 2048 bits", NULL },
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

/* ---- values -------------------------------------------------------------------------------- */

struct scene { /* what a sentence is about */
	const struct trust_court *court;
	const struct trust_question *question;
	const struct verdict_path *path;
	size_t at;
	const struct court_node *node; /* the element at */
};

static char *
label_at(const struct scene *scene, size_t at)
{
	size_t last = scene->path->count - 1;
	return trust_cert_label(scene->path->nodes[at < last ? at : last]->cert);
}

static char *
date_of(struct trust_time time)
{
	char text[32];
	trust_time_format_date(time, text);
	return trust_strdup(text);
}

static char *
anchor_words(const struct scene *scene)
{
	const struct court_node *last = scene->path->nodes[scene->path->count - 1];
	enum trust_usage usage = scene->question->usage;
	bool builtin = false;

	(void)court_state(last, usage, &builtin);
	const char *list = builtin ? "the built-in list" : "the store";
	if (scene->path->count == 1)
		return trust_printf("%s accepts %s", list,
		    court_is_peer(scene->court, last, usage) ? "this very certificate"
							     : "it as an anchor");
	TRUST_AUTO_FREE char *label = trust_cert_label(last->cert);
	return trust_printf("the path ends in '%s', an anchor of %s", label, list);
}

static bool
signature_is_unsupported(const struct scene *scene)
{
	size_t above = scene->at + 1 < scene->path->count ? scene->at + 1 : scene->at;
	return trust_cert_signature_check(scene->node->cert, scene->path->nodes[above]->cert) ==
	       TRUST_SIGNATURE_UNSUPPORTED;
}

static char *
signature_remedy(const struct scene *scene)
{
	TRUST_AUTO_FREE char *label = label_at(scene, scene->at);

	if (signature_is_unsupported(scene))
		return trust_printf(
		    "have '%s' issued by a CA with an RSA, EC or Ed25519 key", label);
	return trust_printf(
	    "get '%s' again: it is damaged, forged, or its issuer has a new key", label);
}

static char *
signature_words(const struct scene *scene)
{
	if (!signature_is_unsupported(scene))
		return trust_strdup("was not made with");
	TRUST_AUTO_FREE char *algorithm = trust_cert_signature_words(scene->node->cert);
	return trust_printf("(%s) cannot be checked here with", algorithm);
}

static char *
constraint_words(const struct scene *scene, bool name)
{
	uint64_t work = 0;
	char *wrong = NULL;
	enum trust_name_fit fit =
	    trust_name_constraints_check(scene->path->nodes[scene->path->offender]->cert,
		scene->node->cert, &work, TRUST_MAX_VERDICT_WORK, &wrong);

	if (name)
		return wrong ? wrong : label_at(scene, scene->at);
	trust_free(wrong);
	if (fit == TRUST_NAME_EXCLUDED)
		return trust_strdup("is barred from issuing for");
	return trust_strdup(
	    fit == TRUST_NAME_NOT_PERMITTED
		? "is limited to other names than"
		: "has name constraints that cannot be understood, so nothing is known of");
}

static char *
purpose_words(const struct trust_cert *cert)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_EXTENDED_KEY_USAGE);
	struct trust_der der =
	    trust_der_init(extension ? extension->value : (struct trust_bytes) { 0 });
	struct trust_der list;
	struct trust_der_element purpose;
	TRUST_AUTO_BUFFER out;
	unsigned count = 0;

	trust_buffer_init(&out, MAX_SENTENCE / 4);
	if (!extension)
		return trust_strdup("what its Netscape certificate type says");
	if (trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		while (count < MAX_NAMES_TOLD && trust_der_expect(&list, TRUST_DER_OID, &purpose)) {
			TRUST_AUTO_FREE char *words = trust_oid_display(purpose.content);
			trust_buffer_printf(&out, "%s%s", count++ ? ", " : "", words);
		}
	if (count == 0)
		trust_buffer_append_text(&out, "nothing that can be understood");
	return trust_buffer_take(&out);
}

/* The names that would do, a few of them. */
static char *
names_words(const struct scene *scene)
{
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER out;
	size_t told = 0;
	size_t all = 0;

	trust_buffer_init(&out, MAX_SENTENCE / 2);
	bool read = trust_cert_names(scene->node->cert, &names, &ignored);
	for (size_t i = 0; read && i < names->count; i++) {
		const struct trust_name_entry *name = &names->entries[i];
		if (name->kind != TRUST_NAME_DNS && name->kind != TRUST_NAME_IP)
			continue;
		if (all++ < MAX_NAMES_TOLD && strlen(name->text) < 300)
			trust_buffer_printf(&out, "%s%s", told++ ? ", " : "but ", name->text);
	}
	if (all > told)
		trust_buffer_printf(&out, "%s%zu more", told ? " and " : "but ", all - told);
	if (all == 0)
		trust_buffer_append_text(&out, "nor any other");
	return trust_buffer_take(&out);
}

/* " from URL", where the certificate says where its issuer's can be had. */
static char *
issuer_place(const struct trust_cert *cert)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_AUTHORITY_INFO);
	struct trust_der der =
	    trust_der_init(extension ? extension->value : (struct trust_bytes) { 0 });
	struct trust_der list, access;
	struct trust_der_element method;
	struct trust_der_element place;

	if (trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &access)) {
			if (!trust_der_expect(&access, TRUST_DER_OID, &method) ||
			    !trust_oid_is(method.content, "1.3.6.1.5.5.7.48.2") ||
			    !trust_der_expect(&access, TRUST_DER_CONTEXT_PRIMITIVE(6), &place) ||
			    place.content.size > 500)
				continue;
			TRUST_AUTO_FREE char *url =
			    trust_text_display(place.content.data, place.content.size);
			return trust_printf(" from %s", url);
		}
	return trust_strdup("");
}

static char *
short_id(const struct court_node *node)
{
	return trust_hex(node->cert->id, 8);
}

/* What makes this root an anchor; an end entity can be none. */
static char *
enable_words(const struct scene *scene)
{
	TRUST_AUTO_FREE char *id = short_id(scene->node);

	if (!trust_cert_is_ca(scene->node->cert))
		return trust_strdup("have it issued by a CA of your own, and trust that CA");
	if (court_is_here(scene->node))
		return trust_printf("trustctl trust enable %s", id);
	return trust_printf("trustctl import FILE, then: trustctl trust enable %s", id);
}

/* Nothing where the built-in list distrusts: that is not to be lifted lightly. */
static char *
reset_words(const struct scene *scene)
{
	bool builtin = false;
	TRUST_AUTO_FREE char *id = short_id(scene->node);

	(void)court_state(scene->node, scene->question->usage, &builtin);
	return builtin || !court_is_here(scene->node) ? NULL
						      : trust_printf("trustctl trust reset %s", id);
}

static char *
weakness_words(const struct scene *scene)
{
	TRUST_AUTO_FREE char *label = label_at(scene, scene->at);

	if (verdict_weak_key(scene->node->cert)) {
		TRUST_AUTO_FREE char *key = trust_cert_key_words(scene->node->cert);
		return trust_printf("'%s' has a key of %s", label, key);
	}
	TRUST_AUTO_FREE char *algorithm = trust_cert_signature_words(scene->node->cert);
	return trust_printf("'%s' is signed by %s", label, algorithm);
}

static char *
list_words(const struct scene *scene)
{
	bool builtin = false;
	(void)court_state(scene->node, scene->question->usage, &builtin);
	return trust_strdup(builtin ? "the built-in list" : "the store");
}

static char *
not_trusted_words(const struct scene *scene)
{
	const char *usage = trust_usage_word(scene->question->usage);

	if (scene->node->in_store && !scene->node->excluded)
		return trust_printf("which is in the store but not trusted for %s", usage);
	if (scene->node->in_builtin)
		return trust_printf("which is in the built-in list but not trusted for %s", usage);
	return trust_strdup("a root that is not in the store");
}

static char *
undecided_words(const struct scene *scene)
{
	if (court_state(scene->node, scene->question->usage, NULL) == TRUST_TRUSTED)
		return trust_strdup(
		    "and a record that makes it an anchor means nothing where it is no "
		    "CA");
	return trust_strdup("and nobody decided to trust it");
}

static char *
path_length_words(const struct scene *scene)
{
	int length = scene->node->cert->path_length;
	if (length == 0)
		return trust_strdup("no CA");
	return trust_printf("%d CA%s", length, length == 1 ? "" : "s");
}

static char *
policy_words(const struct scene *scene)
{
	struct verdict_work work = { .limit = TRUST_MAX_VERDICT_WORK };
	enum trust_policy_fit fit;
	size_t at = 0;
	TRUST_AUTO_FREE char *label = label_at(scene, scene->at);

	(void)verdict_check_policies(
	    scene->path->nodes, scene->path->count, scene->question, &work, &fit, &at);
	if (fit == TRUST_POLICY_UNREADABLE)
		return trust_printf(
		    "'%s' has certificate policies that cannot be understood", label);
	return trust_printf("a certificate policy is demanded, and at '%s' none is left that %s",
	    label,
	    scene->question->policies.count ? "is one of those asked for"
					    : "all of the path allows");
}

static char *
extension_words(const struct scene *scene)
{
	const struct trust_extension *extension = verdict_unknown_critical(scene->node->cert);
	return extension ? trust_oid_display(extension->oid) : trust_strdup("?");
}

static char *
issuer_words(const struct scene *scene)
{
	return trust_name_display(scene->node->cert->issuer);
}

/* An issuer that stands in the path already is here, but nothing above it is. */
static char *
missing_words(const struct scene *scene)
{
	for (size_t i = 0; i < scene->at; i++)
		if (trust_name_equal(
			scene->path->nodes[i]->cert->subject, scene->node->cert->issuer))
			return trust_strdup("which in turn it issued: no root of theirs is here");
	return trust_strdup("which is not here");
}

/* Everything that needs more than a label or a date. */
static const struct {
	const char *key;
	char *(*words)(const struct scene *);
} told[] = {
	{ "anchor", anchor_words },
	{ "signature", signature_words },
	{ "signature-remedy", signature_remedy },
	{ "names", names_words },
	{ "enable", enable_words },
	{ "reset", reset_words },
	{ "weakness", weakness_words },
	{ "list", list_words },
	{ "not-trusted", not_trusted_words },
	{ "path-length", path_length_words },
	{ "undecided", undecided_words },
	{ "policy", policy_words },
	{ "extension", extension_words },
	{ "issuer", issuer_words },
	{ "missing", missing_words },
};

/* Owned; NULL when there is nothing to say, which leaves out the whole text. */
static char *
value_of(const struct scene *scene, const char *key, size_t size)
{
#define IS(word) (size == sizeof(word) - 1 && memcmp(key, word, size) == 0)
	const struct trust_cert *cert = scene->node->cert;
	const struct trust_cert *leaf = scene->path->nodes[0]->cert;
	enum trust_usage usage = scene->question->usage;

	for (size_t i = 0; i < TRUST_COUNT(told); i++)
		if (strlen(told[i].key) == size && memcmp(key, told[i].key, size) == 0)
			return told[i].words(scene);
	if (IS("subject"))
		return label_at(scene, scene->at);
	if (IS("above"))
		return label_at(scene, scene->at + 1);
	if (IS("below"))
		return label_at(scene, scene->at ? scene->at - 1 : 0);
	if (IS("leaf"))
		return label_at(scene, 0);
	if (IS("constrainer"))
		return label_at(scene, scene->path->offender);
	if (IS("constraint") || IS("constrained"))
		return constraint_words(scene, IS("constrained"));
	if (IS("usage"))
		return trust_strdup(trust_usage_word(usage));
	if (IS("purpose"))
		return trust_printf("'%s'", trust_usage_word(usage));
	if (IS("purposes"))
		return purpose_words(cert);
	if (IS("not-after"))
		return date_of(cert->not_after);
	if (IS("not-before"))
		return date_of(cert->not_before);
	if (IS("issued"))
		return date_of(leaf->not_before);
	if (IS("distrust-after"))
		return date_of(scene->node->distrust_after[usage]);
	if (IS("at"))
		return date_of(scene->question->at);
	if (IS("where"))
		return issuer_place(cert);
	return IS("host") ? trust_text_display_string(scene->question->host) : NULL;
#undef IS
}

static char *
fill(const struct scene *scene, const char *text)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, MAX_SENTENCE);
	while (*text) {
		const char *open = strchrnul(text, '{');
		trust_buffer_append(&out, text, (size_t)(open - text));
		const char *close = strchr(open, '}');
		if (!close)
			break;
		TRUST_AUTO_FREE char *value = value_of(scene, open + 1, (size_t)(close - open - 1));
		if (!value)
			return NULL;
		trust_buffer_append_text(&out, value);
		text = close + 1;
	}
	return trust_buffer_take(&out);
}

/* ---- verdicts ------------------------------------------------------------------------------ */

static void
put_words(struct trust_verdict *verdict, const struct scene *scene)
{
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		if (rows[i].reason != verdict->reason)
			continue;
		bool ca = scene->at > 0 ||
			  (trust_cert_is_ca(scene->node->cert) &&
			      rows[i].reason == TRUST_REASON_KEY_USAGE && !scene->question->host);
		const char *sentence =
		    ca && rows[i].sentence_of_ca ? rows[i].sentence_of_ca : rows[i].sentence;
		const char *remedy =
		    ca && rows[i].remedy_of_ca ? rows[i].remedy_of_ca : rows[i].remedy;
		verdict->sentence = fill(scene, sentence);
		verdict->remedy = remedy ? fill(scene, remedy) : NULL;
	}
}

static struct trust_verdict *
make_verdict(const struct trust_court *court, const struct trust_question *question,
    struct verdict_path *path)
{
	struct trust_verdict *verdict = trust_alloc(sizeof *verdict);

	if (question->host && path->reasons[0] == TRUST_REASON_NONE &&
	    path->answer != TRUST_ANSWER_UNDETERMINED &&
	    !trust_cert_covers_host(path->nodes[0]->cert, question->host)) {
		path->reasons[0] = TRUST_REASON_HOST_NAME;
		path->answer = TRUST_ANSWER_NOT_TRUSTED;
		if (path->reasons[path->worst] == TRUST_REASON_NONE ||
		    path->reasons[path->worst] > TRUST_REASON_HOST_NAME)
			path->worst = 0;
	}
	verdict->answer = path->answer;
	verdict->reason = path->reasons[path->worst];
	verdict->path_count = path->count;
	verdict->path = trust_alloc_array(path->count, sizeof *verdict->path);
	for (size_t i = 0; i < path->count; i++) {
		struct trust_verdict_step *step = &verdict->path[i];
		step->cert = path->nodes[i]->cert;
		step->reason = path->reasons[i];
		step->state = court_state(path->nodes[i], question->usage, &step->from_builtin);
	}
	put_words(verdict,
	    &(struct scene) { court, question, path, path->worst, path->nodes[path->worst] });
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
