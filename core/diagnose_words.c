/* SPDX-License-Identifier: MPL-2.0 */
/* The sentences of data/causes.def with their values, for people. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/diagnose_internal.h"
#include "core/diagnose_seen.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/probe.h"
#include "core/store.h"
#include "core/text.h"
#include "core/verdict.h"

#define MAX_WORDS 8192
#define MAX_TOLD 3

/* ---- pieces -------------------------------------------------------------------------------- */

char *
diagnose_name(struct trust_bytes name)
{
	static const char *const oids[] = { TRUST_OID_COMMON_NAME, TRUST_OID_ORGANIZATION };

	for (size_t i = 0; i < TRUST_COUNT(oids); i++) {
		TRUST_AUTO_FREE char *value = trust_name_attribute(name, oids[i]);
		if (value && *value)
			return trust_text_display_string(value);
	}
	return trust_name_display(name);
}

char *
diagnose_date(struct trust_time time)
{
	char text[32];

	trust_time_format_date(time, text);
	return trust_strdup(text);
}

static char *
moment_of(struct trust_time time)
{
	char text[32];

	trust_time_format(time, text);
	return trust_strdup(text);
}

static const char *
hint_or(const struct diagnose_scene *scene, const char *other)
{
	const char *hint = scene->question->facts->problem.hint;
	return hint ? hint : other;
}

/* ---- the way ------------------------------------------------------------------------------- */

static char *
problem_words(const struct diagnose_scene *scene)
{
	const struct trust_probe_problem *problem = &scene->question->facts->problem;
	return trust_strdup(
	    problem->message ? problem->message : trust_probe_cause_sentence(problem->cause));
}

static char *
host_port_words(const struct diagnose_scene *scene)
{
	const struct trust_probe_target *target = scene->question->target;
	bool v6 = strchr(target->host, ':') != NULL;
	return trust_printf(
	    "%s%s%s:%u", v6 ? "[" : "", target->host, v6 ? "]" : "", (unsigned)target->port);
}

static char *
port_words(const struct diagnose_scene *scene)
{
	return trust_printf("%u", (unsigned)scene->question->target->port);
}

static char *
service_words(const struct diagnose_scene *scene)
{
	const struct trust_probe_target *target = scene->question->target;
	return trust_strdup(
	    target->service ? target->service : trust_starttls_name(target->starttls));
}

static char *
implicit_port_words(const struct diagnose_scene *scene)
{
	static const unsigned ports[TRUST_STARTTLS_COUNT] = {
		[TRUST_STARTTLS_IMAP] = 993,
		[TRUST_STARTTLS_POP3] = 995,
		[TRUST_STARTTLS_SUBMISSION] = 465,
		[TRUST_STARTTLS_LDAP] = 636,
		[TRUST_STARTTLS_FTP] = 990,
		[TRUST_STARTTLS_XMPP] = 5223,
	};
	unsigned port = ports[scene->question->target->starttls];
	return port ? trust_printf(" (%u)", port) : trust_strdup("");
}

static char *
address_remedy(const struct diagnose_scene *scene)
{
	return trust_strdup(hint_or(scene,
	    "leave out --ip-version, or have an address of that kind "
	    "entered in the DNS"));
}

static char *
silent_remedy(const struct diagnose_scene *scene)
{
	return trust_strdup(hint_or(scene, "check the port"));
}

static char *
not_tls_remedy(const struct diagnose_scene *scene)
{
	return trust_strdup(hint_or(scene,
	    "check the port; where the service begins in plain text, name it with --starttls"));
}

static char *
location_words(const struct diagnose_scene *scene)
{
	const char *location = scene->question->facts->plain_http.location;
	return trust_strdup(location ? location : "a page of this network");
}

static char *
login_page_words(const struct diagnose_scene *scene)
{
	const char *location = scene->question->facts->plain_http.location;
	return trust_strdup(location ? location : "any http:// address");
}

static char *
http_problem_words(const struct diagnose_scene *scene)
{
	const struct trust_probe_facts *facts = scene->question->facts;

	for (size_t i = 0; i < facts->step_count; i++)
		if (facts->steps[i].phase == TRUST_PROBE_HTTP &&
		    facts->steps[i].cause != TRUST_PROBE_NONE)
			return trust_strdup(facts->steps[i].words ? facts->steps[i].words : "?");
	return trust_strdup("?");
}

static char *
old_versions_words(const struct diagnose_scene *scene)
{
	const enum trust_probe_offer *offers = scene->question->facts->offers;
	bool first = offers[0] == TRUST_PROBE_OFFER_YES;
	bool second = offers[1] == TRUST_PROBE_OFFER_YES;
	return trust_strdup(first && second ? "TLS 1.0 and TLS 1.1"
		: first                     ? "TLS 1.0"
					    : "TLS 1.1");
}

/* ---- the clock ----------------------------------------------------------------------------- */

static char *
skew_words(const struct diagnose_scene *scene)
{
	return trust_time_skew_words(diagnose_skew(scene->question));
}

static char *
server_time_words(const struct diagnose_scene *scene)
{
	return moment_of((struct trust_time){ scene->question->facts->http.date_seconds });
}

static char *
clocks_words(const struct diagnose_scene *scene)
{
	struct trust_time theirs;
	bool agrees = trust_probe_server_time(scene->question->facts, &theirs) &&
	    diagnose_skew(scene->question) == 0;

	return trust_strdup(agrees ? ", by the server's clock too" : "");
}

/* ---- personal certificates ----------------------------------------------------------------- */

static char *
wanted_cas_words(const struct diagnose_scene *scene)
{
	const struct trust_probe_blobs *names = &scene->question->facts->tls.ca_names;
	TRUST_AUTO_BUFFER out;
	size_t told = 0;

	trust_buffer_init(&out, MAX_WORDS / 2);
	for (; told < names->count && told < MAX_TOLD; told++) {
		struct trust_bytes name = { names->list[told].data, names->list[told].size };
		TRUST_AUTO_FREE char *words = diagnose_name(name);
		TRUST_AUTO_FREE char *shown = trust_text_cut(words, 300, "...");
		trust_buffer_printf(&out, "%s'%s'", told ? ", " : " issued by ", shown);
	}
	if (names->count > told)
		trust_buffer_printf(&out, " or one of %zu more", names->count - told);
	return trust_buffer_take(&out);
}

static char *
client_remedy(const struct diagnose_scene *scene)
{
	const struct trust_diagnosis_question *question = scene->question;
	const struct trust_probe_blobs *names = &question->facts->tls.ca_names;

	if (question->client_command && names->count > 0)
		return trust_printf("it comes from a CA that the server names, so it may be "
				    "expired, revoked or not registered there; what is known here: "
				    "%s; the rest knows the server's administrator",
		    question->client_command);
	if (question->fitting)
		return trust_printf("these of your identities fit: %s; try: trustctl diagnose %s%s "
				    "--client %s",
		    question->fitting, question->again, question->store_option,
		    question->fitting_id);
	if (names->count == 0)
		return trust_printf("ask the administrator whose certificates the server takes; "
				    "then: trustctl import FILE.p12%s",
		    question->store_option);
	TRUST_AUTO_FREE char *first =
	    diagnose_name((struct trust_bytes){ names->list[0].data, names->list[0].size });
	return trust_printf("none of the identities here fits: get one from '%s', then: trustctl "
			    "import FILE.p12%s",
	    first, question->store_option);
}

static char *
alert_words(const struct diagnose_scene *scene)
{
	int alert = scene->question->facts->tls.alert;
	return alert < 0 ? trust_strdup("")
			 : trust_printf(" (it says: %s)", trust_probe_alert_words(alert));
}

/* ---- filling in ---------------------------------------------------------------------------- */

static const struct diagnose_value computed[] = {
	{ "problem", problem_words },
	{ "host-port", host_port_words },
	{ "port", port_words },
	{ "service", service_words },
	{ "implicit-port", implicit_port_words },
	{ "address-remedy", address_remedy },
	{ "silent-remedy", silent_remedy },
	{ "not-tls-remedy", not_tls_remedy },
	{ "location", location_words },
	{ "login-page", login_page_words },
	{ "http-problem", http_problem_words },
	{ "old-versions", old_versions_words },
	{ "skew", skew_words },
	{ "server-time", server_time_words },
	{ "clocks", clocks_words },
	{ "wanted-cas", wanted_cas_words },
	{ "client-remedy", client_remedy },
	{ "alert", alert_words },
	{ NULL, NULL },
};

static char *
look_up(const struct diagnose_value *values, const struct diagnose_scene *scene, const char *key,
    size_t size, bool *ret_known)
{
	for (; values->key; values++)
		if (strlen(values->key) == size && memcmp(key, values->key, size) == 0) {
			*ret_known = true;
			return values->words(scene);
		}
	return NULL;
}

/* Owned; NULL leaves the whole text out. */
static char *
value_of(const void *context, const char *key, size_t size)
{
#define IS(word) (size == sizeof(word) - 1 && memcmp(key, word, size) == 0)
	const struct diagnose_scene *scene = context;
	const struct trust_diagnosis_question *question = scene->question;
	bool known = false;

	char *words = look_up(computed, scene, key, size, &known);
	if (!known)
		words = look_up(diagnose_cert_values, scene, key, size, &known);
	if (known)
		return words;
	if (IS("host"))
		return trust_strdup(question->target->shown);
	if (IS("address"))
		return trust_strdup(question->facts->address);
	if (IS("store-option"))
		return trust_strdup(question->store_option);
	if (IS("again"))
		return trust_strdup(question->again);
	if (IS("now"))
		return moment_of(question->now);
	if (IS("today"))
		return diagnose_date(question->now);
	if (IS("made"))
		return diagnose_date(question->made);
	if (IS("ignored-by"))
		return trust_strdup(scene->view ? scene->view->ignored_by : NULL);
	if (IS("proxy"))
		return trust_strdup(question->proxy);
	if (IS("version"))
		return trust_strdup(trust_probe_version_name(question->facts->tls.version));
	if (IS("status"))
		return trust_printf("%u", (unsigned)question->facts->http.status);
	if (IS("identity"))
		return trust_strdup(question->client);
	if (IS("domain"))
		return trust_strdup(question->domain);
	if (IS("domain-address"))
		return trust_strdup(question->domain_address);
	if (IS("not-after"))
		return diagnose_date(scene->cert->not_after);
	if (IS("not-before"))
		return diagnose_date(scene->cert->not_before);
	if (IS("stores"))
		return trust_strdup(scene->stores);
	return IS("interception") || IS("renewal") ? trust_strdup(scene->extra) : NULL;
#undef IS
}

static char *
fill(const struct diagnose_scene *scene, const char *text)
{
	return text ? trust_text_fill(text, value_of, scene) : NULL;
}

void
diagnose_fill(const struct diagnose_scene *scene, struct trust_cause *cause)
{
	static const struct {
		const char *sentence;
		const char *remedy;
	} rows[TRUST_CAUSE_KINDS] = {
#define X(constant, id, gravity, who, sentence, remedy, source) { sentence, remedy },
#include "data/causes.def"
#undef X
	};

	cause->sentence = fill(scene, rows[scene->kind].sentence);
	if (!cause->sentence)
		cause->sentence = trust_strdup(trust_cause_id(scene->kind));
	cause->remedy = fill(scene, rows[scene->kind].remedy);
	bool step = cause->remedy && strstr(cause->remedy, "trust enable");
	if (!step || !scene->cert || !trust_cert_is_ca(scene->cert))
		return;
	TRUST_AUTO_FREE char *print = trust_hex_colons(scene->cert->id, sizeof scene->cert->id);
	cause->warning =
	    trust_printf("whoever holds the key of this CA can then pose as any website: "
			 "compare its fingerprint with its owner's by another way than this "
			 "connection: SHA-256 %s",
		print);
}
