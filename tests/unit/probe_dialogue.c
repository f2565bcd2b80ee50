/* SPDX-License-Identifier: MPL-2.0 */
/* The STARTTLS dialogues against servers that follow a script: good ones, and every kind of bad. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/limits.h"
#include "core/probe_internal.h"

/* What a dialogue may take here, and what it may take at most with everything around it. */
#define LIMIT_MS 400
#define FLOOD_MS 2000 /* until a limit of bytes is reached, beside other work */
#define BOUND_MS 2500

/* ---- a server that follows a script --------------------------------------------------------- */

struct beat {
	enum { END, SAY, HEAR, DRIP, FLOOD, WAIT } what;
	const char *bytes;
	size_t size;
};
#define SAYS(text)                                                                                 \
	{                                                                                          \
		SAY, text, sizeof(text) - 1                                                        \
	}
#define HEARS(text)                                                                                \
	{                                                                                          \
		HEAR, text, sizeof(text) - 1                                                       \
	}
#define DRIPS(text)                                                                                \
	{                                                                                          \
		DRIP, text, sizeof(text) - 1                                                       \
	}
#define FLOODS(text)                                                                               \
	{                                                                                          \
		FLOOD, text, sizeof(text) - 1                                                      \
	}
#define WAITS                                                                                      \
	{                                                                                          \
		WAIT, "", 0                                                                        \
	}
#define MAX_BEATS 8

static void
say(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent <= 0)
			_exit(0);
		bytes += sent;
		size -= (size_t)sent;
	}
}

/* Read until what was wanted has come; something else is the client's mistake. */
static void
hear(int fd, const char *wanted, size_t size)
{
	char heard[8192];
	size_t have = 0;

	while (have < size || !memmem(heard, have, wanted, size)) {
		ssize_t got =
		    have < sizeof heard ? recv(fd, heard + have, sizeof heard - have, 0) : 0;
		if (got <= 0)
			_exit(42);
		have += (size_t)got;
	}
}

static void
serve(int fd, const struct beat *beats)
{
	for (; beats->what != END; beats++)
		switch (beats->what) {
		case SAY:
			say(fd, beats->bytes, beats->size);
			break;
		case HEAR:
			hear(fd, beats->bytes, beats->size);
			break;
		case DRIP:
			for (size_t i = 0; i < beats->size; i++) {
				say(fd, beats->bytes + i, 1);
				usleep(100000);
			}
			break;
		case FLOOD:
			for (;;)
				say(fd, beats->bytes, beats->size);
		case WAIT:
			sleep(10);
			break;
		default:
			break;
		}
	_exit(0);
}

struct played {
	struct trust_probe_problem problem;
	char *greeting;
	bool done;
	int64_t ms;
	int server_status;
};

static void
played_done(struct played *played)
{
	trust_probe_problem_clear(&played->problem);
	trust_free(played->greeting);
}

static void
pair(int *ret_client, int *ret_server)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	*ret_client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(*ret_client, (struct sockaddr *)&at, sizeof at), 0);
	*ret_server = accept(listener, NULL, NULL);
	assert_true(*ret_server >= 0);
	close(listener);
	assert_int_equal(fcntl(*ret_client, F_SETFL, O_NONBLOCK), 0);
}

static uint32_t limit_ms = LIMIT_MS;

static struct played
play(enum trust_starttls starttls, const struct beat *beats)
{
	struct played played = { .problem = { .phase = TRUST_PROBE_DIALOGUE } };
	struct trust_probe_stream stream;
	int64_t began = trust_monotonic_ms();
	int client;
	int server;

	pair(&client, &server);
	pid_t pid = fork();
	if (pid == 0) {
		close(client);
		serve(server, beats);
	}
	close(server);
	trust_probe_stream_init(
	    &stream, client, limit_ms, INT64_MAX, TRUST_MAX_PROBE_DIALOGUE_BYTES);
	played.done = trust_probe_dialogue(
	    &stream, starttls, "mail.example.com", &played.greeting, &played.problem);
	played.ms = trust_monotonic_ms() - began;
	close(client);
	/* One that waits or floods is done with; a good one ends by itself. */
	if (!played.done)
		kill(pid, SIGKILL);
	waitpid(pid, &played.server_status, 0);
	return played;
}

/* ---- single scripts ------------------------------------------------------------------------- */

#define LDAP_OK "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
/* As Active Directory writes lengths. */
#define LDAP_OK_LONG                                                                               \
	"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"
#define LDAP_NO "\x30\x11\x02\x01\x01\x78\x0c\x0a\x01\x34\x04\x00\x04\x05no \x1b!"
#define XMPP_FEATURES                                                                              \
	"<?xml version='1.0'?><stream:stream id='1' from='mail.example.com' version='1.0'>"        \
	"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"           \
	"</starttls></stream:features>"
#define MYSQL_GREETING(low, high)                                                                  \
	"\x4a\x00\x00\x00\x0a"                                                                     \
	"8.0.36\x00"                                                                               \
	"\x01\x00\x00\x00"                                                                         \
	"abcdefgh\x00" low high "\x21\x02\x00\xff\xdf\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" \
	"ijklmnopqrst\x00"                                                                         \
	"caching_sha2_password\x00"

static const struct {
	const char *sentence;
	enum trust_starttls starttls;
	struct beat beats[MAX_BEATS];
	enum trust_probe_cause want;
	const char *want_words;    /* in the message; NULL: any */
	const char *want_greeting; /* NULL: any */
} scripts[] = {
	{ .sentence = "IMAP goes ahead",
	    .starttls = TRUST_STARTTLS_IMAP,
	    .beats = { SAYS("* OK Dovecot ready\r\n"), HEARS("STARTTLS\r\n"),
		SAYS("a1 OK Begin TLS\r\n") },
	    .want_greeting = "* OK Dovecot ready" },
	{ .sentence =
		"IMAP goes ahead behind untagged lines, in small letters, with bare line feeds",
	    .starttls = TRUST_STARTTLS_IMAP,
	    .beats = { SAYS("* ok hi\n"), HEARS("STARTTLS"),
		SAYS("* CAPABILITY IMAP4rev1\n* 0 EXISTS\na1 ok\n") } },
	{ .sentence = "POP3 goes ahead",
	    .starttls = TRUST_STARTTLS_POP3,
	    .beats = { SAYS("+OK ready <1@x>\r\n"), HEARS("STLS\r\n"), SAYS("+OK\r\n") } },
	{ .sentence = "SMTP goes ahead behind a greeting of several lines",
	    .starttls = TRUST_STARTTLS_SMTP,
	    .beats = { SAYS("220-mail.example.com\r\n220 ESMTP\r\n"), HEARS("EHLO [127.0.0.1]\r\n"),
		SAYS("250-mail.example.com\r\n250-PIPELINING\r\n250 STARTTLS\r\n"),
		HEARS("STARTTLS\r\n"), SAYS("220 2.0.0 go\r\n") } },
	{ .sentence = "mail submission goes ahead though the reply comes in pieces",
	    .starttls = TRUST_STARTTLS_SUBMISSION,
	    .beats = { SAYS("220 x\r\n"), HEARS("EHLO"), SAYS("250-x\r\n250-START"),
		SAYS("TLS\r\n250 SIZE\r\n"), HEARS("STARTTLS"), SAYS("220 go\r\n") } },
	{ .sentence = "LMTP says LHLO",
	    .starttls = TRUST_STARTTLS_LMTP,
	    .beats = { SAYS("220 x LMTP\r\n"), HEARS("LHLO "), SAYS("250-x\r\n250 STARTTLS\r\n"),
		HEARS("STARTTLS"), SAYS("220 go\r\n") } },
	{ .sentence = "FTP goes ahead behind lines without a number",
	    .starttls = TRUST_STARTTLS_FTP,
	    .beats = { SAYS("220-Welcome\r\n  to 220 files\r\n220 ready\r\n"),
		HEARS("AUTH TLS\r\n"), SAYS("234 go\r\n") } },
	{ .sentence = "LDAP goes ahead",
	    .starttls = TRUST_STARTTLS_LDAP,
	    .beats = { HEARS("1.3.6.1.4.1.1466.20037"), SAYS(LDAP_OK) } },
	{ .sentence = "LDAP goes ahead in the long lengths of Active Directory",
	    .starttls = TRUST_STARTTLS_LDAP,
	    .beats = { HEARS("1.3.6.1.4.1.1466.20037"), SAYS(LDAP_OK_LONG) } },
	{ .sentence = "XMPP goes ahead",
	    .starttls = TRUST_STARTTLS_XMPP,
	    .beats = { HEARS("to='mail.example.com'"), SAYS(XMPP_FEATURES), HEARS("<starttls "),
		SAYS("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>") } },
	{ .sentence = "PostgreSQL goes ahead",
	    .starttls = TRUST_STARTTLS_POSTGRES,
	    .beats = { HEARS("\x00\x00\x00\x08\x04\xd2\x16\x2f"), SAYS("S") } },
	{ .sentence = "MySQL goes ahead",
	    .starttls = TRUST_STARTTLS_MYSQL,
	    .beats = { SAYS(MYSQL_GREETING("\xff", "\xff")), HEARS("\x20\x00\x00\x01") },
	    .want_greeting = "8.0.36" },

	{ .sentence = "IMAP says BYE at once",
	    .starttls = TRUST_STARTTLS_IMAP,
	    .beats = { SAYS("* BYE too many connections\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "the greeting is '* BYE too many connections'" },
	{ .sentence = "IMAP is authenticated already",
	    .starttls = TRUST_STARTTLS_IMAP,
	    .beats = { SAYS("* PREAUTH hi\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "PREAUTH" },
	{ .sentence = "IMAP refuses STARTTLS in words with an escape sequence",
	    .starttls = TRUST_STARTTLS_IMAP,
	    .beats = { SAYS("* OK hi\r\n"), HEARS("STARTTLS"),
		SAYS("a1 BAD \x1b[31mno TLS here\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "the reply to STARTTLS is 'a1 BAD \\x1b[31mno TLS here'" },
	{ .sentence = "POP3 refuses STLS",
	    .starttls = TRUST_STARTTLS_POP3,
	    .beats = { SAYS("+OK\r\n"), HEARS("STLS"), SAYS("-ERR unknown command\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "the reply to STLS is '-ERR unknown command'" },
	{ .sentence = "SMTP does not list STARTTLS",
	    .starttls = TRUST_STARTTLS_SMTP,
	    .beats = { SAYS("220 x\r\n"), HEARS("EHLO"),
		SAYS("250-x\r\n250-AUTH XSTARTTLS\r\n250 SIZE\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "does not offer STARTTLS" },
	{ .sentence = "SMTP lists STARTTLS and refuses it",
	    .starttls = TRUST_STARTTLS_SMTP,
	    .beats = { SAYS("220 x\r\n"), HEARS("EHLO"), SAYS("250 STARTTLS\r\n"),
		HEARS("STARTTLS"), SAYS("454 4.7.0 TLS not available\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "'454 4.7.0 TLS not available'" },
	{ .sentence = "SMTP rejects the client at once",
	    .starttls = TRUST_STARTTLS_SMTP,
	    .beats = { SAYS("554 go away\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "the greeting is '554 go away'" },
	{ .sentence = "FTP does not know AUTH",
	    .starttls = TRUST_STARTTLS_FTP,
	    .beats = { SAYS("220 x\r\n"), HEARS("AUTH"), SAYS("500 what?\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "the reply to AUTH TLS is '500 what?'" },
	{ .sentence = "LDAP refuses, in words with an escape",
	    .starttls = TRUST_STARTTLS_LDAP,
	    .beats = { HEARS("20037"), SAYS(LDAP_NO), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "'no \\x1b! (result code 52)'" },
	{ .sentence = "LDAP announces 2 GB",
	    .starttls = TRUST_STARTTLS_LDAP,
	    .beats = { HEARS("20037"), SAYS("\x30\x84\x7f\xff\xff\xff"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_ENDLESS },
	{ .sentence = "LDAP answers with lengths that lie",
	    .starttls = TRUST_STARTTLS_LDAP,
	    .beats = { HEARS("20037"), SAYS("\x30\x05\x02\x7f\x01\x78\x07"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_GARBAGE },
	{ .sentence = "XMPP does not offer STARTTLS",
	    .starttls = TRUST_STARTTLS_XMPP,
	    .beats = { HEARS("<stream:stream"), SAYS("<stream:stream><stream:features/>"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "does not offer STARTTLS" },
	{ .sentence = "XMPP does not know the host",
	    .starttls = TRUST_STARTTLS_XMPP,
	    .beats = { HEARS("<stream:stream"),
		SAYS("<stream:stream><stream:error><host-unknown/></stream:error>"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "host-unknown" },
	{ .sentence = "XMPP fails the start",
	    .starttls = TRUST_STARTTLS_XMPP,
	    .beats = { HEARS("<stream:stream"), SAYS(XMPP_FEATURES), HEARS("<starttls"),
		SAYS("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "<failure" },
	{ .sentence = "PostgreSQL has no TLS",
	    .starttls = TRUST_STARTTLS_POSTGRES,
	    .beats = { HEARS("\xd2\x16\x2f"), SAYS("N"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "does not offer TLS" },
	{ .sentence = "PostgreSQL answers with an error",
	    .starttls = TRUST_STARTTLS_POSTGRES,
	    .beats = { HEARS("\xd2\x16\x2f"), SAYS("E\x00\x00\x00\x16SFATAL\x00MToo many\x00\x00"),
		WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "'Too many'" },
	{ .sentence = "MySQL has no TLS",
	    .starttls = TRUST_STARTTLS_MYSQL,
	    .beats = { SAYS(MYSQL_GREETING("\xff", "\xf7")), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "does not offer TLS" },
	{ .sentence = "MySQL does not allow the host",
	    .starttls = TRUST_STARTTLS_MYSQL,
	    .beats = { SAYS("\x10\x00\x00\x00\xff\x6a\x04Host blocked!"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_REFUSED,
	    .want_words = "'Host blocked!'" },

	{ .sentence = "IMAP: a reply in plain text lies behind the go-ahead",
	    .starttls = TRUST_STARTTLS_IMAP,
	    .beats = { SAYS("* OK hi\r\n"), HEARS("STARTTLS"),
		SAYS("a1 OK go\r\n* PREAUTH pwned\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_INJECTION,
	    .want_words = "tampering" },
	{ .sentence = "SMTP: a reply in plain text lies behind the go-ahead",
	    .starttls = TRUST_STARTTLS_SMTP,
	    .beats = { SAYS("220 x\r\n"), HEARS("EHLO"), SAYS("250 STARTTLS\r\n"),
		HEARS("STARTTLS"), SAYS("220 go\r\n250 x\r\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_INJECTION },
	{ .sentence = "PostgreSQL: bytes lie behind the go-ahead (CVE-2021-23222)",
	    .starttls = TRUST_STARTTLS_POSTGRES,
	    .beats = { HEARS("\xd2\x16\x2f"), SAYS("SR"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_INJECTION },
	{ .sentence = "LDAP: bytes lie behind the go-ahead",
	    .starttls = TRUST_STARTTLS_LDAP,
	    .beats = { HEARS("20037"), SAYS(LDAP_OK "\x30"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_INJECTION },
	{ .sentence = "XMPP: a line feed behind the go-ahead is data too",
	    .starttls = TRUST_STARTTLS_XMPP,
	    .beats = { HEARS("<stream:stream"), SAYS(XMPP_FEATURES), HEARS("<starttls"),
		SAYS("<proceed/>\n"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_INJECTION },
	{ .sentence = "MySQL: bytes lie behind the greeting",
	    .starttls = TRUST_STARTTLS_MYSQL,
	    .beats = { SAYS(MYSQL_GREETING("\xff", "\xff") "\x16\x03"), WAITS },
	    .want = TRUST_PROBE_STARTTLS_INJECTION },
};

static void
each_script_ends_as_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(scripts); i++) {
		struct played played = play(scripts[i].starttls, scripts[i].beats);
		const char *message = played.problem.message ? played.problem.message : "";
		const char *words = scripts[i].want_words ? scripts[i].want_words : "";

		if (played.problem.cause != scripts[i].want || !strstr(message, words))
			fail_msg("%s: %s: %s", scripts[i].sentence,
			    trust_probe_cause_id(played.problem.cause), message);
		assert_int_equal(played.done, scripts[i].want == TRUST_PROBE_NONE);
		if (played.done && played.server_status != 0)
			fail_msg("%s: the client said something else", scripts[i].sentence);
		if (scripts[i].want_greeting)
			assert_string_equal(played.greeting, scripts[i].want_greeting);
		assert_in_range(played.ms, 0, BOUND_MS);
		played_done(&played);
	}
}

/* ---- every protocol, every fault ------------------------------------------------------------ */

#define EACH(protocol)                                                                             \
	for (enum trust_starttls protocol = TRUST_STARTTLS_IMAP; protocol < TRUST_STARTTLS_COUNT;  \
	     protocol++)

static void
expect_cause(enum trust_starttls starttls, const struct beat *beats, uint64_t wanted)
{
	struct played played = play(starttls, beats);

	assert_false(played.done);
	if (!(wanted >> played.problem.cause & 1))
		fail_msg("%s: %s: %s", trust_starttls_name(starttls),
		    trust_probe_cause_id(played.problem.cause), played.problem.message);
	/* The step is named. */
	if (!strstr(played.problem.message, "the greeting") &&
	    !strstr(played.problem.message, "the reply to") &&
	    !strstr(played.problem.message, "the stream's features"))
		fail_msg("%s", played.problem.message);
	assert_in_range(played.ms, 0, BOUND_MS);
	played_done(&played);
}
#define ONE(cause) (UINT64_C(1) << TRUST_PROBE_STARTTLS_##cause)

static void
a_silent_server_ends_in_time(void **state)
{
	static const struct beat beats[] = { WAITS, { END, "", 0 } };
	(void)state;
	EACH(protocol)
	expect_cause(protocol, beats, ONE(SILENT));
}

static void
a_server_that_hangs_up_is_told(void **state)
{
	static const struct beat beats[] = { { END, "", 0 } };
	(void)state;
	EACH(protocol)
	expect_cause(protocol, beats, ONE(CLOSED));
}

static void
a_server_of_one_byte_at_a_time_ends_in_time(void **state)
{
	static const struct beat lines[] = { DRIPS("220 * OK a greeting that takes long\r\n"),
		WAITS };
	static const struct beat imap[] = { DRIPS("* OK a greeting that takes long\r\n"), WAITS };
	static const struct beat pop3[] = { DRIPS("+OK a greeting that takes long\r\n"), WAITS };
	static const struct beat ldap[] = { DRIPS("\x30\x20\x02\x01\x01\x78\x07\x0a\x01"), WAITS };
	static const struct beat xmpp[] = { DRIPS("<stream:stream xmlns='jabber'>"), WAITS };
	static const struct beat postgres[] = { DRIPS("E\x00\x00\x00\x17SFATAL"), WAITS };
	static const struct beat mysql[] = { DRIPS("\x4a\x00\x00\x00\x0a 8.0.36"), WAITS };
	static const struct beat *const each[TRUST_STARTTLS_COUNT] = { NULL, imap, pop3, lines,
		lines, lines, ldap, lines, xmpp, postgres, mysql };
	(void)state;
	EACH(protocol)
	expect_cause(protocol, each[protocol], ONE(SLOW));
}

static void
an_endless_line_ends_in_time(void **state)
{
	static const struct beat beats[] = { FLOODS(
	    "2222 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") };
	(void)state;
	EACH(protocol)
	expect_cause(protocol, beats, ONE(ENDLESS) | ONE(GARBAGE));
}

static void
endless_replies_end_in_time(void **state)
{
	static const struct beat numbers[] = { FLOODS("220-more\r\n") };
	static const struct beat imap[] = { SAYS("* OK hi\r\n"), FLOODS("* OK more\r\n") };
	static const struct beat xmpp[] = { FLOODS("<stream:x>") };
	(void)state;
	limit_ms = FLOOD_MS;
	expect_cause(TRUST_STARTTLS_SMTP, numbers, ONE(ENDLESS));
	expect_cause(TRUST_STARTTLS_LMTP, numbers, ONE(ENDLESS));
	expect_cause(TRUST_STARTTLS_FTP, numbers, ONE(ENDLESS));
	expect_cause(TRUST_STARTTLS_IMAP, imap, ONE(ENDLESS));
	expect_cause(TRUST_STARTTLS_XMPP, xmpp, ONE(ENDLESS));
	limit_ms = LIMIT_MS;
}

static void
a_web_server_is_garbage(void **state)
{
	static const struct beat beats[] = { SAYS("HTTP/1.1 400 Bad Request\r\n\r\n"), WAITS };
	(void)state;
	EACH(protocol)
	expect_cause(protocol, beats, ONE(GARBAGE));
}

static void
random_bytes_are_garbage(void **state)
{
	static const struct beat beats[] = {
		SAYS("\xde\xad\xbe\xef\xff\xff\x00\x00\x01\x02\r\n\x9c\x9d\x9e\n"), WAITS
	};
	(void)state;
	EACH(protocol)
	expect_cause(protocol, beats, ONE(GARBAGE));
}

static void
an_alert_means_tls_from_the_first_byte(void **state)
{
	static const struct beat beats[] = { SAYS("\x15\x03\x01\x00\x02\x02\x46"), { END, "", 0 } };
	static const enum trust_starttls lines[] = { TRUST_STARTTLS_IMAP, TRUST_STARTTLS_POP3,
		TRUST_STARTTLS_SMTP, TRUST_STARTTLS_SUBMISSION, TRUST_STARTTLS_LMTP,
		TRUST_STARTTLS_FTP, TRUST_STARTTLS_POSTGRES };
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(lines); i++) {
		struct played played = play(lines[i], beats);
		assert_int_equal(played.problem.cause, TRUST_PROBE_STARTTLS_IMPLICIT);
		assert_string_equal(played.problem.hint, "try --starttls none");
		played_done(&played);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_script_ends_as_it_must),
		cmocka_unit_test(a_silent_server_ends_in_time),
		cmocka_unit_test(a_server_that_hangs_up_is_told),
		cmocka_unit_test(a_server_of_one_byte_at_a_time_ends_in_time),
		cmocka_unit_test(an_endless_line_ends_in_time),
		cmocka_unit_test(endless_replies_end_in_time),
		cmocka_unit_test(a_web_server_is_garbage),
		cmocka_unit_test(random_bytes_are_garbage),
		cmocka_unit_test(an_alert_means_tls_from_the_first_byte),
	};
	return cmocka_run_group_tests_name("probe_dialogue", tests, NULL, NULL);
}
