/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl identity check` is asked about; see identity.h. */

#include <string.h>

#include "cli/identity.h"
#include "cli/items.h"
#include "cli/plan.h"
#include "core/cert.h"
#include "core/issued.h"
#include "core/limits.h"
#include "core/place.h"
#include "import/import.h"

void
cli_identity_place_done(struct cli_identity_place *place)
{
	trust_verdict_free(place->chain);
	trust_verdict_free(place->letter);
	trust_court_free(place->court);
	trust_free(place->name);
	trust_free(place->import);
}

void
cli_identity_done(struct cli_identity *identity)
{
	for (size_t i = 0; i < identity->check_count; i++) {
		trust_free(identity->checks[i].words);
		trust_free(identity->checks[i].remedy);
	}
	for (size_t i = 0; i < identity->place_count; i++)
		cli_identity_place_done(&identity->places[i]);
	cli_identity_place_done(&identity->own);
	trust_free(identity->places);
	trust_remembered_list_free(identity->remembered);
	trust_findings_free(identity->clock);
	trust_probe_facts_free(identity->facts);
	trust_probe_target_free(identity->target);
	cli_fetches_done(&identity->fetches);
	cli_evidence_done(&identity->evidence);
	if (identity->lent)
		trust_free(identity->input.from);
	else
		cli_verify_input_done(&identity->input);
}

/* ---- which certificate --------------------------------------------------------------------- */

/* In a file the certificate that has a key is meant, the first of several. */
static void
prefer_key(struct cli_identity *identity)
{
	const struct import_file *file = identity->file;
	size_t identities = 0;

	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		if (part->kind != IMPORT_KEY || part->cert_index < 0)
			continue;
		identities++;
		if (!identity->key)
			identity->key = part;
	}
	if (!identity->key)
		return;
	cli_verify_choose(&identity->input, file->parts[identity->key->cert_index].cert,
	    identities == 1 ? trust_printf("in the file '%s'", file->name)
			    : trust_printf("in the file '%s', the first identity of %zu",
				  file->name, identities));
}

/* An item that was not found may be in a store that could not be read: that is the true reason. */
static bool
explain_unread(struct cli_verify_input *input, struct trust_error *error)
{
	bool missing = error->code == TRUST_INPUT_NOT_FOUND || error->code == TRUST_STORE_MISSING;

	for (size_t i = 0; missing && input->places && i < input->places->count; i++) {
		struct trust_error *failed = &input->failed[i];
		if (failed->code == TRUST_OK || failed->code == TRUST_STORE_MISSING)
			continue;
		TRUST_AUTO_FREE char *name = cli_place_words(&input->places->list[i]);
		TRUST_AUTO_FREE char *why = trust_strdup(error->message);
		trust_error_move(error, failed);
		return trust_error_prefix(error, "%s; the store '%s' was not read: ", why, name);
	}
	return false;
}

/* The first store that has its key, rather one that has its issuer too. */
static void
find_home(struct cli_identity *identity)
{
	const struct cli_verify_input *input = &identity->input;
	uint64_t budget = TRUST_MAX_SIGNATURE_WORK;
	bool whole = false;

	for (size_t i = 0; i < input->places->count && !whole; i++) {
		const struct trust_store *store = input->stores[i];
		const struct trust_item *item =
		    store ? trust_store_find(store, input->cert->id) : NULL;
		if (!item || !item->key_object_id)
			continue;
		whole = trust_issued_in(store, input->cert, &budget) != NULL;
		if (identity->home && !whole)
			continue;
		identity->home = &input->places->list[i];
		identity->home_store = store;
	}
}

static void
ask(const struct cli *cli, struct cli_identity *identity)
{
	const struct cli_verify_input *input = &identity->input;

	find_home(identity);
	identity->verify = (struct cli_verify){
		.question = {
		    .cert = input->cert,
		    .at = cli->now,
		    .others = input->others,
		    .other_count = input->other_count,
		},
		.kind = trust_kind_of_cert(input->cert, identity->key || identity->home),
		.from = input->from,
		.fetched = identity->options->revocation,
	};
}

bool
cli_identity_open_stores(struct cli *cli, struct cli_verify_input *input, struct trust_error *error)
{
	input->fallback = "all";
	input->whole = true;
	return cli_verify_open_stores(cli, input, NULL, error);
}

bool
cli_identity_open(struct cli *cli, const struct cli_identity_options *options,
    struct cli_identity *identity, struct trust_error *error)
{
	struct cli_verify_input *input = &identity->input;
	const char *text = cli->operands[0];
	bool is_file = !options->item && cli_names_file(text);
	const struct cli_texts none = { 0 };

	identity->options = options;
	if (options->server &&
	    !trust_probe_target_parse(options->server, NULL, &identity->target, error))
		return false;
	input->fallback = "all";
	input->whole = true;
	if (!cli_verify_read_files(cli, input, text, options->item, &none, error))
		return false;
	if (!cli_verify_open_stores(cli, input, text, error))
		return is_file ? false : explain_unread(input, error);
	if (is_file) {
		identity->file = input->files[0];
		prefer_key(identity);
	}
	ask(cli, identity);
	return true;
}

void
cli_identity_open_item(struct cli *cli, const struct cli_identity_options *options,
    const struct cli_verify_input *input, const struct trust_store *store,
    const struct trust_item *item, struct cli_identity *identity)
{
	TRUST_AUTO_FREE char *name = cli_place_words(trust_store_place(store));

	identity->options = options;
	identity->input = *input;
	identity->lent = true;
	identity->input.cert = item->cert;
	identity->input.from = trust_printf("in the store '%s'", name);
	ask(cli, identity);
}
