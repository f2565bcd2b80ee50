/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl verify`: is this certificate trusted, as each store sees it, and if not, why not? Here
 * is what is asked; the words are in cli/verify_report.c, the answer is core/verdict.h's.
 */

#include <string.h>

#include "cli/items.h"
#include "cli/plan.h"
#include "cli/verify_report.h"
#include "core/cert.h"
#include "core/oid.h"
#include "core/place.h"
#include "core/text.h"
#include "import/import.h"

struct options {
	const char *host;
	const char *usage;
	struct cli_time at;
	struct cli_texts untrusted;
	bool second_opinion;
	bool item;
};

/* All that a question borrows from. */
struct sources {
	struct trust_places *places; /* owned */
	struct trust_store **stores; /* owned; for each place; NULL: none there */
	struct trust_error *failed;  /* owned; for each place: why it could not be read */
	struct import_file **files;  /* owned */
	size_t file_count;
	const struct trust_cert **others; /* owned array, borrowed from files */
	size_t other_count;
	const struct trust_cert *cert; /* borrowed */
	char *from;                    /* owned, displayable */
};

static void
sources_done(struct sources *sources)
{
	for (size_t i = 0; sources->stores && i < sources->places->count; i++) {
		trust_store_close(sources->stores[i]);
		trust_error_clear(&sources->failed[i]);
	}
	for (size_t i = 0; i < sources->file_count; i++)
		import_file_free(sources->files[i]);
	trust_free(sources->stores);
	trust_free(sources->failed);
	trust_free(sources->files);
	trust_free(sources->others);
	trust_free(sources->from);
	trust_places_free(sources->places);
}

/* ---- stores -------------------------------------------------------------------------------- */

/* Beside other stores the built-in list is a part of each answer, not one of its own. */
static bool
is_asked(const struct sources *sources, size_t at)
{
	return sources->places->count == 1 || sources->places->list[at].kind != TRUST_PLACE_BUILTIN;
}

static bool
open_stores(struct cli *cli, struct sources *sources, struct trust_error *error)
{
	if (!cli_places(cli, NULL, &sources->places, error))
		return false;
	size_t count = sources->places->count;
	sources->stores = trust_alloc_array(count + 1, sizeof(struct trust_store *));
	sources->failed = trust_alloc_array(count + 1, sizeof(struct trust_error));
	for (size_t i = 0; i < count; i++) {
		const struct trust_place *place = &sources->places->list[i];
		struct trust_error *failed = &sources->failed[i];
		if (!is_asked(sources, i) ||
		    cli_store_open(cli, place, &sources->stores[i], failed))
			continue;
		/* Who has no store yet sees the built-in roots. */
		if (failed->code == TRUST_STORE_MISSING && !cli->global.store && cli_builtin(cli)) {
			cli_note(cli, "%s", failed->message);
			trust_error_clear(failed);
		} else if (count == 1) {
			trust_error_move(error, failed);
			return false;
		}
	}
	return true;
}

/* The one certificate meant, over all stores, else among the built-in roots. */
static bool
pick_item(struct cli *cli, struct sources *sources, const char *text, struct trust_error *error)
{
	const struct trust_item *found = NULL;
	size_t count = sources->places->count;

	for (size_t i = 0; i <= count && !(found && i == count); i++) {
		const struct trust_store *store = i < count ? sources->stores[i] : cli_builtin(cli);
		const struct trust_item *item = NULL;
		TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
		if (!store)
			continue;
		if (!trust_store_select(store, text, &item, &why)) {
			if (why.code == TRUST_INPUT_NOT_FOUND && error->code != TRUST_OK)
				continue;
			trust_error_move(error, &why);
			if (error->code != TRUST_INPUT_NOT_FOUND)
				return false;
			continue;
		}
		if (found && memcmp(found->id, item->id, sizeof found->id) != 0) {
			TRUST_AUTO_FREE char *first = cli_short_id(found->id);
			TRUST_AUTO_FREE char *second = cli_short_id(item->id);
			(void)trust_fail(error, TRUST_INPUT_AMBIGUOUS, found->name,
			    "'%s' means different items in different stores", found->name);
			return trust_hint(error, "%s or %s", first, second);
		}
		if (!found) {
			TRUST_AUTO_FREE char *name = cli_place_words(trust_store_place(store));
			sources->from = i < count ? trust_printf("in the store '%s'", name)
						  : trust_strdup("among the built-in roots");
		}
		found = found ? found : item;
	}
	if (!found && error->code == TRUST_OK)
		return trust_fail(error, TRUST_STORE_MISSING, NULL, "there is no store to look in");
	if (!found)
		return false;
	trust_error_clear(error);
	if (!found->cert)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, found->name,
		    "'%s' is a %s, not a certificate", found->name, trust_kind_word(found->kind));
	sources->cert = found->cert;
	return true;
}

/* ---- files --------------------------------------------------------------------------------- */

static bool
read_file(struct cli *cli, struct sources *sources, const char *path, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *bytes = NULL;
	TRUST_AUTO(import_file) *file = NULL;
	struct trust_asker asker = cli_asker(cli);
	size_t certs = 0;

	if (!import_read(path, &bytes, error))
		return false;
	struct trust_bytes view = { bytes->bytes, bytes->size };
	if (!import_decode(path, view, &asker, &file, error))
		return false;
	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		certs += part->kind == IMPORT_CERTIFICATE;
		if (part->kind == IMPORT_REFUSED)
			cli_warn(
			    cli, "'%s': %s is left out: %s", file->name, part->where, part->reason);
	}
	if (certs == 0)
		return trust_fail(error, TRUST_INPUT_NOT_FOUND, file->name,
		    "'%s' holds no certificate", file->name);
	sources->files =
	    trust_grow_array(sources->files, sources->file_count + 1, sizeof(struct import_file *));
	sources->files[sources->file_count++] = trust_steal(&file);
	return true;
}

/* The first end entity of the file, else its first certificate, is the question. */
static bool
pick_from_file(
    struct cli *cli, struct sources *sources, const char *path, struct trust_error *error)
{
	const struct import_part *chosen = NULL;
	size_t certs = 0;

	if (!read_file(cli, sources, path, error))
		return false;
	const struct import_file *file = sources->files[0];
	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		if (part->kind != IMPORT_CERTIFICATE)
			continue;
		certs++;
		if (!chosen || (trust_cert_is_ca(chosen->cert) && !trust_cert_is_ca(part->cert)))
			chosen = part;
	}
	sources->cert = chosen->cert;
	sources->from =
	    certs == 1 ? trust_printf("in the file '%s'", file->name)
		       : trust_printf("in the file '%s', %s: the first %s of %zu", file->name,
			     chosen->where,
			     trust_cert_is_ca(chosen->cert) ? "certificate" : "end entity", certs);
	return true;
}

static void
collect_others(struct sources *sources)
{
	for (size_t i = 0; i < sources->file_count; i++) {
		const struct import_file *file = sources->files[i];
		sources->others = trust_grow_array(sources->others,
		    sources->other_count + file->count + 1, sizeof(struct trust_cert *));
		for (size_t k = 0; k < file->count; k++)
			if (file->parts[k].kind == IMPORT_CERTIFICATE &&
			    file->parts[k].cert != sources->cert)
				sources->others[sources->other_count++] = file->parts[k].cert;
	}
}

/* ---- usages -------------------------------------------------------------------------------- */

static const char *const purposes[TRUST_USAGES] = {
	[TRUST_TLS_SERVER] = TRUST_OID_SERVER_AUTH,
	[TRUST_TLS_CLIENT] = TRUST_OID_CLIENT_AUTH,
	[TRUST_EMAIL] = TRUST_OID_EMAIL_PROTECTION,
	[TRUST_CODE_SIGNING] = TRUST_OID_CODE_SIGNING,
};

static bool
choose_usages(struct cli_verify *verify, const struct options *options, struct trust_error *error)
{
	const struct trust_cert *cert = verify->question.cert;
	enum trust_usage asked = TRUST_TLS_SERVER;
	bool named = false;

	verify->any = options->usage && strcmp(options->usage, "any") == 0;
	if (options->usage && !verify->any && !trust_usage_parse(options->usage, &asked))
		return trust_fail(error, TRUST_BUG, NULL, "a choice that is no usage");
	if (options->host && asked != TRUST_TLS_SERVER) {
		(void)trust_fail(error, TRUST_USAGE, NULL,
		    "--host is of the usage tls-server, not %s", options->usage);
		return trust_hint(error, "leave out --host, or --usage");
	}
	verify->choice = options->usage ? "as asked" : "a host is named";
	if (!options->usage && !options->host) {
		bool server = verify->kind == TRUST_KIND_SERVER &&
			      trust_cert_allows_purpose(cert, TRUST_OID_SERVER_AUTH);
		for (int i = 0; !server && i < TRUST_USAGES; i++)
			named |= verify->usages[i] = trust_cert_has_purpose(cert, purposes[i]);
		verify->any = !server && !named;
		verify->choice = server  ? "it is a server's certificate"
				 : named ? "the purposes it names"
					 : "it names none of these purposes, so one is enough";
	}
	for (int i = 0; i < TRUST_USAGES && !named; i++)
		verify->usages[i] = verify->any || i == (int)asked;
	return true;
}

/* ---- the command --------------------------------------------------------------------------- */

static enum trust_code
ask_stores(
    struct cli *cli, struct sources *sources, struct cli_verify *verify, struct trust_error *error)
{
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "verdict");
	size_t no = 0;
	size_t unread = 0;

	cli_verify_put_question(doc, verify);
	cli_doc_begin_list(doc, "", "stores");
	for (size_t i = 0; i < sources->places->count; i++) {
		const struct trust_place *place = &sources->places->list[i];
		const struct trust_error *failed = &sources->failed[i];
		if (failed->code != TRUST_OK) {
			TRUST_AUTO_FREE char *name = cli_place_words(place);
			cli_warn(cli, "store '%s' is left out: %s", name, failed->message);
			cli_doc_begin(doc, NULL, "store");
			cli_doc_text(doc, NULL, "store", name);
			cli_doc_text(doc, NULL, "error", failed->message);
			cli_doc_end(doc);
			unread++;
		} else if (is_asked(sources, i)) {
			no += !cli_verify_store(
			    cli, doc, verify, place, sources->stores[i], cli_builtin(cli));
		}
	}
	cli_doc_end_list(doc);
	cli_verify_put_builtin(doc, cli_builtin(cli));
	cli_doc_bool(doc, NULL, "trusted", no == 0 && unread == 0);
	cli_doc_bool(doc, NULL, "undetermined", verify->undetermined);
	if (!cli_doc_print(doc, error))
		return error->code;
	return no ? TRUST_ANSWER_NO : unread ? TRUST_PARTIAL : TRUST_OK;
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	const struct options *options = command_options;
	const char *text = cli->operands[0];
	__attribute__((cleanup(sources_done))) struct sources sources = { 0 };

	if (!open_stores(cli, &sources, error))
		return error->code;
	if (!options->item && cli_names_file(text) ? !pick_from_file(cli, &sources, text, error)
						   : !pick_item(cli, &sources, text, error))
		return error->code;
	for (size_t i = 0; i < options->untrusted.count; i++)
		if (!read_file(cli, &sources, options->untrusted.list[i], error))
			return error->code;
	collect_others(&sources);

	struct cli_verify verify = {
		.question = {
		    .cert = sources.cert,
		    .at = options->at.given ? options->at.time : cli->now,
		    .others = sources.others,
		    .other_count = sources.other_count,
		},
		.host = options->host,
		.kind = trust_kind_of_cert(sources.cert, false),
		.from = sources.from,
		.second_opinion = options->second_opinion,
	};
	if (!choose_usages(&verify, options, error))
		return error->code;
	return ask_stores(cli, &sources, &verify, error);
}

static const struct cli_option options[] = {
	{
	    .name = "host",
	    .argument = CLI_TEXT,
	    .value = "HOST",
	    .help = "a host name or address that the server's certificate must cover",
	    .offset = offsetof(struct options, host),
	},
	{
	    .name = "usage",
	    .argument = CLI_CHOICE,
	    .value = "USAGE",
	    .choices = "tls-server,tls-client,email,code-signing,any",
	    .help = "what it is to be used for; 'any': ask for all, and one is enough (default: "
		    "tls-server for a server, else the purposes it names)",
	    .offset = offsetof(struct options, usage),
	},
	{
	    .name = "at",
	    .argument = CLI_TIME,
	    .value = "TIME",
	    .help = "ask about this time instead of now: 2026-11-24 or 2026-11-24T14:59:35Z",
	    .offset = offsetof(struct options, at),
	},
	{
	    .name = "untrusted",
	    .argument = CLI_LIST,
	    .value = "FILE",
	    .help = "certificates a path may be built with, but not end in; may be repeated",
	    .offset = offsetof(struct options, untrusted),
	},
	{
	    .name = "second-opinion",
	    .argument = CLI_FLAG,
	    .help = "ask NSS too, and say where it differs",
	    .offset = offsetof(struct options, second_opinion),
	},
	{
	    .name = "item",
	    .argument = CLI_FLAG,
	    .help = "the operand names an item, even if there is a file of that name",
	    .offset = offsetof(struct options, item),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_verify = {
	.path = "verify",
	.summary = "say whether a certificate is trusted, and why or why not",
	.operands = "ITEM|FILE",
	.operand = CLI_ITEM,
	.min_operands = 1,
	.max_operands = 1,
	.details =
	    "Shows, for each store and usage, the path from the certificate to an anchor, or the "
	    "one that got furthest, what is wrong with each element, the one cause, and what can "
	    "be done. It is a yes (exit status 0) when every store asked trusts it.\n"
	    "An operand that contains a slash or names an existing file is a file. Of several "
	    "certificates in it the first that is no CA is asked about; the others, like those of "
	    "--untrusted, only help to build the path.\n"
	    "Trust of anchors in a store is read as the store's programs read it. For public CAs "
	    "the answer is that of the built-in list it names, which is approximate for Chromium "
	    "and Firefox: they carry lists of their own. Revocation is not checked, and the "
	    "network is not used.",
	.examples = "trustctl verify 3ad5cf70\n"
		    "trustctl verify ./chain.pem --host www.example.com --store user,firefox\n"
		    "trustctl verify ./server.pem --untrusted ./intermediate.pem --at 2027-01-01",
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
