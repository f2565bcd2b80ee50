/* SPDX-License-Identifier: MPL-2.0 */
/* What the sentences of verdict.c have in braces. */

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/der.h"
#include "core/error.h"
#include "core/name_constraints.h"
#include "core/oid.h"
#include "core/text.h"
#include "core/verdict_internal.h"

#define MAX_SENTENCE 8192
#define MAX_NAMES_TOLD 3
#define MAX_HOSTS_TOLD 8

/* ---- values -------------------------------------------------------------------------------- */

static char *
label_at(const struct verdict_scene *scene, size_t at)
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
anchor_words(const struct verdict_scene *scene)
{
	const struct court_node *last = scene->path->nodes[scene->path->count - 1];
	enum trust_usage usage = scene->question->usage;
	bool builtin = false;

	(void)court_state(last, usage, &builtin);
	const char *list = builtin ? "the built-in list" : "the store";
	if (scene->path->count == 1)
		return trust_printf("%s accepts %s", list,
		    trust_cert_is_ca(last->cert) && court_state(last, usage, NULL) == TRUST_TRUSTED
			? "it as an anchor"
			: "this very certificate");
	TRUST_AUTO_FREE char *label = trust_cert_label(last->cert);
	return trust_printf("the path ends in '%s', an anchor of %s", label, list);
}

static bool
signature_is_unsupported(const struct verdict_scene *scene)
{
	size_t above = scene->at + 1 < scene->path->count ? scene->at + 1 : scene->at;
	return trust_cert_signature_check(scene->node->cert, scene->path->nodes[above]->cert) ==
	    TRUST_SIGNATURE_UNSUPPORTED;
}

static char *
signature_remedy(const struct verdict_scene *scene)
{
	TRUST_AUTO_FREE char *label = label_at(scene, scene->at);

	if (signature_is_unsupported(scene))
		return trust_printf(
		    "have '%s' issued by a CA with an RSA, EC or Ed25519 key", label);
	return trust_printf(
	    "get '%s' again: it is damaged, forged, or its issuer has a new key", label);
}

static char *
signature_words(const struct verdict_scene *scene)
{
	if (!signature_is_unsupported(scene))
		return trust_strdup("was not made with");
	TRUST_AUTO_FREE char *algorithm = trust_cert_signature_words(scene->node->cert);
	return trust_printf("(%s) cannot be checked here with", algorithm);
}

static char *
constraint_words(const struct verdict_scene *scene, bool name)
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
	return trust_strdup(fit == TRUST_NAME_NOT_PERMITTED
		? "is limited to other names than"
		: "has name constraints that cannot be understood, so nothing is known of");
}

static char *
purpose_words(const struct trust_cert *cert)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_EXTENDED_KEY_USAGE);
	struct trust_der der =
	    trust_der_init(extension ? extension->value : (struct trust_bytes){ 0 });
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
names_words(const struct verdict_scene *scene)
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
		if (all++ < MAX_HOSTS_TOLD && strlen(name->text) < 300)
			trust_buffer_printf(&out, "%s%s", told++ ? ", " : "but ", name->text);
	}
	if (all > told)
		trust_buffer_printf(&out, "%s%zu more", told ? " and " : "but ", all - told);
	if (all == 0)
		trust_buffer_append_text(&out, "nor any other");
	return trust_buffer_take(&out);
}

static char *
emails_words(const struct verdict_scene *scene)
{
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(scene->node->cert);
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, MAX_SENTENCE / 2);
	for (size_t i = 0; i < emails->count && i < MAX_NAMES_TOLD; i++) {
		TRUST_AUTO_FREE char *shown = trust_text_cut(emails->entries[i].text, 300, "...");
		trust_buffer_printf(&out, "%s%s", i ? ", " : "but ", shown);
	}
	if (emails->count > MAX_NAMES_TOLD)
		trust_buffer_printf(&out, " and %zu more", emails->count - MAX_NAMES_TOLD);
	if (emails->count == 0)
		trust_buffer_append_text(&out, "nor any other");
	return trust_buffer_take(&out);
}

/* " from URL", where the certificate says where its issuer's can be had. */
static char *
issuer_place(const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *url = trust_cert_issuer_url(cert);
	return url ? trust_printf(" from %s", url) : trust_strdup("");
}

static char *
short_id(const struct court_node *node)
{
	return trust_hex(node->cert->id, 8);
}

/* What makes this root an anchor, for no more than was asked; an end entity can be none. */
static char *
enable_words(const struct verdict_scene *scene)
{
	TRUST_AUTO_FREE char *id = short_id(scene->node);
	const char *usage = trust_usage_word(scene->question->usage);

	if (!trust_cert_is_ca(scene->node->cert))
		return trust_strdup("have it issued by a CA of your own, and trust that CA");
	if (court_is_here(scene->node))
		return trust_printf("trustctl trust enable %s --usage %s", id, usage);
	return trust_printf(
	    "trustctl import FILE, then: trustctl trust enable %s --usage %s", id, usage);
}

/* Nothing where the built-in list distrusts: that is not to be lifted lightly. */
static char *
reset_words(const struct verdict_scene *scene)
{
	bool builtin = false;
	TRUST_AUTO_FREE char *id = short_id(scene->node);

	(void)court_state(scene->node, scene->question->usage, &builtin);
	return builtin || !court_is_here(scene->node) ? NULL
						      : trust_printf("trustctl trust reset %s", id);
}

static char *
weakness_words(const struct verdict_scene *scene)
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
list_words(const struct verdict_scene *scene)
{
	bool builtin = false;
	(void)court_state(scene->node, scene->question->usage, &builtin);
	return trust_strdup(builtin ? "the built-in list" : "the store");
}

/* Where the record does not say it in so many words, how it comes to that. */
static char *
distrust_words(const struct verdict_scene *scene)
{
	TRUST_AUTO_FREE char *list = list_words(scene);

	if (court_state(scene->node, scene->question->usage, NULL) == TRUST_DISTRUSTED)
		return trust_printf("in %s", list);
	TRUST_AUTO_FREE char *record = trust_states_words(scene->node->store);
	return trust_printf(
	    "by Firefox and Thunderbird, which read the record in %s (%s) so", list, record);
}

static char *
not_trusted_words(const struct verdict_scene *scene)
{
	const char *usage = trust_usage_word(scene->question->usage);

	if (scene->node->in_store && !scene->node->excluded)
		return trust_printf("which is in the store but not trusted for %s", usage);
	if (scene->node->in_builtin)
		return trust_printf("which is in the built-in list but not trusted for %s", usage);
	return trust_strdup("a root that is not in the store");
}

static char *
undecided_words(const struct verdict_scene *scene)
{
	if (court_state(scene->node, scene->question->usage, NULL) == TRUST_TRUSTED)
		return trust_strdup(
		    "and a record that makes it an anchor means nothing where it is no "
		    "CA");
	return trust_strdup("and nobody decided to trust it");
}

static char *
path_length_words(const struct verdict_scene *scene)
{
	int length = scene->node->cert->path_length;
	if (length == 0)
		return trust_strdup("no CA");
	return trust_printf("%d CA%s", length, length == 1 ? "" : "s");
}

static char *
policy_words(const struct verdict_scene *scene)
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
extension_words(const struct verdict_scene *scene)
{
	const struct trust_extension *extension = verdict_unknown_critical(scene->node->cert);
	return extension ? trust_oid_display(extension->oid) : trust_strdup("?");
}

static char *
issuer_words(const struct verdict_scene *scene)
{
	return trust_name_display(scene->node->cert->issuer);
}

/* An issuer that stands in the path already is here, but nothing above it is. */
static char *
missing_words(const struct verdict_scene *scene)
{
	for (size_t i = 0; i < scene->at; i++)
		if (trust_name_equal(
			scene->path->nodes[i]->cert->subject, scene->node->cert->issuer))
			return trust_strdup("which in turn it issued: no root of theirs is here");
	return trust_strdup("which is not here");
}

static char *
revoked_words(const struct verdict_scene *scene)
{
	const struct trust_revocation *revocation = &scene->path->revocation[scene->at];
	char date[32];

	trust_time_format_date(revocation->when, date);
	return trust_printf(
	    revocation->ahead ? "is revoked as of %s, a date to come: %s" : "was revoked on %s: %s",
	    date, trust_crl_reason_words((enum trust_crl_reason)revocation->reason));
}

static char *
gap_words(const struct verdict_scene *scene)
{
	return trust_strdup(trust_revocation_gap_words(scene->path->revocation[scene->at].gap));
}

/* " from URL", where the certificate says where its issuer publishes the list. */
static char *
list_place(const struct verdict_scene *scene)
{
	TRUST_AUTO_FREE char *url = trust_cert_list_place(scene->node->cert, 0);
	return url ? trust_printf(" from %s", url) : trust_strdup("");
}

/* Nobody can be asked who is not named. */
static char *
ask_ca_words(const struct verdict_scene *scene)
{
	TRUST_AUTO_FREE char *responder = trust_cert_ocsp_place(scene->node->cert, 0);
	TRUST_AUTO_FREE char *list = trust_cert_list_place(scene->node->cert, 0);

	return trust_strdup(responder || list ? "ask its CA with --revocation, or " : "");
}

static char *
other_issuer_words(const struct verdict_scene *scene)
{
	TRUST_AUTO_FREE char *label = label_at(scene, 0);
	return trust_printf("have '%s' issued by another CA", label);
}

/* Everything that needs more than a label or a date. */
static const struct {
	const char *key;
	char *(*words)(const struct verdict_scene *);
} told[] = {
	{ "anchor", anchor_words },
	{ "signature", signature_words },
	{ "signature-remedy", signature_remedy },
	{ "names", names_words },
	{ "emails", emails_words },
	{ "enable", enable_words },
	{ "reset", reset_words },
	{ "weakness", weakness_words },
	{ "list", list_words },
	{ "distrust", distrust_words },
	{ "not-trusted", not_trusted_words },
	{ "path-length", path_length_words },
	{ "undecided", undecided_words },
	{ "policy", policy_words },
	{ "extension", extension_words },
	{ "issuer", issuer_words },
	{ "revocation", revoked_words },
	{ "gap", gap_words },
	{ "ask-ca", ask_ca_words },
	{ "crl-place", list_place },
	{ "other-issuer", other_issuer_words },
	{ "missing", missing_words },
};

/* Owned; NULL when there is nothing to say, which leaves out the whole text. */
static char *
value_of(const void *context, const char *key, size_t size)
{
#define IS(word) (size == sizeof(word) - 1 && memcmp(key, word, size) == 0)
	const struct verdict_scene *scene = context;
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
	if (IS("email"))
		return trust_text_display_string(scene->question->email);
	return IS("host") ? trust_text_display_string(scene->question->host) : NULL;
#undef IS
}

char *
verdict_fill(const struct verdict_scene *scene, const char *text)
{
	return trust_text_fill(text, value_of, scene);
}
