/* SPDX-License-Identifier: MPL-2.0 */
/* A revocation list as a file: import/crl.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("DER revocation list")
