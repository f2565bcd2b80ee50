/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SEAL_H
#define TRUST_SEAL_H

/*
 * NSS's signatures of trust records, and its password check, without NSS. Softoken signs each
 * authenticated attribute of a trust object with a key derived from the store's password and keeps
 * the signature in key4.db, table metaData, row sig_cert_<object id>_<attribute>: PBMAC1 with
 * PBKDF2-HMAC-SHA-256 and HMAC-SHA-256 over object id, attribute type and value. The key behind it is
 * the hash of salt and password, SHA-1 for NSS's 20-byte salt, SHA-384 for the 48 bytes of NSS 3.114.
 */

#include "core/base.h"

struct trust_error;
struct trust_secret;

/* What a store's password gives: keep it short, it opens everything. Zeroed by trust_seal_key_done(). */
struct trust_seal_key {
	uint8_t bytes[64];
	size_t size;
};
void trust_seal_key_done(struct trust_seal_key *key);

/* password: NULL: the empty one. salt: item1 of the `password` row. False: a salt of unknown length. */
bool trust_seal_key_make(const struct trust_secret *password, struct trust_bytes salt,
    struct trust_seal_key *ret_key) TRUST_MUST_CHECK;
/* Does the key open the password check (item2 of the `password` row)? */
bool trust_seal_key_is_right(const struct trust_seal_key *key, struct trust_bytes check);

/* Is `signature` (item1 of a sig_ row) the one of this value? Cost: the PBKDF2 rounds it names, one
 * for the empty password, 10,000 for others (2.5 ms); at most TRUST_MAX_KDF_ROUNDS. */
bool trust_seal_check(const struct trust_seal_key *key, uint32_t object_id, uint32_t attribute,
    struct trust_bytes value, struct trust_bytes signature);

/*
 * Sign a value anew for the key4.db in `directory` with its present password.
 *
 * ret_signature  owned by the caller; what NSS would put into item1
 * Errors: TRUST_STORE_PASSWORD, TRUST_STORE_DAMAGED. Cost: as trust_seal_check().
 */
bool trust_seal_make(const char *directory, const struct trust_secret *password, uint32_t object_id,
    uint32_t attribute, struct trust_bytes value, struct trust_bytes *ret_signature,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
