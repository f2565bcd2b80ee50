/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl import` says at its end: what to do next, and who will use what came in. */

#include <string.h>

#include "cli/import_report.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/issued.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"

#define CLIENT_AUTH_OID "1.3.6.1.5.5.7.3.2"

/* Or not determined, where the signatures cost too much. */
static bool
issuer_known(const struct trust_store *store, const struct trust_cert *cert, uint64_t *budget)
{
	return trust_issued_in(store, cert, budget) != NULL || *budget == 0;
}

/* The newest identity of the same name that this one outlives; NULL: none. */
static const struct trust_item *
find_renewed(const struct trust_store *store, const struct trust_cert *cert)
{
	const struct trust_item *found = NULL;

	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->kind != TRUST_KIND_IDENTITY || !item->cert ||
		    !trust_name_equal(item->cert->subject, cert->subject) ||
		    !trust_name_equal(item->cert->issuer, cert->issuer) ||
		    trust_time_compare(item->cert->not_after, cert->not_after) >= 0)
			continue;
		if (!found || trust_time_compare(item->cert->not_after, found->cert->not_after) > 0)
			found = item;
	}
	return found;
}

/* Both stay, and both have the same names. */
static void
say_renewal(struct cli *cli, const struct trust_cert *cert, const char *label,
    const struct trust_item *renewed)
{
	TRUST_AUTO_FREE char *id = cli_short_id(cert->id);
	TRUST_AUTO_FREE char *old = cli_short_id(renewed->id);
	TRUST_AUTO_FREE char *expiry =
	    trust_time_expiry_words(renewed->cert->not_before, renewed->cert->not_after, cli->now);
	bool relative = strncmp(expiry, "in ", 3) == 0;

	cli_note(cli,
	    "'%s' (%s) renews %s (%s%s), which stays for old mail; commands tell them apart by "
	    "these digits",
	    label, id, old, relative ? "expires " : "", expiry);
}

static void
say_identity(struct cli *cli, const struct trust_store *store, const struct trust_cert *cert,
    uint64_t *budget)
{
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	const struct trust_item *renewed = find_renewed(store, cert);
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
		TRUST_AUTO_FREE char *id = cli_short_id(cert->id);
		cli_note(cli, "%s will offer '%s'%s%s%s", readers, label, renewed ? " (" : "",
		    renewed ? id : "", renewed ? ")" : "");
	}
	if (renewed)
		say_renewal(cli, cert, label, renewed);
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
