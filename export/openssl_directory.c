/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A directory as `openssl rehash` leaves it and -CApath reads it: each certificate in a file named
 * by the hash of its subject and a number. The hash is the first four bytes, least significant
 * first, of the SHA-1 of the name in OpenSSL's canonical form (x509_name_canon in x_name.c).
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/text.h"
#include "export/internal.h"

#define TAG_VISIBLE_STRING 0x1a

/* The types that OpenSSL's ASN1_MASK_CANON turns into UTF-8; any other value stays as it is. */
static bool
is_text(uint8_t tag)
{
	return tag == TRUST_DER_UTF8_STRING || tag == TRUST_DER_PRINTABLE_STRING ||
	    tag == TRUST_DER_T61_STRING || tag == TRUST_DER_IA5_STRING ||
	    tag == TRUST_DER_UNIVERSAL_STRING || tag == TRUST_DER_BMP_STRING ||
	    tag == TAG_VISIBLE_STRING;
}

/* Whatever has a byte for each character is Latin-1 to OpenSSL, which T61String stands for here. */
static uint8_t
read_as(uint8_t tag)
{
	return tag == TRUST_DER_PRINTABLE_STRING || tag == TRUST_DER_IA5_STRING ||
		tag == TAG_VISIBLE_STRING
	    ? TRUST_DER_T61_STRING
	    : tag;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Space at both ends gone, runs of it one blank, ASCII letters small. */
static void
put_canonical_text(struct trust_buffer *out, const char *text, size_t size)
{
	TRUST_AUTO_BUFFER value;

	export_begin(&value);
	while (size > 0 && is_space(text[size - 1]))
		size--;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (is_space(c)) {
			if (value.size > 0 && !is_space(text[i - 1]))
				trust_buffer_append(&value, " ", 1);
			continue;
		}
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		trust_buffer_append(&value, &c, 1);
	}
	trust_der_put(out, TRUST_DER_UTF8_STRING, trust_buffer_bytes(&value));
}

static bool
put_attribute(struct trust_buffer *out, struct trust_der *attributes)
{
	struct trust_der attribute;
	struct trust_der_element type;
	struct trust_der_element value;

	if (!trust_der_enter(attributes, TRUST_DER_SEQUENCE, &attribute) ||
	    !trust_der_expect(&attribute, TRUST_DER_OID, &type) ||
	    !trust_der_next(&attribute, &value))
		return false;
	trust_buffer_append(out, type.whole.data, type.whole.size);
	if (is_text(value.tag)) {
		size_t size = 0;
		TRUST_AUTO_FREE char *text =
		    trust_text_from_asn1(read_as(value.tag), value.content, &size);
		put_canonical_text(out, text, size);
	} else {
		trust_buffer_append(out, value.whole.data, value.whole.size);
	}
	export_wrap(out, TRUST_DER_SEQUENCE);
	return true;
}

/* One RelativeDistinguishedName, a SET OF; nearly always with one attribute. */
static void
put_rdn(struct trust_buffer *out, struct trust_der *attributes)
{
	TRUST_AUTO_FREE struct trust_buffer *list = NULL;
	size_t count = 0;
	TRUST_AUTO_BUFFER set;

	export_begin(&set);
	while (true) {
		list = trust_grow_array(list, count + 1, sizeof *list);
		export_begin(&list[count]);
		if (!put_attribute(&list[count], attributes)) {
			trust_buffer_done(&list[count]);
			break;
		}
		count++;
	}
	export_append_sorted(&set, list, count);
	for (size_t i = 0; i < count; i++)
		trust_buffer_done(&list[i]);
	export_wrap(&set, TRUST_DER_SET);
	export_append(out, &set);
}

static uint32_t
name_hash(struct trust_bytes name)
{
	struct trust_der der = trust_der_init(name);
	struct trust_der rdns;
	struct trust_der attributes;
	uint8_t digest[TRUST_SHA1_BYTES];
	TRUST_AUTO_BUFFER canonical;

	export_begin(&canonical);
	if (trust_der_enter(&der, TRUST_DER_SEQUENCE, &rdns))
		while (trust_der_enter(&rdns, TRUST_DER_SET, &attributes))
			put_rdn(&canonical, &attributes);
	trust_sha1(canonical.data, canonical.size, digest);
	return (uint32_t)digest[0] | (uint32_t)digest[1] << 8 | (uint32_t)digest[2] << 16 |
	    (uint32_t)digest[3] << 24;
}

#define HASH_DIGITS 8

/* OpenSSL counts up from .0; the names of revocation lists have an r before the number. */
bool
export_is_hashed_name(const char *name, const struct export_files *files)
{
	size_t size = strlen(name);

	(void)files; /* every certificate there is an anchor */
	return strspn(name, "0123456789abcdef") == HASH_DIGITS && name[HASH_DIGITS] == '.' &&
	    size > HASH_DIGITS + 1 &&
	    strspn(name + HASH_DIGITS + 1, "0123456789") == size - HASH_DIGITS - 1;
}

bool
export_is_own_hashed_name(const char *name, const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *hash = trust_printf("%08x", (unsigned)name_hash(cert->subject));

	return export_is_hashed_name(name, NULL) && strncmp(name, hash, HASH_DIGITS) == 0;
}

/* Is the name free, for this file or because it has it? */
static bool
is_room(int directory, const char *name, const struct export_files *files, size_t index)
{
	const struct trust_buffer *bytes = &files->list[index].bytes;
	struct stat status;
	TRUST_AUTO_BUFFER text;

	trust_buffer_init(&text, 2 * TRUST_MAX_CERT_BYTES);
	for (size_t i = 0; i < index; i++)
		if (strcmp(files->list[i].name, name) == 0)
			return false;
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	return export_read_file(directory, name, &text) &&
	    trust_bytes_equal(trust_buffer_bytes(&text), trust_buffer_bytes(bytes));
}

/* OpenSSL counts up until a number is missing, so the lowest free one is taken. */
void
export_number_hashed_names(int directory, struct export_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct export_file *file = &files->list[i];
		for (unsigned number = 0;; number++) {
			char *name = trust_printf("%.*s.%u", HASH_DIGITS, file->name, number);
			bool room = is_room(directory, name, files, i);
			trust_free(room ? file->name : name);
			if (!room)
				continue;
			file->name = name;
			break;
		}
	}
}

bool
export_openssl_directory(
    const struct export_request *request, struct export_files *ret_files, struct trust_error *error)
{
	TRUST_AUTO_FREE uint32_t *hashes = trust_alloc_array(request->count, sizeof *hashes);

	(void)error;
	for (size_t i = 0; i < request->count; i++) {
		unsigned number = 0;
		hashes[i] = name_hash(request->parts[i].cert->subject);
		for (size_t k = 0; k < i; k++)
			number += hashes[k] == hashes[i];
		struct trust_buffer *file = export_files_add(
		    ret_files, trust_printf("%08x.%u", (unsigned)hashes[i], number), false);
		export_put_block(file, "CERTIFICATE", request->parts[i].cert->der);
	}
	return true;
}
