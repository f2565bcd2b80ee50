/* SPDX-License-Identifier: MPL-2.0 */
/* What a decoding child says, read by a parent that believes nothing of it: import/answer.c. */

#include "tests/fuzz/import_format.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TRUST_AUTO(import_file) *file = trust_alloc(sizeof *file);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	bool good = import_answer_read((struct trust_bytes){ data, size }, file, &error);
	if (good != (error.code == TRUST_OK))
		abort();
	fuzz_check_shown(error.message);
	for (size_t i = 0; good && i < file->count; i++)
		if ((file->parts[i].kind == IMPORT_CERTIFICATE) != (file->parts[i].cert != NULL))
			abort();
	return 0;
}
