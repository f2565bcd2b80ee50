/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bytes encrypted with a password (RFC 8018, RFC 7292 appendix C), and the one way a private key is
 * ever readable in this program's memory: decrypted from what NSS made, to be encrypted at once in
 * the way an older reader understands.
 */

#include <string.h>

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/des.h>

#include "core/der.h"
#include "core/error.h"
#include "core/kdf.h"
#include "core/key_info.h"
#include "core/limits.h"
#include "core/oid.h"
#include "export/internal.h"

#define OID_PBES2 "1.2.840.113549.1.5.13"
#define OID_PBKDF2 "1.2.840.113549.1.5.12"
#define OID_AES256_CBC "2.16.840.1.101.3.4.1.42"
#define OID_PBE_TRIPLE_DES "1.2.840.113549.1.12.1.3" /* pbeWithSHAAnd3-KeyTripleDES-CBC */

#define SALT_BYTES 16

/* ---- encrypting ------------------------------------------------------------------------------ */

/* Padded as RFC 8018 section 6.1.1 says: each added byte is their number. Owned by the caller. */
static uint8_t *
padded(struct trust_bytes plain, size_t block, size_t *ret_size)
{
	size_t padding = block - plain.size % block;
	uint8_t *bytes = trust_alloc(plain.size + padding);

	memcpy(bytes, plain.data, plain.size);
	memset(bytes + plain.size, (int)padding, padding);
	*ret_size = plain.size + padding;
	return bytes;
}

/* PBES2 of RFC 8018 appendix A.4. The key's length is left out, as AES-256 says it. */
static void
put_pbes2(struct trust_buffer *out, const struct trust_kdf *kdf, struct trust_bytes iv)
{
	TRUST_AUTO_BUFFER derivation;
	TRUST_AUTO_BUFFER cipher;
	TRUST_AUTO_BUFFER both;

	export_begin(&derivation);
	trust_der_put_octets(&derivation, kdf->salt);
	trust_der_put_uint(&derivation, kdf->rounds);
	export_put_algorithm(&derivation, trust_hash_hmac_oid(kdf->hash), NULL);
	export_wrap(&derivation, TRUST_DER_SEQUENCE);
	export_begin(&cipher);
	trust_der_put_octets(&cipher, iv);

	export_begin(&both);
	export_put_algorithm(&both, OID_PBKDF2, &derivation);
	export_put_algorithm(&both, OID_AES256_CBC, &cipher);
	export_wrap(&both, TRUST_DER_SEQUENCE);
	export_put_algorithm(out, OID_PBES2, &both);
}

static void
put_aes(struct trust_buffer *out, const struct trust_kdf *kdf, struct trust_bytes password,
    uint8_t tag, struct trust_bytes plain)
{
	struct CBC_CTX(struct aes256_ctx, AES_BLOCK_SIZE) cipher;
	uint8_t key[AES256_KEY_SIZE];
	uint8_t iv[AES_BLOCK_SIZE];
	size_t size = 0;
	TRUST_AUTO_FREE uint8_t *bytes = padded(plain, AES_BLOCK_SIZE, &size);

	trust_random(iv, sizeof iv);
	trust_pbkdf2(kdf, password, sizeof key, key);
	aes256_set_encrypt_key(&cipher.ctx, key);
	CBC_SET_IV(&cipher, iv);
	CBC_ENCRYPT(&cipher, aes256_encrypt, size, bytes, bytes);
	put_pbes2(out, kdf, (struct trust_bytes){ iv, sizeof iv });
	trust_der_put(out, tag, (struct trust_bytes){ bytes, size });
	explicit_bzero(key, sizeof key);
	explicit_bzero(&cipher, sizeof cipher);
}

static void
put_triple_des(struct trust_buffer *out, const struct trust_kdf *kdf, struct trust_bytes password,
    uint8_t tag, struct trust_bytes plain)
{
	struct CBC_CTX(struct des3_ctx, DES3_BLOCK_SIZE) cipher;
	uint8_t key[DES3_KEY_SIZE];
	uint8_t iv[DES3_BLOCK_SIZE];
	size_t size = 0;
	TRUST_AUTO_FREE uint8_t *bytes = padded(plain, DES3_BLOCK_SIZE, &size);
	TRUST_AUTO(trust_secret) *bmp = trust_password_bmp(password);
	const struct trust_bytes wide = { bmp->bytes, bmp->size };
	TRUST_AUTO_BUFFER parameters;

	trust_pkcs12_kdf(kdf, TRUST_PKCS12_KEY, wide, sizeof key, key);
	trust_pkcs12_kdf(kdf, TRUST_PKCS12_IV, wide, sizeof iv, iv);
	(void)des3_set_key(&cipher.ctx, key); /* says whether the key is weak; it is what it is */
	CBC_SET_IV(&cipher, iv);
	CBC_ENCRYPT(&cipher, des3_encrypt, size, bytes, bytes);
	export_begin(&parameters);
	trust_der_put_octets(&parameters, kdf->salt);
	trust_der_put_uint(&parameters, kdf->rounds);
	export_wrap(&parameters, TRUST_DER_SEQUENCE);
	export_put_algorithm(out, OID_PBE_TRIPLE_DES, &parameters);
	trust_der_put(out, tag, (struct trust_bytes){ bytes, size });
	explicit_bzero(key, sizeof key);
	explicit_bzero(&cipher, sizeof cipher);
}

void
export_put_encrypted(struct trust_buffer *out, const struct export_protection *protection,
    uint8_t tag, struct trust_bytes plain)
{
	bool aes = protection->cipher == EXPORT_CIPHER_AES256;
	uint8_t salt[SALT_BYTES];
	const struct trust_kdf kdf = {
		.hash = aes ? TRUST_HASH_SHA256 : TRUST_HASH_SHA1,
		.salt = { salt, sizeof salt },
		.rounds = protection->rounds,
	};

	trust_random(salt, sizeof salt);
	if (aes)
		put_aes(out, &kdf, protection->password, tag, plain);
	else
		put_triple_des(out, &kdf, protection->password, tag, plain);
}

/* ---- decrypting what NSS made ---------------------------------------------------------------- */

struct encrypted {
	struct trust_kdf kdf;
	struct trust_bytes iv;
	struct trust_bytes bytes;
};

static bool
read_algorithm(struct trust_der *from, const char *oid, struct trust_der *ret_parameters)
{
	struct trust_der_element type;

	return trust_der_enter(from, TRUST_DER_SEQUENCE, ret_parameters) &&
	    trust_der_expect(ret_parameters, TRUST_DER_OID, &type) &&
	    trust_oid_is(type.content, oid);
}

static bool
read_derivation(struct trust_der *from, struct trust_kdf *ret_kdf)
{
	struct trust_der all;
	struct trust_der parameters;
	struct trust_der prf;
	struct trust_der_element element;
	uint64_t number = 0;

	if (!read_algorithm(from, OID_PBKDF2, &all) ||
	    !trust_der_enter(&all, TRUST_DER_SEQUENCE, &parameters) ||
	    !trust_der_expect(&parameters, TRUST_DER_OCTET_STRING, &element) ||
	    !trust_der_next_uint(&parameters, &number) || number < 1 ||
	    number > TRUST_MAX_KDF_ROUNDS)
		return false;
	ret_kdf->salt = element.content;
	ret_kdf->rounds = (unsigned)number;
	if (trust_der_peek(&parameters) == TRUST_DER_INTEGER &&
	    (!trust_der_next_uint(&parameters, &number) || number != AES256_KEY_SIZE))
		return false;
	return trust_der_enter(&parameters, TRUST_DER_SEQUENCE, &prf) &&
	    trust_der_expect(&prf, TRUST_DER_OID, &element) &&
	    trust_hash_from_hmac_oid(element.content, &ret_kdf->hash);
}

static bool
read_encrypted(const struct trust_secret *encrypted, struct encrypted *ret_encrypted)
{
	struct trust_der file =
	    trust_der_init((struct trust_bytes){ encrypted->bytes, encrypted->size });
	struct trust_der whole;
	struct trust_der scheme;
	struct trust_der both;
	struct trust_der cipher;
	struct trust_der_element iv;
	struct trust_der_element bytes;

	if (!trust_der_enter(&file, TRUST_DER_SEQUENCE, &whole) ||
	    !read_algorithm(&whole, OID_PBES2, &scheme) ||
	    !trust_der_enter(&scheme, TRUST_DER_SEQUENCE, &both) ||
	    !read_derivation(&both, &ret_encrypted->kdf) ||
	    !read_algorithm(&both, OID_AES256_CBC, &cipher) ||
	    !trust_der_expect(&cipher, TRUST_DER_OCTET_STRING, &iv) ||
	    !trust_der_expect(&whole, TRUST_DER_OCTET_STRING, &bytes))
		return false;
	ret_encrypted->iv = iv.content;
	ret_encrypted->bytes = bytes.content;
	return iv.content.size == AES_BLOCK_SIZE && bytes.content.size > 0 &&
	    bytes.content.size % AES_BLOCK_SIZE == 0;
}

static void
decrypt_aes(
    const struct encrypted *encrypted, const struct trust_secret *password, uint8_t *ret_plain)
{
	struct CBC_CTX(struct aes256_ctx, AES_BLOCK_SIZE) cipher;
	uint8_t key[AES256_KEY_SIZE];

	trust_pbkdf2(&encrypted->kdf, (struct trust_bytes){ password->bytes, password->size },
	    sizeof key, key);
	aes256_set_decrypt_key(&cipher.ctx, key);
	CBC_SET_IV(&cipher, encrypted->iv.data);
	CBC_DECRYPT(
	    &cipher, aes256_decrypt, encrypted->bytes.size, ret_plain, encrypted->bytes.data);
	explicit_bzero(key, sizeof key);
	explicit_bzero(&cipher, sizeof cipher);
}

/* PrivateKeyInfo from what NSS encrypted with the throw-away password. Errors: TRUST_BUG. */
static bool
decrypt_key(const struct trust_secret *encrypted, const struct trust_secret *password,
    struct trust_secret **ret_plain, struct trust_error *error)
{
	struct encrypted parts = { 0 };

	if (!read_encrypted(encrypted, &parts))
		return trust_fail(error, TRUST_BUG, NULL,
		    "NSS handed out a private key in a form this program does not know");
	TRUST_AUTO(trust_secret) *whole = trust_secret_new(parts.bytes.data, parts.bytes.size);
	decrypt_aes(&parts, password, whole->bytes);
	uint8_t padding = whole->bytes[whole->size - 1];
	if (padding >= 1 && padding <= AES_BLOCK_SIZE) {
		const struct trust_bytes plain = { whole->bytes, whole->size - padding };
		struct trust_key_info info;
		if (trust_key_info_read(plain, &info)) {
			struct trust_secret *mended = trust_key_info_mend(plain);
			*ret_plain = mended ? mended : trust_secret_new(plain.data, plain.size);
			return true;
		}
	}
	return trust_fail(
	    error, TRUST_BUG, NULL, "a private key does not open with its throw-away password");
}

/* ---- keys on their way out ------------------------------------------------------------------- */

bool
export_key_bytes(const struct export_request *request, const struct export_part *part,
    const struct export_protection *protection, struct trust_buffer *ret_bytes,
    struct trust_error *error)
{
	const struct trust_secret *key = part->encrypted_key;
	TRUST_AUTO(trust_secret) *plain = NULL;

	if (!request->key_password) {
		trust_buffer_append(ret_bytes, key->bytes, key->size);
		return true;
	}
	if (!decrypt_key(key, request->key_password, &plain, error))
		return false;
	const struct trust_bytes bytes = { plain->bytes, plain->size };
	if (request->plain_key) {
		trust_buffer_append(ret_bytes, bytes.data, bytes.size);
		return true;
	}
	TRUST_AUTO_BUFFER whole;
	export_begin(&whole);
	export_put_encrypted(&whole, protection, TRUST_DER_OCTET_STRING, bytes);
	export_wrap(&whole, TRUST_DER_SEQUENCE);
	export_append(ret_bytes, &whole);
	return true;
}

bool
export_put_key_block(const struct export_request *request, const struct export_part *part,
    struct trust_buffer *out, struct trust_error *error)
{
	const struct trust_secret *password = request->password;
	const struct export_protection protection = {
		.cipher = EXPORT_CIPHER_AES256,
		.password = { password ? password->bytes : NULL, password ? password->size : 0 },
		.rounds = request->rounds ? request->rounds : EXPORT_ROUNDS,
	};
	TRUST_AUTO_BUFFER bytes;

	export_begin(&bytes);
	if (!export_key_bytes(request, part, &protection, &bytes, error))
		return false;
	out->overflow = out->overflow || bytes.overflow;
	export_put_block(out, request->plain_key ? "PRIVATE KEY" : "ENCRYPTED PRIVATE KEY",
	    trust_buffer_bytes(&bytes));
	return true;
}
