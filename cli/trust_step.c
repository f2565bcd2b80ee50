/* SPDX-License-Identifier: MPL-2.0 */
/* The trust step: before a CA counts for anything more than before, somebody looks at who it is and
 * proves it by its fingerprint. There is no blanket yes. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/internal.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/change.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"

#define TYPED_DIGITS 8

/* Is it a whole one, whosever? */
static bool
is_fingerprint(const char *text)
{
	size_t digits = 0;

	for (; *text; text++)
		if (isxdigit((unsigned char)*text))
			digits++;
		else if (*text != ':' && *text != ' ')
			return false;
	return digits == 2 * (size_t)TRUST_SHA256_BYTES;
}

/* The full fingerprint, with or without colons, in either case. */
static bool
is_fingerprint_of(const char *text, const uint8_t id[TRUST_SHA256_BYTES])
{
	TRUST_AUTO_FREE char *want = trust_hex(id, TRUST_SHA256_BYTES);
	size_t at = 0;

	for (; *text; text++) {
		char c = *text;
		if (c == ':' || c == ' ')
			continue;
		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (!want[at] || c != want[at++])
			return false;
	}
	return at == 2 * (size_t)TRUST_SHA256_BYTES;
}

static bool
is_given(const struct cli_texts *given, const uint8_t id[TRUST_SHA256_BYTES])
{
	for (size_t i = 0; given && i < given->count; i++)
		if (is_fingerprint_of(given->list[i], id))
			return true;
	return false;
}

/* Where certificates can be read: NULL where that failed, and less is told then. */
struct sources {
	const struct trust_store *result; /* borrowed: the store as it will be */
	struct trust_store *store;        /* owned: as it is, with what the change deletes */
};

static void
sources_done(struct sources *sources)
{
	trust_store_close(sources->store);
}

static void
open_sources(
    const struct trust_place *place, struct trust_change *change, struct sources *ret_sources)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	if (!trust_change_result(change, &ret_sources->result, &ignored))
		trust_error_clear(&ignored);
	if (!trust_store_open(place, NULL, &ret_sources->store, &ignored))
		trust_error_clear(&ignored);
}

static const struct trust_cert *
find_cert(struct cli *cli, const struct sources *sources, const uint8_t id[TRUST_SHA256_BYTES])
{
	const struct trust_store *stores[] = {
		sources->result,
		sources->store,
		cli_builtin(cli),
	};

	for (size_t i = 0; i < TRUST_COUNT(stores); i++) {
		const struct trust_item *item = stores[i] ? trust_store_find(stores[i], id) : NULL;
		if (item)
			return item->cert;
	}
	return NULL;
}

/* Where the store decides nothing any more, what the vendor says of a built-in root counts. */
static struct trust_states
effective(struct cli *cli, const struct trust_effect *effect)
{
	const struct trust_store *builtin = cli_builtin(cli);
	const struct trust_item *vendor = builtin ? trust_store_find(builtin, effect->id) : NULL;
	struct trust_states after = effect->after;

	if (!vendor)
		return after;
	struct trust_states own = trust_item_states(builtin, vendor);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (after.of[usage] == TRUST_UNDECIDED)
			after.of[usage] = own.of[usage];
	return after;
}

/* Is it new that the certificate itself is accepted, for some usage, whoever vouches for it? */
static bool
is_accepted_now(
    const struct trust_place *place, struct trust_states before, struct trust_states after)
{
	bool mozilla = trust_place_is_mozillas(place);

	for (int i = 0; i < TRUST_USAGES; i++)
		if (trust_states_accept(after, (enum trust_usage)i, mozilla) &&
		    !trust_states_accept(before, (enum trust_usage)i, mozilla))
			return true;
	return false;
}

static void
tell_power(struct cli *cli, const struct trust_place *place, const struct trust_effect *effect)
{
	static const char *const powers[TRUST_USAGES] = {
		[TRUST_TLS_SERVER] = "vouch for every website and server",
		[TRUST_TLS_CLIENT] = "vouch for everyone who logs in with a certificate",
		[TRUST_EMAIL] = "vouch for every mail address",
		[TRUST_CODE_SIGNING] = "vouch for every program",
	};

	struct trust_states after = effective(cli, effect);
	bool any = false;
	for (int usage = 0; effect->ca && usage < TRUST_USAGES; usage++) {
		if (after.of[usage] != TRUST_TRUSTED || effect->before.of[usage] == TRUST_TRUSTED)
			continue;
		if (!any)
			cli_note(cli, "  its owner could then:");
		any = true;
		cli_note(cli, "    %s", powers[usage]);
	}
	if (any)
		return;
	if (is_accepted_now(place, effect->before, after))
		cli_note(cli, "  this one certificate would be accepted as it is");
	else if (trust_states_any(effect->before, TRUST_DISTRUSTED))
		cli_note(cli, "  it would no longer be refused where an anchor vouches for it");
	else
		cli_note(cli, "  it would be accepted only where an anchor vouches for it, as now");
}

static void
tell_limits(struct cli *cli, const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *permitted = NULL;
	TRUST_AUTO(trust_names) *excluded = NULL;
	TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;

	if (!trust_cert_name_constraints(cert, &permitted, &excluded, &why)) {
		cli_warn(cli, "its name constraints cannot be decoded: %s", why.message);
		return;
	}
	if (permitted->count + excluded->count == 0) {
		if (trust_cert_is_ca(cert))
			cli_note(cli, "  it is not limited to any names");
		return;
	}
	for (size_t i = 0; i < permitted->count && i < 20; i++)
		cli_note(cli, "  limited to: %s", permitted->entries[i].text);
	for (size_t i = 0; i < excluded->count && i < 20; i++)
		cli_note(cli, "  never for: %s", excluded->entries[i].text);
}

/* The rest of the stores, to whoever answers for them as well. */
static void
tell_stores(struct cli *cli, const struct trust_place *place)
{
	TRUST_AUTO_BUFFER names;
	const struct trust_places *all = cli->internal->changing;
	bool behind = false;

	trust_buffer_init(&names, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; all && i < all->count; i++) {
		if (behind)
			trust_buffer_printf(
			    &names, "%s'%s'", names.size ? ", " : "", all->list[i].name);
		behind = behind || &all->list[i] == place;
	}
	if (names.size)
		cli_note(cli, "  stores       the same trust in %s is answered with it",
		    (const char *)names.data);
}

static void
tell(struct cli *cli, const struct trust_place *place, const struct sources *sources,
    const struct trust_effect *effect)
{
	const struct trust_cert *cert = find_cert(cli, sources, effect->id);
	TRUST_AUTO_FREE char *fingerprint = trust_hex_colons(effect->id, TRUST_SHA256_BYTES);
	TRUST_AUTO_FREE char *before = trust_states_words(effect->before);
	TRUST_AUTO_FREE char *after = trust_states_words(effect->after);

	cli_note(cli, "the trust step, for '%s' in store '%s' (read by %s):", effect->name,
	    place->name, place->readers ? place->readers : "its programs");
	if (cert) {
		char from[32];
		char until[32];
		TRUST_AUTO_FREE char *subject = trust_name_display(cert->subject);
		TRUST_AUTO_FREE char *words =
		    trust_time_expiry_words(cert->not_before, cert->not_after, cli->now);
		trust_time_format_date(cert->not_before, from);
		trust_time_format_date(cert->not_after, until);
		cli_note(cli, "  subject      %s", subject);
		cli_note(cli, "  valid        %s to %s (%s)", from, until, words);
	}
	cli_note(cli, "  fingerprint  %s", fingerprint);
	cli_note(cli, "  trust        %s -> %s", before, after);
	tell_stores(cli, place);
	tell_power(cli, place, effect);
	if (cert)
		tell_limits(cli, cert);
}

static bool
ask_digits(struct cli *cli, const struct trust_effect *effect, struct trust_error *error)
{
	TRUST_AUTO_FREE char *digits = trust_hex(effect->id, TYPED_DIGITS / 2);
	TRUST_AUTO_FREE char *answer = cli_read_line(
	    cli, "compare the fingerprint with one from its owner, then type its first 8 digits: ");
	char typed[TYPED_DIGITS + 1] = "";
	size_t used = 0;

	for (const char *c = answer; c && *c && used < TYPED_DIGITS; c++)
		if (*c != ':' && *c != ' ')
			typed[used++] = *c >= 'A' && *c <= 'F' ? (char)(*c - 'A' + 'a') : *c;
	if (answer && strcmp(typed, digits) == 0)
		return true;
	return trust_fail(error, TRUST_REFUSED, effect->name,
	    "these are not the first 8 digits of the fingerprint of '%s'; the store is as it was",
	    effect->name);
}

bool
cli_trust_step_lacks(const struct trust_effect *effect, const struct cli_texts *given)
{
	return effect->widens && !is_given(given, effect->id);
}

char *
cli_trust_step_options(
    const struct trust_effect *effects, size_t count, const struct cli_texts *given)
{
	TRUST_AUTO_BUFFER options;

	trust_buffer_init(&options, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i < count; i++) {
		TRUST_AUTO_FREE char *digits = trust_hex(effects[i].id, TRUST_SHA256_BYTES);
		if (cli_trust_step_lacks(&effects[i], given))
			trust_buffer_printf(&options, " --fingerprint %s", digits);
	}
	return trust_buffer_take(&options);
}

/* The first text given that is the fingerprint of nothing here, or NULL. */
static const char *
find_stray(const struct trust_effect *effects, size_t count, const struct cli_texts *given)
{
	for (size_t i = 0; given && i < given->count; i++) {
		bool known = false;
		for (size_t k = 0; k < count; k++)
			known = known || is_fingerprint_of(given->list[i], effects[k].id);
		if (!known)
			return given->list[i];
	}
	return NULL;
}

char *
cli_trust_step_wrong(
    const struct trust_effect *effects, size_t count, const struct cli_texts *given)
{
	const char *stray = find_stray(effects, count, given);

	for (size_t i = 0; stray && i < count; i++) {
		if (!cli_trust_step_lacks(&effects[i], given))
			continue;
		TRUST_AUTO_FREE char *shown = trust_text_display_string(stray);
		return trust_printf(is_fingerprint(stray)
			? "the fingerprint given, %s, is NOT that of '%s'"
			: "'%s' is not a whole SHA-256 fingerprint and confirms nothing of '%s'",
		    shown, effects[i].name);
	}
	return NULL;
}

static bool
refuse(const struct trust_change *change, const struct cli_texts *given, struct trust_error *error)
{
	const struct trust_effect *effects = trust_change_effects(change);
	size_t count = trust_change_effect_count(change);
	TRUST_AUTO_FREE char *options = cli_trust_step_options(effects, count, given);
	TRUST_AUTO_FREE char *wrong = cli_trust_step_wrong(effects, count, given);
	const char *name = NULL;

	for (size_t i = 0; !name && i < count; i++)
		if (cli_trust_step_lacks(&effects[i], given))
			name = effects[i].name;
	/* Nobody is handed what would make the comparison come out right. */
	if (wrong) {
		trust_fail(error, TRUST_REFUSED, name, "%s; the store is as it was", wrong);
		return trust_hint(error,
		    "do not trust it before its owner has told you its SHA-256 fingerprint, and "
		    "explained why another one was given");
	}
	trust_fail(error, TRUST_REFUSED, name,
	    "widening the trust of '%s' is the trust step, and wants its fingerprint; the store is "
	    "as it was",
	    name);
	return trust_hint(
	    error, "compare the fingerprint with one from its owner, then add%s", options);
}

/* The same step of an earlier store; NULL: none. */
static const struct cli_step *
find_step(const struct cli *cli, const struct trust_effect *effect)
{
	for (size_t i = 0; i < cli->internal->step_count; i++) {
		const struct cli_step *step = &cli->internal->steps[i];
		if (memcmp(step->id, effect->id, sizeof step->id) == 0 &&
		    trust_states_equal(step->before, effect->before) &&
		    trust_states_equal(step->after, effect->after))
			return step;
	}
	return NULL;
}

static void
remember_step(struct cli *cli, const struct trust_effect *effect, bool confirmed)
{
	struct cli_internal *internal = cli->internal;

	internal->steps =
	    trust_grow_array(internal->steps, internal->step_count + 1, sizeof *internal->steps);
	struct cli_step *step = &internal->steps[internal->step_count++];
	*step = (struct cli_step){
		.before = effect->before,
		.after = effect->after,
		.confirmed = confirmed,
	};
	memcpy(step->id, effect->id, sizeof step->id);
}

/* False: a person typed other digits, now or for an earlier store. */
static bool
confirm(struct cli *cli, const struct cli_step *earlier, const struct trust_effect *effect,
    const struct cli_texts *given, bool *ret_confirmed, struct trust_error *error)
{
	bool asks = cli_has_person(cli) && !(given && given->count);
	bool confirmed = is_given(given, effect->id) || (earlier && earlier->confirmed);

	if (!confirmed && asks && earlier)
		return trust_fail(error, TRUST_REFUSED, effect->name,
		    "the digits typed for '%s' were not those of its fingerprint; the store is as "
		    "it was",
		    effect->name);
	if (!confirmed && asks)
		confirmed = ask_digits(cli, effect, error);
	if (!earlier)
		remember_step(cli, effect, confirmed);
	*ret_confirmed = confirmed;
	return confirmed || !asks;
}

bool
cli_trust_step(struct cli *cli, const struct trust_place *place, struct trust_change *change,
    const struct cli_texts *given, uint8_t (**ret_confirmed)[TRUST_SHA256_BYTES], size_t *ret_count,
    struct trust_error *error)
{
	__attribute__((cleanup(sources_done))) struct sources sources = { 0 };
	size_t effect_count = trust_change_effect_count(change);
	TRUST_AUTO_FREE uint8_t(*confirmed)[TRUST_SHA256_BYTES] =
	    trust_alloc_array(effect_count + 1, sizeof *confirmed);
	size_t count = 0;
	bool missing = false;

	for (size_t i = 0; i < effect_count; i++) {
		const struct trust_effect *effect = &trust_change_effects(change)[i];
		if (!effect->widens)
			continue;
		const struct cli_step *earlier = find_step(cli, effect);
		bool good = false;
		if (earlier)
			cli_note(cli,
			    "the trust step, for '%s' in store '%s' (read by %s): as above",
			    effect->name, place->name,
			    place->readers ? place->readers : "its programs");
		if (!earlier && !sources.store)
			open_sources(place, change, &sources);
		if (!earlier)
			tell(cli, place, &sources, effect);
		if (!confirm(cli, earlier, effect, given, &good, error))
			return false;
		missing |= !good;
		memcpy(confirmed[count++], effect->id, TRUST_SHA256_BYTES);
	}
	if (missing)
		return refuse(change, given, error);
	*ret_confirmed = trust_steal(&confirmed);
	*ret_count = count;
	return true;
}
