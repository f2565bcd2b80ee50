/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What `trustctl import` says; see import_report.h.
 */

#include "cli/import_report.h"

#include <string.h>

#include "cli/items.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/place.h"
#include "core/text.h"

static void
tell(void *user_context, const char *words)
{
	cli_warn(user_context, "%s; it is used now", words);
}

bool
cli_read_import(struct cli *cli, const char *path, struct import_file **ret_survey,
    struct import_file **ret_file, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *bytes = NULL;
	struct trust_asker asker = cli_asker(cli);

	if (import_is_store(path))
		return import_read_store(path, &asker, ret_file, error);
	if (!import_read(path, &bytes, error))
		return false;
	const struct import_request request = {
		.name = path,
		.bytes = { bytes->bytes, bytes->size },
		.asker = &asker,
		.tell = tell,
		.context = cli,
	};
	if (ret_survey)
		*ret_survey = import_survey(path, request.bytes);
	if (ret_survey && *ret_survey && (*ret_survey)->protection && (*ret_survey)->count == 0)
		cli_note(cli, "protected by %s", (*ret_survey)->protection);
	return import_decode_request(&request, ret_file, error);
}

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

/* "identity 'Alice' (0123456789abcdef), RSA 2048 bits, in 9 months"; brief: no more than who it is.
 * Owned by the caller. */
static char *
block_words(struct cli *cli, const struct cli_import_block *block, bool brief)
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
	TRUST_AUTO_FREE char *who = trust_printf("%s '%s' (%s)",
	    trust_kind_word(trust_kind_of_cert(part->cert, block->identity)), label, id);
	if (brief)
		return trust_steal(&who);
	TRUST_AUTO_FREE char *key = trust_cert_key_words(part->cert);
	TRUST_AUTO_FREE char *expiry = cli_expires_words(part->cert, cli->now);
	return trust_printf("%s, %s, %s", who, key, expiry);
}

static const char *
outcome_words(enum cli_import_outcome outcome, bool dry_run)
{
	if (outcome == CLI_IMPORT_ADD)
		return dry_run ? "would be added" : "to be added";
	return cli_import_outcome_word(outcome);
}

static void
show_block(struct cli *cli, const struct cli_import_block *block, bool brief)
{
	TRUST_AUTO_FREE char *words = block_words(cli, block, brief);
	const char *outcome = outcome_words(block->outcome, cli->global.dry_run);
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

/* "2 to be added, 1 refused": every block is in one of these. Owned by the caller. */
static char *
count_words(const struct cli *cli, const struct cli_import_blocks *blocks)
{
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, 1024);
	for (int i = 0; i <= CLI_IMPORT_REFUSED; i++)
		if (blocks->of[i] > 0)
			trust_buffer_printf(&words, "%s%zu %s", words.size ? ", " : "",
			    blocks->of[i],
			    outcome_words((enum cli_import_outcome)i, cli->global.dry_run));
	return trust_buffer_take(&words);
}

/* The same becomes of all of them. */
static bool
is_uniform(const struct cli_import_blocks *blocks)
{
	for (int i = 0; i <= CLI_IMPORT_REFUSED; i++)
		if (blocks->of[i] == blocks->count)
			return true;
	return false;
}

/* So many lines of one kind nobody counts. */
#define MANY_BLOCKS 20

static void
show_counts(struct cli *cli, const struct cli_import_blocks *blocks)
{
	TRUST_AUTO_FREE char *words = count_words(cli, blocks);

	if (!is_uniform(blocks) || blocks->count > MANY_BLOCKS)
		cli_say(cli, "%zu blocks: %s", blocks->count, words);
}

static void
show_file(struct cli *cli, const struct import_file *file)
{
	cli_say(cli, "%s: %s%s", file->name, file->format, file->count == 0 ? ", empty" : "");
	if (file->count > 0 && file->protection != NULL)
		cli_say(cli, "  protection: %s", file->protection);
	for (size_t i = 0; file->count > 0 && i < file->note_count; i++)
		cli_say(cli, "  note: %s", file->notes[i]);
}

/* Everything, for the first store. */
static void
show_all(struct cli *cli, const struct cli_import *import, const struct cli_import_blocks *blocks)
{
	const struct import_file *file = NULL;

	for (size_t i = 0; i < import->file_count; i++)
		if (import->files[i]->count == 0)
			show_file(cli, import->files[i]);
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		if (block->file != file) {
			file = block->file;
			show_file(cli, file);
		}
		if (block->part->group != NULL &&
		    (i == 0 || !same_group(block->part, blocks->list[i - 1].part)))
			cli_say(cli, "  together as '%s':", block->part->group);
		show_block(cli, block, false);
	}
	show_counts(cli, blocks);
}

static bool
same_words(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The same becomes of the block in both stores. */
static bool
same_block(const struct cli_import_block *a, const struct cli_import_block *b)
{
	return a->outcome == b->outcome && a->identity == b->identity &&
	    a->owner_in_store == b->owner_in_store && (a->owner == NULL) == (b->owner == NULL) &&
	    same_words(a->why, b->why);
}

/* In another store than the first: what becomes of which block otherwise than there. */
static void
show_others(struct cli *cli, const char *store, const struct cli_import_blocks *first,
    const struct cli_import_blocks *blocks)
{
	TRUST_AUTO_FREE char *words = count_words(cli, blocks);
	bool plain = is_uniform(blocks);
	bool told = false;

	for (size_t i = 0; i < blocks->count; i++)
		plain = plain && blocks->list[i].why == NULL && !blocks->list[i].owner_in_store;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		if (same_block(&first->list[i], block))
			continue;
		if (!told)
			cli_say(cli, "in the store '%s': %s", store, words);
		told = true;
		if (!plain)
			show_block(cli, block, true);
	}
}

void
cli_import_show(struct cli *cli, const struct cli_import *import, const struct trust_place *place,
    const struct cli_import_blocks *blocks)
{
	TRUST_AUTO_FREE char *store = cli_place_words(place);

	if (import->result_count == 0)
		show_all(cli, import, blocks);
	else
		show_others(cli, store, &import->results[0].blocks, blocks);
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
		cli_doc_time(doc, NULL, "not_after", part->cert->not_after);
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
