/* SPDX-License-Identifier: MPL-2.0 */
/* Causes that are not the certificate's: the name, the way, the protocol, personal certificates. */

#include <string.h>
#include <strings.h>

#include "core/diagnose_internal.h"
#include "core/probe.h"

/* What the probe calls it, and what to do about it. CLIENT_CERT and what has two readings are told
 * apart below. */
static const enum trust_cause_kind causes[TRUST_PROBE_CAUSE_COUNT] = {
	[TRUST_PROBE_NONE] = TRUST_CAUSE_KINDS,
	[TRUST_PROBE_NAME_UNKNOWN] = TRUST_CAUSE_DNS_UNKNOWN,
	[TRUST_PROBE_NAME_NO_ADDRESS] = TRUST_CAUSE_DNS_NO_ADDRESS,
	[TRUST_PROBE_NAME_TIMEOUT] = TRUST_CAUSE_DNS_TIMEOUT,
	[TRUST_PROBE_NAME_FAILED] = TRUST_CAUSE_DNS_FAILED,
	[TRUST_PROBE_CONNECT_REFUSED] = TRUST_CAUSE_CONNECT_REFUSED,
	[TRUST_PROBE_CONNECT_UNREACHABLE] = TRUST_CAUSE_CONNECT_UNREACHABLE,
	[TRUST_PROBE_CONNECT_TIMEOUT] = TRUST_CAUSE_CONNECT_TIMEOUT,
	[TRUST_PROBE_CONNECT_FAILED] = TRUST_CAUSE_CONNECT_FAILED,
	[TRUST_PROBE_STARTTLS_SILENT] = TRUST_CAUSE_STARTTLS_SILENT,
	[TRUST_PROBE_STARTTLS_SLOW] = TRUST_CAUSE_STARTTLS_BROKEN,
	[TRUST_PROBE_STARTTLS_CLOSED] = TRUST_CAUSE_STARTTLS_BROKEN,
	[TRUST_PROBE_STARTTLS_GARBAGE] = TRUST_CAUSE_STARTTLS_BROKEN,
	[TRUST_PROBE_STARTTLS_IMPLICIT] = TRUST_CAUSE_STARTTLS_IMPLICIT,
	[TRUST_PROBE_STARTTLS_REFUSED] = TRUST_CAUSE_STARTTLS_REFUSED,
	[TRUST_PROBE_STARTTLS_ENDLESS] = TRUST_CAUSE_STARTTLS_BROKEN,
	[TRUST_PROBE_STARTTLS_INJECTION] = TRUST_CAUSE_STARTTLS_INJECTION,
	[TRUST_PROBE_TLS_SILENT] = TRUST_CAUSE_TLS_SILENT,
	[TRUST_PROBE_TLS_SLOW] = TRUST_CAUSE_TLS_BROKEN,
	[TRUST_PROBE_TLS_CLOSED] = TRUST_CAUSE_TLS_BROKEN,
	[TRUST_PROBE_TLS_NOT_TLS] = TRUST_CAUSE_NOT_TLS,
	[TRUST_PROBE_TLS_ENDLESS] = TRUST_CAUSE_TLS_BROKEN,
	[TRUST_PROBE_TLS_ALERT] = TRUST_CAUSE_TLS_BROKEN,
	[TRUST_PROBE_TLS_VERSION] = TRUST_CAUSE_TLS_VERSION,
	[TRUST_PROBE_TLS_NAME] = TRUST_CAUSE_TLS_NAME,
	[TRUST_PROBE_TLS_CIPHER] = TRUST_CAUSE_TLS_CIPHER,
	[TRUST_PROBE_TLS_CLIENT_CERT] = TRUST_CAUSE_CLIENT_REQUIRED,
	[TRUST_PROBE_TLS_CLIENT_REFUSED] = TRUST_CAUSE_CLIENT_REFUSED,
	[TRUST_PROBE_TLS_BROKEN] = TRUST_CAUSE_TLS_BROKEN,
	[TRUST_PROBE_HTTP_SILENT] = TRUST_CAUSE_HTTP,
	[TRUST_PROBE_HTTP_CLOSED] = TRUST_CAUSE_HTTP,
	[TRUST_PROBE_HTTP_GARBAGE] = TRUST_CAUSE_HTTP,
	[TRUST_PROBE_TIME] = TRUST_CAUSE_TLS_BROKEN,
	[TRUST_PROBE_IDENTITY] = TRUST_CAUSE_IDENTITY,
	[TRUST_PROBE_LOCAL] = TRUST_CAUSE_LOCAL,
	[TRUST_PROBE_CRASH] = TRUST_CAUSE_LOCAL,
};

static bool
has_no_way(const struct trust_probe_problem *problem)
{
	return problem->cause != TRUST_PROBE_NONE && problem->cause != TRUST_PROBE_LOCAL &&
	    problem->phase <= TRUST_PROBE_CONNECT;
}

static enum trust_cause_kind
cause_of(const struct trust_diagnosis_question *question)
{
	const struct trust_probe_problem *problem = &question->facts->problem;

	/* Of an answer that is not TLS the message quotes the beginning. */
	if (problem->cause == TRUST_PROBE_TLS_NOT_TLS && problem->message &&
	    strstr(problem->message, "'HTTP/"))
		return TRUST_CAUSE_PLAIN_HTTP;
	if (has_no_way(problem) && question->proxy)
		return TRUST_CAUSE_PROXY;
	return problem->cause < TRUST_PROBE_CAUSE_COUNT ? causes[problem->cause]
							: TRUST_CAUSE_LOCAL;
}

/* ---- the captive portal -------------------------------------------------------------------- */

/* The host of an absolute http(s) URL, in *ret_size bytes; NULL: it stays on the same host. */
static const char *
host_of(const char *location, size_t *ret_size)
{
	const char *host = strstr(location, "://");

	if (strncasecmp(location, "http", 4) != 0 || !host)
		return NULL;
	host += 3;
	if (*host == '[') { /* an IPv6 address, which a target has without brackets */
		*ret_size = strcspn(++host, "]");
		return host;
	}
	*ret_size = strcspn(host, ":/?#");
	return host;
}

static bool
ends_with(const char *text, size_t size, const char *end, size_t end_size)
{
	return size > end_size && text[size - end_size - 1] == '.' &&
	    strncasecmp(text + size - end_size, end, end_size) == 0;
}

/* www.example.com for example.com and the other way round are the same people's. */
static bool
is_same_site(const char *host, const char *other, size_t size)
{
	size_t host_size = strlen(host);

	return (host_size == size && strncasecmp(host, other, size) == 0) ||
	    ends_with(host, host_size, other, size) || ends_with(other, size, host, host_size);
}

static bool
is_portal(const struct trust_diagnosis_question *question)
{
	const struct trust_probe_http *plain = &question->facts->plain_http;
	size_t size = 0;

	/* Said by networks alone, and without a Location (RFC 6585 section 6). */
	if (plain->status == 511)
		return true;
	/* A site that moved for good says so (301, 308); a portal wants to be gone after the
	 * login. */
	if ((plain->status != 302 && plain->status != 303 && plain->status != 307) ||
	    !plain->location)
		return false;
	const char *host = host_of(plain->location, &size);
	return host && !is_same_site(question->target->host, host, size);
}

/* ---- personal certificates ----------------------------------------------------------------- */

/* Of a port that is known for HTTP, no answer is worth a word. */
static void
judge_silence(struct trust_diagnosis *diagnosis, struct diagnose_scene *scene)
{
	const struct trust_probe_facts *facts = scene->question->facts;
	const char *service = scene->question->target->service;

	scene->kind = TRUST_CAUSE_HTTP;
	for (size_t i = 0; service && strcmp(service, "https") == 0 && i < facts->step_count; i++)
		if (facts->steps[i].phase == TRUST_PROBE_HTTP &&
		    facts->steps[i].cause != TRUST_PROBE_NONE)
			diagnose_add(diagnosis, scene);
}

static void
judge_http(struct trust_diagnosis *diagnosis, struct diagnose_scene *scene)
{
	const struct trust_probe_facts *facts = scene->question->facts;
	uint32_t status = facts->http.status;

	judge_silence(diagnosis, scene);
	/* nginx lets anybody in, and says 400 to who shows no certificate or one it does not
	 * know. */
	if (status != 400 && status != 401 && status != 403)
		return;
	/* A site may answer so for reasons of its own, unless certificates are in play. */
	if (facts->tls.identity_shown)
		scene->kind =
		    status == 400 ? TRUST_CAUSE_CLIENT_REFUSED : TRUST_CAUSE_CLIENT_FORBIDDEN;
	else if (facts->tls.client_cert != TRUST_PROBE_CLIENT_NOT_ASKED)
		scene->kind = TRUST_CAUSE_CLIENT_MISSING;
	else
		return;
	diagnose_add(diagnosis, scene);
}

/* ---- versions ------------------------------------------------------------------------------ */

static void
judge_versions(struct trust_diagnosis *diagnosis, struct diagnose_scene *scene)
{
	const struct trust_probe_facts *facts = scene->question->facts;

	if (facts->tls.version >= 0x0301 && facts->tls.version <= 0x0302)
		scene->kind = TRUST_CAUSE_TLS_OLD;
	else if (facts->offers[0] == TRUST_PROBE_OFFER_YES ||
	    facts->offers[1] == TRUST_PROBE_OFFER_YES)
		scene->kind = TRUST_CAUSE_TLS_OLD_OFFERED;
	else
		return;
	diagnose_add(diagnosis, scene);
}

/* ---- providers ----------------------------------------------------------------------------- */

static bool
has(const struct trust_diagnosis *diagnosis, enum trust_cause_kind kind)
{
	for (size_t i = 0; i < diagnosis->count; i++)
		if (diagnosis->causes[i].kind == kind)
			return true;
	return false;
}

void
diagnose_connection(
    struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question)
{
	struct diagnose_scene scene = { .question = question, .chain = &diagnosis->chain };
	const struct trust_probe_facts *facts = question->facts;

	scene.kind = cause_of(question);
	if (scene.kind != TRUST_CAUSE_KINDS)
		diagnose_add(diagnosis, &scene);
	bool doubtful = diagnosis->count > 0 &&
	    (!facts->tls.finished || has(diagnosis, TRUST_CAUSE_HOST_NAME) ||
		has(diagnosis, TRUST_CAUSE_SELF_SIGNED) ||
		has(diagnosis, TRUST_CAUSE_UNKNOWN_ROOT) ||
		has(diagnosis, TRUST_CAUSE_UNKNOWN_ISSUER));
	scene.kind = TRUST_CAUSE_CAPTIVE_PORTAL;
	if (doubtful && is_portal(question))
		diagnose_add(diagnosis, &scene);
	scene.kind = TRUST_CAUSE_OTHER_PROVIDER;
	if (question->domain && question->domain_address && facts->address &&
	    strcmp(question->domain_address, facts->address) != 0 &&
	    has(diagnosis, TRUST_CAUSE_HOST_NAME))
		diagnose_add(diagnosis, &scene);
	judge_http(diagnosis, &scene);
	judge_versions(diagnosis, &scene);
}
