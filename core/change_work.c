/* SPDX-License-Identifier: MPL-2.0 */
/* The work of a change on the staged copy: every object is made or destroyed by NSS in its worker;
 * what each action needs to know is read from the copy by our own reader. */

#include <stdio.h>
#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/text.h"
#include "core/worker.h"

/* Salt of a password that NSS below 3.114 wrote. */
#define OLD_SALT_BYTES 20

bool
trust_change_worker(struct trust_change *change, struct trust_worker **ret_worker,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *newer = NULL;
	const char *libdir = change->place.nss_libdir;

	/* Debian's NSS rejects even the right password when a newer one set it. */
	if (!libdir && change->found.password_salt_bytes > OLD_SALT_BYTES) {
		struct trust_environment environment = trust_environment_current();
		newer = trust_place_newer_nss(&environment);
		libdir = newer;
	}
	return trust_worker_start(libdir, change->stage->work, false, ret_worker, error);
}

/* NSS below 3.114 reads only short salts. */
static bool
is_older_nss(const char *version)
{
	unsigned major = 0;
	unsigned minor = 0;
	return sscanf(version, "%u.%u", &major, &minor) == 2 && major == 3 && minor < 114;
}

static bool
wrong_password(struct trust_change *change, struct trust_worker *worker, bool given,
    struct trust_error *error)
{
	const char *name = change->place.name;

	if (given && change->found.password_salt_bytes > OLD_SALT_BYTES &&
	    is_older_nss(trust_worker_nss_version(worker))) {
		trust_fail(error, TRUST_STORE_PASSWORD_NEWER, name,
		    "the password of store '%s' was set by a newer NSS than the %s that is here", name,
		    trust_worker_nss_version(worker));
		return trust_hint(error, "install Firefox, whose NSS opens it, or change the password with "
					 "the program that set it");
	}
	if (given) {
		trust_fail(error, TRUST_STORE_PASSWORD, name, "wrong password for store '%s'", name);
		return trust_hint(error, "in Firefox and Thunderbird it is the Primary Password");
	}
	trust_fail(error, TRUST_STORE_PASSWORD, name, "store '%s' needs its password", name);
	return trust_hint(error, "give it with --store-password-file FILE, or run this in a terminal");
}

static bool
try_login(struct trust_change *change, struct trust_worker *worker,
    const struct trust_secret *password, enum trust_login *ret_login, struct trust_error *error)
{
	if (!trust_worker_login(worker, password, ret_login, error))
		return false;
	if (*ret_login == TRUST_LOGIN_NEEDS_SETUP) {
		trust_change_notice_add(change, "store '%s' had no password set up; it now has the empty one",
		    change->place.name);
		if (!trust_worker_set_first_password(worker, NULL, error))
			return false;
		*ret_login = TRUST_LOGIN_DONE;
	}
	if (*ret_login == TRUST_LOGIN_DONE) {
		change->password_known = true;
		if (password && password != change->password) {
			trust_secret_free(change->password);
			change->password = trust_secret_copy(password);
		}
	}
	return true;
}

bool
trust_change_login(struct trust_change *change, struct trust_worker *worker,
    struct trust_error *error)
{
	enum trust_login login = TRUST_LOGIN_WRONG;

	/* What opened the store in an earlier round, or the empty password. */
	if (!try_login(change, worker, change->password, &login, error))
		return false;
	for (unsigned attempt = 0; login != TRUST_LOGIN_DONE && attempt < 3; attempt++) {
		const struct trust_asker *asker = &change->request.asker;
		TRUST_AUTO(trust_secret) *password = asker->ask
		    ? asker->ask(asker->context, TRUST_PASSWORD_STORE, change->place.name, attempt)
		    : NULL;
		if (!password)
			return wrong_password(change, worker, attempt > 0, error);
		if (!try_login(change, worker, password, &login, error))
			return false;
	}
	return login == TRUST_LOGIN_DONE || wrong_password(change, worker, true, error);
}

/* ---- one action --------------------------------------------------------------------------- */

struct work {
	struct trust_change *change;
	struct trust_store *store; /* the copy as it was before the work */
	struct trust_worker *worker;
	uint8_t (*ids)[TRUST_SHA256_BYTES]; /* by action: of the certificate it adds */
	bool *cleared;             /* by orphan of the store: this request removed it already */
	char **used_names;         /* nicknames given to certificates by this request */
	struct trust_bytes *used_subjects;
	size_t used_count;
};

static bool
not_found(const struct trust_action *action, struct trust_error *error)
{
	TRUST_AUTO_FREE char *digits = trust_hex(action->id, 8);
	return trust_fail(error, TRUST_INPUT_NOT_FOUND, digits,
	    "no item with the identifier %s... is in the store", digits);
}

/* A nickname names a subject: NSS refuses a certificate whose nickname another subject has. */
static bool
nickname_taken(const struct work *work, const char *name, struct trust_bytes subject)
{
	struct trust_bytes wanted = { .data = (const uint8_t *)name, .size = strlen(name) };

	for (size_t i = 0; i < trust_store_count(work->store); i++) {
		const struct trust_item *item = trust_store_item(work->store, i);
		if (item->cert && trust_bytes_equal(item->nickname, wanted) &&
		    !trust_bytes_equal(item->cert->subject, subject))
			return true;
	}
	for (size_t i = 0; i < work->used_count; i++)
		if (strcmp(work->used_names[i], name) == 0 &&
		    !trust_bytes_equal(work->used_subjects[i], subject))
			return true;
	return false;
}

static char *
unique_nickname(struct work *work, const char *wished, const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	TRUST_AUTO_FREE char *name = trust_strdup(wished && *wished ? wished : label);

	for (unsigned number = 2; nickname_taken(work, name, cert->subject); number++) {
		trust_free(name);
		name = trust_printf("%s #%u", wished && *wished ? wished : label, number);
	}
	return trust_steal(&name);
}

static void
remember_nickname(struct work *work, const char *name, struct trust_bytes subject)
{
	size_t count = work->used_count + 1;
	work->used_names = trust_grow_array(work->used_names, count, sizeof *work->used_names);
	work->used_subjects = trust_grow_array(work->used_subjects, count, sizeof *work->used_subjects);
	work->used_names[work->used_count] = trust_strdup(name);
	struct trust_bytes copy = { .data = trust_memdup(subject.data, subject.size),
		.size = subject.size };
	work->used_subjects[work->used_count++] = copy;
}

/* Records of trust without certificate would make the import trusted at once, and those hidden behind
 * another one would count once that one is gone. */
static bool
clear_orphans(struct work *work, struct trust_bytes issuer, struct trust_bytes serial,
    struct trust_error *error)
{
	for (size_t i = 0; i < trust_store_orphan_count(work->store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(work->store, i);
		if (work->cleared[i] || !trust_bytes_equal(orphan->issuer, issuer) ||
		    !trust_bytes_equal(orphan->serial, serial))
			continue;
		if (!trust_worker_delete_public(work->worker, orphan->record.object_id, error))
			return false;
		work->cleared[i] = true;
	}
	return true;
}

static bool
same_issuer_and_serial(const struct trust_item *item, const struct trust_cert *cert)
{
	return item->cert && trust_bytes_equal(item->cert->serial_tlv, cert->serial_tlv) &&
	    trust_bytes_equal(item->cert->issuer, cert->issuer);
}

/* The first action of the request that adds this certificate; NULL when none does. */
static const struct trust_action *
adding_action(const struct work *work, const uint8_t id[TRUST_SHA256_BYTES])
{
	const struct trust_change_request *request = &work->change->request;

	for (size_t i = 0; i < request->action_count; i++)
		if (request->actions[i].kind == TRUST_ADD_CERT &&
		    memcmp(work->ids[i], id, TRUST_SHA256_BYTES) == 0)
			return &request->actions[i];
	return NULL;
}

static bool
add_cert(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	TRUST_AUTO(trust_cert) *cert = NULL;
	uint32_t object_id = 0;

	if (!trust_cert_decode(action->der, &cert, error))
		return false;
	const struct trust_item *there = trust_store_find(work->store, cert->id);
	const struct trust_action *first = adding_action(work, cert->id);
	if ((there && there->object_id) || first != action)
		return true;
	for (size_t i = 0; i < trust_store_count(work->store); i++)
		if (same_issuer_and_serial(trust_store_item(work->store, i), cert)) {
			TRUST_AUTO_FREE char *label = trust_cert_label(cert);
			trust_fail(error, TRUST_INPUT_UNSUPPORTED, label,
			    "cannot store '%s': another certificate with the same issuer and serial number is "
			    "in the store, and NSS tells certificates apart by these",
			    label);
			return trust_hint(error, "one of the two is forged or its CA made a mistake; delete "
						 "the stored one first if it is the wrong one");
		}
	if (!clear_orphans(work, cert->issuer, cert->serial_tlv, error))
		return false;
	TRUST_AUTO_FREE char *nickname = unique_nickname(work, action->nickname, cert);
	if (!trust_worker_add_cert(work->worker, action->der, nickname, &object_id, error))
		return false;
	remember_nickname(work, nickname, cert->subject);
	return true;
}

static bool
add_crl(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	TRUST_AUTO(trust_crl) *crl = NULL;
	uint32_t object_id = 0;

	if (!trust_crl_decode(action->der, &crl, error))
		return false;
	if (trust_store_find(work->store, crl->id))
		return true;
	/* NSS would keep both and obey both. */
	for (size_t i = 0; i < trust_store_count(work->store); i++) {
		const struct trust_item *item = trust_store_item(work->store, i);
		if (item->crl && trust_bytes_equal(item->crl->issuer, crl->issuer) &&
		    !trust_worker_delete_public(work->worker, item->object_id, error))
			return false;
	}
	return trust_worker_add_crl(work->worker, crl->der, crl->issuer, &object_id, error);
}

/* The certificate an action means: in the store, or added by the same request. */
static bool
action_cert(struct work *work, const struct trust_action *action, struct trust_cert **ret_cert,
    struct trust_error *error)
{
	const struct trust_item *item = trust_store_find(work->store, action->id);
	const struct trust_action *adding = adding_action(work, action->id);

	if (item && item->cert)
		return trust_cert_decode(item->cert->der, ret_cert, error);
	return adding ? trust_cert_decode(adding->der, ret_cert, error) : not_found(action, error);
}

static bool
delete_record(struct work *work, const struct trust_record *record, struct trust_error *error)
{
	return !record->present ||
	    trust_worker_delete_public(work->worker, record->object_id, error);
}

static bool
delete_records(struct work *work, const struct trust_item *item, struct trust_error *error)
{
	return delete_record(work, &item->modern, error) && delete_record(work, &item->legacy, error);
}

/* Does the legacy record say this already, to whoever checks its signature too? */
static bool
is_settled(struct work *work, const struct trust_item *item, struct trust_states states,
    bool *ret_settled, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *verified = NULL;

	*ret_settled = item && !item->modern.present && item->legacy.present &&
	    item->legacy.seal != TRUST_SEAL_TAMPERED && trust_states_equal(item->legacy.states, states);
	if (!*ret_settled || item->legacy.seal != TRUST_SEAL_UNVERIFIED)
		return true;
	if (!trust_change_open_verified(work->change, work->change->stage->work,
		&item->legacy.object_id, 1, &verified, error))
		return false;
	const struct trust_item *again = trust_store_find(verified, item->id);
	*ret_settled = again && again->legacy.seal != TRUST_SEAL_TAMPERED;
	return true;
}

static bool
set_trust(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	TRUST_AUTO(trust_cert) *cert = NULL;
	const struct trust_item *item = trust_store_find(work->store, action->id);
	struct trust_states nearest;
	uint32_t object_id = 0;
	bool settled = false;

	if (!trust_states_reachable(action->states, &nearest)) {
		TRUST_AUTO_FREE char *words = trust_states_words(action->states);
		TRUST_AUTO_FREE char *offer = trust_states_words(nearest);
		trust_fail(error, TRUST_REFUSED_TRUST, NULL, "NSS cannot express this trust: %s", words);
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
	const struct trust_worker_trust trust = {
		.spelling = TRUST_LEGACY,
		.issuer = cert->issuer,
		.serial = cert->serial_tlv,
		.der = cert->der,
		.states = action->states,
	};
	return trust_worker_set_trust(work->worker, &trust, &object_id, error);
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
delete_cert(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	const struct trust_item *item = trust_store_find(work->store, action->id);

	if (!item || !item->object_id)
		return not_found(action, error);
	if (!delete_records(work, item, error) ||
	    (item->cert && !clear_orphans(work, item->cert->issuer, item->cert->serial_tlv, error)))
		return false;
	/* Other programs may have stored it twice. */
	for (size_t i = 0; i < trust_store_count(work->store); i++) {
		const struct trust_item *row = trust_store_item(work->store, i);
		if (row->object_id && memcmp(row->id, action->id, sizeof row->id) == 0 &&
		    !trust_worker_delete_public(work->worker, row->object_id, error))
			return false;
	}
	return true;
}

static bool
is_deleted(const struct trust_change_request *request, const uint8_t *id)
{
	for (size_t i = 0; i < request->action_count; i++)
		if (request->actions[i].kind == TRUST_DELETE_CERT &&
		    memcmp(request->actions[i].id, id, TRUST_SHA256_BYTES) == 0)
			return true;
	return false;
}

static bool
delete_key(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	const struct trust_item *item = trust_store_find(work->store, action->id);

	if (!item || !item->key_object_id)
		return not_found(action, error);
	for (size_t i = 0; i < trust_store_count(work->store); i++) {
		const struct trust_item *other = trust_store_item(work->store, i);
		if (other != item && other->key_object_id == item->key_object_id &&
		    !is_deleted(&work->change->request, other->id)) {
			trust_change_notice_add(work->change,
			    "the private key of '%s' stays: '%s' uses it too", item->name, other->name);
			return true;
		}
	}
	return trust_worker_delete_key(work->worker, item->key_object_id, error);
}

static bool
perform(struct work *work, const struct trust_action *action, struct trust_error *error)
{
	uint8_t key_id[TRUST_SHA1_BYTES];

	switch (action->kind) {
	case TRUST_ADD_CERT:
		return add_cert(work, action, error);
	case TRUST_ADD_KEY:
		return trust_worker_add_key(work->worker, action->pkcs8, action->nickname, key_id, error);
	case TRUST_ADD_CRL:
		return add_crl(work, action, error);
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
	}
	return trust_fail(error, TRUST_BUG, NULL, "unknown action %d", (int)action->kind);
}

/* Certificates carry no signature of the store and can be added, and public objects deleted, without
 * its password; trust and keys cannot. */
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

bool
trust_work_actions(struct trust_change *change, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO(trust_worker) *worker = NULL;
	const struct trust_change_request *request = &change->request;

	if (!trust_change_open_copy(change, change->stage->work, &store, error) ||
	    !trust_change_worker(change, &worker, error))
		return false;
	if (needs_login(request) && !trust_change_login(change, worker, error))
		return false;
	struct work work = {
		.change = change,
		.store = store,
		.worker = worker,
		.ids = trust_alloc_array(request->action_count + 1, sizeof *work.ids),
		.cleared = trust_alloc_array(trust_store_orphan_count(store) + 1, sizeof(bool)),
	};
	bool done = true;
	for (size_t i = 0; i < request->action_count; i++)
		trust_sha256(request->actions[i].der.data, request->actions[i].der.size, work.ids[i]);
	for (size_t i = 0; done && i < request->action_count; i++)
		done = perform(&work, &request->actions[i], error);
	for (size_t i = 0; i < work.used_count; i++) {
		trust_free(work.used_names[i]);
		trust_free((void *)work.used_subjects[i].data);
	}
	trust_free(work.ids);
	trust_free(work.cleared);
	trust_free(work.used_names);
	trust_free(work.used_subjects);
	return done && trust_worker_finish(trust_steal(&worker), error);
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

	/* A signature left behind would be taken for that of the next object with this id. */
	return trust_db_open(key, SQLITE_OPEN_READWRITE, 0, &db, error) &&
	    trust_db_exec(db, error, "PRAGMA synchronous=OFF; ATTACH %Q AS base; ATTACH %Q AS cert", base,
		cert) &&
	    trust_db_number(db, 0, &tables, error,
		"SELECT count(*) FROM main.sqlite_master WHERE name='metaData'") &&
	    (tables == 0 ||
		trust_db_exec(db, error,
		    "DELETE FROM main.metaData WHERE substr(id,1,18) IN "
		    "(SELECT printf('sig_cert_%%08x_',id) FROM base.nssPublic "
		    "WHERE id NOT IN (SELECT id FROM cert.nssPublic))"));
}
