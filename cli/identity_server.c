/* SPDX-License-Identifier: MPL-2.0 */
/* What a server makes of a personal certificate that is shown to it. */

#include <string.h>

#include "cli/client_fit.h"
#include "cli/identity.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/place.h"
#include "core/text.h"
#include "import/import.h"

/* Names of CAs that a person reads. */
#define MAX_SHOWN_CAS 3

/* ---- asking -------------------------------------------------------------------------------- */

/* The CAs between it and its root, as its store or file has them, for a key that is in no store. */
static size_t
gather_chain(const struct cli_identity *identity, struct trust_bytes *ders)
{
	const struct trust_verdict *chain = identity->own.chain;
	size_t count = 0;

	for (size_t i = 1; i < chain->path_count; i++)
		if (!trust_cert_is_self_issued(chain->path[i].cert))
			ders[count++] = chain->path[i].cert->der;
	return count;
}

/* Here a service that begins in plain text is named by a URL. */
static void
name_service(struct trust_probe_problem *problem)
{
	if (problem->cause != TRUST_PROBE_TLS_NOT_TLS)
		return;
	trust_free(problem->hint);
	problem->hint = trust_strdup("https is expected where no URL says otherwise; another "
				     "service is named by a URL, such as --server imap://HOST");
}

static bool
probe(struct cli *cli, struct cli_identity *identity, struct trust_error *error)
{
	bool web = trust_probe_target_is_web(identity->target);
	TRUST_AUTO_FREE struct trust_bytes *ders =
	    trust_alloc_array(identity->own.chain->path_count, sizeof *ders);
	struct trust_probe_identity shown = { .cert = identity->input.cert->der };
	struct trust_probe_request request = {
		.target = identity->target,
		.ask_http = web,
		.http_get = true,
		.limits.http_ms = identity->target->service ? 0 : 2000,
	};

	if (identity->key) {
		shown.pkcs8 = identity->key->pkcs8;
		shown.others = ders;
		shown.other_count = gather_chain(identity, ders);
		request.identity = &shown;
	} else if (identity->home) {
		shown.store = identity->home->path;
		shown.nss_libdir = identity->home->nss_libdir;
		/* It may be another store's. */
		if (trust_store_has_password(identity->home_store))
			shown.password = cli_known_store_password(cli);
		request.identity = &shown;
	}
	if (trust_probe_run(&request, &identity->facts, error)) {
		name_service(&identity->facts->problem);
		return true;
	}
	return error->code == TRUST_STORE_PASSWORD && !error->hint
	    ? trust_hint(error, "give it with --store-password-file FILE")
	    : false;
}

/* ---- what came of it ----------------------------------------------------------------------- */

/* How the question over HTTP ended; NULL: none was asked. */
static const struct trust_probe_step *
http_step(const struct trust_probe_facts *facts)
{
	for (size_t i = facts->step_count; i > 0; i--)
		if (facts->steps[i - 1].phase == TRUST_PROBE_HTTP)
			return &facts->steps[i - 1];
	return NULL;
}

/* "in the handshake, for a certificate of 'X' or 'Y'"; owned by the caller. */
static char *
asked_words(const struct trust_probe_tls *tls)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, 65536);
	trust_buffer_printf(&out, "%s, for ",
	    tls->asked_later ? "for this page (behind the handshake)" : "in the handshake");
	if (tls->ca_names.count == 0)
		trust_buffer_printf(&out, "a certificate of any CA");
	for (size_t i = 0; i < tls->ca_names.count && i < MAX_SHOWN_CAS; i++) {
		struct trust_bytes der = { tls->ca_names.list[i].data, tls->ca_names.list[i].size };
		TRUST_AUTO_FREE char *name = trust_name_display(der);
		TRUST_AUTO_FREE char *shown = trust_text_cut(name, 300, "...");
		trust_buffer_printf(&out, "%s'%s'", i ? " or " : "a certificate of ", shown);
	}
	if (tls->ca_names.count > MAX_SHOWN_CAS)
		trust_buffer_printf(&out, " or %zu others", tls->ca_names.count - MAX_SHOWN_CAS);
	return trust_buffer_take(&out);
}

/* Answers with which servers say that the certificate is missing, wrong or not enough; 495 and 496
 * are nginx's. */
static bool
is_denial(uint32_t status)
{
	return status == 400 || status == 401 || status == 403 || status == 495 || status == 496;
}

static void
add(struct cli_identity *identity, enum cli_check_result result, char *words, const char *remedy)
{
	cli_identity_add(identity, "server", result, words, trust_strdup(remedy));
}

/* The server did not ask; *words: what it did. */
static void
tell_not_asked(struct cli_identity *identity)
{
	const struct trust_probe_facts *facts = identity->facts;
	const struct trust_probe_step *http = http_step(facts);

	if (facts->problem.cause != TRUST_PROBE_NONE) {
		identity->unreachable = true;
		add(identity, CLI_CHECK_UNKNOWN,
		    trust_printf("cannot be asked: %s", facts->problem.message),
		    facts->problem.hint);
	} else if (http && is_denial(facts->http.status)) {
		add(identity, CLI_CHECK_BAD,
		    trust_printf("did not ask for a certificate, and answered with status %u",
			(unsigned)facts->http.status),
		    "ask the server's administrator whether certificates are taken there, or name "
		    "the page that needs one: --server URL");
	} else {
		add(identity, CLI_CHECK_NOTE,
		    trust_printf("did not ask for a certificate%s%s", http ? "; HTTP " : "",
			http ? http->words : ""),
		    http ? "name the page that needs one: --server URL" : NULL);
	}
}

/* It was shown, and nothing was said against it in TLS. */
static void
tell_answer(struct cli_identity *identity, const char *asked)
{
	const struct trust_probe_facts *facts = identity->facts;
	const struct trust_probe_step *http = http_step(facts);
	uint32_t status = facts->http.status;

	if (http && (http->cause != TRUST_PROBE_NONE || status >= 500))
		add(identity, CLI_CHECK_UNKNOWN,
		    trust_printf("asked %s, was shown this one, and then: %s", asked, http->words),
		    NULL);
	else if (is_denial(status))
		add(identity, CLI_CHECK_BAD,
		    trust_printf("asked %s, was shown this one, and answered with status %u", asked,
			(unsigned)status),
		    "ask the server's administrator whether this certificate is registered there");
	else if (facts->tls.asked_later && facts->tls.version == 0x0304)
		/* Seen with Chromium 156 and Firefox 153. */
		add(identity, CLI_CHECK_BAD,
		    trust_printf(
			"asked %s, and took this one; but browsers do not answer a question "
			"behind the handshake of TLS 1.3: Chromium never, Firefox only with "
			"security.tls.enable_post_handshake_auth",
			asked),
		    "the server's administrator lets it ask in the handshake, or speak TLS 1.2 "
		    "there");
	else if (status)
		add(identity, CLI_CHECK_OK,
		    trust_printf("asked %s, took this one, and answered with status %u", asked,
			(unsigned)status),
		    NULL);
	else
		add(identity, CLI_CHECK_OK, trust_printf("asked %s, and took this one", asked),
		    NULL);
}

static void
tell_server(struct cli_identity *identity)
{
	const struct trust_probe_facts *facts = identity->facts;
	const struct trust_probe_tls *tls = &facts->tls;
	const struct trust_probe_step *http = http_step(facts);
	enum trust_probe_cause cause = facts->problem.cause ? facts->problem.cause
	    : http                                          ? http->cause
							    : TRUST_PROBE_NONE;
	const char *why = facts->problem.cause ? facts->problem.message : http ? http->words : "";
	TRUST_AUTO_FREE char *issuer = trust_name_display(identity->input.cert->issuer);

	if (cause == TRUST_PROBE_IDENTITY) {
		add(identity, CLI_CHECK_BAD, trust_printf("could not be shown this one: %s", why),
		    NULL);
		return;
	}
	if (tls->client_cert == TRUST_PROBE_CLIENT_NOT_ASKED) {
		tell_not_asked(identity);
		return;
	}
	TRUST_AUTO_FREE char *asked = asked_words(tls);
	const char *of_others = identity->matches ? "" : ", which this one is not";
	if (!tls->identity_shown)
		add(identity, CLI_CHECK_UNKNOWN,
		    trust_printf("asks %s%s; there was nothing to show", asked,
			identity->matches ? ", as this one is" : of_others),
		    NULL);
	else if (cause == TRUST_PROBE_TLS_CLIENT_REFUSED)
		add(identity, CLI_CHECK_BAD, trust_printf("asked %s%s: %s", asked, of_others, why),
		    identity->matches
			? "ask the server's administrator which certificates are let in"
			: "get a certificate of a CA that the server names");
	else if (!identity->matches)
		add(identity, CLI_CHECK_BAD,
		    trust_printf("asks %s; this one is of '%s', so browsers do not offer it there",
			asked, issuer),
		    "get a certificate of a CA that the server names");
	else if (facts->problem.cause)
		add(identity, CLI_CHECK_UNKNOWN, trust_printf("asked %s, and then: %s", asked, why),
		    facts->problem.hint);
	else
		tell_answer(identity, asked);
}

/* A server that took it has what the chain lacks. */
static void
excuse_chain(struct cli_identity *identity)
{
	struct cli_check *chain = cli_identity_find(identity, "chain");
	struct cli_check *server = cli_identity_find(identity, "server");

	if (chain->result == CLI_CHECK_BAD && server->result == CLI_CHECK_OK &&
	    cli_identity_lacks_issuer(identity->own.chain))
		chain->result = CLI_CHECK_NOTE;
}

bool
cli_identity_ask_server(struct cli *cli, struct cli_identity *identity, struct trust_error *error)
{
	if (!identity->target)
		return true;
	if (!probe(cli, identity, error))
		return false;
	identity->matches = cli_client_fits(&identity->facts->tls.ca_names, identity->own.store,
	    identity->input.others, identity->input.other_count, identity->input.cert);
	tell_server(identity);
	excuse_chain(identity);
	return true;
}

/* ---- the clock ----------------------------------------------------------------------------- */

/* Out of its time by this machine's clock alone? */
static bool
is_clocks_fault(const struct cli_identity *identity, struct trust_time now)
{
	const struct trust_cert *cert = identity->input.cert;
	const struct trust_finding *first = identity->clock->list;
	struct trust_time theirs = { now.seconds - identity->fetches.skew_seconds };

	if (identity->valid || identity->clock->count == 0)
		return false;
	if (!identity->fetches.has_skew || first->id == TRUST_FINDING_CLOCK_BEFORE_PROGRAM)
		return trust_time_compare(now, cert->not_before) < 0;
	return trust_time_compare(theirs, cert->not_before) >= 0 &&
	    trust_time_compare(theirs, cert->not_after) <= 0;
}

void
cli_identity_check_clock(const struct cli *cli, struct cli_identity *identity)
{
	struct trust_machine machine = trust_machine_now(NULL);
	struct cli_check *dates = cli_identity_find(identity, "dates");
	struct trust_time theirs;

	if (identity->facts && trust_probe_server_time(identity->facts, &theirs))
		cli_fetches_compare_clock(&identity->fetches, cli->now, theirs);
	machine.skew_seconds = identity->fetches.has_skew ? identity->fetches.skew_seconds : 0;
	identity->clock = trust_findings_of_clock(&machine);
	if (!is_clocks_fault(identity, cli->now))
		return;
	TRUST_AUTO_FREE char *words = dates->words;
	dates->words = trust_printf("%s, but %s", words, identity->clock->list[0].sentence);
	trust_free(dates->remedy);
	dates->remedy = trust_strdup(identity->clock->list[0].remedy);
}
