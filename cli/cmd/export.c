/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl export`: certificates and identities into a file for another program. A private key
 * goes along in PKCS #12, and in PEM when asked for; always encrypted by NSS with the file's
 * password.
 */

#include "export/export.h"

#include <errno.h>
#include <string.h>

#include <unistd.h>

#include "cli/plan.h"
#include "core/cert.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"

struct options {
	const char *output;
	const char *format;
	bool chain;
	bool force;
	bool header;
	bool with_key;
};

static bool
to_stdout(const struct options *options)
{
	return strcmp(options->output, "-") == 0;
}

static bool
takes_keys(const struct options *options, const struct export_format *format)
{
	return format->needs_password || options->with_key;
}

/* What goes into the file, in its order. */
struct content {
	struct export_part *parts;  /* owned; certificates borrowed from the stores */
	struct trust_secret **keys; /* owned; beside the parts */
	char **names;               /* owned; beside the parts */
	size_t count;
};

static void
content_done(struct content *content)
{
	for (size_t i = 0; i < content->count; i++) {
		trust_secret_free(content->keys[i]);
		trust_free(content->names[i]);
	}
	trust_free(content->parts);
	trust_free(content->keys);
	trust_free(content->names);
}

static bool
content_has(const struct content *content, const struct trust_cert *cert)
{
	for (size_t i = 0; i < content->count; i++)
		if (memcmp(content->parts[i].cert->id, cert->id, sizeof cert->id) == 0)
			return true;
	return false;
}

static void
content_add(struct content *content, const struct trust_store *store, const struct trust_item *item,
    struct trust_secret *key)
{
	size_t count = content->count + 1;
	content->parts = trust_grow_array(content->parts, count, sizeof *content->parts);
	content->keys = trust_grow_array(content->keys, count, sizeof(struct trust_secret *));
	content->names = trust_grow_array(content->names, count, sizeof(char *));
	/* The nickname as it is: it goes into the file, not to a terminal. */
	char *name = trust_alloc(item->nickname.size + 1);
	memcpy(name, item->nickname.data != NULL ? item->nickname.data : (const uint8_t *)"",
	    item->nickname.size);
	content->names[content->count] = name;
	content->keys[content->count] = key;
	content->parts[content->count] = (struct export_part) {
		.cert = item->cert,
		.encrypted_key = key,
		.friendly_name = *name != '\0' ? name : item->name,
		.states = trust_item_states(store, item),
	};
	content->count = count;
}

static const struct trust_item *
find_issuer(const struct trust_store *store, const struct trust_cert *cert, struct trust_time now)
{
	const struct trust_item *found = NULL;
	for (size_t i = 0; store != NULL && i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->cert == NULL || !trust_cert_is_ca(item->cert) ||
		    !cli_issued_by(cert, item->cert))
			continue;
		/* Of several issuers with the same key, one that is valid now. */
		if (found == NULL || trust_cert_is_expired(found->cert, now))
			found = item;
	}
	return found;
}

static void
add_chain(struct cli *cli, struct content *content, const struct trust_store *store,
    const struct trust_cert *leaf)
{
	const struct trust_store *builtin = cli_builtin(cli);
	const struct trust_cert *cert = leaf;
	while (!trust_bytes_equal(cert->subject, cert->issuer)) {
		const struct trust_store *from = store;
		const struct trust_item *issuer = find_issuer(store, cert, cli->now);
		if (issuer == NULL) {
			from = builtin;
			issuer = find_issuer(builtin, cert, cli->now);
		}
		if (issuer == NULL) {
			TRUST_AUTO_FREE char *name = trust_name_display(cert->issuer);
			cli_warn(cli, "the chain is incomplete: its issuer '%s' is not here", name);
			return;
		}
		if (content_has(content, issuer->cert))
			return;
		content_add(content, from, issuer, NULL);
		cert = issuer->cert;
	}
}

static const struct export_format *
choose_format(const struct options *options)
{
	const struct export_format *format = NULL;
	if (options->format != NULL) /* one of the option's choices */
		return export_format_by_name(options->format);
	if (!to_stdout(options))
		format = export_format_by_path(options->output);
	return format != NULL ? format : export_format_by_name("pem");
}

/* Options that this format knows nothing of. */
static bool
check_options(const struct options *options, const struct export_format *format,
    const struct cli_picks *picks, struct trust_error *error)
{
	if (format->single && (picks->count > 1 || options->chain))
		return trust_fail(error, TRUST_USAGE, NULL,
		    "a %s file holds exactly one certificate", format->name);
	if (options->header && !format->text)
		return trust_fail(
		    error, TRUST_USAGE, NULL, "a %s file has no room for --header", format->name);
	if (options->with_key && !format->carries_keys) {
		(void)trust_fail(
		    error, TRUST_USAGE, NULL, "a %s file cannot carry a private key", format->name);
		return trust_hint(error, "--format p12 or --format pem");
	}
	return true;
}

static bool
check_items(const struct options *options, const struct export_format *format,
    const struct cli_picks *picks, struct trust_error *error)
{
	bool identity = false;
	for (size_t i = 0; i < picks->count; i++) {
		const struct trust_item *item = picks->list[i];
		if (item->cert == NULL)
			return trust_fail(error, TRUST_INPUT_UNSUPPORTED, item->name,
			    "'%s' is no certificate and cannot be exported", item->name);
		identity = identity || item->key_object_id != 0;
	}
	if (identity || !takes_keys(options, format))
		return true;
	(void)trust_fail(error, TRUST_INPUT_UNSUPPORTED, picks->list[0]->name,
	    "'%s' has no private key here, so there is nothing to protect in a %s file",
	    picks->list[0]->name, format->name);
	return trust_hint(error, "a certificate alone: %s",
	    options->with_key ? "leave out --with-key" : "--format pem or --format der");
}

static bool
check_output(
    const struct options *options, const struct export_format *format, struct trust_error *error)
{
	if (!to_stdout(options))
		return export_save_check(options->output, options->force, error);
	if (!isatty(STDOUT_FILENO))
		return true;
	if (takes_keys(options, format)) {
		(void)trust_fail(
		    error, TRUST_REFUSED, NULL, "private keys are not written to a terminal");
		return trust_hint(error, "give a file: -o FILE%s", format->extension);
	}
	if (!format->text) {
		(void)trust_fail(error, TRUST_REFUSED, NULL,
		    "a %s file is no text and not written to a terminal", format->name);
		return trust_hint(error, "give a file: -o FILE%s", format->extension);
	}
	return true;
}

/* ---- passwords and keys ---------------------------------------------------------------------- */

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
	if (attempt == 0 && memory->password != NULL)
		return trust_secret_copy(memory->password);
	struct trust_secret *password =
	    memory->asker.ask(memory->asker.context, what, subject, attempt);
	trust_secret_free(memory->password);
	memory->password = password != NULL ? trust_secret_copy(password) : NULL;
	return password;
}

static bool
ask_password(struct cli *cli, const struct options *options, struct trust_secret **ret_password,
    struct trust_error *error)
{
	struct trust_asker asker = cli_asker(cli);
	TRUST_AUTO_FREE char *file = to_stdout(options)
					 ? trust_strdup("standard output")
					 : trust_text_display_string(options->output);
	TRUST_AUTO(trust_secret) *password =
	    asker.ask(asker.context, TRUST_PASSWORD_FILE_NEW, file, 0);
	if (password == NULL || password->size == 0) {
		(void)trust_fail(error, TRUST_INPUT_PASSWORD, file,
		    "no password for '%s': a private key is not written without one", file);
		return trust_hint(error, "give it on the terminal or with --password-file FILE");
	}
	*ret_password = trust_steal(&password);
	return true;
}

static void
note_keys_left(struct cli *cli, const struct export_format *format, const struct cli_picks *picks)
{
	const char *remedy =
	    format->carries_keys ? "--with-key takes it along" : "--format p12 takes it along";
	for (size_t i = 0; i < picks->count; i++)
		if (picks->list[i]->key_object_id != 0)
			cli_note(cli, "the private key of '%s' is not part of the file; %s",
			    picks->list[i]->name, remedy);
}

static bool
collect(struct cli *cli, const struct trust_store *store, const struct options *options,
    const struct cli_picks *picks, const struct trust_secret *password, struct content *content,
    struct trust_error *error)
{
	__attribute__((cleanup(memory_done))) struct memory memory = { .asker = cli_asker(cli) };
	const struct trust_asker asker = { .ask = remember, .context = &memory };
	for (size_t i = 0; i < picks->count; i++) {
		const struct trust_item *item = picks->list[i];
		struct trust_secret *key = NULL;
		if (password != NULL && item->key_object_id != 0 &&
		    !trust_store_export_key(trust_store_place(store), item->id, &asker, password,
			EXPORT_ROUNDS, &key, error))
			return false;
		content_add(content, store, item, key);
	}
	for (size_t i = 0; options->chain && i < picks->count; i++)
		add_chain(cli, content, store, picks->list[i]->cert);
	return true;
}

static bool
write_out(struct trust_bytes bytes, struct trust_error *error)
{
	size_t done = 0;
	while (done < bytes.size) {
		ssize_t wrote = write(STDOUT_FILENO, bytes.data + done, bytes.size - done);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return trust_fail_errno(error, TRUST_OUTPUT, errno, "standard output",
			    "cannot write to standard output");
		done += (size_t)wrote;
	}
	return true;
}

static bool
save(struct cli *cli, const struct options *options, const struct export_format *format,
    const struct content *content, const struct trust_secret *password, struct trust_error *error)
{
	const struct export_request request = {
		.parts = content->parts,
		.count = content->count,
		.password = password,
		.rounds = 0,
		.header_text = options->header,
	};
	TRUST_AUTO_BUFFER bytes;
	trust_buffer_init_secret(&bytes, TRUST_MAX_FILE_BYTES);
	if (!format->encode(&request, &bytes, error))
		return false;
	if (bytes.overflow)
		return trust_fail(error, TRUST_OUTPUT, NULL,
		    "the file would be larger than %zu bytes", TRUST_MAX_FILE_BYTES);
	if (to_stdout(options))
		return write_out(trust_buffer_bytes(&bytes), error);
	if (!export_save(options->output, trust_buffer_bytes(&bytes), password != NULL,
		options->force, error))
		return false;

	TRUST_AUTO_FREE char *file = trust_text_display_string(options->output);
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "export");
	cli_doc_text(doc, NULL, "file", file);
	cli_doc_text(doc, NULL, "format", format->name);
	cli_doc_number(doc, NULL, "certificates", (int64_t)content->count);
	size_t keys = 0;
	for (size_t i = 0; i < content->count; i++)
		keys += content->keys[i] != NULL;
	cli_doc_number(doc, NULL, "private_keys", (int64_t)keys);
	cli_doc_line(doc, "wrote '%s': %zu certificate%s, %zu private key%s (%s)", file,
	    content->count, content->count == 1 ? "" : "s", keys, keys == 1 ? "" : "s",
	    format->summary);
	return cli_doc_print(doc, error);
}

/* Everything that can be refused is, before a password is asked for or a key is touched. */
static bool
export_items(struct cli *cli, const struct options *options, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO(trust_secret) *password = NULL;
	CLI_PICKS_AUTO picks = { 0 };
	const struct export_format *format = choose_format(options);
	if (!cli_place(cli, &places, error) ||
	    !cli_store_open(cli, &places->list[0], &store, error) ||
	    !cli_pick(store, cli_builtin(cli), cli->operands, cli->operand_count, &picks, error) ||
	    !check_options(options, format, &picks, error) ||
	    !check_items(options, format, &picks, error) || !check_output(options, format, error))
		return false;
	if (!takes_keys(options, format))
		note_keys_left(cli, format, &picks);
	else if (!ask_password(cli, options, &password, error))
		return false;

	__attribute__((cleanup(content_done))) struct content content = { 0 };
	return collect(cli, store, options, &picks, password, &content, error) &&
	       save(cli, options, format, &content, password, error);
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	const struct options *given = options;
	if (given->output == NULL) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "no output file is named");
		(void)trust_hint(error, "-o FILE, or -o - for standard output");
		return error->code;
	}
	return export_items(cli, given, error) ? TRUST_OK : error->code;
}

static const struct cli_option options[] = {
	{
	    .name = "output",
	    .letter = 'o',
	    .argument = CLI_FILE,
	    .value = "FILE",
	    .help = "write to this file; - is standard output",
	    .offset = offsetof(struct options, output),
	},
	{
	    .name = "format",
	    .argument = CLI_CHOICE,
	    .value = "FORMAT",
	    .choices = "pem,der,p12", /* the names in export_formats */
	    .help = "the format; by default the one the file's name ends in, else pem",
	    .offset = offsetof(struct options, format),
	},
	{
	    .name = "chain",
	    .argument = CLI_FLAG,
	    .help = "add the issuers up to the root, from the store and the built-in roots",
	    .offset = offsetof(struct options, chain),
	},
	{
	    .name = "header",
	    .argument = CLI_FLAG,
	    .help = "PEM: subject, issuer and dates above each certificate",
	    .offset = offsetof(struct options, header),
	},
	{
	    .name = "with-key",
	    .argument = CLI_FLAG,
	    .help = "PEM: the private key too, encrypted with a password",
	    .offset = offsetof(struct options, with_key),
	},
	{
	    .name = "force",
	    .argument = CLI_FLAG,
	    .help = "replace a file that exists",
	    .offset = offsetof(struct options, force),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_export = {
	.path = "export",
	.summary = "write certificates and identities to a file",
	.operands = "ITEM...",
	.operand = CLI_ITEM,
	.min_operands = 1,
	.max_operands = -1,
	.details =
	    "PEM and DER carry certificates. PKCS #12 (p12) carries an identity with its private "
	    "key, "
	    "and so does PEM with --with-key: encrypted with AES-256 under a key derived from the "
	    "file's password (PBKDF2 with SHA-256, 600,000 rounds). The password is asked for on "
	    "the "
	    "terminal or read from --password-file. No format carries trust.\n\n"
	    "By the file's name: .pem and .crt are PEM, .der and .cer DER, .p12 and .pfx PKCS "
	    "#12.\n\n"
	    "Files appear whole or not at all; one with a private key has mode 0600 from its first "
	    "byte. A private key is never written to a terminal, and a device never replaced.",
	.examples = "trustctl export 'Example Root CA' -o root.pem\n"
		    "trustctl export alice@example.com -o alice.p12 --chain\n"
		    "trustctl export 3f8a0c77 -o - --format der",
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
