/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SEAL_H
#define TRUST_SEAL_H

/*
 * NSS's signatures of trust records, and its password check, without NSS. Softoken signs each
 * authenticated attribute of a trust object with a key derived from the store's password and keeps
 * the signature in key4.db, table metaData, row sig_cert_<object id>_<attribute>: PBMAC1 with
 * PBKDF2-HMAC-SHA-256 and HMAC-SHA-256 over object id, attribute type and value. The key behind it
 * is the hash of salt and password, SHA-1 for NSS's 20-byte salt, SHA-384 for the 48 bytes of
 * NSS 3.114.
 */

#include "core/base.h"

struct trust_error;
struct trust_secret;

/* What a store's password gives: keep it short, it opens everything. Zeroed by
 * trust_seal_key_done(). It remembers the last key derived from it, so that many signatures of one
 * salt cost one derivation. */
struct trust_seal_cache;
struct trust_seal_key {
	uint8_t bytes[64];
	size_t size;
	unsigned usual_rounds;          /* of its signatures, as NSS makes them */
	uint64_t extra_rounds;          /* spent on signatures that asked for more */
	bool too_dear;                  /* the last signature was not checked: see limits.h */
	struct trust_seal_cache *cache; /* owned */
};
void trust_seal_key_done(struct trust_seal_key *key);

/* password: NULL: the empty one. salt: item1 of the `password` row. False: a salt of unknown
 * length. */
bool trust_seal_key_make(const struct trust_secret *password, struct trust_bytes salt,
    struct trust_seal_key *ret_key) TRUST_MUST_CHECK;
/* Does the key open the password check (item2 of the `password` row)? */
bool trust_seal_key_is_right(struct trust_seal_key *key, struct trust_bytes check);
/* May the check be of the empty password? NSS gives that one round, whatever its environment says,
 * and every other password thousands. */
bool trust_seal_may_be_empty(struct trust_bytes check);

/* Is `signature` (item1 of a sig_ row) the one of this value? Cost: the PBKDF2 rounds it names, one
 * for the empty password, 10,000 for others (2.5 ms), unless its salt is that of the call before.
 * Where it names more, all together at most TRUST_MAX_SEAL_ROUNDS: false and key->too_dear then. */
bool trust_seal_check(struct trust_seal_key *key, uint32_t object_id, uint32_t attribute,
    struct trust_bytes value, struct trust_bytes signature);

/*
 * Signs many values with one salt, so with one derivation (doc/adr/0010): what NSS would put into
 * item1, `size` bytes each.
 */
#define TRUST_SEAL_MAX_BYTES 160
struct trust_sealer {
	struct trust_seal_key key;
	uint8_t salt[32];
	unsigned rounds;
	uint8_t form[TRUST_SEAL_MAX_BYTES]; /* all but the signature, which is its last 32 bytes */
	size_t size;
};
/* Takes the key over; has_password: it is not that of the empty password. */
void trust_sealer_init(struct trust_sealer *sealer, struct trust_seal_key *key, bool has_password);
/* For the key4.db in `directory`, with its present password (NULL: the empty one); ret_sealer is
 * written on success only, done by the caller. Errors: TRUST_STORE_PASSWORD, TRUST_STORE_DAMAGED.
 * Cost: two derivations. */
bool trust_sealer_open(const char *directory, const struct trust_secret *password,
    struct trust_sealer *ret_sealer, struct trust_error *error) TRUST_MUST_CHECK;
/* Nothing where it was never made, and all zero. */
void trust_sealer_done(struct trust_sealer *sealer);
#define TRUST_AUTO_SEALER __attribute__((cleanup(trust_sealer_done))) struct trust_sealer
void trust_sealer_sign(struct trust_sealer *sealer, uint32_t object_id, uint32_t attribute,
    struct trust_bytes value, uint8_t ret_signature[TRUST_SEAL_MAX_BYTES]);

#endif
