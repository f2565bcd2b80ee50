/* SPDX-License-Identifier: MPL-2.0 */
/* Which server a text means; names and connections within their time; HTTP heads; facts on the
 * wire. */

#include "core/probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/error.h"
#include "core/limits.h"
#include "core/probe_internal.h"
#include "core/secret.h"

/* ---- targets -------------------------------------------------------------------------------- */

#define BUECHER                                                                                    \
	"b\xc3\xbc"                                                                                \
	"cher.example"
#define GIVES(text_, host_, port_, starttls_, service_)                                            \
	.text = (text_), .want_host = (host_), .want_port = (port_),                               \
	.want_starttls = TRUST_STARTTLS_##starttls_, .want_service = (service_)

static const struct {
	const char *text;
	bool given; /* starttls was written on the command line */
	enum trust_starttls starttls;
	const char *want_host;
	uint16_t want_port;
	enum trust_starttls want_starttls;
	const char *want_service;
	const char *want_shown; /* NULL: the host */
	const char *want_path;  /* NULL: "/" */
} targets[] = {
	{ GIVES("example.com", "example.com", 443, NONE, "https") },
	{ GIVES("Example.COM.", "example.com", 443, NONE, "https") },
	{ GIVES("example.com:993", "example.com", 993, NONE, "imaps") },
	{ GIVES("example.com:995", "example.com", 995, NONE, "pop3s") },
	{ GIVES("example.com:465", "example.com", 465, NONE, "submissions") },
	{ GIVES("example.com:636", "example.com", 636, NONE, "ldaps") },
	{ GIVES("example.com:990", "example.com", 990, NONE, "ftps") },
	{ GIVES("example.com:5223", "example.com", 5223, NONE, "xmpps") },
	{ GIVES("example.com:25", "example.com", 25, SMTP, "smtp") },
	{ GIVES("example.com:587", "example.com", 587, SUBMISSION, "submission") },
	{ GIVES("example.com:143", "example.com", 143, IMAP, "imap") },
	{ GIVES("example.com:110", "example.com", 110, POP3, "pop3") },
	{ GIVES("example.com:389", "example.com", 389, LDAP, "ldap") },
	{ GIVES("example.com:21", "example.com", 21, FTP, "ftp") },
	{ GIVES("example.com:5222", "example.com", 5222, XMPP, "xmpp") },
	{ GIVES("example.com:5432", "example.com", 5432, POSTGRES, "postgres") },
	{ GIVES("example.com:3306", "example.com", 3306, MYSQL, "mysql") },
	{ GIVES("example.com:1234", "example.com", 1234, NONE, NULL) },
	{ GIVES("example.com", "example.com", 143, IMAP, "imap"), .given = true,
	    .starttls = TRUST_STARTTLS_IMAP },
	{ GIVES("example.com", "example.com", 24, LMTP, "lmtp"), .given = true,
	    .starttls = TRUST_STARTTLS_LMTP },
	{ GIVES("example.com:2525", "example.com", 2525, SMTP, "smtp"), .given = true,
	    .starttls = TRUST_STARTTLS_SMTP },
	{ GIVES("example.com:25", "example.com", 25, NONE, NULL), .given = true },
	{ GIVES("192.0.2.1:993", "192.0.2.1", 993, NONE, "imaps") },
	{ GIVES("[2001:db8::1]:25", "2001:db8::1", 25, SMTP, "smtp") },
	{ GIVES("2001:db8::1", "2001:db8::1", 443, NONE, "https") },
	{ GIVES("[::1]", "::1", 443, NONE, "https") },
	{ GIVES(BUECHER ":993", "xn--bcher-kva.example", 993, NONE, "imaps"),
	    .want_shown = BUECHER " (xn--bcher-kva.example)" },
	{ GIVES("XN--BCHER-KVA.example", "xn--bcher-kva.example", 443, NONE, "https"),
	    .want_shown = BUECHER " (xn--bcher-kva.example)" },
	{ GIVES("https://example.com/a/b?c=d#e", "example.com", 443, NONE, "https"),
	    .want_path = "/a/b?c=d" },
	{ GIVES("HTTPS://example.com:8443?x", "example.com", 8443, NONE, "https"),
	    .want_path = "/?x" },
	{ GIVES("https://example.com:9999", "example.com", 9999, NONE, "https") },
	{ GIVES("imap://mail.example.com", "mail.example.com", 143, IMAP, "imap") },
	{ GIVES("smtps://mail.example.com", "mail.example.com", 465, NONE, "submissions") },
	{ GIVES("_dmarc.example.com", "_dmarc.example.com", 443, NONE, "https") },
	{ GIVES("localhost", "localhost", 443, NONE, "https") },
};

static void
a_text_names_its_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(targets); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_probe_target) *target = NULL;
		const char *shown =
		    targets[i].want_shown ? targets[i].want_shown : targets[i].want_host;

		if (!trust_probe_target_parse(targets[i].text,
			targets[i].given ? &targets[i].starttls : NULL, &target, &error))
			fail_msg("%s: %s", targets[i].text, error.message);
		assert_string_equal(target->host, targets[i].want_host);
		assert_string_equal(target->shown, shown);
		assert_int_equal(target->port, targets[i].want_port);
		assert_int_equal(target->starttls, targets[i].want_starttls);
		assert_string_equal(
		    target->path, targets[i].want_path ? targets[i].want_path : "/");
		if (targets[i].want_service)
			assert_string_equal(target->service, targets[i].want_service);
		else
			assert_null(target->service);
	}
}

static void
what_names_no_server_is_refused(void **state)
{
	static const char *const texts[] = { "", ":443", "[]:443", "[::1", "[::1]x",
		"[example.com]:1", "example.com:", "example.com:0", "example.com:65536",
		"example.com:1e3", "example.com: 1", "example.com:99999999999999999999",
		"user@example.com", "-\x1b[31m", "a b", "a..b", ".", ".example.com", "ex ample.com",
		"example.com/path", "http://example.com", "gopher://x", "https://", "https:///x",
		"https://a/\r\nX: y", "a'b", "a<b", "x\xff\xfe", "*.example.com",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example" };
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(texts); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO(trust_probe_target) *target = NULL;
		if (trust_probe_target_parse(texts[i], NULL, &target, &error))
			fail_msg("'%s' was taken for '%s'", texts[i], target->host);
		assert_int_equal(error.code, TRUST_USAGE);
		assert_null(strpbrk(error.message, "\x1b\r\n"));
	}
}

/* ---- names and connections ------------------------------------------------------------------ */

static int
sleeping(
    const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret_list)
{
	(void)host, (void)port, (void)hints, (void)ret_list;
	sleep(30);
	return 0;
}

static int
crashing(
    const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret_list)
{
	(void)host, (void)port, (void)hints, (void)ret_list;
	_exit(9);
}

static int
plentiful(
    const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret_list)
{
	static struct sockaddr_in at = { .sin_family = AF_INET };
	static struct addrinfo list[200];

	(void)host, (void)port, (void)hints;
	for (size_t i = 0; i < TRUST_COUNT(list); i++)
		list[i] = (struct addrinfo){
			.ai_addr = (struct sockaddr *)&at,
			.ai_addrlen = sizeof at,
			.ai_next = i + 1 < TRUST_COUNT(list) ? &list[i + 1] : NULL,
		};
	*ret_list = list;
	return 0;
}

static int
failing(
    const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret_list)
{
	(void)port, (void)hints, (void)ret_list;
	return strcmp(host, "again") == 0 ? EAI_AGAIN
	    : strcmp(host, "empty") == 0  ? EAI_NODATA
					  : EAI_FAIL;
}

static enum trust_probe_cause
resolved(const char *host, unsigned ip_version, trust_probe_resolver resolver, size_t *ret_count)
{
	struct trust_probe_problem problem = { 0 };
	struct trust_probe_addresses addresses = { 0 };
	int64_t began = trust_monotonic_ms();

	bool done = trust_probe_resolve(host, 443, ip_version, 300, resolver, &addresses, &problem);
	enum trust_probe_cause cause = problem.cause;
	assert_int_equal(done, cause == TRUST_PROBE_NONE);
	assert_in_range(trust_monotonic_ms() - began, 0, 1500);
	trust_probe_problem_clear(&problem);
	*ret_count = addresses.count;
	return cause;
}

/* Says what the child of a resolver that was taken over may say, behind the resolver's back. */
static int
lying(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret_list)
{
	static struct {
		int code;
		struct trust_probe_addresses addresses;
	} answer;
	struct trust_buffer bytes = { .data = (uint8_t *)&answer, .size = sizeof answer };

	(void)port, (void)hints, (void)ret_list;
	answer.addresses.count = strcmp(host, "many") == 0 ? PROBE_MAX_ADDRESSES + 1 : 1;
	answer.addresses.list[0].size = strcmp(host, "long") == 0 ? 1000 : 16;
	struct stat status;
	/* Its own end is the later one, where sanitizers keep the other open, too. */
	for (int fd = 255; fd >= 3; fd--)
		if (fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) &&
		    trust_wire_send(fd, &bytes))
			_exit(0);
	_exit(1);
}

static void
a_resolver_is_bounded_whatever_it_does(void **state)
{
	size_t count;
	(void)state;
	assert_int_equal(resolved("x", 0, sleeping, &count), TRUST_PROBE_NAME_TIMEOUT);
	assert_int_equal(resolved("x", 0, crashing, &count), TRUST_PROBE_NAME_FAILED);
	assert_int_equal(resolved("again", 0, failing, &count), TRUST_PROBE_NAME_FAILED);
	assert_int_equal(resolved("empty", 0, failing, &count), TRUST_PROBE_NAME_NO_ADDRESS);
	assert_int_equal(resolved("x", 0, plentiful, &count), TRUST_PROBE_NONE);
	assert_int_equal(count, PROBE_MAX_ADDRESSES);
	assert_int_equal(resolved("one", 0, lying, &count), TRUST_PROBE_NONE);
	assert_int_equal(resolved("many", 0, lying, &count), TRUST_PROBE_NAME_FAILED);
	assert_int_equal(resolved("long", 0, lying, &count), TRUST_PROBE_NAME_FAILED);
	assert_int_equal(resolved("127.0.0.1", 0, NULL, &count), TRUST_PROBE_NONE);
	assert_int_equal(count, 1);
	assert_int_equal(resolved("::1", 6, NULL, &count), TRUST_PROBE_NONE);
	assert_int_not_equal(resolved("127.0.0.1", 6, NULL, &count), TRUST_PROBE_NONE);
}

static int
listening(int backlog, struct trust_probe_address *ret_address)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ret_address->size = sizeof at;
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&ret_address->at, &ret_address->size), 0);
	if (backlog >= 0)
		assert_int_equal(listen(listener, backlog), 0);
	return listener;
}

static void
a_connection_ends_by_its_true_cause(void **state)
{
	struct trust_probe_address address = { 0 };
	struct trust_probe_problem problem = { 0 };
	int fds[16];
	int count = 0;
	int fd = -1;
	(void)state;

	int listener = listening(-1, &address);
	assert_false(trust_probe_connect(&address, 300, &fd, &problem));
	assert_int_equal(problem.cause, TRUST_PROBE_CONNECT_REFUSED);
	close(listener);
	/* A full backlog: the next connection gets no answer at all. */
	listener = listening(0, &address);
	int64_t began = trust_monotonic_ms();
	while (count < 16 && trust_probe_connect(&address, 300, &fd, &problem))
		fds[count++] = fd;
	assert_in_range(count, 1, 15);
	assert_int_equal(problem.cause, TRUST_PROBE_CONNECT_TIMEOUT);
	assert_non_null(strstr(problem.message, "no answer within 0.3 s"));
	assert_in_range(trust_monotonic_ms() - began, 250, 2000);
	while (count > 0)
		close(fds[--count]);
	close(listener);
	trust_probe_problem_clear(&problem);
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

static struct trust_bytes
text_bytes(const char *text)
{
	return (struct trust_bytes){ (const uint8_t *)text, strlen(text) };
}

static void
http_done(struct trust_probe_http *http)
{
	trust_free(http->date);
	trust_free(http->location);
	trust_free(http->server);
	*http = (struct trust_probe_http){ 0 };
}

static void
an_http_head_is_read_as_far_as_it_came(void **state)
{
	static const char *const bad[] = { "SSH-2.0-OpenSSH\r\n", "HTTP/2 200\r\n", "HTTP/1.1 x",
		"HTTP/1.1 -99 x\r\n", "HTTP/1.1 +20 x", "HTTP/1.1 099 x", "HTTP/1.1 2000", "H",
		"\n\n" };
	struct trust_probe_http http = { 0 };
	(void)state;

	assert_true(trust_probe_http_read(
	    text_bytes("HTTP/1.1 302 Found\r\nDATE:  Sun, 06 Nov 1994 08:49:37 GMT\r\n"
		       "Location: http://portal.example/\x1b[31m\r\nServer: x\r\n\r\nDate: body"),
	    &http));
	assert_int_equal(http.status, 302);
	assert_int_equal(http.date_seconds, 784111777);
	assert_string_equal(http.location, "http://portal.example/\\x1b[31m");
	assert_string_equal(http.server, "x");
	http_done(&http);
	assert_true(trust_probe_http_read(text_bytes("HTTP/1.0 200"), &http));
	assert_int_equal(http.status, 200);
	assert_true(http.date_seconds == INT64_MIN);
	http_done(&http);
	assert_true(trust_probe_http_read(text_bytes("HTTP/1.1 200 OK\nDate: never\n\n"), &http));
	assert_true(http.date_seconds == INT64_MIN);
	http_done(&http);
	for (size_t i = 0; i < TRUST_COUNT(bad); i++)
		assert_false(trust_probe_http_read(text_bytes(bad[i]), &http));
	assert_false(trust_probe_http_read((struct trust_bytes){ 0 }, &http));
	TRUST_AUTO_FREE char *question = trust_probe_http_question("HEAD", "/a", "::1", 8443, 443);
	assert_non_null(strstr(question, "HEAD /a HTTP/1.1\r\nHost: [::1]:8443\r\n"));
}

#define EARLY "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"

static void
interim_answers_are_none(void **state)
{
	static const struct {
		const char *heads;
		const char *want; /* the answer in it */
		bool complete;
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", true },
		{ "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\n\n", true },
		{ "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n", false },
		{ "HTTP/1.1 101 Go\r\n\r\n", "HTTP/1.1 101 Go\r\n\r\n", true },
		{ EARLY, "", false },
		{ "HTTP/1.1 103 Early Hints\r\nLink", "", false },
		{ "HTTP/1.1 100 x\n\n" EARLY "HTTP/1.1 403 x", "HTTP/1.1 403 x", false },
		{ EARLY "HTTP/1.1 403 x\r\n\r\n" EARLY, "HTTP/1.1 403 x\r\n\r\n" EARLY, true },
		{ EARLY "SSH", "SSH", false },
		{ "", "", false },
	};
	(void)state;

	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_bytes answer = trust_probe_http_answer(text_bytes(rows[i].heads));
		assert_true(trust_bytes_equal(answer, text_bytes(rows[i].want)));
		assert_int_equal(
		    trust_probe_http_complete(text_bytes(rows[i].heads)), rows[i].complete);
	}
}

/* ---- the wire ------------------------------------------------------------------------------- */

static void
fill(struct trust_probe_facts *facts)
{
	static const uint8_t der[] = { 0x30, 0 };
	struct trust_probe_step *step = trust_probe_step_add(facts, TRUST_PROBE_CONNECT);

	step->subject = trust_strdup("192.0.2.1");
	step->words = trust_strdup("connected");
	step->ms = 12;
	facts->problem.phase = TRUST_PROBE_HANDSHAKE;
	trust_probe_fail(&facts->problem, TRUST_PROBE_TLS_ALERT, "alert");
	facts->address = trust_strdup("192.0.2.1");
	facts->greeting = trust_strdup("220 \x1b[31m"); /* a worker that was taken over */
	facts->tls.version = 0x0304;
	facts->tls.alert = 40;
	facts->tls.chain_sent = 2;
	trust_probe_blobs_add(&facts->tls.chain, (struct trust_bytes){ der, sizeof der });
	trust_probe_blobs_add(&facts->tls.ca_names, (struct trust_bytes){ der, sizeof der });
	facts->tls.client_cert = TRUST_PROBE_CLIENT_REQUIRED;
	facts->tls.asked_later = true;
	facts->offers[3] = TRUST_PROBE_OFFER_YES;
	facts->http.status = 200;
	facts->http.date_seconds = INT64_MIN;
}

static void
facts_survive_the_wire_and_damage_does_not(void **state)
{
	TRUST_AUTO(trust_probe_facts) *facts = trust_alloc(sizeof *facts);
	TRUST_AUTO_BUFFER frame;
	(void)state;

	fill(facts);
	trust_buffer_init(&frame, TRUST_MAX_WIRE_BYTES);
	trust_probe_facts_put(&frame, facts);
	struct trust_wire wire = trust_wire_init(trust_buffer_bytes(&frame));
	TRUST_AUTO(trust_probe_facts) *back = trust_probe_facts_get(&wire);
	assert_non_null(back);
	assert_int_equal(back->problem.cause, TRUST_PROBE_TLS_ALERT);
	assert_int_equal(back->steps[0].ms, 12);
	assert_string_equal(back->greeting, "220 \\x1b[31m");
	assert_int_equal(back->tls.alert, 40);
	assert_true(back->tls.asked_later);
	assert_false(back->tls.identity_shown);
	assert_int_equal(back->tls.chain.list[0].size, 2);
	assert_int_equal(back->offers[3], TRUST_PROBE_OFFER_YES);
	assert_true(back->http.date_seconds == INT64_MIN);
	for (size_t size = 0; size < frame.size; size++) {
		wire = trust_wire_init((struct trust_bytes){ frame.data, size });
		assert_null(trust_probe_facts_get(&wire));
	}
	/* Every field made huge in turn. */
	for (size_t at = 0; at < frame.size; at++) {
		uint8_t kept = frame.data[at];
		frame.data[at] = 0xff;
		wire = trust_wire_init(trust_buffer_bytes(&frame));
		trust_probe_facts_free(trust_probe_facts_get(&wire));
		frame.data[at] = kept;
	}
}

static void
a_job_with_a_key_survives_the_wire_and_damage_does_not(void **state)
{
	static const uint8_t bytes[] = { 0x30, 3, 2, 1, 7 };
	struct trust_bytes der = { bytes, sizeof bytes };
	TRUST_AUTO(trust_secret) *key = trust_secret_new("key", 3);
	TRUST_AUTO(trust_probe_target) *target = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER frame;
	(void)state;

	assert_true(trust_probe_target_parse("https://localhost/a", NULL, &target, &error));
	const struct trust_probe_identity identity = {
		.cert = der, .pkcs8 = key, .others = &der, .other_count = 1
	};
	const struct trust_probe_request request = { .target = target, .identity = &identity };
	trust_buffer_init_secret(&frame, TRUST_MAX_WIRE_BYTES);
	trust_probe_job_put(&frame, &request);
	for (size_t size = 0; size <= frame.size; size++) {
		struct trust_wire wire = trust_wire_init((struct trust_bytes){ frame.data, size });
		struct trust_probe_job job = { 0 };
		bool whole = trust_probe_job_get(&wire, &job);
		assert_int_equal(whole, size == frame.size);
		if (whole) {
			assert_true(trust_bytes_equal(job.identity, der));
			assert_memory_equal(job.pkcs8.data, "key", 3);
			assert_int_equal(job.other_count, 1);
			assert_true(trust_bytes_equal(job.others[0], der));
		}
		trust_probe_job_done(&job);
	}
}

static void
a_question_that_makes_no_sense_is_refused(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_probe_target) *target = NULL;
	TRUST_AUTO(trust_probe_facts) *facts = NULL;
	(void)state;

	assert_true(trust_probe_target_parse("localhost", NULL, &target, &error));
	struct trust_probe_request request = { .target = target, .connect_ip = "localhost" };
	assert_false(trust_probe_run(&request, &facts, &error));
	assert_int_equal(error.code, TRUST_USAGE);
	request.connect_ip = "127.0.0.1";
	request.ip_version = 6;
	assert_false(trust_probe_run(&request, &facts, &error));
	assert_int_equal(error.code, TRUST_USAGE);
}

/* ---- a worker that was taken over ----------------------------------------------------------- */

static void
put_frame(FILE *file, const struct trust_buffer *frame)
{
	uint32_t size = htonl((uint32_t)frame->size);

	assert_int_equal(fwrite(&size, sizeof size, 1, file), 1);
	assert_int_equal(fwrite(frame->data, 1, frame->size, file), frame->size);
}

/* A program that answers with these facts and ends well, whatever it is asked. */
static void
make_worker(const char *path, const struct trust_probe_facts *facts)
{
	static const char script[] = "#!/bin/sh\ncat \"$0.answers\" >&3\nexec cat <&3 >/dev/null\n";
	TRUST_AUTO_FREE char *answers = trust_printf("%s.answers", path);
	FILE *program = fopen(path, "w");
	FILE *file = fopen(answers, "w");
	TRUST_AUTO_BUFFER answer;

	assert_true(program && file);
	assert_true(fputs(script, program) >= 0 && fchmod(fileno(program), 0700) == 0);
	trust_buffer_init(&answer, TRUST_MAX_WIRE_BYTES);
	trust_wire_put_u32(&answer, TRUST_OK);
	trust_probe_facts_put(&answer, facts);
	put_frame(file, &answer);
	trust_buffer_clear(&answer);
	trust_wire_put_u32(&answer, TRUST_OK);
	put_frame(file, &answer);
	assert_int_equal(fclose(program) | fclose(file), 0);
}

static void
nothing_was_shown_where_nothing_was_to_be_shown(void **state)
{
	char folder[] = "/tmp/trustctl-probe-XXXXXX";
	TRUST_AUTO_FREE char *before = trust_strdup(getenv("TRUSTCTL_NSS_WORKER"));
	TRUST_AUTO(trust_probe_facts) *told = trust_alloc(sizeof *told);
	TRUST_AUTO(trust_probe_facts) *facts = NULL;
	TRUST_AUTO(trust_probe_target) *target = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	(void)state;

	assert_non_null(mkdtemp(folder));
	TRUST_AUTO_FREE char *worker = trust_printf("%s/worker", folder);
	TRUST_AUTO_FREE char *answers = trust_printf("%s.answers", worker);
	told->tls.identity_shown = true;
	make_worker(worker, told);
	assert_true(trust_probe_target_parse("localhost", NULL, &target, &error));
	const struct trust_probe_request request = { .target = target };
	setenv("TRUSTCTL_NSS_WORKER", worker, 1);
	bool done = trust_probe_run(&request, &facts, &error);
	if (before)
		setenv("TRUSTCTL_NSS_WORKER", before, 1);
	else
		unsetenv("TRUSTCTL_NSS_WORKER");
	unlink(worker);
	unlink(answers);
	rmdir(folder);
	assert_true(done);
	assert_false(facts->tls.identity_shown);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_names_its_server),
		cmocka_unit_test(what_names_no_server_is_refused),
		cmocka_unit_test(a_resolver_is_bounded_whatever_it_does),
		cmocka_unit_test(a_connection_ends_by_its_true_cause),
		cmocka_unit_test(an_http_head_is_read_as_far_as_it_came),
		cmocka_unit_test(interim_answers_are_none),
		cmocka_unit_test(facts_survive_the_wire_and_damage_does_not),
		cmocka_unit_test(a_job_with_a_key_survives_the_wire_and_damage_does_not),
		cmocka_unit_test(a_question_that_makes_no_sense_is_refused),
		cmocka_unit_test(nothing_was_shown_where_nothing_was_to_be_shown),
	};
	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
