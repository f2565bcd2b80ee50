/* SPDX-License-Identifier: MPL-2.0 */
/* A few bytes by plain HTTP, in a process of its own; see fetch.h. */

#include "core/fetch.h"

#include <string.h>

#include "core/child.h"
#include "core/error.h"
#include "core/http.h"
#include "core/limits.h"
#include "core/probe_internal.h"
#include "core/text.h"
#include "core/wire.h"

/* The child's memory: the answer, the frame with it, and a resolver's libraries. */
#define MAX_MEMORY ((size_t)1024 * 1024 * 1024)
#define MAX_SECONDS 60 /* of processor time */
/* The child ends by itself when the time is over, with words; this much later it is killed. */
#define GRACE_MS 300

void
trust_fetched_done(struct trust_fetched *fetched)
{
	trust_free(fetched->data);
	*fetched = (struct trust_fetched){ 0 };
}

/* ---- in the child: one question and its answer --------------------------------------------- */

struct visit {
	const struct trust_fetch *fetch;
	const struct trust_url *url;
	const char *shown; /* the server, for messages */
	int64_t deadline;
	struct trust_error *error;
};

static uint32_t
time_left(const struct visit *visit)
{
	int64_t left = visit->deadline - trust_monotonic_ms();
	return left > 1 ? (uint32_t)left : 1;
}

static bool
fail_late(const struct visit *visit)
{
	return trust_fail(visit->error, TRUST_INPUT_OPEN, visit->shown,
	    "'%s' did not answer within %.1f s", visit->shown,
	    (visit->fetch->limit_ms ? visit->fetch->limit_ms : TRUST_FETCH_MS) / 1000.0);
}

static bool
fail_problem(const struct visit *visit, enum trust_code code, struct trust_probe_problem *problem)
{
	if (problem->cause == TRUST_PROBE_NAME_TIMEOUT ||
	    problem->cause == TRUST_PROBE_CONNECT_TIMEOUT)
		(void)fail_late(visit);
	else
		(void)trust_fail(visit->error, code, visit->shown, "%s", problem->message);
	trust_probe_problem_clear(problem);
	return false;
}

static bool
reach(const struct visit *visit, int *ret_fd)
{
	struct trust_probe_addresses addresses = { 0 };
	struct trust_probe_problem problem = { 0 };

	if (!trust_probe_resolve(visit->url->host, visit->url->port, 0, time_left(visit), NULL,
		&addresses, &problem))
		return fail_problem(visit, TRUST_INPUT_OPEN, &problem);
	for (size_t i = 0; i < addresses.count; i++) {
		trust_probe_problem_clear(&problem);
		/* One that is silent leaves the others their share. */
		uint32_t share = time_left(visit) / (uint32_t)(addresses.count - i);
		if (trust_probe_connect(&addresses.list[i], share, ret_fd, &problem))
			return true;
	}
	return fail_problem(visit, TRUST_INPUT_OPEN, &problem);
}

static bool
ask(const struct visit *visit, struct trust_probe_stream *stream)
{
	const struct trust_fetch *fetch = visit->fetch;
	struct trust_bytes body = fetch->body;
	TRUST_AUTO_BUFFER question;

	trust_buffer_init(&question, body.size + 16384);
	trust_buffer_printf(&question,
	    "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: trustctl\r\nAccept: %s\r\n"
	    "Connection: close\r\n",
	    body.size ? "POST" : "GET", visit->url->target, visit->url->host_as_written,
	    fetch->accept);
	if (body.size)
		trust_buffer_printf(&question, "Content-Type: %s\r\nContent-Length: %zu\r\n",
		    fetch->content_type, body.size);
	trust_buffer_append_text(&question, "\r\n");
	trust_buffer_append(&question, body.data, body.size);
	/* A server may answer without having read all, and that is its answer. */
	return trust_probe_stream_write(stream, question.data, question.size) ||
	    stream->end == PROBE_CLOSED || fail_late(visit);
}

static bool
hear(const struct visit *visit, struct trust_probe_stream *stream, struct trust_http *http)
{
	static uint8_t piece[65536];
	size_t size;

	stream->end = PROBE_OPEN;
	do {
		size = trust_probe_stream_read(stream, piece, sizeof piece);
	} while (size > 0 && trust_http_feed(http, (struct trust_bytes){ piece, size }));
	if (size == 0 && stream->end == PROBE_TIMED_OUT)
		return fail_late(visit);
	if (size == 0 && stream->end == PROBE_CLOSED && stream->cause == 0)
		(void)trust_http_end(http);
	if (http->state == TRUST_HTTP_DONE)
		return true;
	if (http->state == TRUST_HTTP_BAD)
		return trust_fail(visit->error,
		    http->too_long ? TRUST_INPUT_LIMIT : TRUST_INPUT_MALFORMED, visit->shown,
		    "the answer of '%s' %s", visit->shown, http->problem);
	return trust_fail(
	    visit->error, TRUST_INPUT_OPEN, visit->shown, "'%s' hung up", visit->shown);
}

/* ---- in the child: redirects --------------------------------------------------------------- */

/* What is to be asked now; NULL: the answer is there, or an error. */
static char *
weigh(const struct visit *visit, const struct trust_http *http)
{
	if (http->status == 200)
		return NULL;
	if (!trust_http_is_redirect(http)) {
		(void)trust_fail(visit->error, TRUST_INPUT_OPEN, visit->shown,
		    "'%s' answers with status %u", visit->shown, http->status);
		return NULL;
	}
	char *next = http->location ? trust_url_follow(visit->url, http->location) : NULL;
	if (!next)
		(void)trust_fail(visit->error, TRUST_INPUT_MALFORMED, visit->shown,
		    "'%s' sends us elsewhere without saying where", visit->shown);
	return next;
}

struct answer {
	struct trust_buffer body;
	struct trust_time time;
	bool has_time;
};

/* One server; *ret_next: where it sends us. */
static bool
visit_server(struct visit *visit, struct answer *answer, char **ret_next)
{
	TRUST_AUTO_FD int fd = -1;
	struct trust_probe_stream stream;
	struct trust_http http;

	*ret_next = NULL;
	if (!reach(visit, &fd))
		return false;
	trust_probe_stream_init(&stream, fd, time_left(visit), visit->deadline, SIZE_MAX / 2);
	if (!ask(visit, &stream))
		return false;
	trust_http_init(&http, visit->fetch->most);
	if (hear(visit, &stream, &http)) {
		*ret_next = weigh(visit, &http);
		if (!*ret_next && visit->error->code == TRUST_OK) {
			trust_buffer_append(&answer->body, http.body.data, http.body.size);
			answer->has_time = trust_http_time(&http, &answer->time);
		}
	}
	trust_http_done(&http);
	return visit->error->code == TRUST_OK;
}

static bool
fetch_here(const struct trust_fetch *fetch, int64_t deadline, struct answer *answer,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *at = trust_strdup(fetch->url);

	for (unsigned hops = 0; hops <= TRUST_MAX_FETCH_REDIRECTS; hops++) {
		TRUST_AUTO(trust_url) *url = NULL;
		if (!trust_url_parse(at, &url, error))
			return hops > 0 && trust_error_prefix(error, "a redirect: ");
		TRUST_AUTO_FREE char *shown = trust_text_display_string(url->host_as_written);
		struct visit visit = {
			.fetch = fetch,
			.url = url,
			.shown = shown,
			.deadline = deadline,
			.error = error,
		};
		char *next;
		if (!visit_server(&visit, answer, &next))
			return false;
		if (!next)
			return true;
		trust_free(at);
		at = next;
	}
	return trust_fail(error, TRUST_INPUT_LIMIT, fetch->url, "it redirects more than %u times",
	    TRUST_MAX_FETCH_REDIRECTS);
}

struct job {
	const struct trust_fetch *fetch;
	int64_t deadline;
};

static void
work(void *context, struct trust_buffer *out)
{
	const struct job *job = context;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct answer answer = { 0 };

	trust_buffer_init(&answer.body, job->fetch->most);
	bool done = fetch_here(job->fetch, job->deadline, &answer, &error);
	trust_wire_put_u32(out, done ? TRUST_OK : error.code);
	trust_wire_put_text(out, error.message);
	trust_wire_put_bytes(out, trust_buffer_bytes(&answer.body));
	trust_wire_put_u32(out, answer.has_time);
	trust_wire_put_u64(out, (uint64_t)answer.time.seconds);
	trust_buffer_done(&answer.body);
}

/* ---- in the parent ------------------------------------------------------------------------- */

static bool
read_answer(const struct trust_buffer *frame, const struct trust_fetch *fetch,
    struct trust_fetched *ret_fetched, struct trust_error *error)
{
	struct trust_wire wire = trust_wire_init(trust_buffer_bytes(frame));
	uint32_t code = trust_wire_u32(&wire);
	TRUST_AUTO_FREE char *message = trust_wire_text(&wire);
	struct trust_bytes body = trust_wire_bytes(&wire);
	bool has_time = trust_wire_u32(&wire) != 0;
	struct trust_time time = { (int64_t)trust_wire_u64(&wire) };

	if (wire.bad || code > TRUST_BUG || (code == TRUST_OK) != (message == NULL) ||
	    body.size > fetch->most || (has_time && !trust_time_is_valid(time)))
		return trust_fail(
		    error, TRUST_BUG, NULL, "the process that fetches gave no proper answer");
	if (code != TRUST_OK) {
		TRUST_AUTO_FREE char *shown = trust_text_display_string(message);
		return trust_fail(error, (enum trust_code)code, NULL, "%s", shown);
	}
	*ret_fetched = (struct trust_fetched){
		.data = trust_memdup(body.data, body.size),
		.size = body.size,
		.server_time = time,
		.has_server_time = has_time,
	};
	return true;
}

bool
trust_fetch(const struct trust_fetch *fetch, struct trust_fetched *ret_fetched, uint32_t *ret_ms,
    struct trust_error *error)
{
	uint32_t limit = fetch->limit_ms ? fetch->limit_ms : TRUST_FETCH_MS;
	int64_t began = trust_monotonic_ms();
	TRUST_AUTO(trust_url) *url = NULL;
	struct job job = { fetch, began + limit };
	const struct trust_child child = {
		.work = work,
		.context = &job,
		.wait_ms = limit + GRACE_MS,
		.seconds = MAX_SECONDS,
		.memory = MAX_MEMORY,
		.client = true,
	};
	int status = 0;

	*ret_ms = 0;
	if (!trust_url_parse(fetch->url, &url, error))
		return false;
	TRUST_AUTO_BUFFER answer;
	enum trust_child_end end = trust_child_run(&child, &answer, &status);
	*ret_ms = (uint32_t)(trust_monotonic_ms() - began);
	if (end == TRUST_CHILD_ANSWERED)
		return read_answer(&answer, fetch, ret_fetched, error);
	if (end == TRUST_CHILD_TOO_SLOW)
		return trust_fail(error, TRUST_INPUT_OPEN, NULL,
		    "'%s' did not answer within %.1f s", url->host_as_written, limit / 1000.0);
	if (end == TRUST_CHILD_NOT_STARTED)
		return trust_fail_errno(error, trust_child_code_not_started(status), status, NULL,
		    "cannot start a process that fetches");
	if (end == TRUST_CHILD_TOO_LARGE || end == TRUST_CHILD_TOO_LONG)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
		    "the answer of '%s' takes more memory than it may", url->host_as_written);
	return trust_fail(error, TRUST_BUG, NULL, "the process that fetches died");
}
