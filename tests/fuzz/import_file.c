/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Any bytes as a file to be imported, whatever its format: recognising it, and the words about what
 * is none (import/formats.c, sniff.c). The formats themselves have targets of their own.
 */

#include "core/error.h"
#include "core/secret.h"
#include "import/import.h"
#include "tests/fuzz/fuzz.h"

static void
decode(struct trust_bytes bytes, const struct trust_secret *password)
{
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (import_decode_here("x", bytes, password, &file, &error) != (error.code == TRUST_OK))
		__builtin_trap();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TRUST_AUTO(trust_secret) *password = trust_secret_new("secret", 6);

	decode((struct trust_bytes){ data, size }, NULL);
	decode((struct trust_bytes){ data, size }, password);
	return 0;
}
