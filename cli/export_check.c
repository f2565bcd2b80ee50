/* SPDX-License-Identifier: MPL-2.0 */
/* May the parts go out, and can the output be written? */

#include <string.h>
#include <unistd.h>

#include "cli/export_plan.h"
#include "core/cert.h"
#include "core/error.h"
#include "core/place.h"
#include "core/text.h"

/* ---- what may not go out --------------------------------------------------------------------- */

/* " --usage tls-server,email", or "" when none was asked for; owned by the caller. */
static char *
usage_words(const bool usages[TRUST_USAGES])
{
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, 256);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (usages[usage])
			trust_buffer_printf(&words, "%s%s", words.size > 0 ? "," : " --usage ",
			    trust_usage_word((enum trust_usage)usage));
	return trust_buffer_take(&words);
}

/* Whoever asks for the list of a program may have an identity for that program in mind. */
static const char *
preset_words(const struct export_format *format)
{
	if (strcmp(format->name, "mobileconfig") == 0)
		return " --preset macos";
	if (strcmp(format->name, "jks") == 0 || strcmp(format->name, "java-p12") == 0)
		return " --preset java";
	return "";
}

static bool
refuse_untrusted(const struct cli_export *export, size_t index, struct trust_error *error)
{
	const struct export_part *part = &export->parts[index];
	const struct trust_place *place = trust_store_place(export->origins[index].store);
	TRUST_AUTO_FREE char *name = trust_text_display_string(part->friendly_name);
	TRUST_AUTO_FREE char *states = trust_states_words(part->states);
	TRUST_AUTO_FREE char *id = cli_short_id(part->cert->id);

	(void)trust_fail(error, TRUST_REFUSED_TRUST, name,
	    "'%s' is %s here, and a %s file would make another program trust it", name, states,
	    export->format->name);
	if (trust_states_any(part->states, TRUST_DISTRUSTED))
		return trust_states_any(part->states, TRUST_TRUSTED) &&
		    trust_hint(error,
			"a list that tells usages can have it: --format openssl-trusted, p11-kit or "
			"certutil");
	if (export->origins[index].item->key_object_id && !trust_cert_is_ca(part->cert))
		return trust_hint(error, "with its private key, for a person: --format p12%s",
		    preset_words(export->format));
	/* Nobody changes the built-in roots, and none but a CA can be trusted. */
	if (place->kind == TRUST_PLACE_BUILTIN || !trust_cert_is_ca(part->cert))
		return trust_hint(error, "write the certificate alone: --format pem");
	TRUST_AUTO_FREE char *usages = usage_words(export->options->usages);
	TRUST_AUTO_FREE char *store = trust_place_option(place);
	return trust_hint(error,
	    "trust it here first: trustctl trust enable %s%s%s\n"
	    "or write the certificate alone: --format pem",
	    id, usages, store);
}

static bool
check_trust(const struct cli_export *export, struct trust_error *error)
{
	bool asked = false;
	for (int i = 0; i < TRUST_USAGES; i++)
		asked = asked || export->options->usages[i];
	for (size_t i = 0; export->format->trust_list && i < export->count; i++)
		if (!export_fits(export->format, export->parts[i].cert, export->parts[i].states,
			asked ? export->options->usages : NULL))
			return refuse_untrusted(export, i, error);
	return true;
}

/* In a list whose reader goes by keys, nothing gets another certificate's trust. */
static bool
check_keys_shared(const struct cli_export *export, struct trust_error *error)
{
	const struct export_part *pair[2];

	if (!export_find_widened(export->format, export->parts, export->count, pair))
		return true;
	TRUST_AUTO_FREE char *one = trust_text_display_string(pair[0]->friendly_name);
	TRUST_AUTO_FREE char *other = trust_text_display_string(pair[1]->friendly_name);
	TRUST_AUTO_FREE char *states = trust_states_words(pair[0]->states);
	TRUST_AUTO_FREE char *others = trust_states_words(pair[1]->states);
	(void)trust_fail(error, TRUST_REFUSED_TRUST, one,
	    "'%s' and '%s' have the same key, so that whoever reads a %s file would take each for "
	    "what the other is trusted for (%s; %s)",
	    one, other, export->format->name, states, others);
	return trust_hint(error, "export the items that you want by name, without one of the two");
}

/* What a network program checks the other side against was trusted here, or named for this. */
static bool
check_anchors(const struct cli_export *export, struct trust_error *error)
{
	bool named = export->options->anchors.count > 0;
	size_t anchors = 0;

	for (size_t i = 0; i < export->count; i++) {
		const struct export_part *part = &export->parts[i];
		if (part->role != EXPORT_ROLE_ANCHOR)
			continue;
		anchors++;
		bool distrusted = trust_states_any(part->states, TRUST_DISTRUSTED);
		if (!distrusted && (named || trust_states_any(part->states, TRUST_TRUSTED)))
			continue;
		TRUST_AUTO_FREE char *name = trust_text_display_string(part->friendly_name);
		TRUST_AUTO_FREE char *states = trust_states_words(part->states);
		TRUST_AUTO_FREE char *id = cli_short_id(part->cert->id);
		(void)trust_fail(error, TRUST_REFUSED_TRUST, name,
		    "the other side would be checked against '%s', which is %s here", name, states);
		if (distrusted)
			return false;
		return trust_hint(error, "if it is the right CA for this network: --ca %s", id);
	}
	if (anchors > 0)
		return true;
	TRUST_AUTO_FREE char *name = trust_text_display_string(export->parts[0].friendly_name);
	(void)trust_fail(error, TRUST_INPUT_NOT_FOUND, name,
	    "the root of '%s' is not here, so there is no CA to check the other side against",
	    name);
	return trust_hint(error, "name that CA: --ca ITEM");
}

/* ---- trust that was not checked -------------------------------------------------------------- */

/* A record may be of another store than the one that the part is from. */
static bool
is_unchecked(const struct cli_export *export, const struct export_part *part)
{
	bool checked_against =
	    part->role == EXPORT_ROLE_ANCHOR && export->options->anchors.count == 0;
	bool unchecked = false;

	if (!export->format->trust_list && !checked_against)
		return false;
	for (size_t i = 0; i < export->store_count; i++) {
		const struct trust_item *item = trust_store_find(export->stores[i], part->cert->id);
		unchecked = unchecked || (item && trust_item_seal(item) == TRUST_SEAL_UNVERIFIED);
	}
	return unchecked;
}

/* Whoever may write a store with a password could have written its trust too, and the signature
 * alone tells. */
static bool
check_seals(struct cli_export *export, struct trust_error *error)
{
	static const char remedy[] = "--store-password-file FILE has it checked";
	const char *first = NULL;

	for (size_t i = 0; i < export->count; i++) {
		if (!is_unchecked(export, &export->parts[i]))
			continue;
		first = first ? first : export->origins[i].item->name;
		export->unchecked++;
	}
	if (!first)
		return true;
	size_t others = export->unchecked - 1;
	TRUST_AUTO_FREE char *more = others > 0
	    ? trust_printf(" and %zu other%s", others, others == 1 ? "" : "s")
	    : trust_strdup("");
	TRUST_AUTO_FREE char *words = trust_printf(
	    "NSS signs trust with the store's password, and that of '%s'%s was not checked", first,
	    more);
	if (export->options->no_loss) {
		(void)trust_fail(error, TRUST_REFUSED, first, "%s", words);
		return trust_hint(error, "%s", remedy);
	}
	cli_warn(export->cli, "%s", words);
	cli_hint(export->cli, "%s", remedy);
	return true;
}

/* ---- what cannot go out ---------------------------------------------------------------------- */

static bool
check_identity(const struct cli_export *export, struct trust_error *error)
{
	bool identity = false;
	for (size_t i = 0; i < export->picked; i++)
		identity = identity || export->origins[i].item->key_object_id != 0;
	if (identity || !cli_export_takes_keys(export))
		return true;
	const char *name = export->origins[0].item->name;
	if (export->format->network)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, name,
		    "'%s' has no private key here, so nobody can log in with it", name);
	(void)trust_fail(error, TRUST_INPUT_UNSUPPORTED, name,
	    "'%s' has no private key here, so there is nothing to protect in a %s file", name,
	    export->format->name);
	return trust_hint(error, "a certificate alone: %s",
	    export->options->with_key ? "leave out --with-key" : "--format pem or --format der");
}

static bool
check_output(const struct cli_export *export, struct trust_error *error)
{
	const struct cli_export_options *options = export->options;
	const struct export_format *format = export->format;
	bool keys = cli_export_takes_keys(export);

	if (format->encode_files)
		return export_save_files_check(options->output, keys, error);
	if (!cli_export_to_stdout(export))
		return export_save_check(options->output, options->force, error);
	bool text = format->text && !options->sign; /* a signed message is DER */
	if (!isatty(STDOUT_FILENO) || (text && !keys))
		return true;
	if (keys)
		(void)trust_fail(
		    error, TRUST_REFUSED, NULL, "private keys are not written to a terminal");
	else
		(void)trust_fail(error, TRUST_REFUSED, NULL,
		    "a %s file is no text and not written to a terminal", format->name);
	return trust_hint(error, "give a file: -o FILE%s", format->extension);
}

/* One certificate that the readers cannot take would cost them all others. */
static bool
leave_out_unreadable(struct cli_export *export, struct trust_error *error)
{
	size_t kept = 0;
	size_t picked = export->picked;
	TRUST_AUTO_FREE char *first = NULL;

	for (size_t i = 0; i < export->count; i++) {
		if (export_is_readable(export->format, export->parts[i].cert)) {
			export->parts[kept] = export->parts[i];
			export->origins[kept++] = export->origins[i];
			continue;
		}
		export->picked -= i < picked;
		if (!first)
			first = trust_strdup(export->origins[i].item->name);
		trust_free(export->origins[i].name);
	}
	export_losses_unreadable(export->count - kept, first, &export->losses);
	export->count = kept;
	return kept > 0 ||
	    trust_fail(error, TRUST_REFUSED, NULL, "%s", export->losses.list[0].words);
}

/* What is lost is said before the password is asked for, so that it can be refused. */
static bool
check_losses(struct cli_export *export, struct trust_error *error)
{
	struct cli *cli = export->cli;
	struct export_losses *losses = &export->losses;

	export_losses_find(export->format, export->parts, export->count, losses);
	export_losses_left_out(
	    export->format, export->distrusted.count, export->distrusted.first, losses);
	export_losses_narrow(export->narrow.count, export->narrow.first, losses);
	if (losses->count == 0 || !export->options->no_loss) {
		for (size_t i = 0; i < losses->count; i++)
			cli_note(cli, "not carried: %s", losses->list[i].words);
		return true;
	}
	(void)trust_fail(error, TRUST_REFUSED, NULL, "%s", losses->list[0].words);
	for (size_t i = 1; i < losses->count; i++)
		cli_note(cli, "not carried: %s", losses->list[i].words);
	return trust_hint(error, "leave out --no-loss to write it all the same");
}

bool
cli_export_check(struct cli_export *export, struct trust_error *error)
{
	return check_trust(export, error) && check_keys_shared(export, error) &&
	    leave_out_unreadable(export, error) && check_identity(export, error) &&
	    (!export->format->network || check_anchors(export, error)) &&
	    check_seals(export, error) && check_output(export, error) &&
	    check_losses(export, error);
}
