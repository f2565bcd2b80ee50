/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Many self-signed P-256 CA certificates for the benchmarks and the fault tests: certs COUNT
 * [FIRST] writes them as PEM. The same numbers give the same bytes on every run. Every tenth is
 * expired.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/base64.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/sha2.h>

#include "core/buffer.h"
#include "core/der.h"

#define MAX_PART 4096

/* A stream of bytes that depends on the seed alone. */
struct stream {
	uint8_t block[SHA256_DIGEST_SIZE];
	unsigned used;
};

static void
stream_init(struct stream *stream, unsigned long seed)
{
	struct sha256_ctx hash;
	char text[32];

	snprintf(text, sizeof text, "certificate %lu", seed);
	sha256_init(&hash);
	sha256_update(&hash, strlen(text), (const uint8_t *)text);
	sha256_digest(&hash, sizeof stream->block, stream->block);
	stream->used = 0;
}

static void
stream_next(void *context, size_t size, uint8_t *bytes)
{
	struct stream *stream = context;

	for (size_t i = 0; i < size; i++) {
		if (stream->used == sizeof stream->block) {
			struct sha256_ctx hash;
			sha256_init(&hash);
			sha256_update(&hash, sizeof stream->block, stream->block);
			sha256_digest(&hash, sizeof stream->block, stream->block);
			stream->used = 0;
		}
		bytes[i] = stream->block[stream->used++];
	}
}

static void
put(struct trust_buffer *out, uint8_t tag, struct trust_buffer *inner)
{
	trust_der_put(out, tag, trust_buffer_bytes(inner));
	trust_buffer_clear(inner);
}

static void
put_text(struct trust_buffer *out, uint8_t tag, const char *text)
{
	trust_der_put(out, tag, (struct trust_bytes){ (const uint8_t *)text, strlen(text) });
}

static void
put_bits(struct trust_buffer *out, struct trust_bytes bytes)
{
	TRUST_AUTO_BUFFER bits;

	trust_buffer_init(&bits, MAX_PART);
	trust_buffer_append(&bits, "", 1);
	trust_buffer_append(&bits, bytes.data, bytes.size);
	put(out, TRUST_DER_BIT_STRING, &bits);
}

static void
put_number(struct trust_buffer *out, const mpz_t number)
{
	uint8_t bytes[64] = { 0 };
	size_t size = nettle_mpz_sizeinbase_256_s(number);

	nettle_mpz_get_str_256(size, bytes, number);
	trust_der_put(out, TRUST_DER_INTEGER, (struct trust_bytes){ bytes, size });
}

/* CN=Bench CA 000042, O=Example */
static void
put_name(struct trust_buffer *out, unsigned long number)
{
	char name[64];
	TRUST_AUTO_BUFFER pair;
	TRUST_AUTO_BUFFER set;
	TRUST_AUTO_BUFFER names;

	trust_buffer_init(&pair, MAX_PART);
	trust_buffer_init(&set, MAX_PART);
	trust_buffer_init(&names, MAX_PART);
	snprintf(name, sizeof name, "Bench CA %06lu", number);
	trust_der_put_oid(&pair, "2.5.4.10");
	put_text(&pair, TRUST_DER_UTF8_STRING, "Example");
	put(&set, TRUST_DER_SEQUENCE, &pair);
	put(&names, TRUST_DER_SET, &set);
	trust_der_put_oid(&pair, "2.5.4.3");
	put_text(&pair, TRUST_DER_UTF8_STRING, name);
	put(&set, TRUST_DER_SEQUENCE, &pair);
	put(&names, TRUST_DER_SET, &set);
	put(out, TRUST_DER_SEQUENCE, &names);
}

static void
put_algorithm(struct trust_buffer *out, const char *oid, const char *curve)
{
	TRUST_AUTO_BUFFER parts;

	trust_buffer_init(&parts, MAX_PART);
	trust_der_put_oid(&parts, oid);
	if (curve)
		trust_der_put_oid(&parts, curve);
	put(out, TRUST_DER_SEQUENCE, &parts);
}

static void
put_key(struct trust_buffer *out, const struct ecc_point *point)
{
	uint8_t bits[65] = { 4 };
	TRUST_AUTO_BUFFER parts;
	mpz_t x, y;

	mpz_inits(x, y, NULL);
	ecc_point_get(point, x, y);
	nettle_mpz_get_str_256(32, bits + 1, x);
	nettle_mpz_get_str_256(32, bits + 33, y);
	mpz_clears(x, y, NULL);
	trust_buffer_init(&parts, MAX_PART);
	put_algorithm(&parts, "1.2.840.10045.2.1", "1.2.840.10045.3.1.7");
	put_bits(&parts, (struct trust_bytes){ bits, sizeof bits });
	put(out, TRUST_DER_SEQUENCE, &parts);
}

static void
put_extensions(struct trust_buffer *out)
{
	static const uint8_t ca[] = { 0x30, 0x03, 0x01, 0x01, 0xff };
	static const uint8_t use[] = { 0x03, 0x02, 0x01, 0x06 };
	static const uint8_t yes[] = { 0xff };
	TRUST_AUTO_BUFFER one;
	TRUST_AUTO_BUFFER all;
	TRUST_AUTO_BUFFER list;

	trust_buffer_init(&one, MAX_PART);
	trust_buffer_init(&all, MAX_PART);
	trust_buffer_init(&list, MAX_PART);
	trust_der_put_oid(&one, "2.5.29.19");
	trust_der_put(&one, TRUST_DER_BOOLEAN, (struct trust_bytes){ yes, sizeof yes });
	trust_der_put_octets(&one, (struct trust_bytes){ ca, sizeof ca });
	put(&all, TRUST_DER_SEQUENCE, &one);
	trust_der_put_oid(&one, "2.5.29.15");
	trust_der_put(&one, TRUST_DER_BOOLEAN, (struct trust_bytes){ yes, sizeof yes });
	trust_der_put_octets(&one, (struct trust_bytes){ use, sizeof use });
	put(&all, TRUST_DER_SEQUENCE, &one);
	put(&list, TRUST_DER_SEQUENCE, &all);
	put(out, TRUST_DER_CONTEXT(3), &list);
}

static void
put_tbs(struct trust_buffer *out, unsigned long number, const struct ecc_point *point,
    struct stream *random)
{
	static const uint8_t version[] = { 0x02, 0x01, 0x02 };
	uint8_t serial[16];
	TRUST_AUTO_BUFFER parts;
	TRUST_AUTO_BUFFER dates;

	trust_buffer_init(&parts, MAX_PART);
	trust_buffer_init(&dates, MAX_PART);
	trust_der_put(
	    &parts, TRUST_DER_CONTEXT(0), (struct trust_bytes){ version, sizeof version });
	stream_next(random, sizeof serial, serial);
	serial[0] = (uint8_t)((serial[0] & 0x7f) | 1);
	trust_der_put(&parts, TRUST_DER_INTEGER, (struct trust_bytes){ serial, sizeof serial });
	put_algorithm(&parts, "1.2.840.10045.4.3.2", NULL);
	put_name(&parts, number);
	put_text(&dates, TRUST_DER_UTC_TIME, "200101000000Z");
	put_text(&dates, TRUST_DER_UTC_TIME, number % 10 == 9 ? "210101000000Z" : "450101000000Z");
	put(&parts, TRUST_DER_SEQUENCE, &dates);
	put_name(&parts, number);
	put_key(&parts, point);
	put_extensions(&parts);
	put(out, TRUST_DER_SEQUENCE, &parts);
}

static void
put_signature(struct trust_buffer *out, struct trust_bytes tbs, const struct ecc_scalar *key,
    struct stream *random)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;
	struct dsa_signature signature;
	TRUST_AUTO_BUFFER numbers;
	TRUST_AUTO_BUFFER value;

	sha256_init(&hash);
	sha256_update(&hash, tbs.size, tbs.data);
	sha256_digest(&hash, sizeof digest, digest);
	dsa_signature_init(&signature);
	ecdsa_sign(key, random, stream_next, sizeof digest, digest, &signature);
	trust_buffer_init(&numbers, MAX_PART);
	trust_buffer_init(&value, MAX_PART);
	put_number(&numbers, signature.r);
	put_number(&numbers, signature.s);
	put(&value, TRUST_DER_SEQUENCE, &numbers);
	put_bits(out, trust_buffer_bytes(&value));
	dsa_signature_clear(&signature);
}

static void
make(unsigned long number, struct trust_buffer *ret_der)
{
	struct stream random;
	struct ecc_scalar key;
	struct ecc_point point;
	TRUST_AUTO_BUFFER tbs;

	stream_init(&random, number);
	ecc_scalar_init(&key, nettle_get_secp_256r1());
	ecc_point_init(&point, nettle_get_secp_256r1());
	ecdsa_generate_keypair(&point, &key, &random, stream_next);
	trust_buffer_init(&tbs, MAX_PART);
	put_tbs(&tbs, number, &point, &random);
	TRUST_AUTO_BUFFER parts;
	trust_buffer_init(&parts, MAX_PART);
	trust_buffer_append(&parts, tbs.data, tbs.size);
	put_algorithm(&parts, "1.2.840.10045.4.3.2", NULL);
	put_signature(&parts, trust_buffer_bytes(&tbs), &key, &random);
	put(ret_der, TRUST_DER_SEQUENCE, &parts);
	ecc_scalar_clear(&key);
	ecc_point_clear(&point);
}

static void
print_pem(const struct trust_buffer *der)
{
	char text[BASE64_ENCODE_RAW_LENGTH(MAX_PART)];
	size_t size = BASE64_ENCODE_RAW_LENGTH(der->size);

	base64_encode_raw(text, der->size, der->data);
	puts("-----BEGIN CERTIFICATE-----");
	for (size_t at = 0; at < size; at += 64)
		printf("%.*s\n", (int)(size - at < 64 ? size - at : 64), text + at);
	puts("-----END CERTIFICATE-----");
}

int
main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	for (unsigned long i = first; i < first + count; i++) {
		TRUST_AUTO_BUFFER der;
		trust_buffer_init(&der, MAX_PART);
		make(i, &der);
		print_pem(&der);
	}
	return 0;
}
