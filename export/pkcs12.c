/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PKCS #12 (RFC 7292): certificates in a safe encrypted with AES-256, keys in a second one as they
 * come, each already encrypted by itself, and a MAC over both. The order and the algorithms are
 * those that OpenSSL 3 writes, which is what every reader of the last years has been tried with.
 */

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include <nettle/aes.h>
#include <nettle/cbc.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/kdf.h"
#include "core/limits.h"
#include "export/internal.h"

#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_ENCRYPTED_DATA "1.2.840.113549.1.7.6"
#define OID_KEY_BAG "1.2.840.113549.1.12.10.1.2" /* pkcs8ShroudedKeyBag */
#define OID_CERT_BAG "1.2.840.113549.1.12.10.1.3"
#define OID_X509_CERT "1.2.840.113549.1.9.22.1"
#define OID_FRIENDLY_NAME "1.2.840.113549.1.9.20"
#define OID_LOCAL_KEY_ID "1.2.840.113549.1.9.21"
#define OID_PBES2 "1.2.840.113549.1.5.13"
#define OID_PBKDF2 "1.2.840.113549.1.5.12"
#define OID_AES256_CBC "2.16.840.1.101.3.4.1.42"

#define HASH TRUST_HASH_SHA256
#define SALT_BYTES 16

/* ---- DER ------------------------------------------------------------------------------------ */

/* Content is written first and then wrapped, from the inside to the outside. */
static void
begin(struct trust_buffer *buffer)
{
	trust_buffer_init(buffer, TRUST_MAX_FILE_BYTES);
}

static void
wrap(struct trust_buffer *buffer, uint8_t tag)
{
	struct trust_buffer whole;

	begin(&whole);
	trust_der_put(&whole, tag, trust_buffer_bytes(buffer));
	whole.overflow = whole.overflow || buffer->overflow;
	trust_buffer_done(buffer);
	*buffer = whole;
}

static void
append(struct trust_buffer *out, const struct trust_buffer *part)
{
	trust_buffer_append(out, part->data, part->size);
	out->overflow = out->overflow || part->overflow;
}

/* SEQUENCE { type, [0] content }: ContentInfo, CertBag, and with attributes SafeBag. */
static void
put_typed(struct trust_buffer *out, const char *type, struct trust_buffer *content,
    const struct trust_buffer *attributes)
{
	TRUST_AUTO_BUFFER whole;

	begin(&whole);
	trust_der_put_oid(&whole, type);
	wrap(content, TRUST_DER_CONTEXT(0));
	append(&whole, content);
	if (attributes)
		append(&whole, attributes);
	wrap(&whole, TRUST_DER_SEQUENCE);
	append(out, &whole);
}

/* AlgorithmIdentifier; without parameters they are NULL. */
static void
put_algorithm(struct trust_buffer *out, const char *oid, const struct trust_buffer *parameters)
{
	TRUST_AUTO_BUFFER whole;

	begin(&whole);
	trust_der_put_oid(&whole, oid);
	if (parameters)
		append(&whole, parameters);
	else
		trust_der_put_null(&whole);
	wrap(&whole, TRUST_DER_SEQUENCE);
	append(out, &whole);
}

/* ---- bags ----------------------------------------------------------------------------------- */

static void
put_attribute(struct trust_buffer *out, const char *oid, uint8_t tag, struct trust_bytes value)
{
	TRUST_AUTO_BUFFER values;

	begin(&values);
	trust_der_put(&values, tag, value);
	wrap(&values, TRUST_DER_SET);
	trust_der_put_oid(out, oid);
	append(out, &values);
	wrap(out, TRUST_DER_SEQUENCE);
}

/* The name, and for what belongs to a key the identifier that joins the two. Nothing when there is
 * neither: an empty SET is not what readers know. */
static void
put_attributes(struct trust_buffer *out, const struct export_part *part)
{
	TRUST_AUTO_BUFFER name;
	TRUST_AUTO_BUFFER key_id;
	const char *text = part->friendly_name ? part->friendly_name : "";

	begin(&name);
	begin(&key_id);
	if (*text) {
		TRUST_AUTO(trust_secret) *bmp = trust_password_bmp(
		    (struct trust_bytes) { (const uint8_t *)text, strlen(text) });
		put_attribute(&name, OID_FRIENDLY_NAME, TRUST_DER_BMP_STRING,
		    (struct trust_bytes) { bmp->bytes, bmp->size - 2 }); /* without its NUL */
	}
	if (part->encrypted_key)
		put_attribute(&key_id, OID_LOCAL_KEY_ID, TRUST_DER_OCTET_STRING,
		    (struct trust_bytes) { part->cert->id, sizeof part->cert->id });

	/* DER sorts a SET OF by its encodings: X.690 section 11.6. */
	bool in_order =
	    trust_bytes_compare(trust_buffer_bytes(&name), trust_buffer_bytes(&key_id)) < 0;
	append(out, in_order ? &name : &key_id);
	append(out, in_order ? &key_id : &name);
	if (out->size > 0)
		wrap(out, TRUST_DER_SET);
}

static void
put_bag(struct trust_buffer *out, const char *type, struct trust_buffer *value,
    const struct export_part *part)
{
	TRUST_AUTO_BUFFER attributes;

	begin(&attributes);
	put_attributes(&attributes, part);
	put_typed(out, type, value, &attributes);
}

static void
put_cert_bag(struct trust_buffer *out, const struct export_part *part)
{
	TRUST_AUTO_BUFFER value;
	TRUST_AUTO_BUFFER cert;

	begin(&value);
	begin(&cert);
	trust_der_put_octets(&cert, part->cert->der);
	put_typed(&value, OID_X509_CERT, &cert, NULL);
	put_bag(out, OID_CERT_BAG, &value, part);
}

static void
put_key_bag(struct trust_buffer *out, const struct export_part *part)
{
	TRUST_AUTO_BUFFER value;

	begin(&value);
	trust_buffer_append(&value, part->encrypted_key->bytes, part->encrypted_key->size);
	put_bag(out, OID_KEY_BAG, &value, part);
}

/* ---- protection ----------------------------------------------------------------------------- */

struct protection {
	struct trust_bytes password; /* UTF-8; borrowed from the request */
	unsigned rounds;
};

static void
fill_random(uint8_t *bytes, size_t size)
{
	while (getrandom(bytes, size, 0) != (ssize_t)size)
		;
}

/* PBES2 of RFC 8018 appendix A.4. The key's length is left out, as AES-256 says it. */
static void
put_pbes2(struct trust_buffer *out, const struct trust_kdf *kdf, struct trust_bytes iv)
{
	TRUST_AUTO_BUFFER derivation;
	TRUST_AUTO_BUFFER cipher;
	TRUST_AUTO_BUFFER both;

	begin(&derivation);
	trust_der_put_octets(&derivation, kdf->salt);
	trust_der_put_uint(&derivation, kdf->rounds);
	put_algorithm(&derivation, trust_hash_hmac_oid(kdf->hash), NULL);
	wrap(&derivation, TRUST_DER_SEQUENCE);
	begin(&cipher);
	trust_der_put_octets(&cipher, iv);

	begin(&both);
	put_algorithm(&both, OID_PBKDF2, &derivation);
	put_algorithm(&both, OID_AES256_CBC, &cipher);
	wrap(&both, TRUST_DER_SEQUENCE);
	put_algorithm(out, OID_PBES2, &both);
}

/* Padded as RFC 8018 section 6.1.1 says: each added byte is their number. */
static void
put_ciphertext(struct trust_buffer *out, const uint8_t key[AES256_KEY_SIZE],
    const uint8_t iv[AES_BLOCK_SIZE], struct trust_bytes plain)
{
	size_t padding = AES_BLOCK_SIZE - plain.size % AES_BLOCK_SIZE;
	size_t size = plain.size + padding;
	TRUST_AUTO_FREE uint8_t *bytes = trust_alloc(size);
	struct CBC_CTX(struct aes256_ctx, AES_BLOCK_SIZE) cipher;

	memcpy(bytes, plain.data, plain.size);
	memset(bytes + plain.size, (int)padding, padding);
	aes256_set_encrypt_key(&cipher.ctx, key);
	CBC_SET_IV(&cipher, iv);
	CBC_ENCRYPT(&cipher, aes256_encrypt, size, bytes, bytes);
	trust_der_put(out, TRUST_DER_CONTEXT_PRIMITIVE(0), (struct trust_bytes) { bytes, size });
	explicit_bzero(&cipher, sizeof cipher);
}

/* A ContentInfo with EncryptedData (RFC 5652 section 8) of a safe's bags. */
static void
put_encrypted_safe(
    struct trust_buffer *out, const struct protection *protection, const struct trust_buffer *bags)
{
	uint8_t salt[SALT_BYTES];
	uint8_t iv[AES_BLOCK_SIZE];
	uint8_t key[AES256_KEY_SIZE];
	TRUST_AUTO_BUFFER info;
	TRUST_AUTO_BUFFER data;

	fill_random(salt, sizeof salt);
	fill_random(iv, sizeof iv);
	const struct trust_kdf kdf = {
		.hash = HASH,
		.salt = { salt, sizeof salt },
		.rounds = protection->rounds,
	};
	trust_pbkdf2(&kdf, protection->password, sizeof key, key);

	begin(&info);
	trust_der_put_oid(&info, OID_DATA);
	put_pbes2(&info, &kdf, (struct trust_bytes) { iv, sizeof iv });
	put_ciphertext(&info, key, iv, trust_buffer_bytes(bags));
	explicit_bzero(key, sizeof key);
	info.overflow = info.overflow || bags->overflow;
	wrap(&info, TRUST_DER_SEQUENCE);

	begin(&data);
	trust_der_put_uint(&data, 0); /* version */
	append(&data, &info);
	wrap(&data, TRUST_DER_SEQUENCE);
	put_typed(out, OID_ENCRYPTED_DATA, &data, NULL);
}

/* MacData: RFC 7292 section 4 and appendix A. */
static void
put_mac(struct trust_buffer *out, const struct protection *protection, struct trust_bytes content)
{
	uint8_t salt[SALT_BYTES];
	uint8_t key[TRUST_HASH_MAX_BYTES];
	uint8_t mac[TRUST_HASH_MAX_BYTES];
	size_t size = trust_hash_size(HASH);
	TRUST_AUTO(trust_secret) *bmp = trust_password_bmp(protection->password);
	TRUST_AUTO_BUFFER digest;
	TRUST_AUTO_BUFFER data;

	fill_random(salt, sizeof salt);
	const struct trust_kdf kdf = {
		.hash = HASH,
		.salt = { salt, sizeof salt },
		.rounds = protection->rounds,
	};
	trust_pkcs12_kdf(
	    &kdf, TRUST_PKCS12_MAC, (struct trust_bytes) { bmp->bytes, bmp->size }, size, key);
	trust_hmac(HASH, (struct trust_bytes) { key, size }, content, mac);
	explicit_bzero(key, sizeof key);

	begin(&digest);
	put_algorithm(&digest, trust_hash_oid(HASH), NULL);
	trust_der_put_octets(&digest, (struct trust_bytes) { mac, size });
	wrap(&digest, TRUST_DER_SEQUENCE);
	begin(&data);
	append(&data, &digest);
	trust_der_put_octets(&data, kdf.salt);
	trust_der_put_uint(&data, kdf.rounds);
	wrap(&data, TRUST_DER_SEQUENCE);
	append(out, &data);
}

/* ---- the file ------------------------------------------------------------------------------- */

/* A ContentInfo with Data: the content as an OCTET STRING. */
static void
put_data(struct trust_buffer *out, struct trust_buffer *content)
{
	wrap(content, TRUST_DER_OCTET_STRING);
	put_typed(out, OID_DATA, content, NULL);
}

/* AuthenticatedSafe */
static void
put_safes(struct trust_buffer *out, const struct export_request *request,
    const struct protection *protection)
{
	TRUST_AUTO_BUFFER certs;
	TRUST_AUTO_BUFFER keys;

	begin(&certs);
	begin(&keys);
	for (size_t i = 0; i < request->count; i++) {
		put_cert_bag(&certs, &request->parts[i]);
		if (request->parts[i].encrypted_key)
			put_key_bag(&keys, &request->parts[i]);
	}
	wrap(&certs, TRUST_DER_SEQUENCE);
	put_encrypted_safe(out, protection, &certs);
	if (keys.size > 0) {
		wrap(&keys, TRUST_DER_SEQUENCE);
		put_data(out, &keys);
	}
	wrap(out, TRUST_DER_SEQUENCE);
}

bool
export_pkcs12(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	assert(request->password);
	if (!export_check_keys(request, error))
		return false;

	TRUST_AUTO_BUFFER safes;
	TRUST_AUTO_BUFFER mac;
	TRUST_AUTO_BUFFER file;
	const struct protection protection = {
		.password = { request->password->bytes, request->password->size },
		.rounds = request->rounds ? request->rounds : EXPORT_ROUNDS,
	};
	begin(&safes);
	put_safes(&safes, request, &protection);
	begin(&mac);
	put_mac(&mac, &protection, trust_buffer_bytes(&safes));

	begin(&file);
	trust_der_put_uint(&file, 3); /* version */
	put_data(&file, &safes);
	append(&file, &mac);
	wrap(&file, TRUST_DER_SEQUENCE);
	append(ret_bytes, &file);
	return true;
}
