/* SPDX-License-Identifier: MPL-2.0 */
/* The STARTTLS dialogues that go line by line (IMAP, POP3, SMTP and its kin, FTP), and what all
 * dialogues share. Read byte by byte, so that nothing behind the go-ahead is taken from TLS. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/probe_internal.h"

/* RFC 5321 allows 512 bytes, IMAP servers list their capabilities in a greeting of a few
 * hundred. */
#define MAX_LINE 8192
/* EHLO answers have about 15 lines; IMAP servers may say things unasked. */
#define MAX_LINES 100
/* What a message repeats of what a server said. */
#define QUOTED 120

/* ---- how dialogues fail -------------------------------------------------------------------- */

bool
trust_probe_dialogue_ended(struct trust_probe_dialogue *dialogue)
{
	const struct trust_probe_stream *stream = dialogue->stream;
	double seconds = stream->limit_ms / 1000.0;

	switch (stream->end) {
	case PROBE_TIMED_OUT:
		if (stream->received > 0)
			return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_SLOW,
			    "the %s server did not finish %s within %.1f s (%zu bytes came)",
			    dialogue->name, dialogue->step, seconds, stream->received);
		trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_SILENT,
		    "waited %.1f s for %s of the %s server, nothing came", seconds, dialogue->step,
		    dialogue->name);
		return trust_probe_hint(dialogue->problem,
		    "a server that expects TLS from the first byte says "
		    "nothing: try --starttls none");
	case PROBE_TOO_MUCH:
		return trust_probe_dialogue_endless(dialogue);
	default:
		return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_CLOSED,
		    "the %s server hung up before %s was complete%s%s", dialogue->name,
		    dialogue->step, stream->cause ? ": " : "",
		    stream->cause ? strerror(stream->cause) : "");
	}
}

bool
trust_probe_dialogue_garbage(struct trust_probe_dialogue *dialogue, const void *said, size_t size)
{
	const uint8_t *bytes = said;

	/* An alert (21) or a handshake record (22) of version 3.x. */
	if (size >= 2 && (bytes[0] == 21 || bytes[0] == 22) && bytes[1] == 3) {
		trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_IMPLICIT,
		    "waited for %s of the %s server, but it speaks TLS from the first byte",
		    dialogue->step, dialogue->name);
		return trust_probe_hint(dialogue->problem, "try --starttls none");
	}
	TRUST_AUTO_FREE char *quoted = trust_probe_quote(said, size, QUOTED);
	return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_GARBAGE,
	    "waited for %s of the %s server, but '%s' came", dialogue->step, dialogue->name,
	    quoted);
}

bool
trust_probe_dialogue_refused(struct trust_probe_dialogue *dialogue, const void *said, size_t size)
{
	TRUST_AUTO_FREE char *quoted = trust_probe_quote(said, size, QUOTED);
	return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_REFUSED,
	    "the %s server refused; %s is '%s'", dialogue->name, dialogue->step, quoted);
}

bool
trust_probe_dialogue_endless(struct trust_probe_dialogue *dialogue)
{
	return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_ENDLESS,
	    "%s of the %s server has no end: gave up after %zu bytes", dialogue->step,
	    dialogue->name, dialogue->stream->received);
}

bool
trust_probe_dialogue_send(struct trust_probe_dialogue *dialogue, const void *data, size_t size)
{
	return trust_probe_stream_write(dialogue->stream, data, size) ||
	    trust_probe_dialogue_ended(dialogue);
}

void
trust_probe_dialogue_greeted(struct trust_probe_dialogue *dialogue, const void *said, size_t size)
{
	if (!*dialogue->greeting)
		*dialogue->greeting = trust_probe_quote(said, size, 512);
}

/* ---- lines --------------------------------------------------------------------------------- */

struct line {
	char text[MAX_LINE + 1]; /* with its line feed, NUL-terminated; may hold other NULs */
	size_t size;
};

static bool
read_line(struct trust_probe_dialogue *dialogue, struct line *line)
{
	line->size = 0;
	for (;;) {
		char byte;
		if (line->size == MAX_LINE)
			return trust_probe_dialogue_endless(dialogue);
		if (trust_probe_stream_read(dialogue->stream, &byte, 1) == 0) {
			/* A server of another protocol waits for us behind a few bytes. */
			bool tls = line->size >= 2 && line->text[1] == 3;
			if (tls && (line->text[0] == 21 || line->text[0] == 22))
				return trust_probe_dialogue_garbage(
				    dialogue, line->text, line->size);
			return trust_probe_dialogue_ended(dialogue);
		}
		line->text[line->size++] = byte;
		line->text[line->size] = '\0';
		if (byte == '\n')
			break;
	}
	trust_probe_dialogue_greeted(dialogue, line->text, line->size);
	return true;
}

static bool
starts(const struct line *line, const char *word)
{
	return strncasecmp(line->text, word, strlen(word)) == 0;
}

static bool
say(struct trust_probe_dialogue *dialogue, const char *text, const char *answer)
{
	dialogue->step = answer;
	return trust_probe_dialogue_send(dialogue, text, strlen(text));
}

/* ---- IMAP (RFC 9051 section 6.2.1) and POP3 (RFC 2595 section 4) ---------------------------- */

static bool
imap(struct trust_probe_dialogue *dialogue)
{
	static struct line line;

	dialogue->step = "the greeting";
	if (!read_line(dialogue, &line))
		return false;
	/* After PREAUTH, STARTTLS is not allowed any more. */
	if (starts(&line, "* BYE") || starts(&line, "* PREAUTH"))
		return trust_probe_dialogue_refused(dialogue, line.text, line.size);
	if (!starts(&line, "* OK"))
		return trust_probe_dialogue_garbage(dialogue, line.text, line.size);
	if (!say(dialogue, "a1 STARTTLS\r\n", "the reply to STARTTLS"))
		return false;
	for (int i = 0; i < MAX_LINES; i++) {
		if (!read_line(dialogue, &line))
			return false;
		if (starts(&line, "a1 OK"))
			return true;
		if (starts(&line, "a1 ") || starts(&line, "* BYE"))
			return trust_probe_dialogue_refused(dialogue, line.text, line.size);
		if (!starts(&line, "* "))
			return trust_probe_dialogue_garbage(dialogue, line.text, line.size);
	}
	return trust_probe_dialogue_endless(dialogue);
}

static bool
pop3(struct trust_probe_dialogue *dialogue)
{
	static struct line line;

	dialogue->step = "the greeting";
	for (int turn = 0; turn < 2; turn++) {
		if (!read_line(dialogue, &line))
			return false;
		if (starts(&line, "-ERR"))
			return trust_probe_dialogue_refused(dialogue, line.text, line.size);
		if (!starts(&line, "+OK"))
			return trust_probe_dialogue_garbage(dialogue, line.text, line.size);
		if (turn == 0 && !say(dialogue, "STLS\r\n", "the reply to STLS"))
			return false;
	}
	return true;
}

/* ---- replies with numbers: SMTP, LMTP, FTP -------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One reply of one or more lines ("250-...", "250 ..."). offers: a word to look for at the start of
 * a line's text, or NULL. The last line stays in *line. */
static bool
read_reply(struct trust_probe_dialogue *dialogue, struct line *line, const char *offers,
    unsigned *ret_code, bool *ret_offered)
{
	*ret_offered = false;
	char first[4] = "";

	for (int i = 0; i < MAX_LINES; i++) {
		if (!read_line(dialogue, line))
			return false;
		const char *t = line->text;
		bool coded = is_digit(t[0]) && is_digit(t[1]) && is_digit(t[2]);
		/* Inside a reply, FTP allows lines without a number (RFC 959 section 4.2). */
		bool inside = first[0] && dialogue->name[0] == 'F';
		if (!coded && !inside)
			return trust_probe_dialogue_garbage(dialogue, line->text, line->size);
		if (!coded)
			continue;
		bool last = t[3] == ' ' || t[3] == '\r' || t[3] == '\n';
		if (!last && t[3] != '-' && !inside)
			return trust_probe_dialogue_garbage(dialogue, line->text, line->size);
		if (offers && t[3] && strncasecmp(t + 4, offers, strlen(offers)) == 0)
			*ret_offered = true;
		if (!first[0])
			memcpy(first, t, 3);
		if (last && memcmp(first, t, 3) == 0) {
			*ret_code = (unsigned)strtoul(first, NULL, 10);
			return true;
		}
	}
	return trust_probe_dialogue_endless(dialogue);
}

/* A reply with exactly this code, or the dialogue ends. */
static bool
expect(
    struct trust_probe_dialogue *dialogue, unsigned wanted, const char *offers, bool *ret_offered)
{
	static struct line line;
	unsigned code = 0;

	if (!read_reply(dialogue, &line, offers, &code, ret_offered))
		return false;
	return code == wanted || trust_probe_dialogue_refused(dialogue, line.text, line.size);
}

/* How we name ourselves: our end's address as a literal (RFC 5321 section 4.1.3), since a name
 * might be one that does not resolve. */
static char *
greeting_to(int fd, const char *verb)
{
	struct sockaddr_storage at = { 0 };
	socklen_t size = sizeof at;
	char text[INET6_ADDRSTRLEN];

	if (getsockname(fd, (struct sockaddr *)&at, &size) == 0) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)&at;
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&at;
		if (at.ss_family == AF_INET && inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text))
			return trust_printf("%s [%s]\r\n", verb, text);
		if (at.ss_family == AF_INET6 &&
		    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text))
			return trust_printf("%s [IPv6:%s]\r\n", verb, text);
	}
	return trust_printf("%s [127.0.0.1]\r\n", verb);
}

/* RFC 3207 section 4 */
static bool
smtp(struct trust_probe_dialogue *dialogue, const char *verb)
{
	TRUST_AUTO_FREE char *hello = greeting_to(dialogue->stream->fd, verb);
	bool offered = false;

	dialogue->step = "the greeting";
	if (!expect(dialogue, 220, NULL, &offered) ||
	    !say(dialogue, hello, verb[0] == 'L' ? "the reply to LHLO" : "the reply to EHLO") ||
	    !expect(dialogue, 250, "STARTTLS", &offered))
		return false;
	if (!offered)
		return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_REFUSED,
		    "the %s server does not offer STARTTLS", dialogue->name);
	return say(dialogue, "STARTTLS\r\n", "the reply to STARTTLS") &&
	    expect(dialogue, 220, NULL, &offered);
}

/* RFC 4217 section 4 */
static bool
ftp(struct trust_probe_dialogue *dialogue)
{
	bool offered;

	dialogue->step = "the greeting";
	return expect(dialogue, 220, NULL, &offered) &&
	    say(dialogue, "AUTH TLS\r\n", "the reply to AUTH TLS") &&
	    expect(dialogue, 234, NULL, &offered);
}

static bool
smtp_dialogue(struct trust_probe_dialogue *dialogue)
{
	return smtp(dialogue, "EHLO");
}

static bool
lmtp_dialogue(struct trust_probe_dialogue *dialogue)
{
	return smtp(dialogue, "LHLO");
}

/* ---- all of them --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool (*run)(struct trust_probe_dialogue *dialogue);
} dialogues[TRUST_STARTTLS_COUNT] = {
	[TRUST_STARTTLS_IMAP] = { "IMAP", imap },
	[TRUST_STARTTLS_POP3] = { "POP3", pop3 },
	[TRUST_STARTTLS_SMTP] = { "SMTP", smtp_dialogue },
	[TRUST_STARTTLS_SUBMISSION] = { "mail submission", smtp_dialogue },
	[TRUST_STARTTLS_LMTP] = { "LMTP", lmtp_dialogue },
	[TRUST_STARTTLS_LDAP] = { "LDAP", trust_probe_dialogue_ldap },
	[TRUST_STARTTLS_FTP] = { "FTP", ftp },
	[TRUST_STARTTLS_XMPP] = { "XMPP", trust_probe_dialogue_xmpp },
	[TRUST_STARTTLS_POSTGRES] = { "PostgreSQL", trust_probe_dialogue_postgres },
	[TRUST_STARTTLS_MYSQL] = { "MySQL", trust_probe_dialogue_mysql },
};

bool
trust_probe_dialogue(struct trust_probe_stream *stream, enum trust_starttls starttls,
    const char *host, char **greeting, struct trust_probe_problem *problem)
{
	struct trust_probe_dialogue dialogue = {
		.stream = stream,
		.host = host,
		.name = dialogues[starttls].name,
		.greeting = greeting,
		.problem = problem,
	};

	if (!dialogues[starttls].run)
		return true;
	if (!dialogues[starttls].run(&dialogue))
		return false;
	/* A man in the middle could put commands or replies before the handshake that a client then
	 * takes for protected ones (RFC 3207 section 6, CVE-2011-0411, CVE-2021-33515). */
	if (trust_probe_stream_pending(stream))
		return trust_probe_fail(problem, TRUST_PROBE_STARTTLS_INJECTION,
		    "the %s server sent more in plain text behind its go-ahead for TLS: somebody "
		    "may be tampering with the connection",
		    dialogue.name);
	return true;
}
