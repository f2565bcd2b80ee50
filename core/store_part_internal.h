/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STORE_PART_INTERNAL_H
#define TRUST_STORE_PART_INTERNAL_H

/*
 * The part of a store that a question is about: certificates and revocation lists, found by the
 * subjects that NSS keeps an index of, one pass over which takes a few per cent of reading all.
 */

#include "core/store_internal.h"

struct trust_part_found {
	bool whole; /* too much is meant: nothing was added, all is to be read */
	const struct trust_cert **certs; /* owned array: whose trust records are to be read, each
					    pair of issuer and serial number once */
	size_t count;
};
#define TRUST_PART_FOUND_AUTO                                                                      \
	__attribute__((cleanup(trust_part_found_done))) struct trust_part_found
void trust_part_found_done(struct trust_part_found *found);

/* Add the part's items to the store, in the order in which reading all adds them. */
bool trust_part_read(struct trust_store *store, struct sqlite3 *db, const struct trust_part *part,
    struct trust_part_found *ret_found, struct trust_error *error) TRUST_MUST_CHECK;

#endif
