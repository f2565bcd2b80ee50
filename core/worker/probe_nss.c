/* SPDX-License-Identifier: MPL-2.0 */
/* The course of a probe: name, addresses, dialogue, handshake, versions, HTTP. Each phase adds its
 * step with its time; the first that fails before the handshake is through ends the probe. */

#include "core/worker/probe_nss.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "core/confine.h"
#include "core/limits.h"

#define ALPN_WEB "\x02h2\x08http/1.1"
#define ALPN_HTTP1 "\x08http/1.1"

#define TLS_1_2 0x0303

struct probe {
	const struct trust_probe_job *job;
	struct trust_probe_facts *facts;
	struct trust_probe_addresses addresses;
	struct trust_probe_address address; /* the one that accepted */
	CERTCertificate *identity;
	SECKEYPrivateKey *key;
	CERTCertificate **others; /* kept alive, so that NSS finds them for the chain it sends */
	int64_t deadline;
};

/* ---- time ----------------------------------------------------------------------------------- */

/* What a phase may take: its own limit, or what is left of the whole. */
static bool
phase_limit(const struct probe *probe, uint32_t own_ms, uint32_t *ret_limit_ms,
    struct trust_probe_problem *problem)
{
	int64_t left = probe->deadline - trust_monotonic_ms();

	if (left <= 0)
		return trust_probe_fail(problem, TRUST_PROBE_TIME,
		    "the probe did not end within %.1f s", probe->job->limits.total_ms / 1000.0);
	*ret_limit_ms = left < own_ms ? (uint32_t)left : own_ms;
	return true;
}

/* Note a phase that has just ended. Its problem's words are the step's when it failed. */
static void
note(struct probe *probe, enum trust_probe_phase phase, int64_t began, const char *subject,
    const char *words, const struct trust_probe_problem *problem)
{
	struct trust_probe_step *step = trust_probe_step_add(probe->facts, phase);

	step->cause = problem->cause;
	step->subject = trust_strdup(subject);
	step->words = trust_strdup(problem->cause ? problem->message : words);
	step->ms = (uint32_t)(trust_monotonic_ms() - began);
}

/* ---- to a connection ------------------------------------------------------------------------ */

static bool
resolve(struct probe *probe, struct trust_probe_problem *problem)
{
	const struct trust_probe_job *job = probe->job;
	const char *host = job->connect_ip ? job->connect_ip : job->host;
	int64_t began = trust_monotonic_ms();
	uint32_t limit = 0;

	problem->phase = TRUST_PROBE_RESOLVE;
	if (!phase_limit(probe, job->limits.resolve_ms, &limit, problem))
		return false;
	bool done = trust_probe_resolve(
	    host, job->port, job->ip_version, limit, NULL, &probe->addresses, problem);
	TRUST_AUTO_FREE char *words = trust_printf(
	    "%zu address%s", probe->addresses.count, probe->addresses.count == 1 ? "" : "es");
	note(probe, TRUST_PROBE_RESOLVE, began, host, words, problem);
	return done;
}

/* One address after the other until one accepts. */
static bool
connect_any(struct probe *probe, int *ret_fd, struct trust_probe_problem *problem)
{
	for (size_t i = 0; i < probe->addresses.count; i++) {
		const struct trust_probe_address *address = &probe->addresses.list[i];
		TRUST_AUTO_FREE char *text = trust_probe_address_text(address);
		int64_t began = trust_monotonic_ms();
		uint32_t limit = 0;

		trust_probe_problem_clear(problem);
		problem->phase = TRUST_PROBE_CONNECT;
		if (!phase_limit(probe, probe->job->limits.connect_ms, &limit, problem))
			return false;
		bool done = trust_probe_connect(address, limit, ret_fd, problem);
		note(probe, TRUST_PROBE_CONNECT, began, text, "connected", problem);
		if (done) {
			probe->facts->address = trust_strdup(text);
			probe->address = *address;
			return true;
		}
	}
	return false;
}

/* Talk to the go-ahead for TLS. The socket is closed on failure. */
static bool
dialogue(struct probe *probe, int fd, bool noted, struct trust_probe_problem *problem)
{
	const struct trust_probe_job *job = probe->job;
	struct trust_probe_stream stream;
	int64_t began = trust_monotonic_ms();
	char *greeting = NULL;
	uint32_t limit = 0;

	if (job->starttls == TRUST_STARTTLS_NONE)
		return true;
	problem->phase = TRUST_PROBE_DIALOGUE;
	bool done = phase_limit(probe, job->limits.dialogue_ms, &limit, problem);
	trust_probe_stream_init(
	    &stream, fd, limit, probe->deadline, TRUST_MAX_PROBE_DIALOGUE_BYTES);
	done = done && trust_probe_dialogue(&stream, job->starttls, job->host, &greeting, problem);
	if (noted)
		note(probe, TRUST_PROBE_DIALOGUE, began, trust_starttls_name(job->starttls),
		    "ready for TLS", problem);
	if (!probe->facts->greeting)
		probe->facts->greeting = trust_steal(&greeting);
	trust_free(greeting);
	if (!done)
		close(fd);
	return done;
}

/* ---- handshakes ----------------------------------------------------------------------------- */

static bool
handshake(struct probe *probe, struct session_tls *tls, int fd,
    const struct session_tls_offer *offer, struct trust_probe_problem *problem)
{
	uint32_t limit = 0;

	tls->identity = probe->identity;
	tls->key = probe->key;
	if (!phase_limit(probe, probe->job->limits.handshake_ms, &limit, problem)) {
		close(fd);
		return false;
	}
	return session_tls_open(tls, fd, offer, limit, probe->deadline, problem);
}

/* A further connection to the address that accepted the first. */
static bool
again(struct probe *probe, struct session_tls *tls, const struct session_tls_offer *offer,
    struct trust_probe_problem *problem)
{
	uint32_t limit = 0;
	int fd = -1;

	return phase_limit(probe, probe->job->limits.connect_ms, &limit, problem) &&
	    trust_probe_connect(&probe->address, limit, &fd, problem) &&
	    dialogue(probe, fd, false, problem) && handshake(probe, tls, fd, offer, problem);
}

static struct session_tls_offer
plain_offer(const struct probe *probe)
{
	return (struct session_tls_offer){
		.host = probe->job->is_address ? NULL : probe->job->host,
		.min_version = 0x0301,
		.max_version = 0x0304,
		.alpn = probe->job->is_http ? ALPN_WEB : NULL,
	};
}

static void
ask_version(struct probe *probe, uint16_t version)
{
	struct session_tls_offer offer = plain_offer(probe);
	struct trust_probe_problem problem = { .phase = TRUST_PROBE_VERSION };
	struct trust_probe_tls facts = { .alert = -1 };
	struct session_tls tls = { .facts = &facts };
	enum trust_probe_offer *answer = &probe->facts->offers[version - 0x0301];
	int64_t began = trust_monotonic_ms();

	offer.min_version = offer.max_version = version;
	bool done = again(probe, &tls, &offer, &problem);
	session_tls_close(&tls);
	/* The server has chosen the version even when it ends the handshake for another reason. */
	if (done || facts.version == version)
		*answer = TRUST_PROBE_OFFER_YES;
	else if (problem.cause == TRUST_PROBE_TLS_VERSION ||
	    problem.cause == TRUST_PROBE_TLS_ALERT || problem.cause == TRUST_PROBE_TLS_CIPHER ||
	    problem.cause == TRUST_PROBE_TLS_BROKEN || problem.cause == TRUST_PROBE_TLS_CLOSED)
		*answer = TRUST_PROBE_OFFER_NO;
	if (*answer != TRUST_PROBE_OFFER_UNKNOWN)
		problem.cause = TRUST_PROBE_NONE; /* an answer, whichever */
	note(probe, TRUST_PROBE_VERSION, began, trust_probe_version_name(version),
	    *answer == TRUST_PROBE_OFFER_YES ? "offered" : "not offered", &problem);
	trust_probe_problem_clear(&problem);
	trust_probe_tls_done(&facts);
}

/* One that was silent to the widest offer may dislike only that; silent to the narrower one too, it
 * is not waited for again. */
static void
ask_versions(struct probe *probe)
{
	uint16_t agreed = probe->facts->tls.version;
	bool silent = probe->facts->problem.cause == TRUST_PROBE_TLS_SILENT;

	if (silent)
		ask_version(probe, TLS_1_2);
	if (silent && probe->facts->offers[TLS_1_2 - 0x0301] == TRUST_PROBE_OFFER_UNKNOWN)
		return;
	for (uint16_t version = 0x0301; version <= 0x0304; version++) {
		if (silent && version == TLS_1_2)
			continue;
		if (version == agreed)
			probe->facts->offers[version - 0x0301] = TRUST_PROBE_OFFER_YES;
		else
			ask_version(probe, version);
	}
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

/* tls: ask through it; NULL: in plain text. */
static bool
ask_http(struct trust_probe_stream *stream, struct session_tls *tls, const char *question,
    struct trust_probe_http *http, struct trust_probe_problem *problem)
{
	TRUST_AUTO_BUFFER head;
	PRInt32 size = (PRInt32)strlen(question);
	size_t got = 1;

	trust_buffer_init(&head, TRUST_MAX_PROBE_HTTP_BYTES);
	bool sent = tls ? PR_Send(tls->fd, question, size, 0, PR_INTERVAL_NO_TIMEOUT) == size
			: trust_probe_stream_write(stream, question, strlen(question));
	while (sent && got > 0 && !head.overflow &&
	    !trust_probe_http_complete(trust_buffer_bytes(&head))) {
		uint8_t piece[4096];
		PRInt32 count = tls
		    ? PR_Recv(tls->fd, piece, sizeof piece, 0, PR_INTERVAL_NO_TIMEOUT)
		    : (PRInt32)trust_probe_stream_read(stream, piece, sizeof piece);
		got = count > 0 ? (size_t)count : 0;
		trust_buffer_append(&head, piece, got);
	}
	if (tls && tls->fatal_alert >= 0)
		return session_tls_failed(tls, problem);
	/* As far as it came: a server may hang up, or never stop, behind its first lines. */
	struct trust_bytes answer = trust_probe_http_answer(trust_buffer_bytes(&head));
	if (answer.size > 0 && trust_probe_http_read(answer, http))
		return true;
	if (answer.size > 0) {
		TRUST_AUTO_FREE char *quoted = trust_probe_quote(answer.data, answer.size, 80);
		return trust_probe_fail(
		    problem, TRUST_PROBE_HTTP_GARBAGE, "the answer is not HTTP: '%s'", quoted);
	}
	if (stream->end == PROBE_TIMED_OUT)
		return trust_probe_fail(problem, TRUST_PROBE_HTTP_SILENT,
		    "waited %.1f s for the HTTP answer, nothing came", stream->limit_ms / 1000.0);
	return trust_probe_fail(
	    problem, TRUST_PROBE_HTTP_CLOSED, "the server hung up instead of answering");
}

static void
note_http(struct probe *probe, enum trust_probe_phase phase, int64_t began,
    const struct trust_probe_http *http, struct trust_probe_problem *problem)
{
	TRUST_AUTO_FREE char *words = trust_printf("status %u", http->status);

	note(probe, phase, began, probe->facts->address, words, problem);
	trust_probe_problem_clear(problem);
}

/* The connection at hand, or one more when HTTP/2 was agreed on, which we do not speak. */
static void
ask_secure_http(struct probe *probe, struct session_tls *first)
{
	const struct trust_probe_job *job = probe->job;
	struct trust_probe_problem problem = { .phase = TRUST_PROBE_HTTP };
	struct trust_probe_tls *facts = &probe->facts->tls;
	struct trust_probe_tls own_facts = { .alert = -1 };
	struct session_tls own = { .facts = &own_facts };
	struct session_tls *tls = first;
	struct session_tls_offer offer = plain_offer(probe);
	int64_t began = trust_monotonic_ms();
	uint32_t limit = 0;
	bool ready = true;

	offer.alpn = ALPN_HTTP1;
	offer.later_auth = true;
	if (facts->alpn && strcmp(facts->alpn, "h2") == 0) {
		/* A server that serves one client at a time would wait for the first to end. */
		session_tls_close(first);
		tls = &own;
		ready = again(probe, tls, &offer, &problem);
	}
	if (ready && phase_limit(probe, job->limits.http_ms, &limit, &problem)) {
		TRUST_AUTO_FREE char *question = trust_probe_http_question(
		    job->http_get ? "GET" : "HEAD", job->path, job->host, job->port, 443);
		trust_probe_stream_init(&tls->stream, tls->stream.fd, limit, probe->deadline,
		    TRUST_MAX_PROBE_TLS_BYTES);
		/* The step tells whether it went well. */
		(void)!ask_http(&tls->stream, tls, question, &probe->facts->http, &problem);
	}
	/* Asked for only behind the handshake, and on the second connection. */
	if (tls == &own && facts->client_cert == TRUST_PROBE_CLIENT_NOT_ASKED) {
		facts->identity_shown = own_facts.identity_shown;
		facts->asked_later = own_facts.asked_later;
		facts->ca_names = own_facts.ca_names;
		own_facts.ca_names = (struct trust_probe_blobs){ 0 };
	}
	if (own_facts.client_cert > facts->client_cert)
		facts->client_cert = own_facts.client_cert;
	note_http(probe, TRUST_PROBE_HTTP, began, &probe->facts->http, &problem);
	session_tls_close(&own);
	trust_probe_tls_done(&own_facts);
}

static void
ask_plain_http(struct probe *probe)
{
	struct trust_probe_problem problem = { .phase = TRUST_PROBE_PLAIN_HTTP };
	struct trust_probe_address address = probe->address;
	struct trust_probe_stream stream;
	int64_t began = trust_monotonic_ms();
	uint32_t limit = 0;
	int fd = -1;

	/* The port stands at the same place in both kinds of address. */
	((struct sockaddr_in *)&address.at)->sin_port = htons(80);
	if (phase_limit(probe, probe->job->limits.connect_ms, &limit, &problem) &&
	    trust_probe_connect(&address, limit, &fd, &problem)) {
		TRUST_AUTO_FREE char *question =
		    trust_probe_http_question("HEAD", "/", probe->job->host, 80, 80);
		trust_probe_stream_init(&stream, fd, probe->job->limits.http_ms, probe->deadline,
		    TRUST_MAX_PROBE_HTTP_BYTES);
		/* The step tells whether it went well. */
		(void)!ask_http(&stream, NULL, question, &probe->facts->plain_http, &problem);
		close(fd);
	}
	note_http(probe, TRUST_PROBE_PLAIN_HTTP, began, &probe->facts->plain_http, &problem);
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* A key that is in no store becomes an object of this session, and its CAs come along: they first,
 * so that NSS's error is the key's. */
static void
bring_key(struct probe *probe)
{
	const struct trust_probe_job *job = probe->job;
	SECItem item = { siBuffer, (unsigned char *)job->pkcs8.data, (unsigned)job->pkcs8.size };

	probe->others = trust_alloc_array(job->other_count + 1, sizeof(CERTCertificate *));
	for (size_t i = 0; i < job->other_count; i++)
		probe->others[i] = session_temporary_cert(job->others[i]);
	PORT_SetError(0);
	PK11SlotInfo *slot = PK11_GetInternalSlot();
	if (slot) {
		if (PK11_ImportDERPrivateKeyInfoAndReturnKey(slot, &item, NULL, NULL, PR_FALSE,
			PR_TRUE, KU_ALL, &probe->key, NULL) != SECSuccess)
			probe->key = NULL;
		PK11_FreeSlot(slot);
	}
}

static bool
find_identity(struct session *session, struct probe *probe, struct trust_probe_problem *problem)
{
	const struct trust_probe_job *job = probe->job;

	if (job->identity.size == 0)
		return true;
	if (job->pkcs8.size == 0 && !session->slot)
		return trust_probe_fail(problem, TRUST_PROBE_IDENTITY, "no store is open");
	probe->identity = session_temporary_cert(job->identity);
	if (probe->identity && job->pkcs8.size)
		bring_key(probe);
	else if (probe->identity)
		probe->key = PK11_FindKeyByDERCert(session->slot, probe->identity, NULL);
	return probe->key ||
	    trust_probe_fail(problem, TRUST_PROBE_IDENTITY,
		job->pkcs8.size ? "NSS cannot use the private key: %s"
				: "the store has no private key of this certificate: %s",
		session_error_words());
}

static void
drop_identity(struct probe *probe)
{
	if (probe->key)
		SECKEY_DestroyPrivateKey(probe->key);
	if (probe->identity)
		CERT_DestroyCertificate(probe->identity);
	for (size_t i = 0; probe->others && i < probe->job->other_count; i++)
		if (probe->others[i])
			CERT_DestroyCertificate(probe->others[i]);
	trust_free(probe->others);
}

static bool
first_connection(struct probe *probe, struct session_tls *tls, struct trust_probe_problem *problem)
{
	struct session_tls_offer offer = plain_offer(probe);
	int fd = -1;

	offer.later_auth = probe->job->ask_http && probe->job->is_http;
	if (!resolve(probe, problem) || !connect_any(probe, &fd, problem) ||
	    !dialogue(probe, fd, true, problem))
		return false;
	int64_t began = trust_monotonic_ms();
	problem->phase = TRUST_PROBE_HANDSHAKE;
	bool done =
	    handshake(probe, tls, fd, &offer, problem) && session_tls_accepted(tls, problem);
	note(probe, TRUST_PROBE_HANDSHAKE, began, probe->facts->address,
	    trust_probe_version_name(probe->facts->tls.version), problem);
	return done;
}

static void
run(struct probe *probe, struct trust_probe_problem *problem)
{
	const struct trust_probe_job *job = probe->job;
	struct session_tls tls = { .facts = &probe->facts->tls };

	bool done = first_connection(probe, &tls, problem);
	/* On the connection at hand first: servers do not keep it open for long. */
	if (done && job->ask_http && job->is_http)
		ask_secure_http(probe, &tls);
	session_tls_close(&tls);
	/* A server that refuses the widest offer is asked too: which versions it has is the
	 * question. */
	if (probe->facts->address && job->ask_versions &&
	    (done || problem->phase == TRUST_PROBE_HANDSHAKE))
		ask_versions(probe);
	if (probe->facts->address && job->ask_plain_http)
		ask_plain_http(probe);
}

bool
session_probe(struct session *session, const struct trust_probe_job *job,
    struct trust_probe_facts *facts, struct trust_error *error)
{
	int64_t began = trust_monotonic_ms();
	struct probe probe = {
		.job = job,
		.facts = facts,
		.deadline = began + job->limits.total_ms,
	};

	facts->tls.alert = -1;
	if (!session_start(session, error))
		return false;
	if (find_identity(session, &probe, &facts->problem)) {
		trust_confine_client();
		run(&probe, &facts->problem);
	}
	drop_identity(&probe);
	SSL_ClearSessionCache();
	facts->total_ms = (uint32_t)(trust_monotonic_ms() - began);
	return true;
}
