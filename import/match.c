/* SPDX-License-Identifier: MPL-2.0 */
/* Which certificate of a file belongs to which key: the one with its public key. What a PKCS #12
 * file says about it (localKeyId) is not believed. */

#include "core/signature.h"
#include "import/internal.h"

/* Deriving a public key takes up to a millisecond. A key is compared with the nearest certificates
 * first, so that files of thousands of identities get by with this. */
#define MAX_COMPARISONS 20000

bool
import_key_is_comparable(const struct import_part *key)
{
	uint8_t ignored[TRUST_SHA1_BYTES];

	return trust_key_id((struct trust_bytes){ key->pkcs8->bytes, key->pkcs8->size }, ignored);
}

struct matcher {
	struct import_file *file;
	size_t *certs; /* owned; indices of parts, ascending */
	size_t count;
	size_t comparisons;
};

static bool
matches(struct matcher *matcher, const struct import_part *key, size_t cert)
{
	const struct trust_bytes pkcs8 = { key->pkcs8->bytes, key->pkcs8->size };

	matcher->comparisons++;
	return trust_key_matches_cert(pkcs8, matcher->file->parts[matcher->certs[cert]].cert);
}

/* before: how many certificates come before the key */
static int
find_certificate(struct matcher *matcher, const struct import_part *key, size_t before)
{
	size_t down = before;
	size_t up = before;

	while ((down > 0 || up < matcher->count) && matcher->comparisons < MAX_COMPARISONS) {
		if (down > 0 && matches(matcher, key, --down))
			return (int)matcher->certs[down];
		if (up < matcher->count && matches(matcher, key, up++))
			return (int)matcher->certs[up - 1];
	}
	return -1;
}

static void
match_key(struct matcher *matcher, struct import_part *key, size_t before)
{
	key->cert_index = find_certificate(matcher, key, before);
	if (key->cert_index < 0)
		return;
	/* Some programs name only the key's bag; people see the certificate's name. */
	struct import_part *cert = &matcher->file->parts[key->cert_index];
	if (!cert->friendly_name)
		cert->friendly_name = trust_strdup(key->friendly_name);
}

void
import_match_keys(struct import_file *file)
{
	struct matcher matcher = {
		.file = file,
		.certs = trust_alloc_array(file->count, sizeof *matcher.certs),
	};
	size_t before = 0;

	for (size_t i = 0; i < file->count; i++)
		if (file->parts[i].kind == IMPORT_CERTIFICATE)
			matcher.certs[matcher.count++] = i;
	for (size_t i = 0; i < file->count; i++) {
		if (file->parts[i].kind == IMPORT_KEY)
			match_key(&matcher, &file->parts[i], before);
		before += file->parts[i].kind == IMPORT_CERTIFICATE;
	}
	if (matcher.comparisons >= MAX_COMPARISONS)
		import_add_note(file,
		    "too many keys and certificates: not every key was compared "
		    "with every certificate");
	trust_free(matcher.certs);
}
