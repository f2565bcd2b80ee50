/* SPDX-License-Identifier: MPL-2.0 */
/* Password-based decryption with nettle: the schemes of PKCS #8, PKCS #12 and PEM. */

#include "import/crypt.h"

#include <string.h>

#include <nettle/aes.h>
#include <nettle/arcfour.h>
#include <nettle/arctwo.h>
#include <nettle/camellia.h>
#include <nettle/cbc.h>
#include <nettle/des.h>
#include <nettle/md5.h>

#include "core/der.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/text.h"
#include "import/internal.h"

#define OID_PBES2 "1.2.840.113549.1.5.13"
#define OID_PBKDF2 "1.2.840.113549.1.5.12"
#define OID_SCRYPT "1.3.6.1.4.1.11591.4.11"

/* ---- ciphers ------------------------------------------------------------------------------- */

struct import_cipher {
	const char *oid;
	const char *words;
	bool pbes2;
	uint8_t key_size;
	uint8_t block;  /* also the size of the initialisation vector; 1: a stream cipher */
	unsigned needs; /* import_need */
	void (*decrypt)(size_t key_size, const uint8_t *key, uint8_t *iv, size_t size, uint8_t *out,
	    const uint8_t *in);
	const char *weakness; /* NULL: none */
};

static void
aes_cbc(
    size_t key_size, const uint8_t *key, uint8_t *iv, size_t size, uint8_t *out, const uint8_t *in)
{
	union {
		struct aes128_ctx aes128;
		struct aes192_ctx aes192;
		struct aes256_ctx aes256;
	} context;
	nettle_cipher_func *function = NULL;

	if (key_size == AES128_KEY_SIZE) {
		aes128_set_decrypt_key(&context.aes128, key);
		function = (nettle_cipher_func *)aes128_decrypt;
	} else if (key_size == AES192_KEY_SIZE) {
		aes192_set_decrypt_key(&context.aes192, key);
		function = (nettle_cipher_func *)aes192_decrypt;
	} else {
		aes256_set_decrypt_key(&context.aes256, key);
		function = (nettle_cipher_func *)aes256_decrypt;
	}
	cbc_decrypt(&context, function, AES_BLOCK_SIZE, iv, size, out, in);
	explicit_bzero(&context, sizeof context);
}

/* Camellia decrypts by encrypting, with the keys of the rounds turned round. */
static void
camellia_cbc(
    size_t key_size, const uint8_t *key, uint8_t *iv, size_t size, uint8_t *out, const uint8_t *in)
{
	union {
		struct camellia128_ctx camellia128;
		struct camellia256_ctx camellia256; /* of keys of 192 bits, too */
	} context;
	nettle_cipher_func *function = (nettle_cipher_func *)camellia256_crypt;

	if (key_size == CAMELLIA128_KEY_SIZE) {
		camellia128_set_decrypt_key(&context.camellia128, key);
		function = (nettle_cipher_func *)camellia128_crypt;
	} else if (key_size == CAMELLIA192_KEY_SIZE) {
		camellia192_set_decrypt_key(&context.camellia256, key);
	} else {
		camellia256_set_decrypt_key(&context.camellia256, key);
	}
	cbc_decrypt(&context, function, CAMELLIA_BLOCK_SIZE, iv, size, out, in);
	explicit_bzero(&context, sizeof context);
}

/* With 16 bytes of key the third DES key is the first one again. */
static void
des3_cbc(
    size_t key_size, const uint8_t *key, uint8_t *iv, size_t size, uint8_t *out, const uint8_t *in)
{
	struct des3_ctx context;
	uint8_t three[DES3_KEY_SIZE];

	memcpy(three, key, key_size);
	if (key_size < sizeof three)
		memcpy(three + key_size, key, sizeof three - key_size);
	(void)des3_set_key(&context, three); /* says whether the key is weak; it is what it is */
	cbc_decrypt(
	    &context, (nettle_cipher_func *)des3_decrypt, DES3_BLOCK_SIZE, iv, size, out, in);
	explicit_bzero(&context, sizeof context);
	explicit_bzero(three, sizeof three);
}

static void
rc2_cbc(
    size_t key_size, const uint8_t *key, uint8_t *iv, size_t size, uint8_t *out, const uint8_t *in)
{
	struct arctwo_ctx context;

	arctwo_set_key_ekb(&context, key_size, key, (unsigned)(8 * key_size));
	cbc_decrypt(
	    &context, (nettle_cipher_func *)arctwo_decrypt, ARCTWO_BLOCK_SIZE, iv, size, out, in);
	explicit_bzero(&context, sizeof context);
}

static void
rc4(size_t key_size, const uint8_t *key, uint8_t *iv, size_t size, uint8_t *out, const uint8_t *in)
{
	struct arcfour_ctx context;

	(void)iv;
	arcfour_set_key(&context, key_size, key);
	arcfour_crypt(&context, size, out, in);
	explicit_bzero(&context, sizeof context);
}

static const char outdated[] = "3DES, which is outdated";
static const char broken_40[] = "a 40-bit key, which anybody can break";
static const char broken_rc[] = "RC2 or RC4, which are broken";

static const struct import_cipher ciphers[] = {
	{ "2.16.840.1.101.3.4.1.2", "AES-128-CBC", true, 16, 16, IMPORT_NEED_AES, aes_cbc, NULL },
	{ "2.16.840.1.101.3.4.1.22", "AES-192-CBC", true, 24, 16,
	    IMPORT_NEED_AES | IMPORT_NEED_AES_192, aes_cbc, NULL },
	{ "2.16.840.1.101.3.4.1.42", "AES-256-CBC", true, 32, 16, IMPORT_NEED_AES, aes_cbc, NULL },
	{ "1.2.392.200011.61.1.1.1.2", "Camellia-128-CBC", true, 16, 16, IMPORT_NEED_CAMELLIA,
	    camellia_cbc, NULL },
	{ "1.2.392.200011.61.1.1.1.3", "Camellia-192-CBC", true, 24, 16, IMPORT_NEED_CAMELLIA,
	    camellia_cbc, NULL },
	{ "1.2.392.200011.61.1.1.1.4", "Camellia-256-CBC", true, 32, 16, IMPORT_NEED_CAMELLIA,
	    camellia_cbc, NULL },
	{ "1.2.840.113549.3.7", "3DES-CBC", true, 24, 8, IMPORT_NEED_PBES2_3DES, des3_cbc,
	    outdated },
	{ "1.2.840.113549.1.12.1.1", "RC4 with 128 bits", false, 16, 1, IMPORT_NEED_RC4, rc4,
	    broken_rc },
	{ "1.2.840.113549.1.12.1.2", "RC4 with 40 bits", false, 5, 1, IMPORT_NEED_RC, rc4,
	    broken_40 },
	{ "1.2.840.113549.1.12.1.3", "3DES", false, 24, 8, IMPORT_NEED_3DES, des3_cbc, outdated },
	{ "1.2.840.113549.1.12.1.4", "3DES with two keys", false, 16, 8, IMPORT_NEED_2DES, des3_cbc,
	    outdated },
	{ "1.2.840.113549.1.12.1.5", "RC2 with 128 bits", false, 16, 8, IMPORT_NEED_RC, rc2_cbc,
	    broken_rc },
	{ "1.2.840.113549.1.12.1.6", "RC2 with 40 bits", false, 5, 8, IMPORT_NEED_RC2_40, rc2_cbc,
	    broken_40 },
};

/* What is known by name and not read. */
static const struct {
	const char *oid;
	const char *words;
} unsupported[] = {
	{ OID_SCRYPT, "scrypt" },
	{ "1.2.840.113549.1.5.1", "PBES1 with MD2 and DES" },
	{ "1.2.840.113549.1.5.3", "PBES1 with MD5 and DES" },
	{ "1.2.840.113549.1.5.4", "PBES1 with MD2 and RC2" },
	{ "1.2.840.113549.1.5.6", "PBES1 with MD5 and RC2" },
	{ "1.2.840.113549.1.5.10", "PBES1 with SHA-1 and DES" },
	{ "1.2.840.113549.1.5.11", "PBES1 with SHA-1 and RC2" },
	{ "1.2.840.113549.3.2", "RC2-CBC in PBES2" },
	{ "1.3.14.3.2.7", "DES-CBC" },
	{ "2.16.840.1.101.3.4.1.6", "AES-128-GCM" },
	{ "2.16.840.1.101.3.4.1.26", "AES-192-GCM" },
	{ "2.16.840.1.101.3.4.1.46", "AES-256-GCM" },
	{ "2.16.840.1.101.3.4.1.3", "AES-128-OFB" },
	{ "2.16.840.1.101.3.4.1.23", "AES-192-OFB" },
	{ "2.16.840.1.101.3.4.1.43", "AES-256-OFB" },
	{ "2.16.840.1.101.3.4.1.4", "AES-128-CFB" },
	{ "2.16.840.1.101.3.4.1.24", "AES-192-CFB" },
	{ "2.16.840.1.101.3.4.1.44", "AES-256-CFB" },
	{ "1.2.410.200046.1.1.2", "ARIA-128-CBC" },
	{ "1.2.410.200046.1.1.7", "ARIA-192-CBC" },
	{ "1.2.410.200046.1.1.12", "ARIA-256-CBC" },
	{ "1.3.6.1.4.1.188.7.1.1.2", "IDEA-CBC" },
	{ "1.3.6.1.4.1.3029.1.2", "Blowfish-CBC" },
	{ "1.2.840.113533.7.66.10", "CAST5-CBC" },
	{ "1.2.840.113549.3.9", "RC5-CBC" },
	{ "1.2.643.2.2.21", "GOST 28147-89" },
	{ "1.2.643.7.1.1.5.1.1", "GOST Magma" },
	{ "1.2.643.7.1.1.5.1.2", "GOST Magma" },
	{ "1.2.643.7.1.1.5.2.1", "GOST Kuznyechik" },
	{ "1.2.643.7.1.1.5.2.2", "GOST Kuznyechik" },
	{ "1.2.410.200004.1.4", "SEED-CBC" },
	{ "1.2.156.10197.1.104.2", "SM4-CBC" },
	{ "1.2.840.113549.2.12", "HMAC-SHA-512/224" },
	{ "1.2.840.113549.2.13", "HMAC-SHA-512/256" },
	{ "2.16.840.1.101.3.4.2.13", "HMAC-SHA3-224" },
	{ "2.16.840.1.101.3.4.2.14", "HMAC-SHA3-256" },
	{ "2.16.840.1.101.3.4.2.15", "HMAC-SHA3-384" },
	{ "2.16.840.1.101.3.4.2.16", "HMAC-SHA3-512" },
	{ "1.2.643.7.1.1.4.1", "HMAC with GOST R 34.11-2012 (256)" },
	{ "1.2.643.7.1.1.4.2", "HMAC with GOST R 34.11-2012 (512)" },
};

static bool
fail_unsupported(struct trust_bytes oid, struct trust_error *error)
{
	for (size_t i = 0; i < TRUST_COUNT(unsupported); i++)
		if (trust_oid_is(oid, unsupported[i].oid))
			return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
			    "encrypted with %s, which is not supported", unsupported[i].words);
	TRUST_AUTO_FREE char *text = trust_oid_display(oid);
	return trust_fail(
	    error, TRUST_INPUT_UNSUPPORTED, NULL, "encrypted with an unknown method (%s)", text);
}

static const struct import_cipher *
find_cipher(struct trust_bytes oid, bool pbes2)
{
	for (size_t i = 0; i < TRUST_COUNT(ciphers); i++)
		if (ciphers[i].pbes2 == pbes2 && trust_oid_is(oid, ciphers[i].oid))
			return &ciphers[i];
	return NULL;
}

/* ---- algorithm identifiers ------------------------------------------------------------------ */

static bool
fail_malformed(struct trust_error *error)
{
	return trust_fail(
	    error, TRUST_INPUT_MALFORMED, NULL, "the parameters of its encryption are damaged");
}

bool
import_rounds_check(uint64_t rounds, struct trust_error *error)
{
	if (rounds < 1)
		return fail_malformed(error);
	if (rounds > TRUST_MAX_KDF_ROUNDS)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
		    "it asks for %llu rounds of key derivation; more than %d are not computed",
		    (unsigned long long)rounds, TRUST_MAX_KDF_ROUNDS);
	return true;
}

bool
import_budget_take(uint64_t *budget, unsigned rounds, struct trust_error *error)
{
	if (rounds > *budget)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL,
		    "its parts together ask for more than %llu rounds of key derivation",
		    (unsigned long long)IMPORT_KDF_BUDGET);
	*budget -= rounds;
	return true;
}

/* Enter an AlgorithmIdentifier; *ret_rest is behind its OID. */
static bool
enter_algorithm(
    struct trust_bytes algorithm, struct trust_bytes *ret_oid, struct trust_der *ret_rest)
{
	struct trust_der der = trust_der_init(algorithm);
	struct trust_der_element oid;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, ret_rest) ||
	    !trust_der_expect(ret_rest, TRUST_DER_OID, &oid))
		return false;
	*ret_oid = oid.content;
	return true;
}

bool
import_pbkdf2_read(struct trust_bytes algorithm, struct trust_kdf *ret_kdf, size_t *ret_key_size,
    struct trust_error *error)
{
	struct trust_der rest, parameters, prf;
	struct trust_der_element element;
	struct trust_bytes oid;
	uint64_t rounds = 0;
	uint64_t key_size = 0;

	if (!enter_algorithm(algorithm, &oid, &rest))
		return fail_malformed(error);
	if (!trust_oid_is(oid, OID_PBKDF2))
		return fail_unsupported(oid, error);
	if (!trust_der_enter(&rest, TRUST_DER_SEQUENCE, &parameters))
		return fail_malformed(error);
	if (trust_der_peek(&parameters) == TRUST_DER_SEQUENCE)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "encrypted with PBKDF2 and a salt from elsewhere, which is not supported");
	if (!trust_der_expect(&parameters, TRUST_DER_OCTET_STRING, &element))
		return fail_malformed(error);
	*ret_kdf = (struct trust_kdf){ .hash = TRUST_HASH_SHA1, .salt = element.content };
	if (!trust_der_next_uint(&parameters, &rounds))
		return fail_malformed(error);
	if (!import_rounds_check(rounds, error))
		return false;
	ret_kdf->rounds = (unsigned)rounds;
	if (trust_der_peek(&parameters) == TRUST_DER_INTEGER &&
	    (!trust_der_next_uint(&parameters, &key_size) || key_size == 0 || key_size > 64))
		return fail_malformed(error);
	*ret_key_size = (size_t)key_size;
	if (trust_der_at_end(&parameters))
		return true;
	if (!trust_der_enter(&parameters, TRUST_DER_SEQUENCE, &prf) ||
	    !trust_der_expect(&prf, TRUST_DER_OID, &element))
		return fail_malformed(error);
	return trust_hash_from_hmac_oid(element.content, &ret_kdf->hash) ||
	    fail_unsupported(element.content, error);
}

static bool
read_pbes2(struct trust_der *rest, struct import_scheme *ret, struct trust_error *error)
{
	struct trust_der parameters, cipher;
	struct trust_der_element kdf, encryption, iv;
	struct trust_bytes oid;
	size_t key_size = 0;

	ret->derivation = IMPORT_PBKDF2;
	if (!trust_der_enter(rest, TRUST_DER_SEQUENCE, &parameters) ||
	    !trust_der_expect(&parameters, TRUST_DER_SEQUENCE, &kdf) ||
	    !trust_der_expect(&parameters, TRUST_DER_SEQUENCE, &encryption) ||
	    !enter_algorithm(encryption.whole, &oid, &cipher))
		return fail_malformed(error);
	if (!import_pbkdf2_read(kdf.whole, &ret->kdf, &key_size, error))
		return false;
	ret->cipher = find_cipher(oid, true);
	if (!ret->cipher)
		return fail_unsupported(oid, error);
	if (!trust_der_expect(&cipher, TRUST_DER_OCTET_STRING, &iv) ||
	    iv.content.size != ret->cipher->block ||
	    (key_size && key_size != ret->cipher->key_size))
		return fail_malformed(error);
	ret->iv = iv.content;
	return true;
}

bool
import_scheme_read(
    struct trust_bytes algorithm, struct import_scheme *ret_scheme, struct trust_error *error)
{
	struct trust_der rest, parameters;
	struct trust_der_element salt;
	struct trust_bytes oid;
	uint64_t rounds = 0;

	*ret_scheme = (struct import_scheme){ .kdf.hash = TRUST_HASH_SHA1 };
	if (!enter_algorithm(algorithm, &oid, &rest))
		return fail_malformed(error);
	if (trust_oid_is(oid, OID_PBES2))
		return read_pbes2(&rest, ret_scheme, error);
	ret_scheme->cipher = find_cipher(oid, false);
	if (!ret_scheme->cipher)
		return fail_unsupported(oid, error);
	if (!trust_der_enter(&rest, TRUST_DER_SEQUENCE, &parameters) ||
	    !trust_der_expect(&parameters, TRUST_DER_OCTET_STRING, &salt) ||
	    !trust_der_next_uint(&parameters, &rounds))
		return fail_malformed(error);
	ret_scheme->kdf.salt = salt.content;
	ret_scheme->kdf.rounds = rounds > TRUST_MAX_KDF_ROUNDS ? 0 : (unsigned)rounds;
	return import_rounds_check(rounds, error);
}

bool
import_scheme_of_pem(struct trust_bytes name, struct trust_bytes iv,
    struct import_scheme *ret_scheme, struct trust_error *error)
{
	static const char des3[] = "DES-EDE3-CBC"; /* OpenSSL's name for what is "3DES-CBC" above */
	bool is_des3 = name.size == sizeof des3 - 1 && memcmp(name.data, des3, name.size) == 0;
	const char *wanted = is_des3 ? "3DES-CBC" : (const char *)name.data;
	size_t size = is_des3 ? strlen(wanted) : name.size;

	for (size_t i = 0; i < TRUST_COUNT(ciphers); i++) {
		const struct import_cipher *cipher = &ciphers[i];
		if (!cipher->pbes2 || strlen(cipher->words) != size ||
		    strncasecmp(cipher->words, wanted, size) != 0)
			continue;
		if (iv.size != cipher->block)
			return fail_malformed(error);
		*ret_scheme = (struct import_scheme){
			.cipher = cipher,
			.derivation = IMPORT_MD5,
			.kdf = { .salt = { iv.data, 8 }, .rounds = 1 },
			.iv = iv,
		};
		return true;
	}
	TRUST_AUTO_FREE char *words = trust_text_display(name.data, name.size);
	return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
	    "encrypted with %s, which is not supported", words);
}

/* ---- words --------------------------------------------------------------------------------- */

char *
import_scheme_words(const struct import_scheme *scheme)
{
	const unsigned rounds = scheme->kdf.rounds;

	if (scheme->derivation == IMPORT_MD5)
		return trust_printf("%s with MD5, 1 round", scheme->cipher->words);
	return trust_printf("%s with %s%s, %u round%s", scheme->cipher->words,
	    scheme->derivation == IMPORT_PBKDF2 ? "PBKDF2 HMAC-" : "",
	    trust_hash_words(scheme->kdf.hash), rounds, rounds == 1 ? "" : "s");
}

unsigned
import_scheme_needs(const struct import_scheme *scheme)
{
	unsigned needs = scheme->cipher->needs;

	if (scheme->derivation == IMPORT_PBKDF2 &&
	    (scheme->kdf.hash == TRUST_HASH_SHA384 || scheme->kdf.hash == TRUST_HASH_SHA512))
		needs |= IMPORT_NEED_PRF_SHA512;
	return needs;
}

/* OWASP asks for 600,000 today; below this a home computer tries millions of passwords an hour. */
#define FEW_ROUNDS 10000

void
import_rounds_note(struct import_file *file, unsigned rounds, const char *what)
{
	if (rounds < FEW_ROUNDS)
		import_add_note(file,
		    "weak protection: only %u round%s of key derivation for %s, so passwords are "
		    "guessed quickly",
		    rounds, rounds == 1 ? "" : "s", what);
}

void
import_cipher_note(struct import_file *file, const struct import_scheme *scheme, const char *what)
{
	if (scheme->cipher->weakness)
		import_add_note(
		    file, "weak protection: %s encrypted with %s", what, scheme->cipher->weakness);
}

/* ---- decrypting ---------------------------------------------------------------------------- */

/* PKCS #7 padding (RFC 5652 section 6.3); false when it is none. */
static bool
strip_padding(const uint8_t *bytes, size_t *size, size_t block)
{
	uint8_t padding = *size ? bytes[*size - 1] : 0;

	if (padding == 0 || padding > block || padding > *size)
		return false;
	for (size_t i = *size - padding; i < *size; i++)
		if (bytes[i] != padding)
			return false;
	*size -= padding;
	return true;
}

/* OpenSSL's EVP_BytesToKey() with MD5 and one round: D_i = MD5(D_(i-1) || password || salt). */
static void
md5_kdf(struct trust_bytes password, struct trust_bytes salt, size_t size, uint8_t *ret_key)
{
	struct md5_ctx context;
	uint8_t digest[MD5_DIGEST_SIZE];

	md5_init(&context);
	for (size_t done = 0; done < size;) {
		if (done > 0)
			md5_update(&context, sizeof digest, digest);
		md5_update(&context, password.size, password.data);
		md5_update(&context, salt.size, salt.data);
		md5_digest(&context, sizeof digest, digest);
		size_t piece = size - done < sizeof digest ? size - done : sizeof digest;
		memcpy(ret_key + done, digest, piece);
		done += piece;
	}
	explicit_bzero(&context, sizeof context);
	explicit_bzero(digest, sizeof digest);
}

static void
derive(const struct import_scheme *scheme, const struct import_password *password,
    uint8_t ret_key[32], uint8_t ret_iv[16])
{
	const struct import_cipher *cipher = scheme->cipher;
	const struct trust_kdf *kdf = &scheme->kdf;

	if (scheme->derivation == IMPORT_PKCS12_KDF) {
		trust_pkcs12_kdf(kdf, TRUST_PKCS12_KEY, password->bmp, cipher->key_size, ret_key);
		if (cipher->block > 1)
			trust_pkcs12_kdf(
			    kdf, TRUST_PKCS12_IV, password->bmp, cipher->block, ret_iv);
		return;
	}
	if (scheme->derivation == IMPORT_PBKDF2)
		trust_pbkdf2(kdf, password->utf8, cipher->key_size, ret_key);
	else
		md5_kdf(password->utf8, kdf->salt, cipher->key_size, ret_key);
	memcpy(ret_iv, scheme->iv.data, cipher->block);
}

struct trust_secret *
import_scheme_decrypt(const struct import_scheme *scheme, const struct import_password *password,
    struct trust_bytes bytes)
{
	const struct import_cipher *cipher = scheme->cipher;
	uint8_t key[32];
	uint8_t iv[16] = { 0 };

	if (bytes.size == 0 || bytes.size % cipher->block || bytes.size > TRUST_MAX_FILE_BYTES)
		return NULL;
	derive(scheme, password, key, iv);
	struct trust_secret *plain = trust_alloc(sizeof *plain);
	plain->bytes = trust_secret_alloc(bytes.size + 1);
	plain->size = bytes.size;
	cipher->decrypt(cipher->key_size, key, iv, bytes.size, plain->bytes, bytes.data);
	explicit_bzero(key, sizeof key);
	explicit_bzero(iv, sizeof iv);
	if (cipher->block == 1 || strip_padding(plain->bytes, &plain->size, cipher->block))
		return plain;
	plain->size = bytes.size; /* so that all of it is zeroed */
	trust_secret_free(plain);
	return NULL;
}

static bool
split_key(struct trust_bytes bytes, struct trust_bytes *ret_algorithm, struct trust_bytes *ret_data)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der info;
	struct trust_der_element algorithm, data;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &info) || !trust_der_at_end(&der) ||
	    !trust_der_expect(&info, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&info, TRUST_DER_OCTET_STRING, &data) || !trust_der_at_end(&info))
		return false;
	*ret_algorithm = algorithm.whole;
	*ret_data = data.content;
	return true;
}

bool
import_scheme_of_key(
    struct trust_bytes bytes, struct import_scheme *ret_scheme, struct trust_error *error)
{
	struct trust_bytes algorithm, data;

	if (!split_key(bytes, &algorithm, &data))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the encrypted private key is damaged");
	return import_scheme_read(algorithm, ret_scheme, error);
}

enum import_opened
import_open_key(struct trust_bytes bytes, const struct import_password *password, uint64_t *budget,
    struct trust_secret **ret_pkcs8, struct trust_error *error)
{
	struct trust_bytes algorithm, data;
	struct import_scheme scheme;
	struct trust_der_element element;

	if (!import_scheme_of_key(bytes, &scheme, error) || !split_key(bytes, &algorithm, &data) ||
	    !import_budget_take(budget, scheme.kdf.rounds, error))
		return IMPORT_NOT_OPENED;
	if (data.size == 0 || data.size % scheme.cipher->block) {
		(void)trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "the encrypted private key is damaged: its length is no multiple of %u",
		    scheme.cipher->block);
		return IMPORT_NOT_OPENED;
	}
	TRUST_AUTO(trust_secret) *plain = import_scheme_decrypt(&scheme, password, data);
	if (!plain)
		return IMPORT_WRONG_PASSWORD;
	/* One wrong password in 256 gives good padding, but no PrivateKeyInfo. */
	const struct trust_bytes info = { plain->bytes, plain->size };
	struct trust_der der = trust_der_init(info);
	if (!import_is_key_info(info) || !trust_der_next(&der, &element) || !trust_der_at_end(&der))
		return IMPORT_WRONG_PASSWORD;
	*ret_pkcs8 = trust_steal(&plain);
	return IMPORT_OPENED;
}
