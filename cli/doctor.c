/* SPDX-License-Identifier: MPL-2.0 */
/* The doctor of files; see doctor.h. */

#include "cli/doctor.h"

#include <string.h>

#include "cli/import_plan.h"
#include "core/cert.h"
#include "core/issued.h"
#include "core/limits.h"
#include "core/place.h"

/* ---- protection ------------------------------------------------------------------------------ */

static void
put_programs(struct cli_doc *doc, const struct import_file *file)
{
	cli_doc_line(doc, "%s",
	    strcmp(file->format, "PKCS #12") == 0
		? "Programs that read it"
		: "Programs that read the PKCS #12 data in it, as a file of its own");
	cli_doc_begin_list(doc, "", "programs");
	for (size_t i = 0; i < import_reader_count; i++) {
		const struct import_reader *reader = &import_readers[i];
		unsigned missing = reader->lacks & file->needs;
		TRUST_AUTO_FREE char *why = import_need_words(missing);
		TRUST_AUTO_FREE char *label = trust_printf("  %s", reader->program);
		TRUST_AUTO_FREE char *value =
		    missing ? trust_printf("no: %s", why) : trust_strdup("yes");
		cli_doc_begin(doc, NULL, "program");
		cli_doc_text(doc, NULL, "program", reader->program);
		cli_doc_bool(doc, NULL, "reads", missing == 0);
		cli_doc_text(doc, NULL, "lacks", missing ? why : NULL);
		cli_doc_text(doc, NULL, "source", reader->source);
		cli_doc_end(doc);
		cli_doc_text(doc, label, NULL, value);
	}
	cli_doc_end_list(doc);
}

void
cli_doctor_protection(struct cli_doc *doc, const struct import_file *file)
{
	if (file->fact_count > 0)
		cli_doc_line(doc, "Protection");
	cli_doc_begin_list(doc, "", "facts");
	for (size_t i = 0; i < file->fact_count; i++) {
		TRUST_AUTO_FREE char *label = trust_printf("  %s", file->facts[i].name);
		cli_doc_begin(doc, NULL, "fact");
		cli_doc_text(doc, NULL, "name", file->facts[i].name);
		cli_doc_text(doc, NULL, "value", file->facts[i].value);
		cli_doc_end(doc);
		cli_doc_text(doc, label, NULL, file->facts[i].value);
	}
	cli_doc_end_list(doc);
	if (file->needs != 0)
		put_programs(doc, file);
}

/* ---- identities ------------------------------------------------------------------------------ */

/* Certificates of one chain; those of public authorities have 5 at most. */
#define MAX_STEPS 16

/* The certificate of the file that issued the last one of the chain, if possible one that is not in
 * the chain itself; NULL: none. */
static const struct trust_cert *
find_issuer(const struct import_file *file, const struct trust_cert *const chain[], size_t steps,
    bool *ret_again, uint64_t *budget)
{
	*ret_again = false;
	for (size_t i = 0; i < file->count; i++) {
		const struct trust_cert *other = file->parts[i].cert;
		bool again = false;
		if (other == NULL || !trust_issued_by(chain[steps - 1], other, budget))
			continue;
		for (size_t k = 0; k < steps; k++)
			again = again || memcmp(chain[k]->id, other->id, sizeof other->id) == 0;
		if (!again)
			return other;
		*ret_again = true;
	}
	return NULL;
}

/* "complete, 3 certificates", "incomplete: the issuer CN=X is not in the file"; owned by caller. */
static char *
chain_words(const struct import_file *file, const struct trust_cert *cert, uint64_t *budget)
{
	const struct trust_cert *chain[MAX_STEPS] = { cert };
	size_t steps = 1;

	while (!trust_cert_is_self_issued(chain[steps - 1])) {
		bool again = false;
		const struct trust_cert *issuer = find_issuer(file, chain, steps, &again, budget);
		if (issuer == NULL && *budget == 0)
			return trust_strdup(
			    "not determined: its signatures cost too much to check");
		if (issuer == NULL && again)
			return trust_strdup("incomplete: its authorities issued each other, and no "
					    "root is in the file");
		if (issuer == NULL) {
			TRUST_AUTO_FREE char *name = trust_name_display(chain[steps - 1]->issuer);
			return trust_printf("incomplete: the issuer %s is not in the file", name);
		}
		if (steps == MAX_STEPS)
			return trust_printf(
			    "not determined: it is longer than %d certificates", MAX_STEPS);
		chain[steps++] = issuer;
	}
	return trust_printf("complete, %zu certificate%s", steps, steps == 1 ? "" : "s");
}

static void
put_identity(
    struct cli_doc *doc, const struct import_part *key, const char *label, const char *chain)
{
	cli_doc_begin(doc, NULL, "identity");
	bool known = label != NULL || import_key_is_comparable(key);
	if (known)
		cli_doc_bool(doc, NULL, "key_matches", label != NULL);
	else
		cli_doc_text(doc, NULL, "key_matches", NULL);
	cli_doc_text(doc, NULL, "where", key->where);
	cli_doc_text(doc, NULL, "name", label);
	cli_doc_text(doc, NULL, "chain", chain);
	cli_doc_end(doc);
	if (label != NULL)
		cli_doc_line(doc, "identity '%s': its private key matches; chain %s", label, chain);
	else if (!known)
		cli_doc_line(doc,
		    "private key in %s: a key of this kind (%s) cannot be compared with "
		    "certificates",
		    key->where, key->key_words);
	else
		cli_doc_line(
		    doc, "private key in %s: matches no certificate of this file", key->where);
}

void
cli_doctor_identities(struct cli_doc *doc, const struct import_file *file)
{
	uint64_t budget = TRUST_MAX_SIGNATURE_WORK;

	cli_doc_begin_list(doc, "", "identities");
	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *key = &file->parts[i];
		if (key->kind != IMPORT_KEY)
			continue;
		const struct trust_cert *cert =
		    key->cert_index >= 0 ? file->parts[key->cert_index].cert : NULL;
		TRUST_AUTO_FREE char *label = cert != NULL ? trust_cert_label(cert) : NULL;
		TRUST_AUTO_FREE char *chain =
		    cert != NULL ? chain_words(file, cert, &budget) : NULL;
		put_identity(doc, key, label, chain);
	}
	cli_doc_end_list(doc);
}

/* ---- importing ------------------------------------------------------------------------------- */

static void
put_outcomes(struct cli_doc *doc, const struct cli_import_blocks *blocks, const char *store)
{
	static const char *const keys[] = { "added", "already_there", "repeated", "skipped",
		"refused" };

	cli_doc_line(doc, "Importing it into the store '%s' would do this:", store);
	cli_doc_begin(doc, NULL, "import");
	cli_doc_text(doc, NULL, "store", store);
	for (int i = 0; i <= CLI_IMPORT_REFUSED; i++)
		cli_doc_number(doc, NULL, keys[i], (int64_t)blocks->of[i]);
	cli_doc_end(doc);
	for (int i = 0; i <= CLI_IMPORT_REFUSED; i++)
		if (blocks->of[i] > 0)
			cli_doc_line(doc, "  %s: %zu",
			    cli_import_outcome_word((enum cli_import_outcome)i), blocks->of[i]);
	for (size_t i = 0; i < blocks->count; i++)
		if (blocks->list[i].outcome == CLI_IMPORT_REFUSED && blocks->list[i].why != NULL)
			cli_doc_line(doc, "  refused: %s: %s", blocks->list[i].part->where,
			    blocks->list[i].why);
}

void
cli_doctor_import(struct cli *cli, struct cli_doc *doc, const struct import_file *file)
{
	TRUST_AUTO(trust_places) *places = NULL;
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	struct cli_import_blocks blocks = { 0 };

	if (!cli_places(cli, NULL, &places, &ignored) || places->count == 0)
		return;
	const struct trust_place *place = &places->list[0];
	if (place->kind == TRUST_PLACE_BUILTIN ||
	    (place->exists && !cli_store_open(cli, place, &store, &ignored)))
		return;
	const struct cli_import_rules rules = {
		.store = store,
		.builtin = cli_builtin(cli),
		.nss_libdir = place->nss_libdir,
	};
	const struct import_file *const files[] = { file };
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	if (cli_import_decide(files, 1, &rules, &blocks, &ignored))
		put_outcomes(doc, &blocks, name);
	cli_import_blocks_done(&blocks);
}
