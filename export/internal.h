/* SPDX-License-Identifier: MPL-2.0 */
#ifndef EXPORT_INTERNAL_H
#define EXPORT_INTERNAL_H

/* What the formats share; included by export/ alone. */

#include <signal.h>

#include "export/export.h"

/* ---- the encoders, one file each ------------------------------------------------------------ */

#define EXPORT_ENCODER(name)                                                                       \
	bool name(const struct export_request *request, struct trust_buffer *ret_bytes,            \
	    struct trust_error *error) TRUST_MUST_CHECK
#define EXPORT_FILES_ENCODER(name)                                                                 \
	bool name(const struct export_request *request, struct export_files *ret_files,            \
	    struct trust_error *error) TRUST_MUST_CHECK

EXPORT_ENCODER(export_pem);
EXPORT_ENCODER(export_der);
EXPORT_ENCODER(export_pkcs7);
EXPORT_ENCODER(export_pkcs7_pem);
EXPORT_ENCODER(export_pkcs8);
EXPORT_ENCODER(export_pkcs12);
EXPORT_ENCODER(export_openssl_trusted);
EXPORT_FILES_ENCODER(export_openssl_directory);
EXPORT_FILES_ENCODER(export_ca_certificates);
EXPORT_ENCODER(export_java_pkcs12);
EXPORT_ENCODER(export_jks);
EXPORT_ENCODER(export_p11_kit);
EXPORT_ENCODER(export_certutil);
EXPORT_FILES_ENCODER(export_firefox_policy);
EXPORT_ENCODER(export_chromium_policy);
EXPORT_ENCODER(export_mobileconfig);
EXPORT_ENCODER(export_ansible);
EXPORT_FILES_ENCODER(export_networkmanager);
EXPORT_FILES_ENCODER(export_wpa_supplicant);
EXPORT_FILES_ENCODER(export_strongswan);
EXPORT_FILES_ENCODER(export_openvpn);

bool export_is_hashed_name(const char *name, const struct export_files *files) TRUST_MUST_CHECK;
bool export_is_own_hashed_name(const char *name, const struct trust_cert *cert) TRUST_MUST_CHECK;
void export_number_hashed_names(int directory, struct export_files *files);
bool export_is_crt_name(const char *name, const struct export_files *files) TRUST_MUST_CHECK;
bool export_is_own_crt_name(const char *name, const struct trust_cert *cert) TRUST_MUST_CHECK;

extern const char *const export_strongswan_directories[];
bool export_is_swanctl_name(const char *name, const struct export_files *files) TRUST_MUST_CHECK;
bool export_is_own_swanctl_name(const char *name, const struct trust_cert *cert) TRUST_MUST_CHECK;

/* ---- keys: formats.c ------------------------------------------------------------------------ */

/*
 * Are all keys EncryptedPrivateKeyInfo, as export.h demands? The last look before bytes leave, so
 * that no mistake elsewhere can write a readable key. Errors: TRUST_BUG.
 */
bool export_check_keys(
    const struct export_request *request, struct trust_error *error) TRUST_MUST_CHECK;

/* ---- encryption: protect.c ------------------------------------------------------------------ */

/* How something is encrypted with a password. */
struct export_protection {
	enum export_cipher cipher;
	struct trust_bytes password; /* UTF-8; borrowed */
	unsigned rounds;
};

/* AlgorithmIdentifier with fresh salt, then the ciphertext in an element of this tag. */
void export_put_encrypted(struct trust_buffer *out, const struct export_protection *protection,
    uint8_t tag, struct trust_bytes plain);
/*
 * The part's key as EncryptedPrivateKeyInfo under the request's password: as it came, or encrypted
 * anew. With plain_key: PrivateKeyInfo. Errors: TRUST_BUG.
 */
bool export_key_bytes(const struct export_request *request, const struct export_part *part,
    const struct export_protection *protection, struct trust_buffer *ret_bytes,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The same as a PEM block. */
bool export_put_key_block(const struct export_request *request, const struct export_part *part,
    struct trust_buffer *out, struct trust_error *error) TRUST_MUST_CHECK;

/* ---- DER: asn1.c ---------------------------------------------------------------------------- */

#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"

/* Content is written first and then wrapped, from the inside to the outside. */
void export_begin(struct trust_buffer *buffer);
void export_wrap(struct trust_buffer *buffer, uint8_t tag);
void export_append(struct trust_buffer *out, const struct trust_buffer *part);
/* SEQUENCE { type, [0] content }: ContentInfo, CertBag, and with attributes SafeBag. */
void export_put_typed(struct trust_buffer *out, const char *type, struct trust_buffer *content,
    const struct trust_buffer *attributes);
/* AlgorithmIdentifier; without parameters they are NULL, with empty ones absent. */
void export_put_algorithm(
    struct trust_buffer *out, const char *oid, const struct trust_buffer *parameters);
/* SEQUENCE { type, SET { value } }: Attribute; the value is empty afterwards. */
void export_put_attribute(struct trust_buffer *out, const char *type, struct trust_buffer *value);
/* Sort encodings as DER sorts a SET OF (X.690 section 11.6), and append them. */
void export_append_sorted(struct trust_buffer *out, struct trust_buffer *parts, size_t count);
/* The purposes for which the part has this state, as a run of OIDs. */
void export_put_purposes(
    struct trust_buffer *out, const struct export_part *part, enum trust_state state);

/* ---- signed messages: cms.c ------------------------------------------------------------------ */

/* The content within a SignedData, as DER. Errors: those of the signer. */
bool export_cms(const struct export_signer *signer, struct trust_bytes content,
    struct trust_buffer *ret_bytes, struct trust_error *error) TRUST_MUST_CHECK;
/* CertificateSet with its tag [0]; a SET OF, so DER sorts it. */
void export_put_cert_set(
    struct trust_buffer *out, const struct trust_cert *const *certs, size_t count);

/* ---- PKCS #12: pkcs12.c --------------------------------------------------------------------- */

/* trusted: each certificate says that it is a trust anchor, as Java wants it. */
bool export_pfx(const struct export_request *request, const struct export_preset *preset,
    bool trusted, struct trust_buffer *ret_bytes, struct trust_error *error) TRUST_MUST_CHECK;

/* ---- words: words.c ------------------------------------------------------------------------- */

void export_put_block(struct trust_buffer *out, const char *label, struct trust_bytes bytes);
/* What is within a block; text that export_put_block() would not write may pass, too. */
bool export_take_block(
    struct trust_bytes text, const char *label, struct trust_buffer *ret_bytes) TRUST_MUST_CHECK;
void export_put_base64(struct trust_buffer *out, struct trust_bytes bytes); /* in one line */
void export_put_json(struct trust_buffer *out, const char *text);           /* with its quotes */
void export_put_xml(struct trust_buffer *out, const char *text);
void export_put_shell(struct trust_buffer *out, const char *text); /* one word of a shell */
/* Of a digest's first 16 bytes, in small letters. Owned by the caller. */
char *export_uuid(const uint8_t digest[]) TRUST_MUST_CHECK;
/* The part's name for people: displayable, never empty. Owned by the caller. */
char *export_part_words(const struct export_part *part) TRUST_MUST_CHECK;
/* Letters, digits, '-', '_' and '.', not beginning with a dot, with digits of the identifier at its
 * end so that no two certificates share one. Owned by the caller. */
char *export_part_file_name(const struct export_part *part, const char *extension) TRUST_MUST_CHECK;
/* Could that be such a name, whatever the certificate was called then? */
bool export_is_file_name_of(
    const struct trust_cert *cert, const char *name, const char *extension) TRUST_MUST_CHECK;

/* ---- names that are told apart: unique.c ----------------------------------------------------- */

struct export_unique {
	void *tree;
	bool any_case; /* names that differ in case alone are equal */
};
#define EXPORT_AUTO_UNIQUE __attribute__((cleanup(export_unique_done))) struct export_unique
void export_unique_done(struct export_unique *names);
/* Takes text; " #2" and so on behind it when it is in use. Borrowed from names. */
const char *export_unique_name(struct export_unique *names, char *text);

/* ---- directories: files.c ------------------------------------------------------------------- */

/* Takes name. Valid until the next one is added. */
struct trust_buffer *export_files_add(struct export_files *files, char *name, bool secret);

/* CA, certificate with its chain and key of a network program, under these names; the key's is
 * secret. Errors: TRUST_USAGE when there is no identity or no anchor; TRUST_BUG. */
struct export_network_names {
	const char *ca;
	const char *cert;
	const char *key;
};
bool export_network_files(const struct export_request *request,
    const struct export_network_names *names, struct export_files *files,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The identity's name as one word of ASCII letters, digits and '-'; of a name that has more than
 * letters, digits and single blanks, or is too long, with digits of its digest, so that two do not
 * get one word. Owned by the caller. */
char *export_network_word(const struct export_request *request) TRUST_MUST_CHECK;
/* The identity a server is told: its first e-mail address, else its CN. Owned by the caller. */
char *export_network_identity(const struct export_request *request) TRUST_MUST_CHECK;

/* ---- what is there already: left.c ----------------------------------------------------------- */

/* A regular file as a whole; no link is followed, no pipe waited for. */
bool export_read_file(
    int directory, const char *name, struct trust_buffer *ret_text) TRUST_MUST_CHECK;

/* ---- writing: save.c ------------------------------------------------------------------------ */

void export_hold_signals(sigset_t *ret_before);
/* Of those held, did one come that ends the program? */
bool export_is_wanted_to_end(void) TRUST_MUST_CHECK;
void export_release_signals(const sigset_t *before);
/* As export_save(), with the path that errors name. */
bool export_save_as(const char *path, const char *called, struct trust_bytes bytes, bool secret,
    bool overwrite, struct trust_error *error) TRUST_MUST_CHECK;
/* TRUST_OUTPUT, with what to do about errno_value; path is displayable. Returns false. */
bool export_fail_write(const char *path, int errno_value, struct trust_error *error);

#endif
