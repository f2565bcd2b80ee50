/* SPDX-License-Identifier: MPL-2.0 */
/* Requests and facts between the program and its worker. The program trusts nothing it reads here:
 * the worker has met a hostile server. */

#include <string.h>

#include "core/limits.h"
#include "core/probe_internal.h"
#include "core/secret.h"
#include "core/text.h"

/* ---- requests ------------------------------------------------------------------------------ */

struct trust_probe_limits
trust_probe_limits_filled(const struct trust_probe_limits *limits)
{
	struct trust_probe_limits filled = *limits;

	filled.resolve_ms = filled.resolve_ms ? filled.resolve_ms : 10000;
	filled.connect_ms = filled.connect_ms ? filled.connect_ms : 10000;
	filled.dialogue_ms = filled.dialogue_ms ? filled.dialogue_ms : 15000;
	filled.handshake_ms = filled.handshake_ms ? filled.handshake_ms : 10000;
	filled.http_ms = filled.http_ms ? filled.http_ms : 10000;
	filled.total_ms = filled.total_ms ? filled.total_ms : 60000;
	return filled;
}

static void
put_identity(struct trust_buffer *out, const struct trust_probe_identity *identity)
{
	static const struct trust_probe_identity none;

	if (!identity)
		identity = &none;
	trust_wire_put_bytes(out, identity->cert);
	trust_wire_put_bytes(out,
	    identity->pkcs8 ? (struct trust_bytes){ identity->pkcs8->bytes, identity->pkcs8->size }
			    : (struct trust_bytes){ 0 });
	trust_wire_put_u32(out, (uint32_t)identity->other_count);
	for (size_t i = 0; i < identity->other_count; i++)
		trust_wire_put_bytes(out, identity->others[i]);
}

static void
get_identity(struct trust_wire *wire, struct trust_probe_job *job)
{
	job->identity = trust_wire_bytes(wire);
	job->pkcs8 = trust_wire_bytes(wire);
	uint32_t count = trust_wire_u32(wire);
	if (count > TRUST_MAX_BLOCKS)
		wire->bad = true;
	if (wire->bad || count == 0)
		return;
	job->others = trust_alloc_array(count, sizeof *job->others);
	for (; job->other_count < count && !wire->bad; job->other_count++)
		job->others[job->other_count] = trust_wire_bytes(wire);
}

void
trust_probe_job_put(struct trust_buffer *out, const struct trust_probe_request *request)
{
	const struct trust_probe_target *target = request->target;
	struct trust_probe_limits limits = trust_probe_limits_filled(&request->limits);

	trust_wire_put_text(out, target->host);
	trust_wire_put_text(out, target->path);
	trust_wire_put_text(out, request->connect_ip);
	trust_wire_put_u32(out, target->port);
	trust_wire_put_u32(out, target->is_address);
	trust_wire_put_u32(out, trust_probe_target_is_web(target));
	trust_wire_put_u32(out, target->starttls);
	trust_wire_put_u32(out, request->ip_version);
	trust_wire_put_u32(out, request->ask_versions);
	trust_wire_put_u32(out, request->ask_http);
	trust_wire_put_u32(out, request->ask_plain_http);
	trust_wire_put_u32(out, request->http_get);
	put_identity(out, request->identity);
	trust_wire_put_u32(out, limits.resolve_ms);
	trust_wire_put_u32(out, limits.connect_ms);
	trust_wire_put_u32(out, limits.dialogue_ms);
	trust_wire_put_u32(out, limits.handshake_ms);
	trust_wire_put_u32(out, limits.http_ms);
	trust_wire_put_u32(out, limits.total_ms);
}

bool
trust_probe_job_get(struct trust_wire *wire, struct trust_probe_job *job)
{
	job->host = trust_wire_text(wire);
	job->path = trust_wire_text(wire);
	job->connect_ip = trust_wire_text(wire);
	uint32_t port = trust_wire_u32(wire);
	job->is_address = trust_wire_u32(wire) != 0;
	job->is_http = trust_wire_u32(wire) != 0;
	uint32_t starttls = trust_wire_u32(wire);
	job->ip_version = trust_wire_u32(wire);
	job->ask_versions = trust_wire_u32(wire) != 0;
	job->ask_http = trust_wire_u32(wire) != 0;
	job->ask_plain_http = trust_wire_u32(wire) != 0;
	job->http_get = trust_wire_u32(wire) != 0;
	get_identity(wire, job);
	job->limits.resolve_ms = trust_wire_u32(wire);
	job->limits.connect_ms = trust_wire_u32(wire);
	job->limits.dialogue_ms = trust_wire_u32(wire);
	job->limits.handshake_ms = trust_wire_u32(wire);
	job->limits.http_ms = trust_wire_u32(wire);
	job->limits.total_ms = trust_wire_u32(wire);
	if (wire->bad || !job->host || !job->path || port > UINT16_MAX ||
	    starttls >= TRUST_STARTTLS_COUNT)
		return false;
	job->port = (uint16_t)port;
	job->starttls = (enum trust_starttls)starttls;
	return true;
}

void
trust_probe_job_done(struct trust_probe_job *job)
{
	trust_free(job->host);
	trust_free(job->path);
	trust_free(job->connect_ip);
	trust_free(job->others);
}

/* ---- facts, out ---------------------------------------------------------------------------- */

static void
put_blob(struct trust_buffer *out, const struct trust_probe_blob *blob)
{
	trust_wire_put_bytes(out, (struct trust_bytes){ blob->data, blob->size });
}

static void
put_blobs(struct trust_buffer *out, const struct trust_probe_blobs *blobs)
{
	trust_wire_put_u32(out, (uint32_t)blobs->count);
	for (size_t i = 0; i < blobs->count; i++)
		put_blob(out, &blobs->list[i]);
}

static void
put_tls(struct trust_buffer *out, const struct trust_probe_tls *tls)
{
	trust_wire_put_u32(out, tls->finished);
	trust_wire_put_u32(out, tls->version);
	trust_wire_put_u32(out, tls->cipher_suite);
	trust_wire_put_text(out, tls->cipher_suite_name);
	trust_wire_put_text(out, tls->group);
	trust_wire_put_text(out, tls->signature);
	trust_wire_put_text(out, tls->alpn);
	trust_wire_put_u32(out, tls->key_bits);
	put_blobs(out, &tls->chain);
	trust_wire_put_u32(out, tls->chain_sent);
	put_blobs(out, &tls->ocsp);
	put_blob(out, &tls->scts);
	trust_wire_put_u32(out, tls->client_cert);
	put_blobs(out, &tls->ca_names);
	trust_wire_put_u32(out, tls->identity_shown);
	trust_wire_put_u32(out, tls->asked_later);
	trust_wire_put_u32(out, (uint32_t)(tls->alert + 1));
}

static void
put_http(struct trust_buffer *out, const struct trust_probe_http *http)
{
	trust_wire_put_u32(out, http->status);
	trust_wire_put_text(out, http->date);
	trust_wire_put_text(out, http->location);
	trust_wire_put_text(out, http->server);
	trust_wire_put_u64(out, (uint64_t)http->date_seconds);
}

void
trust_probe_facts_put(struct trust_buffer *out, const struct trust_probe_facts *facts)
{
	trust_wire_put_u32(out, facts->problem.cause);
	trust_wire_put_u32(out, facts->problem.phase);
	trust_wire_put_text(out, facts->problem.message);
	trust_wire_put_text(out, facts->problem.hint);
	trust_wire_put_u32(out, (uint32_t)facts->step_count);
	for (size_t i = 0; i < facts->step_count; i++) {
		const struct trust_probe_step *step = &facts->steps[i];
		trust_wire_put_u32(out, step->phase);
		trust_wire_put_u32(out, step->cause);
		trust_wire_put_text(out, step->subject);
		trust_wire_put_text(out, step->words);
		trust_wire_put_u32(out, step->ms);
	}
	trust_wire_put_text(out, facts->address);
	trust_wire_put_text(out, facts->greeting);
	put_tls(out, &facts->tls);
	for (size_t i = 0; i < TRUST_COUNT(facts->offers); i++)
		trust_wire_put_u32(out, facts->offers[i]);
	put_http(out, &facts->http);
	put_http(out, &facts->plain_http);
	trust_wire_put_u32(out, facts->total_ms);
}

/* ---- facts, in ----------------------------------------------------------------------------- */

/* Displayable once more, should the worker have been taken over. */
static char *
get_text(struct trust_wire *wire)
{
	char *text = trust_wire_text(wire);
	if (!text || trust_text_is_plain(text, strlen(text)))
		return text;
	char *shown = trust_text_display_string(text);
	trust_free(text);
	return shown;
}

static uint32_t
get_enum(struct trust_wire *wire, uint32_t count)
{
	uint32_t value = trust_wire_u32(wire);
	if (value >= count)
		wire->bad = true;
	return wire->bad ? 0 : value;
}

static void
get_blobs(struct trust_wire *wire, struct trust_probe_blobs *blobs, uint32_t most)
{
	uint32_t count = get_enum(wire, most + 1);
	for (uint32_t i = 0; i < count && !wire->bad; i++)
		trust_probe_blobs_add(blobs, trust_wire_bytes(wire));
}

static void
get_tls(struct trust_wire *wire, struct trust_probe_tls *tls)
{
	tls->finished = get_enum(wire, 2) != 0;
	tls->version = (uint16_t)get_enum(wire, UINT16_MAX + 1u);
	tls->cipher_suite = (uint16_t)get_enum(wire, UINT16_MAX + 1u);
	tls->cipher_suite_name = get_text(wire);
	tls->group = get_text(wire);
	tls->signature = get_text(wire);
	tls->alpn = get_text(wire);
	tls->key_bits = trust_wire_u32(wire);
	get_blobs(wire, &tls->chain, TRUST_MAX_PROBE_CERTS);
	tls->chain_sent = trust_wire_u32(wire);
	get_blobs(wire, &tls->ocsp, TRUST_MAX_PROBE_CERTS);
	struct trust_bytes scts = trust_wire_bytes(wire);
	if (scts.size)
		tls->scts =
		    (struct trust_probe_blob){ trust_memdup(scts.data, scts.size), scts.size };
	tls->client_cert =
	    (enum trust_probe_client_cert)get_enum(wire, TRUST_PROBE_CLIENT_REQUIRED + 1);
	get_blobs(wire, &tls->ca_names, TRUST_MAX_PROBE_CA_NAMES);
	tls->identity_shown = get_enum(wire, 2) != 0;
	tls->asked_later = get_enum(wire, 2) != 0;
	tls->alert = (int)get_enum(wire, 257) - 1;
}

static void
get_http(struct trust_wire *wire, struct trust_probe_http *http)
{
	http->status = get_enum(wire, 1000);
	http->date = get_text(wire);
	http->location = get_text(wire);
	http->server = get_text(wire);
	struct trust_time date = { (int64_t)trust_wire_u64(wire) };
	if (date.seconds != INT64_MIN && !trust_time_is_valid(date))
		wire->bad = true;
	http->date_seconds = date.seconds;
}

struct trust_probe_facts *
trust_probe_facts_get(struct trust_wire *wire)
{
	TRUST_AUTO(trust_probe_facts) *facts = trust_alloc(sizeof *facts);

	facts->problem.cause = (enum trust_probe_cause)get_enum(wire, TRUST_PROBE_CAUSE_COUNT);
	facts->problem.phase = (enum trust_probe_phase)get_enum(wire, TRUST_PROBE_PHASE_COUNT);
	facts->problem.message = get_text(wire);
	facts->problem.hint = get_text(wire);
	uint32_t steps = get_enum(wire, 1000);
	for (uint32_t i = 0; i < steps && !wire->bad; i++) {
		uint32_t phase = get_enum(wire, TRUST_PROBE_PHASE_COUNT);
		struct trust_probe_step *step =
		    trust_probe_step_add(facts, (enum trust_probe_phase)phase);
		step->cause = (enum trust_probe_cause)get_enum(wire, TRUST_PROBE_CAUSE_COUNT);
		step->subject = get_text(wire);
		step->words = get_text(wire);
		step->ms = trust_wire_u32(wire);
	}
	facts->address = get_text(wire);
	facts->greeting = get_text(wire);
	get_tls(wire, &facts->tls);
	for (size_t i = 0; i < TRUST_COUNT(facts->offers); i++)
		facts->offers[i] = (enum trust_probe_offer)get_enum(wire, TRUST_PROBE_OFFER_NO + 1);
	get_http(wire, &facts->http);
	get_http(wire, &facts->plain_http);
	facts->total_ms = trust_wire_u32(wire);
	bool good = !wire->bad && (!facts->problem.cause == !facts->problem.message);
	return good ? trust_steal(&facts) : NULL;
}
