/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PEM (RFC 7468, and RFC 1421 as OpenSSL kept it for keys): blocks of base64 between BEGIN and END
 * marks, with any text around them. A BEGIN mark counts at the start of a line and right behind an
 * END mark, which is what files look like that were joined without a final newline; an END mark
 * counts anywhere. Blocks that are broken are refused one by one, and each byte is looked at a
 * fixed number of times whatever the others are.
 */

#include "import/pem.h"

#include <string.h>

#include "core/der.h"
#include "core/progress.h"
#include "core/text.h"
#include "import/crypt.h"
#include "import/internal.h"

/* ---- kinds of blocks ----------------------------------------------------------------------- */

struct pem {
	struct import_file *file;
	const struct import_password *password; /* NULL: none was given yet */
	uint64_t budget;
	size_t opened;
	size_t wrong;
};

/* Each takes `where`. False, with the error filled, only when the file cannot go on. */
typedef bool adder(struct pem *pem, const struct import_pem_block *block, struct trust_bytes der,
    char *where, struct trust_error *error);

/* What other formats are, between a BEGIN and an END line. */
static bool
add_nested(struct pem *pem, const struct import_pem_block *block, struct trust_bytes der,
    char *where, struct trust_error *error)
{
	TRUST_AUTO_FREE char *place = where;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_secret) *password = pem->password
	    ? trust_secret_new(pem->password->utf8.data, pem->password->utf8.size)
	    : NULL;

	(void)block;
	if (import_decode_nested(pem->file, der, password, place, NULL, &failed)) {
		pem->opened++;
		return true;
	}
	if (failed.code == TRUST_INPUT_PASSWORD && !pem->file->leave_closed && !pem->password) {
		trust_error_move(error, &failed);
		return false;
	}
	pem->wrong += pem->password && failed.code == TRUST_INPUT_PASSWORD;
	return import_add_failed(pem->file, trust_steal(&place), &failed) ||
	    import_fail_full(error);
}

static bool
add_certificate(struct pem *pem, const struct import_pem_block *block, struct trust_bytes der,
    char *where, struct trust_error *error)
{
	if (!import_is_pkcs7(der))
		return import_add_cert(pem->file, der, where) || import_fail_full(error);
	if (import_is_signed_profile(der))
		return add_nested(pem, block, der, where, error);
	/* Windows' certificate services label their PKCS #7 chains so. */
	TRUST_AUTO_FREE char *prefix = trust_printf("%s, ", where);
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	if (!import_add_pkcs7(pem->file, der, prefix, &failed))
		return import_add_failed(pem->file, where, &failed) || import_fail_full(error);
	trust_free(where);
	return true;
}

/* OpenSSL's own: a certificate and behind it what it is to be trusted for. */
static bool
add_trusted(struct pem *pem, const struct import_pem_block *block, struct trust_bytes der,
    char *where, struct trust_error *error)
{
	struct trust_der reader = trust_der_init(der);
	struct trust_der_element cert;

	if (!trust_der_next(&reader, &cert))
		return add_certificate(pem, block, der, where, error);
	const struct trust_bytes aux = { reader.at, (size_t)(reader.end - reader.at) };
	size_t index = pem->file->count;
	if (!add_certificate(pem, block, cert.whole, where, error))
		return false;
	if (index + 1 == pem->file->count)
		import_read_purposes(pem->file, &pem->file->parts[index], aux);
	return true;
}

static bool
add_crl(struct pem *pem, const struct import_pem_block *block, struct trust_bytes der, char *where,
    struct trust_error *error)
{
	(void)block;
	return import_add_crl(pem->file, der, where) || import_fail_full(error);
}

static bool
add_pkcs7(struct pem *pem, const struct import_pem_block *block, struct trust_bytes der,
    char *where, struct trust_error *error)
{
	if (import_is_pkcs7(der))
		return add_certificate(pem, block, der, where, error);
	return import_add_refused(pem->file, TRUST_INPUT_MALFORMED, where,
		   "it is not PKCS #7 data with certificates") ||
	    import_fail_full(error);
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* The scheme is known: say so, whether or not there is a password. False: ask for one. True without
 * password: nobody knows it. */
static bool
announce(struct pem *pem, const struct import_scheme *scheme, struct trust_error *error)
{
	if (!pem->file->protection) {
		TRUST_AUTO_FREE char *words = import_scheme_words(scheme);
		pem->file->protection = trust_printf("private key %s", words);
	}
	import_cipher_note(pem->file, scheme, "the private key");
	import_rounds_note(pem->file, scheme->kdf.rounds, "the private key");
	return pem->password || pem->file->leave_closed ||
	    trust_fail(error, TRUST_INPUT_PASSWORD, NULL, "its private key needs a password");
}

static bool
add_opened(
    struct pem *pem, const struct trust_secret *plain, char *where, struct trust_error *error)
{
	if (plain) {
		pem->opened++;
		return import_add_plain_key(
			   pem->file, (struct trust_bytes){ plain->bytes, plain->size }, where) ||
		    import_fail_full(error);
	}
	pem->wrong++;
	return import_add_refused(pem->file, TRUST_INPUT_PASSWORD, where,
		   "the private key has another password, or it is damaged") ||
	    import_fail_full(error);
}

static bool
add_closed(struct pem *pem, char *where, struct trust_error *error)
{
	return import_add_refused(pem->file, TRUST_INPUT_PASSWORD, where,
		   "the private key needs a password, and none was given") ||
	    import_fail_full(error);
}

static bool
add_encrypted_key(struct pem *pem, struct trust_bytes der, char *where, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *plain = NULL;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	struct import_scheme scheme;

	if (!import_scheme_of_key(der, &scheme, &failed))
		return import_add_failed(pem->file, where, &failed) || import_fail_full(error);
	if (!announce(pem, &scheme, error)) {
		trust_free(where);
		return false;
	}
	if (!pem->password)
		return add_closed(pem, where, error);
	if (import_open_key(der, pem->password, &pem->budget, &plain, &failed) == IMPORT_NOT_OPENED)
		return import_add_failed(pem->file, where, &failed) || import_fail_full(error);
	return add_opened(pem, plain, where, error);
}

/* One wrong password in 256 gives good padding, but no whole element. */
static bool
is_one_element(const struct trust_secret *plain)
{
	struct trust_der der = trust_der_init((struct trust_bytes){ plain->bytes, plain->size });
	struct trust_der_element element;

	return trust_der_expect(&der, TRUST_DER_SEQUENCE, &element) && trust_der_at_end(&der);
}

/* A traditional key, encrypted as its DEK-Info line says. */
static bool
add_traditional_key(struct pem *pem, const struct import_pem_block *block, struct trust_bytes der,
    char *where, struct trust_error *error)
{
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	struct import_scheme scheme;
	uint8_t vector[16];
	struct trust_bytes cipher, iv;

	if (!import_pem_dek_info(block, vector, &cipher, &iv, &failed) ||
	    !import_scheme_of_pem(cipher, iv, &scheme, &failed))
		return import_add_failed(pem->file, where, &failed) || import_fail_full(error);
	if (!announce(pem, &scheme, error)) {
		trust_free(where);
		return false;
	}
	if (!pem->password)
		return add_closed(pem, where, error);
	TRUST_AUTO(trust_secret) *plain = import_scheme_decrypt(&scheme, pem->password, der);
	if (plain && !is_one_element(plain))
		trust_secret_free(trust_steal(&plain));
	return add_opened(pem, plain, where, error);
}

static bool
add_key(struct pem *pem, const struct import_pem_block *block, struct trust_bytes der, char *where,
    struct trust_error *error)
{
	if (block->encrypted)
		return add_traditional_key(pem, block, der, where, error);
	if (import_is_encrypted_key(der))
		return add_encrypted_key(pem, der, where, error);
	return import_add_plain_key(pem->file, der, where) || import_fail_full(error);
}

/* ---- one block ----------------------------------------------------------------------------- */

static const struct {
	const char *label;
	adder *add;          /* NULL: skipped, or refused */
	bool refused;        /* people would miss it */
	const char *because; /* what it is */
} kinds[] = {
	{ "CERTIFICATE", .add = add_certificate },
	{ "X509 CERTIFICATE", .add = add_certificate },
	{ "X.509 CERTIFICATE", .add = add_certificate },
	{ "TRUSTED CERTIFICATE", .add = add_trusted },
	{ "PKCS7", .add = add_pkcs7 },
	{ "PKCS #7 SIGNED DATA", .add = add_pkcs7 },
	{ "CMS", .add = add_pkcs7 },
	{ "PRIVATE KEY", .add = add_key },
	{ "ENCRYPTED PRIVATE KEY", .add = add_key },
	{ "RSA PRIVATE KEY", .add = add_key },
	{ "EC PRIVATE KEY", .add = add_key },
	{ "ANY PRIVATE KEY", .add = add_key },
	{ "DSA PRIVATE KEY", .refused = true, .because = "a DSA private key, which is outdated" },
	{ "OPENSSH PRIVATE KEY", .refused = true,
	    .because = "an OpenSSH private key, which has no certificate" },
	{ "PKCS12", .add = add_nested },
	{ "X509 CRL", .add = add_crl },
	{ "CERTIFICATE REQUEST", .because = "a certificate request" },
	{ "NEW CERTIFICATE REQUEST", .because = "a certificate request" },
	{ "PUBLIC KEY", .because = "a public key" },
	{ "RSA PUBLIC KEY", .because = "a public key" },
	{ "EC PARAMETERS", .because = "parameters, which keys have themselves" },
	{ "DSA PARAMETERS", .because = "parameters, which keys have themselves" },
	{ "DH PARAMETERS", .because = "Diffie-Hellman parameters" },
	{ "X9.42 DH PARAMETERS", .because = "Diffie-Hellman parameters" },
	{ "ATTRIBUTE CERTIFICATE", .because = "an attribute certificate" },
};

static bool
label_is(struct trust_bytes label, const char *text)
{
	return label.size == strlen(text) && memcmp(label.data, text, label.size) == 0;
}

static bool
add_without_content(struct pem *pem, const struct import_pem_block *block, size_t kind, char *where)
{
	if (kind < TRUST_COUNT(kinds) && kinds[kind].refused)
		return import_add_refused(
		    pem->file, TRUST_INPUT_UNSUPPORTED, where, "%s", kinds[kind].because);
	if (kind < TRUST_COUNT(kinds))
		return import_add_skipped(pem->file, where, kinds[kind].because);
	TRUST_AUTO_FREE char *label = trust_text_display(block->label.data, block->label.size);
	TRUST_AUTO_FREE char *reason =
	    trust_printf("a block of the kind '%s', which is not known", label);
	return import_add_skipped(pem->file, where, reason);
}

static struct import_part *
add_broken(struct pem *pem, const struct import_pem_block *block, char *where)
{
	if (!block->ended)
		return import_add_refused(pem->file, TRUST_INPUT_MALFORMED, where,
		    block->interrupted ? "another block begins before its END line"
				       : "it is cut short: its END line is missing");
	TRUST_AUTO_FREE char *begin = trust_text_display(block->label.data, block->label.size);
	TRUST_AUTO_FREE char *end =
	    trust_text_display(block->end_label.data, block->end_label.size);
	return import_add_refused(pem->file, TRUST_INPUT_MALFORMED, where,
	    "it begins as '%s' and ends as '%s'", begin, end);
}

static bool
add_block(struct pem *pem, const struct import_pem_block *block, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *der = NULL;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	char *where = trust_printf("block %zu, line %zu", block->number, block->line);
	size_t kind = 0;

	if (!block->ended || !trust_bytes_equal(block->label, block->end_label))
		return add_broken(pem, block, where) || import_fail_full(error);
	while (kind < TRUST_COUNT(kinds) && !label_is(block->label, kinds[kind].label))
		kind++;
	if (kind == TRUST_COUNT(kinds) || !kinds[kind].add)
		return add_without_content(pem, block, kind, where) || import_fail_full(error);
	if (!import_pem_decode(block, &der, &failed))
		return import_add_failed(pem->file, where, &failed) || import_fail_full(error);
	return kinds[kind].add(
	    pem, block, (struct trust_bytes){ der->bytes, der->size }, where, error);
}

/* ---- the format ---------------------------------------------------------------------------- */

static bool
recognise(struct trust_bytes bytes)
{
	struct import_pem reader = import_pem_init(bytes);
	return import_pem_find(&reader);
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	struct import_pem reader = import_pem_init(bytes);
	struct import_pem_block block;
	TRUST_AUTO(trust_secret) *bmp = NULL;
	struct import_password spellings;
	struct pem pem = { .file = file, .budget = IMPORT_KDF_BUDGET };

	if (password) {
		const struct trust_bytes utf8 = { password->bytes, password->size };
		bmp = trust_password_bmp(utf8);
		spellings = (struct import_password){
			.utf8 = utf8,
			.bmp = { bmp->bytes, bmp->size },
		};
		pem.password = &spellings;
	}
	while (import_pem_next(&reader, &block)) {
		trust_progress_tell(
		    "bytes decoded", bytes.size - (size_t)(reader.end - reader.at), bytes.size);
		if (!add_block(&pem, &block, error))
			return false;
	}
	if (pem.wrong > 0 && pem.opened == 0)
		return trust_fail(
		    error, TRUST_INPUT_PASSWORD, NULL, "wrong password for its private key");
	return true;
}

const struct import_format import_format_pem = {
	.name = "PEM",
	.summary = "certificates and keys as text with BEGIN and END lines (.pem, .crt, .key)",
	.recognise = recognise,
	.decode = decode,
};
