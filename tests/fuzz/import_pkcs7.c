/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS #7 and CMS with certificates: import/pkcs7.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("PKCS #7")
