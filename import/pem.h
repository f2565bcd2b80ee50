/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_PEM_H
#define IMPORT_PEM_H

/*
 * The text of PEM files: where blocks begin and end, what their headers say, and their base64. What
 * the blocks mean is pem.c's. A reader borrows the bytes; so do the blocks.
 */

#include "core/base.h"
#include "core/secret.h"

struct trust_error;

struct import_pem {
	const uint8_t *at;
	const uint8_t *end;
	size_t line; /* of `at` */
	size_t blocks;
};

struct import_pem_block {
	size_t number; /* in the file, from 1 */
	size_t line;   /* of its BEGIN mark, from 1 */
	struct trust_bytes label;
	struct trust_bytes end_label; /* when it ended */
	bool ended;
	bool interrupted; /* not ended, because another block begins */
	bool encrypted;   /* its headers say so */
	struct trust_bytes dek_info;
	struct trust_bytes base64; /* behind the headers */
	size_t base64_line;
};

struct import_pem import_pem_init(struct trust_bytes bytes);
/* Go to the next BEGIN mark. */
bool import_pem_find(struct import_pem *reader);
bool import_pem_next(
    struct import_pem *reader, struct import_pem_block *ret_block) TRUST_MUST_CHECK;

/* The content. Missing padding is accepted. Errors: TRUST_INPUT_MALFORMED, naming the line. */
bool import_pem_decode(const struct import_pem_block *block, struct trust_secret **ret_bytes,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Cipher (borrowed from the block) and vector (in `buffer`) of an encrypted block.
 * Errors: TRUST_INPUT_MALFORMED. */
bool import_pem_dek_info(const struct import_pem_block *block, uint8_t buffer[16],
    struct trust_bytes *ret_cipher, struct trust_bytes *ret_iv,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
