/* SPDX-License-Identifier: MPL-2.0 */
/* The answer of an HTTP/1 server, piece by piece; see http.h. */

#include "core/http.h"

#include <string.h>
#include <strings.h>

#include "core/limits.h"

/* One line of the head, or one that gives the size of a chunk. */
#define MAX_LINE ((size_t)8 * 1024)

void
trust_http_init(struct trust_http *http, size_t most)
{
	*http = (struct trust_http){ .state = TRUST_HTTP_STATUS, .most = most };
	trust_buffer_init(&http->body, most);
	trust_buffer_init(&http->line, MAX_LINE);
}

/* What the head says beside the status and the length. */
static void
forget_fields(struct trust_http *http)
{
	trust_free(http->location);
	trust_free(http->date);
	http->location = http->date = NULL;
	http->age_seconds = 0;
}

void
trust_http_done(struct trust_http *http)
{
	trust_buffer_done(&http->body);
	trust_buffer_done(&http->line);
	forget_fields(http);
}

static void
spoil(struct trust_http *http, const char *problem)
{
	http->state = TRUST_HTTP_BAD;
	http->problem = problem;
}

static void
spoil_limit(struct trust_http *http, const char *problem)
{
	spoil(http, problem);
	http->too_long = true;
}

/* ---- lines --------------------------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

unsigned
trust_http_status(const char *line)
{
	if (strncmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ' ||
	    !is_digit(line[9]) || line[9] == '0' || !is_digit(line[10]) || !is_digit(line[11]) ||
	    (line[12] && !strchr(" \r\n", line[12])))
		return 0;
	return (unsigned)((line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0');
}

static void
read_status(struct trust_http *http, const char *line)
{
	http->status = trust_http_status(line);
	if (http->status)
		http->state = TRUST_HTTP_FIELDS;
	else
		spoil(http, "is not HTTP");
}

static void
read_length(struct trust_http *http, const char *value)
{
	uint64_t length = 0;

	for (const char *at = value; *at; at++) {
		if (!is_digit(*at) || at - value > 15) {
			spoil(http, "has a length that is none");
			return;
		}
		length = length * 10 + (uint64_t)(*at - '0');
	}
	if (!*value || (http->has_length && length != http->left))
		spoil(http, "has a length that is none");
	http->has_length = true;
	http->left = length;
}

/* One field; the value is cut out of the line. */
static void
read_field(struct trust_http *http, char *line)
{
	char *colon = strchr(line, ':');

	if (!colon || colon == line || line[0] == ' ' || line[0] == '\t') {
		spoil(http, "is not HTTP");
		return;
	}
	*colon = '\0';
	char *value = colon + 1 + strspn(colon + 1, " \t");
	size_t size = strlen(value);
	while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == '\t'))
		value[--size] = '\0';
	if (strcasecmp(line, "content-length") == 0) {
		read_length(http, value);
	} else if (strcasecmp(line, "transfer-encoding") == 0) {
		http->chunked = strcasecmp(value, "chunked") == 0;
		if (!http->chunked)
			spoil(http, "has a transfer encoding that nobody asked for");
	} else if (strcasecmp(line, "content-encoding") == 0 &&
	    strcasecmp(value, "identity") != 0) {
		spoil(http, "is compressed, which nobody asked for");
	} else if (strcasecmp(line, "location") == 0 && !http->location) {
		http->location = trust_strdup(value);
	} else if (strcasecmp(line, "date") == 0 && !http->date) {
		http->date = trust_strdup(value);
	} else if (strcasecmp(line, "age") == 0) {
		http->age_seconds = trust_http_age(value);
	}
}

/* The head is over. */
static void
begin_body(struct trust_http *http)
{
	if (http->status / 100 == 1 && http->status != 101) { /* the real answer follows */
		forget_fields(http);
		http->has_length = http->chunked = false;
		http->state = TRUST_HTTP_STATUS;
	} else if (http->status == 204 || http->status == 304 || http->status == 101) {
		http->state = TRUST_HTTP_DONE;
	} else if (http->chunked) {
		http->state = TRUST_HTTP_CHUNK;
	} else if (!http->has_length) {
		http->state = TRUST_HTTP_UNTIL_END;
	} else if (http->left > http->most) {
		spoil_limit(http, "is longer than it may be");
	} else {
		http->state = http->left > 0 ? TRUST_HTTP_SIZED : TRUST_HTTP_DONE;
	}
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
read_chunk_size(struct trust_http *http, const char *line)
{
	uint64_t size = 0;
	size_t digits = 0;

	for (; hex_value(line[digits]) >= 0; digits++) {
		size = size * 16 + (uint64_t)hex_value(line[digits]);
		if (digits > 14)
			break;
	}
	line += digits;
	line += strspn(line, " \t");
	if (digits == 0 || digits > 14 || (*line && *line != ';')) {
		spoil(http, "has a chunk that is none");
	} else if (size > http->most - http->body.size) {
		spoil_limit(http, "is longer than it may be");
	} else {
		http->left = size;
		http->state = size > 0 ? TRUST_HTTP_CHUNK_BODY : TRUST_HTTP_TRAILER;
	}
}

static void
read_line(struct trust_http *http, char *line)
{
	switch (http->state) {
	case TRUST_HTTP_STATUS:
		read_status(http, line);
		break;
	case TRUST_HTTP_FIELDS:
		if (*line)
			read_field(http, line);
		else
			begin_body(http);
		break;
	case TRUST_HTTP_CHUNK:
		read_chunk_size(http, line);
		break;
	case TRUST_HTTP_CHUNK_END:
		if (*line)
			spoil(http, "has a chunk that is none");
		else
			http->state = TRUST_HTTP_CHUNK;
		break;
	default: /* the trailer tells us nothing */
		if (!*line)
			http->state = TRUST_HTTP_DONE;
		break;
	}
}

/* ---- bytes --------------------------------------------------------------------------------- */

/* Bytes of one line, up to its end; how many were taken. */
static size_t
take_line(struct trust_http *http, const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t taken = end ? (size_t)(end - data) + 1 : size;

	/* Sizes of chunks are no head: each brings a byte of the body at least. */
	if (http->state != TRUST_HTTP_CHUNK && http->state != TRUST_HTTP_CHUNK_END)
		http->head += taken;
	trust_buffer_append(&http->line, data, end ? taken - 1 : taken);
	if (http->line.overflow || http->head > TRUST_MAX_FETCH_HEAD_BYTES) {
		spoil_limit(http, "has a head longer than it may be");
		return taken;
	}
	if (!end)
		return taken;
	if (http->line.size > 0 && http->line.data[http->line.size - 1] == '\r')
		http->line.size--;
	TRUST_AUTO_FREE char *line = trust_alloc(http->line.size + 1);
	if (http->line.size)
		memcpy(line, http->line.data, http->line.size);
	bool has_nul = memchr(line, '\0', http->line.size) != NULL;
	trust_buffer_clear(&http->line);
	if (has_nul)
		spoil(http, "is not HTTP");
	else
		read_line(http, line);
	return taken;
}

static size_t
take_body(struct trust_http *http, const uint8_t *data, size_t size)
{
	bool sized = http->state != TRUST_HTTP_UNTIL_END;
	size_t taken = sized && size > http->left ? (size_t)http->left : size;

	trust_buffer_append(&http->body, data, taken);
	if (http->body.overflow) {
		spoil_limit(http, "is longer than it may be");
		return taken;
	}
	if (!sized)
		return taken;
	http->left -= taken;
	if (http->left == 0)
		http->state =
		    http->state == TRUST_HTTP_SIZED ? TRUST_HTTP_DONE : TRUST_HTTP_CHUNK_END;
	return taken;
}

bool
trust_http_feed(struct trust_http *http, struct trust_bytes bytes)
{
	size_t at = 0;

	while (at < bytes.size && http->state < TRUST_HTTP_DONE) {
		bool body = http->state == TRUST_HTTP_SIZED ||
		    http->state == TRUST_HTTP_UNTIL_END || http->state == TRUST_HTTP_CHUNK_BODY;
		at += body ? take_body(http, bytes.data + at, bytes.size - at)
			   : take_line(http, bytes.data + at, bytes.size - at);
	}
	/* What does not begin like HTTP need not send a whole line. */
	static const char begin[] = "HTTP/1.";
	size_t seen = http->line.size < sizeof begin - 1 ? http->line.size : sizeof begin - 1;
	if (http->state == TRUST_HTTP_STATUS && seen && memcmp(http->line.data, begin, seen) != 0)
		spoil(http, "is not HTTP");
	return http->state < TRUST_HTTP_DONE;
}

bool
trust_http_end(struct trust_http *http)
{
	if (http->state == TRUST_HTTP_UNTIL_END)
		http->state = TRUST_HTTP_DONE;
	if (http->state < TRUST_HTTP_DONE)
		spoil(http, http->head ? "ends too early" : "is empty");
	return http->state == TRUST_HTTP_DONE;
}

bool
trust_http_is_redirect(const struct trust_http *http)
{
	return http->status == 301 || http->status == 302 || http->status == 303 ||
	    http->status == 307 || http->status == 308;
}

int64_t
trust_http_age(const char *value)
{
	int64_t age = 0;

	for (; is_digit(*value) && age < INT32_MAX; value++)
		age = age * 10 + (*value - '0');
	return *value ? 0 : age;
}

bool
trust_http_time(const struct trust_http *http, struct trust_time *ret_time)
{
	struct trust_time time;

	/* What a cache kept was dated when it was new (RFC 9111 section 5.1). */
	if (!http->date || !trust_time_parse_http(http->date, &time))
		return false;
	time.seconds += http->age_seconds;
	if (!trust_time_is_valid(time))
		return false;
	*ret_time = time;
	return true;
}
