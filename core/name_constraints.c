/* SPDX-License-Identifier: MPL-2.0 */
/* Name constraints, compared in place: nothing is allocated per name, so a certificate with many
 * names costs comparisons only, and those are counted. */

#include "core/name_constraints.h"

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/names_internal.h"
#include "core/oid.h"
#include "core/text.h"

enum { /* tags of GeneralName */
	TAG_EMAIL = 0x81,
	TAG_DNS = 0x82,
	TAG_DIRECTORY = 0xa4,
	TAG_URI = 0x86,
	TAG_IP = 0x87,
};

struct check {
	struct trust_bytes permitted; /* content of the list; empty when absent */
	struct trust_bytes excluded;
	uint64_t *work;
	uint64_t limit;
	unsigned cheap; /* comparisons not yet counted */
	bool out;       /* of work */
};

/* ---- text ---------------------------------------------------------------------------------- */

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static bool
is_alphanumeric(uint8_t c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

static bool
same_text(struct trust_bytes a, struct trust_bytes b)
{
	if (a.size != b.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

static struct trust_bytes
tail(struct trust_bytes text, size_t from)
{
	return (struct trust_bytes){ text.data + from, text.size - from };
}

static struct trust_bytes
without_last_dot(struct trust_bytes name)
{
	if (name.size && name.data[name.size - 1] == '.')
		name.size--;
	return name;
}

/* Is the host below the domain (which has no leading dot)? */
static bool
is_below(struct trust_bytes host, struct trust_bytes domain)
{
	return host.size > domain.size && host.data[host.size - domain.size - 1] == '.' &&
	    same_text(tail(host, host.size - domain.size), domain);
}

/* ---- one name against one constraint ------------------------------------------------------- */

static bool
dns_matches(struct trust_bytes name, struct trust_bytes constraint, bool excluding)
{
	name = without_last_dot(name);
	constraint = without_last_dot(constraint);
	if (constraint.size == 0)
		return true;
	if (constraint.data[0] == '.') /* not in the standard, but in use: only what is below */
		return is_below(name, tail(constraint, 1));
	if (same_text(name, constraint) || is_below(name, constraint))
		return true;
	/* "*.example.com" covers the excluded host "a.example.com". */
	if (!excluding || name.size < 2 || name.data[0] != '*' || name.data[1] != '.')
		return false;
	const uint8_t *dot = memchr(constraint.data, '.', constraint.size);
	return dot && same_text(tail(constraint, (size_t)(dot - constraint.data)), tail(name, 1));
}

/* A host of an e-mail address or URI: ".domain" means what is below, else the host itself. */
static bool
host_matches(struct trust_bytes host, struct trust_bytes constraint)
{
	host = without_last_dot(host);
	constraint = without_last_dot(constraint);
	if (constraint.size && constraint.data[0] == '.')
		return is_below(host, tail(constraint, 1));
	return same_text(host, constraint);
}

static bool
split_email(struct trust_bytes name, struct trust_bytes *ret_local, struct trust_bytes *ret_host)
{
	for (size_t i = name.size; i > 0; i--)
		if (name.data[i - 1] == '@') {
			*ret_local = (struct trust_bytes){ name.data, i - 1 };
			*ret_host = tail(name, i);
			return true;
		}
	return false;
}

static bool
email_matches(struct trust_bytes name, struct trust_bytes constraint, bool excluding)
{
	struct trust_bytes local, host, wanted_local, wanted_host;

	if (constraint.size == 0)
		return true;
	if (!split_email(name, &local, &host))
		return excluding; /* no address: never within, always without */
	if (!split_email(constraint, &wanted_local, &wanted_host))
		return host_matches(host, constraint);
	return same_text(host, wanted_host) &&
	    (excluding ? same_text(local, wanted_local) : trust_bytes_equal(local, wanted_local));
}

static bool
ip_matches(struct trust_bytes name, struct trust_bytes constraint, bool excluding)
{
	if (name.size != 4 && name.size != 16)
		return excluding;
	if (constraint.size != 2 * name.size)
		return false;
	for (size_t i = 0; i < name.size; i++)
		if ((name.data[i] ^ constraint.data[i]) & constraint.data[name.size + i])
			return false;
	return true;
}

/* The host of scheme://user@host:port/path; false when it has none or an address. */
static bool
uri_host(struct trust_bytes uri, struct trust_bytes *ret_host)
{
	size_t at = 0;
	while (at + 2 < uri.size && memcmp(uri.data + at, "://", 3) != 0)
		at++;
	if (at == 0 || at + 2 >= uri.size)
		return false;
	/* What other readers might split elsewhere has no host that anybody could be sure of. */
	for (size_t i = 0; i < at; i++)
		if (!is_alphanumeric(uri.data[i]) && !memchr("+-.", uri.data[i], 3))
			return false;
	struct trust_bytes host = tail(uri, at + 3);
	for (size_t i = 0; i < host.size; i++)
		if (memchr("/?#", host.data[i], 3)) {
			host.size = i;
			break;
		}
	if (host.size && memchr(host.data, '\\', host.size))
		return false;
	for (size_t i = host.size; i > 0; i--)
		if (host.data[i - 1] == '@') {
			host = tail(host, i);
			break;
		}
	if (host.size && host.data[0] == '[')
		return false;
	const uint8_t *colon = host.size ? memchr(host.data, ':', host.size) : NULL;
	if (colon)
		host.size = (size_t)(colon - host.data);
	bool letters = false;
	for (size_t i = 0; i < host.size; i++) {
		if (!is_alphanumeric(host.data[i]) && !memchr("-._", host.data[i], 3))
			return false;
		letters |= host.data[i] != '.' && (host.data[i] < '0' || host.data[i] > '9');
	}
	*ret_host = host;
	return letters;
}

static bool
uri_matches(struct trust_bytes name, struct trust_bytes constraint, bool excluding)
{
	struct trust_bytes host;

	/* RFC 5280: with a constraint, a URI without a host name is refused. */
	return uri_host(name, &host) ? host_matches(host, constraint) : excluding;
}

/* The first `count` relative names of a name, as a name; empty when it has fewer. */
static bool
put_prefix(struct trust_buffer *out, struct trust_bytes name, size_t count)
{
	struct trust_der der = trust_der_init(name);
	struct trust_der inner;
	struct trust_der_element part;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner))
		return false;
	const uint8_t *start = inner.at;
	for (size_t i = 0; i < count; i++)
		if (!trust_der_next(&inner, &part))
			return false;
	trust_der_put(
	    out, TRUST_DER_SEQUENCE, (struct trust_bytes){ start, (size_t)(inner.at - start) });
	return !out->overflow;
}

/* Every part is a set of pairs of a type and a value, one at least, so that it can be compared. */
static bool
is_name(struct trust_bytes name)
{
	struct trust_der der = trust_der_init(name);
	struct trust_der parts, set, pair;
	struct trust_der_element element;
	size_t count = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &parts))
		return false;
	while (!trust_der_at_end(&parts)) {
		if (!trust_der_enter(&parts, TRUST_DER_SET, &set) || trust_der_at_end(&set))
			return false;
		while (!trust_der_at_end(&set))
			if (++count > TRUST_MAX_NAME_PARTS ||
			    !trust_der_enter(&set, TRUST_DER_SEQUENCE, &pair) ||
			    !trust_der_expect(&pair, TRUST_DER_OID, &element) ||
			    !trust_der_next(&pair, &element) || !trust_der_at_end(&pair))
				return false;
	}
	return true;
}

static bool
directory_matches(struct trust_bytes name, struct trust_bytes constraint, bool excluding)
{
	struct trust_der der = trust_der_init(constraint);
	struct trust_der inner;
	struct trust_der_element part;
	size_t count = 0;
	TRUST_AUTO_BUFFER prefix;

	trust_buffer_init(&prefix, TRUST_MAX_CERT_BYTES + 16);
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) || !is_name(constraint) ||
	    !is_name(name))
		return excluding;
	while (trust_der_next(&inner, &part))
		count++;
	return put_prefix(&prefix, name, count) &&
	    trust_name_equal(trust_buffer_bytes(&prefix), constraint);
}

static bool
matches(uint8_t tag, struct trust_bytes name, struct trust_bytes constraint, bool excluding)
{
	switch (tag) {
	case TAG_EMAIL:
		return email_matches(name, constraint, excluding);
	case TAG_DNS:
		return dns_matches(name, constraint, excluding);
	case TAG_DIRECTORY:
		return directory_matches(name, constraint, excluding);
	case TAG_URI:
		return uri_matches(name, constraint, excluding);
	case TAG_IP:
		return ip_matches(name, constraint, excluding);
	default:
		return excluding; /* a kind not known here: never within, always without */
	}
}

/* ---- one name against all constraints ------------------------------------------------------ */

/* Most comparisons look at a few bytes: sixteen of them are one unit of work. */
static bool
spend(struct check *check, uint8_t tag, struct trust_bytes a, struct trust_bytes b)
{
	if (tag == TAG_DIRECTORY)
		*check->work += 20 + (a.size + b.size) / 8;
	else
		*check->work += b.size / 256;
	if (++check->cheap == 16) {
		check->cheap = 0;
		*check->work += 1;
	}
	if (*check->work > check->limit)
		check->out = true;
	return !check->out;
}

/* One list. *ret_any: it says something about this kind of name. */
static bool
list_matches(struct check *check, struct trust_bytes list, uint8_t tag, struct trust_bytes name,
    bool excluding, bool *ret_any)
{
	struct trust_der der = trust_der_init(list);
	struct trust_der subtree;
	struct trust_der_element base;

	*ret_any = false;
	while (trust_der_enter(&der, TRUST_DER_SEQUENCE, &subtree) &&
	    trust_der_next(&subtree, &base)) {
		if (!spend(check, base.tag == tag ? tag : 0, name, base.content))
			return excluding;
		if (base.tag != tag)
			continue;
		*ret_any = true;
		if (matches(tag, name, base.content, excluding))
			return true;
	}
	return false;
}

static enum trust_name_fit
check_name(struct check *check, uint8_t tag, struct trust_bytes name)
{
	bool any = false;

	if (list_matches(check, check->excluded, tag, name, true, &any))
		return check->out ? TRUST_NAME_BUDGET : TRUST_NAME_EXCLUDED;
	bool permitted = list_matches(check, check->permitted, tag, name, false, &any);
	if (check->out)
		return TRUST_NAME_BUDGET;
	return permitted || !any ? TRUST_NAME_FITS : TRUST_NAME_NOT_PERMITTED;
}

/* ---- the certificate's names --------------------------------------------------------------- */

static enum trust_name_fit
check_alternative_names(
    struct check *check, const struct trust_cert *cert, struct trust_bytes *ret_wrong)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_SUBJECT_ALT_NAME);
	struct trust_der list;
	struct trust_der_element name;

	if (!extension)
		return TRUST_NAME_FITS;
	struct trust_der der = trust_der_init(extension->value);
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return TRUST_NAME_CONSTRAINTS_UNREADABLE;
	while (!trust_der_at_end(&list)) {
		if (!trust_der_next(&list, &name))
			return TRUST_NAME_CONSTRAINTS_UNREADABLE;
		enum trust_name_fit fit = check_name(check, name.tag, name.content);
		if (fit != TRUST_NAME_FITS) {
			*ret_wrong = name.whole;
			return fit;
		}
	}
	return TRUST_NAME_FITS;
}

/* E-mail addresses in the subject. RFC 5280 section 4.2.1.10 wants them checked where there are no
 * alternative names; programs that show them do so in any case, so they are checked in any case. */
static enum trust_name_fit
check_subject_emails(
    struct check *check, const struct trust_cert *cert, struct trust_bytes *ret_wrong)
{
	struct trust_der der = trust_der_init(cert->subject);
	struct trust_der parts, set, pair;
	struct trust_der_element oid;
	struct trust_der_element value;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &parts))
		return TRUST_NAME_CONSTRAINTS_UNREADABLE;
	while (trust_der_enter(&parts, TRUST_DER_SET, &set))
		while (trust_der_enter(&set, TRUST_DER_SEQUENCE, &pair)) {
			if (!trust_der_expect(&pair, TRUST_DER_OID, &oid) ||
			    !trust_oid_is(oid.content, TRUST_OID_EMAIL_ADDRESS) ||
			    !trust_der_next(&pair, &value))
				continue;
			/* In sixteen or more bits a letter it is no address: never within, always
			 * without. */
			bool narrow = value.tag != TRUST_DER_BMP_STRING &&
			    value.tag != TRUST_DER_UNIVERSAL_STRING;
			struct trust_bytes address =
			    narrow ? value.content : (struct trust_bytes){ 0 };
			enum trust_name_fit fit = check_name(check, TAG_EMAIL, address);
			if (fit != TRUST_NAME_FITS) {
				*ret_wrong = value.whole;
				return fit;
			}
		}
	return TRUST_NAME_FITS;
}

/* ---- together ------------------------------------------------------------------------------ */

/* Mail addresses, hosts and URIs are IA5String. */
static bool
is_ascii_where_wanted(const struct trust_der_element *base)
{
	for (size_t i = 0; i < base->content.size; i++)
		if (base->content.data[i] >= 0x80)
			return base->tag != TAG_EMAIL && base->tag != TAG_DNS &&
			    base->tag != TAG_URI;
	return true;
}

/* Every subtree is a sequence of a name and nothing else: RFC 5280 wants minimum 0, which is the
 * default, and no maximum. */
static bool
well_formed(struct check *check, struct trust_bytes list)
{
	struct trust_der der = trust_der_init(list);
	struct trust_der subtree;
	struct trust_der_element base;

	while (!trust_der_at_end(&der)) {
		if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &subtree) ||
		    !trust_der_next(&subtree, &base) || !trust_der_at_end(&subtree))
			return false;
		if (!is_ascii_where_wanted(&base))
			return false;
		if (base.tag == TAG_IP && base.content.size != 8 && base.content.size != 32)
			return false;
	}
	*check->work += list.size / 512;
	return true;
}

static bool
read_list(struct trust_der *constraints, uint8_t tag, struct trust_bytes *ret_list)
{
	struct trust_der_element list;

	*ret_list = (struct trust_bytes){ 0 };
	if (trust_der_peek(constraints) != tag)
		return true;
	/* A list has something in it (RFC 5280 section 4.2.1.10: SIZE (1..MAX)). */
	if (!trust_der_expect(constraints, tag, &list) || list.content.size == 0)
		return false;
	*ret_list = list.content;
	return true;
}

static bool
read_constraints(struct check *check, struct trust_bytes value)
{
	struct trust_der der = trust_der_init(value);
	struct trust_der constraints;

	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &constraints) && trust_der_at_end(&der) &&
	    !trust_der_at_end(&constraints) &&
	    read_list(&constraints, TRUST_DER_CONTEXT(0), &check->permitted) &&
	    read_list(&constraints, TRUST_DER_CONTEXT(1), &check->excluded) &&
	    trust_der_at_end(&constraints) && well_formed(check, check->permitted) &&
	    well_formed(check, check->excluded);
}

static bool
has_parts(struct trust_bytes name)
{
	struct trust_der der = trust_der_init(name);
	struct trust_der parts;
	return !trust_der_enter(&der, TRUST_DER_SEQUENCE, &parts) || !trust_der_at_end(&parts);
}

static char *
words_of(const struct trust_cert *cert, struct trust_bytes wrong)
{
	struct trust_der der = trust_der_init(wrong);
	struct trust_der_element element;
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	if (wrong.size == 0)
		return trust_name_display(cert->subject);
	if (trust_der_next(&der, &element) && (element.tag & 0xc0) != 0x80)
		return trust_text_display(element.content.data, element.content.size);
	der = trust_der_init(wrong);
	if (!trust_names_read(&der, &names, &ignored) || names->count == 0)
		return trust_strdup("(a name that cannot be decoded)");
	return trust_strdup(names->entries[0].text);
}

enum trust_name_fit
trust_name_constraints_check(const struct trust_cert *ca, const struct trust_cert *cert,
    uint64_t *work, uint64_t limit, char **ret_name)
{
	const struct trust_extension *extension =
	    trust_cert_extension(ca, TRUST_OID_NAME_CONSTRAINTS);
	struct check check = { .work = work, .limit = limit };
	struct trust_bytes wrong = { 0 };

	if (!extension)
		return TRUST_NAME_FITS;
	if (!read_constraints(&check, extension->value))
		return TRUST_NAME_CONSTRAINTS_UNREADABLE;
	enum trust_name_fit fit = TRUST_NAME_FITS;
	if (has_parts(cert->subject))
		fit = check_name(&check, TAG_DIRECTORY, cert->subject);
	if (fit == TRUST_NAME_FITS)
		fit = check_alternative_names(&check, cert, &wrong);
	if (fit == TRUST_NAME_FITS)
		fit = check_subject_emails(&check, cert, &wrong);
	if (ret_name && (fit == TRUST_NAME_EXCLUDED || fit == TRUST_NAME_NOT_PERMITTED))
		*ret_name = words_of(cert, wrong);
	return fit;
}
