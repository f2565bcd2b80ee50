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
extern const struct import_format import_format_crl;
extern const struct import_format import_format_base64;
extern const struct import_format import_format_certdata;
extern const struct import_format import_format_p11kit;
extern const struct import_format import_format_jks;
extern const struct import_format import_format_policy;
extern const struct import_format import_format_profile;
/* Not of the table: a directory is no bytes. */
extern const char import_store_format[];

/*
 * What bytes of no known format look like, "a PDF document"; static. *ret_hint: what to do about
 * it, static, NULL when there is nothing to say.
 */
const char *import_looks_like(struct trust_bytes bytes, const char **ret_hint);

/* A file's name for messages, displayable, owned by the caller; "-" reads as "standard input". */
char *import_display_name(const char *name) TRUST_MUST_CHECK;
/* As import_decode_here(), into a file of the caller's, zeroed before. What is known of a file that
 * fails (its protection, when only the password is missing) is in it all the same. */
bool import_decode_file(const char *name, struct trust_bytes bytes,
    const struct trust_secret *password, struct import_file *file,
    struct trust_error *error) TRUST_MUST_CHECK;

/* ---- parts: each takes `where`; NULL and `where` freed when the file has too many blocks
 * ------ */

struct import_part *import_add_refused(struct import_file *file, enum trust_code code, char *where,
    const char *format, ...) TRUST_PRINTF(4, 5);
/* The same with the code and the words of an error, which is empty afterwards. */
struct import_part *import_add_failed(
    struct import_file *file, char *where, struct trust_error *error);
struct import_part *import_add_skipped(struct import_file *file, char *where, const char *reason);
/* A part from a PrivateKeyInfo: KEY, or REFUSED with the reason. */
struct import_part *import_add_key(struct import_file *file, struct trust_bytes pkcs8, char *where);
/*
 * What is behind the last block of a file: a note when it is padding, else a refused part.
 *
 * rest   may be empty; of a file of `size` bytes
 * what   the blocks are: "certificate"
 * Errors: TRUST_INPUT_LIMIT.
 */
bool import_account_for_rest(struct import_file *file, struct trust_bytes rest, size_t size,
    const char *what, struct trust_error *error) TRUST_MUST_CHECK;
/* The error for NULL from the functions above. Returns false. */
bool import_fail_full(struct trust_error *error);
/* Throw all parts and notes away, for another attempt. */
void import_file_reset(struct import_file *file);

/* ---- keys and PKCS #7, which several formats carry ------------------------------------------ */

/* As import_add_key(), also from the traditional structures (RFC 8017 appendix A.1.2, RFC 5915
 * section 3). */
struct import_part *import_add_plain_key(
    struct import_file *file, struct trust_bytes der, char *where);
/* Do the bytes begin like one? Lengths are not looked at. */
bool import_is_key_info(struct trust_bytes bytes);
bool import_is_encrypted_key(struct trust_bytes bytes);
bool import_is_traditional_key(struct trust_bytes bytes);
/* And like PKCS #7 data with certificates? */
bool import_is_pkcs7(struct trust_bytes bytes);
/* And is what was signed a configuration profile? */
bool import_is_signed_profile(struct trust_bytes bytes);

/*
 * Bytes inside of a file: decoded by whatever format they have; the parts are appended, each place
 * with `where` before it.
 *
 * group   for each part; NULL: none
 * Errors: as import_decode_file(); nothing was appended then.
 */
bool import_decode_nested(struct import_file *file, struct trust_bytes bytes,
    const struct trust_secret *password, const char *where, const char *group,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Base64 with white space. Errors: TRUST_INPUT_MALFORMED. */
bool import_base64(struct trust_bytes text, struct trust_secret **ret_bytes,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Text only, and of base64 only? */
bool import_looks_like_base64(struct trust_bytes bytes);
/* Text in UTF-16, by its byte order mark? */
bool import_is_utf16(struct trust_bytes bytes);
/* Does the text, white space, case and byte order mark aside, begin with this word? */
bool import_begins_with_word(struct trust_bytes bytes, const char *word);
/* What is behind the certificate in a TRUSTED CERTIFICATE block, as a note and as a name. */
void import_read_purposes(
    struct import_file *file, struct import_part *part, struct trust_bytes aux);

/* The certificates of a SignedData. `where` begins every part's place: "block 2, line 9, "; may be
 * "". */
bool import_add_pkcs7(struct import_file *file, struct trust_bytes bytes, const char *where,
    struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Do the bytes begin with these ASN.1 elements, DER or BER? In the path each element is its tag as
 * two hexadecimal digits, then "=03" when its content is this one byte, then '>' to go on inside it
 * or
 * '.' to go on behind it. An element that goes beyond the end is gone behind well: a file cut short
 * is still named by what it was.
 */
bool import_begins(struct trust_bytes bytes, const char *path);

#endif
