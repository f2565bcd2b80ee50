/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PROBE_NSS_H
#define TRUST_PROBE_NSS_H

/* One TLS connection of a probe, in the worker: NSS over a stream that keeps its deadline. */

#include <prio.h>
#include <ssl.h>

#include "core/probe_internal.h"
#include "core/worker/session_nss.h"

/* What is offered to the server. */
struct session_tls_offer {
	const char *host;     /* for SNI; NULL: an address, none is sent */
	uint16_t min_version; /* 0x0301 at least: NSS takes SSL 3.0 and then fails obscurely */
	uint16_t max_version;
	const char *alpn; /* length-prefixed names; NULL: none */
	bool later_auth;  /* the server may ask for a certificate after the handshake */
};

struct session_tls { /* zeroed by the caller; ended with session_tls_close() */
	struct trust_probe_stream stream;
	PRFileDesc *fd;
	struct trust_probe_tls *facts; /* borrowed */
	int fatal_alert;               /* the server's, -1: none */
	bool failed_locally;           /* memory, or NSS refused its settings */
	CERTCertificate *identity;     /* borrowed; NULL: none */
	SECKEYPrivateKey *key;
};

/* A socket of NSPR's over stream->fd, which it owns from now on; NULL: fd was closed. */
PRFileDesc *session_stream_socket(struct trust_probe_stream *stream);

/* Shake hands on a connected socket, which is owned from now on; facts are filled as far as it
 * came. */
bool session_tls_open(struct session_tls *tls, int fd, const struct session_tls_offer *offer,
    uint32_t limit_ms, int64_t deadline, struct trust_probe_problem *problem) TRUST_MUST_CHECK;
/* TLS 1.3: a server that wants a certificate says so only behind the handshake. Waits a moment. */
bool session_tls_accepted(
    struct session_tls *tls, struct trust_probe_problem *problem) TRUST_MUST_CHECK;
void session_tls_close(struct session_tls *tls);

/* Why NSS's last call on this connection failed, in the probe's words. Call first thing after the
 * failure. Returns false. */
bool session_tls_failed(struct session_tls *tls, struct trust_probe_problem *problem);

/* Names of NSS's numbers; static; NULL: no name. */
const char *session_group_name(SSLNamedGroup group);
const char *session_signature_name(SSLSignatureScheme scheme);

/* The whole probe. */
bool session_probe(struct session *session, const struct trust_probe_job *job,
    struct trust_probe_facts *facts, struct trust_error *error) TRUST_MUST_CHECK;

#endif
