/* SPDX-License-Identifier: MPL-2.0 */
/* PEM text: import/pem.c, pem_text.c, crypt.c, purposes.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("PEM")
