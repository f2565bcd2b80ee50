/* SPDX-License-Identifier: MPL-2.0 */
/* GeneralNames (RFC 5280 section 4.2.1.6): subject alternative names and name constraints. */

#include <arpa/inet.h>
#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/names_internal.h"
#include "core/oid.h"
#include "core/text.h"

void
trust_names_free(struct trust_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->count; i++)
		trust_free(names->entries[i].text);
	trust_free(names->entries);
	trust_free(names);
}

static char *
address_words(int family, const uint8_t *bytes)
{
	char text[INET6_ADDRSTRLEN] = "";
	inet_ntop(family, bytes, text, sizeof text);
	return trust_strdup(text);
}

/* 4 or 16 bytes: an address; 8 or 32: an address and a mask (RFC 5280 section 4.2.1.10). */
static char *
ip_words(struct trust_bytes bytes)
{
	if (bytes.size == 4 || bytes.size == 16)
		return address_words(bytes.size == 4 ? AF_INET : AF_INET6, bytes.data);
	if (bytes.size == 8 || bytes.size == 32) {
		int family = bytes.size == 8 ? AF_INET : AF_INET6;
		const uint8_t *mask = bytes.data + bytes.size / 2;
		TRUST_AUTO_FREE char *address = address_words(family, bytes.data);
		unsigned length = 0;
		while (length < bytes.size * 4 && mask[length / 8] & (0x80 >> length % 8))
			length++;
		for (unsigned bit = length; bit < bytes.size * 4; bit++)
			if (mask[bit / 8] & (0x80 >> bit % 8)) { /* no prefix: show it as it is */
				TRUST_AUTO_FREE char *shown = address_words(family, mask);
				return trust_printf("%s/%s", address, shown);
			}
		return trust_printf("%s/%u", address, length);
	}
	TRUST_AUTO_FREE char *hex = trust_hex(bytes.data, bytes.size < 40 ? bytes.size : 40);
	return trust_printf("(malformed address %s)", hex);
}

static char *
other_words(struct trust_bytes content)
{
	struct trust_der der = trust_der_init(content);
	struct trust_der value;
	struct trust_der_element oid;
	struct trust_der_element text;
	size_t size = 0;

	if (!trust_der_expect(&der, TRUST_DER_OID, &oid))
		return trust_strdup("(malformed other name)");
	TRUST_AUTO_FREE char *kind = trust_oid_display(oid.content);
	if (!trust_der_enter(&der, TRUST_DER_CONTEXT(0), &value) ||
	    !trust_der_next(&value, &text) ||
	    (text.tag != TRUST_DER_UTF8_STRING && text.tag != TRUST_DER_IA5_STRING))
		return trust_printf("%s: %zu bytes", kind, content.size);
	TRUST_AUTO_FREE char *raw = trust_text_from_asn1(text.tag, text.content, &size);
	TRUST_AUTO_FREE char *shown = trust_text_display(raw, size);
	return trust_printf("%s: %s", kind, shown);
}

static bool
read_name(struct trust_der *der, struct trust_name_entry *entry)
{
	struct trust_der_element name;

	if (!trust_der_next(der, &name) || (name.tag & 0xc0) != 0x80)
		return false;
	entry->bytes = name.content;
	switch (name.tag & 0x1f) {
	case 1:
		entry->kind = TRUST_NAME_EMAIL;
		break;
	case 2:
		entry->kind = TRUST_NAME_DNS;
		break;
	case 4: /* Name is a CHOICE, so its tag is explicit */
		entry->kind = TRUST_NAME_DIRECTORY;
		entry->text = trust_name_display(name.content);
		return true;
	case 6:
		entry->kind = TRUST_NAME_URI;
		break;
	case 7:
		entry->kind = TRUST_NAME_IP;
		entry->text = ip_words(name.content);
		return true;
	case 8: {
		TRUST_AUTO_FREE char *oid = trust_der_oid_text(name.content);
		entry->kind = TRUST_NAME_OTHER;
		entry->text = trust_printf("registered ID: %s", oid);
		return true;
	}
	default:
		entry->kind = TRUST_NAME_OTHER;
		entry->text = other_words(name.content);
		return true;
	}
	entry->text = trust_text_display(name.content.data, name.content.size);
	return true;
}

static bool
add_name(struct trust_names *names, struct trust_der *der, struct trust_error *error)
{
	struct trust_name_entry entry = { 0 };

	if (names->count >= TRUST_MAX_NAMES)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
		    "the certificate has more than %d names", TRUST_MAX_NAMES);
	if (!read_name(der, &entry))
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "malformed certificate: a name in it cannot be decoded");
	if ((names->count & (names->count - 1)) == 0)
		names->entries = trust_grow_array(
		    names->entries, names->count ? 2 * names->count : 1, sizeof *names->entries);
	names->entries[names->count++] = entry;
	return true;
}

bool
trust_names_read(struct trust_der *list, struct trust_names **ret_names, struct trust_error *error)
{
	TRUST_AUTO(trust_names) *names = trust_alloc(sizeof *names);

	while (!trust_der_at_end(list))
		if (!add_name(names, list, error))
			return false;
	*ret_names = trust_steal(&names);
	return true;
}

bool
trust_cert_names(
    const struct trust_cert *cert, struct trust_names **ret_names, struct trust_error *error)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_SUBJECT_ALT_NAME);
	struct trust_der list = { 0 };

	if (extension) {
		struct trust_der der = trust_der_init(extension->value);
		if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) || !trust_der_at_end(&der))
			return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
			    "malformed certificate: its alternative names cannot be decoded");
	}
	return trust_names_read(&list, ret_names, error);
}

/* One of the subject, unless it is there; the array has room. */
static void
add_email(struct trust_names *emails, const char *value)
{
	TRUST_AUTO_FREE char *text = trust_text_display_string(value);

	for (size_t i = 0; i < emails->count; i++)
		if (strcmp(emails->entries[i].text, text) == 0)
			return;
	emails->entries[emails->count++] =
	    (struct trust_name_entry){ .kind = TRUST_NAME_EMAIL, .text = trust_steal(&text) };
}

struct trust_names *
trust_cert_emails(const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *all = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	struct trust_names *emails = trust_alloc(sizeof *emails);
	char *in_subject[TRUST_MAX_SUBJECT_EMAILS];
	size_t count = 0;

	bool read = trust_cert_names(cert, &all, &ignored);
	trust_name_attributes(
	    cert->subject, TRUST_OID_EMAIL_ADDRESS, in_subject, TRUST_COUNT(in_subject), &count);
	emails->entries =
	    trust_alloc_array((read ? all->count : 0) + count + 1, sizeof *emails->entries);
	for (size_t i = 0; read && i < all->count; i++)
		if (all->entries[i].kind == TRUST_NAME_EMAIL) {
			emails->entries[emails->count++] = all->entries[i];
			all->entries[i].text = NULL; /* moved */
		}
	for (size_t i = 0; i < count; i++) {
		add_email(emails, in_subject[i]);
		trust_free(in_subject[i]);
	}
	return emails;
}

/* ---- name constraints --------------------------------------------------------------------- */

static bool
constraints_malformed(struct trust_error *error)
{
	return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
	    "malformed certificate: its name constraints cannot be decoded");
}

static bool
read_subtrees(struct trust_der *constraints, uint8_t tag, struct trust_names **ret_names,
    struct trust_error *error)
{
	TRUST_AUTO(trust_names) *names = trust_alloc(sizeof *names);
	struct trust_der list;
	struct trust_der subtree;

	if (trust_der_peek(constraints) == tag) {
		if (!trust_der_enter(constraints, tag, &list))
			return constraints_malformed(error);
		while (!trust_der_at_end(&list)) {
			if (!trust_der_enter(&list, TRUST_DER_SEQUENCE, &subtree))
				return constraints_malformed(error);
			/* minimum must be 0 and maximum absent (RFC 5280): both are ignored here */
			if (!add_name(names, &subtree, error))
				return false;
		}
	}
	*ret_names = trust_steal(&names);
	return true;
}

bool
trust_cert_name_constraints(const struct trust_cert *cert, struct trust_names **ret_permitted,
    struct trust_names **ret_excluded, struct trust_error *error)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_NAME_CONSTRAINTS);
	TRUST_AUTO(trust_names) *permitted = NULL;
	TRUST_AUTO(trust_names) *excluded = NULL;
	struct trust_der constraints = { 0 };

	if (extension) {
		struct trust_der der = trust_der_init(extension->value);
		if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &constraints) ||
		    !trust_der_at_end(&der))
			return constraints_malformed(error);
	}
	if (!read_subtrees(&constraints, TRUST_DER_CONTEXT(0), &permitted, error) ||
	    !read_subtrees(&constraints, TRUST_DER_CONTEXT(1), &excluded, error))
		return false;
	/* A limit that was not understood must not pass for none. */
	if (!trust_der_at_end(&constraints))
		return constraints_malformed(error);
	*ret_permitted = trust_steal(&permitted);
	*ret_excluded = trust_steal(&excluded);
	return true;
}
