/* SPDX-License-Identifier: MPL-2.0 */
#ifndef EXPORT_H
#define EXPORT_H

/*
 * Certificates and identities written for other programs. A format is one file and one row of the
 * table in formats.c, which also says what the format can carry. Encoders are pure (but for
 * salts): parts in, bytes out; export_save() and export_save_files() are what writes.
 *
 * A private key arrives here only as EncryptedPrivateKeyInfo: encrypted by NSS with the password of
 * the file to be written, or with a throw-away one (`key_password`), when the format wants it
 * otherwise. It leaves encrypted too, unless `plain_key` was asked for.
 */

#include "core/base.h"
#include "core/buffer.h"
#include "core/kdf.h"
#include "core/secret.h"
#include "core/time.h"
#include "core/trust.h"

struct trust_cert;
struct trust_error;

enum export_role { /* of a part, for the network programs */
	EXPORT_ROLE_SUBJECT,
	EXPORT_ROLE_CHAIN,  /* an issuer of the subject */
	EXPORT_ROLE_ANCHOR, /* what the peer is checked against */
};

struct export_part {
	const struct trust_cert *cert;            /* borrowed; NULL only where key_alone */
	const struct trust_secret *encrypted_key; /* borrowed; NULL: without key */
	const char *friendly_name;                /* borrowed UTF-8; may be NULL */
	enum export_role role;
	struct trust_states states; /* for formats that carry trust */
	struct trust_time distrust_after[TRUST_USAGES];
	bool has_distrust_after[TRUST_USAGES];
};

/* How a PKCS #12 file is protected, by who shall read it: data/pkcs12_presets.def. */
enum export_cipher {
	EXPORT_CIPHER_AES256,     /* PBES2, PBKDF2-HMAC-SHA-256, AES-256-CBC */
	EXPORT_CIPHER_TRIPLE_DES, /* pbeWithSHAAnd3-KeyTripleDES-CBC */
};
struct export_preset {
	const char *name; /* "modern": the word for --preset */
	enum export_cipher cipher;
	enum trust_hash mac;
	unsigned rounds;
};
extern const struct export_preset export_presets[]; /* the first is the default */
extern const size_t export_preset_count;
const struct export_preset *export_preset_by_name(const char *name); /* NULL: none */

/* Who signs what is written: a certificate, its issuers, and a key that stays in its store. */
struct export_signer {
	const struct trust_cert *const *certs; /* borrowed; the signer's first */
	size_t count;
	struct trust_time at;
	/* SHA-256 with PKCS #1 v1.5 or ECDSA (DER) by the kind of key, over `data`. */
	bool (*sign)(void *context, struct trust_bytes data, struct trust_secret **ret_signature,
	    struct trust_error *error);
	void *context;
};

struct export_request {
	const struct export_part *parts; /* borrowed */
	size_t count;
	const struct trust_secret *password;     /* borrowed; for formats that need one */
	const struct trust_secret *key_password; /* borrowed; the keys are encrypted with this one
						    instead; NULL: with `password` */
	const struct export_preset *preset;      /* PKCS #12; NULL: modern */
	unsigned rounds;   /* of PBKDF2 and of the MAC; 0: the preset's or format's own */
	bool header_text;  /* PEM: subject, issuer, dates above a certificate */
	bool plain_key;    /* a readable private key; needs key_password */
	const char *title; /* borrowed; of a profile; NULL: a title of ours */
	const struct export_signer *signer; /* borrowed; of a profile; NULL: unsigned */
	/* The network programs: */
	const char *directory; /* borrowed; absolute: where the files will lie */
	const char *network;   /* borrowed; the name of the Wi-Fi; NULL: a place to fill in */
	const char *server;    /* borrowed; the host of the gateway or the name of the
				  authentication server; NULL: a place to fill in */
};

/* Files of a format that is a directory. */
struct export_file {
	char *name; /* owned; relative; at most one directory deep */
	struct trust_buffer bytes;
	bool secret; /* mode 0600 */
};
struct export_files {
	struct export_file *list; /* owned */
	size_t count;
};
#define EXPORT_AUTO_FILES __attribute__((cleanup(export_files_done))) struct export_files
void export_files_done(struct export_files *files);

struct export_format {
	const char *name; /* "pem": the word for --format, or for --for */
	const char *summary;
	const char *extension; /* ".pem"; "" for a directory */
	bool by_extension;     /* the output file's extension chooses the format */
	bool carries_keys;     /* with --with-key, or always when needs_identity */
	bool needs_identity;
	bool needs_password;
	bool single;           /* holds exactly one certificate, or key */
	bool key_alone;        /* holds no certificate */
	bool text;             /* fit for a terminal */
	bool header;           /* takes header_text */
	bool trust_list;       /* whoever reads it trusts what is in it */
	bool per_usage;        /* ... for the usages it says, and distrusts for others */
	const bool *taken_for; /* what a list without usages is read for; NULL: for all */
	bool carries_peer;     /* that one certificate is accepted directly */
	bool carries_dates;    /* distrust-after */
	bool trust_by_key;     /* what is said of one certificate counts for all with its key */
	bool wants_roots;      /* its readers end a chain only at what is its own issuer */
	bool ignores_limits;   /* its readers do not apply name constraints of a root */
	bool wants_names;      /* its readers take no file that has a certificate without a name */
	bool intermediates;    /* a trust list that takes undecided intermediates along */
	bool network;          /* CA, certificate and key of one program: --for */
	const char *default_password; /* everybody's, where nothing is secret; NULL: none */
	const char *advice;           /* what to do with it; DIR and FILE stand for the output;
					 NULL: nothing */
	/*
	 * Append the file's bytes; whether they fit ret_bytes is the caller's to check. The second
	 * is for directories; exactly one is set.
	 * Errors: TRUST_USAGE for what the format cannot hold; TRUST_BUG for a readable key.
	 */
	bool (*encode)(const struct export_request *request, struct trust_buffer *ret_bytes,
	    struct trust_error *error);
	bool (*encode_files)(const struct export_request *request, struct export_files *ret_files,
	    struct trust_error *error);
	/* Of directories whose reader would use what an earlier export left there; all or none but
	 * the first, which is NULL when there are no subdirectories. Would it take a file of this
	 * name for one of the certificates or keys that these files bring? Could an export of ours
	 * have given the certificate, or the key (cert is NULL), this name? */
	const char *const *directories;
	bool (*is_left_name)(const char *name, const struct export_files *files);
	bool (*is_own_name)(const char *name, const struct trust_cert *cert);
	/* Rename the files so that none takes the place of another certificate that is there; NULL:
	 * names say whose file it is. */
	void (*make_room)(int directory, struct export_files *files);
	/* The name of the file among them to be shown: what is to be pasted; NULL: none. */
	const char *snippet;
};
extern const struct export_format export_formats[];
extern const size_t export_format_count;
/* NULL when there is none. */
const struct export_format *export_format_by_name(const char *name);
const struct export_format *export_format_by_path(const char *path); /* .pfx, .crt, .cer too */

/* PBKDF2 rounds for keys and PKCS #12 files; OWASP's figure for HMAC-SHA-256 and NSS's own. */
#define EXPORT_ROUNDS 600000

/*
 * May this certificate go into this trust list? Trusted for the usage the list's reader will take
 * it for (tls-server unless `usages` says otherwise; any where the list itself tells usages) and
 * distrusted for none of them, or an intermediate without distrust where the list takes those.
 *
 * usages  borrowed; NULL: none was asked for
 */
bool export_fits(const struct export_format *format, const struct trust_cert *cert,
    struct trust_states states, const bool usages[TRUST_USAGES]);

/* Can its readers take a file with this certificate in it? */
bool export_is_readable(const struct export_format *format, const struct trust_cert *cert);

/*
 * Two certificates with one key of which the reader would take one for what the other is trusted
 * for alone. False: there are none.
 *
 * ret_pair  borrowed from parts; valid when true
 */
bool export_find_widened(const struct export_format *format, const struct export_part *parts,
    size_t count, const struct export_part *ret_pair[2]) TRUST_MUST_CHECK;

/* ---- what is lost --------------------------------------------------------------------------- */

struct export_loss {
	const char *kind; /* static: "trust", "usages", "distrust", "distrust-after", "name-limits",
			     "no-root", "nameless", "left-out", "peer" */
	size_t count;     /* certificates */
	char *words;      /* owned, displayable: a sentence without full stop */
};
struct export_losses {
	struct export_loss *list; /* owned */
	size_t count;
};
#define EXPORT_AUTO_LOSSES __attribute__((cleanup(export_losses_done))) struct export_losses
void export_losses_done(struct export_losses *losses);
/* Trust, distrust, dates and limits of the parts that the format cannot tell. */
void export_losses_find(const struct export_format *format, const struct export_part *parts,
    size_t count, struct export_losses *losses);
/* Certificates distrusted here that a trust list leaves out and so cannot say anything about.
 * first  borrowed; the name of one of them */
void export_losses_left_out(const struct export_format *format, size_t count, const char *first,
    struct export_losses *losses);

/* Certificates left out because they are trusted for some of the usages asked only. */
void export_losses_narrow(size_t count, const char *first, struct export_losses *losses);
/* Certificates left out because the format's readers could not take the whole file with them. */
void export_losses_unreadable(size_t count, const char *first, struct export_losses *losses);

/* ---- writing -------------------------------------------------------------------------------- */

/*
 * Write a file atomically: temporary file beside it (mode 0600 from its first byte when `secret`,
 * else 0666 less the umask), fsync, rename (or link, when an existing file must not be replaced),
 * fsync of the directory. Whatever fails, the temporary file is gone and an existing file is as it
 * was; signals that would end the program wait meanwhile.
 *
 * path  "-" is not for this function. A directory, device, pipe or dangling symbolic link is
 *       refused. A symbolic link to a regular file stays: the file it leads to is replaced, in
 *       that file's directory, unless the link belongs to neither this user nor root.
 *
 * Errors: TRUST_OUTPUT; TRUST_REFUSED when the file exists and `overwrite` is false (the hint names
 * --force), and for another user's link.
 */
bool export_save(const char *path, struct trust_bytes bytes, bool secret, bool overwrite,
    struct trust_error *error) TRUST_MUST_CHECK;
/* What export_save() would refuse of this path, known before a password is asked for. Same
 * errors. */
bool export_save_check(
    const char *path, bool overwrite, struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Write files into a directory. One that is not there appears whole or not at all, with mode 0700
 * when a file is secret. In one that is, each file appears whole, and an error says how many did;
 * nothing is written when one of them exists and `overwrite` is false. Secrets do not go into
 * another user's directory, nor anything through another user's link. Errors: as export_save().
 */
bool export_save_files(const char *directory, const struct export_files *files, bool overwrite,
    struct trust_error *error) TRUST_MUST_CHECK;
/* What can be refused of the directory before the files are known. Same errors. */
bool export_save_files_check(
    const char *directory, bool secret, struct trust_error *error) TRUST_MUST_CHECK;

/* Before files are added to a directory that may be there: names that drop none of its
 * certificates. */
void export_make_room(
    const struct export_format *format, const char *directory, struct export_files *files);

/* Files that a directory holds beside those of an export, and that its reader uses all the same: of
 * an earlier export, or of somebody else. */
struct export_left_file {
	char *name; /* owned */
	bool ours;  /* a regular file that an export left, byte for byte, under its own name */
};
struct export_left {
	struct export_left_file *list; /* owned; by name */
	size_t count;
};
#define EXPORT_AUTO_LEFT __attribute__((cleanup(export_left_done))) struct export_left
void export_left_done(struct export_left *left);
/* None where the format is no such directory, or the directory is not there. Errors: TRUST_OUTPUT
 * when it cannot be listed. */
bool export_left_find(const struct export_format *format, const char *directory,
    const struct export_files *files, struct export_left *ret_left,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Remove those that are ours, never another. Errors: TRUST_OUTPUT. */
bool export_left_remove(const struct export_format *format, const char *directory,
    const struct export_left *left, struct trust_error *error) TRUST_MUST_CHECK;

#endif
