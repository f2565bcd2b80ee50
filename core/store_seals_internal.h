/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STORE_SEALS_INTERNAL_H
#define TRUST_STORE_SEALS_INTERNAL_H

/*
 * The signatures of a store's trust records, checked while they are read: the records are there
 * already, with the values that were signed, and each signature finds its record. None is kept, so
 * that ten signatures of a hundred thousand records each cost no memory.
 */

#include "core/seal.h"
#include "core/store_internal.h"

struct trust_buffer;

struct trust_seals {
	bool readable; /* the password is known, so signatures can be checked */
	struct trust_seal_key key;
	uint32_t *only; /* owned, sorted: the records whose signatures matter; NULL: all */
	size_t only_count;
};
void trust_seals_done(struct trust_seals *seals);

/* Is the password that of the options, or the empty one? `db`: key4.db, which has a metaData. */
bool trust_seals_open(struct trust_store *store, struct sqlite3 *db,
    const struct trust_store_options *options, struct trust_seals *seals,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Will this record's signatures be checked? Then each value that was signed is noted. */
bool trust_seals_want(const struct trust_seals *seals, uint32_t object_id);
void trust_seals_note(struct trust_buffer *values, uint32_t attribute, struct trust_bytes value);
/* Read them all, and say of each record how it stands. */
bool trust_seals_check(struct trust_store *store, struct sqlite3 *db, struct trust_seals *seals,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
