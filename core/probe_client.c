/* SPDX-License-Identifier: MPL-2.0 */
/* The program's side of a probe: a worker for it alone, asked once. */

#include <arpa/inet.h>

#include "core/error.h"
#include "core/limits.h"
#include "core/probe_internal.h"
#include "core/secret.h"
#include "core/text.h"
#include "core/worker_internal.h"
#include "core/worker_protocol.h"

/* The worker keeps its own time; this is for one that hangs in NSS or was taken over. */
#define GRACE_MS 3000

static bool
check(const struct trust_probe_request *request, struct trust_error *error)
{
	uint8_t address[16];
	const char *text = request->connect_ip;

	if (request->ip_version != 0 && request->ip_version != 4 && request->ip_version != 6)
		return trust_fail(error, TRUST_USAGE, NULL, "the IP version is 4 or 6");
	if (!text)
		return true;
	bool v4 = inet_pton(AF_INET, text, address) == 1;
	bool v6 = inet_pton(AF_INET6, text, address) == 1;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(text);
	if (!v4 && !v6)
		return trust_fail(error, TRUST_USAGE, shown, "'%s' is no IP address", shown);
	if ((request->ip_version == 4 && !v4) || (request->ip_version == 6 && !v6))
		return trust_fail(error, TRUST_USAGE, shown, "'%s' is no IPv%u address", shown,
		    request->ip_version);
	return true;
}

/* A worker with the identity's store open and logged in to, or with none. */
static bool
start(const struct trust_probe_identity *identity, struct trust_worker **ret_worker,
    struct trust_error *error)
{
	TRUST_AUTO(trust_worker) *worker = NULL;
	enum trust_login login = TRUST_LOGIN_WRONG;

	if (!identity || identity->pkcs8)
		return trust_worker_start_bare(
		    identity ? identity->nss_libdir : NULL, ret_worker, error);
	if (!trust_worker_start_reader(identity->nss_libdir, identity->store, &worker, error) ||
	    !trust_worker_login(worker, identity->password, &login, error))
		return false;
	if (login == TRUST_LOGIN_WRONG)
		return trust_fail(
		    error, TRUST_STORE_PASSWORD, NULL, "the store's password is missing or wrong");
	*ret_worker = trust_steal(&worker);
	return true;
}

/* What is known when the worker is gone: that it is. */
static struct trust_probe_facts *
facts_of_death(int64_t began, uint32_t total_ms)
{
	struct trust_probe_facts *facts = trust_alloc(sizeof *facts);
	int64_t took = trust_monotonic_ms() - began;

	facts->tls.alert = -1;
	facts->problem.phase = TRUST_PROBE_HANDSHAKE;
	facts->total_ms = (uint32_t)took;
	if (took >= total_ms)
		trust_probe_fail(&facts->problem, TRUST_PROBE_TIME,
		    "the probe did not end within %.1f s and was stopped", total_ms / 1000.0);
	else
		trust_probe_fail(&facts->problem, TRUST_PROBE_CRASH,
		    "the process that talked to the server died; what it had learnt is lost");
	return facts;
}

bool
trust_probe_run(const struct trust_probe_request *request, struct trust_probe_facts **ret_facts,
    struct trust_error *error)
{
	uint32_t total_ms = trust_probe_limits_filled(&request->limits).total_ms;
	TRUST_AUTO(trust_worker) *worker = NULL;
	TRUST_AUTO(trust_probe_facts) *facts = NULL;
	TRUST_AUTO_BUFFER question;
	TRUST_AUTO_BUFFER frame = { 0 };
	struct trust_wire answer;

	trust_buffer_init_secret(&question, TRUST_MAX_WIRE_BYTES);
	if (total_ms > INT32_MAX - GRACE_MS)
		total_ms = INT32_MAX - GRACE_MS;
	if (!check(request, error) || !start(request->identity, &worker, error))
		return false;
	trust_wire_put_u32(&question, TRUST_ASK_PROBE);
	trust_probe_job_put(&question, request);
	int64_t began = trust_monotonic_ms();
	if (!trust_worker_ask(
		worker, &question, (int)total_ms + GRACE_MS, &frame, &answer, error)) {
		if (error->code != TRUST_STORE_WORKER)
			return false;
		*ret_facts = facts_of_death(began, total_ms);
		trust_error_clear(error);
		return true;
	}
	facts = trust_probe_facts_get(&answer);
	if (!facts)
		return trust_fail(error, TRUST_BUG, NULL, "the NSS worker answered nonsense");
	/* Whatever a worker that was taken over says: it had none to show. */
	if (!request->identity)
		facts->tls.identity_shown = false;
	/* References left behind in NSS are a mistake of ours, and told. */
	if (!trust_worker_finish(trust_steal(&worker), error))
		return false;
	*ret_facts = trust_steal(&facts);
	return true;
}
