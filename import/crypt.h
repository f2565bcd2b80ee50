/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_CRYPT_H
#define IMPORT_CRYPT_H

/*
 * Password-based encryption as PKCS #8 and PKCS #12 files have it: PBES2 with PBKDF2 (RFC 8018) and
 * the older schemes of PKCS #12 (RFC 7292 appendix C); and that of PEM blocks with a DEK-Info line
 * (RFC 1421 section 4.6.1.3, with the keys of OpenSSL's EVP_BytesToKey). Reading only.
 *
 * Rounds are bounded twice: each derivation by TRUST_MAX_KDF_ROUNDS, and all derivations of one
 * file by its budget, since a file of many small parts could else ask for hours.
 */

#include "core/base.h"
#include "core/kdf.h"
#include "core/limits.h"
#include "core/secret.h"

struct trust_error;
struct import_file;
struct import_cipher; /* a row of crypt.c */

/* One password in the two spellings that schemes want; borrowed. */
struct import_password {
	struct trust_bytes utf8;
	struct trust_bytes bmp;
};

/* Rounds that all parts of a file may ask for together. */
#define IMPORT_KDF_BUDGET ((uint64_t)10 * TRUST_MAX_KDF_ROUNDS)

enum import_derivation {
	IMPORT_PKCS12_KDF,
	IMPORT_PBKDF2,
	IMPORT_MD5, /* one round: password and salt, hashed */
};

struct import_scheme {
	const struct import_cipher *cipher;
	enum import_derivation derivation;
	struct trust_kdf kdf;  /* salt borrowed from the input; hash unused by IMPORT_MD5 */
	struct trust_bytes iv; /* borrowed from the input; IMPORT_PKCS12_KDF derives it instead */
};

/*
 * Read an AlgorithmIdentifier.
 *
 * algorithm  whole
 * Errors: TRUST_INPUT_UNSUPPORTED (names the scheme), _LIMIT (names the rounds), _MALFORMED
 */
bool import_scheme_read(struct trust_bytes algorithm, struct import_scheme *ret_scheme,
    struct trust_error *error) TRUST_MUST_CHECK;
/*
 * The scheme of a PEM block: its DEK-Info's name, "AES-256-CBC", and vector (borrowed), of which
 * the first 8 bytes are the salt too. Errors: TRUST_INPUT_UNSUPPORTED, _MALFORMED
 */
bool import_scheme_of_pem(struct trust_bytes name, struct trust_bytes iv,
    struct import_scheme *ret_scheme, struct trust_error *error) TRUST_MUST_CHECK;
/* PBKDF2 alone, for PBMAC1. *ret_key_size is 0 when the parameters leave it out. */
bool import_pbkdf2_read(struct trust_bytes algorithm, struct trust_kdf *ret_kdf,
    size_t *ret_key_size, struct trust_error *error) TRUST_MUST_CHECK;
/* Is this number of rounds to be had? Errors: TRUST_INPUT_LIMIT, _MALFORMED. */
bool import_rounds_check(uint64_t rounds, struct trust_error *error) TRUST_MUST_CHECK;

/* "AES-256-CBC with PBKDF2 HMAC-SHA-256, 2048 rounds"; owned by the caller. */
char *import_scheme_words(const struct import_scheme *scheme) TRUST_MUST_CHECK;
/* What a program must know to decrypt it: import_need. */
unsigned import_scheme_needs(const struct import_scheme *scheme);
/* A note when the cipher is weak. what: "the private key" */
void import_cipher_note(
    struct import_file *file, const struct import_scheme *scheme, const char *what);
/* A note when these are few. */
void import_rounds_note(struct import_file *file, unsigned rounds, const char *what);

/* NULL when the padding is wrong: another password, or damaged. Cost: the rounds. */
struct trust_secret *import_scheme_decrypt(const struct import_scheme *scheme,
    const struct import_password *password, struct trust_bytes bytes) TRUST_MUST_CHECK;

enum import_opened {
	IMPORT_OPENED,
	IMPORT_WRONG_PASSWORD, /* or damaged: the two look the same */
	IMPORT_NOT_OPENED,     /* see the error */
};
/* The scheme of an EncryptedPrivateKeyInfo. Errors: as import_scheme_read(). */
bool import_scheme_of_key(struct trust_bytes bytes, struct import_scheme *ret_scheme,
    struct trust_error *error) TRUST_MUST_CHECK;
/*
 * Decrypt an EncryptedPrivateKeyInfo.
 *
 * budget     what is left of IMPORT_KDF_BUDGET; lowered
 * ret_pkcs8  set for IMPORT_OPENED: it begins like a PrivateKeyInfo and ends where it says
 */
enum import_opened import_open_key(struct trust_bytes bytes, const struct import_password *password,
    uint64_t *budget, struct trust_secret **ret_pkcs8, struct trust_error *error) TRUST_MUST_CHECK;
/* Take this many rounds from the budget. Errors: TRUST_INPUT_LIMIT. */
bool import_budget_take(
    uint64_t *budget, unsigned rounds, struct trust_error *error) TRUST_MUST_CHECK;

#endif
