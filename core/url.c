/* SPDX-License-Identifier: MPL-2.0 */
/* The parts of an http URL; see http.h. */

#include <string.h>
#include <strings.h>

#include "core/error.h"
#include "core/http.h"
#include "core/limits.h"
#include "core/text.h"

void
trust_url_free(struct trust_url *url)
{
	if (!url)
		return;
	trust_free(url->host);
	trust_free(url->host_as_written);
	trust_free(url->target);
	trust_free(url);
}

static bool
fail_scheme(const char *text, const char *shown, struct trust_error *error)
{
	if (strncasecmp(text, "https:", 6) == 0)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, shown,
		    "'%s' is not fetched: https needs a certificate that would have to be checked "
		    "first",
		    shown);
	if (strncasecmp(text, "ldap:", 5) == 0 || strncasecmp(text, "ldaps:", 6) == 0)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, shown,
		    "'%s' is not fetched: LDAP is not spoken here, only http", shown);
	return trust_fail(
	    error, TRUST_INPUT_UNSUPPORTED, shown, "'%s' is not fetched: it is no http URL", shown);
}

static bool
is_plain(const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f || strchr("\"<>\\^`{|}", text[i]))
			return false;
	return size <= TRUST_MAX_FETCH_URL_BYTES;
}

static bool
read_port(const char *text, size_t size, uint16_t *ret_port)
{
	unsigned long port = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9' || i > 4)
			return false;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	if (size == 0) {
		*ret_port = 80;
		return true;
	}
	*ret_port = (uint16_t)port;
	return port > 0 && port <= 65535;
}

static char *
copy(const char *text, size_t size)
{
	char *to = trust_alloc(size + 1);

	if (size)
		memcpy(to, text, size);
	return to;
}

/* HOST, HOST:PORT or [IPV6]:PORT, `size` bytes of it. */
static bool
read_authority(const char *text, size_t size, struct trust_url *url)
{
	const char *end = text + size;
	const char *host = text;
	const char *host_end = memchr(text, ':', size);

	if (memchr(text, '@', size))
		return false;
	if (size > 0 && *text == '[') {
		host = text + 1;
		host_end = memchr(text, ']', size);
		if (!host_end ||
		    strspn(host, "0123456789abcdefABCDEF:.") < (size_t)(host_end - host))
			return false;
		url->host = copy(host, (size_t)(host_end - host));
		host_end++;
	} else {
		if (!host_end)
			host_end = end;
		if (memchr(text, '[', size) || memchr(text, ']', size) || memchr(text, '%', size))
			return false;
		url->host = copy(host, (size_t)(host_end - host));
	}
	url->port = 80;
	url->host_as_written = copy(text, size);
	if (host_end < end && *host_end != ':')
		return false;
	return *url->host && strlen(url->host) <= 253 &&
	    (host_end == end || read_port(host_end + 1, (size_t)(end - host_end - 1), &url->port));
}

bool
trust_url_parse(const char *text, struct trust_url **ret_url, struct trust_error *error)
{
	TRUST_AUTO(trust_url) *url = trust_alloc(sizeof *url);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(text);

	if (strncasecmp(text, "http://", 7) != 0)
		return fail_scheme(text, shown, error);
	const char *authority = text + 7;
	size_t size = strcspn(authority, "/?#");
	if (!is_plain(text) || !read_authority(authority, size, url))
		return trust_fail(error, TRUST_INPUT_MALFORMED, shown,
		    "'%s' is not fetched: it is no well-formed URL", shown);
	const char *target = authority + size;
	size_t target_size = strcspn(target, "#");
	TRUST_AUTO_FREE char *rest = copy(target, target_size);
	url->target = trust_printf("%s%s", *rest == '/' ? "" : "/", rest);
	*ret_url = trust_steal(&url);
	return true;
}

char *
trust_url_follow(const struct trust_url *from, const char *location)
{
	size_t scheme =
	    strspn(location, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (scheme > 0 && location[scheme] == ':')
		return trust_strdup(location);
	if (location[0] == '/' && location[1] == '/')
		return trust_printf("http:%s", location);
	if (location[0] == '/')
		return trust_printf("http://%s%s", from->host_as_written, location);
	return NULL;
}
