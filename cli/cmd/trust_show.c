/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl trust show`: what every store says about one certificate, record by record: both
 * spellings, whether their signatures were checked, and the built-in list beside them.
 */

#include "cli/item_names.h"
#include "cli/items.h"
#include "cli/plan.h"
#include "core/cert.h"
#include "core/place.h"

/* The stores that were read; a place that cannot be read is told and left out. */
struct stores {
	struct trust_store **list;
	size_t count;
	struct cli_unread unread;
};

static void
stores_done(struct stores *stores)
{
	for (size_t i = 0; i < stores->count; i++)
		trust_store_close(stores->list[i]);
	trust_free(stores->list);
	cli_unread_done(&stores->unread);
}

static bool
open_stores(struct cli *cli, const struct trust_places *places, const char *text,
    struct stores *stores, struct trust_error *error)
{
	const struct trust_part part = { .texts = &text, .text_count = 1 };

	bool builtin = false;

	stores->list = trust_alloc_array(places->count + 1, sizeof(struct trust_store *));
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
		struct trust_store *store = NULL;
		/* The built-in list has its own part of the answer. */
		if (places->list[i].kind == TRUST_PLACE_BUILTIN && places->count > 1)
			builtin = true;
		else if (cli_store_open_for(cli, &places->list[i], &part, &store, &failed))
			stores->list[stores->count++] = store;
		else
			cli_unread_add(&stores->unread, &places->list[i], &failed);
	}
	return cli_unread_tell(cli, &stores->unread, builtin || stores->count > 0, error);
}

/* The one certificate meant, over all stores: the same name for two certificates is ambiguous. */
static bool
pick(const struct stores *stores, const struct trust_store *builtin, const char *text,
    const struct trust_item **ret_item, struct trust_error *error)
{
	const struct trust_store *any = stores->count > 0 ? stores->list[0] : builtin;

	if (!cli_pick_same(stores->list, stores->count, builtin, text, ret_item, error))
		return false;
	if (*ret_item != NULL)
		return true;
	if (any != NULL)
		return trust_store_select(any, text, ret_item, error);
	return trust_fail(error, TRUST_STORE_MISSING, NULL, "there is no store to look in");
}

static void
say_states(struct cli_doc *doc, const char *title, const char *key, struct trust_states states)
{
	cli_doc_begin(doc, title, key);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		cli_doc_text(doc, trust_usage_word((enum trust_usage)usage),
		    trust_usage_key((enum trust_usage)usage), trust_state_word(states.of[usage]));
	cli_doc_end(doc);
}

static void
say_record(
    struct cli_doc *doc, const char *title, const char *key, const struct trust_record *record)
{
	if (!record->present)
		return;
	TRUST_AUTO_FREE char *words = trust_states_words(record->states);
	cli_doc_begin(doc, title, key);
	cli_doc_text(doc, "says", "words", words);
	cli_doc_text(doc, "seal", "seal", trust_seal_word(record->seal));
	say_states(doc, NULL, "states", record->states);
	cli_doc_end(doc);
}

static void
say_store(struct cli_doc *doc, const struct trust_store *store, const struct trust_item *item)
{
	const struct trust_item *own = trust_store_find(store, item->id);
	if (own == NULL)
		return;
	struct trust_states states = trust_item_states(store, own);
	TRUST_AUTO_FREE char *name = cli_place_words(trust_store_place(store));
	TRUST_AUTO_FREE char *title = trust_printf("Store '%s'", name);
	TRUST_AUTO_FREE char *words = trust_states_words(states);
	TRUST_AUTO_FREE char *letters = trust_states_letters(states);

	cli_doc_begin(doc, title, NULL);
	cli_doc_text(doc, NULL, "store", name);
	cli_doc_text(doc, "trust", "words", words);
	cli_doc_text(doc, "letters", "letters", letters);
	say_states(doc, "per usage", "states", states);
	cli_doc_bool(doc, NULL, "record", trust_item_has_record(own));
	if (!trust_item_has_record(own))
		cli_doc_text(doc, "record", NULL, "none: nobody decided");
	say_record(doc, "record for NSS before 3.114", "legacy", &own->legacy);
	say_record(doc, "record for NSS 3.114 and newer", "modern", &own->modern);
	cli_doc_bool(doc, NULL, "disagrees", trust_item_disagrees(own));
	if (trust_item_disagrees(own))
		cli_doc_line(
		    doc, "the two records disagree: old and new programs see different trust");
	if (trust_item_states_seal(store, own) == TRUST_SEAL_TAMPERED)
		cli_doc_line(doc, "the record's signature is wrong: NSS counts it as no trust");
	else if (trust_item_seal(own) == TRUST_SEAL_TAMPERED)
		cli_doc_line(doc,
		    "the signature of the record that this store's own programs do not read is "
		    "wrong: those that read it count it as no trust");
	cli_doc_end(doc);
}

static void
say_builtin(struct cli_doc *doc, const struct trust_store *builtin, const struct trust_item *item)
{
	const struct trust_item *vendor =
	    builtin != NULL ? trust_store_find(builtin, item->id) : NULL;
	if (vendor == NULL)
		return;
	struct trust_states states = trust_item_states(builtin, vendor);
	TRUST_AUTO_FREE char *words = trust_states_words(states);
	cli_doc_begin(doc, "Built-in roots", "builtin");
	cli_doc_text(doc, "list", "version", trust_store_version(builtin));
	cli_doc_text(doc, "trust", "words", words);
	say_states(doc, "per usage", "states", states);
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		if (!vendor->has_distrust_after[usage])
			continue;
		TRUST_AUTO_FREE char *title = trust_printf(
		    "%s: nothing issued after", trust_usage_word((enum trust_usage)usage));
		TRUST_AUTO_FREE char *key =
		    trust_printf("distrust_after_%s", trust_usage_key((enum trust_usage)usage));
		cli_doc_time(doc, title, key, vendor->distrust_after[usage]);
	}
	cli_doc_end(doc);
}

static bool
show(struct cli *cli, const struct stores *stores, const struct trust_item *item,
    struct trust_error *error)
{
	const struct trust_store *builtin = cli_builtin(cli);
	TRUST_AUTO_FREE char *id = trust_hex(item->id, sizeof item->id);
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "trust");
	cli_doc_text(doc, "name", "name", item->name);
	cli_doc_text(doc, "fingerprint", "id", id);
	cli_doc_text(doc, "kind", "item_kind", trust_kind_word(item->kind));
	cli_doc_begin_list(doc, "", "stores");
	for (size_t i = 0; i < stores->count; i++)
		if (trust_store_place(stores->list[i])->kind != TRUST_PLACE_BUILTIN)
			say_store(doc, stores->list[i], item);
	cli_doc_end_list(doc);
	say_builtin(doc, builtin, item);
	return cli_doc_print(doc, error);
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	(void)options;
	TRUST_AUTO(trust_places) *places = NULL;
	if (!cli_places(cli, "all", &places, error))
		return error->code;
	__attribute__((cleanup(stores_done))) struct stores stores = { 0 };
	const struct trust_item *item = NULL;
	if (!open_stores(cli, places, cli->operands[0], &stores, error))
		return error->code;
	if (!pick(&stores, cli_builtin(cli), cli->operands[0], &item, error)) {
		const struct trust_place *only = places->count == 1 ? &places->list[0] : NULL;
		(void)cli_not_in_any(cli, cli->operands[0], stores.list, stores.count, error);
		(void)cli_explain_missing(cli, cli->operands[0], only, error);
		return error->code;
	}
	if (item->kind == TRUST_KIND_KEY || item->kind == TRUST_KIND_CRL) {
		(void)trust_fail(error, TRUST_INPUT_UNSUPPORTED, item->name,
		    "'%s' is a %s, not a certificate", item->name, trust_kind_word(item->kind));
		return error->code;
	}
	if (!show(cli, &stores, item, error))
		return error->code;
	return stores.unread.count > 0 ? TRUST_PARTIAL : TRUST_OK;
}

const struct cli_command cmd_trust_show = {
	.path = "trust show",
	.topic = CLI_TOPIC_TRUST,
	.summary = "show what each store says about a certificate's trust",
	.operands = "ITEM|FILE",
	.operand = CLI_ITEM,
	.item_files = true,
	.min_operands = 1,
	.max_operands = 1,
	.details =
	    "For each store that has the certificate: the trust that counts for each usage, the "
	    "records of both spellings (NSS before 3.114, NSS 3.114 and newer), and how far their "
	    "signatures were checked: intact, unverified (the store has a password that was not "
	    "given) or tampered, which NSS counts as no trust. The built-in list's own word "
	    "follows.\n\n"
	    "Looks in all stores unless --store names some.",
	.examples = "trustctl trust show 'Example Root CA'\n"
		    "trustctl trust show 3f8a0c77 --store user --json",
	.run = run,
};
