/* SPDX-License-Identifier: MPL-2.0 */
/* The one item a person means. Never a substring: a command that changes something must not
 * guess. */

#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/store_internal.h"
#include "core/text.h"

#define MIN_DIGITS 6
#define MAX_CANDIDATES 12

/* Hex digits of a prefix, colons left out; false when it is none. */
static bool
parse_prefix(const char *text, char ret_digits[65])
{
	size_t count = 0;

	for (; *text; text++) {
		char c = *text;
		if (c == ':' && count % 2 == 0)
			continue;
		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) || count == 64)
			return false;
		ret_digits[count++] = c;
	}
	ret_digits[count] = '\0';
	return count >= MIN_DIGITS;
}

static bool
has_prefix(const uint8_t *id, const char *digits)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; digits[i]; i++) {
		uint8_t byte = id[i / 2];
		if (digits[i] != hex[i % 2 ? byte & 15 : byte >> 4])
			return false;
	}
	return true;
}

/* Can this text stand in these names? Only ASCII is looked for, in the three widths of ASN.1
 * strings: a search that spares thousands of conversions. */
static bool
may_contain(struct trust_bytes names, const char *text)
{
	uint8_t wide[4 * 64];
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] >= 0x80)
			return true;
	if (length > 64 || memmem(names.data, names.size, text, length))
		return true;
	if (!memchr(names.data, TRUST_DER_BMP_STRING, names.size) &&
	    !memchr(names.data, TRUST_DER_UNIVERSAL_STRING, names.size))
		return false;
	for (size_t width = 2; width <= 4; width += 2) {
		memset(wide, 0, sizeof wide);
		for (size_t i = 0; i < length; i++)
			wide[width * i + width - 1] = (uint8_t)text[i];
		if (memmem(names.data, names.size, wide, width * length))
			return true;
	}
	return false;
}

static bool
has_name(const struct trust_item *item, const char *text)
{
	struct trust_bytes wanted = { (const uint8_t *)text, strlen(text) };

	if (item->nickname.size && trust_bytes_equal(item->nickname, wanted))
		return true;
	if (strcmp(item->name, text) == 0)
		return true;
	if (!item->cert)
		return false;
	TRUST_AUTO_FREE char *common = may_contain(item->cert->subject, text)
	    ? trust_name_attribute(item->cert->subject, TRUST_OID_COMMON_NAME)
	    : NULL;
	if (common && strcmp(common, text) == 0)
		return true;
	if (!strchr(text, '@'))
		return false;
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(item->cert);
	for (size_t i = 0; i < emails->count; i++)
		if (strcasecmp(emails->entries[i].text, text) == 0)
			return true;
	return false;
}

bool
trust_select_is_prefix(const char *text)
{
	char digits[65];

	return parse_prefix(text, digits);
}

bool
trust_select_is_prefix_of(const char *text, const uint8_t id[TRUST_SHA256_BYTES])
{
	char digits[65];

	return parse_prefix(text, digits) && has_prefix(id, digits);
}

bool
trust_select_may_mean(const char *text, struct trust_bytes subject)
{
	/* 2.5.4.3; without a common name something else names it. */
	static const uint8_t common_name[] = { 0x06, 0x03, 0x55, 0x04, 0x03 };

	return strchr(text, '@') || may_contain(subject, text) ||
	    memmem(subject.data, subject.size, common_name, sizeof common_name) == NULL;
}

char *
trust_item_words(const struct trust_item *item)
{
	TRUST_AUTO_FREE char *digits = trust_hex(item->id, 8);

	if (!item->cert)
		return trust_printf("%s  %s  %s", digits, trust_kind_word(item->kind), item->name);
	char from[32];
	char until[32];
	TRUST_AUTO_FREE char *serial = trust_cert_serial_words(item->cert);
	trust_time_format_date(item->cert->not_before, from);
	trust_time_format_date(item->cert->not_after, until);
	return trust_printf("%s  %s  %s  serial %s  %s to %s", digits, trust_kind_word(item->kind),
	    item->name, serial, from, until);
}

static bool
ambiguous(const struct trust_store *store, const char *shown, const struct trust_item **matches,
    size_t count, struct trust_error *error)
{
	TRUST_AUTO_BUFFER list;

	trust_buffer_init(&list, 1024 * 1024);
	for (size_t i = 0; i < count && i < MAX_CANDIDATES; i++) {
		TRUST_AUTO_FREE char *words = trust_item_words(matches[i]);
		trust_buffer_printf(&list, "%s%s", i > 0 ? "\n" : "", words);
	}
	if (count > MAX_CANDIDATES)
		trust_buffer_printf(&list, "\n... and %zu more", count - MAX_CANDIDATES);
	trust_fail(error, TRUST_INPUT_AMBIGUOUS, shown, "'%s' means %zu items of store '%s'", shown,
	    count, store->place.name);
	return trust_hint(error, "name one by the digits in front:\n%s", (char *)list.data);
}

struct matches {
	const struct trust_item **list; /* room for all items */
	bool *taken;                    /* by item */
	size_t count;
};

static void
matches_done(struct matches *matches)
{
	trust_free(matches->list);
	trust_free(matches->taken);
}
#define AUTO_MATCHES __attribute__((cleanup(matches_done))) struct matches

/* What is stored twice is one item: the first of its rows, whichever has the name. */
static void
add_match(struct matches *matches, const struct trust_store *store, const struct trust_item *item)
{
	const struct trust_item *first = trust_store_find(store, item->id);
	size_t at = (size_t)(first - store->items);

	if (!matches->taken[at])
		matches->list[matches->count++] = first;
	matches->taken[at] = true;
}

bool
trust_store_select(const struct trust_store *store, const char *text,
    const struct trust_item **ret_item, struct trust_error *error)
{
	AUTO_MATCHES matches = {
		.list = trust_alloc_array(store->count + 1, sizeof *matches.list),
		.taken = trust_alloc_array(store->count + 1, sizeof *matches.taken),
	};
	TRUST_AUTO_FREE char *shown = trust_text_display_string(text);
	char digits[65];

	bool prefix = parse_prefix(text, digits);
	for (size_t i = 0; prefix && i < store->count; i++)
		if (has_prefix(store->items[i].id, digits))
			add_match(&matches, store, &store->items[i]);
	/* An identifier goes before a name. */
	bool by_name = matches.count == 0 && *text;
	for (size_t i = 0; by_name && i < store->count; i++)
		if (has_name(&store->items[i], text))
			add_match(&matches, store, &store->items[i]);
	if (matches.count == 1) {
		*ret_item = matches.list[0];
		return true;
	}
	if (matches.count > 1)
		return ambiguous(store, shown, matches.list, matches.count, error);
	trust_fail(error, TRUST_INPUT_NOT_FOUND, shown, "no item '%s' in store '%s'", shown,
	    store->place.name);
	TRUST_AUTO_FREE char *where = trust_place_option(&store->place);
	return trust_hint(error,
	    "trustctl list%s shows what is there; an item is named by at "
	    "least %d digits of its identifier, its nickname, its common name or its "
	    "e-mail address",
	    where, MIN_DIGITS);
}
