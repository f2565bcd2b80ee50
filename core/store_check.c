/* SPDX-License-Identifier: MPL-2.0 */
/* Is a store sound: what it holds, whether its keys open, and the order of all checks. */

#include "core/store_check.h"

#include <string.h>

#include "core/cert.h"
#include "core/change.h"
#include "core/error.h"
#include "core/place.h"
#include "core/preflight_internal.h"
#include "core/stage_internal.h"
#include "core/store_check_internal.h"
#include "core/store_internal.h"
#include "core/text.h"

void
trust_check_free(struct trust_check *check)
{
	if (check == NULL)
		return;
	for (size_t i = 0; i < check->count; i++) {
		trust_free(check->list[i].subject);
		trust_free(check->list[i].sentence);
		trust_free(check->list[i].remedy);
	}
	trust_free(check->list);
	trust_free(check);
}

void
trust_check_add(struct trust_check_work *work, enum trust_severity severity, const char *check,
    char *subject, char *sentence, char *remedy)
{
	struct trust_check *report = work->check;

	if (work->foreign_super && remedy && strstr(remedy, "sqlite3 ")) {
		trust_free(remedy);
		remedy = trust_strdup("first deal with the journal that names another file");
	}
	report->list = trust_grow_array(report->list, report->count + 1, sizeof *report->list);
	report->list[report->count++] = (struct trust_check_finding){
		.severity = severity,
		.check = check,
		.subject = subject,
		.sentence = sentence,
		.remedy = remedy,
	};
	report->of[severity]++;
}

char *
trust_check_file_word(const struct trust_check_work *work, const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", work->place->path, name);
	return trust_shell_word(path);
}

/* By a change, which is in the history. */
static char *
repair(const struct trust_check_work *work)
{
	return trust_printf("trustctl store check --repair%s", work->store_option);
}

static char *
item_command(
    const struct trust_check_work *work, const char *command, const struct trust_item *item)
{
	TRUST_AUTO_FREE char *id = trust_hex(item->id, 8);
	return trust_printf("trustctl %s %s%s", command, id, work->store_option);
}

/* ---- certificates -------------------------------------------------------------------------- */

static void
check_duplicates(struct trust_check_work *work, const struct trust_store *store)
{
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->object_id == 0 || trust_store_find(store, item->id) != item)
			continue;
		while ((item = trust_store_next_copy(store, item)))
			trust_check_add(work, TRUST_SEVERITY_WARNING, "duplicate",
			    trust_strdup(item->name),
			    trust_strdup("is in the store twice; programs may show, trust or "
					 "delete either copy"),
			    repair(work));
	}
}

static void
check_item(struct trust_check_work *work, const struct trust_item *item)
{
	if (item->object_id != 0 && item->cert == NULL && item->crl == NULL)
		trust_check_add(work, TRUST_SEVERITY_ERROR, "undecodable", trust_strdup(item->name),
		    trust_printf("is no %s that can be decoded",
			item->kind == TRUST_KIND_CRL ? "revocation list" : "certificate"),
		    repair(work));
	if (trust_item_seal(item) == TRUST_SEAL_TAMPERED)
		trust_check_add(work, TRUST_SEVERITY_ERROR, "tampered", trust_strdup(item->name),
		    trust_strdup(
			"has a trust record whose signature is wrong or missing: it was not "
			"written by NSS, which counts it as no trust"),
		    item_command(work, "trust reset", item));
	if (trust_item_disagrees(item))
		trust_check_add(work, TRUST_SEVERITY_WARNING, "disagreement",
		    trust_strdup(item->name),
		    trust_strdup(
			"has two trust records that disagree: programs with NSS before and "
			"from 3.114 see different trust"),
		    item_command(work, "trust reset", item));
	if (item->key_hidden) {
		TRUST_AUTO_FREE char *id = trust_hex(item->id, 8);
		trust_check_add(work, TRUST_SEVERITY_WARNING, "key-id", trust_strdup(item->name),
		    trust_strdup("has another id in its row than its private key: NSS programs do "
				 "not find the key, and do not offer it"),
		    trust_printf("trustctl export %s -o identity.p12%s && trustctl delete %s%s && "
				 "trustctl import identity.p12%s",
			id, work->store_option, id, work->store_option, work->store_option));
	}
	if (item->kind == TRUST_KIND_KEY)
		trust_check_add(work, TRUST_SEVERITY_NOTE, "lone-key", trust_strdup(item->name),
		    trust_strdup("is of no use until its certificate is imported"),
		    item_command(work, "delete", item));
}

/* ---- trust records ------------------------------------------------------------------------- */

/* Of two records of one kind NSS takes either. */
static void
add_repeated(
    struct trust_check_work *work, const struct trust_item *item, const struct trust_orphan *orphan)
{
	const struct trust_record *record =
	    orphan->spelling == TRUST_LEGACY ? &item->legacy : &item->modern;
	bool same = trust_states_equal(record->states, orphan->record.states);

	trust_check_add(work, TRUST_SEVERITY_WARNING, "duplicate-trust", trust_strdup(item->name),
	    trust_strdup(same ? "has its trust record twice"
			      : "has two trust records that differ; NSS takes either"),
	    same ? repair(work) : item_command(work, "trust reset", item));
}

/* Whoever wrote it did not have the store's password. */
static void
add_forged(struct trust_check_work *work, const struct trust_orphan *orphan)
{
	trust_check_add(work, TRUST_SEVERITY_ERROR, "tampered", trust_strdup(orphan->issuer_name),
	    trust_strdup("issued a certificate that is not in the store, but its trust record is, "
			 "with a signature that is wrong or missing: it was not written by NSS, "
			 "which counts it as no trust"),
	    repair(work));
}

static void
check_orphans(struct trust_check_work *work, const struct trust_store *store)
{
	for (size_t i = 0; i < trust_store_orphan_count(store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(store, i);
		const struct trust_item *item = trust_store_repeated(store, orphan);
		if (item) {
			add_repeated(work, item, orphan);
			continue;
		}
		if (orphan->record.seal == TRUST_SEAL_TAMPERED) {
			add_forged(work, orphan);
			continue;
		}
		TRUST_AUTO_FREE char *words = trust_states_words(orphan->record.states);
		TRUST_AUTO_FREE char *serial =
		    trust_hex_colons(orphan->serial.data, orphan->serial.size);
		bool distrust = trust_states_any(orphan->record.states, TRUST_DISTRUSTED);
		trust_check_add(work, distrust ? TRUST_SEVERITY_NOTE : TRUST_SEVERITY_WARNING,
		    "orphaned-trust", trust_strdup(orphan->issuer_name),
		    trust_printf(
			"issued a certificate (serial %s) that is not in the store, but "
			"its trust record is (%s): it would decide once the certificate is "
			"imported",
			strlen(serial) > 6 ? serial + 6 : serial, words),
		    distrust ? NULL : repair(work));
	}
}

static void
check_unverified(struct trust_check_work *work, const struct trust_store *store)
{
	size_t count = 0;
	size_t dear = 0;

	for (size_t i = 0; i < store->record_count; i++) {
		bool unverified = store->records[i].seal == TRUST_SEAL_UNVERIFIED;
		count += unverified && !store->records[i].too_dear;
		dear += unverified && store->records[i].too_dear;
	}
	if (dear)
		trust_check_add(work, TRUST_SEVERITY_WARNING, "unverified", trust_strdup("key4.db"),
		    trust_printf("has signatures of %zu trust record%s that ask for more work than "
				 "any of NSS's own: they were not checked",
			dear, dear == 1 ? "" : "s"),
		    trust_strdup("trustctl list --columns +seal tells whose they are; then: "
				 "trustctl trust reset ITEM"));
	if (count == 0)
		return;
	if (store->has_password)
		trust_check_add(work, TRUST_SEVERITY_NOTE, "unverified", trust_strdup("key4.db"),
		    trust_printf(
			"protects %zu trust record%s with a password that was not given, so "
			"their signatures were not checked",
			count, count == 1 ? "" : "s"),
		    trust_printf(
			"trustctl store check%s --store-password-file FILE", work->store_option));
	else if (work->usable[1])
		trust_check_add(work, TRUST_SEVERITY_WARNING, "unverified", trust_strdup("key4.db"),
		    trust_printf("was never set up with a password, not even the empty one: the "
				 "signatures of %zu trust record%s are lost, and NSS believes "
				 "whatever they say",
			count, count == 1 ? "" : "s"),
		    trust_strdup("put back the key4.db that belongs to this cert9.db"));
}

static void
check_password(struct trust_check_work *work, const struct trust_store *store)
{
	if (!store->has_password || !work->found.password_is_newer)
		return;
	/* Its own program is that newer NSS; for others it is trouble. */
	bool own = work->place->nss_libdir != NULL;
	trust_check_add(work, own ? TRUST_SEVERITY_NOTE : TRUST_SEVERITY_WARNING, "password",
	    trust_strdup("key4.db"),
	    trust_strdup("has a password set by NSS 3.114 or newer: programs with an older NSS "
			 "refuse the right password"),
	    NULL);
}

/* ---- private keys -------------------------------------------------------------------------- */

static bool
tell_dead_keys(struct trust_check_work *work, const struct trust_store *store,
    const struct trust_check_options *options, struct trust_error *error)
{
	TRUST_AUTO_FREE uint32_t *dead = NULL;
	size_t count = 0;

	if (!trust_store_dead_keys(work->place, &options->asker, &dead, &count, error)) {
		if (error->code == TRUST_STORE_PASSWORD)
			return false;
		/* What is damaged was named by the checks before. */
		trust_check_add(work, TRUST_SEVERITY_WARNING, "dead-key", trust_strdup("key4.db"),
		    trust_printf("was not tried: %s", error->message),
		    error->code == TRUST_STORE_DAMAGED ? NULL : trust_strdup(error->hint));
		trust_error_clear(error);
		return true;
	}
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		bool is_dead = false;
		for (size_t k = 0; k < count; k++)
			is_dead =
			    is_dead || (item->key_object_id != 0 && dead[k] == item->key_object_id);
		if (is_dead)
			trust_check_add(work, TRUST_SEVERITY_ERROR, "dead-key",
			    trust_strdup(item->name),
			    trust_strdup(
				"has a private key that the store's password does not open; "
				"while it is there, the password cannot be changed"),
			    item_command(work, "delete", item));
	}
	return true;
}

static bool
check_keys(struct trust_check_work *work, const struct trust_store *store,
    const struct trust_check_options *options, struct trust_error *error)
{
	bool open = !store->has_password || options->password != NULL || options->keys;
	/* Else it was not looked for. */
	bool no_password_row =
	    !work->found.password_row && !work->found.key_journal_hot && !work->found.wal;

	if (store->key_count == 0)
		return true;
	if (work->usable[1] && no_password_row) {
		trust_check_add(work, TRUST_SEVERITY_ERROR, "dead-key", trust_strdup("key4.db"),
		    trust_printf("has %zu private key%s and has lost the record by which a "
				 "password opens %s",
			store->key_count, store->key_count == 1 ? "" : "s",
			store->key_count == 1 ? "it" : "them"),
		    trust_strdup("put back a copy of it"));
		return true;
	}
	if (open)
		return tell_dead_keys(work, store, options, error);
	trust_check_add(work, TRUST_SEVERITY_NOTE, "dead-key", trust_strdup("key4.db"),
	    trust_printf("has %zu private key%s that %s not tried: that needs the store's password",
		store->key_count, store->key_count == 1 ? "" : "s",
		store->key_count == 1 ? "was" : "were"),
	    trust_printf("trustctl store check --keys%s", work->store_option));
	return true;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static bool
check_content(struct trust_check_work *work, const struct trust_check_options *options,
    struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = NULL;
	const struct trust_store_options store_options = {
		.password = options->password,
		.verify_seals = options->password != NULL,
		.skip_keys = !work->usable[1],
	};
	size_t before = work->check->of[TRUST_SEVERITY_ERROR];

	if (!work->usable[0])
		return true;
	if (!trust_store_open_in(work->place, work->directory, &store_options, &store, error)) {
		if (error->code == TRUST_STORE_PASSWORD)
			return false;
		if (before == 0)
			trust_check_add(work, TRUST_SEVERITY_ERROR, "integrity",
			    trust_strdup("the store"),
			    trust_printf("cannot be read: %s", error->message),
			    trust_strdup(error->hint));
		trust_error_clear(error);
		return true;
	}
	for (size_t i = 0; i < trust_store_count(store); i++)
		check_item(work, trust_store_item(store, i));
	check_duplicates(work, store);
	check_orphans(work, store);
	check_unverified(work, store);
	check_password(work, store);
	trust_check_leftover_rows(work);
	return check_keys(work, store, options, error);
}

static bool
is_hot(const struct trust_check_work *work)
{
	return work->found.cert_journal_hot || work->found.key_journal_hot ||
	    work->found.own_journal_hot;
}

/* Where reading would write (a journal to roll back, WAL's index), read a copy. */
static bool
choose_directory(
    struct trust_check_work *work, struct trust_stage **ret_stage, struct trust_error *error)
{
	if (!is_hot(work) && !work->wal) {
		work->directory = trust_strdup(work->place->path);
		return true;
	}
	/* What is damaged, the checks of the databases tell. */
	if (!trust_store_recover_copy(
		work->place, TRUST_COPY_HISTORY | TRUST_COPY_DAMAGED, ret_stage, error))
		return false;
	work->directory = trust_strdup((*ret_stage)->work);
	return true;
}

static bool
run(struct trust_check_work *work, const struct trust_check_options *options,
    struct trust_error *error)
{
	TRUST_AUTO(trust_stage) *stage = NULL;

	if (!trust_preflight(work->place, TRUST_FOR_READING, true, &work->found, error)) {
		if (error->code != TRUST_STORE_NOT_DATABASE)
			return false;
		trust_error_clear(error);
	} else {
		trust_preflight_password(work->place, &work->found);
	}
	trust_check_files(work);
	if (work->odd)
		return true;
	if (!choose_directory(work, &stage, error))
		return false;
	trust_check_databases(work);
	return check_content(work, options, error);
}

bool
trust_store_check(const struct trust_place *place, const struct trust_check_options *options,
    struct trust_check **ret_check, struct trust_error *error)
{
	TRUST_AUTO(trust_check) *check = trust_alloc(sizeof *check);
	struct trust_check_work work = {
		.place = place,
		.check = check,
		.store_option = trust_place_option(place),
	};

	bool done = run(&work, options, error);
	trust_free(work.directory);
	trust_free(work.store_option);
	if (done)
		*ret_check = trust_steal(&check);
	return done;
}
