/* SPDX-License-Identifier: MPL-2.0 */
/* What a server of HTTP answers, and where it sends us: core/http.c, url.c, time.c. */

#include "core/http.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/text.h"
#include "tests/fuzz/fuzz.h"

#define MOST 1024

/* As it comes in pieces of this size. True when it is whole. */
static bool
read_in_pieces(struct trust_http *http, struct trust_bytes bytes, size_t most)
{
	size_t at = 0;
	bool wanted = true;

	trust_http_init(http, MOST);
	while (wanted && at < bytes.size) {
		size_t size = bytes.size - at < most ? bytes.size - at : most;
		wanted = trust_http_feed(http, (struct trust_bytes){ bytes.data + at, size });
		at += size;
	}
	bool whole = trust_http_end(http);
	if (whole == (http->state == TRUST_HTTP_BAD) || whole == (http->problem != NULL) ||
	    http->body.size > MOST)
		abort();
	return whole;
}

static void
follow(const char *location)
{
	TRUST_AUTO(trust_url) *from = NULL;
	TRUST_AUTO(trust_url) *to = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (!trust_url_parse("http://www.example.org:8080/a?b", &from, &error))
		abort();
	TRUST_AUTO_FREE char *text = trust_url_follow(from, location);
	if (text && trust_url_parse(text, &to, &error) != (error.code == TRUST_OK))
		abort();
	if (error.message && !trust_text_is_plain(error.message, strlen(error.message)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct trust_bytes bytes = { data, size };
	struct trust_http at_once, by_byte;
	struct trust_time when;

	/* However it comes, it says the same. */
	bool whole = read_in_pieces(&at_once, bytes, size);
	if (read_in_pieces(&by_byte, bytes, 1) != whole)
		abort();
	if (whole &&
	    !trust_bytes_equal(
		trust_buffer_bytes(&at_once.body), trust_buffer_bytes(&by_byte.body)))
		abort();
	(void)trust_http_time(&at_once, &when);
	(void)trust_http_is_redirect(&at_once);
	if (at_once.location)
		follow(at_once.location);
	trust_http_done(&at_once);
	trust_http_done(&by_byte);
	return 0;
}
