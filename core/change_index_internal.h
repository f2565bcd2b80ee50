/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CHANGE_INDEX_INTERNAL_H
#define TRUST_CHANGE_INDEX_INTERNAL_H

/*
 * What the work of a change looks up again and again, found by hash: a request of ten thousand
 * actions on a store of ten thousand items must not scan one for each of the other.
 */

#include "core/change.h"
#include "core/key_users.h"
#include "core/table_internal.h"

struct trust_nickname {
	char *name;                 /* owned */
	struct trust_bytes subject; /* owned; empty: only `number` counts */
	unsigned number;            /* of the last "name #2" that was made of it */
};

struct trust_change_index {
	const struct trust_store *store;            /* borrowed */
	const struct trust_change_request *request; /* borrowed */
	uint8_t (*ids)[TRUST_SHA256_BYTES];         /* by action: of the certificate it adds */
	bool *gone;                                 /* by item: an action done deleted it */
	struct trust_table_index items;             /* items of the store by issuer and serial */
	struct trust_table_index orphans;           /* its orphans by the same */
	struct trust_table_index adding;            /* actions that add, by identifier */
	struct trust_table_index added;             /* actions done, by issuer and serial */
	struct trust_table_index names;             /* nicknames of the store and of this request */
	struct trust_key_users *key_users;          /* owned; without what the request deletes */
	struct trust_nickname *nicknames;
	size_t nickname_count;
};

void trust_change_index_init(struct trust_change_index *index, const struct trust_store *store,
    const struct trust_change_request *request);
void trust_change_index_done(struct trust_change_index *index);

/* The first action that adds this certificate; NULL when none does. */
const struct trust_action *trust_change_index_adding(
    const struct trust_change_index *index, const uint8_t id[TRUST_SHA256_BYTES]);
/* Is another certificate with this issuer and serial number in the store still, or added
 * already? */
bool trust_change_index_has_serial(
    const struct trust_change_index *index, const struct trust_cert *cert);
/* With all its copies. */
void trust_change_index_note_deleted(
    struct trust_change_index *index, const struct trust_item *item);
void trust_change_index_note_added(struct trust_change_index *index,
    const struct trust_action *action, const struct trust_cert *cert);

/* A nickname names a subject: NSS refuses a certificate whose nickname another subject has. The
 * name wished, or with a number behind it; taken from now on. Owned by the caller. */
char *trust_change_index_nickname(struct trust_change_index *index, const char *wished,
    struct trust_bytes subject) TRUST_MUST_CHECK;

#endif
