/* SPDX-License-Identifier: MPL-2.0 */
/* The work of a change on the staged copy: objects are made and destroyed by NSS in its worker, or,
 * where there are many and NSS's way with them is known to the byte, written as NSS would. What
 * each action needs to know is read from the copy by our own reader. */

#include <string.h>

#include "core/cert.h"
#include "core/change_index_internal.h"
#include "core/change_internal.h"
#include "core/crl.h"
#include "core/db_internal.h"
#include "core/direct_internal.h"
#include "core/error.h"
#include "core/store_internal.h"
#include "core/worker.h"

/* From so many actions on they are written directly: below it NSS takes no time that anybody
 * sees. */
#define DIRECT_FROM 32

struct work {
	struct trust_change *change;
	const struct trust_store *store; /* the copy as it was before the work; the change's */
	struct trust_store *verified; /* the same with the signatures of what is set anew checked */
	struct trust_worker *worker;  /* NULL: not needed so far */
	struct trust_direct *direct;  /* NULL: not for this request or this store */
	bool needs_login;
	struct trust_change_index index;
	bool *cleared; /* by orphan of the store: this request removed it already */
};

/* ---- by NSS or directly ------------------------------------------------------------------- */

/* NSS is to see what was written directly. */
static bool
use_worker(struct work *work, struct trust_error *error)
{
	if (work->direct && !trust_direct_commit(work->direct, error))
		return false;
	if (work->worker)
		return true;
	return trust_change_worker(work->change, &work->worker, error) &&
	    (!work->needs_login || trust_change_login(work->change, work->worker, error));
}

static bool
delete_object(struct work *work, uint32_t object_id, struct trust_error *error)
{
	if (work->direct)
		return trust_direct_delete(work->direct, object_id, error);
	return use_worker(work, error) &&
	    trust_worker_delete_public(work->worker, object_id, error);
}

static bool
put_cert(struct work *work, const struct trust_cert *cert, const char *nickname,
    struct trust_error *error)
{
	if (work->direct && trust_direct_covers(cert))
		return trust_direct_add_cert(work->direct, cert, nickname, error);
	return use_worker(work, error) &&
	    trust_worker_add_cert(work->worker, cert->der, nickname, error);
}

static bool
put_trust(struct work *work, const struct trust_cert *cert, struct trust_states states,
    struct trust_error *error)
{
	const struct trust_worker_trust trust = {
		.issuer = cert->issuer,
		.serial = cert->serial_tlv,
		.der = cert->der,
		.states = states,
	};

	if (work->direct)
		return trust_direct_add_trust(work->direct, cert, states, error);
	return use_worker(work, error) && trust_worker_set_trust(work->worker, &trust, error);
}

/* ---- one action --------------------------------------------------------------------------- */

static bool
not_found(const struct trust_action *action, struct trust_error *error)
{
	TRUST_AUTO_FREE char *digits = trust_hex(action->id, 8);
	return trust_fail(error, TRUST_INPUT_NOT_FOUND, digits,
	    "no item with the identifier %s... is in the store", digits);
}

/* Records of trust without certificate would make the import trusted at once, and those hidden
 * behind another one would count once that one is gone. */
static bool
clear_orphans(struct work *work, struct trust_bytes issuer, struct trust_bytes serial,
    struct trust_error *error)
{
	uint64_t hash = trust_hash_pair(issuer, serial);
	size_t at = TRUST_TABLE_START;

	for (int64_t i; (i = trust_table_find(&work->index.orphans, hash, &at)) >= 0;) {
		const struct trust_orphan *orphan = trust_store_orphan(work->store, (size_t)i);
		if (work->cleared[i] || !trust_bytes_equal(orphan->issuer, issuer) ||
		    !trust_bytes_equal(orphan->serial, serial))
			continue;
		if (!delete_object(work, orphan->record.object_id, error))
			return false;
		work->cleared[i] = true;
	}
	return true;
}

static bool
add_cert(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	TRUST_AUTO(trust_cert) *cert = NULL;

	if (!trust_cert_decode(action->der, &cert, error))
		return false;
	const struct trust_item *there = trust_store_find(work->store, cert->id);
	if ((there && there->object_id) ||
	    trust_change_index_adding(&work->index, cert->id) != action)
		return true;
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	if (trust_change_index_has_serial(&work->index, cert)) {
		trust_fail(error, TRUST_INPUT_UNSUPPORTED, label,
		    "cannot store '%s': another certificate with the same issuer and serial number "
		    "is in the store, and NSS tells certificates apart by these",
		    label);
		return trust_hint(error,
		    "one of the two is forged or its CA made a mistake; delete "
		    "the stored one first if it is the wrong one");
	}
	if (!clear_orphans(work, cert->issuer, cert->serial_tlv, error))
		return false;
	bool wished = action->nickname && *action->nickname;
	TRUST_AUTO_FREE char *nickname = trust_change_index_nickname(
	    &work->index, wished ? action->nickname : label, cert->subject);
	trust_change_index_note_added(&work->index, action, cert);
	return put_cert(work, cert, nickname, error);
}

static bool
add_crl(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	TRUST_AUTO(trust_crl) *crl = NULL;

	if (!trust_crl_decode(action->der, &crl, error))
		return false;
	if (trust_store_find(work->store, crl->id))
		return true;
	/* NSS would keep both. */
	for (size_t i = 0; i < trust_store_count(work->store); i++) {
		const struct trust_item *item = trust_store_item(work->store, i);
		if (work->index.gone[i] || !item->crl ||
		    !trust_bytes_equal(item->crl->issuer, crl->issuer))
			continue;
		if (!trust_worker_delete_public(work->worker, item->object_id, error))
			return false;
		work->index.gone[i] = true;
	}
	return trust_worker_add_crl(work->worker, crl->der, crl->issuer, error);
}

/* The certificate an action means: in the store, or added by the same request. */
static bool
action_cert(struct work *work, const struct trust_action *action, struct trust_cert **ret_cert,
    struct trust_error *error)
{
	const struct trust_item *item = trust_store_find(work->store, action->id);
	const struct trust_action *adding = trust_change_index_adding(&work->index, action->id);

	if (item && item->cert)
		return trust_cert_decode(item->cert->der, ret_cert, error);
	return adding ? trust_cert_decode(adding->der, ret_cert, error) : not_found(action, error);
}

static bool
delete_record(struct work *work, const struct trust_record *record, struct trust_error *error)
{
	return !record->present || delete_object(work, record->object_id, error);
}

static bool
delete_records(struct work *work, const struct trust_item *item, struct trust_error *error)
{
	return delete_record(work, &item->modern, error) &&
	    delete_record(work, &item->legacy, error);
}

/* The store again, with the signatures checked of all records this request may leave as they
 * are. */
static bool
open_verified(struct work *work, struct trust_error *error)
{
	const struct trust_change_request *request = &work->change->request;
	TRUST_AUTO_FREE uint32_t *records =
	    trust_alloc_array(request->action_count + 1, sizeof *records);
	size_t count = 0;

	if (work->verified)
		return true;
	for (size_t i = 0; i < request->action_count; i++) {
		const struct trust_item *item = request->actions[i].kind == TRUST_SET_TRUST
		    ? trust_store_find(work->store, request->actions[i].id)
		    : NULL;
		if (item && item->legacy.present)
			records[count++] = item->legacy.object_id;
	}
	/* As it was before this work began. */
	return trust_change_open_verified(
	    work->change, work->change->stage->base, records, count, &work->verified, error);
}

/* Does the legacy record say this already, to whoever checks its signature too? */
static bool
is_settled(struct work *work, const struct trust_item *item, struct trust_states states,
    bool *ret_settled, struct trust_error *error)
{
	*ret_settled = item && !item->modern.present && item->legacy.present &&
	    item->legacy.seal != TRUST_SEAL_TAMPERED &&
	    trust_states_equal(item->legacy.states, states);
	if (!*ret_settled || item->legacy.seal != TRUST_SEAL_UNVERIFIED)
		return true;
	if (!open_verified(work, error))
		return false;
	const struct trust_item *again = trust_store_find(work->verified, item->id);
	*ret_settled = again && again->legacy.seal != TRUST_SEAL_TAMPERED;
	return true;
}

static bool
set_trust(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	TRUST_AUTO(trust_cert) *cert = NULL;
	const struct trust_item *item = trust_store_find(work->store, action->id);
	struct trust_states nearest;
	bool settled = false;

	if (!trust_states_reachable(action->states, &nearest)) {
		TRUST_AUTO_FREE char *words = trust_states_words(action->states);
		TRUST_AUTO_FREE char *offer = trust_states_words(nearest);
		trust_fail(
		    error, TRUST_REFUSED_TRUST, NULL, "NSS cannot express this trust: %s", words);
		return trust_hint(error, "the nearest it can express is: %s", offer);
	}
	if (!action_cert(work, action, &cert, error) ||
	    !clear_orphans(work, cert->issuer, cert->serial_tlv, error) ||
	    !is_settled(work, item, action->states, &settled, error))
		return false;
	/* The legacy object alone, so that every reader, old and new, sees the same. */
	if (settled)
		return true;
	if (item && !delete_records(work, item, error))
		return false;
	return put_trust(work, cert, action->states, error);
}

static bool
reset_trust(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	const struct trust_item *item = trust_store_find(work->store, action->id);

	if (!item)
		return not_found(action, error);
	return delete_records(work, item, error) &&
	    (!item->cert || clear_orphans(work, item->cert->issuer, item->cert->serial_tlv, error));
}

static bool
delete_copies_of(struct work *work, const struct trust_item *item, struct trust_error *error)
{
	while ((item = trust_store_next_copy(work->store, item)))
		if (!delete_object(work, item->object_id, error))
			return false;
	return true;
}

static bool
delete_cert(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	const struct trust_item *item = trust_store_find(work->store, action->id);

	if (!item || !item->object_id)
		return not_found(action, error);
	if (!delete_records(work, item, error) ||
	    (item->cert && !clear_orphans(work, item->cert->issuer, item->cert->serial_tlv, error)))
		return false;
	trust_change_index_note_deleted(&work->index, item);
	return delete_object(work, item->object_id, error) && delete_copies_of(work, item, error);
}

static bool
delete_copies(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	const struct trust_item *item = trust_store_find(work->store, action->id);

	if (!item || !item->object_id)
		return not_found(action, error);
	return delete_copies_of(work, item, error);
}

/* What undo will ask of the key, asked while people can still be told. */
static void
try_key(struct work *work, const struct trust_item *item)
{
	TRUST_AUTO(trust_secret) *throw_away = trust_secret_new("throw-away", 10);
	TRUST_AUTO(trust_secret) *encrypted = NULL;
	TRUST_AUTO_ERROR cause = TRUST_ERROR_INIT;

	if (work->change->request.purge_keys ||
	    trust_worker_export_key(
		work->worker, item->key_object_id, throw_away, 1, &encrypted, &cause))
		return;
	work->change->loses_key = true;
	trust_change_notice_add(work->change,
	    "the private key of '%s' does not open any more: that it is deleted cannot be undone",
	    item->name);
}

static bool
delete_key(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	const struct trust_item *item = trust_store_find(work->store, action->id);

	if (!item || !item->key_object_id)
		return not_found(action, error);
	const struct trust_item *other = trust_key_users_other(work->index.key_users, item);
	if (other) {
		TRUST_AUTO_FREE char *words = trust_key_users_words(item, other);
		trust_change_notice_add(work->change, "%s", words);
		return true;
	}
	if (!trust_key_users_take(work->index.key_users, item))
		return true;
	if (!use_worker(work, error))
		return false;
	try_key(work, item);
	return trust_worker_delete_key(work->worker, item->key_object_id, error);
}

static bool
perform(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	switch (action->kind) {
	case TRUST_ADD_CERT:
		return add_cert(work, action, error);
	case TRUST_ADD_KEY:
		return use_worker(work, error) &&
		    trust_worker_add_key(work->worker, action->pkcs8, action->nickname, error);
	case TRUST_ADD_CRL:
		return use_worker(work, error) && add_crl(work, action, error);
	case TRUST_SET_TRUST:
		return set_trust(work, action, error);
	case TRUST_RESET_TRUST:
		return reset_trust(work, action, error);
	case TRUST_DELETE_CERT:
		return delete_cert(work, action, error);
	case TRUST_DELETE_KEY:
		return delete_key(work, action, error);
	case TRUST_CLEAR_ORPHAN:
		return clear_orphans(work, action->issuer, action->serial, error);
	case TRUST_DELETE_COPIES:
		return delete_copies(work, action, error);
	}
	return trust_fail(error, TRUST_BUG, NULL, "unknown action %d", (int)action->kind);
}

/* Certificates carry no signature of the store and can be added, and public objects deleted,
 * without its password; trust and keys cannot. */
static bool
needs_login(const struct trust_change_request *request)
{
	for (size_t i = 0; i < request->action_count; i++) {
		enum trust_action_kind kind = request->actions[i].kind;
		if (kind == TRUST_ADD_KEY || kind == TRUST_SET_TRUST || kind == TRUST_DELETE_KEY)
			return true;
	}
	return false;
}

/* NSS replaces the record that an earlier action made; what is written directly is only added. */
static bool
sets_twice(const struct trust_change_request *request)
{
	struct trust_table_index seen = trust_table_new(request->action_count);
	bool twice = false;

	for (size_t i = 0; i < request->action_count && !twice; i++) {
		const uint8_t *id = request->actions[i].id;
		size_t at = TRUST_TABLE_START;
		if (request->actions[i].kind != TRUST_SET_TRUST)
			continue;
		for (int64_t k; (k = trust_table_find(&seen, trust_hash_id(id), &at)) >= 0;)
			twice =
			    twice || memcmp(request->actions[k].id, id, TRUST_SHA256_BYTES) == 0;
		trust_table_put(&seen, trust_hash_id(id), i);
	}
	trust_table_done(&seen);
	return twice;
}

/* Not worth it for a few; and not done where the tables or the password are not as we know them. */
static bool
start_direct(struct work *work, struct trust_error *error)
{
	TRUST_AUTO(trust_direct) *direct = NULL;
	bool ready = true;

	if (work->change->request.action_count < DIRECT_FROM || sets_twice(&work->change->request))
		return true;
	if (!trust_direct_open(work->change->stage->work, &direct, error))
		return false;
	if (direct && work->needs_login &&
	    !trust_change_login_direct(work->change, direct, &ready, error))
		return false;
	if (ready)
		work->direct = trust_steal(&direct);
	return true;
}

static bool
perform_all(struct work *work, struct trust_error *error)
{
	const struct trust_change_request *request = &work->change->request;

	if (!start_direct(work, error))
		return false;
	/* NSS says at once when it cannot be used, or does not accept the password. */
	if (!work->direct && !use_worker(work, error))
		return false;
	for (size_t i = 0; i < request->action_count; i++)
		if (!trust_change_progress(
			work->change, "objects", i, request->action_count, error) ||
		    !perform(work, &request->actions[i], error))
			return false;
	return (!work->direct || trust_direct_commit(work->direct, error)) &&
	    (!work->worker || trust_worker_finish(trust_steal(&work->worker), error));
}

bool
trust_work_actions(struct trust_change *change, struct trust_error *error)
{
	const struct trust_store *store = NULL;

	/* The two copies are still one. */
	if (!trust_change_read_base(change, &store, error))
		return false;
	struct work work = {
		.change = change,
		.store = store,
		.needs_login = needs_login(&change->request),
		.cleared = trust_alloc_array(trust_store_orphan_count(store) + 1, sizeof(bool)),
	};
	trust_change_index_init(&work.index, store, &change->request);
	bool done = perform_all(&work, error);
	trust_direct_free(work.direct);
	trust_worker_free(work.worker);
	trust_store_close(work.verified);
	trust_change_index_done(&work.index);
	trust_free(work.cleared);
	return done;
}

/* ---- afterwards --------------------------------------------------------------------------- */

bool
trust_work_tidy(struct trust_change *change, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_FREE char *base = trust_printf("%s/cert9.db", change->stage->base);
	TRUST_AUTO_FREE char *cert = trust_printf("%s/cert9.db", change->stage->work);
	TRUST_AUTO_FREE char *key = trust_printf("%s/key4.db", change->stage->work);
	int64_t tables = 0;

	if (!trust_db_open(key, SQLITE_OPEN_READWRITE, 0, &db, error))
		return false;
	TRUST_AUTO_TELLER teller = { .db = db, .what = "tidying: pages looked at" };
	trust_db_tell(&teller);
	/* A signature left behind would be taken for that of the next object with this id. */
	return trust_db_exec(db, error,
		   "PRAGMA synchronous=OFF; ATTACH %Q AS base; ATTACH %Q AS cert", base, cert) &&
	    trust_db_number(db, 0, &tables, error,
		"SELECT count(*) FROM main.sqlite_master WHERE name='metaData'") &&
	    (tables == 0 ||
		trust_db_exec(db, error,
		    "DELETE FROM main.metaData WHERE substr(id,1,18) IN "
		    "(SELECT printf('sig_cert_%%08x_',id) FROM base.nssPublic "
		    "WHERE id NOT IN (SELECT id FROM cert.nssPublic))"));
}
