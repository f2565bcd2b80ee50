/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CHANGE_H
#define TRUST_CHANGE_H

/*
 * A change: one atomic alteration of one store, over cert9.db, key4.db and our trustctl.db, with
 * its history entry and the entry's inverse inside the same transaction. Every writing command goes
 * through here; nothing goes around it.
 *
 *   prepare   copy the live files into a private directory in memory, perform the request there (by
 *             NSS in its worker), and compare the copy with what it was made from: row by row for
 *             the commit, item by item for people. No lock is held, nothing is written.
 *   commit    one SQLite transaction over the live files: check that they still are what was copied
 *             (else prepare again; if the effects then differ from those shown, refuse), apply the
 *             rows, write the history, commit; then read the live store again and compare.
 *
 * Effects are found by reading both copies, not by trusting the request. A change that widens the
 * trust of a CA commits only when the caller passes that certificate's identifier as confirmed: the
 * trust step cannot be forgotten by a command.
 */

#include "core/base.h"
#include "core/hash.h"
#include "core/secret.h"
#include "core/store.h"
#include "core/trust.h"

struct trust_cert;
struct trust_error;
struct trust_place;

enum trust_action_kind {
	TRUST_ADD_CERT,  /* der, nickname wished (made unique; NULL: made from the certificate) */
	TRUST_ADD_KEY,   /* pkcs8; nickname as its certificate */
	TRUST_ADD_CRL,   /* der; replaces the issuer's earlier one */
	TRUST_SET_TRUST, /* id, states: for a certificate of the store (or added by this request) */
	TRUST_RESET_TRUST, /* id: remove its records of both spellings */
	TRUST_DELETE_CERT, /* id: with its trust records; or a revocation list */
	TRUST_DELETE_KEY, /* id of the identity or orphan key: the private and public key objects */
	TRUST_CLEAR_ORPHAN,  /* issuer, serial: remove trust records that have no certificate */
	TRUST_DELETE_COPIES, /* id: all its rows but the first */
};

struct trust_action {
	enum trust_action_kind kind;
	uint8_t id[TRUST_SHA256_BYTES];
	struct trust_bytes der;           /* borrowed */
	const struct trust_secret *pkcs8; /* borrowed */
	const char *nickname;             /* borrowed; raw UTF-8 */
	struct trust_states states;
	struct trust_bytes issuer; /* borrowed */
	struct trust_bytes serial; /* borrowed */
};

struct trust_change_request {
	const char *command;          /* "trust enable": the words, for the history; never NULL */
	const char *source;           /* displayable name of the file it came from; NULL */
	const uint8_t *source_digest; /* SHA-256 of that file; NULL */
	const char *reason;           /* --reason, displayable; NULL */
	const char *group; /* trust_change_group_new(): the changes of one command; NULL: alone */
	const struct trust_action *actions;
	size_t action_count;
	int64_t undo;         /* > 0: undo this history entry; no actions then */
	bool change_password; /* set new_password (NULL: the empty one); no actions then */
	const struct trust_secret *new_password;
	bool purge_keys;          /* keys deleted by this request leave no copy in the history, and
				     earlier copies of them in the history are removed too */
	struct trust_asker asker; /* for the store's password; only when the work needs it, again
				     after a wrong one, and not in a later round what opened it */
	bool allow_foreign_owner; /* see trust_preflight() */
	/* How far it is, often; NULL. False ends a preparation (TRUST_REFUSED); a commit goes
	 * on. */
	bool (*progress)(const char *what, size_t done, size_t total);
};

enum trust_effect_kind {
	TRUST_EFFECT_ADDED,
	TRUST_EFFECT_DELETED,
	TRUST_EFFECT_KEY_ADDED,
	TRUST_EFFECT_KEY_DELETED,
	TRUST_EFFECT_TRUST, /* before and after differ */
	TRUST_EFFECT_RENAMED,
	TRUST_EFFECT_ORPHAN_CLEARED, /* a leftover trust record was removed */
	TRUST_EFFECT_RESEALED,       /* same trust, but its record was unified or signed anew */
	TRUST_EFFECT_PASSWORD,
	/* Of two rows with one certificate or decision, as other programs leave them. */
	TRUST_EFFECT_COPY_ADDED,
	TRUST_EFFECT_COPY_DELETED,
	TRUST_EFFECT_KINDS /* their number; the history has these numbers */
};
const char *trust_effect_word(enum trust_effect_kind kind); /* "added" */

struct trust_effect {
	enum trust_effect_kind kind;
	enum trust_kind item_kind;
	uint8_t id[TRUST_SHA256_BYTES];
	char *name; /* owned, displayable */
	struct trust_states before;
	struct trust_states after;
	bool ca;
	bool widens; /* grants a CA trust it had not: needs confirmation */
};

struct trust_change; /* opaque: a prepared change */

/*
 * Errors: those of trust_preflight() and the worker; TRUST_STORE_PASSWORD; TRUST_STORE_FULL;
 * TRUST_INPUT_NOT_FOUND (an action's item is not there); TRUST_REFUSED_TRUST (states NSS cannot
 * express); TRUST_REFUSED_UNDO (with the reason); TRUST_INPUT_UNSUPPORTED (a key NSS cannot store).
 * A request whose effects are none prepares well and has no effects.
 */
bool trust_change_prepare(const struct trust_place *place,
    const struct trust_change_request *request, struct trust_change **ret_change,
    struct trust_error *error) TRUST_MUST_CHECK;
void trust_change_free(struct trust_change *change);
TRUST_DEFINE_AUTO(trust_change, trust_change_free)

size_t trust_change_effect_count(const struct trust_change *change);
/* Sorted by name; borrowed from the change; NULL where there are none. */
const struct trust_effect *trust_change_effects(const struct trust_change *change);
/* The store as it will be, certificates that the change adds among them; borrowed from the change.
 * Errors: those of trust_store_open(). */
bool trust_change_result(struct trust_change *change, const struct trust_store **ret_store,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Things to tell the person, displayable: a recovered journal, a neutralised leftover record. */
size_t trust_change_notice_count(const struct trust_change *change);
const char *trust_change_notice(const struct trust_change *change, size_t index);

/* Why an undo will not be possible; NULL: it will be. Static. */
const char *trust_change_irreversible(const struct trust_change *change);

/*
 * confirmed   identifiers whose widened trust was confirmed in the trust step
 * ret_entry   the number of the history entry; 0 when there was nothing to do; set also with
 *             TRUST_STORE_READ_BACK: the change is written then
 * Errors: TRUST_REFUSED (an unconfirmed widening, or effects that changed meanwhile),
 * TRUST_STORE_LOCKED, TRUST_STORE_FULL, TRUST_STORE_CONFLICT, TRUST_STORE_READ_BACK.
 */
bool trust_change_commit(struct trust_change *change,
    const uint8_t (*confirmed)[TRUST_SHA256_BYTES], size_t confirmed_count, int64_t *ret_entry,
    struct trust_error *error) TRUST_MUST_CHECK;

/* A new group identifier, 32 hex digits. Owned by the caller. */
char *trust_change_group_new(void) TRUST_MUST_CHECK;

/* Create an empty store (the directory too, 0700), with a password or with the empty one (NULL), by
 * the NSS of nss_libdir; of several that do so at once one does. Errors: TRUST_REFUSED when there
 * is one already, TRUST_STORE_PERMISSION, TRUST_STORE_LOCKED, TRUST_STORE_FULL; directories that
 * were made are removed again. */
bool trust_store_create(const char *directory, const char *nss_libdir,
    const struct trust_secret *password, struct trust_error *error) TRUST_MUST_CHECK;

/* The part of a path that is there; owned by the caller. */
char *trust_store_path_there(const char *directory) TRUST_MUST_CHECK;
/*
 * Take back what trust_store_create() made, the files and the folders below `there`, unless
 * something was put in meanwhile.
 *
 * there    what trust_store_path_there() said before the store was made
 * Returns whether the store is gone.
 */
bool trust_store_take_back(const char *directory, const char *there);

/* The encrypted private key of an identity, for export: worked on a private copy, as what follows;
 * the store is only read. */
bool trust_store_export_key(const struct trust_place *place, const uint8_t id[TRUST_SHA256_BYTES],
    const struct trust_asker *asker, const struct trust_secret *file_password, unsigned rounds,
    struct trust_secret **ret_encrypted, struct trust_error *error) TRUST_MUST_CHECK;

/* Sign with the private key of an identity, which stays in its store: SHA-256 with PKCS #1 v1.5 or
 * ECDSA (DER) by the kind of key. */
bool trust_store_sign(const struct trust_place *place, const uint8_t id[TRUST_SHA256_BYTES],
    const struct trust_asker *asker, struct trust_bytes data, struct trust_secret **ret_signature,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Does the key that the store keeps for this certificate open, and is it the certificate's? It
 * signs something. Errors: TRUST_INPUT_UNSUPPORTED (neither RSA nor EC), and those
 * of trust_store_sign(). */
bool trust_store_prove_key(const struct trust_place *place, const struct trust_cert *cert,
    const struct trust_asker *asker, bool *ret_fits, struct trust_error *error) TRUST_MUST_CHECK;

/* Is every private key of the store alive under this password (a dead one blocks every later
 * password change)? ret_dead: key row ids, owned by the caller. */
bool trust_store_dead_keys(const struct trust_place *place, const struct trust_asker *asker,
    uint32_t **ret_dead, size_t *ret_count, struct trust_error *error) TRUST_MUST_CHECK;

#endif
