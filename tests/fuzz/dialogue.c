/* SPDX-License-Identifier: MPL-2.0 */
/* What a server says before STARTTLS: core/probe_dialogue.c, probe_binary.c. The first byte chooses
 * the protocol, the others are all that the server will ever say. */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/probe_internal.h"
#include "core/text.h"
#include "tests/fuzz/fuzz.h"

#define LIMIT_MS 60000
#define MOST 65536

static bool
is_plain(const char *text)
{
	return !text || trust_text_is_plain(text, strlen(text));
}

static void
check(bool done, const struct trust_probe_stream *stream, const char *greeting,
    const struct trust_probe_problem *problem)
{
	if (done != (problem->cause == 0) || done != (problem->message == NULL))
		abort();
	if (!is_plain(greeting) || !is_plain(problem->message) || !is_plain(problem->hint))
		abort();
	/* Whoever put more behind the go-ahead must not speak for the server. */
	if (done && trust_probe_stream_pending(stream))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trust_probe_stream stream;
	struct trust_probe_problem problem = { 0 };
	TRUST_AUTO_FREE char *greeting = NULL;
	int ends[2];

	if (size < 1 || size > MOST)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 ||
	    send(ends[1], data + 1, size - 1, MSG_DONTWAIT) != (ssize_t)(size - 1) ||
	    shutdown(ends[1], SHUT_WR) != 0)
		abort();
	trust_probe_stream_init(
	    &stream, ends[0], LIMIT_MS, trust_monotonic_ms() + LIMIT_MS, MOST / 2);
	bool done =
	    trust_probe_dialogue(&stream, (enum trust_starttls)(data[0] % TRUST_STARTTLS_COUNT),
		"mail.example.com", &greeting, &problem);
	if (data[0] % TRUST_STARTTLS_COUNT != TRUST_STARTTLS_NONE)
		check(done, &stream, greeting, &problem);
	trust_probe_problem_clear(&problem);
	close(ends[0]);
	close(ends[1]);
	return 0;
}
