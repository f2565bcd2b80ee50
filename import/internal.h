/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_INTERNAL_H
#define IMPORT_INTERNAL_H

/* What the formats share with each other and with nobody else. */

#include "import/import.h"

/* One per file of a format; formats.c lists them. */
extern const struct import_format import_format_pem;
extern const struct import_format import_format_x509;
extern const struct import_format import_format_pkcs7;
extern const struct import_format import_format_pkcs8;
extern const struct import_format import_format_pkcs12;

/*
 * What bytes of no known format look like, "a PDF document"; static. *ret_hint: what to do about it,
 * static, NULL when there is nothing to say.
 */
const char *import_looks_like(struct trust_bytes bytes, const char **ret_hint);

/* A file's name for messages, displayable, owned by the caller; "-" reads as "standard input". */
char *import_display_name(const char *name) TRUST_MUST_CHECK;
/* As import_decode_here(), into a file of the caller's, zeroed before. What is known of a file that
 * fails (its protection, when only the password is missing) is in it all the same. */
bool import_decode_file(const char *name, struct trust_bytes bytes,
    const struct trust_secret *password, struct import_file *file, struct trust_error *error)
    TRUST_MUST_CHECK;

/* ---- parts: each takes `where`; NULL and `where` freed when the file has too many blocks ------ */

struct import_part *import_add_refused(struct import_file *file, enum trust_code code, char *where,
    const char *format, ...) TRUST_PRINTF(4, 5);
/* The same with the code and the words of an error, which is empty afterwards. */
struct import_part *import_add_failed(struct import_file *file, char *where,
    struct trust_error *error);
struct import_part *import_add_skipped(struct import_file *file, char *where, const char *reason);
/* A part from a PrivateKeyInfo: KEY, or REFUSED with the reason. */
struct import_part *import_add_key(struct import_file *file, struct trust_bytes pkcs8, char *where);
/* The error for NULL from the functions above. Returns false. */
bool import_fail_full(struct trust_error *error);
/* Throw all parts and notes away, for another attempt. */
void import_file_reset(struct import_file *file);

/* ---- keys and PKCS #7, which several formats carry ------------------------------------------ */

/* As import_add_key(), also from the traditional structures (RFC 8017 appendix A.1.2, RFC 5915
 * section 3). */
struct import_part *import_add_plain_key(struct import_file *file, struct trust_bytes der,
    char *where);
/* Do the bytes begin like one? Lengths are not looked at. */
bool import_is_key_info(struct trust_bytes bytes);
bool import_is_encrypted_key(struct trust_bytes bytes);
bool import_is_traditional_key(struct trust_bytes bytes);
/* And like PKCS #7 data with certificates? */
bool import_is_pkcs7(struct trust_bytes bytes);

/* The certificates of a SignedData. `where` begins every part's place: "block 2, line 9, "; may be
 * "". */
bool import_add_pkcs7(struct import_file *file, struct trust_bytes bytes, const char *where,
    struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Do the bytes begin with these ASN.1 elements, DER or BER? In the path each element is its tag as two
 * hexadecimal digits, then "=03" when its content is this one byte, then '>' to go on inside it or
 * '.' to go on behind it. An element that goes beyond the end is gone behind well: a file cut short is
 * still named by what it was.
 */
bool import_begins(struct trust_bytes bytes, const char *path);

#endif
