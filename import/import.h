/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_H
#define IMPORT_H

/*
 * Bytes people were handed, decoded into certificates and keys. A format is one file and one row of
 * the table in formats.c; it is recognised by content, never by extension.
 *
 * Decoding happens in a child process without any store open (import_decode() forks, limits memory
 * and time, and receives the parts over a pipe): untrusted bytes meet no key, no password of a
 * store and no NSS, which refuses a certificate whose issuer and serial any open store knows. The
 * formats themselves are pure functions from bytes to parts, so they are tested and fuzzed without
 * a fork.
 *
 * Every block of a file becomes a part, also those that are refused: a file is accounted for whole.
 */

#include "core/base.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/secret.h"

struct trust_cert;
struct trust_crl;

enum import_part_kind {
	IMPORT_CERTIFICATE,
	IMPORT_KEY,
	IMPORT_CRL,
	IMPORT_SKIPPED, /* known and not wanted: a request, a public key ...; `reason` says what */
	IMPORT_REFUSED, /* damaged or not to be processed; `reason` says why */
};

struct import_part {
	enum import_part_kind kind;
	struct trust_cert *cert;    /* owned; for CERTIFICATE */
	struct trust_crl *crl;      /* owned; for CRL */
	struct trust_secret *pkcs8; /* owned; PrivateKeyInfo, for KEY */
	char *friendly_name;        /* owned, raw UTF-8, may be NULL */
	char *group;                /* owned, displayable: parts that belong together; NULL: none */
	char *key_words;            /* owned, displayable: "RSA 2048 bits", for KEY */
	int cert_index;       /* KEY: the part that is its certificate, -1 when none matches */
	char *where;          /* owned, displayable: "block 3, line 41", "certificate bag 2" */
	char *reason;         /* owned, displayable; for SKIPPED and REFUSED */
	enum trust_code code; /* REFUSED: the code the reason would have as an error */
};

struct import_file {
	const char *format; /* static: "PEM", "DER certificate", "PKCS #12" */
	char *name;         /* owned, displayable: the file's name, "standard input" */
	uint8_t digest[TRUST_SHA256_BYTES]; /* SHA-256 of the bytes */
	struct import_part *parts;
	size_t count;
	char *protection; /* owned, displayable; PKCS #12: "MAC SHA-256 with 2048 rounds; ..." */
	char **notes;     /* owned array of owned displayable lines: weak ciphers and the like */
	size_t note_count;
	struct import_fact *facts; /* owned array: what a doctor would want to know of the file */
	size_t fact_count;
	unsigned needs; /* import_need: what a program must know to read it */

	/* Passwords that are in the file itself. */
	bool may_use_embedded; /* set before decoding: it was said that they are there */
	char *embedded;        /* owned, displayable: whose password the file carries; NULL: none */
	/* Set before decoding: no password is to be had, and what needs one is a refused part. */
	bool leave_closed;
	bool unchecked; /* only a password tells whether the file was changed, and there was none */
	unsigned depth; /* of formats in formats */
};

struct import_fact {
	char *name;  /* owned, displayable: "MAC" */
	char *value; /* owned, displayable */
};

/* What reading a PKCS #12 file asks for; data/p12_readers.def says which programs have it. */
enum import_need {
	IMPORT_NEED_RC2_40 = 1 << 0,
	IMPORT_NEED_RC = 1 << 1,   /* RC4 with 40 bits, or RC2 with 128 */
	IMPORT_NEED_3DES = 1 << 2, /* in the schemes of PKCS #12 */
	IMPORT_NEED_AES = 1 << 3,  /* PBES2 */
	IMPORT_NEED_MAC_SHA1 = 1 << 4,
	IMPORT_NEED_MAC_SHA2 = 1 << 5,
	IMPORT_NEED_PBMAC1 = 1 << 6,
	IMPORT_NEED_NO_MAC = 1 << 7,
	IMPORT_NEED_PRF_SHA512 = 1 << 8, /* PBKDF2 with HMAC-SHA-384 or -512 */
	IMPORT_NEED_RC4 = 1 << 9,        /* with 128 bits */
	IMPORT_NEED_2DES = 1 << 10,      /* 3DES with two keys */
	IMPORT_NEED_PBES2_3DES = 1 << 11,
	IMPORT_NEED_AES_192 = 1 << 12, /* besides AES */
	IMPORT_NEED_CAMELLIA = 1 << 15,
	/* What only an opened file shows. */
	IMPORT_NEED_KEY_EDWARDS = 1 << 13,  /* Ed25519, Ed448 */
	IMPORT_NEED_KEY_EXPLICIT = 1 << 14, /* EC with its curve spelled out */
};
void import_file_free(struct import_file *file);
TRUST_DEFINE_AUTO(import_file, import_file_free)

/* A program that reads PKCS #12 files. */
struct import_reader {
	const char *program;
	unsigned lacks;     /* import_need */
	const char *source; /* how it is known */
};
extern const struct import_reader import_readers[];
extern const size_t import_reader_count;
/* "RC2 with 40 bits, no MAC"; owned by the caller. */
char *import_need_words(unsigned needs) TRUST_MUST_CHECK;

/*
 * Read a path ("-": standard input) whole. Refuses directories, devices and what is larger than
 * TRUST_MAX_FILE_BYTES; a FIFO or standard input is read until the limit.
 *
 * Errors: TRUST_INPUT_OPEN, TRUST_INPUT_LIMIT. Data may be secret (a key file): the caller frees it
 * with trust_secret_free().
 */
bool import_read(
    const char *path, struct trust_secret **ret_bytes, struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Decode in a child process.
 *
 * name    for messages; "-" reads as "standard input"
 * asker   asked for a password when the file needs one, in this process, up to 3 times; a PKCS #12
 *         file is first tried with the empty password in both of its spellings. One that was given
 *         also checks a file that can be read without
 * Errors: TRUST_INPUT_UNKNOWN (the hint says what it looks like), _MALFORMED, _LIMIT, _PASSWORD,
 * _UNSUPPORTED. A file of which at least one block is good is a success.
 */
bool import_decode(const char *name, struct trust_bytes bytes, const struct trust_asker *asker,
    struct import_file **ret_file, struct trust_error *error) TRUST_MUST_CHECK;

/* The same with all that can be wished. */
struct import_request {
	const char *name;
	struct trust_bytes bytes;
	const struct trust_asker *asker; /* NULL: nobody can be asked */
	/* Called before a password is used that the file itself carries; NULL: it is not used. */
	void (*tell)(void *context, const char *words);
	void *context;
};
bool import_decode_request(const struct import_request *request, struct import_file **ret_file,
    struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Another store as a file: the certificates and revocation lists of an NSS directory, and its keys
 * when the password is empty or the asker knows it; else they are refused parts. Trust is told in
 * notes. In this process, read-only, but for the keys, which NSS takes out of a copy.
 */
bool import_read_store(const char *path, const struct trust_asker *asker,
    struct import_file **ret_file, struct trust_error *error) TRUST_MUST_CHECK;
struct import_server {          /* everything borrowed */
	const char *target;     /* "host:port", as trust_probe_target_parse() reads it */
	const char *starttls;   /* the protocol it begins with, a word of core/probe.h; NULL: what
				   the port is known for */
	const char *connect_ip; /* where it is; NULL: where its name says */
	unsigned ip_version;    /* 4, 6, or 0 for any */
};
/*
 * The chain that a server sends, as a file.
 *
 * Errors: TRUST_USAGE, TRUST_INPUT_OPEN (no certificate came, with the reason).
 */
bool import_read_server(const struct import_server *server, struct import_file **ret_file,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Is this path a directory with a store in it, be it of the old format, which cannot be read? */
bool import_is_store(const char *path);
/* Can a key be compared with certificates? Of DSA and of curves that are not computed here nobody
 * knows whether one of them is its. */
bool import_key_is_comparable(const struct import_part *key);
/* Turn a key that is restricted to RSA-PSS into a plain RSA key. False: it is none. */
bool import_key_as_rsa(struct import_part *part);

/* What is known of a file without any password: its format, protection, facts, needs and notes;
 * with the parts of those that need none, and what is known of those that cannot be read with
 * any. NULL: nothing. */
struct import_file *import_survey(const char *name, struct trust_bytes bytes);

/* ---- for the formats ------------------------------------------------------------------- */

struct import_format {
	const char *name;    /* "PEM" */
	const char *summary; /* for the manual */
	bool (*recognise)(struct trust_bytes bytes);
	/* password: NULL when none was given yet. TRUST_INPUT_PASSWORD asks for one (again). */
	bool (*decode)(struct trust_bytes bytes, const struct trust_secret *password,
	    struct import_file *file, struct trust_error *error);
};
extern const struct import_format *const import_formats[];
extern const size_t import_format_count;

/* Append an empty part; never NULL. Counts are bounded by TRUST_MAX_BLOCKS: NULL beyond it. */
struct import_part *import_add_part(struct import_file *file, enum import_part_kind kind);
/* A part from one DER certificate: CERTIFICATE, or REFUSED with the reason. */
struct import_part *import_add_cert(struct import_file *file, struct trust_bytes der, char *where);
/* A part from one DER revocation list: CRL, or REFUSED with the reason. */
struct import_part *import_add_crl(struct import_file *file, struct trust_bytes der, char *where);
void import_add_fact(struct import_file *file, const char *name, const char *format, ...)
    TRUST_PRINTF(3, 4);
void import_add_note(struct import_file *file, const char *format, ...) TRUST_PRINTF(2, 3);
/* Find each key's certificate by its public key. */
void import_match_keys(struct import_file *file);
/* import_decode() in this process, with one password: for tests and fuzzing. */
bool import_decode_here(const char *name, struct trust_bytes bytes,
    const struct trust_secret *password, struct import_file **ret_file,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
