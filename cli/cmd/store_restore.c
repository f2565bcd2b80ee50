/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl store restore`: bring a store to what a backup holds, by a change like any other: shown
 * first, with the trust step where trust becomes wider, recorded, and to be undone.
 */

#include <string.h>

#include "cli/plan.h"
#include "core/backup.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/key_users.h"
#include "core/place.h"
#include "core/preflight.h"
#include "core/signature.h"
#include "core/text.h"
#include "import/import.h"

struct options {
	bool exact;
	struct cli_texts fingerprints;
};

struct context {
	const struct options *options;
	struct cli_plan plan;
	char *shown;                   /* owned: the file's name */
	struct trust_backup *backup;   /* owned */
	struct trust_store *store;     /* owned: the backup's, read */
	struct import_file *parts;     /* owned: what is in it, keys among them */
	struct trust_secret *password; /* owned: of the store in the backup; NULL: none */
	char *there; /* owned: of the store's path, before it was made; NULL: it was not */
};

static void
done(struct context *context)
{
	cli_plan_done(&context->plan);
	import_file_free(context->parts);
	trust_store_close(context->store);
	trust_backup_free(context->backup);
	trust_secret_free(context->password);
	trust_free(context->shown);
	trust_free(context->there);
}

/* ---- what is in the file ------------------------------------------------------------------- */

static bool
open_file(struct cli *cli, struct context *context, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *bytes = NULL;
	struct trust_asker asker = cli_asker(cli);

	if (!trust_backup_read(cli->operands[0], &bytes, error))
		return false;
	const struct trust_bytes file = { bytes->bytes, bytes->size };
	for (unsigned attempt = 0;; attempt++) {
		TRUST_AUTO(trust_secret) *password = NULL;
		if (trust_backup_is(file)) /* else it is refused without a question */
			password =
			    asker.ask(asker.context, TRUST_PASSWORD_FILE, context->shown, attempt);
		if (password == NULL && error->code == TRUST_OK && trust_backup_is(file)) {
			(void)trust_fail(error, TRUST_INPUT_PASSWORD, context->shown,
			    "no password was given for '%s'", context->shown);
			return trust_hint(
			    error, "give it on the terminal or with --password-file FILE");
		}
		if (password == NULL && error->code != TRUST_OK)
			return false;
		trust_error_clear(error);
		if (trust_backup_open(context->shown, file, password, &context->backup, error))
			return true;
		if (error->code != TRUST_INPUT_PASSWORD || attempt == 2)
			return false;
	}
}

/* The store's own password still is on its keys. */
static bool
open_store(struct cli *cli, struct context *context, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(context->backup->directory);
	TRUST_AUTO_FREE char *subject =
	    trust_printf("%s in %s", context->backup->store, context->shown);
	struct trust_asker asker = cli_asker(cli);

	if (!trust_store_open(&places->list[0], NULL, &context->store, error))
		return false;
	for (unsigned attempt = 0; trust_store_has_password(context->store); attempt++) {
		TRUST_AUTO(trust_secret) *password =
		    asker.ask(asker.context, TRUST_PASSWORD_STORE, subject, attempt);
		if (password == NULL)
			return error->code == TRUST_OK
			    ? trust_fail(error, TRUST_STORE_PASSWORD, subject,
				  "the store in '%s' has a password, which was not given",
				  context->shown)
			    : false;
		trust_error_clear(error);
		TRUST_AUTO(trust_store) *opened = NULL;
		const struct trust_store_options options = {
			.password = password,
			.verify_seals = true,
		};
		if (trust_store_open(&places->list[0], &options, &opened, error)) {
			trust_store_close(context->store);
			context->store = trust_steal(&opened);
			context->password = trust_steal(&password);
			return true;
		}
		if (error->code != TRUST_STORE_PASSWORD || attempt == 2)
			return false;
	}
	return true;
}

static struct trust_secret *
answer(void *user_context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	struct context *context = user_context;

	(void)what;
	(void)subject;
	return attempt == 0 ? trust_secret_copy(context->password) : NULL;
}

static bool
read_parts(struct context *context, struct trust_error *error)
{
	const struct trust_asker asker = { .ask = answer, .context = context };

	if (trust_store_count(context->store) == 0) {
		context->parts = NULL;
		return true;
	}
	if (!import_read_store(context->backup->directory, &asker, &context->parts, error))
		return false;
	for (size_t i = 0; i < context->parts->count; i++) {
		const struct import_part *part = &context->parts->parts[i];
		if (part->kind == IMPORT_REFUSED)
			return trust_fail(error, part->code, context->shown, "'%s', %s: %s",
			    context->shown, part->where, part->reason);
	}
	return true;
}

/* ---- what is to be done -------------------------------------------------------------------- */

/* Is it there already? Nothing is in a store that is yet to be made. */
static const struct trust_item *
find_here(const struct cli_plan_part *part, const uint8_t id[TRUST_SHA256_BYTES])
{
	return part->store ? trust_store_find(part->store, id) : NULL;
}

static bool
has_key_id(const struct trust_store *store, struct trust_bytes key_id)
{
	for (size_t i = 0; store && i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->key_object_id != 0 && trust_bytes_equal(item->key_id, key_id))
			return true;
	}
	return false;
}

static bool
has_key(const struct trust_store *store, const struct trust_secret *pkcs8)
{
	uint8_t id[TRUST_SHA1_BYTES];

	return trust_key_id((struct trust_bytes){ pkcs8->bytes, pkcs8->size }, id) &&
	    has_key_id(store, (struct trust_bytes){ id, sizeof id });
}

static void
add_missing(const struct context *context, struct cli_plan_part *part)
{
	for (size_t i = 0; context->parts && i < context->parts->count; i++) {
		const struct import_part *from = &context->parts->parts[i];
		struct trust_action *action = NULL;
		if (from->kind == IMPORT_CERTIFICATE && !find_here(part, from->cert->id)) {
			action = cli_plan_add(part, TRUST_ADD_CERT);
			memcpy(action->id, from->cert->id, sizeof action->id);
			action->der = from->cert->der;
			action->nickname = from->friendly_name;
		} else if (from->kind == IMPORT_KEY && !has_key(part->store, from->pkcs8)) {
			action = cli_plan_add(part, TRUST_ADD_KEY);
			action->pkcs8 = from->pkcs8;
			if (from->cert_index >= 0)
				action->nickname =
				    context->parts->parts[from->cert_index].friendly_name;
		} else if (from->kind == IMPORT_CRL && !find_here(part, from->crl->id)) {
			action = cli_plan_add(part, TRUST_ADD_CRL);
			memcpy(action->id, from->crl->id, sizeof action->id);
			action->der = from->crl->der;
		}
	}
}

/* What the backup says of each certificate's trust, "no record" too. */
static void
set_trust(const struct context *context, struct cli_plan_part *part)
{
	for (size_t i = 0; i < trust_store_count(context->store); i++) {
		const struct trust_item *want = trust_store_item(context->store, i);
		if (want->cert == NULL || trust_store_find(context->store, want->id) != want)
			continue;
		const struct trust_item *is = find_here(part, want->id);
		bool record = trust_item_has_record(want) &&
		    trust_item_states_seal(context->store, want) != TRUST_SEAL_TAMPERED;
		struct trust_states states = trust_item_states(context->store, want);
		if (record &&
		    (is == NULL || !trust_item_has_record(is) ||
			!trust_states_equal(states, trust_item_states(part->store, is)))) {
			struct trust_action *action = cli_plan_add(part, TRUST_SET_TRUST);
			memcpy(action->id, want->id, sizeof action->id);
			action->states = states;
		} else if (!record && is != NULL && trust_item_has_record(is)) {
			struct trust_action *action = cli_plan_add(part, TRUST_RESET_TRUST);
			memcpy(action->id, want->id, sizeof action->id);
		}
	}
}

static bool
is_other(
    const struct context *context, const struct cli_plan_part *part, const struct trust_item *item)
{
	return trust_store_find(context->store, item->id) == NULL &&
	    trust_store_find(part->store, item->id) == item;
}

static void
delete_key(struct cli *cli, struct cli_plan_part *part, struct trust_key_users *users,
    const struct trust_item *item)
{
	const struct trust_item *other = trust_key_users_other(users, item);

	if (other) {
		TRUST_AUTO_FREE char *words = trust_key_users_words(item, other);
		cli_note(cli, "%s", words);
	} else if (trust_key_users_take(users, item)) {
		memcpy(cli_plan_add(part, TRUST_DELETE_KEY)->id, item->id, sizeof item->id);
	}
}

static size_t
delete_others(struct cli *cli, const struct context *context, struct cli_plan_part *part)
{
	TRUST_AUTO(trust_key_users) *users = trust_key_users_new(part->store);
	size_t count = 0;

	for (size_t i = 0; i < trust_store_count(part->store); i++) {
		const struct trust_item *item = trust_store_item(part->store, i);
		if (is_other(context, part, item) && item->object_id != 0)
			trust_key_users_leave(users, item->id);
	}
	for (size_t i = 0; i < trust_store_count(part->store); i++) {
		const struct trust_item *item = trust_store_item(part->store, i);
		if (!is_other(context, part, item))
			continue;
		/* The backup may have the key with another certificate, or without one. */
		bool key = item->key_object_id != 0 && !has_key_id(context->store, item->key_id);
		if (!key && item->object_id == 0)
			continue;
		count++;
		if (key)
			delete_key(cli, part, users, item);
		if (item->object_id != 0)
			memcpy(
			    cli_plan_add(part, TRUST_DELETE_CERT)->id, item->id, sizeof item->id);
	}
	return count;
}

static bool
build(struct cli *cli, const struct trust_place *place, void *user_context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	struct context *context = user_context;
	struct cli_plan_part *part = NULL;

	if (!place->exists)
		part = cli_plan_open_new(&context->plan);
	else if (!cli_plan_open(cli, &context->plan, place, &part, error))
		return false;
	bool exact = context->options->exact && part->store;
	/* First: another certificate may have the issuer and serial number of a missing one. */
	size_t others = exact ? delete_others(cli, context, part) : 0;
	add_missing(context, part);
	set_trust(context, part);
	if (others > 0 && !cli->global.dry_run) {
		TRUST_AUTO_FREE char *question =
		    trust_printf("Delete %zu item%s the backup does not have?", others,
			others == 1 ? "" : "s that");
		if (!cli_confirm(cli, question, error))
			return false;
	}
	cli_plan_request(cli, part, ret_request);
	ret_request->source = context->shown;
	return true;
}

/* ---- the command --------------------------------------------------------------------------- */

/* Where there is no store, an empty one is made first, with the password the backed up one has. */
static bool
make_store(
    struct cli *cli, struct context *context, struct trust_place *place, struct trust_error *error)
{
	if (place->exists)
		return true;
	if (!trust_preflight_create(place, error))
		return false;
	if (cli->global.dry_run)
		return true;
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	TRUST_AUTO_FREE char *there = trust_store_path_there(place->path);
	if (!trust_store_create(place->path, place->nss_libdir, context->password, error))
		return false;
	place->exists = true;
	context->there = trust_steal(&there);
	cli_store_made(cli, place);
	cli_note(cli, "created the store '%s'%s", name,
	    context->password ? ", with the password of the one that was backed up" : "");
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;
	struct context context = {
		.options = options,
		.shown = trust_text_display_string(cli->operands[0]),
	};
	enum trust_code code = TRUST_OK;

	if (!cli_place(cli, &places, error) || !open_file(cli, &context, error) ||
	    !open_store(cli, &context, error) || !read_parts(&context, error) ||
	    !make_store(cli, &context, &places->list[0], error)) {
		code = error->code;
	} else {
		char time[32];
		trust_time_format(context.backup->time, time);
		cli_note(cli, "'%s' is the store '%s' as it was at %s", context.shown,
		    context.backup->store, time);
		cli->makes_store = true;
		code = cli_change_run(
		    cli, places, build, &context, &context.options->fingerprints, error);
		if (code != TRUST_OK && context.there)
			cli_store_take_back(cli, &places->list[0], context.there);
	}
	done(&context);
	return code;
}

static const struct cli_option options[] = {
	{
	    .name = "exact",
	    .argument = CLI_FLAG,
	    .help = "also delete what the backup does not have",
	    .offset = offsetof(struct options, exact),
	},
	{
	    .name = "fingerprint",
	    .argument = CLI_LIST,
	    .value = "SHA256",
	    .help = "confirm the certificate with this fingerprint, where its trust becomes wider",
	    .offset = offsetof(struct options, fingerprints),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_store_restore = {
	.path = "store restore",
	.topic = CLI_TOPIC_STORES,
	.file_password = true,
	.summary = "bring a store to what a backup holds",
	.operands = "FILE",
	.operand = CLI_FILE,
	.min_operands = 1,
	.max_operands = 1,
	.details =
	    "Certificates, revocation lists and private keys of the backup that the store lacks "
	    "are added, and trust is set as the backup has it. What the backup does not have "
	    "stays, but with --exact. Where there is no store, an empty one is created first, with "
	    "the password of the one that was backed up; it is removed again where nothing is "
	    "restored then.\n\n"
	    "This is one change: shown first with --dry-run, recorded, and undone by trustctl "
	    "history undo. Where it gives a CA trust it has not now, it asks for the fingerprint "
	    "as trustctl trust enable does. The history in the backup is not restored; the store "
	    "goes on with its own.",
	.examples = "trustctl store restore ~/store.backup --dry-run\n"
		    "trustctl store restore firefox.backup --store firefox --exact",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
