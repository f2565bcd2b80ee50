/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Java key stores: JKS whole, and of JCEKS the certificates. Both are big-endian records of an
 * alias and either one certificate or an encrypted key with its chain, with a SHA-1 over password
 * and content behind them. JKS protects keys with a keystream of SHA-1
 * (sun.security.provider.KeyProtector), JCEKS with a cipher of Java's own, which is not read.
 */

#include <string.h>

#include <nettle/memops.h>
#include <nettle/sha1.h>

#include "core/buffer.h"
#include "core/der.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/kdf.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/progress.h"
#include "core/text.h"
#include "import/internal.h"

#define MAGIC_JCEKS 0xcecececeU
#define TO_PKCS12 "-srckeystore FILE -destkeystore NEW.p12 -deststoretype pkcs12"
#define OID_JKS_PROTECTOR "1.3.6.1.4.1.42.2.17.1.1"

struct jks {
	struct import_file *file;
	const uint8_t *start;
	const uint8_t *at;
	const uint8_t *end; /* before the digest */
	uint32_t version;
	bool jceks;
	struct trust_bytes password; /* UTF-16BE, without a NUL; data NULL: none was given */
	size_t trusted;
	size_t closed; /* keys no password was given for */
};

static bool
recognise(struct trust_bytes bytes)
{
	static const uint8_t magics[][4] = { { 0xfe, 0xed, 0xfe, 0xed },
		{ 0xce, 0xce, 0xce, 0xce } };

	return bytes.size >= 4 &&
	    (memcmp(bytes.data, magics[0], 4) == 0 || memcmp(bytes.data, magics[1], 4) == 0);
}

/* ---- fields -------------------------------------------------------------------------------- */

static bool
take(struct jks *jks, size_t size, struct trust_bytes *ret_bytes)
{
	if ((size_t)(jks->end - jks->at) < size)
		return false;
	*ret_bytes = (struct trust_bytes){ jks->at, size };
	jks->at += size;
	return true;
}

static bool
take_number(struct jks *jks, size_t size, uint32_t *ret_number)
{
	struct trust_bytes bytes;

	if (!take(jks, size, &bytes))
		return false;
	*ret_number = 0;
	for (size_t i = 0; i < size; i++)
		*ret_number = *ret_number << 8 | bytes.data[i];
	return true;
}

static bool
take_text(struct jks *jks, struct trust_bytes *ret_text)
{
	uint32_t size = 0;

	return take_number(jks, 2, &size) && take(jks, size, ret_text);
}

/* The code unit of a surrogate, which modified UTF-8 writes in three bytes; 0: another character.
 */
static uint32_t
surrogate_at(const uint8_t *at, const uint8_t *end)
{
	return end - at >= 3 && at[0] == 0xed && at[1] >= 0xa0 && at[1] <= 0xbf && at[2] >= 0x80 &&
		at[2] <= 0xbf
	    ? 0xd000u | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu)
	    : 0;
}

/* Java's modified UTF-8, where a character beyond U+FFFF is a pair of surrogates, as UTF-8. NULL:
 * it is none, or too long for a nickname, or has a NUL (C0 80). Owned by the caller. */
static char *
java_text(struct trust_bytes modified)
{
	TRUST_AUTO_BUFFER text;
	const uint8_t *at = modified.data;
	const uint8_t *end = at + modified.size;

	trust_buffer_init(&text, TRUST_MAX_NICKNAME_BYTES);
	while (at < end) {
		uint32_t high = surrogate_at(at, end);
		uint32_t low = high >> 10 == 0xd800 >> 10 ? surrogate_at(at + 3, end) : 0;
		if (low >> 10 != 0xdc00 >> 10) {
			trust_buffer_append(&text, at++, 1);
			continue;
		}
		uint32_t code = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
		const uint8_t joined[] = { (uint8_t)(0xf0 | code >> 18),
			(uint8_t)(0x80 | (code >> 12 & 0x3f)), (uint8_t)(0x80 | (code >> 6 & 0x3f)),
			(uint8_t)(0x80 | (code & 0x3f)) };
		trust_buffer_append(&text, joined, sizeof joined);
		at += 6;
	}
	bool good = text.size > 0 && !text.overflow && !memchr(text.data, 0, text.size) &&
	    trust_text_is_utf8(text.data, text.size);
	return good ? trust_buffer_take(&text) : NULL;
}

static bool
take_certificate(struct jks *jks, struct trust_bytes *ret_type, struct trust_bytes *ret_der)
{
	static const char x509[] = "X.509";
	uint32_t size = 0;

	*ret_type = (struct trust_bytes){ (const uint8_t *)x509, strlen(x509) };
	if (jks->version == 2 && !take_text(jks, ret_type))
		return false;
	return take_number(jks, 4, &size) && take(jks, size, ret_der);
}

/* ---- entries ------------------------------------------------------------------------------- */

static struct import_part *
name_part(struct import_part *part, const char *alias)
{
	if (part && alias && (part->kind == IMPORT_CERTIFICATE || part->kind == IMPORT_KEY))
		part->friendly_name = trust_strdup(alias);
	return part;
}

static bool
is_type(struct trust_bytes type, const char *name)
{
	return type.size == strlen(name) && memcmp(type.data, name, type.size) == 0;
}

static bool
add_certificate(struct jks *jks, struct trust_bytes type, struct trust_bytes der, char *where,
    const char *alias)
{
	if (!is_type(type, "X.509") && !is_type(type, "X509"))
		return import_add_skipped(jks->file, where, "a certificate that is not X.509");
	return name_part(import_add_cert(jks->file, der, where), alias);
}

/* The keystream: digests of the password and the digest before, the first of a salt of 20 bytes. */
static struct trust_secret *
unprotect(struct trust_bytes password, struct trust_bytes data)
{
	uint8_t digest[SHA1_DIGEST_SIZE];
	uint8_t check[SHA1_DIGEST_SIZE];
	struct sha1_ctx context;

	if (data.size < 2 * sizeof digest + 1)
		return NULL;
	size_t size = data.size - 2 * sizeof digest;
	struct trust_secret *plain = trust_secret_new(data.data + sizeof digest, size);
	memcpy(digest, data.data, sizeof digest);
	sha1_init(&context);
	for (size_t i = 0; i < size; i++) {
		if (i % sizeof digest == 0) {
			sha1_update(&context, password.size, password.data);
			sha1_update(&context, sizeof digest, digest);
			sha1_digest(&context, sizeof digest, digest);
		}
		plain->bytes[i] ^= digest[i % sizeof digest];
	}
	sha1_update(&context, password.size, password.data);
	sha1_update(&context, plain->size, plain->bytes);
	sha1_digest(&context, sizeof check, check);
	bool good = memeql_sec(check, data.data + data.size - sizeof check, sizeof check);
	explicit_bzero(digest, sizeof digest);
	explicit_bzero(&context, sizeof context);
	if (good)
		return plain;
	trust_secret_free(plain);
	return NULL;
}

/* EncryptedPrivateKeyInfo with one of Java's two protectors. */
static struct import_part *
open_key(struct jks *jks, struct trust_bytes bytes, char *where)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der info, algorithm;
	struct trust_der_element oid, data;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &info) ||
	    !trust_der_enter(&info, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid) ||
	    !trust_der_expect(&info, TRUST_DER_OCTET_STRING, &data))
		return import_add_refused(
		    jks->file, TRUST_INPUT_MALFORMED, where, "the private key is damaged");
	if (!trust_oid_is(oid.content, OID_JKS_PROTECTOR))
		return import_add_refused(jks->file, TRUST_INPUT_UNSUPPORTED, where,
		    "the private key is encrypted with Java's own PBE (MD5 and 3DES), which is not "
		    "supported; convert the file: keytool -importkeystore -srcstoretype JCEKS " TO_PKCS12);
	if (!jks->password.data) {
		jks->closed++;
		return import_add_refused(jks->file, TRUST_INPUT_PASSWORD, where,
		    "the private key needs a password, and none was given");
	}
	TRUST_AUTO(trust_secret) *plain = unprotect(jks->password, data.content);
	if (!plain)
		return import_add_refused(jks->file, TRUST_INPUT_PASSWORD, where,
		    "the private key has another password than the file, or it is damaged; convert "
		    "the file, which asks for both: keytool -importkeystore " TO_PKCS12);
	return import_add_key(jks->file, (struct trust_bytes){ plain->bytes, plain->size }, where);
}

static bool
read_key_entry(struct jks *jks, const char *alias, const char *words)
{
	struct trust_bytes key, type, der;
	uint32_t size = 0;
	uint32_t chain = 0;

	if (!take_number(jks, 4, &size) || !take(jks, size, &key) || !take_number(jks, 4, &chain))
		return false;
	if (!name_part(open_key(jks, key, trust_printf("%s, private key", words)), alias))
		return false;
	for (uint32_t i = 0; i < chain; i++) {
		char *where = trust_printf("%s, certificate %u", words, i + 1);
		if (!take_certificate(jks, &type, &der)) {
			trust_free(where);
			return false;
		}
		if (!add_certificate(jks, type, der, where, i == 0 ? alias : NULL))
			return false;
	}
	return true;
}

static bool
read_entry(struct jks *jks, uint32_t number)
{
	struct trust_bytes alias, date, type, der;
	uint32_t tag = 0;

	if (!take_number(jks, 4, &tag) || !take_text(jks, &alias) || !take(jks, 8, &date))
		return false;
	TRUST_AUTO_FREE char *name = java_text(alias);
	TRUST_AUTO_FREE char *shown =
	    name ? trust_text_display_string(name) : trust_text_display(alias.data, alias.size);
	TRUST_AUTO_FREE char *words = trust_printf("entry %u '%s'", number, shown);
	if (tag == 1)
		return read_key_entry(jks, name, words);
	if (tag != 2 || !take_certificate(jks, &type, &der))
		return false; /* 3 is a serialised Java object, whose end nobody else can tell */
	jks->trusted++;
	return add_certificate(jks, type, der, trust_strdup(words), name);
}

/* ---- the file ------------------------------------------------------------------------------ */

static bool
digest_matches(const struct jks *jks)
{
	static const char whitener[] = "Mighty Aphrodite"; /* Sun's */
	struct sha1_ctx context;
	uint8_t digest[SHA1_DIGEST_SIZE];

	sha1_init(&context);
	sha1_update(&context, jks->password.size, jks->password.data);
	sha1_update(&context, strlen(whitener), (const uint8_t *)whitener);
	sha1_update(&context, (size_t)(jks->end - jks->start), jks->start);
	sha1_digest(&context, sizeof digest, digest);
	explicit_bzero(&context, sizeof context);
	return memeql_sec(digest, jks->end, sizeof digest);
}

static bool
read_entries(struct jks *jks, struct trust_error *error)
{
	uint32_t magic = 0;
	uint32_t count = 0;

	if (!take_number(jks, 4, &magic) || !take_number(jks, 4, &jks->version) ||
	    !take_number(jks, 4, &count) || jks->version < 1 || jks->version > 2)
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "the Java key store is cut short, or of an unknown version");
	jks->jceks = magic == MAGIC_JCEKS;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *before = jks->at;
		trust_progress_tell("bytes decoded", (size_t)(before - jks->start),
		    (size_t)(jks->end - jks->start));
		if (read_entry(jks, i + 1))
			continue;
		if (jks->file->count >= TRUST_MAX_BLOCKS)
			return import_fail_full(error);
		const char *why = jks->jceks && jks->end - before >= 4 && before[3] == 3
		    ? "a secret key as a Java object; nothing behind it can be read"
		    : "it is damaged or cut short; nothing behind it can be read";
		return import_add_refused(jks->file, TRUST_INPUT_MALFORMED,
			   trust_printf("entry %u of %u", i + 1, count), "%s", why) ||
		    import_fail_full(error);
	}
	return true;
}

static bool
decode_with(struct jks *jks, struct trust_error *error)
{
	bool given = jks->password.data != NULL;

	if (given && !digest_matches(jks))
		return trust_fail(error, TRUST_INPUT_PASSWORD, NULL,
		    "wrong password, or the file was changed since it was made");
	if (!read_entries(jks, error))
		return false;
	if (jks->closed > 0 && !jks->file->leave_closed)
		return trust_fail(
		    error, TRUST_INPUT_PASSWORD, NULL, "its private keys need a password");
	jks->file->unchecked = !given;
	if (!given)
		import_add_note(jks->file,
		    "no password was given, so whether somebody changed the "
		    "file was not checked");
	if (jks->trusted > 0)
		import_add_note(jks->file,
		    "Java trusts %zu certificates of this file; this is not applied, importing "
		    "never changes trust",
		    jks->trusted);
	return true;
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *wide = NULL;
	struct jks jks = { .file = file, .start = bytes.data, .at = bytes.data };

	if (bytes.size < 12 + SHA1_DIGEST_SIZE)
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the Java key store is cut short");
	jks.end = bytes.data + bytes.size - SHA1_DIGEST_SIZE;
	if (password) {
		wide = trust_password_bmp((struct trust_bytes){ password->bytes, password->size });
		jks.password = (struct trust_bytes){ wide->bytes, wide->size - 2 };
	}
	trust_free(file->protection);
	file->protection = trust_strdup(bytes.data[0] == 0xce
		? "SHA-1 over password and content; keys with MD5 and 3DES"
		: "SHA-1 over password and content; keys with SHA-1");
	import_add_note(
	    file, "weak protection: one round of SHA-1, so passwords are guessed quickly");
	return decode_with(&jks, error);
}

const struct import_format import_format_jks = {
	.name = "Java key store",
	.summary = "certificates and identities of Java (.jks); of JCEKS the certificates only",
	.recognise = recognise,
	.decode = decode,
};
