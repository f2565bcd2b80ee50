/* SPDX-License-Identifier: MPL-2.0 */
/* Names to addresses within a time limit, connections, and reading and writing with a deadline. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/child.h"
#include "core/probe_internal.h"
#include "core/time.h"

/* A resolver loads libraries of the system's choice. */
#define MAX_RESOLVER_MEMORY ((size_t)1024 * 1024 * 1024)
#define MAX_RESOLVER_SECONDS 60

/* False: the deadline came first. */
static bool
wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = fd, .events = events };
		int64_t left = deadline - trust_monotonic_ms();
		if (left <= 0)
			return false;
		int ready = poll(&poll_fd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (ready > 0 || (ready < 0 && errno != EINTR))
			return true;
	}
}

/* ---- streams ------------------------------------------------------------------------------- */

void
trust_probe_stream_init(
    struct trust_probe_stream *stream, int fd, uint32_t limit_ms, int64_t deadline, size_t most)
{
	int64_t own = trust_monotonic_ms() + limit_ms;

	*stream = (struct trust_probe_stream){
		.fd = fd,
		.deadline = own < deadline ? own : deadline,
		.limit_ms = limit_ms,
		.most = most,
	};
}

static size_t
ended(struct trust_probe_stream *stream, enum trust_probe_stream_end end, int cause)
{
	stream->end = end;
	stream->cause = cause;
	return 0;
}

size_t
trust_probe_stream_read(struct trust_probe_stream *stream, void *data, size_t size)
{
	if (stream->end != PROBE_OPEN)
		return 0;
	if (stream->received >= stream->most)
		return ended(stream, PROBE_TOO_MUCH, 0);
	if (size > stream->most - stream->received)
		size = stream->most - stream->received;
	for (;;) {
		/* Before each read, so that a fast sender is stopped too. */
		if (!wait_for(stream->fd, POLLIN, stream->deadline))
			return ended(stream, PROBE_TIMED_OUT, 0);
		ssize_t got = recv(stream->fd, data, size, 0);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return ended(stream, PROBE_CLOSED, got < 0 ? errno : 0);
		size_t count = (size_t)got;
		if (stream->received < sizeof stream->first) {
			size_t room = sizeof stream->first - stream->received;
			memcpy(stream->first + stream->received, data, count < room ? count : room);
		}
		stream->received += count;
		return count;
	}
}

bool
trust_probe_stream_write(struct trust_probe_stream *stream, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0 && stream->end == PROBE_OPEN) {
		ssize_t sent = send(stream->fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0) {
			at += sent;
			size -= (size_t)sent;
		} else if (sent < 0 && errno == EAGAIN) {
			if (!wait_for(stream->fd, POLLOUT, stream->deadline))
				ended(stream, PROBE_TIMED_OUT, 0);
		} else if (sent < 0 && errno != EINTR) {
			ended(stream, PROBE_CLOSED, errno);
		}
	}
	return size == 0;
}

bool
trust_probe_stream_pending(const struct trust_probe_stream *stream)
{
	uint8_t byte;
	return recv(stream->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* ---- names --------------------------------------------------------------------------------- */

/* One question and its answer, which the child hands over in the form it has in memory: it is the
 * same program. */
struct resolving {
	const char *host;
	uint16_t port;
	unsigned ip_version;
	trust_probe_resolver resolver;
};
struct resolved {
	int code;
	struct trust_probe_addresses addresses;
};

static void
copy_addresses(const struct addrinfo *list, struct trust_probe_addresses *addresses)
{
	for (; list && addresses->count < PROBE_MAX_ADDRESSES; list = list->ai_next) {
		if (list->ai_addrlen > sizeof(struct sockaddr_storage))
			continue;
		struct trust_probe_address *to = &addresses->list[addresses->count++];
		memcpy(&to->at, list->ai_addr, list->ai_addrlen);
		to->size = list->ai_addrlen;
	}
}

static void
resolve_in_child(void *context, struct trust_buffer *out)
{
	const struct resolving *resolving = context;
	struct resolved answer = { 0 };
	struct addrinfo *list = NULL;
	struct addrinfo hints = {
		.ai_family = resolving->ip_version == 4 ? AF_INET
		    : resolving->ip_version == 6        ? AF_INET6
							: AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	char service[8];

	snprintf(service, sizeof service, "%u", (unsigned)resolving->port);
	answer.code = resolving->resolver(resolving->host, service, &hints, &list);
	if (answer.code == 0)
		copy_addresses(list, &answer.addresses);
	trust_buffer_append(out, &answer, sizeof answer);
}

/* The resolver's child has met a stranger's name server. */
static bool
is_proper(const struct trust_probe_addresses *addresses)
{
	if (addresses->count > PROBE_MAX_ADDRESSES)
		return false;
	for (size_t i = 0; i < addresses->count; i++)
		if (addresses->list[i].size > sizeof addresses->list[i].at)
			return false;
	return true;
}

static bool
name_failed(int code, const char *host, unsigned ip_version, struct trust_probe_problem *problem)
{
	const char *kind = ip_version == 4 ? "IPv4 " : ip_version == 6 ? "IPv6 " : "";

	switch (code) {
	case EAI_NONAME:
		return trust_probe_fail(problem, TRUST_PROBE_NAME_UNKNOWN,
		    "cannot resolve '%s': the name does not exist or has no %saddress", host, kind);
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
	case EAI_FAMILY:
		return trust_probe_fail(
		    problem, TRUST_PROBE_NAME_NO_ADDRESS, "'%s' has no %saddress", host, kind);
	case EAI_AGAIN:
		trust_probe_fail(problem, TRUST_PROBE_NAME_FAILED,
		    "cannot resolve '%s': no name server answers", host);
		return trust_probe_hint(problem, "check this machine's network connection");
	default:
		return trust_probe_fail(problem, TRUST_PROBE_NAME_FAILED, "cannot resolve '%s': %s",
		    host, gai_strerror(code));
	}
}

bool
trust_probe_resolve(const char *host, uint16_t port, unsigned ip_version, uint32_t limit_ms,
    trust_probe_resolver resolver, struct trust_probe_addresses *ret_addresses,
    struct trust_probe_problem *problem)
{
	struct resolving resolving = { host, port, ip_version, resolver ? resolver : getaddrinfo };
	const struct trust_child child = {
		.work = resolve_in_child,
		.context = &resolving,
		.wait_ms = limit_ms,
		.seconds = MAX_RESOLVER_SECONDS,
		.memory = MAX_RESOLVER_MEMORY,
		.client = true,
	};
	struct resolved answer;
	TRUST_AUTO_BUFFER bytes;
	int status = 0;

	enum trust_child_end end = trust_child_run(&child, &bytes, &status);
	if (end == TRUST_CHILD_NOT_STARTED)
		return trust_probe_fail(
		    problem, TRUST_PROBE_LOCAL, "cannot start a process: %s", strerror(status));
	if (end == TRUST_CHILD_TOO_SLOW) {
		trust_probe_fail(problem, TRUST_PROBE_NAME_TIMEOUT,
		    "cannot resolve '%s': no answer within %.1f s", host, limit_ms / 1000.0);
		return trust_probe_hint(problem, "check this machine's name servers");
	}
	if (end != TRUST_CHILD_ANSWERED || bytes.size != sizeof answer)
		return trust_probe_fail(problem, TRUST_PROBE_NAME_FAILED,
		    "cannot resolve '%s': the resolver died", host);
	memcpy(&answer, bytes.data, sizeof answer);
	if (answer.code != 0)
		return name_failed(answer.code, host, ip_version, problem);
	if (!is_proper(&answer.addresses))
		return trust_probe_fail(problem, TRUST_PROBE_NAME_FAILED,
		    "cannot resolve '%s': the resolver gave no proper answer", host);
	*ret_addresses = answer.addresses;
	return ret_addresses->count > 0 || name_failed(EAI_NODATA, host, ip_version, problem);
}

char *
trust_probe_address_text(const struct trust_probe_address *address)
{
	char text[INET6_ADDRSTRLEN + 32];

	if (getnameinfo((const struct sockaddr *)&address->at, address->size, text, sizeof text,
		NULL, 0, NI_NUMERICHOST) != 0)
		return trust_strdup("unknown");
	return trust_strdup(text);
}

/* ---- connections --------------------------------------------------------------------------- */

static bool
connect_failed(int cause, const char *address, struct trust_probe_problem *problem)
{
	enum trust_probe_cause kind = TRUST_PROBE_CONNECT_FAILED;

	if (cause == ECONNREFUSED)
		return trust_probe_fail(problem, TRUST_PROBE_CONNECT_REFUSED,
		    "cannot connect to %s: nothing listens on that port", address);
	if (cause == ENETUNREACH || cause == EHOSTUNREACH || cause == ENETDOWN ||
	    cause == EADDRNOTAVAIL || cause == EAFNOSUPPORT || cause == EACCES || cause == EPERM)
		kind = TRUST_PROBE_CONNECT_UNREACHABLE;
	if (cause == ETIMEDOUT)
		kind = TRUST_PROBE_CONNECT_TIMEOUT;
	return trust_probe_fail(
	    problem, kind, "cannot connect to %s: %s", address, strerror(cause));
}

bool
trust_probe_connect(const struct trust_probe_address *address, uint32_t limit_ms, int *ret_fd,
    struct trust_probe_problem *problem)
{
	TRUST_AUTO_FREE char *text = trust_probe_address_text(address);
	int64_t deadline = trust_monotonic_ms() + limit_ms;
	TRUST_AUTO_FD int fd =
	    socket(address->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int cause = 0;
	socklen_t size = sizeof cause;

	if (fd < 0)
		return connect_failed(errno, text, problem);
	if (connect(fd, (const struct sockaddr *)&address->at, address->size) != 0) {
		if (errno != EINPROGRESS)
			return connect_failed(errno, text, problem);
		if (!wait_for(fd, POLLOUT, deadline))
			return trust_probe_fail(problem, TRUST_PROBE_CONNECT_TIMEOUT,
			    "cannot connect to %s: no answer within %.1f s", text,
			    limit_ms / 1000.0);
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &size) != 0)
			cause = errno;
		if (cause != 0)
			return connect_failed(cause, text, problem);
	}
	*ret_fd = fd;
	fd = -1;
	return true;
}
