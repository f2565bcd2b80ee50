/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl diagnose` says; see diagnose_report.h. */

#include "cli/diagnose_report.h"

#include <string.h>

#include "cli/client_fit.h"
#include "cli/items.h"
#include "cli/verify_report.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/place.h"
#include "core/text.h"

/* ---- the way there ------------------------------------------------------------------------- */

static void
put_target(struct cli_doc *doc, const struct cli_diagnose *diagnose)
{
	const struct trust_probe_target *target = diagnose->target;
	const char *starttls = trust_starttls_name(target->starttls);
	bool plain = target->starttls == TRUST_STARTTLS_NONE;

	cli_doc_line(doc, "%s, port %u (%s%s%s)", target->shown, (unsigned)target->port,
	    target->service ? target->service : "a port of no known service",
	    plain ? "" : ", STARTTLS of ", plain ? "" : starttls);
	cli_doc_text(doc, NULL, "host", target->host);
	cli_doc_number(doc, NULL, "port", target->port);
	cli_doc_text(doc, NULL, "service", target->service);
	cli_doc_text(doc, NULL, "starttls", starttls);
	cli_doc_text(doc, NULL, "address", diagnose->facts->address);
	cli_doc_text(doc, NULL, "greeting", diagnose->facts->greeting);
	cli_doc_text(doc, NULL, "proxy", diagnose->proxy);
}

/* Is this told as a cause? */
static bool
is_cause(const struct trust_diagnosis *diagnosis, const char *words)
{
	for (size_t i = 0; words && i < diagnosis->count; i++)
		if (strcmp(diagnosis->causes[i].sentence, words) == 0)
			return true;
	return false;
}

static void
put_steps(struct cli_doc *doc, const struct trust_probe_facts *facts,
    const struct trust_diagnosis *diagnosis)
{
	cli_doc_begin_list(doc, "Steps", "steps");
	for (size_t i = 0; i < facts->step_count; i++) {
		const struct trust_probe_step *step = &facts->steps[i];
		const char *phase = trust_probe_phase_name(step->phase);
		const char *words = is_cause(diagnosis, step->words) ? "failed" : step->words;
		cli_doc_line(doc, "%6u ms  %s %s%s%s", (unsigned)step->ms, phase,
		    step->subject ? step->subject : "", words ? ": " : "", words ? words : "");
		cli_doc_begin(doc, NULL, "step");
		cli_doc_text(doc, NULL, "phase", phase);
		cli_doc_text(doc, NULL, "subject", step->subject);
		cli_doc_text(doc, NULL, "words", step->words);
		cli_doc_text(doc, NULL, "cause", trust_probe_cause_id(step->cause));
		cli_doc_number(doc, NULL, "ms", step->ms);
		cli_doc_end(doc);
	}
	cli_doc_end_list(doc);
	cli_doc_number(doc, NULL, "total_ms", facts->total_ms);
	bool ended = facts->problem.cause != TRUST_PROBE_NONE;
	cli_doc_begin(doc, NULL, "problem");
	cli_doc_text(doc, NULL, "cause", trust_probe_cause_id(facts->problem.cause));
	cli_doc_text(
	    doc, NULL, "phase", ended ? trust_probe_phase_name(facts->problem.phase) : NULL);
	cli_doc_text(doc, NULL, "message", facts->problem.message);
	cli_doc_text(doc, NULL, "hint", facts->problem.hint);
	cli_doc_end(doc);
}

/* ---- what was agreed on -------------------------------------------------------------------- */

static void
put_versions(struct cli_doc *doc, const struct trust_probe_facts *facts)
{
	static const char *const words[] = { "unknown", "yes", "no" };
	TRUST_AUTO_BUFFER yes;
	TRUST_AUTO_BUFFER no;

	trust_buffer_init(&yes, 256);
	trust_buffer_init(&no, 256);
	cli_doc_begin(doc, NULL, "versions");
	for (unsigned i = 0; i < 4; i++) {
		const char *name = trust_probe_version_name((uint16_t)(0x0301 + i));
		TRUST_AUTO_FREE char *key = trust_printf("tls_1_%u", i);
		struct trust_buffer *to = facts->offers[i] == TRUST_PROBE_OFFER_YES ? &yes : &no;
		cli_doc_text(doc, NULL, key, words[facts->offers[i]]);
		if (facts->offers[i] != TRUST_PROBE_OFFER_UNKNOWN)
			trust_buffer_printf(to, "%s%s", to->size ? ", " : "", name);
	}
	cli_doc_end(doc);
	if (yes.size || no.size) {
		TRUST_AUTO_FREE char *text =
		    trust_printf("%s%s%s", yes.size ? (char *)yes.data : "none",
			no.size ? "; not " : "", no.size ? (char *)no.data : "");
		cli_doc_text(doc, "TLS versions", NULL, text);
	}
}

static void
put_client(struct cli_doc *doc, const struct cli_diagnose *diagnose)
{
	const struct trust_probe_tls *tls = &diagnose->facts->tls;

	cli_doc_begin(doc, NULL, "client_certificate");
	cli_doc_text(doc, NULL, "shown", tls->identity_shown ? diagnose->client_label : NULL);
	cli_doc_text(doc, NULL, "fitting", diagnose->fitting);
	cli_put_client_wish(doc, tls);
	cli_doc_end(doc);
	if (tls->client_cert == TRUST_PROBE_CLIENT_NOT_ASKED)
		return;
	TRUST_AUTO_FREE char *text =
	    trust_printf("%s, of %zu CAs; %s%s", cli_client_asked(tls), tls->ca_names.count,
		tls->identity_shown     ? "shown: "
		    : diagnose->fitting ? "fitting: "
					: "none here fits",
		tls->identity_shown     ? diagnose->client_label
		    : diagnose->fitting ? diagnose->fitting
					: "");
	cli_doc_text(doc, "personal cert.", NULL, text);
}

static void
put_tls(struct cli_doc *doc, const struct cli_diagnose *diagnose)
{
	const struct trust_probe_tls *tls = &diagnose->facts->tls;
	const char *version = tls->version ? trust_probe_version_name(tls->version) : NULL;

	cli_doc_begin(doc, tls->version ? "Encryption" : "", "tls");
	if (tls->version) {
		TRUST_AUTO_FREE char *text = trust_printf("%s, %s%s%s", version,
		    tls->cipher_suite_name ? tls->cipher_suite_name : "no cipher suite",
		    tls->group ? ", " : "", tls->group ? tls->group : "");
		cli_doc_text(doc, "agreed on", NULL, text);
	}
	cli_doc_bool(doc, NULL, "finished", tls->finished);
	cli_doc_text(doc, NULL, "version", version);
	cli_doc_text(doc, NULL, "cipher_suite", tls->cipher_suite_name);
	cli_doc_text(doc, NULL, "group", tls->group);
	cli_doc_text(doc, NULL, "signature", tls->signature);
	cli_doc_number(doc, NULL, "key_bits", tls->key_bits);
	cli_doc_text(doc, tls->alpn ? "ALPN" : NULL, "alpn", tls->alpn);
	put_versions(doc, diagnose->facts);
	cli_doc_text(
	    doc, tls->version ? "stapled OCSP" : NULL, NULL, tls->ocsp.count ? "yes" : "no");
	cli_doc_number(doc, NULL, "stapled", (int64_t)tls->ocsp.count);
	cli_doc_number(doc, NULL, "sct_bytes", (int64_t)tls->scts.size);
	put_client(doc, diagnose);
	cli_doc_end(doc);
}

static void
put_http(struct cli_doc *doc, const char *key, const struct trust_probe_http *http)
{
	cli_doc_begin(doc, NULL, key);
	cli_doc_number(doc, NULL, "status", http->status);
	cli_doc_text(doc, NULL, "date", http->date);
	cli_doc_text(doc, NULL, "location", http->location);
	cli_doc_text(doc, NULL, "server", http->server);
	cli_doc_end(doc);
}

/* ---- the chain ----------------------------------------------------------------------------- */

/* For people, or for programs. */
static void
put_names(struct cli_doc *doc, const struct trust_cert *cert, bool people)
{
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER out;
	size_t limit = people ? 10 : 100;

	trust_buffer_init(&out, 4096);
	if (!people)
		cli_doc_begin_list(doc, NULL, "names");
	bool read = trust_cert_names(cert, &names, &ignored);
	for (size_t i = 0; read && i < names->count && i < limit; i++) {
		const char *text = names->entries[i].text;
		TRUST_AUTO_FREE char *shown = trust_text_cut(text, 200, "...");
		if (people)
			trust_buffer_printf(&out, "%s%s", i ? ", " : "", shown);
		else
			cli_doc_text(doc, NULL, "name", text);
	}
	if (!people)
		cli_doc_end_list(doc);
	else if (out.size)
		cli_doc_line(
		    doc, "   for %s%s", (char *)out.data, names->count > limit ? ", and more" : "");
}

static void
put_sent(struct cli_doc *doc, const struct cli_diagnose *diagnose, const struct trust_chain *chain,
    size_t at, struct trust_time now)
{
	const struct trust_cert *cert = diagnose->chain[at];
	const char *role = trust_chain_role_words(chain->roles[at]);

	if (!cert) {
		cli_doc_line(doc, "%zu. %s", at + 1, role);
		cli_doc_begin(doc, NULL, "certificate");
		cli_doc_text(doc, NULL, "role", role);
		cli_doc_end(doc);
		return;
	}
	TRUST_AUTO_FREE char *name = trust_cert_label(cert);
	TRUST_AUTO_FREE char *subject = trust_name_display(cert->subject);
	TRUST_AUTO_FREE char *issuer = trust_name_display(cert->issuer);
	TRUST_AUTO_FREE char *id = trust_hex(cert->id, sizeof cert->id);
	TRUST_AUTO_FREE char *key = trust_cert_key_words(cert);
	TRUST_AUTO_FREE char *expires = cli_expires_words(cert, now);

	cli_doc_line(
	    doc, "%zu. %s (%s), %s, %s, issued by %s", at + 1, name, role, key, expires, issuer);
	if (at == 0)
		put_names(doc, cert, true);
	cli_doc_begin(doc, NULL, "certificate");
	cli_doc_text(doc, NULL, "name", name);
	cli_doc_text(doc, NULL, "role", role);
	cli_doc_text(doc, NULL, "id", id);
	cli_doc_text(doc, NULL, "subject", subject);
	cli_doc_text(doc, NULL, "issuer", issuer);
	cli_doc_text(doc, NULL, "key", key);
	cli_doc_time(doc, NULL, "not_before", cert->not_before);
	cli_doc_time(doc, NULL, "not_after", cert->not_after);
	if (at == 0)
		put_names(doc, cert, false);
	cli_doc_end(doc);
}

static void
put_missing(struct cli_doc *doc, const struct trust_chain *chain)
{
	TRUST_AUTO_FREE char *name = chain->missing ? trust_cert_label(chain->missing) : NULL;
	TRUST_AUTO_FREE char *id =
	    chain->missing ? trust_hex(chain->missing->id, sizeof chain->missing->id) : NULL;

	cli_doc_bool(doc, NULL, "in_order", chain->in_order);
	cli_doc_bool(doc, NULL, "complete", chain->end && !chain->incomplete);
	cli_doc_begin(doc, NULL, "missing");
	cli_doc_text(doc, NULL, "name", name);
	cli_doc_text(doc, NULL, "id", id);
	cli_doc_text(doc, NULL, "published", chain->missing_url);
	cli_doc_end(doc);
}

static void
put_chain(struct cli *cli, struct cli_doc *doc, const struct cli_diagnose *diagnose,
    const struct trust_chain *chain)
{
	cli_doc_begin_list(doc, chain->count ? "Chain as sent" : "", "chain");
	for (size_t i = 0; i < chain->count; i++)
		put_sent(doc, diagnose, chain, i, cli->now);
	cli_doc_end_list(doc);
	cli_doc_number(doc, NULL, "chain_sent", diagnose->facts->tls.chain_sent);
	put_missing(doc, chain);
}

/* ---- the stores ---------------------------------------------------------------------------- */

static void
put_stores(struct cli *cli, struct cli_doc *doc, const struct cli_diagnose *diagnose)
{
	const char *version = cli_builtin(cli) ? trust_store_version(cli_builtin(cli)) : NULL;

	cli_doc_begin_list(doc, diagnose->view_count ? "As each store sees it" : "", "stores");
	for (size_t i = 0; i < diagnose->store_count; i++) {
		const struct cli_diagnose_store *at = &diagnose->stores[i];
		const struct trust_verdict *verdict = at->verdict;
		cli_doc_begin(doc, NULL, "store");
		cli_doc_text(doc, NULL, "store", at->name);
		cli_doc_text(doc, NULL, "readers", at->place ? at->place->readers : NULL);
		cli_doc_text(doc, NULL, "error", at->failed.message);
		cli_doc_text(
		    doc, NULL, "answer", verdict ? cli_verify_answer_word(verdict->answer) : NULL);
		cli_doc_text(
		    doc, NULL, "reason", verdict ? trust_reason_word(verdict->reason) : NULL);
		cli_doc_text(doc, NULL, "sentence", verdict ? verdict->sentence : NULL);
		cli_doc_end(doc);
		if (!diagnose->view_count)
			continue;
		const char *readers = at->place ? at->place->readers : "the vendor's list alone";
		cli_doc_line(doc, "%s (%s): %s%s%s", at->name, readers ? readers : "?",
		    verdict ? cli_verify_answer_words(verdict->answer) : "not asked",
		    verdict ? ", " : ": ", verdict ? verdict->sentence : at->failed.message);
	}
	cli_doc_end_list(doc);
	cli_doc_text(doc, NULL, "builtin_version", version);
}

/* ---- causes -------------------------------------------------------------------------------- */

static const char *
answer_word(const struct cli_diagnose *diagnose, const struct trust_diagnosis *diagnosis)
{
	if (diagnose->chain_count == 0)
		return "no-connection";
	return diagnosis->problem ? "not-trusted" : "trusted";
}

static void
put_cause(struct cli_doc *doc, const struct trust_cause *cause, size_t at)
{
	TRUST_AUTO_FREE char *id =
	    cause->cert ? trust_hex(cause->cert->id, sizeof cause->cert->id) : NULL;
	const char *who = trust_cause_who(cause->kind);

	cli_doc_begin(doc, NULL, "cause");
	cli_doc_text(doc, NULL, "id", trust_cause_id(cause->kind));
	cli_doc_text(doc, NULL, "severity", trust_gravity_word(cause->gravity));
	cli_doc_text(doc, NULL, "sentence", cause->sentence);
	cli_doc_text(doc, NULL, "remedy", cause->remedy);
	cli_doc_text(doc, NULL, "warning", cause->warning);
	cli_doc_text(doc, NULL, "who", who);
	cli_doc_text(doc, NULL, "stores", cause->stores);
	cli_doc_text(doc, NULL, "source", trust_cause_source(cause->kind));
	cli_doc_text(doc, NULL, "certificate", id);
	cli_doc_end(doc);
	cli_doc_line(doc, "%zu. %s (%s)%s%s", at + 1, cause->sentence, trust_cause_id(cause->kind),
	    cause->stores ? "; store: " : "", cause->stores ? cause->stores : "");
	if (cause->remedy)
		cli_doc_line(doc, "   remedy (%s): %s", who, cause->remedy);
	if (cause->warning)
		cli_doc_line(doc, "   warning: %s", cause->warning);
}

static void
put_seen(struct cli_doc *doc, const struct cli_diagnose *diagnose)
{
	const struct trust_seen *seen = diagnose->seen;

	cli_doc_begin(doc, NULL, "last_seen");
	if (seen && diagnose->seen_cert) {
		TRUST_AUTO_FREE char *id =
		    trust_hex(diagnose->seen_cert->id, sizeof diagnose->seen_cert->id);
		cli_doc_text(doc, NULL, "id", id);
		cli_doc_time(doc, NULL, "first", seen->first);
		cli_doc_time(doc, NULL, "last", seen->last);
	}
	cli_doc_end(doc);
}

void
cli_diagnose_put(struct cli *cli, struct cli_doc *doc, const struct cli_diagnose *diagnose,
    const struct trust_diagnosis *diagnosis)
{
	const char *answer = answer_word(diagnose, diagnosis);

	put_target(doc, diagnose);
	put_steps(doc, diagnose->facts, diagnosis);
	put_tls(doc, diagnose);
	put_http(doc, "http", &diagnose->facts->http);
	put_http(doc, "plain_http", &diagnose->facts->plain_http);
	put_chain(cli, doc, diagnose, &diagnosis->chain);
	put_stores(cli, doc, diagnose);
	put_seen(doc, diagnose);
	cli_doc_text(doc, NULL, "usage", trust_usage_word(diagnose->usage));
	cli_doc_time(doc, NULL, "at", cli->now);
	cli_doc_begin_list(doc,
	    diagnosis->problem     ? "Causes, the one to settle first in front"
		: diagnosis->count ? "Worth knowing"
				   : "",
	    "causes");
	for (size_t i = 0; i < diagnosis->count; i++)
		put_cause(doc, &diagnosis->causes[i], i);
	cli_doc_end_list(doc);
	cli_doc_text(doc, NULL, "answer", answer);
	cli_doc_bool(doc, NULL, "danger", diagnosis->danger);
	if (diagnosis->danger)
		cli_doc_line(doc, "DANGER: do not enter passwords or any other data there");
	else if (diagnose->chain_count) /* else it is the error */
		cli_doc_line(doc, "%s",
		    diagnosis->problem ? "NOT trusted, or not without trouble: see the first cause"
				       : "trusted: nothing stands against this server");
}
