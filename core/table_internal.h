/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TABLE_INTERNAL_H
#define TRUST_TABLE_INTERNAL_H

/*
 * Numbers found again by a hash of what they stand for: open addressing, several entries of one
 * hash allowed, none ever taken out. It is made for as many as will be put in and holds no keys:
 * what it finds is a candidate that the caller compares.
 *
 *   size_t at = TRUST_TABLE_START;
 *   for (int64_t i; (i = trust_table_find(&table, hash, &at)) >= 0;)
 */

#include "core/base.h"

struct trust_table_slot {
	uint32_t number; /* and 1 */
	uint32_t tag;    /* high half of the hash */
};

struct trust_table_index {
	struct trust_table_slot *slots; /* owned */
	size_t size;                    /* a power of two, at least twice the count */
};

/* For up to `count` entries. */
struct trust_table_index trust_table_new(size_t count) TRUST_MUST_CHECK;
void trust_table_done(struct trust_table_index *table);
void trust_table_put(struct trust_table_index *table, uint64_t hash, size_t number);
/* The next candidate, in the order they were put in; -1: no more. */
#define TRUST_TABLE_START SIZE_MAX
int64_t trust_table_find(const struct trust_table_index *table, uint64_t hash, size_t *at);

/* Tables live in memory only, and are made by each run. Names that were chosen to collide make a
 * search longer; what they can be is bounded by the store's size. */
uint64_t trust_hash_bytes(struct trust_bytes bytes);
uint64_t trust_hash_number(uint32_t number);
uint64_t trust_hash_pair(struct trust_bytes a, struct trust_bytes b);
/* Of a SHA-256: it is a hash already. */
uint64_t trust_hash_id(const uint8_t *id);

#endif
