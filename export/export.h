/* SPDX-License-Identifier: MPL-2.0 */
#ifndef EXPORT_H
#define EXPORT_H

/*
 * Certificates and identities written for other programs. A format is one file and one row of the
 * table in formats.c, which also says what the format cannot carry. Encoders are pure (but for the
 * salts of PKCS #12): parts in, bytes out; export_save() is the one place that writes files.
 *
 * A private key arrives here only as EncryptedPrivateKeyInfo, already encrypted by NSS with the
 * password of the file to be written, and leaves as such.
 */

#include "core/base.h"
#include "core/buffer.h"
#include "core/secret.h"
#include "core/trust.h"

struct trust_cert;
struct trust_error;

struct export_part {
	const struct trust_cert *cert;            /* borrowed */
	const struct trust_secret *encrypted_key; /* borrowed; NULL: without key */
	const char *friendly_name;                /* borrowed UTF-8; may be NULL */
	struct trust_states states;               /* for formats that carry trust */
};

struct export_request {
	const struct export_part *parts; /* borrowed */
	size_t count;
	const struct trust_secret *password; /* borrowed; for formats that need one */
	unsigned rounds;                     /* of PBKDF2 and of the MAC; 0: the format's default */
	bool header_text;                    /* PEM: subject, issuer, dates above a certificate */
};

struct export_format {
	const char *name; /* "pem": the word for --format */
	const char *summary;
	const char *extension; /* ".pem"; the output file's extension chooses the format too */
	bool carries_keys;
	bool needs_password;
	bool single;              /* holds exactly one certificate */
	bool text;                /* fit for a terminal; takes header_text */
	const char *cannot_carry; /* words, NULL: nothing is lost */
	/*
	 * Append the file's bytes; whether they fit ret_bytes is the caller's to check.
	 * Errors: TRUST_USAGE for what the format cannot hold; TRUST_BUG for a readable key.
	 */
	bool (*encode)(const struct export_request *request, struct trust_buffer *ret_bytes,
	    struct trust_error *error);
};
extern const struct export_format export_formats[];
extern const size_t export_format_count;
/* NULL when there is none. */
const struct export_format *export_format_by_name(const char *name);
const struct export_format *export_format_by_path(const char *path); /* .pfx, .crt, .cer too */

/* PBKDF2 rounds for keys and PKCS #12 files; OWASP's figure for HMAC-SHA-256 and NSS's own. */
#define EXPORT_ROUNDS 600000

/*
 * Write a file atomically: temporary file beside it (mode 0600 from its first byte when `secret`,
 * else 0666 less the umask), fsync, rename (or link, when an existing file must not be replaced),
 * fsync of the directory. Whatever fails, the temporary file is gone and an existing file is as it
 * was; signals that would end the program wait meanwhile.
 *
 * path  "-" is not for this function. A directory, device, pipe or dangling symbolic link is
 * refused. A symbolic link to a regular file stays: the file it leads to is replaced, in that
 * file's directory, unless the link belongs to neither this user nor root. Errors: TRUST_OUTPUT;
 * TRUST_REFUSED when the file exists and `overwrite` is false (the hint names
 * --force), and for another user's link.
 */
bool export_save(const char *path, struct trust_bytes bytes, bool secret, bool overwrite,
    struct trust_error *error) TRUST_MUST_CHECK;
/* What export_save() would refuse of this path, known before a password is asked for. Same errors.
 */
bool export_save_check(
    const char *path, bool overwrite, struct trust_error *error) TRUST_MUST_CHECK;

#endif
