/* SPDX-License-Identifier: MPL-2.0 */
/* Which programs can read a PKCS #12 file: rows of data/p12_readers.def. */

#include "core/buffer.h"
#include "import/import.h"

const struct import_reader import_readers[] = {
#define X(name, what, where) { .program = (name), .lacks = (what), .source = (where) },
#include "data/p12_readers.def"
#undef X
};
const size_t import_reader_count = TRUST_COUNT(import_readers);

static const struct {
	unsigned need;
	const char *words;
} needs[] = {
	{ IMPORT_NEED_RC2_40, "RC2 with 40 bits" },
	{ IMPORT_NEED_RC, "RC4 with 40 bits or RC2" },
	{ IMPORT_NEED_RC4, "RC4" },
	{ IMPORT_NEED_3DES, "3DES" },
	{ IMPORT_NEED_2DES, "3DES with two keys" },
	{ IMPORT_NEED_PBES2_3DES, "3DES in PBES2" },
	{ IMPORT_NEED_AES, "AES" },
	{ IMPORT_NEED_AES_192, "AES with 192 bits" },
	{ IMPORT_NEED_CAMELLIA, "Camellia" },
	{ IMPORT_NEED_MAC_SHA1, "a MAC with SHA-1" },
	{ IMPORT_NEED_MAC_SHA2, "a MAC with SHA-2" },
	{ IMPORT_NEED_PBMAC1, "PBMAC1" },
	{ IMPORT_NEED_NO_MAC, "no MAC" },
	{ IMPORT_NEED_PRF_SHA512, "PBKDF2 with SHA-384 or SHA-512" },
	{ IMPORT_NEED_KEY_EDWARDS, "keys of Ed25519 and Ed448" },
	{ IMPORT_NEED_KEY_EXPLICIT, "EC keys with explicit parameters" },
};

char *
import_need_words(unsigned set)
{
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, 1024);
	for (size_t i = 0; i < TRUST_COUNT(needs); i++)
		if (set & needs[i].need)
			trust_buffer_printf(&words, "%s%s", words.size ? ", " : "", needs[i].words);
	return trust_buffer_take(&words);
}
