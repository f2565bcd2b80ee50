/* SPDX-License-Identifier: MPL-2.0 */
/* Private keys as DER: import/pkcs8.c, key.c, crypt.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("private key")
