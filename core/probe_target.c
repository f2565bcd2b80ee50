/* SPDX-License-Identifier: MPL-2.0 */
/* HOST, HOST:PORT, [IPv6]:PORT or a URL: what server and which service a person means. */

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <idn2.h>

#include "core/error.h"
#include "core/probe_internal.h"
#include "core/text.h"

/* Ports with a known service, and the schemes of URLs. */
static const struct service {
	uint16_t port;
	enum trust_starttls starttls;
	const char *name;
	const char *scheme; /* NULL: the name */
} services[] = {
	{ 443, TRUST_STARTTLS_NONE, "https", NULL },
	{ 8443, TRUST_STARTTLS_NONE, "https", NULL },
	{ 993, TRUST_STARTTLS_NONE, "imaps", NULL },
	{ 995, TRUST_STARTTLS_NONE, "pop3s", NULL },
	{ 465, TRUST_STARTTLS_NONE, "submissions", "smtps" },
	{ 636, TRUST_STARTTLS_NONE, "ldaps", NULL },
	{ 990, TRUST_STARTTLS_NONE, "ftps", NULL },
	{ 5223, TRUST_STARTTLS_NONE, "xmpps", NULL },
	{ 853, TRUST_STARTTLS_NONE, "dns-over-tls", NULL },
	{ 25, TRUST_STARTTLS_SMTP, "smtp", NULL },
	{ 587, TRUST_STARTTLS_SUBMISSION, "submission", NULL },
	{ 24, TRUST_STARTTLS_LMTP, "lmtp", NULL },
	{ 143, TRUST_STARTTLS_IMAP, "imap", NULL },
	{ 110, TRUST_STARTTLS_POP3, "pop3", NULL },
	{ 389, TRUST_STARTTLS_LDAP, "ldap", NULL },
	{ 21, TRUST_STARTTLS_FTP, "ftp", NULL },
	{ 5222, TRUST_STARTTLS_XMPP, "xmpp", NULL },
	{ 5432, TRUST_STARTTLS_POSTGRES, "postgres", "postgresql" },
	{ 3306, TRUST_STARTTLS_MYSQL, "mysql", NULL },
};

static const struct service *
service_of_port(uint16_t port)
{
	for (size_t i = 0; i < TRUST_COUNT(services); i++)
		if (services[i].port == port)
			return &services[i];
	return NULL;
}

static const struct service *
service_of_scheme(const char *text, size_t size)
{
	for (size_t i = 0; i < TRUST_COUNT(services); i++) {
		const char *name = services[i].name;
		const char *scheme = services[i].scheme;
		if ((strlen(name) == size && strncasecmp(name, text, size) == 0) ||
		    (scheme && strlen(scheme) == size && strncasecmp(scheme, text, size) == 0))
			return &services[i];
	}
	return NULL;
}

static uint16_t
usual_port(enum trust_starttls starttls)
{
	static const uint16_t ports[] = {
#define X(constant, name, port) port,
		TRUST_STARTTLS_ROWS(X)
#undef X
	};
	return ports[starttls];
}

static bool
refuse(const char *text, const char *why, struct trust_error *error)
{
	TRUST_AUTO_FREE char *shown = text ? trust_text_display_string(text) : NULL;
	return trust_fail(error, TRUST_USAGE, shown, "'%s' names no server: %s", shown, why);
}

/* ---- pieces of the text -------------------------------------------------------------------- */

struct pieces {
	const char *whole;
	const struct service *scheme; /* NULL: none was written */
	char *host;                   /* owned; without brackets */
	char *port;                   /* owned; NULL: none */
	char *path;                   /* owned; NULL: none */
};

static void
pieces_done(struct pieces *pieces)
{
	trust_free(pieces->host);
	trust_free(pieces->port);
	trust_free(pieces->path);
}

/* A path is sent in a request line: no spaces, no controls, ASCII. */
static bool
path_is_plain(const char *path)
{
	for (; *path; path++)
		if ((unsigned char)*path <= 0x20 || (unsigned char)*path >= 0x7f)
			return false;
	return true;
}

static bool
split_authority(struct pieces *pieces, const char *text, size_t size, struct trust_error *error)
{
	const char *end = text + size;
	const char *host_end = end;
	const char *rest = end;

	if (memchr(text, '@', size))
		return refuse(pieces->whole, "a host name is wanted, without a user", error);
	if (size > 0 && text[0] == '[') {
		const char *bracket = memchr(text, ']', size);
		if (!bracket)
			return refuse(pieces->whole, "the bracket is not closed", error);
		text++;
		host_end = bracket;
		rest = bracket + 1;
		if (!memchr(text, ':', (size_t)(host_end - text)))
			return refuse(pieces->whole, "brackets are for IPv6 addresses only", error);
	} else {
		const char *colon = memchr(text, ':', size);
		/* Two colons: an IPv6 address without brackets, hence without port. */
		if (colon && !memchr(colon + 1, ':', (size_t)(end - colon - 1)))
			host_end = rest = colon;
	}
	pieces->host = trust_printf("%.*s", (int)(host_end - text), text);
	if (rest == end)
		return true;
	if (*rest != ':')
		return refuse(pieces->whole, "only ':PORT' may follow the bracket", error);
	pieces->port = trust_printf("%.*s", (int)(end - rest - 1), rest + 1);
	return true;
}

static bool
split(struct pieces *pieces, struct trust_error *error)
{
	const char *text = pieces->whole;
	const char *scheme_end = strstr(text, "://");

	if (scheme_end) {
		pieces->scheme = service_of_scheme(text, (size_t)(scheme_end - text));
		if (!pieces->scheme && scheme_end - text == 4 && strncasecmp(text, "http", 4) == 0)
			return refuse(
			    pieces->whole, "http:// is not encrypted, https:// is", error);
		if (!pieces->scheme)
			return refuse(pieces->whole, "unknown scheme of a URL", error);
		text = scheme_end + 3;
	}
	size_t size = strcspn(text, "/?#");
	if (text[size] && !scheme_end)
		return refuse(pieces->whole, "a path needs 'https://' before it", error);
	const char *path = text + size;
	pieces->path =
	    trust_printf("%s%.*s", *path == '/' ? "" : "/", (int)strcspn(path, "#"), path);
	if (!path_is_plain(pieces->path))
		return refuse(pieces->whole, "the path holds characters a URL cannot", error);
	return split_authority(pieces, text, size, error);
}

/* ---- the pieces' meaning ------------------------------------------------------------------- */

static bool
read_port(const struct pieces *pieces, uint16_t *ret_port, struct trust_error *error)
{
	unsigned value = 0;
	const char *at = pieces->port;

	for (; *at >= '0' && *at <= '9' && value <= UINT16_MAX; at++)
		value = value * 10 + (unsigned)(*at - '0');
	if (at == pieces->port || *at || value == 0 || value > UINT16_MAX)
		return refuse(pieces->whole, "the port is a number from 1 to 65535", error);
	*ret_port = (uint16_t)value;
	return true;
}

static bool
is_address(const char *text)
{
	uint8_t address[16];
	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Letters, digits, hyphens and underscores, in labels of 1 to 63 (RFC 1123 section 2.1; the
 * underscore is no host name, but servers have such names). */
static bool
is_host_name(const char *text)
{
	size_t label = 0;

	for (const char *c = text; *c; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
		if (*c == '.' ? label == 0 : !letter && *c != '-' && *c != '_')
			return false;
		label = *c == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0 && strlen(text) <= 253;
}

/* "bücher.example (xn--bcher-kva.example)"; the host alone when both are one. */
static char *
both_forms(const char *host)
{
	char *decoded = NULL;
	char *shown;

	if (idn2_to_unicode_8z8z(host, &decoded, 0) == IDN2_OK && strcmp(decoded, host) != 0) {
		TRUST_AUTO_FREE char *displayable = trust_text_display_string(decoded);
		shown = trust_printf("%s (%s)", displayable, host);
	} else {
		shown = trust_strdup(host);
	}
	idn2_free(decoded);
	return shown;
}

static bool
read_name(struct trust_probe_target *target, const struct pieces *pieces, struct trust_error *error)
{
	char *encoded = NULL;
	const char *text = pieces->host;
	bool ascii = true;

	for (const char *c = text; *c; c++)
		ascii &= (unsigned char)*c < 0x80;
	if (!ascii) {
		int code = idn2_to_ascii_8z(text, &encoded, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
		if (code != IDN2_OK)
			return refuse(pieces->whole, idn2_strerror(code), error);
	}
	target->host = trust_strdup(ascii ? text : encoded);
	idn2_free(encoded);
	for (char *c = target->host; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	size_t size = strlen(target->host);
	if (size > 1 && target->host[size - 1] == '.')
		target->host[size - 1] = '\0';
	if (!is_host_name(target->host))
		return refuse(pieces->whole, "this is no host name", error);
	target->shown = both_forms(target->host);
	return true;
}

static bool
read_target(struct trust_probe_target *target, const struct pieces *pieces,
    const enum trust_starttls *starttls, struct trust_error *error)
{
	const struct service *scheme = pieces->scheme;

	if (pieces->host[0] == '\0')
		return refuse(pieces->whole, "the host name is missing", error);
	target->is_address = is_address(pieces->host);
	if (target->is_address) {
		target->host = trust_strdup(pieces->host);
		target->shown = trust_strdup(pieces->host);
	} else if (!read_name(target, pieces, error)) {
		return false;
	}
	if (pieces->port) {
		if (!read_port(pieces, &target->port, error))
			return false;
	} else if (scheme) {
		target->port = scheme->port;
	} else {
		target->port = usual_port(starttls ? *starttls : TRUST_STARTTLS_NONE);
	}
	if (!scheme)
		scheme = service_of_port(target->port);
	target->starttls = starttls ? *starttls : scheme ? scheme->starttls : TRUST_STARTTLS_NONE;
	/* A STARTTLS asked for is the service, whatever the port's usual one is. */
	if (starttls && *starttls != TRUST_STARTTLS_NONE)
		target->service = trust_strdup(trust_starttls_name(*starttls));
	else if (scheme && scheme->starttls == target->starttls)
		target->service = trust_strdup(scheme->name);
	target->path = trust_strdup(pieces->path);
	return true;
}

bool
trust_probe_target_parse(const char *text, const enum trust_starttls *starttls,
    struct trust_probe_target **ret_target, struct trust_error *error)
{
	struct pieces pieces = { .whole = text };
	TRUST_AUTO(trust_probe_target) *target = trust_alloc(sizeof *target);

	/* 253 bytes of name, a path, and room for other scripts. */
	bool good = strlen(text) <= 4096 || refuse("", "it is too long", error);
	good = good && split(&pieces, error) && read_target(target, &pieces, starttls, error);
	pieces_done(&pieces);
	if (good)
		*ret_target = trust_steal(&target);
	return good;
}

bool
trust_probe_target_is_web(const struct trust_probe_target *target)
{
	return target->starttls == TRUST_STARTTLS_NONE &&
	    (!target->service || strcmp(target->service, "https") == 0);
}

void
trust_probe_target_free(struct trust_probe_target *target)
{
	if (!target)
		return;
	trust_free(target->host);
	trust_free(target->shown);
	trust_free(target->service);
	trust_free(target->path);
	trust_free(target);
}
