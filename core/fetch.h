/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_FETCH_H
#define TRUST_FETCH_H

/*
 * A few bytes from a web server that a certificate names, by plain HTTP: revocation lists and OCSP
 * answers are signed, so TLS adds nothing to them but the need of a certificate. Only http is
 * spoken, and only followed to http. The name is resolved and the server met in a child process
 * that opens no file of ours, has limits, and is killed when the time is over, whatever the server
 * or resolver does. No proxy is used, whatever the environment says.
 *
 * Caveat: who makes a certificate chooses which server is asked, also one of a private network; it
 * gets nothing but the question.
 */

#include "core/base.h"
#include "core/time.h"

struct trust_error;

struct trust_fetch { /* everything borrowed */
	const char *url;
	struct trust_bytes body;  /* POST; empty: GET */
	const char *content_type; /* of the body */
	const char *accept;       /* "application/pkix-crl" */
	size_t most;              /* bytes of the answer */
	uint32_t limit_ms;        /* for all of it; 0: TRUST_FETCH_MS */
};

struct trust_fetched {
	uint8_t *data; /* owned */
	size_t size;
	struct trust_time server_time; /* the clock of who answered */
	bool has_server_time;
};
void trust_fetched_done(struct trust_fetched *fetched);

/*
 * ret_ms  how long it took, also on failure
 * Errors: TRUST_INPUT_OPEN (no name, no connection, another status than 200, too slow),
 * TRUST_INPUT_MALFORMED (no HTTP, no URL), TRUST_INPUT_UNSUPPORTED (another scheme),
 * TRUST_INPUT_LIMIT (too long, no memory for it, too many redirects), TRUST_BUG. Cost: two
 * processes.
 */
bool trust_fetch(const struct trust_fetch *fetch, struct trust_fetched *ret_fetched,
    uint32_t *ret_ms, struct trust_error *error) TRUST_MUST_CHECK;

#endif
