/* SPDX-License-Identifier: MPL-2.0 */
/* The table of formats, and finding one by its name or by a file's extension. */

#include <string.h>
#include <strings.h>

#include "core/der.h"
#include "core/error.h"
#include "export/internal.h"

const struct export_format export_formats[] = {
	{
	    .name = "pem",
	    .summary = "PEM text",
	    .extension = ".pem",
	    .carries_keys = true,
	    .text = true,
	    .cannot_carry = "trust and nicknames",
	    .encode = export_pem,
	},
	{
	    .name = "der",
	    .summary = "DER, one certificate",
	    .extension = ".der",
	    .single = true,
	    .cannot_carry = "private keys, trust and nicknames",
	    .encode = export_der,
	},
	{
	    .name = "p12",
	    .summary = "PKCS #12",
	    .extension = ".p12",
	    .carries_keys = true,
	    .needs_password = true,
	    .cannot_carry = "trust",
	    .encode = export_pkcs12,
	},
};
const size_t export_format_count = TRUST_COUNT(export_formats);

/* Extensions besides a format's own. Each of .crt and .cer is found with PEM and with DER in it, so
 * this follows the programs that insist: update-ca-certificates takes .crt only as PEM, and Windows
 * exports DER as .cer. */
static const struct {
	const char *extension;
	const char *format;
} other_extensions[] = {
	{ ".crt", "pem" },
	{ ".cer", "der" },
	{ ".pfx", "p12" },
};

const struct export_format *
export_format_by_name(const char *name)
{
	for (size_t i = 0; i < export_format_count; i++)
		if (strcmp(export_formats[i].name, name) == 0)
			return &export_formats[i];
	return NULL;
}

const struct export_format *
export_format_by_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *extension = strrchr(name, '.');

	if (!extension || extension == name) /* ".pem" is a hidden file without extension */
		return NULL;
	for (size_t i = 0; i < export_format_count; i++)
		if (strcasecmp(export_formats[i].extension, extension) == 0)
			return &export_formats[i];
	for (size_t i = 0; i < TRUST_COUNT(other_extensions); i++)
		if (strcasecmp(other_extensions[i].extension, extension) == 0)
			return export_format_by_name(other_extensions[i].format);
	return NULL;
}

/* EncryptedPrivateKeyInfo of RFC 5958: an algorithm and bytes. A readable PrivateKeyInfo begins
 * with its version instead. */
static bool
is_encrypted_key(const struct trust_secret *key)
{
	struct trust_der whole = trust_der_init((struct trust_bytes) { key->bytes, key->size });
	struct trust_der info;
	struct trust_der_element element;

	return trust_der_enter(&whole, TRUST_DER_SEQUENCE, &info) && trust_der_at_end(&whole) &&
	       trust_der_expect(&info, TRUST_DER_SEQUENCE, &element) &&
	       trust_der_expect(&info, TRUST_DER_OCTET_STRING, &element) && trust_der_at_end(&info);
}

bool
export_check_keys(const struct export_request *request, struct trust_error *error)
{
	for (size_t i = 0; i < request->count; i++) {
		const struct trust_secret *key = request->parts[i].encrypted_key;
		if (key && !is_encrypted_key(key))
			return trust_fail(error, TRUST_BUG, NULL,
			    "a private key came to be written that is not encrypted");
	}
	return true;
}
