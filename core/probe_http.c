/* SPDX-License-Identifier: MPL-2.0 */
/* One HTTP question and the head of its answer: status, Date, Location, Server. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/http.h"
#include "core/probe_internal.h"
#include "core/time.h"

/* A Location may be long; a person reads its beginning. */
#define SHOWN 1024

char *
trust_probe_http_question(
    const char *method, const char *path, const char *host, uint16_t port, uint16_t usual_port)
{
	bool v6 = strchr(host, ':') != NULL;
	char digits[8] = "";

	if (port != usual_port)
		snprintf(digits, sizeof digits, ":%u", (unsigned)port);
	return trust_printf("%s %s HTTP/1.1\r\nHost: %s%s%s%s\r\nUser-Agent: trustctl\r\n"
			    "Accept: */*\r\nConnection: close\r\n\r\n",
	    method, path, v6 ? "[" : "", host, v6 ? "]" : "", digits);
}

/* Bytes of the first head, with the empty line that ends it; 0: that has not come. */
static size_t
head_size(struct trust_bytes bytes)
{
	size_t at = 0;

	while (at < bytes.size) {
		const uint8_t *line = bytes.data + at;
		const uint8_t *end = memchr(line, '\n', bytes.size - at);
		if (!end)
			return 0;
		at += (size_t)(end - line) + 1;
		if (end == line || (end == line + 1 && *line == '\r'))
			return at;
	}
	return 0;
}

static bool
read_status(struct trust_bytes head, uint32_t *ret_status)
{
	char line[16] = "";

	if (head.size)
		memcpy(line, head.data, head.size < sizeof line - 1 ? head.size : sizeof line - 1);
	*ret_status = trust_http_status(line);
	return *ret_status != 0;
}

struct trust_bytes
trust_probe_http_answer(struct trust_bytes heads)
{
	uint32_t status = 0;

	/* The real answer follows, as in http.c. */
	while (read_status(heads, &status) && status / 100 == 1 && status != 101) {
		size_t size = head_size(heads);
		if (size == 0)
			return (struct trust_bytes){ 0 };
		heads = (struct trust_bytes){ heads.data + size, heads.size - size };
	}
	return heads;
}

bool
trust_probe_http_complete(struct trust_bytes heads)
{
	return head_size(trust_probe_http_answer(heads)) > 0;
}

/* A header's value when this line is it, displayable. */
static void
take_field(const char *line, size_t size, const char *name, char **value)
{
	size_t name_size = strlen(name);

	if (*value || size <= name_size || line[name_size] != ':' ||
	    strncasecmp(line, name, name_size) != 0)
		return;
	line += name_size + 1;
	size -= name_size + 1;
	while (size > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		size--;
	}
	*value = trust_probe_quote(line, size, SHOWN);
}

bool
trust_probe_server_time(const struct trust_probe_facts *facts, struct trust_time *ret_time)
{
	if (!facts->http.status || facts->http.date_seconds == INT64_MIN)
		return false;
	ret_time->seconds = facts->http.date_seconds;
	return true;
}

bool
trust_probe_http_read(struct trust_bytes head, struct trust_probe_http *http)
{
	const char *at = (const char *)head.data;
	const char *end = at + head.size;
	TRUST_AUTO_FREE char *age = NULL;
	struct trust_time date;

	http->date_seconds = INT64_MIN;
	if (head.size == 0 || !read_status(head, &http->status))
		return false;
	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		size_t size = (size_t)((line_end ? line_end : end) - at);
		if (size == 0 || (size == 1 && *at == '\r'))
			break;
		take_field(at, size, "Date", &http->date);
		take_field(at, size, "Age", &age);
		take_field(at, size, "Location", &http->location);
		take_field(at, size, "Server", &http->server);
		at += size + (line_end ? 1 : 0);
	}
	/* What a cache kept was dated when it was new (RFC 9111 section 5.1). */
	if (http->date && trust_time_parse_http(http->date, &date)) {
		date.seconds += age ? trust_http_age(age) : 0;
		if (trust_time_is_valid(date))
			http->date_seconds = date.seconds;
	}
	return true;
}
