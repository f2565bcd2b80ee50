/* SPDX-License-Identifier: MPL-2.0 */
/* Which certificate of a file belongs to which key: the one with its public key. What a PKCS #12 file
 * says about it (localKeyId) is not believed. */

#include "core/signature.h"
#include "import/import.h"

static int
find_certificate(const struct import_file *file, const struct trust_secret *pkcs8)
{
	const struct trust_bytes key = { pkcs8->bytes, pkcs8->size };

	for (size_t i = 0; i < file->count; i++)
		if (file->parts[i].kind == IMPORT_CERTIFICATE &&
		    trust_key_matches_cert(key, file->parts[i].cert))
			return (int)i;
	return -1;
}

void
import_match_keys(struct import_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		struct import_part *key = &file->parts[i];
		if (key->kind != IMPORT_KEY)
			continue;
		key->cert_index = find_certificate(file, key->pkcs8);
		if (key->cert_index < 0)
			continue;
		/* Some programs name only the key's bag; people see the certificate's name. */
		struct import_part *cert = &file->parts[key->cert_index];
		if (!cert->friendly_name)
			cert->friendly_name = trust_strdup(key->friendly_name);
	}
}
