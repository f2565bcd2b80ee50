/* SPDX-License-Identifier: MPL-2.0 */
/* Does a certificate cover a host (RFC 9525)? Its alternative names count and nothing else: a host
 * name against dNSName, an address against iPAddress. */

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <idn2.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/oid.h"
#include "core/verdict_internal.h"

struct host {
	char *name; /* owned, ASCII, without the last dot; NULL for an address */
	uint8_t address[16];
	size_t address_size; /* 0 for a name */
};

static bool
read_address(const char *text, struct host *host)
{
	size_t size = strlen(text);
	char inner[64];

	if (size > 2 && size < sizeof inner && text[0] == '[' && text[size - 1] == ']') {
		memcpy(inner, text + 1, size - 2);
		inner[size - 2] = '\0';
		host->address_size = inet_pton(AF_INET6, inner, host->address) == 1 ? 16 : 0;
	} else if (inet_pton(AF_INET, text, host->address) == 1) {
		host->address_size = 4;
	} else if (inet_pton(AF_INET6, text, host->address) == 1) {
		host->address_size = 16;
	}
	return host->address_size > 0;
}

/* Is the last label a number? Then it is an address in one of its spellings, and browsers take it
 * for that; no top-level domain is one (RFC 3696 section 2). */
static bool
ends_in_number(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *label = dot ? dot + 1 : name;
	size_t size = strlen(label);

	if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
		return strspn(label + 2, "0123456789abcdefABCDEF") == size - 2;
	return strspn(label, "0123456789") == size;
}

char *
verdict_ascii_domain(const char *text)
{
	bool ascii = true;
	char *encoded = NULL;

	for (const char *c = text; *c; c++)
		ascii &= (unsigned char)*c < 0x80;
	if (ascii)
		return trust_strdup(text);
	if (idn2_to_ascii_8z(text, &encoded, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	char *domain = trust_strdup(encoded);
	idn2_free(encoded);
	return domain;
}

static bool
read_name(const char *text, struct host *host)
{
	host->name = verdict_ascii_domain(text);
	if (!host->name)
		return false;
	size_t size = strlen(host->name);
	if (size && host->name[size - 1] == '.')
		host->name[--size] = '\0';
	return size > 0 && size <= 253 && host->name[0] != '.' && !strchr(host->name, '*') &&
	    !ends_in_number(host->name);
}

static bool
equal(struct trust_bytes name, const char *text)
{
	return name.size == strlen(text) &&
	    strncasecmp((const char *)name.data, text, name.size) == 0;
}

/* A wildcard stands for one whole label, the first, above at least two others. */
static bool
covers_name(struct trust_bytes name, const char *host)
{
	if (name.size == 0 || memchr(name.data, '\0', name.size))
		return false;
	if (name.size < 3 || name.data[0] != '*' || name.data[1] != '.')
		return name.data[0] != '*' && equal(name, host);
	const char *rest = strchr(host, '.');
	struct trust_bytes suffix = { name.data + 1, name.size - 1 };
	return rest && rest != host && memchr(suffix.data + 1, '.', suffix.size - 1) &&
	    !memchr(suffix.data, '*', suffix.size) && equal(suffix, rest);
}

static bool
covers(const struct trust_cert *cert, const struct host *host)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_SUBJECT_ALT_NAME);
	struct trust_der list;
	struct trust_der_element name;

	if (!extension)
		return false;
	struct trust_der der = trust_der_init(extension->value);
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) || !trust_der_at_end(&der))
		return false;
	while (trust_der_next(&list, &name)) {
		if (name.tag == TRUST_DER_CONTEXT_PRIMITIVE(2) && host->name &&
		    covers_name(name.content, host->name))
			return true;
		if (name.tag == TRUST_DER_CONTEXT_PRIMITIVE(7) && host->address_size &&
		    trust_bytes_equal(
			name.content, (struct trust_bytes){ host->address, host->address_size }))
			return true;
	}
	return false;
}

bool
trust_cert_covers_host(const struct trust_cert *cert, const char *text)
{
	struct host host = { 0 };
	bool good = (read_address(text, &host) || read_name(text, &host)) && covers(cert, &host);

	trust_free(host.name);
	return good;
}
