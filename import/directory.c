/* SPDX-License-Identifier: MPL-2.0 */
/* Another NSS store as a file to be imported: see import_read_store() in import.h. */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/change.h"
#include "core/crl.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"
#include "import/crypt.h"
#include "import/internal.h"

const char import_store_format[] = "NSS store";

struct reader {
	struct import_file *file;
	const struct trust_place *place;
	const struct trust_asker *asker;
	struct trust_secret *password; /* owned: what was answered, for the next key */
	bool asked;
	char *refused; /* owned: why keys cannot be had, once it is known */
};

bool
import_is_store(const char *path)
{
	struct stat status;
	TRUST_AUTO_FREE char *database = trust_printf("%s/cert9.db", path);
	TRUST_AUTO_FREE char *old = trust_printf("%s/cert8.db", path);

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
	    (access(database, F_OK) == 0 || access(old, F_OK) == 0);
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* The password of this store is that of the file being read. Asked once for all of its keys. */
static struct trust_secret *
ask(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	struct reader *reader = context;

	(void)what;
	(void)subject;
	if (reader->password && attempt == 0)
		return trust_secret_copy(reader->password);
	if (!reader->asker || (reader->asked && attempt == 0))
		return NULL;
	reader->asked = true;
	trust_secret_free(reader->password);
	reader->password = reader->asker->ask(
	    reader->asker->context, TRUST_PASSWORD_FILE, reader->file->name, attempt);
	return reader->password ? trust_secret_copy(reader->password) : NULL;
}

/* Out of the store under a password of this moment, and out of that again. */
static bool
take_key(struct reader *reader, const struct trust_item *item, struct trust_secret **ret_pkcs8,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *digits = trust_change_group_new();
	TRUST_AUTO(trust_secret) *throw_away = trust_secret_new(digits, strlen(digits));
	TRUST_AUTO(trust_secret) *encrypted = NULL;
	const struct trust_asker asker = { .ask = ask, .context = reader };
	uint64_t budget = IMPORT_KDF_BUDGET;

	if (!trust_store_export_key(
		reader->place, item->id, &asker, throw_away, 1, &encrypted, error))
		return false;
	const struct import_password spelling = { .utf8 = { throw_away->bytes, throw_away->size } };
	const struct trust_bytes bytes = { encrypted->bytes, encrypted->size };
	switch (import_open_key(bytes, &spelling, &budget, ret_pkcs8, error)) {
	case IMPORT_OPENED:
		return true;
	case IMPORT_WRONG_PASSWORD:
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "NSS gives the private key out damaged");
	case IMPORT_NOT_OPENED:
		break;
	}
	return false;
}

static bool
add_key(struct reader *reader, const struct trust_item *item, const char *where)
{
	TRUST_AUTO(trust_secret) *pkcs8 = NULL;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	char *place = trust_printf("private key of %s", where);

	if (reader->refused)
		return import_add_refused(
		    reader->file, TRUST_INPUT_PASSWORD, place, "%s", reader->refused);
	if (take_key(reader, item, &pkcs8, &failed))
		return import_add_key(
		    reader->file, (struct trust_bytes){ pkcs8->bytes, pkcs8->size }, place);
	if (failed.code == TRUST_STORE_PASSWORD)
		reader->refused = trust_printf("%s (give it with --password-file)", failed.message);
	return import_add_refused(reader->file, TRUST_INPUT_PASSWORD, place, "%s",
	    reader->refused ? reader->refused : failed.message);
}

/* ---- items --------------------------------------------------------------------------------- */

static void
tell_trust(struct reader *reader, const struct trust_store *store, const struct trust_item *item)
{
	if (!trust_item_has_record(item))
		return;
	TRUST_AUTO_FREE char *words = trust_states_words(trust_item_states(store, item));
	import_add_note(reader->file,
	    "there the trust of '%s' is: %s; this is not applied, importing never changes trust",
	    item->name, words);
}

static bool
add_item(struct reader *reader, const struct trust_store *store, size_t index)
{
	const struct trust_item *item = trust_store_item(store, index);
	TRUST_AUTO_FREE char *where = trust_printf("item %zu '%s'", index + 1, item->name);
	struct import_part *part = NULL;

	if (item->kind == TRUST_KIND_CRL)
		return import_add_crl(reader->file, item->der, trust_steal(&where));
	if (item->object_id) {
		part = import_add_cert(reader->file, item->der, trust_strdup(where));
		if (!part)
			return false;
		if (item->nickname.size && item->nickname.size <= TRUST_MAX_NICKNAME_BYTES &&
		    part->kind == IMPORT_CERTIFICATE)
			part->friendly_name =
			    trust_printf("%.*s", (int)item->nickname.size, item->nickname.data);
		tell_trust(reader, store, item);
	}
	return !item->key_object_id || add_key(reader, item, where);
}

static bool
read_items(struct reader *reader, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = NULL;

	if (!trust_store_open(reader->place, NULL, &store, error))
		return false;
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		/* What other programs stored twice is one item. */
		if (trust_store_find(store, item->id) == item && !add_item(reader, store, i))
			return import_fail_full(error);
	}
	if (reader->file->count == 0)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, reader->file->name,
		    "the store '%s' is empty", reader->file->name);
	import_match_keys(reader->file);
	return true;
}

/* Of its certificates and lists: a store has no bytes of its own that stay the same. */
static void
digest(struct import_file *file)
{
	TRUST_AUTO_BUFFER ids;

	trust_buffer_init(&ids, (size_t)TRUST_MAX_BLOCKS * TRUST_SHA256_BYTES);
	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		if (part->cert)
			trust_buffer_append(&ids, part->cert->id, sizeof part->cert->id);
		else if (part->crl)
			trust_buffer_append(&ids, part->crl->id, sizeof part->crl->id);
	}
	trust_sha256(ids.data, ids.size, file->digest);
}

bool
import_read_store(const char *path, const struct trust_asker *asker, struct import_file **ret_file,
    struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(path);
	TRUST_AUTO(import_file) *file = trust_alloc(sizeof *file);
	struct reader reader = { .file = file, .place = &places->list[0], .asker = asker };

	file->name = trust_text_display_string(path);
	file->format = import_store_format;
	bool good = read_items(&reader, error);
	trust_secret_free(reader.password);
	trust_free(reader.refused);
	if (!good)
		return false;
	digest(file);
	*ret_file = trust_steal(&file);
	return true;
}
