/* SPDX-License-Identifier: MPL-2.0 */
/* What bytes look like, for the formats' recognisers and for the message about all others. */

#include <ctype.h>
#include <string.h>

#include "core/der.h"
#include "core/text.h"
#include "import/internal.h"

/* ---- ASN.1 --------------------------------------------------------------------------------- */

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes of tag and length, 0 when they are not there. */
static size_t
header_size(struct trust_bytes at)
{
	if (at.size < 2)
		return 0;
	size_t size = 2 + (at.data[1] > 0x80 ? (size_t)(at.data[1] & 0x7f) : 0);
	return size <= 10 && size <= at.size ? size : 0;
}

bool
import_begins(struct trust_bytes bytes, const char *path)
{
	while (*path) {
		size_t header = header_size(bytes);
		if (header == 0 || bytes.data[0] != hex_digit(path[0]) * 16 + hex_digit(path[1]))
			return false;
		path += 2;
		if (*path == '=') {
			if (bytes.size < 3 || bytes.data[1] != 1 ||
			    bytes.data[2] != hex_digit(path[1]) * 16 + hex_digit(path[2]))
				return false;
			path += 3;
		}
		if (!*path)
			return true;
		size_t step = *path++ == '>' ? header : trust_der_element_size(bytes);
		if (step == 0 || step > bytes.size)
			return true; /* beyond the end: cut short */
		bytes = (struct trust_bytes){ bytes.data + step, bytes.size - step };
	}
	return true;
}

/* ---- others -------------------------------------------------------------------------------- */

static bool
starts_with(struct trust_bytes bytes, const char *magic, size_t size)
{
	return bytes.size >= size && memcmp(bytes.data, magic, size) == 0;
}

bool
import_is_utf16(struct trust_bytes bytes)
{
	return starts_with(bytes, "\xff\xfe", 2) || starts_with(bytes, "\xfe\xff", 2);
}

/* Text at the start, white space and case aside. */
bool
import_begins_with_word(struct trust_bytes bytes, const char *word)
{
	size_t at = 0;
	size_t length = strlen(word);

	if (starts_with(bytes, "\xef\xbb\xbf", 3))
		at = 3;
	while (at < bytes.size && isspace(bytes.data[at]))
		at++;
	return bytes.size - at >= length &&
	    strncasecmp((const char *)bytes.data + at, word, length) == 0;
}

/* The first 4 KB are enough to tell text from data. */
static bool
is_text(struct trust_bytes bytes)
{
	size_t size = bytes.size < 4096 ? bytes.size : 4096;

	for (size_t i = 0; i < size; i++)
		if ((bytes.data[i] < 0x20 && !isspace(bytes.data[i])) || bytes.data[i] == 0x7f)
			return false;
	return true;
}

bool
import_looks_like_base64(struct trust_bytes bytes)
{
	size_t digits = 0;

	for (size_t i = 0; i < bytes.size; i++) {
		uint8_t c = bytes.data[i];
		if (isspace(c))
			continue;
		if (!isalnum(c) && c != '+' && c != '/' && c != '=')
			return false;
		digits++;
	}
	return digits >= 64;
}

static const char ask_again[] = "ask whoever sent it for the certificate itself";
static const char not_a_certificate[] =
    "the certificate is what the authority sends back for a request";
static const char to_pkcs12[] =
    "convert it, with Bouncy Castle's bcprov.jar: keytool -importkeystore -srcstoretype BKS "
    "-srckeystore FILE -destkeystore NEW.p12 -deststoretype pkcs12 -providerpath bcprov.jar "
    "-provider org.bouncycastle.jce.provider.BouncyCastleProvider";

#define MAGIC(text) .magic = (text), .magic_size = sizeof(text) - 1

static const struct {
	const char *magic; /* bytes at the start ... */
	size_t magic_size;
	const char *word; /* ... or text, white space and case aside ... */
	const char *path; /* ... or ASN.1 */
	const char *words;
	const char *hint;
} kinds[] = {
	{ .word = "<!doctype html",
	    .words = "an HTML page",
	    .hint = "the download was answered with a web page; open the address in a browser" },
	{ .word = "<html",
	    .words = "an HTML page",
	    .hint = "the download was answered with a web page; open the address in a browser" },
	{ .word = "<?xml", .words = "an XML document", .hint = ask_again },
	{ .word = "MIME-Version:",
	    .words = "an e-mail message",
	    .hint = "if it is a signed one, its signature as a file: openssl cms -cmsout "
		    "-inform SMIME -in FILE -outform DER -out NEW" },
	{ .word = "{", .words = "JSON or RTF text", .hint = ask_again },
	{ .word = "PuTTY-User-Key-File",
	    .words = "a PuTTY key, which is for SSH and no certificate" },
	{ .word = "ssh-", .words = "an OpenSSH public key, which is no certificate" },
	{ .word = "ecdsa-sha2-", .words = "an OpenSSH public key, which is no certificate" },
	{ .word = "openssh-key-v1", .words = "an OpenSSH private key, which has no certificate" },
	{ MAGIC("%PDF"), .words = "a PDF document", .hint = ask_again },
	{ MAGIC("PK\x03\x04"), .words = "a ZIP archive", .hint = "unpack it first" },
	{ MAGIC("\x1f\x8b"), .words = "a gzip archive",
	    .hint = "unpack it first: gunzip <FILE >NEW" },
	{ MAGIC("7z\xbc\xaf\x27\x1c"), .words = "a 7-Zip archive", .hint = "unpack it first" },
	{ MAGIC("bplist"), .words = "a binary property list",
	    .hint = "convert it: plistutil -i FILE -o NEW.mobileconfig -f xml" },
	{ MAGIC("\x00\x00\x00\x02\x00\x00\x00\x14"), .words = "a Java key store (BKS or UBER)",
	    .hint = to_pkcs12 },
	{ MAGIC("SQLite format 3"), .words = "an SQLite database",
	    .hint = "if it is part of a store, import the directory itself" },
	{ MAGIC("\x7f"
		"ELF"),
	    .words = "a program" },
	{ MAGIC("\xff\xfe"), .words = "text in UTF-16",
	    .hint = "convert it: iconv -f utf-16 -t utf-8 FILE > NEW" },
	{ MAGIC("\xfe\xff"), .words = "text in UTF-16",
	    .hint = "convert it: iconv -f utf-16 -t utf-8 FILE > NEW" },
	{ .path = "30>30>02.30>31", .words = "a certificate request", .hint = not_a_certificate },
	{ .path = "30>30>06.", .words = "a public key without certificate" },
	{ .path = "30>0a=00.", .words = "an OCSP response" },
	{ .path = "30>06.a0>30>", .words = "a CMS message" },
	{ .path = "30>02.02.", .words = "a public key or parameters" },
	{ .path = "30>", .words = "ASN.1 data of an unknown kind, or a damaged certificate" },
};

const char *
import_looks_like(struct trust_bytes bytes, const char **ret_hint)
{
	*ret_hint = NULL;
	if (bytes.size == 0)
		return "it is empty";
	for (size_t i = 0; i < TRUST_COUNT(kinds); i++) {
		if ((kinds[i].magic && starts_with(bytes, kinds[i].magic, kinds[i].magic_size)) ||
		    (kinds[i].word && import_begins_with_word(bytes, kinds[i].word)) ||
		    (kinds[i].path && import_begins(bytes, kinds[i].path))) {
			*ret_hint = kinds[i].hint;
			return kinds[i].words;
		}
	}
	if (import_looks_like_base64(bytes)) {
		*ret_hint = ask_again;
		return "base64 text of something else";
	}
	*ret_hint =
	    "certificates come as PEM (text with BEGIN and END lines), DER, PKCS #7 or PKCS #12";
	return is_text(bytes) ? "text without any PEM block" : "binary data of an unknown kind";
}
