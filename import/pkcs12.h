/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_PKCS12_H
#define IMPORT_PKCS12_H

/*
 * The pieces of a PKCS #12 file (RFC 7292): the MAC over all of it, and the safes with their bags.
 * pkcs12.c puts them together and decides about passwords.
 */

#include "import/crypt.h"
#include "import/internal.h"

#define IMPORT_OID_DATA "1.2.840.113549.1.7.1"

struct trust_der;

/* DER from bytes that may be BER, at their start; NULL when damaged. */
struct trust_secret *import_pkcs12_der(struct trust_bytes bytes) TRUST_MUST_CHECK;

/* ---- MAC ----------------------------------------------------------------------------------- */

struct import_mac {
	struct trust_bytes digest; /* borrowed from the input */
	enum trust_hash hash;
	bool pbmac1;          /* RFC 9579: the key comes from PBKDF2 */
	struct trust_kdf kdf; /* salt borrowed from the input */
	size_t key_size;
};

/* Read MacData. Errors: TRUST_INPUT_MALFORMED, _UNSUPPORTED (names the hash), _LIMIT (the
 * rounds). */
bool import_mac_read(struct trust_bytes bytes, struct import_mac *ret_mac,
    struct trust_error *error) TRUST_MUST_CHECK;
/* "MAC SHA-256 with 2048 rounds"; owned by the caller. */
char *import_mac_words(const struct import_mac *mac) TRUST_MUST_CHECK;
/* Cost: the rounds. */
bool import_mac_matches(
    const struct import_mac *mac, const struct import_password *password, struct trust_bytes data);

/* ---- safes --------------------------------------------------------------------------------- */

#define IMPORT_MAX_PROTECTIONS 8

struct import_safes {
	struct import_file *file; /* borrowed; gets the parts */
	const struct import_password
	    *password;    /* NULL: what is encrypted stays closed, without part */
	uint64_t *budget; /* borrowed */
	bool verified;    /* by the MAC: the password is right */

	/* Filled in on the way. */
	size_t encrypted; /* what a password could open */
	size_t opened;
	size_t wrong;
	size_t unread;  /* what no password opens: of a cipher that is not supported, or damaged */
	unsigned needs; /* import_need */
	unsigned least_rounds;                     /* 0: none */
	char *protections[IMPORT_MAX_PROTECTIONS]; /* owned, each once */
	size_t protection_count;
	size_t safe_number;
	size_t cert_number;
	size_t key_number;
	size_t other_number;
};

void import_safes_done(struct import_safes *safes);
/* Add the parts of an AuthenticatedSafe. Errors: TRUST_INPUT_MALFORMED, _LIMIT. */
bool import_safes_read(struct import_safes *safes, struct trust_bytes bytes,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
