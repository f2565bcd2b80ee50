/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_DER_H
#define TRUST_DER_H

/*
 * Reading and writing ASN.1 DER (X.690), the little of it that certificates, keys and PKCS#12 need.
 *
 * A reader is a cursor over borrowed bytes; it never allocates and never reads past the end. Each
 * `next` function consumes one element or returns false and leaves the cursor alone. Only definite
 * lengths in their shortest form and single-byte tags are accepted; trust_der_from_ber() turns BER
 * (indefinite lengths, constructed strings, long length forms: PKCS#12 files have them) into DER.
 */

#include "core/base.h"

enum trust_der_tag {
	TRUST_DER_BOOLEAN = 0x01,
	TRUST_DER_INTEGER = 0x02,
	TRUST_DER_BIT_STRING = 0x03,
	TRUST_DER_OCTET_STRING = 0x04,
	TRUST_DER_NULL = 0x05,
	TRUST_DER_OID = 0x06,
	TRUST_DER_UTF8_STRING = 0x0c,
	TRUST_DER_NUMERIC_STRING = 0x12,
	TRUST_DER_PRINTABLE_STRING = 0x13,
	TRUST_DER_T61_STRING = 0x14,
	TRUST_DER_IA5_STRING = 0x16,
	TRUST_DER_UTC_TIME = 0x17,
	TRUST_DER_GENERALIZED_TIME = 0x18,
	TRUST_DER_VISIBLE_STRING = 0x1a,
	TRUST_DER_UNIVERSAL_STRING = 0x1c,
	TRUST_DER_BMP_STRING = 0x1e,
	TRUST_DER_SEQUENCE = 0x30,
	TRUST_DER_SET = 0x31,
};
#define TRUST_DER_CONTEXT(n) ((uint8_t)(0xa0 | (n)))           /* [n] constructed */
#define TRUST_DER_CONTEXT_PRIMITIVE(n) ((uint8_t)(0x80 | (n))) /* [n] IMPLICIT primitive */

struct trust_der {
	const uint8_t *at;
	const uint8_t *end;
};

struct trust_der_element {
	uint8_t tag;
	struct trust_bytes content; /* borrowed from the input */
	struct trust_bytes whole;   /* tag and length included */
};

struct trust_der trust_der_init(struct trust_bytes bytes);
bool trust_der_at_end(const struct trust_der *der);
/* The tag of the next element, 0 at the end. */
uint8_t trust_der_peek(const struct trust_der *der);
bool trust_der_next(struct trust_der *der, struct trust_der_element *ret_element) TRUST_MUST_CHECK;
/* As trust_der_next(), but only when the tag is this one. */
bool trust_der_expect(
    struct trust_der *der, uint8_t tag, struct trust_der_element *ret_element) TRUST_MUST_CHECK;
/* Enter a constructed element of this tag; the outer cursor moves behind it. */
bool trust_der_enter(
    struct trust_der *der, uint8_t tag, struct trust_der *ret_inner) TRUST_MUST_CHECK;
/* A non-negative INTEGER that fits. */
bool trust_der_next_uint(struct trust_der *der, uint64_t *ret_value) TRUST_MUST_CHECK;
bool trust_der_next_bool(struct trust_der *der, bool *ret_value) TRUST_MUST_CHECK;
/* A BIT STRING of whole bytes (no unused bits), as in keys and signatures. */
bool trust_der_next_bits(struct trust_der *der, struct trust_bytes *ret_bytes) TRUST_MUST_CHECK;

/* What certificates (RFC 5280 section 4.1) and revocation lists (5.1) are: something signed. */
struct trust_der_signed {
	struct trust_der_element tbs;
	struct trust_bytes algorithm; /* the whole AlgorithmIdentifier */
	struct trust_bytes signature;
};
/* NULL, or what is wrong: a clause, "bytes follow it". */
const char *trust_der_read_signed(struct trust_bytes der, struct trust_der_signed *ret_signed);

/* Convert BER to DER. Owned by the caller. False: malformed, or deeper than TRUST_MAX_DER_DEPTH. */
bool trust_der_from_ber(
    struct trust_bytes ber, uint8_t **ret_der, size_t *ret_size) TRUST_MUST_CHECK;
/* Bytes that the first BER or DER element of the input takes, 0 when it is none or incomplete. */
size_t trust_der_element_size(struct trust_bytes input);

/* "1.2.840.113549.1.1.11" from the content of an OBJECT IDENTIFIER; owned by the caller. */
char *trust_der_oid_text(struct trust_bytes content) TRUST_MUST_CHECK;
/* Content bytes from dotted text; false when it is none. At most 64 bytes. */
bool trust_der_oid_from_text(
    const char *text, uint8_t ret_content[64], size_t *ret_size) TRUST_MUST_CHECK;

/* Writing: append one element to a buffer. Nested: write the inner content first. */
struct trust_buffer;
void trust_der_put(struct trust_buffer *out, uint8_t tag, struct trust_bytes content);
void trust_der_put_uint(struct trust_buffer *out, uint64_t value);
void trust_der_put_oid(struct trust_buffer *out, const char *dotted);
void trust_der_put_null(struct trust_buffer *out);
void trust_der_put_octets(struct trust_buffer *out, struct trust_bytes content);

#endif
