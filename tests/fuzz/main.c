/* SPDX-License-Identifier: MPL-2.0 */
/* Replays files through a fuzz target: for the corpus in tests, and for what a fuzzer found. */

#include <stdio.h>

#include "core/error.h"
#include "core/secret.h"
#include "import/import.h"
#include "tests/fuzz/fuzz.h"

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		TRUST_AUTO(trust_secret) *bytes = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		if (!import_read(argv[i], &bytes, &error)) {
			fprintf(stderr, "%s\n", error.message);
			return 1;
		}
		/* A copy of the exact size, so that a read behind it is noticed. */
		TRUST_AUTO_FREE uint8_t *copy = trust_memdup(bytes->bytes, bytes->size);
		printf("%s\n", argv[i]);
		fflush(stdout);
		LLVMFuzzerTestOneInput(copy, bytes->size);
	}
	return 0;
}
