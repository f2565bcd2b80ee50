/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Java's own key store, JKS, with trusted certificates alone: what Java before 9 wants. As
 * sun.security.provider.JavaKeyStore reads it: big-endian numbers, an entry for each alias, and in
 * the end the SHA-1 of the password, a phrase and all that went before. That digest guards against
 * damage; whoever knows the password can make it.
 */

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "core/cert.h"
#include "core/hash.h"
#include "core/limits.h"
#include "export/internal.h"

#define MAGIC 0xfeedfeed
#define VERSION 2
#define TRUSTED_CERT 2
#define PHRASE "Mighty Aphrodite"

static void
put_number(struct trust_buffer *out, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * (size - 1 - i));
	trust_buffer_append(out, bytes, size);
}

/* Java's modified UTF-8; our texts are ASCII. */
static void
put_text(struct trust_buffer *out, const char *text)
{
	put_number(out, strlen(text), 2);
	trust_buffer_append_text(out, text);
}

/* The date of an entry says when it was made; the certificate's own begin makes equal files of
 * equal certificates. */
static void
put_entry(struct trust_buffer *out, const struct export_part *part)
{
	TRUST_AUTO_FREE char *alias = export_part_file_name(part, "");

	for (char *c = alias; *c; c++)
		*c = (char)tolower((unsigned char)*c); /* as Java does on looking one up */
	put_number(out, TRUSTED_CERT, 4);
	put_text(out, alias);
	put_number(out, (uint64_t)part->cert->not_before.seconds * 1000, 8);
	put_text(out, "X.509");
	put_number(out, part->cert->der.size, 4);
	trust_buffer_append(out, part->cert->der.data, part->cert->der.size);
}

bool
export_jks(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	assert(request->password);
	uint8_t digest[TRUST_SHA1_BYTES];
	TRUST_AUTO(trust_secret) *bmp = trust_password_bmp(
	    (struct trust_bytes){ request->password->bytes, request->password->size });
	TRUST_AUTO_BUFFER whole;

	(void)error;
	export_begin(&whole);
	trust_buffer_append(&whole, bmp->bytes, bmp->size - 2); /* without its NUL */
	trust_buffer_append_text(&whole, PHRASE);
	size_t begin = whole.size;
	put_number(&whole, MAGIC, 4);
	put_number(&whole, VERSION, 4);
	put_number(&whole, request->count, 4);
	for (size_t i = 0; i < request->count; i++)
		put_entry(&whole, &request->parts[i]);
	trust_sha1(whole.data, whole.size, digest);
	trust_buffer_append(ret_bytes, whole.data + begin, whole.size - begin);
	trust_buffer_append(ret_bytes, digest, sizeof digest);
	ret_bytes->overflow = ret_bytes->overflow || whole.overflow;
	return true;
}
