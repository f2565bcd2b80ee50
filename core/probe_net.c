/* SPDX-License-Identifier: MPL-2.0 */
/* Names to addresses within a time limit, connections, and reading and writing with a deadline. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/probe_internal.h"

int64_t
trust_probe_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False: the deadline came first. */
static bool
wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = fd, .events = events };
		int64_t left = deadline - trust_probe_now();
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
	int64_t own = trust_probe_now() + limit_ms;

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

struct resolved { /* what the child hands over, in one write */
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

/* The child of the process that resolves. It keeps no descriptor but its own, so that nobody waits
 * for its end in place of the worker's. */
static void
resolve_in_child(
    const char *host, uint16_t port, unsigned ip_version, trust_probe_resolver resolver, int fd)
{
	static struct resolved answer;
	struct addrinfo *list = NULL;
	struct addrinfo hints = {
		.ai_family = ip_version == 4 ? AF_INET
		    : ip_version == 6        ? AF_INET6
					     : AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	char service[8];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd > 3)
		close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0U, 0);
	snprintf(service, sizeof service, "%u", (unsigned)port);
	answer.code = resolver(host, service, &hints, &list);
	if (answer.code == 0)
		copy_addresses(list, &answer.addresses);
	const uint8_t *at = (const uint8_t *)&answer;
	size_t left = sizeof answer;
	while (left > 0) {
		ssize_t sent = write(fd, at, left);
		if (sent <= 0)
			_exit(1);
		at += sent;
		left -= (size_t)sent;
	}
	_exit(0);
}

/* Wait for the child's answer, then make sure it is gone. */
static bool
await_answer(pid_t pid, int fd, int64_t deadline, struct resolved *ret_answer, bool *ret_timed_out)
{
	uint8_t *at = (uint8_t *)ret_answer;
	size_t left = sizeof *ret_answer;

	*ret_timed_out = false;
	while (left > 0) {
		if (!wait_for(fd, POLLIN, deadline)) {
			*ret_timed_out = true;
			break;
		}
		ssize_t got = read(fd, at, left);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		at += got;
		left -= (size_t)got;
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return left == 0;
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
	struct resolved answer = { 0 };
	int64_t deadline = trust_probe_now() + limit_ms;
	bool timed_out = false;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return trust_probe_fail(
		    problem, TRUST_PROBE_LOCAL, "cannot make a pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0)
		resolve_in_child(
		    host, port, ip_version, resolver ? resolver : getaddrinfo, ends[1]);
	int cause = errno;
	close(ends[1]);
	bool answered = pid > 0 && await_answer(pid, ends[0], deadline, &answer, &timed_out);
	close(ends[0]);
	if (pid < 0)
		return trust_probe_fail(
		    problem, TRUST_PROBE_LOCAL, "cannot start a process: %s", strerror(cause));
	if (timed_out) {
		trust_probe_fail(problem, TRUST_PROBE_NAME_TIMEOUT,
		    "cannot resolve '%s': no answer within %.1f s", host, limit_ms / 1000.0);
		return trust_probe_hint(problem, "check this machine's name servers");
	}
	if (!answered)
		return trust_probe_fail(problem, TRUST_PROBE_NAME_FAILED,
		    "cannot resolve '%s': the resolver died", host);
	if (answer.code != 0)
		return name_failed(answer.code, host, ip_version, problem);
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
	int64_t deadline = trust_probe_now() + limit_ms;
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
