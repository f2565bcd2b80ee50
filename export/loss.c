/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a certificate means here and its file elsewhere cannot say. Only what the reader would
 * decide differently counts: a nickname that is lost changes no verdict.
 */

#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/oid.h"
#include "core/text.h"
#include "export/internal.h"

bool
export_fits(const struct export_format *format, const struct trust_cert *cert,
    struct trust_states states, const bool usages[TRUST_USAGES])
{
	bool asked = false;
	bool any = false;
	bool all = true;

	for (int i = 0; i < TRUST_USAGES; i++) {
		bool wanted = usages && usages[i];
		asked = asked || wanted;
		any = any || (states.of[i] == TRUST_TRUSTED && (!usages || wanted));
		all = all && (!wanted || states.of[i] == TRUST_TRUSTED);
	}
	if (format->intermediates && !trust_states_any(states, TRUST_DISTRUSTED) &&
	    trust_cert_is_ca(cert) && !trust_cert_is_self_issued(cert))
		return true;
	if (format->per_usage)
		return asked ? any : trust_states_any(states, TRUST_TRUSTED);
	for (int i = 0; i < TRUST_USAGES; i++)
		if (states.of[i] == TRUST_DISTRUSTED &&
		    (!format->taken_for || format->taken_for[i]))
			return false;
	return asked ? all : states.of[TRUST_TLS_SERVER] == TRUST_TRUSTED;
}

static bool
is_empty_name(struct trust_bytes name)
{
	struct trust_der der = trust_der_init(name);
	struct trust_der parts;

	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &parts) && trust_der_at_end(&parts);
}

/* Java parses no certificate with an empty issuer, nor an empty subject if no other name stands for
 * it; and an anchor is its subject. */
bool
export_is_readable(const struct export_format *format, const struct trust_cert *cert)
{
	return !format->wants_names ||
	    (!is_empty_name(cert->subject) && !is_empty_name(cert->issuer));
}

static void
add(struct export_losses *losses, const char *kind, size_t count, char *words)
{
	losses->list = trust_grow_array(losses->list, losses->count + 1, sizeof *losses->list);
	losses->list[losses->count++] =
	    (struct export_loss){ .kind = kind, .count = count, .words = words };
}

void
export_losses_done(struct export_losses *losses)
{
	for (size_t i = 0; i < losses->count; i++)
		trust_free(losses->list[i].words);
	trust_free(losses->list);
	*losses = (struct export_losses){ 0 };
}

/* "'X'", "'X' and 3 others" */
static char *
name_words(const char *name, size_t count)
{
	TRUST_AUTO_FREE char *shown = trust_text_display_string(name);

	if (count == 1)
		return trust_printf("'%s'", shown);
	return trust_printf("'%s' and %zu other%s", shown, count - 1, count == 2 ? "" : "s");
}

/* "WORDS 'X' and 3 others"; nothing where there is no first one. */
static void
add_parts(struct export_losses *losses, const char *kind, const struct export_part *first,
    size_t count, const char *words)
{
	if (!first)
		return;
	TRUST_AUTO_FREE char *name = export_part_words(first);
	TRUST_AUTO_FREE char *names = name_words(name, count);
	add(losses, kind, count, trust_printf("%s %s", words, names));
}

/* The parts in that order; owned by the caller. */
static const struct export_part **
sort(const struct export_part *parts, size_t count, int (*order)(const void *a, const void *b))
{
	const struct export_part **sorted = trust_alloc_array(count, sizeof *sorted);

	for (size_t i = 0; i < count; i++)
		sorted[i] = &parts[i];
	if (count > 1)
		qsort(sorted, count, sizeof *sorted, order);
	return sorted;
}

/* ---- certificates with one key --------------------------------------------------------------- */

static int
by_key(const void *a, const void *b)
{
	const struct export_part *const *one = a;
	const struct export_part *const *other = b;

	return trust_bytes_compare((*one)->cert->spki, (*other)->cert->spki);
}

static bool
says_the_same(const struct export_part *one, const struct export_part *other)
{
	bool same = true;

	for (int i = 0; i < TRUST_USAGES; i++) {
		enum trust_state a = one->states.of[i];
		enum trust_state b = other->states.of[i];
		same = same && (a == TRUST_TRUSTED) == (b == TRUST_TRUSTED) &&
		    (a == TRUST_DISTRUSTED) == (b == TRUST_DISTRUSTED);
	}
	return same;
}

bool
export_find_widened(const struct export_format *format, const struct export_part *parts,
    size_t count, const struct export_part *ret_pair[2])
{
	const struct export_part *limited = NULL; /* the last one that is not trusted for all */

	if (!format->trust_by_key)
		return false;
	TRUST_AUTO_FREE const struct export_part **sorted = sort(parts, count, by_key);
	for (size_t i = 0; i < count; i++) {
		/* What has no limits says none that another one could get. */
		if (trust_states_full(sorted[i]->states))
			continue;
		ret_pair[0] = limited;
		ret_pair[1] = sorted[i];
		if (limited && by_key(&limited, &sorted[i]) == 0 &&
		    !says_the_same(limited, sorted[i]))
			return true;
		limited = sorted[i];
	}
	return false;
}

static void
find_narrowed(const struct export_format *format, const struct export_part *parts, size_t count,
    struct export_losses *losses)
{
	const struct export_part *first = NULL;
	size_t found = 0;

	if (!format->trust_by_key)
		return;
	TRUST_AUTO_FREE const struct export_part **sorted = sort(parts, count, by_key);
	for (size_t begin = 0, end = 0; begin < count; begin = end) {
		bool limited = false;
		for (end = begin; end < count && by_key(&sorted[begin], &sorted[end]) == 0; end++)
			limited = limited || !trust_states_full(sorted[end]->states);
		for (size_t i = begin; limited && i < end; i++) {
			if (!trust_states_full(sorted[i]->states))
				continue;
			first = first ? first : sorted[i];
			found++;
		}
	}
	add_parts(losses, "usages", first, found,
	    "its reader takes the limits of another certificate with the same key for those of");
}

/* ---- anchors that are no roots --------------------------------------------------------------- */

static int
by_subject(const void *a, const void *b)
{
	const struct export_part *const *one = a;
	const struct export_part *const *other = b;

	return trust_bytes_compare((*one)->cert->subject, (*other)->cert->subject);
}

static int
issuer_to_subject(const void *key, const void *element)
{
	const struct export_part *part = key;
	const struct export_part *const *issuer = element;

	return trust_bytes_compare(part->cert->issuer, (*issuer)->cert->subject);
}

static void
find_open_ends(const struct export_format *format, const struct export_part *parts, size_t count,
    struct export_losses *losses)
{
	const struct export_part *first = NULL;
	size_t found = 0;

	if (!format->wants_roots)
		return;
	TRUST_AUTO_FREE const struct export_part **sorted = sort(parts, count, by_subject);
	for (size_t i = 0; i < count; i++) {
		if (bsearch(&parts[i], sorted, count, sizeof *sorted, issuer_to_subject))
			continue;
		first = first ? first : &parts[i];
		found++;
	}
	add_parts(losses, "no-root", first, found,
	    "its readers, as OpenSSL, end no chain at what is no root, and the issuer is not part "
	    "of it:");
}

/* ---- one question per kind ------------------------------------------------------------------- */

static bool
loses_trust(const struct export_format *format, const struct export_part *part)
{
	return !format->trust_list && !format->network &&
	    !trust_states_equal(part->states, trust_states_all(TRUST_UNDECIDED));
}

static bool
loses_usages(const struct export_format *format, const struct export_part *part)
{
	bool more = false; /* than what it is trusted for, to the list's reader */

	for (int i = 0; i < TRUST_USAGES; i++)
		more = more ||
		    ((!format->taken_for || format->taken_for[i]) &&
			part->states.of[i] != TRUST_TRUSTED);
	return more && format->trust_list && !format->per_usage &&
	    trust_states_any(part->states, TRUST_TRUSTED);
}

static bool
loses_peer(const struct export_format *format, const struct export_part *part)
{
	return format->per_usage && !format->carries_peer &&
	    trust_states_any(part->states, TRUST_PEER);
}

static bool
loses_dates(const struct export_format *format, const struct export_part *part)
{
	bool dated = false;

	for (int i = 0; i < TRUST_USAGES; i++)
		dated = dated || part->has_distrust_after[i];
	return dated && format->trust_list && !format->carries_dates;
}

static bool
loses_limits(const struct export_format *format, const struct export_part *part)
{
	return format->trust_list && format->ignores_limits &&
	    trust_cert_extension(part->cert, TRUST_OID_NAME_CONSTRAINTS) != NULL;
}

static const struct {
	const char *kind;
	bool (*loses)(const struct export_format *format, const struct export_part *part);
	const char *words; /* before the certificate's name */
} questions[] = {
	{ "trust", loses_trust, "the file does not say what is decided here about the trust of" },
	{ "usages", loses_usages, "the file does not say for which usages alone to trust" },
	{ "peer", loses_peer, "the file does not say for which usages to accept directly" },
	{ "distrust-after", loses_dates,
	    "the file does not say from which date on to refuse new certificates of" },
	{ "name-limits", loses_limits, "its readers do not apply the name limits of" },
};

void
export_losses_find(const struct export_format *format, const struct export_part *parts,
    size_t count, struct export_losses *losses)
{
	for (size_t k = 0; k < TRUST_COUNT(questions); k++) {
		const struct export_part *first = NULL;
		size_t found = 0;
		for (size_t i = 0; i < count; i++) {
			if (!questions[k].loses(format, &parts[i]))
				continue;
			first = first ? first : &parts[i];
			found++;
		}
		add_parts(losses, questions[k].kind, first, found, questions[k].words);
	}
	find_narrowed(format, parts, count, losses);
	find_open_ends(format, parts, count, losses);
}

void
export_losses_left_out(const struct export_format *format, size_t count, const char *first,
    struct export_losses *losses)
{
	if (count == 0 || !format->trust_list)
		return;
	TRUST_AUTO_FREE char *names = name_words(first, count);
	add(losses, "distrust", count,
	    trust_printf(
		"the file does not say that %s %s distrusted", names, count == 1 ? "is" : "are"));
}

void
export_losses_narrow(size_t count, const char *first, struct export_losses *losses)
{
	if (count == 0)
		return;
	TRUST_AUTO_FREE char *names = name_words(first, count);
	add(losses, "left-out", count,
	    trust_printf("the file does not say for which usages to trust, so %s, not trusted for "
			 "all those asked, %s left out",
		names, count == 1 ? "is" : "are"));
}

void
export_losses_unreadable(size_t count, const char *first, struct export_losses *losses)
{
	if (count == 0)
		return;
	TRUST_AUTO_FREE char *names = name_words(first, count);
	add(losses, "nameless", count,
	    trust_printf(
		"its readers take no file with a certificate that has no subject or issuer, so %s %s "
		"left out",
		names, count == 1 ? "is" : "are"));
}
