/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PROBE_INTERNAL_H
#define TRUST_PROBE_INTERNAL_H

/*
 * The probe's parts, as the worker puts them together and the tests call them: sockets with a
 * deadline, the resolver in a child, the STARTTLS dialogues, and facts on the wire.
 */

#include <netdb.h>
#include <sys/socket.h>

#include "core/buffer.h"
#include "core/probe.h"
#include "core/time.h"
#include "core/wire.h"

/* Fill a problem (an earlier content is released). Always returns false. */
bool trust_probe_fail(struct trust_probe_problem *problem, enum trust_probe_cause cause,
    const char *format, ...) TRUST_PRINTF(3, 4);
bool trust_probe_hint(struct trust_probe_problem *problem, const char *format, ...)
    TRUST_PRINTF(2, 3);
void trust_probe_problem_clear(struct trust_probe_problem *problem);
/* At most `most` bytes of what a server said, displayable; owned by the caller. */
char *trust_probe_quote(const void *bytes, size_t size, size_t most) TRUST_MUST_CHECK;

/* ---- a connected socket, its deadline, and what may still come ---- */
struct trust_probe_stream {
	int fd;            /* borrowed; not blocking */
	int64_t deadline;  /* of the monotonic clock, ms */
	uint32_t limit_ms; /* the time the deadline came from, for words */
	size_t received;
	size_t most;        /* bytes that may be received in all */
	uint8_t first[128]; /* the first bytes that came, for words */
	enum trust_probe_stream_end {
		PROBE_OPEN,
		PROBE_CLOSED,
		PROBE_TIMED_OUT,
		PROBE_TOO_MUCH
	} end;
	int cause; /* errno when it ended by an error of the connection, else 0 */
};
void trust_probe_stream_init(
    struct trust_probe_stream *stream, int fd, uint32_t limit_ms, int64_t deadline, size_t most);
/* Bytes received, at least 1; 0: the stream ended, and says how. */
size_t trust_probe_stream_read(struct trust_probe_stream *stream, void *data, size_t size);
bool trust_probe_stream_write(
    struct trust_probe_stream *stream, const void *data, size_t size) TRUST_MUST_CHECK;
/* Has the peer sent something that was not read yet? Does not wait. */
bool trust_probe_stream_pending(const struct trust_probe_stream *stream);

/* ---- names and addresses ---- */
#define PROBE_MAX_ADDRESSES 32
struct trust_probe_address {
	struct sockaddr_storage at;
	socklen_t size;
};
struct trust_probe_addresses {
	struct trust_probe_address list[PROBE_MAX_ADDRESSES];
	size_t count;
};
/* As getaddrinfo(); tests put a slower one in its place. */
typedef int (*trust_probe_resolver)(
    const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret_list);
/* host is a name or an address; ip_version 0, 4 or 6; resolver NULL: getaddrinfo. */
bool trust_probe_resolve(const char *host, uint16_t port, unsigned ip_version, uint32_t limit_ms,
    trust_probe_resolver resolver, struct trust_probe_addresses *ret_addresses,
    struct trust_probe_problem *problem) TRUST_MUST_CHECK;
char *trust_probe_address_text(const struct trust_probe_address *address) TRUST_MUST_CHECK;
/* A connected socket that does not block; owned by the caller. */
bool trust_probe_connect(const struct trust_probe_address *address, uint32_t limit_ms, int *ret_fd,
    struct trust_probe_problem *problem) TRUST_MUST_CHECK;

/* ---- STARTTLS ---- */
/* From the greeting to the go-ahead; afterwards TLS may begin. greeting: the server's first line,
 * owned by the caller, set also on failure when one came. */
bool trust_probe_dialogue(struct trust_probe_stream *stream, enum trust_starttls starttls,
    const char *host, char **greeting, struct trust_probe_problem *problem) TRUST_MUST_CHECK;

/* What the dialogues share. */
struct trust_probe_dialogue {
	struct trust_probe_stream *stream;
	const char *host;
	const char *name; /* "IMAP" */
	const char *step; /* what is being waited for: "its greeting" */
	char **greeting;
	struct trust_probe_problem *problem;
};
/* The stream ended while `step` was awaited. Returns false. */
bool trust_probe_dialogue_ended(struct trust_probe_dialogue *dialogue);
/* What came is not of this protocol. Returns false. */
bool trust_probe_dialogue_garbage(
    struct trust_probe_dialogue *dialogue, const void *said, size_t size);
bool trust_probe_dialogue_refused(
    struct trust_probe_dialogue *dialogue, const void *said, size_t size);
bool trust_probe_dialogue_endless(struct trust_probe_dialogue *dialogue);
bool trust_probe_dialogue_send(
    struct trust_probe_dialogue *dialogue, const void *data, size_t size) TRUST_MUST_CHECK;
void trust_probe_dialogue_greeted(
    struct trust_probe_dialogue *dialogue, const void *said, size_t size);
bool trust_probe_dialogue_ldap(struct trust_probe_dialogue *dialogue) TRUST_MUST_CHECK;
bool trust_probe_dialogue_xmpp(struct trust_probe_dialogue *dialogue) TRUST_MUST_CHECK;
bool trust_probe_dialogue_postgres(struct trust_probe_dialogue *dialogue) TRUST_MUST_CHECK;
bool trust_probe_dialogue_mysql(struct trust_probe_dialogue *dialogue) TRUST_MUST_CHECK;

/* ---- HTTP ---- */
/* host with port and brackets as in a Host field; owned by the caller. */
char *trust_probe_http_question(const char *method, const char *path, const char *host,
    uint16_t port, uint16_t usual_port) TRUST_MUST_CHECK;
/* What came, without the interim answers (1xx) in front; empty: nothing but those. */
struct trust_bytes trust_probe_http_answer(struct trust_bytes heads);
/* The answer's head, to the empty line or as far as it came. False: it is not HTTP. */
bool trust_probe_http_read(struct trust_bytes head, struct trust_probe_http *http) TRUST_MUST_CHECK;
/* Has the answer's head come whole? */
bool trust_probe_http_complete(struct trust_bytes heads);

/* ---- facts ---- */
/* A new step; its texts are to be set by the caller. Steps beyond 64 are written over the last. */
struct trust_probe_step *trust_probe_step_add(
    struct trust_probe_facts *facts, enum trust_probe_phase phase);
void trust_probe_tls_done(struct trust_probe_tls *tls);
void trust_probe_blobs_add(struct trust_probe_blobs *blobs, struct trust_bytes bytes);

/* ---- on the wire ---- */
struct trust_probe_job { /* the request as the worker has it; texts owned */
	char *host;
	char *path;
	char *connect_ip;
	uint16_t port;
	bool is_address;
	bool is_http;
	enum trust_starttls starttls;
	unsigned ip_version;
	bool ask_versions;
	bool ask_http;
	bool ask_plain_http;
	bool http_get;
	struct trust_bytes identity; /* borrowed from the frame; empty: none */
	struct trust_bytes pkcs8;    /* likewise; empty: the key is in the store */
	struct trust_bytes *others;  /* owned array, borrowed bytes */
	size_t other_count;
	struct trust_probe_limits limits; /* defaults filled in */
};
void trust_probe_job_put(struct trust_buffer *out, const struct trust_probe_request *request);
bool trust_probe_job_get(struct trust_wire *wire, struct trust_probe_job *job) TRUST_MUST_CHECK;
void trust_probe_job_done(struct trust_probe_job *job);
struct trust_probe_limits trust_probe_limits_filled(const struct trust_probe_limits *limits);
void trust_probe_facts_put(struct trust_buffer *out, const struct trust_probe_facts *facts);
/* NULL: damaged, or more than the limits allow. */
struct trust_probe_facts *trust_probe_facts_get(struct trust_wire *wire) TRUST_MUST_CHECK;

#endif
