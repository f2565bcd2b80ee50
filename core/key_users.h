/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_KEY_USERS_H
#define TRUST_KEY_USERS_H

/* Certificates of a store may share one private key. It goes with the last of them, once: who wants
 * to delete some says first which items go, then asks of each what becomes of its key. */

#include "core/base.h"
#include "core/hash.h"

struct trust_item;
struct trust_key_users;
struct trust_store;

/* All items stay, so far. The store is borrowed. */
struct trust_key_users *trust_key_users_new(const struct trust_store *store) TRUST_MUST_CHECK;
void trust_key_users_free(struct trust_key_users *users);
TRUST_DEFINE_AUTO(trust_key_users, trust_key_users_free)

/* The certificate goes, with all its copies; nothing where the store has none. */
void trust_key_users_leave(struct trust_key_users *users, const uint8_t id[TRUST_SHA256_BYTES]);
/* Another item with this one's private key, which stays and so keeps it; NULL: none. */
const struct trust_item *trust_key_users_other(
    const struct trust_key_users *users, const struct trust_item *item);
/* "the private key of 'Alice' stays: 'Alice' (1ad784be42ac910b) uses it too"; owned by the
 * caller. */
char *trust_key_users_words(
    const struct trust_item *item, const struct trust_item *other) TRUST_MUST_CHECK;
/* Is its key to be deleted now? False where it was asked before, of this or another item. */
bool trust_key_users_take(struct trust_key_users *users, const struct trust_item *item);

#endif
