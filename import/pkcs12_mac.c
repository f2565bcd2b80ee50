/* SPDX-License-Identifier: MPL-2.0 */
/* The MAC of PKCS #12 files: the classic one (RFC 7292 section 4) and PBMAC1 (RFC 9579). */

#include <string.h>

#include <nettle/memops.h>

#include "core/der.h"
#include "core/oid.h"
#include "import/pkcs12.h"

#define OID_PBMAC1 "1.2.840.113549.1.5.14"

/* Of PBMAC1: from a shorter key anybody could forge the MAC by trying. */
#define MIN_KEY_BYTES 20

static bool
fail_damaged(struct trust_error *error)
{
	return trust_fail(error, TRUST_INPUT_MALFORMED, NULL, "its MAC is damaged");
}

static bool
fail_hash(struct trust_bytes oid, struct trust_error *error)
{
	TRUST_AUTO_FREE char *words = trust_oid_display(oid);
	return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
	    "its MAC is made with %s, which is not supported", words);
}

/* parameters: behind the OID of PBMAC1 */
static bool
read_pbmac1(struct trust_der *rest, struct import_mac *mac, struct trust_error *error)
{
	struct trust_der parameters, scheme;
	struct trust_der_element kdf, oid;

	mac->pbmac1 = true;
	if (!trust_der_enter(rest, TRUST_DER_SEQUENCE, &parameters) ||
	    !trust_der_expect(&parameters, TRUST_DER_SEQUENCE, &kdf) ||
	    !trust_der_enter(&parameters, TRUST_DER_SEQUENCE, &scheme) ||
	    !trust_der_expect(&scheme, TRUST_DER_OID, &oid))
		return fail_damaged(error);
	if (!trust_hash_from_hmac_oid(oid.content, &mac->hash))
		return fail_hash(oid.content, error);
	if (!import_pbkdf2_read(kdf.whole, &mac->kdf, &mac->key_size, error))
		return trust_error_prefix(error, "its MAC: ");
	if (mac->key_size < MIN_KEY_BYTES)
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "the key of its MAC has %zu bytes, which is too short to protect anything",
		    mac->key_size);
	return true;
}

/* rest: behind the DigestInfo */
static bool
read_classic(struct trust_der *rest, struct trust_bytes oid, struct import_mac *mac,
    struct trust_error *error)
{
	struct trust_der_element salt;
	uint64_t rounds = 1;

	if (!trust_hash_from_oid(oid, &mac->hash))
		return fail_hash(oid, error);
	if (!trust_der_expect(rest, TRUST_DER_OCTET_STRING, &salt) ||
	    (!trust_der_at_end(rest) && !trust_der_next_uint(rest, &rounds)))
		return fail_damaged(error);
	if (!import_rounds_check(rounds, error))
		return trust_error_prefix(error, "its MAC: ");
	mac->kdf = (struct trust_kdf){
		.hash = mac->hash,
		.salt = salt.content,
		.rounds = (unsigned)rounds,
	};
	mac->key_size = trust_hash_size(mac->hash);
	return true;
}

bool
import_mac_read(struct trust_bytes bytes, struct import_mac *ret_mac, struct trust_error *error)
{
	struct trust_der der = trust_der_init(bytes);
	struct trust_der data, info, algorithm;
	struct trust_der_element oid, digest;
	struct import_mac mac = { 0 };

	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &data) ||
	    !trust_der_enter(&data, TRUST_DER_SEQUENCE, &info) ||
	    !trust_der_enter(&info, TRUST_DER_SEQUENCE, &algorithm) ||
	    !trust_der_expect(&algorithm, TRUST_DER_OID, &oid) ||
	    !trust_der_expect(&info, TRUST_DER_OCTET_STRING, &digest))
		return fail_damaged(error);
	if (trust_oid_is(oid.content, OID_PBMAC1) ? !read_pbmac1(&algorithm, &mac, error)
						  : !read_classic(&data, oid.content, &mac, error))
		return false;
	if (digest.content.size != trust_hash_size(mac.hash))
		return fail_damaged(error);
	mac.digest = digest.content;
	*ret_mac = mac;
	return true;
}

char *
import_mac_words(const struct import_mac *mac)
{
	const char *plural = mac->kdf.rounds == 1 ? "" : "s";

	if (mac->pbmac1)
		return trust_printf("MAC HMAC-%s with PBKDF2 HMAC-%s, %u round%s",
		    trust_hash_words(mac->hash), trust_hash_words(mac->kdf.hash), mac->kdf.rounds,
		    plural);
	return trust_printf(
	    "MAC %s with %u round%s", trust_hash_words(mac->hash), mac->kdf.rounds, plural);
}

bool
import_mac_matches(
    const struct import_mac *mac, const struct import_password *password, struct trust_bytes data)
{
	uint8_t key[TRUST_HASH_MAX_BYTES];
	uint8_t digest[TRUST_HASH_MAX_BYTES];

	if (mac->pbmac1)
		trust_pbkdf2(&mac->kdf, password->utf8, mac->key_size, key);
	else
		trust_pkcs12_kdf(&mac->kdf, TRUST_PKCS12_MAC, password->bmp, mac->key_size, key);
	trust_hmac(mac->hash, (struct trust_bytes){ key, mac->key_size }, data, digest);
	explicit_bzero(key, sizeof key);
	return memeql_sec(digest, mac->digest.data, mac->digest.size);
}
