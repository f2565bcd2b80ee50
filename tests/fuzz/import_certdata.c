/* SPDX-License-Identifier: MPL-2.0 */
/* NSS's list of roots as text: import/certdata.c. */

#include "tests/fuzz/import_format.h"

FUZZ_FORMAT("NSS certdata.txt")
