/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS #12 files: import/pkcs12.c, pkcs12_mac.c, pkcs12_safe.c, crypt.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("PKCS #12")
