/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl import`: certificates and identities from files people were handed. Says what the files
 * hold and what becomes of each block, then makes one change per store. Trust is never touched.
 */

#include <string.h>

#include "cli/import_report.h"
#include "cli/internal.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/place.h"
#include "core/preflight.h"
#include "core/text.h"

struct options {
	bool strict;
	bool identity;
	bool keep_orphan_key;
	bool as_rsa;
	const char *name;
	const char *from;
	const char *starttls;
	const char *connect;
	const char *ip_version;
};

struct context {
	struct cli_import import;
	struct cli_plan plan;
	const struct options *options;
	char *source; /* owned, displayable */
	/* The user's store, when this command made it; borrowed from the places. */
	const struct trust_place *made;
	char *there;               /* owned: the part of its path that was there before */
	struct trust_error unmade; /* why it could not be made */
};

static void
context_done(struct context *context)
{
	cli_import_done(&context->import);
	cli_plan_done(&context->plan);
	trust_free(context->source);
	trust_free(context->there);
	trust_error_clear(&context->unmade);
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool
read_file(struct cli *cli, const struct options *options, const char *path,
    struct import_file **ret_file, struct trust_error *error)
{
	if (!cli_read_import(cli, path, NULL, ret_file, error))
		return false;
	struct import_file *file = *ret_file;
	for (size_t i = 0; options->as_rsa && i < file->count; i++)
		if (import_key_as_rsa(&file->parts[i])) {
			trust_free(file->parts[i].key_words);
			file->parts[i].key_words = trust_strdup("RSA (was restricted to PSS)");
		}
	return true;
}

/* Each file by itself: one that cannot be read does not stop the others, except with --strict. */
static bool
read_files(struct cli *cli, struct context *context, struct trust_error *error)
{
	struct cli_import *import = &context->import;
	import->files = trust_alloc_array(cli->operand_count + 1, sizeof(struct import_file *));
	import->paths = trust_alloc_array(cli->operand_count + 1, sizeof(const char *));
	size_t good = 0;
	const struct options *options = context->options;
	if (options->from != NULL) {
		const struct import_server server = {
			.target = options->from,
			.starttls = options->starttls,
			.connect_ip = options->connect,
			.ip_version =
			    options->ip_version ? (unsigned)(*options->ip_version - '0') : 0,
		};
		if (!import_read_server(&server, &import->files[0], error))
			return false;
		good = import->file_count = 1;
	}
	TRUST_AUTO_ERROR first = TRUST_ERROR_INIT;
	for (size_t i = 0; i < cli->operand_count; i++) {
		TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
		if (read_file(cli, context->options, cli->operands[i],
			&import->files[import->file_count], &failed)) {
			import->paths[import->file_count++] = cli->operands[i];
			good++;
			continue;
		}
		if (context->options->strict || cli->operand_count + good == 1) {
			trust_error_move(error, &failed);
			return false;
		}
		cli_warn(cli, "left out: %s", failed.message);
		cli_import_add_failure(import, cli->operands[i], failed.message);
		if (first.code == TRUST_OK)
			trust_error_move(&first, &failed);
	}
	if (good > 0)
		return true;
	trust_error_move(error, &first);
	return false;
}

/* ---- deciding ----------------------------------------------------------------------------- */

static bool
nothing_good(const struct cli_import_blocks *blocks)
{
	return blocks->of[CLI_IMPORT_ADD] + blocks->of[CLI_IMPORT_THERE] == 0;
}

/* What must be refused as a whole, before anything is written or created. */
static bool
check(const struct context *context, const struct cli_import_blocks *blocks,
    struct trust_error *error)
{
	size_t refused = blocks->of[CLI_IMPORT_REFUSED];
	const struct cli_import_block *reason = NULL;
	bool identity = false;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		identity = identity || block->identity;
		if (block->why != NULL &&
		    (reason == NULL ||
			(reason->outcome != CLI_IMPORT_REFUSED &&
			    block->outcome == CLI_IMPORT_REFUSED)))
			reason = block;
	}
	if (context->options->identity && !identity && !nothing_good(blocks)) {
		(void)trust_fail(error, TRUST_INPUT_UNSUPPORTED, context->source,
		    "'%s' has no private key, so it brings no identity", context->source);
		return trust_hint(error,
		    "this file has no private key: ask the issuer for the .p12 (or .pfx) file");
	}
	if (reason != NULL && (nothing_good(blocks) || (context->options->strict && refused > 0))) {
		(void)trust_fail(error, TRUST_INPUT_UNSUPPORTED, reason->file->name,
		    nothing_good(blocks) ? "nothing in '%s' can be imported: %s: %s"
					 : "'%s' is not imported (--strict): %s: %s",
		    reason->file->name, reason->part->where != NULL ? reason->part->where : "block",
		    reason->why);
		return context->options->identity
		    ? trust_hint(error, "ask the issuer for the .p12 (or .pfx) file")
		    : false;
	}
	if (nothing_good(blocks))
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, context->source,
		    "nothing in '%s' can be imported", context->source);
	return true;
}

static bool
decide(struct cli *cli, struct context *context, const struct trust_place *place,
    const struct trust_store *store, struct cli_import_blocks *ret_blocks,
    const struct cli_import_block **ret_named, struct trust_error *error)
{
	const struct cli_import_block *named = NULL;
	const struct cli_import_rules rules = {
		.store = store,
		.builtin = cli_builtin(cli),
		.nss_libdir = place->nss_libdir,
		.keep_orphan_keys = context->options->keep_orphan_key,
	};
	if (!cli_import_decide((const struct import_file *const *)context->import.files,
		context->import.file_count, &rules, ret_blocks, error))
		return false;
	if (!check(context, ret_blocks, error) ||
	    (context->options->name != NULL && !cli_import_find_named(ret_blocks, &named, error))) {
		cli_import_blocks_done(ret_blocks);
		return false;
	}
	*ret_named = named;
	return true;
}

static void
plan_actions(const struct context *context, const struct cli_import_blocks *blocks,
    const struct cli_import_block *named, struct cli_plan_part *part)
{
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		if (block->outcome != CLI_IMPORT_ADD || block->part->kind != IMPORT_CERTIFICATE)
			continue;
		struct trust_action *add = cli_plan_add(part, TRUST_ADD_CERT);
		memcpy(add->id, block->part->cert->id, sizeof add->id);
		add->der = block->part->cert->der;
		add->nickname =
		    block == named ? context->options->name : block->part->friendly_name;
	}
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		if (block->outcome != CLI_IMPORT_ADD || block->part->kind != IMPORT_CRL)
			continue;
		struct trust_action *add = cli_plan_add(part, TRUST_ADD_CRL);
		memcpy(add->id, block->part->crl->id, sizeof add->id);
		add->der = block->part->crl->der;
	}
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		if (block->outcome != CLI_IMPORT_ADD || block->part->kind != IMPORT_KEY)
			continue;
		struct trust_action *add = cli_plan_add(part, TRUST_ADD_KEY);
		add->pkcs8 = block->part->pkcs8;
		bool of_named = named != NULL && block->owner != NULL &&
		    memcmp(block->owner->id, named->part->cert->id, sizeof add->id) == 0;
		add->nickname = of_named ? context->options->name : block->part->friendly_name;
		if (block->owner != NULL)
			memcpy(add->id, block->owner->id, sizeof add->id);
	}
}

static void
say_unnamed(struct cli *cli, const struct context *context, const struct trust_place *place,
    const struct cli_import_block *named)
{
	TRUST_AUTO_FREE char *store = cli_place_words(place);
	if (context->options->name != NULL && named == NULL)
		cli_note(
		    cli, "--name names nothing: no certificate is added to the store '%s'", store);
}

/* The user's store is made when it is asked for and not there; others are not. */
static bool
is_to_be_made(const struct trust_place *place)
{
	return place->kind == TRUST_PLACE_USER && !place->exists;
}

static bool
open_part(struct cli *cli, struct context *context, const struct trust_place *place,
    struct cli_plan_part **ret_part, struct trust_error *error)
{
	if (!is_to_be_made(place))
		return cli_plan_open(cli, &context->plan, place, ret_part, error);
	if (context->unmade.code != TRUST_OK) {
		trust_error_move(error, &context->unmade);
		return false;
	}
	/* A dry run goes on without one. */
	if (!trust_preflight_create(place, error))
		return false;
	*ret_part = cli_plan_open_new(&context->plan);
	return true;
}

static bool
build(struct cli *cli, const struct trust_place *place, void *user_context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	struct context *context = user_context;
	TRUST_AUTO_FREE char *path = trust_text_display_string(place->path);
	struct cli_plan_part *part = NULL;
	struct cli_import_blocks blocks = { 0 };
	const struct cli_import_block *named = NULL;
	if (!open_part(cli, context, place, &part, error) ||
	    !decide(cli, context, place, part->store, &blocks, &named, error))
		return false;

	cli_import_show(cli, &context->import, place, &blocks);
	say_unnamed(cli, context, place, named);
	if (part->store == NULL)
		cli_note(cli, "would create the store '%s': there is none yet", path);
	plan_actions(context, &blocks, named, part);
	cli_import_keep_distrust(cli, &blocks, part);
	cli_import_keep(&context->import, place, &blocks);
	cli_plan_request(cli, part, ret_request);
	ret_request->source = context->source;
	if (context->import.file_count == 1)
		ret_request->source_digest = context->import.files[0]->digest;
	return true;
}

/* ---- the store that is not there yet ------------------------------------------------------ */

static bool
create_user_store(
    struct cli *cli, struct context *context, struct trust_place *place, struct trust_error *error)
{
	struct cli_import_blocks blocks = { 0 };
	const struct cli_import_block *named = NULL;
	TRUST_AUTO_FREE char *path = trust_text_display_string(place->path);
	/* Nothing is created for files that bring nothing. */
	if (!trust_preflight_create(place, error) ||
	    !decide(cli, context, place, NULL, &blocks, &named, error))
		return false;
	cli_import_blocks_done(&blocks);
	trust_free(context->there);
	context->there = trust_store_path_there(place->path);
	bool made = trust_store_create(place->path, place->nss_libdir, NULL, error);
	place->exists = made || trust_place_has_store(place->path);
	if (!made && (error->code != TRUST_REFUSED || !place->exists))
		return false;
	trust_error_clear(error); /* another program has made it meanwhile */
	if (!made)
		return true;
	context->made = place;
	cli_store_made(cli, place);
	cli_note(cli, "created the store '%s': there was none yet", path);
	return true;
}

/* The unit that the file's parts are, "Acme"; NULL: none. A payload that is ignored is in none. */
static const char *
group_of(const struct import_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->parts[i].group != NULL)
			return file->parts[i].group;
	return NULL;
}

/* "acme.mobileconfig (Acme) and 2 more" */
static char *
source_words(const struct cli_import *import)
{
	const struct import_file *first = import->files[0];
	const char *group = group_of(first);
	TRUST_AUTO_FREE char *more = import->file_count > 1
	    ? trust_printf(" and %zu more", import->file_count - 1)
	    : trust_strdup("");
	return trust_printf("%s%s%s%s%s", first->name, group != NULL ? " (" : "",
	    group != NULL ? group : "", group != NULL ? ")" : "", more);
}

static void
report(struct cli *cli, struct cli_doc *doc, void *user_context)
{
	const struct context *context = user_context;
	cli_import_json(cli, doc, &context->import);
}

/* Where that fails the others are changed all the same. */
static void
create_missing(struct cli *cli, struct context *context, struct trust_places *places)
{
	for (size_t i = 0; i < places->count && !cli->global.dry_run; i++)
		if (is_to_be_made(&places->list[i]))
			(void)create_user_store(cli, context, &places->list[i], &context->unmade);
}

/* `browsers` are the stores that are there; with Chromium or Chrome installed the user's is one of
 * them, and is made. Owned by the caller; NULL: as given. */
static char *
with_user_store(struct cli *cli)
{
	const struct trust_places *all = cli_all_places(cli);
	const char *given = cli->global.store;
	bool browsers = given != NULL && !strchr(given, '/') && cli_is_choice(given, "browsers");

	for (size_t i = 0; browsers && i < all->count; i++)
		if (all->list[i].kind == TRUST_PLACE_USER && !all->list[i].exists &&
		    all->list[i].has_program && !cli_is_choice(given, "user"))
			return trust_printf("user,%s", given);
	return NULL;
}

static enum trust_code
change_stores(struct cli *cli, struct context *context, const struct trust_places *places,
    struct trust_error *error)
{
	const struct cli_texts none = { 0 };
	cli->told_added = true;
	cli->makes_store = true;
	cli->report = report;
	return cli_change_run(cli, places, build, context, &none, error);
}

static enum trust_code
import_files(struct cli *cli, struct context *context, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;
	if (cli->operand_count == 0 && context->options->from == NULL) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "no file is named to be imported");
		return error->code;
	}
	const char *alone = context->options->from != NULL ? NULL
	    : context->options->starttls != NULL           ? "--starttls"
	    : context->options->connect != NULL            ? "--connect"
	    : context->options->ip_version != NULL         ? "--ip-version"
							   : NULL;
	if (alone != NULL) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "%s belongs to --from", alone);
		return error->code;
	}
	if (context->options->name != NULL && !cli_import_check_name(context->options->name, error))
		return error->code;
	TRUST_AUTO_FREE char *with_user = with_user_store(cli);
	if (!cli_places_named(
		cli, with_user != NULL ? with_user : cli->global.store, &places, error) ||
	    !read_files(cli, context, error))
		return error->code;
	context->source = source_words(&context->import);
	create_missing(cli, context, places);
	enum trust_code code = change_stores(cli, context, places, error);
	if (context->made != NULL)
		cli_store_take_back(cli, context->made, context->there);
	if ((code == TRUST_OK || code == TRUST_PARTIAL) && !cli->global.dry_run)
		cli_import_next_steps(cli, &context->import);
	if (code == TRUST_OK || code == TRUST_PARTIAL)
		cli_import_say_refused(cli, &context->import);
	if (code == TRUST_OK && cli_import_refused(&context->import) > 0)
		code = TRUST_PARTIAL;
	return code;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	struct context context = { .options = options };
	enum trust_code code = import_files(cli, &context, error);
	context_done(&context);
	return code;
}

static const struct cli_option options[] = {
	{
	    .name = "strict",
	    .argument = CLI_FLAG,
	    .help = "import nothing when any block of any file is refused",
	    .offset = offsetof(struct options, strict),
	},
	{
	    .name = "identity",
	    .argument = CLI_FLAG,
	    .help = "fail unless the files bring a certificate with its private key",
	    .offset = offsetof(struct options, identity),
	},
	{
	    .name = "name",
	    .argument = CLI_TEXT,
	    .value = "NICKNAME",
	    .help = "the nickname of the identity, or of the only certificate",
	    .offset = offsetof(struct options, name),
	},
	{
	    .name = "keep-orphan-key",
	    .argument = CLI_FLAG,
	    .help = "import a private key although no certificate for it is known",
	    .offset = offsetof(struct options, keep_orphan_key),
	},
	{
	    .name = "from",
	    .argument = CLI_TEXT,
	    .value = "HOST:PORT",
	    .help = "import the certificates that this server sends",
	    .offset = offsetof(struct options, from),
	},
	{
	    .name = "starttls",
	    .argument = CLI_CHOICE,
	    .value = "PROTOCOL",
	    .choices = "none,imap,pop3,smtp,submission,lmtp,ldap,ftp,xmpp,postgres,mysql",
	    .help = "with --from: the service begins in plain text, in this protocol; 'none': "
		    "TLS from the first byte (default: what the port is known for)",
	    .offset = offsetof(struct options, starttls),
	},
	{
	    .name = "connect",
	    .argument = CLI_TEXT,
	    .value = "IP",
	    .help = "with --from: connect to this address instead of the name's",
	    .offset = offsetof(struct options, connect),
	},
	{
	    .name = "ip-version",
	    .argument = CLI_CHOICE,
	    .value = "VERSION",
	    .choices = "4,6",
	    .help = "with --from: use addresses of this version only",
	    .offset = offsetof(struct options, ip_version),
	},
	{
	    .name = "as-rsa",
	    .argument = CLI_FLAG,
	    .help = "import a key restricted to RSA-PSS as a plain RSA key",
	    .offset = offsetof(struct options, as_rsa),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_import = {
	.path = "import",
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "bring certificates and identities into a store",
	.operands = "[FILE...]",
	.operand = CLI_FILE,
	.min_operands = 0,
	.max_operands = -1,
	.file_password = true,
	.details =
	    "Recognises certificates, identities, keys and revocation lists by content, whatever "
	    "the file is called: DER, PEM, base64, PKCS #7, PKCS #12, Java key stores, p11-kit "
	    "files, certdata.txt, browser policies, configuration profiles (.mobileconfig); - is "
	    "standard input, and a directory is another NSS store. Shows what the files hold, then "
	    "writes all of it as one change per store. Every block is accounted for: added, "
	    "already there, skipped or refused, with the reason. When some blocks are refused the "
	    "rest is imported and the exit status is 6; --strict imports nothing then.\n\n"
	    "Importing never changes trust, also not when the certificate was there before: a root "
	    "is trusted by 'trustctl trust enable' alone. The user's store is created when it is "
	    "asked for and not there.",
	.examples = "trustctl import --store browsers alice.p12\n"
		    "trustctl import --store browsers root.pem\n"
		    "trustctl import company-root.pem intermediates.p7b --store user,firefox\n"
		    "trustctl import --from mail.example.com:993\n"
		    "trustctl import alice.crt alice.key --name 'Alice at work'",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
