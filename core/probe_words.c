/* SPDX-License-Identifier: MPL-2.0 */
/* Names and sentences of what a probe meets, its problems, and the facts' memory. */

#include <string.h>

#include "core/error.h"
#include "core/probe_internal.h"
#include "core/text.h"

#define MAX_STEPS 64

const char *
trust_starttls_name(enum trust_starttls starttls)
{
	static const char *const names[] = {
#define X(constant, name, port) name,
		TRUST_STARTTLS_ROWS(X)
#undef X
	};
	return starttls < TRUST_STARTTLS_COUNT ? names[starttls] : "none";
}

bool
trust_starttls_from_name(const char *name, enum trust_starttls *ret_starttls)
{
	for (unsigned i = 0; i < TRUST_STARTTLS_COUNT; i++)
		if (strcmp(trust_starttls_name((enum trust_starttls)i), name) == 0) {
			*ret_starttls = (enum trust_starttls)i;
			return true;
		}
	return false;
}

const char *
trust_probe_phase_name(enum trust_probe_phase phase)
{
	static const char *const names[] = {
#define X(constant, name) name,
		TRUST_PROBE_PHASES(X)
#undef X
	};
	return phase < TRUST_PROBE_PHASE_COUNT ? names[phase] : "unknown";
}

static const struct {
	const char *id;
	const char *sentence;
} causes[] = {
#define X(constant, id, sentence) { id, sentence },
	TRUST_PROBE_CAUSES(X)
#undef X
};

const char *
trust_probe_cause_id(enum trust_probe_cause cause)
{
	return cause < TRUST_PROBE_CAUSE_COUNT ? causes[cause].id : "unknown";
}

const char *
trust_probe_cause_sentence(enum trust_probe_cause cause)
{
	return cause < TRUST_PROBE_CAUSE_COUNT ? causes[cause].sentence : "unknown";
}

const char *
trust_probe_version_name(uint16_t version)
{
	static const char *const names[] = { "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2",
		"TLS 1.3" };
	unsigned minor = version - 0x0300u;
	return minor < TRUST_COUNT(names) ? names[minor] : "unknown";
}

const char *
trust_probe_alert_words(int alert)
{
	static const struct {
		int number;
		const char *words;
	} rows[] = {
		/* RFC 8446 section 6, and the numbers of older versions */
		{ 0, "close notify" },
		{ 10, "unexpected message" },
		{ 20, "bad record MAC" },
		{ 21, "decryption failed" },
		{ 22, "record overflow" },
		{ 30, "decompression failure" },
		{ 40, "handshake failure" },
		{ 41, "no certificate" },
		{ 42, "bad certificate" },
		{ 43, "unsupported certificate" },
		{ 44, "certificate revoked" },
		{ 45, "certificate expired" },
		{ 46, "certificate unknown" },
		{ 47, "illegal parameter" },
		{ 48, "unknown CA" },
		{ 49, "access denied" },
		{ 50, "decode error" },
		{ 51, "decrypt error" },
		{ 60, "export restriction" },
		{ 70, "protocol version" },
		{ 71, "insufficient security" },
		{ 80, "internal error" },
		{ 86, "inappropriate fallback" },
		{ 90, "user canceled" },
		{ 100, "no renegotiation" },
		{ 109, "missing extension" },
		{ 110, "unsupported extension" },
		{ 111, "certificate unobtainable" },
		{ 112, "unrecognized name" },
		{ 113, "bad certificate status response" },
		{ 115, "unknown PSK identity" },
		{ 116, "certificate required" },
		{ 120, "no application protocol" },
	};

	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		if (rows[i].number == alert)
			return rows[i].words;
	return "unknown";
}

/* ---- problems ------------------------------------------------------------------------------ */

bool
trust_probe_fail(
    struct trust_probe_problem *problem, enum trust_probe_cause cause, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *message = trust_vprintf(format, arguments);
	va_end(arguments);
	enum trust_probe_phase phase = problem->phase;
	trust_probe_problem_clear(problem);
	*problem =
	    (struct trust_probe_problem){ .cause = cause, .phase = phase, .message = message };
	return false;
}

bool
trust_probe_hint(struct trust_probe_problem *problem, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *hint = trust_vprintf(format, arguments);
	va_end(arguments);
	trust_free(problem->hint);
	problem->hint = hint;
	return false;
}

void
trust_probe_problem_clear(struct trust_probe_problem *problem)
{
	trust_free(problem->message);
	trust_free(problem->hint);
	*problem = (struct trust_probe_problem){ .phase = problem->phase };
}

char *
trust_probe_quote(const void *bytes, size_t size, size_t most)
{
	const uint8_t *data = bytes;
	bool cut = size > most;

	if (cut)
		size = most;
	while (!cut && size > 0 && (data[size - 1] == '\r' || data[size - 1] == '\n'))
		size--;
	TRUST_AUTO_FREE char *shown = trust_text_display(bytes, size);
	return trust_printf("%s%s", shown, cut ? "..." : "");
}

/* ---- facts --------------------------------------------------------------------------------- */

struct trust_probe_step *
trust_probe_step_add(struct trust_probe_facts *facts, enum trust_probe_phase phase)
{
	struct trust_probe_step *step;

	if (facts->step_count >= MAX_STEPS) {
		step = &facts->steps[facts->step_count - 1];
		trust_free(step->subject);
		trust_free(step->words);
	} else {
		facts->steps =
		    trust_grow_array(facts->steps, facts->step_count + 1, sizeof *facts->steps);
		step = &facts->steps[facts->step_count++];
	}
	*step = (struct trust_probe_step){ .phase = phase };
	return step;
}

void
trust_probe_blobs_add(struct trust_probe_blobs *blobs, struct trust_bytes bytes)
{
	blobs->list = trust_grow_array(blobs->list, blobs->count + 1, sizeof *blobs->list);
	blobs->list[blobs->count++] = (struct trust_probe_blob){
		.data = trust_memdup(bytes.data, bytes.size),
		.size = bytes.size,
	};
}

static void
blobs_done(struct trust_probe_blobs *blobs)
{
	for (size_t i = 0; i < blobs->count; i++)
		trust_free(blobs->list[i].data);
	trust_free(blobs->list);
}

static void
http_done(struct trust_probe_http *http)
{
	trust_free(http->date);
	trust_free(http->location);
	trust_free(http->server);
}

void
trust_probe_tls_done(struct trust_probe_tls *tls)
{
	trust_free(tls->cipher_suite_name);
	trust_free(tls->group);
	trust_free(tls->signature);
	trust_free(tls->alpn);
	blobs_done(&tls->chain);
	blobs_done(&tls->ocsp);
	blobs_done(&tls->ca_names);
	trust_free(tls->scts.data);
}

void
trust_probe_facts_free(struct trust_probe_facts *facts)
{
	if (!facts)
		return;
	trust_probe_problem_clear(&facts->problem);
	for (size_t i = 0; i < facts->step_count; i++) {
		trust_free(facts->steps[i].subject);
		trust_free(facts->steps[i].words);
	}
	trust_free(facts->steps);
	trust_free(facts->address);
	trust_free(facts->greeting);
	trust_probe_tls_done(&facts->tls);
	http_done(&facts->http);
	http_done(&facts->plain_http);
	trust_free(facts);
}
