/* SPDX-License-Identifier: MPL-2.0 */
/* NSS's signatures of trust records and its password check, recomputed with nettle. */

#include "core/seal.h"

#include <string.h>

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "core/buffer.h"
#include "core/db_internal.h"
#include "core/der.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/secret.h"

#define OID_PBES2 "1.2.840.113549.1.5.13"
#define OID_PBKDF2 "1.2.840.113549.1.5.12"
#define OID_PBMAC1 "1.2.840.113549.1.5.14"
#define OID_HMAC_SHA256 "1.2.840.113549.2.9"
#define OID_AES_256_CBC "2.16.840.1.101.3.4.1.42"

/* What softoken encrypts to be able to tell a right password from a wrong one. */
static const char password_check[] = "password-check";

/* Rounds NSS itself uses: one for the empty password, whose key is no secret. */
#define ROUNDS_EMPTY 1
#define ROUNDS_PASSWORD 10000

struct kdf {
	struct trust_bytes salt;
	unsigned rounds;
};

/* The key last derived, as the state of an HMAC that has just been given it. */
struct trust_seal_cache {
	uint8_t salt[64];
	size_t salt_size;
	unsigned rounds;
	struct hmac_sha256_ctx keyed;
};

void
trust_seal_key_done(struct trust_seal_key *key)
{
	if (key->cache)
		explicit_bzero(key->cache, sizeof *key->cache);
	trust_free(key->cache);
	explicit_bzero(key, sizeof *key);
}

bool
trust_seal_key_make(
    const struct trust_secret *password, struct trust_bytes salt, struct trust_seal_key *ret_key)
{
	size_t size = password ? password->size : 0;
	const uint8_t *bytes = password ? password->bytes : (const uint8_t *)"";

	if (salt.size == SHA1_DIGEST_SIZE) {
		struct sha1_ctx context;
		sha1_init(&context);
		sha1_update(&context, salt.size, salt.data);
		sha1_update(&context, size, bytes);
		sha1_digest(&context, SHA1_DIGEST_SIZE, ret_key->bytes);
		explicit_bzero(&context, sizeof context);
	} else if (salt.size == SHA384_DIGEST_SIZE) {
		struct sha512_ctx context;
		sha384_init(&context);
		sha384_update(&context, salt.size, salt.data);
		sha384_update(&context, size, bytes);
		sha384_digest(&context, SHA384_DIGEST_SIZE, ret_key->bytes);
		explicit_bzero(&context, sizeof context);
	} else {
		return false;
	}
	ret_key->size = salt.size;
	ret_key->usual_rounds = size ? ROUNDS_PASSWORD : ROUNDS_EMPTY;
	ret_key->extra_rounds = 0;
	ret_key->too_dear = false;
	ret_key->cache = NULL;
	return true;
}

/* PBKDF2-params (RFC 8018 appendix A.2) with a 32-byte key and HMAC-SHA-256. */
static bool
read_kdf(struct trust_der *algorithm, struct kdf *kdf)
{
	struct trust_der outer;
	struct trust_der parameters;
	struct trust_der prf;
	struct trust_der_element element;
	uint64_t rounds = 0;
	uint64_t length = 32;

	if (!trust_der_enter(algorithm, TRUST_DER_SEQUENCE, &outer) ||
	    !trust_der_expect(&outer, TRUST_DER_OID, &element) ||
	    !trust_oid_is(element.content, OID_PBKDF2) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &parameters) ||
	    !trust_der_expect(&parameters, TRUST_DER_OCTET_STRING, &element) ||
	    !trust_der_next_uint(&parameters, &rounds) || rounds < 1 ||
	    rounds > TRUST_MAX_KDF_ROUNDS)
		return false;
	kdf->salt = element.content;
	kdf->rounds = (unsigned)rounds;
	if (trust_der_peek(&parameters) == TRUST_DER_INTEGER &&
	    !trust_der_next_uint(&parameters, &length))
		return false;
	return length == 32 && trust_der_enter(&parameters, TRUST_DER_SEQUENCE, &prf) &&
	    trust_der_expect(&prf, TRUST_DER_OID, &element) &&
	    trust_oid_is(element.content, OID_HMAC_SHA256);
}

static void
derive(const struct trust_seal_key *key, const struct kdf *kdf, uint8_t ret_key[32])
{
	pbkdf2_hmac_sha256(
	    key->size, key->bytes, kdf->rounds, kdf->salt.size, kdf->salt.data, 32, ret_key);
}

/* SEQUENCE { AlgorithmIdentifier { scheme, SEQUENCE { kdf, second } }, OCTET STRING } */
struct envelope {
	struct kdf kdf;
	struct trust_der_element second_oid;
	struct trust_der_element second_parameters; /* empty when absent */
	struct trust_bytes content;
};

static bool
open_envelope(struct trust_bytes bytes, const char *scheme, struct envelope *ret)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der outer;
	struct trust_der algorithm;
	struct trust_der parameters;
	struct trust_der second;
	struct trust_der_element element;

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &outer) ||
	    !trust_der_enter(&outer, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &element) ||
	    !trust_oid_is(element.content, scheme) ||
	    !trust_der_enter(&algorithm, TRUST_DER_SEQUENCE, &parameters) ||
	    !read_kdf(&parameters, &ret->kdf) ||
	    !trust_der_enter(&parameters, TRUST_DER_SEQUENCE, &second) ||
	    !trust_der_expect(&second, TRUST_DER_OID, &ret->second_oid) ||
	    !trust_der_expect(&outer, TRUST_DER_OCTET_STRING, &element))
		return false;
	ret->content = element.content;
	ret->second_parameters = (struct trust_der_element){ 0 };
	return trust_der_at_end(&second) || trust_der_next(&second, &ret->second_parameters);
}

bool
trust_seal_key_is_right(struct trust_seal_key *key, struct trust_bytes check)
{
	struct envelope envelope;
	struct CBC_CTX(struct aes256_ctx, AES_BLOCK_SIZE) cipher;
	uint8_t derived[32];
	uint8_t plain[AES_BLOCK_SIZE];

	if (!open_envelope(check, OID_PBES2, &envelope) ||
	    !trust_oid_is(envelope.second_oid.content, OID_AES_256_CBC) ||
	    envelope.content.size != AES_BLOCK_SIZE)
		return false;
	/* NSS writes a 14-byte IV and uses its DER header as the first two bytes. */
	struct trust_bytes iv = envelope.second_parameters.content;
	if (iv.size == AES_BLOCK_SIZE - 2)
		iv = envelope.second_parameters.whole;
	if (iv.size != AES_BLOCK_SIZE)
		return false;
	derive(key, &envelope.kdf, derived);
	aes256_set_decrypt_key(&cipher.ctx, derived);
	CBC_SET_IV(&cipher, iv.data);
	CBC_DECRYPT(&cipher, aes256_decrypt, AES_BLOCK_SIZE, plain, envelope.content.data);
	bool right = memeql_sec(plain, password_check, strlen(password_check)) != 0;
	explicit_bzero(derived, sizeof derived);
	explicit_bzero(&cipher, sizeof cipher);
	/* By its environment NSS takes more, for signatures as for this. */
	if (right && envelope.kdf.rounds > key->usual_rounds)
		key->usual_rounds = envelope.kdf.rounds;
	return right;
}

bool
trust_seal_may_be_empty(struct trust_bytes check)
{
	struct envelope envelope;

	return !open_envelope(check, OID_PBES2, &envelope) || envelope.kdf.rounds <= ROUNDS_EMPTY;
}

static void
put_u32(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t)(value >> 24);
	out[1] = (uint8_t)(value >> 16);
	out[2] = (uint8_t)(value >> 8);
	out[3] = (uint8_t)value;
}

static bool
is_last_derived(const struct trust_seal_cache *cache, const struct kdf *kdf)
{
	return cache && cache->rounds == kdf->rounds && cache->salt_size == kdf->salt.size &&
	    memcmp(cache->salt, kdf->salt.data, kdf->salt.size) == 0;
}

/* Each signature may have a salt of its own. */
static bool
is_too_dear(struct trust_seal_key *key, const struct kdf *kdf)
{
	if (kdf->rounds <= key->usual_rounds || is_last_derived(key->cache, kdf))
		return false;
	key->extra_rounds += kdf->rounds;
	return key->extra_rounds > TRUST_MAX_SEAL_ROUNDS;
}

static struct trust_seal_cache *
keyed(struct trust_seal_key *key, const struct kdf *kdf)
{
	struct trust_seal_cache *cache = key->cache;
	uint8_t derived[32];

	if (!cache)
		cache = key->cache = trust_alloc(sizeof *cache);
	if (is_last_derived(cache, kdf))
		return cache;
	derive(key, kdf, derived);
	hmac_sha256_set_key(&cache->keyed, sizeof derived, derived);
	explicit_bzero(derived, sizeof derived);
	cache->rounds =
	    kdf->salt.size <= sizeof cache->salt ? kdf->rounds : 0; /* 0: not to be found */
	cache->salt_size = kdf->salt.size;
	if (cache->rounds)
		memcpy(cache->salt, kdf->salt.data, kdf->salt.size);
	return cache;
}

static void
mac(struct trust_seal_key *key, const struct kdf *kdf, uint32_t object_id, uint32_t attribute,
    struct trust_bytes value, uint8_t ret_mac[SHA256_DIGEST_SIZE])
{
	struct hmac_sha256_ctx *context = &keyed(key, kdf)->keyed;
	uint8_t header[8];

	put_u32(header, object_id);
	put_u32(header + 4, attribute);
	hmac_sha256_update(context, sizeof header, header);
	hmac_sha256_update(context, value.size, value.data);
	/* Leaves the context as the key alone had made it. */
	hmac_sha256_digest(context, SHA256_DIGEST_SIZE, ret_mac);
}

/* ---- signing anew -------------------------------------------------------------------------- */

static void
put_sequence(struct trust_buffer *out, struct trust_buffer *content)
{
	trust_der_put(out, TRUST_DER_SEQUENCE, trust_buffer_bytes(content));
	trust_buffer_clear(content);
}

static struct trust_bytes
encode_signature(const struct kdf *kdf, struct trust_bytes content)
{
	TRUST_AUTO_BUFFER hmac;
	TRUST_AUTO_BUFFER inner;
	TRUST_AUTO_BUFFER outer;

	trust_buffer_init(&hmac, 4096);
	trust_buffer_init(&inner, 4096);
	trust_buffer_init(&outer, 4096);
	trust_der_put_oid(&inner, OID_HMAC_SHA256);
	put_sequence(&hmac, &inner);

	trust_der_put_octets(&inner, kdf->salt);
	trust_der_put_uint(&inner, kdf->rounds);
	trust_der_put_uint(&inner, 32);
	trust_buffer_append(&inner, hmac.data, hmac.size);
	trust_der_put_oid(&outer, OID_PBKDF2);
	put_sequence(&outer, &inner);
	put_sequence(&inner, &outer); /* inner: the kdf's AlgorithmIdentifier */

	trust_buffer_append(&inner, hmac.data, hmac.size);
	trust_der_put_oid(&outer, OID_PBMAC1);
	put_sequence(&outer, &inner);
	put_sequence(&inner, &outer); /* inner: the whole AlgorithmIdentifier */

	trust_der_put_octets(&inner, content);
	put_sequence(&outer, &inner);
	size_t size = outer.size;
	return (struct trust_bytes){ (uint8_t *)trust_buffer_take(&outer), size };
}

/* All of NSS's own signatures of one number of rounds are alike but for salt and MAC: taken apart
 * without decoding when they are. */
static bool
is_of_form(struct trust_bytes signature, unsigned rounds, struct kdf *ret_kdf)
{
	static struct {
		unsigned rounds;
		struct trust_bytes bytes;
	} forms[2] = { { ROUNDS_EMPTY, { 0 } }, { ROUNDS_PASSWORD, { 0 } } };
	static const uint8_t nothing[SHA256_DIGEST_SIZE];
	struct trust_bytes *form = &forms[rounds == ROUNDS_PASSWORD].bytes;
	const struct kdf kdf = { { nothing, sizeof nothing }, rounds };
	const size_t salt_at = 35;

	if (!form->data) /* kept until the end */
		*form = encode_signature(&kdf, (struct trust_bytes){ nothing, sizeof nothing });
	if (signature.size != form->size || memcmp(signature.data, form->data, salt_at) != 0 ||
	    memcmp(signature.data + salt_at + 32, form->data + salt_at + 32,
		form->size - 32 - salt_at - 32) != 0)
		return false;
	*ret_kdf = (struct kdf){ { signature.data + salt_at, 32 }, rounds };
	return true;
}

/* In the same time wherever they differ; eight bytes at a time. */
static bool
equal_mac(const uint8_t *a, const uint8_t *b)
{
	uint64_t x[SHA256_DIGEST_SIZE / 8];
	uint64_t y[SHA256_DIGEST_SIZE / 8];

	memcpy(x, a, sizeof x);
	memcpy(y, b, sizeof y);
	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])) == 0;
}

bool
trust_seal_check(struct trust_seal_key *key, uint32_t object_id, uint32_t attribute,
    struct trust_bytes value, struct trust_bytes signature)
{
	struct envelope envelope;
	uint8_t want[SHA256_DIGEST_SIZE];

	if (is_of_form(signature, ROUNDS_EMPTY, &envelope.kdf) ||
	    is_of_form(signature, ROUNDS_PASSWORD, &envelope.kdf))
		envelope.content =
		    (struct trust_bytes){ signature.data + signature.size - sizeof want,
			    sizeof want };
	else if (!open_envelope(signature, OID_PBMAC1, &envelope) ||
	    !trust_oid_is(envelope.second_oid.content, OID_HMAC_SHA256) ||
	    envelope.content.size != sizeof want) {
		key->too_dear = false;
		return false;
	}
	key->too_dear = is_too_dear(key, &envelope.kdf);
	if (key->too_dear)
		return false;
	mac(key, &envelope.kdf, object_id, attribute, value, want);
	return equal_mac(want, envelope.content.data);
}

static bool
read_key(const char *directory, const struct trust_secret *password, struct trust_seal_key *ret_key,
    struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *row = NULL;
	TRUST_AUTO_FREE char *path = trust_printf("%s/key4.db", directory);

	if (!trust_db_open(path, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, error) ||
	    !trust_db_prepare(
		db, &row, error, "SELECT item1, item2 FROM metaData WHERE id='password'"))
		return false;
	if (!trust_db_step(db, row, error))
		return error->code != TRUST_OK ? false
					       : trust_fail(error, TRUST_STORE_DAMAGED, NULL,
						     "the store has no password set up");
	if (!trust_seal_key_make(password, trust_db_blob(row, 0), ret_key))
		return trust_fail(error, TRUST_STORE_DAMAGED, NULL,
		    "the store's password check is of an unknown kind");
	if (!trust_seal_key_is_right(ret_key, trust_db_blob(row, 1))) {
		trust_seal_key_done(ret_key);
		return trust_fail(
		    error, TRUST_STORE_PASSWORD, NULL, "wrong password for the store");
	}
	return true;
}

void
trust_sealer_init(struct trust_sealer *sealer, struct trust_seal_key *key, bool has_password)
{
	static const uint8_t nothing[SHA256_DIGEST_SIZE];

	*sealer = (struct trust_sealer){
		.key = *key,
		.rounds = has_password ? ROUNDS_PASSWORD : ROUNDS_EMPTY,
	};
	explicit_bzero(key, sizeof *key);
	trust_random(sealer->salt, sizeof sealer->salt);
	const struct kdf kdf = { { sealer->salt, sizeof sealer->salt }, sealer->rounds };
	struct trust_bytes form =
	    encode_signature(&kdf, (struct trust_bytes){ nothing, sizeof nothing });
	sealer->size = form.size;
	memcpy(sealer->form, form.data, form.size);
	trust_free((void *)form.data);
}

bool
trust_sealer_open(const char *directory, const struct trust_secret *password,
    struct trust_sealer *ret_sealer, struct trust_error *error)
{
	struct trust_seal_key key;

	if (!read_key(directory, password, &key, error))
		return false;
	trust_sealer_init(ret_sealer, &key, password && password->size);
	return true;
}

void
trust_sealer_done(struct trust_sealer *sealer)
{
	trust_seal_key_done(&sealer->key);
}

void
trust_sealer_sign(struct trust_sealer *sealer, uint32_t object_id, uint32_t attribute,
    struct trust_bytes value, uint8_t ret_signature[TRUST_SEAL_MAX_BYTES])
{
	const struct kdf kdf = { { sealer->salt, sizeof sealer->salt }, sealer->rounds };

	memcpy(ret_signature, sealer->form, sealer->size);
	mac(&sealer->key, &kdf, object_id, attribute, value,
	    ret_signature + sealer->size - SHA256_DIGEST_SIZE);
}
