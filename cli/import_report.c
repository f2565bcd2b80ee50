/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What `trustctl import` says; see import_report.h.
 */

#include "cli/import_report.h"

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/issued.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"

#define CLIENT_AUTH_OID "1.3.6.1.5.5.7.3.2"

void
cli_import_done(struct cli_import *import)
{
	for (size_t i = 0; i < import->file_count; i++)
		import_file_free(import->files[i]);
	for (size_t i = 0; i < import->failure_count; i++) {
		trust_free(import->failures[i].file);
		trust_free(import->failures[i].message);
	}
	for (size_t i = 0; i < import->result_count; i++)
		cli_import_blocks_done(&import->results[i].blocks);
	trust_free(import->files);
	trust_free(import->paths);
	trust_free(import->failures);
	trust_free(import->results);
	*import = (struct cli_import){ 0 };
}

void
cli_import_add_failure(struct cli_import *import, const char *path, const char *message)
{
	import->failures =
	    trust_grow_array(import->failures, import->failure_count + 1, sizeof *import->failures);
	import->failures[import->failure_count++] = (struct cli_import_failure){
		.file = trust_text_display_string(path),
		.message = trust_strdup(message),
	};
}

void
cli_import_keep(
    struct cli_import *import, const struct trust_place *place, struct cli_import_blocks *blocks)
{
	import->results =
	    trust_grow_by_one(import->results, import->result_count, sizeof *import->results);
	import->results[import->result_count++] = (struct cli_import_result){
		.place = place,
		.blocks = *blocks,
	};
	*blocks = (struct cli_import_blocks){ 0 };
}

size_t
cli_import_refused(const struct cli_import *import)
{
	size_t most = 0;
	for (size_t i = 0; i < import->result_count; i++) {
		size_t refused = import->results[i].blocks.of[CLI_IMPORT_REFUSED];
		most = refused > most ? refused : most;
	}
	return most + import->failure_count;
}

void
cli_import_say_refused(struct cli *cli, const struct cli_import *import)
{
	size_t most = 0;
	size_t blocks = 0;
	for (size_t i = 0; i < import->result_count; i++) {
		const struct cli_import_blocks *of = &import->results[i].blocks;
		if (of->of[CLI_IMPORT_REFUSED] > most) {
			most = of->of[CLI_IMPORT_REFUSED];
			blocks = of->count;
		}
	}
	if (most > 0)
		cli_warn(cli, "%zu of %zu blocks refused: the lines with 'refused' say why", most,
		    blocks);
}

/* ---- blocks in words ----------------------------------------------------------------------- */

/* "identity 'Alice' (0123456789abcdef), RSA 2048 bits, in 9 months". Owned by the caller. */
static char *
block_words(struct cli *cli, const struct cli_import_block *block)
{
	const struct import_part *part = block->part;
	if (part->kind == IMPORT_KEY) {
		TRUST_AUTO_FREE char *owner =
		    block->owner != NULL ? trust_cert_label(block->owner) : NULL;
		if (owner == NULL)
			return trust_printf("private key, %s%s", part->key_words,
			    import_key_is_comparable(part) ? ", without certificate" : "");
		return trust_printf("private key of '%s'%s, %s", owner,
		    block->owner_in_store ? ", a certificate of the store" : "", part->key_words);
	}
	if (part->kind == IMPORT_CRL)
		return trust_crl_words(part->crl);
	if (part->cert == NULL)
		return trust_strdup(part->where != NULL ? part->where : "block");

	TRUST_AUTO_FREE char *label = trust_cert_label(part->cert);
	TRUST_AUTO_FREE char *id = cli_short_id(part->cert->id);
	TRUST_AUTO_FREE char *key = trust_cert_key_words(part->cert);
	TRUST_AUTO_FREE char *expiry =
	    trust_time_expiry_words(part->cert->not_before, part->cert->not_after, cli->now);
	bool relative = strncmp(expiry, "in ", 3) == 0;
	return trust_printf("%s '%s' (%s), %s, %s%s",
	    trust_kind_word(trust_kind_of_cert(part->cert, block->identity)), label, id, key,
	    relative ? "expires " : "", expiry);
}

static const char *
outcome_words(const struct cli_import_block *block, bool dry_run)
{
	if (block->outcome == CLI_IMPORT_ADD)
		return dry_run ? "would be added" : "to be added";
	return cli_import_outcome_word(block->outcome);
}

static void
show_block(struct cli *cli, const struct cli_import_block *block)
{
	TRUST_AUTO_FREE char *words = block_words(cli, block);
	const char *outcome = outcome_words(block, cli->global.dry_run);
	const char *where = block->part->kind <= IMPORT_CRL ? block->part->where : NULL;
	if (block->why != NULL)
		cli_say(cli, "  %s%s%s: %s: %s", where != NULL ? where : "",
		    where != NULL ? ": " : "", words, outcome, block->why);
	else
		cli_say(cli, "  %s: %s", words, outcome);
	if (block->part->kind == IMPORT_KEY && block->outcome == CLI_IMPORT_ADD &&
	    block->owner == NULL)
		cli_warn(cli, "%s: it is kept as a key alone",
		    import_key_is_comparable(block->part)
			? "no certificate for this private key is known"
			: "this private key cannot be compared with certificates");
	else if (block->owner_in_store && block->outcome == CLI_IMPORT_ADD)
		cli_warn(
		    cli, "the file has this private key without its certificate; the store has it");
}

static bool
same_group(const struct import_part *a, const struct import_part *b)
{
	return a->group != NULL && b->group != NULL && strcmp(a->group, b->group) == 0;
}

/* Every block is in one of these. */
static void
show_counts(struct cli *cli, const struct cli_import_blocks *blocks)
{
	TRUST_AUTO_BUFFER words;
	trust_buffer_init(&words, 1024);
	if (blocks->count < 2)
		return;
	for (int i = 0; i <= CLI_IMPORT_REFUSED; i++)
		if (blocks->of[i] > 0)
			trust_buffer_printf(&words, "%s%zu %s", words.size ? ", " : "",
			    blocks->of[i],
			    i == CLI_IMPORT_ADD
				? (cli->global.dry_run ? "would be added" : "to be added")
				: cli_import_outcome_word((enum cli_import_outcome)i));
	cli_say(cli, "%zu blocks: %s", blocks->count, (const char *)words.data);
}

static bool
same_words(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The same becomes of each block in both stores. */
static bool
same_blocks(const struct cli_import_blocks *a, const struct cli_import_blocks *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++) {
		const struct cli_import_block *x = &a->list[i];
		const struct cli_import_block *y = &b->list[i];
		same = x->part == y->part && x->outcome == y->outcome &&
		    x->identity == y->identity && x->owner_in_store == y->owner_in_store &&
		    (x->owner == NULL) == (y->owner == NULL) && same_words(x->why, y->why);
	}
	return same;
}

void
cli_import_show(struct cli *cli, const struct cli_import *import, const struct trust_place *place,
    const struct cli_import_blocks *blocks)
{
	TRUST_AUTO_FREE char *store = cli_place_words(place);
	const struct import_file *file = NULL;
	if (import->result_count > 0 &&
	    same_blocks(&import->results[import->result_count - 1].blocks, blocks)) {
		cli_say(cli, "the same for the store '%s'", store);
		return;
	}
	for (size_t i = 0; i < import->file_count; i++)
		if (import->files[i]->count == 0)
			cli_say(
			    cli, "%s: %s, empty", import->files[i]->name, import->files[i]->format);
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		if (block->file != file) {
			file = block->file;
			cli_say(cli, "%s: %s, for the store '%s'", file->name, file->format, store);
			if (file->protection != NULL)
				cli_say(cli, "  protection: %s", file->protection);
			for (size_t k = 0; k < file->note_count; k++)
				cli_say(cli, "  note: %s", file->notes[k]);
		}
		if (block->part->group != NULL &&
		    (i == 0 || !same_group(block->part, blocks->list[i - 1].part)))
			cli_say(cli, "  together as '%s':", block->part->group);
		show_block(cli, block);
	}
	show_counts(cli, blocks);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void
json_block(struct cli_doc *doc, const struct cli_import_block *block)
{
	const struct import_part *part = block->part;
	cli_doc_begin(doc, NULL, NULL);
	cli_doc_text(doc, NULL, "outcome", cli_import_outcome_word(block->outcome));
	cli_doc_text(doc, NULL, "where", part->where);
	if (part->cert != NULL) {
		TRUST_AUTO_FREE char *label = trust_cert_label(part->cert);
		TRUST_AUTO_FREE char *id = trust_hex(part->cert->id, sizeof part->cert->id);
		cli_doc_text(doc, NULL, "item_kind",
		    trust_kind_word(trust_kind_of_cert(part->cert, block->identity)));
		cli_doc_text(doc, NULL, "name", label);
		cli_doc_text(doc, NULL, "id", id);
		cli_doc_time(doc, NULL, "not_after", part->cert->not_after, NULL);
	} else if (part->kind == IMPORT_KEY) {
		cli_doc_text(doc, NULL, "item_kind", "key");
		cli_doc_text(doc, NULL, "key", part->key_words);
	} else if (part->kind == IMPORT_CRL) {
		TRUST_AUTO_FREE char *words = trust_crl_words(part->crl);
		TRUST_AUTO_FREE char *id = trust_hex(part->crl->id, sizeof part->crl->id);
		cli_doc_text(doc, NULL, "item_kind", trust_kind_word(TRUST_KIND_CRL));
		cli_doc_text(doc, NULL, "name", words);
		cli_doc_text(doc, NULL, "id", id);
	}
	cli_doc_text(doc, NULL, "group", part->group);
	if (part->kind == IMPORT_KEY && block->owner != NULL) {
		TRUST_AUTO_FREE char *id = trust_hex(block->owner->id, sizeof block->owner->id);
		cli_doc_text(doc, NULL, "certificate_id", id);
	}
	if (block->why != NULL)
		cli_doc_text(doc, NULL, "reason", block->why);
	cli_doc_end(doc);
}

static void
json_result(
    struct cli_doc *doc, const struct cli_import_result *result, const struct import_file *file)
{
	TRUST_AUTO_FREE char *store = cli_place_words(result->place);
	cli_doc_begin(doc, NULL, NULL);
	cli_doc_text(doc, NULL, "store", store);
	cli_doc_begin_list(doc, NULL, "blocks");
	for (size_t i = 0; i < result->blocks.count; i++)
		if (result->blocks.list[i].file == file)
			json_block(doc, &result->blocks.list[i]);
	cli_doc_end_list(doc);
	cli_doc_end(doc);
}

void
cli_import_json(struct cli *cli, struct cli_doc *doc, const struct cli_import *import)
{
	if (!cli->global.json)
		return; /* people saw it before the change */
	cli_doc_begin_list(doc, NULL, "files");
	for (size_t i = 0; i < import->file_count; i++) {
		const struct import_file *file = import->files[i];
		TRUST_AUTO_FREE char *digest = trust_hex(file->digest, sizeof file->digest);
		cli_doc_begin(doc, NULL, NULL);
		cli_doc_text(doc, NULL, "file", file->name);
		cli_doc_text(doc, NULL, "format", file->format);
		cli_doc_text(doc, NULL, "sha256", digest);
		cli_doc_text(doc, NULL, "protection", file->protection);
		cli_doc_begin_list(doc, NULL, "notes");
		for (size_t k = 0; k < file->note_count; k++)
			cli_doc_text(doc, NULL, "note", file->notes[k]);
		cli_doc_end_list(doc);
		cli_doc_begin_list(doc, NULL, "stores");
		for (size_t k = 0; k < import->result_count; k++)
			json_result(doc, &import->results[k], file);
		cli_doc_end_list(doc);
		cli_doc_end(doc);
	}
	for (size_t i = 0; i < import->failure_count; i++) {
		cli_doc_begin(doc, NULL, NULL);
		cli_doc_text(doc, NULL, "file", import->failures[i].file);
		cli_doc_text(doc, NULL, "error", import->failures[i].message);
		cli_doc_end(doc);
	}
	cli_doc_end_list(doc);
}

void
cli_import_json_new_stores(struct cli *cli, struct cli_doc *doc, const struct cli_import *import)
{
	static const enum trust_action_kind kinds[] = {
		[IMPORT_CERTIFICATE] = TRUST_ADD_CERT,
		[IMPORT_KEY] = TRUST_ADD_KEY,
		[IMPORT_CRL] = TRUST_ADD_CRL,
	};

	for (size_t i = 0; cli->global.json && i < import->result_count; i++) {
		const struct cli_import_result *result = &import->results[i];
		if (result->place->exists)
			continue;
		cli_doc_begin(doc, NULL, NULL);
		cli_doc_text(doc, NULL, "store", result->place->name);
		cli_doc_text(doc, NULL, "result", "would-change");
		cli_doc_begin_list(doc, NULL, "actions");
		for (size_t k = 0; k < result->blocks.count; k++) {
			const struct cli_import_block *block = &result->blocks.list[k];
			if (block->outcome != CLI_IMPORT_ADD)
				continue;
			cli_doc_begin(doc, NULL, NULL);
			cli_doc_text(
			    doc, NULL, "action", cli_action_word(kinds[block->part->kind]));
			cli_doc_end(doc);
		}
		cli_doc_end_list(doc);
		cli_doc_end(doc);
	}
}

bool
cli_import_document(struct cli *cli, const struct cli_import *import, struct trust_error *error)
{
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "change");
	cli_doc_bool(doc, NULL, "dry_run", cli->global.dry_run);
	cli_doc_begin_list(doc, NULL, "stores");
	cli_import_json_new_stores(cli, doc, import);
	cli_doc_end_list(doc);
	cli_import_json(cli, doc, import);
	return cli_doc_print(doc, error);
}

/* ---- next steps ----------------------------------------------------------------------------- */

/* Or not determined, where the signatures cost too much. */
static bool
issuer_known(const struct trust_store *store, const struct trust_cert *cert, uint64_t *budget)
{
	return trust_issued_in(store, cert, budget) != NULL || *budget == 0;
}

static void
say_identity(struct cli *cli, const struct trust_store *store, const struct trust_cert *cert,
    uint64_t *budget)
{
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	const char *readers = trust_store_place(store)->readers;
	readers = readers != NULL && *readers != '\0' ? readers : "programs that use this store";
	if (trust_cert_is_expired(cert, cli->now)) {
		cli_warn(cli,
		    "'%s' is expired: servers will refuse it, though old mail can be read with it",
		    label);
	} else if (trust_time_compare(cli->now, cert->not_before) < 0) {
		cli_warn(cli, "'%s' is not yet valid: servers will refuse it until then", label);
	} else if (!trust_cert_allows_purpose(cert, CLIENT_AUTH_OID)) {
		cli_note(cli,
		    "'%s' is not made for logging in to servers (no TLS client purpose): "
		    "browsers will not offer it",
		    label);
	} else {
		cli_note(cli, "%s will offer '%s'", readers, label);
	}
	if (!trust_cert_is_self_issued(cert) && !issuer_known(store, cert, budget) &&
	    !issuer_known(cli_builtin(cli), cert, budget)) {
		TRUST_AUTO_FREE char *issuer = trust_name_display(cert->issuer);
		cli_warn(cli,
		    "the issuer of '%s' is not here (%s): some servers refuse a certificate that "
		    "comes without it",
		    label, issuer);
	}
}

static bool
has_added(const struct cli_import_result *result, const struct trust_cert *cert)
{
	for (size_t i = 0; i < result->blocks.count; i++) {
		const struct cli_import_block *block = &result->blocks.list[i];
		if (block->part->cert && block->outcome == CLI_IMPORT_ADD &&
		    memcmp(block->part->cert->id, cert->id, sizeof cert->id) == 0)
			return true;
	}
	return false;
}

/* One command for all stores that got it, as they were named; else one for each of them. */
static void
say_root(struct cli *cli, const struct cli_import *import, const struct cli_import_result *result,
    const struct cli_import_result **teller, const struct trust_cert *cert)
{
	const struct trust_store *builtin = cli_builtin(cli);
	if (builtin != NULL && trust_store_find(builtin, cert->id) != NULL)
		return; /* the vendor's word counts already */
	bool all = import->result_count > 1 && cli->global.store != NULL;
	for (size_t i = 0; i < import->result_count; i++)
		all = all && has_added(&import->results[i], cert);
	/* The first store that was changed tells it; one before may have failed. */
	*teller = *teller ? *teller : result;
	if (all && result != *teller)
		return;
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	TRUST_AUTO_FREE char *id = cli_short_id(cert->id);
	TRUST_AUTO_FREE char *named = all ? trust_shell_word(cli->global.store) : NULL;
	TRUST_AUTO_FREE char *where =
	    all ? trust_printf(" --store %s", named) : trust_place_option(result->place);
	cli_hint(cli,
	    "the root '%s' is not trusted by being imported; to trust it: "
	    "trustctl trust enable %s%s",
	    label, id, where);
}

/* "trustctl import FILES --store NAME"; owned by the caller; NULL: it cannot be written down. */
static char *
import_words(const struct cli_import *import, const char *store)
{
	TRUST_AUTO_BUFFER words;
	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	trust_buffer_append_text(&words, "trustctl import");
	for (size_t i = 0; i < import->file_count; i++) {
		TRUST_AUTO_FREE char *word =
		    import->paths[i] != NULL ? cli_file_word(import->paths[i]) : NULL;
		if (word == NULL)
			return NULL;
		trust_buffer_printf(&words, " %s", word);
	}
	trust_buffer_append_text(&words, store);
	return trust_buffer_take(&words);
}

static void
say_other_store(struct cli *cli, const struct cli_import *import, const struct trust_place *place)
{
	TRUST_AUTO_FREE char *store = trust_place_option(place);
	TRUST_AUTO_FREE char *words = import_words(import, store);
	const char *readers = place->readers != NULL ? place->readers : place->name;
	if (words != NULL)
		cli_hint(
		    cli, "%s has a store of its own; to have it there too: %s", readers, words);
	else
		cli_hint(cli,
		    "%s has a store of its own; to have it there too, import it once more%s%s",
		    readers, *store != '\0' ? " with" : " without --store", store);
}

/* Is each identity of the import in this store, with its key? */
static bool
has_identities(struct cli *cli, const struct cli_import *import, const struct trust_place *place)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;
	if (!cli_store_open(cli, place, &store, &ignored))
		return false;
	for (size_t i = 0; i < import->result_count; i++) {
		const struct cli_import_blocks *blocks = &import->results[i].blocks;
		for (size_t k = 0; k < blocks->count; k++) {
			const struct trust_cert *cert = blocks->list[k].part->cert;
			const struct trust_item *item = cert != NULL && blocks->list[k].identity
			    ? trust_store_find(store, cert->id)
			    : NULL;
			if (blocks->list[k].identity && (item == NULL || item->key_object_id == 0))
				return false;
		}
	}
	return true;
}

/* The other stores of this machine where a browser would look for the identity. */
static void
say_other_stores(struct cli *cli, const struct cli_import *import)
{
	const struct trust_places *all = cli_all_places(cli);
	for (size_t i = 0; i < all->count; i++) {
		const struct trust_place *place = &all->list[i];
		bool done = !place->exists ||
		    (place->kind != TRUST_PLACE_FIREFOX && place->kind != TRUST_PLACE_THUNDERBIRD &&
			place->kind != TRUST_PLACE_SANDBOXED && place->kind != TRUST_PLACE_USER);
		for (size_t k = 0; k < import->result_count; k++)
			done = done || cli_same_place(place, import->results[k].place);
		if (!done && !has_identities(cli, import, place))
			say_other_store(cli, import, place);
	}
}

/* A key this NSS cannot store, beside what came in all the same. */
static void
say_unstorable(struct cli *cli, const struct cli_import_result *result)
{
	const struct cli_import_blocks *blocks = &result->blocks;
	size_t certs = 0;
	for (size_t i = 0; i < blocks->count; i++)
		certs += blocks->list[i].part->kind == IMPORT_CERTIFICATE &&
		    blocks->list[i].outcome == CLI_IMPORT_ADD;
	for (size_t i = 0; i < blocks->reason_count; i++) {
		if (certs == 1)
			cli_warn(cli, "%s; the certificate was imported", blocks->reasons[i]);
		else if (certs > 1)
			cli_warn(cli, "%s; the %zu certificates were imported", blocks->reasons[i],
			    certs);
	}
}

/* What the store really holds now counts: of several stores one may have failed. */
static bool
say_result(struct cli *cli, const struct cli_import *import, const struct cli_import_result *result,
    const struct cli_import_result **teller)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;
	uint64_t budget = TRUST_MAX_SIGNATURE_WORK;
	bool identity = false;
	if (!cli_store_open(cli, result->place, &store, &ignored))
		return false;
	for (size_t i = 0; i < result->blocks.count; i++) {
		const struct cli_import_block *block = &result->blocks.list[i];
		const struct trust_cert *cert = block->part->cert;
		if (cert == NULL || trust_store_find(store, cert->id) == NULL ||
		    (block->outcome != CLI_IMPORT_ADD && block->outcome != CLI_IMPORT_THERE))
			continue;
		if (block->identity) {
			say_identity(cli, store, cert, &budget);
			identity = true;
		} else if (trust_kind_of_cert(cert, false) == TRUST_KIND_ROOT &&
		    block->outcome == CLI_IMPORT_ADD) {
			say_root(cli, import, result, teller, cert);
		}
	}
	return identity;
}

void
cli_import_next_steps(struct cli *cli, const struct cli_import *import)
{
	const struct cli_import_result *teller = NULL;
	bool identity = false;
	for (size_t i = 0; i < import->result_count; i++)
		say_unstorable(cli, &import->results[i]);
	for (size_t i = 0; i < import->result_count; i++)
		identity = say_result(cli, import, &import->results[i], &teller) || identity;
	if (identity)
		say_other_stores(cli, import);
}
