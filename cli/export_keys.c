/* SPDX-License-Identifier: MPL-2.0 */
/*
 * May the parts go out, and with which keys. A stored key leaves its store only encrypted: with the
 * file's password where the format takes it so, else with a random one that nobody learns, under
 * which the encoder opens it in memory.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/export_plan.h"
#include "core/cert.h"
#include "core/error.h"
#include "core/place.h"
#include "core/text.h"

#define THROW_AWAY_BYTES 24
#define THROW_AWAY_ROUNDS 1000 /* a random password needs no stretching */

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
		return false;
	if (place->kind == TRUST_PLACE_BUILTIN) /* which nobody changes */
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

/* What is lost is said before the password is asked for, so that it can be refused. */
static bool
check_losses(struct cli_export *export, struct trust_error *error)
{
	struct cli *cli = export->cli;
	struct export_losses *losses = &export->losses;

	export_losses_find(export->format, export->parts, export->count, losses);
	if (export->left_out_name)
		export_losses_left_out(
		    export->format, export->left_out, export->left_out_name, losses);
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
	return check_trust(export, error) && check_identity(export, error) &&
	    (!export->format->network || check_anchors(export, error)) &&
	    check_output(export, error) && check_losses(export, error);
}

/* ---- passwords ------------------------------------------------------------------------------- */

/* The store's password is asked for once, however many keys are taken out. */
struct memory {
	struct trust_asker asker;
	struct trust_secret *password; /* owned; the last answer */
};

static void
memory_done(struct memory *memory)
{
	trust_secret_free(memory->password);
}

static struct trust_secret *
remember(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	struct memory *memory = context;
	if (attempt == 0 && memory->password)
		return trust_secret_copy(memory->password);
	struct trust_secret *password =
	    memory->asker.ask(memory->asker.context, what, subject, attempt);
	trust_secret_free(memory->password);
	memory->password = password ? trust_secret_copy(password) : NULL;
	return password;
}

static bool
ask_password(struct cli_export *export, struct trust_error *error)
{
	const struct cli_globals *global = &export->cli->global;
	const char *usual = export->format->default_password;
	struct trust_asker asker = cli_asker(export->cli);

	if (usual && !global->password_file && global->password_fd < 0) {
		cli_note(export->cli,
		    "the password is '%s', as everybody's: nothing in the file is secret", usual);
		export->password = trust_secret_new(usual, strlen(usual));
		return true;
	}
	export->password = asker.ask(asker.context, TRUST_PASSWORD_FILE_NEW, export->file, 0);
	if (export->password && export->password->size > 0)
		return true;
	(void)trust_fail(error, TRUST_INPUT_PASSWORD, export->file,
	    usual ? "no password for '%s'"
		  : "no password for '%s': a private key is not written without one",
	    export->file);
	return trust_hint(error, "give it on the terminal or with --password-file FILE");
}

static void
make_key_password(struct cli_export *export)
{
	uint8_t random[THROW_AWAY_BYTES];

	while (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		;
	char *hex = trust_hex(random, sizeof random);
	export->key_password = trust_secret_new(hex, strlen(hex));
	explicit_bzero(hex, strlen(hex));
	explicit_bzero(random, sizeof random);
	trust_free(hex);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void
note_keys_left(struct cli_export *export)
{
	const char *remedy = export->format->carries_keys ? "--with-key takes it along"
							  : "--format p12 takes it along";
	for (size_t i = 0; i < export->picked; i++)
		if (export->origins[i].item->key_object_id != 0)
			cli_note(export->cli, "the private key of '%s' is not part of the file; %s",
			    export->origins[i].item->name, remedy);
}

static bool
fetch(struct cli_export *export, const struct trust_asker *asker, size_t index,
    struct trust_error *error)
{
	struct cli_export_origin *origin = &export->origins[index];
	const struct trust_secret *password =
	    export->key_password ? export->key_password : export->password;
	unsigned rounds = export->key_password ? THROW_AWAY_ROUNDS
	    : export->preset                   ? export->preset->rounds
					       : EXPORT_ROUNDS;

	if (!trust_store_export_key(trust_store_place(origin->store), origin->item->id, asker,
		password, rounds, &origin->key, error))
		return false;
	export->parts[index].encrypted_key = origin->key;
	return true;
}

/* NSS encrypts with AES alone, and what it makes of an Ed25519 key must be mended. */
static bool
wants_mending(const struct cli_export *export)
{
	for (size_t i = 0; i < export->picked; i++) {
		TRUST_AUTO_FREE char *words = trust_cert_key_words(export->parts[i].cert);
		if (strcmp(words, "Ed25519") == 0)
			return true;
	}
	return export->preset && export->preset->cipher != EXPORT_CIPHER_AES256;
}

bool
cli_export_fetch_keys(struct cli_export *export, struct trust_error *error)
{
	__attribute__((cleanup(memory_done))) struct memory memory = {
		.asker = cli_asker(export->cli),
	};
	const struct trust_asker asker = { .ask = remember, .context = &memory };
	bool plain = export->options->plain_key;

	if (!plain && (export->format->needs_password || export->options->with_key) &&
	    !ask_password(export, error))
		return false;
	if (!cli_export_takes_keys(export)) {
		note_keys_left(export);
		return true;
	}
	if (plain || wants_mending(export))
		make_key_password(export);
	for (size_t i = 0; i < export->picked; i++)
		if (export->origins[i].item->key_object_id != 0 && !fetch(export, &asker, i, error))
			return false;
	return true;
}

bool
cli_export_sign(void *context, struct trust_bytes data, struct trust_secret **ret_signature,
    struct trust_error *error)
{
	const struct cli_export *export = context;
	const struct cli_export_signing *signing = &export->signing;
	const struct trust_asker asker = cli_asker(export->cli);

	return trust_store_sign(trust_store_place(signing->store), signing->item->id, &asker, data,
	    ret_signature, error);
}
