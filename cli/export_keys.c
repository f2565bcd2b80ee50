/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The keys that go along, and the passwords. A stored key leaves its store only encrypted: with the
 * file's password where the format takes it so, else with a random one that nobody learns, under
 * which the encoder opens it in memory.
 */

#include <stdlib.h>
#include <string.h>

#include "cli/export_plan.h"
#include "cli/internal.h"
#include "core/cert.h"
#include "core/error.h"

#define THROW_AWAY_BYTES 24
#define THROW_AWAY_ROUNDS 1000 /* a random password needs no stretching */

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

/* Java's PBEKey takes no other characters than these. */
static bool
is_for_java(const struct trust_secret *password)
{
	for (size_t i = 0; i < password->size; i++)
		if (password->bytes[i] < 0x20 || password->bytes[i] > 0x7e)
			return false;
	return true;
}

static bool
check_password(const struct cli_export *export, struct trust_error *error)
{
	const char *preset = export->preset ? export->preset->name : "";
	bool java = strcmp(export->format->name, "java-p12") == 0 || strcmp(preset, "java") == 0;

	if (is_for_java(export->password))
		return true;
	if (java) {
		(void)trust_fail(error, TRUST_INPUT_PASSWORD, export->file,
		    "Java could not open '%s': the password has other characters than ASCII",
		    export->file);
		return trust_hint(
		    error, "choose one of letters without accents, digits, blanks and signs");
	}
	if (strcmp(preset, "modern") == 0)
		cli_note(export->cli,
		    "Java cannot open '%s': the password has other characters than ASCII",
		    export->file);
	return true;
}

static bool
ask_password(struct cli_export *export, struct trust_error *error)
{
	const char *usual = export->format->default_password;
	struct trust_asker asker = cli_asker(export->cli);

	if (usual && !export->cli->internal->file_password) {
		cli_note(export->cli,
		    "the password is '%s', as everybody's: nothing in the file is secret", usual);
		export->password = trust_secret_new(usual, strlen(usual));
		return true;
	}
	export->password = asker.ask(asker.context, TRUST_PASSWORD_FILE_NEW, export->file, 0);
	if (export->password && export->password->size > 0)
		return check_password(export, error);
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

	trust_random(random, sizeof random);
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
has_issuer(const struct cli_export *export, const struct trust_cert *cert)
{
	for (size_t i = 0; i < export->count; i++) {
		const struct trust_cert *other = export->parts[i].cert;
		if (other != NULL && trust_name_equal(other->subject, cert->issuer))
			return true;
	}
	return false;
}

/* Whoever takes an identity to another machine takes its chain for a part of it. */
static void
note_issuers_left(struct cli_export *export)
{
	const struct export_format *format = export->format;

	if (format->network || format->key_alone || export->options->chain)
		return;
	for (size_t i = 0; i < export->picked; i++) {
		const struct trust_item *item = export->origins[i].item;
		if (item->key_object_id != 0 && item->cert != NULL &&
		    !trust_cert_is_self_issued(item->cert) && !has_issuer(export, item->cert))
			cli_note(export->cli,
			    "the issuers of '%s' are not part of the file, and some servers refuse "
			    "it without them; --chain takes them along",
			    item->name);
	}
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
		const struct trust_item *item = export->origins[i].item;
		TRUST_AUTO_FREE char *words =
		    item->cert ? trust_cert_key_words(item->cert) : trust_strdup(item->key_words);
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

	if (cli_export_takes_keys(export))
		note_issuers_left(export);
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
