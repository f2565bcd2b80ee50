/* SPDX-License-Identifier: MPL-2.0 */
/* Answers of HTTP servers, URLs, redirects, the question to an OCSP responder, and the cache. */

#include "core/fetch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cert.h"
#include "core/error.h"
#include "core/fetch_cache.h"
#include "core/http.h"
#include "core/limits.h"
#include "core/ocsp.h"
#include "core/verdict.h"
#include "tests/unit/import_files.h"

/* ---- answers ------------------------------------------------------------------------------- */

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

/* `problem` NULL: it is whole. Bodies may have 16 bytes. */
static const struct {
	const char *sentence;
	const char *answer;
	const char *body;
	const char *problem;
} answers[] = {
	{ "a length", OK "Content-Length: 3\r\n\r\nabc", "abc", NULL },
	{ "a length, and more behind", OK "Content-Length: 3\r\n\r\nabcdef", "abc", NULL },
	{ "no length", OK "\r\nabc", "abc", NULL },
	{ "no body", OK "Content-Length: 0\r\n\r\n", "", NULL },
	{ "no carriage returns", "HTTP/1.0 200 OK\ncontent-length:3\n\nabc", "abc", NULL },
	{ "no words behind the status", "HTTP/1.1 200\r\n\r\nabc", "abc", NULL },
	{ "chunks", CHUNKED "2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", "abc", NULL },
	{ "chunks and a trailer", CHUNKED "3\r\nabc\r\n0\r\nX: y\r\n\r\n", "abc", NULL },
	{ "chunks count, not the length",
	    OK "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "a",
	    NULL },
	{ "a hint before", "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\na", "a",
	    NULL },
	{ "the same length twice", OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "a",
	    NULL },
	{ "a status without body", "HTTP/1.1 204 No Content\r\n\r\n", "", NULL },
	{ "as long as it may be", OK "\r\n0123456789abcdef", "0123456789abcdef", NULL },
	{ "nothing", "", NULL, "is empty" },
	{ "another protocol", "220 mail ESMTP\r\n", NULL, "is not HTTP" },
	{ "another protocol without a line's end", "SSH-2.0", NULL, "is not HTTP" },
	{ "HTTP/2", "HTTP/2 200\r\n\r\n", NULL, "is not HTTP" },
	{ "half a status", "HTTP/1.1 20\r\n\r\n", NULL, "is not HTTP" },
	{ "a field that is none", OK "garbage\r\n\r\n", NULL, "is not HTTP" },
	{ "a folded field", OK "A: b\r\n c\r\n\r\n", NULL, "is not HTTP" },
	{ "less than its length", OK "Content-Length: 4\r\n\r\nabc", NULL, "ends too early" },
	{ "half a head", OK "Content-Le", NULL, "ends too early" },
	{ "half a chunk", CHUNKED "4\r\nabc", NULL, "ends too early" },
	{ "chunks without an end", CHUNKED "3\r\nabc\r\n", NULL, "ends too early" },
	{ "a chunk longer than it says", CHUNKED "1\r\nabc\r\n", NULL, "has a chunk that is none" },
	{ "a chunk of no size", CHUNKED "\r\n", NULL, "has a chunk that is none" },
	{ "a chunk of negative size", CHUNKED "-1\r\n", NULL, "has a chunk that is none" },
	{ "a chunk of 2^64", CHUNKED "10000000000000000\r\n", NULL, "has a chunk that is none" },
	{ "a chunk beyond the limit", CHUNKED "11\r\n", NULL, "is longer than it may be" },
	{ "chunks beyond the limit together", CHUNKED "8\r\n01234567\r\n9\r\n", NULL,
	    "is longer than it may be" },
	{ "a length beyond the limit", OK "Content-Length: 17\r\n\r\n", NULL,
	    "is longer than it may be" },
	{ "a body beyond the limit", OK "\r\n0123456789abcdefg", NULL, "is longer than it may be" },
	{ "a negative length", OK "Content-Length: -1\r\n\r\n", NULL, "has a length that is none" },
	{ "a length of 2^64", OK "Content-Length: 18446744073709551616\r\n\r\n", NULL,
	    "has a length that is none" },
	{ "no length where one is said", OK "Content-Length:\r\n\r\n", NULL,
	    "has a length that is none" },
	{ "two lengths", OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\na", NULL,
	    "has a length that is none" },
	{ "another encoding", OK "Transfer-Encoding: gzip, chunked\r\n\r\n", NULL,
	    "has a transfer encoding that nobody asked for" },
	{ "compressed", OK "Content-Encoding: gzip\r\n\r\n", NULL,
	    "is compressed, which nobody asked for" },
};

/* Fed in pieces of `step` bytes. */
static void
check_answer(size_t row, size_t step)
{
	struct trust_http http;
	const char *answer = answers[row].answer;
	size_t size = strlen(answer);
	bool more = true;

	trust_http_init(&http, 16);
	for (size_t at = 0; at < size && more; at += step)
		more = trust_http_feed(&http,
		    (struct trust_bytes){
			(const uint8_t *)answer + at, size - at < step ? size - at : step });
	if (more)
		(void)trust_http_end(&http);
	if (answers[row].problem) {
		assert_int_equal(http.state, TRUST_HTTP_BAD);
		assert_string_equal(http.problem, answers[row].problem);
	} else {
		assert_int_equal(http.state, TRUST_HTTP_DONE);
		assert_string_equal((const char *)http.body.data, answers[row].body);
	}
	trust_http_done(&http);
}

static void
an_answer_is_understood_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(answers); i++) {
		print_message("# %s\n", answers[i].sentence);
		for (size_t step = 1; step <= strlen(answers[i].answer) + 1; step++)
			check_answer(i, step);
	}
}

/* The server's clock, by what the head says. */
static void
a_head_says_what_the_servers_clock_says(void **state)
{
	static const struct {
		const char *fields;
		const char *want; /* NULL: it does not say */
	} rows[] = {
		{ "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "1994-11-06T08:49:37Z" },
		{ "date:Sun, 06 Nov 1994 08:49:37 GMT\r\nAGE: 60\r\n", "1994-11-06T08:50:37Z" },
		{ "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nAge: soon\r\n", "1994-11-06T08:49:37Z" },
		{ "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: x\r\n", "1994-11-06T08:49:37Z" },
		{ "Age: 60\r\n", NULL },
		{ "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n", "9999-12-31T23:59:59Z" },
		{ "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\nAge: 10\r\n", NULL },
		{ "Date: Sun, 31 Feb 1994 08:49:37 GMT\r\n", NULL },
		{ "Date: Sun, 06 ovD 1994 08:49:37 GMT\r\n", NULL },
		{ "Date: 1994-11-06T08:49:37Z\r\n", NULL },
		{ "Date:\r\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_http http;
		struct trust_time time;
		char text[32];
		TRUST_AUTO_FREE char *answer = trust_printf(
		    "HTTP/1.1 100 Continue\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\n\r\n" OK
		    "%s\r\n",
		    rows[i].fields);
		trust_http_init(&http, 16);
		(void)trust_http_feed(
		    &http, (struct trust_bytes){ (const uint8_t *)answer, strlen(answer) });
		assert_int_equal(trust_http_time(&http, &time), rows[i].want != NULL);
		if (rows[i].want) {
			trust_time_format(time, text);
			assert_string_equal(text, rows[i].want);
		}
		trust_http_done(&http);
	}
	assert_int_equal(trust_http_age("99999999999999999999999999"), 0);
}

/* The same bytes again and again; how many were taken before it was too much. */
static size_t
taken_of(const char *begin, const char *again, size_t most)
{
	struct trust_http http;
	size_t taken = strlen(begin);

	trust_http_init(&http, most);
	(void)trust_http_feed(&http, (struct trust_bytes){ (const uint8_t *)begin, taken });
	do {
		taken += strlen(again);
		assert_in_range(taken, 0, 10000000);
	} while (
	    trust_http_feed(&http, (struct trust_bytes){ (const uint8_t *)again, strlen(again) }));
	assert_int_equal(http.state, TRUST_HTTP_BAD);
	assert_true(http.too_long);
	trust_http_done(&http);
	return taken;
}

static void
what_has_no_end_is_left_at_its_limit(void **state)
{
	(void)state;
	assert_in_range(taken_of("", "HTTP/1.", 16), 8192, 8300);
	assert_in_range(taken_of(OK, "X: yyyyyyyyyy\r\n", 16), 65536, 65600);
	assert_in_range(taken_of(OK, "yyyyyyyy", 16), 8192, 8300);
	assert_in_range(taken_of("", "HTTP/1.1 100 Go\r\n\r\n", 16), 65536, 65600);
	assert_in_range(taken_of(CHUNKED "0\r\n", "X: yyyyyyyyyy\r\n", 16), 65536, 65700);
	assert_in_range(taken_of(CHUNKED, "0000000000", 16), 8192, 8300);
	assert_in_range(taken_of(CHUNKED, "1\r\na\r\n", 16), 100, 200);
	assert_in_range(taken_of(OK "\r\n", "yyyyyyyy", 100000), 100000, 100100);
}

static void
a_long_body_in_many_chunks_is_no_long_head(void **state)
{
	struct trust_http http;
	static const char chunk[] = "1\r\na\r\n";

	(void)state;
	trust_http_init(&http, 100000);
	(void)trust_http_feed(
	    &http, (struct trust_bytes){ (const uint8_t *)CHUNKED, strlen(CHUNKED) });
	for (int i = 0; i < 50000; i++)
		assert_true(trust_http_feed(
		    &http, (struct trust_bytes){ (const uint8_t *)chunk, sizeof chunk - 1 }));
	assert_false(
	    trust_http_feed(&http, (struct trust_bytes){ (const uint8_t *)"0\r\n\r\n", 5 }));
	assert_int_equal(http.state, TRUST_HTTP_DONE);
	assert_int_equal(http.body.size, 50000);
	trust_http_done(&http);
}

/* ---- URLs ---------------------------------------------------------------------------------- */

static const struct {
	const char *url;
	const char *host; /* NULL: refused */
	unsigned port;
	const char *target; /* or the words of the refusal */
} urls[] = {
	{ "http://a.example", "a.example", 80, "/" },
	{ "HTTP://a.example:8080/x/y?z=1#part", "a.example", 8080, "/x/y?z=1" },
	{ "http://a.example?q", "a.example", 80, "/?q" },
	{ "http://a.example:/", "a.example", 80, "/" },
	{ "http://[2001:db8::1]:81/", "2001:db8::1", 81, "/" },
	{ "http://127.0.0.1/a", "127.0.0.1", 80, "/a" },
	{ "https://a.example/", NULL, 0, "https needs a certificate" },
	{ "ldap://a.example/", NULL, 0, "LDAP is not spoken here" },
	{ "file:///etc/passwd", NULL, 0, "no http URL" },
	{ "ftp://a.example/", NULL, 0, "no http URL" },
	{ "a.example", NULL, 0, "no http URL" },
	{ "", NULL, 0, "no http URL" },
	{ "http://", NULL, 0, "no well-formed URL" },
	{ "http:///x", NULL, 0, "no well-formed URL" },
	{ "http://user:secret@a.example/", NULL, 0, "no well-formed URL" },
	{ "http://a.example:0/", NULL, 0, "no well-formed URL" },
	{ "http://a.example:65536/", NULL, 0, "no well-formed URL" },
	{ "http://a.example:80x/", NULL, 0, "no well-formed URL" },
	{ "http://[::1/", NULL, 0, "no well-formed URL" },
	{ "http://[::1]x/", NULL, 0, "no well-formed URL" },
	{ "http://[fe80::1%25eth0]/", NULL, 0, "no well-formed URL" },
	{ "http://a.example/a b", NULL, 0, "no well-formed URL" },
	{ "http://a.example/\r\nX: y", NULL, 0, "no well-formed URL" },
	{ "http://b\xc3\xbc.example/", NULL, 0, "no well-formed URL" },
};

static void
a_url_is_http_and_well_formed_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(urls); i++) {
		TRUST_AUTO(trust_url) *url = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		bool good = trust_url_parse(urls[i].url, &url, &error);
		print_message("# %s\n", urls[i].url);
		assert_int_equal(good, urls[i].host != NULL);
		if (!good) {
			assert_non_null(strstr(error.message, urls[i].target));
			continue;
		}
		assert_string_equal(url->host, urls[i].host);
		assert_int_equal(url->port, urls[i].port);
		assert_string_equal(url->target, urls[i].target);
	}
}

static void
a_redirect_leads_to_a_url_or_a_path(void **state)
{
	static const struct {
		const char *location;
		const char *want;
	} rows[] = {
		{ "http://b.example/x", "http://b.example/x" },
		{ "https://b.example/x", "https://b.example/x" },
		{ "javascript:alert(1)", "javascript:alert(1)" },
		{ "/x?y", "http://[::1]:81/x?y" },
		{ "//b.example/x", "http://b.example/x" },
		{ "x/y", NULL },
		{ "", NULL },
	};
	TRUST_AUTO(trust_url) *from = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_true(trust_url_parse("http://[::1]:81/a/b", &from, &error));
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *next = trust_url_follow(from, rows[i].location);
		if (rows[i].want)
			assert_string_equal(next, rows[i].want);
		else
			assert_null(next);
	}
}

/* ---- the question -------------------------------------------------------------------------- */

static const char fixtures[] =
    "openssl ecparam -name prime256v1 -genkey -noout -out a.key\n"
    "openssl req -new -x509 -key a.key -subj /CN=a -days 9 -outform DER -out ca.der "
    "-set_serial 0x8000000000000001\n"
    "openssl x509 -in ca.der -out ca.pem\n"
    "openssl req -new -key a.key -subj /CN=b -out b.csr\n"
    "cat >b.ext <<E\n"
    "authorityInfoAccess=caIssuers;URI:http://a.example/ca,OCSP;URI:http://a.example/1,"
    "OCSP;URI:ldap://a.example/2\n"
    "crlDistributionPoints=URI:http://a.example/3,URI:http://a.example/4\n"
    "E\n"
    "openssl x509 -req -in b.csr -CA ca.pem -CAkey a.key -set_serial 0x00f1e2d3c4b5a6978869 "
    "-days 9 -extfile b.ext -out b.pem\n"
    "openssl x509 -in b.pem -outform DER -out b.der\n"
    "openssl ocsp -sha1 -issuer ca.pem -cert b.pem -no_nonce -reqout request\n";

static struct trust_cert *
load_cert(const char *name)
{
	TRUST_AUTO(trust_secret) *bytes = load(name);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;

	if (!trust_cert_decode((struct trust_bytes){ bytes->bytes, bytes->size }, &cert, &error))
		fail_msg("%s", error.message);
	return cert;
}

static void
the_question_is_the_one_that_openssl_asks(void **state)
{
	TRUST_AUTO(trust_cert) *issuer = load_cert("ca.der");
	TRUST_AUTO(trust_cert) *cert = load_cert("b.der");
	TRUST_AUTO(trust_secret) *want = load("request");
	TRUST_AUTO_BUFFER request;

	(void)state;
	trust_buffer_init(&request, 4096);
	trust_ocsp_request(cert, issuer, &request);
	assert_int_equal(request.size, want->size);
	assert_memory_equal(request.data, want->bytes, want->size);
}

static void
places_are_told_in_the_order_of_the_certificate(void **state)
{
	TRUST_AUTO(trust_cert) *cert = load_cert("b.der");
	TRUST_AUTO(trust_cert) *issuer = load_cert("ca.der");
	char *(*const places[])(
	    const struct trust_cert *, size_t) = { trust_cert_ocsp_place, trust_cert_list_place };
	static const char *const want[2][3] = {
		{ "http://a.example/1", "ldap://a.example/2", NULL },
		{ "http://a.example/3", "http://a.example/4", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(places); i++) {
		assert_null(places[i](issuer, 0));
		for (size_t nth = 0; nth < 3; nth++) {
			TRUST_AUTO_FREE char *place = places[i](cert, nth);
			if (want[i][nth])
				assert_string_equal(place, want[i][nth]);
			else
				assert_null(place);
		}
	}
}

/* ---- the process that fetches -------------------------------------------------------------- */

#define LONG_BODY (8 * 1024 * 1024)

static void
answer_one(int listener)
{
	static char body[LONG_BODY];
	char question[4096];
	TRUST_AUTO_FD int fd = accept(listener, NULL, NULL);
	TRUST_AUTO_FREE char *head =
	    trust_printf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LONG_BODY);

	signal(SIGPIPE, SIG_IGN);
	if (read(fd, question, sizeof question) > 0 && trust_write_all(fd, head, strlen(head)))
		(void)!trust_write_all(fd, body, sizeof body);
}

/* A server on the loopback that answers once; its process. */
static pid_t
serve(char **ret_url)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;
	TRUST_AUTO_FD int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	pid_t pid = fork();
	if (pid == 0) {
		answer_one(listener);
		_exit(0);
	}
	*ret_url = trust_printf("http://127.0.0.1:%u/list", ntohs(address.sin_port));
	return pid;
}

static enum trust_code
fetch_long_body(void)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *url = NULL;
	pid_t server = serve(&url);
	const struct trust_fetch fetch = { .url = url, .accept = "*/*", .most = LONG_BODY };
	struct trust_fetched fetched = { 0 };
	uint32_t ms = 0;

	if (trust_fetch(&fetch, &fetched, &ms, &error))
		assert_int_equal(fetched.size, LONG_BODY);
	trust_fetched_done(&fetched);
	kill(server, SIGKILL);
	assert_int_equal(waitpid(server, NULL, 0), server);
	return error.code;
}

static void
an_answer_that_memory_does_not_hold_is_a_limit_and_no_mistake_of_ours(void **state)
{
	const size_t much = 4UL * 1024 * 1024 * 1024;

	(void)state;
	assert_int_equal(fetch_long_body(), TRUST_OK);
	if (TRUST_SANITIZED) /* without limit */
		return;
	/* What the caller has mapped leaves its child nothing. */
	void *mapped =
	    mmap(NULL, much, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(mapped, MAP_FAILED);
	assert_int_equal(fetch_long_body(), TRUST_INPUT_LIMIT);
	munmap(mapped, much);
}

/* ---- the cache ----------------------------------------------------------------------------- */

static void
set_cache(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", folder, name);
	setenv("XDG_CACHE_HOME", path, 1);
}

static bool
is_kept(const char *name, size_t most)
{
	struct trust_fetched fetched = { 0 };
	bool kept = trust_fetch_cache_read(name, most, &fetched);

	trust_fetched_done(&fetched);
	return kept;
}

static void
the_cache_keeps_until_the_time_is_over(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_bytes bytes = { (const uint8_t *)"abc", 3 };
	TRUST_AUTO_FREE char *one = trust_fetch_cache_name("http://a/", (struct trust_bytes){ 0 });
	TRUST_AUTO_FREE char *two = trust_fetch_cache_name("http://a/", bytes);

	(void)state;
	set_cache("cache");
	assert_string_not_equal(one, two);
	assert_false(is_kept(one, 100));
	assert_true(trust_fetch_cache_write(
	    one, bytes, (struct trust_time){ 2000 }, (struct trust_time){ 1000 }, &error));
	assert_true(is_kept(one, 3));
	assert_false(is_kept(one, 2));
	assert_true(trust_fetch_cache_write(
	    two, bytes, (struct trust_time){ 3000 }, (struct trust_time){ 2001 }, &error));
	assert_false(is_kept(one, 3));
	assert_true(is_kept(two, 3));
}

static void
a_cache_that_cannot_be_is_an_error_and_no_more(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_bytes bytes = { (const uint8_t *)"abc", 3 };

	(void)state;
	write_text("file", "x");
	set_cache("file");
	assert_false(is_kept("x", 3));
	assert_false(trust_fetch_cache_write(
	    "x", bytes, (struct trust_time){ 2000 }, (struct trust_time){ 1000 }, &error));
	assert_int_equal(error.code, TRUST_OUTPUT);
}

/* As where ~/.cache is on another disk. */
static void
a_cache_may_be_behind_a_link_of_its_owners(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_bytes bytes = { (const uint8_t *)"abc", 3 };
	const struct trust_time until = { 2000 };
	const struct trust_time now = { 1000 };
	TRUST_AUTO_FREE char *name = trust_fetch_cache_name("http://a/", bytes);
	TRUST_AUTO_FREE char *before = trust_strdup(getenv("HOME"));
	TRUST_AUTO_FREE char *elsewhere = trust_printf("%s/elsewhere", folder);
	TRUST_AUTO_FREE char *own = trust_printf("%s/trustctl", elsewhere);
	TRUST_AUTO_FREE char *link = trust_printf("%s/.cache", folder);
	TRUST_AUTO_FREE char *real = trust_printf("%s/real", folder);

	(void)state;
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", folder, 1);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	assert_int_equal(symlink("elsewhere", link), 0);
	assert_true(trust_fetch_cache_write(name, bytes, until, now, &error));
	assert_true(is_kept(name, 3));
	assert_int_equal(access(own, F_OK), 0);
	/* What is below was made by nobody else. */
	assert_int_equal(rename(own, real), 0);
	assert_int_equal(symlink(real, own), 0);
	assert_false(is_kept(name, 3));
	if (before)
		setenv("HOME", before, 1);
}

static int
make_folder(void **state)
{
	(void)state;
	return make_folder_with("", fixtures);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_understood_however_it_is_cut),
		cmocka_unit_test(a_head_says_what_the_servers_clock_says),
		cmocka_unit_test(what_has_no_end_is_left_at_its_limit),
		cmocka_unit_test(a_long_body_in_many_chunks_is_no_long_head),
		cmocka_unit_test(a_url_is_http_and_well_formed_or_refused),
		cmocka_unit_test(a_redirect_leads_to_a_url_or_a_path),
		cmocka_unit_test(the_question_is_the_one_that_openssl_asks),
		cmocka_unit_test(places_are_told_in_the_order_of_the_certificate),
		cmocka_unit_test(
		    an_answer_that_memory_does_not_hold_is_a_limit_and_no_mistake_of_ours),
		cmocka_unit_test(the_cache_keeps_until_the_time_is_over),
		cmocka_unit_test(a_cache_that_cannot_be_is_an_error_and_no_more),
		cmocka_unit_test(a_cache_may_be_behind_a_link_of_its_owners),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
