/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STORE_INTERNAL_H
#define TRUST_STORE_INTERNAL_H

/* How a store is kept in memory; shared by the readers (store_read.c, builtin_nss.c),
 * store.c and store_join.c. */

#include "core/arena_internal.h"
#include "core/place.h"
#include "core/store.h"
#include "core/table_internal.h"

struct sqlite3;

/* One trust object as read, before it is joined to its certificate. */
struct trust_raw_record {
	enum trust_spelling spelling;
	uint32_t object_id;
	struct trust_bytes issuer; /* borrowed from the store's arena */
	struct trust_bytes serial;
	/* Of the certificate: SHA-1, or SHA-256 of newer NSS; may be empty. */
	struct trust_bytes digest;
	struct trust_states states;
	enum trust_seal seal;
	bool joined;
	size_t item;  /* 1 + the item it was joined to, or that has another such record; 0: none */
	size_t first; /* 1 + the first record that says the same of the same; 0: it is the first */
	/* What was signed, when that is to be checked; borrowed from the arena. */
	struct trust_bytes values;
	uint32_t proven; /* bits of the values whose signature is right */
	bool too_dear;   /* checking its signatures asked for more than is spent on it */
};

/* A private key's row. */
struct trust_raw_key {
	uint32_t object_id;
	struct trust_bytes key_id;
	uint32_t type; /* CKK_RSA 0, CKK_DSA 1, CKK_EC 3 */
	struct trust_bytes label;
	struct trust_bytes public_value; /* what identifies it: modulus or point where it is kept */
	bool joined;
};

struct trust_store {
	struct trust_place place; /* owned */
	struct trust_arena arena;
	struct trust_item *items;
	size_t count;
	size_t capacity;
	struct trust_cert **certs; /* owned, parallel to items */
	struct trust_crl **crls;   /* owned, parallel to items */
	char **names;              /* owned, parallel to items */
	struct trust_orphan *orphans;
	size_t orphan_count;
	struct trust_raw_record *records;
	size_t record_count;
	size_t record_capacity;
	struct trust_raw_key *keys;
	size_t key_count;
	struct trust_table_index by_id; /* index of the item */
	/* While joining: of the first record, by its issuer and serial and by these with its
	 * spelling and digest, and of the first key, by its CKA_ID. */
	struct trust_table_index by_serial;
	struct trust_table_index by_key;
	bool streaming; /* items go as they come: what they borrow is borrowed from the row */
	bool recovered;
	bool by_nss;
	bool has_password;
	char *version;
	bool modern_owner; /* its own program reads the modern spelling first */
};

/* Is it worth decoding a certificate of this subject when the item that `text` means is looked
 * for? */
bool trust_select_may_mean(const char *text, struct trust_bytes subject);
/* Could it be the beginning of an identifier? And of this one? */
bool trust_select_is_prefix(const char *text);
bool trust_select_is_prefix_of(const char *text, const uint8_t id[TRUST_SHA256_BYTES]);

/* A value as it is meant: softoken stores what is there and empty as three bytes. */
struct trust_bytes trust_stored_value(struct trust_bytes stored);

/* Does a record's digest name this certificate? False when it names none. */
bool trust_digest_is_of(struct trust_bytes digest, struct trust_bytes der);

/* Append an empty item. */
struct trust_item *trust_store_new_item(struct trust_store *store);
/* Append an item for this certificate (copied); a damaged one becomes an item without cert. */
struct trust_item *trust_store_add_cert(struct trust_store *store, struct trust_bytes der,
    struct trust_bytes nickname, uint32_t object_id, struct trust_bytes key_id);
/* The same for a revocation list. */
void trust_store_add_crl(struct trust_store *store, struct trust_bytes der, uint32_t object_id);
void trust_store_add_record(struct trust_store *store, const struct trust_raw_record *record);
void trust_store_add_key(struct trust_store *store, const struct trust_raw_key *key);
/* Join keys and records to certificates, give kinds and names, build the index. */
void trust_store_join(struct trust_store *store);

/* Who sees each item of trust_store_each(). */
struct trust_visitor {
	void (*visit)(
	    void *context, const struct trust_store *store, const struct trust_item *item);
	void *context;
};
/* Records and keys are all there; from now on the last item is joined, shown and forgotten. */
void trust_store_start_visits(struct trust_store *store);
void trust_store_visit(struct trust_store *store, const struct trust_visitor *visitor);
/* Append an item for each key that no certificate has; visitor as below. */
void trust_store_add_lone_keys(struct trust_store *store, const struct trust_visitor *visitor);

/* Fill from the databases in `directory` (the live one or a recovered copy); visitor: NULL, or each
 * certificate is shown to it and not kept. */
bool trust_store_read(struct trust_store *store, const char *directory,
    const struct trust_store_options *options, const struct trust_visitor *visitor,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The other way, store_p11.c: a private copy of what these connections see is read by the NSS of
 * the program that owns the store. key: NULL, or key4.db. */
bool trust_store_read_by_nss(struct trust_store *store, struct sqlite3 *cert, struct sqlite3 *key,
    const struct trust_store_options *options, const struct trust_visitor *visitor,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Fail: the password that was given is not this store's. */
bool trust_store_wrong_password(const struct trust_store *store, struct trust_error *error);
/* Open what is in `directory` as the store of this place, without looking first whether it can
 * be. */
bool trust_store_open_in(const struct trust_place *place, const char *directory,
    const struct trust_store_options *options, struct trust_store **ret_store,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Fill from libnssckbi.so at the place's path. */
bool trust_builtin_read(struct trust_store *store, struct trust_error *error) TRUST_MUST_CHECK;

/* Copy databases, hot journals and write-ahead logs into a private directory, in memory, or where
 * that has no room in the directory `beside` (NULL: in memory alone); one database at a time is as
 * it was at one moment. The caller removes the stage. */
struct trust_stage;
bool trust_copy_databases(const char *directory, const char *const *databases, size_t count,
    const char *beside, struct trust_stage **ret_stage, struct trust_error *error) TRUST_MUST_CHECK;
enum trust_copy_flags {
	TRUST_COPY_HISTORY = 1, /* trustctl.db, too */
	TRUST_COPY_BESIDE = 2,  /* beside the store where memory has no room */
	TRUST_COPY_DAMAGED = 4, /* what is damaged, too, as it is: the caller tells it */
};
/* The same of a store, rolled back there. */
bool trust_store_recover_copy(const struct trust_place *place, unsigned flags,
    struct trust_stage **ret_stage, struct trust_error *error) TRUST_MUST_CHECK;

#endif
