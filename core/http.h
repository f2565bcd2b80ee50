/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_HTTP_H
#define TRUST_HTTP_H

/*
 * The answer of an HTTP/1 server (RFC 9112), read piece by piece as it comes, and the parts of an
 * http URL. No network here. Whatever a server sends, the reader holds at most the body's limit,
 * one line, and no more head than TRUST_MAX_FETCH_HEAD_BYTES; it never reads past an answer's end.
 */

#include "core/base.h"
#include "core/buffer.h"
#include "core/time.h"

struct trust_error;

enum trust_http_state {
	TRUST_HTTP_STATUS, /* the status line */
	TRUST_HTTP_FIELDS,
	TRUST_HTTP_SIZED, /* a body of known size */
	TRUST_HTTP_UNTIL_END,
	TRUST_HTTP_CHUNK, /* the line that gives the size of one */
	TRUST_HTTP_CHUNK_BODY,
	TRUST_HTTP_CHUNK_END,
	TRUST_HTTP_TRAILER,
	TRUST_HTTP_DONE,
	TRUST_HTTP_BAD,
};

struct trust_http {
	enum trust_http_state state;
	unsigned status; /* 200; valid once the status line was read */
	char *location;  /* owned, raw; NULL: none */
	char *date;      /* likewise */
	int64_t age_seconds;
	struct trust_buffer body;
	const char *problem; /* BAD: static words, behind "its answer" */
	bool too_long;       /* BAD: by a limit */
	struct trust_buffer line;
	size_t head; /* bytes that were no body */
	size_t most;
	uint64_t left; /* of the body or chunk */
	bool has_length;
	bool chunked;
};

void trust_http_init(struct trust_http *http, size_t most);
void trust_http_done(struct trust_http *http);
/* More bytes; false when no more are wanted: DONE or BAD. */
bool trust_http_feed(struct trust_http *http, struct trust_bytes bytes);
/* The server hung up: true when the answer is complete; else BAD. */
bool trust_http_end(struct trust_http *http);
/* The server's clock when it answered, by Date and Age; false: it does not say. */
bool trust_http_time(const struct trust_http *http, struct trust_time *ret_time);
/* The status of "HTTP/1.1 200 OK", which need not be whole; 0: it is no such line. */
unsigned trust_http_status(const char *line);
/* The value of an Age field: seconds; what is none is 0. */
int64_t trust_http_age(const char *value);
/* Is it an answer that sends us elsewhere (301, 302, 303, 307, 308)? */
bool trust_http_is_redirect(const struct trust_http *http);

struct trust_url {
	char *host;            /* owned; without brackets */
	char *host_as_written; /* owned; "[::1]:8080", for the Host field */
	char *target;          /* owned; path and query, "/" at least */
	uint16_t port;
};
/* "http://HOST[:PORT][/PATH][?QUERY]": another scheme, user names, spaces, control characters and
 * anything but ASCII are refused. Errors: TRUST_INPUT_UNSUPPORTED, TRUST_INPUT_MALFORMED. */
bool trust_url_parse(
    const char *text, struct trust_url **ret_url, struct trust_error *error) TRUST_MUST_CHECK;
void trust_url_free(struct trust_url *url);
TRUST_DEFINE_AUTO(trust_url, trust_url_free)
/* Where a Location leads from a URL: absolute, or a path of the same server; owned. NULL:
 * neither. */
char *trust_url_follow(const struct trust_url *from, const char *location) TRUST_MUST_CHECK;

#endif
