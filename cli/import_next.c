/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl import` says at its end: what to do next, and who will use what came in. */

#include "cli/import_next.h"

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/place.h"
#include "core/text.h"

/* Roots beyond this many are a list, of which nobody trusts one after the other. */
#define MANY_ROOTS 4
#define ENABLE "trustctl trust enable "

/* ---- lines ---------------------------------------------------------------------------------- */

/* False: it was there. Takes the words. */
static bool
add_line(struct cli_lines *lines, char *words)
{
	for (size_t i = 0; i < lines->count; i++)
		if (strcmp(lines->list[i], words) == 0) {
			trust_free(words);
			return false;
		}
	lines->list = trust_grow_by_one(lines->list, lines->count, sizeof *lines->list);
	lines->list[lines->count++] = words;
	return true;
}

static void
lines_done(struct cli_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		trust_free(lines->list[i]);
	trust_free(lines->list);
}

void
cli_next_note(struct cli_next *next, char *words)
{
	if (add_line(&next->told, words))
		cli_note(next->cli, "%s", words);
}

void
cli_next_warn(struct cli_next *next, char *words)
{
	if (add_line(&next->told, words))
		cli_warn(next->cli, "%s", words);
}

void
cli_next_hint(struct cli_next *next, char *words)
{
	(void)add_line(&next->hints, words);
}

/* ---- roots ---------------------------------------------------------------------------------- */

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

/* In mail programs' stores alone, or for a root that is for mail alone. */
static bool
is_for_mail(const struct cli_import_result *results, size_t count, const struct trust_cert *cert)
{
	bool mail = true;

	for (size_t i = 0; i < count; i++)
		mail = mail && results[i].place->kind == TRUST_PLACE_THUNDERBIRD;
	return mail || !trust_cert_allows_purpose(cert, TRUST_OID_SERVER_AUTH);
}

/* One command for all stores that got it, as they were named; else one for each of them. */
static void
say_root(
    struct cli_next *next, const struct cli_import_result *result, const struct trust_cert *cert)
{
	const struct cli_import *import = next->import;
	const char *given = next->cli->global.store;
	bool all = import->result_count > 1 && given != NULL;

	if (next->roots.count > MANY_ROOTS)
		return;
	for (size_t i = 0; i < import->result_count; i++)
		all = all && has_added(&import->results[i], cert);
	bool mail = all ? is_for_mail(import->results, import->result_count, cert)
			: is_for_mail(result, 1, cert);
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	TRUST_AUTO_FREE char *id = cli_short_id(cert->id);
	TRUST_AUTO_FREE char *named = all ? trust_shell_word(given) : NULL;
	TRUST_AUTO_FREE char *where =
	    all ? trust_printf(" --store %s", named) : trust_place_option(result->place);
	(void)add_line(&next->roots,
	    trust_printf("the root '%s' is not trusted by being imported; to trust it (without "
			 "--usage: for everything): " ENABLE "%s --usage %s%s",
		label, id, mail ? "email" : "tls-server", where));
}

/* A root that mail needs is told with the mail. */
static bool
is_hinted(const struct cli_next *next, const char *root)
{
	const char *command = strstr(root, ENABLE);

	for (size_t i = 0; i < next->hints.count; i++)
		if (strstr(next->hints.list[i], command) != NULL)
			return true;
	return false;
}

static void
tell_hints(struct cli_next *next)
{
	const struct cli_lines *roots = &next->roots;
	const char *given = next->cli->global.store;
	TRUST_AUTO_FREE char *store = given ? trust_shell_word(given) : NULL;

	for (size_t i = 0; i < next->hints.count; i++)
		cli_hint(next->cli, "%s", next->hints.list[i]);
	if (roots->count > MANY_ROOTS)
		cli_hint(next->cli,
		    "the roots are not trusted by being imported; to trust one of them (without "
		    "--usage: for everything): " ENABLE "ITEM --usage tls-server%s%s",
		    store ? " --store " : "", store ? store : "");
	for (size_t i = 0; i < roots->count && roots->count <= MANY_ROOTS; i++)
		if (!is_hinted(next, roots->list[i]))
			cli_hint(next->cli, "%s", roots->list[i]);
}

/* ---- other stores --------------------------------------------------------------------------- */

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

/* who: "there are other stores ('firefox', 'thunderbird')"; store: " --store firefox", or "". */
static void
say_import(struct cli *cli, const struct cli_import *import, const char *who, const char *store)
{
	TRUST_AUTO_FREE char *words = import_words(import, store);

	if (words != NULL)
		cli_hint(cli, "%s; to have it there too: %s", who, words);
	else
		cli_hint(cli, "%s; to have it there too, import it once more%s%s", who,
		    *store != '\0' ? " with" : " without --store", store);
}

/* Is each identity of the import in this store, with its key? */
static bool
has_identities(const struct cli_import *import, const struct trust_place *place)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;
	/* The password given is that of a store that was named. */
	if (!cli_store_look(place, NULL, false, &store, &ignored))
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
	const struct trust_place *only = NULL;
	TRUST_AUTO_BUFFER names;
	size_t count = 0;

	trust_buffer_init(&names, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i < all->count; i++) {
		const struct trust_place *place = &all->list[i];
		bool done = !place->exists ||
		    (place->kind != TRUST_PLACE_FIREFOX && place->kind != TRUST_PLACE_THUNDERBIRD &&
			place->kind != TRUST_PLACE_SANDBOXED && place->kind != TRUST_PLACE_USER);
		for (size_t k = 0; k < import->result_count; k++)
			done = done || cli_same_place(place, import->results[k].place);
		if (done || has_identities(import, place))
			continue;
		only = place;
		trust_buffer_printf(&names, "%s'%s'", count++ ? ", " : "", place->name);
	}
	if (count == 1) {
		TRUST_AUTO_FREE char *store = trust_place_option(only);
		TRUST_AUTO_FREE char *who = trust_printf(
		    "there is another store ('%s', read by %s)", only->name, only->readers);
		say_import(cli, import, who, store);
	} else if (count > 1) {
		TRUST_AUTO_FREE char *who =
		    trust_printf("there are other stores (%s)", (const char *)names.data);
		say_import(cli, import, who, " --store browsers");
	}
}

/* ---- together ------------------------------------------------------------------------------- */

/* A key this NSS cannot store, beside what came in all the same. */
static void
say_unstorable(struct cli_next *next, const struct cli_import_result *result)
{
	const struct cli_import_blocks *blocks = &result->blocks;
	size_t certs = 0;
	for (size_t i = 0; i < blocks->count; i++)
		certs += blocks->list[i].part->kind == IMPORT_CERTIFICATE &&
		    blocks->list[i].outcome == CLI_IMPORT_ADD;
	for (size_t i = 0; i < blocks->reason_count; i++) {
		if (certs == 1)
			cli_next_warn(next,
			    trust_printf("%s; the certificate was imported", blocks->reasons[i]));
		else if (certs > 1)
			cli_next_warn(next,
			    trust_printf("%s; the %zu certificates were imported",
				blocks->reasons[i], certs));
	}
}

/* What the vendor lists has the vendor's word already. */
static bool
is_builtin(struct cli *cli, const struct trust_cert *cert)
{
	const struct trust_store *builtin = cli_builtin(cli);

	return builtin != NULL && trust_store_find(builtin, cert->id) != NULL;
}

/* What the store really holds now counts: of several stores one may have failed. */
static bool
say_result(struct cli_next *next, const struct cli_import_result *result)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_store) *store = NULL;
	struct cli_namesakes namesakes = { 0 };
	uint64_t budget = TRUST_MAX_SIGNATURE_WORK;
	bool identity = false;

	if (!cli_store_open(next->cli, result->place, &store, &ignored))
		return false;
	for (size_t i = 0; i < result->blocks.count; i++) {
		const struct cli_import_block *block = &result->blocks.list[i];
		const struct trust_cert *cert = block->part->cert;
		bool added = block->outcome == CLI_IMPORT_ADD;
		if (cert == NULL || trust_store_find(store, cert->id) == NULL ||
		    (!added && block->outcome != CLI_IMPORT_THERE))
			continue;
		if (block->identity) {
			cli_import_say_identity(next, store, cert, &budget);
			identity = true;
		} else if (added && trust_cert_is_ca(cert) && !is_builtin(next->cli, cert)) {
			if (namesakes.list == NULL)
				namesakes = cli_namesakes_of(store, result);
			bool moves = cli_import_say_namesake(next, store, &namesakes, cert);
			if (!moves && trust_kind_of_cert(cert, false) == TRUST_KIND_ROOT)
				say_root(next, result, cert);
		}
	}
	cli_namesakes_done(&namesakes);
	return identity;
}

void
cli_import_next_steps(struct cli *cli, const struct cli_import *import)
{
	struct cli_next next = { .cli = cli, .import = import };
	bool identity = false;

	for (size_t i = 0; i < import->result_count; i++)
		say_unstorable(&next, &import->results[i]);
	for (size_t i = 0; i < import->result_count; i++)
		identity = say_result(&next, &import->results[i]) || identity;
	tell_hints(&next);
	if (identity)
		say_other_stores(cli, import);
	lines_done(&next.told);
	lines_done(&next.hints);
	lines_done(&next.roots);
}
