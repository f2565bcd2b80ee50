/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl verify` asks with; see verify_input.h. */

#include "cli/verify_input.h"

#include <string.h>

#include "cli/item_names.h"
#include "cli/items.h"
#include "cli/plan.h"
#include "core/cert.h"
#include "core/place.h"
#include "import/import.h"

void
cli_verify_input_done(struct cli_verify_input *input)
{
	for (size_t i = 0; input->stores && i < input->places->count; i++) {
		trust_store_close(input->stores[i]);
		trust_error_clear(&input->failed[i]);
	}
	for (size_t i = 0; i < input->file_count; i++)
		import_file_free(input->files[i]);
	trust_free(input->stores);
	trust_free(input->failed);
	trust_free(input->files);
	trust_free(input->others);
	trust_free(input->from);
	trust_places_free(input->places);
}

/* ---- files --------------------------------------------------------------------------------- */

static bool
read_file(
    struct cli *cli, struct cli_verify_input *input, const char *path, struct trust_error *error)
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
	input->files =
	    trust_grow_array(input->files, input->file_count + 1, sizeof(struct import_file *));
	input->files[input->file_count++] = trust_steal(&file);
	return true;
}

/* The first end entity of the file, else its first certificate, is the question. */
static bool
pick_from_file(
    struct cli *cli, struct cli_verify_input *input, const char *path, struct trust_error *error)
{
	const struct import_part *chosen = NULL;
	size_t certs = 0;

	if (!read_file(cli, input, path, error))
		return false;
	const struct import_file *file = input->files[0];
	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		if (part->kind != IMPORT_CERTIFICATE)
			continue;
		certs++;
		if (!chosen || (trust_cert_is_ca(chosen->cert) && !trust_cert_is_ca(part->cert)))
			chosen = part;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): there is one */
	const struct trust_cert *cert = chosen->cert;
	cli_verify_choose(input, cert,
	    certs == 1
		? trust_printf("in the file '%s'", file->name)
		: trust_printf("in the file '%s', %s: the first %s of %zu", file->name,
		      chosen->where, trust_cert_is_ca(cert) ? "certificate" : "end entity", certs));
	return true;
}

static void
collect_others(struct cli_verify_input *input)
{
	for (size_t i = 0; i < input->file_count; i++) {
		const struct import_file *file = input->files[i];
		input->others = trust_grow_array(input->others,
		    input->other_count + file->count + 1, sizeof(struct trust_cert *));
		for (size_t k = 0; k < file->count; k++)
			if (file->parts[k].kind == IMPORT_CERTIFICATE &&
			    file->parts[k].cert != input->cert)
				input->others[input->other_count++] = file->parts[k].cert;
	}
}

bool
cli_verify_read_files(struct cli *cli, struct cli_verify_input *input, const char *text,
    bool as_item, const struct cli_texts *helpers, struct trust_error *error)
{
	if (!as_item && cli_names_file(text) && !pick_from_file(cli, input, text, error))
		return false;
	for (size_t i = 0; i < helpers->count; i++)
		if (!read_file(cli, input, helpers->list[i], error))
			return false;
	collect_others(input);
	return true;
}

void
cli_verify_choose(struct cli_verify_input *input, const struct trust_cert *cert, char *from)
{
	for (size_t i = 0; i < input->other_count; i++)
		if (input->others[i] == cert)
			input->others[i] = input->cert;
	input->cert = cert;
	input->kind = trust_kind_of_cert(cert, false);
	trust_free(input->from);
	input->from = from;
}

/* ---- stores -------------------------------------------------------------------------------- */

bool
cli_verify_is_asked(const struct cli_verify_input *input, size_t at)
{
	return input->places->count == 1 || input->places->list[at].kind != TRUST_PLACE_BUILTIN;
}

/* By what a person says, or as a guest from a file; with all that may stand on a path. */
static bool
open_store(struct cli *cli, const struct cli_verify_input *input, const struct trust_place *place,
    const char *text, struct trust_store **ret_store, struct trust_error *error)
{
	TRUST_AUTO_FREE const struct trust_cert **guests =
	    trust_alloc_array(input->other_count + 1, sizeof(struct trust_cert *));
	struct trust_part part = {
		.texts = &text,
		.text_count = input->cert ? 0 : 1,
		.certs = guests,
		.issuers = true,
		.builtin = cli_builtin(cli),
	};

	if (input->whole)
		return cli_store_open(cli, place, ret_store, error);
	if (input->cert)
		guests[part.cert_count++] = input->cert;
	for (size_t i = 0; i < input->other_count; i++)
		guests[part.cert_count++] = input->others[i];
	return cli_store_open_for(cli, place, &part, ret_store, error);
}

/* At least one of those asked, or the built-in roots in the place of one that is not there. */
static bool
has_read_any(struct cli *cli, struct cli_verify_input *input, struct trust_error *error)
{
	CLI_UNREAD_AUTO unread = { 0 };

	for (size_t i = 0; i < input->places->count; i++)
		if (cli_verify_is_asked(input, i) && input->failed[i].code == TRUST_OK)
			return true;
	for (size_t i = 0; i < input->places->count; i++)
		if (input->failed[i].code != TRUST_OK)
			cli_unread_add(&unread, &input->places->list[i], &input->failed[i]);
	return cli_unread_tell(cli, &unread, false, error);
}

static bool
open_stores(
    struct cli *cli, struct cli_verify_input *input, const char *text, struct trust_error *error)
{
	if (!cli_places(cli, input->fallback, &input->places, error))
		return false;
	size_t count = input->places->count;
	input->stores = trust_alloc_array(count + 1, sizeof(struct trust_store *));
	input->failed = trust_alloc_array(count + 1, sizeof(struct trust_error));
	for (size_t i = 0; i < count; i++) {
		const struct trust_place *place = &input->places->list[i];
		struct trust_error *failed = &input->failed[i];
		if (!cli_verify_is_asked(input, i) ||
		    open_store(cli, input, place, text, &input->stores[i], failed))
			continue;
		/* Who has no store yet sees the built-in roots. */
		if (failed->code == TRUST_STORE_MISSING && !cli->global.store && cli_builtin(cli)) {
			cli_note(cli, "%s", failed->message);
			trust_error_clear(failed);
		}
	}
	return has_read_any(cli, input, error);
}

/* The first store that has it; NULL: none, it is a built-in root. */
static const struct trust_store *
home_of(const struct cli_verify_input *input, const struct trust_item *item)
{
	for (size_t i = 0; i < input->places->count; i++)
		if (input->stores[i] && trust_store_find(input->stores[i], item->id))
			return input->stores[i];
	return NULL;
}

/* The one certificate meant, over all stores, else among the built-in roots. */
static bool
pick_item(
    struct cli *cli, struct cli_verify_input *input, const char *text, struct trust_error *error)
{
	const struct trust_store *builtin = cli_builtin(cli);
	const struct trust_item *found = NULL;
	size_t count = input->places->count;

	if (!cli_pick_same(input->stores, count, NULL, text, &found, error) ||
	    (!found && !cli_pick_same(NULL, 0, builtin, text, &found, error)))
		return false;
	if (!found) {
		const struct trust_store *any = builtin;
		for (size_t i = count; i > 0; i--)
			any = input->stores[i - 1] ? input->stores[i - 1] : any;
		if (!any)
			return trust_fail(
			    error, TRUST_STORE_MISSING, NULL, "there is no store to look in");
		(void)!trust_store_select(any, text, &found, error);
		return cli_not_in_any(cli, text, input->stores, count, error);
	}
	if (!found->cert)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, found->name,
		    "'%s' is a %s, not a certificate", found->name, trust_kind_word(found->kind));
	const struct trust_store *home = home_of(input, found);
	TRUST_AUTO_FREE char *name = home ? cli_place_words(trust_store_place(home)) : NULL;
	input->from = home ? trust_printf("in the store '%s'", name)
			   : trust_strdup("among the built-in roots");
	input->cert = found->cert;
	input->kind = found->kind;
	return true;
}

bool
cli_verify_open_stores(
    struct cli *cli, struct cli_verify_input *input, const char *text, struct trust_error *error)
{
	return open_stores(cli, input, text, error) &&
	    (!text || input->cert || pick_item(cli, input, text, error));
}
