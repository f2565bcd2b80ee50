/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_DER_TEXT_H
#define TRUST_TESTS_DER_TEXT_H

/*
 * DER written as text, so that hostile shapes can stand in tables:
 *
 *   30{ ... }    an element of this tag with elements in it (04{ ... } as well)
 *   0c'text'     an element with text
 *   02:0100ff    an element with bytes in hexadecimal
 *   oid:2.5.4.3  an OBJECT IDENTIFIER
 *   =3080        bytes as they are, no element
 *
 * What is made has exactly its size, so that a sanitizer sees a read behind it, and lives until
 * free_made(), the teardown of every group that uses this.
 */

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"

static void **made;
static size_t made_count;

static inline void *
keep(void *memory)
{
	made = trust_grow_array(made, made_count + 1, sizeof *made);
	made[made_count++] = memory;
	return memory;
}

static inline int
free_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < made_count; i++)
		trust_free(made[i]);
	trust_free(made);
	made = NULL;
	made_count = 0;
	return 0;
}

static inline const char *
put_hex_digits(struct trust_buffer *out, const char *at)
{
	for (; isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1]); at += 2) {
		const char digits[] = { at[0], at[1], '\0' };
		uint8_t byte = (uint8_t)strtoul(digits, NULL, 16);
		trust_buffer_append(out, &byte, 1);
	}
	return at;
}

static inline const char *put_elements(struct trust_buffer *out, const char *at);

static inline const char *
put_element(struct trust_buffer *out, const char *at)
{
	const char digits[] = { at[0], at[1], '\0' };
	uint8_t tag = (uint8_t)strtoul(digits, NULL, 16);
	TRUST_AUTO_BUFFER content;

	trust_buffer_init(&content, SIZE_MAX / 4);
	at += 2;
	if (*at == '{') {
		at = put_elements(&content, at + 1);
		assert_true(*at++ == '}');
	} else if (*at == '\'') {
		const char *end = strchr(at + 1, '\'');
		assert_non_null(end);
		trust_buffer_append(&content, at + 1, (size_t)(end - at - 1));
		at = end + 1;
	} else if (*at == ':') {
		at = put_hex_digits(&content, at + 1);
	} else {
		fail_msg("no element: %s", at - 2);
	}
	trust_der_put(out, tag, trust_buffer_bytes(&content));
	return at;
}

static inline const char *
put_elements(struct trust_buffer *out, const char *at)
{
	while (*at && *at != '}') {
		if (*at == ' ') {
			at++;
		} else if (*at == '=') {
			at = put_hex_digits(out, at + 1);
		} else if (strncmp(at, "oid:", 4) == 0) {
			size_t size = strspn(at + 4, "0123456789.");
			TRUST_AUTO_FREE char *dotted = trust_printf("%.*s", (int)size, at + 4);
			trust_der_put_oid(out, dotted);
			at += 4 + size;
		} else {
			at = put_element(out, at);
		}
	}
	return at;
}

static inline struct trust_bytes
der(const char *text)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, SIZE_MAX / 4);
	if (*put_elements(&out, text))
		fail_msg("too many braces: %s", text);
	return (struct trust_bytes){ keep(trust_memdup(out.data, out.size)), out.size };
}

/* Text that lives as long. */
static inline char *words(const char *format, ...) TRUST_PRINTF(1, 2);
static inline char *
words(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = trust_vprintf(format, arguments);
	va_end(arguments);
	return keep(text);
}

/* "CN=..." and an RSA key of 17 bits: enough for everything but signatures. */
#define CN(text) "30{31{30{oid:2.5.4.3 0c'" text "'}}}"
#define RSA_SHA256 "30{oid:1.2.840.113549.1.1.11 05:}"
#define RSA_KEY "30{30{oid:1.2.840.113549.1.1.1 05:} 03{=00 30{02:010001 02:03}}}"

/* A certificate in parts, as text; what is NULL is ordinary. */
struct cert_text {
	const char *version;
	const char *serial;
	const char *algorithm; /* inside and outside */
	const char *issuer;
	const char *validity;
	const char *subject;
	const char *key;
	const char *more;       /* between key and extensions */
	const char *extensions; /* the list's elements */
	const char *after;      /* behind the extensions */
};

static inline const char *
either(const char *text, const char *ordinary)
{
	return text ? text : ordinary;
}

static inline char *
cert_words_of(struct cert_text text)
{
	const char *algorithm = either(text.algorithm, RSA_SHA256);
	const char *extensions =
	    text.extensions ? words("a3{30{%s}}", text.extensions) : (const char *)"";

	return words("30{30{%s %s %s %s %s %s %s %s %s %s} %s 03:00abcd}",
	    either(text.version, "a0{02:02}"), either(text.serial, "02:01"), algorithm,
	    either(text.issuer, CN("Issuer")),
	    either(text.validity, "30{17'200101000000Z' 17'300101000000Z'}"),
	    either(text.subject, CN("Subject")), either(text.key, RSA_KEY), either(text.more, ""),
	    extensions, either(text.after, ""), algorithm);
}

static inline struct trust_cert *
decode_bytes(struct trust_bytes bytes)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;

	if (!trust_cert_decode(bytes, &cert, &error))
		fail_msg("%s", error.message);
	return cert;
}

/* Owned by the caller. */
static inline struct trust_cert *
cert_of(struct cert_text text)
{
	return decode_bytes(der(cert_words_of(text)));
}

#endif
