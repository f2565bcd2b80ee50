/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CHANGE_INTERNAL_H
#define TRUST_CHANGE_INTERNAL_H

/* What the parts of a change share: change.c (the public face), change_work.c (NSS on the staged
 * copy), change_undo.c, change_password.c, change_asked.c, change_commit.c, effects.c and
 * history_write.c. */

#include "core/change.h"
#include "core/history.h"
#include "core/place.h"
#include "core/preflight.h"
#include "core/rows_internal.h"
#include "core/stage_internal.h"

struct sqlite3;
struct trust_worker;

struct trust_effects {
	struct trust_effect *list;
	size_t count;
};
struct trust_effect *trust_effects_add(struct trust_effects *effects);
void trust_effects_done(struct trust_effects *effects);
void trust_effects_sort(struct trust_effects *effects); /* by name */
/* In one line: "2 certificates added, 1 private key added"; owned by the caller. */
char *trust_effects_words(const struct trust_effect *effects, size_t count) TRUST_MUST_CHECK;
/* What differs between two readings of one store, as people see it; sorted by name. */
void trust_effects_compare(const struct trust_store *base, const struct trust_store *work,
    const struct trust_store *builtin, struct trust_effects *ret_effects);
bool trust_effects_equal(const struct trust_effects *a, const struct trust_effects *b);

/* Trust states as one number for the history, and back. */
int64_t trust_states_pack(struct trust_states states);
struct trust_states trust_states_unpack(int64_t packed);

/* A history row whose `before` a password change encrypted anew. */
struct trust_rewrite {
	int64_t rowid;             /* of history.row */
	struct trust_bytes before; /* owned */
};

struct trust_change {
	struct trust_place place; /* owned */
	char *canonical; /* owned: the place's path, resolved; the live files' names hang on it */
	struct trust_change_request request; /* borrows what the caller's borrows */
	struct trust_preflight found;
	struct trust_stage *stage;
	struct trust_store *base; /* readings of the two copies, once they are done with */
	struct trust_store *work;
	struct trust_rows rows;
	struct trust_effects effects;
	struct trust_effects outside; /* what others changed since our last change */
	bool loses_key;   /* deletes a private key that does not open: an undo would refuse it */
	bool first_entry; /* there is no history yet: the store as found becomes known */
	char **notices;
	size_t notice_count;
	struct trust_secret *password; /* the store's, once it was given and found right */
	uint8_t password_digest[TRUST_SHA256_BYTES]; /* of the password row before the change */
	uint8_t new_password_digest[TRUST_SHA256_BYTES];
	struct trust_rewrite *rewrites;
	size_t rewrite_count;
};

void trust_change_notice_add(struct trust_change *change, const char *format, ...)
    TRUST_PRINTF(2, 3);
/* False, with an error, when the caller wants no more. */
bool trust_change_progress(struct trust_change *change, const char *what, size_t done, size_t total,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Read a staged directory as the change's store. */
bool trust_change_open_copy(struct trust_change *change, const char *directory,
    struct trust_store **ret_store, struct trust_error *error) TRUST_MUST_CHECK;
/* The copies as they are after the work, read once a round. Borrowed from the change. */
bool trust_change_read_base(struct trust_change *change, const struct trust_store **ret_store,
    struct trust_error *error) TRUST_MUST_CHECK;
bool trust_change_read_work(struct trust_change *change, const struct trust_store **ret_store,
    struct trust_error *error) TRUST_MUST_CHECK;
/* A reading with the store's password, once it is known: the signatures of these records are
 * checked, so that a forged one counts as none, as for whoever logs in. The others cost 20 ms
 * each. */
bool trust_change_open_verified(struct trust_change *change, const char *directory,
    const uint32_t *records, size_t count, struct trust_store **ret_store,
    struct trust_error *error) TRUST_MUST_CHECK;
/* What both of these are. password: NULL: none; records: NULL: all of them. */
bool trust_change_open_with(struct trust_change *change, const char *directory,
    const struct trust_secret *password, const uint32_t *records, size_t count,
    struct trust_store **ret_store, struct trust_error *error) TRUST_MUST_CHECK;
/* SHA-256 of the `password` row of a key4.db; all zero when there is none. */
bool trust_password_digest(const char *directory, uint8_t ret_digest[TRUST_SHA256_BYTES],
    struct trust_error *error) TRUST_MUST_CHECK;
/* Start the worker on the work copy with the NSS this store needs. */
bool trust_change_worker(struct trust_change *change, struct trust_worker **ret_worker,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Log in, asking for the password at most 3 times; sets up the empty password where there is
 * none. */
bool trust_change_login(struct trust_change *change, struct trust_worker *worker,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The same without NSS. *ret_done: false when only NSS can: no password was ever set up. */
struct trust_direct;
bool trust_change_login_direct(struct trust_change *change, struct trust_direct *direct,
    bool *ret_done, struct trust_error *error) TRUST_MUST_CHECK;

/* The three kinds of work on the staged copy. */
bool trust_work_actions(struct trust_change *change, struct trust_error *error) TRUST_MUST_CHECK;
bool trust_work_undo(struct trust_change *change, struct trust_error *error) TRUST_MUST_CHECK;
bool trust_work_password(struct trust_change *change, struct trust_error *error) TRUST_MUST_CHECK;
/* Remove from the work copy signatures whose objects are gone. */
bool trust_work_tidy(struct trust_change *change, struct trust_error *error) TRUST_MUST_CHECK;

/* Fail where an item goes, loses its key or gets other trust that the request does not name. */
bool trust_change_is_asked(const struct trust_change *change, const struct trust_store *base,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The transaction. *ret_moved: the live files are no longer what was copied; nothing was
 * written. */
bool trust_commit_apply(struct trust_change *change, int64_t *ret_entry, bool *ret_moved,
    struct trust_error *error) TRUST_MUST_CHECK;

/* As data/history.sql has it. */
#define TRUST_HISTORY_SCHEMA 1
/* Is there anything in the history of this schema's file? A change that died before it was done
 * leaves an empty one. Errors: TRUST_REFUSED when `writing`: a newer trustctl wrote it. */
bool trust_history_look(struct sqlite3 *db, const char *schema, bool writing, bool *ret_has,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The undo that undid change `number`, and was not undone itself; 0: none. */
bool trust_history_undone_by(struct sqlite3 *db, const char *schema, int64_t number,
    int64_t *ret_undo, struct trust_error *error) TRUST_MUST_CHECK;
/* Was the last number given that an entry can have? */
bool trust_history_is_used_up(struct sqlite3 *db, const char *schema);
/* What entry `number` kept cannot be read. Returns false. */
bool trust_history_damaged(int64_t number, struct trust_error *error);
/* trustctl.db attached as `history`. */
extern const char trust_history_schema[];
bool trust_history_write(struct trust_change *change, struct sqlite3 *db, int64_t *ret_entry,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Compare the last known state with a reading: effects, empty when there is no history. For writing
 * commands: rolls back a hot journal of trustctl.db. */
bool trust_history_compare(const char *directory, const struct trust_store *store,
    struct trust_effects *ret_effects, bool *ret_first, struct trust_error *error) TRUST_MUST_CHECK;
/* Path of trustctl.db, owned by the caller. */
char *trust_history_path(const char *directory) TRUST_MUST_CHECK;

#endif
