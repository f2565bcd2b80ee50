/* SPDX-License-Identifier: MPL-2.0 */
/* `trustctl show`: the inspector. One item of the stores with its trust everywhere, its origin and
 * history; or what a file holds, without any store. */

#include "cli/doctor.h"
#include "cli/facts_report.h"
#include "cli/import_report.h"
#include "cli/item_names.h"
#include "cli/item_verdicts.h"
#include "cli/items.h"
#include "cli/plan.h"
#include "cli/verify_report.h"
#include "core/cert.h"
#include "core/crl.h"
#include "core/error.h"
#include "core/history.h"
#include "core/place.h"
#include "core/text.h"
#include "import/import.h"

struct options {
	bool item;
};

/* ---- a certificate ------------------------------------------------------------------------- */

static void
put_machine_facts(struct cli_doc *doc, const struct trust_cert *cert, enum trust_kind kind)
{
	TRUST_AUTO_FREE char *id = trust_hex(cert->id, sizeof cert->id);
	TRUST_AUTO_FREE char *subject = trust_name_display(cert->subject);
	TRUST_AUTO_FREE char *issuer = trust_name_display(cert->issuer);
	TRUST_AUTO_FREE char *serial = trust_cert_serial_words(cert);
	TRUST_AUTO_FREE char *key = trust_cert_key_words(cert);

	cli_doc_text(doc, NULL, "item_kind", trust_kind_word(kind));
	cli_doc_text(doc, NULL, "id", id);
	cli_doc_text(doc, NULL, "subject", subject);
	cli_doc_text(doc, NULL, "issuer", issuer);
	cli_doc_text(doc, NULL, "serial", serial);
	cli_doc_text(doc, NULL, "key", key);
	cli_doc_time(doc, NULL, "not_before", cert->not_before);
	cli_doc_time(doc, NULL, "not_after", cert->not_after);
	cli_doc_bool(doc, NULL, "ca", trust_cert_is_ca(cert));
}

static void
put_crl(struct cli_doc *doc, const struct trust_crl *crl)
{
	TRUST_AUTO_FREE char *words = trust_crl_words(crl);
	TRUST_AUTO_FREE char *id = trust_hex(crl->id, sizeof crl->id);
	TRUST_AUTO_FREE char *issuer = trust_name_display(crl->issuer);

	cli_doc_line(doc, "%s", words);
	cli_doc_text(doc, NULL, "item_kind", trust_kind_word(TRUST_KIND_CRL));
	cli_doc_text(doc, "  SHA-256", "id", id);
	cli_doc_text(doc, "  issuer", "issuer", issuer);
	cli_doc_number(doc, "  revoked certificates", "revoked", (int64_t)crl->count);
	cli_doc_time(doc, "  made", "this_update", crl->this_update);
	if (crl->has_next_update)
		cli_doc_time(doc, "  next one due", "next_update", crl->next_update);
}

/* ---- its trust ------------------------------------------------------------------------------ */

static void
put_trust_in(struct cli_doc *doc, const struct trust_store *store, const struct trust_item *item)
{
	struct trust_states states = trust_item_states(store, item);
	TRUST_AUTO_FREE char *words = cli_trust_words(store, item);
	TRUST_AUTO_FREE char *label = trust_printf("  %s", trust_store_place(store)->name);

	cli_doc_begin(doc, NULL, "store");
	cli_doc_text(doc, NULL, "store", trust_store_place(store)->name);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		cli_doc_text(doc, NULL, trust_usage_key((enum trust_usage)usage),
		    trust_state_word(states.of[usage]));
	cli_doc_bool(doc, NULL, "full", trust_states_full(states));
	cli_doc_text(doc, NULL, "seal", trust_seal_word(trust_item_states_seal(store, item)));
	cli_doc_bool(doc, NULL, "disagreement", trust_item_disagrees(item));
	cli_doc_bool(doc, NULL, "has_private_key", item->key_object_id != 0);
	cli_doc_end(doc);
	TRUST_AUTO_FREE char *value =
	    trust_printf("%s%s", words, item->key_object_id ? "; with its private key" : "");
	cli_doc_text(doc, label, NULL, value);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (item->has_distrust_after[usage]) {
			char date[32];
			trust_time_format_date(item->distrust_after[usage], date);
			cli_doc_line(doc, "    for %s only what was issued until %s",
			    trust_usage_word((enum trust_usage)usage), date);
		}
}

/* In the store asked, then in every other store that has it. */
static void
put_trust(struct cli *cli, struct cli_doc *doc, const struct trust_store *store,
    const struct trust_item *item)
{
	const struct trust_places *places = cli_all_places(cli);
	const struct trust_part part = { .certs = &item->cert, .cert_count = 1 };
	const struct trust_store_options options = { .part = &part };

	cli_doc_line(doc, "Trust");
	cli_doc_begin_list(doc, "", "trust");
	put_trust_in(doc, store, item);
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO(trust_store) *opened = NULL;
		TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
		const struct trust_place *place = &places->list[i];
		if (!place->exists || cli_same_place(place, trust_store_place(store)))
			continue;
		if (place->kind != TRUST_PLACE_BUILTIN &&
		    !trust_store_open(place, &options, &opened, &why)) {
			TRUST_AUTO_FREE char *name = cli_place_words(place);
			cli_warn(cli, "store '%s' is left out: %s", name, why.message);
			continue;
		}
		const struct trust_store *other = opened ? opened : cli_builtin(cli);
		const struct trust_item *there = other ? trust_store_find(other, item->id) : NULL;
		if (there)
			put_trust_in(doc, other, there);
	}
	cli_doc_end_list(doc);
}

/* ---- its history ---------------------------------------------------------------------------- */

static void
put_findings(struct cli *cli, struct cli_doc *doc, const struct trust_place *place,
    const struct trust_cert *cert)
{
	TRUST_AUTO(trust_findings) *findings = trust_findings_of_cert(cert, cli->now);

	cli_put_findings(doc, place, "Findings", findings);
}

/* entry: NULL: what another program did since the last one. */
static void
put_event(
    struct cli_doc *doc, const struct trust_history_entry *entry, const struct trust_effect *effect)
{
	TRUST_AUTO_FREE char *after = trust_states_words(effect->after);
	const char *joint = effect->kind == TRUST_EFFECT_TRUST ? " to "
	    : trust_effect_comes_with_trust(effect)            ? " with "
							       : NULL;
	bool outside = !entry || entry->outside;
	const char *source = entry ? entry->source : NULL;
	const char *reason = entry ? entry->reason : NULL;
	char time[32] = "not recorded yet";

	cli_doc_begin(doc, NULL, "entry");
	if (entry) {
		trust_time_format(entry->time, time);
		cli_doc_number(doc, NULL, "number", entry->number);
		cli_doc_time(doc, NULL, "time", entry->time);
	} else {
		cli_doc_text(doc, NULL, "number", NULL);
		cli_doc_text(doc, NULL, "time", NULL);
	}
	cli_doc_text(doc, NULL, "effect", trust_effect_word(effect->kind));
	cli_doc_text(doc, NULL, "trust", after);
	cli_doc_text(doc, NULL, "user", outside ? NULL : entry->user);
	cli_doc_text(doc, NULL, "command", outside ? "outside" : entry->command);
	cli_doc_text(doc, NULL, "source", source);
	cli_doc_text(doc, NULL, "reason", reason);
	cli_doc_end(doc);
	cli_doc_line(doc, "  %-20s  %s%s%s by %s%s%s%s%s", time, trust_effect_word(effect->kind),
	    joint ? joint : "", joint ? after : "", outside ? "another program" : entry->user,
	    source ? " from " : "", source ? source : "", reason ? ", reason: " : "",
	    reason ? reason : "");
}

static void
put_history(struct cli_doc *doc, const struct trust_store *store, const struct trust_item *item,
    bool *ret_unread)
{
	TRUST_AUTO(trust_history) *history = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_effect *outside = NULL;
	size_t told = 0;

	if (trust_store_place(store)->kind == TRUST_PLACE_BUILTIN)
		return;
	cli_doc_line(doc, "History");
	if (!trust_history_read_item(trust_store_place(store), item->id, &history, &error) ||
	    !trust_history_outside_item(store, item, &outside, &told, &error)) {
		cli_doc_begin_list(doc, "", "history");
		cli_doc_end_list(doc);
		cli_doc_text(doc, NULL, "history_error", error.message);
		TRUST_AUTO_FREE char *where = trust_place_option(trust_store_place(store));
		cli_doc_line(
		    doc, "  %s; trustctl store check%s tells what to do", error.message, where);
		*ret_unread = true;
		return;
	}
	cli_doc_begin_list(doc, "", "history");
	for (size_t i = 0; i < told; i++)
		put_event(doc, NULL, &outside[i]);
	trust_effects_free(outside, told);
	for (size_t i = 0; i < history->count; i++) {
		const struct trust_history_entry *entry = &history->entries[i];
		for (size_t k = 0; k < entry->effect_count; k++)
			put_event(doc, entry, &entry->effects[k]);
		told += entry->effect_count;
	}
	cli_doc_end_list(doc);
	if (!told)
		cli_doc_line(doc, "  its origin is not known: trustctl did not bring it in");
}

/* One store's error takes another's place when it says more than that the item is not there. */
static void
keep_error(struct trust_error *kept, struct trust_error *other)
{
	bool lacks = kept->code == TRUST_INPUT_NOT_FOUND || kept->code == TRUST_STORE_MISSING;
	bool other_lacks =
	    other->code == TRUST_INPUT_NOT_FOUND || other->code == TRUST_STORE_MISSING;

	if (kept->code != TRUST_OK && (!lacks || other_lacks))
		return;
	trust_error_clear(kept);
	trust_error_move(kept, other);
}

static enum trust_code
show_item(struct cli *cli, const char *text, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "item");
	const struct trust_item *item = NULL;

	if (!cli_places(cli, NULL, &places, error))
		return error->code;
	/* The first store that has it. */
	for (size_t i = 0; i < places->count && !item; i++) {
		TRUST_AUTO_ERROR own = TRUST_ERROR_INIT;
		trust_store_close(trust_steal(&store));
		if (!cli_store_select(cli, &places->list[i], text, &store, &item, &own))
			keep_error(error, &own);
	}
	if (item)
		trust_error_clear(error);
	const struct trust_store *builtin = cli_builtin(cli);
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	bool in_builtin = false;
	if (!item && error->code == TRUST_INPUT_NOT_FOUND && !cli->global.store && builtin &&
	    trust_store_select(builtin, text, &item, &ignored)) {
		trust_error_clear(error);
		in_builtin = true;
		cli_note(cli, "not in the store, but among the built-in roots");
	}
	if (!item) {
		(void)cli_hint_near(cli, text, error);
		return error->code;
	}
	const struct trust_store *from = in_builtin ? builtin : store;
	cli_doc_line(doc, "%s (%s)", item->name, trust_kind_word(item->kind));
	cli_doc_text(doc, NULL, "name", item->name);
	cli_doc_text(doc, NULL, "store", trust_store_place(from)->name);
	TRUST_AUTO_FREE char *nickname =
	    trust_text_display(item->nickname.data, item->nickname.size);
	cli_doc_text(doc, "nickname", "nickname", *nickname ? nickname : NULL);
	bool unread = false;
	if (item->cert) {
		put_machine_facts(doc, item->cert, item->kind);
		put_trust(cli, doc, from, item);
		cli_put_item_verdicts(cli, doc, places, from, item, &unread);
		put_findings(cli, doc, trust_store_place(from), item->cert);
		cli_put_facts(cli, doc, item->cert);
	} else if (item->crl) {
		put_crl(doc, item->crl);
	} else {
		TRUST_AUTO_FREE char *id = trust_hex(item->id, sizeof item->id);
		cli_doc_text(doc, NULL, "item_kind", trust_kind_word(item->kind));
		cli_doc_text(doc, "identifier", "id", id);
		cli_doc_text(doc, item->key_words ? "key" : NULL, "key", item->key_words);
	}
	put_history(doc, from, item, &unread);
	if (!cli_doc_print(doc, error))
		return error->code;
	return unread ? TRUST_PARTIAL : TRUST_OK;
}

/* ---- a file --------------------------------------------------------------------------------- */

static enum trust_kind
kind_in_file(const struct import_file *file, size_t index)
{
	bool has_key = false;

	for (size_t i = 0; i < file->count; i++)
		has_key |=
		    file->parts[i].kind == IMPORT_KEY && file->parts[i].cert_index == (int)index;
	return trust_kind_of_cert(file->parts[index].cert, has_key);
}

static const char *const part_words[] = { "certificate", "private key", "revocation list",
	"skipped", "refused" };

static void
put_part(struct cli *cli, struct cli_doc *doc, const struct import_file *file, size_t index)
{
	const struct import_part *part = &file->parts[index];

	cli_doc_begin(doc, "", "part");
	cli_doc_text(doc, NULL, "part", part_words[part->kind]);
	cli_doc_text(doc, NULL, "where", part->where);
	switch (part->kind) {
	case IMPORT_CERTIFICATE: {
		TRUST_AUTO_FREE char *label = trust_cert_label(part->cert);
		enum trust_kind kind = kind_in_file(file, index);
		cli_doc_line(doc, "%s (%s) in %s", label, trust_kind_word(kind), part->where);
		put_machine_facts(doc, part->cert, kind);
		put_findings(cli, doc, NULL, part->cert);
		cli_put_facts(cli, doc, part->cert);
		break;
	}
	case IMPORT_KEY:
		cli_doc_text(doc, NULL, "key", part->key_words);
		cli_doc_line(doc, "private key, %s, in %s: %s", part->key_words, part->where,
		    part->cert_index >= 0 ? "belongs to a certificate of this file"
			: import_key_is_comparable(part)
			? "no certificate of this file belongs to it"
			: "whether a certificate of this file belongs to it cannot be told");
		break;
	case IMPORT_CRL:
		put_crl(doc, part->crl);
		break;
	case IMPORT_SKIPPED:
	case IMPORT_REFUSED:
		cli_doc_text(doc, NULL, "reason", part->reason);
		cli_doc_line(doc, "%s: %s: %s", part_words[part->kind], part->where, part->reason);
		break;
	}
	cli_doc_end(doc);
}

/* With more parts than this nobody has an overview by a line for each. */
#define MANY_PARTS 20

/* What is in the file, above the details; one certificate alone follows at once. */
static void
put_overview(struct cli *cli, struct cli_doc *doc, const struct import_file *file)
{
	if (file->count < 2 || file->count > MANY_PARTS)
		return;
	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		if (part->kind != IMPORT_CERTIFICATE) {
			cli_doc_line(doc, "  %s", part_words[part->kind]);
			continue;
		}
		TRUST_AUTO_FREE char *label = trust_cert_label(part->cert);
		TRUST_AUTO_FREE char *expiry = cli_expires_words(part->cert, cli->now);
		cli_doc_line(
		    doc, "  %s '%s', %s", trust_kind_word(kind_in_file(file, i)), label, expiry);
	}
}

/* The summary, then how the file is protected, then each part in detail. closed: it was not
 * opened. */
static void
put_file(struct cli *cli, struct cli_doc *doc, const struct import_file *file, bool closed)
{
	cli_doc_text(doc, NULL, "file", file->name);
	cli_doc_text(doc, NULL, "format", file->format);
	put_overview(cli, doc, file);
	/* Where it is told fact by fact below, not here as well. */
	bool alone = file->protection && file->fact_count == 0;
	cli_doc_text(doc, alone ? "protection" : NULL, "protection", file->protection);
	cli_doc_begin_list(doc, "", "notes");
	for (size_t i = 0; i < file->note_count; i++)
		cli_doc_text(doc, "note", "note", file->notes[i]);
	cli_doc_end_list(doc);
	cli_doctor_identities(doc, file);
	if (!closed)
		cli_doctor_import(cli, doc, file);
	cli_doctor_protection(doc, file);
	cli_doc_begin_list(doc, "", "parts");
	for (size_t i = 0; i < file->count; i++) {
		put_part(cli, doc, file, i);
		cli_progress("parts of the file", i + 1, file->count);
	}
	cli_progress_done();
	cli_doc_end_list(doc);
}

/* What is known of a file that was not opened: nobody has the password, or it would not help. */
static enum trust_code
show_closed(struct cli *cli, struct import_file *file, struct trust_error *error)
{
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "file");
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;

	cli_doc_line(doc, "%s: %s, %s", file->name, file->format,
	    error->code == TRUST_INPUT_PASSWORD ? "closed by a password" : "not opened");
	put_file(cli, doc, file, true);
	return cli_doc_print(doc, &failed) ? error->code : failed.code;
}

static enum trust_code
show_file(struct cli *cli, const char *path, struct trust_error *error)
{
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO(import_file) *survey = NULL;
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "file");

	/* What opened without a password is not shown when the one given says it was changed. */
	if (!cli_read_import(cli, path, &survey, &file, error))
		return survey && survey->format && !survey->unchecked &&
			(error->code == TRUST_INPUT_PASSWORD || survey->fact_count > 0)
		    ? show_closed(cli, survey, error)
		    : error->code;
	cli_doc_line(doc, "%s: %s, %zu %s", file->name, file->format, file->count,
	    file->count == 1 ? "part" : "parts");
	put_file(cli, doc, file, false);
	return cli_doc_print(doc, error) ? TRUST_OK : error->code;
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	const struct options *options = command_options;
	const char *text = cli->operands[0];

	return !options->item && cli_names_file(text) ? show_file(cli, text, error)
						      : show_item(cli, text, error);
}

static const struct cli_option options[] = {
	{ .name = "item",
	    .argument = CLI_FLAG,
	    .help = "the operand names an item, even if there is a file of that name",
	    .offset = offsetof(struct options, item) },
	CLI_OPTIONS_END,
};

const struct cli_command cmd_show = {
	.path = "show",
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "show everything about one item, or about a file",
	.operands = "ITEM|FILE",
	.operand = CLI_ITEM,
	.min_operands = 1,
	.max_operands = 1,
	.file_password = true,
	.details =
	    "Shows a certificate in words: its trust in every store that has it; whether its "
	    "private key is there; for each usage that suits it whether each store asked that has "
	    "it trusts it, or why not; names, validity, key, usages, extensions and fingerprints; "
	    "where it came from and what happened to it. An operand that contains a slash "
	    "or names an existing file is a file: it is decoded without any store, and nothing is "
	    "imported. Of a PKCS #12 file it says, before any password, how it is protected and "
	    "which programs can read it; then whether keys and chains fit, and what importing it "
	    "would do.\n"
	    "An item is named by at least 6 digits of its identifier, or exactly by its nickname, "
	    "common name or e-mail address. What the store does not have is looked for among the "
	    "built-in roots.",
	.examples = "trustctl show 3ad5cf70\n"
		    "trustctl show 'Example Root CA' --store firefox\n"
		    "trustctl show ./alice.p12",
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
