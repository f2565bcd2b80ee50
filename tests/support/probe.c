/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Asks a server and prints the facts, one to a line: probe [OPTION...] HOST[:PORT]
 *   starttls=NAME versions http plain-http get connect=IP ip=4|6 resolve_ms=N connect_ms=N ...
 *   store=DIRECTORY cert=FILE.der     show this personal certificate (store without password)
 *   out=DIRECTORY                     chain as 0.der, 1.der, ...; stapled response as ocsp.der
 */

#include "core/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"

struct question {
	struct trust_probe_request request;
	struct trust_probe_identity identity;
	enum trust_starttls starttls;
	bool has_starttls;
	const char *out;
};

static struct trust_bytes
read_file(const char *path)
{
	static uint8_t data[65536];
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(data, 1, sizeof data, file) : 0;

	if (file)
		fclose(file);
	return (struct trust_bytes){ data, size };
}

static bool
take_limit(struct trust_probe_limits *limits, const char *word)
{
	const struct {
		const char *name;
		uint32_t *limit;
	} rows[] = {
		{ "resolve_ms=", &limits->resolve_ms },
		{ "connect_ms=", &limits->connect_ms },
		{ "dialogue_ms=", &limits->dialogue_ms },
		{ "handshake_ms=", &limits->handshake_ms },
		{ "http_ms=", &limits->http_ms },
		{ "total_ms=", &limits->total_ms },
	};

	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		if (strncmp(word, rows[i].name, strlen(rows[i].name)) == 0) {
			*rows[i].limit = (uint32_t)strtoul(strchr(word, '=') + 1, NULL, 10);
			return true;
		}
	return false;
}

static void
take_option(struct question *question, const char *word)
{
	struct trust_probe_request *request = &question->request;
	const char *value = strchr(word, '=') ? strchr(word, '=') + 1 : "";

	if (strncmp(word, "starttls=", 9) == 0)
		question->has_starttls = trust_starttls_from_name(value, &question->starttls);
	else if (strcmp(word, "versions") == 0)
		request->ask_versions = true;
	else if (strcmp(word, "http") == 0)
		request->ask_http = true;
	else if (strcmp(word, "plain-http") == 0)
		request->ask_plain_http = true;
	else if (strcmp(word, "get") == 0)
		request->http_get = true;
	else if (strncmp(word, "connect=", 8) == 0)
		request->connect_ip = value;
	else if (strncmp(word, "ip=", 3) == 0)
		request->ip_version = (unsigned)strtoul(value, NULL, 10);
	else if (strncmp(word, "store=", 6) == 0)
		question->identity.store = value;
	else if (strncmp(word, "cert=", 5) == 0)
		question->identity.cert = read_file(value);
	else if (strncmp(word, "out=", 4) == 0)
		question->out = value;
	else if (!take_limit(&request->limits, word))
		fprintf(stderr, "probe: unknown option '%s'\n", word);
}

static void
line(const char *name, const char *value)
{
	if (value)
		printf("%s: %s\n", name, value);
}

static void
save(const char *directory, const char *name, const struct trust_probe_blob *blob)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, name);
	FILE *file = fopen(path, "wb");

	if (file) {
		fwrite(blob->data, 1, blob->size, file);
		fclose(file);
	}
}

static void
show_tls(const struct trust_probe_tls *tls, const char *out)
{
	static const char *const client[] = { "not asked", "asked", "required" };

	printf("finished: %s\n", tls->finished ? "yes" : "no");
	printf("version: %s\n", tls->version ? trust_probe_version_name(tls->version) : "none");
	line("suite", tls->cipher_suite_name);
	line("group", tls->group);
	line("signature", tls->signature);
	line("alpn", tls->alpn);
	printf("key bits: %u\n", tls->key_bits);
	printf("chain: %zu of %u\n", tls->chain.count, tls->chain_sent);
	printf("stapled: %zu\n", tls->ocsp.count);
	printf("scts: %zu bytes\n", tls->scts.size);
	printf("client certificate: %s, %zu CAs\n", client[tls->client_cert], tls->ca_names.count);
	printf("identity shown: %s\n", tls->identity_shown ? "yes" : "no");
	printf("asked later: %s\n", tls->asked_later ? "yes" : "no");
	if (tls->alert >= 0)
		printf("alert: %d %s\n", tls->alert, trust_probe_alert_words(tls->alert));
	for (size_t i = 0; out && i < tls->chain.count; i++) {
		TRUST_AUTO_FREE char *name = trust_printf("%zu.der", i);
		save(out, name, &tls->chain.list[i]);
	}
	if (out && tls->ocsp.count)
		save(out, "ocsp.der", &tls->ocsp.list[0]);
}

static void
show_http(const char *name, const struct trust_probe_http *http)
{
	if (http->status)
		printf("%s: %u, date %s (%lld), location %s, server %s\n", name, http->status,
		    http->date ? http->date : "none", (long long)http->date_seconds,
		    http->location ? http->location : "none", http->server ? http->server : "none");
}

static void
show(const struct trust_probe_facts *facts, const char *out)
{
	static const char *const offer[] = { "unknown", "yes", "no" };

	printf("cause: %s\n", trust_probe_cause_id(facts->problem.cause));
	if (facts->problem.cause)
		line("phase", trust_probe_phase_name(facts->problem.phase));
	line("message", facts->problem.message);
	line("hint", facts->problem.hint);
	for (size_t i = 0; i < facts->step_count; i++)
		printf("step: %s %s: %s (%s) %u ms\n",
		    trust_probe_phase_name(facts->steps[i].phase), facts->steps[i].subject,
		    facts->steps[i].words, trust_probe_cause_id(facts->steps[i].cause),
		    facts->steps[i].ms);
	line("address", facts->address);
	line("greeting", facts->greeting);
	show_tls(&facts->tls, out);
	printf("offers: %s %s %s %s\n", offer[facts->offers[0]], offer[facts->offers[1]],
	    offer[facts->offers[2]], offer[facts->offers[3]]);
	show_http("http", &facts->http);
	show_http("plain http", &facts->plain_http);
	printf("total: %u ms\n", facts->total_ms);
}

int
main(int argc, char **argv)
{
	struct question question = { 0 };
	TRUST_AUTO(trust_probe_target) *target = NULL;
	TRUST_AUTO(trust_probe_facts) *facts = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (argc < 2)
		return 2;
	for (int i = 1; i < argc - 1; i++)
		take_option(&question, argv[i]);
	question.request.identity = question.identity.store ? &question.identity : NULL;
	bool done = trust_probe_target_parse(
	    argv[argc - 1], question.has_starttls ? &question.starttls : NULL, &target, &error);
	question.request.target = target;
	if (!done || !trust_probe_run(&question.request, &facts, &error)) {
		fprintf(stderr, "probe: %s\n", error.message);
		return trust_code_exit_status(error.code);
	}
	show(facts, question.out);
	return 0;
}
