/* SPDX-License-Identifier: MPL-2.0 */
/* Extensions in words, one function each, in the order of RFC 5280 section 4.2, then the others. A
 * function that cannot decode its extension returns false, and the caller says so. */

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/der.h"
#include "core/error.h"
#include "core/ext_words_internal.h"
#include "core/names_internal.h"
#include "core/oid.h"
#include "core/text.h"
#include "core/time.h"

/* Lines shown of one extension; one with a thousand names says how many more there are. */
#define MAX_LINES 200

static void
line(struct trust_lines *lines, char *owned)
{
	lines->total++;
	if (lines->count >= MAX_LINES) {
		trust_free(owned);
		return;
	}
	lines->list = trust_grow_array(lines->list, lines->count + 1, sizeof *lines->list);
	lines->list[lines->count++] = owned;
}

void
trust_lines_done(struct trust_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		trust_free(lines->list[i]);
	trust_free(lines->list);
	*lines = (struct trust_lines){ 0 };
}

static const char *
name_kind_word(enum trust_name_kind kind)
{
	static const char *const words[] = { "DNS", "e-mail", "IP", "URI", "directory", "other" };
	return words[kind];
}

static void
put_names(const struct trust_names *names, const char *prefix, struct trust_lines *lines)
{
	for (size_t i = 0; i < names->count; i++)
		line(lines,
		    trust_printf("%s%s: %s", prefix, name_kind_word(names->entries[i].kind),
			names->entries[i].text));
}

static bool
put_name_list(struct trust_der list, const char *prefix, struct trust_lines *lines)
{
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	if (!trust_names_read(&list, &names, &ignored))
		return false;
	put_names(names, prefix, lines);
	return true;
}

/* ---- RFC 5280 section 4.2.1 ---------------------------------------------------------------- */

static bool
authority_key_id(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der inner;
	struct trust_der issuer;
	struct trust_der_element element;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner))
		return false;
	if (trust_der_expect(&inner, TRUST_DER_CONTEXT_PRIMITIVE(0), &element))
		line(lines, trust_hex_colons(element.content.data, element.content.size));
	if (trust_der_enter(&inner, TRUST_DER_CONTEXT(1), &issuer) &&
	    !put_name_list(issuer, "issuer ", lines))
		return false;
	if (trust_der_expect(&inner, TRUST_DER_CONTEXT_PRIMITIVE(2), &element)) {
		TRUST_AUTO_FREE char *serial =
		    trust_hex_colons(element.content.data, element.content.size);
		line(lines, trust_printf("serial %s", serial));
	}
	return trust_der_at_end(&inner);
}

static bool
octets_as_hex(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der_element element;

	if (!trust_der_expect(&der, TRUST_DER_OCTET_STRING, &element))
		return false;
	line(lines, trust_hex_colons(element.content.data, element.content.size));
	return true;
}

static bool
bit_names(struct trust_der der, const char *const *names, unsigned count, struct trust_lines *lines)
{
	TRUST_AUTO_BUFFER out;
	struct trust_der_element bits;

	trust_buffer_init(&out, 4096);
	if (!trust_der_expect(&der, TRUST_DER_BIT_STRING, &bits) || bits.content.size < 1)
		return false;
	for (unsigned bit = 0; bit < count && 1 + bit / 8 < bits.content.size; bit++)
		if (bits.content.data[1 + bit / 8] & (0x80 >> bit % 8))
			trust_buffer_printf(&out, "%s%s", out.size ? ", " : "", names[bit]);
	line(lines, out.size ? trust_buffer_take(&out) : trust_strdup("nothing"));
	return true;
}

static bool
key_usage(struct trust_der der, struct trust_lines *lines)
{
	static const char *const names[] = { "digital signature", "non-repudiation",
		"key encipherment", "data encipherment", "key agreement", "certificate signing",
		"CRL signing", "encipher only", "decipher only" };
	return bit_names(der, names, TRUST_COUNT(names), lines);
}

static bool
put_qualifiers(struct trust_der policy, struct trust_lines *lines)
{
	struct trust_der list;
	struct trust_der qualifier;
	struct trust_der_element oid;
	struct trust_der_element value;

	if (trust_der_at_end(&policy))
		return true;
	if (!trust_der_enter(&policy, TRUST_DER_SEQUENCE, &list))
		return false;
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &qualifier)) {
		if (!trust_der_expect(&qualifier, TRUST_DER_OID, &oid) ||
		    !trust_der_next(&qualifier, &value))
			return false;
		TRUST_AUTO_FREE char *kind = trust_oid_display(oid.content);
		if (value.tag != TRUST_DER_IA5_STRING) {
			line(lines, trust_printf("  %s", kind));
			continue;
		}
		TRUST_AUTO_FREE char *text =
		    trust_text_display(value.content.data, value.content.size);
		line(lines, trust_printf("  %s: %s", kind, text));
	}
	return trust_der_at_end(&list);
}

static bool
policies(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der list;
	struct trust_der policy;
	struct trust_der_element oid;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return false;
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &policy)) {
		if (!trust_der_expect(&policy, TRUST_DER_OID, &oid))
			return false;
		line(lines, trust_oid_display(oid.content));
		if (!put_qualifiers(policy, lines))
			return false;
	}
	return trust_der_at_end(&list);
}

static bool
policy_mappings(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der list;
	struct trust_der pair;
	struct trust_der_element from;
	struct trust_der_element to;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return false;
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &pair)) {
		if (!trust_der_expect(&pair, TRUST_DER_OID, &from) ||
		    !trust_der_expect(&pair, TRUST_DER_OID, &to))
			return false;
		TRUST_AUTO_FREE char *issuer = trust_oid_display(from.content);
		TRUST_AUTO_FREE char *subject = trust_oid_display(to.content);
		line(lines, trust_printf("%s counts as %s", issuer, subject));
	}
	return trust_der_at_end(&list);
}

static bool
alternative_names(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der list;
	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) && put_name_list(list, "", lines);
}

static bool
basic_constraints(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der inner;
	bool ca = false;
	uint64_t length = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner))
		return false;
	if (trust_der_peek(&inner) == TRUST_DER_BOOLEAN && !trust_der_next_bool(&inner, &ca))
		return false;
	if (trust_der_at_end(&inner)) {
		line(lines,
		    trust_strdup(ca ? "may issue certificates" : "may not issue certificates"));
		return true;
	}
	if (!trust_der_next_uint(&inner, &length))
		return false;
	line(lines,
	    trust_printf("%s, with at most %llu CAs between it and the end",
		ca ? "may issue certificates" : "may not issue certificates",
		(unsigned long long)length));
	return true;
}

static bool
put_subtrees(
    struct trust_der *constraints, uint8_t tag, const char *word, struct trust_lines *lines)
{
	struct trust_der list;
	struct trust_der subtree;

	if (trust_der_peek(constraints) != tag)
		return true;
	if (!trust_der_enter(constraints, tag, &list))
		return false;
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &subtree)) {
		struct trust_der_element base;
		struct trust_der one = subtree;
		if (!trust_der_next(&one, &base))
			return false;
		one.end = one.at;
		one.at = subtree.at;
		if (!put_name_list(one, word, lines))
			return false;
	}
	return trust_der_at_end(&list);
}

static bool
name_constraints(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der inner;
	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) &&
	    put_subtrees(&inner, TRUST_DER_CONTEXT(0), "only ", lines) &&
	    put_subtrees(&inner, TRUST_DER_CONTEXT(1), "never ", lines) && trust_der_at_end(&inner);
}

/* SkipCerts, an INTEGER with an implicit tag; true when it is absent. */
static bool
put_skip_certs(
    struct trust_der *constraints, uint8_t tag, const char *word, struct trust_lines *lines)
{
	struct trust_der_element element;
	uint64_t number = 0;

	if (trust_der_peek(constraints) != tag)
		return true;
	if (!trust_der_next(constraints, &element))
		return false;
	struct trust_bytes bytes = element.content;
	if (bytes.size == 0 || bytes.size > sizeof number || bytes.data[0] & 0x80)
		return false;
	for (size_t i = 0; i < bytes.size; i++)
		number = number << 8 | bytes.data[i];
	line(lines, trust_printf("%s after %llu certificates", word, (unsigned long long)number));
	return true;
}

static bool
policy_constraints(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der inner;

	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) &&
	    put_skip_certs(
		&inner, TRUST_DER_CONTEXT_PRIMITIVE(0), "an explicit policy is required", lines) &&
	    put_skip_certs(
		&inner, TRUST_DER_CONTEXT_PRIMITIVE(1), "policy mapping is inhibited", lines) &&
	    trust_der_at_end(&inner);
}

static bool
extended_key_usage(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der list;
	struct trust_der_element oid;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return false;
	while (trust_der_expect(&list, TRUST_DER_OID, &oid))
		line(lines, trust_oid_display(oid.content));
	return trust_der_at_end(&list);
}

static bool
crl_points(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der list;
	struct trust_der point;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return false;
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &point)) {
		struct trust_der where;
		struct trust_der names;
		struct trust_der_element reasons;
		if (trust_der_enter(&point, TRUST_DER_CONTEXT(0), &where)) {
			if (!trust_der_enter(&where, TRUST_DER_CONTEXT(0), &names))
				line(lines, trust_strdup("relative to the CRL issuer's name"));
			else if (!put_name_list(names, "", lines))
				return false;
		}
		if (trust_der_expect(&point, TRUST_DER_CONTEXT_PRIMITIVE(1), &reasons))
			line(lines, trust_strdup("  for some revocation reasons only"));
		if (trust_der_enter(&point, TRUST_DER_CONTEXT(2), &names) &&
		    !put_name_list(names, "  CRL issuer ", lines))
			return false;
	}
	return trust_der_at_end(&list);
}

static bool
inhibit_any_policy(struct trust_der der, struct trust_lines *lines)
{
	uint64_t number = 0;

	if (!trust_der_next_uint(&der, &number))
		return false;
	line(lines,
	    trust_printf(
		"'any policy' counts no more after %llu certificates", (unsigned long long)number));
	return true;
}

static bool
information_access(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der list;
	struct trust_der access;
	struct trust_der_element method;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return false;
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &access)) {
		if (!trust_der_expect(&access, TRUST_DER_OID, &method))
			return false;
		TRUST_AUTO_FREE char *words = trust_oid_display(method.content);
		TRUST_AUTO_FREE char *prefix = trust_printf("%s, ", words);
		if (!put_name_list(access, prefix, lines))
			return false;
	}
	return trust_der_at_end(&list);
}

/* ---- others -------------------------------------------------------------------------------- */

/* RFC 6962 section 3.3: a list of length-prefixed timestamps, big-endian. */
static bool
timestamps(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der_element element;
	size_t count = 0;

	if (!trust_der_expect(&der, TRUST_DER_OCTET_STRING, &element) || element.content.size < 2)
		return false;
	const uint8_t *at = element.content.data + 2;
	const uint8_t *end = element.content.data + element.content.size;
	if ((size_t)(end - at) != ((size_t)at[-2] << 8 | at[-1]))
		return false;
	struct trust_lines each = { 0 };
	while (end - at >= 2) {
		size_t size = (size_t)at[0] << 8 | at[1];
		at += 2;
		if (size > (size_t)(end - at) || size < 41)
			break;
		uint64_t milliseconds = 0;
		for (unsigned i = 0; i < 8; i++)
			milliseconds = milliseconds << 8 | at[33 + i];
		char when[32];
		/* Whatever the bytes say, only years a calendar has. */
		trust_time_format(
		    (struct trust_time){ (int64_t)(milliseconds / 1000 % UINT64_C(253402300800)) },
		    when);
		TRUST_AUTO_FREE char *log = trust_hex(at + 1, 4);
		line(&each, trust_printf("  log %s..., %s", log, when));
		at += size;
		count++;
	}
	line(lines, trust_printf(count == 1 ? "%zu timestamp" : "%zu timestamps", count));
	for (size_t i = 0; i < each.count; i++)
		line(lines, trust_steal(&each.list[i]));
	lines->total += each.total - each.count;
	trust_lines_done(&each);
	return at == end;
}

static bool
tls_feature(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der list;
	uint64_t feature = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return false;
	while (trust_der_next_uint(&list, &feature))
		line(lines,
		    feature == 5 ? trust_strdup("must staple an OCSP response")
				 : trust_printf("feature %llu", (unsigned long long)feature));
	return trust_der_at_end(&list);
}

static bool
present(struct trust_der der TRUST_UNUSED, struct trust_lines *lines)
{
	line(lines, trust_strdup("yes"));
	return true;
}

static bool
netscape_type(struct trust_der der, struct trust_lines *lines)
{
	static const char *const names[] = { "SSL client", "SSL server", "S/MIME", "object signing",
		"(reserved)", "SSL CA", "S/MIME CA", "object signing CA" };
	return bit_names(der, names, TRUST_COUNT(names), lines);
}

static bool
text(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der_element element;
	size_t size = 0;

	if (!trust_der_next(&der, &element))
		return false;
	TRUST_AUTO_FREE char *raw = trust_text_from_asn1(element.tag, element.content, &size);
	line(lines, trust_text_display(raw, size < 2000 ? size : 2000));
	return true;
}

static bool
microsoft_template(struct trust_der der, struct trust_lines *lines)
{
	struct trust_der inner;
	struct trust_der_element oid;
	uint64_t major = 0;
	uint64_t minor = 0;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_OID, &oid))
		return false;
	TRUST_AUTO_FREE char *id = trust_der_oid_text(oid.content);
	if (!trust_der_next_uint(&inner, &major) || !trust_der_next_uint(&inner, &minor))
		line(lines, trust_strdup(id));
	else
		line(lines,
		    trust_printf("%s, version %llu.%llu", id, (unsigned long long)major,
			(unsigned long long)minor));
	return true;
}

static const struct {
	const char *oid;
	bool (*words)(struct trust_der der, struct trust_lines *lines);
} decoders[] = {
	{ TRUST_OID_AUTHORITY_KEY_ID, authority_key_id },
	{ TRUST_OID_SUBJECT_KEY_ID, octets_as_hex },
	{ TRUST_OID_KEY_USAGE, key_usage },
	{ TRUST_OID_POLICIES, policies },
	{ TRUST_OID_POLICY_MAPPINGS, policy_mappings },
	{ TRUST_OID_SUBJECT_ALT_NAME, alternative_names },
	{ TRUST_OID_ISSUER_ALT_NAME, alternative_names },
	{ TRUST_OID_BASIC_CONSTRAINTS, basic_constraints },
	{ TRUST_OID_NAME_CONSTRAINTS, name_constraints },
	{ TRUST_OID_POLICY_CONSTRAINTS, policy_constraints },
	{ TRUST_OID_EXTENDED_KEY_USAGE, extended_key_usage },
	{ TRUST_OID_CRL_POINTS, crl_points },
	{ TRUST_OID_INHIBIT_ANY_POLICY, inhibit_any_policy },
	{ TRUST_OID_FRESHEST_CRL, crl_points },
	{ TRUST_OID_AUTHORITY_INFO, information_access },
	{ TRUST_OID_SUBJECT_INFO, information_access },
	{ TRUST_OID_SCT_LIST, timestamps },
	{ TRUST_OID_TLS_FEATURE, tls_feature },
	{ TRUST_OID_OCSP_NO_CHECK, present },
	{ TRUST_OID_NETSCAPE_TYPE, netscape_type },
	{ TRUST_OID_NETSCAPE_COMMENT, text },
	{ "1.3.6.1.4.1.311.20.2", text },
	{ "1.3.6.1.4.1.311.21.7", microsoft_template },
};

enum trust_extension_words
trust_extension_lines(const struct trust_extension *extension, struct trust_lines *ret_lines)
{
	for (size_t i = 0; i < TRUST_COUNT(decoders); i++) {
		struct trust_lines lines = { 0 };
		if (!trust_oid_is(extension->oid, decoders[i].oid))
			continue;
		if (!decoders[i].words(trust_der_init(extension->value), &lines)) {
			trust_lines_done(&lines);
			return TRUST_EXTENSION_WRONG;
		}
		*ret_lines = lines;
		return TRUST_EXTENSION_KNOWN;
	}
	return TRUST_EXTENSION_UNKNOWN;
}
